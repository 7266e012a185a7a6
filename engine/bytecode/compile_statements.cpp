// Statements other than loops.
#include "bytecode/function_compiler.h"

namespace heddle {

// The completion value of scripts and eval code follows UpdateEmpty: a statement that may yield a value without doing so
// starts by setting it to undefined; expression statements set it.
void FunctionCompiler::set_completion_undefined() {
    if (completion_ == kNoRegister) return;
    builder_.emit(Opcode::LoadUndefined);
    builder_.store(completion_);
}

void FunctionCompiler::visit_statements(NodeList<Statement*> list) {
    for (const Statement* statement : list) {
        visit_statement(statement);
        if (compilation_.failed()) return;
    }
}

void FunctionCompiler::visit_statement(const Statement* node, LabelList* labels) {
    if (!check_stack()) return;
    at(node);
    const LabelList& own_labels = labels ? *labels : no_labels_;
    switch (node->kind) {
    case NodeKind::kEmptyStatement:
    case NodeKind::kImportDeclaration: return;
    case NodeKind::kDebuggerStatement: builder_.emit(Opcode::Debugger); return;
    case NodeKind::kExpressionStatement: {
        Registers registers(*this);
        const Expression* expression = node->as<ExpressionStatement>()->expression;
        if (completion_ == kNoRegister) {
            visit_for_effect(expression);
        } else {
            visit(expression);
            builder_.store(completion_);
        }
        return;
    }
    case NodeKind::kBlockStatement: visit_block(node->as<BlockStatement>()); return;
    case NodeKind::kVariableDeclaration: visit_variable_declaration(node->as<VariableDeclaration>()); return;
    case NodeKind::kFunctionDeclaration: visit_function_declaration(node->as<FunctionDeclaration>()); return;
    case NodeKind::kClassDeclaration: visit_class_declaration(node->as<ClassDeclaration>()); return;
    case NodeKind::kIfStatement: visit_if(node->as<IfStatement>()); return;
    case NodeKind::kWhileStatement: visit_while(node->as<WhileStatement>(), own_labels); return;
    case NodeKind::kDoWhileStatement: visit_do_while(node->as<DoWhileStatement>(), own_labels); return;
    case NodeKind::kForStatement: visit_for(node->as<ForStatement>(), own_labels); return;
    case NodeKind::kForInStatement: visit_for_in(node->as<ForInStatement>(), own_labels); return;
    case NodeKind::kForOfStatement: visit_for_of(node->as<ForOfStatement>(), own_labels); return;
    case NodeKind::kContinueStatement: {
        const AstString* label = node->as<ContinueStatement>()->label;
        for (ControlScope* scope = control_; scope; scope = scope->outer) {
            if (scope->kind != ControlKind::kContinuable) continue;
            if (label && std::find(scope->labels->begin(), scope->labels->end(), label) == scope->labels->end())
                continue;
            exit_to(scope, true);
            return;
        }
        HEDDLE_UNREACHABLE();
    }
    case NodeKind::kBreakStatement: {
        const AstString* label = node->as<BreakStatement>()->label;
        for (ControlScope* scope = control_; scope; scope = scope->outer) {
            if (scope->kind != ControlKind::kBreakable) continue;
            if (label ? std::find(scope->labels->begin(), scope->labels->end(), label) == scope->labels->end()
                      : !scope->takes_unlabelled)
                continue;
            exit_to(scope, false);
            return;
        }
        HEDDLE_UNREACHABLE();
    }
    case NodeKind::kReturnStatement: visit_return(node->as<ReturnStatement>()); return;
    case NodeKind::kWithStatement: visit_with(node->as<WithStatement>()); return;
    case NodeKind::kSwitchStatement: visit_switch(node->as<SwitchStatement>()); return;
    case NodeKind::kLabelledStatement: visit_labelled(node->as<LabelledStatement>(), labels); return;
    case NodeKind::kThrowStatement: {
        Registers registers(*this);
        visit(node->as<ThrowStatement>()->argument);
        at(node);
        builder_.emit(Opcode::Throw);
        return;
    }
    case NodeKind::kTryStatement: visit_try(node->as<TryStatement>()); return;
    case NodeKind::kExportDeclaration:
        if (const Statement* declaration = node->as<ExportDeclaration>()->declaration) visit_statement(declaration);
        return;
    case NodeKind::kExportDefaultDeclaration: visit_export_default(node->as<ExportDefaultDeclaration>()); return;
    default: HEDDLE_UNREACHABLE();
    }
}

void FunctionCompiler::visit_block(const BlockStatement* node) {
    if (!node->scope) {
        visit_statements(node->body);
        return;
    }
    Registers registers(*this);
    const Scope* scope = node->scope;
    enter_scope(scope);
    ControlScope environment{ControlKind::kEnvironment};
    if (scope->needs_environment) push_control(environment);
    DisposeState dispose;
    if (scope->has_using) begin_dispose(dispose, scope);
    visit_statements(node->body);
    if (scope->has_using) end_dispose(dispose);
    if (scope->needs_environment) pop_control();
    leave_scope(scope);
}

void FunctionCompiler::visit_variable_declaration(const VariableDeclaration* node) {
    DeclarationKind kind = node->declaration_kind;
    for (const VariableDeclarator* declarator : node->declarators) {
        Registers registers(*this);
        const auto* identifier = declarator->target->try_as<Identifier>();
        at(declarator);
        if (kind == DeclarationKind::kVar) {
            if (!declarator->initializer) continue;
            if (identifier) {
                Reference reference = visit_reference(identifier, is_simple(declarator->initializer));
                if (is_anonymous_function_definition(declarator->initializer))
                    visit_named(declarator->initializer, identifier->name);
                else visit(declarator->initializer);
                store_reference(reference);
            } else {
                visit(declarator->initializer);
                bind_target(declarator->target, BindMode::kAssign);
            }
            continue;
        }
        if (!declarator->initializer) {
            builder_.emit(Opcode::LoadUndefined);
        } else if (identifier && is_anonymous_function_definition(declarator->initializer)) {
            visit_named(declarator->initializer, identifier->name);
        } else {
            visit(declarator->initializer);
        }
        at(declarator);
        if (kind == DeclarationKind::kUsing || kind == DeclarationKind::kAwaitUsing)
            builder_.emit(Opcode::AddDisposable, dispose_stack_, kind == DeclarationKind::kAwaitUsing);
        bind_target(declarator->target, BindMode::kInitialize);
    }
}

// B.3.2: evaluating the declaration copies the block's function to the var of the same name.
void FunctionCompiler::visit_function_declaration(const FunctionDeclaration* node) {
    const Resolution& target = node->annex_b_target;
    if (target.kind == ReferenceKind::kUnresolved) return;
    const AstString* name = node->name->name;
    if (target.kind == ReferenceKind::kVariable) {
        load_variable(node->variable, false, name);
        initialize_variable(target.variable);
        return;
    }
    auto flag = annex_b_flags_.find(node);
    if (flag == annex_b_flags_.end()) return;
    Label skip;
    builder_.load(flag->second);
    builder_.jump(Opcode::JumpIfFalse, skip);
    load_variable(node->variable, false, name);
    if (compilation_.program->program_kind == ProgramKind::kEval)
        builder_.emit(Opcode::StoreEvalVariable, builder_.string_constant(name));
    else
        builder_.emit(Opcode::StoreGlobalSloppy, builder_.string_constant(name),
                      builder_.feedback(FeedbackKind::kStoreGlobal));
    builder_.bind(skip);
}

void FunctionCompiler::visit_class_declaration(const ClassDeclaration* node) {
    Registers registers(*this);
    const Identifier* name = node->class_node->name;
    visit_class(node->class_node, name ? builder_.to_constant(name->name) : constant_text("default"));
    // Classes of a script are in the realm's declarative record, by name.
    if (node->variable && node->variable->scope->kind != ScopeKind::kScript) initialize_variable(node->variable);
    else builder_.emit(Opcode::InitializeGlobal, builder_.string_constant(name->name));
}

void FunctionCompiler::visit_export_default(const ExportDefaultDeclaration* node) {
    const Node* declaration = node->declaration;
    if (declaration->kind == NodeKind::kFunctionDeclaration || declaration->kind == NodeKind::kClassDeclaration) {
        visit_statement(static_cast<const Statement*>(declaration));
        return;
    }
    Registers registers(*this);
    const auto* expression = static_cast<const Expression*>(declaration);
    if (is_anonymous_function_definition(expression)) visit_named(expression, constant_text("default"));
    else visit(expression);
    initialize_variable(node->variable);
}

void FunctionCompiler::visit_if(const IfStatement* node) {
    set_completion_undefined();
    Label consequent, alternate, end;
    {
        Registers registers(*this);
        visit_condition(node->test, consequent, alternate, true);
    }
    builder_.bind(consequent);
    visit_statement(node->consequent);
    if (node->alternate) {
        if (!builder_.is_unreachable()) builder_.jump(end);
        builder_.bind(alternate);
        visit_statement(node->alternate);
        builder_.bind(end);
    } else {
        builder_.bind(alternate);
    }
}

void FunctionCompiler::visit_return(const ReturnStatement* node) {
    Registers registers(*this);
    if (node->argument) visit(node->argument);
    else builder_.emit(Opcode::LoadUndefined);
    at(node);
    // 14.10.1: return in an async generator awaits its operand.
    if (node->argument && is_async_generator()) builder_.emit(Opcode::Await);
    exit_function();
}

void FunctionCompiler::visit_with(const WithStatement* node) {
    Registers registers(*this);
    set_completion_undefined();
    visit(node->object);
    at(node);
    builder_.emit(Opcode::ToObject);
    builder_.emit(Opcode::PushWith, describe_scope(node->scope));
    current_scope_ = node->scope;
    ControlScope environment{ControlKind::kEnvironment};
    push_control(environment);
    visit_statement(node->body);
    pop_control();
    leave_scope(node->scope);
}

void FunctionCompiler::visit_switch(const SwitchStatement* node) {
    GrowableArray<Label> bodies;
    if (!bodies.reserve(node->cases.size())) return builder_.note_out_of_memory();
    for (size_t i = 0; i < node->cases.size(); ++i)
        builder_.append(bodies, Label());
    Registers registers(*this);
    set_completion_undefined();
    Register discriminant = builder_.allocate();
    visit_into(node->discriminant, discriminant);
    Label end;
    ControlScope breakable = ControlScope::breakable(&no_labels_, end);
    push_control(breakable);
    const Scope* scope = node->scope;
    enter_scope(scope);
    ControlScope environment{ControlKind::kEnvironment};
    bool has_environment = scope && scope->needs_environment;
    if (has_environment) push_control(environment);
    DisposeState dispose;
    bool disposes = scope && scope->has_using;
    if (disposes) begin_dispose(dispose, scope);

    Label done;
    size_t default_index = node->cases.size();
    for (size_t i = 0; i < node->cases.size(); ++i) {
        const SwitchCase* clause = node->cases[i];
        if (!clause->test) {
            default_index = i;
            continue;
        }
        visit(clause->test);
        at(clause);
        builder_.jump(Opcode::JumpIfStrictEqual, bodies[i], discriminant);
    }
    builder_.jump(default_index < bodies.size() ? bodies[default_index] : done);
    for (size_t i = 0; i < node->cases.size(); ++i) {
        builder_.bind(bodies[i]);
        visit_statements(node->cases[i]->body);
    }
    builder_.bind(done);

    if (disposes) end_dispose(dispose);
    if (has_environment) pop_control();
    leave_scope(scope);
    pop_control();
    builder_.bind(end);
}

void FunctionCompiler::visit_labelled(const LabelledStatement* node, LabelList* labels) {
    LabelList own;
    if (!labels) labels = &own;
    labels->push_back(node->label);
    switch (node->body->kind) {
    case NodeKind::kLabelledStatement:
    case NodeKind::kWhileStatement:
    case NodeKind::kDoWhileStatement:
    case NodeKind::kForStatement:
    case NodeKind::kForInStatement:
    case NodeKind::kForOfStatement: visit_statement(node->body, labels); return;
    default: break;
    }
    Label end;
    ControlScope breakable = ControlScope::breakable(labels, end, false);
    push_control(breakable);
    visit_statement(node->body);
    pop_control();
    builder_.bind(end);
}

void FunctionCompiler::visit_try(const TryStatement* node) {
    Registers registers(*this);
    set_completion_undefined();
    if (!node->finalizer) {
        visit_try_catch(node);
        return;
    }
    FinallyState state;
    ControlScope scope{ControlKind::kFinally};
    begin_finally(state, scope);
    if (node->handler) visit_try_catch(node);
    else visit_block(node->block);
    enter_finally(state);
    // 14.15.3: the value of a finally block that completes normally does not count.
    Register saved = kNoRegister;
    if (completion_ != kNoRegister) {
        saved = builder_.allocate();
        builder_.move(saved, completion_);
        set_completion_undefined();
    }
    visit_block(node->finalizer);
    if (saved != kNoRegister) builder_.move(completion_, saved);
    dispatch_finally(state);
}

void FunctionCompiler::visit_try_catch(const TryStatement* node) {
    Registers registers(*this);
    TryRange range;
    begin_try(range);
    ControlScope scope{ControlKind::kTry};
    scope.range = &range;
    push_control(scope);
    visit_block(node->block);
    close_range(range);
    pop_control();
    Label end;
    if (!builder_.is_unreachable()) builder_.jump(end);
    bind_handler(range);
    const CatchClause* clause = node->handler;
    const Scope* catch_scope = clause->scope;
    Register exception = builder_.allocate();
    builder_.store(exception);
    // The value of the protected block is dropped.
    set_completion_undefined();
    enter_scope(catch_scope);
    ControlScope environment{ControlKind::kEnvironment};
    bool has_environment = catch_scope && catch_scope->needs_environment;
    if (has_environment) push_control(environment);
    if (clause->parameter) {
        at(clause);
        builder_.load(exception);
        bind_target(clause->parameter, BindMode::kInitialize);
    }
    visit_block(clause->body);
    if (has_environment) pop_control();
    leave_scope(catch_scope);
    builder_.bind(end);
}

} // namespace heddle
