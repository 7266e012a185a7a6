// 27.2 Promise Objects: the constructor, its combinators and %Promise.prototype%
#include "runtime/promise.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/array.h"
#include "runtime/error.h"
#include "runtime/iterator.h"

namespace heddle {

namespace {

/// IfAbruptRejectPromise (27.2.1.1.1), once something threw: rejects with the pending exception. The promise.
Result<Value> reject_with_exception(Agent& agent, PromiseCapability* capability) {
    if (agent.is_terminating()) return Threw{};
    Value exception = agent.take_exception();
    TRY(call(agent, capability->reject(), Value::undefined(), {exception}));
    return capability->promise();
}

// 27.2.3.1 Promise ( executor )
Result<Value> promise_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct())
        return agent.throw_type_error("Promise is a constructor: call it with new");
    Value executor = arguments[0];
    if (!is_callable(executor))
        return agent.throw_type_error("Promise needs an executor function, got " + display_string(executor));
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::PromisePrototype));
    Promise* promise = TRY(Promise::create(agent, shape));
    auto functions = TRY(promise->create_resolving_functions(agent));
    Result<Value> completion =
        call(agent, executor, Value::undefined(), {Value(functions.resolve), Value(functions.reject)});
    if (completion.threw()) {
        if (agent.is_terminating()) return Threw{};
        Value exception = agent.take_exception();
        TRY(call(agent, Value(functions.reject), Value::undefined(), {exception}));
    }
    return Value(promise);
}

// --- combinators
// --------------------------------------------------------------------------------------------

enum class Combinator : uint8_t { All, AllSettled, Any };

// What the functions of one combinator call share: a ValueArray.
enum SharedState : uint32_t {
    kRemaining,  // [[RemainingElements]], a Number
    kValues,     // the list of values or errors, an Array that script sees only when complete
    kCapability, // the PromiseCapability
    kKeys,       // of the keyed combinators: an Array of the keys; else undefined
    kSharedCount,
};
// Slots of an element function.
enum ElementSlot : uint32_t { kShared, kIndex, kCalled };

ValueArray* shared_of(NativeFunction* function) {
    return static_cast<ValueArray*>(function->slot(kShared).as_cell());
}
PromiseCapability* capability_of(ValueArray* shared) {
    return static_cast<PromiseCapability*>(shared->get(kCapability).as_cell());
}

/// Counts one element (or the loop itself) as done; true when it was the last.
bool finish_one(ValueArray* shared) {
    double remaining = shared->get(kRemaining).as_number() - 1;
    shared->set(kRemaining, Value::number(remaining));
    return remaining == 0;
}

/// CreateKeyedPromiseCombinatorResultObject ( keys, values ), or the list itself.
Fallible<Value> combined_result(Agent& agent, ValueArray* shared) {
    if (shared->get(kKeys).is_undefined()) return shared->get(kValues);
    auto* keys = shared->get(kKeys).as<Array>();
    auto* values = shared->get(kValues).as<Array>();
    Object* object = TRY(Object::create(agent, nullptr));
    for (uint32_t i = 0; i < keys->length(); ++i) {
        Value name = keys->dense_element_or_empty(i);
        PropertyKey key = name.is_symbol() ? PropertyKey(name.as_symbol())
                                           : TRY(PropertyKey::from_string(agent, name.as_string()));
        TRY(object->define_direct(agent, key, values->dense_element_or_empty(i)));
    }
    return Value(object);
}

/// Promise.any's end: every promise was rejected.
Fallible<Value> aggregate_error(Agent& agent, ValueArray* shared) {
    ErrorObject* error = TRY(create_error(agent, ErrorType::AggregateError, "All promises were rejected"));
    TRY(error->define_direct(agent, atoms::errors, shared->get(kValues), kBuiltinAttributes));
    return Value(error);
}

Result<Value> settle_combined(Agent& agent, ValueArray* shared, Combinator combinator) {
    PromiseCapability* capability = capability_of(shared);
    if (combinator == Combinator::Any) {
        Value error = TRY(aggregate_error(agent, shared));
        return call(agent, capability->reject(), Value::undefined(), {error});
    }
    Value result = TRY(combined_result(agent, shared));
    return call(agent, capability->resolve(), Value::undefined(), {result});
}

