// Poisoning of free cells for AddressSanitizer: a use of freed memory is reported at once. Nothing elsewhere.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define HEDDLE_POISON(address, bytes) __asan_poison_memory_region(address, bytes)
#define HEDDLE_UNPOISON(address, bytes) __asan_unpoison_memory_region(address, bytes)
#endif
#endif
#ifndef HEDDLE_POISON
#define HEDDLE_POISON(address, bytes) ((void)(address), (void)(bytes))
#define HEDDLE_UNPOISON(address, bytes) ((void)(address), (void)(bytes))
#endif
