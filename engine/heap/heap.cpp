// Allocation and collection. A full collection marks from the roots and leaves the sweep to the allocator, which
// sweeps a block when it needs cells of that size; the next marking finishes what is left first.
#include "heap/heap.h"

#include "heap/block.h"
#include "heap/block_pool.h"
#include "heap/marker.h"
#include "sync/blocking_region.h"
#include "sync/clock.h"
#include "sync/window.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define HEDDLE_POISON(p, n) __asan_poison_memory_region(p, n)
#define HEDDLE_UNPOISON(p, n) __asan_unpoison_memory_region(p, n)
#endif
#endif
#ifndef HEDDLE_POISON
#define HEDDLE_POISON(p, n) ((void)0)
#define HEDDLE_UNPOISON(p, n) ((void)0)
#endif

namespace heddle {

namespace {

constexpr size_t kFirstCollectionBytes = 4 * 1024 * 1024;
/// What an out-of-memory error may take beyond the limit.
constexpr size_t kReserveBytes = 1024 * 1024;

// Every 16 bytes up to 128, then about four steps for each doubling.
constexpr uint32_t kCellSizes[] = {16,  32,  48,  64,  80,  96,  112, 128,  160,  192,  224,  256,
                                   320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048};

// The whole cell is poisoned but for its first 16 bytes, which hold the link and the state.
void poison_free_cell([[maybe_unused]] void* cell, [[maybe_unused]] size_t size) {
    if (size > sizeof(FreeCell)) HEDDLE_POISON(static_cast<std::byte*>(cell) + sizeof(FreeCell), size - sizeof(FreeCell));
}

} // namespace

static_assert(std::size(kCellSizes) == 24);

RootNode::RootNode(Heap& heap) : previous_(heap.roots_->previous_), next_(heap.roots_) {
    previous_->next_ = this;
    next_->previous_ = this;
}

namespace {
struct RootRing final : RootNode {
    RootRing() = default;
    void visit_roots(Visitor&) override {}
};
} // namespace

void remember_owner(Cell* owner) { Block::of(owner)->heap().remember(owner); }

void Heap::remember(Cell* cell) {
    cell->set_generation(Cell::kOldRemembered);
    remembered_.push_back(cell);
}

Heap::Heap(HeapClient& client, BlockPool& pool, const HeapOptions& options)
    : client_(client), pool_(pool), options_(options), roots_(new RootRing()), next_collection_at_(kFirstCollectionBytes),
      stress_countdown_(options.gc_stress) {
    for (size_t i = 0; i < kSizeClassCount; ++i) {
        classes_[i].cell_size = kCellSizes[i];
        classes_[i + kSizeClassCount].cell_size = kCellSizes[i];
        classes_[i + kSizeClassCount].finalized = true;
    }
    size_t next = 0;
    for (size_t units = 0; units <= kLargestSmallCell / kCellAlignment; ++units) {
        while (kCellSizes[next] < units * kCellAlignment)
            ++next;
        class_of_[units] = static_cast<uint8_t>(next);
    }
}

Heap::~Heap() {
    HEDDLE_CHECK(!collecting_);
    // Everything dies: finalizers run, then the blocks go back.
    collecting_ = true;
    for_each_cell([](Cell* cell) {
        if (Block::of(cell)->is_finalized()) cell->finalize();
    });
    // Cells that died in the last marking but wait for the sweep have not been finalized yet.
    for (SizeClass& size_class : classes_) {
        for (Block* block : size_class.blocks) {
            if (size_class.finalized && block->needs_sweep) {
                for (uint32_t i = 0; i < block->cell_count(); ++i) {
                    Cell* cell = block->cell(i);
                    if (reinterpret_cast<FreeCell*>(cell)->header != 0 && !block->is_marked(cell)) cell->finalize();
                }
            }
            block->~Block();
            pool_.release(block);
        }
    }
    for (Block* block : large_) {
        Cell* cell = block->cell(0);
        if (block->is_finalized() && block->needs_sweep && !block->is_marked(cell)) cell->finalize();
        block->~Block();
        std::free(block);
    }
    delete static_cast<RootRing*>(roots_);
}

// --- allocation ---------------------------------------------------------------------------------------------

Heap::SizeClass& Heap::size_class_for(size_t size, bool needs_finalizer) {
    size_t index = class_of_[(size + kCellAlignment - 1) / kCellAlignment];
    return classes_[needs_finalizer ? index + kSizeClassCount : index];
}

bool Heap::injected_failure() {
    if (options_.fail_allocation == 0) return false;
    return --options_.fail_allocation == 0;
}

void* Heap::allocate_bytes(size_t size, bool needs_finalizer) {
    HEDDLE_CHECK(!collecting_); // a finalizer or a visitor must not allocate
    ++allocations_;
    if (options_.fail_allocation != 0) [[unlikely]] {
        if (!reserve_open_ && injected_failure()) return nullptr;
    }
    if (options_.gc_stress != 0) [[unlikely]] {
        if (stress_countdown_ > 1) {
            --stress_countdown_;
        } else {
            // Also when stress begins in the middle of the heap's life.
            stress_countdown_ = options_.gc_stress;
            collect();
        }
    }
    if (size > kLargestSmallCell) [[unlikely]] return allocate_large(size, needs_finalizer);
    SizeClass& size_class = size_class_for(size, needs_finalizer);
    if (FreeCell* cell = size_class.free_list) {
        size_class.free_list = cell->next;
        HEDDLE_UNPOISON(cell, size_class.cell_size);
        return cell;
    }
    if (size_class.bump != size_class.bump_end) [[likely]] {
        void* memory = size_class.bump;
        size_class.bump += size_class.cell_size;
        return memory;
    }
    return allocate_small_slow(size_class);
}

bool Heap::fits(size_t more) const {
    if (options_.limit_bytes == 0) return true;
    size_t limit = options_.limit_bytes + (reserve_open_ ? kReserveBytes : 0);
    size_t used = block_bytes_ + external_bytes_;
    return used <= limit && more <= limit - used;
}

bool Heap::collection_is_due(size_t more) const {
    return block_bytes_ + external_bytes_ + more >= next_collection_at_ && no_collection_ == 0;
}

void* Heap::allocate_small_slow(SizeClass& size_class) {
    for (bool collected = false;; collected = true) {
        while (size_class.sweep_cursor < size_class.blocks.size()) {
            Block* block = size_class.blocks[size_class.sweep_cursor++];
            if (block->needs_sweep) sweep(*block, size_class);
            if (FreeCell* cell = size_class.free_list) {
                size_class.free_list = cell->next;
                HEDDLE_UNPOISON(cell, size_class.cell_size);
                return cell;
            }
        }
        bool due = collection_is_due(kBlockSize) || !fits(kBlockSize);
        if (!due || collected || no_collection_) break;
        collect();
    }
    if (!fits(kBlockSize)) return nullptr;
    void* memory = pool_.acquire();
    if (!memory) return nullptr;
    auto* block = new (memory) Block(*this, size_class.cell_size, size_class.finalized, 0);
    size_class.blocks.push_back(block);
    size_class.sweep_cursor = size_class.blocks.size();
    block_bytes_ += kBlockSize;
    size_class.bump = block->payload() + size_class.cell_size;
    size_class.bump_end = block->payload_end();
    return block->payload();
}

void* Heap::allocate_large(size_t size, bool needs_finalizer) {
    size = (size + kCellAlignment - 1) & ~(kCellAlignment - 1);
    size_t total = (size + Block::kPayloadOffset + kBlockSize - 1) & ~(kBlockSize - 1);
    if (total < size) return nullptr;
    if ((collection_is_due(total) || !fits(total)) && no_collection_ == 0) collect();
    if (!fits(total)) return nullptr;
    void* memory = std::aligned_alloc(kBlockSize, total);
    if (!memory) return nullptr;
    auto* block = new (memory) Block(*this, 0, needs_finalizer, total - Block::kPayloadOffset);
    *reinterpret_cast<FreeCell*>(block->payload()) = {}; // free until its constructor has run
    large_.push_back(block);
    block_bytes_ += total;
    return block->payload();
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
    if (injected_failure()) return false;
    if ((collection_is_due(bytes) || !fits(bytes)) && no_collection_ == 0) {
        collect();
        finish_sweep(); // what dead buffers held comes back only when they are finalized
    }
    if (!fits(bytes)) return false;
    external_bytes_ += bytes;
    return true;
}

void Heap::remove_external(size_t bytes) {
    HEDDLE_ASSERT(bytes <= external_bytes_);
    external_bytes_ -= bytes;
}

// --- collection ---------------------------------------------------------------------------------------------

void Heap::collect() {
    if (collecting_ || no_collection_ != 0) return;
    sync::WindowMark window(sync::Window::Collection);
    auto started = sync::now();
    finish_sweep();
    collecting_ = true;
    for (SizeClass& size_class : classes_) {
        for (Block* block : size_class.blocks)
            block->clear_marks();
    }
    for (Block* block : large_)
        block->clear_marks();
    for (Cell* cell : remembered_)
        cell->set_generation(Cell::kYoung);
    remembered_.clear();

    {
        Marker marker(*this);
        for (RootNode* node = roots_->next_; node != roots_; node = node->next_)
            node->visit_roots(marker);
        client_.visit_roots(marker);
        marker.drain();
        mark_stack(marker);
        marker.finish();
        client_.process_weak_roots(marker);
    }

    for (SizeClass& size_class : classes_) {
        // The unused tail of the block being filled: its cells were never made, so the state there is Free.
        for (; size_class.bump != size_class.bump_end; size_class.bump += size_class.cell_size) {
            auto* cell = reinterpret_cast<FreeCell*>(size_class.bump);
            cell->next = nullptr;
        }
        size_class.bump = size_class.bump_end = nullptr;
        size_class.free_list = nullptr;
        size_class.sweep_cursor = 0;
        for (Block* block : size_class.blocks)
            block->needs_sweep = true;
    }
    // Large cells are few and hold much memory: swept at once.
    std::erase_if(large_, [this](Block* block) {
        Cell* cell = block->cell(0);
        if (block->is_marked(cell)) return false;
        if (block->is_finalized() && cell->state() == CellState::Live) cell->finalize();
        block_bytes_ -= block->total_bytes();
        block->~Block();
        std::free(block);
        return true;
    });
    collecting_ = false;
    ++collections_;

    // Live bytes are an estimate until the sweep: marked cells of small blocks are counted here.
    size_t live = 0;
    for (SizeClass& size_class : classes_) {
        for (Block* block : size_class.blocks)
            live += size_t{block->marked_count()} * block->cell_size();
    }
    for (Block* block : large_)
        live += block->total_bytes();
    cell_bytes_ = live;
    next_collection_at_ = std::max(kFirstCollectionBytes, (live + external_bytes_) * 2);
    // Fragmented blocks must not make a collection due again at once.
    next_collection_at_ = std::max(next_collection_at_, block_bytes_ + external_bytes_ + kFirstCollectionBytes / 2);
    last_pause_ns_ = static_cast<uint64_t>(sync::now().nanoseconds - started.nanoseconds);
    if (options_.trace) {
        std::fprintf(stderr, "[gc %llu] full: %zu KiB live, %zu KiB in blocks, %zu KiB external, %.2f ms\n",
                     static_cast<unsigned long long>(collections_), live / 1024, block_bytes_ / 1024, external_bytes_ / 1024,
                     static_cast<double>(last_pause_ns_) / 1e6);
    }
#ifdef HEDDLE_CHECKED
    if (options_.verify) verify();
#endif
}

void Heap::sweep(Block& block, SizeClass& size_class) {
    HEDDLE_ASSERT(block.needs_sweep);
    collecting_ = true; // a finalizer must not allocate
    FreeCell* free_list = nullptr;
    for (uint32_t i = block.cell_count(); i-- > 0;) {
        Cell* cell = block.cell(i);
        if (block.is_marked(cell)) continue;
        auto* free_cell = reinterpret_cast<FreeCell*>(cell);
        if (free_cell->header != 0) {
            if (size_class.finalized) cell->finalize();
            free_cell->header = 0;
            poison_free_cell(cell, block.cell_size());
        }
        free_cell->next = free_list;
        free_list = free_cell;
    }
    block.needs_sweep = false;
    collecting_ = false;
    if (!free_list) return;
    // Join in front of what the class has.
    FreeCell* last = free_list;
    if (size_class.free_list) {
        while (last->next)
            last = last->next;
        last->next = size_class.free_list;
    }
    size_class.free_list = free_list;
}

void Heap::finish_sweep() {
    for (SizeClass& size_class : classes_) {
        size_t kept = 0;
        for (size_t i = 0; i < size_class.blocks.size(); ++i) {
            Block* block = size_class.blocks[i];
            if (block->needs_sweep) {
                bool empty = block->marked_count() == 0;
                if (empty) {
                    // Wholly dead: finalize and give the block back without threading a free list through it.
                    if (size_class.finalized) {
                        collecting_ = true;
                        for (uint32_t j = 0; j < block->cell_count(); ++j) {
                            Cell* cell = block->cell(j);
                            if (reinterpret_cast<FreeCell*>(cell)->header != 0) cell->finalize();
                        }
                        collecting_ = false;
                    }
                    block_bytes_ -= kBlockSize;
                    block->~Block();
                    pool_.release(block);
                    continue;
                }
                sweep(*block, size_class);
            }
            size_class.blocks[kept++] = block;
        }
        size_class.blocks.resize(kept);
        size_class.sweep_cursor = kept;
    }
}

// --- the conservative scan of the stack ---------------------------------------------------------------------

Cell* Heap::cell_at(uintptr_t address) const {
    auto after = std::upper_bound(block_ranges_.begin(), block_ranges_.end(), address,
                                  [](uintptr_t value, const BlockRange& range) { return value < range.begin; });
    if (after == block_ranges_.begin()) return nullptr;
    const BlockRange& range = *(after - 1);
    if (address >= range.end) return nullptr;
    auto* block = reinterpret_cast<Block*>(range.begin);
    auto* byte = reinterpret_cast<std::byte*>(address);
    if (byte < block->payload()) return nullptr;
    uint32_t index = block->is_large() ? 0 : static_cast<uint32_t>(static_cast<size_t>(byte - block->payload()) / block->cell_size());
    if (index >= block->cell_count()) return nullptr;
    Cell* cell = block->cell(index);
    if (reinterpret_cast<FreeCell*>(cell)->header == 0 || cell->state() != CellState::Live) return nullptr;
    return cell;
}

bool Heap::contains(const Cell* cell) const { return !cell->is_immortal() && &Block::of(cell)->heap() == this; }
bool Heap::is_marked(const Cell* cell) { return cell->is_immortal() || Block::of(cell)->is_marked(cell); }

namespace {

// Reads every word of the stack as a possible pointer: uninstrumented, because the words belong to other frames.
__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) void
collect_stack_words(const uintptr_t* from, const uintptr_t* to, uintptr_t low, uintptr_t high, std::vector<uintptr_t>& out) {
    for (; from < to; ++from) {
        uintptr_t word = *from;
        if (word >= low && word <= high) out.push_back(word);
    }
}

} // namespace

