// EventLoop: one agent's host tasks, messages, settled waits and timers. They run on the agent's thread, one at a time,
// and promise jobs drain after each.
//
// Each source is first in, first out; the sources take turns, so that none starves another. What another thread needs of
// a loop is its TaskQueue, which may be held for longer than the loop lives.
#pragma once

#include "base/fault.h"
#include "threads/task_queue.h"

#include <map>
#include <unordered_map>

namespace heddle {

class EventLoop final : public AgentComponent {
public:
    using Task = TaskQueue::Task;
    using TimerId = uint64_t;

    explicit EventLoop(Agent&);
    static EventLoop& of(Agent& agent) { return agent.component<EventLoop>(Component::EventLoop); }

    // --- any thread, while the loop lives -------------------------------------------------------------------------
    const TaskQueueRef& queue() const { return queue_; }
    /// Appends a task and wakes the loop. False when the loop has closed, or there is no memory: the task is destroyed here.
    bool post(Task task) { return queue_->post(std::move(task)); }
    void wake() { queue_->wake(); }
    void keep_alive() { queue_->keep_alive(); }
    void release_keep_alive() { queue_->release_keep_alive(); }

    // --- the agent's thread, inside a request ---------------------------------------------------------------------
    /// Runs `task` at `when`. A timer keeps the loop alive unless it is unreferenced. With `period_ms` it is due again
    /// that long after each run, until it is cancelled. The caller has asked has_room_for_timer().
    TimerId add_timer(sync::MonotonicTime when, Task task, bool keeps_alive = true, double period_ms = -1);
    /// False when there is no such timer (it has run, or was cancelled).
    bool cancel_timer(TimerId);
    /// Whether the timer keeps the loop alive. Unknown timers are ignored.
    void set_timer_keeps_alive(TimerId, bool);
    size_t timer_count() const { return timers_.size(); }
    /// Whether there is memory for one more, and for a small task to run then.
    bool has_room_for_timer() const { return has_room_for_one_more(timer_places_); }

    /// Runs jobs, tasks, messages and timers until nothing is left that could bring more, the loop is asked to stop, or
    /// the agent is terminated.
    void run();
    /// One round of run: what is due now, or else a wait for more, at most until `deadline`. False when nothing is left
    /// that could bring more, the loop is asked to stop, or the agent is terminated.
    bool turn(sync::MonotonicTime deadline = sync::MonotonicTime::never());
    /// Runs one thing that is due now; does not block. False when there was nothing.
    bool run_due();
    /// For hosts with a loop of their own: runs everything that is due, also what comes meanwhile; when there was
    /// nothing, waits for something, at most until `deadline`. Then arms the wake-up callback and descriptor again.
    /// Whether more may come.
    bool poll(sync::MonotonicTime deadline = sync::MonotonicTime::long_ago());
    /// Runs everything that is due now and whatever that makes due at once; does not block.
    void run_until_idle();
    /// When the first timer or the first timeout of a waitAsync is due; never() without any. Hosts wait no longer.
    sync::MonotonicTime next_deadline();
    /// Something may still bring tasks: timers, waits, ports, workers, a keep-alive count.
    bool expects_work();

    /// Called on the agent's thread each time before the loop sleeps: the place to flush what was written.
    void set_before_sleep(void (*callback)()) { before_sleep_ = callback; }

    /// Drops everything that waits and refuses what comes. The owner calls it before the agent ends.
    void close();
    ~EventLoop() override;

private:
    enum class Source : uint8_t { Host, Message, AsyncWait, Timer, Count };
    struct Timer {
        TimerId id;
        Task task;
        bool keeps_alive;
        double period_ms;
    };
    using Timers = std::multimap<sync::MonotonicTime, Timer>;
    bool run_one(Source);
    void run_task(Task&);
    bool run_due_timer();
    bool wait_for_work(sync::MonotonicTime limit);
    sync::WaitOutcome sleep_until(sync::MonotonicTime deadline);
    /// The agent's thread uses the loop, and the loop has not closed.
    void check_use(const char* what) const;

    Agent& agent_;
    TaskQueueRef queue_;
    const bool may_look_; // with one processor nobody can wake it meanwhile
    uint8_t next_source_ = 0;
    // In order of time and then of insertion.
    Timers timers_;
    // A timer that repeats keeps its place while it runs, at the end of timers_; cancelled, it has none.
    std::unordered_map<TimerId, Timers::iterator> timer_places_;
    uint32_t referenced_timers_ = 0;
    TimerId next_timer_ = 1;
    void (*before_sleep_)() = nullptr;
    bool closed_ = false;
    bool short_sleep_ = false; // the last one was
    [[maybe_unused]] uint32_t sleeps_without_look_ = 0;
    [[maybe_unused]] uint32_t sleeps_between_looks_ = 0;
};

} // namespace heddle
