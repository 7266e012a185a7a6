// JSON: round trips, source text, messages, and that nesting and memory end in exceptions.
#include "builtins/tests/running.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace heddle {
namespace {

TEST(Json, StringsRoundTrip) {
    ScriptRunner runner;
    EXPECT_TRUE(rc::check("JSON.parse(JSON.stringify(s)) is s", [&](std::vector<uint16_t> units) {
        std::string list;
        for (uint16_t unit : units)
            list += (list.empty() ? "" : ",") + std::to_string(unit);
        std::string code = "{ let s = ''; for (const u of [" + list +
                           "]) s += JSON.parse('\"\\\\u' + (u + 0x10000).toString(16).slice(1) + '\"'); ";
        RC_ASSERT(runner.run(code + "JSON.parse(JSON.stringify(s)) === s }") == "true");
    }));
}

TEST(Json, StringifyIndentsAndLeavesOut) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("JSON.stringify({a: [1, {b: undefined}], c() {}, d: null}, null, 1)"),
              "{\n \"a\": [\n  1,\n  {}\n ],\n \"d\": null\n}");
    EXPECT_EQ(runner.run("JSON.stringify({b: 1, a: 2, 1: 3}, ['a', 1, 'a', 'none'])"), "{\"a\":2,\"1\":3}");
    EXPECT_EQ(runner.run("JSON.stringify('\\ud800\\n')"), "\"\\ud800\\n\"");
    EXPECT_EQ(runner.run("JSON.stringify({n: JSON.rawJSON('12345678901234567890')})"),
              "{\"n\":12345678901234567890}");
}

TEST(Json, ReviverSeesSourceText) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("JSON.parse('[1.0, {\"a\": 2.50, \"a\": 3e0}, \"x\"]', (k, v, c) => c.source ?? "
                         "v).flat().map(x => x.a ?? x).join()"),
              "1.0,3e0,\"x\"");
    EXPECT_EQ(runner.run("JSON.parse('[1, 2]', function (k, v, c) { if (k === '0') this[1] = 3; return "
                         "c.source ?? (k === '' ? v : 'changed'); }).join()"),
              "1,changed");
}

TEST(Json, ErrorsSayWhere) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("JSON.parse('[1,\\n 2,]')"),
              "throws SyntaxError: Unexpected token ']' in JSON at line 2, column 4");
    EXPECT_EQ(runner.run("JSON.parse('{\"a\": tru')"), "throws SyntaxError: Unexpected end of JSON input");
    EXPECT_EQ(runner.run("JSON.parse('01')"),
              "throws SyntaxError: Unexpected token '1' in JSON at line 1, column 2");
}

TEST(Json, NestingEndsInRangeError) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("{ let s = '['; for (let i = 0; i < 20; ++i) s += s; try { JSON.parse(s) } catch "
                         "(e) { e.name } }"),
              "RangeError");
    EXPECT_EQ(runner.run("{ let a = []; for (let i = 0; i < 300000; ++i) a = [a]; try { JSON.stringify(a) } "
                         "catch (e) { e.name } }"),
              "RangeError");
}

TEST(Json, EveryAllocationMayFail) {
    // Each attempt fails one allocation later; the script either succeeds or throws, and the agent goes on.
    ScriptRunner runner;
    const std::string code = "JSON.stringify(JSON.parse('{\"a\": [1, 2.5, {\"b\": \"text\"}], \"c\": null}', "
                             "(k, v, c) => c.source ? v : v), null, 2).length";
    std::string expected = runner.run(code);
    int failures = 0;
    for (uint64_t nth = 1; nth < 400; ++nth) {
        runner.agent().heap().set_fail_allocation(nth);
        std::string result = runner.run(code);
        runner.agent().heap().set_fail_allocation(0);
        if (result == expected) continue;
        ++failures;
        EXPECT_NE(result.find("RangeError"), std::string::npos) << result;
    }
    EXPECT_GT(failures, 20);
    EXPECT_EQ(runner.run(code), expected);
}

} // namespace
} // namespace heddle
