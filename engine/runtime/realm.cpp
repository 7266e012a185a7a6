// Realms: intrinsics on demand, root shapes, and the global object with its pending names.
#include "runtime/realm.h"

#include "runtime/agent.h"
#include "runtime/operations.h"

namespace heddle {

// 9.3.1 InitializeHostDefinedRealm ( )
Fallible<Realm*> Realm::create(Agent& agent, const IntrinsicTable& table) {
    Realm* realm = TRY(agent.heap().allocate<Realm>(0, agent, table));
    RealmScope scope(agent, realm);
    Object* object_prototype = TRY(realm->intrinsic(Intrinsic::ObjectPrototype));
    TRY(realm->intrinsic(Intrinsic::FunctionPrototype));
    Object* global = TRY(GlobalObject::create(agent, *realm, object_prototype));
    realm->global_object_.set(realm, global);
    realm->global_this_.set(realm, global);
    // The declarative record of 9.1.1.4: an object without prototype that no script ever sees.
    Shape* names = TRY(Shape::create_root(agent, nullptr, 0));
    realm->global_scope_.set(realm, TRY(Object::create_with_shape(agent, names)));
    return realm;
}

Fallible<Object*> Realm::materialize(Intrinsic id) {
    IntrinsicCreator create = table_->creators[static_cast<size_t>(id)];
    if (!create) return agent_.throw_type_error("This build of the engine lacks a part of its library that the program needs");
    RealmScope scope(agent_, this);
    // Intrinsics refer to one another from the start: one that failed half way would stay so.
    OpenReserve reserve(agent_.heap());
    Object* object = TRY(create(agent_, *this));
    if (!intrinsics_[static_cast<size_t>(id)]) set_intrinsic(id, object);
    return intrinsics_[static_cast<size_t>(id)].get();
}

Fallible<Shape*> Realm::find_root_shape(Intrinsic prototype, uint32_t inline_capacity) {
    size_t at = root_shape_place(prototype, inline_capacity);
    for (size_t probe = 0; probe < 8; ++probe, at = (at + 1) % kRootShapeSlots) {
        RootShape& key = root_shape_keys_[at];
        if (Shape* shape = root_shapes_[at]) {
            if (key.prototype == prototype && key.inline_capacity == inline_capacity) return shape;
            continue;
        }
        Object* object = TRY(intrinsic(prototype));
        Shape* shape = TRY(Shape::create_root(agent_, object, inline_capacity));
        if (root_shapes_[at]) return shape; // making the prototype asked for shapes too and took the place
        key = {prototype, inline_capacity};
        root_shapes_[at].set(this, shape);
        return shape;
    }
    // A crowded table: the prototype's shape is reached through a transition of its neighbour instead.
    Object* object = TRY(intrinsic(prototype));
    return root_shapes_[at]->inline_capacity() == inline_capacity && root_shapes_[at]->property_count() == 0
               ? root_shapes_[at]->with_prototype(agent_, object)
               : Shape::create_root(agent_, object, inline_capacity);
}

Fallible<Shape*> Realm::iterator_result_shape() {
    if (!iterator_result_shape_) {
        Shape* shape = TRY(root_shape(Intrinsic::ObjectPrototype, 2));
        shape = TRY(shape->add(agent_, atoms::value, kDefaultAttributes));
        iterator_result_shape_.set(this, TRY(shape->add(agent_, atoms::done, kDefaultAttributes)));
    }
    return iterator_result_shape_.get();
}

bool Realm::find_array_iteration() {
    Object* prototype = intrinsic_if_made(Intrinsic::ArrayPrototype);
    Object* iterator_prototype = intrinsic_if_made(Intrinsic::ArrayIteratorPrototype);
    if (!prototype || !iterator_prototype || prototype->shape()->is_dictionary() || iterator_prototype->shape()->is_dictionary()) return false;
    PropertySlot iterator;
    PropertySlot next;
    if (!prototype->lookup_own_named(symbols::iterator, iterator) || iterator.is_accessor()) return false;
    if (!iterator_prototype->lookup_own_named(atoms::next, next) || next.is_accessor()) return false;
    array_iteration_.prototype.set(this, prototype->shape());
    array_iteration_.iterator_prototype.set(this, iterator_prototype->shape());
    array_iteration_.iterator_slot = iterator.slot;
    array_iteration_.next_slot = next.slot;
    return true;
}

Value Realm::untouched_array_next(const Object* array) {
    Object* prototype = array->prototype();
    // An array of its own shape has the iterator method of its prototype, which must be this realm's.
    if (array->shape()->property_count() != 0 || array->shape()->is_dictionary() || !prototype ||
        prototype != intrinsic_if_made(Intrinsic::ArrayPrototype))
        return Value::empty();
    Object* iterator_prototype = intrinsic_if_made(Intrinsic::ArrayIteratorPrototype);
    if (!iterator_prototype || prototype->shape() != array_iteration_.prototype || iterator_prototype->shape() != array_iteration_.iterator_prototype) {
        if (!find_array_iteration()) return Value::empty();
    }
    if (prototype->slot_value(array_iteration_.iterator_slot) != Value(intrinsic_if_made(Intrinsic::ArrayPrototypeValues))) return Value::empty();
    return iterator_prototype->slot_value(array_iteration_.next_slot);
}

bool Realm::array_iteration_is_untouched(const Object* array) {
    Value next = untouched_array_next(array);
    if (!next.is<NativeFunction>()) return false;
    return !table_->iterator_steps.empty() && next.as<NativeFunction>()->code() == table_->iterator_steps[0].next;
}

void Realm::found_no_return(const Object* iterator) {
    Object* prototype = iterator->prototype();
    if (iterator->kind() != CellKind::ArrayIterator || !prototype || prototype != intrinsic_if_made(Intrinsic::ArrayIteratorPrototype)) return;
    PropertySlot found;
    for (Object* object = prototype; object; object = object->prototype()) {
        if (!object->is_fully_ordinary() || object->lookup_own_named(atoms::return_, found)) return;
    }
    epoch_without_return_ = current_prototype_epoch();
}

uint64_t Realm::current_prototype_epoch() const { return agent_.prototype_epoch(); }

void Realm::visit_edges(Visitor& visitor) {
    visitor.visit(global_object_, "global object");
    visitor.visit(global_this_, "globalThis");
    visitor.visit(global_scope_, "global lexical names");
    visitor.visit(array_iteration_.prototype);
    visitor.visit(array_iteration_.iterator_prototype);
    visitor.visit(iterator_result_shape_);
    for (auto& slot : host_slots_)
        visitor.visit(slot);
    for (auto& object : intrinsics_)
        visitor.visit(object);
    for (auto& shape : root_shapes_)
        visitor.visit(shape);
}

// --- GlobalObject -------------------------------------------------------------------------------------------

Fallible<GlobalObject*> GlobalObject::create(Agent& agent, Realm& realm, Object* prototype) {
    Shape* shape = TRY(Shape::create_root(agent, prototype, 0));
    GlobalObject* global = TRY(agent.heap().allocate<GlobalObject>(0, shape, &realm));
    global->flags_ |= kExoticNamed; // its shape does not know the pending names
    size_t count = realm.table().globals.size();
    HEDDLE_CHECK(count <= sizeof(pending_) * 8);
    for (size_t i = 0; i < count; ++i)
        global->pending_[i / 64] |= uint64_t{1} << (i % 64);
    return global;
}

Fallible<void> GlobalObject::materialize(Agent& agent, PropertyKey key) {
    std::span<const GlobalEntry> entries = realm_->table().globals;
    for (size_t i = 0; i < entries.size(); ++i) {
        if (!(entries[i].key == key)) continue;
        uint64_t bit = uint64_t{1} << (i % 64);
        if (!(pending_[i / 64] & bit)) return {};
        const GlobalEntry& entry = entries[i];
        Value value = entry.value;
        RealmScope scope(agent, realm_);
        if (entry.kind == GlobalEntry::kIntrinsic) value = Value(TRY(realm_->intrinsic(entry.intrinsic)));
        if (entry.kind == GlobalEntry::kFunction)
            value = Value(TRY(NativeFunction::create(agent, *realm_, entry.code, entry.length, entry.key)));
        if (entry.key == PropertyKey(atoms::globalThis)) value = Value(realm_->global_this());
        // Making the intrinsic may have touched this very name.
        if (!(pending_[i / 64] & bit)) return {};
        if (entry.kind == GlobalEntry::kAccessor) {
            Value getter(TRY(NativeFunction::create(agent, *realm_, entry.code, 0, entry.key, "get")));
            Value setter;
            if (entry.setter) setter = Value(TRY(NativeFunction::create(agent, *realm_, entry.setter, 1, entry.key, "set")));
            TRY(define_direct_accessor(agent, key, getter, setter, entry.attributes));
            pending_[i / 64] &= ~bit;
            return {};
        }
        TRY(define_direct(agent, key, value, entry.attributes));
        pending_[i / 64] &= ~bit;
        return {};
    }
    return {};
}

Fallible<void> GlobalObject::materialize_all(Agent& agent) {
    for (const GlobalEntry& entry : realm_->table().globals)
        TRY(materialize(agent, entry.key));
    return {};
}

namespace {
bool any_pending(const uint64_t (&pending)[4]) { return (pending[0] | pending[1] | pending[2] | pending[3]) != 0; }
} // namespace

// Each method makes the name real first, if it is still pending, and is ordinary from there on.
#define HEDDLE_MATERIALIZE(key)                                                                              \
    do {                                                                                                     \
        PropertySlot found;                                                                                  \
        if (any_pending(pending_) && !key.is_index() && !lookup_own_named(key, found)) TRY(materialize(agent, key)); \
    } while (false)

Result<std::optional<PropertyDescriptor>> GlobalObject::get_own_property(Agent& agent, PropertyKey key) {
    HEDDLE_MATERIALIZE(key);
    return Object::get_own_property(agent, key);
}

Result<bool> GlobalObject::define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    HEDDLE_MATERIALIZE(key);
    return Object::define_own_property(agent, key, desc);
}

Result<bool> GlobalObject::has_property(Agent& agent, PropertyKey key) {
    HEDDLE_MATERIALIZE(key);
    return Object::has_property(agent, key);
}

Result<Value> GlobalObject::get(Agent& agent, PropertyKey key, Value receiver) {
    HEDDLE_MATERIALIZE(key);
    return Object::get(agent, key, receiver);
}

Result<bool> GlobalObject::set(Agent& agent, PropertyKey key, Value value, Value receiver) {
    HEDDLE_MATERIALIZE(key);
    return Object::set(agent, key, value, receiver);
}

Result<bool> GlobalObject::delete_property(Agent& agent, PropertyKey key) {
    HEDDLE_MATERIALIZE(key);
    return Object::delete_property(agent, key);
}

Result<void> GlobalObject::own_property_keys(Agent& agent, RootVector<Value>& keys) {
    TRY(materialize_all(agent));
    return Object::own_property_keys(agent, keys);
}

void GlobalObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(realm_);
}

} // namespace heddle
