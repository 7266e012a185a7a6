// Handlers: calls, constructs, returns, unwinding, iteration, generators, async functions, disposal.
#include "interpreter/dispatch.h"

#include "interpreter/coroutine.h"
#include "interpreter/generator.h"
#include "runtime/array.h"
#include "runtime/error.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

// --- calls --------------------------------------------------------------------------------------------------

namespace {

std::span<const Value> call_arguments(const Value* base, uint32_t count) { return {base + kFirstParameterRegister, count}; }

Failed not_callable(Agent& agent, Value callee) { return agent.throw_type_error(fmt::format("{} is not a function", display_string(callee))); }

Result<Value> call_native(Agent& agent, Value* base, uint32_t count) {
    Value callee = base[0];
    if (callee.is<NativeFunction>()) {
        auto* native = callee.as<NativeFunction>();
        return native->NativeFunction::call(agent, Arguments(native, base[1], call_arguments(base, count)));
    }
    if (!is_callable(callee)) return not_callable(agent, callee);
    agent.advance_user_code_epoch();
    return callee.as_object()->call(agent, Arguments(callee.as_object(), base[1], call_arguments(base, count)));
}

Result<Value> construct_any(Agent& agent, Value* base, uint32_t count, Value new_target) {
    Value callee = base[0];
    if (!is_constructor(callee)) return agent.throw_type_error(fmt::format("{} is not a constructor", display_string(callee)));
    agent.advance_user_code_epoch();
    return callee.as_object()->construct(agent, Arguments(callee.as_object(), Value::undefined(), call_arguments(base, count), new_target));
}

/// The elements of an argument array, which no script ever sees: they stay as they are while the call lasts. RangeError for
/// more than the register stack could ever hold.
Fallible<std::span<const Value>> list_arguments(Agent& agent, Array* array) {
    if (array->length() > Interpreter::kRegisterCapacity)
        return agent.throw_range_error(fmt::format("Too many arguments: {}, and a call takes at most {}", array->length(), Interpreter::kRegisterCapacity));
    HEDDLE_ASSERT(array->is_simple());
    if (array->length() == 0) return std::span<const Value>();
    static_assert(sizeof(Member<Value>) == sizeof(Value));
    return std::span<const Value>(reinterpret_cast<const Value*>(array->dense_elements()->data()), array->length());
}

Result<Value> call_with_array(Interpreter& interpreter, Value* base) {
    Agent& agent = interpreter.agent();
    std::span<const Value> values = TRY(list_arguments(agent, base[2].as<Array>()));
    return call(agent, base[0], base[1], values);
}

Result<Value> construct_with_array(Interpreter& interpreter, Value* base, Value new_target) {
    Agent& agent = interpreter.agent();
    if (!is_constructor(base[0])) return agent.throw_type_error(fmt::format("{} is not a constructor", display_string(base[0])));
    std::span<const Value> values = TRY(list_arguments(agent, base[2].as<Array>()));
    return Value(TRY(construct(agent, base[0].as_object(), values, new_target.as_object())));
}

Result<Value> load_super_constructor(Agent& agent, Value function) {
    Object* parent = TRY(function.as_object()->get_prototype_of(agent));
    return parent ? Value(parent) : Value::null();
}

Result<Value> super_call_forward(Interpreter& interpreter, Frame& frame) {
    Agent& agent = interpreter.agent();
    Value parent = TRY(load_super_constructor(agent, frame.registers[kFunctionRegister]));
    if (!is_constructor(parent)) return agent.throw_type_error(fmt::format("Super constructor {} is not a constructor", display_string(parent)));
    return Value(TRY(construct(agent, parent.as_object(), {frame.arguments, frame.argument_count}, frame.new_target.as_object())));
}

Result<Value> call_direct_eval(Interpreter& interpreter, Frame& frame, Value* base, uint32_t count, const EvalDescription& context) {
    Agent& agent = interpreter.agent();
    Object* eval = frame.realm->intrinsic_if_made(Intrinsic::Eval);
    if (!base[0].is_object() || base[0].as_object() != eval) return call(agent, base[0], base[1], call_arguments(base, count));
    if (count == 0) return Value::undefined();
    return interpreter.direct_eval(frame, base[2], context);
}

Result<Value> call_direct_eval_with_array(Interpreter& interpreter, Frame& frame, Value* base, const EvalDescription& context) {
    Object* eval = frame.realm->intrinsic_if_made(Intrinsic::Eval);
    if (!base[0].is_object() || base[0].as_object() != eval) return call_with_array(interpreter, base);
    auto* array = base[2].as<Array>();
    if (array->length() == 0) return Value::undefined();
    return interpreter.direct_eval(frame, array->dense_element_or_empty(0), context);
}

/// 9.4.1 GetActiveScriptOrModule ( ): code from strings belongs to the script or module that called eval.
const Code& active_script_or_module(const Frame& frame) {
    const Frame* current = &frame;
    while (current->caller && !current->code().source()->is_file())
        current = current->caller;
    return current->code();
}

/// A constructor whose objects are made here: natives and bound functions make theirs themselves.
bool is_script_constructor(Value callee) { return callee.is<ScriptFunction>() && callee.as_object()->is_constructor(); }

/// What a base constructor has made: the next one gets as much room in the object itself.
void learn_from(const Frame& frame, Value object) {
    if (object.as_cell()->kind() != CellKind::Object || !frame.new_target.is<ScriptFunction>()) return;
    Shape* shape = object.as_object()->shape();
    if (!shape->is_dictionary()) frame.new_target.as<ScriptFunction>()->instance()->learn_slot_count(shape->slot_count());
}

} // namespace

