// The controlled scheduler shown to itself: exact deadlocks, lost wake-ups, virtual time, spinning, names,
// replays.
#ifdef HEDDLE_CONTROLLED

#include "stress/schedules/explorer.h"
#include "stress/schedules/kept_finding.h"
#include "stress/schedules/runner.h"
#include "stress/tests/schedules/build.h"
#include "sync/choice.h"
#include "sync/condition_variable.h"
#include "sync/controlled/raw.h"
#include "sync/controlled/watched.h"
#include "sync/current_thread.h"
#include "sync/host_wait.h"
#include "sync/mutex.h"
#include "sync/parker.h"
#include "sync/thread.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fmt/core.h>
#include <set>
#include <unistd.h>

using namespace heddle::sync;
using heddle::sync::controlled::Watched;
using namespace stress;

namespace {

void start(Thread& thread, auto body) {
    HEDDLE_CHECK(thread.start({.name = "part", .stack_size = 256 << 10}, body));
}
void expect(bool condition, const char* message) {
    if (!condition) controlled::fail_run(message);
}

void lost_update() {
    Watched<int> total = 0;
    Thread threads[2];
    for (Thread& thread : threads)
        start(thread, [&] { total += 1; });
    for (Thread& thread : threads)
        thread.join();
    expect(total == 2, "an update was lost");
}

void guarded_update() {
    Watched<int> total = 0;
    Mutex mutex(Rank::Leaf);
    Thread threads[3];
    for (Thread& thread : threads) {
        start(thread, [&] {
            for (int i = 0; i < 4; i++) {
                MutexLocker locker(mutex);
                total += 1;
            }
        });
    }
    for (Thread& thread : threads)
        thread.join();
    expect(total == 12, "an update was lost under the mutex");
}

// Ranks forbid the cycle of two mutexes, so the wait is for a condition that only the other one signals.
void deadlock() {
    Mutex mutex(Rank::Leaf);
    ConditionVariable ready;
    bool first = false, second = false;
    Thread other;
    start(other, [&] {
        MutexLocker locker(mutex);
        while (!first)
            ready.wait(mutex);
        second = true;
        ready.notify_all();
    });
    {
        MutexLocker locker(mutex);
        while (!second)
            ready.wait(mutex);
        first = true;
        ready.notify_all();
    }
    other.join();
}

void lost_wake_up() {
    Mutex mutex(Rank::Leaf);
    ConditionVariable changed;
    Atomic<int> ready{0};
    Thread other;
    start(other, [&] {
        ready.store_release(1);
        changed.notify_one(); // without the mutex: may come between the test and the wait
    });
    {
        MutexLocker locker(mutex);
        // Once and not in a loop, so that a spurious wake-up is no failure here.
        if (ready.load_acquire() == 0) changed.wait(mutex);
    }
    other.join();
}

int failures_in(Runner& runner, int runs, Outcome wanted) {
    int failures = 0;
    for (int i = 0; i < runs; i++) {
        runner.plan().seed = static_cast<uint64_t>(i) + 1;
        RunResult result = runner.run();
        if (result.failed()) {
            EXPECT_EQ(outcome_name(result.outcome), std::string(outcome_name(wanted))) << result.report;
            failures++;
        }
    }
    return failures;
}

// Paints what lies below the caller's frame and belongs to nobody, and says where that begins.
constexpr size_t kPainted = 96 << 10;
constexpr uint8_t kPaint = 0xA5;
[[gnu::noinline]] void paint_dead_stack(uintptr_t& begin) {
    volatile uint8_t dead[kPainted];
    for (volatile uint8_t& byte : dead)
        byte = kPaint;
    begin = reinterpret_cast<uintptr_t>(&dead[0]);
}
// How deep calls have gone since.
[[gnu::noinline]] size_t touched_since(uintptr_t painted) {
    auto dead = reinterpret_cast<const volatile uint8_t*>(painted);
    size_t untouched = 0;
    while (untouched < kPainted && dead[untouched] == kPaint)
        untouched++;
    return kPainted - untouched;
}

// As the interpreter, when it is asked for the place in the script.
void position_with_deep_calls(void*, char* text, size_t capacity) {
    volatile uint8_t frames[48 << 10];
    for (volatile uint8_t& byte : frames)
        byte = 1;
    controlled::raw::copy_text(text, "somewhere", capacity);
}

void operations_on_a_painted_stack() {
    ThreadRecord& thread = current_thread();
    thread.agent = &thread; // opaque: there is somebody to ask for a place
    Mutex mutex(Rank::Leaf);
    ConditionVariable changed;
    Atomic<int> turns{0};
    bool done = false;
    Thread other;
    start(other, [&] {
        for (int i = 0; i < 20; i++)
            turns.add_relaxed(1);
        MutexLocker locker(mutex);
        done = true;
        changed.notify_all();
    });
    auto within = [](const char* what, auto operation) {
        // The engine's own part of an announcement.
        constexpr size_t kShallow = 1024;
        uintptr_t painted;
        paint_dead_stack(painted);
        operation();
        size_t touched = touched_since(painted);
        if (touched > kShallow) controlled::fail_run(fmt::format("{} leaves {} bytes on the stack", what, touched).c_str());
    };
    for (int i = 0; i < 10; i++) {
        within("a mutex", [&] {
            mutex.lock();
            mutex.unlock();
        });
        within("an atomic", [&] { turns.add_relaxed(1); });
        within("a choice", [&] { choose(controlled::ChoiceKind::RandomNumber, 7); });
    }
    {
        MutexLocker locker(mutex);
        while (!done)
            within("a wait", [&] { changed.wait(mutex); });
    }
    within("a join", [&] { other.join(); });
    thread.agent = nullptr;
}

// What differs between a search, a replay and a trace must not lie where the collector looks for references.
TEST(Controlled, WorksOnStacksOfItsOwn) {
    if (kSeesRaces || kForksAreSlow) GTEST_SKIP() << "instrumented code has frames of its own below";
    Runner runner(operations_on_a_painted_stack);
    runner.plan().observer.position = position_with_deep_calls;
    for (Strategy strategy : {Strategy::NonPreemptive, Strategy::RandomWalk, Strategy::Pct, Strategy::Pos, Strategy::Surw,
                              Strategy::ReadsFrom, Strategy::Recorded}) {
        if (strategy == Strategy::Recorded)
            plan_to_repeat(runner);
        else
            runner.plan().strategy = strategy;
        for (bool traced : {false, true}) {
            runner.plan().trace = traced;
            for (uint64_t seed = 0; seed < 5; seed++) {
                runner.plan().seed = seed;
                RunResult result = runner.run();
                ASSERT_EQ(result.outcome, Outcome::Passed)
                    << strategy_name(strategy) << (traced ? ", traced: " : ": ") << runner.record().message << result.report;
            }
        }
    }
}

TEST(Controlled, FindsALostUpdateWithEveryStrategy) {
    Runner runner(lost_update);
    for (Strategy strategy :
         {Strategy::RandomWalk, Strategy::Pct, Strategy::Pos, Strategy::Surw, Strategy::ReadsFrom}) {
        runner.plan().strategy = strategy;
        runner.plan().expected_length = 20;
        EXPECT_GT(
            failures_in(runner, kSeesRaces ? 4 : 60, kSeesRaces ? Outcome::Sanitizer : Outcome::FailedCheck),
            0)
            << strategy_name(strategy);
    }
}

TEST(Controlled, FindsNothingWhereNothingIs) {
    Runner runner(guarded_update);
    for (Strategy strategy :
         {Strategy::NonPreemptive, Strategy::RandomWalk, Strategy::Pct, Strategy::Pos, Strategy::Surw}) {
        runner.plan().strategy = strategy;
        for (int i = 0; i < 30; i++) {
            runner.plan().seed = static_cast<uint64_t>(i);
            RunResult result = runner.run();
            EXPECT_EQ(result.outcome, Outcome::Passed)
                << strategy_name(strategy) << ' ' << result.signature << result.report;
        }
    }
}

TEST(Controlled, ReportsADeadlockTenTimesInTen) {
    Runner runner(deadlock);
    runner.plan().strategy = Strategy::Pos;
    runner.plan().spurious_one_in = 0;
    EXPECT_EQ(failures_in(runner, 10, Outcome::Deadlock), 10);
    std::string text = describe_threads(runner.record());
    EXPECT_NE(text.find("main 'main': waits in ConditionWait"), std::string::npos) << text;
    EXPECT_NE(text.find("main/1 'part': waits in ConditionWait"), std::string::npos) << text;
    EXPECT_NE(text.find("deadlock()"), std::string::npos) << text;
}

TEST(Controlled, FindsALostWakeUpAndRepeatsIt) {
    Runner runner(lost_wake_up);
    runner.plan().strategy = Strategy::Pos;
    runner.plan().spurious_one_in = 0;
    bool found = false;
    for (uint64_t seed = 0; seed < 100 && !found; seed++) {
        runner.plan().seed = seed;
        found = runner.run().outcome == Outcome::Deadlock;
    }
    ASSERT_TRUE(found);
    plan_to_repeat(runner);
    uint64_t hash = runner.record().trace_hash;
    for (int i = 0; i < 10; i++) {
        EXPECT_EQ(runner.run().outcome, Outcome::Deadlock);
        EXPECT_EQ(runner.record().trace_hash, hash);
        EXPECT_EQ(runner.record().misfits, 0u);
    }
}

TEST(Controlled, SeesTheRaceThatItsHandOffsMustNotHide) {
    // The threads touch the data far apart: no schedule puts the two accesses side by side.
    Runner runner([] {
        int plain = 0;
        Atomic<int> unrelated{0}, also_unrelated{0};
        Thread first, second;
        start(first, [&] {
            plain = 1;
            for (int i = 0; i < 8; i++)
                unrelated.add_relaxed(1);
        });
        start(second, [&] {
            for (int i = 0; i < 8; i++)
                also_unrelated.add_relaxed(1);
            plain = 2;
        });
        first.join();
        second.join();
    });
    runner.plan().strategy = Strategy::RandomWalk;
    int reports = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        runner.plan().seed = seed;
        RunResult result = runner.run();
        if (result.outcome == Outcome::Sanitizer && result.report.find("data race") != std::string::npos)
            reports++;
        else
            EXPECT_EQ(result.outcome, Outcome::Passed) << result.report;
    }
    EXPECT_EQ(reports, kSeesRaces ? 10 : 0);
}

