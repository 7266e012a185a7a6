// Each test breaks one of the rules of loops, pipes and clusters and sees the report.
#include "threads/cluster.h"
#include "threads/port_hub.h"
#include "threads/tests/script_host.h"

#include <gtest/gtest.h>

#ifdef HEDDLE_CHECKED

namespace heddle::test {
namespace {

class ThreadRulesDeathTest : public testing::Test {
protected:
    ThreadRulesDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(ThreadRulesDeathTest, ALoopThatIsRunAfterItsEndIsReported) {
    EXPECT_DEATH(
        {
            ScriptHost host;
            EventLoop& loop = EventLoop::of(host.agent());
            loop.close();
            loop.run();
        },
        "broken rule queue-after-end: what is due is run by an event loop that has closed");
}

TEST_F(ThreadRulesDeathTest, ATimerAfterTheEndOfItsLoopIsReported) {
    EXPECT_DEATH(
        {
            ScriptHost host;
            EventLoop& loop = EventLoop::of(host.agent());
            loop.close();
            host.evaluate("setTimeout(() => {}, 1)");
        },
        "broken rule queue-after-end: a timer is added to an event loop that has closed");
}

TEST_F(ThreadRulesDeathTest, AQueueThatIsUsedAfterItWasFreedIsReported) {
    EXPECT_DEATH(
        {
            TaskQueueRef queue = TaskQueue::create();
            TaskQueue* freed = queue.get();
            queue = TaskQueueRef();
            (void)freed->post([](Agent&) {});
        },
        "broken rule queue-after-end: the task queue of an event loop is posted to after it was freed|heap-use-after-free");
}

TEST_F(ThreadRulesDeathTest, AnEndOfAPipeThatWasGivenAwayIsReported) {
    EXPECT_DEATH(
        {
            ScriptHost host;
            auto ends = PortHub::of(host.agent()).registry().create_pipe();
            PipeEnd moved = std::move(ends.first);
            (void)ends.first.send(new PipeItem);
        },
        "broken rule port-after-end: an end that was closed or given away sends through a message pipe");
}

TEST_F(ThreadRulesDeathTest, APortAfterTheEndOfItsAgentsPortsIsReported) {
    EXPECT_DEATH(
        {
            ScriptHost host;
            PortHub::of(host.agent()).close();
            host.evaluate("new MessageChannel()");
        },
        "broken rule port-after-end: a port is made in an agent whose ports have been closed");
}

TEST_F(ThreadRulesDeathTest, AKeepAliveThatIsTakenBackTwiceIsReported) {
    EXPECT_DEATH(
        {
            ScriptHost host;
            EventLoop& loop = EventLoop::of(host.agent());
            loop.keep_alive();
            loop.release_keep_alive();
            loop.release_keep_alive();
        },
        "broken rule unbalanced: an event loop is no longer kept alive more often than it was kept alive");
}

TEST_F(ThreadRulesDeathTest, AnEndOfAPipeThatNobodyClosesIsReported) {
    EXPECT_DEATH(
        {
            Engine engine;
            auto ends = Cluster::of(engine.runtime()).pipes().create_pipe();
            new PipeEnd(std::move(ends.first)); // never closed
        },
        "broken rule unbalanced: a cluster ends with what is left: threads 0, agents 0, stores 0, ports [12],");
}

} // namespace
} // namespace heddle::test

#endif
