// The life of an agent on a thread of its own: every action in every state, from other threads; and the loop as a host
// drives it.
#include "sync/blocking_region.h"
#include "threads/cluster.h"
#include "threads/tests/script_host.h"

#include <atomic>
#include <gtest/gtest.h>
#include <poll.h>

namespace heddle::test {
namespace {

enum class Action : uint8_t { Start, Stop, Terminate, Wait, Join, TwoJoins, Destroy, EndAll };
constexpr const char* kStateNames[] = {"Created", "Starting", "Running", "Ending", "Ended"};
constexpr const char* kActionNames[] = {"Start", "Stop", "Terminate", "Wait", "Join", "TwoJoins", "Destroy", "EndAll"};

/// A thread that can be held in each of its states.
class Held {
public:
    explicit Held(Engine& engine) {
        AgentThread::Options options;
        options.agent.name = "held";
        thread = AgentThread::create(
            engine.runtime(), std::move(options),
            [this](AgentHost& host) {
                ran = true;
                EventLoop::of(host.agent()).keep_alive();
                EventLoop::of(host.agent()).run();
                was_terminated = host.agent().is_terminating();
            },
            [this] {
                in_finish = true;
                while (hold_finish)
                    sync::sleep_until(sync::now().after_milliseconds(0.2));
            });
    }
    void bring_to(AgentThread::State state) {
        if (state == AgentThread::State::Created) return;
        hold_finish = state == AgentThread::State::Ending;
        ASSERT_TRUE(thread->start());
        if (state == AgentThread::State::Starting) return; // or a little later: whoever wins
        while (!ran)
            sync::sleep_until(sync::now().after_milliseconds(0.2));
        if (state == AgentThread::State::Running) return;
        thread->terminate();
        if (state == AgentThread::State::Ending) {
            while (!in_finish)
                sync::sleep_until(sync::now().after_milliseconds(0.2));
            EXPECT_EQ(thread->state(), AgentThread::State::Ending);
        } else {
            EXPECT_TRUE(thread->wait_until_ended());
        }
    }
    std::shared_ptr<AgentThread> thread;
    std::atomic<bool> ran = false;
    std::atomic<bool> was_terminated = false;
    std::atomic<bool> in_finish = false;
    std::atomic<bool> hold_finish = false;
};

class StateAction : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(StateAction, LeavesNothing) {
    auto state = static_cast<AgentThread::State>(std::get<0>(GetParam()));
    auto action = static_cast<Action>(std::get<1>(GetParam()));
    Engine engine;
    Cluster& cluster = Cluster::of(engine.runtime());
    Held held(engine);
    held.bring_to(state);
    std::shared_ptr<AgentThread> thread = held.thread;
    bool unfinished = state == AgentThread::State::Created;
    switch (action) {
    case Action::Start:
        EXPECT_EQ(thread->start(), unfinished);
        break;
    case Action::Stop:
        thread->ask_to_stop();
        thread->ask_to_stop();
        held.hold_finish = false;
        if (unfinished) {
            // Asked before it began: it begins, and its loop ends at once.
            EXPECT_TRUE(thread->start());
        }
        EXPECT_TRUE(thread->wait_until_ended());
        EXPECT_EQ(held.was_terminated, state == AgentThread::State::Ending || state == AgentThread::State::Ended);
        break;
    case Action::Terminate:
        thread->terminate();
        thread->terminate();
        held.hold_finish = false;
        EXPECT_TRUE(thread->terminate_was_asked());
        EXPECT_TRUE(thread->wait_until_ended());
        EXPECT_FALSE(thread->start()) << "a terminated thread does not start";
        if (state == AgentThread::State::Created) EXPECT_FALSE(held.ran);
        break;
    case Action::Wait:
        EXPECT_EQ(thread->wait_until_ended(sync::now().after_milliseconds(5)), state == AgentThread::State::Ended);
        break;
    case Action::Join:
        thread->terminate();
        held.hold_finish = false;
        EXPECT_EQ(thread->join(), !unfinished);
        EXPECT_EQ(thread->join(), !unfinished) << "a second time too";
        break;
    case Action::TwoJoins: {
        thread->terminate();
        held.hold_finish = false;
        sync::Thread other;
        ASSERT_TRUE(other.start({}, [&] { EXPECT_EQ(thread->join(), !unfinished); }));
        EXPECT_EQ(thread->join(), !unfinished);
        other.join();
        break;
    }
    case Action::Destroy:
        thread->terminate();
        held.hold_finish = false;
        // The cluster holds on to what runs.
        thread.reset();
        held.thread.reset();
        cluster.end_all_threads();
        break;
    case Action::EndAll:
        held.hold_finish = false;
        cluster.end_all_threads();
        EXPECT_EQ(thread->state(), unfinished ? AgentThread::State::Created : AgentThread::State::Ended);
        EXPECT_FALSE(thread->start()) << "the cluster takes no more threads";
        break;
    }
    held.hold_finish = false;
    cluster.end_all_threads();
    EXPECT_TRUE(cluster.leak_counts().all_zero()) << cluster.leak_counts().to_string();
    EXPECT_TRUE(unfinished || held.in_finish) << "whoever was started is told of its end";
}

INSTANTIATE_TEST_SUITE_P(Lifecycle, StateAction, testing::Combine(testing::Range(0, 5), testing::Range(0, 8)), [](const auto& info) {
    return std::string(kActionNames[std::get<1>(info.param)]) + "When" + kStateNames[std::get<0>(info.param)];
});

TEST(AgentThreads, JoinOnItselfIsRefused) {
    Engine engine;
    std::shared_ptr<AgentThread> thread;
    std::atomic<bool> refused = false;
    thread = AgentThread::create(engine.runtime(), {}, [&](AgentHost&) { refused = !thread->join(); });
    ASSERT_TRUE(thread->start());
    EXPECT_TRUE(thread->join());
    EXPECT_TRUE(refused);
}

TEST(AgentThreads, TheEndOfTheParentEndsTheChildren) {
    Engine engine;
    std::shared_ptr<AgentThread> child;
    {
        AgentHost parent(engine.runtime(), {});
        AgentThread::Options options;
        options.parent_agent_id = parent.agent().id();
        child = AgentThread::create(engine.runtime(), std::move(options), [](AgentHost& host) {
            EventLoop::of(host.agent()).keep_alive();
            EventLoop::of(host.agent()).run();
        });
        ASSERT_TRUE(child->start());
    }
    EXPECT_EQ(child->state(), AgentThread::State::Ended);
    EXPECT_TRUE(Cluster::of(engine.runtime()).leak_counts().all_zero());
}

TEST(AgentThreads, TheEngineEndsThoseThatRun) {
    std::shared_ptr<AgentThread> thread;
    {
        Engine engine;
        thread = AgentThread::create(engine.runtime(), {}, [](AgentHost& host) {
            (void)Interpreter::of(host.agent()).evaluate_script(*host.realm(), SourceText::from_utf8("for (;;);", "loop.js")).threw();
        });
        ASSERT_TRUE(thread->start());
    }
    EXPECT_EQ(thread->state(), AgentThread::State::Ended);
}

TEST(Deadlines, TerminateAtTheirTime) {
    ScriptHost host;
    ASSERT_TRUE(Cluster::of(host.runtime()).set_deadline(host.agent().id(), sync::now().after_milliseconds(10)));
    EXPECT_EQ(host.evaluate("for (;;);"), "terminated");
    host.agent().clear_termination();
    EXPECT_EQ(host.evaluate("1 + 1"), "2");
}

TEST(Deadlines, CanBeTakenBackAndReplaced) {
    ScriptHost host;
    Cluster& cluster = Cluster::of(host.runtime());
    ASSERT_TRUE(cluster.set_deadline(host.agent().id(), sync::now().after_milliseconds(5)));
    ASSERT_TRUE(cluster.set_deadline(host.agent().id(), sync::MonotonicTime::never()));
    EXPECT_EQ(host.run("setTimeout(() => print('alive'), 20);"), "alive");
    ASSERT_TRUE(cluster.set_deadline(host.agent().id(), sync::now().after_milliseconds(1e6)));
    ASSERT_TRUE(cluster.set_deadline(host.agent().id(), sync::now().after_milliseconds(5)));
    EXPECT_EQ(host.evaluate("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"), "terminated");
    host.agent().clear_termination();
}

TEST(Deadlines, MayOnlyInterrupt) {
    ScriptHost host;
    std::atomic<int> calls = 0;
    host.agent().set_interrupt_callback([](Agent&, void* data) { ++*static_cast<std::atomic<int>*>(data); }, &calls);
    ASSERT_TRUE(Cluster::of(host.runtime()).set_deadline(host.agent().id(), sync::now().after_milliseconds(5), Cluster::DeadlineAction::Interrupt));
    EXPECT_EQ(host.run("const end = Date.now() + 30; while (Date.now() < end); print('through');"), "through");
    EXPECT_EQ(calls, 1);
    EXPECT_FALSE(Cluster::of(host.runtime()).interrupt(host.agent().id() + 100));
    EXPECT_TRUE(Cluster::of(host.runtime()).interrupt(host.agent().id()));
    EXPECT_EQ(host.evaluate("for (let i = 0; i < 100; i++); 3"), "3");
    EXPECT_EQ(calls, 2);
}

// --- the loop driven by a host --------------------------------------------------------------------------------------

TEST(HostLoops, PollRunsWhatIsDueAndSaysWhetherMoreMayCome) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    EXPECT_FALSE(loop.poll());
    MUST(Interpreter::of(host.agent()).evaluate_script(host.realm(), SourceText::from_utf8("setTimeout(() => print('timer'), 5); Promise.resolve().then(() => print('job'));", "a.js")));
    EXPECT_TRUE(loop.poll());
    EXPECT_EQ(Printed::of(host.agent()).text, "job");
    EXPECT_FALSE(loop.next_deadline().is_never());
    EXPECT_TRUE(loop.expects_work());
    while (loop.poll(loop.next_deadline())) {
    }
    EXPECT_EQ(Printed::of(host.agent()).text, "job; timer");
    EXPECT_FALSE(loop.expects_work());
}

TEST(HostLoops, RunUntilIdleDoesNotWait) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    int ran = 0;
    loop.post([&](Agent& agent) {
        ++ran;
        EventLoop::of(agent).post([&](Agent&) { ++ran; });
    });
    loop.add_timer(sync::now().after_milliseconds(1e6), [&](Agent&) { ++ran; });
    loop.run_until_idle();
    EXPECT_EQ(ran, 2);
}

