// 14 ECMAScript Language: Statements and Declarations, with B.3.
#include "syntax/parser_impl.h"

#include <fmt/format.h>

namespace heddle {

bool Parser::parse_statement_list(ArenaVector<Statement*>& body, TokenKind end) {
    while (!at(end)) {
        if (at(TokenKind::kEnd)) return unexpected(token_text(end));
        body.push(arena_, PARSED(parse_list_item()));
    }
    return !failed_;
}

// LetOrConst of a declaration; `let` alone may be an identifier in sloppy code.
bool Parser::at_let_declaration() {
    if (!at_word(TokenKind::kLet)) return false;
    const Token& following = peek();
    return following.kind == TokenKind::kLeftBracket || following.kind == TokenKind::kLeftBrace ||
           following.kind == TokenKind::kIdentifier || following.kind == TokenKind::kEscapedKeyword;
}

bool Parser::at_using_declaration() {
    if (!at_word(TokenKind::kUsing)) return false;
    const Token& following = peek();
    return following.kind == TokenKind::kIdentifier && !following.newline_before;
}

bool Parser::at_await_using_declaration() {
    if (!at_word(TokenKind::kAwait) || !context_.await_allowed) return false;
    const Token& following = peek();
    if (!following.is_word(TokenKind::kUsing) || following.newline_before) return false;
    uint32_t position = lexer_.position();
    Token third;
    lexer_.next(third);
    lexer_.set_position(position);
    return third.kind == TokenKind::kIdentifier && !third.newline_before;
}

// StatementListItem
Statement* Parser::parse_list_item() {
    switch (token_.kind) {
    case TokenKind::kFunction:
        return parse_function_declaration(false);
    case TokenKind::kClass: {
        auto* node = make<ClassDeclaration>(token_.begin);
        node->class_node = PARSED(parse_class(true));
        return finish(node);
    }
    case TokenKind::kConst:
        return parse_lexical_statement(DeclarationKind::kConst);
    case TokenKind::kIdentifier:
        if (at_let_declaration()) return parse_lexical_statement(DeclarationKind::kLet);
        if (at_using_declaration()) return parse_lexical_statement(DeclarationKind::kUsing);
        if (at_await_using_declaration()) return parse_lexical_statement(DeclarationKind::kAwaitUsing);
        if (at_word(TokenKind::kAsync) && peek().kind == TokenKind::kFunction && !peek().newline_before)
            return parse_function_declaration(false);
        return parse_statement(true);
    default:
        return parse_statement(true);
    }
}

// 14.3.1 Let, Const and Using Declarations
Statement* Parser::parse_lexical_statement(DeclarationKind kind) {
    uint32_t begin = token_.begin;
    if (kind == DeclarationKind::kUsing || kind == DeclarationKind::kAwaitUsing) {
        if (!context_.using_allowed)
            return fail_at(
                token_, "'using' is not allowed at the top level of a script or directly in a case clause: "
                        "put it in a block");
        if (kind == DeclarationKind::kAwaitUsing) {
            if (context_.in_parameters) return unexpected();
            context_.function->contains_await = true;
            last_await_ = begin + 1;
            next();
        }
    }
    next();
    VariableDeclaration* node = PARSED(parse_declaration(kind, begin, false));
    REQUIRE(consume_semicolon());
    return finish(node);
}

// The declarators after var, let, const, using or await using.
VariableDeclaration* Parser::parse_declaration(DeclarationKind kind, uint32_t begin, bool in_for_head) {
    auto* node = make<VariableDeclaration>(begin);
    node->declaration_kind = kind;
    BindingUse use = kind == DeclarationKind::kVar ? BindingUse::kVar : BindingUse::kLexical;
    bool is_using = kind == DeclarationKind::kUsing || kind == DeclarationKind::kAwaitUsing;
    ArenaVector<VariableDeclarator*> declarators;
    do {
        auto* declarator = make<VariableDeclarator>(token_.begin);
        declarator->target = PARSED(is_using ? parse_binding_identifier(use) : parse_binding_target(use));
        if (take(TokenKind::kAssign)) {
            declarator->initializer = PARSED(parse_assignment(!in_for_head));
        } else if (!in_for_head || !(at(TokenKind::kIn) || at_word(TokenKind::kOf))) {
            if (declarator->target->is_pattern())
                return unexpected("'=': a destructuring declaration needs a value");
            if (kind == DeclarationKind::kConst) return unexpected("'=': a constant needs a value");
            if (is_using) return unexpected("'=': a using declaration needs a value");
        }
        declarators.push(arena_, finish(declarator));
    } while (take(TokenKind::kComma));
    node->declarators = list(declarators);
    return finish(node);
}

// Statement, where declarations are not allowed. Labelled functions only where a list item may stand.
Statement* Parser::parse_statement(bool labelled_function_allowed) {
    REQUIRE(enter_recursion());
    uint32_t begin = token_.begin;
    switch (token_.kind) {
    case TokenKind::kLeftBrace:
        return parse_block();
    case TokenKind::kSemicolon:
        next();
        return finish(make<EmptyStatement>(begin));
    case TokenKind::kVar: {
        next();
        VariableDeclaration* node = PARSED(parse_declaration(DeclarationKind::kVar, begin, false));
        REQUIRE(consume_semicolon());
        return finish(node);
    }
    case TokenKind::kIf:
        return parse_if();
    case TokenKind::kFor:
        return parse_for();
    case TokenKind::kWhile:
        return parse_while();
    case TokenKind::kDo:
        return parse_do_while();
    case TokenKind::kContinue:
        return parse_jump(false);
    case TokenKind::kBreak:
        return parse_jump(true);
    case TokenKind::kReturn:
        return parse_return();
    case TokenKind::kWith:
        return parse_with();
    case TokenKind::kSwitch:
        return parse_switch();
    case TokenKind::kThrow:
        return parse_throw();
    case TokenKind::kTry:
        return parse_try();
    case TokenKind::kDebugger: {
        next();
        REQUIRE(consume_semicolon());
        return finish(make<DebuggerStatement>(begin));
    }
    case TokenKind::kFunction:
        return fail_at(token_, "A function declaration cannot stand here: put it in a block '{ }'");
    case TokenKind::kClass:
        return fail_at(token_, "A class declaration cannot stand here: put it in a block '{ }'");
    case TokenKind::kConst:
        return fail_at(token_, "A 'const' declaration cannot stand here: put it in a block '{ }'");
    case TokenKind::kImport: {
        TokenKind following = peek().kind;
        if (following != TokenKind::kLeftParen && following != TokenKind::kDot)
            return fail_at(token_, is_module_
                                       ? "Import declarations are only allowed at the top level of a module"
                                       : "Import declarations are only allowed in modules");
        return parse_expression_statement();
    }
    case TokenKind::kExport:
        return fail_at(token_, is_module_
                                   ? "Export declarations are only allowed at the top level of a module"
                                   : "Export declarations are only allowed in modules");
    case TokenKind::kIdentifier: {
        const Token& following = peek();
        if (following.kind == TokenKind::kColon) {
            if (!labelled_function_allowed) {
                // IsLabelledFunction: labels all the way down to a function are an error as a body.
                Statement* node = PARSED(parse_labelled());
                Statement* body = node;
                while (auto* labelled = body->try_as<LabelledStatement>())
                    body = labelled->body;
                if (body->is<FunctionDeclaration>())
                    return fail_at(body, "A labelled function cannot stand here: put it in a block '{ }'");
                return node;
            }
            return parse_labelled();
        }
        if (at_word(TokenKind::kAsync) && following.kind == TokenKind::kFunction && !following.newline_before)
            return fail_at(token_,
                           "An async function declaration cannot stand here: put it in a block '{ }'");
        if (at_word(TokenKind::kLet)) {
            if (following.kind == TokenKind::kLeftBracket)
                return fail_at(token_, "A 'let' declaration cannot stand here: put it in a block '{ }'");
            if (!following.newline_before &&
                (following.kind == TokenKind::kIdentifier || following.kind == TokenKind::kLeftBrace))
                return fail_at(token_, "A 'let' declaration cannot stand here: put it in a block '{ }'");
        }
        return parse_expression_statement();
    }
    default:
        return parse_expression_statement();
    }
}

Statement* Parser::parse_expression_statement() {
    auto* node = make<ExpressionStatement>(token_.begin);
    node->expression = PARSED(parse_expression(true));
    REQUIRE(consume_semicolon());
    return finish(node);
}

// 14.2 Block
BlockStatement* Parser::parse_block() {
    REQUIRE(enter_recursion());
    auto* node = make<BlockStatement>(token_.begin);
    REQUIRE(expect(TokenKind::kLeftBrace));
    bool saved = context_.using_allowed;
    context_.using_allowed = true;
    ArenaVector<Statement*> body;
    REQUIRE(parse_statement_list(body, TokenKind::kRightBrace));
    context_.using_allowed = saved;
    next();
    node->body = list(body);
    return finish(node);
}

// 14.6 The if Statement, B.3.3 FunctionDeclarations in IfStatement Statement Clauses
Statement* Parser::parse_if_branch() {
    if (!at(TokenKind::kFunction) || context_.strict) return parse_statement();
    auto* block = make<BlockStatement>(token_.begin);
    FunctionDeclaration* declaration = PARSED(parse_function_declaration(false));
    if (declaration->function->is_generator)
        return fail_at(declaration, "A generator declaration cannot stand here: put it in a block '{ }'");
    auto** body = arena_.make_array<Statement*>(1);
    body[0] = declaration;
    block->body = {body, 1};
    return finish(block);
}

Statement* Parser::parse_if() {
    auto* node = make<IfStatement>(token_.begin);
    next();
    REQUIRE(expect(TokenKind::kLeftParen));
    node->test = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kRightParen));
    node->consequent = PARSED(parse_if_branch());
    if (take(TokenKind::kElse)) node->alternate = PARSED(parse_if_branch());
    return finish(node);
}

