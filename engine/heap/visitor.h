// Visitor: how a cell, a root list or an interpreter stack reports references to the collector.
#pragma once

#include "heap/member.h"

#include <span>

namespace heddle {

class Visitor {
public:
    template<class T>
    void visit(const Member<T>& member) {
        if constexpr (std::is_same_v<T, Value>) visit(member.get());
        else visit(static_cast<Cell*>(member.get()));
    }
    void visit(Value value) {
        if (value.is_cell()) visit_cell(value.as_cell());
    }
    void visit(Cell* cell) {
        if (cell) visit_cell(cell);
    }
    void visit(std::span<const Value> values) {
        for (Value value : values)
            visit(value);
    }
    void visit(std::span<const Member<Value>> values) {
        for (const auto& value : values)
            visit(value.get());
    }
    /// The cell holds weak references: its process_weak runs once marking is complete.
    virtual void defer_weak(Cell*) = 0;
    /// The cell is a table of ephemerons (key, value): see Cell::visit_ephemerons.
    virtual void defer_ephemerons(Cell*) = 0;

protected:
    virtual void visit_cell(Cell*) = 0;
    ~Visitor() = default;
};

/// Whether a cell survived the marking that has just completed.
class WeakProcessor {
public:
    virtual bool is_live(const Cell*) const = 0;
    bool is_live(Value value) const { return !value.is_cell() || is_live(value.as_cell()); }

protected:
    ~WeakProcessor() = default;
};

/// Something outside the heap that holds references: the interpreter's registers, a table of an agent.
class RootSource {
public:
    virtual void visit_roots(Visitor&) = 0;
    /// After marking: drop weak references (atom tables and the like).
    virtual void process_weak_roots(WeakProcessor&) {}

protected:
    ~RootSource() = default;
};

} // namespace heddle
