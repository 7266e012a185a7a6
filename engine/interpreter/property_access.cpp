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

/// A cell on the way of a lookup by name whose shape says everything about the name.
bool shape_tells(const Object* object, PropertyKey name) {
    if (!object->has_ordinary_named_properties()) return false;
    switch (object->kind()) {
    case CellKind::TypedArray:
    case CellKind::GlobalObject: return false;
    case CellKind::Array: return !(name == PropertyKey(atoms::length));
    default: return true;
    }
}

void fill(PropertyCache& cache, Shape* shape, PropertyCache::Kind kind, Object* holder, uint32_t slot, uint64_t epoch) {
    uint8_t misses = cache.misses;
    cache = {};
    cache.shape = shape;
    cache.holder = holder;
    cache.slot = slot;
    cache.kind = kind;
    cache.epoch = epoch;
    cache.misses = misses;
}

// Fills a cache for a property found along the prototypes from `first` on, or found nowhere.
void cache_prototypes(Agent& agent, CodeInstance& instance, uint32_t feedback, Shape* shape, Object* first, PropertyKey name, bool is_string) {
    PropertySlot found;
    for (Object* object = first; object; object = object->prototype()) {
        bool is_string_prototype = is_string && object == first;
        if (!is_string_prototype && !shape_tells(object, name)) return;
        if (!object->lookup_own_named(name, found)) continue;
        if (!object->is_used_as_prototype() || (is_string && found.is_accessor())) return;
        PropertyCache* cache = instance.cache_to_fill(feedback, shape);
        if (!cache) return;
        PropertyCache::Kind kind = is_string             ? PropertyCache::kString
                                   : found.is_accessor() ? PropertyCache::kPrototypeAccessor
                                                         : PropertyCache::kPrototype;
        fill(*cache, shape, kind, object, found.slot, agent.prototype_epoch());
        return;
    }
    if (is_string || !first) return;
    if (PropertyCache* cache = instance.cache_to_fill(feedback, shape))
        fill(*cache, shape, PropertyCache::kAbsent, nullptr, 0, agent.prototype_epoch());
}

// Fills a cache of the site for what `name` is on the receiver or along its prototypes.
void cache_load(Agent& agent, CodeInstance& instance, uint32_t feedback, Object* receiver, PropertyKey name) {
    if (!may_cache(receiver, name)) return;
    PropertySlot found;
    if (!receiver->lookup_own_named(name, found)) {
        cache_prototypes(agent, instance, feedback, receiver->shape(), receiver->prototype(), name, false);
        return;
    }
    if (PropertyCache* cache = instance.cache_to_fill(feedback, receiver->shape()))
        fill(*cache, receiver->shape(), found.is_accessor() ? PropertyCache::kOwnAccessor : PropertyCache::kOwn, nullptr, found.slot, 0);
}

} // namespace

