// Waiting and notifying, announced.
#include "sync/condition_variable.h"

#include <cerrno>
#include <time.h>

namespace heddle::sync {

void ConditionVariable::wait(Mutex& mutex) HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
    announce(Operation::ConditionWait, identity_);
    assert_may_block(Operation::ConditionWait);
    mutex.record_released();
    // A thread that waits while holding another mutex would keep it for as long as nobody notifies.
    HEDDLE_ASSERT(current_thread().held_count == 0);
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
    assert_may_block(Operation::ConditionWaitUntil);
    if (deadline.nanoseconds < 0) deadline.nanoseconds = 0;
    timespec time{static_cast<time_t>(deadline.nanoseconds / 1'000'000'000),
                  static_cast<long>(deadline.nanoseconds % 1'000'000'000)};
    mutex.record_released();
    HEDDLE_ASSERT(current_thread().held_count == 0);
    int error = pthread_cond_clockwait(&condition_, &mutex.mutex_, CLOCK_MONOTONIC, &time);
    HEDDLE_CHECK(error == 0 || error == ETIMEDOUT);
    mutex.record_acquired();
    return error == ETIMEDOUT ? WaitOutcome::TimedOut : WaitOutcome::Woken;
}

void ConditionVariable::notify_one() {
    announce(Operation::ConditionNotifyOne, identity_);
    pthread_cond_signal(&condition_);
}

void ConditionVariable::notify_all() {
    announce(Operation::ConditionNotifyAll, identity_);
    pthread_cond_broadcast(&condition_);
}

} // namespace heddle::sync
