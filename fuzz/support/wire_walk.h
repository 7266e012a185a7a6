// Where the values in a clone message begin and end, found without believing it: for mutations that keep most of a message
// readable.
#pragma once

#include "clone/wire.h"

#include <optional>
#include <vector>

namespace heddle::fuzz {

struct WireSpan {
    size_t begin; // the tag
    size_t end;
};

/// Every value of the message, containers before their parts, as far as it can be followed.
std::vector<WireSpan> wire_values(std::span<const uint8_t> message);

} // namespace heddle::fuzz
