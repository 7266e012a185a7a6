// BigInt arithmetic (ECMA-262 6.1.6.2): sign and magnitude over GMP's mpn functions, which never allocate.
#include "runtime/bigint.h"

#include "runtime/agent.h"
#include "runtime/conversions.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gmp.h>

namespace heddle {

static_assert(sizeof(mp_limb_t) == sizeof(BigInt::Limb) && GMP_NUMB_BITS == 64);

namespace {

using Limb = BigInt::Limb;

mp_limb_t* raw(Limb* limbs) { return reinterpret_cast<mp_limb_t*>(limbs); }
const mp_limb_t* raw(const Limb* limbs) { return reinterpret_cast<const mp_limb_t*>(limbs); }

/// Scratch limbs: on the stack when few, else from malloc, which may fail.
class Scratch {
public:
    explicit Scratch(size_t count) {
        limbs_ = count <= std::size(inline_) ? inline_ : static_cast<Limb*>(__builtin_malloc(count * sizeof(Limb)));
        size_ = count;
    }
    ~Scratch() {
        if (limbs_ != inline_) __builtin_free(limbs_);
    }
    Scratch(const Scratch&) = delete;
    bool ok() const { return limbs_ != nullptr; }
    Limb* data() { return limbs_; }
    std::span<Limb> span(size_t count) { return {limbs_, count}; }
    void clear() { __builtin_memset(limbs_, 0, size_ * sizeof(Limb)); }

private:
    Limb inline_[16];
    Limb* limbs_;
    size_t size_;
};

std::span<const Limb> normalize(std::span<const Limb> limbs) {
    size_t count = limbs.size();
    while (count > 0 && limbs[count - 1] == 0)
        --count;
    return limbs.first(count);
}

int compare_magnitudes(std::span<const Limb> a, std::span<const Limb> b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return a.empty() ? 0 : mpn_cmp(raw(a.data()), raw(b.data()), static_cast<mp_size_t>(a.size()));
}

Failed too_big(Agent& agent) { return agent.throw_range_error("Maximum BigInt size exceeded: a BigInt holds at most 16777216 bits"); }

size_t bit_length(std::span<const Limb> limbs) {
    return limbs.empty() ? 0 : limbs.size() * 64 - static_cast<size_t>(std::countl_zero(limbs.back()));
}

} // namespace

Fallible<BigInt*> BigInt::from_limbs(Agent& agent, std::span<const Limb> limbs, bool negative) {
    limbs = normalize(limbs);
    if (limbs.size() > kMaxLimbs) return too_big(agent);
    BigInt* bigint = TRY(agent.heap().allocate<BigInt>(limbs.size() * sizeof(Limb), static_cast<uint32_t>(limbs.size()), negative && !limbs.empty()));
    std::copy(limbs.begin(), limbs.end(), reinterpret_cast<Limb*>(bigint + 1));
    return bigint;
}

Fallible<BigInt*> BigInt::from_int64(Agent& agent, int64_t value) {
    Limb limb = value < 0 ? 0 - static_cast<Limb>(value) : static_cast<Limb>(value);
    return from_limbs(agent, {&limb, 1}, value < 0);
}

Fallible<BigInt*> BigInt::from_uint64(Agent& agent, uint64_t value) { return from_limbs(agent, {&value, 1}, false); }

Fallible<BigInt*> BigInt::from_double(Agent& agent, double value) {
    HEDDLE_ASSERT(std::isfinite(value) && value == std::trunc(value));
    if (value == 0) return from_int64(agent, 0);
    int exponent;
    double fraction = std::frexp(std::fabs(value), &exponent); // value = fraction * 2^exponent
    auto mantissa = static_cast<uint64_t>(std::ldexp(fraction, 53));
    int shift = exponent - 53;
    Limb limbs[18] = {};
    if (shift <= 0) {
        limbs[0] = mantissa >> -shift;
    } else {
        limbs[shift / 64] = mantissa << (shift % 64);
        if (shift % 64 > 11) limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
    }
    return from_limbs(agent, limbs, value < 0);
}

Fallible<BigInt*> BigInt::from_digits(Agent& agent, FlatView digits, uint32_t radix) {
    uint32_t from = 0;
    while (from < digits.length() && digits[from] == '0')
        ++from;
    digits = digits.substring(from, digits.length());
    if (digits.empty()) return from_int64(agent, 0);
    // Bits for each digit, rounded up: an upper bound of the size.
    double bits = std::ceil(digits.length() * std::log2(radix)) + 64;
    if (bits > kMaxBits + 128.0) return too_big(agent);
    auto* bytes = static_cast<unsigned char*>(__builtin_malloc(digits.length()));
    if (!bytes) return agent.out_of_memory();
    for (uint32_t i = 0; i < digits.length(); ++i) {
        char16_t c = digits[i];
        bytes[i] = static_cast<unsigned char>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    Scratch limbs(static_cast<size_t>(bits / 64) + 2);
    if (!limbs.ok()) {
        __builtin_free(bytes);
        return agent.out_of_memory();
    }
    mp_size_t count = mpn_set_str(raw(limbs.data()), bytes, digits.length(), static_cast<int>(radix));
    __builtin_free(bytes);
    return from_limbs(agent, limbs.span(static_cast<size_t>(count)), false);
}

// 7.1.14 StringToBigInt ( str )
Fallible<BigInt*> BigInt::from_string(Agent& agent, FlatView text) {
    text = trim_white_space(text);
    if (text.empty()) return from_int64(agent, 0);
    uint32_t radix = 10;
    bool negative = false;
    if (text.length() > 2 && text[0] == '0') {
        char16_t kind = text[1] | 0x20;
        radix = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
        if (radix != 10) text = text.substring(2, text.length());
    } else if (text[0] == '+' || text[0] == '-') {
        negative = text[0] == '-';
        text = text.substring(1, text.length());
        if (text.empty()) return static_cast<BigInt*>(nullptr);
    }
    for (uint32_t i = 0; i < text.length(); ++i) {
        char16_t c = text[i];
        uint32_t digit = c >= '0' && c <= '9' ? c - '0' : c < 128 && (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? (c | 0x20) - 'a' + 10 : 99;
        if (digit >= radix) return static_cast<BigInt*>(nullptr);
    }
    BigInt* magnitude = TRY(from_digits(agent, text, radix));
    if (!negative) return magnitude;
    return negate(agent, magnitude);
}

namespace {

/// GMP cannot be interrupted: numbers longer than this are divided into pieces of about so many limbs, each of which takes a
/// millisecond or two, at several times the price of one call for the longest.
constexpr size_t kPieceLimbs = 8192;

/// Writes the digits of a number, which is destroyed, so that they end at `end`. Polls between pieces. The first digit's place.
class DigitWriter {
public:
    DigitWriter(Agent& agent, uint32_t radix, unsigned char* end) : agent_(agent), radix_(static_cast<int>(radix)), at_(end) {}

    Fallible<unsigned char*> write(Limb* number, size_t size) {
        bool in_pieces = size > 2 * kPieceLimbs && !std::has_single_bit(static_cast<unsigned>(radix_));
        if (in_pieces) TRY(write_pieces(number, size));
        write_piece(number, size);
        while (*at_ == 0 && at_ + 1 < end_of_first_)
            ++at_;
        return at_;
    }

private:
    // Divides by a power of the radix as long as more than a piece is left; each remainder is a piece.
    Fallible<void> write_pieces(Limb* number, size_t& size) {
        Scratch power(kPieceLimbs + 2);
        Scratch square(2 * kPieceLimbs + 4);
        if (!power.ok() || !square.ok()) return agent_.out_of_memory();
        power.data()[0] = static_cast<Limb>(radix_);
        size_t length = 1;
        size_t digits = 1;
        while (2 * length <= kPieceLimbs) {
            mpn_sqr(raw(square.data()), raw(power.data()), static_cast<mp_size_t>(length));
            length = normalize(square.span(2 * length)).size();
            std::copy_n(square.data(), length, power.data());
            digits *= 2;
        }
        // A block of the dividend beside the remainder of those above it.
        Scratch pair(2 * length);
        Scratch quotient(length + 1);
        Scratch remainder(length);
        if (!pair.ok() || !quotient.ok() || !remainder.ok()) return agent_.out_of_memory();
        while (size > 2 * length) {
            remainder.clear();
            size_t blocks = (size + length - 1) / length;
            for (size_t block = blocks; block-- > 0;) {
                TRY(agent_.poll_interrupts());
                size_t from = block * length;
                size_t count = std::min(length, size - from);
                std::fill_n(pair.data(), length, 0);
                std::copy_n(number + from, count, pair.data());
                std::copy_n(remainder.data(), length, pair.data() + length);
                mpn_tdiv_qr(raw(quotient.data()), raw(remainder.data()), 0, raw(pair.data()), static_cast<mp_size_t>(2 * length),
                            raw(power.data()), static_cast<mp_size_t>(length));
                std::copy_n(quotient.data(), count, number + from);
            }
            size = normalize({number, size}).size();
            unsigned char* before = at_;
            write_piece(remainder.data(), length);
            while (at_ > before - digits)
                *--at_ = 0;
        }
        return {};
    }

    void write_piece(Limb* number, size_t size) {
        size = normalize({number, size}).size();
        end_of_first_ = at_;
        if (size == 0) return;
        // Written forward, to where it is sure to end in time, and moved to its place.
        size_t most = mpn_sizeinbase(raw(number), static_cast<mp_size_t>(size), radix_) + 1;
        unsigned char* begin = at_ - most;
        size_t count = mpn_get_str(begin, radix_, raw(number), static_cast<mp_size_t>(size));
        for (; count > 1 && *begin == 0; --count)
            ++begin;
        std::memmove(at_ - count, begin, count);
        at_ -= count;
    }

    Agent& agent_;
    int radix_;
    unsigned char* at_;
    unsigned char* end_of_first_ = nullptr;
};

} // namespace

Fallible<String*> BigInt::to_string(Agent& agent, uint32_t radix) const {
    if (is_zero()) return String::from_latin1(agent, "0");
    auto limb_span = limbs();
    Scratch copy(limb_span.size() + 1); // the digits' making destroys it
    if (!copy.ok()) return agent.out_of_memory();
    std::copy(limb_span.begin(), limb_span.end(), copy.data());
    size_t size = mpn_sizeinbase(raw(limb_span.data()), static_cast<mp_size_t>(limb_span.size()), static_cast<int>(radix)) + 2;
    auto* digits = static_cast<unsigned char*>(__builtin_malloc(size));
    if (!digits) return agent.out_of_memory();
    unsigned char* end = digits + size;
    Fallible<unsigned char*> written = DigitWriter(agent, radix, end).write(copy.data(), limb_span.size());
    if (written.threw()) {
        __builtin_free(digits);
        return written.propagate();
    }
    unsigned char* first = written.release();
    uint8_t* characters;
    auto length = static_cast<uint32_t>(end - first + is_negative());
    Fallible<String*> string = String::create_uninitialized_latin1(agent, length, characters);
    if (!string.threw()) {
        if (is_negative()) *characters++ = '-';
        for (; first != end; ++first)
            *characters++ = static_cast<uint8_t>("0123456789abcdefghijklmnopqrstuvwxyz"[*first]);
    }
    __builtin_free(digits);
    return string;
}

double BigInt::to_double() const {
    auto all = limbs();
    if (all.empty()) return 0;
    size_t bits = bit_length(all);
    double sign = is_negative() ? -1 : 1;
    if (bits > 1024) return sign * INFINITY;
    if (bits <= 64) return sign * static_cast<double>(all[0]);
    // The top 64 bits, with what is below folded into the lowest as a sticky bit; the conversion then rounds right.
    size_t shift = bits - 64;
    uint64_t top = all[shift / 64] >> (shift % 64);
    if (shift % 64) top |= all[shift / 64 + 1] << (64 - shift % 64);
    bool sticky = false;
    for (size_t i = 0; i < shift / 64; ++i)
        sticky |= all[i] != 0;
    if (shift % 64) sticky |= (all[shift / 64] & ((uint64_t{1} << (shift % 64)) - 1)) != 0;
    if (sticky) top |= 1;
    return sign * std::ldexp(static_cast<double>(top), static_cast<int>(shift));
}

int64_t BigInt::to_int64() const {
    uint64_t low = is_zero() ? 0 : limbs()[0];
    return static_cast<int64_t>(is_negative() ? 0 - low : low);
}

Fallible<BigInt*> BigInt::add(Agent& agent, const BigInt* a, const BigInt* b) {
    auto x = a->limbs();
    auto y = b->limbs();
    bool negative = a->is_negative();
    if (compare_magnitudes(x, y) < 0) {
        std::swap(x, y);
        negative = b->is_negative();
    }
    Scratch out(x.size() + 1);
    if (!out.ok()) return agent.out_of_memory();
    if (x.empty()) return from_int64(agent, 0);
    out.data()[x.size()] = 0;
    auto nx = static_cast<mp_size_t>(x.size());
    auto ny = static_cast<mp_size_t>(y.size());
    if (a->is_negative() == b->is_negative()) {
        if (ny) out.data()[x.size()] = mpn_add(raw(out.data()), raw(x.data()), nx, raw(y.data()), ny);
        else std::copy(x.begin(), x.end(), out.data());
    } else {
        if (ny) mpn_sub(raw(out.data()), raw(x.data()), nx, raw(y.data()), ny);
        else std::copy(x.begin(), x.end(), out.data());
    }
    return from_limbs(agent, out.span(x.size() + 1), negative);
}

Fallible<BigInt*> BigInt::negate(Agent& agent, const BigInt* a) { return from_limbs(agent, a->limbs(), !a->is_negative()); }

Fallible<BigInt*> BigInt::subtract(Agent& agent, const BigInt* a, const BigInt* b) {
    BigInt* minus_b = TRY(negate(agent, b));
    return add(agent, a, minus_b);
}

Fallible<BigInt*> BigInt::multiply(Agent& agent, const BigInt* a, const BigInt* b) {
    auto x = a->limbs();
    auto y = b->limbs();
    if (x.empty() || y.empty()) return from_int64(agent, 0);
    if (x.size() < y.size()) std::swap(x, y);
    if (x.size() + y.size() > kMaxLimbs + 2) return too_big(agent);
    Scratch out(x.size() + y.size());
    if (!out.ok()) return agent.out_of_memory();
    mpn_mul(raw(out.data()), raw(x.data()), static_cast<mp_size_t>(x.size()), raw(y.data()), static_cast<mp_size_t>(y.size()));
    auto product = normalize(out.span(x.size() + y.size()));
    if (bit_length(product) > kMaxBits) return too_big(agent);
    return from_limbs(agent, product, a->is_negative() != b->is_negative());
}

namespace {
// Quotient and remainder of magnitudes, truncated. Both outputs have room: n - d + 1 and d limbs.
void divide_magnitudes(std::span<const Limb> n, std::span<const Limb> d, Limb* quotient, Limb* remainder) {
    mpn_tdiv_qr(raw(quotient), raw(remainder), 0, raw(n.data()), static_cast<mp_size_t>(n.size()), raw(d.data()),
                static_cast<mp_size_t>(d.size()));
}
} // namespace

// 6.1.6.2.5 BigInt::divide ( x, y )
Fallible<BigInt*> BigInt::divide(Agent& agent, const BigInt* a, const BigInt* b) {
    if (b->is_zero()) return agent.throw_range_error("Division of a BigInt by zero");
    auto n = a->limbs();
    auto d = b->limbs();
    if (compare_magnitudes(n, d) < 0) return from_int64(agent, 0);
    Scratch quotient(n.size() - d.size() + 1);
    Scratch rest(d.size());
    if (!quotient.ok() || !rest.ok()) return agent.out_of_memory();
    divide_magnitudes(n, d, quotient.data(), rest.data());
    return from_limbs(agent, quotient.span(n.size() - d.size() + 1), a->is_negative() != b->is_negative());
}

// 6.1.6.2.6 BigInt::remainder ( n, d )
Fallible<BigInt*> BigInt::remainder(Agent& agent, const BigInt* a, const BigInt* b) {
    if (b->is_zero()) return agent.throw_range_error("Remainder of a BigInt by zero");
    auto n = a->limbs();
    auto d = b->limbs();
    if (compare_magnitudes(n, d) < 0) return from_limbs(agent, n, a->is_negative());
    Scratch quotient(n.size() - d.size() + 1);
    Scratch rest(d.size());
    if (!quotient.ok() || !rest.ok()) return agent.out_of_memory();
    divide_magnitudes(n, d, quotient.data(), rest.data());
    return from_limbs(agent, rest.span(d.size()), a->is_negative());
}

// 6.1.6.2.3 BigInt::exponentiate ( base, exponent )
Fallible<BigInt*> BigInt::exponentiate(Agent& agent, const BigInt* base, const BigInt* exponent) {
    if (exponent->is_negative()) return agent.throw_range_error("Exponent of a BigInt must not be negative");
    if (exponent->is_zero()) return from_int64(agent, 1);
    bool unit = base->limbs().size() <= 1 && (base->is_zero() || base->limbs()[0] == 1);
    if (unit) {
        bool odd = exponent->limbs()[0] & 1;
        return from_limbs(agent, base->limbs(), base->is_negative() && odd);
    }
    if (exponent->limbs().size() > 1 || exponent->limbs()[0] > kMaxBits) return too_big(agent);
    uint64_t n = exponent->limbs()[0];
    if ((bit_length(base->limbs()) - 1) * static_cast<double>(n) > kMaxBits) return too_big(agent);
    const BigInt* square = base;
    const BigInt* result = nullptr;
    for (;;) {
        if (n & 1) result = result ? TRY(multiply(agent, result, square)) : square;
        n >>= 1;
        if (n == 0) return const_cast<BigInt*>(result);
        square = TRY(multiply(agent, square, square));
        TRY(agent.poll_interrupts());
    }
}

// 6.1.6.2.9 BigInt::leftShift ( x, y )
Fallible<BigInt*> BigInt::shift_left(Agent& agent, const BigInt* a, const BigInt* b) {
    if (a->is_zero() || b->is_zero()) return const_cast<BigInt*>(a);
    if (b->is_negative()) {
        BigInt* right = TRY(negate(agent, b));
        return shift_right(agent, a, right);
    }
    if (b->limbs().size() > 1 || b->limbs()[0] > kMaxBits) return too_big(agent);
    uint64_t shift = b->limbs()[0];
    auto x = a->limbs();
    if (bit_length(x) + shift > kMaxBits) return too_big(agent);
    size_t whole = shift / 64;
    Scratch out(x.size() + whole + 1);
    if (!out.ok()) return agent.out_of_memory();
    out.clear();
    if (shift % 64) {
        out.data()[whole + x.size()] = mpn_lshift(raw(out.data() + whole), raw(x.data()), static_cast<mp_size_t>(x.size()), shift % 64);
    } else {
        std::copy(x.begin(), x.end(), out.data() + whole);
    }
    return from_limbs(agent, out.span(x.size() + whole + 1), a->is_negative());
}

// 6.1.6.2.10 BigInt::signedRightShift ( x, y ): rounds toward minus infinity
Fallible<BigInt*> BigInt::shift_right(Agent& agent, const BigInt* a, const BigInt* b) {
    if (a->is_zero() || b->is_zero()) return const_cast<BigInt*>(a);
    if (b->is_negative()) {
        BigInt* left = TRY(negate(agent, b));
        return shift_left(agent, a, left);
    }
    auto x = a->limbs();
    if (b->limbs().size() > 1 || b->limbs()[0] >= x.size() * 64) return from_int64(agent, a->is_negative() ? -1 : 0);
    uint64_t shift = b->limbs()[0];
    size_t whole = shift / 64;
    size_t count = x.size() - whole;
    Scratch out(count + 1);
    if (!out.ok()) return agent.out_of_memory();
    bool lost = false;
    for (size_t i = 0; i < whole; ++i)
        lost |= x[i] != 0;
    if (shift % 64) lost |= mpn_rshift(raw(out.data()), raw(x.data() + whole), static_cast<mp_size_t>(count), shift % 64) != 0;
    else std::copy(x.begin() + static_cast<ptrdiff_t>(whole), x.end(), out.data());
    out.data()[count] = 0;
    if (a->is_negative() && lost) mpn_add_1(raw(out.data()), raw(out.data()), static_cast<mp_size_t>(count + 1), 1);
    return from_limbs(agent, out.span(count + 1), a->is_negative());
}

namespace {

// Two's complement of a sign and magnitude in `count` limbs.
void to_twos_complement(std::span<const Limb> magnitude, bool negative, Limb* out, size_t count) {
    for (size_t i = 0; i < count; ++i)
        out[i] = i < magnitude.size() ? magnitude[i] : 0;
    if (negative) mpn_neg(raw(out), raw(out), static_cast<mp_size_t>(count));
}

template<class Op>
Fallible<BigInt*> bitwise(Agent& agent, const BigInt* a, const BigInt* b, Op op,
                          Fallible<BigInt*> (*make)(Agent&, std::span<const Limb>, bool)) {
    size_t count = std::max(a->limbs().size(), b->limbs().size()) + 1;
    Scratch x(count);
    Scratch y(count);
    if (!x.ok() || !y.ok()) return agent.out_of_memory();
    to_twos_complement(a->limbs(), a->is_negative(), x.data(), count);
    to_twos_complement(b->limbs(), b->is_negative(), y.data(), count);
    for (size_t i = 0; i < count; ++i)
        x.data()[i] = op(x.data()[i], y.data()[i]);
    bool negative = x.data()[count - 1] >> 63;
    if (negative) mpn_neg(raw(x.data()), raw(x.data()), static_cast<mp_size_t>(count));
    return make(agent, x.span(count), negative);
}

} // namespace

Fallible<BigInt*> BigInt::bit_and(Agent& agent, const BigInt* a, const BigInt* b) {
    return bitwise(agent, a, b, [](Limb x, Limb y) { return x & y; }, &from_limbs);
}
Fallible<BigInt*> BigInt::bit_or(Agent& agent, const BigInt* a, const BigInt* b) {
    return bitwise(agent, a, b, [](Limb x, Limb y) { return x | y; }, &from_limbs);
}
Fallible<BigInt*> BigInt::bit_xor(Agent& agent, const BigInt* a, const BigInt* b) {
    return bitwise(agent, a, b, [](Limb x, Limb y) { return x ^ y; }, &from_limbs);
}

Fallible<BigInt*> BigInt::bit_not(Agent& agent, const BigInt* a) {
    BigInt* one = TRY(from_int64(agent, 1));
    BigInt* sum = TRY(add(agent, a, one));
    return negate(agent, sum);
}

namespace {
// The low `bits` bits of a BigInt as a non-negative magnitude in `out` (bits / 64 + 1 limbs).
void low_bits(const BigInt* a, uint64_t bits, Limb* out, size_t count) {
    to_twos_complement(a->limbs(), a->is_negative(), out, count);
    if (bits % 64) out[count - 1] &= (uint64_t{1} << (bits % 64)) - 1;
}
} // namespace

// 21.2.2.2 BigInt.asUintN, the arithmetic
Fallible<BigInt*> BigInt::as_uint_n(Agent& agent, uint64_t bits, const BigInt* a) {
    if (bits == 0) return from_int64(agent, 0);
    if (!a->is_negative() && bit_length(a->limbs()) <= bits) return const_cast<BigInt*>(a);
    if (bits > kMaxBits) return too_big(agent);
    size_t count = (bits + 63) / 64;
    Scratch out(count);
    if (!out.ok()) return agent.out_of_memory();
    low_bits(a, bits, out.data(), count);
    return from_limbs(agent, out.span(count), false);
}

// 21.2.2.1 BigInt.asIntN, the arithmetic
Fallible<BigInt*> BigInt::as_int_n(Agent& agent, uint64_t bits, const BigInt* a) {
    if (bits == 0) return from_int64(agent, 0);
    if (bit_length(a->limbs()) < bits) return const_cast<BigInt*>(a);
    size_t count = (bits + 63) / 64;
    Scratch out(count);
    if (!out.ok()) return agent.out_of_memory();
    low_bits(a, bits, out.data(), count);
    bool negative = out.data()[(bits - 1) / 64] >> ((bits - 1) % 64) & 1;
    if (negative) {
        // 2^bits - value, within the same limbs.
        if (bits % 64) out.data()[count - 1] |= ~((uint64_t{1} << (bits % 64)) - 1);
        mpn_neg(raw(out.data()), raw(out.data()), static_cast<mp_size_t>(count));
    }
    return from_limbs(agent, out.span(count), negative);
}

bool BigInt::equal(const BigInt* a, const BigInt* b) {
    return a->is_negative() == b->is_negative() && compare_magnitudes(a->limbs(), b->limbs()) == 0;
}

int BigInt::compare(const BigInt* a, const BigInt* b) {
    if (a->is_negative() != b->is_negative()) return a->is_negative() ? -1 : 1;
    int order = compare_magnitudes(a->limbs(), b->limbs());
    return a->is_negative() ? -order : order;
}

std::optional<int> BigInt::compare(const BigInt* a, double d) {
    if (std::isnan(d)) return {};
    if (std::isinf(d)) return d > 0 ? -1 : 1;
    int sign = a->is_zero() ? 0 : a->is_negative() ? -1 : 1;
    int other = d > 0 ? 1 : d < 0 ? -1 : 0;
    if (sign != other) return sign < other ? -1 : 1;
    if (sign == 0) return 0;
    // Same sign: compare magnitudes, integer part first.
    double magnitude = std::fabs(d);
    double whole = std::floor(magnitude);
    int exponent;
    double fraction = std::frexp(whole, &exponent);
    int order;
    size_t bits = bit_length(a->limbs());
    if (whole == 0 || bits != static_cast<size_t>(exponent)) {
        order = whole == 0 || bits > static_cast<size_t>(exponent) ? 1 : -1;
    } else {
        Limb limbs[17] = {};
        auto mantissa = static_cast<uint64_t>(std::ldexp(fraction, 53));
        int shift = exponent - 53;
        if (shift <= 0) {
            limbs[0] = mantissa >> -shift;
        } else {
            limbs[shift / 64] = mantissa << (shift % 64);
            if (shift % 64 > 11) limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
        }
        order = compare_magnitudes(a->limbs(), normalize(limbs));
        if (order == 0 && magnitude != whole) order = -1;
    }
    return sign < 0 ? -order : order;
}

} // namespace heddle
