// Every Atomics read-modify-write on every integer element type, from all agents at once: the totals are
// exact. The same agents read and write plainly beside it: a racy script is no race of the engine.
#include "stress/script_scenario.h"

#include <cstring>
#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

constexpr int kTypes = 8;
// Elements of each type, in regions of 64 bytes; the region behind the last is for plain accesses.
enum Slot : int { Added, Subtracted, Xored, Ored, Anded, Exchanged, Difference, Compared, kSlots };

constexpr const char* kScript = R"js(
const constructors = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];
const arrays = constructors.map((constructor, type) => new constructor(shared[0], type * 64, 8));
const scratch = constructors.map(constructor => new constructor(shared[0], 8 * 64));
const signs = constructors.map((_, type) => type > 5 ? BigInt : Number);
for (let round = 0; round < rounds; round++) {
    for (let type = 0; type < 8; type++) {
        const a = arrays[type], n = signs[type], s = scratch[type];
        enter(0);
        Atomics.add(a, 0, n(1));
        Atomics.sub(a, 1, n(1));
        Atomics.xor(a, 2, n(1 << id));
        Atomics.or(a, 3, n(1 << id));
        Atomics.and(a, 4, n(-1) ^ n(1 << id));
        const put = n(random(100));
        const got = Atomics.exchange(a, 5, put);
        Atomics.add(a, 6, put);
        Atomics.sub(a, 6, got);
        for (let seen = Atomics.load(a, 7); ;) {
            const before = Atomics.compareExchange(a, 7, seen, seen + n(1));
            if (before === seen) break;
            seen = before;
        }
        leave(0);
        // Plain, torn and mixed: legal, and nobody's business.
        s[random(8)] = s[random(8)] + n(random(3));
        s[0] = a[random(8)];
        Atomics.store(s, random(8), n(round));
        if (random(8) === 0) s.copyWithin(random(8), random(8));
        if (random(8) === 0) s.set(a);
    }
}
)js";

class ExactTotals final : public ScriptScenario {
public:
    ExactTotals() : ScriptScenario({.script = kScript, .threads = {2, 4}, .rounds = {2, 9}}) {}

private:
    void prepare(Context&) override {
        share((kTypes + 1) * 64);
        for (int type = 0; type < kTypes; type++) {
            size_t size = element_bytes(type);
            std::memset(region(type) + Anded * size, 0xFF, size);
        }
    }
    void check_results(Context&) override {
        auto all = static_cast<uint64_t>(count() * rounds());
        uint64_t bits = (uint64_t{1} << count()) - 1;
        for (int type = 0; type < kTypes; type++) {
            expect(type, Added, all);
            expect(type, Subtracted, uint64_t{0} - all);
            expect(type, Xored, rounds() % 2 ? bits : 0);
            expect(type, Ored, bits);
            expect(type, Anded, ~bits);
            expect(type, Difference, value(type, Exchanged));
            expect(type, Compared, all);
        }
    }

    static size_t element_bytes(int type) { return size_t{1} << (type / 2); }
    std::byte* region(int type) { return store().data() + type * 64; }
    uint64_t value(int type, int slot) {
        uint64_t bits = 0;
        std::memcpy(&bits, region(type) + static_cast<size_t>(slot) * element_bytes(type),
                    element_bytes(type));
        return bits;
    }
    void expect(int type, int slot, uint64_t wanted) {
        size_t size = element_bytes(type);
        if (size < 8) wanted &= (uint64_t{1} << (8 * size)) - 1;
        uint64_t is = value(type, slot);
        static constexpr const char* kNames[] = {
            "add", "sub", "xor", "or", "and", "exchange", "exchange's difference", "compareExchange"};
        Context::expect(is == wanted,
                        fmt::format("{} on {}-bit elements by {} agents in {} rounds: {} instead of {}",
                                    kNames[slot], 8 * size, count(), rounds(), is, wanted));
    }
};

constexpr sync::Window kEngineWindows[] = {sync::Window::AtomicsOperation};
constexpr const char* kWindows[] = {"two agents in the same round of operations"};

} // namespace

extern const ScenarioInfo atomics_exact_totals;
constinit const ScenarioInfo atomics_exact_totals{
    .name = "atomics/exact_totals",
    .about = "every Atomics operation on every integer type from all agents, beside plain racy accesses; "
             "exact totals",
    .planted = PlantedBug::BuffersTornAdd,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = make_scenario<ExactTotals>,
};

} // namespace stress
