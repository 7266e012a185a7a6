// Patterns that are valid or not, and the matcher on its own, without a script.
#include "heap/heap.h"
#include "regexp/program.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

std::string error_of(std::string_view pattern, std::string_view flags = "") {
    uint16_t bits;
    if (!parse_regexp_flags(FlatView(flags), bits)) return "flags";
    Pattern checked;
    parse_pattern(FlatView(pattern), bits, false, checked);
    Pattern built;
    parse_pattern(FlatView(pattern), bits, true, built);
    EXPECT_EQ(checked.error, built.error) << "checking and building disagree on " << pattern;
    return checked.error;
}

TEST(Pattern, AcceptsTheGrammarOfAnnexB) {
    for (const char* pattern : {"]", "}", "{", "a{", "a{1", "a{,3}", "\\c", "[\\c]", "\\1", "(?=a)*",
                                "[\\d-x]", "\\k", "\\_", "\\u{1}"})
        EXPECT_EQ(error_of(pattern), "") << pattern;
}

TEST(Pattern, RejectsThemWithTheFlagU) {
    for (const char* pattern :
         {"]", "}", "{", "a{", "a{1", "a{,3}", "\\c", "[\\c]", "\\1", "(?=a)*", "[\\d-x]", "\\k", "\\_"}) {
        EXPECT_NE(error_of(pattern, "u"), "") << pattern;
        EXPECT_NE(error_of(pattern, "v"), "") << pattern;
    }
}

TEST(Pattern, RejectsWhatNoGrammarAllows) {
    for (const char* pattern :
         {"(", ")", "[", "*", "a**", "a{2,1}", "[b-a]", "(?<n>a)(?<n>b)", "(?<n>a)\\k<m>", "(?<1>a)", "\\",
          "(?<=a)*", "(?i-i:a)", "(?ii:a)", "(?-:a)", "(?x:a)", "{1}"})
        EXPECT_NE(error_of(pattern), "") << pattern;
}

TEST(Pattern, AllowsOneNameInAlternativesThatExcludeEachOther) {
    EXPECT_EQ(error_of("(?<n>a)|(?<n>b)"), "");
    EXPECT_EQ(error_of("(?:(?<n>a)|(?<n>b))\\k<n>"), "");
    EXPECT_NE(error_of("(?<n>a)(?:x|(?<n>b))"), "");
    EXPECT_NE(error_of("(?:(?<n>a)|b)(?<n>c)|d"), "");
}

TEST(Pattern, ChecksClassesOfTheFlagV) {
    for (const char* pattern : {"[a--b]", "[\\w&&[a-z]]", "[[a-z]--[aeiou]]", "[\\q{abc|d|}]",
                                "[\\p{RGI_Emoji}]", "[^\\q{a}]", "[\\-\\&]"})
        EXPECT_EQ(error_of(pattern, "v"), "") << pattern;
    for (const char* pattern : {"[a&&b--c]", "[ab--c]", "[(]", "[a--]", "[&&a]", "[a&&&b]", "[^\\q{ab}]",
                                "[^\\p{RGI_Emoji}]", "\\P{RGI_Emoji}", "[a-\\d]", "[!!]"})
        EXPECT_NE(error_of(pattern, "v"), "") << pattern;
}

TEST(Pattern, KnowsPropertiesByTheirExactNamesOnly) {
    for (const char* pattern : {"\\p{L}", "\\p{Letter}", "\\p{gc=Lu}", "\\p{Script=Greek}", "\\p{scx=Grek}",
                                "\\P{ASCII}", "\\p{Any}", "\\p{punct}"})
        EXPECT_EQ(error_of(pattern, "u"), "") << pattern;
    for (const char* pattern : {"\\p{letter}", "\\p{ L}", "\\p{Block=Thai}", "\\p{Script}", "\\p{sc=}",
                                "\\p{gc=Greek}", "\\p{Line_Break}", "\\p", "\\p{RGI_Emoji}", "\\pL"})
        EXPECT_NE(error_of(pattern, "u"), "") << pattern;
}

TEST(Pattern, RefusesDepthBeforeTheNativeStackEnds) {
    std::string deep(100'000, '(');
    EXPECT_NE(error_of(deep), "");
    EXPECT_NE(error_of("[" + std::string(100'000, '['), "v"), "");
}

TEST(CodePointSet, HoldsToTheAlgebraOfSets) {
    CodePointSet a = {{'a', 'm'}, {'x', 'z'}, {0x10000, 0x10FFFF}};
    CodePointSet b = {{'g', 'x'}, {0x3B1, 0x3C9}};
    CodePointSet both = a;
    both.intersect(b);
    CodePointSet either = a;
    either.add(b);
    CodePointSet without = a;
    without.subtract(b);
    for (char32_t c : {U'a', U'g', U'm', U'n', U'x', U'y', U'\u03B1', U'\U00010000', U'\U0010FFFF', U' '}) {
        EXPECT_EQ(both.contains(c), a.contains(c) && b.contains(c));
        EXPECT_EQ(either.contains(c), a.contains(c) || b.contains(c));
        EXPECT_EQ(without.contains(c), a.contains(c) && !b.contains(c));
        EXPECT_EQ(a.complement().contains(c), !a.contains(c));
    }
    EXPECT_EQ(a.size() + a.complement().size(), 0x110000u);
}

TEST(CodePointSet, ClosesOverCaseByTheRulesOfEachMode) {
    CodePointSet k = close_over_case({{'k', 'k'}}, true);
    EXPECT_TRUE(k.contains('K') && k.contains(0x212A));
    EXPECT_FALSE(close_over_case({{'k', 'k'}}, false).contains(0x212A));
    EXPECT_TRUE(close_over_case({{0x3C3, 0x3C3}}, false).contains(0x3C2)); // final sigma
    EXPECT_TRUE(close_over_case({{0xDF, 0xDF}}, true).contains(0x1E9E));   // sharp s
    EXPECT_FALSE(close_over_case({{0xDF, 0xDF}}, false).contains(0x1E9E));
}

} // namespace
} // namespace heddle
