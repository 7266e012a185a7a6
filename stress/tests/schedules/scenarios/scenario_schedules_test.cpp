// The scenarios under the scheduler: they pass as they are, their planted bugs are found, and every run
// repeats.
#include "stress/schedules/explorer.h"
#include "stress/schedules/replay.h"
#include "stress/schedules/scenario_programs.h"

#include <gtest/gtest.h>

using namespace stress;

namespace {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr int kRuns = 6, kRepeats = 5;
#else
constexpr int kRuns = 40, kRepeats = 25;
#endif
#endif

const std::vector<Program>& programs() {
    static const std::vector<Program> all = scenario_programs();
    return all;
}

class Scenarios : public testing::TestWithParam<std::string> {};

TEST_P(Scenarios, PassAndRepeat) {
    const Program& program = find_program(programs(), GetParam());
    for (int64_t seed = 1; seed <= 3; seed++) {
        // Small, as there are many.
        Arguments arguments = arguments_for(program, {{"seed", seed}, {"rounds", 15}, {"size", 15}});
        Runner runner([&] { program.body(arguments); });
        program.prepare(runner.plan());
        Search search(runner, "portfolio", static_cast<uint64_t>(seed));
        for (int i = 0; i < kRuns / 3; i++) {
            const RunResult& result = search.step();
            ASSERT_FALSE(result.failed()) << result.signature << '\n'
                                          << result.report << describe_threads(runner.record());
        }
        Schedule schedule = record_schedule(runner, search.result(), program, arguments, "portfolio", 1);
        for (int i = 0; i < kRepeats; i++) {
            Replay again = replay(runner, program, schedule);
            ASSERT_TRUE(again.failed_as_recorded && again.same_trace)
                << again.result.signature << ' ' << again.misfits;
        }
#if defined(__has_feature) && __has_feature(thread_sanitizer)
        // ThreadSanitizer's log of what traces grows too, and which dead cells the limit finds depends on where it lies.
        if (GetParam() == "reentrancy/memory_limits") continue;
#endif
        // Nobody sees that a run is traced, but whoever asks for the trace.
        for (bool traced : {true, false, true}) {
            SCOPED_TRACE(traced ? "traced" : "after a traced run");
            runner.plan().trace = traced;
            Replay again = replay(runner, program, schedule);
            ASSERT_TRUE(again.failed_as_recorded && again.same_trace)
                << again.result.signature << ' ' << again.misfits;
            ASSERT_EQ(runner.record().trace_count != 0, traced);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, Scenarios, testing::ValuesIn([] {
                             std::vector<std::string> names;
                             for (const Program& program : scenario_programs())
                                 names.push_back(program.name);
                             return names;
                         }()),
                         [](const testing::TestParamInfo<std::string>& given) {
                             std::string name = given.param;
                             for (char& c : name) {
                                 if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                             }
                             return name;
                         });

struct Planted {
    const char* scenario;
    const char* failure;
};

class PlantedBugs : public testing::TestWithParam<Planted> {};

void PrintTo(const Planted& given, std::ostream* out) {
    *out << given.scenario;
}

TEST_P(PlantedBugs, AreFoundShrunkAndRepeated) {
    const Program& program = find_program(programs(), GetParam().scenario);
    Schedule schedule;
    Runner runner([] {});
    for (int64_t seed = 1; seed <= 8 && schedule.failure.empty(); seed++) {
        Arguments arguments = arguments_for(program, {{"seed", seed}, {"plant", 1}});
        runner.set_body([&program, arguments] { program.body(arguments); });
        program.prepare(runner.plan());
        Search search(runner, "portfolio", static_cast<uint64_t>(seed));
        while (!search.result().failed() && search.runs() < 120)
            search.step();
        if (search.result().failed())
            schedule = record_schedule(runner, search.result(), program, arguments, "portfolio",
                                       static_cast<uint64_t>(seed));
    }
    ASSERT_NE(schedule.failure, "");
    EXPECT_NE(schedule.failure.find(GetParam().failure), std::string::npos) << schedule.failure;
    for (int i = 0; i < kRepeats; i++) {
        Replay again = replay(runner, program, schedule);
        ASSERT_TRUE(again.failed_as_recorded && again.same_trace)
            << again.result.signature << ' ' << again.misfits;
    }
    Shrunk shrunk = shrink(runner, program, schedule, {.max_runs = 300});
    EXPECT_EQ(shrunk.refusal, "");
    EXPECT_LE(shrunk.schedule.switches.size() + shrunk.schedule.choices.size(),
              schedule.switches.size() + schedule.choices.size());
}

class Canaries : public testing::TestWithParam<Planted> {};

// Every search has a seed of its own; the scenario's parameters are those of its seed 1, with which the bug can happen.
TEST_P(Canaries, EverySearchFindsThePlantedBug) {
    const Program& program = find_program(programs(), GetParam().scenario);
    Arguments arguments = arguments_for(program, {{"seed", 1}, {"plant", 1}});
    Runner runner([&] { program.body(arguments); });
    program.prepare(runner.plan());
    for (uint64_t seed = 1; seed <= 10; seed++) {
        Search search(runner, "portfolio", seed);
        while (!search.result().failed() && search.runs() < 2000)
            search.step();
        EXPECT_NE(search.result().signature.find(GetParam().failure), std::string::npos)
            << "seed " << seed << ": " << search.result().signature;
    }
}

#if defined(__has_feature)
#if !__has_feature(thread_sanitizer)
INSTANTIATE_TEST_SUITE_P(Scenarios, Canaries,
                         testing::Values(Planted{"atomics/wait_notify", "a lost wake-up"},
                                         Planted{"teardown/terminate_waiting", "deadlock"},
                                         Planted{"reentrancy/coercions", "stale-view"}));
#else
INSTANTIATE_TEST_SUITE_P(Scenarios, Canaries,
                         testing::Values(Planted{"primitives/guarded_total", "data race"}));
#endif
#endif

#if defined(__has_feature)
#if !__has_feature(thread_sanitizer)
INSTANTIATE_TEST_SUITE_P(Scenarios, PlantedBugs,
                         testing::Values(Planted{"primitives/parker_hand_off", "deadlock"},
                                         Planted{"detach_races/transfer_ring", "check"},
                                         Planted{"detach_races/grow_against_copies", "buffer"},
                                         Planted{"atomics/exact_totals", "check"},
                                         Planted{"atomics/wait_notify", "a lost wake-up"},
                                         Planted{"teardown/terminate_waiting", "deadlock"},
                                         Planted{"reentrancy/coercions", "broken rule stale-view"}),
                         [](const testing::TestParamInfo<Planted>& given) {
                             std::string name = given.param.scenario;
                             for (char& c : name) {
                                 if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                             }
                             return name;
                         });
#else
// ThreadSanitizer sees what no decision shows: the plain total of this one is never announced.
INSTANTIATE_TEST_SUITE_P(Scenarios, PlantedBugs,
                         testing::Values(Planted{"primitives/guarded_total", "data race"}));
#endif
#endif

} // namespace
