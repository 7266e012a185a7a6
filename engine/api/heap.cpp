// What the host learns about an agent's heap.
#include "api/call.h"
#include "heap/snapshot.h"

using namespace heddle;
using namespace heddle::api;

namespace {

struct SnapshotWriter {
    int (*write)(const char*, size_t, void*);
    void* data;
};

bool write_piece(void* data, std::string_view piece) {
    auto* writer = static_cast<SnapshotWriter*>(data);
    return writer->write(piece.data(), piece.size(), writer->data) != 0;
}

} // namespace

extern "C" {

heddle_status heddle_heap_get_statistics(heddle_agent* agent, heddle_heap_statistics* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(out, "the place for the statistics")) return call.status();
    HeapStatistics from = call.agent().heap().statistics();
    heddle_heap_statistics now = HEDDLE_HEAP_STATISTICS_INIT;
    now.cell_bytes = from.cell_bytes;
    now.block_bytes = from.block_bytes;
    now.external_bytes = from.external_bytes;
    now.limit_bytes = from.limit_bytes;
    now.allocations = from.allocations;
    now.young_collections = from.young_collections;
    now.full_collections = from.full_collections;
    now.last_pause_ns = from.last_pause_ns;
    now.longest_pause_ns = from.longest_pause_ns;
    now.total_pause_ns = from.total_pause_ns;
    now.local_handles = call.state().handles->local_count();
    now.persistent_handles = call.state().handles->persistent_count();
    if (!write_information(now, out))
        return call.fail(HEDDLE_BAD_ARGUMENT, "the statistics have no valid size: begin with HEDDLE_HEAP_STATISTICS_INIT");
    return HEDDLE_OK;
}

heddle_status heddle_heap_collect(heddle_agent* agent, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    call.agent().heap().collect();
    // So that what died is finalized when the call ends, and not some time later.
    call.agent().heap().finish_sweep();
    return HEDDLE_OK;
}

heddle_status heddle_heap_snapshot(heddle_agent* agent, int (*write)(const char*, size_t, void*), void* data, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(reinterpret_cast<const void*>(write), "the function that writes")) return call.status();
    SnapshotWriter writer{write, data};
    call.state().interrupted = true; // the writer cannot use the agent
    SnapshotOutcome outcome = write_heap_snapshot(call.agent().heap(), write_piece, &writer);
    call.state().interrupted = false;
    switch (outcome) {
    case SnapshotOutcome::Written: break;
    case SnapshotOutcome::OutOfMemory: return call.fail(HEDDLE_OUT_OF_MEMORY, "there is no memory for the snapshot");
    case SnapshotOutcome::Refused: return call.fail(HEDDLE_REFUSED, "the function that writes returned 0");
    }
    return HEDDLE_OK;
}

heddle_status heddle_heap_fail_allocation(heddle_agent* agent, uint64_t nth, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    call.agent().heap().set_fail_allocation(nth);
    return HEDDLE_OK;
}

} // extern "C"
