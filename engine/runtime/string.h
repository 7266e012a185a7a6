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
    constexpr FlatView(const uint8_t* characters, uint32_t length) : latin1_(characters), length_(length) {}
    constexpr FlatView(const char16_t* characters, uint32_t length) : utf16_(characters), length_(length) {}
    FlatView(std::string_view latin1)
        : latin1_(reinterpret_cast<const uint8_t*>(latin1.data())), length_(static_cast<uint32_t>(latin1.size())) {}

    uint32_t length() const { return length_; }
    bool empty() const { return length_ == 0; }
    bool is_latin1() const { return latin1_ != nullptr || length_ == 0; }
    const uint8_t* latin1() const { return latin1_; }
    const char16_t* utf16() const { return utf16_; }
    char16_t operator[](uint32_t i) const {
        HEDDLE_ASSERT(i < length_);
        return latin1_ ? latin1_[i] : utf16_[i];
    }
    /// Code point at i (a lone surrogate stands for itself) and its width in code units (1 or 2).
    char32_t code_point_at(uint32_t i, uint32_t& width) const;
    FlatView substring(uint32_t from, uint32_t to) const {
        HEDDLE_ASSERT(from <= to && to <= length_);
        return latin1_ ? FlatView(latin1_ + from, to - from) : FlatView(utf16_ + from, to - from);
    }
    /// First index >= from at which `needle` occurs, or -1.
    int64_t index_of(FlatView needle, uint32_t from) const;
    bool equals(FlatView) const;
    /// Code unit order: negative, zero or positive.
    int compare(FlatView) const;
    uint32_t hash() const;
    /// UTF-8, lone surrogates as U+FFFD.
    std::string to_utf8() const;

private:
    const uint8_t* latin1_ = nullptr;
    const char16_t* utf16_ = nullptr;
    uint32_t length_ = 0;
};

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

/// Hash of code units, the same for Latin-1 and UTF-16; usable in constant expressions. Four FNV-1a lanes that do not wait
/// for each other, brought together at the end.
template<class Unit>
constexpr uint32_t hash_code_units(const Unit* units, size_t length) {
    constexpr uint32_t kPrime = 0x01000193u;
    constexpr uint32_t kBasis = 0x811C9DC5u;
    uint32_t lanes[4] = {kBasis, kBasis ^ 0x9E3779B1u, kBasis ^ 0x85EBCA77u, kBasis ^ 0xC2B2AE3Du};
    auto unit = [&](size_t i) { return static_cast<uint32_t>(static_cast<std::make_unsigned_t<Unit>>(units[i])); };
    size_t i = 0;
    for (; i + 4 <= length; i += 4) {
        lanes[0] = (lanes[0] ^ unit(i)) * kPrime;
        lanes[1] = (lanes[1] ^ unit(i + 1)) * kPrime;
        lanes[2] = (lanes[2] ^ unit(i + 2)) * kPrime;
        lanes[3] = (lanes[3] ^ unit(i + 3)) * kPrime;
    }
    for (size_t lane = 0; i < length; ++i, ++lane)
        lanes[lane] = (lanes[lane] ^ unit(i)) * kPrime;
    uint32_t hash = lanes[0] ^ std::rotl(lanes[1], 8) ^ std::rotl(lanes[2], 16) ^ std::rotl(lanes[3], 24);
    hash *= 0x9E3779B1u;
    hash ^= hash >> 15;
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
