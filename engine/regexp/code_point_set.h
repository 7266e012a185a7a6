// CodePointSet: the CharSet of 22.2.2, as sorted ranges, with its set operations and its closure under case
// folding.
#pragma once

#include "base/assert.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace heddle {

class CodePointSet {
public:
    static constexpr char32_t kLast = 0x10FFFF;
    struct Range {
        char32_t first;
        char32_t last; // inclusive
    };

    CodePointSet() = default;
    CodePointSet(std::initializer_list<Range> ranges);
    static CodePointSet all() { return {{0, kLast}}; }

    bool is_empty() const { return ranges_.empty(); }
    bool contains(char32_t) const;
    uint64_t size() const;
    /// Ascending, with gaps between.
    std::span<const Range> ranges() const { return ranges_; }
    void add(char32_t first, char32_t last);
    void add(char32_t c) { add(c, c); }
    void add(const CodePointSet&);
    void intersect(const CodePointSet&);
    void subtract(const CodePointSet&);
    /// Everything up to U+10FFFF that is not in the set.
    CodePointSet complement() const;

private:
    void normalize();
    std::vector<Range> ranges_;
};

/// 22.2.2.7.3 Canonicalize ( rer, ch ) for patterns that ignore case.
char32_t canonicalize_for_regexp(char32_t, bool either_unicode_flag);
/// All characters whose canonical form is that of some member.
CodePointSet close_over_case(const CodePointSet&, bool either_unicode_flag);

/// \d, \s, \w (22.2.2.9), the last with what 22.2.2.3 WordCharacters adds when case is ignored by Unicode's
/// rules.
CodePointSet digit_characters();
CodePointSet white_space_characters();
CodePointSet word_characters(bool unicode_ignore_case);
CodePointSet line_terminators();

/// Whether 22.2.1.1 allows \p{name} and \p{name=value}; the value is empty in the first case.
enum class UnicodePropertyKind : uint8_t { Invalid, CodePoints, Strings };
UnicodePropertyKind find_unicode_property(std::string_view name, std::string_view value);
/// What it matches. Strings (each at least two code points) only for UnicodePropertyKind::Strings.
void get_unicode_property(std::string_view name, std::string_view value, CodePointSet& code_points,
                          std::vector<std::u32string>& strings);

} // namespace heddle
