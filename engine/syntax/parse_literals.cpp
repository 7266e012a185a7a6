// 13.2 Primary Expression: literals, parenthesized expressions, object and array literals, templates.
#include "syntax/parser_impl.h"

#include <fmt/format.h>

namespace heddle {

bool Parser::check_legacy_octal(const Token& token) {
    if (token.legacy_octal == kNowhere || !context_.strict) return true;
    if (token.kind == TokenKind::kString)
        return fail(token.legacy_octal, token.end,
                    "Octal escapes and \\8, \\9 are not allowed in strict mode: write \\xXX");
    return fail_at(token, "Numbers with a leading 0 are not allowed in strict mode: write 0o for octal");
}

Expression* Parser::parse_primary(Cover* cover) {
    REQUIRE(enter_recursion());
    uint32_t begin = token_.begin;
    switch (token_.kind) {
    case TokenKind::kIdentifier:
        if (token_.is_word(TokenKind::kAsync)) return parse_async_primary();
        return parse_identifier_reference();
    case TokenKind::kNumber: {
        REQUIRE(check_legacy_octal(token_));
        auto* node = make<NumericLiteral>(begin);
        node->value = token_.number;
        next();
        return finish(node);
    }
    case TokenKind::kString: {
        REQUIRE(check_legacy_octal(token_));
        auto* node = make<StringLiteral>(begin);
        node->value = token_.string;
        next();
        return finish(node);
    }
    case TokenKind::kBigInt: {
        auto* node = make<BigIntLiteral>(begin);
        node->digits = token_.string;
        next();
        return finish(node);
    }
    case TokenKind::kNull:
        next();
        return finish(make<NullLiteral>(begin));
    case TokenKind::kTrue:
    case TokenKind::kFalse: {
        auto* node = make<BooleanLiteral>(begin);
        node->value = at(TokenKind::kTrue);
        next();
        return finish(node);
    }
    case TokenKind::kThis:
        next();
        return finish(make<ThisExpression>(begin));
    case TokenKind::kLeftParen:
        return parse_parenthesized();
    case TokenKind::kLeftBracket:
        return parse_array_literal(cover);
    case TokenKind::kLeftBrace:
        return parse_object_literal(cover);
    case TokenKind::kFunction:
        return parse_function_expression();
    case TokenKind::kClass: {
        auto* node = make<ClassExpression>(begin);
        node->class_node = PARSED(parse_class(false));
        return finish(node);
    }
    case TokenKind::kTemplate:
        return parse_template(false);
    case TokenKind::kSlash:
    case TokenKind::kSlashAssign:
        return parse_regexp();
    case TokenKind::kEscapedKeyword:
        return fail_at(token_, "Keywords must not contain escape sequences");
    default:
        return unexpected("an expression");
    }
}

Expression* Parser::parse_regexp() {
    has_peeked_ = false;
    lexer_.rescan_regexp(token_);
    if (at(TokenKind::kError)) return unexpected();
    if (options_.regexp_validator) {
        std::string message;
        if (!options_.regexp_validator(options_.regexp_validator_context, *token_.string, *token_.raw,
                                       message)) {
            // Without a message there was no memory for it.
            if (!message.empty()) return fail_at(token_, fmt::format("Invalid regular expression: {}", message));
            fail_at(token_, "Out of memory: a regular expression does not fit");
            error_.kind = ParseErrorKind::kOutOfMemory;
            return nullptr;
        }
    }
    auto* node = make<RegExpLiteral>(token_.begin);
    node->pattern = token_.string;
    node->flags = token_.raw;
    next();
    return finish(node);
}

// 13.2.9 The Grouping Operator, or the parameters of an arrow function
Expression* Parser::parse_parenthesized() {
    uint32_t begin = token_.begin;
    bool arrow_allowed = arrow_begin_ == begin;
    bool arrow_in_allowed = arrow_in_allowed_;
    next();
    Cover cover;
    ArenaVector<Expression*> items;
    Node* rest = nullptr;
    bool must_be_arrow = at(TokenKind::kRightParen);
    uint32_t inner_begin = token_.begin;
    uint32_t inner_end = token_.begin;
    while (!at(TokenKind::kRightParen)) {
        if (at(TokenKind::kEllipsis)) {
            if (!arrow_allowed) return unexpected("an expression");
            next();
            rest = PARSED(parse_binding_target(BindingUse::kParameter));
            if (at(TokenKind::kAssign))
                return fail_at(token_, "A rest parameter cannot have a default value");
            if (at(TokenKind::kComma)) return fail_at(token_, "A rest parameter must be the last one");
            must_be_arrow = true;
            break;
        }
        items.push(arena_, PARSED(parse_assignment(true, &cover)));
        inner_end = previous_end_;
        if (!at(TokenKind::kComma)) break;
        next();
        must_be_arrow = at(TokenKind::kRightParen);
    }
    if (!at(TokenKind::kRightParen)) return unexpected("',' or ')'");
    Token closing = token_;
    next();
    if (arrow_allowed && at(TokenKind::kArrow) && !token_.newline_before)
        return parse_arrow(begin, items, rest, false, arrow_in_allowed);
    if (must_be_arrow) {
        if (items.empty() && !rest) return unexpected("'=>' after '()'");
        return fail_at(closing,
                       "Unexpected token ')': expected '=>' after this parameter list, or an expression");
    }
    REQUIRE(report_cover(cover));
    if (items.size() == 1) {
        items[0]->is_parenthesized = true;
        return items[0];
    }
    auto* node = make<SequenceExpression>(inner_begin);
    node->expressions = list(items);
    node->end = inner_end;
    node->is_parenthesized = true;
    return node;
}

// At an unescaped `async`: async function, async arrow function, call of or reference to `async`.
Expression* Parser::parse_async_primary() {
    uint32_t begin = token_.begin;
    bool arrow_allowed = arrow_begin_ == begin;
    bool in_allowed = arrow_in_allowed_;
    const Token& following = peek();
    if (following.kind == TokenKind::kFunction && !following.newline_before)
        return parse_function_expression();
    if (arrow_allowed && following.kind == TokenKind::kIdentifier && !following.newline_before) {
        // async name => ...
        next();
        Token name = token_;
        if (name.word == TokenKind::kAwait)
            return fail_at(name, "'await' cannot be a parameter of an async function");
        REQUIRE(check_identifier(name));
        Identifier* parameter = make_identifier(name);
        next();
        if (!at(TokenKind::kArrow)) return unexpected("'=>' of an async arrow function");
        ArenaVector<Expression*> parameters;
        parameters.push(arena_, parameter);
        return parse_arrow(begin, parameters, nullptr, true, in_allowed);
    }
    if (!arrow_allowed || following.kind != TokenKind::kLeftParen || following.newline_before)
        return parse_identifier_reference();

    Identifier* callee = PARSED(parse_identifier_reference());
    Cover cover;
    ArenaVector<Expression*> arguments;
    bool trailing_comma = false;
    REQUIRE(parse_arguments(arguments, &cover, &trailing_comma));
    if (at(TokenKind::kArrow) && !token_.newline_before) {
        Node* rest = nullptr;
        if (!arguments.empty() && arguments.last()->is<SpreadElement>()) {
            if (trailing_comma) return fail_at(arguments.last(), "A rest parameter must be the last one");
            Expression* argument = arguments.last()->as<SpreadElement>()->argument;
            if (argument->is<AssignmentExpression>())
                return fail_at(argument, "A rest parameter cannot have a default value");
            rest = PARSED(to_pattern_target(argument));
            arguments.pop();
        }
        return parse_arrow(begin, arguments, rest, true, in_allowed);
    }
    REQUIRE(report_cover(cover));
    auto* node = make<CallExpression>(begin);
    node->callee = callee;
    node->arguments = list(arguments);
    return finish(node);
}

// 13.2.4 Array Initializer
Expression* Parser::parse_array_literal(Cover* cover) {
    auto* node = make<ArrayLiteral>(token_.begin);
    Cover own;
    next();
    ArenaVector<Expression*> elements;
    while (!at(TokenKind::kRightBracket)) {
        if (at(TokenKind::kComma)) {
            elements.push(arena_, nullptr);
            next();
            continue;
        }
        if (at(TokenKind::kEllipsis)) {
            auto* spread = make<SpreadElement>(token_.begin);
            next();
            spread->argument = PARSED(parse_assignment(true, cover ? cover : &own));
            elements.push(arena_, finish(spread));
        } else {
            elements.push(arena_, PARSED(parse_assignment(true, cover ? cover : &own)));
        }
        if (at(TokenKind::kRightBracket)) break;
        if (!at(TokenKind::kComma)) return unexpected("',' or ']' in the array");
        next();
        node->has_trailing_comma = at(TokenKind::kRightBracket);
    }
    next();
    node->elements = list(elements);
    if (!cover) REQUIRE(report_cover(own));
    return finish(node);
}

// 13.2.5 Object Initializer
Expression* Parser::parse_object_literal(Cover* cover) {
    auto* node = make<ObjectLiteral>(token_.begin);
    Cover own;
    Cover* used = cover ? cover : &own;
    next();
    ArenaVector<ObjectProperty*> properties;
    uint32_t proto_at = kNowhere;
    while (!at(TokenKind::kRightBrace)) {
        properties.push(arena_, PARSED(parse_object_property(used, proto_at)));
        if (at(TokenKind::kRightBrace)) break;
        if (!at(TokenKind::kComma)) return unexpected("',' or '}' in the object");
        next();
        node->has_trailing_comma = at(TokenKind::kRightBrace);
    }
    next();
    node->properties = list(properties);
    if (!cover) REQUIRE(report_cover(own));
    return finish(node);
}

// PropertyName : LiteralPropertyName | ComputedPropertyName; in classes also PrivateIdentifier
bool Parser::parse_property_key(PropertyKey& key, bool private_allowed) {
    uint32_t begin = token_.begin;
    key.is_computed = false;
    switch (token_.kind) {
    case TokenKind::kString: {
        REQUIRE(check_legacy_octal(token_));
        key.node = make_string(token_.string, begin, token_.end);
        next();
        return true;
    }
    case TokenKind::kNumber: {
        REQUIRE(check_legacy_octal(token_));
        auto* node = make<NumericLiteral>(begin);
        node->value = token_.number;
        next();
        key.node = finish(node);
        return true;
    }
    case TokenKind::kBigInt: {
        auto* node = make<BigIntLiteral>(begin);
        node->digits = token_.string;
        next();
        key.node = finish(node);
        return true;
    }
    case TokenKind::kLeftBracket:
        next();
        key.is_computed = true;
        key.node = PARSED(parse_assignment(true));
        return expect(TokenKind::kRightBracket);
    case TokenKind::kPrivateName: {
        if (!private_allowed) return fail_at(token_, "Private names are only allowed in classes");
        if (token_.string->equals("#constructor"))
            return fail_at(token_, "'#constructor' is not a valid private name: choose another one");
        auto* node = make<PrivateIdentifier>(begin);
        node->name = token_.string;
        next();
        key.node = finish(node);
        return true;
    }
    default:
        // IdentifierName: identifiers, keywords, escaped or not
        if (!token_.string || token_.kind == TokenKind::kTemplate || token_.kind == TokenKind::kError)
            return unexpected("a property name");
        key.node = make_string(token_.string, begin, token_.end);
        next();
        return true;
    }
}

namespace {

/// After `get`, `set`, `async` or `static`: does a property name follow, so that the word is a modifier?
bool starts_property_name(const Token& token) {
    switch (token.kind) {
    case TokenKind::kLeftBracket:
    case TokenKind::kString:
    case TokenKind::kNumber:
    case TokenKind::kBigInt:
    case TokenKind::kPrivateName:
    case TokenKind::kIdentifier:
    case TokenKind::kEscapedKeyword:
        return true;
    default:
        return token.string != nullptr && token.kind != TokenKind::kTemplate &&
               token.kind != TokenKind::kError;
    }
}

} // namespace

ObjectProperty* Parser::parse_object_property(Cover* cover, uint32_t& proto_at) {
    uint32_t begin = token_.begin;
    auto* property = make<ObjectProperty>(begin);
    if (take(TokenKind::kEllipsis)) {
        property->property_kind = PropertyKind::kSpread;
        property->value = PARSED(parse_assignment(true, cover));
        return finish(property);
    }
    FunctionKind function_kind = FunctionKind::kMethod;
    bool is_async = false;
    bool is_generator = false;
    bool is_modified = false;
    if (at_word(TokenKind::kGet) || at_word(TokenKind::kSet)) {
        if (starts_property_name(peek())) {
            is_modified = true;
            function_kind = at_word(TokenKind::kGet) ? FunctionKind::kGetter : FunctionKind::kSetter;
            next();
        }
    } else if (at_word(TokenKind::kAsync)) {
        const Token& following = peek();
        if (!following.newline_before &&
            (starts_property_name(following) || following.kind == TokenKind::kStar)) {
            is_modified = true;
            is_async = true;
            next();
        }
    }
    if (function_kind == FunctionKind::kMethod && take(TokenKind::kStar)) {
        is_modified = true;
        is_generator = true;
    }
    PropertyKey key;
    Token name = token_;
    REQUIRE(parse_property_key(key, false));
    property->key = key.node;
    property->is_computed = key.is_computed;

    if (at(TokenKind::kLeftParen) || is_modified) {
        property->property_kind = function_kind == FunctionKind::kGetter   ? PropertyKind::kGetter
                                  : function_kind == FunctionKind::kSetter ? PropertyKind::kSetter
                                                                           : PropertyKind::kMethod;
        auto* value = make<FunctionExpression>(begin);
        value->function = PARSED(parse_method(begin, function_kind, is_async, is_generator));
        property->value = finish(value);
        return finish(property);
    }
    if (take(TokenKind::kColon)) {
        property->value = PARSED(parse_assignment(true, cover));
        auto* literal = key.node->try_as<StringLiteral>();
        if (!key.is_computed && literal &&
            static_cast<TokenKind>(literal->value->word()) == TokenKind::kProto) {
            property->property_kind = PropertyKind::kPrototype;
            // 13.2.5.1: duplicates are an error unless this becomes a pattern.
            if (proto_at != kNowhere && cover->duplicate_proto == kNowhere) cover->duplicate_proto = begin;
            proto_at = begin;
        }
        return finish(property);
    }
    // Shorthand: the name must be a valid reference.
    if (name.kind != TokenKind::kIdentifier) {
        if (name.kind == TokenKind::kEscapedKeyword || !at(TokenKind::kComma)) {
            if (name.kind != TokenKind::kString && name.kind != TokenKind::kNumber &&
                name.kind != TokenKind::kBigInt && name.kind != TokenKind::kLeftBracket)
                return fail_at(name,
                               fmt::format("Keyword {} cannot be a shorthand property: write 'name: value'",
                                           describe(name)));
        }
        return unexpected("':' after the property name");
    }
    REQUIRE(check_identifier(name));
    if (name.word == TokenKind::kArguments && (context_.in_field_initializer || context_.in_static_block))
        return fail_at(name, "'arguments' is not allowed in class field initializers and static blocks");
    Identifier* reference = make_identifier(name);
    property->value = reference;
    if (at(TokenKind::kAssign)) {
        if (cover->initialized_name == kNowhere) cover->initialized_name = token_.begin;
        property->property_kind = PropertyKind::kCoverInitializedName;
        auto* assignment = make<AssignmentExpression>(name.begin);
        assignment->target = reference;
        next();
        assignment->value = PARSED(parse_assignment(true));
        property->value = finish(assignment);
        return finish(property);
    }
    property->property_kind = PropertyKind::kShorthand;
    return finish(property);
}

// 13.2.8 Template Literals. At the first template token.
TemplateLiteral* Parser::parse_template(bool is_tagged) {
    REQUIRE(enter_recursion());
    auto* node = make<TemplateLiteral>(token_.begin);
    ArenaVector<const AstString*> cooked;
    ArenaVector<const AstString*> raw;
    ArenaVector<Expression*> expressions;
    for (;;) {
        if (token_.error && !is_tagged) return fail(token_.error_offset, token_.end, token_.error);
        cooked.push(arena_, token_.string);
        raw.push(arena_, token_.raw);
        if (token_.is_template_tail) break;
        next();
        expressions.push(arena_, PARSED(parse_expression(true)));
        if (!at(TokenKind::kRightBrace)) return unexpected("'}' of the template literal");
        has_peeked_ = false;
        lexer_.rescan_template_continuation(token_);
        if (at(TokenKind::kError)) return unexpected();
    }
    next();
    node->cooked = list(cooked);
    node->raw = list(raw);
    node->expressions = list(expressions);
    return finish(node);
}

} // namespace heddle
