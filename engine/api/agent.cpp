// Agents of the host: their making and ending, the threads that they are attached to, interrupts and hooks.
#include "api/call.h"
#include "base/fault.h"
#include "api/host_function.h"
#include "api/module_hooks.h"
#include "runtime/error.h"
#include "runtime/promise.h"
#include "threads/cluster.h"
#include "threads/event_loop.h"

#include <new>

using namespace heddle;
using namespace heddle::api;

namespace heddle::api {

AgentState* AgentState::of(Agent& agent) {
    return agent.has_component(Component::Host) ? &agent.component<HostLink>(Component::Host).state : nullptr;
}

AgentState::AgentState(heddle_runtime& of, AgentSlot& in, heddle_agent* named) : runtime(of), slot(in), handle(named) {}
AgentState::~AgentState() = default;

void AgentState::run_disposals() {
    if (disposing_) return;
    disposing_ = true;
    while (disposals_) {
        Disposal* first = std::exchange(disposals_, disposals_->next_);
        first->dispose(handle);
        delete first;
    }
    disposing_ = false;
}

std::string headline(Value exception) {
    if (exception.is<ErrorObject>()) {
        auto* error = exception.as<ErrorObject>();
        if (error->is<DomException>()) {
            auto* dom = static_cast<DomException*>(error);
            return fmt::format("{}: {}", dom->name()->short_text(64), dom->message()->short_text(400));
        }
        std::string text = error_type_name(error->type());
        auto message = error->own_property_direct(atoms::message);
        if (message && message->value && message->value->is_string() && message->value->as_string()->length() != 0)
            text += ": " + message->value->as_string()->short_text(400);
        return text;
    }
    return display_string(exception);
}

heddle_status AgentState::take_exception(heddle_error* error) {
    if (agent().is_terminating()) return report(error, HEDDLE_TERMINATED, "the agent was terminated");
    bool out_of_memory = agent().exception_is_out_of_memory();
    Value value = agent().take_exception();
    *exception = value;
    has_exception = true;
    return report(error, out_of_memory ? HEDDLE_OUT_OF_MEMORY : HEDDLE_EXCEPTION, headline(value));
}

// --- hooks ------------------------------------------------------------------------------------------------------

namespace {

void on_uncaught(Agent& agent, Value exception, void* data) {
    auto& state = *static_cast<AgentState*>(data);
    HostScope scope(state);
    heddle_value handle;
    if (!scope.opened() || !scope.add(exception, handle)) return;
    state.hooks.uncaught(state.handle, handle, state.hooks.data);
}

void on_rejection(Agent& agent, Object* promise, Agent::RejectionOperation operation, void* data) {
    auto& state = *static_cast<AgentState*>(data);
    HostScope scope(state);
    heddle_value handle;
    if (!scope.opened() || !scope.add(Value(promise), handle)) return;
    bool handled = operation == Agent::RejectionOperation::Handle;
    bool outer = std::exchange(state.no_script, true);
    state.hooks.promise_rejection(state.handle, handle, handled ? HEDDLE_HANDLED_LATE : HEDDLE_REJECTED_UNHANDLED, state.hooks.data);
    state.no_script = outer;
}

void on_out_of_memory(void* data) {
    auto& state = *static_cast<AgentState*>(data);
    bool outer = std::exchange(state.interrupted, true);
    state.hooks.out_of_memory(state.handle, state.hooks.data);
    state.interrupted = outer;
}

void install_hooks(AgentState& state) {
    Agent& agent = state.agent();
    if (state.hooks.uncaught) agent.set_uncaught_handler(on_uncaught, &state);
    if (state.hooks.promise_rejection) agent.set_rejection_tracker(on_rejection, &state);
    if (state.hooks.out_of_memory) agent.set_out_of_memory_handler(on_out_of_memory, &state);
    if (state.hooks.task_posted) EventLoop::of(agent).queue()->set_wake_callback(state.hooks.task_posted, state.hooks.data);
}

// For kInterruptCallback: every interrupt that was asked for, in order.
void run_interrupts(Agent& agent, void* data) {
    auto& state = *static_cast<AgentState*>(data);
    for (;;) {
        GrowableArray<InterruptRequest> requests;
        {
            sync::MutexLocker locker(state.runtime.mutex);
            std::swap(requests, state.interrupts);
        }
        if (requests.empty()) return;
        bool terminate = false;
        state.interrupted = true;
        for (const InterruptRequest& request : requests)
            terminate |= request.callback(state.handle, request.data) == HEDDLE_TERMINATE;
        state.interrupted = false;
        if (terminate) agent.request_interrupt(kInterruptTerminate);
    }
}

/// `counted`: for an agent of the host's, which has to be destroyed before the runtime.
AgentSlot* take_agent_slot(heddle_runtime& runtime, bool counted) {
    sync::MutexLocker locker(runtime.mutex);
    runtime.agents += counted;
    if (!runtime.free_agent_slots.empty()) {
        AgentSlot* slot = runtime.free_agent_slots.back();
        runtime.free_agent_slots.pop_back();
        return slot;
    }
    auto* slot = new_or_null<AgentSlot>();
    if (!slot || !runtime.agent_slots.push_back(slot)) {
        delete slot;
        runtime.agents -= counted;
        return nullptr;
    }
    slot->runtime = &runtime;
    return slot;
}

/// The agent of the slot is gone; handles that name it are stale from now on.
void end_agent_slot(AgentSlot& slot) {
    heddle_runtime& runtime = *slot.runtime;
    sync::MutexLocker locker(runtime.mutex);
    slot.state = nullptr;
    slot.owner.store_relaxed(0);
    slot.generation.store_release(slot.generation.load_relaxed() + 1);
}

void give_back_agent_slot(AgentSlot& slot, bool counted) {
    heddle_runtime& runtime = *slot.runtime;
    sync::MutexLocker locker(runtime.mutex);
    runtime.agents -= counted;
    // A slot that is not given back is freed with the runtime.
    if (slot.generation.load_relaxed() < kLastGeneration) (void)runtime.free_agent_slots.push_back(&slot);
}

heddle_agent* handle_of(AgentSlot& slot) {
    return reinterpret_cast<heddle_agent*>(reinterpret_cast<uint64_t>(&slot) | uint64_t{slot.generation.load_relaxed()} << kGenerationShift);
}

/// The agent is there, and this thread is inside it.
void equip(AgentState& state, Agent& agent) {
    state.running = &agent;
    state.handles = std::make_unique<HandleTable>(agent.heap());
    state.exception = std::make_unique<Root<Value>>(agent.heap());
    agent.set_component(Component::Host, std::make_unique<HostLink>(state));
    agent.set_interrupt_callback(run_interrupts, &state);
}

} // namespace

// --- agents of workers ------------------------------------------------------------------------------------------

void on_worker_created(Agent& agent, Realm&, void* data) {
    auto& runtime = *static_cast<heddle_runtime*>(data);
    if (!memory_is_at_hand()) return; // the worker runs without the host
    AgentSlot* slot = take_agent_slot(runtime, false);
    auto* state = slot ? new_or_null<AgentState>(runtime, *slot, handle_of(*slot)) : nullptr;
    if (!state) {
        if (slot) give_back_agent_slot(*slot, false);
        return;
    }
    state->of_worker = true;
    equip(*state, agent);
    agent.set_attachment(std::make_unique<WorkerState>(state));
    {
        sync::MutexLocker locker(runtime.mutex);
        slot->state = state;
        slot->owner.store_relaxed(thread_identity());
    }
    if (!runtime.options.worker_created) return;
    HostScope scope(*state);
    runtime.options.worker_created(state->handle, runtime.options.data);
}

HostLink::~HostLink() {
    if (!state.is_worker()) return;
    end_agent_slot(state.slot);
    state.module_hooks.reset();
    state.handles.reset();
    state.exception.reset();
}

WorkerState::~WorkerState() {
    state_->run_disposals();
    AgentSlot& slot = state_->slot;
    heddle_runtime& runtime = state_->runtime;
    uint64_t id = state_->running->id();
    delete state_;
    give_back_agent_slot(slot, false);
    if (runtime.options.worker_ended) runtime.options.worker_ended(id, runtime.options.data);
}

} // namespace heddle::api

