// 20.5 Error Objects: Error, the NativeErrors, AggregateError and SuppressedError
#include "runtime/error.h"

#include "builtins/intrinsics.h"
#include "runtime/array.h"
#include "runtime/iterator.h"

namespace heddle {

namespace {

// 20.5.8.1 InstallErrorCause ( O, options )
Result<void> install_error_cause(Agent& agent, Object* error, Value options) {
    if (!options.is_object()) return {};
    if (!TRY(options.as_object()->has_property(agent, atoms::cause))) return {};
    Value cause = TRY(options.as_object()->get(agent, atoms::cause));
    return error->define_direct(agent, atoms::cause, cause, kBuiltinAttributes);
}

/// The common head of the constructors: the object of the right prototype, with its message.
Result<ErrorObject*> create_error_from_constructor(Agent& agent, const Arguments& arguments, ErrorType type,
                                                   Value message) {
    Value new_target = arguments.is_construct() ? arguments.new_target() : Value(arguments.callee());
    Shape* shape = TRY(shape_from_constructor(agent, new_target, error_prototype(type)));
    String* text = nullptr;
    if (!message.is_undefined()) text = TRY(to_string(agent, message));
    return TRY(ErrorObject::create(agent, shape, type, text));
}

// 20.5.1.1 Error ( message [ , options ] ), 20.5.6.1.1 NativeError ( message [ , options ] )
template<ErrorType type>
Result<Value> error_constructor(Agent& agent, const Arguments& arguments) {
    ErrorObject* error = TRY(create_error_from_constructor(agent, arguments, type, arguments[0]));
    TRY(install_error_cause(agent, error, arguments[1]));
    return Value(error);
}

// 20.5.7.1.1 AggregateError ( errors, message [ , options ] )
Result<Value> aggregate_error_constructor(Agent& agent, const Arguments& arguments) {
    ErrorObject* error =
        TRY(create_error_from_constructor(agent, arguments, ErrorType::AggregateError, arguments[1]));
    TRY(install_error_cause(agent, error, arguments[2]));
    RootVector<Value> errors(agent.heap());
    IteratorRecord record = TRY(get_iterator(agent, arguments[0]));
    while (auto next = TRY(iterator_step_value(agent, record)))
        if (!errors.push_back(*next)) return agent.out_of_memory();
    Array* list = TRY(Array::from_values(agent, errors.span()));
    TRY(error->define_direct(agent, atoms::errors, Value(list), kBuiltinAttributes));
    return Value(error);
}

// 20.5.8.1.1 SuppressedError ( error, suppressed, message )
Result<Value> suppressed_error_constructor(Agent& agent, const Arguments& arguments) {
    ErrorObject* error =
        TRY(create_error_from_constructor(agent, arguments, ErrorType::SuppressedError, arguments[2]));
    TRY(error->define_direct(agent, atoms::error, arguments[0], kBuiltinAttributes));
    TRY(error->define_direct(agent, atoms::suppressed, arguments[1], kBuiltinAttributes));
    return Value(error);
}

// 20.5.2.1 Error.isError ( arg )
Result<Value> error_is_error(Agent&, const Arguments& arguments) {
    return Value::boolean(arguments[0].is<ErrorObject>());
}

// 20.5.3.4 Error.prototype.toString ( )
Result<Value> error_prototype_to_string(Agent& agent, const Arguments& arguments) {
    if (!arguments.this_value().is_object())
        return agent.throw_type_error("Error.prototype.toString was called on " +
                                      display_string(arguments.this_value()) + ", which is not an object");
    Object* object = arguments.this_value().as_object();
    Value name_value = TRY(object->get(agent, atoms::name));
    String* name =
        name_value.is_undefined() ? static_cast<String*>(atoms::Error) : TRY(to_string(agent, name_value));
    Value message_value = TRY(object->get(agent, atoms::message));
    String* message = message_value.is_undefined() ? static_cast<String*>(atoms::empty)
                                                   : TRY(to_string(agent, message_value));
    if (name->length() == 0) return Value(message);
    if (message->length() == 0) return Value(name);
    StringBuilder builder(agent);
    TRY(builder.append(name));
    TRY(builder.append(": "));
    TRY(builder.append(message));
    return Value(TRY(builder.finish()));
}

// get Error.prototype.stack
Result<Value> error_prototype_get_stack(Agent& agent, const Arguments& arguments) {
    Value error = arguments.this_value();
    if (!error.is_object())
        return agent.throw_type_error("get Error.prototype.stack was called on " + display_string(error) +
                                      ", which is not an object");
    if (!error.is<ErrorObject>()) return Value::undefined();
    return Value(TRY(error.as<ErrorObject>()->stack_string(agent)));
}

// set Error.prototype.stack
Result<Value> error_prototype_set_stack(Agent& agent, const Arguments& arguments) {
    Value error = arguments.this_value();
    if (!error.is_object())
        return agent.throw_type_error("set Error.prototype.stack was called on " + display_string(error) +
                                      ", which is not an object");
    if (!arguments[0].is_string())
        return agent.throw_type_error("The stack of an error must be a string, got " +
                                      display_string(arguments[0]));
    Object* home = TRY(agent.intrinsic(Intrinsic::ErrorPrototype));
    TRY(setter_that_ignores_prototype_properties(agent, error, home, atoms::stack, arguments[0]));
    return Value::undefined();
}

struct ErrorClass {
    Intrinsic constructor;
    Intrinsic prototype;
    PropertyKey name;
    NativeCode code;
    uint32_t length;
};

Fallible<Object*> create_constructor(Agent& agent, Realm& realm, const ErrorClass& error_class) {
    Object* parent = nullptr;
    if (error_class.constructor != Intrinsic::Error) parent = TRY(realm.intrinsic(Intrinsic::Error));
    Object* constructor = TRY(NativeFunction::create_constructor(
        agent, realm, error_class.code, error_class.length, error_class.name, parent));
    realm.set_intrinsic(error_class.constructor, constructor);
    TRY(constructor->define_direct(agent, atoms::prototype,
                                   Value(TRY(realm.intrinsic(error_class.prototype))), kNone));
    return constructor;
}

Fallible<Object*> create_prototype(Agent& agent, Realm& realm, const ErrorClass& error_class) {
    bool is_error = error_class.constructor == Intrinsic::Error;
    Object* parent = TRY(realm.intrinsic(is_error ? Intrinsic::ObjectPrototype : Intrinsic::ErrorPrototype));
    Object* prototype = TRY(Object::create(agent, parent));
    realm.set_intrinsic(error_class.prototype, prototype);
    TRY(prototype->define_direct(agent, atoms::constructor,
                                 Value(TRY(realm.intrinsic(error_class.constructor))), kBuiltinAttributes));
    TRY(prototype->define_direct(agent, atoms::name, Value(error_class.name.as_atom()), kBuiltinAttributes));
    TRY(prototype->define_direct(agent, atoms::message, Value(static_cast<String*>(atoms::empty)),
                                 kBuiltinAttributes));
    return prototype;
}

} // namespace

Fallible<Object*> create_error(Agent& agent, Realm& realm) {
    Object* constructor = TRY(create_constructor(
        agent, realm,
        {Intrinsic::Error, Intrinsic::ErrorPrototype, atoms::Error, error_constructor<ErrorType::Error>, 1}));
    const FunctionEntry functions[] = {{atoms::isError, error_is_error, 1}};
    TRY(define_functions(agent, realm, constructor, functions));
    return constructor;
}

Fallible<Object*> create_error_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(create_prototype(
        agent, realm,
        {Intrinsic::Error, Intrinsic::ErrorPrototype, atoms::Error, error_constructor<ErrorType::Error>, 1}));
    const FunctionEntry functions[] = {{atoms::toString, error_prototype_to_string, 0}};
    TRY(define_functions(agent, realm, prototype, functions));
    const AccessorEntry accessors[] = {{atoms::stack, error_prototype_get_stack, error_prototype_set_stack}};
    TRY(define_accessors(agent, realm, prototype, accessors));
    return prototype;
}

