// Young collections: what they keep, free and promote, weak references across generations, and the verifier
// that looks for missing barriers.
#include "builtins/tests/running.h"
#include "heap/block.h"
#include "heap/tests/stale_words.h"
#include "runtime/object.h"
#include "runtime/runtime.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace heddle {
namespace {

/// Counts its finalizations, holds one strong and one weak reference.
class Probe final : public Cell {
public:
    static constexpr bool kNeedsFinalizer = true;
    explicit Probe(int* finalized) : Cell(CellKind::Internal), finalized_(finalized) {}
    void visit_edges(Visitor& visitor) override {
        visitor.visit(next_, "next");
        visitor.defer_weak(this);
    }
    void process_weak(WeakProcessor& weak) override {
        if (weak_ && !weak.is_live(weak_)) weak_ = nullptr;
    }
    void finalize() override { ++*finalized_; }
    void set_weak(Cell* cell) {
        weak_ = cell;
        write_barrier(this);
    }
    void set_weak_without_barrier(Cell* cell) { weak_ = cell; }
    Cell* weak() const { return weak_; }

    Member<Probe> next_;

private:
    int* finalized_;
    Cell* weak_ = nullptr;
};

/// As Probe, of the class without finalizers and of any size.
class Plain final : public Cell {
public:
    Plain() : Cell(CellKind::Internal) {}
    void visit_edges(Visitor& visitor) override { visitor.visit(next_); }
    Member<Cell> next_;
};

class Ephemeron final : public Cell {
public:
    Ephemeron() : Cell(CellKind::Internal) {}
    void set(Cell* key, Cell* value) {
        key_ = key;
        value_.set(this, value);
    }
    void visit_edges(Visitor& visitor) override { visitor.defer_ephemerons(this); }
    void visit_ephemerons(Visitor& visitor, WeakProcessor& weak) override {
        if (key_ && weak.is_live(key_)) visitor.visit(value_);
    }
    void process_weak(WeakProcessor& weak) override {
        if (!key_ || weak.is_live(key_)) return;
        key_ = nullptr;
        value_.clear();
    }
    bool has_key() const { return key_ != nullptr; }

private:
    Cell* key_ = nullptr;
    Member<Cell> value_;
};

/// Stands for a mebibyte outside the heap.
class Holder final : public Cell {
public:
    static constexpr bool kNeedsFinalizer = true;
    explicit Holder(Heap& heap) : Cell(CellKind::Internal), heap_(heap) {}
    void finalize() override { heap_.remove_external(1 << 20); }

private:
    Heap& heap_;
};

/// Breaks the rule for finalizers.
class Allocating final : public Cell {
public:
    static constexpr bool kNeedsFinalizer = true;
    explicit Allocating(Heap& heap) : Cell(CellKind::Internal), heap_(heap) {}
    void finalize() override { (void)heap_.allocate<Plain>(0).threw(); }

private:
    Heap& heap_;
};

class Generations : public testing::Test {
protected:
    Generations() : runtime_(RuntimeOptions{&table_, {}}) { make_agent({}); }
    void make_agent(const HeapOptions& heap) {
        request_.reset();
        agent_.reset();
        AgentOptions options;
        options.heap = heap;
        agent_ = std::make_unique<Agent>(runtime_, options);
        request_ = std::make_unique<Request>(*agent_);
    }
    Heap& heap() { return agent_->heap(); }
    Probe* probe() { return MUST(heap().allocate<Probe>(0, &finalized_)); }
    /// A collection below a clean stack, with the dead finalized.
    __attribute__((noinline)) void young() {
        scrub();
        heap().collect(CollectionKind::Young);
        heap().finish_sweep();
    }
    __attribute__((noinline)) void full() {
        scrub();
        heap().collect();
        heap().finish_sweep();
    }
    Cell* old_probe(Root<Probe>& root) {
        root = probe();
        young();
        EXPECT_EQ(root->generation(), Cell::kOld);
        return root;
    }

    /// A counter that outlives the agent, whose end finalizes the rest.
    int& counter() {
        counters_.push_back(std::make_unique<int>(0));
        return *counters_.back();
    }

    IntrinsicTable table_{};
    Runtime runtime_;
    std::vector<std::unique_ptr<int>> counters_;
    int finalized_ = 0;
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<Request> request_;

