// 27.3 DisposableStack and 27.4 AsyncDisposableStack Objects, over the DisposeCapability of
// interpreter/dispose.h
#include "interpreter/dispose.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "bytecode/code.h"
#include "interpreter/dispatch.h"

namespace heddle {

namespace {

/// Both classes: a stack of resources until it is disposed of or moved away.
class DisposableStackObject final : public Object {
public:
    static bool is_kind(CellKind kind) {
        return kind == CellKind::DisposableStack || kind == CellKind::AsyncDisposableStack;
    }
    DisposableStackObject(CellKind kind, Shape* shape, DisposeStack* resources) : Object(kind, shape) {
        resources_.init(resources);
    }
    static Fallible<DisposableStackObject*> create(Agent& agent, CellKind kind, Shape* shape,
                                                   DisposeStack* resources) {
        return agent.heap().allocate<DisposableStackObject>(0, kind, shape, resources);
    }
    /// Null once disposed.
    DisposeStack* resources() const { return resources_; }
    DisposeStack* take_resources() {
        DisposeStack* taken = resources_;
        resources_.clear();
        return taken;
    }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(resources_);
    }

private:
    Member<DisposeStack> resources_;
};

constexpr CellKind kind_of(bool is_async) {
    return is_async ? CellKind::AsyncDisposableStack : CellKind::DisposableStack;
}
constexpr const char* class_name(bool is_async) {
    return is_async ? "AsyncDisposableStack" : "DisposableStack";
}
constexpr Intrinsic prototype_of(bool is_async) {
    return is_async ? Intrinsic::AsyncDisposableStackPrototype : Intrinsic::DisposableStackPrototype;
}

Fallible<DisposableStackObject*> this_stack(Agent& agent, const Arguments& arguments, bool is_async) {
    Value value = arguments.this_value();
    if (value.is_object() && value.as_object()->kind() == kind_of(is_async))
        return static_cast<DisposableStackObject*>(value.as_object());
    return agent.throw_type_error(std::string("Expected a ") + class_name(is_async) + " as this, got " +
                                  display_string(value));
}

Fallible<DisposableStackObject*> this_pending_stack(Agent& agent, const Arguments& arguments, bool is_async) {
    DisposableStackObject* stack = TRY(this_stack(agent, arguments, is_async));
    if (stack->resources()) return stack;
    return agent.throw_reference_error(std::string("This ") + class_name(is_async) +
                                       " has been disposed already");
}

// 27.3.1.1 DisposableStack ( ), 27.4.1.1 AsyncDisposableStack ( )
template<bool is_async>
Result<Value> stack_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct())
        return agent.throw_type_error(std::string(class_name(is_async)) +
                                      " is a constructor: call it with new");
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), prototype_of(is_async)));
    DisposeStack* resources = TRY(DisposeStack::create(agent));
    return Value(TRY(DisposableStackObject::create(agent, kind_of(is_async), shape, resources)));
}

// The closure of adopt: slots hold the value and the function.
Result<Value> adopted_dispose(Agent& agent, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    return call(agent, function->slot(1), Value::undefined(), {function->slot(0)});
}

// 27.3.3.1 DisposableStack.prototype.adopt ( value, onDispose ), 27.4.3.1 for AsyncDisposableStack
template<bool is_async>
Result<Value> stack_adopt(Agent& agent, const Arguments& arguments) {
    DisposableStackObject* stack = TRY(this_pending_stack(agent, arguments, is_async));
    if (!is_callable(arguments[1]))
        return agent.throw_type_error("adopt() needs a function that disposes, got " +
                                      display_string(arguments[1]));
    Value closure(TRY(NativeFunction::create_closure(agent, agent.realm(), adopted_dispose, 0,
                                                     {arguments[0], arguments[1]})));
    TRY(stack->resources()->push(agent, Value::undefined(), closure, is_async));
    return arguments[0];
}

