// Short cuts of the interpreter and the library, each made to apply and then taken away: what a script sees
// must not depend on whether one was taken.
#include "interpreter/tests/script_table.h"

namespace heddle::test {
namespace {

class ShortCuts : public testing::TestWithParam<ScriptCase> {};

TEST_P(ShortCuts, AreInvisible) {
    ScriptHost host;
    std::string code = "const warm = f => { for (let i = 0; i < 300; i++) f(); return f(); };";
    EXPECT_EQ(host.run(code + GetParam().code), GetParam().printed);
}

const ScriptCase kSites[] = {
    {"FiveShapesAtOneSite",
     "const all = [{ x: 1 }, { a: 0, x: 2 }, { b: 0, x: 3 }, { c: 0, x: 4 }, { d: 0, x: 5 }]; const f = () "
     "=> all.reduce((s, o) => s * 10 + "
     "o.x, 0); print(warm(f)); all[3].x = 7; delete all[1].x; print(f());",
     "12345; NaN"},
    {"StoresToSeveralShapes",
     "const make = [() => ({}), () => ({ a: 1 }), () => ({ b: 1, x: 0 }), () => { const o = {}; "
     "Object.defineProperty(o, 'x', { set(v) { "
     "this.y = v * 2; } }); return o; }];"
     "const f = () => make.map(m => { const o = m(); o.x = 4; return [o.x, o.y].join(); }).join(' '); "
     "print(warm(f));",
     "4, 4, 4, ,8"},
    {"InheritedSetterAppearsAndGoes",
     "class A {} const f = () => { const o = new A(); o.v = 1; return Object.keys(o).length; }; "
     "print(warm(f)); Object.defineProperty("
     "A.prototype, 'v', { set(x) {}, configurable: true }); print(f()); delete A.prototype.v; print(f());",
     "1; 0; 1"},
    {"GetterThrowsAndIsCaught",
     "class A { get x() { if (this.bad) throw 'bad'; return 1; } } const o = new A(); const f = () => { try "
     "{ return o.x; } catch (e) { "
     "return 'caught ' + e; } finally { o.seen = 1; } }; print(warm(f)); o.bad = true; print(f());",
     "1; caught bad"},
    {"GetterSeesItsReceiver",
     "const p = { get me() { return this; } }; const o = Object.create(p); print(warm(() => o.me === o)); "
     "'use sloppy'; print(typeof "
     "warm(() => { Object.defineProperty(String.prototype, 'me', { get() { 'use strict'; return typeof this; "
     "}, configurable: true }); return "
     "'s'.me; }));",
     "true; string"},
    {"GetterRecursesTooDeep",
     "const o = { get x() { return this.x; } }; try { o.x; } catch (e) { print(e instanceof RangeError); }",
     "true"},
    {"StringMethodIsReplaced",
     "const f = () => 'abc'.charAt(1); print(warm(f)); const old = String.prototype.charAt; "
     "String.prototype.charAt = () => 'new'; "
     "print(f()); String.prototype.charAt = old; print(f()); delete String.prototype.charAt; "
     "Object.prototype.charAt = () => 'far'; print(f());",
     "b; new; b; far"},
    {"MixedReceivers",
     "const all = ['ab', [1, 2, 3], { length: 7 }, 5, 'x']; const f = () => all.map(v => v.length).join(); "
     "print(warm(f));",
     "2,3,7,,1"},
    {"AbsentAppearsOnAnArray",
     "const o = []; const f = () => o.late; print(warm(f)); Array.prototype.late = 1; print(f()); delete "
     "Array.prototype.late; print(f());",
     "undefined; 1; undefined"},
    {"GlobalInThePrototypeChain",
     "const o = Object.create(globalThis); const f = () => typeof o.WeakRef; print(warm(f)); const g = () => "
     "o.lateGlobal; print(warm(g)); "
     "globalThis.lateGlobal = 3; print(g());",
     "function; undefined; 3"},
    {"PrivateNamesOfTwoClasses",
     "const make = v => class { #x = v; get() { return this.#x; } set(n) { this.#x = n; } has(o) { return #x "
     "in o; } }; const A = make(1), B = "
     "make(2); const a = new A(), b = new B(); print(warm(() => a.get() * 10 + b.get())); b.set(5); "
     "print(a.get(), b.get(), a.has(b));"
     "try { a.get.call(b); } catch (e) { print(e.name); }",
     "12; 1 5 false; TypeError"},
};
INSTANTIATE_TEST_SUITE_P(Sites, ShortCuts, testing::ValuesIn(kSites), case_name);

const ScriptCase kConstruction[] = {
    {"PrototypeIsReplacedBetweenObjects",
     "function F() { this.a = 1; } F.prototype.v = 1; const f = () => new F().v; print(warm(f)); F.prototype "
     "= { v: 2 }; print(f()); "
     "F.prototype = 3; print(f(), Object.getPrototypeOf(new F()) === Object.prototype);",
     "1; 2; undefined true"},
    {"ManyPropertiesAreLearned",
     "class A { constructor() { for (let i = 0; i < 40; i++) this['p' + i] = i; } sum() { let s = 0; for "
     "(const k in this) s += this[k]; return "
     "s; } } print(warm(() => new A().sum()));",
     "780"},
    {"DerivedClassesAndNewTarget",
     "class A { constructor() { this.t = new.target.name; } } class B extends A { x = 1; constructor() { "
     "super(); this.y = 2; } } class C "
     "extends B {} print(warm(() => [new A(), new B(), new C()].map(o => o.t + "
     "Object.keys(o).length).join()));",
     "A1,B3,C3"},
    {"ConstructorsReturn",
     "function F(r) { this.v = 1; return r; } const other = { v: 2 }; print(warm(() => [new F(5).v, new "
     "F(other).v, new F().v].join()));"
     "class D extends F { constructor(r) { super(); return r; } } print(warm(() => new D(other).v)); try { "
     "new D(5); } catch (e) { "
     "print(e.name); }",
     "1,2,1; 2; TypeError"},
    {"ConstructorThrows",
     "function F(x) { if (x) throw x; } const f = x => { try { return typeof new F(x); } catch (e) { return "
     "e; } }; print(warm(() => f(0) + "
     "f('no')));",
     "objectno"},
    {"ReflectConstructWithAnotherTarget",
     "function F() { this.a = 1; } function G() {} G.prototype = { g: 1 }; print(warm(() => "
     "Reflect.construct(F, [], G).g + new F().a));",
     "2"},
    {"GetterOfPrototypeOfABoundTarget",
     "let seen = 0; const T = function () {}.bind(); Object.defineProperty(T, 'prototype', { get() { seen++; "
     "return Array.prototype; } }); class A "
     "{} print(warm(() => Reflect.construct(A, [], T) instanceof Array), seen);",
     "true 301"},
};
INSTANTIATE_TEST_SUITE_P(Construction, ShortCuts, testing::ValuesIn(kConstruction), case_name);

const ScriptCase kIteration[] = {
    {"ArrayIteratorMethodIsReplaced",
     "const a = [1, 2]; const f = () => { let s = ''; for (const x of a) s += x; const [p] = a; return s + "
     "[...a] + p; }; print(warm(f)); "
     "Array.prototype[Symbol.iterator] = function* () { yield 9; }; print(f());",
     "121,21; 999"},
    {"NextIsReplaced",
     "const a = [1, 2]; const f = () => [...a].length; print(warm(f)); const p = "
     "Object.getPrototypeOf([][Symbol.iterator]()); const old = "
     "p.next; let n = 0; p.next = function () { n++; return old.call(this); }; print(f(), n);",
     "2; 2 3"},
    {"ArrayHasItsOwnIterator",
     "const a = [1]; a[Symbol.iterator] = function* () { yield 'own'; }; print([...a].join()); class B "
     "extends Array { *[Symbol.iterator]() { "
     "yield 'sub'; } } print([...B.of(1)].join());",
     "own; sub"},
    {"ReturnIsCalledOnBreak",
     "const p = Object.getPrototypeOf([][Symbol.iterator]()); p.return = function () { print('closed'); "
     "return {}; }; for (const x of [1, 2]) "
     "break; const [a] = [3, 4]; print(a); delete p.return;",
     "closed; closed; 3"},
    {"ReturnThatIsUndefinedAtFirst",
     "const p = Object.getPrototypeOf([][Symbol.iterator]()); const f = () => { for (const x of [1, 2]) "
     "break; const [a] = [3, 4]; }; warm(f); "
     "p.return = undefined; f(); let n = 0; p.return = () => { n++; return {}; }; f(); print(n); delete "
     "p.return; f(); print(n); "
     "Object.defineProperty(Object.prototype, 'return', { get() { n += 10; }, configurable: true }); f(); "
     "f(); print(n);",
     "2; 2; 42"},
    {"SpreadOfHoles",
     "const a = [1, , 3]; const b = [...a, ...a]; print(1 in b, b.length, Object.keys(b).join('')); const c "
     "= [0]; c.length = 4; print([...c].join('-'));",
     "true 6 012345; 0---"},
    {"ArrayGrowsAndShrinks",
     "const a = [1, 2, 3]; let s = ''; for (const x of a) { s += x; if (x === 1) a.push(4); if (x === 2) "
     "a.length = 3; } print(s); const h = [1, , "
     "3]; Array.prototype[1] = 'p'; print([...h].join()); delete Array.prototype[1];",
     "123; 1,p,3"},
    {"GeneratorsWithoutResults",
     "function* inner() { yield 1; return 2; } function* outer() { const r = yield* inner(); yield r; yield* "
     "[3]; return 4; } print([...outer()]."
     "join()); const g = outer(); for (const x of g) break; print(JSON.stringify(g.next())); const h = "
     "outer(); h.next(); "
     "print(JSON.stringify([h.next(), ...h, h.next()]));",
     "1,2,3; {\"done\":true}; [{\"value\":2,\"done\":false},3,{\"done\":true}]"},
    {"DelegatedResultsHaveGetters",
     "const log = []; const it = { [Symbol.iterator]() { let n = 0; return { next() { return { get done() { "
     "log.push('d'); return n++ > 1; }, "
     "get value() { log.push('v'); return n; } }; } }; } }; function* g() { yield* it; } "
     "print([...g()].join(), log.join(''));",
     "2 ddvdv"},
    {"GeneratorThrowsInTheMidst",
     "function* g() { try { yield 1; throw 'x'; } finally { print('clean'); } } try { for (const v of g()) "
     "print(v); } catch (e) { print(e); }",
     "1; clean; x"},
    {"RunningGenerator",
     "let it; function* g() { try { for (const x of it) yield x; } catch (e) { yield e.name; } } it = g(); "
     "print([...it].join());",
     "TypeError"},
    {"MapsAndStrings",
     "const m = new Map([[1, 'a'], [2, 'b']]); let s = ''; for (const [k, v] of m) { s += k + v; "
     "m.delete(2); } for (const c of 'a\\u{1F600}b') "
     "s += c.length; for (const v of new Set([7])) s += v; print(s);",
     "1a1217"},
};
INSTANTIATE_TEST_SUITE_P(Iteration, ShortCuts, testing::ValuesIn(kIteration), case_name);

const ScriptCase kCopies[] = {
    {"SpreadKeepsOrderAndAttributes",
     "const s = Symbol('s'); const from = { b: 1, a: 2, 3: 'i', [s]: 4, get g() { return 'got'; } }; "
     "Object.defineProperty(from, 'hidden', { "
     "value: 1 }); const to = { ...from, b: 9 }; print(Reflect.ownKeys(to).map(String).join(), to.g, to.b, "
     "to[s]); to.g = 1; print(to.g);",
     "3,b,a,g,Symbol(s) got 9 4; 1"},
    {"SpreadOfAFrozenObject",
     "const from = Object.freeze({ a: 1, b: 2 }); const to = { ...from }; to.a = 5; to.c = 6; "
     "print(JSON.stringify(to), from.a);",
     "{\"a\":5,\"b\":2,\"c\":6} 1"},
    {"CopiesDoNotShare",
     "const from = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }; const to = { ...from }; to.f = 9; to.a = 8; "
     "from.e = 7; print(JSON.stringify([from, "
     "to]));",
     "[{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":7,\"f\":6},{\"a\":8,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":9}]"},
    {"RestLeavesOut",
     "const { a, ['b']: b, ...rest } = { a: 1, b: 2, c: 3, d: 4 }; print(JSON.stringify(rest)); class P { x "
     "= 1; #y = 2; } print(JSON.stringify({ "
     "...new P() }));",
     "{\"c\":3,\"d\":4}; {\"x\":1}"},
    {"SpreadOverAGetter", "const to = { get a() { return 'g'; }, ...{ a: 1 } }; to.a = 2; print(to.a);", "2"},
    {"SpreadArguments",
     "const f = (...a) => a.length + ':' + a.join(''); print(f(...[1, , 3], ...'ab'), Math.max(...[4, 2], "
     "9), new Array(...[3]).length); try { "
     "f(...new Array(2 ** 21)); } catch (e) { print(e.name); }",
     "5:13ab 9 3; RangeError"},
};
INSTANTIATE_TEST_SUITE_P(Copies, ShortCuts, testing::ValuesIn(kCopies), case_name);

const ScriptCase kNumbers[] = {
    {"WrappingDoubles",
     "const f = (a, b) => [a | b, a & b, a ^ b, a << b, a >> b, a >>> b].join(); print(f(4294967296.5, 1), "
     "f(-2147483649, 33), f(1e300, NaN), "
     "f(9007199254740993, -1));",
     "1,0,1,0,0,0 2147483647,33,2147483614,-2,1073741823,1073741823 0,0,0,0,0,0 -1,0,-1,0,0,0"},
    {"IntegersAmongDoubles",
     "print(Object.is(-0.5 * 0, -0), 2147483647.5 + 0.5, -2147483648.5 + 0.5, -2147483648.5 - 0.5, [7, "
     "8][0.5 * 2], new Map([[2, 'k']]).get(4 * 0.5));",
     "true 2147483648 -2147483648 -2147483649 8 k"},
};
INSTANTIATE_TEST_SUITE_P(Numbers, ShortCuts, testing::ValuesIn(kNumbers), case_name);

} // namespace
} // namespace heddle::test
