// System calls and memory helpers for the scheduler's own translation units. Nothing here may be seen by a sanitizer:
// no libc function is called (memcpy and futex wrappers are intercepted), everything is forced inline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>

namespace heddle::sync::controlled::raw {

#if defined(__x86_64__)
[[gnu::always_inline]] inline long system_call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    long result;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
[[gnu::always_inline]] inline long system_call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "say here how a system call is made on this processor"
#endif

[[gnu::always_inline]] inline void futex_wait(const uint32_t* word, uint32_t while_equal) {
    system_call(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAIT | FUTEX_PRIVATE_FLAG, while_equal);
}

[[gnu::always_inline]] inline void futex_wake(const uint32_t* word) {
    system_call(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
}

[[noreturn, gnu::always_inline]] inline void exit_group(int status) {
    for (;;) system_call(SYS_exit_group, status);
}

/// Copies at most `capacity` - 1 characters and ends with a zero.
[[gnu::always_inline]] inline void copy_text(char* target, const char* source, size_t capacity) {
    size_t i = 0;
    for (; source && source[i] && i + 1 < capacity; i++) target[i] = source[i];
    target[i] = '\0';
}

/// splitmix64 (Steele, Lea, Flood 2014), as a finalizer: spreads the bits of a key.
[[gnu::always_inline]] inline uint64_t mix(uint64_t z) {
    z += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

[[gnu::always_inline]] inline uint64_t mix(uint64_t a, uint64_t b) { return mix(a ^ mix(b)); }

} // namespace heddle::sync::controlled::raw
