// Array.prototype.sort and toSorted (ECMA-262 23.1.3.30, 23.1.3.34), over a list of their own: what the comparator does
// to the array cannot reach it.
#include "builtins/array.h"

namespace heddle {

namespace {

// 23.1.3.30.2 CompareArrayElements ( x, y, comparator )
Result<double> compare_elements(Agent& agent, Value x, Value y, Value comparator) {
    if (x.is_undefined() || y.is_undefined()) return static_cast<double>(x.is_undefined()) - static_cast<double>(y.is_undefined());
    if (!comparator.is_undefined()) {
        Value result = TRY(call(agent, comparator, Value::undefined(), {x, y}));
        if (result.is_int32()) return static_cast<double>(result.as_int32());
        double order = TRY(to_number(agent, result));
        return order != order ? 0.0 : order;
    }
    if (x.is_int32() && y.is_int32() && x.as_int32() >= 0 && y.as_int32() >= 0 && x.as_int32() < 10 && y.as_int32() < 10)
        return static_cast<double>(x.as_int32() - y.as_int32());
    String* a = TRY(to_string(agent, x));
    String* b = TRY(to_string(agent, y));
    return static_cast<double>(TRY(compare_strings(agent, a, b)));
}

} // namespace

Result<void> sort_list(Agent& agent, RootVector<Value>& list, Value comparator) {
    size_t count = list.size();
    RootVector<Value> scratch(agent.heap());
    if (!scratch.resize(count, Value::undefined())) return agent.out_of_memory();
    size_t steps = 0;
    // Bottom-up merge sort: stable, and no recursion for the comparator to deepen.
    for (size_t width = 1; width < count; width *= 2) {
        TRY(agent.poll_interrupts());
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = std::min(low + width, count);
            size_t high = std::min(low + 2 * width, count);
            size_t left = low;
            size_t right = middle;
            for (size_t out = low; out < high; ++out) {
                if ((++steps & 0xFFF) == 0) TRY(agent.poll_interrupts());
                bool take_left = left < middle;
                if (take_left && right < high) take_left = TRY(compare_elements(agent, list[left], list[right], comparator)) <= 0;
                scratch[out] = take_left ? list[left++] : list[right++];
            }
        }
        for (size_t i = 0; i < count; ++i)
            list[i] = scratch[i];
    }
    return {};
}

namespace {

// 23.1.3.30 Array.prototype.sort ( comparator )
Result<Value> array_sort(Agent& agent, const Arguments& arguments) {
    Value comparator = arguments[0];
    if (!comparator.is_undefined() && !is_callable(comparator))
        return agent.throw_type_error("The comparator of sort must be a function or undefined, got " + display_string(comparator));
    Object* object = TRY(to_object(agent, arguments.this_value()));
    uint64_t length = TRY(length_of_array_like(agent, object));
    RootVector<Value> list(agent.heap());
    // 23.1.3.30.1 SortIndexedProperties with skip-holes
    for (uint64_t k = 0; k < length; ++k) {
        if ((k & 0xFFF) == 0) TRY(agent.poll_interrupts());
        Value value = dense_element(object, k);
        if (value.is_empty()) {
            PropertyKey key = TRY(PropertyKey::from_integer(agent, k));
            if (!TRY(object->has_property(agent, key))) continue;
            value = TRY(object->get(agent, key));
        }
        if (!list.push_back(value)) return agent.out_of_memory();
    }
    TRY(sort_list(agent, list, comparator));
    uint64_t j = 0;
    for (; j < list.size(); ++j) {
        if (!dense_element(object, j).is_empty()) object->set_dense_element(static_cast<uint32_t>(j), list[j]);
        else TRY(object->set_or_throw(agent, TRY(PropertyKey::from_integer(agent, j)), list[j]));
    }
    for (; j < length; ++j) {
        if ((j & 0xFFF) == 0) TRY(agent.poll_interrupts());
        PropertyKey key = TRY(PropertyKey::from_integer(agent, j));
        if (TRY(object->has_property(agent, key))) TRY(object->delete_property_or_throw(agent, key));
    }
    return Value(object);
}

// 23.1.3.34 Array.prototype.toSorted ( comparator )
Result<Value> array_to_sorted(Agent& agent, const Arguments& arguments) {
    Value comparator = arguments[0];
    if (!comparator.is_undefined() && !is_callable(comparator))
        return agent.throw_type_error("The comparator of toSorted must be a function or undefined, got " + display_string(comparator));
    Object* object = TRY(to_object(agent, arguments.this_value()));
    uint64_t length = TRY(length_of_array_like(agent, object));
    Array* result = TRY(Array::create(agent, length));
    RootVector<Value> list(agent.heap());
    for (uint64_t k = 0; k < length; ++k) {
        if ((k & 0xFFF) == 0) TRY(agent.poll_interrupts());
        Value value = TRY(object->get(agent, TRY(PropertyKey::from_integer(agent, k))));
        if (!list.push_back(value)) return agent.out_of_memory();
    }
    TRY(sort_list(agent, list, comparator));
    for (uint64_t k = 0; k < list.size(); ++k)
        TRY(create_element(agent, result, k, list[k]));
    return Value(result);
}

} // namespace

Fallible<void> define_array_sort(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {{atoms::sort, array_sort, 1}, {atoms::toSorted, array_to_sorted, 1}};
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
