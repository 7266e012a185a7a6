// Between Numbers and text (ECMA-262 6.1.6.1.20, 7.1.4.1), exactly, through double-conversion.
#include "runtime/bigint.h"
#include "runtime/conversions.h"

#include <charconv>
#include <cmath>
#include <double-conversion/double-conversion.h>

namespace heddle {

// 6.1.6.1.20 Number::toString ( x, 10 ): the shortest digits; decimal for exponents from -7 to 20.
size_t number_to_latin1(double number, char* buffer) {
    if (number == static_cast<int32_t>(number >= -2147483648.0 && number <= 2147483647.0 ? number : 0.5)) {
        return static_cast<size_t>(std::to_chars(buffer, buffer + 16, static_cast<int32_t>(number)).ptr - buffer);
    }
    using Converter = double_conversion::DoubleToStringConverter;
    Converter converter(Converter::UNIQUE_ZERO | Converter::EMIT_POSITIVE_EXPONENT_SIGN, "Infinity", "NaN", 'e', -6, 21, 6, 0);
    double_conversion::StringBuilder builder(buffer, 32);
    converter.ToShortest(number, &builder);
    auto length = static_cast<size_t>(builder.position());
    builder.Finalize();
    return length;
}

Fallible<String*> number_to_string(Agent& agent, double number) {
    char buffer[32];
    size_t length = number_to_latin1(number, buffer);
    return String::from_latin1(agent, {buffer, length});
}

// Number.prototype.toString with a radix: as many fraction digits as tell the number from its neighbours.
std::string number_to_string_radix(double value, int radix) {
    HEDDLE_ASSERT(radix >= 2 && radix <= 36);
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    bool negative = value < 0;
    value = std::fabs(value);
    double integer = std::floor(value);
    double fraction = value - integer;
    double delta = std::max(0.5 * (std::nextafter(value, INFINITY) - value), std::nextafter(0.0, 1.0));
    std::string digits;
    if (fraction >= delta) {
        digits += '.';
        do {
            fraction *= radix;
            delta *= radix;
            int digit = static_cast<int>(fraction);
            digits += kDigits[digit];
            fraction -= digit;
            if (fraction > 0.5 || (fraction == 0.5 && (digit & 1))) {
                if (fraction + delta > 1) {
                    // Round up, carrying into the digits before.
                    for (;;) {
                        char last = digits.back();
                        digits.pop_back();
                        if (last == '.') {
                            integer += 1;
                            break;
                        }
                        int up = (last <= '9' ? last - '0' : last - 'a' + 10) + 1;
                        if (up < radix) {
                            digits += kDigits[up];
                            break;
                        }
                    }
                    break;
                }
            }
        } while (fraction >= delta);
        if (digits == ".") digits.clear();
    }
    std::string whole;
    // Digits beyond 2^53 are zeros in the scale of the radix.
    while (integer >= 9007199254740992.0) {
        double next = integer / radix;
        int exponent;
        std::frexp(integer, &exponent);
        if (exponent > 53) {
            integer = next;
            whole += '0';
            continue;
        }
        break;
    }
    do {
        double remainder = std::fmod(integer, radix);
        whole += kDigits[static_cast<int>(remainder)];
        integer = (integer - remainder) / radix;
    } while (integer > 0);
    std::string out = negative ? "-" : "";
    out.append(whole.rbegin(), whole.rend());
    return out + digits;
}

namespace {

bool is_white_space_or_line_terminator(char16_t c) {
    switch (c) {
    case 0x09: case 0x0A: case 0x0B: case 0x0C: case 0x0D: case 0x20: case 0xA0: case 0x1680: case 0x2028: case 0x2029:
    case 0x202F: case 0x205F: case 0x3000: case 0xFEFF:
        return true;
    default: return c >= 0x2000 && c <= 0x200A;
    }
}

} // namespace

FlatView trim_white_space(FlatView view, bool start, bool end) {
    uint32_t from = 0;
    uint32_t to = view.length();
    while (start && from < to && is_white_space_or_line_terminator(view[from]))
        ++from;
    while (end && to > from && is_white_space_or_line_terminator(view[to - 1]))
        --to;
    return view.substring(from, to);
}

// 7.1.4.1.1 StringToNumber ( str ). The text is read where it lies: it may be as long as memory.
double string_to_number(FlatView view) {
    FlatView text = trim_white_space(view);
    if (text.empty()) return 0;
    if (text.length() > 2 && text[0] == '0') {
        int bits = 0;
        if (text[1] == 'x' || text[1] == 'X') bits = 4;
        if (text[1] == 'o' || text[1] == 'O') bits = 3;
        if (text[1] == 'b' || text[1] == 'B') bits = 1;
        if (bits != 0) return parse_power_of_two_digits(text.substring(2, text.length()), bits).value_or(std::nan(""));
    }
    double sign = 1;
    if (text[0] == '+' || text[0] == '-') {
        if (text[0] == '-') sign = -1;
        text = text.substring(1, text.length());
    }
    if (text.equals(std::string_view("Infinity"))) return sign * INFINITY;
    // StrDecimalLiteral: what double-conversion accepts beyond it is refused here.
    bool digit = false;
    for (uint32_t i = 0; i < text.length(); ++i) {
        char16_t c = text[i];
        bool allowed = (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
        if (!allowed) return std::nan("");
        digit |= c >= '0' && c <= '9';
    }
    if (!digit || text[0] == '+' || text[0] == '-') return std::nan("");
    double_conversion::StringToDoubleConverter converter(0, 0, std::nan(""), nullptr, nullptr);
    int length = static_cast<int>(text.length());
    int processed = 0;
    double number = text.is_latin1()
                        ? converter.StringToDouble(reinterpret_cast<const char*>(text.latin1()), length, &processed)
                        : converter.StringToDouble(reinterpret_cast<const uint16_t*>(text.utf16()), length, &processed);
    if (processed != length) return std::nan("");
    return sign * number;
}

std::optional<double> parse_power_of_two_digits(FlatView digits, int bits) {
    if (digits.empty()) return {};
    // Exact rounding: keep 64 significant bits and a sticky bit.
    uint64_t mantissa = 0;
    int exponent = 0;
    bool sticky = false;
    for (uint32_t i = 0; i < digits.length(); ++i) {
        char16_t c = digits[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? (c | 0x20) - 'a' + 10 : 99;
        if (digit >= 1 << bits) return {};
        for (int bit = bits - 1; bit >= 0; --bit) {
            uint64_t value = digit >> bit & 1;
            if (mantissa >> 63) {
                sticky |= value != 0;
                ++exponent;
            } else {
                mantissa = mantissa << 1 | value;
            }
        }
    }
    if (mantissa == 0) return 0.0;
    if (mantissa >> 53) {
        int shift = 64 - std::countl_zero(mantissa) - 53;
        uint64_t lost = mantissa & ((uint64_t{1} << shift) - 1);
        uint64_t half = uint64_t{1} << (shift - 1);
        mantissa >>= shift;
        exponent += shift;
        if (lost > half || (lost == half && (sticky || (mantissa & 1)))) ++mantissa;
    }
    return std::ldexp(static_cast<double>(mantissa), exponent);
}

} // namespace heddle
