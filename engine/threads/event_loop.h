// EventLoop: one agent's host tasks and timers. Tasks come from any thread; they run on the agent's thread, one at a
// time, and promise jobs drain after each.
#pragma once

#include "runtime/agent.h"
#include "sync/condition_variable.h"

#include <deque>
#include <functional>
#include <map>

namespace heddle {

class EventLoop final : public AgentComponent {
public:
    /// Runs on the agent's thread, inside a request. Off-heap: cells that it needs are in Roots it owns.
    using Task = std::move_only_function<void(Agent&)>;
    using TimerId = uint64_t;

    explicit EventLoop(Agent&);
    static EventLoop& of(Agent& agent) { return agent.component<EventLoop>(Component::EventLoop); }

    // --- any thread -----------------------------------------------------------------------------------------
    /// Appends a task and wakes the loop. Tasks posted after the loop has closed are dropped (destroyed here).
    void post(Task);
    /// Wakes a sleeping loop so that it looks at its agent's interrupt word.
    void wake();
    /// While the count is above zero the loop waits for tasks even when it has none.
    void keep_alive() { keep_alive_.add_relaxed(1); }
    void release_keep_alive();

    // --- the agent's thread -----------------------------------------------------------------------------------
    /// Runs `task` at `when`. A timer keeps the loop alive unless it is unreferenced.
    TimerId add_timer(sync::MonotonicTime when, Task task, bool keeps_alive = true);
    /// False when there is no such timer (it has run, or was cancelled).
    bool cancel_timer(TimerId);
    /// Runs jobs, tasks and timers until nothing is left that could bring more, or the agent is terminated.
    void run();
    /// One round of run: what is due now, or else a wait for more. False when nothing is left that could bring more, or
    /// the agent is terminated.
    bool turn();
    /// Timers or a keep-alive count may bring tasks. A hint for hosts that wait for something else as well.
    bool expects_work() const { return !timers_.empty() || keep_alive_.load_relaxed() != 0; }
    /// Runs what is due now; does not block. False when there was nothing.
    bool run_due();
    /// Drops everything that waits and refuses what comes. The owner calls it before the agent ends.
    void close();
    /// Everything that ever waits is freed with the loop.
    ~EventLoop() override;

private:
    struct Timer {
        TimerId id;
        Task task;
        bool keeps_alive;
    };
    bool has_referenced_timer() const { return referenced_timers_ != 0; }
    void run_task(Task);
    bool run_due_timer();
    bool wait_for_work();

    Agent& agent_;
    sync::Mutex mutex_;
    sync::ConditionVariable wake_up_;
    std::deque<Task> tasks_; // guarded by mutex_
    bool woken_ = false;     // guarded by mutex_
    bool closed_ = false;    // guarded by mutex_
    sync::Counter<uint32_t> keep_alive_{0};
    // Agent's thread only, in order of time and then of insertion.
    std::multimap<sync::MonotonicTime, Timer> timers_;
    uint32_t referenced_timers_ = 0;
    TimerId next_timer_ = 1;
};

} // namespace heddle
