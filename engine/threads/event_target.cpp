#include "threads/event_target.h"

#include "builtins/define.h"
#include "clone/structured_clone.h"
#include "runtime/error.h"
#include "threads/abort.h"
#include "threads/port_hub.h"

namespace heddle {

void EventListener::visit_edges(Visitor& visitor) {
    visitor.visit(type_);
    visitor.visit(callback_);
    visitor.visit(next_);
    visitor.visit(target_);
    visitor.visit(next_of_signal_);
}

void EventTargetObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(realm_);
    visitor.visit(face_);
    visitor.visit(first_);
}

EventTargetObject* EventTargetObject::from(Agent& agent, Value value) {
    if (value.is<EventTargetObject>()) return value.as<EventTargetObject>();
    Realm& realm = agent.realm();
    Value events = realm.host_slot(Realm::HostSlot::Events);
    bool is_global = value.is_undefined() || value.is_null() || value == Value(realm.global_this());
    return is_global && events.is<EventTargetObject>() ? events.as<EventTargetObject>() : nullptr;
}

std::unique_ptr<TransferredObject> EventTargetObject::transfer(Agent&) { HEDDLE_UNREACHABLE(); }

// --- listeners ----------------------------------------------------------------------------------------------------

EventListener* EventTargetObject::find(String* type, Value callback, bool capture) const {
    for (EventListener* listener = first_; listener; listener = listener->next_) {
        bool captures = listener->flags_ & EventListener::kCapture;
        if (listener->type_ == type && captures == capture && !(listener->flags_ & EventListener::kHandler) &&
            listener->callback_.get() == callback)
            return listener;
    }
    return nullptr;
}

EventListener* EventTargetObject::find_handler(String* type) const {
    for (EventListener* listener = first_; listener; listener = listener->next_) {
        if (listener->type_ == type && listener->flags_ & EventListener::kHandler) return listener;
    }
    return nullptr;
}

bool EventTargetObject::has_listener(String* type) const {
    for (EventListener* listener = first_; listener; listener = listener->next_) {
        if (listener->type_ == type) return true;
    }
    return false;
}

Fallible<EventListener*> EventTargetObject::append(Agent& agent, String* type, Value callback, uint8_t flags) {
    EventListener* listener = TRY(agent.heap().allocate<EventListener>(0, type, callback, flags, ++last_number_));
    if (!first_) {
        first_.set(this, listener);
    } else {
        EventListener* last = first_;
        while (last->next_)
            last = last->next_;
        last->next_.set(last, listener);
    }
    return listener;
}

// A listener that is taken out keeps its successor: a dispatch that stands on it goes on from there.
void EventTargetObject::remove(EventListener* listener) {
    listener->removed_ = true;
    if (first_ == listener) {
        first_.set(this, listener->next_);
        return;
    }
    EventListener* before = first_;
    while (before->next_ != listener)
        before = before->next_;
    before->next_.set(before, listener->next_);
}

// DOM 2.7 add an event listener
Fallible<void> EventTargetObject::add_listener(Agent& agent, String* type, Value callback, const ListenerOptions& options) {
    if (options.signal && options.signal->is_aborted()) return {};
    if (callback.is_null() || find(type, callback, options.capture)) return {};
    auto flags = static_cast<uint8_t>((options.capture ? EventListener::kCapture : 0) | (options.once ? EventListener::kOnce : 0) |
                                      (options.passive ? EventListener::kPassive : 0));
    EventListener* listener = TRY(append(agent, type, callback, flags));
    if (options.signal) options.signal->add_listener_to_remove(this, listener);
    return listeners_changed(agent, type);
}

void EventTargetObject::remove_listener(Agent& agent, String* type, Value callback, bool capture) {
    if (EventListener* listener = find(type, callback, capture)) remove_listener(agent, listener);
}

void EventTargetObject::remove_listener(Agent& agent, EventListener* listener) {
    remove(listener);
    (void)listeners_changed(agent, listener->type_).threw();
}

Value EventTargetObject::handler(String* type) const {
    EventListener* listener = find_handler(type);
    return listener ? listener->callback_.get() : Value::null();
}

// HTML 8.1.8.1: setting activates the handler, which takes its place among the listeners then; null deactivates it.
Fallible<void> EventTargetObject::set_handler(Agent& agent, String* type, Value value) {
    EventListener* listener = find_handler(type);
    if (!value.is_object()) {
        if (!listener) return {};
        remove(listener);
    } else if (listener) {
        listener->callback_.set(listener, value);
    } else {
        TRY(append(agent, type, value, EventListener::kHandler));
    }
    return listeners_changed(agent, type);
}

Fallible<void> EventTargetObject::listeners_changed(Agent&, String*) { return {}; }

// --- dispatch -----------------------------------------------------------------------------------------------------

