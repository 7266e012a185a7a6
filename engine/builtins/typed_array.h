// What the files of %TypedArray% share.
#pragma once

#include "buffers/typed_array_object.h"
#include "runtime/operations.h"

namespace heddle {

/// Set ( array, index, value, true )
Result<void> set_typed_element(Agent&, TypedArrayObject*, uint64_t index, Value);
/// Element by element in ascending order, with conversion; both ranges have been checked and no user code
/// runs.
Result<void> copy_typed_elements(Agent&, TypedArrayObject* target, size_t target_index,
                                 TypedArrayObject* source, size_t source_index, size_t count);

// typed_array_iteration.cpp: every, filter, find …, forEach, map, reduce, reduceRight, some; entries, keys,
// values
Fallible<void> define_typed_array_iteration(Agent&, Realm&, Object* prototype);
// typed_array_sort.cpp: sort, toSorted
Fallible<void> define_typed_array_sort(Agent&, Realm&, Object* prototype);
// typed_array_base64.cpp: Uint8Array.fromBase64, fromHex; toBase64, toHex, setFromBase64, setFromHex
Fallible<void> define_uint8_array_statics(Agent&, Realm&, Object* constructor);
Fallible<void> define_uint8_array_methods(Agent&, Realm&, Object* prototype);

} // namespace heddle