/// True the first time only. The two functions of an allSettled element share a box; others mark themselves.
bool begin_element(NativeFunction* function) {
    Value called = function->slot(kCalled);
    if (called.is_cell()) {
        auto* box = static_cast<ValueArray*>(called.as_cell());
        if (box->get(0).is_true()) return false;
        box->set(0, Value::boolean(true));
        return true;
    }
    if (called.is_true()) return false;
    function->set_slot(kCalled, Value::boolean(true));
    return true;
}

Result<Value> settle_element(Agent& agent, NativeFunction* function, Combinator combinator, Value value) {
    ValueArray* shared = shared_of(function);
    shared->get(kValues).as<Array>()->set_dense_element(
        static_cast<uint32_t>(function->slot(kIndex).as_number()), value);
    if (!finish_one(shared)) return Value::undefined();
    return settle_combined(agent, shared, combinator);
}

// 27.2.4.1.3 Promise.all Resolve Element Functions
Result<Value> all_resolve_element(Agent& agent, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    if (!begin_element(function)) return Value::undefined();
    return settle_element(agent, function, Combinator::All, arguments[0]);
}

Fallible<Value> settled_record(Agent& agent, String* status, PropertyKey name, Value value) {
    Object* record = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(record->define_direct(agent, atoms::status, Value(status)));
    TRY(record->define_direct(agent, name, value));
    return Value(record);
}

// 27.2.4.2.2 Promise.allSettled Resolve Element Functions
Result<Value> all_settled_resolve_element(Agent& agent, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    if (!begin_element(function)) return Value::undefined();
    Value record = TRY(settled_record(agent, atoms::fulfilled, atoms::value, arguments[0]));
    return settle_element(agent, function, Combinator::AllSettled, record);
}

// 27.2.4.2.3 Promise.allSettled Reject Element Functions
Result<Value> all_settled_reject_element(Agent& agent, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    if (!begin_element(function)) return Value::undefined();
    Value record = TRY(settled_record(agent, atoms::rejected, atoms::reason, arguments[0]));
    return settle_element(agent, function, Combinator::AllSettled, record);
}

// 27.2.4.3.2 Promise.any Reject Element Functions
Result<Value> any_reject_element(Agent& agent, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    if (!begin_element(function)) return Value::undefined();
    return settle_element(agent, function, Combinator::Any, arguments[0]);
}

// 27.2.4.1.1 GetPromiseResolve ( promiseConstructor )
Result<Value> get_promise_resolve(Agent& agent, Value constructor) {
    Value resolve = TRY(constructor.as_object()->get(agent, atoms::resolve));
    if (!is_callable(resolve))
        return agent.throw_type_error("The constructor's resolve property is not a function: it is " +
                                      display_string(resolve));
    return resolve;
}

Fallible<ValueArray*> create_shared(Agent& agent, PromiseCapability* capability) {
    ValueArray* shared = TRY(ValueArray::create(agent, kSharedCount, Value::undefined()));
    shared->set(kRemaining, Value::int32(1));
    shared->set(kValues, Value(TRY(Array::create(agent, 0))));
    shared->set(kCapability, Value(capability));
    return shared;
}

/// The body of the loops in PerformPromiseAll, PerformPromiseAllSettled and PerformPromiseAny: one element.
Result<void> combine_element(Agent& agent, Combinator combinator, Value constructor, Value promise_resolve,
                             ValueArray* shared, Value next) {
    PromiseCapability* capability = capability_of(shared);
    auto* values = shared->get(kValues).as<Array>();
    Value index = Value::number(values->length());
    TRY(values->push_direct(agent, Value::undefined()));
    Value next_promise = TRY(call(agent, promise_resolve, constructor, {next}));
    Realm& realm = agent.realm();
    Value on_fulfilled;
    Value on_rejected;
    switch (combinator) {
    case Combinator::All:
        on_fulfilled = Value(TRY(NativeFunction::create_closure(
            agent, realm, all_resolve_element, 1, {Value(shared), index, Value::boolean(false)})));
        on_rejected = capability->reject();
        break;
    case Combinator::AllSettled: {
        Value called(TRY(ValueArray::create(agent, 1, Value::boolean(false))));
        on_fulfilled = Value(TRY(NativeFunction::create_closure(agent, realm, all_settled_resolve_element, 1,
                                                                {Value(shared), index, called})));
        on_rejected = Value(TRY(NativeFunction::create_closure(agent, realm, all_settled_reject_element, 1,
                                                               {Value(shared), index, called})));
        break;
    }
    case Combinator::Any:
        on_fulfilled = capability->resolve();
        on_rejected = Value(TRY(NativeFunction::create_closure(
            agent, realm, any_reject_element, 1, {Value(shared), index, Value::boolean(false)})));
        break;
    }
    shared->set(kRemaining, Value::number(shared->get(kRemaining).as_number() + 1));
    TRY(invoke(agent, next_promise, atoms::then, {on_fulfilled, on_rejected}));
    return {};
}

