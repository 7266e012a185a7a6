// Methods of Array.prototype that call a function for each element: every, filter, find…, forEach, map, reduce…, some.
#include "builtins/array.h"

namespace heddle {

namespace {

struct Walk {
    Object* object;
    uint64_t length;
    Value function;
    Value this_arg;
};

Result<Walk> begin_walk(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    uint64_t length = TRY(length_of_array_like(agent, object));
    if (!is_callable(arguments[0])) return agent.throw_type_error(display_string(arguments[0]) + " is not a function");
    return Walk{object, length, arguments[0], arguments[1]};
}

/// Element k, or nothing for a hole.
Result<std::optional<Value>> element_at(Agent& agent, Object* object, uint64_t k) {
    if ((k & 0xFFF) == 0) TRY(agent.poll_interrupts());
    if (Value element = dense_element(object, k); !element.is_empty()) return std::optional(element);
    PropertyKey key = TRY(PropertyKey::from_integer(agent, k));
    if (!TRY(object->has_property(agent, key))) return std::optional<Value>();
    return std::optional(TRY(object->get(agent, key)));
}

Result<Value> call_for(Agent& agent, const Walk& walk, Value element, uint64_t k) {
    return call(agent, walk.function, walk.this_arg, {element, Value::number(k), Value(walk.object)});
}

// 23.1.3.6 Array.prototype.every ( callback [ , thisArg ] )
Result<Value> array_every(Agent& agent, const Arguments& arguments) {
    Walk walk = TRY(begin_walk(agent, arguments));
    for (uint64_t k = 0; k < walk.length; ++k) {
        auto element = TRY(element_at(agent, walk.object, k));
        if (element && !to_boolean(TRY(call_for(agent, walk, *element, k)))) return Value::boolean(false);
    }
    return Value::boolean(true);
}

// 23.1.3.29 Array.prototype.some ( callback [ , thisArg ] )
Result<Value> array_some(Agent& agent, const Arguments& arguments) {
    Walk walk = TRY(begin_walk(agent, arguments));
    for (uint64_t k = 0; k < walk.length; ++k) {
        auto element = TRY(element_at(agent, walk.object, k));
        if (element && to_boolean(TRY(call_for(agent, walk, *element, k)))) return Value::boolean(true);
    }
    return Value::boolean(false);
}

// 23.1.3.15 Array.prototype.forEach ( callback [ , thisArg ] )
Result<Value> array_for_each(Agent& agent, const Arguments& arguments) {
    Walk walk = TRY(begin_walk(agent, arguments));
    for (uint64_t k = 0; k < walk.length; ++k) {
        auto element = TRY(element_at(agent, walk.object, k));
        if (element) TRY(call_for(agent, walk, *element, k));
    }
    return Value::undefined();
}

// 23.1.3.8 Array.prototype.filter ( callback [ , thisArg ] )
Result<Value> array_filter(Agent& agent, const Arguments& arguments) {
    Walk walk = TRY(begin_walk(agent, arguments));
    Object* target = TRY(array_species_create(agent, walk.object, 0));
    uint64_t to = 0;
    for (uint64_t k = 0; k < walk.length; ++k) {
        auto element = TRY(element_at(agent, walk.object, k));
        if (!element || !to_boolean(TRY(call_for(agent, walk, *element, k)))) continue;
        TRY(create_element(agent, target, to, *element));
        ++to;
    }
    return Value(target);
}

// 23.1.3.21 Array.prototype.map ( callback [ , thisArg ] )
Result<Value> array_map(Agent& agent, const Arguments& arguments) {
    Walk walk = TRY(begin_walk(agent, arguments));
    Object* target = TRY(array_species_create(agent, walk.object, walk.length));
    for (uint64_t k = 0; k < walk.length; ++k) {
        auto element = TRY(element_at(agent, walk.object, k));
        if (!element) continue;
        Value mapped = TRY(call_for(agent, walk, *element, k));
        TRY(create_element(agent, target, k, mapped));
    }
    return Value(target);
}

// 23.1.3.12.1 FindViaPredicate ( O, len, direction, predicate, thisArg )
Result<Value> find_via_predicate(Agent& agent, const Arguments& arguments, bool ascending, bool want_index) {
    Walk walk = TRY(begin_walk(agent, arguments));
    for (uint64_t step = 0; step < walk.length; ++step) {
        if ((step & 0xFFF) == 0) TRY(agent.poll_interrupts());
        uint64_t k = ascending ? step : walk.length - 1 - step;
        Value value = dense_element(walk.object, k);
        if (value.is_empty()) value = TRY(walk.object->get(agent, TRY(PropertyKey::from_integer(agent, k))));
        if (to_boolean(TRY(call_for(agent, walk, value, k)))) return want_index ? Value::number(k) : value;
    }
    return want_index ? Value::int32(-1) : Value::undefined();
}

// 23.1.3.9 find, 23.1.3.10 findIndex, 23.1.3.11 findLast, 23.1.3.12 findLastIndex
Result<Value> array_find(Agent& agent, const Arguments& arguments) { return find_via_predicate(agent, arguments, true, false); }
Result<Value> array_find_index(Agent& agent, const Arguments& arguments) { return find_via_predicate(agent, arguments, true, true); }
Result<Value> array_find_last(Agent& agent, const Arguments& arguments) { return find_via_predicate(agent, arguments, false, false); }
Result<Value> array_find_last_index(Agent& agent, const Arguments& arguments) { return find_via_predicate(agent, arguments, false, true); }

Result<Value> reduce(Agent& agent, const Arguments& arguments, bool ascending) {
    Walk walk = TRY(begin_walk(agent, arguments));
    std::optional<Value> accumulator;
    if (arguments.size() > 1) accumulator = arguments[1];
    for (uint64_t step = 0; step < walk.length; ++step) {
        uint64_t k = ascending ? step : walk.length - 1 - step;
        auto element = TRY(element_at(agent, walk.object, k));
        if (!element) continue;
        if (!accumulator) {
            accumulator = *element;
            continue;
        }
        accumulator = TRY(call(agent, walk.function, Value::undefined(), {*accumulator, *element, Value::number(k), Value(walk.object)}));
    }
    if (!accumulator) return agent.throw_type_error("Reduce of an empty array without an initial value: pass one as the second argument");
    return *accumulator;
}

// 23.1.3.24 Array.prototype.reduce, 23.1.3.25 Array.prototype.reduceRight ( callback [ , initialValue ] )
Result<Value> array_reduce(Agent& agent, const Arguments& arguments) { return reduce(agent, arguments, true); }
Result<Value> array_reduce_right(Agent& agent, const Arguments& arguments) { return reduce(agent, arguments, false); }

} // namespace

Fallible<void> define_array_iteration(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {atoms::every, array_every, 1},
        {atoms::filter, array_filter, 1},
        {atoms::find, array_find, 1},
        {atoms::findIndex, array_find_index, 1},
        {atoms::findLast, array_find_last, 1},
        {atoms::findLastIndex, array_find_last_index, 1},
        {atoms::forEach, array_for_each, 1},
        {atoms::map, array_map, 1},
        {atoms::reduce, array_reduce, 1},
        {atoms::reduceRight, array_reduce_right, 1},
        {atoms::some, array_some, 1},
    };
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
