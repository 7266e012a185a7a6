// The scheduling half of RFF: Wolff, Shi, Duck, Mathur, Roychoudhury, "Greybox Fuzzing for Concurrency Testing" (ASPLOS
// 2024). An abstract schedule is a set of constraints "this read reads from that write", positive or negative. The
// scheduler is proactive: it holds back a read whose write has not happened and a write that would come between the
// two, and otherwise samples as POS does (pos.cpp). The fuzzing half, which keeps the abstract schedules that showed
// new reads-from pairs and mutates them, is stress/schedules/reads_from_corpus.h.
#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

namespace {

constexpr uint8_t kDone = 2;

bool would_violate(const Scheduler& scheduler, const ThreadSlot& thread) {
    const Plan& plan = scheduler.memory->plan;
    if (thread.object == 0 || thread.event == 0) return false;
    const ObjectSlot& object = scheduler.objects[thread.object];
    for (uint32_t i = 0; i < plan.constraint_count; i++) {
        const Constraint& constraint = plan.constraints[i];
        if (constraint.object != object.hash || scheduler.reads_from.progress[i] == kDone) continue;
        bool is_the_read = thread.event == constraint.read;
        if (constraint.negative) {
            if (is_the_read && object.last_write == constraint.write) return true;
            continue;
        }
        bool written = object.last_write == constraint.write;
        if (is_the_read && !written) return true;
        // The pair is half there: nobody else writes before the read.
        if (written && !is_the_read && is_write(thread.effect)) return true;
    }
    return false;
}

} // namespace

uint32_t reads_from_pick(Scheduler& scheduler, const uint16_t* candidates, uint32_t count) {
    uint16_t allowed[kMaxThreads];
    uint32_t allowed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!would_violate(scheduler, scheduler.threads[candidates[i]])) allowed[allowed_count++] = candidates[i];
    }
    if (allowed_count == 0) return candidates[scheduler.below(count)];
    return pos_pick(scheduler, allowed, allowed_count);
}

void reads_from_executed(Scheduler& scheduler, uint32_t slot, uint64_t write_seen) {
    const Plan& plan = scheduler.memory->plan;
    const ThreadSlot& thread = scheduler.threads[slot];
    if (thread.object != 0 && thread.event != 0 && is_read(thread.effect)) {
        for (uint32_t i = 0; i < plan.constraint_count; i++) {
            const Constraint& constraint = plan.constraints[i];
            if (!constraint.negative && constraint.read == thread.event &&
                constraint.object == scheduler.objects[thread.object].hash && constraint.write == write_seen)
                scheduler.reads_from.progress[i] = kDone;
        }
    }
    pos_executed(scheduler, slot);
}

} // namespace heddle::sync::controlled

#endif