// 27.2.4.1.2 PerformPromiseAll, 27.2.4.2.1 PerformPromiseAllSettled, 27.2.4.3.1 PerformPromiseAny
Result<Value> perform(Agent& agent, Combinator combinator, IteratorRecord& record, Value constructor,
                      PromiseCapability* capability, Value promise_resolve) {
    ValueArray* shared = TRY(create_shared(agent, capability));
    while (auto next = TRY(iterator_step_value(agent, record))) {
        TRY(agent.poll_interrupts());
        TRY(combine_element(agent, combinator, constructor, promise_resolve, shared, *next));
    }
    if (finish_one(shared)) {
        if (combinator == Combinator::Any) return agent.throw_value(TRY(aggregate_error(agent, shared)));
        TRY(settle_combined(agent, shared, combinator));
    }
    return capability->promise();
}

// 27.2.4.5.1 PerformPromiseRace ( iteratorRecord, constructor, resultCapability, promiseResolve )
Result<Value> perform_race(Agent& agent, IteratorRecord& record, Value constructor,
                           PromiseCapability* capability, Value promise_resolve) {
    while (auto next = TRY(iterator_step_value(agent, record))) {
        TRY(agent.poll_interrupts());
        Value next_promise = TRY(call(agent, promise_resolve, constructor, {*next}));
        TRY(invoke(agent, next_promise, atoms::then, {capability->resolve(), capability->reject()}));
    }
    return capability->promise();
}

/// What all four have in common: the capability, the iterator, and that a throw rejects.
template<class Perform>
Result<Value> combine(Agent& agent, const Arguments& arguments, Perform&& perform_loop) {
    Value constructor = arguments.this_value();
    PromiseCapability* capability = TRY(new_promise_capability(agent, constructor));
    Result<Value> resolve = get_promise_resolve(agent, constructor);
    if (resolve.threw()) return reject_with_exception(agent, capability);
    Value promise_resolve = resolve.release();
    Result<IteratorRecord> iterator = get_iterator(agent, arguments[0]);
    if (iterator.threw()) return reject_with_exception(agent, capability);
    IteratorRecord record = iterator.release();
    Result<Value> result = perform_loop(record, constructor, capability, promise_resolve);
    if (!result.threw()) return result;
    if (agent.is_terminating()) return Threw{};
    if (!record.done) {
        Threw closed = iterator_close_throwing(agent, record);
        (void)closed;
    }
    return reject_with_exception(agent, capability);
}

template<Combinator combinator>
Result<Value> promise_combinator(Agent& agent, const Arguments& arguments) {
    return combine(
        agent, arguments,
        [&](IteratorRecord& record, Value constructor, PromiseCapability* capability, Value promise_resolve) {
            return perform(agent, combinator, record, constructor, capability, promise_resolve);
        });
}

// 27.2.4.5 Promise.race ( iterable )
Result<Value> promise_race(Agent& agent, const Arguments& arguments) {
    return combine(
        agent, arguments,
        [&](IteratorRecord& record, Value constructor, PromiseCapability* capability, Value promise_resolve) {
            return perform_race(agent, record, constructor, capability, promise_resolve);
        });
}

// PerformPromiseAllKeyed ( variant, promises, constructor, resultCapability, promiseResolve )
Result<Value> perform_keyed(Agent& agent, Combinator combinator, Object* promises, Value constructor,
                            PromiseCapability* capability, Value promise_resolve) {
    RootVector<Value> own_keys(agent.heap());
    TRY(promises->own_property_keys(agent, own_keys));
    ValueArray* shared = TRY(create_shared(agent, capability));
    Array* keys = TRY(Array::create(agent, 0));
    shared->set(kKeys, Value(keys));
    for (size_t i = 0; i < own_keys.size(); ++i) {
        PropertyKey key = TRY(to_property_key(agent, own_keys[i]));
        auto desc = TRY(promises->get_own_property(agent, key));
        if (!desc || !*desc->enumerable) continue;
        Value value = TRY(promises->get(agent, key));
        TRY(keys->push_direct(agent, own_keys[i]));
        TRY(combine_element(agent, combinator, constructor, promise_resolve, shared, value));
    }
    if (finish_one(shared)) TRY(settle_combined(agent, shared, combinator));
    return capability->promise();
}

