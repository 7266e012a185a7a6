// 14.7.5.9 EnumerateObjectProperties ( O ), as an internal iterator.
#include "interpreter/dispatch.h"

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

// The keys seen so far, by their bits: open addressing with linear probing, at most half full. A slot is empty, dropped
// or holds bits. Memory that runs out is an answer, since a script decides how many keys there are.
class SeenKeys {
public:
    SeenKeys() = default;
    SeenKeys(const SeenKeys&) = delete;
    SeenKeys& operator=(const SeenKeys&) = delete;
    ~SeenKeys() { std::free(slots_); }

    enum class Added : uint8_t { New, Present, NoMemory };

    Added insert(uint64_t bits) {
        if (2 * (used_ + 1) > capacity_ && !grow()) return Added::NoMemory;
        Slot& slot = find(bits);
        if (slot.state == State::Live) return Added::Present;
        slot = {bits, State::Live};
        ++used_;
        return Added::New;
    }

    // Only for bits that were inserted. The slot stays occupied, so that probing goes on past it.
    void erase(uint64_t bits) {
        Slot& slot = find(bits);
        HEDDLE_ASSERT(slot.state == State::Live);
        slot.state = State::Dropped;
    }

private:
    enum class State : uint64_t { Empty, Live, Dropped };
    struct Slot {
        uint64_t bits;
        State state;
    };

    // The live slot that holds `bits`, or the empty one where they belong.
    Slot& find(uint64_t bits) {
        size_t index = (bits * 0x9e3779b97f4a7c15ull >> 20) & (capacity_ - 1);
        while (slots_[index].state != State::Empty &&
               !(slots_[index].state == State::Live && slots_[index].bits == bits))
            index = (index + 1) & (capacity_ - 1);
        return slots_[index];
    }

    bool grow() {
        size_t old_capacity = capacity_;
        Slot* old_slots = slots_;
        size_t capacity = old_capacity ? old_capacity * 2 : 32;
        auto* slots = static_cast<Slot*>(std::calloc(capacity, sizeof(Slot)));
        if (!slots) return false;
        slots_ = slots;
        capacity_ = capacity;
        used_ = 0;
        for (size_t i = 0; i < old_capacity; ++i) {
            if (old_slots[i].state != State::Live) continue;
            find(old_slots[i].bits) = old_slots[i];
            ++used_;
        }
        std::free(old_slots);
        return true;
    }

    Slot* slots_ = nullptr;
    size_t capacity_ = 0; // a power of two, or nothing yet
    size_t used_ = 0;     // slots that are live or dropped
};

} // namespace

Result<Value> prepare_for_in(Agent& agent, Value value) {
    Object* object = TRY(to_object(agent, value));
    RootVector<Value> visited(agent.heap());
    RootVector<Value> pairs(agent.heap());
    SeenKeys seen; // keys are atoms or indices: their bits identify them; `visited` keeps them alive
    for (Object* current = object; current;) {
        RootVector<Value> keys(agent.heap());
        TRY(current->own_property_keys(agent, keys));
        for (size_t i = 0; i < keys.size(); ++i) {
            if (!keys[i].is_string()) continue;
            PropertyKey key = TRY(to_property_key(agent, keys[i]));
            // A key that a nearer object has, enumerable or not, hides the same key further out.
            SeenKeys::Added added = seen.insert(key.bits());
            if (added == SeenKeys::Added::NoMemory) return agent.out_of_memory();
            if (added == SeenKeys::Added::Present) continue;
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
