// heddle-hunt: runs every scenario in turn for the time given, keeps what it finds, and ends with a table.
//
// Exit status: 0 no finding that the folder did not have, and every scenario ran and reached its windows; 1 otherwise; 2
// bad usage.
#include "stress/hunt/allocations.h"
#include "stress/hunt/batch.h"
#include "stress/hunt/faults.h"
#include "stress/hunt/finding.h"
#include "stress/hunt/prepared_process.h"
#include "stress/hunt/readme.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace stress {
namespace {

using SteadyClock = std::chrono::steady_clock;
using namespace heddle;

struct Options {
    double minutes = 10;
    std::vector<std::string> patterns;
    std::string seed;
    std::string plant;
    std::string faults;
    std::string faults_file = HEDDLE_SOURCE_DIR "/stress/hunt.toml";
    std::string findings = "findings";
    std::string json;
    double hang_seconds = 20;
    uint64_t shard = 0, shards = 1;
    bool until_finding = false;
    bool list = false;
    std::string check_readme, write_readme;
    bool out_of_memory = false;
    uint64_t out_of_memory_runs = 0, out_of_memory_at = 0;
    bool minutes_given = false;
    Sizes sizes;
    bool here = false;
    std::string write_up;
    int status = 0;
    bool hung = false;
};

struct Row {
    const ScenarioInfo* scenario = nullptr;
    SharedProgress* progress = nullptr;
    uint64_t batches = 0;
    std::map<std::string, Finding> findings;
    uint64_t planted_bugs = 0;

    uint64_t iterations() const { return __atomic_load_n(&progress->iterations, __ATOMIC_RELAXED); }
    std::vector<WindowCount> windows() const { return count_windows(*scenario, progress->windows); }
    uint64_t windows_met() const {
        uint64_t sum = 0;
        for (const WindowCount& window : windows()) sum += window.met;
        return sum;
    }
};

class Hunt {
public:
    explicit Hunt(const Options& options) : options_(options), plan_(options.faults_file) {
        choose_scenarios();
        if (options_.seed.empty()) {
            seed_ = static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) % 1'000'000'007;
        } else {
            size_t used = 0;
            try {
                seed_ = std::stoull(options_.seed, &used, 0);
            } catch (const std::exception&) {
                used = 0;
            }
            if (used != options_.seed.size())
                throw std::runtime_error(fmt::format("--seed {}: expected a whole number", options_.seed));
        }
        if (!options_.faults.empty()) plan_.named(options_.faults);
    }

    int fail_allocations() {
        AllocationSweep sweep;
        for (Row& row : rows_)
            sweep.scenarios.push_back(row.scenario);
        sweep.seed = options_.seed.empty() ? 1 : seed_;
        if (!rows_.empty()) sweep.planted_bugs = rows_[0].planted_bugs;
        sweep.only = options_.out_of_memory_at;
        sweep.runs_for_each = options_.out_of_memory_runs;
        sweep.hang_seconds = options_.hang_seconds;
        sweep.findings = options_.findings;
        sweep.build = HEDDLE_BUILD_NAME;
        sweep.until_finding = options_.until_finding;
        if (options_.minutes_given) sweep.seconds = options_.minutes * 60;
        return sweep_allocations(sweep);
    }

    /// One batch in this process, which a failure ends: for rr and debuggers.
    int run_here() {
        BatchPlan plan = first_batch();
        fmt::print("running {} in this process for {:g} s, build {}, seed {}, faults {}\n", plan.scenario->name, plan.seconds,
                   HEDDLE_BUILD_NAME, plan.seed, plan.faults.name);
        std::fflush(stdout);
        run_batch_here(plan, rows_[0].progress);
        fmt::print("{} iterations, no failure\n", rows_[0].iterations());
        return 0;
    }

