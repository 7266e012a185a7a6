// Replaying a schedule, searching around one that no longer fits, showing its interleaving, and shrinking it.
#pragma once

#include "stress/schedules/schedule.h"

namespace stress {

struct Replay {
    RunResult result;
    /// Failed, and in the way that the schedule says.
    bool failed_as_recorded = false;
    /// The trace hash is the schedule's.
    bool same_trace = false;
    uint32_t followed = 0;
    uint32_t misfits = 0;
    /// How many runs around the schedule it took; 0: the schedule itself did it, or nothing did.
    uint64_t runs_around = 0;
    /// What failed, when it was found around the schedule.
    Schedule found;
};

/// Runs the schedule once. The runner's body is set to the schedule's program.
Replay replay(Runner&, const Program&, const Schedule&);

/// As replay(); a schedule that does not fail as recorded is searched around, with at most `budget` runs: its switches
/// are moved by some operations, dropped, and given to other threads.
Replay replay_and_search(Runner&, const Program&, const Schedule&, uint64_t budget);

/// The interleaving of the last run, which must have been traced: a line for each operation, a column for each thread.
/// With `switches_only`, just the operations around decisions that differ from the default.
std::string trace_table(const Record&, bool switches_only);

/// One line for each switch of the schedule, naming the sync points on both sides and their places in the program. Runs
/// the schedule.
std::string explain_switches(Runner&, const Program&, const Schedule&);

struct ShrinkOptions {
    /// A shrunk schedule must fail so many times of as many.
    int confirmations = 20;
    uint64_t max_runs = 4000;
};

struct Shrunk {
    Schedule schedule;
    /// Why it was refused; empty when it was not.
    std::string refusal;
    size_t switches_before = 0;
    uint64_t runs = 0;
};

/// The fewest switches and choices (delta debugging: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing
/// Input", TSE 2002), then the smallest arguments, then the switches again.
Shrunk shrink(Runner&, const Program&, const Schedule&, const ShrinkOptions& = {});

/// The commands `replay FILE [--trace] [--debug]` and `shrink FILE [-o OUT]` over a set of programs, with the exit status
/// of the process: 0 as recorded (shrunk), 1 not, 2 wrong use. Every executable that has programs offers them.
int replay_command(const std::vector<Program>&, const std::vector<std::string>& arguments);
int shrink_command(const std::vector<Program>&, const std::vector<std::string>& arguments);
/// `search PROGRAM [--strategy S] [--seed N] [--max-runs N] [-o OUT] [--one-in KIND=N] [NAME=VALUE...]`: 1 when
/// something was found. --one-in sets the rate of a kind of choice.
int search_command(const std::vector<Program>&, const std::vector<std::string>& arguments);

} // namespace stress
