// The steps of HTML 2.7 (Safe passing of structured data) one by one. The comment above each test names clause and step;
// engine/clone/STEPS.md is made from them (rules/check_clone_steps.py).
#include "clone/tests/cloning.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

// 2.7.3 step 2: what the memory holds is not serialized again
TEST(StructuredSerialize, KeepsIdentityWithinOneClone) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let x = {}; let c = structuredClone([x, x, {x}]); c[0] === c[1] && c[2].x === c[0] && c[0] !== x"), "true");
    EXPECT_EQ(runner.run("let d = new Date(1); let e = structuredClone({d, m: new Map([[d, d]])}); e.m.get(e.d) === e.d"), "true");
}
// 2.7.3 step 2: cycles
TEST(StructuredSerialize, ClosesCyclesOfEveryContainer) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let o = {}; o.o = o; let c = structuredClone(o); c.o === c"), "true");
    EXPECT_EQ(runner.run("let a = [1]; a.push(a); let d = structuredClone(a); d[1] === d"), "true");
    EXPECT_EQ(runner.run("let m = new Map; m.set(m, m); let e = structuredClone(m); e.get(e) === e && e.size === 1"), "true");
    EXPECT_EQ(runner.run("let s = new Set; s.add(s); let f = structuredClone(s); f.has(f)"), "true");
    EXPECT_EQ(runner.run("let r = new Error('r'); r.cause = r; let g = structuredClone(r); g.cause === g"), "true");
}
// 2.7.3 step 4: primitives
TEST(StructuredSerialize, CopiesPrimitives) {
    CloningRunner runner;
    runner.run("for (let v of [undefined, null, true, false, 0, -0, 1, -1, 127, 128, -128, 2**31 - 1, -(2**31), 2**31, 0.5, NaN,"
               "Infinity, -Infinity, 5e-324, 2**53, '', 'a', 'ÿ', 'Ā', '\\ud800', '\\u{1F600}', 'x'.repeat(1000)]) same(structuredClone(v), v)");
    EXPECT_EQ(runner.run("for (let v of [0n, 1n, -1n, 2n**64n, -(2n**63n), 10n**300n]) same(structuredClone(v), v); 1"), "1");
    EXPECT_EQ(runner.run("same(structuredClone(('a' + Math.random()).repeat(3) + 'é').length > 3, true); 1"), "1");
}
// 2.7.3 step 5: symbols
TEST(StructuredSerialize, RefusesSymbols) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("refusal(() => structuredClone({a: [Symbol.iterator]}))"), "DataCloneError: value.a[0] is a symbol, which cannot be cloned");
    EXPECT_EQ(runner.run("refused(() => structuredClone(Object(Symbol())))"), "true");
    // Properties keyed by symbols are passed over: step 26.4 asks for string keys.
    EXPECT_EQ(runner.run("Reflect.ownKeys(structuredClone({[Symbol()]: Symbol(), a: 1})).join()"), "a");
}
// 2.7.3 step 7: [[BooleanData]]; 8: [[NumberData]]; 9: [[BigIntData]]; 10: [[StringData]]
TEST(StructuredSerialize, CopiesWrappers) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let c = structuredClone([Object(false), Object(-0), Object(5n), Object('héĀ')]);"
                         "same(c[0].valueOf(), false); same(c[1].valueOf(), -0); same(c[2].valueOf(), 5n); same(c[3].valueOf(), 'héĀ');"
                         "c.map(x => typeof x + Object.getPrototypeOf(x).constructor.name).join()"),
              "objectBoolean,objectNumber,objectBigInt,objectString");
    EXPECT_EQ(runner.run("let w = Object('ab'); w.extra = 1; Reflect.ownKeys(structuredClone(w)).join()"), "0,1,length");
}
// 2.7.3 step 11: [[DateValue]]
TEST(StructuredSerialize, CopiesDates) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let d = structuredClone(new Date(8.64e15)); same(d.getTime(), 8.64e15); same(structuredClone(new Date(NaN)).getTime(), NaN);"
                         "same(structuredClone(new Date(-1.5)).getTime(), -1); d instanceof Date"),
              "true");
}
// 2.7.3 step 12: [[RegExpMatcher]]; lastIndex is not kept
TEST(StructuredSerialize, CopiesRegularExpressions) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let r = /a(?<n>b)\\/ü/dgimsuy; r.lastIndex = 2; let c = structuredClone(r); c.source + ' ' + c.flags + ' ' + c.lastIndex"),
              "a(?<n>b)\\/ü dgimsuy 0");
    EXPECT_EQ(runner.run("structuredClone(/[\\p{L}--a]/v).test('b')"), "true");
}
// 2.7.3 step 13.1: shared buffers stay shared, growable ones growable
TEST(StructuredSerialize, SharesSharedArrayBuffers) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let s = new SharedArrayBuffer(8, {maxByteLength: 64}); let c = structuredClone({s, v: new Int32Array(s)});"
                         "new Int32Array(s)[0] = 7; c.s.grow(16);"
                         "[c.s !== s, c.v.buffer === c.s, c.v[0], c.s.growable, s.byteLength, c.v.length].join()"),
              "true,true,7,true,16,4");
}
// 2.7.3 step 13.1.2: a shared buffer cannot be stored
TEST(StructuredSerialize, RefusesToStoreSharedArrayBuffers) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("refused(() => writes({a: new SharedArrayBuffer(1)}))"), "true");
}
// 2.7.3 step 13.2.1: detached buffers
TEST(StructuredSerialize, RefusesDetachedBuffers) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let b = new ArrayBuffer(4); b.transfer(); refusal(() => structuredClone({b}))"),
              "DataCloneError: value.b is a detached ArrayBuffer, which cannot be cloned");
}
// 2.7.3 step 13.2: bytes are copied, resizable buffers stay resizable
TEST(StructuredSerialize, CopiesBuffersOfEverySize) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("for (let size of [0, 1, 7, 4096, 4097, 100000]) for (let maximum of [undefined, size, size * 2 + 300000]) {"
                         "  let b = new ArrayBuffer(size, {maxByteLength: maximum}); new Uint8Array(b).forEach((_, i, a) => a[i] = i * 7);"
                         "  let c = structuredClone(b); same(c.byteLength, size); same(c.resizable, maximum !== undefined);"
                         "  same(c.maxByteLength, b.maxByteLength); same(b.detached, false);"
                         "  let x = new Uint8Array(b), y = new Uint8Array(c); same(x.findIndex((v, i) => v !== y[i]), -1);"
                         "  if (size) { y[0] = 200; same(x[0], 0); }"
                         "  let stored = reads(writes(b)); same(stored.byteLength, size); same(stored.maxByteLength, b.maxByteLength);"
                         "} 1"),
              "1");
}
// 2.7.3 step 13: immutable buffers stay immutable
TEST(StructuredSerialize, KeepsImmutableBuffers) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("for (let size of [3, 10000]) { let b = new Uint8Array(size).fill(9).buffer.transferToImmutable();"
                         "  let c = structuredClone(b); same(c.immutable, true); same(new Uint8Array(c)[size - 1], 9); same(b.byteLength, size); } 1"),
              "1");
}
// 2.7.3 step 14.1: views out of bounds
TEST(StructuredSerialize, RefusesViewsOutOfBounds) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let b = new ArrayBuffer(8, {maxByteLength: 8}); let u = new Uint8Array(b, 4), v = new DataView(b, 6, 2), w = new Uint8Array(b, 4, 4);"
                         "b.resize(3); [u, v, w].every(x => refused(() => structuredClone([x])))"),
              "true");
}
// 2.7.3 step 14: every typed array and DataView, over the buffer they share
TEST(StructuredSerialize, CopiesViewsWithTheirBuffer) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let b = new ArrayBuffer(32); let types = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array,"
                         "  Uint32Array, Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array];"
                         "let views = types.map(T => new T(b, 8, 2)); views.push(new DataView(b, 3, 5)); let c = structuredClone(views);"
                         "c.every((v, i) => v.constructor === views[i].constructor && v.buffer === c[0].buffer && v.byteOffset === views[i].byteOffset &&"
                         "  v.byteLength === views[i].byteLength) && c[0].buffer !== b && c[0].buffer.byteLength === 32"),
              "true");
}
// 2.7.3 step 14: views that track the length of their buffer go on doing so
TEST(StructuredSerialize, KeepsLengthTracking) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let b = new ArrayBuffer(8, {maxByteLength: 16}); let c = structuredClone([new Uint16Array(b, 2), new DataView(b, 1)]);"
                         "c[0].buffer.resize(14); c[0].length + ' ' + c[1].byteLength"),
              "6 13");
}
// 2.7.3 step 15 and 26.1: maps, whose entries are taken before any is serialized
TEST(StructuredSerialize, CopiesMaps) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let m = new Map([[1, {get g() { m.clear(); m.set('late', 1); return 2; }}], [{k: 1}, [2]], ['s', NaN], [NaN, 1], [-0, 'z']]);"
                         "let c = structuredClone(m); same(m.size, 1); same(c.get(NaN), 1); same(c.get(0), 'z');"
                         "JSON.stringify([...c])"),
              "[[1,{\"g\":2}],[{\"k\":1},[2]],[\"s\",null],[null,1],[0,\"z\"]]");
}
// 2.7.3 step 16 and 26.2: sets likewise
TEST(StructuredSerialize, CopiesSets) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let s = new Set([{get g() { s.add(9); return 1; }}, 'x', NaN, 5n, 5n]); let c = structuredClone(s); s.size + ' ' + c.size + ' ' + c.has(NaN) + c.has(5n)"),
              "5 4 truetrue");
}
// 2.7.3 step 17: errors: name by [[Get]], message by its own data property
TEST(StructuredSerialize, CopiesErrors) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].every(T => {"
                         "  let c = structuredClone(new T('m')); return c.constructor === T && c.message === 'm' && !Object.keys(c).length; })"),
              "true");
    EXPECT_EQ(runner.run("let e = new TypeError('x'); e.name = 'Other'; structuredClone(e).constructor.name"), "Error");
    EXPECT_EQ(runner.run("let f = new Error('x'); f.name = 'RangeError'; structuredClone(f).constructor.name"), "RangeError");
    EXPECT_EQ(runner.run("let g = new Error; Object.defineProperty(g, 'message', {get() { throw 1; }}); Object.hasOwn(structuredClone(g), 'message')"), "false");
    EXPECT_EQ(runner.run("let h = new Error; h.message = {toString() { return 'made'; }}; structuredClone(h).message"), "made");
    EXPECT_EQ(runner.run("let log = ''; let i = new Error; Object.defineProperty(i, 'name', {get() { log += 'n'; return 'TypeError'; }});"
                         "i.message = {toString() { log += 'm'; return ''; }}; structuredClone(i); log"),
              "nm");
}
// 2.7.3 step 17: what the standard leaves to engines: stack, cause and the errors of an AggregateError
TEST(StructuredSerialize, KeepsStackCauseAndErrors) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("function thrower() { return new TypeError('t', {cause: [1]}); } let e = thrower(); let c = structuredClone(e);"
                         "[c.stack === e.stack, c.stack.includes('thrower'), c.cause[0], Object.getOwnPropertyDescriptor(c, 'cause').enumerable].join()"),
              "true,true,1,false");
    EXPECT_EQ(runner.run("let a = structuredClone(new AggregateError([new RangeError('r'), 5], 'many')); [a.constructor.name, a.errors[0].constructor.name, a.errors[1], a.message].join()"),
              "AggregateError,RangeError,5,many");
    EXPECT_EQ(runner.run("refusal(() => structuredClone({e: new AggregateError([() => 1])}))"),
              "DataCloneError: value.e.errors[0] is a function, which cannot be cloned: function");
}
// 2.7.3 step 18 and 26.4: arrays: length, holes, extra properties
TEST(StructuredSerialize, CopiesArrays) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let a = [1, , 'x']; a.extra = {y: 1}; a[-1] = 2; a.length = 7; let c = structuredClone(a);"
                         "[c.length, 1 in c, c.extra.y, c[-1], Object.keys(c).join('|'), Array.isArray(c)].join()"),
              "7,false,1,2,0|2|extra|-1,true");
    EXPECT_EQ(runner.run("let s = []; s[4294967294] = 'end'; let d = structuredClone(s); d.length + d[4294967294] + Object.keys(d).length"), "4294967295end1");
    EXPECT_EQ(runner.run("structuredClone([1.5, 2, NaN, -0, 1e300, 6, 7, 8]).map(x => Object.is(x, -0) ? '-0' : x).join()"), "1.5,2,NaN,-0,1e+300,6,7,8");
    EXPECT_EQ(runner.run("structuredClone([1, 2, 3, 4, 5, 6, 7, -2147483648]).join()"), "1,2,3,4,5,6,7,-2147483648");
    EXPECT_EQ(runner.run("class A extends Array {} structuredClone(new A(3)).constructor === Array"), "true");
}
// 2.7.3 step 19: DOMException is serializable
TEST(StructuredSerialize, CopiesDOMExceptions) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let c = structuredClone(new DOMException('m', 'AbortError')); [c instanceof DOMException, c.name, c.message, c.code].join()"),
              "true,AbortError,m,20");
}
// 2.7.3 step 21: functions
TEST(StructuredSerialize, RefusesFunctions) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("refusal(() => structuredClone({a: [0, 0, 0, {f() {}}]}))"), "DataCloneError: value.a[3].f is a function, which cannot be cloned: function f");
    EXPECT_EQ(runner.run("[class {}, Math.max, (() => 1).bind(), async () => 1, Map].every(f => refused(() => structuredClone(f)))"), "true");
}
// 2.7.3 step 22: objects with other internal slots
TEST(StructuredSerialize, RefusesWhatHasHiddenState) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("[new WeakMap, new WeakSet, new WeakRef({}), Promise.resolve(), (function* () {})(), [][Symbol.iterator](), new Map().keys(),"
                         "  new FinalizationRegistry(() => 1), (function () { return arguments; })(), globalThis].every(o => refused(() => structuredClone([o])))"),
              "true");
}
// 2.7.3 step 23: exotic objects, but %Object.prototype%
TEST(StructuredSerialize, RefusesExoticObjects) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("refusal(() => structuredClone(new Set([1, new Proxy({}, {})])))"), "DataCloneError: [...value][1] is a Proxy, which cannot be cloned");
    EXPECT_EQ(runner.run("Object.keys(structuredClone(Object.prototype)).length"), "0");
}
// 2.7.3 step 24: an object becomes a plain one: no prototype, no attributes, no accessors
TEST(StructuredSerialize, FlattensObjects) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("class P { #p = 1; y = 2; get z() { return 3; } } let c = structuredClone(new P); Object.getPrototypeOf(c) === Object.prototype && JSON.stringify(c)"), "{\"y\":2}");
    EXPECT_EQ(runner.run("let o = Object.freeze({a: 1, get b() { return 2; }}); let d = Object.getOwnPropertyDescriptors(structuredClone(o));"
                         "d.a.writable && d.a.configurable && d.b.value === 2 && d.b.writable"),
              "true");
    EXPECT_EQ(runner.run("JSON.stringify(structuredClone(Object.create(null, {a: {value: 1, enumerable: true}, b: {value: 2}})))"), "{\"a\":1}");
    EXPECT_EQ(runner.run("Object.hasOwn(structuredClone(JSON.parse('{\"__proto__\": 5}')), '__proto__')"), "true");
    EXPECT_EQ(runner.run("let many = {}; for (let i = 0; i < 700; i++) many['k' + i] = i; let e = structuredClone([many, many]); e[0].k699 + Object.keys(e[0]).length"), "1399");
    EXPECT_EQ(runner.run("Object.keys(structuredClone({b: 1, 2: 1, a: 1, 1: 1})).join()"), "1,2,b,a");
}
// 2.7.3 step 26.4: keys are taken first, each is looked for and read in its turn
TEST(StructuredSerialize, ReadsPropertiesInTheOrderOfTheStandard) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let log = []; let o = {get a() { log.push('a'); delete o.b; o.late = 1; return {get n() { log.push('n'); return 1; }}; }, b: 1, get c() { log.push('c'); return 3; }};"
                         "JSON.stringify(structuredClone(o)) + log"),
              "{\"a\":{\"n\":1},\"c\":3}a,n,c");
    // The same where the getter sits elsewhere and the object is on the short way.
    EXPECT_EQ(runner.run("let p = {first: {get g() { delete p.second; p.third = 'new'; p.fourth = 1; return 0; }}, second: 2, third: 3}; JSON.stringify(structuredClone(p))"),
              "{\"first\":{\"g\":0},\"third\":\"new\"}");
    EXPECT_EQ(runner.run("let q = [{get g() { q.length = 2; q[1] = 'changed'; q.push('late'); return 0; }}, 1, 2, 3]; let r = structuredClone(q);"
                         "[r.length, r[1], r[2], 3 in r].join()"),
              "4,changed,late,false");
    EXPECT_EQ(runner.run("let s = [{get g() { Object.defineProperty(s, 1, {get() { return 'got'; }, enumerable: true}); return 0; }}, 1]; structuredClone(s)[1]"), "got");
}
// 2.7.3 step 26.4: what a getter throws is what the clone throws
TEST(StructuredSerialize, LetsExceptionsThrough) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let b = new ArrayBuffer(4); refusal(() => structuredClone({b, get x() { throw new RangeError('mine'); }}, {transfer: [b]})) + b.detached"),
              "RangeError: minefalse");
}
// 2.7.3: depth costs memory, not stack
TEST(StructuredSerialize, GoesAMillionDeep) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let deep = []; for (let i = 0; i < 1e6; i++) deep = [deep]; let c = structuredClone(deep), n = 0; while (c.length) { c = c[0]; n++; } n"), "1000000");
    EXPECT_EQ(runner.run("let m = {}; for (let i = 0; i < 1e5; i++) m = new Map([[new Set([{m}]), i]]); let d = structuredClone(m), k = 0;"
                         "while (d instanceof Map) { d = [...[...d.keys()][0]][0].m; k++; } k"),
              "100000");
}

