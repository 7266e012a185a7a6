// The sticky random walk: mostly the running thread goes on, else any with equal chance. The baseline of Thomson,
// Donaldson and Betts, "Concurrency Testing Using Controlled Schedulers: An Empirical Study" (TOPC 2016), made sticky
// because a walk that switches at every operation hardly ever lets one thread get far ahead. How sticky is itself drawn
// for each run, so that short and long stretches are both tried.
#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

void random_walk_start(Scheduler& scheduler) {
    scheduler.stickiness = scheduler.memory->plan.stickiness;
    if (scheduler.stickiness > 255) {
        // None, half, three quarters, seven eighths, fifteen sixteenths.
        uint64_t level = scheduler.below(5);
        scheduler.stickiness = static_cast<uint32_t>(256 - (256u >> level));
    }
}

uint32_t random_walk_pick(Scheduler& scheduler, const uint16_t* candidates, uint32_t count) {
    if (scheduler.below(256) < scheduler.stickiness) {
        for (uint32_t i = 0; i < count; i++) {
            if (candidates[i] == scheduler.running) return scheduler.running;
        }
    }
    return candidates[scheduler.below(count)];
}

} // namespace heddle::sync::controlled

#endif
