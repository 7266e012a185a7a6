// Operations on objects and values that take a Value where an Object is a special case (ECMA-262 7.3), and the
// arithmetic of 13.15 in its slow, generic form.
#pragma once

#include "runtime/conversions.h"

namespace heddle {

Result<Value> get_value(Agent&, Value base, PropertyKey);      // 7.3.3 GetV; TypeError on undefined and null
Result<Value> get_value(Agent&, Value base, Value key);        // with ToPropertyKey
/// PutValue on a property reference: `strict` decides whether a refusal throws.
Result<void> set_value(Agent&, Value base, PropertyKey, Value value, bool strict);
Result<Value> get_method(Agent&, Value, PropertyKey);          // 7.3.11: undefined or a callable
Result<Value> call(Agent&, Value function, Value this_value, std::span<const Value> arguments = {}); // 7.3.14
Result<Value> call(Agent&, Value function, Value this_value, std::initializer_list<Value> arguments);
Result<Object*> construct(Agent&, Object* constructor, std::span<const Value> arguments = {},
                          Object* new_target = nullptr);        // 7.3.15
Result<Value> invoke(Agent&, Value, PropertyKey, std::initializer_list<Value> arguments = {}); // 7.3.21

enum class IntegrityLevel : uint8_t { Sealed, Frozen };
Result<bool> set_integrity_level(Agent&, Object*, IntegrityLevel);   // 7.3.16
Result<bool> test_integrity_level(Agent&, Object*, IntegrityLevel);  // 7.3.17
Result<uint64_t> length_of_array_like(Agent&, Object*);              // 7.3.19
Result<void> create_list_from_array_like(Agent&, Value, RootVector<Value>&); // 7.3.20
Result<bool> ordinary_has_instance(Agent&, Value constructor, Value object); // 7.3.22
Result<bool> instance_of(Agent&, Value, Value target);               // 13.10.2
Result<Object*> species_constructor(Agent&, Object*, Object* default_constructor); // 7.3.23
enum class PropertyListKind : uint8_t { Key, Value, KeyAndValue };
Result<void> enumerable_own_properties(Agent&, Object*, PropertyListKind, RootVector<Value>&); // 7.3.24
Result<Realm*> get_function_realm(Agent&, Object*);                  // 7.3.25
Result<void> copy_data_properties(Agent&, Object* target, Value source, std::span<const PropertyKey> excluded); // 7.3.26
// 7.3.27 .. 7.3.31 private names: keys are private Symbols.
Result<Value> private_get(Agent&, Object*, Symbol*);
Result<void> private_set(Agent&, Object*, Symbol*, Value);
Result<void> private_field_add(Agent&, Object*, Symbol*, Value);
Result<void> private_method_or_accessor_add(Agent&, Object*, Symbol*, Value method_or_accessor_pair);
bool private_element_find(Object*, Symbol*);
// 10.1.13, 10.1.14
Result<Object*> get_prototype_from_constructor(Agent&, Object* constructor, Intrinsic default_prototype);
/// For constructors called with new: the root shape to use for an object of `constructor`.
Result<Shape*> shape_from_constructor(Agent&, Value new_target, Intrinsic default_prototype, uint32_t inline_capacity = 0);
/// 7.3.36 SetterThatIgnoresPrototypeProperties ( thisValue, home, p, value )
Result<void> setter_that_ignores_prototype_properties(Agent&, Value this_value, Object* home, PropertyKey, Value);
// 10.2.9 SetFunctionName, 10.2.10 SetFunctionLength
Fallible<void> set_function_name(Agent&, Object* function, PropertyKey name, std::string_view prefix = {});
Fallible<void> set_function_length(Agent&, Object* function, double length);

enum class NumericOperator : uint8_t { Add, Subtract, Multiply, Divide, Remainder, Exponentiate, ShiftLeft, ShiftRight, ShiftRightUnsigned, BitAnd, BitOr, BitXor };
/// 13.15.3 ApplyStringOrNumericBinaryOperator
Result<Value> apply_numeric_operator(Agent&, NumericOperator, Value, Value);
enum class NumericUnaryOperator : uint8_t { Plus, Minus, BitNot, Increment, Decrement };
Result<Value> apply_numeric_unary_operator(Agent&, NumericUnaryOperator, Value);
double number_exponentiate(double base, double exponent);
double number_remainder(double, double);

} // namespace heddle
