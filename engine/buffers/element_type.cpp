// Conversions between language values and raw elements.
#include "buffers/element_type.h"

#include "buffers/float16.h"
#include "sync/shared_memory.h"

namespace heddle {

const char* typed_array_name(ElementType type) {
    static constexpr const char* kNames[] = {
#define ELEMENT_TYPE(Name, Raw) #Name "Array",
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
    };
    return kNames[static_cast<size_t>(type)];
}

String* typed_array_name_atom(ElementType type) {
    switch (type) {
#define ELEMENT_TYPE(Name, Raw)                                                                              \
    case ElementType::Name:                                                                                  \
        return atoms::Name##Array;
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
    }
    HEDDLE_UNREACHABLE();
}

Intrinsic typed_array_constructor(ElementType type) {
    static constexpr Intrinsic kConstructors[] = {
#define ELEMENT_TYPE(Name, Raw) Intrinsic::Name##Array,
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
    };
    return kConstructors[static_cast<size_t>(type)];
}

Intrinsic typed_array_prototype(ElementType type) {
    static constexpr Intrinsic kPrototypes[] = {
#define ELEMENT_TYPE(Name, Raw) Intrinsic::Name##ArrayPrototype,
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
    };
    return kPrototypes[static_cast<size_t>(type)];
}

Result<Value> to_element_numeric(Agent& agent, ElementType type, Value value) {
    if (is_bigint_type(type)) return Value(TRY(to_bigint(agent, value)));
    if (value.is_number()) return value;
    return Value::number(TRY(to_number(agent, value)));
}

Result<uint64_t> to_element_bits(Agent& agent, ElementType type, Value value) {
    return element_bits(type, TRY(to_element_numeric(agent, type, value)));
}

uint64_t element_bits(ElementType type, Value numeric) {
    if (is_bigint_type(type)) return numeric.as_bigint()->to_uint64();
    return element_bits_from_number(type, numeric.as_number());
}

// 25.1.3.17 NumericToRawBytes ( type, value, isLittleEndian ), for Numbers
uint64_t element_bits_from_number(ElementType type, double number) {
    switch (type) {
    case ElementType::Int8:
    case ElementType::Uint8:
        return static_cast<uint8_t>(double_to_int32(number));
    case ElementType::Uint8Clamped: // 7.1.12 ToUint8Clamp
        if (!(number > 0)) return 0;
        if (number >= 255) return 255;
        return static_cast<uint8_t>(__builtin_nearbyint(number)); // ties to even
    case ElementType::Int16:
    case ElementType::Uint16:
        return static_cast<uint16_t>(double_to_int32(number));
    case ElementType::Int32:
    case ElementType::Uint32:
        return static_cast<uint32_t>(double_to_int32(number));
    case ElementType::Float16:
        return float16_from_double(number);
    case ElementType::Float32:
        if (number != number) return 0x7FC0'0000;
        return std::bit_cast<uint32_t>(static_cast<float>(number));
    case ElementType::Float64:
        if (number != number) return 0x7FF8'0000'0000'0000;
        return std::bit_cast<uint64_t>(number);
    case ElementType::BigInt64:
    case ElementType::BigUint64:
        break;
    }
    HEDDLE_UNREACHABLE();
}

double element_number(ElementType type, uint64_t bits) {
    switch (type) {
    case ElementType::Int8:
        return static_cast<int8_t>(bits);
    case ElementType::Uint8:
    case ElementType::Uint8Clamped:
        return static_cast<uint8_t>(bits);
    case ElementType::Int16:
        return static_cast<int16_t>(bits);
    case ElementType::Uint16:
        return static_cast<uint16_t>(bits);
    case ElementType::Int32:
        return static_cast<int32_t>(bits);
    case ElementType::Uint32:
        return static_cast<uint32_t>(bits);
    case ElementType::Float16:
        return float16_to_double(static_cast<uint16_t>(bits));
    case ElementType::Float32:
        return std::bit_cast<float>(static_cast<uint32_t>(bits));
    case ElementType::Float64:
        return std::bit_cast<double>(bits);
    case ElementType::BigInt64:
    case ElementType::BigUint64:
        break;
    }
    HEDDLE_UNREACHABLE();
}

// 25.1.3.14 RawBytesToNumeric ( type, rawBytes, isLittleEndian )
Fallible<Value> element_value(Agent& agent, ElementType type, uint64_t bits) {
    switch (type) {
    case ElementType::Int8:
        return Value::int32(static_cast<int8_t>(bits));
    case ElementType::Uint8:
    case ElementType::Uint8Clamped:
        return Value::int32(static_cast<uint8_t>(bits));
    case ElementType::Int16:
        return Value::int32(static_cast<int16_t>(bits));
    case ElementType::Uint16:
        return Value::int32(static_cast<uint16_t>(bits));
    case ElementType::Int32:
        return Value::int32(static_cast<int32_t>(bits));
    case ElementType::Uint32:
        return Value::number(static_cast<uint32_t>(bits));
    case ElementType::BigInt64:
        return Value(TRY(BigInt::from_int64(agent, static_cast<int64_t>(bits))));
    case ElementType::BigUint64:
        return Value(TRY(BigInt::from_uint64(agent, bits)));
    default:
        return Value::number(element_number(type, bits));
    }
}

uint64_t load_element_relaxed(size_t size, const void* address) {
    switch (size) {
    case 1:
        return sync::load_relaxed<uint8_t>(address);
    case 2:
        return sync::load_relaxed<uint16_t>(address);
    case 4:
        return sync::load_relaxed<uint32_t>(address);
    default:
        return sync::load_relaxed<uint64_t>(address);
    }
}

void store_element_relaxed(size_t size, void* address, uint64_t bits) {
    switch (size) {
    case 1:
        return sync::store_relaxed(address, static_cast<uint8_t>(bits));
    case 2:
        return sync::store_relaxed(address, static_cast<uint16_t>(bits));
    case 4:
        return sync::store_relaxed(address, static_cast<uint32_t>(bits));
    default:
        return sync::store_relaxed(address, bits);
    }
}

uint64_t load_element_tearing(size_t size, const void* address) {
    switch (size) {
    case 1:
        return sync::load_relaxed<uint8_t>(address);
    case 2:
        return sync::load_relaxed_tearing<uint16_t>(address);
    case 4:
        return sync::load_relaxed_tearing<uint32_t>(address);
    default:
        return sync::load_relaxed_tearing<uint64_t>(address);
    }
}

void store_element_tearing(size_t size, void* address, uint64_t bits) {
    switch (size) {
    case 1:
        return sync::store_relaxed(address, static_cast<uint8_t>(bits));
    case 2:
        return sync::store_relaxed_tearing(address, static_cast<uint16_t>(bits));
    case 4:
        return sync::store_relaxed_tearing(address, static_cast<uint32_t>(bits));
    default:
        return sync::store_relaxed_tearing(address, bits);
    }
}

} // namespace heddle
