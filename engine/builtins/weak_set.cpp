// 24.4 WeakSet Objects
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/weak_table.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Fallible<WeakCollection*> this_weak_set(Agent& agent, const Arguments& arguments, const char* method) {
    Value self = arguments.this_value();
    if (self.is_object() && self.as_object()->kind() == CellKind::WeakSet) [[likely]]
        return self.as<WeakCollection>();
    return agent.throw_type_error(fmt::format("WeakSet.prototype.{} was called on {}, which is not a WeakSet",
                                              method, display_string(self)));
}

// 24.4.1.1 WeakSet ( [ iterable ] )
Result<Value> weak_set_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("WeakSet is a class: call it with new");
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::WeakSetPrototype));
    WeakCollection* set = TRY(WeakCollection::create(agent, CellKind::WeakSet, shape));
    if (arguments[0].is_nullish()) return Value(set);
    Value adder = TRY(set->get(agent, atoms::add));
    if (!is_callable(adder))
        return agent.throw_type_error(
            fmt::format("The property add of the new WeakSet is {}, not a function", display_string(adder)));
    TRY(iterate(agent, arguments[0], [&](Value next) -> Result<void> {
        TRY(call(agent, adder, Value(set), {next}));
        return {};
    }));
    return Value(set);
}

// 24.4.3.1 WeakSet.prototype.add ( value )
Result<Value> weak_set_add(Agent& agent, const Arguments& arguments) {
    WeakCollection* set = TRY(this_weak_set(agent, arguments, "add"));
    if (!can_be_held_weakly(arguments[0])) {
        return agent.throw_type_error(fmt::format(
            "{} cannot be in a WeakSet: only objects and symbols that are not in the registry can",
            display_string(arguments[0])));
    }
    TRY(set->put(agent, arguments[0], Value::undefined()));
    return Value(set);
}

// 24.4.3.3 WeakSet.prototype.delete ( value )
Result<Value> weak_set_delete(Agent& agent, const Arguments& arguments) {
    WeakCollection* set = TRY(this_weak_set(agent, arguments, "delete"));
    return Value::boolean(can_be_held_weakly(arguments[0]) && set->remove(agent, arguments[0]));
}

// 24.4.3.4 WeakSet.prototype.has ( value )
Result<Value> weak_set_has(Agent& agent, const Arguments& arguments) {
    WeakCollection* set = TRY(this_weak_set(agent, arguments, "has"));
    return Value::boolean(can_be_held_weakly(arguments[0]) && set->lookup(agent, arguments[0]).has_value());
}

} // namespace

// 24.4.2 Properties of the WeakSet Constructor
Fallible<Object*> create_weak_set(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::WeakSet, Intrinsic::WeakSetPrototype,
                                  weak_set_constructor, 0, atoms::WeakSet));
}

// 24.4.3 Properties of the WeakSet Prototype Object
Fallible<Object*> create_weak_set_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::WeakSetPrototype, Intrinsic::WeakSet));
    const FunctionEntry functions[] = {
        {atoms::add, weak_set_add, 1},
        {atoms::delete_, weak_set_delete, 1},
        {atoms::has, weak_set_has, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::WeakSet));
    return prototype;
}

} // namespace heddle