// 27.3.3.2 DisposableStack.prototype.defer ( onDispose ), 27.4.3.2 for AsyncDisposableStack
template<bool is_async>
Result<Value> stack_defer(Agent& agent, const Arguments& arguments) {
    DisposableStackObject* stack = TRY(this_pending_stack(agent, arguments, is_async));
    if (!is_callable(arguments[0]))
        return agent.throw_type_error("defer() needs a function, got " + display_string(arguments[0]));
    TRY(stack->resources()->push(agent, Value::undefined(), arguments[0], is_async));
    return Value::undefined();
}

// 27.3.3.3 DisposableStack.prototype.dispose ( )
Result<Value> stack_dispose(Agent& agent, const Arguments& arguments) {
    DisposableStackObject* stack = TRY(this_stack(agent, arguments, false));
    DisposeStack* resources = stack->take_resources();
    if (!resources) return Value::undefined();
    Value type = Value::int32(static_cast<int32_t>(CompletionType::kNormal));
    Value value;
    dispose_resources(agent, Value(resources), type, value);
    if (agent.is_terminating()) return Threw{};
    if (type == Value::int32(static_cast<int32_t>(CompletionType::kThrow))) return agent.throw_value(value);
    return Value::undefined();
}

// 27.3.3.4 get DisposableStack.prototype.disposed, 27.4.3.4 for AsyncDisposableStack
template<bool is_async>
Result<Value> stack_disposed(Agent& agent, const Arguments& arguments) {
    return Value::boolean(!TRY(this_stack(agent, arguments, is_async))->resources());
}

// 27.3.3.5 DisposableStack.prototype.move ( ), 27.4.3.5 for AsyncDisposableStack
template<bool is_async>
Result<Value> stack_move(Agent& agent, const Arguments& arguments) {
    DisposableStackObject* stack = TRY(this_pending_stack(agent, arguments, is_async));
    Shape* shape = TRY(agent.realm().root_shape(prototype_of(is_async)));
    DisposableStackObject* moved =
        TRY(DisposableStackObject::create(agent, kind_of(is_async), shape, stack->resources()));
    stack->take_resources();
    return Value(moved);
}

// 27.3.3.6 DisposableStack.prototype.use ( value ), 27.4.3.6 for AsyncDisposableStack
template<bool is_async>
Result<Value> stack_use(Agent& agent, const Arguments& arguments) {
    DisposableStackObject* stack = TRY(this_pending_stack(agent, arguments, is_async));
    TRY(add_disposable_resource(agent, *stack->resources(), arguments[0], is_async));
    return arguments[0];
}

/// 7.5.7 DisposeResources for AsyncDisposableStack: goes on after each Await.
class AsyncDisposal final : public NativeContinuation {
public:
    AsyncDisposal(DisposeStack* resources, PromiseCapability* capability) {
        resources_.init(resources);
        capability_.init(capability);
        type_.init(Value::int32(static_cast<int32_t>(CompletionType::kNormal)));
        value_.init(Value::undefined());
    }
    Result<Value> on_fulfilled(Agent& agent, Value) override { return proceed(agent); }
    Result<Value> on_rejected(Agent& agent, Value reason) override {
        merge(agent, reason);
        return proceed(agent);
    }

    Result<Value> proceed(Agent& agent) {
        for (;;) {
            Value type = type_;
            Value value = value_;
            Result<std::optional<Value>> step =
                async_dispose_step(agent, Value(resources_.get()), type, value);
            if (step.threw()) return Threw{};
            type_.set(this, type);
            value_.set(this, value);
            std::optional<Value> awaited = step.release();
            if (!awaited) break;
            Result<Promise*> promise = promise_resolve_intrinsic(agent, *awaited);
            if (!promise.threw()) {
                TRY(perform_promise_then(agent, promise.release(), this));
                return Value::undefined();
            }
            if (agent.is_terminating()) return Threw{};
            merge(agent, agent.take_exception());
        }
        bool threw = type_.get() == Value::int32(static_cast<int32_t>(CompletionType::kThrow));
        Value settle = threw ? capability_->reject() : capability_->resolve();
        return call(agent, settle, Value::undefined(), {threw ? value_.get() : Value::undefined()});
    }

