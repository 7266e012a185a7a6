// 20.1 Object Objects
#include "builtins/array.h"
#include "builtins/intrinsics.h"

#include "runtime/array.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// --- 20.1.1 The Object Constructor
// --------------------------------------------------------------------------

// 20.1.1.1 Object ( [ value ] )
Result<Value> object_constructor(Agent& agent, const Arguments& arguments) {
    if (arguments.is_construct() && arguments.new_target().as_object() != arguments.callee()) {
        Shape* shape =
            TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::ObjectPrototype, 4));
        return Value(TRY(Object::create_with_shape(agent, shape)));
    }
    if (arguments[0].is_nullish())
        return Value(TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype)))));
    return Value(TRY(to_object(agent, arguments[0])));
}

// --- 20.1.2 Properties of the Object Constructor
// ------------------------------------------------------------

// 20.1.2.1 Object.assign ( target, ...sources )
Result<Value> object_assign(Agent& agent, const Arguments& arguments) {
    Object* to = TRY(to_object(agent, arguments[0]));
    for (Value source : arguments.from(1)) {
        if (source.is_nullish()) continue;
        Object* from = TRY(to_object(agent, source));
        RootVector<Value> keys(agent.heap());
        TRY(from->own_property_keys(agent, keys));
        for (size_t i = 0; i < keys.size(); ++i) {
            PropertyKey key = TRY(to_property_key(agent, keys[i]));
            auto desc = TRY(from->get_own_property(agent, key));
            if (!desc || !*desc->enumerable) continue;
            Value value = TRY(from->get(agent, key));
            TRY(to->set_or_throw(agent, key, value));
        }
    }
    return Value(to);
}

// A PropertyDescriptor as four values, so that lists of them can be kept where the collector sees them.
Fallible<void> push_descriptor(Agent& agent, RootVector<Value>& list, Value key,
                               const PropertyDescriptor& desc) {
    int32_t fields = 0;
    auto flag = [&](int bit, const std::optional<bool>& field) {
        if (field) fields |= (*field ? 3 : 1) << bit;
    };
    flag(0, desc.writable);
    flag(2, desc.enumerable);
    flag(4, desc.configurable);
    auto kept = [](const std::optional<Value>& field) { return field ? *field : Value::empty(); };
    bool stored = list.push_back(key) && list.push_back(kept(desc.value)) && list.push_back(kept(desc.get)) &&
                  list.push_back(kept(desc.set)) && list.push_back(Value::int32(fields));
    if (!stored) return agent.out_of_memory();
    return {};
}

PropertyDescriptor descriptor_at(const RootVector<Value>& list, size_t i) {
    PropertyDescriptor desc;
    if (!list[i + 1].is_empty()) desc.value = list[i + 1];
    if (!list[i + 2].is_empty()) desc.get = list[i + 2];
    if (!list[i + 3].is_empty()) desc.set = list[i + 3];
    int32_t fields = list[i + 4].as_int32();
    auto flag = [&](int bit) -> std::optional<bool> {
        if (!((fields >> bit) & 1)) return {};
        return ((fields >> bit) & 2) != 0;
    };
    desc.writable = flag(0);
    desc.enumerable = flag(2);
    desc.configurable = flag(4);
    return desc;
}

// 20.1.2.3.1 ObjectDefineProperties ( obj, props )
Result<void> object_define_properties_on(Agent& agent, Object* object, Value properties) {
    Object* props = TRY(to_object(agent, properties));
    RootVector<Value> keys(agent.heap());
    TRY(props->own_property_keys(agent, keys));
    RootVector<Value> descriptors(agent.heap());
    for (size_t i = 0; i < keys.size(); ++i) {
        PropertyKey key = TRY(to_property_key(agent, keys[i]));
        auto own = TRY(props->get_own_property(agent, key));
        if (!own || !*own->enumerable) continue;
        Value description = TRY(props->get(agent, key));
        PropertyDescriptor desc = TRY(to_property_descriptor(agent, description));
        TRY(push_descriptor(agent, descriptors, keys[i], desc));
    }
    for (size_t i = 0; i < descriptors.size(); i += 5)
        TRY(object->define_property_or_throw(agent, TRY(to_property_key(agent, descriptors[i])),
                                             descriptor_at(descriptors, i)));
    return {};
}

