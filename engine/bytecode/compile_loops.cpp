// Loops: while, do, for, for-in, for-of and for-await.
#include "bytecode/function_compiler.h"

namespace heddle {

void FunctionCompiler::visit_while(const WhileStatement* node, const LabelList& labels) {
    set_completion_undefined();
    Label end, next, body;
    ControlScope breakable = ControlScope::breakable(&labels, end);
    push_control(breakable);
    ControlScope continuable = ControlScope::continuable(&labels, next);
    push_control(continuable);
    builder_.bind(next);
    {
        Registers registers(*this);
        at(node->test);
        visit_condition(node->test, body, end, true);
    }
    builder_.bind(body);
    visit_statement(node->body);
    builder_.jump(next);
    pop_control();
    pop_control();
    builder_.bind(end);
}

void FunctionCompiler::visit_do_while(const DoWhileStatement* node, const LabelList& labels) {
    set_completion_undefined();
    Label end, next, body;
    ControlScope breakable = ControlScope::breakable(&labels, end);
    push_control(breakable);
    ControlScope continuable = ControlScope::continuable(&labels, next);
    push_control(continuable);
    builder_.bind(body);
    visit_statement(node->body);
    builder_.bind(next);
    Label again;
    {
        Registers registers(*this);
        at(node->test);
        visit_condition(node->test, again, end, true);
    }
    builder_.bind(again);
    builder_.jump(body);
    pop_control();
    pop_control();
    builder_.bind(end);
}

// 14.7.4.2 ForLoopEvaluation and 14.7.4.3 ForBodyEvaluation
void FunctionCompiler::visit_for(const ForStatement* node, const LabelList& labels) {
    Registers registers(*this);
    set_completion_undefined();
    const Scope* scope = node->scope;
    Label end;
    ControlScope breakable = ControlScope::breakable(&labels, end);
    push_control(breakable);
    enter_scope(scope);
    ControlScope environment{ControlKind::kEnvironment};
    bool has_environment = scope && scope->needs_environment;
    if (has_environment) push_control(environment);
    DisposeState dispose;
    bool disposes = scope && scope->has_using;
    if (disposes) begin_dispose(dispose, scope);

    bool copies = false;
    if (node->initializer) {
        if (const auto* declaration = node->initializer->try_as<VariableDeclaration>()) {
            copies = has_environment && declaration->declaration_kind == DeclarationKind::kLet;
            visit_variable_declaration(declaration);
        } else {
            Registers inner(*this);
            visit_for_effect(static_cast<const Expression*>(node->initializer));
        }
    }
    if (copies) builder_.emit(Opcode::CopyEnvironment);
    Label test, body, next, done;
    ControlScope continuable = ControlScope::continuable(&labels, next);
    push_control(continuable);
    builder_.bind(test);
    if (node->test) {
        Registers inner(*this);
        at(node->test);
        visit_condition(node->test, body, done, true);
    }
    builder_.bind(body);
    visit_statement(node->body);
    builder_.bind(next);
    if (copies) builder_.emit(Opcode::CopyEnvironment);
    if (node->update) {
        Registers inner(*this);
        at(node->update);
        visit_for_effect(node->update);
    }
    builder_.jump(test);
    pop_control();
    builder_.bind(done);
    if (disposes) end_dispose(dispose);
    if (has_environment) pop_control();
    leave_scope(scope);
    pop_control();
    builder_.bind(end);
}

// Binds acc, the next value, to the left side of for-in or for-of.
void FunctionCompiler::bind_for_target(const Node* left) {
    at(left);
    const auto* declaration = left->try_as<VariableDeclaration>();
    if (!declaration) {
        bind_target(left, BindMode::kAssign);
        return;
    }
    DeclarationKind kind = declaration->declaration_kind;
    if (kind == DeclarationKind::kUsing || kind == DeclarationKind::kAwaitUsing)
        builder_.emit(Opcode::AddDisposable, dispose_stack_, kind == DeclarationKind::kAwaitUsing);
    bind_target(declaration->declarators[0]->target,
                kind == DeclarationKind::kVar ? BindMode::kAssign : BindMode::kInitialize);
}

void FunctionCompiler::visit_for_in(const ForInStatement* node, const LabelList& labels) {
    Registers registers(*this);
    // B.3.5 Initializers in ForIn Statement Heads
    if (const auto* declaration = node->left->try_as<VariableDeclaration>();
        declaration && declaration->declarators[0]->initializer)
        visit_variable_declaration(declaration);
    set_completion_undefined();
    Label end, next, done;
    ControlScope breakable = ControlScope::breakable(&labels, end);
    push_control(breakable);

    enter_scope(node->head_scope);
    visit(node->right);
    leave_scope(node->head_scope);
    at(node->right);
    builder_.jump(Opcode::JumpIfNullish, done);
    Register iterator = builder_.allocate();
    builder_.emit(Opcode::ForInPrepare, iterator);

    ControlScope continuable = ControlScope::continuable(&labels, next);
    push_control(continuable);
    builder_.bind(next);
    builder_.jump(Opcode::ForInStep, done, iterator);
    const Scope* scope = node->scope;
    {
        Registers inner(*this);
        Register key = builder_.allocate();
        builder_.store(key);
        enter_scope(scope);
        ControlScope environment{ControlKind::kEnvironment};
        bool has_environment = scope && scope->needs_environment;
        if (has_environment) push_control(environment);
        builder_.load(key);
        bind_for_target(node->left);
        visit_statement(node->body);
        if (has_environment) pop_control();
        leave_scope(scope);
    }
    builder_.jump(next);
    pop_control();
    builder_.bind(done);
    pop_control();
    builder_.bind(end);
}

// 14.7.5.5 ForIn/OfHeadEvaluation and 14.7.5.6 ForIn/OfBodyEvaluation. Only what happens between two steps of the iterator
// closes it when it is left early.
void FunctionCompiler::visit_for_of(const ForOfStatement* node, const LabelList& labels) {
    Registers registers(*this);
    set_completion_undefined();
    Label end, next, done;
    ControlScope breakable = ControlScope::breakable(&labels, end);
    push_control(breakable);

    enter_scope(node->head_scope);
    visit(node->right);
    leave_scope(node->head_scope);
    at(node->right);
    Register record = builder_.allocate(2);
    builder_.emit(node->is_await ? Opcode::GetAsyncIterator : Opcode::GetIterator, record);

    TryRange range;
    begin_try(range);
    close_range(range);
    ControlScope iterator{ControlKind::kIterator};
    iterator.range = &range;
    iterator.record = record;
    iterator.is_async = node->is_await;
    push_control(iterator);
    ControlScope continuable = ControlScope::continuable(&labels, next);
    push_control(continuable);

    builder_.bind(next);
    at(node->right);
    if (node->is_await) {
        Registers inner(*this);
        builder_.emit(Opcode::LoadUndefined);
        Register base = builder_.allocate(2);
        builder_.move(base, record + 1);
        builder_.move(base + 1, record);
        emit_call(base, 0);
        builder_.emit(Opcode::Await);
        builder_.emit(Opcode::CheckIteratorResult);
        Register result = builder_.allocate();
        builder_.store(result);
        load_named(result, "done");
        builder_.jump(Opcode::JumpIfTrue, done);
        load_named(result, "value");
    } else {
        builder_.jump(Opcode::ForOfStep, done, record);
    }
    open_range(range);
    const Scope* scope = node->scope;
    {
        Registers inner(*this);
        Register value = builder_.allocate();
        builder_.store(value);
        enter_scope(scope);
        ControlScope environment{ControlKind::kEnvironment};
        bool has_environment = scope && scope->needs_environment;
        if (has_environment) push_control(environment);
        DisposeState dispose;
        bool disposes = scope && scope->has_using;
        if (disposes) begin_dispose(dispose, scope);
        builder_.load(value);
        bind_for_target(node->left);
        visit_statement(node->body);
        if (disposes) end_dispose(dispose);
        if (has_environment) pop_control();
        leave_scope(scope);
    }
    close_range(range);
    builder_.jump(next);
    pop_control();
    pop_control();

    bind_handler(range);
    Register exception = builder_.allocate();
    if (node->is_await) {
        builder_.store(exception);
        emit_async_iterator_close_silently(record);
        builder_.load(exception);
    } else {
        builder_.emit(Opcode::IteratorCloseSilently, record);
    }
    builder_.emit(Opcode::Rethrow);
    builder_.bind(done);
    pop_control();
    builder_.bind(end);
}

} // namespace heddle