// Natives, classes (which throw), interrupts, stack overflow, and functions that want all arguments.
static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_Call(HANDLER_PARAMETERS) {
    OPERANDS(Call);
    frame->pc = pc;
    Value* base = registers + i.base;
    if (is_plain_script_function(base[0])) {
        interpreter->agent().advance_user_code_epoch();
        if (interpreter->agent().interrupt_requested()) [[unlikely]] CHECK(interpreter->agent().poll_interrupts());
        Frame* callee = interpreter->push_call_frame(base[0].as<ScriptFunction>(), base, i.count, Value::undefined(), 0, sizeof(instruction::Call));
        if (!callee) [[unlikely]] THROW();
        frame = callee;
        registers = frame->registers;
        pc = frame->pc;
        acc = Value::undefined();
        DISPATCH();
    }
    SET_ACC(call_native(interpreter->agent(), base, i.count));
    NEXT(Call);
}
HANDLER(Call) {
    OPERANDS(Call);
    Value* base = registers + i.base;
    if (Frame* callee = interpreter->try_push_call_frame(base[0], base, i.count, sizeof(instruction::Call))) [[likely]] {
        frame->pc = pc;
        frame = callee;
        registers = base;
        pc = callee->pc;
        acc = Value::undefined();
        DISPATCH();
    }
    HEDDLE_MUSTTAIL return slow_Call(HANDLER_ARGUMENTS);
}
HANDLER(CallWithArray) {
    OPERANDS(CallWithArray);
    SET_ACC(call_with_array(*interpreter, registers + i.base));
    NEXT(CallWithArray);
}
HANDLER(New) {
    OPERANDS(New);
    if (is_script_constructor(registers[i.base])) [[likely]] {
        frame->pc = pc;
        interpreter->agent().advance_user_code_epoch();
        if (interpreter->agent().interrupt_requested()) [[unlikely]] CHECK(interpreter->agent().poll_interrupts());
        Result<Frame*> callee = interpreter->push_construct_frame(registers[i.base].as<ScriptFunction>(), registers + i.base, i.count,
                                                                  registers[i.base], 0, sizeof(instruction::New));
        if (callee.threw()) [[unlikely]] THROW();
        frame = callee.release();
        registers = frame->registers;
        pc = frame->pc;
        acc = Value::undefined();
        DISPATCH();
    }
    SET_ACC(construct_any(interpreter->agent(), registers + i.base, i.count, registers[i.base]));
    NEXT(New);
}
HANDLER(NewWithArray) {
    OPERANDS(NewWithArray);
    SET_ACC(construct_with_array(*interpreter, registers + i.base, registers[i.base]));
    NEXT(NewWithArray);
}
HANDLER(SuperCall) {
    OPERANDS(SuperCall);
    if (is_script_constructor(registers[i.base])) [[likely]] {
        frame->pc = pc;
        interpreter->agent().advance_user_code_epoch();
        if (interpreter->agent().interrupt_requested()) [[unlikely]] CHECK(interpreter->agent().poll_interrupts());
        Result<Frame*> callee = interpreter->push_construct_frame(registers[i.base].as<ScriptFunction>(), registers + i.base, i.count,
                                                                  registers[i.base + 1], 0, sizeof(instruction::SuperCall));
        if (callee.threw()) [[unlikely]] THROW();
        frame = callee.release();
        registers = frame->registers;
        pc = frame->pc;
        acc = Value::undefined();
        DISPATCH();
    }
    SET_ACC(construct_any(interpreter->agent(), registers + i.base, i.count, registers[i.base + 1]));
    NEXT(SuperCall);
}
HANDLER(SuperCallWithArray) {
    OPERANDS(SuperCallWithArray);
    SET_ACC(construct_with_array(*interpreter, registers + i.base, registers[i.base + 1]));
    NEXT(SuperCallWithArray);
}
HANDLER(LoadSuperConstructor) {
    OPERANDS(LoadSuperConstructor);
    SET_ACC(load_super_constructor(interpreter->agent(), registers[i.function]));
    NEXT(LoadSuperConstructor);
}
HANDLER(SuperCallForward) {
    SET_ACC(super_call_forward(*interpreter, *frame));
    NEXT(SuperCallForward);
}
HANDLER(CallDirectEval) {
    OPERANDS(CallDirectEval);
    SET_ACC(call_direct_eval(*interpreter, *frame, registers + i.base, i.count, *frame->code().constant(i.context).eval));
    NEXT(CallDirectEval);
}
HANDLER(CallDirectEvalWithArray) {
    OPERANDS(CallDirectEvalWithArray);
    SET_ACC(call_direct_eval_with_array(*interpreter, *frame, registers + i.base, *frame->code().constant(i.context).eval));
    NEXT(CallDirectEvalWithArray);
}
HANDLER(ImportCall) {
    OPERANDS(ImportCall);
    SET_ACC(interpreter->module_hooks.import_call(interpreter->agent(), active_script_or_module(*frame), registers[i.specifier], registers[i.options],
                                                  static_cast<ImportPhase>(i.phase)));
    NEXT(ImportCall);
}
HANDLER(LoadImportMeta) {
    SET_ACC(interpreter->module_hooks.import_meta(interpreter->agent(), frame->code()));
    NEXT(LoadImportMeta);
}

