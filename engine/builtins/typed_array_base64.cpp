// Uint8Array to and from base64 and hexadecimal (ECMA-262 23.3).
#include "builtins/typed_array.h"

#include <fmt/core.h>

namespace heddle {

namespace {

enum class Alphabet : uint8_t { Base64, Base64Url };
enum class LastChunkHandling : uint8_t { Loose, Strict, StopBeforePartial };

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decoded bytes, in malloc memory; what stands before an error is still written.
class DecodedBytes {
public:
    DecodedBytes() = default;
    ~DecodedBytes() { std::free(data_); }
    DecodedBytes(const DecodedBytes&) = delete;
    [[nodiscard]] bool reserve(size_t capacity) {
        data_ = static_cast<uint8_t*>(std::malloc(capacity ? capacity : 1));
        return data_ != nullptr;
    }
    void push(uint32_t byte) { data_[size_++] = static_cast<uint8_t>(byte); }
    const uint8_t* data() const { return data_; }
    size_t size() const { return size_; }
    size_t read = 0;   // code units consumed
    std::string error; // not empty: a SyntaxError after the bytes
private:
    uint8_t* data_ = nullptr;
    size_t size_ = 0;
};

int base64_digit(char16_t unit, Alphabet alphabet) {
    if (unit >= 'A' && unit <= 'Z') return unit - 'A';
    if (unit >= 'a' && unit <= 'z') return unit - 'a' + 26;
    if (unit >= '0' && unit <= '9') return unit - '0' + 52;
    if (unit == (alphabet == Alphabet::Base64 ? '+' : '-')) return 62;
    if (unit == (alphabet == Alphabet::Base64 ? '/' : '_')) return 63;
    return -1;
}

// 23.3.3.6 SkipAsciiWhitespace ( string, index )
uint32_t skip_ascii_whitespace(FlatView text, uint32_t index) {
    while (index < text.length() && (text[index] == ' ' || text[index] == '\t' || text[index] == '\n' ||
                                     text[index] == '\f' || text[index] == '\r'))
        ++index;
    return index;
}

// 23.3.3.7 DecodeFinalBase64Chunk: the last two or three digits. False: bits are left over and must not be.
bool decode_final_chunk(uint32_t chunk, uint32_t chunk_length, bool strict, DecodedBytes& bytes) {
    if (chunk_length == 2) {
        if (strict && (chunk & 0xF)) return false;
        bytes.push(chunk >> 4);
        return true;
    }
    if (strict && (chunk & 0x3)) return false;
    bytes.push(chunk >> 10);
    bytes.push((chunk >> 2) & 0xFF);
    return true;
}

// 23.3.3.9 FromBase64 ( string, alphabet, lastChunkHandling [ , maxLength ] )
Fallible<void> from_base64(Agent& agent, FlatView text, Alphabet alphabet, LastChunkHandling last,
                           size_t max_length, DecodedBytes& bytes) {
    if (!bytes.reserve(std::min<size_t>(max_length, size_t{text.length()} / 4 * 3 + 3)))
        return agent.out_of_memory();
    if (max_length == 0) return {};
    uint32_t chunk = 0;
    uint32_t chunk_length = 0;
    uint32_t index = 0;
    auto fail = [&](std::string message) -> Fallible<void> {
        bytes.error = std::move(message);
        return {};
    };
    uint32_t steps = 0;
    for (;;) {
        if ((++steps & 0xFFFF) == 0) TRY(agent.poll_interrupts());
        index = skip_ascii_whitespace(text, index);
        if (index == text.length()) {
            if (chunk_length > 0) {
                if (last == LastChunkHandling::StopBeforePartial) return {};
                if (last == LastChunkHandling::Strict)
                    return fail("base64: the last group lacks its padding '='");
                if (chunk_length == 1) return fail("base64: one digit is left over at the end");
                decode_final_chunk(chunk, chunk_length, false, bytes);
            }
            bytes.read = text.length();
            return {};
        }
        char16_t unit = text[index++];
        if (unit == '=') {
            if (chunk_length < 2)
                return fail(fmt::format("base64: padding at {} where a digit is expected", index - 1));
            index = skip_ascii_whitespace(text, index);
            if (chunk_length == 2) {
                if (index == text.length()) {
                    if (last == LastChunkHandling::StopBeforePartial) return {};
                    return fail("base64: the second '=' is missing");
                }
                if (text[index] == '=') index = skip_ascii_whitespace(text, index + 1);
            }
            if (index < text.length())
                return fail(fmt::format("base64: unexpected character at {} after the padding", index));
            if (!decode_final_chunk(chunk, chunk_length, last == LastChunkHandling::Strict, bytes))
                return fail("base64: the last digit before the padding has bits that no byte holds");
            bytes.read = text.length();
            return {};
        }
        int digit = base64_digit(unit, alphabet);
        if (digit < 0) return fail(fmt::format("base64: unexpected character at {}", index - 1));
        size_t remaining = max_length - bytes.size();
        if ((remaining == 1 && chunk_length == 2) || (remaining == 2 && chunk_length == 3)) return {};
        chunk = chunk << 6 | static_cast<uint32_t>(digit);
        if (++chunk_length < 4) continue;
        bytes.push(chunk >> 16);
        bytes.push((chunk >> 8) & 0xFF);
        bytes.push(chunk & 0xFF);
        chunk = chunk_length = 0;
        bytes.read = index;
        if (bytes.size() == max_length) return {};
    }
}

int hex_digit(char16_t unit) {
    if (unit >= '0' && unit <= '9') return unit - '0';
    if (unit >= 'a' && unit <= 'f') return unit - 'a' + 10;
    if (unit >= 'A' && unit <= 'F') return unit - 'A' + 10;
    return -1;
}

// 23.3.3.10 FromHex ( string [ , maxLength ] )
Fallible<void> from_hex(Agent& agent, FlatView text, size_t max_length, DecodedBytes& bytes) {
    if (!bytes.reserve(std::min<size_t>(max_length, text.length() / 2))) return agent.out_of_memory();
    if (text.length() % 2 != 0) {
        bytes.error = fmt::format("hex: {} digits are no whole number of bytes", text.length());
        return {};
    }
    for (uint32_t index = 0; index < text.length() && bytes.size() < max_length; index += 2) {
        int high = hex_digit(text[index]);
        int low = hex_digit(text[index + 1]);
        if (high < 0 || low < 0) {
            bytes.error = fmt::format("hex: unexpected character at {}", high < 0 ? index : index + 1);
            return {};
        }
        bytes.push(static_cast<uint32_t>(high << 4 | low));
        bytes.read = index + 2;
        if (index % 65536 == 0) TRY(agent.poll_interrupts());
    }
    return {};
}

// --- arguments
// --------------------------------------------------------------------------------------------------

Fallible<String*> string_argument(Agent& agent, Value value, const char* who) {
    if (value.is_string()) return value.as_string();
    return agent.throw_type_error(fmt::format("{} needs a string, not {}", who, display_string(value)));
}

/// GetOptionsObject and Get: undefined when there are no options.
Result<Value> get_option(Agent& agent, Value options, PropertyKey key) {
    if (options.is_undefined()) return Value::undefined();
    return options.as_object()->get(agent, key);
}

Fallible<void> check_options(Agent& agent, Value options, const char* who) {
    if (options.is_undefined() || options.is_object()) return {};
    return agent.throw_type_error(
        fmt::format("{}: the options must be an object, not {}", who, display_string(options)));
}

Fallible<bool> is_text(Agent& agent, Value value, std::string_view text) {
    if (!value.is_string()) return false;
    return TRY(value.as_string()->flatten(agent)).equals(FlatView(text));
}

Result<Alphabet> get_alphabet(Agent& agent, Value options, const char* who) {
    Value value = TRY(get_option(agent, options, atoms::alphabet));
    if (value.is_undefined() || TRY(is_text(agent, value, "base64"))) return Alphabet::Base64;
    if (TRY(is_text(agent, value, "base64url"))) return Alphabet::Base64Url;
    return agent.throw_type_error(
        fmt::format("{}: alphabet must be \"base64\" or \"base64url\", not {}", who, display_string(value)));
}

Result<LastChunkHandling> get_last_chunk_handling(Agent& agent, Value options, const char* who) {
    Value value = TRY(get_option(agent, options, atoms::lastChunkHandling));
    if (value.is_undefined() || TRY(is_text(agent, value, "loose"))) return LastChunkHandling::Loose;
    if (TRY(is_text(agent, value, "strict"))) return LastChunkHandling::Strict;
    if (TRY(is_text(agent, value, "stop-before-partial"))) return LastChunkHandling::StopBeforePartial;
    return agent.throw_type_error(
        fmt::format("{}: lastChunkHandling must be \"loose\", \"strict\" or \"stop-before-partial\", not {}",
                    who, display_string(value)));
}

// 23.3.3.1 ValidateUint8Array ( ta [ , accessMode ] )
Fallible<TypedArrayObject*> validate_uint8_array(Agent& agent, Value value, const char* who,
                                                 AccessMode mode = AccessMode::Read) {
    if (!value.is<TypedArrayObject>() || value.as<TypedArrayObject>()->type() != ElementType::Uint8)
        return agent.throw_type_error(
            fmt::format("{} needs a Uint8Array, not {}", who, display_string(value)));
    auto* array = value.as<TypedArrayObject>();
    if (mode == AccessMode::Write && array->buffer()->is_immutable())
        return agent.throw_type_error(
            fmt::format("{} cannot write to an immutable ArrayBuffer: copy it (slice) first", who));
    return array;
}

// --- functions
// --------------------------------------------------------------------------------------------------

Fallible<Value> array_from_bytes(Agent& agent, const DecodedBytes& bytes) {
    if (!bytes.error.empty()) return agent.throw_syntax_error(bytes.error);
    TypedArrayObject* array =
        TRY(TypedArrayObject::create_with_length(agent, nullptr, ElementType::Uint8, bytes.size()));
    if (bytes.size())
        sync::copy_relaxed(array->view(agent).bytes(0, bytes.size()), bytes.data(), bytes.size());
    return Value(array);
}

// 23.3.3.3 SetUint8ArrayBytes, and the { read, written } result. No user code has run since the length was
// read.
Result<Value> write_bytes(Agent& agent, TypedArrayObject* array, const DecodedBytes& bytes) {
    if (bytes.size())
        sync::copy_relaxed(array->view(agent).bytes(0, bytes.size()), bytes.data(), bytes.size());
    if (!bytes.error.empty()) return agent.throw_syntax_error(bytes.error);
    Object* result = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(result->create_data_property_or_throw(agent, atoms::read, Value::number(uint64_t{bytes.read})));
    TRY(result->create_data_property_or_throw(agent, atoms::written, Value::number(uint64_t{bytes.size()})));
    return Value(result);
}

// 23.3.1.1 Uint8Array.fromBase64 ( string [ , options ] )
Result<Value> uint8_array_from_base64(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "Uint8Array.fromBase64";
    String* string = TRY(string_argument(agent, arguments[0], kWho));
    TRY(check_options(agent, arguments[1], kWho));
    Alphabet alphabet = TRY(get_alphabet(agent, arguments[1], kWho));
    LastChunkHandling last = TRY(get_last_chunk_handling(agent, arguments[1], kWho));
    DecodedBytes bytes;
    TRY(from_base64(agent, TRY(string->flatten(agent)), alphabet, last, SIZE_MAX, bytes));
    return TRY(array_from_bytes(agent, bytes));
}

// 23.3.1.2 Uint8Array.fromHex ( string )
Result<Value> uint8_array_from_hex(Agent& agent, const Arguments& arguments) {
    String* string = TRY(string_argument(agent, arguments[0], "Uint8Array.fromHex"));
    DecodedBytes bytes;
    TRY(from_hex(agent, TRY(string->flatten(agent)), SIZE_MAX, bytes));
    return TRY(array_from_bytes(agent, bytes));
}

// 23.3.2.1 Uint8Array.prototype.setFromBase64 ( string [ , options ] )
Result<Value> uint8_array_set_from_base64(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "Uint8Array.prototype.setFromBase64";
    TypedArrayObject* array =
        TRY(validate_uint8_array(agent, arguments.this_value(), kWho, AccessMode::Write));
    String* string = TRY(string_argument(agent, arguments[0], kWho));
    TRY(check_options(agent, arguments[1], kWho));
    Alphabet alphabet = TRY(get_alphabet(agent, arguments[1], kWho));
    LastChunkHandling last = TRY(get_last_chunk_handling(agent, arguments[1], kWho));
    size_t length = TRY(revalidate_typed_array(agent, array, kWho));
    DecodedBytes bytes;
    TRY(from_base64(agent, TRY(string->flatten(agent)), alphabet, last, length, bytes));
    return write_bytes(agent, array, bytes);
}

// 23.3.2.2 Uint8Array.prototype.setFromHex ( string )
Result<Value> uint8_array_set_from_hex(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "Uint8Array.prototype.setFromHex";
    TypedArrayObject* array =
        TRY(validate_uint8_array(agent, arguments.this_value(), kWho, AccessMode::Write));
    String* string = TRY(string_argument(agent, arguments[0], kWho));
    size_t length = TRY(revalidate_typed_array(agent, array, kWho));
    DecodedBytes bytes;
    TRY(from_hex(agent, TRY(string->flatten(agent)), length, bytes));
    return write_bytes(agent, array, bytes);
}

Failed throw_too_long(Agent& agent, const char* who, size_t length) {
    return agent.throw_range_error(
        fmt::format("{}: {} bytes make a longer string than {} characters, the most there can be", who,
                    length, String::kMaxLength));
}

// 23.3.2.3 Uint8Array.prototype.toBase64 ( [ options ] )
Result<Value> uint8_array_to_base64(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "Uint8Array.prototype.toBase64";
    TypedArrayObject* array = TRY(validate_uint8_array(agent, arguments.this_value(), kWho));
    TRY(check_options(agent, arguments[0], kWho));
    std::string_view digits =
        TRY(get_alphabet(agent, arguments[0], kWho)) == Alphabet::Base64 ? kBase64 : kBase64Url;
    bool omit_padding = to_boolean(TRY(get_option(agent, arguments[0], atoms::omitPadding)));
    size_t length = TRY(revalidate_typed_array(agent, array, kWho));
    if (length > size_t{String::kMaxLength} / 4 * 3) return throw_too_long(agent, kWho, length);
    size_t rest = length % 3;
    size_t count = length / 3 * 4 + (rest == 0 ? 0 : omit_padding ? rest + 1 : 4);
    uint8_t* out = nullptr;
    String* string = TRY(String::create_uninitialized_latin1(agent, static_cast<uint32_t>(count), out));
    View view = array->view(agent);
    auto byte = [&](size_t i) { return static_cast<uint32_t>(view.load(ElementType::Uint8, i)); };
    size_t i = 0;
    for (; i + 3 <= length; i += 3) {
        uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = static_cast<uint8_t>(digits[(group >> shift) & 63]);
    }
    if (rest != 0) {
        uint32_t group = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0);
        *out++ = static_cast<uint8_t>(digits[group >> 18]);
        *out++ = static_cast<uint8_t>(digits[(group >> 12) & 63]);
        if (rest == 2) *out++ = static_cast<uint8_t>(digits[(group >> 6) & 63]);
        if (!omit_padding) {
            for (size_t pad = rest; pad < 3; ++pad)
                *out++ = '=';
        }
    }
    return Value(string);
}

// 23.3.2.4 Uint8Array.prototype.toHex ( )
Result<Value> uint8_array_to_hex(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "Uint8Array.prototype.toHex";
    TypedArrayObject* array = TRY(validate_uint8_array(agent, arguments.this_value(), kWho));
    size_t length = TRY(revalidate_typed_array(agent, array, kWho));
    if (length > String::kMaxLength / 2) return throw_too_long(agent, kWho, length);
    uint8_t* out = nullptr;
    String* string = TRY(String::create_uninitialized_latin1(agent, static_cast<uint32_t>(length * 2), out));
    View view = array->view(agent);
    for (size_t i = 0; i < length; ++i) {
        uint64_t byte = view.load(ElementType::Uint8, i);
        *out++ = static_cast<uint8_t>("0123456789abcdef"[byte >> 4]);
        *out++ = static_cast<uint8_t>("0123456789abcdef"[byte & 15]);
    }
    return Value(string);
}

} // namespace

Fallible<void> define_uint8_array_statics(Agent& agent, Realm& realm, Object* constructor) {
    const FunctionEntry functions[] = {{atoms::fromBase64, uint8_array_from_base64, 1},
                                       {atoms::fromHex, uint8_array_from_hex, 1}};
    return define_functions(agent, realm, constructor, functions);
}

Fallible<void> define_uint8_array_methods(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {atoms::setFromBase64, uint8_array_set_from_base64, 1},
        {atoms::setFromHex, uint8_array_set_from_hex, 1},
        {atoms::toBase64, uint8_array_to_base64, 0},
        {atoms::toHex, uint8_array_to_hex, 0},
    };
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
