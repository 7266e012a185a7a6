// Objects by their names: mutexes, atomics and the like when they are first announced, and words of shared memory.
#include "sync/controlled/internals.h"

#ifdef HEDDLE_CONTROLLED

namespace heddle::sync::controlled {

uint32_t intern(Scheduler& scheduler, const ObjectIdentity* identity) {
    if (!identity) return 0;
    if (identity->index_ != 0) return identity->index_;
    if (scheduler.object_count + 1 >= kMaxObjects)
        overflow(scheduler, "more objects than the scheduler has room for");
    uint32_t index = ++scheduler.object_count;
    ObjectSlot& object = scheduler.objects[index];
    copy_id(object.id, identity->id_);
    object.holder = kNoThread;
    object.last_write = 0;
    object.hash = raw::mix(hash_of_path(identity->id_.creator), identity->id_.nth + 1);
    identity->index_ = index;
    return index;
}

uint32_t intern_address(Scheduler& scheduler, const void* address, uint64_t* offset) {
    uintptr_t word = reinterpret_cast<uintptr_t>(address) & ~uintptr_t{7};
    const Region* region = nullptr;
    for (uint32_t i = 0; i < scheduler.region_count && !region; i++) {
        const Region& candidate = scheduler.regions[i];
        if (word + 7 >= candidate.base && word < candidate.base + candidate.size) region = &candidate;
    }
    if (!region) return 0;
    *offset = word >= region->base ? word - region->base : 0;
    uint64_t hash = raw::mix(region->hash, *offset + 1);
    uint64_t place = hash;
    for (uint32_t probe = 0; probe < kMaxAddresses; probe++) {
        AddressEntry& entry = scheduler.addresses[(place + probe) % kMaxAddresses];
        if (entry.key == (word | 1)) {
            // The same address in another region is another object.
            if (scheduler.objects[entry.object].hash == hash) return entry.object;
            continue;
        }
        if (entry.key != 0) continue;
        if (scheduler.object_count + 1 >= kMaxObjects)
            overflow(scheduler, "more objects than the scheduler has room for");
        uint32_t index = ++scheduler.object_count;
        ObjectSlot& object = scheduler.objects[index];
        object.holder = kNoThread;
        object.last_write = 0;
        copy_id(object.id, region->id);
        object.hash = hash;
        entry.key = word | 1;
        entry.object = index;
        return index;
    }
    overflow(scheduler, "more addresses of shared memory than the scheduler has room for");
}

void register_region(Scheduler* scheduler, const void* base, size_t size, const ObjectIdentity* identity) {
    uint32_t place = 0;
    while (place < scheduler->region_count && scheduler->regions[place].size != 0)
        place++;
    if (place == kMaxRegions) overflow(*scheduler, "more shared stores than the scheduler has room for");
    if (place == scheduler->region_count) scheduler->region_count++;
    Region& region = scheduler->regions[place];
    region.base = reinterpret_cast<uintptr_t>(base);
    region.size = size;
    copy_id(region.id, identity->id_);
    region.hash = raw::mix(hash_of_path(region.id.creator), region.id.nth + 1);
}

void forget_region(Scheduler* scheduler, const void* base) {
    for (uint32_t i = 0; i < scheduler->region_count; i++) {
        if (scheduler->regions[i].base == reinterpret_cast<uintptr_t>(base)) scheduler->regions[i].size = 0;
    }
}

} // namespace heddle::sync::controlled

#endif
