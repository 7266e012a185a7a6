// 27.5.3 Generator Abstract Operations and 27.6.3 AsyncGenerator Abstract Operations
#include "interpreter/generator.h"

#include "runtime/iterator.h"

namespace heddle {

Result<Object*> create_generator_object(Agent& agent, ScriptFunction& function, Coroutine* coroutine, bool is_async) {
    Intrinsic fallback = is_async ? Intrinsic::AsyncGeneratorPrototype : Intrinsic::GeneratorPrototype;
    Shape* shape = TRY(shape_from_constructor(agent, Value(&function), fallback));
    if (is_async) return Result<Object*>(TRY(agent.heap().allocate<AsyncGenerator>(0, shape, coroutine)));
    return Result<Object*>(TRY(agent.heap().allocate<Generator>(0, shape, coroutine)));
}

// 27.5.3.2 GeneratorValidate, 27.5.3.3 GeneratorResume, 27.5.3.4 GeneratorResumeAbrupt
Result<Value> generator_resume(Agent& agent, Value value, ResumeMode mode, Value argument) {
    if (!value.is<Generator>()) return agent.throw_type_error(display_string(value) + " is not a generator object");
    Coroutine& coroutine = *value.as<Generator>()->coroutine();
    if (coroutine.state() == Coroutine::State::Running) return agent.throw_type_error("Generator is already running");
    if (coroutine.state() == Coroutine::State::SuspendedStart && mode != ResumeMode::kNext) coroutine.release_frame();
    if (coroutine.state() == Coroutine::State::Completed) {
        if (mode == ResumeMode::kThrow) return agent.throw_value(argument);
        return Value(TRY(create_iter_result_object(agent, mode == ResumeMode::kReturn ? argument : Value::undefined(), true)));
    }
    coroutine.set_result_form(Coroutine::ResultForm::Object);
    return Interpreter::of(agent).resume(coroutine, mode, argument);
}

Result<std::optional<Value>> generator_step(Agent& agent, Value value) {
    if (!value.is<Generator>()) return agent.throw_type_error(display_string(value) + " is not a generator object");
    Coroutine& coroutine = *value.as<Generator>()->coroutine();
    if (coroutine.state() == Coroutine::State::Running) return agent.throw_type_error("Generator is already running");
    if (coroutine.state() == Coroutine::State::Completed) return std::optional<Value>();
    coroutine.set_result_form(Coroutine::ResultForm::Bare);
    Value result = TRY(Interpreter::of(agent).resume(coroutine, ResumeMode::kNext, Value::undefined()));
    if (coroutine.result_form() == Coroutine::ResultForm::Delegated) {
        // yield* hands on the inner iterator's own result object.
        HEDDLE_ASSERT(result.is_object());
        if (TRY(iterator_complete(agent, result.as_object()))) return std::optional<Value>();
        return std::optional(TRY(iterator_value(agent, result.as_object())));
    }
    if (coroutine.state() == Coroutine::State::Completed) return std::optional<Value>();
    return std::optional(result);
}

// --- AsyncGenerator -----------------------------------------------------------------------------------------

void AsyncGenerator::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(coroutine_);
    visitor.visit(queue_);
}

AsyncGeneratorRequest AsyncGenerator::first_request() const {
    HEDDLE_ASSERT(has_requests());
    return {static_cast<ResumeMode>(queue_->get(head_ * 3).as_int32()), queue_->get(head_ * 3 + 1),
            static_cast<PromiseCapability*>(queue_->get(head_ * 3 + 2).as_cell())};
}

Fallible<void> AsyncGenerator::enqueue(Agent& agent, const AsyncGeneratorRequest& request) {
    uint32_t capacity = queue_ ? queue_->length() / 3 : 0;
    if (count_ == capacity) {
        ValueArray* grown = TRY(ValueArray::create(agent, std::max(4u, (count_ - head_) * 2) * 3, Value::undefined()));
        for (uint32_t i = head_ * 3; i < count_ * 3; ++i)
            grown->set(i - head_ * 3, queue_->get(i));
        queue_.set(this, grown);
        count_ -= head_;
        head_ = 0;
    }
    queue_->set(count_ * 3, Value::int32(static_cast<int32_t>(request.mode)));
    queue_->set(count_ * 3 + 1, request.value);
    queue_->set(count_ * 3 + 2, Value(request.capability));
    ++count_;
    return {};
}

void AsyncGenerator::dequeue() {
    for (uint32_t i = 0; i < 3; ++i)
        queue_->set(head_ * 3 + i, Value::undefined());
    ++head_;
}

