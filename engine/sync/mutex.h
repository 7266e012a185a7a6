// Mutex with a rank, and its lock holder.
//
// A thread acquires mutexes in the order of rank.def only; a checked build aborts with both names at the first
// acquisition out of order, whether or not another thread is there to deadlock with. A mutex is held for short spans
// that neither run user code nor block, and so it may be locked inside a request; everything else that blocks may not.
#pragma once

#include "base/assert.h"
#include "sync/current_thread.h"
#include "sync/thread_annotations.h"

#include <pthread.h>

namespace heddle::sync {

/// Rule LockAcrossScript: reports when the calling thread holds a mutex, other than the embedder's own (Rank::Host).
/// `what` goes on there, of `object`. Nothing outside checked builds.
void check_holds_no_mutex(const void* object, const char* what);

/// Records an acquisition; reports it when `rank` is not greater than the highest rank held. Checked builds only.
void record_acquisition(Rank rank, const void* mutex);
void record_release(Rank rank, const void* mutex);

class HEDDLE_CAPABILITY("mutex") Mutex {
public:
    explicit Mutex(Rank rank) : rank_(rank) {}
    ~Mutex() { pthread_mutex_destroy(&mutex_); }
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() HEDDLE_ACQUIRE() {
        announce(Operation::MutexLock, identity_);
        record_acquired();
        int error = pthread_mutex_lock(&mutex_);
        HEDDLE_CHECK(error == 0);
    }

    [[nodiscard]] bool try_lock() HEDDLE_TRY_ACQUIRE(true) {
        announce(Operation::MutexTryLock, identity_);
        if (pthread_mutex_trylock(&mutex_) != 0) return false;
        record_acquired();
        return true;
    }

    void unlock() HEDDLE_RELEASE() {
        announce(Operation::MutexUnlock, identity_);
        record_released();
        int error = pthread_mutex_unlock(&mutex_);
        HEDDLE_CHECK(error == 0);
    }

    Rank rank() const { return rank_; }

private:
    friend class ConditionVariable;

    void record_acquired() {
#ifdef HEDDLE_CHECKED
        record_acquisition(rank_, this);
#endif
    }
    void record_released() {
#ifdef HEDDLE_CHECKED
        record_release(rank_, this);
#endif
    }

    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    Rank rank_;
    [[no_unique_address]] ObjectIdentity identity_;
};

/// Holds a mutex for a scope; may let go early.
class HEDDLE_SCOPED_CAPABILITY MutexLocker {
public:
    explicit MutexLocker(Mutex& mutex) HEDDLE_ACQUIRE(mutex) : mutex_(&mutex) { mutex.lock(); }
    ~MutexLocker() HEDDLE_RELEASE() {
        if (mutex_) mutex_->unlock();
    }
    MutexLocker(const MutexLocker&) = delete;
    MutexLocker& operator=(const MutexLocker&) = delete;

    /// Releases before the scope ends; at most once.
    void unlock() HEDDLE_RELEASE() {
        HEDDLE_ASSERT(mutex_);
        mutex_->unlock();
        mutex_ = nullptr;
    }

private:
    Mutex* mutex_;
};

} // namespace heddle::sync
