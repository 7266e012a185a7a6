// The ordered hash table behind Map and Set.
#include "builtins/hash_table.h"

#include "runtime/bigint.h"

#include <fmt/core.h>

namespace heddle {

namespace {

uint32_t mix(uint64_t bits) {
    bits *= 0x9E37'79B9'7F4A'7C15u;
    return static_cast<uint32_t>(bits >> 32);
}

} // namespace

// 24.5.1 CanonicalizeKeyedCollectionKey ( key )
Value canonicalize_keyed_collection_key(Value key) {
    if (!key.is_double()) return key;
    double number = key.as_double();
    return number == 0 ? Value::int32(0) : Value::number(number);
}

Fallible<uint32_t> hash_of_key(Agent& agent, Value key) {
    if (key.is_string()) return TRY(key.as_string()->content_hash(agent));
    if (key.is_object()) return mix(key.as_object()->identity_number(agent));
    if (key.is_int32()) {
        // 64 neighbours keep together: whole numbers often come in order.
        auto number = static_cast<uint32_t>(key.as_int32());
        return number + mix(number >> 6);
    }
    if (key.is_symbol()) return key.as_symbol()->hash();
    if (key.is_bigint()) {
        uint64_t hash = key.as_bigint()->is_negative();
        for (BigInt::Limb limb : key.as_bigint()->limbs())
            hash = hash * 31 + limb;
        return mix(hash);
    }
    return mix(key.bits());
}

// --- HashTable ---------------------------------------------------------------------------------------------

Fallible<HashTable*> HashTable::create(Agent& agent, Contents contents, uint32_t capacity) {
    if (capacity > kMaxCapacity) {
        return agent.throw_range_error(fmt::format("A Map or Set holds at most {} entries", kMaxCapacity));
    }
    uint32_t bucket_count = std::bit_ceil(capacity);
    size_t bytes = size_t{capacity} * stride(contents) + size_t{bucket_count} * sizeof(uint32_t);
    return agent.heap().allocate<HashTable>(bytes, contents, capacity, bucket_count);
}

HashTable::HashTable(Contents contents, uint32_t capacity, uint32_t bucket_count)
    : Cell(CellKind::HashTable), stride_(stride(contents)), capacity_(capacity), bucket_count_(bucket_count) {
    __builtin_memset(buckets(), 0, bucket_count * sizeof(uint32_t));
}

uint32_t HashTable::find(Value key, uint32_t hash) {
    for (uint32_t at = buckets()[hash & (bucket_count_ - 1)]; at != 0;) {
        Entry& candidate = entry(at - 1);
        if (candidate.hash == hash) {
            Value stored = candidate.key;
            if (stored == key) return at - 1;
            // What is equal without being the same bits: strings and BigInts by content.
            if (stored.is_cell() && !stored.is_object() && same_value_zero(stored, key)) return at - 1;
        }
        at = candidate.next;
    }
    return kNone;
}

void HashTable::append(Value key, Value value, uint32_t hash) {
    HEDDLE_ASSERT(aux_ < capacity_ && !successor_);
    Entry& entry = *new (&this->entry(aux_)) Entry;
    entry.key.set(this, key);
    if (contents() == Contents::KeysAndValues) (new (&value_member(entry)) Member<Value>)->set(this, value);
    entry.hash = hash;
    uint32_t& bucket = buckets()[hash & (bucket_count_ - 1)];
    entry.next = bucket;
    bucket = ++aux_;
    ++live_;
}

void HashTable::remove(uint32_t number) {
    Entry& entry = this->entry(number);
    HEDDLE_ASSERT(!entry.key.get().is_empty());
    uint32_t* link = &buckets()[entry.hash & (bucket_count_ - 1)];
    while (*link != number + 1)
        link = &this->entry(*link - 1).next;
    *link = entry.next;
    entry.key.init(Value::empty());
    if (contents() == Contents::KeysAndValues) value_member(entry).init(Value::undefined());
    --live_;
    while (first_live_ < aux_ && this->entry(first_live_).key.get().is_empty())
        ++first_live_;
}

void HashTable::retire(HashTable* successor, bool cleared) {
    for (uint32_t i = 0; i < aux_; ++i) {
        Entry& entry = this->entry(i);
        if (!entry.key.get().is_empty()) entry.key.init(Value::null());
        if (contents() == Contents::KeysAndValues) value_member(entry).init(Value::undefined());
    }
    cleared_ = cleared;
    successor_.set(this, successor);
}

void HashTable::visit_edges(Visitor& visitor) {
    visitor.visit(successor_);
    for (uint32_t i = 0; i < aux_; ++i) {
        Entry& entry = this->entry(i);
        visitor.visit(entry.key);
        if (contents() == Contents::KeysAndValues) visitor.visit(value_member(entry));
    }
}

HashTable::Entry* HashPosition::next() {
    while (HashTable* successor = table->successor()) {
        uint32_t live_before = 0;
        for (uint32_t i = 0; i < index && !table->was_cleared(); ++i)
            live_before += !table->entry(i).key.get().is_empty();
        table = successor;
        index = live_before;
    }
    index = std::max(index, table->first_live());
    while (index < table->used()) {
        HashTable::Entry& entry = table->entry(index++);
        if (!entry.key.get().is_empty()) return &entry;
    }
    return nullptr;
}

// --- HashCollection ----------------------------------------------------------------------------------------

void HashCollection::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(table_);
}

