// Worker: an agent on a thread of its own that script starts (HTML 10.2), as its parent sees it, and what parent and
// worker know of each other.
#pragma once

#include "threads/agent_thread.h"
#include "threads/event_target.h"
#include "threads/port_hub.h"

namespace heddle {

/// What a worker starts from; movable to its thread.
struct WorkerLaunch {
    std::string specifier; // a path, or source text with `is_text`
    bool is_text = false;
    std::string base;      // the file that named it; empty: none
    bool is_module = false;
    std::string name;
    CloneMessage data;
    bool has_data = false;
};

/// The worker's side: its end of the pipe outlives its agent, to say that it has ended.
struct WorkerLink {
    PipeEnd end;
    CloneMessage data; // what is transferred to it, given once its thread is there
    PipeItem* exit_item = nullptr; // made beforehand, so that the end of a worker is always told
    // Both until its script begins.
    int32_t status = 1;
    bool error_untold = true; // there was no memory to send the error that it ended with
    ~WorkerLink() { delete exit_item; }
};

class WorkerObject final : public EventTargetObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Worker; }
    static constexpr bool kNeedsFinalizer = true;

    /// Starts a worker: RangeError when there is no thread or memory for it. What `transfer` lists goes along with `data`
    /// once nothing can fail any more: when this throws it is still here.
    static Result<WorkerObject*> create(Agent&, Shape*, WorkerLaunch, const AgentOptions&, size_t stack_size, Value data,
                                        std::span<const Value> transfer);

    const std::shared_ptr<AgentThread>& thread() const { return thread_; }
    PortReceiver* receiver() const { return receiver_ && receiver_->is_open() ? receiver_ : nullptr; }
    /// Asks the worker to end; a promise for its exit status: 0 when it came to its end by itself, else 1.
    Fallible<Object*> terminate(Agent&);
    bool has_exited() const { return exited_; }

    void receive(Agent&, PipeItem*) override;
    void other_side_closed(Agent&) override {}
    void finalize() override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    WorkerObject(Shape* shape, Realm* realm) : EventTargetObject(CellKind::Worker, shape, realm) {}
    void receive_error(Agent&, CloneMessage);
    void receive_exit(Agent&, int32_t status);
    void report_untold_error(Agent&);

    std::shared_ptr<AgentThread> thread_;
    PortReceiver* receiver_ = nullptr; // owned
    Member<Object> exit_promise_;
    int32_t status_ = 0;
    bool terminated_ = false;
    bool exited_ = false;
};

/// Runs a worker from its script to the end of its loop, on its own thread inside a request of `host`'s agent.
void run_worker(AgentHost& host, WorkerLaunch& launch, WorkerLink& link);

class BuiltinLibrary;
/// The globals that only workers have.
void add_worker_globals(BuiltinLibrary&);

Fallible<Object*> create_worker(Agent&, Realm&);
Fallible<Object*> create_worker_prototype(Agent&, Realm&);

} // namespace heddle
