// Coercions, species constructors, getters, proxies and comparators that detach, resize, grow and collect in
// the middle of the builtins of typed arrays, in several agents at once. Only TypeError and RangeError may
// come out.
#include "stress/script_scenario.h"

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
const common = shared[0];
const constructors = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];
let own, array, disturbed = 0;
function renew() {
    own = new ArrayBuffer(64 + 8 * random(60), { maxByteLength: 2048 });
    const constructor = constructors[random(constructors.length)];
    const buffer = random(3) ? own : common;
    array = random(2) ? new constructor(buffer) : random(2) ? new constructor(buffer, 8) : new constructor(buffer, 8, 4);
    for (let i = 0; i < array.length && i < 40; i++) array[i] = i % 100;
    return constructor;
}
// What user code does in the middle of a builtin.
function disturb() {
    disturbed++;
    enter(0);
    switch (random(10)) {
    case 0: own.detached || own.resize(random(64)); break;
    case 1: own.detached || own.resize(random(2048)); break;
    case 2: own.detached || own.resize(0); break;
    case 3: own.detached || own.transfer(); break;
    case 4: own.detached || own.transfer(random(300)); break;
    case 5: try { common.grow(Math.min(common.maxByteLength, common.byteLength + 8 * random(8))); } catch (e) { if (!(e instanceof RangeError)) throw e; } break;
    case 6: collect(); break;
    case 7: new Uint8Array(400 + random(400)).fill(0xDD); break;
    case 8: array.fill(1); break;
    case 9: renew(); break;
    }
    leave(0);
    if (random(40) === 0) throw new RangeError("a callback gives up");
}
function number(value) {
    switch (random(4)) {
    case 0: return { valueOf() { disturb(); return value; } };
    case 1: return { [Symbol.toPrimitive]() { disturb(); return value; } };
    case 2: return { get valueOf() { disturb(); return () => value; } };
    default: return new Proxy({}, { get(target, key) { disturb(); return key === Symbol.toPrimitive ? () => value : undefined; } });
    }
}
function list(length) {
    return { get length() { disturb(); return length; }, get 0() { disturb(); return 7; }, get 1() { return number(8); }, 2: number(9) };
}
function species(constructor) {
    array.constructor = { get [Symbol.species]() {
        if (random(2)) disturb();
        return function (...given) { disturb(); return random(8) ? new constructor(...given) : array; };
    } };
}
const operations = [
    c => array.fill(number(5), number(random(8)), number(random(30))),
    c => { species(c); return array.slice(random(4), number(20)); },
    c => { species(c); return array.slice(); },
    c => { species(c); return array.subarray(number(1), number(6)); },
    c => { species(c); return array.map(x => (random(4) || disturb(), x + 1)); },
    c => { species(c); return array.filter(x => (random(4) || disturb(), x & 1)); },
    c => array.set(list(3), number(random(5))),
    c => array.set(array.subarray(1), number(0)),
    c => array.with(number(random(5)), number(42)),
    c => array.sort((a, b) => (random(12) || disturb(), number(a - b))),
    c => array.toSorted((a, b) => (random(12) || disturb(), b - a)),
    c => array.indexOf(3, number(1)),
    c => array.lastIndexOf(3, number(-1)),
    c => array.includes(undefined, number(2)),
    c => array.copyWithin(number(random(10)), number(random(10)), number(25)),
    c => array.at(number(-1)),
    c => array.join({ toString() { disturb(); return "-"; } }),
    c => { array[random(10)] = number(11); },
    c => Reflect.set(array, 2, number(12)),
    c => Object.defineProperty(array, 3, { value: number(13) }),
    c => new c(own, number(8), number(2)),
    c => new c(list(3)),
    c => c.from(list(3), x => (disturb(), x)),
    c => new DataView(own, number(0)).setInt16(number(2), number(5)),
    c => own.slice(number(3), number(40)),
    c => own.transfer(number(random(200))),
    c => own.resize(number(random(500))),
    c => common.slice(number(3), number(40)),
    c => Atomics.store(array, number(2), number(5)),
    c => Atomics.add(array, number(1), number(5)),
    c => Atomics.compareExchange(array, number(1), number(5), number(6)),
    c => Atomics.exchange(array, 0, number(6)),
    c => array.reduce((sum, x) => (random(6) || disturb(), sum + x), 0),
    c => { for (const x of array) { if (random(9) === 0) disturb(); if (x === 77) break; } },
    c => Array.prototype.concat.call([], array, list(2)),
    c => array.findLast(x => (random(9) || disturb(), x === -1)),
];
// The same operations against a plain array, where nothing disturbs them.
function compare_with_model() {
    const model = Array.from({ length: 12 }, () => random(100));
    const typed = Int32Array.from(model);
    const start = random(12), end = random(12), value = random(100);
    const both = [
        [model.slice(start, end), typed.slice({ valueOf() { collect(); return start; } }, end)],
        [model.with(start, value), typed.with(start, { valueOf() { collect(); return value; } })],
        [model.slice().sort((a, b) => a - b), typed.toSorted((a, b) => { if (random(20) === 0) collect(); return a - b; })],
        [model.slice().fill(value, start, end), typed.slice().fill({ valueOf() { collect(); return value; } }, start, end)],
        [model.slice().copyWithin(start, end), typed.slice().copyWithin(start, { valueOf() { collect(); return end; } })],
    ];
    both.forEach(([expected, is], which) => {
        if (expected.join() !== is.join()) wrong(`operation ${which} made ${is.join()} instead of ${expected.join()}`);
    });
}
for (let round = 0; round < rounds; round++) {
    const constructor = renew();
    try {
        operations[random(operations.length)](constructor);
    } catch (error) {
        if (!(error instanceof TypeError || error instanceof RangeError)) fail(`agent ${id}: ${error}`);
    }
    if (round % 20 === 0) compare_with_model();
}
)js";

class Coercions final : public ScriptScenario {
public:
    Coercions() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {5, 60}, .most_rounds_collecting = 20}) {}

private:
    void prepare(Context&) override { share(256, 8192); }
};

constexpr sync::Window kEngineWindows[] = {sync::Window::BufferResize, sync::Window::BufferDetach,
                                           sync::Window::Collection};
constexpr const char* kWindows[] = {"two agents disturb a builtin"};

} // namespace

extern const ScenarioInfo reentrancy_coercions;
constinit const ScenarioInfo reentrancy_coercions{
    .name = "reentrancy/coercions",
    .about = "user code that detaches, resizes, grows and collects in the middle of typed-array builtins",
    .planted = PlantedBug::BuffersSetStaleView,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = make_scenario<Coercions>,
};

} // namespace stress