// --- leaving ------------------------------------------------------------------------------------------------

namespace {

enum class Ended : uint8_t { Normally, Throwing };

// The frame's code has come to its end, with `value` or the pending exception. What its caller sees.
Result<Value> finish_coroutine(Agent& agent, Coroutine& coroutine, Ended ended, Value value) {
    Object* owner = coroutine.owner();
    coroutine.release_frame();
    if (agent.is_terminating()) return Threw{};
    if (!owner) { // a module without top-level await
        if (ended == Ended::Throwing) return Threw{};
        return value;
    }
    bool threw = ended == Ended::Throwing;
    switch (owner->kind()) {
    case CellKind::Promise: {
        auto* promise = owner->as<Promise>();
        if (threw) promise->reject(agent, agent.take_exception());
        else TRY(promise->resolve(agent, value));
        return Value(promise);
    }
    case CellKind::Generator:
        if (threw) return Threw{};
        if (coroutine.result_form() == Coroutine::ResultForm::Bare) return value;
        return Value(TRY(create_iter_result_object(agent, value, true)));
    case CellKind::AsyncGenerator:
        TRY(async_generator_completed(agent, *owner->as<AsyncGenerator>(), threw, threw ? agent.take_exception() : value));
        return Value::undefined();
    default: HEDDLE_UNREACHABLE();
    }
}

} // namespace

