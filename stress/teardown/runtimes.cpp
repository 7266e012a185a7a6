// Runtimes are made and ended on several threads at once, each with agents that allocate and collect to their last moment,
// and stores that a host has given them outlive them on the threads of the others.
#include "interpreter/interpreter.h"
#include "buffers/buffer_object.h"
#include "stress/scenario.h"
#include "sync/clock.h"
#include "sync/condition_variable.h"
#include "threads/cluster.h"
#include "threads/engine.h"

#include <cstring>
#include <fmt/core.h>
#include <optional>
#include <vector>

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
const registry = new FinalizationRegistry(() => {});
const bytes = new Uint8Array(given);
bytes.fill(mark);
bytes.buffer.grow(512);
let list = [];
for (let i = 0; i < 200; i++) { list.push({ i, text: "t" + i }); registry.register({}, i); new WeakRef({}); }
list = list.filter(x => x.i % 7);
if (workers) {
    const w = new Worker("postMessage(1); onmessage = e => { e.data.fill(1, 300); }", { eval: true });
    w.onmessage = () => { w.postMessage(bytes); w.unref(); };
}
Promise.resolve().then(() => new Array(1000).fill(0));
new Uint8Array(new SharedArrayBuffer(256)).fill(mark);
)js";

class Runtimes final : public Scenario {
public:
    void setup(Context& context) override {
        count_ = context.threads(2, 3);
        rounds_ = context.rounds(1, 4);
        workers_ = context.random().one_in(3);
    }
    void run(Context& context) override {
        faults_ = &context.faults();
        run_on_threads(count_, "embedding", [this](int i) {
            for (int round = 0; round < rounds_; round++)
                run_one(i, round);
        });
    }
    void check(Context&) override {
        for (Kept& kept : kept_) {
            verify(kept);
            Context::expect(kept.store->reference_count() == 1,
                            fmt::format("a store that outlived its Runtime has {} references", kept.store->reference_count()));
        }
        kept_.clear(); // freed after what made them
    }

private:
    struct Kept {
        StoreReference store;
        uint8_t mark;
        bool is_filled = false;
    };

    // A shared store of the host's becomes a global of the script.
    bool give(Agent& agent, Realm& realm, Kept& kept) {
        BackingStore* store = BackingStore::create({.byte_length = 256, .max_byte_length = 4096, .resizable = true, .shared = true});
        if (!store) {
            Context::expect(faults_->may_end_early(), "no memory for a shared store");
            return false;
        }
        kept.store = StoreReference::adopt(store);
        auto define = [&]() -> Fallible<void> {
            RealmScope scope(agent, &realm);
            Value given(TRY(SharedArrayBufferObject::create(agent, nullptr, kept.store)));
            return realm.global_object()->define_direct(agent, TRY(PropertyKey::from_utf8(agent, "given")), given);
        };
        if (!define().threw()) return true;
        agent.take_exception();
        Context::expect(faults_->may_end_early(), "no memory for a global");
        return false;
    }

    void run_one(int thread, int round) {
        uint8_t mark = static_cast<uint8_t>(1 + thread * 16 + round);
        Kept kept{{}, mark};
        sync::WindowMark window(Context::own_window(0));
        {
            Engine engine;
            {
                AgentOptions options;
                options.name = fmt::format("agent {} of {}", round, thread);
                AgentHost host(engine.runtime(), options);
                if (!host.has_agent()) return; // a fault
                Agent& agent = host.agent();
                Request request(agent);
                // What a fault has cost a worker, its parent may wait for.
                if (faults_->may_end_early())
                    Cluster::of(engine.runtime()).set_deadline(agent.id(), sync::now().after_nanoseconds(700'000'000));
                agent.heap().set_gc_stress(faults_->gc_stress);
                std::string source = fmt::format("const mark = {}, workers = {};{}", mark, workers_, kScript);
                if (host.realm() && give(agent, *host.realm(), kept)) {
                    Result<Value> result =
                        Interpreter::of(agent).evaluate_script(*host.realm(), SourceText::from_utf8(source, "runtimes.js"));
                    if (result.threw()) {
                        if (!agent.is_terminating()) agent.take_exception();
                        Context::expect(faults_->may_end_early(), "the script threw");
                    } else {
                        kept.is_filled = true;
                        EventLoop::of(agent).run();
                    }
                }
                if (agent.is_terminating()) agent.clear_termination();
                // The agent ends with garbage to be swept, and the last collection is its end.
                if (round % 2) agent.heap().collect();
            }
            Context::expect(engine.runtime().block_pool().blocks_in_use() == 0, "an agent left blocks behind");
            Context::expect(Cluster::of(engine.runtime()).agent_count() == 0, "an agent is still registered");
        }
        if (!kept.is_filled) return;
        Context::reach(0);
        verify(kept);
        sync::MutexLocker locker(mutex_);
        for (Kept& other : kept_)
            verify(other);
        kept_.push_back(std::move(kept));
    }
    void verify(const Kept& kept) {
        uint8_t bytes[256];
        std::memcpy(bytes, kept.store->data(), sizeof bytes);
        for (int i = 0; i < 256; i++)
            Context::expect(bytes[i] == kept.mark, fmt::format("byte {} of a store that outlived its Runtime is {} and was {}", i, bytes[i], kept.mark));
    }

    int count_ = 0;
    int rounds_ = 0;
    bool workers_ = false;
    const Faults* faults_ = nullptr;
    sync::Mutex mutex_{sync::Rank::Ports};
    std::vector<Kept> kept_; // guarded by mutex_
};

constexpr sync::Window kEngineWindows[] = {sync::Window::AgentTeardown, sync::Window::Collection};
constexpr const char* kWindows[] = {"two Runtimes live at once"};
constexpr const char* kMarks[] = {"a store outlived its Runtime"};

} // namespace

extern const ScenarioInfo teardown_runtimes;
constinit const ScenarioInfo teardown_runtimes{
    .name = "teardown/runtimes",
    .about = "Runtimes made and ended on several threads at once; their stores outlive them",
    .planted = std::nullopt,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<Runtimes>,
};

} // namespace stress
