// The bytes of a structured clone: tags, and the two cursors that write and read them. The format is the table in
// clone/wire.def.
#pragma once

#include "base/growable_array.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace heddle {

enum class WireTag : uint8_t {
#define WIRE_TAG(Name, code, payload, type) Name = code,
#include "clone/wire.def"
#undef WIRE_TAG
};

/// The tag's name, or null when no tag has this code.
const char* wire_tag_name(uint8_t code);

inline constexpr uint8_t kWireMagic = 0xC1;
inline constexpr uint8_t kWireVersion = 1;
inline constexpr uint8_t kWireSmallInteger = 0x80;
/// Element type of a View that is a DataView.
inline constexpr uint8_t kWireDataView = 0xFF;

enum WireBufferFlags : uint8_t { kWireResizable = 1, kWireImmutable = 2 };
enum WireViewFlags : uint8_t { kWireTracksLength = 1 };
enum WireErrorFlags : uint8_t {
    kWireMessage = 1,
    kWireStack = 2,
    kWirePosition = 4,
    kWireCause = 8,
    kWireErrors = 16,
    kWireErrorFlags = 31,
};

static_assert(std::endian::native == std::endian::little, "numbers on the wire are little-endian");

/// Appends to a growing buffer. Once an append fails for want of memory, failed() is true and further ones do
/// nothing: callers ask once for each value.
class WireWriter {
public:
    bool failed() const { return failed_; }
    size_t size() const { return bytes_.size(); }
    size_t capacity() const { return bytes_.capacity(); }
    GrowableArray<uint8_t> take() { return std::move(bytes_); }
    std::span<const uint8_t> span() const { return bytes_.span(); }
    /// Begins anew in the same memory.
    void clear() {
        bytes_.clear();
        failed_ = false;
    }

    void tag(WireTag tag) { byte(static_cast<uint8_t>(tag)); }
    void byte(uint8_t value) {
        if (uint8_t* to = room(1)) *to = value;
    }
    void varint(uint64_t value) {
        uint8_t* to = room(10);
        if (!to) return;
        uint8_t* from = to;
        while (value >= 0x80) {
            *to++ = static_cast<uint8_t>(value) | 0x80;
            value >>= 7;
        }
        *to++ = static_cast<uint8_t>(value);
        bytes_.set_size(bytes_.size() - 10 + static_cast<size_t>(to - from));
    }
    void float64(double value) { raw(&value, 8); }
    void raw(const void* data, size_t size) {
        if (uint8_t* to = room(size)) std::memcpy(to, data, size);
    }
    /// `size` bytes to be filled by the caller at once, or null.
    uint8_t* room(size_t size) {
        if (failed_ || !bytes_.reserve_more(size)) [[unlikely]] {
            failed_ = true;
            return nullptr;
        }
        uint8_t* to = bytes_.data() + bytes_.size();
        bytes_.set_size(bytes_.size() + size);
        return to;
    }

private:
    GrowableArray<uint8_t> bytes_;
    bool failed_ = false;
};

/// Reads bytes that nobody vouches for: every step says whether there was enough, and nothing is read beyond the
/// end.
class WireReader {
public:
    WireReader(const uint8_t* data, size_t size) : begin_(data), at_(data), end_(data + size) {}
    size_t position() const { return static_cast<size_t>(at_ - begin_); }
    size_t remaining() const { return static_cast<size_t>(end_ - at_); }

    bool byte(uint8_t& out) {
        if (at_ == end_) return false;
        out = *at_++;
        return true;
    }
    /// False also for encodings longer than needed, so that bytes and values correspond one to one.
    bool varint(uint64_t& out) {
        if (at_ != end_ && *at_ < 0x80) [[likely]] {
            out = *at_++;
            return true;
        }
        return long_varint(out);
    }
    bool float64(double& out) {
        const uint8_t* from = raw(8);
        if (!from) return false;
        std::memcpy(&out, from, 8);
        return true;
    }
    /// The next `size` bytes, or null when there are fewer.
    const uint8_t* raw(size_t size) {
        if (size > remaining()) return nullptr;
        const uint8_t* from = at_;
        at_ += size;
        return from;
    }

private:
    bool long_varint(uint64_t& out);
    const uint8_t* begin_;
    const uint8_t* at_;
    const uint8_t* end_;
};

} // namespace heddle
