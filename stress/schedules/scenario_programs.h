// The scenarios of stress/ as programs that schedules can name, under their own names
// ("atomics/wait_notify").
#pragma once

#include "stress/scenario.h"
#include "stress/schedules/schedule.h"

namespace stress {

/// One for each scenario, in the order of all_scenarios(). Parameters: `seed` of the iteration; `threads`, `rounds` and
/// `size`, per cent of what the scenario has (-1: drawn from the seed); `plant`, 1 to switch on the bug that the scenario
/// names; and the faults that an iteration has itself: `gc_stress`, `memory_limit`, `stack_limit`, `queue_messages`,
/// `fail_allocation` and `terminate` (the Nth of each agent), `fail_nth` (the Nth of all allocations). 0 is none.
std::vector<Program> scenario_programs();

/// The faults as arguments of a program, with what is drawn from ranges drawn here. Wake-ups for no reason and jumps of
/// the clock are choices of the scheduler, which the schedule records itself: see set_rates.
void add_arguments(const Faults&, Random&, Arguments&);
/// How often the scheduler chooses what the faults ask for.
void set_rates(const Faults&, Plan&);

/// From now on runs count their windows and marks here: memory shared with the forks. Null: in memory of their own.
void count_windows_in(heddle::sync::WindowTable*);

} // namespace stress
