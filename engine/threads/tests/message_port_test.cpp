// MessageChannel, MessagePort, BroadcastChannel and receiveMessageOnPort (HTML 9.4, 9.5), within one agent.
#include "threads/cluster.h"
#include "threads/message_port.h"
#include "threads/tests/script_host.h"

#include <gtest/gtest.h>

namespace heddle::test {
namespace {

class Ports : public testing::TestWithParam<PrintCase> {};

TEST_P(Ports, PrintAndLeaveNothing) {
    Engine engine;
    {
        AgentHost host(engine.runtime(), {});
        Request request(host.agent());
        install_print(host.agent(), *host.realm());
        Result<Value> result = Interpreter::of(host.agent()).evaluate_script(*host.realm(), SourceText::from_utf8(GetParam().code, "test.js"));
        if (result.threw()) Printed::of(host.agent()).add("throws " + shown(host.agent(), host.agent().take_exception()));
        EventLoop::of(host.agent()).run();
        EXPECT_EQ(Printed::of(host.agent()).text, GetParam().printed);
    }
    Cluster& cluster = Cluster::of(engine.runtime());
    EXPECT_TRUE(cluster.leak_counts().all_zero()) << cluster.leak_counts().to_string();
}

const PrintCase kCases[] = {
    {"InOrder", "const { port1: a, port2: b } = new MessageChannel(); b.onmessage = e => { print(e.data); if (e.data === 3) b.close(); }; for (const n of [1, 2, 3]) a.postMessage(n); print('sync');", "sync; 1; 2; 3"},
    {"NotBeforeStart", "const { port1: a, port2: b } = new MessageChannel(); b.addEventListener('message', e => { print(e.data); b.close(); }); a.postMessage(1); setTimeout(() => { print('start'); b.start(); }, 5);", "start; 1"},
    {"MicrotasksDrainAfterEach", "const { port1: a, port2: b } = new MessageChannel(); b.onmessage = e => { print(e.data); Promise.resolve().then(() => print('job', e.data)); if (e.data === 2) b.close(); }; a.postMessage(1); a.postMessage(2);", "1; job 1; 2; job 2"},
    {"CloseFiresAtTheOther", "const { port1: a, port2: b } = new MessageChannel(); b.onmessage = e => print(e.data); b.onclose = e => print('closed', e.target === b); a.onclose = () => print('never'); a.postMessage('last'); a.close();", "last; closed true"},
    {"ClosedPortsDropMessages", "const { port1: a, port2: b } = new MessageChannel(); b.close(); a.postMessage(1); b.postMessage(2); a.onmessage = () => print('never'); a.onclose = () => print('close');", "close"},
    {"TransferBeforeMessages", "const { port1: a, port2: b } = new MessageChannel(), { port1: c, port2: d } = new MessageChannel(); a.postMessage('early'); d.onmessage = e => { const p = e.ports[0]; p.onmessage = m => { print(m.data); if (m.data === 'late') { p.close(); d.close(); } }; }; c.postMessage('take', [b]); a.postMessage('late');", "early; late"},
    {"TransferOfAStartedPort", "const { port1: a, port2: b } = new MessageChannel(), { port1: c, port2: d } = new MessageChannel(); let seen = 0; b.onmessage = e => { print('old', e.data); c.postMessage(0, [b]); }; d.onmessage = e => { e.ports[0].onmessage = m => { print('new', m.data); if (m.data === 3) { e.ports[0].close(); d.close(); } }; }; for (const n of [1, 2, 3]) a.postMessage(n);", "old 1; new 2; new 3"},
    {"TransferredPortIsDead", "const { port1: a, port2: b } = new MessageChannel(), { port1: c, port2: d } = new MessageChannel(); c.postMessage(0, [b]); b.postMessage('lost'); b.start(); try { c.postMessage(0, [b]); } catch (e) { print(e.name); } d.onmessage = e => { print(e.ports.length); e.ports[0].close(); d.close(); };", "DataCloneError; 1"},
    {"ThroughSeveralPorts", "let { port1: near, port2: far } = new MessageChannel(); let port = far; for (let i = 0; i < 5; i++) { const { port1, port2 } = new MessageChannel(); port1.postMessage(i, [port]); port = receiveMessageOnPort(port2).message === i ? undefined : 0; if (port === undefined) { port = i; break; } } print(port); near.close();", "0"},
    {"SourceInItsOwnTransfer", "const { port1: a, port2: b } = new MessageChannel(); try { a.postMessage(0, [a]); } catch (e) { print(e.name); } a.close();", "DataCloneError"},
    {"TargetInItsOwnQueueIsDoomed", "const { port1: a, port2: b } = new MessageChannel(); a.postMessage('x', [b]); a.onclose = () => print('closed'); a.start();", "closed"},
    {"TransferOptions", "const { port1: a, port2: b } = new MessageChannel(); const buffer = new ArrayBuffer(8); a.postMessage(buffer, { transfer: [buffer] }); print(buffer.detached); print(receiveMessageOnPort(b).message.byteLength); a.close();", "true; 8"},
    {"FailedCloneSendsNothing", "const { port1: a, port2: b } = new MessageChannel(); const buffer = new ArrayBuffer(8); try { a.postMessage({ f() {} }, [buffer]); } catch (e) { print(e.name, buffer.detached); } print(receiveMessageOnPort(b)); a.close();", "DataCloneError false; undefined"},
    {"GetterClosesThePort", "const { port1: a, port2: b } = new MessageChannel(); a.postMessage({ get x() { a.close(); return 1; } }); b.onmessage = () => print('never'); b.onclose = () => print('closed');", "closed"},
    {"ReceiveOnPort", "const { port1: a, port2: b } = new MessageChannel(); a.postMessage({ x: 1 }); a.postMessage(undefined); print(receiveMessageOnPort(b).message.x, 'message' in receiveMessageOnPort(b), receiveMessageOnPort(b)); a.close(); print(receiveMessageOnPort(a));", "1 true undefined; undefined"},
    {"ReceiveOnAStartedPort", "const { port1: a, port2: b } = new MessageChannel(); b.onmessage = e => { print('event', e.data); b.close(); }; a.postMessage(1); a.postMessage(2); print(receiveMessageOnPort(b).message);", "1; event 2"},
    {"ReceiveNeedsAPort", "try { receiveMessageOnPort({}); } catch (e) { print(e.name); }", "TypeError"},
    {"UnrefDoesNotKeepAlive", "const { port1: a, port2: b } = new MessageChannel(); b.onmessage = () => {}; b.unref(); print('end');", "end"},
    {"RefKeepsAlive", "const { port1: a, port2: b } = new MessageChannel(); b.onmessage = () => { print('got'); b.close(); }; b.unref(); b.ref(); setTimeout(() => a.postMessage(1), 5);", "got"},
    {"Broadcast", "const make = n => { const c = new BroadcastChannel('c'); c.onmessage = e => { print(n, e.data.v); c.close(); }; return c; }; const s = new BroadcastChannel('c'), x = new BroadcastChannel('d'); x.onmessage = () => print('never'); make(1); make(2); s.onmessage = () => print('never'); s.postMessage({ v: 7 }); setTimeout(() => { s.close(); x.close(); }, 5);", "1 7; 2 7"},
    {"BroadcastCopiesBuffers", "const s = new BroadcastChannel('c'); const bytes = [new BroadcastChannel('c'), new BroadcastChannel('c')].map(c => new Promise(r => c.onmessage = e => { c.close(); r(e.data); })); s.postMessage(new Uint8Array([1, 2]).buffer); Promise.all(bytes).then(([a, b]) => { new Uint8Array(a)[0] = 9; print(new Uint8Array(a)[0], new Uint8Array(b)[0]); s.close(); });", "9 1"},
    {"BroadcastClosedThrows", "const c = new BroadcastChannel('c'); print(c.name); c.close(); c.close(); try { c.postMessage(1); } catch (e) { print(e.name); }", "c; InvalidStateError"},
    {"BroadcastWithoutListenersEnds", "globalThis.c = new BroadcastChannel('c'); print('end');", "end"},
    {"MessageErrorForAForeignThing", "const { port1: a, port2: b } = new MessageChannel(); b.onmessageerror = () => print('error'); b.onmessage = () => print('never'); b.dispatchEvent(new MessageEvent('messageerror')); b.close();", "error"},
    {"ManyPortsTakeTurns", "const chans = Array.from({ length: 3 }, () => new MessageChannel()); let left = 6; chans.forEach(({ port1, port2 }, i) => { port2.onmessage = e => { print(i + ':' + e.data); if (--left === 0) for (const c of chans) c.port1.close(); }; }); for (const n of [1, 2]) for (const c of chans) c.port1.postMessage(n);", "0:1; 1:1; 2:1; 0:2; 1:2; 2:2"},
    {"ALongChainOfPortsInFlight", "let { port1: keep, port2: last } = new MessageChannel(); for (let i = 0; i < 20000; i++) { const { port1, port2 } = new MessageChannel(); port1.postMessage(0, [last]); last = port2; } keep.onclose = () => print('all closed'); keep.start(); last.close();", "all closed"},
};
INSTANTIATE_TEST_SUITE_P(Html, Ports, testing::ValuesIn(kCases), [](const auto& info) { return std::string(info.param.name); });

TEST(MessageLimits, AFullQueueThrowsAndLosesNothing) {
    ScriptHost host;
    Cluster::of(host.runtime()).pipes().set_limits({.messages = 2, .bytes = 1 << 20});
    EXPECT_EQ(host.run("const { port1: a, port2: b } = new MessageChannel(); const buffer = new ArrayBuffer(4); a.postMessage(1); a.postMessage(2);"
                       "try { a.postMessage(buffer, [buffer]); } catch (e) { print(e.name, e.message, buffer.detached); }"
                       "print(receiveMessageOnPort(b).message, receiveMessageOnPort(b).message); a.postMessage(buffer, [buffer]); print(buffer.detached); a.close();"),
              "QuotaExceededError The message queue is full (2 messages or 1048576 bytes): let the receiver catch up, or raise the limits false; 1 2; true");
}

TEST(MessageLimits, BytesCountWithStores) {
    ScriptHost host;
    Cluster::of(host.runtime()).pipes().set_limits({.messages = 100, .bytes = 1000});
    EXPECT_EQ(host.run("const { port1: a, port2: b } = new MessageChannel(); a.postMessage(new ArrayBuffer(2000)); try { a.postMessage(0); } catch (e) { print(e.name); }"
                       "receiveMessageOnPort(b); a.postMessage(0); a.close(); print('end');"),
              "QuotaExceededError; end");
}

TEST(MessageLimits, BroadcastsAreBoundedToo) {
    ScriptHost host;
    Cluster::of(host.runtime()).pipes().set_limits({.messages = 1, .bytes = 1000});
    EXPECT_EQ(host.run("const a = new BroadcastChannel('c'), b = new BroadcastChannel('c'); b.onmessage = e => { print(e.data); b.close(); a.close(); };"
                       "a.postMessage(1); try { a.postMessage(2); } catch (e) { print(e.name); }"),
              "QuotaExceededError; 1");
}

// A receiver on the sender's own thread never makes room: blocking would be for ever.
TEST(MessageLimits, BlockingThrowsWhereItWouldNotEnd) {
    ScriptHost host;
    Cluster::of(host.runtime()).pipes().set_limits({.messages = 1, .bytes = 1000, .blocks = true});
    EXPECT_EQ(host.run("const { port1: a, port2: b } = new MessageChannel(); b.onmessage = e => { print(e.data); b.close(); }; a.postMessage(1); try { a.postMessage(2); } catch (e) { print(e.name); }"),
              "QuotaExceededError; 1");
}

TEST(MessagePorts, ACollectedPortClosesTheOther) {
    ScriptHost host;
    EXPECT_EQ(host.run("(function () { globalThis.a = new MessageChannel().port1; a.onclose = () => print('closed'); a.unref(); a.start(); })();"), "");
    auto clobber = []() { volatile char stack[4096]; for (auto& byte : stack) byte = 0; };
    clobber();
    host.agent().heap().collect();
    host.agent().heap().finish_sweep();
    EventLoop::of(host.agent()).run_until_idle();
    EXPECT_EQ(Printed::of(host.agent()).text, "closed");
}

TEST(MessagePorts, OutOfMemoryAnywhereIsAnError) {
    for (uint64_t nth = 1; nth < 400; nth += 3) {
        AgentOptions options;
        ScriptHost host(options);
        host.run("globalThis.go = () => { const { port1: a, port2: b } = new MessageChannel(); b.unref(); b.onmessage = e => { b.close(); }; a.postMessage({ x: [1, 'text'] }); new BroadcastChannel('x').close(); };");
        host.agent().heap().set_fail_allocation(nth);
        std::string printed = host.run("try { go(); } catch (e) { print(e instanceof RangeError || typeof e); }");
        EXPECT_TRUE(printed.empty() || printed == "true" || printed == "string" || printed.find("out of memory") != std::string::npos) << nth << ": " << printed;
        host.agent().heap().set_fail_allocation(0);
    }
}

} // namespace
} // namespace heddle::test
