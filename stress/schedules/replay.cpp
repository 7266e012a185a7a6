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

void set_program(Runner& runner, const Program& program, const Arguments& arguments, const Lines& lines) {
    if (program.select_lines) program.select_lines(lines);
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
    set_program(runner, program, arguments_for(program, schedule.arguments), schedule.lines);
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
        found.found.lines = schedule.lines;
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
        shrunk.switches_before = size_of(best_);
        drop_switches();
        Schedule before_input = best_;
        shrink_arguments();
        shrink_text();
        drop_switches();
        // A smaller input may need more switches, and the runs may end before those that it does not need are dropped.
        if (size_of(best_) > shrunk.switches_before) best_ = before_input;
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
    static size_t size_of(const Schedule& schedule) { return schedule.switches.size() + schedule.choices.size(); }
    bool out_of_runs() const { return runner_.runs() > start_ + options_.max_runs; }

    // Runs it; when it fails as wanted, keeps what the run itself recorded, which is never more than what was
    // planned.
    bool try_schedule(const Schedule& candidate) {
        set_program(runner_, program_, arguments_for(program_, candidate.arguments), candidate.lines);
        plan_schedule(runner_, candidate);
        return adopt(runner_.run(), candidate.arguments, candidate.lines);
    }
    bool adopt(const RunResult& result, const Arguments& arguments, const Lines& lines) {
        if (!fails_as(result, best_.failure)) return false;
        Schedule recorded = record_schedule(runner_, result, program_, arguments_for(program_, arguments),
                                            best_.strategy, best_.strategy_seed);
        recorded.failure = best_.failure;
        recorded.lines = lines;
        best_ = recorded;
        return true;
    }

    // ddmin over switches and choices together.
    void drop_switches() {
        size_t parts = 2;
        while (!out_of_runs()) {
            size_t count = size_of(best_);
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
                reduced = try_schedule(candidate) && size_of(best_) < count;
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
                    if (try_schedule(candidate) || find_with(candidate, 60)) {
                        reduced = true;
                        break;
                    }
                }
                if (!reduced) break;
            }
        }
    }

    // With other arguments or less text the operations have other numbers: a short search instead of the old schedule.
    bool find_with(const Schedule& candidate, uint64_t most) {
        set_program(runner_, program_, arguments_for(program_, candidate.arguments), candidate.lines);
        Search search(runner_, "portfolio", best_.strategy_seed);
        while (search.runs() < most && !out_of_runs()) {
            search.step();
            if (adopt(search.result(), candidate.arguments, candidate.lines)) return true;
        }
        return false;
    }

    // Leaves out pieces of a text whose brackets close in themselves, the longest of each beginning first, and the
    // two lines around a block; again and again until none can go. What is left still ends as it should without
    // preemptions, so that the failure stays one of the schedule.
    void shrink_text() {
        if (program_.text.empty()) return;
        if (best_.lines.empty()) {
            for (uint32_t line = 1; line <= program_.text.size(); line++)
                best_.lines.push_back(line);
        }
        fails_undisturbed_ = !run_undisturbed(best_);
        leave_out_blank_lines();
        for (bool reduced = true; reduced && !out_of_runs();) {
            reduced = false;
            for (size_t from = 0; from < best_.lines.size() && !out_of_runs();) {
                bool left_out = leave_out_from(from);
                reduced |= left_out;
                from += !left_out;
            }
        }
        if (best_.lines.size() == program_.text.size()) best_.lines.clear();
    }

    // They say nothing, and each would cost a run.
    void leave_out_blank_lines() {
        Schedule candidate = best_;
        std::erase_if(candidate.lines, [&](uint32_t line) {
            const std::string& text = program_.text[line - 1];
            size_t first = text.find_first_not_of(" \t\r");
            return first == std::string::npos || text.compare(first, 2, "//") == 0;
        });
        (void)(candidate.lines.empty() || try_text(candidate));
    }

    // A piece that begins at this position in best_.lines, or the first and last line of it.
    bool leave_out_from(size_t from) {
        std::vector<size_t> ends;
        int depth = 0;
        for (size_t i = from; i < best_.lines.size() && depth >= 0; i++) {
            for (char c : program_.text[best_.lines[i] - 1])
                depth += (c == '{' || c == '(' || c == '[') - (c == '}' || c == ')' || c == ']');
            if (depth == 0) ends.push_back(i);
        }
        if (ends.empty()) return false;
        for (size_t count = ends.size(); count > 0; count /= 2) {
            size_t last = ends[count - 1];
            if (try_without([&](size_t i) { return i >= from && i <= last; })) return true;
        }
        return ends[0] > from && try_without([&](size_t i) { return i == from || i == ends[0]; });
    }

    bool try_without(const std::function<bool(size_t)>& is_left_out) {
        Schedule candidate = best_;
        candidate.lines.clear();
        for (size_t i = 0; i < best_.lines.size(); i++) {
            if (!is_left_out(i)) candidate.lines.push_back(best_.lines[i]);
        }
        return !candidate.lines.empty() && try_text(candidate);
    }

    bool try_text(Schedule& candidate) {
        if (!fails_undisturbed_ && !run_undisturbed(candidate)) return false;
        return try_schedule(candidate) || find_with(candidate, 25);
    }

    // Sets what the candidate's text is expected to show.
    bool run_undisturbed(Schedule& candidate) {
        Schedule undisturbed = candidate;
        undisturbed.switches.clear();
        undisturbed.choices.clear();
        set_program(runner_, program_, arguments_for(program_, undisturbed.arguments), candidate.lines);
        plan_schedule(runner_, undisturbed);
        // Another output than the whole text's is no failure of this one.
        RunResult result = runner_.run();
        Arguments expected = candidate.arguments;
        if (program_.expect_as_run) program_.expect_as_run(expected);
        if (expected != candidate.arguments) {
            candidate.arguments = undisturbed.arguments = expected;
            set_program(runner_, program_, arguments_for(program_, expected), candidate.lines);
            plan_schedule(runner_, undisturbed);
            result = runner_.run();
        }
        return !result.failed();
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
    bool fails_undisturbed_ = false;
};

} // namespace

Shrunk shrink(Runner& runner, const Program& program, const Schedule& schedule,
              const ShrinkOptions& options) {
    return Shrinker(runner, program, schedule, options).run();
}

} // namespace stress
