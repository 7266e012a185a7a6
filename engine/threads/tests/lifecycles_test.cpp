// Random lives of agents and workers, many at once, disturbed by threads that start, stop, terminate and join them in any
// order: whatever happens, nothing is left behind. HEDDLE_LIFECYCLES sets how many (300 when it is not set).
#include "sync/blocking_region.h"
#include "threads/cluster.h"
#include "threads/tests/script_host.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

namespace heddle::test {
namespace {

// What a life may be. `W` starts a worker from source text, `near` and `far` are entangled ports.
constexpr const char* kPrelude = "const W = (text, data, list) => { const w = new Worker(text, { eval: true, workerData: data, transferList: list }); w.onerror = e => e.preventDefault(); return w; };"
                                 "const { port1: near, port2: far } = new MessageChannel();";
constexpr const char* kLives[] = {
    "for (;;);",
    "",
    "throw new Error('x');",
    "near.onmessage = () => {};",
    "far.postMessage({ a: [1, 2, 3] }); far.postMessage(new ArrayBuffer(1000));",
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
    "Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5).value.then(() => {});",
    "setInterval(() => far.postMessage(1), 1); near.onmessage = () => {};",
    "W('for (;;);');",
    "W('postMessage(1)').onmessage = e => e.target.terminate();",
    "const w = W('onmessage = e => postMessage(e.data)'); w.onmessage = e => w.postMessage(e.data); w.postMessage(new Uint8Array(100));",
    "W('new Worker(\"onmessage = () => {}\", { eval: true }); for (;;) new ArrayBuffer(100000);');",
    "const w = W('workerData.postMessage(1); workerData.onmessage = () => {}', far, [far]); near.onmessage = e => { near.postMessage(2); };",
    "for (let i = 0; i < 3; i++) W('postMessage(2); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)').terminate();",
    "const c = new BroadcastChannel('b'); c.onmessage = () => c.postMessage(1); c.postMessage(new ArrayBuffer(64)); W('const c = new BroadcastChannel(\"b\"); c.onmessage = e => c.postMessage(e.data); c.postMessage(0)');",
    "let k = []; for (;;) { k.push({ k }); if (k.length > 1000) k = []; }",
    "W('close(); for (;;);'); near.postMessage(0, [far]);",
    "const p = []; for (let i = 0; i < 20; i++) { const c = new MessageChannel(); c.port1.onmessage = () => {}; c.port2.postMessage(i); p.push(c); } setTimeout(() => { for (const c of p) c.port1.close(); near.close(); }, 1);",
    "W('onmessage = e => { e.data.onmessage = m => m.target.close(); e.data.postMessage(3); }').postMessage(far, [far]); near.onmessage = e => near.postMessage(e.data);",
    "Promise.reject(1); queueMicrotask(() => { throw 2; });",
};

void run_life(AgentHost& host, const char* code) {
    Agent& agent = host.agent();
    agent.set_uncaught_handler([](Agent&, Value, void*) {}, nullptr);
    std::string text = std::string(kPrelude) + code;
    Result<Value> result = Interpreter::of(agent).evaluate_script(*host.realm(), SourceText::from_utf8(text, "life.js"));
    if (result.threw() && !agent.is_terminating()) (void)agent.take_exception();
    EventLoop::of(agent).run();
}

TEST(Lifecycles, LeaveNothingBehind) {
    const char* given = std::getenv("HEDDLE_LIFECYCLES");
    const int count = given ? std::atoi(given) : 300;
    std::mt19937 random(20240527);
    auto below = [&](unsigned n) { return random() % n; };
    auto pause = [&](unsigned microseconds) { sync::sleep_until(sync::now().after_nanoseconds(static_cast<int64_t>(below(microseconds)) * 1000)); };
    Engine engine;
    Cluster& cluster = Cluster::of(engine.runtime());
    int done = 0;
    while (done < count) {
        int batch = 1 + static_cast<int>(below(4));
        std::vector<std::shared_ptr<AgentThread>> threads;
        for (int i = 0; i < batch; i++) {
            const char* code = kLives[below(std::size(kLives))];
            AgentThread::Options options;
            options.agent.name = "life";
            options.agent.heap.limit_bytes = size_t{32} << 20;
            auto thread = AgentThread::create(engine.runtime(), std::move(options), [code](AgentHost& host) { run_life(host, code); });
            if (below(10) == 0) thread->terminate(); // never starts
            EXPECT_EQ(thread->start(), !thread->terminate_was_asked());
            threads.push_back(std::move(thread));
            if (below(3) == 0) pause(500);
        }
        // Two threads meddle at once.
        sync::Thread other;
        auto meddle = [&](unsigned seed) {
            std::mt19937 own(seed);
            for (int i = 0; i < 6; i++) {
                AgentThread& thread = *threads[own() % threads.size()];
                switch (own() % 6) {
                case 0: thread.ask_to_stop(); break;
                case 1: thread.terminate(); break;
                case 2: (void)thread.wait_until_ended(sync::now().after_milliseconds(1)); break;
                case 3: (void)cluster.interrupt(thread.agent_id()); break;
                case 4: (void)cluster.set_deadline(thread.agent_id() ? thread.agent_id() : 1, sync::now().after_milliseconds(1)); break;
                default: sync::sleep_until(sync::now().after_nanoseconds(own() % 1'000'000)); break;
                }
            }
        };
        unsigned seed = static_cast<unsigned>(random());
        ASSERT_TRUE(other.start({.name = "meddler"}, [&] { meddle(seed); }));
        meddle(seed + 1);
        other.join();
        for (auto& thread : threads)
            thread->terminate();
        if (below(4) == 0) cluster.end_children(threads[0]->agent_id());
        for (auto& thread : threads)
            EXPECT_EQ(thread->join(), thread->state() != AgentThread::State::Created);
        done += batch;
        LeakCounts left = cluster.leak_counts();
        ASSERT_TRUE(left.all_zero()) << "after " << done << ": " << left.to_string();
    }
}

// The host leaves with agents still running: the engine ends them.
TEST(Lifecycles, TheEngineMayGoAtAnyTime) {
    std::mt19937 random(7);
    for (int i = 0; i < 20; i++) {
        Engine engine;
        for (int n = 0; n < 3; n++) {
            const char* code = kLives[random() % std::size(kLives)];
            ASSERT_TRUE(AgentThread::create(engine.runtime(), {}, [code](AgentHost& host) { run_life(host, code); })->start());
        }
        sync::sleep_until(sync::now().after_nanoseconds(random() % 2'000'000));
    }
}

} // namespace
} // namespace heddle::test
