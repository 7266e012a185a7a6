// The compiler of one function: walks its part of the tree and drives a CodeBuilder. Expressions leave their value in the
// accumulator. Its methods are spread over compile_*.cpp by subject.
#pragma once

#include "bytecode/code_builder.h"
#include "bytecode/compiler.h"

#include <unordered_map>

namespace heddle {

/// What all function compilers of one compilation share.
struct Compilation {
    const ParseResult& parsed;
    const Program* program;
    uintptr_t stack_limit;
    CompileErrorKind error = CompileErrorKind::kNone;
    std::string message;

    uint32_t step_count = 0;
    bool failed() const { return error != CompileErrorKind::kNone; }
};

class FunctionCompiler {
public:
    FunctionCompiler(Compilation& compilation, const FunctionNode* function)
        : compilation_(compilation), function_(function), strict_(function->is_strict) {}
    FunctionCompiler(const FunctionCompiler&) = delete;

    /// Null when the compilation failed.
    CodeRef compile_function(ConstantString name);
    CodeRef compile_program_root();
    /// The constructor of a class that declares none.
    CodeRef compile_default_constructor(const ClassNode* node, ConstantString name);

private:
    using LabelList = std::vector<const AstString*>;

    // ---- control flow: what jumps and exceptions have to pass on their way out ---------------------------------
    /// Code whose exceptions go to one handler, possibly with gaps.
    struct TryRange {
        uint32_t placeholder = 0; ///< stands for the target until it is known
        Register environment = 0;
        uint32_t open_at = kClosed;
        static constexpr uint32_t kClosed = 0xFFFF'FFFF;
    };
    struct ControlScope;
    /// A jump that a finally block has to carry on.
    struct PendingJump {
        ControlScope* target;
        bool is_continue;
    };
    struct FinallyState {
        Register type = 0;
        Register value = 0;
        TryRange range;
        Label entry;
        bool carries_return = false;
        std::vector<PendingJump> jumps;
    };
    enum class ControlKind : uint8_t { kBreakable, kContinuable, kEnvironment, kTry, kFinally, kIterator, kDestructuring };
    struct ControlScope {
        ControlKind kind;
        ControlScope* outer = nullptr;
        const LabelList* labels = nullptr; ///< kBreakable, kContinuable
        bool takes_unlabelled = false;     ///< kBreakable: `break` without label ends here
        Label* label = nullptr;
        TryRange* range = nullptr;         ///< kTry, kIterator, kDestructuring, kFinally
        FinallyState* finally = nullptr;
        Register record = 0;               ///< kIterator, kDestructuring
        Register done = 0;                 ///< kDestructuring
        bool is_async = false;             ///< kIterator

        /// What `break`, without label where `takes_unlabelled` or with one of `labels`, leaves for `end`.
        static ControlScope breakable(const LabelList* labels, Label& end, bool takes_unlabelled = true) {
            return {.kind = ControlKind::kBreakable, .labels = labels, .takes_unlabelled = takes_unlabelled, .label = &end};
        }
        /// What `continue` goes on in, at `next`.
        static ControlScope continuable(const LabelList* labels, Label& next) {
            return {.kind = ControlKind::kContinuable, .labels = labels, .label = &next};
        }
    };
    void push_control(ControlScope& scope) {
        scope.outer = control_;
        control_ = &scope;
    }
    void pop_control() { control_ = control_->outer; }
    void open_range(TryRange& range);
    void close_range(TryRange& range);
    void begin_try(TryRange& range);
    /// Binds the handler of a closed range here: acc is the exception.
    void bind_handler(TryRange& range);
    void exit_to(ControlScope* target, bool is_continue);
    void exit_function();
    /// Emits what leaving `scope` demands; true when a finally block takes over.
    bool leave_control(ControlScope* scope, bool keep_accumulator, bool pop_environments);
    void emit_return_instruction();
    void begin_finally(FinallyState& state, ControlScope& scope);
    /// Ends the protected code; what follows is the finally block.
    void enter_finally(FinallyState& state);
    void dispatch_finally(FinallyState& state);
    void emit_async_iterator_close(Register record);
    void emit_async_iterator_close_silently(Register record);

    struct DisposeState {
        FinallyState finally;
        ControlScope control{ControlKind::kFinally};
        Register stack = 0;
        bool is_async = false;
        Register outer_stack = 0;
    };
    void begin_dispose(DisposeState& state, const Scope* scope);
    void end_dispose(DisposeState& state);

