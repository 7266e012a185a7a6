// Keys, records and reports of findings.
#include "stress/hunt/finding.h"

#include "stress/hunt/broken_rule.h"

#include <ctime>
#include <fmt/core.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace stress {

namespace {

bool is_telling(const std::string& function) {
    for (const char* prefix : {"heddle::sync::", "void heddle::sync::", "bool heddle::sync::", "std::", "__interceptor", "___interceptor", "__tsan", "__asan", "__sanitizer", "pthread_",
                               "__pthread", "__GI_", "raise", "abort", "operator new", "operator delete", "syscall", "futex",
                               "clone", "start_thread", "__libc", "_start", "main", "heddle::assertion_failed", "free", "malloc",
                               "memcpy", "memmove", "memset", "??", "<null>", "gsignal", "__futex", "clock_nanosleep",
                               "run_iterations", "stress::(anonymous namespace)::run_iterations", "stress::run_batch"}) {
        if (function.starts_with(prefix)) return false;
    }
    return !function.empty() && function.find("thread_main") == std::string::npos;
}

// Numbers and addresses differ from run to run.
std::string without_numbers(const std::string& text) {
    std::string result;
    for (char c : text) {
        if (c >= '0' && c <= '9') {
            if (!result.ends_with('N')) result += 'N';
        } else {
            result += c;
        }
    }
    return result;
}

uint64_t hash_of(const std::string& text) {
    uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
    return hash ^ (hash >> 32);
}

std::string line_with(const std::string& report, std::string_view mark) {
    size_t at = report.find(mark);
    if (at == std::string::npos) return {};
    size_t start = report.rfind('\n', at);
    start = start == std::string::npos ? 0 : start + 1;
    return report.substr(start, report.find('\n', at) - start);
}

std::string quoted(const std::string& text) {
    return text.find_first_of("*? ") == std::string::npos ? text : "'" + text + "'";
}

std::string repeat_command(const BatchPlan& plan, const std::string& build, const std::string& kind) {
    std::string command = "./dev hunt";
    if (build != "hunt") command += " --preset " + build;
    command += fmt::format(" --scenario {} --seed {}", quoted(plan.scenario->name), plan.seed);
    command += plan.once ? fmt::format(" --oom-at {}", plan.faults.fail_nth) : fmt::format(" --faults {}", plan.faults.name);
    for (int i = 0; i < heddle::kPlantedBugCount; i++) {
        if (plan.planted_bugs >> i & 1)
            command += fmt::format(" --plant {}", heddle::planted_bug_name(static_cast<heddle::PlantedBug>(i)));
    }
    if (plan.once) return command;
    return command + (kind == "hang" ? " --until-finding --minutes 2" : " --until-finding --minutes 1");
}

} // namespace

std::vector<std::string> telling_frames(const std::string& report, int stacks, int per_stack) {
    std::vector<std::string> frames;
    int stack = 0, taken = 0;
    std::istringstream lines(report);
    for (std::string line; std::getline(lines, line);) {
        size_t hash = line.find_first_not_of(' ');
        if (hash == std::string::npos || line[hash] != '#') continue;
        size_t space = line.find(' ', hash);
        if (space == std::string::npos) continue;
        if (line.compare(hash, space - hash, "#0") == 0) {
            if (++stack > stacks) break;
            taken = 0;
        }
        std::string rest = line.substr(space + 1);
        // Address and the word "in" come first in AddressSanitizer's stacks; file and line come last.
        if (rest.starts_with("0x")) {
            size_t in = rest.find(" in ");
            if (in == std::string::npos) continue;
            rest = rest.substr(in + 4);
        }
        size_t place = rest.find(" /");
        if (size_t nowhere = rest.find(" <null>"); nowhere < place) place = nowhere;
        if (size_t module = rest.find(" ("); module != std::string::npos && rest.compare(module, 6, " (anon") != 0)
            place = std::min(place, module);
        std::string function = rest.substr(0, place);
        std::string file;
        if (place < rest.size() && rest.compare(place, 2, " /") == 0) {
            file = rest.substr(place + 1, rest.find(':', place) - place - 1);
            file = file.substr(file.rfind('/') + 1);
        }
        // Drop the parameter list; keep "(anonymous namespace)" and "operator()".
        size_t from = function.rfind(")::");
        from = from == std::string::npos ? 0 : from + 3;
        if (size_t call = function.find("operator()", from); call != std::string::npos) from = call + 10;
        if (!function.starts_with('(') || from != 0) function = function.substr(0, function.find('(', from));
        if (taken >= per_stack || !is_telling(function)) continue;
        frames.push_back(file.empty() ? function : function + " in " + file);
        taken++;
    }
    return frames;
}

