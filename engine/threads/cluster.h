// Cluster: the agents of a Runtime that are running now, the threads that the engine started for them, and how threads
// reach each other's event loops.
#pragma once

#include "buffers/async_wait_host.h"
#include "runtime/runtime.h"
#include "threads/agent_thread.h"
#include "threads/event_loop.h"
#include "threads/message_pipe.h"
#include "threads/watchdog.h"

#include <list>
#include <map>

namespace heddle {

class BroadcastList;

/// What is alive in a cluster: all zero after the last agent has ended, or something leaks.
struct LeakCounts {
    size_t threads = 0;  // started by AgentThread and not joined yet
    size_t agents = 0;   // with a place in the cluster
    size_t stores = 0;   // backing stores of ArrayBuffers, wherever they are referred to from
    size_t ports = 0;    // open ends of message pipes: of ports, workers, channels, and messages that carry them
    size_t waiters = 0;  // in Atomics.wait, or pending waitAsync
    size_t messages = 0; // sent and not delivered
    size_t tasks = 0;    // in the queues of event loops
    size_t blocks = 0;   // of heaps
    bool all_zero() const { return threads + agents + stores + ports + waiters + messages + tasks + blocks == 0; }
    /// "threads 0, agents 1, …"
    std::string to_string() const;
};

/// Any thread may call. One for each Runtime, installed by Engine.
class Cluster final : public RuntimeComponent, public AsyncWaitHost {
public:
    explicit Cluster(Runtime& runtime);
    ~Cluster() override;
    static Cluster& of(Runtime& runtime) { return runtime.shared<Cluster>(SharedComponent::Threads); }

    // --- agents -----------------------------------------------------------------------------------------------------
    void add(Agent& agent);
    /// After it returns no other thread reaches the agent through the cluster.
    void remove(Agent& agent);
    size_t agent_count() const;
    /// Asks the agent to end: its script unwinds, its waits wake. False when no such agent runs.
    bool terminate(uint64_t agent_id);
    /// The agent's loop ends after the task under way. False when no such agent runs.
    bool ask_to_stop(uint64_t agent_id);
    /// The agent's interrupt callback (Agent::set_interrupt_callback) is called soon, in the midst of script or of a
    /// wait. False when no such agent runs.
    bool interrupt(uint64_t agent_id);
    /// Posts a task to the agent's event loop. False (and the task is destroyed) when no such agent runs.
    bool post(uint64_t agent_id, EventLoop::Task task);
    /// At `when` the agent is terminated, or interrupted; replaces an earlier deadline of the agent. never() takes it
    /// back. A deadline ends with its agent. False when there is no memory, or no thread for the watchdog.
    enum class DeadlineAction : uint8_t { Terminate, Interrupt };
    bool set_deadline(uint64_t agent_id, sync::MonotonicTime when, DeadlineAction = DeadlineAction::Terminate);

    // --- threads ----------------------------------------------------------------------------------------------------
    /// Terminates the threads that were started with the agent as parent, and waits for them. The calling thread is
    /// outside any request.
    void end_children(uint64_t parent_agent_id);
    /// The same for all threads; new ones are refused from then on.
    void end_all_threads();
    /// Ends every thread that the cluster has, the watchdog's too. Its owner calls it before the Runtime goes.
    void shut_down();

    // --- messages ---------------------------------------------------------------------------------------------------
    PipeRegistry& pipes() { return *pipes_; }
    BroadcastList& broadcasts() { return *broadcasts_; }

    LeakCounts leak_counts() const;
    /// After shut_down: reports whatever is still counted, which every path, those of errors too, should have taken back.
    /// Checked builds only.
    void check_quiescence();

    // --- hosts ------------------------------------------------------------------------------------------------------
    /// Called on the thread of each new Worker, inside a request, before its script: the place for the host's own globals
    /// and handlers. Before the first worker.
    using WorkerHook = void (*)(Agent&, Realm&, void* data);
    void set_worker_hook(WorkerHook hook, void* data) {
        worker_hook_ = hook;
        worker_hook_data_ = data;
    }
    void call_worker_hook(Agent& agent, Realm& realm) const {
        if (worker_hook_) worker_hook_(agent, realm, worker_hook_data_);
    }
    /// The library of workers; set by Engine.
    const IntrinsicTable* worker_library() const { return worker_library_; }
    void set_worker_library(const IntrinsicTable* library) { worker_library_ = library; }

    // AsyncWaitHost
    void wake_agent(uint64_t agent_id) override;
    void wake_all_agents() override;

private:
    friend class AgentThread;
    bool add_thread(std::shared_ptr<AgentThread>);
    void remove_thread(AgentThread*);

    Runtime& runtime_;
    mutable sync::Mutex mutex_;
    std::map<uint64_t, Agent*> agents_ HEDDLE_GUARDED_BY(mutex_);
    std::list<std::shared_ptr<AgentThread>> threads_ HEDDLE_GUARDED_BY(mutex_);
    bool ending_ HEDDLE_GUARDED_BY(mutex_) = false;
    std::shared_ptr<PipeRegistry> pipes_;
    std::unique_ptr<BroadcastList> broadcasts_;
    Watchdog watchdog_;
    WorkerHook worker_hook_ = nullptr;
    void* worker_hook_data_ = nullptr;
    const IntrinsicTable* worker_library_ = nullptr;
};

} // namespace heddle