Result<Value> load_named(Interpreter& interpreter, CodeInstance& instance, uint32_t feedback, Value base, PropertyKey name) {
    Agent& agent = interpreter.agent();
    if (base.is_object()) {
        Object* object = base.as_object();
        cache_load(agent, instance, feedback, object, name);
        return object->get(agent, name, base);
    }
    if (base.is_string()) {
        if (name == PropertyKey(atoms::length)) return Value::number(base.as_string()->length());
        Object* prototype = TRY(agent.intrinsic(Intrinsic::StringPrototype));
        prototype->mark_used_as_prototype(); // of every string: its changes advance the epoch
        cache_prototypes(agent, instance, feedback, nullptr, prototype, name, true);
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
    // Typed arrays, arguments, holes.
    if (base.is_object() && key.is_int32() && key.as_int32() >= 0)
        return base.as_object()->get(agent, PropertyKey::index(static_cast<uint32_t>(key.as_int32())), base);
    return get_value(agent, base, key);
}

Result<void> store_named(Interpreter& interpreter, CodeInstance& instance, uint32_t feedback, Value base, PropertyKey name, Value value,
                         bool strict) {
    Agent& agent = interpreter.agent();
    if (!base.is_object()) return set_value(agent, base, name, value, strict);
    Object* object = base.as_object();
    if (!may_cache(object, name) || !object->extensible_flag()) return set_value(agent, base, name, value, strict);
    PropertySlot found;
    if (object->lookup_own_named(name, found)) {
        if (!found.is_accessor() && found.is_writable() && !object->slot_value(found.slot).is_empty()) {
            if (PropertyCache* cache = instance.cache_to_fill(feedback, object->shape()))
                fill(*cache, object->shape(), PropertyCache::kOwn, nullptr, found.slot, 0);
            object->set_slot_value(found.slot, value);
            return {};
        }
        return set_value(agent, base, name, value, strict);
    }
    // Adding: cacheable when nothing along the prototypes knows the name. A setter of theirs is cached too.
    Shape* before = object->shape();
    bool plain = object->kind() != CellKind::ScriptFunction;
    for (Object* p = object->prototype(); p && plain; p = p->prototype()) {
        plain = p->is_fully_ordinary() && p->kind() != CellKind::GlobalObject;
        if (!plain || !p->lookup_own_named(name, found)) continue;
        if (found.is_accessor() && p->is_used_as_prototype()) {
            if (PropertyCache* cache = instance.cache_to_fill(feedback, before))
                fill(*cache, before, PropertyCache::kPrototypeAccessor, p, found.slot, agent.prototype_epoch());
        }
        plain = false;
    }
    TRY(set_value(agent, base, name, value, strict));
    if (!plain || object->shape()->is_dictionary() || object->shape() == before) return {};
    if (object->shape()->property_count() != before->property_count() + 1) return {};
    PropertyCache* cache = instance.cache_to_fill(feedback, before);
    if (!cache) return {};
    fill(*cache, before, PropertyCache::kAdd, nullptr, before->slot_count(), agent.prototype_epoch());
    cache->new_shape = object->shape();
    return {};
}

Result<void> store_indexed(Interpreter& interpreter, Value base, Value key, Value value, bool strict) {
    Agent& agent = interpreter.agent();
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot set properties of {} (setting {})", display_string(base), display_string(key)));
    if (base.is_object() && key.is_int32() && key.as_int32() >= 0) {
        PropertyKey index = PropertyKey::index(static_cast<uint32_t>(key.as_int32()));
        if (TRY(base.as_object()->set(agent, index, value, base)) || !strict) return {};
        return agent.throw_type_error(fmt::format("Cannot assign to property '{}' of {}: it is read-only or the object is not extensible",
                                                  index.to_display_string(), display_string(base)));
    }
    PropertyKey property = TRY(to_property_key(agent, key));
    return set_value(agent, base, property, value, strict);
}

Result<void> define_named(Interpreter& interpreter, PropertyCache& cache, Value base, PropertyKey name, Value value) {
    Agent& agent = interpreter.agent();
    Object* object = base.as_object();
    if (object->kind() != CellKind::Object || !object->extensible_flag() || name.is_index())
        return object->create_data_property_or_throw(agent, name, value);
    PropertySlot found;
    if (object->lookup_own_named(name, found)) {
        if (found.attributes != kDefaultAttributes) return object->create_data_property_or_throw(agent, name, value);
        object->set_slot_value(found.slot, value);
        return {};
    }
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
    if (iterable.is<Array>()) {
        auto* source = iterable.as<Array>();
        if (source != target && source->is_simple() && target->is_simple() && prototypes_have_no_elements(source) &&
            agent.realm().array_iteration_is_untouched(source)) {
            uint32_t before = target->length();
            TRY(target->append_direct(agent, source, 0, source->length()));
            for (uint32_t i = before; i < target->length(); ++i) {
                if (target->dense_element_or_empty(i).is_empty()) target->set_dense_element(i, Value::undefined());
            }
            return {};
        }
    }
    IteratorRecord record = TRY(get_iterator(agent, iterable));
    for (uint32_t step = 0;; ++step) {
        if ((step & 0xFFF) == 0) TRY(agent.poll_interrupts());
        auto next = TRY(iterator_step_value(agent, record));
        if (!next) return {};
        TRY(target->push_direct(agent, *next));
    }
}

} // namespace heddle
