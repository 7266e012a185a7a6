// Access to bytes that script shares between agents. Every access is an atomic one, relaxed or sequentially consistent,
// so that a racy script is no undefined behaviour of the engine and ThreadSanitizer has nothing to report or suppress.
//
// Addresses are raw: the caller has checked bounds and keeps the store alive. Accesses of a width at its natural
// alignment do not tear; the `_tearing` ones may, byte by byte, as the memory model allows for unaligned accesses.
#pragma once

#include "base/assert.h"
#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace heddle::sync {

template<class T>
concept SharedElement = std::is_trivially_copyable_v<T> && (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);

/// The unsigned integer as wide as T.
template<size_t kWidth>
using UnsignedOfWidth = std::conditional_t<kWidth == 1, uint8_t,
    std::conditional_t<kWidth == 2, uint16_t, std::conditional_t<kWidth == 4, uint32_t, uint64_t>>>;

template<SharedElement T>
[[gnu::always_inline]] inline bool is_aligned_for(const void* address) {
    return reinterpret_cast<uintptr_t>(address) % sizeof(T) == 0;
}

#ifdef HEDDLE_CONTROLLED
/// In a controlled run each access inside a SharedRegion is a decision; unordered ones only if the plan says so.
[[gnu::always_inline]] inline void announce_shared(Operation operation, const void* address, size_t size, bool ordered) {
    ThreadRecord& thread = current_thread();
    if (!thread.scheduler || (!ordered && !controlled::announces_memory(thread.scheduler))) return;
    controlled::announce_memory(thread.scheduler, thread.scheduler_slot, operation, address, size);
}
#define HEDDLE_ANNOUNCE_SHARED(operation, address, size, ordered) \
    announce_shared(Operation::operation, address, size, ordered)
#else
#define HEDDLE_ANNOUNCE_SHARED(operation, address, size, ordered) ((void)0)
#endif

/// Names the bytes of a shared store for as long as it lives, so that accesses to them are decisions in a controlled
/// run. Empty in other builds.
class SharedRegion {
public:
#ifdef HEDDLE_CONTROLLED
    SharedRegion() = default;
    ~SharedRegion() { forget(); }
    SharedRegion(const SharedRegion&) = delete;
    SharedRegion& operator=(const SharedRegion&) = delete;
    void name(const void* base, size_t size) {
        if (!current_thread().scheduler || size == 0) return;
        base_ = base;
        controlled::register_region(current_thread().scheduler, base, size, &identity_);
    }
    void forget() {
        if (base_ && current_thread().scheduler) controlled::forget_region(current_thread().scheduler, base_);
        base_ = nullptr;
    }

private:
    const void* base_ = nullptr;
    ObjectIdentity identity_;
#else
    void name(const void*, size_t) {}
    void forget() {}
#endif
};

template<SharedElement T>
[[gnu::always_inline]] inline T load_relaxed(const void* address) {
    HEDDLE_ASSERT(is_aligned_for<T>(address));
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryRead, address, sizeof(T), false);
    auto bits = __atomic_load_n(static_cast<const UnsignedOfWidth<sizeof(T)>*>(address), __ATOMIC_RELAXED);
    return __builtin_bit_cast(T, bits);
}

template<SharedElement T>
[[gnu::always_inline]] inline void store_relaxed(void* address, T value) {
    HEDDLE_ASSERT(is_aligned_for<T>(address));
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryWrite, address, sizeof(T), false);
    using Bits = UnsignedOfWidth<sizeof(T)>;
    __atomic_store_n(static_cast<Bits*>(address), __builtin_bit_cast(Bits, value), __ATOMIC_RELAXED);
}

template<SharedElement T>
inline T load_seq_cst(const void* address) {
    HEDDLE_ASSERT(is_aligned_for<T>(address));
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryRead, address, sizeof(T), true);
    auto bits = __atomic_load_n(static_cast<const UnsignedOfWidth<sizeof(T)>*>(address), __ATOMIC_SEQ_CST);
    return __builtin_bit_cast(T, bits);
}