// 20.1.2.2 Object.create ( O, Properties )
Result<Value> object_create(Agent& agent, const Arguments& arguments) {
    Value prototype = arguments[0];
    if (!prototype.is_object() && !prototype.is_null())
        return agent.throw_type_error("Object prototype must be an object or null, got " +
                                      display_string(prototype));
    Object* object = TRY(Object::create(agent, prototype.is_null() ? nullptr : prototype.as_object()));
    if (!arguments[1].is_undefined()) TRY(object_define_properties_on(agent, object, arguments[1]));
    return Value(object);
}

Failed throw_not_an_object(Agent& agent, const char* function, Value value) {
    return agent.throw_type_error(fmt::format("{} needs an object, got {}", function, display_string(value)));
}

// 20.1.2.3 Object.defineProperties ( O, Properties )
Result<Value> object_define_properties(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return throw_not_an_object(agent, "Object.defineProperties", arguments[0]);
    TRY(object_define_properties_on(agent, arguments[0].as_object(), arguments[1]));
    return arguments[0];
}

// 20.1.2.4 Object.defineProperty ( O, P, Attributes )
Result<Value> object_define_property(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return throw_not_an_object(agent, "Object.defineProperty", arguments[0]);
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    PropertyDescriptor desc = TRY(to_property_descriptor(agent, arguments[2]));
    TRY(arguments[0].as_object()->define_property_or_throw(agent, key, desc));
    return arguments[0];
}

Result<Value> list_properties(Agent& agent, Value value, PropertyListKind kind) {
    Object* object = TRY(to_object(agent, value));
    RootVector<Value> list(agent.heap());
    TRY(enumerable_own_properties(agent, object, kind, list));
    return Value(TRY(Array::from_values(agent, list.span())));
}

// 20.1.2.5 Object.entries ( O )
Result<Value> object_entries(Agent& agent, const Arguments& arguments) {
    return list_properties(agent, arguments[0], PropertyListKind::KeyAndValue);
}

// 20.1.2.19 Object.keys ( O )
Result<Value> object_keys(Agent& agent, const Arguments& arguments) {
    return list_properties(agent, arguments[0], PropertyListKind::Key);
}

// 20.1.2.24 Object.values ( O )
Result<Value> object_values(Agent& agent, const Arguments& arguments) {
    return list_properties(agent, arguments[0], PropertyListKind::Value);
}

// 20.1.2.6 Object.freeze ( O )
Result<Value> object_freeze(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return arguments[0];
    if (!TRY(set_integrity_level(agent, arguments[0].as_object(), IntegrityLevel::Frozen)))
        return agent.throw_type_error("Cannot freeze " + display_string(arguments[0]) +
                                      ": it refuses to become non-extensible");
    return arguments[0];
}

// 20.1.2.7 Object.fromEntries ( iterable )
Result<Value> object_from_entries(Agent& agent, const Arguments& arguments) {
    TRY(require_object_coercible(agent, arguments[0], "Object.fromEntries"));
    Object* object = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(iterate(agent, arguments[0], [&](Value entry) -> Result<void> {
        if (!entry.is_object())
            return agent.throw_type_error("Iterator value " + display_string(entry) +
                                          " is not an entry object");
        Value key = TRY(entry.as_object()->get(agent, PropertyKey::index(0)));
        Value value = TRY(entry.as_object()->get(agent, PropertyKey::index(1)));
        PropertyKey property = TRY(to_property_key(agent, key));
        TRY(object->create_data_property_or_throw(agent, property, value));
        return {};
    }));
    return Value(object);
}

// 20.1.2.8 Object.getOwnPropertyDescriptor ( O, P )
Result<Value> object_get_own_property_descriptor(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments[0]));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    auto desc = TRY(object->get_own_property(agent, key));
    return TRY(from_property_descriptor(agent, desc));
}

