#include "heap/verifier.h"

#include "heap/block.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace heddle {

namespace {

/// What a cell calls its edge to another. A walk that wants names sees more than the cell's own edges (an
/// object shows what lies in its arrays of slots and elements), so that it serves for reports alone.
class EdgeNamer final : public Visitor {
public:
    EdgeNamer(Cell* owner, const Cell* target) : Visitor(true), target_(target) { owner->visit_edges(*this); }
    void defer_weak(Cell*) override {}
    void defer_ephemerons(Cell*) override {}
    std::string name;

private:
    void visit_cell(Cell* cell) override {
        EdgeName edge = take_edge_name();
        if (cell != target_ || !name.empty()) return;
        if (edge.type == EdgeName::Element)
            name = "[" + std::to_string(edge.index) + "]";
        else if (!edge.text.empty())
            name = "'" + std::string(edge.text) + "'";
    }
    const Cell* target_;
};

/// A walk over the edges of one cell after another that counts them, so that a report can say which it was.
class EdgeCheck : public Visitor, public WeakProcessor {
public:
    void begin(Cell* owner) {
        owner_ = owner;
        edge_ = 0;
        weak_ = false;
        ephemerons_ = false;
        owner->visit_edges(*this);
        // Nothing is dead: a table of ephemerons shows every value, and weak cells keep what they have.
        if (ephemerons_) owner->visit_ephemerons(*this, *this);
        if (weak_ || ephemerons_) owner->process_weak(*this);
    }
    void defer_weak(Cell*) override { weak_ = true; }
    void defer_ephemerons(Cell*) override { ephemerons_ = true; }
    using WeakProcessor::is_live;
    bool is_live(const Cell* cell) const override {
        check(cell, true);
        return true;
    }

protected:
    ~EdgeCheck() = default;
    void visit_cell(Cell* cell) override {
        ++edge_;
        check(cell, false);
    }
    virtual void check(const Cell* target, bool is_weak) const = 0;
    [[noreturn]] void report(const char* what, const Cell* target, bool is_weak) const {
        std::string name =
            is_weak ? "a weak edge" : "edge " + std::to_string(edge_) + " " + EdgeNamer(owner_, target).name;
        std::fprintf(stderr, "heddle: heap verifier: %s at %p refers to %s at %p (%s): %s\n",
                     cell_kind_name(owner_->kind()), static_cast<const void*>(owner_),
                     cell_kind_name(target->kind()), static_cast<const void*>(target), name.c_str(), what);
        std::abort();
    }
    Cell* owner_ = nullptr;

private:
    size_t edge_ = 0;
    bool weak_ = false;
    bool ephemerons_ = false;
};

class BarrierCheck final : public EdgeCheck {
public:
    explicit BarrierCheck(uint32_t epoch) : epoch_(epoch) {}
    void check(const Cell* target, bool is_weak) const override {
        if (target->is_immortal() || Block::of(target)->is_marked(target, epoch_)) return;
        report("the owner is old, the target is young, and the owner is not in the remembered set: write the "
               "reference with "
               "Member::set(owner, ...) or call write_barrier(owner) after it",
               target, is_weak);
    }

private:
    uint32_t epoch_;
};

class ReferenceCheck final : public EdgeCheck {
public:
    explicit ReferenceCheck(Heap& heap, uint32_t epoch) : heap_(heap), epoch_(epoch) {}
    void check(const Cell* target, bool is_weak) const override {
        if (target->is_immortal()) return;
        Block* block = Block::of(target);
        if (&block->heap() != &heap_) report("that is a cell of another heap", target, is_weak);
        if (target->state() != CellState::Live || target->kind() >= CellKind::Count ||
            target->kind() == CellKind::Free)
            report("that is not a live cell", target, is_weak);
        if (!block->is_large() && !block->is_swept(epoch_) && !block->is_marked(target, epoch_))
            report("that cell is dead and waits for its sweep", target, is_weak);
    }

private:
    Heap& heap_;
    uint32_t epoch_;
};

} // namespace

std::string edge_name(Cell* owner, const Cell* target) { return EdgeNamer(owner, target).name; }

void HeapVerifier::check_barriers() {
    BarrierCheck check(heap_.epoch_);
    heap_.for_each_cell([&](Cell* cell) {
        if (cell->generation() == Cell::kOld) check.begin(cell);
    });
}

void HeapVerifier::check_references() {
    ReferenceCheck check(heap_, heap_.epoch_);
    heap_.for_each_cell([&](Cell* cell) { check.begin(cell); });
}

void Heap::verify() {
    HeapVerifier(*this).check_references();
}

} // namespace heddle
