// 10.4.2 Array exotic objects. "length" is not a property of the shape: it is a field that these methods show.
#include "runtime/array.h"

#include "runtime/operations.h"
#include "runtime/sparse_elements.h"

#include <algorithm>

namespace heddle {

namespace {
bool is_length(PropertyKey key) { return key == PropertyKey(atoms::length); }
} // namespace

// 10.4.2.2 ArrayCreate ( length [ , proto ] )
Fallible<Array*> Array::create(Agent& agent, uint64_t length, Object* prototype) {
    if (length > 0xFFFF'FFFFull) return agent.throw_range_error("Invalid array length: an array holds at most 4294967295 elements");
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::ArrayPrototype));
    if (prototype && shape->prototype() != prototype) shape = TRY(shape->with_prototype(agent, prototype));
    Array* array = TRY(agent.heap().allocate<Array>(0, shape));
    array->class_data_ = static_cast<uint32_t>(length);
    if (length != 0 && length <= 1u << 16) TRY(array->ensure_dense_capacity(agent, static_cast<uint32_t>(length)));
    return array;
}

Fallible<Array*> Array::create_prototype(Agent& agent, Object* prototype) {
    Shape* shape = TRY(Shape::create_root(agent, prototype, 0));
    return agent.heap().allocate<Array>(0, shape);
}

// 7.3.18 CreateArrayFromList ( elements )
Fallible<Array*> Array::from_values(Agent& agent, std::span<const Value> values) {
    if (values.size() > ValueArray::kMaxLength) return agent.out_of_memory();
    Array* array = TRY(create(agent, 0));
    auto length = static_cast<uint32_t>(values.size());
    if (length == 0) return array;
    TRY(array->ensure_dense_capacity(agent, length));
    array->dense_length_ = length;
    array->class_data_ = length;
    for (uint32_t i = 0; i < length; ++i)
        array->set_dense_element(i, values[i]);
    return array;
}

Fallible<void> Array::push_direct(Agent& agent, Value value) {
    HEDDLE_ASSERT(is_simple() && extensible_flag());
    if (try_push(value)) return {};
    if (class_data_ == 0xFFFF'FFFF) return agent.throw_range_error("Invalid array length: an array holds at most 4294967295 elements");
    uint32_t index = class_data_;
    TRY(define_element_direct(agent, index, value));
    class_data_ = index + 1;
    return {};
}

Fallible<void> Array::splice_direct(Agent& agent, uint32_t start, uint32_t skip, std::span<const Value> inserted) {
    HEDDLE_ASSERT(is_simple() && extensible_flag() && start <= class_data_ && skip <= class_data_ - start);
    uint32_t old_length = class_data_;
    uint64_t new_length = uint64_t{old_length} - skip + inserted.size();
    if (new_length > ValueArray::kMaxLength) return agent.out_of_memory();
    auto count = static_cast<uint32_t>(inserted.size());
    auto length = static_cast<uint32_t>(new_length);
    TRY(ensure_dense_capacity(agent, length));
    if (length == 0 && old_length == 0) return {};
    auto* elements = static_cast<ValueArray*>(elements_.get());
    elements->move(start + count, start + skip, old_length - start - skip);
    for (uint32_t i = length; i < old_length; ++i)
        elements->set(i, Value::empty());
    dense_length_ = length;
    class_data_ = length;
    for (uint32_t i = 0; i < count; ++i)
        elements->set(start + i, inserted[i]);
    if (old_length == 0) shape_changed(agent);
    return {};
}

Fallible<void> Array::append_direct(Agent& agent, Array* source, uint32_t from, uint32_t count) {
    HEDDLE_ASSERT(is_simple() && extensible_flag() && !source->is_sparse() && uint64_t{from} + count <= source->dense_length());
    uint64_t new_length = uint64_t{class_data_} + count;
    if (new_length > ValueArray::kMaxLength) return agent.out_of_memory();
    if (count == 0) return {};
    auto length = static_cast<uint32_t>(new_length);
    TRY(ensure_dense_capacity(agent, length));
    static_cast<ValueArray*>(elements_.get())->copy(class_data_, static_cast<ValueArray*>(source->elements_.get()), from, count);
    bool was_empty = dense_length_ == 0;
    dense_length_ = length;
    class_data_ = length;
    if (was_empty) shape_changed(agent);
    return {};
}

Fallible<bool> Array::set_length_direct(Agent& agent, uint32_t length) {
    if (length >= class_data_) {
        class_data_ = length;
        return true;
    }
    if (!is_sparse()) {
        if (length < dense_length_) set_dense_length(length);
        class_data_ = length;
        return true;
    }
    // Delete from the end; the first entry that is not configurable stops it.
    SparseElements* sparse = sparse_elements();
    uint32_t stop = length;
    for (uint32_t i = 0; i < sparse->capacity(); ++i) {
        auto& entry = sparse->entries()[i];
        if (entry.state == SparseElements::kUsed && entry.index >= length && !(entry.attributes & kConfigurable))
            stop = std::max(stop, entry.index + 1);
    }
    for (uint32_t i = 0; i < sparse->capacity(); ++i) {
        auto& entry = sparse->entries()[i];
        if (entry.state == SparseElements::kUsed && entry.index >= stop) sparse->remove(&entry);
    }
    class_data_ = stop;
    return stop == length;
}

// 10.4.2.4 ArraySetLength ( A, Desc )
Result<bool> Array::set_length(Agent& agent, const PropertyDescriptor& desc) {
    auto validate = [&](const PropertyDescriptor& d) {
        PropertyDescriptor current = PropertyDescriptor::data(Value::number(length()), length_writable_ ? kWritable : kNone);
        return is_compatible_property_descriptor(extensible_flag(), d, current);
    };
    if (!desc.value) {
        if (!validate(desc)) return false;
        if (desc.writable && !*desc.writable) length_writable_ = false;
        return true;
    }
    // Steps 3 to 5: both conversions may run user code.
    uint32_t new_length = TRY(to_uint32(agent, *desc.value));
    double number = TRY(to_number(agent, *desc.value));
    if (number != new_length)
        return agent.throw_range_error("Invalid array length: expected an integer from 0 to 4294967295");
    PropertyDescriptor new_desc = desc;
    new_desc.value = Value::number(new_length);
    if (!validate(new_desc)) return false;
    bool complete = true;
    if (new_length != class_data_) complete = TRY(set_length_direct(agent, new_length));
    if (desc.writable && !*desc.writable) length_writable_ = false;
    return complete;
}

Result<std::optional<PropertyDescriptor>> Array::get_own_property(Agent&, PropertyKey key) {
    if (is_length(key))
        return std::optional(PropertyDescriptor::data(Value::number(length()), length_writable_ ? kWritable : kNone));
    return own_property_direct(key);
}

// 10.4.2.1 [[DefineOwnProperty]] ( P, Desc )
Result<bool> Array::define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    if (is_length(key)) return set_length(agent, desc);
    if (!key.is_index()) return ordinary_define_own_property(agent, key, desc);
    uint32_t index = key.as_index();
    if (index >= class_data_ && !length_writable_) return false;
    if (!TRY(ordinary_define_own_property(agent, key, desc))) return false;
    if (index >= class_data_) class_data_ = index + 1;
    return true;
}

