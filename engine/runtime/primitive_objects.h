// Wrapper objects of primitives: Boolean, Number, Symbol, BigInt, and 10.4.3 String exotic objects.
#pragma once

#include "runtime/agent.h"

namespace heddle {

class PrimitiveObject : public Object {
public:
    static bool is_kind(CellKind kind) { return kind >= CellKind::BooleanObject && kind <= CellKind::BigIntObject; }
    static Fallible<PrimitiveObject*> create(Agent&, CellKind kind, Shape*, Value primitive);
    Value primitive() const { return primitive_; }
    void visit_edges(Visitor&) override;

protected:
    friend class Heap;
    PrimitiveObject(CellKind kind, Shape* shape, Value primitive, uint8_t flags = 0) : Object(kind, shape, flags) {
        primitive_.init(primitive);
    }
    Member<Value> primitive_;
};

class StringObject final : public PrimitiveObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::StringObject; }
    static Fallible<StringObject*> create(Agent&, Shape*, String*); // 10.4.3.4 StringCreate
    String* string() const { return primitive_.get().as_string(); }
    Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey) override;
    Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&) override;
    Result<bool> has_property(Agent&, PropertyKey) override;
    Result<Value> get(Agent&, PropertyKey, Value receiver) override;
    Result<bool> set(Agent&, PropertyKey, Value value, Value receiver) override;
    Result<bool> delete_property(Agent&, PropertyKey) override;
    Result<void> own_property_keys(Agent&, RootVector<Value>& keys) override;

private:
    friend class Heap;
    StringObject(Shape* shape, String* string)
        : PrimitiveObject(CellKind::StringObject, shape, string, kExoticElements) {}
};

} // namespace heddle
