// The well-known atoms and symbols as constants, and the table of an agent's other atoms.
#include "runtime/atoms.h"

#include "runtime/agent.h"

#include <array>

namespace heddle {

namespace atoms {
#define ATOM(identifier, text) constinit const StaticAtom<sizeof(text)> identifier{text};
#include "runtime/atoms.def"
#undef ATOM
} // namespace atoms

namespace symbols {
#define WELL_KNOWN_SYMBOL(identifier)                                                                        \
    constinit const StaticSymbol identifier{static_cast<const String*>(std::addressof(atoms::symbol_##identifier)), \
                                            hash_code_units("@@" #identifier, sizeof(#identifier) + 1)};
#include "runtime/symbols.def"
#undef WELL_KNOWN_SYMBOL
} // namespace symbols

namespace {

struct WellKnown {
    const char* text;
    uint32_t length;
    const String* atom;
};

constexpr const WellKnown kWellKnown[] = {
#define ATOM(identifier, text) {text, sizeof(text) - 1, std::addressof(atoms::identifier)},
#include "runtime/atoms.def"
#undef ATOM
};

// Open addressing from hash to index in kWellKnown, made by the compiler.
constexpr size_t kWellKnownSlots = 2048;
static_assert(std::size(kWellKnown) * 2 < kWellKnownSlots);
constexpr uint16_t kNoAtom = 0xFFFF;

consteval std::array<uint16_t, kWellKnownSlots> make_well_known_table() {
    std::array<uint16_t, kWellKnownSlots> table;
    for (auto& slot : table)
        slot = kNoAtom;
    for (size_t i = 0; i < std::size(kWellKnown); ++i) {
        size_t at = hash_code_units(kWellKnown[i].text, kWellKnown[i].length) % kWellKnownSlots;
        while (table[at] != kNoAtom)
            at = (at + 1) % kWellKnownSlots;
        table[at] = static_cast<uint16_t>(i);
    }
    return table;
}
constexpr auto kWellKnownTable = make_well_known_table();

String* const kDeleted = reinterpret_cast<String*>(1);

// The canonical array index that these units spell, or String::kNotIndex.
uint32_t parse_array_index(FlatView view) {
    if (view.empty() || view.length() > 10 || !view.is_latin1()) return String::kNotIndex;
    const uint8_t* units = view.latin1();
    if (units[0] == '0') return view.length() == 1 ? 0 : String::kNotIndex;
    uint64_t value = 0;
    for (uint32_t i = 0; i < view.length(); ++i) {
        if (units[i] < '0' || units[i] > '9') return String::kNotIndex;
        value = value * 10 + (units[i] - '0');
    }
    return value < String::kNotIndex ? static_cast<uint32_t>(value) : String::kNotIndex;
}

} // namespace

String* AtomTable::find_well_known(FlatView view, uint32_t hash) {
    // A wide view may spell a well-known atom too: a slice of a wide string does.
    for (size_t at = hash % kWellKnownSlots;; at = (at + 1) % kWellKnownSlots) {
        uint16_t index = kWellKnownTable[at];
        if (index == kNoAtom) return nullptr;
        const WellKnown& known = kWellKnown[index];
        if (known.length == view.length() && view.equals(FlatView(std::string_view(known.text, known.length))))
            return const_cast<String*>(known.atom);
    }
}

AtomTable::AtomTable() = default;
AtomTable::~AtomTable() {
    __builtin_free(slots_);
    __builtin_free(young_);
}

bool AtomTable::grow() {
    size_t capacity = 256;
    while (capacity < count_ * 4)
        capacity *= 2;
    auto** grown = static_cast<String**>(__builtin_calloc(capacity, sizeof(String*)));
    if (!grown) return false;
    for (size_t i = 0; i < capacity_; ++i) {
        String* atom = slots_[i];
        if (!atom || atom == kDeleted) continue;
        size_t at = atom->hash() & (capacity - 1);
        while (grown[at])
            at = (at + 1) & (capacity - 1);
        grown[at] = atom;
    }
    __builtin_free(slots_);
    slots_ = grown;
    capacity_ = capacity;
    deleted_ = 0;
    return true;
}

// The slot that holds an equal atom, or the one where it belongs.
String** AtomTable::find_slot(FlatView view, uint32_t hash) const {
    String** free_slot = nullptr;
    for (size_t at = hash & (capacity_ - 1);; at = (at + 1) & (capacity_ - 1)) {
        String* atom = slots_[at];
        if (!atom) return free_slot ? free_slot : &slots_[at];
        if (atom == kDeleted) {
            if (!free_slot) free_slot = &slots_[at];
            continue;
        }
        if (atom->hash() == hash && atom->flat_view().equals(view)) return &slots_[at];
    }
}

Fallible<String*> AtomTable::intern(Agent& agent, FlatView view) {
    uint32_t hash = view.hash();
    if (String* known = find_well_known(view, hash)) return known;
    if ((count_ + deleted_ + 1) * 2 > capacity_ && !grow()) return agent.out_of_memory();
    String** slot = find_slot(view, hash);
    if (*slot && *slot != kDeleted) return *slot;
    String* atom = TRY(String::create(agent, view));
    // Creating it may have collected, which may have changed the table.
    slot = find_slot(view, hash);
    HEDDLE_ASSERT(!*slot || *slot == kDeleted);
    if (*slot == kDeleted) --deleted_;
    atom->flags_ |= String::kAtom;
    atom->hash_ = hash;
    atom->index_ = parse_array_index(atom->flat_view());
    *slot = atom;
    ++count_;
    note_young(atom);
    return atom;
}

Fallible<String*> AtomTable::intern(Agent& agent, String* string) {
    if (string->is_atom()) return string;
    FlatView view = TRY(string->flatten(agent));
    uint32_t hash = view.hash();
    if (String* known = find_well_known(view, hash)) return known;
    if ((count_ + deleted_ + 1) * 2 > capacity_ && !grow()) return agent.out_of_memory();
    String** slot = find_slot(view, hash);
    if (*slot && *slot != kDeleted) return *slot;
    if (!string->is_flat()) return intern(agent, view);
    // A flat string becomes the atom itself; it must be Latin-1 wherever it can be, as atoms are.
    if (!view.is_latin1()) {
        bool fits = true;
        for (uint32_t i = 0; i < view.length() && fits; ++i)
            fits = view[i] < 256;
        if (fits) return intern(agent, view);
    }
    if (*slot == kDeleted) --deleted_;
    string->flags_ |= String::kAtom;
    string->hash_ = hash;
    string->index_ = parse_array_index(view);
    *slot = string;
    ++count_;
    note_young(string);
    return string;
}

void AtomTable::note_young(String* atom) {
    if (atom->generation() != Cell::kYoung) return;
    if (young_count_ == young_capacity_) {
        size_t capacity = young_capacity_ ? young_capacity_ * 2 : 64;
        auto** grown = static_cast<String**>(__builtin_realloc(young_, capacity * sizeof(String*)));
        if (!grown) {
            young_incomplete_ = true;
            return;
        }
        young_ = grown;
        young_capacity_ = capacity;
    }
    young_[young_count_++] = atom;
}

void AtomTable::drop_dead(String** slot) {
    *slot = kDeleted;
    --count_;
    ++deleted_;
}

void AtomTable::process_weak(WeakProcessor& weak) {
    if (weak.is_young_collection() && !young_incomplete_) {
        for (size_t i = 0; i < young_count_; ++i) {
            String* atom = young_[i];
            if (weak.is_live(static_cast<Cell*>(atom))) continue;
            size_t at = atom->hash() & (capacity_ - 1); // the dead keep their contents until the sweep
            while (slots_[at] != atom)
                at = (at + 1) & (capacity_ - 1);
            drop_dead(&slots_[at]);
        }
    } else {
        for (size_t i = 0; i < capacity_; ++i) {
            String* atom = slots_[i];
            if (atom && atom != kDeleted && !weak.is_live(static_cast<Cell*>(atom))) drop_dead(&slots_[i]);
        }
    }
    young_count_ = 0;
    young_incomplete_ = false;
}

} // namespace heddle
