// Reports of broken rules: everything goes to stderr in one order, what can go wrong itself comes last.
#include "base/rules.h"
#include "sync/current_thread.h"
#include "sync/stack_frames.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <execinfo.h>
#include <unistd.h>

namespace heddle {

const char* rule_name(Rule rule) {
    static constexpr const char* kNames[] = {
#define RULE(identifier, name, expected) name,
#include "base/rules.def"
#undef RULE
    };
    return kNames[static_cast<size_t>(rule)];
}

const char* rule_expectation(Rule rule) {
    static constexpr const char* kExpectations[] = {
#define RULE(identifier, name, expected) expected,
#include "base/rules.def"
#undef RULE
    };
    return kExpectations[static_cast<size_t>(rule)];
}

namespace sync {

__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) int walk_frames(const void** frames, int capacity) {
    const StackBounds& bounds = current_thread().stack_bounds();
    auto high = reinterpret_cast<uintptr_t>(bounds.high);
    auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    int count = 0;
    while (count < capacity) {
        // A frame pointer points at the caller's, and above that lies the return address.
        auto* words = reinterpret_cast<const uintptr_t*>(frame);
        if (words[1] == 0) break;
        frames[count++] = reinterpret_cast<const void*>(words[1]);
        uintptr_t next = words[0];
        if (next <= frame || next >= high - 2 * sizeof(uintptr_t) || next % sizeof(uintptr_t) != 0) break;
        frame = next;
    }
    return count;
}

void print_frames(const void* const* frames, int count) {
    // The program's own module is named as it was started.
    char program[512];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    for (int i = 0; i < count; i++) {
        Dl_info info;
        auto address = reinterpret_cast<uintptr_t>(frames[i]);
        if (dladdr(frames[i], &info) != 0 && info.dli_fname) {
            std::fprintf(stderr, "    #%d 0x%zx (%s+0x%zx)\n", i, address, info.dli_fname[0] == '/' ? info.dli_fname : program,
                         address - reinterpret_cast<uintptr_t>(info.dli_fbase));
        } else {
            std::fprintf(stderr, "    #%d 0x%zx\n", i, address);
        }
    }
}

} // namespace sync

void report_broken_rule(Rule rule, const void* object, const char* format, ...) {
    sync::ThreadRecord& thread = sync::current_thread();
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    std::fprintf(stderr, "heddle: broken rule %s: %s\n", rule_name(rule), message);
    std::fprintf(stderr, "  expected: %s\n", rule_expectation(rule));
    // What is asked for the report may break rules too.
    if (thread.reports_rule) std::abort();
    thread.reports_rule = true;
    if (object) std::fprintf(stderr, "  object: %p\n", object);
    std::fprintf(stderr, "  thread: %s\n  stack:\n", thread.describe().c_str());
    void* frames[48];
    sync::print_frames(frames, backtrace(frames, 48));
#ifdef HEDDLE_CHECKED
    for (int i = 0; i < thread.held_count; i++) {
        std::fprintf(stderr, "  holds a mutex of rank %s, acquired at:\n", rank_name(thread.held_ranks[i]));
        sync::print_frames(thread.held_frames[i], thread.held_frame_counts[i]);
    }
#endif
    std::fflush(stderr);
    if (thread.agent && thread.request_hooks && thread.request_hooks->describe_script) {
        char script[2048] = {};
        thread.request_hooks->describe_script(thread.agent, script, sizeof script);
        std::fprintf(stderr, "  script:\n%s", script[0] ? script : "        none runs\n");
        std::fflush(stderr);
    }
    std::abort();
}

} // namespace heddle
