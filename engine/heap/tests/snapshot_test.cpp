// Heap snapshots: the JSON is well formed, its numbers agree, and what script holds is found under its name.
#include "builtins/tests/running.h"
#include "heap/snapshot.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace heddle {
namespace {

struct Edge {
    std::string type;
    std::string name; // a number as text
    size_t target;
};

struct Node {
    std::string type;
    std::string name;
    uint64_t id;
    uint64_t self_size;
    std::vector<Edge> edges;
};

struct Snapshot {
    std::vector<Node> nodes;

    const Edge* edge(size_t node, const std::string& name) const {
        for (const Edge& each : nodes[node].edges) {
            if (each.name == name) return &each;
        }
        return nullptr;
    }
    /// The node at the end of a path of names from the root, or -1.
    int64_t at(std::initializer_list<const char*> path) const {
        size_t node = 0;
        for (const char* name : path) {
            const Edge* found = edge(node, name);
            if (!found) return -1;
            node = found->target;
        }
        return static_cast<int64_t>(node);
    }
};

std::string write(Heap& heap) {
    std::string text;
    SnapshotOutcome outcome = write_heap_snapshot(
        heap,
        [](void* data, std::string_view piece) {
            static_cast<std::string*>(data)->append(piece);
            return true;
        },
        &text);
    EXPECT_EQ(outcome, SnapshotOutcome::Written);
    return text;
}

// Checks what DevTools relies on while it reads.
Snapshot parse(const std::string& text) {
    nlohmann::json json = nlohmann::json::parse(text);
    const auto& meta = json["snapshot"]["meta"];
    EXPECT_EQ(meta["node_fields"], nlohmann::json({"type", "name", "id", "self_size", "edge_count"}));
    EXPECT_EQ(meta["edge_fields"], nlohmann::json({"type", "name_or_index", "to_node"}));
    const auto& node_types = meta["node_types"][0];
    const auto& edge_types = meta["edge_types"][0];
    const auto& nodes = json["nodes"];
    const auto& edges = json["edges"];
    const auto& strings = json["strings"];
    size_t node_count = json["snapshot"]["node_count"];
    size_t edge_count = json["snapshot"]["edge_count"];
    EXPECT_EQ(nodes.size(), node_count * 5);
    EXPECT_EQ(edges.size(), edge_count * 3);
    Snapshot snapshot;
    size_t next_edge = 0;
    std::set<uint64_t> ids;
    for (size_t i = 0; i < nodes.size(); i += 5) {
        Node node{node_types.at(nodes[i].get<size_t>()),
                  strings.at(nodes[i + 1].get<size_t>()),
                  nodes[i + 2],
                  nodes[i + 3],
                  {}};
        EXPECT_TRUE(ids.insert(node.id).second) << node.id;
        EXPECT_LE(node.id, UINT32_MAX);
        size_t count = nodes[i + 4];
        for (size_t end = next_edge + count * 3; next_edge < end; next_edge += 3) {
            std::string type = edge_types.at(edges.at(next_edge).get<size_t>());
            size_t name = edges.at(next_edge + 1);
            size_t target = edges.at(next_edge + 2);
            EXPECT_EQ(target % 5, 0u);
            EXPECT_LT(target, nodes.size());
            bool numbered = type == "element" || type == "hidden";
            node.edges.push_back(
                {type, numbered ? std::to_string(name) : strings.at(name).get<std::string>(), target / 5});
        }
        snapshot.nodes.push_back(std::move(node));
    }
    EXPECT_EQ(next_edge, edges.size()) << "the edge counts of the nodes do not sum up to the edges";
    return snapshot;
}

TEST(HeapSnapshot, NamesWhatScriptHolds) {
    ScriptRunner runner;
    runner.run(R"JS(
        var kept = { first: { marker: 'the marked string' }, list: [{ inner: 1 }, {}], ['with "quotes"\n']: {} };
        kept[Symbol('sign')] = {};
        for (let i = 0; i < 20; i++) kept['many' + i] = { i };
        class Loom { constructor() { this.warp = {}; } }
        var loom = new Loom();
        var closure = (() => { let captured = { here: true }; return function weave() { return captured; }; })();
        let lexical = { yes: 1 };
        var sparse = []; sparse[4000000] = { far: 1 };
    )JS");
    Snapshot snapshot = parse(write(runner.agent().heap()));
    EXPECT_EQ(snapshot.nodes[0].type, "synthetic");
    EXPECT_EQ(snapshot.nodes[0].self_size, 0u);

    int64_t marker = snapshot.at({"realm", "global object", "kept", "first", "marker"});
    ASSERT_GT(marker, 0);
    EXPECT_EQ(snapshot.nodes[static_cast<size_t>(marker)].type, "string");
    EXPECT_EQ(snapshot.nodes[static_cast<size_t>(marker)].name, "the marked string");
    int64_t list = snapshot.at({"realm", "global object", "kept", "list"});
    ASSERT_GT(list, 0);
    EXPECT_EQ(snapshot.nodes[static_cast<size_t>(list)].name, "Array");
    const Edge* element = snapshot.edge(static_cast<size_t>(list), "1");
    ASSERT_NE(element, nullptr);
    EXPECT_EQ(element->type, "element");
    for (const char* name : {"with \"quotes\"\n", "[sign]", "many0", "many19"})
        EXPECT_GT(snapshot.at({"realm", "global object", "kept", name}), 0) << name;
    int64_t loom = snapshot.at({"realm", "global object", "loom"});
    ASSERT_GT(loom, 0);
    EXPECT_EQ(snapshot.nodes[static_cast<size_t>(loom)].name, "Loom");
    EXPECT_EQ(snapshot.edge(static_cast<size_t>(loom), "warp")->type, "property");
    int64_t closure = snapshot.at({"realm", "global object", "closure"});
    ASSERT_GT(closure, 0);
    EXPECT_EQ(snapshot.nodes[static_cast<size_t>(closure)].type, "closure");
    EXPECT_EQ(snapshot.nodes[static_cast<size_t>(closure)].name, "weave");
    EXPECT_GT(snapshot.at({"realm", "global object", "closure", "environment", "captured"}), 0);
    EXPECT_GT(snapshot.at({"realm", "global lexical names", "lexical"}), 0);
    EXPECT_GT(snapshot.at({"realm", "global object", "sparse", "4000000"}), 0);
}

TEST(HeapSnapshot, SizesSumUpAndIdsStay) {
    ScriptRunner runner;
    runner.run("var held = { id: {} }; var big = new Array(50000).fill(0.5);");
    Snapshot first = parse(write(runner.agent().heap()));
    uint64_t total = 0;
    for (const Node& node : first.nodes)
        total += node.self_size;
    HeapStatistics statistics = runner.agent().heap().statistics();
    EXPECT_GE(total, size_t{400'000});
    // A large cell's size leaves out the header of its block.
    EXPECT_NEAR(static_cast<double>(total), static_cast<double>(statistics.cell_bytes), 4096);
    runner.run("for (let i = 0; i < 1000; i++) ({}); var later = {};");
    Snapshot second = parse(write(runner.agent().heap()));
    for (auto path : {std::initializer_list<const char*>{"realm", "global object", "held"},
                      std::initializer_list<const char*>{"realm", "global object", "held", "id"}}) {
        ASSERT_GT(first.at(path), 0);
        EXPECT_EQ(first.nodes[static_cast<size_t>(first.at(path))].id,
                  second.nodes[static_cast<size_t>(second.at(path))].id);
    }
}

TEST(HeapSnapshot, OddTextIsWellFormed) {
    ScriptRunner runner;
    runner.run(R"JS(
        var odd = ['\u0000\u001f"\\', '\ud800 lone', '€'.repeat(2000), 'é'.repeat(5000), '', '😀'.repeat(1000)].map(s => ({ [s]: s + '!' }));
        var rope = 'a'; for (let i = 0; i < 500; i++) rope = rope + i + rope.slice(0, 3);
    )JS");
    Snapshot snapshot = parse(write(runner.agent().heap()));
    bool found = false;
    for (const Node& node : snapshot.nodes)
        found |= node.name == std::string("\0\x1f\"\\!", 5);
    EXPECT_TRUE(found);
}

TEST(HeapSnapshot, TheSinkMayRefuse) {
    ScriptRunner runner;
    runner.run("var list = []; for (let i = 0; i < 20000; i++) list.push({ i });");
    int pieces = 0;
    SnapshotOutcome outcome = write_heap_snapshot(
        runner.agent().heap(), [](void* data, std::string_view) { return ++*static_cast<int*>(data) < 3; },
        &pieces);
    EXPECT_EQ(outcome, SnapshotOutcome::Refused);
    EXPECT_EQ(pieces, 3) << "nothing follows a refusal";
    EXPECT_EQ(runner.run("1 + 1"), "2");
}

} // namespace
} // namespace heddle
