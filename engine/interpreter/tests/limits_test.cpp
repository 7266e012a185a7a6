// Programs that ask for too much: depth, size, length. Each ends in an exception that the script can catch.
#include "interpreter/tests/script_table.h"
#include "threads/cluster.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fmt/core.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

// What a message quotes is cut, however long it is.
TEST(Messages, QuoteTheBeginningOfLongNames) {
    ScriptHost host;
    host.run("var name = 'x'.repeat(1e6), longest = {}; function measure(what, act) { try { act(); print(what, 'does not throw'); } catch (e) {"
             " const length = Math.max(e.message.length, e.stack.length); if (length > 2000) print(what, length); } }");
    EXPECT_EQ(host.run("measure('read', () => null[name]); measure('write', () => { null[name] = 1; }); measure('call', () => ({})[name]());"
                       "measure('undefined', () => (0, eval)(name)); measure('const', () => (0, eval)(`const ${name} = 1; ${name} = 2`));"
                       "measure('twice', () => (0, eval)(`let ${name}; let ${name}`)); measure('private', () => (0, eval)(`class A { f() { this.#${name} } }`));"
                       "measure('label', () => (0, eval)(`break ${name}`)); measure('early', () => (0, eval)(`{ ${name}; let ${name}; }`));"
                       "measure('frozen', () => { 'use strict'; Object.freeze({ [name]: 1 })[name] = 2; });"
                       "measure('class', () => (0, eval)(`(class ${name} {})()`)); measure('in', () => name in name); measure('symbol', () => +Symbol(name));"
                       "measure('stack', () => (0, eval)(`(function ${name}() { throw new Error('x') })()`));"
                       "measure('clone', () => structuredClone({ [name]: { [name]: [() => 1] } })); measure('bigint', () => BigInt(name));"
                       "measure('regexp', () => new RegExp(name + '(')); measure('json', () => JSON.parse(name)); measure('date', () => new Date(name).toISOString());"
                       "measure('worker', () => new Worker('', { type: name })); measure('proxy', () => new Proxy(Object.freeze({ [name]: 1 }), { get: () => 2 })[name]);"
                       "measure('import', () => (0, eval)(`import('', { with: { [name]: 1 } }).catch(e => { if (e.message.length > 300) print('import'); }); throw Error()`));"),
              "");
}

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

/// What earlier work has left to the allocator, taken while it lives: all in pieces of `smallest` bytes or more.
class FreeMemory {
public:
    explicit FreeMemory(size_t smallest = 1 << 12) {
        mallopt(M_ARENA_MAX, 1); // what a thread's own has reserved would be free for everybody
        malloc_trim(0);
        NoMoreMemory limit(0);
        for (size_t bytes = 1 << 20; bytes >= smallest; bytes = bytes > 2048 ? bytes / 2 : bytes - 16) {
            while (void* memory = std::malloc(bytes))
                first_ = new (memory) Part{first_};
        }
    }
    ~FreeMemory() {
        while (first_)
            std::free(std::exchange(first_, first_->next));
    }

private:
    struct Part {
        Part* next;
    };
    Part* first_ = nullptr;
};

/// The error, the text that stands for it where it does not fit, or nobody could even print it.
bool says_out_of_memory(const std::string& printed) {
    return printed.find("RangeError: ") != std::string::npos || printed.find("out of memory") != std::string::npos ||
           printed.find("<no memory>") != std::string::npos;
}

/// `act` under a wider and wider limit: it throws RangeError or works, and does either somewhere.
void fails_and_works(const char* prepare, const char* act) {
    ScriptHost host;
    ASSERT_EQ(host.run(prepare), "");
    host.run("function outcome(act) { try { act(); print('fine'); } catch (e) { print(e.name + ': ' + e.message); } }");
    std::string code = fmt::format("outcome(() => {{ {} }})", act);
    FreeMemory taken;
    int failed = 0;
    // Upwards: what one attempt has freed serves the next.
    for (size_t kib = 256; kib < 64 << 10; kib = kib * 3 / 2) {
        host.agent().heap().collect();
        malloc_trim(0);
        std::string printed;
        {
            NoMoreMemory limit(kib << 10);
            printed = host.run(code);
        }
        failed += printed != "fine";
        EXPECT_TRUE(printed == "fine" || says_out_of_memory(printed)) << code << " in " << kib << " KiB: " << printed;
    }
    EXPECT_GT(failed, 0) << act;
    EXPECT_EQ(host.run(code), "fine") << "the agent works on";
}

