// Cell: the header of everything that the collector manages, and the interface it uses to trace a cell.
#pragma once

#include "base/assert.h"
#include "runtime/value.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace heddle {

class Agent;
class Cell;
class Heap;
class Visitor;
class WeakProcessor;

enum class CellKind : uint8_t {
#define CELL_KIND(Name) Name,
#include "heap/cell_kinds.def"
#undef CELL_KIND
    Count
};

[[noreturn]] void report_dead_cell(const Cell*, const char* how);

/// The name of a kind, for reports and heap snapshots.
const char* cell_kind_name(CellKind);

/// Life of a cell's memory. The conservative scan accepts only Live; Immortal cells lie outside the heap in
/// constant memory and are shared by every agent.
enum class CellState : uint8_t { Free = 0, Live = 1, Immortal = 2 };

//   word 0   vtable
//   word 1   kind:8 | state:8 | flags:8 | generation:8 | aux:32
// `flags` and `aux` belong to the class of the cell; `generation` to the collector.
class Cell {
public:
    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;

    CellKind kind() const { return kind_; }
    CellState state() const { return state_; }
    bool is_immortal() const { return state_ == CellState::Immortal; }
    bool is_object() const { return kind_ >= CellKind::Object; }

    template<class T>
    bool is() const {
        return T::is_kind(kind_);
    }
    template<class T>
    T* as() {
        check_alive("a pointer leads to");
        HEDDLE_ASSERT(is<T>());
        return static_cast<T*>(this);
    }
    template<class T>
    const T* as() const {
        check_alive("a pointer leads to");
        HEDDLE_ASSERT(is<T>());
        return static_cast<const T*>(this);
    }

    /// Breaks the rule of dead cells when this one was swept. Checked builds only.
    void check_alive([[maybe_unused]] const char* how) const {
#ifdef HEDDLE_CHECKED
        if (state_ != CellState::Live && state_ != CellState::Immortal) [[unlikely]] report_dead_cell(this, how);
#endif
    }

    /// Reports every outgoing strong reference. Runs during marking: allocates nothing, changes nothing.
    virtual void visit_edges(Visitor&) {}
    /// Runs after marking for cells that registered themselves with Visitor::defer_weak: drops dead
    /// references.
    virtual void process_weak(WeakProcessor&) {}
    /// For tables of ephemerons that registered with Visitor::defer_ephemerons: visits the values whose keys
    /// are live. Runs until no table marks anything more.
    virtual void visit_ephemerons(Visitor&, WeakProcessor&) {}
    /// Releases what the cell owns outside the heap. Runs only for classes with `kNeedsFinalizer`, while the
    /// cell's block is swept; must not touch other cells, allocate, or run script.
    virtual void finalize() {}

    /// What a heap snapshot calls the cell: UTF-8, not long. Allocates no cell.
    virtual std::string snapshot_name() const { return cell_kind_name(kind_); }

    static constexpr bool kNeedsFinalizer = false;

    // The collector's view of a cell: which cells of the old generation are in the remembered set.
    enum : uint8_t { kYoung = 0, kOld = 1, kOldRemembered = 2 };
    uint8_t generation() const { return generation_; }
    void set_generation(uint8_t generation) { generation_ = generation; }

protected:
    constexpr explicit Cell(CellKind kind, uint8_t flags = 0, uint32_t aux = 0,
                            CellState state = CellState::Live)
        : kind_(kind), state_(state), flags_(flags), aux_(aux) {}
    // Cells are never destroyed through a pointer; the sweep calls finalize().
    ~Cell() = default;

private:
    friend class Heap;
    friend class Block;
    CellKind kind_;
    CellState state_;

protected:
    uint8_t flags_;

private:
    uint8_t generation_ = kYoung;

protected:
    uint32_t aux_;
};
static_assert(sizeof(Cell) == 16);

inline bool Value::is_object() const {
    return is_cell() && as_cell()->is_object();
}
inline bool Value::is_string() const {
    return is_cell() && as_cell()->kind() == CellKind::String;
}
inline bool Value::is_symbol() const {
    return is_cell() && as_cell()->kind() == CellKind::Symbol;
}
inline bool Value::is_bigint() const {
    return is_cell() && as_cell()->kind() == CellKind::BigInt;
}
template<class T>
inline bool Value::is() const {
    return is_cell() && T::is_kind(as_cell()->kind());
}
template<class T>
inline T* Value::as() const {
    if (is_cell()) as_cell()->check_alive("a value is");
    HEDDLE_ASSERT(is<T>());
    return static_cast<T*>(as_cell());
}

} // namespace heddle
