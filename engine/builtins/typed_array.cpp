// %TypedArray% and the twelve constructors (ECMA-262 23.2.1, 23.2.2, 23.2.5 to 23.2.7). The prototype's
// methods are in typed_array_prototype.cpp and typed_array_iteration.cpp.
#include "builtins/typed_array.h"

#include "builtins/intrinsics.h"
#include "runtime/array.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

Result<void> set_typed_element(Agent& agent, TypedArrayObject* array, uint64_t index, Value value) {
    if (array->buffer()->is_immutable())
        return agent.throw_type_error(
            "Cannot write to a typed array over an immutable ArrayBuffer: copy it (slice) first");
    return array->set_element(agent, static_cast<double>(index), value);
}

Result<void> copy_typed_elements(Agent& agent, TypedArrayObject* target, size_t target_index,
                                 TypedArrayObject* source, size_t source_index, size_t count) {
    // Both are looked at for each stretch between two polls: an interrupt runs no user code, and the views
    // stay fresh.
    constexpr size_t kStretch = 4096;
    ElementType from = source->type();
    ElementType to = target->type();
    for (size_t done = 0; done < count; done += kStretch) {
        View source_view = source->view(agent);
        View target_view = target->view(agent);
        size_t end = std::min(count, done + kStretch);
        for (size_t i = done; i < end; ++i) {
            uint64_t bits = source_view.load(from, source_index + i);
            // The two BigInt types have the same bits.
            if (!is_bigint_type(to) && from != to)
                bits = element_bits_from_number(to, element_number(from, bits));
            target_view.store(to, target_index + i, bits);
        }
        TRY(agent.poll_interrupts());
    }
    return {};
}

