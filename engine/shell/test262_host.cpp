#include "shell/test262_host.h"

#include "buffers/buffer_object.h"
#include "interpreter/interpreter.h"
#include "runtime/operations.h"
#include "shell/report.h"
#include "sync/blocking_region.h"
#include "sync/clock.h"

namespace heddle::shell {

// --- the cluster ----------------------------------------------------------------------------------------------

Test262Cluster::~Test262Cluster() { HEDDLE_ASSERT(children_.empty() || ending_); }

bool Test262Cluster::start(std::string source) {
    children_.emplace_back();
    Child& child = children_.back();
    child.cluster = this;
    child.source = std::move(source);
    AgentThread::Options options;
    options.agent.name = "262 agent";
    child.thread = AgentThread::create(
        runtime_, std::move(options), [&child](AgentHost& host) { child.cluster->run_child(child, host); },
        [&child] { child.cluster->leave(child); });
    if (!child.thread->start()) {
        children_.pop_back();
        return false;
    }
    return true;
}

void Test262Cluster::drop_exception(Agent& agent) {
    if (agent.is_terminating()) return;
    Value exception = agent.take_exception();
    if (hooks_.uncaught) hooks_.uncaught(agent, exception);
}

void Test262Cluster::run_child(Child& child, AgentHost& host) {
    Agent& agent = host.agent();
    auto component = std::make_unique<HostComponent>();
    component->print = [](void*, std::string_view) {};
    component->cluster = this;
    component->start_nanoseconds = static_cast<uint64_t>(sync::now().nanoseconds);
    agent.set_component(Component::Host, std::move(component));
    if (!host.realm() || hooks_.install(agent, *host.realm()).threw() || install_test262(agent, *host.realm(), &child).threw()) return;
    Result<Value> result = Interpreter::of(agent).evaluate_script(*host.realm(), SourceText::from_utf8(child.source, "agent"));
    if (result.threw()) drop_exception(agent);
    while (!agent.is_terminating() && child.callback) {
        StoreReference store;
        double number = 0;
        bool received;
        {
            sync::BlockingRegion region;
            received = receive_broadcast(child, store, number);
        }
        if (!received) break;
        Value function = child.callback->get();
        child.callback.reset();
        Fallible<SharedArrayBufferObject*> buffer = SharedArrayBufferObject::create(agent, nullptr, std::move(store));
        if (buffer.threw()) break;
        Result<Value> ran = call(agent, function, Value::undefined(), {Value(buffer.release()), Value::number(number)});
        if (ran.threw()) drop_exception(agent);
    }
    if (!agent.is_terminating()) EventLoop::of(agent).run();
    child.callback.reset();
}

void Test262Cluster::broadcast(StoreReference store, double number) {
    sync::MutexLocker locker(mutex_);
    for (Child& child : children_) {
        if (child.left) continue;
        child.store = store;
        child.number = number;
        child.has_broadcast = true;
    }
    changed_.notify_all();
    for (;;) {
        bool all_taken = true;
        for (Child& child : children_)
            all_taken &= child.left || !child.has_broadcast;
        if (all_taken || ending_) return;
        changed_.wait(mutex_);
    }
}

bool Test262Cluster::receive_broadcast(Child& child, StoreReference& store, double& number) {
    sync::MutexLocker locker(mutex_);
    while (!child.has_broadcast && !ending_)
        changed_.wait(mutex_);
    if (!child.has_broadcast) return false;
    store = std::move(child.store);
    number = child.number;
    child.has_broadcast = false;
    changed_.notify_all();
    return true;
}

void Test262Cluster::leave(Child& child) {
    sync::MutexLocker locker(mutex_);
    child.left = true;
    changed_.notify_all();
}

void Test262Cluster::report(std::string text) {
    sync::MutexLocker locker(mutex_);
    reports_.push_back(std::move(text));
}

bool Test262Cluster::take_report(std::string& text) {
    sync::MutexLocker locker(mutex_);
    if (reports_.empty()) return false;
    text = std::move(reports_.front());
    reports_.pop_front();
    return true;
}

void Test262Cluster::terminate_all(Agent&) {
    sync::BlockingRegion region;
    {
        sync::MutexLocker locker(mutex_);
        ending_ = true;
        changed_.notify_all();
    }
    for (Child& child : children_)
        child.thread->terminate();
    for (Child& child : children_)
        child.thread->join();
    children_.clear();
}

// --- $262 -----------------------------------------------------------------------------------------------------

namespace {

Test262Cluster& cluster_of(Agent& agent) { return *HostComponent::of(agent).cluster; }

std::string utf8(Agent& agent, String* string) {
    Fallible<FlatView> view = string->flatten(agent);
    return view.threw() ? std::string() : view.release().to_utf8();
}

// createRealm ( ): the $262 of a new realm
Result<Value> create_realm(Agent& agent, const Arguments&) {
    Realm* realm = TRY(Realm::create(agent, agent.runtime().intrinsics()));
    TRY(install_host_globals(agent, *realm));
    TRY(install_test262(agent, *realm, nullptr));
    return realm->host_slot(Realm::HostSlot::Host);
}

Result<Value> detach_array_buffer(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is<ArrayBufferObject>()) return agent.throw_type_error("detachArrayBuffer takes an ArrayBuffer, got " + display_string(arguments[0]));
    TRY(arguments[0].as<ArrayBufferObject>()->detach(agent, arguments.size() > 1 ? arguments[1] : Value::undefined()));
    return Value::null();
}

// evalScript ( source ), in the realm of the function
Result<Value> eval_script(Agent& agent, const Arguments& arguments) {
    String* source = TRY(to_string(agent, arguments[0]));
    FlatView view = TRY(source->flatten(agent));
    Realm& realm = *static_cast<NativeFunction*>(arguments.callee())->realm();
    return Interpreter::of(agent).evaluate_script(realm, TRY(source_text_from_string(agent, view, "evalScript")));
}

Result<Value> gc(Agent& agent, const Arguments&) {
    agent.heap().collect();
    return Value::undefined();
}

// IsHTMLDDA as a function: null for no argument or the empty string
Result<Value> html_dda(Agent&, const Arguments&) { return Value::null(); }

// --- $262.agent -------------------------------------------------------------------------------------------------

Result<Value> agent_start(Agent& agent, const Arguments& arguments) {
    String* source = TRY(to_string(agent, arguments[0]));
    std::string text = utf8(agent, source);
    bool started;
    {
        sync::BlockingRegion region;
        started = cluster_of(agent).start(std::move(text));
    }
    if (!started) return agent.throw_range_error("The system has no thread for another agent");
    return Value::undefined();
}

Result<Value> agent_broadcast(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is<SharedArrayBufferObject>()) return agent.throw_type_error("broadcast takes a SharedArrayBuffer, got " + display_string(arguments[0]));
    double number = TRY(to_number(agent, arguments[1]));
    StoreReference store = StoreReference::share(arguments[0].as<SharedArrayBufferObject>()->store());
    sync::BlockingRegion region;
    cluster_of(agent).broadcast(std::move(store), number);
    return Value::undefined();
}