__attribute__((noinline)) void Heap::mark_stack(Marker& marker) {
    block_ranges_.clear();
    for (SizeClass& size_class : classes_) {
        for (Block* block : size_class.blocks)
            block_ranges_.push_back({reinterpret_cast<uintptr_t>(block), reinterpret_cast<uintptr_t>(block) + kBlockSize});
    }
    for (Block* block : large_)
        block_ranges_.push_back({reinterpret_cast<uintptr_t>(block), reinterpret_cast<uintptr_t>(block) + block->total_bytes()});
    if (block_ranges_.empty()) return;
    std::sort(block_ranges_.begin(), block_ranges_.end(),
              [](const BlockRange& a, const BlockRange& b) { return a.begin < b.begin; });

    const void* base = client_.stack_base();
    if (!base) return;
    sync::SpilledRegisters registers;
    registers.spill();
    std::vector<uintptr_t> candidates;
    // A one-past-the-end pointer may equal the end of the last block, hence the closed range.
    collect_stack_words(registers.words, static_cast<const uintptr_t*>(base), block_ranges_.front().begin,
                        block_ranges_.back().end, candidates);
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (uintptr_t word : candidates) {
        if (Cell* cell = cell_at(word)) marker.visit(cell);
        // The end of one cell is the start of the next.
        if (Cell* cell = cell_at(word - 1)) marker.visit(cell);
    }
    marker.drain();
}

// --- reports ------------------------------------------------------------------------------------------------

HeapStatistics Heap::statistics() const {
    return {cell_bytes_, block_bytes_, external_bytes_, collections_, allocations_, last_pause_ns_};
}

void Heap::verify() {
    struct Verifier final : Visitor {
        explicit Verifier(Heap& h) : heap(h) {}
        void defer_weak(Cell*) override {}
        void defer_ephemerons(Cell*) override {}
        void visit_cell(Cell* cell) override {
            if (cell->is_immortal()) return;
            bool good = &Block::of(cell)->heap() == &heap && cell->state() == CellState::Live && cell->kind() < CellKind::Count &&
                        cell->kind() != CellKind::Free;
            if (good) return;
            std::fprintf(stderr, "heddle: heap verifier: %s at %p refers to %p, which is not a live cell of its heap\n",
                         cell_kind_name(owner->kind()), static_cast<void*>(owner), static_cast<void*>(cell));
            std::abort();
        }
        Heap& heap;
        Cell* owner = nullptr;
    };
    Verifier verifier(*this);
    for_each_cell([&](Cell* cell) {
        verifier.owner = cell;
        cell->visit_edges(verifier);
    });
}

} // namespace heddle
