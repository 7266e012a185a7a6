// Decoding, positions and reference counts of source texts.
#include "parsing.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

TEST(SourceText, KeepsLatin1Narrow) {
    auto text = SourceText::from_utf8("a\xC3\xA9"
                                      "b",
                                      "x");
    EXPECT_TRUE(text->is_latin1());
    EXPECT_EQ(text->length(), 3u);
    EXPECT_EQ(text->at(1), 0xE9);
}

TEST(SourceText, SkipsByteOrderMarkAndReplacesInvalidBytes) {
    auto text = SourceText::from_utf8("\xEF\xBB\xBF"
                                      "a\xFF"
                                      "b\xE2\x82",
                                      "x");
    ASSERT_EQ(text->length(), 4u);
    EXPECT_EQ(text->at(0), u'a');
    EXPECT_EQ(text->at(1), 0xFFFD);
    EXPECT_EQ(text->at(2), u'b');
    EXPECT_EQ(text->at(3), 0xFFFD);
}

TEST(SourceText, CountsLinesOverEveryTerminator) {
    auto text = SourceText::from_utf8("a\r\nb\nc\rd\xE2\x80\xA8"
                                      "e",
                                      "x");
    EXPECT_EQ(text->position_of(0).line, 1u);
    EXPECT_EQ(text->position_of(3).line, 2u);
    EXPECT_EQ(text->position_of(5).line, 3u);
    EXPECT_EQ(text->position_of(7).line, 4u);
    EXPECT_EQ(text->position_of(9).line, 5u);
    EXPECT_EQ(text->position_of(100).column, 2u);
    EXPECT_EQ(text->line_text(3), "b");
}

TEST(SourceText, ParsesAnyBytes) {
    uint32_t state = 1;
    for (int round = 0; round < 2000; round++) {
        std::string bytes;
        for (int i = 0; i < 40; i++) {
            state = state * 1664525u + 1013904223u;
            constexpr std::string_view interesting = "(){}[]`$'\"/\\=>.,;:#!\n ab01\xC3\xA9\xFF<-*";
            bytes.push_back(interesting[(state >> 12) % interesting.size()]);
        }
        test::outcome(test::script(bytes));
        test::outcome(test::module(bytes));
    }
}

} // namespace
} // namespace heddle