    // ---- scopes and names -------------------------------------------------------------------------------------------
    uint32_t describe_scope(const Scope* scope);
    /// Makes the environment, gives registers to the variables, and makes the functions declared in it.
    void enter_scope(const Scope* scope);
    void leave_scope(const Scope* scope);
    void allocate_variables(const Scope* scope);
    void instantiate_functions(const Scope* scope);
    Register variable_register(const Variable* variable);
    uint32_t hops_to(const Variable* variable) const { return environment_hops(current_scope_, variable->scope); }
    void load_variable(const Variable* variable, bool check, const AstString* name);
    /// InitializeBinding, or an assignment without any check.
    void initialize_variable(const Variable* variable);
    void load_name(const Resolution& resolution, const AstString* name);
    void load_typeof_name(const Resolution& resolution, const AstString* name);
    void store_name(const Resolution& resolution, const AstString* name, Register resolved, bool has_resolved);
    void initialize_name(const Resolution& resolution, const AstString* name);
    void load_pseudo(const Resolution& resolution, std::string_view name, bool raw = false);
    Register this_register(const Resolution& resolution);
    Register function_register(const Resolution& resolution);
    void load_private_name(const PrivateIdentifier* name);
    /// The register where an unchecked read of `node` may be taken from while expressions that follow are evaluated, if
    /// `node` is an uncaptured local.
    bool local_register(const Expression* node, Register& out);

    // ---- functions -----------------------------------------------------------------------------------------------------
    void emit_prologue();
    void bind_parameters();
    void compile_body();
    void compile_field_initializer();
    void setup_traits();
    void fill_module_description();
    uint32_t compile_declarations(bool is_eval, Register& first_flag);
    CodeRef compile_inner(const FunctionNode* function, ConstantString name);
    /// Closure of `function` → acc.
    void emit_closure(const FunctionNode* function, ConstantString name);
    static ConstantString constant_text(std::string_view text) {
        ConstantString out;
        out.latin1 = text;
        return out;
    }
    ConstantString function_name(const FunctionNode* function);

    // ---- statements ------------------------------------------------------------------------------------------------------
    void visit_statement(const Statement* node, LabelList* labels = nullptr);
    void visit_statements(NodeList<Statement*> list);
    void visit_block(const BlockStatement* node);
    void visit_variable_declaration(const VariableDeclaration* node);
    void visit_function_declaration(const FunctionDeclaration* node);
    void visit_class_declaration(const ClassDeclaration* node);
    void visit_if(const IfStatement* node);
    void visit_return(const ReturnStatement* node);
    void visit_with(const WithStatement* node);
    void visit_switch(const SwitchStatement* node);
    void visit_labelled(const LabelledStatement* node, LabelList* labels);
    void visit_try(const TryStatement* node);
    void visit_try_catch(const TryStatement* node);
    void visit_export_default(const ExportDefaultDeclaration* node);
    void visit_while(const WhileStatement* node, const LabelList& labels);
    void visit_do_while(const DoWhileStatement* node, const LabelList& labels);
    void visit_for(const ForStatement* node, const LabelList& labels);
    void visit_for_in(const ForInStatement* node, const LabelList& labels);
    void visit_for_of(const ForOfStatement* node, const LabelList& labels);
    void bind_for_target(const Node* left);
    void set_completion_undefined();

    // ---- expressions -------------------------------------------------------------------------------------------------------
    void visit(const Expression* node);
    void visit_for_effect(const Expression* node);
    void visit_into(const Expression* node, Register target) {
        visit(node);
        builder_.store(target);
    }
    /// A register that holds the value of `node` for as long as `followers` are evaluated; a fresh one or a local's.
    Register visit_operand(const Expression* node, bool followers_are_simple);
    static bool is_simple(const Expression* node);
    void visit_named(const Expression* node, const AstString* name);
    void visit_named(const Expression* node, const ConstantString& name);
    /// Jumps to one of the labels, falling through to the one that is `fallthrough`.
    void visit_condition(const Expression* node, Label& if_true, Label& if_false, bool fall_through_to_true);
    void visit_conditional(const ConditionalExpression* node);
    void visit_binary(const BinaryExpression* node);
    void visit_binary_step(const BinaryStep& step);
    void visit_logical(const LogicalExpression* node);
    void visit_unary(const UnaryExpression* node);
    void visit_typeof(const Expression* operand);
    void visit_delete(const Expression* operand);
    void visit_update(const UpdateExpression* node, bool for_effect);
    void visit_template(const TemplateLiteral* node);
    void visit_array_literal(const ArrayLiteral* node);
    void visit_yield(const YieldExpression* node);
    void visit_yield_star(const YieldExpression* node);
    void emit_yield_return_path(Register mode);
    void visit_private_in(const PrivateInExpression* node);
    static Opcode binary_opcode(BinaryOperator op);

