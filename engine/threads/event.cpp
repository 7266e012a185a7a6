#include "threads/event.h"

#include "builtins/define.h"
#include "runtime/array.h"
#include "runtime/iterator.h"
#include "sync/clock.h"
#include "threads/event_target.h"

namespace heddle {

// --- the objects --------------------------------------------------------------------------------------------------

EventObject::EventObject(Shape* shape, Class event_class, String* type, uint32_t flags)
    : Object(CellKind::Event, shape), time_stamp_(static_cast<double>(sync::now().nanoseconds) / 1e6) {
    class_data_ = static_cast<uint32_t>(event_class) | flags;
    type_.init(type);
}

Fallible<EventObject*> EventObject::create(Agent& agent, String* type, uint32_t flags) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::EventPrototype));
    return TRY(agent.heap().allocate<EventObject>(0, shape, Class::Event, type, flags | kTrusted));
}

void EventObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(type_);
    visitor.visit(target_);
    visitor.visit(current_target_);
}

MessageEventObject::MessageEventObject(Shape* shape, String* type, Value data, uint32_t flags)
    : EventObject(shape, Class::Message, type, flags) {
    data_.init(data);
    origin_.init(atoms::empty);
    last_event_id_.init(atoms::empty);
    source_.init(Value::null());
}

namespace {
Fallible<Object*> frozen_array(Agent& agent, std::span<const Value> values) {
    Array* array = TRY(Array::from_values(agent, values));
    // Its own elements only: freezing an array runs no user code.
    Result<bool> frozen = set_integrity_level(agent, array, IntegrityLevel::Frozen);
    if (frozen.threw()) return Failed{};
    return static_cast<Object*>(array);
}
} // namespace

Fallible<EventObject*> MessageEventObject::create(Agent& agent, String* type, Value data, RootVector<Value>* transferred) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::MessageEventPrototype));
    MessageEventObject* event = TRY(agent.heap().allocate<MessageEventObject>(0, shape, type, data, kTrusted));
    if (transferred && !transferred->empty()) {
        RootVector<Value> ports(agent.heap());
        for (Value value : *transferred) {
            if (value.is_object() && value.as_object()->kind() == CellKind::MessagePort && !ports.push_back(value))
                return agent.out_of_memory();
        }
        event->ports_.set(event, TRY(frozen_array(agent, ports.span())));
    }
    return static_cast<EventObject*>(event);
}

void MessageEventObject::visit_edges(Visitor& visitor) {
    EventObject::visit_edges(visitor);
    visitor.visit(data_);
    visitor.visit(origin_);
    visitor.visit(last_event_id_);
    visitor.visit(source_);
    visitor.visit(ports_);
}

ErrorEventObject::ErrorEventObject(Shape* shape, String* type, String* message, String* file, uint32_t line, uint32_t column,
                                   Value error, uint32_t flags)
    : EventObject(shape, Class::Error, type, flags), line_(line), column_(column) {
    message_.init(message);
    file_.init(file);
    error_.init(error);
}

Fallible<EventObject*> ErrorEventObject::create(Agent& agent, String* message, String* file, uint32_t line, uint32_t column, Value error) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::ErrorEventPrototype));
    String* type = atoms::error;
    return static_cast<EventObject*>(TRY(agent.heap().allocate<ErrorEventObject>(0, shape, type, message, file, line, column, error,
                                                                                kTrusted | kCancelable)));
}

void ErrorEventObject::visit_edges(Visitor& visitor) {
    EventObject::visit_edges(visitor);
    visitor.visit(message_);
    visitor.visit(file_);
    visitor.visit(error_);
}

// --- members ------------------------------------------------------------------------------------------------------

