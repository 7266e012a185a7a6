// Scripts on a heap that is short of memory, fails allocations one by one, or collects all the time.
#include "threads/tests/script_host.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace heddle {
namespace {

// A bit of everything that allocates in a way of its own.
constexpr const char* kScript = R"JS(
class Point { #x; constructor(x) { this.#x = x; } get x() { return this.#x; } static of(x) { return new Point(x); } }
function* count(n) { for (let i = 0; i < n; i++) yield { i, text: 'n' + i }; }
const { a, ...rest } = { a: 1, b: [1, 2, 3], ['c' + 1]: Point.of(3) };
let text = '';
for (const { i, text: t } of count(5)) text += `${i}:${t},`;
const list = [...count(3), ...'héllo€'].map((x, i) => [x, i]).filter(([, i]) => i % 2);
const map = new Map([[1, 'one'], ['two', 2]]);
const json = JSON.stringify({ list, text, nested: { deep: [null, 1.5, -0] } });
const big = (2n ** 100n + 12345678901234567890n).toString();
let caught = '';
try { null.x; } catch (e) { caught = e.name; } finally { caught += '!'; }
const bytes = new Uint8Array(64).fill(7);
const f = new Function('p', 'return p + 1');
const g = eval('(function () { return arguments.length })');
Promise.resolve(1).then(x => { map.set('job', x); });
(async () => { await null; map.set('async', 1); })();
var result = [rest.c1.x, text.length, list.length, map.size, JSON.parse(json).nested.deep[1], big, caught, bytes[63],
              f(1), g(1, 2), Object.keys(rest).sort().reverse().join(), 'abc'.replace('b', x => x.toUpperCase())].join(' ');
result
)JS";

const char* const kExpected = "3 25 4 2 1.5 1267650600240575080397937773266 TypeError! 7 2 2 c1,b aBc";

TEST(ScriptMemory, TheScriptGivesWhatItShould) {
    test::ScriptHost host;
    EXPECT_EQ(host.evaluate(kScript), kExpected);
}

TEST(ScriptMemory, CollectingAtEveryAllocationChangesNothing) {
    AgentOptions options;
    options.heap.gc_stress = 1;
    options.heap.verify = true;
    test::ScriptHost host(options);
    EXPECT_EQ(host.evaluate(kScript), kExpected);
    EventLoop::of(host.agent()).run();
    EXPECT_EQ(host.evaluate("map.get('job') + map.get('async')"), "2");
}

// The agents of one engine, so that the block pool can be looked at after each.
TEST(ScriptMemory, AnyOneAllocationMayFail) {
    Engine engine;
    int threw = 0;
    for (uint64_t n = 1; n <= 500; ++n) {
        {
            AgentHost agent_host(engine.runtime(), {});
            ASSERT_NE(agent_host.realm(), nullptr);
            Agent& agent = agent_host.agent();
            Request request(agent);
            test::install_print(agent, *agent_host.realm());
            agent.heap().set_fail_allocation(n);
            Result<Value> result = Interpreter::of(agent).evaluate_script(
                *agent_host.realm(), SourceText::from_utf8(kScript, "test.js"));
            if (result.threw()) {
                ++threw;
                std::string error = test::shown(agent, agent.take_exception());
                // The script catches in one place; there the error may surface as its own result.
                EXPECT_NE(error.find("out of memory"), std::string::npos) << n << ": " << error;
            } else {
                std::string text = test::shown(agent, result.release());
                EXPECT_TRUE(text == kExpected || text.find("RangeError!") != std::string::npos)
                    << n << ": " << text;
            }
            EXPECT_FALSE(agent.has_exception()) << n;
            EventLoop::of(agent).run();
            // The agent works on.
            agent.heap().set_fail_allocation(0);
            Result<Value> after = Interpreter::of(agent).evaluate_script(
                *agent_host.realm(), SourceText::from_utf8("[1, 2].map(x => x * 2).join()", "after.js"));
            ASSERT_FALSE(after.threw()) << n << ": " << test::shown(agent, agent.take_exception());
            EXPECT_EQ(test::shown(agent, after.release()), "2,4");
#ifdef HEDDLE_CHECKED
            if (n % 16 == 0) agent.heap().verify();
#endif
        }
        ASSERT_EQ(engine.runtime().block_pool().blocks_in_use(), 0u) << n;
    }
    EXPECT_GT(threw, 350);
}

TEST(ScriptMemory, ARealmThatDoesNotFitIsRefused) {
    Engine engine;
    for (uint64_t n = 1; n <= 200; ++n) {
        {
            AgentOptions options;
            options.heap.fail_allocation = n;
            AgentHost host(engine.runtime(), options);
            Request request(host.agent());
            EXPECT_FALSE(host.agent().has_exception()) << n;
        }
        ASSERT_EQ(engine.runtime().block_pool().blocks_in_use(), 0u) << n;
    }
}

class Limited : public testing::TestWithParam<const char*> {};

// Programs that eat memory without end: each gets a RangeError that it can catch, and the agent works on.
TEST_P(Limited, TheLimitIsARangeError) {
    AgentOptions options;
    options.heap.limit_bytes = 16 << 20;
    test::ScriptHost host(options);
    std::string code = fmt::format(
        "(() => {{ try {{ {} }} catch (e) {{ return e instanceof RangeError || String(e); }} }})()",
        GetParam());
    EXPECT_EQ(host.evaluate(code), "true");
    EXPECT_EQ(host.evaluate("[3, 1, 2].sort().join() + `${{}}`"), "1,2,3[object Object]");
#ifdef HEDDLE_CHECKED
    host.agent().heap().collect();
    host.agent().heap().verify();
#endif
}

INSTANTIATE_TEST_SUITE_P(
    Eaters, Limited,
    testing::Values(
        "let a = null; for (;;) a = { a };", "const a = []; for (;;) a.push(a.length + 0.5);",
        "const a = {}; for (let i = 0;; i++) a['k' + i] = i;", "let s = 'x'; for (;;) s += s + s;",
        "const m = new Map(); for (let i = 0;; i++) m.set(i, i);",
        "const a = []; for (;;) a.push(new ArrayBuffer(100000));", "const a = []; for (;;) a.push(() => a);",
        "const a = []; for (;;) a.push(Symbol());", "let b = 1n; for (;;) b *= b + 3n;",
        "const a = []; for (;;) a.push('a' + a.length, `${a.length}`.repeat(50));",
        "const a = []; for (;;) { const g = (function* () { yield; })(); g.next(); a.push(g); }",
        "let p = {}; for (;;) p = Object.create(p, { x: { get() {} } });",
        "const a = []; for (;;) a.push(new Promise(r => a.push(r)));",
        "return [...(function* () { for (;;) yield 1.5; })()];", "return 'x'.repeat(2 ** 28).split('');",
        "const a = []; for (;;) a.push(new Proxy({}, {}));",
        "const a = []; for (;;) a.push(eval('(function () { 1; })'));",
        "const s = new Set(); for (;;) s.add({});", "const a = []; a.length = 1000; for (;;) a.push(...a);",
        "return JSON.stringify(new Array(2 ** 24).fill('abc'));", "return new Array(2 ** 25).fill(0);",
        "const a = []; for (;;) a.push(new Error('x'));", "const o = { ...'x'.repeat(1e7) }; return o;"));

} // namespace
} // namespace heddle