// Promise.allKeyed ( promises ), Promise.allSettledKeyed ( promises )
template<Combinator combinator>
Result<Value> promise_keyed_combinator(Agent& agent, const Arguments& arguments) {
    Value constructor = arguments.this_value();
    PromiseCapability* capability = TRY(new_promise_capability(agent, constructor));
    Result<Value> resolve = get_promise_resolve(agent, constructor);
    if (resolve.threw()) return reject_with_exception(agent, capability);
    if (!arguments[0].is_object()) {
        Failed failed =
            agent.throw_type_error("Expected an object of promises, got " + display_string(arguments[0]));
        (void)failed;
        return reject_with_exception(agent, capability);
    }
    Result<Value> result = perform_keyed(agent, combinator, arguments[0].as_object(), constructor, capability,
                                         resolve.release());
    if (result.threw()) return reject_with_exception(agent, capability);
    return result;
}

// 27.2.4.6 Promise.reject ( r )
Result<Value> promise_reject(Agent& agent, const Arguments& arguments) {
    PromiseCapability* capability = TRY(new_promise_capability(agent, arguments.this_value()));
    TRY(call(agent, capability->reject(), Value::undefined(), {arguments[0]}));
    return capability->promise();
}

Failed throw_not_a_constructor_object(Agent& agent, const char* method, Value value) {
    return agent.throw_type_error(std::string(method) + " was called on " + display_string(value) +
                                  ", which is not an object");
}

// 27.2.4.7 Promise.resolve ( x )
Result<Value> promise_resolve_function(Agent& agent, const Arguments& arguments) {
    Value constructor = arguments.this_value();
    if (!constructor.is_object())
        return throw_not_a_constructor_object(agent, "Promise.resolve", constructor);
    return Value(TRY(promise_resolve(agent, constructor.as_object(), arguments[0])));
}

// 27.2.4.8 Promise.try ( callback, ...args )
Result<Value> promise_try(Agent& agent, const Arguments& arguments) {
    Value constructor = arguments.this_value();
    if (!constructor.is_object()) return throw_not_a_constructor_object(agent, "Promise.try", constructor);
    PromiseCapability* capability = TRY(new_promise_capability(agent, constructor));
    Result<Value> status = call(agent, arguments[0], Value::undefined(), arguments.from(1));
    if (status.threw()) return reject_with_exception(agent, capability);
    TRY(call(agent, capability->resolve(), Value::undefined(), {status.release()}));
    return capability->promise();
}

// 27.2.4.9 Promise.withResolvers ( )
Result<Value> promise_with_resolvers(Agent& agent, const Arguments& arguments) {
    PromiseCapability* capability = TRY(new_promise_capability(agent, arguments.this_value()));
    Object* result = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(result->define_direct(agent, atoms::promise, capability->promise()));
    TRY(result->define_direct(agent, atoms::resolve, capability->resolve()));
    TRY(result->define_direct(agent, atoms::reject, capability->reject()));
    return Value(result);
}

// --- 27.2.5 Properties of the Promise Prototype Object
// ------------------------------------------------------

// 27.2.5.1 Promise.prototype.catch ( onRejected )
Result<Value> promise_prototype_catch(Agent& agent, const Arguments& arguments) {
    return invoke(agent, arguments.this_value(), atoms::then, {Value::undefined(), arguments[0]});
}

// Slots of the functions of finally.
enum FinallySlot : uint32_t { kOnFinally, kConstructor };

// The function "value thunk" and "thrower" of 27.2.5.3: slot 0 holds the value.
Result<Value> finally_value(Agent&, const Arguments& arguments) {
    return static_cast<NativeFunction*>(arguments.callee())->slot(0);
}
Result<Value> finally_thrower(Agent& agent, const Arguments& arguments) {
    return agent.throw_value(static_cast<NativeFunction*>(arguments.callee())->slot(0));
}

