// Memory kept back for the small allocations that cannot fail one by one: the texts of errors, nodes of maps, names. Code
// asks at a bounded distance whether memory is at hand (base/fault.h), and what it allocates before the next question comes
// from here where malloc has nothing left.
#pragma once

#include "sync/atomic.h"

#include <cstddef>

namespace heddle::sync {

/// Pages that nobody touches: address space, and memory only once they have been given out. It serves the threads that have
/// it in their record, and outlives them there. Any thread.
class MemoryReserve {
public:
    static constexpr size_t kDefaultBytes = size_t{8} << 20;
    static constexpr size_t kMostBytes = size_t{64} << 20;

    MemoryReserve() = default;
    ~MemoryReserve();
    MemoryReserve(const MemoryReserve&) = delete;
    /// Sets pages aside until there are `bytes` of them, at most kMostBytes. False when they cannot be had; what could be had
    /// is kept.
    [[nodiscard]] bool keep(size_t bytes = kDefaultBytes);
    /// Whether nothing has been given out; the system is asked for what has been first. True where nothing is kept.
    bool is_whole() { return missing_.load_relaxed() == 0 || refill(); }
    /// Set aside at this moment.
    size_t bytes() const;
    /// Gives a part back to the system, which may give it to malloc. False when nothing is left.
    bool give_out();

private:
    // More than malloc asks the system for at once. Pages and not memory of malloc's, which does not share what one thread has
    // freed with a thread that has no arena yet.
    static constexpr size_t kPieceBytes = size_t{2} << 20;
    static constexpr size_t kMostPieces = kMostBytes / kPieceBytes;
    bool refill();
    Polled<void*> pieces_[kMostPieces];
    Polled<size_t> wanted_{0};  // pieces: the first so many places are to be full
    Polled<size_t> missing_{0}; // of those
};

/// Lets the reserve of the calling thread give something out, if it has one and has not declined. Whether it did.
bool use_memory_reserve();

/// Makes the process's std::new_handler one that uses the reserve of its thread, and throws std::bad_alloc where there is
/// none. Any thread.
void install_new_handler();

} // namespace heddle::sync
