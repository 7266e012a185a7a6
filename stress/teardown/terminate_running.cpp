// Agents that would run for ever are terminated in the middle of loops, recursion, sorts, joins, copies and
// jobs. Each ends, no catch or finally block runs, and nothing stays behind.
#include "stress/script_scenario.h"
#include "sync/clock.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Everything is endless, so whatever runs behind `endless` ran after termination.
constexpr const char* kScript = R"js(
const flags = new Int32Array(shared[0]), bytes = new Uint8Array(shared[0]);
const numbers = Array.from({ length: 300 }, (_, i) => i * 7919 % 301);
const text = "warp and weft ".repeat(40);
const endless = {
    loop() { for (let i = 0; ; i++) { flags[2] = i; } },
    recursion() {
        function down(n) { return n === 0 ? 0 : 1 + down(n - 1); }
        for (;;) down(random(200));
    },
    calls_only() {
        function tree(n) { return n < 2 ? n : tree(n - 1) + tree(n - 2); }
        tree(90);
    },
    regular_expression() {
        let pattern;
        try { pattern = new RegExp("^(a+a+)+$"); } catch { for (;;); }
        for (;;) pattern.test("a".repeat(200) + "b");
    },
    overflow() {
        function down() { return 1 + down(); }
        for (;;) { try { down(); } catch (error) { if (!(error instanceof RangeError)) throw error; } }
    },
    sort() { for (;;) numbers.slice().sort((a, b) => a - b); },
    typed_sort() { const typed = Float64Array.from(numbers); for (;;) typed.slice().sort((a, b) => b - a); },
    join() { for (;;) numbers.join(text.slice(0, 8)); },
    json() { for (;;) JSON.parse(JSON.stringify({ numbers, text, nested: [[{ id }]] })); },
    strings() { for (;;) { let s = ""; for (let i = 0; i < 300; i++) s += text[i % 300] + i; s.indexOf("no such words"); } },
    copies() { const own = new Uint8Array(20000); for (;;) { own.copyWithin(1, 0); own.set(bytes, random(1000)); own.slice().fill(id); } },
    collections() { for (;;) { numbers.map(n => ({ n })); collect(); } },
    generators() { function* all() { try { for (;;) yield {}; } finally { flags[0] = 1; } } for (const x of all()) flags[2] = 1; },
    proxies() { const p = new Proxy({}, { get() { return random(3); } }); for (;;) p.x + p.y; },
    jobs() { const turn = () => { Promise.resolve().then(turn); }; turn(); return "jobs"; },
    async_jobs() { (async () => { try { for (;;) await null; } finally { flags[0] = 2; } })(); return "jobs"; },
    nested() {
        for (;;) {
            try { try { for (let i = 0; ; i++) flags[3] = i; } finally { flags[0] = 3; } } catch { flags[0] = 4; } finally { flags[0] = 5; }
        }
    },
    atomics() { for (;;) { Atomics.add(flags, 4, 1); Atomics.notify(flags, 4); } },
    replace() { for (;;) text.replaceAll("weft", word => word + random(9)).split(" "); },
};
const names = Object.keys(endless);
const name = names[(pick + id) % names.length];
Atomics.add(flags, 1, 1);
let jobs = false;
try {
    jobs = endless[name]() === "jobs";
    if (!jobs) fail(`${name} has ended by itself`);
} catch (error) {
    fail(`a catch block ran in an agent that was terminated in ${name}: ${error}`);
} finally {
    if (!jobs) flags[0] = 6;
}
)js";

class TerminateRunning final : public ScriptScenario {
public:
    TerminateRunning() : ScriptScenario({.script = kScript, .threads = {2, 4}}) {}

    void run(Context& context) override {
        Random& random = context.random();
        for (int i = 0; i < count(); i++) {
            start_agent(fmt::format("pick = {}", random.below(1000)));
            if (random.one_in(3)) pause(random, 2000);
        }
        int first = random.between(0, count() - 1);
        for (int i = 0; i < count(); i++) {
            pause(random, 6000);
            int id = (first + i) % count();
            bool found = agents().terminate(id);
            Context::expect(found || agents().may_end_early(), fmt::format("agent {} had ended before it was terminated", id));
            // Once more does no harm, whether it has ended or not.
            if (random.one_in(4)) agents().terminate(id);
        }
        agents().join();
    }

private:
    void prepare(Context&) override { share(1024); }
    void check_results(Context&) override {
        Context::expect(word(0) == 0, fmt::format("a finally block (number {}) ran after termination", word(0)));
    }
    static void pause(Random& random, uint64_t microseconds) {
        if (random.one_in(4)) return;
        sync::sleep_until(
            sync::now().after_nanoseconds(static_cast<int64_t>(random.below(microseconds)) * 1000));
    }
};

constexpr sync::Window kEngineWindows[] = {sync::Window::Termination, sync::Window::Collection,
                                           sync::Window::AgentTeardown};

} // namespace

extern const ScenarioInfo teardown_terminate_running;
constinit const ScenarioInfo teardown_terminate_running{
    .name = "teardown/terminate_running",
    .about = "agents terminated in loops, recursion, sorts, joins, copies, collections and jobs; nothing "
             "runs after, nothing leaks",
    .planted = PlantedBug::HeapUnlockedBlockCount,
    .engine_windows = kEngineWindows,
    .own_windows = {},
    .make = make_scenario<TerminateRunning>,
};

} // namespace stress
