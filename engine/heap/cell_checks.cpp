// Reports of cells that are reached although they are dead, or from another heap than their own.
#include "heap/cell_checks.h"

#include "heap/block.h"
#include "heap/marker.h"
#include "heap/verifier.h"

#include <string>

namespace heddle {

void report_dead_cell(const Cell* cell, const char* how) {
    report_broken_rule(Rule::DeadCell, cell, "%s a cell that was swept", how);
}

#ifdef HEDDLE_CHECKED

void check_edge(const Cell* owner, const Cell* target) {
    if (owner->is_immortal()) return;
    owner->check_alive("a reference is written to");
    if (!target || target->is_immortal()) return;
    HEDDLE_RULE(ForeignCell, &Block::of(owner)->heap() == &Block::of(target)->heap(), target,
                "a %s is made to refer to a cell of another heap", cell_kind_name(owner->kind()));
    target->check_alive("a reference is made to");
}

void check_root_edge(const Heap& heap, const Cell* target) {
    if (!target || target->is_immortal()) return;
    HEDDLE_RULE(ForeignCell, &Block::of(target)->heap() == &heap, target, "a root is made to refer to a cell of another heap");
    target->check_alive("a root is made to refer to");
}

void check_root_thread(const Heap& heap, const char* what) { heap.check_nobody_else_inside(what); }

void Marker::check_reached(const Cell* target) const {
    if (target->is_immortal()) return;
    Block* block = Block::of(target);
    const char* from = owner_ ? cell_kind_name(owner_->kind()) : "a root, or the stack,";
    auto edge = [&] { return owner_ ? edge_name(owner_, target) : std::string(); };
    HEDDLE_RULE(ForeignCell, &block->heap() == &heap_, target, "the collector reaches a cell of another heap from %s %s", from,
                edge().c_str());
    HEDDLE_RULE(DeadCell, target->state() == CellState::Live && target->kind() != CellKind::Free && target->kind() < CellKind::Count, target,
                "the collector reaches a cell that was swept from %s %s", from, edge().c_str());
    // What an earlier collection did not mark waits for its sweep; a full one has finished that before it began.
    HEDDLE_RULE(DeadCell, kind_ == CollectionKind::Full || block->is_large() || block->is_swept(epoch_) || block->is_marked(target, epoch_),
                target, "the collector reaches a %s that an earlier collection found dead from %s %s", cell_kind_name(target->kind()),
                from, edge().c_str());
}

#endif

} // namespace heddle