template<SharedElement T>
inline void store_seq_cst(void* address, T value) {
    HEDDLE_ASSERT(is_aligned_for<T>(address));
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryWrite, address, sizeof(T), true);
    using Bits = UnsignedOfWidth<sizeof(T)>;
    __atomic_store_n(static_cast<Bits*>(address), __builtin_bit_cast(Bits, value), __ATOMIC_SEQ_CST);
}

template<SharedElement T>
inline T exchange_seq_cst(void* address, T value) {
    HEDDLE_ASSERT(is_aligned_for<T>(address));
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryReadModifyWrite, address, sizeof(T), true);
    using Bits = UnsignedOfWidth<sizeof(T)>;
    Bits before = __atomic_exchange_n(static_cast<Bits*>(address), __builtin_bit_cast(Bits, value), __ATOMIC_SEQ_CST);
    return __builtin_bit_cast(T, before);
}

/// Compares bits, stores `replacement` when they are equal, and returns the value before.
template<SharedElement T>
inline T compare_exchange_seq_cst(void* address, T expected, T replacement) {
    HEDDLE_ASSERT(is_aligned_for<T>(address));
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryReadModifyWrite, address, sizeof(T), true);
    using Bits = UnsignedOfWidth<sizeof(T)>;
    Bits seen = __builtin_bit_cast(Bits, expected);
    __atomic_compare_exchange_n(static_cast<Bits*>(address), &seen, __builtin_bit_cast(Bits, replacement),
                                /*weak=*/false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return __builtin_bit_cast(T, seen);
}

// Read-modify-write on integers; each returns the value before.
#define HEDDLE_SHARED_FETCH(name)                                                                            \
    template<SharedElement T>                                                                                \
        requires std::is_integral_v<T>                                                                       \
    inline T fetch_##name##_seq_cst(void* address, T operand) {                                              \
        HEDDLE_ASSERT(is_aligned_for<T>(address));                                                           \
        HEDDLE_ANNOUNCE_SHARED(SharedMemoryReadModifyWrite, address, sizeof(T), true); \
        using Bits = UnsignedOfWidth<sizeof(T)>;                                                             \
        return static_cast<T>(__atomic_fetch_##name(static_cast<Bits*>(address), static_cast<Bits>(operand), \
                                                    __ATOMIC_SEQ_CST));                                      \
    }
HEDDLE_SHARED_FETCH(add)
HEDDLE_SHARED_FETCH(sub)
HEDDLE_SHARED_FETCH(and)
HEDDLE_SHARED_FETCH(or)
HEDDLE_SHARED_FETCH(xor)
#undef HEDDLE_SHARED_FETCH

/// A read that may tear: relaxed bytes at any alignment.
template<SharedElement T>
inline T load_relaxed_tearing(const void* address) {
    if (is_aligned_for<T>(address)) return load_relaxed<T>(address);
    unsigned char bytes[sizeof(T)];
    auto source = static_cast<const unsigned char*>(address);
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryRead, address, sizeof(T), false);
    for (size_t i = 0; i < sizeof(T); i++) bytes[i] = __atomic_load_n(source + i, __ATOMIC_RELAXED);
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
}

/// A write that may tear: relaxed bytes at any alignment.
template<SharedElement T>
inline void store_relaxed_tearing(void* address, T value) {
    if (is_aligned_for<T>(address)) return store_relaxed<T>(address, value);
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    auto target = static_cast<unsigned char*>(address);
    HEDDLE_ANNOUNCE_SHARED(SharedMemoryWrite, address, sizeof(T), false);
    for (size_t i = 0; i < sizeof(T); i++) __atomic_store_n(target + i, bytes[i], __ATOMIC_RELAXED);
}

/// Copies from low to high addresses, by relaxed words of the widest width at which both sides are aligned together.
/// Ranges may overlap only with target below source.
void copy_relaxed(void* target, const void* source, size_t size);

/// As copy_relaxed from high to low: ranges may overlap only with target above source.
void copy_relaxed_backward(void* target, const void* source, size_t size);

/// Copies correctly whatever the overlap.
void move_relaxed(void* target, const void* source, size_t size);

/// Sets bytes, by relaxed words where aligned.
void fill_relaxed(void* target, unsigned char byte, size_t size);

/// Compares bytes read relaxed: the sign of the first difference, or 0.
int compare_relaxed(const void* left, const void* right, size_t size);

} // namespace heddle::sync
