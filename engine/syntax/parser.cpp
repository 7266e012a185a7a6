// Entry points, token handling and error reporting of the parser.
#include "syntax/parser_impl.h"

#include "base/growable_array.h"

#include <fmt/format.h>

namespace heddle {

const char* node_kind_name(NodeKind kind) {
    switch (kind) {
#define NODE(name)                                                                                           \
    case NodeKind::k##name:                                                                                  \
        return #name;
#include "syntax/nodes.def"
    }
    return "?";
}

Parser::Parser(const SourceText& source, Arena& arena, AstStringTable& strings, const ParseOptions& options,
               Goal goal)
    : source_(source), arena_(arena), strings_(strings), options_(options), goal_(goal),
      is_module_(goal == Goal::kModule),
      lexer_(source, strings, arena, goal == Goal::kModule, goal <= Goal::kEval) {
    context_.await_is_reserved = is_module_;
    lexer_.next(token_);
}

// ---- Tokens
// ---------------------------------------------------------------------------------------------------

void Parser::next() {
    previous_end_ = token_.end;
    if (has_peeked_) {
        token_ = peeked_;
        has_peeked_ = false;
    } else {
        lexer_.next(token_);
    }
    if ((++token_count_ & 0x3FF) == 0 && options_.interrupted && options_.interrupted(options_.interrupted_context)) [[unlikely]] {
        if (!failed_) {
            fail_at(token_, "The parse was interrupted");
            error_.kind = ParseErrorKind::kInterrupted;
        }
        token_.kind = TokenKind::kError;
    }
    if (arena_.is_exhausted()) [[unlikely]] {
        if (!failed_) {
            fail_at(token_, "Out of memory: the syntax tree of this source text exceeds its limit");
            error_.kind = ParseErrorKind::kOutOfMemory;
        }
        token_.kind = TokenKind::kError;
    }
}

const Token& Parser::peek() {
    if (!has_peeked_) {
        lexer_.next(peeked_);
        has_peeked_ = true;
    }
    return peeked_;
}

bool Parser::take(TokenKind kind) {
    if (token_.kind != kind) return false;
    next();
    return true;
}

bool Parser::expect(TokenKind kind) {
    if (token_.kind != kind) return unexpected(token_text(kind));
    next();
    return true;
}

// 12.10 Automatic Semicolon Insertion
bool Parser::consume_semicolon() {
    if (at(TokenKind::kSemicolon)) {
        next();
        return true;
    }
    if (at(TokenKind::kRightBrace) || at(TokenKind::kEnd) || token_.newline_before) return true;
    return unexpected("';' or a new line");
}

bool Parser::enter_recursion() {
    if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) > options_.stack_limit) [[likely]]
        return true;
    if (!failed_) {
        fail_at(token_, "Too much recursion: the source text is nested too deeply");
        error_.kind = ParseErrorKind::kTooMuchRecursion;
    }
    return false;
}

ParseFailure Parser::fail(uint32_t begin, uint32_t end, std::string message) {
    if (failed_) return {};
    failed_ = true;
    error_.kind = ParseErrorKind::kSyntaxError;
    error_.message = std::move(message);
    error_.offset = begin;
    error_.end = end;
    return {};
}

std::string Parser::describe(const Token& token) const {
    switch (token.kind) {
    case TokenKind::kEnd:
        return "end of input";
    case TokenKind::kTemplate:
        return "template literal";
    default:
        break;
    }
    uint32_t end = token.end;
    bool cut = end - token.begin > 40;
    if (cut) end = token.begin + 40;
    return fmt::format("'{}{}'", source_.to_utf8(token.begin, end), cut ? "…" : "");
}

ParseFailure Parser::unexpected(const char* expectation) {
    if (failed_) return {};
    if (token_.kind == TokenKind::kError) {
        fail(token_.error_offset, token_.end, token_.error);
        error_.is_incomplete = token_.is_incomplete;
        return {};
    }
    std::string what = token_.kind == TokenKind::kEnd ? "Unexpected end of input"
                                                      : fmt::format("Unexpected token {}", describe(token_));
    if (expectation) what += fmt::format(": expected {}", expectation);
    fail_at(token_, std::move(what));
    error_.is_incomplete = token_.kind == TokenKind::kEnd;
    return {};
}

