// Exceptions, promises and jobs.
#include "api/call.h"
#include "api/host_function.h"
#include "runtime/error.h"

using namespace heddle;
using namespace heddle::api;

extern "C" {

// --- exceptions -------------------------------------------------------------------------------------------------

heddle_status heddle_exception_get(heddle_agent* agent, heddle_value* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    return call.give(call.state().exception->get(), out);
}

heddle_status heddle_exception_clear(heddle_agent* agent, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    *call.state().exception = Value::undefined();
    call.state().has_exception = false;
    return HEDDLE_OK;
}

heddle_status heddle_throw(heddle_agent* agent, heddle_value exception, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.value(exception, found)) return call.status();
    Failed failed = call.agent().throw_value(found);
    (void)failed;
    return call.thrown();
}

static bool error_type_of(Call& call, const heddle_error_type& type, ErrorType& out) {
    if (call.refused()) return false;
    switch (number_of(type)) {
    case HEDDLE_PLAIN_ERROR: out = ErrorType::Error; return true;
    case HEDDLE_EVAL_ERROR: out = ErrorType::EvalError; return true;
    case HEDDLE_RANGE_ERROR: out = ErrorType::RangeError; return true;
    case HEDDLE_REFERENCE_ERROR: out = ErrorType::ReferenceError; return true;
    case HEDDLE_SYNTAX_ERROR: out = ErrorType::SyntaxError; return true;
    case HEDDLE_TYPE_ERROR: out = ErrorType::TypeError; return true;
    case HEDDLE_URI_ERROR: out = ErrorType::URIError; return true;
    }
    call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("{} is no heddle_error_type", number_of(type)));
    return false;
}

heddle_status heddle_throw_error(heddle_agent* agent, heddle_error_type type, const char* message, heddle_error* error) {
    Call call(agent, error);
    ErrorType found;
    if (!error_type_of(call, type, found) || !call.pointer(message, "the message")) return call.status();
    Failed failed = call.agent().throw_error(found, message);
    (void)failed;
    return call.thrown();
}

heddle_status heddle_error_create(heddle_agent* agent, heddle_error_type type, const char* message, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    ErrorType found;
    if (!error_type_of(call, type, found) || !call.pointer(message, "the message")) return call.status();
    return call.give(create_error(call.agent(), found, message), out);
}

heddle_status heddle_exception_message(heddle_agent* agent, heddle_value exception, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(exception, found)) return call.status();
    return call.give(String::from_utf8(call.agent(), headline(found)), out);
}

heddle_status heddle_exception_stack(heddle_agent* agent, heddle_value exception, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(exception, found)) return call.status();
    if (!found.is<ErrorObject>()) return call.give(Value::undefined(), out);
    return call.give(found.as<ErrorObject>()->stack_string(call.agent()), out);
}

heddle_status heddle_exception_position(heddle_agent* agent, heddle_value exception, heddle_value* file, uint32_t* line, uint32_t* column,
                                        heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(file, "the place for the file") || !call.pointer(line, "the place for the line") ||
        !call.pointer(column, "the place for the column") || !call.value(exception, found))
        return call.status();
    auto* error_object = found.is<ErrorObject>() ? found.as<ErrorObject>() : nullptr;
    String* name = error_object ? error_object->file() : nullptr;
    if (heddle_status status = call.give(name ? Value(name) : Value::undefined(), file); status != HEDDLE_OK) return status;
    *line = error_object ? error_object->line() : 0;
    *column = error_object ? error_object->column() : 0;
    return HEDDLE_OK;
}

// --- promises ---------------------------------------------------------------------------------------------------

heddle_status heddle_promise_create(heddle_agent* agent, heddle_value* promise, heddle_value* resolver, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(promise, "the place for the promise") || !call.pointer(resolver, "the place for the resolver")) return call.status();
    Fallible<Promise*> made = Promise::create(call.agent());
    if (made.threw()) return call.thrown();
    Promise* object = made.release();
    Fallible<HostResolver*> settles = HostResolver::create(call.agent(), object);
    if (settles.threw()) return call.thrown();
    heddle_value first;
    if (heddle_status status = call.give(Value(object), &first); status != HEDDLE_OK) return status;
    if (heddle_status status = call.give(Value(settles.release()), resolver); status != HEDDLE_OK) return status;
    *promise = first;
    return HEDDLE_OK;
}

