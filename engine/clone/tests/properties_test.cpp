// Laws of structured clone, and the ArrayBuffer family against a plain model, over generated programs. A counterexample is
// printed as a JavaScript program that any engine can run.
#include "base/planted_bug.h"
#include "clone/tests/cloning.h"
#include "sync/current_thread.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace heddle {
namespace {

/// One statement of a generated program: which, and what it takes.
struct Step {
    uint8_t kind;
    uint8_t a;
    uint8_t b;
    uint8_t c;
};

} // namespace
} // namespace heddle

namespace rc {
template<>
struct Arbitrary<heddle::Step> {
    static Gen<heddle::Step> arbitrary() {
        auto small = gen::resize(kNominalSize, gen::arbitrary<uint8_t>());
        return gen::build<heddle::Step>(gen::set(&heddle::Step::kind, small), gen::set(&heddle::Step::a, small),
                                        gen::set(&heddle::Step::b, small), gen::set(&heddle::Step::c, small));
    }
};
} // namespace rc

namespace heddle {
namespace {

// --- graphs ---------------------------------------------------------------------------------------------------------

constexpr const char* kGraphPrelude = R"JS(
const fail = what => { throw new Error(what); };
// The first difference between two graphs, identity included; undefined when there is none.
function difference(left, right) {
  const there = new Map, back = new Map, pending = [];
  function pair(a, b, at) {
    if (Object(a) !== a || Object(b) !== b) return Object.is(a, b) ? undefined : at + ': ' + String(a) + ' is not ' + String(b);
    if (there.has(a) !== back.has(b) || there.has(a) && there.get(a) !== b) return at + ': shared on one side only';
    if (!there.has(a)) { there.set(a, b); back.set(b, a); pending.push([a, b, at]); }
  }
  const kind = x => Object.prototype.toString.call(x) + (ArrayBuffer.isView(x) ? x.constructor.name : '');
  let found = pair(left, right, 'value');
  while (!found && pending.length) {
    const [a, b, at] = pending.pop();
    if (kind(a) !== kind(b)) return at + ': ' + kind(a) + ' is not ' + kind(b);
    const pairs = [];
    if (a instanceof Map) { const x = [...a], y = [...b]; pairs.push([x.length, y.length]); x.forEach((e, i) => pairs.push([e[0], y[i]?.[0]], [e[1], y[i]?.[1]])); }
    else if (a instanceof Set) { const x = [...a], y = [...b]; pairs.push([x.length, y.length]); x.forEach((e, i) => pairs.push([e, y[i]])); }
    else if (a instanceof Date) pairs.push([a.getTime(), b.getTime()]);
    else if (a instanceof RegExp) pairs.push([String(a), String(b)]);
    else if (a instanceof ArrayBuffer || a instanceof SharedArrayBuffer) {
      pairs.push([a.byteLength, b.byteLength], [a.maxByteLength, b.maxByteLength], [a.resizable ?? a.growable, b.resizable ?? b.growable]);
      pairs.push([new Uint8Array(a).join(), new Uint8Array(b).join()]);
    } else if (ArrayBuffer.isView(a)) pairs.push([a.buffer, b.buffer], [a.byteOffset, b.byteOffset], [a.byteLength, b.byteLength]);
    else if (a instanceof Error) pairs.push([a.message, b.message], [a.cause, b.cause], [a.stack, b.stack]);
    else if (a instanceof Boolean || a instanceof Number || a instanceof BigInt || a instanceof String) pairs.push([a.valueOf(), b.valueOf()]);
    else { const x = Object.keys(a), y = Object.keys(b); pairs.push([x.join(), y.join()], [a.length, b.length]); for (const k of x) pairs.push([a[k], b[k]]); }
    for (const [x, y] of pairs) found ||= pair(x, y, at + '>' + kind(a));
  }
  return found;
}
const made = [{}];
const add = x => (made.push(x), x);
const pick = i => made[i % made.length];
function put(holder, key, value) {
  if (holder instanceof Map) holder.set(key, value);
  else if (holder instanceof Set) holder.add(value);
  else if (holder instanceof Error) holder.cause = value;
  else if (Array.isArray(holder)) { if (typeof key === 'number') holder[key] = value; else holder.push(value); }
  else if (Object.getPrototypeOf(holder) === Object.prototype) holder[key] = value;
}
)JS";

std::string graph_statement(const Step& step) {
    static constexpr const char* kValues[] = {
        "add({})", "add([])", "add(new Map)", "add(new Set)", "add(new Error('e'))", "add(new Date(7))", "add(/r/gi)", "add(Object('s'))",
        "add(Object(-0))", "add(Object(true))", "add(Object(3n))", "undefined", "null", "true", "1.5", "-7", "'text'", "'\\u0100'", "2n ** 65n",
        "add(new Uint8Array([1, 2, 3]).buffer)", "add(new ArrayBuffer(4, {maxByteLength: 9}))", "add(new SharedArrayBuffer(3))",
        "add(new Uint16Array(2))", "add(new DataView(new ArrayBuffer(6), 1, 3))", "add(new Float64Array(new ArrayBuffer(16, {maxByteLength: 32})))",
        "pick({})", "pick({})", "pick({})"};
    static constexpr const char* kKeys[] = {"'a'", "'b'", "'c'", "3", "700", "'long key'", "pick({})", "1.5"};
    std::string value = kValues[step.b % std::size(kValues)];
    if (value == "pick({})") value = fmt::format("pick({})", step.c);
    std::string key = kKeys[step.kind % std::size(kKeys)];
    if (key == "pick({})") key = fmt::format("pick({})", step.c / 2);
    return fmt::format("put(pick({}), {}, {});\n", step.a, key, value);
}

std::string graph_program(const std::vector<Step>& steps, const char* law) {
    std::string program = std::string("(() => {") + kGraphPrelude;
    for (const Step& step : steps)
        program += graph_statement(step);
    return program + law + "})()";
}

bool holds(const char* name, const char* law) {
    CloningRunner runner;
    return rc::check(name, [&](const std::vector<Step>& steps) {
        std::string program = graph_program(steps, law);
        std::string outcome = runner.run(program);
        if (outcome != "holds") RC_LOG() << "// " << outcome << "\n" << program << "\n";
        RC_ASSERT(outcome == "holds");
    });
}

/// Switches a planted bug on for the calling thread.
class Planted {
public:
    explicit Planted(PlantedBug bug) { sync::current_thread().planted_bugs = uint64_t{1} << static_cast<int>(bug); }
    ~Planted() { sync::current_thread().planted_bugs = 0; }
};

constexpr const char* kIdentityLaw = "const d = difference(made[0], structuredClone(made[0])); return d ?? 'holds';";

TEST(CloneLaws, AGraphKeepsItsIdentities) {
    EXPECT_TRUE(holds("a clone is the same graph", kIdentityLaw));
}

#ifdef HEDDLE_CHECKED
TEST(CloneLaws, NoticeLostIdentity) {
    Planted planted(PlantedBug::CloneLosesSharing);
    EXPECT_FALSE(holds("(planted) a clone is the same graph", kIdentityLaw));
}
#endif

TEST(CloneLaws, TheCloneOfACloneIsEqual) {
    EXPECT_TRUE(holds("cloning twice is cloning once",
         "const once = structuredClone(made[0]), twice = structuredClone(once); return difference(once, twice) ?? difference(made[0], twice) ?? 'holds';"));
}

TEST(CloneLaws, AFailureChangesNothing) {
    EXPECT_TRUE(holds("a failed clone leaves everything as it was", R"JS(
  const buffers = made.filter(x => x instanceof ArrayBuffer);
  const before = structuredClone(made[0]);
  let name = 'nothing thrown';
  try { structuredClone([made[0], () => 1], {transfer: buffers}); } catch (e) { name = e.name; }
  if (name !== 'DataCloneError') return name;
  if (buffers.some(b => b.detached)) return 'a buffer was detached';
  return difference(before, made[0]) ?? 'holds';)JS"));
}

TEST(CloneLaws, ATransferConservesBytes) {
    EXPECT_TRUE(holds("a transfer moves what a clone copies", R"JS(
  const buffers = made.filter(x => x instanceof ArrayBuffer);
  const copy = structuredClone(made[0]);
  const moved = structuredClone(made[0], {transfer: buffers});
  if (!buffers.every(b => b.detached && b.byteLength === 0)) return 'a buffer was not detached';
  return difference(copy, moved) ?? 'holds';)JS"));
}

// --- the ArrayBuffer family -------------------------------------------------------------------------------------------

constexpr const char* kBufferPrelude = R"JS(
// Buffers beside what they should be: bytes as a plain array, maximum, and whether they are shared, immutable, detached.
const real = [], model = [], views = [];
const at = i => i % real.length;
const expect = (expected, f) => { let got = 'none'; let value; try { value = f(); } catch (e) { got = e.name; } if (got !== expected) throw new Error('threw ' + got + ' and not ' + expected); return value; };
const enter = (buffer, m) => { real.push(buffer); model.push(m); };
const zeros = n => new Array(n).fill(0);
const op = {
  create(size, max, shared) {
    const options = max === undefined ? undefined : {maxByteLength: max};
    const wrong = max !== undefined && max < size;
    const buffer = expect(wrong ? 'RangeError' : 'none', () => shared ? new SharedArrayBuffer(size, options) : new ArrayBuffer(size, options));
    if (!wrong) enter(buffer, {bytes: zeros(size), max, shared, immutable: false, detached: false});
  },
  resize(i, size) {
    const m = model[at(i)], b = real[at(i)];
    const error = m.shared || m.max === undefined ? 'TypeError' : m.detached ? 'TypeError' : size > m.max ? 'RangeError' : 'none';
    expect(error, () => ArrayBuffer.prototype.resize.call(b, size));
    if (error === 'none') { m.bytes.length = Math.min(size, m.bytes.length); while (m.bytes.length < size) m.bytes.push(0); }
  },
  grow(i, size) {
    const m = model[at(i)], b = real[at(i)];
    const error = !m.shared || m.max === undefined ? 'TypeError' : size > m.max || size < m.bytes.length ? 'RangeError' : 'none';
    expect(error, () => SharedArrayBuffer.prototype.grow.call(b, size));
    if (error === 'none') while (m.bytes.length < size) m.bytes.push(0);
  },
  move(i, method, size) {
    const m = model[at(i)], b = real[at(i)];
    const resizable = method === 'transfer' && m.max !== undefined;
    const length = size ?? m.bytes.length;
    const error = m.shared || m.detached || m.immutable ? 'TypeError' : resizable && length > m.max ? 'RangeError' : 'none';
    const result = expect(error, () => size === undefined ? ArrayBuffer.prototype[method].call(b) : ArrayBuffer.prototype[method].call(b, size));
    if (error !== 'none') return;
    const bytes = m.bytes.slice(0, length); while (bytes.length < length) bytes.push(0);
    enter(result, {bytes, max: resizable ? m.max : undefined, shared: false, immutable: method === 'transferToImmutable', detached: false});
    m.bytes = []; m.detached = true;
  },
  detach(i) {
    const m = model[at(i)], b = real[at(i)];
    const error = m.shared || m.detached || m.immutable ? 'DataCloneError' : 'none';
    const result = expect(error, () => structuredClone(b, {transfer: [b]}));
    if (error !== 'none') return;
    enter(result, {...m}); m.bytes = []; m.detached = true;
  },
  clone(i) {
    const m = model[at(i)], b = real[at(i)];
    const result = expect(m.detached ? 'DataCloneError' : 'none', () => structuredClone(b));
    if (!m.detached) enter(result, m.shared ? m : {...m, bytes: m.bytes.slice()});
  },
  slice(i, from, to) {
    const m = model[at(i)], b = real[at(i)];
    const result = expect(m.detached ? 'TypeError' : 'none', () => b.slice(from, to));
    if (!m.detached) enter(result, {bytes: m.bytes.slice(from, to), max: undefined, shared: m.shared, immutable: false, detached: false});
  },
  view(i, offset, length) {
    const m = model[at(i)], b = real[at(i)];
    const error = m.detached ? 'TypeError' : offset > m.bytes.length || length !== undefined && offset + length > m.bytes.length ? 'RangeError' : 'none';
    const tracks = length === undefined && m.max !== undefined;
    const view = expect(error, () => new Uint8Array(b, offset, length));
    if (error === 'none') views.push({view, m, offset, length: tracks ? undefined : length ?? m.bytes.length - offset});
  },
  write(v, index, value) {
    if (!views.length) return;
    const {view, m, offset, length} = views[v % views.length];
    const inside = this.length(views[v % views.length]) > index;
    expect('none', () => { view[index] = value; });
    if (inside && !m.immutable) m.bytes[offset + index] = value;
  },
  length({m, offset, length}) {
    if (m.detached) return 0;
    if (length === undefined) return Math.max(0, m.bytes.length - offset);
    return offset + length > m.bytes.length ? 0 : length;
  },
};
function check() {
  real.forEach((b, i) => {
    const m = model[i], same = (what, x, y) => { if (x !== y) throw new Error('buffer ' + i + ': ' + what + ' is ' + x + ' and not ' + y); };
    same('byteLength', b.byteLength, m.bytes.length);
    same('maxByteLength', b.maxByteLength, m.detached ? 0 : m.max ?? m.bytes.length);
    same('resizable', m.shared ? b.growable : b.resizable, m.max !== undefined);
    if (!m.shared) { same('detached', b.detached, m.detached); same('immutable', b.immutable, m.immutable); }
    if (!m.detached) same('bytes', new Uint8Array(b).join(), m.bytes.join());
  });
  views.forEach((v, i) => { if (v.view.length !== op.length(v)) throw new Error('view ' + i + ': length is ' + v.view.length + ' and not ' + op.length(v)); });
}
op.create(4, 8, false); check();
)JS";

std::string buffer_statement(const Step& s) {
    std::string maximum = s.b % 3 == 0 ? "undefined" : std::to_string(s.b % 40);
    std::string optional = s.c % 3 == 0 ? "undefined" : std::to_string(s.c % 24);
    switch (s.kind % 11) {
    case 0: return fmt::format("op.create({}, {}, {})", s.a % 32, maximum, s.c % 2 == 0);
    case 1: return fmt::format("op.resize({}, {})", s.a, s.b % 40);
    case 2: return fmt::format("op.grow({}, {})", s.a, s.b % 40);
    case 3: return fmt::format("op.move({}, 'transfer', {})", s.a, optional);
    case 4: return fmt::format("op.move({}, 'transferToFixedLength', {})", s.a, optional);
    case 5: return fmt::format("op.move({}, 'transferToImmutable', {})", s.a, optional);
    case 6: return fmt::format("op.detach({})", s.a);
    case 7: return fmt::format("op.clone({})", s.a);
    case 8: return fmt::format("op.slice({}, {}, {})", s.a, s.b % 20 - 4, optional);
    case 9: return fmt::format("op.view({}, {}, {})", s.a, s.b % 12, optional);
    default: return fmt::format("op.write({}, {}, {})", s.a, s.b % 16, s.c);
    }
}

bool buffers_behave(const char* name) {
    CloningRunner runner;
    return rc::check(name, [&](const std::vector<Step>& steps) {
        std::string program = std::string("(() => {") + kBufferPrelude;
        for (const Step& step : steps)
            program += buffer_statement(step) + "; check();\n";
        program += "return 'holds'; })()";
        std::string outcome = runner.run(program);
        if (outcome != "holds") RC_LOG() << "// " << outcome << "\n" << program << "\n";
        RC_ASSERT(outcome == "holds");
    });
}

TEST(BufferFamily, BehavesAsItsModel) { EXPECT_TRUE(buffers_behave("the ArrayBuffer family is its model")); }

#ifdef HEDDLE_CHECKED
TEST(BufferFamily, TheModelNoticesASecondOwner) {
    Planted planted(PlantedBug::BuffersTransferKeepsSource);
    EXPECT_FALSE(buffers_behave("(planted) the ArrayBuffer family is its model"));
}
#endif

} // namespace
} // namespace heddle
