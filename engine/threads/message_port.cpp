#include "threads/message_port.h"

#include "base/fault.h"
#include "builtins/define.h"
#include "clone/structured_clone.h"
#include "runtime/error.h"
#include "sync/blocking_region.h"
#include "threads/cluster.h"
#include "threads/event_loop.h"

#include <algorithm>
#include <memory>

namespace heddle {

// --- MessagePort --------------------------------------------------------------------------------------------------

Fallible<MessagePortObject*> MessagePortObject::create(Agent& agent, PipeEnd end) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::MessagePortPrototype));
    MessagePortObject* port = TRY(agent.heap().allocate<MessagePortObject>(0, shape, &agent.realm()));
    port->receiver_ = PortReceiver::create(PortHub::of(agent), port, std::move(end));
    if (!port->receiver_) return agent.out_of_memory();
    return port;
}

Fallible<std::pair<MessagePortObject*, MessagePortObject*>> MessagePortObject::create_pair(Agent& agent) {
    auto [first, second] = PortHub::of(agent).registry().create_pipe();
    if (!first) return agent.out_of_memory();
    MessagePortObject* port1 = TRY(create(agent, std::move(first)));
    MessagePortObject* port2 = TRY(create(agent, std::move(second)));
    return std::pair(port1, port2);
}

void MessagePortObject::finalize() { delete receiver_; }

void MessagePortObject::start() {
    if (receiver_) receiver_->start();
}

// HTML 9.4.4 close ( )
void MessagePortObject::close() {
    detached_ = true;
    if (receiver_) receiver_->close();
}

// HTML 9.4.4 transfer steps: the other side of the pipe, and what waits in it, stay where they are.
std::unique_ptr<TransferredObject> MessagePortObject::transfer(Agent&) {
    class TransferredPort final : public TransferredObject {
    public:
        explicit TransferredPort(PipeEnd end) : end_(std::move(end)) {}
        Fallible<Object*> receive(Agent& agent) override {
            return static_cast<Object*>(TRY(MessagePortObject::create(agent, std::move(end_))));
        }

    private:
        PipeEnd end_;
    };
    HEDDLE_ASSERT(!detached_);
    detached_ = true;
    return std::make_unique<TransferredPort>(receiver_ ? receiver_->release_end() : PipeEnd());
}

// HTML 9.4.3 disentangle: "fire an event named close at otherPort"
void MessagePortObject::other_side_closed(Agent& agent) {
    close();
    fire(agent, EventObject::create(agent, atoms::close));
}

// HTML 9.4.4: setting onmessage enables the queue.
Fallible<void> MessagePortObject::listeners_changed(Agent&, String* type) {
    if (type == atoms::message && handler(type).is_object()) start();
    return {};
}

// --- posting ------------------------------------------------------------------------------------------------------

Fallible<void> ensure_room(Agent& agent, const PipeEnd& end) {
    while (end.is_full()) {
        MessageLimits limits = end.limits();
        const TaskQueueRef& queue = EventLoop::of(agent).queue();
        if (!limits.blocks || !agent.can_block() || end.peer_is_received_by(queue)) {
            return throw_dom_exception(agent, "QuotaExceededError",
                                       "The message queue is full (" + std::to_string(limits.messages) + " messages or " +
                                           std::to_string(limits.bytes) + " bytes): let the receiver catch up, or raise the limits");
        }
        {
            sync::BlockingRegion region;
            end.wait_for_room(queue, [](const Agent& a) { return a.interrupt_requested(); }, agent);
        }
        TRY(agent.poll_interrupts());
    }
    return {};
}

Result<void> post_message(Agent& agent, PortReceiver* from, Value message, Value options, MessagePortObject* source) {
    RootVector<Value> transfer(agent.heap());
    if (!options.is_undefined() && !options.is_null()) TRY(read_transfer_list(agent, options, transfer));
    bool doomed = false;
    for (Value each : transfer) {
        if (source && each == Value(source))
            return throw_dom_exception(agent, "DataCloneError", "A port cannot be transferred through itself: post it to another port");
        // HTML: a port that goes into its own queue can never come out of it.
        if (from && each.is<MessagePortObject>()) {
            PortReceiver* other = each.as<MessagePortObject>()->receiver();
            doomed |= other && other->is_open() && from->is_open() && other->end().is_entangled_with(from->end());
        }
    }
    if (from && from->may_be_full()) {
        TRY(ensure_room(agent, from->end()));
        from->set_may_be_full(false);
    }
    // Beforehand: once the message is serialized, what it transfers is gone from here.
    std::unique_ptr<PipeItem> item(new_or_null<PipeItem>());
    if (!item) return agent.out_of_memory();
    item->message = TRY(structured_serialize(agent, message, transfer.span()));
    // Getters may have closed the port.
    if (!from || !from->is_open() || doomed) return {};
    from->set_may_be_full(from->end().send(item.release()));
    return {};
}

