// Threads: names, paths, what they inherit, their stacks; parkers and futexes; the clock; windows.
#include "sync/futex.h"
#include "sync/parker.h"
#include "sync/thread.h"
#include "sync/window.h"

#include <gtest/gtest.h>

#include <memory>

namespace heddle::sync {
namespace {

TEST(Thread, RunsAMoveOnlyBodyUnderItsName) {
    auto value = std::make_unique<int>(41);
    int seen = 0;
    std::string description;
    Thread thread;
    ASSERT_TRUE(thread.start({.name = "loom"}, [value = std::move(value), &seen, &description] {
        seen = *value + 1;
        description = current_thread().describe();
    }));
    EXPECT_TRUE(thread.joinable());
    thread.join();
    EXPECT_EQ(seen, 42);
    EXPECT_EQ(description.find("loom (main/"), 0u) << description;
}

TEST(Thread, PathsNameTheChildOfTheChild) {
    ThreadPath grandchild;
    uint32_t nth = current_thread().next_thread + 1;
    Thread thread;
    ASSERT_TRUE(thread.start({}, [&] {
        Thread first, second;
        ASSERT_TRUE(first.start({}, [] {}));
        ASSERT_TRUE(second.start({}, [&] { grandchild = current_thread().path; }));
        first.join();
        second.join();
    }));
    thread.join();
    EXPECT_EQ(grandchild, current_thread().path.child(nth).child(2));
}

TEST(Thread, GetsTheStackItAskedFor) {
    StackBounds bounds;
    const char* local = nullptr;
    Thread thread;
    ASSERT_TRUE(thread.start({.stack_size = 24 << 20}, [&] {
        char here = 0;
        local = &here;
        bounds = current_thread().stack_bounds();
    }));
    thread.join();
    EXPECT_GE(bounds.high - bounds.low, 24 << 20);
    EXPECT_LT(bounds.high - bounds.low, 26 << 20);
    EXPECT_GT(local, bounds.low);
    EXPECT_LT(local, bounds.high);
}

TEST(Thread, AnImpossibleStackIsAFailureAndNoCrash) {
    Thread thread;
    bool ran = false;
    EXPECT_FALSE(thread.start({.stack_size = size_t{1} << 60}, [&] { ran = true; }));
    EXPECT_FALSE(thread.joinable());
    EXPECT_FALSE(ran);
}

TEST(Thread, InheritsPlantedBugs) {
    bool racy = true, lost = false;
    current_thread().planted_bugs = uint64_t{1} << static_cast<unsigned>(PlantedBug::SyncLostPermit);
    Thread thread;
    ASSERT_TRUE(thread.start({}, [&] {
        racy = planted_bug_is_on(PlantedBug::SyncRacyTotal);
        lost = planted_bug_is_on(PlantedBug::SyncLostPermit);
    }));
    thread.join();
    current_thread().planted_bugs = 0;
    EXPECT_FALSE(racy);
    EXPECT_TRUE(lost);
}

TEST(Parker, KeepsAPermitLeftBeforeThePark) {
    Parker parker;
    parker.unpark();
    parker.unpark();
    parker.park();
    EXPECT_EQ(parker.park_until(now().after_milliseconds(1)), WaitOutcome::TimedOut);
}

TEST(Parker, HandsOverWhatWasWrittenBeforeTheUnpark) {
    Parker there, back;
    int64_t baton = 0;
    constexpr int kRounds = 2000;
    Thread thread;
    ASSERT_TRUE(thread.start({}, [&] {
        for (int i = 0; i < kRounds; i++) {
            there.park();
            baton++;
            back.unpark();
        }
    }));
    for (int i = 0; i < kRounds; i++) {
        baton++;
        there.unpark();
        back.park();
    }
    thread.join();
    EXPECT_EQ(baton, 2 * kRounds);
}

TEST(Futex, ReturnsAtOnceWhenTheValueDiffers) {
    Polled<uint32_t> word{5};
    EXPECT_EQ(futex_wait(word, 4), FutexOutcome::ValueChanged);
    EXPECT_EQ(futex_wait(word, 5, now().after_milliseconds(1)), FutexOutcome::TimedOut);
}

TEST(Clock, SpansSaturate) {
    MonotonicTime start{1000};
    EXPECT_EQ(start.after_nanoseconds(INT64_MAX), MonotonicTime::never());
    EXPECT_EQ(start.after_milliseconds(__builtin_inf()), MonotonicTime::never());
    EXPECT_EQ(start.after_milliseconds(__builtin_nan("")), MonotonicTime::never());
    EXPECT_EQ(start.after_milliseconds(-5), start);
    EXPECT_EQ(start.after_milliseconds(1.5).nanoseconds, 1'501'000);
}

TEST(Counter, TheLastReleaseIsTheOneThatReturnsOne) {
    Counter<uint32_t> count{1};
    int last = 0;
    Thread threads[4];
    for (int i = 0; i < 4; i++) count.add_relaxed(1);
    Atomic<int> lasts{0};
    for (Thread& thread : threads) {
        ASSERT_TRUE(thread.start({}, [&] {
            if (count.sub_acq_rel(1) == 1) lasts.add_relaxed(1);
        }));
    }
    if (count.sub_acq_rel(1) == 1) lasts.add_relaxed(1);
    for (Thread& thread : threads) thread.join();
    last = lasts.load_relaxed();
    EXPECT_EQ(last, 1);
    EXPECT_FALSE(count.add_unless_zero_acq_rel());
}

#ifdef HEDDLE_CHECKED
TEST(Window, CountsOnlyMeetingsOfDifferentThreads) {
    WindowTable table;
    current_thread().windows = &table;
    auto window = Window::kFirstScenarioWindow;
    WindowTable::Entry& entry = table.entries[static_cast<int>(window)];
    {
        WindowMark mark(window);
        WindowMark nested(window);
        EXPECT_EQ(entry.met.load_relaxed(), 0u);
        Thread thread;
        ASSERT_TRUE(thread.start({}, [&] { WindowMark other(window); }));
        thread.join();
        EXPECT_EQ(entry.met.load_relaxed(), 1u);
    }
    EXPECT_EQ(entry.inside.load_relaxed(), 0u);
    EXPECT_EQ(entry.entered.load_relaxed(), 2u);
    current_thread().windows = nullptr;
}
#endif

} // namespace
} // namespace heddle::sync
