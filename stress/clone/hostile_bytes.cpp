// Messages whose bytes were changed, cut, repeated and spliced with others are read by agents that collect meanwhile: each
// is refused, or makes a value that can be read through. Bytes hold no pointers: read twice, they make two values and no
// second owner of anything.
#include "buffers/buffer_object.h"
#include "buffers/typed_array_object.h"
#include "clone/structured_clone.h"
#include "interpreter/interpreter.h"
#include "runtime/error.h"
#include "stress/scenario.h"
#include "threads/cluster.h"
#include "threads/engine.h"

#include <algorithm>
#include <fmt/core.h>
#include <vector>

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kValues = R"js(
const buffer = new ArrayBuffer(40, { maxByteLength: 80 });
const o = { a: [1, 2.5, "text", "t\u2603xt", null, undefined, true, 12345678901234567890n], self: null };
o.self = o;
[o, new Map([[o, new Set([1, o])]]), new Uint8Array(buffer, 8, 16), new DataView(buffer, 4), new Float64Array(buffer, 0, 2),
 new Date(5), /x(y)*/gi, new Error("e", { cause: o }), new Array(100), Object(3), Object("s"), [, 1, , 2], new Uint16Array([1, 2, 3])];
)js";
constexpr const char* kReadThrough = R"js(
(value => {
    const seen = new Set(), stack = [value];
    let sum = 0;
    while (stack.length && seen.size < 2000) {
        const v = stack.pop();
        if (typeof v === "string") { sum += v.length + (v.charCodeAt(v.length >> 1) || 0); continue; }
        if (typeof v !== "object" || v === null || seen.has(v)) continue;
        seen.add(v);
        if (ArrayBuffer.isView(v)) { for (let i = 0; i < v.byteLength && i < 300; i++) sum += v instanceof DataView ? v.getUint8(i) : Number(v[i] ?? 0); stack.push(v.buffer); continue; }
        if (v instanceof ArrayBuffer) { new Uint8Array(v).fill(1); continue; }
        if (v instanceof Map) for (const [k, x] of v) stack.push(k, x);
        if (v instanceof Set) for (const x of v) stack.push(x);
        for (const key of Object.keys(v).slice(0, 300)) stack.push(v[key]);
    }
    return sum;
});
)js";

