// Visitor: how a cell, a root list or an interpreter stack reports references to the collector.
#pragma once

#include "heap/member.h"

#include <span>
#include <string_view>

namespace heddle {

/// What an edge is called, for heap snapshots. Property and element edges are what script would write.
struct EdgeName {
    enum Type : uint8_t { Internal, Property, Element, Weak } type = Internal;
    std::string_view text; // UTF-8; of an element: empty
    uint32_t index = 0;    // of an element
};

class Visitor {
public:
    template<class T>
    void visit(const Member<T>& member) {
        if constexpr (std::is_same_v<T, Value>)
            visit(member.get());
        else
            visit(static_cast<Cell*>(member.get()));
    }
    /// `name` is static text that a heap snapshot shows beside the edge.
    template<class T>
    void visit(const Member<T>& member, const char* name) {
        if (wants_names_) [[unlikely]]
            edge_name_ = {EdgeName::Internal, name, 0};
        visit(member);
        if (wants_names_) [[unlikely]]
            edge_name_ = {}; // it may have been null
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
    /// A root that is written to while the collector does not look, without a barrier before each write: it
    /// stays in the remembered set for as long as it is reported this way.
    void visit_mutable(Cell* cell) {
        if (cell) visit_mutable_cell(cell);
    }
    /// For visitors that want names: as visit(), under a name that is made for the purpose.
    bool wants_names() const { return wants_names_; }
    void visit(Value value, const EdgeName& name) {
        if (!value.is_cell()) return;
        edge_name_ = name;
        visit_cell(value.as_cell());
    }
    void visit(Cell* cell, const char* name) {
        if (cell) visit(Value(cell), EdgeName{EdgeName::Internal, name, 0});
    }

    /// The cell holds weak references: its process_weak runs once marking is complete.
    virtual void defer_weak(Cell*) = 0;
    /// The cell is a table of ephemerons (key, value): see Cell::visit_ephemerons.
    virtual void defer_ephemerons(Cell*) = 0;

protected:
    explicit Visitor(bool wants_names = false) : wants_names_(wants_names) {}
    ~Visitor() = default;
    virtual void visit_cell(Cell*) = 0;
    virtual void visit_mutable_cell(Cell* cell) { visit_cell(cell); }
    /// The name of the edge that visit_cell is told about, consumed.
    EdgeName take_edge_name() {
        EdgeName name = edge_name_;
        edge_name_ = {};
        return name;
    }

private:
    const bool wants_names_;
    EdgeName edge_name_;
};

/// Whether a cell survived the marking that has just completed.
class WeakProcessor {
public:
    virtual bool is_live(const Cell*) const = 0;
    bool is_live(Value value) const { return !value.is_cell() || is_live(value.as_cell()); }
    /// Only cells made since the last collection can have died.
    virtual bool is_young_collection() const { return false; }

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
