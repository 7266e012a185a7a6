#include "clone/wire.h"

namespace heddle {

const char* wire_tag_name(uint8_t code) {
    switch (static_cast<WireTag>(code)) {
#define WIRE_TAG(Name, number, payload, type)                                                                \
    case WireTag::Name: return #Name;
#include "clone/wire.def"
#undef WIRE_TAG
    }
    return nullptr;
}

bool WireReader::long_varint(uint64_t& out) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (at_ == end_) return false;
        uint8_t next = *at_++;
        if (shift == 63 && next > 1) return false;
        value |= static_cast<uint64_t>(next & 0x7F) << shift;
        if (next < 0x80) {
            if (next == 0 && shift != 0) return false;
            out = value;
            return true;
        }
    }
    return false;
}

} // namespace heddle
