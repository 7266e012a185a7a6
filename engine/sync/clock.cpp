// The clocks of the system, announced.
#include "sync/clock.h"

#include "base/assert.h"
#include "sync/choice.h"
#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif
#include "sync/current_thread.h"

#include <cerrno>
#include <time.h>
#include <unistd.h>

namespace heddle::sync {

static int64_t read_clock(clockid_t clock) {
    timespec time{};
    HEDDLE_CHECK(clock_gettime(clock, &time) == 0);
    return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

MonotonicTime now() {
    announce(Operation::ClockRead);
#ifdef HEDDLE_CONTROLLED
    if (current_thread().scheduler) return {controlled::virtual_now(current_thread().scheduler)};
#endif
    return {read_clock(CLOCK_MONOTONIC)};
}

int64_t wall_clock_now() {
    announce(Operation::ClockRead);
#ifdef HEDDLE_CONTROLLED
    if (current_thread().scheduler) {
        // 2026-01-01T00:00:00 UTC and what has passed since; it may jump by up to an hour.
        constexpr int64_t kStart = 1'767'225'600'000'000'000;
        constexpr uint64_t kHour = 3'600'000'000'000;
        return kStart + controlled::virtual_now(current_thread().scheduler) +
               static_cast<int64_t>(choose(ChoiceKind::TimeOfDay, kHour));
    }
#endif
    int64_t time = read_clock(CLOCK_REALTIME);
#ifdef HEDDLE_CHECKED
    constexpr int64_t kHour = 3'600'000'000'000;
    if (Disturbance& disturbance = current_thread().disturbance; disturbance.draw(disturbance.clock_jump_period))
        time += static_cast<int64_t>(disturbance.state % (2 * kHour)) - kHour;
#endif
    return time;
}

int64_t thread_cpu_nanoseconds() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

void sleep_until(MonotonicTime deadline) {
    announce(Operation::Sleep);
    assert_may_block(Operation::Sleep);
#ifdef HEDDLE_CONTROLLED
    if (ThreadRecord& thread = current_thread(); thread.scheduler) {
        if (deadline.nanoseconds <= 0) return;
        controlled::block_on(thread.scheduler, thread.scheduler_slot, Operation::Sleep, nullptr, nullptr,
                             deadline.is_never() ? controlled::kNoDeadline : deadline.nanoseconds, nullptr);
        return;
    }
#endif
    if (deadline.is_never()) {
        for (;;) pause();
    }
    if (deadline.nanoseconds <= 0) return;
    timespec time{static_cast<time_t>(deadline.nanoseconds / 1'000'000'000), static_cast<long>(deadline.nanoseconds % 1'000'000'000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
    }
}

} // namespace heddle::sync
