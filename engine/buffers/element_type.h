// The element types of typed arrays and DataViews, and the way from a language value to the raw bits of an
// element and back. Raw bits are the element's bytes as an unsigned integer in the processor's byte order,
// zero-extended.
#pragma once

#include "runtime/bigint.h"
#include "runtime/conversions.h"

namespace heddle {

enum class ElementType : uint8_t {
#define ELEMENT_TYPE(Name, Raw) Name,
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
};
inline constexpr int kElementTypeCount = 0
#define ELEMENT_TYPE(Name, Raw) +1
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
    ;

/// Bytes of one element: 1, 2, 4 or 8.
constexpr size_t element_size(ElementType type) {
    constexpr uint8_t kSizes[] = {
#define ELEMENT_TYPE(Name, Raw) sizeof(Raw),
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
    };
    return kSizes[static_cast<size_t>(type)];
}
/// log2 of element_size.
constexpr uint32_t element_shift(ElementType type) {
    return static_cast<uint32_t>(std::countr_zero(element_size(type)));
}

/// 25.1.3.11 IsBigIntElementType: [[ContentType]] is bigint.
constexpr bool is_bigint_type(ElementType type) {
    return type >= ElementType::BigInt64;
}
constexpr bool is_float_type(ElementType type) {
    return type >= ElementType::Float16 && type <= ElementType::Float64;
}
/// 25.1.3.10 IsUnclampedIntegerElementType
constexpr bool is_unclamped_integer_type(ElementType type) {
    return type <= ElementType::Uint32 && type != ElementType::Uint8Clamped;
}
/// "Int8Array" and so on. Static storage.
const char* typed_array_name(ElementType);
String* typed_array_name_atom(ElementType);
Intrinsic typed_array_constructor(ElementType);
Intrinsic typed_array_prototype(ElementType);

/// ToNumber or ToBigInt, as the content type asks; then the raw bits (25.1.3.17 NumericToRawBytes).
Result<uint64_t> to_element_bits(Agent&, ElementType, Value);
/// The coercion alone: a Number or a BigInt.
Result<Value> to_element_numeric(Agent&, ElementType, Value);
/// The raw bits of a value that to_element_numeric returned.
uint64_t element_bits(ElementType, Value numeric);
uint64_t element_bits_from_number(ElementType, double);
/// 25.1.3.14 RawBytesToNumeric. Allocates for BigInts.
Fallible<Value> element_value(Agent&, ElementType, uint64_t bits);
/// The Number of an element whose content type is number.
double element_number(ElementType, uint64_t bits);

/// The bits with their bytes in the other order.
constexpr uint64_t swap_element_bytes(size_t size, uint64_t bits) {
    return __builtin_bswap64(bits) >> (64 - 8 * size);
}

/// Relaxed access of an element at its natural alignment; 64-bit ones do not tear either.
uint64_t load_element_relaxed(size_t size, const void* address);
void store_element_relaxed(size_t size, void* address, uint64_t bits);
/// The same at any alignment; may tear.
uint64_t load_element_tearing(size_t size, const void* address);
void store_element_tearing(size_t size, void* address, uint64_t bits);

} // namespace heddle