Result<std::optional<Value>> receive_message(Agent& agent, PortReceiver* receiver) {
    if (!receiver) return std::optional<Value>();
    PipeItem* item = receiver->take_now();
    if (!item) return std::optional<Value>();
    CloneMessage message = std::move(item->message);
    delete item;
    Value value = TRY(structured_deserialize(agent, std::move(message)));
    return std::optional<Value>(value);
}

// --- members ------------------------------------------------------------------------------------------------------

namespace {

Fallible<MessagePortObject*> this_port(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is<MessagePortObject>()) return arguments.this_value().as<MessagePortObject>();
    return agent.throw_type_error(std::string("MessagePort.prototype.") + method + " was called on " +
                                  display_string(arguments.this_value()) + ", which is not a MessagePort");
}

// HTML 9.4.4 postMessage ( message, transfer ), ( message, options )
Result<Value> port_post_message(Agent& agent, const Arguments& arguments) {
    MessagePortObject* port = TRY(this_port(agent, arguments, "postMessage"));
    if (arguments.size() == 0) return agent.throw_type_error("postMessage needs a message");
    TRY(post_message(agent, port->receiver(), arguments[0], arguments[1], port));
    return Value::undefined();
}

Result<Value> port_start(Agent& agent, const Arguments& arguments) {
    TRY(this_port(agent, arguments, "start"))->start();
    return Value::undefined();
}

Result<Value> port_close(Agent& agent, const Arguments& arguments) {
    TRY(this_port(agent, arguments, "close"))->close();
    return Value::undefined();
}

Result<Value> port_reference(Agent& agent, const Arguments& arguments, bool referenced) {
    MessagePortObject* port = TRY(this_port(agent, arguments, referenced ? "ref" : "unref"));
    if (PortReceiver* receiver = port->receiver()) receiver->set_referenced(referenced);
    return Value::undefined();
}
Result<Value> port_ref(Agent& agent, const Arguments& arguments) { return port_reference(agent, arguments, true); }
Result<Value> port_unref(Agent& agent, const Arguments& arguments) { return port_reference(agent, arguments, false); }

Result<Value> illegal_constructor(Agent& agent, const Arguments&) {
    return agent.throw_type_error("MessagePort has no constructor: make a MessageChannel and use its ports");
}

// HTML 9.4.2 new MessageChannel ( ).
Result<Value> message_channel_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("MessageChannel is a constructor: call it with new");
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::MessageChannelPrototype));
    auto [port1, port2] = TRY(MessagePortObject::create_pair(agent));
    Object* channel = TRY(Object::create_with_shape(agent, shape));
    TRY(channel->define_direct(agent, atoms::port1, Value(port1), kEnumerable));
    TRY(channel->define_direct(agent, atoms::port2, Value(port2), kEnumerable));
    return Value(channel);
}

} // namespace

Result<Value> receive_message_on_port(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is<MessagePortObject>())
        return agent.throw_type_error("receiveMessageOnPort takes a MessagePort, got " + display_string(arguments[0]));
    std::optional<Value> message = TRY(receive_message(agent, arguments[0].as<MessagePortObject>()->receiver()));
    if (!message) return Value::undefined();
    Object* result = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(result->define_direct(agent, atoms::message, *message));
    return Value(result);
}

// --- BroadcastChannel ---------------------------------------------------------------------------------------------

uint64_t BroadcastList::add(std::string name, PipeEnd end) {
    sync::MutexLocker locker(mutex_);
    bool added = channels_.push_back({last_number_ + 1, std::move(name), std::move(end)});
    return added ? ++last_number_ : 0;
}

