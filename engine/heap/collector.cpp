// Collection. A young one marks from the roots and from the old cells that were written to since the last
// one; a full one begins a new epoch of marks and marks everything. Both leave the sweep to the allocator,
// which sweeps a block when it needs cells of that size and a few more on the way. A full collection finishes
// what is left first: it gives up the marks that say which unswept cells are dead.
#include "heap/block.h"
#include "heap/block_pool.h"
#include "heap/heap.h"
#include "heap/marker.h"
#include "heap/verifier.h"
#include "sync/blocking_region.h"
#include "sync/clock.h"
#include "sync/window.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace heddle {

namespace {

constexpr size_t kLargestYoungBudget = 32 * 1024 * 1024;
constexpr size_t kLargestYoungSpace = 8 * 1024 * 1024;
constexpr size_t kSmallestGrowth = 8 * 1024 * 1024;
/// A swept block with fewer free bytes waits for the next full collection.
constexpr size_t kWorthAllocatingFrom = 256;
/// Blocks left by a full collection that are swept for each block that the allocator takes.
constexpr size_t kSweptAhead = 2;

uint64_t nanoseconds_since(sync::MonotonicTime begin) {
    return static_cast<uint64_t>(sync::nanoseconds_between(begin, sync::now()));
}


const char* reason_name(CollectionReason reason) {
    switch (reason) {
    case CollectionReason::Requested:
        return "requested";
    case CollectionReason::Budget:
        return "budget";
    case CollectionReason::Growth:
        return "growth";
    case CollectionReason::External:
        return "external";
    case CollectionReason::Limit:
        return "limit";
    case CollectionReason::Stress:
        return "stress";
    }
    return "?";
}

} // namespace

/// How long the parts of a collection took, and what the heap held before it.
struct Heap::Phases {
    uint64_t sweep_ns = 0; // of what the last full collection left
    uint64_t roots_ns = 0;
    uint64_t mark_ns = 0;
    uint64_t finish_ns = 0; // weak cells, and setting up the sweep
    uint64_t total_ns = 0;
    size_t bytes_before = 0;
    size_t remembered = 0;
};

// --- when --------------------------------------------------------------------------------------------------

void Heap::collect_for(CollectionReason reason) {
    bool grown = old_bytes_ + external_bytes_ + (young_survive_ ? young_bytes_ : 0) >= next_full_at_;
    collect(grown ? CollectionKind::Full : CollectionKind::Young, grown ? CollectionReason::Growth : reason);
}

// Nothing more fits: whatever can be given back is, at once.
void Heap::collect_for_limit() {
    collect(CollectionKind::Full, CollectionReason::Limit);
    sweep_all(false);
    release_spares();
}

void Heap::stress() {
    if (stress_countdown_ > 1) {
        --stress_countdown_;
        return;
    }
    // Also when stress begins in the middle of the heap's life.
    stress_countdown_ = options_.gc_stress;
    CollectionKind kind = CollectionKind::Full;
    if (options_.gc_stress_kind == GcStress::Young ||
        (options_.gc_stress_kind == GcStress::Alternating && stress_young_next_))
        kind = CollectionKind::Young;
    stress_young_next_ = kind == CollectionKind::Full;
    collect(kind, CollectionReason::Stress);
}

// --- collection --------------------------------------------------------------------------------------------

void Heap::check_before_collection() const {
    client_.check_affinity("a collection of the heap");
    // Finalizers and whoever waits for this thread may want the same mutex.
    sync::check_holds_no_mutex(this, "a collection begins");
}

// The registers go to a frame that is small: the larger ones below hold words of frames that have ended, and whatever
// these point at would be kept alive.
__attribute__((noinline)) void Heap::collect(CollectionKind kind, CollectionReason reason) {
    sync::SpilledRegisters registers;
    registers.spill();
    collect_above(registers.words, kind, reason);
}

