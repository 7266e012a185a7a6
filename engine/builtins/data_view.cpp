// DataView objects (ECMA-262 25.3).
#include "builtins/intrinsics.h"

#include "buffers/data_view_object.h"
#include "runtime/operations.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Fallible<DataViewObject*> this_data_view(Agent& agent, Value value) {
    if (value.is<DataViewObject>()) return value.as<DataViewObject>();
    return agent.throw_type_error(
        fmt::format("A method of DataView.prototype needs a DataView, not {}", display_string(value)));
}

Failed throw_out_of_bounds(Agent& agent, const DataViewObject* view) {
    return agent.throw_type_error(view->buffer()->is_detached()
                                      ? "The DataView is detached from its ArrayBuffer"
                                      : "The DataView is out of the bounds of its buffer");
}

Failed throw_range(Agent& agent, uint64_t offset, uint64_t length, uint64_t buffer_length) {
    return agent.throw_range_error(
        fmt::format("A DataView of {} bytes from offset {} on does not fit the buffer's {} bytes", length,
                    offset, buffer_length));
}

// 25.3.2.1 DataView ( buffer [ , byteOffset [ , byteLength ] ] )
Result<Value> data_view_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("Constructor DataView needs 'new'");
    if (!arguments[0].is<BufferObject>()) {
        return agent.throw_type_error(fmt::format(
            "A DataView needs an ArrayBuffer or SharedArrayBuffer, not {}", display_string(arguments[0])));
    }
    auto* buffer = arguments[0].as<BufferObject>();
    uint64_t offset = TRY(to_index(agent, arguments[1]));
    auto throw_detached = [&] {
        return agent.throw_type_error("A DataView cannot be made of a detached ArrayBuffer");
    };
    if (buffer->is_detached()) return throw_detached();
    uint64_t buffer_length = buffer->byte_length();
    if (offset > buffer_length) return throw_range(agent, offset, 0, buffer_length);
    std::optional<size_t> view_length;
    bool given = !arguments[2].is_undefined();
    if (given) {
        uint64_t length = TRY(to_index(agent, arguments[2]));
        if (offset + length > buffer_length) return throw_range(agent, offset, length, buffer_length);
        view_length = length;
    } else if (buffer->is_fixed_length()) {
        view_length = buffer_length - offset;
    }
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::DataViewPrototype));
    // What new.target's prototype getter did to the buffer is looked at again.
    if (buffer->is_detached()) return throw_detached();
    buffer_length = buffer->byte_length();
    if (offset > buffer_length || (given && offset + *view_length > buffer_length))
        return throw_range(agent, offset, view_length.value_or(0), buffer_length);
    return Value(TRY(DataViewObject::create(agent, shape, buffer, offset, view_length)));
}

// 25.3.4.1 get DataView.prototype.buffer
Result<Value> data_view_buffer(Agent& agent, const Arguments& arguments) {
    return Value(TRY(this_data_view(agent, arguments.this_value()))->buffer());
}

// 25.3.4.2 get DataView.prototype.byteLength
Result<Value> data_view_byte_length(Agent& agent, const Arguments& arguments) {
    DataViewObject* view = TRY(this_data_view(agent, arguments.this_value()));
    auto length = view->byte_length();
    if (!length) return throw_out_of_bounds(agent, view);
    return Value::number(uint64_t{*length});
}

// 25.3.4.3 get DataView.prototype.byteOffset
Result<Value> data_view_byte_offset(Agent& agent, const Arguments& arguments) {
    DataViewObject* view = TRY(this_data_view(agent, arguments.this_value()));
    if (!view->byte_length()) return throw_out_of_bounds(agent, view);
    return Value::number(uint64_t{view->byte_offset()});
}

Failed throw_index(Agent& agent, uint64_t index, size_t size, size_t length) {
    return agent.throw_range_error(
        fmt::format("Offset {} is outside the DataView: {} bytes from there do not fit its {} bytes", index,
                    size, length));
}

constexpr bool kHostIsLittleEndian = std::endian::native == std::endian::little;

