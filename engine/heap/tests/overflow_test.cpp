// Collections without memory for their lists: what the lists lose is found again. The limit stands for the memory that
// is lacking.
#include "builtins/tests/running.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

class Overflow : public testing::TestWithParam<size_t> {
protected:
    Overflow() : runner_(options()) {}
    static HeapOptions options() {
        HeapOptions options;
        options.list_limit = GetParam();
        options.verify = true;
        return options;
    }
    __attribute__((noinline)) void collect(CollectionKind kind) {
        volatile uint8_t dead[32 * 1024];
        for (volatile uint8_t& each : dead)
            each = 0;
        heap().collect(kind);
        heap().finish_sweep();
    }
    Heap& heap() { return runner_.agent().heap(); }
    std::string run(std::string_view code) { return runner_.run(code); }

    ScriptRunner runner_;
};

TEST_P(Overflow, DeepListsStayWhole) {
    // From the last made to the first: without a stack each walk over the blocks goes but one step further.
    int length = GetParam() == 0 ? 300 : 100'000;
    run("var list = null; for (var i = 0; i < " + std::to_string(length) + "; i++) list = { next: list, i };");
    run("var rest = 'function check() { var n = 0; for (var at = list; at; at = at.next) n += at.i; return n; }'; eval(rest)");
    std::string sum = run("check()");
    for (CollectionKind kind : {CollectionKind::Young, CollectionKind::Full, CollectionKind::Young, CollectionKind::Full}) {
        collect(kind);
        EXPECT_EQ(run("check()"), sum);
    }
}

TEST_P(Overflow, WideObjectsOfWideObjectsStayWhole) {
    run("var wide = []; for (var i = 0; i < 700; i++) {"
        "  var row = []; for (var k = 0; k < 60; k++) row.push({ at: [i * 100 + k], text: 'cell ' + i });"
        "  wide.push(row); }"
        "function check() { var n = 0, t = 0; for (const row of wide) for (const x of row) { n += x.at[0]; t += x.text.length; }"
        "  return n + ' ' + t; }");
    std::string sum = run("check()");
    for (CollectionKind kind : {CollectionKind::Young, CollectionKind::Full, CollectionKind::Full}) {
        collect(kind);
        run("for (const row of wide) row[7] = { at: [row[7].at[0]], text: row[7].text };");
        EXPECT_EQ(run("check()"), sum);
    }
    // What is let go of goes: nothing is marked that should not be.
    size_t before = heap().statistics().cell_bytes;
    run("wide = []; row = 0;");
    collect(CollectionKind::Full);
    EXPECT_LT(heap().statistics().cell_bytes + 2'000'000, before);
}

// Old objects that were written to are more than the remembered set holds: the collection that follows is a full one.
TEST_P(Overflow, WhatOldObjectsReferToSurvives) {
    run("var old = Array.from({ length: 2000 }, (_, i) => ({ i, young: null }));");
    collect(CollectionKind::Full);
    for (int round = 0; round < 3; ++round) {
        run("for (const each of old) each.young = { was: each.young ? each.young.was + 1 : 1 };");
        uint64_t full = heap().statistics().full_collections;
        collect(CollectionKind::Young);
        EXPECT_EQ(heap().statistics().full_collections, GetParam() <= 1000 ? full + 1 : full);
        EXPECT_EQ(run("old.every((each, i) => each.i == i && each.young.was == " + std::to_string(round + 1) + ")"), "true");
    }
}

TEST_P(Overflow, TablesOfEphemeronsReachTheirFixedPoint) {
    // A chain through many WeakMaps, the key of each the value of the one before it; and as many whose keys die.
    run("var maps = [], first = {}, at = first, refs = [];"
        "for (var i = 0; i < 40; i++) { const map = new WeakMap(), next = { i }; map.set(at, next); map.set({}, { lost: i });"
        "  maps.unshift(map); refs.push(new WeakRef(next)); at = next; }"
        "at = next = null;"
        "function check() { var n = 0; at = first; for (const map of maps.slice().reverse()) { at = map.get(at); n += at.i; }"
        "  at = null; return n; }");
    for (CollectionKind kind : {CollectionKind::Young, CollectionKind::Full, CollectionKind::Full}) {
        collect(kind);
        EXPECT_EQ(run("check()"), "780");
    }
    EXPECT_EQ(run("refs.filter(ref => ref.deref()).length"), "40");
    run("first = null;");
    collect(CollectionKind::Full);
    // One may lie about on the stack, and with it the rest of the chain behind it.
    collect(CollectionKind::Full);
    EXPECT_EQ(run("refs[0].deref() === undefined"), "true");
}

TEST_P(Overflow, WeakReferencesAndRegistriesSeeWhatDied) {
    run("var kept = [], refs = [], told = [];"
        "var registry = new FinalizationRegistry(i => told.push(i));"
        "(function () { for (let i = 0; i < 1500; i++) { const o = { i }; refs.push(new WeakRef(o)); registry.register(o, i);"
        "  if (i % 3 == 0) kept.push(o); } })();");
    // Targets stay until the job has ended.
    run("1");
    for (CollectionKind kind : {CollectionKind::Young, CollectionKind::Full}) {
        collect(kind);
        EXPECT_EQ(run("refs.every((ref, i) => i % 3 != 0 || ref.deref() === kept[i / 3])"), "true");
        run("1");
    }
    int dead = std::stoi(run("refs.filter(ref => !ref.deref()).length"));
    EXPECT_GE(dead, 990);
    EXPECT_LE(dead, 1000);
}

TEST_P(Overflow, NothingChangesForAScriptThatCollectsAllTheTime) {
    heap().set_gc_stress(GetParam() == 0 ? 500 : 50, GcStress::Alternating);
    EXPECT_EQ(run("var map = new Map(), out = 0; for (let i = 0; i < 200; i++) { map.set('k' + i, [i, { i }]); }"
                  "for (const [k, [i, o]] of map) out += o.i + k.length; class A { #x = [1]; get x() { return this.#x; } }"
                  "function* g() { for (let i = 0; i < 20; i++) yield new A().x[0] + i; } out + ' ' + [...g()].join('')"),
              "20590 1234567891011121314151617181920");
    heap().set_gc_stress(0);
}

INSTANTIATE_TEST_SUITE_P(Lists, Overflow, testing::Values(0, 1, 20, 1000, SIZE_MAX),
                         [](const auto& info) { return info.param == SIZE_MAX ? "All" : std::to_string(info.param); });

} // namespace
} // namespace heddle
