// What stands behind the handles of heddle.h: runtimes, the slots that agents and runtime-wide objects live in, and the
// state of an agent of the host's.
#pragma once

#include "api/handle_table.h"
#include "buffers/backing_store.h"
#include "clone/message.h"
#include "heddle/heddle.h"
#include "interpreter/code_instance.h"
#include "modules/module_loader.h"
#include "threads/engine.h"

namespace heddle::api {

class AgentState;
class ModuleHooks;

/// Data of the host that nothing in the engine refers to any more, on its way to the host's function. Made together with
/// what refers to it: nothing is allocated when it dies.
class Disposal {
public:
    virtual ~Disposal() = default;
    /// Outside of collections, with no lock held. `agent` may be null.
    virtual void dispose(heddle_agent* agent) = 0;

private:
    friend class AgentState;
    Disposal* next_ = nullptr;
};

/// A function of the host's to be called with an agent's data.
class HostData final : public Disposal {
public:
    HostData(void* data, heddle_finalizer finalizer) : data_(data), finalizer_(finalizer) {}
    void* data() const { return data_; }
    void set_finalizer(heddle_finalizer finalizer) { finalizer_ = finalizer; }
    void dispose(heddle_agent* agent) override {
        if (finalizer_) finalizer_(agent, data_);
    }

private:
    void* data_;
    heddle_finalizer finalizer_;
};

/// A runtime-wide object of one of three kinds, behind a slot.
enum class SharedKind : uint8_t { Free, Script, Store, Message };

struct SharedSlot {
    uint16_t generation = 1;
    SharedKind kind = SharedKind::Free;
    uint32_t next_free = 0;
    CodeRef code;
    StoreReference store;
    std::optional<CloneMessage> message;
};

/// The slot of an agent. Lives as long as its runtime; used again under another generation.
struct AgentSlot {
    heddle_runtime* runtime = nullptr;
    sync::Polled<uint32_t> generation{1};
    /// Which thread the agent is attached to, as thread_identity() has it; 0: none.
    sync::Polled<uint64_t> owner{0};
    /// Null once the agent is gone. Written by the owner under the runtime's mutex.
    AgentState* state = nullptr;
};

/// Handles are the address of a slot with the generation above it: no user address has the upper 16 bits set.
inline constexpr uint32_t kGenerationShift = 48;
inline constexpr uint64_t kAddressMask = (uint64_t{1} << kGenerationShift) - 1;
/// Slots of this generation are not used again.
inline constexpr uint32_t kLastGeneration = 0xFFFF;

/// The calling thread, told apart from every other one that lives, and from those that had its memory before.
uint64_t thread_identity();

struct InterruptRequest {
    heddle_interrupt_action (*callback)(heddle_agent*, void*);
    void* data;
};

/// One agent of the host's. Everything but `interrupts` is for the thread that the agent is attached to.
class AgentState {
public:
    AgentState(heddle_runtime& runtime, AgentSlot& slot, heddle_agent* handle);
    ~AgentState();
    static AgentState* of(Agent&);

    heddle_runtime& runtime;
    AgentSlot& slot;
    heddle_agent* const handle;
    std::string name;
    heddle_agent_hooks hooks = HEDDLE_AGENT_HOOKS_INIT;
    void* data = nullptr;
    std::unique_ptr<AgentHost> host; // null for the agent of a worker, which the engine owns
    Agent* running = nullptr;
    bool of_worker = false;
    bool is_worker() const { return of_worker; }
    std::unique_ptr<HandleTable> handles;
    std::unique_ptr<Root<Value>> exception; // the last; undefined: none
    bool has_exception = false;
    uint32_t depth = 0; // of nested calls
    bool suspended = false;
    bool interrupted = false; // an interrupt callback runs: no call at all
    bool no_script = false;   // a hook runs where the engine expects no script
    /// Of the innermost host callback: what heddle_agent_suspend tells the collector.
    const void* stack_bound = nullptr;
    std::unique_ptr<ModuleHooks> module_hooks;
    GrowableArray<InterruptRequest> interrupts; // guarded by the runtime's mutex

