// Injected failures of allocations, for the hunt: whatever allocates what script can make large asks here first, so that
// every such allocation can be made to fail once. In release builds the answer is the constant false.
#pragma once

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

/// A new T, or null when there is no memory for it.
template<class T, class... Arguments>
T* new_or_null(Arguments&&... arguments) {
    return allocation_shall_fail() ? nullptr : new (std::nothrow) T(std::forward<Arguments>(arguments)...);
}

} // namespace heddle