StringLiteral* Parser::make_string(const AstString* value, uint32_t begin, uint32_t end) {
    auto* node = make<StringLiteral>(begin);
    node->value = value;
    node->end = end;
    return node;
}

// ---- Identifiers
// ----------------------------------------------------------------------------------------------

namespace {

bool is_strict_reserved(TokenKind word) {
    switch (word) {
#define WORD(kind, text, reserved)                                                                           \
    case TokenKind::kind:                                                                                    \
        return reserved;
#include "syntax/tokens.def"
    default:
        return false;
    }
}

} // namespace

bool Parser::is_identifier_here(const Token& token) const {
    if (token.kind != TokenKind::kIdentifier) return false;
    if (token.word == TokenKind::kNone) return true;
    if (token.word == TokenKind::kAwait) return !context_.await_is_reserved;
    if (token.word == TokenKind::kYield) return !context_.yield_allowed && !context_.strict;
    return !context_.strict || !is_strict_reserved(token.word);
}

// 13.1.1 Static Semantics: Early Errors (of identifiers)
bool Parser::check_identifier(const Token& token) {
    if (token.kind != TokenKind::kIdentifier) {
        if (token.kind == TokenKind::kEscapedKeyword)
            return fail_at(token, "Keywords must not contain escape sequences");
        return unexpected("an identifier");
    }
    if (token.word == TokenKind::kNone) return true;
    if (token.word == TokenKind::kAwait) {
        if (!context_.await_is_reserved) {
            last_await_identifier_ = token.begin + 1;
            return true;
        }
        if (context_.in_static_block) return fail_at(token, "'await' is not allowed in a class static block");
        return fail_at(token, is_module_ ? "'await' is reserved in modules: choose another name"
                                         : "'await' is reserved in async functions: choose another name");
    }
    if (token.word == TokenKind::kYield && context_.yield_allowed)
        return fail_at(token, "'yield' is reserved in generators: choose another name");
    if (context_.strict && is_strict_reserved(token.word))
        return fail_at(token, fmt::format("'{}' is reserved in strict mode: choose another name",
                                          token.string->short_utf8()));
    return true;
}

bool Parser::check_binding_name(const AstString* name, uint32_t begin, uint32_t end) {
    if (!context_.strict) return true;
    auto word = static_cast<TokenKind>(name->word());
    if (word == TokenKind::kEval || word == TokenKind::kArguments)
        return fail(begin, end,
                    fmt::format("'{}' cannot be declared or assigned in strict mode", name->short_utf8()));
    if (is_strict_reserved(word))
        return fail(begin, end,
                    fmt::format("'{}' is reserved in strict mode: choose another name", name->short_utf8()));
    return true;
}

Identifier* Parser::make_identifier(const Token& token) {
    auto* node = make<Identifier>(token.begin);
    node->name = token.string;
    node->end = token.end;
    return node;
}

Identifier* Parser::parse_identifier_reference() {
    REQUIRE(check_identifier(token_));
    if (token_.word == TokenKind::kArguments) {
        if (context_.in_field_initializer)
            return fail_at(token_, "'arguments' is not allowed in class field initializers");
        if (context_.in_static_block)
            return fail_at(token_, "'arguments' is not allowed in class static blocks");
    }
    Identifier* node = make_identifier(token_);
    next();
    return node;
}

Identifier* Parser::parse_binding_identifier(BindingUse use) {
    REQUIRE(check_identifier(token_));
    REQUIRE(check_binding_name(token_.string, token_.begin, token_.end));
    if (use == BindingUse::kLexical && token_.word == TokenKind::kLet)
        return fail_at(token_, "'let' cannot be the name of a let, const, using or class declaration");
    Identifier* node = make_identifier(token_);
    next();
    return node;
}

// ---- Programs
// -------------------------------------------------------------------------------------------------

