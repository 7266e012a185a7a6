// Leaving and entering a request around a blocking operation.
#include "sync/blocking_region.h"

#include "base/rules.h"

namespace heddle::sync {

void BlockingRegion::leave(ThreadRecord& thread, const void* stack_bound) {
    HEDDLE_CHECK(thread.request_hooks);
    // A thread that blocks with a mutex held makes every other thread that wants it block inside its request.
    HEDDLE_RULE(LockAcrossWait, thread.held_count == 0, nullptr, "a request is left to block while a mutex of rank %s is held",
                rank_name(thread.held_ranks[0]));
    thread.suspended_requests++;
    announce(Operation::RequestLeave);
    thread.request_hooks->leave_request(thread, stack_bound);
    HEDDLE_CHECK(!thread.in_request);
}

void BlockingRegion::enter() {
    ThreadRecord& thread = current_thread();
    announce(Operation::RequestEnter);
    thread.request_hooks->enter_request(thread);
    HEDDLE_RULE(Unbalanced, thread.suspended_requests > 0, thread.agent, "a request is entered again that was not left");
    thread.suspended_requests--;
    HEDDLE_CHECK(thread.in_request);
}

} // namespace heddle::sync
