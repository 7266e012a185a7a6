// Shapes about order: who writes before whom, which of two locks comes first, a lock that is the wrong one.
#include "bench/schedules/shape.h"

namespace shapes {
namespace {

// Setters write a and then b; a checker that sees the first and not the second fails. Once any setter has finished, no
// checker can fail any more: so all of them must stop half way.
template<int kSetters, int kCheckers>
void reorder() {
    Watched<int> a = 0, b = 0;
    Threads threads;
    for (int i = 0; i < kSetters; i++) {
        threads.start([&] {
            a = 1;
            b = -1;
        });
    }
    for (int i = 0; i < kCheckers; i++) {
        threads.start([&] {
            bool before = a == 0 && b == 0;
            require(before || (a == 1 && b == -1), "the writes were seen in the wrong order");
        });
    }
    threads.join();
}

// A value is derived in two critical sections; a reader between them sees the first stage only.
template<int kWriters, int kReaders>
void twostage() {
    Lock first_lock, second_lock;
    Watched<int> first = 0, second = 0;
    Threads threads;
    for (int i = 0; i < kWriters; i++) {
        threads.start([&] {
            first_lock.lock();
            first = 1;
            first_lock.unlock();
            second_lock.lock();
            second = first + 1;
            second_lock.unlock();
        });
    }
    for (int i = 0; i < kReaders; i++) {
        threads.start([&] {
            first_lock.lock();
            if (first == 0) {
                first_lock.unlock();
                return;
            }
            int seen = first;
            first_lock.unlock();
            second_lock.lock();
            int derived = second;
            second_lock.unlock();
            require(derived == seen + 1, "only one of two stages was there");
        });
    }
    threads.join();
}

// Two groups guard the same counter by different locks.
template<int kOurs, int kOthers>
void wronglock() {
    Lock right, wrong;
    Watched<int> value = 0;
    Threads threads;
    for (int i = 0; i < kOurs; i++) {
        threads.start([&] {
            MutexLocker locker(right);
            int before = value;
            value++;
            require(value == before + 1, "somebody changed the value under the lock");
        });
    }
    for (int i = 0; i < kOthers; i++) {
        threads.start([&] {
            MutexLocker locker(wrong);
            value++;
        });
    }
    threads.join();
}

void account() {
    Lock lock;
    Watched<int> balance = 1;
    Watched<bool> deposited = false, withdrawn = false;
    constexpr int kDeposit = 2, kWithdrawal = 4;
    Threads threads;
    // The expectation has the sign of the deposit wrong: any order in which both came before the check fails.
    threads.start([&] {
        MutexLocker locker(lock);
        if (deposited && withdrawn) require(balance == 1 - kDeposit - kWithdrawal, "the balance is wrong");
    });
    threads.start([&] {
        MutexLocker locker(lock);
        balance = balance + kDeposit;
        deposited = true;
    });
    threads.start([&] {
        MutexLocker locker(lock);
        balance = balance - kWithdrawal;
        withdrawn = true;
    });
    threads.join();
}

// A driver is stopped while a request that has passed the test of the flag is not yet counted.
void bluetooth_driver() {
    Lock atomically;
    Watched<int> pending = 1;
    Watched<bool> stopping = false, event = false, stopped = false;
    auto leave = [&] {
        atomically.lock();
        pending = pending - 1;
        int left = pending;
        atomically.unlock();
        if (left == 0) event = true;
    };
    Threads threads;
    threads.start([&] {
        stopping = true;
        leave();
        if (event) stopped = true;
    });
    bool entered = false;
    if (!stopping) {
        atomically.lock();
        pending = pending + 1;
        atomically.unlock();
        entered = true;
    }
    if (entered) require(!stopped, "a request runs in a stopped driver");
    leave();
    threads.join();
}

// Two groups share a resource lock, each taking it with its first member while holding the common lock.
void carter01() HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
    Lock common, resource;
    Watched<int> counts[2];
    Threads threads;
    for (int group = 0; group < 2; group++) {
        threads.start([&, group]() HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
            Watched<int>& count = counts[group];
            common.lock();
            count++;
            if (count == 1) resource.lock();
            common.unlock();
            common.lock();
            count--;
            if (count == 0) resource.unlock();
            common.unlock();
        });
    }
    threads.start([] {});
    threads.start([] {});
    threads.join();
}

void deadlock01() {
    Lock a, b;
    Watched<int> counter = 1;
    Threads threads;
    threads.start([&] {
        MutexLocker first(a);
        MutexLocker second(b);
        counter++;
    });
    threads.start([&] {
        MutexLocker first(b);
        MutexLocker second(a);
        counter--;
    });
    threads.join();
}

void lazy01() {
    Lock lock;
    Watched<int> data = 0;
    Threads threads;
    threads.start([&] {
        MutexLocker locker(lock);
        data++;
    });
    threads.start([&] {
        MutexLocker locker(lock);
        data += 2;
    });
    threads.start([&] {
        MutexLocker locker(lock);
        require(data < 3, "both came first");
    });
    threads.join();
}

// Values are passed round a ring in atomic steps; only one order of the steps keeps them equal.
void token_ring() {
    Lock atomically;
    Watched<int> x1 = 1, x2 = 2, x3 = 1;
    Watched<bool> done1 = false, done2 = false, done3 = false;
    Threads threads;
    threads.start([&] {
        MutexLocker locker(atomically);
        x1 = (x3 + 1) % 4;
        done1 = true;
    });
    threads.start([&] {
        MutexLocker locker(atomically);
        x2 = x1;
        done2 = true;
    });
    threads.start([&] {
        MutexLocker locker(atomically);
        x3 = x2;
        done3 = true;
    });
    threads.start([&] {
        MutexLocker locker(atomically);
        if (done1 && done2 && done3) require(x1 == x2 && x2 == x3, "the token was lost");
    });
    threads.join();
}

constexpr Shape kShapes[] = {
    {"account", "CS/account", account},
    {"bluetooth_driver", "CS/bluetooth_driver", bluetooth_driver},
    {"carter01", "CS/carter01", carter01},
    {"deadlock01", "CS/deadlock01", deadlock01},
    {"lazy01", "CS/lazy01", lazy01},
    {"reorder_3", "CS/reorder_3", reorder<2, 1>},
    {"reorder_4", "CS/reorder_4", reorder<3, 1>},
    {"reorder_5", "CS/reorder_5", reorder<4, 1>},
    {"reorder_10", "CS/reorder_10", reorder<9, 1>},
    {"reorder_20", "CS/reorder_20", reorder<10, 10>},
    {"reorder_50", "CS/reorder_50", reorder<49, 1>},
    {"reorder_100", "CS/reorder_100", reorder<99, 1>},
    {"token_ring", "CS/token_ring", token_ring},
    {"twostage", "CS/twostage", twostage<1, 1>},
    {"twostage_20", "CS/twostage_20", twostage<19, 1>},
    {"twostage_50", "CS/twostage_50", twostage<49, 1>},
    {"twostage_100", "CS/twostage_100", twostage<99, 1>},
    {"wronglock", "CS/wronglock", wronglock<1, 7>},
    {"wronglock_3", "CS/wronglock_3", wronglock<1, 3>},
};

} // namespace

std::span<const Shape> ordering_shapes() { return kShapes; }

} // namespace shapes