Program* Parser::parse_program(const EvalContext* eval_context) {
    if (source_.length() > SourceText::kMaxLength) {
        fail(0, 0, "Out of memory: the source text is longer than 2^30 - 1 code units");
        error_.kind = ParseErrorKind::kOutOfMemory;
        return nullptr;
    }
    auto* program = make<Program>(0);
    auto* function = make<FunctionNode>(0);
    program->function = function;
    context_.function = function;
    switch (goal_) {
    case Goal::kModule:
        program->program_kind = ProgramKind::kModule;
        function->function_kind = FunctionKind::kModule;
        context_.strict = true;
        context_.await_is_reserved = true;
        context_.await_allowed = true;
        context_.using_allowed = true;
        break;
    case Goal::kEval:
        program->program_kind = ProgramKind::kEval;
        function->function_kind = FunctionKind::kEval;
        if (eval_context->is_direct) {
            context_.strict = eval_context->strict_caller;
            context_.new_target_allowed = eval_context->permissions.new_target;
            context_.super_property_allowed = eval_context->permissions.super_property;
            context_.super_call_allowed = eval_context->permissions.super_call;
            context_.in_field_initializer = eval_context->permissions.in_class_field_initializer;
        }
        break;
    default:
        function->function_kind = FunctionKind::kScript;
    }
    ArenaVector<Statement*> body;
    REQUIRE(parse_directives(body, function));
    function->is_strict = context_.strict;
    program->is_strict = context_.strict;
    if (is_module_)
        REQUIRE(parse_module_items(body));
    else
        REQUIRE(parse_statement_list(body, TokenKind::kEnd));
    if (failed_) return nullptr;
    function->body = list(body);
    function->end = function->body_end = program->end = source_.length();
    function->is_async = program->has_top_level_await = is_module_ && function->contains_await;
    if (is_module_) REQUIRE(finish_module(program));
    return program;
}

Program* Parser::parse_dynamic_program(DynamicFunctionKind kind) {
    auto* program = make<Program>(0);
    program->program_kind = ProgramKind::kDynamicFunction;
    auto* root = make<FunctionNode>(0);
    root->function_kind = FunctionKind::kScript;
    program->function = root;
    context_.function = root;
    auto* statement = make<ExpressionStatement>(0);
    if (at_word(TokenKind::kAsync))
        statement->expression = PARSED(parse_async_primary());
    else
        statement->expression = PARSED(parse_function_expression());
    if (!at(TokenKind::kEnd)) return unexpected("the end of the function");
    finish(statement);
    FunctionNode* function = statement->expression->as<FunctionExpression>()->function;
    program->dynamic_function = function;
    auto** body = arena_.make_array<Statement*>(1);
    body[0] = statement;
    root->body = {body, 1};
    root->end = root->body_end = program->end = source_.length();
    return program;
}

bool Parser::parse_dynamic_part(DynamicFunctionKind kind) {
    auto* function = make<FunctionNode>(0);
    function->is_async = kind == DynamicFunctionKind::kAsync || kind == DynamicFunctionKind::kAsyncGenerator;
    function->is_generator =
        kind == DynamicFunctionKind::kGenerator || kind == DynamicFunctionKind::kAsyncGenerator;
    context_ = function_context(function);
    if (goal_ == Goal::kParametersOnly) {
        context_.in_parameters = true;
        while (!at(TokenKind::kEnd)) {
            if (take(TokenKind::kEllipsis)) {
                PARSED(parse_binding_target(BindingUse::kParameter));
                break;
            }
            PARSED(parse_binding_element(BindingUse::kParameter));
            if (!take(TokenKind::kComma)) break;
        }
    } else {
        ArenaVector<Statement*> body;
        REQUIRE(parse_directives(body, function));
        REQUIRE(parse_statement_list(body, TokenKind::kEnd));
    }
    if (failed_) return false;
    if (!at(TokenKind::kEnd)) return unexpected("the end of the text");
    return true;
}

// ---- Entry points
// ---------------------------------------------------------------------------------------------

