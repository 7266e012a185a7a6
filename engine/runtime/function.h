// Functions that are implemented in C++, and what every function object shares.
#pragma once

#include "runtime/object.h"

namespace heddle {

/// What a call passes: this value, arguments, new.target, and the function itself. Refers to memory of the
/// caller (registers or its stack); valid for the duration of the call only.
class Arguments {
public:
    Arguments(Object* callee, Value this_value, std::span<const Value> values, Value new_target = Value::undefined())
        : values_(values), this_value_(this_value), new_target_(new_target), callee_(callee) {}
    /// Undefined beyond the end.
    Value operator[](size_t i) const { return i < values_.size() ? values_[i] : Value::undefined(); }
    size_t size() const { return values_.size(); }
    std::span<const Value> values() const { return values_; }
    std::span<const Value> from(size_t i) const { return i < values_.size() ? values_.subspan(i) : std::span<const Value>(); }
    Value this_value() const { return this_value_; }
    /// Undefined for [[Call]]; the constructor for [[Construct]].
    Value new_target() const { return new_target_; }
    bool is_construct() const { return !new_target_.is_undefined(); }
    Object* callee() const { return callee_; }

private:
    std::span<const Value> values_;
    Value this_value_;
    Value new_target_;
    Object* callee_;
};

using NativeCode = Result<Value> (*)(Agent&, const Arguments&);

/// An object with a [[Realm]]: native and script functions.
class Function : public Object {
public:
    static bool is_kind(CellKind kind) { return kind >= CellKind::NativeFunction && kind <= CellKind::HostFunction; }
    Realm* realm() const { return realm_; }
    void visit_edges(Visitor&) override;

protected:
    Function(CellKind kind, Shape* shape, uint8_t flags, Realm* realm) : Object(kind, shape, flags | kCallable) {
        realm_.init(realm);
    }
    Member<Realm> realm_; // null for bound functions
};

/// 10.3 Built-in function objects. `slots` are values captured by closures of the specification's abstract
/// closures (resolving functions and the like).
class NativeFunction final : public Function {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::NativeFunction; }
    static constexpr uint32_t kMaxSlots = 8;

    // 10.3.4 CreateBuiltinFunction: `name` becomes the "name" property (with `prefix` "get"/"set" when given).
    static Fallible<NativeFunction*> create(Agent&, Realm&, NativeCode, uint32_t length, PropertyKey name,
                                            std::string_view prefix = {});
    static Fallible<NativeFunction*> create_closure(Agent&, Realm&, NativeCode, uint32_t length,
                                                    std::initializer_list<Value> slots);
    /// A constructor: [[Construct]] calls the same code with a new_target. `prototype_of_function` is its
    /// [[Prototype]] (null: %Function.prototype%).
    static Fallible<NativeFunction*> create_constructor(Agent&, Realm&, NativeCode, uint32_t length, PropertyKey name,
                                                        Object* prototype_of_function = nullptr);

    NativeCode code() const { return code_; }
    Value slot(uint32_t i) const { return slots_[i]; }
    void set_slot(uint32_t i, Value value) { slots_[i].set(this, value); }
    /// The function's initial name for messages.
    Result<Value> call(Agent&, const Arguments&) override;
    Result<Value> construct(Agent&, const Arguments&) override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    NativeFunction(Shape* shape, Realm* realm, NativeCode code, uint8_t flags, uint32_t slot_count)
        : Function(CellKind::NativeFunction, shape, flags, realm), code_(code) {
        class_data_ = slot_count;
    }
    NativeCode code_;
    Member<Value> slots_[0]; // class_data_ of them
};

/// 10.4.1 Bound function exotic objects
class BoundFunction final : public Function {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::BoundFunction; }
    // 10.4.1.3 BoundFunctionCreate
    static Result<BoundFunction*> create(Agent&, Object* target, Value bound_this, std::span<const Value> arguments);
    Object* target() const { return target_; }
    Result<Value> call(Agent&, const Arguments&) override;
    Result<Value> construct(Agent&, const Arguments&) override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    BoundFunction(Shape* shape, uint8_t flags, Object* target, Value bound_this, ValueArray* arguments);
    Member<Object> target_;
    Member<Value> bound_this_;
    Member<ValueArray> bound_arguments_;
};

/// A row of a builtin's table of methods.
struct FunctionEntry {
    PropertyKey key;
    NativeCode code;
    uint32_t length;
    Attributes attributes = kBuiltinAttributes;
};
/// A row of a builtin's table of accessors. `set` may be null.
struct AccessorEntry {
    PropertyKey key;
    NativeCode get;
    NativeCode set = nullptr;
    Attributes attributes = kConfigurable;
};
Fallible<void> define_functions(Agent&, Realm&, Object* target, std::span<const FunctionEntry>);
Fallible<void> define_accessors(Agent&, Realm&, Object* target, std::span<const AccessorEntry>);

} // namespace heddle
