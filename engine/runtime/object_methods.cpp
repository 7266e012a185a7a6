// The ordinary internal methods (ECMA-262 10.1) and the short operations of 7.3 on objects.
#include "runtime/error.h"
#include "runtime/operations.h"
#include "runtime/sparse_elements.h"

#include <fmt/core.h>

namespace heddle {

// 10.1.1 [[GetPrototypeOf]] ( )
Result<Object*> Object::get_prototype_of(Agent&) { return prototype(); }

// 10.1.2 [[SetPrototypeOf]] ( V ), 10.1.2.1 OrdinarySetPrototypeOf
Result<bool> Object::set_prototype_of(Agent& agent, Object* new_prototype) {
    if (new_prototype == prototype()) return true;
    if (!extensible_flag()) return false;
    for (Object* p = new_prototype; p; p = p->prototype()) {
        if (p == this) return false;
        if (p->kind() == CellKind::Proxy) break; // its [[GetPrototypeOf]] is not ordinary: step 7.c.i
    }
    TRY(set_prototype_direct(agent, new_prototype));
    return true;
}

// 10.1.3 [[IsExtensible]] ( )
Result<bool> Object::is_extensible(Agent&) { return extensible_flag(); }

// 10.1.4 [[PreventExtensions]] ( )
Result<bool> Object::prevent_extensions(Agent& agent) {
    if (!extensible_flag()) return true;
    // A shape of its own, so that no cached transition adds to it.
    if (!shape_->is_dictionary()) shape_.set(this, TRY(shape_->to_dictionary(agent)));
    flags_ |= kNonExtensible;
    return true;
}

// 10.1.5 [[GetOwnProperty]] ( P )
Result<std::optional<PropertyDescriptor>> Object::get_own_property(Agent&, PropertyKey key) {
    return own_property_direct(key);
}

// 10.1.6.3 ValidateAndApplyPropertyDescriptor, steps 2 to 6
bool is_compatible_property_descriptor(bool extensible, const PropertyDescriptor& desc,
                                       const std::optional<PropertyDescriptor>& current) {
    if (!current) return extensible;
    if (*current->configurable) return true;
    if (desc.configurable.value_or(false)) return false;
    if (desc.enumerable && *desc.enumerable != *current->enumerable) return false;
    if (desc.is_generic_descriptor()) return true;
    if (desc.is_accessor_descriptor() != current->is_accessor_descriptor()) return false;
    if (current->is_accessor_descriptor()) {
        if (desc.get && !same_value(*desc.get, *current->get)) return false;
        if (desc.set && !same_value(*desc.set, *current->set)) return false;
        return true;
    }
    if (*current->writable) return true;
    if (desc.writable.value_or(false)) return false;
    return !desc.value || same_value(*desc.value, *current->value);
}

// ValidateAndApplyPropertyDescriptor, the applying half: absent fields keep the current value or take the default.
Fallible<void> Object::apply_descriptor(Agent& agent, PropertyKey key, const PropertyDescriptor& desc,
                                        const std::optional<PropertyDescriptor>& current) {
    bool accessor = desc.is_accessor_descriptor() ||
                    (desc.is_generic_descriptor() && current && current->is_accessor_descriptor());
    uint8_t attributes = 0;
    if (desc.enumerable.value_or(current && *current->enumerable)) attributes |= kEnumerable;
    if (desc.configurable.value_or(current && *current->configurable)) attributes |= kConfigurable;
    if (accessor) {
        bool was = current && current->is_accessor_descriptor();
        Value getter = desc.get ? *desc.get : was ? *current->get : Value::undefined();
        Value setter = desc.set ? *desc.set : was ? *current->set : Value::undefined();
        return define_direct_accessor(agent, key, getter, setter, static_cast<Attributes>(attributes));
    }
    bool was = current && current->is_data_descriptor();
    if (desc.writable ? *desc.writable : was && *current->writable) attributes |= kWritable;
    Value value = desc.value ? *desc.value : was ? *current->value : Value::undefined();
    return define_direct(agent, key, value, static_cast<Attributes>(attributes));
}

// 10.1.6.1 OrdinaryDefineOwnProperty
Result<bool> Object::ordinary_define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    std::optional<PropertyDescriptor> current = own_property_direct(key);
    if (!is_compatible_property_descriptor(extensible_flag(), desc, current)) return false;
    TRY(apply_descriptor(agent, key, desc, current));
    return true;
}

