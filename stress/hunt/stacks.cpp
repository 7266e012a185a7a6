// Recording stacks from a signal handler, and turning addresses into names with llvm-symbolizer.
#include "stress/hunt/stacks.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <execinfo.h>
#include <fmt/core.h>
#include <link.h>
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

struct Module {
    std::string path;
    uintptr_t base;
    uintptr_t end;
};

int add_module(dl_phdr_info* info, size_t, void* modules) {
    uintptr_t end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            end = std::max<uintptr_t>(end, info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz);
    }
    char self[4096];
    std::string path = info->dlpi_name;
    if (path.empty()) {
        ssize_t length = readlink("/proc/self/exe", self, sizeof self);
        if (length > 0) path.assign(self, static_cast<size_t>(length));
    }
    static_cast<std::vector<Module>*>(modules)->push_back({path, info->dlpi_addr, info->dlpi_addr + end});
    return 0;
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
    std::vector<Module> modules;
    dl_iterate_phdr(add_module, &modules);
    // The batch is a fork of this process, so its modules lie where ours do. The symbolizer answers each address with
    // lines of function and place, inlined ones first, and an empty line.
    char path[] = "/tmp/heddle-addresses-XXXXXX";
    int file = mkstemp(path);
    if (file < 0) return "no stacks: cannot write to /tmp\n";
    std::string input;
    for (uint32_t i = 0; i < std::min<uint32_t>(slots.used, StackSlots::kMaxThreads); i++) {
        const StackSlots::Slot& slot = slots.slots[i];
        for (uint32_t frame = 0; slot.complete && frame < slot.frame_count; frame++) {
            // A return address points behind the call.
            uintptr_t address = reinterpret_cast<uintptr_t>(slot.frames[frame]) - (frame == 0 ? 0 : 1);
            std::string line = "CODE ? 0x0\n";
            for (const Module& module : modules) {
                if (address >= module.base && address < module.end)
                    line = fmt::format("CODE \"{}\" {:#x}\n", module.path, address - module.base);
            }
            input += line;
        }
    }
    if (write(file, input.data(), input.size()) < 0) input.clear();
    close(file);
    std::vector<std::string> answers;
    std::string command = fmt::format("(llvm-symbolizer-19 <{0} || llvm-symbolizer <{0}) 2>/dev/null", path);
    if (FILE* symbolizer = popen(command.c_str(), "r")) {
        char line[4096];
        std::string answer;
        while (std::fgets(line, sizeof line, symbolizer)) {
            if (line[0] != '\n') {
                answer += line;
                continue;
            }
            answers.push_back(answer);
            answer.clear();
        }
        pclose(symbolizer);
    }
    unlink(path);

    std::string text;
    size_t next = 0;
    for (uint32_t i = 0; i < std::min<uint32_t>(slots.used, StackSlots::kMaxThreads); i++) {
        const StackSlots::Slot& slot = slots.slots[i];
        if (!slot.complete) continue;
        text += fmt::format("  Thread {} '{}':\n", slot.thread, slot.name);
        int number = 0;
        for (uint32_t frame = 0; frame < slot.frame_count; frame++, next++) {
            std::string answer = next < answers.size() ? answers[next] : "";
            // The handler and the kernel's trampoline are of no interest.
            if (answer.find("record_stack") != std::string::npos || answer.find("on_stack_request") != std::string::npos ||
                answer.find("on_crash") != std::string::npos || answer.find("interceptor_backtrace") != std::string::npos)
                continue;
            for (size_t at = 0; at < answer.size();) {
                size_t middle = answer.find('\n', at);
                size_t end = middle == std::string::npos ? middle : answer.find('\n', middle + 1);
                if (end == std::string::npos) break;
                text += fmt::format("    #{} {} {}\n", number++, answer.substr(at, middle - at),
                                    answer.substr(middle + 1, end - middle - 1));
                at = end + 1;
            }
            if (answer.empty()) text += fmt::format("    #{} {}\n", number++, slot.frames[frame]);
        }
        text += '\n';
    }
    return text;
}

} // namespace stress