// HTML 8.1.8.1 the event handler processing algorithm
Result<void> EventTargetObject::call_handler(Agent& agent, Value callback, EventObject* event) {
    if (!heddle::is_callable(callback)) return {};
    // OnErrorEventHandler: the global object's handler of an ErrorEvent takes five arguments, and true means handled.
    bool is_error_handler = face_ && event->event_class() == EventObject::Class::Error && event->type() == atoms::error;
    Value result;
    if (is_error_handler) {
        auto* error = static_cast<ErrorEventObject*>(event);
        result = TRY(heddle::call(agent, callback, Value(event->current_target()),
                          {Value(error->message_.get()), Value(error->file_.get()), Value::number(error->line_),
                           Value::number(error->column_), error->error_.get()}));
        if (result.is_boolean() && result.as_boolean()) event->cancel();
        return {};
    }
    result = TRY(heddle::call(agent, callback, Value(event->current_target()), {Value(event)}));
    if (result.is_boolean() && !result.as_boolean()) event->cancel();
    return {};
}

// WebIDL 3.11 call a user object's operation, "handleEvent"
Result<void> EventTargetObject::call_listener(Agent& agent, EventListener* listener, EventObject* event) {
    Value callback = listener->callback_;
    if (listener->flags_ & EventListener::kHandler) return call_handler(agent, callback, event);
    Value this_value(event->current_target());
    Value function = callback;
    if (!heddle::is_callable(callback)) {
        function = TRY(callback.as_object()->get(agent, atoms::handleEvent));
        if (!heddle::is_callable(function)) return agent.throw_type_error("An event listener that is no function needs a method handleEvent, got " + display_string(function));
        this_value = callback;
    }
    TRY(heddle::call(agent, function, this_value, {Value(event)}));
    return {};
}

// DOM 2.9 inner invoke. Throws termination only.
Result<void> EventTargetObject::invoke(Agent& agent, EventObject* event, bool capturing) {
    if (event->has(EventObject::kStopPropagation)) return {};
    uint64_t last = last_number_; // listeners that are added meanwhile wait for the next event
    for (EventListener* listener = first_; listener && listener->number_ <= last; listener = listener->next_) {
        bool captures = listener->flags_ & EventListener::kCapture;
        if (listener->removed_ || captures != capturing || listener->type_ != event->type()) continue;
        if (listener->flags_ & EventListener::kOnce) remove_listener(agent, listener);
        if (listener->flags_ & EventListener::kPassive) event->add(EventObject::kInPassiveListener);
        Result<void> called = call_listener(agent, listener, event);
        event->clear(EventObject::kInPassiveListener);
        if (called.threw()) {
            if (agent.is_terminating()) return Threw{};
            agent.report_uncaught(agent.take_exception());
            if (agent.is_terminating()) return Threw{};
        }
        if (event->has(EventObject::kStopImmediate)) break;
    }
    return {};
}

// DOM 2.9 dispatch: a path of one target, at which capturing listeners come first
Result<bool> EventTargetObject::dispatch(Agent& agent, EventObject* event) {
    event->add(EventObject::kDispatching | EventObject::kAtTarget);
    event->set_target(face());
    event->set_current_target(face());
    Result<void> invoked = invoke(agent, event, true);
    if (!invoked.threw()) invoked = invoke(agent, event, false);
    event->set_current_target(nullptr);
    event->clear(EventObject::kDispatching | EventObject::kAtTarget | EventObject::kStopPropagation | EventObject::kStopImmediate);
    if (invoked.threw()) return Threw{};
    return !event->has(EventObject::kCanceled);
}

bool EventTargetObject::fire(Agent& agent, Fallible<EventObject*> made) {
    if (!made.threw()) {
        Result<bool> dispatched = dispatch(agent, made.release());
        if (!dispatched.threw()) return dispatched.release();
    }
    if (!agent.is_terminating()) agent.report_uncaught(agent.take_exception());
    return true;
}

// HTML 9.4.4, the steps of the task that "message port post message steps" queue
void EventTargetObject::receive(Agent& agent, PipeItem* item) {
    CloneMessage message = std::move(item->message);
    delete item;
    if (message.transfer_count() == 0) {
        Result<Value> data = structured_deserialize(agent, std::move(message));
        if (!data.threw()) {
            Fallible<EventObject*> event = MessageEventObject::create(agent, atoms::message, data.release());
            if (!event.threw()) {
                fire(agent, std::move(event));
                return;
            }
        }
    } else {
        RootVector<Value> transferred(agent.heap());
        Result<Value> data = structured_deserialize(agent, std::move(message), &transferred);
        if (!data.threw()) {
            Fallible<EventObject*> event = MessageEventObject::create(agent, atoms::message, data.release(), &transferred);
            if (!event.threw()) {
                fire(agent, std::move(event));
                return;
            }
        }
    }
    // What cannot be read, or has no room here, is told of.
    if (agent.is_terminating()) return;
    (void)agent.take_exception();
    fire(agent, MessageEventObject::create(agent, atoms::messageerror, Value::null()));
}

