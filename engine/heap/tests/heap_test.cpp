// The heap with cells made for the purpose: what stays alive and what does not, finalizers, large cells,
// ephemerons, and blocks that go back.
#include "heap/heap.h"
#include "heap/tests/stale_words.h"
#include "runtime/object.h"
#include "runtime/runtime.h"

#include <gtest/gtest.h>

#include <vector>

namespace heddle {
namespace {

/// Counts its finalizations in a place outside the heap.
class Probe final : public Cell {
public:
    static constexpr bool kNeedsFinalizer = true;
    Probe(std::vector<int>* finalized, int number, Probe* next)
        : Cell(CellKind::Internal), finalized_(finalized), number_(number) {
        next_.init(next);
    }
    void visit_edges(Visitor& visitor) override { visitor.visit(next_); }
    void finalize() override { ++(*finalized_)[static_cast<size_t>(number_)]; }
    int number() const { return number_; }
    Member<Probe> next_;

private:
    std::vector<int>* finalized_;
    int number_;
};

/// A cell of any size.
class Bytes final : public Cell {
public:
    static constexpr bool kNeedsFinalizer = true;
    explicit Bytes(int* finalized) : Cell(CellKind::Internal), finalized_(finalized) {}
    void finalize() override { ++*finalized_; }
    uint8_t* data() { return reinterpret_cast<uint8_t*>(this + 1); }

private:
    int* finalized_;
};

/// A table of one ephemeron.
class Ephemeron final : public Cell {
public:
    Ephemeron(Cell* key, Cell* value) : Cell(CellKind::Internal), key_(key) { value_.init(value); }
    void visit_edges(Visitor& visitor) override {
        visitor.defer_ephemerons(this);
        visitor.defer_weak(this);
    }
    void visit_ephemerons(Visitor& visitor, WeakProcessor& weak) override {
        if (key_ && weak.is_live(key_)) visitor.visit(value_);
    }
    void process_weak(WeakProcessor& weak) override {
        if (key_ && !weak.is_live(key_)) {
            key_ = nullptr;
            value_.clear();
        }
    }
    bool has_key() const { return key_ != nullptr; }

private:
    Cell* key_; // weak
    Member<Cell> value_;
};

class HeapTest : public testing::Test {
protected:
    HeapTest() : runtime_(RuntimeOptions{&table_, {}}) { make_agent({}); }

    void make_agent(const HeapOptions& heap) {
        request_.reset();
        agent_.reset();
        AgentOptions options;
        options.heap = heap;
        agent_ = std::make_unique<Agent>(runtime_, options);
        request_ = std::make_unique<Request>(*agent_);
    }
    void end_agent() {
        request_.reset();
        agent_.reset();
    }
    Heap& heap() { return agent_->heap(); }
    Probe* make_probe(Probe* next = nullptr) {
        finalized_.push_back(0);
        return MUST(heap().allocate<Probe>(0, &finalized_, static_cast<int>(finalized_.size()) - 1, next));
    }
    /// Collects with a clean stack below, and sweeps: finalizers run when their block is swept.
    __attribute__((noinline)) void collect() {
        scrub();
        heap().collect();
        scrub();
        heap().collect();
    }
    int finalized(int number) const { return finalized_[static_cast<size_t>(number)]; }
    int finalized_count() const {
        int count = 0;
        for (int each : finalized_)
            count += each;
        return count;
    }
    int finalized_most() const {
        int most = 0;
        for (int each : finalized_)
            most = std::max(most, each);
        return most;
    }

