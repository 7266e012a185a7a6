// Clang's thread-safety annotations under the names used in this engine.
#pragma once

#define HEDDLE_CAPABILITY(name) __attribute__((capability(name)))
#define HEDDLE_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define HEDDLE_GUARDED_BY(mutex) __attribute__((guarded_by(mutex)))
#define HEDDLE_POINTER_GUARDED_BY(mutex) __attribute__((pt_guarded_by(mutex)))
#define HEDDLE_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define HEDDLE_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define HEDDLE_TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define HEDDLE_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define HEDDLE_EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))
#define HEDDLE_NO_THREAD_SAFETY_ANALYSIS __attribute__((no_thread_safety_analysis))
