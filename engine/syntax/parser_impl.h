// The recursive-descent parser behind parser.h. Its parts live in parse_expressions.cpp, parse_patterns.cpp,
// parse_functions.cpp, parse_classes.cpp, parse_statements.cpp and parse_modules.cpp.
//
// Every parse function returns null (or false) after recording the first error; callers pass that on at once.
// Cover grammars: expressions are parsed first and converted when `=`, `=>`, `in` or `of` shows that they
// were patterns; each node is converted at most once, so the parse stays linear.
#pragma once

#include "syntax/lexer.h"
#include "syntax/parser.h"

namespace heddle {

/// Converts to the failure value of every parse function.
struct ParseFailure {
    template<class T>
    operator T*() const {
        return nullptr;
    }
    operator bool() const { return false; }
};

#define PARSED(...)                                                                                          \
    ({                                                                                                       \
        auto heddle_parsed_ = (__VA_ARGS__);                                                                 \
        if (!heddle_parsed_) [[unlikely]]                                                                    \
            return ParseFailure{};                                                                           \
        heddle_parsed_;                                                                                      \
    })
#define REQUIRE(...)                                                                                         \
    do {                                                                                                     \
        if (!(__VA_ARGS__)) [[unlikely]]                                                                     \
            return ParseFailure{};                                                                           \
    } while (0)

class Parser {
public:
    enum class Goal : uint8_t { kScript, kModule, kEval, kParametersOnly, kBodyOnly };

    Parser(const SourceText& source, Arena& arena, AstStringTable& strings, const ParseOptions& options,
           Goal goal);

    Program* parse_program(const EvalContext* eval_context);
    /// The body of a text made by CreateDynamicFunction: one function expression.
    Program* parse_dynamic_program(DynamicFunctionKind kind);
    /// FormalParameters or FunctionBody as the whole text, in the context of a dynamic function.
    bool parse_dynamic_part(DynamicFunctionKind kind);

    ParseError& error() { return error_; }

private:
    static constexpr uint32_t kNowhere = UINT32_MAX;

    struct Label {
        const AstString* name;
        uint32_t begin;
        uint32_t statement_begin; ///< first token after the colon
        bool is_loop;
        Label* outer;
    };

    /// What the code at hand may contain; replaced at function boundaries.
    struct Context {
        FunctionNode* function = nullptr;
        Label* labels = nullptr;
        bool strict = false;
        bool await_is_reserved = false;
        bool await_allowed = false;
        bool yield_allowed = false; ///< and reserved
        bool in_parameters = false; ///< yield and await expressions are errors
        bool return_allowed = false;
        bool new_target_allowed = false;
        bool super_property_allowed = false;
        bool super_call_allowed = false;
        bool in_field_initializer = false;
        bool in_static_block = false;
        bool using_allowed = false;
        bool in_loop = false;
        bool in_switch = false;
    };

    /// Errors that vanish if the expression turns out to be a pattern.
    struct Cover {
        uint32_t initialized_name = kNowhere; ///< the `=` of {a = 1}
        uint32_t duplicate_proto = kNowhere;
        bool any() const { return initialized_name != kNowhere || duplicate_proto != kNowhere; }
    };

    struct PropertyKey {
        Node* node = nullptr;
        bool is_computed = false;
    };

    enum class BindingUse : uint8_t { kVar, kLexical, kParameter };

    // -- parser.cpp: tokens, errors, nodes
    void next();
    const Token& peek();
    bool at(TokenKind kind) const { return token_.kind == kind; }
    bool at_word(TokenKind word) const { return token_.is_word(word); }
    bool take(TokenKind kind);
    bool expect(TokenKind kind);
    bool consume_semicolon();
    bool enter_recursion();
    ParseFailure fail(uint32_t begin, uint32_t end, std::string message);
    ParseFailure fail_at(const Token& token, std::string message) {
        return fail(token.begin, token.end, std::move(message));
    }
    ParseFailure fail_at(const Node* node, std::string message) {
        return fail(node->begin, node->end, std::move(message));
    }
    ParseFailure unexpected(const char* expectation = nullptr);
    std::string describe(const Token& token) const;

