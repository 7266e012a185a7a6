// ECMA-262 27.2.1 Promise Abstract Operations
#include "runtime/promise.h"

#include "base/planted_bug.h"
namespace heddle {

/// 27.2.1.2 PromiseReaction Records, both types in one: what to do on fulfilment and on rejection. Or a
/// continuation in C++. Once the promise is settled, it is its own job (27.2.2.1 NewPromiseReactionJob).
class PromiseReaction final : public Job {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::PromiseReaction; }
    Member<Value> on_fulfilled;
    Member<Value> on_rejected;
    Member<Cell> capability; // PromiseCapability or null
    Member<NativeContinuation> continuation;

    // While it waits in its promise's list: the one that was added before.
    PromiseReaction* earlier() const { return static_cast<PromiseReaction*>(next_.get()); }
    void set_earlier(PromiseReaction* reaction) { next_.set(this, reaction); }

    void settle(Agent& agent, Promise::State, Value argument);
    Result<Value> run(Agent& agent) override {
        RealmScope scope(agent, realm_ ? realm_.get() : agent.realm_or_null());
        bool fulfilled = state_ == Promise::State::Fulfilled;
        if (continuation) return fulfilled ? continuation->on_fulfilled(agent, argument_) : continuation->on_rejected(agent, argument_);
        Value handler = fulfilled ? on_fulfilled : on_rejected;
        auto* derived = static_cast<PromiseCapability*>(capability.get());
        bool rejected = !fulfilled;
        Value outcome = argument_;
        if (!handler.is_undefined()) {
            Result<Value> result = call(agent, handler, Value::undefined(), {argument_});
            rejected = result.threw();
            if (rejected && agent.is_terminating()) return Threw{};
            outcome = rejected ? agent.take_exception() : result.release();
        }
        if (!derived) {
            HEDDLE_ASSERT(!rejected || handler.is_undefined());
            return Value::undefined();
        }
        return call(agent, rejected ? derived->reject() : derived->resolve(), Value::undefined(), {outcome});
    }
    void visit_edges(Visitor& visitor) override {
        Job::visit_edges(visitor);
        visitor.visit(on_fulfilled);
        visitor.visit(on_rejected);
        visitor.visit(capability);
        visitor.visit(continuation);
        visitor.visit(argument_);
        visitor.visit(realm_);
    }

private:
    friend class Heap;
    PromiseReaction() : Job(CellKind::PromiseReaction) {}
    Member<Value> argument_;
    Member<Realm> realm_;
    Promise::State state_ = Promise::State::Pending;
};

namespace {

// 27.2.2.2 NewPromiseResolveThenableJob ( promiseToResolve, thenable, then )
class ThenableJob final : public Job {
public:
    ThenableJob(Promise* promise, Value thenable, Value then, Realm* realm) {
        promise_.init(promise);
        thenable_.init(thenable);
        then_.init(then);
        realm_.init(realm);
    }
    Result<Value> run(Agent& agent) override {
        RealmScope scope(agent, realm_);
        Fallible<Promise::ResolvingFunctions> made = promise_->create_resolving_functions(agent);
        if (made.threw()) { // without them nobody could settle it
            promise_->reject(agent, agent.take_exception());
            return Value::undefined();
        }
        Promise::ResolvingFunctions functions = made.release();
        Result<Value> result = call(agent, then_, thenable_, {Value(functions.resolve), Value(functions.reject)});
        if (!result.threw() || agent.is_terminating()) return result;
        return call(agent, Value(functions.reject), Value::undefined(), {agent.take_exception()});
    }
    void visit_edges(Visitor& visitor) override {
        Job::visit_edges(visitor);
        visitor.visit(promise_);
        visitor.visit(thenable_);
        visitor.visit(then_);
        visitor.visit(realm_);
    }

private:
    Member<Promise> promise_;
    Member<Value> thenable_;
    Member<Value> then_;
    Member<Realm> realm_;
};

// The realm in which a handler's job runs: step 3 of NewPromiseReactionJob.
Realm* handler_realm(Agent& agent, Value handler) {
    if (!is_callable(handler)) return agent.realm_or_null();
    Result<Realm*> realm = get_function_realm(agent, handler.as_object());
    if (!realm.threw()) return realm.release();
    agent.take_exception();
    return agent.realm_or_null();
}

// Slots of a resolving function: the promise, and an object shared by both whose slot 0 says "already resolved".
constexpr uint32_t kPromiseSlot = 0;
constexpr uint32_t kSharedSlot = 1;

// 27.2.1.3.2 Promise Resolve Functions, 27.2.1.3.1 Promise Reject Functions: common head
Promise* begin_resolving(const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    auto* shared = static_cast<ValueArray*>(function->slot(kSharedSlot).as_cell());
    if (shared->get(0).is_true()) return nullptr;
    shared->set(0, Value::boolean(true));
    return function->slot(kPromiseSlot).as<Promise>();
}

Result<Value> resolve_function(Agent& agent, const Arguments& arguments) {
    Promise* promise = begin_resolving(arguments);
    if (promise) TRY(promise->resolve(agent, arguments[0]));
    return Value::undefined();
}

Result<Value> reject_function(Agent& agent, const Arguments& arguments) {
    Promise* promise = begin_resolving(arguments);
    if (promise) promise->reject(agent, arguments[0]);
    return Value::undefined();
}

} // namespace