static heddle_status settle(heddle_agent* agent, heddle_value resolver, heddle_value value, bool fulfil, heddle_error* error) {
    Call call(agent, error);
    Value settles, found;
    if (!call.value(resolver, settles) || !call.value(value, found)) return call.status();
    if (!settles.is<HostObject>() || !settles.as<HostObject>()->is_resolver())
        return call.fail(HEDDLE_WRONG_KIND, "expected the resolver that heddle_promise_create gave beside the promise");
    auto* pair = static_cast<HostResolver*>(settles.as_object());
    Result<Value> result = heddle::call(call.agent(), fulfil ? pair->resolve() : pair->reject(), Value::undefined(), {found});
    return result.threw() ? call.thrown() : HEDDLE_OK;
}

heddle_status heddle_promise_resolve(heddle_agent* agent, heddle_value resolver, heddle_value value, heddle_error* error) {
    return settle(agent, resolver, value, true, error);
}
heddle_status heddle_promise_reject(heddle_agent* agent, heddle_value resolver, heddle_value reason, heddle_error* error) {
    return settle(agent, resolver, reason, false, error);
}

static bool promise_of(Call& call, heddle_value handle, Promise*& out) {
    Value found;
    if (!call.value(handle, found)) return false;
    if (!found.is<Promise>()) {
        call.fail(HEDDLE_WRONG_KIND, fmt::format("expected a promise, got {}", display_string(found)));
        return false;
    }
    out = found.as<Promise>();
    return true;
}

heddle_status heddle_promise_get_state(heddle_agent* agent, heddle_value promise, heddle_promise_state* state, heddle_value* result,
                                       heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Promise* found = nullptr;
    if (!call.pointer(state, "the place for the state") || !promise_of(call, promise, found)) return call.status();
    if (result) {
        Value value = found->state() == Promise::State::Pending ? Value::undefined() : found->result();
        if (heddle_status status = call.give(value, result); status != HEDDLE_OK) return status;
    }
    switch (found->state()) {
    case Promise::State::Pending: *state = HEDDLE_PENDING; break;
    case Promise::State::Fulfilled: *state = HEDDLE_FULFILLED; break;
    case Promise::State::Rejected: *state = HEDDLE_REJECTED; break;
    }
    return HEDDLE_OK;
}

heddle_status heddle_promise_then(heddle_agent* agent, heddle_value promise, heddle_value on_fulfilled, heddle_value on_rejected,
                                  heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Promise* found = nullptr;
    Value fulfilled, rejected;
    if (!promise_of(call, promise, found) || !call.value(on_fulfilled, fulfilled) || !call.value(on_rejected, rejected)) return call.status();
    PromiseCapability* capability = nullptr;
    if (out) {
        Fallible<Object*> constructor = call.agent().intrinsic(Intrinsic::Promise);
        if (constructor.threw()) return call.thrown();
        Result<PromiseCapability*> made = new_promise_capability(call.agent(), Value(constructor.release()));
        if (made.threw()) return call.thrown();
        capability = made.release();
        if (heddle_status status = call.give(capability->promise(), out); status != HEDDLE_OK) return status;
    }
    return call.done(perform_promise_then(call.agent(), found, fulfilled, rejected, capability));
}

// --- jobs -------------------------------------------------------------------------------------------------------

heddle_status heddle_jobs_run(heddle_agent* agent, heddle_error* error) {
    Call call(agent, error);
    if (call.refused()) return call.status();
    call.agent().run_jobs();
    if (call.agent().is_terminating()) return call.thrown();
    return HEDDLE_OK;
}

heddle_status heddle_jobs_pending(heddle_agent* agent, int* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(out, "the place for the result")) return call.status();
    *out = call.agent().has_jobs();
    return HEDDLE_OK;
}

} // extern "C"

namespace {

/// Calls a function, as queueMicrotask does.
class FunctionJob final : public Job {
public:
    Result<Value> run(Agent& agent) override { return heddle::call(agent, Value(function_.get()), Value::undefined()); }
    void visit_edges(Visitor& visitor) override {
        Job::visit_edges(visitor);
        visitor.visit(function_);
    }

private:
    friend class heddle::Heap;
    explicit FunctionJob(Object* function) { function_.init(function); }
    Member<Object> function_;
};

} // namespace

extern "C" heddle_status heddle_job_enqueue(heddle_agent* agent, heddle_value function, heddle_error* error) {
    Call call(agent, error);
    Object* found = nullptr;
    if (!call.function(function, found)) return call.status();
    Fallible<FunctionJob*> job = call.agent().heap().allocate<FunctionJob>(0, found);
    if (job.threw()) return call.thrown();
    call.agent().enqueue_job(job.release());
    return HEDDLE_OK;
}
