// The commands replay, shrink and search, as every executable with programs offers them.
#include "stress/schedules/explorer.h"
#include "stress/schedules/replay.h"

#include <chrono>
#include <cstdio>
#include <fmt/core.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stress {

namespace {

uint64_t whole_number(const std::string& text, const std::string& option) {
    size_t used = 0;
    uint64_t value = 0;
    try {
        value = std::stoull(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used == 0 || used != text.size())
        throw std::runtime_error(fmt::format("{} needs a whole number and got '{}'", option, text));
    return value;
}

void print_failure(const Runner& runner, const RunResult& result) {
    fmt::print("outcome: {}\n", result.failed() ? result.signature : outcome_name(result.outcome));
    if (runner.record().message[0] && result.outcome != Outcome::FailedCheck)
        fmt::print("{}\n", runner.record().message);
    if (!result.report.empty()) fmt::print("{}\n", result.report);
    if (result.outcome == Outcome::Deadlock || result.outcome == Outcome::Livelock ||
        result.outcome == Outcome::WaitsForHost || result.outcome == Outcome::Hang)
        fmt::print("{}", describe_threads(runner.record()));
}

// gdb on this program in a mode that runs the schedule in the process itself and traps at the failure.
[[noreturn]] void debug(const std::string& file) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    execlp("gdb", "gdb", "-q", "-ex", "set confirm off", "-ex", "run", "--args", path, "replay", file.c_str(),
           "--in-this-process", static_cast<char*>(nullptr));
    throw std::runtime_error("there is no gdb: install it (Debian: apt-get install gdb), or use --trace");
}

} // namespace

