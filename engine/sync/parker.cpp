// The parker's three states: empty, permit left, somebody parked.
//
//            unpark                 park takes it
//   kEmpty ---------> kPermit ----------------------> kEmpty
//      | park                 ^ unpark, then wake
//      +--------> kParked ----+
#include "sync/parker.h"

#include "sync/futex.h"

namespace heddle::sync {

void Parker::park() {
    announce(Operation::ParkerPark, identity_);
    assert_may_block(Operation::ParkerPark);
    wait_for_permit(MonotonicTime::never());
}

WaitOutcome Parker::park_until(MonotonicTime deadline) {
    announce(Operation::ParkerParkUntil, identity_);
    assert_may_block(Operation::ParkerParkUntil);
    return wait_for_permit(deadline);
}

WaitOutcome Parker::wait_for_permit(MonotonicTime deadline) {
    for (;;) {
        uint32_t seen = kPermit;
        if (state_.compare_exchange_acq_rel(seen, kEmpty)) return WaitOutcome::Woken;
        HEDDLE_ASSERT(seen == kEmpty);
        if (!state_.compare_exchange_acq_rel(seen, kParked)) continue;
        FutexOutcome outcome = futex_wait(state_, kParked, deadline);
        // Back to empty, unless a permit came: then take it, even after the deadline.
        seen = kParked;
        if (!state_.compare_exchange_acq_rel(seen, kEmpty)) continue;
        if (outcome == FutexOutcome::TimedOut) return WaitOutcome::TimedOut;
    }
}

void Parker::unpark() {
    announce(Operation::ParkerUnpark, identity_);
    if (PLANTED(SyncLostPermit) && state_.load_relaxed() != kParked) {
        // The other side parks here, and nobody wakes it.
        announce(Operation::ParkerUnpark, identity_);
        state_.store_release(kPermit);
        return;
    }
    if (state_.exchange_acq_rel(kPermit) == kParked) futex_wake(state_, 1);
}

} // namespace heddle::sync
