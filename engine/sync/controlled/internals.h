// What the scheduler's units call of each other. Only the entry points of scheduler.h change stacks; all that is declared
// here runs on the scheduler's own.
#pragma once

#include "sync/controlled/state.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

// Names, inlined so that no unit has a copy that the linker could merge with an instrumented one.

[[gnu::always_inline]] inline uint64_t hash_of_path(const ThreadPath& path) {
    uint64_t hash = path.depth;
    for (int i = 0; i < path.depth; i++)
        hash = raw::mix(hash, path.steps[i]);
    return hash;
}

[[gnu::always_inline]] inline bool same_path(const ThreadPath& a, const ThreadPath& b) {
    if (a.depth != b.depth) return false;
    for (int i = 0; i < a.depth; i++) {
        if (a.steps[i] != b.steps[i]) return false;
    }
    return true;
}

/// Lexicographically, parents before their children.
[[gnu::always_inline]] inline bool path_less(const ThreadPath& a, const ThreadPath& b) {
    for (int i = 0; i < a.depth && i < b.depth; i++) {
        if (a.steps[i] != b.steps[i]) return a.steps[i] < b.steps[i];
    }
    return a.depth < b.depth;
}

[[gnu::always_inline]] inline void copy_path(ThreadPath& target, const ThreadPath& source) {
    target.depth = source.depth;
    for (int i = 0; i < ThreadPath::kMaxDepth; i++)
        target.steps[i] = source.steps[i];
}

[[gnu::always_inline]] inline void copy_id(ObjectId& target, const ObjectId& source) {
    copy_path(target.creator, source.creator);
    target.nth = source.nth;
}

// objects.cpp

/// The object's index; 0: none.
uint32_t intern(Scheduler&, const ObjectIdentity*);
/// The object of an address in a region: its 8-byte word. 0: in no region.
uint32_t intern_address(Scheduler&, const void* address, uint64_t* offset);

// observation.cpp

/// Return addresses of the thread as it announced, its own first; returns how many.
uint32_t walk_frames(const ThreadSlot&, uintptr_t* frames, uint32_t capacity);
uint64_t place_in_program(const ThreadSlot&);
/// Names the event that the thread is about to be, where somebody asked for events.
void describe_event(Scheduler&, ThreadSlot&);
void note_reads_from(Scheduler&, uint64_t write, uint64_t read, uint64_t object);
void note_profile(Scheduler&, const ThreadSlot&);
void note_change(Scheduler&, uint32_t slot);
void note_values(Scheduler&, uint32_t slot);
void note_trace(Scheduler&, uint32_t slot, bool by_switch);
/// Something has changed: whoever spins may look again.
void others_may_try_again(Scheduler&, uint32_t slot);

// reports.cpp

[[noreturn]] void finish(Scheduler&, Outcome, const char* message, int status);
/// The run needs more of something than there is room for.
[[noreturn]] void overflow(Scheduler&, const char* message);
[[noreturn]] void nobody_can_go_on(Scheduler&);

// planned.cpp

void index_plan(Scheduler&);
uint32_t slot_of_path(const Scheduler&, const ThreadPath&);
const Switch* recorded_switch(const Scheduler&, const ThreadSlot&);
/// The next decision of Strategy::Bytes, below `bound`.
uint32_t next_byte(Scheduler&, uint32_t bound);
uint64_t make_choice(Scheduler*, uint32_t slot, ChoiceKind, uint64_t bound);

// decision.cpp

bool can_go_on(const Scheduler&, const ThreadSlot&);
/// The thread may go on once it has the mutex back that it gave up to wait.
inline void end_wait(ThreadSlot& thread) {
    thread.state = ThreadState::Ready;
    thread.effect = Effect::None;
    if (thread.mutex == 0) return;
    thread.operation = Operation::MutexLock;
    thread.object = thread.mutex;
    thread.effect = Effect::Lock;
}
/// Decides who goes on after `self` has announced, begun to wait, or ended; returns who.
uint32_t decide(Scheduler&, uint32_t self);

} // namespace heddle::sync::controlled

#endif
