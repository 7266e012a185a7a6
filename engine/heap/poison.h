// Poisoning of free cells. Under AddressSanitizer a use of one is reported at once; in other checked builds they are
// filled with a pattern, which the allocator finds intact before it hands the memory out again. Nothing in release builds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define HEDDLE_POISON(address, bytes) __asan_poison_memory_region(address, bytes)
#define HEDDLE_UNPOISON(address, bytes) __asan_unpoison_memory_region(address, bytes)
#endif
#endif
#if defined(HEDDLE_CHECKED) && !defined(HEDDLE_POISON)
#define HEDDLE_FILLS_DEAD_CELLS 1
#endif
#ifndef HEDDLE_POISON
#define HEDDLE_POISON(address, bytes) ((void)(address), (void)(bytes))
#define HEDDLE_UNPOISON(address, bytes) ((void)(address), (void)(bytes))
#endif

namespace heddle {

/// Each byte of a dead cell; eight of them make no address.
inline constexpr uint8_t kDeadByte = 0xDB;
inline constexpr uint64_t kDeadWord = 0xDBDB'DBDB'DBDB'DBDB;

/// The memory belongs to nobody. Multiples of 16 bytes.
inline void poison_dead(void* memory, size_t bytes) {
    if (bytes == 0) return;
#ifdef HEDDLE_FILLS_DEAD_CELLS
    std::memset(memory, kDeadByte, bytes);
#endif
    HEDDLE_POISON(memory, bytes);
}

/// The first of `bytes` poisoned bytes that was written to since, or null. Sees what poison_dead has filled.
inline const void* find_written_after_death([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#ifdef HEDDLE_FILLS_DEAD_CELLS
    const auto* words = static_cast<const uint64_t*>(memory);
    for (size_t i = 0; i < bytes / sizeof(uint64_t); ++i) {
        if (words[i] != kDeadWord) return words + i;
    }
#endif
    return nullptr;
}

} // namespace heddle