extern "C" {

heddle_status heddle_agent_create(heddle_runtime* runtime, const heddle_agent_options* options, heddle_agent** out, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    if (!out) return report(error, HEDDLE_BAD_ARGUMENT, "the place for the agent is NULL");
    heddle_agent_options read = HEDDLE_AGENT_OPTIONS_INIT;
    heddle_agent_hooks hooks = HEDDLE_AGENT_HOOKS_INIT;
    if (!read_options(options, read))
        return report(error, HEDDLE_BAD_ARGUMENT, "the options of the agent have no valid size: begin with HEDDLE_AGENT_OPTIONS_INIT");
    if (!read_options(read.hooks, hooks))
        return report(error, HEDDLE_BAD_ARGUMENT, "the hooks of the agent have no valid size: begin with HEDDLE_AGENT_HOOKS_INIT");
    AgentSlot* slot = take_agent_slot(*runtime, true);
    if (!slot) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for an agent");
    heddle_agent* handle = handle_of(*slot);
    auto* state = new_or_null<AgentState>(*runtime, *slot, handle);
    if (!state) {
        give_back_agent_slot(*slot, true);
        return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for an agent");
    }
    AgentOptions engine_options;
    if (read.memory_limit) engine_options.heap.limit_bytes = read.memory_limit;
    engine_options.heap.gc_stress = read.collect_every;
    engine_options.heap.fail_allocation = read.fail_allocation;
    engine_options.stack_limit_bytes = read.stack_limit;
    engine_options.can_block = !read.cannot_block;
    if (read.name) engine_options.name = shortened(read.name);
    state->hooks = hooks;
    state->host.reset(new_or_null<AgentHost>(runtime->engine.runtime(), engine_options));
    bool has_agent = state->host && state->host->has_agent();
    // The last is for the parts that equip makes.
    if (!has_agent || !state->host->realm() || !memory_is_at_hand()) {
        delete state;
        give_back_agent_slot(*slot, true);
        return report(error, HEDDLE_OUT_OF_MEMORY,
                      has_agent ? "the memory limit does not hold an empty realm" : "there is no memory for an agent");
    }
    {
        Request request(state->host->agent());
        equip(*state, state->host->agent());
        install_hooks(*state);
    }
    slot->state = state;
    slot->owner.store_relaxed(thread_identity());
    *out = handle;
    return HEDDLE_OK;
}

heddle_status heddle_agent_destroy(heddle_agent* agent, heddle_error* error) {
    AgentSlot* slot = nullptr;
    if (heddle_status status = find_agent_slot(agent, slot, error); status != HEDDLE_OK) return status;
    uint64_t nobody = 0;
    uint64_t owner = slot->owner.load_relaxed();
    if (owner != thread_identity()) {
        if (owner != 0 || !slot->owner.compare_exchange_acq_rel(nobody, thread_identity()))
            return report(error, HEDDLE_WRONG_THREAD, "the agent is attached to another thread: destroy it there, or detach it there first");
    }
    AgentState* state = slot->state;
    if (state->is_worker())
        return report(error, HEDDLE_REFUSED, "the agent is a worker's: terminate it, or it ends with the agent that made it");
    if (state->depth != 0 || state->interrupted)
        return report(error, HEDDLE_BUSY, "the agent runs: it cannot be destroyed by its own callback (heddle_agent_terminate ends what it runs)");
    // From here on no other thread reaches it through its handle.
    end_agent_slot(*slot);
    {
        Request request(state->agent());
        state->agent().set_uncaught_handler(nullptr, nullptr);
        state->agent().set_rejection_tracker(nullptr, nullptr);
        state->agent().set_out_of_memory_handler(nullptr, nullptr);
        EventLoop::of(state->agent()).queue()->set_wake_callback(nullptr, nullptr);
    }
    state->module_hooks.reset();
    state->handles.reset();
    state->exception.reset();
    state->host.reset();
    state->run_disposals();
    delete state;
    give_back_agent_slot(*slot, true);
    return HEDDLE_OK;
}

heddle_status heddle_agent_detach_from_thread(heddle_agent* agent, heddle_error* error) {
    AgentState* state = nullptr;
    {
        Call call(agent, error, Call::kQuiet);
        if (call.refused()) return call.status();
        if (call.state().depth != 1 || call.state().is_worker())
            return call.fail(HEDDLE_BUSY, "the agent runs: a callback cannot detach it");
        state = &call.state();
    }
    // Releases what this thread did to whoever attaches.
    uint64_t mine = state->slot.owner.exchange_acq_rel(0);
    HEDDLE_CHECK(mine == thread_identity());
    return HEDDLE_OK;
}

heddle_status heddle_agent_attach_to_thread(heddle_agent* agent, heddle_error* error) {
    AgentSlot* slot = nullptr;
    if (heddle_status status = find_agent_slot(agent, slot, error); status != HEDDLE_OK) return status;
    uint64_t nobody = 0;
    if (slot->owner.compare_exchange_acq_rel(nobody, thread_identity())) return HEDDLE_OK;
    if (nobody == thread_identity()) return report(error, HEDDLE_BUSY, "the agent is attached to this thread already");
    return report(error, HEDDLE_WRONG_THREAD, "the agent is attached to another thread: heddle_agent_detach_from_thread there lets go of it");
}

heddle_status heddle_agent_suspend(heddle_agent* agent, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    AgentState& state = call.state();
    if (!state.stack_bound) return call.fail(HEDDLE_REFUSED, "no callback runs: between calls the agent is suspended anyway");
    state.suspended = true;
    sync::ThreadRecord& thread = sync::current_thread();
    thread.request_hooks->leave_request(thread, state.stack_bound);
    return HEDDLE_OK;
}

heddle_status heddle_agent_resume(heddle_agent* agent, heddle_error* error) {
    AgentSlot* slot = nullptr;
    if (heddle_status status = find_agent_slot(agent, slot, error); status != HEDDLE_OK) return status;
    if (slot->owner.load_relaxed() != thread_identity())
        return report(error, HEDDLE_WRONG_THREAD, "the agent is not attached to this thread: resume where it was suspended");
    AgentState* state = slot->state;
    if (!state->suspended) return report(error, HEDDLE_REFUSED, "the agent is not suspended");
    sync::ThreadRecord& thread = sync::current_thread();
    thread.request_hooks->enter_request(thread);
    state->suspended = false;
    return HEDDLE_OK;
}

heddle_status heddle_agent_id(heddle_agent* agent, uint64_t* out, heddle_error* error) {
    if (!out) return report(error, HEDDLE_BAD_ARGUMENT, "the place for the id is NULL");
    CallFromAnyThread call(agent, error);
    if (call.refused()) return call.status();
    *out = call.state().agent().id();
    return HEDDLE_OK;
}

heddle_status heddle_agent_set_data(heddle_agent* agent, void* data, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    call.state().data = data;
    return HEDDLE_OK;
}

heddle_status heddle_agent_get_data(heddle_agent* agent, void** out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(out, "the place for the data")) return call.status();
    *out = call.state().data;
    return HEDDLE_OK;
}

