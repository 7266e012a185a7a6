// One controlled run as plain data: the plan that goes in, the record that comes out. Both lie in memory
// shared by the process that forks runs and the fork that is the run, so the record outlives a crash. No
// pointers but functions' own.
//
// Threads are named by ThreadPath, decisions by (thread that ran last, how many operations it has announced).
// Dropping one entry of a plan therefore renumbers nothing.
#pragma once

#include "sync/operation.h"

#include <cstddef>
#include <cstdint>

namespace heddle::sync::controlled {

inline constexpr int kMaxThreads = 256;
inline constexpr int kMaxSwitches = 1 << 16;
inline constexpr int kMaxChoices = 1 << 14;
inline constexpr int kMaxConstraints = 32;
inline constexpr int kMaxWeights = 2048;
inline constexpr int kMaxReadsFrom = 1 << 13;
inline constexpr int kMaxProfile = 1 << 13;
inline constexpr int kMaxTrace = 1 << 16;
inline constexpr int kMaxBytes = 1 << 16;
inline constexpr int kMaxFrames = 32;

/// Where decisions come from.
enum class Strategy : uint8_t {
    NonPreemptive, // the default decision everywhere: go on until blocked, then the next thread by path
    RandomWalk,
    Pct,
    Pos,
    Surw,
    ReadsFrom,
    Recorded, // Plan::switches and Plan::choices; the default decision elsewhere
    Bytes,    // Plan::bytes, as a fuzzer mutates them; the default decision when they are used up
};
inline constexpr int kStrategyCount = 8;

const char* strategy_name(Strategy);

/// What may be chosen besides threads. The value 0 always means that nothing unusual happens.
enum class ChoiceKind : uint8_t {
    NotifiedWaiter,    // which of n waiters a notify wakes, in the order of their waiting
    AllocationFailure, // 1: the allocation fails
    Collection,        // 1: collect here
    RandomNumber,      // any 64-bit number, as a program's Math.random() takes it
    TimeOfDay,         // nanoseconds by which the wall clock jumps
    Other,
};
inline constexpr int kChoiceKindCount = 6;

const char* choice_kind_name(ChoiceKind);

/// At the decision after `thread` has announced its `step`-th operation, `next` goes on and not the thread
/// that would by default. When `next` waits (timed or on a condition), it is the timeout or a spurious
/// wake-up.
struct Switch {
    ThreadPath thread;
    uint32_t step = 0;
    ThreadPath next;
    friend bool operator==(const Switch&, const Switch&) = default;
};

struct Choice {
    ThreadPath thread;
    uint32_t step = 0;
    ChoiceKind kind = ChoiceKind::Other;
    uint64_t value = 0;
    friend bool operator==(const Choice&, const Choice&) = default;
};

/// A pair of abstract events: `read` reads what `write` wrote (0: the initial value of the object). Positive:
/// must happen; negative: must not.
struct Constraint {
    uint64_t write = 0;
    uint64_t read = 0;
    uint64_t object = 0;
    bool negative = false;
};

/// How many events of interest a thread is expected to have (SURW).
struct Weight {
    uint64_t thread = 0; // hash of the path
    uint64_t parent = 0; // hash of the path of the thread that starts it; 0: none
    uint32_t events = 0;
};

/// What the layers above tell about a thread. Called on the thread itself for `position`; `stack` is called
/// while all threads are parked, on whichever found the deadlock. `agent` is ThreadRecord::agent, not null.
struct Observer {
    /// In the process of a run, before the run begins, whether or not it is traced: so that tracing it needs nothing new.
    void (*begin)() = nullptr;
    /// One short line: function and place in the script. Writes at most `capacity` bytes, zero included.
    void (*position)(void* agent, char* text, size_t capacity) = nullptr;
    /// The whole stack of the script, a line for each frame.
    void (*stack)(void* agent, char* text, size_t capacity) = nullptr;
};

struct Plan {
    Strategy strategy = Strategy::NonPreemptive;
    uint64_t seed = 0;
    /// PCT: the depth of the bug, at least 1, and how many decisions the run is expected to have.
    uint32_t depth = 3;
    uint32_t expected_length = 100;
    /// Random walk: goes on with the running thread in this many of 256 decisions; above 255: drawn from the
    /// seed.
    uint32_t stickiness = 256;