void BroadcastList::remove(uint64_t number) {
    PipeEnd removed; // closed after the lock
    sync::MutexLocker locker(mutex_);
    for (auto channel = channels_.begin(); channel != channels_.end(); ++channel) {
        if (channel->number != number) continue;
        removed = std::move(channel->end);
        // The others keep the order of their creation.
        std::move(channel + 1, channels_.end(), channel);
        channels_.pop_back();
        return;
    }
}

size_t BroadcastList::count() const {
    sync::MutexLocker locker(mutex_);
    return channels_.size();
}

BroadcastList::Outcome BroadcastList::post(const std::string& name, uint64_t sender, CloneMessage message) {
    sync::MutexLocker locker(mutex_);
    size_t receivers = 0;
    for (Channel& channel : channels_) {
        if (channel.number == sender || channel.name != name) continue;
        if (channel.end.is_full()) return Outcome::Full;
        ++receivers;
    }
    for (Channel& channel : channels_) {
        if (channel.number == sender || channel.name != name) continue;
        auto* item = new_or_null<PipeItem>();
        if (!item) return Outcome::OutOfMemory;
        if (--receivers == 0) {
            item->message = std::move(message);
        } else if (std::optional<CloneMessage> copy = message.copy()) {
            item->message = std::move(*copy);
        } else {
            delete item;
            return Outcome::OutOfMemory;
        }
        channel.end.send(item);
    }
    return Outcome::Sent;
}

void BroadcastChannelObject::visit_edges(Visitor& visitor) {
    EventTargetObject::visit_edges(visitor);
    visitor.visit(name_);
}

void BroadcastChannelObject::close() {
    if (number_ != 0) Cluster::of(*runtime_).broadcasts().remove(std::exchange(number_, 0));
    if (receiver_) receiver_->close();
}

void BroadcastChannelObject::finalize() {
    close();
    delete receiver_;
}

Fallible<void> BroadcastChannelObject::listeners_changed(Agent&, String* type) {
    if (type == atoms::message && receiver_) receiver_->set_wanted(has_listener(type));
    return {};
}

struct BroadcastChannelMembers {
    static Fallible<BroadcastChannelObject*> this_channel(Agent& agent, const Arguments& arguments, const char* method) {
        if (arguments.this_value().is<BroadcastChannelObject>()) return arguments.this_value().as<BroadcastChannelObject>();
        return agent.throw_type_error(std::string("BroadcastChannel.prototype.") + method + " was called on " +
                                      display_string(arguments.this_value()) + ", which is not a BroadcastChannel");
    }

    // HTML 9.5 new BroadcastChannel ( name )
    static Result<Value> construct(Agent& agent, const Arguments& arguments) {
        if (!arguments.is_construct()) return agent.throw_type_error("BroadcastChannel is a constructor: call it with new");
        if (arguments.size() == 0) return agent.throw_type_error("BroadcastChannel needs a name: new BroadcastChannel('name')");
        String* name = TRY(to_string(agent, arguments[0]));
        std::string text = TRY(name->to_utf8(agent));
        Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::BroadcastChannelPrototype));
        auto* channel = TRY(agent.heap().allocate<BroadcastChannelObject>(0, shape, &agent.realm()));
        channel->name_.set(channel, name);
        auto [inlet, outlet] = PortHub::of(agent).registry().create_pipe();
        if (!inlet) return agent.out_of_memory();
        channel->receiver_ = PortReceiver::create(PortHub::of(agent), channel, std::move(outlet));
        if (!channel->receiver_) return agent.out_of_memory();
        channel->runtime_ = &agent.runtime();
        channel->number_ = Cluster::of(agent.runtime()).broadcasts().add(std::move(text), std::move(inlet));
        if (channel->number_ == 0) return agent.out_of_memory();
        channel->receiver_->set_wanted(false);
        channel->receiver_->start();
        return Value(channel);
    }

    static Result<Value> name(Agent& agent, const Arguments& arguments) {
        return Value(TRY(this_channel(agent, arguments, "name"))->name_.get());
    }

    // HTML 9.5 postMessage ( message )
    static Result<Value> post_message(Agent& agent, const Arguments& arguments) {
        BroadcastChannelObject* channel = TRY(this_channel(agent, arguments, "postMessage"));
        if (arguments.size() == 0) return agent.throw_type_error("postMessage needs a message");
        if (channel->number_ == 0) return throw_dom_exception(agent, "InvalidStateError", "The BroadcastChannel is closed");
        CloneMessage message = TRY(structured_serialize(agent, arguments[0]));
        if (channel->number_ == 0) return Value::undefined(); // a getter closed it
        std::string text = TRY(channel->name_->to_utf8(agent));
        switch (Cluster::of(agent.runtime()).broadcasts().post(text, channel->number_, std::move(message))) {
        case BroadcastList::Outcome::Full:
            return throw_dom_exception(agent, "QuotaExceededError", "A message queue of the channel is full: let its receiver catch up, or raise the limits");
        case BroadcastList::Outcome::OutOfMemory:
            return agent.out_of_memory();
        case BroadcastList::Outcome::Sent:
            break;
        }
        return Value::undefined();
    }

    static Result<Value> close(Agent& agent, const Arguments& arguments) {
        TRY(this_channel(agent, arguments, "close"))->close();
        return Value::undefined();
    }

    static Result<Value> ref(Agent& agent, const Arguments& arguments) {
        TRY(this_channel(agent, arguments, "ref"))->receiver_->set_referenced(true);
        return Value::undefined();
    }
    static Result<Value> unref(Agent& agent, const Arguments& arguments) {
        TRY(this_channel(agent, arguments, "unref"))->receiver_->set_referenced(false);
        return Value::undefined();
    }
};

