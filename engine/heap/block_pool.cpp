#include "heap/block_pool.h"

#include "base/rules.h"
#include "base/planted_bug.h"
#include "heap/poison.h"
#include "sync/choice.h"

#include <cstring>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#define HEDDLE_ASAN 1
#endif
#endif

namespace heddle {

BlockPool::BlockPool() : mutex_(sync::Rank::BlockPool) {}

BlockPool::~BlockPool() {
    HEDDLE_RULE(Unbalanced, in_use_ == 0, this, "a runtime ends with %zu blocks that its heaps did not give back", in_use_);
    for (void* chunk : chunks_) {
#ifdef HEDDLE_ASAN
        __asan_unpoison_memory_region(chunk, kChunkSize);
        __lsan_unregister_root_region(chunk, kChunkSize);
#endif
        munmap(chunk, kChunkSize);
    }
}

void* BlockPool::acquire() {
    sync::note_progress();
    void* block = nullptr;
    {
        sync::MutexLocker locker(mutex_);
        if (used_.empty()) {
            if (free_.empty() && !add_chunk()) return nullptr;
            block = free_.back();
            free_.pop_back();
            ++in_use_;
            HEDDLE_UNPOISON(block, kBlockSize);
            return block;
        }
        block = used_.back();
        used_.pop_back();
        ++in_use_;
    }
    HEDDLE_UNPOISON(block, kBlockSize);
    std::memset(block, 0, kBlockSize);
    return block;
}

bool BlockPool::add_chunk() {
    if (!chunks_.reserve_more(1) || !used_.reserve(kKeptBlocks) ||
        !free_.reserve(chunks_.capacity() * (kChunkSize / kBlockSize)))
        return false;
    // Over-reserve so that an aligned chunk is inside, and give the rest back.
    void* reserved =
        mmap(nullptr, kChunkSize + kBlockSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (reserved == MAP_FAILED) return false;
    auto base = reinterpret_cast<uintptr_t>(reserved);
    uintptr_t aligned = (base + kBlockSize - 1) & ~(kBlockSize - 1);
    if (aligned > base) munmap(reserved, aligned - base);
    uintptr_t end = base + kChunkSize + kBlockSize;
    if (end > aligned + kChunkSize)
        munmap(reinterpret_cast<void*>(aligned + kChunkSize), end - aligned - kChunkSize);
    auto* chunk = reinterpret_cast<std::byte*>(aligned);
#ifdef HEDDLE_ASAN
    __lsan_register_root_region(chunk, kChunkSize);
#endif
    HEDDLE_CHECK(chunks_.push_back(chunk));
    for (size_t offset = kChunkSize; offset > 0; offset -= kBlockSize)
        HEDDLE_CHECK(free_.push_back(chunk + offset - kBlockSize));
    return true;
}

void BlockPool::release(void* block) {
    sync::note_progress();
    poison_dead(block, kBlockSize);
    bool counted = PLANTED(HeapUnlockedBlockCount);
    if (counted) --in_use_;
    {
        sync::MutexLocker locker(mutex_);
        HEDDLE_ASSERT(counted || in_use_ > 0);
        if (!counted) --in_use_;
        if (used_.size() < kKeptBlocks) {
            HEDDLE_CHECK(used_.push_back(block));
            return;
        }
    }
    // Dropped pages read as zero again, which is what acquire promises.
    madvise(block, kBlockSize, MADV_DONTNEED);
    sync::MutexLocker locker(mutex_);
    HEDDLE_CHECK(free_.push_back(block));
}

size_t BlockPool::blocks_in_use() const {
    sync::MutexLocker locker(mutex_);
    return in_use_;
}

} // namespace heddle