    // calls and members
    void visit_member(const MemberExpression* node);
    void visit_index(const IndexExpression* node);
    void visit_private_member(const PrivateMemberExpression* node);
    void visit_super_member(const SuperMemberExpression* node);
    void visit_super_index(const SuperIndexExpression* node);
    void visit_optional_chain(const OptionalChain* node);
    void visit_chain_object(const Expression* object, Register target, bool is_optional);
    /// Property read off a register; key parts of `node` are evaluated here.
    void load_property_of(const Expression* node, Register object);
    void visit_callee(const Expression* callee, Register function, Register this_value);
    void visit_call(const CallExpression* node);
    void visit_new(const NewExpression* node);
    void visit_super_call(const SuperCall* node);
    void visit_tagged_template(const TaggedTemplate* node);
    void visit_import_call(const ImportCall* node);
    /// Puts the arguments behind base + 2. True when they are an array there.
    bool visit_arguments(NodeList<Expression*> arguments, Register base);
    void load_named(Register object, const AstString* name);
    void load_named(Register object, std::string_view name);
    void emit_call(Register base, uint32_t count) {
        builder_.emit(Opcode::Call, base, count, builder_.feedback(FeedbackKind::kCall));
    }

    // assignments and patterns
    enum class ReferenceForm : uint8_t { kName, kNamed, kIndexed, kPrivate, kSuperNamed, kSuperIndexed, kCall };
    struct Reference {
        ReferenceForm form = ReferenceForm::kName;
        const Resolution* resolution = nullptr;
        const AstString* name = nullptr;
        Register object = 0; ///< kSuper…: this value; kName: the resolved binding
        Register key = 0;
        Register base = 0;
        bool has_resolved = false;
        uint32_t position = 0;
    };
    /// Evaluates the parts of a reference. `is_simple_value`: what is evaluated before the store cannot change anything.
    Reference visit_reference(const Node* target, bool value_is_simple);
    /// For reads before the write: converts an index once.
    void convert_reference_key(Reference& reference);
    void load_reference(const Reference& reference);
    void store_reference(const Reference& reference);
    void visit_assignment(const AssignmentExpression* node);
    void visit_compound_assignment(const CompoundAssignment* node);
    void visit_logical_assignment(const LogicalAssignment* node);
    enum class BindMode : uint8_t { kAssign, kInitialize };
    /// Binds acc.
    void bind_target(const Node* target, BindMode mode);
    void bind_array_pattern(const ArrayPattern* pattern, BindMode mode);
    void bind_object_pattern(const ObjectPattern* pattern, BindMode mode);
    void visit_default_value(const Expression* initializer, const Node* target);
    bool needs_reference(const Node* target, BindMode mode) const;
    void store_bound(const Node* target, BindMode mode, const Reference* reference);

    // objects, classes, functions
    void visit_object_literal(const ObjectLiteral* node);
    void visit_property_key(const Node* key, bool is_computed, Register target);
    static bool static_key_text(const Node* key, bool is_computed, const AstString*& text);
    static bool is_index_text(const AstString* text);
    void visit_function_expression(const FunctionNode* function, ConstantString name);
    void visit_class(const ClassNode* node, ConstantString name, Register computed_name = kNoRegister);
    void visit_class_element(const ClassNode* node, const ClassElement* element, Register constructor, Register prototype);
    void emit_element_closure(const FunctionNode* function, const Node* key, bool is_computed, Register key_register,
                              std::string_view prefix, Register home);
    /// Evaluates an anonymous function or class and names it after r[key].
    void visit_named_by_register(const Expression* node, Register key);

    // ---- helpers ---------------------------------------------------------------------------------------------------------------
    bool check_stack();
    void fail(CompileErrorKind kind, std::string_view message);
    void at(const Node* node) { builder_.set_position(node->begin); }
    bool is_async_generator() const { return function_->is_async && function_->is_generator; }
    bool is_derived_constructor() const { return function_->function_kind == FunctionKind::kDerivedConstructor; }

    class Registers {
    public:
        explicit Registers(FunctionCompiler& compiler)
            : builder_(compiler.builder_), saved_(builder_.next_register()) {}
        ~Registers() { builder_.reset_registers(saved_); }

    private:
        CodeBuilder& builder_;
        Register saved_;
    };
    class Strict {
    public:
        explicit Strict(FunctionCompiler& compiler) : strict_(compiler.strict_), saved_(strict_) { strict_ = true; }
        ~Strict() { strict_ = saved_; }

    private:
        bool& strict_;
        bool saved_;
    };

    static constexpr Register kNoRegister = 0xFFFF'FFFF;

    Compilation& compilation_;
    const FunctionNode* function_;
    CodeBuilder builder_;
    bool strict_;
    /// Innermost scope whose environment (if it needs one) is current.
    const Scope* current_scope_ = nullptr;
    /// The scope around the statements of the body.
    const Scope* base_scope_ = nullptr;
    std::unordered_map<const Variable*, Register> registers_;
    CodeBuilder::ConstantTable scope_constants_; // by address
    std::unordered_map<const FunctionDeclaration*, Register> annex_b_flags_;
    ControlScope* control_ = nullptr;
    /// Where the innermost optional chain goes on a nullish link.
    Label* chain_null_ = nullptr;
    /// Completion value of scripts and eval code.
    Register completion_ = kNoRegister;
    Register dispose_stack_ = kNoRegister;
    const LabelList no_labels_;
    uint32_t next_placeholder_ = 0x8000'0000;
    bool in_parameters_ = false;
};

} // namespace heddle
