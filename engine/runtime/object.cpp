// Storage of objects: named properties by shape, elements dense or sparse.
#include "runtime/object.h"

#include "base/growable_array.h"
#include "runtime/agent.h"
#include "runtime/error.h"
#include "runtime/sparse_elements.h"

#include <algorithm>

namespace heddle {

// --- ValueArray, AccessorPair -------------------------------------------------------------------------------

ValueArray::ValueArray(uint32_t length, Value fill) : Cell(CellKind::ValueArray, 0, length) {
    for (uint32_t i = 0; i < length; ++i)
        new (&data()[i]) Member<Value>(), data()[i].init(fill);
}

Fallible<ValueArray*> ValueArray::create(Agent& agent, uint32_t length, Value fill) {
    if (length > kMaxLength) return agent.out_of_memory();
    return agent.heap().allocate<ValueArray>(size_t{length} * sizeof(Value), length, fill);
}

Fallible<AccessorPair*> AccessorPair::create(Agent& agent, Value getter, Value setter) {
    return agent.heap().allocate<AccessorPair>(0, getter, setter);
}

Attributes PropertyDescriptor::attributes() const {
    uint8_t bits = 0;
    if (writable.value_or(false)) bits |= kWritable;
    if (enumerable.value_or(false)) bits |= kEnumerable;
    if (configurable.value_or(false)) bits |= kConfigurable;
    if (is_accessor_descriptor()) bits |= kAccessor;
    return static_cast<Attributes>(bits);
}

// --- SparseElements -----------------------------------------------------------------------------------------

SparseElements::SparseElements(uint32_t capacity) : Cell(CellKind::SparseElements, 0, capacity) {
    for (uint32_t i = 0; i < capacity; ++i)
        new (&entries()[i]) Entry();
}

Fallible<SparseElements*> SparseElements::create(Agent& agent, uint32_t capacity) {
    if (capacity > (1u << 27)) return agent.out_of_memory();
    return agent.heap().allocate<SparseElements>(size_t{capacity} * sizeof(Entry), capacity);
}

SparseElements::Entry* SparseElements::find(uint32_t index) {
    for (uint32_t at = (index * 0x9E3779B1u) & (capacity() - 1);; at = (at + 1) & (capacity() - 1)) {
        Entry& entry = entries()[at];
        if (entry.state == kUnused) return nullptr;
        if (entry.state == kUsed && entry.index == index) return &entry;
    }
}

void SparseElements::insert(uint32_t index, Value value, Attributes attributes) {
    uint32_t at = (index * 0x9E3779B1u) & (capacity() - 1);
    while (entries()[at].state == kUsed)
        at = (at + 1) & (capacity() - 1);
    Entry& entry = entries()[at];
    if (entry.state == kUnused) ++filled_;
    ++count_;
    entry.index = index;
    entry.attributes = attributes;
    entry.state = kUsed;
    entry.value.set(this, value);
}

void SparseElements::remove(Entry* entry) {
    entry->state = kRemoved;
    entry->value.init(Value::undefined());
    --count_;
}

void SparseElements::visit_edges(Visitor& visitor) {
    for (uint32_t i = 0; i < capacity(); ++i) {
        if (entries()[i].state == kUsed) visitor.visit(entries()[i].value);
    }
}

// --- Object -------------------------------------------------------------------------------------------------

Object::Object(Shape* shape) : Cell(CellKind::Object) {
    shape_.init(shape);
    uint32_t count = shape->inline_capacity();
    for (uint32_t i = 0; i < count; ++i)
        new (&inline_slots()[i]) Member<Value>();
}

Fallible<Object*> Object::create(Agent& agent, Object* prototype, uint32_t inline_capacity) {
    // Plain literals share one root shape; other prototypes keep theirs in a transition of the empty shape.
    Realm& realm = agent.realm();
    Shape* shape = TRY(realm.root_shape(Intrinsic::ObjectPrototype, inline_capacity));
    if (shape->prototype() != prototype) shape = TRY(shape->with_prototype(agent, prototype));
    return create_with_shape(agent, shape);
}

Fallible<Object*> Object::create_with_shape(Agent& agent, Shape* shape) {
    return agent.heap().allocate<Object>(shape->inline_capacity() * sizeof(Value), shape);
}

SparseElements* Object::sparse_elements() const {
    HEDDLE_ASSERT(is_sparse());
    return static_cast<SparseElements*>(elements_.get());
}

void Object::visit_edges(Visitor& visitor) {
    if (visitor.wants_names()) [[unlikely]] visit_properties(visitor);
    visitor.visit(shape_, "shape");
    visitor.visit(slots_, "properties");
    visitor.visit(elements_, "elements");
    if (kind() == CellKind::Object) visitor.visit({inline_slots(), shape_->inline_capacity()});
}

// What lies in other cells is shown as the object's own, under the names that script knows.
void Object::visit_properties(Visitor& visitor) {
    constexpr uint32_t kLongestName = 200;
    PropertyKey key;
    PropertySlot slot;
    for (uint32_t i = 0; i < shape_->entry_count(); ++i) {
        if (!shape_->property_at(i, key, slot)) continue;
        const String* text = key.is_symbol() ? key.as_symbol()->description() : key.as_atom();
        std::string name = text ? text->short_text(kLongestName) : "";
        if (key.is_symbol() && !key.is_private_name()) name = "[" + name + "]";
        visitor.visit(slot_value(slot.slot), EdgeName{EdgeName::Property, name, 0});
    }
    if (is_sparse()) {
        SparseElements* sparse = sparse_elements();
        for (uint32_t i = 0; i < sparse->capacity(); ++i) {
            const auto& entry = sparse->entries()[i];
            if (entry.state == SparseElements::kUsed) visitor.visit(entry.value.get(), EdgeName{EdgeName::Element, {}, entry.index});
        }
    } else {
        for (uint32_t i = 0; i < dense_length_; ++i)
            visitor.visit(dense_element_or_empty(i), EdgeName{EdgeName::Element, {}, i});
    }
}

void Object::shape_changed(Agent& agent) {
    if (is_used_as_prototype()) agent.advance_prototype_epoch();
}

Fallible<void> Object::set_shape_growing(Agent& agent, Shape* shape, uint32_t slot, Value value) {
    uint32_t in_line = shape->inline_capacity();
    if (slot >= in_line) {
        uint32_t needed = slot - in_line + 1;
        uint32_t have = slots_ ? slots_->length() : 0;
        if (needed > have) {
            uint32_t capacity = std::max(needed, have < 4 ? 4u : have * 2);
            ValueArray* grown = TRY(ValueArray::create(agent, capacity, Value::undefined()));
            for (uint32_t i = 0; i < have; ++i)
                grown->set(i, slots_->get(i));
            slots_.set(this, grown);
        }
    }
    shape_.set(this, shape);
    set_slot_value(slot, value);
    shape_changed(agent);
    return {};
}

Fallible<void> Object::add_property_with_shape(Agent& agent, Shape* shape, uint32_t slot, Value value) {
    return set_shape_growing(agent, shape, slot, value);
}

Fallible<void> Object::adopt_properties(Agent& agent, const Object* source) {
    HEDDLE_ASSERT(has_only_shaped_properties() && source->has_only_shaped_properties());
    HEDDLE_ASSERT(shape_->slot_count() == 0 && source->shape_->descends_from(shape_));
    uint32_t in_line = shape_->inline_capacity();
    if (source->shape_->slot_count() > in_line) {
        ValueArray* slots = TRY(ValueArray::create(agent, source->slots_->length(), Value::undefined()));
        slots->copy(0, source->slots_, 0, slots->length());
        slots_.set(this, slots);
    }
    for (uint32_t i = 0; i < in_line; ++i)
        inline_slots()[i].set(this, source->inline_slots()[i]);
    shape_.set(this, source->shape_.get());
    shape_changed(agent);
    return {};
}

Fallible<void> Object::define_all_direct(Agent& agent, Shape* shape, std::span<const Value> values) {
    HEDDLE_ASSERT(shape_->slot_count() == 0 && shape->descends_from(shape_) && shape->slot_count() == values.size());
    uint32_t in_line = shape->inline_capacity();
    auto count = static_cast<uint32_t>(values.size());
    if (count > in_line) slots_.set(this, TRY(ValueArray::create(agent, count - in_line, Value::undefined())));
    shape_.set(this, shape);
    for (uint32_t i = 0; i < count; ++i)
        set_slot_value(i, values[i]);
    shape_changed(agent);
    return {};
}

Fallible<void> Object::define_direct(Agent& agent, PropertyKey key, Value value, Attributes attributes) {
    if (key.is_index()) return define_element_direct(agent, key.as_index(), value, attributes);
    PropertySlot found;
    if (shape_->lookup(key, found)) {
        if (found.attributes != attributes) {
            // Only dictionaries change attributes in place: shared shapes never do.
            if (!shape_->is_dictionary()) shape_.set(this, TRY(shape_->to_dictionary(agent)));
            shape_->dictionary_set_attributes(key, attributes);
            shape_changed(agent);
        }
        set_slot_value(found.slot, value);
        return {};
    }
    if (!shape_->is_dictionary() && shape_->property_count() >= Shape::kMaxSharedProperties)
        shape_.set(this, TRY(shape_->to_dictionary(agent)));
    if (shape_->is_dictionary()) {
        TRY(shape_->add(agent, key, attributes));
        shape_->lookup(key, found);
        Fallible<void> stored = set_shape_growing(agent, shape_, found.slot, value);
        if (stored.threw()) shape_->dictionary_remove(key);
        return stored;
    }
    Shape* next = TRY(shape_->add(agent, key, attributes));
    return set_shape_growing(agent, next, shape_->slot_count(), value);
}

Fallible<void> Object::define_direct_accessor(Agent& agent, PropertyKey key, Value getter, Value setter, Attributes attributes) {
    AccessorPair* pair = TRY(AccessorPair::create(agent, getter, setter));
    return define_direct(agent, key, Value(pair), static_cast<Attributes>((attributes & ~kWritable) | kAccessor));
}

namespace {
PropertyDescriptor descriptor_of(Value stored, Attributes attributes) {
    PropertyDescriptor descriptor;
    if (attributes & kAccessor) {
        auto* pair = static_cast<AccessorPair*>(stored.as_cell());
        descriptor.get = pair->getter();
        descriptor.set = pair->setter();
    } else {
        descriptor.value = stored;
        descriptor.writable = (attributes & kWritable) != 0;
    }
    descriptor.enumerable = (attributes & kEnumerable) != 0;
    descriptor.configurable = (attributes & kConfigurable) != 0;
    return descriptor;
}
} // namespace

bool Object::lookup_own_element(uint32_t index, PropertyDescriptor& out) const {
    if (is_sparse()) {
        auto* entry = sparse_elements()->find(index);
        if (!entry) return false;
        out = descriptor_of(entry->value, static_cast<Attributes>(entry->attributes));
        return true;
    }
    Value value = dense_element_or_empty(index);
    if (value.is_empty()) return false;
    out = PropertyDescriptor::data(value, kDefaultAttributes);
    return true;
}

std::optional<PropertyDescriptor> Object::own_property_direct(PropertyKey key) const {
    if (key.is_index()) {
        PropertyDescriptor descriptor;
        if (!lookup_own_element(key.as_index(), descriptor)) return {};
        return descriptor;
    }
    PropertySlot found;
    if (!shape_->lookup(key, found)) return {};
    return descriptor_of(slot_value(found.slot), found.attributes);
}

bool Object::remove_direct(Agent& agent, PropertyKey key) {
    if (key.is_index()) return remove_element_direct(key.as_index());
    PropertySlot found;
    if (!shape_->lookup(key, found)) return true;
    if (!shape_->is_dictionary()) {
        Fallible<Shape*> dictionary = shape_->to_dictionary(agent);
        if (dictionary.threw()) return false;
        shape_.set(this, dictionary.release());
    }
    set_slot_value(found.slot, Value::undefined());
    shape_->dictionary_remove(key);
    shape_changed(agent);
    return true;
}

Fallible<void> Object::set_prototype_direct(Agent& agent, Object* prototype) {
    if (shape_->prototype() == prototype) return {};
    if (shape_->is_dictionary()) {
        // A dictionary shape belongs to this object alone; its prototype changes in place.
        TRY(shape_->with_prototype(agent, prototype));
    } else {
        shape_.set(this, TRY(shape_->with_prototype(agent, prototype)));
    }
    // Chains that pass through this object change even if it is no prototype's own.
    agent.advance_prototype_epoch();
    return {};
}

// --- elements -----------------------------------------------------------------------------------------------

Fallible<void> Object::ensure_dense_capacity(Agent& agent, uint32_t capacity) {
    HEDDLE_ASSERT(!is_sparse());
    auto* old = static_cast<ValueArray*>(elements_.get());
    uint32_t have = old ? old->length() : 0;
    if (capacity <= have) return {};
    uint32_t grown_capacity = std::max({capacity, have + have / 2, 4u});
    // Fill the 16-byte granule of the size class.
    grown_capacity = (grown_capacity + 1) & ~1u;
    ValueArray* grown = TRY(ValueArray::create(agent, grown_capacity));
    for (uint32_t i = 0; i < dense_length_; ++i)
        grown->set(i, old->get(i));
    elements_.set(this, grown);
    return {};
}

void Object::set_dense_length(uint32_t length) {
    HEDDLE_ASSERT(!is_sparse());
    auto* array = static_cast<ValueArray*>(elements_.get());
    HEDDLE_ASSERT(length <= (array ? array->length() : 0));
    for (uint32_t i = length; i < dense_length_; ++i)
        array->set(i, Value::empty());
    dense_length_ = length;
}

Fallible<void> Object::convert_to_sparse(Agent& agent) {
    if (is_sparse()) return {};
    uint32_t used = 0;
    for (uint32_t i = 0; i < dense_length_; ++i)
        used += !dense_element_or_empty(i).is_empty();
    SparseElements* sparse = TRY(SparseElements::create(agent, std::bit_ceil(std::max(8u, used * 2))));
    for (uint32_t i = 0; i < dense_length_; ++i) {
        Value value = dense_element_or_empty(i);
        if (!value.is_empty()) sparse->insert(i, value, kDefaultAttributes);
    }
    elements_.set(this, sparse);
    dense_length_ = 0;
    flags_ |= kSparse;
    shape_changed(agent);
    return {};
}

Fallible<void> Object::define_element_direct(Agent& agent, uint32_t index, Value value, Attributes attributes) {
    if (!is_sparse()) {
        if (attributes == kDefaultAttributes) {
            if (index < dense_length_) {
                static_cast<ValueArray*>(elements_.get())->set(index, value);
                return {};
            }
            uint32_t gap = index - dense_length_;
            if (index < ValueArray::kMaxLength && (gap <= 1024 || gap <= dense_length_ / 2)) {
                TRY(ensure_dense_capacity(agent, index + 1));
                bool was_empty = dense_length_ == 0;
                dense_length_ = index + 1;
                static_cast<ValueArray*>(elements_.get())->set(index, value);
                if (was_empty) shape_changed(agent);
                return {};
            }
        }
        TRY(convert_to_sparse(agent));
    }
    SparseElements* sparse = sparse_elements();
    if (auto* entry = sparse->find(index)) {
        entry->attributes = attributes;
        entry->value.set(sparse, value);
        return {};
    }
    if (!sparse->has_room()) {
        SparseElements* grown = TRY(SparseElements::create(agent, std::bit_ceil(std::max(8u, (sparse->count() + 1) * 2))));
        for (uint32_t i = 0; i < sparse->capacity(); ++i) {
            auto& entry = sparse->entries()[i];
            if (entry.state == SparseElements::kUsed) grown->insert(entry.index, entry.value, static_cast<Attributes>(entry.attributes));
        }
        elements_.set(this, grown);
        sparse = grown;
    }
    sparse->insert(index, value, attributes);
    shape_changed(agent);
    return {};
}

bool Object::remove_element_direct(uint32_t index) {
    if (is_sparse()) {
        if (auto* entry = sparse_elements()->find(index)) sparse_elements()->remove(entry);
        return true;
    }
    if (index < dense_length_) {
        static_cast<ValueArray*>(elements_.get())->set(index, Value::empty());
        if (index + 1 == dense_length_ && kind() != CellKind::Array) dense_length_ = index;
    }
    return true;
}

Fallible<void> Object::append_element_indices(Agent& agent, RootVector<Value>& keys) const {
    if (!is_sparse()) {
        for (uint32_t i = 0; i < dense_length_; ++i) {
            if (dense_element_or_empty(i).is_empty()) continue;
            Value key = TRY(PropertyKey::index(i).to_value(agent));
            if (!keys.push_back(key)) return agent.out_of_memory();
        }
        return {};
    }
    GrowableArray<uint32_t> indices;
    SparseElements* sparse = sparse_elements();
    for (uint32_t i = 0; i < sparse->capacity(); ++i) {
        if (sparse->entries()[i].state == SparseElements::kUsed && !indices.push_back(sparse->entries()[i].index))
            return agent.out_of_memory();
    }
    std::sort(indices.begin(), indices.end());
    for (uint32_t index : indices) {
        Value key = TRY(PropertyKey::index(index).to_value(agent));
        if (!keys.push_back(key)) return agent.out_of_memory();
    }
    return {};
}

const String* Object::class_name() const {
    // An own or inherited data property "constructor" with a data property "name".
    for (const Object* object = this; object; object = object->prototype()) {
        if (object->kind() == CellKind::Proxy) return atoms::Proxy;
        PropertySlot found;
        if (!object->lookup_own_named(atoms::constructor, found) || found.is_accessor()) continue;
        Value constructor = object->slot_value(found.slot);
        if (!constructor.is_object() || !constructor.as_object()->lookup_own_named(atoms::name, found) || found.is_accessor())
            break;
        Value name = constructor.as_object()->slot_value(found.slot);
        if (name.is_string() && !name.as_string()->is_rope() && name.as_string()->length() > 0) return name.as_string();
        break;
    }
    return atoms::Object;
}

std::string Object::class_name_for_message() const { return class_name()->flat_view().short_utf8(); }
std::string Object::snapshot_name() const { return class_name()->short_text(100); }

} // namespace heddle
