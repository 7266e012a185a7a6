// ArrayBuffer objects (ECMA-262 25.1), with the immutable ArrayBuffer proposal.
#include "builtins/intrinsics.h"

#include "buffers/buffer_options.h"
#include "buffers/data_view_object.h"
#include "buffers/typed_array_object.h"
#include "runtime/operations.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// RequireInternalSlot ( O, [[ArrayBufferData]] ) and IsSharedArrayBuffer ( O ) is false
Fallible<ArrayBufferObject*> this_array_buffer(Agent& agent, Value value, const char* who) {
    if (value.is<ArrayBufferObject>()) return value.as<ArrayBufferObject>();
    return agent.throw_type_error(
        fmt::format("ArrayBuffer.prototype.{} needs an ArrayBuffer, not {}", who, display_string(value)));
}

Failed throw_detached(Agent& agent, const char* who) {
    return agent.throw_type_error(fmt::format("ArrayBuffer.prototype.{}: the ArrayBuffer is detached", who));
}

// 25.1.4.1 ArrayBuffer ( length [ , options ] )
Result<Value> array_buffer_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("Constructor ArrayBuffer needs 'new'");
    uint64_t byte_length = TRY(to_index(agent, arguments[0]));
    auto max_byte_length = TRY(get_array_buffer_max_byte_length_option(agent, arguments[1]));
    TRY(check_max_byte_length(agent, byte_length, max_byte_length));
    Shape* shape =
        TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::ArrayBufferPrototype));
    return Value(TRY(ArrayBufferObject::create(agent, shape, byte_length, max_byte_length)));
}

// 25.1.5.1 ArrayBuffer.isView ( arg )
Result<Value> array_buffer_is_view(Agent&, const Arguments& arguments) {
    return Value::boolean(arguments[0].is<TypedArrayObject>() || arguments[0].is<DataViewObject>());
}

// 25.1.5.3 get ArrayBuffer [ %Symbol.species% ]
Result<Value> array_buffer_species(Agent&, const Arguments& arguments) {
    return arguments.this_value();
}

// 25.1.6.1 get ArrayBuffer.prototype.byteLength
Result<Value> array_buffer_byte_length(Agent& agent, const Arguments& arguments) {
    return Value::number(
        uint64_t{TRY(this_array_buffer(agent, arguments.this_value(), "byteLength"))->byte_length()});
}

// 25.1.6.3 get ArrayBuffer.prototype.detached
Result<Value> array_buffer_detached(Agent& agent, const Arguments& arguments) {
    return Value::boolean(TRY(this_array_buffer(agent, arguments.this_value(), "detached"))->is_detached());
}

// get ArrayBuffer.prototype.immutable
Result<Value> array_buffer_immutable(Agent& agent, const Arguments& arguments) {
    return Value::boolean(TRY(this_array_buffer(agent, arguments.this_value(), "immutable"))->is_immutable());
}

// 25.1.6.4 get ArrayBuffer.prototype.maxByteLength
Result<Value> array_buffer_max_byte_length(Agent& agent, const Arguments& arguments) {
    return Value::number(
        uint64_t{TRY(this_array_buffer(agent, arguments.this_value(), "maxByteLength"))->max_byte_length()});
}

// 25.1.6.5 get ArrayBuffer.prototype.resizable
Result<Value> array_buffer_resizable(Agent& agent, const Arguments& arguments) {
    return Value::boolean(
        !TRY(this_array_buffer(agent, arguments.this_value(), "resizable"))->is_fixed_length());
}

// 25.1.6.6 ArrayBuffer.prototype.resize ( newLength )
Result<Value> array_buffer_resize(Agent& agent, const Arguments& arguments) {
    ArrayBufferObject* buffer = TRY(this_array_buffer(agent, arguments.this_value(), "resize"));
    if (buffer->is_fixed_length())
        return agent.throw_type_error("ArrayBuffer.prototype.resize: the ArrayBuffer has a fixed length; "
                                      "make it with { maxByteLength }");
    uint64_t new_length = TRY(to_index(agent, arguments[0]));
    if (buffer->is_detached()) return throw_detached(agent, "resize");
    if (new_length > buffer->max_byte_length()) {
        return agent.throw_range_error(
            fmt::format("ArrayBuffer.prototype.resize: {} bytes wanted, and the maximum is {}", new_length,
                        buffer->max_byte_length()));
    }
    TRY(buffer->resize(agent, new_length));
    return Value::undefined();
}

