// Short forms for what nearly every intrinsic's creator does.
#pragma once

#include "runtime/operations.h"

namespace heddle {

/// A property %Symbol.toStringTag% with the usual attributes.
inline Fallible<void> define_to_string_tag(Agent& agent, Object* object, String* tag) {
    return object->define_direct(agent, symbols::toStringTag, Value(tag), kConfigurable);
}

/// A constructor in its realm's table, with its "prototype" property.
inline Fallible<NativeFunction*> define_constructor(Agent& agent, Realm& realm, Intrinsic constructor_id,
                                                    Intrinsic prototype_id, NativeCode code, uint32_t length,
                                                    String* name, Object* parent = nullptr) {
    NativeFunction* constructor =
        TRY(NativeFunction::create_constructor(agent, realm, code, length, PropertyKey(name), parent));
    realm.set_intrinsic(constructor_id, constructor);
    TRY(constructor->define_direct(agent, atoms::prototype, Value(TRY(realm.intrinsic(prototype_id))),
                                   kNone));
    return constructor;
}

/// `prototype` in its realm's table, with its "constructor" property.
inline Fallible<void> define_prototype(Agent& agent, Realm& realm, Object* prototype, Intrinsic prototype_id,
                                       Intrinsic constructor_id, Attributes attributes = kBuiltinAttributes) {
    realm.set_intrinsic(prototype_id, prototype);
    return prototype->define_direct(agent, atoms::constructor, Value(TRY(realm.intrinsic(constructor_id))),
                                    attributes);
}

/// get C [ %Symbol.species% ]: the this value.
Result<Value> species_getter(Agent&, const Arguments&);

} // namespace heddle
