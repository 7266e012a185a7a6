// 24.2 Set Objects
#include "builtins/define.h"
#include "builtins/hash_iterator.h"
#include "builtins/hash_table.h"
#include "builtins/intrinsics.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Fallible<SetObject*> this_set(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is<SetObject>()) [[likely]]
        return arguments.this_value().as<SetObject>();
    return agent.throw_type_error(fmt::format("Set.prototype.{} was called on {}, which is not a Set", method,
                                              display_string(arguments.this_value())));
}

// 24.2.1.2 Set Records: another set as the methods below see it.
struct SetRecord {
    Object* set;
    double size;
    Value has;
    Value keys;

    Result<bool> contains(Agent& agent, Value value) const {
        return to_boolean(TRY(call(agent, has, Value(set), {value})));
    }
    Result<IteratorRecord> iterate_keys(Agent& agent) const {
        return get_iterator_from_method(agent, Value(set), keys);
    }
};

// 24.2.1.2 GetSetRecord ( obj )
Result<SetRecord> get_set_record(Agent& agent, Value value) {
    if (!value.is_object())
        return agent.throw_type_error(fmt::format(
            "{} is not a set: an object with size, has and keys is needed", display_string(value)));
    Object* object = value.as_object();
    Value raw_size = TRY(object->get(agent, atoms::size));
    double number = TRY(to_number(agent, raw_size));
    if (std::isnan(number))
        return agent.throw_type_error(
            fmt::format("The size of the other set is {}, not a number", display_string(raw_size)));
    double size = truncate_to_integer_or_infinity(number);
    if (size < 0)
        return agent.throw_range_error(fmt::format("The size of the other set is {}: it must not be negative",
                                                   display_string(raw_size)));
    Value has = TRY(object->get(agent, atoms::has));
    if (!is_callable(has))
        return agent.throw_type_error(
            fmt::format("The property has of the other set is {}, not a function", display_string(has)));
    Value keys = TRY(object->get(agent, atoms::keys));
    if (!is_callable(keys))
        return agent.throw_type_error(
            fmt::format("The property keys of the other set is {}, not a function", display_string(keys)));
    return SetRecord{object, size, has, keys};
}

// 24.2.2.1 Set ( [ iterable ] )
Result<Value> set_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("Set is a class: call it with new");
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::SetPrototype));
    SetObject* set = TRY(SetObject::create(agent, shape));
    if (arguments[0].is_nullish()) return Value(set);
    Value adder = TRY(set->get(agent, atoms::add));
    if (!is_callable(adder))
        return agent.throw_type_error(
            fmt::format("The property add of the new Set is {}, not a function", display_string(adder)));
    TRY(iterate(agent, arguments[0], [&](Value next) -> Result<void> {
        TRY(call(agent, adder, Value(set), {next}));
        return {};
    }));
    return Value(set);
}

// 24.2.4.1 Set.prototype.add ( value )
Result<Value> set_add(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "add"));
    TRY(set->add(agent, arguments[0]));
    return Value(set);
}

// 24.2.4.2 Set.prototype.clear ( )
Result<Value> set_clear(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "clear"));
    TRY(set->clear(agent));
    return Value::undefined();
}

// 24.2.4.4 Set.prototype.delete ( value )
Result<Value> set_delete(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "delete"));
    return Value::boolean(TRY(set->remove(agent, arguments[0])));
}

// 24.2.4.5 Set.prototype.difference ( other )
Result<Value> set_difference(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "difference"));
    SetRecord other = TRY(get_set_record(agent, arguments[0]));
    if (set->size() <= other.size) {
        SetObject* result = TRY(SetObject::create(agent));
        TRY(result->copy_from(agent, set));
        HashPosition position = result->begin();
        while (HashTable::Entry* entry = position.next()) {
            Value element = entry->key;
            if (TRY(other.contains(agent, element))) TRY(result->remove(agent, element));
        }
        return Value(result);
    }
    IteratorRecord keys = TRY(other.iterate_keys(agent));
    SetObject* result = TRY(SetObject::create(agent));
    TRY(result->copy_from(agent, set));
    while (auto next = TRY(iterator_step_value(agent, keys)))
        TRY(result->remove(agent, *next));
    return Value(result);
}

// 24.2.4.7 Set.prototype.forEach ( callback [ , thisArg ] )
Result<Value> set_for_each(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "forEach"));
    if (!is_callable(arguments[0]))
        return agent.throw_type_error(display_string(arguments[0]) + " is not a function");
    HashPosition position = set->begin();
    while (HashTable::Entry* entry = position.next()) {
        Value element = entry->key;
        TRY(call(agent, arguments[0], arguments[1], {element, element, Value(set)}));
    }
    return Value::undefined();
}

// 24.2.4.8 Set.prototype.has ( value )
Result<Value> set_has(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "has"));
    return Value::boolean(TRY(set->contains(agent, arguments[0])));
}

// 24.2.4.9 Set.prototype.intersection ( other )
Result<Value> set_intersection(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "intersection"));
    SetRecord other = TRY(get_set_record(agent, arguments[0]));
    SetObject* result = TRY(SetObject::create(agent));
    if (set->size() <= other.size) {
        HashPosition position = set->begin();
        while (HashTable::Entry* entry = position.next()) {
            Value element = entry->key;
            if (TRY(other.contains(agent, element))) TRY(result->add(agent, element));
        }
        return Value(result);
    }
    IteratorRecord keys = TRY(other.iterate_keys(agent));
    while (auto next = TRY(iterator_step_value(agent, keys))) {
        if (TRY(set->contains(agent, *next))) TRY(result->add(agent, *next));
    }
    return Value(result);
}

