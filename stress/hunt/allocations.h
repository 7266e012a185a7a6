// Failing every allocation of a scenario in turn: one run for each, until a run has no allocation of that number.
#pragma once

#include "stress/hunt/batch.h"

#include <string>
#include <vector>

namespace stress {

struct AllocationSweep {
    std::vector<const ScenarioInfo*> scenarios;
    uint64_t seed = 1;
    uint64_t planted_bugs = 0;
    /// 1: every allocation. Greater: steps grow, so that about so many runs are made of a scenario.
    uint64_t runs_for_each = 0;
    /// Only the allocation of this number; 0: all.
    uint64_t only = 0;
    /// The smallest parameters, or those that the seed draws.
    bool smallest = true;
    double hang_seconds = 20;
    std::string findings;
    const char* build = "";
    bool until_finding = false;
    /// Ends in the midst of it when the time is over; 0: never.
    double seconds = 0;
};

/// Returns the exit status: 0 nothing new was found, 1 something was.
int sweep_allocations(const AllocationSweep&);

} // namespace stress
