// Heap: one agent's cells. Allocation, collection, roots and the limits on both.
#pragma once

#include "heap/cell.h"
#include "heap/root.h"

#include <new>
#include <vector>

namespace heddle {

class Block;
class BlockPool;
class Marker;

/// What the heap asks of its agent: roots beyond the stack, and the exception for "out of memory".
class HeapClient {
public:
    virtual void visit_roots(Visitor&) = 0;
    virtual void process_weak_roots(WeakProcessor&) = 0;
    /// Puts a RangeError on the agent. Called with a small reserve opened, so that the error itself fits.
    virtual Failed out_of_memory() = 0;
    /// Highest address of the stack of the thread inside the agent (exclusive).
    virtual const void* stack_base() const = 0;

protected:
    ~HeapClient() = default;
};

struct HeapOptions {
    /// Bytes of cells plus external bytes; beyond it allocation throws RangeError. Zero: no limit.
    size_t limit_bytes = size_t{4} << 30;
    /// Collect at every Nth allocation; zero: never for that reason.
    uint32_t gc_stress = 0;
    /// Fail the Nth allocation from now (1 is the next); zero: none.
    uint64_t fail_allocation = 0;
    /// Run the heap verifier after each collection (checked builds only).
    bool verify = false;
    /// Print one line for each collection to stderr.
    bool trace = false;
};

struct HeapStatistics {
    size_t cell_bytes = 0;     // bytes in live or not yet swept cells
    size_t block_bytes = 0;    // bytes of blocks held
    size_t external_bytes = 0; // bytes reported by add_external
    uint64_t collections = 0;
    uint64_t allocations = 0;
    uint64_t last_pause_ns = 0;
};

class Heap {
public:
    static constexpr size_t kBlockSize = 16 * 1024;
    static constexpr size_t kCellAlignment = 16;
    static constexpr size_t kLargestSmallCell = 2048;

    Heap(HeapClient&, BlockPool&, const HeapOptions&);
    ~Heap();
    Heap(const Heap&) = delete;

    /// A new T with `trailing` bytes behind it, constructed from `args`. May collect: cells held only by plain
    /// containers are lost; cells in locals, parameters, Members and Roots are safe. Throws RangeError when the
    /// agent's limit is reached or a failure is injected.
    template<class T, class... Args>
    Fallible<T*> allocate(size_t trailing, Args&&... args) {
        static_assert(alignof(T) <= kCellAlignment);
        void* memory = allocate_bytes(sizeof(T) + trailing, T::kNeedsFinalizer);
        if (!memory) [[unlikely]] return report_out_of_memory();
        return new (memory) T(std::forward<Args>(args)...);
    }

    /// Collects now. Nothing happens while no_collection is held or a collection runs.
    void collect();
    /// Bytes held outside the heap on behalf of a cell: they count towards the limit and the next collection.
    /// Returns false (and changes nothing) when the limit would be passed even after a collection.
    [[nodiscard]] bool add_external(size_t bytes);
    void remove_external(size_t bytes);

    /// Checks every invariant of the heap that can be checked from outside; aborts with a report.
    void verify();

    HeapStatistics statistics() const;
    HeapOptions& options() { return options_; }

    /// True when `cell` was marked by the last marking (for weak processing).
    static bool is_marked(const Cell*);
    void remember(Cell*);
    bool is_collecting() const { return collecting_; }
    bool contains(const Cell* cell) const;

    /// Calls `visit(Cell*)` for each live cell, in no particular order (snapshots, verifier, statistics).
    template<class F>
    void for_each_cell(F&& visit);

private:
    friend class RootNode;
    friend class Marker;
    friend class NoCollection;
    friend class OpenReserve;

    // One size class: blocks, the block being filled, its bump pointer and free list.
    struct SizeClass {
        uint32_t cell_size = 0;
        bool finalized = false;
        std::byte* bump = nullptr;
        std::byte* bump_end = nullptr;
        struct FreeCell* free_list = nullptr;
        std::vector<Block*> blocks;
        size_t sweep_cursor = 0; // blocks below have been swept since the last marking
    };
    static constexpr size_t kSizeClassCount = 24;

    void* allocate_bytes(size_t size, bool needs_finalizer);
    Failed report_out_of_memory();
    bool collection_is_due(size_t more) const;
    bool fits(size_t more) const;
    void sweep(Block&, SizeClass&);
    void take_fresh_block(SizeClass&, Block*);
    void* allocate_small_slow(SizeClass&);
    void* allocate_large(size_t size, bool needs_finalizer);
    bool injected_failure();
    void finish_sweep();
    void mark_stack(Marker&);
    Cell* cell_at(uintptr_t address) const;
    SizeClass& size_class_for(size_t size, bool needs_finalizer);

    HeapClient& client_;
    BlockPool& pool_;
    HeapOptions options_;
    SizeClass classes_[kSizeClassCount * 2];
    uint8_t class_of_[kLargestSmallCell / kCellAlignment + 1];
    std::vector<Block*> large_;
    size_t large_sweep_cursor_ = 0;
    std::vector<Cell*> remembered_;
    // Sorted [begin, end) of every block while a collection scans the stack.
    struct BlockRange {
        uintptr_t begin;
        uintptr_t end;
    };
    std::vector<BlockRange> block_ranges_;
    RootNode* roots_; // head of the ring
    size_t cell_bytes_ = 0;
    size_t block_bytes_ = 0;
    size_t external_bytes_ = 0;
    size_t next_collection_at_;
    uint64_t collections_ = 0;
    uint64_t allocations_ = 0;
    uint64_t last_pause_ns_ = 0;
    uint32_t no_collection_ = 0;
    uint32_t stress_countdown_ = 0;
    bool collecting_ = false;
    bool reserve_open_ = false;
};

/// While one is alive allocation may use the reserve beyond the limit, and no failure is injected: for objects of
/// bounded size that must not be left half made.
class OpenReserve {
public:
    explicit OpenReserve(Heap& heap) : heap_(heap), was_open_(heap.reserve_open_) { heap_.reserve_open_ = true; }
    ~OpenReserve() { heap_.reserve_open_ = was_open_; }
    OpenReserve(const OpenReserve&) = delete;

private:
    Heap& heap_;
    bool was_open_;
};

/// While one is alive the heap does not collect (allocation may go past the threshold). For short native spans
/// that hold cells where the scan cannot see them.
class NoCollection {
public:
    explicit NoCollection(Heap& heap) : heap_(heap) { ++heap_.no_collection_; }
    ~NoCollection() { --heap_.no_collection_; }
    NoCollection(const NoCollection&) = delete;

private:
    Heap& heap_;
};

} // namespace heddle
