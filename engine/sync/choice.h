// Choices that are not about threads: does this allocation fail, is now the moment to collect, which random
// number. In a controlled run the schedule decides them, so that they are recorded, replayed and shrunk with
// the rest.
#pragma once

#include "sync/controlled/run.h"
#include "sync/current_thread.h"

namespace heddle::sync {

using controlled::ChoiceKind;

/// Does a schedule decide what happens on this thread?
[[gnu::always_inline]] inline bool is_controlled() {
#ifdef HEDDLE_CONTROLLED
    return current_thread().scheduler != nullptr;
#else
    return false;
#endif
}

/// A value in [0, bound), 0 being what usually happens; bound 0 means any 64 bits. Always 0 unless
/// is_controlled().
#ifdef HEDDLE_CONTROLLED
uint64_t choose(ChoiceKind, uint64_t bound);
#else
[[gnu::always_inline]] inline uint64_t choose(ChoiceKind, uint64_t) {
    return 0;
}
#endif

/// Something was achieved that the scheduler cannot see (a block of the heap changed hands): puts off the report of a
/// livelock.
#ifdef HEDDLE_CONTROLLED
void note_progress();
#else
[[gnu::always_inline]] inline void note_progress() {}
#endif

} // namespace heddle::sync
