// %TypedArray%.prototype (ECMA-262 23.2.3): accessors, and the methods that move, search and copy elements.
#include "builtins/intrinsics.h"
#include "builtins/typed_array.h"

#include <fmt/core.h>

namespace heddle {

namespace {

/// Between polls a view stays; after one it is taken again.
constexpr uint64_t kElementsBetweenPolls = uint64_t{1} << 20;

// RequireInternalSlot ( O, [[TypedArrayName]] )
Fallible<TypedArrayObject*> this_typed_array(Agent& agent, Value value, const char* who) {
    if (value.is<TypedArrayObject>()) return value.as<TypedArrayObject>();
    return agent.throw_type_error(fmt::format("{} needs a typed array, not {}", who, display_string(value)));
}

// 23.2.3.2 get %TypedArray%.prototype.buffer
Result<Value> typed_array_buffer(Agent& agent, const Arguments& arguments) {
    return Value(
        TRY(this_typed_array(agent, arguments.this_value(), "get %TypedArray%.prototype.buffer"))->buffer());
}

// 23.2.3.3 get %TypedArray%.prototype.byteLength
Result<Value> typed_array_byte_length(Agent& agent, const Arguments& arguments) {
    auto* array =
        TRY(this_typed_array(agent, arguments.this_value(), "get %TypedArray%.prototype.byteLength"));
    return Value::number(uint64_t{array->length().value_or(0)} * array->element_size());
}

// 23.2.3.4 get %TypedArray%.prototype.byteOffset
Result<Value> typed_array_byte_offset(Agent& agent, const Arguments& arguments) {
    auto* array =
        TRY(this_typed_array(agent, arguments.this_value(), "get %TypedArray%.prototype.byteOffset"));
    return Value::number(uint64_t{array->is_out_of_bounds() ? 0 : array->byte_offset()});
}

// 23.2.3.18 get %TypedArray%.prototype.length
Result<Value> typed_array_length(Agent& agent, const Arguments& arguments) {
    auto* array = TRY(this_typed_array(agent, arguments.this_value(), "get %TypedArray%.prototype.length"));
    return Value::number(uint64_t{array->length().value_or(0)});
}

// 23.2.3.38 get %TypedArray%.prototype [ %Symbol.toStringTag% ]
Result<Value> typed_array_to_string_tag(Agent&, const Arguments& arguments) {
    if (!arguments.this_value().is<TypedArrayObject>()) return Value::undefined();
    return Value(typed_array_name_atom(arguments.this_value().as<TypedArrayObject>()->type()));
}

// 23.2.3.1 %TypedArray%.prototype.at ( index )
Result<Value> typed_array_at(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.at"));
    double relative = TRY(to_integer_or_infinity(agent, arguments[0]));
    double k = relative >= 0 ? relative : static_cast<double>(length) + relative;
    if (k < 0 || k >= static_cast<double>(length)) return Value::undefined();
    return TRY(array->get_element(agent, static_cast<uint64_t>(k)));
}

// 23.2.3.6 %TypedArray%.prototype.copyWithin ( target, start [ , end ] )
Result<Value> typed_array_copy_within(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "%TypedArray%.prototype.copyWithin";
    auto [array, length] = TRY(validate_typed_array(agent, arguments.this_value(), kWho, AccessMode::Write));
    uint64_t target = TRY(to_relative_index(agent, arguments[0], length));
    uint64_t start = TRY(to_relative_index(agent, arguments[1], length));
    uint64_t end = TRY(to_relative_end(agent, arguments[2], length));
    uint64_t count = end > start ? std::min(end - start, length - target) : 0;
    if (count == 0) return Value(array);
    // Coercion may have shrunk the array: what lies outside now is neither read nor written.
    uint64_t now = TRY(revalidate_typed_array(agent, array, kWho));
    uint64_t highest = std::max(start, target);
    if (highest >= now) return Value(array);
    count = std::min(count, now - highest);
    size_t size = array->element_size();
    View view = array->view(agent);
    TRY(copy_view_bytes(agent, view, target * size, view, start * size, count * size));
    return Value(array);
}

// 23.2.3.9 %TypedArray%.prototype.fill ( value [ , start [ , end ] ] )
Result<Value> typed_array_fill(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "%TypedArray%.prototype.fill";
    auto [array, length] = TRY(validate_typed_array(agent, arguments.this_value(), kWho, AccessMode::Write));
    uint64_t bits = TRY(to_element_bits(agent, array->type(), arguments[0]));
    uint64_t start = TRY(to_relative_index(agent, arguments[1], length));
    uint64_t end = TRY(to_relative_end(agent, arguments[2], length));
    end = std::min<uint64_t>(end, TRY(revalidate_typed_array(agent, array, kWho)));
    if (start >= end) return Value(array);
    while (start < end) {
        uint64_t stop = std::min(end, start + kElementsBetweenPolls);
        View view = array->view(agent);
        if (array->element_size() == 1) {
            sync::fill_relaxed(view.bytes(start, stop - start), static_cast<unsigned char>(bits),
                               stop - start);
        } else {
            for (uint64_t k = start; k < stop; ++k)
                view.store(array->type(), k, bits);
        }
        start = stop;
        TRY(agent.poll_interrupts());
    }
    return Value(array);
}

/// What an element is compared with when it is searched for: raw bits, or a Number for floats.
struct Needle {
    bool possible = false;
    bool by_number = false;
    bool nan = false; // SameValueZero of NaN
    uint64_t bits = 0;
    double number = 0;

