// Map and Set while they change under a walk, and the weak collections across collections.
#include "builtins/tests/running.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace heddle {
namespace {

TEST(Map, WalksSurviveEveryChange) {
    ScriptRunner runner;
    EXPECT_EQ(
        runner.run(
            "let seen = []; let m = new Map([[1], [2], [3]]);"
            "m.forEach((v, k) => { seen.push(k); m.delete(k); if (k < 40) m.set(k + 3); }); seen.join()"),
        runner.run("Array.from({length: 42}, (_, i) => i + 1).join()"));
    EXPECT_EQ(runner.run("let s = new Set([1, 2, 3]); let out = []; for (let x of s) { out.push(x); if (x "
                         "=== 2) { s.clear(); s.add(9); } } out.join()"),
              "1,2,9");
    EXPECT_EQ(
        runner.run(
            "let t = new Set([1]); let it = t.values(); it.next(); it.next(); t.add(2); it.next().done"),
        "true");
}

// Against the definition: a list of entries, searched from its beginning.
TEST(Map, BehavesAsAListOfEntries) {
    ScriptRunner runner;
    runner.run(
        "function check(operations) {"
        "  let map = new Map(), list = [];"
        "  let keys = [0, -0, NaN, 'a', 'a' + 'b', 1n, 2n ** 70n, {}, Symbol(), null, undefined, 1.5, 'ab', "
        "true, 2n ** 70n + 0n];"
        "  let find = k => list.findIndex(e => Object.is(e[0], k) || e[0] === k);"
        "  for (let o of operations) {"
        "    let k = keys[o % keys.length], v = o; let at = find(k);"
        "    if (o % 3) { map.set(k, v); if (at < 0) list.push([k === 0 ? 0 : k, v]); else list[at][1] = v; }"
        "    else if (map.delete(k) !== at >= 0) return 'delete';"
        "    else if (at >= 0) list.splice(at, 1);"
        "    if (o % 101 === 0) { map.clear(); list = []; }"
        "    let got = [...map];"
        "    if (got.length !== list.length || got.length !== map.size) return 'size';"
        "    for (let i = 0; i < got.length; i++)"
        "      if (!Object.is(got[i][0], list[i][0]) || got[i][1] !== list[i][1]) return 'entry ' + i;"
        "  } return 'same'; }");
    EXPECT_TRUE(rc::check("Map is its list", [&](const std::vector<uint16_t>& operations) {
        std::string list;
        for (uint16_t operation : operations)
            list += fmt::format("{},", operation);
        RC_ASSERT(runner.run("check([" + list + "])") == "same");
    }));
}

TEST(WeakMap, KeepsAChainOfEphemeronsAndDropsTheRest) {
    ScriptRunner runner;
    runner.run(
        "var head = {}, weak = new WeakMap(), refs = [];"
        "{ let at = head; for (let i = 0; i < 50; i++) { let next = {i}; weak.set(at, next); at = next; } }"
        "(function () { for (let i = 0; i < 50; i++) { let key = {}; weak.set(key, {key}); refs.push(new "
        "WeakRef(key)); } })()");
    runner.agent().heap().collect();
    EXPECT_EQ(runner.run("let at = head, n = 0; while (weak.has(at)) { at = weak.get(at); n++; } n"), "50");
    // The conservative scan may find a few of the keys on the stack.
    EXPECT_GE(std::stoi(runner.run("refs.filter(r => r.deref() === undefined).length")), 40);
}

TEST(FinalizationRegistry, CallsBackAfterTheJobsAndNeverInsideACollection) {
    ScriptRunner runner;
    runner.run("var log = []; var registry = new FinalizationRegistry(held => log.push(held));"
               "(function () { for (let i = 0; i < 50; i++) registry.register({}, i); })();"
               "var kept = {}; registry.register(kept, 'kept'); var token = {}; registry.register({}, "
               "'unregistered', token);"
               "registry.unregister(token);");
    runner.agent().heap().collect();
    EXPECT_EQ(runner.run("log.length"), "0"); // run() drains the jobs when the script is over
    EXPECT_GE(std::stoi(runner.run("log.length")), 40);
    EXPECT_EQ(runner.run("log.includes('kept') || log.includes('unregistered')"), "false");
}

} // namespace
} // namespace heddle
