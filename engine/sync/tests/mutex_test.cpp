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
    Mutex mutex(Rank::Leaf);
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
    EXPECT_EQ(current_thread().held_count, 1);
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
        "rank Cluster while it holds one of rank Leaf");
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
        "rank Leaf while it holds one of rank Leaf");
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
        "ParkerPark would block .* inside a request");
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
