// WaiterLists: who waits on which address of a shared store (ECMA-262 25.4.1 Waiter Records, 25.4.2
// WaiterList Records), for Atomics.wait, waitAsync and notify. One for each Runtime; every agent's thread
// uses it.
#pragma once

#include "base/entry_guard.h"
#include "buffers/async_wait_host.h"
#include "buffers/backing_store.h"
#include "buffers/element_type.h"
#include "runtime/promise.h"
#include "runtime/runtime.h"
#include "sync/clock.h"
#include "sync/condition_variable.h"

namespace heddle {

class WaiterLists final : public RuntimeComponent {
public:
    enum class Outcome : uint8_t { Ok, NotEqual, TimedOut, Waiting };
    struct PendingCounts {
        /// Promises of waitAsync that the agent still owes.
        uint32_t with_deadline = 0;
        /// Those that only a notify of some agent can settle: keep the loop alive for them while any such
        /// agent runs.
        uint32_t without_deadline = 0;
        /// Notified already: settle_next has work now.
        uint32_t settled = 0;
    };

    WaiterLists() = default;
    ~WaiterLists() override;

    /// The lists of the agent's Runtime, which must have been made with install().
    static WaiterLists& of(const Agent& agent) { return of(agent.runtime()); }
    static WaiterLists& of(Runtime& runtime) {
        HEDDLE_CHECK(runtime.has_shared(SharedComponent::WaiterLists));
        return runtime.shared<WaiterLists>(SharedComponent::WaiterLists);
    }
    /// Gives a Runtime its lists; before the first agent.
    static void install(Runtime& runtime) {
        runtime.set_shared(SharedComponent::WaiterLists, std::make_unique<WaiterLists>());
    }
    /// Before the first waitAsync; null for none. Outlives every agent.
    void set_host(AsyncWaitHost* host) { host_ = host; }

    /// What to wait for: 32 or 64 bits at an aligned address of a shared store, while they are as expected.
    struct Condition {
        BackingStore* store;
        size_t byte_index;
        size_t size; // 4 or 8
        uint64_t expected;
    };

    /// 25.4.3.14 DoWait, steps 20 to 31, blocking: Ok, NotEqual or TimedOut. Throws only what poll_interrupts
    /// throws (termination). `timeout`: milliseconds, >= 0, infinity for none. The agent's own thread, inside
    /// a request.
    Fallible<Outcome> wait(Agent&, const Condition&, double timeout);
    /// The same without blocking: NotEqual, TimedOut (timeout zero), or Waiting, and `promise` will be
    /// fulfilled with "ok" or "timed-out" by settle_next.
    Fallible<Outcome> wait_async(Agent&, const Condition&, double timeout, Promise* promise);
    /// 25.4.3.15 Atomics.notify, steps 9 to 13: wakes the first `count` waiters in the order of their
    /// arrival; how many there were. Any thread.
    uint64_t notify(BackingStore*, size_t byte_index, double count);

    /// Wakes the agent's Atomics.wait, if it is in one, so that it polls its interrupts. Call it after
    /// request_interrupt(kInterruptTerminate). Any thread; the agent may even have ended.
    void wake_for_termination(uint64_t agent_id);
    void wake_for_termination(const Agent& agent) { wake_for_termination(agent.id()); }

    // --- the event loop of an agent, on its own thread
    // ---------------------------------------------------------

    /// Fulfills the promise of one waitAsync that was notified or has timed out. False: there is none now.
    bool settle_next(Agent&);
    PendingCounts pending_async_waits(Agent&);
    /// When the first of the agent's waitAsync times out; never() when none will.
    sync::MonotonicTime next_deadline(Agent&);

    /// Number of agents' waiters on an address now: for tests and reports.
    uint32_t waiter_count(BackingStore*, size_t byte_index);
    /// All that wait anywhere, and promises of waitAsync that were notified and not settled yet.
    size_t total_waiter_count();

private:
    friend class AgentWaits;
    struct Waiter;
    /// A doubly linked list in order of arrival.
    struct WaiterList {
        Waiter* first = nullptr;
        Waiter* last = nullptr;
        void append(Waiter*);
        void remove(Waiter*);
        /// Calls `visit` with each waiter until it returns false. It may remove the one that it is given and no other.
        template<class F>
        void walk(F&& visit);

    private:
        EntryFlag walked_;
#ifdef HEDDLE_CHECKED
        const Waiter* walk_at_ = nullptr;
#endif
    };
    // The lists of all addresses with byte_index / 4 equal modulo kBuckets share a bucket. The choice does
    // not depend on addresses in memory, so that controlled runs repeat.
    struct Bucket {
        sync::Mutex mutex{sync::Rank::WaiterList};
        WaiterList waiters HEDDLE_GUARDED_BY(mutex);
    };
    static constexpr size_t kBuckets = 32;

    Bucket& bucket_of(size_t byte_index) { return buckets_[byte_index / 4 % kBuckets]; }
    Waiter* take_settled(uint64_t agent_id, uint64_t token);
    void remove_agent(uint64_t agent_id);
    static class AgentWaits& waits_of(Agent&);

    Bucket buckets_[kBuckets];
    // Async waiters that were notified and whose promises their agents have not settled yet, oldest first.
    sync::Mutex settled_mutex_{sync::Rank::Leaf};
    WaiterList settled_ HEDDLE_GUARDED_BY(settled_mutex_);
    AsyncWaitHost* host_ = nullptr;
};

} // namespace heddle
