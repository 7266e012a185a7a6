// Interning of syntax tree strings: an open-addressing table in the arena.
#include "syntax/ast_string.h"

#include <unicode/utf16.h>
#include <unicode/utf8.h>

namespace heddle {

namespace {

template<class Unit>
uint32_t hash_units(const Unit* units, uint32_t length) {
    uint32_t hash = 0x811C9DC5u;
    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ units[i]) * 0x01000193u;
    hash ^= hash >> 15;
    return hash * 0x2C1B3C6Du ^ (hash >> 12);
}

} // namespace

bool AstString::is_array_index(uint32_t& index) const {
    if (!is_latin1_ || length_ == 0 || length_ > 10) return false;
    const uint8_t* units = latin1();
    if (units[0] == '0' && length_ > 1) return false;
    uint64_t value = 0;
    for (uint32_t i = 0; i < length_; i++) {
        if (units[i] < '0' || units[i] > '9') return false;
        value = value * 10 + (units[i] - '0');
    }
    if (value > 0xFFFF'FFFEu) return false;
    index = static_cast<uint32_t>(value);
    return true;
}

bool AstString::is_well_formed() const {
    if (is_latin1_) return true;
    const char16_t* units = utf16();
    for (uint32_t i = 0; i < length_; i++) {
        if (!U16_IS_SURROGATE(units[i])) continue;
        if (!U16_IS_SURROGATE_LEAD(units[i]) || i + 1 == length_ || !U16_IS_TRAIL(units[i + 1])) return false;
        i++;
    }
    return true;
}

bool AstString::equals_utf8(std::string_view text) const {
    FlatView units = view();
    for (uint32_t i = 0; i < length_;) {
        uint32_t width;
        uint32_t code_point = units.code_point_at(i, width);
        i += width;
        if (U16_IS_SURROGATE(code_point)) code_point = 0xFFFD;
        uint8_t bytes[4];
        int32_t size = 0;
        U8_APPEND_UNSAFE(bytes, size, code_point);
        std::string_view encoded(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
        if (!text.starts_with(encoded)) return false;
        text.remove_prefix(encoded.size());
    }
    return text.empty();
}

template<class Unit>
const AstString* AstStringTable::intern_units(const Unit* units, uint32_t length, bool is_latin1) {
    if (count_ * 2 >= capacity_) grow();
    if (count_ + 1 >= capacity_) [[unlikely]]
        return arena_.make<AstString>(); // nor could it grow before: the arena is exhausted
    uint32_t hash = hash_units(units, length);
    uint32_t mask = capacity_ - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        const AstString* found = slots_[i];
        if (!found) {
            auto* string = arena_.make<AstString>();
            if (length) {
                Unit* copy = arena_.make_array<Unit>(length);
                if (!copy) return string; // empty: the arena is exhausted
                std::memcpy(copy, units, length * sizeof(Unit));
                string->units_ = copy;
            }
            string->length_ = length;
            string->hash_ = hash;
            string->is_latin1_ = is_latin1;
            slots_[i] = string;
            count_++;
            return string;
        }
        if (found->hash_ == hash && found->length_ == length && found->is_latin1_ == is_latin1 &&
            (length == 0 || std::memcmp(found->units_, units, length * sizeof(Unit)) == 0))
            return found;
    }
}

const AstString* AstStringTable::intern(const uint8_t* units, uint32_t length) {
    return intern_units(units, length, true);
}

const AstString* AstStringTable::intern(const char16_t* units, uint32_t length) {
    char16_t all = 0;
    for (uint32_t i = 0; i < length; i++)
        all |= units[i];
    if (all > 0xFF) return intern_units(units, length, false);
    uint8_t small[64];
    uint8_t* narrow = length <= sizeof(small) ? small : arena_.make_array<uint8_t>(length);
    if (!narrow) length = 0; // the arena is exhausted
    for (uint32_t i = 0; i < length; i++)
        narrow[i] = static_cast<uint8_t>(units[i]);
    return intern_units(narrow, length, true);
}

const AstString* AstStringTable::intern_word(std::string_view text, uint8_t word) {
    auto* string = const_cast<AstString*>(intern(text));
    string->word_ = word;
    return string;
}

void AstStringTable::grow() {
    uint32_t capacity = capacity_ ? capacity_ * 2 : 256;
    auto* slots = arena_.make_array<const AstString*>(capacity);
    if (!slots) return;
    std::memset(slots, 0, sizeof(*slots) * capacity);
    for (uint32_t i = 0; i < capacity_; i++) {
        if (!slots_[i]) continue;
        uint32_t at = slots_[i]->hash_ & (capacity - 1);
        while (slots[at])
            at = (at + 1) & (capacity - 1);
        slots[at] = slots_[i];
    }
    slots_ = slots;
    capacity_ = capacity;
}

} // namespace heddle
