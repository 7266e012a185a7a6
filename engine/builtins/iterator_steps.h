// The `next` methods of builtin iterators and, beside each, its step without a result object: see
// IntrinsicTable.
#pragma once

#include "runtime/realm.h"

namespace heddle {

Result<Value> array_iterator_next(Agent&, const Arguments&);
Result<std::optional<Value>> array_iterator_step(Agent&, Value iterator);
Result<Value> map_iterator_next(Agent&, const Arguments&);
Result<std::optional<Value>> map_iterator_step(Agent&, Value iterator);
Result<Value> set_iterator_next(Agent&, const Arguments&);
Result<std::optional<Value>> set_iterator_step(Agent&, Value iterator);
Result<Value> string_iterator_next(Agent&, const Arguments&);
Result<std::optional<Value>> string_iterator_step(Agent&, Value iterator);
Result<Value> generator_prototype_next(Agent&, const Arguments&);
Result<std::optional<Value>> generator_prototype_step(Agent&, Value iterator);

/// 7.4.14 CreateIteratorResultObject for what a step gave.
Result<Value> iterator_result_of(Agent&, Result<std::optional<Value>> step);

} // namespace heddle
