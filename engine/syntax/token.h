// Tokens as the lexer hands them to the parser.
#pragma once

#include "syntax/ast_string.h"

#include <cstdint>

namespace heddle {

enum class TokenKind : uint8_t {
    kNone,
    kEnd,
    kError,
    kIdentifier,     ///< any IdentifierName that is no reserved word; see Token::word
    kEscapedKeyword, ///< a reserved word written with escapes: only good as a property name
    kPrivateName,    ///< `string` has the leading #
    kNumber,
    kBigInt,
    kString,
    kTemplate, ///< from ` or } to ${ or `; see Token::is_template_tail
    kRegExp,
#define PUNCTUATOR(kind, text, precedence) kind,
#define KEYWORD(kind, text, precedence) kind,
#include "syntax/tokens.def"
    kFirstWord,
#define WORD(kind, text, reserved) kind,
#include "syntax/tokens.def"
    kCount,
};

struct Token {
    TokenKind kind = TokenKind::kNone;
    /// kIdentifier: kLet, kAsync and so on if it is such a word (escaped or not), else kNone.
    TokenKind word = TokenKind::kNone;
    bool newline_before = false;
    bool has_escape = false; ///< identifiers and strings
    bool is_template_tail = false;
    bool is_incomplete = false; ///< kError: because the text ended
    uint32_t begin = 0;
    uint32_t end = 0;
    /// Start of a legacy octal literal or escape, \8 or \9, inside; UINT32_MAX if none.
    uint32_t legacy_octal = UINT32_MAX;
    uint32_t error_offset = 0;
    double number = 0;
    /// Identifier name, string value, cooked template text (null if invalid), BigInt digits, RegExp body.
    const AstString* string = nullptr;
    const AstString* raw = nullptr; ///< raw template text; RegExp flags
    /// kError, and templates with an invalid escape.
    const char* error = nullptr;

    /// An unescaped contextual word.
    bool is_word(TokenKind w) const { return word == w && kind == TokenKind::kIdentifier && !has_escape; }
};

/// "'let'" style text for messages.
const char* token_text(TokenKind kind);
/// 0 for tokens that are no binary operators.
uint8_t binary_precedence(TokenKind kind);

} // namespace heddle
