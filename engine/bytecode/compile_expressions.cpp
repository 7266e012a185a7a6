// Operators, literals, conditions and the dispatch over expression kinds.
#include "bytecode/function_compiler.h"

namespace heddle {

void FunctionCompiler::visit(const Expression* node) {
    if (!check_stack()) return;
    at(node);
    switch (node->kind) {
    case NodeKind::kIdentifier: {
        const auto* identifier = node->as<Identifier>();
        load_name(identifier->resolution, identifier->name);
        return;
    }
    case NodeKind::kNullLiteral: builder_.emit(Opcode::LoadNull); return;
    case NodeKind::kBooleanLiteral:
        builder_.emit(node->as<BooleanLiteral>()->value ? Opcode::LoadTrue : Opcode::LoadFalse);
        return;
    case NodeKind::kNumericLiteral: builder_.load_number(node->as<NumericLiteral>()->value); return;
    case NodeKind::kBigIntLiteral:
        builder_.emit(Opcode::LoadConstant, builder_.bigint_constant(node->as<BigIntLiteral>()->digits));
        return;
    case NodeKind::kStringLiteral: builder_.load_string(node->as<StringLiteral>()->value); return;
    case NodeKind::kRegExpLiteral: {
        const auto* literal = node->as<RegExpLiteral>();
        Constant constant;
        constant.kind = ConstantKind::kRegExp;
        constant.regexp = std::make_unique<RegExpDescription>();
        constant.regexp->pattern = builder_.string_constant(literal->pattern);
        constant.regexp->flags = builder_.string_constant(literal->flags);
        builder_.emit(Opcode::CreateRegExp, builder_.add_constant(std::move(constant)));
        return;
    }
    case NodeKind::kTemplateLiteral: visit_template(node->as<TemplateLiteral>()); return;
    case NodeKind::kTaggedTemplate: visit_tagged_template(node->as<TaggedTemplate>()); return;
    case NodeKind::kThisExpression: load_pseudo(node->as<ThisExpression>()->resolution, "this"); return;
    case NodeKind::kNewTarget: load_pseudo(node->as<NewTarget>()->resolution, "new.target"); return;
    case NodeKind::kImportMeta: builder_.emit(Opcode::LoadImportMeta); return;
    case NodeKind::kImportCall: visit_import_call(node->as<ImportCall>()); return;
    case NodeKind::kArrayLiteral: visit_array_literal(node->as<ArrayLiteral>()); return;
    case NodeKind::kObjectLiteral: visit_object_literal(node->as<ObjectLiteral>()); return;
    case NodeKind::kFunctionExpression: {
        const FunctionNode* function = node->as<FunctionExpression>()->function;
        visit_function_expression(function, function_name(function));
        return;
    }
    case NodeKind::kClassExpression: {
        const ClassNode* class_node = node->as<ClassExpression>()->class_node;
        visit_class(class_node, class_node->name ? builder_.to_constant(class_node->name->name) : ConstantString());
        return;
    }
    case NodeKind::kMemberExpression: visit_member(node->as<MemberExpression>()); return;
    case NodeKind::kIndexExpression: visit_index(node->as<IndexExpression>()); return;
    case NodeKind::kPrivateMemberExpression: visit_private_member(node->as<PrivateMemberExpression>()); return;
    case NodeKind::kSuperMemberExpression: visit_super_member(node->as<SuperMemberExpression>()); return;
    case NodeKind::kSuperIndexExpression: visit_super_index(node->as<SuperIndexExpression>()); return;
    case NodeKind::kOptionalChain: visit_optional_chain(node->as<OptionalChain>()); return;
    case NodeKind::kCallExpression: visit_call(node->as<CallExpression>()); return;
    case NodeKind::kNewExpression: visit_new(node->as<NewExpression>()); return;
    case NodeKind::kSuperCall: visit_super_call(node->as<SuperCall>()); return;
    case NodeKind::kUnaryExpression: visit_unary(node->as<UnaryExpression>()); return;
    case NodeKind::kUpdateExpression: visit_update(node->as<UpdateExpression>(), false); return;
    case NodeKind::kBinaryExpression: visit_binary(node->as<BinaryExpression>()); return;
    case NodeKind::kLogicalExpression: visit_logical(node->as<LogicalExpression>()); return;
    case NodeKind::kPrivateInExpression: visit_private_in(node->as<PrivateInExpression>()); return;
    case NodeKind::kConditionalExpression: visit_conditional(node->as<ConditionalExpression>()); return;
    case NodeKind::kAssignmentExpression: visit_assignment(node->as<AssignmentExpression>()); return;
    case NodeKind::kCompoundAssignment: visit_compound_assignment(node->as<CompoundAssignment>()); return;
    case NodeKind::kLogicalAssignment: visit_logical_assignment(node->as<LogicalAssignment>()); return;
    case NodeKind::kSequenceExpression: {
        NodeList<Expression*> list = node->as<SequenceExpression>()->expressions;
        for (size_t i = 0; i + 1 < list.size(); ++i)
            visit_for_effect(list[i]);
        visit(list.back());
        return;
    }
    case NodeKind::kYieldExpression: visit_yield(node->as<YieldExpression>()); return;
    case NodeKind::kAwaitExpression:
        visit(node->as<AwaitExpression>()->argument);
        at(node);
        builder_.emit(Opcode::Await);
        return;
    default: HEDDLE_UNREACHABLE();
    }
}

void FunctionCompiler::visit_for_effect(const Expression* node) {
    Registers registers(*this);
    if (const auto* update = node->try_as<UpdateExpression>()) {
        if (!check_stack()) return;
        at(node);
        visit_update(update, true);
        return;
    }
    visit(node);
}

/// Evaluating it changes nothing and runs no user code: a local's register read before may stand for its value.
bool FunctionCompiler::is_simple(const Expression* node) {
    switch (node->kind) {
    case NodeKind::kNullLiteral:
    case NodeKind::kBooleanLiteral:
    case NodeKind::kNumericLiteral:
    case NodeKind::kStringLiteral:
    case NodeKind::kBigIntLiteral:
    case NodeKind::kThisExpression:
    case NodeKind::kFunctionExpression: return true;
    case NodeKind::kIdentifier: return node->as<Identifier>()->resolution.kind == ReferenceKind::kVariable;
    case NodeKind::kMemberExpression: return false; // getters see no locals, but keep the order of errors obvious
    default: return false;
    }
}

Register FunctionCompiler::visit_operand(const Expression* node, bool followers_are_simple) {
    Register local;
    if (followers_are_simple && local_register(node, local)) return local;
    visit(node);
    Register target = builder_.allocate();
    builder_.store(target);
    return target;
}

void FunctionCompiler::visit_named(const Expression* node, const AstString* name) {
    visit_named(node, builder_.to_constant(name));
}

// 8.4.5 NamedEvaluation of an anonymous function definition
void FunctionCompiler::visit_named(const Expression* node, const ConstantString& name) {
    at(node);
    if (const auto* expression = node->try_as<FunctionExpression>()) visit_function_expression(expression->function, name);
    else visit_class(node->as<ClassExpression>()->class_node, name);
}

void FunctionCompiler::visit_named_by_register(const Expression* node, Register key) {
    at(node);
    if (const auto* expression = node->try_as<FunctionExpression>()) {
        visit_function_expression(expression->function, ConstantString());
        builder_.emit(Opcode::SetFunctionName, key, 0);
    } else {
        visit_class(node->as<ClassExpression>()->class_node, ConstantString(), key);
    }
}

Opcode FunctionCompiler::binary_opcode(BinaryOperator op) {
    switch (op) {
    case BinaryOperator::kAdd: return Opcode::Add;
    case BinaryOperator::kSubtract: return Opcode::Subtract;
    case BinaryOperator::kMultiply: return Opcode::Multiply;
    case BinaryOperator::kDivide: return Opcode::Divide;
    case BinaryOperator::kRemainder: return Opcode::Remainder;
    case BinaryOperator::kExponentiate: return Opcode::Exponentiate;
    case BinaryOperator::kShiftLeft: return Opcode::ShiftLeft;
    case BinaryOperator::kShiftRight: return Opcode::ShiftRight;
    case BinaryOperator::kShiftRightUnsigned: return Opcode::ShiftRightUnsigned;
    case BinaryOperator::kBitAnd: return Opcode::BitAnd;
    case BinaryOperator::kBitOr: return Opcode::BitOr;
    case BinaryOperator::kBitXor: return Opcode::BitXor;
    case BinaryOperator::kEqual: return Opcode::Equal;
    case BinaryOperator::kNotEqual: return Opcode::NotEqual;
    case BinaryOperator::kStrictEqual: return Opcode::StrictEqual;
    case BinaryOperator::kStrictNotEqual: return Opcode::StrictNotEqual;
    case BinaryOperator::kLess: return Opcode::Less;
    case BinaryOperator::kLessOrEqual: return Opcode::LessOrEqual;
    case BinaryOperator::kGreater: return Opcode::Greater;
    case BinaryOperator::kGreaterOrEqual: return Opcode::GreaterOrEqual;
    case BinaryOperator::kInstanceof: return Opcode::InstanceOf;
    case BinaryOperator::kIn: return Opcode::In;
    }
    HEDDLE_UNREACHABLE();
}

/// The int32 that a literal denotes; not -0.
static bool small_integer(const Expression* node, int32_t& out) {
    const auto* literal = node->try_as<NumericLiteral>();
    if (!literal || !(literal->value >= 0 && literal->value <= 2147483647.0)) return false;
    out = static_cast<int32_t>(literal->value);
    return out == literal->value;
}

static bool immediate_opcode(BinaryOperator op, Opcode& out) {
    switch (op) {
    case BinaryOperator::kAdd: out = Opcode::AddInteger; return true;
    case BinaryOperator::kSubtract: out = Opcode::SubtractInteger; return true;
    case BinaryOperator::kMultiply: out = Opcode::MultiplyInteger; return true;
    case BinaryOperator::kBitAnd: out = Opcode::BitAndInteger; return true;
    case BinaryOperator::kBitOr: out = Opcode::BitOrInteger; return true;
    case BinaryOperator::kShiftLeft: out = Opcode::ShiftLeftInteger; return true;
    case BinaryOperator::kShiftRight: out = Opcode::ShiftRightInteger; return true;
    case BinaryOperator::kShiftRightUnsigned: out = Opcode::ShiftRightUnsignedInteger; return true;
    default: return false;
    }
}

// acc op step.right → acc
void FunctionCompiler::visit_binary_step(const BinaryStep& step) {
    int32_t integer;
    Opcode immediate;
    if (small_integer(step.right, integer) && immediate_opcode(step.op, immediate)) {
        builder_.set_position(step.op_begin);
        builder_.emit(immediate, integer);
        return;
    }
    Registers registers(*this);
    Register left = builder_.allocate();
    builder_.store(left);
    visit(step.right);
    builder_.set_position(step.op_begin);
    builder_.emit(binary_opcode(step.op), left);
}

void FunctionCompiler::visit_binary(const BinaryExpression* node) {
    Register local;
    size_t next = 0;
    const BinaryStep& first = node->steps[0];
    int32_t integer;
    Opcode immediate;
    bool is_immediate = small_integer(first.right, integer) && immediate_opcode(first.op, immediate);
    if (!is_immediate && is_simple(first.right) && local_register(node->first, local)) {
        visit(first.right);
        builder_.set_position(first.op_begin);
        builder_.emit(binary_opcode(first.op), local);
        next = 1;
    } else {
        visit(node->first);
    }
    for (; next < node->steps.size(); ++next) {
        visit_binary_step(node->steps[next]);
        if (compilation_.failed()) return;
    }
}

void FunctionCompiler::visit_logical(const LogicalExpression* node) {
    Label end;
    Opcode opcode = node->op == LogicalOperator::kAnd  ? Opcode::JumpIfFalse
                    : node->op == LogicalOperator::kOr ? Opcode::JumpIfTrue
                                                       : Opcode::JumpIfNotNullish;
    for (size_t i = 0; i < node->operands.size(); ++i) {
        if (i > 0) builder_.jump(opcode, end);
        visit(node->operands[i]);
        if (compilation_.failed()) return;
    }
    builder_.bind(end);
}

static bool comparison_jumps(BinaryOperator op, Opcode& if_true, Opcode& if_false) {
    switch (op) {
    case BinaryOperator::kEqual: if_true = Opcode::JumpIfEqual; if_false = Opcode::JumpIfNotEqual; return true;
    case BinaryOperator::kNotEqual: if_true = Opcode::JumpIfNotEqual; if_false = Opcode::JumpIfEqual; return true;
    case BinaryOperator::kStrictEqual:
        if_true = Opcode::JumpIfStrictEqual;
        if_false = Opcode::JumpIfStrictNotEqual;
        return true;
    case BinaryOperator::kStrictNotEqual:
        if_true = Opcode::JumpIfStrictNotEqual;
        if_false = Opcode::JumpIfStrictEqual;
        return true;
    case BinaryOperator::kLess: if_true = Opcode::JumpIfLess; if_false = Opcode::JumpIfNotLess; return true;
    case BinaryOperator::kLessOrEqual:
        if_true = Opcode::JumpIfLessOrEqual;
        if_false = Opcode::JumpIfNotLessOrEqual;
        return true;
    case BinaryOperator::kGreater: if_true = Opcode::JumpIfGreater; if_false = Opcode::JumpIfNotGreater; return true;
    case BinaryOperator::kGreaterOrEqual:
        if_true = Opcode::JumpIfGreaterOrEqual;
        if_false = Opcode::JumpIfNotGreaterOrEqual;
        return true;
    default: return false;
    }
}

void FunctionCompiler::visit_condition(const Expression* node, Label& if_true, Label& if_false,
                                       bool fall_through_to_true) {
    if (!check_stack()) return;
    if (const auto* unary = node->try_as<UnaryExpression>(); unary && unary->op == UnaryOperator::kNot) {
        visit_condition(unary->operand, if_false, if_true, !fall_through_to_true);
        return;
    }
    if (const auto* logical = node->try_as<LogicalExpression>(); logical && logical->op != LogicalOperator::kCoalesce) {
        bool is_and = logical->op == LogicalOperator::kAnd;
        size_t last = logical->operands.size() - 1;
        for (size_t i = 0; i < last; ++i) {
            Label next;
            visit_condition(logical->operands[i], is_and ? next : if_true, is_and ? if_false : next, is_and);
            builder_.bind(next);
        }
        visit_condition(logical->operands[last], if_true, if_false, fall_through_to_true);
        return;
    }
    if (const auto* binary = node->try_as<BinaryExpression>()) {
        const BinaryStep& step = binary->steps[binary->steps.size() - 1];
        Opcode jump_true, jump_false;
        if (comparison_jumps(step.op, jump_true, jump_false)) {
            Registers registers(*this);
            at(node);
            Register left;
            if (binary->steps.size() == 1) {
                left = visit_operand(binary->first, is_simple(step.right));
            } else {
                visit(binary->first);
                for (size_t i = 0; i + 1 < binary->steps.size(); ++i)
                    visit_binary_step(binary->steps[i]);
                left = builder_.allocate();
                builder_.store(left);
            }
            visit(step.right);
            builder_.set_position(step.op_begin);
            if (fall_through_to_true) builder_.jump(jump_false, if_false, left);
            else builder_.jump(jump_true, if_true, left);
            return;
        }
    }
    visit(node);
    if (fall_through_to_true) builder_.jump(Opcode::JumpIfFalse, if_false);
    else builder_.jump(Opcode::JumpIfTrue, if_true);
}

void FunctionCompiler::visit_conditional(const ConditionalExpression* node) {
    Label consequent, alternate, end;
    visit_condition(node->test, consequent, alternate, true);
    builder_.bind(consequent);
    visit(node->consequent);
    builder_.jump(end);
    builder_.bind(alternate);
    visit(node->alternate);
    builder_.bind(end);
}

void FunctionCompiler::visit_unary(const UnaryExpression* node) {
    switch (node->op) {
    case UnaryOperator::kDelete: visit_delete(node->operand); return;
    case UnaryOperator::kTypeof: visit_typeof(node->operand); return;
    case UnaryOperator::kVoid:
        visit_for_effect(node->operand);
        builder_.emit(Opcode::LoadUndefined);
        return;
    case UnaryOperator::kMinus:
        if (const auto* literal = node->operand->try_as<NumericLiteral>()) {
            builder_.load_number(-literal->value);
            return;
        }
        visit(node->operand);
        at(node);
        builder_.emit(Opcode::Negate);
        return;
    case UnaryOperator::kPlus:
        visit(node->operand);
        at(node);
        builder_.emit(Opcode::ToNumber);
        return;
    case UnaryOperator::kBitNot:
        visit(node->operand);
        at(node);
        builder_.emit(Opcode::BitNot);
        return;
    case UnaryOperator::kNot:
        visit(node->operand);
        builder_.emit(Opcode::Not);
        return;
    }
}

// 13.5.3 The typeof Operator
void FunctionCompiler::visit_typeof(const Expression* operand) {
    if (const auto* identifier = operand->try_as<Identifier>()) {
        at(operand);
        load_typeof_name(identifier->resolution, identifier->name);
    } else {
        visit(operand);
    }
    builder_.emit(Opcode::TypeOf);
}

// 13.5.1 The delete Operator
void FunctionCompiler::visit_delete(const Expression* operand) {
    if (!check_stack()) return;
    Registers registers(*this);
    switch (operand->kind) {
    case NodeKind::kIdentifier: {
        const auto* identifier = operand->as<Identifier>();
        switch (identifier->resolution.kind) {
        case ReferenceKind::kGlobal:
        case ReferenceKind::kDynamic:
            builder_.emit(Opcode::DeleteDynamic, builder_.string_constant(identifier->name));
            return;
        default: builder_.emit(Opcode::LoadFalse); return;
        }
    }
    case NodeKind::kMemberExpression: {
        const auto* member = operand->as<MemberExpression>();
        Register object = builder_.allocate();
        visit_chain_object(member->object, object, member->is_optional);
        at(operand);
        builder_.emit(strict_ ? Opcode::DeleteNamedStrict : Opcode::DeleteNamedSloppy, object,
                      builder_.string_constant(member->name));
        return;
    }
    case NodeKind::kIndexExpression: {
        const auto* index = operand->as<IndexExpression>();
        Register object = builder_.allocate();
        visit_chain_object(index->object, object, index->is_optional);
        visit(index->index);
        at(operand);
        builder_.emit(strict_ ? Opcode::DeleteIndexedStrict : Opcode::DeleteIndexedSloppy, object);
        return;
    }
    case NodeKind::kSuperMemberExpression:
        this_register(operand->as<SuperMemberExpression>()->this_resolution);
        builder_.emit(Opcode::ThrowReferenceError,
                      builder_.string_constant("a property of super cannot be deleted: delete it on the object itself"));
        return;
    case NodeKind::kSuperIndexExpression:
        this_register(operand->as<SuperIndexExpression>()->this_resolution);
        visit(operand->as<SuperIndexExpression>()->index);
        builder_.emit(Opcode::ThrowReferenceError,
                      builder_.string_constant("a property of super cannot be deleted: delete it on the object itself"));
        return;
    case NodeKind::kOptionalChain: {
        Label is_null, end;
        Label* outer = std::exchange(chain_null_, &is_null);
        visit_delete(operand->as<OptionalChain>()->expression);
        chain_null_ = outer;
        builder_.jump(end);
        builder_.bind(is_null);
        builder_.emit(Opcode::LoadTrue);
        builder_.bind(end);
        return;
    }
    default:
        visit_for_effect(operand);
        builder_.emit(Opcode::LoadTrue);
        return;
    }
}

void FunctionCompiler::visit_update(const UpdateExpression* node, bool for_effect) {
    Registers registers(*this);
    const auto* operand = node->operand;
    Opcode opcode = node->is_increment ? Opcode::Increment : Opcode::Decrement;
    Reference reference = visit_reference(operand, true);
    convert_reference_key(reference);
    load_reference(reference);
    at(node);
    builder_.emit(Opcode::ToNumeric);
    Register old_value = 0;
    bool keeps_old = !node->is_prefix && !for_effect;
    if (keeps_old) {
        old_value = builder_.allocate();
        builder_.store(old_value);
    }
    builder_.emit(opcode);
    store_reference(reference);
    if (keeps_old) builder_.load(old_value);
}

// 13.2.8.6: each substitution is converted right after it was evaluated.
void FunctionCompiler::visit_template(const TemplateLiteral* node) {
    Registers registers(*this);
    Register text = builder_.allocate();
    bool has_text = false;
    for (size_t i = 0; i < node->cooked.size(); ++i) {
        if (i > 0) {
            const Expression* expression = node->expressions[i - 1];
            visit(expression);
            at(expression);
            builder_.emit(Opcode::ToString);
            if (has_text) builder_.emit(Opcode::Add, text);
            builder_.store(text);
            has_text = true;
        }
        if (node->cooked[i]->is_empty()) continue;
        builder_.load_string(node->cooked[i]);
        if (has_text) builder_.emit(Opcode::Add, text);
        builder_.store(text);
        has_text = true;
        if (compilation_.failed()) return;
    }
    if (has_text) builder_.load(text);
    else builder_.emit(Opcode::LoadConstant, builder_.string_constant(""));
}

void FunctionCompiler::visit_array_literal(const ArrayLiteral* node) {
    Registers registers(*this);
    Register array = builder_.allocate();
    builder_.emit(Opcode::CreateArray, node->elements.size());
    builder_.store(array);
    for (const Expression* element : node->elements) {
        if (!element) {
            builder_.emit(Opcode::AppendHole, array);
        } else if (const auto* spread = element->try_as<SpreadElement>()) {
            visit(spread->argument);
            at(spread->argument);
            builder_.emit(Opcode::AppendSpread, array);
        } else {
            visit(element);
            builder_.emit(Opcode::AppendElement, array);
        }
        if (compilation_.failed()) return;
    }
    builder_.load(array);
}

void FunctionCompiler::visit_private_in(const PrivateInExpression* node) {
    Registers registers(*this);
    Register name = builder_.allocate();
    // The right side first: the name is looked up without effects.
    visit(node->object);
    Register object = builder_.allocate();
    builder_.store(object);
    load_private_name(node->name);
    builder_.store(name);
    builder_.load(object);
    at(node);
    builder_.emit(Opcode::HasPrivate, name);
}

// ---- Generators ------------------------------------------------------------------------------------------------------------

// After Yield: acc is what was sent. Throws or returns as the resumer asks, else goes on.
void FunctionCompiler::emit_yield_return_path(Register mode) {
    Label returns, goes_on;
    builder_.jump(Opcode::ResumeDispatch, returns, mode);
    builder_.jump(goes_on);
    builder_.bind(returns);
    // 27.6.3.7 AsyncGeneratorUnwrapYieldResumption
    if (is_async_generator()) builder_.emit(Opcode::Await);
    exit_function();
    builder_.bind(goes_on);
}

void FunctionCompiler::visit_yield(const YieldExpression* node) {
    Registers registers(*this);
    if (node->is_delegate) {
        visit_yield_star(node);
        return;
    }
    if (node->argument) visit(node->argument);
    else builder_.emit(Opcode::LoadUndefined);
    at(node);
    if (is_async_generator()) builder_.emit(Opcode::Await);
    Register mode = builder_.allocate();
    builder_.emit(Opcode::Yield, mode);
    emit_yield_return_path(mode);
}

// 15.5.5 YieldExpression : yield * AssignmentExpression
void FunctionCompiler::visit_yield_star(const YieldExpression* node) {
    bool is_async = is_async_generator();
    visit(node->argument);
    at(node);
    Register record = builder_.allocate(2);
    builder_.emit(is_async ? Opcode::GetAsyncIterator : Opcode::GetIterator, record);
    Register mode = builder_.allocate();
    Register received = builder_.allocate();
    Register result = builder_.allocate();
    builder_.load_integer(static_cast<int32_t>(ResumeMode::kNext));
    builder_.store(mode);
    builder_.emit(Opcode::LoadUndefined);
    builder_.store(received);

    Label again, on_throw, on_return, has_result, done_with_return, end;
    builder_.bind(again);
    builder_.load(mode);
    builder_.jump(Opcode::JumpIfInteger, on_throw, static_cast<int32_t>(ResumeMode::kThrow));
    builder_.jump(Opcode::JumpIfInteger, on_return, static_cast<int32_t>(ResumeMode::kReturn));
    auto call_method = [&](Register method) {
        Registers inner(*this);
        Register base = builder_.allocate(3);
        builder_.move(base, method);
        builder_.move(base + 1, record);
        builder_.move(base + 2, received);
        emit_call(base, 1);
        if (is_async) builder_.emit(Opcode::Await);
        builder_.emit(Opcode::CheckIteratorResult);
        builder_.store(result);
    };
    Register method = builder_.allocate();
    call_method(record + 1);
    builder_.jump(has_result);

    builder_.bind(on_throw);
    {
        Label no_throw;
        builder_.emit(Opcode::LoadMethod, record, builder_.string_constant("throw"));
        builder_.jump(Opcode::JumpIfUndefined, no_throw);
        builder_.store(method);
        call_method(method);
        builder_.jump(has_result);
        builder_.bind(no_throw);
        if (is_async) emit_async_iterator_close(record);
        else builder_.emit(Opcode::IteratorClose, record);
        builder_.emit(Opcode::ThrowTypeError,
                      builder_.string_constant("the iterator of yield* has no throw method to forward the exception to"));
    }

    builder_.bind(on_return);
    {
        Label no_return;
        builder_.emit(Opcode::LoadMethod, record, builder_.string_constant("return"));
        builder_.jump(Opcode::JumpIfUndefined, no_return);
        builder_.store(method);
        call_method(method);
        load_named(result, "done");
        builder_.jump(Opcode::JumpIfTrue, done_with_return);
        Label yields;
        builder_.jump(yields);
        builder_.bind(no_return);
        builder_.load(received);
        if (is_async) builder_.emit(Opcode::Await);
        exit_function();
        builder_.bind(done_with_return);
        load_named(result, "value");
        exit_function();

        builder_.bind(has_result);
        load_named(result, "done");
        builder_.jump(Opcode::JumpIfTrue, end);
        builder_.bind(yields);
    }
    if (!is_async) {
        builder_.load(result);
        builder_.emit(Opcode::YieldDelegate, mode);
        builder_.store(received);
    } else {
        load_named(result, "value");
        builder_.emit(Opcode::Yield, mode);
        builder_.store(received);
        // A return is awaited first; if that throws, the exception goes to the inner iterator.
        Label is_return;
        builder_.load(mode);
        builder_.jump(Opcode::JumpIfInteger, is_return, static_cast<int32_t>(ResumeMode::kReturn));
        builder_.jump(again);
        builder_.bind(is_return);
        TryRange range;
        begin_try(range);
        builder_.load(received);
        builder_.emit(Opcode::Await);
        builder_.store(received);
        close_range(range);
        builder_.jump(again);
        bind_handler(range);
        builder_.store(received);
        builder_.load_integer(static_cast<int32_t>(ResumeMode::kThrow));
        builder_.store(mode);
    }
    builder_.jump(again);
    builder_.bind(end);
    load_named(result, "value");
}

} // namespace heddle
