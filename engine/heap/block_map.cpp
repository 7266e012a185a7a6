// Open addressing with linear probing; removal moves later entries back, so that there are no tombstones.
#include "heap/block_map.h"

#include "heap/block.h"

#include <algorithm>

namespace heddle {

namespace {
uintptr_t page_of(uintptr_t address) {
    return address / Heap::kBlockSize;
}
} // namespace

bool BlockMap::reserve(size_t count) {
    if (count * 2 <= capacity_) return true;
    size_t capacity = std::max<size_t>(64, std::bit_ceil(count * 2));
    auto* grown = static_cast<Entry*>(__builtin_calloc(capacity, sizeof(Entry)));
    if (!grown) return false;
    Entry* old = entries_;
    size_t old_capacity = capacity_;
    entries_ = grown;
    capacity_ = capacity;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(capacity));
    for (size_t i = 0; i < old_capacity; ++i) {
        if (old[i].page) put(old[i].page, old[i].block);
    }
    __builtin_free(old);
    return true;
}

void BlockMap::put(uintptr_t page, Block* block) {
    size_t at = home(page);
    while (entries_[at].page)
        at = (at + 1) & (capacity_ - 1);
    entries_[at] = {page, block};
}

bool BlockMap::insert(Block* block, size_t bytes) {
    size_t pages = (bytes + Heap::kBlockSize - 1) / Heap::kBlockSize;
    if (!reserve(used_ + pages)) return false;
    used_ += pages;
    auto begin = reinterpret_cast<uintptr_t>(block);
    for (size_t i = 0; i < pages; ++i)
        put(page_of(begin) + i, block);
    low_ = std::min(low_, begin);
    high_ = std::max(high_, begin + bytes);
    return true;
}

void BlockMap::erase(Block* block, size_t bytes) {
    size_t pages = (bytes + Heap::kBlockSize - 1) / Heap::kBlockSize;
    uintptr_t first = page_of(reinterpret_cast<uintptr_t>(block));
    size_t mask = capacity_ - 1;
    for (uintptr_t page = first; page < first + pages; ++page) {
        size_t hole = home(page);
        while (entries_[hole].page != page)
            hole = (hole + 1) & mask;
        // Every entry behind that may lie in the hole moves into it and leaves the next one.
        for (size_t at = (hole + 1) & mask; entries_[at].page; at = (at + 1) & mask) {
            size_t distance = (at - home(entries_[at].page)) & mask;
            if (distance < ((at - hole) & mask)) continue;
            entries_[hole] = entries_[at];
            hole = at;
        }
        entries_[hole] = {};
    }
    used_ -= pages;
}

Block* BlockMap::find(uintptr_t address) const {
    if (address < low_ || address >= high_) return nullptr;
    uintptr_t page = page_of(address);
    for (size_t at = home(page); entries_[at].page; at = (at + 1) & (capacity_ - 1)) {
        if (entries_[at].page == page) return entries_[at].block;
    }
    return nullptr;
}

} // namespace heddle
