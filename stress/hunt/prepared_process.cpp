// What must be said in a process's environment before it begins, and so to a second beginning of it.
#include "stress/hunt/prepared_process.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/core.h>
#include <stdexcept>
#include <string>
#include <sys/personality.h>
#include <unistd.h>

namespace stress {

void run_again_prepared(char** arguments) {
    if (std::getenv("HEDDLE_HUNT_STARTED")) return;
    setenv("HEDDLE_HUNT_STARTED", "1", 1);
    std::string symbolizer;
    if (access("/usr/bin/llvm-symbolizer-19", X_OK) == 0)
        symbolizer = ":external_symbolizer_path=/usr/bin/llvm-symbolizer-19";
    // One report ends the process: what follows the first wrong access explains nothing. There are no suppressions.
    std::string common =
        "halt_on_error=1:exitcode=66:handle_abort=1:abort_on_error=0:stack_trace_format=DEFAULT" + symbolizer;
#ifdef HEDDLE_CONTROLLED
    // Every few seconds of real time the allocators give pages back, which takes maps of their own: in one run and not in its
    // replay.
    common += ":allocator_release_to_os_interval_ms=-1";
#endif
    auto add = [&](const char* name, const std::string& options) {
        const char* given = std::getenv(name);
        setenv(name, (given ? options + ":" + given : options).c_str(), 1);
    };
    add("TSAN_OPTIONS", common + ":second_deadlock_stack=1:history_size=5:ignore_noninstrumented_modules=1");
    add("ASAN_OPTIONS", common + ":detect_stack_use_after_return=0:detect_leaks=0");
    add("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1:exitcode=66" + symbolizer);
    // Resolving a function at its first call leaves words on the stack, and which call is the first differs.
    setenv("LD_BIND_NOW", "1", 1);
    personality(ADDR_NO_RANDOMIZE);
    execv("/proc/self/exe", arguments);
    throw std::runtime_error(fmt::format("cannot run this program again: {}", std::strerror(errno)));
}

} // namespace stress
