// Marker: one marking of one heap, from roots to the last ephemeron.
#pragma once

#include "heap/block.h"

namespace heddle {

/// What a marking marked. In a young collection these are the cells that became old.
struct MarkedTotals {
    uint64_t cells = 0;
    size_t bytes = 0;
};

class Marker final : public Visitor, public WeakProcessor {
public:
    Marker(Heap& heap, CollectionKind kind) : heap_(heap), epoch_(heap.epoch_), kind_(kind) {}

    void defer_weak(Cell* cell) override { weak_.push_back(cell); }
    void defer_ephemerons(Cell* cell) override { ephemerons_.push_back(cell); }
    using WeakProcessor::is_live;
    bool is_live(const Cell* cell) const override {
        return cell->is_immortal() || Block::of(cell)->is_marked(cell, epoch_);
    }
    bool is_young_collection() const override { return kind_ == CollectionKind::Young; }

    /// An old cell that was written to since the last collection: what it refers to is a root of a young one.
    void visit_remembered(Cell* cell) { stack_.push_back(cell); }
    /// Marks everything reachable from what has been visited so far.
    void drain();
    /// Ephemerons to their fixed point.
    void finish();
    /// Every deferred weak cell drops its dead references.
    void process_weak();

    const MarkedTotals& marked() const { return marked_; }
    const std::vector<Cell*>& mutable_roots() const { return mutable_roots_; }

private:
    void visit_edges_of(Cell* cell) {
#ifdef HEDDLE_CHECKED
        owner_ = cell;
        cell->visit_edges(*this);
        owner_ = nullptr;
#else
        cell->visit_edges(*this);
#endif
    }
    void visit_ephemerons_of(Cell* table) {
#ifdef HEDDLE_CHECKED
        owner_ = table;
        table->visit_ephemerons(*this, *this);
        owner_ = nullptr;
#else
        table->visit_ephemerons(*this, *this);
#endif
    }
    /// The rules of cells, looked at where one is reached.
    void check_reached(const Cell*) const;

    // A cell waits in the queue while its header and its block's come into the cache.
    void visit_cell(Cell* cell) override {
#ifdef HEDDLE_CHECKED
        check_reached(cell);
#endif
        __builtin_prefetch(cell, 1);
        __builtin_prefetch(Block::of(cell)->mark_word(cell), 1);
        size_t at = queue_at_++ % kQueueLength;
        Cell* ready = queue_[at];
        queue_[at] = cell;
        if (ready) mark(ready);
    }
    void mark(Cell* cell) {
        if (cell->is_immortal()) return;
        Block* block = Block::of(cell);
        HEDDLE_ASSERT(&block->heap() == &heap_ && cell->state() == CellState::Live);
        if (!block->mark(cell, epoch_)) return;
        if (cell->generation() != Cell::kOld) cell->set_generation(Cell::kOld);
        ++marked_.cells;
        marked_.bytes += block->cell_size();
        stack_.push_back(cell);
    }
    void visit_mutable_cell(Cell* cell) override {
        visit_cell(cell);
        if (!cell->is_immortal()) mutable_roots_.push_back(cell);
    }
    static constexpr size_t kQueueLength = 16;
    Heap& heap_;
    uint32_t epoch_;
    CollectionKind kind_;
    Cell* queue_[kQueueLength] = {};
    size_t queue_at_ = 0;
    std::vector<Cell*> stack_;
    std::vector<Cell*> weak_;
    std::vector<Cell*> ephemerons_;
    std::vector<Cell*> mutable_roots_;
    MarkedTotals marked_;
#ifdef HEDDLE_CHECKED
    Cell* owner_ = nullptr; // whose edges are visited; null: roots
#endif
};

} // namespace heddle