HEDDLE_PRESERVE_NONE Value leave_frame(HANDLER_PARAMETERS) {
    uint8_t flags = frame->flags;
    uint8_t return_size = frame->return_size;
    if (frame->coroutine) [[unlikely]] {
        Result<Value> result = finish_coroutine(interpreter->agent(), *frame->coroutine, Ended::Normally, acc);
        frame->coroutine = nullptr;
        if (result.threw()) {
            // Only termination and out of memory end here: nothing in this frame may catch it.
            frame->pc = frame->code().bytes().data() + frame->code().bytes().size();
            pc = frame->pc;
            HEDDLE_MUSTTAIL return unwind(HANDLER_ARGUMENTS);
        }
        acc = result.release();
    }
    interpreter->pop_frame();
    if (flags & Frame::kEntry) return acc;
    frame = interpreter->frame();
    registers = frame->registers;
    // The caller stands at its call.
    pc = frame->pc + return_size;
    DISPATCH();
}

static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_Return(HANDLER_PARAMETERS) {
    if (frame->flags & Frame::kConstruct) {
        if (!acc.is_object()) acc = registers[kThisRegister];
        learn_from(*frame, acc);
    }
    frame->pc = pc;
    HEDDLE_MUSTTAIL return leave_frame(HANDLER_ARGUMENTS);
}
HANDLER(Return) {
    if (!frame->coroutine && frame->flags == 0) [[likely]] {
        uint8_t return_size = frame->return_size;
        interpreter->pop_inner_frame();
        frame = frame->caller;
        registers = frame->registers;
        pc = frame->pc + return_size;
        DISPATCH();
    }
    HEDDLE_MUSTTAIL return slow_Return(HANDLER_ARGUMENTS);
}

namespace {
Result<Value> derived_result(Agent& agent, const Frame& frame, Value result, Value this_value) {
    if (result.is_object()) return result;
    // The constructor's context has left the stack by now: what is thrown is of the caller's realm.
    RealmScope scope(agent, frame.caller ? frame.caller->realm : frame.realm);
    if (!result.is_undefined())
        return agent.throw_type_error("Derived constructors may only return an object or undefined, got " + display_string(result));
    if (this_value.is_empty())
        return agent.throw_reference_error("Must call super constructor in derived class before accessing 'this' or returning from it");
    return this_value;
}
} // namespace

HANDLER(ReturnDerived) {
    OPERANDS(ReturnDerived);
    SET_ACC(derived_result(interpreter->agent(), *frame, acc, registers[i.this_value]));
    learn_from(*frame, acc);
    HEDDLE_MUSTTAIL return leave_frame(HANDLER_ARGUMENTS);
}
HANDLER(Throw) {
    CHECK(Fallible<void>(interpreter->agent().throw_value(acc)));
    NEXT(Throw);
}
HANDLER(Rethrow) {
    CHECK(Fallible<void>(interpreter->agent().throw_value(acc)));
    NEXT(Rethrow);
}
HANDLER(Debugger) { NEXT(Debugger); }

HEDDLE_PRESERVE_NONE Value unwind(HANDLER_PARAMETERS) {
    Agent& agent = interpreter->agent();
    for (;;) {
        HEDDLE_ASSERT(agent.has_exception());
        if (!agent.is_terminating()) {
            if (const ExceptionHandler* handler = frame->code().find_handler(frame->pc_offset())) {
                acc = agent.take_exception();
                Value environment = registers[handler->environment];
                frame->environment = environment.is_undefined() ? nullptr : static_cast<Environment*>(environment.as_cell());
                pc = frame->code().bytes().data() + handler->target;
                DISPATCH();
            }
        }
        uint8_t flags = frame->flags;
        uint8_t return_size = frame->return_size;
        bool settled = false;
        if (frame->coroutine) {
            Coroutine* coroutine = frame->coroutine;
            frame->coroutine = nullptr;
            Result<Value> result = finish_coroutine(agent, *coroutine, Ended::Throwing, Value::undefined());
            settled = !result.threw();
            if (settled) acc = result.release();
        }
        interpreter->pop_frame();
        if (flags & Frame::kEntry) {
            if (settled) return acc;
            return Value::from_bits(Value::kThrew);
        }
        frame = interpreter->frame();
        registers = frame->registers;
        if (settled) {
            pc = frame->pc + return_size;
            DISPATCH();
        }
    }
}

