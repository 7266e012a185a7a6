// Allocation: bump pointers over runs of free cells, blocks, large cells, limits and statistics.
// collector.cpp says how the runs come to be.
#include "heap/heap.h"

#include "base/fault.h"
#include "base/planted_bug.h"
#include "heap/block.h"
#include "heap/block_pool.h"
#include "sync/choice.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace heddle {

namespace {

/// What an out-of-memory error may take beyond the limit.
constexpr size_t kReserveBytes = 1024 * 1024;
/// Old bytes before the first full collection.
constexpr size_t kFirstFullBytes = 8 * 1024 * 1024;

} // namespace

RootNode::RootNode(Heap& heap) : previous_(heap.roots_->previous_), next_(heap.roots_) {
    check_root_thread(heap, "a root is made");
    HEDDLE_RULE(ReenteredCollector, !heap.collecting_, this, "a root is made in the midst of a collection or sweep");
#ifdef HEDDLE_CHECKED
    heap_ = &heap;
#endif
    previous_->next_ = this;
    next_->previous_ = this;
}

namespace {
struct RootRing final : RootNode {
    RootRing() = default;
    void visit_roots(Visitor&) override {}
};
} // namespace

void remember_owner(Cell* owner) {
    Block::of(owner)->heap().remember(owner);
}

void Heap::remember(Cell* cell) {
    cell->set_generation(Cell::kOldRemembered);
    if (remembered_.size() == remembered_.capacity() && !grow_list(remembered_)) [[unlikely]]
        remembered_lost_ = true;
    else
        HEDDLE_CHECK(remembered_.push_back(cell));
}

// Room for at least one more, within what a test allows.
bool Heap::grow_list(GrowableArray<Cell*>& list) {
    size_t wanted = std::min(options_.list_limit, std::max(kMarkStackReserve, list.capacity() * 2));
    return wanted > list.capacity() && list.reserve(wanted);
}

bool Heap::reserve_mark_stack() {
    return mark_stack_.reserve(std::min(options_.list_limit, kMarkStackReserve));
}

bool Heap::SizeClass::reserve_block() {
    if (!blocks.reserve_more(1)) return false;
    for (BlockList* list : {&available, &young, &unswept_young, &unswept}) {
        if (!list->reserve(blocks.capacity())) return false;
    }
    return true;
}

Heap::Heap(HeapClient& client, BlockPool& pool, const HeapOptions& options)
    : client_(client), pool_(pool), options_(options), roots_(new RootRing()),
      young_budget_(kSmallestYoungBudget), next_full_at_(kFirstFullBytes),
      stress_countdown_(options.gc_stress), counted_(allocations_are_counted()) {
    for (size_t i = 0; i < kSizeClassCount; ++i) {
        classes_[i].cell_size = kCellSizes[i];
        classes_[i + kSizeClassCount].cell_size = kCellSizes[i];
        classes_[i + kSizeClassCount].finalized = true;
    }
}

Heap::~Heap() {
    HEDDLE_CHECK(!collecting_);
    check_quiescence_before_end();
    // Everything dies: finalizers run, of cells that wait for the sweep too, then the blocks go back.
    collecting_ = true;
    for (SizeClass& size_class : classes_) {
        for (Block* block : size_class.blocks) {
            for (uint32_t i = 0; size_class.finalized && i < block->cell_count(); ++i) {
                if (Cell* cell = block->cell(i); cell->state() == CellState::Live) cell->finalize();
            }
            block->~Block();
            pool_.release(block);
        }
    }
    for (void* spare : spares_)
        pool_.release(spare);
    for (LargeSpare& spare : large_spares_)
        std::free(spare.memory);
    for (Block* block : large_) {
        if (Cell* cell = block->cell(0); block->is_finalized() && cell->state() == CellState::Live)
            cell->finalize();
        block->~Block();
        std::free(block);
    }
    delete static_cast<RootRing*>(roots_);
    HEDDLE_RULE(Unbalanced, external_bytes_ == 0, this, "a heap ends with %zu bytes charged to it that no cell's finalizer took back", external_bytes_);
    if (options_.trace) {
        std::fprintf(
            stderr,
            "gc-total young=%llu full=%llu pause_ms=%.3f longest_ms=%.3f promoted=%llu allocations=%llu\n",
            static_cast<unsigned long long>(totals_.young_collections),
            static_cast<unsigned long long>(totals_.full_collections),
            static_cast<double>(totals_.total_pause_ns) / 1e6,
            static_cast<double>(totals_.longest_pause_ns) / 1e6,
            static_cast<unsigned long long>(totals_.promoted_bytes),
            static_cast<unsigned long long>(statistics().allocations));
    }
}

