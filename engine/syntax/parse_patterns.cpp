// Binding patterns, and the conversion of expressions that turned out to be assignment patterns or
// parameters.
#include "syntax/parser_impl.h"

#include <fmt/format.h>

namespace heddle {

// 14.3.3 Destructuring Binding Patterns
Node* Parser::parse_binding_target(BindingUse use) {
    REQUIRE(enter_recursion());
    if (at(TokenKind::kLeftBracket)) return parse_array_binding(use);
    if (at(TokenKind::kLeftBrace)) return parse_object_binding(use);
    return parse_binding_identifier(use);
}

PatternElement* Parser::parse_binding_element(BindingUse use) {
    auto* element = make<PatternElement>(token_.begin);
    element->target = PARSED(parse_binding_target(use));
    if (take(TokenKind::kAssign)) element->initializer = PARSED(parse_assignment(true));
    return finish(element);
}

ArrayPattern* Parser::parse_array_binding(BindingUse use) {
    auto* pattern = make<ArrayPattern>(token_.begin);
    next();
    ArenaVector<PatternElement*> elements;
    while (!at(TokenKind::kRightBracket)) {
        if (take(TokenKind::kComma)) {
            elements.push(arena_, nullptr);
            continue;
        }
        if (take(TokenKind::kEllipsis)) {
            pattern->rest = PARSED(parse_binding_target(use));
            if (at(TokenKind::kAssign)) return fail_at(token_, "A rest element cannot have a default value");
            if (at(TokenKind::kComma)) return fail_at(token_, "A rest element must be the last one");
            break;
        }
        elements.push(arena_, PARSED(parse_binding_element(use)));
        if (at(TokenKind::kRightBracket)) break;
        if (!at(TokenKind::kComma)) return unexpected("',' or ']' in the array pattern");
        next();
    }
    REQUIRE(expect(TokenKind::kRightBracket));
    pattern->elements = list(elements);
    return finish(pattern);
}

ObjectPattern* Parser::parse_object_binding(BindingUse use) {
    auto* pattern = make<ObjectPattern>(token_.begin);
    next();
    ArenaVector<PatternProperty*> properties;
    while (!at(TokenKind::kRightBrace)) {
        if (take(TokenKind::kEllipsis)) {
            // BindingRestProperty : ... BindingIdentifier
            pattern->rest = PARSED(parse_binding_identifier(use));
            if (at(TokenKind::kComma)) return fail_at(token_, "A rest property must be the last one");
            break;
        }
        auto* property = make<PatternProperty>(token_.begin);
        Token name = token_;
        if (token_.kind == TokenKind::kIdentifier && peek().kind != TokenKind::kColon) {
            // SingleNameBinding
            auto* element = make<PatternElement>(token_.begin);
            element->target = PARSED(parse_binding_identifier(use));
            property->key = make_string(name.string, name.begin, name.end);
            if (take(TokenKind::kAssign)) element->initializer = PARSED(parse_assignment(true));
            property->element = finish(element);
        } else {
            PropertyKey key;
            REQUIRE(parse_property_key(key, false));
            property->key = key.node;
            property->is_computed = key.is_computed;
            if (!at(TokenKind::kColon)) {
                if (name.string && name.kind != TokenKind::kString && name.kind != TokenKind::kBigInt)
                    return fail_at(name, fmt::format("{} is a keyword and cannot be bound: write 'key: name'",
                                                     describe(name)));
                return unexpected("':' after the property name");
            }
            next();
            property->element = PARSED(parse_binding_element(use));
        }
        properties.push(arena_, finish(property));
        if (at(TokenKind::kRightBrace)) break;
        if (!at(TokenKind::kComma)) return unexpected("',' or '}' in the object pattern");
        next();
    }
    REQUIRE(expect(TokenKind::kRightBrace));
    pattern->properties = list(properties);
    return finish(pattern);
}

// 13.15.1, 13.4.1: AssignmentTargetType must be simple, or web-compat (a call in sloppy code).
bool Parser::check_simple_target(Expression* target, bool calls_allowed, const char* what) {
    switch (target->kind) {
    case NodeKind::kIdentifier: {
        auto* identifier = target->as<Identifier>();
        auto word = static_cast<TokenKind>(identifier->name->word());
        if (context_.strict && (word == TokenKind::kEval || word == TokenKind::kArguments))
            return fail_at(
                target, fmt::format("'{}' cannot be assigned in strict mode", identifier->name->short_utf8()));
        return true;
    }
    case NodeKind::kMemberExpression:
    case NodeKind::kIndexExpression:
    case NodeKind::kPrivateMemberExpression:
    case NodeKind::kSuperMemberExpression:
    case NodeKind::kSuperIndexExpression:
        return true;
    case NodeKind::kCallExpression:
        if (calls_allowed && !context_.strict) return true;
        break;
    case NodeKind::kOptionalChain:
        return fail_at(target, fmt::format("An optional chain cannot be the target of {}", what));
    default:
        break;
    }
    return fail_at(target, fmt::format("Invalid target of {}: expected a name or a property", what));
}

Node* Parser::to_pattern_target(Node* node) {
    if (!node->is_parenthesized && (node->is<ArrayLiteral>() || node->is<ObjectLiteral>()))
        return to_assignment_pattern(node);
    if (node->is_pattern()) return node;
    REQUIRE(check_simple_target(static_cast<Expression*>(node), false, "a destructuring pattern"));
    return node;
}

PatternElement* Parser::to_pattern_element(Expression* expression) {
    auto* element = make<PatternElement>(expression->begin);
    element->end = expression->end;
    auto* assignment = expression->try_as<AssignmentExpression>();
    if (assignment && !assignment->is_parenthesized) {
        // The target was checked or converted when its `=` was seen; only calls are stricter here.
        element->target = assignment->target;
        if (element->target->is<CallExpression>())
            return fail_at(element->target,
                           "Invalid target of a destructuring pattern: expected a name or a property");
        element->initializer = assignment->value;
    } else {
        element->target = PARSED(to_pattern_target(expression));
    }
    return element;
}

// 13.15.5 Destructuring Assignment: what the literal covers
Node* Parser::to_assignment_pattern(Node* node) {
    REQUIRE(enter_recursion());
    if (auto* array = node->try_as<ArrayLiteral>()) {
        auto* pattern = make<ArrayPattern>(node->begin);
        pattern->end = node->end;
        ArenaVector<PatternElement*> elements;
        for (size_t i = 0; i < array->elements.size(); i++) {
            Expression* element = array->elements[i];
            if (!element) {
                elements.push(arena_, nullptr);
                continue;
            }
            if (auto* spread = element->try_as<SpreadElement>()) {
                if (i + 1 != array->elements.size() || array->has_trailing_comma)
                    return fail_at(spread, "A rest element must be the last one");
                if (spread->argument->is<AssignmentExpression>())
                    return fail_at(spread->argument, "A rest element cannot have a default value");
                pattern->rest = PARSED(to_pattern_target(spread->argument));
                break;
            }
            elements.push(arena_, PARSED(to_pattern_element(element)));
        }
        pattern->elements = list(elements);
        return pattern;
    }
    auto* object = node->as<ObjectLiteral>();
    auto* pattern = make<ObjectPattern>(node->begin);
    pattern->end = node->end;
    ArenaVector<PatternProperty*> properties;
    for (size_t i = 0; i < object->properties.size(); i++) {
        ObjectProperty* property = object->properties[i];
        switch (property->property_kind) {
        case PropertyKind::kSpread:
            if (i + 1 != object->properties.size() || object->has_trailing_comma)
                return fail_at(property, "A rest property must be the last one");
            if (property->value->is<ArrayLiteral>() || property->value->is<ObjectLiteral>() ||
                property->value->is<AssignmentExpression>())
                return fail_at(property->value, "A rest property must be a plain name or property");
            pattern->rest = PARSED(to_pattern_target(property->value));
            continue;
        case PropertyKind::kMethod:
        case PropertyKind::kGetter:
        case PropertyKind::kSetter:
            return fail_at(property, "A method cannot stand in a destructuring pattern");
        default:
            break;
        }
        auto* converted = make<PatternProperty>(property->begin);
        converted->end = property->end;
        converted->key = property->key;
        converted->is_computed = property->is_computed;
        if (property->property_kind == PropertyKind::kCoverInitializedName) {
            auto* target = property->value->as<AssignmentExpression>()->target;
            REQUIRE(check_simple_target(static_cast<Expression*>(target), false, "a destructuring pattern"));
        }
        converted->element = PARSED(to_pattern_element(property->value));
        properties.push(arena_, converted);
    }
    pattern->properties = list(properties);
    return pattern;
}

// A converted pattern is to be used as a parameter: only plain names may be bound.
bool Parser::check_binding_pattern(Node* node) {
    REQUIRE(enter_recursion());
    switch (node->kind) {
    case NodeKind::kIdentifier: {
        if (node->is_parenthesized) return fail_at(node, "A parameter name cannot stand in parentheses");
        auto* identifier = node->as<Identifier>();
        if (context_.await_is_reserved &&
            static_cast<TokenKind>(identifier->name->word()) == TokenKind::kAwait)
            return fail_at(node, "'await' cannot be a parameter of an async function");
        return check_binding_name(identifier->name, node->begin, node->end);
    }
    case NodeKind::kArrayPattern: {
        auto* pattern = node->as<ArrayPattern>();
        for (PatternElement* element : pattern->elements)
            if (element) REQUIRE(check_binding_pattern(element->target));
        return !pattern->rest || check_binding_pattern(pattern->rest);
    }
    case NodeKind::kObjectPattern: {
        auto* pattern = node->as<ObjectPattern>();
        for (PatternProperty* property : pattern->properties)
            REQUIRE(check_binding_pattern(property->element->target));
        return !pattern->rest || check_binding_pattern(pattern->rest);
    }
    default:
        return fail_at(node, "Invalid parameter: expected a name or a pattern of names");
    }
}

} // namespace heddle
