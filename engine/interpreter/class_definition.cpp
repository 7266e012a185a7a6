// Parts of 15.7.14 ClassDefinitionEvaluation, method definitions, and private methods.
#include "interpreter/dispatch.h"

#include <fmt/core.h>

namespace heddle {

namespace {
Result<PropertyKey> definition_key(Agent& agent, Value key) { return to_property_key(agent, key); }
} // namespace

// 15.4.4 DefineMethodProperty ( homeObject, key, closure, enumerable )
Result<void> define_method(Agent& agent, Value object, Value key, Value closure, bool enumerable) {
    PropertyKey property = TRY(definition_key(agent, key));
    uint8_t attributes = kWritable | kConfigurable | (enumerable ? kEnumerable : 0);
    return object.as_object()->define_property_or_throw(agent, property, PropertyDescriptor::data(closure, static_cast<Attributes>(attributes)));
}

Result<void> define_accessor(Agent& agent, Value object, Value key, Value closure, bool enumerable, bool is_getter) {
    PropertyKey property = TRY(definition_key(agent, key));
    PropertyDescriptor desc;
    (is_getter ? desc.get : desc.set) = closure;
    desc.enumerable = enumerable;
    desc.configurable = true;
    return object.as_object()->define_property_or_throw(agent, property, desc);
}

// 15.7.14 ClassDefinitionEvaluation, steps 8 to 14
Result<Value> create_class(Interpreter& interpreter, Frame& frame, CodeInstance* instance, Value heritage, Value& prototype_out) {
    Agent& agent = interpreter.agent();
    Object* prototype_parent = nullptr;
    Object* constructor_parent = nullptr;
    if (heritage.is_empty()) {
        prototype_parent = TRY(frame.realm->intrinsic(Intrinsic::ObjectPrototype));
    } else if (!heritage.is_null()) {
        if (!is_constructor(heritage))
            return agent.throw_type_error(fmt::format("Class extends value {} is not a constructor or null", display_string(heritage)));
        Value parent = TRY(heritage.as_object()->get(agent, atoms::prototype));
        if (!parent.is_object() && !parent.is_null())
            return agent.throw_type_error(fmt::format("Class extends value does not have a valid prototype property: it is {}", display_string(parent)));
        prototype_parent = parent.is_null() ? nullptr : parent.as_object();
        constructor_parent = heritage.as_object();
    }
    Object* prototype = TRY(Object::create(agent, prototype_parent));
    ScriptFunction* constructor = TRY(ScriptFunction::create(agent, *frame.realm, instance, frame.environment, constructor_parent));
    constructor->prototype_defined();
    constructor->set_home_object(prototype);
    TRY(constructor->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(constructor), kBuiltinAttributes));
    prototype_out = Value(prototype);
    return Value(constructor);
}

namespace {

// A getter and a setter of one name come as two: the second joins the first.
Fallible<Value> joined_accessor(Agent& agent, Value existing, Value closure, uint8_t kind) {
    Value getter = Value::undefined();
    Value setter = Value::undefined();
    if (existing.is<AccessorPair>()) {
        getter = existing.as<AccessorPair>()->getter();
        setter = existing.as<AccessorPair>()->setter();
    }
    (kind == 1 ? getter : setter) = closure;
    return Value(TRY(AccessorPair::create(agent, getter, setter)));
}

} // namespace

Result<void> define_private_method(Agent& agent, Value object, Value name, Value closure, uint8_t kind) {
    Object* target = object.as_object();
    Symbol* key = name.as_symbol();
    if (kind == 0) return private_method_or_accessor_add(agent, target, key, closure);
    PropertySlot found;
    if (target->lookup_own_named(key, found)) {
        Value pair = TRY(joined_accessor(agent, target->slot_value(found.slot), closure, kind));
        target->set_slot_value(found.slot, pair);
        return {};
    }
    Value pair = TRY(joined_accessor(agent, Value::undefined(), closure, kind));
    return private_method_or_accessor_add(agent, target, key, pair);
}

Result<void> add_instance_private_method(Agent& agent, Value constructor, Value name, Value closure, uint8_t kind) {
    ClassParts* parts = TRY(constructor.as<ScriptFunction>()->ensure_class_parts(agent));
    ValueArray* methods = parts->private_methods();
    uint32_t count = methods ? methods->length() : 0;
    if (kind != 0) {
        for (uint32_t i = 0; i < count; i += 2) {
            if (methods->get(i) == name) {
                methods->set(i + 1, TRY(joined_accessor(agent, methods->get(i + 1), closure, kind)));
                return {};
            }
        }
        closure = TRY(joined_accessor(agent, Value::undefined(), closure, kind));
    }
    ValueArray* grown = TRY(ValueArray::create(agent, count + 2, Value::undefined()));
    for (uint32_t i = 0; i < count; ++i)
        grown->set(i, methods->get(i));
    grown->set(count, name);
    grown->set(count + 1, closure);
    parts->set_private_methods(grown);
    return {};
}

// 7.3.34 InitializeInstanceElements ( O, constructor )
Result<void> initialize_instance(Agent& agent, Object* object, Value constructor) {
    if (!constructor.is<ScriptFunction>()) return {};
    ClassParts* parts = constructor.as<ScriptFunction>()->class_parts();
    if (!parts) return {};
    if (ValueArray* methods = parts->private_methods()) {
        for (uint32_t i = 0; i < methods->length(); i += 2)
            TRY(private_method_or_accessor_add(agent, object, methods->get(i).as_symbol(), methods->get(i + 1)));
    }
    if (Object* initializer = parts->instance_initializer()) TRY(call(agent, Value(initializer), Value(object)));
    return {};
}

} // namespace heddle
