// Marker: one marking of one heap, from roots to the last ephemeron. It cannot fail: what its lists have no memory for is
// lost to them, and found again by walking the blocks for what is marked.
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
    Marker(Heap& heap, CollectionKind kind)
        : heap_(heap), epoch_(heap.epoch_), kind_(kind), stack_(std::move(heap.mark_stack_)) {}
    ~Marker() {
        heap_.mark_stack_ = std::move(stack_);
        heap_.release_mark_stack();
    }

    void defer_weak(Cell* cell) override { tables_lost_ |= !push(weak_, cell); }
    void defer_ephemerons(Cell* cell) override { tables_lost_ |= !push(ephemerons_, cell); }
    using WeakProcessor::is_live;
    bool is_live(const Cell* cell) const override {
        return cell->is_immortal() || Block::of(cell)->is_marked(cell, epoch_);
    }
    bool is_young_collection() const override { return kind_ == CollectionKind::Young; }

    /// An old cell that was written to since the last collection: what it refers to is a root of a young one.
    void visit_remembered(Cell* cell) { children_lost_ |= !push(stack_, cell); }
    /// Marks everything reachable from what has been visited so far.
    void drain();
    /// Ephemerons to their fixed point.
    void finish();
    /// Every deferred weak cell drops its dead references.
    void process_weak();

    const MarkedTotals& marked() const { return marked_; }
    std::span<Cell* const> mutable_roots() const { return mutable_roots_.span(); }
    bool has_lost_mutable_roots() const { return mutable_lost_; }

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
    using List = GrowableArray<Cell*>;
    /// False, and nothing has changed, when there is no memory for it.
    [[nodiscard]] bool push(List& list, Cell* cell) {
        if (list.size() == list.capacity() && !heap_.grow_list(list)) [[unlikely]]
            return false;
        return list.push_back(cell);
    }
    void drain_stack();
    void visit_tables();
    template<class F>
    void for_each_marked(F&& visit);
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
        if (!push(stack_, cell)) [[unlikely]]
            children_lost_ = true;
    }
    void visit_mutable_cell(Cell* cell) override {
        visit_cell(cell);
        if (!cell->is_immortal()) mutable_lost_ |= !push(mutable_roots_, cell);
    }
    static constexpr size_t kQueueLength = 16;
    Heap& heap_;
    uint32_t epoch_;
    CollectionKind kind_;
    Cell* queue_[kQueueLength] = {};
    size_t queue_at_ = 0;
    List stack_; // marked, to be visited
    List weak_;
    List ephemerons_;
    List mutable_roots_;
    bool children_lost_ = false; // stack_ had no room for a cell that has been marked
    bool tables_lost_ = false;   // weak_ and ephemerons_ do not say all
    bool mutable_lost_ = false;  // nor does mutable_roots_
    MarkedTotals marked_;
#ifdef HEDDLE_CHECKED
    Cell* owner_ = nullptr; // whose edges are visited; null: roots
#endif
};

} // namespace heddle