Result<Value> agent_get_report(Agent& agent, const Arguments&) {
    std::string text;
    if (!cluster_of(agent).take_report(text)) return Value::null();
    return Value(TRY(String::from_utf8(agent, text)));
}

Result<Value> agent_sleep(Agent& agent, const Arguments& arguments) {
    double milliseconds = TRY(to_number(agent, arguments[0]));
    sync::MonotonicTime until = sync::now().after_milliseconds(milliseconds);
    // In short steps, so that termination is noticed.
    while (sync::now() < until) {
        {
            sync::BlockingRegion region;
            sync::sleep_until(std::min(until, sync::now().after_milliseconds(20)));
        }
        TRY(agent.poll_interrupts());
    }
    return Value::undefined();
}

Result<Value> agent_monotonic_now(Agent&, const Arguments&) { return Value::number(static_cast<double>(sync::now().nanoseconds) / 1e6); }

/// The child that runs this agent: a pointer in a slot of the closure, as an integer in two halves.
Test262Cluster::Child& child_of(const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    auto low = static_cast<uint64_t>(static_cast<uint32_t>(function->slot(0).as_int32()));
    auto high = static_cast<uint64_t>(static_cast<uint32_t>(function->slot(1).as_int32()));
    return *reinterpret_cast<Test262Cluster::Child*>(high << 32 | low);
}

