#include "sync/memory_reserve.h"

#include "base/fault.h"

#include <algorithm>
#include <new>
#include <sys/mman.h>

namespace heddle::sync {

MemoryReserve::~MemoryReserve() {
    while (give_out()) {
    }
}

bool MemoryReserve::keep(size_t bytes) {
    size_t wanted = (std::min(bytes, kMostBytes) + kPieceBytes - 1) / kPieceBytes;
    size_t before = wanted_.load_relaxed();
    while (before < wanted && !wanted_.compare_exchange_relaxed(before, wanted)) {
    }
    if (before < wanted) missing_.add_relaxed(wanted - before);
    return is_whole();
}

// Two threads may each fill some of the gaps; a piece too many goes back.
bool MemoryReserve::refill() {
    for (size_t i = 0, wanted = wanted_.load_relaxed(); i < wanted; ++i) {
        if (pieces_[i].load_relaxed()) continue;
        void* piece = mmap(nullptr, kPieceBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (piece == MAP_FAILED) return false;
        void* none = nullptr;
        if (pieces_[i].compare_exchange_relaxed(none, piece)) missing_.add_relaxed(~size_t{0});
        else munmap(piece, kPieceBytes);
    }
    return missing_.load_relaxed() == 0;
}

bool MemoryReserve::give_out() {
    for (Polled<void*>& place : pieces_) {
        void* piece = place.exchange_relaxed(nullptr);
        if (!piece) continue;
        missing_.add_relaxed(1);
        munmap(piece, kPieceBytes);
        return true;
    }
    return false;
}

size_t MemoryReserve::bytes() const {
    size_t found = 0;
    for (const Polled<void*>& piece : pieces_)
        found += piece.load_relaxed() != nullptr;
    return found * kPieceBytes;
}

bool use_memory_reserve() {
    ThreadRecord& thread = current_thread();
    return thread.memory_reserve && thread.declines_reserve == 0 && thread.memory_reserve->give_out();
}

void install_new_handler() {
    // Operator new calls it until it has its memory or this throws.
    std::set_new_handler([] {
        if (!use_memory_reserve()) throw std::bad_alloc();
    });
}

} // namespace heddle::sync

namespace heddle {

bool memory_reserve_is_whole() {
    sync::MemoryReserve* reserve = sync::current_thread().memory_reserve;
    return !reserve || reserve->is_whole();
}

DeclineReserve::DeclineReserve() { ++sync::current_thread().declines_reserve; }
DeclineReserve::~DeclineReserve() { --sync::current_thread().declines_reserve; }

} // namespace heddle
