// Heap: one agent's cells. Allocation, collection, roots and the limits on both.
#pragma once

#include "base/growable_array.h"
#include "base/rules.h"
#include "heap/block_map.h"
#include "heap/cell.h"
#include "heap/poison.h"
#include "heap/root.h"
#include "heap/size_classes.h"

#include <new>

namespace heddle {

class Block;
class BlockPool;
class Marker;
struct FreeRun;
struct MarkedTotals;

/// What the heap asks of its agent: roots beyond the stack, and the exception for "out of memory".
class HeapClient {
public:
    virtual void visit_roots(Visitor&) = 0;
    virtual void process_weak_roots(WeakProcessor&) = 0;
    /// Puts a RangeError on the agent. Called with a small reserve opened, so that the error itself fits.
    virtual Failed out_of_memory() = 0;
    /// Breaks the rule of thread affinity unless the calling thread may use the heap now. Checked builds only.
    virtual void check_affinity(const char*) const {}
    /// Another thread is inside now. Checked builds only.
    virtual bool is_used_elsewhere() const { return false; }
    /// Highest address of the stack of the thread inside the agent (exclusive).
    virtual const void* stack_base() const = 0;

protected:
    ~HeapClient() = default;
};

/// A young collection takes every cell that survived the one before for alive; a full one takes none.
enum class CollectionKind : uint8_t { Young, Full };

/// What made a collection due, for traces.
enum class CollectionReason : uint8_t { Requested, Budget, Growth, External, Limit, Stress };

enum class GcStress : uint8_t { Full, Young, Alternating };

struct HeapOptions {
    /// Bytes of cells plus external bytes; beyond it allocation throws RangeError. Zero: no limit.
    size_t limit_bytes = size_t{4} << 30;
    /// Collect at every Nth allocation; zero: never for that reason.
    uint32_t gc_stress = 0;
    /// Which collections those are.
    GcStress gc_stress_kind = GcStress::Full;
    /// Fail the Nth allocation from now (1 is the next); zero: none.
    uint64_t fail_allocation = 0;
    /// Entries that each of the collector's lists may grow to, as if there were no memory for more.
    size_t list_limit = SIZE_MAX;
    /// Check the heap after each collection, and the barriers before each young one (checked builds only).
    bool verify = false;
    /// Print one line for each collection to stderr, and one at the end.
    bool trace = false;
};

struct HeapStatistics {
    size_t cell_bytes = 0;     // bytes of cells: what the last collection left alive, and what was made since
    size_t block_bytes = 0;    // bytes of blocks held
    size_t external_bytes = 0; // bytes reported by add_external
    size_t limit_bytes = 0;    // for block_bytes plus external_bytes; zero: none
    uint64_t allocations = 0;
    uint64_t collections = 0; // of both kinds
    uint64_t young_collections = 0;
    uint64_t full_collections = 0;
    uint64_t promoted_bytes = 0; // by young collections
    uint64_t last_pause_ns = 0;
    uint64_t longest_pause_ns = 0;
    uint64_t total_pause_ns = 0;
};

class Heap {
public:
    static constexpr size_t kBlockSize = 16 * 1024;
    static constexpr size_t kCellAlignment = kCellUnit;

    Heap(HeapClient&, BlockPool&, const HeapOptions&);
    ~Heap();
    Heap(const Heap&) = delete;

    /// A new T with `trailing` bytes behind it, constructed from `args`. May collect: cells held only by
    /// plain containers are lost; cells in locals, parameters, Members and Roots are safe. Throws RangeError
    /// when the agent's limit is reached or a failure is injected.
    template<class T, class... Args>
    Fallible<T*> allocate(size_t trailing, Args&&... args) {
        static_assert(alignof(T) <= kCellAlignment);
        void* memory = allocate_bytes(sizeof(T) + trailing, T::kNeedsFinalizer);
        if (!memory) [[unlikely]]
            return report_out_of_memory();
        return new (memory) T(std::forward<Args>(args)...);
    }

    /// Collects now. Nothing happens while no_collection is held.
    void collect(CollectionKind kind = CollectionKind::Full) { collect(kind, CollectionReason::Requested); }
    /// Finalizes every dead cell now, which allocation does little by little.
    void finish_sweep() { sweep_all(false); }
    /// Bytes held outside the heap on behalf of a cell: they count towards the limit and the next collection.
    /// Returns false (and changes nothing) when the limit would be passed even after a collection.
    [[nodiscard]] bool add_external(size_t bytes);
    void remove_external(size_t bytes);

