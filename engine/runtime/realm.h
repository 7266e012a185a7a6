// Realm: one global object, its global environment and its intrinsics, which are made when first asked for.
#pragma once

#include "runtime/function.h"

namespace heddle {

enum class Intrinsic : uint16_t {
#define INTRINSIC(Name, create) Name,
#include "runtime/intrinsics.def"
#undef INTRINSIC
    Count
};

/// Makes one intrinsic object of a realm. May ask the realm for other intrinsics, but not for itself before it
/// has called Realm::set_intrinsic (which breaks cycles between a constructor and its prototype).
using IntrinsicCreator = Fallible<Object*> (*)(Agent&, Realm&);

/// A name of the global object that is materialized on first touch.
struct GlobalEntry {
    PropertyKey key;
    enum Kind : uint8_t { kIntrinsic, kFunction, kValue, kAccessor } kind;
    Intrinsic intrinsic = Intrinsic::Count;
    NativeCode code = nullptr; // of an accessor: the getter
    NativeCode setter = nullptr;
    uint32_t length = 0;
    Value value = Value::undefined();
    Attributes attributes = kBuiltinAttributes;
};

/// What the `next` method of a builtin iterator does, without a result object around the value: nothing at the end.
using IteratorStep = Result<std::optional<Value>> (*)(Agent&, Value iterator);
struct IteratorNext {
    NativeCode next;
    IteratorStep step;
};

/// The library that a Runtime is made with: a table from Intrinsic to creator, and the global names.
struct IntrinsicTable {
    IntrinsicCreator creators[static_cast<size_t>(Intrinsic::Count)];
    std::span<const GlobalEntry> globals;
    std::span<const IteratorNext> iterator_steps; // that of arrays first
    /// What %Array.prototype.values% does for an array.
    Fallible<Object*> (*create_array_values_iterator)(Agent&, Object* array) = nullptr;
};

class Environment;

class Realm final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Realm; }
    // 9.3.1 InitializeHostDefinedRealm, without the lazily made parts
    static Fallible<Realm*> create(Agent&, const IntrinsicTable&);

    /// The intrinsic object, made now if this is its first use.
    Fallible<Object*> intrinsic(Intrinsic id) {
        if (Object* object = intrinsics_[static_cast<size_t>(id)].get()) [[likely]] return object;
        return materialize(id);
    }
    Object* intrinsic_if_made(Intrinsic id) const { return intrinsics_[static_cast<size_t>(id)]; }
    void set_intrinsic(Intrinsic id, Object* object) { intrinsics_[static_cast<size_t>(id)].set(this, object); }

    Object* global_object() const { return global_object_; }
    Object* global_this() const { return global_this_; }
    const IntrinsicTable& table() const { return *table_; }
    Agent& agent() const { return agent_; }

    /// Root shape for objects with this prototype and inline capacity, shared within the realm.
    Fallible<Shape*> root_shape(Intrinsic prototype, uint32_t inline_capacity = 0) {
        size_t at = root_shape_place(prototype, inline_capacity);
        if (Shape* shape = root_shapes_[at]; shape && root_shape_keys_[at].prototype == prototype && root_shape_keys_[at].inline_capacity == inline_capacity)
            return shape;
        return find_root_shape(prototype, inline_capacity);
    }

    /// 9.1.1.4 The declarative record of the global environment, lexical names of scripts: an object without
    /// prototype; empty values are uninitialized bindings, constants are not writable.
    Object* global_scope() const { return global_scope_; }
    /// The shape of the objects of 7.4.14 CreateIteratorResultObject: value and done, both in the object.
    Fallible<Shape*> iterator_result_shape();
    /// The `next` method with which GetIterator would walk `array`, when that is the library's own all the way: the array has
    /// no properties beside its elements, and neither %Array.prototype% nor %ArrayIteratorPrototype% was changed where it
    /// matters. Else empty.
    Value untouched_array_next(const Object* array);
    /// As above, and `next` is still the library's own.
    bool array_iteration_is_untouched(const Object* array);
    /// Whether an iterator is one of the library's for arrays, and closing it does nothing: no prototype has a "return".
    bool closing_does_nothing(const Object* iterator) const {
        return iterator->kind() == CellKind::ArrayIterator && iterator->shape()->property_count() == 0 &&
               iterator->prototype() == intrinsic_if_made(Intrinsic::ArrayIteratorPrototype) && epoch_without_return_ == current_prototype_epoch();
    }
    /// "return" of `iterator` was undefined: notes whether that is so because nobody has the property.
    void found_no_return(const Object* iterator);
    /// Free slots for the layers below: host data ($262, console counters), template registry, modules, and the
    /// listeners of the global object of a worker.
    enum class HostSlot : uint8_t { Modules, Host, Templates, Events, Count };
    Value host_slot(HostSlot slot) const { return host_slots_[static_cast<size_t>(slot)]; }
    void set_host_slot(HostSlot slot, Value value) { host_slots_[static_cast<size_t>(slot)].set(this, value); }

    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    Realm(Agent& agent, const IntrinsicTable& table) : Cell(CellKind::Realm), agent_(agent), table_(&table) {}
    Fallible<Object*> materialize(Intrinsic);

    Agent& agent_;
    const IntrinsicTable* table_;
    Member<Object> global_object_;
    Member<Object> global_this_;
    Member<Object> global_scope_;
    Member<Value> host_slots_[static_cast<size_t>(HostSlot::Count)];
    Member<Object> intrinsics_[static_cast<size_t>(Intrinsic::Count)];
    struct RootShape {
        Intrinsic prototype;
        uint32_t inline_capacity;
    };
    /// Where the two methods of array iteration were found; stands as long as the shapes do.
    struct ArrayIteration {
        Member<Shape> prototype;
        Member<Shape> iterator_prototype;
        uint32_t iterator_slot = 0;
        uint32_t next_slot = 0;
    };
    bool find_array_iteration();
    uint64_t current_prototype_epoch() const;
    uint64_t epoch_without_return_ = 0; // of the agent's prototypes
    ArrayIteration array_iteration_;
    Member<Shape> iterator_result_shape_;
    Fallible<Shape*> find_root_shape(Intrinsic prototype, uint32_t inline_capacity);
    static size_t root_shape_place(Intrinsic prototype, uint32_t inline_capacity) {
        return (static_cast<size_t>(prototype) * 31 + inline_capacity) % kRootShapeSlots;
    }
    static constexpr uint32_t kRootShapeSlots = 128;
    RootShape root_shape_keys_[kRootShapeSlots] = {};
    Member<Shape> root_shapes_[kRootShapeSlots];
};

/// The global object: ordinary, but for names that are still to be materialized from the realm's table.
class GlobalObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::GlobalObject; }
    static Fallible<GlobalObject*> create(Agent&, Realm&, Object* prototype);
    Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey) override;
    Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&) override;
    Result<bool> has_property(Agent&, PropertyKey) override;
    Result<Value> get(Agent&, PropertyKey, Value receiver) override;
    Result<bool> set(Agent&, PropertyKey, Value value, Value receiver) override;
    Result<bool> delete_property(Agent&, PropertyKey) override;
    Result<void> own_property_keys(Agent&, RootVector<Value>& keys) override;
    /// Makes `key` real if it is a pending global name. Cheap when it is not.
    Fallible<void> materialize(Agent&, PropertyKey);
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    GlobalObject(Shape* shape, Realm* realm) : Object(CellKind::GlobalObject, shape) { realm_.init(realm); }
    Fallible<void> materialize_all(Agent&);
    Member<Realm> realm_;
    uint64_t pending_[4] = {}; // one bit for each entry of the table not yet made
};

} // namespace heddle
