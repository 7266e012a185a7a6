// The rank check: what a thread holds, and the message when it acquires out of order.
#include "sync/mutex.h"

#include <cstdio>
#include <cstdlib>

namespace heddle::sync {

void record_acquisition(Rank rank) {
    if (rank == Rank::Unchecked) return;
    ThreadRecord& thread = current_thread();
    HEDDLE_CHECK(thread.held_count < ThreadRecord::kMaxHeldMutexes);
    for (int i = 0; i < thread.held_count; i++) {
        if (thread.held_ranks[i] < rank) continue;
        std::fprintf(stderr,
                     "heddle: lock order: %s acquires a mutex of rank %s while it holds one of rank %s; "
                     "ranks are acquired in the order of engine/sync/rank.def\n",
                     thread.describe().c_str(), rank_name(rank), rank_name(thread.held_ranks[i]));
        std::fflush(stderr);
        std::abort();
    }
    thread.held_ranks[thread.held_count++] = rank;
}

void record_release(Rank rank) {
    if (rank == Rank::Unchecked) return;
    ThreadRecord& thread = current_thread();
    for (int i = thread.held_count - 1; i >= 0; i--) {
        if (thread.held_ranks[i] != rank) continue;
        for (int j = i + 1; j < thread.held_count; j++) thread.held_ranks[j - 1] = thread.held_ranks[j];
        thread.held_count--;
        return;
    }
    std::fprintf(stderr, "heddle: %s releases a mutex of rank %s that it does not hold\n",
                 thread.describe().c_str(), rank_name(rank));
    std::fflush(stderr);
    std::abort();
}

} // namespace heddle::sync
