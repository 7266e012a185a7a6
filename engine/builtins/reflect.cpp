// 28.1 The Reflect Object
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/array.h"

namespace heddle {

namespace {

Fallible<Object*> target_of(Agent& agent, const Arguments& arguments, const char* function) {
    if (arguments[0].is_object()) return arguments[0].as_object();
    return agent.throw_type_error(std::string(function) + " needs an object as its target, got " +
                                  display_string(arguments[0]));
}

// 28.1.1 Reflect.apply ( target, thisArgument, argumentsList )
Result<Value> reflect_apply(Agent& agent, const Arguments& arguments) {
    if (!is_callable(arguments[0]))
        return agent.throw_type_error("Reflect.apply needs a function, got " + display_string(arguments[0]));
    RootVector<Value> list(agent.heap());
    TRY(create_list_from_array_like(agent, arguments[2], list));
    return call(agent, arguments[0], arguments[1], list.span());
}

// 28.1.2 Reflect.construct ( target, argumentsList [ , newTarget ] )
Result<Value> reflect_construct(Agent& agent, const Arguments& arguments) {
    if (!is_constructor(arguments[0]))
        return agent.throw_type_error("Reflect.construct needs a constructor, got " +
                                      display_string(arguments[0]));
    Value new_target = arguments.size() > 2 ? arguments[2] : arguments[0];
    if (!is_constructor(new_target))
        return agent.throw_type_error("Reflect.construct needs a constructor as newTarget, got " +
                                      display_string(new_target));
    RootVector<Value> list(agent.heap());
    TRY(create_list_from_array_like(agent, arguments[1], list));
    return Value(TRY(construct(agent, arguments[0].as_object(), list.span(), new_target.as_object())));
}

// 28.1.3 Reflect.defineProperty ( target, propertyKey, attributes )
Result<Value> reflect_define_property(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.defineProperty"));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    PropertyDescriptor desc = TRY(to_property_descriptor(agent, arguments[2]));
    return Value::boolean(TRY(target->define_own_property(agent, key, desc)));
}

// 28.1.4 Reflect.deleteProperty ( target, propertyKey )
Result<Value> reflect_delete_property(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.deleteProperty"));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    return Value::boolean(TRY(target->delete_property(agent, key)));
}

// 28.1.5 Reflect.get ( target, propertyKey [ , receiver ] )
Result<Value> reflect_get(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.get"));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    return target->get(agent, key, arguments.size() > 2 ? arguments[2] : arguments[0]);
}

// 28.1.6 Reflect.getOwnPropertyDescriptor ( target, propertyKey )
Result<Value> reflect_get_own_property_descriptor(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.getOwnPropertyDescriptor"));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    auto desc = TRY(target->get_own_property(agent, key));
    return TRY(from_property_descriptor(agent, desc));
}

// 28.1.7 Reflect.getPrototypeOf ( target )
Result<Value> reflect_get_prototype_of(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.getPrototypeOf"));
    Object* prototype = TRY(target->get_prototype_of(agent));
    return prototype ? Value(prototype) : Value::null();
}

// 28.1.8 Reflect.has ( target, propertyKey )
Result<Value> reflect_has(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.has"));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    return Value::boolean(TRY(target->has_property(agent, key)));
}

// 28.1.9 Reflect.isExtensible ( target )
Result<Value> reflect_is_extensible(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.isExtensible"));
    return Value::boolean(TRY(target->is_extensible(agent)));
}

// 28.1.10 Reflect.ownKeys ( target )
Result<Value> reflect_own_keys(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.ownKeys"));
    RootVector<Value> keys(agent.heap());
    TRY(target->own_property_keys(agent, keys));
    return Value(TRY(Array::from_values(agent, keys.span())));
}

// 28.1.11 Reflect.preventExtensions ( target )
Result<Value> reflect_prevent_extensions(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.preventExtensions"));
    return Value::boolean(TRY(target->prevent_extensions(agent)));
}

// 28.1.12 Reflect.set ( target, propertyKey, V [ , receiver ] )
Result<Value> reflect_set(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.set"));
    PropertyKey key = TRY(to_property_key(agent, arguments[1]));
    return Value::boolean(
        TRY(target->set(agent, key, arguments[2], arguments.size() > 3 ? arguments[3] : arguments[0])));
}

// 28.1.13 Reflect.setPrototypeOf ( target, proto )
Result<Value> reflect_set_prototype_of(Agent& agent, const Arguments& arguments) {
    Object* target = TRY(target_of(agent, arguments, "Reflect.setPrototypeOf"));
    Value prototype = arguments[1];
    if (!prototype.is_object() && !prototype.is_null())
        return agent.throw_type_error("Object prototype must be an object or null, got " +
                                      display_string(prototype));
    return Value::boolean(
        TRY(target->set_prototype_of(agent, prototype.is_null() ? nullptr : prototype.as_object())));
}

} // namespace

Fallible<Object*> create_reflect(Agent& agent, Realm& realm) {
    Object* reflect = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    const FunctionEntry functions[] = {
        {atoms::apply, reflect_apply, 3},
        {atoms::construct, reflect_construct, 2},
        {atoms::defineProperty, reflect_define_property, 3},
        {atoms::deleteProperty, reflect_delete_property, 2},
        {atoms::get, reflect_get, 2},
        {atoms::getOwnPropertyDescriptor, reflect_get_own_property_descriptor, 2},
        {atoms::getPrototypeOf, reflect_get_prototype_of, 1},
        {atoms::has, reflect_has, 2},
        {atoms::isExtensible, reflect_is_extensible, 1},
        {atoms::ownKeys, reflect_own_keys, 1},
        {atoms::preventExtensions, reflect_prevent_extensions, 1},
        {atoms::set, reflect_set, 3},
        {atoms::setPrototypeOf, reflect_set_prototype_of, 2},
    };
    TRY(define_functions(agent, realm, reflect, functions));
    TRY(define_to_string_tag(agent, reflect, atoms::Reflect));
    return reflect;
}

} // namespace heddle
