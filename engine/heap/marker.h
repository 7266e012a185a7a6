// Marker: one marking of one heap, from roots to the last ephemeron.
#pragma once

#include "heap/block.h"

namespace heddle {

class Marker final : public Visitor, public WeakProcessor {
public:
    explicit Marker(Heap& heap) : heap_(heap) {}

    void defer_weak(Cell* cell) override { weak_.push_back(cell); }
    void defer_ephemerons(Cell* cell) override { ephemerons_.push_back(cell); }
    using WeakProcessor::is_live;
    bool is_live(const Cell* cell) const override { return cell->is_immortal() || Block::of(cell)->is_marked(cell); }

    /// Marks everything reachable from what has been visited so far.
    void drain();
    /// Ephemerons to their fixed point; then every deferred weak cell drops its dead references.
    void finish();

private:
    void visit_cell(Cell* cell) override {
        if (cell->is_immortal()) return;
        HEDDLE_ASSERT(&Block::of(cell)->heap() == &heap_ && cell->state() == CellState::Live);
        if (Block::of(cell)->mark(cell)) stack_.push_back(cell);
    }
    Heap& heap_;
    std::vector<Cell*> stack_;
    std::vector<Cell*> weak_;
    std::vector<Cell*> ephemerons_;
    uint64_t marked_ = 0;
};

} // namespace heddle
