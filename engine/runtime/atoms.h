// Well-known atoms and symbols: immortal constant cells, at the same address for every agent, and the table
// that keeps an agent's other strings unique.
#pragma once

#include "runtime/symbol.h"

namespace heddle {

/// The storage of one well-known atom: a flat Latin-1 String with its characters behind it.
template<size_t N>
class StaticAtom : public String {
public:
    constexpr explicit StaticAtom(const char (&text)[N])
        : String(kLatin1 | kAtom, N - 1, CellState::Immortal, hash_code_units(text, N - 1), kNotIndex) {
        for (size_t i = 0; i < N; ++i)
            characters_[i] = text[i];
    }
    /// Atoms are immutable: handing out a mutable pointer to constant memory is safe because nobody writes.
    String* operator&() const { return const_cast<StaticAtom*>(this); }
    operator String*() const { return const_cast<StaticAtom*>(this); }

private:
    char characters_[N];
};

class StaticSymbol : public Symbol {
public:
    constexpr StaticSymbol(const String* description, uint32_t hash)
        : Symbol(description, hash, 0, CellState::Immortal) {}
    operator Symbol*() const { return const_cast<StaticSymbol*>(this); }
    Symbol* operator&() const { return const_cast<StaticSymbol*>(this); }
};

namespace atoms {
#define ATOM(identifier, text) extern const StaticAtom<sizeof(text)> identifier;
#include "runtime/atoms.def"
#undef ATOM
} // namespace atoms

/// The well-known symbols of table 1 of ECMA-262: symbols::iterator and so on.
namespace symbols {
#define WELL_KNOWN_SYMBOL(identifier) extern const StaticSymbol identifier;
#include "runtime/symbols.def"
#undef WELL_KNOWN_SYMBOL
} // namespace symbols

/// An agent's unique strings. Weak: an atom that nothing else reaches goes at the next collection.
class AtomTable {
public:
    AtomTable();
    ~AtomTable();
    AtomTable(const AtomTable&) = delete;
    /// The atom with these code units.
    Fallible<String*> intern(Agent&, FlatView);
    /// The atom equal to `string` (itself when it is one).
    Fallible<String*> intern(Agent&, String*);
    /// The well-known atom with these units, or null.
    static String* find_well_known(FlatView, uint32_t hash);
    void process_weak(WeakProcessor&);
    size_t size() const { return count_; }

private:
    String** find_slot(FlatView, uint32_t hash) const;
    [[nodiscard]] bool grow();
    void note_young(String*);
    void drop_dead(String**);
    String** slots_ = nullptr;
    size_t capacity_ = 0;
    size_t count_ = 0;
    size_t deleted_ = 0;
    // Atoms made since the last collection: a young one looks at no others. When the list cannot grow, it does.
    String** young_ = nullptr;
    size_t young_count_ = 0;
    size_t young_capacity_ = 0;
    bool young_incomplete_ = false;
};

} // namespace heddle
