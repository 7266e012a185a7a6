// 10.5 Proxy Object Internal Methods and Internal Slots
#include "runtime/proxy.h"

#include "runtime/array.h"

#include <fmt/core.h>

namespace heddle {

Proxy::Proxy(Shape* shape, uint8_t flags, Object* target, Object* handler)
    : Object(CellKind::Proxy, shape, static_cast<uint8_t>(flags | kExoticNamed | kExoticElements)) {
    target_.init(target);
    handler_.init(handler);
}

// 10.5.14 ProxyCreate ( target, handler )
Fallible<Proxy*> Proxy::create(Agent& agent, Value target, Value handler) {
    if (!target.is_object())
        return agent.throw_type_error("Proxy target must be an object, got " + display_string(target));
    if (!handler.is_object())
        return agent.throw_type_error("Proxy handler must be an object, got " + display_string(handler));
    Shape* shape = TRY(Shape::create_root(agent, nullptr, 0));
    auto flags = static_cast<uint8_t>(target.as_object()->object_flags() & (kCallable | kConstructor));
    return agent.heap().allocate<Proxy>(0, shape, flags, target.as_object(), handler.as_object());
}

void Proxy::revoke() {
    target_.clear();
    handler_.clear();
}

void Proxy::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(target_);
    visitor.visit(handler_);
}

// 10.5.15 ValidateNonRevokedProxy, and GetMethod of the handler
Result<Value> Proxy::trap(Agent& agent, const PropertyKey& name) {
    TRY(agent.check_stack());
    if (!handler_)
        return agent.throw_type_error(fmt::format("Cannot perform '{}' on a proxy that has been revoked", name.to_display_string()));
    return get_method(agent, Value(handler_.get()), name);
}

namespace {
Failed invariant(Agent& agent, std::string_view trap, std::string_view what) {
    return agent.throw_type_error(fmt::format("proxy trap '{}' {}", trap, what));
}
} // namespace

// 10.5.1 [[GetPrototypeOf]] ( )
Result<Object*> Proxy::get_prototype_of(Agent& agent) {
    Value trap_function = TRY(trap(agent, atoms::getPrototypeOf));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->get_prototype_of(agent);
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target)}));
    if (!result.is_object() && !result.is_null())
        return invariant(agent, "getPrototypeOf", "returned neither an object nor null");
    Object* prototype = result.is_null() ? nullptr : result.as_object();
    if (TRY(target->is_extensible(agent))) return prototype;
    if (TRY(target->get_prototype_of(agent)) != prototype)
        return invariant(agent, "getPrototypeOf", "returned another prototype than that of its non-extensible target");
    return prototype;
}

// 10.5.2 [[SetPrototypeOf]] ( V )
Result<bool> Proxy::set_prototype_of(Agent& agent, Object* prototype) {
    Value trap_function = TRY(trap(agent, atoms::setPrototypeOf));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->set_prototype_of(agent, prototype);
    Value argument = prototype ? Value(prototype) : Value::null();
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), argument}));
    if (!to_boolean(result)) return false;
    if (TRY(target->is_extensible(agent))) return true;
    if (TRY(target->get_prototype_of(agent)) != prototype)
        return invariant(agent, "setPrototypeOf", "returned true for another prototype than that of its non-extensible target");
    return true;
}

// 10.5.3 [[IsExtensible]] ( )
Result<bool> Proxy::is_extensible(Agent& agent) {
    Value trap_function = TRY(trap(agent, atoms::isExtensible));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->is_extensible(agent);
    bool result = to_boolean(TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target)})));
    if (result != TRY(target->is_extensible(agent)))
        return invariant(agent, "isExtensible", "disagrees with its target");
    return result;
}

// 10.5.4 [[PreventExtensions]] ( )
Result<bool> Proxy::prevent_extensions(Agent& agent) {
    Value trap_function = TRY(trap(agent, atoms::preventExtensions));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->prevent_extensions(agent);
    bool result = to_boolean(TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target)})));
    if (result && TRY(target->is_extensible(agent)))
        return invariant(agent, "preventExtensions", "returned true although its target is extensible");
    return result;
}