// ---- 14.7 Iteration Statements
// ----------------------------------------------------------------------------------

void Parser::mark_loop_labels(uint32_t begin) {
    for (Label* label = context_.labels; label && label->statement_begin == begin; label = label->outer) {
        label->is_loop = true;
        begin = label->begin;
    }
}

Statement* Parser::parse_loop_body() {
    bool saved = context_.in_loop;
    context_.in_loop = true;
    Statement* body = PARSED(parse_statement());
    context_.in_loop = saved;
    return body;
}

Statement* Parser::parse_while() {
    auto* node = make<WhileStatement>(token_.begin);
    mark_loop_labels(token_.begin);
    next();
    REQUIRE(expect(TokenKind::kLeftParen));
    node->test = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kRightParen));
    node->body = PARSED(parse_loop_body());
    return finish(node);
}

Statement* Parser::parse_do_while() {
    auto* node = make<DoWhileStatement>(token_.begin);
    mark_loop_labels(token_.begin);
    next();
    node->body = PARSED(parse_loop_body());
    REQUIRE(expect(TokenKind::kWhile));
    REQUIRE(expect(TokenKind::kLeftParen));
    node->test = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kRightParen));
    // The semicolon is always optional here.
    take(TokenKind::kSemicolon);
    return finish(node);
}

