// Values and numbers: what goes into a box comes out again, and numbers survive their text.
#include "runtime/conversions.h"
#include "runtime/value.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <fmt/core.h>

namespace heddle {
namespace {

bool same_bits(double a, double b) {
    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

TEST(Value, EveryDoubleComesBack) {
    EXPECT_TRUE(rc::check("float64 keeps the bits, NaNs become one", [](uint64_t bits) {
        auto number = std::bit_cast<double>(bits);
        Value value = Value::float64(number);
        RC_ASSERT(value.is_number());
        RC_ASSERT(value.is_double());
        RC_ASSERT(!value.is_cell());
        RC_ASSERT(!value.is_nullish());
        RC_ASSERT(!value.is_boolean());
        RC_ASSERT(!value.is_empty());
        RC_ASSERT(
            (std::isnan(number) ? std::isnan(value.as_double()) : same_bits(value.as_double(), number)));
    }));
    for (double number :
         {0.0, -0.0, HUGE_VAL, -HUGE_VAL, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308}) {
        EXPECT_TRUE(same_bits(Value::float64(number).as_double(), number)) << number;
        EXPECT_TRUE(same_bits(Value::number(number).as_number(), number)) << number;
    }
    // NaNs with every payload, quiet and signalling, of both signs.
    for (uint64_t bits : {0x7FF0'0000'0000'0001, 0x7FFF'FFFF'FFFF'FFFF, 0x7FF8'0000'0000'0000}) {
        for (uint64_t sign : {uint64_t{0}, uint64_t{1} << 63}) {
            Value value = Value::number(std::bit_cast<double>(bits | sign));
            EXPECT_TRUE(value.is_double());
            EXPECT_EQ(value, Value::float64(NAN));
        }
    }
}

TEST(Value, EveryInt32ComesBack) {
    EXPECT_TRUE(rc::check("int32", [](int32_t number) {
        Value value = Value::int32(number);
        RC_ASSERT(value.is_int32());
        RC_ASSERT(value.is_number());
        RC_ASSERT(!value.is_double());
        RC_ASSERT(!value.is_cell());
        RC_ASSERT(value.as_int32() == number);
        RC_ASSERT(value == Value::number(static_cast<double>(number)));
        RC_ASSERT(value == Value::number(static_cast<int64_t>(number)));
    }));
    for (int32_t number : {INT32_MIN, -1, 0, 1, INT32_MAX})
        EXPECT_EQ(Value::int32(number).as_int32(), number);
}

TEST(Value, IntegersAreInt32ExactlyWhereTheyFit) {
    EXPECT_TRUE(Value::number(-0.0).is_double());
    EXPECT_TRUE(Value::number(0.0).is_int32());
    EXPECT_TRUE(Value::number(2147483647.0).is_int32());
    EXPECT_TRUE(Value::number(2147483648.0).is_double());
    EXPECT_TRUE(Value::number(-2147483648.0).is_int32());
    EXPECT_TRUE(Value::number(-2147483649.0).is_double());
    EXPECT_TRUE(Value::number(0.5).is_double());
    EXPECT_TRUE(Value::number(uint32_t{0x8000'0000}).is_double());
    EXPECT_EQ(Value::number(uint64_t{1} << 53).as_number(), 9007199254740992.0);
    EXPECT_EQ(Value::number(int64_t{INT64_MIN}).as_number(), -9223372036854775808.0);
}

TEST(Value, TheSmallConstantsAreDistinct) {
    const Value all[] = {Value::undefined(), Value::null(),   Value::boolean(true), Value::boolean(false),
                         Value::empty(),     Value::int32(0), Value::float64(0)};
    for (size_t i = 0; i < std::size(all); ++i) {
        for (size_t j = 0; j < std::size(all); ++j)
            EXPECT_EQ(all[i] == all[j], i == j) << i << " " << j;
        EXPECT_FALSE(all[i].is_cell()) << i;
        EXPECT_EQ(all[i].is_nullish(), i < 2) << i;
        EXPECT_EQ(all[i].is_boolean(), i == 2 || i == 3) << i;
        EXPECT_EQ(all[i].is_number(), i >= 5) << i;
    }
}

std::string text_of(double number) {
    char buffer[32];
    return {buffer, number_to_latin1(number, buffer)};
}

TEST(Numbers, TheShortestTextThatComesBack) {
    EXPECT_TRUE(rc::check("number to text to number", [](uint64_t bits) {
        auto number = std::bit_cast<double>(bits);
        RC_PRE(std::isfinite(number));
        std::string text = text_of(number);
        double back = string_to_number(FlatView(text));
        RC_ASSERT(back == number);
        // No shorter text has the same value: the digits are as few as those of the C++ library's shortest
        // form.
        char shortest[64];
        auto end =
            std::to_chars(shortest, shortest + sizeof shortest, number, std::chars_format::scientific).ptr;
        auto digits = [](std::string_view t) {
            std::string d;
            for (char c : t) {
                if (c == 'e') break;
                if (c >= '0' && c <= '9' && (c != '0' || !d.empty())) d += c;
            }
            while (!d.empty() && d.back() == '0')
                d.pop_back();
            return d;
        };
        RC_ASSERT(digits(text).size() == digits({shortest, end}).size());
    }));
}

TEST(Numbers, TextInTheFormsOfTheSpecification) {
    struct {
        double number;
        const char* text;
    } const cases[] = {{0, "0"},
                       {-0.0, "0"},
                       {NAN, "NaN"},
                       {-INFINITY, "-Infinity"},
                       {1e21, "1e+21"},
                       {1e20, "100000000000000000000"},
                       {1e-6, "0.000001"},
                       {1e-7, "1e-7"},
                       {123456789.125, "123456789.125"},
                       {5e-324, "5e-324"},
                       {1.7976931348623157e308, "1.7976931348623157e+308"},
                       {-1.5e-10, "-1.5e-10"},
                       {4294967295, "4294967295"}};
    for (auto& each : cases)
        EXPECT_EQ(text_of(each.number), each.text);
}

TEST(Numbers, TextThatIsNoNumber) {
    for (const char* text :
         {"1_0", "0x", "0b2", "1e", "--1", "1n", "Infinit", "infinity", ".", "e5", "0x1.8", "+0x1", "1 2"})
        EXPECT_TRUE(std::isnan(string_to_number(FlatView(std::string_view(text))))) << text;
    EXPECT_EQ(string_to_number(FlatView(std::string_view(""))), 0);
    EXPECT_EQ(string_to_number(FlatView(std::string_view(" \n\t 12. \r"))), 12);
    EXPECT_EQ(string_to_number(FlatView(std::string_view("-Infinity"))), -INFINITY);
    EXPECT_EQ(string_to_number(FlatView(std::string_view("0X1f"))), 31);
    EXPECT_EQ(string_to_number(FlatView(std::string_view("010"))), 10);
    EXPECT_TRUE(std::signbit(string_to_number(FlatView(std::string_view("-0")))));
}

TEST(Numbers, RadixTextComesBack) {
    EXPECT_TRUE(rc::check("integers in every radix", [](int64_t any, uint8_t base) {
        int radix = 2 + base % 35;
        int64_t integer = any % (int64_t{1} << 53);
        std::string text = number_to_string_radix(static_cast<double>(integer), radix);
        int64_t back = 0;
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), back, radix);
        RC_ASSERT(error == std::errc());
        RC_ASSERT(end == text.data() + text.size());
        RC_ASSERT(back == integer);
    }));
    EXPECT_TRUE(rc::check("fractions in radix 2 are exact", [](int32_t numerator, uint8_t shift) {
        double number = std::ldexp(static_cast<double>(numerator), -(shift % 40));
        std::string text = number_to_string_radix(number, 2);
        double back = 0;
        double unit = 1;
        bool fraction = false;
        for (char c : text) {
            if (c == '.') fraction = true;
            if (c != '0' && c != '1') continue;
            if (fraction)
                back += (c - '0') * (unit /= 2);
            else
                back = back * 2 + (c - '0');
        }
        RC_ASSERT((number < 0 ? -back : back) == number);
    }));
    EXPECT_EQ(number_to_string_radix(NAN, 2), "NaN");
    EXPECT_EQ(number_to_string_radix(-INFINITY, 36), "-Infinity");
    EXPECT_EQ(number_to_string_radix(0.5, 16), "0.8");
    EXPECT_EQ(number_to_string_radix(-255.0, 16), "-ff");
}

TEST(Numbers, ToInt32WrapsModulo2To32) {
    EXPECT_TRUE(rc::check("as 64-bit arithmetic", [](int64_t any) {
        int64_t integer = any % (int64_t{1} << 53);
        RC_ASSERT(double_to_int32(static_cast<double>(integer)) ==
                  static_cast<int32_t>(static_cast<uint64_t>(integer)));
    }));
    EXPECT_EQ(double_to_int32(NAN), 0);
    EXPECT_EQ(double_to_int32(INFINITY), 0);
    EXPECT_EQ(double_to_int32(-1.9), -1);
    EXPECT_EQ(double_to_int32(0x1p84), 0);
    EXPECT_EQ(double_to_int32(0x1.8p31), -1073741824);
    EXPECT_EQ(double_to_int32(0x1.00000001p63), static_cast<int32_t>(0x8000'0000u));
    EXPECT_EQ(double_to_uint32(-1), 0xFFFF'FFFFu);
}

} // namespace
} // namespace heddle
