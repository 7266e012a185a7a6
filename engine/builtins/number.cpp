// 21.1 Number Objects
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/bigint.h"
#include "runtime/primitive_objects.h"

#include <cmath>
#include <double-conversion/double-conversion.h>

namespace heddle {

namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

// 21.1.1.1 Number ( value )
Result<Value> number_constructor(Agent& agent, const Arguments& arguments) {
    Value number = Value::int32(0);
    if (arguments.size() > 0) {
        number = TRY(to_numeric(agent, arguments[0]));
        if (number.is_bigint()) number = Value::number(number.as_bigint()->to_double());
    }
    if (!arguments.is_construct()) return number;
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::NumberPrototype));
    return Value(TRY(PrimitiveObject::create(agent, CellKind::NumberObject, shape, number)));
}

bool is_integral(Value value) {
    return value.is_int32() || (value.is_double() && std::trunc(value.as_double()) == value.as_double() &&
                                std::isfinite(value.as_double()));
}

// 21.1.2.2 Number.isFinite ( number )
Result<Value> number_is_finite(Agent&, const Arguments& arguments) {
    return Value::boolean(arguments[0].is_number() && std::isfinite(arguments[0].as_number()));
}

// 21.1.2.3 Number.isInteger ( number )
Result<Value> number_is_integer(Agent&, const Arguments& arguments) {
    return Value::boolean(is_integral(arguments[0]));
}

// 21.1.2.4 Number.isNaN ( number )
Result<Value> number_is_nan(Agent&, const Arguments& arguments) {
    return Value::boolean(arguments[0].is_number() && std::isnan(arguments[0].as_number()));
}

// 21.1.2.5 Number.isSafeInteger ( number )
Result<Value> number_is_safe_integer(Agent&, const Arguments& arguments) {
    return Value::boolean(is_integral(arguments[0]) &&
                          std::fabs(arguments[0].as_number()) <= kMaxSafeInteger);
}

// 21.1.3.7.1 ThisNumberValue ( value )
Fallible<double> this_number_value(Agent& agent, Value value, const char* method) {
    if (value.is_number()) return value.as_number();
    if (value.is_object() && value.as_object()->kind() == CellKind::NumberObject)
        return value.as<PrimitiveObject>()->primitive().as_number();
    return agent.throw_type_error(std::string(method) + " was called on " + display_string(value) +
                                  ", which is not a number");
}

using Converter = double_conversion::DoubleToStringConverter;
constexpr int kBufferSize = 256; // 60 digits before the point and 100 after it are the most

Converter make_converter() {
    return Converter(Converter::UNIQUE_ZERO | Converter::EMIT_POSITIVE_EXPONENT_SIGN, "Infinity", "NaN", 'e',
                     -6, 21, 6, 0);
}

Fallible<Value> finish(Agent& agent, double_conversion::StringBuilder& builder) {
    size_t length = static_cast<size_t>(builder.position());
    const char* text = builder.Finalize();
    return Value(TRY(String::from_latin1(agent, {text, length})));
}

// 21.1.3.2 Number.prototype.toExponential ( fractionDigits )
Result<Value> number_prototype_to_exponential(Agent& agent, const Arguments& arguments) {
    double number = TRY(this_number_value(agent, arguments.this_value(), "Number.prototype.toExponential"));
    double digits = TRY(to_integer_or_infinity(agent, arguments[0]));
    if (!std::isfinite(number)) return Value(TRY(number_to_string(agent, number)));
    if (digits < 0 || digits > 100)
        return agent.throw_range_error("toExponential() needs between 0 and 100 digits");
    char buffer[kBufferSize];
    double_conversion::StringBuilder builder(buffer, kBufferSize);
    make_converter().ToExponential(number, arguments[0].is_undefined() ? -1 : static_cast<int>(digits),
                                   &builder);
    return finish(agent, builder);
}

// 21.1.3.3 Number.prototype.toFixed ( fractionDigits )
Result<Value> number_prototype_to_fixed(Agent& agent, const Arguments& arguments) {
    double number = TRY(this_number_value(agent, arguments.this_value(), "Number.prototype.toFixed"));
    double digits = TRY(to_integer_or_infinity(agent, arguments[0]));
    if (!(digits >= 0 && digits <= 100))
        return agent.throw_range_error("toFixed() needs between 0 and 100 digits");
    if (!std::isfinite(number) || std::fabs(number) >= 1e21)
        return Value(TRY(number_to_string(agent, number)));
    char buffer[kBufferSize];
    double_conversion::StringBuilder builder(buffer, kBufferSize);
    make_converter().ToFixed(number, static_cast<int>(digits), &builder);
    return finish(agent, builder);
}

