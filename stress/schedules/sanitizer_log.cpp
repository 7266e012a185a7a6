// Filling a log and beginning another, by the hooks that ThreadSanitizer has for fibers.
#include "stress/schedules/sanitizer_log.h"

#ifdef STRESS_HAS_THREAD_SANITIZER

extern "C" void* __tsan_create_fiber(unsigned flags);

namespace stress {

namespace {

// A function that touches nothing is not logged. Its beginning and its end are.
volatile int touched = 0;
[[gnu::noinline]] void be_logged() { touched = 0; }

} // namespace

STRESS_NOT_INSTRUMENTED void* make_fiber(bool ignores_races) {
    void* fiber = __tsan_create_fiber(0);
    void* thread = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber, kNoSynchronization);
    if (ignores_races) __tsan_ignore_thread_begin();
    be_logged();
    __tsan_switch_to_fiber(thread, kNoSynchronization);
    return fiber;
}

STRESS_NOT_INSTRUMENTED void fill_own_log() {
    // history_size=7 is the most: nine parts.
    constexpr int kEventsOfPart = 32768, kMostParts = 9;
    for (int events = 0; events <= kEventsOfPart * kMostParts; events += 2)
        be_logged();
}

STRESS_NOT_INSTRUMENTED void begin_run_log() {
    __tsan_switch_to_fiber(make_fiber(false), kNoSynchronization);
}

} // namespace stress

#endif
