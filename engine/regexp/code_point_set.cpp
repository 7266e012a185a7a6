// CodePointSet and case folding for regular expressions.
#include "regexp/code_point_set.h"

#include <algorithm>
#include <unicode/uchar.h>
#include <unicode/uset.h>
#include <unicode/ustring.h>

namespace heddle {

CodePointSet::CodePointSet(std::initializer_list<Range> ranges) : ranges_(ranges) {
    normalize();
}

void CodePointSet::normalize() {
    std::sort(ranges_.begin(), ranges_.end(),
              [](const Range& a, const Range& b) { return a.first < b.first; });
    size_t kept = 0;
    for (const Range& range : ranges_) {
        if (kept > 0 && range.first <= ranges_[kept - 1].last + 1) {
            ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
        } else {
            ranges_[kept++] = range;
        }
    }
    ranges_.resize(kept);
}

bool CodePointSet::contains(char32_t c) const {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), c,
                                  [](char32_t value, const Range& range) { return value < range.first; });
    return after != ranges_.begin() && c <= (after - 1)->last;
}

uint64_t CodePointSet::size() const {
    uint64_t size = 0;
    for (const Range& range : ranges_)
        size += range.last - range.first + 1;
    return size;
}

void CodePointSet::add(char32_t first, char32_t last) {
    HEDDLE_ASSERT(first <= last && last <= kLast);
    if (ranges_.empty() || first > ranges_.back().last + 1) {
        ranges_.push_back({first, last});
        return;
    }
    if (first >= ranges_.back().first) {
        ranges_.back().last = std::max(ranges_.back().last, last);
        return;
    }
    ranges_.push_back({first, last});
    normalize();
}

void CodePointSet::add(const CodePointSet& other) {
    ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
    normalize();
}

void CodePointSet::intersect(const CodePointSet& other) {
    std::vector<Range> common;
    size_t a = 0;
    size_t b = 0;
    while (a < ranges_.size() && b < other.ranges_.size()) {
        char32_t first = std::max(ranges_[a].first, other.ranges_[b].first);
        char32_t last = std::min(ranges_[a].last, other.ranges_[b].last);
        if (first <= last) common.push_back({first, last});
        if (ranges_[a].last < other.ranges_[b].last)
            ++a;
        else
            ++b;
    }
    ranges_ = std::move(common);
}

void CodePointSet::subtract(const CodePointSet& other) {
    intersect(other.complement());
}

CodePointSet CodePointSet::complement() const {
    CodePointSet result;
    char32_t next = 0;
    for (const Range& range : ranges_) {
        if (range.first > next) result.ranges_.push_back({next, range.first - 1});
        next = range.last + 1;
    }
    if (next <= kLast) result.ranges_.push_back({next, kLast});
    return result;
}

// 22.2.2.7.3 Canonicalize ( rer, ch )
char32_t canonicalize_for_regexp(char32_t c, bool either_unicode_flag) {
    if (c < 0x80) {
        if (either_unicode_flag) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
        return c >= 'a' && c <= 'z' ? c - 0x20 : c;
    }
    if (either_unicode_flag) {
        // Simple foldings of Unicode 15.1 that ICU may not have yet.
        if (c == 0x1FD3) return 0x0390;
        if (c == 0x1FE3) return 0x03B0;
        if (c == 0xFB05) return 0xFB06;
        return static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
    }
    auto unit = static_cast<char16_t>(c);
    char16_t mapped[4];
    UErrorCode error = U_ZERO_ERROR;
    int32_t length = u_strToUpper(mapped, 4, &unit, 1, "", &error);
    if (U_FAILURE(error) || length != 1 || mapped[0] < 0x80) return c;
    return mapped[0];
}

namespace {

/// Characters that may have the same canonical form as `c`, itself among them.
void add_case_candidates(char32_t c, USet* scratch, std::vector<char32_t>& out) {
    uset_clear(scratch);
    uset_add(scratch, static_cast<UChar32>(c));
    uset_closeOver(scratch, USET_CASE_INSENSITIVE);
    for (int32_t i = 0; i < uset_getItemCount(scratch); ++i) {
        UChar32 first;
        UChar32 last;
        UErrorCode error = U_ZERO_ERROR;
        if (uset_getItem(scratch, i, &first, &last, nullptr, 0, &error) != 0) break; // strings come last
        for (UChar32 d = first; d <= last; ++d)
            out.push_back(static_cast<char32_t>(d));
    }
}

/// Every character with a case mapping.
CodePointSet cased_characters() {
    UErrorCode error = U_ZERO_ERROR;
    const USet* set = u_getBinaryPropertySet(UCHAR_CHANGES_WHEN_CASEMAPPED, &error);
    CodePointSet result;
    for (int32_t i = 0; U_SUCCESS(error) && i < uset_getItemCount(set); ++i) {
        UChar32 first;
        UChar32 last;
        if (uset_getItem(set, i, &first, &last, nullptr, 0, &error) != 0) break;
        result.add(static_cast<char32_t>(first), static_cast<char32_t>(last));
    }
    return result;
}

} // namespace

CodePointSet close_over_case(const CodePointSet& set, bool either_unicode_flag) {
    CodePointSet result = set;
    // Letters of ASCII without the rest of the machinery.
    std::span<const CodePointSet::Range> ranges = set.ranges();
    if (ranges.empty()) return result;
    if (ranges.back().last < 0x80) {
        for (char32_t c = 'a'; c <= 'z'; ++c) {
            bool lower = set.contains(c);
            bool upper = set.contains(c - 0x20);
            if (lower || upper) {
                if (!lower) result.add(c);
                if (!upper) result.add(c - 0x20);
                if (either_unicode_flag && c == 'k') result.add(0x212A);
                if (either_unicode_flag && c == 's') result.add(0x017F);
            }
        }
        return result;
    }
    CodePointSet cased = set;
    cased.intersect(cased_characters());
    USet* scratch = uset_openEmpty();
    std::vector<char32_t> candidates;
    std::vector<CodePointSet::Range> added;
    for (const CodePointSet::Range& range : cased.ranges()) {
        for (char32_t c = range.first; c <= range.last; ++c) {
            candidates.clear();
            add_case_candidates(c, scratch, candidates);
            char32_t canonical = canonicalize_for_regexp(c, either_unicode_flag);
            for (char32_t d : candidates) {
                if (!either_unicode_flag && (d > 0xFFFF || c > 0xFFFF)) continue;
                if (d != c && canonicalize_for_regexp(d, either_unicode_flag) == canonical)
                    added.push_back({d, d});
            }
        }
    }
    uset_close(scratch);
    CodePointSet more;
    std::sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const CodePointSet::Range& range : added)
        more.add(range.first, range.last);
    result.add(more);
    return result;
}

CodePointSet digit_characters() {
    return {{'0', '9'}};
}

// WhiteSpace and LineTerminator
CodePointSet white_space_characters() {
    return {{0x09, 0x0D},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
            {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
}

// 22.2.2.3 WordCharacters ( rer )
CodePointSet word_characters(bool unicode_ignore_case) {
    CodePointSet set = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    if (unicode_ignore_case) {
        set.add(0x017F);
        set.add(0x212A);
    }
    return set;
}

CodePointSet line_terminators() {
    return {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
}

} // namespace heddle
