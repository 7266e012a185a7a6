// Graphs as deep as memory allows are cloned on little stack, and sent to workers that are ended meanwhile. Depth costs
// memory and never stack.
#include "stress/script_scenario.h"
#include "sync/clock.h"

#include <fmt/core.h>
#include <optional>

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
const links = [
    inner => [inner],
    inner => ({ inner }),
    inner => new Map([["inner", inner]]),
    inner => new Set([inner]),
    inner => new Error("deep", { cause: inner }),
    inner => [1, { inner }, 2],
];
const unlink = value => Array.isArray(value) ? value.length === 3 ? value[1].inner : value[0]
    : value instanceof Map ? value.get("inner") : value instanceof Set ? value.values().next().value
    : value instanceof Error ? value.cause : value.inner;
const link = links[random(links.length)];
let value = { end: true };
for (let i = 0; i < depth; i++) value = link(value);
function depth_of(value) { let n = 0; while (value && !value.end) { value = unlink(value); n++; } return value ? n : -n; }
enter(0);
const clone = structuredClone(value);
leave(0);
if (depth_of(clone) !== depth) wrong(`agent ${id}: a graph ${depth} deep has a clone ${depth_of(clone)} deep`);
reach(0);
const worker = new Worker(`
    let depth = 0;
    onmessage = e => { for (let v = e.data; v && !v.end; depth++) v = (${unlink})(v); postMessage(depth); };
`, { eval: true });
worker.onerror = e => e.preventDefault();
worker.onmessage = e => {
    if (e.data !== depth) wrong(`agent ${id}: a graph ${depth} deep arrived ${e.data} deep`);
    reach(1);
    worker.terminate();
};
worker.postMessage(value);
if (ends) worker.terminate();
)js";

class DeepGraphs final : public ScriptScenario {
public:
    DeepGraphs() : ScriptScenario({.script = kScript, .threads = {1, 2}}) {}

private:
    void prepare(Context& context) override {
        // Deeper than any stack of the size below.
        depth_ = context.size(100, context.faults().gc_stress != 0 ? 300 : 12000);
        ends_ = context.random().one_in(3);
        agents().set_stack_size(512 << 10);
    }
    std::string constants(int) override { return fmt::format("depth = {}, ends = {}", depth_, ends_); }

    int depth_ = 0;
    bool ends_ = false;
};

constexpr const char* kMarks[] = {"a deep graph was cloned", "a deep graph arrived in a worker"};

} // namespace

extern const ScenarioInfo clone_deep_graphs;
constinit const ScenarioInfo clone_deep_graphs{
    .name = "clone/deep_graphs",
    .about = "graphs deeper than the stack are cloned and sent to workers that end meanwhile; depth costs no stack",
    .planted = std::nullopt,
    .engine_windows = {},
    .own_windows = {},
    .marks = kMarks,
    .make = make_scenario<DeepGraphs>,
};

} // namespace stress
