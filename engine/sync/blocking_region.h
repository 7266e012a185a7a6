// BlockingRegion: a thread inside a request leaves it for as long as the region lives, so that a collection need not
// wait for a thread that sleeps. Outside a request it does nothing.
#pragma once

#include "sync/current_thread.h"

namespace heddle::sync {

/// The callee-saved registers, which may hold the only reference to a cell while the thread is blocked.
struct SpilledRegisters {
#if defined(__x86_64__)
    uintptr_t words[6];
    [[gnu::always_inline]] void spill() {
        asm volatile("movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\t"
                     "movq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"
                     :
                     : "r"(words)
                     : "memory");
    }
#elif defined(__aarch64__)
    uintptr_t words[12];
    [[gnu::always_inline]] void spill() {
        asm volatile("stp x19, x20, [%0]\n\tstp x21, x22, [%0, #16]\n\tstp x23, x24, [%0, #32]\n\t"
                     "stp x25, x26, [%0, #48]\n\tstp x27, x28, [%0, #64]\n\tstp x29, x30, [%0, #80]"
                     :
                     : "r"(words)
                     : "memory");
    }
#else
#error "say here which registers a callee saves on this processor"
#endif
};

/// The stack pointer of the function this is inlined into.
[[gnu::always_inline]] inline const void* stack_pointer() {
    const void* pointer = nullptr;
#if defined(__x86_64__)
    asm volatile("movq %%rsp, %0" : "=r"(pointer));
#elif defined(__aarch64__)
    asm volatile("mov %0, sp" : "=r"(pointer));
#endif
    return pointer;
}

class BlockingRegion {
public:
    // Inlined, so that the registers are spilled into the frame of the function that blocks, above its stack pointer.
    [[gnu::always_inline]] BlockingRegion() {
        ThreadRecord& thread = current_thread();
        left_ = thread.in_request;
        if (!left_) return;
        registers_.spill();
        leave(thread, stack_pointer());
    }
    [[gnu::always_inline]] ~BlockingRegion() {
        if (left_) enter();
    }
    BlockingRegion(const BlockingRegion&) = delete;
    BlockingRegion& operator=(const BlockingRegion&) = delete;

private:
    static void leave(ThreadRecord&, const void* stack_bound);
    static void enter();

    SpilledRegisters registers_;
    bool left_;
};

} // namespace heddle::sync
