// Watched<T>: plain data of test programs whose every access is a decision of a controlled run. The access itself is an
// ordinary one, so ThreadSanitizer reports races on it.
#pragma once

#include "sync/controlled/scheduler.h"

#include <type_traits>

namespace heddle::sync::controlled {

template<class T>
class Watched {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);

public:
    Watched() = default;
    Watched(T value) : value_(value) {}
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched& other) { return *this = other.get(); }

    operator T() const { return get(); }
    T get() const {
        say(Operation::SharedMemoryRead, {});
        return value_;
    }
    Watched& operator=(T value) {
        say(Operation::SharedMemoryWrite, value);
        value_ = value;
        return *this;
    }
    // A read and then a write: not atomic, which is the point.
    Watched& operator+=(T amount) { return *this = static_cast<T>(get() + amount); }
    Watched& operator-=(T amount) { return *this = static_cast<T>(get() - amount); }
    T operator++(int) {
        T before = get();
        *this = static_cast<T>(before + 1);
        return before;
    }
    T operator--(int) {
        T before = get();
        *this = static_cast<T>(before - 1);
        return before;
    }
    T operator->() const { return get(); }
    /// Without a decision, for checks after all threads have been joined.
    T unannounced() const { return value_; }

private:
    [[gnu::always_inline]] void say([[maybe_unused]] Operation operation, [[maybe_unused]] T value) const {
#ifdef HEDDLE_CONTROLLED
        ThreadRecord& thread = current_thread();
        if (!thread.scheduler) return;
        Access access{.address = &value_,
                      .width = sizeof(T),
                      .kind = operation == Operation::SharedMemoryRead ? Access::Load : Access::Store};
        __builtin_memcpy(&access.operand, &value, sizeof(T));
        announce_access(thread.scheduler, thread.scheduler_slot, operation, &identity_, access);
#endif
    }

    T value_{};
    [[no_unique_address]] ObjectIdentity identity_;
};

} // namespace heddle::sync::controlled
