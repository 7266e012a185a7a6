// Heap snapshots: what an agent's heap holds and what holds it, as the JSON of Chrome DevTools
// (.heapsnapshot).
#pragma once

#include <cstdint>
#include <string_view>

namespace heddle {

class Heap;

enum class SnapshotOutcome : uint8_t { Written, OutOfMemory, Refused };

/// Receives the text piece by piece. Returning false ends the snapshot (Refused).
using SnapshotSink = bool (*)(void* data, std::string_view piece);

/// Collects fully, then writes every live cell with its edges. Runs no script and allocates nothing on the
/// heap; takes about four bytes for each cell beside the text of distinct names. On the agent's thread,
/// inside a request. A cell keeps its id from snapshot to snapshot for as long as it lives; a later cell in
/// the same place has the same id.
[[nodiscard]] SnapshotOutcome write_heap_snapshot(Heap&, SnapshotSink, void* data);

} // namespace heddle