// 21.1.3.4 Number.prototype.toLocaleString ( [ reserved1 [ , reserved2 ] ] )
Result<Value> number_prototype_to_locale_string(Agent& agent, const Arguments& arguments) {
    double number = TRY(this_number_value(agent, arguments.this_value(), "Number.prototype.toLocaleString"));
    return Value(TRY(number_to_string(agent, number)));
}

// 21.1.3.5 Number.prototype.toPrecision ( precision )
Result<Value> number_prototype_to_precision(Agent& agent, const Arguments& arguments) {
    double number = TRY(this_number_value(agent, arguments.this_value(), "Number.prototype.toPrecision"));
    if (arguments[0].is_undefined()) return Value(TRY(number_to_string(agent, number)));
    double precision = TRY(to_integer_or_infinity(agent, arguments[0]));
    if (!std::isfinite(number)) return Value(TRY(number_to_string(agent, number)));
    if (!(precision >= 1 && precision <= 100))
        return agent.throw_range_error("toPrecision() needs between 1 and 100 digits");
    char buffer[kBufferSize];
    double_conversion::StringBuilder builder(buffer, kBufferSize);
    make_converter().ToPrecision(number, static_cast<int>(precision), &builder);
    return finish(agent, builder);
}

// 21.1.3.6 Number.prototype.toString ( [ radix ] )
Result<Value> number_prototype_to_string(Agent& agent, const Arguments& arguments) {
    double number = TRY(this_number_value(agent, arguments.this_value(), "Number.prototype.toString"));
    double radix = arguments[0].is_undefined() ? 10 : TRY(to_integer_or_infinity(agent, arguments[0]));
    if (!(radix >= 2 && radix <= 36))
        return agent.throw_range_error("toString() needs a radix between 2 and 36");
    if (radix == 10) return Value(TRY(number_to_string(agent, number)));
    return Value(TRY(String::from_latin1(agent, number_to_string_radix(number, static_cast<int>(radix)))));
}

// 21.1.3.7 Number.prototype.valueOf ( )
Result<Value> number_prototype_value_of(Agent& agent, const Arguments& arguments) {
    return Value::number(TRY(this_number_value(agent, arguments.this_value(), "Number.prototype.valueOf")));
}

} // namespace

Fallible<Object*> create_number(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::Number, Intrinsic::NumberPrototype,
                                                 number_constructor, 1, atoms::Number));
    const struct {
        PropertyKey key;
        double value;
    } constants[] = {
        {atoms::EPSILON, 0x1p-52},
        {atoms::MAX_SAFE_INTEGER, kMaxSafeInteger},
        {atoms::MAX_VALUE, 0x1.fffffffffffffp+1023},
        {atoms::MIN_SAFE_INTEGER, -kMaxSafeInteger},
        {atoms::MIN_VALUE, 0x0.0000000000001p-1022},
        {atoms::NaN, __builtin_nan("")},
        {atoms::NEGATIVE_INFINITY, -HUGE_VAL},
        {atoms::POSITIVE_INFINITY, HUGE_VAL},
    };
    for (const auto& constant : constants)
        TRY(constructor->define_direct(agent, constant.key, Value::number(constant.value), kNone));
    const FunctionEntry functions[] = {
        {atoms::isFinite, number_is_finite, 1},
        {atoms::isInteger, number_is_integer, 1},
        {atoms::isNaN, number_is_nan, 1},
        {atoms::isSafeInteger, number_is_safe_integer, 1},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    TRY(constructor->define_direct(agent, atoms::parseFloat,
                                   Value(TRY(realm.intrinsic(Intrinsic::ParseFloat))), kBuiltinAttributes));
    TRY(constructor->define_direct(agent, atoms::parseInt, Value(TRY(realm.intrinsic(Intrinsic::ParseInt))),
                                   kBuiltinAttributes));
    return constructor;
}

Fallible<Object*> create_number_prototype(Agent& agent, Realm& realm) {
    Shape* shape = TRY(realm.root_shape(Intrinsic::ObjectPrototype));
    Object* prototype = TRY(PrimitiveObject::create(agent, CellKind::NumberObject, shape, Value::int32(0)));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::NumberPrototype, Intrinsic::Number));
    const FunctionEntry functions[] = {
        {atoms::toExponential, number_prototype_to_exponential, 1},
        {atoms::toFixed, number_prototype_to_fixed, 1},
        {atoms::toLocaleString, number_prototype_to_locale_string, 0},
        {atoms::toPrecision, number_prototype_to_precision, 1},
        {atoms::toString, number_prototype_to_string, 1},
        {atoms::valueOf, number_prototype_value_of, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    return prototype;
}

} // namespace heddle
