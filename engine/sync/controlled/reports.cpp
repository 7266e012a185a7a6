// The end of a run, and what it says of every thread: passed, failed, deadlocked, waiting for the host, or too large.
#include "sync/controlled/internals.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

namespace {

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

} // namespace

void finish(Scheduler& scheduler, Outcome outcome, const char* message, int status) {
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

void overflow(Scheduler& scheduler, const char* message) {
    finish(scheduler, Outcome::Overflow, message, kExitScheduler);
}

// A thread that waits for the host, or for one that does, is not deadlocked.
void nobody_can_go_on(Scheduler& scheduler) {
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

void finish_run(Scheduler* scheduler, Outcome outcome, const char* message, int status) {
    finish(*scheduler, outcome, message, status);
}

} // namespace heddle::sync::controlled

#endif
