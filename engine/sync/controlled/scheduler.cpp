// Announcements, the decision, the hand-off, waiting and waking. This unit and the strategies are compiled
// without any instrumentation and call no function outside themselves: a sanitizer that saw the hand-offs
// would take them for synchronization of the program and hide every race.
#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

#include <linux/sched/types.h>

namespace heddle::sync::controlled {

namespace {

constexpr uint64_t kNanosecondsADecision = 1000;

Effect effect_of(Operation operation) {
    switch (operation) {
    case Operation::MutexLock:
    case Operation::MutexTryLock:
        return Effect::Lock;
    case Operation::MutexUnlock:
        return Effect::Unlock;
    case Operation::ConditionWait:
    case Operation::ConditionWaitUntil:
    case Operation::ParkerPark:
    case Operation::ParkerParkUntil:
    case Operation::FutexWait:
    case Operation::FutexWaitUntil:
        return Effect::Wait;
    case Operation::ConditionNotifyOne:
    case Operation::ConditionNotifyAll:
    case Operation::ParkerUnpark:
    case Operation::FutexWake:
        return Effect::Notify;
    case Operation::AtomicLoad:
    case Operation::SharedMemoryRead:
        return Effect::Read;
    case Operation::AtomicStore:
    case Operation::SharedMemoryWrite:
        return Effect::Write;
    case Operation::AtomicExchange:
    case Operation::AtomicCompareExchange:
    case Operation::AtomicFetchAdd:
    case Operation::AtomicFetchSub:
    case Operation::AtomicFetchOr:
    case Operation::AtomicFetchAnd:
    case Operation::AtomicFetchXor:
    case Operation::SharedMemoryReadModifyWrite:
        return Effect::ReadWrite;
    default:
        return Effect::None;
    }
}

// A wait that may end although nobody woke it.
bool may_wake_spuriously(Operation operation) {
    return operation == Operation::ConditionWait || operation == Operation::ConditionWaitUntil ||
           operation == Operation::FutexWait || operation == Operation::FutexWaitUntil;
}

uint64_t hash_of_path(const ThreadPath& path) {
    uint64_t hash = path.depth;
    for (int i = 0; i < path.depth; i++)
        hash = raw::mix(hash, path.steps[i]);
    return hash;
}

bool same_path(const ThreadPath& a, const ThreadPath& b) {
    if (a.depth != b.depth) return false;
    for (int i = 0; i < a.depth; i++) {
        if (a.steps[i] != b.steps[i]) return false;
    }
    return true;
}

// Lexicographically, parents before their children.
bool path_less(const ThreadPath& a, const ThreadPath& b) {
    for (int i = 0; i < a.depth && i < b.depth; i++) {
        if (a.steps[i] != b.steps[i]) return a.steps[i] < b.steps[i];
    }
    return a.depth < b.depth;
}

void copy_path(ThreadPath& target, const ThreadPath& source) {
    target.depth = source.depth;
    for (int i = 0; i < ThreadPath::kMaxDepth; i++)
        target.steps[i] = source.steps[i];
}

void copy_id(ObjectId& target, const ObjectId& source) {
    copy_path(target.creator, source.creator);
    target.nth = source.nth;
}

// Calls `run(data)` on the stack that ends at `top` and returns on the caller's, of which it uses 16 bytes.
#if defined(__x86_64__)
[[gnu::naked, gnu::noinline]] void call_on_stack(uint8_t* /*top*/, void (*/*run*/)(void*), void* /*data*/) {
    asm volatile("pushq %rbp\n"
                 ".cfi_def_cfa_offset 16\n"
                 ".cfi_offset %rbp, -16\n"
                 "movq %rsp, %rbp\n"
                 ".cfi_def_cfa_register %rbp\n"
                 "movq %rdi, %rsp\n"
                 "movq %rdx, %rdi\n"
                 "callq *%rsi\n"
                 "movq %rbp, %rsp\n"
                 "popq %rbp\n"
                 ".cfi_def_cfa %rsp, 8\n"
                 "retq");
}
#elif defined(__aarch64__)
[[gnu::naked, gnu::noinline]] void call_on_stack(uint8_t* /*top*/, void (*/*run*/)(void*), void* /*data*/) {
    asm volatile("stp x29, x30, [sp, #-16]!\n"
                 ".cfi_def_cfa_offset 16\n"
                 ".cfi_offset x30, -8\n"
                 ".cfi_offset x29, -16\n"
                 "mov x29, sp\n"
                 ".cfi_def_cfa_register x29\n"
                 "mov sp, x0\n"
                 "mov x0, x2\n"
                 "blr x1\n"
                 "mov sp, x29\n"
                 "ldp x29, x30, [sp], #16\n"
                 ".cfi_def_cfa sp, 0\n"
                 "ret");
}
#endif

// The collector takes every word on a thread's stack for a reference, those of calls that have returned too, and
// what it finds decides which finalizers run. So what differs from run to run while the program's own steps do
// not (strategies, the search in a recorded plan, tracing) happens on a stack beside the thread's.
template <typename Body>
[[gnu::always_inline]] inline void beside(Scheduler& scheduler, uint32_t slot, Body&& body) {
    using Plain = __remove_reference_t(Body);
    call_on_stack(
        scheduler.stacks[slot] + kSchedulerStack, [](void* data) { (*static_cast<Plain*>(data))(); }, &body);
}

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

bool mutex_is_free(const Scheduler& scheduler, uint32_t object) {
    return object == 0 || scheduler.objects[object].holder == kNoThread;
}

bool can_go_on(const Scheduler& scheduler, const ThreadSlot& thread) {
    if (thread.state == ThreadState::Waiting)
        return thread.timed && thread.deadline <= scheduler.clock && mutex_is_free(scheduler, thread.mutex);
    if (thread.state != ThreadState::Ready) return false;
    if (thread.operation == Operation::MutexLock) return mutex_is_free(scheduler, thread.object);
    if (thread.operation == Operation::ThreadJoin)
        return scheduler.threads[thread.join_target].state == ThreadState::Exited;
    return true;
}

// Could its wait end now by a timeout or a spurious wake-up?
bool may_end_wait(const Scheduler& scheduler, const ThreadSlot& thread) {
    return thread.state == ThreadState::Waiting && mutex_is_free(scheduler, thread.mutex) &&
           (thread.timed || may_wake_spuriously(thread.operation));
}

void report_thread(Scheduler& scheduler, uint32_t slot, bool with_stacks) {
    Record& record = scheduler.memory->record;
    const ThreadSlot& thread = scheduler.threads[slot];
    ThreadReport& report = record.threads[slot];
    report.blocked = thread.state != ThreadState::Exited && !can_go_on(scheduler, thread);
    report.waits_for_host =
        thread.record && thread.state != ThreadState::Exited && thread.record->waits_for_host != 0;
    report.operation = thread.operation;
    report.step = thread.step;
    report.has_object = thread.object != 0;
    if (thread.object != 0) copy_id(report.object, scheduler.objects[thread.object].id);
    report.has_holder = false;
    uint32_t mutex = thread.operation == Operation::MutexLock ? thread.object : thread.mutex;
    if (mutex != 0 && scheduler.objects[mutex].holder != kNoThread) {
        report.has_holder = true;
        copy_path(report.holder, scheduler.threads[scheduler.objects[mutex].holder].path);
    }
    if (thread.state == ThreadState::Ready && thread.operation == Operation::ThreadJoin) {
        report.has_holder = true;
        copy_path(report.holder, scheduler.threads[thread.join_target].path);
    }
    report.script_stack[0] = '\0';
    report.frame_count = 0;
    if (with_stacks && thread.state != ThreadState::Exited && thread.state != ThreadState::Starting)
        report.frame_count = walk_frames(thread, report.frames, kMaxFrames);
}

[[noreturn]] void finish(Scheduler& scheduler, Outcome outcome, const char* message, int status) {
    Record& record = scheduler.memory->record;
    if (record.outcome == Outcome::None) {
        record.outcome = outcome;
        if (message) raw::copy_text(record.message, message, sizeof record.message);
    }
    record.clock = scheduler.clock;
    record.thread_count = scheduler.thread_count;
    bool failed = outcome != Outcome::Passed && outcome != Outcome::WaitsForHost;
    for (uint32_t i = 0; i < scheduler.thread_count; i++)
        report_thread(scheduler, i, failed);
    const Observer& observer = scheduler.memory->plan.observer;
    if (failed && observer.stack) {
        for (uint32_t i = 0; i < scheduler.thread_count; i++) {
            const ThreadSlot& thread = scheduler.threads[i];
            if (thread.record && thread.record->agent && thread.state != ThreadState::Exited)
                observer.stack(thread.record->agent, record.threads[i].script_stack,
                               sizeof record.threads[i].script_stack);
        }
    }
    if (failed && scheduler.memory->plan.stop_at_failure) __builtin_trap();
    raw::exit_group(status);
}

[[noreturn]] void overflow(Scheduler& scheduler, const char* message) {
    finish(scheduler, Outcome::Overflow, message, kExitScheduler);
}

// Nobody can go on. A thread that waits for the host, or for one that does, is not deadlocked.
[[noreturn]] void nobody_can_go_on(Scheduler& scheduler) {
    bool excused[kMaxThreads];
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        const ThreadSlot& thread = scheduler.threads[i];
        excused[i] =
            thread.state == ThreadState::Exited || (thread.record && thread.record->waits_for_host != 0);
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < scheduler.thread_count; i++) {
            const ThreadSlot& thread = scheduler.threads[i];
            if (excused[i] || thread.state != ThreadState::Ready) continue;
            uint32_t blocker = kNoThread;
            if (thread.operation == Operation::ThreadJoin) blocker = thread.join_target;
            if (thread.operation == Operation::MutexLock) blocker = scheduler.objects[thread.object].holder;
            if (blocker != kNoThread && excused[blocker] &&
                scheduler.threads[blocker].state != ThreadState::Exited) {
                excused[i] = true;
                changed = true;
            }
        }
    }
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        if (!excused[i]) finish(scheduler, Outcome::Deadlock, "no thread can go on", kExitScheduler);
    }
    finish(scheduler, Outcome::WaitsForHost, "every thread waits for the host", kExitScheduler);
}