// 20.1.2.9 Object.getOwnPropertyDescriptors ( O )
Result<Value> object_get_own_property_descriptors(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments[0]));
    RootVector<Value> keys(agent.heap());
    TRY(object->own_property_keys(agent, keys));
    Object* descriptors = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    for (size_t i = 0; i < keys.size(); ++i) {
        PropertyKey key = TRY(to_property_key(agent, keys[i]));
        auto desc = TRY(object->get_own_property(agent, key));
        Value descriptor = TRY(from_property_descriptor(agent, desc));
        if (!descriptor.is_undefined())
            TRY(descriptors->create_data_property_or_throw(agent, key, descriptor));
    }
    return Value(descriptors);
}

// 20.1.2.11.1 GetOwnPropertyKeys ( O, type )
Result<Value> get_own_property_keys(Agent& agent, Value value, bool symbols) {
    Object* object = TRY(to_object(agent, value));
    RootVector<Value> keys(agent.heap());
    TRY(object->own_property_keys(agent, keys));
    size_t kept = 0;
    for (size_t i = 0; i < keys.size(); ++i)
        if (keys[i].is_symbol() == symbols) keys[kept++] = keys[i];
    return Value(TRY(Array::from_values(agent, keys.span().first(kept))));
}

// 20.1.2.10 Object.getOwnPropertyNames ( O )
Result<Value> object_get_own_property_names(Agent& agent, const Arguments& arguments) {
    return get_own_property_keys(agent, arguments[0], false);
}

// 20.1.2.11 Object.getOwnPropertySymbols ( O )
Result<Value> object_get_own_property_symbols(Agent& agent, const Arguments& arguments) {
    return get_own_property_keys(agent, arguments[0], true);
}

// 20.1.2.12 Object.getPrototypeOf ( O )
Result<Value> object_get_prototype_of(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments[0]));
    Object* prototype = TRY(object->get_prototype_of(agent));
    return prototype ? Value(prototype) : Value::null();
}

// 20.1.2.13 Object.groupBy ( items, callback )
Result<Value> object_group_by(Agent& agent, const Arguments& arguments) {
    // 7.3.35 GroupBy ( items, callback, keyCoercion ) with PROPERTY. Nobody sees the groups before the end,
    // so they are gathered in the result.
    TRY(require_object_coercible(agent, arguments[0], "Object.groupBy"));
    Value callback = arguments[1];
    if (!is_callable(callback))
        return agent.throw_type_error("Object.groupBy needs a function, got " + display_string(callback));
    Object* groups = TRY(Object::create(agent, nullptr));
    uint64_t k = 0;
    TRY(iterate(agent, arguments[0], [&](Value value) -> Result<void> {
        Value key_value = TRY(call(agent, callback, Value::undefined(), {value, Value::number(k)}));
        PropertyKey key = TRY(to_property_key(agent, key_value));
        ++k;
        auto group = groups->own_property_direct(key);
        if (!group) {
            TRY(groups->define_direct(agent, key, Value(TRY(Array::from_values(agent, {&value, 1})))));
            return {};
        }
        TRY(group->value->as<Array>()->push_direct(agent, value));
        return {};
    }));
    return Value(groups);
}

// 20.1.2.14 Object.hasOwn ( O, P )
Result<Value> object_has_own(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments[0]));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    return Value::boolean(TRY(object->has_own_property(agent, key)));
}

// 20.1.2.15 Object.is ( value1, value2 )
Result<Value> object_is(Agent&, const Arguments& arguments) {
    return Value::boolean(same_value(arguments[0], arguments[1]));
}

// 20.1.2.16 Object.isExtensible ( O )
Result<Value> object_is_extensible(Agent& agent, const Arguments& arguments) {
    return Value::boolean(arguments[0].is_object() && TRY(arguments[0].as_object()->is_extensible(agent)));
}

// 20.1.2.17 Object.isFrozen ( O )
Result<Value> object_is_frozen(Agent& agent, const Arguments& arguments) {
    return Value::boolean(!arguments[0].is_object() ||
                          TRY(test_integrity_level(agent, arguments[0].as_object(), IntegrityLevel::Frozen)));
}

