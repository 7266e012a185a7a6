// 20.2 Function Objects, and %ThrowTypeError% (10.2.4.1)
#include "builtins/intrinsics.h"

#include "interpreter/script_function.h"
#include "runtime/operations.h"

#include <cmath>

namespace heddle {

namespace {

// 20.2.1.1 Function ( ...parameterArgs, bodyArg )
Result<Value> function_constructor(Agent& agent, const Arguments& arguments) {
    return agent.evaluator().create_dynamic_function(agent, Evaluator::DynamicFunctionKind::Normal,
                                                     arguments);
}

// 20.2.3 Properties of the Function Prototype Object: it accepts anything and returns undefined.
Result<Value> function_prototype(Agent&, const Arguments&) {
    return Value::undefined();
}

Failed throw_not_a_function(Agent& agent, const char* method, Value value) {
    return agent.throw_type_error(std::string(method) + " was called on " + display_string(value) +
                                  ", which is not a function");
}

// 20.2.3.1 Function.prototype.apply ( thisArg, argArray )
Result<Value> function_prototype_apply(Agent& agent, const Arguments& arguments) {
    Value function = arguments.this_value();
    if (!is_callable(function)) return throw_not_a_function(agent, "Function.prototype.apply", function);
    if (arguments[1].is_nullish()) return call(agent, function, arguments[0]);
    RootVector<Value> list(agent.heap());
    TRY(create_list_from_array_like(agent, arguments[1], list));
    return call(agent, function, arguments[0], list.span());
}

// 20.2.3.2 Function.prototype.bind ( thisArg, ...args )
Result<Value> function_prototype_bind(Agent& agent, const Arguments& arguments) {
    Value target_value = arguments.this_value();
    if (!is_callable(target_value))
        return throw_not_a_function(agent, "Function.prototype.bind", target_value);
    Object* target = target_value.as_object();
    std::span<const Value> bound = arguments.from(1);
    BoundFunction* function = TRY(BoundFunction::create(agent, target, arguments[0], bound));
    double length = 0;
    if (TRY(target->has_own_property(agent, atoms::length))) {
        Value target_length = TRY(target->get(agent, atoms::length));
        if (target_length.is_number()) {
            double count = truncate_to_integer_or_infinity(target_length.as_number());
            length = std::max(count - static_cast<double>(bound.size()), 0.0);
        }
    }
    TRY(set_function_length(agent, function, length));
    Value name = TRY(target->get(agent, atoms::name));
    // SetFunctionName ( F, targetName, "bound" ), but as a rope: a chain of bound functions repeats the word.
    String* target_name = name.is_string() ? name.as_string() : static_cast<String*>(atoms::empty);
    String* prefix = TRY(String::from_latin1(agent, "bound "));
    String* bound_name = TRY(String::concatenate(agent, prefix, target_name));
    TRY(function->define_direct(agent, atoms::name, Value(bound_name), kConfigurable));
    return Value(function);
}

// 20.2.3.3 Function.prototype.call ( thisArg, ...args )
Result<Value> function_prototype_call(Agent& agent, const Arguments& arguments) {
    Value function = arguments.this_value();
    if (!is_callable(function)) return throw_not_a_function(agent, "Function.prototype.call", function);
    return call(agent, function, arguments[0], arguments.from(1));
}

/// Whether `name` can stand in the grammar of 20.2.3.5 NativeFunction: a name or [Symbol.x], perhaps after
/// get or set.
bool is_native_function_name(FlatView name) {
    uint32_t start = 0;
    if (name.length() > 4 && (name.substring(0, 4).equals(std::string_view("get ")) ||
                              name.substring(0, 4).equals(std::string_view("set "))))
        start = 4;
    bool bracketed = start < name.length() && name[start] == '[';
    for (uint32_t i = start; i < name.length(); ++i) {
        char16_t unit = name[i];
        bool letter =
            (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || unit == '_' || unit == '$';
        bool digit = unit >= '0' && unit <= '9';
        bool bracket = bracketed && ((i == start) || (unit == ']' && i == name.length() - 1) || unit == '.');
        if (!letter && !(digit && i > start) && !bracket) return false;
    }
    return name.length() > start && (!bracketed || name[name.length() - 1] == ']');
}

// 20.2.3.5 Function.prototype.toString ( )
Result<Value> function_prototype_to_string(Agent& agent, const Arguments& arguments) {
    Value value = arguments.this_value();
    if (!is_callable(value)) return throw_not_a_function(agent, "Function.prototype.toString", value);
    Object* function = value.as_object();
    if (function->kind() == CellKind::ScriptFunction)
        return Value(TRY(agent.evaluator().function_source_text(agent, static_cast<Function*>(function))));
    StringBuilder builder(agent);
    TRY(builder.append("function "));
    PropertySlot found;
    if (function->kind() == CellKind::NativeFunction && function->lookup_own_named(atoms::name, found) &&
        !found.is_accessor()) {
        Value name = function->slot_value(found.slot);
        if (name.is_string()) {
            FlatView text = TRY(name.as_string()->flatten(agent));
            if (is_native_function_name(text)) TRY(builder.append(text));
        }
    }
    TRY(builder.append("() { [native code] }"));
    return Value(TRY(builder.finish()));
}

// 20.2.3.6 Function.prototype [ %Symbol.hasInstance% ] ( V )
Result<Value> function_prototype_has_instance(Agent& agent, const Arguments& arguments) {
    return Value::boolean(TRY(ordinary_has_instance(agent, arguments.this_value(), arguments[0])));
}

// 10.2.4.1 %ThrowTypeError% ( ). As getter of "caller" and "arguments" of a sloppy function it gives null:
// such functions may have these properties (17.1 Forbidden Extensions), the web expects them, and so they
// cost nothing.
Result<Value> throw_type_error(Agent& agent, const Arguments& arguments) {
    if (arguments.this_value().is<ScriptFunction>()) {
        const Code& code = arguments.this_value().as<ScriptFunction>()->code();
        if (!code.is_strict() && code.traits().kind == FunctionKind::kNormal &&
            code.traits().flavor == FunctionFlavor::kNormal)
            return Value::null();
    }
    return agent.throw_type_error("'caller', 'callee' and 'arguments' may not be accessed on strict mode "
                                  "functions or their arguments objects");
}

} // namespace

Fallible<Object*> create_function(Agent& agent, Realm& realm) {
    Object* constructor =
        TRY(NativeFunction::create_constructor(agent, realm, function_constructor, 1, atoms::Function));
    realm.set_intrinsic(Intrinsic::Function, constructor);
    TRY(constructor->define_direct(agent, atoms::prototype,
                                   Value(TRY(realm.intrinsic(Intrinsic::FunctionPrototype))), kNone));
    return constructor;
}

Fallible<Object*> create_function_prototype(Agent& agent, Realm& realm) {
    Shape* shape = TRY(Shape::create_root(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype)), 0));
    // %Object.prototype% asks for functions while it is made, and may have brought this object about.
    if (Object* made = realm.intrinsic_if_made(Intrinsic::FunctionPrototype)) return made;
    Object* prototype =
        TRY(agent.heap().allocate<NativeFunction>(0, shape, &realm, function_prototype, uint8_t{0}, 0u));
    realm.set_intrinsic(Intrinsic::FunctionPrototype, prototype);
    TRY(prototype->define_direct(agent, atoms::length, Value::int32(0), kConfigurable));
    TRY(prototype->define_direct(agent, atoms::name, Value(static_cast<String*>(atoms::empty)),
                                 kConfigurable));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(TRY(realm.intrinsic(Intrinsic::Function))),
                                 kBuiltinAttributes));
    const FunctionEntry functions[] = {
        {atoms::apply, function_prototype_apply, 2},
        {atoms::bind, function_prototype_bind, 1},
        {atoms::call, function_prototype_call, 1},
        {atoms::toString, function_prototype_to_string, 0},
        {symbols::hasInstance, function_prototype_has_instance, 1, kNone},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    // 10.2.4 AddRestrictedFunctionProperties ( F, realm )
    Value thrower(TRY(realm.intrinsic(Intrinsic::ThrowTypeError)));
    TRY(prototype->define_direct_accessor(agent, atoms::caller, thrower, thrower, kConfigurable));
    TRY(prototype->define_direct_accessor(agent, atoms::arguments, thrower, thrower, kConfigurable));
    return prototype;
}

Fallible<Object*> create_throw_type_error(Agent& agent, Realm& realm) {
    Object* function = TRY(NativeFunction::create(agent, realm, throw_type_error, 0, atoms::empty));
    TRY(function->define_direct(agent, atoms::length, Value::int32(0), kNone));
    TRY(function->define_direct(agent, atoms::name, Value(static_cast<String*>(atoms::empty)), kNone));
    // An ordinary function: no user code runs here, so the Result can only carry "out of memory".
    if (function->prevent_extensions(agent).threw()) return Failed{};
    return function;
}

} // namespace heddle