__attribute__((noinline)) void Heap::collect_above(const uintptr_t* stack_top, CollectionKind kind, CollectionReason reason) {
    HEDDLE_RULE(ReenteredCollector, !collecting_, this, "a collection begins in the midst of a collection or sweep");
    if (collecting_ || no_collection_ != 0) return;
    if (remembered_lost_) kind = CollectionKind::Full;
#ifdef HEDDLE_CHECKED
    check_before_collection();
#endif
    sync::WindowMark window(sync::Window::Collection);
    bool young = kind == CollectionKind::Young;
    Phases phases;
    phases.bytes_before = statistics().cell_bytes;
    phases.remembered = remembered_.size();
    sync::MonotonicTime begin = sync::now();
    GrowableArray<Cell*> stack_cells;
    bool has_stack_cells = find_stack_cells(stack_top, stack_cells);
    uint64_t scan_ns = nanoseconds_since(begin);
    if (!young) {
        release_spares(); // nobody needed them since the last one
        sweep_all(false);
    }
    phases.sweep_ns = nanoseconds_since(begin) - scan_ns;
    collecting_ = true;
    for (SizeClass& size_class : classes_)
        retire_runs(size_class);
    uint32_t swept_epoch = epoch_;
    if (!young) ++epoch_;
#ifdef HEDDLE_CHECKED
    if (young && options_.verify) HeapVerifier(*this).check_barriers();
#endif

    Marker marker(*this, kind);
    for (Cell* cell : stack_cells)
        marker.visit(cell);
    if (!has_stack_cells) visit_stack(stack_top, marker, swept_epoch);
    if (young) {
        for (Cell* cell : remembered_) {
            cell->set_generation(Cell::kOld);
            marker.visit_remembered(cell);
        }
    }
    // What a full collection marks becomes old and forgotten; what it does not mark is dead.
    remembered_.clear();
    remembered_lost_ = false;
    visit_precise_roots(marker);
    phases.roots_ns = nanoseconds_since(begin) - phases.sweep_ns;
    marker.finish();
    phases.mark_ns = nanoseconds_since(begin) - phases.sweep_ns - phases.roots_ns;
    marker.process_weak();
    client_.process_weak_roots(marker);
    for (Cell* cell : marker.mutable_roots()) {
        if (cell->generation() == Cell::kOld) remember(cell);
    }
    remembered_lost_ |= marker.has_lost_mutable_roots();
    settle_blocks(kind);
    settle_large(kind);
    collecting_ = false;
    sweeping_ahead_ |= !young;

    const MarkedTotals& marked = marker.marked();
    size_t looked_at = young_bytes_;
    if (young) {
        old_bytes_ += marked.bytes;
        totals_.promoted_bytes += marked.bytes;
        ++totals_.young_collections;
    } else {
        old_bytes_ = marked.bytes;
        next_full_at_ =
            old_bytes_ + external_bytes_ + std::max(kSmallestGrowth, old_bytes_ + external_bytes_);
        ++totals_.full_collections;
    }
    young_bytes_ = 0;
    young_external_bytes_ = 0;
    set_young_budget(kind, looked_at, marked.bytes);
    phases.total_ns = nanoseconds_since(begin);
    phases.finish_ns = phases.total_ns - phases.sweep_ns - phases.roots_ns - phases.mark_ns;
    totals_.last_pause_ns = phases.total_ns;
    totals_.total_pause_ns += phases.total_ns;
    totals_.longest_pause_ns = std::max(totals_.longest_pause_ns, phases.total_ns);
    if (options_.trace) trace(kind, reason, phases, marked);
#ifdef HEDDLE_CHECKED
    if (options_.verify) verify();
#endif
}

// How much is made until the next young collection.
void Heap::set_young_budget(CollectionKind kind, size_t looked_at, size_t survived) {
    bool says_much = kind == CollectionKind::Young && looked_at >= kSmallestYoungBudget / 2;
    // A small space stays in the caches while what is in it dies. Where much was still alive, what dies a little later
    // would be promoted: it gets more time, of a share in a heap of this size.
    if (says_much && survived > looked_at / 4) young_space_ = std::min(young_space_ * 2, kLargestYoungSpace);
    young_space_ = std::clamp(young_space_, kSmallestYoungBudget, std::max(kSmallestYoungBudget, old_bytes_));
    young_budget_ = std::clamp(old_bytes_ / 8, young_space_, kLargestYoungBudget);
    // While nearly everything survives, a young collection is work for nothing: the next one comes late, or
    // is full.
    young_survive_ = says_much && survived > looked_at / 4 * 3;
    if (young_survive_ && old_bytes_ + external_bytes_ < next_full_at_)
        young_budget_ =
            std::max(young_budget_, std::min(next_full_at_ - old_bytes_ - external_bytes_, old_bytes_ / 2));
}

// Says where the next cells come from: blocks allocated from since the last collection, or all of them.
void Heap::settle_blocks(CollectionKind kind) {
    for (SizeClass& size_class : classes_) {
        if (kind == CollectionKind::Young) {
            for (Block* block : size_class.young) {
                block->set_unswept();
                size_class.unswept_young.add(block);
            }
        } else {
            HEDDLE_ASSERT(size_class.unswept.empty() && size_class.unswept_young.empty());
            size_class.available.clear();
            for (Block* block : size_class.blocks)
                size_class.unswept.add(block);
        }
        size_class.young.clear();
    }
}

// Large cells are few and hold much memory: freed at once.
void Heap::settle_large(CollectionKind kind) {
    size_t kept = kind == CollectionKind::Young ? large_young_ : 0;
    for (size_t i = kept; i < large_.size(); ++i) {
        Block* block = large_[i];
        if (block->is_marked(block->cell(0), epoch_))
            large_[kept++] = block;
        else
            free_large(block);
    }
    large_.set_size(kept);
    large_young_ = kept;
}

