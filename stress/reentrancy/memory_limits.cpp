// Agents with little memory and little stack run into both again and again, in the middle of everything. Each time they get
// a RangeError, and what they let go of is theirs again.
#include "interpreter/interpreter.h"
#include "stress/scenario.h"
#include "runtime/error.h"
#include "threads/cluster.h"
#include "threads/engine.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

// The value is the number of things that went wrong, or a string that says what did.
constexpr const char* kScript = R"js(
let complaint = "";
function expect_range_error(what, run) {
    try {
        run();
        return false;
    } catch (error) {
        // Without memory for an error object there is a string.
        if (!(error instanceof RangeError || (what === "nested pattern" && error instanceof SyntaxError) || typeof error === "string" || error?.name === "DataCloneError")) complaint ||= `${what}: ${error}`;
        return true;
    }
}
let refused = 0, ran = "";
const ways = [
    ["arrays", () => { const all = []; for (;;) all.push(new Array(100).fill(1)); }],
    ["buffers", () => { const all = []; for (;;) all.push(new Uint8Array(60000).fill(7)); }],
    ["one buffer", () => { const b = new ArrayBuffer(1, { maxByteLength: 1 << 26 }); for (let n = 1; ; n *= 2) b.resize(n); }],
    ["strings", () => { let s = "abc"; for (;;) { s += s; s.charCodeAt(5); s = s.slice(1) + "x" + s; [...s.slice(0, 9)]; s.toUpperCase(); } }],
    ["maps", () => { const m = new Map(); for (let i = 0; ; i++) m.set({ i }, "v" + i); }],
    ["weak", () => { const m = new WeakMap(), keys = [], registry = new FinalizationRegistry(() => {}); for (let i = 0; ; i++) { const k = { i }; keys.push(k); m.set(k, { k }); registry.register(k, i); } }],
    ["closures", () => { let f = () => 0; const fs = []; for (;;) { const g = f; f = () => g; fs.push(f, { f }); } }],
    ["promises", () => { const all = []; for (;;) all.push(new Promise(() => {}).then(() => {})); }],
    ["clones", () => { let value = [1]; for (;;) value = structuredClone([value, value.slice(0, 50), new Array(1000).fill(2)]); }],
    ["JSON", () => { let value = [1]; for (;;) { value = [value, value]; JSON.parse(JSON.stringify(value)); } }],
    ["BigInts", () => { let n = 3n; for (;;) n *= n; }],
    ["regular expressions", () => { const all = []; for (let i = 0; ; i++) all.push(new RegExp("a" + i).exec("xa" + i)); }],
    ["sort", () => { let all = [3, 1, 2]; for (;;) { all = all.concat(all); all.slice().sort(); } }],
    ["generators", () => { const all = []; for (;;) { const g = (function* () { const big = new Array(200); yield big; })(); g.next(); all.push(g); } }],
    ["recursion", () => { const down = n => [n, down(n + 1)]; down(0); }],
    ["recursion through natives", () => { const down = () => [1].map(down); down(); }],
    ["recursion through getters", () => { const o = { get x() { return this.x; } }; o.x; }],
    ["recursion through proxies", () => { const p = new Proxy({}, {}); Object.setPrototypeOf(p, p) ; p.x; }],
    ["nested arrays in JSON", () => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a); }],
    ["nested source", () => { eval("[".repeat(1e5)); }],
    ["nested pattern", () => { new RegExp("(".repeat(1e5)); }],
    ["catch by catch", () => { const down = () => { try { down(); } finally { new Array(50); } }; down(); }],
];
for (let round = 0; round < rounds; round++) {
    const [name, run] = ways[(first + round * 5) % ways.length];
    ran += ` ${name},`;
    if (expect_range_error(name, run)) refused++;
}
// A third of the limit fits, once what went before is garbage. The native stack is scanned as it is, so what went before may
// seem alive until other frames have covered it.
function cover(n) { const list = [n, n + 1]; return n ? cover(n - 1) + list.map(x => x + 1).length : JSON.parse("[1]")[0]; }
let refusal;
for (let tries = 0; tries < 20; tries++) {
    try {
        cover(40 - tries);
        new Uint8Array(third).fill(1);
        refusal = undefined;
        break;
    } catch (error) { refusal = error; }
}
if (refusal) complaint ||= `${third} bytes do not fit although everything else is garbage after ${ran}: ${refusal}`;
complaint || refused;
)js";

class MemoryLimits final : public Scenario {
public:
    void setup(Context& context) override {
        count_ = context.threads(2, 2);
        rounds_ = context.rounds(1, 4);
        for (uint64_t& first : firsts_)
            first = context.random().below(100);
        limit_ = static_cast<size_t>(context.size(2, 4)) << 20;
        stack_ = static_cast<size_t>(context.random().between(128, 512)) << 10;
        faults_ = &context.faults();
    }
    void run(Context& context) override {
        Engine engine;
        run_on_threads(count_, "agent", [&](int i) { run_agent(engine.runtime(), i); });
        LeakCounts left = Cluster::of(engine.runtime()).leak_counts();
        Context::expect(left.all_zero(), "left behind after all agents have ended: " + left.to_string());
    }
    void check(Context&) override {}

private:
    void run_agent(Runtime& runtime, int number) {
        AgentOptions options;
        options.heap.limit_bytes = limit_;
        options.stack_limit_bytes = stack_;
        options.name = fmt::format("agent {}", number);
        AgentHost host(runtime, options);
        if (!host.realm()) {
            Context::expect(faults_->may_end_early(), "the limit does not hold a realm");
            return;
        }
        Agent& agent = host.agent();
        Request request(agent);
        agent.heap().set_gc_stress(faults_->gc_stress ? 5000 : 0);
        sync::WindowMark mark(Context::own_window(0));
        std::string source = fmt::format("const rounds = {}, first = {}, third = {};{}", rounds_, firsts_[number], limit_ / 3, kScript);
        Result<Value> result = Interpreter::of(agent).evaluate_script(*host.realm(), SourceText::from_utf8(source, "limits.js"));
        if (result.threw()) {
            Value exception = agent.take_exception();
            bool range_error = exception.is_string() || (exception.is<ErrorObject>() && exception.as<ErrorObject>()->type() == ErrorType::RangeError);
            Context::expect(range_error, "a limit was reached, and the error is not a RangeError");
            return;
        }
        Value value = result.release();
        if (value.is_string()) {
            Fallible<FlatView> text = value.as_string()->flatten(agent);
            Context::fail(text.threw() ? "no memory for the complaint" : text.release().to_utf8());
        }
        if (value.as_number() > 0) Context::reach(0);
        EventLoop::of(agent).run();
    }

    int count_ = 0;
    int rounds_ = 0;
    uint64_t firsts_[3] = {};
    size_t limit_ = 0;
    size_t stack_ = 0;
    const Faults* faults_ = nullptr;
};

constexpr sync::Window kEngineWindows[] = {sync::Window::Collection, sync::Window::AgentTeardown};
constexpr const char* kWindows[] = {"two agents run against their limits"};
constexpr const char* kMarks[] = {"an agent was refused memory or stack"};

} // namespace

extern const ScenarioInfo reentrancy_memory_limits;
constinit const ScenarioInfo reentrancy_memory_limits{
    .name = "reentrancy/memory_limits",
    .about = "agents run into the limits of memory and stack in the middle of everything; each gets a RangeError and goes on",
    .planted = PlantedBug::HeapForgetsExternal,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<MemoryLimits>,
};

} // namespace stress