    /// Checks every invariant of the heap that can be checked from outside; aborts with a report.
    void verify();

    HeapStatistics statistics() const;
    const HeapOptions& options() const { return options_; }
    /// From now on. Zero ends it.
    void set_gc_stress(uint32_t every, GcStress kind = GcStress::Full);
    /// The Nth allocation from now fails (1 is the next). Zero: none does.
    void set_fail_allocation(uint64_t nth);
    void set_verify(bool on) { options_.verify = on; }

    void remember(Cell*);
    void check_nobody_else_inside(const char* what) const {
        HEDDLE_RULE(ThreadAffinity, !client_.is_used_elsewhere(), this, "%s in a heap that another thread uses now", what);
    }
    bool is_collecting() const { return collecting_; }
    bool contains(const Cell* cell) const;

    /// Calls `visit(Cell*)` for each live cell, in no particular order (snapshots, verifier, statistics).
    template<class F>
    void for_each_cell(F&& visit);
    template<class F>
    void for_each_block(F&& visit);
    /// Everything outside the heap and the stack that holds cells alive.
    void visit_precise_roots(Visitor&);
    /// Appends the cells that words on the stack of the thread inside the agent may refer to. False when there is no
    /// memory for them all.
    [[nodiscard]] bool find_stack_cells(GrowableArray<Cell*>&);

private:
    friend class RootNode;
    friend class Marker;
    friend class HeapVerifier;
    friend class SnapshotWriter;
    friend class NoCollection;
    friend class OpenReserve;

    /// A list whose room is reserved before anything is put into it.
    class BlockList : public GrowableArray<Block*> {
    public:
        void add(Block* block) { HEDDLE_CHECK(push_back(block)); }
    };

    // One size class. Every block is in `blocks`; the others say what is to be done with it. A block in none
    // of them is full of old cells. Cells from `bump` to `run_end` are free, and `bump_end` is where the fast
    // path stops: run_end, or `bump` itself while every allocation has to be looked at. Whoever makes a block reserves
    // its place in each of the lists, so that a collection can move it from one to another.
    struct SizeClass {
        std::byte* bump = nullptr;
        std::byte* bump_end = nullptr;
        uint32_t cell_size = 0;
        bool finalized = false;
        std::byte* run_begin = nullptr;
        std::byte* run_end = nullptr;
        FreeRun* runs = nullptr; // further ones in the block being filled
        BlockList blocks;
        BlockList available;     // swept, with free runs
        BlockList young;         // allocated from since the last collection
        BlockList unswept_young; // to be swept: what a young collection left
        BlockList unswept;       // to be swept: what a full collection left
        [[nodiscard]] bool reserve_block();
    };
    struct Phases;
    /// Bytes of cells made between two collections while the heap is small.
    static constexpr size_t kSmallestYoungBudget = 4 * 1024 * 1024;

    [[gnu::always_inline]] void* allocate_bytes(size_t size, bool needs_finalizer) {
        if (size <= kLargestSmallCell) [[likely]] {
            size_t index = kClassOfUnits[(size + kCellUnit - 1) / kCellUnit];
            SizeClass& size_class = classes_[needs_finalizer ? index + kSizeClassCount : index];
            std::byte* memory = size_class.bump;
            if (memory != size_class.bump_end) [[likely]] {
                check_allocation();
                size_class.bump = memory + size_class.cell_size;
                HEDDLE_UNPOISON(memory, size_class.cell_size);
                return memory;
            }
        }
        return allocate_slow(size, needs_finalizer);
    }
    void check_allocation() const {
#ifdef HEDDLE_CHECKED
        HEDDLE_RULE(ReenteredCollector, !collecting_, this, "a cell is allocated in the midst of a collection or sweep");
        client_.check_affinity("a cell is allocated in the heap");
#endif
    }
    void* allocate_slow(size_t size, bool needs_finalizer);
    void* allocate_small_slow(SizeClass&);
    void* allocate_large(size_t size, bool needs_finalizer);
    void* allocate_from_run(SizeClass&);
    bool next_run(SizeClass&);
    void check_dead(const SizeClass&, const FreeRun*) const;
    bool take_swept_block(SizeClass&);
    bool take_fresh_block(SizeClass&);
    void retire_runs(SizeClass&);
    void reset_fast_path();
    bool is_instrumented() const { return (options_.gc_stress | options_.fail_allocation) != 0 || counted_; }
    bool injected_failure();
    Failed report_out_of_memory();
    bool fits(size_t more) const;

