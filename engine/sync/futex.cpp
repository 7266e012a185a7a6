// The futex system call, announced.
#include "sync/futex.h"

#ifdef HEDDLE_CONTROLLED
#include "sync/controlled/scheduler.h"
#endif

#include <algorithm>
#include <cerrno>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace heddle::sync {

static_assert(sizeof(Polled<uint32_t>) == sizeof(uint32_t), "the kernel reads the word itself");

// A signal, or a stress program that does as if there had been one: whoever waits looks again.
static FutexOutcome interrupted() {
    return PLANTED(SyncInterruptedIsTimeout) ? FutexOutcome::TimedOut : FutexOutcome::Woken;
}

FutexOutcome futex_wait(const Polled<uint32_t>& word, uint32_t expected, MonotonicTime deadline) {
    Operation operation = deadline.is_never() ? Operation::FutexWait : Operation::FutexWaitUntil;
    announce(operation);
    assert_may_block(operation);
#ifdef HEDDLE_CONTROLLED
    if (ThreadRecord& thread = current_thread(); thread.scheduler) {
        if (word.load_relaxed() != expected) return FutexOutcome::ValueChanged;
        int64_t until = deadline.is_never() ? controlled::kNoDeadline : std::max<int64_t>(deadline.nanoseconds, 0);
        controlled::Wake wake =
            controlled::block_on(thread.scheduler, thread.scheduler_slot, operation, nullptr, &word, until, nullptr);
        return wake == controlled::Wake::TimedOut ? FutexOutcome::TimedOut : FutexOutcome::Woken;
    }
#endif
#ifdef HEDDLE_CHECKED
    if (Disturbance& disturbance = current_thread().disturbance; disturbance.draw(disturbance.spurious_period))
        return interrupted();
#endif
    timespec time{};
    if (!deadline.is_never()) {
        if (deadline.nanoseconds < 0) deadline.nanoseconds = 0;
        time.tv_sec = static_cast<time_t>(deadline.nanoseconds / 1'000'000'000);
        time.tv_nsec = static_cast<long>(deadline.nanoseconds % 1'000'000'000);
    }
    // FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock; FUTEX_WAIT would take a span.
    long result = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
                          deadline.is_never() ? nullptr : &time, nullptr, FUTEX_BITSET_MATCH_ANY);
    if (result == 0) return FutexOutcome::Woken;
    if (errno == EINTR) return interrupted();
    if (errno == EAGAIN) return FutexOutcome::ValueChanged;
    HEDDLE_CHECK(errno == ETIMEDOUT);
    return FutexOutcome::TimedOut;
}

int futex_wake(const Polled<uint32_t>& word, int count) {
    announce(Operation::FutexWake);
#ifdef HEDDLE_CONTROLLED
    if (ThreadRecord& thread = current_thread(); thread.scheduler)
        return controlled::wake(thread.scheduler, thread.scheduler_slot, &word, count);
#endif
    long woken = syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr, 0);
    HEDDLE_CHECK(woken >= 0);
    return static_cast<int>(woken);
}

} // namespace heddle::sync
