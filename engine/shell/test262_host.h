// $262 of test262's INTERPRETING.md, and the cluster of agents that $262.agent starts.
#pragma once

#include "buffers/backing_store.h"
#include "shell/host.h"
#include "sync/condition_variable.h"
#include "threads/agent_thread.h"

#include <deque>
#include <list>

namespace heddle::shell {

/// The agents of one test, their reports and broadcasts. Shared by their threads.
class Test262Cluster {
public:
    Test262Cluster(Runtime& runtime) : runtime_(runtime), mutex_(sync::Rank::Cluster) {}
    ~Test262Cluster();
    Test262Cluster(const Test262Cluster&) = delete;

    /// For hosts that want more of the children than test262 does. Before the first start.
    struct Hooks {
        Fallible<void> (*install)(Agent&, Realm&) = install_host_globals;
        /// An exception that the child's script did not catch; without one it is dropped.
        void (*uncaught)(Agent&, Value) = nullptr;
    };
    void set_hooks(const Hooks& hooks) { hooks_ = hooks; }

    /// What a child needs to know; lives as long as the cluster.
    struct Child {
        Test262Cluster* cluster = nullptr;
        std::shared_ptr<AgentThread> thread;
        std::string source;
        bool has_broadcast = false;  // guarded by mutex_
        bool left = false;           // guarded by mutex_: takes no more broadcasts
        StoreReference store;        // guarded by mutex_
        double number = 0;
        std::unique_ptr<Root<Value>> callback; // the child's thread only
    };

    /// Runs `source` in a new agent on a thread of its own. False when there is no thread to be had. The calling
    /// thread is outside any request.
    bool start(std::string source);
    /// Hands the store to every child that still listens, and waits until each has taken it.
    void broadcast(StoreReference store, double number);
    /// A child waits for a broadcast. False: none will come.
    bool receive_broadcast(Child&, StoreReference& store, double& number);
    void leave(Child&);
    void report(std::string text);
    bool take_report(std::string& text);
    /// Terminates children that still run and joins all. The caller is inside a request of `main`.
    void terminate_all(Agent& main);

private:
    void run_child(Child&, AgentHost&);
    void drop_exception(Agent&);

    Runtime& runtime_;
    Hooks hooks_;
    sync::Mutex mutex_;
    sync::ConditionVariable changed_;
    std::list<Child> children_;        // the main thread adds; fields as said above
    std::deque<std::string> reports_;  // guarded by mutex_
    bool ending_ = false;              // guarded by mutex_
};

/// Defines $262 in `realm`. `child`: for an agent that $262.agent.start made; null for the main agent.
Fallible<void> install_test262(Agent&, Realm&, Test262Cluster::Child* child);

} // namespace heddle::shell