    template<class T>
    T* make(uint32_t begin) {
        T* node = arena_.make<T>();
        node->begin = begin;
        return node;
    }
    template<class T>
    T* finish(T* node) {
        node->end = previous_end_;
        return node;
    }
    template<class T>
    static NodeList<T> list(const ArenaVector<T>& vector) {
        return {vector.data(), vector.size()};
    }
    StringLiteral* make_string(const AstString* value, uint32_t begin, uint32_t end);

    // -- identifiers
    bool is_identifier_here(const Token& token) const;
    bool check_identifier(const Token& token);
    bool check_binding_name(const AstString* name, uint32_t begin, uint32_t end);
    Identifier* parse_identifier_reference();
    Identifier* parse_binding_identifier(BindingUse use);
    Identifier* make_identifier(const Token& token);

    // -- parse_expressions.cpp
    Expression* parse_expression(bool in_allowed);
    Expression* parse_assignment(bool in_allowed, Cover* cover = nullptr);
    Expression* parse_assignment_rest(Expression* left, uint32_t begin, bool in_allowed);
    Expression* parse_conditional(bool in_allowed, Cover* cover);
    Expression* parse_binary(uint8_t minimum, bool in_allowed, Cover* cover);
    Expression* parse_unary(Cover* cover);
    Expression* parse_left_hand_side(Cover* cover);
    Expression* parse_subscripts(Expression* left, uint32_t begin, bool calls_allowed);
    Expression* parse_optional_chain(Expression* left, uint32_t begin);
    Expression* parse_new();
    Expression* parse_super();
    Expression* parse_import_expression();
    Expression* parse_primary(Cover* cover);
    Expression* parse_parenthesized();
    Expression* parse_async_primary();
    Expression* parse_array_literal(Cover* cover);
    Expression* parse_object_literal(Cover* cover);
    ObjectProperty* parse_object_property(Cover* cover, uint32_t& proto_at);
    TemplateLiteral* parse_template(bool is_tagged);
    Expression* parse_regexp();
    Expression* parse_yield(bool in_allowed);
    Expression* parse_await();
    bool parse_arguments(ArenaVector<Expression*>& arguments, Cover* cover,
                         bool* has_trailing_comma = nullptr);
    bool parse_property_key(PropertyKey& key, bool private_allowed);
    bool report_cover(const Cover& cover);
    bool check_legacy_octal(const Token& token);

    // -- parse_patterns.cpp
    Node* parse_binding_target(BindingUse use);
    PatternElement* parse_binding_element(BindingUse use);
    ArrayPattern* parse_array_binding(BindingUse use);
    ObjectPattern* parse_object_binding(BindingUse use);
    Node* to_assignment_pattern(Node* expression);
    Node* to_pattern_target(Node* expression);
    PatternElement* to_pattern_element(Expression* expression);
    bool check_simple_target(Expression* target, bool calls_allowed, const char* what);
    bool check_binding_pattern(Node* pattern);

    // -- parse_functions.cpp
    bool parse_parameters(FunctionNode* function);
    bool parse_function_body(FunctionNode* function);
    bool parse_directives(ArenaVector<Statement*>& body, FunctionNode* function);
    bool parse_function_rest(FunctionNode* function);
    Context function_context(FunctionNode* function) const;
    Expression* parse_function_expression();
    FunctionDeclaration* parse_function_declaration(bool is_default_export);
    Expression* parse_arrow(uint32_t begin, const ArenaVector<Expression*>& parameters, Node* rest,
                            bool is_async, bool in_allowed);
    FunctionNode* parse_method(uint32_t begin, FunctionKind kind, bool is_async, bool is_generator);
    bool check_retroactive_strictness(FunctionNode* function);
    void set_parameter_facts(FunctionNode* function);

