// The language, by what scripts print: generators, async order, destructuring, classes, eval, with, finally,
// iterator closing, tagged templates and the temporal dead zone.
#include "interpreter/tests/script_table.h"

namespace heddle::test {
namespace {

class Language : public testing::TestWithParam<ScriptCase> {};

TEST_P(Language, Prints) {
    ScriptHost host;
    EXPECT_EQ(host.run(GetParam().code), GetParam().printed);
}

// The same with a collection at every 7th allocation: what the collector must see is different at every
// point.
TEST_P(Language, PrintsTheSameUnderCollections) {
    AgentOptions options;
    options.heap.gc_stress = 7;
    options.heap.verify = true;
    ScriptHost host(options);
    EXPECT_EQ(host.run(GetParam().code), GetParam().printed);
}

const ScriptCase kGenerators[] = {
    {"Delegation",
     "function* a() { const r = yield* b(); print('r', r); yield 3; } function* b() { yield 1; yield 2; "
     "return 'done'; }"
     "for (const x of a()) print(x);",
     "1; 2; r done; 3"},
    {"SentValues",
     "function* g() { const a = yield 1; print('a', a); const b = yield a + 1; print('b', b); return a + b; }"
     "const i = g(); i.next('lost'); i.next(10); const r = i.next(20); print(r.value, r.done);",
     "a 10; b 20; 30 true"},
    {"ReturnRunsFinally",
     "function* g() { try { yield 1; yield 2; } finally { print('cleanup'); yield 'last'; } }"
     "const i = g(); i.next(); let r = i.return(9); print(r.value, r.done); r = i.next(); print(r.value, "
     "r.done);",
     "cleanup; last false; 9 true"},
    {"ThrowIsCaughtInside",
     "function* g() { for (;;) try { yield; } catch (e) { print('caught', e); } }"
     "const i = g(); i.next(); i.throw(1); i.throw(2);",
     "caught 1; caught 2"},
    {"RunningGeneratorRefuses",
     "const i = (function* () { try { i.next(); } catch (e) { print(e.name); } })(); i.next();", "TypeError"},
    {"DelegatedThrowAndReturn",
     "const inner = { [Symbol.iterator]() { return this; }, next() { return { value: 1, done: false }; },"
     "throw(e) { print('throw', e); return { value: 2, done: false }; }, return(v) { print('return', v); "
     "return { value: v, done: true }; } };"
     "function* g() { yield* inner; } const i = g(); i.next(); print(i.throw('t').value); "
     "print(i.return('v').done);",
     "throw t; 2; return v; true"},
    {"ArgumentsAndThisLive",
     "function* g(a, b) { yield arguments.length; a = 9; yield arguments[0]; yield this.x; }"
     "print([...g.call({ x: 'this' }, 1, 2, 3)].join());",
     "3,9,this"},
    {"DeepRecursionOfGenerators",
     "function* g(n) { if (n) yield* g(n - 1); yield n; } let s = 0; for (const x of g(200)) s += x; "
     "print(s);",
     "20100"},
};
INSTANTIATE_TEST_SUITE_P(Generators, Language, testing::ValuesIn(kGenerators), case_name);

const ScriptCase kAsync[] = {
    {"OrderOfJobs",
     "print(1); Promise.resolve().then(() => print(4)).then(() => print(6)); (async () => { print(2); await "
     "null; print(5); })(); print(3);",
     "1; 2; 3; 4; 5; 6"},
    {"AwaitOfAPromiseTakesOneTurn",
     "(async () => { await Promise.resolve(); print('await'); })(); Promise.resolve().then(() => "
     "print('a')).then(() => print('b'));",
     "await; a; b"},
    {"ReturnOfAPromiseTakesThree",
     "(async () => Promise.resolve())().then(() => print('returned'));"
     "Promise.resolve().then(() => print(1)).then(() => print(2)).then(() => print(3)).then(() => print(4));",
     "1; 2; returned; 3; 4"},
    {"ThenableJob", "Promise.resolve({ then(r) { print('then'); r('v'); } }).then(print); print('sync');",
     "sync; then; v"},
    {"AsyncGeneratorQueue",
     "async function* g() { print('start'); yield 1; yield 2; } const i = g(); i.next().then(r => "
     "print(r.value)); i.next().then(r => print(r.value));"
     "i.next().then(r => print(r.done)); print('queued');",
     "start; queued; 1; 2; true"},
    {"AsyncGeneratorReturnAwaits",
     "async function* g() { try { yield 1; } finally { await null; print('finally'); } } (async () => { for "
     "await (const x of g()) { print(x); break; } print('out'); })();",
     "1; finally; out"},
    {"ForAwaitOverPromises",
     "(async () => { for await (const x of [Promise.resolve(1), 2, new Promise(r => r(3))]) print(x); })();",
     "1; 2; 3"},
    {"RejectionThrowsAtAwait",
     "(async () => { try { await Promise.reject(new Error('no')); } catch (e) { print(e.message); } finally "
     "{ print('f'); } })();",
     "no; f"},
    {"AllSettledAnyRace",
     "const p = [1, Promise.reject(2)]; Promise.allSettled(p).then(r => print(r.map(x => x.status).join())); "
     "Promise.any(p).then(v => print('any', v));"
     "Promise.race(p).then(v => print('race', v)); Promise.all(p).catch(v => print('all', v));",
     "fulfilled,rejected; any 1; race 1; all 2"},
    {"AwaitUsing",
     "(async () => { { await using x = { async [Symbol.asyncDispose]() { await null; print('disposed'); } }; "
     "print('body'); } print('after'); })();",
     "body; disposed; after"},
    {"RejectionInAJobDoesNotStopTheNext",
     "Promise.resolve().then(() => { throw 1; }); Promise.resolve().then(() => print('next'));", "next"},
};
INSTANTIATE_TEST_SUITE_P(Async, Language, testing::ValuesIn(kAsync), case_name);

const ScriptCase kBindings[] = {
    {"DestructuringOrder",
     "const o = { get a() { print('get a'); return undefined; }, get b() { print('get b'); return 2; } };"
     "const k = s => (print('key', s), s); const d = s => (print('default', s), s); const { [k('a')]: x = "
     "d('x'), [k('b')]: y = d('y') } = o; print(x, y);",
     "key a; get a; default x; key b; get b; x 2"},
    {"AssignmentTargetsComeFirst",
     "const log = []; const t = n => (log.push(n), {}); [t('a').x, t('b').y] = [1, 2]; print(log.join());",
     "a,b"},
    {"RestAndHoles",
     "const [a, , b = 5, ...[c, d]] = [1, 2, undefined, 4, 5]; const { x, ...r } = { x: 1, y: 2, z: 3 }; "
     "print(a, b, c, d, Object.keys(r).join());",
     "1 5 4 5 y,z"},
    {"NullIsRefused",
     "try { const {} = null; } catch (e) { print(e.name); } try { (({ a }) => a)(); } catch (e) { "
     "print(e.name); }",
     "TypeError; TypeError"},
    {"Swap", "let a = 1, b = 2; [a, b] = [b, a]; print(a, b);", "2 1"},
    {"TemporalDeadZone",
     "const t = f => { try { f(); print('no'); } catch (e) { print(e.name); } };"
     "t(() => { x; let x; }); t(() => { x = 1; const x = 2; }); t(() => { typeof x; let x; }); t(() => { "
     "const x = x; }); t((a = b, b) => a);"
     "t(() => { class C extends C {} }); t(() => { switch (1) { case 0: let x; case 1: x; } }); t(() => { "
     "const f = () => y; f(); let y; });",
     "ReferenceError; ReferenceError; ReferenceError; ReferenceError; ReferenceError; ReferenceError; "
     "ReferenceError; ReferenceError"},
    {"ConstantsStay",
     "const c = 1; try { c = 2; } catch (e) { print(e.name, c); } try { c++; } catch (e) { print(e.name, c); "
     "}",
     "TypeError 1; TypeError 1"},
    {"LoopsMakeNewBindings",
     "const f = []; for (let i = 0; i < 3; i++) { f.push(() => i); } for (const k in { a: 1, b: 2 }) "
     "f.push(() => k); print(f.map(g => g()).join());",
     "0,1,2,a,b"},
    {"LoopClosureMayChangeTheVariable",
     "for (let i = 0, f = () => i += 2; i < 5; i++) { print(i); if (!i) { f(); } }", "0; 1; 2; 3; 4"},
    {"MappedArguments",
     "function f(a, b) { arguments[0] = 'x'; b = 'y'; return [a, arguments[1], arguments.length].join(); } "
     "print(f(1, 2, 3)); print(f(1));",
     "x,y,3; x,,1"},
    {"UnmappedArguments",
     "function f(a) { 'use strict'; arguments[0] = 'x'; return a; } print(f(1)); function g(a = 0) { "
     "arguments[0] = 'x'; return a; } print(g(1));",
     "1; 1"},
    {"ParameterScope",
     "var x = 'outer'; function f(a = () => x, b = () => eval('x')) { var x = 'inner'; return a() + b() + x; "
     "} print(f());",
     "outerouterinner"},
    {"ClosuresShareTheirVariable",
     "function f() { let n = 0; return [() => ++n, () => n]; } const [inc, get] = f(); inc(); inc(); "
     "print(get());",
     "2"},
    {"FunctionsInBlocks", "print(typeof f); { f(); function f() { print('block'); } } f(); print(typeof f);",
     "undefined; block; block; function"},
    {"NamedFunctionExpressionIsConstant",
     "(function f() { f = 1; print(typeof f); })(); (function g() { 'use strict'; try { g = 1; } catch (e) { "
     "print(e.name); } })();",
     "function; TypeError"},
    {"GlobalLexicalShadowsNothing",
     "let g1 = 1; print(globalThis.g1, typeof g1); var g2 = 2; print(globalThis.g2);", "undefined number; 2"},
};
INSTANTIATE_TEST_SUITE_P(Bindings, Language, testing::ValuesIn(kBindings), case_name);

const ScriptCase kClasses[] = {
    {"FieldsAndAccessors",
     "class A { x = this.y(); #p = 2; y() { return 1; } get p() { return this.#p; } set p(v) { this.#p = v; "
     "} static s = this.name; }"
     "const a = new A(); a.p = 5; print(a.x, a.p, A.s);",
     "1 5 A"},
    {"OrderOfInitialization",
     "const k = s => (print('key ' + s), s); class A { static [k('a')] = print('static a'); [k('b')] = "
     "print('field b'); static { print('block'); } static [k('c')] = print('static c'); }"
     "new A();",
     "key a; key b; key c; static a; block; static c; field b"},
    {"DerivedFieldsComeAfterSuper",
     "class A { constructor() { print('A', this.x); } } class B extends A { x = 1; constructor() { super(); "
     "print('B', this.x); } } new B();",
     "A undefined; B 1"},
    {"ThisBeforeSuper",
     "class A {} class B extends A { constructor(f) { if (f) this.x; super(); try { super(); } catch (e) { "
     "print(e.name); } } }"
     "new B(); try { new B(1); } catch (e) { print(e.name); }",
     "ReferenceError; ReferenceError"},
    {"PrivateNamesAreBranded",
     "class A { #x = 1; static has(o) { return #x in o; } static get(o) { return o.#x; } } print(A.has(new "
     "A()), A.has({}));"
     "try { A.get({}); } catch (e) { print(e.name); }",
     "true false; TypeError"},
    {"PrivateMethodsAndAccessors",
     "class A { #m() { return 'm'; } get #g() { return 'g'; } static #s = 's'; all() { return this.#m() + "
     "this.#g + A.#s; } w() { this.#m = 1; } }"
     "const a = new A(); print(a.all()); try { a.w(); } catch (e) { print(e.name); }",
     "mgs; TypeError"},
    {"SuperProperties",
     "class A { get v() { return this.n; } m() { return 'A.m'; } } class B extends A { n = 7; m() { return "
     "super.m() + super.v; } static s() { return super.name; } }"
     "print(new B().m(), B.s());",
     "A.m7 A"},
    {"SuperInObjectsFollowsTheHome",
     "const p = { m() { return 'p'; } }, q = { m() { return 'q'; } }; const o = { __proto__: p, m() { return "
     "super.m(); } };"
     "print(o.m()); Object.setPrototypeOf(o, q); print(o.m()); print(o.m.call({}));",
     "p; q; q"},
    {"SuperAssignmentHitsThis",
     "class A {} class B extends A { f() { super.x = 1; return Object.keys(this).join(); } } print(new "
     "B().f(), 'x' in A.prototype);",
     "x false"},
    {"ExtendsNull",
     "class N extends null { static s() { return 1; } } print(N.s(), Object.getPrototypeOf(N.prototype)); "
     "try { new N(); } catch (e) { print(e.name); }",
     "1 null; TypeError"},
    {"ExtendingBuiltins",
     "class L extends Array { last() { return this[this.length - 1]; } } const l = new L(); l.push(1, 2); "
     "print(l.last(), l.length, l.map(x => x) instanceof L);"
     "class E extends Error {} const e = new E('m'); print(e.message, e instanceof E, String(e));",
     "2 2 true; m true Error: m"},
    {"NewTarget",
     "function F() { return new.target === F; } print(F()); class A { constructor() { "
     "print(new.target.name); } } class B extends A {} new B();"
     "Reflect.construct(A, [], Map);",
     "false; B; Map"},
    {"ConstructorsMayReturnObjects",
     "class A { constructor() { return { x: 1 }; } } class B extends A { y = 2; } const b = new B(); "
     "print(b.x, b.y, b instanceof B);",
     "1 2 false"},
    {"ComputedGettersAndGenerators",
     "const s = Symbol('s'); class A { *[Symbol.iterator]() { yield* [1, 2]; } get [s]() { return 's'; } "
     "static async ['m']() { return 3; } }"
     "print([...new A()].join(), new A()[s]); A.m().then(print);",
     "1,2 s; 3"},
    {"ClassNameBindingIsInner",
     "let A = class B { static f() { return typeof B; } }; print(A.f(), typeof B);", "function undefined"},
    {"MethodsAreNoConstructors",
     "const o = { m() {}, async a() {}, *g() {} }; for (const k in o) try { new o[k](); } catch (e) { "
     "print(e.name); } try { new (() => 1)(); } catch (e) { print(e.name); }",
     "TypeError; TypeError; TypeError; TypeError"},
};
INSTANTIATE_TEST_SUITE_P(Classes, Language, testing::ValuesIn(kClasses), case_name);

const ScriptCase kDynamic[] = {
    {"DirectEvalSeesLocals",
     "function f(a) { eval('var b = a + 1'); let c = 3; return eval('a + b + c'); } print(f(1));", "6"},
    {"IndirectEvalIsGlobal",
     "var v = 'global'; function f() { var v = 'local'; return (0, eval)('v') + eval('v') + eval?.('v'); } "
     "print(f());",
     "globallocalglobal"},
    {"StrictEvalKeepsItsVariables",
     "(function () { 'use strict'; eval('var q = 1'); print(typeof q); })(); (function () { eval('\"use "
     "strict\"; var r = 1'); print(typeof r); })();",
     "undefined; undefined"},
    {"EvalInArrowsAndParameters",
     "function f(a = eval('this.x'), g = () => eval('arguments.length')) { return a + g(); } print(f.call({ "
     "x: 'x' }));",
     "x0"},
    {"EvalDeclaresDeletableVariables", "eval('var d = 1'); print(typeof d, delete globalThis.d, typeof d);",
     "number true undefined"},
    {"EvalConflicts",
     "try { (() => { let a; eval('var a'); })(); } catch (e) { print(e.name); } try { eval('let b; let b'); "
     "} catch (e) { print(e.name); }",
     "SyntaxError; SyntaxError"},
    {"EvalInClasses",
     "class A { #p = 4; x = eval('this.#p'); f() { return eval('super.toString') === "
     "Object.prototype.toString; } } print(new A().x, new A().f());",
     "4 true"},
    {"CompletionValues",
     "print(eval('1; if (0) 2'), eval('do { 3; continue; } while (0)'), eval('try { 4 } finally { 5 }'), "
     "eval('switch (1) { case 1: 6; break }'), eval('l: { 7; break l; }'), eval('var x = 8'));",
     "undefined 3 4 6 7 undefined"},
    {"WithObject",
     "var o = { a: 1, m() { return this === o; } }; with (o) { a = 2; var b = 3; print(a, m()); } print(o.a, "
     "'b' in o, b);",
     "2 true; 2 false 3"},
    {"WithUnscopables",
     "var x = 'outer'; with ({ x: 'inner', y: 'y', [Symbol.unscopables]: { x: true } }) print(x, y);",
     "outer y"},
    {"WithAndDeletedBinding", "var o = { v: 1 }; with (o) { v = (delete o.v, 2); } print(o.v);", "2"},
    {"WithProxyTraps",
     "const log = []; const p = new Proxy({ z: 1 }, { has(t, k) { if (typeof k === 'string') log.push('has ' "
     "+ k); return k in t; }, get(t, k) { if (typeof k === 'string') log.push('get ' + k); return t[k]; } });"
     "with (p) { z; } print(log.join());",
     "has z,has z,get z"},
    {"FunctionConstructor",
     "const f = new Function('a', 'b = 2, ...c', 'return a + b + c.length'); print(f(1), f.name, f.length); "
     "print(Function('return this')() === globalThis);",
     "3 anonymous 1; true"},
    {"FunctionConstructorIsNotFooled",
     "for (const a of [['/*', '*/){'], ['a){', '}'], ['', '}, function(){']]) try { Function(...a); "
     "print('made'); } catch (e) { print(e.name); }",
     "SyntaxError; SyntaxError; SyntaxError"},
    {"TypeofAndDelete",
     "print(typeof nowhere, delete nowhere, delete globalThis.print2); var kept; print(delete kept);",
     "undefined true true; false"},
};
INSTANTIATE_TEST_SUITE_P(Dynamic, Language, testing::ValuesIn(kDynamic), case_name);

const ScriptCase kControl[] = {
    {"FinallyOverridesReturn", "function f() { try { return 1; } finally { return 2; } } print(f());", "2"},
    {"FinallySeesTheOldValue", "function f() { let x = 1; try { return x; } finally { x = 2; } } print(f());",
     "1"},
    {"LabelledBreakThroughFinally",
     "a: for (const i of [1, 2]) { for (;;) { try { try { continue a; } finally { print('inner', i); } } "
     "finally { print('outer', i); if (i === 2) break a; } } } print('end');",
     "inner 1; outer 1; inner 2; outer 2; end"},
    {"BreakInFinallyDropsTheException",
     "a: try { throw 1; } finally { break a; } print('alive'); function f() { for (;;) try { throw 2; } "
     "finally { break; } return 'out'; } print(f());",
     "alive; out"},
    {"NestedThrowInFinally", "try { try { throw 1; } finally { throw 2; } } catch (e) { print(e); }", "2"},
    {"CatchBindingScope",
     "var e = 'outer'; try { throw 'inner'; } catch (e) { var e = 'var'; print(e); } print(e); try { throw "
     "[1, { a: 2 }]; } catch ([x, { a }]) { print(x, a); }",
     "var; outer; 1 2"},
    {"SwitchFallsThrough",
     "for (const v of [1, 2, 3, 'x']) { switch (v) { case 1: print('one'); default: print('default'); case "
     "2: print('two'); break; case 3: print('three'); } }",
     "one; default; two; two; three; default; two"},
    {"ClosesOnBreak",
     "const it = { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return() { "
     "print('closed'); return {}; } }; } };"
     "for (const x of it) break; const [a] = it; (function () { for (const x of it) return; })(); a: for "
     "(;;) for (const x of it) break a;",
     "closed; closed; closed; closed"},
    {"ClosesOnThrow",
     "const it = { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return() { "
     "print('closed'); throw 'from return'; } }; } };"
     "try { for (const x of it) throw 'from body'; } catch (e) { print(e); } try { for (const x of it) "
     "break; } catch (e) { print(e); }",
     "closed; from body; closed; from return"},
    {"DoesNotCloseWhenNextThrows",
     "const it = { [Symbol.iterator]() { return { next() { throw 'next'; }, return() { print('closed'); "
     "return {}; } }; } };"
     "try { for (const x of it); } catch (e) { print(e); } try { [...it]; } catch (e) { print(e); }",
     "next; next"},
    {"ReturnMustGiveAnObject",
     "const it = { [Symbol.iterator]() { return { next: () => ({ done: false }), return: () => 1 }; } }; try "
     "{ for (const x of it) break; } catch (e) { print(e.name); }",
     "TypeError"},
    {"DestructuringClosesWhenATargetThrows",
     "const it = { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return() { "
     "print('closed'); return {}; } }; } };"
     "try { [{ set x(v) { throw 'set'; } }.x] = it; } catch (e) { print(e); }",
     "closed; set"},
    {"BuiltinsCloseToo",
     "const it = { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return() { "
     "print('closed'); return {}; } }; } };"
     "try { new Map(it); } catch (e) { print(e.name); } try { Array.from(it, () => { throw 'map'; }); } "
     "catch (e) { print(e); }",
     "closed; TypeError; closed; map"},
    {"Using",
     "{ using a = { [Symbol.dispose]() { print('a'); } }, b = { [Symbol.dispose]() { print('b'); } }; "
     "print('body'); }"
     "try { using c = { [Symbol.dispose]() { throw 1; } }; throw 2; } catch (e) { print(e.name, e.error, "
     "e.suppressed); }",
     "body; b; a; SuppressedError 1 2"},
    {"TaggedTemplates",
     "function t(s, ...v) { return s.raw.join('|') + '#' + s.join('|') + '#' + v.join(); } "
     "print(t`a\\n${1}b${2}`); function u(s) { return s[0] === undefined && s.raw[0]; } print(u`\\unicode`);",
     "a\\n|b|#a\n|b|#1,2; \\unicode"},
    {"TemplateObjectsAreOnePerSite",
     "const seen = new Set(); const t = s => { seen.add(s); return Object.isFrozen(s) && "
     "Object.isFrozen(s.raw); }; for (let i = 0; i < 3; i++) t`x`; print(seen.size, t`x`, seen.size);",
     "1 true 2"},
    {"CommaAndExponent", "print((1, 2), 2 ** 3 ** 2, (-2) ** 2, -(2 ** 2)); let e = 2; e **= 3; print(e);",
     "2 512 4 -4; 8"},
    {"LogicalAssignment",
     "let a = null, b = 0, c = 1; a ?\?= 5; b ||= 6; c &&= 7; print(a, b, c); const o = { get x() { return "
     "1; }, set x(v) { print('set'); } }; o.x ||= 2; o.x ?\?= 2; o.x &&= 2;",
     "5 6 7; set"},
    {"OptionalChains",
     "const o = { f() { return this === o; }, n: null }; print(o?.f(), o.n?.x.y.z, o.q?.(), o?.['f']?.(), "
     "(o?.f)(), delete o?.n, delete o.zz?.a);",
     "true undefined undefined true true true true"},
    {"EvaluationOrder",
     "const s = x => (print(x), x); const o = {}; s('a') in (s('b'), {}); o[s('k')] = s('v'); s('f') + "
     "s('g') * (s('h'), 2);",
     "a; b; k; v; f; g; h"},
    {"ForInOrderAndChanges",
     "const o = { b: 1, 2: 1, a: 1, 1: 1, __proto__: { p: 1, a: 1 } }; const k = []; for (const x in o) { "
     "k.push(x); delete o.a; o.late = 1; } print(k.join());",
     "1,2,b,p"},
    {"ForInHidesShadowedKeys",
     "const p = { x: 1, y: 1 }; const o = Object.create(p, { x: { value: 1, enumerable: false } }); const k "
     "= []; for (const x in o) k.push(x); print(k.join()); for (const x in null) print('never');",
     "y"},
    {"ForInOverManyKeys",
     "const o = {}; for (let i = 0; i < 3000; i++) o['k' + i] = o[i * 3] = i; const q = Object.create(o); "
     "for (let i = 0; i < 3000; i += 2) q['k' + i] = 1; let n = 0; for (const x in q) n++; print(n);",
     "6000"},
    {"StringsIterateByCodePoint",
     "print([...'a\\u{1F600}b'].length, Array.from('\\ud800x').length); for (const c of '\\u{1F600}') "
     "print(c.length);",
     "3 2; 2"},
    {"KeysCutFromWideStrings",
     "const o = { length: 5, mine: 6, 7: 7 }; const w = '\\u20aclength mine 7'; print(o[w.slice(1, 7)], "
     "o[w.slice(8, 12)], o[w.slice(13)], 'name' in (() => 1), (() => "
     "1).hasOwnProperty('\\u20acname'.slice(1)), [1, 2]['\\u20aclength'.substring(1)]);",
     "5 6 7 true true 2"},
    {"ToPrimitiveOrder",
     "const o = { valueOf() { print('valueOf'); return {}; }, toString() { print('toString'); return '7'; } "
     "}; print(o * 2); print(`${{ [Symbol.toPrimitive]: h => h }}`);",
     "valueOf; toString; 14; string"},
};
INSTANTIATE_TEST_SUITE_P(Control, Language, testing::ValuesIn(kControl), case_name);

} // namespace
} // namespace heddle::test
