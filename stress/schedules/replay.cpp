// Replay, the search around a schedule that no longer fits, and shrinking.
#include "stress/schedules/replay.h"

#include "stress/schedules/explorer.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>

namespace stress {

namespace {

bool fails_as(const RunResult& result, const std::string& failure) {
    // A schedule without a failure is one that passed.
    return failure.empty() ? !result.failed() : result.failed() && result.signature == failure;
}

void set_program(Runner& runner, const Program& program, const Arguments& arguments) {
    runner.set_body([&program, arguments] { program.body(arguments); });
    if (program.prepare) program.prepare(runner.plan());
}

// The schedule with a few random edits.
Schedule vary(const Schedule& schedule, const Record& record, Random& random) {
    Schedule changed = schedule;
    // Switches are what can be moved a little; a strategy decides everything anew.
    changed.steering.reset();
    auto any_thread = [&] {
        return record.threads[random.below(std::max<uint32_t>(1, record.thread_count))].path;
    };
    uint64_t edits = 1 + random.below(3);
    for (uint64_t i = 0; i < edits; i++) {
        uint64_t kind = random.below(8);
        if (changed.switches.empty() || kind == 7) {
            uint32_t thread = static_cast<uint32_t>(random.below(std::max<uint32_t>(1, record.thread_count)));
            uint32_t steps = std::max<uint32_t>(1, record.threads[thread].step);
            changed.switches.push_back(
                {record.threads[thread].path, 1 + static_cast<uint32_t>(random.below(steps)), any_thread()});
            continue;
        }
        controlled::Switch& one = changed.switches[random.below(changed.switches.size())];
        if (kind < 4) {
            // Near more often than far: code that was added or removed moves the numbers a little.
            int64_t distance =
                int64_t{1} + static_cast<int64_t>(random.below(uint64_t{1} << random.below(7)));
            int64_t step = static_cast<int64_t>(one.step) + (random.one_in(2) ? distance : -distance);
            one.step = static_cast<uint32_t>(std::max<int64_t>(1, step));
        } else if (kind < 6) {
            one.next = any_thread();
        } else {
            changed.switches.erase(changed.switches.begin() + (&one - changed.switches.data()));
        }
    }
    return changed;
}

} // namespace

Replay replay(Runner& runner, const Program& program, const Schedule& schedule) {
    set_program(runner, program, arguments_for(program, schedule.arguments));
    plan_schedule(runner, schedule);
    Replay replay;
    replay.result = runner.run();
    replay.failed_as_recorded = fails_as(replay.result, schedule.failure);
    replay.same_trace = runner.record().trace_hash == schedule.trace_hash;
    replay.followed = runner.record().followed;
    replay.misfits = runner.record().misfits;
    replay.found = schedule;
    return replay;
}

Replay replay_and_search(Runner& runner, const Program& program, const Schedule& schedule, uint64_t budget) {
    Replay first = replay(runner, program, schedule);
    if (first.failed_as_recorded || schedule.failure.empty()) return first;
    Random random(schedule.strategy_seed ^ 0x5eed);
    Arguments arguments = arguments_for(program, schedule.arguments);
    auto keep = [&](const RunResult& result, uint64_t runs) {
        Replay found = first;
        found.result = result;
        found.failed_as_recorded = true;
        found.same_trace = false;
        found.runs_around = runs;
        found.found =
            record_schedule(runner, result, program, arguments, schedule.strategy, schedule.strategy_seed);
        return found;
    };
    uint64_t around = budget * 3 / 4;
    for (uint64_t run = 1; run <= around; run++) {
        plan_schedule(runner, vary(schedule, runner.record(), random));
        RunResult result = runner.run();
        if (fails_as(result, schedule.failure)) return keep(result, run);
    }
    Search search(runner, "portfolio", schedule.strategy_seed);
    while (search.runs() + around < budget) {
        if (fails_as(search.step(), schedule.failure)) return keep(search.result(), around + search.runs());
    }
    first.runs_around = budget;
    return first;
}

namespace {

class Shrinker {
public:
    Shrinker(Runner& runner, const Program& program, const Schedule& schedule, const ShrinkOptions& options)
        : runner_(runner), program_(program), best_(schedule), options_(options) {}

    Shrunk run() {
        Shrunk shrunk;
        uint64_t runs_before = runner_.runs();
        if (best_.failure.empty()) {
            shrunk.refusal = "the schedule is of a run that passed";
            return shrunk;
        }
        if (best_.steering) {
            shrunk.refusal = "the run has more switches than a schedule holds: strategy and seed repeat it, and there are "
                             "none to drop one by one";
            return shrunk;
        }
        if (!try_schedule(best_)) {
            // Another build's: shrink what is found around it.
            Replay around = replay_and_search(runner_, program_, best_, options_.max_runs / 4);
            if (!around.failed_as_recorded) {
                shrunk.refusal = fmt::format(
                    "the schedule does not fail as '{}', nor does anything within {} runs around it",
                    best_.failure, around.runs_around);
                return shrunk;
            }
            best_ = around.found;
        }
        shrunk.switches_before = best_.switches.size() + best_.choices.size();
        drop_switches();
        shrink_arguments();
        drop_switches();
        look_for_fewer();
        int failed = 0;
        for (int i = 0; i < options_.confirmations; i++) {
            Replay again = replay(runner_, program_, best_);
            failed += again.failed_as_recorded && again.same_trace;
        }
        if (failed != options_.confirmations)
            shrunk.refusal =
                fmt::format("the shrunk schedule fails {} of {} times: something is not decided by it",
                            failed, options_.confirmations);
        best_.build_id = build_id();
        shrunk.schedule = best_;
        shrunk.runs = runner_.runs() - runs_before;
        return shrunk;
    }

private:
    bool out_of_runs() const { return runner_.runs() > start_ + options_.max_runs; }

