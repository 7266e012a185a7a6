// Each test breaks one of the rules of agents and sees the report: the thread, the locks, the job queue.
#include "runtime/tests/runtime_fixture.h"
#include "sync/blocking_region.h"
#include "sync/mutex.h"
#include "sync/thread.h"

#ifdef HEDDLE_CHECKED

namespace heddle {
namespace {

class AgentRulesDeathTest : public testing::Test {
protected:
    AgentRulesDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
    IntrinsicTable table_{};
    Runtime runtime_{RuntimeOptions{&table_, {}}};
};

TEST_F(AgentRulesDeathTest, UserCodeOnAnotherThreadIsReported) {
    EXPECT_DEATH(
        {
            Agent agent(runtime_, {});
            Request request(agent);
            sync::Thread intruder;
            (void)intruder.start({.name = "intruder"}, [&] { agent.advance_user_code_epoch(); });
            sync::BlockingRegion region;
            intruder.join();
        },
        "broken rule thread-affinity: user code runs in a realm of agent 1 by a thread that is not inside it");
}

TEST_F(AgentRulesDeathTest, UserCodeOutsideAnyRequestIsReported) {
    EXPECT_DEATH(
        {
            Agent agent(runtime_, {});
            agent.advance_user_code_epoch();
        },
        "broken rule thread-affinity: user code runs in a realm of agent 1 outside any request");
}

TEST_F(AgentRulesDeathTest, UserCodeUnderALockIsReportedWithThePlaceThatTookIt) {
    EXPECT_DEATH(
        {
            Agent agent(runtime_, {});
            Request request(agent);
            sync::Mutex mutex(sync::Rank::WaiterList);
            sync::MutexLocker locker(mutex);
            agent.advance_user_code_epoch();
        },
        "broken rule lock-across-script: user code can run while a mutex of rank WaiterList is held.*"
        "holds a mutex of rank WaiterList, acquired at:.*#0 0x");
}

TEST_F(AgentRulesDeathTest, ACollectionUnderALockIsReported) {
    EXPECT_DEATH(
        {
            Agent agent(runtime_, {});
            Request request(agent);
            sync::Mutex mutex(sync::Rank::WaiterList);
            sync::MutexLocker locker(mutex);
            agent.heap().collect();
        },
        "broken rule lock-across-script: a collection begins while a mutex of rank WaiterList is held");
}

/// Asks for the queue to be drained while it is.
class Draining final : public Job {
public:
    Result<Value> run(Agent& agent) override {
        agent.run_jobs();
        return Value::undefined();
    }
};

TEST_F(AgentRulesDeathTest, AJobThatIsQueuedUnderALockIsReported) {
    EXPECT_DEATH(
        {
            Agent agent(runtime_, {});
            Request request(agent);
            Job* job = MUST(agent.heap().allocate<Draining>(0));
            sync::Mutex mutex(sync::Rank::WaiterList);
            sync::MutexLocker locker(mutex);
            agent.enqueue_job(job);
        },
        "broken rule lock-across-script: a job is queued while a mutex of rank WaiterList is held");
}

TEST_F(AgentRulesDeathTest, TheEmbeddersOwnLockIsItsOwnMatter) {
    Agent agent(runtime_, {});
    Request request(agent);
    sync::Mutex mutex(sync::Rank::Host);
    sync::MutexLocker locker(mutex);
    agent.advance_user_code_epoch();
    agent.heap().collect();
}

TEST_F(AgentRulesDeathTest, ANestedDrainOfTheJobQueueIsReported) {
    auto drain = [&](uint64_t planted) {
        sync::current_thread().planted_bugs = planted;
        Agent agent(runtime_, {});
        Request request(agent);
        agent.enqueue_job(MUST(agent.heap().allocate<Draining>(0)));
        agent.run_jobs();
        EXPECT_FALSE(agent.has_jobs());
    };
    drain(0); // a checkpoint in a job leaves the rest to the drain that runs it
    EXPECT_DEATH(drain(uint64_t{1} << static_cast<int>(PlantedBug::RuntimeNestedDrain)), "broken rule reentered-jobs: the jobs of an agent are drained again");
}

TEST_F(AgentRulesDeathTest, AnAgentThatEndsInsideARequestIsReported) {
    EXPECT_DEATH(
        {
            auto agent = std::make_unique<Agent>(runtime_, AgentOptions{});
            auto* request = new Request(*agent);
            agent.reset();
            delete request;
        },
        "broken rule unbalanced: agent 1 ends inside 1 of its requests");
}

} // namespace
} // namespace heddle

#endif
