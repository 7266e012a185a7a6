// The record of the thread that runs: its name, the ranks of the mutexes it holds, the agent it runs and whether it
// is inside a request. This is the one thread-local of the engine; everything else belongs to a Runtime or an Agent.
#pragma once

#include "base/planted_bug.h"
#include "sync/operation.h"
#include "sync/rank.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace heddle::sync {

struct ThreadRecord;
struct WindowTable;

namespace controlled {
struct Scheduler;
}

/// [low, high) of a thread's stack, in bytes; stacks grow downwards from high.
struct StackBounds {
    const char* low = nullptr;
    const char* high = nullptr;
};

/// What BlockingRegion calls around a blocking operation of a thread that is inside a request. Set by the owner of
/// the request (the heap's safepoints). Both run on the blocking thread.
struct RequestHooks {
    /// Called before blocking. `stack_bound`: the lowest stack address that holds live values; the callee-saved
    /// registers have been spilled above it. Must clear ThreadRecord::in_request.
    void (*leave_request)(ThreadRecord&, const void* stack_bound);
    /// Called after blocking; waits out a running collection. Must set ThreadRecord::in_request.
    void (*enter_request)(ThreadRecord&);
    /// Writes the agent's JavaScript stack, a line for each frame, for reports; may be null. The agent's own thread, also
    /// in the midst of a collection.
    void (*describe_script)(void* agent, char* text, size_t capacity) = nullptr;
};

/// What disturbs a thread at announced operations, for stress programs on checked builds. Inherited by started threads,
/// each with its own stream derived from its path. Each field says "one in so many", and 0 switches it off. In a
/// controlled run the scheduler has its own ways to do the same, and only reads none of this.
struct Disturbance {
    uint64_t state = 0;
    /// Yields, or sleeps for some microseconds.
    uint32_t period = 0;
    /// Sleeps for `delay_microseconds`: long enough for others to pass by altogether.
    uint32_t delay_period = 0;
    uint32_t delay_microseconds = 0;
    /// A wait on a condition or futex ends before it has begun.
    uint32_t spurious_period = 0;
    /// The wall clock is read as if it had been set, by up to an hour.
    uint32_t clock_jump_period = 0;

    bool at_operations() const { return (period | delay_period) != 0; }
    /// Draws whether something that happens once in `one_in` times happens now.
    bool draw(uint32_t one_in);
};

/// The allocations of all threads of an iteration, counted together (base/fault.h). Owned by the stress program.
struct AllocationFaults {
    uint64_t fail_at = 0; // the number of the allocation that fails; 0: none does
    uint64_t seen = 0;    // counted with relaxed atomic additions
    uint64_t failed = 0;
};

/// Calls `action` once, when the thread makes its Nth announced operation from now on that it makes without a mutex.
struct PointAction {
    uint64_t operations_left = 0; // 0: none
    void (*action)(void* data) = nullptr;
    void* data = nullptr;
};

class MemoryReserve;

struct ThreadRecord {
    static constexpr size_t kNameCapacity = 32;
    static constexpr int kMaxHeldMutexes = 16;

    ThreadPath path;
    /// The kernel's thread id; 0 until first asked for, see kernel_id().
    uint32_t kernel_thread_id = 0;
    char name[kNameCapacity] = {};
    /// The agent that runs on this thread; opaque here.
    void* agent = nullptr;
    bool in_request = false;
    const RequestHooks* request_hooks = nullptr;

    Rank held_ranks[kMaxHeldMutexes] = {};
    uint8_t held_count = 0;
    /// Set while a broken rule is reported, which may break others.
    bool reports_rule = false;
    /// BlockingRegions that have left a request and not come back.
    uint16_t suspended_requests = 0;
#ifdef HEDDLE_CHECKED
    /// Where the mutexes in held_ranks were acquired.
    static constexpr int kHeldFrames = 8;
    const void* held_frames[kMaxHeldMutexes][kHeldFrames] = {};
    uint8_t held_frame_counts[kMaxHeldMutexes] = {};
#endif

