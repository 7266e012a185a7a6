// The sizes that small cells come in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace heddle {

// Every 16 bytes up to 128, then about four steps for each doubling; at the end what divides a block well.
inline constexpr uint16_t kCellSizes[] = {16,   32,   48,   64,   80,   96,   112,  128,  160,  192,
                                          224,  256,  320,  384,  448,  512,  640,  768,  896,  1024,
                                          1280, 1536, 1792, 2048, 2304, 2688, 3232, 4048, 5392, 8096};
inline constexpr size_t kSizeClassCount = std::size(kCellSizes);
inline constexpr size_t kLargestSmallCell = kCellSizes[kSizeClassCount - 1];
inline constexpr size_t kCellUnit = 16;

/// From bytes, in units of 16 rounded up, to the number of the smallest class that holds them.
inline constexpr auto kClassOfUnits = [] {
    std::array<uint8_t, kLargestSmallCell / kCellUnit + 1> classes{};
    size_t at = 0;
    for (size_t units = 0; units < classes.size(); ++units) {
        while (kCellSizes[at] < units * kCellUnit)
            ++at;
        classes[units] = static_cast<uint8_t>(at);
    }
    return classes;
}();

} // namespace heddle
