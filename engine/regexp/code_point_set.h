// CodePointSet: the CharSet of 22.2.2, as sorted ranges, with its set operations and its closure under case
// folding.
#pragma once

#include "base/growable_array.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace heddle {

/// May have half a million ranges. Where memory for one is short the set, and whatever is made of it, says so
/// (lacks_memory()) and holds nothing of use.
class CodePointSet {
public:
    static constexpr char32_t kLast = 0x10FFFF;
    struct Range {
        char32_t first;
        char32_t last; // inclusive
    };

    CodePointSet() = default;
    CodePointSet(std::initializer_list<Range> ranges);
    CodePointSet(const CodePointSet& other) { add(other); }
    CodePointSet(CodePointSet&&) noexcept = default;
    CodePointSet& operator=(CodePointSet&&) noexcept = default;
    static CodePointSet all() { return {{0, kLast}}; }
    static CodePointSet without_memory() {
        CodePointSet none;
        none.lacks_memory_ = true;
        return none;
    }

    bool lacks_memory() const { return lacks_memory_; }
    bool is_empty() const { return ranges_.empty(); }
    bool contains(char32_t) const;
    uint64_t size() const;
    /// Ascending, with gaps between.
    std::span<const Range> ranges() const {
        if (!is_normal_) normalize();
        return ranges_.span();
    }
    void add(char32_t first, char32_t last);
    void add(char32_t c) { add(c, c); }
    void add(const CodePointSet&);
    void intersect(const CodePointSet&);
    void subtract(const CodePointSet&);
    /// Everything up to U+10FFFF that is not in the set.
    CodePointSet complement() const;

private:
    void append(char32_t first, char32_t last);
    void normalize() const;
    // Ascending, with gaps between, when is_normal_. What comes out of order waits at the end until somebody looks, or until
    // there is as much of it as of the rest: each range is sorted a few times, however many there are.
    mutable GrowableArray<Range> ranges_;
    mutable size_t normal_size_ = 0; // when the ranges were normal last
    mutable bool is_normal_ = true;
    bool lacks_memory_ = false;
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
/// What it matches. Strings (each at least two code points) only for UnicodePropertyKind::Strings: the caller has seen to
/// memory for them, kBytesOfPropertyStrings.
constexpr size_t kBytesOfPropertyStrings = size_t{1} << 20;
void get_unicode_property(std::string_view name, std::string_view value, CodePointSet& code_points,
                          std::vector<std::u32string>& strings);

} // namespace heddle
