// Frontmatter in every form that the suite uses, and the verdicts that follow from it.
#include "conformance/frontmatter.h"
#include "conformance/variant.h"

#include <gtest/gtest.h>

namespace conformance {
namespace {

using Strings = std::vector<std::string>;

Frontmatter parsed(std::string_view source) {
    Frontmatter frontmatter;
    EXPECT_TRUE(parse_frontmatter(source, frontmatter));
    return frontmatter;
}

TEST(Frontmatter, ReadsBracketedAndDashedLists) {
    Frontmatter frontmatter = parsed("// Copyright\n/*---\nesid: sec-x\ndescription: >\n  flags: [module] is only text\n"
                                     "includes: [a.js, \"b.js\"]\nflags:\n  - onlyStrict\n  - async\n"
                                     "features: [BigInt,\n  Symbol]\ninfo: |\n    includes: [no.js]\n---*/\n");
    EXPECT_EQ(frontmatter.includes, (Strings{"a.js", "b.js"}));
    EXPECT_EQ(frontmatter.flags, (Strings{"onlyStrict", "async"}));
    EXPECT_EQ(frontmatter.features, (Strings{"BigInt", "Symbol"}));
    EXPECT_FALSE(frontmatter.is_negative());
}

TEST(Frontmatter, ReadsNegativeAndAnyLineTerminator) {
    Frontmatter frontmatter = parsed("/*---\r\nflags: [raw]\r\nnegative:\r\n  phase: parse\r\n  type: SyntaxError\r\n---*/");
    EXPECT_EQ(frontmatter.negative.phase, "parse");
    EXPECT_EQ(frontmatter.negative.type, "SyntaxError");
    EXPECT_EQ(parsed("/*---\rflags: [noStrict]\r---*/\r").flags, Strings{"noStrict"});
    Frontmatter none;
    EXPECT_FALSE(parse_frontmatter("// only a fixture\n", none));
}

TEST(Variants, FollowTheFlags) {
    EXPECT_EQ(modes_of(parsed("/*---\n---*/")), (std::vector<Mode>{Mode::Sloppy, Mode::Strict}));
    EXPECT_EQ(modes_of(parsed("/*---\nflags: [noStrict]\n---*/")), std::vector<Mode>{Mode::Sloppy});
    EXPECT_EQ(modes_of(parsed("/*---\nflags: [module, async]\n---*/")), std::vector<Mode>{Mode::Module});
    EXPECT_EQ(modes_of(parsed("/*---\nflags: [raw]\n---*/")), std::vector<Mode>{Mode::Raw});
}

Answer threw(std::string phase, std::string text) {
    Answer answer;
    answer.kind = AnswerKind::Threw;
    answer.phase = std::move(phase);
    answer.text = std::move(text);
    return answer;
}

Answer completed(std::string printed = "") {
    Answer answer;
    answer.kind = AnswerKind::Completed;
    answer.printed = std::move(printed);
    return answer;
}

TEST(Verdict, NegativeTestsWantTheirErrorAtTheirPhase) {
    Frontmatter negative = parsed("/*---\nnegative:\n  phase: parse\n  type: SyntaxError\n---*/");
    EXPECT_EQ(judge(negative, threw("parse", "SyntaxError\nx")), "");
    EXPECT_NE(judge(negative, threw("runtime", "SyntaxError\nx")), "");
    EXPECT_NE(judge(negative, threw("parse", "TypeError\nx")), "");
    EXPECT_NE(judge(negative, completed()), "");
}

TEST(Verdict, AsyncTestsWantDone) {
    Frontmatter async = parsed("/*---\nflags: [async]\n---*/");
    EXPECT_EQ(judge(async, completed("Test262:AsyncTestComplete\n")), "");
    EXPECT_NE(judge(async, completed("")), "");
    EXPECT_NE(judge(async, completed("Test262:AsyncTestFailure:Error: no\n")), "");
}

TEST(Verdict, ASanitizerReportIsAFailureWhateverElseHappened) {
    Answer answer = completed();
    answer.diagnostics = "WARNING: ThreadSanitizer: data race (pid=7)\n";
    EXPECT_NE(judge(parsed("/*---\n---*/"), answer), "");
    EXPECT_EQ(count_sanitizer_reports(answer.diagnostics), 1);
}

} // namespace
} // namespace conformance
