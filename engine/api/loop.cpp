// The event loop, for hosts that drive it and for hosts that let it run.
#include "api/call.h"
#include "base/fault.h"
#include "threads/event_loop.h"

#include <memory>

using namespace heddle;
using namespace heddle::api;

namespace {

/// A task of the host's. Exactly one of run and drop happens.
class PostedTask {
public:
    PostedTask(void (*run)(heddle_agent*, void*), void (*drop)(void*), void* data) : run_(run), drop_(drop), data_(data) {}
    PostedTask(const PostedTask&) = delete;
    ~PostedTask() {
        if (drop_) drop_(data_);
    }
    void operator()(Agent& agent) {
        AgentState* state = AgentState::of(agent);
        if (!state) return;
        drop_ = nullptr;
        run_(state->handle, data_);
    }
    /// The caller keeps the data.
    void forget() { drop_ = nullptr; }

private:
    void (*run_)(heddle_agent*, void*);
    void (*drop_)(void*);
    void* data_;
};

sync::MonotonicTime deadline_after(uint64_t nanoseconds) {
    if (nanoseconds > uint64_t{INT64_MAX}) return sync::MonotonicTime::never();
    return sync::now().after_nanoseconds(static_cast<int64_t>(nanoseconds));
}

heddle_status after_loop(Call& call) { return call.agent().is_terminating() ? call.thrown() : HEDDLE_OK; }

/// A callback must not run the loop that it runs in.
bool outermost(Call& call) {
    if (call.refused()) return false;
    if (call.state().depth == 1 && !call.state().is_worker()) return true;
    call.fail(HEDDLE_BUSY, "the agent runs: a callback cannot run the event loop that it is called from");
    return false;
}

} // namespace

extern "C" {

heddle_status heddle_agent_post(heddle_agent* agent, void (*run)(heddle_agent*, void*), void (*drop)(void*), void* data, heddle_error* error) {
    if (!run) return report(error, HEDDLE_BAD_ARGUMENT, "the function to run is NULL");
    TaskQueueRef queue;
    {
        CallFromAnyThread call(agent, error);
        if (call.refused()) return call.status();
        queue = EventLoop::of(call.state().agent()).queue();
    }
    std::unique_ptr<PostedTask> owned(new_or_null<PostedTask>(run, drop, data));
    if (!owned) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for the task");
    PostedTask* posted = owned.get();
    TaskQueue::Task task = [owned = std::move(owned)](Agent& running) { (*owned)(running); };
    // Without the runtime's mutex: posting wakes the host, whose hook may take locks of its own.
    if (queue->post(std::move(task))) return HEDDLE_OK;
    // Refused, the task is still here.
    posted->forget();
    if (queue->is_closed()) return report(error, HEDDLE_DEAD_AGENT, "the agent ends: its event loop is closed");
    return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for the task");
}

heddle_status heddle_loop_run_until_idle(heddle_agent* agent, int* ran, heddle_error* error) {
    Call call(agent, error);
    if (!outermost(call)) return call.status();
    bool any = false;
    EventLoop& loop = EventLoop::of(call.agent());
    while (loop.run_due())
        any = true;
    loop.run_until_idle();
    if (heddle_status status = after_loop(call); status != HEDDLE_OK) return status;
    if (ran) *ran = any;
    return HEDDLE_OK;
}

heddle_status heddle_loop_poll(heddle_agent* agent, uint64_t nanoseconds, int* alive, heddle_error* error) {
    Call call(agent, error);
    if (!outermost(call)) return call.status();
    bool more = EventLoop::of(call.agent()).poll(nanoseconds == 0 ? sync::MonotonicTime::long_ago() : deadline_after(nanoseconds));
    if (heddle_status status = after_loop(call); status != HEDDLE_OK) return status;
    if (alive) *alive = more;
    return HEDDLE_OK;
}

heddle_status heddle_loop_run(heddle_agent* agent, heddle_error* error) {
    Call call(agent, error);
    if (!outermost(call)) return call.status();
    EventLoop::of(call.agent()).run();
    return after_loop(call);
}

heddle_status heddle_loop_wake_descriptor(heddle_agent* agent, int* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(out, "the place for the descriptor")) return call.status();
    int descriptor = EventLoop::of(call.agent()).queue()->wake_descriptor();
    if (descriptor < 0) return call.fail(HEDDLE_REFUSED, "the system has no more file descriptors");
    *out = descriptor;
    return HEDDLE_OK;
}

heddle_status heddle_loop_next_deadline(heddle_agent* agent, uint64_t* nanoseconds, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(nanoseconds, "the place for the deadline")) return call.status();
    sync::MonotonicTime next = EventLoop::of(call.agent()).next_deadline();
    if (next.is_never()) *nanoseconds = HEDDLE_NO_DEADLINE;
    else *nanoseconds = static_cast<uint64_t>(std::max<int64_t>(0, sync::nanoseconds_between(sync::now(), next)));
    return HEDDLE_OK;
}

} // extern "C"
