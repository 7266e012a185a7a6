// Shape: the hidden class of objects: prototype and the ordered named properties with their attributes.
// Shapes of one lineage share one PropertyTable; a shape sees the first `property_count` entries of it.
#pragma once

#include "runtime/property_key.h"

namespace heddle {

class PropertyTable;
class TransitionTable;

enum Attributes : uint8_t {
    kNone = 0,
    kWritable = 1,
    kEnumerable = 2,
    kConfigurable = 4,
    kAccessor = 8, // the slot holds an AccessorPair; kWritable is clear
    kDefaultAttributes = kWritable | kEnumerable | kConfigurable,
    kBuiltinAttributes = kWritable | kConfigurable, // methods of builtins
};
constexpr Attributes operator|(Attributes a, Attributes b) { return static_cast<Attributes>(uint8_t(a) | uint8_t(b)); }

/// Where a named property lives and what may be done with it.
struct PropertySlot {
    uint32_t slot;
    Attributes attributes;
    bool is_accessor() const { return attributes & kAccessor; }
    bool is_writable() const { return attributes & kWritable; }
    bool is_enumerable() const { return attributes & kEnumerable; }
    bool is_configurable() const { return attributes & kConfigurable; }
};

class Shape final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Shape; }
    /// Named properties beyond this make an object a dictionary.
    static constexpr uint32_t kMaxSharedProperties = 512;

    /// A root shape: no properties. `inline_capacity` slots lie in the object itself.
    static Fallible<Shape*> create_root(Agent&, Object* prototype, uint32_t inline_capacity);

    Object* prototype() const { return prototype_; }
    uint32_t property_count() const { return property_count_; }
    uint32_t inline_capacity() const { return inline_capacity_; }
    /// Owned by one object, changes in place, holds deleted entries; never cached by its pointer.
    bool is_dictionary() const { return flags_ & kDictionary; }

    bool lookup(PropertyKey, PropertySlot& out) const;
    /// The i-th property in insertion order; false for a deleted entry of a dictionary. `i < entry_count()`.
    bool property_at(uint32_t i, PropertyKey& key, PropertySlot& slot) const;
    uint32_t entry_count() const;
    /// Slots that an object of this shape uses (inline ones first).
    uint32_t slot_count() const { return slot_count_; }

    /// The shape reached by adding `key`; the new property's slot is slot_count() of this shape. For a
    /// dictionary: changes and returns this.
    Fallible<Shape*> add(Agent&, PropertyKey, Attributes);
    /// A dictionary copy of this shape, owned by the object that asks.
    Fallible<Shape*> to_dictionary(Agent&) const;
    /// The same properties with another prototype. A dictionary changes in place.
    Fallible<Shape*> with_prototype(Agent&, Object* prototype);
    // Dictionary only:
    void dictionary_set_attributes(PropertyKey, Attributes);
    void dictionary_remove(PropertyKey);

    /// Made from `ancestor` by adding properties alone.
    bool descends_from(const Shape* ancestor) const {
        const Shape* shape = this;
        while (shape && shape != ancestor)
            shape = shape->parent_;
        return shape != nullptr;
    }

    void visit_edges(Visitor&) override;
    void process_weak(WeakProcessor&) override;

private:
    friend class Heap;
    enum : uint8_t { kDictionary = 1 };
    Shape(Object* prototype, uint32_t inline_capacity, uint8_t flags)
        : Cell(CellKind::Shape, flags), inline_capacity_(inline_capacity) {
        prototype_.init(prototype);
    }
    static Fallible<Shape*> create_like(Agent&, const Shape* original, Object* prototype, uint8_t flags);
    Fallible<void> remember_transition(Agent&, uint64_t key, uint32_t kind, Shape* target);

    Member<Object> prototype_;
    Member<Shape> parent_;                 // from which add() made it: keeps alive the transitions that lead here
    Member<PropertyTable> table_;          // null while there are no properties
    Member<TransitionTable> transitions_;  // its entries are weak
    uint32_t property_count_ = 0;
    uint32_t slot_count_ = 0;
    uint32_t inline_capacity_ = 0;
};

} // namespace heddle