TEST(HostLoops, TheDescriptorIsReadableWhileThereIsNews) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    pollfd waited{loop.queue()->wake_descriptor(), POLLIN, 0};
    ASSERT_GE(waited.fd, 0);
    EXPECT_EQ(loop.queue()->wake_descriptor(), waited.fd);
    EXPECT_EQ(::poll(&waited, 1, 0), 0);
    int ran = 0;
    sync::Thread other;
    ASSERT_TRUE(other.start({}, [&] {
        for (int i = 0; i < 3; i++)
            loop.post([&](Agent&) { ++ran; });
    }));
    EXPECT_EQ(::poll(&waited, 1, 5000), 1);
    {
        sync::BlockingRegion region;
        other.join();
    }
    loop.poll();
    EXPECT_EQ(ran, 3);
    EXPECT_EQ(::poll(&waited, 1, 0), 0);
    loop.post([&](Agent&) { ++ran; });
    EXPECT_EQ(::poll(&waited, 1, 0), 1);
}

TEST(HostLoops, TheCallbackComesOnceForEachPoll) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    std::atomic<int> calls = 0;
    loop.queue()->set_wake_callback([](void* data) { ++*static_cast<std::atomic<int>*>(data); }, &calls);
    loop.post([](Agent&) {});
    loop.post([](Agent&) {});
    EXPECT_EQ(calls, 1);
    loop.poll();
    loop.post([](Agent&) {});
    EXPECT_EQ(calls, 2);
}