Finding make_finding(const BatchPlan& plan, BatchOutcome& outcome, const std::string& build) {
    Finding finding;
    finding.kind = outcome.kind;
    finding.scenario = plan.scenario->name;
    std::string identity = finding.kind;
    if (std::optional<BrokenRule> broken = find_broken_rule(outcome.report)) {
        // The rule and the place that broke it; which scenario got there does not matter.
        finding.kind = kind_of_broken_rule(*broken);
        finding.summary = broken->line;
        if (!broken->place.empty()) finding.frames = {broken->place};
        identity = finding.kind + '|' + (broken->place.empty() ? without_numbers(broken->line) : broken->place);
    } else if (finding.kind == "check") {
        finding.summary = line_with(outcome.report, "check failed:");
        identity += finding.scenario + without_numbers(finding.summary);
    } else if (finding.kind == "assertion") {
        finding.summary = line_with(outcome.report, "heddle: ");
        finding.frames = telling_frames(outcome.report, 1, 3);
        identity += without_numbers(finding.summary);
    } else {
        // Threads come to a hang's report in any order, so its key is the scenario's.
        finding.frames = telling_frames(outcome.report, finding.kind == "hang" ? 8 : 2, 3);
        finding.summary = line_with(outcome.report, "SUMMARY: ");
        if (finding.summary.empty()) finding.summary = line_with(outcome.report, "heddle: ");
        for (const std::string& frame : finding.frames) {
            if (finding.kind != "hang") identity += "|" + frame;
            if (finding.summary.empty()) finding.summary = frame;
        }
        if (finding.kind == "hang") {
            identity += finding.scenario;
            finding.summary = line_with(outcome.report, "heddle-hunt: hang");
        }
        // A crash whose stack nobody wrote down: one finding for each scenario.
        if (finding.summary.empty()) {
            finding.summary = finding.kind + " in " + finding.scenario;
            identity += finding.scenario;
        }
        if (finding.frames.empty()) identity += without_numbers(finding.summary);
    }
    std::string kind_in_key = finding.kind;
    finding.key = fmt::format("{}-{:08x}", kind_in_key, static_cast<uint32_t>(hash_of(identity)));
    finding.command = repeat_command(plan, build, finding.kind);
    return finding;
}

bool write_finding(const std::filesystem::path& folder, const Finding& finding, const BatchPlan& plan,
                   const BatchOutcome& outcome, const std::string& build) {
    std::filesystem::path place = folder / finding.key;
    std::filesystem::create_directories(place);
    nlohmann::ordered_json record;
    if (std::ifstream known(place / "record.json"); known) {
        record = nlohmann::ordered_json::parse(known, nullptr, /*allow_exceptions=*/false);
        if (record.is_object() && record.value("key", "") == finding.key) {
            record["times_seen"] = record.value("times_seen", 1) + 1;
            std::ofstream(place / "record.json") << record.dump(2) << '\n';
            return false;
        }
        record = {};
    }
    std::vector<std::string> planted;
    for (int i = 0; i < heddle::kPlantedBugCount; i++) {
        if (plan.planted_bugs >> i & 1) planted.push_back(heddle::planted_bug_name(static_cast<heddle::PlantedBug>(i)));
    }
    record["format"] = 1;
    record["key"] = finding.key;
    record["kind"] = finding.kind;
    record["summary"] = finding.summary;
    record["frames"] = finding.frames;
    record["scenario"] = finding.scenario;
    record["seed"] = plan.seed;
    nlohmann::ordered_json& faults = record["faults"];
    faults["name"] = plan.faults.name;
#define FAULT(key, member) faults[#key] = plan.faults.member;
#define FAULT_RANGE(key, low, high) faults[#key] = {plan.faults.low, plan.faults.high};
#include "stress/hunt/faults.def"
#undef FAULT
#undef FAULT_RANGE
    record["planted"] = planted;
    record["build"] = build;
    record["command"] = finding.command;
    record["found_at"] = static_cast<int64_t>(std::time(nullptr));
    record["times_seen"] = 1;
    std::ofstream record_file(place / "record.json");
    record_file << record.dump(2) << '\n';
    std::ofstream report_file(place / "report.txt");
    report_file << outcome.report;
    std::ofstream command_file(place / "repeat.sh");
    command_file << "#!/bin/sh\n# Run in the folder of the source tree.\n" << finding.command << '\n';
    record_file.close();
    report_file.close();
    command_file.close();
    if (!record_file || !report_file || !command_file)
        throw std::runtime_error(fmt::format("cannot write the finding to {}", place.string()));
    std::filesystem::permissions(place / "repeat.sh", std::filesystem::perms(0755));
    return true;
}

} // namespace stress
