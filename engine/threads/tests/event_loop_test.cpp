// Event loops: jobs before tasks, timers in order, tasks from other threads, and termination that reaches an
// agent wherever it is.
#include "threads/tests/script_host.h"

#include "sync/blocking_region.h"
#include "sync/clock.h"
#include "sync/thread.h"
#include "threads/cluster.h"

#include <gtest/gtest.h>

#include <atomic>

namespace heddle::test {
namespace {

EventLoop::Task printing(const char* text) {
    return [text](Agent& agent) { Printed::of(agent).add(text); };
}

TEST(EventLoop, JobsDrainBeforeAndAfterEachTask) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    auto task = [&host](const char* code) { return [&host, code](Agent&) { host.evaluate(code); }; };
    loop.post(task(
        "print('task 1'); Promise.resolve().then(() => print('job of 1')).then(() => print('and its job'))"));
    loop.post(task("print('task 2')"));
    EXPECT_EQ(host.run("Promise.resolve().then(() => print('job of the script')); print('script');"),
              "script; job of the script; task 1; job of 1; and its job; task 2");
}

TEST(EventLoop, TimersRunInOrderOfTimeAndThenOfInsertion) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    sync::MonotonicTime now = sync::now();
    loop.add_timer(now.after_milliseconds(20), printing("late"));
    loop.add_timer(now.after_milliseconds(5), printing("a"));
    loop.add_timer(now.after_milliseconds(5), printing("b"));
    EventLoop::TimerId cancelled = loop.add_timer(now.after_milliseconds(1), printing("never"));
    loop.add_timer(now.after_milliseconds(1), [cancelled](Agent& agent) {
        Printed::of(agent).add("first");
        EXPECT_FALSE(EventLoop::of(agent).cancel_timer(cancelled));
    });
    EXPECT_TRUE(loop.cancel_timer(cancelled));
    EXPECT_FALSE(loop.cancel_timer(cancelled));
    loop.add_timer(now.after_milliseconds(1000000), printing("unreferenced"), false);
    EXPECT_EQ(host.run(""), "first; a; b; late");
}

TEST(EventLoop, TasksFromOtherThreadsWakeIt) {
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    loop.keep_alive();
    sync::Thread thread;
    ASSERT_TRUE(thread.start({.name = "poster"}, [&] {
        for (int i = 0; i < 100; ++i)
            loop.post([](Agent& agent) { Printed::of(agent).add("t"); });
        loop.post([](Agent& agent) { EventLoop::of(agent).release_keep_alive(); });
    }));
    std::string printed = host.run("");
    {
        sync::BlockingRegion region;
        thread.join();
    }
    EXPECT_EQ(printed.size(), 100 + 99 * 2u);
}

TEST(EventLoop, AClosedLoopDestroysWhatComes) {
    auto owned = std::make_shared<int>(1);
    ScriptHost host;
    EventLoop& loop = EventLoop::of(host.agent());
    loop.post([owned](Agent&) {});
    loop.add_timer(sync::now().after_milliseconds(1), [owned](Agent&) {});
    EXPECT_EQ(owned.use_count(), 3);
    loop.close();
    EXPECT_EQ(owned.use_count(), 1);
    loop.post([owned](Agent&) {});
    EXPECT_EQ(owned.use_count(), 1);
}

TEST(EventLoop, AnExceptionInATaskIsReportedAndTheNextRuns) {
    ScriptHost host;
    EXPECT_EQ(
        host.run(
            "Promise.resolve().then(() => { print('a'); null.x; }).catch(e => print(e.name)); queue = 1;"),
        "a; TypeError");
}

// --- termination
// --------------------------------------------------------------------------------------------

struct Endless {
    const char* name;
    const char* code;
    bool cannot_block = false;
};
void PrintTo(const Endless& each, std::ostream* out) {
    *out << each.name;
}

class Termination : public testing::TestWithParam<Endless> {};

/// Set by `reached()` in the script: the victim is where the test wants it.
std::atomic<bool> reached_mark;

Result<Value> reached(Agent&, const Arguments&) {
    reached_mark = true;
    return Value::undefined();
}

TEST_P(Termination, ReachesTheAgent) {
    reached_mark = false;
    Engine engine;
    std::atomic<uint64_t> victim_id = 0;
    std::string outcome;
    std::string after;
    sync::Thread victim;
    ASSERT_TRUE(victim.start({.name = "victim"}, [&] {
        AgentOptions options;
        options.heap.limit_bytes = size_t{256} << 20;
        AgentHost host(engine.runtime(), options);
        Agent& agent = host.agent();
        Request request(agent);
        install_print(agent, *host.realm());
        const FunctionEntry functions[] = {{MUST(PropertyKey::from_utf8(agent, "reached")), reached, 0}};
        MUST(define_functions(agent, *host.realm(), host.realm()->global_object(), functions));
        victim_id = agent.id();
        auto run = [&](std::string_view code) {
            return Interpreter::of(agent).evaluate_script(*host.realm(),
                                                          SourceText::from_utf8(code, "victim.js"));
        };
        Result<Value> result = run(GetParam().code);
        if (!result.threw()) EventLoop::of(agent).run();
        outcome = agent.is_terminating() ? "terminated"
                  : result.threw()       ? "threw " + shown(agent, agent.take_exception())
                                         : "ended";
        outcome += Printed::of(agent).text;
        // The owner may go on with the agent.
        agent.clear_termination();
        Result<Value> again = run("[1, 2].map(x => x * 2).join()");
        after = again.threw() ? "threw" : shown(agent, again.release());
    }));
    while (!reached_mark)
        sync::sleep_until(sync::now().after_milliseconds(1));
    // Most cases are inside the loop by now; the wait makes the rest of them likely, and no outcome depends
    // on it.
    sync::sleep_until(sync::now().after_milliseconds(10));
    EXPECT_TRUE(Cluster::of(engine.runtime()).terminate(victim_id));
    victim.join();
    EXPECT_EQ(outcome, "terminated");
    EXPECT_EQ(after, "2,4");
    EXPECT_FALSE(Cluster::of(engine.runtime()).terminate(victim_id)) << "the agent has left the cluster";
    EXPECT_EQ(engine.runtime().block_pool().blocks_in_use(), 0u);
}

