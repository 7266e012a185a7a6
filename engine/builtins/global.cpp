// 19.2 Function Properties of the Global Object, and B.2.1 escape and unescape
#include "builtins/global.h"

#include "builtins/intrinsics.h"
#include "runtime/conversions.h"

#include <cmath>

namespace heddle {

namespace {

// 19.2.1 eval ( x )
Result<Value> global_eval(Agent& agent, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    return agent.evaluator().indirect_eval(agent, *function->realm(), arguments[0]);
}

bool is_decimal_digit(char16_t unit) {
    return unit >= '0' && unit <= '9';
}

/// The value of a digit in bases up to 36, or 99.
int digit_value(char16_t unit) {
    if (unit >= '0' && unit <= '9') return unit - '0';
    if (unit >= 'a' && unit <= 'z') return unit - 'a' + 10;
    if (unit >= 'A' && unit <= 'Z') return unit - 'A' + 10;
    return 99;
}

// 19.2.4 parseFloat ( string )
Result<Value> global_parse_float(Agent& agent, const Arguments& arguments) {
    if (arguments[0].is_int32()) return arguments[0];
    String* string = TRY(to_string(agent, arguments[0]));
    FlatView text = trim_white_space(TRY(string->flatten(agent)), true, false);
    // The longest prefix that is a StrDecimalLiteral.
    uint32_t length = text.length();
    uint32_t i = 0;
    if (i < length && (text[i] == '+' || text[i] == '-')) ++i;
    bool negative = length > 0 && text[0] == '-';
    if (length - i >= 8 && text.substring(i, i + 8).equals(std::string_view("Infinity")))
        return Value::number(negative ? -HUGE_VAL : HUGE_VAL);
    uint32_t digits_start = i;
    while (i < length && is_decimal_digit(text[i]))
        ++i;
    uint32_t digits = i - digits_start;
    if (i < length && text[i] == '.') {
        uint32_t fraction = i + 1;
        while (fraction < length && is_decimal_digit(text[fraction]))
            ++fraction;
        if (fraction > i + 1 || digits > 0) {
            digits += fraction - i - 1;
            i = fraction;
        }
    }
    if (digits == 0) return Value::number(std::nan(""));
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        uint32_t exponent = i + 1;
        if (exponent < length && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
        uint32_t exponent_start = exponent;
        while (exponent < length && is_decimal_digit(text[exponent]))
            ++exponent;
        if (exponent > exponent_start) i = exponent;
    }
    return Value::number(string_to_number(text.substring(0, i)));
}

// 19.2.5 parseInt ( string, radix )
Result<Value> global_parse_int(Agent& agent, const Arguments& arguments) {
    if (arguments[0].is_int32() && (arguments[1].is_undefined() || arguments[1] == Value::int32(10)))
        return arguments[0];
    String* string = TRY(to_string(agent, arguments[0]));
    int32_t radix = TRY(to_int32(agent, arguments[1]));
    FlatView text = trim_white_space(TRY(string->flatten(agent)), true, false);
    uint32_t i = 0;
    bool negative = false;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        negative = text[0] == '-';
        i = 1;
    }
    bool strip_prefix = true;
    if (radix != 0) {
        if (radix < 2 || radix > 36) return Value::number(std::nan(""));
        if (radix != 16) strip_prefix = false;
    } else {
        radix = 10;
    }
    if (strip_prefix && text.length() - i >= 2 && text[i] == '0' &&
        (text[i + 1] == 'x' || text[i + 1] == 'X')) {
        i += 2;
        radix = 16;
    }
    uint32_t end = i;
    while (end < text.length() && digit_value(text[end]) < radix)
        ++end;
    if (end == i) return Value::number(std::nan(""));
    double number = 0;
    if (end - i <= 10 && radix <= 36) {
        // At most 36^10 < 2^53: exact.
        for (uint32_t at = i; at < end; ++at)
            number = number * radix + digit_value(text[at]);
    } else {
        FlatView digits = text.substring(i, end);
        if (radix == 10) {
            number = string_to_number(digits);
        } else if ((radix & (radix - 1)) == 0) {
            number = parse_power_of_two_digits(digits, __builtin_ctz(static_cast<unsigned>(radix)))
                         .value_or(std::nan(""));
        } else {
            // Other radices may be approximated after 20 digits (step 14); ours is what rounding at each step
            // gives.
            for (uint32_t at = 0; at < digits.length(); ++at)
                number = number * radix + digit_value(digits[at]);
        }
    }
    return Value::number(negative ? -number : number);
}

constexpr std::string_view kUriReserved = ";/?:@&=+$,";
constexpr std::string_view kAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kUnescapedMarks = "-.!~*'()_";

class AsciiSet {
public:
    constexpr AsciiSet(std::initializer_list<std::string_view> parts) {
        for (std::string_view part : parts)
            for (char c : part)
                bits_[static_cast<unsigned char>(c) / 64] |= uint64_t{1}
                                                             << (static_cast<unsigned char>(c) % 64);
    }
    constexpr bool contains(char32_t unit) const {
        return unit < 128 && ((bits_[unit / 64] >> (unit % 64)) & 1);
    }

private:
    uint64_t bits_[2] = {0, 0};
};

constexpr char kHexDigits[] = "0123456789ABCDEF";

// 19.2.6.5 Encode ( string, extraUnescaped )
Result<Value> encode(Agent& agent, Value value, const AsciiSet& unescaped) {
    String* string = TRY(to_string(agent, value));
    FlatView text = TRY(string->flatten(agent));
    StringBuilder builder(agent);
    for (uint32_t k = 0; k < text.length();) {
        if ((k & 0xFFF) == 0) TRY(agent.poll_interrupts());
        char16_t unit = text[k];
        if (unescaped.contains(unit)) {
            TRY(builder.append(unit));
            ++k;
            continue;
        }
        uint32_t width = 1;
        char32_t point = text.code_point_at(k, width);
        if (point >= 0xD800 && point <= 0xDFFF)
            return agent.throw_error(ErrorType::URIError, "The string to encode holds an unpaired surrogate");
        k += width;
        uint8_t octets[4];
        int count = 0;
        if (point < 0x80) {
            octets[count++] = static_cast<uint8_t>(point);
        } else if (point < 0x800) {
            octets[count++] = static_cast<uint8_t>(0xC0 | (point >> 6));
            octets[count++] = static_cast<uint8_t>(0x80 | (point & 0x3F));
        } else if (point < 0x10000) {
            octets[count++] = static_cast<uint8_t>(0xE0 | (point >> 12));
            octets[count++] = static_cast<uint8_t>(0x80 | ((point >> 6) & 0x3F));
            octets[count++] = static_cast<uint8_t>(0x80 | (point & 0x3F));
        } else {
            octets[count++] = static_cast<uint8_t>(0xF0 | (point >> 18));
            octets[count++] = static_cast<uint8_t>(0x80 | ((point >> 12) & 0x3F));
            octets[count++] = static_cast<uint8_t>(0x80 | ((point >> 6) & 0x3F));
            octets[count++] = static_cast<uint8_t>(0x80 | (point & 0x3F));
        }
        for (int i = 0; i < count; ++i) {
            char escaped[3] = {'%', kHexDigits[octets[i] >> 4], kHexDigits[octets[i] & 15]};
            TRY(builder.append(std::string_view(escaped, 3)));
        }
    }
    return Value(TRY(builder.finish()));
}

// 19.2.6.7 ParseHexOctet ( string, position ): -1 when there are no two hexadecimal digits.
int parse_hex(FlatView text, uint32_t position, uint32_t digits) {
    if (position + digits > text.length()) return -1;
    int value = 0;
    for (uint32_t i = 0; i < digits; ++i) {
        int digit = digit_value(text[position + i]);
        if (digit >= 16) return -1;
        value = value * 16 + digit;
    }
    return value;
}

// 19.2.6.6 Decode ( string, preserveEscapeSet )
Result<Value> decode(Agent& agent, Value value, const AsciiSet& preserved) {
    String* string = TRY(to_string(agent, value));
    FlatView text = TRY(string->flatten(agent));
    auto malformed = [&] {
        return agent.throw_error(ErrorType::URIError, "URI malformed: a % escape is incomplete or not UTF-8");
    };
    StringBuilder builder(agent);
    uint32_t steps = 0;
    for (uint32_t k = 0; k < text.length(); ++k) {
        if ((++steps & 0xFFF) == 0) TRY(agent.poll_interrupts());
        char16_t unit = text[k];
        if (unit != '%') {
            TRY(builder.append(unit));
            continue;
        }
        uint32_t start = k;
        int octet = parse_hex(text, k + 1, 2);
        if (octet < 0) return malformed();
        k += 2;
        if (octet < 0x80) {
            if (preserved.contains(static_cast<char32_t>(octet)))
                TRY(builder.append(text.substring(start, k + 1)));
            else
                TRY(builder.append(static_cast<char16_t>(octet)));
            continue;
        }
        int count = octet >= 0xF8 ? 0 : octet >= 0xF0 ? 4 : octet >= 0xE0 ? 3 : octet >= 0xC0 ? 2 : 0;
        if (count == 0) return malformed();
        char32_t point = static_cast<char32_t>(octet & (0x7F >> count));
        for (int i = 1; i < count; ++i) {
            ++k;
            if (k >= text.length() || text[k] != '%') return malformed();
            int next = parse_hex(text, k + 1, 2);
            if (next < 0 || (next & 0xC0) != 0x80) return malformed();
            k += 2;
            point = (point << 6) | static_cast<char32_t>(next & 0x3F);
        }
        constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
        if (point < kSmallest[count] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
            return malformed();
        TRY(builder.append_code_point(point));
    }
    return Value(TRY(builder.finish()));
}

} // namespace

// 19.2.2 isFinite ( number )
Result<Value> global_is_finite(Agent& agent, const Arguments& arguments) {
    return Value::boolean(std::isfinite(TRY(to_number(agent, arguments[0]))));
}

// 19.2.3 isNaN ( number )
Result<Value> global_is_nan(Agent& agent, const Arguments& arguments) {
    return Value::boolean(std::isnan(TRY(to_number(agent, arguments[0]))));
}

// 19.2.6.1 decodeURI ( encodedURI )
Result<Value> global_decode_uri(Agent& agent, const Arguments& arguments) {
    return decode(agent, arguments[0], AsciiSet{kUriReserved, "#"});
}

// 19.2.6.2 decodeURIComponent ( encodedURIComponent )
Result<Value> global_decode_uri_component(Agent& agent, const Arguments& arguments) {
    return decode(agent, arguments[0], AsciiSet{});
}

// 19.2.6.3 encodeURI ( uri )
Result<Value> global_encode_uri(Agent& agent, const Arguments& arguments) {
    return encode(agent, arguments[0], AsciiSet{kAlphanumeric, kUnescapedMarks, kUriReserved, "#"});
}

// 19.2.6.4 encodeURIComponent ( uriComponent )
Result<Value> global_encode_uri_component(Agent& agent, const Arguments& arguments) {
    return encode(agent, arguments[0], AsciiSet{kAlphanumeric, kUnescapedMarks});
}

// B.2.1.1 escape ( string )
Result<Value> global_escape(Agent& agent, const Arguments& arguments) {
    constexpr AsciiSet unescaped{kAlphanumeric, "@*_+-./"};
    String* string = TRY(to_string(agent, arguments[0]));
    FlatView text = TRY(string->flatten(agent));
    StringBuilder builder(agent);
    for (uint32_t k = 0; k < text.length(); ++k) {
        if ((k & 0xFFF) == 0) TRY(agent.poll_interrupts());
        char16_t unit = text[k];
        if (unescaped.contains(unit)) {
            TRY(builder.append(unit));
        } else if (unit < 256) {
            char escaped[3] = {'%', kHexDigits[unit >> 4], kHexDigits[unit & 15]};
            TRY(builder.append(std::string_view(escaped, 3)));
        } else {
            char escaped[6] = {'%',
                               'u',
                               kHexDigits[unit >> 12],
                               kHexDigits[(unit >> 8) & 15],
                               kHexDigits[(unit >> 4) & 15],
                               kHexDigits[unit & 15]};
            TRY(builder.append(std::string_view(escaped, 6)));
        }
    }
    return Value(TRY(builder.finish()));
}

// B.2.1.2 unescape ( string )
Result<Value> global_unescape(Agent& agent, const Arguments& arguments) {
    String* string = TRY(to_string(agent, arguments[0]));
    FlatView text = TRY(string->flatten(agent));
    StringBuilder builder(agent);
    uint32_t steps = 0;
    for (uint32_t k = 0; k < text.length(); ++k) {
        if ((++steps & 0xFFF) == 0) TRY(agent.poll_interrupts());
        char16_t unit = text[k];
        if (unit == '%') {
            int wide = k + 1 < text.length() && text[k + 1] == 'u' ? parse_hex(text, k + 2, 4) : -1;
            int narrow = wide < 0 ? parse_hex(text, k + 1, 2) : -1;
            if (wide >= 0) {
                unit = static_cast<char16_t>(wide);
                k += 5;
            } else if (narrow >= 0) {
                unit = static_cast<char16_t>(narrow);
                k += 2;
            }
        }
        TRY(builder.append(unit));
    }
    return Value(TRY(builder.finish()));
}

Fallible<Object*> create_eval(Agent& agent, Realm& realm) {
    return TRY(NativeFunction::create(agent, realm, global_eval, 1, atoms::eval));
}

Fallible<Object*> create_parse_float(Agent& agent, Realm& realm) {
    return TRY(NativeFunction::create(agent, realm, global_parse_float, 1, atoms::parseFloat));
}

Fallible<Object*> create_parse_int(Agent& agent, Realm& realm) {
    return TRY(NativeFunction::create(agent, realm, global_parse_int, 2, atoms::parseInt));
}

} // namespace heddle