// 25.3.1.5 GetViewValue ( view, requestIndex, isLittleEndian, type )
Result<Value> get_view_value(Agent& agent, const Arguments& arguments, ElementType type) {
    DataViewObject* view = TRY(this_data_view(agent, arguments.this_value()));
    uint64_t index = TRY(to_index(agent, arguments[0]));
    bool little_endian = to_boolean(arguments[1]);
    auto length = view->byte_length();
    if (!length) return throw_out_of_bounds(agent, view);
    size_t size = element_size(type);
    if (index > *length || size > *length - index) return throw_index(agent, index, size, *length);
    uint64_t bits = load_element_tearing(
        size, View(agent, view->buffer(), view->byte_offset(), *length).bytes(index, size));
    if (little_endian != kHostIsLittleEndian) bits = swap_element_bytes(size, bits);
    return element_value(agent, type, bits);
}

// 25.3.1.6 SetViewValue ( view, requestIndex, isLittleEndian, type, value )
Result<Value> set_view_value(Agent& agent, const Arguments& arguments, ElementType type) {
    DataViewObject* view = TRY(this_data_view(agent, arguments.this_value()));
    if (view->buffer()->is_immutable())
        return agent.throw_type_error(
            "Cannot write to an immutable ArrayBuffer through a DataView: copy it (slice) first");
    uint64_t index = TRY(to_index(agent, arguments[0]));
    uint64_t bits = TRY(to_element_bits(agent, type, arguments[1]));
    bool little_endian = to_boolean(arguments[2]);
    auto length = view->byte_length();
    if (!length) return throw_out_of_bounds(agent, view);
    size_t size = element_size(type);
    if (index > *length || size > *length - index) return throw_index(agent, index, size, *length);
    if (little_endian != kHostIsLittleEndian) bits = swap_element_bytes(size, bits);
    store_element_tearing(size, View(agent, view->buffer(), view->byte_offset(), *length).bytes(index, size),
                          bits);
    return Value::undefined();
}

// 25.3.4.5 to 25.3.4.26: the getters and setters of each element type
template<ElementType kType>
Result<Value> data_view_get(Agent& agent, const Arguments& arguments) {
    return get_view_value(agent, arguments, kType);
}
template<ElementType kType>
Result<Value> data_view_set(Agent& agent, const Arguments& arguments) {
    return set_view_value(agent, arguments, kType);
}

} // namespace

Fallible<Object*> create_data_view(Agent& agent, Realm& realm) {
    auto* constructor =
        TRY(NativeFunction::create_constructor(agent, realm, data_view_constructor, 1, atoms::DataView));
    realm.set_intrinsic(Intrinsic::DataView, constructor);
    Object* prototype = TRY(realm.intrinsic(Intrinsic::DataViewPrototype));
    TRY(constructor->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    return constructor;
}

Fallible<Object*> create_data_view_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    realm.set_intrinsic(Intrinsic::DataViewPrototype, prototype);
    Object* constructor = TRY(realm.intrinsic(Intrinsic::DataView));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(constructor), kBuiltinAttributes));
    const AccessorEntry accessors[] = {
        {atoms::buffer, data_view_buffer},
        {atoms::byteLength, data_view_byte_length},
        {atoms::byteOffset, data_view_byte_offset},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
#define ACCESSORS(Name)                                                                                      \
    {atoms::get##Name, data_view_get<ElementType::Name>, 1},                                                 \
        {atoms::set##Name, data_view_set<ElementType::Name>, 2},
        ACCESSORS(BigInt64) ACCESSORS(BigUint64) ACCESSORS(Float16) ACCESSORS(Float32) ACCESSORS(Float64)
            ACCESSORS(Int8) ACCESSORS(Int16) ACCESSORS(Int32) ACCESSORS(Uint8) ACCESSORS(Uint16)
                ACCESSORS(Uint32)
#undef ACCESSORS
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(prototype->define_direct(agent, symbols::toStringTag, Value(&atoms::DataView), kConfigurable));
    return prototype;
}

} // namespace heddle
