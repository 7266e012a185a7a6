// Deciding who runs next, and what the chosen thread's operation does to the scheduler's picture of the program.
#include "sync/controlled/internals.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

namespace {

constexpr uint64_t kNanosecondsADecision = 1000;

// A wait that may end although nobody woke it.
bool may_wake_spuriously(Operation operation) {
    return operation == Operation::ConditionWait || operation == Operation::ConditionWaitUntil ||
           operation == Operation::FutexWait || operation == Operation::FutexWaitUntil;
}

bool mutex_is_free(const Scheduler& scheduler, uint32_t object) {
    return object == 0 || scheduler.objects[object].holder == kNoThread;
}

// Could its wait end now by a timeout or a spurious wake-up?
bool may_end_wait(const Scheduler& scheduler, const ThreadSlot& thread) {
    return thread.state == ThreadState::Waiting && mutex_is_free(scheduler, thread.mutex) &&
           (thread.timed || may_wake_spuriously(thread.operation));
}

// The chosen thread's operation takes place, as far as the scheduler's picture goes.
void execute(Scheduler& scheduler, uint32_t slot, bool by_switch, bool nobody_else) {
    Plan& plan = scheduler.memory->plan;
    Record& record = scheduler.memory->record;
    ThreadSlot& thread = scheduler.threads[slot];
    record.decisions++;
    thread.passed_over = 0;
    if (scheduler.running != slot) {
        thread.turn = 0;
    } else if (++thread.turn > plan.longest_turn) {
        thread.turn = 0;
        thread.held_until = record.decisions + (plan.longest_turn << thread.long_turns);
        if (thread.long_turns < 6) thread.long_turns++;
    }
    scheduler.clock += kNanosecondsADecision;
    if (thread.state == ThreadState::Waiting) {
        // Chosen without having been woken: a timeout if it can be one, else spuriously.
        if (thread.timed && (nobody_else || thread.deadline - scheduler.clock <= plan.short_wait)) {
            thread.timed_out = true;
            if (thread.deadline > scheduler.clock) scheduler.clock = thread.deadline;
        }
        end_wait(thread);
    }
    thread.mutex = 0;
    uint64_t write_seen = thread.object != 0 ? scheduler.objects[thread.object].last_write : 0;
    note_values(scheduler, slot);
    if (thread.object != 0) {
        ObjectSlot& object = scheduler.objects[thread.object];
        if (scheduler.wants_events && thread.event != 0) {
            if (is_read(thread.effect))
                note_reads_from(scheduler, object.last_write, thread.event, object.hash);
            if (thread.effect != Effect::None) note_profile(scheduler, thread);
        }
        // A lock reads what the last unlock left; taking it is not a write that others could read from.
        if (is_write(thread.effect) && thread.effect != Effect::Lock && thread.effect != Effect::Wait)
            object.last_write = thread.event;
        if (thread.effect == Effect::Lock && object.holder == kNoThread)
            object.holder = slot;
        else if (thread.effect == Effect::Unlock)
            object.holder = kNoThread;
    }
    uint64_t event = raw::mix(thread.path_hash ^ static_cast<uint64_t>(thread.operation),
                              thread.object != 0 ? scheduler.objects[thread.object].hash : 0);
    record.trace_hash = raw::mix(record.trace_hash ^ thread.timed_out, event ^ (uint64_t{thread.step} << 32));
    if (plan.trace) note_trace(scheduler, slot, by_switch);
    switch (plan.strategy) {
    case Strategy::Pos:
        pos_executed(scheduler, slot);
        break;
    case Strategy::Surw:
        surw_executed(scheduler, slot);
        break;
    case Strategy::ReadsFrom:
        reads_from_executed(scheduler, slot, write_seen);
        break;
    default:
        break;
    }
    if (record.decisions - scheduler.last_progress > plan.livelock_decisions)
        finish(scheduler, Outcome::Livelock, "no thread has changed anything for too many decisions",
               kExitScheduler);
    if (record.decisions > plan.max_decisions)
        finish(scheduler, Outcome::TooLong, "too many decisions", kExitScheduler);
}

uint32_t next_by_path(const Scheduler& scheduler, const uint16_t* candidates, uint32_t count,
                      uint32_t after) {
    const ThreadPath& path = scheduler.threads[after].path;
    for (uint32_t i = 0; i < count; i++) {
        if (path_less(path, scheduler.threads[candidates[i]].path)) return candidates[i];
    }
    return candidates[0];
}

bool contains(const uint16_t* slots, uint32_t count, uint32_t slot) {
    for (uint32_t i = 0; i < count; i++) {
        if (slots[i] == slot) return true;
    }
    return false;
}

// Counts the decision for everybody who could go on; returns who has been passed over for too long, or kNoThread.
uint32_t starved_thread(Scheduler& scheduler, const uint16_t* able, uint32_t count) {
    constexpr uint32_t kShortestWait = 64;
    uint32_t worst = kNoThread;
    for (uint32_t i = 0; i < count; i++) {
        ThreadSlot& thread = scheduler.threads[able[i]];
        uint32_t limit = scheduler.memory->plan.longest_wait >> (thread.starved < 16 ? thread.starved : 16);
        if (limit < kShortestWait) limit = kShortestWait;
        if (++thread.passed_over <= limit) continue;
        if (worst == kNoThread || thread.passed_over > scheduler.threads[worst].passed_over) worst = able[i];
    }
    if (worst != kNoThread) scheduler.threads[worst].starved++;
    return worst;
}

uint32_t pick_by_strategy(Scheduler& scheduler, const uint16_t* candidates, uint32_t count) {
    switch (scheduler.memory->plan.strategy) {
    case Strategy::RandomWalk:
        return random_walk_pick(scheduler, candidates, count);
    case Strategy::Pct:
        return pct_pick(scheduler, candidates, count);
    case Strategy::Pos:
        return pos_pick(scheduler, candidates, count);
    case Strategy::Surw:
        return surw_pick(scheduler, candidates, count);
    case Strategy::ReadsFrom:
        return reads_from_pick(scheduler, candidates, count);
    default:
        return candidates[0];
    }
}

} // namespace