namespace {

void locate(ParseResult& result) {
    SourcePosition position = result.source->position_of(result.error.offset);
    result.error.line = position.line;
    result.error.column = position.column;
}

void set_out_of_memory(ParseResult& result, std::string_view why) {
    result.error.kind = ParseErrorKind::kOutOfMemory;
    result.error.message = std::string("Out of memory: the source text ") + std::string(why);
}

// A tree that an exhausted arena holds is not whole.
void finish_parse(ParseResult& result, Parser& parser, Program* program, AstStringTable& strings,
                  const EvalContext* eval_context, const ParseOptions& options) {
    if (program) {
        AnalysisInput input{program, eval_context, &strings, result.arena.get(), options.stack_limit};
        if (analyze_scopes(input, result.error)) {
            if (!result.arena->is_exhausted()) {
                result.program = program;
                return;
            }
            set_out_of_memory(result, "does not fit");
        }
    } else {
        result.error = std::move(parser.error());
    }
    locate(result);
}

ParseResult parse(SourceTextRef source, Parser::Goal goal, const EvalContext* eval_context,
                  const ParseOptions& options) {
    ParseResult result;
    result.source = std::move(source);
    if (!result.source) {
        set_out_of_memory(result, "does not fit");
        return result;
    }
    result.arena = std::make_unique<Arena>(options.arena_limit);
    if (!result.arena->prepare()) {
        set_out_of_memory(result, "does not fit");
        return result;
    }
    AstStringTable strings(*result.arena);
    Parser parser(*result.source, *result.arena, strings, options, goal);
    finish_parse(result, parser, parser.parse_program(eval_context), strings, eval_context, options);
    return result;
}

} // namespace

ParseResult parse_script(SourceTextRef source, const ParseOptions& options) {
    return parse(std::move(source), Parser::Goal::kScript, nullptr, options);
}

ParseResult parse_module(SourceTextRef source, const ParseOptions& options) {
    return parse(std::move(source), Parser::Goal::kModule, nullptr, options);
}

ParseResult parse_eval(SourceTextRef source, const EvalContext& context, const ParseOptions& options) {
    return parse(std::move(source), Parser::Goal::kEval, &context, options);
}

// 20.2.1.1.1 CreateDynamicFunction, steps 10 to 20.
ParseResult parse_dynamic_function(DynamicFunctionKind kind, SourceTextRef parameters, SourceTextRef body,
                                   const ParseOptions& options) {
    const char* prefix = "function";
    switch (kind) {
    case DynamicFunctionKind::kNormal:
        break;
    case DynamicFunctionKind::kGenerator:
        prefix = "function*";
        break;
    case DynamicFunctionKind::kAsync:
        prefix = "async function";
        break;
    case DynamicFunctionKind::kAsyncGenerator:
        prefix = "async function*";
        break;
    }
    ParseResult result;
    // As long as script likes: once there is room for all, nothing fails.
    constexpr size_t kFrame = 48;
    GrowableArray<char16_t> text;
    if (!text.reserve(size_t{parameters->length()} + body->length() + kFrame)) {
        set_out_of_memory(result, "does not fit");
        return result;
    }
    auto append_ascii = [&](const char* ascii) {
        while (*ascii)
            HEDDLE_CHECK(text.push_back(static_cast<char16_t>(*ascii++)));
    };
    auto append_source = [&](const SourceText& part) {
        for (uint32_t i = 0; i < part.length(); i++)
            HEDDLE_CHECK(text.push_back(part.at(i)));
    };
    append_ascii(prefix);
    append_ascii(" anonymous(");
    append_source(*parameters);
    append_ascii("\n) {\n");
    append_source(*body);
    append_ascii("\n}");

    result.source = SourceText::from_utf16(text.data(), text.size(), body->name());
    if (!result.source) {
        set_out_of_memory(result, "does not fit");
        return result;
    }
    result.arena = std::make_unique<Arena>(options.arena_limit);
    if (!result.arena->prepare()) {
        set_out_of_memory(result, "does not fit");
        return result;
    }
    if (result.source->length() > SourceText::kMaxLength) {
        set_out_of_memory(result, "is longer than 2^30 - 1 code units");
        return result;
    }
    AstStringTable strings(*result.arena);
    for (auto goal : {Parser::Goal::kParametersOnly, Parser::Goal::kBodyOnly}) {
        const SourceText& part = goal == Parser::Goal::kParametersOnly ? *parameters : *body;
        Parser parser(part, *result.arena, strings, options, goal);
        if (!parser.parse_dynamic_part(kind)) {
            result.error = std::move(parser.error());
            SourcePosition position = part.position_of(result.error.offset);
            result.error.line = position.line;
            result.error.column = position.column;
            return result;
        }
    }
    Parser parser(*result.source, *result.arena, strings, options, Parser::Goal::kScript);
    finish_parse(result, parser, parser.parse_dynamic_program(kind), strings, nullptr, options);
    return result;
}

} // namespace heddle
