#include "stress/script_agents.h"

#include "buffers/buffer_object.h"
#include "buffers/waiter_lists.h"
#include "interpreter/interpreter.h"
#include "runtime/array.h"
#include "runtime/error.h"
#include "runtime/operations.h"
#include "sync/blocking_region.h"
#include "threads/cluster.h"

#include <fmt/core.h>

namespace stress {

using namespace heddle;

namespace {

constexpr int kMaxOwnWindows = 8;

/// What the host functions of one agent know.
class HostState final : public AgentComponent {
public:
    HostState(ScriptAgents& agents_, int id_, Random random_) : agents(agents_), id(id_), random(random_) {}
    static HostState& of(Agent& agent) { return agent.component<HostState>(Component::Host); }
    ScriptAgents& agents;
    int id;
    Random random;
};

// A script that was terminated, or that threw, has not left the windows that it entered.
void leave_own_window(int window) {
    sync::Window own = Context::own_window(window);
    if (sync::current_thread().windows_inside >> static_cast<int>(own) & 1) sync::WindowMark::leave(own);
}

std::string text_of(Agent& agent, Value value) {
    Result<String*> string = to_string(agent, value);
    if (string.threw()) {
        if (!agent.is_terminating()) agent.take_exception();
        return "<no text>";
    }
    Fallible<FlatView> view = string.release()->flatten(agent);
    return view.threw() ? "<no memory>" : view.release().to_utf8();
}

Result<Value> random_below(Agent& agent, const Arguments& arguments) {
    double bound = TRY(to_number(agent, arguments[0]));
    if (!(bound >= 1)) return Value::int32(0);
    return Value::number(HostState::of(agent).random.below(static_cast<uint64_t>(bound)));
}

Result<Value> enter_window(Agent&, const Arguments& arguments) {
    sync::WindowMark::enter(Context::own_window(arguments[0].as_int32()));
    return Value::undefined();
}

Result<Value> leave_window(Agent&, const Arguments& arguments) {
    leave_own_window(arguments[0].as_int32());
    return Value::undefined();
}

Result<Value> fail(Agent& agent, const Arguments& arguments) {
    Context::fail(text_of(agent, arguments[0]));
}

Result<Value> collect(Agent& agent, const Arguments&) {
    agent.heap().collect();
    return Value::undefined();
}

Result<Value> pause(Agent& agent, const Arguments&) {
    {
        sync::BlockingRegion region;
        sync::yield();
    }
    TRY(agent.poll_interrupts());
    return Value::undefined();
}

Result<Value> send(Agent& agent, const Arguments& arguments) {
    double to = TRY(to_number(agent, arguments[0]));
    if (!arguments[1].is<ArrayBufferObject>()) return agent.throw_type_error("send takes an ArrayBuffer");
    auto* buffer = arguments[1].as<ArrayBufferObject>();
    TRY(buffer->check_detachable(agent));
    if (buffer->is_detached())
        return agent.throw_type_error("send takes an ArrayBuffer that is not detached");
    StoreReference store = buffer->take_store();
    {
        sync::BlockingRegion region;
        HostState::of(agent).agents.deliver(static_cast<int>(to), std::move(store));
    }
    return Value::undefined();
}

Result<Value> receive(Agent& agent, const Arguments&) {
    HostState& state = HostState::of(agent);
    StoreReference store;
    bool received;
    {
        sync::BlockingRegion region;
        received = state.agents.take_delivery(state.id, store);
    }
    TRY(agent.poll_interrupts());
    if (!received) return Value::undefined();
    return Value(TRY(ArrayBufferObject::create(agent, nullptr, std::move(store))));
}

Result<Value> stopping(Agent& agent, const Arguments&) {
    return Value::boolean(HostState::of(agent).agents.is_stopping());
}

} // namespace

ScriptAgents::ScriptAgents(Context& context, bool tolerate_range_errors)
    : context_(context), tolerate_range_errors_(tolerate_range_errors) {}

ScriptAgents::~ScriptAgents() {
    HEDDLE_ASSERT(members_.empty() || !members_.back().thread.joinable());
}

BackingStore* ScriptAgents::add_shared(size_t bytes, size_t max_bytes) {
    BackingStore::Options options{
        .byte_length = bytes, .max_byte_length = max_bytes, .resizable = max_bytes > bytes, .shared = true};
    BackingStore* store = BackingStore::create(options);
    Context::expect(store != nullptr, "no memory for a shared store");
    shared_.push_back(StoreReference::adopt(store));
    return store;
}

Fallible<void> ScriptAgents::install(Agent& agent, Realm& realm, Member& member) {
    RealmScope scope(agent, &realm);
    Object* global = realm.global_object();
    struct Entry {
        const char* name;
        NativeCode code;
        uint32_t length;
    };
    const Entry entries[] = {
        {"random", random_below, 1}, {"enter", enter_window, 1}, {"leave", leave_window, 1},
        {"fail", fail, 1},           {"collect", collect, 0},    {"pause", pause, 0},
        {"send", send, 2},           {"receive", receive, 0},    {"stopping", stopping, 0},
    };
    for (const Entry& entry : entries) {
        PropertyKey key = TRY(PropertyKey::from_utf8(agent, entry.name));
        Value function(TRY(NativeFunction::create(agent, realm, entry.code, entry.length, key)));
        TRY(global->define_direct(agent, key, function, kBuiltinAttributes));
    }
    Array* shared = TRY(Array::create(agent, 0));
    for (const StoreReference& store : shared_)
        TRY(shared->push_direct(agent, Value(TRY(SharedArrayBufferObject::create(agent, nullptr, store)))));
    TRY(global->define_direct(agent, TRY(PropertyKey::from_utf8(agent, "shared")), Value(shared)));
    TRY(global->define_direct(agent, TRY(PropertyKey::from_utf8(agent, "id")), Value::int32(member.id)));
    return global->define_direct(agent, TRY(PropertyKey::from_utf8(agent, "count")),
                                 Value::int32(member.count));
}

void ScriptAgents::run_member(Member& member) {
    const Faults& faults = context_.faults();
    AgentOptions options;
    options.name = fmt::format("agent {}", member.id);
    options.heap.verify = faults.gc_stress != 0 && member.random.one_in(4);
    if (faults.memory_limit) options.heap.limit_bytes = faults.memory_limit;
    {
        AgentHost host(runtime(), options);
        Agent& agent = host.agent();
        {
            Request request(agent);
            {
                sync::MutexLocker locker(mutex_);
                member.agent_id = agent.id();
                changed_.notify_all();
            }
            auto handle_uncaught = [](Agent& a, Value exception, void* data) {
                auto* self = static_cast<Member*>(data);
                bool range_error = exception.is<ErrorObject>() &&
                                   exception.as<ErrorObject>()->type() == ErrorType::RangeError;
                // Out of memory before the error itself fits arrives as a string.
                if (self->owner->tolerate_range_errors_ && (range_error || exception.is_string())) return;
                std::string text = text_of(a, exception);
                std::string stack;
                if (exception.is<ErrorObject>() && exception.as<ErrorObject>()->stack_text())
                    stack = text_of(a, Value(exception.as<ErrorObject>()->stack_text()));
                Context::fail(fmt::format("agent {}: uncaught {}{}", self->id, text, stack));
            };
            agent.set_uncaught_handler(handle_uncaught, &member);
            agent.set_component(Component::Host,
                                std::make_unique<HostState>(*this, member.id, member.random.split()));
            if (host.realm() && !install(agent, *host.realm(), member).threw()) {
                // From here on, so that every agent is stressed in its script and not while its realm is
                // made.
                agent.heap().set_gc_stress(faults.gc_stress, GcStress::Alternating);
                if (faults.fail_allocation_high)
                    agent.heap().set_fail_allocation(static_cast<uint64_t>(
                        member.random.between(static_cast<int>(faults.fail_allocation_low),
                                              static_cast<int>(faults.fail_allocation_high))));
                std::string name = fmt::format("agent-{}.js", member.id);
                Result<Value> result = Interpreter::of(agent).evaluate_script(
                    *host.realm(), SourceText::from_utf8(member.source, name));
                if (result.threw() && !agent.is_terminating()) agent.report_uncaught(agent.take_exception());
                if (!agent.is_terminating()) EventLoop::of(agent).run();
            }
            if (agent.is_terminating())
                agent.clear_termination();
            else if (agent.has_exception())
                agent.take_exception();
        }
    }
    for (int window = 0; window < kMaxOwnWindows; window++)
        leave_own_window(window);
    sync::MutexLocker locker(mutex_);
    member.ended = true;
    changed_.notify_all();
}

void ScriptAgents::start(std::string source, int count) {
    // Agents that run already look at the list.
    Member& member = [&]() -> Member& {
        sync::MutexLocker locker(mutex_);
        return members_.emplace_back();
    }();
    member.owner = this;
    member.id = started_++;
    member.count = count;
    member.source = std::move(source);
    member.random = context_.random().split();
    {
        sync::MutexLocker locker(mutex_);
        changed_.notify_all();
    }
    bool started = member.thread.start({.name = fmt::format("agent {}", member.id)},
                                       [&member] { member.owner->run_member(member); });
    Context::expect(started, "a thread did not start");
}

bool ScriptAgents::terminate(int id) {
    uint64_t agent_id;
    {
        sync::MutexLocker locker(mutex_);
        auto member = std::next(members_.begin(), id);
        while (member->agent_id == 0)
            changed_.wait(mutex_);
        agent_id = member->agent_id;
    }
    return Cluster::of(runtime()).terminate(agent_id);
}

void ScriptAgents::stop() {
    sync::MutexLocker locker(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

void ScriptAgents::join() {
    for (Member& member : members_)
        member.thread.join();
}

void ScriptAgents::check_no_leaks() {
    for (Member& member : members_)
        member.inbox.clear();
    Context::expect(Cluster::of(runtime()).agent_count() == 0,
                    "an agent is still registered after all have ended");
    Context::expect(runtime().block_pool().blocks_in_use() == 0,
                    "heap blocks are still in use after all agents have ended");
    for (const StoreReference& store : shared_) {
        uint32_t references = store->reference_count();
        Context::expect(
            references == 1,
            fmt::format("a shared store has {} references after all agents have ended, not 1", references));
        for (size_t index = 0; index < std::min<size_t>(store->byte_length(), 64); index += 4)
            Context::expect(WaiterLists::of(runtime()).waiter_count(store.get(), index) == 0,
                            "a waiter is left in a list after all agents have ended");
    }
}

void ScriptAgents::deliver(int to, StoreReference store) {
    sync::MutexLocker locker(mutex_);
    while (members_.size() <= static_cast<size_t>(to))
        changed_.wait(mutex_);
    std::next(members_.begin(), to)->inbox.push_back(std::move(store));
    changed_.notify_all();
}

bool ScriptAgents::take_delivery(int id, StoreReference& store) {
    sync::MutexLocker locker(mutex_);
    auto member = std::next(members_.begin(), id);
    while (member->inbox.empty() && !stopping_)
        changed_.wait(mutex_);
    if (member->inbox.empty()) return false;
    store = std::move(member->inbox.front());
    member->inbox.pop_front();
    return true;
}

bool ScriptAgents::is_stopping() {
    sync::MutexLocker locker(mutex_);
    return stopping_;
}

} // namespace stress