void Heap::check_quiescence_before_end() const {
#ifdef HEDDLE_CHECKED
    size_t roots = 0;
    const RootNode* last = nullptr;
    for (const RootNode* node = roots_->next_; node != roots_; node = node->next_) {
        ++roots;
        last = node;
    }
    HEDDLE_RULE(Unbalanced, roots == 0, last, "a heap ends before %zu of its roots", roots);
    HEDDLE_RULE(Unbalanced, no_collection_ == 0, this, "a heap ends while %u hold its collections back", no_collection_);
    HEDDLE_RULE(Unbalanced, !reserve_open_, this, "a heap ends with its reserve open");
#endif
}

// --- allocation --------------------------------------------------------------------------------------------

bool Heap::injected_failure() {
    if (options_.fail_allocation == 0) return false;
    return --options_.fail_allocation == 0;
}

void Heap::set_gc_stress(uint32_t every, GcStress kind) {
    options_.gc_stress = every;
    options_.gc_stress_kind = kind;
    stress_countdown_ = every;
    reset_fast_path();
}

void Heap::set_fail_allocation(uint64_t nth) {
    options_.fail_allocation = nth;
    reset_fast_path();
}

void Heap::reset_fast_path() {
    for (SizeClass& size_class : classes_)
        size_class.bump_end = is_instrumented() ? size_class.bump : size_class.run_end;
}

void* Heap::allocate_slow(size_t size, bool needs_finalizer) {
    check_allocation();
    HEDDLE_CHECK(!collecting_); // a finalizer or a visitor must not allocate
    if (options_.fail_allocation != 0) [[unlikely]] {
        if (!reserve_open_ && injected_failure()) return nullptr;
    }
    if (counted_ && !reserve_open_ && allocation_shall_fail()) [[unlikely]] return nullptr;
    // Locks are of no use to who allocates: the collection that this may become takes some of them itself.
    HEDDLE_ASSERT(sync::current_thread().held_count == 0);
    if (options_.gc_stress != 0) [[unlikely]]
        stress();
    if (sync::is_controlled()) [[unlikely]] {
        // Where a run of cells is used up, a schedule may let the allocation fail (1) or collect (1: young, 2: full).
        if (!reserve_open_ && sync::choose(sync::ChoiceKind::AllocationFailure, 2) != 0) return nullptr;
        uint64_t kind = sync::choose(sync::ChoiceKind::Collection, 3);
        if (kind != 0) collect(kind == 1 ? CollectionKind::Young : CollectionKind::Full, CollectionReason::Stress);
    }
    if (size > kLargestSmallCell) return allocate_large(size, needs_finalizer);
    size_t index = kClassOfUnits[(size + kCellUnit - 1) / kCellUnit];
    return allocate_small_slow(classes_[needs_finalizer ? index + kSizeClassCount : index]);
}

void* Heap::allocate_from_run(SizeClass& size_class) {
    std::byte* memory = size_class.bump;
    size_class.bump += size_class.cell_size;
    size_class.bump_end = is_instrumented() ? size_class.bump : size_class.run_end;
    HEDDLE_UNPOISON(memory, size_class.cell_size);
    return memory;
}

void* Heap::allocate_small_slow(SizeClass& size_class) {
    if (size_class.bump != size_class.run_end || next_run(size_class)) return allocate_from_run(size_class);
    if (young_bytes_ >= young_budget_) collect_for(CollectionReason::Budget);
    for (bool collected = false;; collected = true) {
        // A collection may have been made of nothing but this class's blocks, or the first block was full
        // after all.
        if (take_swept_block(size_class) || take_fresh_block(size_class))
            return allocate_from_run(size_class);
        if (collected || no_collection_ != 0) return nullptr;
        collect_for_limit();
    }
}

// The next run of the block being filled.
bool Heap::next_run(SizeClass& size_class) {
    FreeRun* run = size_class.runs;
    if (!run) return false;
    check_dead(size_class, run);
    totals_.allocations +=
        static_cast<size_t>(size_class.run_end - size_class.run_begin) / size_class.cell_size;
    size_class.runs = run->next;
    size_class.run_begin = size_class.bump = reinterpret_cast<std::byte*>(run);
    size_class.run_end = size_class.bump + run->bytes;
    young_bytes_ += run->bytes;
    return true;
}