    uint32_t next_object = 0;
    uint32_t next_thread = 0;
#ifdef HEDDLE_CONTROLLED
    /// Who decides when this thread goes on, and under which number it knows the thread; inherited. Null: runs free.
    controlled::Scheduler* scheduler = nullptr;
    uint32_t scheduler_slot = 0;
    /// Greater than 0: what the thread waits for comes from the host (sync/host_wait.h).
    uint32_t waits_for_host = 0;
    /// Looks for interrupts since the last announced one.
    uint32_t polls_since_announced = 0;
    /// Frames above this address are not the program's.
    const void* controlled_stack_top = nullptr;
    /// Where in the script the thread is; kept while a run is traced.
    char controlled_position[80] = {};
#endif
    Disturbance disturbance;
    /// Inherited.
    AllocationFaults* allocation_faults = nullptr;
    /// Not inherited.
    PointAction at_point;
    /// Nesting of DeclineReserve.
    uint32_t declines_reserve = 0;
    /// What allocations of this thread may fall back on. Inherited.
    MemoryReserve* memory_reserve = nullptr;

    /// Which planted bugs are switched on: bit i is PlantedBug(i). Inherited by started threads.
    uint64_t planted_bugs = 0;
    /// Where windows are counted (sync/window.h), and the windows this thread is inside. Inherited.
    WindowTable* windows = nullptr;
    uint64_t windows_inside = 0;

    StackBounds stack;

    uint32_t kernel_id();
    /// The bounds of this thread's stack; asked of the system once.
    const StackBounds& stack_bounds();
    /// Truncates to kNameCapacity - 1 bytes; the system sees the first 15.
    void set_name(const char* new_name);
    /// `name (path, kernel id)`, for messages: "worker 2 (main/1/2, thread 4711)".
    std::string describe();
};

extern constinit thread_local ThreadRecord current_thread_record;

/// The record of the calling thread. Valid until the thread ends; only its own thread writes it.
[[gnu::always_inline]] inline ThreadRecord& current_thread() { return current_thread_record; }

[[gnu::always_inline]] inline bool is_disturbed(const ThreadRecord& thread) {
    return thread.disturbance.at_operations() || thread.at_point.operations_left != 0;
}

/// Reports what assert_may_block found.
[[noreturn]] void report_blocking(Operation);

/// Says what the thread is about to do, and to which object. Costs nothing in a release build.
[[gnu::always_inline]] inline void announce(Operation operation, const ObjectIdentity& object) {
#ifdef HEDDLE_CONTROLLED
    announce_slow(operation, &object);
#elif defined(HEDDLE_CHECKED)
    if (is_disturbed(current_thread())) [[unlikely]] announce_slow(operation, &object);
#endif
}

/// As above, for an operation on no object (clock, sleep, host call).
[[gnu::always_inline]] inline void announce(Operation operation) {
#ifdef HEDDLE_CONTROLLED
    announce_slow(operation, nullptr);
#elif defined(HEDDLE_CHECKED)
    if (is_disturbed(current_thread())) [[unlikely]] announce_slow(operation, nullptr);
#endif
}

/// Says that the thread looks for interrupts: one look in kPollsPerAnnouncement is announced, or every back edge would be
/// a decision. So a loop that waits for nothing but an interrupt lets the others go on. Only in a controlled build.
/// `weight`: a look in a long native loop stands for more work than one at a back edge.
[[gnu::always_inline]] inline void announce_poll([[maybe_unused]] uint32_t weight = 1) {
#ifdef HEDDLE_CONTROLLED
    constexpr uint32_t kPollsPerAnnouncement = 256;
    ThreadRecord& thread = current_thread();
    if (!thread.scheduler) return;
    thread.polls_since_announced += weight;
    if (thread.polls_since_announced >= kPollsPerAnnouncement) {
        thread.polls_since_announced = 0;
        announce_slow(Operation::SafepointPoll, nullptr);
    }
#endif
}

/// The rules for whoever is about to block: outside any request, and with no mutex held but `mutexes` (1: the one that a
/// condition gives up). Blocking primitives call it; it does something in checked builds only.
[[gnu::always_inline]] inline void assert_may_block([[maybe_unused]] Operation operation, [[maybe_unused]] uint8_t mutexes = 0) {
#ifdef HEDDLE_CHECKED
    ThreadRecord& thread = current_thread();
    if (thread.in_request || thread.held_count > mutexes) [[unlikely]] report_blocking(operation);
#endif
}

} // namespace heddle::sync
