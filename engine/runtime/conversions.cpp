// ECMA-262 7.1 Type Conversion and 7.2 Testing and Comparison Operations
#include "runtime/conversions.h"

#include "base/growable_array.h"
#include "runtime/array.h"
#include "runtime/bigint.h"
#include "runtime/operations.h"
#include "runtime/primitive_objects.h"
#include "runtime/proxy.h"

#include <cmath>
#include <fmt/core.h>

namespace heddle {

// 7.1.1 ToPrimitive ( input [ , preferredType ] )
Result<Value> to_primitive(Agent& agent, Value input, PreferredType preferred) {
    if (!input.is_object()) return input;
    agent.advance_user_code_epoch();
    Object* object = input.as_object();
    Value exotic = TRY(get_method(agent, input, symbols::toPrimitive));
    if (!exotic.is_undefined()) {
        String* hint = preferred == PreferredType::Default  ? static_cast<String*>(atoms::default_)
                       : preferred == PreferredType::String ? static_cast<String*>(atoms::string)
                                                            : static_cast<String*>(atoms::number);
        Value result = TRY(call(agent, exotic, input, {Value(hint)}));
        if (!result.is_object()) return result;
        return agent.throw_type_error("Symbol.toPrimitive of " + display_string(input) + " returned an object: it must return a primitive value");
    }
    // 7.1.1.1 OrdinaryToPrimitive
    bool string_first = preferred == PreferredType::String;
    for (int i = 0; i < 2; ++i) {
        PropertyKey name = (i == 0) == string_first ? PropertyKey(atoms::toString) : PropertyKey(atoms::valueOf);
        Value method = TRY(object->get(agent, name));
        if (!is_callable(method)) continue;
        Value result = TRY(call(agent, method, input));
        if (!result.is_object()) return result;
    }
    return agent.throw_type_error("Cannot convert " + display_string(input) + " to a primitive value: toString and valueOf return objects or are not functions");
}

// 7.1.2 ToBoolean ( argument )
bool to_boolean(Value value) {
    if (value.is_boolean()) return value.is_true();
    if (value.is_int32()) return value.as_int32() != 0;
    if (value.is_double()) return value.as_double() != 0 && !std::isnan(value.as_double());
    if (value.is_nullish()) return false;
    if (value.is_string()) return value.as_string()->length() != 0;
    if (value.is_bigint()) return !value.as_bigint()->is_zero();
    if (value.is_object()) return !value.as_object()->is_html_dda();
    return value.is_cell();
}

// 7.1.3 ToNumeric ( value )
Result<Value> to_numeric(Agent& agent, Value value) {
    if (value.is_number() || value.is_bigint()) return value;
    Value primitive = TRY(to_primitive(agent, value, PreferredType::Number));
    if (primitive.is_bigint()) return primitive;
    return Value::number(TRY(to_number(agent, primitive)));
}

// 7.1.4 ToNumber ( argument )
Result<double> to_number_slow(Agent& agent, Value value) {
    if (value.is_number()) return value.as_number();
    if (value.is_undefined()) return std::nan("");
    if (value.is_null() || value.is_false()) return 0.0;
    if (value.is_true()) return 1.0;
    if (value.is_string()) return string_to_number(TRY(value.as_string()->flatten(agent)));
    if (value.is_symbol()) return agent.throw_type_error("Cannot convert a Symbol value to a number");
    if (value.is_bigint()) return agent.throw_type_error("Cannot convert a BigInt value to a number: use Number(value)");
    return to_number_slow(agent, TRY(to_primitive(agent, value, PreferredType::Number)));
}

double truncate_to_integer_or_infinity(double number) {
    if (std::isnan(number)) return 0;
    return std::trunc(number) + 0.0; // no negative zero
}

// 7.1.5 ToIntegerOrInfinity ( argument )
Result<double> to_integer_or_infinity(Agent& agent, Value value) {
    agent.advance_user_code_epoch();
    if (value.is_int32()) return static_cast<double>(value.as_int32());
    return truncate_to_integer_or_infinity(TRY(to_number(agent, value)));
}

// The modulo 2^32 of 7.1.6 and 7.1.7, without a division.
int32_t double_to_int32(double d) {
    auto direct = static_cast<int32_t>(d >= -2147483648.0 && d <= 2147483647.0 ? d : 0);
    if (direct == d) return direct;
    auto bits = std::bit_cast<uint64_t>(d);
    int exponent = static_cast<int>(bits >> 52 & 0x7FF) - 1023;
    if (exponent < 0 || exponent > 83) return 0; // below one, or a multiple of 2^32, NaN, infinity
    uint64_t mantissa = (bits & 0xF'FFFF'FFFF'FFFF) | uint64_t{1} << 52;
    uint64_t integer = exponent <= 52 ? mantissa >> (52 - exponent) : mantissa << (exponent - 52);
    auto low = static_cast<uint32_t>(integer);
    return static_cast<int32_t>(bits >> 63 ? 0u - low : low);
}

Result<int32_t> to_int32(Agent& agent, Value value) {
    if (value.is_int32()) return value.as_int32();
    return double_to_int32(TRY(to_number(agent, value)));
}
Result<uint32_t> to_uint32(Agent& agent, Value value) { return static_cast<uint32_t>(TRY(to_int32(agent, value))); }
Result<int16_t> to_int16(Agent& agent, Value value) { return static_cast<int16_t>(TRY(to_int32(agent, value))); }
Result<uint16_t> to_uint16(Agent& agent, Value value) { return static_cast<uint16_t>(TRY(to_int32(agent, value))); }

// 7.1.13 ToBigInt ( argument )
Result<BigInt*> to_bigint(Agent& agent, Value value) {
    Value primitive = TRY(to_primitive(agent, value, PreferredType::Number));
    if (primitive.is_bigint()) return primitive.as_bigint();
    if (primitive.is_boolean()) return TRY(BigInt::from_int64(agent, primitive.is_true()));
    if (primitive.is_string()) {
        FlatView text = TRY(primitive.as_string()->flatten(agent));
        BigInt* bigint = TRY(BigInt::from_string(agent, text));
        if (!bigint) return agent.throw_syntax_error("Cannot convert " + display_string(primitive) + " to a BigInt: not an integer literal");
        return bigint;
    }
    return agent.throw_type_error("Cannot convert " + display_string(primitive) + " to a BigInt");
}

// 7.1.17 ToString ( argument )
Result<String*> to_string_slow(Agent& agent, Value value) {
    if (value.is_string()) return value.as_string();
    if (value.is_number()) return TRY(number_to_string(agent, value.as_number()));
    if (value.is_undefined()) return static_cast<String*>(atoms::undefined);
    if (value.is_null()) return static_cast<String*>(atoms::null);
    if (value.is_boolean()) return value.is_true() ? static_cast<String*>(atoms::true_) : static_cast<String*>(atoms::false_);
    if (value.is_symbol()) return agent.throw_type_error("Cannot convert a Symbol value to a string: use String(symbol) or symbol.description");
    if (value.is_bigint()) return TRY(value.as_bigint()->to_string(agent));
    return to_string_slow(agent, TRY(to_primitive(agent, value, PreferredType::String)));
}

// 7.1.18 ToObject ( argument )
Result<Object*> to_object_slow(Agent& agent, Value value) {
    if (value.is_object()) return value.as_object();
    Realm& realm = agent.realm();
    auto wrap = [&](CellKind kind, Intrinsic prototype) -> Result<Object*> {
        Shape* shape = TRY(realm.root_shape(prototype));
        return Result<Object*>(TRY(PrimitiveObject::create(agent, kind, shape, value)));
    };
    if (value.is_string()) {
        Shape* shape = TRY(realm.root_shape(Intrinsic::StringPrototype));
        return Result<Object*>(TRY(StringObject::create(agent, shape, value.as_string())));
    }
    if (value.is_number()) return wrap(CellKind::NumberObject, Intrinsic::NumberPrototype);
    if (value.is_boolean()) return wrap(CellKind::BooleanObject, Intrinsic::BooleanPrototype);
    if (value.is_symbol()) return wrap(CellKind::SymbolObject, Intrinsic::SymbolPrototype);
    if (value.is_bigint()) return wrap(CellKind::BigIntObject, Intrinsic::BigIntPrototype);
    return agent.throw_type_error(fmt::format("Cannot convert {} to an object", display_string(value)));
}

// 7.1.19 ToPropertyKey ( argument )
Result<PropertyKey> to_property_key_slow(Agent& agent, Value value) {
    if (value.is_string()) return TRY(PropertyKey::from_string(agent, value.as_string()));
    if (value.is_symbol()) return PropertyKey(value.as_symbol());
    if (value.is_double()) {
        double number = value.as_double();
        if (number >= 0 && number < 4294967295.0 && number == static_cast<uint32_t>(number))
            return PropertyKey::index(static_cast<uint32_t>(number));
    }
    Value primitive = TRY(to_primitive(agent, value, PreferredType::String));
    if (primitive.is_symbol()) return PropertyKey(primitive.as_symbol());
    String* string = TRY(to_string(agent, primitive));
    return TRY(PropertyKey::from_string(agent, string));
}

// 7.1.20 ToLength ( argument )
Result<uint64_t> to_length(Agent& agent, Value value) {
    double length = TRY(to_integer_or_infinity(agent, value));
    if (length <= 0) return uint64_t{0};
    return static_cast<uint64_t>(std::min(length, 9007199254740991.0));
}

// 7.1.21 CanonicalNumericIndexString ( argument )
std::optional<double> canonical_numeric_index(FlatView view) {
    if (view.empty() || !view.is_latin1()) return {};
    if (view.equals(FlatView("-0"))) return -0.0;
    uint8_t first = view.latin1()[0];
    if (first != '-' && first != 'I' && first != 'N' && (first < '0' || first > '9')) return {};
    double number = string_to_number(view);
    char buffer[32];
    size_t length = number_to_latin1(number, buffer);
    if (!view.equals(FlatView(std::string_view(buffer, length)))) return {};
    return number;
}

// 7.1.22 ToIndex ( value )
Result<uint64_t> to_index(Agent& agent, Value value) {
    double integer = TRY(to_integer_or_infinity(agent, value));
    if (integer < 0 || integer > 9007199254740991.0)
        return agent.throw_range_error(fmt::format("Invalid index {}: expected an integer from 0 to 2^53 - 1", display_string(Value::number(integer))));
    return static_cast<uint64_t>(integer);
}

// 7.2.1 RequireObjectCoercible ( argument )
Result<void> require_object_coercible(Agent& agent, Value value, std::string_view what) {
    if (!value.is_nullish()) return {};
    return agent.throw_type_error(fmt::format("{} called on {}", what, display_string(value)));
}

// 7.2.2 IsArray ( argument )
Result<bool> is_array(Agent& agent, Value value) {
    if (!value.is_object()) return false;
    Object* object = value.as_object();
    while (object->kind() == CellKind::Proxy) {
        auto* proxy = static_cast<Proxy*>(object);
        if (!proxy->handler()) return agent.throw_type_error("Cannot perform 'IsArray' on a proxy that has been revoked");
        object = proxy->target();
    }
    return object->kind() == CellKind::Array;
}

bool is_callable(Value value) { return value.is_object() && value.as_object()->is_callable(); }
bool is_constructor(Value value) { return value.is_object() && value.as_object()->is_constructor(); }

// 7.2.6 IsRegExp ( argument )
Result<bool> is_regexp(Agent& agent, Value value) {
    if (!value.is_object()) return false;
    Value matcher = TRY(value.as_object()->get(agent, symbols::match));
    if (!matcher.is_undefined()) return to_boolean(matcher);
    return value.as_object()->kind() == CellKind::RegExp;
}

namespace {

// Compares without allocating on the heap: ropes are walked leaf by leaf. Without memory for the whole way down, the walk
// begins again at the root where what it remembers ends.
class LeafWalk {
public:
    explicit LeafWalk(String* root) : root_(root) { descend(root, 0); }
    FlatView rest() const { return rest_; }
    void advance(uint32_t count) {
        position_ += count;
        rest_ = rest_.substring(count, rest_.length());
        while (rest_.empty() && position_ < root_->length()) {
            if (pending_.empty()) {
                descend(root_, position_);
            } else {
                String* next = pending_.back();
                pending_.pop_back();
                descend(next, 0);
            }
        }
    }

private:
    // To the leaf that holds the unit at `offset` of `string`.
    void descend(String* string, uint32_t offset) {
        while (string->is_rope()) {
            auto [left, right] = string->rope_parts();
            if (offset >= left->length() && offset != 0) {
                offset -= left->length();
                string = right;
                continue;
            }
            if (!pending_.push_back(right)) {
                // What lies deeper comes first.
                pending_.clear();
                if (pending_.capacity() != 0) HEDDLE_CHECK(pending_.push_back(right));
            }
            string = left;
        }
        FlatView leaf = string->flat_view();
        rest_ = leaf.substring(offset, leaf.length());
    }
    String* root_;
    uint32_t position_ = 0;
    GrowableArray<String*> pending_;
    FlatView rest_;
};

bool same_units(String* a, String* b) {
    if (a == b) return true;
    if (a->length() != b->length() || (a->is_atom() && b->is_atom())) return false;
    if (!a->is_rope() && !b->is_rope()) return a->flat_view().equals(b->flat_view());
    LeafWalk left(a);
    LeafWalk right(b);
    for (uint32_t remaining = a->length(); remaining > 0;) {
        uint32_t step = std::min(left.rest().length(), right.rest().length());
        if (!left.rest().substring(0, step).equals(right.rest().substring(0, step))) return false;
        remaining -= step;
        left.advance(step);
        right.advance(step);
    }
    return true;
}

// 7.2.11 SameValueNonNumber ( x, y ) for values that are not the same bits
bool same_cells(Value a, Value b) {
    if (!a.is_cell() || !b.is_cell()) return false;
    if (a.is_string() && b.is_string()) return same_units(a.as_string(), b.as_string());
    if (a.is_bigint() && b.is_bigint()) return BigInt::equal(a.as_bigint(), b.as_bigint());
    return false;
}

} // namespace

// 7.2.9 SameValue ( x, y )
bool same_value(Value a, Value b) {
    if (a.is_number() && b.is_number()) {
        double x = a.as_number();
        double y = b.as_number();
        if (std::isnan(x) && std::isnan(y)) return true;
        return x == y && std::signbit(x) == std::signbit(y);
    }
    return a == b || same_cells(a, b);
}

// 7.2.10 SameValueZero ( x, y )
bool same_value_zero(Value a, Value b) {
    if (a.is_number() && b.is_number()) {
        double x = a.as_number();
        double y = b.as_number();
        return x == y || (std::isnan(x) && std::isnan(y));
    }
    return a == b || same_cells(a, b);
}

// 7.2.14 IsStrictlyEqual ( x, y )
bool is_strictly_equal(Value a, Value b) {
    if (a.is_number() && b.is_number()) return a.as_number() == b.as_number();
    return a == b || same_cells(a, b);
}

// 7.2.13 IsLooselyEqual ( x, y )
Result<bool> is_loosely_equal(Agent& agent, Value x, Value y) {
    for (;;) {
        if (x.is_number() && y.is_number()) return x.as_number() == y.as_number();
        bool x_nullish = x.is_nullish() || (x.is_object() && x.as_object()->is_html_dda());
        bool y_nullish = y.is_nullish() || (y.is_object() && y.as_object()->is_html_dda());
        if (x.is_nullish() || y.is_nullish()) return x_nullish && y_nullish;
        if (x.is_object() && y.is_object()) return x == y;
        if ((x.is_string() && y.is_string()) || (x.is_boolean() && y.is_boolean()) || (x.is_symbol() && y.is_symbol()) ||
            (x.is_bigint() && y.is_bigint()))
            return is_strictly_equal(x, y);
        if (x.is_boolean()) {
            x = Value::int32(x.is_true());
            continue;
        }
        if (y.is_boolean()) {
            y = Value::int32(y.is_true());
            continue;
        }
        if (x.is_object()) {
            x = TRY(to_primitive(agent, x));
            continue;
        }
        if (y.is_object()) {
            y = TRY(to_primitive(agent, y));
            continue;
        }
        if (x.is_symbol() || y.is_symbol()) return false;
        if (x.is_bigint() || y.is_bigint()) {
            if (!x.is_bigint()) std::swap(x, y);
            if (y.is_string()) {
                FlatView text = TRY(y.as_string()->flatten(agent));
                BigInt* other = TRY(BigInt::from_string(agent, text));
                return other && BigInt::equal(x.as_bigint(), other);
            }
            auto order = BigInt::compare(x.as_bigint(), y.as_number());
            return order && *order == 0;
        }
        // A number and a string.
        double left = TRY(to_number(agent, x));
        double right = TRY(to_number(agent, y));
        return left == right;
    }
}

// 7.2.12 IsLessThan ( x, y, LeftFirst )
Result<bool> is_less_than(Agent& agent, Value x, Value y, bool left_first, bool& undefined_result) {
    undefined_result = false;
    Value px;
    Value py;
    if (left_first) {
        px = TRY(to_primitive(agent, x, PreferredType::Number));
        py = TRY(to_primitive(agent, y, PreferredType::Number));
    } else {
        py = TRY(to_primitive(agent, y, PreferredType::Number));
        px = TRY(to_primitive(agent, x, PreferredType::Number));
    }
    if (px.is_string() && py.is_string()) return TRY(compare_strings(agent, px.as_string(), py.as_string())) < 0;
    auto ordered = [&](std::optional<int> order) {
        undefined_result = !order;
        return order && *order < 0;
    };
    if (px.is_bigint() && py.is_string()) {
        FlatView text = TRY(py.as_string()->flatten(agent));
        BigInt* other = TRY(BigInt::from_string(agent, text));
        return ordered(other ? std::optional(BigInt::compare(px.as_bigint(), other)) : std::nullopt);
    }
    if (px.is_string() && py.is_bigint()) {
        FlatView text = TRY(px.as_string()->flatten(agent));
        BigInt* other = TRY(BigInt::from_string(agent, text));
        return ordered(other ? std::optional(BigInt::compare(other, py.as_bigint())) : std::nullopt);
    }
    Value nx = TRY(to_numeric(agent, px));
    Value ny = TRY(to_numeric(agent, py));
    if (nx.is_bigint() && ny.is_bigint()) return BigInt::compare(nx.as_bigint(), ny.as_bigint()) < 0;
    if (nx.is_bigint()) return ordered(BigInt::compare(nx.as_bigint(), ny.as_number()));
    if (ny.is_bigint()) {
        auto order = BigInt::compare(ny.as_bigint(), nx.as_number());
        return ordered(order ? std::optional(-*order) : std::nullopt);
    }
    double a = nx.as_number();
    double b = ny.as_number();
    undefined_result = std::isnan(a) || std::isnan(b);
    return a < b;
}

// 13.5.3 The typeof Operator
String* type_of(Value value) {
    if (value.is_number()) return atoms::number;
    if (value.is_undefined()) return atoms::undefined;
    if (value.is_null()) return atoms::object;
    if (value.is_boolean()) return atoms::boolean;
    if (value.is_string()) return atoms::string;
    if (value.is_symbol()) return atoms::symbol;
    if (value.is_bigint()) return atoms::bigint;
    Object* object = value.as_object();
    if (object->is_html_dda()) return atoms::undefined;
    return object->is_callable() ? static_cast<String*>(atoms::function) : static_cast<String*>(atoms::object);
}

// 6.2.6.4 FromPropertyDescriptor ( Desc )
Fallible<Value> from_property_descriptor(Agent& agent, const std::optional<PropertyDescriptor>& desc) {
    if (!desc) return Value::undefined();
    Object* prototype = TRY(agent.intrinsic(Intrinsic::ObjectPrototype));
    Object* object = TRY(Object::create(agent, prototype));
    if (desc->value) TRY(object->define_direct(agent, atoms::value, *desc->value));
    if (desc->writable) TRY(object->define_direct(agent, atoms::writable, Value::boolean(*desc->writable)));
    if (desc->get) TRY(object->define_direct(agent, atoms::get, *desc->get));
    if (desc->set) TRY(object->define_direct(agent, atoms::set, *desc->set));
    if (desc->enumerable) TRY(object->define_direct(agent, atoms::enumerable, Value::boolean(*desc->enumerable)));
    if (desc->configurable) TRY(object->define_direct(agent, atoms::configurable, Value::boolean(*desc->configurable)));
    return Value(object);
}

// 6.2.6.5 ToPropertyDescriptor ( Obj )
Result<PropertyDescriptor> to_property_descriptor(Agent& agent, Value value) {
    if (!value.is_object()) return agent.throw_type_error("Property description must be an object, got " + display_string(value));
    Object* object = value.as_object();
    PropertyDescriptor desc;
    auto field = [&](PropertyKey key) -> Result<std::optional<Value>> {
        if (!TRY(object->has_property(agent, key))) return std::optional<Value>();
        return std::optional(TRY(object->get(agent, key)));
    };
    if (auto enumerable = TRY(field(atoms::enumerable))) desc.enumerable = to_boolean(*enumerable);
    if (auto configurable = TRY(field(atoms::configurable))) desc.configurable = to_boolean(*configurable);
    desc.value = TRY(field(atoms::value));
    if (auto writable = TRY(field(atoms::writable))) desc.writable = to_boolean(*writable);
    desc.get = TRY(field(atoms::get));
    if (desc.get && !desc.get->is_undefined() && !is_callable(*desc.get))
        return agent.throw_type_error("Getter must be a function, got " + display_string(*desc.get));
    desc.set = TRY(field(atoms::set));
    if (desc.set && !desc.set->is_undefined() && !is_callable(*desc.set))
        return agent.throw_type_error("Setter must be a function, got " + display_string(*desc.set));
    if (desc.is_accessor_descriptor() && desc.is_data_descriptor())
        return agent.throw_type_error("Invalid property descriptor: it has both accessors and a value or writable");
    return desc;
}

// --- for messages -------------------------------------------------------------------------------------------

std::string shortened(std::string_view utf8, size_t bytes) {
    if (utf8.size() <= bytes) return std::string(utf8);
    while (bytes > 0 && (static_cast<uint8_t>(utf8[bytes]) & 0xC0) == 0x80)
        --bytes;
    return std::string(utf8.substr(0, bytes)) + "…";
}

std::string display_string(Value value) {
    if (value.is_empty()) return "<uninitialized>";
    if (value.is_undefined()) return "undefined";
    if (value.is_null()) return "null";
    if (value.is_boolean()) return value.is_true() ? "true" : "false";
    if (value.is_number()) {
        char buffer[32];
        return std::string(buffer, number_to_latin1(value.as_number(), buffer));
    }
    if (value.is_string()) {
        String* string = value.as_string();
        if (string->is_rope()) return fmt::format("a string of {} characters", string->length());
        FlatView view = string->flat_view();
        if (view.length() > 40) return "\"" + view.substring(0, 37).to_utf8() + "...\"";
        return "\"" + view.to_utf8() + "\"";
    }
    if (value.is_symbol()) return PropertyKey(value.as_symbol()).to_display_string();
    if (value.is_bigint()) {
        BigInt* bigint = value.as_bigint();
        if (bigint->limbs().size() > 1) return "a BigInt";
        uint64_t magnitude = bigint->is_zero() ? 0 : bigint->limbs()[0];
        return fmt::format("{}{}n", bigint->is_negative() ? "-" : "", magnitude);
    }
    if (!value.is_object()) return "an internal value";
    Object* object = value.as_object();
    if (object->is_callable()) {
        PropertySlot found;
        if (object->lookup_own_named(atoms::name, found) && !found.is_accessor()) {
            Value name = object->slot_value(found.slot);
            if (name.is_string() && !name.as_string()->is_rope() && name.as_string()->length() != 0)
                return "function " + name.as_string()->flat_view().short_utf8();
        }
        return "function";
    }
    return fmt::format("#<{}>", object->class_name_for_message());
}

} // namespace heddle
