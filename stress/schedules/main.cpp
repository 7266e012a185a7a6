// heddle-schedules: hunts under the scheduler; replays, shrinks and searches schedules of the scenarios and of scripts.
//
//     heddle-schedules replay FILE [--trace] [--debug]
//     heddle-schedules shrink FILE [-o OUT]
//     heddle-schedules search [SCENARIO [--strategy S] [--seed N] [--max-runs N] [-o OUT] [NAME=VALUE...]]
//     heddle-schedules hunt [--minutes N] [--scenario PATTERN] ...
//     heddle-schedules hunt-script FILE [--minutes N] ...
#include "stress/hunt/prepared_process.h"
#include "stress/schedules/hunt.h"
#include "stress/schedules/replay.h"
#include "stress/schedules/scenario_programs.h"
#include "stress/schedules/script_program.h"

#include <algorithm>
#include <exception>
#include <fmt/core.h>

int main(int count, char** arguments) {
    std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);
    try {
        stress::run_again_prepared(arguments);
        std::string command = count > 1 ? arguments[1] : "";
        std::vector<std::string> rest(arguments + std::min(count, 2), arguments + count);
        if (command == "hunt") return stress::hunt_command(rest);
        if (command == "hunt-script") return stress::hunt_script_command(rest);
        std::vector<stress::Program> programs = stress::scenario_programs();
        // The script that a schedule is of is no fixed program.
        std::unique_ptr<stress::Script> script;
        if (command == "replay" || command == "shrink") {
            for (size_t i = 0; i < rest.size() && !script; i++) {
                if (rest[i].starts_with("-") || (i > 0 && rest[i - 1] == "-o")) continue;
                stress::Schedule schedule = stress::load_schedule(rest[i]);
                if (!stress::Script::is_named_by(schedule.program)) break;
                script = std::make_unique<stress::Script>(schedule);
                programs.push_back(script->program());
            }
        }
        if (command == "replay") return stress::replay_command(programs, rest);
        if (command == "shrink") return stress::shrink_command(programs, rest);
        if (command == "search") return stress::search_command(programs, rest);
        fmt::print(stderr, "usage: heddle-schedules replay FILE | shrink FILE | search SCENARIO | hunt | hunt-script FILE\n");
    } catch (const std::exception& error) {
        fmt::print(stderr, "heddle-schedules: {}\n", error.what());
    }
    return 2;
}
