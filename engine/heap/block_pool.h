// BlockPool: the Runtime's supply of aligned blocks for the heaps of its agents. Thread-safe.
#pragma once

#include "base/growable_array.h"
#include "sync/mutex.h"

#include <cstddef>

namespace heddle {

class BlockPool {
public:
    static constexpr size_t kBlockSize = 16 * 1024;
    static constexpr size_t kChunkSize = 1024 * 1024;
    /// Blocks given back that keep their pages: clearing them costs less than asking the system for new ones.
    static constexpr size_t kKeptBlocks = 64;

    BlockPool();
    ~BlockPool();
    BlockPool(const BlockPool&) = delete;

    /// A block of kBlockSize bytes, aligned to its size, all zero; null when the system has no more memory.
    void* acquire();
    /// Gives a block back. Its pages are returned to the system when the pool holds many.
    void release(void*);
    /// Blocks handed out and not given back: zero after the last agent has ended.
    size_t blocks_in_use() const;

private:
    [[nodiscard]] bool add_chunk() HEDDLE_REQUIRES(mutex_);
    mutable sync::Mutex mutex_;
    // Every list has room for all blocks there are: giving one back needs no memory.
    GrowableArray<void*> free_; // zero
    GrowableArray<void*> used_; // to be cleared
    GrowableArray<void*> chunks_;
    size_t in_use_ = 0;
};

} // namespace heddle
