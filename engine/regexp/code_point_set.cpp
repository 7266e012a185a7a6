// CodePointSet and case folding for regular expressions.
#include "regexp/code_point_set.h"

#include <algorithm>
#include <unicode/uchar.h>
#include <unicode/uset.h>
#include <unicode/ustring.h>

namespace heddle {

CodePointSet::CodePointSet(std::initializer_list<Range> ranges) {
    for (const Range& range : ranges)
        add(range.first, range.last);
}

void CodePointSet::append(char32_t first, char32_t last) {
    if (!ranges_.push_back({first, last})) lacks_memory_ = true;
}

void CodePointSet::normalize() const {
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    size_t kept = 0;
    for (const Range& range : ranges_) {
        if (kept > 0 && range.first <= ranges_[kept - 1].last + 1) {
            ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
        } else {
            ranges_[kept++] = range;
        }
    }
    ranges_.set_size(kept);
    normal_size_ = kept;
    is_normal_ = true;
}

bool CodePointSet::contains(char32_t c) const {
    std::span<const Range> all = ranges();
    auto after = std::upper_bound(all.begin(), all.end(), c, [](char32_t value, const Range& range) { return value < range.first; });
    return after != all.begin() && c <= (after - 1)->last;
}

uint64_t CodePointSet::size() const {
    uint64_t size = 0;
    for (const Range& range : ranges())
        size += range.last - range.first + 1;
    return size;
}

void CodePointSet::add(char32_t first, char32_t last) {
    HEDDLE_ASSERT(first <= last && last <= kLast);
    if (is_normal_ && !ranges_.empty() && first >= ranges_.back().first && first <= ranges_.back().last + 1) {
        ranges_.back().last = std::max(ranges_.back().last, last);
        return;
    }
    is_normal_ = is_normal_ && (ranges_.empty() || first > ranges_.back().last);
    append(first, last);
    if (!is_normal_ && ranges_.size() > 2 * normal_size_ + 64) normalize();
}

void CodePointSet::add(const CodePointSet& other) {
    lacks_memory_ |= other.lacks_memory_;
    std::span<const Range> added = other.ranges();
    if (ranges_.empty() && !ranges_.reserve(added.size())) {
        lacks_memory_ = true;
        return;
    }
    for (const Range& range : added)
        add(range.first, range.last);
}

void CodePointSet::intersect(const CodePointSet& other) {
    CodePointSet common;
    common.lacks_memory_ = lacks_memory_ || other.lacks_memory_;
    std::span<const Range> left = ranges();
    std::span<const Range> right = other.ranges();
    size_t a = 0;
    size_t b = 0;
    while (a < left.size() && b < right.size()) {
        char32_t first = std::max(left[a].first, right[b].first);
        char32_t last = std::min(left[a].last, right[b].last);
        if (first <= last) common.append(first, last);
        if (left[a].last < right[b].last)
            ++a;
        else
            ++b;
    }
    *this = std::move(common);
}

void CodePointSet::subtract(const CodePointSet& other) {
    intersect(other.complement());
}

CodePointSet CodePointSet::complement() const {
    CodePointSet result;
    result.lacks_memory_ = lacks_memory_;
    char32_t next = 0;
    for (const Range& range : ranges()) {
        if (range.first > next) result.append(next, range.first - 1);
        next = range.last + 1;
    }
    if (next <= kLast) result.append(next, kLast);
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
    const USet* set = memory_is_at_hand() ? u_getBinaryPropertySet(UCHAR_CHANGES_WHEN_CASEMAPPED, &error) : nullptr;
    if (!set || U_FAILURE(error)) return CodePointSet::without_memory();
    CodePointSet result;
    for (int32_t i = 0; i < uset_getItemCount(set); ++i) {
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
    CodePointSet added;
    // For ICU, which may not say when it has none, and for a few candidates.
    USet* scratch = memory_is_at_hand() ? uset_openEmpty() : nullptr;
    if (!scratch) return CodePointSet::without_memory();
    std::vector<char32_t> candidates;
    for (const CodePointSet::Range& range : cased.ranges()) {
        for (char32_t c = range.first; c <= range.last; ++c) {
            candidates.clear();
            add_case_candidates(c, scratch, candidates);
            char32_t canonical = canonicalize_for_regexp(c, either_unicode_flag);
            for (char32_t d : candidates) {
                if (!either_unicode_flag && (d > 0xFFFF || c > 0xFFFF)) continue;
                if (d != c && canonicalize_for_regexp(d, either_unicode_flag) == canonical)
                    added.add(d);
            }
        }
    }
    uset_close(scratch);
    result.add(cased); // its lack of memory
    result.add(added);
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
