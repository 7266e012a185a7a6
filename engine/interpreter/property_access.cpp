// Property access with inline caches. The fast half is in the handlers; here is what fills the caches and everything
// that misses them.
#include "interpreter/dispatch.h"

#include "runtime/array.h"
#include "runtime/iterator.h"
#include "runtime/sparse_elements.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// Named lookups that a cache may answer by shape: no exotic method can interfere anywhere on the way.
bool may_cache(const Object* object, PropertyKey name) {
    if (!object->has_ordinary_named_properties() || object->shape()->is_dictionary()) return false;
    if (object->kind() == CellKind::Array) return !(name == PropertyKey(atoms::length));
    // Typed arrays take canonical numeric strings ("-0", "1.5") for themselves.
    if (object->kind() == CellKind::TypedArray) return name.is_symbol() || !canonical_numeric_index(name.as_atom()->flat_view());
    return object->kind() != CellKind::GlobalObject;
}

// Fills `cache` for a data property found on the object or along its prototypes.
void cache_load(Agent& agent, PropertyCache& cache, Object* receiver, PropertyKey name) {
    if (!may_cache(receiver, name)) return;
    PropertySlot found;
    if (receiver->lookup_own_named(name, found)) {
        if (found.is_accessor()) return;
        cache = {};
        cache.shape = receiver->shape();
        cache.slot = found.slot;
        cache.kind = PropertyCache::kOwn;
        return;
    }
    for (Object* object = receiver->prototype(); object; object = object->prototype()) {
        if (!object->has_ordinary_named_properties() || object->kind() == CellKind::TypedArray) return;
        if (object->kind() == CellKind::Array && name == PropertyKey(atoms::length)) return;
        if (!object->lookup_own_named(name, found)) continue;
        if (found.is_accessor() || !object->is_used_as_prototype()) return;
        cache = {};
        cache.shape = receiver->shape();
        cache.holder = object;
        cache.epoch = agent.prototype_epoch();
        cache.slot = found.slot;
        cache.kind = PropertyCache::kPrototype;
        return;
    }
}

} // namespace

Result<Value> load_named(Interpreter& interpreter, PropertyCache& cache, Value base, PropertyKey name) {
    Agent& agent = interpreter.agent();
    if (base.is_object()) {
        Object* object = base.as_object();
        cache_load(agent, cache, object, name);
        return object->get(agent, name, base);
    }
    return get_value(agent, base, name);
}

Result<Value> load_indexed(Interpreter& interpreter, Value base, Value key) {
    Agent& agent = interpreter.agent();
    if (base.is_string() && key.is_int32() && key.as_int32() >= 0) {
        String* string = base.as_string();
        auto index = static_cast<uint32_t>(key.as_int32());
        if (index < string->length()) return Value(TRY(String::from_code_unit(agent, TRY(string->at(agent, index)))));
    }
    return get_value(agent, base, key);
}

Result<void> store_named(Interpreter& interpreter, PropertyCache& cache, Value base, PropertyKey name, Value value, bool strict) {
    Agent& agent = interpreter.agent();
    if (!base.is_object()) return set_value(agent, base, name, value, strict);
    Object* object = base.as_object();
    if (!may_cache(object, name) || !object->extensible_flag()) return set_value(agent, base, name, value, strict);
    PropertySlot found;
    if (object->lookup_own_named(name, found)) {
        if (!found.is_accessor() && found.is_writable() && !object->slot_value(found.slot).is_empty()) {
            cache = {};
            cache.shape = object->shape();
            cache.slot = found.slot;
            cache.kind = PropertyCache::kOwn;
            object->set_slot_value(found.slot, value);
            return {};
        }
        return set_value(agent, base, name, value, strict);
    }
    // Adding: cacheable when nothing along the prototypes knows the name.
    Shape* before = object->shape();
    bool plain = object->kind() != CellKind::ScriptFunction;
    for (Object* p = object->prototype(); p && plain; p = p->prototype())
        plain = p->is_fully_ordinary() && !p->lookup_own_named(name, found);
    TRY(set_value(agent, base, name, value, strict));
    if (!plain || object->shape()->is_dictionary() || object->shape() == before) return {};
    if (object->shape()->property_count() != before->property_count() + 1) return {};
    cache = {};
    cache.shape = before;
    cache.new_shape = object->shape();
    cache.epoch = agent.prototype_epoch();
    cache.slot = before->slot_count();
    cache.kind = PropertyCache::kAdd;
    return {};
}

Result<void> store_indexed(Interpreter& interpreter, Value base, Value key, Value value, bool strict) {
    Agent& agent = interpreter.agent();
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot set properties of {} (setting {})", display_string(base), display_string(key)));
    PropertyKey property = TRY(to_property_key(agent, key));
    return set_value(agent, base, property, value, strict);
}

Result<void> define_named(Interpreter& interpreter, PropertyCache& cache, Value base, PropertyKey name, Value value) {
    Agent& agent = interpreter.agent();
    Object* object = base.as_object();
    if (object->kind() != CellKind::Object || !object->extensible_flag() || name.is_index())
        return object->create_data_property_or_throw(agent, name, value);
    PropertySlot found;
    if (object->lookup_own_named(name, found)) return object->create_data_property_or_throw(agent, name, value);
    Shape* before = object->shape();
    TRY(object->define_direct(agent, name, value));
    if (object->shape()->is_dictionary()) return {};
    cache = {};
    cache.shape = before;
    cache.new_shape = object->shape();
    cache.slot = before->slot_count();
    cache.kind = PropertyCache::kAdd;
    return {};
}

// 13.5.1.2 The delete operator on a property reference
Result<Value> delete_property(Interpreter& interpreter, Value base, PropertyKey key, bool strict) {
    Agent& agent = interpreter.agent();
    Object* object = TRY(to_object(agent, base));
    bool deleted = TRY(object->delete_property(agent, key));
    if (!deleted && strict)
        return agent.throw_type_error(fmt::format("Cannot delete property '{}' of {}: it is not configurable", key.to_display_string(), display_string(base)));
    return Value::boolean(deleted);
}

Result<Value> delete_indexed(Interpreter& interpreter, Value base, Value key, bool strict) {
    Agent& agent = interpreter.agent();
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot delete properties of {} (property {})", display_string(base), display_string(key)));
    PropertyKey property = TRY(to_property_key(agent, key));
    return delete_property(interpreter, base, property, strict);
}

// 13.2.4.1 ArrayAccumulation of a spread element
Result<void> append_spread(Interpreter& interpreter, Value array, Value iterable) {
    Agent& agent = interpreter.agent();
    auto* target = array.as<Array>();
    IteratorRecord record = TRY(get_iterator(agent, iterable));
    for (uint32_t step = 0;; ++step) {
        if ((step & 0xFFF) == 0) TRY(agent.poll_interrupts());
        auto next = TRY(iterator_step_value(agent, record));
        if (!next) return {};
        TRY(target->push_direct(agent, *next));
    }
}

} // namespace heddle
