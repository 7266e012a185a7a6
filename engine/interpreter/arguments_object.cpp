// 10.4.4 Arguments Exotic Objects
#include "interpreter/dispatch.h"

namespace heddle {

namespace {

/// A mapped arguments object: indices of formal parameters are backed by slots of the function's environment.
class MappedArguments final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Arguments; }
    MappedArguments(Shape* shape, Environment* environment, ValueArray* map)
        : Object(CellKind::Arguments, shape, kExoticElements) {
        environment_.init(environment);
        map_.init(map);
    }

    // 10.4.4.1 [[GetOwnProperty]]
    Result<std::optional<PropertyDescriptor>> get_own_property(Agent& agent, PropertyKey key) override {
        auto desc = own_property_direct(key);
        if (desc && is_mapped(key)) desc->value = environment_->slot(slot_of(key));
        return desc;
    }
    // 10.4.4.2 [[DefineOwnProperty]]
    Result<bool> define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) override {
        bool mapped = is_mapped(key);
        PropertyDescriptor new_desc = desc;
        if (mapped && desc.is_data_descriptor() && !desc.value && desc.writable && !*desc.writable)
            new_desc.value = environment_->slot(slot_of(key));
        if (!TRY(ordinary_define_own_property(agent, key, new_desc))) return false;
        if (mapped) {
            if (desc.is_accessor_descriptor()) {
                unmap(key);
            } else {
                if (desc.value) environment_->set_slot(slot_of(key), *desc.value);
                if (desc.writable && !*desc.writable) unmap(key);
            }
        }
        return true;
    }
    // 10.4.4.3 [[Get]]
    Result<Value> get(Agent& agent, PropertyKey key, Value receiver) override {
        if (is_mapped(key)) return environment_->slot(slot_of(key));
        return Object::get(agent, key, receiver);
    }
    // 10.4.4.4 [[Set]]
    Result<bool> set(Agent& agent, PropertyKey key, Value value, Value receiver) override {
        bool same = receiver.is_object() && receiver.as_object() == this;
        if (same && is_mapped(key)) environment_->set_slot(slot_of(key), value);
        auto own = TRY(get_own_property(agent, key));
        return ordinary_set_with_own_descriptor(agent, key, value, receiver, std::move(own));
    }
    // 10.4.4.5 [[Delete]]
    Result<bool> delete_property(Agent& agent, PropertyKey key) override {
        bool mapped = is_mapped(key);
        bool deleted = TRY(Object::delete_property(agent, key));
        if (deleted && mapped) unmap(key);
        return deleted;
    }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(environment_);
        visitor.visit(map_);
    }

private:
    bool is_mapped(PropertyKey key) const {
        return key.is_index() && key.as_index() < map_->length() && !map_->get(key.as_index()).is_undefined();
    }
    uint32_t slot_of(PropertyKey key) const { return static_cast<uint32_t>(map_->get(key.as_index()).as_int32()); }
    void unmap(PropertyKey key) { map_->set(key.as_index(), Value::undefined()); }

    Member<Environment> environment_;
    Member<ValueArray> map_; // slot number, or undefined when not mapped
};

class UnmappedArguments final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Arguments; }
    explicit UnmappedArguments(Shape* shape) : Object(CellKind::Arguments, shape) {}
};

Fallible<void> define_common(Agent& agent, Frame& frame, Object* object) {
    TRY(object->define_direct(agent, atoms::length, Value::number(frame.argument_count), kBuiltinAttributes));
    for (uint32_t i = 0; i < frame.argument_count; ++i)
        TRY(object->define_direct(agent, PropertyKey::index(i), frame.arguments[i]));
    Object* array_prototype = TRY(frame.realm->intrinsic(Intrinsic::ArrayPrototype));
    PropertySlot found;
    Value values = Value::undefined();
    if (Object* made = frame.realm->intrinsic_if_made(Intrinsic::ArrayPrototypeValues)) values = Value(made);
    else if (array_prototype->lookup_own_named(atoms::values, found)) values = array_prototype->slot_value(found.slot);
    return object->define_direct(agent, symbols::iterator, values, kBuiltinAttributes);
}

} // namespace

// 10.4.4.6 CreateUnmappedArgumentsObject ( argumentsList )
Result<Value> create_unmapped_arguments(Interpreter& interpreter, Frame& frame) {
    Agent& agent = interpreter.agent();
    Shape* shape = TRY(frame.realm->root_shape(Intrinsic::ObjectPrototype));
    Object* object = TRY(agent.heap().allocate<UnmappedArguments>(0, shape));
    TRY(define_common(agent, frame, object));
    Value thrower(TRY(frame.realm->intrinsic(Intrinsic::ThrowTypeError)));
    TRY(object->define_direct_accessor(agent, atoms::callee, thrower, thrower, kNone));
    return Value(object);
}

// 10.4.4.7 CreateMappedArgumentsObject ( func, formals, argumentsList, env )
Result<Value> create_mapped_arguments(Interpreter& interpreter, Frame& frame, const SlotList& map) {
    Agent& agent = interpreter.agent();
    auto count = std::min<uint32_t>(static_cast<uint32_t>(map.slots.size()), frame.argument_count);
    ValueArray* slots = TRY(ValueArray::create(agent, count, Value::undefined()));
    for (uint32_t i = 0; i < count; ++i) {
        if (map.slots[i] != SlotList::kNoSlot) slots->set(i, Value::number(map.slots[i]));
    }
    Shape* shape = TRY(frame.realm->root_shape(Intrinsic::ObjectPrototype));
    Object* object = TRY(agent.heap().allocate<MappedArguments>(0, shape, frame.environment, slots));
    TRY(define_common(agent, frame, object));
    TRY(object->define_direct(agent, atoms::callee, frame.registers[kFunctionRegister], kBuiltinAttributes));
    return Value(object);
}

} // namespace heddle
