// Waits whose time is short meet notifies just as it ends, on stores that come and go, so that their addresses are used
// again. However a wait ends, it ends once, and notify counts those and only those that it woke.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Words: 0 and 1 are waited on by everybody (blocking and not); 8 counts what notify said, 9 what waiters saw.
enum Count : int { Notified = 8, Woken = 9 };

constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0]);
let open = 0;
function saw(outcome) {
    if (outcome === "ok") Atomics.add(words, 9, 1);
    else if (outcome !== "timed-out") wrong(`agent ${id}: a wait ended as ${outcome}`);
    reach(outcome === "ok" ? 0 : 1);
}
function later(view, index, patience) {
    const wait = Atomics.waitAsync(view, index, 0, patience);
    if (!wait.async) { saw(wait.value); return; }
    open++;
    let ends = 0;
    wait.value.then(outcome => {
        if (++ends !== 1) wrong(`agent ${id}: one wait ended twice`);
        open--;
        saw(outcome);
    });
}
function notify(view, index, most) { Atomics.add(words, 8, Atomics.notify(view, index, most)); }
// A store that nobody else has. One wait on it is long and one is short: the end of the short one must not end the long one.
async function own_store(round) {
    const view = new Int32Array(new SharedArrayBuffer(64));
    let short_ended = false, long_ended = false;
    const long = Atomics.waitAsync(view, 0, 0, 10000).value.then(outcome => { long_ended = true; return outcome; });
    const short = Atomics.waitAsync(view, 0, 0, 0.05 * (1 + random(4))).value.then(outcome => { short_ended = true; return outcome; });
    if (random(2)) collect();
    const first = await short;
    if (first !== "timed-out") wrong(`agent ${id}: nobody notifies, and a short wait ended as ${first}`);
    if (long_ended) wrong(`agent ${id}: the end of a short wait has ended a long one`);
    const woken = Atomics.notify(view, 0);
    if (woken !== 1) wrong(`agent ${id}: notify woke ${woken} waiters, and one waits`);
    const second = await long;
    if (second !== "ok") wrong(`agent ${id}: a wait that was notified ended as ${second}`);
    reach(2);
}
async function main() {
    for (let round = 0; round < rounds; round++) {
        enter(0);
        switch (random(6)) {
        case 0: saw(Atomics.wait(words, 0, 0, 0.02 * random(10))); break;
        case 1: later(words, 0, 0.02 * random(10)); break;
        case 2: later(words, 1, random(3)); later(words, 1, 0.01); break;
        case 3: notify(words, random(2), 1 + random(2)); break;
        case 4: notify(words, random(2), Infinity); break;
        case 5: await null; break;
        }
        leave(0);
        if (random(5) === 0) await own_store(round);
        if (random(8) === 0) collect();
    }
}
main().then(() => {}, error => { if (!early) throw error; fail(String(error)); });
)js";

class Timeouts final : public ScriptScenario {
public:
    Timeouts() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {4, 40}}) {}

private:
    void prepare(Context&) override { share(64); }
    void check_results(Context&) override {
        Context::expect(word(Notified) == word(Woken),
                        fmt::format("notify woke {} waiters, and {} waits ended so", word(Notified), word(Woken)));
    }
};

constexpr sync::Window kEngineWindows[] = {sync::Window::WaiterListLocked};
constexpr const char* kWindows[] = {"two agents wait for a moment or notify"};
constexpr const char* kMarks[] = {"a wait was notified", "a wait timed out", "a short wait ended beside a long one"};

} // namespace

extern const ScenarioInfo atomics_timeouts;
constinit const ScenarioInfo atomics_timeouts{
    .name = "atomics/timeouts",
    .about = "short waits end as they are notified, on stores whose addresses come back; each ends once and is counted once",
    .planted = PlantedBug::BuffersTimeoutKeepsWaiter,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<Timeouts>,
};

} // namespace stress
