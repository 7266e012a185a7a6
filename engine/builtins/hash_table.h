// The ordered hash table behind Map and Set (ECMA-262 24.1, 24.2): entries in the order of insertion, and
// walks that survive every change, including removal of what they have not reached and clear().
#pragma once

#include "runtime/operations.h"

namespace heddle {

//   entries[capacity], of a Map with a value after each | buckets[bucket_count]: number of the first entry + 1; chains go on in Entry::next
// Entries are only appended; a removed one keeps its place with an empty key. When the entries are used up,
// or all are cleared, the collection takes another table, and this one keeps only what walks need to find
// their place in it: which entries were removed, and the successor.
class HashTable final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::HashTable; }
    static constexpr uint32_t kMinCapacity = 8;
    static constexpr uint32_t kMaxCapacity = 1u << 27;
    static constexpr uint32_t kNone = 0xFFFF'FFFF;

    struct Entry {
        Member<Value> key; // empty: removed
        uint32_t hash;
        uint32_t next; // entry number + 1
    };
    enum class Contents : uint8_t { Keys, KeysAndValues };

    static Fallible<HashTable*> create(Agent&, Contents, uint32_t capacity);

    uint32_t used() const { return aux_; }
    uint32_t live() const { return live_; }
    uint32_t capacity() const { return capacity_; }
    Contents contents() const { return stride_ == sizeof(Entry) ? Contents::Keys : Contents::KeysAndValues; }
    Entry& entry(uint32_t i) { return *reinterpret_cast<Entry*>(entries() + size_t{i} * stride_); }
    /// The value of an entry of this table; of a Set's, its key.
    Value value_of(Entry& entry) { return contents() == Contents::Keys ? entry.key.get() : value_member(entry).get(); }
    void set_value(Entry& entry, Value value) {
        if (contents() == Contents::KeysAndValues) value_member(entry).set(this, value);
    }
    /// Asks for the memory that find() and append() will look at first.
    void prefetch(uint32_t hash) { __builtin_prefetch(&buckets()[hash & (bucket_count_ - 1)], 1); }
    /// And for the memory that find() will look at next.
    void prefetch_entry(uint32_t hash) {
        if (uint32_t at = buckets()[hash & (bucket_count_ - 1)]) __builtin_prefetch(&entry(at - 1));
    }
    /// Entry number of a normalized key, or kNone.
    uint32_t find(Value key, uint32_t hash);
    /// There must be room, and the key must be absent. A Set's table ignores the value.
    void append(Value key, Value value, uint32_t hash);
    void remove(uint32_t entry);
    /// Entries below this one are all removed.
    uint32_t first_live() const { return first_live_; }
    /// Makes this table one that only leads walks on: to the same entry of `successor`, or to its beginning
    /// when the collection was cleared.
    void retire(HashTable* successor, bool cleared);
    HashTable* successor() const { return successor_; }
    bool was_cleared() const { return cleared_; }
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    HashTable(Contents, uint32_t capacity, uint32_t bucket_count);
    static constexpr uint32_t stride(Contents contents) {
        return sizeof(Entry) + (contents == Contents::Keys ? 0 : sizeof(Member<Value>));
    }
    uint8_t* entries() { return reinterpret_cast<uint8_t*>(this + 1); }
    uint32_t* buckets() { return reinterpret_cast<uint32_t*>(entries() + size_t{capacity_} * stride_); }
    static Member<Value>& value_member(Entry& entry) { return *reinterpret_cast<Member<Value>*>(&entry + 1); }
    uint32_t stride_; // bytes from one entry to the next
    uint32_t capacity_;
    uint32_t bucket_count_; // a power of two
    uint32_t live_ = 0;
    uint32_t first_live_ = 0;
    bool cleared_ = false;
    Member<HashTable> successor_;
};

/// A place in a collection's list of entries: the next entry to visit. For locals, and parts of a cell that
/// visits `table`.
struct HashPosition {
    HashTable* table;
    uint32_t index = 0;
    /// The next entry, which this steps over; null at the end (more may be added later). The entry is valid
    /// until something changes the collection.
    HashTable::Entry* next();
};

/// What Map and Set objects share: [[MapData]] and [[SetData]].
class HashCollection : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Map || kind == CellKind::Set; }
    uint32_t size() const { return table_->live(); }
    HashTable* table() const { return table_; }
    HashPosition begin() const { return {table_, 0}; }

    Fallible<bool> contains(Agent&, Value key);
    /// The value of `key`, or nothing.
    Fallible<std::optional<Value>> lookup(Agent&, Value key);
    /// Adds the key or changes its value. -0 becomes +0.
    Fallible<void> put(Agent&, Value key, Value value);
    Fallible<bool> remove(Agent&, Value key);
    Fallible<void> clear(Agent&);
    /// Copies the entries of `other`; this collection must be empty.
    Fallible<void> copy_from(Agent&, HashCollection* other);
    void visit_edges(Visitor&) override;

protected:
    friend class Heap;
    HashCollection(CellKind kind, Shape* shape, HashTable* table) : Object(kind, shape) {
        table_.init(table);
    }
    friend class HashInserter;
    Fallible<void> put_hashed(Agent&, Value key, Value value, uint32_t hash);
    Fallible<void> make_room(Agent&);
    Member<HashTable> table_;
};

/// Adds many entries in order, each in steps between which others are under way, so that the memory a step needs has
/// arrived by then. Lives on the native stack, which keeps what it holds.
class HashInserter {
public:
    HashInserter(Agent& agent, HashCollection* collection) : agent_(agent), collection_(collection) {}
    Fallible<void> put(Value key, Value value);
    /// Adds what is still under way. Before the collection is used otherwise.
    Fallible<void> flush();

private:
    static constexpr uint32_t kBetweenSteps = 4; // entries
    static constexpr uint32_t kPlaces = 16;
    struct Pending {
        Value key;
        Value value;
        uint32_t hash;
    };
    Fallible<void> hash_next();
    Fallible<void> insert_next();
    Pending& at(uint32_t number) { return pending_[number % kPlaces]; }
    Agent& agent_;
    HashCollection* collection_;
    Pending pending_[kPlaces];
    // Counts of the entries that took each step, modulo 2^32.
    uint32_t announced_ = 0;
    uint32_t hashed_ = 0;
    uint32_t inserted_ = 0;
};

class MapObject final : public HashCollection {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Map; }
    /// With room for `entries`. A null shape is that of %Map.prototype%.
    static Fallible<MapObject*> create(Agent&, Shape* = nullptr, uint32_t entries = 0);

private:
    friend class Heap;
    MapObject(Shape* shape, HashTable* table) : HashCollection(CellKind::Map, shape, table) {}
};

class SetObject final : public HashCollection {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Set; }
    /// With room for `entries`. A null shape is that of %Set.prototype%.
    static Fallible<SetObject*> create(Agent&, Shape* = nullptr, uint32_t entries = 0);
    Fallible<void> add(Agent& agent, Value value) { return put(agent, value, value); }

private:
    friend class Heap;
    SetObject(Shape* shape, HashTable* table) : HashCollection(CellKind::Set, shape, table) {}
};

/// A key as it is stored: -0 is +0 and a Number has one representation, so that keys which are not strings or
/// BigInts are SameValueZero exactly when their bits are the same.
Value canonicalize_keyed_collection_key(Value key);
/// Hash of a canonical key, the same in every run of a program.
Fallible<uint32_t> hash_of_key(Agent&, Value key);

} // namespace heddle
