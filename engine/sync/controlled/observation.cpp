// What is seen of a run without deciding anything in it: where threads are, whether they make progress or spin, which read
// saw which write, and the trace.
#include "sync/controlled/internals.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

namespace {

uint64_t peek(const void* address, uint8_t width) {
    switch (width) {
    case 1:
        return __atomic_load_n(static_cast<const uint8_t*>(address), __ATOMIC_RELAXED);
    case 2:
        return __atomic_load_n(static_cast<const uint16_t*>(address), __ATOMIC_RELAXED);
    case 4:
        return __atomic_load_n(static_cast<const uint32_t*>(address), __ATOMIC_RELAXED);
    case 8:
        return __atomic_load_n(static_cast<const uint64_t*>(address), __ATOMIC_RELAXED);
    default:
        return 0;
    }
}

void note_read(Scheduler& scheduler, ThreadSlot& thread, uint32_t object, uint64_t value) {
    bool seen = false;
    for (int i = 0; i < kRecentReads; i++)
        seen |= thread.recent_object[i] == object && thread.recent_value[i] == value;
    if (!seen) {
        thread.recent_object[thread.recent_next % kRecentReads] = object;
        thread.recent_value[thread.recent_next % kRecentReads] = value;
        thread.recent_next++;
        thread.spin_reads = 0;
        return;
    }
    if (++thread.spin_reads >= scheduler.memory->plan.spin_reads) thread.yielding = true;
}

} // namespace

uint32_t walk_frames(const ThreadSlot& thread, uintptr_t* frames, uint32_t capacity) {
    uint32_t count = 0;
    uintptr_t frame = thread.frame;
    uintptr_t high = thread.record ? reinterpret_cast<uintptr_t>(thread.record->controlled_stack_top) : 0;
    while (count < capacity && frame != 0 && frame < high && frame % 8 == 0) {
        auto words = reinterpret_cast<const uintptr_t*>(frame);
        if (words[1] == 0) break;
        frames[count++] = words[1];
        if (words[0] <= frame) break;
        frame = words[0];
    }
    return count;
}

uint64_t place_in_program(const ThreadSlot& thread) {
    uintptr_t frames[5];
    uint32_t count = walk_frames(thread, frames, 5);
    uint64_t hash = 0;
    for (uint32_t i = 0; i < count; i++)
        hash = raw::mix(hash, frames[i]);
    return hash;
}

void note_reads_from(Scheduler& scheduler, uint64_t write, uint64_t read, uint64_t object) {
    Record& record = scheduler.memory->record;
    constexpr uint32_t kSize = kMaxReadsFrom * 2;
    for (uint64_t place = raw::mix(write, read);; place++) {
        uint32_t& entry = scheduler.reads_from_index[place % kSize];
        if (entry == 0) {
            if (record.reads_from_count >= kMaxReadsFrom) return;
            ReadsFrom& pair = record.reads_from[record.reads_from_count];
            pair.write = write;
            pair.read = read;
            pair.object = object;
            entry = ++record.reads_from_count;
            return;
        }
        const ReadsFrom& pair = record.reads_from[entry - 1];
        if (pair.write == write && pair.read == read) return;
    }
}

void note_profile(Scheduler& scheduler, const ThreadSlot& thread) {
    Record& record = scheduler.memory->record;
    uint64_t object = scheduler.objects[thread.object].hash;
    constexpr uint32_t kSize = kMaxProfile * 2;
    for (uint64_t place = raw::mix(thread.path_hash, thread.event);; place++) {
        uint32_t& entry = scheduler.profile_index[place % kSize];
        if (entry == 0) {
            if (record.profile_count >= kMaxProfile) return;
            ProfileEntry& fresh = record.profile[record.profile_count];
            fresh.thread = thread.path_hash;
            fresh.object = object;
            fresh.event = thread.event;
            fresh.count = 1;
            fresh.writes =
                is_write(thread.effect) && thread.effect != Effect::Lock && thread.effect != Effect::Wait;
            fresh.reads = is_read(thread.effect);
            fresh.is_lock = thread.effect == Effect::Lock || thread.effect == Effect::Unlock ||
                            thread.effect == Effect::Wait || thread.effect == Effect::Notify;
            entry = ++record.profile_count;
            return;
        }
        ProfileEntry& known = record.profile[entry - 1];
        if (known.thread == thread.path_hash && known.event == thread.event) {
            known.count++;
            return;
        }
    }
}

