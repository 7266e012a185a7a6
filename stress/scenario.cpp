// The list of scenarios, and the end of an iteration whose check failed.
#include "stress/scenario.h"

#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif

#include <cstdio>
#include <sys/syscall.h>
#include <unistd.h>

namespace stress {

#define SCENARIO(identifier) extern const ScenarioInfo identifier;
#include "stress/scenarios.def"
#undef SCENARIO

std::span<const ScenarioInfo* const> all_scenarios() {
    static constexpr const ScenarioInfo* kScenarios[] = {
#define SCENARIO(identifier) &identifier,
#include "stress/scenarios.def"
#undef SCENARIO
    };
    return kScenarios;
}

heddle::sync::Window Context::own_window(int index) {
    return static_cast<heddle::sync::Window>(static_cast<int>(heddle::sync::Window::kFirstScenarioWindow) + index);
}

void Context::fail(std::string_view message) {
#ifdef HEDDLE_CONTROLLED
    if (heddle::sync::current_thread().scheduler) heddle::sync::controlled::fail_run(std::string(message).c_str());
#endif
    std::fprintf(stderr, "heddle-hunt: check failed: %.*s\n", static_cast<int>(message.size()), message.data());
    std::fflush(stderr);
    // Not _exit: ThreadSanitizer would count the threads that still run as leaked, and name that instead.
    syscall(SYS_exit_group, 65);
    __builtin_unreachable();
}

} // namespace stress
