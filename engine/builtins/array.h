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

} // namespace heddle
