// MessagePort, MessageChannel and BroadcastChannel (HTML 9.4 and 9.5).
#pragma once

#include "base/growable_array.h"
#include "threads/event_target.h"
#include "threads/port_hub.h"

namespace heddle {

class MessagePortObject final : public EventTargetObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::MessagePort; }
    static constexpr bool kNeedsFinalizer = true;
    /// A port of the current realm for one end of a pipe; its queue is not enabled yet.
    static Fallible<MessagePortObject*> create(Agent&, PipeEnd);
    /// Two entangled ports.
    static Fallible<std::pair<MessagePortObject*, MessagePortObject*>> create_pair(Agent&);

    /// Null once the port was transferred or closed.
    PortReceiver* receiver() const { return receiver_ && receiver_->is_open() ? receiver_ : nullptr; }
    void start();
    void close();

    bool is_detached() const override { return detached_; }
    std::unique_ptr<TransferredObject> transfer(Agent&) override;
    void other_side_closed(Agent&) override;
    void finalize() override;

private:
    friend class Heap;
    MessagePortObject(Shape* shape, Realm* realm) : EventTargetObject(CellKind::MessagePort, shape, realm) {}
    Fallible<void> listeners_changed(Agent&, String* type) override;
    PortReceiver* receiver_ = nullptr; // owned
    bool detached_ = false;
};

/// HTML 9.4.4 message port post message steps, from an end of a pipe. `source`: the port that is posted to, or null.
/// `options`: a transfer list or an object with one. DataCloneError for what cannot be cloned, QuotaExceededError when the
/// queue is full.
Result<void> post_message(Agent&, PortReceiver*, Value message, Value options, MessagePortObject* source = nullptr);
/// Waits for room in the queue, or throws QuotaExceededError, as the limits say. Does nothing while there is room.
Fallible<void> ensure_room(Agent&, const PipeEnd&);
/// receiveMessageOnPort: the next message, whether or not the queue is enabled. Nothing: there is none, or it cannot be
/// deserialized here.
Result<std::optional<Value>> receive_message(Agent&, PortReceiver*);

class BroadcastChannelObject final : public EventTargetObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::BroadcastChannel; }
    static constexpr bool kNeedsFinalizer = true;
    void close();
    void finalize() override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    friend struct BroadcastChannelMembers;
    BroadcastChannelObject(Shape* shape, Realm* realm) : EventTargetObject(CellKind::BroadcastChannel, shape, realm) {}
    Fallible<void> listeners_changed(Agent&, String* type) override;
    Member<String> name_;
    PortReceiver* receiver_ = nullptr; // owned
    Runtime* runtime_ = nullptr;
    uint64_t number_ = 0; // in the cluster's list; 0 once closed
};

/// The channels of a cluster by name. Any thread.
class BroadcastList {
public:
    BroadcastList() : mutex_(sync::Rank::AgentLifetime) {}
    /// `end`: where messages for the channel go. Its number; 0 when there is no memory.
    uint64_t add(std::string name, PipeEnd end);
    void remove(uint64_t number);
    enum class Outcome : uint8_t { Sent, Full, OutOfMemory };
    /// To every channel of the name but `sender`, in the order of their creation. Full: nobody gets anything.
    Outcome post(const std::string& name, uint64_t sender, CloneMessage);
    size_t count() const;

private:
    struct Channel {
        uint64_t number;
        std::string name;
        PipeEnd end;
    };
    mutable sync::Mutex mutex_;
    GrowableArray<Channel> channels_ HEDDLE_GUARDED_BY(mutex_);
    uint64_t last_number_ HEDDLE_GUARDED_BY(mutex_) = 0;
};

Fallible<Object*> create_message_channel(Agent&, Realm&);
Fallible<Object*> create_message_channel_prototype(Agent&, Realm&);
Fallible<Object*> create_message_port(Agent&, Realm&);
Fallible<Object*> create_message_port_prototype(Agent&, Realm&);
Fallible<Object*> create_broadcast_channel(Agent&, Realm&);
Fallible<Object*> create_broadcast_channel_prototype(Agent&, Realm&);
/// receiveMessageOnPort ( port ), as node has it
Result<Value> receive_message_on_port(Agent&, const Arguments&);

} // namespace heddle
