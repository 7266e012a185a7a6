// Each test breaks one of the heap's rules and sees the report.
#include "heap/block.h"
#include "runtime/agent.h"
#include "runtime/runtime.h"
#include "sync/blocking_region.h"
#include "sync/thread.h"

#include <gtest/gtest.h>

#ifdef HEDDLE_CHECKED

namespace heddle {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BY_ADDRESS_SANITIZER_OR(report) "use-after-poison|heap-use-after-free|" report
#endif
#endif
#ifndef BY_ADDRESS_SANITIZER_OR
#define BY_ADDRESS_SANITIZER_OR(report) report
#endif

class Node final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    Node() : Cell(CellKind::Internal) {}
    void visit_edges(Visitor& visitor) override { visitor.visit(next_, "next"); }
    Member<Node> next_;
    uint64_t payload_[4] = {};
};

/// Breaks a rule when it dies.
class Mourner final : public Cell {
public:
    static constexpr bool kNeedsFinalizer = true;
    Mourner(Heap& heap, void (*last_wish)(Heap&)) : Cell(CellKind::Internal), heap_(heap), last_wish_(last_wish) {}
    void finalize() override { last_wish_(heap_); }

private:
    Heap& heap_;
    void (*last_wish_)(Heap&);
};

class HeapRulesDeathTest : public testing::Test {
protected:
    HeapRulesDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
    Heap& heap() { return agent_.heap(); }
    Node* make() { return MUST(heap().allocate<Node>(0)); }
    void make_mourners(void (*last_wish)(Heap&)) {
        for (int i = 0; i < 1000; ++i)
            MUST(heap().allocate<Mourner>(0, heap(), last_wish));
    }
    /// Where a cell is, in a form that the conservative scan does not take for an address.
    __attribute__((noinline)) uintptr_t hidden() { return ~reinterpret_cast<uintptr_t>(make()); }
    static Node* shown(uintptr_t hidden) { return reinterpret_cast<Node*>(~hidden); }
    __attribute__((noinline)) static void scrub() {
        volatile uint8_t dead[32 * 1024];
        for (volatile uint8_t& each : dead)
            each = 0;
    }
    /// A cell that was swept, in a block that others keep.
    __attribute__((noinline)) uintptr_t swept() {
        kept_ = make();
        uintptr_t place = hidden();
        scrub();
        heap().collect();
        scrub();
        heap().finish_sweep();
        return place;
    }

    IntrinsicTable table_{};
    Runtime runtime_{RuntimeOptions{&table_, {}}};
    Agent agent_{runtime_, {}};
    Request request_{agent_};
    Root<Node> kept_{agent_.heap()};
};

TEST_F(HeapRulesDeathTest, AMemberThatRefersToAnotherHeapIsReported) {
    EXPECT_DEATH(
        {
            Agent other(runtime_, {});
            Request request(other);
            Node* foreign = MUST(other.heap().allocate<Node>(0));
            kept_ = make();
            kept_->next_.set(kept_, foreign);
        },
        "broken rule foreign-cell: a Internal is made to refer to a cell of another heap");
}

TEST_F(HeapRulesDeathTest, ARootThatRefersToAnotherHeapIsReported) {
    EXPECT_DEATH(
        {
            Agent other(runtime_, {});
            Request request(other);
            kept_ = MUST(other.heap().allocate<Node>(0));
        },
        "broken rule foreign-cell: a root is made to refer to a cell of another heap");
}

TEST_F(HeapRulesDeathTest, TheCollectorNamesTheEdgeThatLeadsToAnotherHeap) {
    EXPECT_DEATH(
        {
            Agent other(runtime_, {});
            Request request(other);
            kept_ = make();
            kept_->next_.init(MUST(other.heap().allocate<Node>(0)));
            Request own(agent_);
            heap().collect();
        },
        "broken rule foreign-cell: the collector reaches a cell of another heap from Internal 'next'");
}

TEST_F(HeapRulesDeathTest, APointerToASweptCellIsReported) {
    EXPECT_DEATH(
        {
            Cell* dead = shown(swept());
            dead->as<Node>();
        },
        BY_ADDRESS_SANITIZER_OR("broken rule dead-cell: a pointer leads to a cell that was swept"));
}