// 10.5.5 [[GetOwnProperty]] ( P )
Result<std::optional<PropertyDescriptor>> Proxy::get_own_property(Agent& agent, PropertyKey key) {
    if (key.is_private_name()) return own_property_direct(key);
    constexpr const char* kName = "getOwnPropertyDescriptor";
    Value trap_function = TRY(trap(agent, atoms::getOwnPropertyDescriptor));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->get_own_property(agent, key);
    Value key_value = TRY(key.to_value(agent));
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), key_value}));
    if (!result.is_object() && !result.is_undefined()) return invariant(agent, kName, "returned neither an object nor undefined");
    auto target_desc = TRY(target->get_own_property(agent, key));
    if (result.is_undefined()) {
        if (!target_desc) return std::optional<PropertyDescriptor>();
        if (!*target_desc->configurable) return invariant(agent, kName, "hid a non-configurable property of its target");
        if (!TRY(target->is_extensible(agent))) return invariant(agent, kName, "hid a property of its non-extensible target");
        return std::optional<PropertyDescriptor>();
    }
    bool extensible = TRY(target->is_extensible(agent));
    PropertyDescriptor desc = TRY(to_property_descriptor(agent, result));
    // CompletePropertyDescriptor
    if (!desc.is_accessor_descriptor()) {
        if (!desc.value) desc.value = Value::undefined();
        if (!desc.writable) desc.writable = false;
    } else {
        if (!desc.get) desc.get = Value::undefined();
        if (!desc.set) desc.set = Value::undefined();
    }
    if (!desc.enumerable) desc.enumerable = false;
    if (!desc.configurable) desc.configurable = false;
    if (!is_compatible_property_descriptor(extensible, desc, target_desc))
        return invariant(agent, kName, "returned a descriptor that is incompatible with its target's property");
    if (!*desc.configurable) {
        if (!target_desc || *target_desc->configurable)
            return invariant(agent, kName, "reported a property as non-configurable that its target does not have so");
        if (desc.writable && !*desc.writable && target_desc->writable.value_or(false))
            return invariant(agent, kName, "reported a writable non-configurable property as not writable");
    }
    return std::optional(desc);
}

// 10.5.6 [[DefineOwnProperty]] ( P, Desc )
Result<bool> Proxy::define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    if (key.is_private_name()) return ordinary_define_own_property(agent, key, desc);
    constexpr const char* kName = "defineProperty";
    Value trap_function = TRY(trap(agent, atoms::defineProperty));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->define_own_property(agent, key, desc);
    Value desc_object = TRY(from_property_descriptor(agent, desc));
    Value key_value = TRY(key.to_value(agent));
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), key_value, desc_object}));
    if (!to_boolean(result)) return false;
    auto target_desc = TRY(target->get_own_property(agent, key));
    bool extensible = TRY(target->is_extensible(agent));
    bool setting_non_configurable = desc.configurable && !*desc.configurable;
    if (!target_desc) {
        if (!extensible) return invariant(agent, kName, "added a property to its non-extensible target");
        if (setting_non_configurable) return invariant(agent, kName, "defined a non-configurable property that its target lacks");
        return true;
    }
    if (!is_compatible_property_descriptor(extensible, desc, target_desc))
        return invariant(agent, kName, "accepted a descriptor that is incompatible with its target's property");
    if (setting_non_configurable && *target_desc->configurable)
        return invariant(agent, kName, "defined as non-configurable a property that its target has as configurable");
    if (target_desc->is_data_descriptor() && !*target_desc->configurable && *target_desc->writable && desc.writable &&
        !*desc.writable)
        return invariant(agent, kName, "defined as not writable a property that its target has as writable");
    return true;
}

// 10.5.7 [[HasProperty]] ( P )
Result<bool> Proxy::has_property(Agent& agent, PropertyKey key) {
    Value trap_function = TRY(trap(agent, atoms::has));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->has_property(agent, key);
    Value key_value = TRY(key.to_value(agent));
    bool result = to_boolean(TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), key_value})));
    if (!result) {
        auto target_desc = TRY(target->get_own_property(agent, key));
        if (target_desc) {
            if (!*target_desc->configurable) return invariant(agent, "has", "hid a non-configurable property of its target");
            if (!TRY(target->is_extensible(agent))) return invariant(agent, "has", "hid a property of its non-extensible target");
        }
    }
    return result;
}

// 10.5.8 [[Get]] ( P, Receiver )
Result<Value> Proxy::get(Agent& agent, PropertyKey key, Value receiver) {
    Value trap_function = TRY(trap(agent, atoms::get));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->get(agent, key, receiver);
    Value key_value = TRY(key.to_value(agent));
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), key_value, receiver}));
    auto target_desc = TRY(target->get_own_property(agent, key));
    if (target_desc && !*target_desc->configurable) {
        if (target_desc->is_data_descriptor() && !*target_desc->writable && !same_value(result, *target_desc->value))
            return invariant(agent, "get", "returned another value than its target's constant property " + key.to_display_string());
        if (target_desc->is_accessor_descriptor() && target_desc->get->is_undefined() && !result.is_undefined())
            return invariant(agent, "get", "returned a value for a property without getter: " + key.to_display_string());
    }
    return result;
}

// 10.5.9 [[Set]] ( P, V, Receiver )
Result<bool> Proxy::set(Agent& agent, PropertyKey key, Value value, Value receiver) {
    Value trap_function = TRY(trap(agent, atoms::set));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->set(agent, key, value, receiver);
    Value key_value = TRY(key.to_value(agent));
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), key_value, value, receiver}));
    if (!to_boolean(result)) return false;
    auto target_desc = TRY(target->get_own_property(agent, key));
    if (target_desc && !*target_desc->configurable) {
        if (target_desc->is_data_descriptor() && !*target_desc->writable && !same_value(value, *target_desc->value))
            return invariant(agent, "set", "accepted another value for its target's constant property " + key.to_display_string());
        if (target_desc->is_accessor_descriptor() && target_desc->set->is_undefined())
            return invariant(agent, "set", "accepted a value for a property without setter: " + key.to_display_string());
    }
    return true;
}

