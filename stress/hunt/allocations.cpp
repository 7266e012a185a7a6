#include "stress/hunt/allocations.h"

#include "stress/hunt/finding.h"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <numeric>
#include <set>
#include <unistd.h>

namespace stress {

namespace {

using SteadyClock = std::chrono::steady_clock;

// The allocations of a scenario that did not fail in turn, in an order that the seed says; each once.
class Draw {
public:
    Draw(uint64_t first, uint64_t last, uint64_t seed) : random_(seed), numbers_(last < first ? 0 : last - first + 1) {
        std::iota(numbers_.begin(), numbers_.end(), first);
    }
    bool is_empty() const { return numbers_.empty(); }
    uint64_t next() {
        std::swap(numbers_[random_.below(numbers_.size())], numbers_.back());
        uint64_t number = numbers_.back();
        numbers_.pop_back();
        return number;
    }

private:
    Random random_;
    std::vector<uint64_t> numbers_;
};

class Sweep {
public:
    explicit Sweep(const AllocationSweep& options) : options_(options), on_terminal_(isatty(2)) {}

    int run() {
        for (const ScenarioInfo* scenario : options_.scenarios) {
            if (options_.until_finding && found_new_ != 0) break;
            count(*scenario);
        }
        // Those that need little come first: what they leave of their share of the time is for the others.
        if (options_.seconds > 0)
            std::stable_sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.estimate() < b.estimate(); });
        for (part_ = 0; part_ < parts_.size(); part_++) {
            if (options_.until_finding && found_new_ != 0) break;
            sweep(parts_[part_]);
        }
        close_line();
        say_total();
        return found_new_ == 0 ? 0 : 1;
    }

private:
    struct Part {
        const ScenarioInfo* scenario;
        BatchPlan plan;
        uint64_t allocations;
        double seconds_a_run;

        double estimate() const { return seconds_a_run * static_cast<double>(allocations); }
    };
    enum class Run { Passed, PassedWithoutFailing, Found };

    double seconds() const { return std::chrono::duration<double>(SteadyClock::now() - started_).count(); }

    // How many allocations there are: a little different from run to run, as threads are.
    void count(const ScenarioInfo& scenario) {
        Part part{&scenario, {}, 0, 0};
        part.plan.scenario = &scenario;
        part.plan.seed = options_.seed;
        part.plan.planted_bugs = options_.planted_bugs;
        part.plan.hang_seconds = options_.hang_seconds;
        part.plan.once = true;
        part.plan.faults.name = "fail_nth";
        part.plan.faults.fail_nth = UINT64_MAX;
        if (options_.smallest) part.plan.sizes = {0, 0, 0};
        double before = seconds();
        if (run_one(part.plan) == Run::Found) {
            ended_early_++;
            return;
        }
        part.seconds_a_run = seconds() - before;
        part.allocations = progress_->last.allocations;
        parts_.push_back(part);
    }

    void sweep(Part& part) {
        if (options_.only != 0) {
            fail_at(part, options_.only);
            return;
        }
        double begun = seconds();
        // An even share of the time that is left.
        double share = options_.seconds > 0 ? (options_.seconds - begun) / static_cast<double>(parts_.size() - part_) : 0;
        uint64_t runs = 0, in_turn = 0, beyond = 0;
        bool found = false;
        auto is_enough = [&](double of) {
            if (options_.runs_for_each != 0 && static_cast<double>(runs) >= static_cast<double>(options_.runs_for_each) * of) return true;
            return options_.seconds > 0 && runs != 0 && seconds() - begun >= share * of;
        };
        // Half of what there is goes to the first allocations if it cannot be all of them.
        double goes_in_turn = 1;
        if (options_.runs_for_each != 0 && options_.runs_for_each < part.allocations) goes_in_turn = 0.5;
        auto fits = [&] {
            // As runs have been so far, of which the first ones are short: it is made up for by those that are left.
            double each = runs < 20 ? part.seconds_a_run : (seconds() - begun) / static_cast<double>(runs);
            return each * static_cast<double>(part.allocations - std::min(part.allocations, in_turn)) <= share - (seconds() - begun);
        };
        // A run may have fewer allocations than others: that one has none of this number proves it for what lies well beyond.
        uint64_t surely_all = part.allocations + part.allocations / 4;
        // A scenario that loops over its failures would never come to an end.
        uint64_t most = 4 * part.allocations + 1000;
        bool all = part.allocations == 0;
        while (!all && !is_enough(goes_in_turn)) {
            if (options_.seconds > 0 && goes_in_turn == 1 && is_enough(0.5) && !fits()) break;
            in_turn++;
            runs++;
            Run run = fail_at(part, in_turn);
            if (run == Run::Found && options_.until_finding) {
                found = true;
                break;
            }
            all = (run == Run::PassedWithoutFailing && in_turn >= surely_all) || in_turn >= most;
        }
        all = all || in_turn >= surely_all;
        if (!all && !found) {
            Draw draw(in_turn + 1, part.allocations, options_.seed);
            while (!draw.is_empty() && !is_enough(1)) {
                runs++;
                beyond++;
                if (fail_at(part, draw.next()) == Run::Found && options_.until_finding) break;
            }
            all = draw.is_empty();
        }
        close_line();
        uint64_t failed = std::min(in_turn, part.allocations) + beyond;
        failed_ += failed;
        allocations_ += part.allocations;
        complete_ += all;
        std::string which = all ? "each failed once"
                                : fmt::format("1 to {} failed in turn, and {} of the {} others, drawn by seed {}", in_turn, beyond,
                                              part.allocations - std::min(part.allocations, in_turn), options_.seed);
        fmt::print("{:<34} {:>8} allocations: {} ({} runs, {:.1f} s)\n", part.scenario->name, part.allocations, which, runs, seconds() - begun);
        std::fflush(stdout);
    }

