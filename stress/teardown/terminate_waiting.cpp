// Agents that wait for ever (Atomics.wait, waitAsync under the event loop, an inbox) are terminated just as
// they fall asleep, while others notify. Each wakes and ends, and no waiter stays in a list.
#include "stress/script_scenario.h"
#include "sync/clock.h"
#include "sync/shared_memory.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Word 16 + id says that the agent is about to wait. Word id is its own: nobody notifies it. Word 8 is
// everybody's.
constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0]);
const ways = {
    wait() {
        for (let i = random(3); i > 0; i--) Atomics.wait(words, id, 0, 0.01);
        enter(0);
        Atomics.store(words, 16 + id, 1);
        Atomics.wait(words, id, 0);
        leave(0);
        fail("a wait that nobody notifies has ended");
    },
    wait_together() {
        Atomics.store(words, 16 + id, 1);
        for (;;) {
            Atomics.wait(words, 8, 0, random(2) ? Infinity : random(3));
            if (random(3) === 0) Atomics.notify(words, 8, 1);
        }
    },
    wait_async() {
        for (let i = random(4); i >= 0; i--) Atomics.waitAsync(words, id, 0, i ? Infinity : 60000).value.then(() => fail("nobody notifies"));
        Atomics.store(words, 16 + id, 1);
    },
    async_together() {
        (async () => { for (;;) await Atomics.waitAsync(words, 8, 0).value; })();
        Atomics.waitAsync(words, 9, 0, 60000);
        Atomics.store(words, 16 + id, 1);
    },
    inbox() {
        Atomics.store(words, 16 + id, 1);
        receive();
        fail("nobody sends");
    },
    notify() {
        Atomics.store(words, 16 + id, 1);
        for (;;) {
            Atomics.notify(words, 8, 1 + random(2));
            if (random(4) === 0) pause();
        }
    },
};
const names = Object.keys(ways);
ways[names[pick % names.length]]();
)js";

class TerminateWaiting final : public ScriptScenario {
public:
    TerminateWaiting() : ScriptScenario({.script = kScript, .threads = {2, 4}}) {}

    void run(Context& context) override {
        Random& random = context.random();
        for (int i = 0; i < count(); i++)
            start_agent(fmt::format("pick = {}", random.one_in(3) ? 0 : random.below(6)));
        // Agents in an inbox take no notice of termination while they wait: stop() comes behind the
        // terminations.
        for (int id = 0; id < count(); id++) {
            if (!random.one_in(6)) await_ready(id);
            // From just before the agent sleeps to long after.
            for (uint64_t spins = random.below(400); spins > 0; spins--)
                sync::spin_pause();
            if (random.one_in(3))
                sync::sleep_until(sync::now().after_nanoseconds(static_cast<int64_t>(random.below(300'000))));
            agents().terminate(id);
        }
        agents().stop();
        agents().join();
    }

private:
    void prepare(Context&) override { share(128); }
    void await_ready(int id) {
        const std::byte* ready = store().data() + 4 * (16 + id);
        while (sync::load_seq_cst<uint32_t>(ready) == 0 && !agents().gave_up())
            sync::yield();
    }
};

constexpr sync::Window kEngineWindows[] = {sync::Window::AtomicsWait, sync::Window::Termination};
constexpr const char* kWindows[] = {"two agents fall asleep for ever"};

} // namespace

extern const ScenarioInfo teardown_terminate_waiting;
constinit const ScenarioInfo teardown_terminate_waiting{
    .name = "teardown/terminate_waiting",
    .about = "agents terminated as they fall asleep in wait, waitAsync or an inbox, while others notify; all "
             "wake and end",
    .planted = PlantedBug::BuffersMissedTermination,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = make_scenario<TerminateWaiting>,
};

} // namespace stress
