// The scenarios of stress/ as programs that schedules can name, under their own names ("atomics/wait_notify").
#pragma once

#include "stress/schedules/schedule.h"

namespace stress {

/// One for each scenario. Parameters: `seed` of the iteration; `gc_stress` (collect at every Nth allocation, 0: never);
/// `plant`, 1 to switch on the bug that the scenario names.
std::vector<Program> scenario_programs();

} // namespace stress
