// TypedArray exotic objects: internal methods and the operations of 23.2.4.
#include "buffers/typed_array_object.h"

#include "runtime/operations.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// 7.1.21 CanonicalNumericIndexString of a key that is no array index. Symbols are never numeric.
std::optional<double> numeric_key(PropertyKey key) {
    if (!key.is_atom()) return std::nullopt;
    FlatView text = key.as_atom()->flat_view();
    if (text.empty()) return std::nullopt;
    char16_t first = text[0];
    bool may_be_number = (first >= '0' && first <= '9') || first == '-' || first == 'I' || first == 'N';
    return may_be_number ? canonical_numeric_index(text) : std::nullopt;
}

} // namespace

Fallible<TypedArrayObject*> TypedArrayObject::create(Agent& agent, Shape* shape, ElementType type,
                                                     BufferObject* buffer, size_t byte_offset,
                                                     std::optional<size_t> length) {
    if (!shape) shape = TRY(agent.realm().root_shape(typed_array_prototype(type)));
    HEDDLE_ASSERT(byte_offset % heddle::element_size(type) == 0);
    return agent.heap().allocate<TypedArrayObject>(0, shape, type, buffer, byte_offset, length.value_or(0),
                                                   !length.has_value());
}

// 23.2.5.1.6 AllocateTypedArrayBuffer ( O, length )
Fallible<TypedArrayObject*> TypedArrayObject::create_with_length(Agent& agent, Shape* shape, ElementType type,
                                                                 uint64_t length) {
    if (length > (BackingStore::kMaxByteLength >> element_shift(type)))
        return agent.throw_range_error(fmt::format("Invalid typed array length: {}", length));
    ArrayBufferObject* buffer = TRY(ArrayBufferObject::create(agent, nullptr, length << element_shift(type)));
    return create(agent, shape, type, buffer, 0, length);
}

void TypedArrayObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(buffer_);
}

// 10.4.5.15 IsTypedArrayFixedLength ( O )
bool TypedArrayObject::is_fixed_length() const {
    if (tracks_length()) return false;
    return buffer_->is_fixed_length() || buffer_->is_shared();
}

// 10.4.5.16 IsValidIntegerIndex ( O, index )
bool TypedArrayObject::is_valid_index(double index) const {
    auto length = length_unordered();
    if (!length || !(index >= 0) || index != __builtin_trunc(index) || std::signbit(index)) return false;
    return index < static_cast<double>(*length);
}

// 10.4.5.18 TypedArraySetElement ( O, index, value )
Result<void> TypedArrayObject::set_element(Agent& agent, double index, Value value) {
    View early = PLANTED(BuffersSetStaleView) ? view(agent) : View();
    uint64_t bits = TRY(to_element_bits(agent, type(), value)); // may detach or resize
    if (!early.is_empty() && is_valid_index(index))
        return early.store(type(), static_cast<uint64_t>(index), bits), Result<void>();
    if (is_valid_index(index)) view(agent).store(type(), static_cast<uint64_t>(index), bits);
    return {};
}

void TypedArrayObject::store_element_bits(const Agent& agent, uint64_t index, uint64_t bits) {
    auto length = length_unordered();
    if (length && index < *length) view_of(agent, *length).store(type(), index, bits);
}

// --- 10.4.5.1 to 10.4.5.8: internal methods
// -------------------------------------------------------------------

// 10.4.5.1 [[PreventExtensions]] ( )
Result<bool> TypedArrayObject::prevent_extensions(Agent& agent) {
    if (!is_fixed_length()) return false;
    return Object::prevent_extensions(agent);
}

