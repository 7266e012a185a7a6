// Agents: exceptions, jobs, interrupts, and who is inside.
#include "runtime/agent.h"

#include "runtime/error.h"
#include "runtime/operations.h"
#include "runtime/runtime.h"
#include "sync/choice.h"
#include "sync/current_thread.h"
#include "sync/window.h"

#include <cstdio>
#include <fmt/core.h>

namespace heddle {

namespace {

/// Native frames below the limit: what a builtin may need after its check_stack().
constexpr size_t kStackMargin = 128 * 1024;
constexpr size_t kDefaultStackUse = 8 * 1024 * 1024;
#if __has_feature(thread_sanitizer)
constexpr size_t kMostStackUse = 4 * 1024 * 1024; // the sanitizer keeps track of 65,536 frames, and crashes at the next
#else
constexpr size_t kMostStackUse = SIZE_MAX;
#endif

void describe_script(void* record_agent, char* text, size_t capacity) {
    auto& agent = *static_cast<Agent*>(record_agent);
    // While the agent is being made or destroyed there is nobody to ask.
    if (!agent.has_component(Component::Interpreter)) return;
    std::vector<StackFrameInfo> frames;
    agent.evaluator().capture_stack(frames, 24);
    size_t used = 0;
    for (const StackFrameInfo& frame : frames) {
        used += static_cast<size_t>(std::snprintf(text + used, capacity - used, "        at %s %s:%u:%u\n", frame.function_name.c_str(),
                                                  frame.file.c_str(), frame.line, frame.column));
        if (used >= capacity) return;
    }
}

constexpr sync::RequestHooks kRequestHooks = {
    [](sync::ThreadRecord& thread, const void*) { thread.in_request = false; },
    [](sync::ThreadRecord& thread) { thread.in_request = true; },
    describe_script,
};

uint64_t thread_identity() { return reinterpret_cast<uint64_t>(&sync::current_thread()); }

} // namespace

Agent::Agent(Runtime& runtime, const AgentOptions& options)
    : runtime_(runtime), options_(options), heap_(*this, runtime.block_pool(), options.heap), id_(runtime.next_agent_id()),
      first_job_(heap_), last_job_(heap_), kept_objects_(heap_), cleanups_(heap_), symbol_registry_(heap_), joining_(heap_) {
    uint64_t seed = id_ * 0x9E3779B97F4A7C15u ^ sync::choose(sync::ChoiceKind::RandomNumber, 0);
    random_state[0] = seed ^ 0x2545F4914F6CDD1Du;
    random_state[1] = (seed << 17 | seed >> 47) | 1;
}

Agent::~Agent() {
    HEDDLE_RULE(Unbalanced, request_depth_ == 0, this, "agent %llu ends inside %u of its requests",
                static_cast<unsigned long long>(id_), request_depth_);
    for (size_t i = static_cast<size_t>(Component::Count); i-- > 0;)
        components_[i].reset();
}

// --- exceptions ---------------------------------------------------------------------------------------------

Value Agent::take_exception() {
    HEDDLE_ASSERT(has_exception_ && !terminating_);
    has_exception_ = false;
    Value value = exception_;
    exception_ = Value::undefined();
    return value;
}

Failed Agent::throw_value(Value value) {
    HEDDLE_ASSERT(!terminating_);
    exception_is_out_of_memory_ = false;
    exception_ = value;
    has_exception_ = true;
    return {};
}

Failed Agent::throw_error(ErrorType type, std::string_view message) {
    Fallible<ErrorObject*> error = create_error(*this, type, message);
    if (error.threw()) return {}; // an out-of-memory error is pending instead
    return throw_value(Value(error.release()));
}

Failed Agent::out_of_memory() {
    if (throwing_out_of_memory_ || !current_realm_) {
        // Not even the error fits: a constant string stands for it.
        Failed failed = throw_value(Value(static_cast<String*>(atoms::out_of_memory)));
        exception_is_out_of_memory_ = true;
        return failed;
    }
    if (out_of_memory_handler_) out_of_memory_handler_(out_of_memory_handler_data_);
    throwing_out_of_memory_ = true;
    Failed failed = throw_range_error("out of memory: the agent's memory limit is reached");
    throwing_out_of_memory_ = false;
    exception_is_out_of_memory_ = true;
    return failed;
}

Failed Agent::throw_stack_overflow() {
    // The margin below the limit is for making the error.
    uintptr_t limit = stack_limit_;
    stack_limit_ = 0;
    Failed failed = throw_range_error("Maximum call stack size exceeded");
    stack_limit_ = limit;
    return failed;
}

Failed Agent::throw_termination() {
    terminating_ = true;
    has_exception_ = true;
    exception_ = Value::undefined();
    return {};
}

void Agent::clear_termination() {
    terminating_ = false;
    has_exception_ = false;
    interrupt_word_.and_relaxed(~uint32_t{kInterruptTerminate});
}

// --- interrupts ---------------------------------------------------------------------------------------------

void Agent::request_interrupt(InterruptReason reason) { interrupt_word_.or_acq_rel(reason); }

Fallible<void> Agent::handle_interrupts() {
    uint32_t reasons = interrupt_word_.load_acquire();
    if (reasons & kInterruptCollect) {
        interrupt_word_.and_relaxed(~uint32_t{kInterruptCollect});
        heap_.collect();
    }
    if (reasons & kInterruptCallback) {
        interrupt_word_.and_relaxed(~uint32_t{kInterruptCallback});
        if (interrupt_callback_) interrupt_callback_(*this, interrupt_callback_data_);
        reasons = interrupt_word_.load_acquire();
    }
    // Termination stays requested until the owner clears it: it must reach every frame.
    if (reasons & kInterruptTerminate) {
        sync::WindowMark window(sync::Window::Termination);
        return throw_termination();
    }
    return {};
}

// --- jobs ---------------------------------------------------------------------------------------------------

void Agent::enqueue_job(Job* job) {
#ifdef HEDDLE_CHECKED
    check_affinity("a job is queued");
    // Settling a promise tells hosts of it.
    sync::check_holds_no_mutex(this, "a job is queued");
#endif
    HEDDLE_ASSERT(!job->next_ && job != last_job_);
    if (last_job_)
        last_job_->next_.set(last_job_, job);
    else
        first_job_ = job;
    last_job_ = job;
}

void Agent::run_jobs() {
    HEDDLE_CHECK(is_inside());
    // 9.5: a checkpoint in the midst of a job leaves the rest to the drain that runs it.
    if (running_jobs_ && !PLANTED(RuntimeNestedDrain)) return;
    EntryGuard draining(draining_jobs_, Rule::ReenteredJobs, this, "the jobs of an agent are drained");
    running_jobs_ = true;
    while (!terminating_) {
        // Jobs that enqueue jobs go on for ever, and a short one may neither call nor loop.
        if (poll_interrupts().threw()) break;
        Result<Value> result = Value::undefined();
        if (Job* job = first_job_) {
            first_job_ = job->next_;
            if (!first_job_) last_job_ = nullptr;
            job->next_.clear();
            result = job->run(*this);
        } else if (!cleanups_.empty()) {
            Object* registry = cleanups_.pop_back();
            if (cleanup_(*this, registry).threw()) result = Threw{};
        } else {
            break;
        }
        if (result.threw() && !terminating_) report_uncaught(take_exception());
    }
    first_job_ = nullptr;
    last_job_ = nullptr;
    running_jobs_ = false;
    clear_kept_objects();
}

void Agent::report_uncaught(Value exception) {
    if (uncaught_handler_) uncaught_handler_(*this, exception, uncaught_handler_data_);
}

void Agent::track_rejection(Object* promise, RejectionOperation operation) {
    if (rejection_tracker_) rejection_tracker_(*this, promise, operation, rejection_tracker_data_);
}

void Agent::enqueue_finalization_cleanup(Object* registry, FinalizationCleanup cleanup) {
    cleanup_ = cleanup;
    for (Object* waiting : cleanups_) {
        if (waiting == registry) return;
    }
    // Without memory for the note the registry asks again at the next collection.
    (void)cleanups_.push_back(registry);
}

Fallible<void> Agent::add_to_kept_objects(Value value) {
    if (!kept_objects_.push_back(value)) return out_of_memory();
    return {};
}

// --- requests -----------------------------------------------------------------------------------------------

bool Agent::is_inside() const { return inside_thread_.load_relaxed() == thread_identity(); }

void Agent::check_affinity([[maybe_unused]] const char* what) const {
#ifdef HEDDLE_CHECKED
    uint64_t inside = inside_thread_.load_relaxed();
    if (inside == thread_identity()) {
        // A request that was left to block is still the thread's, but for the time being it may touch nothing.
        HEDDLE_RULE(ThreadAffinity, sync::current_thread().in_request, this, "%s of agent %llu by a thread that has left its request to block",
                    what, static_cast<unsigned long long>(id_));
        return;
    }
    HEDDLE_RULE(ThreadAffinity, inside == 0, this, "%s of agent %llu by a thread that is not inside it: %s is", what,
                static_cast<unsigned long long>(id_), inside_thread_name_.c_str());
    report_broken_rule(Rule::ThreadAffinity, this, "%s of agent %llu outside any request", what, static_cast<unsigned long long>(id_));
#endif
}

bool Agent::is_used_elsewhere() const {
    uint64_t inside = inside_thread_.load_relaxed();
    return inside != 0 && inside != thread_identity();
}

void Agent::check_user_code() const {
#ifdef HEDDLE_CHECKED
    check_affinity("user code runs in a realm");
    sync::check_holds_no_mutex(this, "user code can run");
#endif
}

std::string Agent::check_thread() const {
    if (is_inside()) return {};
    std::string here = sync::current_thread().describe();
    if (inside_thread_.load_relaxed() == 0) return fmt::format("agent {} is used by {} outside a request: enter it first", id_, here);
    return fmt::format("agent {} belongs to {} at the moment and was used by {}: an agent is used by one thread at a time",
                       id_, inside_thread_name_, here);
}

Request::Request(Agent& agent)
    : agent_(agent), previous_agent_(sync::current_thread().agent), previous_reserve_(sync::current_thread().memory_reserve) {
    sync::ThreadRecord& thread = sync::current_thread();
    if (agent.inside_thread_.load_relaxed() != 0 && !agent.is_inside()) [[unlikely]]
        report_broken_rule(Rule::ThreadAffinity, &agent, "%s", agent.check_thread().c_str());
    if (agent.request_depth_++ == 0) {
        agent.inside_thread_.store_relaxed(thread_identity());
        uint64_t named = thread_identity() ^ uint64_t{thread.kernel_id()} << 44;
        if (agent.named_thread_ != named) {
            agent.inside_thread_name_ = thread.describe();
            agent.named_thread_ = named;
        }
        const sync::StackBounds& bounds = thread.stack_bounds();
        agent.stack_base_ = bounds.high;
        auto high = reinterpret_cast<uintptr_t>(bounds.high);
        auto low = reinterpret_cast<uintptr_t>(bounds.low);
        size_t use = agent.options_.stack_limit_bytes ? agent.options_.stack_limit_bytes : kDefaultStackUse;
        size_t available = high - low > 2 * kStackMargin ? high - low - kStackMargin : (high - low) / 2;
        agent.stack_limit_ = high - std::min({use, available, kMostStackUse});
    }
    thread.agent = &agent;
    thread.memory_reserve = &agent.runtime_.memory_reserve();
    thread.in_request = true;
    thread.request_hooks = &kRequestHooks;
}

Request::~Request() {
    sync::ThreadRecord& thread = sync::current_thread();
    HEDDLE_RULE(Unbalanced, agent_.is_inside() && agent_.request_depth_ > 0, &agent_, "a request of agent %llu ends on a thread that is not inside it",
                static_cast<unsigned long long>(agent_.id_));
    thread.agent = previous_agent_;
    thread.memory_reserve = previous_reserve_;
    // An inner one may have been left by hand in the meantime (heddle_agent_suspend), and stays left.
    if (--agent_.request_depth_ == 0) {
        HEDDLE_RULE(Unbalanced, thread.in_request, &agent_, "a request of agent %llu ends that was left to block and not entered again",
                    static_cast<unsigned long long>(agent_.id_));
        thread.in_request = previous_agent_ != nullptr;
        agent_.inside_thread_.store_relaxed(0);
        agent_.stack_base_ = nullptr;
        agent_.stack_limit_ = 0;
    }
}

// --- roots --------------------------------------------------------------------------------------------------

void Agent::visit_roots(Visitor& visitor) {
    visitor.visit(exception_);
    visitor.visit(static_cast<Cell*>(current_realm_), "realm");
    for (auto& component : components_) {
        if (component) component->visit_roots(visitor);
    }
    for (RootSource* source : root_sources_)
        source->visit_roots(visitor);
}

void Agent::process_weak_roots(WeakProcessor& weak) {
    atoms_.process_weak(weak);
    for (auto& component : components_) {
        if (component) component->process_weak_roots(weak);
    }
    for (RootSource* source : root_sources_)
        source->process_weak_roots(weak);
}

} // namespace heddle
