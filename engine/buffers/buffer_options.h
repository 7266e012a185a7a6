// The arguments that the constructors of ArrayBuffer and SharedArrayBuffer have in common.
#pragma once

#include "buffers/buffer_object.h"

namespace heddle {

// 25.1.3.7 GetArrayBufferMaxByteLengthOption ( options )
Result<std::optional<uint64_t>> get_array_buffer_max_byte_length_option(Agent&, Value options);
/// RangeError when the length is greater than a maximum (AllocateArrayBuffer, step 3).
Fallible<void> check_max_byte_length(Agent&, uint64_t byte_length, std::optional<uint64_t> max_byte_length);

} // namespace heddle
