// Changing stacks, which no compiler does for us, and clearing what a stack had before.
#include "sync/controlled/own_stack.h"

#ifdef HEDDLE_CONTROLLED

#include <sys/mman.h>

namespace heddle::sync::controlled {

#if defined(__x86_64__)
[[gnu::naked, gnu::noinline]] void call_on_stack(uint8_t* /*top*/, void (*/*run*/)(void*), void* /*data*/) {
    asm volatile("pushq %rbp\n"
                 ".cfi_def_cfa_offset 16\n"
                 ".cfi_offset %rbp, -16\n"
                 "movq %rsp, %rbp\n"
                 ".cfi_def_cfa_register %rbp\n"
                 "movq %rdi, %rsp\n"
                 "movq %rdx, %rdi\n"
                 "callq *%rsi\n"
                 "movq %rbp, %rsp\n"
                 "popq %rbp\n"
                 ".cfi_def_cfa %rsp, 8\n"
                 "xorl %eax, %eax\n"
                 "xorl %ecx, %ecx\n"
                 "xorl %edx, %edx\n"
                 "xorl %esi, %esi\n"
                 "xorl %edi, %edi\n"
                 "xorl %r8d, %r8d\n"
                 "xorl %r9d, %r9d\n"
                 "xorl %r10d, %r10d\n"
                 "xorl %r11d, %r11d\n"
                 "retq");
}
#elif defined(__aarch64__)
[[gnu::naked, gnu::noinline]] void call_on_stack(uint8_t* /*top*/, void (*/*run*/)(void*), void* /*data*/) {
    asm volatile("stp x29, x30, [sp, #-16]!\n"
                 ".cfi_def_cfa_offset 16\n"
                 ".cfi_offset x30, -8\n"
                 ".cfi_offset x29, -16\n"
                 "mov x29, sp\n"
                 ".cfi_def_cfa_register x29\n"
                 "mov sp, x0\n"
                 "mov x0, x2\n"
                 "blr x1\n"
                 "mov sp, x29\n"
                 "ldp x29, x30, [sp], #16\n"
                 ".cfi_def_cfa sp, 0\n"
                 "mov x0, #0\n"
                 "mov x1, #0\n"
                 "mov x2, #0\n"
                 "mov x3, #0\n"
                 "mov x4, #0\n"
                 "mov x5, #0\n"
                 "mov x6, #0\n"
                 "mov x7, #0\n"
                 "mov x8, #0\n"
                 "mov x9, #0\n"
                 "mov x10, #0\n"
                 "mov x11, #0\n"
                 "mov x12, #0\n"
                 "mov x13, #0\n"
                 "mov x14, #0\n"
                 "mov x15, #0\n"
                 "ret");
}
#endif

void clear_dead_stack(Scheduler* scheduler, uint32_t slot, const void* lowest) {
    call_on_stack(
        scheduler->stacks[slot] + kSchedulerStack,
        [](void* data) {
            constexpr uintptr_t kPage = 4096, kMost = 64 << 20;
            // The frame pointer that call_on_stack() left is where the thread's stack ends now.
            uintptr_t end = *static_cast<const uintptr_t*>(__builtin_frame_address(0));
            auto begin = reinterpret_cast<uintptr_t>(data);
            if (begin + kMost < end) begin = end - kMost;
            begin = (begin + kPage - 1) / kPage * kPage;
            uintptr_t last_page = end / kPage * kPage;
            if (begin >= last_page) return;
            // Of the main thread's stack not all has been mapped yet: the kernel clears the rest and says so.
            raw::system_call(SYS_madvise, static_cast<long>(begin), static_cast<long>(last_page - begin), MADV_DONTNEED);
            for (uintptr_t word = last_page; word < end; word += sizeof(uint64_t))
                *reinterpret_cast<volatile uint64_t*>(word) = 0;
        },
        const_cast<void*>(lowest));
}

} // namespace heddle::sync::controlled

#endif
