// Leaving: breaks, continues and returns through environments, iterators and finally blocks; disposal of resources.
#include "bytecode/function_compiler.h"

namespace heddle {

void FunctionCompiler::open_range(TryRange& range) {
    HEDDLE_ASSERT(range.open_at == TryRange::kClosed);
    range.open_at = builder_.pc();
}

void FunctionCompiler::close_range(TryRange& range) {
    HEDDLE_ASSERT(range.open_at != TryRange::kClosed);
    builder_.add_handler(range.open_at, builder_.pc(), range.placeholder, range.environment);
    range.open_at = TryRange::kClosed;
}

void FunctionCompiler::begin_try(TryRange& range) {
    range.placeholder = next_placeholder_++;
    range.environment = builder_.allocate();
    builder_.emit(Opcode::SaveEnvironment, range.environment);
    open_range(range);
}

void FunctionCompiler::bind_handler(TryRange& range) {
    Label here;
    builder_.bind(here);
    builder_.patch_handlers(range.placeholder, here.pc);
}

bool FunctionCompiler::leave_control(ControlScope* scope, bool keep_accumulator, bool pop_environments) {
    switch (scope->kind) {
    case ControlKind::kBreakable:
    case ControlKind::kContinuable: return false;
    case ControlKind::kEnvironment:
        if (pop_environments) builder_.emit(Opcode::PopEnvironment);
        return false;
    case ControlKind::kTry: close_range(*scope->range); return false;
    case ControlKind::kFinally: close_range(*scope->range); return true;
    case ControlKind::kIterator: {
        close_range(*scope->range);
        if (!scope->is_async) {
            builder_.emit(Opcode::IteratorClose, scope->record);
            return false;
        }
        Registers registers(*this);
        Register value = builder_.allocate();
        if (keep_accumulator) builder_.store(value);
        emit_async_iterator_close(scope->record);
        if (keep_accumulator) builder_.load(value);
        return false;
    }
    case ControlKind::kDestructuring: {
        close_range(*scope->range);
        Registers registers(*this);
        Register value = builder_.allocate();
        Label is_done;
        builder_.store(value);
        builder_.load(scope->done);
        builder_.jump(Opcode::JumpIfTrue, is_done);
        builder_.emit(Opcode::IteratorClose, scope->record);
        builder_.bind(is_done);
        builder_.load(value);
        return false;
    }
    }
    HEDDLE_UNREACHABLE();
}

// Break and continue. Cleanups are emitted in line; code after a cleanup is no longer covered by the handlers passed, which
// are opened again for what follows in the source.
void FunctionCompiler::exit_to(ControlScope* target, bool is_continue) {
    std::vector<TryRange*> suspended;
    bool taken_over = false;
    for (ControlScope* scope = control_; scope != target; scope = scope->outer) {
        HEDDLE_ASSERT(scope != nullptr);
        if (scope->range) suspended.push_back(scope->range);
        if (!leave_control(scope, false, true)) continue;
        FinallyState& state = *scope->finally;
        uint32_t index = 0;
        while (index < state.jumps.size() &&
               (state.jumps[index].target != target || state.jumps[index].is_continue != is_continue))
            ++index;
        if (index == state.jumps.size()) state.jumps.push_back({target, is_continue});
        builder_.load_integer(static_cast<int32_t>(CompletionType::kFirstJump) + static_cast<int32_t>(index));
        builder_.store(state.type);
        builder_.jump(Opcode::Jump, state.entry);
        taken_over = true;
        break;
    }
    if (!taken_over) builder_.jump(*target->label);
    for (size_t i = suspended.size(); i-- > 0;)
        open_range(*suspended[i]);
}

// Return of acc.
void FunctionCompiler::exit_function() {
    std::vector<TryRange*> suspended;
    bool taken_over = false;
    // Only a derived constructor reads a variable on the way out.
    bool pop_environments = is_derived_constructor();
    for (ControlScope* scope = control_; scope; scope = scope->outer) {
        if (scope->range) suspended.push_back(scope->range);
        if (!leave_control(scope, true, pop_environments)) continue;
        FinallyState& state = *scope->finally;
        state.carries_return = true;
        builder_.store(state.value);
        builder_.load_integer(static_cast<int32_t>(CompletionType::kReturn));
        builder_.store(state.type);
        builder_.jump(Opcode::Jump, state.entry);
        taken_over = true;
        break;
    }
    if (!taken_over) emit_return_instruction();
    for (size_t i = suspended.size(); i-- > 0;)
        open_range(*suspended[i]);
}

void FunctionCompiler::emit_return_instruction() {
    if (!is_derived_constructor()) {
        builder_.emit(Opcode::Return);
        return;
    }
    const Variable* variable = function_->this_variable;
    if (!variable || !variable->is_captured) {
        builder_.emit(Opcode::ReturnDerived, kThisRegister);
        return;
    }
    Registers registers(*this);
    Register result = builder_.allocate();
    Register this_value = builder_.allocate();
    builder_.store(result);
    builder_.emit(Opcode::LoadSlot, environment_hops(base_scope_, variable->scope), variable->slot);
    builder_.store(this_value);
    builder_.load(result);
    builder_.emit(Opcode::ReturnDerived, this_value);
}

void FunctionCompiler::begin_finally(FinallyState& state, ControlScope& scope) {
    state.type = builder_.allocate();
    state.value = builder_.allocate();
    begin_try(state.range);
    scope.kind = ControlKind::kFinally;
    scope.range = &state.range;
    scope.finally = &state;
    push_control(scope);
}

void FunctionCompiler::enter_finally(FinallyState& state) {
    close_range(state.range);
    pop_control();
    builder_.load_integer(static_cast<int32_t>(CompletionType::kNormal));
    builder_.store(state.type);
    builder_.jump(Opcode::Jump, state.entry);
    bind_handler(state.range);
    builder_.store(state.value);
    builder_.load_integer(static_cast<int32_t>(CompletionType::kThrow));
    builder_.store(state.type);
    builder_.bind(state.entry);
    builder_.emit(Opcode::RestoreEnvironment, state.range.environment);
}

void FunctionCompiler::dispatch_finally(FinallyState& state) {
    Label normal;
    builder_.load(state.type);
    builder_.jump(Opcode::JumpIfInteger, normal, static_cast<int32_t>(CompletionType::kNormal));
    std::vector<Label> labels(state.jumps.size() + 1);
    for (size_t i = 0; i < state.jumps.size(); ++i)
        builder_.jump(Opcode::JumpIfInteger, labels[i],
                      static_cast<int32_t>(CompletionType::kFirstJump) + static_cast<int32_t>(i));
    if (state.carries_return)
        builder_.jump(Opcode::JumpIfInteger, labels.back(), static_cast<int32_t>(CompletionType::kReturn));
    builder_.load(state.value);
    builder_.emit(Opcode::Rethrow);
    for (size_t i = 0; i < state.jumps.size(); ++i) {
        builder_.bind(labels[i]);
        exit_to(state.jumps[i].target, state.jumps[i].is_continue);
    }
    if (state.carries_return) {
        builder_.bind(labels.back());
        builder_.load(state.value);
        exit_function();
    }
    builder_.bind(normal);
}

// 7.4.12 AsyncIteratorClose ( iteratorRecord, completion ) for completions that are not throws
void FunctionCompiler::emit_async_iterator_close(Register record) {
    Registers registers(*this);
    Register base = builder_.allocate(2);
    Label no_method;
    builder_.emit(Opcode::LoadMethod, record, builder_.string_constant("return"));
    builder_.jump(Opcode::JumpIfUndefined, no_method);
    builder_.store(base);
    builder_.move(base + 1, record);
    emit_call(base, 0);
    builder_.emit(Opcode::Await);
    builder_.emit(Opcode::CheckIteratorResult);
    builder_.bind(no_method);
}

// 7.4.12 for a throw completion: the errors of `return` are dropped, its result is still awaited.
void FunctionCompiler::emit_async_iterator_close_silently(Register record) {
    Registers registers(*this);
    TryRange range;
    Label end;
    begin_try(range);
    Register base = builder_.allocate(2);
    builder_.emit(Opcode::LoadMethod, record, builder_.string_constant("return"));
    builder_.jump(Opcode::JumpIfUndefined, end);
    builder_.store(base);
    builder_.move(base + 1, record);
    emit_call(base, 0);
    builder_.emit(Opcode::Await);
    close_range(range);
    builder_.jump(Opcode::Jump, end);
    bind_handler(range);
    builder_.bind(end);
}

// ---- using and await using: the rest of the block is the body of a finally block that disposes -----------------------

void FunctionCompiler::begin_dispose(DisposeState& state, const Scope* scope) {
    state.is_async = scope->has_await_using;
    state.stack = builder_.allocate();
    state.outer_stack = dispose_stack_;
    builder_.emit(Opcode::CreateDisposeStack, state.stack);
    dispose_stack_ = state.stack;
    begin_finally(state.finally, state.control);
}

void FunctionCompiler::end_dispose(DisposeState& state) {
    dispose_stack_ = state.outer_stack;
    FinallyState& finally = state.finally;
    enter_finally(finally);
    if (!state.is_async) {
        builder_.emit(Opcode::DisposeResources, state.stack, finally.type, finally.value);
        dispatch_finally(finally);
        return;
    }
    Registers registers(*this);
    // 7.5.7 DisposeResources with its awaits
    Label step, done;
    builder_.bind(step);
    builder_.jump(Opcode::AsyncDisposeStep, done, state.stack, finally.type, finally.value);
    TryRange range;
    begin_try(range);
    builder_.emit(Opcode::Await);
    close_range(range);
    builder_.jump(Opcode::Loop, step);
    bind_handler(range);
    builder_.emit(Opcode::MergeDisposeError, finally.type, finally.value);
    builder_.jump(Opcode::Loop, step);
    builder_.bind(done);
    dispatch_finally(finally);
}

} // namespace heddle