// 10.4.5.2 [[GetOwnProperty]] ( P )
Result<std::optional<PropertyDescriptor>> TypedArrayObject::get_own_property(Agent& agent, PropertyKey key) {
    Attributes attributes = buffer_->is_immutable() ? kEnumerable : kDefaultAttributes;
    Value value;
    if (key.is_index())
        value = TRY(get_element(agent, key.as_index()));
    else if (auto number = numeric_key(key))
        value = is_valid_index(*number) ? TRY(get_element(agent, static_cast<uint64_t>(*number)))
                                        : Value::undefined();
    else
        return Object::get_own_property(agent, key);
    if (value.is_undefined()) return std::optional<PropertyDescriptor>();
    return std::optional(PropertyDescriptor::data(value, attributes));
}

// 10.4.5.3 [[HasProperty]] ( P )
Result<bool> TypedArrayObject::has_property(Agent& agent, PropertyKey key) {
    if (key.is_index()) return is_valid_index(uint64_t{key.as_index()});
    if (auto number = numeric_key(key)) return is_valid_index(*number);
    return Object::has_property(agent, key);
}

// 10.4.5.4 [[DefineOwnProperty]] ( P, Desc )
Result<bool> TypedArrayObject::define_own_property(Agent& agent, PropertyKey key,
                                                   const PropertyDescriptor& desc) {
    double index;
    if (key.is_index())
        index = key.as_index();
    else if (auto number = numeric_key(key))
        index = *number;
    else
        return Object::define_own_property(agent, key, desc);
    if (!is_valid_index(index)) return false;
    if (buffer_->is_immutable())
        return is_compatible_property_descriptor(extensible_flag(), desc, TRY(get_own_property(agent, key)));
    if (desc.configurable && !*desc.configurable) return false;
    if (desc.enumerable && !*desc.enumerable) return false;
    if (desc.is_accessor_descriptor()) return false;
    if (desc.writable && !*desc.writable) return false;
    if (desc.value) TRY(set_element(agent, index, *desc.value));
    return true;
}

// 10.4.5.5 [[Get]] ( P, Receiver )
Result<Value> TypedArrayObject::get(Agent& agent, PropertyKey key, Value receiver) {
    if (key.is_index()) return get_element(agent, key.as_index());
    if (auto number = numeric_key(key)) {
        if (!is_valid_index(*number)) return Value::undefined();
        return get_element(agent, static_cast<uint64_t>(*number));
    }
    return Object::get(agent, key, receiver);
}

// 10.4.5.6 [[Set]] ( P, V, Receiver )
Result<bool> TypedArrayObject::set(Agent& agent, PropertyKey key, Value value, Value receiver) {
    double index;
    if (key.is_index())
        index = key.as_index();
    else if (auto number = numeric_key(key))
        index = *number;
    else
        return Object::set(agent, key, value, receiver);
    if (receiver == Value(this)) {
        if (buffer_->is_immutable()) return false;
        TRY(set_element(agent, index, value));
        return true;
    }
    if (!is_valid_index(index)) return true;
    auto own = TRY(get_own_property(agent, key));
    return ordinary_set_with_own_descriptor(agent, key, value, receiver, std::move(own));
}

// 10.4.5.7 [[Delete]] ( P )
Result<bool> TypedArrayObject::delete_property(Agent& agent, PropertyKey key) {
    if (key.is_index()) return !is_valid_index(uint64_t{key.as_index()});
    if (auto number = numeric_key(key)) return !is_valid_index(*number);
    return Object::delete_property(agent, key);
}

// 10.4.5.8 [[OwnPropertyKeys]] ( )
Result<void> TypedArrayObject::own_property_keys(Agent& agent, RootVector<Value>& keys) {
    size_t count = length().value_or(0);
    for (size_t i = 0; i < count; ++i) {
        Value key = TRY(TRY(PropertyKey::from_integer(agent, i)).to_value(agent));
        if (!keys.push_back(key)) return agent.out_of_memory();
        if (i % 4096 == 0) TRY(agent.poll_interrupts());
    }
    return Object::own_property_keys(agent, keys);
}

// --- 23.2.4 Abstract operations for TypedArray objects
// ----------------------------------------------------------

