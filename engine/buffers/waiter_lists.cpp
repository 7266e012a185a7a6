// Waiting on shared memory. The value is compared, and waiters come and go, under the lock of the address's
// bucket only.
#include "buffers/waiter_lists.h"

#include "base/fault.h"
#include "sync/blocking_region.h"
#include "sync/shared_memory.h"
#include "sync/window.h"

#include <new>

namespace heddle {

// 25.4.1 Waiter Record. A blocking one lies on the stack of its thread; an asynchronous one is owned by the
// list that it is in (a bucket's, then settled_), and names its promise by a token that only its agent
// understands.
struct WaiterLists::Waiter {
    Waiter* previous = nullptr;
    Waiter* next = nullptr;
    StoreReference store; // the address cannot be reused while somebody waits on it
    size_t byte_index = 0;
    uint64_t agent_id = 0;
    uint64_t token = 0;                           // asynchronous
    sync::ConditionVariable* condition = nullptr; // blocking
    bool in_list = false;
    bool notified = false;
};

void WaiterLists::WaiterList::append(Waiter* waiter) {
    HEDDLE_NOT_INSIDE(walked_, ReenteredWaiterList, waiter, "a waiter is added to a list that is walked");
    HEDDLE_RULE(ReenteredWaiterList, !waiter->in_list, waiter, "a waiter is added that waits in a list already");
    waiter->in_list = true;
    waiter->previous = last;
    waiter->next = nullptr;
    (last ? last->next : first) = waiter;
    last = waiter;
}

void WaiterLists::WaiterList::remove(Waiter* waiter) {
    HEDDLE_CHECK(waiter->in_list); // once for each waiter: by notify, or by timeout, or by its agent's end
#ifdef HEDDLE_CHECKED
    if (walk_at_ != waiter)
        HEDDLE_NOT_INSIDE(walked_, ReenteredWaiterList, waiter, "another waiter than the one in hand is removed from a list that is walked");
#endif
    waiter->in_list = false;
    (waiter->previous ? waiter->previous->next : first) = waiter->next;
    (waiter->next ? waiter->next->previous : last) = waiter->previous;
}

template<class F>
void WaiterLists::WaiterList::walk(F&& visit) {
    EntryGuard walking(walked_, Rule::ReenteredWaiterList, this, "a list of waiters is walked");
    for (Waiter* waiter = first; waiter;) {
        Waiter* following = waiter->next;
#ifdef HEDDLE_CHECKED
        walk_at_ = waiter;
#endif
        bool go_on = visit(waiter);
#ifdef HEDDLE_CHECKED
        walk_at_ = nullptr;
#endif
        if (!go_on) return;
        waiter = following;
    }
}

namespace {

uint64_t load_for_wait(const WaiterLists::Condition& condition) {
    const std::byte* address = condition.store->data() + condition.byte_index;
    return condition.size == 8 ? sync::load_seq_cst<uint64_t>(address)
                               : sync::load_seq_cst<uint32_t>(address);
}

} // namespace

// The promises that one agent owes for its waitAsync calls. Agent-local; dies with the agent, and takes the
// agent's waiters out of the lists first.
class AgentWaits final : public AgentComponent {
public:
    struct Pending {
        Pending(Heap& heap, Promise* promise, Realm* realm) : promise(heap, promise), realm(heap, realm) {}
        Root<Promise> promise;
        Root<Realm> realm;
        uint64_t token = 0;
        size_t byte_index = 0;
        sync::MonotonicTime deadline = sync::MonotonicTime::never();
        Pending* next = nullptr;
    };

    AgentWaits(WaiterLists& lists, uint64_t agent_id) : lists_(lists), agent_id_(agent_id) {}
    ~AgentWaits() override {
        if (!PLANTED(BuffersLateCompletion)) lists_.remove_agent(agent_id_);
        while (Pending* pending = first_) {
            first_ = pending->next;
            delete pending;
        }
    }

