// 27.1.4 Properties of the Iterator Prototype Object: the methods that go through an iterator, and those that
// make a helper over it.
#include "builtins/iterator_helper.h"
#include "runtime/array.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Fallible<Object*> this_object(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is_object()) return arguments.this_value().as_object();
    return agent.throw_type_error(
        fmt::format("Iterator.prototype.{} was called on {}, which is not an object", method,
                    display_string(arguments.this_value())));
}

/// The record of `this` once its argument has been found to be a function; the iterator is closed when it is
/// none.
Result<IteratorRecord> this_iterator(Agent& agent, const Arguments& arguments, const char* method) {
    Object* object = TRY(this_object(agent, arguments, method));
    if (!is_callable(arguments[0])) {
        (void)agent.throw_type_error(fmt::format("Iterator.prototype.{} needs a function, got {}", method,
                                                 display_string(arguments[0])));
        return iterator_close_throwing(agent, {object, Value::undefined(), false});
    }
    return get_iterator_direct(agent, object);
}

Result<Value> create_helper(Agent& agent, const Arguments& arguments, IteratorHelperKind kind,
                            const char* method) {
    IteratorRecord iterated = TRY(this_iterator(agent, arguments, method));
    IteratorHelper* helper = TRY(IteratorHelper::create(agent, kind, iterated));
    helper->set_function(arguments[0]);
    return Value(helper);
}

// take and drop
Result<Value> create_limited(Agent& agent, const Arguments& arguments, IteratorHelperKind kind,
                             const char* method) {
    Object* object = TRY(this_object(agent, arguments, method));
    IteratorRecord iterated = {object, Value::undefined(), false};
    Result<double> number = to_number(agent, arguments[0]);
    if (number.threw()) return iterator_close_throwing(agent, iterated);
    double given = number.release();
    double limit = truncate_to_integer_or_infinity(given);
    constexpr double kMaxSafeInteger = 9007199254740991.0;
    if (std::isnan(given) || limit < 0 || (std::isfinite(given) && given > kMaxSafeInteger)) {
        (void)agent.throw_range_error(
            fmt::format("Iterator.prototype.{} needs a count from 0 to 2^53 - 1, or Infinity, got {}", method,
                        display_string(Value::number(given))));
        return iterator_close_throwing(agent, iterated);
    }
    iterated = TRY(get_iterator_direct(agent, object));
    IteratorHelper* helper = TRY(IteratorHelper::create(agent, kind, iterated));
    helper->set_limit(limit);
    return Value(helper);
}

// 27.1.4.2 Iterator.prototype.drop ( limit )
Result<Value> iterator_drop(Agent& agent, const Arguments& arguments) {
    return create_limited(agent, arguments, IteratorHelperKind::Drop, "drop");
}
// 27.1.4.11 Iterator.prototype.take ( limit )
Result<Value> iterator_take(Agent& agent, const Arguments& arguments) {
    return create_limited(agent, arguments, IteratorHelperKind::Take, "take");
}
// 27.1.4.4 Iterator.prototype.filter ( predicate )
Result<Value> iterator_filter(Agent& agent, const Arguments& arguments) {
    return create_helper(agent, arguments, IteratorHelperKind::Filter, "filter");
}
// 27.1.4.6 Iterator.prototype.flatMap ( mapper )
Result<Value> iterator_flat_map(Agent& agent, const Arguments& arguments) {
    return create_helper(agent, arguments, IteratorHelperKind::FlatMap, "flatMap");
}
// 27.1.4.8 Iterator.prototype.map ( mapper )
Result<Value> iterator_map(Agent& agent, const Arguments& arguments) {
    return create_helper(agent, arguments, IteratorHelperKind::Map, "map");
}

/// Calls `function` with each value and its number; closes the iterator and stops when `decide(value,
/// result)` says what the method returns.
template<class Decide>
Result<Value> search(Agent& agent, const Arguments& arguments, const char* method, Value at_end,
                     Decide&& decide) {
    IteratorRecord iterated = TRY(this_iterator(agent, arguments, method));
    for (uint64_t counter = 0;; ++counter) {
        if ((counter & 0xFFF) == 0) TRY(agent.poll_interrupts());
        auto value = TRY(iterator_step_value(agent, iterated));
        if (!value) return at_end;
        Result<Value> result =
            call(agent, arguments[0], Value::undefined(), {*value, Value::number(counter)});
        if (result.threw()) return iterator_close_throwing(agent, iterated);
        std::optional<Value> decided = decide(*value, result.release());
        if (!decided) continue;
        TRY(iterator_close(agent, iterated));
        return *decided;
    }
}

