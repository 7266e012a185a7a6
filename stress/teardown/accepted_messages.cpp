// Every message that postMessage took arrives, in order, although queues are full, memory is short at the sender, and the
// receiver falls asleep between messages.
#include "stress/script_scenario.h"
#include "threads/cluster.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// Words, for agent i at 16 i: 0 messages that the sender got rid of, 1 messages that arrived, 2 the last message is on its
// way, 3 the receiver has seen it, 5 and 6 what was wrong, 7 messages for which the receiver had no memory.
constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0], 64 * id, 16);
const ACCEPTED = 0, ARRIVED = 1, LAST = 2, SEEN = 3;
let out;
const receiver = new Worker(`
    const words = workerData.words;
    let expected = 0;
    function take(e) {
        if (e.data.last) { Atomics.store(words, 3, 1); close(); return; }
        if (e.data.number !== expected) { Atomics.store(words, 5, 1 + expected); }
        expected = e.data.number + 1;
        if (e.data.list.length !== e.data.number % 50 || (e.data.bytes && e.data.bytes[0] !== e.data.number % 256)) Atomics.store(words, 6, 1 + e.data.number);
        Atomics.add(words, 1, 1);
    }
    // What arrives and does not fit in memory is told of.
    function refuse() { Atomics.add(words, 7, 1); expected++; }
    if (workerData.port) { workerData.port.onmessageerror = refuse; workerData.port.onmessage = take; }
    else { onmessageerror = refuse; onmessage = take; }
`, { eval: true, ...start() });
receiver.onerror = e => { e.preventDefault(); if (early) fail("an error in the receiver, which may have cost a message"); };
function start() {
    if (!through_port) return { workerData: { words } };
    const { port1, port2 } = new MessageChannel();
    out = port1;
    return { workerData: { words, port: port2 }, transferList: [port2] };
}
out ??= receiver;
let next = 0, tries = 0;
function send_some() {
    for (let batch = 1 + random(4); batch > 0 && next < rounds; batch--) {
        const message = { number: next, list: Array.from({ length: next % 50 }, (_, i) => i) };
        const transfer = [];
        if (next % 3 === 0) { message.bytes = new Uint8Array(32).fill(next % 256); transfer.push(message.bytes.buffer); }
        enter(0);
        try {
            out.postMessage(message, transfer);
        } catch (error) {
            leave(0);
            // Refused: it must not arrive. A full queue is emptied by and by, and memory fails once.
            reach(1);
            if (transfer.length && transfer[0].detached) wrong(`agent ${id}: message ${next} was refused and its buffer is gone`);
            if (error?.name !== "QuotaExceededError" && !(early && (error instanceof RangeError || typeof error === "string"))) throw error;
            if (error?.name === "QuotaExceededError" && random(2)) pause();
            break;
        }
        leave(0);
        Atomics.add(words, ACCEPTED, 1);
        next++;
        reach(0);
    }
    if (next < rounds) { random(3) ? setTimeout(send_some, 0) : queueMicrotask(send_some); return; }
    try {
        Atomics.store(words, LAST, 1);
        out.postMessage({ last: true });
        if (out !== receiver) out.unref();
    } catch { setTimeout(send_some, 0); }
}
send_some();
)js";

class AcceptedMessages final : public ScriptScenario {
public:
    AcceptedMessages() : ScriptScenario({.script = kScript, .threads = {1, 2}, .rounds = {3, 60}}) {}

    void check(Context& context) override {
        for (int i = 0; i < count(); i++) {
            auto said = [&](int index) { return word(16 * i + index); };
            int accepted = said(0), arrived = said(1);
            Context::expect(said(5) == 0, fmt::format("message {} of agent {} did not come where it should have", said(5) - 1, i));
            Context::expect(said(6) == 0, fmt::format("message {} of agent {} is not what was sent", said(6) - 1, i));
            Context::expect(arrived <= accepted + 1, fmt::format("{} messages arrived of {} that were accepted", arrived, accepted));
            // A receiver for which an allocation has failed is told so, unless its handler was what failed.
            if (agents().gave_up() || (context.faults().may_end_early() && arrived + said(7) < accepted)) continue;
            if (context.faults().may_end_early() && said(3) == 0) continue;
            Context::expect(said(3) == 1 && accepted == rounds() && arrived + said(7) == accepted,
                            fmt::format("{} messages arrived of {} that were accepted; there were {}", arrived, accepted, rounds()));
        }
        ScriptScenario::check(context);
    }

private:
    void prepare(Context& context) override {
        through_port_ = context.random().one_in(2);
        if (context.random().one_in(2)) {
            auto messages = static_cast<uint64_t>(context.random().between(1, 4));
            Cluster::of(agents().runtime()).pipes().set_limits({.messages = messages});
        }
        share(128);
    }
    std::string constants(int) override { return fmt::format("rounds = {}, through_port = {}", rounds(), through_port_); }

    bool through_port_ = false;
};

constexpr const char* kMarks[] = {"a message was accepted", "a message was refused"};

} // namespace

extern const ScenarioInfo teardown_accepted_messages;
constinit const ScenarioInfo teardown_accepted_messages{
    .name = "teardown/accepted_messages",
    .about = "messages to a worker that sleeps and wakes, by full queues and short memory; what was accepted arrives in order",
    .planted = PlantedBug::ThreadsTellsBeforeQueueing,
    .engine_windows = {},
    .own_windows = {},
    .marks = kMarks,
    .make = make_scenario<AcceptedMessages>,
};

} // namespace stress