// 27.2.2.1 NewPromiseReactionJob ( reaction, argument )
void PromiseReaction::settle(Agent& agent, Promise::State state, Value argument) {
    Realm* realm = continuation ? agent.realm_or_null() : handler_realm(agent, state == Promise::State::Fulfilled ? on_fulfilled : on_rejected);
    state_ = state;
    argument_.set(this, argument);
    realm_.set(this, realm);
    next_.clear();
    agent.enqueue_job(this);
}

Fallible<Promise*> Promise::create(Agent& agent, Shape* shape) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::PromisePrototype));
    return agent.heap().allocate<Promise>(0, shape);
}

void Promise::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    if (!PLANTED(RuntimeUnvisitedResult)) visitor.visit(result_);
    visitor.visit(list_);
}

Promise* Promise::next_rejected() const {
    HEDDLE_ASSERT(state() == State::Rejected);
    return static_cast<Promise*>(list_.get());
}

void Promise::set_next_rejected(Promise* next) {
    HEDDLE_ASSERT(state() == State::Rejected);
    list_.set(this, next);
}

// 27.2.1.8 TriggerPromiseReactions ( reactions, argument )
void Promise::trigger_reactions(Agent& agent, State state, Value argument) {
    auto* newest = static_cast<PromiseReaction*>(list_.get());
    list_.clear();
    class_data_ = (class_data_ & kHandled) | static_cast<uint32_t>(state);
    result_.set(this, argument);
    // The list is newest first; jobs go in the order of the calls.
    PromiseReaction* oldest = nullptr;
    while (newest) {
        PromiseReaction* earlier = newest->earlier();
        newest->set_earlier(oldest);
        oldest = newest;
        newest = earlier;
    }
    while (oldest) {
        PromiseReaction* later = oldest->earlier();
        oldest->settle(agent, state, argument);
        oldest = later;
    }
}

// 27.2.1.4 FulfillPromise ( promise, value )
void Promise::fulfill(Agent& agent, Value value) {
    HEDDLE_ASSERT(state() == State::Pending);
    trigger_reactions(agent, State::Fulfilled, value);
}

// 27.2.1.7 RejectPromise ( promise, reason )
void Promise::reject(Agent& agent, Value reason) {
    HEDDLE_ASSERT(state() == State::Pending);
    bool was_handled = is_handled();
    trigger_reactions(agent, State::Rejected, reason);
    // The host sees a rejected promise; what it does cannot come between the jobs.
    if (!was_handled) agent.track_rejection(this, Agent::RejectionOperation::Reject);
}

// 27.2.1.3.2 Promise Resolve Functions, steps 7 to 15
Result<void> Promise::resolve(Agent& agent, Value resolution) {
    if (resolution.is_object() && resolution.as_object() == this) {
        Failed failed = agent.throw_type_error("A promise cannot be resolved with itself");
        (void)failed;
        reject(agent, agent.take_exception());
        return {};
    }
    if (!resolution.is_object()) {
        fulfill(agent, resolution);
        return {};
    }
    Result<Value> then = resolution.as_object()->get(agent, atoms::then);
    if (then.threw()) {
        if (agent.is_terminating()) return Threw{};
        reject(agent, agent.take_exception());
        return {};
    }
    Value then_action = then.release();
    if (!heddle::is_callable(then_action)) {
        fulfill(agent, resolution);
        return {};
    }
    Fallible<ThenableJob*> job = agent.heap().allocate<ThenableJob>(0, this, resolution, then_action, handler_realm(agent, then_action));
    if (job.threw()) // whoever resolves it may be gone, and the promise must not stay pending
        reject(agent, agent.take_exception());
    else
        agent.enqueue_job(job.release());
    return {};
}

// 27.2.1.3 CreateResolvingFunctions ( promise )
Fallible<Promise::ResolvingFunctions> Promise::create_resolving_functions(Agent& agent) {
    ValueArray* shared = TRY(ValueArray::create(agent, 1, Value::boolean(false)));
    Realm& realm = agent.realm();
    Value self(this);
    NativeFunction* resolve = TRY(NativeFunction::create_closure(agent, realm, resolve_function, 1, {self, Value(shared)}));
    NativeFunction* reject = TRY(NativeFunction::create_closure(agent, realm, reject_function, 1, {self, Value(shared)}));
    return ResolvingFunctions{resolve, reject};
}

