// Structured clone (HTML standard 2.7, "Safe passing of structured data"): serialize, deserialize, and both with
// transfer.
#pragma once

#include "clone/message.h"

namespace heddle {

struct SerializeOptions {
    /// HTML's forStorage: the bytes are kept, so nothing may travel beside them; shared buffers are refused.
    bool for_storage = false;
};

/// HTML 2.7.3 StructuredSerializeInternal, 2.7.6 StructuredSerializeWithTransfer. Runs getters. Throws DataCloneError
/// naming the path to the value that cannot be cloned (`value.a[3].f`), or what a getter threw; then nothing has been
/// detached. The entries of `transfer` are checked in order before anything is serialized.
Result<CloneMessage> structured_serialize(Agent&, Value, std::span<const Value> transfer = {},
                                          const SerializeOptions& = {});

/// HTML 2.7.4 StructuredDeserialize, 2.7.7 StructuredDeserializeWithTransfer, into the agent's current realm. The
/// message is used up. Throws DataCloneError when the bytes are not a message or a shared store belongs to another
/// cluster; RangeError when memory is short. `transferred` (may be null) receives the transferred objects in order.
/// Runs no code of script's.
Result<Value> structured_deserialize(Agent&, CloneMessage, RootVector<Value>* transferred = nullptr);

/// HTML 2.7.10 structuredClone ( value, options ): the function of the global object.
Result<Value> structured_clone_function(Agent&, const Arguments&);

/// Reads `transfer` of an options object, or an iterable of objects, as WebIDL's sequence<object>.
Result<void> read_transfer_list(Agent&, Value options_or_sequence, RootVector<Value>& list);

} // namespace heddle
