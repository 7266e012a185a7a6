// Waiting and waking between real threads, each with an agent of its own.
#include "buffers/waiter_lists.h"

#include "sync/blocking_region.h"
#include "sync/shared_memory.h"
#include "sync/thread.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

class WaiterListsTest : public testing::Test {
protected:
    using Outcome = WaiterLists::Outcome;
    static constexpr double kLong = 60'000; // milliseconds: a wake-up is lost when a wait takes so long

    void SetUp() override {
        WaiterLists::install(runtime_);
        store_ = StoreReference::adopt(BackingStore::create({.byte_length = 64, .shared = true}));
        ASSERT_TRUE(store_);
    }
    WaiterLists& lists() { return WaiterLists::of(runtime_); }
    void* address(size_t index) { return store_->data() + 4 * index; }
    WaiterLists::Condition at(size_t index, uint32_t expected) {
        return {store_.get(), 4 * index, 4, expected};
    }
    void wait_for_waiters(size_t index, uint32_t count) {
        while (lists().waiter_count(store_.get(), 4 * index) != count)
            sync::yield();
    }
    Promise* make_promise(Agent& agent) {
        Shape* shape = MUST(Shape::create_root(agent, nullptr, 0));
        return MUST(Promise::create(agent, shape));
    }

    IntrinsicTable table_{};
    RuntimeOptions options_{&table_, {}};
    Runtime runtime_{options_};
    StoreReference store_;
};

TEST_F(WaiterListsTest, ComparesTheValue) {
    Agent agent(runtime_, {});
    Request request(agent);
    sync::store_seq_cst<uint32_t>(address(0), 7);
    EXPECT_EQ(MUST(lists().wait(agent, at(0, 8), kLong)), Outcome::NotEqual);
    EXPECT_EQ(MUST(lists().wait(agent, at(0, 7), 1)), Outcome::TimedOut);
    EXPECT_EQ(MUST(lists().wait(agent, at(0, 7), 0)), Outcome::TimedOut);
    EXPECT_EQ(lists().waiter_count(store_.get(), 0), 0u);
    EXPECT_EQ(lists().notify(store_.get(), 0, INFINITY), 0u);
}

// Two threads hand a turn to and fro; each stores and notifies right when the other is about to wait.
TEST_F(WaiterListsTest, LosesNoWakeUp) {
    constexpr uint32_t kRounds = 3000;
    sync::Counter<uint32_t> lost;
    auto play = [&](uint32_t side) {
        Agent agent(runtime_, {});
        Request request(agent);
        for (uint32_t round = 0; round < kRounds; ++round) {
            uint32_t turn = 2 * round + side;
            for (;;) {
                uint32_t now = sync::load_seq_cst<uint32_t>(address(0));
                if (now == turn) break;
                if (MUST(lists().wait(agent, at(0, now), kLong)) == Outcome::TimedOut) {
                    lost.add_relaxed(1);
                    return;
                }
            }
            sync::store_seq_cst<uint32_t>(address(0), turn + 1);
            lists().notify(store_.get(), 0, 1);
        }
    };
    sync::Thread other;
    ASSERT_TRUE(other.start({.name = "side 1"}, [&] { play(1); }));
    play(0);
    other.join();
    EXPECT_EQ(lost.load_relaxed(), 0u);
}

TEST_F(WaiterListsTest, WakesInTheOrderOfArrival) {
    constexpr uint32_t kWaiters = 6;
    sync::Counter<uint32_t> woken;
    uint32_t order[kWaiters] = {};
    sync::Thread threads[kWaiters];
    for (uint32_t i = 0; i < kWaiters; ++i) {
        ASSERT_TRUE(threads[i].start({.name = "waiter"}, [&, i] {
            Agent agent(runtime_, {});
            Request request(agent);
            EXPECT_EQ(MUST(lists().wait(agent, at(1, 0), kLong)), Outcome::Ok);
            order[woken.load_acquire()] = i;
            woken.add_relaxed(1);
        }));
        wait_for_waiters(1, i + 1);
    }
    // Another address is none of their business.
    EXPECT_EQ(lists().notify(store_.get(), 8, INFINITY), 0u);
    for (uint32_t i = 0; i < kWaiters; ++i) {
        EXPECT_EQ(lists().notify(store_.get(), 4, 1), 1u);
        threads[i].join();
        EXPECT_EQ(woken.load_acquire(), i + 1);
        EXPECT_EQ(order[i], i);
    }
}

TEST_F(WaiterListsTest, NotifiesAllAndEachOnce) {
    sync::Thread threads[4];
    for (auto& thread : threads) {
        ASSERT_TRUE(thread.start({.name = "waiter"}, [&] {
            Agent agent(runtime_, {});
            Request request(agent);
            EXPECT_EQ(MUST(lists().wait(agent, at(2, 0), INFINITY)), Outcome::Ok);
        }));
    }
    wait_for_waiters(2, 4);
    EXPECT_EQ(lists().notify(store_.get(), 8, INFINITY), 4u);
    EXPECT_EQ(lists().notify(store_.get(), 8, INFINITY), 0u);
    for (auto& thread : threads)
        thread.join();
}

