// Regular expressions from script: what backtracking must undo, and that no pattern or text is beyond the
// engine's limits.
#include "builtins/tests/running.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

TEST(RegExp, BacktrackingUndoesCapturesAndCounters) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("/(z)((a+)?(b+)?(c))*/.exec('zaacbbbcac').join()"), "zaacbbbcac,z,ac,a,,c");
    EXPECT_EQ(runner.run("/(?=(a+))a*b\\1/.exec('baaabac').join()"), "aba,a");
    EXPECT_EQ(runner.run("/(.*?)a(?!(a+)b\\2c)\\2(.*)/.exec('baaabaac').join()"), "baaabaac,ba,,abaac");
    EXPECT_EQ(runner.run("/(?:(a)|b){2,3}?c/.exec('abac').join()"), "abac,a");
    EXPECT_EQ(runner.run("/(?<=(\\d+)(\\d+))$/.exec('1053').join()"), ",1,053");
    EXPECT_EQ(runner.run("/((?:a|ab){2}){2}c/.exec('abaababc').join()"), "abaababc,abab");
}

TEST(RegExp, MatchesByCodePointWithTheFlagU) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("/^.$/u.test('\\u{1F600}') + ',' + /^.$/.test('\\u{1F600}')"), "true,false");
    EXPECT_EQ(runner.run("/\\udf06/u.exec('\\ud834\\udf06')"), "null");
    EXPECT_EQ(runner.run("'\\u{1F600}x'.replace(/(?:)/gu, '-')"), "-\xF0\x9F\x98\x80-x-");
    EXPECT_EQ(runner.run("/^\\p{RGI_Emoji_Flag_Sequence}$/v.test('\\u{1F1E9}\\u{1F1EA}')"), "true");
}

TEST(RegExp, LongTextsNeedNoNativeStack) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("/^(?:a|b)*$/.test('ab'.repeat(200000))"), "true");
    EXPECT_EQ(runner.run("/^(?:.|\\n)*?z/.test('y'.repeat(200000))"), "false");
    EXPECT_EQ(runner.run("new RegExp('(?:'.repeat(500) + 'a' + ')*'.repeat(500)).test('b')"), "true");
}

TEST(RegExp, RunawayBacktrackingFailsWithAnException) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("/^(?:a|b)*$/.test('ab'.repeat(12000000))").substr(0, 18), "throws RangeError:");
}

} // namespace
} // namespace heddle
