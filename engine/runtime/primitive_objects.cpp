#include "runtime/primitive_objects.h"

#include "runtime/operations.h"

namespace heddle {

Fallible<PrimitiveObject*> PrimitiveObject::create(Agent& agent, CellKind kind, Shape* shape, Value primitive) {
    HEDDLE_ASSERT(kind != CellKind::StringObject);
    return agent.heap().allocate<PrimitiveObject>(0, kind, shape, primitive);
}

void PrimitiveObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(primitive_);
}

// 10.4.3.4 StringCreate ( value, prototype )
Fallible<StringObject*> StringObject::create(Agent& agent, Shape* shape, String* string) {
    TRY(string->flatten(agent)); // so that the methods below cannot fail on a rope
    StringObject* object = TRY(agent.heap().allocate<StringObject>(0, shape, string));
    TRY(object->define_direct(agent, atoms::length, Value::number(string->length()), kNone));
    return object;
}

// 10.4.3.5 StringGetOwnProperty ( S, P )
Result<std::optional<PropertyDescriptor>> StringObject::get_own_property(Agent& agent, PropertyKey key) {
    if (key.is_index() && key.as_index() < string()->length()) {
        String* unit = TRY(String::from_code_unit(agent, TRY(string()->at(agent, key.as_index()))));
        return std::optional(PropertyDescriptor::data(Value(unit), kEnumerable));
    }
    return own_property_direct(key);
}

// 10.4.3.2 [[DefineOwnProperty]] ( P, Desc )
Result<bool> StringObject::define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    if (key.is_index() && key.as_index() < string()->length()) {
        auto own = TRY(get_own_property(agent, key));
        return is_compatible_property_descriptor(extensible_flag(), desc, own);
    }
    return ordinary_define_own_property(agent, key, desc);
}

Result<bool> StringObject::has_property(Agent& agent, PropertyKey key) {
    if (key.is_index() && key.as_index() < string()->length()) return true;
    return Object::has_property(agent, key);
}

Result<Value> StringObject::get(Agent& agent, PropertyKey key, Value receiver) {
    if (key.is_index() && key.as_index() < string()->length())
        return Value(TRY(String::from_code_unit(agent, TRY(string()->at(agent, key.as_index())))));
    return Object::get(agent, key, receiver);
}

Result<bool> StringObject::set(Agent& agent, PropertyKey key, Value value, Value receiver) {
    if (key.is_index() && key.as_index() < string()->length()) return false;
    auto own = TRY(get_own_property(agent, key));
    return ordinary_set_with_own_descriptor(agent, key, value, receiver, std::move(own));
}

Result<bool> StringObject::delete_property(Agent& agent, PropertyKey key) {
    if (key.is_index() && key.as_index() < string()->length()) return false;
    return Object::delete_property(agent, key);
}

// 10.4.3.3 [[OwnPropertyKeys]] ( )
Result<void> StringObject::own_property_keys(Agent& agent, RootVector<Value>& keys) {
    for (uint32_t i = 0; i < string()->length(); ++i) {
        Value key = TRY(PropertyKey::index(i).to_value(agent));
        if (!keys.push_back(key)) return agent.out_of_memory();
    }
    return Object::own_property_keys(agent, keys);
}

} // namespace heddle