Statement* Parser::parse_for() {
    uint32_t begin = token_.begin;
    mark_loop_labels(begin);
    next();
    bool is_await = false;
    if (at_word(TokenKind::kAwait)) {
        if (!context_.await_allowed)
            return fail_at(token_,
                           "'for await' is only valid in async functions and at the top level of modules");
        is_await = true;
        context_.function->contains_await = true;
        next();
    }
    REQUIRE(expect(TokenKind::kLeftParen));
    uint32_t head_begin = token_.begin;
    Node* initializer = nullptr;
    VariableDeclaration* declaration = nullptr;
    bool starts_with_let = at_word(TokenKind::kLet);

    if (at(TokenKind::kVar)) {
        next();
        declaration = PARSED(parse_declaration(DeclarationKind::kVar, head_begin, true));
    } else if (at(TokenKind::kConst)) {
        next();
        declaration = PARSED(parse_declaration(DeclarationKind::kConst, head_begin, true));
    } else if (at_let_declaration()) {
        next();
        declaration = PARSED(parse_declaration(DeclarationKind::kLet, head_begin, true));
    } else if (at_await_using_declaration()) {
        context_.function->contains_await = true;
        next();
        next();
        declaration = PARSED(parse_declaration(DeclarationKind::kAwaitUsing, head_begin, true));
    } else if (at_using_declaration()) {
        // `for (using of …)` iterates into the name `using`, `for (using of = …;;)` declares `of`.
        bool declares = true;
        if (peek().is_word(TokenKind::kOf)) {
            uint32_t position = lexer_.position();
            Token third;
            lexer_.next(third);
            lexer_.set_position(position);
            declares = third.kind == TokenKind::kAssign;
        }
        if (declares) {
            next();
            declaration = PARSED(parse_declaration(DeclarationKind::kUsing, head_begin, true));
        }
    }

    if (declaration) {
        bool is_of = at_word(TokenKind::kOf);
        if (is_of || at(TokenKind::kIn)) {
            if (declaration->declarators.size() != 1)
                return fail_at(declaration,
                               "The head of a for-in or for-of loop must declare exactly one variable");
            VariableDeclarator* declarator = declaration->declarators[0];
            DeclarationKind kind = declaration->declaration_kind;
            if (declarator->initializer && (is_of || context_.strict || kind != DeclarationKind::kVar ||
                                            declarator->target->is_pattern()))
                return fail_at(declarator,
                               "The variable of a for-in or for-of loop cannot have an initial value");
            if (!is_of && (kind == DeclarationKind::kUsing || kind == DeclarationKind::kAwaitUsing))
                return fail_at(declaration, "'using' is not allowed in a for-in loop");
            return parse_for_in_of(begin, declaration, is_await);
        }
        initializer = declaration;
    } else if (!at(TokenKind::kSemicolon)) {
        Cover cover;
        Expression* left = nullptr;
        bool is_async_of = false;
        if (at_word(TokenKind::kAsync) && peek().is_word(TokenKind::kOf)) {
            uint32_t position = lexer_.position();
            Token third;
            lexer_.next(third);
            lexer_.set_position(position);
            is_async_of = third.kind != TokenKind::kArrow;
        }
        if (is_async_of) {
            if (!is_await)
                return fail_at(token_,
                               "The target of a for-of loop cannot be the plain name 'async': use '(async)'");
            left = PARSED(parse_identifier_reference());
        } else {
            left = PARSED(parse_assignment(false, &cover));
        }
        bool is_of = at_word(TokenKind::kOf);
        if (is_of || at(TokenKind::kIn)) {
            if (is_of && starts_with_let)
                return fail(head_begin, head_begin + 3,
                            "The target of a for-of loop cannot start with 'let'");
            Node* target = left;
            if (!left->is_parenthesized && (left->is<ArrayLiteral>() || left->is<ObjectLiteral>())) {
                target = PARSED(to_assignment_pattern(left));
            } else {
                REQUIRE(report_cover(cover));
                REQUIRE(check_simple_target(left, true, is_of ? "a for-of loop" : "a for-in loop"));
            }
            return parse_for_in_of(begin, target, is_await);
        }
        REQUIRE(report_cover(cover));
        if (at(TokenKind::kComma)) {
            ArenaVector<Expression*> items;
            items.push(arena_, left);
            while (take(TokenKind::kComma))
                items.push(arena_, PARSED(parse_assignment(false)));
            auto* sequence = make<SequenceExpression>(head_begin);
            sequence->expressions = list(items);
            left = finish(sequence);
        }
        initializer = left;
    }
    if (is_await) return unexpected("'of' in the head of 'for await'");

    auto* node = make<ForStatement>(begin);
    node->initializer = initializer;
    REQUIRE(expect(TokenKind::kSemicolon));
    if (!at(TokenKind::kSemicolon)) node->test = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kSemicolon));
    if (!at(TokenKind::kRightParen)) node->update = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kRightParen));
    node->body = PARSED(parse_loop_body());
    return finish(node);
}

