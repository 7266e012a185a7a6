// Inline caches, made warm and then made wrong: each script reads through one site before and after a change
// that the cache must notice.
#include "interpreter/tests/script_table.h"

namespace heddle::test {
namespace {

class Caches : public testing::TestWithParam<ScriptCase> {};

TEST_P(Caches, NoticeTheChange) {
    ScriptHost host;
    // warm(f): one site runs often enough for any cache to be filled; then f gives what it gives.
    std::string code = "const warm = f => { for (let i = 0; i < 300; i++) f(); return f(); };";
    EXPECT_EQ(host.run(code + GetParam().code), GetParam().printed);
}

const ScriptCase kReads[] = {
    {"PrototypePropertyIsShadowed",
     "const p = { x: 1 }, o = Object.create(p); const f = () => o.x; print(warm(f)); o.x = 2; print(f());",
     "1; 2"},
    {"PrototypePropertyChanges",
     "const p = { x: 1 }, o = Object.create(p); const f = () => o.x; print(warm(f)); p.x = 2; print(f());",
     "1; 2"},
    {"PrototypePropertyIsDeleted",
     "const q = { x: 'far' }, p = Object.create(q, { x: { value: 'near', configurable: true } }), o = "
     "Object.create(p); const f = () => o.x;"
     "print(warm(f)); delete p.x; print(f()); delete q.x; print(f());",
     "near; far; undefined"},
    {"PropertyAppearsInBetween",
     "const q = { x: 1 }, p = Object.create(q), o = Object.create(p); const f = () => o.x; print(warm(f)); "
     "p.x = 2; print(f());",
     "1; 2"},
    {"PrototypeIsReplaced",
     "const o = Object.create({ x: 1 }); const f = () => o.x; print(warm(f)); Object.setPrototypeOf(o, { x: "
     "2 }); print(f()); o.__proto__ = null; print(f());",
     "1; 2; undefined"},
    {"PrototypeOfThePrototypeIsReplaced",
     "const p = Object.create({ x: 1 }), o = Object.create(p); const f = () => o.x; print(warm(f)); "
     "Object.setPrototypeOf(p, { x: 2 }); print(f());",
     "1; 2"},
    {"AbsentPropertyAppears",
     "const p = {}, o = Object.create(p); const f = () => o.x; print(warm(f)); p.x = 1; print(f()); "
     "Object.prototype.y = 2; print((() => o.y)());",
     "undefined; 1; 2"},
    {"AbsentPropertyAppearsOnObjectPrototype",
     "const o = {}; const f = () => o.late; print(warm(f)); Object.prototype.late = 1; print(f()); delete "
     "Object.prototype.late; print(f());",
     "undefined; 1; undefined"},
    {"DataBecomesAccessor",
     "const o = { x: 1 }; const f = () => o.x; print(warm(f)); Object.defineProperty(o, 'x', { get() { "
     "return 'got'; } }); print(f());",
     "1; got"},
    {"AccessorBecomesData",
     "const o = { get x() { return 'got'; } }; const f = () => o.x; print(warm(f)); Object.defineProperty(o, "
     "'x', { value: 2 }); print(f());",
     "got; 2"},
    {"PrototypeDataBecomesAccessor",
     "class A { get x() { return 'old'; } } const o = new A(); const f = () => o.x; print(warm(f)); "
     "Object.defineProperty(A.prototype, 'x', { get() { return 'new ' + (this === o); } }); print(f());",
     "old; new true"},
    {"GetterIsReplacedInPlace",
     "const o = { get x() { return 1; } }; const f = () => o.x; print(warm(f)); Object.defineProperty(o, "
     "'x', { get: () => 2 }); print(f());",
     "1; 2"},
    {"OwnPropertyIsDeleted",
     "const o = { a: 1, x: 2, b: 3 }; const f = () => [o.a, o.x, o.b].join(); print(warm(f)); delete o.x; "
     "print(f()); o.x = 4; print(f());",
     "1,2,3; 1,,3; 1,4,3"},
    {"MethodOnThePrototypeIsReplaced",
     "class A { m() { return 1; } } const o = new A(); const f = () => o.m(); print(warm(f)); A.prototype.m "
     "= () => 2; print(f()); A.prototype.m = undefined; try { f(); } catch (e) { print(e.name); }",
     "1; 2; TypeError"},
    {"InheritedThroughAFunction",
     "function F() {} F.prototype.x = 1; const o = new F(); const f = () => o.x; print(warm(f)); F.prototype "
     "= { x: 2 }; print(f(), new F().x); Object.getPrototypeOf(o).x = 3; print(f());",
     "1; 1 2; 3"},
    {"Megamorphic",
     "const make = [() => ({ x: 1 }), () => ({ a: 0, x: 2 }), () => ({ b: 0, x: 3 }), () => ({ c: 0, d: 0, "
     "x: 4 }), () => Object.create({ x: 5 }), () => ({ get x() { return 6; } }), () => [], () => 'text', () "
     "=> 7, () => new Proxy({ x: 8 }, {}), () => { const o = { y: 1, x: 9 }; delete o.y; return o; }];"
     "Array.prototype.x = 'array'; String.prototype.x = 'string'; Number.prototype.x = 'number'; let all; "
     "for (let i = 0; i < 50; i++) { all = []; for (const m of make) all.push(read(m())); } function read(o) "
     "{ return o.x; } print(all.join());",
     "1,2,3,4,5,6,array,string,number,8,9"},
    {"LengthOfEverything",
     "function read(o) { return o.length; } let all; for (let i = 0; i < 50; i++) all = [[1, 2], 'abc', new "
     "Uint8Array(4), { length: 5 }, function (a, b) {}, { get length() { return 6; } }, "
     "Object('xy')].map(read); print(all.join());"
     "const a = [1]; const f = () => read(a); warm(f); a.length = 0; print(f());",
     "2,3,4,5,2,6,2; 0"},
    {"PrimitivesFollowTheirPrototype",
     "String.prototype.m = function () { 'use strict'; return typeof this; }; const f = () => 'x'.m(); "
     "print(warm(f)); String.prototype.m = function () { return typeof this; }; print(f());",
     "string; object"},
    {"DictionaryObjects",
     "const o = {}; for (let i = 0; i < 2000; i++) o['k' + i] = i; const f = () => o.k1500; print(warm(f)); "
     "o.k1500 = 'new'; print(f()); delete o.k1500; print(f()); o.k1500 = 'again'; print(f());",
     "1500; new; undefined; again"},
    {"DictionaryPrototypes",
     "const p = { x: 1, y: 2 }; delete p.y; const o = Object.create(p); const f = () => o.x; print(warm(f)); "
     "p.x = 2; print(f()); delete p.x; print(f()); p.x = 3; print(f());",
     "1; 2; undefined; 3"},
    {"ProxyInTheChain",
     "const o = Object.create(new Proxy({}, { get: (t, k, r) => r === o && k })); const f = () => "
     "o.anything; print(warm(f)); o.anything = 1; print(f());",
     "anything; 1"},
    {"Globals",
     "globalThis.g = 1; const f = () => g; print(warm(f)); globalThis.g = 2; print(f()); delete "
     "globalThis.g; try { f(); } catch (e) { print(e.name); } Object.defineProperty(globalThis, 'g', { get: "
     "() => 'got', configurable: true }); print(f());",
     "1; 2; ReferenceError; got"},
    {"GlobalShadowedByLexical",
     "globalThis.h = 'object'; const f = () => h; print(warm(f)); globalThis.eval('1'); print(f());",
     "object; object"},
    {"FrozenAndSealed",
     "const o = { x: 1 }; const f = () => { o.x = 2; return o.x; }; Object.freeze(o); print(warm(f)); const "
     "g = () => { 'use strict'; o.x = 3; }; try { g(); } catch (e) { print(e.name); }",
     "1; TypeError"},
};
INSTANTIATE_TEST_SUITE_P(Reads, Caches, testing::ValuesIn(kReads), case_name);

const ScriptCase kWrites[] = {
    {"SetterAppearsOnThePrototype",
     "const p = {}; const add = v => { const o = Object.create(p); o.x = v; return Object.keys(o).join(); }; "
     "print(warm(() => add(1))); Object.defineProperty(p, 'x', { set(v) { print('set', v); } }); "
     "print(add(2));",
     "x; set 2; "},
    {"SetterAppearsFarUp",
     "const q = {}, p = Object.create(q); function C() { this.x = 1; } C.prototype = p; print(warm(() => "
     "Object.keys(new C()).join())); Object.defineProperty(q, 'x', { set() { print('set'); } }); "
     "print(Object.keys(new C()).join());",
     "x; set; "},
    {"SetterAppearsOnObjectPrototype",
     "const f = () => { const o = {}; o.added = 1; return o; }; print(warm(f).added); "
     "Object.defineProperty(Object.prototype, 'added', { set() { print('set'); }, configurable: true }); "
     "print(f().added);",
     "1; set; undefined"},
    {"PrototypePropertyBecomesReadOnly",
     "const p = { x: 0 }; const f = () => { const o = Object.create(p); o.x = 1; return o.x; }; "
     "print(warm(f)); Object.defineProperty(p, 'x', { writable: false }); print(f()); Object.freeze(p);"
     "const g = () => { 'use strict'; Object.create(p).x = 1; }; try { g(); } catch (e) { print(e.name); }",
     "1; 0; TypeError"},
    {"OwnPropertyBecomesReadOnly",
     "const o = { x: 1 }; let n = 1; const f = () => { o.x = ++n; return o.x; }; print(warm(f)); "
     "Object.defineProperty(o, 'x', { writable: false }); const v = o.x; f(); print(o.x === v);",
     "302; true"},
    {"OwnPropertyBecomesSetter",
     "const o = { x: 1 }; const f = v => { o.x = v; }; warm(() => f(1)); Object.defineProperty(o, 'x', { "
     "set(v) { print('set', v); }, get() { return 'get'; } }); f(2); print(o.x);",
     "set 2; get"},
    {"AdditionToNonExtensible",
     "const add = o => { o.x = 1; return 'x' in o; }; print(warm(() => add({}))); "
     "print(add(Object.preventExtensions({}))); try { (function () { 'use strict'; "
     "Object.preventExtensions({}).x = 1; })(); } catch (e) { print(e.name); }",
     "true; false; TypeError"},
    {"AdditionThroughProxyPrototype",
     "const add = p => { const o = Object.create(p); o.x = 1; return Object.keys(o).join(); }; print(warm(() "
     "=> add({}))); print(add(new Proxy({}, { set(t, k, v) { print('trap', k, v); return true; } })));",
     "x; trap x 1; "},
    {"SameSiteManyShapes",
     "const put = (o, v) => { o.x = v; return o.x; }; const objects = []; for (let i = 0; i < 30; i++) { "
     "const o = {}; o['k' + i] = 1; objects.push(o); } for (let j = 0; j < 20; j++) for (const o of objects) "
     "put(o, j); print(objects.every(o => o.x === 19 && Object.keys(o).length === 2));",
     "true"},
    {"ConstructorsThatGrow",
     "class P { constructor(n) { for (let i = 0; i < n; i++) this['f' + i] = i; } } let o; for (let n = 0; n "
     "< 100; n++) o = new P(n); print(Object.keys(o).length, o.f98, o.f0, Object.keys(new P(3)).join());",
     "99 98 0 f0,f1,f2"},
    {"AdditionAfterDeletion",
     "const f = () => { const o = { a: 1, b: 2 }; delete o.a; o.c = 3; o.a = 4; return JSON.stringify(o); }; "
     "print(warm(f));",
     "{\"b\":2,\"c\":3,\"a\":4}"},
    {"ElementsAndHoles",
     "const a = [1, , 3]; const f = () => a[1]; print(warm(f)); Array.prototype[1] = 'proto'; print(f()); "
     "a[1] = 2; print(f()); delete Array.prototype[1]; delete a[1]; print(f());",
     "undefined; proto; 2; undefined"},
    {"ElementSetterOnThePrototype",
     "const put = a => { a[2] = 1; return a.length; }; print(warm(() => put([]))); "
     "Object.defineProperty(Array.prototype, 2, { set() { print('set'); }, configurable: true }); "
     "print(put([])); delete Array.prototype[2]; print(put([]));",
     "3; set; 0; 3"},
    {"PushOnFrozen",
     "const a = Object.freeze([1]); const f = () => { try { a.push(2); } catch (e) { return e.name; } }; "
     "print(warm(f), a.length); const b = [1]; Object.defineProperty(b, 'length', { writable: false }); try "
     "{ b.push(1); } catch (e) { print(e.name, b.length); }",
     "TypeError 1; TypeError 1"},
    {"IndexedAccessWithChangingKeys",
     "const o = { a: 1, b: 2, 3: 3 }; const s = Symbol(); o[s] = 4; const read = k => o[k]; let t; for (let "
     "i = 0; i < 100; i++) t = ['a', 'b', 3, '3', s, 'zz', { toString: () => 'a' }].map(read); "
     "print(t.map(String).join());",
     "1,2,3,3,4,undefined,1"},
    {"GlobalVariableBecomesReadOnly",
     "globalThis.w = 1; const f = v => { w = v; return w; }; print(warm(() => f(2))); "
     "Object.defineProperty(globalThis, 'w', { writable: false }); print(f(3)); try { (() => { 'use strict'; "
     "w = 4; })(); } catch (e) { print(e.name); }",
     "2; 2; TypeError"},
    {"StrictAssignmentToNowhere",
     "const f = () => { 'use strict'; gone = 1; }; globalThis.gone = 0; warm(f); delete globalThis.gone; try "
     "{ f(); } catch (e) { print(e.name); } print(typeof gone);",
     "ReferenceError; undefined"},
    {"CallsWithChangingCallees",
     "const call = (f, ...a) => f(...a); const fs = [x => x + 1, function (x) { return x * 2; }, Math.abs, "
     "(class { static s(x) { return -x; } }).s, Object, new Proxy(x => x, {}), (x => x).bind(null, 9)]; let "
     "r; for (let i = 0; i < 60; i++) r = fs.map(f => String(call(f, 4))); print(r.join()); try { call(1); } "
     "catch (e) { print(e.name); }",
     "5,8,4,-4,4,4,9; TypeError"},
};
INSTANTIATE_TEST_SUITE_P(Writes, Caches, testing::ValuesIn(kWrites), case_name);

} // namespace
} // namespace heddle::test