    __attribute__((noinline)) static void scrub() {
        volatile uint8_t dead[32 * 1024];
        for (volatile uint8_t& each : dead)
            each = 0;
    }
};

TEST_F(Generations, SurvivorsBecomeOld) {
    Root<Probe> root(heap());
    root = probe();
    EXPECT_EQ(root->generation(), Cell::kYoung);
    heap().collect(CollectionKind::Young);
    EXPECT_EQ(root->generation(), Cell::kOld);
    HeapStatistics statistics = heap().statistics();
    EXPECT_EQ(statistics.young_collections, 1u);
    EXPECT_EQ(statistics.full_collections, 0u);
    EXPECT_GE(statistics.promoted_bytes, sizeof(Probe));
    EXPECT_GT(statistics.total_pause_ns, 0u);
    EXPECT_EQ(statistics.longest_pause_ns, statistics.last_pause_ns);
}

TEST_F(Generations, YoungGarbageGoesAndOldGarbageStaysUntilAFullCollection) {
    Root<Plain> keep(heap());
    Root<Probe> old(heap());
    [&]() __attribute__((noinline)) { old_probe(old); }();
    int& old_finalized = counter();
    Root<Probe> lost(heap());
    [&]() __attribute__((noinline)) { lost = MUST(heap().allocate<Probe>(0, &old_finalized)); }();
    young();
    lost = nullptr; // old garbage
    int& young_finalized = counter();
    [&]() __attribute__((noinline)) {
        for (int i = 0; i < 1000; ++i)
            MUST(heap().allocate<Probe>(0, &young_finalized));
    }();
    young();
    EXPECT_GE(young_finalized, 990);
    EXPECT_EQ(old_finalized, 0);
    full();
    full();
    EXPECT_EQ(old_finalized, 1);
    EXPECT_EQ(old->generation(), Cell::kOld);
}

TEST_F(Generations, AnOldCellKeepsTheYoungOneThatWasWrittenToIt) {
    Root<Probe> old(heap());
    [&]() __attribute__((noinline)) { old_probe(old); }();
    int& died = counter();
    [&]() __attribute__((noinline)) {
        old->next_.set(old, MUST(heap().allocate<Probe>(0, &died)));
        EXPECT_EQ(old->generation(), Cell::kOldRemembered);
        // And what that refers to.
        old->next_->next_.set(old->next_, MUST(heap().allocate<Probe>(0, &died)));
    }();
    young();
    EXPECT_EQ(died, 0);
    EXPECT_EQ(old->generation(), Cell::kOld) << "nothing young is left to remember";
    EXPECT_EQ(old->next_->generation(), Cell::kOld);
    EXPECT_EQ(old->next_->next_->generation(), Cell::kOld);
    // Again, in the same old cell.
    [&]() __attribute__((noinline)) { old->next_.set(old, MUST(heap().allocate<Probe>(0, &died))); }();
    young();
    EXPECT_EQ(died, 0);
    SKIP_WHERE_FRAMES_KEEP_STALE_WORDS();
    full();
    full();
    EXPECT_EQ(died, 2) << "the first two, which the second write cut off";
}

TEST_F(Generations, HolesBetweenOldCellsAreFilledWithYoungOnes) {
    RootVector<Probe*> kept(heap());
    [&]() __attribute__((noinline)) {
        for (int i = 0; i < 4000; ++i) {
            Probe* made = probe();
            if (i % 2) ASSERT_TRUE(kept.push_back(made));
        }
    }();
    young();
    size_t blocks = heap().statistics().block_bytes;
    EXPECT_GE(finalized_, 1990);
    // Half of the cells of each block are old. New ones go between them, and go again.
    int& died = counter();
    for (int round = 0; round < 5; ++round) {
        died = 0;
        [&]() __attribute__((noinline)) {
            for (int i = 0; i < 1500; ++i)
                MUST(heap().allocate<Probe>(0, &died));
        }();
        young();
        EXPECT_GE(died, 1480);
    }
    EXPECT_LE(heap().statistics().block_bytes, blocks + 16 * Heap::kBlockSize);
    for (Probe* each : kept)
        EXPECT_EQ(each->generation(), Cell::kOld);
}

TEST_F(Generations, LargeCellsHaveGenerationsToo) {
    constexpr size_t kLarge = 100'000;
    Root<Probe> old(heap());
    int& died = counter();
    int& lost = counter();
    [&]() __attribute__((noinline)) {
        old = MUST(heap().allocate<Probe>(kLarge, &died));
        for (int i = 0; i < 8; ++i)
            MUST(heap().allocate<Probe>(kLarge, &lost));
    }();
    young();
    EXPECT_GE(lost, 7) << "a stale word may keep one";
    EXPECT_EQ(died, 0);
    [&]() __attribute__((noinline)) {
        old->next_.set(old, probe());
        for (int i = 0; i < 8; ++i)
            MUST(heap().allocate<Probe>(kLarge, &lost));
    }();
    young();
    EXPECT_GE(lost, 14);
    EXPECT_EQ(old->next_->generation(), Cell::kOld);
    old = nullptr;
    young();
    EXPECT_EQ(died, 0);
    full();
    EXPECT_EQ(died, 1);
}

TEST_F(Generations, AnOldWeakCellForgetsAYoungTarget) {
    Root<Probe> old(heap());
    Root<Probe> target(heap());
    [&]() __attribute__((noinline)) { old_probe(old); }();
    [&]() __attribute__((noinline)) {
        target = probe();
        old->set_weak(target.get());
    }();
    young();
    EXPECT_EQ(old->weak(), target.get());
    [&]() __attribute__((noinline)) { old->set_weak(probe()); }();
    young();
    SKIP_WHERE_FRAMES_KEEP_STALE_WORDS();
    EXPECT_EQ(old->weak(), nullptr);
}

TEST_F(Generations, OldEphemeronsHoldWhatTheirYoungKeysHold) {
    Root<Ephemeron> live(heap());
    RootVector<Ephemeron*> dead(heap());
    Root<Probe> key(heap());
    int& value_died = counter();
    [&]() __attribute__((noinline)) {
        live = MUST(heap().allocate<Ephemeron>(0));
        for (int i = 0; i < 8; ++i)
            ASSERT_TRUE(dead.push_back(MUST(heap().allocate<Ephemeron>(0))));
    }();
    young();
    [&]() __attribute__((noinline)) {
        key = probe();
        live->set(key, MUST(heap().allocate<Probe>(0, &value_died)));
        for (Ephemeron* each : dead)
            each->set(probe(), probe());
    }();
    young();
    EXPECT_TRUE(live->has_key());
    EXPECT_LE(std::ranges::count_if(dead, &Ephemeron::has_key), 2) << "a stale word may keep one or two";
    EXPECT_EQ(value_died, 0);
    // An old key that nobody holds any more is live to a young collection and dead to a full one.
    key = nullptr;
    young();
    EXPECT_TRUE(live->has_key());
    full();
    full();
    EXPECT_FALSE(live->has_key());
    EXPECT_EQ(value_died, 1);
}

TEST_F(Generations, AtomsDieYoungAndOld) {
    size_t before = agent_->atoms().size();
    Root<String> kept(heap());
    [&]() __attribute__((noinline)) {
        kept = MUST(agent_->atoms().intern(*agent_, std::string_view("an atom that is kept")));
        for (int i = 0; i < 500; ++i)
            MUST(agent_->atoms().intern(*agent_, std::string_view("lost atom " + std::to_string(i))));
    }();
    EXPECT_EQ(agent_->atoms().size(), before + 501);
    young();
    EXPECT_LE(agent_->atoms().size(), before + 5);
    EXPECT_EQ(MUST(agent_->atoms().intern(*agent_, std::string_view("an atom that is kept"))), kept.get());
    kept = nullptr;
    young();
    EXPECT_GT(agent_->atoms().size(), before);
    full();
    EXPECT_LE(agent_->atoms().size(), before + 2);
}

TEST_F(Generations, DeadCellsThatWaitForTheSweepAreNotFoundOnTheStack) {
    Root<Probe> old(heap());
    [&]() __attribute__((noinline)) {
        // A word that still says where a dead cell lies, while later young collections scan the stack.
        uintptr_t volatile hidden = ~reinterpret_cast<uintptr_t>(probe());
        for (int i = 0; i < 3000; ++i)
            probe();
        heap().collect(CollectionKind::Young); // unswept from here on
        uintptr_t volatile word = ~hidden;
        heap().collect(CollectionKind::Young);
        heap().collect(CollectionKind::Young);
        EXPECT_NE(word, 0u);
    }();
    full();
    EXPECT_GE(finalized_, 2990);
}

TEST_F(Generations, TheBudgetMakesCollectionsYoungAndGrowthMakesThemFull) {
    Root<Plain> head(heap());
    for (int i = 0; i < 1'000'000; ++i)
        MUST(heap().allocate<Plain>(0));
    EXPECT_GE(heap().statistics().young_collections, 3u);
    EXPECT_EQ(heap().statistics().full_collections, 0u) << "garbage is no growth";
    EXPECT_LT(heap().statistics().block_bytes, size_t{12} << 20);
    for (int i = 0; i < 2'000'000; ++i) {
        Plain* made = MUST(heap().allocate<Plain>(0));
        made->next_.set(made, head.get());
        head = made;
    }
    EXPECT_GE(heap().statistics().full_collections, 2u);
    EXPECT_LE(heap().statistics().full_collections, 6u);
    EXPECT_GE(heap().statistics().cell_bytes, 2'000'000 * sizeof(Plain));
}

TEST_F(Generations, WhereMuchSurvivesMoreIsMadeBetweenCollections) {
    constexpr int kMebibyte = (1 << 20) / sizeof(Plain);
    auto list_of = [this](Root<Plain>& head, int cells) {
        head = nullptr;
        for (int i = 0; i < cells; ++i) {
            Plain* made = MUST(heap().allocate<Plain>(0));
            made->next_.set(made, head.get());
            head = made;
        }
    };
    Root<Plain> lasting(heap()), passing(heap());
    list_of(lasting, 16 * kMebibyte);
    uint64_t before = heap().statistics().collections;
    for (int i = 0; i < 32; ++i)
        list_of(passing, 3 * kMebibyte);
    // 96 MiB: 24 collections where the budget stayed at 4 MiB.
    EXPECT_LE(heap().statistics().collections - before, 16u);
    EXPECT_LT(heap().statistics().block_bytes, size_t{64} << 20);
}

TEST_F(Generations, ExternalBytesMakeCollectionsDue) {
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(heap().add_external(1 << 20));
        // Nothing of it stays on the stack.
        [&]() __attribute__((noinline)) { MUST(heap().allocate<Holder>(0, heap())); }();
        scrub();
        ASSERT_LT(heap().statistics().external_bytes, size_t{64} << 20);
    }
    EXPECT_GT(heap().statistics().young_collections, 10u);
    EXPECT_LT(heap().statistics().full_collections, heap().statistics().young_collections);
}