    /// Makes a finding of what such a process left, and says which on one line of JSON.
    int write_up() {
        std::ifstream file(options_.write_up, std::ios::binary);
        if (!file) throw std::runtime_error(fmt::format("cannot read {}", options_.write_up));
        std::string report((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        BatchPlan plan = first_batch();
        BatchOutcome outcome = outcome_from_outside(options_.status, options_.hung, std::move(report));
        nlohmann::ordered_json said;
        said["kind"] = outcome.kind;
        if (!outcome.kind.empty()) {
            Finding finding = make_finding(plan, outcome, HEDDLE_BUILD_NAME);
            said["new"] = write_finding(options_.findings, finding, plan, outcome, HEDDLE_BUILD_NAME);
            said["key"] = finding.key;
            said["summary"] = finding.summary;
        }
        fmt::print("{}\n", said.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        return 0;
    }

    int run() {
        started_ = SteadyClock::now();
        fmt::print("hunting in {} scenarios for {:g} minutes, build {}, seed {}\n", rows_.size(), options_.minutes,
                   HEDDLE_BUILD_NAME, seed_);
        auto deadline = started_ + std::chrono::duration<double>(options_.minutes * 60);
        double slice = std::clamp(options_.minutes * 60 / static_cast<double>(rows_.size()) / 4, 0.5, 3.0);
        if (plants_each()) return hunt_planted(slice);
        bool first_round = true;
        while (first_round || (SteadyClock::now() < deadline && !found_enough())) {
            for (Row& row : rows_) {
                double left = std::chrono::duration<double>(deadline - SteadyClock::now()).count();
                if (!first_round && (left <= 0 || found_enough())) break;
                run_one(row, std::clamp(left, 0.3, slice));
            }
            first_round = false;
        }
        finish_progress();
        print_table();
        write_json();
        return verdict();
    }

private:
    bool plants_each() const { return options_.plant == "each"; }
    bool found_enough() const { return options_.until_finding && finding_count() != 0; }

    void choose_scenarios() {
        uint64_t planted = 0;
        const ScenarioInfo* only = nullptr;
        if (!options_.plant.empty() && !plants_each()) {
            std::string there;
            for (int i = 0; i < kPlantedBugCount; i++) {
                const char* name = planted_bug_name(static_cast<PlantedBug>(i));
                there += std::string(" ") + name;
                if (options_.plant == name) planted = uint64_t{1} << i;
            }
            if (planted == 0)
                throw std::runtime_error(fmt::format("there is no planted bug '{}'; there are: each{}", options_.plant, there));
            for (const ScenarioInfo* scenario : all_scenarios()) {
                if (scenario->planted && (planted >> static_cast<int>(*scenario->planted) & 1)) only = scenario;
            }
        }
#ifndef HEDDLE_CHECKED
        if (!options_.plant.empty()) throw std::runtime_error("--plant: planted bugs are in checked builds only");
#endif
        std::vector<bool> pattern_used(options_.patterns.size());
        for (const ScenarioInfo* scenario : all_scenarios()) {
            bool wanted = options_.patterns.empty() && (planted == 0 || !only || scenario == only);
            for (size_t i = 0; i < options_.patterns.size(); i++) {
                const std::string& pattern = options_.patterns[i];
                if (!matches(pattern, scenario->name) && !matches(pattern + "/*", scenario->name)) continue;
                wanted = true;
                pattern_used[i] = true;
            }
            if (!wanted || (plants_each() && !scenario->planted)) continue;
            Row row;
            row.scenario = scenario;
            row.progress = make_shared_progress();
            row.planted_bugs = plants_each() ? uint64_t{1} << static_cast<int>(*scenario->planted) : planted;
            rows_.push_back(row);
        }
        for (size_t i = 0; i < pattern_used.size(); i++) {
            if (pattern_used[i]) continue;
            std::string there;
            for (const ScenarioInfo* scenario : all_scenarios()) there += fmt::format("\n  {}", scenario->name);
            throw std::runtime_error(fmt::format("no scenario matches '{}'; there are:{}", options_.patterns[i], there));
        }
    }

    BatchPlan first_batch() const {
        if (rows_.size() != 1)
            throw std::runtime_error(fmt::format("--here and --write-up take one scenario, and {} match", rows_.size()));
        const Row& row = rows_[0];
        const std::vector<Faults>& choices = plan_.faults_for(row.scenario->name);
        BatchPlan plan;
        plan.scenario = row.scenario;
        plan.seed = seed_;
        plan.planted_bugs = row.planted_bugs;
        plan.seconds = options_.minutes * 60;
        plan.faults = options_.faults.empty() ? choices[Random(seed_).next() % choices.size()] : plan_.named(options_.faults);
        return plan;
    }

    // The first batch of a scenario has the seed itself, so that the seed of a finding repeats it at once.
    uint64_t batch_seed(const Row& row) const {
        // Shards share the sequence of batches out among themselves.
        uint64_t batch = row.batches * options_.shards + options_.shard;
        return batch == 0 ? seed_ : Random(seed_ + batch * 0x9e3779b97f4a7c15).next() >> 16;
    }

    void run_one(Row& row, double seconds) {
        BatchPlan plan;
        plan.scenario = row.scenario;
        plan.seed = batch_seed(row);
        plan.planted_bugs = row.planted_bugs;
        plan.seconds = seconds;
        plan.hang_seconds = options_.hang_seconds;
        plan.sizes = options_.sizes;
        const std::vector<Faults>& choices = plan_.faults_for(row.scenario->name);
        plan.faults = options_.faults.empty() ? choices[Random(seed_).next() % choices.size()] : plan_.named(options_.faults);
        // Every kind of fault gets its turn, beginning anywhere.
        if (options_.faults.empty()) plan.faults = choices[(Random(seed_).next() + row.batches) % choices.size()];
        row.batches++;
        current_ = row.scenario->name;
        BatchOutcome outcome = run_batch(plan, row.progress, [](void* self) { static_cast<Hunt*>(self)->tick(); }, this);
        if (outcome.kind.empty()) return;
        Finding finding = make_finding(plan, outcome, HEDDLE_BUILD_NAME);
        bool is_new = write_finding(options_.findings, finding, plan, outcome, HEDDLE_BUILD_NAME);
        new_findings_ += is_new;
        if (row.findings.contains(finding.key)) return;
        finish_progress();
        fmt::print("{} {} in {}\n  {}\n", is_new ? "FOUND" : "KNOWN", finding.key, finding.scenario, finding.summary);
        for (const std::string& frame : finding.frames) fmt::print("    {}\n", frame);
        fmt::print("  report: {}/{}/report.txt\n  repeat: {}\n", options_.findings, finding.key, finding.command);
        std::fflush(stdout);
        row.findings.emplace(finding.key, std::move(finding));
    }

    // Each scenario with its own planted bug, until it has found it or a minute has passed.
    int hunt_planted(double slice) {
        int missed = 0;
        for (Row& row : rows_) {
            auto begun = SteadyClock::now();
            auto elapsed = [&] { return std::chrono::duration<double>(SteadyClock::now() - begun).count(); };
            while (row.findings.empty() && elapsed() < 60) run_one(row, std::min(slice, 2.0));
            finish_progress();
            const char* bug = planted_bug_name(*row.scenario->planted);
            if (row.findings.empty()) {
                missed++;
                fmt::print("MISSED {} in {}\n", bug, row.scenario->name);
            } else {
                fmt::print("{}: found {} after {:.1f} s\n", row.scenario->name, bug, elapsed());
            }
        }
        print_table();
        write_json();
        fmt::print("{} of {} planted bugs found\n", rows_.size() - static_cast<size_t>(missed), rows_.size());
        return missed == 0 ? 0 : 1;
    }

    size_t finding_count() const {
        std::map<std::string, int> keys;
        for (const Row& row : rows_) {
            for (const auto& [key, finding] : row.findings) keys[key]++;
        }
        return keys.size();
    }

    void tick() {
        bool on_terminal = isatty(2);
        auto now = SteadyClock::now();
        if (now - shown_ < (on_terminal ? std::chrono::milliseconds(100) : std::chrono::milliseconds(15'000))) return;
        shown_ = now;
        double seconds = std::chrono::duration<double>(now - started_).count();
        double total = options_.minutes * 60;
        size_t filled = static_cast<size_t>(std::clamp(seconds / total, 0.0, 1.0) * 20);
        uint64_t iterations = 0, met = 0;
        for (const Row& row : rows_) {
            iterations += row.iterations();
            met += row.windows_met();
        }
        fmt::print(stderr, "{}[{}{}] {:.0f} of {:.0f} s, {} iterations, {} windows, {} findings: {}{}", on_terminal ? "\r" : "",
                   std::string(filled, '#'), std::string(20 - filled, '.'), seconds, total, iterations, met, finding_count(),
                   current_, on_terminal ? "\033[K" : "\n");
        std::fflush(stderr);
        line_open_ = on_terminal;
    }

    void finish_progress() {
        if (line_open_) fmt::print(stderr, "\r\033[K");
        line_open_ = false;
    }

    void print_table() const {
        size_t width = 20;
        for (const Row& row : rows_) width = std::max(width, std::string_view(row.scenario->name).size());
        fmt::print("\n{:<{}} {:>12} {:>12} {:>9}\n", "scenario", width, "iterations", "windows", "findings");
        for (const Row& row : rows_) {
            fmt::print("{:<{}} {:>12} {:>12} {:>9}\n", row.scenario->name, width, row.iterations(), row.windows_met(),
                       row.findings.size());
            for (const WindowCount& window : row.windows())
                fmt::print("  {:<{}} {:>12} {:>12}\n", window.name, width - 2, window.entered,
                           window.is_mark ? "-" : std::to_string(window.met));
        }
        fmt::print("(below a scenario: how often each of its windows was entered, and how often two threads met in it)\n");
        fmt::print("{} scenarios, {} findings, {} new\n", rows_.size(), finding_count(), new_findings_);
        std::fflush(stdout);
    }

    void write_json() const {
        if (options_.json.empty()) return;
        nlohmann::ordered_json json;
        json["scenarios"] = nlohmann::ordered_json::array();
        for (const Row& row : rows_) {
            nlohmann::ordered_json entry;
            entry["name"] = row.scenario->name;
            entry["iterations"] = row.iterations();
            entry["windows"] = row.windows_met();
            entry["findings"] = row.findings.size();
            // By the rule of the verdict: marks and own windows that enough iterations should have reached.
            entry["missed"] = missed_windows(*row.scenario, row.progress->windows, row.iterations(), row.iterations());
            json["scenarios"].push_back(entry);
        }
        json["findings"] = finding_count();
        std::ofstream file(options_.json);
        file << json.dump(1) << '\n';
        file.close();
        if (!file) throw std::runtime_error(fmt::format("cannot write {}", options_.json));
    }

    int verdict() const {
        int status = new_findings_ == 0 ? 0 : 1;
#ifdef HEDDLE_CHECKED
        if (options_.until_finding) return status;
        for (const Row& row : rows_) {
            if (row.iterations() == 0) {
                fmt::print("{} finished no iteration\n", row.scenario->name);
                status = 1;
            }
            for (const std::string& missed : missed_windows(*row.scenario, row.progress->windows, row.iterations(), row.iterations())) {
                fmt::print("{}\n", missed);
                status = 1;
            }
        }
#else
        fmt::print("this build does not count windows; checked builds do\n");
#endif
        return status;
    }

    const Options& options_;
    FaultPlan plan_;
    std::vector<Row> rows_;
    uint64_t seed_ = 0;
    uint64_t new_findings_ = 0;
    SteadyClock::time_point started_;
    SteadyClock::time_point shown_;
    const char* current_ = "";
    bool line_open_ = false;
};

int list_scenarios() {
    for (const ScenarioInfo* scenario : all_scenarios()) {
        fmt::print("{:<34} {}\n", scenario->name, scenario->about);
        if (scenario->planted)
            fmt::print("{:<34}   plants {}: {}\n", "", planted_bug_name(*scenario->planted), planted_bug_description(*scenario->planted));
    }
    return 0;
}

int run_program(int argc, char** argv) {
    Options options;
    CLI::App app{"Hunts races: runs scenarios under faults, counts the windows they reach and keeps what they find.",
                 "heddle-hunt"};
    CLI::Option* minutes = app.add_option("--minutes", options.minutes, "how long to hunt")->check(CLI::Range(0.001, 1e6))->capture_default_str();
    app.add_option("--scenario", options.patterns, "only scenarios of this name, folder or pattern (*); repeatable")
        ->take_all();
    app.add_option("--seed", options.seed, "start from this seed (of a finding: repeats it)");
    app.add_option("--faults", options.faults, "only these faults of hunt.toml");
    app.add_option("--faults-file", options.faults_file, "another file of faults")->capture_default_str();
    app.add_option("--plant", options.plant, "switch a planted bug on; 'each': show that every scenario finds its own");
    app.add_option("--findings", options.findings, "where findings are kept")->capture_default_str();
    app.add_option("--json", options.json, "write the table to this file");
    app.add_option("--hang-seconds", options.hang_seconds, "an iteration that takes longer is a hang")
        ->check(CLI::Range(1.0, 1e6))
        ->capture_default_str();
    app.add_flag("--until-finding,--until-found", options.until_finding, "stop at the first finding");
    std::pair<uint64_t, uint64_t> shard{0, 1};
    app.add_option("--shard", shard, "I/N: of N hunts with one seed, this is the one with number I, from 0")->delimiter('/');
    app.add_flag("--oom", options.out_of_memory, "fail every allocation of each scenario in turn, with its smallest parameters");
    app.add_option("--oom-runs", options.out_of_memory_runs, "with --oom: at most so many runs of each scenario, half of them in turn and half drawn by the seed; 0: all")
        ->capture_default_str();
    app.add_option("--oom-at", options.out_of_memory_at, "as --oom, for the allocation of this number alone");
    app.add_option("--threads", options.sizes.threads, "per cent of what each scenario has at most; -1: drawn")->check(CLI::Range(-1, 100));
    app.add_option("--rounds", options.sizes.rounds, "the same for its rounds")->check(CLI::Range(-1, 100));
    app.add_option("--size", options.sizes.size, "the same for the size of what it works on")->check(CLI::Range(-1, 100));
    app.add_option("--check-readme", options.check_readme, "is the generated table of this file up to date?");
    app.add_option("--write-readme", options.write_readme, "write the generated table of this file");
    app.add_flag("--list", options.list, "say which scenarios there are and which bugs can be planted");
    app.add_flag("--here", options.here, "one batch in this process, for rr and debuggers: a failure ends the process");
    app.add_option("--write-up", options.write_up, "make a finding of the output of a process that ran --here");
    app.add_option("--status", options.status, "with --write-up: its exit status, or minus the signal that ended it");
    app.add_flag("--hung", options.hung, "with --write-up: it was ended because it hung");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        int status = app.exit(error);
        return status == 0 ? 0 : 2;
    }
    if (shard.first >= shard.second)
        throw std::runtime_error(fmt::format("--shard {}/{}: expected I/N with I below N", shard.first, shard.second));
    options.shard = shard.first;
    options.shards = shard.second;
    if (options.list) return list_scenarios();
    if (!options.check_readme.empty()) return check_readme(options.check_readme, false) ? 0 : 1;
    if (!options.write_readme.empty()) return check_readme(options.write_readme, true) ? 0 : 1;
    options.minutes_given = minutes->count() != 0;
    if (!options.write_up.empty()) return Hunt(options).write_up();
    run_again_prepared(argv);
    Hunt hunt(options);
    if (options.out_of_memory || options.out_of_memory_at != 0) return hunt.fail_allocations();
    return options.here ? hunt.run_here() : hunt.run();
}

} // namespace
} // namespace stress

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);
    try {
        return stress::run_program(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "heddle-hunt: {}\n", error.what());
        return 2;
    }
}
