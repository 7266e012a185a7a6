// What the files of Array share.
#pragma once

#include "runtime/array.h"
#include "runtime/operations.h"

namespace heddle {

Fallible<void> define_array_iteration(Agent&, Realm&, Object* prototype);
Fallible<void> define_array_sort(Agent&, Realm&, Object* prototype);
// 23.1.2.1.1 Array.fromAsync ( items [ , mapper [ , thisArg ] ] )
Result<Value> array_from_async(Agent&, const Arguments&);
// 20.1.3.6 Object.prototype.toString ( ), for values that have no join
Result<Value> object_prototype_to_string(Agent&, Value);

// 23.1.3.30.1 SortIndexedProperties, the sorting: stable merge sort of `list` by `compare(a, b) -> Result<double>`.
// The list is the only thing that user code cannot reach while it runs.
Result<void> sort_list(Agent&, RootVector<Value>& list, Value comparator);

/// Element k of an array where it lies in dense storage, else empty: reading it runs no user code.
inline Value dense_element(const Object* object, uint64_t k) {
    if (object->kind() != CellKind::Array || k >= object->dense_length()) return Value::empty();
    return object->dense_element_or_empty(static_cast<uint32_t>(k));
}

/// 7.3.5 CreateDataPropertyOrThrow ( O, P, V ) with an index for P.
inline Result<void> create_element(Agent& agent, Object* target, uint64_t k, Value value) {
    if (target->kind() == CellKind::Array && k < 0xFFFF'FFFE && !target->is_sparse() && target->extensible_flag()) {
        auto* array = static_cast<Array*>(target);
        auto index = static_cast<uint32_t>(k);
        if (index < array->length()) return array->define_element_direct(agent, index, value);
        if (index == array->length() && array->is_simple()) return array->push_direct(agent, value);
    }
    return target->create_data_property_or_throw(agent, TRY(PropertyKey::from_integer(agent, k)), value);
}

} // namespace heddle
