// Runtimes, and the slots of agents and of runtime-wide objects.
#include "api/call.h"
#include "base/fault.h"
#include "threads/cluster.h"

#include <cstddef>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

using namespace heddle;
using namespace heddle::api;

extern "C" {

uint32_t heddle_version(void) { return HEDDLE_VERSION_NUMBER; }

#define HEDDLE_TEXT_OF(x) #x
#define HEDDLE_TEXT(x) HEDDLE_TEXT_OF(x)
const char* heddle_version_string(void) {
    return HEDDLE_TEXT(HEDDLE_VERSION_MAJOR) "." HEDDLE_TEXT(HEDDLE_VERSION_MINOR) "." HEDDLE_TEXT(HEDDLE_VERSION_PATCH);
}

const char* heddle_status_name(heddle_status status) {
    switch (number_of(status)) {
    case HEDDLE_OK: return "HEDDLE_OK";
    case HEDDLE_EXCEPTION: return "HEDDLE_EXCEPTION";
    case HEDDLE_TERMINATED: return "HEDDLE_TERMINATED";
    case HEDDLE_OUT_OF_MEMORY: return "HEDDLE_OUT_OF_MEMORY";
    case HEDDLE_BAD_ARGUMENT: return "HEDDLE_BAD_ARGUMENT";
    case HEDDLE_BAD_HANDLE: return "HEDDLE_BAD_HANDLE";
    case HEDDLE_FOREIGN_HANDLE: return "HEDDLE_FOREIGN_HANDLE";
    case HEDDLE_WRONG_KIND: return "HEDDLE_WRONG_KIND";
    case HEDDLE_WRONG_THREAD: return "HEDDLE_WRONG_THREAD";
    case HEDDLE_DEAD_AGENT: return "HEDDLE_DEAD_AGENT";
    case HEDDLE_NO_SCOPE: return "HEDDLE_NO_SCOPE";
    case HEDDLE_SUSPENDED: return "HEDDLE_SUSPENDED";
    case HEDDLE_BUSY: return "HEDDLE_BUSY";
    case HEDDLE_AFTER_FORK: return "HEDDLE_AFTER_FORK";
    case HEDDLE_REFUSED: return "HEDDLE_REFUSED";
    case HEDDLE_STATUS_LIMIT: break;
    }
    return "(no status of heddle.h)";
}

void heddle_install_new_handler(void) { sync::install_new_handler(); }
int heddle_use_memory_reserve(void) { return sync::use_memory_reserve(); }

heddle_status heddle_runtime_create(const heddle_runtime_options* options, heddle_runtime** out, heddle_error* error) {
    if (!out) return report(error, HEDDLE_BAD_ARGUMENT, "the place for the runtime is NULL");
    heddle_runtime_options read = HEDDLE_RUNTIME_OPTIONS_INIT;
    if (!read_options(options, read))
        return report(error, HEDDLE_BAD_ARGUMENT, "the options of the runtime have no valid size: begin with HEDDLE_RUNTIME_OPTIONS_INIT");
    if (read.memory_reserve > sync::MemoryReserve::kMostBytes) {
        return report(error, HEDDLE_BAD_ARGUMENT,
                      fmt::format("a reserve has at most {} bytes, not {}", sync::MemoryReserve::kMostBytes, read.memory_reserve));
    }
    auto* runtime = engine_memory_is_at_hand() ? new_or_null<heddle_runtime>() : nullptr;
    if (!runtime) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for a runtime");
    runtime->options = read;
    auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void* mark = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mark != MAP_FAILED) runtime->fork_mark = static_cast<volatile uint64_t*>(mark);
    if (mark == MAP_FAILED || !runtime->engine.runtime().memory_reserve().keep(read.memory_reserve)) {
        delete runtime;
        return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for a runtime");
    }
    *runtime->fork_mark = heddle_runtime::kAlive;
    // Older kernels do not know it: then a fork goes unnoticed.
    (void)madvise(mark, page, MADV_WIPEONFORK);
    if (read.worker_created || read.worker_ended)
        Cluster::of(runtime->engine.runtime()).set_worker_hook(on_worker_created, runtime);
    *out = runtime;
    return HEDDLE_OK;
}

