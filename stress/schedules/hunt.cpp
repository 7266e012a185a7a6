// The two hunts: one program until the time is over, and all scenarios in turn.
#include "stress/schedules/hunt.h"

#include "stress/hunt/faults.h"
#include "stress/schedules/explorer.h"
#include "stress/schedules/kept_finding.h"
#include "stress/schedules/scenario_programs.h"
#include "stress/schedules/script_program.h"

#include <chrono>
#include <cstdio>
#include <fmt/core.h>
#include <fnmatch.h>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace stress {

namespace {

using SteadyClock = std::chrono::steady_clock;

struct HuntOptions {
    double minutes = 1;
    uint64_t max_runs = UINT64_MAX;
    std::string strategy = "portfolio";
    uint64_t seed = 1;
    uint64_t shard = 0, shards = 1;
    bool until_found = false;
    std::string findings = "findings";
    std::vector<std::string> scenarios;
    std::string faults, faults_file = HEDDLE_SOURCE_DIR "/stress/hunt.toml";
    std::string file;
    bool module = false, define_262 = false, any_output = false, planted = false;
};

uint64_t whole(const std::string& text, const std::string& option) {
    size_t used = 0;
    uint64_t value = 0;
    try {
        if (!text.starts_with('-')) value = std::stoull(text, &used, 0);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used == 0 || used != text.size())
        throw std::runtime_error(fmt::format("{} needs a whole number and got '{}'", option, text));
    return value;
}

HuntOptions parse(const std::vector<std::string>& words, bool script) {
    HuntOptions options;
    for (size_t i = 0; i < words.size(); i++) {
        std::string word = words[i], attached;
        size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
        bool has_attached = equals != std::string::npos;
        if (has_attached) {
            attached = word.substr(equals + 1);
            word.resize(equals);
        }
        auto value = [&] {
            if (has_attached) return attached;
            if (i + 1 >= words.size()) throw std::runtime_error(word + " needs a value");
            return words[++i];
        };
        if (word == "--minutes") {
            std::string text = value();
            char* end = nullptr;
            options.minutes = std::strtod(text.c_str(), &end);
            if (text.empty() || *end || !(options.minutes > 0))
                throw std::runtime_error(fmt::format("--minutes needs a number above 0 and got '{}'", text));
        } else if (word == "--max-runs")
            options.max_runs = whole(value(), word);
        else if (word == "--strategy")
            options.strategy = value();
        else if (word == "--seed")
            options.seed = whole(value(), word);
        else if (word == "--until-found" || word == "--until-finding")
            options.until_found = true;
        else if (word == "--findings")
            options.findings = value();
        else if (word == "--shard") {
            std::string text = value();
            size_t slash = text.find('/');
            if (slash == std::string::npos)
                throw std::runtime_error(fmt::format("--shard needs I/N, such as 0/4, and got '{}'", text));
            options.shard = whole(text.substr(0, slash), word);
            options.shards = whole(text.substr(slash + 1), word);
            if (options.shard >= options.shards)
                throw std::runtime_error(fmt::format("--shard I/N needs I below N and got '{}'", text));
        } else if (!script && word == "--scenario")
            options.scenarios.push_back(value());
        else if (!script && word == "--faults")
            options.faults = value();
        else if (!script && word == "--faults-file")
            options.faults_file = value();
        else if (!script && word == "--planted")
            options.planted = true;
        else if (script && word == "--262")
            options.define_262 = true;
        else if (script && (word == "--module" || word == "-m"))
            options.module = true;
        else if (script && word == "--any-output")
            options.any_output = true;
        else if (script && !word.starts_with("-") && options.file.empty())
            options.file = word;
        else
            throw std::runtime_error(
                fmt::format("there is no option '{}' here; there are: {}--minutes N --max-runs N --strategy "
                            "S --seed N --shard I/N --until-found --findings FOLDER{}",
                            word, script ? "FILE " : "",
                            script ? " --262 --module --any-output" : " --scenario PATTERN --faults NAME --faults-file FILE --planted"));
    }
    if (script && options.file.empty())
        throw std::runtime_error("hunting in a script needs its file: --script FILE.js");
    if (script && options.file.ends_with(".mjs")) options.module = true;
    if (!make_explorer(options.strategy)) {
        std::string there;
        for (const std::string& name : explorer_names())
            there += ' ' + name;
        throw std::runtime_error(
            fmt::format("there is no strategy '{}'; there are:{}", options.strategy, there));
    }
    return options;
}

// What a hunt has done so far, and its line.
class Progress {
public:
    explicit Progress(const HuntOptions& options) : options_(options) {}