    Run fail_at(Part& part, uint64_t nth) {
        part.plan.faults.fail_nth = nth;
        part.plan.faults.name = fmt::format("fail_nth={}", nth);
        show(part, nth);
        return run_one(part.plan);
    }

    Run run_one(const BatchPlan& plan) {
        runs_++;
        progress_->last = {};
        BatchOutcome outcome = run_batch(plan, progress_, [](void*) {}, nullptr);
        if (outcome.kind.empty()) return progress_->last.failed_one ? Run::Passed : Run::PassedWithoutFailing;
        Finding finding = make_finding(plan, outcome, options_.build);
        bool is_new = write_finding(options_.findings, finding, plan, outcome, options_.build);
        found_new_ += is_new;
        if (!keys_.insert(finding.key).second) return Run::Found;
        close_line();
        fmt::print("{} {} in {}, allocation {}\n  {}\n", is_new ? "FOUND" : "KNOWN", finding.key, finding.scenario, plan.faults.fail_nth, finding.summary);
        for (const std::string& frame : finding.frames)
            fmt::print("    {}\n", frame);
        fmt::print("  report: {}/{}/report.txt\n  repeat: {}\n", options_.findings, finding.key, finding.command);
        std::fflush(stdout);
        return Run::Found;
    }

    void show(const Part& part, uint64_t nth) {
        auto now = SteadyClock::now();
        if (now - shown_ < (on_terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(15'000))) return;
        shown_ = now;
        std::string of = options_.seconds > 0 ? fmt::format(" of {:.0f}", options_.seconds) : "";
        fmt::print(stderr, "{}{:.0f}{} s, scenario {} of {}, {}: allocation {} of {}, {} runs, {} findings{}", on_terminal_ ? "\r" : "", seconds(),
                   of, part_ + 1, parts_.size(), part.scenario->name, nth, part.allocations, runs_, keys_.size(), on_terminal_ ? "\033[K" : "\n");
        std::fflush(stderr);
        line_open_ = on_terminal_;
    }
    void close_line() {
        if (line_open_) fmt::print(stderr, "\r\033[K");
        line_open_ = false;
    }

    void say_total() const {
        if (options_.only == 0)
            fmt::print("{} of {} allocations failed; in {} of {} scenarios each of them did\n", failed_, allocations_, complete_,
                       parts_.size() + ended_early_);
        fmt::print("{} runs in {:.0f} s: {} findings, {} new\n", runs_, seconds(), keys_.size(), found_new_);
        std::fflush(stdout);
    }

    const AllocationSweep& options_;
    SharedProgress* progress_ = make_shared_progress();
    SteadyClock::time_point started_ = SteadyClock::now(), shown_ = started_;
    bool on_terminal_, line_open_ = false;
    std::vector<Part> parts_;
    size_t part_ = 0;
    uint64_t runs_ = 0, failed_ = 0, allocations_ = 0, complete_ = 0, ended_early_ = 0, found_new_ = 0;
    std::set<std::string> keys_;
};

} // namespace

int sweep_allocations(const AllocationSweep& options) {
    return Sweep(options).run();
}

} // namespace stress