    /// A run ends as TooLong after so many decisions, as Livelock after so many without progress.
    uint32_t max_decisions = 1 << 20;
    uint32_t livelock_decisions = 50'000;
    /// A thread that has read this many unchanged values yields until another one has changed something.
    uint32_t spin_reads = 12;
    /// A thread that has gone on for so many decisions in a row although others could lets as many pass, the
    /// next time twice as many, and so on: strategies with priorities would let endless loops starve whoever
    /// is to end them.
    uint32_t longest_turn = 2000;
    /// A thread that could have gone on at so many decisions and was never chosen goes on, whatever the strategy
    /// says; each time it comes to that, half as many will do. Two threads that answer each other for ever never
    /// have a long turn.
    uint32_t longest_wait = 10'000;
    /// A wait no longer than `short_wait` nanoseconds times out at one in `timeout_one_in` decisions although
    /// others could go on; longer ones only when nobody can. 0: never early.
    uint32_t timeout_one_in = 16;
    int64_t short_wait = 100'000'000;
    /// A wait on a condition or futex ends spuriously at one in so many decisions; 0: never.
    uint32_t spurious_one_in = 64;
    /// Rates of the other choices: one in so many; 0: never. RandomNumber is always free.
    uint32_t choice_one_in[kChoiceKindCount] = {};
    /// Announce the accesses of script to shared memory one by one.
    bool announce_shared_memory = true;
    bool trace = false;
    bool profile = false;
    /// Stop with a breakpoint trap at the failure: for a debugger.
    bool stop_at_failure = false;
    Observer observer;

    uint32_t switch_count = 0;
    uint32_t choice_count = 0;
    uint32_t constraint_count = 0;
    uint32_t weight_count = 0;
    uint32_t byte_count = 0;
    /// SURW: the events on the object with this name hash are of interest.
    uint64_t interesting_object = 0;
    Constraint constraints[kMaxConstraints];
    Weight weights[kMaxWeights];
    Switch switches[kMaxSwitches];
    Choice choices[kMaxChoices];
    uint8_t bytes[kMaxBytes];
};

enum class Outcome : uint8_t {
    None, // the run has not said: see how the process ended
    Passed,
    FailedCheck,
    Deadlock,
    Livelock,
    TooLong,
    WaitsForHost, // nobody can go on, and whoever waits, waits for the host
    Overflow,     // more threads or objects than the scheduler has room for
    Crash,        // filled in by the parent: a signal
    Sanitizer,    // filled in by the parent
    Hang,         // filled in by the parent: a thread blocks without having announced it
};

const char* outcome_name(Outcome);

struct ThreadReport {
    ThreadPath path;
    char name[32];
    bool blocked; // waits, or would have to
    bool waits_for_host;
    Operation operation;
    bool has_object;
    ObjectId object;
    /// Of a thread that waits for a mutex: who holds it.
    bool has_holder;
    ThreadPath holder;
    uint32_t step;
    uint32_t frame_count;
    uintptr_t frames[kMaxFrames];
    char script_stack[1024];
};

struct ReadsFrom {
    uint64_t write = 0; // 0: the initial value
    uint64_t read = 0;
    uint64_t object = 0;
};

/// An event that writes: what constraints may name.
struct ProfileEntry {
    uint64_t thread = 0; // hash of the path
    uint64_t object = 0; // hash of the name
    uint64_t event = 0;  // hash of operation, object and place in the program
    uint32_t count = 0;
    bool writes = false;
    bool reads = false;
    bool is_lock = false;
};

struct TraceEntry {
    static constexpr int kFrames = 6;
    uint16_t thread; // index into Record::threads
    Operation operation;
    bool has_object;
    bool by_switch; // the decision differed from the default
    bool timed_out;
    ObjectId object;
    uint64_t offset; // of an access to shared memory
    uint32_t step;
    int64_t clock;
    uintptr_t frames[kFrames];
    char position[80];
};

struct Record {
    Outcome outcome;
    char message[1024];
    uint32_t decisions;
    /// How often another thread went on although the running one could have.
    uint32_t preemptions;
    /// Entries of a recorded plan that were met, and those that did not fit (thread missing or not able to go
    /// on).
    uint32_t followed;
    uint32_t misfits;
    uint64_t trace_hash;
    int64_t clock;
    uint32_t thread_count;
    uint32_t switch_count; // may exceed kMaxSwitches: the rest was not kept
    uint32_t choice_count;
    uint32_t reads_from_count;
    uint32_t profile_count;
    uint32_t trace_count;
    ThreadReport threads[kMaxThreads];
    /// What differed from the default decision: with strategy Recorded they repeat the run.
    Switch switches[kMaxSwitches];
    Choice choices[kMaxChoices];
    ReadsFrom reads_from[kMaxReadsFrom];
    ProfileEntry profile[kMaxProfile];
    TraceEntry trace[kMaxTrace];

    /// Forgets the last run. The arrays need no clearing.
    void reset() {
        outcome = Outcome::None;
        message[0] = '\0';
        decisions = preemptions = followed = misfits = 0;
        trace_hash = 0;
        clock = 0;
        thread_count = switch_count = choice_count = reads_from_count = profile_count = trace_count = 0;
    }
};

/// What parent and run share.
struct RunMemory {
    Plan plan;
    Record record;
};

/// How a process that is a run ends: the record says more.
inline constexpr int kExitPassed = 0;
inline constexpr int kExitFailedCheck = 65;
inline constexpr int kExitSanitizer = 66;
inline constexpr int kExitScheduler = 70;

} // namespace heddle::sync::controlled