TEST(HostLoops, MessagesOfAWorkerWakeTheHost) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    pollfd waited{loop.queue()->wake_descriptor(), POLLIN, 0};
    MUST(Interpreter::of(host.agent()).evaluate_script(host.realm(), SourceText::from_utf8("new Worker('postMessage(5)', { eval: true }).onmessage = e => print(e.data);", "a.js")));
    while (loop.poll()) {
        sync::BlockingRegion region;
        ASSERT_EQ(::poll(&waited, 1, 10000), 1);
    }
    EXPECT_EQ(Printed::of(host.agent()).text, "5");
}

TEST(HostLoops, AskedToStopTheyEndAfterTheTaskUnderWay) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    int ran = 0;
    loop.keep_alive();
    loop.post([&](Agent& agent) {
        ++ran;
        EXPECT_TRUE(Cluster::of(agent.runtime()).ask_to_stop(agent.id()));
        EXPECT_FALSE(Cluster::of(agent.runtime()).ask_to_stop(agent.id() + 100));
    });
    loop.post([&](Agent&) { ++ran; });
    loop.run();
    EXPECT_EQ(ran, 1);
    loop.release_keep_alive();
}

TEST(HostLoops, SourcesTakeTurns) {
    ScriptHost host;
    // A task that posts itself for ever would starve the timer and the message, were there but one queue.
    EXPECT_EQ(host.run("let stop = false; setTimeout(() => print('timer'), 1); const { port1, port2 } = new MessageChannel(); port2.onmessage = e => { if (e.data === 'end') { print('end'); port2.close(); } else if (!stop) port1.postMessage('on'); };"
                       "port1.postMessage('on'); const a = new Int32Array(new SharedArrayBuffer(4)); Atomics.waitAsync(a, 0, 0).value.then(() => print('wait')); Atomics.notify(a, 0); setTimeout(() => { stop = true; port1.postMessage('end'); }, 5);"),
              "wait; timer; end");
}

TEST(HostLoops, QueuesThatAreClosedRefuse) {
    TaskQueueRef queue = TaskQueue::create();
    auto owned = std::make_shared<int>(1);
    EXPECT_TRUE(queue->post([owned](Agent&) {}));
    EXPECT_EQ(queue->task_count(), 1u);
    queue->close();
    EXPECT_EQ(owned.use_count(), 1);
    EXPECT_FALSE(queue->post([owned](Agent&) {}));
    EXPECT_EQ(owned.use_count(), 1);
    EXPECT_FALSE(queue->take_news());
}

} // namespace
} // namespace heddle::test
