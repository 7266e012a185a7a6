// 27.2.1.9 HostPromiseRejectionTracker of the shell.
#include "threads/rejections.h"

#include "runtime/promise.h"
#include "threads/event_loop.h"

namespace heddle {

RejectionTracker::RejectionTracker(Agent& agent, Report report)
    : agent_(agent), report_(report), unhandled_(agent.heap()) {
    agent.set_rejection_tracker(track, this);
}

RejectionTracker::~RejectionTracker() {
    agent_.set_rejection_tracker(nullptr, nullptr);
}

// 27.2.1.9 HostPromiseRejectionTracker ( promise, operation )
void RejectionTracker::track(Agent& agent, Object* promise, Agent::RejectionOperation operation, void* data) {
    auto* tracker = static_cast<RejectionTracker*>(data);
    if (operation == Agent::RejectionOperation::Handle) {
        for (Value& each : tracker->unhandled_) {
            if (each == Value(promise)) each = Value::undefined();
        }
        return;
    }
    // Without memory for the note the rejection goes unreported.
    if (!tracker->unhandled_.push_back(Value(promise)) || tracker->check_posted_) return;
    // A task runs after the jobs of this turn, which may still handle the promise. Without memory for it, the next rejection's.
    tracker->check_posted_ = EventLoop::of(agent).post([tracker](Agent&) { tracker->report_all(); });
}

void RejectionTracker::report_all() {
    check_posted_ = false;
    RootVector<Value> pending(agent_.heap());
    for (Value each : unhandled_) {
        if (each.is<Promise>() && !pending.push_back(each)) break;
    }
    unhandled_.clear();
    for (Value each : pending)
        report_(agent_, each.as<Promise>()->result());
}

} // namespace heddle