bool can_go_on(const Scheduler& scheduler, const ThreadSlot& thread) {
    if (thread.state == ThreadState::Waiting)
        return thread.timed && thread.deadline <= scheduler.clock && mutex_is_free(scheduler, thread.mutex);
    if (thread.state != ThreadState::Ready) return false;
    if (thread.operation == Operation::MutexLock) return mutex_is_free(scheduler, thread.object);
    if (thread.operation == Operation::ThreadJoin)
        return scheduler.threads[thread.join_target].state == ThreadState::Exited;
    return true;
}

uint32_t decide(Scheduler& scheduler, uint32_t self) {
    Plan& plan = scheduler.memory->plan;
    Record& record = scheduler.memory->record;
    ThreadSlot& deciding = scheduler.threads[self];
    uint16_t able[kMaxThreads], candidates[kMaxThreads], sleepers[kMaxThreads], waiters[kMaxThreads];
    uint32_t able_count = 0, candidate_count = 0, sleeper_count = 0, waiter_count = 0;
    uint32_t earliest = kNoThread;
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        uint16_t slot = scheduler.order[i];
        const ThreadSlot& thread = scheduler.threads[slot];
        if (can_go_on(scheduler, thread)) {
            able[able_count++] = slot;
            if (!thread.yielding && thread.held_until <= record.decisions)
                candidates[candidate_count++] = slot;
            continue;
        }
        if (!may_end_wait(scheduler, thread)) continue;
        if (thread.timed) {
            if (earliest == kNoThread || thread.deadline < scheduler.threads[earliest].deadline)
                earliest = slot;
            if (thread.deadline - scheduler.clock <= plan.short_wait) sleepers[sleeper_count++] = slot;
        }
        if (may_wake_spuriously(thread.operation)) waiters[waiter_count++] = slot;
    }
    bool nobody_else = able_count == 0;
    uint32_t fallback;
    if (nobody_else) {
        // Time passes until the first deadline.
        if (earliest == kNoThread) nobody_can_go_on(scheduler);
        fallback = earliest;
        candidates[0] = static_cast<uint16_t>(earliest);
        candidate_count = 1;
    } else {
        if (candidate_count == 0) {
            // Everybody spins: all may look again, and time goes on for those who watch it.
            for (uint32_t i = 0; i < able_count; i++) {
                candidates[i] = able[i];
                scheduler.threads[able[i]].yielding = false;
                scheduler.threads[able[i]].held_until = 0;
                scheduler.threads[able[i]].spin_reads = 0;
            }
            candidate_count = able_count;
            scheduler.clock += 100 * kNanosecondsADecision;
            if (earliest != kNoThread) candidates[candidate_count++] = static_cast<uint16_t>(earliest);
            fallback = next_by_path(scheduler, candidates, able_count, self);
        } else {
            fallback = contains(candidates, candidate_count, self)
                           ? self
                           : next_by_path(scheduler, candidates, candidate_count, self);
        }
    }
    uint32_t next = fallback;
    if (plan.strategy == Strategy::Recorded) {
        if (const Switch* planned = recorded_switch(scheduler, deciding)) {
            uint32_t slot = slot_of_path(scheduler, planned->next);
            if (slot != kNoThread &&
                (contains(able, able_count, slot) || may_end_wait(scheduler, scheduler.threads[slot]))) {
                next = slot;
                record.followed++;
            } else {
                record.misfits++;
            }
        }
    } else if (plan.strategy == Strategy::Bytes) {
        uint32_t all = candidate_count + sleeper_count + waiter_count;
        if (all > 1) {
            uint32_t draw = next_byte(scheduler, all + 1);
            // 0 is the default decision, so that bytes of zero are a run without preemptions.
            if (draw != 0) {
                draw--;
                if (draw < candidate_count)
                    next = candidates[draw];
                else if (draw - candidate_count < sleeper_count)
                    next = sleepers[draw - candidate_count];
                else
                    next = waiters[draw - candidate_count - sleeper_count];
            }
        }
    } else if (plan.strategy != Strategy::NonPreemptive) {
        uint32_t starved = starved_thread(scheduler, able, able_count);
        if (starved != kNoThread) {
            next = starved;
        } else if (plan.timeout_one_in != 0 && sleeper_count != 0 && scheduler.below(plan.timeout_one_in) == 0) {
            next = sleepers[scheduler.below(sleeper_count)];
        } else if (plan.spurious_one_in != 0 && waiter_count != 0 &&
                   scheduler.below(plan.spurious_one_in) == 0) {
            next = waiters[scheduler.below(waiter_count)];
        } else if (candidate_count == 1) {
            next = candidates[0];
        } else {
            next = pick_by_strategy(scheduler, candidates, candidate_count);
        }
    }
    bool by_switch = next != fallback;
    if (by_switch) {
        if (record.switch_count < kMaxSwitches) {
            Switch& made = record.switches[record.switch_count];
            copy_path(made.thread, deciding.path);
            made.step = deciding.step;
            copy_path(made.next, scheduler.threads[next].path);
        }
        record.switch_count++;
        if (fallback == self) record.preemptions++;
    }
    execute(scheduler, next, by_switch, nobody_else);
    return next;
}

} // namespace heddle::sync::controlled

#endif