// 24.2.4.10 Set.prototype.isDisjointFrom ( other )
Result<Value> set_is_disjoint_from(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "isDisjointFrom"));
    SetRecord other = TRY(get_set_record(agent, arguments[0]));
    if (set->size() <= other.size) {
        HashPosition position = set->begin();
        while (HashTable::Entry* entry = position.next()) {
            if (TRY(other.contains(agent, entry->key))) return Value::boolean(false);
        }
        return Value::boolean(true);
    }
    IteratorRecord keys = TRY(other.iterate_keys(agent));
    while (auto next = TRY(iterator_step_value(agent, keys))) {
        if (TRY(set->contains(agent, *next))) {
            TRY(iterator_close(agent, keys));
            return Value::boolean(false);
        }
    }
    return Value::boolean(true);
}

// 24.2.4.11 Set.prototype.isSubsetOf ( other )
Result<Value> set_is_subset_of(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "isSubsetOf"));
    SetRecord other = TRY(get_set_record(agent, arguments[0]));
    if (set->size() > other.size) return Value::boolean(false);
    HashPosition position = set->begin();
    while (HashTable::Entry* entry = position.next()) {
        if (!TRY(other.contains(agent, entry->key))) return Value::boolean(false);
    }
    return Value::boolean(true);
}

// 24.2.4.12 Set.prototype.isSupersetOf ( other )
Result<Value> set_is_superset_of(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "isSupersetOf"));
    SetRecord other = TRY(get_set_record(agent, arguments[0]));
    if (set->size() < other.size) return Value::boolean(false);
    IteratorRecord keys = TRY(other.iterate_keys(agent));
    while (auto next = TRY(iterator_step_value(agent, keys))) {
        if (!TRY(set->contains(agent, *next))) {
            TRY(iterator_close(agent, keys));
            return Value::boolean(false);
        }
    }
    return Value::boolean(true);
}

// 24.2.4.14 get Set.prototype.size
Result<Value> set_size(Agent& agent, const Arguments& arguments) {
    return Value::number(TRY(this_set(agent, arguments, "size"))->size());
}

// 24.2.4.15 Set.prototype.symmetricDifference ( other )
Result<Value> set_symmetric_difference(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "symmetricDifference"));
    SetRecord other = TRY(get_set_record(agent, arguments[0]));
    IteratorRecord keys = TRY(other.iterate_keys(agent));
    SetObject* result = TRY(SetObject::create(agent));
    TRY(result->copy_from(agent, set));
    while (auto next = TRY(iterator_step_value(agent, keys))) {
        if (TRY(set->contains(agent, *next)))
            TRY(result->remove(agent, *next));
        else
            TRY(result->add(agent, *next));
    }
    return Value(result);
}

// 24.2.4.16 Set.prototype.union ( other )
Result<Value> set_union(Agent& agent, const Arguments& arguments) {
    SetObject* set = TRY(this_set(agent, arguments, "union"));
    SetRecord other = TRY(get_set_record(agent, arguments[0]));
    IteratorRecord keys = TRY(other.iterate_keys(agent));
    SetObject* result = TRY(SetObject::create(agent));
    TRY(result->copy_from(agent, set));
    while (auto next = TRY(iterator_step_value(agent, keys)))
        TRY(result->add(agent, *next));
    return Value(result);
}

// 24.2.4.6 entries, 24.2.4.17 values ( )
Result<Value> set_entries(Agent& agent, const Arguments& arguments) {
    return Value(TRY(create_hash_iterator(agent, TRY(this_set(agent, arguments, "entries")),
                                          HashIterationKind::KeyAndValue)));
}
Result<Value> set_values(Agent& agent, const Arguments& arguments) {
    return Value(TRY(
        create_hash_iterator(agent, TRY(this_set(agent, arguments, "values")), HashIterationKind::Value)));
}

} // namespace

// 24.2.3 Properties of the Set Constructor
Fallible<Object*> create_set(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::Set, Intrinsic::SetPrototype,
                                                 set_constructor, 0, atoms::Set));
    const AccessorEntry accessors[] = {{symbols::species, species_getter}};
    TRY(define_accessors(agent, realm, constructor, accessors));
    return constructor;
}

// 24.2.4 Properties of the Set Prototype Object
Fallible<Object*> create_set_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::SetPrototype, Intrinsic::Set));
    const FunctionEntry functions[] = {
        {atoms::add, set_add, 1},
        {atoms::clear, set_clear, 0},
        {atoms::delete_, set_delete, 1},
        {atoms::difference, set_difference, 1},
        {atoms::entries, set_entries, 0},
        {atoms::forEach, set_for_each, 1},
        {atoms::has, set_has, 1},
        {atoms::intersection, set_intersection, 1},
        {atoms::isDisjointFrom, set_is_disjoint_from, 1},
        {atoms::isSubsetOf, set_is_subset_of, 1},
        {atoms::isSupersetOf, set_is_superset_of, 1},
        {atoms::symmetricDifference, set_symmetric_difference, 1},
        {atoms::union_, set_union, 1},
        {atoms::values, set_values, 0},
    };
    const AccessorEntry accessors[] = {{atoms::size, set_size}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_accessors(agent, realm, prototype, accessors));
    // 24.2.4.13 keys and 24.2.4.18 [ %Symbol.iterator% ] are the same function object as values.
    Value values = *prototype->own_property_direct(atoms::values)->value;
    TRY(prototype->define_direct(agent, atoms::keys, values, kBuiltinAttributes));
    TRY(prototype->define_direct(agent, symbols::iterator, values, kBuiltinAttributes));
    TRY(define_to_string_tag(agent, prototype, atoms::Set));
    return prototype;
}

} // namespace heddle
