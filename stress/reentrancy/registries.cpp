// Registries whose targets die in great numbers, whose callbacks collect, register, unregister and drop other registries,
// and which are dropped themselves with a cleanup due. What is held comes back as it was, once, and what is alive never.
#include "stress/script_scenario.h"

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
const kept = [];
let made = 0, cleaned = 0, number = 0;
function disturb() {
    enter(0);
    switch (random(6)) {
    case 0: case 1: collect(); break;
    case 2: Array.from({ length: 50 }, () => "filler ".repeat(3)); break;
    case 3: Promise.resolve().then(() => collect()); break;
    }
    leave(0);
}
// Held values say whose they are; none comes twice, and none of an object that is alive.
function cleanup(seen, alive, gone) {
    return held => {
        cleaned++;
        if (held.text !== `held ${held.number}` || held.list[0] !== held.number) wrong(`agent ${id}: a held value is not what it was`);
        if (seen.has(held.number)) wrong(`agent ${id}: the cleanup of ${held.number} came twice`);
        seen.add(held.number);
        if (gone.has(held.number)) wrong(`agent ${id}: object ${held.number} was unregistered and is cleaned up`);
        if (alive.has(held.number)) wrong(`agent ${id}: object ${held.number} is alive and was cleaned up`);
        if (random(3) === 0) disturb();
        if (random(6) === 0) drop_a_registry();
    };
}
function hold(n) { return { number: n, text: `held ${n}`, list: [n] }; }
// A registry that nothing refers to once it has been filled: its cleanups may come or not, and must harm nobody.
function drop_a_registry() {
    let registry = new FinalizationRegistry(cleanup(new Set(), new Set(), new Set()));
    for (let i = 0; i < 5; i++) registry.register({}, hold(number++));
    if (random(2)) collect();
    registry = null;
}
function weak_things() {
    const map = new WeakMap(), set = new WeakSet(), references = [], keys = [];
    for (let i = 0; i < 30; i++) {
        const key = { i };
        map.set(key, { value: i, key });
        set.add(key);
        references.push(new WeakRef(key));
        if (i % 3 === 0) keys.push(key);
    }
    disturb();
    for (const key of keys) {
        if (map.get(key).value !== key.i || map.get(key).key !== key || !set.has(key)) wrong(`agent ${id}: a weak table lost key ${key.i}, which is alive`);
        if (references[key.i].deref() !== key) wrong(`agent ${id}: the reference to ${key.i}, which is alive, is empty`);
    }
}
async function main() {
    for (let round = 0; round < rounds; round++) {
        const seen = new Set(), alive = new Set(), gone = new Set(), here = [];
        const registry = new FinalizationRegistry(cleanup(seen, alive, gone));
        const before = cleaned;
        (function fill() {
            for (let i = 0; i < 40; i++) {
                const target = { i }, n = number++, token = i % 10 === 3 ? {} : undefined;
                made++;
                if (i % 4 === 0) { alive.add(n); here.push([target, registry]); }
                registry.register(target, hold(n), token);
                if (token && random(2)) { registry.unregister(token); gone.add(n); }
            }
        })();
        if (random(2)) drop_a_registry();
        weak_things();
        // Targets of WeakRefs and of this job live on until it ends.
        await null;
        (function other_frames(n) { return n ? other_frames(n - 1) + 1 : 0; })(20);
        collect();
        await null;
        collect();
        await new Promise(resolve => setTimeout(resolve, 0));
        if (seen.size > 0) reach(0);
        // The stack is scanned as it is: some of thirty dead targets may look alive, and most do not.
        if (seen.size < 10) fail(`agent ${id}: ${seen.size} cleanups came of some 30 dead targets`);
        if (here.length !== 10) wrong("what is held was lost");
        // What was held here is not from now on; the registry is.
        alive.clear();
        kept.push(registry);
        if (kept.length > 2) kept.shift();
        disturb();
    }
}
main().then(() => {}, error => { if (!early) throw error; fail(String(error)); });
)js";

class Registries final : public ScriptScenario {
public:
    Registries() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {1, 8}, .most_rounds_collecting = 3}) {}
};

constexpr sync::Window kEngineWindows[] = {sync::Window::Collection, sync::Window::AgentTeardown};
constexpr const char* kWindows[] = {"two agents disturb their registries"};
constexpr const char* kMarks[] = {"dead targets were cleaned up"};

} // namespace

extern const ScenarioInfo reentrancy_registries;
constinit const ScenarioInfo reentrancy_registries{
    .name = "reentrancy/registries",
    .about = "registries and weak tables whose callbacks collect, register and drop registries; cleanups come once and come",
    .planted = PlantedBug::RuntimeForgetsCleanups,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<Registries>,
};

} // namespace stress
