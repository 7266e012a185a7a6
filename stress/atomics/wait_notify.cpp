// Agents pass batons by Atomics.wait, waitAsync and notify. Every wake-up that notify counts is one that a
// waiter saw, and none is lost.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Words of the shared store: 0 the blocking baton (64 bits), 8 the asynchronous baton (32 bits), then 32-bit
// counts.
enum Count : int { Passes = 4, Notified = 5, Woken = 6 };

constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0]);
const baton = wide ? new BigInt64Array(shared[0], 0, 1) : new Int32Array(shared[0], 0, 1);
const later = new Int32Array(shared[0], 8, 1);
const number = wide ? BigInt : Number;
// Longer than any hand-over takes, shorter than what is taken for a hang.
const patience = 8000;
function saw(outcome, array, expected) {
    if (outcome === "ok") Atomics.add(words, 6, 1);
    else if (outcome === "timed-out" && Atomics.load(array, 0) !== expected)
        fail(`agent ${id} slept on ${expected} while the baton went to ${array[0]}: a lost wake-up`);
}
function give(array, value) {
    enter(0);
    Atomics.add(words, 4, 1);
    Atomics.store(array, 0, value);
    Atomics.add(words, 5, Atomics.notify(array, 0));
    leave(0);
}
function pass_blocking() {
    for (let round = 0; round < rounds; round++) {
        const mine = number(round * count + id);
        for (;;) {
            const now = Atomics.load(baton, 0);
            if (now === mine) break;
            saw(Atomics.wait(baton, 0, now, patience), baton, now);
        }
        give(baton, mine + number(1));
    }
}
async function pass_later() {
    for (let round = 0; round < rounds; round++) {
        const mine = round * count + id;
        for (;;) {
            const now = Atomics.load(later, 0);
            if (now === mine) break;
            const wait = Atomics.waitAsync(later, 0, now, patience);
            saw(wait.async ? await wait.value : wait.value, later, now);
            if (random(4) === 0) collect();
        }
        give(later, mine + 1);
    }
}
const passing = pass_later();
pass_blocking();
passing.then(() => {}, error => fail(`agent ${id}: ${error}`));
)js";

class WaitNotify final : public ScriptScenario {
public:
    WaitNotify() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {3, 12}}) {}

private:
    void prepare(Context& context) override {
        wide_ = context.random().one_in(3);
        share(64);
    }
    std::string constants(int) override { return fmt::format("rounds = {}, wide = {}", rounds(), wide_); }
    void check_results(Context&) override {
        int passes = 2 * count() * rounds();
        Context::expect(word(Passes) == passes,
                        fmt::format("{} agents passed two batons {} times instead of {}", count(), word(Passes), passes));
        Context::expect(word(Notified) == word(Woken),
                        fmt::format("notify woke {} waiters, and {} waiters were woken", word(Notified), word(Woken)));
    }

    bool wide_ = false;
};

constexpr sync::Window kEngineWindows[] = {sync::Window::AtomicsWait, sync::Window::WaiterListLocked};
constexpr const char* kWindows[] = {"two agents store and notify"};

} // namespace

extern const ScenarioInfo atomics_wait_notify;
constinit const ScenarioInfo atomics_wait_notify{
    .name = "atomics/wait_notify",
    .about = "batons passed by wait, waitAsync and notify; every wake-up is counted and none is lost",
    .planted = PlantedBug::BuffersWaitComparesUnlocked,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = make_scenario<WaitNotify>,
};

} // namespace stress