// 25.1.6.7 ArrayBuffer.prototype.slice ( start, end )
Result<Value> array_buffer_slice(Agent& agent, const Arguments& arguments) {
    ArrayBufferObject* buffer = TRY(this_array_buffer(agent, arguments.this_value(), "slice"));
    if (buffer->is_detached()) return throw_detached(agent, "slice");
    uint64_t length = buffer->byte_length();
    uint64_t first = TRY(to_relative_index(agent, arguments[0], length));
    uint64_t final = TRY(to_relative_end(agent, arguments[1], length));
    uint64_t new_length = final > first ? final - first : 0;
    Object* standard = TRY(agent.intrinsic(Intrinsic::ArrayBuffer));
    Object* constructor = TRY(species_constructor(agent, buffer, standard));
    Value wanted = Value::number(new_length);
    Object* made = TRY(construct(agent, constructor, {&wanted, 1}));
    ArrayBufferObject* target = TRY(this_array_buffer(agent, Value(made), "slice"));
    if (target->is_detached()) return throw_detached(agent, "slice");
    if (target->is_immutable())
        return agent.throw_type_error(
            "ArrayBuffer.prototype.slice: the species constructor returned an immutable ArrayBuffer");
    if (target == buffer)
        return agent.throw_type_error(
            "ArrayBuffer.prototype.slice: the species constructor returned the sliced ArrayBuffer itself");
    if (target->byte_length() < new_length) {
        return agent.throw_type_error(fmt::format(
            "ArrayBuffer.prototype.slice: the species constructor returned {} bytes, and {} are needed",
            target->byte_length(), new_length));
    }
    // The constructor may have detached or resized this buffer.
    if (buffer->is_detached()) return throw_detached(agent, "slice");
    uint64_t current_length = buffer->byte_length();
    if (first < current_length) {
        uint64_t count = std::min(new_length, current_length - first);
        TRY(copy_view_bytes(agent, View(agent, target, 0, count), 0, View(agent, buffer, first, count), 0,
                            count));
    }
    return Value(target);
}

// ArrayBuffer.prototype.sliceToImmutable ( start, end )
Result<Value> array_buffer_slice_to_immutable(Agent& agent, const Arguments& arguments) {
    ArrayBufferObject* buffer = TRY(this_array_buffer(agent, arguments.this_value(), "sliceToImmutable"));
    if (buffer->is_detached()) return throw_detached(agent, "sliceToImmutable");
    uint64_t length = buffer->byte_length();
    uint64_t first = TRY(to_relative_index(agent, arguments[0], length));
    uint64_t final = TRY(to_relative_end(agent, arguments[1], length));
    uint64_t new_length = final > first ? final - first : 0;
    if (buffer->is_detached()) return throw_detached(agent, "sliceToImmutable");
    if (buffer->byte_length() < final) {
        return agent.throw_range_error(
            fmt::format("ArrayBuffer.prototype.sliceToImmutable: the end {} lies beyond the {} bytes left",
                        final, buffer->byte_length()));
    }
    ArrayBufferObject* target = TRY(ArrayBufferObject::create(agent, nullptr, new_length));
    if (new_length > 0)
        TRY(copy_view_bytes(agent, View(agent, target, 0, new_length), 0,
                            View(agent, buffer, first, new_length), 0, new_length));
    target->make_immutable();
    return Value(target);
}

enum class Preserve : uint8_t { Resizability, FixedLength, Immutable };

