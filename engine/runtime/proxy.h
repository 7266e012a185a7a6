// 10.5 Proxy object internal methods
#pragma once

#include "runtime/operations.h"

namespace heddle {

class Proxy final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Proxy; }
    static Fallible<Proxy*> create(Agent&, Value target, Value handler); // 10.5.14 ProxyCreate
    Object* target() const { return target_; }   // null once revoked
    Object* handler() const { return handler_; } // null once revoked
    void revoke();

    Result<Object*> get_prototype_of(Agent&) override;
    Result<bool> set_prototype_of(Agent&, Object* prototype) override;
    Result<bool> is_extensible(Agent&) override;
    Result<bool> prevent_extensions(Agent&) override;
    Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey) override;
    Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&) override;
    Result<bool> has_property(Agent&, PropertyKey) override;
    Result<Value> get(Agent&, PropertyKey, Value receiver) override;
    Result<bool> set(Agent&, PropertyKey, Value value, Value receiver) override;
    Result<bool> delete_property(Agent&, PropertyKey) override;
    Result<void> own_property_keys(Agent&, RootVector<Value>& keys) override;
    Result<Value> call(Agent&, const Arguments&) override;
    Result<Value> construct(Agent&, const Arguments&) override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    Proxy(Shape* shape, uint8_t flags, Object* target, Object* handler);
    Result<Value> trap(Agent&, const PropertyKey& name); // the handler's method, undefined if absent
    Member<Object> target_;
    Member<Object> handler_;
};

} // namespace heddle
