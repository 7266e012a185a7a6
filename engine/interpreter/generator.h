// Generator objects (ECMA-262 27.5) and AsyncGenerator objects (27.6) with their abstract operations; the prototypes
// are in builtins/generator.cpp.
#pragma once

#include "interpreter/coroutine.h"

namespace heddle {

class Generator final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Generator; }
    Coroutine* coroutine() const { return coroutine_; }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(coroutine_);
    }

private:
    friend class Heap;
    Generator(Shape* shape, Coroutine* coroutine) : Object(CellKind::Generator, shape) { coroutine_.init(coroutine); }
    Member<Coroutine> coroutine_;
};

/// The object of 27.5.3.1 / 27.6.3.2 for a call of `function`, around `coroutine`.
Result<Object*> create_generator_object(Agent&, ScriptFunction& function, Coroutine*, bool is_async);
// 27.5.3.3 GeneratorResume, 27.5.3.4 GeneratorResumeAbrupt; `generator` is any value: TypeError unless a generator.
Result<Value> generator_resume(Agent&, Value generator, ResumeMode, Value);

/// generator_resume with next(undefined), the value without a result object around it: nothing when the generator has ended.
Result<std::optional<Value>> generator_step(Agent&, Value generator);

/// 27.6.3.1 AsyncGeneratorRequest Records
struct AsyncGeneratorRequest {
    ResumeMode mode;
    Value value;
    PromiseCapability* capability;
};

class AsyncGenerator final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::AsyncGenerator; }
    enum class State : uint8_t { SuspendedStart, SuspendedYield, Executing, DrainingQueue, Completed };
    State state() const { return static_cast<State>(class_data_); }
    void set_state(State state) { class_data_ = static_cast<uint32_t>(state); }
    Coroutine* coroutine() const { return coroutine_; }

    bool has_requests() const { return head_ < count_; }
    AsyncGeneratorRequest first_request() const;
    Fallible<void> enqueue(Agent&, const AsyncGeneratorRequest&);
    void dequeue();
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    AsyncGenerator(Shape* shape, Coroutine* coroutine) : Object(CellKind::AsyncGenerator, shape) { coroutine_.init(coroutine); }
    Member<Coroutine> coroutine_;
    Member<ValueArray> queue_; // triples (mode, value, capability)
    uint32_t head_ = 0;
    uint32_t count_ = 0;
};

// 27.6.1.2 to 27.6.1.4 %AsyncGeneratorPrototype%.next, return and throw: the promise.
Result<Value> async_generator_enqueue(Agent&, Value generator, ResumeMode, Value);
// What the interpreter tells it: the body yielded, or ended.
Result<void> async_generator_yield(Agent&, AsyncGenerator&, Value);
Result<void> async_generator_completed(Agent&, AsyncGenerator&, bool threw, Value);

} // namespace heddle
