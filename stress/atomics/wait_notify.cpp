// Agents pass batons by Atomics.wait, waitAsync and notify. Every wake-up that notify counts is one that a
// waiter saw, and none is lost.
#include "stress/script_agents.h"

#include <cstring>
#include <fmt/core.h>
#include <optional>

namespace stress {
namespace {

using namespace heddle;

// Words of the shared store: 0 the blocking baton (64 bits), 8 the asynchronous baton (32 bits), then 32-bit
// counts.
enum Count : int { Passes = 4, Notified = 5, Woken = 6 };

constexpr const char* kScript = R"js(
const words = new Int32Array(shared[0]);
const baton = wide ? new BigInt64Array(shared[0], 0, 1) : new Int32Array(shared[0], 0, 1);
const later = new Int32Array(shared[0], 8, 1);
const number = wide ? BigInt : Number;
// Longer than any hand-over takes, shorter than what is taken for a hang.
const patience = 8000;
function saw(outcome, array, expected) {
    if (outcome === "ok") Atomics.add(words, 6, 1);
    else if (outcome === "timed-out" && Atomics.load(array, 0) !== expected)
        fail(`agent ${id} slept on ${expected} while the baton went to ${array[0]}: a lost wake-up`);
}
function give(array, value) {
    enter(0);
    Atomics.add(words, 4, 1);
    Atomics.store(array, 0, value);
    Atomics.add(words, 5, Atomics.notify(array, 0));
    leave(0);
}
function pass_blocking() {
    for (let round = 0; round < rounds; round++) {
        const mine = number(round * count + id);
        for (;;) {
            const now = Atomics.load(baton, 0);
            if (now === mine) break;
            saw(Atomics.wait(baton, 0, now, patience), baton, now);
        }
        give(baton, mine + number(1));
    }
}
async function pass_later() {
    for (let round = 0; round < rounds; round++) {
        const mine = round * count + id;
        for (;;) {
            const now = Atomics.load(later, 0);
            if (now === mine) break;
            const wait = Atomics.waitAsync(later, 0, now, patience);
            saw(wait.async ? await wait.value : wait.value, later, now);
            if (random(4) === 0) collect();
        }
        give(later, mine + 1);
    }
}
const passing = pass_later();
pass_blocking();
passing.then(() => {}, error => fail(`agent ${id}: ${error}`));
)js";

class WaitNotify final : public Scenario {
public:
    void setup(Context& context) override {
        count_ = context.threads(2, 3);
        rounds_ = context.rounds(3, 12);
        wide_ = context.random().one_in(3);
        agents_.emplace(context);
        store_ = agents_->add_shared(64);
    }
    void run(Context&) override {
        for (int i = 0; i < count_; i++)
            agents_->start(fmt::format("const rounds = {}, wide = {};{}", rounds_, wide_, kScript), count_);
        agents_->join();
    }
    void check(Context&) override {
        if (agents_->gave_up()) {
            agents_->check_no_leaks();
            return;
        }
        Context::expect(count(Passes) == 2 * count_ * rounds_,
                        fmt::format("{} agents passed two batons {} times instead of {}", count_,
                                    count(Passes), 2 * count_ * rounds_));
        Context::expect(
            count(Notified) == count(Woken),
            fmt::format("notify woke {} waiters, and {} waiters were woken", count(Notified), count(Woken)));
        agents_->check_no_leaks();
    }

private:
    int count(Count word) {
        int32_t value;
        std::memcpy(&value, store_->data() + 4 * word, 4);
        return value;
    }

    int count_ = 0;
    int rounds_ = 0;
    bool wide_ = false;
    BackingStore* store_ = nullptr;
    std::optional<ScriptAgents> agents_;
};

constexpr sync::Window kEngineWindows[] = {sync::Window::AtomicsWait, sync::Window::WaiterListLocked};
constexpr const char* kWindows[] = {"two agents store and notify"};

} // namespace

extern const ScenarioInfo atomics_wait_notify;
constinit const ScenarioInfo atomics_wait_notify{
    .name = "atomics/wait_notify",
    .about = "batons passed by wait, waitAsync and notify; every wake-up is counted and none is lost",
    .planted = PlantedBug::BuffersWaitComparesUnlocked,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = [] { return std::unique_ptr<Scenario>(std::make_unique<WaitNotify>()); },
};

} // namespace stress