#define HEDDLE_ERROR_CLASS(Name, snake, code, length)                                                        \
    Fallible<Object*> create_##snake(Agent& agent, Realm& realm) {                                           \
        return create_constructor(agent, realm,                                                              \
                                  {Intrinsic::Name, Intrinsic::Name##Prototype, atoms::Name, code, length}); \
    }                                                                                                        \
    Fallible<Object*> create_##snake##_prototype(Agent& agent, Realm& realm) {                               \
        return create_prototype(agent, realm,                                                                \
                                {Intrinsic::Name, Intrinsic::Name##Prototype, atoms::Name, code, length});   \
    }
HEDDLE_ERROR_CLASS(EvalError, eval_error, error_constructor<ErrorType::EvalError>, 1)
HEDDLE_ERROR_CLASS(RangeError, range_error, error_constructor<ErrorType::RangeError>, 1)
HEDDLE_ERROR_CLASS(ReferenceError, reference_error, error_constructor<ErrorType::ReferenceError>, 1)
HEDDLE_ERROR_CLASS(SyntaxError, syntax_error, error_constructor<ErrorType::SyntaxError>, 1)
HEDDLE_ERROR_CLASS(TypeError, type_error, error_constructor<ErrorType::TypeError>, 1)
HEDDLE_ERROR_CLASS(URIError, uri_error, error_constructor<ErrorType::URIError>, 1)
HEDDLE_ERROR_CLASS(AggregateError, aggregate_error, aggregate_error_constructor, 2)
HEDDLE_ERROR_CLASS(SuppressedError, suppressed_error, suppressed_error_constructor, 3)
#undef HEDDLE_ERROR_CLASS

} // namespace heddle
