#include "threads/event_loop.h"

#include "buffers/waiter_lists.h"
#include "sync/blocking_region.h"
#include "sync/host_wait.h"
#include "sync/thread.h"
#include "threads/cluster.h"
#include "threads/port_hub.h"

#include <optional>

namespace heddle {

namespace {
// Under the scheduler nobody looks.
[[maybe_unused]] constexpr uint32_t kMostSleepsBetweenLooks = 1000;
constexpr int64_t kShortSleepNanoseconds = 50'000;
[[maybe_unused]] constexpr int64_t kLookNanoseconds = 15'000;
} // namespace

EventLoop::EventLoop(Agent& agent) : agent_(agent), queue_(TaskQueue::create()), may_look_(sync::processor_count() > 1) {}

EventLoop::~EventLoop() { close(); }

void EventLoop::check_use([[maybe_unused]] const char* what) const {
#ifdef HEDDLE_CHECKED
    HEDDLE_RULE(QueueAfterEnd, !closed_, this, "%s an event loop that has closed", what);
    agent_.check_affinity("the event loop is used");
#endif
}

// --- timers -------------------------------------------------------------------------------------------------------

EventLoop::TimerId EventLoop::add_timer(sync::MonotonicTime when, Task task, bool keeps_alive, double period_ms) {
    check_use("a timer is added to");
    TimerId id = next_timer_++;
    timer_places_.emplace(id, timers_.emplace(when, Timer{id, std::move(task), keeps_alive, period_ms}));
    referenced_timers_ += keeps_alive;
    return id;
}

bool EventLoop::cancel_timer(TimerId id) {
    auto place = timer_places_.find(id);
    if (place == timer_places_.end()) return false;
    Timers::iterator timer = place->second;
    timer_places_.erase(place);
    if (timer == timers_.end()) return true; // it runs, for the last time
    referenced_timers_ -= timer->second.keeps_alive;
    Task dropped = std::move(timer->second.task);
    timers_.erase(timer);
    return true;
}

void EventLoop::set_timer_keeps_alive(TimerId id, bool keeps_alive) {
    auto place = timer_places_.find(id);
    if (place == timer_places_.end() || place->second == timers_.end() || place->second->second.keeps_alive == keeps_alive) return;
    place->second->second.keeps_alive = keeps_alive;
    referenced_timers_ += keeps_alive ? 1 : -1u;
}

bool EventLoop::run_due_timer() {
    auto first = timers_.begin();
    if (first == timers_.end() || first->first > sync::now()) return false;
    // It goes back as the node that it is: repeating needs no memory.
    Timers::node_type node = timers_.extract(first);
    Timer& timer = node.mapped();
    referenced_timers_ -= timer.keeps_alive;
    bool repeats = timer.period_ms >= 0;
    if (repeats) timer_places_.find(timer.id)->second = timers_.end();
    else timer_places_.erase(timer.id);
    run_task(timer.task);
    if (!repeats) return true;
    auto place = timer_places_.find(timer.id);
    if (place == timer_places_.end()) return true; // cancelled
    if (agent_.is_terminating()) {
        timer_places_.erase(place);
        return true;
    }
    referenced_timers_ += timer.keeps_alive;
    node.key() = sync::now().after_milliseconds(timer.period_ms);
    place->second = timers_.insert(std::move(node));
    return true;
}

// --- running ------------------------------------------------------------------------------------------------------

void EventLoop::run_task(Task& task) {
    task(agent_);
    agent_.run_jobs();
}

bool EventLoop::run_one(Source source) {
    switch (source) {
    case Source::Host: {
        Task task;
        if (!queue_->take_task(task)) return false;
        run_task(task);
        return true;
    }
    case Source::Message:
        if (!PortHub::of(agent_).deliver_next()) return false;
        agent_.run_jobs();
        return true;
    case Source::AsyncWait:
        if (!WaiterLists::of(agent_).settle_next(agent_)) return false;
        agent_.run_jobs();
        return true;
    case Source::Timer:
        return run_due_timer();
    case Source::Count:
        break;
    }
    return false;
}

bool EventLoop::run_due() {
    check_use("what is due is run by");
    agent_.run_jobs();
    constexpr auto kSources = static_cast<uint8_t>(Source::Count);
    for (uint8_t i = 0; i < kSources; ++i) {
        if (agent_.is_terminating()) return false;
        auto source = static_cast<uint8_t>((next_source_ + i) % kSources);
        if (!run_one(static_cast<Source>(source))) continue;
        next_source_ = static_cast<uint8_t>((source + 1) % kSources);
        return true;
    }
    return false;
}

sync::MonotonicTime EventLoop::next_deadline() {
    sync::MonotonicTime deadline = WaiterLists::of(agent_).next_deadline(agent_);
    return timers_.empty() ? deadline : std::min(deadline, timers_.begin()->first);
}

bool EventLoop::expects_work() {
    if (referenced_timers_ != 0 || queue_->is_kept_alive()) return true;
    // Before the waits: an agent that notifies and ends has settled its wait by the time that it is not counted.
    bool has_company = Cluster::of(agent_.runtime()).agent_count() > 1;
    WaiterLists::PendingCounts waits = WaiterLists::of(agent_).pending_async_waits(agent_);
    // A wait without a deadline is worth waiting for only while another agent may notify it.
    bool awaits_notify = waits.without_deadline != 0 && has_company;
    return waits.settled != 0 || waits.with_deadline != 0 || awaits_notify;
}

// Two agents that answer each other sleep for less than falling asleep and being woken takes: after a short sleep the loop
// looks for a few microseconds whether the next is as short. Where that is in vain, as on a busy machine, it tries more and
// more seldom.
sync::WaitOutcome EventLoop::sleep_until(sync::MonotonicTime deadline) {
    sync::MonotonicTime begin = sync::now();
#ifndef HEDDLE_CONTROLLED
    if (short_sleep_ && sleeps_without_look_ >= sleeps_between_looks_) {
        sync::MonotonicTime end = begin.after_nanoseconds(kLookNanoseconds);
        bool woken = false;
        while (!(woken = queue_->was_woken()) && sync::now() < end) {
            for (int i = 0; i < 16; ++i)
                sync::spin_pause();
        }
        sleeps_without_look_ = 0;
        sleeps_between_looks_ = woken ? 0 : std::min(2 * sleeps_between_looks_ + 8, kMostSleepsBetweenLooks);
    } else {
        ++sleeps_without_look_;
    }
#endif
    sync::WaitOutcome outcome = queue_->sleep_until(deadline);
    short_sleep_ = may_look_ && sync::nanoseconds_between(begin, sync::now()) < kShortSleepNanoseconds;
    return outcome;
}

// Blocks until there is news, something is due, or `limit`. False when nothing can ever come.
bool EventLoop::wait_for_work(sync::MonotonicTime limit) {
    WaiterLists& waiters = WaiterLists::of(agent_);
    if (waiters.pending_async_waits(agent_).settled != 0) return true;
    sync::MonotonicTime deadline = std::min(limit, next_deadline());
    for (;;) {
        if (queue_->take_news()) return true;
        // What kept the loop alive may have come, and have let go of it, since the look for news.
        if (!expects_work()) return queue_->take_news();
        if (before_sleep_) before_sleep_();
        sync::BlockingRegion region;
        // A loop that its host drives may be brought work from there; any other waits for agents.
        std::optional<sync::HostWait> host_wait;
        if (queue_->has_host()) host_wait.emplace();
        if (sleep_until(deadline) == sync::WaitOutcome::TimedOut) return true;
    }
}

bool EventLoop::turn(sync::MonotonicTime deadline) {
    if (queue_->stop_is_asked()) return false;
    if (run_due()) return !agent_.is_terminating() && !queue_->stop_is_asked();
    if (agent_.is_terminating() || agent_.poll_interrupts().threw()) return false;
    if (!wait_for_work(deadline)) return false;
    return !agent_.poll_interrupts().threw() && !queue_->stop_is_asked();
}

void EventLoop::run() {
    while (turn()) {
    }
}

void EventLoop::run_until_idle() {
    while (!queue_->stop_is_asked() && run_due()) {
    }
}

bool EventLoop::poll(sync::MonotonicTime deadline) {
    bool more = true;
    if (!run_due()) {
        more = !agent_.is_terminating() && !agent_.poll_interrupts().threw() && !queue_->stop_is_asked();
        if (more && deadline > sync::now()) more = wait_for_work(deadline);
    }
    run_until_idle();
    (void)queue_->take_news();
    queue_->rearm_host();
    return more && !agent_.is_terminating() && !queue_->stop_is_asked() && (expects_work() || queue_->take_news());
}

void EventLoop::close() {
    closed_ = true;
    queue_->close();
    timer_places_.clear();
    Timers dropped;
    dropped.swap(timers_);
    referenced_timers_ = 0;
}

} // namespace heddle
