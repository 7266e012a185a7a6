#include "threads/event_loop.h"

#include "buffers/waiter_lists.h"
#include "sync/blocking_region.h"
#include "threads/cluster.h"

namespace heddle {

EventLoop::EventLoop(Agent& agent) : agent_(agent), mutex_(sync::Rank::EventLoop) {}

EventLoop::~EventLoop() { close(); }

void EventLoop::post(Task task) {
    sync::MutexLocker locker(mutex_);
    if (closed_) return;
    tasks_.push_back(std::move(task));
    wake_up_.notify_one();
}

void EventLoop::wake() {
    sync::MutexLocker locker(mutex_);
    woken_ = true;
    wake_up_.notify_one();
}

void EventLoop::release_keep_alive() {
    HEDDLE_ASSERT(keep_alive_.load_relaxed() > 0);
    // The loop may be asleep waiting for exactly this count.
    if (keep_alive_.sub_acq_rel(1) == 1) wake();
}

EventLoop::TimerId EventLoop::add_timer(sync::MonotonicTime when, Task task, bool keeps_alive) {
    TimerId id = next_timer_++;
    timers_.emplace(when, Timer{id, std::move(task), keeps_alive});
    referenced_timers_ += keeps_alive;
    return id;
}

bool EventLoop::cancel_timer(TimerId id) {
    for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
        if (timer->second.id != id) continue;
        referenced_timers_ -= timer->second.keeps_alive;
        timers_.erase(timer);
        return true;
    }
    return false;
}

void EventLoop::run_task(Task task) {
    task(agent_);
    agent_.run_jobs();
}

bool EventLoop::run_due_timer() {
    auto first = timers_.begin();
    if (first == timers_.end() || first->first > sync::now()) return false;
    Task task = std::move(first->second.task);
    referenced_timers_ -= first->second.keeps_alive;
    timers_.erase(first);
    run_task(std::move(task));
    return true;
}

bool EventLoop::run_due() {
    agent_.run_jobs();
    if (agent_.is_terminating()) return false;
    Task task;
    {
        sync::MutexLocker locker(mutex_);
        if (!tasks_.empty()) {
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
    }
    if (task) {
        run_task(std::move(task));
        return true;
    }
    if (WaiterLists::of(agent_).settle_next(agent_)) {
        agent_.run_jobs();
        return true;
    }
    return run_due_timer();
}

// Blocks until a task, a due timer, a settled waitAsync or a wake-up. False when nothing can ever come.
bool EventLoop::wait_for_work() {
    WaiterLists& waiters = WaiterLists::of(agent_);
    WaiterLists::PendingCounts waits = waiters.pending_async_waits(agent_);
    if (waits.settled != 0) return true;
    // A wait without a deadline is worth waiting for only while another agent may notify it.
    bool awaits_notify = waits.without_deadline != 0 && Cluster::of(agent_.runtime()).agent_count() > 1;
    bool waiting = waits.with_deadline != 0 || awaits_notify;
    sync::MonotonicTime wait_deadline = waiters.next_deadline(agent_);
    sync::BlockingRegion region;
    sync::MutexLocker locker(mutex_);
    while (tasks_.empty() && !woken_) {
        if (keep_alive_.load_acquire() == 0 && !has_referenced_timer() && !waiting) return false;
        sync::MonotonicTime deadline = timers_.empty() ? wait_deadline : std::min(wait_deadline, timers_.begin()->first);
        if (wake_up_.wait_until(mutex_, deadline) == sync::WaitOutcome::TimedOut) break;
    }
    woken_ = false;
    return true;
}

bool EventLoop::turn() {
    if (run_due()) return !agent_.is_terminating();
    if (agent_.is_terminating() || agent_.poll_interrupts().threw()) return false;
    if (!wait_for_work()) return false;
    return !agent_.poll_interrupts().threw();
}

void EventLoop::run() {
    while (turn()) {
    }
}

void EventLoop::close() {
    std::deque<Task> dropped;
    {
        sync::MutexLocker locker(mutex_);
        closed_ = true;
        dropped.swap(tasks_);
    }
    timers_.clear();
    referenced_timers_ = 0;
}

} // namespace heddle
