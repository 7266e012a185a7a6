// BackingStore: the bytes behind ArrayBuffers and SharedArrayBuffers (the Data Blocks of ECMA-262 6.2.9).
// Reference- counted, off every heap, independent of the agent that made it.
#pragma once

#include "base/rules.h"
#include "sync/atomic.h"
#include "sync/mutex.h"
#include "sync/shared_memory.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace heddle {

/// Any thread may hold references. An unshared store is used by one agent at a time; a shared one by any
/// number.
///
/// Invariants: byte_length() <= max_byte_length(); the data pointer never changes; bytes beyond byte_length()
/// are zero or not yet committed; a shared store only grows.
class BackingStore {
public:
    /// No store is larger: 2^36 bytes. Requests beyond it fail as any other that memory does not suffice for.
    static constexpr size_t kMaxByteLength = size_t{1} << 36;
    /// Resizable stores whose maximum is above this reserve address space and commit it as they grow; smaller
    /// ones take their maximum from malloc: the number of mappings of a process is limited.
    static constexpr size_t kReserveThreshold = size_t{256} * 1024;

    /// Where stores are counted for as long as they live: each holds on to its counter.
    using LiveCount = std::shared_ptr<sync::Counter<uint64_t>>;
    struct Options {
        size_t byte_length = 0;
        /// At least byte_length; used when resizable.
        size_t max_byte_length = 0;
        bool resizable = false;
        bool shared = false;
        LiveCount live_count = nullptr;
    };
    /// Zero-filled, with one reference. Null when the memory cannot be had.
    static BackingStore* create(const Options&);

    /// Called once when the last reference goes, on whichever thread drops it; runs no script.
    using FreeCallback = void (*)(void* data, size_t byte_length, void* context);
    /// A fixed-length store over memory of the embedder. Null (and nothing called) when there is no memory
    /// for it.
    static BackingStore* adopt(void* data, size_t byte_length, bool shared, FreeCallback, void* context);

    BackingStore(const BackingStore&) = delete;
    BackingStore& operator=(const BackingStore&) = delete;

    void retain() {
        check_alive("a reference is taken on");
        references_.add_relaxed(1);
    }
    void release() {
        check_alive("a reference is dropped on");
        if (references_.sub_acq_rel(1) == 1) destroy();
    }
    /// For tests and reports.
    uint32_t reference_count() const { return references_.load_relaxed(); }

    std::byte* data() const { return data_; }
    bool is_shared() const { return shared_; }
    /// [[ArrayBufferMaxByteLength]] is present.
    bool is_resizable() const { return resizable_; }
    /// The length now. For a growable shared store a sequentially consistent read (25.1.3.2
    /// ArrayBufferByteLength).
    size_t byte_length() const {
        if (!resizable_) return max_byte_length_;
        return shared_ ? length_.load_seq_cst() : unshared_length_;
    }
    /// As byte_length(), for accesses that the memory model leaves unordered.
    size_t byte_length_unordered() const {
        if (!resizable_) return max_byte_length_;
        return shared_ ? length_.load_relaxed() : unshared_length_;
    }
    size_t max_byte_length() const { return max_byte_length_; }
    /// For copies, to be counted where this store is.
    const LiveCount& live_count() const { return live_count_; }
    /// For stores made before their Runtime was known; once.
    void count_in(LiveCount live_count) {
        if (live_count_ || !live_count) return;
        live_count_ = std::move(live_count);
        live_count_->add_relaxed(1);
    }

    /// Unshared and resizable, new_length <= max. Bytes that go are zero when they come back. False: no
    /// memory, and nothing has changed.
    [[nodiscard]] bool resize(size_t new_length);

    enum class GrowOutcome : uint8_t { Grown, WouldShrink, OutOfMemory };
    /// Shared and resizable, new_length <= max. Any thread. WouldShrink when the length is already greater.
    [[nodiscard]] GrowOutcome grow(size_t new_length);

private:
    template<class T, class... Arguments>
    friend T* new_or_null(Arguments&&...);
    enum class Memory : uint8_t { Allocated, Reserved, Adopted };
    BackingStore(const Options& options)
        : max_byte_length_(options.resizable ? options.max_byte_length : options.byte_length),
          resizable_(options.resizable), shared_(options.shared) {
        count_in(options.live_count);
    }
    ~BackingStore() {
        if (live_count_) live_count_->sub_acq_rel(1);
    }
    bool commit(size_t length);
    void destroy();
    void check_alive([[maybe_unused]] const char* what) const {
#ifdef HEDDLE_CHECKED
        HEDDLE_RULE(StoreFreedTwice, life_ == kAlive && references_.load_relaxed() != 0, this, "%s a backing store that was freed", what);
#endif
    }

    sync::Counter<uint32_t> references_{1};
    Memory memory_ = Memory::Allocated;
    size_t max_byte_length_; // the length itself when not resizable
    bool resizable_;
    bool shared_;
    std::byte* data_ = nullptr;
    size_t unshared_length_ = 0;
    sync::Atomic<size_t> length_; // of growable shared stores: written under grow_mutex_, read by anybody
    size_t committed_ = 0;        // of Memory::Reserved, in bytes; guarded by grow_mutex_ when shared
    size_t reserved_ = 0;
    FreeCallback free_ = nullptr;
    void* free_context_ = nullptr;
    LiveCount live_count_;
    sync::Mutex grow_mutex_{sync::Rank::BackingStores};
    [[no_unique_address]] sync::SharedRegion region_;
#ifdef HEDDLE_CHECKED
    // At the end of the object, where whoever frees memory keeps nothing of its own.
    static constexpr uint64_t kAlive = 0x65726f7473656461;
    uint64_t life_ = kAlive;
#endif
};

/// A counted reference to a store, or none.
class StoreReference {
public:
    StoreReference() = default;
    /// Takes over the caller's reference.
    static StoreReference adopt(BackingStore* store) {
        StoreReference reference;
        reference.store_ = store;
        return reference;
    }
    static StoreReference share(BackingStore* store) {
        if (store) store->retain();
        return adopt(store);
    }
    StoreReference(const StoreReference& other) : store_(other.store_) {
        if (store_) store_->retain();
    }
    StoreReference(StoreReference&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
    StoreReference& operator=(StoreReference other) noexcept {
        std::swap(store_, other.store_);
        return *this;
    }
    ~StoreReference() {
        if (store_) store_->release();
    }
    BackingStore* get() const { return store_; }
    BackingStore* operator->() const { return store_; }
    explicit operator bool() const { return store_ != nullptr; }
    /// Gives the reference to the caller.
    [[nodiscard]] BackingStore* leak() { return std::exchange(store_, nullptr); }

private:
    BackingStore* store_ = nullptr;
};

} // namespace heddle
