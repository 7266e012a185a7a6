// Atomics with the memory order in the operation's name. There are no bare fences: ThreadSanitizer does not see them.
//
//   Atomic<T>   announced: a controlled build decides who goes first at every operation.
//   Polled<T>   not announced: words read at back edges and in loops, mark bits, flags that are only hints.
//   Counter<T>  not announced: reference counts and statistics.
#pragma once

#include "base/assert.h"
#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif
#include "sync/current_thread.h"

#include <atomic>
#include <type_traits>

namespace heddle::sync {

/// What an announced operation does to the value; only a controlled build looks at it.
#ifdef HEDDLE_CONTROLLED
using AccessKind = controlled::Access::Kind;
#else
enum class AccessKind : uint8_t { Load, Store, Exchange, CompareExchange, Arithmetic };
#endif

template<class T, bool kAnnounced>
class BasicAtomic {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8, "an atomic is one machine word");

public:
    constexpr BasicAtomic() : value_{} {}
    constexpr explicit BasicAtomic(T value) : value_(value) {}
    BasicAtomic(const BasicAtomic&) = delete;
    BasicAtomic& operator=(const BasicAtomic&) = delete;

    T load_relaxed() const { return say(Operation::AtomicLoad, AccessKind::Load), value_.load(std::memory_order_relaxed); }
    T load_acquire() const { return say(Operation::AtomicLoad, AccessKind::Load), value_.load(std::memory_order_acquire); }
    T load_seq_cst() const { return say(Operation::AtomicLoad, AccessKind::Load), value_.load(std::memory_order_seq_cst); }

    void store_relaxed(T value) { say(Operation::AtomicStore, AccessKind::Store, value), value_.store(value, std::memory_order_relaxed); }
    void store_release(T value) { say(Operation::AtomicStore, AccessKind::Store, value), value_.store(value, std::memory_order_release); }
    void store_seq_cst(T value) { say(Operation::AtomicStore, AccessKind::Store, value), value_.store(value, std::memory_order_seq_cst); }

    T exchange_relaxed(T value) {
        return say(Operation::AtomicExchange, AccessKind::Exchange, value), value_.exchange(value, std::memory_order_relaxed);
    }
    T exchange_acq_rel(T value) {
        return say(Operation::AtomicExchange, AccessKind::Exchange, value), value_.exchange(value, std::memory_order_acq_rel);
    }
    T exchange_seq_cst(T value) {
        return say(Operation::AtomicExchange, AccessKind::Exchange, value), value_.exchange(value, std::memory_order_seq_cst);
    }

    /// Stores `desired` if the value is `expected`; else reads the value into `expected`. Never fails spuriously.
    /// A failed exchange is an acquire load (relaxed, seq_cst) of the value.
    [[nodiscard]] bool compare_exchange_relaxed(T& expected, T desired) {
        say(Operation::AtomicCompareExchange, AccessKind::CompareExchange, desired, expected);
        return value_.compare_exchange_strong(expected, desired, std::memory_order_relaxed);
    }
    [[nodiscard]] bool compare_exchange_acq_rel(T& expected, T desired) {
        say(Operation::AtomicCompareExchange, AccessKind::CompareExchange, desired, expected);
        return value_.compare_exchange_strong(expected, desired, std::memory_order_acq_rel, std::memory_order_acquire);
    }
    [[nodiscard]] bool compare_exchange_seq_cst(T& expected, T desired) {
        say(Operation::AtomicCompareExchange, AccessKind::CompareExchange, desired, expected);
        return value_.compare_exchange_strong(expected, desired, std::memory_order_seq_cst);
    }