    void collect(CollectionKind, CollectionReason);
    void collect_above(const uintptr_t* stack_top, CollectionKind, CollectionReason);
    void collect_for(CollectionReason);
    void check_before_collection() const;
    void check_quiescence_before_end() const;
    void collect_for_limit();
    void stress();
    void sweep(Block&);
    void sweep_ahead();
    bool sweep_or_release(SizeClass&, Block*);
    void release_block(SizeClass&, Block*);
    void release_spares();
    void sweep_all(bool finalized_classes_only);
    void free_large(Block*);
    void* take_large_spare(size_t total);
    void keep_large_spare(void* memory, size_t total);
    void set_young_budget(CollectionKind, size_t looked_at, size_t survived);
    void settle_blocks(CollectionKind);
    void settle_large(CollectionKind);
    void trace(CollectionKind, CollectionReason, const Phases&, const MarkedTotals&) const;
    Cell* cell_at(uintptr_t address) const;
    Cell* candidate_at(uintptr_t address, uint32_t epoch) const;
    [[nodiscard]] bool find_stack_cells(const uintptr_t* stack_top, GrowableArray<Cell*>&) const;
    void visit_stack(const uintptr_t* stack_top, Visitor&, uint32_t epoch) const;
    [[nodiscard]] bool grow_list(GrowableArray<Cell*>&);
    [[nodiscard]] bool reserve_mark_stack();
    void release_mark_stack();

    HeapClient& client_;
    BlockPool& pool_;
    HeapOptions options_;
    SizeClass classes_[kSizeClassCount * 2];
    BlockMap map_;
    // Young ones stand at the end, from large_young_ on.
    BlockList large_;
    size_t large_young_ = 0;
    // Memory of large cells that have died, for others of their size until the next full collection: fresh pages cost a
    // fault each. At most a quarter of what the heap holds, or a small heap's young budget; not counted in block_bytes_.
    struct LargeSpare {
        void* memory = nullptr;
        size_t total = 0;
    };
    static constexpr size_t kLargeSpares = 4;
    LargeSpare large_spares_[kLargeSpares];
    GrowableArray<Cell*> remembered_;
    // There was no memory for a cell in remembered_: the next collection is a full one, which needs none of them.
    bool remembered_lost_ = false;
    // Empty between collections; its first kMarkStackReserve places are there before the first block is.
    static constexpr size_t kMarkStackReserve = 256;
    GrowableArray<Cell*> mark_stack_;
    // Empty blocks that the heap is likely to need again before the next full collection; counted in
    // block_bytes_.
    GrowableArray<void*> spares_;
    RootNode* roots_; // head of the ring
    uint32_t last_serial_ = 0;
    uint32_t epoch_ = 1; // of the marks: see Block
    size_t sweep_ahead_class_ = 0;
    bool sweeping_ahead_ = false; // some class may have unswept blocks
    size_t old_bytes_ = 0;        // alive after the last collection
    size_t young_bytes_ = 0;      // handed out in runs and large cells since
    size_t young_external_bytes_ = 0;
    size_t young_space_ = kSmallestYoungBudget; // what young_budget_ is at least
    size_t young_budget_;
    bool young_survive_ = false; // most of what the last young collection looked at was alive
    size_t next_full_at_;        // old and external bytes that make a collection full
    size_t block_bytes_ = 0;
    size_t external_bytes_ = 0;
    HeapStatistics totals_;
    uint32_t no_collection_ = 0;
    uint32_t stress_countdown_ = 0;
    bool stress_young_next_ = false;
    bool collecting_ = false;
    bool reserve_open_ = false;
    bool counted_; // every allocation asks base/fault.h
};

/// While one is alive allocation may use the reserve beyond the limit, and no failure is injected: for
/// objects of bounded size that must not be left half made.
class OpenReserve {
public:
    explicit OpenReserve(Heap& heap) : heap_(heap), was_open_(heap.reserve_open_) {
        heap_.reserve_open_ = true;
    }
    ~OpenReserve() { heap_.reserve_open_ = was_open_; }
    OpenReserve(const OpenReserve&) = delete;

private:
    Heap& heap_;
    bool was_open_;
};

/// While one is alive the heap does not collect (allocation may go past the threshold). For short native
/// spans that hold cells where the scan cannot see them.
class NoCollection {
public:
    explicit NoCollection(Heap& heap) : heap_(heap) { ++heap_.no_collection_; }
    ~NoCollection() { --heap_.no_collection_; }
    NoCollection(const NoCollection&) = delete;

private:
    Heap& heap_;
};

} // namespace heddle
