// 24.1 Map Objects
#include "builtins/builtin_iterator.h"
#include "builtins/define.h"
#include "builtins/hash_iterator.h"
#include "builtins/hash_table.h"
#include "builtins/intrinsics.h"
#include "runtime/array.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Fallible<MapObject*> this_map(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is<MapObject>()) [[likely]]
        return arguments.this_value().as<MapObject>();
    return agent.throw_type_error(fmt::format("Map.prototype.{} was called on {}, which is not a Map", method,
                                              display_string(arguments.this_value())));
}

// 24.1.1.1 Map ( [ iterable ] )
Result<Value> map_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("Map is a class: call it with new");
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::MapPrototype));
    MapObject* map = TRY(MapObject::create(agent, shape));
    if (arguments[0].is_nullish()) return Value(map);
    Value adder = TRY(map->get(agent, atoms::set));
    if (!is_callable(adder))
        return agent.throw_type_error(
            fmt::format("The property set of the new Map is {}, not a function", display_string(adder)));
    TRY(add_entries_from_iterable(agent, Value(map), arguments[0], adder));
    return Value(map);
}

// 24.1.2.1 Map.groupBy ( items, callback )
Result<Value> map_group_by(Agent& agent, const Arguments& arguments) {
    TRY(require_object_coercible(agent, arguments[0], "Map.groupBy"));
    if (!is_callable(arguments[1]))
        return agent.throw_type_error(display_string(arguments[1]) + " is not a function");
    MapObject* groups = TRY(MapObject::create(agent));
    uint64_t k = 0;
    TRY(iterate(agent, arguments[0], [&](Value value) -> Result<void> {
        Value key = TRY(call(agent, arguments[1], Value::undefined(), {value, Value::number(k++)}));
        std::optional<Value> group = TRY(groups->lookup(agent, key));
        if (!group) {
            group = Value(TRY(Array::create(agent, 0)));
            TRY(groups->put(agent, key, *group));
        }
        TRY(group->as<Array>()->push_direct(agent, value));
        return {};
    }));
    return Value(groups);
}

// 24.1.3.1 Map.prototype.clear ( )
Result<Value> map_clear(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "clear"));
    TRY(map->clear(agent));
    return Value::undefined();
}

// 24.1.3.3 Map.prototype.delete ( key )
Result<Value> map_delete(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "delete"));
    return Value::boolean(TRY(map->remove(agent, arguments[0])));
}

// 24.1.3.5 Map.prototype.forEach ( callback [ , thisArg ] )
Result<Value> map_for_each(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "forEach"));
    if (!is_callable(arguments[0]))
        return agent.throw_type_error(display_string(arguments[0]) + " is not a function");
    HashPosition position = map->begin();
    while (HashTable::Entry* entry = position.next())
        TRY(call(agent, arguments[0], arguments[1], {position.table->value_of(*entry), entry->key.get(), Value(map)}));
    return Value::undefined();
}

// 24.1.3.6 Map.prototype.get ( key )
Result<Value> map_get(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "get"));
    return TRY(map->lookup(agent, arguments[0])).value_or(Value::undefined());
}

// 24.1.3.7 Map.prototype.getOrInsert ( key, value )
Result<Value> map_get_or_insert(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "getOrInsert"));
    if (auto value = TRY(map->lookup(agent, arguments[0]))) return *value;
    TRY(map->put(agent, arguments[0], arguments[1]));
    return arguments[1];
}

// 24.1.3.8 Map.prototype.getOrInsertComputed ( key, callback )
Result<Value> map_get_or_insert_computed(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "getOrInsertComputed"));
    if (!is_callable(arguments[1]))
        return agent.throw_type_error(display_string(arguments[1]) + " is not a function");
    Value key = canonicalize_keyed_collection_key(arguments[0]);
    if (auto value = TRY(map->lookup(agent, key))) return *value;
    Value value = TRY(call(agent, arguments[1], Value::undefined(), {key}));
    // NOTE: The Map may have been modified during execution of callback.
    TRY(map->put(agent, key, value));
    return value;
}

