// Time: the monotonic clock that deadlines are given in, the wall clock for Date, and sleeping. A controlled build
// replaces all three by a virtual clock.
#pragma once

#include <compare>
#include <cstdint>

namespace heddle::sync {

/// A moment of the monotonic clock, in nanoseconds from an unspecified start.
struct MonotonicTime {
    int64_t nanoseconds = 0;

    /// The moment that never comes: waits with this deadline do not time out.
    static constexpr MonotonicTime never() { return {INT64_MAX}; }
    static constexpr MonotonicTime long_ago() { return {INT64_MIN}; }

    constexpr bool is_never() const { return nanoseconds == INT64_MAX; }
    /// Saturates at never(). A span of no, or negative, length is the moment itself or before it.
    constexpr MonotonicTime after_nanoseconds(int64_t span) const {
        int64_t sum = 0;
        if (__builtin_add_overflow(nanoseconds, span, &sum)) return span > 0 ? never() : long_ago();
        return {sum};
    }
    /// As script gives spans: infinities, fractions and NaN (as forever) allowed.
    constexpr MonotonicTime after_milliseconds(double span) const {
        if (!(span < 9.0e12)) return never();
        if (span <= 0) return *this;
        return after_nanoseconds(static_cast<int64_t>(span * 1e6));
    }
    friend constexpr auto operator<=>(const MonotonicTime&, const MonotonicTime&) = default;
};

constexpr int64_t nanoseconds_between(MonotonicTime from, MonotonicTime to) { return to.nanoseconds - from.nanoseconds; }

/// Now, on the monotonic clock.
MonotonicTime now();

/// Nanoseconds since 1970-01-01T00:00:00 UTC, as the system's clock has it; it may jump.
int64_t wall_clock_now();

/// Processor time of the calling thread so far, in nanoseconds. Not announced: for accounting only.
int64_t thread_cpu_nanoseconds();

/// Blocks the calling thread until the deadline; it must not be inside a request.
void sleep_until(MonotonicTime deadline);

} // namespace heddle::sync
