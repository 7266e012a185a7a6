// 14.7.5.9 EnumerateObjectProperties ( O ), as an internal iterator.
#include "interpreter/dispatch.h"

#include <tsl/robin_set.h>

namespace heddle {

namespace {

class ForInIterator final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    ForInIterator(Object* object, ValueArray* keys) : Cell(CellKind::Internal) {
        object_.init(object);
        keys_.init(keys);
    }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(object_);
        visitor.visit(keys_);
    }
    Member<Object> object_;    // the object whose keys are under way
    Member<ValueArray> keys_;  // string keys of the whole chain, each once, with the object that had it: pairs
    uint32_t next_ = 0;
};

} // namespace

Result<Value> prepare_for_in(Agent& agent, Value value) {
    Object* object = TRY(to_object(agent, value));
    RootVector<Value> visited(agent.heap());
    RootVector<Value> pairs(agent.heap());
    tsl::robin_set<uint64_t> seen; // keys are atoms or indices: their bits identify them; `visited` keeps them alive
    for (Object* current = object; current;) {
        RootVector<Value> keys(agent.heap());
        TRY(current->own_property_keys(agent, keys));
        for (size_t i = 0; i < keys.size(); ++i) {
            if (!keys[i].is_string()) continue;
            PropertyKey key = TRY(to_property_key(agent, keys[i]));
            // A key that a nearer object has, enumerable or not, hides the same key further out.
            if (!seen.insert(key.bits()).second) continue;
            if (!visited.push_back(keys[i])) return agent.out_of_memory();
            if (!key.is_index() && !visited.push_back(Value(key.cell()))) return agent.out_of_memory();
            auto desc = TRY(current->get_own_property(agent, key));
            if (!desc) {
                seen.erase(key.bits());
                continue;
            }
            if (!*desc->enumerable) continue;
            if (!pairs.push_back(keys[i]) || !pairs.push_back(Value(current))) return agent.out_of_memory();
        }
        current = TRY(current->get_prototype_of(agent));
    }
    ValueArray* array = TRY(ValueArray::create(agent, static_cast<uint32_t>(pairs.size()), Value::undefined()));
    for (uint32_t i = 0; i < pairs.size(); ++i)
        array->set(i, pairs[i]);
    return Value(TRY(agent.heap().allocate<ForInIterator>(0, object, array)));
}

Result<std::optional<Value>> step_for_in(Agent& agent, Value iterator_value) {
    auto* iterator = static_cast<ForInIterator*>(iterator_value.as_cell());
    while (iterator->next_ < iterator->keys_->length()) {
        Value key = iterator->keys_->get(iterator->next_);
        Object* holder = iterator->keys_->get(iterator->next_ + 1).as_object();
        iterator->next_ += 2;
        // A property deleted before it is visited is not visited.
        PropertyKey property = TRY(to_property_key(agent, key));
        if (holder->is_fully_ordinary() || holder->kind() == CellKind::Array) {
            if (!TRY(holder->has_own_property(agent, property))) continue;
        } else {
            auto desc = TRY(holder->get_own_property(agent, property));
            if (!desc) continue;
        }
        return std::optional(key);
    }
    return std::optional<Value>();
}

} // namespace heddle