// 20.1.2.18 Object.isSealed ( O )
Result<Value> object_is_sealed(Agent& agent, const Arguments& arguments) {
    return Value::boolean(!arguments[0].is_object() ||
                          TRY(test_integrity_level(agent, arguments[0].as_object(), IntegrityLevel::Sealed)));
}

// 20.1.2.20 Object.preventExtensions ( O )
Result<Value> object_prevent_extensions(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return arguments[0];
    if (!TRY(arguments[0].as_object()->prevent_extensions(agent)))
        return agent.throw_type_error("Cannot prevent extensions of " + display_string(arguments[0]) +
                                      ": it refuses");
    return arguments[0];
}

// 20.1.2.22 Object.seal ( O )
Result<Value> object_seal(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return arguments[0];
    if (!TRY(set_integrity_level(agent, arguments[0].as_object(), IntegrityLevel::Sealed)))
        return agent.throw_type_error("Cannot seal " + display_string(arguments[0]) +
                                      ": it refuses to become non-extensible");
    return arguments[0];
}

Failed throw_prototype_refused(Agent& agent, Value object) {
    return agent.throw_type_error(
        "Cannot set the prototype of " + display_string(object) +
        ": it is not extensible, its prototype is immutable, or the chain would be cyclic");
}

// 20.1.2.23 Object.setPrototypeOf ( O, proto )
Result<Value> object_set_prototype_of(Agent& agent, const Arguments& arguments) {
    TRY(require_object_coercible(agent, arguments[0], "Object.setPrototypeOf"));
    Value prototype = arguments[1];
    if (!prototype.is_object() && !prototype.is_null())
        return agent.throw_type_error("Object prototype must be an object or null, got " +
                                      display_string(prototype));
    if (!arguments[0].is_object()) return arguments[0];
    if (!TRY(arguments[0].as_object()->set_prototype_of(agent, prototype.is_null() ? nullptr
                                                                                   : prototype.as_object())))
        return throw_prototype_refused(agent, arguments[0]);
    return arguments[0];
}

// --- 20.1.3 Properties of the Object Prototype Object
// -------------------------------------------------------

// 20.1.3.2 Object.prototype.hasOwnProperty ( V )
Result<Value> object_prototype_has_own_property(Agent& agent, const Arguments& arguments) {
    PropertyKey key = TRY(to_property_key(agent, arguments[0]));
    Object* object = TRY(to_object(agent, arguments.this_value()));
    return Value::boolean(TRY(object->has_own_property(agent, key)));
}

// 20.1.3.3 Object.prototype.isPrototypeOf ( V )
Result<Value> object_prototype_is_prototype_of(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return Value::boolean(false);
    Object* object = TRY(to_object(agent, arguments.this_value()));
    for (Object* current = arguments[0].as_object();;) {
        TRY(agent.poll_interrupts());
        current = TRY(current->get_prototype_of(agent));
        if (!current) return Value::boolean(false);
        if (current == object) return Value::boolean(true);
    }
}

// 20.1.3.4 Object.prototype.propertyIsEnumerable ( V )
Result<Value> object_prototype_property_is_enumerable(Agent& agent, const Arguments& arguments) {
    PropertyKey key = TRY(to_property_key(agent, arguments[0]));
    Object* object = TRY(to_object(agent, arguments.this_value()));
    auto desc = TRY(object->get_own_property(agent, key));
    return Value::boolean(desc && *desc->enumerable);
}

// 20.1.3.5 Object.prototype.toLocaleString ( [ reserved1 [ , reserved2 ] ] )
Result<Value> object_prototype_to_locale_string(Agent& agent, const Arguments& arguments) {
    return invoke(agent, arguments.this_value(), atoms::toString);
}

