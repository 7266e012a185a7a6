// 15.7 Class Definitions.
#include "syntax/parser_impl.h"

#include <fmt/format.h>

namespace heddle {

// At `class`. All of a class is strict code.
ClassNode* Parser::parse_class(bool name_required) {
    REQUIRE(enter_recursion());
    auto* node = make<ClassNode>(token_.begin);
    bool outer_strict = context_.strict;
    context_.strict = true;
    REQUIRE(expect(TokenKind::kClass));
    if (name_required || (!at(TokenKind::kLeftBrace) && !at(TokenKind::kExtends)))
        node->name = PARSED(parse_binding_identifier(BindingUse::kLexical));
    if (take(TokenKind::kExtends)) node->heritage = PARSED(parse_left_hand_side(nullptr));
    REQUIRE(parse_class_body(node));
    context_.strict = outer_strict;
    return finish(node);
}

bool Parser::parse_class_body(ClassNode* node) {
    if (!at(TokenKind::kLeftBrace)) return unexpected("'{' of the class body");
    next();
    ArenaVector<ClassElement*> elements;
    while (!at(TokenKind::kRightBrace)) {
        if (take(TokenKind::kSemicolon)) continue;
        bool is_constructor = false;
        ClassElement* element = PARSED(parse_class_element(node, is_constructor));
        if (!is_constructor) {
            elements.push(arena_, element);
        } else if (node->constructor) {
            return fail_at(element, "A class can have only one constructor");
        } else {
            node->constructor = element->function;
        }
    }
    next();
    node->elements = list(elements);
    for (FunctionNode* initializer : {node->instance_initializer, node->static_initializer})
        if (initializer) initializer->end = initializer->body_end = previous_end_;
    return true;
}

// The synthetic function that runs field initializers and static blocks.
FunctionNode* Parser::initializer_function(ClassNode* node, bool is_static, uint32_t begin) {
    FunctionNode*& slot = is_static ? node->static_initializer : node->instance_initializer;
    if (!slot) {
        slot = make<FunctionNode>(begin);
        slot->function_kind = FunctionKind::kFieldInitializer;
        slot->is_strict = true;
        slot->is_static_initializer = is_static;
        slot->class_node = node;
        slot->parameters_end = slot->body_begin = begin;
    }
    return slot;
}

// ClassElement; sets is_constructor for the constructor.
ClassElement* Parser::parse_class_element(ClassNode* node, bool& is_constructor) {
    auto* element = make<ClassElement>(token_.begin);
    auto is_name_end = [](const Token& token) {
        switch (token.kind) {
        case TokenKind::kLeftParen:
        case TokenKind::kAssign:
        case TokenKind::kSemicolon:
        case TokenKind::kRightBrace:
        case TokenKind::kEnd:
            return true;
        default:
            return false;
        }
    };
    if (at_word(TokenKind::kStatic) && !is_name_end(peek())) {
        element->is_static = true;
        next();
        if (at(TokenKind::kLeftBrace)) {
            REQUIRE(parse_static_block(node, element));
            return finish(element);
        }
    }
    uint32_t begin = token_.begin;
    FunctionKind kind = FunctionKind::kMethod;
    bool is_async = false;
    bool is_generator = false;
    bool is_modified = false;
    if (at_word(TokenKind::kAsync)) {
        const Token& following = peek();
        if (!is_name_end(following) && !following.newline_before) {
            is_async = is_modified = true;
            next();
        }
    } else if (at_word(TokenKind::kGet) || at_word(TokenKind::kSet)) {
        const Token& following = peek();
        // `get` before a line break and `*` is a field.
        if (!is_name_end(following) && following.kind != TokenKind::kStar) {
            kind = at_word(TokenKind::kGet) ? FunctionKind::kGetter : FunctionKind::kSetter;
            is_modified = true;
            next();
        }
    }
    if (kind == FunctionKind::kMethod && take(TokenKind::kStar)) is_generator = is_modified = true;

    Token name = token_;
    PropertyKey key;
    REQUIRE(parse_property_key(key, true));
    element->key = key.node;
    element->is_computed = key.is_computed;
    const AstString* literal_name = nullptr;
    if (!key.is_computed)
        if (auto* literal = key.node->try_as<StringLiteral>()) literal_name = literal->value;
    auto word = literal_name ? static_cast<TokenKind>(literal_name->word()) : TokenKind::kNone;

    if (!at(TokenKind::kLeftParen)) {
        if (is_modified) return unexpected("'(' of the parameters");
        if (word == TokenKind::kConstructor)
            return fail_at(name, "A class field cannot be named 'constructor'");
        if (word == TokenKind::kPrototype && element->is_static)
            return fail_at(name, "A static class field cannot be named 'prototype'");
        REQUIRE(parse_field(node, element));
        return element;
    }
    if (word == TokenKind::kPrototype && element->is_static)
        return fail_at(name, "A static method cannot be named 'prototype'");
    if (word == TokenKind::kConstructor && !element->is_static) {
        if (kind == FunctionKind::kGetter || kind == FunctionKind::kSetter)
            return fail_at(name, "A class constructor cannot be an accessor");
        if (is_generator || is_async)
            return fail_at(name, "A class constructor cannot be a generator or async");
        is_constructor = true;
        kind = node->heritage ? FunctionKind::kDerivedConstructor : FunctionKind::kClassConstructor;
    }
    element->element_kind = kind == FunctionKind::kGetter   ? ClassElementKind::kGetter
                            : kind == FunctionKind::kSetter ? ClassElementKind::kSetter
                                                            : ClassElementKind::kMethod;
    element->function = PARSED(parse_method(begin, kind, is_async, is_generator));
    if (is_constructor) element->function->class_node = node;
    return finish(element);
}

// FieldDefinition : ClassElementName Initializer(opt). After the name.
bool Parser::parse_field(ClassNode* node, ClassElement* element) {
    element->element_kind = ClassElementKind::kField;
    FunctionNode* function = initializer_function(node, element->is_static, element->begin);
    if (take(TokenKind::kAssign)) {
        Context saved = context_;
        uint32_t saved_await_identifier = last_await_identifier_;
        context_ = function_context(function);
        element->initializer = PARSED(parse_assignment(true));
        context_ = saved;
        last_await_identifier_ = saved_await_identifier;
    }
    finish(element);
    return consume_semicolon();
}

// ClassStaticBlock : static { ClassStaticBlockBody }. At the `{`.
bool Parser::parse_static_block(ClassNode* node, ClassElement* element) {
    element->element_kind = ClassElementKind::kStaticBlock;
    initializer_function(node, true, element->begin);
    auto* function = make<FunctionNode>(element->begin);
    function->function_kind = FunctionKind::kStaticBlock;
    function->is_strict = true;
    function->class_node = node;
    function->parameters_end = function->body_begin = token_.begin;
    Context saved = context_;
    uint32_t saved_await_identifier = last_await_identifier_;
    context_ = function_context(function);
    next();
    ArenaVector<Statement*> body;
    REQUIRE(parse_statement_list(body, TokenKind::kRightBrace));
    REQUIRE(expect(TokenKind::kRightBrace));
    context_ = saved;
    last_await_identifier_ = saved_await_identifier;
    function->body = list(body);
    function->body_end = previous_end_;
    finish(function);
    element->function = function;
    return true;
}

} // namespace heddle
