// Naming, shrinking and writing findings.
#include "stress/schedules/kept_finding.h"

#include <ctime>
#include <fmt/core.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#ifndef HEDDLE_SOURCE_DIR
#define HEDDLE_SOURCE_DIR "."
#endif

namespace stress {

namespace fs = std::filesystem;

namespace {

uint32_t hash_of(const std::string& text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return static_cast<uint32_t>(hash ^ hash >> 32);
}

// "deadlock", "check", "data-race": the first part of the folder's name.
std::string kind_of(const RunResult& result) {
    if (!result.broken_rule.empty()) return "rule-" + result.broken_rule;
    if (result.outcome == Outcome::Sanitizer && result.signature.find("data race") != std::string::npos)
        return "data-race";
    if (result.signature.starts_with("check: assert")) return "assert";
    if (result.signature.starts_with("check: uncaught")) return "uncaught";
    if (result.signature.starts_with("check: the output")) return "output";
    std::string kind;
    for (const char* c = outcome_name(result.outcome); *c; c++)
        kind += *c == ' ' ? '-' : *c;
    return kind == "failed-check" ? "check" : kind;
}

// Scripts by their file's name: a finding stays the same when the tree moves.
std::string short_name(const std::string& program) {
    return program.starts_with("script:") ? program.substr(program.rfind('/') + 1) : program;
}

std::string in_the_tree(const fs::path& path) {
    std::error_code error;
    fs::path relative = fs::relative(path, HEDDLE_SOURCE_DIR, error);
    std::string text = error || relative.empty() || relative.string().starts_with("..")
                           ? fs::absolute(path).string()
                           : relative.string();
    return text.find_first_of(" '\"$") == std::string::npos ? text : "\"" + text + "\"";
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) throw std::runtime_error(fmt::format("cannot write {}", path.string()));
}

} // namespace

KeptFinding FindingKeeper::keep(Runner& runner, const Program& program, const RunResult& result,
                                const Schedule& schedule, const std::string& expected) {
    KeptFinding finding;
    std::string failure = result.signature;
    finding.key =
        fmt::format("{}-{:08x}", kind_of(result), hash_of(short_name(program.name) + '|' + failure));
    finding.place = folder_ / finding.key;
    finding.summary = runner.record().message[0] ? std::string(runner.record().message) : failure;
    finding.summary = finding.summary.substr(0, finding.summary.find('\n'));
    finding.command = "./dev replay " + in_the_tree(finding.place / "schedule");
    if (seen_.insert(finding.key).second) found_++;
    fs::path record_path = finding.place / "record.json";
    if (std::ifstream known(record_path); known) {
        auto record = nlohmann::ordered_json::parse(known, nullptr, /*allow_exceptions=*/false);
        if (record.is_object() && record.value("key", "") == finding.key) {
            record["times_seen"] = record.value("times_seen", 1) + 1;
            write_file(record_path, record.dump(2) + '\n');
            return finding;
        }
    }
    finding.is_new = true;
    found_new_++;
    fs::create_directories(finding.place);
    // Before shrinking, which may take long or be interrupted.
    save_schedule(finding.place / "schedule.found", schedule);
    // Every further run of a hang would take as long.
    bool runs_once = result.outcome == Outcome::Hang;
    std::string table, threads, report_of_run = result.report;
    Shrunk shrunk;
    if (runs_once) {
        threads = describe_threads(runner.record());
        shrunk.refusal = "it hangs outside the scheduler's sight, and each run takes until the time limit";
    } else if (result.outcome == Outcome::TooLong || schedule.steering) {
        // Each run takes seconds: once more to see that it is the same.
        threads = describe_threads(runner.record());
        Replay again = replay(runner, program, schedule);
        shrunk.refusal = schedule.steering ? "it has more switches than a schedule holds" : "each run of it takes too long";
        shrunk.refusal += again.failed_as_recorded && again.same_trace ? "; it repeats as it is"
                                                                       : "; it does NOT repeat: something is not decided";
        runs_once = true;
    } else {
        shrunk = shrink(runner, program, schedule, {.max_runs = shrink_runs_});
    }
    finding.refusal = shrunk.refusal;
    const Schedule& kept = shrunk.refusal.empty() ? shrunk.schedule : schedule;
    save_schedule(finding.place / "schedule", kept);
    finding.switches_before = schedule.switches.size() + schedule.choices.size();
    finding.switches = kept.switches.size() + kept.choices.size();

    std::string report = fmt::format("{}\n{}\n", failure, finding.summary);
    if (!runs_once) {
        runner.plan().trace = true;
        Replay again = replay(runner, program, kept);
        runner.plan().trace = false;
        table = trace_table(runner.record(), false);
        threads = describe_threads(runner.record());
        report = fmt::format("{}\n{}\n", failure, runner.record().message);
        if (!again.result.report.empty()) report_of_run = again.result.report;
        finding.points = explain_switches(runner, program, kept);
    }
    report +=
        fmt::format("program {}\nfound by {} with seed {}; {} switches and choices, {}\nrepeat: {}\n\n",
                    program.name, schedule.strategy, schedule.strategy_seed, finding.switches_before,
                    shrunk.refusal.empty() ? fmt::format("shrunk to {} in {} runs, which fail 20 of 20 times",
                                                         finding.switches, shrunk.runs)
                                           : "not shrunk: " + shrunk.refusal,
                    finding.command);
    if (!report_of_run.empty()) report += report_of_run + '\n';
    if (failure.starts_with("check: the output")) report += "expected:\n" + expected + '\n';
    report += "threads at the end:\n" + threads;
    if (!finding.points.empty()) report += "\nthe switches that matter:\n" + finding.points;
    write_file(finding.place / "report.txt", report);
    write_file(finding.place / "trace.txt", table);
    write_file(finding.place / "repeat.sh",
               "#!/bin/sh\n# Run in the folder of the source tree.\n" + finding.command + '\n');
    fs::permissions(finding.place / "repeat.sh", fs::perms(0755));
    nlohmann::ordered_json record;
    record["format"] = 1;
    record["key"] = finding.key;
    record["kind"] = kind_of(result);
    record["summary"] = finding.summary;
    record["failure"] = failure;
    record["program"] = program.name;
    record["strategy"] = schedule.strategy;
    record["seed"] = schedule.strategy_seed;
    record["switches_found"] = finding.switches_before;
    record["switches"] = finding.switches;
    record["shrunk"] = shrunk.refusal.empty();
    record["build"] = schedule.build;
    record["command"] = finding.command;
    record["found_at"] = static_cast<int64_t>(std::time(nullptr));
    record["times_seen"] = 1;
    // Last: a folder with a record is whole.
    write_file(record_path, record.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
    return finding;
}

} // namespace stress
