#include "shell/host.h"

#include "runtime/operations.h"
#include "shell/report.h"
#include "sync/clock.h"
#include "threads/event_loop.h"

#include <cstdio>

namespace heddle::shell {

namespace {

std::string joined(Agent& agent, const Arguments& arguments) {
    std::string line;
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (i != 0) line += ' ';
        line += to_printable(agent, arguments[i]);
    }
    return line;
}

Result<Value> print(Agent& agent, const Arguments& arguments) {
    std::string line = joined(agent, arguments);
    if (agent.is_terminating()) return Threw{};
    HostComponent& host = HostComponent::of(agent);
    if (host.before_output) host.before_output();
    host.print(host.print_data, line);
    return Value::undefined();
}

// performance.now ( ): milliseconds since the agent began
Result<Value> performance_now(Agent& agent, const Arguments&) {
    auto elapsed = static_cast<uint64_t>(sync::now().nanoseconds) - HostComponent::of(agent).start_nanoseconds;
    return Value::number(static_cast<double>(elapsed) / 1e6);
}

/// What a timer needs to run: off-heap, so the values are roots.
struct TimerCall {
    TimerCall(Agent& agent, Value f, std::span<const Value> arguments) : function(agent.heap(), f), values(agent.heap()) {
        for (Value value : arguments)
            complete &= values.push_back(value);
    }
    Root<Value> function;
    RootVector<Value> values;
    bool complete = true;
};

void run_timer(Agent& agent, TimerCall& timer) {
    Result<Value> result = call(agent, timer.function, Value::undefined(), timer.values.span());
    if (result.threw() && !agent.is_terminating()) agent.report_uncaught(agent.take_exception());
}

void schedule_interval(Agent& agent, std::shared_ptr<TimerCall> timer, double period, std::shared_ptr<EventLoop::TimerId> id) {
    *id = EventLoop::of(agent).add_timer(sync::now().after_milliseconds(period), [timer, period, id](Agent& running) {
        EventLoop::TimerId mine = *id;
        run_timer(running, *timer);
        if (running.is_terminating() || *id != mine) return;
        schedule_interval(running, timer, period, id);
    });
}

Result<Value> set_timer(Agent& agent, const Arguments& arguments, bool repeat) {
    if (!is_callable(arguments[0])) return agent.throw_type_error("The first argument of a timer must be a function, got " + display_string(arguments[0]));
    double delay = TRY(to_number(agent, arguments[1]));
    if (!(delay >= 1)) delay = 1;
    auto timer = std::make_shared<TimerCall>(agent, arguments[0], arguments.from(2));
    if (!timer->complete) return agent.out_of_memory();
    EventLoop& loop = EventLoop::of(agent);
    if (repeat) {
        // The id that script holds is that of the first round; the loop's own ids change.
        auto id = std::make_shared<EventLoop::TimerId>(0);
        schedule_interval(agent, timer, delay, id);
        HostComponent& host = HostComponent::of(agent);
        EventLoop::TimerId first = *id;
        host.intervals[first] = id;
        return Value::number(static_cast<double>(first));
    }
    auto id = loop.add_timer(sync::now().after_milliseconds(delay), [timer](Agent& running) { run_timer(running, *timer); });
    return Value::number(static_cast<double>(id));
}

Result<Value> set_timeout(Agent& agent, const Arguments& arguments) { return set_timer(agent, arguments, false); }
Result<Value> set_interval(Agent& agent, const Arguments& arguments) { return set_timer(agent, arguments, true); }

Result<Value> clear_timer(Agent& agent, const Arguments& arguments) {
    double number = TRY(to_number(agent, arguments[0]));
    if (!(number >= 0 && number < 9007199254740992.0)) return Value::undefined();
    auto id = static_cast<EventLoop::TimerId>(number);
    HostComponent& host = HostComponent::of(agent);
    if (auto interval = host.intervals.find(id); interval != host.intervals.end()) {
        EventLoop::of(agent).cancel_timer(*interval->second);
        *interval->second = 0; // a round under way does not schedule the next
        host.intervals.erase(interval);
        return Value::undefined();
    }
    EventLoop::of(agent).cancel_timer(id);
    return Value::undefined();
}

class MicrotaskJob final : public Job {
public:
    explicit MicrotaskJob(Value function) { function_.init(function); }
    Result<Value> run(Agent& agent) override { return call(agent, function_, Value::undefined()); }
    void visit_edges(Visitor& visitor) override { visitor.visit(function_); }

private:
    Member<Value> function_;
};

Result<Value> queue_microtask(Agent& agent, const Arguments& arguments) {
    if (!is_callable(arguments[0])) return agent.throw_type_error("queueMicrotask takes a function, got " + display_string(arguments[0]));
    Job* job = TRY(agent.heap().allocate<MicrotaskJob>(0, arguments[0]));
    TRY(agent.enqueue_job(job));
    return Value::undefined();
}

} // namespace

Fallible<void> install_host_globals(Agent& agent, Realm& realm) {
    RealmScope scope(agent, &realm);
    Object* global = realm.global_object();
    const FunctionEntry functions[] = {
        {atoms::print, print, 1},
        {atoms::setTimeout, set_timeout, 2},
        {atoms::clearTimeout, clear_timer, 1},
        {atoms::setInterval, set_interval, 2},
        {atoms::clearInterval, clear_timer, 1},
        {atoms::queueMicrotask, queue_microtask, 1},
    };
    TRY(define_functions(agent, realm, global, functions));
    Object* prototype = TRY(realm.intrinsic(Intrinsic::ObjectPrototype));
    TRY(install_console(agent, realm));
    Object* performance = TRY(Object::create(agent, prototype, 4));
    const FunctionEntry performance_functions[] = {{atoms::now, performance_now, 0}};
    TRY(define_functions(agent, realm, performance, performance_functions));
    return global->define_direct(agent, atoms::performance, Value(performance), kBuiltinAttributes);
}

} // namespace heddle::shell
