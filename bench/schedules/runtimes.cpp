// Shapes of RADBench: what was wrong in a scripting engine's contexts and in a portable runtime's locks, as their public
// bug reports tell it, with the published thread and loop counts.
#include "bench/schedules/shape.h"

namespace shapes {
namespace {

// Mozilla 476934: the collector looks at the thread of each context, which its owner sets and clears without the lock
// that guards the list.
void context_thread_cleared() {
    constexpr int kThreads = 3;
    Lock runtime;
    Watched<int> contexts = 0;
    Watched<bool> has_thread[kThreads];
    Threads threads;
    for (int i = 0; i < kThreads; i++) {
        threads.start([&] {
            int mine;
            {
                MutexLocker locker(runtime);
                mine = contexts++;
            }
            has_thread[mine] = true;
            has_thread[mine] = false;
        });
    }
    {
        MutexLocker locker(runtime);
        int count = contexts;
        for (int i = 0; i < count; i++) {
            if (!has_thread[i]) continue;
            require(has_thread[i], "the collector follows a thread that is no longer there");
        }
    }
    threads.join();
}

// Mozilla 478336: the last context takes the common state down after it has let go of the lock; the next first one is
// already using it.
void last_context_frees() {
    Lock runtime;
    Watched<int> contexts = 0;
    Watched<bool> state = false;
    Threads threads;
    for (int i = 0; i < 2; i++) {
        threads.start([&] {
            bool first, last;
            {
                MutexLocker locker(runtime);
                contexts += 1;
                first = contexts == 1;
            }
            if (first) state = true;
            // A request; whoever comes before the first one has made the state runs none.
            if (first || state) require(state, "a request runs on state that was taken down");
            {
                MutexLocker locker(runtime);
                contexts -= 1;
                last = contexts == 0;
            }
            if (last) state = false;
        });
    }
    threads.join();
}

// Mozilla 354593: a lock that is made at first use, by both; whoever unlocks may unlock the other's.
void lock_made_twice() {
    struct Holder {
        Watched<int> thread = 0;
    };
    Lock monitor;
    ConditionVariable ended;
    Holder locks[2];
    Watched<int> made = 0, current = -1, alive = 2;
    Threads threads;
    for (int i = 1; i <= 2; i++) {
        threads.start([&, i] {
            if (current < 0) current = made++;
            locks[current].thread = i;
            require(locks[current].thread == i, "a thread unlocks a lock that it does not hold");
            MutexLocker locker(monitor);
            alive--;
            ended.notify_one();
        });
    }
    {
        MutexLocker locker(monitor);
        while (alive > 0)
            ended.wait(monitor);
    }
    threads.join();
}

// Mozilla 165586: an interrupt notifies the condition that the other thread said it waits for, and which may be gone.
void interrupted_wait() {
    constexpr int kSlots = 1, kItems = 5;
    Lock lock;
    ConditionVariable not_full, not_empty;
    Watched<int> count = 0;
    Watched<bool> waits = false, alive = true;
    Threads threads;
    threads.start([&] {
        for (int i = 0; i < kItems; i++) {
            MutexLocker locker(lock);
            while (count == 0) {
                waits = true;
                not_empty.wait(lock);
                waits = false;
            }
            count--;
            not_full.notify_one();
        }
        alive = false;
    });
    threads.start([&] {
        for (int i = 0; i < kItems; i++) {
            MutexLocker locker(lock);
            while (count == kSlots)
                not_full.wait(lock);
            count++;
            not_empty.notify_one();
        }
    });
    if (waits) {
        require(alive, "an interrupt reaches for a condition that is gone");
        not_empty.notify_all();
    }
    threads.join();
}

// Mozilla 526805: a reader that takes a lock twice and a writer that waits between: new readers let writers go first.
class WriterFirstLock {
public:
    void lock_shared() {
        MutexLocker locker(mutex_);
        while (writing_ || waiting_writers_ > 0)
            changed_.wait(mutex_);
        readers_++;
    }
    void unlock_shared() {
        MutexLocker locker(mutex_);
        if (--readers_ == 0) changed_.notify_all();
    }
    void lock() {
        MutexLocker locker(mutex_);
        waiting_writers_++;
        while (writing_ || readers_ > 0)
            changed_.wait(mutex_);
        waiting_writers_--;
        writing_ = true;
    }
    void unlock() {
        MutexLocker locker(mutex_);
        writing_ = false;
        changed_.notify_all();
    }

private:
    Lock mutex_;
    ConditionVariable changed_;
    int readers_ = 0, waiting_writers_ = 0;
    bool writing_ = false;
};

void shared_lock_taken_twice() {
    WriterFirstLock lock;
    Threads threads;
    threads.start([&] {
        lock.lock_shared();
        lock.lock_shared();
        lock.unlock_shared();
        lock.unlock_shared();
    });
    threads.start([&] {
        lock.lock();
        lock.unlock();
    });
    threads.join();
}

constexpr Shape kShapes[] = {
    {"rad_bug2", "RADBench/bug2", context_thread_cleared},
    {"rad_bug3", "RADBench/bug3", last_context_frees},
    {"rad_bug4", "RADBench/bug4", lock_made_twice},
    {"rad_bug5", "RADBench/bug5", interrupted_wait},
    {"rad_bug6", "RADBench/bug6", shared_lock_taken_twice},
};

} // namespace

std::span<const Shape> runtime_shapes() {
    return kShapes;
}

} // namespace shapes
