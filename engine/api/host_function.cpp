#include "api/host_function.h"

#include "runtime/operations.h"
#include "sync/blocking_region.h"

#include <fmt/core.h>

namespace heddle::api {

// --- HostClass --------------------------------------------------------------------------------------------------

Fallible<HostClass*> HostClass::create(Agent& agent, AgentState& state, heddle_callback constructor, HostClass* parent,
                                       HostData* data) {
    HostClass* host_class = TRY(agent.heap().allocate<HostClass>(0, state, constructor, data));
    host_class->parent_.set(host_class, parent);
    return host_class;
}

Fallible<Shape*> HostClass::instance_shape(Agent& agent, Object* prototype) {
    if (!shape_) shape_.set(this, TRY(Shape::create_root(agent, prototype_, 0)));
    if (prototype == prototype_) return shape_.get();
    return shape_->with_prototype(agent, prototype);
}

void HostClass::visit_edges(Visitor& visitor) {
    visitor.visit(parent_, "parent");
    visitor.visit(function_, "constructor");
    visitor.visit(prototype_, "prototype");
    visitor.visit(shape_, "shape");
}

// --- HostFunction -----------------------------------------------------------------------------------------------

Fallible<HostFunction*> HostFunction::create(Agent& agent, AgentState& state, Realm& realm, heddle_callback callback, HostData* data,
                                             HostClass* host_class, uint32_t length, PropertyKey name, std::string_view prefix,
                                             bool constructor) {
    Shape* shape = TRY(realm.root_shape(Intrinsic::FunctionPrototype));
    if (constructor && host_class->parent()) shape = TRY(shape->with_prototype(agent, host_class->parent()->constructor_function()));
    uint8_t flags = constructor ? kConstructor : 0;
    HostFunction* function = TRY(agent.heap().allocate<HostFunction>(0, shape, flags, &realm, state, callback, host_class));
    TRY(function->define_direct(agent, atoms::length, Value::number(length), kConfigurable));
    TRY(set_function_name(agent, function, name, prefix));
    function->data_ = data; // from now on the function disposes of it
    return function;
}

void HostFunction::visit_edges(Visitor& visitor) {
    Function::visit_edges(visitor);
    visitor.visit(class_, "class");
}

// 10.3.1 [[Call]] ( thisArgument, argumentsList )
Result<Value> HostFunction::call(Agent& agent, const Arguments& arguments) {
    if (object_flags() & kConstructor) {
        auto name = own_property_direct(atoms::name);
        std::string text = name && name->value && name->value->is_string() ? name->value->as_string()->short_text(100) : std::string();
        return agent.throw_type_error(fmt::format("Class constructor {} cannot be called without 'new'", text));
    }
    return call_host(agent, arguments, arguments.this_value());
}

// 10.3.2 [[Construct]] ( argumentsList, newTarget )
Result<Value> HostFunction::construct(Agent& agent, const Arguments& arguments) {
    TRY(agent.check_stack());
    if (!class_->constructor()) return agent.throw_type_error("Illegal constructor: only the host makes instances of this class");
    Value prototype = TRY(arguments.new_target().as_object()->get(agent, atoms::prototype));
    Object* found = prototype.is_object() ? prototype.as_object() : class_->prototype();
    HostInstance* instance = TRY(HostInstance::create(agent, state_, class_, found));
    Value result = TRY(call_host(agent, arguments, Value(instance)));
    return result.is_object() ? result : Value(instance);
}

[[gnu::noinline]] Result<Value> HostFunction::call_host(Agent& agent, const Arguments& arguments, Value this_value) {
    TRY(agent.check_stack());
    agent.advance_user_code_epoch();
    RealmScope realm_scope(agent, realm_);
    HostScope scope(state_);
    heddle_arguments passed = {};
    passed.size = sizeof passed;
    passed.is_construct = arguments.is_construct();
    passed.count = arguments.size();
    passed.data = data_ ? data_->data() : method_data_ ? method_data_ : class_ ? class_->data() : nullptr;
    heddle_value few[8];
    GrowableArray<heddle_value> many;
    heddle_value* values = few;
    if (passed.count > std::size(few)) {
        if (!many.reserve(passed.count)) return agent.out_of_memory();
        values = many.data();
    }
    heddle_value result;
    bool added = scope.opened() && scope.add(Value(this), passed.function) && scope.add(this_value, passed.this_value) &&
                 scope.add(arguments.new_target(), passed.new_target) && scope.add(Value::undefined(), result);
    for (size_t i = 0; added && i < passed.count; ++i)
        added = scope.add(arguments[i], values[i]);
    if (!added) return agent.out_of_memory();
    passed.values = values;
    // What the caller's frames keep in registers lies above the bound while the host's code runs.
    sync::SpilledRegisters registers;
    registers.spill();
    state_.stack_bound = &registers;
    heddle_status status = callback_(state_.handle, &passed, &result);
    asm volatile("" : : "r"(&registers) : "memory");
    TRY(callback_outcome(state_, status));
    std::optional<Value> value;
    if (result.owner == state_.owner_bits()) value = state_.handles->find(result.entry, HandleKind::Value);
    if (!value) return agent.throw_type_error("The result of a host function is not a valid handle of its agent");
    return *value;
}

Result<void> callback_outcome(AgentState& state, heddle_status status) {
    Agent& agent = state.agent();
    if (state.suspended) {
        state.suspended = false;
        sync::current_thread().request_hooks->enter_request(sync::current_thread());
        return agent.throw_type_error("A host callback returned while it was suspended: heddle_agent_resume is missing");
    }
    if (agent.is_terminating()) return Threw{};
    if (status == HEDDLE_OK) return {};
    if ((status == HEDDLE_EXCEPTION || status == HEDDLE_OUT_OF_MEMORY) && state.has_exception) {
        Value exception = state.exception->get();
        *state.exception = Value::undefined();
        state.has_exception = false;
        if (status == HEDDLE_OUT_OF_MEMORY) return agent.rethrow_out_of_memory(exception);
        return agent.throw_value(exception);
    }
    if (status == HEDDLE_OUT_OF_MEMORY) return agent.out_of_memory();
    return agent.throw_error(ErrorType::Error, fmt::format("A host callback failed: {}", heddle_status_name(status)));
}

// --- instances --------------------------------------------------------------------------------------------------

Fallible<HostInstance*> HostInstance::create(Agent& agent, AgentState& state, HostClass* host_class, Object* prototype) {
    Shape* shape = TRY(host_class->instance_shape(agent, prototype));
    return agent.heap().allocate<HostInstance>(0, shape, state, host_class);
}

Fallible<HostResolver*> HostResolver::create(Agent& agent, Promise* promise) {
    Promise::ResolvingFunctions functions = TRY(promise->create_resolving_functions(agent));
    Shape* shape = TRY(Shape::create_root(agent, nullptr, 0));
    HostResolver* resolver = TRY(agent.heap().allocate<HostResolver>(0, shape));
    resolver->resolve_.set(resolver, functions.resolve);
    resolver->reject_.set(resolver, functions.reject);
    return resolver;
}

} // namespace heddle::api