heddle_status heddle_agent_terminate(heddle_agent* agent, heddle_error* error) {
    CallFromAnyThread call(agent, error);
    if (call.refused()) return call.status();
    Cluster::of(call.state().agent().runtime()).terminate(call.state().agent().id());
    return HEDDLE_OK;
}

heddle_status heddle_agent_clear_termination(heddle_agent* agent, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    if (call.state().depth != 1 || call.state().is_worker())
        return call.fail(HEDDLE_BUSY, "script is still unwinding: let the callback return first");
    call.agent().clear_termination();
    return HEDDLE_OK;
}

heddle_status heddle_agent_interrupt(heddle_agent* agent, heddle_interrupt_action (*callback)(heddle_agent*, void*), void* data,
                                     heddle_error* error) {
    if (!callback) return report(error, HEDDLE_BAD_ARGUMENT, "the callback is NULL");
    CallFromAnyThread call(agent, error);
    if (call.refused()) return call.status();
    if (!call.state().interrupts.push_back({callback, data})) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for an interrupt");
    Cluster::of(call.state().agent().runtime()).interrupt(call.state().agent().id());
    return HEDDLE_OK;
}

heddle_status heddle_agent_set_deadline(heddle_agent* agent, uint64_t nanoseconds, heddle_error* error) {
    CallFromAnyThread call(agent, error);
    if (call.refused()) return call.status();
    sync::MonotonicTime when = sync::MonotonicTime::never();
    if (nanoseconds <= uint64_t{INT64_MAX}) when = sync::now().after_nanoseconds(static_cast<int64_t>(nanoseconds));
    if (!Cluster::of(call.state().agent().runtime()).set_deadline(call.state().agent().id(), when))
        return report(error, HEDDLE_REFUSED, "the thread that watches deadlines cannot be started");
    return HEDDLE_OK;
}

} // extern "C"
