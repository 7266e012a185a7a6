// Some agents grow a SharedArrayBuffer while others copy in bulk and iterate arrays that track its length.
// Nobody may see it shrink, and no byte may be anything but zero or a mark that somebody wrote.
#include "stress/script_scenario.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
const buffer = shared[0];
const bytes = new Uint8Array(buffer);
const words = new Int32Array(buffer, 8);
let last = 0;
function monotonic(length, what) {
    if (length < last) wrong(`agent ${id}: ${what} was ${last} and is now ${length}: the shared buffer shrank`);
    last = length;
}
function legal(byte) { return byte === 0 || byte === 0x5A; }
function grower() {
    enter(0);
    const length = buffer.byteLength;
    monotonic(length, "byteLength");
    const wanted = Math.min(buffer.maxByteLength, length + 8 * random(16));
    try {
        buffer.grow(wanted);
        monotonic(wanted, "the length asked for");
    } catch (error) {
        // Somebody else was faster.
        if (!(error instanceof RangeError)) throw error;
    }
    monotonic(buffer.byteLength, "byteLength");
    leave(0);
    bytes[buffer.byteLength - 1 - random(64)] = 0x5A;
}
function copier() {
    enter(0);
    monotonic(bytes.length, "length");
    switch (random(8)) {
    case 0: {
        const length = bytes.length;
        const copy = bytes.slice();
        if (copy.length < length) wrong(`slice is shorter (${copy.length}) than its source was before (${length})`);
        const at = random(copy.length);
        if (!legal(copy[at])) wrong(`slice has ${copy[at]} at ${at}`);
        break;
    }
    case 1: {
        const copy = buffer.slice(random(64));
        if (copy.byteLength < last - 64) wrong("the slice of the buffer is shorter than the buffer was");
        break;
    }
    case 2: {
        const target = new Uint8Array(bytes.length);
        target.set(bytes.subarray(0, target.length));
        break;
    }
    case 3: bytes.copyWithin(random(128), random(64), 128 + random(128)); break;
    case 4: {
        let seen = 0;
        for (const word of words) {
            seen++;
            if (seen > 300) break;
        }
        if (seen < Math.min(301, Math.floor((last - 8) / 4))) wrong(`iteration saw ${seen} words, length ${last}`);
        break;
    }
    case 5: if (words.at(-1) === undefined) wrong("the last word is missing"); break;
    case 6: bytes.fill(random(2) * 0x5A, last - 32); break;
    case 7: {
        const view = new DataView(buffer);
        monotonic(view.byteLength, "the length of a DataView");
        view.getUint16(last - 2);
        if (bytes.indexOf(0x77, last - 100) !== -1) wrong("a byte that nobody wrote");
        break;
    }
    }
    monotonic(words.byteLength + 8, "byteLength of the words");
    leave(0);
}
for (let round = 0; round < rounds; round++) id % 2 ? grower() : random(5) ? copier() : grower();
)js";

class GrowAgainstCopies final : public ScriptScenario {
public:
    GrowAgainstCopies() : ScriptScenario({.script = kScript, .threads = {2, 4}, .rounds = {10, 50}}) {}

private:
    void prepare(Context& context) override {
        // Above the threshold the address space is reserved and committed as the buffer grows.
        maximum_ = context.random().one_in(3) ? BackingStore::kReserveThreshold + 4096 : 16 * 1024;
        share(256, maximum_);
    }
    void check_results(Context&) override {
        size_t length = store().byte_length();
        Context::expect(length >= 256 && length <= maximum_, fmt::format("the buffer ended with {} bytes", length));
    }

    size_t maximum_ = 0;
};

constexpr sync::Window kEngineWindows[] = {sync::Window::BufferResize, sync::Window::BulkCopy};
constexpr const char* kWindows[] = {"grow against a copy or another grow"};

} // namespace

extern const ScenarioInfo detach_races_grow_against_copies;
constinit const ScenarioInfo detach_races_grow_against_copies{
    .name = "detach_races/grow_against_copies",
    .about = "grow of a shared buffer against bulk copies and length-tracking arrays; lengths never fall",
    .planted = PlantedBug::BuffersGrowStaleLength,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = make_scenario<GrowAgainstCopies>,
};

} // namespace stress