// Whether anybody has written to the cells of a run since they were swept.
void Heap::check_dead([[maybe_unused]] const SizeClass& size_class, [[maybe_unused]] const FreeRun* run) const {
#ifdef HEDDLE_FILLS_DEAD_CELLS
    auto* begin = reinterpret_cast<const std::byte*>(run);
    for (const std::byte* at = begin; at < begin + run->bytes; at += size_class.cell_size) {
        auto* cell = reinterpret_cast<const FreeRun*>(at);
        const void* written = find_written_after_death(cell + 1, size_class.cell_size - sizeof(FreeRun));
        if (!written && cell != run && reinterpret_cast<uint64_t>(cell->next) != kDeadWord) written = &cell->next;
        if (!written && cell->header != 0) written = &cell->header;
        if (!written) continue;
        report_broken_rule(Rule::DeadCellWritten, cell, "%zu bytes into a dead cell of %u bytes there is not what its sweep left",
                           static_cast<size_t>(static_cast<const std::byte*>(written) - at), size_class.cell_size);
    }
#endif
}

// A block with free cells from those that the last collections left.
bool Heap::take_swept_block(SizeClass& size_class) {
    sweep_ahead();
    Block* block = nullptr;
    while (!block) {
        BlockList* list = !size_class.available.empty()       ? &size_class.available
                                    : !size_class.unswept_young.empty() ? &size_class.unswept_young
                                                                        : &size_class.unswept;
        if (list->empty()) return false;
        block = list->back();
        list->pop_back();
        if (list != &size_class.available) sweep(*block);
        if (!block->free_runs) block = nullptr; // full of old cells
    }
    size_class.young.add(block);
    size_class.runs = block->free_runs;
    block->free_runs = nullptr;
    return next_run(size_class);
}

bool Heap::take_fresh_block(SizeClass& size_class) {
    if (!size_class.reserve_block() || !reserve_mark_stack()) return false;
    void* memory = nullptr;
    if (!spares_.empty()) {
        memory = spares_.back();
        spares_.pop_back();
        block_bytes_ -= kBlockSize;
        HEDDLE_UNPOISON(memory, kBlockSize);
        std::memset(memory, 0, kBlockSize);
    } else {
        if (!fits(kBlockSize)) return false;
        memory = pool_.acquire();
        if (!memory) return false;
    }
    auto* block =
        new (memory) Block(*this, ++last_serial_, epoch_, size_class.cell_size, size_class.finalized, 0);
    if (!map_.insert(block, kBlockSize)) {
        block->~Block();
        pool_.release(block);
        return false;
    }
    block->index = static_cast<uint32_t>(size_class.blocks.size());
    size_class.blocks.add(block);
    size_class.young.add(block);
    block_bytes_ += kBlockSize;
    totals_.allocations +=
        static_cast<size_t>(size_class.run_end - size_class.run_begin) / size_class.cell_size;
    size_class.run_begin = size_class.bump = block->payload();
    size_class.run_end = block->payload_end();
    young_bytes_ += static_cast<size_t>(size_class.run_end - size_class.bump);
    return true;
}

void Heap::retire_runs(SizeClass& size_class) {
    totals_.allocations += static_cast<size_t>(size_class.bump - size_class.run_begin) / size_class.cell_size;
    size_class.run_begin = size_class.bump = size_class.bump_end = size_class.run_end = nullptr;
    size_class.runs = nullptr;
}

bool Heap::fits(size_t more) const {
    if (options_.limit_bytes == 0) return true;
    size_t limit = options_.limit_bytes + (reserve_open_ ? kReserveBytes : 0);
    size_t used = block_bytes_ + external_bytes_;
    return used <= limit && more <= limit - used;
}