    // Runs it; when it fails as wanted, keeps what the run itself recorded, which is never more than what was
    // planned.
    bool try_schedule(const Schedule& candidate) {
        set_program(runner_, program_, arguments_for(program_, candidate.arguments));
        plan_schedule(runner_, candidate);
        return adopt(runner_.run(), candidate.arguments);
    }
    bool adopt(const RunResult& result, const Arguments& arguments) {
        if (!fails_as(result, best_.failure)) return false;
        Schedule recorded = record_schedule(runner_, result, program_, arguments_for(program_, arguments),
                                            best_.strategy, best_.strategy_seed);
        recorded.failure = best_.failure;
        best_ = recorded;
        return true;
    }

    // ddmin over switches and choices together.
    void drop_switches() {
        size_t parts = 2;
        while (!out_of_runs()) {
            size_t count = best_.switches.size() + best_.choices.size();
            if (count == 0) return;
            parts = std::min(parts, count);
            bool reduced = false;
            for (size_t part = 0; part < parts && !reduced && !out_of_runs(); part++) {
                // From the end: what comes late has less to do with what came before it.
                size_t index = parts - 1 - part;
                size_t from = count * index / parts, to = count * (index + 1) / parts;
                Schedule candidate = best_;
                candidate.switches.clear();
                candidate.choices.clear();
                for (size_t i = 0; i < count; i++) {
                    if (i >= from && i < to) continue;
                    if (i < best_.switches.size())
                        candidate.switches.push_back(best_.switches[i]);
                    else
                        candidate.choices.push_back(best_.choices[i - best_.switches.size()]);
                }
                reduced = try_schedule(candidate) && best_.switches.size() + best_.choices.size() < count;
            }
            if (reduced) {
                parts = std::max<size_t>(2, parts - 1);
                continue;
            }
            if (parts >= count) return;
            parts = std::min(count, parts * 2);
        }
    }

    void shrink_arguments() {
        for (const Parameter& parameter : program_.parameters) {
            for (;;) {
                int64_t now = arguments_for(program_, best_.arguments)[parameter.name];
                std::vector<int64_t> candidates{parameter.least,
                                                parameter.least + (now - parameter.least) / 2, now - 1};
                bool reduced = false;
                for (int64_t value : candidates) {
                    if (value < parameter.least || value >= now || out_of_runs()) continue;
                    Schedule candidate = best_;
                    candidate.arguments[parameter.name] = value;
                    if (try_schedule(candidate) || find_with(candidate.arguments)) {
                        reduced = true;
                        break;
                    }
                }
                if (!reduced) break;
            }
        }
    }

    // With other arguments the operations have other numbers: a short search instead of the old schedule.
    bool find_with(const Arguments& arguments) {
        set_program(runner_, program_, arguments_for(program_, arguments));
        Search search(runner_, "portfolio", best_.strategy_seed);
        while (search.runs() < 60 && !out_of_runs()) {
            search.step();
            if (adopt(search.result(), arguments)) return true;
        }
        return false;
    }

    // Delta debugging stops where no single switch can go. Fewer may do elsewhere: schedules with few
    // switches, at the places of the ones at hand and near them.
    void look_for_fewer() {
        Random random(best_.strategy_seed + 1);
        uint64_t budget = 400;
        while (best_.switches.size() > 1 && budget > 0 && !out_of_runs()) {
            size_t count = best_.switches.size();
            bool reduced = false;
            for (; budget > 0 && !reduced && !out_of_runs(); budget--) {
                Schedule candidate = best_;
                candidate.switches.erase(candidate.switches.begin() +
                                         static_cast<ptrdiff_t>(random.below(candidate.switches.size())));
                candidate = vary(candidate, runner_.record(), random);
                if (candidate.switches.size() >= count) candidate.switches.resize(count - 1);
                Schedule before = best_;
                if (!try_schedule(candidate)) continue;
                if (best_.switches.size() < count)
                    reduced = true;
                else
                    best_ = before;
            }
            if (reduced) drop_switches();
        }
    }

    Runner& runner_;
    const Program& program_;
    Schedule best_;
    ShrinkOptions options_;
    uint64_t start_ = runner_.runs();
};

} // namespace

Shrunk shrink(Runner& runner, const Program& program, const Schedule& schedule,
              const ShrinkOptions& options) {
    return Shrinker(runner, program, schedule, options).run();
}

} // namespace stress
