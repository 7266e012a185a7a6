// heddle-schedules: replays, shrinks and searches schedules of the scenarios.
//
//     heddle-schedules replay FILE [--trace] [--debug]
//     heddle-schedules shrink FILE [-o OUT]
//     heddle-schedules search [SCENARIO [--strategy S] [--seed N] [--max-runs N] [-o OUT] [NAME=VALUE...]]
#include "stress/schedules/replay.h"
#include "stress/schedules/scenario_programs.h"

#include <algorithm>
#include <exception>
#include <fmt/core.h>

int main(int count, char** arguments) {
    try {
        stress::run_again_prepared(arguments);
        std::string command = count > 1 ? arguments[1] : "";
        std::vector<std::string> rest(arguments + std::min(count, 2), arguments + count);
        std::vector<stress::Program> programs = stress::scenario_programs();
        if (command == "replay") return stress::replay_command(programs, rest);
        if (command == "shrink") return stress::shrink_command(programs, rest);
        if (command == "search") return stress::search_command(programs, rest);
        fmt::print(stderr, "usage: heddle-schedules replay FILE | shrink FILE | search SCENARIO\n");
    } catch (const std::exception& error) {
        fmt::print(stderr, "heddle-schedules: {}\n", error.what());
    }
    return 2;
}