namespace {

Result<void> iterator_to_list(Agent& agent, Value iterable, Value method, RootVector<Value>& values) {
    IteratorRecord record = TRY(get_iterator_from_method(agent, iterable, method));
    for (;;) {
        auto next = TRY(iterator_step_value(agent, record));
        if (!next) return {};
        if (!values.push_back(*next)) return agent.out_of_memory();
        if (values.size() % 4096 == 0) TRY(agent.poll_interrupts());
    }
}

// 23.2.1.1 %TypedArray% ( )
Result<Value> typed_array_abstract_constructor(Agent& agent, const Arguments&) {
    return agent.throw_type_error("%TypedArray% is abstract: use Uint8Array, Float64Array and so on");
}

// 23.2.5.1.2 InitializeTypedArrayFromTypedArray ( O, srcArray )
Result<Value> create_from_typed_array(Agent& agent, Shape* shape, ElementType type,
                                      TypedArrayObject* source) {
    size_t length = TRY(revalidate_typed_array(agent, source, "A typed array's constructor"));
    bool mixes = is_bigint_type(type) != source->is_bigint();
    if (length > (BackingStore::kMaxByteLength >> element_shift(type)))
        return agent.throw_range_error(fmt::format("Invalid typed array length: {}", length));
    TypedArrayObject* array = TRY(TypedArrayObject::create_with_length(agent, shape, type, length));
    if (mixes) {
        return agent.throw_type_error(
            fmt::format("Cannot make a {} of a {}: BigInt and Number elements do not mix",
                        typed_array_name(type), typed_array_name(source->type())));
    }
    // Making the new buffer ran no user code; a shared source has not shrunk.
    if (type == source->type()) {
        size_t bytes = length << element_shift(type);
        TRY(copy_view_bytes(agent, array->view(agent), 0, source->view(agent), 0, bytes));
    } else {
        TRY(copy_typed_elements(agent, array, 0, source, 0, length));
    }
    return Value(array);
}

// 23.2.5.1.3 InitializeTypedArrayFromArrayBuffer ( O, buffer, byteOffset, length )
Result<Value> create_from_array_buffer(Agent& agent, Shape* shape, ElementType type, BufferObject* buffer,
                                       Value byte_offset, Value length) {
    size_t size = element_size(type);
    const char* name = typed_array_name(type);
    uint64_t offset = TRY(to_index(agent, byte_offset));
    if (offset % size != 0)
        return agent.throw_range_error(
            fmt::format("The byte offset {} of a {} must be a multiple of {}", offset, name, size));
    std::optional<size_t> new_length;
    if (!length.is_undefined()) new_length = TRY(to_index(agent, length));
    if (buffer->is_detached() && !PLANTED(BuffersConstructorSkipsDetach))
        return agent.throw_type_error(fmt::format("A {} cannot be made of a detached ArrayBuffer", name));
    uint64_t buffer_length = buffer->byte_length();
    if (!new_length && !buffer->is_fixed_length()) {
        if (offset > buffer_length) {
            return agent.throw_range_error(fmt::format(
                "The byte offset {} of a {} lies beyond the buffer's {} bytes", offset, name, buffer_length));
        }
    } else if (!new_length) {
        if (buffer_length % size != 0) {
            return agent.throw_range_error(
                fmt::format("A {} over a whole buffer needs a multiple of {} bytes, not {}: give a length",
                            name, size, buffer_length));
        }
        if (offset > buffer_length) {
            return agent.throw_range_error(fmt::format(
                "The byte offset {} of a {} lies beyond the buffer's {} bytes", offset, name, buffer_length));
        }
        new_length = (buffer_length - offset) / size;
    } else if (*new_length > (buffer_length - std::min(offset, buffer_length)) / size ||
               offset > buffer_length) {
        return agent.throw_range_error(
            fmt::format("A {} of length {} from byte {} on does not fit the buffer's {} bytes", name,
                        *new_length, offset, buffer_length));
    }
    return Value(TRY(TypedArrayObject::create(agent, shape, type, buffer, offset, new_length)));
}

// 23.2.5.1.4 InitializeTypedArrayFromList ( O, values )
Result<Value> create_from_list(Agent& agent, Shape* shape, ElementType type, RootVector<Value>& values) {
    TypedArrayObject* array = TRY(TypedArrayObject::create_with_length(agent, shape, type, values.size()));
    for (size_t k = 0; k < values.size(); ++k) {
        TRY(array->set_element(agent, static_cast<double>(k), values[k]));
        if (k % 4096 == 0) TRY(agent.poll_interrupts());
    }
    return Value(array);
}

// 23.2.5.1.5 InitializeTypedArrayFromArrayLike ( O, arrayLike )
Result<Value> create_from_array_like(Agent& agent, Shape* shape, ElementType type, Object* array_like) {
    uint64_t length = TRY(length_of_array_like(agent, array_like));
    TypedArrayObject* array = TRY(TypedArrayObject::create_with_length(agent, shape, type, length));
    for (uint64_t k = 0; k < length; ++k) {
        Value value = TRY(array_like->get(agent, TRY(PropertyKey::from_integer(agent, k))));
        TRY(array->set_element(agent, static_cast<double>(k), value));
        if (k % 4096 == 0) TRY(agent.poll_interrupts());
    }
    return Value(array);
}

// 23.2.5.1 TypedArray ( ...args )
Result<Value> construct_typed_array(Agent& agent, const Arguments& arguments, ElementType type) {
    if (!arguments.is_construct())
        return agent.throw_type_error(fmt::format("Constructor {} needs 'new'", typed_array_name(type)));
    Value first = arguments[0];
    if (!first.is_object()) {
        uint64_t length = TRY(to_index(agent, first));
        Shape* shape =
            TRY(shape_from_constructor(agent, arguments.new_target(), typed_array_prototype(type)));
        return Value(TRY(TypedArrayObject::create_with_length(agent, shape, type, length)));
    }
    // 23.2.5.1.1 AllocateTypedArray, without a length: new.target's prototype is read first.
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), typed_array_prototype(type)));
    if (first.is<TypedArrayObject>())
        return create_from_typed_array(agent, shape, type, first.as<TypedArrayObject>());
    if (first.is<BufferObject>())
        return create_from_array_buffer(agent, shape, type, first.as<BufferObject>(), arguments[1],
                                        arguments[2]);
    Value method = TRY(get_method(agent, first, symbols::iterator));
    if (method.is_undefined()) return create_from_array_like(agent, shape, type, first.as_object());
    RootVector<Value> values(agent.heap());
    TRY(iterator_to_list(agent, first, method, values));
    return create_from_list(agent, shape, type, values);
}

