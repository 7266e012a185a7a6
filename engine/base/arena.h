// A bump allocator for data that dies together (syntax trees, compiler scratch). Destructors are not run, so
// only trivially destructible things may live in it. Used by one thread at a time.
#pragma once

#include "base/assert.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace heddle {

/// The byte limit is soft: passing it sets is_exhausted() and allocation goes on, so that callers need no
/// check at each allocation. Whoever drives the arena polls is_exhausted() at a bounded distance (the parser:
/// at each token) and gives up with an error.
class Arena {
public:
    static constexpr size_t kFirstChunk = 8 * 1024;
    static constexpr size_t kLargestChunk = 1024 * 1024;

    explicit Arena(size_t byte_limit = SIZE_MAX) : byte_limit_(byte_limit) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena() {
        while (chunks_) {
            Chunk* next = chunks_->next;
            std::free(chunks_);
            chunks_ = next;
        }
    }

    void* allocate(size_t size, size_t alignment = alignof(void*)) {
        uintptr_t start = (cursor_ + alignment - 1) & ~(uintptr_t(alignment) - 1);
        if (start + size > end_ || start < cursor_) [[unlikely]] {
            add_chunk(size + alignment);
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

    /// Uninitialized room for `count` elements.
    template<class T>
    T* make_array(size_t count) {
        static_assert(std::is_trivially_destructible_v<T>);
        HEDDLE_CHECK(count <= SIZE_MAX / 2 / sizeof(T));
        return static_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
    }

    bool is_exhausted() const { return bytes_ > byte_limit_; }
    size_t bytes_reserved() const { return bytes_; }

private:
    struct Chunk {
        Chunk* next;
        size_t size;
    };

    void add_chunk(size_t at_least) {
        size_t size = at_least + sizeof(Chunk);
        if (size < next_chunk_) size = next_chunk_;
        if (next_chunk_ < kLargestChunk) next_chunk_ *= 2;
        auto* chunk = static_cast<Chunk*>(std::malloc(size));
        HEDDLE_CHECK(chunk != nullptr);
        chunk->next = chunks_;
        chunk->size = size;
        chunks_ = chunk;
        bytes_ += size;
        cursor_ = reinterpret_cast<uintptr_t>(chunk + 1);
        end_ = reinterpret_cast<uintptr_t>(chunk) + size;
    }

    uintptr_t cursor_ = 0;
    uintptr_t end_ = 0;
    Chunk* chunks_ = nullptr;
    size_t bytes_ = 0;
    size_t byte_limit_;
    size_t next_chunk_ = kFirstChunk;
};

/// A growing array inside an arena. Growing leaves the old storage behind in the arena.
template<class T>
class ArenaVector {
public:
    static_assert(std::is_trivially_copyable_v<T>);

    void push(Arena& arena, T value) {
        if (size_ == capacity_) [[unlikely]] {
            uint32_t capacity = capacity_ ? capacity_ * 2 : 4;
            T* data = arena.make_array<T>(capacity);
            if (size_) std::memcpy(static_cast<void*>(data), data_, sizeof(T) * size_);
            data_ = data;
            capacity_ = capacity;
        }
        data_[size_++] = value;
    }
    void pop() {
        HEDDLE_ASSERT(size_ > 0);
        size_--;
    }
    void clear() { size_ = 0; }
    void shrink_to(uint32_t size) {
        HEDDLE_ASSERT(size <= size_);
        size_ = size;
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
