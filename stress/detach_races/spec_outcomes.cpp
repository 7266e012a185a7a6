// One disturbance in the middle of one builtin, and what the specification says must come out: a value or the type of an
// error. Wrong values and missing errors crash nothing, so only the comparison sees them.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Each case: a name, what it does with a fresh Float64Array 0, 1, 2, … 7 over a resizable buffer, and the outcome:
// elements joined, or the name of an error. `when(f, v)` is a value that runs f when it is coerced.
constexpr const char* kScript = R"js(
const when = (f, value) => ({ valueOf() { enter(0); f(); leave(0); return value; } });
const elements = result => result === undefined ? "undefined" : typeof result === "object" ? Array.prototype.join.call(result) : String(result);
let buffer, array, shared_array;
const detach = () => { buffer.transfer(); };
const shrink = to => () => { buffer.resize(8 * to); };
const grow = to => () => { buffer.resize(8 * to); };
// A buffer that a species constructor hands out.
const species = make => { array.constructor = { [Symbol.species]: make }; };
const cases = [
    // 5: with, lastIndexOf, at, fill, includes, indexOf, copyWithin, subarray, slice after coercion.
    ["with, shrunk by the value", () => array.with(1, when(shrink(4), 9)), "0,9,2,3,NaN,NaN,NaN,NaN"],
    ["with, shrunk below the index", () => array.with(6, when(shrink(4), 9)), "RangeError"],
    ["with, grown by the value", () => array.with(1, when(grow(10), 9)), "0,9,2,3,4,5,6,7"],
    ["with, detached by the value", () => array.with(1, when(detach, 9)), "RangeError"],
    ["with, shrunk by the index", () => array.with(when(shrink(2), 0), 9), "9,1,NaN,NaN,NaN,NaN,NaN,NaN"],
    ["lastIndexOf, shrunk", () => array.lastIndexOf(3, when(shrink(5), 7)), "3"],
    ["lastIndexOf, what is gone", () => array.lastIndexOf(6, when(shrink(5), 7)), "-1"],
    ["indexOf undefined, shrunk", () => array.indexOf(undefined, when(shrink(4), 0)), "-1"],
    ["includes undefined, shrunk", () => array.includes(undefined, when(shrink(4), 0)), "true"],
    ["includes, grown", () => array.includes(0, when(grow(12), 1)), "false"],
    ["at, grown", () => array.at(when(grow(12), -1)), "7"],
    ["at, shrunk", () => array.at(when(shrink(3), -1)), "undefined"],
    ["at, detached", () => array.at(when(detach, 0)), "undefined"],
    ["fill, shrunk by the value", () => array.fill(when(shrink(3), 5)), "5,5,5"],
    ["fill, detached by the value", () => array.fill(when(detach, 5)), "TypeError"],
    ["fill, grown by the end", () => array.fill(5, 0, when(grow(10), 8)), "5,5,5,5,5,5,5,5,0,0"],
    ["copyWithin, shrunk by the start", () => array.copyWithin(0, when(shrink(6), 4)), "4,5,2,3,4,5"],
    ["copyWithin, detached by the target", () => array.copyWithin(when(detach, 0), 4), "TypeError"],
    ["subarray, shrunk by the start", () => array.subarray(when(shrink(3), 1), 4), "RangeError"],
    ["set, shrunk by the source", () => { array.set({ length: 3, 0: 9, get 1() { shrink(2)(); return 8; }, 2: 7 }, 0); return array; }, "9,8"],
    ["set, detached by the offset", () => array.set([1], when(detach, 0)), "TypeError"],
    ["join, shrunk by the separator", () => array.join({ toString() { shrink(3)(); return ","; } }), "0,1,2,,,,,"],
    // 3: slice reads its length before the species constructor runs.
    ["slice, source shrunk by species", () => { species(function (n) { shrink(4)(); return new Float64Array(n).fill(77); }); return array.slice(2); }, "2,3,77,77,77,77"],
    ["slice, detached by species", () => { species(function (n) { detach(); return new Float64Array(n); }); return array.slice(2); }, "TypeError"],
    ["slice, shrunk by the end", () => array.slice(2, when(shrink(4), 6)), "2,3,0,0"],
    ["ArrayBuffer slice, shrunk by species", () => { buffer.constructor = { [Symbol.species]: function (n) { shrink(4)(); return new ArrayBuffer(n); } }; return new Float64Array(buffer.slice(8 * 2)); }, "2,3,0,0,0,0"],
    ["ArrayBuffer slice, detached by species", () => { buffer.constructor = { [Symbol.species]: function (n) { detach(); return new ArrayBuffer(n); } }; return buffer.slice(8); }, "TypeError"],
    // 10: results of species that are too short.
    ["slice, species too short", () => { species(function () { return new Float64Array(1); }); return array.slice(2); }, "TypeError"],
    ["filter, species too short", () => { species(function () { return new Float64Array(1); }); return array.filter(x => x > 2); }, "TypeError"],
    ["map, species too short", () => { species(function () { return new Float64Array(1); }); return array.map(x => x); }, "TypeError"],
    ["map, species shrunk before", () => { const short = new ArrayBuffer(64, { maxByteLength: 64 }); species(function () { const made = new Float64Array(short); short.resize(8); return made; }); return array.map(x => x); }, "TypeError"],
    ["map, species shrunk by the callback", () => { const short = new ArrayBuffer(64, { maxByteLength: 64 }); species(function () { return new Float64Array(short); }); return array.map(x => (x === 3 && short.resize(16), x)); }, "0,1"],
    ["ArrayBuffer slice, species too short", () => { buffer.constructor = { [Symbol.species]: function () { return new ArrayBuffer(8); } }; return buffer.slice(0); }, "TypeError"],
    ["of, too short", () => Float64Array.of.call(function () { return new Float64Array(1); }, 1, 2), "TypeError"],
    ["from, too short", () => Float64Array.from.call(function () { return new Float64Array(1); }, [1, 2]), "TypeError"],
    // 7: constructors.
    ["constructor, detached by the offset", () => new Uint8Array(buffer, when(detach, 8)), "TypeError"],
    ["constructor, detached by the length", () => new Uint8Array(buffer, 0, when(detach, 8)), "TypeError"],
    ["constructor, shrunk by the length", () => new Uint8Array(buffer, 8, when(shrink(1), 8)), "RangeError"],
    ["constructor, grown by the length", () => new Float64Array(buffer, 8 * 8, when(grow(10), 2)), "0,0"],
    ["DataView, detached by the length", () => new DataView(buffer, 0, when(detach, 8)), "TypeError"],
    ["DataView, shrunk by the prototype", () => Reflect.construct(DataView, [buffer, 8, 8], new Proxy(function () {}, { get(t, k) { if (k === "prototype") shrink(1)(); return t[k]; } })), "RangeError"],
    ["DataView set, shrunk by the value", () => new DataView(buffer).setFloat64(40, when(shrink(2), 1)), "RangeError"],
    ["DataView get, detached by the offset", () => new DataView(buffer).getFloat64(when(detach, 0)), "TypeError"],
    // 4 and 8: sort.
    ["sort, shrunk by the comparator", () => array.sort((a, b) => { buffer.byteLength > 24 && shrink(3)(); return b - a; }), "7,6,5"],
    ["sort, detached by the comparator", () => { array.sort((a, b) => { buffer.detached || detach(); return b - a; }); return array; }, ""],
    ["sort, detached by the comparator's result", () => { array.sort((a, b) => when(() => buffer.detached || detach(), b - a)); return array; }, ""],
    ["sort, grown by the comparator", () => array.sort((a, b) => { buffer.byteLength < 80 && grow(10)(); return b - a; }), "7,6,5,4,3,2,1,0,0,0"],
    ["toSorted, detached by the comparator", () => array.toSorted((a, b) => { buffer.detached || detach(); return b - a; }), "7,6,5,4,3,2,1,0"],
    // 9: transfer, resize.
    ["transfer, detached by the length", () => buffer.transfer(when(detach, 8)), "TypeError"],
    ["transfer, resized by the length", () => new Float64Array(buffer.transfer(when(shrink(2), 24))), "0,1,0"],
    ["transfer, transferred by the length", () => buffer.transfer(when(() => { array = new Float64Array(buffer.transfer()); }, 8)), "TypeError"],
    ["resize, detached by the length", () => buffer.resize(when(detach, 8)), "TypeError"],
    ["resize, resized by the length", () => { buffer.resize(when(shrink(2), 8 * 4)); return array; }, "0,1,0,0"],
    ["transferToFixedLength, detached by the length", () => buffer.transferToFixedLength(when(detach, 8)), "TypeError"],
    // 2: Atomics coerce after they have looked.
    ["Atomics.store, detached by the value", () => Atomics.store(new Int32Array(buffer), 0, when(detach, 5)), "TypeError"],
    ["Atomics.add, shrunk by the value", () => Atomics.add(new Int32Array(buffer), 15, when(shrink(1), 5)), "RangeError"],
    ["Atomics.exchange, grown by the value", () => Atomics.exchange(new Int32Array(buffer, 8, 2), 0, when(grow(12), 5)), "0"],
    ["Atomics.compareExchange, detached by the second", () => Atomics.compareExchange(new Int32Array(buffer), 0, 0, when(detach, 5)), "TypeError"],
    ["Atomics.store on shared, grown by the value", () => { return Atomics.store(new Int32Array(shared[0]), 0, when(() => { try { shared[0].grow(Math.min(shared[0].maxByteLength, shared[0].byteLength + 8)); } catch (e) { if (!(e instanceof RangeError)) throw e; } }, 5)); }, "5"],
    ["element store, shrunk by the value", () => { array[6] = when(shrink(3), 5); return array; }, "0,1,2"],
    ["element store, detached by the value", () => { array[6] = when(detach, 5); return array; }, ""],
    ["element store, grown by the value", () => { array[9] = when(grow(10), 5); return array; }, "0,1,2,3,4,5,6,7,0,5"],
];
let errors_seen = 0;
for (let round = 0; round < rounds; round++) {
    const [name, run, expected] = cases[(first + round * 7) % cases.length];
    buffer = new ArrayBuffer(64, { maxByteLength: 8 * 16 });
    array = new Float64Array(buffer);
    for (let i = 0; i < 8; i++) array[i] = i;
    let is;
    try {
        is = elements(run());
    } catch (error) {
        is = error instanceof Error ? error.constructor.name : String(error);
        // A failure that was injected is a RangeError where another outcome is due.
        if (early && is !== expected) throw error;
        reach(1);
    }
    if (is !== expected) wrong(`${name}: ${is} instead of ${expected}`);
    reach(0);
    if (random(8) === 0) collect();
}
)js";

class SpecOutcomes final : public ScriptScenario {
public:
    SpecOutcomes() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {8, 64}}) {}

private:
    void prepare(Context& context) override {
        share(64, 4096);
        for (int i = 0; i < count(); i++)
            firsts_[i] = context.random().below(1000);
    }
    std::string constants(int agent) override { return fmt::format("rounds = {}, first = {}", rounds(), firsts_[agent]); }

    uint64_t firsts_[3] = {};
};

constexpr sync::Window kEngineWindows[] = {sync::Window::BufferResize, sync::Window::BufferDetach};
constexpr const char* kWindows[] = {"two agents inside a coercion"};
constexpr const char* kMarks[] = {"an outcome was compared", "a case ended in its error"};

} // namespace

extern const ScenarioInfo detach_races_spec_outcomes;
constinit const ScenarioInfo detach_races_spec_outcomes{
    .name = "detach_races/spec_outcomes",
    .about = "one detach, resize or grow in the middle of one builtin; the outcome is the specification's",
    .planted = PlantedBug::BuffersWithForgetsTail,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<SpecOutcomes>,
};

} // namespace stress
