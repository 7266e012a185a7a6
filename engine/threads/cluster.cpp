#include "threads/cluster.h"

#include "buffers/waiter_lists.h"
#include "sync/window.h"

namespace heddle {

void Cluster::add(Agent& agent) {
    sync::MutexLocker locker(mutex_);
    agents_.emplace(agent.id(), &agent);
}

void Cluster::remove(Agent& agent) {
    sync::MutexLocker locker(mutex_);
    agents_.erase(agent.id());
    // Loops that stay alive only for agents that could notify them look again.
    for (auto& [id, other] : agents_)
        EventLoop::of(*other).wake();
}

size_t Cluster::agent_count() const {
    sync::MutexLocker locker(mutex_);
    return agents_.size();
}

bool Cluster::terminate(uint64_t agent_id) {
    {
        sync::MutexLocker locker(mutex_);
        auto found = agents_.find(agent_id);
        if (found == agents_.end()) return false;
        sync::WindowMark window(sync::Window::Termination);
        found->second->request_interrupt(kInterruptTerminate);
        EventLoop::of(*found->second).wake();
        WaiterLists::of(*found->second).wake_for_termination(agent_id);
    }
    return true;
}

bool Cluster::post(uint64_t agent_id, EventLoop::Task task) {
    sync::MutexLocker locker(mutex_);
    auto found = agents_.find(agent_id);
    if (found == agents_.end()) return false;
    EventLoop::of(*found->second).post(std::move(task));
    return true;
}

void Cluster::wake_agent(uint64_t agent_id) {
    sync::MutexLocker locker(mutex_);
    auto found = agents_.find(agent_id);
    if (found != agents_.end()) EventLoop::of(*found->second).wake();
}

} // namespace heddle
