// Starting and joining threads, and what a thread inherits from the one that starts it.
#include "sync/thread.h"

#include "base/rules.h"

#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif

#include <climits>
#include <cstring>
#include <sched.h>
#include <unistd.h>

namespace heddle::sync {

namespace {

struct StartRecord {
    void (*run)(void*);
    void* argument;
    ThreadPath path;
    char name[ThreadRecord::kNameCapacity];
#ifdef HEDDLE_CONTROLLED
    controlled::Scheduler* scheduler;
    uint32_t scheduler_slot;
#endif
    Disturbance disturbance;
    AllocationFaults* allocation_faults;
    MemoryReserve* memory_reserve;
    uint64_t planted_bugs;
    WindowTable* windows;
};

void* thread_main(void* argument) {
    std::unique_ptr<StartRecord> start(static_cast<StartRecord*>(argument));
    ThreadRecord& thread = current_thread();
    thread.path = start->path;
#ifdef HEDDLE_CONTROLLED
    thread.scheduler = start->scheduler;
    thread.scheduler_slot = start->scheduler_slot;
    thread.controlled_stack_top = __builtin_frame_address(0);
#endif
    thread.disturbance = start->disturbance;
    thread.allocation_faults = start->allocation_faults;
    thread.memory_reserve = start->memory_reserve;
    thread.planted_bugs = start->planted_bugs;
    thread.windows = start->windows;
    thread.set_name(start->name);
    void (*run)(void*) = start->run;
    void* run_argument = start->argument;
    start.reset();
#ifdef HEDDLE_CONTROLLED
    if (thread.scheduler) {
        // The system hands out stacks of threads that have ended, with their words in them, and above this frame it keeps
        // state of its own that is not the same in every run. The collector would take either for references.
        thread.stack_bounds();
        thread.stack.high = static_cast<const char*>(thread.controlled_stack_top);
        controlled::clear_dead_stack(thread.scheduler, thread.scheduler_slot, thread.stack.low);
        controlled::begin_thread(thread.scheduler, thread.scheduler_slot, &thread);
    }
#else
    announce(Operation::ThreadBegin);
#endif
    run(run_argument);
    HEDDLE_RULE(Unbalanced, thread.held_count == 0, nullptr, "a thread ends that holds a mutex of rank %s", rank_name(thread.held_ranks[0]));
    HEDDLE_RULE(Unbalanced, !thread.in_request && thread.suspended_requests == 0, thread.agent, "a thread ends inside a request");
    announce(Operation::ThreadExit);
#ifdef HEDDLE_CONTROLLED
    if (controlled::Scheduler* scheduler = std::exchange(thread.scheduler, nullptr))
        controlled::end_thread(scheduler, thread.scheduler_slot);
#endif
    return nullptr;
}

} // namespace

bool Thread::start_raw(const Options& options, void* argument, void (*run)(void*)) {
    HEDDLE_CHECK(!joinable_);
    announce(Operation::ThreadStart, identity_);
    ThreadRecord& parent = current_thread();
    // No failures are injected: scenarios start the threads that they are made of this way.
    DeclineReserve declined;
    std::unique_ptr<StartRecord> start(new (std::nothrow) StartRecord());
    if (!start) return false;
    start->run = run;
    start->argument = argument;
    start->path = parent.path.child(++parent.next_thread);
    size_t length = std::min(options.name.size(), sizeof start->name - 1);
    std::memcpy(start->name, options.name.data(), length);
    start->name[length] = '\0';
    start->disturbance = parent.disturbance;
    for (int i = 0; i < start->path.depth; i++) {
        start->disturbance.state = start->disturbance.state * 0x9e3779b97f4a7c15 + start->path.steps[i] + 1;
    }
    start->allocation_faults = parent.allocation_faults;
    start->memory_reserve = parent.memory_reserve;
    start->planted_bugs = parent.planted_bugs;
    start->windows = parent.windows;

    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_t stack_size = std::max(options.stack_size, static_cast<size_t>(sysconf(_SC_THREAD_STACK_MIN)));
    stack_size = (stack_size + page - 1) / page * page;
    int error = pthread_attr_setstacksize(&attributes, stack_size);
#ifdef HEDDLE_CONTROLLED
    start->scheduler = parent.scheduler;
    if (parent.scheduler)
        scheduler_slot_ = start->scheduler_slot =
            controlled::reserve_thread(parent.scheduler, parent.scheduler_slot, start->path, start->name);
#endif
    if (error == 0) error = pthread_create(&handle_, &attributes, thread_main, start.get());
    pthread_attr_destroy(&attributes);
#ifdef HEDDLE_CONTROLLED
    if (error != 0 && parent.scheduler) controlled::cancel_thread(parent.scheduler, scheduler_slot_);
#endif
    if (error != 0) return false;
    (void)start.release();
#ifdef HEDDLE_CONTROLLED
    if (parent.scheduler) controlled::await_arrival(parent.scheduler, scheduler_slot_);
#endif
    joinable_ = true;
    return true;
}

void Thread::join() {
    HEDDLE_CHECK(joinable_);
#ifdef HEDDLE_CONTROLLED
    if (ThreadRecord& thread = current_thread(); thread.scheduler)
        controlled::announce_join(thread.scheduler, thread.scheduler_slot, &identity_, scheduler_slot_);
#else
    announce(Operation::ThreadJoin, identity_);
#endif
    assert_may_block(Operation::ThreadJoin);
    int error = pthread_join(handle_, nullptr);
    HEDDLE_CHECK(error == 0);
    joinable_ = false;
}

void yield() {
    announce(Operation::ThreadYield);
#ifdef HEDDLE_CONTROLLED
    if (current_thread().scheduler) return;
#endif
    sched_yield();
}

int processor_count() {
#ifdef HEDDLE_CONTROLLED
    // A run is bound to one processor; programs shall not see that, nor on which machine they are.
    if (current_thread().scheduler) return 4;
#endif
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return std::max(1, CPU_COUNT(&set));
}

} // namespace heddle::sync