    bool matches(ElementType type, uint64_t element) const {
        if (!by_number) return element == bits;
        double value = element_number(type, element);
        return value == number || (nan && value != value);
    }
};

enum class Equality : uint8_t { Strict, SameValueZero };

Fallible<Needle> make_needle(Agent& agent, ElementType type, Value value, Equality equality) {
    Needle needle;
    if (is_bigint_type(type)) {
        if (!value.is_bigint()) return needle;
        needle.bits = value.as_bigint()->to_uint64();
        // Only if the element can hold the value at all.
        Value back = TRY(element_value(agent, type, needle.bits));
        needle.possible = BigInt::equal(back.as_bigint(), value.as_bigint());
        return needle;
    }
    if (!value.is_number()) return needle;
    needle.number = value.as_number();
    if (is_float_type(type)) {
        needle.by_number = true;
        needle.nan = equality == Equality::SameValueZero && needle.number != needle.number;
        needle.possible = needle.nan || needle.number == needle.number;
        return needle;
    }
    needle.bits = element_bits_from_number(type, needle.number);
    needle.possible = element_number(type, needle.bits) == needle.number;
    return needle;
}

/// The first index in [from, to), in the given direction, whose element matches; or -1. The range lies inside
/// now.
Fallible<int64_t> search(Agent& agent, TypedArrayObject* array, const Needle& needle, uint64_t from,
                         uint64_t to, bool ascending) {
    constexpr uint64_t kStretch = uint64_t{1} << 16;
    ElementType type = array->type();
    for (uint64_t done = 0; done < to - from; done += kStretch) {
        View view = array->view(agent);
        uint64_t end = std::min(to - from, done + kStretch);
        for (uint64_t i = done; i < end; ++i) {
            uint64_t k = ascending ? from + i : to - 1 - i;
            if (needle.matches(type, view.load(type, k))) return static_cast<int64_t>(k);
        }
        TRY(agent.poll_interrupts());
    }
    return -1;
}

// 23.2.3.16 %TypedArray%.prototype.includes ( searchElement [ , fromIndex ] )
Result<Value> typed_array_includes(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.includes"));
    if (length == 0) return Value::boolean(false);
    uint64_t from = TRY(to_relative_index(agent, arguments[1], length));
    uint64_t now = std::min<uint64_t>(length, array->length().value_or(0));
    // Elements that are gone read as undefined.
    if (arguments[0].is_undefined()) return Value::boolean(std::max(from, now) < length);
    Needle needle = TRY(make_needle(agent, array->type(), arguments[0], Equality::SameValueZero));
    if (!needle.possible || from >= now) return Value::boolean(false);
    return Value::boolean(TRY(search(agent, array, needle, from, now, true)) >= 0);
}

// 23.2.3.17 %TypedArray%.prototype.indexOf ( searchElement [ , fromIndex ] )
Result<Value> typed_array_index_of(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.indexOf"));
    if (length == 0) return Value::int32(-1);
    uint64_t from = TRY(to_relative_index(agent, arguments[1], length));
    uint64_t now = std::min<uint64_t>(length, array->length().value_or(0));
    Needle needle = TRY(make_needle(agent, array->type(), arguments[0], Equality::Strict));
    if (!needle.possible || from >= now) return Value::int32(-1);
    return Value::number(TRY(search(agent, array, needle, from, now, true)));
}

// 23.2.3.21 %TypedArray%.prototype.lastIndexOf ( searchElement [ , fromIndex ] )
Result<Value> typed_array_last_index_of(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.lastIndexOf"));
    if (length == 0) return Value::int32(-1);
    auto last = static_cast<double>(length) - 1;
    double from = arguments.size() > 1 ? TRY(to_integer_or_infinity(agent, arguments[1])) : last;
    double k = from >= 0 ? std::min(from, last) : static_cast<double>(length) + from;
    if (k < 0) return Value::int32(-1);
    uint64_t end = std::min<uint64_t>(static_cast<uint64_t>(k) + 1, array->length().value_or(0));
    Needle needle = TRY(make_needle(agent, array->type(), arguments[0], Equality::Strict));
    if (!needle.possible) return Value::int32(-1);
    return Value::number(TRY(search(agent, array, needle, 0, end, false)));
}

// 23.2.3.18 %TypedArray%.prototype.join ( separator )
Result<Value> typed_array_join(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.join"));
    String* separator = arguments[0].is_undefined() ? &atoms::comma : TRY(to_string(agent, arguments[0]));
    StringBuilder builder(agent);
    for (uint64_t k = 0; k < length; ++k) {
        if (k > 0) TRY(builder.append(separator));
        Value element = TRY(array->get_element(agent, k));
        if (!element.is_undefined()) TRY(builder.append(TRY(to_string(agent, element))));
        if (k % 4096 == 0) TRY(agent.poll_interrupts());
    }
    return Value(TRY(builder.finish()));
}

// 23.2.3.32 %TypedArray%.prototype.toLocaleString ( )
Result<Value> typed_array_to_locale_string(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.toLocaleString"));
    StringBuilder builder(agent);
    for (uint64_t k = 0; k < length; ++k) {
        if (k > 0) TRY(builder.append(&atoms::comma));
        Value element = TRY(array->get_element(agent, k));
        if (!element.is_undefined()) {
            Value text = TRY(invoke(agent, element, atoms::toLocaleString));
            TRY(builder.append(TRY(to_string(agent, text))));
        }
        if (k % 4096 == 0) TRY(agent.poll_interrupts());
    }
    return Value(TRY(builder.finish()));
}

// 23.2.3.25 %TypedArray%.prototype.reverse ( )
Result<Value> typed_array_reverse(Agent& agent, const Arguments& arguments) {
    auto [array, length] = TRY(validate_typed_array(agent, arguments.this_value(),
                                                    "%TypedArray%.prototype.reverse", AccessMode::Write));
    ElementType type = array->type();
    for (size_t lower = 0; lower < length / 2;) {
        size_t stop = std::min<size_t>(length / 2, lower + kElementsBetweenPolls);
        for (View view = array->view(agent); lower < stop; ++lower) {
            size_t upper = length - 1 - lower;
            uint64_t low = view.load(type, lower);
            uint64_t high = view.load(type, upper);
            view.store(type, lower, high);
            view.store(type, upper, low);
        }
        TRY(agent.poll_interrupts());
    }
    return Value(array);
}

// 23.2.3.32 %TypedArray%.prototype.toReversed ( )
Result<Value> typed_array_to_reversed(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.toReversed"));
    TypedArrayObject* result = TRY(typed_array_create_same_type(agent, array, length));
    for (size_t k = 0; k < length;) {
        size_t stop = std::min<size_t>(length, k + kElementsBetweenPolls);
        View from = array->view(agent);
        for (View to = result->view(agent); k < stop; ++k)
            to.store(array->type(), k, from.load(array->type(), length - 1 - k));
        TRY(agent.poll_interrupts());
    }
    return Value(result);
}

// 23.2.3.26.1 SetTypedArrayFromTypedArray ( target, targetOffset, source )
Result<void> set_from_typed_array(Agent& agent, TypedArrayObject* target, double target_offset,
                                  TypedArrayObject* source) {
    constexpr const char* kWho = "%TypedArray%.prototype.set";
    size_t target_length = TRY(revalidate_typed_array(agent, target, kWho));
    size_t source_length = TRY(revalidate_typed_array(agent, source, kWho));
    if (target->is_bigint() != source->is_bigint()) {
        return agent.throw_type_error(
            fmt::format("{}: a {} cannot take the elements of a {}: BigInt and Number elements do not mix",
                        kWho, typed_array_name(target->type()), typed_array_name(source->type())));
    }
    if (static_cast<double>(source_length) + target_offset > static_cast<double>(target_length)) {
        return agent.throw_range_error(
            fmt::format("{}: {} elements from index {} on do not fit a length of {}", kWho, source_length,
                        target_offset, target_length));
    }
    auto offset = static_cast<size_t>(target_offset);
    size_t size = target->element_size();
    if (target->type() == source->type()) {
        TRY(copy_view_bytes(agent, target->view(agent), offset * size, source->view(agent), 0,
                            source_length * size));
        return {};
    }
    if (target->buffer()->store() != source->buffer()->store())
        return copy_typed_elements(agent, target, offset, source, 0, source_length);
    // Over the same bytes: converted from a copy.
    TypedArrayObject* copy =
        TRY(TypedArrayObject::create_with_length(agent, nullptr, source->type(), source_length));
    TRY(copy_view_bytes(agent, copy->view(agent), 0, source->view(agent), 0,
                        source_length * source->element_size()));
    return copy_typed_elements(agent, target, offset, copy, 0, source_length);
}

// 23.2.3.26.2 SetTypedArrayFromArrayLike ( target, targetOffset, source )
Result<void> set_from_array_like(Agent& agent, TypedArrayObject* target, double target_offset,
                                 Value source_value) {
    constexpr const char* kWho = "%TypedArray%.prototype.set";
    size_t target_length = TRY(revalidate_typed_array(agent, target, kWho));
    Object* source = TRY(to_object(agent, source_value));
    uint64_t source_length = TRY(length_of_array_like(agent, source));
    if (static_cast<double>(source_length) + target_offset > static_cast<double>(target_length)) {
        return agent.throw_range_error(
            fmt::format("{}: {} elements from index {} on do not fit a length of {}", kWho, source_length,
                        target_offset, target_length));
    }
    for (uint64_t k = 0; k < source_length; ++k) {
        Value value = TRY(source->get(agent, TRY(PropertyKey::from_integer(agent, k))));
        TRY(target->set_element(agent, target_offset + static_cast<double>(k), value));
        if (k % 4096 == 0) TRY(agent.poll_interrupts());
    }
    return {};
}

// 23.2.3.26 %TypedArray%.prototype.set ( source [ , offset ] )
Result<Value> typed_array_set(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "%TypedArray%.prototype.set";
    TypedArrayObject* target = TRY(this_typed_array(agent, arguments.this_value(), kWho));
    if (target->buffer()->is_immutable())
        return agent.throw_type_error(
            "%TypedArray%.prototype.set cannot write to an immutable ArrayBuffer: copy it (slice) first");
    double offset = TRY(to_integer_or_infinity(agent, arguments[1]));
    if (offset < 0)
        return agent.throw_range_error(fmt::format("{}: the offset {} is negative", kWho, offset));
    if (arguments[0].is<TypedArrayObject>())
        TRY(set_from_typed_array(agent, target, offset, arguments[0].as<TypedArrayObject>()));
    else
        TRY(set_from_array_like(agent, target, offset, arguments[0]));
    return Value::undefined();
}

// 23.2.3.27 %TypedArray%.prototype.slice ( start, end )
Result<Value> typed_array_slice(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "%TypedArray%.prototype.slice";
    auto [array, length] = TRY(validate_typed_array(agent, arguments.this_value(), kWho));
    uint64_t start = TRY(to_relative_index(agent, arguments[0], length));
    uint64_t end = TRY(to_relative_end(agent, arguments[1], length));
    uint64_t count = end > start ? end - start : 0;
    Value wanted = Value::number(count);
    TypedArrayObject* result = TRY(typed_array_species_create(agent, array, {&wanted, 1}, AccessMode::Write));
    if (count == 0) return Value(result);
    // The species constructor may have shrunk the array.
    uint64_t now =
        PLANTED(BuffersSliceStaleLength) ? length : TRY(revalidate_typed_array(agent, array, kWho));
    end = std::min(end, now);
    count = end > start ? end - start : 0;
    // The result was validated to have room, and nothing has run since.
    if (array->type() != result->type()) {
        for (uint64_t k = 0; k < count; ++k) {
            TRY(result->set_element(agent, static_cast<double>(k),
                                    TRY(array->get_element(agent, start + k))));
            if (k % 4096 == 0) TRY(agent.poll_interrupts());
        }
        return Value(result);
    }
    size_t size = array->element_size();
    View source(agent, array->buffer(), array->byte_offset(), end > start ? end * size : 0);
    TRY(copy_view_bytes_ascending(agent, result->view(agent), 0, source, start * size, count * size));
    return Value(result);
}

// 23.2.3.30 %TypedArray%.prototype.subarray ( start, end )
Result<Value> typed_array_subarray(Agent& agent, const Arguments& arguments) {
    TypedArrayObject* array =
        TRY(this_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.subarray"));
    uint64_t length = array->length().value_or(0);
    uint64_t start = TRY(to_relative_index(agent, arguments[0], length));
    Value list[3] = {Value(array->buffer()), Value(), Value()};
    size_t count = 2;
    if (!array->tracks_length() || !arguments[1].is_undefined()) {
        uint64_t end = TRY(to_relative_end(agent, arguments[1], length));
        list[2] = Value::number(end > start ? end - start : 0);
        count = 3;
    }
    list[1] = Value::number(array->byte_offset() + start * array->element_size());
    return Value(TRY(typed_array_species_create(agent, array, {list, count})));
}

// 23.2.3.36 %TypedArray%.prototype.with ( index, value )
Result<Value> typed_array_with(Agent& agent, const Arguments& arguments) {
    auto [array, length] =
        TRY(validate_typed_array(agent, arguments.this_value(), "%TypedArray%.prototype.with"));
    double relative = TRY(to_integer_or_infinity(agent, arguments[0]));
    double actual = relative >= 0 ? relative : static_cast<double>(length) + relative;
    Value value = TRY(to_element_numeric(agent, array->type(), arguments[1]));
    if (!array->is_valid_index(actual)) {
        return agent.throw_range_error(
            fmt::format("%TypedArray%.prototype.with: index {} is outside the array, whose length is {}",
                        relative, length));
    }
    TypedArrayObject* result = TRY(typed_array_create_same_type(agent, array, length));
    // Coercion may have shrunk the array; elements that are gone read as undefined, which is converted like
    // any value.
    size_t now = std::min(length, array->length().value_or(0));
    size_t size = array->element_size();
    TRY(copy_view_bytes(agent, result->view(agent), 0, array->view(agent), 0, now * size));
    for (size_t k = now; k < length && !PLANTED(BuffersWithForgetsTail); ++k)
        TRY(result->set_element(agent, static_cast<double>(k), Value::undefined()));
    if (actual < static_cast<double>(length))
        result->store_element_bits(agent, static_cast<uint64_t>(actual), element_bits(array->type(), value));
    return Value(result);
}

} // namespace

Fallible<Object*> create_typed_array_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    realm.set_intrinsic(Intrinsic::TypedArrayPrototype, prototype);
    Object* constructor = TRY(realm.intrinsic(Intrinsic::TypedArray));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(constructor), kBuiltinAttributes));
    const AccessorEntry accessors[] = {
        {atoms::buffer, typed_array_buffer},
        {atoms::byteLength, typed_array_byte_length},
        {atoms::byteOffset, typed_array_byte_offset},
        {atoms::length, typed_array_length},
        {symbols::toStringTag, typed_array_to_string_tag},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
        {atoms::at, typed_array_at, 1},
        {atoms::copyWithin, typed_array_copy_within, 2},
        {atoms::fill, typed_array_fill, 1},
        {atoms::includes, typed_array_includes, 1},
        {atoms::indexOf, typed_array_index_of, 1},
        {atoms::join, typed_array_join, 1},
        {atoms::lastIndexOf, typed_array_last_index_of, 1},
        {atoms::reverse, typed_array_reverse, 0},
        {atoms::set, typed_array_set, 1},
        {atoms::slice, typed_array_slice, 2},
        {atoms::subarray, typed_array_subarray, 2},
        {atoms::toLocaleString, typed_array_to_locale_string, 0},
        {atoms::toReversed, typed_array_to_reversed, 0},
        {atoms::with, typed_array_with, 2},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_typed_array_iteration(agent, realm, prototype));
    TRY(define_typed_array_sort(agent, realm, prototype));
    // 23.2.3.34 %TypedArray%.prototype.toString is the same function as %Array.prototype.toString%.
    Object* array_prototype = TRY(realm.intrinsic(Intrinsic::ArrayPrototype));
    if (auto to_string = array_prototype->own_property_direct(atoms::toString); to_string && to_string->value)
        TRY(prototype->define_direct(agent, atoms::toString, *to_string->value, kBuiltinAttributes));
    return prototype;
}

} // namespace heddle