// --- the interface object -----------------------------------------------------------------------------------------

namespace {

Fallible<EventTargetObject*> this_target(Agent& agent, const Arguments& arguments, const char* method) {
    if (EventTargetObject* target = EventTargetObject::from(agent, arguments.this_value())) return target;
    return agent.throw_type_error(std::string("EventTarget.prototype.") + method + " was called on " +
                                  display_string(arguments.this_value()) + ", which is not an EventTarget");
}

Fallible<void> check_callback(Agent& agent, Value callback) {
    if (callback.is_null() || callback.is_object()) return {};
    if (callback.is_undefined()) return {};
    return agent.throw_type_error("An event listener must be a function or an object with handleEvent, got " + display_string(callback));
}

} // namespace

// DOM 2.7 addEventListener ( type, callback, options )
Result<Value> event_target_add_event_listener(Agent& agent, const Arguments& arguments) {
    EventTargetObject* target = TRY(this_target(agent, arguments, "addEventListener"));
    String* type = TRY(agent.atoms().intern(agent, TRY(to_string(agent, arguments[0]))));
    TRY(check_callback(agent, arguments[1]));
    EventTargetObject::ListenerOptions options;
    if (arguments[2].is_object()) {
        Object* dictionary = arguments[2].as_object();
        options.capture = to_boolean(TRY(dictionary->get(agent, atoms::capture)));
        options.once = to_boolean(TRY(dictionary->get(agent, atoms::once)));
        options.passive = to_boolean(TRY(dictionary->get(agent, atoms::passive)));
        Value signal = TRY(dictionary->get(agent, atoms::signal));
        if (signal.is<AbortSignalObject>())
            options.signal = signal.as<AbortSignalObject>();
        else if (!signal.is_undefined())
            return agent.throw_type_error("The signal of addEventListener must be an AbortSignal, got " + display_string(signal));
    } else {
        options.capture = to_boolean(arguments[2]);
    }
    if (!arguments[1].is_object()) return Value::undefined();
    TRY(target->add_listener(agent, type, arguments[1], options));
    return Value::undefined();
}

// DOM 2.7 removeEventListener ( type, callback, options )
Result<Value> event_target_remove_event_listener(Agent& agent, const Arguments& arguments) {
    EventTargetObject* target = TRY(this_target(agent, arguments, "removeEventListener"));
    String* type = TRY(agent.atoms().intern(agent, TRY(to_string(agent, arguments[0]))));
    TRY(check_callback(agent, arguments[1]));
    bool capture = arguments[2].is_object() ? to_boolean(TRY(arguments[2].as_object()->get(agent, atoms::capture)))
                                            : to_boolean(arguments[2]);
    target->remove_listener(agent, type, arguments[1], capture);
    return Value::undefined();
}

// DOM 2.7 dispatchEvent ( event )
Result<Value> event_target_dispatch_event(Agent& agent, const Arguments& arguments) {
    EventTargetObject* target = TRY(this_target(agent, arguments, "dispatchEvent"));
    if (!arguments[0].is<EventObject>()) return agent.throw_type_error("dispatchEvent takes an Event, got " + display_string(arguments[0]));
    auto* event = arguments[0].as<EventObject>();
    if (event->has(EventObject::kDispatching))
        return throw_dom_exception(agent, "InvalidStateError", "The event is being dispatched already: make a new one");
    event->clear(EventObject::kTrusted);
    return Value::boolean(TRY(target->dispatch(agent, event)));
}

struct EventTargetConstructor {
    // DOM 2.7 new EventTarget ( )
    static Result<Value> construct(Agent& agent, const Arguments& arguments) {
        if (!arguments.is_construct()) return agent.throw_type_error("EventTarget is a constructor: call it with new");
        Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::EventTargetPrototype));
        return Value(TRY(agent.heap().allocate<EventTargetObject>(0, CellKind::EventTarget, shape, &agent.realm())));
    }
};

Fallible<Object*> create_event_target(Agent& agent, Realm& realm) {
    return static_cast<Object*>(TRY(define_constructor(agent, realm, Intrinsic::EventTarget, Intrinsic::EventTargetPrototype,
                                                       EventTargetConstructor::construct, 0, atoms::EventTarget)));
}

Fallible<Object*> create_event_target_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::EventTargetPrototype, Intrinsic::EventTarget));
    const FunctionEntry functions[] = {
        {atoms::addEventListener, event_target_add_event_listener, 2, kWebAttributes},
        {atoms::removeEventListener, event_target_remove_event_listener, 2, kWebAttributes},
        {atoms::dispatchEvent, event_target_dispatch_event, 1, kWebAttributes},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::EventTarget));
    return prototype;
}

} // namespace heddle
