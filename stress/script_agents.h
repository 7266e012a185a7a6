// Agents for scenarios: each runs a script on a thread of its own, with a few host functions over what they
// share.
//
// Globals of a script: `id` and `count` (numbers), `shared` (an array of SharedArrayBuffers, the same stores in each
// agent), and
//   random(n)           an integer in [0, n), from the agent's stream
//   enter(w), leave(w)  marks of the scenario's own window w
//   reach(m)            the scenario's mark m was reached
//   fail(message)       reports a finding; under faults that may end an agent early, the iteration is given up instead
//   wrong(message)      reports a finding whatever the faults are
//   collect()           collects garbage
//   pause()             gives the processor away
//   send(to, buffer)    detaches an ArrayBuffer and puts its bytes into the inbox of another agent
//   receive()           an ArrayBuffer from the own inbox; waits for one. undefined when the agents are told to stop
//   stopping()          whether they are
//   early               whether faults may end agents early
#pragma once

#include "buffers/backing_store.h"
#include "stress/scenario.h"
#include "sync/condition_variable.h"
#include "sync/thread.h"
#include "threads/engine.h"

#include <deque>
#include <list>
#include <vector>

namespace stress {

class ScriptAgents {
public:
    explicit ScriptAgents(Context&);
    ~ScriptAgents();
    ScriptAgents(const ScriptAgents&) = delete;

    heddle::Runtime& runtime() { return engine_.runtime(); }
    /// A shared store of `bytes`, which grows up to `max_bytes` when that is greater. Before the first start.
    heddle::BackingStore* add_shared(size_t bytes, size_t max_bytes = 0);
    /// Starts an agent. Its `id` is the number of agents started before; `count` is what the caller
    /// announces.
    void start(std::string source, int count);
    int started() const { return started_; }
    /// Asks the agent to end, as Cluster::terminate does; waits until it has started. False: it has ended
    /// already.
    bool terminate(int id);
    /// Wakes everybody who receives; stopping() is true from here on.
    void stop();
    /// Waits for all agents. The calling thread is outside any request.
    void join();
    /// An agent ended early, and so all were ended: what they should have achieved is not to be checked.
    bool gave_up();
    /// Terminates all agents, those too that are still to come.
    void give_up();
    /// After join: nothing of the agents is left behind.
    void check_no_leaks();
    /// Before the first start: scripts may end by a RangeError. So they may under faults that end agents early, and then all
    /// agents are given up.
    void tolerate_range_errors() { tolerates_range_errors_ = true; }
    /// Before the first start: what the agents' stacks are.
    void set_stack_size(size_t bytes) { stack_size_ = bytes; }

private:
    friend struct AgentState;
    struct Member {
        ScriptAgents* owner = nullptr;
        int id = 0;
        int count = 0;
        std::string source;
        Random random{0};
        heddle::sync::Thread thread;
        uint64_t agent_id = 0;                    // guarded by mutex_; 0 until the agent exists
        bool ended = false;                       // guarded by mutex_
        bool ended_early = false;                 // guarded by mutex_
        std::deque<heddle::StoreReference> inbox; // guarded by mutex_
    };
    void run_member(Member&);
    void run_script(heddle::AgentHost&, Member&);
    heddle::Fallible<void> install(heddle::Agent&, heddle::Realm&, Member&);

    Context& context_;
    bool tolerates_range_errors_ = false;
    heddle::Engine engine_;
    std::vector<heddle::StoreReference> shared_;
    heddle::sync::Mutex mutex_{heddle::sync::Rank::Ports};
    heddle::sync::ConditionVariable changed_;
    std::list<Member> members_; // the list itself guarded by mutex_
    bool stopping_ = false;     // guarded by mutex_
    bool gave_up_ = false;      // guarded by mutex_
    int started_ = 0;
    size_t stack_size_ = size_t{8} << 20;

public:
    // For the host functions.
    void deliver(int to, heddle::StoreReference store);
    bool take_delivery(int id, heddle::StoreReference& store);
    bool is_stopping();
    bool may_end_early() const { return context_.faults().may_end_early(); }
};

} // namespace stress
