// Object: properties, elements, and the essential internal methods (ECMA-262 10.1), which exotic objects
// override. Named properties live in slots described by the Shape; indexed ones in elements.
#pragma once

#include "runtime/shape.h"

#include <optional>

namespace heddle {

class Realm;
class Arguments;
class Function;

/// A fixed number of Values in a cell of its own: out-of-line slots, dense elements, argument lists.
class ValueArray final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::ValueArray; }
    static constexpr uint32_t kMaxLength = 1u << 28;
    /// All entries `fill`. RangeError when too large.
    static Fallible<ValueArray*> create(Agent&, uint32_t length, Value fill = Value::empty());
    uint32_t length() const { return aux_; }
    Member<Value>* data() { return reinterpret_cast<Member<Value>*>(this + 1); }
    Value get(uint32_t i) const { return const_cast<ValueArray*>(this)->data()[i].get(); }
    void set(uint32_t i, Value value) {
        HEDDLE_ASSERT(i < length());
        data()[i].set(this, value);
    }
    std::span<const Member<Value>> span() { return {data(), length()}; }
    /// Entries [from, from + count) go to [to, to + count); the spans may overlap.
    void move(uint32_t to, uint32_t from, uint32_t count) {
        HEDDLE_ASSERT(uint64_t{to} + count <= length() && uint64_t{from} + count <= length());
        __builtin_memmove(static_cast<void*>(data() + to), data() + from, count * sizeof(Value));
        write_barrier(this);
    }
    /// Entries [from, from + count) of another array go to [to, to + count) of this one.
    void copy(uint32_t to, ValueArray* source, uint32_t from, uint32_t count) {
        HEDDLE_ASSERT(uint64_t{to} + count <= length() && uint64_t{from} + count <= source->length());
        __builtin_memcpy(static_cast<void*>(data() + to), source->data() + from, count * sizeof(Value));
        write_barrier(this);
    }
    void visit_edges(Visitor& visitor) override { visitor.visit(span()); }

private:
    friend class Heap;
    ValueArray(uint32_t length, Value fill);
};

/// Getter and setter of an accessor property; either may be undefined.
class AccessorPair final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::AccessorPair; }
    static Fallible<AccessorPair*> create(Agent&, Value getter, Value setter);
    Value getter() const { return getter_; }
    Value setter() const { return setter_; }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(getter_);
        visitor.visit(setter_);
    }

private:
    friend class Heap;
    AccessorPair(Value getter, Value setter) : Cell(CellKind::AccessorPair) {
        getter_.init(getter);
        setter_.init(setter);
    }
    Member<Value> getter_;
    Member<Value> setter_;
};

// 6.2.6 The Property Descriptor Specification Type
struct PropertyDescriptor {
    std::optional<Value> value;
    std::optional<Value> get;
    std::optional<Value> set;
    std::optional<bool> writable;
    std::optional<bool> enumerable;
    std::optional<bool> configurable;

    static PropertyDescriptor data(Value value, Attributes attributes) {
        return {value, {}, {}, (attributes & kWritable) != 0, (attributes & kEnumerable) != 0,
                (attributes & kConfigurable) != 0};
    }
    bool is_accessor_descriptor() const { return get.has_value() || set.has_value(); }
    bool is_data_descriptor() const { return value.has_value() || writable.has_value(); }
    bool is_generic_descriptor() const { return !is_accessor_descriptor() && !is_data_descriptor(); }
    /// Attributes with absent fields false.
    Attributes attributes() const;
};

class SparseElements;