#ifdef HEDDLE_CHECKED

using GenerationsDeathTest = Generations;

TEST_F(GenerationsDeathTest, TheVerifierReportsAMissingBarrier) {
    HeapOptions options;
    options.verify = true;
    make_agent(options);
    Root<Probe> old(heap());
    [&]() __attribute__((noinline)) { old_probe(old); }();
    old->next_.init(probe()); // an old owner: this should have been set()
    EXPECT_DEATH(heap().collect(CollectionKind::Young),
                 "broken rule missing-barrier: .* Internal refers to Internal .*'next'.*not in the remembered set");
    // The barrier makes it good.
    old->next_.set(old, old->next_.get());
    heap().collect(CollectionKind::Young);
    EXPECT_EQ(old->next_->generation(), Cell::kOld);
}

TEST_F(GenerationsDeathTest, TheVerifierReportsAWeakReferenceWithoutBarrier) {
    HeapOptions options;
    options.verify = true;
    make_agent(options);
    Root<Probe> old(heap());
    [&]() __attribute__((noinline)) { old_probe(old); }();
    old->set_weak_without_barrier(probe());
    EXPECT_DEATH(heap().collect(CollectionKind::Young), "a weak edge.*not in the remembered set");
    old->set_weak(nullptr);
}

TEST_F(GenerationsDeathTest, AFinalizerThatAllocatesIsRefused) {
    EXPECT_DEATH(
        {
            for (int i = 0; i < 1000; ++i)
                MUST(heap().allocate<Allocating>(0, heap()));
            heap().collect();
            heap().collect();
        },
        "broken rule reentered-collector: a cell is allocated in the midst of a collection or sweep");
}

