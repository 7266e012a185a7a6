// A loop that its host drives may be brought work from outside: nobody calls it deadlocked. A loop that only agents can
// wake is.
#include "threads/tests/script_host.h"

#include "stress/schedules/runner.h"
#include "sync/blocking_region.h"
#include "sync/thread.h"

#include <gtest/gtest.h>

using namespace stress;

namespace {

void wait_for_work(bool has_host) {
    heddle::test::ScriptHost host;
    heddle::EventLoop& loop = heddle::EventLoop::of(host.agent());
    if (has_host) loop.queue()->set_wake_callback([](void*) {}, nullptr);
    loop.keep_alive();
    loop.run();
}

TEST(HostWait, ALoopWithAHostIsNotDeadlocked) {
    Runner runner([] { wait_for_work(true); });
    EXPECT_EQ(runner.run().outcome, Outcome::WaitsForHost) << describe_threads(runner.record());
    runner.set_body([] { wait_for_work(false); });
    EXPECT_EQ(runner.run().outcome, Outcome::Deadlock);
    EXPECT_NE(describe_threads(runner.record()).find("main 'main': waits in "), std::string::npos)
        << describe_threads(runner.record());
}

// What an agent posts wakes the loop all the same, and the host is told at a decision of its own.
TEST(HostWait, AHostIsToldAtADecisionOfItsOwn) {
    Runner runner([] {
        heddle::test::ScriptHost host;
        heddle::EventLoop& loop = heddle::EventLoop::of(host.agent());
        loop.queue()->set_wake_callback([](void*) {}, nullptr);
        loop.keep_alive();
        heddle::sync::Thread poster;
        HEDDLE_CHECK(poster.start({.name = "poster"}, [&] {
            loop.post([](heddle::Agent& agent) { heddle::EventLoop::of(agent).release_keep_alive(); });
        }));
        loop.run();
        heddle::sync::BlockingRegion region;
        poster.join();
    });
    runner.plan().trace = true;
    EXPECT_EQ(runner.run().outcome, Outcome::Passed) << describe_threads(runner.record());
    int calls = 0;
    for (uint32_t i = 0; i < runner.record().trace_count; i++)
        calls += runner.record().trace[i].operation == heddle::sync::Operation::HostCall;
    EXPECT_GT(calls, 0);
}

} // namespace
