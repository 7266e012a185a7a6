// Cluster: the agents of a Runtime that are running now, and how threads reach each other's event loops.
#pragma once

#include "buffers/async_wait_host.h"
#include "runtime/runtime.h"
#include "threads/event_loop.h"

#include <map>

namespace heddle {

/// Any thread may call. One for each Runtime, installed by Engine.
class Cluster final : public RuntimeComponent, public AsyncWaitHost {
public:
    Cluster() : mutex_(sync::Rank::Cluster) {}
    static Cluster& of(Runtime& runtime) { return runtime.shared<Cluster>(SharedComponent::Threads); }

    void add(Agent& agent);
    /// After it returns no other thread reaches the agent through the cluster.
    void remove(Agent& agent);
    size_t agent_count() const;
    /// Asks the agent to end: its script unwinds, its waits wake. False when no such agent runs.
    bool terminate(uint64_t agent_id);
    /// Posts a task to the agent's event loop. False (and the task is destroyed) when no such agent runs.
    bool post(uint64_t agent_id, EventLoop::Task task);

    // AsyncWaitHost
    void wake_agent(uint64_t agent_id) override;

private:
    mutable sync::Mutex mutex_;
    std::map<uint64_t, Agent*> agents_; // guarded by mutex_
};

} // namespace heddle
