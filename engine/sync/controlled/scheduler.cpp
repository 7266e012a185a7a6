// The entry points: announcing, the hand-off between threads, waiting and waking, threads that come and go. This unit, those
// that internals.h names and the strategies are compiled without any instrumentation and call no function outside
// themselves: a sanitizer that saw the hand-offs would take them for synchronization of the program and hide every race.
#include "sync/controlled/internals.h"
#include "sync/controlled/own_stack.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

namespace {

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
        end_wait(thread);
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
