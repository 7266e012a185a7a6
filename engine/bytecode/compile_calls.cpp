// Members, optional chains, calls, construction, super, templates with tags and dynamic import.
#include "bytecode/function_compiler.h"

namespace heddle {

/// More arguments than this travel as an array.
static constexpr size_t kMaxDirectArguments = 255;

void FunctionCompiler::load_named(Register object, const AstString* name) {
    builder_.emit(Opcode::LoadNamed, object, builder_.string_constant(name),
                  builder_.feedback(FeedbackKind::kLoadNamed));
}

void FunctionCompiler::load_named(Register object, std::string_view name) {
    builder_.emit(Opcode::LoadNamed, object, builder_.string_constant(name),
                  builder_.feedback(FeedbackKind::kLoadNamed));
}

// The base of a link of a chain; jumps out of the chain when the link is optional and the base nullish.
void FunctionCompiler::visit_chain_object(const Expression* object, Register target, bool is_optional) {
    visit(object);
    if (is_optional) {
        HEDDLE_ASSERT(chain_null_ != nullptr);
        builder_.jump(Opcode::JumpIfNullish, *chain_null_);
    }
    builder_.store(target);
}

void FunctionCompiler::visit_member(const MemberExpression* node) {
    Registers registers(*this);
    Register object;
    if (node->is_optional || !local_register(node->object, object)) {
        object = builder_.allocate();
        visit_chain_object(node->object, object, node->is_optional);
    }
    builder_.set_position(node->name_begin ? node->name_begin : node->begin);
    load_named(object, node->name);
}

void FunctionCompiler::visit_index(const IndexExpression* node) {
    Registers registers(*this);
    Register object;
    if (node->is_optional || !is_simple(node->index) || !local_register(node->object, object)) {
        object = builder_.allocate();
        visit_chain_object(node->object, object, node->is_optional);
    }
    load_property_of(node, object);
}

void FunctionCompiler::visit_private_member(const PrivateMemberExpression* node) {
    Registers registers(*this);
    Register object = builder_.allocate();
    visit_chain_object(node->object, object, node->is_optional);
    load_property_of(node, object);
}

void FunctionCompiler::load_property_of(const Expression* node, Register object) {
    switch (node->kind) {
    case NodeKind::kMemberExpression: {
        const auto* member = node->as<MemberExpression>();
        builder_.set_position(member->name_begin ? member->name_begin : member->begin);
        load_named(object, member->name);
        return;
    }
    case NodeKind::kIndexExpression: {
        const Expression* index = node->as<IndexExpression>()->index;
        const auto* literal = index->try_as<StringLiteral>();
        if (literal && !is_index_text(literal->value)) {
            at(index);
            load_named(object, literal->value);
            return;
        }
        visit(index);
        at(index);
        builder_.emit(Opcode::LoadIndexed, object, builder_.feedback(FeedbackKind::kLoadIndexed));
        return;
    }
    case NodeKind::kPrivateMemberExpression:
        load_private_name(node->as<PrivateMemberExpression>()->name);
        at(node->as<PrivateMemberExpression>()->name);
        builder_.emit(Opcode::LoadPrivate, object, builder_.feedback(FeedbackKind::kLoadNamed));
        return;
    default: HEDDLE_UNREACHABLE();
    }
}

void FunctionCompiler::visit_super_member(const SuperMemberExpression* node) {
    Registers registers(*this);
    Register this_value = this_register(node->this_resolution);
    Register function = function_register(node->function_resolution);
    Register base = builder_.allocate();
    builder_.emit(Opcode::LoadSuperBase, function);
    builder_.store(base);
    builder_.emit(Opcode::LoadSuperNamed, this_value, base, builder_.string_constant(node->name));
}

void FunctionCompiler::visit_super_index(const SuperIndexExpression* node) {
    Registers registers(*this);
    Register this_value = this_register(node->this_resolution);
    Register key = builder_.allocate();
    visit_into(node->index, key);
    at(node);
    Register function = function_register(node->function_resolution);
    Register base = builder_.allocate();
    builder_.emit(Opcode::LoadSuperBase, function);
    builder_.store(base);
    builder_.load(key);
    builder_.emit(Opcode::LoadSuperIndexed, this_value, base);
}

void FunctionCompiler::visit_optional_chain(const OptionalChain* node) {
    Label is_null, end;
    Label* outer = std::exchange(chain_null_, &is_null);
    visit(node->expression);
    chain_null_ = outer;
    builder_.jump(end);
    builder_.bind(is_null);
    builder_.emit(Opcode::LoadUndefined);
    builder_.bind(end);
}

// Evaluates what is called, and the this value that comes with it (13.3.6.2 EvaluateCall).
void FunctionCompiler::visit_callee(const Expression* callee, Register function, Register this_value) {
    if (!check_stack()) return;
    at(callee);
    switch (callee->kind) {
    case NodeKind::kIdentifier: {
        const auto* identifier = callee->as<Identifier>();
        if (identifier->resolution.kind == ReferenceKind::kDynamic) {
            builder_.emit(Opcode::LoadDynamicCallee, builder_.string_constant(identifier->name), this_value);
            builder_.store(function);
            return;
        }
        break;
    }
    case NodeKind::kMemberExpression: {
        const auto* member = callee->as<MemberExpression>();
        visit_chain_object(member->object, this_value, member->is_optional);
        load_property_of(callee, this_value);
        builder_.store(function);
        return;
    }
    case NodeKind::kIndexExpression: {
        const auto* index = callee->as<IndexExpression>();
        visit_chain_object(index->object, this_value, index->is_optional);
        load_property_of(callee, this_value);
        builder_.store(function);
        return;
    }
    case NodeKind::kPrivateMemberExpression: {
        const auto* member = callee->as<PrivateMemberExpression>();
        visit_chain_object(member->object, this_value, member->is_optional);
        load_property_of(callee, this_value);
        builder_.store(function);
        return;
    }
    case NodeKind::kSuperMemberExpression:
    case NodeKind::kSuperIndexExpression: {
        const auto* named = callee->try_as<SuperMemberExpression>();
        const auto* indexed = callee->try_as<SuperIndexExpression>();
        visit(callee);
        builder_.store(function);
        // Was checked for initialization by the read.
        load_pseudo(named ? named->this_resolution : indexed->this_resolution, "this", true);
        builder_.store(this_value);
        return;
    }
    case NodeKind::kOptionalChain: {
        Label is_null, end;
        Label* outer = std::exchange(chain_null_, &is_null);
        visit_callee(callee->as<OptionalChain>()->expression, function, this_value);
        chain_null_ = outer;
        builder_.jump(end);
        builder_.bind(is_null);
        builder_.emit(Opcode::LoadUndefined);
        builder_.store(function);
        builder_.store(this_value);
        builder_.bind(end);
        return;
    }
    default: break;
    }
    visit(callee);
    builder_.store(function);
    builder_.emit(Opcode::LoadUndefined);
    builder_.store(this_value);
}

bool FunctionCompiler::visit_arguments(NodeList<Expression*> arguments, Register base) {
    bool as_array = arguments.size() > kMaxDirectArguments;
    for (const Expression* argument : arguments)
        as_array |= argument->kind == NodeKind::kSpreadElement;
    if (!as_array) {
        for (const Expression* argument : arguments) {
            Register target = builder_.allocate();
            visit_into(argument, target);
            if (compilation_.failed()) return false;
        }
        return false;
    }
    Register array = builder_.allocate();
    HEDDLE_ASSERT(array == base + 2);
    builder_.emit(Opcode::CreateArray, arguments.size());
    builder_.store(array);
    for (const Expression* argument : arguments) {
        if (const auto* spread = argument->try_as<SpreadElement>()) {
            visit(spread->argument);
            at(spread->argument);
            builder_.emit(Opcode::AppendSpread, array);
        } else {
            visit(argument);
            builder_.emit(Opcode::AppendElement, array);
        }
        if (compilation_.failed()) return true;
    }
    return true;
}

void FunctionCompiler::visit_call(const CallExpression* node) {
    Registers registers(*this);
    Register base = builder_.allocate(2);
    visit_callee(node->callee, base, base + 1);
    if (node->is_optional) {
        HEDDLE_ASSERT(chain_null_ != nullptr);
        builder_.load(base);
        builder_.jump(Opcode::JumpIfNullish, *chain_null_);
    }
    bool as_array = visit_arguments(node->arguments, base);
    const auto* method = node->callee->try_as<MemberExpression>();
    builder_.set_position(method && method->name_begin ? method->name_begin : node->begin);
    auto count = static_cast<uint32_t>(node->arguments.size());
    if (node->may_be_direct_eval) {
        Constant constant;
        constant.kind = ConstantKind::kEval;
        constant.eval = std::make_unique<EvalDescription>();
        constant.eval->permissions = node->eval_permissions;
        constant.eval->is_strict = strict_;
        constant.eval->in_parameters = in_parameters_;
        uint32_t index = builder_.add_constant(std::move(constant));
        if (as_array) builder_.emit(Opcode::CallDirectEvalWithArray, base, index);
        else builder_.emit(Opcode::CallDirectEval, base, count, index);
        return;
    }
    if (as_array) builder_.emit(Opcode::CallWithArray, base);
    else emit_call(base, count);
}

void FunctionCompiler::visit_new(const NewExpression* node) {
    Registers registers(*this);
    Register base = builder_.allocate(2);
    visit_into(node->callee, base);
    bool as_array = visit_arguments(node->arguments, base);
    at(node);
    if (as_array) builder_.emit(Opcode::NewWithArray, base);
    else builder_.emit(Opcode::New, base, node->arguments.size(), builder_.feedback(FeedbackKind::kCall));
}

// 13.3.7.1 SuperCall : super Arguments
void FunctionCompiler::visit_super_call(const SuperCall* node) {
    Registers registers(*this);
    Register result = builder_.allocate();
    {
        Registers inner(*this);
        Register base = builder_.allocate(2);
        load_pseudo(node->new_target_resolution, "new.target");
        builder_.store(base + 1);
        {
            Registers scratch(*this);
            builder_.emit(Opcode::LoadSuperConstructor, function_register(node->function_resolution));
        }
        builder_.store(base);
        bool as_array = visit_arguments(node->arguments, base);
        at(node);
        if (as_array) builder_.emit(Opcode::SuperCallWithArray, base);
        else builder_.emit(Opcode::SuperCall, base, node->arguments.size());
    }
    builder_.store(result);
    const Resolution& resolution = node->this_resolution;
    if (resolution.kind == ReferenceKind::kVariable) {
        const Variable* variable = resolution.variable;
        if (variable->is_captured) {
            Registers inner(*this);
            Register current = builder_.allocate();
            builder_.emit(Opcode::LoadSlot, hops_to(variable), variable->slot);
            builder_.store(current);
            builder_.emit(Opcode::CheckThisUninitialized, current);
            builder_.load(result);
            builder_.emit(Opcode::StoreSlot, hops_to(variable), variable->slot);
        } else {
            builder_.emit(Opcode::CheckThisUninitialized, variable_register(variable));
            builder_.move(variable_register(variable), result);
        }
    } else {
        builder_.emit(Opcode::InitializePseudoThis, builder_.string_constant("this"));
    }
    builder_.emit(Opcode::InitializeInstance, result, function_register(node->function_resolution));
    builder_.load(result);
}

// 13.3.11 Tagged Templates
void FunctionCompiler::visit_tagged_template(const TaggedTemplate* node) {
    Registers registers(*this);
    Register base = builder_.allocate(2);
    visit_callee(node->tag, base, base + 1);
    const TemplateLiteral* quasi = node->quasi;
    Constant constant;
    constant.kind = ConstantKind::kTemplate;
    constant.template_object = std::make_unique<TemplateDescription>();
    for (size_t i = 0; i < quasi->raw.size(); ++i) {
        TemplateDescription::Part part;
        part.has_cooked = quasi->cooked[i] != nullptr;
        if (part.has_cooked) part.cooked = builder_.string_constant(quasi->cooked[i]);
        part.raw = builder_.string_constant(quasi->raw[i]);
        builder_.append(constant.template_object->parts, part);
    }
    uint32_t index = builder_.add_constant(std::move(constant));
    bool as_array = quasi->expressions.size() >= kMaxDirectArguments;
    Register first = builder_.allocate();
    if (as_array) {
        builder_.emit(Opcode::CreateArray, quasi->raw.size());
        builder_.store(first);
    }
    builder_.emit(Opcode::LoadTemplateObject, index, builder_.feedback(FeedbackKind::kTemplate));
    if (as_array) builder_.emit(Opcode::AppendElement, first);
    else builder_.store(first);
    for (const Expression* expression : quasi->expressions) {
        if (as_array) {
            visit(expression);
            builder_.emit(Opcode::AppendElement, first);
        } else {
            Register target = builder_.allocate();
            visit_into(expression, target);
        }
        if (compilation_.failed()) return;
    }
    at(node);
    if (as_array) builder_.emit(Opcode::CallWithArray, base);
    else emit_call(base, static_cast<uint32_t>(quasi->expressions.size()) + 1);
}

void FunctionCompiler::visit_import_call(const ImportCall* node) {
    Registers registers(*this);
    Register specifier = builder_.allocate();
    Register options = builder_.allocate();
    visit_into(node->specifier, specifier);
    if (node->options) visit(node->options);
    else builder_.emit(Opcode::LoadUndefined);
    builder_.store(options);
    at(node);
    builder_.emit(Opcode::ImportCall, specifier, options, node->phase);
}

} // namespace heddle