class Object : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind >= CellKind::Object; }
    static constexpr uint32_t kMaxInlineCapacity = 64;

    /// OrdinaryObjectCreate with room for `inline_capacity` inline slots.
    static Fallible<Object*> create(Agent&, Object* prototype, uint32_t inline_capacity = 4);
    static Fallible<Object*> create_with_shape(Agent&, Shape*);

    Shape* shape() const { return shape_; }
    Object* prototype() const { return shape_->prototype(); }
    bool extensible_flag() const { return !(object_flags() & kNonExtensible); }
    bool is_callable() const { return object_flags() & kCallable; }
    bool is_constructor() const { return object_flags() & kConstructor; }
    bool is_html_dda() const { return object_flags() & kHtmlDda; }
    void set_is_html_dda() { flags_ |= kHtmlDda; }
    /// True when the object's [[Get]], [[Set]], [[HasProperty]]... on named (non-index) keys are the ordinary
    /// ones, so that inline caches may go by its shape.
    bool has_ordinary_named_properties() const { return !(object_flags() & kExoticNamed); }
    /// True when indexed access goes by elements_ alone (no typed array, string, arguments map or proxy).
    bool has_ordinary_elements() const { return !(object_flags() & kExoticElements); }
    /// Every internal method is the ordinary one for every key: walks along prototypes need no virtual call.
    bool is_fully_ordinary() const {
        return !(object_flags() & (kExoticNamed | kExoticElements)) && kind() != CellKind::Array &&
               kind() != CellKind::ScriptFunction;
    }
    /// Set once the object is some object's prototype: its changes advance Agent::prototype_epoch.
    bool is_used_as_prototype() const { return object_flags() & kUsedAsPrototype; }
    void mark_used_as_prototype() { flags_ |= kUsedAsPrototype; }

    /// A number that stands for the object's identity in hash tables, given out when first asked for.
    inline uint32_t identity_number(Agent&);

    // 10.1 Essential internal methods. Everything that can reach user code returns Result.
    virtual Result<Object*> get_prototype_of(Agent&);
    virtual Result<bool> set_prototype_of(Agent&, Object* prototype);
    virtual Result<bool> is_extensible(Agent&);
    virtual Result<bool> prevent_extensions(Agent&);
    virtual Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey);
    virtual Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&);
    virtual Result<bool> has_property(Agent&, PropertyKey);
    virtual Result<Value> get(Agent&, PropertyKey, Value receiver);
    virtual Result<bool> set(Agent&, PropertyKey, Value value, Value receiver);
    virtual Result<bool> delete_property(Agent&, PropertyKey);
    /// Appends own keys (indices ascending, strings, symbols; no private names) to `keys`, as key Values.
    virtual Result<void> own_property_keys(Agent&, RootVector<Value>& keys);
    /// Only when is_callable() / is_constructor().
    virtual Result<Value> call(Agent&, const Arguments&);
    virtual Result<Value> construct(Agent&, const Arguments&);

    // 7.3 Operations on objects, the short forms.
    Result<Value> get(Agent& agent, PropertyKey key) { return get(agent, key, Value(this)); }
    /// Set(O, P, V, true): throws TypeError when refused.
    Result<void> set_or_throw(Agent&, PropertyKey, Value);
    Result<bool> has_own_property(Agent&, PropertyKey);
    Result<bool> create_data_property(Agent&, PropertyKey, Value);
    Result<void> create_data_property_or_throw(Agent&, PropertyKey, Value);
    Result<void> define_property_or_throw(Agent&, PropertyKey, const PropertyDescriptor&);
    Result<void> delete_property_or_throw(Agent&, PropertyKey);

    // Direct operations on ordinary storage: never run user code, ignore exotic behaviour.
    /// Own named property in the shape. Not for indices.
    bool lookup_own_named(PropertyKey key, PropertySlot& out) const { return shape_->lookup(key, out); }
    Value slot_value(uint32_t slot) const {
        uint32_t in_line = shape_->inline_capacity();
        return slot < in_line ? inline_slots()[slot].get() : slots_->get(slot - in_line);
    }
    void set_slot_value(uint32_t slot, Value value) {
        uint32_t in_line = shape_->inline_capacity();
        if (slot < in_line) inline_slots()[slot].set(this, value);
        else slots_->set(slot - in_line, value);
    }
    /// Adds or overwrites an own property without consulting anything: for fresh objects and intrinsics.
    Fallible<void> define_direct(Agent&, PropertyKey, Value, Attributes = kDefaultAttributes);
    Fallible<void> define_direct_accessor(Agent&, PropertyKey, Value getter, Value setter, Attributes);
    /// Own property as stored, or nothing. Accessors appear as descriptors with get/set.
    std::optional<PropertyDescriptor> own_property_direct(PropertyKey) const;
    bool remove_direct(Agent&, PropertyKey); // false: out of memory is pending
    /// Installs `prototype` without checks (cycle, extensibility).
    Fallible<void> set_prototype_direct(Agent&, Object* prototype);

    // Inline caches use these: add a property by a transition already known. `new_shape` is
    // shape()->add(key) and slot is shape()->slot_count().
    Fallible<void> add_property_with_shape(Agent&, Shape* new_shape, uint32_t slot, Value value);
    /// The same where nothing need grow and nobody else be told; false: it does not apply.
    bool add_inline_property(Shape* new_shape, uint32_t slot, Value value) {
        if (slot >= new_shape->inline_capacity() || is_used_as_prototype()) return false;
        inline_slots()[slot].set(this, value);
        shape_.set(this, new_shape);
        return true;
    }

    /// A plain object whose own properties are what its shape says and no more: no elements, nothing exotic, no dictionary.
    bool has_only_shaped_properties() const {
        return kind() == CellKind::Object && !(object_flags() & (kExoticNamed | kExoticElements | kSparse)) && dense_length_ == 0 &&
               !shape_->is_dictionary();
    }
    /// Gives an object without properties the shape of `source`, which descends from its own, and the same values.
    Fallible<void> adopt_properties(Agent&, const Object* source);

    /// Gives an object without properties a shape that descends from its own, and the values for all its slots.
    Fallible<void> define_all_direct(Agent&, Shape*, std::span<const Value>);

    // Dense elements: values with default attributes; Value::empty() is a hole. Null when there are none.
    ValueArray* dense_elements() const { return is_sparse() ? nullptr : static_cast<ValueArray*>(elements_.get()); }
    bool is_sparse() const { return object_flags() & kSparse; }
    SparseElements* sparse_elements() const;
    /// Number of element slots in use in dense mode (beyond it all is holes).
    uint32_t dense_length() const { return dense_length_; }
    /// Own element as stored. Empty when absent. Dense only fast path; sparse handled.
    bool lookup_own_element(uint32_t index, PropertyDescriptor& out) const;
    Value dense_element_or_empty(uint32_t index) const {
        if (is_sparse() || index >= dense_length_) return Value::empty();
        return static_cast<ValueArray*>(elements_.get())->get(index);
    }
    void set_dense_element(uint32_t index, Value value) {
        HEDDLE_ASSERT(!is_sparse() && index < dense_length_);
        static_cast<ValueArray*>(elements_.get())->set(index, value);
    }
    /// Defines an element with default attributes; grows dense storage or goes sparse when far away.
    Fallible<void> define_element_direct(Agent&, uint32_t index, Value, Attributes = kDefaultAttributes);
    Fallible<void> ensure_dense_capacity(Agent&, uint32_t capacity);
    Fallible<void> convert_to_sparse(Agent&);
    /// Truncates or extends dense_length within capacity (new entries are holes).
    void set_dense_length(uint32_t length);
    bool remove_element_direct(uint32_t index);
    /// Appends own indices in ascending order.
    Fallible<void> append_element_indices(Agent&, RootVector<Value>& keys) const;
    /// Appends own string keys that are not indices, then symbols that are not private names; insertion order.
    Fallible<void> append_named_keys(Agent&, RootVector<Value>& keys) const;

    /// Class name for messages ("Array", "Object", constructor name); runs no user code.
    std::string class_name_for_message() const;
    std::string snapshot_name() const override;

    void visit_edges(Visitor&) override;

    enum Flags : uint8_t {
        kNonExtensible = 1,
        kCallable = 2,
        kConstructor = 4,
        kHtmlDda = 8,
        kExoticNamed = 16,
        kExoticElements = 32,
        kUsedAsPrototype = 64,
        kSparse = 128,
    };
    uint8_t object_flags() const { return flags_; }

