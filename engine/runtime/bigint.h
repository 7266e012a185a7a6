// BigInt: sign and magnitude in 64-bit limbs, immutable; arithmetic over GMP's mpn layer. At most 2^24 bits.
#pragma once

#include "runtime/string.h"

#include <optional>

namespace heddle {

class BigInt final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::BigInt; }
    static constexpr uint32_t kMaxBits = 1u << 24;
    static constexpr uint32_t kMaxLimbs = kMaxBits / 64;
    using Limb = uint64_t;

    static Fallible<BigInt*> from_int64(Agent&, int64_t);
    static Fallible<BigInt*> from_uint64(Agent&, uint64_t);
    /// `value` is an integer (21.2.1.1.1 NumberToBigInt after its check).
    static Fallible<BigInt*> from_double(Agent&, double);
    /// 7.1.14 StringToBigInt: null when the text is not a StringIntegerLiteral. No separators.
    static Fallible<BigInt*> from_string(Agent&, FlatView);
    /// Digits of `radix` only, as from a literal.
    static Fallible<BigInt*> from_digits(Agent&, FlatView digits, uint32_t radix);

    bool is_negative() const { return flags_ & kNegative; }
    bool is_zero() const { return aux_ == 0; }
    std::span<const Limb> limbs() const { return {reinterpret_cast<const Limb*>(this + 1), aux_}; }

    Fallible<String*> to_string(Agent&, uint32_t radix = 10) const;
    double to_double() const; // rounds to nearest, ties to even
    int64_t to_int64() const;  // modulo 2^64
    uint64_t to_uint64() const { return static_cast<uint64_t>(to_int64()); }

    static Fallible<BigInt*> add(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> subtract(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> multiply(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> divide(Agent&, const BigInt*, const BigInt*);    // RangeError on zero
    static Fallible<BigInt*> remainder(Agent&, const BigInt*, const BigInt*); // RangeError on zero
    static Fallible<BigInt*> exponentiate(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> shift_left(Agent&, const BigInt*, const BigInt*); // negative: right
    static Fallible<BigInt*> shift_right(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> bit_and(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> bit_or(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> bit_xor(Agent&, const BigInt*, const BigInt*);
    static Fallible<BigInt*> negate(Agent&, const BigInt*);
    static Fallible<BigInt*> bit_not(Agent&, const BigInt*);
    static Fallible<BigInt*> as_int_n(Agent&, uint64_t bits, const BigInt*);
    static Fallible<BigInt*> as_uint_n(Agent&, uint64_t bits, const BigInt*);
    static bool equal(const BigInt*, const BigInt*);
    static int compare(const BigInt*, const BigInt*);
    /// Exact comparison with a double; nothing for NaN.
    static std::optional<int> compare(const BigInt*, double);

    /// Normalizes. RangeError when there are more limbs than kMaxLimbs.
    static Fallible<BigInt*> from_limbs(Agent&, std::span<const Limb>, bool negative);

private:
    friend class Heap;
    enum : uint8_t { kNegative = 1 };
    BigInt(uint32_t limb_count, bool negative) : Cell(CellKind::BigInt, negative ? kNegative : 0, limb_count) {}
};

} // namespace heddle
