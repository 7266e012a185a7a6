// The thread record, the outlined half of announce(), and the names of operations and ranks.
#include "sync/current_thread.h"

#include "base/fault.h"
#include "base/rules.h"
#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif

#include <cstdio>
#include <cstring>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace heddle::sync {

// The one thread-local: it answers "which agent runs on this thread" and follows the thread into every primitive.
constinit thread_local ThreadRecord current_thread_record;

uint32_t ThreadRecord::kernel_id() {
#ifdef HEDDLE_CONTROLLED
    // In a controlled run the number by which the scheduler knows the thread: whatever shows it repeats.
    if (kernel_thread_id == 0 && scheduler) kernel_thread_id = scheduler_slot + 1;
#endif
    if (kernel_thread_id == 0) kernel_thread_id = static_cast<uint32_t>(syscall(SYS_gettid));
    return kernel_thread_id;
}

const StackBounds& ThreadRecord::stack_bounds() {
    if (stack.high) return stack;
    pthread_attr_t attributes;
    HEDDLE_CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
    void* address = nullptr;
    size_t size = 0;
    HEDDLE_CHECK(pthread_attr_getstack(&attributes, &address, &size) == 0);
    pthread_attr_destroy(&attributes);
    stack.low = static_cast<const char*>(address);
    stack.high = stack.low + size;
    return stack;
}

void ThreadRecord::set_name(const char* new_name) {
    std::snprintf(name, sizeof name, "%s", new_name);
    char system_name[16];
    std::snprintf(system_name, sizeof system_name, "%.15s", new_name);
    pthread_setname_np(pthread_self(), system_name);
}

std::string ThreadRecord::describe() {
    std::string text = name[0] ? name : (path.depth == 0 ? "main thread" : "thread");
    text += " (main";
    for (int i = 0; i < path.depth; i++) {
        text += '/';
        text += std::to_string(path.steps[i]);
    }
    text += ", thread ";
    text += std::to_string(kernel_id());
    text += ')';
    return text;
}

const char* operation_name(Operation operation) {
    static constexpr const char* kNames[] = {
#define OPERATION(name, blocks) #name,
#include "sync/operations.def"
#undef OPERATION
    };
    return kNames[static_cast<size_t>(operation)];
}

bool operation_blocks(Operation operation) {
    static constexpr bool kBlocks[] = {
#define OPERATION(name, blocks) blocks,
#include "sync/operations.def"
#undef OPERATION
    };
    return kBlocks[static_cast<size_t>(operation)];
}

const char* rank_name(Rank rank) {
    static constexpr const char* kNames[] = {
#define RANK(name) #name,
#include "sync/rank.def"
#undef RANK
    };
    return kNames[static_cast<size_t>(rank)];
}

#ifdef HEDDLE_CONTROLLED
ObjectIdentity::ObjectIdentity() {
    ThreadRecord& thread = current_thread();
    id_ = {thread.path, thread.next_object++ | (thread.scheduler ? 0 : ObjectId::kWarm)};
}
#endif

static uint64_t next_random(uint64_t& state) {
    // splitmix64 (Steele, Lea, Flood 2014): any state is a good one, so streams may be derived by mixing in a path.
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

bool Disturbance::draw(uint32_t one_in) { return one_in != 0 && next_random(state) % one_in == 0; }

// The action may announce operations of its own; by then it is no longer due.
static void count_point(ThreadRecord& thread) {
    if (thread.held_count != 0 || --thread.at_point.operations_left != 0) return;
    thread.at_point.action(thread.at_point.data);
}

void announce_slow(Operation operation, [[maybe_unused]] const ObjectIdentity* object) {
    ThreadRecord& thread = current_thread();
    if (thread.at_point.operations_left != 0) [[unlikely]] count_point(thread);
#ifdef HEDDLE_CONTROLLED
    if (thread.scheduler) {
        controlled::announce(thread.scheduler, thread.scheduler_slot, operation, object);
        return;
    }
#endif
    Disturbance& disturbance = thread.disturbance;
    if (disturbance.draw(disturbance.delay_period)) {
        timespec pause{0, static_cast<long>(disturbance.delay_microseconds) * 1000};
        nanosleep(&pause, nullptr);
        return;
    }
    if (disturbance.period == 0) return;
    uint64_t random = next_random(disturbance.state);
    if (random % disturbance.period != 0) return;
    random >>= 32;
    // Mostly a yield; now and then a pause long enough for another thread to pass through a whole window.
    if (random % 8 != 0) {
        sched_yield();
        return;
    }
    timespec pause{0, static_cast<long>(random / 8 % 200) * 1000};
    nanosleep(&pause, nullptr);
}

void report_blocking(Operation operation) {
    ThreadRecord& thread = current_thread();
    if (thread.in_request)
        report_broken_rule(Rule::BlockedRequest, thread.agent, "%s would block inside a request", operation_name(operation));
    report_broken_rule(Rule::LockAcrossWait, nullptr, "%s would block while a mutex of rank %s is held", operation_name(operation),
                       rank_name(thread.held_ranks[0]));
}

} // namespace heddle::sync

namespace heddle {

#ifdef HEDDLE_CHECKED
bool allocations_are_counted() { return sync::current_thread().allocation_faults != nullptr; }

bool allocation_shall_fail() {
    sync::AllocationFaults* faults = sync::current_thread().allocation_faults;
    if (!faults) [[likely]] return false;
    if (__atomic_add_fetch(&faults->seen, 1, __ATOMIC_RELAXED) != faults->fail_at) return false;
    __atomic_add_fetch(&faults->failed, 1, __ATOMIC_RELAXED);
    return true;
}
#endif

bool planted_bug_is_on(PlantedBug bug) {
    return (sync::current_thread().planted_bugs >> static_cast<unsigned>(bug)) & 1;
}

const char* planted_bug_name(PlantedBug bug) {
    static constexpr const char* kNames[] = {
#define PLANTED_BUG(identifier, name, description) name,
#include "base/planted_bugs.def"
#undef PLANTED_BUG
    };
    return kNames[static_cast<size_t>(bug)];
}

const char* planted_bug_description(PlantedBug bug) {
    static constexpr const char* kDescriptions[] = {
#define PLANTED_BUG(identifier, name, description) description,
#include "base/planted_bugs.def"
#undef PLANTED_BUG
    };
    return kDescriptions[static_cast<size_t>(bug)];
}

} // namespace heddle
