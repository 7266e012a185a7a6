#include "regexp/validator.h"

#include "regexp/pattern.h"
#include "runtime/string.h"

namespace heddle {

namespace {

FlatView view_of(const AstString& string) {
    return string.is_latin1() ? FlatView(string.latin1(), string.length())
                              : FlatView(string.utf16(), string.length());
}

} // namespace

// 13.2.7.2 IsValidRegularExpressionLiteral ( literal )
bool validate_regexp(void*, const AstString& pattern, const AstString& flags, std::string& message) {
    uint16_t bits;
    if (!parse_regexp_flags(view_of(flags), bits)) {
        message = "Invalid regular expression flags: each of d, g, i, m, s, u, v and y at most once, and not "
                  "u with v";
        return false;
    }
    Pattern parsed;
    parse_pattern(view_of(pattern), bits, false, parsed);
    if (parsed.error.empty()) return true;
    message.clear();
    if (parsed.out_of_memory) return false;
    message = "Invalid regular expression: " + parsed.error;
    return false;
}

} // namespace heddle
