// Agent: one thread of JavaScript: its heap, realms, jobs, pending exception and interrupt word.
#pragma once

#include "base/entry_guard.h"
#include "runtime/local_time.h"
#include "runtime/realm.h"
#include "sync/atomic.h"

#include <memory>

namespace heddle {

class Runtime;
class Job;

/// State that a lower layer keeps in each agent (interpreter stack, module map, waiter, event loop).
class AgentComponent : public RootSource {
public:
    virtual ~AgentComponent() = default;
    void visit_roots(Visitor&) override {}
};
/// Something of the layers above that what dies with the heap still refers to: destroyed after it.
class AgentAttachment {
public:
    virtual ~AgentAttachment() = default;
};
enum class Component : uint8_t { Interpreter, Modules, Buffers, RegExp, EventLoop, Messaging, WorkerScope, Host, Clone, Count };

/// One line of a stack trace. Positions are 1-based; zero when unknown.
struct StackFrameInfo {
    std::string function_name;
    std::string file;
    uint32_t line = 0;
    uint32_t column = 0;
};

/// What the interpreter offers to the layers above it.
class Evaluator : public AgentComponent {
public:
    /// Innermost frame first; at most `limit`. Long names are cut; without memory there are none.
    virtual void capture_stack(std::vector<StackFrameInfo>& frames, size_t limit) = 0;
    // 19.2.1.1 PerformEval, and 20.2.1.1.1 CreateDynamicFunction need the parser and the compiler.
    virtual Result<Value> indirect_eval(Agent&, Realm&, Value source) = 0;
    enum class DynamicFunctionKind : uint8_t { Normal, Generator, Async, AsyncGenerator };
    virtual Result<Value> create_dynamic_function(Agent&, DynamicFunctionKind, const Arguments&) = 0;
    /// Function.prototype.toString for a script function (source text), runs no user code.
    virtual Fallible<String*> function_source_text(Agent&, Function*) = 0;
};

struct AgentOptions {
    HeapOptions heap;
    /// Native stack that script may use, in bytes, counted from the thread's base.
    size_t stack_limit_bytes = 0; // zero: the thread's stack less a margin
    /// 9.7 Agents: [[CanBlock]]. Atomics.wait throws when false.
    bool can_block = true;
    std::string name;
};

enum class ErrorType : uint8_t { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError, SuppressedError };

/// Reasons in the interrupt word; polled at back edges, calls and in long native loops.
enum InterruptReason : uint32_t {
    kInterruptTerminate = 1,
    kInterruptCollect = 2,
    kInterruptCallback = 4,
};

class Agent final : public HeapClient {
public:
    Agent(Runtime&, const AgentOptions&);
    ~Agent();
    Agent(const Agent&) = delete;

    Runtime& runtime() const { return runtime_; }
    Heap& heap() { return heap_; }
    AtomTable& atoms() { return atoms_; }
    const AgentOptions& options() const { return options_; }
    /// 9.7 AgentRecord.[[Signifier]]: unique in the process, never reused.
    uint64_t id() const { return id_; }
    bool can_block() const { return options_.can_block; }

    // --- exceptions: one pending value, or termination, which no script can catch -------------------------
    bool has_exception() const { return has_exception_; }
    Value exception() const { return exception_; }
    /// Takes the pending exception off the agent. Not for termination.
    Value take_exception();
    Failed throw_value(Value);
    Failed throw_error(ErrorType, std::string_view message);
    Failed throw_type_error(std::string_view message) { return throw_error(ErrorType::TypeError, message); }
    Failed throw_range_error(std::string_view message) { return throw_error(ErrorType::RangeError, message); }
    Failed throw_syntax_error(std::string_view message) { return throw_error(ErrorType::SyntaxError, message); }
    Failed throw_reference_error(std::string_view message) { return throw_error(ErrorType::ReferenceError, message); }
    Failed out_of_memory() override;
    /// The pending exception was thrown by out_of_memory and nobody has caught it since.
    bool exception_is_out_of_memory() const { return has_exception_ && exception_is_out_of_memory_; }
    /// Throws what out_of_memory threw once more: native code had taken it off the agent.
    Failed rethrow_out_of_memory(Value exception) {
        Failed failed = throw_value(exception);
        exception_is_out_of_memory_ = true;
        return failed;
    }
    /// Called when memory is short, before the exception is made. Must not touch the agent.
    using OutOfMemoryHandler = void (*)(void* data);
    void set_out_of_memory_handler(OutOfMemoryHandler handler, void* data) {
        out_of_memory_handler_ = handler;
        out_of_memory_handler_data_ = data;
    }
    /// True while the agent unwinds because it was terminated; catch and finally blocks do not run.
    bool is_terminating() const { return terminating_; }
    Failed throw_termination();
    void clear_termination();

