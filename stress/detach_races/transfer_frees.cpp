// Buffers are transferred to other lengths, by their own agent and by sending, while memory of their size is asked for
// again and again. A source that still points at its store shows a length or a byte, and a store freed twice shows in the
// count of stores.
#include "stress/script_scenario.h"

namespace stress {
namespace {

using namespace heddle;

constexpr const char* kScript = R"js(
function fill(view, seed) { for (let i = 0; i < view.length; i++) view[i] = seed + i * 7; }
function verify(view, seed, length, what) {
    for (let i = 0; i < length; i++)
        if (view[i] !== ((seed + i * 7) & 255)) wrong(`agent ${id}: ${what}: byte ${i} of ${length} is ${view[i]}, the seed is ${seed}`);
}
const ways = [
    (buffer, length) => buffer.transfer(length),
    (buffer, length) => buffer.transferToFixedLength(length),
    (buffer, length) => structuredClone(buffer, { transfer: [buffer] }),
    (buffer, length) => { send(id, buffer); return receive(); },
];
for (let round = 0; round < rounds; round++) {
    const length = 1 + random(600), seed = random(256);
    const buffer = random(2) ? new ArrayBuffer(length) : new ArrayBuffer(length, { maxByteLength: length + 2000 });
    const bytes = new Uint8Array(buffer), part = new Uint8Array(buffer, length >> 1), view = new DataView(buffer);
    fill(bytes, seed);
    enter(0);
    const wanted = buffer.resizable ? random(length + 2000) : random(3 * length);
    const moved = ways[random(ways.length)](buffer, random(4) ? wanted : length);
    if (moved === undefined) break; // told to stop
    // Whoever got the source's memory back writes into it.
    const others = Array.from({ length: 4 }, () => new Uint8Array(length).fill(0xEE));
    leave(0);
    if (!buffer.detached || buffer.byteLength !== 0 || bytes.length !== 0 || part.byteOffset !== 0 || bytes[0] !== undefined)
        wrong(`agent ${id}: a buffer of ${length} bytes is not detached after its transfer: ${bytes.length}, ${bytes[0]}`);
    try { view.getUint8(0); wrong(`agent ${id}: a DataView reads a detached buffer`); } catch (error) { if (!(error instanceof TypeError)) throw error; }
    try { bytes.fill(1); wrong(`agent ${id}: fill writes into a detached buffer`); } catch (error) { if (!(error instanceof TypeError)) throw error; }
    bytes[0] = 1;
    const kept = Math.min(length, moved.byteLength);
    verify(new Uint8Array(moved), seed, kept, "moved");
    for (let i = kept; i < moved.byteLength; i++) if (new Uint8Array(moved)[i] !== 0) wrong(`agent ${id}: byte ${i} behind ${kept} kept ones is not zero`);
    others.forEach(other => { if (other.some(byte => byte !== 0xEE)) wrong(`agent ${id}: a transfer wrote into somebody else's bytes`); });
    reach(moved.byteLength === length ? 0 : 1);
    if (random(3) === 0) collect();
}
)js";

class TransferFrees final : public ScriptScenario {
public:
    TransferFrees() : ScriptScenario({.script = kScript, .threads = {2, 3}, .rounds = {3, 25}}) {}
};

constexpr sync::Window kEngineWindows[] = {sync::Window::BufferDetach, sync::Window::BulkCopy};
constexpr const char* kWindows[] = {"two agents transfer and ask for memory"};
constexpr const char* kMarks[] = {"transferred with its length", "transferred to another length"};

} // namespace

extern const ScenarioInfo detach_races_transfer_frees;
constinit const ScenarioInfo detach_races_transfer_frees{
    .name = "detach_races/transfer_frees",
    .about = "transfers to other lengths against everybody's demand for memory; sources keep nothing",
    .planted = PlantedBug::BuffersTransferFreesEarly,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<TransferFrees>,
};

} // namespace stress
