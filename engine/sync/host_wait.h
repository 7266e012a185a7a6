// HostWait: while it lives, what the thread waits for comes from the host (input, a timer of the embedder, a message from
// outside), so a scheduler that sees nobody able to go on does not call the thread deadlocked.
#pragma once

#include "sync/current_thread.h"

namespace heddle::sync {

class HostWait {
public:
#ifdef HEDDLE_CONTROLLED
    HostWait() { current_thread().waits_for_host++; }
    ~HostWait() { current_thread().waits_for_host--; }
#else
    HostWait() = default;
    ~HostWait() {}
#endif
    HostWait(const HostWait&) = delete;
    HostWait& operator=(const HostWait&) = delete;
};

/// Announces a call of the embedder's code.
inline void announce_host_call() { announce(Operation::HostCall); }

} // namespace heddle::sync