    // --- realms -------------------------------------------------------------------------------------------
    /// The realm of the running execution context.
    Realm& realm() const { return *current_realm_; }
    Realm* realm_or_null() const { return current_realm_; }
    void set_realm(Realm* realm) { current_realm_ = realm; }
    Fallible<Object*> intrinsic(Intrinsic id) { return current_realm_->intrinsic(id); }

    // --- the rule of views: no pointer or length outlives user code ---------------------------------------
    uint64_t user_code_epoch() const { return user_code_epoch_; }
    /// User code could run now. Called by every operation that may reach it.
    void advance_user_code_epoch() {
#ifdef HEDDLE_CHECKED
        check_user_code();
        ++user_code_epoch_;
#endif
    }

    // --- inline caches: bumped when an object that is a prototype changes shape ---------------------------
    uint64_t prototype_epoch() const { return prototype_epoch_; }
    void advance_prototype_epoch() { ++prototype_epoch_; }

    // --- interrupts and stack -----------------------------------------------------------------------------
    /// Asks the agent to look up: thread-safe, from any thread.
    void request_interrupt(InterruptReason);
    bool termination_requested() const { return interrupt_word_.load_relaxed() & kInterruptTerminate; }
    bool interrupt_requested() const {
        sync::announce_poll();
        return interrupt_word_.load_relaxed() != 0;
    }
    /// Handles what was asked for; throws termination. Call in long native loops every few thousand steps.
    Fallible<void> poll_interrupts() {
        sync::announce_poll(15);
        if (interrupt_requested()) [[unlikely]] return handle_interrupts();
        return {};
    }
    /// RangeError when the native stack is nearly used up. Call wherever native code recurses.
    Fallible<void> check_stack() {
        if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < stack_limit_) [[unlikely]] return throw_stack_overflow();
        return {};
    }
    uintptr_t stack_limit() const { return stack_limit_; }
    Failed throw_stack_overflow();
    /// Called in handle_interrupts for kInterruptCallback.
    using InterruptCallback = void (*)(Agent&, void* data);
    void set_interrupt_callback(InterruptCallback callback, void* data) {
        interrupt_callback_ = callback;
        interrupt_callback_data_ = data;
    }

    // --- jobs (9.5): promise jobs in order; host tasks belong to the event loop -----------------------------
    // 9.5.5 HostEnqueuePromiseJob
    // Needs no memory: a job that is there is never lost. It waits in one queue at most, and may be queued again once it runs.
    void enqueue_job(Job*);
    /// Runs jobs until the queue is empty. An exception from a job goes to the uncaught handler. Not re-entrant.
    void run_jobs();
    bool has_jobs() const;
    // 9.9.4.1 HostEnqueueFinalizationRegistryCleanupJob. Called in the midst of a collection: `cleanup` runs once
    // the promise jobs are through. Asking again for a registry that waits changes nothing.
    using FinalizationCleanup = Result<void> (*)(Agent&, Object* registry);
    void enqueue_finalization_cleanup(Object* registry, FinalizationCleanup cleanup);
    /// Receives what nobody caught: exceptions from jobs and tasks.
    using UncaughtHandler = void (*)(Agent&, Value exception, void* data);
    void set_uncaught_handler(UncaughtHandler handler, void* data) {
        uncaught_handler_ = handler;
        uncaught_handler_data_ = data;
    }
    void report_uncaught(Value exception);
    // 27.2.1.9 HostPromiseRejectionTracker
    enum class RejectionOperation : uint8_t { Reject, Handle };
    using RejectionTracker = void (*)(Agent&, Object* promise, RejectionOperation, void* data);
    void set_rejection_tracker(RejectionTracker tracker, void* data) {
        rejection_tracker_ = tracker;
        rejection_tracker_data_ = data;
    }
    void track_rejection(Object* promise, RejectionOperation);

    // 9.9 AddToKeptObjects / ClearKeptObjects
    Fallible<void> add_to_kept_objects(Value);
    void clear_kept_objects() { kept_objects_.clear(); }

    // --- components -----------------------------------------------------------------------------------------
    template<class T>
    T& component(Component id) const {
        HEDDLE_ASSERT(components_[static_cast<size_t>(id)]);
        return static_cast<T&>(*components_[static_cast<size_t>(id)]);
    }
    bool has_component(Component id) const { return components_[static_cast<size_t>(id)] != nullptr; }
    void set_component(Component id, std::unique_ptr<AgentComponent> component) {
        components_[static_cast<size_t>(id)] = std::move(component);
    }
    void set_attachment(std::unique_ptr<AgentAttachment> attachment) { attachment_ = std::move(attachment); }
    Evaluator& evaluator() const { return component<Evaluator>(Component::Interpreter); }

    // --- requests: the span in which a thread may touch the agent -------------------------------------------
    /// Null when the calling thread is the one inside the agent, else a message that names both threads.
    std::string check_thread() const;
    bool is_inside() const;

    /// Breaks the rule of thread affinity unless the calling thread is inside a request of this agent. Checked builds only.
    void check_affinity(const char* what) const override;
    bool is_used_elsewhere() const override;

