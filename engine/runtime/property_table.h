// PropertyTable: the ordered named properties of a lineage of shapes (or of one dictionary), and TransitionTable,
// the weak map from a shape's possible changes to the shapes that they lead to. Used by shape.cpp alone.
#pragma once

#include "runtime/shape.h"

namespace heddle {

//   vtable | header, aux = entries used | capacity:32 index_size:32 | free_head:32 | entries[capacity] | index[index_size]
// `index` (absent for small tables) is an open-addressing table from key hash to entry number + 1.
class PropertyTable final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::PropertyTable; }
    static constexpr uint32_t kLinearCapacity = 8;
    static constexpr uint32_t kNoSlot = 0xFFFF'FFFF;

    struct Entry {
        uint64_t key; // PropertyKey bits; zero: deleted
        uint32_t slot; // of a deleted entry: its free slot, or kNoSlot
        uint32_t attributes; // of a deleted entry with a free slot: the next such entry + 1
    };

    static Fallible<PropertyTable*> create(Agent&, uint32_t capacity);
    /// The first `count` entries of `original` in a table with room for `capacity`.
    static Fallible<PropertyTable*> copy(Agent&, PropertyTable* original, uint32_t count, uint32_t capacity);

    uint32_t used() const { return aux_; }
    bool is_full() const { return aux_ == capacity_; }
    uint32_t capacity() const { return capacity_; }
    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    const Entry* entries() const { return reinterpret_cast<const Entry*>(this + 1); }
    /// Entry number of `key`, or -1.
    int64_t find(PropertyKey key) const;
    void append(PropertyKey key, uint32_t slot, Attributes attributes);
    void remove(uint32_t entry);
    /// A slot of a deleted entry, or kNoSlot.
    uint32_t take_free_slot();

    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    PropertyTable(uint32_t capacity, uint32_t index_size);
    uint32_t* index() { return reinterpret_cast<uint32_t*>(entries() + capacity_); }
    const uint32_t* index() const { return reinterpret_cast<const uint32_t*>(entries() + capacity_); }
    uint32_t capacity_;
    uint32_t index_size_;
    uint32_t free_head_ = 0;
    uint32_t padding_ = 0;
};

class TransitionTable final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::TransitionTable; }
    struct Entry {
        uint64_t key;
        uint64_t kind; // attributes, or kPrototypeChange
        Shape* target; // weak; null with a non-zero key: dropped
    };
    static constexpr uint32_t kPrototypeChange = 0x100;

    static Fallible<TransitionTable*> create(Agent&, uint32_t capacity);
    uint32_t capacity() const { return aux_; }
    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    Shape* find(uint64_t key, uint32_t kind);
    bool has_room() const { return (used_ + 1) * 4 <= capacity() * 3; }
    void insert(uint64_t key, uint32_t kind, Shape* target);
    void drop_dead(WeakProcessor&);

private:
    friend class Heap;
    explicit TransitionTable(uint32_t capacity);
    static size_t hash(uint64_t key, uint32_t kind) { return ((key >> 4) ^ (key << 7) ^ kind * 0x9E37u) * 0x9E3779B97F4A7C15u >> 40; }
    uint32_t used_ = 0;
};

} // namespace heddle
