// The stacks of all threads of a batch: recorded by a signal handler in the batch's process into memory shared with the
// parent, which symbolizes them. Works for hung threads in any sanitizer build.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace stress {

struct StackSlots {
    static constexpr int kMaxThreads = 64;
    static constexpr int kMaxFrames = 48;
    struct Slot {
        uint32_t thread;
        uint32_t frame_count;
        uint32_t complete;
        char name[16];
        void* frames[kMaxFrames];
    };
    uint32_t used;
    Slot slots[kMaxThreads];
};

/// In the batch's process, before threads start: lets collect_stacks() ask. With `crashes`, the stack of a thread that
/// dies from a signal is recorded too (a sanitizer does that better where there is one).
void install_stack_recorder(StackSlots* slots, bool crashes);

/// In the parent: asks every thread of the process, waits a moment, and returns the stacks as text.
std::string collect_stacks(pid_t process, StackSlots* slots);

/// The recorded stacks as text: a headline for each thread and `    #N function file:line` lines, as sanitizers write.
std::string format_stacks(const StackSlots& slots);

} // namespace stress
