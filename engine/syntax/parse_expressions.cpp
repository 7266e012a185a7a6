// 13 ECMAScript Language: Expressions, down to left-hand sides; literals are in parse_literals.cpp.
#include "syntax/parser_impl.h"

#include <fmt/format.h>

namespace heddle {

namespace {

bool is_arrow_function(const Expression* node) {
    auto* expression = node->try_as<FunctionExpression>();
    return expression && !node->is_parenthesized && expression->function->is_arrow();
}

BinaryOperator binary_operator(TokenKind kind) {
    switch (kind) {
    case TokenKind::kPlus:
    case TokenKind::kPlusAssign:
        return BinaryOperator::kAdd;
    case TokenKind::kMinus:
    case TokenKind::kMinusAssign:
        return BinaryOperator::kSubtract;
    case TokenKind::kStar:
    case TokenKind::kStarAssign:
        return BinaryOperator::kMultiply;
    case TokenKind::kSlash:
    case TokenKind::kSlashAssign:
        return BinaryOperator::kDivide;
    case TokenKind::kPercent:
    case TokenKind::kPercentAssign:
        return BinaryOperator::kRemainder;
    case TokenKind::kStarStar:
    case TokenKind::kStarStarAssign:
        return BinaryOperator::kExponentiate;
    case TokenKind::kShiftLeft:
    case TokenKind::kShiftLeftAssign:
        return BinaryOperator::kShiftLeft;
    case TokenKind::kShiftRight:
    case TokenKind::kShiftRightAssign:
        return BinaryOperator::kShiftRight;
    case TokenKind::kShiftRightUnsigned:
    case TokenKind::kShiftRightUnsignedAssign:
        return BinaryOperator::kShiftRightUnsigned;
    case TokenKind::kBitAnd:
    case TokenKind::kBitAndAssign:
        return BinaryOperator::kBitAnd;
    case TokenKind::kBitOr:
    case TokenKind::kBitOrAssign:
        return BinaryOperator::kBitOr;
    case TokenKind::kBitXor:
    case TokenKind::kBitXorAssign:
        return BinaryOperator::kBitXor;
    case TokenKind::kEqual:
        return BinaryOperator::kEqual;
    case TokenKind::kNotEqual:
        return BinaryOperator::kNotEqual;
    case TokenKind::kStrictEqual:
        return BinaryOperator::kStrictEqual;
    case TokenKind::kStrictNotEqual:
        return BinaryOperator::kStrictNotEqual;
    case TokenKind::kLess:
        return BinaryOperator::kLess;
    case TokenKind::kLessOrEqual:
        return BinaryOperator::kLessOrEqual;
    case TokenKind::kGreater:
        return BinaryOperator::kGreater;
    case TokenKind::kGreaterOrEqual:
        return BinaryOperator::kGreaterOrEqual;
    case TokenKind::kInstanceof:
        return BinaryOperator::kInstanceof;
    case TokenKind::kIn:
        return BinaryOperator::kIn;
    default:
        HEDDLE_UNREACHABLE();
    }
}

constexpr uint8_t kCoalescePrecedence = 1;
constexpr uint8_t kAndPrecedence = 3;
constexpr uint8_t kRelationalPrecedence = 8;
constexpr uint8_t kExponentPrecedence = 12;

bool is_pattern_literal(const Expression* node) {
    return !node->is_parenthesized && (node->is<ArrayLiteral>() || node->is<ObjectLiteral>());
}

} // namespace

bool Parser::report_cover(const Cover& cover) {
    if (cover.initialized_name != kNowhere)
        return fail(
            cover.initialized_name, cover.initialized_name + 1,
            "'name = value' in braces is only allowed in a destructuring pattern: write 'name: value'");
    if (cover.duplicate_proto != kNowhere)
        return fail(cover.duplicate_proto, cover.duplicate_proto + 9,
                    "An object literal can set '__proto__' only once");
    return true;
}

// 13.16 Comma Operator ( , )
Expression* Parser::parse_expression(bool in_allowed) {
    uint32_t begin = token_.begin;
    Expression* first = PARSED(parse_assignment(in_allowed));
    if (!at(TokenKind::kComma)) return first;
    ArenaVector<Expression*> items;
    items.push(arena_, first);
    while (take(TokenKind::kComma))
        items.push(arena_, PARSED(parse_assignment(in_allowed)));
    auto* node = make<SequenceExpression>(begin);
    node->expressions = list(items);
    return finish(node);
}

// 13.15 Assignment Operators
Expression* Parser::parse_assignment(bool in_allowed, Cover* cover) {
    REQUIRE(enter_recursion());
    if (at_word(TokenKind::kYield) && context_.yield_allowed) return parse_yield(in_allowed);
    uint32_t begin = token_.begin;
    arrow_begin_ = begin;
    arrow_in_allowed_ = in_allowed;
    Cover own;
    Expression* left = PARSED(parse_conditional(in_allowed, &own));
    if (is_arrow_function(left)) return left;
    if (at(TokenKind::kArrow) && !token_.newline_before && left->is<Identifier>() &&
        !left->is_parenthesized && left->begin == begin) {
        ArenaVector<Expression*> parameters;
        parameters.push(arena_, left);
        return parse_arrow(begin, parameters, nullptr, false, in_allowed);
    }
    bool is_assignment = token_.kind >= TokenKind::kAssign && token_.kind <= TokenKind::kCoalesceAssign;
    if (own.any()) {
        if (at(TokenKind::kAssign) && is_pattern_literal(left)) {
            // The pattern that follows absolves.
        } else if (cover && !is_assignment && is_pattern_literal(left)) {
            if (cover->initialized_name == kNowhere) cover->initialized_name = own.initialized_name;
            if (cover->duplicate_proto == kNowhere) cover->duplicate_proto = own.duplicate_proto;
        } else {
            REQUIRE(report_cover(own));
        }
    }
    if (!is_assignment) return left;
    return parse_assignment_rest(left, begin, in_allowed);
}

// At the assignment operator.
Expression* Parser::parse_assignment_rest(Expression* left, uint32_t begin, bool in_allowed) {
    TokenKind op = token_.kind;
    switch (op) {
    case TokenKind::kAssign: {
        auto* node = make<AssignmentExpression>(begin);
        if (is_pattern_literal(left)) {
            node->target = PARSED(to_assignment_pattern(left));
        } else {
            REQUIRE(check_simple_target(left, true, "assignment"));
            node->target = left;
        }
        next();
        node->value = PARSED(parse_assignment(in_allowed));
        return finish(node);
    }
    case TokenKind::kAndAssign:
    case TokenKind::kOrAssign:
    case TokenKind::kCoalesceAssign: {
        REQUIRE(check_simple_target(left, false, "assignment"));
        auto* node = make<LogicalAssignment>(begin);
        node->op = op == TokenKind::kAndAssign  ? LogicalOperator::kAnd
                   : op == TokenKind::kOrAssign ? LogicalOperator::kOr
                                                : LogicalOperator::kCoalesce;
        node->target = left;
        next();
        node->value = PARSED(parse_assignment(in_allowed));
        return finish(node);
    }
    default: {
        REQUIRE(check_simple_target(left, true, "assignment"));
        auto* node = make<CompoundAssignment>(begin);
        node->op = binary_operator(op);
        node->target = left;
        next();
        node->value = PARSED(parse_assignment(in_allowed));
        return finish(node);
    }
    }
}

// 13.14 Conditional Operator ( ? : )
Expression* Parser::parse_conditional(bool in_allowed, Cover* cover) {
    uint32_t begin = token_.begin;
    Expression* test = PARSED(parse_binary(kCoalescePrecedence, in_allowed, cover));
    if (!at(TokenKind::kQuestion) || is_arrow_function(test)) return test;
    auto* node = make<ConditionalExpression>(begin);
    node->test = test;
    next();
    node->consequent = PARSED(parse_assignment(true));
    if (!at(TokenKind::kColon)) return unexpected("':' of the conditional expression");
    next();
    node->alternate = PARSED(parse_assignment(in_allowed));
    return finish(node);
}

// 13.6 to 13.13: operator precedence, one flat node for each run of operators of one level.
Expression* Parser::parse_binary(uint8_t minimum, bool in_allowed, Cover* cover) {
    uint32_t begin = token_.begin;
    Expression* left;
    if (at(TokenKind::kPrivateName)) {
        // RelationalExpression : PrivateIdentifier in ShiftExpression
        if (peek().kind != TokenKind::kIn || minimum > kRelationalPrecedence || !in_allowed)
            return unexpected("an expression (a private name stands after '.' or before 'in')");
        auto* node = make<PrivateInExpression>(begin);
        node->name = make<PrivateIdentifier>(begin);
        node->name->name = token_.string;
        next();
        finish(node->name);
        next();
        node->object = PARSED(parse_binary(kRelationalPrecedence + 1, in_allowed, nullptr));
        left = finish(node);
    } else {
        left = PARSED(parse_unary(cover));
        if (is_arrow_function(left)) return left;
    }
    for (;;) {
        uint8_t precedence = binary_precedence(token_.kind);
        if (precedence == 0 || precedence < minimum || (at(TokenKind::kIn) && !in_allowed)) return left;
        if (precedence <= kAndPrecedence) {
            TokenKind op = token_.kind;
            auto* node = make<LogicalExpression>(begin);
            node->op = op == TokenKind::kAnd  ? LogicalOperator::kAnd
                       : op == TokenKind::kOr ? LogicalOperator::kOr
                                              : LogicalOperator::kCoalesce;
            ArenaVector<Expression*> operands;
            operands.push(arena_, left);
            while (at(op)) {
                next();
                operands.push(arena_, PARSED(parse_binary(precedence + 1, in_allowed, nullptr)));
            }
            if (op == TokenKind::kCoalesce) {
                for (Expression* operand : operands) {
                    auto* logical = operand->try_as<LogicalExpression>();
                    if (logical && !logical->is_parenthesized && logical->op != LogicalOperator::kCoalesce)
                        return fail_at(operand, "'\?\?' cannot be mixed with '&&' or '||': add parentheses");
                }
            }
            node->operands = list(operands);
            left = finish(node);
            continue;
        }
        auto* node = make<BinaryExpression>(begin);
        node->first = left;
        ArenaVector<BinaryStep> steps;
        if (precedence == kExponentPrecedence) {
            if (left->is<UnaryExpression>() || left->is<AwaitExpression>()) {
                if (!left->is_parenthesized)
                    return fail_at(token_,
                                   "A unary operator cannot stand on the left of '**': add parentheses");
            }
            BinaryStep step{BinaryOperator::kExponentiate, token_.begin, nullptr};
            next();
            REQUIRE(enter_recursion());
            step.right = PARSED(parse_binary(kExponentPrecedence, in_allowed, nullptr));
            steps.push(arena_, step);
        } else {
            while (binary_precedence(token_.kind) == precedence && !(at(TokenKind::kIn) && !in_allowed)) {
                BinaryStep step{binary_operator(token_.kind), token_.begin, nullptr};
                next();
                step.right = PARSED(parse_binary(precedence + 1, in_allowed, nullptr));
                steps.push(arena_, step);
            }
        }
        node->steps = list(steps);
        left = finish(node);
    }
}

// 13.5 Unary Operators, 13.4 Update Expressions
Expression* Parser::parse_unary(Cover* cover) {
    REQUIRE(enter_recursion());
    uint32_t begin = token_.begin;
    UnaryOperator op;
    switch (token_.kind) {
    case TokenKind::kDelete:
        op = UnaryOperator::kDelete;
        break;
    case TokenKind::kVoid:
        op = UnaryOperator::kVoid;
        break;
    case TokenKind::kTypeof:
        op = UnaryOperator::kTypeof;
        break;
    case TokenKind::kPlus:
        op = UnaryOperator::kPlus;
        break;
    case TokenKind::kMinus:
        op = UnaryOperator::kMinus;
        break;
    case TokenKind::kBitNot:
        op = UnaryOperator::kBitNot;
        break;
    case TokenKind::kNot:
        op = UnaryOperator::kNot;
        break;
    case TokenKind::kIncrement:
    case TokenKind::kDecrement: {
        auto* node = make<UpdateExpression>(begin);
        node->is_increment = at(TokenKind::kIncrement);
        node->is_prefix = true;
        next();
        node->operand = PARSED(parse_unary(nullptr));
        REQUIRE(check_simple_target(node->operand, true, node->is_increment ? "'++'" : "'--'"));
        return finish(node);
    }
    default: {
        if (token_.kind == TokenKind::kIdentifier && token_.word == TokenKind::kAwait &&
            context_.await_is_reserved)
            return parse_await();
        Expression* operand = PARSED(parse_left_hand_side(cover));
        if (is_arrow_function(operand)) return operand;
        if ((at(TokenKind::kIncrement) || at(TokenKind::kDecrement)) && !token_.newline_before) {
            auto* node = make<UpdateExpression>(begin);
            node->is_increment = at(TokenKind::kIncrement);
            REQUIRE(check_simple_target(operand, true, node->is_increment ? "'++'" : "'--'"));
            node->operand = operand;
            next();
            return finish(node);
        }
        return operand;
    }
    }
    auto* node = make<UnaryExpression>(begin);
    node->op = op;
    next();
    node->operand = PARSED(parse_unary(nullptr));
    if (op == UnaryOperator::kDelete) {
        // 13.5.1.1 Static Semantics: Early Errors
        if (context_.strict && node->operand->is<Identifier>())
            return fail_at(node->operand, "'delete' of a plain name is not allowed in strict mode");
        Expression* operand = node->operand;
        if (auto* chain = operand->try_as<OptionalChain>()) operand = chain->expression;
        if (operand->is<PrivateMemberExpression>())
            return fail_at(node->operand, "Private members cannot be deleted");
    }
    return finish(node);
}

// 15.8 AwaitExpression : await UnaryExpression
Expression* Parser::parse_await() {
    uint32_t begin = token_.begin;
    if (token_.has_escape) return fail_at(token_, "Keywords must not contain escape sequences");
    if (!context_.await_allowed)
        return fail_at(token_, "'await' is only valid in async functions and at the top level of modules");
    if (context_.in_parameters)
        return fail_at(token_, "'await' expressions are not allowed in the parameters of an async function");
    last_await_ = begin + 1;
    context_.function->contains_await = true;
    auto* node = make<AwaitExpression>(begin);
    next();
    node->argument = PARSED(parse_unary(nullptr));
    return finish(node);
}

// 15.5 YieldExpression
Expression* Parser::parse_yield(bool in_allowed) {
    uint32_t begin = token_.begin;
    if (context_.in_parameters)
        return fail_at(token_, "'yield' expressions are not allowed in the parameters of a generator");
    last_yield_ = begin + 1;
    context_.function->contains_yield = true;
    auto* node = make<YieldExpression>(begin);
    next();
    if (token_.newline_before) return finish(node);
    switch (token_.kind) {
    case TokenKind::kStar:
        next();
        node->is_delegate = true;
        node->argument = PARSED(parse_assignment(in_allowed));
        return finish(node);
    case TokenKind::kRightBrace:
    case TokenKind::kRightParen:
    case TokenKind::kRightBracket:
    case TokenKind::kColon:
    case TokenKind::kComma:
    case TokenKind::kSemicolon:
    case TokenKind::kEnd:
    case TokenKind::kIn:
        return finish(node);
    default:
        // `of` ends a yield that stands as the target of a for-of head; it is then rejected as a target
        // anyway.
        node->argument = PARSED(parse_assignment(in_allowed));
        return finish(node);
    }
}

// ---- 13.3 Left-Hand-Side Expressions
// ----------------------------------------------------------------------------

Expression* Parser::parse_left_hand_side(Cover* cover) {
    uint32_t begin = token_.begin;
    Expression* left;
    switch (token_.kind) {
    case TokenKind::kNew:
        left = PARSED(parse_new());
        break;
    case TokenKind::kSuper:
        left = PARSED(parse_super());
        break;
    case TokenKind::kImport:
        left = PARSED(parse_import_expression());
        break;
    default:
        left = PARSED(parse_primary(cover));
        if (is_arrow_function(left)) return left;
    }
    return parse_subscripts(left, begin, true);
}

Expression* Parser::parse_subscripts(Expression* left, uint32_t begin, bool calls_allowed) {
    for (;;) {
        switch (token_.kind) {
        case TokenKind::kDot: {
            next();
            if (at(TokenKind::kPrivateName)) {
                auto* node = make<PrivateMemberExpression>(begin);
                node->object = left;
                node->name = make<PrivateIdentifier>(token_.begin);
                node->name->name = token_.string;
                next();
                finish(node->name);
                left = finish(node);
                continue;
            }
            if (!token_.string || token_.kind == TokenKind::kString || token_.kind == TokenKind::kTemplate ||
                token_.kind == TokenKind::kBigInt || token_.kind == TokenKind::kError)
                return unexpected("a property name after '.'");
            auto* node = make<MemberExpression>(begin);
            node->object = left;
            node->name = token_.string;
            node->name_begin = token_.begin;
            next();
            left = finish(node);
            continue;
        }
        case TokenKind::kLeftBracket: {
            auto* node = make<IndexExpression>(begin);
            next();
            node->object = left;
            node->index = PARSED(parse_expression(true));
            REQUIRE(expect(TokenKind::kRightBracket));
            left = finish(node);
            continue;
        }
        case TokenKind::kLeftParen: {
            if (!calls_allowed) return left;
            auto* node = make<CallExpression>(begin);
            ArenaVector<Expression*> arguments;
            REQUIRE(parse_arguments(arguments, nullptr));
            node->callee = left;
            node->arguments = list(arguments);
            if (auto* callee = left->try_as<Identifier>();
                callee && static_cast<TokenKind>(callee->name->word()) == TokenKind::kEval) {
                node->may_be_direct_eval = true;
                node->eval_permissions = {context_.new_target_allowed, context_.super_property_allowed,
                                          context_.super_call_allowed, context_.in_field_initializer};
            }
            left = finish(node);
            continue;
        }
        case TokenKind::kTemplate: {
            auto* node = make<TaggedTemplate>(begin);
            node->tag = left;
            node->quasi = PARSED(parse_template(true));
            left = finish(node);
            continue;
        }
        case TokenKind::kQuestionDot:
            if (!calls_allowed) return fail_at(token_, "An optional chain cannot be the callee of 'new'");
            left = PARSED(parse_optional_chain(left, begin));
            continue;
        default:
            return left;
        }
    }
}

// 13.3.9 Optional Chains. At the first `?.`; takes the whole chain, further `?.` included.
Expression* Parser::parse_optional_chain(Expression* left, uint32_t begin) {
    auto* chain = make<OptionalChain>(begin);
    for (;;) {
        bool is_optional = at(TokenKind::kQuestionDot);
        if (is_optional) next();
        if (at(TokenKind::kLeftParen)) {
            auto* node = make<CallExpression>(begin);
            node->callee = left;
            node->is_optional = is_optional;
            ArenaVector<Expression*> arguments;
            REQUIRE(parse_arguments(arguments, nullptr));
            node->arguments = list(arguments);
            left = finish(node);
        } else if (at(TokenKind::kLeftBracket)) {
            auto* node = make<IndexExpression>(begin);
            node->object = left;
            node->is_optional = is_optional;
            next();
            node->index = PARSED(parse_expression(true));
            REQUIRE(expect(TokenKind::kRightBracket));
            left = finish(node);
        } else if (at(TokenKind::kTemplate)) {
            return fail_at(token_, "A template literal cannot follow an optional chain: add parentheses");
        } else if (is_optional || at(TokenKind::kDot)) {
            if (!is_optional) next();
            if (at(TokenKind::kPrivateName)) {
                auto* node = make<PrivateMemberExpression>(begin);
                node->object = left;
                node->is_optional = is_optional;
                node->name = make<PrivateIdentifier>(token_.begin);
                node->name->name = token_.string;
                next();
                finish(node->name);
                left = finish(node);
            } else {
                if (!token_.string || token_.kind == TokenKind::kString ||
                    token_.kind == TokenKind::kTemplate || token_.kind == TokenKind::kBigInt ||
                    token_.kind == TokenKind::kError)
                    return unexpected("a property name");
                auto* node = make<MemberExpression>(begin);
                node->object = left;
                node->is_optional = is_optional;
                node->name = token_.string;
                node->name_begin = token_.begin;
                next();
                left = finish(node);
            }
        } else {
            break;
        }
    }
    chain->expression = left;
    return finish(chain);
}

// 13.3.5 The new Operator, 13.3.12 Meta Properties
Expression* Parser::parse_new() {
    REQUIRE(enter_recursion());
    uint32_t begin = token_.begin;
    next();
    if (at(TokenKind::kDot)) {
        next();
        if (!at_word(TokenKind::kTarget)) return unexpected("'target' after 'new.'");
        next();
        if (!context_.new_target_allowed)
            return fail(begin, previous_end_, "'new.target' is only allowed inside functions");
        return finish(make<NewTarget>(begin));
    }
    auto* node = make<NewExpression>(begin);
    uint32_t callee_begin = token_.begin;
    Expression* callee;
    if (at(TokenKind::kNew)) {
        callee = PARSED(parse_new());
    } else if (at(TokenKind::kSuper)) {
        callee = PARSED(parse_super());
        if (callee->is<SuperCall>()) return fail_at(callee, "'super()' cannot be the callee of 'new'");
    } else if (at(TokenKind::kImport)) {
        callee = PARSED(parse_import_expression());
        if (callee->is<ImportCall>())
            return fail_at(callee, "'import()' cannot be the callee of 'new': add parentheses");
    } else {
        callee = PARSED(parse_primary(nullptr));
    }
    node->callee = PARSED(parse_subscripts(callee, callee_begin, false));
    if (at(TokenKind::kLeftParen)) {
        ArenaVector<Expression*> arguments;
        REQUIRE(parse_arguments(arguments, nullptr));
        node->arguments = list(arguments);
    }
    return finish(node);
}

// 13.3.7 The super Keyword
Expression* Parser::parse_super() {
    uint32_t begin = token_.begin;
    next();
    if (at(TokenKind::kLeftParen)) {
        if (!context_.super_call_allowed)
            return fail(begin, previous_end_, "'super()' is only allowed in constructors of derived classes");
        auto* node = make<SuperCall>(begin);
        ArenaVector<Expression*> arguments;
        REQUIRE(parse_arguments(arguments, nullptr));
        node->arguments = list(arguments);
        return finish(node);
    }
    if (!at(TokenKind::kDot) && !at(TokenKind::kLeftBracket))
        return unexpected("'(', '.' or '[' after 'super'");
    if (!context_.super_property_allowed)
        return fail(begin, previous_end_, "'super' is only allowed in methods, accessors and class elements");
    if (take(TokenKind::kDot)) {
        if (at(TokenKind::kPrivateName))
            return fail_at(token_, "Private members cannot be reached through 'super': use 'this'");
        if (!token_.string || token_.kind == TokenKind::kString || token_.kind == TokenKind::kTemplate ||
            token_.kind == TokenKind::kBigInt || token_.kind == TokenKind::kError)
            return unexpected("a property name after 'super.'");
        auto* node = make<SuperMemberExpression>(begin);
        node->name = token_.string;
        next();
        return finish(node);
    }
    auto* node = make<SuperIndexExpression>(begin);
    next();
    node->index = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kRightBracket));
    return finish(node);
}

