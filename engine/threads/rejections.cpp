// 27.2.1.9 HostPromiseRejectionTracker of the shell.
#include "threads/rejections.h"

#include "runtime/promise.h"
#include "threads/event_loop.h"

namespace heddle {

RejectionTracker::RejectionTracker(Agent& agent, Report report)
    : agent_(agent), report_(report), first_(agent.heap()), last_(agent.heap()) {
    agent.set_rejection_tracker(track, this);
}

RejectionTracker::~RejectionTracker() {
    agent_.set_rejection_tracker(nullptr, nullptr);
}

// 27.2.1.9 HostPromiseRejectionTracker ( promise, operation )
void RejectionTracker::track(Agent& agent, Object* promise, Agent::RejectionOperation operation, void* data) {
    if (operation == Agent::RejectionOperation::Handle) return; // which the promise itself will say
    auto* tracker = static_cast<RejectionTracker*>(data);
    auto* rejected = static_cast<Promise*>(promise);
    if (tracker->last_) tracker->last_->set_next_rejected(rejected);
    else tracker->first_ = rejected;
    tracker->last_ = rejected;
    if (tracker->check_posted_) return;
    // A task runs after the jobs of this turn, which may still handle the promise. Without memory for it, the next
    // rejection's, or the end of the loop.
    tracker->check_posted_ = EventLoop::of(agent).post([tracker](Agent&) { tracker->report_all(); });
}

// HTML 8.1.4.7: notify about rejected promises
void RejectionTracker::report_all() {
    check_posted_ = false;
    Root<Promise> pending(agent_.heap());
    pending = first_.get();
    first_ = nullptr;
    last_ = nullptr; // what a report rejects is for the next turn
    while (pending && !agent_.is_terminating()) {
        Promise* promise = pending;
        pending = promise->next_rejected();
        promise->set_next_rejected(nullptr);
        if (!promise->is_handled()) report_(agent_, promise->result());
    }
}

} // namespace heddle
