// Object literals, function expressions and classes.
#include "bytecode/function_compiler.h"

namespace heddle {

bool FunctionCompiler::is_index_text(const AstString* text) {
    uint32_t index;
    return text->is_array_index(index);
}

bool FunctionCompiler::static_key_text(const Node* key, bool is_computed, const AstString*& text) {
    if (is_computed) return false;
    const auto* literal = key->try_as<StringLiteral>();
    if (!literal) return false;
    text = literal->value;
    return true;
}

// r[target] = the key as DefineIndexed takes it.
void FunctionCompiler::visit_property_key(const Node* key, bool is_computed, Register target) {
    if (is_computed) {
        visit(static_cast<const Expression*>(key));
        at(key);
        builder_.emit(Opcode::ToPropertyKey);
    } else if (const auto* literal = key->try_as<StringLiteral>()) {
        builder_.load_string(literal->value);
    } else if (const auto* number = key->try_as<NumericLiteral>()) {
        builder_.load_number(number->value);
        builder_.emit(Opcode::ToPropertyKey);
    } else if (const auto* bigint = key->try_as<BigIntLiteral>()) {
        builder_.emit(Opcode::LoadConstant, builder_.bigint_constant(bigint->digits));
        builder_.emit(Opcode::ToPropertyKey);
    } else {
        load_private_name(key->as<PrivateIdentifier>());
    }
    builder_.store(target);
}

// 13.2.5.5 PropertyDefinitionEvaluation
void FunctionCompiler::visit_object_literal(const ObjectLiteral* node) {
    Registers registers(*this);
    Register object = builder_.allocate();
    builder_.emit(Opcode::CreateObject);
    builder_.store(object);
    for (const ObjectProperty* property : node->properties) {
        Registers inner(*this);
        if (!check_stack()) return;
        at(property);
        const AstString* text = nullptr;
        switch (property->property_kind) {
        case PropertyKind::kValue:
        case PropertyKind::kShorthand: {
            bool has_text = static_key_text(property->key, property->is_computed, text);
            Register key = kNoRegister;
            if (!has_text || is_index_text(text)) {
                key = builder_.allocate();
                visit_property_key(property->key, property->is_computed, key);
            }
            bool takes_name = property->property_kind == PropertyKind::kValue &&
                              is_anonymous_function_definition(property->value);
            if (!takes_name) visit(property->value);
            else if (has_text) visit_named(property->value, text);
            else visit_named_by_register(property->value, key);
            at(property);
            if (key != kNoRegister) builder_.emit(Opcode::DefineIndexed, object, key);
            else
                builder_.emit(Opcode::DefineNamed, object, builder_.string_constant(text),
                              builder_.feedback(FeedbackKind::kDefineNamed));
            break;
        }
        case PropertyKind::kMethod:
        case PropertyKind::kGetter:
        case PropertyKind::kSetter: {
            bool is_getter = property->property_kind == PropertyKind::kGetter;
            bool is_setter = property->property_kind == PropertyKind::kSetter;
            Register key = builder_.allocate();
            visit_property_key(property->key, property->is_computed, key);
            emit_element_closure(property->value->as<FunctionExpression>()->function, property->key,
                                 property->is_computed, key, is_getter ? "get" : is_setter ? "set" : "", object);
            builder_.emit(is_getter   ? Opcode::DefineGetter
                          : is_setter ? Opcode::DefineSetter
                                      : Opcode::DefineMethod,
                          object, key, 1);
            break;
        }
        case PropertyKind::kSpread:
            visit(property->value);
            at(property);
            builder_.emit(Opcode::CopyDataProperties, object, 0, 0);
            break;
        case PropertyKind::kPrototype:
            visit(property->value);
            builder_.emit(Opcode::SetLiteralPrototype, object);
            break;
        case PropertyKind::kCoverInitializedName: HEDDLE_UNREACHABLE();
        }
    }
    builder_.load(object);
}

// A method's or accessor's closure → acc, named after its key, with its home object (10.2.7 MakeMethod).
void FunctionCompiler::emit_element_closure(const FunctionNode* function, const Node* key, bool is_computed,
                                            Register key_register, std::string_view prefix, Register home) {
    const AstString* text = nullptr;
    if (!static_key_text(key, is_computed, text) && key->kind == NodeKind::kPrivateIdentifier)
        text = key->as<PrivateIdentifier>()->name;
    if (text) {
        ConstantString name = builder_.to_constant(text);
        if (!prefix.empty()) {
            std::string with_space = std::string(prefix) + " ";
            if (name.is_latin1) name.latin1.insert(0, with_space);
            else name.utf16.insert(0, std::u16string(with_space.begin(), with_space.end()));
        }
        emit_closure(function, std::move(name));
    } else {
        emit_closure(function, ConstantString());
        builder_.emit(Opcode::SetFunctionName, key_register, prefix == "get" ? 1 : prefix == "set" ? 2 : 0);
    }
    if (function->needs_home_object() || function->contains_direct_eval) builder_.emit(Opcode::SetHomeObject, home);
}

void FunctionCompiler::visit_function_expression(const FunctionNode* function, ConstantString name) {
    const Scope* scope = function->name_scope;
    if (!scope) {
        emit_closure(function, std::move(name));
        return;
    }
    Registers registers(*this);
    const Scope* outer = current_scope_;
    enter_scope(scope);
    emit_closure(function, std::move(name));
    initialize_variable(scope->first_variable);
    leave_scope(scope);
    current_scope_ = outer;
}

// 15.7.14 ClassDefinitionEvaluation. `name`: the class's name where the text tells it; else r[computed_name], if given.
void FunctionCompiler::visit_class(const ClassNode* node, ConstantString name, Register computed_name) {
    if (!check_stack()) return;
    Registers registers(*this);
    Strict strict(*this);
    Register constructor = builder_.allocate();
    Register prototype = builder_.allocate();
    Register heritage = builder_.allocate();
    const Scope* scope = node->scope;
    const Scope* outer = current_scope_;
    enter_scope(scope);
    if (scope) {
        for (const Variable* variable = scope->first_variable; variable; variable = variable->next_in_scope) {
            if (variable->kind != VariableKind::kPrivateName) continue;
            builder_.emit(Opcode::CreatePrivateName, builder_.string_constant(variable->name));
            initialize_variable(variable);
        }
    }
    if (node->heritage) visit(node->heritage);
    else builder_.emit(Opcode::LoadEmpty);
    builder_.store(heritage);

    CodeRef code;
    if (node->constructor) {
        code = compile_inner(node->constructor, std::move(name));
    } else {
        FunctionCompiler inner(compilation_, function_);
        code = inner.compile_default_constructor(node, std::move(name));
    }
    if (!code) return;
    builder_.set_position(node->heritage ? node->heritage->begin : node->begin);
    builder_.emit(Opcode::CreateClass, builder_.add_code(std::move(code)), heritage, prototype);
    if (computed_name != kNoRegister) builder_.emit(Opcode::SetFunctionName, computed_name, 0);
    builder_.store(constructor);

    for (const ClassElement* element : node->elements) {
        visit_class_element(node, element, constructor, prototype);
        if (compilation_.failed()) return;
    }
    if (node->inner_name) {
        builder_.load(constructor);
        initialize_variable(node->inner_name);
    }
    if (node->instance_initializer) {
        emit_closure(node->instance_initializer, ConstantString());
        builder_.emit(Opcode::SetHomeObject, prototype);
        builder_.emit(Opcode::SetInstanceInitializer, constructor);
    }
    if (node->static_initializer) {
        Registers inner(*this);
        Register base = builder_.allocate(2);
        emit_closure(node->static_initializer, ConstantString());
        builder_.emit(Opcode::SetHomeObject, constructor);
        builder_.store(base);
        builder_.move(base + 1, constructor);
        emit_call(base, 0);
    }
    leave_scope(scope);
    current_scope_ = outer;
    builder_.load(constructor);
}

void FunctionCompiler::visit_class_element(const ClassNode*, const ClassElement* element, Register constructor,
                                           Register prototype) {
    if (element->element_kind == ClassElementKind::kStaticBlock) return;
    Registers registers(*this);
    at(element);
    if (element->element_kind == ClassElementKind::kField) {
        if (!element->computed_key) {
            // A computed key that is a literal needs no variable, yet its conversion has no effects either.
            return;
        }
        visit(static_cast<const Expression*>(element->key));
        at(element->key);
        builder_.emit(Opcode::ToPropertyKey);
        initialize_variable(element->computed_key);
        return;
    }
    Register home = element->is_static ? constructor : prototype;
    Register key = builder_.allocate();
    visit_property_key(element->key, element->is_computed, key);
    bool is_getter = element->element_kind == ClassElementKind::kGetter;
    bool is_setter = element->element_kind == ClassElementKind::kSetter;
    emit_element_closure(element->function, element->key, element->is_computed, key,
                         is_getter ? "get" : is_setter ? "set" : "", home);
    at(element);
    if (element->key->kind == NodeKind::kPrivateIdentifier) {
        builder_.emit(element->is_static ? Opcode::DefinePrivateMethod : Opcode::AddInstancePrivateMethod, constructor,
                      key, is_getter ? 1 : is_setter ? 2 : 0);
        return;
    }
    builder_.emit(is_getter   ? Opcode::DefineGetter
                  : is_setter ? Opcode::DefineSetter
                              : Opcode::DefineMethod,
                  home, key, 0);
}

} // namespace heddle
