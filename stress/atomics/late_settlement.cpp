// Agents begin asynchronous waits and end, by themselves or terminated, while others notify them: what is settled too late
// settles nothing, and what is settled in time brings the value that its reaction was to see.
#include "stress/script_scenario.h"
#include "sync/clock.h"

namespace stress {
namespace {

using namespace heddle;

// Agents with an even number wait and come to an end; those with an odd one notify, and sometimes wait themselves.
constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0]);
function thing(number) { return { number, text: `thing ${number}`, list: [number, { inner: number * 2 }] }; }
function verify(value, number) {
    if (value.number !== number || value.text !== `thing ${number}` || value.list[1].inner !== number * 2)
        wrong(`agent ${id}: thing ${number} is not what it was when its wait began`);
    reach(0);
}
function disturb() {
    if (random(3) === 0) collect();
    Array.from({ length: random(30) }, (_, i) => thing(-i));
}
function begin(number) {
    const wait = Atomics.waitAsync(words, random(4), 0, random(3) ? 2 + random(3) : 0.1);
    if (!wait.async) return;
    // The reaction alone holds the thing, and only the wait holds the reaction.
    const held = thing(number);
    wait.value.then(outcome => {
        disturb();
        verify(held, number);
        if (outcome !== "ok" && outcome !== "timed-out") wrong(`agent ${id}: a wait ended as ${outcome}`);
    });
    disturb();
}
function waits() {
    for (let round = 0; round < rounds; round++) {
        enter(0);
        begin(id * 1000 + round);
        leave(0);
        if (random(4) === 0) Atomics.notify(words, random(4), 1);
    }
}
function notifies() {
    for (let round = 0; round < 4 * rounds; round++) {
        enter(0);
        Atomics.notify(words, random(4), random(2) ? 1 : Infinity);
        leave(0);
        if (random(6) === 0) begin(id * 1000 + round);
        if (random(4) === 0) pause();
    }
}
id % 2 ? notifies() : waits();
)js";

class LateSettlement final : public ScriptScenario {
public:
    LateSettlement() : ScriptScenario({.script = kScript, .threads = {2, 4}, .rounds = {2, 20}}) {}

    void run(Context& context) override {
        start_agents();
        if (terminates_) {
            // Those that wait, in the midst of it; it may be too late.
            for (int i = 0; i < count(); i += 2) {
                if (!context.random().one_in(3))
                    sync::sleep_until(sync::now().after_nanoseconds(static_cast<int64_t>(context.random().below(3000)) * 1000));
                agents().terminate(i);
            }
        }
        agents().join();
    }

private:
    void prepare(Context& context) override {
        terminates_ = context.random().one_in(2);
        share(64);
    }

    bool terminates_ = false;
};

constexpr sync::Window kEngineWindows[] = {sync::Window::WaiterListLocked, sync::Window::AgentTeardown};
constexpr const char* kWindows[] = {"a wait begins against a notify"};
constexpr const char* kMarks[] = {"a reaction ran"};

} // namespace

extern const ScenarioInfo atomics_late_settlement;
constinit const ScenarioInfo atomics_late_settlement{
    .name = "atomics/late_settlement",
    .about = "agents end with asynchronous waits under way that others notify; nothing arrives where nobody is",
    .planted = PlantedBug::BuffersLateCompletion,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<LateSettlement>,
};

} // namespace stress
