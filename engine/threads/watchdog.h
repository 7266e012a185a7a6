// Watchdog: deadlines of agents, kept by one thread that sleeps until the first of them.
#pragma once

#include "sync/clock.h"
#include "sync/mutex.h"
#include "sync/parker.h"
#include "sync/thread.h"

#include <functional>
#include <map>

namespace heddle {

/// Any thread may call. The thread starts with the first deadline.
class Watchdog {
public:
    /// Called on the watchdog's thread, without its lock.
    using Bite = std::function<void(uint64_t agent_id, bool terminates)>;
    explicit Watchdog(Bite bite) : bite_(std::move(bite)) {}
    /// never() takes the agent's deadline back. False when there is no thread or no memory to be had.
    bool set(uint64_t agent_id, sync::MonotonicTime when, bool terminates);
    /// Ends the thread; there are no deadlines from now on.
    void stop();

private:
    struct Deadline {
        sync::MonotonicTime when;
        bool terminates;
    };
    void run();

    Bite bite_;
    sync::Mutex mutex_{sync::Rank::AgentLifetime};
    std::map<uint64_t, Deadline> deadlines_ HEDDLE_GUARDED_BY(mutex_);
    bool started_ HEDDLE_GUARDED_BY(mutex_) = false;
    bool stopping_ HEDDLE_GUARDED_BY(mutex_) = false;
    sync::Thread thread_;
    sync::Parker parker_;
};

} // namespace heddle
