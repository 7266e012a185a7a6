// %TypedArray%.prototype.sort and toSorted (ECMA-262 23.2.3.29, 23.2.3.33).
#include "base/fault.h"
#include "builtins/typed_array.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Fallible<void> check_comparator(Agent& agent, Value comparator, const char* who) {
    if (comparator.is_undefined() || is_callable(comparator)) return {};
    return agent.throw_type_error(
        fmt::format("{} needs a comparison function or undefined, not {}", who, display_string(comparator)));
}

constexpr uint64_t kSign = uint64_t{1} << 63;

/// A word whose unsigned order is 23.2.4.7 CompareTypedArrayElements without a comparator: -0 before +0, NaN
/// last.
uint64_t sort_key(ElementType type, uint64_t bits) {
    if (type == ElementType::BigUint64) return bits;
    if (type == ElementType::BigInt64) return bits ^ kSign;
    double number = element_number(type, bits);
    if (!is_float_type(type)) return static_cast<uint64_t>(static_cast<int64_t>(number)) ^ kSign;
    if (number != number) return ~uint64_t{0};
    auto ordered = std::bit_cast<uint64_t>(number);
    return ordered & kSign ? ~ordered : ordered | kSign;
}

uint64_t bits_of_sort_key(ElementType type, uint64_t key) {
    if (type == ElementType::BigUint64) return key;
    if (type == ElementType::BigInt64) return key ^ kSign;
    if (!is_float_type(type))
        return element_bits_from_number(type, static_cast<double>(static_cast<int64_t>(key ^ kSign)));
    if (key == ~uint64_t{0}) return element_bits_from_number(type, NAN);
    return element_bits_from_number(type, std::bit_cast<double>(key & kSign ? key ^ kSign : ~key));
}

// No user code runs: the elements are sorted as words and written back. Source and target have `length`
// elements.
Result<void> sort_numbers(Agent& agent, TypedArrayObject* source, TypedArrayObject* target, size_t length) {
    if (length == 0) return {};
    ElementType type = source->type();
    auto* keys = allocation_shall_fail() ? nullptr : static_cast<uint64_t*>(std::malloc(length * sizeof(uint64_t)));
    if (!keys) return agent.out_of_memory();
    View from = source->view(agent);
    for (size_t i = 0; i < length; ++i)
        keys[i] = sort_key(type, from.load(type, i));
    // Sorted in runs with polls between them, then merged: an interrupt need not wait for all of a long
    // array.
    constexpr size_t kRun = size_t{1} << 18;
    bool interrupted = false;
    for (size_t start = 0; start < length && !interrupted; start += kRun) {
        std::sort(keys + start, keys + std::min(length, start + kRun));
        interrupted = agent.poll_interrupts().threw();
    }
    for (size_t width = kRun; width < length && !interrupted; width *= 2) {
        for (size_t start = 0; start + width < length && !interrupted; start += 2 * width) {
            std::inplace_merge(keys + start, keys + start + width,
                               keys + std::min(length, start + 2 * width));
            interrupted = agent.poll_interrupts().threw();
        }
    }
    if (interrupted) {
        std::free(keys);
        return Threw{};
    }
    View to = target->view(agent);
    for (size_t i = 0; i < length; ++i)
        to.store(type, i, bits_of_sort_key(type, keys[i]));
    std::free(keys);
    return {};
}

// 23.2.4.7 CompareTypedArrayElements ( x, y, comparator ), with a comparator: whether y comes before x
Result<bool> comes_before(Agent& agent, Value comparator, Value y, Value x) {
    double order = TRY(to_number(agent, TRY(call(agent, comparator, Value::undefined(), {x, y}))));
    return order > 0;
}

// 23.1.3.30.1 SortIndexedProperties, steps 4 and 5, by a stable merge sort that asks the comparator (x, y) in
// order.
Result<void> merge_sort(Agent& agent, RootVector<Value>& values, Value comparator) {
    size_t length = values.size();
    RootVector<Value> other(agent.heap());
    if (!other.resize(length, Value::undefined())) return agent.out_of_memory();
    for (size_t width = 1; width < length; width *= 2) {
        for (size_t start = 0; start < length; start += 2 * width) {
            size_t left = start;
            size_t middle = std::min(start + width, length);
            size_t right = middle;
            size_t end = std::min(start + 2 * width, length);
            for (size_t out = start; out < end; ++out) {
                bool take_right = false;
                if (left == middle)
                    take_right = true;
                else if (right < end)
                    take_right = TRY(comes_before(agent, comparator, values[right], values[left]));
                other[out] = take_right ? values[right++] : values[left++];
            }
            TRY(agent.poll_interrupts());
        }
        for (size_t i = 0; i < length; ++i)
            values[i] = other[i];
    }
    return {};
}

Result<void> sorted_values(Agent& agent, TypedArrayObject* array, size_t length, Value comparator,
                           RootVector<Value>& values) {
    for (size_t k = 0; k < length; ++k) {
        if (!values.push_back(TRY(array->get_element(agent, k)))) return agent.out_of_memory();
    }
    return merge_sort(agent, values, comparator);
}

// 23.2.3.29 %TypedArray%.prototype.sort ( comparator )
Result<Value> typed_array_sort(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "%TypedArray%.prototype.sort";
    Value comparator = arguments[0];
    TRY(check_comparator(agent, comparator, kWho));
    auto [array, length] = TRY(validate_typed_array(agent, arguments.this_value(), kWho, AccessMode::Write));
    if (comparator.is_undefined()) {
        TRY(sort_numbers(agent, array, array, length));
        return Value(array);
    }
    RootVector<Value> values(agent.heap());
    TRY(sorted_values(agent, array, length, comparator, values));
    // The comparator may have shrunk the array: what has no place any more is dropped.
    for (size_t k = 0; k < length; ++k)
        array->store_element_bits(agent, k, element_bits(array->type(), values[k]));
    return Value(array);
}

// 23.2.3.33 %TypedArray%.prototype.toSorted ( comparator )
Result<Value> typed_array_to_sorted(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "%TypedArray%.prototype.toSorted";
    Value comparator = arguments[0];
    TRY(check_comparator(agent, comparator, kWho));
    auto [array, length] = TRY(validate_typed_array(agent, arguments.this_value(), kWho));
    TypedArrayObject* result = TRY(typed_array_create_same_type(agent, array, length));
    if (comparator.is_undefined()) {
        TRY(sort_numbers(agent, array, result, length));
        return Value(result);
    }
    RootVector<Value> values(agent.heap());
    TRY(sorted_values(agent, array, length, comparator, values));
    for (size_t k = 0; k < length; ++k)
        result->store_element_bits(agent, k, element_bits(result->type(), values[k]));
    return Value(result);
}

} // namespace

Fallible<void> define_typed_array_sort(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {{atoms::sort, typed_array_sort, 1},
                                       {atoms::toSorted, typed_array_to_sorted, 1}};
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
