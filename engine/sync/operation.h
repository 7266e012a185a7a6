// How a thread announces what it is about to do, and how the objects it does it to are named.
//
// Every primitive of engine/sync calls announce() before it acts. In a release build that is nothing at all. In a
// checked build a stress program may ask for random yields there. In a controlled build (HEDDLE_CONTROLLED) the
// announcement goes to the scheduler that the thread inherited (sync/controlled/scheduler.h), which returns when the
// thread has been chosen; a thread without a scheduler runs free.
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
    /// Set in `nth` of objects that were made before the run began.
    static constexpr uint32_t kWarm = uint32_t{1} << 31;

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

    // Read by the scheduler, which looks at nothing else of the object.
    ObjectId id_;
    /// The object's number in this run; 0 until it is first announced.
    mutable uint32_t index_ = 0;
#else
public:
    constexpr ObjectIdentity() = default;
    ObjectIdentity(const ObjectIdentity&) = delete;
    ObjectIdentity& operator=(const ObjectIdentity&) = delete;
#endif
};

/// The outlined half of announce(): scheduler or random yields.
void announce_slow(Operation, const ObjectIdentity*);

} // namespace heddle::sync
