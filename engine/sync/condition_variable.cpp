// Waiting and notifying, announced.
#include "sync/condition_variable.h"

#include "sync/thread.h"

#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif

#include <algorithm>
#include <cerrno>
#include <climits>
#include <time.h>

namespace heddle::sync {

#ifdef HEDDLE_CONTROLLED
// The scheduler does the waiting. The mutex is really let go and taken again, which is what orders the threads.
WaitOutcome ConditionVariable::wait_controlled(Mutex& mutex, Operation operation, MonotonicTime deadline)
    HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
    ThreadRecord& thread = current_thread();
    mutex.record_released();
    assert_may_block(operation);
    HEDDLE_CHECK(pthread_mutex_unlock(&mutex.mutex_) == 0);
    int64_t until = deadline.is_never() ? controlled::kNoDeadline : std::max<int64_t>(deadline.nanoseconds, 0);
    controlled::Wake wake = controlled::block_on(thread.scheduler, thread.scheduler_slot, operation, &identity_, this, until,
                                                 &mutex.identity_);
    HEDDLE_CHECK(pthread_mutex_lock(&mutex.mutex_) == 0);
    mutex.record_acquired();
    return wake == controlled::Wake::TimedOut ? WaitOutcome::TimedOut : WaitOutcome::Woken;
}
#endif

// A spurious wake-up on purpose: the mutex has been let go all the same, as in any wait.
static bool ends_at_once([[maybe_unused]] Mutex& mutex) HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
#ifndef HEDDLE_CHECKED
    return false;
#else
    ThreadRecord& thread = current_thread();
    if (thread.disturbance.spurious_period == 0) [[likely]] return false;
    if (!thread.disturbance.draw(thread.disturbance.spurious_period)) return false;
    mutex.unlock();
    yield();
    mutex.lock();
    return true;
#endif
}

void ConditionVariable::wait(Mutex& mutex) HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
    announce(Operation::ConditionWait, identity_);
    assert_may_block(Operation::ConditionWait, 1);
#ifdef HEDDLE_CONTROLLED
    if (current_thread().scheduler) {
        wait_controlled(mutex, Operation::ConditionWait, MonotonicTime::never());
        return;
    }
#endif
    if (ends_at_once(mutex)) return;
    mutex.record_released();
    // A thread that waits while holding another mutex would keep it for as long as nobody notifies.
    assert_may_block(Operation::ConditionWait);
    int error = pthread_cond_wait(&condition_, &mutex.mutex_);
    HEDDLE_CHECK(error == 0);
    mutex.record_acquired();
}

WaitOutcome ConditionVariable::wait_until(Mutex& mutex, MonotonicTime deadline) HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
    if (deadline.is_never()) {
        wait(mutex);
        return WaitOutcome::Woken;
    }
    announce(Operation::ConditionWaitUntil, identity_);
    assert_may_block(Operation::ConditionWaitUntil, 1);
#ifdef HEDDLE_CONTROLLED
    if (current_thread().scheduler) return wait_controlled(mutex, Operation::ConditionWaitUntil, deadline);
#endif
    if (ends_at_once(mutex)) return WaitOutcome::Woken;
    if (deadline.nanoseconds < 0) deadline.nanoseconds = 0;
    timespec time{static_cast<time_t>(deadline.nanoseconds / 1'000'000'000),
                  static_cast<long>(deadline.nanoseconds % 1'000'000'000)};
    mutex.record_released();
    assert_may_block(Operation::ConditionWaitUntil);
    int error = pthread_cond_clockwait(&condition_, &mutex.mutex_, CLOCK_MONOTONIC, &time);
    HEDDLE_CHECK(error == 0 || error == ETIMEDOUT);
    mutex.record_acquired();
    return error == ETIMEDOUT ? WaitOutcome::TimedOut : WaitOutcome::Woken;
}

void ConditionVariable::notify_one() {
    announce(Operation::ConditionNotifyOne, identity_);
#ifdef HEDDLE_CONTROLLED
    if (ThreadRecord& thread = current_thread(); thread.scheduler) {
        controlled::wake(thread.scheduler, thread.scheduler_slot, this, 1);
        return;
    }
#endif
    pthread_cond_signal(&condition_);
}

void ConditionVariable::notify_all() {
    announce(Operation::ConditionNotifyAll, identity_);
#ifdef HEDDLE_CONTROLLED
    if (ThreadRecord& thread = current_thread(); thread.scheduler) {
        controlled::wake(thread.scheduler, thread.scheduler_slot, this, INT_MAX);
        return;
    }
#endif
    pthread_cond_broadcast(&condition_);
}

} // namespace heddle::sync
