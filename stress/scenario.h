// The shape of a stress program: set up, run, check, over faults that somebody else chose. One object is one iteration.
//
// A scenario says which windows it aims for: marks (sync/window.h) in which two threads must have met for the run to
// count, and places that a run must have reached. It names the planted bug that it finds, so that a run without findings
// means something. scenarios.def says which shapes of catalogue.def it would notice, and by what.
#pragma once

#include "base/planted_bug.h"
#include "stress/random.h"
#include "sync/window.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stress {

/// What disturbs an iteration. Read from hunt.toml; 0 switches a fault off. faults.def has the same names.
struct Faults {
    std::string name = "none";
    /// One announced operation in this many yields or pauses.
    uint32_t yield_period = 0;
    /// One announced operation in this many sleeps for delay_microseconds.
    uint32_t delay_period = 0;
    uint32_t delay_microseconds = 200;
    /// One wait on a condition or futex in this many ends for no reason.
    uint32_t spurious_period = 0;
    /// One look at the wall clock in this many finds it set to another time.
    uint32_t clock_jump_period = 0;
    /// Collect at every Nth allocation of each agent.
    uint32_t gc_stress = 0;
    /// Fail one allocation, the Nth of an agent, N drawn from [low, high].
    uint32_t fail_allocation_low = 0;
    uint32_t fail_allocation_high = 0;
    /// Bytes for each agent's heap, and for its stack.
    uint64_t memory_limit = 0;
    uint64_t stack_limit = 0;
    /// Terminate each agent at its Nth announced operation, N drawn from [low, high].
    uint32_t terminate_low = 0;
    uint32_t terminate_high = 0;
    /// So many messages fill the queue of a port, and a sender is refused.
    uint32_t queue_messages = 0;
    /// Fail the Nth of all allocations of the iteration, whoever makes it, from the first realm on.
    uint64_t fail_nth = 0;

    /// May scripts end before they are through, by a RangeError or by termination?
    bool may_end_early() const {
        return fail_allocation_high != 0 || memory_limit != 0 || stack_limit != 0 || terminate_high != 0 || fail_nth != 0;
    }
};

/// How large an iteration is: per cent of the range that the scenario has, or -1 for what its random numbers say.
struct Sizes {
    int threads = -1;
    int rounds = -1;
    int size = -1;
};

/// What an iteration is given. Used by the iteration's first thread; random() streams are split for others.
class Context {
public:
    Context(uint64_t seed, const Faults& faults, const Sizes& sizes = {}) : random_(seed), faults_(faults), sizes_(sizes) {}

    Random& random() { return random_; }
    const Faults& faults() const { return faults_; }
    /// The three parameters that scenarios have, each in [low, high].
    int threads(int low, int high) { return within(sizes_.threads, low, high); }
    int rounds(int low, int high) { return within(sizes_.rounds, low, high); }
    int size(int low, int high) { return within(sizes_.size, low, high); }

    static constexpr int kMaxOwnWindows = 8;
    /// The scenario's own window number `index`, in the order of ScenarioInfo::own_windows.
    static heddle::sync::Window own_window(int index);
    /// The window that counts how often the scenario's mark number `index` was reached.
    static heddle::sync::Window mark_window(int index) { return own_window(kMaxOwnWindows + index); }
    /// The mark number `index` of ScenarioInfo::marks was reached. From any thread.
    static void reach(int index);

    /// Reports that a check failed and ends the process: the finding is this line. From any thread.
    [[noreturn]] static void fail(std::string_view message);
    /// Fails with the message unless the condition holds.
    static void expect(bool condition, std::string_view message) {
        if (!condition) fail(message);
    }

private:
    // Drawn in any case, so that a parameter that is given changes nothing else.
    int within(int percent, int low, int high) {
        int drawn = random_.between(low, high);
        return percent < 0 ? drawn : low + (high - low) * percent / 100;
    }

    Random random_;
    const Faults& faults_;
    const Sizes sizes_;
};

class Scenario {
public:
    virtual ~Scenario() = default;
    virtual void setup(Context&) = 0;
    virtual void run(Context&) = 0;
    virtual void check(Context&) = 0;
};

struct ScenarioInfo {
    /// folder/name, as --scenario takes it.
    const char* name;
    /// One line: what is raced against what.
    const char* about;
    std::optional<heddle::PlantedBug> planted;
    /// Windows in the engine that the scenario aims for, and names for its own.
    std::span<const heddle::sync::Window> engine_windows;
    std::span<const char* const> own_windows;
    /// Names of places that iterations must reach now and then.
    std::span<const char* const> marks = {};
    std::unique_ptr<Scenario> (*make)();
};

/// What ScenarioInfo::make is, for a scenario that takes nothing.
template<class T> std::unique_ptr<Scenario> make_scenario() {
    return std::make_unique<T>();
}

/// Runs body(0), body(1), … on so many threads at once, whose names begin with `name`, and waits for them.
void run_on_threads(int count, std::string_view name, const std::function<void(int)>& body);

/// Every scenario, in the order of scenarios.def.
std::span<const ScenarioInfo* const> all_scenarios();

/// What scenarios.def and catalogue.def say.
struct ScenarioRow {
    const ScenarioInfo* scenario;
    std::vector<int> shapes; // numbers of catalogue.def
    const char* notices;     // which checks of it would notice
};
struct ShapeRow {
    int number;
    const char* shape;
    const char* reason; // why it cannot occur here; empty when it can
};
std::vector<ScenarioRow> scenario_rows();
std::vector<ShapeRow> shape_rows();

/// How often one window or mark of a scenario was entered, and how often two threads met in it.
struct WindowCount {
    std::string name;
    bool is_own = false;
    bool is_mark = false;
    uint64_t entered = 0;
    uint64_t met = 0;
};
std::vector<WindowCount> count_windows(const ScenarioInfo&, const heddle::sync::WindowTable&);
/// What a hunt of so many iterations, which drew so many sets of sizes and faults, should have reached and has not; empty:
/// nothing is missing. One line each.
std::vector<std::string> missed_windows(const ScenarioInfo&, const heddle::sync::WindowTable&, uint64_t iterations, uint64_t draws);

/// What an iteration's allocations were, when they were counted (Faults::fail_nth).
struct IterationOutcome {
    uint64_t allocations = 0;
    bool failed_one = false;
};
/// One iteration on the calling thread, in a process of its own or not, under control or free-running. Returns when it has
/// passed. `windows` and `planted_bugs` are taken from the thread record.
IterationOutcome run_iteration(const ScenarioInfo&, uint64_t seed, const Faults&, const Sizes& = {});

} // namespace stress
