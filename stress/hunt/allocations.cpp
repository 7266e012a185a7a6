#include "stress/hunt/allocations.h"

#include "stress/hunt/finding.h"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <set>
#include <unistd.h>

namespace stress {

namespace {

using SteadyClock = std::chrono::steady_clock;

class Sweep {
public:
    explicit Sweep(const AllocationSweep& options) : options_(options), on_terminal_(isatty(2)) {}

    int run() {
        for (const ScenarioInfo* scenario : options_.scenarios) {
            sweep(*scenario);
            if (is_over() || (options_.until_finding && found_new_ != 0)) break;
        }
        close_line();
        fmt::print("{} runs with a failing allocation in {} scenarios: {} findings, {} new\n", runs_, scenarios_, keys_.size(), found_new_);
        return found_new_ == 0 ? 0 : 1;
    }

private:
    double seconds() const { return std::chrono::duration<double>(SteadyClock::now() - started_).count(); }
    bool is_over() const { return options_.seconds > 0 && seconds() >= options_.seconds; }

    void sweep(const ScenarioInfo& scenario) {
        scenarios_++;
        BatchPlan plan;
        plan.scenario = &scenario;
        plan.seed = options_.seed;
        plan.planted_bugs = options_.planted_bugs;
        plan.hang_seconds = options_.hang_seconds;
        plan.once = true;
        plan.faults.name = "fail_nth";
        if (options_.smallest) plan.sizes = {0, 0, 0};
        // How many there are differs a little from run to run, as threads do.
        plan.faults.fail_nth = UINT64_MAX;
        if (!run_one(plan)) return;
        uint64_t there = progress_->last.allocations;
        uint64_t step = options_.runs_for_each == 0 ? 1 : std::max<uint64_t>(1, there / options_.runs_for_each);
        uint64_t runs = 0;
        // The first ones one by one in any case: they are those of making an agent.
        for (uint64_t nth = std::max<uint64_t>(1, options_.only);; nth += nth < 8 ? 1 : step) {
            if (is_over()) return;
            plan.faults.fail_nth = nth;
            plan.faults.name = fmt::format("fail_nth={}", nth);
            show(scenario, nth, there);
            runs++;
            bool passed = run_one(plan);
            if (options_.only != 0) break;
            if (!passed && options_.until_finding) return;
            if (passed && !progress_->last.failed_one) {
                // One that may have been a run with fewer allocations than others: what lies beyond is none for sure.
                if (nth >= there + there / 4 || nth >= there + 2 * step) break;
            }
            // A scenario that loops over its failures would never come to an end.
            if (nth > 4 * there + 1000) break;
        }
        close_line();
        fmt::print("{:<34} {:>8} allocations {:>8} runs\n", scenario.name, there, runs);
        std::fflush(stdout);
    }

    bool run_one(const BatchPlan& plan) {
        runs_++;
        progress_->last = {};
        BatchOutcome outcome = run_batch(plan, progress_, [](void*) {}, nullptr);
        if (outcome.kind.empty()) return true;
        Finding finding = make_finding(plan, outcome, options_.build);
        bool is_new = write_finding(options_.findings, finding, plan, outcome, options_.build);
        found_new_ += is_new;
        if (!keys_.insert(finding.key).second) return false;
        close_line();
        fmt::print("{} {} in {}, allocation {}\n  {}\n", is_new ? "FOUND" : "KNOWN", finding.key, finding.scenario, plan.faults.fail_nth, finding.summary);
        for (const std::string& frame : finding.frames)
            fmt::print("    {}\n", frame);
        fmt::print("  report: {}/{}/report.txt\n  repeat: {}\n", options_.findings, finding.key, finding.command);
        std::fflush(stdout);
        return false;
    }

    void show(const ScenarioInfo& scenario, uint64_t nth, uint64_t there) {
        auto now = SteadyClock::now();
        if (now - shown_ < (on_terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(15'000))) return;
        shown_ = now;
        fmt::print(stderr, "{}{:.0f} s, {}: allocation {} of {}, {} findings{}", on_terminal_ ? "\r" : "", seconds(), scenario.name, nth, there,
                   keys_.size(), on_terminal_ ? "\033[K" : "\n");
        std::fflush(stderr);
        line_open_ = on_terminal_;
    }
    void close_line() {
        if (line_open_) fmt::print(stderr, "\r\033[K");
        line_open_ = false;
    }

    const AllocationSweep& options_;
    SharedProgress* progress_ = make_shared_progress();
    SteadyClock::time_point started_ = SteadyClock::now(), shown_ = started_;
    bool on_terminal_, line_open_ = false;
    uint64_t runs_ = 0, scenarios_ = 0, found_new_ = 0;
    std::set<std::string> keys_;
};

} // namespace

int sweep_allocations(const AllocationSweep& options) {
    return Sweep(options).run();
}

} // namespace stress
