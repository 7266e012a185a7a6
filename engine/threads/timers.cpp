#include "threads/timers.h"

#include "base/fault.h"
#include "runtime/operations.h"
#include "sync/clock.h"
#include "threads/event_loop.h"

namespace heddle {

namespace {

/// Timers of one agent at a time; each holds memory outside the heap.
constexpr size_t kMaxTimers = size_t{1} << 20;

/// What a timer needs to run: off-heap, so the values are roots.
struct TimerCall {
    TimerCall(Agent& agent, Value f, std::span<const Value> arguments)
        : function(agent.heap(), f), values(agent.heap()), realm(agent.heap(), &agent.realm()) {
        for (Value value : arguments)
            complete &= values.push_back(value);
    }
    Root<Value> function;
    RootVector<Value> values;
    Root<Realm> realm;
    bool complete = true;
};

// HTML 8.6 timer initialization steps
Result<Value> set_timer(Agent& agent, const Arguments& arguments, bool repeat) {
    if (!is_callable(arguments[0])) return agent.throw_type_error("The first argument of a timer must be a function, got " + display_string(arguments[0]));
    double delay = TRY(to_number(agent, arguments[1]));
    if (!(delay >= 1)) delay = 1;
    std::unique_ptr<TimerCall> timer(new_or_null<TimerCall>(agent, arguments[0], arguments.from(2)));
    if (!timer || !timer->complete) return agent.out_of_memory();
    TRY(ensure_room_for_timer(agent));
    auto run = [timer = std::move(timer)](Agent& running) {
        RealmScope scope(running, timer->realm);
        Value global(timer->realm->global_this());
        Result<Value> result = call(running, timer->function, global, timer->values.span());
        if (result.threw() && !running.is_terminating()) running.report_uncaught(running.take_exception());
    };
    auto id = EventLoop::of(agent).add_timer(sync::now().after_milliseconds(delay), std::move(run), true, repeat ? delay : -1);
    return Value::number(static_cast<double>(id));
}

class MicrotaskJob final : public Job {
public:
    explicit MicrotaskJob(Value function) { function_.init(function); }
    Result<Value> run(Agent& agent) override { return call(agent, function_, Value::undefined()); }
    void visit_edges(Visitor& visitor) override {
        Job::visit_edges(visitor);
        visitor.visit(function_);
    }

private:
    Member<Value> function_;
};

} // namespace

Fallible<void> ensure_room_for_timer(Agent& agent) {
    EventLoop& loop = EventLoop::of(agent);
    if (loop.timer_count() < kMaxTimers) return loop.has_room_for_timer() ? Fallible<void>() : Fallible<void>(agent.out_of_memory());
    return agent.throw_range_error("Too many timers: " + std::to_string(kMaxTimers) + " are waiting; clear some first");
}

Result<Value> set_timeout(Agent& agent, const Arguments& arguments) { return set_timer(agent, arguments, false); }
Result<Value> set_interval(Agent& agent, const Arguments& arguments) { return set_timer(agent, arguments, true); }

// HTML 8.6 clearTimeout ( id ), clearInterval ( id )
Result<Value> clear_timer(Agent& agent, const Arguments& arguments) {
    double number = TRY(to_number(agent, arguments[0]));
    if (number >= 0 && number < 9007199254740992.0) EventLoop::of(agent).cancel_timer(static_cast<EventLoop::TimerId>(number));
    return Value::undefined();
}

// HTML 8.7 queueMicrotask ( callback )
Result<Value> queue_microtask(Agent& agent, const Arguments& arguments) {
    if (!is_callable(arguments[0])) return agent.throw_type_error("queueMicrotask takes a function, got " + display_string(arguments[0]));
    Job* job = TRY(agent.heap().allocate<MicrotaskJob>(0, arguments[0]));
    agent.enqueue_job(job);
    return Value::undefined();
}

} // namespace heddle
