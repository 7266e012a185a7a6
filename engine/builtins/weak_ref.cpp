// 26.1 WeakRef Objects
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/weak_ref.h"
#include "builtins/weak_table.h"

#include <fmt/core.h>

namespace heddle {

Fallible<WeakRefObject*> WeakRefObject::create(Agent& agent, Shape* shape, Value target) {
    return agent.heap().allocate<WeakRefObject>(0, shape, target);
}

void WeakRefObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.defer_weak(this);
}

void WeakRefObject::process_weak(WeakProcessor& weak) {
    if (!weak.is_live(target_)) target_ = Value::undefined();
}

namespace {

// 26.1.1.1 WeakRef ( target )
Result<Value> weak_ref_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("WeakRef is a class: call it with new");
    Value target = arguments[0];
    if (!can_be_held_weakly(target)) {
        return agent.throw_type_error(fmt::format(
            "{} cannot be the target of a WeakRef: only objects and symbols that are not in the registry can",
            display_string(target)));
    }
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::WeakRefPrototype));
    WeakRefObject* weak_ref = TRY(WeakRefObject::create(agent, shape, target));
    TRY(agent.add_to_kept_objects(target));
    return Value(weak_ref);
}

// 26.1.3.2 WeakRef.prototype.deref ( )
Result<Value> weak_ref_deref(Agent& agent, const Arguments& arguments) {
    if (!arguments.this_value().is<WeakRefObject>()) {
        return agent.throw_type_error(
            fmt::format("WeakRef.prototype.deref was called on {}, which is not a WeakRef",
                        display_string(arguments.this_value())));
    }
    Value target = arguments.this_value().as<WeakRefObject>()->target();
    if (!target.is_undefined()) TRY(agent.add_to_kept_objects(target));
    return target;
}

} // namespace

// 26.1.2 Properties of the WeakRef Constructor
Fallible<Object*> create_weak_ref(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::WeakRef, Intrinsic::WeakRefPrototype,
                                  weak_ref_constructor, 1, atoms::WeakRef));
}

// 26.1.3 Properties of the WeakRef Prototype Object
Fallible<Object*> create_weak_ref_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::WeakRefPrototype, Intrinsic::WeakRef));
    const FunctionEntry functions[] = {{atoms::deref, weak_ref_deref, 0}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::WeakRef));
    return prototype;
}

} // namespace heddle