// 10.1.6 [[DefineOwnProperty]] ( P, Desc )
Result<bool> Object::define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    return ordinary_define_own_property(agent, key, desc);
}

// 10.1.7 [[HasProperty]] ( P )
Result<bool> Object::has_property(Agent& agent, PropertyKey key) {
    for (Object* object = this;;) {
        if (object->own_property_direct(key)) return true;
        object = object->prototype();
        if (!object) return false;
        if (!object->is_fully_ordinary()) return object->has_property(agent, key);
    }
}

// 10.1.8 [[Get]] ( P, Receiver )
Result<Value> Object::get(Agent& agent, PropertyKey key, Value receiver) {
    agent.advance_user_code_epoch();
    for (Object* object = this;;) {
        if (key.is_index()) {
            if (!object->is_sparse()) {
                Value value = object->dense_element_or_empty(key.as_index());
                if (!value.is_empty()) return value;
            } else if (auto* entry = object->sparse_elements()->find(key.as_index())) {
                if (!(entry->attributes & kAccessor)) return entry->value.get();
                Value getter = static_cast<AccessorPair*>(entry->value.get().as_cell())->getter();
                if (getter.is_undefined()) return Value::undefined();
                return heddle::call(agent, getter, receiver);
            }
        } else {
            PropertySlot found;
            if (object->shape_->lookup(key, found)) {
                Value value = object->slot_value(found.slot);
                if (!found.is_accessor()) return value;
                Value getter = static_cast<AccessorPair*>(value.as_cell())->getter();
                if (getter.is_undefined()) return Value::undefined();
                return heddle::call(agent, getter, receiver);
            }
        }
        object = object->prototype();
        if (!object) return Value::undefined();
        if (!object->is_fully_ordinary()) return object->get(agent, key, receiver);
    }
}

Result<bool> Object::set_on_receiver(Agent& agent, PropertyKey key, Value value, Value receiver) {
    if (!receiver.is_object()) return false;
    Object* target = receiver.as_object();
    auto existing = TRY(target->get_own_property(agent, key));
    if (existing) {
        if (existing->is_accessor_descriptor() || !*existing->writable) return false;
        PropertyDescriptor only_value;
        only_value.value = value;
        return target->define_own_property(agent, key, only_value);
    }
    return target->create_data_property(agent, key, value);
}

// 10.1.9.2 OrdinarySetWithOwnDescriptor ( O, P, V, Receiver, ownDesc )
Result<bool> Object::ordinary_set_with_own_descriptor(Agent& agent, PropertyKey key, Value value, Value receiver,
                                                      std::optional<PropertyDescriptor> own) {
    if (!own) {
        Object* parent = TRY(get_prototype_of(agent));
        if (parent) return parent->set(agent, key, value, receiver);
        own = PropertyDescriptor::data(Value::undefined(), kDefaultAttributes);
    }
    if (own->is_data_descriptor()) {
        if (!*own->writable) return false;
        return set_on_receiver(agent, key, value, receiver);
    }
    if (own->set->is_undefined()) return false;
    TRY(heddle::call(agent, *own->set, receiver, {value}));
    return true;
}

// 10.1.9 [[Set]] ( P, V, Receiver )
Result<bool> Object::set(Agent& agent, PropertyKey key, Value value, Value receiver) {
    agent.advance_user_code_epoch();
    bool receiver_is_this = receiver.is_object() && receiver.as_object() == this;
    for (Object* object = this;;) {
        Value stored;
        uint8_t attributes = 0;
        bool found = false;
        PropertySlot slot{};
        SparseElements::Entry* entry = nullptr;
        if (key.is_index()) {
            if (!object->is_sparse()) {
                stored = object->dense_element_or_empty(key.as_index());
                found = !stored.is_empty();
                attributes = kDefaultAttributes;
            } else if ((entry = object->sparse_elements()->find(key.as_index()))) {
                found = true;
                stored = entry->value;
                attributes = entry->attributes;
            }
        } else if (object->shape_->lookup(key, slot)) {
            found = true;
            attributes = slot.attributes;
            stored = object->slot_value(slot.slot);
        }
        if (found) {
            if (attributes & kAccessor) {
                Value setter = static_cast<AccessorPair*>(stored.as_cell())->setter();
                if (setter.is_undefined()) return false;
                TRY(heddle::call(agent, setter, receiver, {value}));
                return true;
            }
            if (!(attributes & kWritable)) return false;
            if (receiver_is_this && object == this) {
                if (entry) entry->value.set(object->sparse_elements(), value);
                else if (key.is_index()) object->set_dense_element(key.as_index(), value);
                else object->set_slot_value(slot.slot, value);
                return true;
            }
            return set_on_receiver(agent, key, value, receiver);
        }
        object = object->prototype();
        if (!object) break;
        if (!object->is_fully_ordinary()) return object->set(agent, key, value, receiver);
    }
    if (receiver_is_this && is_fully_ordinary()) {
        if (!extensible_flag()) return false;
        TRY(define_direct(agent, key, value));
        return true;
    }
    return set_on_receiver(agent, key, value, receiver);
}

