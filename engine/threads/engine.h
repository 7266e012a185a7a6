// Puts an engine together from its layers: a Runtime with the standard library, the web's interfaces and the waiter
// lists; agents with interpreter, module loader, event loop and ports.
#pragma once

#include "builtins/intrinsics.h"
#include "runtime/runtime.h"

namespace heddle {

/// Whether there is memory for the many small parts of an Engine or of an agent, which cannot fail one by one: asked once
/// before they are made.
bool engine_memory_is_at_hand();

/// Owns a Runtime and the library that it refers to. Made and destroyed by one thread, after the last agent that is not
/// on an AgentThread: those are terminated and joined. Where memory may be short, engine_memory_is_at_hand() is asked first.
class Engine {
public:
    explicit Engine(const HeapOptions& heap = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Runtime& runtime() { return runtime_; }

private:
    BuiltinLibrary library_;
    BuiltinLibrary worker_library_;
    Runtime runtime_;
};

/// An agent with everything installed, and its first realm. Made, used and destroyed on one thread. Its end ends the
/// workers that it started. `realm()` is null when the memory limit does not hold one realm, or there is no agent.
class AgentHost {
public:
    /// `library`: of the realm; null for the Runtime's.
    AgentHost(Runtime&, const AgentOptions&, const IntrinsicTable* library = nullptr);
    /// False when there was no memory to make one: then agent() must not be asked for.
    bool has_agent() const { return agent_ != nullptr; }
    ~AgentHost();
    AgentHost(const AgentHost&) = delete;
    Agent& agent() { return *agent_; }
    Realm* realm() { return realm_; }

private:
    bool make_parts(const IntrinsicTable& library);
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<Root<Realm>> realm_root_;
    Realm* realm_ = nullptr;
};

} // namespace heddle
