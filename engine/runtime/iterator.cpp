// ECMA-262 7.4 Operations on Iterator Objects
#include "runtime/iterator.h"

#include "runtime/agent.h"

#include <fmt/core.h>

namespace heddle {

namespace {
/// The step of a builtin iterator whose own `next` the record holds, or null. Its result objects are then left out:
/// nobody could have looked at them.
IteratorStep native_step(Agent& agent, const IteratorRecord& record) {
    if (!record.next_method.is<NativeFunction>()) return nullptr;
    auto* next = record.next_method.as<NativeFunction>();
    if (next->realm() != &agent.realm()) return nullptr; // its errors would be of the other realm
    for (const IteratorNext& known : agent.realm().table().iterator_steps) {
        if (known.next == next->code()) return known.step;
    }
    return nullptr;
}
} // namespace

// 7.4.2 GetIteratorDirect ( obj )
Result<IteratorRecord> get_iterator_direct(Agent& agent, Object* object) {
    Value next = TRY(object->get(agent, atoms::next));
    return IteratorRecord{object, next, false};
}

// 7.4.3 GetIteratorFromMethod ( obj, method )
Result<IteratorRecord> get_iterator_from_method(Agent& agent, Value value, Value method) {
    Value iterator = TRY(call(agent, method, value));
    if (!iterator.is_object())
        return agent.throw_type_error("Result of the Symbol.iterator method is not an object: it is " + display_string(iterator));
    return get_iterator_direct(agent, iterator.as_object());
}

// 7.4.4 GetIterator ( obj, kind )
Result<IteratorRecord> get_iterator(Agent& agent, Value value, IteratorKind kind) {
    if (kind == IteratorKind::Async) {
        Value method = TRY(get_method(agent, value, symbols::asyncIterator));
        if (!method.is_undefined()) return get_iterator_from_method(agent, value, method);
        Value sync_method = TRY(get_method(agent, value, symbols::iterator));
        if (sync_method.is_undefined())
            return agent.throw_type_error(fmt::format("{} is not async iterable: it has neither Symbol.asyncIterator nor Symbol.iterator", display_string(value)));
        IteratorRecord sync = TRY(get_iterator_from_method(agent, value, sync_method));
        return create_async_from_sync_iterator(agent, sync);
    }
    if (value.is_nullish()) return agent.throw_type_error(fmt::format("{} is not iterable", display_string(value)));
    if (value.is_object() && value.as_object()->kind() == CellKind::Array && agent.realm().table().create_array_values_iterator) {
        Value next = agent.realm().untouched_array_next(value.as_object());
        if (!next.is_empty())
            return IteratorRecord{TRY(agent.realm().table().create_array_values_iterator(agent, value.as_object())), next, false};
    }
    Value method = TRY(get_method(agent, value, symbols::iterator));
    if (method.is_undefined()) return agent.throw_type_error(fmt::format("{} is not iterable: it has no Symbol.iterator method", display_string(value)));
    return get_iterator_from_method(agent, value, method);
}

// 7.4.5 GetIteratorFlattenable ( obj, primitiveHandling )
Result<IteratorRecord> get_iterator_flattenable(Agent& agent, Value value, StringHandling strings) {
    if (!value.is_object() && !(value.is_string() && strings == StringHandling::Iterate))
        return agent.throw_type_error(fmt::format("{} is not an object and cannot be iterated", display_string(value)));
    Value method = TRY(get_method(agent, value, symbols::iterator));
    Value iterator = method.is_undefined() ? value : TRY(call(agent, method, value));
    if (!iterator.is_object()) return agent.throw_type_error("An iterator must be an object, got " + display_string(iterator));
    return get_iterator_direct(agent, iterator.as_object());
}

// 7.4.6 IteratorNext ( iteratorRecord [ , value ] )
Result<Object*> iterator_next(Agent& agent, IteratorRecord& record, std::optional<Value> value) {
    Value iterator(record.iterator);
    Result<Value> result = value ? call(agent, record.next_method, iterator, {*value}) : call(agent, record.next_method, iterator);
    if (result.threw()) {
        record.done = true;
        return result.propagate();
    }
    Value object = result.release();
    if (!object.is_object()) {
        record.done = true;
        return agent.throw_type_error("Iterator result is not an object: it is " + display_string(object));
    }
    return object.as_object();
}

// 7.4.7 IteratorComplete ( iteratorResult )
Result<bool> iterator_complete(Agent& agent, Object* result) { return to_boolean(TRY(result->get(agent, atoms::done))); }

// 7.4.8 IteratorValue ( iteratorResult )
Result<Value> iterator_value(Agent& agent, Object* result) { return result->get(agent, atoms::value); }

// 7.4.10 IteratorStepValue ( iteratorRecord )
Result<std::optional<Value>> iterator_step_value(Agent& agent, IteratorRecord& record) {
    if (IteratorStep step = native_step(agent, record)) {
        agent.advance_user_code_epoch();
        Result<std::optional<Value>> next = step(agent, Value(record.iterator));
        if (next.threw()) {
            record.done = true;
            return next.propagate();
        }
        std::optional<Value> value = next.release();
        if (!value) record.done = true;
        return value;
    }
    Object* result = TRY(iterator_next(agent, record));
    Result<bool> done = iterator_complete(agent, result);
    if (done.threw()) {
        record.done = true;
        return done.propagate();
    }
    if (done.release()) {
        record.done = true;
        return std::optional<Value>();
    }
    Result<Value> value = iterator_value(agent, result);
    if (value.threw()) {
        record.done = true;
        return value.propagate();
    }
    return std::optional(value.release());
}

// 7.4.11 IteratorClose ( iteratorRecord, completion ) with a normal completion
Result<void> iterator_close(Agent& agent, const IteratorRecord& record) {
    if (agent.realm().closing_does_nothing(record.iterator)) return {};
    Value iterator(record.iterator);
    Value method = TRY(get_method(agent, iterator, atoms::return_));
    if (method.is_undefined()) {
        agent.realm().found_no_return(record.iterator);
        return {};
    }
    Value result = TRY(call(agent, method, iterator));
    if (!result.is_object()) return agent.throw_type_error("Result of the iterator's return method is not an object: it is " + display_string(result));
    return {};
}

// IteratorClose with a throw completion: what return() does or throws is ignored.
Threw iterator_close_throwing(Agent& agent, const IteratorRecord& record) {
    if (agent.is_terminating()) return {};
    Value exception = agent.take_exception();
    Value iterator(record.iterator);
    Result<Value> method = get_method(agent, iterator, atoms::return_);
    if (!method.threw()) {
        Value function = method.release();
        if (!function.is_undefined()) {
            Result<Value> ignored = call(agent, function, iterator);
            (void)ignored.threw();
        }
    }
    if (agent.is_terminating()) return {};
    if (agent.has_exception()) agent.take_exception();
    return agent.throw_value(exception);
}

// 7.4.14 CreateIteratorResultObject ( value, done )
Fallible<Object*> create_iter_result_object(Agent& agent, Value value, bool done) {
    Shape* shape = TRY(agent.realm().iterator_result_shape());
    Object* object = TRY(Object::create_with_shape(agent, shape));
    object->set_slot_value(0, value);
    object->set_slot_value(1, Value::boolean(done));
    return object;
}

} // namespace heddle
