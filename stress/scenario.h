// The shape of a stress program: set up, run, check, over faults that somebody else chose. One object is one iteration.
//
// A scenario says which windows it aims for: marks (sync/window.h) in which two threads must have met for the run to
// count. It names the planted bug that it finds, so that a run without findings means something.
#pragma once

#include "base/planted_bug.h"
#include "stress/random.h"
#include "sync/window.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace stress {

/// What disturbs an iteration. Read from hunt.toml; 0 switches a fault off.
struct Faults {
    std::string name = "none";
    /// One announced operation in this many yields or pauses.
    uint32_t yield_period = 0;
    /// Collect at every Nth allocation of each agent.
    uint32_t gc_stress = 0;
    /// Fail one allocation, the Nth of an agent, N drawn from [low, high].
    uint32_t fail_allocation_low = 0;
    uint32_t fail_allocation_high = 0;
    /// Bytes for each agent's heap.
    uint64_t memory_limit = 0;
};

/// What an iteration is given. Used by the iteration's first thread; random() streams are split for others.
class Context {
public:
    Context(uint64_t seed, const Faults& faults) : random_(seed), faults_(faults) {}

    Random& random() { return random_; }
    const Faults& faults() const { return faults_; }
    /// The scenario's own window number `index`, in the order of ScenarioInfo::own_windows.
    static heddle::sync::Window own_window(int index);

    /// Reports that a check failed and ends the process: the finding is this line. From any thread.
    [[noreturn]] static void fail(std::string_view message);
    /// Fails with the message unless the condition holds.
    static void expect(bool condition, std::string_view message) {
        if (!condition) fail(message);
    }

private:
    Random random_;
    const Faults& faults_;
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
    heddle::PlantedBug planted;
    /// Windows in the engine that the scenario aims for, and names for its own.
    std::span<const heddle::sync::Window> engine_windows;
    std::span<const char* const> own_windows;
    std::unique_ptr<Scenario> (*make)();
};

/// Every scenario, in the order of scenarios.def.
std::span<const ScenarioInfo* const> all_scenarios();

} // namespace stress
