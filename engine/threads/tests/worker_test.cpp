// Worker: scripts, modules and source texts, messages both ways, errors, ends (HTML 10.2).
#include "threads/cluster.h"
#include "threads/tests/script_host.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

namespace heddle::test {
namespace {

/// Runs a script with its loop in a Runtime of its own; what it printed, and what was left when all had ended.
std::string run_and_end(std::string_view code, const char* file = "test.js") {
    Engine engine;
    std::string text;
    {
        AgentHost host(engine.runtime(), {});
        Request request(host.agent());
        install_print(host.agent(), *host.realm());
        Result<Value> result = Interpreter::of(host.agent()).evaluate_script(*host.realm(), SourceText::from_utf8(code, file));
        if (result.threw()) Printed::of(host.agent()).add("throws " + shown(host.agent(), host.agent().take_exception()));
        else EventLoop::of(host.agent()).run();
        text = Printed::of(host.agent()).text;
    }
    LeakCounts left = Cluster::of(engine.runtime()).leak_counts();
    EXPECT_TRUE(left.all_zero()) << left.to_string();
    return text;
}

struct Case {
    const char* name;
    const char* code;
    const char* printed;
};

class Workers : public testing::TestWithParam<Case> {};

TEST_P(Workers, PrintAndLeaveNothing) { EXPECT_EQ(run_and_end(std::string("const W = (text, o) => new Worker(text, { eval: true, ...o });") + GetParam().code), GetParam().printed); }

const Case kCases[] = {
    {"Echo", "const w = W('onmessage = e => { postMessage(e.data + 1); if (e.data === 2) close(); }'); w.onmessage = e => print(e.data); w.onclose = () => print('end'); w.postMessage(1); w.postMessage(2);", "2; 3; end"},
    {"EndsByItself", "const w = W('postMessage(1)'); w.onmessage = e => print(e.data); w.onclose = () => w.terminate().then(s => print('status', s));", "1; status 0"},
    {"NameDataAndSelf", "W('postMessage([name, workerData.x, self === globalThis, typeof Worker, self.name])', { name: 'n', workerData: { x: 5 } }).onmessage = e => print(e.data.join());", "n,5,true,function,n"},
    {"NoData", "W('postMessage(typeof workerData)').onmessage = e => print(e.data);", "undefined"},
    {"TransferListOfTheConstructor", "const b = new ArrayBuffer(8), { port1, port2 } = new MessageChannel(); W('workerData.p.postMessage(workerData.b.byteLength)', { workerData: { b, p: port2 }, transferList: [b, port2] }); print(b.detached); port1.onmessage = e => { print(e.data); port1.close(); };", "true; 8"},
    {"TransferBothWays", "const w = W('onmessage = e => { postMessage(e.data, [e.data]); close(); }'); const b = new ArrayBuffer(16); w.postMessage(b, [b]); w.onmessage = e => print(b.detached, e.data.byteLength);", "true 16"},
    {"SharedMemory", "const a = new Int32Array(new SharedArrayBuffer(4)); W('Atomics.store(workerData, 0, 7); Atomics.notify(workerData, 0)', { workerData: a }); Atomics.wait(a, 0, 0); print(a[0]);", "7"},
    {"WaitAsyncAcrossWorkers", "const a = new Int32Array(new SharedArrayBuffer(4)); Atomics.waitAsync(a, 0, 0).value.then(print); W('setTimeout(() => Atomics.notify(workerData, 0), 5)', { workerData: a });", "ok"},
    {"EarlyMessagesWaitForTheListener", "const w = W('setTimeout(() => { onmessage = e => { postMessage(e.data); close(); } }, 10)'); w.postMessage('early'); w.onmessage = e => print(e.data);", "early"},
    {"AddEventListenerInside", "const w = W(\"addEventListener('message', e => { postMessage([e.target === self, e.data]); close(); })\"); w.postMessage(3); w.onmessage = e => print(e.data.join());", "true,3"},
    {"OnceListenerLetsItEnd", "const w = W(\"addEventListener('message', () => postMessage('once'), { once: true })\"); w.postMessage(0); w.onmessage = e => print(e.data); w.onclose = () => print('end');", "once; end"},
    {"CloseIsTheLastTask", "const w = W('close(); postMessage(1); setTimeout(() => postMessage(2), 0); Promise.resolve().then(() => postMessage(3))'); w.onmessage = e => print(e.data);", "1; 3"},
    {"UncaughtErrorReachesTheParent", "const w = W('function f() { throw new RangeError(\"bad\") }\\n\\nf()', { name: 'x' }); w.onerror = e => { print(e.message, e.filename, e.lineno, e.colno, e.error instanceof RangeError, e.error.stack.includes('at f ')); return false; };", "Uncaught RangeError: bad [worker x] 1 22 true true"},
    {"ErrorUnhandledAtTheWorkerIsTheParents", "W('throw new Error(\"x\")').addEventListener('close', () => print('end'));", "uncaught Error: x; end"},
    {"ErrorHandledInside", "const w = W('onerror = (m, f, l, c, e) => { postMessage([m, e.message]); return true; }; setTimeout(() => { throw new Error(\"y\") })'); w.onmessage = e => print(e.data.join()); w.onerror = () => print('never');", "Uncaught Error: y,y"},
    {"ErrorEventInside", "const w = W('addEventListener(\"error\", e => { e.preventDefault(); postMessage(e.error) }); setTimeout(() => { throw 7 })'); w.onmessage = e => print(e.data); w.onerror = () => print('never');", "7"},
    {"ErrorInTheErrorHandler", "const w = W('onerror = () => { throw new Error(\"second\") }; setTimeout(() => { throw new Error(\"first\") })'); w.onerror = e => { print(e.message); e.preventDefault(); };", "Uncaught Error: second; Uncaught Error: first"},
    {"ErrorThatCannotBeCloned", "const w = W('throw () => {}'); w.onerror = e => { print(e.message.startsWith('Uncaught'), e.error); e.preventDefault(); };", "true undefined"},
    {"UnhandledRejection", "const w = W('Promise.reject(new TypeError(\"r\"))'); w.onerror = e => { print(e.message); e.preventDefault(); }; w.onclose = () => w.terminate().then(s => print(s));", "Uncaught TypeError: r; 1"},
    {"SyntaxError", "const w = W('let let = 1'); w.onerror = e => { print(e.error.name); e.preventDefault(); };", "SyntaxError"},
    {"WorkerGoesOnAfterAnError", "const w = W('onmessage = e => { if (e.data) throw e.data; postMessage(\"still\"); close(); }'); w.onerror = e => { print(e.message); e.preventDefault(); }; w.onmessage = e => print(e.data); w.postMessage('x'); w.postMessage(0);", "Uncaught x; still"},
    {"MissingFile", "const w = new Worker('/no/such/file.js'); w.onerror = e => { print(e.error.name, e.message.includes('/no/such/file.js')); e.preventDefault(); };", "NetworkError true"},
    {"MissingModule", "const w = new Worker('/no/such/file.mjs', { type: 'module' }); w.onerror = e => { print(e.error.name); e.preventDefault(); };", "TypeError"},
    {"ModuleText", "const w = W('const x = await Promise.resolve(4); postMessage([x, typeof this]); export {}', { type: 'module' }); w.onmessage = e => print(e.data.join());", "4,undefined"},
    {"BadType", "try { W('', { type: 'x' }); } catch (e) { print(e.name); }", "TypeError"},
    {"NoScript", "try { new Worker(); } catch (e) { print(e.name); }", "TypeError"},
    {"TransferThatNoThreadTakes", "const b = new ArrayBuffer(8), { port1, port2 } = new MessageChannel(); try { W('', { workerData: { b, p: port2 }, transferList: [b, port2], resourceLimits: { stack: 2 ** 50 } }); } catch (e) { print(e.name, b.detached, b.byteLength); } port1.onmessage = e => { print(e.data); port1.close(); }; port2.postMessage('kept');", "RangeError false 8; kept"},
    {"TransferToAWorkerThatReadsLate", "const b = new Uint8Array([7, 8]).buffer; const w = W('onmessage = () => { postMessage(new Uint8Array(workerData)[1]); close(); }', { workerData: b, transferList: [b] }); print(b.detached); w.postMessage(0); w.onmessage = e => print(e.data);", "true; 8"},
    {"DataThatCannotBeCloned", "const b = new ArrayBuffer(1); try { W('', { workerData: { b, f() {} }, transferList: [b] }); } catch (e) { print(e.name, b.detached); }", "DataCloneError false"},
    {"Nested", "W('const w = new Worker(\"onmessage = e => { postMessage(e.data * 2); close(); }\", { eval: true }); w.onmessage = e => postMessage(e.data); w.postMessage(21)').onmessage = e => print(e.data);", "42"},
    {"NestedErrorGoesAllTheWay", "W('new Worker(\"throw new Error(\\'deep\\')\", { eval: true })').onerror = e => { print(e.message); e.preventDefault(); };", "Uncaught Error: deep"},
    {"ParentEndsFirst", "W('new Worker(\"for (;;);\", { eval: true }); setTimeout(close, 10)').onclose = () => print('both gone');", "both gone"},
    {"TerminateALoop", "const w = W('postMessage(1); for (;;);'); w.onmessage = () => w.terminate().then(s => print('status', s));", "status 1"},
    {"TerminateAtOnce", "W('for (;;);').terminate().then(s => print('status', s));", "status 1"},
    {"TerminateTwice", "const w = W('for (;;);'); const p = w.terminate(); print(p === w.terminate()); p.then(s => { print(s); w.terminate().then(print); });", "true; 1; 1"},
    {"TerminateCannotBeCaught", "const w = W('try { postMessage(1); for (;;); } catch { postMessage(2) } finally { postMessage(3) }'); w.onmessage = e => { print(e.data); w.terminate().then(() => print('end')); };", "1; end"},
    {"TerminateDropsWhatWasSent", "const w = W('for (let i = 0; i < 1000; i++) postMessage(i); for (;;);'); w.onmessage = e => { print(e.data); w.terminate(); };", "0"},
    {"TerminateInAtomicsWait", "const a = new Int32Array(new SharedArrayBuffer(4)); const w = W('postMessage(0); Atomics.wait(workerData, 0, 0)', { workerData: a }); w.onmessage = () => w.terminate().then(print);", "1"},
    {"MessagesToADeadWorkerVanish", "const w = W(''); w.onclose = () => { w.postMessage(1); print('quiet'); };", "quiet"},
    {"UnrefDoesNotKeepTheParent", "const w = W('for (;;);'); w.unref(); print('end');", "end"},
    {"RefDoesAgain", "const w = W('setTimeout(() => postMessage(1), 10)'); w.unref(); w.ref(); w.onmessage = e => print(e.data);", "1"},
    {"MemoryLimit", "const w = W('const a = []; for (;;) a.push(new Array(1000).fill(0))', { resourceLimits: { memory: 16 << 20 } }); w.onerror = e => { print(e.error.name, e.message.includes('out of memory')); e.preventDefault(); };", "RangeError true"},
    {"StackLimit", "const w = W('let n = 0; function f() { n++; [0].forEach(f); } try { f(); } catch (e) { postMessage([e.name, n > 50 && n < 5000]); }', { resourceLimits: { stack: 512 << 10 } }); w.onmessage = e => print(e.data.join());", "RangeError,true"},
    {"BadLimit", "try { W('', { resourceLimits: { memory: 5 } }); } catch (e) { print(e.name); }", "RangeError"},
    {"BroadcastAcrossWorkers", "const c = new BroadcastChannel('b'); c.onmessage = e => { print(e.data); c.close(); }; W('const c = new BroadcastChannel(\"b\"); c.postMessage(\"hi\"); c.close()');", "hi"},
    {"PortBetweenTwoWorkers", "const { port1, port2 } = new MessageChannel(); const a = W('onmessage = e => { e.ports[0].postMessage(\"from a\"); e.ports[0].close(); close(); }'), b = W('onmessage = e => { const p = e.ports[0]; p.onmessage = m => { postMessage(m.data); p.close(); close(); } }'); a.postMessage(0, [port1]); b.postMessage(0, [port2]); b.onmessage = e => print(e.data);", "from a"},
    {"ManyAtOnce", "let sum = 0, n = 0; for (let i = 0; i < 20; i++) W('postMessage(workerData)', { workerData: i }).onmessage = e => { sum += e.data; if (++n === 20) print(sum); };", "190"},
    {"CollectionWhileItRuns", "(() => { W('let k = []; for (let i = 0; i < 2e5; i++) k[i % 100] = { i }; postMessage(k.length)').onmessage = e => print(e.data); })(); let junk; for (let i = 0; i < 2e5; i++) junk = { junk: i % 10 };", "100"},
    {"SubclassAndHandlersOnInstances", "class K extends Worker { constructor() { super('postMessage(1)', { eval: true }); } } const k = new K(); k.onmessage = function (e) { print(this === k, e.target === k, k instanceof Worker); };", "true true true"},
};
INSTANTIATE_TEST_SUITE_P(Html, Workers, testing::ValuesIn(kCases), [](const auto& info) { return std::string(info.param.name); });

class WorkerFiles : public testing::Test {
protected:
    void SetUp() override {
        char pattern[] = "/tmp/heddle-workers-XXXXXX";
        ASSERT_NE(mkdtemp(pattern), nullptr);
        folder_ = pattern;
    }
    void TearDown() override {
        for (const std::string& file : files_)
            std::remove(file.c_str());
        std::remove(folder_.c_str());
    }
    std::string write(const std::string& name, const std::string& text) {
        std::string path = folder_ + "/" + name;
        std::ofstream(path) << text;
        files_.push_back(path);
        return path;
    }
    std::string folder_;
    std::vector<std::string> files_;
};

TEST_F(WorkerFiles, PathsBeginWhereTheCallingScriptIs) {
    write("worker.js", "importScripts('helper.js', 'helper.js'); postMessage([twice(4), calls]);");
    write("helper.js", "var calls = (globalThis.calls ?? 0) + 1; function twice(n) { return 2 * n; }");
    std::string main = write("main.js", "");
    EXPECT_EQ(run_and_end("new Worker('worker.js').onmessage = e => print(e.data.join());", main.c_str()), "8,2");
}

TEST_F(WorkerFiles, ModulesImport) {
    write("worker.mjs", "import { n } from './other.mjs'; let e; try { importScripts('x'); } catch (x) { e = x.name; } postMessage([n, e, import.meta.url.endsWith('worker.mjs')]);");
    write("other.mjs", "export const n = 9;");
    std::string main = write("main.js", "");
    EXPECT_EQ(run_and_end("new Worker('./worker.mjs', { type: 'module' }).onmessage = e => print(e.data.join());", main.c_str()), "9,TypeError,true");
}

TEST_F(WorkerFiles, ImportScriptsFails) {
    write("worker.js", "try { importScripts('nowhere.js'); } catch (e) { postMessage(e.name); }");
    std::string main = write("main.js", "");
    EXPECT_EQ(run_and_end("new Worker('worker.js').onmessage = e => print(e.data);", main.c_str()), "NetworkError");
}

// A sender that may block waits until the worker has made room; every message arrives, in order.
TEST(WorkerLimits, AFullQueueBlocksTheSender) {
    Engine engine;
    Cluster::of(engine.runtime()).pipes().set_limits({.messages = 4, .bytes = 1 << 20, .blocks = true});
    AgentHost host(engine.runtime(), {});
    Request request(host.agent());
    install_print(host.agent(), *host.realm());
    MUST(Interpreter::of(host.agent())
             .evaluate_script(*host.realm(), SourceText::from_utf8("const w = new Worker('let n = 0; onmessage = e => { if (e.data !== n++) postMessage(\"order\"); if (n === 500) { postMessage(n); close(); } }', { eval: true });"
                                                                   "w.onmessage = e => print(e.data); for (let i = 0; i < 500; i++) w.postMessage(i); print('sent');",
                                                                   "test.js")));
    EventLoop::of(host.agent()).run();
    EXPECT_EQ(Printed::of(host.agent()).text, "sent; 500");
}

TEST(WorkerLimits, ABlockedSenderCanBeTerminated) {
    Engine engine;
    Cluster::of(engine.runtime()).pipes().set_limits({.messages = 4, .bytes = 1 << 20, .blocks = true});
    AgentHost host(engine.runtime(), {});
    Request request(host.agent());
    install_print(host.agent(), *host.realm());
    // The parent never takes what the worker sends: it is busy, and then terminates it.
    MUST(Interpreter::of(host.agent())
             .evaluate_script(*host.realm(), SourceText::from_utf8("const flag = new Int32Array(new SharedArrayBuffer(4));"
                                                                   "const w = new Worker('Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0); for (;;) postMessage(1);', { eval: true, workerData: flag });"
                                                                   "Atomics.wait(flag, 0, 0); Atomics.wait(flag, 0, 1, 20); w.terminate().then(s => print('status', s));",
                                                                   "test.js")));
    EventLoop::of(host.agent()).run();
    EXPECT_EQ(Printed::of(host.agent()).text, "status 1");
}

TEST(WorkerHosts, TheHookRunsBeforeTheScript) {
    Engine engine;
    Cluster::of(engine.runtime())
        .set_worker_hook(
            [](Agent& agent, Realm& realm, void*) { MUST(realm.global_object()->define_direct(agent, MUST(PropertyKey::from_utf8(agent, "given")), Value::int32(5))); }, nullptr);
    AgentHost host(engine.runtime(), {});
    Request request(host.agent());
    install_print(host.agent(), *host.realm());
    MUST(Interpreter::of(host.agent()).evaluate_script(*host.realm(), SourceText::from_utf8("new Worker('postMessage(given)', { eval: true }).onmessage = e => print(e.data)", "test.js")));
    EventLoop::of(host.agent()).run();
    EXPECT_EQ(Printed::of(host.agent()).text, "5");
}

} // namespace
} // namespace heddle::test
