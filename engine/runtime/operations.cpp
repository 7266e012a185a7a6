// ECMA-262 7.3 Operations on Objects, and the numeric operators of 13.15.
#include "runtime/operations.h"

#include "runtime/array.h"
#include "runtime/bigint.h"
#include "runtime/proxy.h"

#include <cmath>
#include <fmt/core.h>

namespace heddle {

namespace {

// The object on which a property of a primitive is looked up.
Fallible<Object*> prototype_of_primitive(Agent& agent, Value value) {
    if (value.is_string()) return agent.intrinsic(Intrinsic::StringPrototype);
    if (value.is_number()) return agent.intrinsic(Intrinsic::NumberPrototype);
    if (value.is_boolean()) return agent.intrinsic(Intrinsic::BooleanPrototype);
    if (value.is_symbol()) return agent.intrinsic(Intrinsic::SymbolPrototype);
    HEDDLE_ASSERT(value.is_bigint());
    return agent.intrinsic(Intrinsic::BigIntPrototype);
}

} // namespace

// 7.3.3 GetV ( V, P )
Result<Value> get_value(Agent& agent, Value base, PropertyKey key) {
    if (base.is_object()) return base.as_object()->get(agent, key, base);
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot read properties of {} (reading '{}')", display_string(base), key.to_display_string()));
    if (base.is_string()) {
        String* string = base.as_string();
        if (key == PropertyKey(atoms::length)) return Value::number(string->length());
        if (key.is_index() && key.as_index() < string->length())
            return Value(TRY(String::from_code_unit(agent, TRY(string->at(agent, key.as_index())))));
    }
    Object* prototype = TRY(prototype_of_primitive(agent, base));
    return prototype->get(agent, key, base);
}

Result<Value> get_value(Agent& agent, Value base, Value key) {
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot read properties of {} (reading {})", display_string(base), display_string(key)));
    PropertyKey property = TRY(to_property_key(agent, key));
    return get_value(agent, base, property);
}

// 6.2.5.6 PutValue ( V, W ) on a property reference
Result<void> set_value(Agent& agent, Value base, PropertyKey key, Value value, bool strict) {
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot set properties of {} (setting '{}')", display_string(base), key.to_display_string()));
    Object* object = base.is_object() ? base.as_object() : TRY(to_object(agent, base));
    if (TRY(object->set(agent, key, value, base)) || !strict) return {};
    return agent.throw_type_error(fmt::format("Cannot assign to property '{}' of {}: it is read-only or the object is not extensible",
                                              key.to_display_string(), display_string(base)));
}

// 7.3.11 GetMethod ( V, P )
Result<Value> get_method(Agent& agent, Value value, PropertyKey key) {
    Value method = TRY(get_value(agent, value, key));
    if (method.is_nullish()) return Value::undefined();
    if (!is_callable(method))
        return agent.throw_type_error(fmt::format("Property '{}' of {} is not a function: it is {}", key.to_display_string(),
                                                  display_string(value), display_string(method)));
    return method;
}

// 7.3.14 Call ( F, V [ , argumentsList ] )
Result<Value> call(Agent& agent, Value function, Value this_value, std::span<const Value> arguments) {
    if (!is_callable(function)) return agent.throw_type_error(fmt::format("{} is not a function", display_string(function)));
    agent.advance_user_code_epoch();
    Object* object = function.as_object();
    return object->call(agent, Arguments(object, this_value, arguments));
}

Result<Value> call(Agent& agent, Value function, Value this_value, std::initializer_list<Value> arguments) {
    return call(agent, function, this_value, std::span<const Value>(arguments.begin(), arguments.size()));
}

// 7.3.15 Construct ( F [ , argumentsList [ , newTarget ] ] )
Result<Object*> construct(Agent& agent, Object* constructor, std::span<const Value> arguments, Object* new_target) {
    HEDDLE_ASSERT(constructor->is_constructor());
    agent.advance_user_code_epoch();
    Value result = TRY(constructor->construct(agent, Arguments(constructor, Value::undefined(), arguments, Value(new_target ? new_target : constructor))));
    HEDDLE_ASSERT(result.is_object());
    return result.as_object();
}

// 7.3.21 Invoke ( V, P [ , argumentsList ] )
Result<Value> invoke(Agent& agent, Value value, PropertyKey key, std::initializer_list<Value> arguments) {
    Value function = TRY(get_value(agent, value, key));
    if (!is_callable(function))
        return agent.throw_type_error(fmt::format("{}.{} is not a function", display_string(value), key.to_display_string()));
    return call(agent, function, value, arguments);
}

// 7.3.16 SetIntegrityLevel ( O, level )
Result<bool> set_integrity_level(Agent& agent, Object* object, IntegrityLevel level) {
    if (!TRY(object->prevent_extensions(agent))) return false;
    RootVector<Value> keys(agent.heap());
    TRY(object->own_property_keys(agent, keys));
    for (size_t i = 0; i < keys.size(); ++i) {
        PropertyKey key = TRY(to_property_key(agent, keys[i]));
        PropertyDescriptor desc;
        desc.configurable = false;
        if (level == IntegrityLevel::Frozen) {
            auto current = TRY(object->get_own_property(agent, key));
            if (!current) continue;
            if (current->is_data_descriptor()) desc.writable = false;
        }
        TRY(object->define_property_or_throw(agent, key, desc));
    }
    return true;
}

// 7.3.17 TestIntegrityLevel ( O, level )
Result<bool> test_integrity_level(Agent& agent, Object* object, IntegrityLevel level) {
    if (TRY(object->is_extensible(agent))) return false;
    RootVector<Value> keys(agent.heap());
    TRY(object->own_property_keys(agent, keys));
    for (size_t i = 0; i < keys.size(); ++i) {
        auto current = TRY(object->get_own_property(agent, TRY(to_property_key(agent, keys[i]))));
        if (!current) continue;
        if (*current->configurable) return false;
        if (level == IntegrityLevel::Frozen && current->is_data_descriptor() && *current->writable) return false;
    }
    return true;
}

// 7.3.19 LengthOfArrayLike ( obj )
Result<uint64_t> length_of_array_like(Agent& agent, Object* object) {
    if (object->kind() == CellKind::Array) return uint64_t{static_cast<Array*>(object)->length()};
    Value length = TRY(object->get(agent, atoms::length));
    return to_length(agent, length);
}

// 7.3.20 CreateListFromArrayLike ( obj )
Result<void> create_list_from_array_like(Agent& agent, Value value, RootVector<Value>& list) {
    if (!value.is_object()) return agent.throw_type_error("Expected an array-like object, got " + display_string(value));
    Object* object = value.as_object();
    uint64_t length = TRY(length_of_array_like(agent, object));
    constexpr uint64_t kMaxListLength = uint64_t{1} << 24; // far more than a call can pass
    if (length > kMaxListLength)
        return agent.throw_range_error(fmt::format("A list of {} values is too long to be passed: the most is {}", length, kMaxListLength));
    for (uint64_t i = 0; i < length; ++i) {
        if ((i & 0xFFF) == 0) TRY(agent.poll_interrupts());
        Value element = TRY(object->get(agent, TRY(PropertyKey::from_integer(agent, i))));
        if (!list.push_back(element)) return agent.out_of_memory();
    }
    return {};
}

// 7.3.22 OrdinaryHasInstance ( C, O )
Result<bool> ordinary_has_instance(Agent& agent, Value constructor, Value object) {
    if (!is_callable(constructor)) return false;
    if (constructor.is<BoundFunction>()) return instance_of(agent, object, Value(constructor.as<BoundFunction>()->target()));
    if (!object.is_object()) return false;
    Value prototype = TRY(constructor.as_object()->get(agent, atoms::prototype));
    if (!prototype.is_object())
        return agent.throw_type_error(fmt::format("'prototype' of {} is not an object: it is {}", display_string(constructor), display_string(prototype)));
    Object* current = object.as_object();
    for (;;) {
        current = TRY(current->get_prototype_of(agent));
        if (!current) return false;
        if (current == prototype.as_object()) return true;
    }
}

// 13.10.2 InstanceofOperator ( V, target )
Result<bool> instance_of(Agent& agent, Value value, Value target) {
    if (!target.is_object())
        return agent.throw_type_error("Right-hand side of 'instanceof' is not an object: it is " + display_string(target));
    Value handler = TRY(get_method(agent, target, symbols::hasInstance));
    if (!handler.is_undefined()) return to_boolean(TRY(call(agent, handler, target, {value})));
    if (!is_callable(target))
        return agent.throw_type_error("Right-hand side of 'instanceof' is not callable: it is " + display_string(target));
    return ordinary_has_instance(agent, target, value);
}

// 7.3.23 SpeciesConstructor ( O, defaultConstructor )
Result<Object*> species_constructor(Agent& agent, Object* object, Object* default_constructor) {
    Value constructor = TRY(object->get(agent, atoms::constructor));
    if (constructor.is_undefined()) return default_constructor;
    if (!constructor.is_object())
        return agent.throw_type_error("The 'constructor' property is not an object: it is " + display_string(constructor));
    Value species = TRY(constructor.as_object()->get(agent, symbols::species));
    if (species.is_nullish()) return default_constructor;
    if (is_constructor(species)) return species.as_object();
    return agent.throw_type_error("Symbol.species is not a constructor: it is " + display_string(species));
}

// 7.3.24 EnumerableOwnProperties ( O, kind )
Result<void> enumerable_own_properties(Agent& agent, Object* object, PropertyListKind kind, RootVector<Value>& out) {
    RootVector<Value> keys(agent.heap());
    TRY(object->own_property_keys(agent, keys));
    for (size_t i = 0; i < keys.size(); ++i) {
        if (!keys[i].is_string()) continue;
        PropertyKey key = TRY(to_property_key(agent, keys[i]));
        auto desc = TRY(object->get_own_property(agent, key));
        if (!desc || !*desc->enumerable) continue;
        Value item = keys[i];
        if (kind != PropertyListKind::Key) {
            Value value = TRY(object->get(agent, key));
            if (kind == PropertyListKind::Value) {
                item = value;
            } else {
                Value pair[] = {keys[i], value};
                item = Value(TRY(Array::from_values(agent, pair)));
            }
        }
        if (!out.push_back(item)) return agent.out_of_memory();
    }
    return {};
}

// 7.3.25 GetFunctionRealm ( obj )
Result<Realm*> get_function_realm(Agent& agent, Object* object) {
    for (;;) {
        if (object->is<BoundFunction>()) {
            object = object->as<BoundFunction>()->target();
        } else if (object->is<Proxy>()) {
            if (!object->as<Proxy>()->handler()) return agent.throw_type_error("Cannot use a proxy that has been revoked as a function");
            object = object->as<Proxy>()->target();
        } else if (object->is<Function>()) {
            return object->as<Function>()->realm();
        } else {
            return &agent.realm();
        }
    }
}

// 7.3.36 SetterThatIgnoresPrototypeProperties ( thisValue, home, p, value )
Result<void> setter_that_ignores_prototype_properties(Agent& agent, Value this_value, Object* home, PropertyKey key, Value value) {
    if (!this_value.is_object())
        return agent.throw_type_error(fmt::format("Cannot set '{}' of {}: it is not an object", key.to_display_string(), display_string(this_value)));
    Object* object = this_value.as_object();
    if (object == home)
        return agent.throw_type_error(fmt::format("Cannot assign to '{}' of the intrinsic prototype itself: define the property instead", key.to_display_string()));
    if (!TRY(object->get_own_property(agent, key))) return object->create_data_property_or_throw(agent, key, value);
    return object->set_or_throw(agent, key, value);
}

namespace {
// CopyDataProperties between two plain objects, of which the source has only data properties with string keys: no step of it
// can be observed. False: something else is in the way, and nothing has happened.
Fallible<bool> copy_plain_properties(Agent& agent, Object* target, const Object* from, std::span<const PropertyKey> excluded) {
    if (!from->has_only_shaped_properties() || !target->has_only_shaped_properties() || !target->extensible_flag() || target == from) return false;
    const Shape* shape = from->shape();
    PropertyKey key;
    PropertySlot slot;
    bool all_default = true;
    for (uint32_t i = 0; i < shape->entry_count(); ++i) {
        if (!shape->property_at(i, key, slot) || !key.is_atom() || slot.is_accessor()) return false;
        all_default &= slot.attributes == kDefaultAttributes;
    }
    if (excluded.empty() && all_default && target->shape()->slot_count() == 0 && shape->descends_from(target->shape())) {
        TRY(target->adopt_properties(agent, from));
        return true;
    }
    for (uint32_t i = 0; i < shape->entry_count(); ++i) {
        shape->property_at(i, key, slot);
        bool skip = !slot.is_enumerable();
        for (PropertyKey each : excluded)
            skip |= each == key;
        if (!skip) TRY(target->define_direct(agent, key, from->slot_value(slot.slot)));
    }
    return true;
}
} // namespace


// 7.3.26 CopyDataProperties ( target, source, excludedItems )
Result<void> copy_data_properties(Agent& agent, Object* target, Value source, std::span<const PropertyKey> excluded) {
    if (source.is_nullish()) return {};
    Object* from = TRY(to_object(agent, source));
    if (TRY(copy_plain_properties(agent, target, from, excluded))) return {};
    RootVector<Value> keys(agent.heap());
    TRY(from->own_property_keys(agent, keys));
    for (size_t i = 0; i < keys.size(); ++i) {
        PropertyKey key = TRY(to_property_key(agent, keys[i]));
        bool skip = false;
        for (PropertyKey each : excluded)
            skip |= each == key;
        if (skip) continue;
        auto desc = TRY(from->get_own_property(agent, key));
        if (!desc || !*desc->enumerable) continue;
        Value value = TRY(from->get(agent, key));
        TRY(target->create_data_property(agent, key, value));
    }
    return {};
}

// --- private names: stored as properties whose keys are private Symbols --------------------------------------

bool private_element_find(Object* object, Symbol* name) {
    PropertySlot found;
    return object->lookup_own_named(name, found);
}

namespace {
Failed missing_private(Agent& agent, const char* what, Symbol* name) {
    return agent.throw_type_error(fmt::format("Cannot {} private member {}: the object's class did not declare it", what, PropertyKey(name).to_display_string()));
}
} // namespace

// 7.3.31 PrivateGet ( O, P )
Result<Value> private_get(Agent& agent, Object* object, Symbol* name) {
    PropertySlot found;
    if (!object->lookup_own_named(name, found)) return missing_private(agent, "read", name);
    Value value = object->slot_value(found.slot);
    if (!found.is_accessor()) return value;
    Value getter = static_cast<AccessorPair*>(value.as_cell())->getter();
    if (getter.is_undefined())
        return agent.throw_type_error(fmt::format("'{}' was defined without a getter", PropertyKey(name).to_display_string()));
    return call(agent, getter, Value(object));
}

// 7.3.32 PrivateSet ( O, P, value )
Result<void> private_set(Agent& agent, Object* object, Symbol* name, Value value) {
    PropertySlot found;
    if (!object->lookup_own_named(name, found)) return missing_private(agent, "write", name);
    if (found.is_accessor()) {
        Value setter = static_cast<AccessorPair*>(object->slot_value(found.slot).as_cell())->setter();
        if (setter.is_undefined())
            return agent.throw_type_error(fmt::format("'{}' was defined without a setter", PropertyKey(name).to_display_string()));
        TRY(call(agent, setter, Value(object), {value}));
        return {};
    }
    if (!found.is_writable())
        return agent.throw_type_error(fmt::format("Private method '{}' is not writable", PropertyKey(name).to_display_string()));
    object->set_slot_value(found.slot, value);
    return {};
}

namespace {
Result<void> check_private_add(Agent& agent, Object* object, Symbol* name) {
    // Hosts may refuse (HostEnsureCanAddPrivateElement); non-extensible objects do since ES2026.
    if (private_element_find(object, name))
        return agent.throw_type_error(fmt::format("Cannot initialize {} twice on the same object", PropertyKey(name).to_display_string()));
    if (!object->extensible_flag())
        return agent.throw_type_error(fmt::format("Cannot add private member {} to an object that is not extensible", PropertyKey(name).to_display_string()));
    return {};
}
} // namespace

// 7.3.28 PrivateFieldAdd ( O, P, value )
Result<void> private_field_add(Agent& agent, Object* object, Symbol* name, Value value) {
    TRY(check_private_add(agent, object, name));
    return object->define_direct(agent, name, value, kWritable);
}

// 7.3.29 PrivateMethodOrAccessorAdd ( O, method )
Result<void> private_method_or_accessor_add(Agent& agent, Object* object, Symbol* name, Value method_or_pair) {
    TRY(check_private_add(agent, object, name));
    Attributes attributes = method_or_pair.is<AccessorPair>() ? kAccessor : kNone;
    return object->define_direct(agent, name, method_or_pair, attributes);
}

// 10.1.14 GetPrototypeFromConstructor ( constructor, intrinsicDefaultProto )
Result<Object*> get_prototype_from_constructor(Agent& agent, Object* constructor, Intrinsic default_prototype) {
    Value prototype = TRY(constructor->get(agent, atoms::prototype));
    if (prototype.is_object()) return prototype.as_object();
    Realm* realm = TRY(get_function_realm(agent, constructor));
    return TRY(realm->intrinsic(default_prototype));
}

Result<Shape*> shape_from_constructor(Agent& agent, Value new_target, Intrinsic default_prototype, uint32_t inline_capacity) {
    Object* prototype = TRY(get_prototype_from_constructor(agent, new_target.as_object(), default_prototype));
    Shape* shape = TRY(agent.realm().root_shape(default_prototype, inline_capacity));
    if (shape->prototype() != prototype) shape = TRY(shape->with_prototype(agent, prototype));
    return shape;
}

// 10.2.9 SetFunctionName ( F, name [ , prefix ] )
Fallible<void> set_function_name(Agent& agent, Object* function, PropertyKey name, std::string_view prefix) {
    String* text;
    if (name.is_symbol()) {
        Symbol* symbol = name.as_symbol();
        if (!symbol->description()) {
            text = atoms::empty;
        } else if (symbol->is_private_name()) {
            text = symbol->description();
        } else {
            StringBuilder builder(agent);
            TRY(builder.append("["));
            TRY(builder.append(symbol->description()));
            TRY(builder.append("]"));
            text = TRY(builder.finish());
        }
    } else {
        text = TRY(name.to_value(agent)).as_string();
    }
    if (!prefix.empty()) {
        StringBuilder builder(agent);
        TRY(builder.append(prefix));
        TRY(builder.append(" "));
        TRY(builder.append(text));
        text = TRY(builder.finish());
    }
    return function->define_direct(agent, atoms::name, Value(text), kConfigurable);
}

// 10.2.10 SetFunctionLength ( F, length )
Fallible<void> set_function_length(Agent& agent, Object* function, double length) {
    return function->define_direct(agent, atoms::length, Value::number(length), kConfigurable);
}

// --- operators ----------------------------------------------------------------------------------------------

// 6.1.6.1.3 Number::exponentiate: differs from pow for |base| 1 and an infinite or NaN exponent.
double number_exponentiate(double base, double exponent) {
    if (std::isnan(exponent)) return exponent;
    if (std::isinf(exponent) && std::fabs(base) == 1) return std::nan("");
    return std::pow(base, exponent);
}

double number_remainder(double n, double d) { return std::fmod(n, d); }

namespace {

double apply_to_numbers(NumericOperator op, double left, double right) {
    switch (op) {
    case NumericOperator::Add: return left + right;
    case NumericOperator::Subtract: return left - right;
    case NumericOperator::Multiply: return left * right;
    case NumericOperator::Divide: return left / right;
    case NumericOperator::Remainder: return number_remainder(left, right);
    case NumericOperator::Exponentiate: return number_exponentiate(left, right);
    case NumericOperator::ShiftLeft: return static_cast<int32_t>(double_to_uint32(left) << (double_to_uint32(right) & 31));
    case NumericOperator::ShiftRight: return double_to_int32(left) >> (double_to_uint32(right) & 31);
    case NumericOperator::ShiftRightUnsigned: return double_to_uint32(left) >> (double_to_uint32(right) & 31);
    case NumericOperator::BitAnd: return double_to_int32(left) & double_to_int32(right);
    case NumericOperator::BitOr: return double_to_int32(left) | double_to_int32(right);
    case NumericOperator::BitXor: return double_to_int32(left) ^ double_to_int32(right);
    }
    HEDDLE_UNREACHABLE();
}

Fallible<BigInt*> apply_to_bigints(Agent& agent, NumericOperator op, BigInt* left, BigInt* right) {
    switch (op) {
    case NumericOperator::Add: return BigInt::add(agent, left, right);
    case NumericOperator::Subtract: return BigInt::subtract(agent, left, right);
    case NumericOperator::Multiply: return BigInt::multiply(agent, left, right);
    case NumericOperator::Divide: return BigInt::divide(agent, left, right);
    case NumericOperator::Remainder: return BigInt::remainder(agent, left, right);
    case NumericOperator::Exponentiate: return BigInt::exponentiate(agent, left, right);
    case NumericOperator::ShiftLeft: return BigInt::shift_left(agent, left, right);
    case NumericOperator::ShiftRight: return BigInt::shift_right(agent, left, right);
    case NumericOperator::ShiftRightUnsigned: return agent.throw_type_error("BigInts have no unsigned right shift: use >> instead");
    case NumericOperator::BitAnd: return BigInt::bit_and(agent, left, right);
    case NumericOperator::BitOr: return BigInt::bit_or(agent, left, right);
    case NumericOperator::BitXor: return BigInt::bit_xor(agent, left, right);
    }
    HEDDLE_UNREACHABLE();
}

} // namespace

// 13.15.3 ApplyStringOrNumericBinaryOperator ( lval, opText, rval )
Result<Value> apply_numeric_operator(Agent& agent, NumericOperator op, Value left, Value right) {
    if (left.is_number() && right.is_number()) return Value::number(apply_to_numbers(op, left.as_number(), right.as_number()));
    if (op == NumericOperator::Add) {
        left = TRY(to_primitive(agent, left));
        right = TRY(to_primitive(agent, right));
        if (left.is_string() || right.is_string()) {
            String* a = TRY(to_string(agent, left));
            String* b = TRY(to_string(agent, right));
            return Value(TRY(String::concatenate(agent, a, b)));
        }
    }
    left = TRY(to_numeric(agent, left));
    right = TRY(to_numeric(agent, right));
    if (left.is_bigint() != right.is_bigint())
        return agent.throw_type_error("Cannot mix BigInt and other types: convert one side explicitly");
    if (left.is_bigint()) return Value(TRY(apply_to_bigints(agent, op, left.as_bigint(), right.as_bigint())));
    return Value::number(apply_to_numbers(op, left.as_number(), right.as_number()));
}

Result<Value> apply_numeric_unary_operator(Agent& agent, NumericUnaryOperator op, Value value) {
    if (op == NumericUnaryOperator::Plus) return Value::number(TRY(to_number(agent, value)));
    value = TRY(to_numeric(agent, value));
    if (value.is_bigint()) {
        BigInt* bigint = value.as_bigint();
        if (op == NumericUnaryOperator::Minus) return Value(TRY(BigInt::negate(agent, bigint)));
        if (op == NumericUnaryOperator::BitNot) return Value(TRY(BigInt::bit_not(agent, bigint)));
        BigInt* one = TRY(BigInt::from_int64(agent, op == NumericUnaryOperator::Increment ? 1 : -1));
        return Value(TRY(BigInt::add(agent, bigint, one)));
    }
    double number = value.as_number();
    switch (op) {
    case NumericUnaryOperator::Minus: return Value::number(-number);
    case NumericUnaryOperator::BitNot: return Value::number(~double_to_int32(number));
    case NumericUnaryOperator::Increment: return Value::number(number + 1);
    case NumericUnaryOperator::Decrement: return Value::number(number - 1);
    case NumericUnaryOperator::Plus: break;
    }
    HEDDLE_UNREACHABLE();
}

} // namespace heddle