    Agent& agent() const { return *running; }
    uint64_t owner_bits() const { return reinterpret_cast<uint64_t>(handle); }
    /// Disposes of it at the end of the outermost call. Runs in the midst of sweeps.
    void dispose_later(Disposal* disposal) {
        disposal->next_ = disposals_;
        disposals_ = disposal;
    }
    void run_disposals();
    /// Copies what the agent's exception is, and takes it off the agent.
    heddle_status take_exception(heddle_error*);

private:
    Disposal* disposals_ = nullptr;
    bool disposing_ = false;
};

/// Finds the AgentState from the engine's side.
class HostLink final : public AgentComponent {
public:
    explicit HostLink(AgentState& state) : state(state) {}
    /// Of a worker: no call reaches its agent from here on.
    ~HostLink() override;
    AgentState& state;
};

/// The state of a worker's agent, for as long as something in its heap refers to it.
class WorkerState final : public AgentAttachment {
public:
    explicit WorkerState(AgentState* state) : state_(state) {}
    ~WorkerState() override;

private:
    AgentState* state_;
};
/// Cluster::WorkerHook, with the heddle_runtime.
void on_worker_created(Agent&, Realm&, void* runtime);

/// The number behind a constant of heddle.h, which may be none that there is: C does not check.
template<class Enumeration>
uint32_t number_of(const Enumeration& constant) {
    static_assert(sizeof constant == sizeof(uint32_t));
    uint32_t number;
    std::memcpy(&number, &constant, sizeof number);
    return number;
}

/// "TypeError: message" of an error, a short display of any other value. Runs no script and allocates no cell.
std::string headline(Value exception);

/// Writes status and message to `error`, which may be null or too small, and returns the status.
heddle_status report(heddle_error* error, heddle_status status, std::string_view message);

template<class Options>
bool read_options(const Options* given, Options& out) {
    // `out` holds the defaults, with its size.
    if (!given) return true;
    if (given->size < sizeof(uint32_t)) return false;
    size_t size = std::min<size_t>(given->size, sizeof(Options));
    for (size_t i = size; i < given->size; ++i) {
        if (reinterpret_cast<const char*>(given)[i] != 0) return false; // a field of a later version that is used
    }
    std::memcpy(&out, given, size);
    out.size = sizeof(Options);
    return true;
}
/// The information that the caller has room for.
template<class Information>
bool write_information(const Information& from, Information* to) {
    if (to->size < sizeof(uint32_t)) return false;
    uint32_t size = std::min<uint32_t>(to->size, sizeof(Information));
    std::memcpy(reinterpret_cast<char*>(to) + sizeof(uint32_t), reinterpret_cast<const char*>(&from) + sizeof(uint32_t),
                size - sizeof(uint32_t));
    return true;
}

} // namespace heddle::api

/// Behind a heddle_runtime*.
struct heddle_runtime {
    static constexpr uint64_t kAlive = 0x48454444'4C452152;
    uint64_t magic = kAlive;
    /// A page that is zero in the child of a fork; null where the system does not know how.
    volatile uint64_t* fork_mark = nullptr;
    heddle_runtime_options options = HEDDLE_RUNTIME_OPTIONS_INIT;
    heddle::Engine engine;
    heddle::sync::Mutex mutex{heddle::sync::Rank::Host};
    // All below are guarded by the mutex.
    heddle::GrowableArray<heddle::api::AgentSlot*> agent_slots;
    heddle::GrowableArray<heddle::api::AgentSlot*> free_agent_slots;
    uint64_t agents = 0;
    // Each twice as large as the one before; they do not move.
    static constexpr uint32_t kFirstChunk = 64;
    static constexpr uint32_t kMaxChunks = 20;
    heddle::api::SharedSlot* chunks[kMaxChunks] = {};
    uint32_t chunk_count = 0;
    heddle::GrowableArray<heddle::api::SharedSlot*> free_shared_slots;
    uint64_t shared_counts[4] = {};

    bool is_forked() const { return fork_mark && *fork_mark != kAlive; }
    ~heddle_runtime();

    /// A slot of this kind for the caller to fill before it unlocks; null: no memory.
    heddle::api::SharedSlot* take_slot(heddle::api::SharedKind) HEDDLE_REQUIRES(mutex);
    /// Null when the handle is none of this runtime's, or stale, or of another kind.
    heddle::api::SharedSlot* find_slot(const void* handle, heddle::api::SharedKind) HEDDLE_REQUIRES(mutex);
    /// What it held has been moved out.
    void free_slot(heddle::api::SharedSlot*) HEDDLE_REQUIRES(mutex);
    static void* handle_of(heddle::api::SharedSlot* slot) {
        return reinterpret_cast<void*>(reinterpret_cast<uint64_t>(slot) | uint64_t{slot->generation}
                                                                              << heddle::api::kGenerationShift);
    }
};
