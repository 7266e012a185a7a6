// 21.3 The Math Object
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/iterator.h"

#include <cmath>

namespace heddle {

namespace {

/// The functions of one number that are the C library's own.
template<double (*function)(double)>
Result<Value> math_unary(Agent& agent, const Arguments& arguments) {
    return Value::number(function(TRY(to_number(agent, arguments[0]))));
}

// 21.3.2.1 Math.abs ( x )
double absolute(double x) {
    return std::fabs(x);
}
double arc_cosine(double x) {
    return std::acos(x);
}
double arc_cosine_hyperbolic(double x) {
    return std::acosh(x);
}
double arc_sine(double x) {
    return std::asin(x);
}
double arc_sine_hyperbolic(double x) {
    return std::asinh(x);
}
double arc_tangent(double x) {
    return std::atan(x);
}
double arc_tangent_hyperbolic(double x) {
    return std::atanh(x);
}
double cube_root(double x) {
    return std::cbrt(x);
}
double ceiling(double x) {
    return std::ceil(x);
}
double cosine(double x) {
    return std::cos(x);
}
double cosine_hyperbolic(double x) {
    return std::cosh(x);
}
double exponential(double x) {
    return std::exp(x);
}
double exponential_minus_1(double x) {
    return std::expm1(x);
}
double floor_of(double x) {
    return std::floor(x);
}
double to_float(double x) {
    return static_cast<double>(static_cast<float>(x));
}
double logarithm(double x) {
    return std::log(x);
}
double logarithm_plus_1(double x) {
    return std::log1p(x);
}
double logarithm_10(double x) {
    return std::log10(x);
}
double logarithm_2(double x) {
    return std::log2(x);
}
double sine(double x) {
    return std::sin(x);
}
double sine_hyperbolic(double x) {
    return std::sinh(x);
}
double square_root(double x) {
    return std::sqrt(x);
}
double tangent(double x) {
    return std::tan(x);
}
double tangent_hyperbolic(double x) {
    return std::tanh(x);
}
double truncate(double x) {
    return std::trunc(x);
}

// 21.3.2.17 Math.f16round ( x ): to the nearest binary16, ties to even, in units of its last place there.
double to_float16(double x) {
    if (x == 0 || !std::isfinite(x)) return x;
    int exponent = std::max(std::ilogb(x), -14);
    double rounded = std::ldexp(std::nearbyint(std::ldexp(x, 10 - exponent)), exponent - 10);
    if (std::fabs(rounded) > 65504) return std::copysign(HUGE_VAL, x);
    return std::copysign(rounded, x);
}

// 21.3.2.29 Math.round ( x )
double round_half_up(double x) {
    if (!std::isfinite(x)) return x;
    double below = std::floor(x);
    return std::copysign(x - below >= 0.5 ? below + 1 : below, x);
}

// 21.3.2.30 Math.sign ( x )
double sign(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

// 21.3.2.8 Math.atan2 ( y, x )
Result<Value> math_atan2(Agent& agent, const Arguments& arguments) {
    double y = TRY(to_number(agent, arguments[0]));
    double x = TRY(to_number(agent, arguments[1]));
    return Value::number(std::atan2(y, x));
}

// 21.3.2.11 Math.clz32 ( x )
Result<Value> math_clz32(Agent& agent, const Arguments& arguments) {
    uint32_t number = TRY(to_uint32(agent, arguments[0]));
    return Value::int32(std::countl_zero(number));
}

// 21.3.2.19 Math.hypot ( ...args )
Result<Value> math_hypot(Agent& agent, const Arguments& arguments) {
    RootVector<Value> numbers(agent.heap());
    bool infinite = false;
    bool nan = false;
    double largest = 0;
    for (Value argument : arguments.values()) {
        double number = std::fabs(TRY(to_number(agent, argument)));
        infinite |= std::isinf(number);
        nan |= std::isnan(number);
        largest = std::max(largest, number);
        if (!numbers.push_back(Value::float64(number))) return agent.out_of_memory();
    }
    if (infinite) return Value::number(HUGE_VAL);
    if (nan) return Value::number(std::nan(""));
    if (largest == 0) return Value::int32(0);
    // In units of a power of two near the largest, so that no square overflows or loses its digits;
    // compensated.
    int exponent = std::ilogb(largest);
    double sum = 0;
    double compensation = 0;
    for (Value value : numbers) {
        double scaled = std::ldexp(value.as_double(), -exponent);
        double square = scaled * scaled;
        double square_error = std::fma(scaled, scaled, -square);
        double next = sum + square;
        compensation += (sum >= square ? (sum - next) + square : (square - next) + sum) + square_error;
        sum = next;
    }
    double total = sum + compensation;
    double root = std::sqrt(total);
    // One Newton step with the exact residue of the root.
    double residue = std::fma(-root, root, sum) + compensation;
    root += residue / (2 * root);
    return Value::number(std::ldexp(root, exponent));
}

// 21.3.2.20 Math.imul ( x, y )
Result<Value> math_imul(Agent& agent, const Arguments& arguments) {
    uint32_t x = TRY(to_uint32(agent, arguments[0]));
    uint32_t y = TRY(to_uint32(agent, arguments[1]));
    return Value::int32(static_cast<int32_t>(x * y));
}

// 21.3.2.25 Math.max ( ...args )
Result<Value> math_max(Agent& agent, const Arguments& arguments) {
    double highest = -HUGE_VAL;
    bool nan = false;
    for (Value argument : arguments.values()) {
        double number = TRY(to_number(agent, argument));
        nan |= std::isnan(number);
        if (number > highest || (number == 0 && highest == 0 && !std::signbit(number))) highest = number;
    }
    return Value::number(nan ? std::nan("") : highest);
}

// 21.3.2.26 Math.min ( ...args )
Result<Value> math_min(Agent& agent, const Arguments& arguments) {
    double lowest = HUGE_VAL;
    bool nan = false;
    for (Value argument : arguments.values()) {
        double number = TRY(to_number(agent, argument));
        nan |= std::isnan(number);
        if (number < lowest || (number == 0 && lowest == 0 && std::signbit(number))) lowest = number;
    }
    return Value::number(nan ? std::nan("") : lowest);
}

// 21.3.2.27 Math.pow ( base, exponent )
Result<Value> math_pow(Agent& agent, const Arguments& arguments) {
    double base = TRY(to_number(agent, arguments[0]));
    double exponent = TRY(to_number(agent, arguments[1]));
    return Value::number(number_exponentiate(base, exponent));
}

// 21.3.2.28 Math.random ( ): xorshift128+ over the agent's state
Result<Value> math_random(Agent& agent, const Arguments&) {
    uint64_t x = agent.random_state[0];
    uint64_t y = agent.random_state[1];
    agent.random_state[0] = y;
    x ^= x << 23;
    x ^= x >> 17;
    x ^= y ^ (y >> 26);
    agent.random_state[1] = x;
    return Value::number(static_cast<double>((x + y) >> 11) * 0x1p-53);
}

/// The exact sum of doubles: a fixed-point number of 32-bit digits, kept in 64 bits each so that carries can
/// wait.
class ExactSum {
public:
    void add(double x) {
        int exponent;
        // x = mantissa * 2^(exponent - 53), mantissa an integer below 2^53
        auto mantissa = static_cast<int64_t>(std::ldexp(std::frexp(std::fabs(x), &exponent), 53));
        int position = exponent - 53 + kBias;
        if (position < 0) { // a subnormal's low bits are zero
            mantissa >>= -position;
            position = 0;
        }
        int digit = position / 32;
        auto wide = static_cast<unsigned __int128>(mantissa) << (position % 32);
        for (int i = 0; i < 3; ++i) {
            auto part = static_cast<int64_t>(static_cast<uint32_t>(wide >> (32 * i)));
            digits_[digit + i] += x < 0 ? -part : part;
        }
        if (++pending_ == kMaxPending) normalize();
    }

    double round() {
        normalize();
        bool negative = digits_[kDigits - 1] < 0;
        if (negative) {
            for (int64_t& digit : digits_)
                digit = -digit;
            normalize();
        }
        int top = kDigits - 1;
        while (top >= 0 && digits_[top] == 0)
            --top;
        if (top < 0) return 0;
        // 64 leading bits and whether anything follows.
        int bits = top * 32 + 32 - std::countl_zero(static_cast<uint32_t>(digits_[top]));
        uint64_t leading = 0;
        bool sticky = false;
        for (int bit = bits - 1; bit >= 0 && bit > bits - 1 - 64; --bit)
            leading = leading << 1 | static_cast<uint64_t>(digits_[bit / 32] >> (bit % 32) & 1);
        int low = std::max(bits - 64, 0);
        for (int bit = 0; bit < low && !sticky; ++bit)
            sticky = digits_[bit / 32] >> (bit % 32) & 1;
        // At a scale of 2^(low - kBias), rounded to 53 bits (or fewer for subnormals, which are exact: low is
        // 0 there).
        uint64_t mantissa = leading;
        int width = 64 - std::countl_zero(leading);
        int drop = width - 53;
        int scale = low - kBias;
        if (drop > 0) {
            uint64_t lost = mantissa & ((uint64_t{1} << drop) - 1);
            uint64_t half = uint64_t{1} << (drop - 1);
            mantissa >>= drop;
            scale += drop;
            if (lost > half || (lost == half && (sticky || (mantissa & 1)))) ++mantissa;
        }
        double sum = std::ldexp(static_cast<double>(mantissa), scale);
        return negative ? -sum : sum;
    }

private:
    static constexpr int kBias = 1074;
    static constexpr int kDigits = 70; // 1074 + 1024 bits, 64 more for carries, and room for the third part
    static constexpr uint32_t kMaxPending = 1u << 29;
    void normalize() {
        pending_ = 0;
        int64_t carry = 0;
        for (int i = 0; i < kDigits - 1; ++i) {
            int64_t total = digits_[i] + carry;
            carry = total >> 32;
            digits_[i] = total & 0xFFFF'FFFF;
        }
        digits_[kDigits - 1] += carry; // keeps the sign
    }
    int64_t digits_[kDigits] = {};
    uint32_t pending_ = 0;
};

// 21.3.2.34 Math.sumPrecise ( items )
Result<Value> math_sum_precise(Agent& agent, const Arguments& arguments) {
    TRY(require_object_coercible(agent, arguments[0], "Math.sumPrecise"));
    ExactSum sum;
    bool any_but_minus_zero = false;
    bool nan = false;
    bool plus_infinity = false;
    bool minus_infinity = false;
    uint64_t count = 0;
    TRY(iterate(agent, arguments[0], [&](Value item) -> Result<void> {
        if (++count >= uint64_t{9007199254740991})
            return agent.throw_range_error("Math.sumPrecise can add fewer than 2^53 - 1 numbers");
        if ((count & 0xFFF) == 0) TRY(agent.poll_interrupts());
        if (!item.is_number())
            return agent.throw_type_error("Math.sumPrecise adds numbers only, got " + display_string(item));
        double number = item.as_number();
        nan |= std::isnan(number);
        plus_infinity |= number == HUGE_VAL;
        minus_infinity |= number == -HUGE_VAL;
        any_but_minus_zero |= number != 0 || !std::signbit(number);
        if (std::isfinite(number) && number != 0) sum.add(number);
        return {};
    }));
    if (nan || (plus_infinity && minus_infinity)) return Value::number(std::nan(""));
    if (plus_infinity) return Value::number(HUGE_VAL);
    if (minus_infinity) return Value::number(-HUGE_VAL);
    if (!any_but_minus_zero) return Value::number(-0.0);
    return Value::number(sum.round());
}

} // namespace

Fallible<Object*> create_math(Agent& agent, Realm& realm) {
    Object* math = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    const struct {
        PropertyKey key;
        double value;
    } constants[] = {
        {atoms::E, 2.7182818284590452354},    {atoms::LN10, 2.302585092994046},
        {atoms::LN2, 0.6931471805599453},     {atoms::LOG10E, 0.4342944819032518},
        {atoms::LOG2E, 1.4426950408889634},   {atoms::PI, 3.1415926535897932},
        {atoms::SQRT1_2, 0.7071067811865476}, {atoms::SQRT2, 1.4142135623730951},
    };
    for (const auto& constant : constants)
        TRY(math->define_direct(agent, constant.key, Value::number(constant.value), kNone));
    TRY(define_to_string_tag(agent, math, atoms::Math));
    const FunctionEntry functions[] = {
        {atoms::abs, math_unary<absolute>, 1},
        {atoms::acos, math_unary<arc_cosine>, 1},
        {atoms::acosh, math_unary<arc_cosine_hyperbolic>, 1},
        {atoms::asin, math_unary<arc_sine>, 1},
        {atoms::asinh, math_unary<arc_sine_hyperbolic>, 1},
        {atoms::atan, math_unary<arc_tangent>, 1},
        {atoms::atanh, math_unary<arc_tangent_hyperbolic>, 1},
        {atoms::atan2, math_atan2, 2},
        {atoms::cbrt, math_unary<cube_root>, 1},
        {atoms::ceil, math_unary<ceiling>, 1},
        {atoms::clz32, math_clz32, 1},
        {atoms::cos, math_unary<cosine>, 1},
        {atoms::cosh, math_unary<cosine_hyperbolic>, 1},
        {atoms::exp, math_unary<exponential>, 1},
        {atoms::expm1, math_unary<exponential_minus_1>, 1},
        {atoms::floor, math_unary<floor_of>, 1},
        {atoms::fround, math_unary<to_float>, 1},
        {atoms::f16round, math_unary<to_float16>, 1},
        {atoms::hypot, math_hypot, 2},
        {atoms::imul, math_imul, 2},
        {atoms::log, math_unary<logarithm>, 1},
        {atoms::log1p, math_unary<logarithm_plus_1>, 1},
        {atoms::log10, math_unary<logarithm_10>, 1},
        {atoms::log2, math_unary<logarithm_2>, 1},
        {atoms::max, math_max, 2},
        {atoms::min, math_min, 2},
        {atoms::pow, math_pow, 2},
        {atoms::random, math_random, 0},
        {atoms::round, math_unary<round_half_up>, 1},
        {atoms::sign, math_unary<sign>, 1},
        {atoms::sin, math_unary<sine>, 1},
        {atoms::sinh, math_unary<sine_hyperbolic>, 1},
        {atoms::sqrt, math_unary<square_root>, 1},
        {atoms::sumPrecise, math_sum_precise, 1},
        {atoms::tan, math_unary<tangent>, 1},
        {atoms::tanh, math_unary<tangent_hyperbolic>, 1},
        {atoms::trunc, math_unary<truncate>, 1},
    };
    TRY(define_functions(agent, realm, math, functions));
    return math;
}

} // namespace heddle
