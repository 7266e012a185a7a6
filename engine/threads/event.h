// Event, MessageEvent and ErrorEvent (DOM standard 2.2; HTML 9.1 and 8.1.4.6).
#pragma once

#include "runtime/operations.h"

namespace heddle {

class EventObject : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Event; }
    enum class Class : uint8_t { Event, Message, Error };
    enum Flags : uint32_t {
        kBubbles = 1 << 8,
        kCancelable = 1 << 9,
        kComposed = 1 << 10,
        kStopPropagation = 1 << 11,
        kStopImmediate = 1 << 12,
        kCanceled = 1 << 13,
        kInPassiveListener = 1 << 14,
        kDispatching = 1 << 15,
        kTrusted = 1 << 16,
        kAtTarget = 1 << 17,
    };
    /// A trusted event made by the engine. `type` is an atom.
    static Fallible<EventObject*> create(Agent&, String* type, uint32_t flags = 0);

    Class event_class() const { return static_cast<Class>(class_data_ & 0xFF); }
    bool has(uint32_t flags) const { return class_data_ & flags; }
    void add(uint32_t flags) { class_data_ |= flags; }
    void clear(uint32_t flags) { class_data_ &= ~flags; }
    String* type() const { return type_; }
    void set_type(String* type) { type_.set(this, type); }
    Object* target() const { return target_; }
    void set_target(Object* target) { target_.set(this, target); }
    Object* current_target() const { return current_target_; }
    void set_current_target(Object* target) { current_target_.set(this, target); }
    double time_stamp() const { return time_stamp_; }
    void cancel() {
        if (has(kCancelable) && !has(kInPassiveListener)) add(kCanceled);
    }
    void visit_edges(Visitor&) override;

protected:
    friend class Heap;
    EventObject(Shape* shape, Class event_class, String* type, uint32_t flags);

private:
    Member<String> type_;
    Member<Object> target_;
    Member<Object> current_target_;
    double time_stamp_;
};

class MessageEventObject final : public EventObject {
public:
    /// `ports`: those of RootVector's objects that are MessagePorts.
    static Fallible<EventObject*> create(Agent&, String* type, Value data, RootVector<Value>* transferred = nullptr);
    Member<Value> data_;
    Member<String> origin_;
    Member<String> last_event_id_;
    Member<Value> source_;
    Member<Object> ports_; // made when first asked for
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    MessageEventObject(Shape* shape, String* type, Value data, uint32_t flags);
};

class ErrorEventObject final : public EventObject {
public:
    static Fallible<EventObject*> create(Agent&, String* message, String* file, uint32_t line, uint32_t column, Value error);
    Member<String> message_;
    Member<String> file_;
    Member<Value> error_;
    uint32_t line_;
    uint32_t column_;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    ErrorEventObject(Shape* shape, String* type, String* message, String* file, uint32_t line, uint32_t column, Value error, uint32_t flags);
};

Fallible<Object*> create_event(Agent&, Realm&);
Fallible<Object*> create_event_prototype(Agent&, Realm&);
Fallible<Object*> create_message_event(Agent&, Realm&);
Fallible<Object*> create_message_event_prototype(Agent&, Realm&);
Fallible<Object*> create_error_event(Agent&, Realm&);
Fallible<Object*> create_error_event_prototype(Agent&, Realm&);

} // namespace heddle