uint32_t intern(Scheduler& scheduler, const ObjectIdentity* identity) {
    if (!identity) return 0;
    if (identity->index_ != 0) return identity->index_;
    if (scheduler.object_count + 1 >= kMaxObjects)
        overflow(scheduler, "more objects than the scheduler has room for");
    uint32_t index = ++scheduler.object_count;
    ObjectSlot& object = scheduler.objects[index];
    copy_id(object.id, identity->id_);
    object.holder = kNoThread;
    object.last_write = 0;
    object.hash = raw::mix(hash_of_path(identity->id_.creator), identity->id_.nth + 1);
    identity->index_ = index;
    return index;
}

// The object of an address in a region: its 8-byte word. 0: in no region.
uint32_t intern_address(Scheduler& scheduler, const void* address, uint64_t* offset) {
    uintptr_t word = reinterpret_cast<uintptr_t>(address) & ~uintptr_t{7};
    const Region* region = nullptr;
    for (uint32_t i = 0; i < scheduler.region_count && !region; i++) {
        const Region& candidate = scheduler.regions[i];
        if (word + 7 >= candidate.base && word < candidate.base + candidate.size) region = &candidate;
    }
    if (!region) return 0;
    *offset = word >= region->base ? word - region->base : 0;
    uint64_t hash = raw::mix(region->hash, *offset + 1);
    uint64_t place = hash;
    for (uint32_t probe = 0; probe < kMaxAddresses; probe++) {
        AddressEntry& entry = scheduler.addresses[(place + probe) % kMaxAddresses];
        if (entry.key == (word | 1)) {
            // The same address in another region is another object.
            if (scheduler.objects[entry.object].hash == hash) return entry.object;
            continue;
        }
        if (entry.key != 0) continue;
        if (scheduler.object_count + 1 >= kMaxObjects)
            overflow(scheduler, "more objects than the scheduler has room for");
        uint32_t index = ++scheduler.object_count;
        ObjectSlot& object = scheduler.objects[index];
        object.holder = kNoThread;
        object.last_write = 0;
        copy_id(object.id, region->id);
        object.hash = hash;
        entry.key = word | 1;
        entry.object = index;
        return index;
    }
    overflow(scheduler, "more addresses of shared memory than the scheduler has room for");
}

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

