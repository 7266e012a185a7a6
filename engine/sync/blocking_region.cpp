// Leaving and entering a request around a blocking operation.
#include "sync/blocking_region.h"

#include "base/assert.h"

namespace heddle::sync {

void BlockingRegion::leave(ThreadRecord& thread, const void* stack_bound) {
    HEDDLE_CHECK(thread.request_hooks);
    // A thread that blocks with a mutex held makes every other thread that wants it block inside its request.
    HEDDLE_ASSERT(thread.held_count == 0);
    announce(Operation::RequestLeave);
    thread.request_hooks->leave_request(thread, stack_bound);
    HEDDLE_CHECK(!thread.in_request);
}

void BlockingRegion::enter() {
    ThreadRecord& thread = current_thread();
    announce(Operation::RequestEnter);
    thread.request_hooks->enter_request(thread);
    HEDDLE_CHECK(thread.in_request);
}

} // namespace heddle::sync