protected:
    friend class Heap;
    Object(CellKind kind, Shape* shape, uint8_t flags = 0) : Cell(kind, flags) { shape_.init(shape); }
    explicit Object(Shape* shape);

    inline Member<Value>* inline_slots() const;
    /// OrdinaryGetOwnProperty … for subclasses that fall back to ordinary behaviour.
    Result<bool> ordinary_define_own_property(Agent&, PropertyKey, const PropertyDescriptor&);
    // 10.1.9.2 OrdinarySetWithOwnDescriptor
    Result<bool> ordinary_set_with_own_descriptor(Agent&, PropertyKey, Value, Value receiver,
                                                  std::optional<PropertyDescriptor>);
    /// Step 3 of it for a data property: defines or changes `key` on the receiver by its internal methods.
    static Result<bool> set_on_receiver(Agent&, PropertyKey, Value, Value receiver);
    Fallible<void> apply_descriptor(Agent&, PropertyKey, const PropertyDescriptor&,
                                    const std::optional<PropertyDescriptor>& current);
    Fallible<void> set_shape_growing(Agent&, Shape*, uint32_t slot, Value);
    void shape_changed(Agent&);
    void visit_properties(Visitor&);
    const String* class_name() const;

    Member<Shape> shape_;
    Member<ValueArray> slots_;
    Member<Cell> elements_; // ValueArray (dense) or SparseElements
    uint32_t dense_length_ = 0;
    uint32_t class_data_ = 0; // for the subclass (array length, and so on)
};

static_assert(sizeof(Object) == 48);

/// Base offset of inline slots: only plain Objects (kind Object) have any; other classes have capacity 0.
inline Member<Value>* Object::inline_slots() const {
    return reinterpret_cast<Member<Value>*>(const_cast<Object*>(this) + 1);
}

// 10.1.6.3 ValidateAndApplyPropertyDescriptor, the validating half (O may be undefined): whether `desc` may be
// applied over `current`.
bool is_compatible_property_descriptor(bool extensible, const PropertyDescriptor& desc,
                                       const std::optional<PropertyDescriptor>& current);

} // namespace heddle
