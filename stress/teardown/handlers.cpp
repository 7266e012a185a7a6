// Workers that are ended from inside handlers: of their messages, of their errors, of their exits, by their own close()
// and by both at once, again and again. Every end that was promised is told, once.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Words: 0 counts exits that were promised, 1 those that were told.
constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0]);
let left = rounds;
function watch(worker) {
    worker.onerror = event => event.preventDefault();
    return worker;
}
// Whoever asks for the end of a worker learns of it, however often it asks. Where memory lacks to ask, nothing was promised.
function promise_end(worker, then) {
    worker.terminate().then(() => { Atomics.add(words, 1, 1); then(); });
    Atomics.add(words, 0, 1);
}
function end(worker, times) {
    for (let i = 0; i < times; i++) promise_end(worker, () => { if (i === 0) turn(); });
}
const W = text => watch(new Worker(text, { eval: true }));
const lives = [
    // terminate() in the handler of its message.
    () => { W("postMessage(1); for (;;);").onmessage = e => { enter(0); reach(0); end(e.target, 1 + random(3)); leave(0); }; },
    // close() against terminate().
    () => { const w = W("onmessage = () => close(); postMessage(1)"); w.onmessage = e => { enter(0); w.postMessage(0); if (random(2)) pause(); reach(1); end(w, 2); leave(0); }; },
    // The worker is gone before anybody asks.
    () => { const w = W("close()"); setTimeout(() => { reach(2); end(w, 1); }, random(3)); },
    // terminate() in the handler of its error.
    () => { const w = W("throw new Error('ends')"); w.onerror = e => { e.preventDefault(); reach(3); end(w, 1); }; },
    // In the reaction to its own end: another one.
    () => { const w = W("for (;;);"); const other = W("onmessage = e => postMessage(e.data)"); promise_end(w, () => end(other, 2)); },
    // Messages under way in both directions at the end.
    () => { const w = W("onmessage = e => { postMessage(e.data); postMessage([e.data]); }"); for (let i = 0; i < 8; i++) w.postMessage(i); w.onmessage = e => { w.onmessage = null; end(w, 1); for (let i = 0; i < 4; i++) w.postMessage(new ArrayBuffer(64)); }; },
    // A tree: the end of the parent ends the child, which is just about to end itself.
    () => { const w = W("const c = new Worker('postMessage(1); close()', { eval: true }); c.onmessage = () => { postMessage(1); c.terminate(); }"); w.onmessage = () => end(w, 1); },
];
function turn() { if (left-- > 0) lives[(first + left) % lives.length](); }
turn();
)js";

class Handlers final : public ScriptScenario {
public:
    Handlers() : ScriptScenario({.script = kScript, .threads = {1, 2}, .rounds = {1, 8}}) {}

private:
    void prepare(Context& context) override {
        for (uint64_t& first : firsts_)
            first = context.random().below(100);
        share(64);
    }
    std::string constants(int agent) override { return fmt::format("rounds = {}, first = {}", rounds(), firsts_[agent]); }
    void check_results(Context&) override {
        Context::expect(word(0) == word(1), fmt::format("{} ends of workers were promised and {} told", word(0), word(1)));
    }

    uint64_t firsts_[2] = {};
};

constexpr sync::Window kEngineWindows[] = {sync::Window::Termination, sync::Window::AgentTeardown};
constexpr const char* kMarks[] = {"terminate in a message's handler", "terminate against close", "terminate of what has closed",
                                  "terminate in an error's handler"};

} // namespace

extern const ScenarioInfo teardown_handlers;
constinit const ScenarioInfo teardown_handlers{
    .name = "teardown/handlers",
    .about = "workers ended from handlers of their messages, errors and exits, and by themselves; each end is told",
    .planted = PlantedBug::ThreadsExitNotTold,
    .engine_windows = kEngineWindows,
    .own_windows = {},
    .marks = kMarks,
    .make = make_scenario<Handlers>,
};

} // namespace stress
