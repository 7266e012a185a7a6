#include "fuzz/support/wire_walk.h"

#include "buffers/element_type.h"

namespace heddle::fuzz {

namespace {

class Walk {
public:
    explicit Walk(std::span<const uint8_t> message) : reader_(message.data(), message.size()) {}

    std::vector<WireSpan> run() {
        uint64_t transfers;
        if (!reader_.raw(2) || !reader_.varint(transfers)) return {};
        value(0);
        return std::move(spans_);
    }

private:
    static constexpr int kMaxDepth = 200;
    static constexpr size_t kMaxSpans = 4000;

    bool varint() { return reader_.varint(last_); }
    bool raw(uint64_t size) { return reader_.raw(size) != nullptr; }
    bool values(uint64_t count, int depth) {
        for (uint64_t i = 0; i < count; ++i)
            if (!value(depth + 1)) return false;
        return true;
    }

    bool properties(int depth) {
        for (;;) {
            uint8_t key;
            if (!reader_.byte(key)) return false;
            switch (static_cast<WireTag>(key)) {
            case WireTag::End: return true;
            case WireTag::Key:
                if (!value(depth + 1)) return false;
                break;
            default:
                if (!varint()) return false;
            }
            if (!value(depth + 1)) return false;
        }
    }

    bool value(int depth) {
        if (depth > kMaxDepth || spans_.size() >= kMaxSpans) return false;
        size_t at = spans_.size();
        spans_.push_back({reader_.position(), reader_.position()});
        uint8_t code;
        bool whole = reader_.byte(code) && (code >= kWireSmallInteger || payload(static_cast<WireTag>(code), depth));
        if (!whole) {
            spans_.resize(at);
            return false;
        }
        spans_[at].end = reader_.position();
        return true;
    }

    bool payload(WireTag tag, int depth) {
        switch (tag) {
        case WireTag::Integer:
        case WireTag::ObjectReference:
        case WireTag::SharedArrayBuffer: return varint();
        case WireTag::Double:
        case WireTag::NumberObject:
        case WireTag::Date: return raw(8);
        case WireTag::BigInt:
        case WireTag::BigIntObject: return varint() && raw(last_ / 2 * 8);
        case WireTag::Latin1String: return varint() && raw(last_);
        case WireTag::Utf16String: return varint() && raw(last_ * 2);
        case WireTag::BooleanObject: return raw(1);
        case WireTag::StringObject: return values(1, depth);
        case WireTag::RegExp: return values(2, depth);
        case WireTag::DomException: return values(3, depth);
        case WireTag::Object: return properties(depth);
        case WireTag::Array: return varint() && properties(depth);
        case WireTag::NewShape: {
            if (!varint()) return false;
            uint64_t keys = last_;
            shapes_.push_back(keys);
            return values(keys, depth) && values(keys, depth);
        }
        case WireTag::KnownShape: return varint() && last_ < shapes_.size() && values(shapes_[last_], depth);
        case WireTag::DenseArray:
        case WireTag::Set: return varint() && values(last_, depth);
        case WireTag::Map: return varint() && values(last_ * 2, depth);
        case WireTag::NumberArray: return varint() && raw(last_ * 8);
        case WireTag::IntegerArray: return varint() && raw(last_ * 4);
        case WireTag::Error: return error(depth);
        case WireTag::ArrayBuffer: {
            uint8_t flags;
            if (!reader_.byte(flags) || !varint()) return false;
            uint64_t length = last_;
            return (!(flags & kWireResizable) || varint()) && raw(length);
        }
        case WireTag::ArrayBufferStore: return raw(1) && varint();
        case WireTag::View: {
            uint8_t flags;
            return raw(1) && reader_.byte(flags) && varint() && ((flags & kWireTracksLength) || varint()) && values(1, depth);
        }
        default: return true;
        }
    }

    bool error(int depth) {
        uint8_t flags;
        if (!raw(1) || !reader_.byte(flags)) return false;
        int texts = ((flags & kWireMessage) != 0) + ((flags & kWireStack) != 0) + ((flags & kWirePosition) != 0);
        if (!values(static_cast<uint64_t>(texts), depth)) return false;
        if ((flags & kWirePosition) && !(varint() && varint())) return false;
        return values(((flags & kWireCause) != 0) + ((flags & kWireErrors) != 0), depth);
    }

    WireReader reader_;
    uint64_t last_ = 0;
    std::vector<uint64_t> shapes_;
    std::vector<WireSpan> spans_;
};

} // namespace

std::vector<WireSpan> wire_values(std::span<const uint8_t> message) { return Walk(message).run(); }

} // namespace heddle::fuzz