void* Heap::allocate_large(size_t size, bool needs_finalizer) {
    size = (size + kCellAlignment - 1) & ~(kCellAlignment - 1);
    size_t total = (size + Block::kPayloadOffset + kBlockSize - 1) & ~(kBlockSize - 1);
    if (total < size) return nullptr;
    if (young_bytes_ + total >= young_budget_ && young_bytes_ != 0) collect_for(CollectionReason::Budget);
    if (!fits(total) && no_collection_ == 0) collect_for_limit();
    if (!fits(total) || !large_.reserve_more(1) || !reserve_mark_stack()) return nullptr;
    void* memory = take_large_spare(total);
    if (!memory) memory = std::aligned_alloc(kBlockSize, total);
    if (!memory) return nullptr;
    auto* block =
        new (memory) Block(*this, ++last_serial_, epoch_, 0, needs_finalizer, total - Block::kPayloadOffset);
    if (!map_.insert(block, total)) {
        std::free(memory);
        return nullptr;
    }
    *reinterpret_cast<FreeRun*>(block->payload()) = {}; // free until its constructor has run
    large_.add(block);
    block_bytes_ += total;
    young_bytes_ += total;
    ++totals_.allocations;
    return block->payload();
}

void Heap::free_large(Block* block) {
    Cell* cell = block->cell(0);
    if (block->is_finalized() && cell->state() == CellState::Live) cell->finalize();
    size_t total = block->total_bytes();
    block_bytes_ -= total;
    map_.erase(block, total);
    block->~Block();
    keep_large_spare(block, total);
}

void* Heap::take_large_spare(size_t total) {
    for (LargeSpare& spare : large_spares_) {
        // Exactly: what a block holds is computed from its size.
        if (spare.total == total) return std::exchange(spare, {}).memory;
    }
    return nullptr;
}

void Heap::keep_large_spare(void* memory, size_t total) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
    std::free(memory); // whoever still uses it is to be noticed
    return;
#endif
#endif
    size_t kept = 0;
    LargeSpare* smallest = &large_spares_[0];
    for (LargeSpare& spare : large_spares_) {
        kept += spare.total;
        if (spare.total < smallest->total) smallest = &spare;
    }
    if (kept - smallest->total + total > std::max(block_bytes_ / 4, kSmallestYoungBudget)) return std::free(memory);
    poison_dead(memory, kBlockSize);
    std::free(std::exchange(*smallest, {memory, total}).memory);
}

Failed Heap::report_out_of_memory() {
    bool was_open = reserve_open_;
    reserve_open_ = true;
    ++no_collection_;
    Failed failed = client_.out_of_memory();
    --no_collection_;
    reserve_open_ = was_open;
    return failed;
}

bool Heap::add_external(size_t bytes) {
#ifdef HEDDLE_CHECKED
    client_.check_affinity("bytes are charged to the heap");
#endif
    if (injected_failure()) return false;
    if (no_collection_ == 0) {
        // What dead buffers held comes back only when they are finalized.
        if (young_external_bytes_ + bytes >= 4 * young_budget_ && young_external_bytes_ != 0) {
            collect_for(CollectionReason::External);
            sweep_all(true);
        }
        if (!fits(bytes)) collect_for_limit();
    }
    if (!fits(bytes)) return false;
    external_bytes_ += bytes;
    young_external_bytes_ += bytes;
    return true;
}

void Heap::remove_external(size_t bytes) {
    HEDDLE_RULE(Unbalanced, bytes <= external_bytes_, this, "%zu bytes are taken off a heap's account that holds %zu", bytes, external_bytes_);
    if (!PLANTED(HeapForgetsExternal)) external_bytes_ -= bytes;
    // What came and went makes no collection due: a transferred buffer leaves nothing to find.
    young_external_bytes_ -= std::min(bytes, young_external_bytes_);
}

// --- reports -----------------------------------------------------------------------------------------------

bool Heap::contains(const Cell* cell) const {
    return !cell->is_immortal() && &Block::of(cell)->heap() == this;
}

HeapStatistics Heap::statistics() const {
    HeapStatistics statistics = totals_;
    size_t unused = 0;
    for (const SizeClass& size_class : classes_) {
        statistics.allocations +=
            static_cast<size_t>(size_class.bump - size_class.run_begin) / size_class.cell_size;
        unused += static_cast<size_t>(size_class.run_end - size_class.bump);
    }
    statistics.cell_bytes = old_bytes_ + young_bytes_ - unused;
    statistics.block_bytes = block_bytes_;
    statistics.external_bytes = external_bytes_;
    statistics.limit_bytes = options_.limit_bytes;
    statistics.collections = totals_.young_collections + totals_.full_collections;
    return statistics;
}

} // namespace heddle
