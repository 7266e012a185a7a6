// PCT: Burckhardt, Kothari, Musuvathi, Nagarakatti, "A Randomized Scheduler with Probabilistic Guarantees of Finding
// Bugs" (ASPLOS 2010). Threads get random priorities, the highest that can go on does; at depth - 1 decisions, drawn
// from the expected length of the run, the thread that would go on falls to the bottom. Finds a bug of depth d among n
// threads and k operations with a chance of at least 1 / (n k^(d-1)).
#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

void pct_start(Scheduler& scheduler) {
    const Plan& plan = scheduler.memory->plan;
    uint32_t points = plan.depth > 0 ? plan.depth - 1 : 0;
    if (points > 15) points = 15;
    uint32_t length = plan.expected_length > 0 ? plan.expected_length : 1;
    scheduler.pct.change_count = points;
    for (uint32_t i = 0; i < points; i++) scheduler.pct.change_points[i] = 1 + scheduler.below(length);
}

void pct_added(Scheduler& scheduler, uint32_t slot) {
    // Above all the values that change points give.
    scheduler.threads[slot].priority = (scheduler.next_random() >> 1) + 64;
}

uint32_t pct_pick(Scheduler& scheduler, const uint16_t* candidates, uint32_t count) {
    uint32_t decision = scheduler.memory->record.decisions;
    for (;;) {
        uint32_t best = candidates[0];
        for (uint32_t i = 1; i < count; i++) {
            if (scheduler.threads[candidates[i]].priority > scheduler.threads[best].priority) best = candidates[i];
        }
        bool changed = false;
        for (uint32_t i = 0; i < scheduler.pct.change_count; i++) {
            if (scheduler.pct.change_points[i] > decision || scheduler.pct.change_points[i] == 0) continue;
            scheduler.pct.change_points[i] = 0;
            scheduler.threads[best].priority = scheduler.pct.change_count - i;
            changed = true;
            break;
        }
        if (!changed) return best;
    }
}

} // namespace heddle::sync::controlled

#endif
