// AbortController, AbortSignal and listeners with a signal, as the DOM standard has them.
#include "threads/tests/script_host.h"

#include <gtest/gtest.h>

namespace heddle::test {
namespace {

class Abort : public testing::TestWithParam<PrintCase> {};

TEST_P(Abort, Print) {
    ScriptHost host;
    EXPECT_EQ(host.run(GetParam().code), GetParam().printed);
}

const PrintCase kCases[] = {
    {"FreshSignal",
     "const c = new AbortController(); print(c.signal === c.signal, c.signal instanceof EventTarget, c.signal.aborted, c.signal.reason, c.signal.onabort); c.signal.throwIfAborted();",
     "true true false undefined null"},
    {"AbortGivesAnAbortError",
     "const c = new AbortController(); c.abort(); const r = c.signal.reason; print(c.signal.aborted, r instanceof DOMException, r.name, r.code); try { c.signal.throwIfAborted(); } catch (e) { print(e === r); }",
     "true true AbortError 20; true"},
    {"TheFirstReasonStays",
     "const c = new AbortController(); c.abort('a'); c.abort('b'); print(c.signal.reason);", "a"},
    {"NullIsAReason", "const c = new AbortController(); c.abort(null); print(c.signal.aborted, c.signal.reason);", "true null"},
    {"EventOnce",
     "const c = new AbortController(); c.signal.onabort = e => print('handler', e.type, e.isTrusted, e.bubbles, e.target === c.signal); c.signal.addEventListener('abort', () => print('listener', c.signal.reason)); c.abort(1); c.abort(2);",
     "handler abort true false true; listener 1"},
    {"AbortInsideAListener",
     "const c = new AbortController(); c.signal.onabort = () => { c.abort('again'); print(c.signal.reason); }; c.abort('first');", "first"},
    {"ListenersThatThrowAreReported",
     "const c = new AbortController(); c.signal.addEventListener('abort', () => { throw 'x'; }); c.signal.addEventListener('abort', () => print('y')); c.abort(); print('after');",
     "uncaught x; y; after"},
    {"AlreadyAborted", "const s = AbortSignal.abort(); print(s.aborted, s.reason.name); print(AbortSignal.abort(7).reason);", "true AbortError; 7"},
    {"SignalRemovesListeners",
     "const t = new EventTarget(), c = new AbortController(); t.addEventListener('a', () => print(1), { signal: c.signal }); t.addEventListener('a', () => print(2)); t.dispatchEvent(new Event('a')); c.abort(); t.dispatchEvent(new Event('a'));",
     "1; 2; 2"},
    {"ListenersGoBeforeTheEvent",
     "const t = new EventTarget(), c = new AbortController(); c.signal.onabort = () => { t.dispatchEvent(new Event('a')); print('abort'); }; t.addEventListener('a', () => print('a'), { signal: c.signal }); c.abort();",
     "abort"},
    {"AnAbortedSignalAddsNothing",
     "const t = new EventTarget(); t.addEventListener('a', () => print(1), { signal: AbortSignal.abort() }); t.dispatchEvent(new Event('a')); print('none');", "none"},
    {"AbortDuringDispatch",
     "const t = new EventTarget(), c = new AbortController(); t.addEventListener('a', () => c.abort(), { signal: c.signal }); t.addEventListener('a', () => print('gone'), { signal: c.signal }); t.addEventListener('a', () => print('stays')); t.dispatchEvent(new Event('a'));",
     "stays"},
    {"AddedAgainAfterRemoval",
     "const t = new EventTarget(), c = new AbortController(), f = () => print('f'); t.addEventListener('a', f, { signal: c.signal }); t.removeEventListener('a', f); t.addEventListener('a', f); c.abort(); t.dispatchEvent(new Event('a'));",
     "f"},
    {"OptionsAreReadInOrder",
     "const o = {}; for (const n of ['signal', 'passive', 'once', 'capture']) Object.defineProperty(o, n, { get() { print(n); } }); new EventTarget().addEventListener('a', () => {}, o);",
     "capture; once; passive; signal"},
    {"SignalOfAnotherKind",
     "for (const signal of [null, {}, 1]) try { new EventTarget().addEventListener('a', () => {}, { signal }); } catch (e) { print(e.name); }",
     "TypeError; TypeError; TypeError"},
    {"AnyFollowsTheFirst",
     "const a = new AbortController(), b = new AbortController(), s = AbortSignal.any([a.signal, b.signal]); s.onabort = () => print('any', s.reason); b.abort('b'); a.abort('a'); print(s.reason, a.signal.reason);",
     "any b; b a"},
    {"AnyOfNothing", "const s = AbortSignal.any([]); print(s.aborted);", "false"},
    {"AnyOfAborted",
     "const a = new AbortController(), s = AbortSignal.any([a.signal, AbortSignal.abort(1), AbortSignal.abort(2)]); print(s.reason); s.onabort = () => print('never'); a.abort();",
     "1"},
    {"AnyOfAny",
     "const a = new AbortController(), b = new AbortController(), x = AbortSignal.any([a.signal, b.signal, a.signal]), y = AbortSignal.any([x, a.signal]); const order = []; for (const [n, s] of [['a', a.signal], ['y', y], ['x', x]]) s.onabort = () => order.push(n); a.abort(5); print(order, x.reason, y.reason);",
     "a,x,y 5 5"},
    {"ReasonsAreSetBeforeAnyEvent",
     "const a = new AbortController(), s = AbortSignal.any([a.signal]); a.signal.onabort = () => print(s.aborted); a.abort();", "true"},
    {"AnyTakesSignals", "for (const v of [undefined, 1, [1], [null]]) try { AbortSignal.any(v); } catch (e) { print(e.name); }", "TypeError; TypeError; TypeError; TypeError"},
    {"Timeout",
     "const s = AbortSignal.timeout(1); print(s.aborted); s.onabort = () => print(s.reason.name, s.reason.code); setTimeout(() => print('end'), 30);",
     "false; TimeoutError 23; end"},
    {"TimeoutKeepsNoLoop", "AbortSignal.timeout(100000).onabort = () => print('never'); print('end');", "end"},
    {"TimeoutRange",
     "for (const ms of [-1, NaN, Infinity, 2 ** 53, undefined]) try { AbortSignal.timeout(ms); } catch (e) { print(e.name); } print(AbortSignal.timeout('5').aborted);",
     "TypeError; TypeError; TypeError; TypeError; TypeError; false"},
    {"NoConstructor", "try { new AbortSignal(); } catch (e) { print(e.name); } try { AbortController(); } catch (e) { print(e.name); }", "TypeError; TypeError"},
    {"Subclass", "class C extends AbortController { x = 1 } const c = new C(); c.abort(); print(c.x, c.signal.aborted, c instanceof AbortController);", "1 true true"},
    {"Receivers",
     "for (const f of [() => AbortController.prototype.signal, () => AbortController.prototype.abort.call({}), () => AbortSignal.prototype.aborted, () => AbortSignal.prototype.throwIfAborted.call(new EventTarget())]) try { f(); } catch (e) { print(e.name); }",
     "TypeError; TypeError; TypeError; TypeError"},
    {"NotCloneable", "try { structuredClone(new AbortController().signal); } catch (e) { print(e.name); } try { structuredClone(new AbortController()); } catch (e) { print(e.name); }",
     "DataCloneError; DataCloneError"},
    {"Names", "print(Object.prototype.toString.call(new AbortController()), Object.prototype.toString.call(new AbortController().signal), Object.getPrototypeOf(AbortSignal) === EventTarget);",
     "[object AbortController] [object AbortSignal] true"},
};
INSTANTIATE_TEST_SUITE_P(Cases, Abort, testing::ValuesIn(kCases), [](const auto& info) { return info.param.name; });

// DOM 3.2: a signal that follows others lives as long as somebody could see it aborted. Stale words of the stack may keep
// a few that nobody watches.
TEST(AbortLifetime, WatchedFollowersSurviveCollection) {
    ScriptHost host;
    host.run("const a = new AbortController(), t = new EventTarget();"
             "AbortSignal.any([a.signal]).addEventListener('abort', () => print('watched'));"
             "t.addEventListener('x', () => print('x'), { signal: AbortSignal.any([AbortSignal.any([a.signal])]) });"
             "var unwatched = Array.from({ length: 50 }, () => new WeakRef(AbortSignal.any([a.signal])));"
             "globalThis.check = () => { print(unwatched.filter(r => r.deref()).length < 5); t.dispatchEvent(new Event('x')); a.abort(); t.dispatchEvent(new Event('x')); }");
    host.agent().heap().collect();
    EXPECT_EQ(host.run("check()"), "true; x; watched");
}

TEST(AbortLifetime, TimeoutsOfWatchedSignalsSurviveCollection) {
    ScriptHost host;
    host.run("AbortSignal.timeout(20).onabort = () => print('direct');"
             "AbortSignal.any([AbortSignal.timeout(25)]).onabort = e => print(e.target.reason.name);"
             "var unwatched = Array.from({ length: 50 }, () => new WeakRef(AbortSignal.timeout(20)))");
    host.agent().heap().collect();
    EXPECT_EQ(host.run("print(unwatched.filter(r => r.deref()).length < 5); setTimeout(() => print('end'), 60)"), "true; direct; TimeoutError; end");
}

// A signal that lives long keeps neither listeners that are gone nor followers that nobody holds.
TEST(AbortLifetime, LongLivedSignalsStaySmall) {
    ScriptHost host;
    const char* round = "for (let i = 0; i < 20000; i++) { const f = () => i; target.addEventListener('a', f, { signal: life.signal }); "
                        "target.removeEventListener('a', f); AbortSignal.any([life.signal]); }";
    host.run("var life = new AbortController(), target = new EventTarget();");
    host.run(round);
    host.agent().heap().collect();
    size_t before = host.agent().heap().statistics().cell_bytes;
    host.run(round);
    host.agent().heap().collect();
    EXPECT_LT(host.agent().heap().statistics().cell_bytes, before + (size_t{64} << 10));
}

} // namespace
} // namespace heddle::test
