// PortHub: one agent's ends of message pipes, and the delivery of what comes through them.
#pragma once

#include "threads/message_pipe.h"

#include <unordered_map>

namespace heddle {

class EventTargetObject;
class PortHub;

/// An end of a pipe as an object of the agent uses it: a MessagePort, a Worker, a BroadcastChannel, or the global object
/// of a worker. The object owns it. Agent's thread only.
class PortReceiver {
public:
    /// Null, and `end` is as it was, when there is no memory.
    static PortReceiver* create(PortHub&, EventTargetObject* owner, PipeEnd&& end);
    /// Closes the end. Allocates no cell and touches none: finalizers run it.
    ~PortReceiver();
    PortReceiver(const PortReceiver&) = delete;

    bool is_open() const { return static_cast<bool>(end_); }
    const PipeEnd& end() const { return end_; }
    bool is_started() const { return started_; }
    /// Enables the message queue: from now on messages become tasks.
    void start();
    /// Whether it keeps the loop alive while it is started, open and wanted.
    void set_referenced(bool referenced);
    bool is_referenced() const { return referenced_; }
    /// Whether anybody listens; without it the port neither keeps the loop alive nor its object.
    void set_wanted(bool wanted);
    /// The next item that waits, whether or not the queue is enabled; the caller deletes it. Null: none.
    PipeItem* take_now();
    /// Takes the end away, with all that was not delivered: the object is detached.
    PipeEnd release_end();
    void close();
    /// What the last send said. Only this end sends into its direction, so that room can only have grown since.
    bool may_be_full() const { return may_be_full_; }
    void set_may_be_full(bool full) { may_be_full_ = full; }

private:
    friend class PortHub;
    template<class T, class... Arguments>
    friend T* new_or_null(Arguments&&...);
    PortReceiver(PortHub&, EventTargetObject* owner, PipeEnd end);
    void update();

    PortHub* hub_; // null once the agent is going
    EventTargetObject* owner_;
    PipeEnd end_;
    uint64_t id_;
    PipeItems batch_;
    bool nothing_follows_ = false; // the other side has closed, and batch_ is the rest
    bool started_ = false;
    bool referenced_ = true;
    bool wanted_ = true;
    bool keeps_alive_ = false;
    bool listed_ = false; // in the hub's list of those with something to deliver, with these two beside it
    PortReceiver* previous_ready_ = nullptr;
    PortReceiver* next_ready_ = nullptr;
    bool told_ = false;   // of messages in the pipe that were not taken yet
    bool may_be_full_ = true;
};

class PortHub final : public AgentComponent {
public:
    explicit PortHub(Agent& agent) : agent_(agent) {}
    ~PortHub() override;
    static PortHub& of(Agent& agent) { return agent.component<PortHub>(Component::Messaging); }

    Agent& agent() const { return agent_; }
    PipeRegistry& registry() const;
    /// Delivers one message, or one closing of a port. False when there is none.
    bool deliver_next();
    /// Open ends.
    size_t port_count() const { return receivers_.size(); }
    /// Items taken from pipes and not delivered yet.
    size_t message_count() const;
    /// Closes all: the agent ends.
    void close();

    void visit_roots(Visitor&) override;

private:
    friend class PortReceiver;
    bool take_news();
    void check_use(const char* what) const;
    void list(PortReceiver&);
    void unlist(PortReceiver&);

    Agent& agent_;
    std::unordered_map<uint64_t, PortReceiver*> receivers_;
    // Those with something to deliver; delivering needs no memory.
    PortReceiver* first_ready_ = nullptr;
    PortReceiver* last_ready_ = nullptr;
    TaskQueue::PortNews news_;
    uint64_t next_id_ = 0;
    bool closed_ = false;
};

} // namespace heddle
