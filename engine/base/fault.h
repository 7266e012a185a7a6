// Injected failures of allocations, for the hunt: whatever allocates what script can make large asks here first, so that
// every such allocation can be made to fail once. In release builds the answer is the constant false.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace heddle {

#ifdef HEDDLE_CHECKED
/// Counts one allocation, and says whether it is the one that shall fail. Defined with the thread record in engine/sync;
/// never true unless a stress program has asked for it on this thread or on one that started it.
bool allocation_shall_fail();
/// Does anybody count allocations on this thread?
bool allocations_are_counted();
#else
constexpr bool allocation_shall_fail() { return false; }
constexpr bool allocations_are_counted() { return false; }
#endif

/// Under a sanitizer no allocator is asked for what is not needed yet: it ends the process where memory lacks, and clears a
/// shadow larger than what it gives. The injected failures are there too.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kAllocatorIsAsked = false;
#else
inline constexpr bool kAllocatorIsAsked = true;
#endif

/// Whether nothing of the memory that is kept back for the calling thread has been given out (sync/memory_reserve.h).
bool memory_reserve_is_whole();

/// While one lives on a thread, its failed allocations are failures: whoever can do without leaves the reserve alone.
class DeclineReserve {
public:
    DeclineReserve();
    ~DeclineReserve();
    DeclineReserve(const DeclineReserve&) = delete;
};

/// For what grows in small steps that cannot fail one by one (strings, maps, lists of a few items): asked at a bounded
/// distance whether there is room for all that comes before the next question, whoever makes them can give up in time. The
/// reserve is for what others have taken meanwhile.
inline bool memory_is_at_hand(size_t bytes = size_t{256} << 10) {
    if (allocation_shall_fail()) return false;
    if (!kAllocatorIsAsked) return true;
    if (!memory_reserve_is_whole()) return false;
    // Two: allocators have large items from other places than small ones, and both may follow. Volatile: a compiler may leave
    // out what is allocated and freed.
    void* volatile few = std::malloc(size_t{4} << 10);
    void* volatile many = few ? std::malloc(bytes) : nullptr;
    bool at_hand = many != nullptr;
    std::free(many);
    std::free(few);
    return at_hand;
}

/// Before something goes into a hash map or set of the standard library: room for its node, and for the table if that grows.
template<class Map>
bool has_room_for_one_more(const Map& map) {
    size_t bytes = size_t{4} << 10;
    bool grows = static_cast<double>(map.size() + 1) > static_cast<double>(map.max_load_factor()) * static_cast<double>(map.bucket_count());
    if (grows) bytes += map.bucket_count() * 3 * sizeof(void*);
    return memory_is_at_hand(bytes);
}

/// A new T, or null when there is no memory for it.
template<class T, class... Arguments>
T* new_or_null(Arguments&&... arguments) {
    if (allocation_shall_fail()) return nullptr;
    void* memory;
    {
        DeclineReserve declined;
        if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
            memory = ::operator new(sizeof(T), std::align_val_t{alignof(T)}, std::nothrow);
        else
            memory = ::operator new(sizeof(T), std::nothrow);
    }
    return memory ? new (memory) T(std::forward<Arguments>(arguments)...) : nullptr;
}

/// A new T[count], default-initialized by constructors that allocate nothing, or null when there is no memory for it.
template<class T>
T* new_array_or_null(size_t count) {
    if (allocation_shall_fail()) return nullptr;
    DeclineReserve declined;
    return new (std::nothrow) T[count];
}

} // namespace heddle