    // -- parse_classes.cpp
    ClassNode* parse_class(bool name_required);
    bool parse_class_body(ClassNode* node);
    ClassElement* parse_class_element(ClassNode* node, bool& is_constructor);
    bool parse_static_block(ClassNode* node, ClassElement* element);
    bool parse_field(ClassNode* node, ClassElement* element);
    FunctionNode* initializer_function(ClassNode* node, bool is_static, uint32_t begin);

    // -- parse_statements.cpp
    Statement* parse_list_item();
    Statement* parse_statement(bool labelled_function_allowed = false);
    Statement* parse_if_branch();
    BlockStatement* parse_block();
    bool parse_statement_list(ArenaVector<Statement*>& body, TokenKind end);
    bool at_let_declaration();
    bool at_using_declaration();
    bool at_await_using_declaration();
    VariableDeclaration* parse_declaration(DeclarationKind kind, uint32_t begin, bool in_for_head);
    Statement* parse_lexical_statement(DeclarationKind kind);
    Statement* parse_expression_statement();
    Statement* parse_if();
    Statement* parse_while();
    Statement* parse_do_while();
    Statement* parse_for();
    Statement* parse_for_in_of(uint32_t begin, Node* left, bool is_await);
    Statement* parse_loop_body();
    Statement* parse_jump(bool is_break);
    Statement* parse_return();
    Statement* parse_with();
    Statement* parse_switch();
    Statement* parse_throw();
    Statement* parse_try();
    Statement* parse_labelled();
    void mark_loop_labels(uint32_t begin);

    // -- parse_modules.cpp
    bool parse_module_items(ArenaVector<Statement*>& body);
    Statement* parse_import();
    Statement* parse_export();
    bool parse_from_clause(ImportPhase phase, uint32_t& request);
    bool parse_attributes(ArenaVector<ImportAttribute>& attributes);
    const AstString* parse_module_export_name(Token& token);
    void add_bound_names(Node* target);
    bool add_export_name(const AstString* name, uint32_t begin, uint32_t end);
    bool finish_module(Program* program);

    struct PendingExport {
        const AstString* export_name;
        const AstString* local_name;
        uint32_t offset;
    };

    const SourceText& source_;
    Arena& arena_;
    AstStringTable& strings_;
    uint32_t token_count_ = 0;
    const ParseOptions& options_;
    Goal goal_;
    bool is_module_;
    Lexer lexer_;
    Token token_;
    Token peeked_;
    bool has_peeked_ = false;
    uint32_t previous_end_ = 0;
    Context context_;
    ParseError error_;
    bool failed_ = false;

    /// Where an arrow function may begin (the first token of an AssignmentExpression), and its [In].
    uint32_t arrow_begin_ = kNowhere;
    bool arrow_in_allowed_ = true;
    // Last occurrences outside inner functions, plus one: forbidden in arrow parameters.
    uint32_t last_yield_ = 0;
    uint32_t last_await_ = 0;
    uint32_t last_await_identifier_ = 0;

    ArenaVector<ModuleRequest> requests_;
    ArenaVector<ImportEntry> imports_;
    ArenaVector<PendingExport> pending_exports_;
    ArenaVector<IndirectExport> indirect_exports_;
    ArenaVector<StarExport> star_exports_;
    ArenaVector<LocalExport> local_exports_;
    ArenaVector<const AstString*> export_names_;
};

struct AnalysisInput {
    Program* program;
    const EvalContext* eval_context; ///< null unless eval code
    AstStringTable* strings;
    Arena* arena;
    uintptr_t stack_limit;
};

/// Resolves all scopes of the program and reports the early errors about declarations (scope_analysis.cpp).
bool analyze_scopes(const AnalysisInput& input, ParseError& error);

} // namespace heddle