    // Each returns the value before.
#define HEDDLE_ATOMIC_ARITHMETIC(name, method, operation)                                                    \
    T name##relaxed(T operand)                                                                              \
        requires std::is_integral_v<T>                                                                       \
    {                                                                                                        \
        return say(Operation::operation, AccessKind::Arithmetic, operand), value_.method(operand, std::memory_order_relaxed);                 \
    }                                                                                                        \
    T name##acq_rel(T operand)                                                                              \
        requires std::is_integral_v<T>                                                                       \
    {                                                                                                        \
        return say(Operation::operation, AccessKind::Arithmetic, operand), value_.method(operand, std::memory_order_acq_rel);                 \
    }                                                                                                        \
    T name##seq_cst(T operand)                                                                              \
        requires std::is_integral_v<T>                                                                       \
    {                                                                                                        \
        return say(Operation::operation, AccessKind::Arithmetic, operand), value_.method(operand, std::memory_order_seq_cst);                 \
    }
    HEDDLE_ATOMIC_ARITHMETIC(add_, fetch_add, AtomicFetchAdd)
    HEDDLE_ATOMIC_ARITHMETIC(sub_, fetch_sub, AtomicFetchSub)
    HEDDLE_ATOMIC_ARITHMETIC(or_, fetch_or, AtomicFetchOr)
    HEDDLE_ATOMIC_ARITHMETIC(and_, fetch_and, AtomicFetchAnd)
    HEDDLE_ATOMIC_ARITHMETIC(xor_, fetch_xor, AtomicFetchXor)
#undef HEDDLE_ATOMIC_ARITHMETIC

private:
    [[gnu::always_inline]] void say(Operation operation, [[maybe_unused]] AccessKind kind, [[maybe_unused]] T operand = {},
                                    [[maybe_unused]] T expected = {}) const {
        if constexpr (kAnnounced) {
#ifdef HEDDLE_CONTROLLED
            if (current_thread().scheduler) announce_to_scheduler(operation, kind, operand, expected);
#else
            announce(operation, identity_);
#endif
        }
    }
#ifdef HEDDLE_CONTROLLED
    void announce_to_scheduler(Operation operation, AccessKind kind, T operand, T expected) const {
        ThreadRecord& thread = current_thread();
        controlled::Access access{.address = &value_, .width = sizeof(T), .kind = kind};
        __builtin_memcpy(&access.operand, &operand, sizeof(T));
        __builtin_memcpy(&access.expected, &expected, sizeof(T));
        controlled::announce_access(thread.scheduler, thread.scheduler_slot, operation, &identity_, access);
    }
#endif

    struct NoIdentity {};
    std::atomic<T> value_;
    [[no_unique_address]] std::conditional_t<kAnnounced, ObjectIdentity, NoIdentity> identity_;
};

template<class T>
using Atomic = BasicAtomic<T, true>;

template<class T>
using Polled = BasicAtomic<T, false>;

/// A count. As a reference count: add_relaxed to retain; the thread whose sub_acq_rel returns 1 destroys the object
/// and sees everything that the other holders did before they let go.
template<class T = uint32_t>
class Counter {
    static_assert(std::is_integral_v<T>);

public:
    constexpr Counter() = default;
    constexpr explicit Counter(T value) : value_(value) {}
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;

    T load_relaxed() const { return value_.load_relaxed(); }
    T load_acquire() const { return value_.load_acquire(); }
    void store_relaxed(T value) { value_.store_relaxed(value); }
    /// Each returns the value before.
    T add_relaxed(T amount) { return value_.add_relaxed(amount); }
    T sub_relaxed(T amount) { return value_.sub_relaxed(amount); }
    T sub_acq_rel(T amount) {
        T before = value_.sub_acq_rel(amount);
        HEDDLE_ASSERT(before >= amount);
        return before;
    }
    /// Adds one unless the count is zero: how a table that holds no reference of its own takes one.
    [[nodiscard]] bool add_unless_zero_acq_rel() {
        T seen = value_.load_relaxed();
        while (seen != 0) {
            if (value_.compare_exchange_acq_rel(seen, static_cast<T>(seen + 1))) return true;
        }
        return false;
    }

private:
    Polled<T> value_;
};

} // namespace heddle::sync