void PromiseCapability::visit_edges(Visitor& visitor) {
    visitor.visit(promise_);
    visitor.visit(resolve_);
    visitor.visit(reject_);
}

namespace {
// 27.2.1.5.1 GetCapabilitiesExecutor Functions. Slot 0 holds a two-entry array for resolve and reject.
Result<Value> capabilities_executor(Agent& agent, const Arguments& arguments) {
    auto* box = static_cast<ValueArray*>(static_cast<NativeFunction*>(arguments.callee())->slot(0).as_cell());
    if (!box->get(0).is_undefined() || !box->get(1).is_undefined())
        return agent.throw_type_error("The executor of a promise capability was called twice");
    box->set(0, arguments[0]);
    box->set(1, arguments[1]);
    return Value::undefined();
}
} // namespace

// 27.2.1.5 NewPromiseCapability ( C )
Result<PromiseCapability*> new_promise_capability(Agent& agent, Value constructor) {
    if (!is_constructor(constructor)) return agent.throw_type_error(display_string(constructor) + " is not a constructor");
    PromiseCapability* capability = TRY(agent.heap().allocate<PromiseCapability>(0));
    if (constructor.as_object() == agent.realm().intrinsic_if_made(Intrinsic::Promise)) {
        // Not observable for %Promise% itself: skip the executor.
        Promise* promise = TRY(Promise::create(agent));
        auto functions = TRY(promise->create_resolving_functions(agent));
        capability->promise_.set(capability, Value(promise));
        capability->resolve_.set(capability, Value(functions.resolve));
        capability->reject_.set(capability, Value(functions.reject));
        return capability;
    }
    ValueArray* box = TRY(ValueArray::create(agent, 2, Value::undefined()));
    NativeFunction* executor = TRY(NativeFunction::create_closure(agent, agent.realm(), capabilities_executor, 2, {Value(box)}));
    Value arguments[] = {Value(executor)};
    Object* promise = TRY(construct(agent, constructor.as_object(), arguments));
    if (!is_callable(box->get(0)) || !is_callable(box->get(1)))
        return agent.throw_type_error("The promise constructor did not pass functions to its executor");
    capability->promise_.set(capability, Value(promise));
    capability->resolve_.set(capability, box->get(0));
    capability->reject_.set(capability, box->get(1));
    return capability;
}

namespace {
void add_reaction(Agent& agent, Promise* promise, PromiseReaction* reaction, Member<Cell>& list) {
    if (promise->state() == Promise::State::Pending) {
        reaction->set_earlier(static_cast<PromiseReaction*>(list.get()));
        list.set(promise, reaction);
    } else {
        if (promise->state() == Promise::State::Rejected && !promise->is_handled())
            agent.track_rejection(promise, Agent::RejectionOperation::Handle);
        reaction->settle(agent, promise->state(), promise->result());
    }
    promise->mark_handled();
}
} // namespace

// 27.2.5.4.1 PerformPromiseThen ( promise, onFulfilled, onRejected [ , resultCapability ] )
Fallible<void> perform_promise_then(Agent& agent, Promise* promise, Value on_fulfilled, Value on_rejected, Cell* capability) {
    PromiseReaction* reaction = TRY(agent.heap().allocate<PromiseReaction>(0));
    reaction->on_fulfilled.set(reaction, heddle::is_callable(on_fulfilled) ? on_fulfilled : Value::undefined());
    reaction->on_rejected.set(reaction, heddle::is_callable(on_rejected) ? on_rejected : Value::undefined());
    reaction->capability.set(reaction, capability);
    add_reaction(agent, promise, reaction, promise->list_);
    return {};
}

Fallible<void> perform_promise_then(Agent& agent, Promise* promise, NativeContinuation* continuation) {
    PromiseReaction* reaction = TRY(agent.heap().allocate<PromiseReaction>(0));
    reaction->continuation.set(reaction, continuation);
    add_reaction(agent, promise, reaction, promise->list_);
    return {};
}

// 27.2.4.7.1 PromiseResolve ( C, x )
Result<Object*> promise_resolve(Agent& agent, Object* constructor, Value value) {
    if (value.is<Promise>()) {
        Value own = TRY(value.as_object()->get(agent, atoms::constructor));
        if (own.is_object() && own.as_object() == constructor) return value.as_object();
    }
    PromiseCapability* capability = TRY(new_promise_capability(agent, Value(constructor)));
    TRY(call(agent, capability->resolve(), Value::undefined(), {value}));
    return capability->promise().as_object();
}

Result<Promise*> promise_resolve_intrinsic(Agent& agent, Value value) {
    Object* constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    if (value.is<Promise>()) {
        Value own = TRY(value.as_object()->get(agent, atoms::constructor));
        if (own.is_object() && own.as_object() == constructor) return value.as<Promise>();
    }
    Promise* promise = TRY(Promise::create(agent));
    TRY(promise->resolve(agent, value));
    return promise;
}

} // namespace heddle
