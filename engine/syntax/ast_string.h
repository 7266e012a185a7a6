// Names and string constants of a syntax tree, interned in the parser's arena: within one parse, pointer
// equality is string equality.
#pragma once

#include "base/arena.h"
#include "runtime/string.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace heddle {

class AstString {
public:
    uint32_t length() const { return length_; }
    uint32_t hash() const { return hash_; }
    bool is_latin1() const { return is_latin1_; }
    bool is_empty() const { return length_ == 0; }
    /// Valid when is_latin1().
    const uint8_t* latin1() const { return static_cast<const uint8_t*>(units_); }
    /// Valid when !is_latin1(). At least one unit is then above 0xFF: each string has one representation.
    const char16_t* utf16() const { return static_cast<const char16_t*>(units_); }
    char16_t at(uint32_t index) const {
        HEDDLE_ASSERT(index < length_);
        return is_latin1_ ? latin1()[index] : utf16()[index];
    }
    bool equals(std::string_view ascii) const {
        return is_latin1_ && length_ == ascii.size() &&
               (length_ == 0 || std::memcmp(units_, ascii.data(), length_) == 0);
    }
    /// True for the canonical decimal form of 0 to 2^32 - 2, which is then stored in `index`.
    bool is_array_index(uint32_t& index) const;
    /// False when a surrogate stands alone.
    bool is_well_formed() const;
    /// The TokenKind of a keyword or contextual word, 0 for other strings (lexer's use).
    uint8_t word() const { return word_; }
    FlatView view() const { return is_latin1_ ? FlatView(latin1(), length_) : FlatView(utf16(), length_); }
    std::string to_utf8() const { return view().to_utf8(); }
    std::string short_utf8() const { return view().short_utf8(); }
    bool equals_utf8(std::string_view) const;

private:
    friend class AstStringTable;
    const void* units_ = nullptr;
    uint32_t length_ = 0;
    uint32_t hash_ = 0;
    bool is_latin1_ = true;
    uint8_t word_ = 0;
};

class AstStringTable {
public:
    explicit AstStringTable(Arena& arena) : arena_(arena) {}

    const AstString* intern(const uint8_t* units, uint32_t length);
    /// Narrows to Latin-1 when every unit fits.
    const AstString* intern(const char16_t* units, uint32_t length);
    const AstString* intern(std::string_view latin1) {
        return intern(reinterpret_cast<const uint8_t*>(latin1.data()), static_cast<uint32_t>(latin1.size()));
    }
    /// Interns `text` and marks it as the word `word`.
    const AstString* intern_word(std::string_view text, uint8_t word);

private:
    template<class Unit>
    const AstString* intern_units(const Unit* units, uint32_t length, bool is_latin1);
    void grow();

    Arena& arena_;
    const AstString** slots_ = nullptr;
    uint32_t capacity_ = 0;
    uint32_t count_ = 0;
};

} // namespace heddle
