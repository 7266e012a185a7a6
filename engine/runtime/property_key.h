// PropertyKey: an atom, a symbol, or an array index, in 64 bits.
#pragma once

#include "runtime/atoms.h"

namespace heddle {

//   low bit 1: array index (0 .. 2^32-2) shifted left by one; else a pointer to an atom or a Symbol.
// An atom that spells an array index is never a key: it is the index.
class PropertyKey {
public:
    constexpr PropertyKey() = default;
    PropertyKey(String* atom) : bits_(reinterpret_cast<uint64_t>(atom)) {
        HEDDLE_ASSERT(atom->is_atom() && atom->array_index() == String::kNotIndex);
    }
    PropertyKey(Symbol* symbol) : bits_(reinterpret_cast<uint64_t>(symbol)) {}
    template<size_t N>
    PropertyKey(const StaticAtom<N>& atom) : PropertyKey(static_cast<String*>(atom)) {}
    PropertyKey(const StaticSymbol& symbol) : PropertyKey(static_cast<Symbol*>(symbol)) {}
    static constexpr PropertyKey index(uint32_t index) {
        HEDDLE_ASSERT(index != String::kNotIndex);
        PropertyKey key;
        key.bits_ = (static_cast<uint64_t>(index) << 1) | 1;
        return key;
    }
    static PropertyKey from_bits(uint64_t bits) {
        PropertyKey key;
        key.bits_ = bits;
        return key;
    }
    /// Any non-negative integer: an index where it is one, else its decimal atom.
    static Fallible<PropertyKey> from_integer(Agent&, uint64_t);
    /// Interns `string`.
    static Fallible<PropertyKey> from_string(Agent&, String*);
    static Fallible<PropertyKey> from_utf8(Agent&, std::string_view);

    constexpr uint64_t bits() const { return bits_; }
    constexpr bool is_null() const { return bits_ == 0; }
    constexpr bool is_index() const { return bits_ & 1; }
    constexpr uint32_t as_index() const { return static_cast<uint32_t>(bits_ >> 1); }
    bool is_symbol() const { return !is_index() && cell()->kind() == CellKind::Symbol; }
    bool is_atom() const { return !is_index() && cell()->kind() == CellKind::String; }
    bool is_private_name() const { return is_symbol() && as_symbol()->is_private_name(); }
    Symbol* as_symbol() const { return reinterpret_cast<Symbol*>(bits_); }
    String* as_atom() const { return reinterpret_cast<String*>(bits_); }
    Cell* cell() const { return reinterpret_cast<Cell*>(bits_); }
    uint32_t hash() const {
        if (is_index()) return as_index() * 0x9E3779B1u;
        return is_symbol() ? as_symbol()->hash() : as_atom()->hash();
    }
    /// The key as a language value: a String or a Symbol.
    Fallible<Value> to_value(Agent&) const;
    /// For messages: `foo`, `[Symbol(x)]`, `3`.
    std::string to_display_string() const;
    constexpr bool operator==(const PropertyKey&) const = default;

private:
    uint64_t bits_ = 0;
};

} // namespace heddle