const Endless kEndless[] = {
    {"Loop", "reached(); for (;;);"},
    {"LoopWithCatchAndFinally",
     "reached(); for (;;) try { for (;;); } catch { print('caught'); } finally { print('finally'); }"},
    {"Recursion", "reached(); function f(n) { if (n) f(n - 1); } for (;;) f(100);"},
    {"NativeCallback", "reached(); [1].map(() => { for (;;); });"},
    {"Sort", "reached(); for (;;) [3, 2, 1].sort(() => 1);"},
    {"Getter", "({ get x() { reached(); for (;;); } }).x;"},
    {"ProxyTrap", "new Proxy({}, { get() { reached(); for (;;); } }).x;"},
    {"Generator", "function* g() { try { for (;;) yield; } finally { print('finally'); } } reached(); for "
                  "(const x of g());"},
    {"Job", "Promise.resolve().then(() => { reached(); for (;;); });"},
    {"JobsForEver", "reached(); (function f() { Promise.resolve().then(f); })();"},
    {"AsyncFunction",
     "(async () => { try { reached(); for (;;) await null; } finally { print('finally'); } })();"},
    {"AtomicsWait", "const a = new Int32Array(new SharedArrayBuffer(4)); reached(); Atomics.wait(a, 0, 0);"},
    {"AtomicsWaitInFinally", "const a = new Int32Array(new SharedArrayBuffer(4)); try { throw 1; } finally { "
                             "reached(); for (;;) Atomics.wait(a, 0, 0, 1e9); }"},
    {"LongIndexOf", "reached(); Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);"},
    {"LongFill",
     "reached(); Array.prototype.fill.call(new Proxy({ length: 2 ** 53 - 1 }, { set: () => true }), 1);"},
    {"LongForEach", "reached(); Array.prototype.forEach.call({ length: 2 ** 53 - 1 }, () => {});"},
    {"LongReverse", "reached(); Array.prototype.reverse.call({ length: 2 ** 53 - 1 });"},
    {"LongJoin", "reached(); for (;;) try { new Array(2 ** 27).join('');  } catch {}"},
    {"LongBigInt", "reached(); for (;;) 3n ** 1000000n;"},
    {"LongBigIntText", "const b = 7n ** 4000000n; reached(); for (;;) b.toString();"},
    {"Repeat", "reached(); for (;;) 'x'.repeat(2 ** 22).indexOf('xy');"},
    {"SortWithoutComparator", "const a = Array.from({ length: 2e5 }, (_, i) => i * 7919 % 200003); reached(); for (;;) a.slice().sort();"},
    {"SearchInALongString", "const s = 'ab'.repeat(1 << 22); reached(); for (;;) s.includes('abb') || s.split('abb');"},
    {"ParseOfALargeScript", "const t = 'function f() { return [1, 2, 3].map(x => x + 1); }\\n'.repeat(1e4); reached(); for (;;) (0, eval)(t);"},
    {"StructuredClone", "const a = Array.from({ length: 1e5 }, (_, i) => ({ i })); reached(); for (;;) structuredClone(a);"},
    {"MessagesToItself", "const { port1, port2 } = new MessageChannel(); port1.onmessage = () => port2.postMessage(1); port2.postMessage(1); reached();"},
    {"Eval", "reached(); for (;;) eval('1 + 1');"},
    {"EndlessIterator", "reached(); new Set({ [Symbol.iterator]: () => ({ next: () => ({ value: 1 }) }) });"},
    {"ArrayFromEndless", "reached(); Array.from({ [Symbol.iterator]: () => ({ next: () => ({ get value() { "
                         "for (;;); } }) }) });"},
};
INSTANTIATE_TEST_SUITE_P(Endless, Termination, testing::ValuesIn(kEndless),
                         [](const testing::TestParamInfo<Endless>& info) {
                             return std::string(info.param.name);
                         });

TEST(Termination, WakesAnIdleEventLoop) {
    Engine engine;
    std::atomic<uint64_t> victim_id = 0;
    bool terminating = false;
    sync::Thread victim;
    ASSERT_TRUE(victim.start({.name = "idle"}, [&] {
        AgentHost host(engine.runtime(), {});
        Request request(host.agent());
        EventLoop& loop = EventLoop::of(host.agent());
        loop.keep_alive();
        victim_id = host.agent().id();
        loop.run();
        terminating = host.agent().is_terminating();
    }));
    while (victim_id == 0)
        sync::sleep_until(sync::now().after_milliseconds(1));
    sync::sleep_until(sync::now().after_milliseconds(20));
    EXPECT_TRUE(Cluster::of(engine.runtime()).terminate(victim_id));
    victim.join();
    EXPECT_TRUE(terminating);
}

TEST(Cluster, UnknownAgentsAreRefused) {
    ScriptHost host;
    Cluster& cluster = Cluster::of(host.runtime());
    auto owned = std::make_shared<int>(1);
    EXPECT_EQ(cluster.agent_count(), 1u);
    EXPECT_FALSE(cluster.terminate(host.agent().id() + 1000));
    EXPECT_FALSE(cluster.post(host.agent().id() + 1000, [owned](Agent&) {}));
    EXPECT_EQ(owned.use_count(), 1);
}

} // namespace
} // namespace heddle::test