// --- interface objects --------------------------------------------------------------------------------------------

Fallible<Object*> create_message_channel(Agent& agent, Realm& realm) {
    return static_cast<Object*>(TRY(define_constructor(agent, realm, Intrinsic::MessageChannel, Intrinsic::MessageChannelPrototype,
                                                       message_channel_constructor, 0, atoms::MessageChannel)));
}

Fallible<Object*> create_message_channel_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::MessageChannelPrototype, Intrinsic::MessageChannel));
    TRY(define_to_string_tag(agent, prototype, atoms::MessageChannel));
    return prototype;
}

Fallible<Object*> create_message_port(Agent& agent, Realm& realm) {
    Object* parent = TRY(realm.intrinsic(Intrinsic::EventTarget));
    return static_cast<Object*>(TRY(define_constructor(agent, realm, Intrinsic::MessagePort, Intrinsic::MessagePortPrototype,
                                                       illegal_constructor, 0, atoms::MessagePort, parent)));
}

Fallible<Object*> create_message_port_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::EventTargetPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::MessagePortPrototype, Intrinsic::MessagePort));
    const AccessorEntry accessors[] = {
        HEDDLE_EVENT_HANDLER(onmessage, message),
        HEDDLE_EVENT_HANDLER(onmessageerror, messageerror),
        HEDDLE_EVENT_HANDLER(onclose, close),
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
        {atoms::postMessage, port_post_message, 1, kWebAttributes}, {atoms::start, port_start, 0, kWebAttributes},
        {atoms::close, port_close, 0, kWebAttributes},              {atoms::ref, port_ref, 0, kWebAttributes},
        {atoms::unref, port_unref, 0, kWebAttributes},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::MessagePort));
    return prototype;
}

Fallible<Object*> create_broadcast_channel(Agent& agent, Realm& realm) {
    Object* parent = TRY(realm.intrinsic(Intrinsic::EventTarget));
    return static_cast<Object*>(TRY(define_constructor(agent, realm, Intrinsic::BroadcastChannel, Intrinsic::BroadcastChannelPrototype,
                                                       BroadcastChannelMembers::construct, 1, atoms::BroadcastChannel, parent)));
}

Fallible<Object*> create_broadcast_channel_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::EventTargetPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::BroadcastChannelPrototype, Intrinsic::BroadcastChannel));
    const AccessorEntry accessors[] = {
        {atoms::name, BroadcastChannelMembers::name, nullptr, kWebAccessor},
        HEDDLE_EVENT_HANDLER(onmessage, message),
        HEDDLE_EVENT_HANDLER(onmessageerror, messageerror),
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
        {atoms::postMessage, BroadcastChannelMembers::post_message, 1, kWebAttributes},
        {atoms::close, BroadcastChannelMembers::close, 0, kWebAttributes},
        {atoms::ref, BroadcastChannelMembers::ref, 0, kWebAttributes},
        {atoms::unref, BroadcastChannelMembers::unref, 0, kWebAttributes},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::BroadcastChannel));
    return prototype;
}

} // namespace heddle
