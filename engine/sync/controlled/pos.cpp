// POS: Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling" (CAV 2018). Every pending operation has a random
// priority; the highest that can take place does. Whoever has a pending operation that depends on the one that took
// place draws again, so that the order of independent operations costs no randomness.
#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

void pos_announced(Scheduler& scheduler, uint32_t slot) { scheduler.threads[slot].priority = scheduler.next_random(); }

uint32_t pos_pick(Scheduler& scheduler, const uint16_t* candidates, uint32_t count) {
    uint32_t best = candidates[0];
    for (uint32_t i = 1; i < count; i++) {
        if (scheduler.threads[candidates[i]].priority > scheduler.threads[best].priority) best = candidates[i];
    }
    return best;
}

void pos_executed(Scheduler& scheduler, uint32_t slot) {
    const ThreadSlot& done = scheduler.threads[slot];
    if (done.object == 0) return;
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        ThreadSlot& other = scheduler.threads[i];
        if (i != slot && other.state == ThreadState::Ready && are_dependent(done, other)) other.priority = scheduler.next_random();
    }
}

} // namespace heddle::sync::controlled

#endif
