// Threads post tasks to the loops of agents that fall asleep and wake, and agents wait asynchronously for each other with
// nothing else to do: every task that was accepted runs, and no loop ends or sleeps while something is to come.
#include "stress/script_scenario.h"
#include "threads/cluster.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Word 0: the baton that passes between the agents by waitAsync alone. Word 4 + id: tasks that ran in agent id.
constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0]);
// A wait that no other agent is there to end keeps no loop alive: all are there first.
Atomics.add(words, 9, 1);
Atomics.notify(words, 9);
for (let there; (there = Atomics.load(words, 9)) < count;) Atomics.wait(words, 9, there, 50);
async function pass() {
    for (let round = 0; round < rounds; round++) {
        const mine = round * count + id;
        for (;;) {
            const now = Atomics.load(words, 0);
            if (now === mine) break;
            enter(0);
            const wait = Atomics.waitAsync(words, 0, now);
            leave(0);
            // No timeout: only the wait keeps the loop alive.
            if (wait.async) { reach(0); await wait.value; }
        }
        Atomics.store(words, 0, mine + 1);
        Atomics.notify(words, 0);
    }
    Atomics.add(words, 8, 1);
}
pass();
)js";

class EventLoopWakes final : public ScriptScenario {
public:
    EventLoopWakes() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {2, 12}}) {}

    void run(Context& context) override {
        start_agents();
        // One agent of the host's own, which has nothing to do but what is posted.
        sync::Thread loop;
        bool started = loop.start({.name = "loop"}, [this] { run_loop(); });
        Context::expect(started, "a thread did not start");
        Random random = context.random().split();
        for (int task = 0; task < tasks_; task++) {
            post();
            if (random.one_in(3)) sync::yield();
            // The next comes when this one has run, so that the loop is asleep or about to be.
            if (random.one_in(2)) await(accepted_);
        }
        await(accepted_);
        {
            sync::MutexLocker locker(mutex_);
            Context::expect(queue_ || loop_ended_, "the loop has gone without having been told");
            if (queue_) queue_->ask_to_stop();
        }
        loop.join();
        agents().join();
    }

private:
    void prepare(Context& context) override {
        tasks_ = context.size(2, 20);
        share(64);
    }
    void check_results(Context& context) override {
        if (context.faults().may_end_early()) return;
        Context::expect(accepted_ == tasks_, fmt::format("{} of {} tasks were accepted by a loop that was running", accepted_, tasks_));
        Context::expect(ran_ == accepted_, fmt::format("{} tasks ran of {} that were accepted", ran_, accepted_));
        Context::expect(word(8) == count(), fmt::format("{} of {} agents came to their end: a loop ended with a wait pending", word(8), count()));
    }
    void run_loop() {
        AgentHost host(agents().runtime(), {});
        if (!host.has_agent()) { // a fault
            sync::MutexLocker locker(mutex_);
            loop_ended_ = true;
            changed_.notify_all();
            return;
        }
        Request request(host.agent());
        EventLoop& loop = EventLoop::of(host.agent());
        loop.keep_alive();
        {
            sync::MutexLocker locker(mutex_);
            queue_ = loop.queue();
            changed_.notify_all();
        }
        loop.run();
        loop.release_keep_alive();
        // Referred to by nobody when the agent ends.
        sync::MutexLocker locker(mutex_);
        queue_ = {};
        loop_ended_ = true;
        changed_.notify_all();
    }
    void post() {
        TaskQueueRef queue;
        {
            sync::MutexLocker locker(mutex_);
            while (!queue_ && !loop_ended_)
                changed_.wait(mutex_);
            queue = queue_;
        }
        if (!queue) return;
        bool accepted = queue->post([this](Agent&) {
            sync::WindowMark mark(Context::own_window(1));
            sync::MutexLocker locker(mutex_);
            ran_++;
            changed_.notify_all();
        });
        sync::WindowMark mark(Context::own_window(1));
        accepted_ += accepted;
    }
    void await(int tasks) {
        sync::MutexLocker locker(mutex_);
        while (ran_ < tasks)
            changed_.wait(mutex_);
        Context::reach(1);
    }

    int tasks_ = 0;
    int accepted_ = 0; // the iteration's first thread
    sync::Mutex mutex_{sync::Rank::Ports};
    sync::ConditionVariable changed_;
    TaskQueueRef queue_;      // guarded by mutex_
    bool loop_ended_ = false; // guarded by mutex_
    int ran_ = 0;             // guarded by mutex_
};

constexpr sync::Window kEngineWindows[] = {sync::Window::WaiterListLocked};
constexpr const char* kWindows[] = {"two agents begin to wait for each other", "a task runs as the next is posted"};
constexpr const char* kMarks[] = {"a loop had nothing but a wait", "a loop ran what was posted while it slept"};

} // namespace

extern const ScenarioInfo atomics_event_loop;
constinit const ScenarioInfo atomics_event_loop{
    .name = "atomics/event_loop",
    .about = "tasks and settled waits from other threads against event loops that fall asleep; none is left lying",
    .planted = PlantedBug::ThreadsPostWithoutWake,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<EventLoopWakes>,
};

} // namespace stress
