// BigInt arithmetic against 128-bit integers, and laws that hold for numbers of any size.
#include "runtime/bigint.h"
#include "runtime/tests/runtime_fixture.h"

#include <rapidcheck.h>

namespace heddle {
namespace {

using Wide = __int128;

class BigIntTest : public RuntimeTest {
protected:
    BigInt* big(Wide value) {
        bool negative = value < 0;
        auto magnitude =
            negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
        std::string digits;
        do
            digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
        while (magnitude /= 10);
        BigInt* result = MUST(BigInt::from_digits(agent_, FlatView(std::string_view(digits)), 10));
        return negative ? MUST(BigInt::negate(agent_, result)) : result;
    }
    bool is(Fallible<BigInt*> actual, Wide expected) {
        BigInt* value = MUST(std::move(actual));
        return BigInt::equal(value, big(expected)) && !(value->is_zero() && value->is_negative());
    }
    /// A number of up to `limbs` limbs, with runs of zeros and ones in it.
    BigInt* random_big(const std::vector<uint64_t>& parts) {
        BigInt* result = big(0);
        BigInt* shift = big(64);
        for (size_t i = 0; i < parts.size() && i < 60; ++i) {
            uint64_t limb = parts[i] % 5 == 0   ? 0
                            : parts[i] % 5 == 1 ? ~uint64_t{0}
                                                : parts[i] * 0x9E3779B97F4A7C15u;
            result = MUST(BigInt::bit_or(agent_, MUST(BigInt::shift_left(agent_, result, shift)),
                                         MUST(BigInt::from_uint64(agent_, limb))));
        }
        return parts.size() % 2 ? MUST(BigInt::negate(agent_, result)) : result;
    }
    std::string decimal(BigInt* value) { return utf8(MUST(value->to_string(agent_))); }
};

// Small, large and border values alike.
Wide spread(int64_t high, int64_t low, int64_t selector) {
    switch (static_cast<uint64_t>(selector) % 4) {
    case 0:
        return low;
    case 1:
        return (Wide{high} << 62) + low; // up to 2^125: sums stay within 128 bits
    case 2:
        return Wide{1} << (static_cast<uint64_t>(low) % 126);
    default:
        return -(Wide{1} << (static_cast<uint64_t>(low) % 126)) + static_cast<uint64_t>(high) % 3 - 1;
    }
}

TEST_F(BigIntTest, AgreesWith128Bits) {
    EXPECT_TRUE(rc::check("sums, quotients and bits", [this](int64_t ah, int64_t al, int64_t as, int64_t bh,
                                                             int64_t bl, int64_t bs) {
        Wide a = spread(ah, al, as);
        Wide b = spread(bh, bl, bs);
        BigInt* x = big(a);
        BigInt* y = big(b);
        RC_ASSERT(is(BigInt::add(agent_, x, y), a + b));
        RC_ASSERT(is(BigInt::subtract(agent_, x, y), a - b));
        if (b != 0) {
            RC_ASSERT(is(BigInt::divide(agent_, x, y), a / b));
            RC_ASSERT(is(BigInt::remainder(agent_, x, y), a % b));
        }
        RC_ASSERT(is(BigInt::bit_and(agent_, x, y), a & b));
        RC_ASSERT(is(BigInt::bit_or(agent_, x, y), a | b));
        RC_ASSERT(is(BigInt::bit_xor(agent_, x, y), a ^ b));
        RC_ASSERT(is(BigInt::bit_not(agent_, x), ~a));
        RC_ASSERT(is(BigInt::negate(agent_, x), -a));
        int order = BigInt::compare(x, y);
        RC_ASSERT(((order < 0) == (a < b) && (order > 0) == (a > b)));
        RC_ASSERT((BigInt::equal(x, y) == (a == b)));
        RC_ASSERT(x->to_int64() == static_cast<int64_t>(a));
        RC_ASSERT(x->to_uint64() == static_cast<uint64_t>(a));
        RC_ASSERT((x->to_double() == static_cast<double>(a)));
        auto shift = static_cast<uint64_t>(bl) % 130;
        RC_ASSERT(
            is(BigInt::shift_right(agent_, x, big(shift)), shift > 126 ? (a < 0 ? -1 : 0) : a >> shift));
        auto bits = static_cast<uint64_t>(bh) % 126;
        Wide mask = (Wide{1} << bits) - 1;
        RC_ASSERT(is(BigInt::as_uint_n(agent_, bits, x), a & mask));
        Wide low = a & mask;
        Wide sign = bits ? Wide{1} << (bits - 1) : 0;
        RC_ASSERT(is(BigInt::as_int_n(agent_, bits, x), bits && (low & sign) ? low - mask - 1 : low));
    }));
    EXPECT_TRUE(rc::check("products, shifts and powers", [this](int64_t a, int64_t b, uint8_t by) {
        RC_ASSERT(is(BigInt::multiply(agent_, big(a), big(b)), Wide{a} * b));
        RC_ASSERT(is(BigInt::shift_left(agent_, big(a), big(by % 62)), Wide{a} * (Wide{1} << by % 62)));
        RC_ASSERT(is(BigInt::shift_right(agent_, big(a), big(-(by % 62))), Wide{a} * (Wide{1} << by % 62)));
        Wide power = 1;
        for (int i = 0; i < by % 12; ++i)
            power *= a % 1000;
        RC_ASSERT(is(BigInt::exponentiate(agent_, big(a % 1000), big(by % 12)), power));
    }));
}

TEST_F(BigIntTest, LargeNumbersObeyTheLawsOfArithmetic) {
    EXPECT_TRUE(rc::check("a = (a / b) * b + a % b, and text comes back", [this](std::vector<uint64_t> p,
                                                                                 std::vector<uint64_t> q) {
        BigInt* a = random_big(p);
        BigInt* b = random_big(q);
        BigInt* sum = MUST(BigInt::add(agent_, a, b));
        RC_ASSERT(BigInt::equal(MUST(BigInt::subtract(agent_, sum, b)), a));
        BigInt* product = MUST(BigInt::multiply(agent_, a, b));
        RC_ASSERT(BigInt::equal(product, MUST(BigInt::multiply(agent_, b, a))));
        if (!b->is_zero()) {
            RC_ASSERT(BigInt::equal(MUST(BigInt::divide(agent_, product, b)), a));
            BigInt* quotient = MUST(BigInt::divide(agent_, a, b));
            BigInt* rest = MUST(BigInt::remainder(agent_, a, b));
            RC_ASSERT(BigInt::equal(
                MUST(BigInt::add(agent_, MUST(BigInt::multiply(agent_, quotient, b)), rest)), a));
            RC_ASSERT((rest->is_zero() || rest->is_negative() == a->is_negative()));
        }
        // x ^ y = (x | y) - (x & y), of infinite two's complement.
        BigInt* difference = MUST(BigInt::subtract(agent_, MUST(BigInt::bit_or(agent_, a, b)),
                                                   MUST(BigInt::bit_and(agent_, a, b))));
        RC_ASSERT(BigInt::equal(MUST(BigInt::bit_xor(agent_, a, b)), difference));
        for (uint32_t radix : {2u, 10u, 16u, 36u}) {
            std::string digits = utf8(MUST(a->to_string(agent_, radix)));
            bool negative = digits.starts_with('-');
            BigInt* back =
                MUST(BigInt::from_digits(agent_, FlatView(std::string_view(digits).substr(negative)), radix));
            if (negative) back = MUST(BigInt::negate(agent_, back));
            RC_ASSERT(BigInt::equal(back, a));
        }
    }));
}

// Long numbers are written in pieces, between which termination is looked for.
TEST_F(BigIntTest, TheTextOfLongNumbersIsExact) {
    for (size_t length : {320'000, 400'001, 700'123}) {
        std::string digits(length, '0');
        digits[0] = '7';
        for (size_t i = 1; i < length; ++i) // long runs of zeros, and everything else
            if (i / 40'000 % 2 == 0) digits[i] = static_cast<char>('0' + i * i % 10);
        for (uint32_t radix : {10u, 7u, 36u}) {
            if (radix == 7) std::replace_if(digits.begin(), digits.end(), [](char c) { return c > '6'; }, '6');
            BigInt* number = MUST(BigInt::from_digits(agent_, FlatView(std::string_view(digits)), radix));
            EXPECT_EQ(utf8(MUST(number->to_string(agent_, radix))), digits) << length << " digits of radix " << radix;
        }
    }
    std::string power = "1" + std::string(500'000, '0');
    BigInt* number = MUST(BigInt::from_digits(agent_, FlatView(std::string_view(power)), 10));
    EXPECT_EQ(utf8(MUST(MUST(BigInt::negate(agent_, number))->to_string(agent_))), "-" + power);
}

TEST_F(BigIntTest, RoundsToTheNearestDouble) {
    auto power = [this](int64_t n) { return MUST(BigInt::shift_left(agent_, big(1), big(n))); };
    EXPECT_EQ(power(1023)->to_double(), 0x1p1023);
    EXPECT_EQ(power(1024)->to_double(), INFINITY);
    EXPECT_EQ(big((Wide{1} << 53) + 1)->to_double(), 0x1p53); // ties to even
    EXPECT_EQ(big((Wide{1} << 53) + 3)->to_double(), 0x1p53 + 4);
    EXPECT_EQ(big((Wide{1} << 100) + (Wide{1} << 47))->to_double(), 0x1p100);
    EXPECT_EQ(big((Wide{1} << 100) + (Wide{1} << 47) + 1)->to_double(), 0x1p100 + 0x1p48);
    EXPECT_EQ(BigInt::compare(big((Wide{1} << 53) + 1), 0x1p53), 1);
    EXPECT_EQ(BigInt::compare(big(0), -0.5), 1);
    EXPECT_EQ(BigInt::compare(big(-1), -INFINITY), 1);
    EXPECT_EQ(BigInt::compare(power(2000), INFINITY), -1);
    EXPECT_FALSE(BigInt::compare(big(1), NAN).has_value());
    EXPECT_EQ(decimal(MUST(BigInt::from_double(agent_, 1e25))), "10000000000000000905969664");
}

TEST_F(BigIntTest, TextThatIsNoBigInt) {
    for (const char* text : {"1n", "1.0", "-0x1", "1e3", "0b", "--1", "1_000", "Infinity"})
        EXPECT_EQ(MUST(BigInt::from_string(agent_, FlatView(std::string_view(text)))), nullptr) << text;
    EXPECT_EQ(decimal(MUST(BigInt::from_string(agent_, FlatView(std::string_view("  -12\n"))))), "-12");
    EXPECT_EQ(decimal(MUST(BigInt::from_string(agent_, FlatView(std::string_view(""))))), "0");
    EXPECT_EQ(decimal(MUST(BigInt::from_string(agent_, FlatView(std::string_view("0xFF"))))), "255");
}

TEST_F(BigIntTest, TheLargestIsLimited) {
    BigInt* huge = MUST(BigInt::shift_left(agent_, big(1), big(BigInt::kMaxBits - 1)));
    auto refused = [this](Fallible<BigInt*> result) {
        bool threw = result.threw();
        if (threw) agent_.take_exception();
        return threw;
    };
    EXPECT_TRUE(refused(BigInt::multiply(agent_, huge, huge)));
    EXPECT_TRUE(refused(BigInt::add(agent_, huge, huge)));
    EXPECT_TRUE(refused(BigInt::shift_left(agent_, huge, big(1))));
    EXPECT_TRUE(refused(BigInt::shift_left(agent_, big(1), huge)));
    EXPECT_TRUE(refused(BigInt::exponentiate(agent_, big(2), huge)));
    EXPECT_TRUE(refused(BigInt::exponentiate(agent_, big(3), big(Wide{1} << 40))));
    EXPECT_TRUE(refused(BigInt::divide(agent_, huge, big(0))));
    EXPECT_TRUE(refused(BigInt::remainder(agent_, huge, big(0))));
    EXPECT_TRUE(refused(BigInt::exponentiate(agent_, big(2), big(-1))));
    EXPECT_TRUE(is(BigInt::exponentiate(agent_, big(1), huge), 1));
    EXPECT_TRUE(is(BigInt::exponentiate(agent_, big(0), huge), 0));
    EXPECT_TRUE(is(BigInt::shift_right(agent_, huge, huge), 0));
    EXPECT_TRUE(is(BigInt::shift_left(agent_, big(0), huge), 0));
}

} // namespace
} // namespace heddle
