// Block: 16 KiB of cells of one size (or the header in front of one large cell), with their mark bits.
#pragma once

#include "heap/heap.h"

namespace heddle {

/// Overlays a free cell. The state byte of the cell header stays Free.
struct FreeCell {
    FreeCell* next;
    uint64_t header; // zero: CellKind::Free, CellState::Free
};

//   +0    header (fields below)
//   +...  mark bits, one for each 16 bytes
//   +kPayloadOffset  cells
class Block {
public:
    static constexpr size_t kMarkWords = Heap::kBlockSize / Heap::kCellAlignment / 64;
    static constexpr size_t kPayloadOffset = 192;

    Block(Heap& heap, uint32_t cell_size, bool finalized, size_t large_size)
        : heap_(&heap), large_size_(large_size), cell_size_(cell_size), finalized_(finalized) {
        cell_count_ = large_size ? 1 : static_cast<uint32_t>((Heap::kBlockSize - kPayloadOffset) / cell_size);
    }

    static Block* of(const void* address) {
        return reinterpret_cast<Block*>(reinterpret_cast<uintptr_t>(address) & ~(Heap::kBlockSize - 1));
    }
    Heap& heap() const { return *heap_; }
    bool is_large() const { return large_size_ != 0; }
    bool is_finalized() const { return finalized_; }
    uint32_t cell_size() const { return cell_size_; }
    uint32_t cell_count() const { return cell_count_; }
    size_t total_bytes() const { return is_large() ? large_size_ + kPayloadOffset : Heap::kBlockSize; }
    std::byte* payload() { return reinterpret_cast<std::byte*>(this) + kPayloadOffset; }
    std::byte* payload_end() { return payload() + (is_large() ? large_size_ : size_t{cell_count_} * cell_size_); }
    Cell* cell(uint32_t i) { return reinterpret_cast<Cell*>(payload() + size_t{i} * cell_size_); }

    bool is_marked(const Cell* cell) const {
        size_t bit = mark_index(cell);
        return marks_[bit / 64] >> (bit % 64) & 1;
    }
    /// False when it was marked already.
    bool mark(const Cell* cell) {
        size_t bit = mark_index(cell);
        uint64_t mask = uint64_t{1} << (bit % 64);
        if (marks_[bit / 64] & mask) return false;
        marks_[bit / 64] |= mask;
        return true;
    }
    void clear_marks() {
        for (uint64_t& word : marks_)
            word = 0;
    }
    uint32_t marked_count() const {
        uint32_t count = 0;
        for (uint64_t word : marks_)
            count += static_cast<uint32_t>(std::popcount(word));
        return count;
    }
    /// Marked and not yet swept: unmarked cells are dead.
    bool needs_sweep = false;

private:
    static size_t mark_index(const Cell* cell) {
        return (reinterpret_cast<uintptr_t>(cell) & (Heap::kBlockSize - 1)) / Heap::kCellAlignment;
    }
    Heap* heap_;
    size_t large_size_;
    uint32_t cell_size_;
    uint32_t cell_count_;
    bool finalized_;
    uint64_t marks_[kMarkWords] = {};
};
static_assert(sizeof(Block) <= Block::kPayloadOffset);

template<class F>
void Heap::for_each_cell(F&& visit) {
    auto walk = [&](Block* block) {
        for (uint32_t i = 0; i < block->cell_count(); ++i) {
            Cell* cell = block->cell(i);
            if (reinterpret_cast<FreeCell*>(cell)->header == 0 || cell->state() != CellState::Live) continue;
            if (block->needs_sweep && !block->is_marked(cell)) continue; // dead, waiting for the sweep
            visit(cell);
        }
    };
    for (SizeClass& size_class : classes_)
        for (Block* block : size_class.blocks)
            walk(block);
    for (Block* block : large_)
        walk(block);
}

} // namespace heddle
