// 22.2.5.1 RegExp.escape ( S )
#include "builtins/regexp_object.h"

#include <fmt/core.h>

namespace heddle {

namespace {

bool is_one_of(char32_t c, std::string_view set) {
    return c < 0x80 && c != 0 && set.find(static_cast<char>(c)) != std::string_view::npos;
}

// UnicodeEscape ( C )
Fallible<void> append_unit_escape(StringBuilder& builder, char16_t unit, bool is_short) {
    constexpr std::string_view kHex = "0123456789abcdef";
    char escape[] = {
        '\\',           is_short ? 'x' : 'u', kHex[unit >> 12], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15],
        kHex[unit & 15]};
    if (!is_short) return builder.append(std::string_view(escape, 6));
    TRY(builder.append(std::string_view(escape, 2)));
    return builder.append(std::string_view(escape + 4, 2));
}

// 22.2.5.1.1 EncodeForRegExpEscape ( c )
Fallible<void> append_escaped(StringBuilder& builder, char32_t c) {
    if (is_one_of(c, "^$\\.*+?()[]{}|/")) {
        TRY(builder.append(u'\\'));
        return builder.append(static_cast<char16_t>(c));
    }
    constexpr std::string_view kControls = "\t\n\v\f\r";
    if (is_one_of(c, kControls)) {
        TRY(builder.append(u'\\'));
        return builder.append(static_cast<char16_t>("tnvfr"[kControls.find(static_cast<char>(c))]));
    }
    if (is_one_of(c, ",-=<>#&!%:;@~'`\"") || white_space_characters().contains(c) ||
        (c & 0xFFFFF800) == 0xD800)
        return append_unit_escape(builder, static_cast<char16_t>(c), c <= 0xFF);
    return builder.append_code_point(c);
}

} // namespace

Result<Value> regexp_escape(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_string())
        return agent.throw_type_error(
            fmt::format("RegExp.escape needs a string, got {}", display_string(arguments[0])));
    FlatView view = TRY(arguments[0].as_string()->flatten(agent));
    StringBuilder builder(agent);
    for (uint32_t i = 0; i < view.length();) {
        uint32_t width;
        char32_t c = view.code_point_at(i, width);
        bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        // NOTE: A leading digit or letter is escaped so that the output can follow \0, \c or \x.
        if (i == 0 && is_alphanumeric)
            TRY(append_unit_escape(builder, static_cast<char16_t>(c), true));
        else if (is_alphanumeric)
            TRY(builder.append(static_cast<char16_t>(c)));
        else
            TRY(append_escaped(builder, c));
        i += width;
    }
    return Value(TRY(builder.finish()));
}

} // namespace heddle