Result<Value> child_receive_broadcast(Agent& agent, const Arguments& arguments) {
    if (!is_callable(arguments[0])) return agent.throw_type_error("receiveBroadcast takes a function, got " + display_string(arguments[0]));
    child_of(arguments).callback = std::make_unique<Root<Value>>(agent.heap(), arguments[0]);
    return Value::undefined();
}

Result<Value> child_report(Agent& agent, const Arguments& arguments) {
    String* text = TRY(to_string(agent, arguments[0]));
    cluster_of(agent).report(utf8(agent, text));
    return Value::undefined();
}

Result<Value> child_leaving(Agent& agent, const Arguments& arguments) {
    cluster_of(agent).leave(child_of(arguments));
    return Value::undefined();
}

} // namespace

Fallible<void> install_test262(Agent& agent, Realm& realm, Test262Cluster::Child* child) {
    RealmScope scope(agent, &realm);
    Object* object_prototype = TRY(realm.intrinsic(Intrinsic::ObjectPrototype));
    Object* host = TRY(Object::create(agent, object_prototype, 16));
    const FunctionEntry functions[] = {
        {atoms::createRealm, create_realm, 0},
        {atoms::detachArrayBuffer, detach_array_buffer, 1},
        {atoms::evalScript, eval_script, 1},
        {atoms::gc, gc, 0},
    };
    TRY(define_functions(agent, realm, host, functions));
    TRY(host->define_direct(agent, atoms::global, Value(realm.global_object())));
    NativeFunction* dda = TRY(NativeFunction::create(agent, realm, html_dda, 0, PropertyKey(atoms::IsHTMLDDA)));
    dda->set_is_html_dda();
    TRY(host->define_direct(agent, atoms::IsHTMLDDA, Value(dda)));
    Object* module_source = TRY(realm.intrinsic(Intrinsic::AbstractModuleSource));
    TRY(host->define_direct(agent, atoms::AbstractModuleSource, Value(module_source)));

    Object* agents = TRY(Object::create(agent, object_prototype, 16));
    const FunctionEntry common[] = {
        {atoms::sleep, agent_sleep, 1},
        {atoms::monotonicNow, agent_monotonic_now, 0},
    };
    TRY(define_functions(agent, realm, agents, common));
    if (child) {
        auto bits = reinterpret_cast<uint64_t>(child);
        Value low = Value::int32(static_cast<int32_t>(static_cast<uint32_t>(bits)));
        Value high = Value::int32(static_cast<int32_t>(static_cast<uint32_t>(bits >> 32)));
        const FunctionEntry own[] = {
            {atoms::receiveBroadcast, child_receive_broadcast, 1},
            {atoms::report, child_report, 1},
            {atoms::leaving, child_leaving, 0},
        };
        for (const FunctionEntry& entry : own) {
            Value function(TRY(NativeFunction::create_closure(agent, realm, entry.code, entry.length, {low, high})));
            TRY(agents->define_direct(agent, entry.key, function));
        }
    } else {
        const FunctionEntry own[] = {
            {atoms::start, agent_start, 1},
            {atoms::broadcast, agent_broadcast, 1},
            {atoms::getReport, agent_get_report, 0},
        };
        TRY(define_functions(agent, realm, agents, own));
    }
    TRY(host->define_direct(agent, atoms::agent, Value(agents)));
    realm.set_host_slot(Realm::HostSlot::Host, Value(host));
    PropertyKey name = TRY(PropertyKey::from_utf8(agent, "$262"));
    return realm.global_object()->define_direct(agent, name, Value(host), kBuiltinAttributes);
}

} // namespace heddle::shell