// --- iteration ----------------------------------------------------------------------------------------------

namespace {

Result<Value> start_iteration(Agent& agent, Value* record, Value iterable, IteratorKind kind) {
    IteratorRecord iterator = TRY(get_iterator(agent, iterable, kind));
    record[0] = Value(iterator.iterator);
    record[1] = iterator.next_method;
    return Value::undefined();
}

IteratorRecord record_of(const Value* record) { return {record[0].as_object(), record[1], false}; }

Result<std::optional<Value>> step_iterator(Agent& agent, const Value* record) {
    IteratorRecord iterator = record_of(record);
    return iterator_step_value(agent, iterator);
}

Result<Value> step_destructuring(Agent& agent, const Value* record, Value& done) {
    if (done.is_true()) return Value::undefined();
    done = Value::boolean(true);
    auto next = TRY(step_iterator(agent, record));
    if (!next) return Value::undefined();
    done = Value::boolean(false);
    return *next;
}

Result<Value> collect_rest(Agent& agent, const Value* record, Value& done) {
    Array* array = TRY(Array::create(agent, 0));
    if (done.is_true()) return Value(array);
    done = Value::boolean(true);
    for (;;) {
        TRY(agent.poll_interrupts());
        auto next = TRY(step_iterator(agent, record));
        if (!next) return Value(array);
        TRY(array->push_direct(agent, *next));
    }
}

/// IteratorClose with a throw completion that the bytecode holds in a register: outcomes are dropped.
Result<Value> close_silently(Agent& agent, const Value* record) {
    Value iterator = record[0];
    Result<Value> method = get_method(agent, iterator, atoms::return_);
    if (!method.threw()) {
        Value function = method.release();
        if (!function.is_undefined()) {
            Result<Value> ignored = call(agent, function, iterator);
            if (!ignored.threw()) return Value::undefined();
        }
    }
    if (agent.is_terminating()) return Threw{};
    if (agent.has_exception()) agent.take_exception();
    return Value::undefined();
}

} // namespace

