// Value: one ECMAScript language value in 64 bits, NaN-boxed. The one header of runtime/ that heap/ includes.
#pragma once

#include "base/assert.h"
#include "base/result.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace heddle {

class Cell;
class String;
class Symbol;
class BigInt;
class Object;

//   0000 PPPP PPPP PPPP   pointer to a Cell, raw bits (so that debuggers and the stack scan see it)
//   0002 .... FFFC        double, its bits plus 2^49
//   FFFE 0000 IIII IIII   int32
//   small even/odd constants with bit 1 set: null 02, false 06, true 07, undefined 0A, empty 12, threw 22
class Value {
public:
    static constexpr uint64_t kNumberTag = 0xFFFE'0000'0000'0000;
    static constexpr uint64_t kDoubleOffset = 0x0002'0000'0000'0000;
    static constexpr uint64_t kOtherTag = 0x2;
    static constexpr uint64_t kNotCellMask = kNumberTag | kOtherTag;
    static constexpr uint64_t kNull = 0x02;
    static constexpr uint64_t kFalse = 0x06;
    static constexpr uint64_t kTrue = 0x07;
    static constexpr uint64_t kUndefined = 0x0A;
    static constexpr uint64_t kEmpty = 0x12;
    static constexpr uint64_t kThrew = 0x22;

    constexpr Value() : bits_(kUndefined) {}
    Value(const Cell* cell) : bits_(reinterpret_cast<uint64_t>(cell)) { HEDDLE_ASSERT(cell); }
    Value(std::nullptr_t) = delete;
    Value(bool) = delete;
    Value(int) = delete;
    Value(double) = delete;

    static constexpr Value from_bits(uint64_t bits) {
        Value value;
        value.bits_ = bits;
        return value;
    }
    static constexpr Value undefined() { return from_bits(kUndefined); }
    static constexpr Value null() { return from_bits(kNull); }
    static constexpr Value boolean(bool b) { return from_bits(b ? kTrue : kFalse); }
    static constexpr Value int32(int32_t i) { return from_bits(kNumberTag | static_cast<uint32_t>(i)); }
    /// A hole in an array, a binding in its temporal dead zone; never visible to script.
    static constexpr Value empty() { return from_bits(kEmpty); }
    /// A double kept as a double; NaNs are made canonical (no other bit pattern is safe to box).
    static constexpr Value float64(double d) {
        if (d != d) return from_bits(0x7FF8'0000'0000'0000 + kDoubleOffset);
        return from_bits(std::bit_cast<uint64_t>(d) + kDoubleOffset);
    }
    /// Any Number; stored as int32 where it is one (and not -0).
    [[gnu::always_inline]] static constexpr Value number(double d) {
#ifdef __SSE2__
        if (!__builtin_is_constant_evaluated()) {
            // Out of range and NaN give INT32_MIN, which the comparison then refuses (or which it is).
            int32_t truncated = __builtin_ia32_cvttsd2si(as_vector(d));
            if (truncated == d && (truncated != 0 || std::bit_cast<uint64_t>(d) == 0)) return int32(truncated);
            return float64(d);
        }
#endif
        if (d >= -2147483648.0 && d <= 2147483647.0) {
            auto i = static_cast<int32_t>(d);
            if (i == d && (i != 0 || std::bit_cast<uint64_t>(d) == 0)) return int32(i);
        }
        return float64(d);
    }
    static constexpr Value number(int32_t i) { return int32(i); }
    static constexpr Value number(uint32_t i) {
        return i <= 0x7FFF'FFFFu ? int32(static_cast<int32_t>(i)) : float64(i);
    }
    static constexpr Value number(uint64_t i) {
        return i <= 0x7FFF'FFFFu ? int32(static_cast<int32_t>(i)) : float64(static_cast<double>(i));
    }
    static constexpr Value number(int64_t i) {
        return i == static_cast<int32_t>(i) ? int32(static_cast<int32_t>(i)) : float64(static_cast<double>(i));
    }

    constexpr uint64_t bits() const { return bits_; }
    constexpr bool is_undefined() const { return bits_ == kUndefined; }
    constexpr bool is_null() const { return bits_ == kNull; }
    constexpr bool is_nullish() const { return (bits_ & ~uint64_t{8}) == kNull; }
    constexpr bool is_boolean() const { return (bits_ & ~uint64_t{1}) == kFalse; }
    constexpr bool is_true() const { return bits_ == kTrue; }
    constexpr bool is_false() const { return bits_ == kFalse; }
    constexpr bool is_empty() const { return bits_ == kEmpty; }
    constexpr bool is_int32() const { return (bits_ & kNumberTag) == kNumberTag; }
    constexpr bool is_number() const { return (bits_ & kNumberTag) != 0; }
    constexpr bool is_double() const { return is_number() && !is_int32(); }
    constexpr bool is_cell() const { return (bits_ & kNotCellMask) == 0; }
    inline bool is_object() const;
    inline bool is_string() const;
    inline bool is_symbol() const;
    inline bool is_bigint() const;
    /// A value of a given cell class: `value.is<Array>()`.
    template<class T>
    inline bool is() const;
    template<class T>
    inline T* as() const;

    constexpr bool as_boolean() const { return bits_ == kTrue; }
    constexpr int32_t as_int32() const { return static_cast<int32_t>(bits_); }
    constexpr double as_double() const { return std::bit_cast<double>(bits_ - kDoubleOffset); }
    constexpr double as_number() const { return is_int32() ? as_int32() : as_double(); }
    Cell* as_cell() const { return reinterpret_cast<Cell*>(bits_); }
    Object* as_object() const { return reinterpret_cast<Object*>(bits_); }
    String* as_string() const { return reinterpret_cast<String*>(bits_); }
    Symbol* as_symbol() const { return reinterpret_cast<Symbol*>(bits_); }
    BigInt* as_bigint() const { return reinterpret_cast<BigInt*>(bits_); }

    /// Bit identity, not any of the language's equalities.
    constexpr bool operator==(const Value&) const = default;

private:
#ifdef __SSE2__
    using TwoDoubles [[gnu::vector_size(16)]] = double;
    [[gnu::always_inline]] static TwoDoubles as_vector(double d) { return TwoDoubles{d, 0}; }
#endif
    uint64_t bits_;
};

template<>
struct ResultStorage<Value> {
    Value value = Value::from_bits(Value::kThrew);
    ResultStorage() = default;
    explicit ResultStorage(Value v) : value(v) {}
    bool threw() const { return value.bits() == Value::kThrew; }
    Value& get() { return value; }
};

} // namespace heddle
