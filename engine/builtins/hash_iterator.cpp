// Map Iterator and Set Iterator objects (ECMA-262 24.1.5, 24.2.6).
#include "builtins/hash_iterator.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/iterator_steps.h"
#include "runtime/array.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

/// Walks the entries of one collection.
class HashIterator final : public BuiltinIterator {
public:
    HashIterationKind iteration_kind() const { return kind_; }
    /// The next entry, or null when the iteration is over.
    HashTable::Entry* step() {
        if (!table_) return nullptr;
        HashPosition position = {table_, index_};
        HashTable::Entry* entry = position.next();
        // An iteration that has ended once does not go on when the collection grows.
        table_.set(this, entry ? position.table : nullptr);
        index_ = position.index;
        return entry;
    }
    /// That of the entry of the last step.
    HashTable* table() const { return table_; }
    HashIteratorView view() const { return {{table_, index_}, kind_, family() == Family::Map}; }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(table_);
    }

private:
    friend class Heap;
    HashIterator(Shape* shape, Family family, HashTable* table, HashIterationKind kind)
        : BuiltinIterator(shape, family), kind_(kind) {
        table_.init(table);
    }
    Member<HashTable> table_;
    uint32_t index_ = 0;
    HashIterationKind kind_;
};

Fallible<Object*> create_hash_iterator(Agent& agent, HashCollection* collection, HashIterationKind kind) {
    bool is_map = collection->kind() == CellKind::Map;
    Shape* shape = TRY(
        agent.realm().root_shape(is_map ? Intrinsic::MapIteratorPrototype : Intrinsic::SetIteratorPrototype));
    BuiltinIterator::Family family = is_map ? BuiltinIterator::Family::Map : BuiltinIterator::Family::Set;
    return TRY(agent.heap().allocate<HashIterator>(0, shape, family, collection->table(), kind));
}

std::optional<HashIteratorView> view_hash_iterator(Object* object) {
    if (object->kind() != CellKind::BuiltinIterator) return {};
    BuiltinIterator::Family family = static_cast<BuiltinIterator*>(object)->family();
    if (family != BuiltinIterator::Family::Map && family != BuiltinIterator::Family::Set) return {};
    return static_cast<HashIterator*>(object)->view();
}

namespace {

template<BuiltinIterator::Family family>
Result<std::optional<Value>> hash_iterator_step(Agent& agent, Value self) {
    if (!self.is<BuiltinIterator>() || self.as<BuiltinIterator>()->family() != family) {
        const char* name = family == BuiltinIterator::Family::Map ? "Map" : "Set";
        return agent.throw_type_error(fmt::format("%{0}IteratorPrototype%.next needs a {0} Iterator, not {1}",
                                                  name, display_string(self)));
    }
    auto* iterator = static_cast<HashIterator*>(self.as_object());
    HashTable::Entry* entry = iterator->step();
    if (!entry) return std::optional<Value>();
    Value key = entry->key;
    Value value = iterator->table()->value_of(*entry);
    switch (iterator->iteration_kind()) {
    case HashIterationKind::Key: return std::optional(key);
    case HashIterationKind::Value: return std::optional(value);
    case HashIterationKind::KeyAndValue: {
        Value pair[] = {key, value};
        return std::optional(Value(TRY(Array::from_values(agent, pair))));
    }
    }
    HEDDLE_UNREACHABLE();
}

Fallible<Object*> create_prototype(Agent& agent, Realm& realm, NativeCode next, String* tag) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::IteratorPrototype))));
    const FunctionEntry functions[] = {{atoms::next, next, 0}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, tag));
    return prototype;
}

} // namespace

Result<std::optional<Value>> map_iterator_step(Agent& agent, Value self) { return hash_iterator_step<BuiltinIterator::Family::Map>(agent, self); }
Result<std::optional<Value>> set_iterator_step(Agent& agent, Value self) { return hash_iterator_step<BuiltinIterator::Family::Set>(agent, self); }

// 24.1.5.2.1 %MapIteratorPrototype%.next ( )
Result<Value> map_iterator_next(Agent& agent, const Arguments& arguments) {
    return iterator_result_of(agent, map_iterator_step(agent, arguments.this_value()));
}

// 24.2.6.2.1 %SetIteratorPrototype%.next ( )
Result<Value> set_iterator_next(Agent& agent, const Arguments& arguments) {
    return iterator_result_of(agent, set_iterator_step(agent, arguments.this_value()));
}

// 24.1.5.2 The %MapIteratorPrototype% Object
Fallible<Object*> create_map_iterator_prototype(Agent& agent, Realm& realm) {
    return create_prototype(agent, realm, map_iterator_next,
                            atoms::map_iterator);
}

// 24.2.6.2 The %SetIteratorPrototype% Object
Fallible<Object*> create_set_iterator_prototype(Agent& agent, Realm& realm) {
    return create_prototype(agent, realm, set_iterator_next,
                            atoms::set_iterator);
}

} // namespace heddle