// 2.7.6 step 2.1: only transferable objects
TEST(StructuredSerializeWithTransfer, RefusesOtherObjects) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("[{}, [], new Map, new Uint8Array(1), new Date].every(o => refused(() => structuredClone(1, {transfer: [o]})))"), "true");
    EXPECT_EQ(runner.run("refusal(() => structuredClone(1, {transfer: [1]}))"), "TypeError: transfer[0] is 1, not an object: only objects can be transferred");
    EXPECT_EQ(runner.run("refusal(() => structuredClone(1, {transfer: 1}))"), "TypeError: The option transfer is 1, not an iterable of objects");
}
// 2.7.6 step 2.2: shared buffers
TEST(StructuredSerializeWithTransfer, RefusesSharedArrayBuffers) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let s = new SharedArrayBuffer(1); refused(() => structuredClone(s, {transfer: [s]}))"), "true");
}
// 2.7.6 step 2.3: duplicates
TEST(StructuredSerializeWithTransfer, RefusesDuplicatesAndDetachesNothing) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let a = new ArrayBuffer(1), b = new ArrayBuffer(1); refused(() => structuredClone(1, {transfer: [a, b, a]})) + ' ' + a.detached + b.detached"), "true falsefalse");
}
// 2.7.6 step 5.1: detached entries, seen after the getters have run; all or nothing
TEST(StructuredSerializeWithTransfer, RefusesDetachedEntriesAndDetachesNothing) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let a = new ArrayBuffer(1), b = new ArrayBuffer(1); let ran = false;"
                         "let r = refused(() => structuredClone({get x() { ran = true; b.transfer(); return 1; }}, {transfer: [a, b]})); [r, ran, a.detached].join()"),
              "true,true,false");
    EXPECT_EQ(runner.run("let c = new ArrayBuffer(1), d = new ArrayBuffer(1).transferToImmutable(); refused(() => structuredClone(1, {transfer: [c, d]})) + ' ' + c.detached"), "true false");
}
// 2.7.6 step 5.4: the block moves: the same bytes, at no cost that grows with them
TEST(StructuredSerializeWithTransfer, MovesBuffers) {
    CloningRunner runner;
    EXPECT_EQ(runner.run("let b = new ArrayBuffer(1 << 20, {maxByteLength: 1 << 21}); let u = new Uint8Array(b); u[5] = 5;"
                         "let c = structuredClone({u, b}, {transfer: [b]});"
                         "[b.detached, u.length, c.u[5], c.u.buffer === c.b, c.b.resizable, c.b.maxByteLength].join()"),
              "true,0,5,true,true,2097152");
    EXPECT_EQ(runner.run("let t = new ArrayBuffer(8); structuredClone(0, {transfer: new Set([t])}); t.detached"), "true");
}
// 2.7.7: transferred objects come in the order of the list, even those that nothing mentions
TEST(StructuredDeserializeWithTransfer, ReceivesInOrder) {
    CloningRunner runner;
    Agent& agent = runner.agent();
    RootVector<Value> list(agent.heap());
    for (uint64_t size : {3, 1, 2})
        ASSERT_TRUE(list.push_back(Value(MUST(ArrayBufferObject::create(agent, nullptr, size)))));
    CloneMessage message = MUST(structured_serialize(agent, Value::undefined(), list.span()));
    EXPECT_EQ(message.transfer_count(), 3u);
    EXPECT_FALSE(message.copy().has_value()) << "what is transferred has one receiver";
    RootVector<Value> received(agent.heap());
    EXPECT_TRUE(MUST(structured_deserialize(agent, std::move(message), &received)).is_undefined());
    ASSERT_EQ(received.size(), 3u);
    EXPECT_EQ(received[0].as<ArrayBufferObject>()->byte_length(), 3u);
    EXPECT_EQ(received[2].as<ArrayBufferObject>()->byte_length(), 2u);
}
// 2.7.4: a message may be read elsewhere, later, by several; shared memory only within the cluster
TEST(StructuredDeserialize, ChecksTheCluster) {
    CloningRunner here;
    CloneMessage shared = MUST(structured_serialize(
        here.agent(), Value(MUST(SharedArrayBufferObject::create(here.agent(), nullptr, 8)))));
    CloningRunner elsewhere;
    std::optional<CloneMessage> copy = shared.copy();
    ASSERT_TRUE(copy.has_value());
    EXPECT_TRUE(structured_deserialize(elsewhere.agent(), std::move(*copy)).threw());
    elsewhere.agent().take_exception();
    EXPECT_FALSE(structured_deserialize(here.agent(), std::move(shared)).threw());
}
// 2.7.4: into the current realm of the receiver
TEST(StructuredDeserialize, ReadsInAnotherAgent) {
    CloningRunner here;
    std::vector<uint8_t> bytes = here.bytes_of("{a: [1, 'two', 3n, {x: /r/g}], m: new Map([[1, new Date(5)]])}");
    CloningRunner there;
    std::string list;
    for (uint8_t byte : bytes)
        list += std::to_string(byte) + ",";
    EXPECT_EQ(there.run("let c = reads([" + list + "]); [c.a[0], c.a[1], c.a[2], c.a[3].x.flags, c.m.get(1).getTime(), c instanceof Object].join()"),
              "1,two,3,g,5,true");
}

} // namespace
} // namespace heddle
