// Choices that are not about threads: does this allocation fail, is now the moment to collect, which random number. In a
// controlled run the schedule decides them, so that they are recorded, replayed and shrunk with the rest.
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

/// A value in [0, bound), 0 being what usually happens; bound 0 means any 64 bits. Always 0 unless is_controlled().
uint64_t choose(ChoiceKind, uint64_t bound);

} // namespace heddle::sync
