// 21.2 BigInt Objects
#include "runtime/bigint.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/primitive_objects.h"

#include <cmath>

namespace heddle {

namespace {

// 21.2.1.1 BigInt ( value )
Result<Value> bigint_constructor(Agent& agent, const Arguments& arguments) {
    if (arguments.is_construct())
        return agent.throw_type_error("BigInt is not a constructor: call it without new");
    Value primitive = TRY(to_primitive(agent, arguments[0], PreferredType::Number));
    if (!primitive.is_number()) return Value(TRY(to_bigint(agent, primitive)));
    // 21.2.1.1.1 NumberToBigInt ( number )
    double number = primitive.as_number();
    if (!std::isfinite(number) || std::trunc(number) != number)
        return agent.throw_range_error("Cannot convert " + display_string(primitive) +
                                       " to a BigInt: it is not an integer");
    return Value(TRY(BigInt::from_double(agent, number)));
}

// 21.2.2.1 BigInt.asIntN ( bits, bigint )
Result<Value> bigint_as_int_n(Agent& agent, const Arguments& arguments) {
    uint64_t bits = TRY(to_index(agent, arguments[0]));
    BigInt* bigint = TRY(to_bigint(agent, arguments[1]));
    return Value(TRY(BigInt::as_int_n(agent, bits, bigint)));
}

// 21.2.2.2 BigInt.asUintN ( bits, bigint )
Result<Value> bigint_as_uint_n(Agent& agent, const Arguments& arguments) {
    uint64_t bits = TRY(to_index(agent, arguments[0]));
    BigInt* bigint = TRY(to_bigint(agent, arguments[1]));
    return Value(TRY(BigInt::as_uint_n(agent, bits, bigint)));
}

// 21.2.3.4.1 ThisBigIntValue ( value )
Fallible<BigInt*> this_bigint_value(Agent& agent, Value value, const char* method) {
    if (value.is_bigint()) return value.as_bigint();
    if (value.is_object() && value.as_object()->kind() == CellKind::BigIntObject)
        return value.as<PrimitiveObject>()->primitive().as_bigint();
    return agent.throw_type_error(std::string(method) + " was called on " + display_string(value) +
                                  ", which is not a BigInt");
}

// 21.2.3.2 BigInt.prototype.toLocaleString ( [ reserved1 [ , reserved2 ] ] )
Result<Value> bigint_prototype_to_locale_string(Agent& agent, const Arguments& arguments) {
    BigInt* bigint = TRY(this_bigint_value(agent, arguments.this_value(), "BigInt.prototype.toLocaleString"));
    return Value(TRY(bigint->to_string(agent, 10)));
}

// 21.2.3.3 BigInt.prototype.toString ( [ radix ] )
Result<Value> bigint_prototype_to_string(Agent& agent, const Arguments& arguments) {
    BigInt* bigint = TRY(this_bigint_value(agent, arguments.this_value(), "BigInt.prototype.toString"));
    double radix = arguments[0].is_undefined() ? 10 : TRY(to_integer_or_infinity(agent, arguments[0]));
    if (!(radix >= 2 && radix <= 36))
        return agent.throw_range_error("toString() needs a radix between 2 and 36");
    return Value(TRY(bigint->to_string(agent, static_cast<uint32_t>(radix))));
}

// 21.2.3.4 BigInt.prototype.valueOf ( )
Result<Value> bigint_prototype_value_of(Agent& agent, const Arguments& arguments) {
    return Value(TRY(this_bigint_value(agent, arguments.this_value(), "BigInt.prototype.valueOf")));
}

} // namespace

Fallible<Object*> create_bigint(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::BigInt, Intrinsic::BigIntPrototype,
                                                 bigint_constructor, 1, atoms::BigInt));
    const FunctionEntry functions[] = {
        {atoms::asIntN, bigint_as_int_n, 2},
        {atoms::asUintN, bigint_as_uint_n, 2},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    return constructor;
}

Fallible<Object*> create_bigint_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::BigIntPrototype, Intrinsic::BigInt));
    const FunctionEntry functions[] = {
        {atoms::toLocaleString, bigint_prototype_to_locale_string, 0},
        {atoms::toString, bigint_prototype_to_string, 0},
        {atoms::valueOf, bigint_prototype_value_of, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::BigInt));
    return prototype;
}

} // namespace heddle
