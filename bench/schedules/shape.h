// Shapes: small programs over engine/sync, each with a concurrency bug of the shape of one published
// benchmark program (SCTBench, ConVul, RADBench), with its thread and loop counts. Every access to shared
// data is a decision.
#pragma once

#include "sync/atomic.h"
#include "sync/condition_variable.h"
#include "sync/controlled/watched.h"
#include "sync/mutex.h"
#include "sync/thread.h"

#include <memory>
#include <span>
#include <vector>

namespace shapes {

using heddle::sync::Atomic;
using heddle::sync::ConditionVariable;
using heddle::sync::MutexLocker;
using heddle::sync::controlled::Watched;

struct Shape {
    /// As in `--filter` and schedule files.
    const char* name;
    /// The row of the published figures; null where there are none.
    const char* published;
    void (*run)();
};

/// Every shape, in the order of the table.
std::span<const Shape> all_shapes();

std::span<const Shape> ordering_shapes(); // ordering.cpp: reorder, twostage, wronglock, ...
std::span<const Shape> buffer_shapes();   // buffers.cpp: queues, stacks, buffers
std::span<const Shape> stealing_shapes(); // stealing.cpp: work-stealing queues
std::span<const Shape> lifetime_shapes(); // lifetimes.cpp: check then use, double free, use after free
std::span<const Shape> runtime_shapes();  // runtimes.cpp: contexts, lazily made locks, condition variables

/// A mutex whose order nobody checks: some shapes deadlock.
class Lock : public heddle::sync::Mutex {
public:
    Lock() : Mutex(heddle::sync::Rank::Unchecked) {}
};

/// The failed assertion of a shape: ends the run as a finding.
inline void require(bool condition, const char* message) {
    if (!condition) heddle::sync::controlled::fail_run(message);
}

/// Starts threads in order; joins them in that order.
class Threads {
public:
    template<class Body>
    void start(Body body) {
        threads_.emplace_back();
        require(threads_.back().start({.name = "shape", .stack_size = 64 << 10}, std::move(body)),
                "no thread to start");
    }
    void join() {
        for (heddle::sync::Thread& thread : threads_)
            thread.join();
        threads_.clear();
    }
    ~Threads() { join(); }

private:
    std::vector<heddle::sync::Thread> threads_;
};

} // namespace shapes