namespace {

Fallible<EventObject*> this_event(Agent& agent, const Arguments& arguments, EventObject::Class wanted = EventObject::Class::Event) {
    Value value = arguments.this_value();
    if (value.is<EventObject>()) {
        auto* event = value.as<EventObject>();
        if (wanted == EventObject::Class::Event || event->event_class() == wanted) return event;
    }
    const char* name = wanted == EventObject::Class::Event ? "Event" : wanted == EventObject::Class::Message ? "MessageEvent" : "ErrorEvent";
    return agent.throw_type_error(std::string("A member of ") + name + " was called on " + display_string(value) + ", which is not a " + name);
}
Fallible<MessageEventObject*> this_message_event(Agent& agent, const Arguments& arguments) {
    return static_cast<MessageEventObject*>(TRY(this_event(agent, arguments, EventObject::Class::Message)));
}
Fallible<ErrorEventObject*> this_error_event(Agent& agent, const Arguments& arguments) {
    return static_cast<ErrorEventObject*>(TRY(this_event(agent, arguments, EventObject::Class::Error)));
}

Value object_or_null(Object* object) { return object ? Value(object) : Value::null(); }

#define EVENT_GETTER(name, expression)                                   \
    Result<Value> name(Agent& agent, const Arguments& arguments) {       \
        [[maybe_unused]] EventObject* event = TRY(this_event(agent, arguments)); \
        return expression;                                               \
    }
EVENT_GETTER(get_type, Value(event->type()))
EVENT_GETTER(get_target, object_or_null(event->target()))
EVENT_GETTER(get_current_target, object_or_null(event->current_target()))
EVENT_GETTER(get_phase, Value::int32(event->has(EventObject::kAtTarget) ? 2 : 0))
EVENT_GETTER(get_bubbles, Value::boolean(event->has(EventObject::kBubbles)))
EVENT_GETTER(get_cancelable, Value::boolean(event->has(EventObject::kCancelable)))
EVENT_GETTER(get_composed, Value::boolean(event->has(EventObject::kComposed)))
EVENT_GETTER(get_default_prevented, Value::boolean(event->has(EventObject::kCanceled)))
EVENT_GETTER(get_return_value, Value::boolean(!event->has(EventObject::kCanceled)))
EVENT_GETTER(get_cancel_bubble, Value::boolean(event->has(EventObject::kStopPropagation)))
EVENT_GETTER(get_is_trusted, Value::boolean(event->has(EventObject::kTrusted)))
EVENT_GETTER(get_time_stamp, Value::number(event->time_stamp()))
EVENT_GETTER(stop_propagation, (event->add(EventObject::kStopPropagation), Value::undefined()))
EVENT_GETTER(stop_immediate_propagation,
             (event->add(EventObject::kStopPropagation | EventObject::kStopImmediate), Value::undefined()))
EVENT_GETTER(prevent_default, (event->cancel(), Value::undefined()))
#undef EVENT_GETTER

Result<Value> set_return_value(Agent& agent, const Arguments& arguments) {
    EventObject* event = TRY(this_event(agent, arguments));
    if (!to_boolean(arguments[0])) event->cancel();
    return Value::undefined();
}

Result<Value> set_cancel_bubble(Agent& agent, const Arguments& arguments) {
    EventObject* event = TRY(this_event(agent, arguments));
    if (to_boolean(arguments[0])) event->add(EventObject::kStopPropagation);
    return Value::undefined();
}

Result<Value> composed_path(Agent& agent, const Arguments& arguments) {
    EventObject* event = TRY(this_event(agent, arguments));
    Array* path = TRY(Array::create(agent, 0));
    if (event->current_target()) TRY(path->push_direct(agent, Value(event->current_target())));
    return Value(path);
}

// DOM 2.2 initEvent ( type, bubbles, cancelable )
Result<Value> init_event(Agent& agent, const Arguments& arguments) {
    EventObject* event = TRY(this_event(agent, arguments));
    String* type = TRY(agent.atoms().intern(agent, TRY(to_string(agent, arguments[0]))));
    if (event->has(EventObject::kDispatching)) return Value::undefined();
    event->clear(EventObject::kStopPropagation | EventObject::kStopImmediate | EventObject::kCanceled | EventObject::kTrusted |
                 EventObject::kBubbles | EventObject::kCancelable);
    event->set_target(nullptr);
    event->set_type(type);
    if (to_boolean(arguments[1])) event->add(EventObject::kBubbles);
    if (to_boolean(arguments[2])) event->add(EventObject::kCancelable);
    return Value::undefined();
}

#define MEMBER_GETTER(name, find, expression)                      \
    Result<Value> name(Agent& agent, const Arguments& arguments) { \
        auto* event = TRY(find(agent, arguments));                 \
        return expression;                                         \
    }
MEMBER_GETTER(get_data, this_message_event, event->data_.get())
MEMBER_GETTER(get_origin, this_message_event, Value(event->origin_.get()))
MEMBER_GETTER(get_last_event_id, this_message_event, Value(event->last_event_id_.get()))
MEMBER_GETTER(get_source, this_message_event, event->source_.get())
MEMBER_GETTER(get_message, this_error_event, Value(event->message_.get()))
MEMBER_GETTER(get_filename, this_error_event, Value(event->file_.get()))
MEMBER_GETTER(get_lineno, this_error_event, Value::number(event->line_))
MEMBER_GETTER(get_colno, this_error_event, Value::number(event->column_))
MEMBER_GETTER(get_error, this_error_event, event->error_.get())
#undef MEMBER_GETTER

Result<Value> get_ports(Agent& agent, const Arguments& arguments) {
    MessageEventObject* event = TRY(this_message_event(agent, arguments));
    if (!event->ports_) {
        Object* none = TRY(frozen_array(agent, {}));
        event->ports_.set(event, none);
    }
    return Value(event->ports_.get());
}

// --- constructors -------------------------------------------------------------------------------------------------

struct EventInit {
    String* type = nullptr;
    uint32_t flags = 0;
    Object* dictionary = nullptr;
};

Result<bool> flag_of(Agent& agent, Object* dictionary, String* name) {
    return to_boolean(TRY(dictionary->get(agent, name)));
}

// WebIDL conversion of ( type, eventInitDict )
Result<EventInit> read_event_init(Agent& agent, const Arguments& arguments, const char* name) {
    if (!arguments.is_construct()) return agent.throw_type_error(std::string(name) + " is a constructor: call it with new");
    if (arguments.size() == 0) return agent.throw_type_error(std::string(name) + " needs a type: new " + name + "('name')");
    EventInit init;
    init.type = TRY(agent.atoms().intern(agent, TRY(to_string(agent, arguments[0]))));
    if (arguments[1].is_undefined() || arguments[1].is_null()) return init;
    if (!arguments[1].is_object())
        return agent.throw_type_error(std::string("The second argument of ") + name + " must be an object, got " + display_string(arguments[1]));
    init.dictionary = arguments[1].as_object();
    if (TRY(flag_of(agent, init.dictionary, atoms::bubbles))) init.flags |= EventObject::kBubbles;
    if (TRY(flag_of(agent, init.dictionary, atoms::cancelable))) init.flags |= EventObject::kCancelable;
    if (TRY(flag_of(agent, init.dictionary, atoms::composed))) init.flags |= EventObject::kComposed;
    return init;
}

Result<Value> member_or(Agent& agent, Object* dictionary, String* name, Value otherwise) {
    if (!dictionary) return otherwise;
    Value value = TRY(dictionary->get(agent, name));
    return value.is_undefined() ? otherwise : value;
}

Result<String*> string_member(Agent& agent, Object* dictionary, String* name) {
    Value value = TRY(member_or(agent, dictionary, name, Value(static_cast<String*>(atoms::empty))));
    return to_string(agent, value);
}

} // namespace

