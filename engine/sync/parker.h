// Parker: one thread waits in it, any thread lets it go on. The permit is sticky: an unpark before the park is kept,
// and several count as one.
#pragma once

#include "sync/atomic.h"
#include "sync/clock.h"
#include "sync/condition_variable.h"

namespace heddle::sync {

class Parker {
public:
    Parker() = default;
    Parker(const Parker&) = delete;
    Parker& operator=(const Parker&) = delete;

    /// Waits for a permit and takes it. Only one thread at a time may park; it must be outside any request.
    /// Everything done before the unpark is seen after the park.
    void park();
    /// As park, but gives up at the deadline; Woken means that the permit was taken.
    WaitOutcome park_until(MonotonicTime deadline);
    /// Whether a permit is there to be taken, for loops that look some times before they park. A hint.
    bool has_permit() const { return state_.load_relaxed() == kPermit; }
    /// Leaves a permit and wakes the parked thread, if any. Callable from any thread.
    void unpark();

private:
    WaitOutcome wait_for_permit(MonotonicTime deadline);

    static constexpr uint32_t kEmpty = 0;
    static constexpr uint32_t kPermit = 1;
    static constexpr uint32_t kParked = 2;
    Polled<uint32_t> state_{kEmpty};
    [[no_unique_address]] ObjectIdentity identity_;
};

} // namespace heddle::sync
