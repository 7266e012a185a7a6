// EventTarget, Event and the handlers `on…`, as the DOM standard has them for targets in no tree.
#include "threads/tests/script_host.h"

#include <gtest/gtest.h>

namespace heddle::test {
namespace {

class Events : public testing::TestWithParam<PrintCase> {};

TEST_P(Events, Print) {
    ScriptHost host;
    EXPECT_EQ(host.run(GetParam().code), GetParam().printed);
}

const PrintCase kCases[] = {
    {"ListenersRunInOrder",
     "const t = new EventTarget(); for (const n of [1, 2, 3]) t.addEventListener('a', () => print(n)); t.dispatchEvent(new Event('a'));",
     "1; 2; 3"},
    {"SameListenerCountsOnce",
     "const t = new EventTarget(), f = () => print('f'); t.addEventListener('a', f); t.addEventListener('a', f); t.addEventListener('a', f, true); t.dispatchEvent(new Event('a'));",
     "f; f"},
    {"CapturingComesFirst",
     "const t = new EventTarget(); t.addEventListener('a', () => print('bubble')); t.addEventListener('a', () => print('capture'), { capture: true }); t.dispatchEvent(new Event('a'));",
     "capture; bubble"},
    {"Once",
     "const t = new EventTarget(); t.addEventListener('a', () => print(1), { once: true }); t.dispatchEvent(new Event('a')); t.dispatchEvent(new Event('a'));", "1"},
    {"PassiveCannotCancel",
     "const t = new EventTarget(); t.addEventListener('a', e => e.preventDefault(), { passive: true }); const e = new Event('a', { cancelable: true }); print(t.dispatchEvent(e), e.defaultPrevented);",
     "true false"},
    {"Cancel",
     "const t = new EventTarget(); t.addEventListener('a', e => e.preventDefault()); print(t.dispatchEvent(new Event('a', { cancelable: true })), t.dispatchEvent(new Event('a')));",
     "false true"},
    {"StopImmediatePropagation",
     "const t = new EventTarget(); t.addEventListener('a', e => { print(1); e.stopImmediatePropagation(); }); t.addEventListener('a', () => print(2)); t.dispatchEvent(new Event('a'));",
     "1"},
    {"StopPropagationBetweenPhases",
     "const t = new EventTarget(); t.addEventListener('a', () => print(3)); t.addEventListener('a', e => { print(1); e.stopPropagation(); }, true); t.addEventListener('a', () => print(2), true); t.dispatchEvent(new Event('a'));",
     "1; 2"},
    {"HandleEvent",
     "const t = new EventTarget(), o = { handleEvent(e) { print(this === o, e.type); } }; t.addEventListener('a', o); t.dispatchEvent(new Event('a'));", "true a"},
    {"HandleEventIsLookedUpLate",
     "const t = new EventTarget(), o = {}; t.addEventListener('a', o); t.dispatchEvent(new Event('a')); o.handleEvent = () => print('late'); t.dispatchEvent(new Event('a'));",
     "uncaught TypeError: An event listener that is no function needs a method handleEvent, got undefined; late"},
    {"RemovedDuringDispatchDoesNotRun",
     "const t = new EventTarget(), g = () => print('g'); t.addEventListener('a', () => { print('f'); t.removeEventListener('a', g); }); t.addEventListener('a', g); t.addEventListener('a', () => print('h')); t.dispatchEvent(new Event('a'));",
     "f; h"},
    {"AllRemovedDuringDispatch",
     "const t = new EventTarget(), fs = [1, 2, 3].map(n => () => { print(n); for (const f of fs) t.removeEventListener('a', f); t.addEventListener('a', () => print('new')); }); for (const f of fs) t.addEventListener('a', f); t.dispatchEvent(new Event('a')); t.dispatchEvent(new Event('a'));",
     "1; new"},
    {"AddedDuringDispatchWaits",
     "const t = new EventTarget(); t.addEventListener('a', () => { print(1); t.addEventListener('a', () => print(2)); }); t.dispatchEvent(new Event('a'));", "1"},
    {"ExceptionsAreReportedAndOthersRun",
     "const t = new EventTarget(); t.addEventListener('a', () => { throw 'x'; }); t.addEventListener('a', () => print('y')); print(t.dispatchEvent(new Event('a')));",
     "uncaught x; y; true"},
    {"DispatchingTwiceThrows",
     "const t = new EventTarget(), e = new Event('a'); t.addEventListener('a', () => { try { t.dispatchEvent(e); } catch (x) { print(x.name); } }); t.dispatchEvent(e); t.dispatchEvent(e);",
     "InvalidStateError; InvalidStateError"},
    {"TargetAndPhase",
     "const t = new EventTarget(), e = new Event('a'); print(e.eventPhase, e.target); t.addEventListener('a', function (e) { print(this === t, e.target === t, e.currentTarget === t, e.eventPhase, e.composedPath().length, e.isTrusted); }); t.dispatchEvent(e); print(e.target === t, e.currentTarget, e.eventPhase, e.composedPath().length);",
     "0 null; true true true 2 1 false; true null 0 0"},
    {"NullListenerIsIgnored", "const t = new EventTarget(); t.addEventListener('a', null); print(t.dispatchEvent(new Event('a')));", "true"},
    {"BadListenerThrows", "try { new EventTarget().addEventListener('a', 1); } catch (e) { print(e.name); }", "TypeError"},
    {"Subclass",
     "class T extends EventTarget { go() { this.dispatchEvent(new Event('a')); } } const t = new T(); t.addEventListener('a', e => print(e.target === t)); t.go(); print(t instanceof EventTarget, String(t));",
     "true; true [object EventTarget]"},
    {"HandlerTakesItsFirstPlace",
     "const { port1: p } = new MessageChannel(); p.addEventListener('messageerror', () => print(1)); p.onmessageerror = () => print('old'); p.addEventListener('messageerror', () => print(2)); p.onmessageerror = () => print('new'); p.dispatchEvent(new Event('messageerror')); p.onmessageerror = null; p.onmessageerror = () => print('last'); p.dispatchEvent(new Event('messageerror')); p.close();",
     "1; new; 2; 1; 2; last"},
    {"HandlerReturningFalseCancels",
     "const { port1: p } = new MessageChannel(); p.onmessageerror = () => false; print(p.dispatchEvent(new Event('messageerror', { cancelable: true }))); p.close();", "false"},
    {"HandlerThatIsNoObjectIsNull", "const { port1: p } = new MessageChannel(); p.onmessage = 1; print(p.onmessage); const o = {}; p.onmessageerror = o; print(p.onmessageerror === o); p.close();", "null; true"},
    {"MessageEventMembers",
     "const { port1: p } = new MessageChannel(); const e = new MessageEvent('m', { data: 5, origin: 'o', lastEventId: 'i', ports: [p], source: p }); print(e.data, e.origin, e.lastEventId, e.ports.length, Object.isFrozen(e.ports), e.ports === e.ports, e.source === p, new MessageEvent('m').data); p.close();",
     "5 o i 1 true true true null"},
    {"ErrorEventMembers", "const e = new ErrorEvent('e', { message: 'm', filename: 'f', lineno: 3, colno: 4, error: 9 }); print(e.message, e.filename, e.lineno, e.colno, e.error, e instanceof Event);", "m f 3 4 9 true"},
    {"MembersCheckTheirReceiver", "for (const g of [() => Event.prototype.type, () => MessageEvent.prototype.data, () => Reflect.get(MessageEvent.prototype, 'data', new Event('a'))]) try { g(); print('no'); } catch (e) { print(e.name); }",
     "TypeError; TypeError; TypeError"},
    {"ConstructorsNeedNew", "for (const c of [EventTarget, Event, MessageChannel, MessagePort, Worker, BroadcastChannel]) try { c('a'); } catch (e) { print(e.name); }",
     "TypeError; TypeError; TypeError; TypeError; TypeError; TypeError"},
    {"InterfaceAttributes",
     "const d = (o, k) => { const p = Object.getOwnPropertyDescriptor(o, k); return [p.writable, p.enumerable, p.configurable].join(); }; print(d(globalThis, 'Worker'), d(globalThis, 'setTimeout'), d(globalThis, 'structuredClone'), setTimeout.length, d(EventTarget.prototype, 'addEventListener'), 'self' in globalThis, typeof postMessage);",
     "true,false,true true,true,true true,true,true 1 true,true,true false undefined"},
    {"CollectedListeners", "const t = new EventTarget(); for (let i = 0; i < 1e4; i++) { const f = () => {}; t.addEventListener('a', f); t.removeEventListener('a', f); } t.addEventListener('a', () => print('kept')); t.dispatchEvent(new Event('a'));", "kept"},
    {"Microtasks", "queueMicrotask(() => print('micro')); setTimeout((a, b) => print('timer', a, b), 1, 'x', 'y'); print('now');", "now; micro; timer x y"},
    {"IntervalClearsItself", "let n = 0; const i = setInterval(() => { print(++n); if (n === 3) clearInterval(i); }, 1);", "1; 2; 3"},
    {"IntervalClearedFromOutside", "let n = 0; const i = setInterval(() => print(++n), 1); setTimeout(() => { clearInterval(i); print('end'); }, 0); clearTimeout(12345);", "1; end"},
};
INSTANTIATE_TEST_SUITE_P(Dom, Events, testing::ValuesIn(kCases), [](const auto& info) { return std::string(info.param.name); });

} // namespace
} // namespace heddle::test
