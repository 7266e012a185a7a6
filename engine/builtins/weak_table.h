// The table of ephemerons behind WeakMap and WeakSet (ECMA-262 24.3, 24.4): a value is reachable through an
// entry only while the entry's key is reachable in another way.
#pragma once

#include "runtime/operations.h"

namespace heddle {

// 9.13 CanBeHeldWeakly ( v )
bool can_be_held_weakly(Value);

class WeakTable final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    static constexpr uint32_t kMinCapacity = 8;
    static constexpr uint32_t kMaxCapacity = 1u << 27;

    struct Entry {
        Cell* key; // null: never used; kRemoved: removed, or dead
        Member<Value> value;
        uint64_t hash;
    };

    static Fallible<WeakTable*> create(Agent&, uint32_t capacity); // a power of two
    /// The entry of `key`, or null.
    Entry* find(Cell* key, uint32_t hash);
    /// The key must be absent and has_room() true.
    void insert(Cell* key, uint32_t hash, Value value);
    void remove(Entry*);
    void move_entries_to(WeakTable* other);
    bool has_room() const { return (uint64_t{used_} + 1) * 4 <= uint64_t{capacity()} * 3; }
    uint32_t live() const { return live_; }
    uint32_t capacity() const { return aux_; }

    void visit_edges(Visitor& visitor) override { visitor.defer_ephemerons(this); }
    void visit_ephemerons(Visitor&, WeakProcessor&) override;
    void process_weak(WeakProcessor&) override;

private:
    friend class Heap;
    explicit WeakTable(uint32_t capacity);
    static Cell* removed() { return reinterpret_cast<Cell*>(1); }
    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    uint32_t used_ = 0; // with the removed ones
    uint32_t live_ = 0;
};

/// What WeakMap and WeakSet objects share: [[WeakMapData]] and [[WeakSetData]]. Keys can be held weakly.
class WeakCollection final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::WeakMap || kind == CellKind::WeakSet; }
    static Fallible<WeakCollection*> create(Agent&, CellKind, Shape*);
    /// The value of `key`, or nothing.
    std::optional<Value> lookup(Agent&, Value key);
    Fallible<void> put(Agent&, Value key, Value value);
    bool remove(Agent&, Value key);
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    WeakCollection(CellKind kind, Shape* shape, WeakTable* table) : Object(kind, shape) {
        table_.init(table);
    }
    Member<WeakTable> table_;
};

} // namespace heddle