// 10.1.10 [[Delete]] ( P )
Result<bool> Object::delete_property(Agent& agent, PropertyKey key) {
    auto own = TRY(get_own_property(agent, key));
    if (!own) return true;
    if (!*own->configurable) return false;
    if (!remove_direct(agent, key)) return Threw{};
    return true;
}

// 10.1.11 [[OwnPropertyKeys]] ( )
Result<void> Object::own_property_keys(Agent& agent, RootVector<Value>& keys) {
    TRY(append_element_indices(agent, keys));
    TRY(append_named_keys(agent, keys));
    return {};
}

Fallible<void> Object::append_named_keys(Agent& agent, RootVector<Value>& keys) const {
    for (bool symbols : {false, true}) {
        for (uint32_t i = 0; i < shape_->entry_count(); ++i) {
            PropertyKey key;
            PropertySlot slot;
            if (!shape_->property_at(i, key, slot) || key.is_symbol() != symbols || key.is_private_name()) continue;
            if (!keys.push_back(Value(key.cell()))) return agent.out_of_memory();
        }
    }
    return {};
}

Result<Value> Object::call(Agent& agent, const Arguments&) {
    return agent.throw_type_error(fmt::format("{} is not a function", display_string(Value(this))));
}

Result<Value> Object::construct(Agent& agent, const Arguments&) {
    return agent.throw_type_error(fmt::format("{} is not a constructor", display_string(Value(this))));
}

// --- 7.3 Operations on Objects ------------------------------------------------------------------------------

// 7.3.4 Set ( O, P, V, Throw ) with Throw true
Result<void> Object::set_or_throw(Agent& agent, PropertyKey key, Value value) {
    if (TRY(set(agent, key, value, Value(this)))) return {};
    return agent.throw_type_error(
        fmt::format("Cannot assign to property '{}' of {}: it is read-only or the object is not extensible",
                    key.to_display_string(), display_string(Value(this))));
}

// 7.3.13 HasOwnProperty ( O, P )
Result<bool> Object::has_own_property(Agent& agent, PropertyKey key) {
    return TRY(get_own_property(agent, key)).has_value();
}

// 7.3.5 CreateDataProperty ( O, P, V )
Result<bool> Object::create_data_property(Agent& agent, PropertyKey key, Value value) {
    return define_own_property(agent, key, PropertyDescriptor::data(value, kDefaultAttributes));
}

// 7.3.7 CreateDataPropertyOrThrow ( O, P, V )
Result<void> Object::create_data_property_or_throw(Agent& agent, PropertyKey key, Value value) {
    return define_property_or_throw(agent, key, PropertyDescriptor::data(value, kDefaultAttributes));
}

// 7.3.9 DefinePropertyOrThrow ( O, P, desc )
Result<void> Object::define_property_or_throw(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    if (TRY(define_own_property(agent, key, desc))) return {};
    return agent.throw_type_error(
        fmt::format("Cannot define property '{}' on {}: it exists and is not configurable, or the object is not extensible",
                    key.to_display_string(), display_string(Value(this))));
}

// 7.3.10 DeletePropertyOrThrow ( O, P )
Result<void> Object::delete_property_or_throw(Agent& agent, PropertyKey key) {
    if (TRY(delete_property(agent, key))) return {};
    return agent.throw_type_error(fmt::format("Cannot delete property '{}' of {}: it is not configurable",
                                              key.to_display_string(), display_string(Value(this))));
}

} // namespace heddle
