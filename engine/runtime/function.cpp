// Builtin and bound functions.
#include "runtime/function.h"

#include "runtime/operations.h"

namespace heddle {

void Function::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(realm_);
}

// --- NativeFunction -----------------------------------------------------------------------------------------

Fallible<NativeFunction*> NativeFunction::create(Agent& agent, Realm& realm, NativeCode code, uint32_t length,
                                                 PropertyKey name, std::string_view prefix) {
    Shape* shape = TRY(realm.root_shape(Intrinsic::FunctionPrototype));
    NativeFunction* function = TRY(agent.heap().allocate<NativeFunction>(0, shape, &realm, code, uint8_t{0}, 0u));
    TRY(function->define_direct(agent, atoms::length, Value::number(length), kConfigurable));
    TRY(set_function_name(agent, function, name, prefix));
    return function;
}

Fallible<NativeFunction*> NativeFunction::create_closure(Agent& agent, Realm& realm, NativeCode code, uint32_t length,
                                                         std::initializer_list<Value> slots) {
    HEDDLE_ASSERT(slots.size() <= kMaxSlots);
    Shape* shape = TRY(realm.root_shape(Intrinsic::FunctionPrototype));
    NativeFunction* function = TRY(agent.heap().allocate<NativeFunction>(
        slots.size() * sizeof(Value), shape, &realm, code, uint8_t{0}, static_cast<uint32_t>(slots.size())));
    uint32_t i = 0;
    for (Value slot : slots)
        function->slots_[i++].init(slot);
    TRY(function->define_direct(agent, atoms::length, Value::number(length), kConfigurable));
    TRY(function->define_direct(agent, atoms::name, Value(static_cast<String*>(atoms::empty)), kConfigurable));
    return function;
}

Fallible<NativeFunction*> NativeFunction::create_constructor(Agent& agent, Realm& realm, NativeCode code, uint32_t length,
                                                             PropertyKey name, Object* prototype_of_function) {
    Shape* shape = TRY(realm.root_shape(Intrinsic::FunctionPrototype));
    if (prototype_of_function && shape->prototype() != prototype_of_function)
        shape = TRY(shape->with_prototype(agent, prototype_of_function));
    NativeFunction* function = TRY(agent.heap().allocate<NativeFunction>(0, shape, &realm, code, uint8_t{kConstructor}, 0u));
    TRY(function->define_direct(agent, atoms::length, Value::number(length), kConfigurable));
    TRY(set_function_name(agent, function, name));
    return function;
}

void NativeFunction::visit_edges(Visitor& visitor) {
    Function::visit_edges(visitor);
    visitor.visit({slots_, class_data_});
}

// 10.3.1 [[Call]], 10.3.3 BuiltinCallOrConstruct
Result<Value> NativeFunction::call(Agent& agent, const Arguments& arguments) {
    TRY(agent.check_stack());
    agent.advance_user_code_epoch();
    RealmScope scope(agent, realm_);
    return code_(agent, arguments);
}

// 10.3.2 [[Construct]]
Result<Value> NativeFunction::construct(Agent& agent, const Arguments& arguments) {
    return NativeFunction::call(agent, arguments);
}

// --- BoundFunction ------------------------------------------------------------------------------------------

BoundFunction::BoundFunction(Shape* shape, uint8_t flags, Object* target, Value bound_this, ValueArray* arguments)
    : Function(CellKind::BoundFunction, shape, flags, nullptr) {
    target_.init(target);
    bound_this_.init(bound_this);
    bound_arguments_.init(arguments);
}

// 10.4.1.3 BoundFunctionCreate ( targetFunction, boundThis, boundArgs )
Result<BoundFunction*> BoundFunction::create(Agent& agent, Object* target, Value bound_this, std::span<const Value> arguments) {
    Object* prototype = TRY(target->get_prototype_of(agent));
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::FunctionPrototype));
    if (shape->prototype() != prototype) shape = TRY(shape->with_prototype(agent, prototype));
    ValueArray* bound = TRY(ValueArray::create(agent, static_cast<uint32_t>(arguments.size()), Value::undefined()));
    for (uint32_t i = 0; i < arguments.size(); ++i)
        bound->set(i, arguments[i]);
    uint8_t flags = target->is_constructor() ? kConstructor : 0;
    return TRY(agent.heap().allocate<BoundFunction>(0, shape, flags, target, bound_this, bound));
}

void BoundFunction::visit_edges(Visitor& visitor) {
    Function::visit_edges(visitor);
    visitor.visit(target_);
    visitor.visit(bound_this_);
    visitor.visit(bound_arguments_);
}

namespace {
Fallible<void> join_arguments(Agent& agent, ValueArray* bound, std::span<const Value> rest, RootVector<Value>& out) {
    if (!out.reserve(bound->length() + rest.size())) return agent.out_of_memory();
    bool stored = true;
    for (uint32_t i = 0; i < bound->length(); ++i)
        stored &= out.push_back(bound->get(i));
    for (Value value : rest)
        stored &= out.push_back(value);
    HEDDLE_ASSERT(stored);
    return {};
}
} // namespace

// 10.4.1.1 [[Call]] ( thisArgument, argumentsList )
Result<Value> BoundFunction::call(Agent& agent, const Arguments& arguments) {
    TRY(agent.check_stack());
    if (bound_arguments_->length() == 0) return heddle::call(agent, Value(target_.get()), bound_this_, arguments.values());
    RootVector<Value> all(agent.heap());
    TRY(join_arguments(agent, bound_arguments_, arguments.values(), all));
    return heddle::call(agent, Value(target_.get()), bound_this_, all.span());
}

// 10.4.1.2 [[Construct]] ( argumentsList, newTarget )
Result<Value> BoundFunction::construct(Agent& agent, const Arguments& arguments) {
    TRY(agent.check_stack());
    Object* new_target = arguments.new_target().as_object();
    if (new_target == this) new_target = target_;
    RootVector<Value> all(agent.heap());
    TRY(join_arguments(agent, bound_arguments_, arguments.values(), all));
    return Value(TRY(heddle::construct(agent, target_, all.span(), new_target)));
}

// --- tables -------------------------------------------------------------------------------------------------

Fallible<void> define_functions(Agent& agent, Realm& realm, Object* target, std::span<const FunctionEntry> entries) {
    for (const FunctionEntry& entry : entries) {
        NativeFunction* function = TRY(NativeFunction::create(agent, realm, entry.code, entry.length, entry.key));
        TRY(target->define_direct(agent, entry.key, Value(function), entry.attributes));
    }
    return {};
}

Fallible<void> define_accessors(Agent& agent, Realm& realm, Object* target, std::span<const AccessorEntry> entries) {
    for (const AccessorEntry& entry : entries) {
        Value getter = Value(TRY(NativeFunction::create(agent, realm, entry.get, 0, entry.key, "get")));
        Value setter = Value::undefined();
        if (entry.set) setter = Value(TRY(NativeFunction::create(agent, realm, entry.set, 1, entry.key, "set")));
        TRY(target->define_direct_accessor(agent, entry.key, getter, setter, entry.attributes));
    }
    return {};
}

} // namespace heddle
