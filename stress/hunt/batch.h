// A batch: one scenario with one seed and one kind of faults, iterated for a while in a forked process, so that a crash,
// a sanitizer report or a hang costs a batch and is one finding.
#pragma once

#include "stress/hunt/faults.h"
#include "stress/hunt/stacks.h"
#include "stress/scenario.h"

#include <cstdint>
#include <string>

namespace stress {

struct BatchPlan {
    const ScenarioInfo* scenario = nullptr;
    uint64_t seed = 0;
    Faults faults;
    Sizes sizes;
    /// With faults.fail_nth: one iteration, so that the Nth allocation is the same one every time it is asked for.
    bool once = false;
    /// Bit i switches PlantedBug(i) on.
    uint64_t planted_bugs = 0;
    double seconds = 1;
    /// An iteration that takes longer is a hang.
    double hang_seconds = 20;
};

struct BatchOutcome {
    /// Empty when nothing was found, else data-race, crash, check, hang, ... as in record.json.
    std::string kind;
    /// What the process wrote to stderr, and the stacks of a hang or crash.
    std::string report;
};

/// Memory shared with the batch's process: what survives its death.
struct SharedProgress {
    uint64_t iterations;
    /// Of the last iteration, when its allocations were counted.
    IterationOutcome last;
    heddle::sync::WindowTable windows;
    StackSlots stacks;
};

/// Allocates shared memory that lives as long as the process.
SharedProgress* make_shared_progress();

/// Runs one batch; adds to `progress`. The calling process must have one thread only. `tick` is called some ten times a
/// second.
BatchOutcome run_batch(const BatchPlan&, SharedProgress* progress, void (*tick)(void*), void* tick_argument);

/// One batch in this process, for debuggers and recorders: a failure ends the process as it would end a batch's. Returns
/// when the time is over.
void run_batch_here(const BatchPlan&, SharedProgress*);

/// What such a process's end amounts to. `status`: its exit status, or minus the signal that ended it; `hung`: it was ended
/// because nothing went on.
BatchOutcome outcome_from_outside(int status, bool hung, std::string report);

/// True when the program was built with a sanitizer that reports crashes itself.
bool sanitizer_reports_crashes();

} // namespace stress
