// Splits source text into tokens. Regular expressions and template continuations are scanned on the parser's
// demand, because only the parser knows where they can stand.
#pragma once

#include "syntax/source_text.h"
#include "syntax/token.h"

#include <optional>

namespace heddle {

class Lexer {
public:
    Lexer(const SourceText& source, AstStringTable& strings, Arena& arena, bool is_module,
          bool allow_hashbang);

    /// Scans the token after `position()`.
    void next(Token& token);
    /// `token` is kSlash or kSlashAssign: rescans it as a regular expression.
    void rescan_regexp(Token& token);
    /// `token` is kRightBrace: rescans it as the continuation of a template.
    void rescan_template_continuation(Token& token);

    uint32_t position() const { return position_; }
    void set_position(uint32_t position) { position_ = position; }

private:
    static constexpr uint32_t kEndOfText = 0xFFFF'FFFF;

    uint32_t peek(uint32_t ahead = 0) const {
        uint32_t at = position_ + ahead;
        if (at >= length_) return kEndOfText;
        return latin1_ ? latin1_[at] : utf16_[at];
    }
    uint32_t peek_code_point(uint32_t& units) const;
    void error(Token& token, const char* message, uint32_t offset, bool incomplete = false);
    bool skip_space(Token& token);
    void skip_line_comment();
    void scan_identifier(Token& token, bool is_private);
    void scan_number(Token& token);
    void scan_string(Token& token, char16_t quote);
    void scan_template(Token& token);
    void scan_punctuator(Token& token, uint32_t unit);
    /// At a backslash in an identifier. Returns the code point, or kEndOfText after reporting.
    uint32_t scan_identifier_escape(Token& token);
    /// At the `{` or first digit after \u. Returns kEndOfText if invalid.
    uint32_t scan_unicode_escape();
    /// Behind a backslash and `escaped`, the escapes that strings and templates share: nullptr when appended, otherwise why
    /// it is none; nothing for other escapes.
    std::optional<const char*> scan_common_escape(uint32_t escaped);
    void append(char32_t code_point);
    const AstString* take_buffer();
    bool scan_digits(uint32_t radix, Token& token, uint32_t& digit_count);

    const uint8_t* latin1_ = nullptr;
    const char16_t* utf16_ = nullptr;
    uint32_t length_;
    uint32_t position_ = 0;
    bool is_module_;
    AstStringTable& strings_;
    Arena& arena_;
    ArenaVector<char16_t> buffer_;
};

bool is_id_start(uint32_t code_point);
bool is_id_continue(uint32_t code_point);

} // namespace heddle