#endif

// --- through script ----------------------------------------------------------------------------------------

class ScriptGenerations : public testing::TestWithParam<GcStress> {};

TEST_P(ScriptGenerations, WeakCollectionsAndCachesSurviveEveryKindOfCollection) {
    HeapOptions options;
    options.gc_stress = 3;
    options.gc_stress_kind = GetParam();
    options.verify = true;
    ScriptRunner runner(options);
    EXPECT_EQ(runner.run(R"JS(
        const weak = new WeakMap(), keys = [], map = new Map(), cells = [];
        for (let i = 0; i < 60; i++) {
            const key = { i };
            keys.push(key);
            weak.set(key, { value: i, key });
            weak.set({}, {});
            map.set('k' + i, { i });
            cells['x' + i] = (() => key);
        }
        const point = (x) => { const p = { x }; p.y = x + 1; p['z' + x % 7] = p; return p; };
        let sum = 0;
        for (let i = 0; i < 60; i++) sum += weak.get(keys[i]).value + map.get('k' + i).i + cells['x' + i]().i + point(i).y;
        function* walk(n) { let last = null; for (let i = 0; i < n; i++) { last = { last, i }; yield last; } }
        let depth = 0;
        for (let node = [...walk(40)].pop(); node; node = node.last) depth++;
        sum + ' ' + depth
    )JS"),
              "7140 40");
}

INSTANTIATE_TEST_SUITE_P(Kinds, ScriptGenerations,
                         testing::Values(GcStress::Full, GcStress::Young, GcStress::Alternating));

} // namespace
} // namespace heddle