HANDLER(GetIterator) {
    OPERANDS(GetIterator);
    CHECK(start_iteration(interpreter->agent(), registers + i.record, acc, IteratorKind::Sync));
    NEXT(GetIterator);
}
HANDLER(GetAsyncIterator) {
    OPERANDS(GetAsyncIterator);
    CHECK(start_iteration(interpreter->agent(), registers + i.record, acc, IteratorKind::Async));
    NEXT(GetAsyncIterator);
}
HANDLER(ForOfStep) {
    OPERANDS(ForOfStep);
    frame->pc = pc;
    auto next = step_iterator(interpreter->agent(), registers + i.record);
    if (next.threw()) [[unlikely]] THROW();
    auto value = next.release();
    if (!value) {
        pc += i.done_target;
        DISPATCH();
    }
    acc = *value;
    NEXT(ForOfStep);
}
HANDLER(IteratorStep) {
    OPERANDS(IteratorStep);
    SET_ACC(step_destructuring(interpreter->agent(), registers + i.record, registers[i.done]));
    NEXT(IteratorStep);
}
HANDLER(IteratorRest) {
    OPERANDS(IteratorRest);
    SET_ACC(collect_rest(interpreter->agent(), registers + i.record, registers[i.done]));
    NEXT(IteratorRest);
}
HANDLER(IteratorClose) {
    OPERANDS(IteratorClose);
    CHECK(iterator_close(interpreter->agent(), record_of(registers + i.record)));
    NEXT(IteratorClose);
}
HANDLER(IteratorCloseSilently) {
    OPERANDS(IteratorCloseSilently);
    CHECK(close_silently(interpreter->agent(), registers + i.record));
    NEXT(IteratorCloseSilently);
}
HANDLER(CheckIteratorResult) {
    if (!acc.is_object())
        CHECK(Fallible<void>(interpreter->agent().throw_type_error("Iterator result is not an object: it is " + display_string(acc))));
    NEXT(CheckIteratorResult);
}
HANDLER(LoadMethod) {
    OPERANDS(LoadMethod);
    SET_ACC(get_method(interpreter->agent(), registers[i.object], frame->instance->key(i.name)));
    NEXT(LoadMethod);
}
HANDLER(ForInPrepare) {
    OPERANDS(ForInPrepare);
    frame->pc = pc;
    Result<Value> iterator = prepare_for_in(interpreter->agent(), acc);
    if (iterator.threw()) THROW();
    registers[i.iterator] = iterator.release();
    NEXT(ForInPrepare);
}
HANDLER(ForInStep) {
    OPERANDS(ForInStep);
    frame->pc = pc;
    auto next = step_for_in(interpreter->agent(), registers[i.iterator]);
    if (next.threw()) THROW();
    auto key = next.release();
    if (!key) {
        pc += i.done_target;
        DISPATCH();
    }
    acc = *key;
    NEXT(ForInStep);
}

// --- generators and async functions ---------------------------------------------------------------------------

namespace {

Result<Value> start_async(Agent& agent, Frame& frame) {
    Promise* promise = TRY(Promise::create(agent));
    frame.coroutine = TRY(Coroutine::create(agent, promise));
    return Value::undefined();
}

// The value that InitialYield gives to the caller: the generator object, or (modules) the coroutine itself.
Result<Value> initial_yield(Agent& agent, Frame& frame) {
    Coroutine* coroutine = TRY(Coroutine::create(agent, nullptr));
    Value result(coroutine);
    if (frame.code().traits().kind != FunctionKind::kModule) {
        bool is_async = frame.code().traits().flavor == FunctionFlavor::kAsyncGenerator;
        Object* generator = TRY(create_generator_object(agent, *frame.function(), coroutine, is_async));
        coroutine->set_owner(generator);
        result = Value(generator);
    }
    TRY(coroutine->save(agent, frame));
    coroutine->set_state(Coroutine::State::SuspendedStart);
    return result;
}

Result<Value> suspend_at_yield(Agent& agent, Frame& frame, Value value, bool delegate) {
    Coroutine* coroutine = frame.coroutine;
    TRY(coroutine->save(agent, frame));
    coroutine->set_state(Coroutine::State::SuspendedYield);
    Object* owner = coroutine->owner();
    if (owner->kind() == CellKind::AsyncGenerator) {
        frame.coroutine = nullptr;
        TRY(async_generator_yield(agent, *owner->as<AsyncGenerator>(), value));
        return Value::undefined();
    }
    Value result = value;
    bool is_bare = coroutine->result_form() == Coroutine::ResultForm::Bare;
    if (delegate && is_bare) coroutine->set_result_form(Coroutine::ResultForm::Delegated);
    if (!delegate && !is_bare) result = Value(TRY(create_iter_result_object(agent, value, false)));
    frame.coroutine = nullptr;
    return result;
}

// 27.7.5.3 Await ( value ): what the caller of the frame sees, if this is its first suspension, is the promise.
Result<Value> suspend_at_await(Agent& agent, Frame& frame, Value value) {
    Promise* promise = TRY(promise_resolve_intrinsic(agent, value));
    Coroutine* coroutine = frame.coroutine;
    TRY(coroutine->save(agent, frame));
    TRY(perform_promise_then(agent, promise, coroutine));
    coroutine->set_state(Coroutine::State::SuspendedAwait);
    frame.coroutine = nullptr;
    Object* owner = coroutine->owner();
    return owner ? Value(owner) : Value::undefined();
}

} // namespace

