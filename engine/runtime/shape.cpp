// Shapes and their tables.
#include "runtime/shape.h"

#include "runtime/agent.h"
#include "runtime/property_table.h"

namespace heddle {

// --- PropertyTable ------------------------------------------------------------------------------------------

PropertyTable::PropertyTable(uint32_t capacity, uint32_t index_size)
    : Cell(CellKind::PropertyTable), capacity_(capacity), index_size_(index_size) {
    if (index_size) __builtin_memset(index(), 0, index_size * sizeof(uint32_t));
}

Fallible<PropertyTable*> PropertyTable::create(Agent& agent, uint32_t capacity) {
    if (capacity > (1u << 26)) return agent.out_of_memory();
    uint32_t index_size = 0;
    if (capacity > kLinearCapacity) index_size = std::bit_ceil(capacity * 2);
    return agent.heap().allocate<PropertyTable>(capacity * sizeof(Entry) + index_size * sizeof(uint32_t), capacity, index_size);
}

Fallible<PropertyTable*> PropertyTable::copy(Agent& agent, PropertyTable* original, uint32_t count, uint32_t capacity) {
    PropertyTable* table = TRY(create(agent, std::max(capacity, count)));
    if (!original) return table;
    for (uint32_t i = 0; i < count; ++i) {
        const Entry& entry = original->entries()[i];
        if (entry.key != 0) {
            table->append(PropertyKey::from_bits(entry.key), entry.slot, static_cast<Attributes>(entry.attributes));
        } else if (entry.slot != kNoSlot) {
            // Keep the free slot, linked anew.
            table->entries()[table->aux_] = {0, entry.slot, table->free_head_};
            table->free_head_ = ++table->aux_;
        }
    }
    return table;
}

int64_t PropertyTable::find(PropertyKey key) const {
    const Entry* all = entries();
    if (index_size_ == 0) {
        for (uint32_t i = 0; i < aux_; ++i) {
            if (all[i].key == key.bits()) return i;
        }
        return -1;
    }
    uint32_t mask = index_size_ - 1;
    for (uint32_t at = key.hash() & mask;; at = (at + 1) & mask) {
        uint32_t number = index()[at];
        if (number == 0) return -1;
        if (all[number - 1].key == key.bits()) return number - 1;
    }
}

void PropertyTable::append(PropertyKey key, uint32_t slot, Attributes attributes) {
    HEDDLE_ASSERT(!is_full());
    entries()[aux_++] = {key.bits(), slot, attributes};
    write_barrier(this);
    if (index_size_ == 0) return;
    uint32_t mask = index_size_ - 1;
    uint32_t at = key.hash() & mask;
    while (index()[at] != 0)
        at = (at + 1) & mask;
    index()[at] = aux_;
}

void PropertyTable::remove(uint32_t number) {
    // The index keeps pointing at the dead entry: find() compares keys, and no key is zero.
    Entry& entry = entries()[number];
    entry.key = 0;
    entry.attributes = free_head_;
    free_head_ = number + 1;
}

uint32_t PropertyTable::take_free_slot() {
    if (free_head_ == 0) return kNoSlot;
    Entry& entry = entries()[free_head_ - 1];
    uint32_t slot = entry.slot;
    free_head_ = entry.attributes;
    entry.slot = kNoSlot;
    return slot;
}

void PropertyTable::visit_edges(Visitor& visitor) {
    for (uint32_t i = 0; i < aux_; ++i) {
        uint64_t key = entries()[i].key;
        if (key != 0 && !(key & 1)) visitor.visit(reinterpret_cast<Cell*>(key));
    }
}

// --- TransitionTable ----------------------------------------------------------------------------------------

TransitionTable::TransitionTable(uint32_t capacity) : Cell(CellKind::TransitionTable, 0, capacity) {
    __builtin_memset(entries(), 0, capacity * sizeof(Entry));
}

Fallible<TransitionTable*> TransitionTable::create(Agent& agent, uint32_t capacity) {
    return agent.heap().allocate<TransitionTable>(capacity * sizeof(Entry), capacity);
}

Shape* TransitionTable::find(uint64_t key, uint32_t kind) {
    for (size_t at = hash(key, kind) & (capacity() - 1);; at = (at + 1) & (capacity() - 1)) {
        Entry& entry = entries()[at];
        if (entry.key == 0 && entry.kind == 0) return nullptr;
        if (entry.key == key && entry.kind == kind + 1 && entry.target) return entry.target;
    }
}

void TransitionTable::insert(uint64_t key, uint32_t kind, Shape* target) {
    size_t at = hash(key, kind) & (capacity() - 1);
    while (entries()[at].key != 0 || entries()[at].kind != 0)
        at = (at + 1) & (capacity() - 1);
    entries()[at] = {key, kind + 1, target}; // kind is stored plus one: a null prototype is a key too
    ++used_;
}

void TransitionTable::drop_dead(WeakProcessor& weak) {
    for (uint32_t i = 0; i < capacity(); ++i) {
        Entry& entry = entries()[i];
        if (entry.target && !weak.is_live(static_cast<Cell*>(entry.target))) entry.target = nullptr;
    }
}

// --- Shape --------------------------------------------------------------------------------------------------

Fallible<Shape*> Shape::create_root(Agent& agent, Object* prototype, uint32_t inline_capacity) {
    if (prototype) prototype->mark_used_as_prototype();
    return agent.heap().allocate<Shape>(0, prototype, inline_capacity, uint8_t{0});
}

Fallible<Shape*> Shape::create_like(Agent& agent, const Shape* original, Object* prototype, uint8_t flags) {
    if (prototype) prototype->mark_used_as_prototype();
    Shape* shape = TRY(agent.heap().allocate<Shape>(0, prototype, original->inline_capacity_, flags));
    shape->property_count_ = original->property_count_;
    shape->slot_count_ = original->slot_count_;
    return shape;
}

bool Shape::lookup(PropertyKey key, PropertySlot& out) const {
    if (!table_) return false;
    int64_t number = table_->find(key);
    if (number < 0 || number >= property_count_) return false;
    const auto& entry = table_->entries()[number];
    out = {entry.slot, static_cast<Attributes>(entry.attributes)};
    return true;
}

// For dictionaries property_count_ is the number of entries used, deleted ones included.
uint32_t Shape::entry_count() const { return property_count_; }

bool Shape::property_at(uint32_t i, PropertyKey& key, PropertySlot& slot) const {
    HEDDLE_ASSERT(i < property_count_);
    const auto& entry = table_->entries()[i];
    if (entry.key == 0) return false;
    key = PropertyKey::from_bits(entry.key);
    slot = {entry.slot, static_cast<Attributes>(entry.attributes)};
    return true;
}

Fallible<void> Shape::remember_transition(Agent& agent, uint64_t key, uint32_t kind, Shape* target) {
    if (!transitions_ || !transitions_->has_room()) {
        uint32_t capacity = 4;
        uint32_t live = 0;
        if (transitions_) {
            for (uint32_t i = 0; i < transitions_->capacity(); ++i)
                live += transitions_->entries()[i].target != nullptr;
            capacity = std::max(4u, std::bit_ceil((live + 1) * 2));
        }
        TransitionTable* grown = TRY(TransitionTable::create(agent, capacity));
        if (transitions_) {
            for (uint32_t i = 0; i < transitions_->capacity(); ++i) {
                auto& entry = transitions_->entries()[i];
                if (entry.target) grown->insert(entry.key, static_cast<uint32_t>(entry.kind - 1), entry.target);
            }
        }
        transitions_.set(this, grown);
    }
    transitions_->insert(key, kind, target);
    write_barrier(this); // it is the shape that drops dead targets
    return {};
}

Fallible<Shape*> Shape::add(Agent& agent, PropertyKey key, Attributes attributes) {
    HEDDLE_ASSERT(!key.is_index());
    if (is_dictionary()) {
        if (!table_ || table_->is_full()) {
            PropertyTable* grown = TRY(PropertyTable::copy(agent, table_, property_count_, std::max(8u, property_count_ * 2)));
            table_.set(this, grown);
        }
        uint32_t slot = table_->take_free_slot();
        if (slot == PropertyTable::kNoSlot) slot = slot_count_++;
        table_->append(key, slot, attributes);
        property_count_ = table_->used();
        return this;
    }
    if (transitions_) {
        if (Shape* known = transitions_->find(key.bits(), attributes)) return known;
    }
    PropertyTable* table = table_;
    if (!table || table->used() != property_count_ || table->is_full()) {
        uint32_t capacity = property_count_ < 4 ? 4 : property_count_ < 8 ? 8 : property_count_ * 2;
        table = TRY(PropertyTable::copy(agent, table_, property_count_, capacity));
    }
    Shape* child = TRY(create_like(agent, this, prototype_, 0));
    TRY(remember_transition(agent, key.bits(), attributes, child));
    // Appended last: a failure above must leave the shared table as it was.
    table->append(key, slot_count_, attributes);
    child->table_.set(child, table);
    // Were the shapes on the way collected, the next object would get a new family of its own, and no cache would hit.
    child->parent_.set(child, this);
    child->property_count_ = property_count_ + 1;
    child->slot_count_ = slot_count_ + 1;
    return child;
}

Fallible<Shape*> Shape::to_dictionary(Agent& agent) const {
    PropertyTable* table = TRY(PropertyTable::copy(agent, table_, property_count_, std::max(8u, property_count_ + property_count_ / 2)));
    Shape* shape = TRY(create_like(agent, this, prototype_, kDictionary));
    shape->table_.set(shape, table);
    shape->property_count_ = table->used();
    return shape;
}

Fallible<Shape*> Shape::with_prototype(Agent& agent, Object* prototype) {
    if (prototype) prototype->mark_used_as_prototype();
    if (is_dictionary()) {
        prototype_.set(this, prototype);
        return this;
    }
    auto key = reinterpret_cast<uint64_t>(prototype);
    if (transitions_) {
        if (Shape* known = transitions_->find(key, TransitionTable::kPrototypeChange)) return known;
    }
    PropertyTable* table = nullptr;
    if (property_count_ != 0) table = TRY(PropertyTable::copy(agent, table_, property_count_, property_count_));
    Shape* shape = TRY(create_like(agent, this, prototype, 0));
    shape->table_.set(shape, table);
    TRY(remember_transition(agent, key, TransitionTable::kPrototypeChange, shape));
    return shape;
}

void Shape::dictionary_set_attributes(PropertyKey key, Attributes attributes) {
    HEDDLE_ASSERT(is_dictionary());
    int64_t number = table_->find(key);
    HEDDLE_ASSERT(number >= 0);
    table_->entries()[number].attributes = attributes;
}

void Shape::dictionary_remove(PropertyKey key) {
    HEDDLE_ASSERT(is_dictionary());
    int64_t number = table_->find(key);
    HEDDLE_ASSERT(number >= 0);
    table_->remove(static_cast<uint32_t>(number));
}

void Shape::visit_edges(Visitor& visitor) {
    visitor.visit(prototype_);
    visitor.visit(parent_);
    visitor.visit(table_);
    visitor.visit(transitions_);
    if (transitions_) visitor.defer_weak(this);
}

void Shape::process_weak(WeakProcessor& weak) { transitions_->drop_dead(weak); }

} // namespace heddle