void others_may_try_again(Scheduler& scheduler, uint32_t slot) {
    scheduler.last_progress = scheduler.memory->record.decisions;
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        if (i == slot || !scheduler.threads[i].yielding) continue;
        scheduler.threads[i].yielding = false;
        scheduler.threads[i].spin_reads = 0;
    }
}

void note_change(Scheduler& scheduler, uint32_t slot) {
    ThreadSlot& thread = scheduler.threads[slot];
    for (int i = 0; i < kRecentReads; i++)
        thread.recent_object[i] = 0;
    thread.spin_reads = 0;
    thread.patience = 0;
    thread.yielding = false;
    others_may_try_again(scheduler, slot);
}

// Tells spinning from progress: what the chosen operation will read or change, now that nobody can come
// between.
void note_values(Scheduler& scheduler, uint32_t slot) {
    ThreadSlot& thread = scheduler.threads[slot];
    switch (thread.effect) {
    case Effect::Read:
        note_read(scheduler, thread, thread.object,
                  thread.address ? peek(thread.address, thread.width) : ++scheduler.clock_reads);
        break;
    case Effect::Write:
    case Effect::ReadWrite: {
        bool changes = true;
        uint64_t now = thread.address ? peek(thread.address, thread.width) : 0;
        if (thread.address && thread.access != Access::Unknown) {
            if (thread.access == Access::CompareExchange)
                changes = now == thread.expected && thread.operand != thread.expected;
            else if (thread.access == Access::Arithmetic)
                changes = thread.operand != 0;
            else
                changes = now != thread.operand;
        }
        if (changes)
            note_change(scheduler, slot);
        else
            note_read(scheduler, thread, thread.object, now);
        break;
    }
    case Effect::Lock:
        if (thread.operation == Operation::MutexTryLock &&
            scheduler.objects[thread.object].holder != kNoThread)
            note_read(scheduler, thread, thread.object, 1);
        break;
    default:
        if (thread.operation == Operation::ThreadYield)
            thread.yielding = true;
        else if (thread.operation == Operation::SafepointPoll) {
            // Hundreds of polls without a change: perhaps an endless loop. Longer and longer stretches for
            // the others.
            constexpr uint32_t kMostPatience = 4096;
            thread.patience = thread.patience == 0              ? 1
                              : thread.patience < kMostPatience ? thread.patience * 2
                                                                : kMostPatience;
            thread.held_until = scheduler.memory->record.decisions + thread.patience;
        } else if (thread.operation == Operation::ClockRead)
            note_read(scheduler, thread, 0, 1);
        else if (thread.operation == Operation::ThreadStart || thread.operation == Operation::ThreadBegin ||
                 thread.operation == Operation::ThreadExit || thread.operation == Operation::ThreadJoin)
            note_change(scheduler, slot);
        break;
    }
}

// The operation that takes place, for those who read traces.
void note_trace(Scheduler& scheduler, uint32_t slot, bool by_switch) {
    Record& record = scheduler.memory->record;
    if (record.trace_count >= kMaxTrace) return;
    const ThreadSlot& thread = scheduler.threads[slot];
    TraceEntry& entry = record.trace[record.trace_count++];
    entry.thread = static_cast<uint16_t>(slot);
    entry.operation = thread.operation;
    entry.has_object = thread.object != 0;
    if (thread.object != 0) copy_id(entry.object, scheduler.objects[thread.object].id);
    entry.offset = thread.offset;
    entry.by_switch = by_switch;
    entry.timed_out = thread.timed_out;
    entry.step = thread.step;
    entry.clock = scheduler.clock;
    for (int i = 0; i < TraceEntry::kFrames; i++)
        entry.frames[i] = 0;
    walk_frames(thread, entry.frames, TraceEntry::kFrames);
    raw::copy_text(entry.position, thread.record ? thread.record->controlled_position : nullptr,
                   sizeof entry.position);
}

void describe_event(Scheduler& scheduler, ThreadSlot& thread) {
    thread.event = 0;
    if (!scheduler.wants_events || thread.object == 0) return;
    thread.event = raw::mix(place_in_program(thread) ^ static_cast<uint64_t>(thread.operation),
                            scheduler.objects[thread.object].hash) |
                   1;
}

void note_progress(Scheduler* scheduler) {
    scheduler->last_progress = scheduler->memory->record.decisions;
}

} // namespace heddle::sync::controlled

#endif