Result<Object*> this_constructor(Agent& agent, Value value, const char* who) {
    if (is_constructor(value)) return value.as_object();
    return agent.throw_type_error(fmt::format("%TypedArray%.{} needs a constructor as its this value, not {}",
                                              who, display_string(value)));
}

// 23.2.2.1 %TypedArray%.from ( source [ , mapper [ , thisArg ] ] )
Result<Value> typed_array_from(Agent& agent, const Arguments& arguments) {
    Object* constructor = TRY(this_constructor(agent, arguments.this_value(), "from"));
    Value mapper = arguments[1];
    bool mapping = !mapper.is_undefined();
    if (mapping && !is_callable(mapper))
        return agent.throw_type_error(
            fmt::format("%TypedArray%.from needs a function to map with, not {}", display_string(mapper)));
    auto mapped = [&](Value value, uint64_t k) -> Result<Value> {
        if (k % 4096 == 0) TRY(agent.poll_interrupts());
        if (!mapping) return value;
        return call(agent, mapper, arguments[2], {value, Value::number(k)});
    };
    Value method = TRY(get_method(agent, arguments[0], symbols::iterator));
    if (!method.is_undefined()) {
        RootVector<Value> values(agent.heap());
        TRY(iterator_to_list(agent, arguments[0], method, values));
        Value length = Value::number(uint64_t{values.size()});
        TypedArrayObject* target =
            TRY(typed_array_create_from_constructor(agent, constructor, {&length, 1}, AccessMode::Write));
        for (size_t k = 0; k < values.size(); ++k)
            TRY(set_typed_element(agent, target, k, TRY(mapped(values[k], k))));
        return Value(target);
    }
    Object* source = TRY(to_object(agent, arguments[0]));
    uint64_t count = TRY(length_of_array_like(agent, source));
    Value length = Value::number(count);
    TypedArrayObject* target =
        TRY(typed_array_create_from_constructor(agent, constructor, {&length, 1}, AccessMode::Write));
    for (uint64_t k = 0; k < count; ++k) {
        Value value = TRY(source->get(agent, TRY(PropertyKey::from_integer(agent, k))));
        TRY(set_typed_element(agent, target, k, TRY(mapped(value, k))));
    }
    return Value(target);
}

// 23.2.2.2 %TypedArray%.of ( ...items )
Result<Value> typed_array_of(Agent& agent, const Arguments& arguments) {
    Object* constructor = TRY(this_constructor(agent, arguments.this_value(), "of"));
    Value length = Value::number(uint64_t{arguments.size()});
    TypedArrayObject* target =
        TRY(typed_array_create_from_constructor(agent, constructor, {&length, 1}, AccessMode::Write));
    for (size_t k = 0; k < arguments.size(); ++k)
        TRY(set_typed_element(agent, target, k, arguments[k]));
    return Value(target);
}

// 23.2.2.4 get %TypedArray% [ %Symbol.species% ]
Result<Value> typed_array_species(Agent&, const Arguments& arguments) {
    return arguments.this_value();
}

template<ElementType kType>
Result<Value> typed_array_constructor_of(Agent& agent, const Arguments& arguments) {
    return construct_typed_array(agent, arguments, kType);
}

