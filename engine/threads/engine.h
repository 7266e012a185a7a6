// Puts an engine together from its layers: a Runtime with the standard library, the web's interfaces and the waiter
// lists; agents with interpreter, module loader, event loop and ports.
#pragma once

#include "builtins/intrinsics.h"
#include "runtime/runtime.h"

namespace heddle {

/// Owns a Runtime and the library that it refers to. Made and destroyed by one thread, after the last agent that is not
/// on an AgentThread: those are terminated and joined.
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
/// workers that it started. `realm()` is null when the memory limit does not hold one realm.
class AgentHost {
public:
    /// `library`: of the realm; null for the Runtime's.
    AgentHost(Runtime&, const AgentOptions&, const IntrinsicTable* library = nullptr);
    ~AgentHost();
    AgentHost(const AgentHost&) = delete;
    Agent& agent() { return *agent_; }
    Realm* realm() { return realm_; }

private:
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<Root<Realm>> realm_root_;
    Realm* realm_ = nullptr;
};

} // namespace heddle
