// Mutexes exclude, ranks are checked, conditions wake and time out, and nothing blocks inside a request.
#include "sync/blocking_region.h"
#include "sync/condition_variable.h"
#include "sync/mutex.h"
#include "sync/parker.h"
#include "sync/thread.h"

#include <gtest/gtest.h>

namespace heddle::sync {
namespace {

TEST(Mutex, ExcludesOtherThreads) {
    Mutex mutex(Rank::Leaf);
    int64_t total = 0;
    Thread threads[4];
    for (Thread& thread : threads) {
        ASSERT_TRUE(thread.start({.name = "adder"}, [&] {
            for (int i = 0; i < 10000; i++) {
                MutexLocker locker(mutex);
                total++;
            }
        }));
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(total, 40000);
}

TEST(Mutex, TryLockFailsWhileAnotherThreadHoldsIt) {
    Mutex mutex(Rank::Unchecked); // held across a join
    bool taken = true;
    mutex.lock();
    Thread other;
    ASSERT_TRUE(other.start({}, [&] {
        taken = mutex.try_lock();
        if (taken) mutex.unlock();
    }));
    other.join();
    mutex.unlock();
    EXPECT_FALSE(taken);
}

TEST(Mutex, RanksInOrderMayBeHeldTogether) {
    Mutex outer(Rank::Cluster);
    Mutex inner(Rank::Leaf);
    outer.lock();
    inner.lock();
    outer.unlock();
#ifdef HEDDLE_CHECKED
    EXPECT_EQ(current_thread().held_count, 1);
#endif
    inner.unlock();
    EXPECT_EQ(current_thread().held_count, 0);
}

#ifdef HEDDLE_CHECKED
TEST(MutexDeathTest, RanksOutOfOrderAbortWithBothNames) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Mutex outer(Rank::Cluster);
    Mutex inner(Rank::Leaf);
    EXPECT_DEATH(
        {
            inner.lock();
            outer.lock();
        },
        "broken rule lock-order: a mutex of rank Cluster is acquired while one of rank Leaf is held");
}

TEST(MutexDeathTest, TwoOfOneRankAbort) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Mutex first(Rank::Leaf);
    Mutex second(Rank::Leaf);
    EXPECT_DEATH(
        {
            first.lock();
            second.lock();
        },
        "broken rule lock-order: a mutex of rank Leaf is acquired while one of rank Leaf is held");
}

TEST(MutexDeathTest, TheReportSaysWhereTheOtherWasAcquired) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Mutex outer(Rank::Cluster);
    Mutex inner(Rank::Leaf);
    EXPECT_DEATH(
        {
            inner.lock();
            outer.lock();
        },
        "expected: .*object: 0x.*thread: main thread .*stack:.*#0 0x.*holds a mutex of rank Leaf, acquired at:.*#0 0x");
}

TEST(MutexDeathTest, ReleasingWhatIsNotHeldIsReported) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Mutex mutex(Rank::Leaf);
    EXPECT_DEATH(mutex.unlock(), "broken rule lock-release: a mutex of rank Leaf is released by a thread that does not hold it");
}

TEST(BlockingDeathTest, WaitingWithAMutexHeldIsReported) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Mutex held(Rank::Cluster);
    Mutex mutex(Rank::Leaf);
    ConditionVariable condition;
    EXPECT_DEATH(
        {
            MutexLocker outer(held);
            MutexLocker locker(mutex);
            (void)condition.wait_until(mutex, now().after_milliseconds(1));
        },
        "broken rule lock-across-wait: ConditionWaitUntil would block while a mutex of rank Cluster is held");
    EXPECT_DEATH(
        {
            MutexLocker outer(held);
            Parker parker;
            parker.unpark();
            parker.park();
        },
        "broken rule lock-across-wait: ParkerPark would block while a mutex of rank Cluster is held");
}

TEST(BlockingDeathTest, BlockingInsideARequestAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            current_thread().in_request = true;
            Parker parker;
            parker.unpark();
            parker.park();
        },
        "broken rule blocked-request: ParkerPark would block inside a request");
}
#endif

TEST(BlockingRegion, LeavesTheRequestWhileItLives) {
    static constexpr RequestHooks kHooks{
        [](ThreadRecord& thread, const void* bound) {
            // The bound lies in this thread's stack, below the frame of the region.
            const StackBounds& stack = thread.stack_bounds();
            EXPECT_GE(static_cast<const char*>(bound), stack.low);
            EXPECT_LT(static_cast<const char*>(bound), stack.high);
            thread.in_request = false;
        },
        [](ThreadRecord& thread) { thread.in_request = true; },
    };
    ThreadRecord& thread = current_thread();
    thread.request_hooks = &kHooks;
    thread.in_request = true;
    {
        BlockingRegion region;
        EXPECT_FALSE(thread.in_request);
        BlockingRegion nested;
        sleep_until(now().after_nanoseconds(1000));
    }
    EXPECT_TRUE(thread.in_request);
    thread.in_request = false;
    thread.request_hooks = nullptr;
}

TEST(ConditionVariable, WakesTheWaiter) {
    Mutex mutex(Rank::Leaf);
    ConditionVariable condition;
    bool ready = false;
    Thread other;
    ASSERT_TRUE(other.start({}, [&] {
        MutexLocker locker(mutex);
        ready = true;
        condition.notify_one();
    }));
    {
        MutexLocker locker(mutex);
        while (!ready) condition.wait(mutex);
    }
    other.join();
}

TEST(ConditionVariable, TimesOutAtTheDeadline) {
    Mutex mutex(Rank::Leaf);
    ConditionVariable condition;
    MutexLocker locker(mutex);
    MonotonicTime deadline = now().after_milliseconds(5);
    while (condition.wait_until(mutex, deadline) != WaitOutcome::TimedOut) {
    }
    EXPECT_GE(now(), deadline);
}

} // namespace
} // namespace heddle::sync