Fallible<bool> HashCollection::contains(Agent& agent, Value key) {
    key = canonicalize_keyed_collection_key(key);
    if (table_->live() == 0) return false;
    return table_->find(key, TRY(hash_of_key(agent, key))) != HashTable::kNone;
}

Fallible<std::optional<Value>> HashCollection::lookup(Agent& agent, Value key) {
    key = canonicalize_keyed_collection_key(key);
    if (table_->live() == 0) return std::optional<Value>();
    uint32_t entry = table_->find(key, TRY(hash_of_key(agent, key)));
    if (entry == HashTable::kNone) return std::optional<Value>();
    return std::optional<Value>(table_->value_of(table_->entry(entry)));
}

Fallible<void> HashCollection::make_room(Agent& agent) {
    HashTable* old = table_;
    if (old->used() < old->capacity()) return {};
    // Half of it removed: the same size does again.
    uint32_t capacity = old->live() <= old->capacity() / 2 ? old->capacity() : old->capacity() * 2;
    HashTable* table = TRY(HashTable::create(agent, old->contents(), std::max(capacity, HashTable::kMinCapacity)));
    for (uint32_t i = 0; i < old->used(); ++i) {
        HashTable::Entry& entry = old->entry(i);
        if (!entry.key.get().is_empty()) table->append(entry.key, old->value_of(entry), entry.hash);
    }
    table_.set(this, table);
    old->retire(table, false);
    return {};
}

Fallible<void> HashCollection::put(Agent& agent, Value key, Value value) {
    key = canonicalize_keyed_collection_key(key);
    return put_hashed(agent, key, value, TRY(hash_of_key(agent, key)));
}

Fallible<void> HashCollection::put_hashed(Agent& agent, Value key, Value value, uint32_t hash) {
    uint32_t entry = table_->find(key, hash);
    if (entry != HashTable::kNone) {
        table_->set_value(table_->entry(entry), value);
        return {};
    }
    TRY(make_room(agent));
    table_->append(key, value, hash);
    return {};
}

Fallible<bool> HashCollection::remove(Agent& agent, Value key) {
    key = canonicalize_keyed_collection_key(key);
    if (table_->live() == 0) return false;
    uint32_t entry = table_->find(key, TRY(hash_of_key(agent, key)));
    if (entry == HashTable::kNone) return false;
    table_->remove(entry);
    return true;
}

Fallible<void> HashCollection::clear(Agent& agent) {
    HashTable* old = table_;
    HashTable* table = TRY(HashTable::create(agent, old->contents(), HashTable::kMinCapacity));
    table_.set(this, table);
    old->retire(table, true);
    return {};
}

Fallible<void> HashCollection::copy_from(Agent& agent, HashCollection* other) {
    HEDDLE_ASSERT(table_->used() == 0);
    HashTable* table =
        TRY(HashTable::create(agent, table_->contents(), std::max(std::bit_ceil(other->size()), HashTable::kMinCapacity)));
    HashPosition position = other->begin();
    while (HashTable::Entry* entry = position.next())
        table->append(entry->key, position.table->value_of(*entry), entry->hash);
    table_.set(this, table);
    return {};
}

Fallible<void> HashInserter::put(Value key, Value value) {
    at(announced_++) = {canonicalize_keyed_collection_key(key), value, 0};
    if (announced_ - hashed_ > kBetweenSteps) TRY(hash_next());
    if (hashed_ - inserted_ > kBetweenSteps) collection_->table_->prefetch_entry(at(hashed_ - kBetweenSteps).hash);
    if (hashed_ - inserted_ > 2 * kBetweenSteps) TRY(insert_next());
    return {};
}

Fallible<void> HashInserter::flush() {
    while (hashed_ != announced_)
        TRY(hash_next());
    while (inserted_ != hashed_)
        TRY(insert_next());
    return {};
}

Fallible<void> HashInserter::hash_next() {
    Pending& entry = at(hashed_);
    entry.hash = TRY(hash_of_key(agent_, entry.key));
    collection_->table_->prefetch(entry.hash);
    ++hashed_;
    return {};
}

Fallible<void> HashInserter::insert_next() {
    Pending& entry = at(inserted_);
    TRY(collection_->put_hashed(agent_, entry.key, entry.value, entry.hash));
    ++inserted_;
    return {};
}

Fallible<MapObject*> MapObject::create(Agent& agent, Shape* shape, uint32_t entries) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::MapPrototype));
    HashTable* table = TRY(HashTable::create(agent, HashTable::Contents::KeysAndValues, std::max(entries, HashTable::kMinCapacity)));
    return agent.heap().allocate<MapObject>(0, shape, table);
}

Fallible<SetObject*> SetObject::create(Agent& agent, Shape* shape, uint32_t entries) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::SetPrototype));
    HashTable* table = TRY(HashTable::create(agent, HashTable::Contents::Keys, std::max(entries, HashTable::kMinCapacity)));
    return agent.heap().allocate<SetObject>(0, shape, table);
}

} // namespace heddle
