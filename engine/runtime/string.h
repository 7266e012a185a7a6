// String: an immutable sequence of UTF-16 code units. Flat (Latin-1 or UTF-16), rope or slice; flat strings may
// be atoms, which are unique in their agent and compare by pointer.
#pragma once

#include "heap/heap.h"
#include "heap/member.h"

#include <bit>
#include <span>
#include <string>
#include <string_view>

namespace heddle {

/// The code units of a flat string: a view that lives as long as the string is reachable.
class FlatView {
public:
    constexpr FlatView() = default;
    constexpr FlatView(const uint8_t* characters, uint32_t length) : units_(characters), length_(length) {}
    constexpr FlatView(const char16_t* characters, uint32_t length)
        : units_(characters), length_(length), is_latin1_(length == 0) {}
    FlatView(std::string_view latin1) : units_(latin1.data()), length_(static_cast<uint32_t>(latin1.size())) {}

    uint32_t length() const { return length_; }
    bool empty() const { return length_ == 0; }
    bool is_latin1() const { return is_latin1_; }
    /// The characters, of a view that is_latin1().
    const uint8_t* latin1() const { return static_cast<const uint8_t*>(units_); }
    /// The code units of any other view.
    const char16_t* utf16() const { return static_cast<const char16_t*>(units_); }
    char16_t operator[](uint32_t i) const {
        HEDDLE_ASSERT(i < length_);
        return is_latin1_ ? latin1()[i] : utf16()[i];
    }
    /// Code point at i (a lone surrogate stands for itself) and its width in code units (1 or 2).
    char32_t code_point_at(uint32_t i, uint32_t& width) const;
    FlatView substring(uint32_t from, uint32_t to) const {
        HEDDLE_ASSERT(from <= to && to <= length_);
        return is_latin1_ ? FlatView(latin1() + from, to - from) : FlatView(utf16() + from, to - from);
    }
    /// First index >= from at which `needle` occurs, or -1.
    int64_t index_of(FlatView needle, uint32_t from) const;
    bool equals(FlatView) const;
    /// Code unit order: negative, zero or positive.
    int compare(FlatView) const;
    uint32_t hash() const;
    /// UTF-8, lone surrogates as U+FFFD.
    std::string to_utf8() const;
    /// For messages: the beginning of a long text, with an ellipsis.
    std::string short_utf8() const {
        constexpr uint32_t kShownUnits = 100;
        return length_ <= kShownUnits ? to_utf8() : substring(0, kShownUnits).to_utf8() + "…";
    }

private:
    const void* units_ = nullptr;
    uint32_t length_ = 0;
    bool is_latin1_ = true;
};
static_assert(sizeof(FlatView) == 16, "passed in registers");

//   vtable | kind state flags gen | length:32 | hash:32 index:32 | payload
//   payload: flat characters, or rope {left, right}, or slice {base, offset}
class String : public Cell {
public:
    static constexpr uint32_t kMaxLength = (1u << 29) - 24;
    static constexpr uint32_t kNotIndex = 0xFFFF'FFFF;
    static bool is_kind(CellKind kind) { return kind == CellKind::String; }

    /// Copies; Latin-1 is chosen whenever every unit fits.
    static Fallible<String*> create(Agent&, FlatView);
    static Fallible<String*> from_latin1(Agent&, std::string_view);
    /// Decodes UTF-8; invalid sequences become U+FFFD.
    static Fallible<String*> from_utf8(Agent&, std::string_view);
    /// As FlatView::to_utf8, for text of any length that is kept: throws without memory for it and a copy.
    Fallible<std::string> to_utf8(Agent&);
    static Fallible<String*> from_code_unit(Agent&, char16_t);
    static Fallible<String*> from_code_point(Agent&, char32_t);
    /// Uninitialized flat string; the caller fills `characters` before anything else can see it.
    static Fallible<String*> create_uninitialized_latin1(Agent&, uint32_t length, uint8_t*& characters);
    static Fallible<String*> create_uninitialized_utf16(Agent&, uint32_t length, char16_t*& characters);
    /// Rope above a small size; RangeError beyond kMaxLength.
    static Fallible<String*> concatenate(Agent&, String* left, String* right);
    static Fallible<String*> substring(Agent&, String*, uint32_t from, uint32_t to);

    uint32_t length() const { return aux_; }
    bool is_atom() const { return flags_ & kAtom; }
    bool is_flat() const { return (flags_ & kRepresentationMask) <= kUtf16; }
    bool is_rope() const { return (flags_ & kRepresentationMask) == kRope; }

    /// Both halves of a rope, for walks that must not allocate.
    std::pair<String*, String*> rope_parts() {
        HEDDLE_ASSERT(is_rope());
        return {rope().left, rope().right};
    }
    /// The code units; flattens a rope in place (iteratively), which may throw out of memory.
    Fallible<FlatView> flatten(Agent&);
    /// The code units of a string that is known to be flat or a slice.
    FlatView flat_view() const;
    Fallible<char16_t> at(Agent&, uint32_t index);

    /// Of an atom; zero for other strings that were never asked for their content_hash.
    uint32_t hash() const { return hash_; }
    /// The hash of the code units, remembered. Flattens.
    Fallible<uint32_t> content_hash(Agent& agent) {
        if (hash_ != 0) return hash_;
        return hash_contents(agent);
    }
    /// For atoms: the array index (0 .. 2^32-2) that the string spells canonically, or kNotIndex.
    uint32_t array_index() const { return index_; }

