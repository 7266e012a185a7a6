// How long an agent takes to end once it is told to, in each of the states that script can be in, and the longest gap
// between two looks at the interrupt word, in processor time of the agent's thread.
#include "interpreter/interpreter.h"
#include "runtime/operations.h"
#include "sync/clock.h"
#include "threads/cluster.h"
#include "threads/engine.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <string>
#include <time.h>
#include <vector>

using namespace heddle;

namespace {

struct State {
    const char* name;
    const char* code; // calls reached() when it is where it should be
};

constexpr State kStates[] = {
    {"loop", "reached(); for (;;);"},
    {"calls", "reached(); function f(n) { return n ? f(n - 1) : 0; } for (;;) f(200);"},
    {"catch and finally", "reached(); for (;;) try { throw 1; } catch {} finally {}"},
    {"allocation", "reached(); let keep = []; for (;;) { keep.push({ a: [1, 2, 3] }); if (keep.length > 1e5) keep = []; }"},
    {"collection of 100k objects", "const all = []; for (let i = 0; i < 1e5; i++) all.push({ i, next: all[i - 1] }); reached(); for (;;) collect();"},
    {"sort", "const a = Array.from({ length: 3e5 }, (_, i) => (i * 7919) % 300007); reached(); for (;;) a.slice().sort();"},
    {"sort with a comparator", "const a = Array.from({ length: 3e5 }, (_, i) => (i * 7919) % 300007); reached(); for (;;) a.slice().sort((x, y) => x - y);"},
    {"join of an array", "const a = new Array(2e6).fill('text'); reached(); for (;;) a.join();"},
    {"regular expression", "reached(); for (;;) /^(a+)+$/.test('a'.repeat(40) + 'b');"},
    {"JSON.stringify", "const a = Array.from({ length: 2e5 }, (_, i) => ({ i })); reached(); for (;;) JSON.stringify(a);"},
    {"JSON.parse", "const t = JSON.stringify(Array.from({ length: 2e5 }, (_, i) => ({ i }))); reached(); for (;;) JSON.parse(t);"},
    {"BigInt power", "reached(); for (;;) 3n ** 2000000n;"},
    {"BigInt to text", "const b = 7n ** 2000000n; reached(); for (;;) b.toString();"},
    {"search in a long string", "const s = 'ab'.repeat(1 << 24); reached(); for (;;) s.indexOf('abb');"},
    {"copy of a large buffer", "const a = new Uint8Array(1 << 27); reached(); for (;;) a.slice();"},
    {"structured clone", "const a = Array.from({ length: 2e5 }, (_, i) => ({ i, t: [i] })); reached(); for (;;) structuredClone(a);"},
    {"parsing a large script", "const t = 'function f() { return [1, 2, 3].map(x => x + 1); }\\n'.repeat(2e4); reached(); for (;;) (0, eval)(t);"},
    {"promise jobs", "reached(); (function f() { Promise.resolve().then(f); })();"},
    {"Atomics.wait", "const a = new Int32Array(new SharedArrayBuffer(4)); reached(); Atomics.wait(a, 0, 0);"},
    {"idle event loop", "setTimeout(() => {}, 1e9); reached();"},
    {"messages to itself", "const { port1, port2 } = new MessageChannel(); port1.onmessage = () => port2.postMessage(1); port2.postMessage(1); reached();"},
};

struct Shared {
    sync::Polled<uint32_t> reached{0};
    sync::Polled<int64_t> longest_gap{0};
    sync::Polled<int64_t> asked_at{0}; // processor time of the agent's thread; 0: not asked
    pthread_t thread{};
};

class SharedComponentOf final : public AgentComponent {
public:
    explicit SharedComponentOf(Shared& s) : shared(s) {}
    Shared& shared;
};

Result<Value> reached(Agent& agent, const Arguments&) {
    agent.component<SharedComponentOf>(Component::Host).shared.reached.store_release(1);
    return Value::undefined();
}

Result<Value> collect(Agent& agent, const Arguments&) {
    agent.heap().collect();
    TRY(agent.poll_interrupts());
    return Value::undefined();
}

int64_t processor_time_of(pthread_t thread) {
    clockid_t clock;
    timespec time{};
    if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void measure(const State& state, int count, bool last) {
    std::vector<double> latencies;
    int64_t longest_gap = 0;
    for (int round = 0; round < count; round++) {
        Engine engine;
        Shared shared;
        AgentThread::Options options;
        options.agent.name = "victim";
        auto thread = AgentThread::create(engine.runtime(), std::move(options), [&](AgentHost& host) {
            Agent& agent = host.agent();
            shared.thread = pthread_self();
            agent.set_component(Component::Host, std::make_unique<SharedComponentOf>(shared));
            agent.set_interrupt_callback(
                [](Agent&, void* data) {
                    auto* s = static_cast<Shared*>(data);
                    int64_t asked = s->asked_at.load_acquire();
                    if (asked == 0) return;
                    int64_t gap = sync::thread_cpu_nanoseconds() - asked;
                    if (gap > s->longest_gap.load_relaxed()) s->longest_gap.store_relaxed(gap);
                    s->asked_at.store_release(0);
                },
                &shared);
            const FunctionEntry functions[] = {
                {MUST(PropertyKey::from_utf8(agent, "reached")), reached, 0},
                {MUST(PropertyKey::from_utf8(agent, "collect")), collect, 0},
            };
            MUST(define_functions(agent, *host.realm(), host.realm()->global_object(), functions));
            Result<Value> result = Interpreter::of(agent).evaluate_script(*host.realm(), SourceText::from_utf8(state.code, "state.js"));
            if (result.threw() && !agent.is_terminating()) {
                std::fprintf(stderr, "the script of '%s' threw %s\n", state.name, display_string(agent.take_exception()).c_str());
                std::exit(1);
            }
            if (!agent.is_terminating()) EventLoop::of(agent).run();
        });
        if (!thread->start()) std::exit(1);
        while (shared.reached.load_acquire() == 0)
            sync::sleep_until(sync::now().after_milliseconds(0.2));
        // Interrupts at odd moments: from the request to the look at it no more than one gap can pass.
        for (int i = 0; i < 12; i++) {
            sync::sleep_until(sync::now().after_nanoseconds(300'000 + (round * 7919 + i * 104729) % 900'000));
            if (shared.asked_at.load_acquire() != 0) continue;
            shared.asked_at.store_release(processor_time_of(shared.thread));
            Cluster::of(engine.runtime()).interrupt(thread->agent_id());
        }
        sync::MonotonicTime begin = sync::now();
        thread->terminate();
        thread->wait_until_ended();
        latencies.push_back(static_cast<double>(sync::nanoseconds_between(begin, sync::now())) / 1e6);
        thread->join();
        longest_gap = std::max(longest_gap, shared.longest_gap.load_relaxed());
    }
    std::printf("{\"state\": \"%s\", \"longest_gap_ms\": %.4f, \"latencies_ms\": [", state.name, static_cast<double>(longest_gap) / 1e6);
    for (size_t i = 0; i < latencies.size(); i++)
        std::printf("%s%.4f", i ? ", " : "", latencies[i]);
    std::printf("]}%s\n", last ? "" : ",");
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    int count = argc > 1 ? std::atoi(argv[1]) : 25;
    std::string only = argc > 2 ? argv[2] : "";
    std::printf("[\n");
    for (size_t i = 0; i < std::size(kStates); i++) {
        if (only.empty() || only == kStates[i].name) measure(kStates[i], count, i + 1 == std::size(kStates) || !only.empty());
    }
    std::printf("]\n");
    return 0;
}