// At `in` or `of`.
Statement* Parser::parse_for_in_of(uint32_t begin, Node* left, bool is_await) {
    if (at(TokenKind::kIn)) {
        if (is_await) return unexpected("'of' in the head of 'for await'");
        auto* node = make<ForInStatement>(begin);
        node->left = left;
        next();
        node->right = PARSED(parse_expression(true));
        REQUIRE(expect(TokenKind::kRightParen));
        node->body = PARSED(parse_loop_body());
        return finish(node);
    }
    auto* node = make<ForOfStatement>(begin);
    node->left = left;
    node->is_await = is_await;
    next();
    node->right = PARSED(parse_assignment(true));
    REQUIRE(expect(TokenKind::kRightParen));
    node->body = PARSED(parse_loop_body());
    return finish(node);
}

// ---- Jumps
// ----------------------------------------------------------------------------------------------------

// 14.8 The continue Statement, 14.9 The break Statement
Statement* Parser::parse_jump(bool is_break) {
    uint32_t begin = token_.begin;
    const char* word = is_break ? "break" : "continue";
    next();
    const AstString* name = nullptr;
    if (token_.kind == TokenKind::kIdentifier && !token_.newline_before) {
        REQUIRE(check_identifier(token_));
        name = token_.string;
        Label* label = context_.labels;
        while (label && label->name != name)
            label = label->outer;
        if (!label)
            return fail_at(token_, fmt::format("Undefined label '{}' after '{}'", name->short_utf8(), word));
        if (!is_break && !label->is_loop)
            return fail_at(token_, fmt::format("'continue {}' needs the label of a loop", name->short_utf8()));
        next();
    } else if (is_break ? !context_.in_loop && !context_.in_switch : !context_.in_loop) {
        return fail(begin, previous_end_,
                    is_break ? "'break' without a label is only allowed in a loop or switch"
                             : "'continue' is only allowed in a loop");
    }
    REQUIRE(consume_semicolon());
    if (is_break) {
        auto* node = make<BreakStatement>(begin);
        node->label = name;
        return finish(node);
    }
    auto* node = make<ContinueStatement>(begin);
    node->label = name;
    return finish(node);
}

