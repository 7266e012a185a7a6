// The scheduler's own state: private to the run's process, plain data in memory that is mapped anew for each
// run. Included by the scheduler's and the strategies' translation units only. They are compiled without
// instrumentation and call nothing outside themselves.
#pragma once

#include "sync/controlled/raw.h"
#include "sync/controlled/scheduler.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

inline constexpr uint32_t kNoThread = UINT32_MAX;
inline constexpr uint32_t kMaxObjects = 1 << 18;
inline constexpr uint32_t kMaxAddresses = 1 << 16;
inline constexpr uint32_t kMaxRegions = 4096;
inline constexpr int kRecentReads = 4;
/// What a thread's stack for the scheduler's work holds; tracing asks the interpreter there for the place in the script.
inline constexpr size_t kSchedulerStack = 256 << 10;

/// What an operation means for others that are pending.
enum class Effect : uint8_t { None, Read, Write, ReadWrite, Lock, Unlock, Wait, Notify };

enum class ThreadState : uint8_t { Unused, Starting, Ready, Waiting, Exited };

struct ThreadSlot {
    uint32_t granted; // futex: 1 when chosen
    uint32_t arrived; // futex: 1 when begin_thread() was reached
    ThreadState state;
    Operation operation; // pending, or the one in which it waits
    Effect effect;
    bool yielding; // spins: chosen only when all others do, too
    bool timed;    // has a deadline
    bool woken;    // by wake(), while waiting
    bool timed_out;
    uint32_t object; // index, 0: none
    uint64_t event;  // hash of operation, object name and place in the program; 0 unless asked for
    uint64_t offset; // of an access to shared memory
    const void* address;
    uint8_t width;
    Access::Kind access;
    uint64_t operand, expected;
    uint32_t step;
    uint32_t mutex; // index; to be taken again after waiting
    const void* queue;
    int64_t deadline;
    uint64_t waiting_since; // a ticket: queues are first in, first out
    uint32_t join_target;
    uint32_t spin_reads;
    uint32_t patience;   // how many decisions it lets pass when it next polls without having changed anything
    uint32_t held_until; // the decision
    uint32_t turn;       // decisions in a row
    uint32_t long_turns; // how often it was held for too many of them
    uint32_t passed_over; // decisions at which it could have gone on, since it was chosen last
    uint32_t starved;     // how often that were too many
    uint32_t recent_object[kRecentReads];
    uint64_t recent_value[kRecentReads];
    uint32_t recent_next;
    int32_t kernel_id;
    uint32_t parent;
    ThreadPath path;
    uint64_t path_hash;
    ThreadRecord* record;
    uintptr_t frame; // frame pointer at the announcement
    char name[32];

    // Of the strategies.
    uint64_t priority;
    uint64_t weight;
};

struct ObjectSlot {
    ObjectId id;
    uint32_t holder; // of a mutex: kNoThread when free
    uint64_t hash;
    uint64_t last_write; // event; 0: the initial value
};

struct AddressEntry {
    uintptr_t key; // 0: free
    uint32_t object;
};

struct Region {
    uintptr_t base;
    size_t size;
    ObjectId id;
    uint64_t hash;
};

struct PctState {
    uint64_t change_points[16];
    uint32_t change_count;
};

struct SurwState {
    uint32_t intended;
};

struct ReadsFromState {
    // 0: open, 2: the pair has happened
    uint8_t progress[kMaxConstraints];
};

struct Scheduler {
    RunMemory* memory;
    uint64_t random;
    int64_t clock;
    uint32_t running; // the thread that runs or ran last
    uint32_t thread_count;
    uint32_t object_count;
    uint32_t region_count;
    uint32_t bytes_used;
    uint64_t next_ticket;
    uint32_t last_progress; // the decision
    int32_t exiting_kernel_id;
    int32_t process;
    bool wants_events;
    uint64_t clock_reads;
    uint32_t stickiness;         // of the random walk
    uint16_t order[kMaxThreads]; // slots by path
    ThreadSlot threads[kMaxThreads];
    PctState pct;
    SurwState surw;
    ReadsFromState reads_from;
    uint16_t switch_index[kMaxSwitches * 2]; // hash table over Plan::switches: index + 1
    uint16_t choice_index[kMaxChoices * 2];
    uint32_t reads_from_index[kMaxReadsFrom * 2];
    uint32_t profile_index[kMaxProfile * 2];
    AddressEntry addresses[kMaxAddresses];
    Region regions[kMaxRegions];
    ObjectSlot objects[kMaxObjects];
    alignas(64) uint8_t stacks[kMaxThreads][kSchedulerStack];

    uint64_t next_random() {
        uint64_t value = raw::mix(random);
        random += 0x9e3779b97f4a7c15;
        return value;
    }
    uint64_t below(uint64_t bound) { return next_random() % bound; }
};

[[gnu::always_inline]] inline bool is_read(Effect effect) {
    return effect == Effect::Read || effect == Effect::ReadWrite || effect == Effect::Lock;
}
[[gnu::always_inline]] inline bool is_write(Effect effect) {
    return effect == Effect::Write || effect == Effect::ReadWrite || effect == Effect::Lock ||
           effect == Effect::Unlock || effect == Effect::Notify || effect == Effect::Wait;
}
/// Would the order of the two pending operations make a difference?
[[gnu::always_inline]] inline bool are_dependent(const ThreadSlot& a, const ThreadSlot& b) {
    return a.object != 0 && a.object == b.object && a.effect != Effect::None && b.effect != Effect::None &&
           (is_write(a.effect) || is_write(b.effect));
}

// The strategies. `candidates` are the slots that can go on, by path; there are at least two. Each returns
// one of them. `added` is called when a thread is reserved, `announced` when its next operation is known,
// `executed` when it was chosen and its operation takes place (still described in the slot).

uint32_t random_walk_pick(Scheduler&, const uint16_t* candidates, uint32_t count);
void random_walk_start(Scheduler&);

void pct_start(Scheduler&);
void pct_added(Scheduler&, uint32_t slot);
uint32_t pct_pick(Scheduler&, const uint16_t* candidates, uint32_t count);

void pos_announced(Scheduler&, uint32_t slot);
uint32_t pos_pick(Scheduler&, const uint16_t* candidates, uint32_t count);
void pos_executed(Scheduler&, uint32_t slot);

void surw_start(Scheduler&);
void surw_added(Scheduler&, uint32_t slot);
uint32_t surw_pick(Scheduler&, const uint16_t* candidates, uint32_t count);
void surw_executed(Scheduler&, uint32_t slot);

uint32_t reads_from_pick(Scheduler&, const uint16_t* candidates, uint32_t count);
void reads_from_executed(Scheduler&, uint32_t slot, uint64_t write_seen);

} // namespace heddle::sync::controlled

#endif
