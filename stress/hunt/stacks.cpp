// Recording stacks from a signal handler, and turning addresses into names with llvm-symbolizer.
#include "stress/hunt/stacks.h"

#include "stress/hunt/symbolizer.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <execinfo.h>
#include <fmt/core.h>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <vector>

// ThreadSanitizer replaces sigaction by one that holds signals back from threads in raw system calls, which is where a
// hung thread is. This is the C library's own.
extern "C" int __sigaction(int, const struct sigaction*, struct sigaction*);

namespace stress {

namespace {

constexpr int kStackSignal = SIGUSR2;

// The handler has no other way to know where to write. Set once, before threads start.
StackSlots* recorder_slots = nullptr;

__attribute__((no_sanitize("thread"))) void record_stack() {
    int error = errno;
    uint32_t index = __atomic_fetch_add(&recorder_slots->used, 1, __ATOMIC_RELAXED);
    if (index < StackSlots::kMaxThreads) {
        StackSlots::Slot& slot = recorder_slots->slots[index];
        slot.thread = static_cast<uint32_t>(syscall(SYS_gettid));
        prctl(PR_GET_NAME, slot.name);
        slot.frame_count = static_cast<uint32_t>(backtrace(slot.frames, StackSlots::kMaxFrames));
        __atomic_store_n(&slot.complete, 1, __ATOMIC_RELEASE);
    }
    errno = error;
}

__attribute__((no_sanitize("thread"))) void on_stack_request(int) { record_stack(); }

__attribute__((no_sanitize("thread"))) void on_crash(int signal) {
    record_stack();
    // SA_RESETHAND has put the default back: returning or raising dies from the same signal.
    raise(signal);
}

} // namespace

void install_stack_recorder(StackSlots* slots, bool crashes) {
    recorder_slots = slots;
    // The first backtrace loads the unwinder, which must not happen in a handler.
    void* warm_up[4];
    backtrace(warm_up, 4);
    struct sigaction action {};
    action.sa_handler = on_stack_request;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    __sigaction(kStackSignal, &action, nullptr);
    if (!crashes) return;
    action.sa_handler = on_crash;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP}) __sigaction(signal, &action, nullptr);
}

std::string collect_stacks(pid_t process, StackSlots* slots) {
    __atomic_store_n(&slots->used, 0, __ATOMIC_RELAXED);
    std::string folder = fmt::format("/proc/{}/task", process);
    uint32_t asked = 0;
    if (DIR* directory = opendir(folder.c_str())) {
        while (dirent* entry = readdir(directory)) {
            pid_t thread = static_cast<pid_t>(std::atoi(entry->d_name));
            if (thread > 0 && syscall(SYS_tgkill, process, thread, kStackSignal) == 0) asked++;
        }
        closedir(directory);
    }
    for (int wait = 0; wait < 100; wait++) {
        uint32_t complete = 0;
        for (const StackSlots::Slot& slot : slots->slots) complete += __atomic_load_n(&slot.complete, __ATOMIC_ACQUIRE);
        if (complete >= asked) break;
        usleep(10'000);
    }
    return format_stacks(*slots);
}

std::string format_stacks(const StackSlots& slots) {
    uint32_t used = std::min<uint32_t>(slots.used, StackSlots::kMaxThreads);
    std::vector<uintptr_t> addresses;
    for (uint32_t i = 0; i < used; i++) {
        const StackSlots::Slot& slot = slots.slots[i];
        // A return address points behind the call.
        for (uint32_t frame = 0; slot.complete && frame < slot.frame_count; frame++)
            addresses.push_back(reinterpret_cast<uintptr_t>(slot.frames[frame]) - (frame == 0 ? 0 : 1));
    }
    // The batch is a fork of this process, so its modules lie where ours do.
    std::vector<std::vector<std::string>> names = symbolize(addresses);
    // The handler and the kernel's trampoline are of no interest.
    auto is_handler = [](const std::string& name) {
        return name.find("record_stack") != std::string::npos || name.find("on_stack_request") != std::string::npos ||
               name.find("on_crash") != std::string::npos || name.find("interceptor_backtrace") != std::string::npos;
    };
    std::string text;
    size_t next = 0;
    for (uint32_t i = 0; i < used; i++) {
        const StackSlots::Slot& slot = slots.slots[i];
        if (!slot.complete) continue;
        text += fmt::format("  Thread {} '{}':\n", slot.thread, slot.name);
        int number = 0;
        for (uint32_t frame = 0; frame < slot.frame_count; frame++, next++) {
            if (std::any_of(names[next].begin(), names[next].end(), is_handler)) continue;
            for (const std::string& name : names[next])
                text += fmt::format("    #{} {}\n", number++, name);
            if (names[next].empty()) text += fmt::format("    #{} {}\n", number++, slot.frames[frame]);
        }
        text += '\n';
    }
    return text;
}

} // namespace stress
