// 15 Functions: parameters, bodies, directives, function declarations and expressions, arrow functions,
// methods.
#include "syntax/parser_impl.h"

#include <fmt/format.h>

namespace heddle {

// The context in which parameters and body of `function` are parsed.
Parser::Context Parser::function_context(FunctionNode* function) const {
    Context context;
    context.function = function;
    context.strict = context_.strict;
    context.await_is_reserved = is_module_ || function->is_async;
    context.await_allowed = function->is_async;
    context.yield_allowed = function->is_generator;
    context.return_allowed = true;
    context.using_allowed = true;
    context.new_target_allowed = true;
    switch (function->function_kind) {
    case FunctionKind::kArrow:
        context.new_target_allowed = context_.new_target_allowed;
        context.super_property_allowed = context_.super_property_allowed;
        context.super_call_allowed = context_.super_call_allowed;
        context.in_field_initializer = context_.in_field_initializer;
        context.in_static_block = context_.in_static_block;
        break;
    case FunctionKind::kDerivedConstructor:
        context.super_call_allowed = true;
        [[fallthrough]];
    case FunctionKind::kMethod:
    case FunctionKind::kGetter:
    case FunctionKind::kSetter:
    case FunctionKind::kClassConstructor:
        context.super_property_allowed = true;
        break;
    case FunctionKind::kFieldInitializer:
        context.super_property_allowed = true;
        context.in_field_initializer = true;
        context.return_allowed = false;
        break;
    case FunctionKind::kStaticBlock:
        context.super_property_allowed = true;
        context.in_static_block = true;
        context.return_allowed = false;
        context.await_is_reserved = true;
        break;
    default:
        break;
    }
    return context;
}

namespace {

/// 15.1.2 ContainsExpression, of a parameter's target
bool contains_expression(const Node* target) {
    if (auto* array = target->try_as<ArrayPattern>()) {
        for (PatternElement* element : array->elements)
            if (element && (element->initializer || contains_expression(element->target))) return true;
        return array->rest && contains_expression(array->rest);
    }
    if (auto* object = target->try_as<ObjectPattern>()) {
        for (PatternProperty* property : object->properties)
            if (property->is_computed || property->element->initializer ||
                contains_expression(property->element->target))
                return true;
    }
    return false;
}

} // namespace

// 15.1.3 IsSimpleParameterList, 15.1.5 ExpectedArgumentCount, 15.1.2 ContainsExpression
void Parser::set_parameter_facts(FunctionNode* function) {
    function->has_simple_parameters = function->rest_parameter == nullptr;
    bool counting = true;
    function->expected_argument_count = 0;
    for (PatternElement* parameter : function->parameters) {
        if (parameter->initializer) counting = false;
        if (counting) function->expected_argument_count++;
        if (parameter->initializer || !parameter->target->is<Identifier>())
            function->has_simple_parameters = false;
        if (parameter->initializer || contains_expression(parameter->target))
            function->has_parameter_expressions = true;
    }
    if (function->rest_parameter && contains_expression(function->rest_parameter))
        function->has_parameter_expressions = true;
}

// FormalParameters in parentheses
bool Parser::parse_parameters(FunctionNode* function) {
    REQUIRE(expect(TokenKind::kLeftParen));
    context_.in_parameters = true;
    ArenaVector<PatternElement*> parameters;
    while (!at(TokenKind::kRightParen)) {
        if (take(TokenKind::kEllipsis)) {
            function->rest_parameter = PARSED(parse_binding_target(BindingUse::kParameter));
            if (at(TokenKind::kAssign))
                return fail_at(token_, "A rest parameter cannot have a default value");
            if (at(TokenKind::kComma)) return fail_at(token_, "A rest parameter must be the last one");
            break;
        }
        parameters.push(arena_, PARSED(parse_binding_element(BindingUse::kParameter)));
        if (!at(TokenKind::kComma)) break;
        next();
    }
    if (!at(TokenKind::kRightParen)) return unexpected("',' or ')' in the parameter list");
    next();
    context_.in_parameters = false;
    function->parameters = list(parameters);
    function->parameters_end = previous_end_;
    set_parameter_facts(function);
    return true;
}

// 11.2.2 Directive Prologues. Sets context_.strict.
bool Parser::parse_directives(ArenaVector<Statement*>& body, FunctionNode* function) {
    uint32_t octal_begin = kNowhere;
    uint32_t octal_end = 0;
    while (at(TokenKind::kString)) {
        Token directive = token_;
        Statement* statement = PARSED(parse_expression_statement());
        body.push(arena_, statement);
        auto* expression_statement = statement->as<ExpressionStatement>();
        auto* literal = expression_statement->expression->try_as<StringLiteral>();
        if (!literal || literal->is_parenthesized) return true;
        expression_statement->is_directive = true;
        if (directive.legacy_octal != kNowhere && octal_begin == kNowhere) {
            octal_begin = directive.legacy_octal;
            octal_end = directive.end;
        }
        if (!directive.has_escape && directive.end - directive.begin == 12 &&
            directive.string->equals("use strict")) {
            if (!function->has_simple_parameters)
                return fail_at(directive,
                               "'use strict' is not allowed in a function whose parameters are not plain "
                               "names: put it in the surrounding code");
            context_.strict = true;
        }
        if (context_.strict && octal_begin != kNowhere)
            return fail(octal_begin, octal_end, "Octal escapes are not allowed in strict mode: write \\xXX");
    }
    return true;
}

// Names that were read before the body's "use strict" was.
bool Parser::check_retroactive_strictness(FunctionNode* function) {
    for (PatternElement* parameter : function->parameters) {
        if (auto* name = parameter->target->try_as<Identifier>())
            REQUIRE(check_binding_name(name->name, name->begin, name->end));
    }
    return true;
}

// `{` FunctionBody `}`, in the function's own context.
bool Parser::parse_function_body(FunctionNode* function) {
    REQUIRE(enter_recursion());
    function->body_begin = token_.begin;
    REQUIRE(expect(TokenKind::kLeftBrace));
    bool outer_strict = context_.strict;
    ArenaVector<Statement*> body;
    REQUIRE(parse_directives(body, function));
    if (context_.strict && !outer_strict) {
        REQUIRE(check_retroactive_strictness(function));
        if (function->name && (function->function_kind == FunctionKind::kNormal))
            REQUIRE(check_binding_name(function->name, function->begin, function->parameters_end));
    }
    function->is_strict = context_.strict;
    REQUIRE(parse_statement_list(body, TokenKind::kRightBrace));
    REQUIRE(expect(TokenKind::kRightBrace));
    function->body = list(body);
    function->body_end = previous_end_;
    return true;
}

// At the `(` of the parameters.
bool Parser::parse_function_rest(FunctionNode* function) {
    REQUIRE(enter_recursion());
    Context saved = context_;
    uint32_t saved_yield = last_yield_;
    uint32_t saved_await = last_await_;
    uint32_t saved_await_identifier = last_await_identifier_;
    context_ = function_context(function);
    REQUIRE(parse_parameters(function));
    REQUIRE(parse_function_body(function));
    context_ = saved;
    last_yield_ = saved_yield;
    last_await_ = saved_await;
    last_await_identifier_ = saved_await_identifier;
    finish(function);
    return true;
}

// 15.2 FunctionExpression and its generator and async kinds. At `function` or `async`.
Expression* Parser::parse_function_expression() {
    auto* node = make<FunctionExpression>(token_.begin);
    auto* function = make<FunctionNode>(token_.begin);
    node->function = function;
    if (at_word(TokenKind::kAsync)) {
        function->is_async = true;
        next();
    }
    REQUIRE(expect(TokenKind::kFunction));
    function->is_generator = take(TokenKind::kStar);
    if (!at(TokenKind::kLeftParen)) {
        // The name is bound inside: its own kind decides what is reserved.
        bool await_was_reserved = context_.await_is_reserved;
        bool yield_was_allowed = context_.yield_allowed;
        context_.await_is_reserved = is_module_ || function->is_async;
        context_.yield_allowed = function->is_generator;
        Identifier* name = PARSED(parse_binding_identifier(BindingUse::kVar));
        context_.await_is_reserved = await_was_reserved;
        context_.yield_allowed = yield_was_allowed;
        function->name = name->name;
    }
    if (!at(TokenKind::kLeftParen)) return unexpected("'(' of the parameters");
    REQUIRE(parse_function_rest(function));
    return finish(node);
}

FunctionDeclaration* Parser::parse_function_declaration(bool is_default_export) {
    auto* node = make<FunctionDeclaration>(token_.begin);
    auto* function = make<FunctionNode>(token_.begin);
    node->function = function;
    function->is_declaration = true;
    if (at_word(TokenKind::kAsync)) {
        function->is_async = true;
        next();
    }
    REQUIRE(expect(TokenKind::kFunction));
    function->is_generator = take(TokenKind::kStar);
    if (!(is_default_export && at(TokenKind::kLeftParen))) {
        node->name = PARSED(parse_binding_identifier(BindingUse::kVar));
        function->name = node->name->name;
    }
    if (!at(TokenKind::kLeftParen)) return unexpected("'(' of the parameters");
    REQUIRE(parse_function_rest(function));
    return finish(node);
}

// 15.4 Method Definitions. At the `(` of the parameters; `begin` is where the source text of the method
// starts.
FunctionNode* Parser::parse_method(uint32_t begin, FunctionKind kind, bool is_async, bool is_generator) {
    auto* function = make<FunctionNode>(begin);
    function->function_kind = kind;
    function->is_async = is_async;
    function->is_generator = is_generator;
    if (!at(TokenKind::kLeftParen)) return unexpected("'(' of the parameters");
    uint32_t parameters_begin = token_.begin;
    REQUIRE(parse_function_rest(function));
    if (kind == FunctionKind::kGetter && (!function->parameters.empty() || function->rest_parameter))
        return fail(parameters_begin, function->parameters_end, "A getter cannot have parameters");
    if (kind == FunctionKind::kSetter && (function->parameters.size() != 1 || function->rest_parameter))
        return fail(parameters_begin, function->parameters_end,
                    "A setter must have exactly one parameter, which is no rest parameter");
    return function;
}

// 15.3 Arrow Function Definitions, 15.9 Async Arrow Function Definitions. At the `=>`.
Expression* Parser::parse_arrow(uint32_t begin, const ArenaVector<Expression*>& parameters, Node* rest,
                                bool is_async, bool in_allowed) {
    REQUIRE(enter_recursion());
    if (token_.newline_before) return fail_at(token_, "'=>' must stand on the line of the parameters' end");
    if (last_yield_ > begin)
        return fail(last_yield_ - 1, last_yield_ + 4,
                    "'yield' expressions are not allowed in the parameters of an arrow function");
    if (last_await_ > begin)
        return fail(last_await_ - 1, last_await_ + 4,
                    "'await' expressions are not allowed in the parameters of an arrow function");
    if (is_async && last_await_identifier_ > begin)
        return fail(last_await_identifier_ - 1, last_await_identifier_ + 4,
                    "'await' cannot be a name in the parameters of an async arrow function");
    auto* node = make<FunctionExpression>(begin);
    auto* function = make<FunctionNode>(begin);
    node->function = function;
    function->function_kind = FunctionKind::kArrow;
    function->is_async = is_async;

    Context saved = context_;
    uint32_t saved_yield = last_yield_;
    uint32_t saved_await = last_await_;
    uint32_t saved_await_identifier = last_await_identifier_;
    bool outer_await_reserved = context_.await_is_reserved;
    context_ = function_context(function);
    // ArrowParameters[?Yield, ?Await]: names are checked in both lights.
    bool own_await_reserved = context_.await_is_reserved;
    context_.await_is_reserved |= outer_await_reserved;
    ArenaVector<PatternElement*> elements;
    for (Expression* parameter : parameters) {
        PatternElement* element = PARSED(to_pattern_element(parameter));
        REQUIRE(check_binding_pattern(element->target));
        elements.push(arena_, element);
    }
    if (rest) REQUIRE(check_binding_pattern(rest));
    context_.await_is_reserved = own_await_reserved;
    function->parameters = list(elements);
    function->rest_parameter = rest;
    function->parameters_end = token_.begin;
    set_parameter_facts(function);

    next();
    if (at(TokenKind::kLeftBrace)) {
        REQUIRE(parse_function_body(function));
    } else {
        function->has_expression_body = true;
        function->is_strict = context_.strict;
        function->body_begin = token_.begin;
        auto* statement = make<ReturnStatement>(token_.begin);
        statement->argument = PARSED(parse_assignment(in_allowed));
        finish(statement);
        function->body_end = previous_end_;
        auto** body = arena_.make_array<Statement*>(1);
        body[0] = statement;
        function->body = {body, 1};
    }
    context_ = saved;
    last_yield_ = saved_yield;
    last_await_ = saved_await;
    last_await_identifier_ = saved_await_identifier;
    finish(function);
    return finish(node);
}

} // namespace heddle