// 23.2.4.4 ValidateTypedArray ( O, order [ , accessMode ] )
Fallible<TypedArrayWitness> validate_typed_array(Agent& agent, Value value, const char* who,
                                                 AccessMode mode) {
    if (!value.is<TypedArrayObject>())
        return agent.throw_type_error(
            fmt::format("{} needs a typed array, not {}", who, display_string(value)));
    auto* array = value.as<TypedArrayObject>();
    if (mode == AccessMode::Write && array->buffer()->is_immutable())
        return agent.throw_type_error(
            fmt::format("{} cannot write to an immutable ArrayBuffer: copy it (slice) first", who));
    return TypedArrayWitness{array, TRY(revalidate_typed_array(agent, array, who))};
}

Fallible<size_t> revalidate_typed_array(Agent& agent, TypedArrayObject* array, const char* who) {
    auto length = array->length();
    if (!length) {
        return agent.throw_type_error(fmt::format("{}: the {} is {}", who, typed_array_name(array->type()),
                                                  array->buffer()->is_detached()
                                                      ? "detached from its ArrayBuffer"
                                                      : "out of the bounds of its buffer"));
    }
    return *length;
}

// 23.2.4.2 TypedArrayCreateFromConstructor ( constructor, argumentList [ , accessMode ] )
Result<TypedArrayObject*> typed_array_create_from_constructor(Agent& agent, Object* constructor,
                                                              std::span<const Value> arguments,
                                                              AccessMode mode) {
    Object* made = TRY(construct(agent, constructor, arguments));
    if (!made->is<TypedArrayObject>())
        return agent.throw_type_error(fmt::format("The constructor made {} where a typed array is needed",
                                                  display_string(Value(made))));
    TypedArrayWitness witness =
        TRY(validate_typed_array(agent, Value(made), "The constructor's result", mode));
    if (!PLANTED(BuffersShortSpecies) && arguments.size() == 1 && arguments[0].is_number() &&
        static_cast<double>(witness.length) < arguments[0].as_number()) {
        return agent.throw_type_error(
            fmt::format("The constructor made a typed array of length {}, and {} is needed", witness.length,
                        arguments[0].as_number()));
    }
    return witness.array;
}

// 23.2.4.1 TypedArraySpeciesCreate ( exemplar, argumentList [ , accessMode ] )
Result<TypedArrayObject*> typed_array_species_create(Agent& agent, TypedArrayObject* exemplar,
                                                     std::span<const Value> arguments, AccessMode mode) {
    Object* standard = TRY(agent.intrinsic(typed_array_constructor(exemplar->type())));
    Object* constructor = TRY(species_constructor(agent, exemplar, standard));
    TypedArrayObject* result = TRY(typed_array_create_from_constructor(agent, constructor, arguments, mode));
    if (result->is_bigint() != exemplar->is_bigint()) {
        return agent.throw_type_error(
            fmt::format("The species constructor of a {} made a {}: BigInt and Number elements do not mix",
                        typed_array_name(exemplar->type()), typed_array_name(result->type())));
    }
    return result;
}

// 23.2.4.3 TypedArrayCreateSameType ( exemplar, argumentList )
Fallible<TypedArrayObject*> typed_array_create_same_type(Agent& agent, TypedArrayObject* exemplar,
                                                         uint64_t length) {
    return TypedArrayObject::create_with_length(agent, nullptr, exemplar->type(), length);
}

Result<uint64_t> to_relative_index(Agent& agent, Value value, uint64_t length) {
    double relative = TRY(to_integer_or_infinity(agent, value));
    auto limit = static_cast<double>(length);
    if (relative < 0) return static_cast<uint64_t>(relative + limit < 0 ? 0 : relative + limit);
    return relative > limit ? length : static_cast<uint64_t>(relative);
}

Result<uint64_t> to_relative_end(Agent& agent, Value value, uint64_t length) {
    if (value.is_undefined()) return length;
    return to_relative_index(agent, value, length);
}

} // namespace heddle