int replay_command(const std::vector<Program>& programs, const std::vector<std::string>& arguments) {
    std::string file;
    bool trace = false, with_debugger = false, here = false;
    for (const std::string& argument : arguments) {
        if (argument == "--trace")
            trace = true;
        else if (argument == "--debug")
            with_debugger = true;
        else if (argument == "--in-this-process")
            here = true;
        else if (argument.starts_with("-") || !file.empty())
            throw std::runtime_error("usage: replay FILE [--trace] [--debug]; got '" + argument + "'");
        else
            file = argument;
    }
    if (file.empty()) throw std::runtime_error("usage: replay FILE [--trace] [--debug]");
    Schedule schedule = load_schedule(file);
    const Program& program = find_program(programs, schedule.program);
    // The numbers of its lines say nothing about another text.
    if (!program.changed.empty()) schedule.lines.clear();
    if (with_debugger) debug(file);
    Runner runner([] {});
    if (here) {
        // The debugger's process: no fork, so that breakpoints and threads are where it looks.
        auto memory = static_cast<controlled::RunMemory*>(
            mmap(nullptr, sizeof(controlled::RunMemory), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
        if (memory == MAP_FAILED) throw std::runtime_error("no memory for the run");
        if (program.select_lines) program.select_lines(schedule.lines);
        if (program.prepare) program.prepare(runner.plan());
        plan_schedule(runner, schedule);
        runner.plan().stop_at_failure = true;
        memory->plan = runner.plan();
        controlled::begin_run(memory);
        program.body(arguments_for(program, schedule.arguments));
        controlled::end_run();
    }
    bool same_build = schedule.is_of_this_build() && program.changed.empty();
    if (!program.changed.empty()) {
        fmt::print("{}: the schedule is followed as far as it fits, then searched around.\n", program.changed);
    } else if (!same_build) {
        fmt::print("The schedule is of another build ({} {}, this is {}): it is followed as far as it fits, "
                   "then searched around.\n",
                   schedule.build, schedule.build_id, build_id());
    }
    runner.plan().trace = trace;
    Replay result = replay(runner, program, schedule);
    if (trace) fmt::print("{}\n", trace_table(runner.record(), false));
    if (!result.failed_as_recorded && !same_build) {
        fmt::print("{} of its {} decisions fitted; searching around it\n", result.followed,
                   schedule.switches.size() + schedule.choices.size());
        runner.plan().trace = false;
        result = replay_and_search(runner, program, schedule, 2000);
        if (result.runs_around != 0 && result.failed_as_recorded) {
            std::string beside = file + ".found";
            save_schedule(beside, result.found);
            fmt::print("found again after {} runs around it; this build's schedule is {}\n",
                       result.runs_around, beside);
            // So that report and trace are those of what was found.
            runner.plan().trace = trace;
            result.result = replay(runner, program, result.found).result;
            if (trace) fmt::print("{}\n", trace_table(runner.record(), false));
        }
    }
    print_failure(runner, result.result);
    if (same_build && !result.same_trace)
        fmt::print("The trace is not the recorded one although the build is: something is not decided by the "
                   "schedule.\n");
    if (result.failed_as_recorded)
        fmt::print("{}\n",
                   schedule.failure.empty() ? "passed, as recorded" : "failed in the same way, as recorded");
    else
        fmt::print("not as recorded: '{}'\n", schedule.failure.empty() ? "passed" : schedule.failure);
    return result.failed_as_recorded ? 0 : 1;
}

int shrink_command(const std::vector<Program>& programs, const std::vector<std::string>& arguments) {
    std::string file, output;
    for (size_t i = 0; i < arguments.size(); i++) {
        if (arguments[i] == "-o" && i + 1 < arguments.size())
            output = arguments[++i];
        else if (arguments[i].starts_with("-") || !file.empty())
            throw std::runtime_error("usage: shrink FILE [-o OUT]; got '" + arguments[i] + "'");
        else
            file = arguments[i];
    }
    if (file.empty()) throw std::runtime_error("usage: shrink FILE [-o OUT]");
    if (output.empty()) output = file + ".shrunk";
    Schedule schedule = load_schedule(file);
    const Program& program = find_program(programs, schedule.program);
    // The numbers of its lines say nothing about another text.
    if (!program.changed.empty()) schedule.lines.clear();
    Runner runner([] {});
    Shrunk shrunk = shrink(runner, program, schedule);
    if (!shrunk.refusal.empty()) {
        fmt::print("refused: {}\n", shrunk.refusal);
        return 1;
    }
    save_schedule(output, shrunk.schedule);
    fmt::print("{} switches and choices of {} are left after {} runs; fails 20 of 20 times\n",
               shrunk.schedule.switches.size() + shrunk.schedule.choices.size(), shrunk.switches_before,
               shrunk.runs);
    for (const auto& [name, value] : shrunk.schedule.arguments)
        fmt::print("{} = {}\n", name, value);
    if (!shrunk.schedule.lines.empty()) {
        fmt::print("{} of {} lines are left:\n{}\n", shrunk.schedule.lines.size(), program.text.size(),
                   text_of(program, shrunk.schedule.lines));
    }
    fmt::print("{}{}\n", explain_switches(runner, program, shrunk.schedule), output);
    return 0;
}

int search_command(const std::vector<Program>& programs, const std::vector<std::string>& arguments) {
    std::string name, strategy = "portfolio", output;
    uint64_t seed = 1, max_runs = 10'000;
    Arguments given;
    std::vector<std::string> rates;
    for (size_t i = 0; i < arguments.size(); i++) {
        const std::string& argument = arguments[i];
        bool has_value = i + 1 < arguments.size();
        size_t equals = argument.find('=');
        if (argument == "--strategy" && has_value)
            strategy = arguments[++i];
        else if (argument == "--seed" && has_value)
            seed = whole_number(arguments[++i], argument);
        else if (argument == "--max-runs" && has_value)
            max_runs = whole_number(arguments[++i], argument);
        else if (argument == "-o" && has_value)
            output = arguments[++i];
        else if (argument == "--one-in" && has_value)
            rates.push_back(arguments[++i]);
        else if (equals != std::string::npos && argument[0] != '-')
            given[argument.substr(0, equals)] =
                static_cast<int64_t>(whole_number(argument.substr(equals + 1), argument));
        else if (argument.starts_with("-") || !name.empty())
            throw std::runtime_error("usage: search PROGRAM [--strategy S] [--seed N] [--max-runs N] [-o "
                                     "OUT] [--one-in KIND=N] [NAME=VALUE...]; got '" +
                                     argument + "'");
        else
            name = argument;
    }
    if (name.empty()) {
        for (const Program& program : programs)
            fmt::print("{}\n", program.name);
        return 0;
    }
    const Program& program = find_program(programs, name);
    Arguments full = arguments_for(program, given);
    Runner runner([&] { program.body(full); });
    if (program.prepare) program.prepare(runner.plan());
    for (const std::string& rate : rates) {
        size_t at = rate.find('=');
        bool known = false;
        for (int kind = 0; kind < controlled::kChoiceKindCount && at != std::string::npos; kind++) {
            if (rate.substr(0, at) != choice_kind_name(static_cast<controlled::ChoiceKind>(kind))) continue;
            runner.plan().choice_one_in[kind] =
                static_cast<uint32_t>(whole_number(rate.substr(at + 1), "--one-in"));
            known = true;
        }
        if (!known)
            throw std::runtime_error(
                "--one-in takes allocation-failure=N, collection=N or time-of-day=N; got '" + rate + "'");
    }
    Search search(runner, strategy, seed);
    uint64_t decisions = 0;
    auto began = std::chrono::steady_clock::now();
    while (!search.result().failed() && search.runs() < max_runs) {
        search.step();
        decisions += runner.record().decisions;
    }
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    fmt::print(
        "{} runs of {} by {}: {:.0f} runs/s, {:.0f} decisions a run, {:.0f} decisions/s; the last {}\n",
        search.runs(), name, strategy, static_cast<double>(search.runs()) / seconds,
        static_cast<double>(decisions) / static_cast<double>(search.runs()),
        static_cast<double>(decisions) / seconds, outcome_name(search.result().outcome));
    if (!search.result().failed()) {
        fmt::print("nothing found\n");
        // The last run all the same: it repeats, or something is not decided.
        if (!output.empty() && search.runs() > 0) {
            save_schedule(output, record_schedule(runner, search.result(), program, full, strategy, seed));
            fmt::print("{}: the last run, which passed\n", output);
        }
        return 0;
    }
    Schedule schedule = record_schedule(runner, search.result(), program, full, strategy, seed);
    print_failure(runner, search.result());
    if (!output.empty()) {
        save_schedule(output, schedule);
        fmt::print("{}\n", output);
    }
    return 1;
}

} // namespace stress