// 25.1.3.6 ArrayBufferCopyAndDetach ( arrayBuffer, newLength, preserveResizability )
Result<Value> array_buffer_copy_and_detach(Agent& agent, const Arguments& arguments, Preserve preserve,
                                           const char* who) {
    ArrayBufferObject* buffer = TRY(this_array_buffer(agent, arguments.this_value(), who));
    uint64_t new_length =
        arguments[0].is_undefined() ? buffer->byte_length() : TRY(to_index(agent, arguments[0]));
    if (buffer->is_detached()) return throw_detached(agent, who);
    TRY(buffer->check_detachable(agent));
    bool resizable = preserve == Preserve::Resizability && !buffer->is_fixed_length();
    std::optional<uint64_t> max_byte_length;
    if (resizable) {
        max_byte_length = buffer->max_byte_length();
        TRY(check_max_byte_length(agent, new_length, max_byte_length));
    }
    // A block of the same length and kind moves; anything else is copied.
    if (new_length == buffer->byte_length() && resizable == !buffer->is_fixed_length())
        return Value(
            TRY(ArrayBufferObject::create_by_moving(agent, buffer, preserve == Preserve::Immutable)));
    ArrayBufferObject* target = TRY(ArrayBufferObject::create(agent, nullptr, new_length, max_byte_length));
    size_t count = std::min<size_t>(new_length, buffer->byte_length());
    if (count > 0)
        TRY(copy_view_bytes(agent, View(agent, target, 0, count), 0, View(agent, buffer, 0, count), 0,
                            count));
    if (preserve == Preserve::Immutable) target->make_immutable();
    if (PLANTED(BuffersTransferFreesEarly)) {
        buffer->store()->release(); // the source still points at it, and will release it again
        return Value(target);
    }
    buffer->take_store();
    return Value(target);
}

// 25.1.6.8 ArrayBuffer.prototype.transfer ( [ newLength ] )
Result<Value> array_buffer_transfer(Agent& agent, const Arguments& arguments) {
    return array_buffer_copy_and_detach(agent, arguments, Preserve::Resizability, "transfer");
}

// 25.1.6.9 ArrayBuffer.prototype.transferToFixedLength ( [ newLength ] )
Result<Value> array_buffer_transfer_to_fixed_length(Agent& agent, const Arguments& arguments) {
    return array_buffer_copy_and_detach(agent, arguments, Preserve::FixedLength, "transferToFixedLength");
}

// ArrayBuffer.prototype.transferToImmutable ( [ newLength ] )
Result<Value> array_buffer_transfer_to_immutable(Agent& agent, const Arguments& arguments) {
    return array_buffer_copy_and_detach(agent, arguments, Preserve::Immutable, "transferToImmutable");
}

} // namespace

Fallible<Object*> create_array_buffer(Agent& agent, Realm& realm) {
    auto* constructor = TRY(
        NativeFunction::create_constructor(agent, realm, array_buffer_constructor, 1, atoms::ArrayBuffer));
    realm.set_intrinsic(Intrinsic::ArrayBuffer, constructor);
    Object* prototype = TRY(realm.intrinsic(Intrinsic::ArrayBufferPrototype));
    TRY(constructor->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    const FunctionEntry functions[] = {{atoms::isView, array_buffer_is_view, 1}};
    TRY(define_functions(agent, realm, constructor, functions));
    const AccessorEntry accessors[] = {{symbols::species, array_buffer_species}};
    TRY(define_accessors(agent, realm, constructor, accessors));
    return constructor;
}

Fallible<Object*> create_array_buffer_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    realm.set_intrinsic(Intrinsic::ArrayBufferPrototype, prototype);
    Object* constructor = TRY(realm.intrinsic(Intrinsic::ArrayBuffer));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(constructor), kBuiltinAttributes));
    const AccessorEntry accessors[] = {
        {atoms::byteLength, array_buffer_byte_length}, {atoms::detached, array_buffer_detached},
        {atoms::immutable, array_buffer_immutable},    {atoms::maxByteLength, array_buffer_max_byte_length},
        {atoms::resizable, array_buffer_resizable},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
        {atoms::resize, array_buffer_resize, 1},
        {atoms::slice, array_buffer_slice, 2},
        {atoms::sliceToImmutable, array_buffer_slice_to_immutable, 2},
        {atoms::transfer, array_buffer_transfer, 0},
        {atoms::transferToFixedLength, array_buffer_transfer_to_fixed_length, 0},
        {atoms::transferToImmutable, array_buffer_transfer_to_immutable, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(prototype->define_direct(agent, symbols::toStringTag, Value(&atoms::ArrayBuffer), kConfigurable));
    return prototype;
}

} // namespace heddle
