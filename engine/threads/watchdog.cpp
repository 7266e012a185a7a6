#include "threads/watchdog.h"

#include "base/fault.h"

#include <algorithm>

namespace heddle {

bool Watchdog::set(uint64_t agent_id, sync::MonotonicTime when, bool terminates) {
    {
        sync::MutexLocker locker(mutex_);
        if (when.is_never() || stopping_) {
            deadlines_.erase(agent_id);
            return !stopping_;
        }
        if (!memory_is_at_hand(4096)) return false;
        if (!started_) {
            if (!thread_.start({.name = "watchdog", .stack_size = 128 * 1024}, [this] { run(); })) return false;
            started_ = true;
        }
        deadlines_[agent_id] = {when, terminates};
    }
    parker_.unpark();
    return true;
}

void Watchdog::run() {
    for (;;) {
        auto next = sync::MonotonicTime::never();
        uint64_t due = 0;
        bool terminates = false;
        {
            sync::MutexLocker locker(mutex_);
            if (stopping_) return;
            sync::MonotonicTime now = sync::now();
            for (auto deadline = deadlines_.begin(); deadline != deadlines_.end(); ++deadline) {
                if (deadline->second.when <= now) {
                    due = deadline->first;
                    terminates = deadline->second.terminates;
                    deadlines_.erase(deadline);
                    break;
                }
                next = std::min(next, deadline->second.when);
            }
        }
        if (due != 0) bite_(due, terminates);
        else parker_.park_until(next);
    }
}

void Watchdog::stop() {
    {
        sync::MutexLocker locker(mutex_);
        stopping_ = true;
        deadlines_.clear();
        if (!started_) return;
        started_ = false;
    }
    parker_.unpark();
    thread_.join();
}

} // namespace heddle
