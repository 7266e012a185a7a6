// Promise objects and their abstract operations (ECMA-262 27.2.1); the constructor's JavaScript face is in
// builtins/promise.cpp.
#pragma once

#include "runtime/operations.h"

namespace heddle {

class PromiseReaction;
class NativeContinuation;

class Promise final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Promise; }
    enum class State : uint8_t { Pending, Fulfilled, Rejected };
    static Fallible<Promise*> create(Agent&, Shape* = nullptr); // null: %Promise.prototype%
    State state() const { return static_cast<State>(class_data_ & 3); }
    Value result() const { return result_; }
    bool is_handled() const { return class_data_ & kHandled; }
    void mark_handled() { class_data_ |= kHandled; }

    // Settling needs no memory: whoever waits for the promise hears of it.
    void fulfill(Agent&, Value); // 27.2.1.4
    void reject(Agent&, Value);  // 27.2.1.7
    /// 27.2.1.3.2 Promise Resolve Functions, as an operation. Throws termination only; without memory the promise is rejected.
    Result<void> resolve(Agent&, Value);

    struct ResolvingFunctions {
        NativeFunction* resolve;
        NativeFunction* reject;
    };
    Fallible<ResolvingFunctions> create_resolving_functions(Agent&); // 27.2.1.3

    /// Of rejected promises, for the tracker of their agent: the one that was rejected after this one.
    Promise* next_rejected() const;
    void set_next_rejected(Promise* next);

    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    friend Fallible<void> perform_promise_then(Agent&, Promise*, Value, Value, Cell*);
    friend Fallible<void> perform_promise_then(Agent&, Promise*, NativeContinuation*);
    enum : uint32_t { kHandled = 4 };
    explicit Promise(Shape* shape) : Object(CellKind::Promise, shape) {}
    void trigger_reactions(Agent&, State, Value);
    Member<Value> result_;
    Member<Cell> list_; // while pending: its reactions, newest first; once rejected: next_rejected()
};

/// 27.2.1.1 PromiseCapability Records. `promise` may be any object when made by a subclass.
class PromiseCapability final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::PromiseCapability; }
    Value promise() const { return promise_; }
    Value resolve() const { return resolve_; }
    Value reject() const { return reject_; }
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    friend Result<PromiseCapability*> new_promise_capability(Agent&, Value);
    PromiseCapability() : Cell(CellKind::PromiseCapability) {}
    Member<Value> promise_;
    Member<Value> resolve_;
    Member<Value> reject_;
};
// 27.2.1.5 NewPromiseCapability
Result<PromiseCapability*> new_promise_capability(Agent&, Value constructor);

/// A continuation in C++: `await` in the interpreter, async-from-sync iterators, module evaluation.
class NativeContinuation : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    virtual Result<Value> on_fulfilled(Agent&, Value) = 0;
    virtual Result<Value> on_rejected(Agent&, Value) = 0;

protected:
    explicit NativeContinuation(CellKind kind = CellKind::Internal) : Cell(kind) {}
};

/// 27.2.5.4.1 PerformPromiseThen. `result` is a PromiseCapability or null. Handlers that are not callable pass
/// the value on.
Fallible<void> perform_promise_then(Agent&, Promise*, Value on_fulfilled, Value on_rejected, Cell* result);
/// The same with a continuation in C++ and no derived promise (27.7.5.3 Await, steps 3 to 9).
Fallible<void> perform_promise_then(Agent&, Promise*, NativeContinuation*);
// 27.2.4.7.1 PromiseResolve
Result<Object*> promise_resolve(Agent&, Object* constructor, Value);
/// PromiseResolve(%Promise%, value): what Await begins with.
Result<Promise*> promise_resolve_intrinsic(Agent&, Value);

} // namespace heddle
