// ConditionVariable over Mutex. Wake-ups may be spurious, and a controlled build makes them so: wait in a loop.
#pragma once

#include "sync/clock.h"
#include "sync/mutex.h"

namespace heddle::sync {

enum class WaitOutcome : uint8_t { Woken, TimedOut };

class ConditionVariable {
public:
    ConditionVariable() = default;
    ~ConditionVariable() { pthread_cond_destroy(&condition_); }
    ConditionVariable(const ConditionVariable&) = delete;
    ConditionVariable& operator=(const ConditionVariable&) = delete;

    /// Releases the mutex, waits, acquires it again. The thread holds no other mutex and is outside any request.
    void wait(Mutex& mutex) HEDDLE_REQUIRES(mutex);
    /// As wait, but no longer than until `deadline`. Woken does not mean that anybody notified.
    WaitOutcome wait_until(Mutex& mutex, MonotonicTime deadline) HEDDLE_REQUIRES(mutex);
    void notify_one();
    void notify_all();

private:
#ifdef HEDDLE_CONTROLLED
    WaitOutcome wait_controlled(Mutex& mutex, Operation, MonotonicTime deadline);
#endif

    pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
    [[no_unique_address]] ObjectIdentity identity_;
};

} // namespace heddle::sync