// 27.1.4.3 Iterator.prototype.every ( predicate )
Result<Value> iterator_every(Agent& agent, const Arguments& arguments) {
    return search(agent, arguments, "every", Value::boolean(true), [](Value, Value result) {
        return to_boolean(result) ? std::optional<Value>() : std::optional(Value::boolean(false));
    });
}

// 27.1.4.5 Iterator.prototype.find ( predicate )
Result<Value> iterator_find(Agent& agent, const Arguments& arguments) {
    return search(agent, arguments, "find", Value::undefined(), [](Value value, Value result) {
        return to_boolean(result) ? std::optional(value) : std::optional<Value>();
    });
}

// 27.1.4.7 Iterator.prototype.forEach ( procedure )
Result<Value> iterator_for_each(Agent& agent, const Arguments& arguments) {
    return search(agent, arguments, "forEach", Value::undefined(),
                  [](Value, Value) { return std::optional<Value>(); });
}

// 27.1.4.10 Iterator.prototype.some ( predicate )
Result<Value> iterator_some(Agent& agent, const Arguments& arguments) {
    return search(agent, arguments, "some", Value::boolean(false), [](Value, Value result) {
        return to_boolean(result) ? std::optional(Value::boolean(true)) : std::optional<Value>();
    });
}

// 27.1.4.9 Iterator.prototype.reduce ( reducer [ , initialValue ] )
Result<Value> iterator_reduce(Agent& agent, const Arguments& arguments) {
    IteratorRecord iterated = TRY(this_iterator(agent, arguments, "reduce"));
    Value accumulator = arguments[1];
    uint64_t counter = 0;
    if (arguments.size() < 2) {
        auto first = TRY(iterator_step_value(agent, iterated));
        if (!first)
            return agent.throw_type_error(
                "Reduce of an empty iterator without an initial value: pass one as the second argument");
        accumulator = *first;
        counter = 1;
    }
    for (;; ++counter) {
        if ((counter & 0xFFF) == 0) TRY(agent.poll_interrupts());
        auto value = TRY(iterator_step_value(agent, iterated));
        if (!value) return accumulator;
        Result<Value> result =
            call(agent, arguments[0], Value::undefined(), {accumulator, *value, Value::number(counter)});
        if (result.threw()) return iterator_close_throwing(agent, iterated);
        accumulator = result.release();
    }
}

// 27.1.4.12 Iterator.prototype.toArray ( )
Result<Value> iterator_to_array(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(this_object(agent, arguments, "toArray"));
    IteratorRecord iterated = TRY(get_iterator_direct(agent, object));
    Array* array = TRY(Array::create(agent, 0));
    while (auto value = TRY(iterator_step_value(agent, iterated))) {
        if ((array->length() & 0xFFF) == 0) TRY(agent.poll_interrupts());
        TRY(array->push_direct(agent, *value));
    }
    return Value(array);
}

} // namespace

// 27.1.3.2.1 Iterator.concat ( ...items )
Result<Value> iterator_concat(Agent& agent, const Arguments& arguments) {
    ValueArray* list =
        TRY(ValueArray::create(agent, static_cast<uint32_t>(arguments.size() * 2), Value::undefined()));
    for (uint32_t i = 0; i < arguments.size(); ++i) {
        Value item = arguments[i];
        if (!item.is_object())
            return agent.throw_type_error(
                fmt::format("{} is not an object and cannot be iterated", display_string(item)));
        Value method = TRY(get_method(agent, item, symbols::iterator));
        if (method.is_undefined()) {
            return agent.throw_type_error(
                fmt::format("{} is not iterable: it has no Symbol.iterator method", display_string(item)));
        }
        list->set(i * 2, method);
        list->set(i * 2 + 1, item);
    }
    IteratorHelper* helper = TRY(IteratorHelper::create(agent, IteratorHelperKind::Concat, {}));
    helper->set_list(list);
    return Value(helper);
}

Fallible<void> define_iterator_helpers(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {atoms::drop, iterator_drop, 1},        {atoms::every, iterator_every, 1},
        {atoms::filter, iterator_filter, 1},    {atoms::find, iterator_find, 1},
        {atoms::flatMap, iterator_flat_map, 1}, {atoms::forEach, iterator_for_each, 1},
        {atoms::map, iterator_map, 1},          {atoms::reduce, iterator_reduce, 1},
        {atoms::some, iterator_some, 1},        {atoms::take, iterator_take, 1},
        {atoms::toArray, iterator_to_array, 0},
    };
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
