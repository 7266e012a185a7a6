// Root<T> and RootVector<T>: references held by C++ outside the heap and outside the stack of a request
// (in embedder structures, queues, std containers). Agent-local: made and destroyed on the agent's thread.
#pragma once

#include "heap/visitor.h"

#include <vector>

namespace heddle {

/// A doubly linked list node; the heap walks the list at every collection.
class RootNode {
public:
    explicit RootNode(Heap&);
    RootNode(const RootNode&) = delete;
    RootNode& operator=(const RootNode&) = delete; // its place in the ring is its own
    virtual void visit_roots(Visitor&) = 0;

protected:
    // Inline, so that no folder's vtable is the only one: code with run-time types may derive from it.
    virtual ~RootNode() {
#ifdef HEDDLE_CHECKED
        if (heap_) check_root_thread(*heap_, "a root ends");
#endif
        previous_->next_ = next_;
        next_->previous_ = previous_;
    }
    RootNode() : previous_(this), next_(this) {} // the head of the ring
    void check_target([[maybe_unused]] const Cell* cell) const {
#ifdef HEDDLE_CHECKED
        check_root_edge(*heap_, cell);
#endif
    }
    void check_target(Value value) const { check_target(value.is_cell() ? value.as_cell() : nullptr); }

private:
    friend class Heap;
    RootNode* previous_;
    RootNode* next_;
#ifdef HEDDLE_CHECKED
    const Heap* heap_ = nullptr;
#endif
};

template<class T>
class Root final : public RootNode {
public:
    explicit Root(Heap& heap, T* cell = nullptr) : RootNode(heap), cell_(cell) { check_target(cell); }
    T* get() const { return cell_; }
    operator T*() const { return cell_; }
    T* operator->() const {
        cell_->check_alive("a root refers to");
        return cell_;
    }
    Root& operator=(T* cell) {
        check_target(cell);
        cell_ = cell;
        return *this;
    }
    void visit_roots(Visitor& visitor) override { visitor.visit(static_cast<Cell*>(cell_)); }

private:
    T* cell_;
};

template<>
class Root<Value> final : public RootNode {
public:
    explicit Root(Heap& heap, Value value = Value::undefined()) : RootNode(heap), value_(value) { check_target(value); }
    Value get() const { return value_; }
    operator Value() const { return value_; }
    Root& operator=(Value value) {
        check_target(value);
        value_ = value;
        return *this;
    }
    void visit_roots(Visitor& visitor) override { visitor.visit(value_); }

private:
    Value value_;
};

/// A growable list of Values that the collector sees. Growth is fallible: push_back returns false when memory
/// for it cannot be had; what script can make large must check (see Agent::out_of_memory).
template<class T = Value>
class RootVector final : public RootNode {
public:
    /// What script can make a list grow to; beyond it growth fails as if memory had run out.
    static constexpr size_t kMaxCapacity = size_t{1} << 27;
    explicit RootVector(Heap& heap) : RootNode(heap) {}
    ~RootVector() { __builtin_free(items_); }
    size_t size() const { return size_; }
    size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    T& operator[](size_t i) {
        HEDDLE_ASSERT(i < size_);
        return items_[i];
    }
    const T& operator[](size_t i) const {
        HEDDLE_ASSERT(i < size_);
        return items_[i];
    }
    T* begin() { return items_; }
    T* end() { return items_ + size_; }
    const T* begin() const { return items_; }
    const T* end() const { return items_ + size_; }
    std::span<T> span() { return {items_, size_}; }
    [[nodiscard]] bool push_back(T item) {
        if (size_ == capacity_ && !reserve(capacity_ ? capacity_ * 2 : 8)) return false;
        items_[size_++] = item;
        return true;
    }
    T pop_back() {
        HEDDLE_ASSERT(size_ > 0);
        return items_[--size_];
    }
    [[nodiscard]] bool reserve(size_t capacity) {
        if (capacity <= capacity_) return true;
        if (capacity > kMaxCapacity) return false;
        auto* grown = static_cast<T*>(__builtin_realloc(static_cast<void*>(items_), capacity * sizeof(T)));
        if (!grown) return false;
        items_ = grown;
        capacity_ = capacity;
        return true;
    }
    [[nodiscard]] bool resize(size_t size, T fill) {
        if (!reserve(size)) return false;
        for (size_t i = size_; i < size; ++i)
            items_[i] = fill;
        size_ = size;
        return true;
    }
    void erase_front(size_t count) {
        HEDDLE_ASSERT(count <= size_);
        __builtin_memmove(static_cast<void*>(items_), static_cast<void*>(items_ + count),
                          (size_ - count) * sizeof(T));
        size_ -= count;
    }
    void clear() { size_ = 0; }
    void visit_roots(Visitor& visitor) override {
        for (size_t i = 0; i < size_; ++i)
            visitor.visit(items_[i]);
    }

private:
    static_assert(std::is_trivially_copyable_v<T>);
    T* items_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

} // namespace heddle
