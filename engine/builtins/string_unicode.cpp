// Methods of String.prototype that go by the Unicode character database, which ICU brings: normalization,
// case mapping, comparison by collation, and well-formedness.
#include "builtins/string.h"

#include <fmt/core.h>
#include <unicode/ucol.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

namespace heddle {

namespace {

/// The code units of a string as UTF-16, copied only where they are Latin-1. Bytes are malloc'ed: no cell
/// inside.
class Utf16Text {
public:
    Utf16Text() = default;
    ~Utf16Text() { __builtin_free(owned_); }
    Utf16Text(const Utf16Text&) = delete;
    Fallible<void> assign(Agent& agent, String* string) {
        FlatView view = TRY(string->flatten(agent));
        length_ = static_cast<int32_t>(view.length());
        if (!view.is_latin1()) {
            units_ = view.utf16();
            return {};
        }
        TRY(reserve(agent, view.length()));
        for (uint32_t i = 0; i < view.length(); ++i)
            owned_[i] = view[i];
        return {};
    }
    /// Room for `capacity` units that a function of ICU fills.
    Fallible<void> reserve(Agent& agent, size_t capacity) {
        auto* grown = static_cast<char16_t*>(__builtin_realloc(owned_, (capacity + 1) * sizeof(char16_t)));
        if (!grown) return agent.out_of_memory();
        units_ = owned_ = grown;
        return {};
    }
    const char16_t* units() const { return units_; }
    char16_t* buffer() { return owned_; }
    int32_t length() const { return length_; }

private:
    const char16_t* units_ = u"";
    char16_t* owned_ = nullptr;
    int32_t length_ = 0;
};

/// Calls `transform(out, capacity, error)` of ICU's kind, which returns the length of the result, until it
/// fits.
template<class Transform>
Fallible<Value> transformed(Agent& agent, int32_t expected, const char* what, Transform&& transform) {
    Utf16Text out;
    TRY(out.reserve(agent, static_cast<size_t>(expected)));
    UErrorCode error = U_ZERO_ERROR;
    int32_t length = transform(out.buffer(), expected, &error);
    if (error == U_BUFFER_OVERFLOW_ERROR) {
        TRY(out.reserve(agent, static_cast<size_t>(length)));
        error = U_ZERO_ERROR;
        length = transform(out.buffer(), length, &error);
    }
    if (error == U_MEMORY_ALLOCATION_ERROR) return agent.out_of_memory();
    if (U_FAILURE(error))
        return agent.throw_range_error(fmt::format("{} failed: {}", what, u_errorName(error)));
    if (static_cast<uint32_t>(length) > String::kMaxLength) {
        return agent.throw_range_error(
            fmt::format("Invalid string length: strings hold at most {} code units", String::kMaxLength));
    }
    return Value(TRY(String::create(agent, FlatView(out.buffer(), static_cast<uint32_t>(length)))));
}

bool is_ascii(FlatView view) {
    if (!view.is_latin1()) return false;
    uint8_t seen = 0;
    for (uint32_t i = 0; i < view.length(); ++i)
        seen |= view.latin1()[i];
    return seen < 0x80;
}

// 22.1.3.15 String.prototype.normalize ( [ form ] )
Result<Value> string_normalize(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.normalize"));
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2* normalizer = nullptr;
    if (arguments[0].is_undefined()) {
        normalizer = unorm2_getNFCInstance(&error);
    } else {
        String* form = TRY(to_string(agent, arguments[0]));
        FlatView name = TRY(form->flatten(agent));
        if (name.equals(FlatView("NFC")))
            normalizer = unorm2_getNFCInstance(&error);
        else if (name.equals(FlatView("NFD")))
            normalizer = unorm2_getNFDInstance(&error);
        else if (name.equals(FlatView("NFKC")))
            normalizer = unorm2_getNFKCInstance(&error);
        else if (name.equals(FlatView("NFKD")))
            normalizer = unorm2_getNFKDInstance(&error);
        else
            return agent.throw_range_error(fmt::format(
                "{} is not a normalization form: use NFC, NFD, NFKC or NFKD", display_string(Value(form))));
    }
    if (U_FAILURE(error))
        return agent.throw_range_error(fmt::format("normalize() failed: {}", u_errorName(error)));
    if (is_ascii(TRY(string->flatten(agent)))) return Value(string);
    Utf16Text text;
    TRY(text.assign(agent, string));
    return transformed(
        agent, text.length() + 16, "normalize()", [&](char16_t* out, int32_t capacity, UErrorCode* status) {
            return unorm2_normalize(normalizer, text.units(), text.length(), out, capacity, status);
        });
}

/// The root locale: the case mappings of SpecialCasing.txt that hold in every language.
constexpr const char* kRootLocale = "";

Result<Value> map_case(Agent& agent, const Arguments& arguments, const char* method, bool upper,
                       const char* locale) {
    String* string = TRY(this_string(agent, arguments, method));
    FlatView view = TRY(string->flatten(agent));
    if (is_ascii(view)) {
        uint8_t first = upper ? 'a' : 'A';
        uint8_t last = upper ? 'z' : 'Z';
        uint32_t i = 0;
        while (i < view.length() && !(view.latin1()[i] >= first && view.latin1()[i] <= last))
            ++i;
        if (i == view.length()) return Value(string);
        uint8_t* out;
        String* mapped = TRY(String::create_uninitialized_latin1(agent, view.length(), out));
        for (i = 0; i < view.length(); ++i) {
            uint8_t unit = view.latin1()[i];
            out[i] = unit >= first && unit <= last ? unit ^ 0x20 : unit;
        }
        return Value(mapped);
    }
    Utf16Text text;
    TRY(text.assign(agent, string));
    return transformed(
        agent, text.length() + 16, method, [&](char16_t* out, int32_t capacity, UErrorCode* status) {
            if (upper) return u_strToUpper(out, capacity, text.units(), text.length(), locale, status);
            return u_strToLower(out, capacity, text.units(), text.length(), locale, status);
        });
}

// 22.1.3.28 String.prototype.toLowerCase ( )
Result<Value> string_to_lower_case(Agent& agent, const Arguments& arguments) {
    return map_case(agent, arguments, "String.prototype.toLowerCase", false, kRootLocale);
}

// 22.1.3.30 String.prototype.toUpperCase ( )
Result<Value> string_to_upper_case(Agent& agent, const Arguments& arguments) {
    return map_case(agent, arguments, "String.prototype.toUpperCase", true, kRootLocale);
}

// 22.1.3.26 String.prototype.toLocaleLowerCase ( [ reserved1 [ , reserved2 ] ] ). The host's locale is the
// root one.
Result<Value> string_to_locale_lower_case(Agent& agent, const Arguments& arguments) {
    return map_case(agent, arguments, "String.prototype.toLocaleLowerCase", false, kRootLocale);
}

// 22.1.3.27 String.prototype.toLocaleUpperCase ( [ reserved1 [ , reserved2 ] ] )
Result<Value> string_to_locale_upper_case(Agent& agent, const Arguments& arguments) {
    return map_case(agent, arguments, "String.prototype.toLocaleUpperCase", true, kRootLocale);
}

// 22.1.3.12 String.prototype.localeCompare ( that [ , reserved1 [ , reserved2 ] ] ), by the root collation
Result<Value> string_locale_compare(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.localeCompare"));
    String* that = TRY(to_string(agent, arguments[0]));
    Utf16Text left;
    TRY(left.assign(agent, string));
    Utf16Text right;
    TRY(right.assign(agent, that));
    UErrorCode error = U_ZERO_ERROR;
    UCollator* collator = ucol_open("root", &error);
    if (U_FAILURE(error))
        return agent.throw_range_error(fmt::format("localeCompare() failed: {}", u_errorName(error)));
    // Canonically equivalent strings must compare as equal, so normalization is on.
    ucol_setAttribute(collator, UCOL_NORMALIZATION_MODE, UCOL_ON, &error);
    UCollationResult order =
        ucol_strcoll(collator, left.units(), left.length(), right.units(), right.length());
    ucol_close(collator);
    return Value::int32(order == UCOL_LESS ? -1 : order == UCOL_GREATER ? 1 : 0);
}

/// Index of the first lone surrogate at or after `from`, or the length.
uint32_t find_lone_surrogate(FlatView view, uint32_t from) {
    if (view.is_latin1()) return view.length();
    while (from < view.length()) {
        uint32_t width;
        char32_t point = view.code_point_at(from, width);
        if (width == 1 && (point & 0xF800) == 0xD800) return from;
        from += width;
    }
    return from;
}

// 22.1.3.10 String.prototype.isWellFormed ( )
Result<Value> string_is_well_formed(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.isWellFormed"));
    FlatView view = TRY(string->flatten(agent));
    return Value::boolean(find_lone_surrogate(view, 0) == view.length());
}

// 22.1.3.31 String.prototype.toWellFormed ( )
Result<Value> string_to_well_formed(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.toWellFormed"));
    FlatView view = TRY(string->flatten(agent));
    uint32_t lone = find_lone_surrogate(view, 0);
    if (lone == view.length()) return Value(string);
    StringBuilder builder(agent);
    uint32_t from = 0;
    for (; lone < view.length(); lone = find_lone_surrogate(view, from)) {
        TRY(builder.append(view.substring(from, lone)));
        TRY(builder.append(static_cast<char16_t>(0xFFFD)));
        from = lone + 1;
    }
    TRY(builder.append(view.substring(from, view.length())));
    return Value(TRY(builder.finish()));
}

} // namespace

Fallible<void> define_string_unicode(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {atoms::isWellFormed, string_is_well_formed, 0},
        {atoms::localeCompare, string_locale_compare, 1},
        {atoms::normalize, string_normalize, 0},
        {atoms::toLocaleLowerCase, string_to_locale_lower_case, 0},
        {atoms::toLocaleUpperCase, string_to_locale_upper_case, 0},
        {atoms::toLowerCase, string_to_lower_case, 0},
        {atoms::toUpperCase, string_to_upper_case, 0},
        {atoms::toWellFormed, string_to_well_formed, 0},
    };
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