void Heap::trace(CollectionKind kind, CollectionReason reason, const Phases& phases,
                 const MarkedTotals& marked) const {
    auto ms = [](uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; };
    bool young = kind == CollectionKind::Young;
    std::fprintf(stderr,
                 "gc kind=%s why=%s before=%zu after=%zu marked_cells=%llu promoted=%zu live=%zu blocks=%zu "
                 "external=%zu "
                 "remembered=%zu pause_ms=%.3f roots_ms=%.3f mark_ms=%.3f sweep_ms=%.3f finish_ms=%.3f "
                 "next_full=%zu\n",
                 young ? "young" : "full", reason_name(reason), phases.bytes_before, old_bytes_,
                 static_cast<unsigned long long>(marked.cells), young ? marked.bytes : size_t{0}, old_bytes_,
                 block_bytes_, external_bytes_, phases.remembered, ms(phases.total_ns), ms(phases.roots_ns),
                 ms(phases.mark_ns), ms(phases.sweep_ns), ms(phases.finish_ns), next_full_at_);
}

// --- sweep -------------------------------------------------------------------------------------------------

// Finalizes the dead and strings the free cells together in runs, in the order of their addresses.
void Heap::sweep(Block& block) {
    HEDDLE_ASSERT(!block.is_swept(epoch_) && !block.is_large());
    HEDDLE_RULE(ReenteredCollector, !collecting_, this, "a block is swept in the midst of a collection or sweep");
    collecting_ = true; // a finalizer must not allocate
    FreeRun first{};
    FreeRun* last = &first;
    size_t free_bytes = 0;
    bool in_run = false;
    bool finalized = block.is_finalized();
    auto size = static_cast<uint32_t>(block.cell_size());
    bool any_marked = block.has_marks(epoch_);
    for (uint32_t i = 0; i < block.cell_count(); ++i) {
        Cell* cell = block.cell(i);
        if (any_marked && block.is_marked(cell, epoch_)) {
            in_run = false;
            continue;
        }
        if (cell->state() == CellState::Live) {
            if (finalized) cell->finalize();
        }
        auto* free_cell = reinterpret_cast<FreeRun*>(cell);
#ifdef HEDDLE_FILLS_DEAD_CELLS
        // Unless a run begins here: a virtual call of a dead cell goes nowhere.
        free_cell->next = reinterpret_cast<FreeRun*>(kDeadWord);
#endif
        free_cell->header = 0;
        poison_dead(free_cell + 1, size - sizeof(FreeRun));
        free_bytes += size;
        if (in_run) {
            last->bytes += size;
        } else {
            *free_cell = {nullptr, 0, size};
            last->next = free_cell;
            last = free_cell;
            in_run = true;
        }
    }
    block.set_swept(epoch_);
    block.free_runs = free_bytes >= kWorthAllocatingFrom ? first.next : nullptr;
    collecting_ = false;
}

void Heap::release_block(SizeClass& size_class, Block* block) {
    if (size_class.finalized) {
        collecting_ = true;
        for (uint32_t i = 0; i < block->cell_count(); ++i) {
            if (Cell* cell = block->cell(i); cell->state() == CellState::Live) cell->finalize();
        }
        collecting_ = false;
    }
    // Released blocks leave the list of all by taking the last one's place.
    HEDDLE_ASSERT(size_class.blocks[block->index] == block);
    size_class.blocks[block->index] = size_class.blocks.back();
    size_class.blocks[block->index]->index = block->index;
    size_class.blocks.pop_back();
    map_.erase(block, kBlockSize);
    block->~Block();
    if (spares_.size() * kBlockSize < std::max(old_bytes_ / 2, kSmallestYoungBudget)) {
        if (spares_.push_back(block)) {
            poison_dead(block, kBlockSize);
            return;
        }
    }
    block_bytes_ -= kBlockSize;
    pool_.release(block);
}

void Heap::release_spares() {
    for (void* block : spares_) {
        block_bytes_ -= kBlockSize;
        pool_.release(block);
    }
    spares_.clear();
    for (LargeSpare& spare : large_spares_)
        std::free(std::exchange(spare, {}).memory);
}

// A wholly dead block goes back to the pool; one with free cells becomes available.
bool Heap::sweep_or_release(SizeClass& size_class, Block* block) {
    if (!block->has_marks(epoch_)) {
        release_block(size_class, block);
        return true;
    }
    sweep(*block);
    if (block->free_runs) size_class.available.add(block);
    return false;
}