// 14.10 The return Statement
Statement* Parser::parse_return() {
    auto* node = make<ReturnStatement>(token_.begin);
    if (!context_.return_allowed) return fail_at(token_, "'return' is only allowed inside functions");
    next();
    if (!at(TokenKind::kSemicolon) && !at(TokenKind::kRightBrace) && !at(TokenKind::kEnd) &&
        !token_.newline_before)
        node->argument = PARSED(parse_expression(true));
    REQUIRE(consume_semicolon());
    return finish(node);
}

// 14.14 The throw Statement
Statement* Parser::parse_throw() {
    auto* node = make<ThrowStatement>(token_.begin);
    next();
    if (token_.newline_before)
        return fail_at(token_, "A line break is not allowed between 'throw' and its expression");
    node->argument = PARSED(parse_expression(true));
    REQUIRE(consume_semicolon());
    return finish(node);
}

// ---- Other statements
// -----------------------------------------------------------------------------------------

// 14.11 The with Statement
Statement* Parser::parse_with() {
    if (context_.strict) return fail_at(token_, "'with' is not allowed in strict mode");
    auto* node = make<WithStatement>(token_.begin);
    next();
    REQUIRE(expect(TokenKind::kLeftParen));
    node->object = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kRightParen));
    node->body = PARSED(parse_statement());
    return finish(node);
}