// The constructors are no friends of the classes: they go through these.
struct EventConstructors {
    // DOM 2.4 new Event ( type, eventInitDict )
    static Result<Value> event(Agent& agent, const Arguments& arguments) {
        EventInit init = TRY(read_event_init(agent, arguments, "Event"));
        Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::EventPrototype));
        return Value(TRY(agent.heap().allocate<EventObject>(0, shape, EventObject::Class::Event, init.type, init.flags)));
    }

    // HTML 9.1 new MessageEvent ( type, eventInitDict )
    static Result<Value> message_event(Agent& agent, const Arguments& arguments) {
        EventInit init = TRY(read_event_init(agent, arguments, "MessageEvent"));
        Value data = TRY(member_or(agent, init.dictionary, atoms::data, Value::null()));
        String* last_event_id = TRY(string_member(agent, init.dictionary, atoms::lastEventId));
        String* origin = TRY(string_member(agent, init.dictionary, atoms::origin));
        Value ports = TRY(member_or(agent, init.dictionary, atoms::ports, Value::undefined()));
        RootVector<Value> list(agent.heap());
        if (!ports.is_undefined()) {
            auto add = [&](Value port) -> Result<void> {
                if (!port.is_object() || port.as_object()->kind() != CellKind::MessagePort)
                    return agent.throw_type_error("The ports of a MessageEvent must be MessagePorts, got " + display_string(port));
                if (!list.push_back(port)) return agent.out_of_memory();
                return {};
            };
            TRY(iterate(agent, ports, add));
        }
        Value source = TRY(member_or(agent, init.dictionary, atoms::source, Value::null()));
        if (!source.is_null() && !source.is<EventTargetObject>())
            return agent.throw_type_error("The source of a MessageEvent must be a MessagePort or null, got " + display_string(source));
        Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::MessageEventPrototype));
        MessageEventObject* event = TRY(agent.heap().allocate<MessageEventObject>(0, shape, init.type, data, init.flags));
        event->last_event_id_.set(event, last_event_id);
        event->origin_.set(event, origin);
        event->source_.set(event, source);
        event->ports_.set(event, TRY(frozen_array(agent, list.span())));
        return Value(event);
    }

    // HTML 8.1.4.6 new ErrorEvent ( type, eventInitDict )
    static Result<Value> error_event(Agent& agent, const Arguments& arguments) {
        EventInit init = TRY(read_event_init(agent, arguments, "ErrorEvent"));
        uint32_t column = TRY(to_uint32(agent, TRY(member_or(agent, init.dictionary, atoms::colno, Value::int32(0)))));
        Value error = TRY(member_or(agent, init.dictionary, atoms::error, Value::undefined()));
        String* file = TRY(string_member(agent, init.dictionary, atoms::filename));
        uint32_t line = TRY(to_uint32(agent, TRY(member_or(agent, init.dictionary, atoms::lineno, Value::int32(0)))));
        String* message = TRY(string_member(agent, init.dictionary, atoms::message));
        Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::ErrorEventPrototype));
        return Value(TRY(agent.heap().allocate<ErrorEventObject>(0, shape, init.type, message, file, line, column, error, init.flags)));
    }
};

