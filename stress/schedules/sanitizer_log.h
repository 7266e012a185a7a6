// ThreadSanitizer's log of what each thread does, in so far as runs depend on it. It runs on the stacks of the program's
// threads: where it begins another part of a log it leaves words there, which the collector takes for references, and where
// it maps one it moves what the program maps later. So every run has to begin with the same logs. Without ThreadSanitizer
// nothing of this exists.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STRESS_HAS_THREAD_SANITIZER
#define STRESS_NOT_INSTRUMENTED __attribute__((disable_sanitizer_instrumentation))
extern "C" {
void __tsan_ignore_thread_begin();
void* __tsan_get_current_fiber();
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}
#endif
#endif
#ifndef STRESS_HAS_THREAD_SANITIZER
#define STRESS_NOT_INSTRUMENTED
#endif

namespace stress {

#ifdef STRESS_HAS_THREAD_SANITIZER

constexpr unsigned kNoSynchronization = 1;

/// Something whose log is begun and belongs to no thread: whoever switches to it writes there.
void* make_fiber(bool ignores_races);

/// Maps all that the log of the calling thread, which will fork runs, can ever have: it is mapped once and then written over.
void fill_own_log();

/// In the process of a run: what its main thread does goes to a fresh log. The functions that have called this one must never
/// return.
void begin_run_log();

#else

inline void fill_own_log() {}
inline void begin_run_log() {}

#endif

} // namespace stress
