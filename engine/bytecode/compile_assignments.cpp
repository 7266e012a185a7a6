// References, assignments and destructuring.
#include "bytecode/function_compiler.h"

namespace heddle {

// `value_is_simple`: what is evaluated between this and the store changes no variable, so that locals may stay where
// they are.
FunctionCompiler::Reference FunctionCompiler::visit_reference(const Node* target, bool value_is_simple) {
    Reference reference;
    reference.position = target->begin;
    if (!check_stack()) return reference;
    at(target);
    switch (target->kind) {
    case NodeKind::kIdentifier: {
        const auto* identifier = target->as<Identifier>();
        reference.form = ReferenceForm::kName;
        reference.resolution = &identifier->resolution;
        reference.name = identifier->name;
        if (identifier->resolution.kind == ReferenceKind::kDynamic) {
            reference.object = builder_.allocate();
            reference.has_resolved = true;
            builder_.emit(Opcode::ResolveDynamic, reference.object, builder_.string_constant(identifier->name));
        } else if (identifier->resolution.kind == ReferenceKind::kGlobal && strict_ && !value_is_simple) {
            reference.object = builder_.allocate();
            reference.has_resolved = true;
            builder_.emit(Opcode::HasGlobal, reference.object, builder_.string_constant(identifier->name));
        }
        return reference;
    }
    case NodeKind::kMemberExpression: {
        const auto* member = target->as<MemberExpression>();
        reference.form = ReferenceForm::kNamed;
        reference.object = visit_operand(member->object, value_is_simple);
        reference.name = member->name;
        reference.position = member->name_begin ? member->name_begin : member->begin;
        return reference;
    }
    case NodeKind::kIndexExpression: {
        const auto* index = target->as<IndexExpression>();
        reference.form = ReferenceForm::kIndexed;
        reference.object = visit_operand(index->object, value_is_simple && is_simple(index->index));
        const auto* literal = index->index->try_as<StringLiteral>();
        if (literal && !is_index_text(literal->value)) {
            reference.form = ReferenceForm::kNamed;
            reference.name = literal->value;
            return reference;
        }
        reference.key = visit_operand(index->index, value_is_simple);
        return reference;
    }
    case NodeKind::kPrivateMemberExpression: {
        const auto* member = target->as<PrivateMemberExpression>();
        reference.form = ReferenceForm::kPrivate;
        reference.object = visit_operand(member->object, value_is_simple);
        reference.key = builder_.allocate();
        load_private_name(member->name);
        builder_.store(reference.key);
        return reference;
    }
    case NodeKind::kSuperMemberExpression: {
        const auto* member = target->as<SuperMemberExpression>();
        reference.form = ReferenceForm::kSuperNamed;
        reference.object = this_register(member->this_resolution);
        reference.name = member->name;
        Register function = function_register(member->function_resolution);
        reference.base = builder_.allocate();
        builder_.emit(Opcode::LoadSuperBase, function);
        builder_.store(reference.base);
        return reference;
    }
    case NodeKind::kSuperIndexExpression: {
        const auto* member = target->as<SuperIndexExpression>();
        reference.form = ReferenceForm::kSuperIndexed;
        reference.object = this_register(member->this_resolution);
        reference.key = builder_.allocate();
        visit_into(member->index, reference.key);
        Register function = function_register(member->function_resolution);
        reference.base = builder_.allocate();
        builder_.emit(Opcode::LoadSuperBase, function);
        builder_.store(reference.base);
        return reference;
    }
    default: {
        // Sloppy web reality: f() = 1 calls f and throws before the value is evaluated.
        reference.form = ReferenceForm::kCall;
        visit(static_cast<const Expression*>(target));
        at(target);
        builder_.emit(Opcode::ThrowReferenceError,
                      builder_.string_constant("the result of a call cannot be assigned to: assign to a variable or property"));
        return reference;
    }
    }
}

void FunctionCompiler::convert_reference_key(Reference& reference) {
    if (reference.form != ReferenceForm::kIndexed && reference.form != ReferenceForm::kSuperIndexed) return;
    Register converted = builder_.allocate();
    builder_.set_position(reference.position);
    builder_.load(reference.key);
    builder_.emit(Opcode::ToPropertyKeyOf,
                  reference.form == ReferenceForm::kIndexed ? reference.object : reference.base);
    builder_.store(converted);
    reference.key = converted;
}

void FunctionCompiler::load_reference(const Reference& reference) {
    builder_.set_position(reference.position);
    switch (reference.form) {
    case ReferenceForm::kName:
        if (reference.resolution->kind == ReferenceKind::kDynamic)
            builder_.emit(strict_ ? Opcode::LoadResolvedStrict : Opcode::LoadResolved, reference.object,
                          builder_.string_constant(reference.name));
        else load_name(*reference.resolution, reference.name);
        return;
    case ReferenceForm::kNamed: load_named(reference.object, reference.name); return;
    case ReferenceForm::kIndexed:
        builder_.load(reference.key);
        builder_.emit(Opcode::LoadIndexed, reference.object, builder_.feedback(FeedbackKind::kLoadIndexed));
        return;
    case ReferenceForm::kPrivate:
        builder_.load(reference.key);
        builder_.emit(Opcode::LoadPrivate, reference.object, builder_.feedback(FeedbackKind::kLoadNamed));
        return;
    case ReferenceForm::kSuperNamed:
        builder_.emit(Opcode::LoadSuperNamed, reference.object, reference.base,
                      builder_.string_constant(reference.name));
        return;
    case ReferenceForm::kSuperIndexed:
        builder_.load(reference.key);
        builder_.emit(Opcode::LoadSuperIndexed, reference.object, reference.base);
        return;
    case ReferenceForm::kCall: return;
    }
}

void FunctionCompiler::store_reference(const Reference& reference) {
    builder_.set_position(reference.position);
    switch (reference.form) {
    case ReferenceForm::kName:
        if (reference.resolution)
            store_name(*reference.resolution, reference.name, reference.object, reference.has_resolved);
        return;
    case ReferenceForm::kNamed:
        builder_.emit(strict_ ? Opcode::StoreNamedStrict : Opcode::StoreNamedSloppy, reference.object,
                      builder_.string_constant(reference.name), builder_.feedback(FeedbackKind::kStoreNamed));
        return;
    case ReferenceForm::kIndexed:
        builder_.emit(strict_ ? Opcode::StoreIndexedStrict : Opcode::StoreIndexedSloppy, reference.object, reference.key,
                      builder_.feedback(FeedbackKind::kStoreIndexed));
        return;
    case ReferenceForm::kPrivate:
        builder_.emit(Opcode::StorePrivate, reference.object, reference.key, builder_.feedback(FeedbackKind::kStoreNamed));
        return;
    case ReferenceForm::kSuperNamed:
        builder_.emit(Opcode::StoreSuperNamed, reference.object, reference.base,
                      builder_.string_constant(reference.name), strict_);
        return;
    case ReferenceForm::kSuperIndexed:
        builder_.emit(Opcode::StoreSuperIndexed, reference.object, reference.base, reference.key, strict_);
        return;
    case ReferenceForm::kCall: return;
    }
}

/// An IdentifierRef in the sense of 8.4.5: parentheses take the right to give a name away.
static const AstString* naming_target(const Node* target) {
    if (target->is_parenthesized) return nullptr;
    const auto* identifier = target->try_as<Identifier>();
    return identifier ? identifier->name : nullptr;
}

// 13.15.2 Assignment: Runtime Semantics: Evaluation
void FunctionCompiler::visit_assignment(const AssignmentExpression* node) {
    Registers registers(*this);
    if (node->target->is_pattern()) {
        Register value = builder_.allocate();
        visit_into(node->value, value);
        builder_.load(value);
        bind_target(node->target, BindMode::kAssign);
        builder_.load(value);
        return;
    }
    Reference reference = visit_reference(node->target, is_simple(node->value));
    const AstString* name = naming_target(node->target);
    if (name && is_anonymous_function_definition(node->value)) visit_named(node->value, name);
    else visit(node->value);
    store_reference(reference);
}

void FunctionCompiler::visit_compound_assignment(const CompoundAssignment* node) {
    Registers registers(*this);
    Reference reference = visit_reference(node->target, is_simple(node->value));
    convert_reference_key(reference);
    load_reference(reference);
    visit_binary_step({node->op, node->begin, node->value});
    store_reference(reference);
}

void FunctionCompiler::visit_logical_assignment(const LogicalAssignment* node) {
    Registers registers(*this);
    Reference reference = visit_reference(node->target, is_simple(node->value));
    convert_reference_key(reference);
    load_reference(reference);
    Label end;
    builder_.jump(node->op == LogicalOperator::kAnd  ? Opcode::JumpIfFalse
                  : node->op == LogicalOperator::kOr ? Opcode::JumpIfTrue
                                                     : Opcode::JumpIfNotNullish,
                  end);
    const AstString* name = naming_target(node->target);
    if (name && is_anonymous_function_definition(node->value)) visit_named(node->value, name);
    else visit(node->value);
    store_reference(reference);
    builder_.bind(end);
}

// ---- Destructuring ----------------------------------------------------------------------------------------------------

/// The target has parts that are evaluated before the value is fetched.
bool FunctionCompiler::needs_reference(const Node* target, BindMode mode) const {
    if (mode == BindMode::kInitialize || target->is_pattern()) return false;
    if (const auto* identifier = target->try_as<Identifier>())
        return identifier->resolution.kind == ReferenceKind::kDynamic ||
               (identifier->resolution.kind == ReferenceKind::kGlobal && strict_);
    return true;
}

void FunctionCompiler::bind_target(const Node* target, BindMode mode) {
    if (!check_stack()) return;
    switch (target->kind) {
    case NodeKind::kArrayPattern: bind_array_pattern(target->as<ArrayPattern>(), mode); return;
    case NodeKind::kObjectPattern: bind_object_pattern(target->as<ObjectPattern>(), mode); return;
    default: break;
    }
    const auto* identifier = target->try_as<Identifier>();
    if (identifier && mode == BindMode::kInitialize) {
        initialize_name(identifier->resolution, identifier->name);
        return;
    }
    if (identifier && identifier->resolution.kind != ReferenceKind::kDynamic) {
        at(target);
        store_name(identifier->resolution, identifier->name, 0, false);
        return;
    }
    Registers registers(*this);
    Register value = builder_.allocate();
    builder_.store(value);
    Reference reference = visit_reference(target, true);
    builder_.load(value);
    store_reference(reference);
}

void FunctionCompiler::store_bound(const Node* target, BindMode mode, const Reference* reference) {
    if (reference) store_reference(*reference);
    else bind_target(target, mode);
}

void FunctionCompiler::visit_default_value(const Expression* initializer, const Node* target) {
    Label end;
    builder_.jump(Opcode::JumpIfNotUndefined, end);
    const AstString* name = naming_target(target);
    if (name && is_anonymous_function_definition(initializer)) visit_named(initializer, name);
    else visit(initializer);
    builder_.bind(end);
}

// 8.6.2, 8.6.3 and 13.15.5.2 for array patterns. The iterator is closed on the way out unless it ended or threw itself.
void FunctionCompiler::bind_array_pattern(const ArrayPattern* pattern, BindMode mode) {
    Registers registers(*this);
    at(pattern);
    Register record = builder_.allocate(2);
    Register done = builder_.allocate();
    builder_.emit(Opcode::GetIterator, record);
    builder_.emit(Opcode::LoadFalse);
    builder_.store(done);
    TryRange range;
    begin_try(range);
    ControlScope scope{ControlKind::kDestructuring};
    scope.range = &range;
    scope.record = record;
    scope.done = done;
    push_control(scope);
    for (const PatternElement* element : pattern->elements) {
        Registers inner(*this);
        if (!element) {
            at(pattern);
            builder_.emit(Opcode::IteratorStep, record, done);
            continue;
        }
        Reference reference;
        bool has_reference = needs_reference(element->target, mode);
        if (has_reference) reference = visit_reference(element->target, false);
        at(element);
        builder_.emit(Opcode::IteratorStep, record, done);
        if (element->initializer) visit_default_value(element->initializer, element->target);
        store_bound(element->target, mode, has_reference ? &reference : nullptr);
        if (compilation_.failed()) break;
    }
    if (pattern->rest && !compilation_.failed()) {
        Registers inner(*this);
        Reference reference;
        bool has_reference = needs_reference(pattern->rest, mode);
        if (has_reference) reference = visit_reference(pattern->rest, false);
        at(pattern->rest);
        builder_.emit(Opcode::IteratorRest, record, done);
        store_bound(pattern->rest, mode, has_reference ? &reference : nullptr);
    }
    close_range(range);
    pop_control();
    Label end, is_done;
    builder_.load(done);
    builder_.jump(Opcode::JumpIfTrue, end);
    builder_.emit(Opcode::IteratorClose, record);
    builder_.jump(end);
    bind_handler(range);
    Register exception = builder_.allocate();
    builder_.store(exception);
    builder_.load(done);
    builder_.jump(Opcode::JumpIfTrue, is_done);
    builder_.emit(Opcode::IteratorCloseSilently, record);
    builder_.bind(is_done);
    builder_.load(exception);
    builder_.emit(Opcode::Rethrow);
    builder_.bind(end);
}

void FunctionCompiler::bind_object_pattern(const ObjectPattern* pattern, BindMode mode) {
    Registers registers(*this);
    at(pattern);
    Register object = builder_.allocate();
    builder_.store(object);
    builder_.emit(Opcode::RequireObjectCoercible);
    auto count = static_cast<uint32_t>(pattern->properties.size());
    Register excluded = pattern->rest ? builder_.allocate(count) : 0;
    for (uint32_t i = 0; i < count; ++i) {
        const PatternProperty* property = pattern->properties[i];
        const PatternElement* element = property->element;
        Registers inner(*this);
        if (!check_stack()) return;
        const AstString* text = nullptr;
        bool is_named = static_key_text(property->key, property->is_computed, text) && !is_index_text(text);
        Register key = kNoRegister;
        if (!is_named || pattern->rest) {
            key = pattern->rest ? excluded + i : builder_.allocate();
            visit_property_key(property->key, property->is_computed, key);
        }
        Reference reference;
        bool has_reference = needs_reference(element->target, mode);
        if (has_reference) reference = visit_reference(element->target, false);
        at(property);
        if (is_named) {
            load_named(object, text);
        } else {
            builder_.load(key);
            builder_.emit(Opcode::LoadIndexed, object, builder_.feedback(FeedbackKind::kLoadIndexed));
        }
        if (element->initializer) visit_default_value(element->initializer, element->target);
        store_bound(element->target, mode, has_reference ? &reference : nullptr);
    }
    if (!pattern->rest) return;
    Reference reference;
    bool has_reference = needs_reference(pattern->rest, mode);
    if (has_reference) reference = visit_reference(pattern->rest, false);
    at(pattern->rest);
    Register rest = builder_.allocate();
    builder_.emit(Opcode::CreateObject);
    builder_.store(rest);
    builder_.load(object);
    builder_.emit(Opcode::CopyDataProperties, rest, excluded, count);
    builder_.load(rest);
    store_bound(pattern->rest, mode, has_reference ? &reference : nullptr);
}

} // namespace heddle
