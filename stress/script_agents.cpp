#include "stress/script_agents.h"

#include "buffers/buffer_object.h"
#include "buffers/waiter_lists.h"
#include "interpreter/interpreter.h"
#include "runtime/array.h"
#include "runtime/error.h"
#include "runtime/operations.h"
#include "sync/blocking_region.h"
#include "sync/clock.h"
#include "threads/cluster.h"
#include "threads/rejections.h"

#include <fmt/core.h>

namespace stress {

using namespace heddle;

namespace {

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

Result<Value> reach(Agent&, const Arguments& arguments) {
    Context::reach(arguments[0].as_int32());
    return Value::undefined();
}

Result<Value> wrong(Agent& agent, const Arguments& arguments) {
    Context::fail(text_of(agent, arguments[0]));
}

// What a script expects of others does not hold when a fault has ended one of them.
Result<Value> fail(Agent& agent, const Arguments& arguments) {
    ScriptAgents& agents = HostState::of(agent).agents;
    if (!agents.may_end_early()) return wrong(agent, arguments);
    agents.give_up();
    TRY(agent.poll_interrupts());
    return Value::undefined();
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

ScriptAgents::ScriptAgents(Context& context) : context_(context) {
    if (uint32_t messages = context.faults().queue_messages)
        Cluster::of(runtime()).pipes().set_limits({.messages = messages});
}

ScriptAgents::~ScriptAgents() {
    HEDDLE_ASSERT(members_.empty() || !members_.back().thread.joinable());
}

BackingStore* ScriptAgents::add_shared(size_t bytes, size_t max_bytes) {
    BackingStore::Options options{
        .byte_length = bytes, .max_byte_length = max_bytes, .resizable = max_bytes > bytes, .shared = true};
    BackingStore* store = BackingStore::create(options);
    // One allocation fails on purpose, and not two.
    if (!store && context_.faults().fail_nth != 0) store = BackingStore::create(options);
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
        {"reach", reach, 1},         {"wrong", wrong, 1},
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
    TRY(global->define_direct(agent, TRY(PropertyKey::from_utf8(agent, "early")), Value::boolean(may_end_early())));
    return global->define_direct(agent, TRY(PropertyKey::from_utf8(agent, "count")),
                                 Value::int32(member.count));
}

void ScriptAgents::run_member(Member& member) {
    const Faults& faults = context_.faults();
    AgentOptions options;
    options.name = fmt::format("agent {}", member.id);
    options.heap.verify = faults.gc_stress != 0 && member.random.one_in(4);
    if (faults.memory_limit) options.heap.limit_bytes = faults.memory_limit;
    options.stack_limit_bytes = faults.stack_limit;
    bool ended_early = false;
    {
        AgentHost host(runtime(), options);
        if (!host.has_agent()) {
            Context::expect(may_end_early(), "there is no memory for an agent");
            sync::MutexLocker locker(mutex_);
            member.ended_early = true;
            changed_.notify_all();
        } else {
            Agent& agent = host.agent();
            Request request(agent);
            bool late;
            {
                sync::MutexLocker locker(mutex_);
                member.agent_id = agent.id();
                late = gave_up_;
                changed_.notify_all();
            }
            if (!late) run_script(host, member);
            // The action could not reach an agent that is on its way out.
            sync::current_thread().at_point = {};
            if (agent.is_terminating()) {
                // By its fault or its deadline; or by the scenario, which checks less then.
                sync::MutexLocker locker(mutex_);
                member.ended_early = true;
            }
            if (agent.is_terminating()) agent.clear_termination();
            else if (agent.has_exception()) agent.take_exception();
        }
        sync::MutexLocker locker(mutex_);
        ended_early = member.ended_early;
    }
    for (int window = 0; window < Context::kMaxOwnWindows; window++)
        leave_own_window(window);
    if (ended_early && may_end_early()) give_up();
    sync::MutexLocker locker(mutex_);
    member.ended = true;
    changed_.notify_all();
}

// Inside a request.
void ScriptAgents::run_script(AgentHost& host, Member& member) {
    const Faults& faults = context_.faults();
    Agent& agent = host.agent();
    auto handle_uncaught = [](Agent& a, Value exception, void* data) {
        auto* self = static_cast<Member*>(data);
        bool range_error =
            exception.is<ErrorObject>() && exception.as<ErrorObject>()->type() == ErrorType::RangeError;
        ScriptAgents& owner = *self->owner;
        // Out of memory before the error itself fits arrives as a string.
        if ((owner.tolerates_range_errors_ || owner.may_end_early()) && (range_error || exception.is_string())) {
            // What its event loop still has would wait for what does not come.
            if (owner.may_end_early()) owner.give_up();
            return;
        }
        std::string text = text_of(a, exception);
        std::string stack;
        if (exception.is<ErrorObject>() && exception.as<ErrorObject>()->stack_text())
            stack = text_of(a, Value(exception.as<ErrorObject>()->stack_text()));
        Context::fail(fmt::format("agent {}: uncaught {}{}", self->id, text, stack));
    };
    agent.set_uncaught_handler(handle_uncaught, &member);
    agent.set_component(Component::Host, std::make_unique<HostState>(*this, member.id, member.random.split()));
    if (!host.realm() || install(agent, *host.realm(), member).threw()) {
        Context::expect(may_end_early(), "there is no memory for a realm");
        sync::MutexLocker locker(mutex_);
        member.ended_early = true;
        return;
    }
    // A worker or a peer that a fault has ended may be what the agent waits for: it has to be found by its termination.
    constexpr int64_t kPatience = 700'000'000;
    if (may_end_early()) Cluster::of(runtime()).set_deadline(agent.id(), sync::now().after_nanoseconds(kPatience));
    // From here on, so that every agent is stressed in its script and not while its realm is made.
    agent.heap().set_gc_stress(faults.gc_stress, GcStress::Alternating);
    auto drawn = [&](uint32_t low, uint32_t high) {
        return static_cast<uint64_t>(member.random.between(static_cast<int>(low), static_cast<int>(high)));
    };
    if (faults.fail_allocation_high)
        agent.heap().set_fail_allocation(drawn(faults.fail_allocation_low, faults.fail_allocation_high));
    if (faults.terminate_high) {
        sync::current_thread().at_point = {
            drawn(faults.terminate_low, faults.terminate_high),
            [](void* data) {
                auto* self = static_cast<Member*>(data);
                {
                    sync::MutexLocker locker(self->owner->mutex_);
                    self->ended_early = true;
                }
                Cluster::of(self->owner->runtime()).terminate(self->agent_id);
            },
            &member};
    }
    RejectionTracker rejections(agent, [](Agent& a, Value reason) { a.report_uncaught(reason); });
    std::string name = fmt::format("agent-{}.js", member.id);
    Result<Value> result = Interpreter::of(agent).evaluate_script(
        *host.realm(), SourceText::from_utf8(member.source, name));
    if (result.threw() && !agent.is_terminating()) agent.report_uncaught(agent.take_exception());
    if (!agent.is_terminating()) EventLoop::of(agent).run();
    if (!agent.is_terminating()) rejections.report_all();
}

bool ScriptAgents::gave_up() {
    sync::MutexLocker locker(mutex_);
    return gave_up_;
}

void ScriptAgents::give_up() {
    std::vector<uint64_t> running;
    {
        sync::MutexLocker locker(mutex_);
        gave_up_ = stopping_ = true;
        for (Member& member : members_) {
            if (member.agent_id != 0 && !member.ended) running.push_back(member.agent_id);
        }
        changed_.notify_all();
    }
    for (uint64_t agent_id : running)
        Cluster::of(runtime()).terminate(agent_id);
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
    bool started = member.thread.start({.name = fmt::format("agent {}", member.id), .stack_size = stack_size_},
                                       [&member] { member.owner->run_member(member); });
    Context::expect(started, "a thread did not start");
}

bool ScriptAgents::terminate(int id) {
    uint64_t agent_id;
    {
        sync::MutexLocker locker(mutex_);
        auto member = std::next(members_.begin(), id);
        while (member->agent_id == 0 && !member->ended_early)
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
    Cluster::of(runtime()).pipes().drop_all();
    LeakCounts left = Cluster::of(runtime()).leak_counts();
    Context::expect(left.all_zero(), "left behind after all agents have ended: " + left.to_string());
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