struct Growing {
    const char* name;
    const char* prepare;
    const char* act;
};

class SystemMemoryFor : public testing::TestWithParam<Growing> {};

TEST_P(SystemMemoryFor, WhatGrowsWithTheInputThrows) { fails_and_works(GetParam().prepare, GetParam().act); }

const Growing kGrowing[] = {
    {"SyntaxTree", "var text = 'a;'.repeat(150000); var a; text.charCodeAt(0);", "(0, eval)(text)"},
    {"Calls", "var f = () => 1; var text = 'f(1, 2);'.repeat(60000); text.charCodeAt(0);", "(0, eval)(text)"},
    {"List", "var text = '[' + '1.5,'.repeat(200000) + ']'; text.charCodeAt(0);", "(0, eval)(text)"},
    {"Constants", "var text = 'x = ['; for (let i = 0; i < 60000; i++) text += '\"k' + i + '\",'; text += ']';"
                  "text.charCodeAt(0); var x;", "(0, eval)(text); x = 0;"},
    {"Variables", "var text = '(function () { {'; for (let i = 0; i < 40000; i++) text += 'let k' + i + ';';"
                  "text += 'return () => eval(1) } })()'; text.charCodeAt(0);", "(0, eval)(text)"},
    {"Functions", "var text = ''; for (let i = 0; i < 20000; i++) text += '(function () { return ' + i + ' });';"
                  "text.charCodeAt(0);", "(0, eval)(text)"},
    {"Switch", "var text = 'switch (1) {' + 'case 2:'.repeat(60000) + '}'; text.charCodeAt(0);", "(0, eval)(text)"},
    {"StringLiteral", "var text = '\"\\u0041' + 'y'.repeat(4e6) + '\"'; text.charCodeAt(0);", "(0, eval)(text).length"},
    {"Identifier", "var text = 'var \\u0041' + 'y'.repeat(3e6) + 'p'; text.charCodeAt(0);",
     "eval('(() => {' + text + '})()')"},
    {"NewFunction", "var text = 'a;'.repeat(150000); var a; text.charCodeAt(0);", "Function(text)"},
    {"Pattern", "var text = 'ab?'.repeat(200000); text.charCodeAt(0);", "new RegExp(text)"},
    {"PatternOfClasses", "var text = '[ab][^cd]'.repeat(40000); text.charCodeAt(0);", "new RegExp(text)"},
    {"PatternOfGroups", "var text = '(a)|'.repeat(100000); text.charCodeAt(0);", "/x/.exec('x'); new RegExp(text).exec('a')"},
    {"PatternOfNames", "var text = ''; for (let i = 0; i < 2000; i++) text += '(?<n' + i + '>a)'; text += '(?<' + 'x'.repeat(2e6) + '>y)';"
                       "text.charCodeAt(0);", "new RegExp(text)"},
    {"PatternBehind", "var text = '(?<=' + 'ab'.repeat(200000) + ')'; text.charCodeAt(0);", "new RegExp(text)"},
    {"RegExpLiteral", "var text = '/' + 'ab?'.repeat(150000) + '/'; text.charCodeAt(0);", "(0, eval)(text)"},
    {"Backtracking", "var text = 'ab'.repeat(1e6); text.charCodeAt(0);", "/^(?:a|b)*c/.test(text)"},
    {"PrivateNames", "var text = '(class { '; for (let i = 0; i < 30000; i++) text += '#k' + i + ';';"
                     "var C = (0, eval)(text + ' static f() { return eval(\"1\"); } })');", "C.f()"},
    {"BroadcastChannelName", "var text = 'é'.repeat(4e6); text.charCodeAt(0);",
     "const channel = new BroadcastChannel(text); try { channel.postMessage(1); } finally { channel.close(); }"},
    {"Channels", "var kept = [];", "kept = []; for (let i = 0; i < 4000; i++) kept.push(new MessageChannel()); kept = []"},
    {"TransferredPorts", "var ports = [];",
     "const { port1 } = new MessageChannel(); ports = Array.from({ length: 2000 }, () => new MessageChannel().port1); port1.postMessage(0, ports); ports = []"},
    {"Timers", "",
     "for (let i = 0; i < 8000; i++) { setTimeout(() => {}, 1); AbortSignal.timeout(1); }"},
    {"AsyncWaits", "var cell = new Int32Array(new SharedArrayBuffer(4));",
     "try { for (let i = 0; i < 3000; i++) Atomics.waitAsync(cell, 0, 0); } finally { Atomics.notify(cell, 0); }"},
    {"PatternOfOneClass", "var text = '['; for (let i = 0; i < 200000; i++) text += String.fromCodePoint(0xE000 + 2 * i); text += ']'; text.charCodeAt(0);",
     "new RegExp(text, 'u')"},
    {"PatternOfOneClassDownwards",
     "var text = '[^'; for (let i = 200000; i > 0; i--) text += String.fromCodePoint(0xE000 + 2 * i); text += ']'; text.charCodeAt(0);",
     "new RegExp(text, 'v')"},
    {"PatternOfStrings", "var text = '[\\\\q{'; for (let i = 0; i < 20000; i++) text += 'abc' + i + '|'; text += '}]'; text.charCodeAt(0);",
     "new RegExp(text, 'v')"},
    {"PatternOfPropertiesOfStrings", "", "new RegExp('[[' + '\\\\p{RGI_Emoji}'.repeat(20) + ']&&\\\\p{L}]', 'v')"},
    {"LongNames", "var name = 'x'.repeat(4e6); name.charCodeAt(0);",
     "try { (0, eval)(name); } catch (e) { if (e.name != 'ReferenceError' || e.message.length > 200) throw e; }"},
    {"LongFunctionNames", "var name = 'x'.repeat(4e6); name.charCodeAt(0);",
     "const text = (0, eval)('(function ' + name + '() { return new Error().stack; })')(); if (text.length > 1000) throw text;"},
    {"LongSpecifiers", "var name = './' + 'x'.repeat(4e6); name.charCodeAt(0);",
     "import(name).catch(e => { if (!(e.message.length < 1300)) print('long', e.message.length); }); name + 'y'.repeat(1e5).normalize()"},
    {"WorkerNames", "var name = 'é'.repeat(3e6); name.charCodeAt(0);",
     "const worker = new Worker('', { eval: true, name, resourceLimits: { stack: 1 << 20 } }); worker.onerror = e => e.preventDefault()"},
};
INSTANTIATE_TEST_SUITE_P(Input, SystemMemoryFor, testing::ValuesIn(kGrowing),
                         [](const auto& info) { return std::string(info.param.name); });