void Heap::sweep_ahead() {
    if (!sweeping_ahead_) return;
    size_t swept = 0;
    for (size_t looked_at = 0; swept < kSweptAhead && looked_at < std::size(classes_); ++looked_at) {
        SizeClass& size_class = classes_[sweep_ahead_class_];
        while (swept < kSweptAhead && !size_class.unswept.empty()) {
            Block* block = size_class.unswept.back();
            size_class.unswept.pop_back();
            sweep_or_release(size_class, block);
            ++swept;
        }
        if (size_class.unswept.empty()) sweep_ahead_class_ = (sweep_ahead_class_ + 1) % std::size(classes_);
    }
    sweeping_ahead_ = swept != 0;
}

void Heap::sweep_all(bool finalized_classes_only) {
    for (SizeClass& size_class : classes_) {
        if (finalized_classes_only && !size_class.finalized) continue;
        for (auto* list : {&size_class.unswept_young, &size_class.unswept}) {
            for (Block* block : *list)
                sweep_or_release(size_class, block);
            list->clear();
        }
    }
}

// --- roots -------------------------------------------------------------------------------------------------

void Heap::visit_precise_roots(Visitor& visitor) {
    for (RootNode* node = roots_->next_; node != roots_; node = node->next_)
        node->visit_roots(visitor);
    client_.visit_roots(visitor);
}

// The live cell at an address, which may be inside it, dead ones that wait for the sweep included.
Cell* Heap::cell_at(uintptr_t address) const {
    Block* block = map_.find(address);
    if (!block) return nullptr;
    auto* byte = reinterpret_cast<std::byte*>(address);
    if (byte < block->payload()) return nullptr;
    uint32_t index = block->cell_index(byte);
    if (index >= block->cell_count()) return nullptr;
    Cell* cell = block->cell(index);
    return cell->state() == CellState::Live ? cell : nullptr;
}

namespace {

// Reads every word of the stack as a possible pointer: uninstrumented, because the words belong to other
// frames.
__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) bool
collect_stack_words(const uintptr_t* from, const uintptr_t* to, uintptr_t low, uintptr_t high,
                    GrowableArray<uintptr_t>& out) {
    for (; from < to; ++from) {
        uintptr_t word = *from;
        if (word >= low && word <= high && !out.push_back(word)) return false;
    }
    return true;
}

// As above, one word.
__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) uintptr_t
stack_word(const uintptr_t* at) {
    return *at;
}

} // namespace

// The cell that a word of the stack may refer to. `epoch` is that of the last sweep: a block that waits for one since
// an earlier collection holds dead cells where none is marked.
Cell* Heap::candidate_at(uintptr_t address, uint32_t epoch) const {
    Cell* cell = cell_at(address);
    if (!cell) return nullptr;
    Block* block = Block::of(cell);
    return block->is_swept(epoch) || block->is_marked(cell, epoch) ? cell : nullptr;
}

__attribute__((noinline)) bool Heap::find_stack_cells(GrowableArray<Cell*>& cells) {
    sync::SpilledRegisters registers;
    registers.spill();
    return find_stack_cells(registers.words, cells);
}

bool Heap::find_stack_cells(const uintptr_t* stack_top, GrowableArray<Cell*>& cells) const {
    const void* base = client_.stack_base();
    if (!base) return true;
    GrowableArray<uintptr_t> candidates;
    // A one-past-the-end pointer may equal the end of the last block, hence the closed range.
    if (!collect_stack_words(stack_top, static_cast<const uintptr_t*>(base), map_.low(), map_.high(),
                             candidates))
        return false;
    std::sort(candidates.begin(), candidates.end());
    candidates.set_size(
        static_cast<size_t>(std::unique(candidates.begin(), candidates.end()) - candidates.begin()));
    for (uintptr_t word : candidates) {
        // The end of one cell is the start of the next.
        for (uintptr_t address : {word, word - 1}) {
            if (Cell* cell = candidate_at(address, epoch_); cell && !cells.push_back(cell)) return false;
        }
    }
    return true;
}

// Without memory for a list: each word as it lies there.
void Heap::visit_stack(const uintptr_t* stack_top, Visitor& visitor, uint32_t epoch) const {
    const auto* base = static_cast<const uintptr_t*>(client_.stack_base());
    for (const uintptr_t* at = stack_top; at < base; ++at) {
        uintptr_t word = stack_word(at);
        visitor.visit(candidate_at(word, epoch));
        visitor.visit(candidate_at(word - 1, epoch));
    }
}

// --- marking -----------------------------------------------------------------------------------------------

// Of a size that goes with the heap's: fresh pages cost a fault each.
void Heap::release_mark_stack() {
    size_t kept = std::max(kMarkStackReserve, block_bytes_ / 16 / sizeof(Cell*));
    if (mark_stack_.capacity() > kept) {
        mark_stack_.set_size(kept);
        mark_stack_.shrink_to_fit();
    }
    mark_stack_.clear();
}

} // namespace heddle