TEST_F(WaiterListsTest, TerminationEndsAnEndlessWait) {
    for (int round = 0; round < 200; ++round) {
        Agent agent(runtime_, {});
        sync::Counter<uint32_t> started;
        sync::Thread thread;
        ASSERT_TRUE(thread.start({.name = "endless"}, [&] {
            Request request(agent);
            started.add_relaxed(1);
            EXPECT_TRUE(lists().wait(agent, at(3, 0), INFINITY).threw());
            EXPECT_TRUE(agent.is_terminating());
        }));
        // Sometimes before it waits, sometimes after.
        while (started.load_acquire() == 0)
            sync::yield();
        if (round % 2) wait_for_waiters(3, 1);
        agent.request_interrupt(kInterruptTerminate);
        lists().wake_for_termination(agent);
        thread.join();
        EXPECT_EQ(lists().waiter_count(store_.get(), 12), 0u);
    }
}

TEST_F(WaiterListsTest, TheStoreLivesWhileSomebodyWaits) {
    uint32_t before = store_->reference_count();
    sync::Thread thread;
    ASSERT_TRUE(thread.start({.name = "waiter"}, [&] {
        Agent agent(runtime_, {});
        Request request(agent);
        EXPECT_EQ(MUST(lists().wait(agent, at(0, 0), INFINITY)), Outcome::Ok);
    }));
    wait_for_waiters(0, 1);
    EXPECT_EQ(store_->reference_count(), before + 1);
    lists().notify(store_.get(), 0, 1);
    thread.join();
    EXPECT_EQ(store_->reference_count(), before);
}

TEST_F(WaiterListsTest, AsyncWaitsSettleOnTheirAgent) {
    struct Host final : AsyncWaitHost {
        void wake_agent(uint64_t agent_id) override { woken.store_relaxed(agent_id); }
        void wake_all_agents() override { woken.store_relaxed(UINT64_MAX); }
        sync::Counter<uint64_t> woken;
    } host;
    lists().set_host(&host);
    Agent agent(runtime_, {});
    Request request(agent);
    Promise* first = make_promise(agent);
    Promise* second = make_promise(agent);
    EXPECT_EQ(MUST(lists().wait_async(agent, at(4, 1), INFINITY, first)), Outcome::NotEqual);
    EXPECT_EQ(MUST(lists().wait_async(agent, at(4, 0), 0, first)), Outcome::TimedOut);
    EXPECT_EQ(MUST(lists().wait_async(agent, at(4, 0), INFINITY, first)), Outcome::Waiting);
    EXPECT_EQ(MUST(lists().wait_async(agent, at(4, 0), 5, second)), Outcome::Waiting);
    EXPECT_EQ(lists().pending_async_waits(agent).without_deadline, 1u);
    EXPECT_EQ(lists().pending_async_waits(agent).with_deadline, 1u);

    sync::Thread notifier;
    ASSERT_TRUE(
        notifier.start({.name = "notifier"}, [&] { EXPECT_EQ(lists().notify(store_.get(), 16, 1), 1u); }));
    {
        sync::BlockingRegion region;
        notifier.join();
    }
    EXPECT_EQ(host.woken.load_relaxed(), agent.id());
    EXPECT_EQ(first->state(), Promise::State::Pending);
    EXPECT_TRUE(lists().settle_next(agent));
    EXPECT_EQ(first->state(), Promise::State::Fulfilled);
    EXPECT_EQ(first->result(), Value(&atoms::ok));

    {
        sync::BlockingRegion region;
        sync::sleep_until(lists().next_deadline(agent));
    }
    EXPECT_TRUE(lists().settle_next(agent));
    EXPECT_EQ(second->result(), Value(&atoms::timed_out));
    EXPECT_EQ(lists().notify(store_.get(), 16, INFINITY), 0u);
    EXPECT_FALSE(lists().settle_next(agent));
}

TEST_F(WaiterListsTest, ANotifyBeforeTheTimeoutIsDueWins) {
    Agent agent(runtime_, {});
    Request request(agent);
    Promise* promise = make_promise(agent);
    EXPECT_EQ(MUST(lists().wait_async(agent, at(5, 0), 1, promise)), Outcome::Waiting);
    EXPECT_EQ(lists().notify(store_.get(), 20, 1), 1u);
    {
        sync::BlockingRegion region;
        sync::sleep_until(sync::now().after_milliseconds(3));
    }
    EXPECT_TRUE(lists().settle_next(agent));
    EXPECT_EQ(promise->result(), Value(&atoms::ok));
    EXPECT_FALSE(lists().settle_next(agent));
}

TEST_F(WaiterListsTest, AnAgentThatEndsLeavesNoWaiter) {
    {
        Agent agent(runtime_, {});
        Request request(agent);
        EXPECT_EQ(MUST(lists().wait_async(agent, at(6, 0), INFINITY, make_promise(agent))), Outcome::Waiting);
        EXPECT_EQ(MUST(lists().wait_async(agent, at(7, 0), INFINITY, make_promise(agent))), Outcome::Waiting);
        EXPECT_EQ(lists().notify(store_.get(), 28, 1), 1u); // settled, and never taken
    }
    EXPECT_EQ(lists().waiter_count(store_.get(), 24), 0u);
    EXPECT_EQ(lists().notify(store_.get(), 24, INFINITY), 0u);
    EXPECT_EQ(store_->reference_count(), 1u);
}

} // namespace
} // namespace heddle
