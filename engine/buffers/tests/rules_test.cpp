// Each test breaks one of the rules of buffers and sees the report: references on stores, and the lists of waiters.
// (Stale views are in view_test.cpp.)
#include "buffers/waiter_lists.h"

#include <gtest/gtest.h>

#ifdef HEDDLE_CHECKED

namespace heddle {
namespace {

class BufferRulesDeathTest : public testing::Test {
protected:
    BufferRulesDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
    static void plant(PlantedBug bug) { sync::current_thread().planted_bugs = uint64_t{1} << static_cast<int>(bug); }
    IntrinsicTable table_{};
    RuntimeOptions options_{&table_, {}};
};

TEST_F(BufferRulesDeathTest, AStoreThatIsReleasedTwiceIsReported) {
    EXPECT_DEATH(
        {
            BackingStore* store = BackingStore::create({.byte_length = 16});
            store->release();
            store->release();
        },
        "broken rule store-freed-twice: a reference is dropped on a backing store that was freed|heap-use-after-free");
}

TEST_F(BufferRulesDeathTest, AStoreThatIsNeverReleasedIsReported) {
    EXPECT_DEATH(
        {
            Runtime runtime(options_);
            (void)BackingStore::create({.byte_length = 16, .live_count = runtime.live_stores()});
        },
        "broken rule store-leaked: a runtime ends before 1 of its backing stores");
}

/// Waits asynchronously once and is notified, with a bug planted in between.
void wait_and_notify(const RuntimeOptions& options, PlantedBug bug) {
    Runtime runtime(options);
    WaiterLists::install(runtime);
    auto store = StoreReference::adopt(BackingStore::create({.byte_length = 16, .shared = true}));
    Agent agent(runtime, {});
    Request request(agent);
    Promise* promise = MUST(Promise::create(agent, MUST(Shape::create_root(agent, nullptr, 0))));
    (void)MUST(WaiterLists::of(runtime).wait_async(agent, {store.get(), 0, 4, 0}, INFINITY, promise));
    sync::current_thread().planted_bugs = uint64_t{1} << static_cast<int>(bug);
    WaiterLists::of(runtime).notify(store.get(), 0, 1);
}

TEST_F(BufferRulesDeathTest, AListOfWaitersThatChangesUnderAWalkIsReported) {
    EXPECT_DEATH(wait_and_notify(options_, PlantedBug::BuffersNotifyRelinks),
                 "broken rule reentered-waiter-list: a waiter is added to a list that is walked");
}

TEST_F(BufferRulesDeathTest, APromiseThatNobodySettlesIsReportedWhenTheRuntimeEnds) {
    EXPECT_DEATH(wait_and_notify(options_, PlantedBug::BuffersLateCompletion),
                 "broken rule unbalanced: a runtime ends while agent 1 is owed a promise of Atomics.waitAsync");
}

} // namespace
} // namespace heddle

#endif
