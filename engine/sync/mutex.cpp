// The rank check: what a thread holds, and the message when it acquires out of order.
#include "sync/mutex.h"

#include "base/rules.h"
#include "sync/stack_frames.h"

namespace heddle::sync {

void record_acquisition(Rank rank, const void* mutex) {
    if (rank == Rank::Unchecked) return;
    ThreadRecord& thread = current_thread();
    HEDDLE_CHECK(thread.held_count < ThreadRecord::kMaxHeldMutexes);
    for (int i = 0; i < thread.held_count; i++) {
        if (thread.held_ranks[i] < rank) continue;
        report_broken_rule(Rule::LockOrder, mutex, "a mutex of rank %s is acquired while one of rank %s is held", rank_name(rank),
                           rank_name(thread.held_ranks[i]));
    }
#ifdef HEDDLE_CHECKED
    thread.held_frame_counts[thread.held_count] =
        static_cast<uint8_t>(walk_frames(thread.held_frames[thread.held_count], ThreadRecord::kHeldFrames));
#endif
    thread.held_ranks[thread.held_count++] = rank;
}

void check_holds_no_mutex([[maybe_unused]] const void* object, [[maybe_unused]] const char* what) {
#ifdef HEDDLE_CHECKED
    const ThreadRecord& thread = current_thread();
    for (int i = 0; i < thread.held_count; i++)
        HEDDLE_RULE(LockAcrossScript, thread.held_ranks[i] == Rank::Host, object, "%s while a mutex of rank %s is held", what, rank_name(thread.held_ranks[i]));
#endif
}

void record_release(Rank rank, const void* mutex) {
    if (rank == Rank::Unchecked) return;
    ThreadRecord& thread = current_thread();
    for (int i = thread.held_count - 1; i >= 0; i--) {
        if (thread.held_ranks[i] != rank) continue;
        for (int j = i + 1; j < thread.held_count; j++) {
            thread.held_ranks[j - 1] = thread.held_ranks[j];
#ifdef HEDDLE_CHECKED
            for (int frame = 0; frame < thread.held_frame_counts[j]; frame++)
                thread.held_frames[j - 1][frame] = thread.held_frames[j][frame];
            thread.held_frame_counts[j - 1] = thread.held_frame_counts[j];
#endif
        }
        thread.held_count--;
        return;
    }
    report_broken_rule(Rule::LockRelease, mutex, "a mutex of rank %s is released by a thread that does not hold it", rank_name(rank));
}

} // namespace heddle::sync
