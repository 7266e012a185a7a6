// ScriptFunction: 10.2 ECMAScript Function Objects.
#pragma once

#include "interpreter/code_instance.h"
#include "interpreter/environment.h"
#include "runtime/function.h"

namespace heddle {

/// What class constructors carry besides: fields and private methods (10.2, Table 30).
class ClassParts final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    Object* instance_initializer() const { return initializer_; }
    void set_instance_initializer(Object* function) { initializer_.set(this, function); }
    /// Pairs (private name, method or AccessorPair), in order; null without any.
    ValueArray* private_methods() const { return methods_; }
    void set_private_methods(ValueArray* methods) { methods_.set(this, methods); }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(initializer_);
        visitor.visit(methods_);
    }

private:
    friend class Heap;
    ClassParts() : Cell(CellKind::Internal) {}
    Member<Object> initializer_;
    Member<ValueArray> methods_;
};

class ScriptFunction final : public Function {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::ScriptFunction; }
    /// 10.2.3 OrdinaryFunctionCreate with length, name and, as its kind demands, a "prototype" property, which is
    /// made when first looked at. `prototype` null: the intrinsic one of the code's kind.
    static Fallible<ScriptFunction*> create(Agent&, Realm&, CodeInstance*, Environment*, Object* prototype = nullptr);

    CodeInstance* instance() const { return instance_; }
    const Code& code() const { return instance_->code(); }
    Environment* environment() const { return environment_; }
    Object* home_object() const { return home_object_; }
    void set_home_object(Object* object) { home_object_.set(this, object); }
    ClassParts* class_parts() const { return class_parts_; }
    Fallible<ClassParts*> ensure_class_parts(Agent&);

    Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey) override;
    Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&) override;
    Result<Value> get(Agent&, PropertyKey, Value receiver) override;
    Result<bool> set(Agent&, PropertyKey, Value value, Value receiver) override;
    Result<Value> call(Agent&, const Arguments&) override;
    Result<Value> construct(Agent&, const Arguments&) override;
    void visit_edges(Visitor&) override;
    std::string snapshot_name() const override;

    static Fallible<Value> instance_name(Agent&, const Code&);
    /// Makes the pending "prototype" object real.
    Fallible<void> materialize_prototype(Agent&);
    bool prototype_is_pending() const { return class_data_ & kPrototypePending; }
    void prototype_defined() { class_data_ &= ~uint32_t{kPrototypePending}; }

    /// The shape that `new` gave the last object, while the "prototype" property and the room for slots are still those of
    /// then; else null.
    Shape* current_instance_shape() const {
        Shape* shape = instance_shape_;
        if (!shape || shape_->is_dictionary() || shape->inline_capacity() < instance_->inline_capacity()) return nullptr;
        // create() defines length, name and prototype first, and shapes that are no dictionaries keep slots where they are.
        HEDDLE_ASSERT(slots_ && slots_->length() > kPrototypeSlot);
        return slots_->get(kPrototypeSlot) == Value(shape->prototype()) ? shape : nullptr;
    }
    void set_instance_shape(Shape* shape) {
        bool has_prototype = code().traits().constructor_kind != ConstructorKind::kNone;
        if (has_prototype && !shape_->is_dictionary() && slots_->get(kPrototypeSlot) == Value(shape->prototype())) instance_shape_.set(this, shape);
    }

private:
    friend class Heap;
    enum : uint32_t { kPrototypePending = 1 };
    static constexpr uint32_t kPrototypeSlot = 2;
    ScriptFunction(Shape* shape, uint8_t flags, Realm* realm, CodeInstance* instance, Environment* environment)
        : Function(CellKind::ScriptFunction, shape, flags, realm) {
        instance_.init(instance);
        environment_.init(environment);
    }
    Member<CodeInstance> instance_;
    Member<Environment> environment_;
    Member<Object> home_object_;
    Member<ClassParts> class_parts_;
    Member<Shape> instance_shape_;
};

/// A function whose [[Call]] is its code: not a class.
inline bool is_plain_script_function(Value callee) {
    return callee.is<ScriptFunction>() && !callee.as<ScriptFunction>()->code().traits().is_class_constructor;
}

} // namespace heddle