TEST_F(HeapRulesDeathTest, AMemberThatRefersToASweptCellIsReported) {
    EXPECT_DEATH(
        {
            Node* dead = shown(swept());
            kept_->next_.set(kept_, dead);
        },
        BY_ADDRESS_SANITIZER_OR("broken rule dead-cell: a reference is made to a cell that was swept"));
    EXPECT_DEATH(
        {
            Node* dead = shown(swept());
            kept_->next_.init(dead);
            kept_->next_->payload_[0] = 1;
        },
        BY_ADDRESS_SANITIZER_OR("broken rule dead-cell: a member refers to a cell that was swept"));
}

TEST_F(HeapRulesDeathTest, TheCollectorNamesTheEdgeThatLeadsToASweptCell) {
    EXPECT_DEATH(
        {
            Node* dead = shown(swept());
            kept_->next_.init(dead);
            heap().collect();
        },
        BY_ADDRESS_SANITIZER_OR("broken rule dead-cell: the collector reaches a cell that was swept from Internal 'next'"));
}

TEST_F(HeapRulesDeathTest, WhatAYoungCollectionFoundDeadIsReportedBeforeItsSweep) {
    EXPECT_DEATH(
        {
            kept_ = make();
            uintptr_t place = hidden();
            scrub();
            heap().collect(CollectionKind::Young);
            kept_->next_.set(kept_, shown(place));
            heap().collect(CollectionKind::Young);
        },
        "broken rule dead-cell: the collector reaches a Internal that an earlier collection found dead from Internal 'next'");
}

TEST_F(HeapRulesDeathTest, AWriteToASweptCellIsReported) {
    EXPECT_DEATH(
        {
            Node* dead = shown(swept());
            *const_cast<volatile uint64_t*>(&dead->payload_[2]) = 7;
            for (int i = 0; i < 1000; ++i)
                make();
        },
        BY_ADDRESS_SANITIZER_OR("broken rule dead-cell-written: [0-9]+ bytes into a dead cell of [0-9]+ bytes"));
}

TEST_F(HeapRulesDeathTest, AFinalizerThatCollectsIsReported) {
    EXPECT_DEATH(
        {
            make_mourners([](Heap& heap) { heap.collect(); });
            heap().collect();
            heap().finish_sweep();
        },
        "broken rule reentered-collector: a collection begins in the midst of a collection or sweep");
}

TEST_F(HeapRulesDeathTest, AFinalizerThatAllocatesIsReported) {
    EXPECT_DEATH(
        {
            make_mourners([](Heap& heap) { (void)heap.allocate<Node>(0).threw(); });
            heap().collect();
            heap().finish_sweep();
        },
        "broken rule reentered-collector: a cell is allocated in the midst of a collection or sweep");
}

TEST_F(HeapRulesDeathTest, AnotherThreadThatAllocatesIsReported) {
    EXPECT_DEATH(
        {
            sync::Thread intruder;
            (void)intruder.start({.name = "intruder"}, [this] { make(); });
            sync::BlockingRegion region;
            intruder.join();
        },
        "broken rule thread-affinity: a cell is allocated in the heap of agent 1 by a thread that is not inside it: .* is.*thread: intruder");
}

TEST_F(HeapRulesDeathTest, AnotherThreadsRootIsReported) {
    EXPECT_DEATH(
        {
            sync::Thread intruder;
            (void)intruder.start({.name = "intruder"}, [this] { Root<Node> root(heap()); });
            sync::BlockingRegion region;
            intruder.join();
        },
        "broken rule thread-affinity: a root is made in a heap that another thread uses now");
}

TEST_F(HeapRulesDeathTest, AllocationOutsideTheRequestThatBlocksIsReported) {
    EXPECT_DEATH(
        {
            sync::BlockingRegion region;
            make();
        },
        "broken rule thread-affinity: a cell is allocated in the heap of agent 1 by a thread that has left its request to block");
}

TEST_F(HeapRulesDeathTest, ARootThatOutlivesItsHeapIsReported) {
    EXPECT_DEATH(
        {
            auto other = std::make_unique<Agent>(runtime_, AgentOptions{});
            auto* root = new Root<Node>(other->heap());
            other.reset();
            (void)root;
        },
        "broken rule unbalanced: a heap ends before 1 of its roots");
}

TEST_F(HeapRulesDeathTest, BytesThatNobodyTakesBackAreReported) {
    EXPECT_DEATH(
        {
            Agent other(runtime_, {});
            Request request(other);
            (void)other.heap().add_external(1000);
        },
        "broken rule unbalanced: a heap ends with 1000 bytes charged to it");
}

} // namespace
} // namespace heddle

#endif