// --- interface objects --------------------------------------------------------------------------------------------

namespace {
Fallible<void> define_phases(Agent& agent, Object* object) {
    TRY(object->define_direct(agent, atoms::NONE, Value::int32(0), kEnumerable));
    TRY(object->define_direct(agent, atoms::CAPTURING_PHASE, Value::int32(1), kEnumerable));
    TRY(object->define_direct(agent, atoms::AT_TARGET, Value::int32(2), kEnumerable));
    return object->define_direct(agent, atoms::BUBBLING_PHASE, Value::int32(3), kEnumerable);
}
} // namespace

Fallible<Object*> create_event(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::Event, Intrinsic::EventPrototype, EventConstructors::event, 1, atoms::Event));
    TRY(define_phases(agent, constructor));
    return constructor;
}

Fallible<Object*> create_event_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::EventPrototype, Intrinsic::Event));
    const AccessorEntry accessors[] = {
        {atoms::type, get_type, nullptr, kWebAccessor},
        {atoms::target, get_target, nullptr, kWebAccessor},
        {atoms::srcElement, get_target, nullptr, kWebAccessor},
        {atoms::currentTarget, get_current_target, nullptr, kWebAccessor},
        {atoms::eventPhase, get_phase, nullptr, kWebAccessor},
        {atoms::bubbles, get_bubbles, nullptr, kWebAccessor},
        {atoms::cancelable, get_cancelable, nullptr, kWebAccessor},
        {atoms::composed, get_composed, nullptr, kWebAccessor},
        {atoms::defaultPrevented, get_default_prevented, nullptr, kWebAccessor},
        {atoms::returnValue, get_return_value, set_return_value, kWebAccessor},
        {atoms::cancelBubble, get_cancel_bubble, set_cancel_bubble, kWebAccessor},
        {atoms::isTrusted, get_is_trusted, nullptr, kWebAccessor},
        {atoms::timeStamp, get_time_stamp, nullptr, kWebAccessor},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
        {atoms::composedPath, composed_path, 0, kWebAttributes},
        {atoms::stopPropagation, stop_propagation, 0, kWebAttributes},
        {atoms::stopImmediatePropagation, stop_immediate_propagation, 0, kWebAttributes},
        {atoms::preventDefault, prevent_default, 0, kWebAttributes},
        {atoms::initEvent, init_event, 1, kWebAttributes},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_phases(agent, prototype));
    TRY(define_to_string_tag(agent, prototype, atoms::Event));
    return prototype;
}

Fallible<Object*> create_message_event(Agent& agent, Realm& realm) {
    Object* parent = TRY(realm.intrinsic(Intrinsic::Event));
    return static_cast<Object*>(TRY(define_constructor(agent, realm, Intrinsic::MessageEvent, Intrinsic::MessageEventPrototype,
                                                       EventConstructors::message_event, 1, atoms::MessageEvent, parent)));
}

Fallible<Object*> create_message_event_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::EventPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::MessageEventPrototype, Intrinsic::MessageEvent));
    const AccessorEntry accessors[] = {
        {atoms::data, get_data, nullptr, kWebAccessor},
        {atoms::origin, get_origin, nullptr, kWebAccessor},
        {atoms::lastEventId, get_last_event_id, nullptr, kWebAccessor},
        {atoms::source, get_source, nullptr, kWebAccessor},
        {atoms::ports, get_ports, nullptr, kWebAccessor},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    TRY(define_to_string_tag(agent, prototype, atoms::MessageEvent));
    return prototype;
}

Fallible<Object*> create_error_event(Agent& agent, Realm& realm) {
    Object* parent = TRY(realm.intrinsic(Intrinsic::Event));
    return static_cast<Object*>(TRY(define_constructor(agent, realm, Intrinsic::ErrorEvent, Intrinsic::ErrorEventPrototype,
                                                       EventConstructors::error_event, 1, atoms::ErrorEvent, parent)));
}

Fallible<Object*> create_error_event_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::EventPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::ErrorEventPrototype, Intrinsic::ErrorEvent));
    const AccessorEntry accessors[] = {
        {atoms::message, get_message, nullptr, kWebAccessor},
        {atoms::filename, get_filename, nullptr, kWebAccessor},
        {atoms::lineno, get_lineno, nullptr, kWebAccessor},
        {atoms::colno, get_colno, nullptr, kWebAccessor},
        {atoms::error, get_error, nullptr, kWebAccessor},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    TRY(define_to_string_tag(agent, prototype, atoms::ErrorEvent));
    return prototype;
}

} // namespace heddle
