// Running the scheduler's own work on a stack beside the thread's.
//
// The collector takes every word on a thread's stack for a reference, those of calls that have returned too, and
// what it finds decides which finalizers run. So what differs from run to run while the program's own steps do
// not (strategies, the search in a recorded plan, tracing) happens on a stack beside the thread's.
#pragma once

#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

/// Calls `run(data)` on the stack that ends at `top` and returns on the caller's, of which it uses 16 bytes. Registers
/// that a call may change are zero afterwards: functions push one whatever it holds, to align their frames, and whether a
/// futex had to wait would be read from it.
void call_on_stack(uint8_t* top, void (*run)(void*), void* data);

/// Runs the body on the scheduler's stack of this thread, which is the calling one.
template <typename Body>
[[gnu::always_inline]] inline void beside(Scheduler& scheduler, uint32_t slot, Body&& body) {
    using Plain = __remove_reference_t(Body);
    call_on_stack(
        scheduler.stacks[slot] + kSchedulerStack, [](void* data) { (*static_cast<Plain*>(data))(); }, &body);
}

} // namespace heddle::sync::controlled

#endif