// 20.1.3.6 Object.prototype.toString ( )
Result<Value> object_prototype_to_string(Agent& agent, const Arguments& arguments) {
    Value value = arguments.this_value();
    if (value.is_undefined()) return Value(static_cast<String*>(atoms::object_undefined));
    if (value.is_null()) return Value(static_cast<String*>(atoms::object_null));
    Object* object = TRY(to_object(agent, value));
    const char* builtin_tag = "Object";
    if (TRY(is_array(agent, Value(object)))) {
        builtin_tag = "Array";
    } else if (object->is_callable()) {
        builtin_tag = "Function";
    } else {
        switch (object->kind()) {
        case CellKind::Arguments:
            builtin_tag = "Arguments";
            break;
        case CellKind::Error:
            builtin_tag = "Error";
            break;
        case CellKind::BooleanObject:
            builtin_tag = "Boolean";
            break;
        case CellKind::NumberObject:
            builtin_tag = "Number";
            break;
        case CellKind::StringObject:
            builtin_tag = "String";
            break;
        case CellKind::Date:
            builtin_tag = "Date";
            break;
        case CellKind::RegExp:
            builtin_tag = "RegExp";
            break;
        default:
            break;
        }
    }
    Value tag = TRY(object->get(agent, symbols::toStringTag));
    StringBuilder builder(agent);
    TRY(builder.append("[object "));
    if (tag.is_string())
        TRY(builder.append(tag.as_string()));
    else
        TRY(builder.append(builtin_tag));
    TRY(builder.append("]"));
    return Value(TRY(builder.finish()));
}

// 20.1.3.7 Object.prototype.valueOf ( )
Result<Value> object_prototype_value_of(Agent& agent, const Arguments& arguments) {
    return Value(TRY(to_object(agent, arguments.this_value())));
}

// 20.1.3.8.1 get Object.prototype.__proto__
Result<Value> object_prototype_get_proto(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    Object* prototype = TRY(object->get_prototype_of(agent));
    return prototype ? Value(prototype) : Value::null();
}

// 20.1.3.8.2 set Object.prototype.__proto__
Result<Value> object_prototype_set_proto(Agent& agent, const Arguments& arguments) {
    Value object = arguments.this_value();
    TRY(require_object_coercible(agent, object, "set Object.prototype.__proto__"));
    Value prototype = arguments[0];
    if (!prototype.is_object() && !prototype.is_null()) return Value::undefined();
    if (!object.is_object()) return Value::undefined();
    if (!TRY(object.as_object()->set_prototype_of(agent,
                                                  prototype.is_null() ? nullptr : prototype.as_object())))
        return throw_prototype_refused(agent, object);
    return Value::undefined();
}

Result<Value> define_accessor_half(Agent& agent, const Arguments& arguments, bool getter) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    if (!is_callable(arguments[1]))
        return agent.throw_type_error(fmt::format("{} needs a function, got {}",
                                                  getter ? "__defineGetter__" : "__defineSetter__",
                                                  display_string(arguments[1])));
    PropertyDescriptor desc;
    if (getter)
        desc.get = arguments[1];
    else
        desc.set = arguments[1];
    desc.enumerable = true;
    desc.configurable = true;
    PropertyKey key = TRY(to_property_key(agent, arguments[0]));
    TRY(object->define_property_or_throw(agent, key, desc));
    return Value::undefined();
}

// 20.1.3.9.1 Object.prototype.__defineGetter__ ( P, getter )
Result<Value> object_prototype_define_getter(Agent& agent, const Arguments& arguments) {
    return define_accessor_half(agent, arguments, true);
}

// 20.1.3.9.2 Object.prototype.__defineSetter__ ( P, setter )
Result<Value> object_prototype_define_setter(Agent& agent, const Arguments& arguments) {
    return define_accessor_half(agent, arguments, false);
}

Result<Value> lookup_accessor_half(Agent& agent, const Arguments& arguments, bool getter) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    PropertyKey key = TRY(to_property_key(agent, arguments[0]));
    while (object) {
        TRY(agent.poll_interrupts());
        auto desc = TRY(object->get_own_property(agent, key));
        if (desc) {
            if (!desc->is_accessor_descriptor()) return Value::undefined();
            return (getter ? desc->get : desc->set).value_or(Value::undefined());
        }
        object = TRY(object->get_prototype_of(agent));
    }
    return Value::undefined();
}

// 20.1.3.9.3 Object.prototype.__lookupGetter__ ( P )
Result<Value> object_prototype_lookup_getter(Agent& agent, const Arguments& arguments) {
    return lookup_accessor_half(agent, arguments, true);
}

