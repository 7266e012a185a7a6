// Closures: creation, their lazily made "prototype", and calls that come from C++.
#include "interpreter/script_function.h"

#include "interpreter/interpreter.h"

namespace heddle {

namespace {

Intrinsic function_prototype(const CodeTraits& traits) {
    switch (traits.flavor) {
    case FunctionFlavor::kNormal: return Intrinsic::FunctionPrototype;
    case FunctionFlavor::kGenerator: return Intrinsic::GeneratorFunctionPrototype;
    case FunctionFlavor::kAsync: return Intrinsic::AsyncFunctionPrototype;
    case FunctionFlavor::kAsyncGenerator: return Intrinsic::AsyncGeneratorFunctionPrototype;
    }
    HEDDLE_UNREACHABLE();
}

bool is_generator(const CodeTraits& traits) {
    return traits.flavor == FunctionFlavor::kGenerator || traits.flavor == FunctionFlavor::kAsyncGenerator;
}

} // namespace

// 10.2.3 OrdinaryFunctionCreate, 10.2.5 MakeConstructor, 10.2.9 SetFunctionName, 10.2.10 SetFunctionLength
Fallible<ScriptFunction*> ScriptFunction::create(Agent& agent, Realm& realm, CodeInstance* instance, Environment* environment,
                                                 Object* prototype) {
    if (!instance->is_linked()) TRY(instance->link(agent));
    const Code& code = instance->code();
    const CodeTraits& traits = code.traits();
    bool is_class = traits.is_class_constructor;
    bool has_prototype = traits.constructor_kind != ConstructorKind::kNone || is_generator(traits);
    uint8_t flags = traits.constructor_kind != ConstructorKind::kNone ? kConstructor : 0;

    // Closures of one code begin with the same three properties: after the first, only the values are stored.
    Shape* shape = prototype ? nullptr : instance->closure_shape();
    bool known = shape && shape->prototype() == realm.intrinsic_if_made(function_prototype(traits));
    if (!known) {
        shape = TRY(realm.root_shape(function_prototype(traits)));
        if (prototype && shape->prototype() != prototype) shape = TRY(shape->with_prototype(agent, prototype));
    }
    Shape* initial = known ? TRY(realm.root_shape(function_prototype(traits))) : shape;
    ScriptFunction* function = TRY(agent.heap().allocate<ScriptFunction>(0, initial, flags, &realm, instance, environment));
    Value name = TRY(instance_name(agent, code));
    if (known) {
        ValueArray* slots = TRY(ValueArray::create(agent, 4, Value::undefined()));
        slots->set(0, Value::number(code.length()));
        slots->set(1, name);
        if (has_prototype) slots->set(2, Value::empty());
        function->slots_.set(function, slots);
        function->shape_.set(function, shape);
    } else {
        TRY(function->define_direct(agent, atoms::length, Value::number(code.length()), kConfigurable));
        TRY(function->define_direct(agent, atoms::name, name, kConfigurable));
        if (has_prototype) TRY(function->define_direct(agent, atoms::prototype, Value::empty(), is_class ? kNone : kWritable));
        if (!prototype) instance->set_closure_shape(function->shape());
    }
    if (has_prototype) function->class_data_ |= kPrototypePending;
    return function;
}

Fallible<Value> ScriptFunction::instance_name(Agent& agent, const Code& code) {
    const ConstantString& name = code.name();
    if (name.length() == 0) return Value(static_cast<String*>(atoms::empty));
    FlatView view = name.is_latin1 ? FlatView(name.latin1) : FlatView(name.utf16.data(), name.length());
    return Value(TRY(agent.atoms().intern(agent, view)));
}

Fallible<void> ScriptFunction::materialize_prototype(Agent& agent) {
    if (!prototype_is_pending()) return {};
    const CodeTraits& traits = code().traits();
    Intrinsic parent = traits.flavor == FunctionFlavor::kGenerator        ? Intrinsic::GeneratorPrototype
                       : traits.flavor == FunctionFlavor::kAsyncGenerator ? Intrinsic::AsyncGeneratorPrototype
                                                                          : Intrinsic::ObjectPrototype;
    RealmScope scope(agent, realm_);
    Shape* shape = TRY(realm_->root_shape(parent, 4));
    Object* prototype = TRY(Object::create_with_shape(agent, shape));
    if (!is_generator(traits)) TRY(prototype->define_direct(agent, atoms::constructor, Value(this), kBuiltinAttributes));
    PropertySlot found;
    bool present = lookup_own_named(atoms::prototype, found);
    HEDDLE_CHECK(present);
    set_slot_value(found.slot, Value(prototype));
    prototype_defined();
    return {};
}

Fallible<ClassParts*> ScriptFunction::ensure_class_parts(Agent& agent) {
    if (!class_parts_) class_parts_.set(this, TRY(agent.heap().allocate<ClassParts>(0)));
    return class_parts_.get();
}

// Each method that could see "prototype" makes it real first; the rest is ordinary.
Result<std::optional<PropertyDescriptor>> ScriptFunction::get_own_property(Agent& agent, PropertyKey key) {
    if (prototype_is_pending() && key == PropertyKey(atoms::prototype)) TRY(materialize_prototype(agent));
    return Object::get_own_property(agent, key);
}

Result<bool> ScriptFunction::define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    if (prototype_is_pending() && key == PropertyKey(atoms::prototype)) TRY(materialize_prototype(agent));
    return Object::define_own_property(agent, key, desc);
}

Result<Value> ScriptFunction::get(Agent& agent, PropertyKey key, Value receiver) {
    if (prototype_is_pending() && key == PropertyKey(atoms::prototype)) TRY(materialize_prototype(agent));
    return Object::get(agent, key, receiver);
}

Result<bool> ScriptFunction::set(Agent& agent, PropertyKey key, Value value, Value receiver) {
    if (prototype_is_pending() && key == PropertyKey(atoms::prototype)) TRY(materialize_prototype(agent));
    return Object::set(agent, key, value, receiver);
}

Result<Value> ScriptFunction::call(Agent& agent, const Arguments& arguments) {
    return Interpreter::of(agent).call_function(*this, arguments);
}

Result<Value> ScriptFunction::construct(Agent& agent, const Arguments& arguments) {
    return Interpreter::of(agent).construct_function(*this, arguments);
}

void ScriptFunction::visit_edges(Visitor& visitor) {
    Function::visit_edges(visitor);
    visitor.visit(instance_, "code");
    visitor.visit(environment_, "environment");
    visitor.visit(home_object_, "home object");
    visitor.visit(class_parts_, "class parts");
    visitor.visit(instance_shape_);
}

std::string ScriptFunction::snapshot_name() const { return code().name().short_utf8(); }

} // namespace heddle
