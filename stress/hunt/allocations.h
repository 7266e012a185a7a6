// Failing the allocations of a scenario: one run for each of them, and where those would be too many, the first ones in turn
// and of the others as many as there is time for, drawn by the seed.
#pragma once

#include "stress/hunt/batch.h"

#include <string>
#include <vector>

namespace stress {

struct AllocationSweep {
    std::vector<const ScenarioInfo*> scenarios;
    uint64_t seed = 1;
    uint64_t planted_bugs = 0;
    /// At most so many runs of a scenario; 0: one for each allocation.
    uint64_t runs_for_each = 0;
    /// Only the allocation of this number; 0: all.
    uint64_t only = 0;
    /// The smallest parameters, or those that the seed draws.
    bool smallest = true;
    double hang_seconds = 20;
    std::string findings;
    const char* build = "";
    bool until_finding = false;
    /// For all scenarios together, which share it out by what they need; 0: until every allocation has failed once.
    double seconds = 0;
};

/// Returns the exit status: 0 nothing new was found, 1 something was.
int sweep_allocations(const AllocationSweep&);

} // namespace stress
