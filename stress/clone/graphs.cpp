// Graphs with cycles, sharing, buffers and every kind of object that can be cloned go between agents and back while each
// collects. A clone is the same graph, told by walking both side by side.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
function graph(nodes) {
    const made = [];
    const pick = () => made.length && random(3) ? made[random(made.length)] : random(2) ? random(1000) : "text " + random(50);
    for (let i = 0; i < nodes; i++) {
        let node;
        switch (random(12)) {
        case 0: node = { a: pick(), b: pick(), ["k" + random(20)]: pick() }; break;
        case 1: node = [pick(), pick(), , pick()]; break;
        case 2: node = new Map([[pick(), pick()], ["key", pick()]]); break;
        case 3: node = new Set([pick(), pick()]); break;
        case 4: node = new Date(random(1e9)); break;
        case 5: node = new Error("message " + random(9), { cause: pick() }); break;
        case 6: node = new Uint8Array(random(40)).fill(random(256)); break;
        case 7: { const buffer = new ArrayBuffer(32, { maxByteLength: 64 }); node = { whole: new Uint8Array(buffer).fill(random(256)), part: new Int16Array(buffer, 8, 4), buffer }; break; }
        case 8: node = Object(random(2) ? BigInt(random(1e9)) ** 5n : "wrapped"); break;
        case 9: node = /a(b|c)*/gi; break;
        case 10: node = new Uint32Array(shared[0], 4 * random(4), 2); break;
        case 11: node = { deep: { deeper: [pick()] } }; break;
        }
        made.push(node);
        // Back-references to what comes later in the walk, so that objects refer to ones not built yet.
        const before = made[random(made.length)];
        if (Array.isArray(before)) before.push(node);
        else if (before instanceof Map) before.set(node, pick());
        else if (before instanceof Set) before.add(node);
        else if (Object.getPrototypeOf(before) === Object.prototype) before["e" + i] = node;
    }
    return made;
}
// Walks two graphs side by side: `numbers` pairs what has been met in both.
function compare(left, right, path, pairs, back) {
    const stack = [[left, right, path]];
    while (stack.length) {
        const [a, b, place] = stack.pop();
        const differs = what => wrong(`agent ${id}: a clone differs at ${place.slice(0, 200)}: ${what}`);
        if (typeof a !== typeof b) differs(`${typeof b} instead of ${typeof a}`);
        if (typeof a !== "object" || a === null) { if (!Object.is(a, b)) differs(`${String(b)} instead of ${String(a)}`); continue; }
        if (pairs.has(a) || back.has(b)) {
            if (pairs.get(a) !== b || back.get(b) !== a) differs("what was one object is not one, or two are");
            continue;
        }
        if (a === b) differs("the clone is the original");
        pairs.set(a, b); back.set(b, a);
        const tag = Object.prototype.toString.call(a);
        if (tag !== Object.prototype.toString.call(b)) differs(`${Object.prototype.toString.call(b)} instead of ${tag}`);
        if (a instanceof SharedArrayBuffer) { if (a.byteLength !== b.byteLength) differs("another shared buffer"); continue; }
        if (a instanceof Date && +a !== +b || a instanceof RegExp && String(a) !== String(b) || a instanceof BigInt && a.valueOf() !== b.valueOf()) differs("another value");
        if (a instanceof Error) { if (a.message !== b.message) differs("another message"); continue; }
        if (ArrayBuffer.isView(a)) {
            if (a.byteOffset !== b.byteOffset || a.length !== b.length || a.join() !== b.join()) differs(`bytes ${b} instead of ${a}`);
            stack.push([a.buffer, b.buffer, place + ".buffer"]);
            continue;
        }
        if (a instanceof ArrayBuffer) { if (a.byteLength !== b.byteLength || a.maxByteLength !== b.maxByteLength) differs("another buffer"); continue; }
        if (a instanceof Map || a instanceof Set) {
            const x = [...a].flat(a instanceof Map ? 1 : 0), y = [...b].flat(a instanceof Map ? 1 : 0);
            if (x.length !== y.length) differs("another size");
            x.forEach((item, i) => stack.push([item, y[i], `${place}<${i}>`]));
        }
        const keys = Object.keys(a);
        if (keys.join() !== Object.keys(b).join()) differs(`keys ${Object.keys(b)} instead of ${keys}`);
        for (const key of keys) stack.push([a[key], b[key], `${place}.${key}`]);
    }
}
let left = rounds;
const echo = new Worker("onmessage = e => postMessage(e.data)", { eval: true });
echo.onerror = e => { e.preventDefault(); if (early) fail("an error in the worker, which may have cost a message"); };
let sent;
function turn() {
    if (left-- <= 0) { echo.terminate(); return; }
    sent = graph(size);
    enter(0);
    const here = structuredClone(sent);
    leave(0);
    compare(sent, here, "clone", new Map(), new Map());
    reach(0);
    enter(0);
    echo.postMessage(sent);
    leave(0);
}
echo.onmessage = e => {
    if (random(3) === 0) collect();
    compare(sent, e.data, "message", new Map(), new Map());
    reach(1);
    turn();
};
turn();
)js";

class Graphs final : public ScriptScenario {
public:
    Graphs() : ScriptScenario({.script = kScript, .threads = {1, 3}, .rounds = {1, 6}, .most_rounds_collecting = 2}) {}

private:
    void prepare(Context& context) override {
        size_ = context.size(3, context.faults().gc_stress != 0 ? 12 : 60);
        share(64);
    }
    std::string constants(int) override { return fmt::format("rounds = {}, size = {}", rounds(), size_); }

    int size_ = 0;
};

constexpr const char* kMarks[] = {"a clone was compared", "a graph came back from a worker"};

} // namespace

extern const ScenarioInfo clone_graphs;
constinit const ScenarioInfo clone_graphs{
    .name = "clone/graphs",
    .about = "graphs with cycles and sharing to a worker and back, while everybody collects; a clone is the same graph",
    .planted = PlantedBug::CloneSharesByNumber,
    .engine_windows = {},
    .own_windows = {},
    .marks = kMarks,
    .make = make_scenario<Graphs>,
};

} // namespace stress
