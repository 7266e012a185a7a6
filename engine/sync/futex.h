// Raw waiting on a 32-bit word of this process, for the few structures that build their own blocking.
#pragma once

#include "sync/atomic.h"
#include "sync/clock.h"

namespace heddle::sync {

enum class FutexOutcome : uint8_t { Woken, ValueChanged, TimedOut };

/// Blocks while `word` holds `expected`, until woken or until the deadline. May return Woken spuriously. The thread
/// must be outside any request. Orders nothing by itself: read the word again with the order that is needed.
FutexOutcome futex_wait(const Polled<uint32_t>& word, uint32_t expected, MonotonicTime deadline = MonotonicTime::never());

/// Wakes at most `count` threads that wait on `word`; returns how many.
int futex_wake(const Polled<uint32_t>& word, int count);

} // namespace heddle::sync
