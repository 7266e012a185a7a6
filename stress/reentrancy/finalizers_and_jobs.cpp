// Promise jobs, async functions, generators, weak references and finalizers that collect garbage in their
// callbacks, in several agents at once. What a promise or a suspended frame alone holds must still be what it
// was.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
const counts = new Int32Array(shared[0]);
let finalized = 0;
const registry = typeof FinalizationRegistry === "function" ? new FinalizationRegistry(held => {
    // A finalizer allocates, collects and registers in its turn.
    finalized++;
    verify(held, held.number);
    if (random(2)) disturb();
    if (finalized < 20) registry.register({}, thing(held.number + 1));
}) : { register() {}, unregister() {} };
const weak = typeof WeakRef === "function" ? value => new WeakRef(value) : value => ({ deref: () => value });
const map = typeof WeakMap === "function" ? new WeakMap() : new Map();

function thing(number) { return { number, text: `thing ${number}`, list: [number, { inner: number * 2 }] }; }
function verify(value, number) {
    if (value.number !== number || value.text !== `thing ${number}` || value.list[0] !== number || value.list[1].inner !== number * 2)
        wrong(`agent ${id}: thing ${number} is not what it was`);
}
function disturb() {
    enter(0);
    switch (random(4)) {
    case 0: collect(); break;
    case 1: Array.from({ length: 20 }, (_, i) => thing(-i)); break;
    case 2: collect(); Array.from({ length: 20 }, () => "filler ".repeat(3)); break;
    }
    leave(0);
}
function is_lack_of_memory(error) { return error instanceof RangeError || typeof error === "string"; }
let expected = 0;
function expects_one() { expected++; }
function one() { Atomics.add(counts, id, 1); }
function* steps(number) {
    const kept = thing(number);
    for (let i = 0; i < 3; i++) {
        disturb();
        verify(yield kept, number);
        verify(kept, number);
    }
    return kept;
}
async function* later_steps(number) {
    for (let i = 0; i < 3; i++) { disturb(); yield thing(number + i); }
}
const kinds = [
    // The settled promise is all that holds the thing.
    async number => { const promise = Promise.resolve(thing(number)); disturb(); await null; collect(); verify(await promise, number); },
    async number => {
        let resolve;
        const promise = new Promise(r => resolve = r);
        const read = promise.then(value => { disturb(); verify(value, number); return value; });
        resolve(thing(number));
        disturb();
        verify(await read, number);
    },
    async number => {
        const all = await Promise.all([thing(number), Promise.resolve(thing(number + 1)), { then(f) { disturb(); f(thing(number + 2)); } }]);
        disturb();
        all.forEach((value, i) => verify(value, number + i));
    },
    async number => { try { await Promise.reject(thing(number)); } catch (error) { if (is_lack_of_memory(error)) throw error; disturb(); verify(error, number); } },
    async number => { const walk = steps(number); let next = walk.next(); while (!next.done) next = walk.next(next.value); verify(next.value, number); },
    async number => { let i = 0; for await (const value of later_steps(number)) { disturb(); verify(value, number + i++); } },
    async number => {
        const key = thing(number), reference = weak(key);
        map.set(key, thing(number + 1));
        registry.register(key, thing(number + 2), key);
        disturb();
        await null;
        const value = reference.deref();
        if (value !== key) wrong("a weak reference to a live object is empty");
        verify(map.get(key), number + 1);
        if (random(2)) registry.unregister(key);
    },
    async number => {
        const reference = weak(thing(number));
        await null;
        disturb();
        const value = reference.deref();
        if (value !== undefined) verify(value, number);
    },
    async number => { const f = Promise.prototype.finally.call(Promise.resolve(thing(number)), () => { disturb(); return thing(0); }); verify(await f, number); },
    async number => { const race = await Promise.race([new Promise(() => {}), (async () => { await null; disturb(); return thing(number); })()]); verify(race, number); },
];
for (let round = 0; round < rounds; round++) {
    expects_one();
    kinds[random(kinds.length)](round * 10).then(one, error => fail(`agent ${id}: ${error} ${error && error.stack}`));
    if (random(3) === 0) registry.register({}, thing(round));
    if (random(4) === 0) disturb();
}
Atomics.store(counts, 8 + id, expected);
)js";

class FinalizersAndJobs final : public ScriptScenario {
public:
    FinalizersAndJobs() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {5, 30}}) {}

private:
    void prepare(Context&) override { share(64); }
    void check_results(Context&) override {
        for (int id = 0; id < count(); id++) {
            int32_t done = word(id), expected = word(8 + id);
            Context::expect(done == expected && expected == rounds(),
                            fmt::format("agent {} began {} chains of jobs and finished {}", id, expected, done));
        }
    }
};

constexpr sync::Window kEngineWindows[] = {sync::Window::Collection, sync::Window::AgentTeardown};
constexpr const char* kWindows[] = {"two agents inside callbacks that collect"};

} // namespace

extern const ScenarioInfo reentrancy_finalizers_and_jobs;
constinit const ScenarioInfo reentrancy_finalizers_and_jobs{
    .name = "reentrancy/finalizers_and_jobs",
    .about = "jobs, generators, weak references and finalizers that collect in their callbacks; what they "
             "hold stays alive",
    .planted = PlantedBug::RuntimeUnvisitedResult,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = make_scenario<FinalizersAndJobs>,
};

} // namespace stress
