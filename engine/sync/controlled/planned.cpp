// What a plan says of a decision: the switches and choices of a recorded schedule, bytes of a fuzzer, or chances.
#include "sync/controlled/internals.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

namespace {

uint64_t key_of(uint64_t path_hash, uint32_t step) {
    return raw::mix(path_hash, uint64_t{step} + 1);
}

const Choice* recorded_choice(const Scheduler& scheduler, const ThreadSlot& thread, ChoiceKind kind) {
    const Plan& plan = scheduler.memory->plan;
    if (plan.choice_count == 0) return nullptr;
    constexpr uint32_t kSize = kMaxChoices * 2;
    for (uint64_t place = key_of(thread.path_hash, thread.step);; place++) {
        uint16_t entry = scheduler.choice_index[place % kSize];
        if (entry == 0) return nullptr;
        const Choice& candidate = plan.choices[entry - 1];
        if (candidate.step == thread.step && candidate.kind == kind &&
            same_path(candidate.thread, thread.path))
            return &candidate;
    }
}

} // namespace

uint32_t slot_of_path(const Scheduler& scheduler, const ThreadPath& path) {
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        if (scheduler.threads[i].state != ThreadState::Unused && same_path(scheduler.threads[i].path, path))
            return i;
    }
    return kNoThread;
}

const Switch* recorded_switch(const Scheduler& scheduler, const ThreadSlot& thread) {
    const Plan& plan = scheduler.memory->plan;
    if (plan.switch_count == 0) return nullptr;
    constexpr uint32_t kSize = kMaxSwitches * 2;
    for (uint64_t place = key_of(thread.path_hash, thread.step);; place++) {
        uint16_t entry = scheduler.switch_index[place % kSize];
        if (entry == 0) return nullptr;
        const Switch& candidate = plan.switches[entry - 1];
        if (candidate.step == thread.step && same_path(candidate.thread, thread.path)) return &candidate;
    }
}

void index_plan(Scheduler& scheduler) {
    const Plan& plan = scheduler.memory->plan;
    for (uint32_t i = 0; i < plan.switch_count && i < kMaxSwitches - 1; i++) {
        uint64_t place = key_of(hash_of_path(plan.switches[i].thread), plan.switches[i].step);
        while (scheduler.switch_index[place % (kMaxSwitches * 2)] != 0)
            place++;
        scheduler.switch_index[place % (kMaxSwitches * 2)] = static_cast<uint16_t>(i + 1);
    }
    for (uint32_t i = 0; i < plan.choice_count && i < kMaxChoices; i++) {
        uint64_t place = key_of(hash_of_path(plan.choices[i].thread), plan.choices[i].step);
        while (scheduler.choice_index[place % (kMaxChoices * 2)] != 0)
            place++;
        scheduler.choice_index[place % (kMaxChoices * 2)] = static_cast<uint16_t>(i + 1);
    }
}

uint32_t next_byte(Scheduler& scheduler, uint32_t bound) {
    const Plan& plan = scheduler.memory->plan;
    uint32_t value = 0;
    if (scheduler.bytes_used < plan.byte_count) value = plan.bytes[scheduler.bytes_used++];
    if (bound > 256 && scheduler.bytes_used < plan.byte_count)
        value = value << 8 | plan.bytes[scheduler.bytes_used++];
    return value % bound;
}

uint64_t make_choice(Scheduler* scheduler, uint32_t slot, ChoiceKind kind, uint64_t bound) {
    Plan& plan = scheduler->memory->plan;
    Record& record = scheduler->memory->record;
    ThreadSlot& thread = scheduler->threads[slot];
    thread.step++;
    uint64_t value = 0;
    const Choice* recorded =
        plan.strategy == Strategy::Recorded ? recorded_choice(*scheduler, thread, kind) : nullptr;
    if (recorded) {
        if (bound == 0 || recorded->value < bound) {
            value = recorded->value;
            record.followed++;
        } else {
            record.misfits++;
        }
    } else if (kind == ChoiceKind::RandomNumber) {
        // Named by its place and not drawn in turn: another schedule before it changes nothing.
        value = raw::mix(plan.seed, key_of(thread.path_hash, thread.step));
        return bound == 0 ? value : value % bound;
    } else if (plan.strategy == Strategy::Bytes) {
        if (bound > 1 &&
            (kind == ChoiceKind::NotifiedWaiter || plan.choice_one_in[static_cast<int>(kind)] != 0))
            value = next_byte(*scheduler, bound > 65536 ? 65536 : static_cast<uint32_t>(bound));
    } else if (plan.strategy == Strategy::NonPreemptive || plan.strategy == Strategy::Recorded) {
        value = 0;
    } else if (kind == ChoiceKind::NotifiedWaiter) {
        value = scheduler->below(bound);
    } else {
        uint32_t one_in = plan.choice_one_in[static_cast<int>(kind)];
        if (one_in != 0 && bound > 1 && scheduler->below(one_in) == 0)
            value = 1 + scheduler->below(bound - 1);
    }
    if (value != 0) {
        if (record.choice_count < kMaxChoices) {
            Choice& made = record.choices[record.choice_count];
            copy_path(made.thread, thread.path);
            made.step = thread.step;
            made.kind = kind;
            made.value = value;
        }
        record.choice_count++;
        record.trace_hash = raw::mix(record.trace_hash, value);
    }
    return value;
}

} // namespace heddle::sync::controlled

#endif
