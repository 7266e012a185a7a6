#include "buffers/buffer_options.h"

#include <fmt/core.h>

namespace heddle {

// 25.1.3.7 GetArrayBufferMaxByteLengthOption ( options )
Result<std::optional<uint64_t>> get_array_buffer_max_byte_length_option(Agent& agent, Value options) {
    if (!options.is_object()) return std::optional<uint64_t>();
    Value maximum = TRY(options.as_object()->get(agent, atoms::maxByteLength));
    if (maximum.is_undefined()) return std::optional<uint64_t>();
    return std::optional<uint64_t>(TRY(to_index(agent, maximum)));
}

Fallible<void> check_max_byte_length(Agent& agent, uint64_t byte_length,
                                     std::optional<uint64_t> max_byte_length) {
    if (!max_byte_length || byte_length <= *max_byte_length) return {};
    return agent.throw_range_error(
        fmt::format("Array buffer of {} bytes with maxByteLength {}: the maximum must not be less",
                    byte_length, *max_byte_length));
}

} // namespace heddle