TEST(Controlled, SleepsAndTimedWaitsCostNothing) {
    Runner runner([] {
        Mutex mutex(Rank::Leaf);
        ConditionVariable never;
        MonotonicTime began = now();
        Thread sleeper;
        start(sleeper, [] { sleep_until(now().after_milliseconds(3'600'000)); });
        {
            MutexLocker locker(mutex);
            MonotonicTime deadline = now().after_milliseconds(60'000);
            while (never.wait_until(mutex, deadline) != WaitOutcome::TimedOut) {
            }
            expect(now() >= deadline, "the clock is behind the deadline that passed");
        }
        Parker parker;
        expect(parker.park_until(now().after_milliseconds(60'000)) == WaitOutcome::TimedOut,
               "a permit from nowhere");
        sleeper.join();
        expect(nanoseconds_between(began, now()) >= 3'600'000'000'000, "an hour has not passed");
    });
    for (Strategy strategy : {Strategy::NonPreemptive, Strategy::Pos, Strategy::RandomWalk}) {
        runner.plan().strategy = strategy;
        RunResult result = runner.run();
        EXPECT_EQ(result.outcome, Outcome::Passed) << result.signature << '\n'
                                                   << describe_threads(runner.record());
    }
}

TEST(Controlled, ASpinningThreadLetsTheOthersGoOn) {
    Runner runner([] {
        Atomic<int> flag{0};
        Thread other;
        start(other, [&] { flag.store_release(1); });
        while (flag.load_acquire() == 0) {
        }
        other.join();
    });
    for (Strategy strategy : {Strategy::NonPreemptive, Strategy::Pct, Strategy::Pos}) {
        runner.plan().strategy = strategy;
        for (uint64_t seed = 0; seed < 20; seed++) {
            runner.plan().seed = seed;
            EXPECT_EQ(runner.run().outcome, Outcome::Passed) << strategy_name(strategy);
            EXPECT_LT(runner.record().decisions, 200u);
        }
    }
}

TEST(Controlled, EndlessLoopsDoNotStarveWhoEndsThem) {
    Runner runner([] {
        Atomic<int> stop{0}, changing{0};
        Polled<int> polled_stop{0};
        Thread busy[2], polling;
        // These change something at every turn, ...
        for (Thread& thread : busy) {
            start(thread, [&] {
                while (stop.load_acquire() == 0)
                    changing.add_relaxed(1);
            });
        }
        // ... and this one only looks for an interrupt, which is announced now and then.
        start(polling, [&] {
            while (polled_stop.load_acquire() == 0)
                announce_poll();
        });
        stop.store_release(1);
        polled_stop.store_release(1);
        for (Thread& thread : busy)
            thread.join();
        polling.join();
    });
    for (Strategy strategy : {Strategy::NonPreemptive, Strategy::Pct, Strategy::Pos, Strategy::RandomWalk}) {
        runner.plan().strategy = strategy;
        for (uint64_t seed = 0; seed < 12; seed++) {
            runner.plan().seed = seed;
            EXPECT_EQ(runner.run().outcome, Outcome::Passed) << strategy_name(strategy);
            EXPECT_LT(runner.record().decisions, 100'000u);
        }
    }
}

// Neither of the two that answer each other has a long turn, and each makes progress: only who is passed over tells.
void answer_until_told() {
    Atomic<int> stop{0};
    Atomic<int> steps{0};
    Parker there, back;
    Thread other, one;
    start(one, [&] {
        while (stop.load_acquire() == 0) {
            steps.add_relaxed(1);
            there.unpark();
            back.park();
        }
        there.unpark();
    });
    start(other, [&] {
        while (stop.load_acquire() == 0) {
            there.park();
            steps.add_relaxed(1);
            back.unpark();
        }
        back.unpark();
    });
    for (int i = 0; i < 60; i++)
        steps.add_relaxed(1);
    stop.store_release(1);
    there.unpark();
    back.unpark();
    one.join();
    other.join();
}

TEST(Controlled, ThreadsThatAnswerEachOtherDoNotStarveWhoEndsThem) {
    Runner runner(answer_until_told);
    runner.plan().max_decisions = 60'000;
    runner.plan().spurious_one_in = 0;
    for (const char* strategy : {"random-walk", "pct1", "pct3", "pos", "surw", "reads-from", "portfolio"}) {
        Search search(runner, strategy, 3);
        while (search.runs() < 12) {
            search.step();
            ASSERT_EQ(search.result().outcome, Outcome::Passed)
                << strategy << ' ' << search.result().signature << '\n' << describe_threads(runner.record());
        }
    }
    // Without the bound, a thread of low priority waits for ever.
    runner.plan().longest_wait = UINT32_MAX;
    Search search(runner, "pct1", 3);
    int starved = 0;
    while (search.runs() < 12)
        starved += search.step().outcome == Outcome::TooLong;
    EXPECT_GT(starved, 0);
}

TEST(Controlled, ALostWakeUpIsFoundByTenSearchesOfTen) {
    Runner runner(lost_wake_up);
    runner.plan().spurious_one_in = 0;
    for (const char* strategy : {"portfolio", "pos", "random-walk"}) {
        for (uint64_t seed = 1; seed <= 10; seed++) {
            Search search(runner, strategy, seed);
            while (!search.result().failed() && search.runs() < 100)
                search.step();
            EXPECT_EQ(search.result().outcome, Outcome::Deadlock) << strategy << ", seed " << seed;
        }
    }
}

TEST(Controlled, ReportsALivelock) {
    Runner runner([] {
        Atomic<int> flag{0};
        Thread other;
        start(other, [&] {
            while (flag.load_acquire() == 0)
                yield();
        });
        while (flag.load_acquire() == 0)
            yield();
        other.join();
    });
    runner.plan().livelock_decisions = 2000;
    RunResult result = runner.run();
    EXPECT_EQ(result.outcome, Outcome::Livelock);
    EXPECT_NE(describe_threads(runner.record()).find("main/1 'part'"), std::string::npos);
}

TEST(Controlled, WhoWaitsForTheHostIsNotDeadlocked) {
    Runner runner([] {
        Parker parker;
        Thread loop;
        start(loop, [&] {
            HostWait wait;
            parker.park();
        });
        loop.join();
    });
    EXPECT_EQ(runner.run().outcome, Outcome::WaitsForHost);
}

TEST(Controlled, ParkersKeepTheirPermitsAndWakeUpsMayBeSpurious) {
    Runner runner([] {
        Parker there, back;
        int baton = 0;
        Thread other;
        start(other, [&] {
            for (int i = 0; i < 5; i++) {
                there.park();
                baton++;
                back.unpark();
            }
        });
        for (int i = 0; i < 5; i++) {
            baton++;
            there.unpark();
            back.park();
        }
        other.join();
        expect(baton == 10, "the baton was lost");
    });
    runner.plan().spurious_one_in = 4;
    for (Strategy strategy : {Strategy::RandomWalk, Strategy::Pct, Strategy::Pos}) {
        runner.plan().strategy = strategy;
        for (uint64_t seed = 0; seed < 30; seed++) {
            runner.plan().seed = seed;
            RunResult result = runner.run();
            EXPECT_EQ(result.outcome, Outcome::Passed)
                << result.signature << result.report << describe_threads(runner.record());
        }
    }
}

TEST(Controlled, AnotherSeedIsAnotherScheduleAndTheSameSeedTheSame) {
    Runner runner(guarded_update);
    runner.plan().strategy = Strategy::RandomWalk;
    std::set<uint64_t> hashes;
    for (uint64_t seed = 0; seed < 20; seed++) {
        runner.plan().seed = seed;
        runner.run();
        uint64_t hash = runner.record().trace_hash;
        hashes.insert(hash);
        runner.run();
        EXPECT_EQ(runner.record().trace_hash, hash);
    }
    EXPECT_GT(hashes.size(), 15u);
}

TEST(Controlled, BytesDecideAndZeroesAreTheDefault) {
    Runner runner(lost_update);
    runner.run();
    uint64_t plain = runner.record().trace_hash;
    Plan& plan = runner.plan();
    plan.strategy = Strategy::Bytes;
    plan.byte_count = 64;
    std::fill_n(plan.bytes, 64, uint8_t{0});
    runner.run();
    EXPECT_EQ(runner.record().trace_hash, plain);
    std::set<uint64_t> hashes;
    for (int i = 0; i < 30; i++) {
        for (int j = 0; j < 64; j++)
            plan.bytes[j] = static_cast<uint8_t>(i * 7 + j * 13 + i * j);
        runner.run();
        hashes.insert(runner.record().trace_hash);
    }
    EXPECT_GT(hashes.size(), 3u);
}

TEST(Controlled, ChoicesAreMadeRecordedAndRepeated) {
    Runner runner([] {
        int failed = 0;
        for (int i = 0; i < 50; i++)
            failed += choose(ChoiceKind::AllocationFailure, 2) != 0;
        uint64_t random = choose(ChoiceKind::RandomNumber, 0);
        expect(random != choose(ChoiceKind::RandomNumber, 0), "the same random number twice");
        if (failed == 3) controlled::fail_run("three failures");
    });
    Plan& plan = runner.plan();
    plan.strategy = Strategy::RandomWalk;
    plan.choice_one_in[static_cast<int>(ChoiceKind::AllocationFailure)] = 16;
    bool found = false;
    for (uint64_t seed = 0; seed < 200 && !found; seed++) {
        plan.seed = seed;
        found = runner.run().failed();
    }
    ASSERT_TRUE(found);
    EXPECT_EQ(runner.record().choice_count, 3u);
    plan_to_repeat(runner);
    EXPECT_EQ(runner.run().signature, "check: three failures");
}

TEST(Controlled, ACrashAndAHangAreNamed) {
    Runner runner([] { __builtin_trap(); });
    EXPECT_TRUE(runner.run().failed());
    runner.set_body([] {
        for (;;)
            pause();
    });
    runner.set_hang_seconds(0.3);
    EXPECT_EQ(runner.run().outcome, Outcome::Hang);
}

// Breaks the order of ranks, but only when the other thread came first.
__attribute__((noinline)) void lock_in_the_wrong_order(Mutex& outer, Mutex& inner) {
    MutexLocker first(inner);
    MutexLocker second(outer);
}

TEST(Controlled, ABrokenRuleIsKeptUnderTheRuleAndThePlaceThatBrokeIt) {
    Program program{"test/ranks", {}, [](const Arguments&) {
                        Mutex outer(Rank::Cluster), inner(Rank::Leaf);
                        Watched<int> ready = 0;
                        Thread other;
                        start(other, [&] { ready = 1; });
                        if (ready == 1) lock_in_the_wrong_order(outer, inner);
                        other.join();
                    },
                    {}, {}};
    namespace fs = std::filesystem;
    fs::path folder = fs::temp_directory_path() / ("heddle-rules-test-" + std::to_string(getpid()));
    FindingKeeper keeper(folder, 100);
    std::set<std::string> keys;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        Runner runner([&] { program.body({}); });
        Search search(runner, "random-walk", seed);
        while (!search.result().failed() && search.runs() < 500)
            search.step();
        RunResult result = search.result();
        ASSERT_TRUE(result.failed());
        if (kSeesRaces && result.broken_rule.empty()) GTEST_SKIP() << result.signature;
        EXPECT_EQ(result.broken_rule, "lock-order");
        EXPECT_TRUE(result.signature.starts_with("broken rule lock-order: a mutex of rank Cluster is acquired while one of rank Leaf is held")) << result.signature;
        EXPECT_NE(result.signature.find("lock_in_the_wrong_order"), std::string::npos) << result.signature << result.report;
        Schedule schedule = record_schedule(runner, result, program, {}, "random-walk", seed);
        KeptFinding kept = keeper.keep(runner, program, result, schedule);
        EXPECT_TRUE(kept.key.starts_with("rule-lock-order-")) << kept.key;
        EXPECT_EQ(kept.refusal, "");
        keys.insert(kept.key);
    }
    EXPECT_EQ(keys.size(), 1u);
    EXPECT_EQ(keeper.found_new(), 1u);
    fs::remove_all(folder);
}

TEST(Controlled, PathsReadBack) {
    ThreadPath path;
    EXPECT_TRUE(controlled::parse_path("main/3/12", &path));
    EXPECT_EQ(path, ThreadPath{}.child(3).child(12));
    EXPECT_EQ(controlled::path_text(path), "main/3/12");
    EXPECT_FALSE(controlled::parse_path("main/", &path));
    EXPECT_FALSE(controlled::parse_path("other", &path));
    EXPECT_FALSE(controlled::parse_path("main/99999", &path));
}

} // namespace

#endif
