#include "heap/verifier.h"

#include "heap/block.h"

#include <cstdio>
#include <cstdlib>

namespace heddle {

namespace {

/// A walk over the edges of one cell after another that counts them, so that a report can say which it was.
class EdgeCheck : public Visitor, public WeakProcessor {
public:
    EdgeCheck() : Visitor(true) {}
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
        check(cell, {EdgeName::Weak, "weak", 0});
        return true;
    }

protected:
    ~EdgeCheck() = default;
    void visit_cell(Cell* cell) override {
        EdgeName name = take_edge_name();
        ++edge_;
        check(cell, name);
    }
    virtual void check(const Cell* target, const EdgeName& name) const = 0;
    [[noreturn]] void report(const char* what, const Cell* target, const EdgeName& name) const {
        std::fprintf(stderr, "heddle: heap verifier: %s at %p refers to %s at %p by its edge %zu", cell_kind_name(owner_->kind()),
                     static_cast<const void*>(owner_), cell_kind_name(target->kind()), static_cast<const void*>(target), edge_);
        if (name.type == EdgeName::Element) std::fprintf(stderr, " [%u]", name.index);
        else if (!name.text.empty()) std::fprintf(stderr, " '%.*s'", static_cast<int>(name.text.size()), name.text.data());
        std::fprintf(stderr, ": %s\n", what);
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
    void check(const Cell* target, const EdgeName& name) const override {
        if (target->is_immortal() || Block::of(target)->is_marked(target, epoch_)) return;
        report("the owner is old, the target is young, and the owner is not in the remembered set: write the reference with "
               "Member::set(owner, ...) or call write_barrier(owner) after it",
               target, name);
    }

private:
    uint32_t epoch_;
};

class ReferenceCheck final : public EdgeCheck {
public:
    explicit ReferenceCheck(Heap& heap, uint32_t epoch) : heap_(heap), epoch_(epoch) {}
    void check(const Cell* target, const EdgeName& name) const override {
        if (target->is_immortal()) return;
        Block* block = Block::of(target);
        if (&block->heap() != &heap_) report("that is a cell of another heap", target, name);
        if (target->state() != CellState::Live || target->kind() >= CellKind::Count || target->kind() == CellKind::Free)
            report("that is not a live cell", target, name);
        if (!block->is_large() && !block->is_swept(epoch_) && !block->is_marked(target, epoch_))
            report("that cell is dead and waits for its sweep", target, name);
    }

private:
    Heap& heap_;
    uint32_t epoch_;
};

} // namespace

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

void Heap::verify() { HeapVerifier(*this).check_references(); }

} // namespace heddle
