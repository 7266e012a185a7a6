// Puts an engine together from its layers: a Runtime with the standard library, agents with interpreter, modules and
// event loop.
#pragma once

#include "runtime/runtime.h"

namespace heddle {

/// Owns the tables that a Runtime refers to, and the Runtime. Any thread.
class Engine {
public:
    explicit Engine(const HeapOptions& heap = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Runtime& runtime() { return *runtime_; }

private:
    std::unique_ptr<IntrinsicTable> intrinsics_;
    std::unique_ptr<Runtime> runtime_;
};

/// An agent with everything installed, and its first realm. The calling thread owns it until it is destroyed there.
/// Dies with a message when memory for the very first objects cannot be had; `realm` is null when the limit in
/// `options` does not hold one realm.
class AgentHost {
public:
    AgentHost(Runtime&, const AgentOptions&);
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
