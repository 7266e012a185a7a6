// 12 ECMAScript Language: Lexical Grammar, with B.1.
#include "syntax/lexer.h"

#include <cmath>
#include <double-conversion/string-to-double.h>
#include <unicode/uchar.h>
#include <unicode/utf16.h>

namespace heddle {

namespace {

constexpr uint32_t kNoOffset = UINT32_MAX;

bool is_line_terminator(uint32_t unit) {
    return unit == '\n' || unit == '\r' || unit == 0x2028 || unit == 0x2029;
}

bool is_space_separator(uint32_t unit) {
    if (unit == 0xA0 || unit == 0xFEFF) return true;
    if (unit < 0x1680) return false;
    return unit <= 0xFFFF && u_charType(static_cast<UChar32>(unit)) == U_SPACE_SEPARATOR;
}

uint32_t digit_value(uint32_t unit) {
    if (unit >= '0' && unit <= '9') return unit - '0';
    if (unit >= 'a' && unit <= 'f') return unit - 'a' + 10;
    if (unit >= 'A' && unit <= 'F') return unit - 'A' + 10;
    return 99;
}

bool is_ascii_id_start(uint32_t unit) {
    return (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || unit == '_' || unit == '$';
}

bool is_ascii_id_continue(uint32_t unit) {
    return is_ascii_id_start(unit) || (unit >= '0' && unit <= '9');
}

struct CodePointRange {
    uint32_t first;
    uint32_t last;
    bool is_start;
};

/// Identifier code points that Unicode gained after the oldest ICU that is supported (72, Unicode 15).
constexpr CodePointRange kNewerIdentifierRanges[] = {
#include "syntax/newer_identifiers.def"
};

bool is_newer_identifier(uint32_t code_point, bool start) {
    for (const CodePointRange& range : kNewerIdentifierRanges)
        if (code_point >= range.first && code_point <= range.last && (range.is_start || !start)) return true;
    return false;
}

} // namespace

bool is_id_start(uint32_t code_point) {
    if (code_point < 0x80) return is_ascii_id_start(code_point);
    if (code_point > 0x10FFFF) return false;
    return u_hasBinaryProperty(static_cast<UChar32>(code_point), UCHAR_ID_START) ||
           is_newer_identifier(code_point, true);
}

bool is_id_continue(uint32_t code_point) {
    if (code_point < 0x80) return is_ascii_id_continue(code_point);
    if (code_point > 0x10FFFF) return false;
    return code_point == 0x200C || code_point == 0x200D ||
           u_hasBinaryProperty(static_cast<UChar32>(code_point), UCHAR_ID_CONTINUE) ||
           is_newer_identifier(code_point, false);
}

const char* token_text(TokenKind kind) {
    switch (kind) {
    case TokenKind::kEnd:
        return "end of input";
    case TokenKind::kIdentifier:
        return "identifier";
    case TokenKind::kPrivateName:
        return "private name";
    case TokenKind::kNumber:
    case TokenKind::kBigInt:
        return "number";
    case TokenKind::kString:
        return "string";
    case TokenKind::kTemplate:
        return "template literal";
    case TokenKind::kRegExp:
        return "regular expression";
    case TokenKind::kEscapedKeyword:
        return "keyword with escapes";
#define PUNCTUATOR(kind, text, precedence)                                                                   \
    case TokenKind::kind:                                                                                    \
        return "'" text "'";
#define KEYWORD(kind, text, precedence)                                                                      \
    case TokenKind::kind:                                                                                    \
        return "'" text "'";
#define WORD(kind, text, reserved)                                                                           \
    case TokenKind::kind:                                                                                    \
        return "'" text "'";
#include "syntax/tokens.def"
    default:
        return "token";
    }
}

uint8_t binary_precedence(TokenKind kind) {
    switch (kind) {
#define PUNCTUATOR(kind, text, precedence)                                                                   \
    case TokenKind::kind:                                                                                    \
        return precedence;
#define KEYWORD(kind, text, precedence)                                                                      \
    case TokenKind::kind:                                                                                    \
        return precedence;
#include "syntax/tokens.def"
    default:
        return 0;
    }
}

Lexer::Lexer(const SourceText& source, AstStringTable& strings, Arena& arena, bool is_module,
             bool allow_hashbang)
    : length_(source.length()), is_module_(is_module), strings_(strings), arena_(arena) {
    if (source.is_latin1())
        latin1_ = source.latin1();
    else
        utf16_ = source.utf16();
#define KEYWORD(kind, text, precedence) strings.intern_word(text, static_cast<uint8_t>(TokenKind::kind));
#define WORD(kind, text, reserved) strings.intern_word(text, static_cast<uint8_t>(TokenKind::kind));
#include "syntax/tokens.def"
    // 12.5 Hashbang Comments
    if (allow_hashbang && peek() == '#' && peek(1) == '!') skip_line_comment();
}

uint32_t Lexer::peek_code_point(uint32_t& units) const {
    uint32_t unit = peek();
    units = 1;
    if (unit != kEndOfText && U16_IS_LEAD(unit)) {
        uint32_t trail = peek(1);
        if (trail != kEndOfText && U16_IS_TRAIL(trail)) {
            units = 2;
            return static_cast<uint32_t>(U16_GET_SUPPLEMENTARY(unit, trail));
        }
    }
    return unit;
}

void Lexer::error(Token& token, const char* message, uint32_t offset, bool incomplete) {
    token.kind = TokenKind::kError;
    token.error = message;
    token.error_offset = offset;
    token.is_incomplete = incomplete;
}

void Lexer::skip_line_comment() {
    while (position_ < length_ && !is_line_terminator(peek()))
        position_++;
}

// 12.2 White Space, 12.3 Line Terminators, 12.4 Comments, B.1.1 HTML-like Comments.
// Returns false after reporting an unterminated comment.
bool Lexer::skip_space(Token& token) {
    for (;;) {
        uint32_t unit = peek();
        switch (unit) {
        case ' ':
        case '\t':
        case '\v':
        case '\f':
            position_++;
            continue;
        case '\n':
        case '\r':
            token.newline_before = true;
            position_++;
            continue;
        case '/':
            if (peek(1) == '/') {
                skip_line_comment();
                continue;
            }
            if (peek(1) == '*') {
                uint32_t begin = position_;
                position_ += 2;
                for (;;) {
                    uint32_t inner = peek();
                    if (inner == kEndOfText) {
                        error(token, "This comment is never closed: end it with '*/'", begin, true);
                        return false;
                    }
                    position_++;
                    if (inner == '*' && peek() == '/') {
                        position_++;
                        break;
                    }
                    if (is_line_terminator(inner)) token.newline_before = true;
                }
                continue;
            }
            return true;
        case '<':
            if (!is_module_ && peek(1) == '!' && peek(2) == '-' && peek(3) == '-') {
                skip_line_comment();
                continue;
            }
            return true;
        case '-':
            if (!is_module_ && token.newline_before && peek(1) == '-' && peek(2) == '>') {
                skip_line_comment();
                continue;
            }
            return true;
        default:
            if (unit < 0x80 || unit == kEndOfText) return true;
            if (is_line_terminator(unit)) {
                token.newline_before = true;
                position_++;
                continue;
            }
            if (!is_space_separator(unit)) return true;
            position_++;
        }
    }
}

void Lexer::next(Token& token) {
    token = Token{};
    // A --> comment may also open the text.
    token.newline_before = position_ == 0;
    if (!skip_space(token)) {
        token.begin = token.error_offset;
        token.end = position_;
        return;
    }
    token.begin = position_;
    uint32_t unit = peek();
    if (unit == kEndOfText) {
        token.kind = TokenKind::kEnd;
    } else if (is_ascii_id_start(unit) || unit == '\\') {
        scan_identifier(token, false);
    } else if (unit >= '0' && unit <= '9') {
        scan_number(token);
    } else if (unit == '"' || unit == '\'') {
        scan_string(token, static_cast<char16_t>(unit));
    } else if (unit == '`') {
        scan_template(token);
    } else if (unit == '#') {
        position_++;
        scan_identifier(token, true);
    } else if (unit == '.' && peek(1) >= '0' && peek(1) <= '9') {
        scan_number(token);
    } else if (unit < 0x80) {
        scan_punctuator(token, unit);
    } else {
        scan_identifier(token, false);
    }
    token.end = position_;
}

void Lexer::append(char32_t code_point) {
    if (code_point > 0xFFFF) {
        buffer_.push(arena_, U16_LEAD(code_point));
        buffer_.push(arena_, U16_TRAIL(code_point));
    } else {
        buffer_.push(arena_, static_cast<char16_t>(code_point));
    }
}

const AstString* Lexer::take_buffer() {
    const AstString* string = strings_.intern(buffer_.data(), buffer_.size());
    buffer_.clear();
    return string;
}

// 12.7 Names and Keywords
void Lexer::scan_identifier(Token& token, bool is_private) {
    uint32_t begin = token.begin;
    // Fast path: ASCII without escapes.
    if (is_ascii_id_start(peek())) {
        do
            position_++;
        while (is_ascii_id_continue(peek()));
    }
    uint32_t unit = peek();
    if (position_ > begin + is_private && unit != '\\' && (unit < 0x80 || unit == kEndOfText)) {
        token.string = latin1_ ? strings_.intern(latin1_ + begin, position_ - begin)
                               : strings_.intern(utf16_ + begin, position_ - begin);
    } else {
        buffer_.clear();
        for (uint32_t i = begin; i < position_; i++)
            append(latin1_ ? latin1_[i] : utf16_[i]);
        for (;;) {
            bool at_start = position_ == begin + is_private;
            uint32_t offset = position_;
            uint32_t units;
            uint32_t code_point = peek_code_point(units);
            if (code_point == kEndOfText) break;
            if (code_point == '\\') {
                code_point = scan_identifier_escape(token);
                if (code_point == kEndOfText) return;
                token.has_escape = true;
                if (!(at_start ? is_id_start(code_point) : is_id_continue(code_point))) {
                    error(token, "This escape stands for a character that no identifier can have here",
                          offset);
                    return;
                }
            } else {
                if (!(at_start ? is_id_start(code_point) : is_id_continue(code_point))) break;
                position_ += units;
            }
            append(code_point);
        }
        if (position_ == begin + is_private) {
            if (is_private) {
                error(token, "Expected a name right after '#'", begin, peek() == kEndOfText);
            } else {
                error(token, "Invalid or unexpected character", begin);
            }
            return;
        }
        token.string = take_buffer();
    }
    if (is_private) {
        token.kind = TokenKind::kPrivateName;
        return;
    }
    auto word = static_cast<TokenKind>(token.string->word());
    if (word == TokenKind::kNone) {
        token.kind = TokenKind::kIdentifier;
    } else if (word > TokenKind::kFirstWord) {
        token.kind = TokenKind::kIdentifier;
        token.word = word;
    } else if (token.has_escape) {
        token.kind = TokenKind::kEscapedKeyword;
    } else {
        token.kind = word;
    }
}

uint32_t Lexer::scan_unicode_escape() {
    if (peek() == '{') {
        position_++;
        uint32_t value = 0;
        uint32_t digits = 0;
        for (; digit_value(peek()) < 16; digits++, position_++) {
            value = value * 16 + digit_value(peek());
            if (value > 0x10FFFF) return kEndOfText;
        }
        if (digits == 0 || peek() != '}') return kEndOfText;
        position_++;
        return value;
    }
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = digit_value(peek());
        if (digit >= 16) return kEndOfText;
        value = value * 16 + digit;
        position_++;
    }
    return value;
}

uint32_t Lexer::scan_identifier_escape(Token& token) {
    uint32_t begin = position_;
    position_++;
    if (peek() == 'u') {
        position_++;
        uint32_t value = scan_unicode_escape();
        if (value != kEndOfText) return value;
    }
    error(token, "Invalid escape in an identifier: write \\uXXXX or \\u{X}", begin);
    return kEndOfText;
}

// Collects digits and separators; false after reporting a misplaced separator.
bool Lexer::scan_digits(uint32_t radix, Token& token, uint32_t& digit_count) {
    digit_count = 0;
    bool after_separator = true;
    for (;;) {
        uint32_t unit = peek();
        if (unit == '_') {
            if (after_separator) {
                error(token, "A numeric separator '_' must stand between two digits", position_);
                return false;
            }
            after_separator = true;
            position_++;
            continue;
        }
        if (digit_value(unit) >= radix) break;
        append(unit);
        digit_count++;
        after_separator = false;
        position_++;
    }
    if (digit_count && after_separator) {
        error(token, "A numeric separator '_' must stand between two digits", position_ - 1);
        return false;
    }
    return true;
}

// 12.9.3 Numeric Literals, B.1.2
void Lexer::scan_number(Token& token) {
    token.kind = TokenKind::kNumber;
    buffer_.clear();
    uint32_t digits = 0;
    auto finish = [&] {
        uint32_t units;
        uint32_t after = peek_code_point(units);
        if (after != kEndOfText && (is_id_start(after) || (after >= '0' && after <= '9') || after == '\\'))
            error(token, "An identifier or digit cannot follow a number immediately", position_);
    };
    auto radix_value = [&](uint32_t first, uint32_t bits) {
        // Keeps 60 bits and a sticky bit, so that the one conversion at the end rounds correctly.
        uint64_t mantissa = 0;
        int exponent = 0;
        for (uint32_t i = first; i < buffer_.size(); i++) {
            uint32_t digit = digit_value(buffer_[i]);
            if (mantissa >> 58) {
                exponent += static_cast<int>(bits);
                if (exponent > 4000) exponent = 4000;
                if (digit) mantissa |= 1;
            } else {
                mantissa = mantissa << bits | digit;
            }
        }
        return std::ldexp(static_cast<double>(mantissa), exponent);
    };

    if (peek() == '0' && peek(1) != kEndOfText) {
        uint32_t radix = 0;
        uint32_t bits = 0;
        switch (peek(1) | 0x20) {
        case 'x':
            radix = 16, bits = 4;
            break;
        case 'o':
            radix = 8, bits = 3;
            break;
        case 'b':
            radix = 2, bits = 1;
            break;
        }
        if (radix) {
            append('0');
            append(peek(1) | 0x20);
            position_ += 2;
            if (!scan_digits(radix, token, digits)) return;
            if (digits == 0) {
                error(token,
                      radix == 16  ? "Expected hexadecimal digits after '0x'"
                      : radix == 8 ? "Expected octal digits after '0o'"
                                   : "Expected binary digits after '0b'",
                      position_);
                return;
            }
            if (peek() == 'n') {
                position_++;
                token.kind = TokenKind::kBigInt;
                token.string = take_buffer();
            } else {
                token.number = radix_value(2, bits);
            }
            finish();
            return;
        }
        if (peek(1) >= '0' && peek(1) <= '9') {
            // LegacyOctalIntegerLiteral or NonOctalDecimalIntegerLiteral
            token.legacy_octal = position_;
            bool octal = true;
            for (;; position_++) {
                uint32_t unit = peek();
                if (unit < '0' || unit > '9') break;
                if (unit >= '8') octal = false;
                append(unit);
            }
            if (peek() == '_') {
                error(token, "Numeric separators '_' are not allowed in numbers that start with 0",
                      position_);
                return;
            }
            if (octal) {
                token.number = radix_value(1, 3);
                finish();
                return;
            }
            goto after_integer;
        }
        if (peek(1) == '_') {
            error(token, "Numeric separators '_' are not allowed in numbers that start with 0",
                  position_ + 1);
            return;
        }
    }

    if (peek() != '.' && !scan_digits(10, token, digits)) return;
    if (peek() == 'n') {
        position_++;
        token.kind = TokenKind::kBigInt;
        token.string = take_buffer();
        finish();
        return;
    }
after_integer:
    if (peek() == '.') {
        append('.');
        position_++;
        if (peek() == '_') {
            error(token, "A numeric separator '_' must stand between two digits", position_);
            return;
        }
        if (!scan_digits(10, token, digits)) return;
    }
    if (peek() == 'e' || peek() == 'E') {
        append('e');
        position_++;
        if (peek() == '+' || peek() == '-') {
            append(peek());
            position_++;
        }
        if (!scan_digits(10, token, digits)) return;
        if (digits == 0) {
            error(token, "Expected digits after the exponent 'e'", position_);
            return;
        }
    }
    finish();
    if (token.kind == TokenKind::kError) return;
    // Short integers need no conversion library.
    if (buffer_.size() <= 9) {
        uint32_t value = 0;
        bool plain = true;
        for (char16_t unit : buffer_) {
            if (unit < '0' || unit > '9') {
                plain = false;
                break;
            }
            value = value * 10 + (unit - '0');
        }
        if (plain) {
            token.number = value;
            return;
        }
    }
    double_conversion::StringToDoubleConverter converter(0, 0.0, 0.0, nullptr, nullptr);
    int processed = 0;
    char* ascii = arena_.make_array<char>(buffer_.size());
    if (!ascii) return; // the arena is exhausted
    for (uint32_t i = 0; i < buffer_.size(); i++)
        ascii[i] = static_cast<char>(buffer_[i]);
    token.number = converter.StringToDouble(ascii, static_cast<int>(buffer_.size()), &processed);
}

std::optional<const char*> Lexer::scan_common_escape(uint32_t escaped) {
    switch (escaped) {
    case 'n':
        append('\n');
        return nullptr;
    case 't':
        append('\t');
        return nullptr;
    case 'r':
        append('\r');
        return nullptr;
    case 'b':
        append('\b');
        return nullptr;
    case 'f':
        append('\f');
        return nullptr;
    case 'v':
        append('\v');
        return nullptr;
    case '\n':
    case 0x2028:
    case 0x2029:
        return nullptr;
    case 'x': {
        uint32_t high = digit_value(peek());
        uint32_t low = high < 16 ? digit_value(peek(1)) : 99;
        if (low >= 16) return "Invalid escape: \\x needs two hexadecimal digits";
        position_ += 2;
        append(high * 16 + low);
        return nullptr;
    }
    case 'u': {
        uint32_t value = scan_unicode_escape();
        if (value == kEndOfText) return "Invalid escape: write \\uXXXX, or \\u{X} up to \\u{10FFFF}";
        append(value);
        return nullptr;
    }
    default:
        return std::nullopt;
    }
}

// 12.9.4 String Literals, B.1.2
void Lexer::scan_string(Token& token, char16_t quote) {
    token.kind = TokenKind::kString;
    uint32_t begin = position_;
    position_++;
    uint32_t start = position_;
    // Fast path: no escapes.
    for (;;) {
        uint32_t unit = peek();
        if (unit == quote) {
            token.string = latin1_ ? strings_.intern(latin1_ + start, position_ - start)
                                   : strings_.intern(utf16_ + start, position_ - start);
            position_++;
            return;
        }
        if (unit == '\\') break;
        if (unit == kEndOfText || unit == '\n' || unit == '\r') {
            error(token, "This string is never closed on its line: end it with the quote that opened it",
                  begin);
            return;
        }
        position_++;
    }
    token.has_escape = true;
    buffer_.clear();
    for (uint32_t i = start; i < position_; i++)
        buffer_.push(arena_, latin1_ ? latin1_[i] : utf16_[i]);
    for (;;) {
        uint32_t unit = peek();
        if (unit == kEndOfText || unit == '\n' || unit == '\r') {
            error(token, "This string is never closed on its line: end it with the quote that opened it",
                  begin);
            return;
        }
        position_++;
        if (unit == quote) break;
        if (unit != '\\') {
            buffer_.push(arena_, static_cast<char16_t>(unit));
            continue;
        }
        uint32_t escape_begin = position_ - 1;
        uint32_t escaped = peek();
        if (escaped == kEndOfText) continue;
        position_++;
        if (std::optional<const char*> problem = scan_common_escape(escaped)) {
            if (!*problem) continue;
            error(token, *problem, escape_begin);
            return;
        }
        switch (escaped) {
        case '\r':
            if (peek() == '\n') position_++;
            break;
        case '8':
        case '9':
            if (token.legacy_octal == kNoOffset) token.legacy_octal = escape_begin;
            append(escaped);
            break;
        default:
            if (escaped >= '0' && escaped <= '7') {
                uint32_t following = peek();
                if (escaped == '0' && !(following >= '0' && following <= '9')) {
                    append(0);
                    break;
                }
                if (token.legacy_octal == kNoOffset) token.legacy_octal = escape_begin;
                uint32_t value = escaped - '0';
                if (following >= '0' && following <= '7') {
                    value = value * 8 + (following - '0');
                    position_++;
                    following = peek();
                    if (escaped <= '3' && following >= '0' && following <= '7') {
                        value = value * 8 + (following - '0');
                        position_++;
                    }
                }
                append(value);
            } else {
                buffer_.push(arena_, static_cast<char16_t>(escaped));
            }
        }
    }
    token.string = take_buffer();
}

// 12.9.6 Template Literal Lexical Components. At ` or }.
void Lexer::scan_template(Token& token) {
    token.kind = TokenKind::kTemplate;
    uint32_t begin = position_;
    position_++;
    buffer_.clear();
    ArenaVector<char16_t> raw;
    uint32_t raw_begin = position_;
    bool raw_is_source = true; // no carriage returns to normalize
    auto raw_copy = [&] {
        raw_is_source = false;
        for (uint32_t i = raw_begin; i < position_; i++)
            raw.push(arena_, latin1_ ? latin1_[i] : utf16_[i]);
    };
    auto raw_push = [&](uint32_t from) {
        if (raw_is_source) return;
        for (uint32_t i = from; i < position_; i++)
            raw.push(arena_, latin1_ ? latin1_[i] : utf16_[i]);
    };
    uint32_t raw_end;
    for (;;) {
        uint32_t unit = peek();
        if (unit == kEndOfText) {
            error(token, "This template literal is never closed: end it with '`'", begin, true);
            return;
        }
        raw_end = position_;
        if (unit == '`') {
            position_++;
            token.is_template_tail = true;
            break;
        }
        if (unit == '$' && peek(1) == '{') {
            position_ += 2;
            break;
        }
        if (unit == '\r') {
            if (raw_is_source) raw_copy();
            position_ += peek(1) == '\n' ? 2 : 1;
            raw.push(arena_, u'\n');
            append('\n');
            continue;
        }
        uint32_t from = position_;
        position_++;
        if (unit != '\\') {
            buffer_.push(arena_, static_cast<char16_t>(unit));
            raw_push(from);
            continue;
        }
        uint32_t escaped = peek();
        if (escaped == kEndOfText) continue;
        if (escaped == '\r') {
            if (raw_is_source)
                raw_copy();
            else
                raw.push(arena_, u'\\');
            position_ += peek(1) == '\n' ? 2 : 1;
            raw.push(arena_, u'\n');
            continue;
        }
        position_++;
        auto invalid = [&](const char* message) {
            if (token.error) return;
            token.error = message;
            token.error_offset = from;
        };
        if (std::optional<const char*> problem = scan_common_escape(escaped)) {
            if (*problem) invalid(*problem);
        } else if (escaped >= '0' && escaped <= '9') {
            if (escaped == '0' && !(peek() >= '0' && peek() <= '9'))
                append(0);
            else
                invalid("Octal escapes are not allowed in template literals: write \\xXX");
        } else {
            buffer_.push(arena_, static_cast<char16_t>(escaped));
        }
        raw_push(from);
    }
    token.string = token.error ? nullptr : take_buffer();
    buffer_.clear();
    if (raw_is_source)
        token.raw = latin1_ ? strings_.intern(latin1_ + raw_begin, raw_end - raw_begin)
                            : strings_.intern(utf16_ + raw_begin, raw_end - raw_begin);
    else
        token.raw = strings_.intern(raw.data(), raw.size());
}

void Lexer::rescan_template_continuation(Token& token) {
    HEDDLE_ASSERT(token.kind == TokenKind::kRightBrace);
    position_ = token.begin;
    bool newline = token.newline_before;
    uint32_t begin = token.begin;
    token = Token{};
    token.begin = begin;
    token.newline_before = newline;
    scan_template(token);
    token.end = position_;
}

// 12.9.5 Regular Expression Literals
void Lexer::rescan_regexp(Token& token) {
    HEDDLE_ASSERT(token.kind == TokenKind::kSlash || token.kind == TokenKind::kSlashAssign);
    position_ = token.begin + 1;
    token.kind = TokenKind::kRegExp;
    bool in_class = false;
    uint32_t begin = position_;
    for (;;) {
        uint32_t unit = peek();
        if (unit == kEndOfText || is_line_terminator(unit)) {
            error(token, "This regular expression is never closed on its line: end it with '/'", token.begin);
            return;
        }
        position_++;
        if (unit == '\\') {
            uint32_t escaped = peek();
            if (escaped == kEndOfText || is_line_terminator(escaped)) continue;
            position_++;
        } else if (unit == '[') {
            in_class = true;
        } else if (unit == ']') {
            in_class = false;
        } else if (unit == '/' && !in_class) {
            break;
        }
    }
    uint32_t end = position_ - 1;
    auto slice = [&](uint32_t from, uint32_t to) {
        return latin1_ ? strings_.intern(latin1_ + from, to - from)
                       : strings_.intern(utf16_ + from, to - from);
    };
    token.string = slice(begin, end);
    uint32_t flags_begin = position_;
    uint32_t seen = 0;
    for (;;) {
        uint32_t units;
        uint32_t code_point = peek_code_point(units);
        if (code_point == kEndOfText) break;
        if (code_point == '\\') {
            error(token, "Regular expression flags cannot be escaped", position_);
            return;
        }
        if (!is_id_continue(code_point)) break;
        uint32_t bit = code_point >= 'a' && code_point <= 'z' ? 1u << (code_point - 'a') : 0;
        bool known = false;
        for (char flag : {'d', 'g', 'i', 'm', 's', 'u', 'v', 'y'})
            known |= code_point == uint32_t(flag);
        if (!known) {
            error(token, "Invalid regular expression flag: the flags are d, g, i, m, s, u, v and y",
                  position_);
            return;
        }
        if (seen & bit) {
            error(token, "A regular expression flag occurs twice", position_);
            return;
        }
        seen |= bit;
        position_ += units;
    }
    if ((seen & (1u << ('u' - 'a'))) && (seen & (1u << ('v' - 'a')))) {
        error(token, "The regular expression flags u and v exclude each other", flags_begin);
        return;
    }
    token.raw = slice(flags_begin, position_);
    token.end = position_;
}

// 12.8 Punctuators: the longest match.
void Lexer::scan_punctuator(Token& token, uint32_t unit) {
    using enum TokenKind;
    auto take = [&](TokenKind kind, uint32_t length) {
        token.kind = kind;
        position_ += length;
    };
    uint32_t second = peek(1);
    uint32_t third = peek(2);
    switch (unit) {
    case '{':
        return take(kLeftBrace, 1);
    case '}':
        return take(kRightBrace, 1);
    case '(':
        return take(kLeftParen, 1);
    case ')':
        return take(kRightParen, 1);
    case '[':
        return take(kLeftBracket, 1);
    case ']':
        return take(kRightBracket, 1);
    case ';':
        return take(kSemicolon, 1);
    case ',':
        return take(kComma, 1);
    case ':':
        return take(kColon, 1);
    case '~':
        return take(kBitNot, 1);
    case '.':
        if (second == '.' && third == '.') return take(kEllipsis, 3);
        return take(kDot, 1);
    case '?':
        if (second == '?') return third == '=' ? take(kCoalesceAssign, 3) : take(kCoalesce, 2);
        if (second == '.' && !(third >= '0' && third <= '9')) return take(kQuestionDot, 2);
        return take(kQuestion, 1);
    case '=':
        if (second == '=') return third == '=' ? take(kStrictEqual, 3) : take(kEqual, 2);
        return second == '>' ? take(kArrow, 2) : take(kAssign, 1);
    case '!':
        if (second == '=') return third == '=' ? take(kStrictNotEqual, 3) : take(kNotEqual, 2);
        return take(kNot, 1);
    case '+':
        if (second == '+') return take(kIncrement, 2);
        return second == '=' ? take(kPlusAssign, 2) : take(kPlus, 1);
    case '-':
        if (second == '-') return take(kDecrement, 2);
        return second == '=' ? take(kMinusAssign, 2) : take(kMinus, 1);
    case '*':
        if (second == '*') return third == '=' ? take(kStarStarAssign, 3) : take(kStarStar, 2);
        return second == '=' ? take(kStarAssign, 2) : take(kStar, 1);
    case '/':
        return second == '=' ? take(kSlashAssign, 2) : take(kSlash, 1);
    case '%':
        return second == '=' ? take(kPercentAssign, 2) : take(kPercent, 1);
    case '<':
        if (second == '<') return third == '=' ? take(kShiftLeftAssign, 3) : take(kShiftLeft, 2);
        return second == '=' ? take(kLessOrEqual, 2) : take(kLess, 1);
    case '>':
        if (second == '>') {
            if (third == '>')
                return peek(3) == '=' ? take(kShiftRightUnsignedAssign, 4) : take(kShiftRightUnsigned, 3);
            return third == '=' ? take(kShiftRightAssign, 3) : take(kShiftRight, 2);
        }
        return second == '=' ? take(kGreaterOrEqual, 2) : take(kGreater, 1);
    case '&':
        if (second == '&') return third == '=' ? take(kAndAssign, 3) : take(kAnd, 2);
        return second == '=' ? take(kBitAndAssign, 2) : take(kBitAnd, 1);
    case '|':
        if (second == '|') return third == '=' ? take(kOrAssign, 3) : take(kOr, 2);
        return second == '=' ? take(kBitOrAssign, 2) : take(kBitOr, 1);
    case '^':
        return second == '=' ? take(kBitXorAssign, 2) : take(kBitXor, 1);
    default:
        error(token, "Invalid or unexpected character", position_);
        position_++;
    }
}

} // namespace heddle
