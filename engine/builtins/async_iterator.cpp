// 27.1.5 The %AsyncIteratorPrototype% Object
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/promise.h"

namespace heddle {

namespace {

// 27.1.5.1 %AsyncIteratorPrototype% [ %Symbol.asyncIterator% ] ( )
Result<Value> async_iterator_prototype_async_iterator(Agent&, const Arguments& arguments) {
    return arguments.this_value();
}

Result<Value> unwrap_to_undefined(Agent&, const Arguments&) {
    return Value::undefined();
}

/// Calls the iterator's return method and waits for what it gives.
Result<void> dispose(Agent& agent, Value iterator, PromiseCapability* capability) {
    Value method = TRY(get_method(agent, iterator, atoms::return_));
    if (method.is_undefined()) {
        TRY(call(agent, capability->resolve(), Value::undefined(), {Value::undefined()}));
        return {};
    }
    Value result = TRY(call(agent, method, iterator));
    Promise* promise = TRY(promise_resolve_intrinsic(agent, result));
    Value unwrap(TRY(NativeFunction::create_closure(agent, agent.realm(), unwrap_to_undefined, 1, {})));
    return perform_promise_then(agent, promise, unwrap, Value::undefined(), capability);
}

// 27.1.5.2 %AsyncIteratorPrototype% [ %Symbol.asyncDispose% ] ( )
Result<Value> async_iterator_prototype_async_dispose(Agent& agent, const Arguments& arguments) {
    Object* promise_constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    PromiseCapability* capability = TRY(new_promise_capability(agent, Value(promise_constructor)));
    if (dispose(agent, arguments.this_value(), capability).threw()) {
        if (agent.is_terminating()) return Threw{};
        TRY(call(agent, capability->reject(), Value::undefined(), {agent.take_exception()}));
    }
    return capability->promise();
}

} // namespace

Fallible<Object*> create_async_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    const FunctionEntry functions[] = {
        {symbols::asyncIterator, async_iterator_prototype_async_iterator, 0},
        {symbols::asyncDispose, async_iterator_prototype_async_dispose, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    return prototype;
}

} // namespace heddle
