#include "api/call.h"

#include "runtime/error.h"
#include "sync/current_thread.h"

namespace heddle::api {

uint64_t thread_identity() {
    sync::ThreadRecord& thread = sync::current_thread();
    return reinterpret_cast<uint64_t>(&thread) ^ uint64_t{thread.kernel_id()} << 44;
}

heddle_status report(heddle_error* error, heddle_status status, std::string_view message) {
    if (!error || error->size < sizeof(heddle_error)) return status;
    error->status = status;
    size_t length = std::min(message.size(), sizeof error->message - 1);
    // Not in the middle of a character.
    if (length < message.size()) {
        while (length > 0 && (static_cast<unsigned char>(message[length]) & 0xC0) == 0x80)
            --length;
    }
    std::memcpy(error->message, message.data(), length);
    error->message[length] = '\0';
    return status;
}

heddle_status check_runtime(heddle_runtime* runtime, heddle_error* error) {
    if (!runtime) return report(error, HEDDLE_BAD_ARGUMENT, "the runtime is NULL: make one with heddle_runtime_create");
    if (runtime->magic != heddle_runtime::kAlive) return report(error, HEDDLE_BAD_HANDLE, "this is no runtime, or one that was destroyed");
    if (runtime->is_forked())
        return report(error, HEDDLE_AFTER_FORK, "the runtime was made before this process was forked: the child may only exec or _exit");
    return HEDDLE_OK;
}

heddle_status find_agent_slot(heddle_agent* agent, AgentSlot*& slot, heddle_error* error) {
    auto bits = reinterpret_cast<uint64_t>(agent);
    if (bits == 0) return report(error, HEDDLE_BAD_ARGUMENT, "the agent is NULL: make one with heddle_agent_create");
    if (bits >> kGenerationShift == 0 || (bits & (alignof(AgentSlot) - 1)) != 0)
        return report(error, HEDDLE_BAD_HANDLE, "this is no agent: pass on what heddle_agent_create gave");
    slot = reinterpret_cast<AgentSlot*>(bits & kAddressMask);
    if (slot->runtime->is_forked())
        return report(error, HEDDLE_AFTER_FORK, "the agent was made before this process was forked: the child may only exec or _exit");
    if (slot->generation.load_acquire() != bits >> kGenerationShift)
        return report(error, HEDDLE_DEAD_AGENT, "the agent was destroyed");
    return HEDDLE_OK;
}

// --- Call -----------------------------------------------------------------------------------------------------

heddle_status Call::check(heddle_agent* agent, Need need) {
    AgentSlot* slot = nullptr;
    if (heddle_status status = find_agent_slot(agent, slot, error_); status != HEDDLE_OK) return status;
    uint64_t owner = slot->owner.load_relaxed();
    if (owner != thread_identity()) {
        if (owner == 0)
            return report(error_, HEDDLE_WRONG_THREAD, "the agent is attached to no thread: call heddle_agent_attach_to_thread first");
        return report(error_, HEDDLE_WRONG_THREAD,
                      fmt::format("the agent is attached to another thread than {}: an agent is used by the thread that it is attached to "
                                  "(heddle_agent_detach_from_thread lets go of it)",
                                  sync::current_thread().describe()));
    }
    AgentState* state = slot->state;
    if (state->suspended)
        return report(error_, HEDDLE_SUSPENDED, "the agent is suspended: call heddle_agent_resume first");
    if (state->interrupted)
        return report(error_, HEDDLE_SUSPENDED, "the agent is in the midst of script: an interrupt callback cannot use it");
    if (state->no_script && need == kScript)
        return report(error_, HEDDLE_SUSPENDED, "no script can run in this hook: post a task, or enqueue a job later");
    state_ = state;
    request_.emplace(state->agent());
    ++state->depth;
    if (need == kQuiet) return HEDDLE_OK;
    if (!state->agent().is_terminating() && !state->agent().poll_interrupts().threw()) return HEDDLE_OK;
    return report(error_, HEDDLE_TERMINATED, "the agent was terminated: heddle_agent_clear_termination lets it run again");
}

Call::Call(heddle_agent* agent, heddle_error* error, Need need) : error_(error) { status_ = check(agent, need); }

Call::~Call() {
    if (!state_) return;
    if (--state_->depth == 0) state_->run_disposals();
}

bool Call::pointer(const void* argument, const char* name) {
    if (refused()) return false;
    if (argument) return true;
    fail(HEDDLE_BAD_ARGUMENT, fmt::format("{} is NULL", name));
    return false;
}

bool Call::entry(uint64_t owner, uint64_t entry, HandleKind kind, const char* what, Value& out) {
    if (refused()) return false;
    if (owner != state_->owner_bits()) {
        if (owner == 0)
            fail(HEDDLE_BAD_HANDLE, fmt::format("the handle of {} was never set", what));
        else if ((owner ^ state_->owner_bits()) << (64 - kGenerationShift) == 0)
            fail(HEDDLE_BAD_HANDLE, fmt::format("the handle of {} is of an agent that was destroyed", what));
        else
            fail(HEDDLE_FOREIGN_HANDLE, fmt::format("the handle of {} is of another agent or runtime: values cross in messages", what));
        return false;
    }
    std::optional<Value> found = state_->handles->find(entry, kind);
    if (!found) {
        fail(HEDDLE_BAD_HANDLE, fmt::format("the handle of {} is stale: its scope has closed, or it was released", what));
        return false;
    }
    out = *found;
    return true;
}

bool Call::value(heddle_value handle, Value& out) { return entry(handle.owner, handle.entry, HandleKind::Value, "a value", out); }

bool Call::object(heddle_value handle, Object*& out) {
    Value found;
    if (!value(handle, found)) return false;
    if (!found.is_object()) {
        fail(HEDDLE_WRONG_KIND, fmt::format("expected an object, got {}", display_string(found)));
        return false;
    }
    out = found.as_object();
    return true;
}

bool Call::function(heddle_value handle, Object*& out) {
    Value found;
    if (!value(handle, found)) return false;
    if (!is_callable(found)) {
        fail(HEDDLE_WRONG_KIND, fmt::format("expected a function, got {}", display_string(found)));
        return false;
    }
    out = found.as_object();
    return true;
}

bool Call::string(heddle_value handle, FlatView& out) {
    Value found;
    if (!value(handle, found)) return false;
    if (!found.is_string()) {
        fail(HEDDLE_WRONG_KIND, fmt::format("expected a string, got {}: heddle_to_string converts", display_string(found)));
        return false;
    }
    Fallible<FlatView> flat = found.as_string()->flatten(agent());
    if (flat.threw()) {
        thrown();
        return false;
    }
    out = flat.release();
    return true;
}

bool Call::realm(heddle_realm handle, Realm*& out) {
    Value found;
    if (!entry(handle.owner, handle.entry, HandleKind::Realm, "a realm", found)) return false;
    out = static_cast<Realm*>(found.as_cell());
    return true;
}

bool Call::host_class(heddle_class handle, Value& out) {
    return entry(handle.owner, handle.entry, HandleKind::Class, "a class", out);
}

bool Call::weak(heddle_weak handle, Value& out) { return entry(handle.owner, handle.entry, HandleKind::Weak, "a weak handle", out); }

bool Call::key(heddle_value handle, PropertyKey& out) {
    Value found;
    if (!value(handle, found)) return false;
    if (found.is_object()) {
        fail(HEDDLE_WRONG_KIND, "a property key is a string, a symbol or a number, not an object: convert it first");
        return false;
    }
    Result<PropertyKey> key = to_property_key(agent(), found);
    if (key.threw()) {
        thrown();
        return false;
    }
    out = key.release();
    return true;
}

bool Call::name(const char* utf8, PropertyKey& out) {
    if (!pointer(utf8, "the name")) return false;
    Fallible<PropertyKey> key = PropertyKey::from_utf8(agent(), utf8);
    if (key.threw()) {
        thrown();
        return false;
    }
    out = key.release();
    return true;
}

bool Call::text(const char* utf8, size_t length, std::string_view& out) {
    if (refused()) return false;
    if (!utf8 && length != 0) {
        fail(HEDDLE_BAD_ARGUMENT, "the text is NULL");
        return false;
    }
    if (length == HEDDLE_AUTO_LENGTH) length = std::strlen(utf8);
    out = utf8 ? std::string_view(utf8, length) : std::string_view();
    return true;
}

bool Call::values(const heddle_value* handles, size_t count, RootVector<Value>& out) {
    if (refused()) return false;
    if (!handles && count != 0) {
        fail(HEDDLE_BAD_ARGUMENT, fmt::format("the list of {} values is NULL", count));
        return false;
    }
    if (!out.reserve(count)) {
        out_of_memory();
        return false;
    }
    for (size_t i = 0; i < count; ++i) {
        Value found;
        if (!value(handles[i], found)) return false;
        if (!out.push_back(found)) {
            out_of_memory();
            return false;
        }
    }
    return true;
}

heddle_status Call::give(Value value, heddle_value* out) {
    if (!pointer(out, "the place for the result")) return status_;
    std::optional<uint64_t> entry = state_->handles->add_local(value, HandleKind::Value);
    if (!entry) {
        if (!state_->handles->has_scope())
            return fail(HEDDLE_NO_SCOPE, "the result needs a scope to live in: call heddle_scope_open first");
        return fail(HEDDLE_OUT_OF_MEMORY, "there are too many local handles: close scopes");
    }
    *out = {state_->owner_bits(), *entry};
    return HEDDLE_OK;
}

heddle_status Call::give(Realm* realm, heddle_realm* out) {
    if (!pointer(out, "the place for the result")) return status_;
    std::optional<uint64_t> entry = state_->handles->add_persistent(Value(static_cast<Cell*>(realm)), HandleKind::Realm);
    if (!entry) return out_of_memory();
    *out = {state_->owner_bits(), *entry};
    return HEDDLE_OK;
}

// --- CallFromAnyThread ------------------------------------------------------------------------------------------

CallFromAnyThread::CallFromAnyThread(heddle_agent* agent, heddle_error* error) HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
    AgentSlot* slot = nullptr;
    status_ = find_agent_slot(agent, slot, error);
    if (refused()) return;
    locked_ = slot->runtime;
    locked_->mutex.lock();
    // It may have ended before the lock was had.
    status_ = find_agent_slot(agent, slot, error);
    if (!refused()) state_ = slot->state;
}

CallFromAnyThread::~CallFromAnyThread() HEDDLE_NO_THREAD_SAFETY_ANALYSIS {
    if (locked_) locked_->mutex.unlock();
}

} // namespace heddle::api
