#include "threads/cluster.h"

#include "buffers/waiter_lists.h"
#include "sync/blocking_region.h"
#include "sync/window.h"
#include "threads/message_port.h"

#include <fmt/core.h>

namespace heddle {

std::string LeakCounts::to_string() const {
    return fmt::format("threads {}, agents {}, stores {}, ports {}, waiters {}, messages {}, tasks {}, blocks {}", threads, agents, stores,
                       ports, waiters, messages, tasks, blocks);
}

Cluster::Cluster(Runtime& runtime)
    : runtime_(runtime), mutex_(sync::Rank::Cluster), pipes_(std::make_shared<PipeRegistry>()),
      broadcasts_(std::make_unique<BroadcastList>()), watchdog_([this](uint64_t agent_id, bool terminates) {
          if (terminates) terminate(agent_id);
          else interrupt(agent_id);
      }) {}

Cluster::~Cluster() {
    HEDDLE_ASSERT(threads_.empty());
    pipes_->drop_all();
}

void Cluster::shut_down() {
    end_all_threads();
    watchdog_.stop();
}

// --- agents -------------------------------------------------------------------------------------------------------

void Cluster::add(Agent& agent) {
    sync::MutexLocker locker(mutex_);
    agents_.emplace(agent.id(), &agent);
}

void Cluster::remove(Agent& agent) {
    watchdog_.set(agent.id(), sync::MonotonicTime::never(), false);
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
    sync::MutexLocker locker(mutex_);
    auto found = agents_.find(agent_id);
    if (found == agents_.end()) return false;
    sync::WindowMark window(sync::Window::Termination);
    found->second->request_interrupt(kInterruptTerminate);
    EventLoop::of(*found->second).wake();
    WaiterLists::of(runtime_).wake_for_termination(agent_id);
    return true;
}

bool Cluster::interrupt(uint64_t agent_id) {
    sync::MutexLocker locker(mutex_);
    auto found = agents_.find(agent_id);
    if (found == agents_.end()) return false;
    found->second->request_interrupt(kInterruptCallback);
    EventLoop::of(*found->second).wake();
    WaiterLists::of(runtime_).wake_for_termination(agent_id);
    return true;
}

bool Cluster::ask_to_stop(uint64_t agent_id) {
    sync::MutexLocker locker(mutex_);
    auto found = agents_.find(agent_id);
    if (found == agents_.end()) return false;
    EventLoop::of(*found->second).queue()->ask_to_stop();
    return true;
}

bool Cluster::post(uint64_t agent_id, EventLoop::Task task) {
    TaskQueueRef queue;
    {
        sync::MutexLocker locker(mutex_);
        auto found = agents_.find(agent_id);
        if (found == agents_.end()) return false;
        queue = EventLoop::of(*found->second).queue();
    }
    return queue->post(std::move(task));
}

void Cluster::wake_agent(uint64_t agent_id) {
    sync::MutexLocker locker(mutex_);
    auto found = agents_.find(agent_id);
    if (found != agents_.end()) EventLoop::of(*found->second).wake();
}

void Cluster::wake_all_agents() {
    sync::MutexLocker locker(mutex_);
    for (auto& [id, agent] : agents_)
        EventLoop::of(*agent).wake();
}

bool Cluster::set_deadline(uint64_t agent_id, sync::MonotonicTime when, DeadlineAction action) {
    return watchdog_.set(agent_id, when, action == DeadlineAction::Terminate);
}

// --- threads ------------------------------------------------------------------------------------------------------

bool Cluster::add_thread(std::shared_ptr<AgentThread> thread) {
    sync::MutexLocker locker(mutex_);
    if (ending_) return false;
    threads_.push_back(std::move(thread));
    return true;
}

void Cluster::remove_thread(AgentThread* thread) {
    std::shared_ptr<AgentThread> removed; // let go of after the lock
    sync::MutexLocker locker(mutex_);
    for (auto place = threads_.begin(); place != threads_.end(); ++place) {
        if (place->get() != thread) continue;
        removed = std::move(*place);
        threads_.erase(place);
        return;
    }
}

namespace {
/// Some threads to end, then the next: ending them needs no memory.
struct ThreadBatch {
    static constexpr size_t kMost = 64;
    std::shared_ptr<AgentThread> threads[kMost];
    size_t count = 0;
    void add(const std::shared_ptr<AgentThread>& thread) {
        if (count < kMost) threads[count++] = thread;
    }
    std::span<const std::shared_ptr<AgentThread>> span() const { return {threads, count}; }
};
} // namespace

void Cluster::end_children(uint64_t parent_agent_id) {
    for (;;) {
        ThreadBatch children;
        {
            sync::MutexLocker locker(mutex_);
            for (auto& thread : threads_) {
                if (thread->options().parent_agent_id == parent_agent_id) children.add(thread);
            }
        }
        if (children.count == 0) return;
        for (auto& child : children.span()) {
            if (!PLANTED(ThreadsWorkerNotTerminated)) child->terminate();
        }
        for (auto& child : children.span())
            child->join();
    }
}

void Cluster::end_all_threads() {
    for (;;) {
        ThreadBatch batch;
        {
            sync::MutexLocker locker(mutex_);
            ending_ = true;
            for (auto& thread : threads_)
                batch.add(thread);
        }
        if (batch.count == 0) return;
        for (auto& thread : batch.span())
            thread->terminate();
        for (auto& thread : batch.span())
            thread->join();
    }
}

// --- counts -------------------------------------------------------------------------------------------------------

void Cluster::check_quiescence() {
#ifdef HEDDLE_CHECKED
    // Messages that nobody took hold stores and ports.
    pipes_->drop_all();
    LeakCounts counts = leak_counts();
    HEDDLE_RULE(StoreLeaked, counts.stores == 0, this, "a cluster ends with what is left: %s", counts.to_string().c_str());
    HEDDLE_RULE(Unbalanced, counts.all_zero(), this, "a cluster ends with what is left: %s", counts.to_string().c_str());
#endif
}

LeakCounts Cluster::leak_counts() const {
    LeakCounts counts;
    {
        sync::MutexLocker locker(mutex_);
        counts.threads = threads_.size();
        counts.agents = agents_.size();
        for (auto& [id, agent] : agents_)
            counts.tasks += EventLoop::of(*agent).queue()->task_count();
    }
    PipeRegistry::Counts pipes = pipes_->counts();
    counts.ports = pipes.open_ends;
    counts.messages = pipes.messages;
    counts.waiters = WaiterLists::of(runtime_).total_waiter_count();
    counts.stores = runtime_.live_stores()->load_acquire();
    counts.blocks = runtime_.block_pool().blocks_in_use();
    return counts;
}

} // namespace heddle