// 20.1.3.9.4 Object.prototype.__lookupSetter__ ( P )
Result<Value> object_prototype_lookup_setter(Agent& agent, const Arguments& arguments) {
    return lookup_accessor_half(agent, arguments, false);
}

/// 10.4.7 Immutable Prototype Exotic Objects
class ObjectPrototype final : public Object {
public:
    explicit ObjectPrototype(Shape* shape) : Object(CellKind::Object, shape) {}
    // 10.4.7.1 [[SetPrototypeOf]] ( V ), 10.4.7.2 SetImmutablePrototype
    Result<bool> set_prototype_of(Agent&, Object* new_prototype) override {
        return new_prototype == prototype();
    }
};

} // namespace

Fallible<Object*> create_object(Agent& agent, Realm& realm) {
    Object* constructor =
        TRY(NativeFunction::create_constructor(agent, realm, object_constructor, 1, atoms::Object));
    realm.set_intrinsic(Intrinsic::Object, constructor);
    TRY(constructor->define_direct(agent, atoms::prototype,
                                   Value(TRY(realm.intrinsic(Intrinsic::ObjectPrototype))), kNone));
    const FunctionEntry functions[] = {
        {atoms::assign, object_assign, 2},
        {atoms::create, object_create, 2},
        {atoms::defineProperties, object_define_properties, 2},
        {atoms::defineProperty, object_define_property, 3},
        {atoms::entries, object_entries, 1},
        {atoms::freeze, object_freeze, 1},
        {atoms::fromEntries, object_from_entries, 1},
        {atoms::getOwnPropertyDescriptor, object_get_own_property_descriptor, 2},
        {atoms::getOwnPropertyDescriptors, object_get_own_property_descriptors, 1},
        {atoms::getOwnPropertyNames, object_get_own_property_names, 1},
        {atoms::getOwnPropertySymbols, object_get_own_property_symbols, 1},
        {atoms::getPrototypeOf, object_get_prototype_of, 1},
        {atoms::groupBy, object_group_by, 2},
        {atoms::hasOwn, object_has_own, 2},
        {atoms::is, object_is, 2},
        {atoms::isExtensible, object_is_extensible, 1},
        {atoms::isFrozen, object_is_frozen, 1},
        {atoms::isSealed, object_is_sealed, 1},
        {atoms::keys, object_keys, 1},
        {atoms::preventExtensions, object_prevent_extensions, 1},
        {atoms::seal, object_seal, 1},
        {atoms::setPrototypeOf, object_set_prototype_of, 2},
        {atoms::values, object_values, 1},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    return constructor;
}

Fallible<Object*> create_object_prototype(Agent& agent, Realm& realm) {
    Shape* shape = TRY(Shape::create_root(agent, nullptr, 0));
    Object* prototype = TRY(agent.heap().allocate<ObjectPrototype>(0, shape));
    realm.set_intrinsic(Intrinsic::ObjectPrototype, prototype);
    TRY(prototype->define_direct(agent, atoms::constructor, Value(TRY(realm.intrinsic(Intrinsic::Object))),
                                 kBuiltinAttributes));
    const FunctionEntry functions[] = {
        {atoms::__defineGetter__, object_prototype_define_getter, 2},
        {atoms::__defineSetter__, object_prototype_define_setter, 2},
        {atoms::hasOwnProperty, object_prototype_has_own_property, 1},
        {atoms::__lookupGetter__, object_prototype_lookup_getter, 1},
        {atoms::__lookupSetter__, object_prototype_lookup_setter, 1},
        {atoms::isPrototypeOf, object_prototype_is_prototype_of, 1},
        {atoms::propertyIsEnumerable, object_prototype_property_is_enumerable, 1},
        {atoms::toLocaleString, object_prototype_to_locale_string, 0},
        {atoms::toString, object_prototype_to_string, 0},
        {atoms::valueOf, object_prototype_value_of, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    const AccessorEntry accessors[] = {
        {atoms::__proto__, object_prototype_get_proto, object_prototype_set_proto},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    return prototype;
}

Result<Value> object_prototype_to_string(Agent& agent, Value value) {
    return object_prototype_to_string(agent, Arguments(nullptr, value, {}));
}

} // namespace heddle
