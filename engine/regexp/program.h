// RegExpProgram: a regular expression compiled to instructions for the backtracking matcher. Immutable once
// made.
#pragma once

#include "regexp/pattern.h"
#include "runtime/string.h"

#include <memory>

namespace heddle {

enum class RegExpOp : uint32_t {
#define REGEXP_OP(Name, operands) Name,
#include "regexp/regexp_ops.def"
#undef REGEXP_OP
};

/// One character of a set: a bit map for Latin-1, ranges beyond.
struct RegExpClass {
    uint64_t latin1[4] = {};
    GrowableArray<CodePointSet::Range> wide;
    bool lacks_memory = false; // for `wide`
    explicit RegExpClass(const CodePointSet&);
    bool contains(char32_t c) const {
        if (c < 256) [[likely]]
            return latin1[c >> 6] >> (c & 63) & 1;
        return contains_wide(c);
    }
    bool contains_wide(char32_t) const;
};

struct RegExpProgram {
    uint16_t flags = 0;
    uint32_t group_count = 0;    // without the whole match, which is number 0
    uint32_t register_count = 0; // the first 2 * (group_count + 1) are starts and ends of the groups
    GrowableArray<uint32_t> code;
    GrowableArray<RegExpClass> classes;
    GrowableArray<uint32_t> references;
    GrowableArray<Pattern::Name> names;
    /// Number of the class that the first character of any match is in, or kNoClass.
    static constexpr uint32_t kNoClass = 0xFFFF'FFFF;
    uint32_t first_class = kNoClass;

    bool is_unicode() const { return flags & kRegExpEitherUnicode; }
};

/// Null with `error` set when the pattern is no Pattern or needs a program beyond the limits; with an empty one when there
/// is no memory for it.
std::unique_ptr<RegExpProgram> compile_regexp(FlatView pattern, uint16_t flags, std::string& error);

/// Looks for a match from `start` on; at `start` only when `sticky`. Fills `captures` with 2 * (group_count +
/// 1) code unit positions, -1 for groups that take no part. Throws when interrupted, or when memory for
/// backtracking runs out.
Fallible<bool> match_regexp(Agent&, const RegExpProgram&, FlatView input, uint32_t start, bool sticky,
                            GrowableArray<int32_t>& captures);

} // namespace heddle