    IntrinsicTable table_{};
    Runtime runtime_;
    std::vector<int> finalized_ = [] {
        std::vector<int> numbers;
        numbers.reserve(100'000); // cells hold its address
        return numbers;
    }();
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<Request> request_;

private:
    // Overwrites the dead frames below, where stale pointers would keep cells alive.
    __attribute__((noinline)) static void scrub() {
        volatile uint8_t dead[32 * 1024];
        for (volatile uint8_t& each : dead)
            each = 0;
    }
};

TEST_F(HeapTest, RootsKeepAliveAndTheRestIsFinalizedOnce) {
    std::optional<Root<Probe>> root(std::in_place, heap());
    [&]() __attribute__((noinline)) {
        *root = make_probe(make_probe());
        for (int i = 0; i < 1000; ++i)
            make_probe();
    }();
    collect();
    EXPECT_EQ(finalized(0), 0);
    EXPECT_EQ(finalized(1), 0);
    SKIP_WHERE_FRAMES_KEEP_STALE_WORDS();
    // A stale word may keep one or two; not more.
    EXPECT_GE(finalized_count(), 995);
    EXPECT_EQ(finalized_most(), 1);
    EXPECT_EQ((*root)->next_->number(), 0);
    *root = nullptr;
    collect();
    EXPECT_GE(finalized_count(), 997);
    root.reset();
    end_agent();
    EXPECT_EQ(finalized_count(), 1002) << "the end of the heap finalizes the rest";
    EXPECT_EQ(finalized_most(), 1);
    EXPECT_EQ(runtime_.block_pool().blocks_in_use(), 0u);
}

TEST_F(HeapTest, FinalizersRunAtTheEndWhateverTheStateOfTheSweep) {
    [&]() __attribute__((noinline)) {
        for (int i = 0; i < 5000; ++i)
            make_probe();
    }();
    heap().collect(); // marked, not swept
    for (int i = 0; i < 50; ++i)
        make_probe(); // swept in part
    int before = finalized_count();
    EXPECT_LT(before, 5050);
    end_agent();
    EXPECT_EQ(finalized_count(), 5050);
    EXPECT_EQ(finalized_most(), 1);
    EXPECT_EQ(runtime_.block_pool().blocks_in_use(), 0u);
}

TEST_F(HeapTest, RootVectorsKeepTheirItems) {
    RootVector<Probe*> list(heap());
    [&]() __attribute__((noinline)) {
        for (int i = 0; i < 500; ++i)
            ASSERT_TRUE(list.push_back(make_probe()));
    }();
    collect();
    EXPECT_EQ(finalized_count(), 0);
    for (size_t i = 0; i < list.size(); ++i)
        EXPECT_EQ(list[i]->number(), static_cast<int>(i));
    list.clear();
    collect();
    EXPECT_GE(finalized_count(), 497);
}

// In a frame of its own, so that nothing but the local named here refers to the cell. The pointer is
// volatile: the compiler keeps exactly this word on the stack.
TEST_F(HeapTest, ALocalKeepsItsCell) {
    [&]() __attribute__((noinline)) {
        Probe* volatile local = make_probe();
        collect();
        EXPECT_EQ(finalized(0), 0);
        EXPECT_EQ(local->number(), 0);
    }();
}

TEST_F(HeapTest, AnInteriorPointerKeepsItsCell) {
    [&]() __attribute__((noinline)) {
        int died = 0;
        uint8_t* volatile inside = MUST(heap().allocate<Bytes>(100, &died))->data() + 57;
        collect();
        EXPECT_EQ(died, 0);
        *inside = 1;
        end_agent();
        EXPECT_EQ(died, 1);
    }();
}

TEST_F(HeapTest, AnInteriorPointerKeepsALargeCell) {
    [&]() __attribute__((noinline)) {
        int died = 0;
        uint8_t* volatile inside = MUST(heap().allocate<Bytes>(300'000, &died))->data() + 200'001;
        collect();
        EXPECT_EQ(died, 0);
        *inside = 1;
        end_agent();
        EXPECT_EQ(died, 1);
    }();
}

TEST_F(HeapTest, AOnePastTheEndPointerKeepsItsCell) {
    // A loop over the characters of a cell may hold nothing but the end. The cell fills its size class.
    for (size_t trailing : {96 - sizeof(Bytes), 256 - sizeof(Bytes), 2048 - sizeof(Bytes)}) {
        int died = 0;
        [&]() __attribute__((noinline)) {
            uint8_t* volatile end = MUST(heap().allocate<Bytes>(trailing, &died))->data() + trailing;
            collect();
            EXPECT_EQ(died, 0) << trailing << " bytes behind the cell";
            EXPECT_NE(end, nullptr);
        }();
        make_agent({});
    }
}

TEST_F(HeapTest, LargeCellsComeAndGo) {
    int died = 0;
    size_t before = heap().statistics().block_bytes;
    [&]() __attribute__((noinline)) {
        for (int i = 0; i < 64; ++i) {
            Bytes* cell = MUST(heap().allocate<Bytes>(1 << 20, &died));
            cell->data()[0] = 1;
            cell->data()[(1 << 20) - 1] = 1;
        }
    }();
    EXPECT_GT(died, 0) << "64 MiB of garbage did not make a collection due";
    collect();
    EXPECT_GE(died, 62);
    EXPECT_LE(heap().statistics().block_bytes, before + 2 * ((1 << 20) + Heap::kBlockSize));
}

TEST_F(HeapTest, LargeCellsTraceTheirReferences) {
    Root<ValueArray> array(heap());
    [&]() __attribute__((noinline)) {
        array = MUST(ValueArray::create(*agent_, 10'000, Value::undefined()));
        for (uint32_t i = 0; i < 10'000; i += 100)
            array->set(i, Value(static_cast<Cell*>(make_probe())));
    }();
    collect();
    EXPECT_EQ(finalized_count(), 0);
    SKIP_WHERE_FRAMES_KEEP_STALE_WORDS();
    array = nullptr;
    collect();
    EXPECT_GE(finalized_count(), 98);
}

TEST_F(HeapTest, LongChainsAreMarkedWithoutRecursion) {
    Root<Probe> head(heap());
    for (int i = 0; i < 90'000; ++i)
        head = make_probe(head);
    collect();
    EXPECT_EQ(finalized_count(), 0);
    int length = 0;
    for (Probe* each = head; each; each = each->next_)
        ++length;
    EXPECT_EQ(length, 90'000);
}

TEST_F(HeapTest, EphemeronsHoldTheirValueAsLongAsTheirKey) {
    Root<Probe> key(heap());
    Root<Ephemeron> live(heap());
    Root<Ephemeron> dead(heap());
    Root<Ephemeron> chained(heap());
    [&]() __attribute__((noinline)) {
        key = make_probe();          // 0
        Probe* value = make_probe(); // 1
        live = MUST(heap().allocate<Ephemeron>(0, key.get(), value));
        chained = MUST(heap().allocate<Ephemeron>(0, value, make_probe())); // 2: live through the first
        // The value refers to the key: a plain weak key with a strong value would leak.
        Probe* lost = make_probe();                                         // 3
        dead = MUST(heap().allocate<Ephemeron>(0, lost, make_probe(lost))); // 4
    }();
    collect();
    EXPECT_EQ(finalized(0) + finalized(1) + finalized(2), 0);
    EXPECT_TRUE(live->has_key());
    EXPECT_TRUE(chained->has_key());
    SKIP_WHERE_FRAMES_KEEP_STALE_WORDS();
    EXPECT_FALSE(dead->has_key());
    EXPECT_EQ(finalized(3) + finalized(4), 2);
    key = nullptr;
    collect();
    EXPECT_FALSE(live->has_key());
    EXPECT_FALSE(chained->has_key());
}

TEST_F(HeapTest, NoCollectionHoldsCollectionsBack) {
    uint64_t before = heap().statistics().collections;
    {
        NoCollection hold(heap());
        heap().collect();
        for (int i = 0; i < 20'000; ++i)
            make_probe();
        EXPECT_EQ(heap().statistics().collections, before);
    }
    heap().collect();
    EXPECT_EQ(heap().statistics().collections, before + 1);
}

TEST_F(HeapTest, ExternalBytesCountTowardsTheLimit) {
    HeapOptions options;
    options.limit_bytes = 8 << 20;
    make_agent(options);
    EXPECT_TRUE(heap().add_external(6 << 20));
    EXPECT_FALSE(heap().add_external(6 << 20));
    EXPECT_EQ(heap().statistics().external_bytes, size_t{6} << 20);
    EXPECT_FALSE(heap().add_external(SIZE_MAX));
    EXPECT_FALSE(heap().add_external(SIZE_MAX - (6 << 20) + 1));
    heap().remove_external(6 << 20);
    EXPECT_TRUE(heap().add_external(6 << 20));
    heap().remove_external(6 << 20);
}

TEST_F(HeapTest, TheLimitHoldsForSmallAndLargeCells) {
    HeapOptions options;
    options.limit_bytes = 4 << 20;
    make_agent(options);
    Root<Probe> head(heap());
    // In a frame of its own, which leaves no word of the list in this one.
    auto fill = [&]() __attribute__((noinline)) {
        for (int made = 0;; ++made) {
            finalized_.push_back(0);
            auto probe = heap().allocate<Probe>(0, &finalized_, made, head.get());
            if (probe.threw() || made == 1 << 20) return made;
            head = probe.release();
        }
    };
    int made = fill();
    EXPECT_TRUE(agent_->has_exception());
    agent_->take_exception();
    EXPECT_LE(heap().statistics().block_bytes, size_t{5} << 20);
    EXPECT_GT(made, 20'000);
    int died = 0;
    EXPECT_TRUE(heap().allocate<Bytes>(1 << 20, &died).threw());
    agent_->take_exception();
    SKIP_WHERE_FRAMES_KEEP_STALE_WORDS();
    // What is let go of is to be had again.
    head = nullptr;
    collect();
    EXPECT_FALSE(heap().allocate<Bytes>(1 << 20, &died).threw());
}

TEST_F(HeapTest, TheNthAllocationFailsOnceAndNoOther) {
    HeapOptions options;
    options.fail_allocation = 3;
    make_agent(options);
    finalized_.resize(10);
    for (int i = 1; i <= 6; ++i) {
        auto probe = heap().allocate<Probe>(0, &finalized_, i, nullptr);
        EXPECT_EQ(probe.threw(), i == 3) << i;
        if (i == 3) agent_->take_exception();
    }
}

TEST_F(HeapTest, StressCollectsAtEveryAllocation) {
    HeapOptions options;
    options.gc_stress = 1;
    options.verify = true;
    make_agent(options);
    uint64_t before = heap().statistics().collections;
    Root<Probe> head(heap());
    for (int i = 0; i < 100; ++i)
        head = make_probe(head);
    EXPECT_GE(heap().statistics().collections, before + 100);
    EXPECT_EQ(finalized_count(), 0);
}

TEST_F(HeapTest, BlocksOfDeadAgentsGoBackAndAreUsedAgain) {
    for (int round = 0; round < 5; ++round) {
        make_agent({});
        for (int i = 0; i < 5000; ++i)
            make_probe();
        EXPECT_GT(runtime_.block_pool().blocks_in_use(), 0u);
        end_agent();
        EXPECT_EQ(runtime_.block_pool().blocks_in_use(), 0u);
    }
    EXPECT_EQ(finalized_count(), 25'000);
    EXPECT_EQ(finalized_most(), 1);
}

} // namespace
} // namespace heddle
