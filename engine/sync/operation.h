// How a thread announces what it is about to do, and how the objects it does it to are named.
//
// Every primitive of engine/sync calls announce() before it acts. In a release build that is nothing at all. In a
// checked build a stress program may ask for random yields there. In a controlled build (HEDDLE_CONTROLLED) the
// announcement goes to the scheduler that the thread inherited, which returns when the thread has been chosen.
#pragma once

#include <cstdint>

namespace heddle::sync {

enum class Operation : uint8_t {
#define OPERATION(name, blocks) name,
#include "sync/operations.def"
#undef OPERATION
};

inline constexpr int kOperationCount = 0
#define OPERATION(name, blocks) +1
#include "sync/operations.def"
#undef OPERATION
    ;

/// The name of an operation as schedules write it. Static storage.
const char* operation_name(Operation);

/// May the operation wait for another thread?
bool operation_blocks(Operation);

/// A thread's name in a schedule: which child of which child of ... the main thread it is. The same in every run,
/// whatever order the operating system starts threads in. Depth is bounded; deeper threads share the last step.
struct ThreadPath {
    static constexpr int kMaxDepth = 7;
    uint16_t depth = 0;
    uint16_t steps[kMaxDepth] = {};

    ThreadPath child(uint32_t nth) const {
        ThreadPath path = *this;
        if (path.depth < kMaxDepth) path.depth++;
        path.steps[path.depth - 1] = static_cast<uint16_t>(nth);
        return path;
    }
    friend bool operator==(const ThreadPath&, const ThreadPath&) = default;
};

/// An object's name in a schedule: the thread that made it, and the how-manieth object of that thread it was.
struct ObjectId {
    ThreadPath creator;
    uint32_t nth = 0;
    friend bool operator==(const ObjectId&, const ObjectId&) = default;
};

/// The member by which a synchronization object is named. Empty unless the build is controlled: declare it
/// `[[no_unique_address]] ObjectIdentity identity_;`.
class ObjectIdentity {
#ifdef HEDDLE_CONTROLLED
public:
    ObjectIdentity();
    ObjectIdentity(const ObjectIdentity&) = delete;
    ObjectIdentity& operator=(const ObjectIdentity&) = delete;
    const ObjectId& id() const { return id_; }

private:
    ObjectId id_;
#else
public:
    constexpr ObjectIdentity() = default;
    ObjectIdentity(const ObjectIdentity&) = delete;
    ObjectIdentity& operator=(const ObjectIdentity&) = delete;
#endif
};

/// What a controlled build calls at every announcement. One table for each process, inherited by threads from the
/// thread that started them; a thread without one runs free.
struct SchedulerHooks {
    /// Returns when the calling thread has been chosen to do `operation` on `object` (null: no object).
    void (*announce)(void* scheduler, Operation operation, const ObjectId* object);
    void* scheduler;
};

/// The outlined half of announce(): scheduler or random yields.
void announce_slow(Operation, const ObjectIdentity*);

} // namespace heddle::sync
