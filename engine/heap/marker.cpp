#include "heap/marker.h"

namespace heddle {

namespace {

/// Asks a cell what it would have deferred.
class TableFinder final : public Visitor {
public:
    explicit TableFinder(Cell* cell) { cell->visit_edges(*this); }
    void defer_weak(Cell*) override { is_weak = true; }
    void defer_ephemerons(Cell*) override { has_ephemerons = true; }
    bool is_weak = false;
    bool has_ephemerons = false;

private:
    void visit_cell(Cell*) override {}
};

} // namespace

// Old cells too in a young collection. Cells that are marked meanwhile may or may not be among them.
template<class F>
void Marker::for_each_marked(F&& visit) {
    heap_.for_each_block([&](Block* block) {
        if (!block->has_marks(epoch_)) return;
        for (uint32_t i = 0; i < block->cell_count(); ++i) {
            if (Cell* cell = block->cell(i); block->is_marked(cell, epoch_)) visit(cell);
        }
    });
}

void Marker::drain_stack() {
    for (;;) {
        while (!stack_.empty()) {
            Cell* cell = stack_.back();
            stack_.pop_back();
            visit_edges_of(cell);
        }
        for (Cell*& waiting : queue_) {
            if (Cell* cell = waiting) {
                waiting = nullptr;
                mark(cell);
            }
        }
        if (stack_.empty()) return;
    }
}

void Marker::drain() {
    drain_stack();
    while (children_lost_) {
        // Which of the marked ones were not visited is not known: all are, a second time.
        children_lost_ = false;
        tables_lost_ = true;
        for_each_marked([this](Cell* cell) {
            visit_edges_of(cell);
            drain_stack();
        });
    }
}

void Marker::visit_tables() {
    if (tables_lost_) {
        for_each_marked([this](Cell* cell) {
            if (TableFinder(cell).has_ephemerons) visit_ephemerons_of(cell);
        });
        return;
    }
    for (size_t i = 0; i < ephemerons_.size(); ++i)
        visit_ephemerons_of(ephemerons_[i]);
}

void Marker::finish() {
    drain();
    for (uint64_t before = ~uint64_t{0}; before != marked_.cells;) {
        before = marked_.cells;
        visit_tables();
        drain();
    }
}

void Marker::process_weak() {
    if (tables_lost_) {
        for_each_marked([this](Cell* cell) {
            TableFinder found(cell);
            if (found.is_weak || found.has_ephemerons) cell->process_weak(*this);
        });
        return;
    }
    for (Cell* cell : weak_)
        cell->process_weak(*this);
    for (Cell* cell : ephemerons_)
        cell->process_weak(*this);
}

} // namespace heddle
