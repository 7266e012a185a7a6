// Result and Fallible: what a caller sees of a value, of "threw", and of TRY.
#include "base/result.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

Fallible<int> half(int value) {
    if (value % 2 != 0) return Failed{};
    return value / 2;
}

Result<int> quarter(int value) { return TRY(half(TRY(half(value)))); }

Result<void> check_even(int value) {
    TRY(half(value));
    return {};
}

TEST(Result, CarriesTheValueThroughTry) {
    auto result = quarter(12);
    ASSERT_FALSE(result.threw());
    EXPECT_EQ(result.release(), 3);
}

TEST(Result, TryReturnsAtTheFirstThrow) {
    EXPECT_TRUE(quarter(3).threw());
    EXPECT_TRUE(quarter(6).threw());
}

TEST(Result, VoidCarriesOnlyWhetherItThrew) {
    EXPECT_FALSE(check_even(4).threw());
    EXPECT_TRUE(check_even(5).threw());
}

TEST(Result, ANullPointerIsAValue) {
    int target = 1;
    Result<int*> null_pointer(static_cast<int*>(nullptr));
    Result<int*> pointer(&target);
    Result<int*> threw(Threw{});
    EXPECT_FALSE(null_pointer.threw());
    EXPECT_EQ(pointer.release(), &target);
    EXPECT_TRUE(threw.threw());
}

} // namespace
} // namespace heddle
