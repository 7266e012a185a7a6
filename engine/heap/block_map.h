// BlockMap: from any address to the block of a heap that covers it, for the conservative scan of the stack.
// One entry for each 16 KiB; blocks come and go one at a time, so that a collection finds the map ready.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle {

class Block;

class BlockMap {
public:
    BlockMap() = default;
    ~BlockMap() { __builtin_free(entries_); }
    BlockMap(const BlockMap&) = delete;

    /// The block covers `bytes` from its own address on. False, and nothing has changed, without memory for
    /// it.
    [[nodiscard]] bool insert(Block*, size_t bytes);
    void erase(Block*, size_t bytes);
    /// The block that covers this address, or null.
    Block* find(uintptr_t address) const;
    /// Bounds of every block there ever was: words outside point at none.
    uintptr_t low() const { return low_; }
    uintptr_t high() const { return high_; }

private:
    struct Entry {
        uintptr_t page; // zero: free
        Block* block;
    };
    size_t home(uintptr_t page) const { return page * 0x9E37'79B9'7F4A'7C15u >> shift_; }
    [[nodiscard]] bool reserve(size_t count);
    void put(uintptr_t page, Block*);

    Entry* entries_ = nullptr;
    size_t capacity_ = 0; // a power of two
    size_t used_ = 0;
    unsigned shift_ = 63;
    uintptr_t low_ = UINTPTR_MAX;
    uintptr_t high_ = 0;
};

} // namespace heddle
