// Runtime: the agent cluster. What agents share, and where they are registered. Thread-safe.
#pragma once

#include "heap/block_pool.h"
#include "runtime/agent.h"
#include "sync/memory_reserve.h"
#include "sync/mutex.h"

namespace heddle {

/// Something of a Runtime kept by a lower layer: waiter lists, code cache, worker registry.
class RuntimeComponent {
public:
    virtual ~RuntimeComponent() = default;
};
enum class SharedComponent : uint8_t { WaiterLists, CodeCache, Threads, Host, Count };

struct RuntimeOptions {
    const IntrinsicTable* intrinsics = nullptr; // never null: see builtins/intrinsics.h
    HeapOptions heap; // the default for its agents
};

/// One per embedding. Agents belong to exactly one Runtime and end before it does. Any thread may call.
class Runtime {
public:
    explicit Runtime(const RuntimeOptions&);
    ~Runtime();
    Runtime(const Runtime&) = delete;

    const RuntimeOptions& options() const { return options_; }
    const IntrinsicTable& intrinsics() const { return *options_.intrinsics; }
    BlockPool& block_pool() { return block_pool_; }
    /// Of the threads inside its agents. Empty unless the host has it kept.
    sync::MemoryReserve& memory_reserve() { return memory_reserve_; }
    /// Backing stores that the Runtime's agents have made and that live.
    const std::shared_ptr<sync::Counter<uint64_t>>& live_stores() const { return live_stores_; }
    uint64_t next_agent_id() { return next_agent_id_.add_relaxed(1) + 1; }

    template<class T>
    T& shared(SharedComponent id) const {
        return static_cast<T&>(*components_[static_cast<size_t>(id)]);
    }
    bool has_shared(SharedComponent id) const { return components_[static_cast<size_t>(id)] != nullptr; }
    /// Before the first agent only.
    void set_shared(SharedComponent id, std::unique_ptr<RuntimeComponent> component) {
        components_[static_cast<size_t>(id)] = std::move(component);
    }

private:
    RuntimeOptions options_;
    BlockPool block_pool_;
    sync::MemoryReserve memory_reserve_;
    sync::Counter<uint64_t> next_agent_id_{0};
    std::shared_ptr<sync::Counter<uint64_t>> live_stores_ = std::make_shared<sync::Counter<uint64_t>>(0);
    std::unique_ptr<RuntimeComponent> components_[static_cast<size_t>(SharedComponent::Count)];
};

} // namespace heddle
