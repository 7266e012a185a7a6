// Strings: creation, ropes and their flattening, comparison, and the builder.
#include "runtime/string.h"

#include "base/fault.h"
#include "runtime/agent.h"

#include <cstring>

namespace heddle {

namespace {

/// Ropes below this length cost more than the copy that they save.
constexpr uint32_t kMinRopeLength = 24;
constexpr uint32_t kMinSliceLength = 24;

bool all_latin1(const char16_t* units, uint32_t length) {
    char16_t seen = 0;
    for (uint32_t i = 0; i < length; ++i)
        seen |= units[i];
    return seen < 256;
}

void copy_units(FlatView view, uint8_t* out) {
    if (view.length() == 0) return;
    if (view.is_latin1()) {
        uint32_t length = view.length();
        if (length >= 8 && length <= 16) {
            // Two words that may overlap, for the strings that there are most of.
            uint64_t first;
            uint64_t last;
            std::memcpy(&first, view.latin1(), 8);
            std::memcpy(&last, view.latin1() + length - 8, 8);
            std::memcpy(out, &first, 8);
            std::memcpy(out + length - 8, &last, 8);
            return;
        }
        std::memcpy(out, view.latin1(), length);
        return;
    }
    for (uint32_t i = 0; i < view.length(); ++i)
        out[i] = static_cast<uint8_t>(view.utf16()[i]);
}

void copy_units(FlatView view, char16_t* out) {
    if (view.length() == 0) return;
    if (!view.is_latin1()) {
        std::memcpy(out, view.utf16(), view.length() * sizeof(char16_t));
        return;
    }
    for (uint32_t i = 0; i < view.length(); ++i)
        out[i] = view.latin1()[i];
}

Failed throw_too_long(Agent& agent) { return agent.throw_range_error("Invalid string length: strings hold at most 536870888 code units"); }

template<class Needle, class Hay>
int64_t find_units(const Hay* hay, uint32_t hay_length, const Needle* needle, uint32_t needle_length, uint32_t from) {
    uint32_t last = hay_length - needle_length;
    for (uint32_t i = from; i <= last; ++i) {
        if constexpr (sizeof(Hay) == 1 && sizeof(Needle) == 1) {
            auto* found = static_cast<const uint8_t*>(std::memchr(hay + i, needle[0], last - i + 1));
            if (!found) return -1;
            i = static_cast<uint32_t>(found - hay);
            if (std::memcmp(hay + i, needle, needle_length) == 0) return i;
        } else {
            uint32_t j = 0;
            while (j < needle_length && hay[i + j] == needle[j])
                ++j;
            if (j == needle_length) return i;
        }
    }
    return -1;
}

} // namespace

// --- FlatView -----------------------------------------------------------------------------------------------

char32_t FlatView::code_point_at(uint32_t i, uint32_t& width) const {
    char16_t first = (*this)[i];
    width = 1;
    if ((first & 0xFC00) != 0xD800 || i + 1 >= length_) return first;
    char16_t second = (*this)[i + 1];
    if ((second & 0xFC00) != 0xDC00) return first;
    width = 2;
    return 0x10000 + ((static_cast<char32_t>(first) - 0xD800) << 10) + (second - 0xDC00);
}

int64_t FlatView::index_of(FlatView needle, uint32_t from) const {
    if (needle.length() == 0) return from <= length_ ? static_cast<int64_t>(from) : -1;
    if (needle.length() > length_ || from > length_ - needle.length()) return -1;
    if (is_latin1()) {
        if (needle.is_latin1()) return find_units(latin1(), length_, needle.latin1(), needle.length_, from);
        return find_units(latin1(), length_, needle.utf16(), needle.length_, from);
    }
    if (needle.is_latin1()) return find_units(utf16(), length_, needle.latin1(), needle.length_, from);
    return find_units(utf16(), length_, needle.utf16(), needle.length_, from);
}

bool FlatView::equals(FlatView other) const {
    if (length_ != other.length_) return false;
    if (length_ == 0) return true;
    if (is_latin1() && other.is_latin1()) return std::memcmp(latin1(), other.latin1(), length_) == 0;
    if (!is_latin1() && !other.is_latin1()) return std::memcmp(utf16(), other.utf16(), length_ * sizeof(char16_t)) == 0;
    for (uint32_t i = 0; i < length_; ++i) {
        if ((*this)[i] != other[i]) return false;
    }
    return true;
}

int FlatView::compare(FlatView other) const {
    uint32_t shorter = std::min(length_, other.length_);
    if (shorter != 0 && is_latin1() && other.is_latin1()) {
        if (int order = std::memcmp(latin1(), other.latin1(), shorter)) return order;
    } else {
        for (uint32_t i = 0; i < shorter; ++i) {
            int difference = static_cast<int>((*this)[i]) - static_cast<int>(other[i]);
            if (difference != 0) return difference;
        }
    }
    return length_ == other.length_ ? 0 : length_ < other.length_ ? -1 : 1;
}

uint32_t FlatView::hash() const {
    return is_latin1() ? hash_code_units(latin1(), length_) : hash_code_units(utf16(), length_);
}

std::string FlatView::to_utf8() const {
    std::string out;
    out.reserve(length_);
    for (uint32_t i = 0; i < length_;) {
        uint32_t width;
        char32_t c = code_point_at(i, width);
        i += width;
        if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else if (c < 0x800) {
            out += static_cast<char>(0xC0 | c >> 6);
            out += static_cast<char>(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            out += static_cast<char>(0xE0 | c >> 12);
            out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
            out += static_cast<char>(0x80 | (c & 0x3F));
        } else {
            out += static_cast<char>(0xF0 | c >> 18);
            out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
            out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
            out += static_cast<char>(0x80 | (c & 0x3F));
        }
    }
    return out;
}

Fallible<std::string> String::to_utf8(Agent& agent) {
    FlatView view = TRY(flatten(agent));
    // A unit is three bytes at most, and a string that grows is there twice for a while.
    if (view.length() > 4096 && !memory_is_at_hand(size_t{view.length()} * 12)) return agent.out_of_memory();
    return view.to_utf8();
}

// --- creation -----------------------------------------------------------------------------------------------

Fallible<String*> String::create_uninitialized_latin1(Agent& agent, uint32_t length, uint8_t*& characters) {
    if (length > kMaxLength) return throw_too_long(agent);
    String* string = TRY(agent.heap().allocate<String>(std::max<size_t>(length, sizeof(Slice)), uint8_t{kLatin1}, length));
    characters = static_cast<uint8_t*>(string->payload());
    return string;
}

Fallible<String*> String::create_uninitialized_utf16(Agent& agent, uint32_t length, char16_t*& characters) {
    if (length > kMaxLength) return throw_too_long(agent);
    String* string =
        TRY(agent.heap().allocate<String>(std::max(length * sizeof(char16_t), sizeof(Slice)), uint8_t{kUtf16}, length));
    characters = static_cast<char16_t*>(string->payload());
    return string;
}

Fallible<String*> String::create(Agent& agent, FlatView view) {
    if (view.empty()) return static_cast<String*>(atoms::empty);
    if (view.is_latin1() || all_latin1(view.utf16(), view.length())) {
        uint8_t* characters;
        String* string = TRY(create_uninitialized_latin1(agent, view.length(), characters));
        copy_units(view, characters);
        return string;
    }
    char16_t* characters;
    String* string = TRY(create_uninitialized_utf16(agent, view.length(), characters));
    copy_units(view, characters);
    return string;
}

Fallible<String*> String::from_latin1(Agent& agent, std::string_view text) { return create(agent, FlatView(text)); }

Fallible<String*> String::from_utf8(Agent& agent, std::string_view text) {
    bool ascii = true;
    for (char c : text)
        ascii &= static_cast<unsigned char>(c) < 0x80;
    if (ascii) return create(agent, FlatView(text));
    StringBuilder builder(agent);
    for (size_t i = 0; i < text.size();) {
        auto first = static_cast<uint8_t>(text[i]);
        if (first < 0x80) {
            TRY(builder.append(char16_t{first}));
            ++i;
            continue;
        }
        // The maximal subpart practice of Unicode 3.9: one U+FFFD for each ill-formed subsequence.
        size_t length = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
        if (first > 0xF4) length = 0;
        char32_t code_point = length == 4 ? first & 0x07 : length == 3 ? first & 0x0F : first & 0x1F;
        size_t used = 1;
        for (; used < length && i + used < text.size(); ++used) {
            auto next = static_cast<uint8_t>(text[i + used]);
            uint8_t low = 0x80;
            uint8_t high = 0xBF;
            if (used == 1) {
                if (first == 0xE0) low = 0xA0;
                if (first == 0xED) high = 0x9F;
                if (first == 0xF0) low = 0x90;
                if (first == 0xF4) high = 0x8F;
            }
            if (next < low || next > high) break;
            code_point = code_point << 6 | (next & 0x3F);
        }
        TRY(builder.append_code_point(length != 0 && used == length ? code_point : 0xFFFD));
        i += used;
    }
    return builder.finish();
}

Fallible<String*> String::from_code_unit(Agent& agent, char16_t unit) {
    if (unit < 256) {
        auto latin1 = static_cast<uint8_t>(unit);
        FlatView view(&latin1, 1);
        return agent.atoms().intern(agent, view);
    }
    return create(agent, FlatView(&unit, 1));
}

Fallible<String*> String::from_code_point(Agent& agent, char32_t code_point) {
    if (code_point < 0x10000) return from_code_unit(agent, static_cast<char16_t>(code_point));
    char16_t units[2] = {static_cast<char16_t>(0xD800 + ((code_point - 0x10000) >> 10)),
                         static_cast<char16_t>(0xDC00 + ((code_point - 0x10000) & 0x3FF))};
    return create(agent, FlatView(units, 2));
}

Fallible<String*> String::concatenate(Agent& agent, String* left, String* right) {
    if (left->length() == 0) return right;
    if (right->length() == 0) return left;
    uint64_t length = uint64_t{left->length()} + right->length();
    if (length > kMaxLength) return throw_too_long(agent);
    if (length < kMinRopeLength) {
        FlatView a = TRY(left->flatten(agent));
        FlatView b = TRY(right->flatten(agent));
        if (a.is_latin1() && b.is_latin1()) {
            uint8_t* characters;
            String* string = TRY(create_uninitialized_latin1(agent, static_cast<uint32_t>(length), characters));
            copy_units(a, characters);
            copy_units(b, characters + a.length());
            return string;
        }
        char16_t* characters;
        String* string = TRY(create_uninitialized_utf16(agent, static_cast<uint32_t>(length), characters));
        copy_units(a, characters);
        copy_units(b, characters + a.length());
        return string;
    }
    String* string = TRY(agent.heap().allocate<String>(sizeof(Rope), uint8_t{kRope}, static_cast<uint32_t>(length)));
    string->rope() = {left, right};
    return string;
}

Fallible<String*> String::substring(Agent& agent, String* string, uint32_t from, uint32_t to) {
    HEDDLE_ASSERT(from <= to && to <= string->length());
    if (from == to) return static_cast<String*>(atoms::empty);
    if (from == 0 && to == string->length()) return string;
    FlatView view = TRY(string->flatten(agent));
    if (to - from == 1) return from_code_unit(agent, view[from]);
    if (to - from < kMinSliceLength) return create(agent, view.substring(from, to));
    String* base = string;
    uint64_t offset = from;
    if (!base->is_flat()) {
        offset += base->slice().offset;
        base = base->slice().base;
    }
    String* slice = TRY(agent.heap().allocate<String>(sizeof(Slice), uint8_t{kSlice}, to - from));
    slice->slice() = {base, offset};
    return slice;
}

// --- access -------------------------------------------------------------------------------------------------

FlatView String::flat_view() const {
    HEDDLE_ASSERT(!is_rope());
    const String* base = this;
    uint64_t offset = 0;
    if ((flags_ & kRepresentationMask) == kSlice) {
        base = slice().base;
        offset = slice().offset;
    }
    if ((base->flags_ & kRepresentationMask) == kLatin1)
        return FlatView(static_cast<const uint8_t*>(base->payload()) + offset, length());
    return FlatView(static_cast<const char16_t*>(base->payload()) + offset, length());
}

Fallible<FlatView> String::flatten(Agent& agent) {
    if (!is_rope()) return flat_view();
    // Is any leaf wide? The walk keeps right children on a list of its own: ropes may be millions deep.
    RootVector<String*> pending(agent.heap());
    bool wide = false;
    auto each_leaf = [&](auto&& visit) -> bool {
        String* node = this;
        for (;;) {
            while (node->is_rope()) {
                if (!pending.push_back(node->rope().right)) return false;
                node = node->rope().left;
            }
            visit(node->flat_view());
            if (pending.empty()) return true;
            node = pending.pop_back();
        }
    };
    if (!each_leaf([&](FlatView leaf) { wide |= !leaf.is_latin1(); })) {
        pending.clear();
        return agent.out_of_memory();
    }
    uint8_t* latin1 = nullptr;
    char16_t* utf16 = nullptr;
    String* flat = wide ? TRY(create_uninitialized_utf16(agent, length(), utf16))
                        : TRY(create_uninitialized_latin1(agent, length(), latin1));
    bool copied = each_leaf([&](FlatView leaf) {
        if (wide) {
            copy_units(leaf, utf16);
            utf16 += leaf.length();
        } else {
            copy_units(leaf, latin1);
            latin1 += leaf.length();
        }
    });
    if (!copied) return agent.out_of_memory();
    flags_ = static_cast<uint8_t>((flags_ & ~kRepresentationMask) | kSlice);
    slice() = {flat, 0};
    write_barrier(this);
    return flat_view();
}

Fallible<uint32_t> String::hash_contents(Agent& agent) {
    FlatView text = is_flat() ? flat_view() : TRY(flatten(agent));
    return hash_ = text.hash();
}

Fallible<char16_t> String::at(Agent& agent, uint32_t index) { return TRY(flatten(agent))[index]; }

std::string String::short_text(uint32_t units) const {
    if (is_rope()) return "(rope of " + std::to_string(length()) + ")";
    FlatView view = flat_view();
    if (view.length() <= units) return view.to_utf8();
    return view.substring(0, units).to_utf8() + "…";
}

void String::visit_edges(Visitor& visitor) {
    switch (flags_ & kRepresentationMask) {
    case kRope:
        visitor.visit(static_cast<Cell*>(rope().left));
        visitor.visit(static_cast<Cell*>(rope().right));
        break;
    case kSlice: visitor.visit(static_cast<Cell*>(slice().base)); break;
    default: break;
    }
}

Fallible<bool> strings_equal(Agent& agent, String* a, String* b) {
    if (a == b) return true;
    if (a->length() != b->length()) return false;
    if (a->is_atom() && b->is_atom()) return false;
    FlatView left = TRY(a->flatten(agent));
    return left.equals(TRY(b->flatten(agent)));
}

Fallible<int> compare_strings(Agent& agent, String* a, String* b) {
    FlatView left = TRY(a->flatten(agent));
    return left.compare(TRY(b->flatten(agent)));
}

// --- StringBuilder ------------------------------------------------------------------------------------------

StringBuilder::~StringBuilder() {
    __builtin_free(latin1_);
    __builtin_free(utf16_);
}

Fallible<void> StringBuilder::grow(uint32_t more, bool wide) {
    if (more > String::kMaxLength || length_ + more > String::kMaxLength) return throw_too_long(agent_);
    bool widen = wide && !utf16_;
    uint32_t needed = length_ + more;
    if (!widen && needed <= capacity_) return {};
    uint32_t capacity = std::max(needed, std::max<uint32_t>(capacity_ + capacity_ / 2, 32));
    if (wide || utf16_) {
        auto* grown = static_cast<char16_t*>(__builtin_realloc(utf16_, size_t{capacity} * sizeof(char16_t)));
        if (!grown) return agent_.out_of_memory();
        if (widen) {
            for (uint32_t i = 0; i < length_; ++i)
                grown[i] = latin1_[i];
            __builtin_free(latin1_);
            latin1_ = nullptr;
        }
        utf16_ = grown;
    } else {
        auto* grown = static_cast<uint8_t*>(__builtin_realloc(latin1_, capacity));
        if (!grown) return agent_.out_of_memory();
        latin1_ = grown;
    }
    capacity_ = capacity;
    return {};
}

Fallible<void> StringBuilder::append(char16_t unit) {
    if (length_ < capacity_ && (utf16_ || unit < 256)) [[likely]] {
        if (utf16_) utf16_[length_++] = unit;
        else latin1_[length_++] = static_cast<uint8_t>(unit);
        return {};
    }
    TRY(grow(1, unit >= 256));
    if (utf16_) utf16_[length_++] = unit;
    else latin1_[length_++] = static_cast<uint8_t>(unit);
    return {};
}

Fallible<void> StringBuilder::append_code_point(char32_t c) {
    if (c < 0x10000) return append(static_cast<char16_t>(c));
    TRY(append(static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10))));
    return append(static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF)));
}

Fallible<void> StringBuilder::append(FlatView view) {
    if (view.empty()) return {};
    TRY(grow(view.length(), !view.is_latin1()));
    if (utf16_) copy_units(view, utf16_ + length_);
    else copy_units(view, latin1_ + length_);
    length_ += view.length();
    return {};
}

Fallible<void> StringBuilder::append(String* string) {
    FlatView view = TRY(string->flatten(agent_));
    return append(view);
}

Fallible<String*> StringBuilder::finish() {
    if (length_ == 0) return static_cast<String*>(atoms::empty);
    return utf16_ ? String::create(agent_, FlatView(utf16_, length_)) : String::create(agent_, FlatView(latin1_, length_));
}

} // namespace heddle