const char* const kLastBytes[] = {
    "null.x", "undeclared", "({}).f()", "new 1", "JSON.parse('[1, 2')", "Symbol() + ''", "decodeURI('%')", "new RegExp('(')",
    "throw new Error('a' + 'b'.repeat(300))", "[].reduce(() => 0)", "BigInt('x')", "eval('let let')", "structuredClone(() => {})",
    "setTimeout(() => { null.y; }, 0)", "Promise.reject(new TypeError('r'))", "import('./nowhere.js')", "new Worker('1', { eval: true })",
    "const { port1 } = new MessageChannel(); port1.postMessage({ a: Symbol() })", "Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)",
};

/// 0 when all is well. noexcept: an exception of `new` is the end.
int run_without_memory() noexcept {
    ScriptHost host;
    if (!host.runtime().memory_reserve().keep()) return 1;
    sync::install_new_handler();
    host.run("function outcome(act) { try { act(); print('fine'); } catch (e) { print(e.name + ': ' + e.message); } }");
    std::vector<SourceTextRef> codes;
    for (const char* act : kLastBytes)
        codes.push_back(SourceText::from_utf8(fmt::format("outcome(() => {{ {} }})", act), "test.js"));
    {
        NoMoreMemory limit(0);
        FreeMemory taken(16);
        for (const SourceTextRef& code : codes) {
            if (Interpreter::of(host.agent()).evaluate_script(host.realm(), code).threw()) (void)host.agent().take_exception();
            EventLoop::of(host.agent()).run_until_idle();
        }
    }
    if (!host.runtime().memory_reserve().is_whole()) return 2;
    std::string printed = host.run("outcome(() => null.x)");
    return printed.ends_with("TypeError: Cannot read properties of null (reading 'x')") ? 0 : 3;
}