// 23.2.6 Properties of the TypedArray constructors
Fallible<Object*> create_typed_array_constructor(Agent& agent, Realm& realm, ElementType type,
                                                 NativeCode code) {
    Object* abstract = TRY(realm.intrinsic(Intrinsic::TypedArray));
    auto* constructor = TRY(NativeFunction::create_constructor(
        agent, realm, code, 3, PropertyKey(typed_array_name_atom(type)), abstract));
    realm.set_intrinsic(typed_array_constructor(type), constructor);
    Object* prototype = TRY(realm.intrinsic(typed_array_prototype(type)));
    TRY(constructor->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    TRY(constructor->define_direct(agent, atoms::BYTES_PER_ELEMENT,
                                   Value::number(uint64_t{element_size(type)}), kNone));
    if (type == ElementType::Uint8) TRY(define_uint8_array_statics(agent, realm, constructor));
    return constructor;
}

// 23.2.7 Properties of the TypedArray prototype objects
Fallible<Object*> create_typed_array_prototype_of(Agent& agent, Realm& realm, ElementType type) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::TypedArrayPrototype))));
    realm.set_intrinsic(typed_array_prototype(type), prototype);
    Object* constructor = TRY(realm.intrinsic(typed_array_constructor(type)));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(constructor), kBuiltinAttributes));
    TRY(prototype->define_direct(agent, atoms::BYTES_PER_ELEMENT, Value::number(uint64_t{element_size(type)}),
                                 kNone));
    if (type == ElementType::Uint8) TRY(define_uint8_array_methods(agent, realm, prototype));
    return prototype;
}

} // namespace

// 23.2.2 Properties of the %TypedArray% intrinsic object
Fallible<Object*> create_typed_array(Agent& agent, Realm& realm) {
    auto* constructor = TRY(NativeFunction::create_constructor(agent, realm, typed_array_abstract_constructor,
                                                               0, atoms::TypedArray));
    realm.set_intrinsic(Intrinsic::TypedArray, constructor);
    Object* prototype = TRY(realm.intrinsic(Intrinsic::TypedArrayPrototype));
    TRY(constructor->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    const FunctionEntry functions[] = {{atoms::from, typed_array_from, 1}, {atoms::of, typed_array_of, 0}};
    TRY(define_functions(agent, realm, constructor, functions));
    const AccessorEntry accessors[] = {{symbols::species, typed_array_species}};
    TRY(define_accessors(agent, realm, constructor, accessors));
    return constructor;
}

#define TYPED_ARRAY_CREATORS(Name, creator)                                                                  \
    Fallible<Object*> create_##creator(Agent& agent, Realm& realm) {                                         \
        return create_typed_array_constructor(agent, realm, ElementType::Name,                               \
                                              typed_array_constructor_of<ElementType::Name>);                \
    }                                                                                                        \
    Fallible<Object*> create_##creator##_prototype(Agent& agent, Realm& realm) {                             \
        return create_typed_array_prototype_of(agent, realm, ElementType::Name);                             \
    }
TYPED_ARRAY_CREATORS(Int8, int8_array)
TYPED_ARRAY_CREATORS(Uint8, uint8_array)
TYPED_ARRAY_CREATORS(Uint8Clamped, uint8_clamped_array)
TYPED_ARRAY_CREATORS(Int16, int16_array)
TYPED_ARRAY_CREATORS(Uint16, uint16_array)
TYPED_ARRAY_CREATORS(Int32, int32_array)
TYPED_ARRAY_CREATORS(Uint32, uint32_array)
TYPED_ARRAY_CREATORS(Float16, float16_array)
TYPED_ARRAY_CREATORS(Float32, float32_array)
TYPED_ARRAY_CREATORS(Float64, float64_array)
TYPED_ARRAY_CREATORS(BigInt64, bigint64_array)
TYPED_ARRAY_CREATORS(BigUint64, biguint64_array)
#undef TYPED_ARRAY_CREATORS

} // namespace heddle