    void visit_edges(Visitor& visitor) override {
        visitor.visit(resources_);
        visitor.visit(capability_);
        visitor.visit(type_);
        visitor.visit(value_);
    }

private:
    void merge(Agent& agent, Value error) {
        Value type = type_;
        Value value = value_;
        merge_dispose_error(agent, type, value, error);
        type_.set(this, type);
        value_.set(this, value);
    }
    Member<DisposeStack> resources_;
    Member<PromiseCapability> capability_;
    Member<Value> type_;
    Member<Value> value_;
};

// 27.4.3.3 AsyncDisposableStack.prototype.disposeAsync ( )
Result<Value> stack_dispose_async(Agent& agent, const Arguments& arguments) {
    Object* promise_constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    PromiseCapability* capability = TRY(new_promise_capability(agent, Value(promise_constructor)));
    Fallible<DisposableStackObject*> stack = this_stack(agent, arguments, true);
    if (stack.threw()) {
        if (agent.is_terminating()) return Threw{};
        TRY(call(agent, capability->reject(), Value::undefined(), {agent.take_exception()}));
        return capability->promise();
    }
    DisposeStack* resources = stack.release()->take_resources();
    if (!resources) {
        TRY(call(agent, capability->resolve(), Value::undefined(), {Value::undefined()}));
        return capability->promise();
    }
    AsyncDisposal* disposal = TRY(agent.heap().allocate<AsyncDisposal>(0, resources, capability));
    TRY(disposal->proceed(agent));
    return capability->promise();
}

/// An own function under two names, the same object under both.
Fallible<void> define_alias(Agent& agent, Object* object, PropertyKey alias, PropertyKey name) {
    auto desc = object->own_property_direct(name);
    return object->define_direct(agent, alias, *desc->value, kBuiltinAttributes);
}

} // namespace

Fallible<Object*> create_disposable_stack(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::DisposableStack,
                                  Intrinsic::DisposableStackPrototype, stack_constructor<false>, 0,
                                  atoms::DisposableStack));
}

Fallible<Object*> create_disposable_stack_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::DisposableStackPrototype,
                         Intrinsic::DisposableStack));
    const FunctionEntry functions[] = {
        {atoms::adopt, stack_adopt<false>, 2}, {atoms::defer, stack_defer<false>, 1},
        {atoms::dispose, stack_dispose, 0},    {atoms::move, stack_move<false>, 0},
        {atoms::use, stack_use<false>, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    const AccessorEntry accessors[] = {{atoms::disposed, stack_disposed<false>}};
    TRY(define_accessors(agent, realm, prototype, accessors));
    TRY(define_alias(agent, prototype, symbols::dispose, atoms::dispose));
    TRY(define_to_string_tag(agent, prototype, atoms::DisposableStack));
    return prototype;
}

Fallible<Object*> create_async_disposable_stack(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::AsyncDisposableStack,
                                  Intrinsic::AsyncDisposableStackPrototype, stack_constructor<true>, 0,
                                  atoms::AsyncDisposableStack));
}

Fallible<Object*> create_async_disposable_stack_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::AsyncDisposableStackPrototype,
                         Intrinsic::AsyncDisposableStack));
    const FunctionEntry functions[] = {
        {atoms::adopt, stack_adopt<true>, 2},
        {atoms::defer, stack_defer<true>, 1},
        {atoms::disposeAsync, stack_dispose_async, 0},
        {atoms::move, stack_move<true>, 0},
        {atoms::use, stack_use<true>, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    const AccessorEntry accessors[] = {{atoms::disposed, stack_disposed<true>}};
    TRY(define_accessors(agent, realm, prototype, accessors));
    TRY(define_alias(agent, prototype, symbols::asyncDispose, atoms::disposeAsync));
    TRY(define_to_string_tag(agent, prototype, atoms::AsyncDisposableStack));
    return prototype;
}

} // namespace heddle