    // HeapClient
    void visit_roots(Visitor&) override;
    void process_weak_roots(WeakProcessor&) override;
    const void* stack_base() const override { return stack_base_; }

    /// Off-heap objects that want their references visited for as long as they are registered.
    void add_root_source(RootSource* source) { root_sources_.push_back(source); }
    void remove_root_source(RootSource* source) { std::erase(root_sources_, source); }
    /// The host's time zone, made at the first use.
    LocalTime& local_time() {
        if (!local_time_) local_time_ = std::make_unique<LocalTime>();
        return *local_time_;
    }
    /// State of Math.random.
    uint64_t random_state[2];

    /// Objects whose elements Array.prototype.join is joining now, outermost first: cycles end there.
    RootVector<Value>& joining() { return joining_; }
    uint64_t next_symbol_number() { return ++symbol_counter_; }
    /// Never zero. Wraps around: two objects may share a number.
    uint32_t next_identity_number() { return ++identity_counter_ != 0 ? identity_counter_ : ++identity_counter_; }

    /// 20.4.2.2 GlobalSymbolRegistry (per agent: symbols do not cross).
    RootVector<Value>& symbol_registry() { return symbol_registry_; }

private:
    friend class Request;
    Fallible<void> handle_interrupts();
    void check_user_code() const;

    Runtime& runtime_;
    AgentOptions options_;
    sync::Polled<uint64_t> inside_thread_{0}; // 0: nobody; read by intruders too. Before the heap, which asks
    std::unique_ptr<AgentAttachment> attachment_; // before the heap, so that it goes after it
    Heap heap_;
    AtomTable atoms_;
    Value exception_;
    bool has_exception_ = false;
    bool terminating_ = false;
    bool running_jobs_ = false;
    EntryFlag draining_jobs_;
    bool throwing_out_of_memory_ = false;
    bool exception_is_out_of_memory_ = false;
    Realm* current_realm_ = nullptr;
    uint64_t user_code_epoch_ = 1;
    uint64_t prototype_epoch_ = 1;
    sync::Polled<uint32_t> interrupt_word_;
    uintptr_t stack_limit_ = 0;
    const void* stack_base_ = nullptr;
    uint64_t id_;
    uint64_t symbol_counter_ = 0;
    uint32_t identity_counter_ = 0;
    Root<Job> first_job_;
    Root<Job> last_job_;
    RootVector<Value> kept_objects_;
    RootVector<Object*> cleanups_; // registries with cleared targets
    RootVector<Value> symbol_registry_;
    RootVector<Value> joining_;
    std::unique_ptr<AgentComponent> components_[static_cast<size_t>(Component::Count)];
    std::vector<RootSource*> root_sources_;
    std::unique_ptr<LocalTime> local_time_;
    InterruptCallback interrupt_callback_ = nullptr;
    void* interrupt_callback_data_ = nullptr;
    UncaughtHandler uncaught_handler_ = nullptr;
    void* uncaught_handler_data_ = nullptr;
    OutOfMemoryHandler out_of_memory_handler_ = nullptr;
    void* out_of_memory_handler_data_ = nullptr;
    RejectionTracker rejection_tracker_ = nullptr;
    void* rejection_tracker_data_ = nullptr;
    FinalizationCleanup cleanup_ = nullptr;
    uint32_t request_depth_ = 0;
    // Of the thread that was inside last, for messages; made anew when another one enters.
    uint64_t named_thread_ = 0;
    std::string inside_thread_name_;
};

/// The calling thread is inside the agent for the lifetime of this object. Nests on the same thread; a second
/// thread is refused with a fatal message that names both (use Agent::check_thread first where that is input).
class Request {
public:
    explicit Request(Agent&);
    ~Request();
    Request(const Request&) = delete;

private:
    Agent& agent_;
    void* previous_agent_;
    sync::MemoryReserve* previous_reserve_;
};

/// 9.5 Jobs: a cell that runs once.
class Job : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Job || kind == CellKind::PromiseReaction; }
    virtual Result<Value> run(Agent&) = 0;
    void visit_edges(Visitor& visitor) override { visitor.visit(next_); }

protected:
    explicit Job(CellKind kind = CellKind::Job) : Cell(kind) {}
    Member<Job> next_; // in the agent's queue; null when it is queued

private:
    friend class Agent;
};

inline bool Agent::has_jobs() const { return first_job_ || !cleanups_.empty(); }

inline uint32_t Object::identity_number(Agent& agent) {
    if (aux_ == 0) aux_ = agent.next_identity_number();
    return aux_;
}

/// Whether code may run in it, restoring the realm that was current.
class RealmScope {
public:
    RealmScope(Agent& agent, Realm* realm) : agent_(agent), previous_(agent.realm_or_null()) { agent.set_realm(realm); }
    ~RealmScope() { agent_.set_realm(previous_); }

private:
    Agent& agent_;
    Realm* previous_;
};

} // namespace heddle
