// Map Iterator and Set Iterator objects (ECMA-262 24.1.5, 24.2.6).
#pragma once

#include "builtins/builtin_iterator.h"
#include "builtins/hash_table.h"

namespace heddle {

enum class HashIterationKind : uint8_t { Key, Value, KeyAndValue };

// 24.1.5.1 CreateMapIterator ( map, kind ), 24.2.6.1 CreateSetIterator ( set, kind )
Fallible<Object*> create_hash_iterator(Agent&, HashCollection*, HashIterationKind);

/// Where a Map Iterator or Set Iterator is: for looking ahead without moving it.
struct HashIteratorView {
    HashPosition position; // without a table: the iteration is over
    HashIterationKind kind;
    bool is_map;
};
std::optional<HashIteratorView> view_hash_iterator(Object*); // nothing for other objects

// 24.1.1.2 AddEntriesFromIterable ( target, iterable, adder )
Result<void> add_entries_from_iterable(Agent&, Value target, Value iterable, Value adder);

} // namespace heddle
