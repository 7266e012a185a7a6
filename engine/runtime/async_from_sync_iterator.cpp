// ECMA-262 27.1.6 Async-from-Sync Iterator Objects
#include "runtime/iterator.h"
#include "runtime/promise.h"

namespace heddle {

namespace {

class AsyncFromSyncIterator final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::BuiltinIterator; }
    AsyncFromSyncIterator(Shape* shape, const IteratorRecord& record) : Object(CellKind::BuiltinIterator, shape) {
        iterator_.init(record.iterator);
        next_.init(record.next_method);
    }
    IteratorRecord record() const { return {iterator_, next_, false}; }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(iterator_);
        visitor.visit(next_);
    }

private:
    Member<Object> iterator_;
    Member<Value> next_;
};

/// After the value has settled: resolves the capability with { value, done }, or closes the iterator and rejects.
class SettledValue final : public NativeContinuation {
public:
    SettledValue(PromiseCapability* capability, Object* iterator, bool done, bool close_on_rejection)
        : done_(done), close_on_rejection_(close_on_rejection) {
        capability_.init(capability);
        iterator_.init(iterator);
    }
    Result<Value> on_fulfilled(Agent& agent, Value value) override {
        Object* result = TRY(create_iter_result_object(agent, value, done_));
        return call(agent, capability_->resolve(), Value::undefined(), {Value(result)});
    }
    Result<Value> on_rejected(Agent& agent, Value reason) override {
        if (close_on_rejection_) {
            Failed failed = agent.throw_value(reason);
            (void)failed;
            Threw threw = iterator_close_throwing(agent, IteratorRecord{iterator_, Value::undefined(), false});
            (void)threw;
            if (agent.is_terminating()) return Threw{};
            reason = agent.take_exception();
        }
        return call(agent, capability_->reject(), Value::undefined(), {reason});
    }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(capability_);
        visitor.visit(iterator_);
    }

private:
    Member<PromiseCapability> capability_;
    Member<Object> iterator_;
    bool done_;
    bool close_on_rejection_;
};

// IfAbruptRejectPromise ( value, capability )
Result<Value> reject_with_exception(Agent& agent, PromiseCapability* capability) {
    if (agent.is_terminating()) return Threw{};
    Value exception = agent.take_exception();
    TRY(call(agent, capability->reject(), Value::undefined(), {exception}));
    return capability->promise();
}

#define REJECT_IF_THREW(...)                                                                                 \
    ({                                                                                                       \
        auto heddle_outcome_ = (__VA_ARGS__);                                                                \
        if (heddle_outcome_.threw()) return reject_with_exception(agent, capability);                        \
        heddle_outcome_.release();                                                                           \
    })

// 27.1.6.4 AsyncFromSyncIteratorContinuation ( result, promiseCapability, syncIteratorRecord, closeOnRejection )
Result<Value> continue_with(Agent& agent, Object* result, PromiseCapability* capability, const IteratorRecord& record,
                            bool close_on_rejection) {
    bool done = REJECT_IF_THREW(iterator_complete(agent, result));
    Value value = REJECT_IF_THREW(iterator_value(agent, result));
    Result<Promise*> wrapped = promise_resolve_intrinsic(agent, value);
    if (wrapped.threw()) {
        if (!done && close_on_rejection) {
            Threw threw = iterator_close_throwing(agent, record);
            (void)threw;
        }
        return reject_with_exception(agent, capability);
    }
    auto* continuation =
        TRY(agent.heap().allocate<SettledValue>(0, capability, record.iterator, done, !done && close_on_rejection));
    TRY(perform_promise_then(agent, wrapped.release(), continuation));
    return capability->promise();
}

Result<PromiseCapability*> intrinsic_capability(Agent& agent) {
    Object* constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    return new_promise_capability(agent, Value(constructor));
}

// 27.1.6.2.1 %AsyncFromSyncIteratorPrototype%.next ( [ value ] )
Result<Value> next(Agent& agent, const Arguments& arguments) {
    IteratorRecord record = static_cast<AsyncFromSyncIterator*>(arguments.this_value().as_object())->record();
    PromiseCapability* capability = TRY(intrinsic_capability(agent));
    Object* result = REJECT_IF_THREW(
        iterator_next(agent, record, arguments.size() > 0 ? std::optional(arguments[0]) : std::nullopt));
    return continue_with(agent, result, capability, record, true);
}

// 27.1.6.2.2 %AsyncFromSyncIteratorPrototype%.return ( [ value ] )
Result<Value> return_(Agent& agent, const Arguments& arguments) {
    IteratorRecord record = static_cast<AsyncFromSyncIterator*>(arguments.this_value().as_object())->record();
    PromiseCapability* capability = TRY(intrinsic_capability(agent));
    Value iterator(record.iterator);
    Value method = REJECT_IF_THREW(get_method(agent, iterator, atoms::return_));
    if (method.is_undefined()) {
        Object* result = TRY(create_iter_result_object(agent, arguments[0], true));
        TRY(call(agent, capability->resolve(), Value::undefined(), {Value(result)}));
        return capability->promise();
    }
    Value result = REJECT_IF_THREW(arguments.size() > 0 ? call(agent, method, iterator, {arguments[0]}) : call(agent, method, iterator));
    if (!result.is_object()) {
        Failed failed = agent.throw_type_error("Result of the iterator's return method is not an object: it is " + display_string(result));
        (void)failed;
        return reject_with_exception(agent, capability);
    }
    return continue_with(agent, result.as_object(), capability, record, false);
}

// 27.1.6.2.3 %AsyncFromSyncIteratorPrototype%.throw ( [ value ] )
Result<Value> throw_(Agent& agent, const Arguments& arguments) {
    IteratorRecord record = static_cast<AsyncFromSyncIterator*>(arguments.this_value().as_object())->record();
    PromiseCapability* capability = TRY(intrinsic_capability(agent));
    Value iterator(record.iterator);
    Value method = REJECT_IF_THREW(get_method(agent, iterator, atoms::throw_));
    if (method.is_undefined()) {
        REJECT_IF_THREW(iterator_close(agent, record));
        Failed failed = agent.throw_type_error("The iterator has no throw method");
        (void)failed;
        return reject_with_exception(agent, capability);
    }
    Value result = REJECT_IF_THREW(arguments.size() > 0 ? call(agent, method, iterator, {arguments[0]}) : call(agent, method, iterator));
    if (!result.is_object()) {
        Failed failed = agent.throw_type_error("Result of the iterator's throw method is not an object: it is " + display_string(result));
        (void)failed;
        return reject_with_exception(agent, capability);
    }
    return continue_with(agent, result.as_object(), capability, record, true);
}

} // namespace

Fallible<Object*> create_async_from_sync_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::AsyncIteratorPrototype))));
    const FunctionEntry functions[] = {
        {atoms::next, next, 1},
        {atoms::return_, return_, 1},
        {atoms::throw_, throw_, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    return prototype;
}

// 27.1.6.1 CreateAsyncFromSyncIterator ( syncIteratorRecord )
Result<IteratorRecord> create_async_from_sync_iterator(Agent& agent, IteratorRecord record) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::AsyncFromSyncIteratorPrototype));
    Object* iterator = TRY(agent.heap().allocate<AsyncFromSyncIterator>(0, shape, record));
    Value next_method = TRY(iterator->get(agent, atoms::next));
    return IteratorRecord{iterator, next_method, false};
}

} // namespace heddle
