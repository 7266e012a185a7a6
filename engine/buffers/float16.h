// Conversion between binary16 and binary64, correctly rounded (to nearest, ties to even).
#pragma once

#include <bit>
#include <cstdint>

namespace heddle {

constexpr uint16_t float16_from_double(double value) {
    auto bits = std::bit_cast<uint64_t>(value);
    auto sign = static_cast<uint16_t>((bits >> 48) & 0x8000);
    uint64_t magnitude = bits & 0x7FFF'FFFF'FFFF'FFFF;
    if (magnitude > 0x7FF0'0000'0000'0000) return sign | 0x7E00; // NaN
    // 65520 is half way between the largest finite value and the next power of two.
    if (magnitude >= std::bit_cast<uint64_t>(65520.0)) return sign | 0x7C00;
    if (magnitude < std::bit_cast<uint64_t>(0x1p-14)) {
        // Subnormal: adding 2^28, whose last place is 2^-24, rounds to a multiple of the smallest subnormal.
        auto rounded = std::bit_cast<uint64_t>(std::bit_cast<double>(magnitude) + 0x1p28);
        return static_cast<uint16_t>(sign | (rounded - std::bit_cast<uint64_t>(0x1p28)));
    }
    // 42 of the 52 fraction bits go; the carry of rounding runs into the exponent as it should.
    uint64_t rounded = magnitude + 0x1FF'FFFF'FFFF + ((magnitude >> 42) & 1);
    return static_cast<uint16_t>(sign | ((rounded >> 42) - (uint64_t{1023 - 15} << 10)));
}

constexpr double float16_to_double(uint16_t half) {
    uint64_t sign = static_cast<uint64_t>(half & 0x8000) << 48;
    uint64_t exponent = (half >> 10) & 0x1F;
    uint64_t fraction = half & 0x3FF;
    if (exponent == 0x1F) return std::bit_cast<double>(sign | 0x7FF0'0000'0000'0000 | fraction << 42);
    if (exponent == 0) {
        double magnitude = static_cast<double>(fraction) * 0x1p-24;
        return std::bit_cast<double>(sign | std::bit_cast<uint64_t>(magnitude));
    }
    return std::bit_cast<double>(sign | (exponent + (1023 - 15)) << 52 | fraction << 42);
}

} // namespace heddle