HANDLER(StartAsync) {
    CHECK(start_async(interpreter->agent(), *frame));
    NEXT(StartAsync);
}
HANDLER(InitialYield) {
    SET_ACC(initial_yield(interpreter->agent(), *frame));
    HEDDLE_MUSTTAIL return leave_frame(HANDLER_ARGUMENTS);
}
HANDLER(Yield) {
    SET_ACC(suspend_at_yield(interpreter->agent(), *frame, acc, false));
    HEDDLE_MUSTTAIL return leave_frame(HANDLER_ARGUMENTS);
}
HANDLER(YieldDelegate) {
    SET_ACC(suspend_at_yield(interpreter->agent(), *frame, acc, true));
    HEDDLE_MUSTTAIL return leave_frame(HANDLER_ARGUMENTS);
}
HANDLER(ResumeDispatch) {
    OPERANDS(ResumeDispatch);
    Value mode = registers[i.mode];
    if (mode == Value::int32(static_cast<int32_t>(ResumeMode::kThrow)))
        CHECK(Fallible<void>(interpreter->agent().throw_value(acc)));
    if (mode == Value::int32(static_cast<int32_t>(ResumeMode::kReturn))) {
        pc += i.return_target;
        DISPATCH();
    }
    NEXT(ResumeDispatch);
}
HANDLER(Await) {
    SET_ACC(suspend_at_await(interpreter->agent(), *frame, acc));
    HEDDLE_MUSTTAIL return leave_frame(HANDLER_ARGUMENTS);
}

// --- explicit resource management ---------------------------------------------------------------------------

HANDLER(CreateDisposeStack) {
    OPERANDS(CreateDisposeStack);
    frame->pc = pc;
    Result<Value> stack = create_dispose_stack(interpreter->agent());
    if (stack.threw()) THROW();
    registers[i.stack] = stack.release();
    NEXT(CreateDisposeStack);
}
HANDLER(AddDisposable) {
    OPERANDS(AddDisposable);
    CHECK(add_disposable(interpreter->agent(), registers[i.stack], acc, i.is_async));
    NEXT(AddDisposable);
}
HANDLER(DisposeResources) {
    OPERANDS(DisposeResources);
    frame->pc = pc;
    dispose_resources(interpreter->agent(), registers[i.stack], registers[i.type], registers[i.value]);
    if (interpreter->agent().is_terminating()) THROW();
    NEXT(DisposeResources);
}
HANDLER(AsyncDisposeStep) {
    OPERANDS(AsyncDisposeStep);
    frame->pc = pc;
    auto next = async_dispose_step(interpreter->agent(), registers[i.stack], registers[i.type], registers[i.value]);
    if (next.threw()) THROW();
    auto value = next.release();
    if (!value) {
        pc += i.done_target;
        DISPATCH();
    }
    acc = *value;
    NEXT(AsyncDisposeStep);
}
HANDLER(MergeDisposeError) {
    OPERANDS(MergeDisposeError);
    frame->pc = pc;
    merge_dispose_error(interpreter->agent(), registers[i.type], registers[i.value], acc);
    NEXT(MergeDisposeError);
}

// --- the table ----------------------------------------------------------------------------------------------

namespace {
HEDDLE_PRESERVE_NONE Value invalid_opcode(HANDLER_PARAMETERS) { HEDDLE_UNREACHABLE(); }

constexpr Dispatch make_plain_dispatch() {
    Dispatch dispatch{};
    for (auto& handler : dispatch.handlers)
        handler = invalid_opcode;
    size_t i = 0;
#define OP(Name) dispatch.handlers[i++] = handle_##Name;
#define OP1(Name, ...) OP(Name)
#define OP2(Name, ...) OP(Name)
#define OP3(Name, ...) OP(Name)
#define OP4(Name, ...) OP(Name)
#include "bytecode/opcodes.def"
    return dispatch;
}
} // namespace

constinit const Dispatch kPlainDispatch = make_plain_dispatch();

} // namespace heddle
