// Programs that ask for too much: depth, size, length. Each ends in an exception that the script can catch.
#include "interpreter/tests/script_table.h"

#include <cstdio>
#include <fmt/core.h>
#include <sys/resource.h>

namespace heddle::test {
namespace {

class Limits : public testing::TestWithParam<ScriptCase> {};

TEST_P(Limits, AreExceptions) {
    AgentOptions options;
    options.heap.limit_bytes = size_t{512} << 20;
    ScriptHost host(options);
    std::string code = fmt::format(
        "try {{ (() => {{ {} }})(); print('no limit'); }} catch (e) {{ print(e.name); }}", GetParam().code);
    EXPECT_EQ(host.run(code), GetParam().printed);
    EXPECT_EQ(host.run("print([1, 2].map(x => x + 1).join())"), "2,3") << "the agent works on";
}

const ScriptCase kDepth[] = {
    {"Functions", "function f() { return f() + 1; } f();", "RangeError"},
    {"TailPosition", "function f(n) { return f(n + 1); } f(0);", "RangeError"},
    {"ManyArguments", "function f(...a) { return f(...a, 1, 2, 3, 4, 5, 6, 7, 8); } f();", "RangeError"},
    {"Constructors", "class A { constructor() { new A(); } } new A();", "RangeError"},
    {"DerivedFields", "class A { x = new B(); } class B extends A {} new B();", "RangeError"},
    {"Getters", "const o = { get x() { return this.x; } }; o.x;", "RangeError"},
    {"ToString", "const o = { toString() { return `${this}`; } }; String(o);", "RangeError"},
    {"ToPrimitive", "const o = { valueOf() { return +this; } }; +o;", "RangeError"},
    {"NativeCallbacks", "const f = () => [1].map(f); f();", "RangeError"},
    {"SortCallbacks", "const f = () => [2, 1].sort(f); f();", "RangeError"},
    {"ReflectApply", "const f = () => Reflect.apply(f, null, []); f();", "RangeError"},
    {"Bound", "let f = () => 1; for (let i = 0; i < 200000; i++) f = f.bind(null); f();", "RangeError"},
    {"ProxyChain", "let p = {}; for (let i = 0; i < 200000; i++) p = new Proxy(p, {}); p.x;", "RangeError"},
    {"ProxyChainOfPrototypes",
     "let p = new Proxy({}, {}); for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); "
     "Object.getPrototypeOf(p); 'x' in p;",
     "RangeError"},
    {"ProxyIsItsOwnPrototype", "const p = new Proxy({}, {}); Object.setPrototypeOf(p, p); p.x;",
     "RangeError"},
    {"Eval", "const f = () => eval('f()'); f();", "RangeError"},
    {"Generators", "function* g() { yield* g(); } g().next();", "RangeError"},
    {"Replace", "const f = () => 'x'.replace('x', f); f();", "RangeError"},
    {"JsonParse", "JSON.parse('['.repeat(1e6));", "RangeError"},
    {"JsonStringify", "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; JSON.stringify(a);", "RangeError"},
    {"Flat", "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; a.flat(Infinity);", "RangeError"},
    {"JoinNested", "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; a.join();", "RangeError"},
    {"ErrorsInHandlers",
     "function f() { try { f(); } catch (e) { f(); } } let n = 0; (function g() { try { g(); } finally { "
     "n++; } })();",
     "RangeError"},
    {"Instanceof",
     "let f = class { static [Symbol.hasInstance](v) { return v instanceof f; } }; ({}) instanceof f;",
     "RangeError"},
};
INSTANTIATE_TEST_SUITE_P(Depth, Limits, testing::ValuesIn(kDepth), case_name);

const ScriptCase kSource[] = {
    {"Parentheses", "eval('('.repeat(1e6) + '1' + ')'.repeat(1e6));", "RangeError"},
    {"Arrays", "eval('['.repeat(1e6));", "RangeError"},
    {"Objects", "eval('x = ' + '{a:'.repeat(1e6));", "RangeError"},
    {"Blocks", "eval('{'.repeat(1e6));", "RangeError"},
    {"Functions", "eval('function f(){'.repeat(1e5));", "RangeError"},
    {"Arrows", "eval('a=>'.repeat(1e6) + '1');", "RangeError"},
    {"Templates", "eval('`${'.repeat(1e6));", "RangeError"},
    {"Unary", "eval('!'.repeat(1e6) + '1');", "RangeError"},
    {"Assignments", "eval('a='.repeat(1e6) + '1');", "RangeError"},
    {"Exponents", "eval('1**'.repeat(1e6) + '1');", "RangeError"},
    {"Conditionals", "eval('1?'.repeat(1e6) + '1');", "RangeError"},
    {"Ifs", "eval('if(1)'.repeat(1e6) + ';');", "RangeError"},
    {"Elses", "eval('if(0);else '.repeat(3e5) + ';');", "RangeError"},
    {"Labels", "eval(Array.from({ length: 1e5 }, (_, i) => 'l' + i + ':').join('') + ';');", "RangeError"},
    {"Members", "eval('var a; a' + '.b'.repeat(1e6));", "RangeError"},
    {"Calls", "eval('a' + '()'.repeat(1e6));", "RangeError"},
    {"New", "eval('new '.repeat(1e6) + 'a');", "RangeError"},
    {"Patterns", "eval('[' .repeat(5e5) + 'a' + ']'.repeat(5e5) + '=[]');", "RangeError"},
    {"Classes", "eval('class A extends '.repeat(1e5) + 'B {}');", "RangeError"},
    {"NewFunction", "new Function('['.repeat(1e6));", "RangeError"},
    {"NewFunctionParameters", "new Function('a=['.repeat(1e6), '');", "RangeError"},
    {"AwaitChain", "eval('async function f(){' + 'await '.repeat(1e6) + '1}');", "RangeError"},
};
INSTANTIATE_TEST_SUITE_P(Source, Limits, testing::ValuesIn(kSource), case_name);

const ScriptCase kSize[] = {
    {"Repeat", "'x'.repeat(2 ** 29);", "RangeError"},
    {"RepeatInfinity", "'x'.repeat(Infinity);", "RangeError"},
    {"Pad", "'x'.padEnd(2 ** 30);", "RangeError"},
    {"Concatenation", "let s = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'; for (;;) s += s;", "RangeError"},
    {"Template", "let s = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'; for (;;) s = `${s}${s}${s}`;", "RangeError"},
    {"Join", "new Array(2 ** 20).fill('x'.repeat(2 ** 10)).join();", "RangeError"},
    {"JoinOfHoles", "new Array(2 ** 30).join('x');", "RangeError"},
    {"ReplaceAll", "'x'.repeat(2 ** 20).replaceAll('x', 'y'.repeat(2 ** 20));", "RangeError"},
    {"ArrayLength", "new Array(2 ** 32);", "RangeError"},
    {"ArrayLengthProperty", "[].length = -1;", "RangeError"},
    {"ArrayFill", "new Array(2 ** 32 - 1).fill(1);", "RangeError"},
    {"PushAtTheEnd", "const a = []; a.length = 2 ** 32 - 1; a.push(1);", "RangeError"},
    {"PushBeyondSafeIntegers", "Array.prototype.push.call({ length: 2 ** 53 - 1 }, 1);", "TypeError"},
    {"ConcatTooLong", "const a = { length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true }; [1].concat(a);",
     "TypeError"},
    {"ToSplicedTooLong", "Array.prototype.toSpliced.call({ length: 2 ** 53 - 1 }, 0, 0, 1);", "TypeError"},
    {"WithTooLong", "Array.prototype.with.call({ length: 2 ** 32 }, 0, 0);", "RangeError"},
    {"ToReversedTooLong", "Array.prototype.toReversed.call({ length: 2 ** 33 });", "RangeError"},
    {"ArrayBuffer", "new ArrayBuffer(2 ** 53);", "RangeError"},
    {"ArrayBufferOfAPetabyte", "new ArrayBuffer(2 ** 50);", "RangeError"},
    {"ResizableArrayBuffer", "new ArrayBuffer(0, { maxByteLength: 2 ** 52 });", "RangeError"},
    {"SharedArrayBuffer", "new SharedArrayBuffer(2 ** 50);", "RangeError"},
    {"GrowableSharedArrayBuffer", "new SharedArrayBuffer(0, { maxByteLength: 2 ** 52 });", "RangeError"},
    {"TypedArray", "new Float64Array(2 ** 49);", "RangeError"},
    {"TypedArrayOfALength", "new Uint8Array({ length: 2 ** 53 });", "RangeError"},
    {"BigIntShift", "1n << (1n << 64n);", "RangeError"},
    {"BigIntPower", "2n ** (2n ** 40n);", "RangeError"},
    {"BigIntAsUintN", "BigInt.asUintN(2 ** 53 - 1, -1n);", "RangeError"},
    {"BigIntText", "BigInt('9'.repeat(2 ** 24));", "RangeError"},
    {"SpreadArguments", "Math.max(...new Array(2 ** 22).fill(0));", "RangeError"},
    {"ApplyArguments", "Math.max.apply(null, { length: 2 ** 32 - 1 });", "RangeError"},
    {"ConstructArguments", "Reflect.construct(Array, { length: 2 ** 31 });", "RangeError"},
    {"FromCharCodeApply", "String.fromCharCode.apply(null, { length: 2 ** 53 - 1 });", "RangeError"},
    {"FixedDigits", "(1).toFixed(101);", "RangeError"},
    {"Radix", "(1).toString(37);", "RangeError"},
    {"CodePoint", "String.fromCodePoint(0x110000);", "RangeError"},
    {"NormalizeForm", "'x'.normalize('x');", "RangeError"},
    {"AtomicsIndex", "Atomics.load(new Int32Array(1), 2 ** 53);", "RangeError"},
    {"DataViewOffset", "new DataView(new ArrayBuffer(8)).getInt8(2 ** 53);", "RangeError"},
};
INSTANTIATE_TEST_SUITE_P(Size, Limits, testing::ValuesIn(kSize), case_name);

TEST(StackLimit, EveryNativeStackSizeOverflowsCleanly) {
    for (size_t kib : {64, 100, 200, 500, 1000, 4000}) {
        AgentOptions options;
        options.stack_limit_bytes = kib * 1024;
        ScriptHost host(options);
        // The outer frames of the test count as well: the smallest may not run anything.
        std::string printed = host.run("const f = n => [n].map(f); try { f(0); } catch (e) { print(e.name); }"
                                       "try { eval('['.repeat(1e5)); } catch (e) { print(e.name); }");
        EXPECT_TRUE(printed == "RangeError; RangeError" || printed.starts_with("throws RangeError"))
            << kib << ": " << printed;
    }
}

TEST(StackLimit, RecursionLeavesTheHeapWhole) {
    AgentOptions options;
    options.heap.verify = true;
    ScriptHost host(options);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(host.run("var depth = 0; try { (function f() { depth++; f(); })(); } catch (e) { "
                           "print(e.name, depth > 1000); }"),
                  "RangeError true");
        host.agent().heap().collect();
    }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HEDDLE_TAKES_ALL_ADDRESSES 1 // a sanitizer's shadow
#endif
#endif

#ifndef HEDDLE_TAKES_ALL_ADDRESSES
/// While it lives the process gets no more than `bytes` of memory beyond what it has.
class NoMoreMemory {
public:
    explicit NoMoreMemory(size_t bytes) {
        size_t pages = 0;
        if (FILE* file = std::fopen("/proc/self/statm", "r")) {
            if (std::fscanf(file, "%zu", &pages) != 1) pages = 0;
            std::fclose(file);
        }
        getrlimit(RLIMIT_AS, &before_);
        rlimit limit = before_;
        limit.rlim_cur = pages * 4096 + bytes;
        EXPECT_TRUE(pages != 0 && setrlimit(RLIMIT_AS, &limit) == 0);
    }
    ~NoMoreMemory() { setrlimit(RLIMIT_AS, &before_); }

private:
    rlimit before_;
};

// What needs a copy of a long string outside the heap throws; what can read it in place does.
TEST(SystemMemory, CopiesOfLongStringsAreExceptions) {
    ScriptHost host;
    host.run("var half = 'x '.repeat(2 ** 24); var long = half + half; long.charCodeAt(7);"
             "var digits = '1'.repeat(2 ** 25); digits += digits; digits.charCodeAt(7);"
             "function outcome(name, act) { try { print(name, act()); } catch (e) { print(name, e.name); } }");
    NoMoreMemory limit(size_t{40} << 20);
    EXPECT_EQ(host.run("outcome('eval', () => (0, eval)(long)); outcome('Function', () => Function(long));"
                       "outcome('parseInt', () => parseInt(digits)); outcome('binary', () => parseInt(digits, 2));"
                       "outcome('Date', () => Date.parse(digits)); outcome('Number', () => +digits);"),
              "eval RangeError; Function RangeError; parseInt Infinity; binary Infinity; Date NaN; Number Infinity");
}
#endif

} // namespace
} // namespace heddle::test