// Nothing is left at all, for whatever reason, when a script needs a little: an error, and no end of the process.
TEST(SystemMemory, ScriptsOutliveTheLastByte) {
    pid_t child = fork();
    if (child == 0) _exit(run_without_memory());
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// Answers every request with a module made of its key: "chain 7" imports "chain 6" and so on, "gated 7" does too and the
/// first of them waits for the global gate, "wide 3" imports three that import nothing.
class GeneratedModules final : public ModuleHost {
public:
    Result<std::string> resolve(Agent&, Realm&, const ImportRequest& request) override { return request.specifier; }
    Result<void> load(Agent& agent, uint64_t load, const ImportRequest& request) override {
        const std::string& key = request.specifier;
        int number = std::atoi(key.c_str() + key.find(' ') + 1);
        std::string tail = key.substr(std::min(key.size(), key.find(',')));
        std::string text = "export const value = 1;";
        if (key.starts_with("chain") && number > 0)
            text += fmt::format("export {{ value as other }} from 'chain {}{}'; export * from 'chain {}{}';", number - 1, tail, number - 1, tail);
        if (key.starts_with("gated"))
            text += number > 0 ? fmt::format("import 'gated {}{}';", number - 1, tail) : "await gate;";
        for (int i = 0; key.starts_with("wide") && i < number; ++i)
            text += fmt::format("import 'leaf {}{}';", i, tail);
        TRY(ModuleLoader::of(agent).complete_source(load, SourceText::from_utf8(text, key)));
        return {};
    }
    Result<void> fill_import_meta(Agent&, const std::string&, Object*) override { return {}; }
};

/// import() of `specifier` with an ending that is new each time: a module whose evaluation failed stays so.
void imports_fail_and_work(const char* code) {
    ScriptHost host;
    GeneratedModules modules;
    ModuleLoader::of(host.agent()).set_host(modules);
    // What comes of it is told once there is memory to tell it.
    host.run("var result; function outcome(import_them) { result = 'nothing'; import_them().then(() => { result = 'fine'; }, e => { result = e; }); }");
    const char* tell = "print(result instanceof Error ? result.name + ': ' + result.message : result)";
    FreeMemory taken;
    int failed = 0;
    int attempts = 0;
    for (size_t kib = 256; kib < 64 << 10; kib = kib * 3 / 2) {
        host.agent().heap().collect();
        malloc_trim(0);
        std::string printed;
        std::string act = fmt::format("{{ const tail = ',{}'; outcome({}); }}", ++attempts, code);
        {
            NoMoreMemory limit(kib << 10);
            printed = host.run(act);
        }
        // Or the script did not get that far.
        if (printed.empty()) printed = host.run(tell);
        failed += printed != "fine";
        EXPECT_TRUE(printed == "fine" || says_out_of_memory(printed)) << code << " in " << kib << " KiB: " << printed;
    }
    EXPECT_GT(failed, 0);
    EXPECT_EQ(host.run(fmt::format("{{ const tail = ',last'; outcome({}); }}", code)) + host.run(tell), "fine") << "the agent works on";
}

TEST(SystemMemory, ModulesAreRefused) {
    imports_fail_and_work("() => import('wide 3000' + tail)");
    imports_fail_and_work("() => import('chain 1000' + tail)");
    imports_fail_and_work("async () => { for (let i = 0; i < 2000; i++) await import('leaf ' + i + tail); }");
    imports_fail_and_work("() => Promise.all(Array.from({ length: 2000 }, () => import('leaf 0' + tail)))");
}

// Twenty thousand, each linked by the time that the next one needs it: nothing goes by recursion from the last to the first.
TEST(Modules, ALongChainOfStarsIsAnException) {
    ScriptHost host;
    GeneratedModules modules;
    ModuleLoader::of(host.agent()).set_host(modules);
    std::string printed = host.run("(async () => { for (let i = 0; i < 20000; i += 500) await import('chain ' + i); return 'fine'; })()"
                                   ".then(print, e => print(e.name))");
    EXPECT_TRUE(printed == "fine" || printed == "RangeError") << printed;
}

// Twenty thousand that wait for one: what becomes of it reaches the last.
TEST(Modules, ALongChainOfAwaitsIsSettled) {
    for (const char* outcome : {"open", "shut"}) {
        ScriptHost host;
        GeneratedModules modules;
        ModuleLoader::of(host.agent()).set_host(modules);
        std::string printed = host.run(fmt::format(
            "var open, shut, gate = new Promise((yes, no) => {{ open = yes; shut = no; }}), imports = [];"
            "(async () => {{ for (let i = 0; i < 20000; i += 500) {{ imports.push(import('gated ' + i)); await 0; }} {}('because');"
            "return [...new Set((await Promise.allSettled(imports)).map(one => `${{one.status}} ${{one.reason}}`))].join(); }})()"
            ".then(print, e => print(e.name))", outcome));
        EXPECT_EQ(printed, outcome == std::string_view("open") ? "fulfilled undefined" : "rejected because");
    }
}

// A worker that was refused is a RangeError; one whose thread found no memory for an agent is an error event.
TEST(SystemMemory, WorkersAreRefused) {
    ScriptHost host;
    host.run("function start(count) { let alive = 0; try { while (alive < count) { const worker = new Worker('postMessage([1, 2].map(x => x * 2).join())',"
             " { eval: true, resourceLimits: { stack: 1 << 20 } }); alive++; worker.onmessage = e => print(e.data); worker.onerror = e => e.preventDefault(); }"
             " } catch (e) { print(e.name); } }");
    FreeMemory taken;
    int refused = 0;
    int worked = 0;
    for (size_t kib = 256; kib < 512 << 10; kib = kib * 3 / 2) {
        host.agent().heap().collect();
        malloc_trim(0);
        std::string printed;
        {
            NoMoreMemory limit(kib << 10);
            printed = host.run("start(8)");
        }
        refused += printed.find("RangeError") != std::string::npos;
        worked += printed.find("2,4") != std::string::npos;
        printed.erase(std::remove_if(printed.begin(), printed.end(), [](char c) { return std::strchr("RangeErorout fmy:;2,4 ", c) != nullptr; }), printed.end());
        EXPECT_EQ(printed, "") << kib << " KiB";
    }
    EXPECT_GT(refused, 0);
    EXPECT_GT(worked, 0);
    EXPECT_EQ(host.run("start(1)"), "2,4") << "the agent works on";
    EXPECT_EQ(Cluster::of(host.runtime()).leak_counts().threads, 0u);
}

// Ropes are compared leaf by leaf, with no more memory than there is.
TEST(SystemMemory, DeepRopesAreComparedWithoutMemory) {
    ScriptHost host;
    host.run("function make(n) { let s = ''; for (let i = 0; i < n; i++) s += String.fromCharCode(97 + i % 26) + 'long enough to stay apart'; return s; }"
             "var ropes = [make(30000), make(30000), make(29999) + 'Z' + 'long enough to stay apart'];"
             "var left = make(30000), right = ''; for (let i = 29999; i >= 0; i--) right = String.fromCharCode(97 + i % 26) + 'long enough to stay apart' + right;");
    NoMoreMemory limit(0);
    EXPECT_EQ(host.run("print(Object.is(ropes[0], ropes[1]), Object.is(ropes[0], ropes[2]), Object.is(left, right))"), "true false true");
}

// A collection needs no memory: what it finds alive stays whole.
TEST(SystemMemory, CollectionsNeedNone) {
    AgentOptions options;
    options.heap.verify = true;
    ScriptHost host(options);
    host.run("var wide = Array.from({ length: 200000 }, (_, i) => ({ at: [i] })), map = new WeakMap(), refs = [];"
             "for (const each of wide.slice(0, 5000)) { map.set(each, { of: each.at[0] }); refs.push(new WeakRef(each)); }");
    {
        NoMoreMemory limit(0);
        for (CollectionKind kind : {CollectionKind::Full, CollectionKind::Young, CollectionKind::Full})
            host.agent().heap().collect(kind);
    }
    EXPECT_EQ(host.run("print(wide.every((each, i) => each.at[0] == i), refs.every((ref, i) => map.get(ref.deref()).of == i))"), "true true");
}
#endif

} // namespace
} // namespace heddle::test
