// 10.4.2 Array exotic objects, and lists made into arrays.
#pragma once

#include "runtime/agent.h"

namespace heddle {

class Array final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Array; }
    // 10.4.2.2 ArrayCreate; prototype null means %Array.prototype% of the current realm.
    static Fallible<Array*> create(Agent&, uint64_t length, Object* prototype = nullptr);
    /// %Array.prototype%: an array of its own, made before there is a root shape for arrays.
    static Fallible<Array*> create_prototype(Agent&, Object* prototype);
    /// 7.3.18 CreateArrayFromList
    static Fallible<Array*> from_values(Agent&, std::span<const Value>);
    uint32_t length() const { return class_data_; }
    bool length_writable() const { return length_writable_; }
    /// Dense, no holes below length, length writable: natives may go straight to the elements if the
    /// prototypes have none (see array_prototypes_have_no_elements).
    bool is_simple() const { return !is_sparse() && dense_length_ == class_data_ && length_writable_; }
    /// push_direct where the storage has room; false: nothing has happened.
    bool try_push(Value value) {
        if (!is_simple() || object_flags() & (kNonExtensible | kUsedAsPrototype)) return false;
        auto* elements = static_cast<ValueArray*>(elements_.get());
        if (!elements || dense_length_ >= elements->length()) return false;
        elements->set(dense_length_, value);
        class_data_ = ++dense_length_;
        return true;
    }
    /// Appends with default attributes as long as the array is_simple and extensible.
    Fallible<void> push_direct(Agent&, Value);
    /// Of a simple, extensible array: `skip` elements from `start` on go, and `inserted` come in their place.
    Fallible<void> splice_direct(Agent&, uint32_t start, uint32_t skip, std::span<const Value> inserted);
    /// Appends elements [from, from + count) of `source`, holes among them, to a simple, extensible array.
    Fallible<void> append_direct(Agent&, Array* source, uint32_t from, uint32_t count);
    // 10.4.2.4 ArraySetLength
    Result<bool> set_length(Agent&, const PropertyDescriptor&);
    Fallible<bool> set_length_direct(Agent&, uint32_t length);

    Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey) override;
    Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&) override;
    Result<bool> has_property(Agent&, PropertyKey) override;
    Result<Value> get(Agent&, PropertyKey, Value receiver) override;
    Result<bool> set(Agent&, PropertyKey, Value value, Value receiver) override;
    Result<bool> delete_property(Agent&, PropertyKey) override;
    Result<void> own_property_keys(Agent&, RootVector<Value>& keys) override;

private:
    friend class Heap;
    explicit Array(Shape* shape) : Object(CellKind::Array, shape) {}
    bool length_writable_ = true;
};

// 10.4.2.3 ArraySpeciesCreate
Result<Object*> array_species_create(Agent&, Object* original, uint64_t length);
/// True when neither %Array.prototype% nor %Object.prototype% of the object's chain holds an indexed property,
/// so that a hole reads as undefined without a walk.
bool prototypes_have_no_elements(const Object*);

} // namespace heddle
