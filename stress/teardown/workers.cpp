// Agents that start workers, which start workers, with messages, ports and buffers on their way, are terminated from
// outside at any moment: the whole tree ends, and nothing of it stays.
#include "stress/script_scenario.h"
#include "sync/clock.h"

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
const W = (text, data, list) => {
    const w = new Worker(text, { eval: true, workerData: data, transferList: list });
    w.onerror = event => event.preventDefault();
    return w;
};
const lives = [
    () => W("for (;;);"),
    () => { const w = W("onmessage = e => postMessage(e.data)"); w.onmessage = e => w.postMessage(e.data); w.postMessage(new Uint8Array(64)); },
    () => { const { port1, port2 } = new MessageChannel(); W("workerData.onmessage = e => workerData.postMessage(e.data, [e.data])", port2, [port2]); port1.onmessage = e => port1.postMessage(e.data, [e.data]); const b = new ArrayBuffer(128); port1.postMessage(b, [b]); },
    () => W("const w = new Worker('onmessage = () => { for (;;) new ArrayBuffer(1000); }', { eval: true }); w.postMessage(1); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"),
    () => W("postMessage(1)").onmessage = e => { e.target.terminate().then(turn); },
    () => { const w = W("for (;;) postMessage({ a: [1, 2] })"); w.onmessage = () => { w.terminate().then(turn); }; },
    () => { const c = new BroadcastChannel("stress"); c.onmessage = e => c.postMessage(e.data); c.postMessage([id]); },
];
let turns = 0;
function turn() { if (turns++ < 20) lives[random(lives.length)](); }
turn();
turn();
setInterval(() => {}, 1000);
)js";

class Workers final : public ScriptScenario {
public:
    Workers() : ScriptScenario({.script = kScript, .threads = {1, 3}}) {}

    void run(Context& context) override {
        Random& random = context.random();
        start_agents();
        for (int i = 0; i < count(); i++) {
            if (!random.one_in(4)) sync::sleep_until(sync::now().after_nanoseconds(static_cast<int64_t>(random.below(8000)) * 1000));
            agents().terminate(i);
            if (random.one_in(4)) agents().terminate(i);
        }
        agents().join();
    }

private:
    void prepare(Context&) override { agents().tolerate_range_errors(); }
    std::string constants(int) override { return {}; }
};

constexpr sync::Window kEngineWindows[] = {sync::Window::Termination, sync::Window::AgentTeardown};

} // namespace

extern const ScenarioInfo teardown_workers;
constinit const ScenarioInfo teardown_workers{
    .name = "teardown/workers",
    .about = "trees of workers with messages, ports and buffers under way, ended from outside at any moment",
    .planted = PlantedBug::ThreadsWorkerNotTerminated,
    .engine_windows = kEngineWindows,
    .own_windows = {},
    .make = make_scenario<Workers>,
};

} // namespace stress
