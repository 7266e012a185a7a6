// Call: one call of the host's with an agent: the checks of its affinity, the request that it runs in, its arguments and
// what it gives back.
#pragma once

#include "api/state.h"
#include "runtime/operations.h"

#include <fmt/core.h>

namespace heddle::api {

/// The caller is inside the agent for as long as it lives, unless refused().
class Call {
public:
    enum Need : uint8_t {
        kScript, // may throw or run script: not while the agent is terminated
        kQuiet,  // touches handles and cells only
    };
    Call(heddle_agent* agent, heddle_error* error, Need need = kScript);
    ~Call();
    Call(const Call&) = delete;

    bool refused() const { return status_ != HEDDLE_OK; }
    heddle_status status() const { return status_; }
    AgentState& state() const { return *state_; }
    Agent& agent() const { return state_->agent(); }
    heddle_error* error() const { return error_; }

    heddle_status fail(heddle_status status, std::string_view message) { return status_ = report(error_, status, message); }
    heddle_status out_of_memory() { return fail(HEDDLE_OUT_OF_MEMORY, "out of memory"); }
    /// The agent's pending exception as a status.
    heddle_status thrown() { return status_ = state_->take_exception(error_); }

    // --- arguments: false means that the call has failed ------------------------------------------------------
    bool pointer(const void* argument, const char* name);
    bool value(heddle_value handle, Value& out);
    bool object(heddle_value handle, Object*& out);
    bool function(heddle_value handle, Object*& out);
    bool string(heddle_value handle, FlatView& out);
    bool realm(heddle_realm handle, Realm*& out);
    bool host_class(heddle_class handle, Value& out);
    bool weak(heddle_weak handle, Value& out);
    bool key(heddle_value handle, PropertyKey& out);
    bool name(const char* utf8, PropertyKey& out);
    bool text(const char* utf8, size_t length, std::string_view& out);
    /// `out` holds them while the caller's frame lives: it is a root.
    bool values(const heddle_value* handles, size_t count, RootVector<Value>& out);

    // --- results ----------------------------------------------------------------------------------------------
    heddle_status give(Value value, heddle_value* out);
    heddle_status give(Realm* realm, heddle_realm* out);
    heddle_status give_class(Value host_class, heddle_class* out) { return give_persistent(host_class, HandleKind::Class, out); }
    heddle_status give_weak(Value weak_ref, heddle_weak* out) { return give_persistent(weak_ref, HandleKind::Weak, out); }
    template<class T>
    heddle_status give(Result<T> result, heddle_value* out) {
        if (result.threw()) return thrown();
        return give(Value(result.release()), out);
    }
    template<class T>
    heddle_status give(Fallible<T> result, heddle_value* out) {
        if (result.threw()) return thrown();
        return give(Value(result.release()), out);
    }
    template<class T, class Out>
    heddle_status store(Result<T> result, Out* out) {
        if (result.threw()) return thrown();
        *out = static_cast<Out>(result.release());
        return HEDDLE_OK;
    }
    heddle_status done(Result<void> result) { return result.threw() ? thrown() : HEDDLE_OK; }
    heddle_status done(Fallible<void> result) { return result.threw() ? thrown() : HEDDLE_OK; }

private:
    heddle_status check(heddle_agent* agent, Need need);
    template<class Handle>
    heddle_status give_persistent(Value value, HandleKind kind, Handle* out) {
        if (!pointer(out, "the place for the result")) return status_;
        std::optional<uint64_t> entry = state_->handles->add_persistent(value, kind);
        if (!entry) return out_of_memory();
        *out = {state_->owner_bits(), *entry};
        return HEDDLE_OK;
    }
    bool entry(uint64_t owner, uint64_t entry, HandleKind kind, const char* what, Value& out);

    AgentState* state_ = nullptr;
    heddle_error* error_;
    heddle_status status_ = HEDDLE_OK;
    std::optional<Request> request_;
};

/// For functions that any thread may call with an agent: holds the runtime's mutex, so that the agent stays.
class CallFromAnyThread {
public:
    CallFromAnyThread(heddle_agent* agent, heddle_error* error);
    ~CallFromAnyThread();
    CallFromAnyThread(const CallFromAnyThread&) = delete;
    bool refused() const { return status_ != HEDDLE_OK; }
    heddle_status status() const { return status_; }
    AgentState& state() const { return *state_; }

private:
    AgentState* state_ = nullptr;
    heddle_runtime* locked_ = nullptr;
    heddle_status status_;
};

/// The slot behind an agent's handle and the generation it names. HEDDLE_BAD_ARGUMENT for null.
heddle_status find_agent_slot(heddle_agent* agent, AgentSlot*& slot, heddle_error* error);
/// HEDDLE_OK when the runtime can be used.
heddle_status check_runtime(heddle_runtime* runtime, heddle_error* error);

} // namespace heddle::api
