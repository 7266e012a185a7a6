// The methods of %TypedArray%.prototype that call back, and those that make iterators (ECMA-262 23.2.3).
#include "builtins/array_iterator.h"
#include "builtins/typed_array.h"

#include <fmt/core.h>

namespace heddle {

namespace {

/// ValidateTypedArray and IsCallable ( callback ): how all of these begin.
Fallible<TypedArrayWitness> validate_with_callback(Agent& agent, const Arguments& arguments,
                                                   const char* who) {
    TypedArrayWitness witness = TRY(validate_typed_array(agent, arguments.this_value(), who));
    if (!is_callable(arguments[0]))
        return agent.throw_type_error(
            fmt::format("{} needs a function, not {}", who, display_string(arguments[0])));
    return witness;
}

Result<Value> call_back(Agent& agent, const Arguments& arguments, Value element, uint64_t index,
                        TypedArrayObject* array) {
    if (index % 4096 == 0) TRY(agent.poll_interrupts());
    return call(agent, arguments[0], arguments[1], {element, Value::number(index), Value(array)});
}

// 23.2.3.8 %TypedArray%.prototype.every ( callback [ , thisArg ] )
Result<Value> typed_array_every(Agent& agent, const Arguments& arguments) {
    auto [array, length] = TRY(validate_with_callback(agent, arguments, "%TypedArray%.prototype.every"));
    for (uint64_t k = 0; k < length; ++k) {
        Value element = TRY(array->get_element(agent, k));
        if (!to_boolean(TRY(call_back(agent, arguments, element, k, array)))) return Value::boolean(false);
    }
    return Value::boolean(true);
}

// 23.2.3.10 %TypedArray%.prototype.filter ( callback [ , thisArg ] )
Result<Value> typed_array_filter(Agent& agent, const Arguments& arguments) {
    auto [array, length] = TRY(validate_with_callback(agent, arguments, "%TypedArray%.prototype.filter"));
    RootVector<Value> kept(agent.heap());
    for (uint64_t k = 0; k < length; ++k) {
        Value element = TRY(array->get_element(agent, k));
        if (!to_boolean(TRY(call_back(agent, arguments, element, k, array)))) continue;
        if (!kept.push_back(element)) return agent.out_of_memory();
    }
    Value count = Value::number(uint64_t{kept.size()});
    TypedArrayObject* result = TRY(typed_array_species_create(agent, array, {&count, 1}, AccessMode::Write));
    for (size_t n = 0; n < kept.size(); ++n)
        TRY(set_typed_element(agent, result, n, kept[n]));
    return Value(result);
}

struct Found {
    Value index;
    Value value;
};

// 23.1.3.12.1 FindViaPredicate ( O, len, direction, predicate, thisArg )
Result<Found> find_via_predicate(Agent& agent, const Arguments& arguments, bool ascending, const char* who) {
    auto [array, length] = TRY(validate_with_callback(agent, arguments, who));
    for (uint64_t i = 0; i < length; ++i) {
        uint64_t k = ascending ? i : length - 1 - i;
        Value element = TRY(array->get_element(agent, k));
        if (to_boolean(TRY(call_back(agent, arguments, element, k, array))))
            return Found{Value::number(k), element};
    }
    return Found{Value::int32(-1), Value::undefined()};
}

// 23.2.3.11 %TypedArray%.prototype.find ( predicate [ , thisArg ] )
Result<Value> typed_array_find(Agent& agent, const Arguments& arguments) {
    return TRY(find_via_predicate(agent, arguments, true, "%TypedArray%.prototype.find")).value;
}

// 23.2.3.12 %TypedArray%.prototype.findIndex ( predicate [ , thisArg ] )
Result<Value> typed_array_find_index(Agent& agent, const Arguments& arguments) {
    return TRY(find_via_predicate(agent, arguments, true, "%TypedArray%.prototype.findIndex")).index;
}

// 23.2.3.13 %TypedArray%.prototype.findLast ( predicate [ , thisArg ] )
Result<Value> typed_array_find_last(Agent& agent, const Arguments& arguments) {
    return TRY(find_via_predicate(agent, arguments, false, "%TypedArray%.prototype.findLast")).value;
}

// 23.2.3.14 %TypedArray%.prototype.findLastIndex ( predicate [ , thisArg ] )
Result<Value> typed_array_find_last_index(Agent& agent, const Arguments& arguments) {
    return TRY(find_via_predicate(agent, arguments, false, "%TypedArray%.prototype.findLastIndex")).index;
}

// 23.2.3.15 %TypedArray%.prototype.forEach ( callback [ , thisArg ] )
Result<Value> typed_array_for_each(Agent& agent, const Arguments& arguments) {
    auto [array, length] = TRY(validate_with_callback(agent, arguments, "%TypedArray%.prototype.forEach"));
    for (uint64_t k = 0; k < length; ++k) {
        Value element = TRY(array->get_element(agent, k));
        TRY(call_back(agent, arguments, element, k, array));
    }
    return Value::undefined();
}

// 23.2.3.22 %TypedArray%.prototype.map ( callback [ , thisArg ] )
Result<Value> typed_array_map(Agent& agent, const Arguments& arguments) {
    auto [array, length] = TRY(validate_with_callback(agent, arguments, "%TypedArray%.prototype.map"));
    Value count = Value::number(uint64_t{length});
    TypedArrayObject* result = TRY(typed_array_species_create(agent, array, {&count, 1}, AccessMode::Write));
    for (uint64_t k = 0; k < length; ++k) {
        Value element = TRY(array->get_element(agent, k));
        TRY(set_typed_element(agent, result, k, TRY(call_back(agent, arguments, element, k, array))));
    }
    return Value(result);
}

Result<Value> reduce(Agent& agent, const Arguments& arguments, bool ascending, const char* who) {
    auto [array, length] = TRY(validate_with_callback(agent, arguments, who));
    uint64_t i = 0;
    Value accumulator = arguments[1];
    if (arguments.size() < 2) {
        if (length == 0)
            return agent.throw_type_error(
                fmt::format("{} of an empty typed array needs an initial value", who));
        accumulator = TRY(array->get_element(agent, ascending ? 0 : length - 1));
        i = 1;
    }
    for (; i < length; ++i) {
        uint64_t k = ascending ? i : length - 1 - i;
        Value element = TRY(array->get_element(agent, k));
        accumulator = TRY(call(agent, arguments[0], Value::undefined(),
                               {accumulator, element, Value::number(k), Value(array)}));
        if (i % 4096 == 0) TRY(agent.poll_interrupts());
    }
    return accumulator;
}

// 23.2.3.23 %TypedArray%.prototype.reduce ( callback [ , initialValue ] )
Result<Value> typed_array_reduce(Agent& agent, const Arguments& arguments) {
    return reduce(agent, arguments, true, "%TypedArray%.prototype.reduce");
}

// 23.2.3.24 %TypedArray%.prototype.reduceRight ( callback [ , initialValue ] )
Result<Value> typed_array_reduce_right(Agent& agent, const Arguments& arguments) {
    return reduce(agent, arguments, false, "%TypedArray%.prototype.reduceRight");
}

// 23.2.3.28 %TypedArray%.prototype.some ( callback [ , thisArg ] )
Result<Value> typed_array_some(Agent& agent, const Arguments& arguments) {
    auto [array, length] = TRY(validate_with_callback(agent, arguments, "%TypedArray%.prototype.some"));
    for (uint64_t k = 0; k < length; ++k) {
        Value element = TRY(array->get_element(agent, k));
        if (to_boolean(TRY(call_back(agent, arguments, element, k, array)))) return Value::boolean(true);
    }
    return Value::boolean(false);
}

Result<Value> make_iterator(Agent& agent, const Arguments& arguments, ArrayIterationKind kind,
                            const char* who) {
    TypedArrayWitness witness = TRY(validate_typed_array(agent, arguments.this_value(), who));
    return Value(TRY(create_array_iterator(agent, witness.array, kind)));
}

// 23.2.3.7 %TypedArray%.prototype.entries ( )
Result<Value> typed_array_entries(Agent& agent, const Arguments& arguments) {
    return make_iterator(agent, arguments, ArrayIterationKind::KeyAndValue, "%TypedArray%.prototype.entries");
}

// 23.2.3.19 %TypedArray%.prototype.keys ( )
Result<Value> typed_array_keys(Agent& agent, const Arguments& arguments) {
    return make_iterator(agent, arguments, ArrayIterationKind::Key, "%TypedArray%.prototype.keys");
}

// 23.2.3.35 %TypedArray%.prototype.values ( )
Result<Value> typed_array_values(Agent& agent, const Arguments& arguments) {
    return make_iterator(agent, arguments, ArrayIterationKind::Value, "%TypedArray%.prototype.values");
}

} // namespace

Fallible<void> define_typed_array_iteration(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {atoms::entries, typed_array_entries, 0},
        {atoms::every, typed_array_every, 1},
        {atoms::filter, typed_array_filter, 1},
        {atoms::find, typed_array_find, 1},
        {atoms::findIndex, typed_array_find_index, 1},
        {atoms::findLast, typed_array_find_last, 1},
        {atoms::findLastIndex, typed_array_find_last_index, 1},
        {atoms::forEach, typed_array_for_each, 1},
        {atoms::keys, typed_array_keys, 0},
        {atoms::map, typed_array_map, 1},
        {atoms::reduce, typed_array_reduce, 1},
        {atoms::reduceRight, typed_array_reduce_right, 1},
        {atoms::some, typed_array_some, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    // 23.2.3.38 %TypedArray%.prototype [ %Symbol.iterator% ] is the same function as values.
    auto* values = TRY(NativeFunction::create(agent, realm, typed_array_values, 0, atoms::values));
    TRY(prototype->define_direct(agent, atoms::values, Value(values), kBuiltinAttributes));
    TRY(prototype->define_direct(agent, symbols::iterator, Value(values), kBuiltinAttributes));
    return {};
}

} // namespace heddle