class HostileBytes final : public Scenario {
public:
    void setup(Context& context) override {
        count_ = context.threads(1, 3);
        rounds_ = context.rounds(5, context.faults().gc_stress != 0 ? 20 : 150);
        faults_ = &context.faults();
        for (int i = 0; i < count_; i++)
            randoms_.push_back(context.random().split());
    }
    void run(Context&) override {
        Engine engine;
        run_on_threads(count_, "agent", [&](int i) { run_agent(engine.runtime(), randoms_[static_cast<size_t>(i)]); });
        LeakCounts left = Cluster::of(engine.runtime()).leak_counts();
        Context::expect(left.all_zero(), "left behind after all agents have ended: " + left.to_string());
    }
    void check(Context&) override {}

private:
    // Whatever is thrown here is a refusal; termination and the like do not happen.
    void run_agent(Runtime& runtime, Random& random) {
        AgentOptions options;
        options.heap.limit_bytes = faults_->memory_limit ? faults_->memory_limit : size_t{64} << 20;
        options.stack_limit_bytes = faults_->stack_limit;
        AgentHost host(runtime, options);
        if (!host.realm()) return;
        Agent& agent = host.agent();
        Request request(agent);
        agent.heap().set_gc_stress(faults_->gc_stress, GcStress::Alternating);
        if (faults_->fail_allocation_high) agent.heap().set_fail_allocation(1 + random.below(faults_->fail_allocation_high));
        sync::WindowMark mark(Context::own_window(0));
        auto evaluate = [&](const char* text) {
            return Interpreter::of(agent).evaluate_script(*host.realm(), SourceText::from_utf8(text, "bytes.js"));
        };
        Result<Value> values = evaluate(kValues);
        if (values.threw()) return refused(agent);
        // Each value by itself, and all of them: bytes of the one are spliced into the other.
        Root<Object> list(agent.heap(), values.release().as_object());
        std::vector<std::vector<uint8_t>> originals;
        for (uint32_t i = 0; i < 14; i++) {
            Result<Value> value = i < 13 ? list.get()->get(agent, PropertyKey::index(i)) : Result<Value>(Value(list.get()));
            if (value.threw()) return refused(agent);
            Result<CloneMessage> message = structured_serialize(agent, value.release(), {}, {.for_storage = true});
            if (message.threw()) return refused(agent);
            CloneMessage made = message.release();
            originals.emplace_back(made.bytes().begin(), made.bytes().end());
        }
        Result<Value> reader = evaluate(kReadThrough);
        if (reader.threw()) return refused(agent);
        Root<Object> read_through(agent.heap(), reader.release().as_object());
        for (int round = 0; round < rounds_; round++) {
            std::vector<uint8_t> bytes = changed(originals, random);
            // The same bytes twice: nothing in them belongs to anybody.
            for (int time = 0; time < 2; time++) {
                std::optional<CloneMessage> message = CloneMessage::from_bytes(bytes);
                if (!message) continue;
                Result<Value> value = structured_deserialize(agent, std::move(*message));
                if (value.threw()) {
                    refused(agent);
                    continue;
                }
                Context::reach(1);
                if (call(agent, Value(read_through.get()), Value::undefined(), {value.release()}).threw()) refused(agent);
            }
        }
    }
    static std::vector<uint8_t> changed(const std::vector<std::vector<uint8_t>>& originals, Random& random) {
        std::vector<uint8_t> bytes = originals[random.below(originals.size())];
        for (int changes = random.between(0, 4); changes > 0 && !bytes.empty(); changes--) {
            size_t at = random.below(bytes.size());
            auto place = bytes.begin() + static_cast<ptrdiff_t>(at);
            switch (random.below(7)) {
            case 0: *place = static_cast<uint8_t>(random.next()); break;
            case 1: *place ^= static_cast<uint8_t>(1u << random.below(8)); break;
            case 2: bytes.resize(at); break;
            case 3: bytes.erase(place, place + static_cast<ptrdiff_t>(std::min<size_t>(1 + random.below(5), bytes.size() - at))); break;
            case 4: bytes.insert(place, 1 + random.below(9), static_cast<uint8_t>(random.one_in(2) ? 0xFF : random.next())); break;
            case 5: {
                const std::vector<uint8_t>& other = originals[random.below(originals.size())];
                size_t from = random.below(other.size());
                bytes.insert(place, other.begin() + static_cast<ptrdiff_t>(from), other.begin() + static_cast<ptrdiff_t>(std::min(other.size(), from + 1 + random.below(40))));
                break;
            }
            // A length or a number, large.
            case 6: *place = 0xFF; if (at + 1 < bytes.size()) bytes[at + 1] = static_cast<uint8_t>(0x80 | random.below(128)); break;
            }
        }
        return bytes;
    }
    static void refused(Agent& agent) {
        Context::reach(0);
        if (agent.has_exception()) agent.take_exception();
    }

    int count_ = 0;
    int rounds_ = 0;
    const Faults* faults_ = nullptr;
    std::vector<Random> randoms_;
};

constexpr const char* kWindows[] = {"two agents read hostile bytes"};
constexpr const char* kMarks[] = {"bytes were refused", "changed bytes made a value"};

} // namespace

extern const ScenarioInfo clone_hostile_bytes;
constinit const ScenarioInfo clone_hostile_bytes{
    .name = "clone/hostile_bytes",
    .about = "changed, cut and spliced clone bytes read by agents that collect; refused, or a value that can be read through",
    .planted = PlantedBug::CloneTrustsViews,
    .engine_windows = {},
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<HostileBytes>,
};

} // namespace stress
