// Threads. A started thread has a name, a path (which child of whom), a stack of a given size, and is joined; there is
// no detaching, so no thread outlives what it uses.
#pragma once

#include "base/assert.h"
#include "base/fault.h"
#include "sync/current_thread.h"

#include <cstddef>
#include <memory>
#include <new>
#include <pthread.h>
#include <string_view>
#include <utility>

namespace heddle::sync {

class Thread {
public:
    struct Options {
        /// At most ThreadRecord::kNameCapacity - 1 bytes are kept.
        std::string_view name = "thread";
        /// Bytes; rounded up to pages and to the system's minimum.
        size_t stack_size = size_t{8} << 20;
    };

    Thread() = default;
    Thread(Thread&& other) noexcept : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {
#ifdef HEDDLE_CONTROLLED
        scheduler_slot_ = other.scheduler_slot_;
#endif
    }
    Thread& operator=(Thread&& other) noexcept {
        HEDDLE_CHECK(!joinable_);
        handle_ = other.handle_;
        joinable_ = std::exchange(other.joinable_, false);
#ifdef HEDDLE_CONTROLLED
        scheduler_slot_ = other.scheduler_slot_;
#endif
        return *this;
    }
    /// A thread that was started must have been joined.
    ~Thread() { HEDDLE_CHECK(!joinable_); }

    /// Runs `body` (callable without arguments, movable) on a new thread. False when the system has no thread or no
    /// memory to give; then `body` is gone and nothing has run.
    template<class Body>
    [[nodiscard]] bool start(const Options& options, Body body) {
        std::unique_ptr<Body> owned(new (std::nothrow) Body(std::move(body)));
        if (!owned) return false;
        bool started = start_raw(options, owned.get(), [](void* argument) {
            std::unique_ptr<Body> mine(static_cast<Body*>(argument));
            (*mine)();
        });
        if (started) (void)owned.release();
        return started;
    }

    /// Waits until the thread has ended, thread-local destructors included. The caller must be outside any request.
    void join();
    bool joinable() const { return joinable_; }

private:
    bool start_raw(const Options&, void* argument, void (*run)(void*));

    pthread_t handle_{};
    bool joinable_ = false;
#ifdef HEDDLE_CONTROLLED
    uint32_t scheduler_slot_ = 0;
#endif
    [[no_unique_address]] ObjectIdentity identity_;
};

/// Lets another thread run, if one is ready.
void yield();

/// Tells the processor that this is a spin loop.
[[gnu::always_inline]] inline void spin_pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// How many processors this process may use; at least 1.
int processor_count();

} // namespace heddle::sync
