// EventTarget and its listeners (DOM standard 2.7), for targets that are in no tree.
#pragma once

#include "clone/message.h"
#include "threads/event.h"
#include "threads/message_pipe.h"

namespace heddle {

class AbortSignalObject;
class EventTargetObject;

/// An event listener (DOM 2.7): in the list of one target, in order of addition.
class EventListener final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::EventListener; }
    bool is_removed() const { return removed_; }
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    friend class EventTargetObject;
    friend class AbortSignalObject;
    enum Flags : uint8_t { kCapture = 1, kOnce = 2, kPassive = 4, kHandler = 8 };
    EventListener(String* type, Value callback, uint8_t flags, uint64_t number) : Cell(CellKind::EventListener, flags), number_(number) {
        type_.init(type);
        callback_.init(callback);
    }
    Member<String> type_; // an atom
    Member<Value> callback_;
    Member<EventListener> next_;
    // When a signal may remove it: whose it is, and the next that the signal removes.
    Member<EventTargetObject> target_;
    Member<EventListener> next_of_signal_;
    uint64_t number_; // rises along the list
    bool removed_ = false;
};

/// Anything that events are dispatched at. Of the transferable objects (clone/message.h) only MessagePort is one: the
/// others never answer to TransferableObject::is_kind.
class EventTargetObject : public TransferableObject {
public:
    static bool is_kind(CellKind kind) { return kind >= CellKind::EventTarget && kind <= CellKind::Worker; }
    /// The object that scripts added listeners to: `value`, or the global object of a worker where this is undefined or
    /// that object. Null: `value` is no target.
    static EventTargetObject* from(Agent&, Value value);

    /// [[Realm]]: where it was made, and where its events are made.
    Realm* realm() const { return realm_; }
    /// What events show as their target.
    Object* face() const { return face_ ? face_.get() : const_cast<EventTargetObject*>(this); }
    void set_face(Object* face) { face_.set(this, face); }

    /// DOM 2.7 AddEventListenerOptions
    struct ListenerOptions {
        bool capture = false;
        bool once = false;
        bool passive = false;
        AbortSignalObject* signal = nullptr; // removes the listener when it is aborted
    };
    /// DOM 2.7 addEventListener; `type` is an atom. RangeError when memory is short.
    Fallible<void> add_listener(Agent&, String* type, Value callback, const ListenerOptions&);
    void remove_listener(Agent&, String* type, Value callback, bool capture);
    /// The listener is this target's.
    void remove_listener(Agent&, EventListener*);
    /// HTML 8.1.8.1 event handlers: the value of `on…`; null when unset. Setting anything but an object removes it.
    Value handler(String* type) const;
    Fallible<void> set_handler(Agent&, String* type, Value);
    bool has_listener(String* type) const;

    /// DOM 2.9 dispatch. Exceptions of listeners are reported to the agent, not thrown; termination is. False when the
    /// event was canceled.
    Result<bool> dispatch(Agent&, EventObject*);
    /// dispatch, for tasks: nothing comes back. Failures are reported.
    bool fire(Agent&, Fallible<EventObject*> event);

    // --- what an end of a pipe brings; see PortHub ------------------------------------------------------------------
    /// Takes the item over. Current realm: realm().
    virtual void receive(Agent&, PipeItem*);
    virtual void other_side_closed(Agent&) {}

    // TransferableObject
    bool is_detached() const override { return false; }
    std::unique_ptr<TransferredObject> transfer(Agent&) override;

    void visit_edges(Visitor&) override;

protected:
    friend class Heap;
    EventTargetObject(CellKind kind, Shape* shape, Realm* realm) : TransferableObject(kind, shape) { realm_.init(realm); }
    /// The listeners of `type` have changed.
    virtual Fallible<void> listeners_changed(Agent&, String* type);

private:
    EventListener* find(String* type, Value callback, bool capture) const;
    EventListener* find_handler(String* type) const;
    Fallible<EventListener*> append(Agent&, String* type, Value callback, uint8_t flags);
    void remove(EventListener*);
    Result<void> invoke(Agent&, EventObject*, bool capturing);
    Result<void> call_listener(Agent&, EventListener*, EventObject*);
    Result<void> call_handler(Agent&, Value callback, EventObject*);

    Member<Realm> realm_;
    Member<Object> face_;
    Member<EventListener> first_;
    uint64_t last_number_ = 0;
};

Fallible<Object*> create_event_target(Agent&, Realm&);
Fallible<Object*> create_event_target_prototype(Agent&, Realm&);

/// DOM: EventTarget's methods, for the global object of a worker too.
Result<Value> event_target_add_event_listener(Agent&, const Arguments&);
Result<Value> event_target_remove_event_listener(Agent&, const Arguments&);
Result<Value> event_target_dispatch_event(Agent&, const Arguments&);

/// The getter and setter of an event handler attribute `on…` for the type `atom`.
template<const auto& atom>
Result<Value> event_handler_getter(Agent& agent, const Arguments& arguments) {
    EventTargetObject* target = EventTargetObject::from(agent, arguments.this_value());
    return target ? target->handler(atom) : Value::null();
}
template<const auto& atom>
Result<Value> event_handler_setter(Agent& agent, const Arguments& arguments) {
    EventTargetObject* target = EventTargetObject::from(agent, arguments.this_value());
    if (target) TRY(target->set_handler(agent, atom, arguments[0]));
    return Value::undefined();
}
inline constexpr Attributes kWebAttributes = kEnumerable | kConfigurable | kWritable;
inline constexpr Attributes kWebAccessor = kEnumerable | kConfigurable;
#define HEDDLE_EVENT_HANDLER(on, type) \
    {atoms::on, event_handler_getter<atoms::type>, event_handler_setter<atoms::type>, kWebAccessor}

} // namespace heddle