namespace {

using State = AsyncGenerator::State;

Result<void> await_return(Agent& agent, AsyncGenerator& generator);

// 27.6.3.4 AsyncGeneratorCompleteStep ( generator, completion, done )
Result<void> complete_step(Agent& agent, AsyncGenerator& generator, bool threw, Value value, bool done) {
    PromiseCapability* capability = generator.first_request().capability;
    generator.dequeue();
    if (threw) {
        TRY(call(agent, capability->reject(), Value::undefined(), {value}));
        return {};
    }
    Object* result = TRY(create_iter_result_object(agent, value, done));
    TRY(call(agent, capability->resolve(), Value::undefined(), {Value(result)}));
    return {};
}

// 27.6.3.11 AsyncGeneratorDrainQueue ( generator )
Result<void> drain_queue(Agent& agent, AsyncGenerator& generator) {
    generator.set_state(State::DrainingQueue);
    while (generator.has_requests()) {
        AsyncGeneratorRequest next = generator.first_request();
        if (next.mode == ResumeMode::kReturn) return await_return(agent, generator);
        bool threw = next.mode == ResumeMode::kThrow;
        TRY(complete_step(agent, generator, threw, threw ? next.value : Value::undefined(), true));
    }
    generator.set_state(State::Completed);
    return {};
}

/// The continuation of 27.6.3.10 AsyncGeneratorAwaitReturn.
class AwaitedReturn final : public NativeContinuation {
public:
    explicit AwaitedReturn(AsyncGenerator* generator) { generator_.init(generator); }
    Result<Value> on_fulfilled(Agent& agent, Value value) override { return settle(agent, false, value); }
    Result<Value> on_rejected(Agent& agent, Value reason) override { return settle(agent, true, reason); }
    void visit_edges(Visitor& visitor) override { visitor.visit(generator_); }

private:
    Result<Value> settle(Agent& agent, bool threw, Value value) {
        TRY(complete_step(agent, *generator_, threw, value, true));
        TRY(drain_queue(agent, *generator_));
        return Value::undefined();
    }
    Member<AsyncGenerator> generator_;
};

// 27.6.3.10 AsyncGeneratorAwaitReturn ( generator )
Result<void> await_return(Agent& agent, AsyncGenerator& generator) {
    generator.set_state(State::DrainingQueue);
    Result<Promise*> promise = promise_resolve_intrinsic(agent, generator.first_request().value);
    if (promise.threw()) {
        if (agent.is_terminating()) return Threw{};
        TRY(complete_step(agent, generator, true, agent.take_exception(), true));
        return drain_queue(agent, generator);
    }
    auto* continuation = TRY(agent.heap().allocate<AwaitedReturn>(0, &generator));
    return perform_promise_then(agent, promise.release(), continuation);
}

// 27.6.3.6 AsyncGeneratorResume ( generator, completion )
Result<void> resume(Agent& agent, AsyncGenerator& generator, ResumeMode mode, Value value) {
    generator.set_state(State::Executing);
    TRY(Interpreter::of(agent).resume(*generator.coroutine(), mode, value));
    return {};
}

} // namespace

Result<Value> async_generator_enqueue(Agent& agent, Value value, ResumeMode mode, Value argument) {
    Object* promise_constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    PromiseCapability* capability = TRY(new_promise_capability(agent, Value(promise_constructor)));
    // 27.6.3.3 AsyncGeneratorValidate: a failure rejects the promise.
    if (!value.is<AsyncGenerator>()) {
        Failed failed = agent.throw_type_error(display_string(value) + " is not an async generator object");
        (void)failed;
        TRY(call(agent, capability->reject(), Value::undefined(), {agent.take_exception()}));
        return capability->promise();
    }
    AsyncGenerator& generator = *value.as<AsyncGenerator>();
    State state = generator.state();
    bool abrupt = mode != ResumeMode::kNext;
    if (state == State::SuspendedStart && abrupt) {
        generator.coroutine()->release_frame();
        generator.set_state(State::Completed);
        state = State::Completed;
    }
    if (state == State::Completed && mode != ResumeMode::kReturn) {
        if (mode == ResumeMode::kThrow) {
            TRY(call(agent, capability->reject(), Value::undefined(), {argument}));
        } else {
            Object* result = TRY(create_iter_result_object(agent, Value::undefined(), true));
            TRY(call(agent, capability->resolve(), Value::undefined(), {Value(result)}));
        }
        return capability->promise();
    }
    TRY(generator.enqueue(agent, {mode, argument, capability}));
    if (state == State::Completed) TRY(await_return(agent, generator));
    else if (state == State::SuspendedStart || state == State::SuspendedYield) TRY(resume(agent, generator, mode, argument));
    return capability->promise();
}

// 27.6.3.8 AsyncGeneratorYield, after the await of the value
Result<void> async_generator_yield(Agent& agent, AsyncGenerator& generator, Value value) {
    TRY(complete_step(agent, generator, false, value, false));
    if (generator.has_requests()) {
        AsyncGeneratorRequest next = generator.first_request();
        return resume(agent, generator, next.mode, next.value);
    }
    generator.set_state(State::SuspendedYield);
    return {};
}

// 27.6.3.2 AsyncGeneratorStart, steps 4.g ff.
Result<void> async_generator_completed(Agent& agent, AsyncGenerator& generator, bool threw, Value value) {
    generator.set_state(State::DrainingQueue);
    TRY(complete_step(agent, generator, threw, value, true));
    return drain_queue(agent, generator);
}

} // namespace heddle