    void visit_edges(Visitor&) override;
    /// The beginning, as UTF-8; of a rope nothing but its length. Allocates nothing on the heap.
    std::string short_text(uint32_t units) const;
    std::string snapshot_name() const override { return short_text(200); }

protected:
    friend class Heap;
    friend class AtomTable;
    enum : uint8_t { kLatin1 = 0, kUtf16 = 1, kRope = 2, kSlice = 3, kRepresentationMask = 3, kAtom = 4 };

    constexpr String(uint8_t flags, uint32_t length, CellState state = CellState::Live, uint32_t hash = 0,
                     uint32_t index = kNotIndex)
        : Cell(CellKind::String, flags, length, state), hash_(hash), index_(index) {}

    struct Rope {
        String* left;
        String* right;
    };
    struct Slice {
        String* base; // flat
        uint64_t offset;
    };
    Fallible<uint32_t> hash_contents(Agent&);
    void* payload() { return this + 1; }
    const void* payload() const { return this + 1; }
    Rope& rope() { return *static_cast<Rope*>(payload()); }
    Slice& slice() { return *static_cast<Slice*>(payload()); }
    const Slice& slice() const { return *static_cast<const Slice*>(payload()); }

    uint32_t hash_;
    uint32_t index_;
};
static_assert(sizeof(String) == 24);

/// Equality of code units, without allocating when one side is a rope of another length. May flatten.
Fallible<bool> strings_equal(Agent&, String*, String*);
/// Code unit order, as `<` on strings: negative, zero, positive.
Fallible<int> compare_strings(Agent&, String*, String*);

/// The low bytes of up to eight code units as one word, and in `high` their high bytes.
template<class Unit>
constexpr uint64_t load_code_units(const Unit* units, size_t count, uint64_t& high) {
    high = 0;
    if constexpr (sizeof(Unit) == 1 && std::endian::native == std::endian::little) {
        if (!std::is_constant_evaluated()) {
            auto load = [&]<class Word>(size_t at, Word) {
                Word word;
                __builtin_memcpy(&word, units + at, sizeof(Word));
                return uint64_t{word} << (at * 8);
            };
            if (count == 8) return load(0, uint64_t{});
            // Loads that overlap agree where they do.
            if (count >= 4) return load(0, uint32_t{}) | load(count - 4, uint32_t{});
            if (count >= 2) return load(0, uint16_t{}) | load(count - 2, uint16_t{});
            return count == 0 ? 0 : load(0, uint8_t{});
        }
    }
    uint64_t low = 0;
    for (size_t i = 0; i < count; ++i) {
        auto unit = static_cast<std::make_unsigned_t<Unit>>(units[i]);
        low |= uint64_t{static_cast<uint8_t>(unit)} << (i * 8);
        if constexpr (sizeof(Unit) == 2) high |= static_cast<uint64_t>(unit >> 8) << (i * 8);
    }
    return low;
}

/// Hash of code units, the same for Latin-1 and UTF-16; usable in constant expressions. Eight units at a time go through
/// a multiplication whose halves are brought together; a block of wide units through a second one for their high bytes.
template<class Unit>
constexpr uint32_t hash_code_units(const Unit* units, size_t length) {
    auto mix = [](uint64_t a, uint64_t b) {
        auto product = static_cast<unsigned __int128>(a) * b;
        return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    };
    constexpr uint64_t kLow = 0x9E37'79B9'7F4A'7C15u;
    constexpr uint64_t kHigh = 0xD6E8'FEB8'6659'FD93u;
    uint64_t state = length * kHigh;
    auto add = [&](const Unit* block, size_t count) {
        uint64_t high;
        uint64_t low = load_code_units(block, count, high);
        state = mix(low ^ state, kLow);
        if (high) state = mix(high ^ state, kHigh);
    };
    for (; length > 8; length -= 8, units += 8)
        add(units, 8);
    add(units, length);
    auto hash = static_cast<uint32_t>(state ^ state >> 32);
    return hash ? hash : 1;
}

/// A builder for strings of unknown length: Latin-1 until a wider unit arrives. Not a heap cell; RangeError
/// past String::kMaxLength or when memory for the buffer cannot be had.
class StringBuilder {
public:
    explicit StringBuilder(Agent& agent) : agent_(agent) {}
    ~StringBuilder();
    StringBuilder(const StringBuilder&) = delete;
    Fallible<void> append(char16_t);
    Fallible<void> append_code_point(char32_t);
    Fallible<void> append(FlatView);
    Fallible<void> append(String*);
    Fallible<void> append(std::string_view latin1) { return append(FlatView(latin1)); }
    uint32_t length() const { return length_; }
    /// Takes back what was appended beyond `length`.
    void truncate(uint32_t length) {
        HEDDLE_ASSERT(length <= length_);
        length_ = length;
    }
    Fallible<String*> finish();

private:
    Fallible<void> grow(uint32_t more, bool wide);
    Agent& agent_;
    uint8_t* latin1_ = nullptr;
    char16_t* utf16_ = nullptr;
    uint32_t length_ = 0;
    uint32_t capacity_ = 0;
};

} // namespace heddle
