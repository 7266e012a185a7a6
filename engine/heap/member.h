// Member<T>: a reference from one cell to another (or a Value). Writing it names the owner and runs the
// write barrier; reading it is a plain load.
#pragma once

#include "heap/cell_checks.h"

namespace heddle {

/// Slow half of the barrier: puts an old owner into its heap's remembered set.
void remember_owner(Cell* owner);

inline void write_barrier(Cell* owner) {
    owner->check_alive("a reference was written to");
    if (owner->generation() == Cell::kOld) [[unlikely]]
        remember_owner(owner);
}

/// A reference to a T cell, or null.
template<class T>
class Member {
public:
    constexpr Member() = default;
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    T* get() const { return cell_; }
    operator T*() const { return cell_; }
    T* operator->() const {
        cell_->check_alive("a member refers to");
        return cell_;
    }
    void set(Cell* owner, T* cell) {
        check_edge(owner, cell);
        cell_ = cell;
        write_barrier(owner);
    }
    /// Before the owner has been published to anything that could collect (its constructor).
    void init(T* cell) { cell_ = cell; }
    void clear() { cell_ = nullptr; }

private:
    T* cell_ = nullptr;
};

template<>
class Member<Value> {
public:
    constexpr Member() = default;
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    Value get() const { return value_; }
    operator Value() const { return value_; }
    void set(Cell* owner, Value value) {
        check_edge(owner, value.is_cell() ? value.as_cell() : nullptr);
        value_ = value;
        write_barrier(owner);
    }
    void init(Value value) { value_ = value; }

private:
    Value value_;
};

static_assert(sizeof(Member<Value>) == 8);

} // namespace heddle
