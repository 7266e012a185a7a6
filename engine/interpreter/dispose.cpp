// 7.5 Operations on Disposable Objects
#include "interpreter/dispose.h"

#include "bytecode/code.h"
#include "interpreter/dispatch.h"
#include "runtime/error.h"

namespace heddle {

void DisposeStack::visit_edges(Visitor& visitor) { visitor.visit(resources_); }

Fallible<void> DisposeStack::push(Agent& agent, Value value, Value method, bool is_async) {
    uint32_t capacity = resources_ ? resources_->length() / 3 : 0;
    if (count_ == capacity) {
        ValueArray* grown = TRY(ValueArray::create(agent, std::max(2u, capacity * 2) * 3, Value::undefined()));
        for (uint32_t i = 0; i < count_ * 3; ++i)
            grown->set(i, resources_->get(i));
        resources_.set(this, grown);
    }
    resources_->set(count_ * 3, value);
    resources_->set(count_ * 3 + 1, method);
    resources_->set(count_ * 3 + 2, Value::boolean(is_async));
    ++count_;
    return {};
}

DisposableResource DisposeStack::pop() {
    HEDDLE_ASSERT(count_ > 0);
    --count_;
    return {resources_->get(count_ * 3), resources_->get(count_ * 3 + 1), resources_->get(count_ * 3 + 2).is_true()};
}

Fallible<DisposeStack*> DisposeStack::create(Agent& agent) { return agent.heap().allocate<DisposeStack>(0); }

namespace {

/// Calls a sync dispose method for an async resource and returns a promise (7.5.6 GetDisposeMethod step 1.b.ii).
Result<Value> call_sync_dispose(Agent& agent, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    Object* promise_constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    PromiseCapability* capability = TRY(new_promise_capability(agent, Value(promise_constructor)));
    Result<Value> result = call(agent, function->slot(0), arguments.this_value());
    if (result.threw()) {
        if (agent.is_terminating()) return Threw{};
        TRY(call(agent, capability->reject(), Value::undefined(), {agent.take_exception()}));
    } else {
        TRY(call(agent, capability->resolve(), Value::undefined(), {Value::undefined()}));
    }
    return capability->promise();
}

} // namespace

// 7.5.6 GetDisposeMethod ( V, hint )
Result<Value> get_dispose_method(Agent& agent, Value value, bool is_async) {
    if (!is_async) return get_method(agent, value, symbols::dispose);
    Value method = TRY(get_method(agent, value, symbols::asyncDispose));
    if (!method.is_undefined()) return method;
    Value sync = TRY(get_method(agent, value, symbols::dispose));
    if (sync.is_undefined()) return sync;
    return Value(TRY(NativeFunction::create_closure(agent, agent.realm(), call_sync_dispose, 0, {sync})));
}

// 7.5.4 AddDisposableResource ( disposeCapability, V, hint ) without a method
Result<void> add_disposable_resource(Agent& agent, DisposeStack& stack, Value value, bool is_async) {
    if (value.is_nullish()) {
        if (!is_async) return {};
        return stack.push(agent, Value::undefined(), Value::undefined(), true);
    }
    if (!value.is_object()) return agent.throw_type_error("Cannot dispose of " + display_string(value) + ": a resource is an object, null or undefined");
    Value method = TRY(get_dispose_method(agent, value, is_async));
    if (method.is_undefined())
        return agent.throw_type_error("Cannot dispose of " + display_string(value) + (is_async ? ": it has no Symbol.asyncDispose or Symbol.dispose method" : ": it has no Symbol.dispose method"));
    return stack.push(agent, value, method, is_async);
}

Fallible<Value> combine_dispose_errors(Agent& agent, Value error, Value suppressed) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::SuppressedErrorPrototype));
    ErrorObject* combined = TRY(ErrorObject::create(agent, shape, ErrorType::SuppressedError, nullptr));
    TRY(combined->define_direct(agent, atoms::error, error, kBuiltinAttributes));
    TRY(combined->define_direct(agent, atoms::suppressed, suppressed, kBuiltinAttributes));
    return Value(combined);
}

// --- for the handlers ---------------------------------------------------------------------------------------

namespace {
DisposeStack& stack_of(Value value) { return *static_cast<DisposeStack*>(value.as_cell()); }
constexpr int32_t kThrowType = static_cast<int32_t>(CompletionType::kThrow);
} // namespace

Result<Value> create_dispose_stack(Agent& agent) { return Value(TRY(DisposeStack::create(agent))); }

Result<void> add_disposable(Agent& agent, Value stack, Value value, bool is_async) {
    return add_disposable_resource(agent, stack_of(stack), value, is_async);
}

void merge_dispose_error(Agent& agent, Value& type, Value& value, Value error) {
    if (type == Value::int32(kThrowType)) {
        Fallible<Value> combined = combine_dispose_errors(agent, error, value);
        error = combined.threw() ? agent.take_exception() : combined.release();
    }
    type = Value::int32(kThrowType);
    value = error;
}

// 7.5.7 DisposeResources ( disposeCapability, completion ), sync resources only
void dispose_resources(Agent& agent, Value stack_value, Value& type, Value& value) {
    DisposeStack& stack = stack_of(stack_value);
    while (!stack.is_empty()) {
        DisposableResource resource = stack.pop();
        if (resource.method.is_undefined()) continue;
        Result<Value> result = call(agent, resource.method, resource.value);
        if (!result.threw()) continue;
        if (agent.is_terminating()) return;
        merge_dispose_error(agent, type, value, agent.take_exception());
    }
}

Result<std::optional<Value>> async_dispose_step(Agent& agent, Value stack_value, Value& type, Value& value) {
    DisposeStack& stack = stack_of(stack_value);
    while (!stack.is_empty()) {
        if (!stack.peek().is_async && stack.needs_await && !stack.has_awaited) {
            stack.needs_await = false;
            return std::optional(Value::undefined());
        }
        DisposableResource resource = stack.pop();
        if (resource.method.is_undefined()) {
            HEDDLE_ASSERT(resource.is_async);
            stack.needs_await = true;
            continue;
        }
        Result<Value> result = call(agent, resource.method, resource.value);
        if (result.threw()) {
            if (agent.is_terminating()) return Threw{};
            merge_dispose_error(agent, type, value, agent.take_exception());
            continue;
        }
        if (resource.is_async) {
            stack.has_awaited = true;
            return std::optional(result.release());
        }
    }
    if (stack.needs_await && !stack.has_awaited) {
        stack.needs_await = false;
        return std::optional(Value::undefined());
    }
    return std::optional<Value>();
}

} // namespace heddle
