// SparseElements: indexed properties that are far apart or have attributes of their own. A hash table from index
// to value and attributes, in one cell; growing makes a new one.
#pragma once

#include "runtime/object.h"

namespace heddle {

class SparseElements final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::SparseElements; }
    struct Entry {
        uint32_t index = 0;
        uint8_t attributes = 0;
        uint8_t state = kUnused;
        Member<Value> value;
    };
    enum : uint8_t { kUnused = 0, kUsed = 1, kRemoved = 2 };

    static Fallible<SparseElements*> create(Agent&, uint32_t capacity);
    uint32_t capacity() const { return aux_; }
    uint32_t count() const { return count_; }
    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    Entry* find(uint32_t index);
    bool has_room() const { return (filled_ + 1) * 4 <= capacity() * 3; }
    /// `index` is not present and there is room.
    void insert(uint32_t index, Value, Attributes);
    void remove(Entry*);
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    explicit SparseElements(uint32_t capacity);
    uint32_t count_ = 0;
    uint32_t filled_ = 0; // used and removed
};

} // namespace heddle
