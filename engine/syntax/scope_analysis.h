// The pass that builds scopes, declares variables, resolves references and reports the early errors about
// declarations. Walks the finished tree once; references wait in the frame of their scope and are bound, or
// handed outward, when the scope closes, because by then all its declarations are known.
#pragma once

#include "syntax/parser_impl.h"

namespace heddle {

class ScopeAnalysis {
public:
    ScopeAnalysis(const AnalysisInput& input, ParseError& error);
    bool run();

private:
    /// A reference not yet bound.
    struct Reference {
        Reference* next;
        Resolution* resolution;
        const AstString* name;
        FunctionNode* function;
        uint32_t begin;
        uint32_t end;
        bool is_assignment;
        bool is_special;      ///< this and the like, private names: never looked up by name in with or eval
        bool crossed_dynamic; ///< a with or a scope that eval may extend lies between
    };

    /// A function in a block that B.3.2 may hoist as a var.
    struct HoistingCandidate {
        HoistingCandidate* next;
        FunctionDeclaration* declaration;
        const Scope* own_scope;
    };

    /// A scope under construction.
    struct Frame {
        Frame* outer = nullptr;
        Scope* scope = nullptr;
        /// Where var declarations go: the scope, or for sloppy eval code a scope that only serves the checks.
        Scope* var_store = nullptr;
        Reference* references = nullptr;
        HoistingCandidate* candidates = nullptr;
        ArenaVector<const AstString*> vars_passing; ///< names of var declarations in blocks inside
        ArenaVector<FunctionDeclaration*> functions;
        bool is_catch_body = false;
        bool is_simple_catch = false;
        /// Classes: private names are declared from here on; the heritage sees those of the classes around.
        uint32_t private_begin = 0;
    };

    enum class BindingMode : uint8_t { kVar, kLexical, kParameter, kCatch };

    bool fail(uint32_t begin, uint32_t end, std::string message);
    bool enter_recursion();

    // Frames
    void open(Frame& frame, ScopeKind kind, FunctionNode* function);
    /// Binds references, settles captures and slots; false on an early error.
    bool close(Frame& frame);
    void bind(Reference* reference, Variable* variable);
    bool may_be_uninitialized(const Reference& reference, const Variable& variable) const;
    bool resolve_at_root(Reference* reference);
    void settle_candidates(Frame& frame);
    void declare_function_specials(Frame& frame);
    void note_direct_eval();
    Frame& variable_frame();
    bool is_variable_scope(const Frame& frame) const { return frame.var_store != nullptr; }

    // Variables
    Variable* add_variable(Scope* scope, const AstString* name, VariableKind kind, uint32_t at);
    bool declare_lexical(const AstString* name, VariableKind kind, uint32_t begin, uint32_t end,
                         uint32_t initialized_at, Variable*& out);
    bool declare_var(const AstString* name, VariableKind kind, uint32_t begin, uint32_t end, Variable*& out);
    bool declare_parameter(FunctionNode* function, Identifier* name, uint32_t index, uint32_t initialized_at);
    bool redeclared(const AstString* name, uint32_t begin, uint32_t end);
    void refer(Resolution* resolution, const AstString* name, uint32_t begin, uint32_t end,
               bool is_assignment);
    void refer_special(Resolution* resolution, const AstString* name, uint32_t begin);
    static bool is_block_lexical(const Variable* variable, const Scope* scope);

    // Walk
    bool visit(Node* node);
    template<class T>
    bool visit_list(NodeList<T*> nodes) {
        for (T* node : nodes)
            if (node && !visit(node)) return false;
        return true;
    }
    bool visit_optional(Node* node) { return !node || visit(node); }
    bool visit_target(Node* node);
    bool visit_binding(Node* node, VariableKind kind, BindingMode mode, uint32_t initialized_at,
                       uint32_t index, FunctionNode* function);
    bool visit_parameters(FunctionNode* function);
    bool visit_function(FunctionNode* function, bool binds_own_name);
    bool visit_function_declaration(FunctionDeclaration* declaration);
    bool visit_class(ClassNode* node, ClassDeclaration* declaration);
    bool visit_class_parts(ClassNode* node);
    bool declare_private_names(ClassNode* node);
    bool visit_initializer_function(ClassNode* node, FunctionNode* function, bool is_static);
    bool visit_variable_declaration(VariableDeclaration* declaration);
    bool visit_block(NodeList<Statement*> body, Scope*& scope_slot, ScopeKind kind, bool is_catch_body);
    bool visit_switch(SwitchStatement* statement);
    bool visit_for(ForStatement* statement);
    template<class Loop>
    bool visit_for_in_of(Loop* loop);
    bool visit_try(TryStatement* statement);
    bool visit_with(WithStatement* statement);
    bool visit_export_default(ExportDefaultDeclaration* node);
    void mark_uses(bool FunctionNode::* flag);
    void fill_program(Frame& frame);
    bool fill_module(Frame& frame);

    Program* program_;
    const EvalContext* eval_context_;
    AstStringTable& strings_;
    Arena& arena_;
    uintptr_t stack_limit_;
    ParseError& error_;
    bool failed_ = false;
    Frame* frame_ = nullptr;
    FunctionNode* function_ = nullptr;
    ArenaVector<FunctionDeclaration*> annex_b_functions_;

    const AstString* this_name_;
    const AstString* new_target_name_;
    const AstString* active_function_name_;
    const AstString* arguments_name_;
    const AstString* default_export_name_;
};

} // namespace heddle