Result<bool> Array::has_property(Agent& agent, PropertyKey key) {
    if (is_length(key)) return true;
    return Object::has_property(agent, key);
}

Result<Value> Array::get(Agent& agent, PropertyKey key, Value receiver) {
    if (is_length(key)) return Value::number(length());
    return Object::get(agent, key, receiver);
}

Result<bool> Array::set(Agent& agent, PropertyKey key, Value value, Value receiver) {
    if (!receiver.is_object() || receiver.as_object() != this) {
        auto own = TRY(get_own_property(agent, key));
        return ordinary_set_with_own_descriptor(agent, key, value, receiver, std::move(own));
    }
    if (is_length(key)) {
        if (!length_writable_) return false;
        PropertyDescriptor only_value;
        only_value.value = value;
        return set_length(agent, only_value);
    }
    if (key.is_index() && !is_sparse()) {
        uint32_t index = key.as_index();
        if (!dense_element_or_empty(index).is_empty()) {
            set_dense_element(index, value);
            return true;
        }
        if (extensible_flag() && (index < class_data_ || length_writable_) && prototypes_have_no_elements(this)) {
            TRY(define_element_direct(agent, index, value));
            if (index >= class_data_) class_data_ = index + 1;
            return true;
        }
    }
    return Object::set(agent, key, value, receiver);
}

Result<bool> Array::delete_property(Agent& agent, PropertyKey key) {
    if (is_length(key)) return false;
    return Object::delete_property(agent, key);
}

Result<void> Array::own_property_keys(Agent& agent, RootVector<Value>& keys) {
    TRY(append_element_indices(agent, keys));
    if (!keys.push_back(Value(static_cast<String*>(atoms::length)))) return agent.out_of_memory();
    TRY(append_named_keys(agent, keys));
    return {};
}

bool prototypes_have_no_elements(const Object* object) {
    for (const Object* p = object->prototype(); p; p = p->prototype()) {
        if (!p->has_ordinary_elements() || p->is_sparse() || p->dense_length() != 0) return false;
    }
    return true;
}

// 10.4.2.3 ArraySpeciesCreate ( originalArray, length )
Result<Object*> array_species_create(Agent& agent, Object* original, uint64_t length) {
    if (!TRY(is_array(agent, Value(original)))) return Result<Object*>(TRY(Array::create(agent, length)));
    Value constructor = TRY(original->get(agent, atoms::constructor));
    if (is_constructor(constructor)) {
        Realm* this_realm = &agent.realm();
        Realm* constructor_realm = TRY(get_function_realm(agent, constructor.as_object()));
        if (constructor_realm != this_realm && constructor.as_object() == constructor_realm->intrinsic_if_made(Intrinsic::Array))
            constructor = Value::undefined();
    }
    if (constructor.is_object()) {
        constructor = TRY(constructor.as_object()->get(agent, symbols::species));
        if (constructor.is_null()) constructor = Value::undefined();
    }
    if (constructor.is_undefined()) return Result<Object*>(TRY(Array::create(agent, length)));
    if (!is_constructor(constructor))
        return agent.throw_type_error("Symbol.species of the array's constructor is not a constructor: " + display_string(constructor));
    Value arguments[] = {Value::number(length)};
    return heddle::construct(agent, constructor.as_object(), arguments);
}

} // namespace heddle
