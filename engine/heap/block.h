// Block: 16 KiB of cells of one size (or the header in front of one large cell), with their mark bits and,
// once it has been swept, its runs of free cells.
#pragma once

#include "heap/heap.h"

#include <bit>

namespace heddle {

/// Overlays the first of a run of adjacent free cells. Their headers all say CellState::Free; the length lies
/// where a live cell keeps its `aux`.
struct FreeRun {
    FreeRun* next;
    uint32_t header; // zero: CellKind::Free, CellState::Free
    uint32_t bytes;
};
static_assert(sizeof(FreeRun) == 16);

//   +0    header (fields below)
//   +...  mark bits, one for each 16 bytes
//   +kPayloadOffset  cells
//
// Marks are sticky: what survived one collection stays marked, and so is old, until a full collection starts
// a new epoch. Marks of another epoch than the heap's count as clear. A block that has not been swept in the
// heap's epoch holds dead cells wherever a cell is not marked.
class Block {
public:
    static constexpr size_t kMarkWords = Heap::kBlockSize / Heap::kCellAlignment / 64;
    static constexpr size_t kPayloadOffset = 192;
    /// More than the cells of any block.
    static constexpr size_t kPlaces = Heap::kBlockSize / Heap::kCellAlignment;

    Block(Heap& heap, uint32_t serial_number, uint32_t epoch, uint32_t cell_size, bool finalized,
          size_t large_size)
        : serial(serial_number), heap_(&heap), large_size_(large_size), cell_size_(cell_size),
          mark_epoch_(epoch), swept_epoch_(epoch),
          cell_count_(
              static_cast<uint16_t>(large_size ? 1 : (Heap::kBlockSize - kPayloadOffset) / cell_size)),
          finalized_(finalized) {}

    static Block* of(const void* address) {
        return reinterpret_cast<Block*>(reinterpret_cast<uintptr_t>(address) & ~(Heap::kBlockSize - 1));
    }
    Heap& heap() const { return *heap_; }
    bool is_large() const { return large_size_ != 0; }
    bool is_finalized() const { return finalized_; }
    uint32_t cell_count() const { return cell_count_; }
    /// Bytes of one cell.
    size_t cell_size() const { return is_large() ? large_size_ : cell_size_; }
    size_t total_bytes() const { return is_large() ? large_size_ + kPayloadOffset : Heap::kBlockSize; }
    std::byte* payload() { return reinterpret_cast<std::byte*>(this) + kPayloadOffset; }
    std::byte* payload_end() { return payload() + size_t{cell_count_} * cell_size(); }
    Cell* cell(uint32_t i) { return reinterpret_cast<Cell*>(payload() + size_t{i} * cell_size_); }

    uint32_t cell_index(const void* inside) {
        return static_cast<uint32_t>(static_cast<size_t>(static_cast<const std::byte*>(inside) - payload()) /
                                     cell_size());
    }

    bool is_marked(const Cell* cell, uint32_t epoch) const {
        size_t bit = mark_index(cell);
        return mark_epoch_ == epoch && (marks_[bit / 64] >> (bit % 64) & 1);
    }
    /// False when it was marked already.
    bool mark(const Cell* cell, uint32_t epoch) {
        if (mark_epoch_ != epoch) [[unlikely]]
            start_epoch(epoch);
        size_t bit = mark_index(cell);
        uint64_t mask = uint64_t{1} << (bit % 64);
        if (marks_[bit / 64] & mask) return false;
        marks_[bit / 64] |= mask;
        return true;
    }
    const void* mark_word(const Cell* cell) const { return &marks_[mark_index(cell) / 64]; }
    bool has_marks(uint32_t epoch) const {
        if (mark_epoch_ != epoch) return false;
        uint64_t any = 0;
        for (uint64_t word : marks_)
            any |= word;
        return any != 0;
    }
    bool is_swept(uint32_t epoch) const { return swept_epoch_ == epoch; }
    void set_swept(uint32_t epoch) { swept_epoch_ = epoch; }
    /// A young collection went by: cells that it did not mark are dead.
    void set_unswept() { swept_epoch_ = 0; }

    /// Between the sweep and the moment in which the allocator takes the block.
    FreeRun* free_runs = nullptr;
    /// Place in SizeClass::blocks.
    uint32_t index = 0;
    /// The Nth block of its heap: what ids in snapshots are made of.
    uint32_t serial;
    /// For a snapshot under way.
    uint32_t snapshot_base = 0;

private:
    static size_t mark_index(const Cell* cell) {
        return (reinterpret_cast<uintptr_t>(cell) & (Heap::kBlockSize - 1)) / Heap::kCellAlignment;
    }
    void start_epoch(uint32_t epoch) {
        for (uint64_t& word : marks_)
            word = 0;
        mark_epoch_ = epoch;
    }
    Heap* heap_;
    size_t large_size_;
    uint32_t cell_size_;
    uint32_t mark_epoch_;
    uint32_t swept_epoch_;
    uint16_t cell_count_;
    bool finalized_;
    uint64_t marks_[kMarkWords] = {};
};
static_assert(sizeof(Block) <= Block::kPayloadOffset);

template<class F>
void Heap::for_each_block(F&& visit) {
    for (SizeClass& size_class : classes_) {
        for (Block* block : size_class.blocks)
            visit(block);
    }
    for (Block* block : large_)
        visit(block);
}

template<class F>
void Heap::for_each_cell(F&& visit) {
    for_each_block([&](Block* block) {
        for (uint32_t i = 0; i < block->cell_count(); ++i) {
            Cell* cell = block->cell(i);
            if (cell->state() != CellState::Live) continue;
            if (!block->is_swept(epoch_) && !block->is_marked(cell, epoch_))
                continue; // dead, waits for the sweep
            visit(cell);
        }
    });
}

} // namespace heddle
