// The table of ephemerons behind WeakMap and WeakSet.
#include "builtins/weak_table.h"

#include <fmt/core.h>

namespace heddle {

namespace {

uint32_t identity_hash(Agent& agent, Cell* key) {
    uint32_t number =
        key->is_object() ? static_cast<Object*>(key)->identity_number(agent) : key->as<Symbol>()->hash();
    return static_cast<uint32_t>(number * 0x9E37'79B9'7F4A'7C15u >> 32);
}

} // namespace

// 9.13 CanBeHeldWeakly ( v )
bool can_be_held_weakly(Value value) {
    return value.is_object() || (value.is_symbol() && !value.as_symbol()->is_registered());
}

Fallible<WeakTable*> WeakTable::create(Agent& agent, uint32_t capacity) {
    if (capacity > kMaxCapacity) {
        return agent.throw_range_error(
            fmt::format("A WeakMap or WeakSet holds at most {} entries", kMaxCapacity / 4 * 3));
    }
    return agent.heap().allocate<WeakTable>(size_t{capacity} * sizeof(Entry), capacity);
}

WeakTable::WeakTable(uint32_t capacity) : Cell(CellKind::Internal, 0, capacity) {
    for (uint32_t i = 0; i < capacity; ++i)
        (new (&entries()[i]) Entry)->key = nullptr;
}

WeakTable::Entry* WeakTable::find(Cell* key, uint32_t hash) {
    for (uint32_t at = hash & (capacity() - 1); entries()[at].key; at = (at + 1) & (capacity() - 1)) {
        if (entries()[at].key == key) return &entries()[at];
    }
    return nullptr;
}

void WeakTable::insert(Cell* key, uint32_t hash, Value value) {
    HEDDLE_ASSERT(has_room());
    uint32_t at = hash & (capacity() - 1);
    while (entries()[at].key && entries()[at].key != removed())
        at = (at + 1) & (capacity() - 1);
    Entry& entry = entries()[at];
    if (!entry.key) ++used_;
    ++live_;
    entry.key = key;
    entry.hash = hash;
    entry.value.set(this, value);
}

void WeakTable::remove(Entry* entry) {
    entry->key = removed();
    entry->value.init(Value::undefined());
    --live_;
}

void WeakTable::move_entries_to(WeakTable* other) {
    for (uint32_t i = 0; i < capacity(); ++i) {
        Entry& entry = entries()[i];
        if (entry.key && entry.key != removed())
            other->insert(entry.key, static_cast<uint32_t>(entry.hash), entry.value);
    }
}

void WeakTable::visit_ephemerons(Visitor& visitor, WeakProcessor& weak) {
    for (uint32_t i = 0; i < capacity(); ++i) {
        Entry& entry = entries()[i];
        if (entry.key && entry.key != removed() && weak.is_live(entry.key)) visitor.visit(entry.value);
    }
}

void WeakTable::process_weak(WeakProcessor& weak) {
    for (uint32_t i = 0; i < capacity(); ++i) {
        Entry& entry = entries()[i];
        if (entry.key && entry.key != removed() && !weak.is_live(entry.key)) remove(&entry);
    }
}

Fallible<WeakCollection*> WeakCollection::create(Agent& agent, CellKind kind, Shape* shape) {
    WeakTable* table = TRY(WeakTable::create(agent, WeakTable::kMinCapacity));
    return agent.heap().allocate<WeakCollection>(0, kind, shape, table);
}

std::optional<Value> WeakCollection::lookup(Agent& agent, Value key) {
    WeakTable::Entry* entry = table_->find(key.as_cell(), identity_hash(agent, key.as_cell()));
    if (!entry) return {};
    return entry->value.get();
}

Fallible<void> WeakCollection::put(Agent& agent, Value key, Value value) {
    HEDDLE_ASSERT(can_be_held_weakly(key));
    uint32_t hash = identity_hash(agent, key.as_cell());
    if (WeakTable::Entry* entry = table_->find(key.as_cell(), hash)) {
        entry->value.set(table_, value);
        return {};
    }
    if (!table_->has_room()) {
        WeakTable* old = table_;
        uint32_t capacity = old->live() * 2 < old->capacity() ? old->capacity() : old->capacity() * 2;
        WeakTable* table = TRY(WeakTable::create(agent, capacity));
        old->move_entries_to(table);
        table_.set(this, table);
    }
    table_->insert(key.as_cell(), hash, value);
    return {};
}

bool WeakCollection::remove(Agent& agent, Value key) {
    WeakTable::Entry* entry = table_->find(key.as_cell(), identity_hash(agent, key.as_cell()));
    if (entry) table_->remove(entry);
    return entry != nullptr;
}

void WeakCollection::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(table_);
}

} // namespace heddle
