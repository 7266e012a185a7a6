// The lists of scenarios and shapes, one iteration, and the end of one whose check failed.
#include "stress/scenario.h"

#include "base/assert.h"
#include "sync/thread.h"
#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif

#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace stress {

using namespace heddle;

#define SCENARIO(identifier, shapes, notices) extern const ScenarioInfo identifier;
#include "stress/scenarios.def"
#undef SCENARIO

std::span<const ScenarioInfo* const> all_scenarios() {
    static constexpr const ScenarioInfo* kScenarios[] = {
#define SCENARIO(identifier, shapes, notices) &identifier,
#include "stress/scenarios.def"
#undef SCENARIO
    };
    return kScenarios;
}

static std::vector<int> numbers_in(const char* text) {
    std::vector<int> numbers;
    for (char* end = nullptr; *text; text = end) {
        long number = std::strtol(text, &end, 10);
        HEDDLE_CHECK(end != text); // scenarios.def: numbers with spaces between them
        numbers.push_back(static_cast<int>(number));
    }
    return numbers;
}

std::vector<ScenarioRow> scenario_rows() {
    return {
#define SCENARIO(identifier, shapes, notices) {&identifier, numbers_in(shapes), notices},
#include "stress/scenarios.def"
#undef SCENARIO
    };
}

std::vector<ShapeRow> shape_rows() {
    return {
#define SHAPE(number, shape, reason) {number, shape, reason},
#include "stress/catalogue.def"
#undef SHAPE
    };
}

sync::Window Context::own_window(int index) {
    return static_cast<sync::Window>(static_cast<int>(sync::Window::kFirstScenarioWindow) + index);
}

void Context::reach(int index) {
    sync::Window window = mark_window(index);
    if (sync::WindowMark::enter(window)) sync::WindowMark::leave(window);
}

void Context::fail(std::string_view message) {
#ifdef HEDDLE_CONTROLLED
    if (sync::current_thread().scheduler) sync::controlled::fail_run(std::string(message).c_str());
#endif
    std::fprintf(stderr, "heddle-hunt: check failed: %.*s\n", static_cast<int>(message.size()), message.data());
    std::fflush(stderr);
    // Not _exit: ThreadSanitizer would count the threads that still run as leaked, and name that instead.
    syscall(SYS_exit_group, 65);
    __builtin_unreachable();
}

void run_on_threads(int count, std::string_view name, const std::function<void(int)>& body) {
    std::vector<sync::Thread> threads(static_cast<size_t>(count));
    for (int i = 0; i < count; i++) {
        bool started = threads[static_cast<size_t>(i)].start({.name = fmt::format("{} {}", name, i)}, [&body, i] { body(i); });
        Context::expect(started, "a thread did not start");
    }
    for (sync::Thread& thread : threads)
        thread.join();
}

std::vector<WindowCount> count_windows(const ScenarioInfo& scenario, const sync::WindowTable& table) {
    std::vector<WindowCount> counts;
    auto add = [&](sync::Window window, const char* name, bool is_own, bool is_mark) {
        const sync::WindowTable::Entry& entry = table.entries[static_cast<int>(window)];
        counts.push_back({name, is_own, is_mark, entry.entered.load_relaxed(), entry.met.load_relaxed()});
    };
    for (sync::Window window : scenario.engine_windows) add(window, sync::window_name(window), false, false);
    for (size_t i = 0; i < scenario.own_windows.size(); i++)
        add(Context::own_window(static_cast<int>(i)), scenario.own_windows[i], true, false);
    for (size_t i = 0; i < scenario.marks.size(); i++)
        add(Context::mark_window(static_cast<int>(i)), scenario.marks[i], true, true);
    return counts;
}

std::vector<std::string> missed_windows(const ScenarioInfo& scenario, const sync::WindowTable& table, uint64_t iterations,
                                        uint64_t draws) {
    // Few prove nothing. Which marks an iteration comes by depends on what was drawn for it, who meets on the schedule too;
    // and a scenario may have been drawn with one thread.
    constexpr uint64_t kEnoughForMarks = 60, kEnoughForWindows = 300, kEnoughForAny = 30, kDrawsToMeet = 10;
    if (draws < kDrawsToMeet) return {};
    std::vector<std::string> missed;
    uint64_t met = 0, windows = 0;
    for (const WindowCount& count : count_windows(scenario, table)) {
        if (count.is_mark) {
            if (count.entered == 0 && draws >= kEnoughForMarks)
                missed.push_back(fmt::format("{} never reached: {}", scenario.name, count.name));
            continue;
        }
        windows++;
        met += count.met;
        if (count.is_own && count.met == 0 && iterations >= kEnoughForWindows)
            missed.push_back(fmt::format("{} never had two threads meet in: {}", scenario.name, count.name));
    }
    if (windows != 0 && met == 0 && iterations >= kEnoughForAny) missed.push_back(fmt::format("{} never had two threads meet in any of its windows", scenario.name));
    return missed;
}

IterationOutcome run_iteration(const ScenarioInfo& info, uint64_t seed, const Faults& faults, const Sizes& sizes) {
    sync::ThreadRecord& thread = sync::current_thread();
    // Threads of every iteration have the same paths, so their streams differ by seed only.
    thread.next_thread = 0;
    thread.disturbance = {.state = seed ^ 0xd1570b,
                          .period = faults.yield_period,
                          .delay_period = faults.delay_period,
                          .delay_microseconds = faults.delay_microseconds,
                          .spurious_period = faults.spurious_period,
                          .clock_jump_period = faults.clock_jump_period};
    sync::AllocationFaults allocations{.fail_at = faults.fail_nth};
    if (faults.fail_nth != 0) thread.allocation_faults = &allocations;
    Context context(seed, faults, sizes);
    std::unique_ptr<Scenario> scenario = info.make();
    scenario->setup(context);
    scenario->run(context);
    scenario->check(context);
    scenario.reset();
    thread.disturbance = {};
    thread.allocation_faults = nullptr;
    return {allocations.seen, allocations.failed != 0};
}

} // namespace stress