// 10.5.10 [[Delete]] ( P )
Result<bool> Proxy::delete_property(Agent& agent, PropertyKey key) {
    Value trap_function = TRY(trap(agent, atoms::deleteProperty));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->delete_property(agent, key);
    Value key_value = TRY(key.to_value(agent));
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), key_value}));
    if (!to_boolean(result)) return false;
    auto target_desc = TRY(target->get_own_property(agent, key));
    if (!target_desc) return true;
    if (!*target_desc->configurable) return invariant(agent, "deleteProperty", "deleted a non-configurable property of its target");
    if (!TRY(target->is_extensible(agent))) return invariant(agent, "deleteProperty", "deleted a property of its non-extensible target");
    return true;
}

// 10.5.11 [[OwnPropertyKeys]] ( )
Result<void> Proxy::own_property_keys(Agent& agent, RootVector<Value>& keys) {
    constexpr const char* kName = "ownKeys";
    Value trap_function = TRY(trap(agent, atoms::ownKeys));
    Object* target = target_;
    if (trap_function.is_undefined()) return target->own_property_keys(agent, keys);
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target)}));
    if (!result.is_object()) return invariant(agent, kName, "did not return an object");
    RootVector<Value> list(agent.heap());
    // CreateListFromArrayLike ( trapResultArray, property-key )
    uint64_t length = TRY(length_of_array_like(agent, result.as_object()));
    for (uint64_t i = 0; i < length; ++i) {
        Value key = TRY(result.as_object()->get(agent, TRY(PropertyKey::from_integer(agent, i))));
        if (!key.is_string() && !key.is_symbol()) return invariant(agent, kName, "returned a key that is neither a string nor a symbol");
        if (key.is_string()) {
            // Interned, so that keys compare by identity below.
            PropertyKey interned = TRY(PropertyKey::from_string(agent, key.as_string()));
            if (!interned.is_index()) key = Value(interned.cell());
            else key = Value(TRY(agent.atoms().intern(agent, key.as_string())));
        }
        if (!list.push_back(key)) return agent.out_of_memory();
    }
    auto count_of = [&](Value key) {
        size_t count = 0;
        for (Value each : list)
            count += each == key;
        return count;
    };
    for (Value key : list) {
        if (count_of(key) > 1) return invariant(agent, kName, "returned a key twice: " + display_string(key));
    }
    bool extensible = TRY(target->is_extensible(agent));
    RootVector<Value> target_keys(agent.heap());
    TRY(target->own_property_keys(agent, target_keys));
    RootVector<Value> configurable(agent.heap());
    RootVector<Value> non_configurable(agent.heap());
    for (size_t i = 0; i < target_keys.size(); ++i) {
        Value key = target_keys[i];
        if (key.is_string()) key = Value(TRY(agent.atoms().intern(agent, key.as_string())));
        auto desc = TRY(target->get_own_property(agent, TRY(to_property_key(agent, key))));
        auto& into = desc && !*desc->configurable ? non_configurable : configurable;
        if (!into.push_back(key)) return agent.out_of_memory();
    }
    if (extensible && non_configurable.empty()) {
        for (Value key : list) {
            if (!keys.push_back(key)) return agent.out_of_memory();
        }
        return {};
    }
    size_t checked = 0;
    for (Value key : non_configurable) {
        if (count_of(key) == 0) return invariant(agent, kName, "left out a non-configurable key: " + display_string(key));
        ++checked;
    }
    if (!extensible) {
        for (Value key : configurable) {
            if (count_of(key) == 0) return invariant(agent, kName, "left out a key of its non-extensible target: " + display_string(key));
            ++checked;
        }
        if (checked != list.size()) return invariant(agent, kName, "returned a key that its non-extensible target does not have");
    }
    for (Value key : list) {
        if (!keys.push_back(key)) return agent.out_of_memory();
    }
    return {};
}

// 10.5.12 [[Call]] ( thisArgument, argumentsList )
Result<Value> Proxy::call(Agent& agent, const Arguments& arguments) {
    Value trap_function = TRY(trap(agent, atoms::apply));
    Object* target = target_;
    if (trap_function.is_undefined()) return heddle::call(agent, Value(target), arguments.this_value(), arguments.values());
    Array* array = TRY(Array::from_values(agent, arguments.values()));
    return heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), arguments.this_value(), Value(array)});
}

// 10.5.13 [[Construct]] ( argumentsList, newTarget )
Result<Value> Proxy::construct(Agent& agent, const Arguments& arguments) {
    Value trap_function = TRY(trap(agent, atoms::construct));
    Object* target = target_;
    if (trap_function.is_undefined())
        return Value(TRY(heddle::construct(agent, target, arguments.values(), arguments.new_target().as_object())));
    Array* array = TRY(Array::from_values(agent, arguments.values()));
    Value result = TRY(heddle::call(agent, trap_function, Value(handler_.get()), {Value(target), Value(array), arguments.new_target()}));
    if (!result.is_object()) return invariant(agent, "construct", "did not return an object");
    return result;
}

} // namespace heddle
