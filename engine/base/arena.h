// A bump allocator for data that dies together (syntax trees, compiler scratch). Destructors are not run, so
// only trivially destructible things may live in it. Used by one thread at a time.
#pragma once

#include "base/assert.h"
#include "base/fault.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace heddle {

/// Both limits are soft: passing the one in bytes, or getting no more memory, sets is_exhausted(), and small allocations go
/// on from a chunk kept for this, so that callers need no check at each one. Whoever drives the arena polls is_exhausted() at
/// a bounded distance (the parser: at each token), and gives up with an error.
class Arena {
public:
    static constexpr size_t kFirstChunk = 8 * 1024;
    static constexpr size_t kLargestChunk = 1024 * 1024;
    /// Beyond it an allocation is large: it may be refused.
    static constexpr size_t kLargestSmall = 1024;

    explicit Arena(size_t byte_limit = SIZE_MAX) : byte_limit_(byte_limit) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena() {
        free_all(chunks_);
        free_all(spare_);
    }

    /// Before the first allocation. False when there is no memory to begin with.
    [[nodiscard]] bool prepare() {
        if (!chunks_) spare_ = new_chunk(next_chunk_);
        if (spare_ && !chunks_) open_chunk();
        return chunks_ != nullptr;
    }

    void* allocate(size_t size, size_t alignment = alignof(void*)) {
        HEDDLE_ASSERT(size <= kLargestSmall);
        uintptr_t start = (cursor_ + alignment - 1) & ~(uintptr_t(alignment) - 1);
        if (start + size > end_ || start < cursor_) [[unlikely]] {
            open_chunk();
            start = (cursor_ + alignment - 1) & ~(uintptr_t(alignment) - 1);
        }
        cursor_ = start + size;
        return reinterpret_cast<void*>(start);
    }

    template<class T, class... Args>
    T* make(Args&&... args) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
    }

    /// Uninitialized room for `count` elements; null, and the arena is exhausted, when it is large and there is no memory.
    template<class T>
    T* make_array(size_t count) {
        static_assert(std::is_trivially_destructible_v<T>);
        if (count <= kLargestSmall / sizeof(T)) return static_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
        return static_cast<T*>(allocate_large(count <= SIZE_MAX / 2 / sizeof(T) ? sizeof(T) * count : SIZE_MAX / 2));
    }

    bool is_exhausted() const { return bytes_ > byte_limit_ || exhausted_; }
    size_t bytes_reserved() const { return bytes_; }

private:
    struct alignas(std::max_align_t) Chunk {
        Chunk* next;
        size_t size;
    };

    static Chunk* new_chunk(size_t size) {
        if (allocation_shall_fail()) return nullptr;
        auto* chunk = static_cast<Chunk*>(std::malloc(size));
        if (chunk) *chunk = {nullptr, size};
        return chunk;
    }
    static void free_all(Chunk* chunk) {
        while (chunk)
            std::free(std::exchange(chunk, chunk->next));
    }
    void add(Chunk* chunk) {
        chunk->next = chunks_;
        chunks_ = chunk;
        bytes_ += chunk->size;
    }
    // The next chunk is there before this one is full.
    void open_chunk() {
        Chunk* chunk = spare_ || exhausted_ ? spare_ : new_chunk(next_chunk_);
        HEDDLE_CHECK(chunk != nullptr); // else nobody has polled
        add(chunk);
        cursor_ = reinterpret_cast<uintptr_t>(chunk + 1);
        end_ = reinterpret_cast<uintptr_t>(chunk) + chunk->size;
        if (next_chunk_ < kLargestChunk) next_chunk_ *= 2;
        spare_ = exhausted_ ? nullptr : new_chunk(next_chunk_);
        exhausted_ |= !spare_;
    }
    void* allocate_large(size_t size) {
        // What is left of the chunk serves too.
        uintptr_t start = (cursor_ + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
        if (start >= cursor_ && start <= end_ && size <= end_ - start) {
            cursor_ = start + size;
            return reinterpret_cast<void*>(start);
        }
        Chunk* chunk = exhausted_ ? nullptr : new_chunk(size + sizeof(Chunk));
        if (!chunk) {
            exhausted_ = true;
            return nullptr;
        }
        add(chunk);
        return chunk + 1;
    }

    uintptr_t cursor_ = 0;
    uintptr_t end_ = 0;
    Chunk* chunks_ = nullptr;
    Chunk* spare_ = nullptr; // what is used next
    size_t bytes_ = 0;
    size_t byte_limit_;
    size_t next_chunk_ = kFirstChunk;
    bool exhausted_ = false;
};

/// A growing array inside an arena. Growing leaves the old storage behind in the arena. In an exhausted arena that has no room
/// for more the last item gives way to the new one: nobody will look at the whole.
template<class T>
class ArenaVector {
public:
    static_assert(std::is_trivially_copyable_v<T>);

    void push(Arena& arena, T value) {
        if (size_ == capacity_) [[unlikely]] {
            uint32_t capacity = capacity_ ? capacity_ * 2 : 4;
            T* data = arena.make_array<T>(capacity);
            if (!data) {
                if (size_) data_[size_ - 1] = value;
                return;
            }
            if (size_) std::memcpy(static_cast<void*>(data), data_, sizeof(T) * size_);
            data_ = data;
            capacity_ = capacity;
        }
        data_[size_++] = value;
    }
    void pop() {
        if (size_ > 0) size_--; // see push
    }
    void clear() { size_ = 0; }
    void shrink_to(uint32_t size) {
        if (size < size_) size_ = size;
    }
    T* data() const { return data_; }
    uint32_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T& operator[](uint32_t index) const {
        HEDDLE_ASSERT(index < size_);
        return data_[index];
    }
    T& last() const { return (*this)[size_ - 1]; }
    T* begin() const { return data_; }
    T* end() const { return data_ + size_; }

private:
    T* data_ = nullptr;
    uint32_t size_ = 0;
    uint32_t capacity_ = 0;
};

} // namespace heddle
