// Schedules: what is written reads back, runs repeat exactly, schedules of other builds are searched around,
// and shrunk ones are small and fail every time. Over the shapes of bench/schedules.
#include "bench/schedules/programs.h"
#include "bench/schedules/shape.h"
#include "stress/schedules/explorer.h"
#include "stress/schedules/replay.h"
#include "stress/tests/schedules/build.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace stress;

namespace {

constexpr int kRepeats = kForksAreSlow ? 5 : 100;

// Most shapes have data races by design: ThreadSanitizer reports those, slowly, before anything else happens.
#define SKIP_WHERE_RACES_ARE_SEEN()                                                                          \
    if (kSeesRaces) GTEST_SKIP() << "the shapes have data races by design"

const std::vector<Program>& programs() {
    static const std::vector<Program> all = shapes::shape_programs();
    return all;
}

struct Found {
    const Program* program;
    Schedule schedule;
};

// Failing runs of `count` programs, or passing ones.
std::vector<Found> schedules_of(size_t count, bool failing) {
    std::vector<Found> found;
    for (const Program& program : programs()) {
        if (found.size() == count) break;
        Arguments arguments;
        Runner runner([&] { program.body(arguments); });
        Search search(runner, "random-walk", 7);
        for (int i = 0; i < 300; i++) {
            search.step();
            if (search.result().failed() != failing) continue;
            found.push_back(
                {&program, record_schedule(runner, search.result(), program, arguments, "random-walk", 7)});
            break;
        }
    }
    return found;
}

TEST(Replay, TwentyFailingAndTwentyPassingSchedulesRepeatEveryTime) {
    SKIP_WHERE_RACES_ARE_SEEN();
    for (bool failing : {true, false}) {
        std::vector<Found> found = schedules_of(20, failing);
        ASSERT_EQ(found.size(), 20u);
        Runner runner([] {});
        for (const Found& one : found) {
            for (int i = 0; i < kRepeats; i++) {
                Replay again = replay(runner, *one.program, one.schedule);
                ASSERT_TRUE(again.failed_as_recorded) << one.program->name << ' ' << again.result.signature;
                ASSERT_TRUE(again.same_trace) << one.program->name;
                ASSERT_EQ(again.misfits, 0u) << one.program->name;
            }
        }
    }
}

TEST(Replay, WhatIsWrittenReadsBack) {
    Schedule schedule;
    schedule.build = "controlled";
    schedule.build_id = "0123";
    schedule.program = "shapes/stack";
    schedule.arguments = {{"rounds", 4}, {"below", -2}};
    schedule.strategy = "pos";
    schedule.strategy_seed = 17;
    schedule.seed = 99;
    schedule.failure = "check: the stack underflows";
    schedule.trace_hash = 0xabcdef;
    schedule.switches = {{ThreadPath{}.child(1), 12, ThreadPath{}.child(2).child(3)}};
    schedule.choices = {{ThreadPath{}, 3, controlled::ChoiceKind::AllocationFailure, 1}};
    Schedule read = read_schedule("# why it is kept\n" + write_schedule(schedule));
    EXPECT_EQ(write_schedule(read), write_schedule(schedule));
    EXPECT_EQ(read.switches, schedule.switches);
    EXPECT_EQ(read.choices, schedule.choices);
    EXPECT_EQ(read.arguments, schedule.arguments);
}

// Four threads that touch what all of them touch, more often than a schedule can name.
Program many_switches() {
    return {"many_switches",
            {},
            [](const Arguments&) {
                heddle::sync::Atomic<int> total{0};
                shapes::Threads threads;
                for (int i = 0; i < 4; i++) {
                    threads.start([&] {
                        for (int j = 0; j < 30'000; j++)
                            total.add_relaxed(1);
                    });
                }
                threads.join();
                shapes::require(total.load_relaxed() == 0, "it ended");
            },
            {},
            {}};
}

TEST(Replay, WhatHasTooManySwitchesIsRepeatedByItsStrategy) {
    Program program = many_switches();
    Runner runner([&] { program.body({}); });
    for (const char* strategy : {"random-walk", "reads-from"}) {
        runner.plan().stickiness = 0;
        Search search(runner, strategy, 5);
        search.step();
        if (std::string(strategy) == "reads-from") search.step(); // now with constraints
        ASSERT_TRUE(search.result().failed());
        ASSERT_GT(runner.record().switch_count, static_cast<uint32_t>(controlled::kMaxSwitches));
        Schedule schedule = record_schedule(runner, search.result(), program, {}, strategy, 5);
        ASSERT_TRUE(schedule.steering.has_value());
        EXPECT_TRUE(schedule.switches.empty());
        std::string text = write_schedule(schedule);
        Schedule read = read_schedule(text);
        EXPECT_EQ(write_schedule(read), text);
        // Whatever ran in between.
        runner.plan().seed = 99;
        runner.plan().stickiness = 200;
        runner.plan().constraint_count = 0;
        Replay again = replay(runner, program, read);
        EXPECT_TRUE(again.failed_as_recorded && again.same_trace) << strategy;
        EXPECT_NE(shrink(runner, program, read).refusal.find("more switches than a schedule holds"), std::string::npos);
    }
}

TEST(Replay, NamesWhatIsWrongInAFile) {
    auto complaint = [](const std::string& text) {
        try {
            read_schedule(text);
        } catch (const std::exception& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(complaint("switch main 1 main\n").find("line 1"), std::string::npos);
    EXPECT_NE(complaint("heddle schedule 1\nprogram x\nswitch main one main\n").find("'one' is not a number"),
              std::string::npos);
    EXPECT_NE(complaint("heddle schedule 1\nprogram x\nswitch maine 1 main\n").find("line 3: 'maine'"),
              std::string::npos);
    EXPECT_NE(complaint("heddle schedule 1\n").find("program"), std::string::npos);
    EXPECT_NE(complaint("heddle schedule 1\nprogram x\nchoice main 1 luck 1\n").find("kind of choice"),
              std::string::npos);
    EXPECT_THROW(find_program(programs(), "shapes/nothing"), std::runtime_error);
    EXPECT_THROW(arguments_for(programs()[0], {{"nothing", 1}}), std::runtime_error);
}

// A program whose threads do `before` unrelated operations first, as another build of it would.
Program lost_update(int64_t before) {
    return {"lost_update",
            {{"updates", 3, 1}},
            [before](const Arguments& arguments) {
                shapes::Watched<int> total = 0, other = 0;
                shapes::Lock lock;
                shapes::Threads threads;
                int64_t updates = arguments.at("updates");
                for (int i = 0; i < 2; i++) {
                    threads.start([&] {
                        for (int64_t j = 0; j < before; j++) {
                            shapes::MutexLocker locker(lock);
                            other += 1;
                        }
                        for (int64_t j = 0; j < updates; j++) {
                            int seen = total;
                            shapes::MutexLocker locker(lock);
                            total = seen + 1;
                        }
                    });
                }
                threads.join();
                shapes::require(total.unannounced() == 2 * updates, "an update was lost");
            },
            {}};
}

Schedule failing_schedule(const Program& program, const std::string& strategy) {
    Arguments arguments = arguments_for(program, {});
    Runner runner([&] { program.body(arguments); });
    Search search(runner, strategy, 3);
    while (!search.result().failed() && search.runs() < 2000)
        search.step();
    EXPECT_TRUE(search.result().failed()) << program.name;
    return record_schedule(runner, search.result(), program, arguments, strategy, 3);
}

TEST(Replay, AScheduleOfAnotherBuildIsSearchedAround) {
    SKIP_WHERE_RACES_ARE_SEEN();
    Program old = lost_update(0), changed = lost_update(3);
    Schedule schedule = failing_schedule(old, "random-walk");
    Runner runner([] {});
    schedule = shrink(runner, old, schedule).schedule;
    Replay again = replay_and_search(runner, changed, schedule, 500);
    EXPECT_TRUE(again.failed_as_recorded);
    // And what was found is a schedule of the changed program.
    EXPECT_TRUE(replay(runner, changed, again.found).failed_as_recorded);
    EXPECT_TRUE(replay(runner, changed, again.found).same_trace);
}

TEST(Replay, ShowsTheInterleavingAsATable) {
    SKIP_WHERE_RACES_ARE_SEEN();
    const Program& program = find_program(programs(), "shapes/deadlock01");
    Schedule schedule = failing_schedule(program, "pos");
    Runner runner([] {});
    runner.plan().trace = true;
    Replay run = replay(runner, program, schedule);
    EXPECT_TRUE(run.same_trace); // tracing changes nothing
    std::string table = trace_table(runner.record(), false);
    EXPECT_NE(table.find("main/1 shape"), std::string::npos) << table;
    EXPECT_NE(table.find("MutexLock main#0"), std::string::npos) << table;
    EXPECT_NE(table.find("ordering.cpp:"), std::string::npos) << table;
    std::string explained = explain_switches(runner, program, schedule);
    EXPECT_NE(explained.find("goes on with"), std::string::npos) << explained;
}

TEST(Shrink, TheMedianOfTwentyShrunkSchedulesIsAtMostThree) {
    SKIP_WHERE_RACES_ARE_SEEN();
    std::vector<size_t> sizes;
    Runner runner([] {});
    int count = kRepeats == 100 ? 20 : 4;
    for (const Program& program : programs()) {
        if (static_cast<int>(sizes.size()) == count) break;
        Schedule schedule = failing_schedule(program, "reads-from");
        Shrunk shrunk = shrink(runner, program, schedule, {.confirmations = 20, .max_runs = 600});
        EXPECT_EQ(shrunk.refusal, "") << program.name;
        EXPECT_EQ(shrunk.schedule.failure, schedule.failure);
        sizes.push_back(shrunk.schedule.switches.size() + shrunk.schedule.choices.size());
    }
    std::sort(sizes.begin(), sizes.end());
    RecordProperty("median", static_cast<int>(sizes[sizes.size() / 2]));
    EXPECT_LE(sizes[sizes.size() / 2], 3u);
}

TEST(Shrink, MakesTheInputSmallerToo) {
    SKIP_WHERE_RACES_ARE_SEEN();
    Program program = lost_update(1);
    Schedule schedule = failing_schedule(program, "random-walk");
    Runner runner([] {});
    Shrunk shrunk = shrink(runner, program, schedule);
    EXPECT_EQ(shrunk.refusal, "");
    EXPECT_EQ(shrunk.schedule.arguments.at("updates"), 1);
    EXPECT_LE(shrunk.schedule.switches.size(), 2u);
}

TEST(Shrink, RefusesWhatDoesNotFail) {
    SKIP_WHERE_RACES_ARE_SEEN();
    Program program = lost_update(0);
    Schedule schedule = failing_schedule(program, "random-walk");
    Program sound{"lost_update", {{"updates", 3, 1}}, [](const Arguments&) {}, {}, {}};
    Runner runner([] {});
    Shrunk shrunk = shrink(runner, sound, schedule, {.max_runs = 100});
    EXPECT_NE(shrunk.refusal.find("does not fail as"), std::string::npos) << shrunk.refusal;
    schedule.failure.clear();
    EXPECT_NE(shrink(runner, program, schedule).refusal, "");
}

TEST(Search, TheSameSeedMakesTheSameRuns) {
    SKIP_WHERE_RACES_ARE_SEEN();
    const Program& program = find_program(programs(), "shapes/twostage");
    Runner runner([&] { program.body({}); });
    for (const std::string& strategy : explorer_names()) {
        std::vector<uint64_t> first, second;
        for (auto* hashes : {&first, &second}) {
            Search search(runner, strategy, 11);
            for (int i = 0; i < 12; i++) {
                search.step();
                hashes->push_back(runner.record().trace_hash);
            }
        }
        EXPECT_EQ(first, second) << strategy;
    }
    EXPECT_THROW(Search(runner, "nothing", 1), std::runtime_error);
}

TEST(Search, ThePortfolioFindsWhatHardlyAnyWalkFinds) {
    SKIP_WHERE_RACES_ARE_SEEN();
    const Program& program = find_program(programs(), "shapes/reorder_100");
    Runner runner([&] { program.body({}); });
    for (uint64_t seed = 0; seed < 5; seed++) {
        Search search(runner, "portfolio", seed);
        while (!search.result().failed() && search.runs() < 50)
            search.step();
        EXPECT_TRUE(search.result().failed()) << seed;
    }
}

} // namespace