// 14.12 The switch Statement
Statement* Parser::parse_switch() {
    auto* node = make<SwitchStatement>(token_.begin);
    next();
    REQUIRE(expect(TokenKind::kLeftParen));
    node->discriminant = PARSED(parse_expression(true));
    REQUIRE(expect(TokenKind::kRightParen));
    REQUIRE(expect(TokenKind::kLeftBrace));
    bool saved_switch = context_.in_switch;
    bool saved_using = context_.using_allowed;
    context_.in_switch = true;
    context_.using_allowed = false;
    bool has_default = false;
    ArenaVector<SwitchCase*> cases;
    while (!at(TokenKind::kRightBrace)) {
        auto* item = make<SwitchCase>(token_.begin);
        if (at(TokenKind::kDefault)) {
            if (has_default) return fail_at(token_, "A switch statement can have only one default clause");
            has_default = true;
            next();
        } else {
            if (!at(TokenKind::kCase)) return unexpected("'case', 'default' or '}'");
            next();
            item->test = PARSED(parse_expression(true));
        }
        REQUIRE(expect(TokenKind::kColon));
        ArenaVector<Statement*> body;
        while (!at(TokenKind::kCase) && !at(TokenKind::kDefault) && !at(TokenKind::kRightBrace))
            body.push(arena_, PARSED(parse_list_item()));
        item->body = list(body);
        cases.push(arena_, finish(item));
    }
    next();
    context_.in_switch = saved_switch;
    context_.using_allowed = saved_using;
    node->cases = list(cases);
    return finish(node);
}

// 14.15 The try Statement
Statement* Parser::parse_try() {
    auto* node = make<TryStatement>(token_.begin);
    next();
    node->block = PARSED(parse_block());
    if (at(TokenKind::kCatch)) {
        auto* handler = make<CatchClause>(token_.begin);
        next();
        if (take(TokenKind::kLeftParen)) {
            handler->parameter = PARSED(parse_binding_target(BindingUse::kVar));
            REQUIRE(expect(TokenKind::kRightParen));
        }
        handler->body = PARSED(parse_block());
        node->handler = finish(handler);
    }
    if (take(TokenKind::kFinally)) node->finalizer = PARSED(parse_block());
    if (!node->handler && !node->finalizer) return unexpected("'catch' or 'finally'");
    return finish(node);
}

// 14.13 Labelled Statements. At the label.
Statement* Parser::parse_labelled() {
    REQUIRE(enter_recursion());
    auto* node = make<LabelledStatement>(token_.begin);
    REQUIRE(check_identifier(token_));
    node->label = token_.string;
    for (Label* label = context_.labels; label; label = label->outer)
        if (label->name == node->label)
            return fail_at(token_, fmt::format("Label '{}' is already in use here", node->label->short_utf8()));
    Label label{node->label, token_.begin, 0, false, context_.labels};
    next();
    REQUIRE(expect(TokenKind::kColon));
    label.statement_begin = token_.begin;
    context_.labels = &label;
    if (at(TokenKind::kFunction)) {
        // B.3.1 Labelled Function Declarations
        if (context_.strict)
            return fail_at(token_, "A labelled function declaration is not allowed in strict mode");
        FunctionDeclaration* declaration = PARSED(parse_function_declaration(false));
        if (declaration->function->is_generator)
            return fail_at(declaration, "A generator declaration cannot have a label");
        node->body = declaration;
    } else {
        node->body = PARSED(parse_statement(true));
    }
    context_.labels = label.outer;
    return finish(node);
}

} // namespace heddle