    uint64_t next_token() { return ++last_token_; }
    Pending* first() const { return first_; }
    void append(Pending* pending) {
        Pending** end = &first_;
        while (*end)
            end = &(*end)->next;
        *end = pending;
    }
    /// Unlinks and deletes.
    void remove(Pending* pending) {
        Pending** link = &first_;
        while (*link != pending)
            link = &(*link)->next;
        *link = pending->next;
        delete pending;
    }
    Pending* find(uint64_t token) const {
        Pending* pending = first_;
        while (pending && pending->token != token)
            pending = pending->next;
        return pending;
    }

private:
    WaiterLists& lists_;
    uint64_t agent_id_;
    uint64_t last_token_ = 0;
    Pending* first_ = nullptr;
};

AgentWaits& WaiterLists::waits_of(Agent& agent) {
    if (!agent.has_component(Component::Buffers))
        agent.set_component(Component::Buffers, std::make_unique<AgentWaits>(of(agent), agent.id()));
    return agent.component<AgentWaits>(Component::Buffers);
}

WaiterLists::~WaiterLists() {
    // Agents end before their Runtime, and took their waiters with them.
    for (Bucket& bucket : buckets_) {
        sync::MutexLocker locker(bucket.mutex);
        HEDDLE_RULE(Unbalanced, !bucket.waiters.first, bucket.waiters.first, "a runtime ends while agent %llu waits on shared memory",
                    static_cast<unsigned long long>(bucket.waiters.first->agent_id));
    }
    sync::MutexLocker locker(settled_mutex_);
    HEDDLE_RULE(Unbalanced, !settled_.first, settled_.first, "a runtime ends while agent %llu is owed a promise of Atomics.waitAsync",
                static_cast<unsigned long long>(settled_.first->agent_id));
}

// 25.4.3.14 DoWait ( mode, typedArray, index, value, timeout ), from EnterCriticalSection on, for mode sync
Fallible<WaiterLists::Outcome> WaiterLists::wait(Agent& agent, const Condition& condition, double timeout) {
    HEDDLE_ASSERT(condition.store->is_shared() && condition.byte_index % condition.size == 0);
    sync::WindowMark window(sync::Window::AtomicsWait);
    sync::ConditionVariable wake_up;
    Waiter waiter;
    waiter.store = StoreReference::share(condition.store);
    waiter.byte_index = condition.byte_index;
    waiter.agent_id = agent.id();
    waiter.condition = &wake_up;
    Bucket& bucket = bucket_of(condition.byte_index);
    sync::MonotonicTime deadline = sync::now().after_milliseconds(timeout);
    bool compared_early = false;
    if (PLANTED(BuffersWaitComparesUnlocked)) {
        if (load_for_wait(condition) != condition.expected) return Outcome::NotEqual;
        compared_early = true;
    }
    for (bool entered = false;;) {
        TRY(agent.poll_interrupts());
        bool interrupted = false;
        {
            // Nothing in here touches a cell: the thread is outside its request while it sleeps.
            sync::BlockingRegion region;
            sync::MutexLocker locker(bucket.mutex);
            if (!entered) {
                if (!compared_early && load_for_wait(condition) != condition.expected)
                    return Outcome::NotEqual;
                bucket.waiters.append(&waiter); // AddWaiter
                entered = true;
            }
            bool look_for_interrupts = !PLANTED(BuffersMissedTermination);
            // SuspendThisAgent. Wake-ups may be spurious; whoever notified took the waiter off the list.
            while (!waiter.notified) {
                if (look_for_interrupts && agent.interrupt_requested()) {
                    interrupted = true;
                    break;
                }
                look_for_interrupts = true;
                if (wake_up.wait_until(bucket.mutex, deadline) == sync::WaitOutcome::TimedOut &&
                    !waiter.notified) {
                    bucket.waiters.remove(&waiter);
                    return Outcome::TimedOut;
                }
            }
            if (!interrupted) return Outcome::Ok;
        }
        // An interrupt runs inside the request, and the waiter keeps its place in the list meanwhile.
        Fallible<void> polled = agent.poll_interrupts();
        if (polled.threw()) {
            sync::MutexLocker locker(bucket.mutex);
            if (!waiter.notified) bucket.waiters.remove(&waiter);
            return polled.propagate();
        }
    }
}

// 25.4.3.14 DoWait, from EnterCriticalSection on, for mode async
Fallible<WaiterLists::Outcome> WaiterLists::wait_async(Agent& agent, const Condition& condition,
                                                       double timeout, Promise* promise) {
    HEDDLE_ASSERT(condition.store->is_shared() && condition.byte_index % condition.size == 0);
    if (!agent.has_component(Component::Buffers) && !memory_is_at_hand()) return agent.out_of_memory();
    AgentWaits& waits = waits_of(agent);
    auto* pending = new_or_null<AgentWaits::Pending>(agent.heap(), promise, agent.realm_or_null());
    auto* waiter = new_or_null<Waiter>();
    if (!pending || !waiter) {
        delete pending;
        delete waiter;
        return agent.out_of_memory();
    }
    pending->token = waiter->token = waits.next_token();
    pending->byte_index = waiter->byte_index = condition.byte_index;
    pending->deadline = sync::now().after_milliseconds(timeout);
    waiter->store = StoreReference::share(condition.store);
    waiter->agent_id = agent.id();

    Outcome outcome = Outcome::Waiting;
    {
        sync::WindowMark window(sync::Window::WaiterListLocked);
        Bucket& bucket = bucket_of(condition.byte_index);
        sync::MutexLocker locker(bucket.mutex);
        if (load_for_wait(condition) != condition.expected)
            outcome = Outcome::NotEqual;
        else if (timeout == 0)
            outcome = Outcome::TimedOut;
        else
            bucket.waiters.append(waiter);
    }
    if (outcome == Outcome::Waiting) {
        waits.append(pending);
    } else {
        delete pending;
        delete waiter;
    }
    return outcome;
}

uint64_t WaiterLists::notify(BackingStore* store, size_t byte_index, double count) {
    uint64_t woken = 0;
    GrowableArray<uint64_t> agents_to_wake; // distinct, so no more than there are agents
    bool wakes_all = false;                 // there was no memory for one more
    {
        sync::WindowMark window(sync::Window::WaiterListLocked);
        Bucket& bucket = bucket_of(byte_index);
        sync::MutexLocker locker(bucket.mutex);
        WaiterList& waiters = bucket.waiters;
        waiters.walk([&](Waiter* waiter) HEDDLE_NO_THREAD_SAFETY_ANALYSIS { // the lock is held here
            if (!(static_cast<double>(woken) < count)) return false;
            if (waiter->store.get() != store || waiter->byte_index != byte_index) return true;
            waiters.remove(waiter);
            waiter->notified = true;
            ++woken;
            if (waiter->condition) {
                // Under the lock: the waiter's frame is gone soon after.
                waiter->condition->notify_one();
                return true;
            }
            if (std::find(agents_to_wake.begin(), agents_to_wake.end(), waiter->agent_id) == agents_to_wake.end() &&
                !agents_to_wake.push_back(waiter->agent_id))
                wakes_all = true;
            // Still at it in this list, with which it has nothing to do any more.
            if (PLANTED(BuffersNotifyRelinks)) waiters.append(waiter);
            sync::MutexLocker settled_locker(settled_mutex_);
            settled_.append(waiter);
            return true;
        });
    }
    if (host_) {
        for (uint64_t agent_id : agents_to_wake)
            host_->wake_agent(agent_id);
        if (wakes_all) host_->wake_all_agents();
    }
    return woken;
}

void WaiterLists::wake_for_termination(uint64_t agent_id) {
    // A waiter that is not in its list yet looks at its interrupts under the lock before it sleeps.
    for (Bucket& bucket : buckets_) {
        sync::MutexLocker locker(bucket.mutex);
        bucket.waiters.walk([&](Waiter* waiter) {
            if (waiter->agent_id == agent_id && waiter->condition) waiter->condition->notify_one();
            return true;
        });
    }
}

// Token zero: any. The caller owns what it gets.
WaiterLists::Waiter* WaiterLists::take_settled(uint64_t agent_id, uint64_t token) {
    sync::MutexLocker locker(settled_mutex_);
    Waiter* waiter = settled_.first;
    while (waiter && (waiter->agent_id != agent_id || (token != 0 && waiter->token != token)))
        waiter = waiter->next;
    if (waiter) settled_.remove(waiter);
    return waiter;
}

void WaiterLists::remove_agent(uint64_t agent_id) {
    for (Bucket& bucket : buckets_) {
        sync::MutexLocker locker(bucket.mutex);
        WaiterList& waiters = bucket.waiters;
        waiters.walk([&](Waiter* waiter) HEDDLE_NO_THREAD_SAFETY_ANALYSIS { // the lock is held here
            if (waiter->agent_id != agent_id) return true;
            HEDDLE_CHECK(!waiter->condition); // an agent does not end inside Atomics.wait
            waiters.remove(waiter);
            delete waiter;
            return true;
        });
    }
    while (Waiter* waiter = take_settled(agent_id, 0))
        delete waiter;
}

// 25.4.3.10 EnqueueResolveInAgentJob and EnqueueAtomicsWaitAsyncTimeoutJob end here.
bool WaiterLists::settle_next(Agent& agent) {
    if (!agent.has_component(Component::Buffers)) return false;
    AgentWaits& waits = waits_of(agent);
    if (!waits.first()) return false;
    AgentWaits::Pending* due = nullptr;
    bool timed_out = false;
    if (Waiter* waiter = take_settled(agent.id(), 0)) {
        due = waits.find(waiter->token);
        delete waiter;
    } else {
        sync::MonotonicTime now = sync::now();
        for (AgentWaits::Pending* pending = waits.first(); pending; pending = pending->next) {
            if (pending->deadline <= now && (!due || pending->deadline < due->deadline)) due = pending;
        }
        if (!due) return false;
        // Whoever takes the waiter off its list says how the wait ended: this timeout, or a notify before it.
        timed_out = true;
        Waiter* late = nullptr;
        {
            Bucket& bucket = bucket_of(due->byte_index);
            sync::MutexLocker locker(bucket.mutex);
            late = bucket.waiters.first;
            while (late && (late->agent_id != agent.id() ||
                            (late->token != due->token && !(PLANTED(BuffersTimerByAddress) && !late->condition))))
                late = late->next;
            if (late && !PLANTED(BuffersTimeoutKeepsWaiter)) bucket.waiters.remove(late);
        }
        if (!late) {
            timed_out = false;
            late = take_settled(agent.id(), due->token);
        }
        if (late && !late->in_list) delete late;
    }
    if (!due) return true;
    Promise* promise = due->promise;
    RealmScope scope(agent, due->realm);
    waits.remove(due);
    std::optional<sync::MutexLocker> locked;
    if (PLANTED(BuffersSettlesUnderLock)) locked.emplace(settled_mutex_);
    promise->fulfill(agent, Value(timed_out ? &atoms::timed_out : &atoms::ok));
    return true;
}

WaiterLists::PendingCounts WaiterLists::pending_async_waits(Agent& agent) {
    PendingCounts counts;
    if (!agent.has_component(Component::Buffers)) return counts;
    for (AgentWaits::Pending* pending = waits_of(agent).first(); pending; pending = pending->next)
        ++(pending->deadline.is_never() ? counts.without_deadline : counts.with_deadline);
    sync::MutexLocker locker(settled_mutex_);
    for (Waiter* waiter = settled_.first; waiter; waiter = waiter->next)
        counts.settled += waiter->agent_id == agent.id();
    return counts;
}

sync::MonotonicTime WaiterLists::next_deadline(Agent& agent) {
    auto deadline = sync::MonotonicTime::never();
    if (!agent.has_component(Component::Buffers)) return deadline;
    for (AgentWaits::Pending* pending = waits_of(agent).first(); pending; pending = pending->next)
        deadline = std::min(deadline, pending->deadline);
    return deadline;
}

uint32_t WaiterLists::waiter_count(BackingStore* store, size_t byte_index) {
    uint32_t count = 0;
    Bucket& bucket = bucket_of(byte_index);
    sync::MutexLocker locker(bucket.mutex);
    for (Waiter* waiter = bucket.waiters.first; waiter; waiter = waiter->next)
        count += waiter->store.get() == store && waiter->byte_index == byte_index;
    return count;
}

size_t WaiterLists::total_waiter_count() {
    size_t count = 0;
    for (Bucket& bucket : buckets_) {
        sync::MutexLocker locker(bucket.mutex);
        for (Waiter* waiter = bucket.waiters.first; waiter; waiter = waiter->next)
            ++count;
    }
    sync::MutexLocker locker(settled_mutex_);
    for (Waiter* waiter = settled_.first; waiter; waiter = waiter->next)
        ++count;
    return count;
}

} // namespace heddle
