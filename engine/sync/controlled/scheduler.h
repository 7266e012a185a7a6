// The controlled scheduler: one thread runs at a time, and which one is decided at every announced operation.
//
// Only in builds with HEDDLE_CONTROLLED. Two sides use it:
//
// - The process that is a run (a fork of a warm, single-threaded process; see stress/schedules/runner.h):
// begin_run() on
//   its only thread, then any program over engine/sync, then end_run(). fail_run() from any thread ends the
//   run as a failed check. Threads started by sync::Thread in between are under control; each inherits the
//   scheduler.
// - The primitives of engine/sync. They announce() what they are about to do and return when the thread has
// been chosen;
//   where they would block they call block_on() instead, and wake() on the other side. The real lock or
//   atomic operation is then performed, without contention, so that ThreadSanitizer sees the program's own
//   edges and no other.
//
// Upper layers use four things: sync::choose() (allocation failure, collections, random numbers), HostWait,
// Watched<T> for plain data whose accesses shall be decisions, and Plan::observer for positions in scripts.
#pragma once

#include "sync/controlled/run.h"
#include "sync/current_thread.h"

namespace heddle::sync::controlled {

#ifdef HEDDLE_CONTROLLED

/// Starts a run on the calling thread, which must be the process's only one, and puts it on one processor.
/// `memory` is shared with the parent; the plan is read, the record written. Names of threads and objects
/// start anew.
void begin_run(RunMemory* memory);
/// Ends the run as passed, and the process.
[[noreturn]] void end_run();
/// Ends the run as a failed check with this message, and the process. Without a scheduler: prints it and
/// exits.
[[noreturn]] void fail_run(const char* message);

struct Scheduler;

/// What an operation on memory does, as far as the scheduler needs it to tell progress from spinning.
struct Access {
    const void* address = nullptr;
    uint8_t width = 0;
    enum Kind : uint8_t { Load, Store, Exchange, CompareExchange, Arithmetic, Unknown } kind = Unknown;
    uint64_t operand = 0;
    uint64_t expected = 0;
};

void announce(Scheduler*, uint32_t slot, Operation, const ObjectIdentity*);
void announce_access(Scheduler*, uint32_t slot, Operation, const ObjectIdentity*, const Access&);
/// An access to memory that script shares. Announced only inside a registered region, which names it.
void announce_memory(Scheduler*, uint32_t slot, Operation, const void* address, size_t size);
bool announces_memory(Scheduler*);

enum class Wake : uint8_t { Woken, TimedOut };
inline constexpr int64_t kNoDeadline = INT64_MAX;

/// The calling thread, whose operation was announced, waits in `queue` until wake(), its deadline on the
/// virtual clock (negative: past), or a spurious wake-up. With `mutex`, that one is released before (the
/// caller does the real release first) and acquired again before returning (the caller does the real
/// acquisition after).
Wake block_on(Scheduler*, uint32_t slot, Operation, const ObjectIdentity*, const void* queue,
              int64_t deadline, const ObjectIdentity* mutex);
/// Lets at most `count` threads in `queue` go on; returns how many.
int wake(Scheduler*, uint32_t slot, const void* queue, int count);

/// Before pthread_create: the new thread's slot.
uint32_t reserve_thread(Scheduler*, uint32_t slot, const ThreadPath& path, const char* name);
/// After pthread_create has failed.
void cancel_thread(Scheduler*, uint32_t child);
/// After pthread_create has succeeded: returns when the child has reached begin_thread().
void await_arrival(Scheduler*, uint32_t child);
/// First thing on the new thread; returns when it is chosen.
void begin_thread(Scheduler*, uint32_t slot, ThreadRecord*);
/// Last thing on the thread. Whoever goes on waits until the kernel has let go of this thread.
void end_thread(Scheduler*, uint32_t slot);
/// Returns when `child` has ended.
void announce_join(Scheduler*, uint32_t slot, const ObjectIdentity*, uint32_t child);

int64_t virtual_now(Scheduler*);
uint64_t choose(Scheduler*, uint32_t slot, ChoiceKind, uint64_t bound);
void register_region(Scheduler*, const void* base, size_t size, const ObjectIdentity*);
void forget_region(Scheduler*, const void* base);

/// Zeroes the calling thread's stack from `lowest` to about the caller's frame: what came before the run or is left of
/// another thread shall not keep cells alive. Before the first step of each thread.
void clear_dead_stack(Scheduler*, uint32_t slot, const void* lowest);

/// The size of the scheduler's own state, mapped anew in every run.
size_t scheduler_size();
void start(Scheduler*, RunMemory*, ThreadRecord*);
void note_progress(Scheduler*);
[[noreturn]] void finish_run(Scheduler*, Outcome, const char* message, int status);

/// The name of an object or thread as schedules and reports write it: "main/1/2" and "main/1#3"; warm
/// objects, made before the run began, are "main#w3".
std::string path_text(const ThreadPath&);
std::string object_text(const ObjectId&);
/// As the scheduler hashes it in Weight and ProfileEntry.
uint64_t path_hash(const ThreadPath&);
/// False when the text is no path.
bool parse_path(const std::string& text, ThreadPath* path);

#endif

} // namespace heddle::sync::controlled