    double seconds() const { return std::chrono::duration<double>(SteadyClock::now() - started_).count(); }
    bool time_is_over() const { return seconds() >= options_.minutes * 60 || runs_ >= options_.max_runs; }
    void count(const Runner& runner) {
        runs_++;
        decisions_ += runner.record().decisions;
    }
    uint64_t runs() const { return runs_; }
    /// Time that did not go into runs of the search: shrinking.
    void pause(double seconds) { paused_ += seconds; }

    void tick(const FindingKeeper& keeper, const std::string& where) {
        bool on_terminal = isatty(2);
        auto now = SteadyClock::now();
        if (now - shown_ < (on_terminal ? std::chrono::milliseconds(100) : std::chrono::milliseconds(15'000)))
            return;
        shown_ = now;
        fmt::print(stderr, "{}{:.0f} of {:.0f} s, {}, {} findings ({} new): {}{}", on_terminal ? "\r" : "",
                   seconds(), options_.minutes * 60, rates(), keeper.found(), keeper.found_new(), where,
                   on_terminal ? "\033[K" : "\n");
        std::fflush(stderr);
        line_open_ = on_terminal;
    }
    void close_line() {
        if (line_open_) fmt::print(stderr, "\r\033[K");
        line_open_ = false;
    }
    std::string rates() const {
        double searching = std::max(seconds() - paused_, 1e-3);
        return fmt::format("{} controlled runs, {:.0f} runs/s, {:.0f} decisions/s", runs_,
                           static_cast<double>(runs_) / searching,
                           static_cast<double>(decisions_) / searching);
    }

private:
    const HuntOptions& options_;
    SteadyClock::time_point started_ = SteadyClock::now();
    SteadyClock::time_point shown_ = started_;
    uint64_t runs_ = 0, decisions_ = 0;
    double paused_ = 0;
    bool line_open_ = false;
};

// Keeps the last run's failure and says so when it is new.
bool keep(FindingKeeper& keeper, Progress& progress, Runner& runner, const Program& program,
          const RunResult& result, const Arguments& arguments, const std::string& strategy, uint64_t seed,
          const std::string& expected = {}) {
    double begun = progress.seconds();
    Schedule schedule = record_schedule(runner, result, program, arguments, strategy, seed);
    KeptFinding finding = keeper.keep(runner, program, result, schedule, expected);
    progress.pause(progress.seconds() - begun);
    if (!finding.is_new) return false;
    progress.close_line();
    fmt::print("FOUND {} in {} after {} runs\n  {}\n", finding.key, program.name, progress.runs(),
               finding.summary);
    if (finding.refusal.empty()) {
        fmt::print("  {} switches and choices, shrunk to {}; fails 20 of 20 times\n", finding.switches_before,
                   finding.switches);
        for (size_t at = 0; at < finding.points.size();) {
            size_t end = finding.points.find('\n', at);
            fmt::print("    {}\n", finding.points.substr(at, end - at));
            at = end == std::string::npos ? finding.points.size() : end + 1;
        }
    } else {
        fmt::print("  not shrunk: {}\n", finding.refusal);
    }
    fmt::print("  report: {}\n  repeat: {}\n", (finding.place / "report.txt").string(), finding.command);
    std::fflush(stdout);
    return true;
}

int end(const FindingKeeper& keeper, Progress& progress) {
    progress.close_line();
    fmt::print("{} in {:.1f} s: {} findings, {} new\n", progress.rates(), progress.seconds(), keeper.found(),
               keeper.found_new());
    return keeper.found_new() == 0 ? 0 : 1;
}

// What a hunt has done in one scenario.
struct Row {
    const ScenarioInfo* scenario = nullptr;
    heddle::sync::WindowTable* windows = nullptr; // shared with the runs
    uint64_t runs = 0;
    uint64_t units = 0;
    uint64_t findings = 0;
};

void print_rows(const std::vector<Row>& rows) {
    size_t width = 20;
    for (const Row& row : rows)
        width = std::max(width, std::string_view(row.scenario->name).size());
    fmt::print("\n{:<{}} {:>12} {:>12} {:>9}\n", "scenario", width, "runs", "windows", "findings");
    for (const Row& row : rows) {
        if (row.runs == 0) continue;
        std::vector<WindowCount> counts = count_windows(*row.scenario, *row.windows);
        uint64_t met = 0;
        for (const WindowCount& count : counts)
            met += count.met;
        fmt::print("{:<{}} {:>12} {:>12} {:>9}\n", row.scenario->name, width, row.runs, met, row.findings);
        for (const WindowCount& count : counts)
            fmt::print("  {:<{}} {:>12} {:>12}\n", count.name, width - 2, count.entered,
                       count.is_mark ? "-" : std::to_string(count.met));
    }
}

// Shards search with streams of their own.
uint64_t stream_of(const HuntOptions& options, uint64_t number) {
    return number == 0 && options.shards == 1
               ? options.seed
               : Random(options.seed + (number * options.shards + options.shard) * 0x9e3779b97f4a7c15)
                         .next() >>
                     16;
}

} // namespace

int hunt_script_command(const std::vector<std::string>& words) {
    HuntOptions options = parse(words, true);
    Script script({options.file, options.module, options.define_262});
    Runner runner([] {});
    FindingKeeper keeper(options.findings, 1500);
    Progress progress(options);
    // The argument map is made anew when what is expected changes.
    auto set_program = [&] {
        Arguments arguments = arguments_for(script.program(), {});
        script.program().select_lines({});
        runner.set_body([&script, arguments] { script.program().body(arguments); });
        script.program().prepare(runner.plan());
        return arguments;
    };
    Arguments arguments = set_program();
    fmt::print("hunting in {} for {:g} minutes by {}, seed {}\n", options.file, options.minutes,
               options.strategy, options.seed);
    std::fflush(stdout);
    runner.plan().strategy = Strategy::NonPreemptive;
    RunResult undisturbed = runner.run();
    progress.count(runner);
    std::string expected;
    if (undisturbed.failed()) {
        keep(keeper, progress, runner, script.program(), undisturbed, arguments, "-", options.seed);
        fmt::print("it fails without any preemption: this is no matter of the schedule\n");
        if (options.until_found) return end(keeper, progress);
    } else if (!options.any_output) {
        // Once more with other random numbers: what they show in is no matter of the schedule.
        expected = script.last_output();
        runner.plan().seed = ~runner.plan().seed;
        RunResult again = runner.run();
        progress.count(runner);
        if (again.failed() || script.last_output() == expected) {
            script.expect_output(expected);
            arguments = set_program();
        } else {
            fmt::print("what it prints depends on random numbers: outputs are not compared\n");
        }
    }
    uint64_t stream = stream_of(options, 0);
    Search search(runner, options.strategy, stream);
    while (!progress.time_is_over()) {
        RunResult result = search.step();
        progress.count(runner);
        progress.tick(keeper, options.file);
        if (!result.failed()) continue;
        keep(keeper, progress, runner, script.program(), result, arguments, options.strategy, stream,
             expected);
        set_program();
        if (options.until_found) break;
    }
    return end(keeper, progress);
}

int hunt_command(const std::vector<std::string>& words) {
    HuntOptions options = parse(words, false);
    std::vector<Program> programs;
    std::vector<bool> used(options.scenarios.size());
    for (Program& program : scenario_programs()) {
        bool wanted = options.scenarios.empty();
        for (size_t i = 0; i < options.scenarios.size(); i++) {
            const std::string& pattern = options.scenarios[i];
            if (fnmatch(pattern.c_str(), program.name.c_str(), 0) != 0 &&
                fnmatch((pattern + "/*").c_str(), program.name.c_str(), 0) != 0)
                continue;
            wanted = used[i] = true;
        }
        if (wanted) programs.push_back(std::move(program));
    }
    for (size_t i = 0; i < used.size(); i++) {
        if (used[i]) continue;
        std::string there;
        for (const Program& program : scenario_programs())
            there += "\n  " + program.name;
        throw std::runtime_error(
            fmt::format("no scenario matches '{}'; there are:{}", options.scenarios[i], there));
    }
    fmt::print("hunting under control in {} scenarios for {:g} minutes by {}, seed {}, shard {}/{}\n",
               programs.size(), options.minutes, options.strategy, options.seed, options.shard,
               options.shards);
    std::fflush(stdout);
    FaultPlan faults(options.faults_file);
    if (!options.faults.empty()) faults.named(options.faults);
    std::vector<Row> rows;
    for (const Program& program : programs) {
        Row row;
        for (const ScenarioInfo* info : all_scenarios()) {
            if (info->name == program.name) row.scenario = info;
        }
        void* memory = mmap(nullptr, sizeof *row.windows, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::runtime_error("no shared memory for the windows of a scenario");
        row.windows = new (memory) heddle::sync::WindowTable{};
        rows.push_back(row);
    }
    Runner runner([] {});
    FindingKeeper keeper(options.findings, 1500);
    Progress progress(options);
    // A unit is a scenario with parameters and a number of runs, so that which runs there are does not depend
    // on how fast they go; the time says how many units are done. Shard I of N does every Nth, beginning with
    // the Ith.
    constexpr uint64_t kRuns = 40;
    bool found_enough = false;
    for (uint64_t unit = options.shard; !progress.time_is_over() && !found_enough; unit += options.shards) {
        const Program& program = programs[unit % programs.size()];
        Row& row = rows[unit % programs.size()];
        uint64_t round = unit / programs.size();
        uint64_t stream =
            unit == 0 ? options.seed : Random(options.seed + unit * 0x9e3779b97f4a7c15).next() >> 16;
        // Every kind of fault that the scenario is composed with gets its turn, in every second round: many make runs long.
        // What is drawn of them becomes arguments, so that the schedule has them.
        const std::vector<Faults>& choices = faults.faults_for(program.name);
        Faults chosen = !options.faults.empty() ? faults.named(options.faults)
                        : round % 2 == 0        ? Faults{}
                                                : choices[(options.seed + round / 2) % choices.size()];
        Arguments given{{"seed", static_cast<int64_t>(stream % 1'000'000)}, {"plant", options.planted}};
        Random draws(stream ^ 0xfa017);
        add_arguments(chosen, draws, given);
        for (const char* name : {"threads", "rounds", "size"})
            given[name] = static_cast<int64_t>(draws.below(101));
        Arguments arguments = arguments_for(program, given);
        auto set_program = [&] {
            runner.set_body([&program, arguments] { program.body(arguments); });
            program.prepare(runner.plan());
            set_rates(chosen, runner.plan());
        };
        set_program();
        row.units++;
        count_windows_in(row.windows);
        Search search(runner, options.strategy, stream);
        while (search.runs() < kRuns && !progress.time_is_over()) {
            // Whoever was inside when a run ended in a crash has not left.
            for (heddle::sync::WindowTable::Entry& entry : row.windows->entries)
                entry.inside.store_relaxed(0);
            RunResult result = search.step();
            progress.count(runner);
            progress.tick(keeper, program.name);
            row.runs++;
            if (!result.failed()) continue;
            count_windows_in(nullptr);
            row.findings += keep(keeper, progress, runner, program, result, arguments, options.strategy, stream);
            set_program();
            found_enough = options.until_found;
            // The rest of the unit would most often fail in the same way.
            break;
        }
    }
    count_windows_in(nullptr);
    progress.close_line();
    print_rows(rows);
    int status = end(keeper, progress);
    // Who looks for one failure does not look for the rest.
    if (options.until_found || options.planted) return status;
    for (const Row& row : rows) {
        for (const std::string& missed : missed_windows(*row.scenario, *row.windows, row.runs, row.units)) {
            if (row.runs == 0) continue;
            fmt::print("{}\n", missed);
            status = 1;
        }
    }
    return status;
}

} // namespace stress
