// Memory of backing stores: malloc below a threshold and for fixed lengths, reserved address space above it.
#include "buffers/backing_store.h"

#include "base/fault.h"
#include "sync/window.h"

#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace heddle {

namespace {

size_t round_up_to_page(size_t size) {
    auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return (size + page - 1) / page * page;
}

} // namespace

BackingStore* BackingStore::create(const Options& options) {
    size_t capacity = options.resizable ? options.max_byte_length : options.byte_length;
    HEDDLE_ASSERT(options.byte_length <= capacity);
    if (capacity > kMaxByteLength) return nullptr;
    auto* store = new_or_null<BackingStore>(options);
    if (!store) return nullptr;
    if (options.resizable && capacity > kReserveThreshold) {
        store->memory_ = Memory::Reserved;
        store->reserved_ = round_up_to_page(capacity);
        void* memory =
            mmap(nullptr, store->reserved_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) {
            delete store;
            return nullptr;
        }
        store->data_ = static_cast<std::byte*>(memory);
        if (!store->commit(options.byte_length)) {
            store->release();
            return nullptr;
        }
    } else {
        // Never empty, so that every store has an address of its own.
        store->data_ = static_cast<std::byte*>(std::calloc(capacity ? capacity : 1, 1));
        if (!store->data_) {
            delete store;
            return nullptr;
        }
    }
    store->unshared_length_ = options.byte_length;
    store->length_.store_relaxed(options.byte_length);
    if (options.shared) store->region_.name(store->data_, capacity);
    return store;
}

BackingStore* BackingStore::adopt(void* data, size_t byte_length, bool shared, FreeCallback free,
                                  void* context) {
    auto* store = new_or_null<BackingStore>(Options{byte_length, byte_length, false, shared});
    if (!store) return nullptr;
    store->memory_ = Memory::Adopted;
    store->data_ = static_cast<std::byte*>(data);
    store->unshared_length_ = byte_length;
    store->length_.store_relaxed(byte_length);
    store->free_ = free;
    store->free_context_ = context;
    return store;
}

// Makes the first `length` bytes accessible. Fresh pages are zero.
bool BackingStore::commit(size_t length) {
    if (memory_ != Memory::Reserved || length <= committed_) return true;
    size_t wanted = round_up_to_page(length);
    if (mprotect(data_ + committed_, wanted - committed_, PROT_READ | PROT_WRITE) != 0) return false;
    committed_ = wanted;
    return true;
}

bool BackingStore::resize(size_t new_length) {
    HEDDLE_CHECK(resizable_ && !shared_ && new_length <= max_byte_length_);
    sync::WindowMark window(sync::Window::BufferResize);
    if (new_length < unshared_length_) {
        // What goes must be zero when it comes back; whole pages are given back to the system.
        size_t end = unshared_length_;
        if (memory_ == Memory::Reserved) {
            size_t first_page = round_up_to_page(new_length);
            if (first_page < end) {
                if (madvise(data_ + first_page, committed_ - first_page, MADV_DONTNEED) == 0)
                    end = first_page;
            }
        }
        std::memset(data_ + new_length, 0, end - new_length);
    } else if (!commit(new_length)) {
        return false;
    }
    unshared_length_ = new_length;
    return true;
}

// 25.2.2.3 HostGrowSharedArrayBuffer ( buffer, newByteLength ): the lock orders growers; the store of the
// length is the one publication.
BackingStore::GrowOutcome BackingStore::grow(size_t new_length) {
    HEDDLE_CHECK(resizable_ && shared_ && new_length <= max_byte_length_);
    sync::WindowMark window(sync::Window::BufferResize);
    size_t seen = length_.load_seq_cst();
    sync::MutexLocker locker(grow_mutex_);
    if (!PLANTED(BuffersGrowStaleLength)) seen = length_.load_seq_cst();
    if (new_length < seen) return GrowOutcome::WouldShrink;
    if (!PLANTED(BuffersGrowUncommitted) && !commit(new_length)) return GrowOutcome::OutOfMemory;
    // The bytes are there before the length that admits them.
    if (new_length != seen) length_.store_seq_cst(new_length);
    return GrowOutcome::Grown;
}

void BackingStore::destroy() {
    region_.forget();
#ifdef HEDDLE_CHECKED
    // The compiler may not take it for a dead store: whoever still holds the address is to find it.
    *const_cast<volatile uint64_t*>(&life_) = 0;
#endif
    switch (memory_) {
    case Memory::Allocated:
        std::free(data_);
        break;
    case Memory::Reserved:
        munmap(data_, reserved_);
        break;
    case Memory::Adopted:
        if (free_) free_(data_, max_byte_length_, free_context_);
        break;
    }
    delete this;
}

} // namespace heddle
