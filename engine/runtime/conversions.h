// Type conversion, testing and comparison (ECMA-262 7.1, 7.2). Fast cases inline, user code out of line.
#pragma once

#include "runtime/agent.h"

namespace heddle {

enum class PreferredType : uint8_t { Default, String, Number };

Result<Value> to_primitive(Agent&, Value, PreferredType = PreferredType::Default); // 7.1.1
bool to_boolean(Value);                                                              // 7.1.2
Result<Value> to_numeric(Agent&, Value);                                             // 7.1.3 Number or BigInt
Result<double> to_number_slow(Agent&, Value);
inline Result<double> to_number(Agent& agent, Value value) {                         // 7.1.4
    if (value.is_number()) [[likely]] return value.as_number();
    return to_number_slow(agent, value);
}
double string_to_number(FlatView); // 7.1.4.1.1 StringToNumber
Result<double> to_integer_or_infinity(Agent&, Value); // 7.1.5
double truncate_to_integer_or_infinity(double);
Result<int32_t> to_int32(Agent&, Value);              // 7.1.6
Result<uint32_t> to_uint32(Agent&, Value);            // 7.1.7
int32_t double_to_int32(double);
inline uint32_t double_to_uint32(double d) { return static_cast<uint32_t>(double_to_int32(d)); }
Result<int16_t> to_int16(Agent&, Value);
Result<uint16_t> to_uint16(Agent&, Value);
Result<BigInt*> to_bigint(Agent&, Value);             // 7.1.13
Result<String*> to_string_slow(Agent&, Value);
inline Result<String*> to_string(Agent& agent, Value value) { // 7.1.17
    if (value.is_string()) [[likely]] return value.as_string();
    return to_string_slow(agent, value);
}
Result<Object*> to_object_slow(Agent&, Value);
inline Result<Object*> to_object(Agent& agent, Value value) { // 7.1.18
    if (value.is_object()) [[likely]] return value.as_object();
    return to_object_slow(agent, value);
}
Result<PropertyKey> to_property_key_slow(Agent&, Value);
inline Result<PropertyKey> to_property_key(Agent& agent, Value value) { // 7.1.19
    if (value.is_int32() && value.as_int32() >= 0) return PropertyKey::index(static_cast<uint32_t>(value.as_int32()));
    return to_property_key_slow(agent, value);
}
Result<uint64_t> to_length(Agent&, Value);            // 7.1.20
/// 7.1.21 CanonicalNumericIndexString: the number that `key` spells, or nothing. Runs no user code.
std::optional<double> canonical_numeric_index(FlatView);
Result<uint64_t> to_index(Agent&, Value);             // 7.1.22, RangeError beyond 2^53-1

/// 6.1.6.1.20 Number::toString ( x, 10 )
Fallible<String*> number_to_string(Agent&, double);
/// Shortest decimal of a double, as Number::toString; needs at most 32 bytes.
size_t number_to_latin1(double, char* buffer);
/// Strips WhiteSpace and LineTerminator code units (22.1.3.32.1 TrimString).
FlatView trim_white_space(FlatView, bool start = true, bool end = true);
/// The value of digits of radix 2^bits, correctly rounded; nothing when one is no such digit or there is none.
std::optional<double> parse_power_of_two_digits(FlatView digits, int bits);
/// Number::toString with another radix (2..36).
std::string number_to_string_radix(double, int radix);
/// For messages: `"text"`, `3`, `[object Foo]`, `function f`; short, never runs user code.
std::string display_string(Value);
/// For messages: the beginning of a long UTF-8 text, with an ellipsis.
std::string shortened(std::string_view utf8, size_t bytes = 200);

Result<void> require_object_coercible(Agent&, Value, std::string_view what); // 7.2.1
Result<bool> is_array(Agent&, Value);                  // 7.2.2
bool is_callable(Value);                               // 7.2.3
bool is_constructor(Value);                            // 7.2.4
Result<bool> is_regexp(Agent&, Value);                 // 7.2.6
bool same_value(Value, Value);                         // 7.2.9; flat or rope strings compared by units
bool same_value_zero(Value, Value);                    // 7.2.10
Result<bool> is_less_than(Agent&, Value, Value, bool left_first, bool& undefined_result); // 7.2.12
Result<bool> is_loosely_equal(Agent&, Value, Value);   // 7.2.13
bool is_strictly_equal(Value, Value);                  // 7.2.14
/// 13.5.3 typeof, as a well-known atom.
String* type_of(Value);

/// 6.2.6.4 FromPropertyDescriptor, 6.2.6.5 ToPropertyDescriptor
Fallible<Value> from_property_descriptor(Agent&, const std::optional<PropertyDescriptor>&);
Result<PropertyDescriptor> to_property_descriptor(Agent&, Value);

} // namespace heddle
