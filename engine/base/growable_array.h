// GrowableArray: a list that script can make long. Growth is fallible, where std::vector would abort.
#pragma once

#include "base/assert.h"
#include "base/fault.h"

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace heddle {

/// Owned by one thread at a time. Plain items are moved by memcpy and never destroyed.
template<class T>
class GrowableArray {
    static constexpr bool kIsPlain = std::is_trivially_copyable_v<T>;
    static_assert(kIsPlain || std::is_nothrow_move_constructible_v<T>);

public:
    GrowableArray() = default;
    GrowableArray(GrowableArray&& other) noexcept
        : items_(std::exchange(other.items_, nullptr)), size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    GrowableArray& operator=(GrowableArray&& other) noexcept {
        std::swap(items_, other.items_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~GrowableArray() {
        clear();
        __builtin_free(items_);
    }

    size_t size() const { return size_; }
    size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    T* data() { return items_; }
    const T* data() const { return items_; }
    T* begin() { return items_; }
    T* end() { return items_ + size_; }
    const T* begin() const { return items_; }
    const T* end() const { return items_ + size_; }
    std::span<const T> span() const { return {items_, size_}; }
    T& operator[](size_t i) {
        HEDDLE_ASSERT(i < size_);
        return items_[i];
    }
    const T& operator[](size_t i) const {
        HEDDLE_ASSERT(i < size_);
        return items_[i];
    }
    T& back() { return (*this)[size_ - 1]; }

    /// False, and nothing has changed, when the memory cannot be had.
    [[nodiscard]] bool reserve(size_t capacity) {
        if (capacity <= capacity_) return true;
        if (capacity > kMaxCapacity || allocation_shall_fail()) return false;
        return reallocate(capacity);
    }
    /// Room for `more` items beyond size(), growing by a factor so that appending stays linear.
    [[nodiscard]] bool reserve_more(size_t more) {
        if (more <= capacity_ - size_) [[likely]] return true;
        if (more > kMaxCapacity - size_) return false;
        size_t wanted = capacity_ < 16 ? 16 : capacity_ + capacity_ / 2;
        if (wanted > kMaxCapacity) wanted = kMaxCapacity;
        return reserve(wanted < size_ + more ? size_ + more : wanted);
    }
    [[nodiscard]] bool push_back(T item) {
        if (!reserve_more(1)) return false;
        new (static_cast<void*>(items_ + size_++)) T(std::move(item));
        return true;
    }
    void pop_back() {
        HEDDLE_ASSERT(size_ > 0);
        --size_;
        if constexpr (!kIsPlain) items_[size_].~T();
    }
    /// Changes the size within what is reserved; new items are not initialized.
    void set_size(size_t size) {
        static_assert(kIsPlain);
        HEDDLE_ASSERT(size <= capacity_);
        size_ = size;
    }
    void clear() {
        if constexpr (!kIsPlain) {
            for (T& item : *this)
                item.~T();
        }
        size_ = 0;
    }
    /// Gives memory that is not used back, if the allocator can.
    void shrink_to_fit() {
        if (size_ == capacity_ || size_ == 0) return;
        (void)reallocate(size_);
    }

private:
    bool reallocate(size_t capacity) {
        T* moved;
        if constexpr (kIsPlain) {
            moved = static_cast<T*>(__builtin_realloc(static_cast<void*>(items_), capacity * sizeof(T)));
            if (!moved) return false;
        } else {
            moved = static_cast<T*>(__builtin_malloc(capacity * sizeof(T)));
            if (!moved) return false;
            for (size_t i = 0; i < size_; ++i) {
                new (static_cast<void*>(moved + i)) T(std::move(items_[i]));
                items_[i].~T();
            }
            __builtin_free(items_);
        }
        items_ = moved;
        capacity_ = capacity;
        return true;
    }
    static constexpr size_t kMaxCapacity = (size_t{1} << 40) / sizeof(T);
    T* items_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

} // namespace heddle