uint32_t slot_of_path(const Scheduler& scheduler, const ThreadPath& path) {
    for (uint32_t i = 0; i < scheduler.thread_count; i++) {
        if (scheduler.threads[i].state != ThreadState::Unused && same_path(scheduler.threads[i].path, path))
            return i;
    }
    return kNoThread;
}

uint64_t key_of(uint64_t path_hash, uint32_t step) {
    return raw::mix(path_hash, uint64_t{step} + 1);
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
        thread.state = ThreadState::Ready;
        thread.effect = Effect::None;
        if (thread.mutex != 0) {
            thread.operation = Operation::MutexLock;
            thread.object = thread.mutex;
            thread.effect = Effect::Lock;
        }
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
    if (plan.trace && record.trace_count < kMaxTrace) {
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

uint32_t next_byte(Scheduler& scheduler, uint32_t bound) {
    const Plan& plan = scheduler.memory->plan;
    uint32_t value = 0;
    if (scheduler.bytes_used < plan.byte_count) value = plan.bytes[scheduler.bytes_used++];
    if (bound > 256 && scheduler.bytes_used < plan.byte_count)
        value = value << 8 | plan.bytes[scheduler.bytes_used++];
    return value % bound;
}

/// Counts the decision for everybody who could go on; returns who has been passed over for too long, or kNoThread.
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

/// Decides who goes on after `self` has announced, begun to wait, or ended.
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

void await_grant(Scheduler& scheduler, ThreadSlot& thread) {
    while (__atomic_exchange_n(&thread.granted, 0, __ATOMIC_ACQ_REL) == 0)
        raw::futex_wait(&thread.granted, 0);
    // The thread that ended before us runs destructors of thread-locals until the kernel has let go of it.
    if (scheduler.exiting_kernel_id != 0) {
        while (raw::system_call(SYS_tgkill, scheduler.process, scheduler.exiting_kernel_id, 0) == 0)
            raw::system_call(SYS_sched_yield);
        scheduler.exiting_kernel_id = 0;
    }
}

void grant(ThreadSlot& thread) {
    __atomic_store_n(&thread.granted, 1, __ATOMIC_RELEASE);
    raw::futex_wake(&thread.granted);
}

// Hands over to whoever is decided for; returns when `self` has been chosen.
void decide_and_wait(Scheduler& scheduler, uint32_t self) {
    uint32_t next = decide(scheduler, self);
    scheduler.running = next;
    if (next == self) return;
    grant(scheduler.threads[next]);
    await_grant(scheduler, scheduler.threads[self]);
}

void describe_event(Scheduler& scheduler, ThreadSlot& thread) {
    thread.event = 0;
    if (!scheduler.wants_events || thread.object == 0) return;
    thread.event = raw::mix(place_in_program(thread) ^ static_cast<uint64_t>(thread.operation),
                            scheduler.objects[thread.object].hash) |
                   1;
}

[[gnu::always_inline]] inline void begin_operation(Scheduler& scheduler, ThreadSlot& thread,
                                                   Operation operation, uint32_t object) {
    thread.operation = operation;
    thread.effect = effect_of(operation);
    thread.object = object;
    thread.offset = 0;
    thread.address = nullptr;
    thread.access = Access::Unknown;
    thread.timed_out = false;
    thread.step++;
    thread.state = ThreadState::Ready;
    // Kept up to date, so that a crash or a hang says what each thread has announced last.
    ThreadReport& report = scheduler.memory->record.threads[&thread - scheduler.threads];
    report.operation = operation;
    report.step = thread.step;
    report.has_object = object != 0;
    if (object != 0) copy_id(report.object, scheduler.objects[object].id);
    const Plan& plan = scheduler.memory->plan;
    if (plan.trace && plan.observer.position && thread.record && thread.record->agent)
        plan.observer.position(thread.record->agent, thread.record->controlled_position,
                               sizeof thread.record->controlled_position);
}

void announced(Scheduler& scheduler, uint32_t slot) {
    describe_event(scheduler, scheduler.threads[slot]);
    Strategy strategy = scheduler.memory->plan.strategy;
    if (strategy == Strategy::Pos || strategy == Strategy::ReadsFrom) pos_announced(scheduler, slot);
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

int wake_waiters(Scheduler* scheduler, uint32_t slot, const void* queue, int count) {
    int woken = 0;
    while (woken < count) {
        // Those who wait, in the order in which they came.
        uint32_t waiting[kMaxThreads];
        uint32_t waiting_count = 0;
        for (uint32_t i = 0; i < scheduler->thread_count; i++) {
            const ThreadSlot& thread = scheduler->threads[i];
            if (thread.state != ThreadState::Waiting || thread.queue != queue || thread.woken) continue;
            uint32_t place = waiting_count++;
            while (place > 0 && scheduler->threads[waiting[place - 1]].waiting_since > thread.waiting_since) {
                waiting[place] = waiting[place - 1];
                place--;
            }
            waiting[place] = i;
        }
        if (waiting_count == 0) break;
        bool choice = waiting_count > 1 && static_cast<int>(waiting_count) > count - woken;
        uint64_t chosen = choice ? make_choice(scheduler, slot, ChoiceKind::NotifiedWaiter, waiting_count) : 0;
        ThreadSlot& thread = scheduler->threads[waiting[chosen]];
        thread.woken = true;
        thread.state = ThreadState::Ready;
        thread.effect = Effect::None;
        if (thread.mutex != 0) {
            thread.operation = Operation::MutexLock;
            thread.object = thread.mutex;
            thread.effect = Effect::Lock;
        }
        woken++;
    }
    if (woken > 0) others_may_try_again(*scheduler, slot);
    return woken;
}

uint32_t add_thread(Scheduler* scheduler, uint32_t parent, const ThreadPath& path, const char* name) {
    if (scheduler->thread_count >= kMaxThreads)
        overflow(*scheduler, "more threads than the scheduler has room for");
    uint32_t slot = scheduler->thread_count++;
    ThreadSlot& thread = scheduler->threads[slot];
    thread.state = ThreadState::Starting;
    copy_path(thread.path, path);
    thread.path_hash = hash_of_path(path);
    thread.parent = parent;
    thread.operation = Operation::ThreadBegin;
    raw::copy_text(thread.name, name, sizeof thread.name);
    ThreadReport& report = scheduler->memory->record.threads[slot];
    copy_path(report.path, path);
    raw::copy_text(report.name, name, sizeof report.name);
    report.operation = Operation::ThreadBegin;
    report.step = report.frame_count = 0;
    report.has_object = report.has_holder = report.blocked = report.waits_for_host = false;
    report.script_stack[0] = '\0';
    scheduler->memory->record.thread_count = scheduler->thread_count;
    uint32_t place = slot;
    while (place > 0 && path_less(path, scheduler->threads[scheduler->order[place - 1]].path)) {
        scheduler->order[place] = scheduler->order[place - 1];
        place--;
    }
    scheduler->order[place] = static_cast<uint16_t>(slot);
    Strategy strategy = scheduler->memory->plan.strategy;
    if (strategy == Strategy::Pct)
        pct_added(*scheduler, slot);
    else if (strategy == Strategy::Surw)
        surw_added(*scheduler, slot);
    return slot;
}

} // namespace

void announce(Scheduler* scheduler, uint32_t slot, Operation operation, const ObjectIdentity* identity) {
    ThreadSlot& thread = scheduler->threads[slot];
    thread.frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    beside(*scheduler, slot, [&] {
        begin_operation(*scheduler, thread, operation, intern(*scheduler, identity));
        announced(*scheduler, slot);
        decide_and_wait(*scheduler, slot);
    });
}

void announce_access(Scheduler* scheduler, uint32_t slot, Operation operation, const ObjectIdentity* identity,
                     const Access& access) {
    ThreadSlot& thread = scheduler->threads[slot];
    thread.frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    beside(*scheduler, slot, [&] {
        begin_operation(*scheduler, thread, operation, intern(*scheduler, identity));
        thread.address = access.address;
        thread.width = access.width;
        thread.access = access.kind;
        thread.operand = access.operand;
        thread.expected = access.expected;
        announced(*scheduler, slot);
        decide_and_wait(*scheduler, slot);
    });
}

void announce_memory(Scheduler* scheduler, uint32_t slot, Operation operation, const void* address,
                     size_t size) {
    ThreadSlot& thread = scheduler->threads[slot];
    thread.frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    beside(*scheduler, slot, [&] {
        uint64_t offset = 0;
        uint32_t object = intern_address(*scheduler, address, &offset);
        if (object == 0) return;
        begin_operation(*scheduler, thread, operation, object);
        thread.offset = offset;
        if (size == 1 || size == 2 || size == 4 || size == 8) {
            thread.address = address;
            thread.width = static_cast<uint8_t>(size);
        }
        announced(*scheduler, slot);
        decide_and_wait(*scheduler, slot);
    });
}

bool announces_memory(Scheduler* scheduler) {
    return scheduler->memory->plan.announce_shared_memory;
}

Wake block_on(Scheduler* scheduler, uint32_t slot, Operation operation, const ObjectIdentity* identity,
              const void* queue, int64_t deadline, const ObjectIdentity* mutex) {
    ThreadSlot& thread = scheduler->threads[slot];
    thread.frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    beside(*scheduler, slot, [&] {
        begin_operation(*scheduler, thread, operation, intern(*scheduler, identity));
        thread.effect = Effect::None;
        thread.mutex = intern(*scheduler, mutex);
        if (thread.mutex != 0) {
            scheduler->objects[thread.mutex].holder = kNoThread;
            thread.event = 0;
            if (scheduler->wants_events) {
                uint64_t event = raw::mix(place_in_program(thread), scheduler->objects[thread.mutex].hash) | 1;
                scheduler->objects[thread.mutex].last_write = event;
                thread.event = raw::mix(event, 2) | 1;
            }
        }
        thread.queue = queue;
        thread.timed = deadline != kNoDeadline;
        thread.deadline = deadline;
        thread.woken = false;
        thread.waiting_since = scheduler->next_ticket++;
        thread.state = ThreadState::Waiting;
        Strategy strategy = scheduler->memory->plan.strategy;
        if (strategy == Strategy::Pos || strategy == Strategy::ReadsFrom) pos_announced(*scheduler, slot);
        decide_and_wait(*scheduler, slot);
        thread.queue = nullptr;
        thread.timed = false;
    });
    return thread.timed_out ? Wake::TimedOut : Wake::Woken;
}

int wake(Scheduler* scheduler, uint32_t slot, const void* queue, int count) {
    int woken = 0;
    beside(*scheduler, slot, [&] { woken = wake_waiters(scheduler, slot, queue, count); });
    return woken;
}

uint32_t reserve_thread(Scheduler* scheduler, uint32_t parent, const ThreadPath& path, const char* name) {
    uint32_t slot = kNoThread;
    beside(*scheduler, parent, [&] { slot = add_thread(scheduler, parent, path, name); });
    return slot;
}

void cancel_thread(Scheduler* scheduler, uint32_t child) {
    scheduler->threads[child].state = ThreadState::Exited;
}

void await_arrival(Scheduler* scheduler, uint32_t child) {
    ThreadSlot& thread = scheduler->threads[child];
    while (__atomic_load_n(&thread.arrived, __ATOMIC_ACQUIRE) == 0)
        raw::futex_wait(&thread.arrived, 0);
}

void begin_thread(Scheduler* scheduler, uint32_t slot, ThreadRecord* record) {
    ThreadSlot& thread = scheduler->threads[slot];
    thread.frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    thread.record = record;
    thread.kernel_id = static_cast<int32_t>(raw::system_call(SYS_gettid));
    beside(*scheduler, slot, [&] {
        begin_operation(*scheduler, thread, Operation::ThreadBegin, 0);
        announced(*scheduler, slot);
        __atomic_store_n(&thread.arrived, 1, __ATOMIC_RELEASE);
        raw::futex_wake(&thread.arrived);
        await_grant(*scheduler, thread);
    });
}

void end_thread(Scheduler* scheduler, uint32_t slot) {
    ThreadSlot& thread = scheduler->threads[slot];
    beside(*scheduler, slot, [&] {
        thread.step++;
        thread.state = ThreadState::Exited;
        thread.object = 0;
        thread.record = nullptr;
        others_may_try_again(*scheduler, slot);
        uint32_t next = decide(*scheduler, slot);
        scheduler->running = next;
        scheduler->exiting_kernel_id = thread.kernel_id;
        grant(scheduler->threads[next]);
    });
}

void announce_join(Scheduler* scheduler, uint32_t slot, const ObjectIdentity* identity, uint32_t child) {
    ThreadSlot& thread = scheduler->threads[slot];
    thread.frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    thread.join_target = child;
    beside(*scheduler, slot, [&] {
        begin_operation(*scheduler, thread, Operation::ThreadJoin, intern(*scheduler, identity));
        announced(*scheduler, slot);
        decide_and_wait(*scheduler, slot);
    });
}

int64_t virtual_now(Scheduler* scheduler) {
    return scheduler->clock;
}

uint64_t choose(Scheduler* scheduler, uint32_t slot, ChoiceKind kind, uint64_t bound) {
    uint64_t value = 0;
    beside(*scheduler, slot, [&] { value = make_choice(scheduler, slot, kind, bound); });
    return value;
}

void register_region(Scheduler* scheduler, const void* base, size_t size, const ObjectIdentity* identity) {
    uint32_t place = 0;
    while (place < scheduler->region_count && scheduler->regions[place].size != 0)
        place++;
    if (place == kMaxRegions) overflow(*scheduler, "more shared stores than the scheduler has room for");
    if (place == scheduler->region_count) scheduler->region_count++;
    Region& region = scheduler->regions[place];
    region.base = reinterpret_cast<uintptr_t>(base);
    region.size = size;
    copy_id(region.id, identity->id_);
    region.hash = raw::mix(hash_of_path(region.id.creator), region.id.nth + 1);
}

void forget_region(Scheduler* scheduler, const void* base) {
    for (uint32_t i = 0; i < scheduler->region_count; i++) {
        if (scheduler->regions[i].base == reinterpret_cast<uintptr_t>(base)) scheduler->regions[i].size = 0;
    }
}

void note_progress(Scheduler* scheduler, uint32_t slot) {
    note_change(*scheduler, slot);
}

void clear_dead_stack(Scheduler* scheduler, uint32_t slot, const void* lowest) {
    auto live = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    beside(*scheduler, slot, [&] {
        // What lies between this function's frame and the one beside it is a few words, the same in every run.
        constexpr uintptr_t kPage = 4096, kFrame = 256, kMost = 64 << 20;
        uintptr_t end = live - kFrame;
        auto begin = reinterpret_cast<uintptr_t>(lowest);
        if (begin + kMost < end) begin = end - kMost;
        begin = (begin + kPage - 1) / kPage * kPage;
        uintptr_t last_page = end / kPage * kPage;
        if (begin >= last_page) return;
        // Of the main thread's stack not all has been mapped yet: the kernel clears the rest and says so.
        raw::system_call(SYS_madvise, static_cast<long>(begin), static_cast<long>(last_page - begin), 4 /* MADV_DONTNEED */);
        for (auto word = reinterpret_cast<volatile uint64_t*>(last_page); reinterpret_cast<uintptr_t>(word + 1) <= end; word++)
            *word = 0;
    });
}

void finish_run(Scheduler* scheduler, Outcome outcome, const char* message, int status) {
    finish(*scheduler, outcome, message, status);
}

size_t scheduler_size() {
    return sizeof(Scheduler);
}

void start(Scheduler* scheduler, RunMemory* memory, ThreadRecord* record) {
    scheduler->memory = memory;
    const Plan& plan = memory->plan;
    scheduler->random = raw::mix(plan.seed);
    scheduler->clock = 1'000'000'000;
    scheduler->process = static_cast<int32_t>(raw::system_call(SYS_getpid));
    scheduler->wants_events = plan.profile || plan.strategy == Strategy::ReadsFrom;
    // All threads of the run on the processor where it happens to be: hand-offs between processors cost six
    // times more.
    unsigned processor = 0;
    if (raw::system_call(SYS_getcpu, reinterpret_cast<long>(&processor)) == 0) {
        unsigned long set[16];
        for (int i = 0; i < 16; i++)
            set[i] = 0;
        if (processor < 16 * 64) {
            set[processor / 64] = 1ul << processor % 64;
            raw::system_call(SYS_sched_setaffinity, 0, sizeof set, reinterpret_cast<long>(set));
        }
    }
    if (plan.strategy == Strategy::Recorded) index_plan(*scheduler);
    if (plan.strategy == Strategy::RandomWalk) random_walk_start(*scheduler);
    if (plan.strategy == Strategy::Pct) pct_start(*scheduler);
    ThreadPath path;
    uint32_t slot = add_thread(scheduler, kNoThread, path, "main");
    if (plan.strategy == Strategy::Surw) surw_start(*scheduler);
    ThreadSlot& thread = scheduler->threads[slot];
    thread.record = record;
    thread.kernel_id = scheduler->process;
    thread.state = ThreadState::Ready;
    thread.frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    thread.operation = Operation::ThreadBegin;
    scheduler->running = slot;
}

} // namespace heddle::sync::controlled

#endif
