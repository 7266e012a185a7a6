// Runner: runs a program under the controlled scheduler, each time in a fork of this warm process, and says
// what became of it. Bench, hunt, replay and shrink all run their programs through it.
//
//     Runner runner([] { two_threads_and_a_check(); });     // fails by controlled::fail_run(), by a crash,
//     ... runner.plan().strategy = Strategy::Pos; runner.plan().seed = 7; RunResult result = runner.run(); if
//     (result.failed()) { Schedule schedule = record_schedule(runner, result); ... }
//
// The calling process must have one thread only. For runs that repeat across processes, call
// run_again_prepared() of stress/hunt/prepared_process.h first thing in main().
#pragma once

#include "sync/controlled/scheduler.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace stress {

using heddle::sync::ObjectId;
using heddle::sync::ThreadPath;
namespace controlled = heddle::sync::controlled;
using controlled::Outcome;
using controlled::Plan;
using controlled::Record;
using controlled::Strategy;

struct RunResult {
    Outcome outcome = Outcome::None;
    /// The same for failures of the same kind: outcome and message, the sanitizer's summary, or the signal.
    std::string signature;
    /// What the run wrote to stdout and stderr.
    std::string report;
    /// The engine's own rule that it broke (engine/base/rules.def); empty: none.
    std::string broken_rule;
    int signal = 0;

    bool failed() const {
        return outcome != Outcome::None && outcome != Outcome::Passed && outcome != Outcome::WaitsForHost;
    }
};

class Runner {
public:
    /// `body` runs in the fork, under control; returning from it is passing.
    explicit Runner(std::function<void()> body);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// What the next run does. Stays as it is between runs.
    Plan& plan() { return memory_->plan; }
    /// What the last run said. Valid until the next.
    const Record& record() const { return memory_->record; }

    void set_body(std::function<void()> body) { body_ = std::move(body); }
    /// A run that takes longer is a hang: a thread blocks in a way that was not announced.
    void set_hang_seconds(double seconds) { hang_seconds_ = seconds; }
    /// The run inherits stdout and stderr; RunResult::report stays empty.
    void set_captures(bool captures) { captures_ = captures; }

    RunResult run();
    uint64_t runs() const { return runs_; }

private:
    std::function<void()> body_;
    controlled::RunMemory* memory_;
    int diagnostics_;
    double hang_seconds_ = 20;
    bool captures_ = true;
    uint64_t runs_ = 0;
};

/// Copies the recorded switches and choices of the last run into the plan, so that the next run repeats it.
void plan_to_repeat(Runner&);

/// The threads of the last run, what each was about to do or waits for, and their stacks.
std::string describe_threads(const Record&);

} // namespace stress
