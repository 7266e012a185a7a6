// Agents pass ArrayBuffers around a ring. What a buffer holds says itself what it must hold, so a second
// owner, a stale view or a store freed early shows as a wrong byte, a race or a crash.
#include "stress/script_scenario.h"

namespace stress {
namespace {

using namespace heddle;

// Byte i of a buffer with seed s is s + 7 i; the period of 256 lets bulk copies keep the pattern.
constexpr const char* kScript = R"js(
function fill(view, seed) {
    const begin = Math.min(view.length, 256);
    for (let i = 0; i < begin; i++) view[i] = seed + i * 7;
    for (let done = 256; done < view.length; done *= 2) view.copyWithin(done, 0, Math.min(done, view.length - done));
}
function verify(view, place) {
    const seed = view[0], step = 1 + random(17);
    for (let i = 0; i < view.length; i += step)
        if (view[i] !== ((seed + i * 7) & 255))
            wrong(`agent ${id} ${place}: byte ${i} of ${view.length} is ${view[i]}, and the seed is ${seed}`);
}
// Nothing written through the views of a detached buffer may arrive anywhere.
function scribble(view) {
    for (let i = 0; i < 24 && i < 64; i++) view[i * 5 + 1] = 0xEE;
    try { view.fill(0xEE); } catch (error) { if (!(error instanceof TypeError)) throw error; }
}
function transfer(buffer, how) {
    const stale = new Uint8Array(buffer);
    const length = buffer.byteLength;
    let moved;
    if (how === 0) moved = buffer.transfer();
    else if (how === 1) moved = buffer.transferToFixedLength();
    else {
        moved = buffer.transfer(Math.min(1 + random(2 * length), buffer.resizable ? buffer.maxByteLength : 3000));
        const view = new Uint8Array(moved);
        if (view.length > length) fill(view, view[0]);
    }
    scribble(stale);
    return moved;
}
function change(buffer) {
    const view = new Uint8Array(buffer);
    switch (random(8)) {
    case 0: case 1: return transfer(buffer, 0);
    case 2: return transfer(buffer, 1);
    case 3: return transfer(buffer, 2);
    case 4: {
        const larger = new ArrayBuffer(view.length, { maxByteLength: view.length + 1024 });
        const copy = new Uint8Array(larger);
        copy.set(view);
        larger.resize(view.length + random(1024));
        fill(copy, view[0]);
        if (random(2)) larger.resize(view.length);
        return larger;
    }
    case 5: return buffer.slice();
    case 6: if (view.length >= 512) view.copyWithin(256, 0); return buffer;
    default: fill(view, random(256)); return buffer;
    }
}
function pass(buffer) {
    const stale = new Uint8Array(buffer);
    enter(0);
    send((id + 1) % count, buffer);
    if (random(2)) scribble(stale);
    leave(0);
}
for (let i = 0; i < 2; i++) {
    const buffer = new ArrayBuffer(1 + random(1500));
    fill(new Uint8Array(buffer), random(256));
    pass(buffer);
}
for (let round = 0; round < rounds; round++) {
    let buffer = receive();
    if (buffer === undefined) break; // told to stop
    verify(new Uint8Array(buffer), "received");
    buffer = change(buffer);
    if (random(4) === 0) verify(new Uint8Array(buffer), "changed");
    pass(buffer);
}
)js";

class TransferRing final : public ScriptScenario {
public:
    TransferRing() : ScriptScenario({.script = kScript, .threads = {2, 4}, .rounds = {4, 16}}) {}
};

constexpr sync::Window kEngineWindows[] = {sync::Window::BufferDetach, sync::Window::BulkCopy};
constexpr const char* kWindows[] = {"two agents hand a buffer over"};

} // namespace

extern const ScenarioInfo detach_races_transfer_ring;
constinit const ScenarioInfo detach_races_transfer_ring{
    .name = "detach_races/transfer_ring",
    .about = "buffers handed around a ring, transferred and resized, against writes through stale views",
    .planted = PlantedBug::BuffersTransferKeepsSource,
    .engine_windows = kEngineWindows,
    .own_windows = kWindows,
    .make = make_scenario<TransferRing>,
};

} // namespace stress
