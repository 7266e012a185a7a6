// SharedArrayBuffer objects (ECMA-262 25.2).
#include "builtins/intrinsics.h"

#include "buffers/buffer_options.h"
#include "buffers/typed_array_object.h"
#include "runtime/operations.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// RequireInternalSlot ( O, [[ArrayBufferData]] ) and IsSharedArrayBuffer ( O ) is true
Fallible<SharedArrayBufferObject*> this_shared_array_buffer(Agent& agent, Value value, const char* who) {
    if (value.is<SharedArrayBufferObject>()) return value.as<SharedArrayBufferObject>();
    return agent.throw_type_error(fmt::format(
        "SharedArrayBuffer.prototype.{} needs a SharedArrayBuffer, not {}", who, display_string(value)));
}

// 25.2.3.1 SharedArrayBuffer ( length [ , options ] )
Result<Value> shared_array_buffer_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("Constructor SharedArrayBuffer needs 'new'");
    uint64_t byte_length = TRY(to_index(agent, arguments[0]));
    auto max_byte_length = TRY(get_array_buffer_max_byte_length_option(agent, arguments[1]));
    TRY(check_max_byte_length(agent, byte_length, max_byte_length));
    Shape* shape =
        TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::SharedArrayBufferPrototype));
    return Value(TRY(SharedArrayBufferObject::create(agent, shape, byte_length, max_byte_length)));
}

// 25.2.4.2 get SharedArrayBuffer [ %Symbol.species% ]
Result<Value> shared_array_buffer_species(Agent&, const Arguments& arguments) {
    return arguments.this_value();
}

// 25.2.5.1 get SharedArrayBuffer.prototype.byteLength
Result<Value> shared_array_buffer_byte_length(Agent& agent, const Arguments& arguments) {
    return Value::number(
        uint64_t{TRY(this_shared_array_buffer(agent, arguments.this_value(), "byteLength"))->byte_length()});
}

// 25.2.5.3 SharedArrayBuffer.prototype.grow ( newLength )
Result<Value> shared_array_buffer_grow(Agent& agent, const Arguments& arguments) {
    SharedArrayBufferObject* buffer = TRY(this_shared_array_buffer(agent, arguments.this_value(), "grow"));
    if (buffer->is_fixed_length()) {
        return agent.throw_type_error("SharedArrayBuffer.prototype.grow: the SharedArrayBuffer has a fixed "
                                      "length; make it with { maxByteLength }");
    }
    uint64_t new_length = TRY(to_index(agent, arguments[0]));
    if (new_length > buffer->max_byte_length()) {
        return agent.throw_range_error(
            fmt::format("SharedArrayBuffer.prototype.grow: {} bytes wanted, and the maximum is {}",
                        new_length, buffer->max_byte_length()));
    }
    TRY(buffer->grow(agent, new_length));
    return Value::undefined();
}

// 25.2.5.4 get SharedArrayBuffer.prototype.growable
Result<Value> shared_array_buffer_growable(Agent& agent, const Arguments& arguments) {
    return Value::boolean(
        !TRY(this_shared_array_buffer(agent, arguments.this_value(), "growable"))->is_fixed_length());
}

// 25.2.5.5 get SharedArrayBuffer.prototype.maxByteLength
Result<Value> shared_array_buffer_max_byte_length(Agent& agent, const Arguments& arguments) {
    return Value::number(uint64_t{
        TRY(this_shared_array_buffer(agent, arguments.this_value(), "maxByteLength"))->max_byte_length()});
}

// 25.2.5.6 SharedArrayBuffer.prototype.slice ( start, end )
Result<Value> shared_array_buffer_slice(Agent& agent, const Arguments& arguments) {
    SharedArrayBufferObject* buffer = TRY(this_shared_array_buffer(agent, arguments.this_value(), "slice"));
    uint64_t length = buffer->byte_length();
    uint64_t first = TRY(to_relative_index(agent, arguments[0], length));
    uint64_t final = TRY(to_relative_end(agent, arguments[1], length));
    uint64_t new_length = final > first ? final - first : 0;
    Object* standard = TRY(agent.intrinsic(Intrinsic::SharedArrayBuffer));
    Object* constructor = TRY(species_constructor(agent, buffer, standard));
    Value wanted = Value::number(new_length);
    Object* made = TRY(construct(agent, constructor, {&wanted, 1}));
    SharedArrayBufferObject* target = TRY(this_shared_array_buffer(agent, Value(made), "slice"));
    if (target->store() == buffer->store()) {
        return agent.throw_type_error("SharedArrayBuffer.prototype.slice: the species constructor returned "
                                      "the sliced shared bytes themselves");
    }
    if (target->byte_length() < new_length) {
        return agent.throw_type_error(fmt::format(
            "SharedArrayBuffer.prototype.slice: the species constructor returned {} bytes, and {} are needed",
            target->byte_length(), new_length));
    }
    // Shared bytes never go away: the range still lies inside.
    if (new_length > 0)
        TRY(copy_view_bytes(agent, View(agent, target, 0, new_length), 0,
                            View(agent, buffer, first, new_length), 0, new_length));
    return Value(target);
}

} // namespace

Fallible<Object*> create_shared_array_buffer(Agent& agent, Realm& realm) {
    auto* constructor = TRY(NativeFunction::create_constructor(agent, realm, shared_array_buffer_constructor,
                                                               1, atoms::SharedArrayBuffer));
    realm.set_intrinsic(Intrinsic::SharedArrayBuffer, constructor);
    Object* prototype = TRY(realm.intrinsic(Intrinsic::SharedArrayBufferPrototype));
    TRY(constructor->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    const AccessorEntry accessors[] = {{symbols::species, shared_array_buffer_species}};
    TRY(define_accessors(agent, realm, constructor, accessors));
    return constructor;
}

Fallible<Object*> create_shared_array_buffer_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    realm.set_intrinsic(Intrinsic::SharedArrayBufferPrototype, prototype);
    Object* constructor = TRY(realm.intrinsic(Intrinsic::SharedArrayBuffer));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(constructor), kBuiltinAttributes));
    const AccessorEntry accessors[] = {
        {atoms::byteLength, shared_array_buffer_byte_length},
        {atoms::growable, shared_array_buffer_growable},
        {atoms::maxByteLength, shared_array_buffer_max_byte_length},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
        {atoms::grow, shared_array_buffer_grow, 1},
        {atoms::slice, shared_array_buffer_slice, 2},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(prototype->define_direct(agent, symbols::toStringTag, Value(&atoms::SharedArrayBuffer),
                                 kConfigurable));
    return prototype;
}

} // namespace heddle
