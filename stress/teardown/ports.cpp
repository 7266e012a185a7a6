// Ports, channels and broadcasts that nothing but a listener holds, sent on through each other while messages wait in
// them, and whose peers close, are collected or end at any moment.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
let left = rounds, open = 0;
// Held by nothing: the listener is all that keeps the port, and the port its listener.
function echo(port) { port.onmessage = e => { disturb(); port.postMessage(e.data); }; }
function disturb() {
    switch (random(5)) {
    case 0: collect(); break;
    case 1: Array.from({ length: 40 }, () => new MessageChannel()); break;
    case 2: Array.from({ length: 40 }, () => "filler ".repeat(9)); break;
    }
}
const kinds = [
    // There and back, through a port that only listens.
    done => {
        const { port1, port2 } = new MessageChannel();
        echo(port2);
        let expected = 0;
        port1.onmessage = e => {
            if (e.data.n !== expected) fail(`agent ${id}: message ${e.data.n} came instead of ${expected}`);
            reach(0);
            expected++;
            disturb();
            if (expected === 4) { port1.close(); done(); }
        };
        for (let n = 0; n < 4; n++) port1.postMessage({ n });
    },
    // The port is sent on while messages wait in it; they arrive in order where it arrives.
    done => {
        const { port1, port2 } = new MessageChannel(), way = new MessageChannel();
        for (let n = 0; n < 3; n++) port1.postMessage(n);
        way.port1.postMessage(null, [port2]);
        port1.postMessage(3);
        let expected = 0;
        way.port2.onmessage = e => {
            const moved = e.ports[0];
            disturb();
            moved.onmessage = m => {
                if (m.data !== expected) fail(`agent ${id}: through a port that was sent on, ${m.data} came instead of ${expected}`);
                if (++expected === 4) { reach(1); moved.close(); way.port2.close(); done(); }
            };
        };
    },
    // A worker gets a port, answers through it and is gone.
    done => {
        const { port1, port2 } = new MessageChannel();
        const w = new Worker("workerData.onmessage = e => { workerData.postMessage(e.data + 1); if (e.data > 1) close(); }", { eval: true, workerData: port2, transferList: [port2] });
        w.onerror = e => e.preventDefault();
        let answers = 0;
        port1.onmessage = e => { enter(0); answers++; leave(0); if (answers < 3) port1.postMessage(e.data); };
        port1.onclose = () => { reach(2); done(); };
        port1.postMessage(0);
    },
    // The worker is ended with the port in its hands; messages to it are lost, and nothing stays.
    done => {
        const { port1, port2 } = new MessageChannel();
        const w = new Worker("workerData.onmessage = e => workerData.postMessage(e.data)", { eval: true, workerData: port2, transferList: [port2] });
        w.onerror = e => e.preventDefault();
        port1.onmessage = () => port1.postMessage(new Uint8Array(50));
        for (let n = 0; n < 5; n++) port1.postMessage(n);
        port1.onclose = () => { reach(3); done(); };
        setTimeout(() => { enter(0); w.terminate(); leave(0); for (let n = 0; n < 5; n++) port1.postMessage(n); }, random(2));
    },
    // A chain of ports inside messages inside ports, dropped as a whole.
    done => {
        let chain = new MessageChannel();
        for (let n = 0; n < 6; n++) { const next = new MessageChannel(); next.port1.postMessage(n, [chain.port2]); chain = next; }
        if (random(2)) chain.port2.close();
        chain = null;
        disturb();
        done();
    },
    // Everybody hears a broadcast, and channels come and go meanwhile.
    done => {
        const c = new BroadcastChannel("ports"), d = new BroadcastChannel("ports");
        let heard = false;
        c.onmessage = e => { if (e.data === id * 1000 && !heard) { heard = true; c.close(); d.close(); done(); } };
        enter(0);
        d.postMessage(id * 1000);
        leave(0);
    },
];
function turn() {
    if (left-- > 0) {
        let ended = false;
        kinds[(first + left) % kinds.length](() => { if (ended) wrong(`agent ${id}: one exchange ended twice`); ended = true; setTimeout(turn, 0); });
    }
}
turn();
)js";

class Ports final : public ScriptScenario {
public:
    Ports() : ScriptScenario({.script = kScript, .threads = {1, 3}, .rounds = {2, 12}}) {}

private:
    void prepare(Context& context) override {
        for (uint64_t& first : firsts_)
            first = context.random().below(100);
        // A full queue is an exception where it is met; this scenario loses nothing on purpose.
        if (context.faults().queue_messages != 0) agents().tolerate_range_errors();
    }
    std::string constants(int agent) override { return fmt::format("rounds = {}, first = {}", rounds(), firsts_[agent]); }

    uint64_t firsts_[3] = {};
};

constexpr sync::Window kEngineWindows[] = {sync::Window::AgentTeardown, sync::Window::Collection};
constexpr const char* kMarks[] = {"a port that only listens answered", "messages waited in a port that was sent on",
                                  "a worker closed with a port", "a worker was ended with a port"};

} // namespace

extern const ScenarioInfo teardown_ports;
constinit const ScenarioInfo teardown_ports{
    .name = "teardown/ports",
    .about = "ports held by their listeners alone, sent on with messages in them, whose peers close, end or are collected",
    .planted = PlantedBug::ThreadsPortOutlivesOwner,
    .engine_windows = kEngineWindows,
    .own_windows = {},
    .marks = kMarks,
    .make = make_scenario<Ports>,
};

} // namespace stress
