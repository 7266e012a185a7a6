// 20.3 Boolean Objects
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/primitive_objects.h"

namespace heddle {

namespace {

// 20.3.1.1 Boolean ( value )
Result<Value> boolean_constructor(Agent& agent, const Arguments& arguments) {
    Value value = Value::boolean(to_boolean(arguments[0]));
    if (!arguments.is_construct()) return value;
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::BooleanPrototype));
    return Value(TRY(PrimitiveObject::create(agent, CellKind::BooleanObject, shape, value)));
}

// 20.3.3.3.1 ThisBooleanValue ( value )
Fallible<Value> this_boolean_value(Agent& agent, Value value, const char* method) {
    if (value.is_boolean()) return value;
    if (value.is_object() && value.as_object()->kind() == CellKind::BooleanObject)
        return value.as<PrimitiveObject>()->primitive();
    return agent.throw_type_error(std::string(method) + " was called on " + display_string(value) +
                                  ", which is not a boolean");
}

// 20.3.3.2 Boolean.prototype.toString ( )
Result<Value> boolean_prototype_to_string(Agent& agent, const Arguments& arguments) {
    Value value = TRY(this_boolean_value(agent, arguments.this_value(), "Boolean.prototype.toString"));
    return Value(value.is_true() ? static_cast<String*>(atoms::true_) : static_cast<String*>(atoms::false_));
}

// 20.3.3.3 Boolean.prototype.valueOf ( )
Result<Value> boolean_prototype_value_of(Agent& agent, const Arguments& arguments) {
    return this_boolean_value(agent, arguments.this_value(), "Boolean.prototype.valueOf");
}

} // namespace

Fallible<Object*> create_boolean(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::Boolean, Intrinsic::BooleanPrototype,
                                  boolean_constructor, 1, atoms::Boolean));
}

Fallible<Object*> create_boolean_prototype(Agent& agent, Realm& realm) {
    Shape* shape = TRY(realm.root_shape(Intrinsic::ObjectPrototype));
    Object* prototype =
        TRY(PrimitiveObject::create(agent, CellKind::BooleanObject, shape, Value::boolean(false)));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::BooleanPrototype, Intrinsic::Boolean));
    const FunctionEntry functions[] = {
        {atoms::toString, boolean_prototype_to_string, 0},
        {atoms::valueOf, boolean_prototype_value_of, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    return prototype;
}

} // namespace heddle
