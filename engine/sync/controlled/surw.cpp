// SURW: Zhao, Wolff, Mathur, Roychoudhury, "Selectively Uniform Concurrency Testing" (ASPLOS 2025). Only the events on
// one object, drawn for each run, are of interest. Which thread has the next of them is drawn with a chance
// proportional to how many each thread still has (counted in earlier runs; a thread that has not started yet counts for
// the one that will start it), which makes the interleavings of those events equally likely. Everything else walks at
// random, and an event of interest of any other thread waits.
#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

namespace {

bool is_interesting(const Scheduler& scheduler, const ThreadSlot& thread) {
    return thread.object != 0 && thread.state == ThreadState::Ready && thread.effect != Effect::None &&
           scheduler.objects[thread.object].hash == scheduler.memory->plan.interesting_object;
}

// The thread's own expectation, and those of its descendants that have not been started.
uint64_t expected_weight(const Scheduler& scheduler, uint64_t path, int depth) {
    const Plan& plan = scheduler.memory->plan;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < plan.weight_count; i++) {
        if (plan.weights[i].thread == path) sum += plan.weights[i].events;
        if (plan.weights[i].parent == path && plan.weights[i].thread != path && depth < ThreadPath::kMaxDepth)
            sum += expected_weight(scheduler, plan.weights[i].thread, depth + 1);
    }
    return sum;
}

void draw_intended(Scheduler& scheduler) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        if (scheduler.threads[i].state != ThreadState::Exited) total += scheduler.threads[i].weight;
    }
    scheduler.surw.intended = kNoThread;
    if (total == 0) return;
    uint64_t draw = scheduler.below(total);
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        if (scheduler.threads[i].state == ThreadState::Exited) continue;
        if (draw < scheduler.threads[i].weight) {
            scheduler.surw.intended = i;
            return;
        }
        draw -= scheduler.threads[i].weight;
    }
}

} // namespace

void surw_start(Scheduler& scheduler) { draw_intended(scheduler); }

void surw_added(Scheduler& scheduler, uint32_t slot) {
    ThreadSlot& thread = scheduler.threads[slot];
    thread.weight = expected_weight(scheduler, thread.path_hash, thread.path.depth);
    if (thread.parent == kNoThread) return;
    ThreadSlot& parent = scheduler.threads[thread.parent];
    uint64_t before = parent.weight;
    parent.weight -= thread.weight < before ? thread.weight : before;
    // Was the draw for what is now the child's share?
    if (scheduler.surw.intended == thread.parent && before != 0 && scheduler.below(before) < thread.weight)
        scheduler.surw.intended = slot;
}

uint32_t surw_pick(Scheduler& scheduler, const uint16_t* candidates, uint32_t count) {
    uint16_t allowed[kMaxThreads];
    uint32_t allowed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i] == scheduler.surw.intended || !is_interesting(scheduler, scheduler.threads[candidates[i]]))
            allowed[allowed_count++] = candidates[i];
    }
    // The intended thread may be stuck behind the others, or the counts wrong: then any.
    if (allowed_count == 0) return candidates[scheduler.below(count)];
    return allowed[scheduler.below(allowed_count)];
}

void surw_executed(Scheduler& scheduler, uint32_t slot) {
    ThreadSlot& thread = scheduler.threads[slot];
    if (!is_interesting(scheduler, thread)) return;
    if (thread.weight > 0) thread.weight--;
    draw_intended(scheduler);
}

} // namespace heddle::sync::controlled

#endif
