// 24.3 WeakMap Objects
#include "builtins/define.h"
#include "builtins/hash_iterator.h"
#include "builtins/intrinsics.h"
#include "builtins/weak_table.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Fallible<WeakCollection*> this_weak_map(Agent& agent, const Arguments& arguments, const char* method) {
    Value self = arguments.this_value();
    if (self.is_object() && self.as_object()->kind() == CellKind::WeakMap) [[likely]]
        return self.as<WeakCollection>();
    return agent.throw_type_error(fmt::format("WeakMap.prototype.{} was called on {}, which is not a WeakMap",
                                              method, display_string(self)));
}

Failed throw_bad_key(Agent& agent, Value key) {
    return agent.throw_type_error(fmt::format(
        "{} cannot be a key of a WeakMap: only objects and symbols that are not in the registry can",
        display_string(key)));
}

// 24.3.1.1 WeakMap ( [ iterable ] )
Result<Value> weak_map_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("WeakMap is a class: call it with new");
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::WeakMapPrototype));
    WeakCollection* map = TRY(WeakCollection::create(agent, CellKind::WeakMap, shape));
    if (arguments[0].is_nullish()) return Value(map);
    Value adder = TRY(map->get(agent, atoms::set));
    if (!is_callable(adder))
        return agent.throw_type_error(
            fmt::format("The property set of the new WeakMap is {}, not a function", display_string(adder)));
    TRY(add_entries_from_iterable(agent, Value(map), arguments[0], adder));
    return Value(map);
}

// 24.3.3.2 WeakMap.prototype.delete ( key )
Result<Value> weak_map_delete(Agent& agent, const Arguments& arguments) {
    WeakCollection* map = TRY(this_weak_map(agent, arguments, "delete"));
    return Value::boolean(can_be_held_weakly(arguments[0]) && map->remove(agent, arguments[0]));
}

// 24.3.3.3 WeakMap.prototype.get ( key )
Result<Value> weak_map_get(Agent& agent, const Arguments& arguments) {
    WeakCollection* map = TRY(this_weak_map(agent, arguments, "get"));
    if (!can_be_held_weakly(arguments[0])) return Value::undefined();
    return map->lookup(agent, arguments[0]).value_or(Value::undefined());
}

// 24.3.3.4 WeakMap.prototype.getOrInsert ( key, value )
Result<Value> weak_map_get_or_insert(Agent& agent, const Arguments& arguments) {
    WeakCollection* map = TRY(this_weak_map(agent, arguments, "getOrInsert"));
    if (!can_be_held_weakly(arguments[0])) return throw_bad_key(agent, arguments[0]);
    if (auto value = map->lookup(agent, arguments[0])) return *value;
    TRY(map->put(agent, arguments[0], arguments[1]));
    return arguments[1];
}

// 24.3.3.5 WeakMap.prototype.getOrInsertComputed ( key, callback )
Result<Value> weak_map_get_or_insert_computed(Agent& agent, const Arguments& arguments) {
    WeakCollection* map = TRY(this_weak_map(agent, arguments, "getOrInsertComputed"));
    if (!can_be_held_weakly(arguments[0])) return throw_bad_key(agent, arguments[0]);
    if (!is_callable(arguments[1]))
        return agent.throw_type_error(display_string(arguments[1]) + " is not a function");
    if (auto value = map->lookup(agent, arguments[0])) return *value;
    Value value = TRY(call(agent, arguments[1], Value::undefined(), {arguments[0]}));
    // NOTE: The WeakMap may have been modified during execution of callback.
    TRY(map->put(agent, arguments[0], value));
    return value;
}

// 24.3.3.6 WeakMap.prototype.has ( key )
Result<Value> weak_map_has(Agent& agent, const Arguments& arguments) {
    WeakCollection* map = TRY(this_weak_map(agent, arguments, "has"));
    return Value::boolean(can_be_held_weakly(arguments[0]) && map->lookup(agent, arguments[0]).has_value());
}

// 24.3.3.7 WeakMap.prototype.set ( key, value )
Result<Value> weak_map_set(Agent& agent, const Arguments& arguments) {
    WeakCollection* map = TRY(this_weak_map(agent, arguments, "set"));
    if (!can_be_held_weakly(arguments[0])) return throw_bad_key(agent, arguments[0]);
    TRY(map->put(agent, arguments[0], arguments[1]));
    return Value(map);
}

} // namespace

// 24.3.2 Properties of the WeakMap Constructor
Fallible<Object*> create_weak_map(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::WeakMap, Intrinsic::WeakMapPrototype,
                                  weak_map_constructor, 0, atoms::WeakMap));
}

// 24.3.3 Properties of the WeakMap Prototype Object
Fallible<Object*> create_weak_map_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::WeakMapPrototype, Intrinsic::WeakMap));
    const FunctionEntry functions[] = {
        {atoms::delete_, weak_map_delete, 1},
        {atoms::get, weak_map_get, 1},
        {atoms::getOrInsert, weak_map_get_or_insert, 2},
        {atoms::getOrInsertComputed, weak_map_get_or_insert_computed, 2},
        {atoms::has, weak_map_has, 1},
        {atoms::set, weak_map_set, 2},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::WeakMap));
    return prototype;
}

} // namespace heddle