Result<Value> run_finally(Agent& agent, const Arguments& arguments, NativeCode then) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    Value result = TRY(call(agent, function->slot(kOnFinally), Value::undefined()));
    Object* promise = TRY(promise_resolve(agent, function->slot(kConstructor).as_object(), result));
    NativeFunction* continuation =
        TRY(NativeFunction::create_closure(agent, agent.realm(), then, 0, {arguments[0]}));
    return invoke(agent, Value(promise), atoms::then, {Value(continuation)});
}

// 27.2.5.3 Promise.prototype.finally ( onFinally ), step 6.a: thenFinallyClosure
Result<Value> then_finally(Agent& agent, const Arguments& arguments) {
    return run_finally(agent, arguments, finally_value);
}
// Step 6.c: catchFinallyClosure
Result<Value> catch_finally(Agent& agent, const Arguments& arguments) {
    return run_finally(agent, arguments, finally_thrower);
}

// 27.2.5.3 Promise.prototype.finally ( onFinally )
Result<Value> promise_prototype_finally(Agent& agent, const Arguments& arguments) {
    Value promise = arguments.this_value();
    if (!promise.is_object())
        return throw_not_a_constructor_object(agent, "Promise.prototype.finally", promise);
    Object* default_constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    Object* constructor = TRY(species_constructor(agent, promise.as_object(), default_constructor));
    Value on_finally = arguments[0];
    if (!is_callable(on_finally)) return invoke(agent, promise, atoms::then, {on_finally, on_finally});
    Value on_fulfilled(TRY(NativeFunction::create_closure(agent, agent.realm(), then_finally, 1,
                                                          {on_finally, Value(constructor)})));
    Value on_rejected(TRY(NativeFunction::create_closure(agent, agent.realm(), catch_finally, 1,
                                                         {on_finally, Value(constructor)})));
    return invoke(agent, promise, atoms::then, {on_fulfilled, on_rejected});
}

// 27.2.5.4 Promise.prototype.then ( onFulfilled, onRejected )
Result<Value> promise_prototype_then(Agent& agent, const Arguments& arguments) {
    Value promise = arguments.this_value();
    if (!promise.is<Promise>())
        return agent.throw_type_error("Promise.prototype.then was called on " + display_string(promise) +
                                      ", which is not a promise");
    Object* default_constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    Object* constructor = TRY(species_constructor(agent, promise.as_object(), default_constructor));
    PromiseCapability* capability = TRY(new_promise_capability(agent, Value(constructor)));
    TRY(perform_promise_then(agent, promise.as<Promise>(), arguments[0], arguments[1], capability));
    return capability->promise();
}

} // namespace

Fallible<Object*> create_promise(Agent& agent, Realm& realm) {
    Object* constructor =
        TRY(define_constructor(agent, realm, Intrinsic::Promise, Intrinsic::PromisePrototype,
                               promise_constructor, 1, atoms::Promise));
    const FunctionEntry functions[] = {
        {atoms::all, promise_combinator<Combinator::All>, 1}, // 27.2.4.1
        {atoms::allKeyed, promise_keyed_combinator<Combinator::All>, 1},
        {atoms::allSettled, promise_combinator<Combinator::AllSettled>, 1}, // 27.2.4.2
        {atoms::allSettledKeyed, promise_keyed_combinator<Combinator::AllSettled>, 1},
        {atoms::any, promise_combinator<Combinator::Any>, 1}, // 27.2.4.3
        {atoms::race, promise_race, 1},
        {atoms::reject, promise_reject, 1},
        {atoms::resolve, promise_resolve_function, 1},
        {atoms::try_, promise_try, 1},
        {atoms::withResolvers, promise_with_resolvers, 0},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    const AccessorEntry accessors[] = {{symbols::species, species_getter}};
    TRY(define_accessors(agent, realm, constructor, accessors));
    return constructor;
}

Fallible<Object*> create_promise_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::PromisePrototype, Intrinsic::Promise));
    const FunctionEntry functions[] = {
        {atoms::catch_, promise_prototype_catch, 1},
        {atoms::finally, promise_prototype_finally, 1},
        {atoms::then, promise_prototype_then, 2},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::Promise));
    return prototype;
}

} // namespace heddle
