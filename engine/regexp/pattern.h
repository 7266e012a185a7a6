// The syntax tree of a regular expression's Pattern (ECMA-262 22.2.1), and its parser. Character classes are
// resolved to sets while parsing, and flags to what they mean at each place, so that modifiers leave no trace
// in the tree.
#pragma once

#include "base/arena.h"
#include "base/growable_array.h"
#include "regexp/code_point_set.h"

#include <deque>
#include <string>

namespace heddle {

class FlatView;

/// The flags of a RegExp object.
enum RegExpFlags : uint16_t {
    kRegExpHasIndices = 1 << 0,  // d
    kRegExpGlobal = 1 << 1,      // g
    kRegExpIgnoreCase = 1 << 2,  // i
    kRegExpMultiline = 1 << 3,   // m
    kRegExpDotAll = 1 << 4,      // s
    kRegExpUnicode = 1 << 5,     // u
    kRegExpUnicodeSets = 1 << 6, // v
    kRegExpSticky = 1 << 7,      // y
    kRegExpEitherUnicode = kRegExpUnicode | kRegExpUnicodeSets,
};
/// False for an unknown or repeated letter, or for u and v together.
bool parse_regexp_flags(FlatView, uint16_t& flags);

enum class PatternKind : uint8_t {
    Empty,
    Character,     // a
    Class,         // [a-z], ., \d: one character of a set
    Sequence,      // children one after the other
    Alternation,   // children: the alternatives, in order of preference
    Group,         // one child; captures
    Quantifier,    // one child
    Look,          // one child
    LineStart,     // ^
    LineEnd,       // $
    WordBoundary,  // \b, \B
    BackReference, // \1, \k<name>
};

struct PatternNode {
    PatternKind kind;
    bool ignore_case = false; // Character (compare by canonical forms), BackReference, WordBoundary
    bool multiline = false;   // LineStart, LineEnd
    bool negated = false;     // WordBoundary, Look
    bool behind = false;      // Look
    bool greedy = true;       // Quantifier
    char32_t character = 0;
    uint32_t set = 0;   // Class: index into Pattern::sets
    uint32_t group = 0; // Group: its number. BackReference: the first of its entries in Pattern::references
    uint32_t group_count =
        0; // BackReference: how many. Quantifier, Look: capturing groups inside, from `group` on
    uint32_t min = 0;
    uint32_t max = 0; // kInfinite
    PatternNode* child = nullptr;
    PatternNode* next = nullptr; // sibling
};

constexpr uint32_t kInfiniteRepeat = 0xFFFF'FFFF;

/// A parsed pattern, or what is wrong with it.
struct Pattern {
    std::string error; // empty: none
    bool out_of_memory = false; // the error is that
    PatternNode* root = nullptr;
    uint32_t group_count = 0; // capturing groups; they are numbered from 1
    struct Name {
        std::u16string name;
        uint32_t group;
    };
    GrowableArray<Name> names; // in the order of the groups; a name may occur more than once
    std::deque<CodePointSet> sets;
    GrowableArray<uint32_t> references; // group numbers of back references
    Arena arena;
};

/// 22.2.3.4 ParsePattern. Without `build` it only checks: the tree is
/// not to be used.
void parse_pattern(FlatView text, uint16_t flags, bool build, Pattern& out);

} // namespace heddle
