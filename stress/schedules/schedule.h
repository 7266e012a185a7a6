// Schedules as text, and the programs they belong to.
//
//     heddle schedule 1
//     build controlled 5e1c0a7d90b1f3c2
//     program shapes/reorder_3
//     argument rounds 4
//     found-by pos 17
//     seed 1234                     random numbers of the program come from it
//     failure check: the writes were seen in the wrong order
//     trace 8f0e44f1d2c3b4a5
//     switch main/1 12 main/2       after main/1 has announced its 12th operation, main/2 goes on
//     choice main/2 14 allocation-failure 1
//
// A run with more switches than a schedule holds is repeated by its strategy, which is drawn from the same seed:
//
//     by reads-from 3 100 256 0     depth, expected length, stickiness, interesting object
//     rate allocation-failure 50
//     weight 5e1c 0 12              thread, parent, events
//     constraint 1f 2e 3d must      write, read, object; must or must-not
//
// A line that starts with # is a comment. Everything that no switch names goes by the default decision: the
// running thread goes on until it blocks or spins, then the next one by path does.
#pragma once

#include "stress/schedules/runner.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stress {

using Arguments = std::map<std::string, int64_t>;

struct Parameter {
    std::string name;
    int64_t value; // by default
    int64_t least; // shrinking goes no lower
};

/// Something to run under control. `body` runs in the fork.
struct Program {
    std::string name;
    std::vector<Parameter> parameters;
    std::function<void(const Arguments&)> body;
    /// Sets what belongs to the program in every plan: observer, announced accesses, rates of choices. May be
    /// empty.
    std::function<void(Plan&)> prepare;
    /// Why a schedule may not fit although the build is the same; empty: nothing has changed.
    std::string changed;
};

/// What strategies are given besides the seed: as in Plan.
struct Steering {
    Strategy strategy = Strategy::RandomWalk;
    uint32_t depth = 0, expected_length = 0, stickiness = 0;
    uint64_t interesting_object = 0;
    std::vector<std::pair<controlled::ChoiceKind, uint32_t>> rates;
    std::vector<controlled::Weight> weights;
    std::vector<controlled::Constraint> constraints;
};

/// Where programs are looked up by name. Throws std::runtime_error naming what exists.
const Program& find_program(const std::vector<Program>&, const std::string& name);

struct Schedule {
    std::string build;    // preset
    std::string build_id; // of the program file
    std::string program;
    Arguments arguments;
    std::string strategy = "-";
    uint64_t strategy_seed = 0;
    uint64_t seed = 0;
    std::string failure; // signature; empty: the run passed
    uint64_t trace_hash = 0;
    std::vector<controlled::Switch> switches;
    std::vector<controlled::Choice> choices;
    /// Instead of switches and choices, for a run with too many of them.
    std::optional<Steering> steering;

    bool is_of_this_build() const;
};

/// The linker's build id of this program, in hexadecimal; the same for the same binary only.
std::string build_id();

std::string write_schedule(const Schedule&);
/// Throws std::runtime_error naming line, what was found and what was expected.
Schedule read_schedule(const std::string& text);
Schedule load_schedule(const std::filesystem::path&);
void save_schedule(const std::filesystem::path&, const Schedule&);

/// The last run of the runner as a schedule that repeats it.
Schedule record_schedule(Runner&, const RunResult&, const Program&, const Arguments&,
                         const std::string& strategy, uint64_t strategy_seed);

/// Makes the runner run the schedule next.
void plan_schedule(Runner&, const Schedule&);

/// Default arguments of a program, and given ones on top. Throws on names that the program does not have.
Arguments arguments_for(const Program&, const Arguments& given);

} // namespace stress