// 13.3.10 Import Calls, 13.3.12 import.meta
Expression* Parser::parse_import_expression() {
    uint32_t begin = token_.begin;
    next();
    ImportPhase phase = ImportPhase::kEvaluation;
    if (take(TokenKind::kDot)) {
        if (at_word(TokenKind::kMeta)) {
            next();
            if (!is_module_) return fail(begin, previous_end_, "'import.meta' is only allowed in modules");
            return finish(make<ImportMeta>(begin));
        }
        if (at_word(TokenKind::kDefer))
            phase = ImportPhase::kDefer;
        else if (at_word(TokenKind::kSource))
            phase = ImportPhase::kSource;
        else
            return unexpected("'meta', 'defer' or 'source' after 'import.'");
        next();
    }
    if (!at(TokenKind::kLeftParen)) return unexpected("'(' of an import call");
    next();
    auto* node = make<ImportCall>(begin);
    node->phase = phase;
    if (at(TokenKind::kEllipsis)) return fail_at(token_, "'...' is not allowed in an import call");
    node->specifier = PARSED(parse_assignment(true));
    if (at(TokenKind::kComma)) {
        next();
        if (!at(TokenKind::kRightParen)) {
            if (at(TokenKind::kEllipsis)) return fail_at(token_, "'...' is not allowed in an import call");
            node->options = PARSED(parse_assignment(true));
            take(TokenKind::kComma);
        }
    }
    REQUIRE(expect(TokenKind::kRightParen));
    return finish(node);
}

// 13.3.8 Argument Lists. With `cover`: may turn out to be the parameters of an async arrow function.
bool Parser::parse_arguments(ArenaVector<Expression*>& arguments, Cover* cover, bool* has_trailing_comma) {
    REQUIRE(expect(TokenKind::kLeftParen));
    while (!at(TokenKind::kRightParen)) {
        if (at(TokenKind::kEllipsis)) {
            auto* spread = make<SpreadElement>(token_.begin);
            next();
            spread->argument = PARSED(parse_assignment(true, cover));
            arguments.push(arena_, finish(spread));
        } else {
            arguments.push(arena_, PARSED(parse_assignment(true, cover)));
        }
        if (!at(TokenKind::kComma)) break;
        next();
        if (has_trailing_comma) *has_trailing_comma = at(TokenKind::kRightParen);
    }
    if (!at(TokenKind::kRightParen)) return unexpected("',' or ')' in the argument list");
    next();
    return true;
}

} // namespace heddle
