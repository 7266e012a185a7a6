// Object, Function, Symbol, Proxy and Promise: growth that script controls, and order that test262 does not
// pin down.
#include "builtins/tests/running.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

TEST(Symbol, RegistryGrows) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("{ let same = true; const first = []; for (let i = 0; i < 3000; ++i) "
                         "first.push(Symbol.for('k' + i));"
                         "  for (let i = 0; i < 3000; ++i) same &&= Symbol.for('k' + i) === first[i] && "
                         "Symbol.keyFor(first[i]) === 'k' + i; same }"),
              "true");
}

TEST(Function, LongChainsThrow) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("{ let f = () => 1; for (let i = 0; i < 100000; ++i) f = f.bind(null); try { f() } "
                         "catch (e) { e.name } }"),
              "RangeError");
    EXPECT_EQ(runner.run("{ let p = {}; for (let i = 0; i < 100000; ++i) p = new Proxy(p, {}); try { p.x } "
                         "catch (e) { e.name } }"),
              "RangeError");
    EXPECT_EQ(runner.run("try { Math.max.apply(null, {length: 2 ** 40}) } catch (e) { e.name }"),
              "RangeError");
}

TEST(Function, TextOfNativeFunctions) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("Object.keys.toString()"), "function keys() { [native code] }");
    EXPECT_EQ(runner.run("Object.getOwnPropertyDescriptor(Symbol.prototype, 'description').get.toString()"),
              "function get description() { [native code] }");
    EXPECT_EQ(runner.run("Object.defineProperty(() => 1, 'name', {value: 'a b'}).bind().toString()"),
              "function () { [native code] }");
}

TEST(Object, PrototypeIsImmutable) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("Reflect.setPrototypeOf(Object.prototype, {})"), "false");
    EXPECT_EQ(runner.run("Reflect.setPrototypeOf(Object.prototype, null)"), "true");
}

TEST(Error, StackNamesTheFrames) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("function outer() { return inner(); }\nfunction inner() { return new "
                         "TypeError('x').stack; }\nouter()"),
              "TypeError: x\n    at inner (test.js:2:27)\n    at outer (test.js:1:27)\n    at test.js:3:1");
    EXPECT_EQ(runner.run("Object.hasOwn(new Error('x'), 'stack')"), "false");
}

TEST(Promise, SettlesInOrder) {
    ScriptRunner runner;
    runner.run(
        "var log = [];"
        "Promise.all([1, Promise.resolve(2)]).then(v => log.push('all ' + v));"
        "Promise.any([Promise.reject(1), Promise.reject(2)]).catch(e => log.push(e.name + ' ' + e.errors));"
        "Promise.allSettled([Promise.reject(1), 2]).then(v => log.push(v.map(r => r.status).join()));"
        "Promise.race([new Promise(() => 0), 3]).then(v => log.push('race ' + v));"
        "Promise.try(() => { throw 4; }).finally(() => log.push('finally')).catch(e => log.push('caught ' + "
        "e));");
    EXPECT_EQ(runner.run("log.join(';')"),
              "finally;all 1,2;AggregateError 1,2;rejected,fulfilled;race 3;caught 4");
}

TEST(Intrinsics, EveryCreatorSurvivesMemoryRunningOut) {
    for (uint64_t nth = 1; nth < 3000; nth = nth + 1 + nth / 8) {
        ScriptRunner runner;
        runner.agent().heap().set_fail_allocation(nth);
        std::string result = runner.run("for (const name of Object.getOwnPropertyNames(globalThis)) "
                                        "Object.getOwnPropertyNames(Object(globalThis[name])); 'done'");
        runner.agent().heap().set_fail_allocation(0);
        EXPECT_TRUE(result == "done" || result.find("RangeError") != std::string::npos)
            << nth << ": " << result;
        // No intrinsic was left half made.
        EXPECT_EQ(runner.run("typeof Object.keys + typeof JSON.parse + typeof Promise.all"),
                  "functionfunctionfunction")
            << nth;
    }
}

} // namespace
} // namespace heddle
