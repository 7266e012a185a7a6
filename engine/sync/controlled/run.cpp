// The ordinary half of the scheduler, in controlled builds only: beginning and ending a run, and the names
// that reports and files use.
#include "sync/controlled/run.h"

#include "base/assert.h"
#include "sync/choice.h"
#include "sync/controlled/raw.h"
#include "sync/controlled/scheduler.h"

#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace heddle::sync {

uint64_t choose(ChoiceKind kind, uint64_t bound) {
    ThreadRecord& thread = current_thread();
    return thread.scheduler ? controlled::choose(thread.scheduler, thread.scheduler_slot, kind, bound) : 0;
}

void note_progress() {
    ThreadRecord& thread = current_thread();
    if (thread.scheduler) controlled::note_progress(thread.scheduler);
}

namespace controlled {

const char* strategy_name(Strategy strategy) {
    constexpr const char* kNames[] = {"non-preemptive", "random-walk", "pct",      "pos",
                                      "surw",           "reads-from",  "recorded", "bytes"};
    static_assert(std::size(kNames) == kStrategyCount);
    return kNames[static_cast<size_t>(strategy)];
}

const char* choice_kind_name(ChoiceKind kind) {
    constexpr const char* kNames[] = {"notified-waiter", "allocation-failure", "collection",
                                      "random-number",   "time-of-day",        "other"};
    static_assert(std::size(kNames) == kChoiceKindCount);
    return kNames[static_cast<size_t>(kind)];
}

const char* outcome_name(Outcome outcome) {
    constexpr const char* kNames[] = {"none",     "passed",         "failed-check", "deadlock", "livelock",
                                      "too-long", "waits-for-host", "overflow",     "crash",    "sanitizer",
                                      "hang"};
    return kNames[static_cast<size_t>(outcome)];
}

std::string path_text(const ThreadPath& path) {
    std::string text = "main";
    for (int i = 0; i < path.depth; i++)
        text += '/' + std::to_string(path.steps[i]);
    return text;
}

std::string object_text(const ObjectId& object) {
    std::string text = path_text(object.creator) + '#';
    if (object.nth & ObjectId::kWarm) text += 'w';
    return text + std::to_string(object.nth & ~ObjectId::kWarm);
}

bool parse_path(const std::string& text, ThreadPath* path) {
    *path = {};
    if (text.compare(0, 4, "main") != 0) return false;
    size_t at = 4;
    while (at < text.size()) {
        if (text[at] != '/' || path->depth == ThreadPath::kMaxDepth) return false;
        size_t end = ++at;
        uint32_t step = 0;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9' && step < 65536)
            step = step * 10 + static_cast<uint32_t>(text[end++] - '0');
        if (end == at || step > 65535) return false;
        path->steps[path->depth++] = static_cast<uint16_t>(step);
        at = end;
    }
    return true;
}

uint64_t path_hash(const ThreadPath& path) {
    uint64_t hash = path.depth;
    for (int i = 0; i < path.depth; i++)
        hash = raw::mix(hash, path.steps[i]);
    return hash;
}

void begin_run(RunMemory* memory) {
    ThreadRecord& thread = current_thread();
    HEDDLE_CHECK(!thread.scheduler);
    // Not by mmap(): sanitizers would prepare their shadow of it.
    long address = syscall(SYS_mmap, nullptr, scheduler_size(), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    HEDDLE_CHECK(address > 0);
    auto scheduler = reinterpret_cast<Scheduler*>(address);
    thread.kernel_thread_id = 0;
    thread.next_object = 0;
    thread.next_thread = 0;
    thread.controlled_stack_top =
        reinterpret_cast<const char*>(*static_cast<const uintptr_t*>(__builtin_frame_address(0))) + 1;
    start(scheduler, memory, &thread);
    thread.scheduler = scheduler;
    thread.scheduler_slot = 0;
    // Cells are referred to from here on only, and from what the caller calls next; the frames above are the process's
    // own, with what its earlier doings have left in them.
    thread.stack_bounds();
    thread.stack.high = static_cast<const char*>(__builtin_frame_address(0)) + 2 * sizeof(void*);
    clear_dead_stack(scheduler, 0, thread.stack.low);
}

void end_run() {
    ThreadRecord& thread = current_thread();
    HEDDLE_CHECK(thread.scheduler && thread.scheduler_slot == 0);
    std::fflush(nullptr);
    finish_run(thread.scheduler, Outcome::Passed, nullptr, kExitPassed);
}

void fail_run(const char* message) {
    ThreadRecord& thread = current_thread();
    std::fprintf(stderr, "heddle: check failed: %s\n", message);
    std::fflush(stderr);
    if (thread.scheduler) finish_run(thread.scheduler, Outcome::FailedCheck, message, kExitFailedCheck);
    syscall(SYS_exit_group, kExitFailedCheck);
    __builtin_unreachable();
}

} // namespace controlled
} // namespace heddle::sync
