// Exact conversions and sums: what test262 samples, checked for numbers at random.
#include "builtins/tests/running.h"

#include <bit>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace heddle {
namespace {

double finite_double(uint64_t bits) {
    double number = std::bit_cast<double>(bits);
    return std::isfinite(number) ? number : 1.5;
}

TEST(Number, DecimalTextRoundTrips) {
    ScriptRunner runner;
    EXPECT_TRUE(rc::check("Number(String(x)) is x", [&](uint64_t bits) {
        double x = finite_double(bits);
        RC_ASSERT(runner.run(fmt::format("Object.is(Number(String({0:.17g})), {0:.17g})", x)) == "true");
    }));
}

TEST(Number, RadixTextOfIntegersRoundTrips) {
    ScriptRunner runner;
    EXPECT_TRUE(rc::check("parseInt(x.toString(radix), radix) is x", [&](int64_t any) {
        int64_t x = any % (int64_t{1} << 53);
        int radix = 2 + static_cast<int>(std::abs(any) % 35);
        RC_ASSERT(runner.run(fmt::format("parseInt(({0}).toString({1}), {1}) === {0}", x, radix)) == "true");
    }));
}

TEST(Number, FormattingRoundsTiesUp) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("(0.5).toFixed(0)"), "1");
    EXPECT_EQ(runner.run("(2.5).toFixed(0)"), "3");
    EXPECT_EQ(runner.run("(1.005).toFixed(2)"), "1.00");
    EXPECT_EQ(runner.run("(-0.0000001).toFixed(2)"), "-0.00");
    EXPECT_EQ(runner.run("(25).toExponential(0)"), "3e+1");
    EXPECT_EQ(runner.run("(123.456).toPrecision(4)"), "123.5");
    EXPECT_EQ(runner.run("(0.000001).toPrecision(2)"), "0.0000010");
    EXPECT_EQ(runner.run("(1e21).toFixed(2)"), "1e+21");
    EXPECT_EQ(runner.run("(1.25).toFixed(101)"),
              "throws RangeError: toFixed() needs between 0 and 100 digits");
}

TEST(Math, SumPreciseIsExact) {
    ScriptRunner runner;
    EXPECT_TRUE(rc::check("a sum, its negation and a remainder leave the remainder",
                          [&](std::vector<uint64_t> bits, int32_t rest) {
                              std::string list;
                              for (uint64_t each : bits)
                                  list += fmt::format("{0:.17g},", finite_double(each));
                              std::string code =
                                  fmt::format("const list = [{}]; const all = [{}, ...list, ...list.map(x => "
                                              "-x).reverse()]; Math.sumPrecise(all)",
                                              list, rest);
                              RC_ASSERT(runner.run("{" + code + "}") == fmt::format("{}", rest));
                          }));
    EXPECT_EQ(runner.run("Math.sumPrecise([5e-324, 5e-324])"), "1e-323");
    EXPECT_EQ(runner.run("Math.sumPrecise([2 ** 53, 1, 2 ** -1000])"), "9007199254740994");
    EXPECT_EQ(runner.run("Math.sumPrecise([2 ** 53, 1])"), "9007199254740992");
    EXPECT_EQ(
        runner.run(
            "Math.sumPrecise([Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE]) === Number.MAX_VALUE"),
        "true");
    EXPECT_EQ(runner.run("Object.is(Math.sumPrecise([]), -0)"), "true");
}

TEST(Math, F16RoundIsTheNearestHalf) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("Math.f16round(65519.999)"), "65504");
    EXPECT_EQ(runner.run("Math.f16round(65520)"), "Infinity");
    EXPECT_EQ(runner.run("Math.f16round(2 ** -25)"), "0");
    EXPECT_EQ(runner.run("Math.f16round(2 ** -25 * 1.0000001) === 2 ** -24"), "true");
    EXPECT_EQ(runner.run("Math.f16round(1 + 2 ** -11)"), "1");
    EXPECT_EQ(runner.run("Math.f16round(1 + 3 * 2 ** -11) === 1 + 2 ** -9"), "true");
}

} // namespace
} // namespace heddle