// 24.1.3.9 Map.prototype.has ( key )
Result<Value> map_has(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "has"));
    return Value::boolean(TRY(map->contains(agent, arguments[0])));
}

// 24.1.3.11 Map.prototype.set ( key, value )
Result<Value> map_set(Agent& agent, const Arguments& arguments) {
    MapObject* map = TRY(this_map(agent, arguments, "set"));
    TRY(map->put(agent, arguments[0], arguments[1]));
    return Value(map);
}

// 24.1.3.12 get Map.prototype.size
Result<Value> map_size(Agent& agent, const Arguments& arguments) {
    return Value::number(TRY(this_map(agent, arguments, "size"))->size());
}

// 24.1.3.4 entries, 24.1.3.10 keys, 24.1.3.13 values ( )
Result<Value> map_entries(Agent& agent, const Arguments& arguments) {
    return Value(TRY(create_hash_iterator(agent, TRY(this_map(agent, arguments, "entries")),
                                          HashIterationKind::KeyAndValue)));
}
Result<Value> map_keys(Agent& agent, const Arguments& arguments) {
    return Value(
        TRY(create_hash_iterator(agent, TRY(this_map(agent, arguments, "keys")), HashIterationKind::Key)));
}
Result<Value> map_values(Agent& agent, const Arguments& arguments) {
    return Value(TRY(
        create_hash_iterator(agent, TRY(this_map(agent, arguments, "values")), HashIterationKind::Value)));
}

} // namespace

// 24.1.1.2 AddEntriesFromIterable ( target, iterable, adder )
Result<void> add_entries_from_iterable(Agent& agent, Value target, Value iterable, Value adder) {
    return iterate(agent, iterable, [&](Value next) -> Result<void> {
        if (!next.is_object()) {
            return agent.throw_type_error(fmt::format(
                "The entry {} is not an object: entries are [key, value] pairs", display_string(next)));
        }
        Value key = TRY(next.as_object()->get(agent, PropertyKey::index(0)));
        Value value = TRY(next.as_object()->get(agent, PropertyKey::index(1)));
        TRY(call(agent, adder, target, {key, value}));
        return {};
    });
}

// 24.1.2 Properties of the Map Constructor
Fallible<Object*> create_map(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::Map, Intrinsic::MapPrototype,
                                                 map_constructor, 0, atoms::Map));
    const FunctionEntry functions[] = {{atoms::groupBy, map_group_by, 2}};
    const AccessorEntry accessors[] = {{symbols::species, species_getter}};
    TRY(define_functions(agent, realm, constructor, functions));
    TRY(define_accessors(agent, realm, constructor, accessors));
    return constructor;
}

// 24.1.3 Properties of the Map Prototype Object
Fallible<Object*> create_map_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::MapPrototype, Intrinsic::Map));
    const FunctionEntry functions[] = {
        {atoms::clear, map_clear, 0},
        {atoms::delete_, map_delete, 1},
        {atoms::entries, map_entries, 0},
        {atoms::forEach, map_for_each, 1},
        {atoms::get, map_get, 1},
        {atoms::getOrInsert, map_get_or_insert, 2},
        {atoms::getOrInsertComputed, map_get_or_insert_computed, 2},
        {atoms::has, map_has, 1},
        {atoms::keys, map_keys, 0},
        {atoms::set, map_set, 2},
        {atoms::values, map_values, 0},
    };
    const AccessorEntry accessors[] = {{atoms::size, map_size}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_accessors(agent, realm, prototype, accessors));
    // 24.1.3.14 Map.prototype [ %Symbol.iterator% ] ( ) is the same function object as entries.
    TRY(prototype->define_direct(agent, symbols::iterator,
                                 *prototype->own_property_direct(atoms::entries)->value, kBuiltinAttributes));
    TRY(define_to_string_tag(agent, prototype, atoms::Map));
    return prototype;
}

} // namespace heddle