heddle_status heddle_runtime_destroy(heddle_runtime* runtime, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    uint64_t agents = 0;
    {
        sync::MutexLocker locker(runtime->mutex);
        agents = runtime->agents;
    }
    if (agents != 0)
        return report(error, HEDDLE_BUSY, fmt::format("the runtime still has {} agent{}: destroy {} first", agents, agents == 1 ? "" : "s",
                                                      agents == 1 ? "it" : "them"));
    delete runtime;
    return HEDDLE_OK;
}

heddle_status heddle_runtime_get_statistics(heddle_runtime* runtime, heddle_runtime_statistics* out, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    if (!out) return report(error, HEDDLE_BAD_ARGUMENT, "the place for the statistics is NULL");
    heddle_runtime_statistics now = HEDDLE_RUNTIME_STATISTICS_INIT;
    {
        sync::MutexLocker locker(runtime->mutex);
        now.agents = runtime->agents;
        now.scripts = runtime->shared_counts[static_cast<size_t>(SharedKind::Script)];
        now.stores = runtime->shared_counts[static_cast<size_t>(SharedKind::Store)];
        now.messages = runtime->shared_counts[static_cast<size_t>(SharedKind::Message)];
    }
    LeakCounts alive = Cluster::of(runtime->engine.runtime()).leak_counts();
    now.heap_blocks = alive.blocks;
    now.threads = alive.threads;
    now.ports = alive.ports;
    now.waiters = alive.waiters;
    now.queued_messages = alive.messages;
    now.queued_tasks = alive.tasks;
    now.backing_stores = alive.stores;
    if (!write_information(now, out))
        return report(error, HEDDLE_BAD_ARGUMENT, "the statistics have no valid size: begin with HEDDLE_RUNTIME_STATISTICS_INIT");
    return HEDDLE_OK;
}

} // extern "C"

// --- slots ------------------------------------------------------------------------------------------------------

heddle_runtime::~heddle_runtime() {
    magic = 0;
    for (AgentSlot* slot : agent_slots)
        delete slot;
    for (uint32_t i = 0; i < chunk_count; ++i)
        delete[] chunks[i];
    if (fork_mark) munmap(const_cast<uint64_t*>(fork_mark), static_cast<size_t>(sysconf(_SC_PAGESIZE)));
}

SharedSlot* heddle_runtime::take_slot(SharedKind kind) {
    if (free_shared_slots.empty()) {
        if (chunk_count == kMaxChunks) return nullptr;
        uint32_t size = kFirstChunk << chunk_count;
        if (!free_shared_slots.reserve_more(size)) return nullptr;
        auto* chunk = new_array_or_null<SharedSlot>(size);
        if (!chunk) return nullptr;
        chunks[chunk_count++] = chunk;
        for (uint32_t i = size; i-- > 0;) {
            if (!free_shared_slots.push_back(&chunk[i])) break; // the room is there
        }
    }
    SharedSlot* slot = free_shared_slots.back();
    free_shared_slots.pop_back();
    slot->kind = kind;
    ++shared_counts[static_cast<size_t>(kind)];
    return slot;
}

SharedSlot* heddle_runtime::find_slot(const void* handle, SharedKind kind) {
    auto bits = reinterpret_cast<uint64_t>(handle);
    uint64_t address = bits & kAddressMask;
    for (uint32_t i = 0; i < chunk_count; ++i) {
        auto begin = reinterpret_cast<uint64_t>(chunks[i]);
        if (address < begin || address - begin >= (uint64_t{kFirstChunk} << i) * sizeof(SharedSlot)) continue;
        if ((address - begin) % sizeof(SharedSlot) != 0) return nullptr;
        auto* slot = reinterpret_cast<SharedSlot*>(address);
        return slot->kind == kind && slot->generation == bits >> kGenerationShift ? slot : nullptr;
    }
    return nullptr;
}

void heddle_runtime::free_slot(SharedSlot* slot) {
    --shared_counts[static_cast<size_t>(slot->kind)];
    slot->kind = SharedKind::Free;
    if (slot->generation == kLastGeneration) return;
    ++slot->generation;
    if (!free_shared_slots.push_back(slot)) return; // the slot waits for the end of the runtime
}
