// Ctrl-C while a session runs code: a thread of its own waits for the signal and asks the agent to stop.
#pragma once

#include "runtime/agent.h"
#include "sync/mutex.h"
#include "sync/thread.h"

namespace heddle::shell {

/// SIGINT is blocked in the thread that makes this and in the threads that it starts, so make it before them.
/// The agent outlives it.
class InterruptWatcher {
public:
    InterruptWatcher();
    ~InterruptWatcher();
    InterruptWatcher(const InterruptWatcher&) = delete;

    /// From now on the signal interrupts the agent. The caller is inside a request of it.
    void watch(Agent&);
    /// Between these two the signal terminates what the agent runs; outside it is only remembered.
    void begin_evaluation();
    /// True when the evaluation was interrupted; the agent runs again.
    bool end_evaluation();
    /// Whether the signal came since the last time of asking.
    bool take_pressed();

private:
    void wait_for_signals();

    Agent* agent_ = nullptr;
    sync::Thread thread_;
    int signals_ = -1;
    int stop_ = -1;
    sync::Mutex mutex_;
    bool evaluating_ = false;  // guarded by mutex_
    bool interrupted_ = false; // guarded by mutex_
    sync::Polled<uint32_t> pressed_{0};
};

} // namespace heddle::shell
