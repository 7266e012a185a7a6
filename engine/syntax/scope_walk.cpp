// The walk of the scope analysis over every kind of node.
#include "syntax/scope_analysis.h"

#include <fmt/format.h>

namespace heddle {

#define VISIT(...)                                                                                           \
    do {                                                                                                     \
        if (!(__VA_ARGS__)) [[unlikely]]                                                                     \
            return false;                                                                                    \
    } while (0)

namespace {

FunctionDeclaration* labelled_function(Statement* statement) {
    while (auto* labelled = statement->try_as<LabelledStatement>())
        statement = labelled->body;
    return statement->try_as<FunctionDeclaration>();
}

bool declares_lexically(NodeList<Statement*> body) {
    for (Statement* statement : body) {
        if (auto* declaration = statement->try_as<VariableDeclaration>()) {
            if (declaration->declaration_kind != DeclarationKind::kVar) return true;
        } else if (statement->is<ClassDeclaration>() || labelled_function(statement)) {
            return true;
        }
    }
    return false;
}

VariableKind variable_kind(DeclarationKind kind) {
    switch (kind) {
    case DeclarationKind::kVar:
        return VariableKind::kVar;
    case DeclarationKind::kLet:
        return VariableKind::kLet;
    case DeclarationKind::kConst:
        return VariableKind::kConst;
    case DeclarationKind::kUsing:
        return VariableKind::kUsing;
    case DeclarationKind::kAwaitUsing:
        return VariableKind::kAwaitUsing;
    }
    HEDDLE_UNREACHABLE();
}

/// Declared names resolve to their variable, or at script level to the realm's declarative record.
Resolution own_resolution(Variable* variable) {
    bool by_name = variable->scope->kind == ScopeKind::kScript;
    return {variable, by_name ? ReferenceKind::kGlobal : ReferenceKind::kVariable, false};
}

} // namespace

bool ScopeAnalysis::visit(Node* node) {
    VISIT(enter_recursion());
    // Loops along the left of member and call chains; everything else returns from the switch.
    for (;;) {
        switch (node->kind) {
        case NodeKind::kNullLiteral:
        case NodeKind::kBooleanLiteral:
        case NodeKind::kNumericLiteral:
        case NodeKind::kBigIntLiteral:
        case NodeKind::kStringLiteral:
        case NodeKind::kRegExpLiteral:
        case NodeKind::kImportMeta:
        case NodeKind::kEmptyStatement:
        case NodeKind::kContinueStatement:
        case NodeKind::kBreakStatement:
        case NodeKind::kDebuggerStatement:
        case NodeKind::kImportDeclaration:
            return true;

        case NodeKind::kIdentifier: {
            auto* identifier = node->as<Identifier>();
            refer(&identifier->resolution, identifier->name, node->begin, node->end, false);
            return true;
        }
        case NodeKind::kPrivateIdentifier: {
            auto* name = node->as<PrivateIdentifier>();
            refer_special(&name->resolution, name->name, node->begin);
            frame_->references->end = node->end;
            return true;
        }
        case NodeKind::kThisExpression:
            mark_uses(&FunctionNode::uses_this);
            refer_special(&node->as<ThisExpression>()->resolution, this_name_, node->begin);
            return true;
        case NodeKind::kNewTarget:
            mark_uses(&FunctionNode::uses_new_target);
            refer_special(&node->as<NewTarget>()->resolution, new_target_name_, node->begin);
            return true;
        case NodeKind::kTemplateLiteral:
            return visit_list(node->as<TemplateLiteral>()->expressions);
        case NodeKind::kTaggedTemplate:
            VISIT(visit(node->as<TaggedTemplate>()->quasi));
            node = node->as<TaggedTemplate>()->tag;
            continue;
        case NodeKind::kImportCall:
            VISIT(visit(node->as<ImportCall>()->specifier));
            return visit_optional(node->as<ImportCall>()->options);
        case NodeKind::kArrayLiteral:
            return visit_list(node->as<ArrayLiteral>()->elements);
        case NodeKind::kObjectLiteral:
            return visit_list(node->as<ObjectLiteral>()->properties);
        case NodeKind::kObjectProperty: {
            auto* property = node->as<ObjectProperty>();
            if (property->is_computed) VISIT(visit(property->key));
            return visit(property->value);
        }
        case NodeKind::kFunctionExpression:
            return visit_function(node->as<FunctionExpression>()->function, true);
        case NodeKind::kClassExpression:
            return visit_class(node->as<ClassExpression>()->class_node, nullptr);
        case NodeKind::kMemberExpression:
            node = node->as<MemberExpression>()->object;
            continue;
        case NodeKind::kIndexExpression:
            VISIT(visit(node->as<IndexExpression>()->index));
            node = node->as<IndexExpression>()->object;
            continue;
        case NodeKind::kPrivateMemberExpression:
            VISIT(visit(node->as<PrivateMemberExpression>()->name));
            node = node->as<PrivateMemberExpression>()->object;
            continue;
        case NodeKind::kSuperMemberExpression: {
            auto* member = node->as<SuperMemberExpression>();
            mark_uses(&FunctionNode::uses_this);
            mark_uses(&FunctionNode::uses_super_property);
            refer_special(&member->this_resolution, this_name_, node->begin);
            refer_special(&member->function_resolution, active_function_name_, node->begin);
            return true;
        }
        case NodeKind::kSuperIndexExpression: {
            auto* member = node->as<SuperIndexExpression>();
            mark_uses(&FunctionNode::uses_this);
            mark_uses(&FunctionNode::uses_super_property);
            refer_special(&member->this_resolution, this_name_, node->begin);
            refer_special(&member->function_resolution, active_function_name_, node->begin);
            return visit(member->index);
        }
        case NodeKind::kSuperCall: {
            auto* call = node->as<SuperCall>();
            mark_uses(&FunctionNode::uses_this);
            mark_uses(&FunctionNode::uses_new_target);
            mark_uses(&FunctionNode::uses_super_call);
            refer_special(&call->this_resolution, this_name_, node->begin);
            refer_special(&call->new_target_resolution, new_target_name_, node->begin);
            refer_special(&call->function_resolution, active_function_name_, node->begin);
            return visit_list(call->arguments);
        }
        case NodeKind::kOptionalChain:
            node = node->as<OptionalChain>()->expression;
            continue;
        case NodeKind::kCallExpression: {
            auto* call = node->as<CallExpression>();
            VISIT(visit_list(call->arguments));
            if (call->may_be_direct_eval) {
                note_direct_eval();
                if (call->eval_permissions.super_property) mark_uses(&FunctionNode::uses_super_property);
            }
            node = call->callee;
            continue;
        }
        case NodeKind::kNewExpression:
            VISIT(visit_list(node->as<NewExpression>()->arguments));
            node = node->as<NewExpression>()->callee;
            continue;
        case NodeKind::kUnaryExpression:
            node = node->as<UnaryExpression>()->operand;
            continue;
        case NodeKind::kUpdateExpression:
            return visit_target(node->as<UpdateExpression>()->operand);
        case NodeKind::kBinaryExpression: {
            auto* binary = node->as<BinaryExpression>();
            VISIT(visit(binary->first));
            for (BinaryStep& step : binary->steps)
                VISIT(visit(step.right));
            return true;
        }
        case NodeKind::kLogicalExpression:
            return visit_list(node->as<LogicalExpression>()->operands);
        case NodeKind::kPrivateInExpression:
            VISIT(visit(node->as<PrivateInExpression>()->name));
            node = node->as<PrivateInExpression>()->object;
            continue;
        case NodeKind::kConditionalExpression: {
            auto* conditional = node->as<ConditionalExpression>();
            VISIT(visit(conditional->test));
            VISIT(visit(conditional->consequent));
            node = conditional->alternate;
            continue;
        }
        case NodeKind::kAssignmentExpression: {
            auto* assignment = node->as<AssignmentExpression>();
            VISIT(visit_target(assignment->target));
            node = assignment->value;
            continue;
        }
        case NodeKind::kCompoundAssignment:
            VISIT(visit_target(node->as<CompoundAssignment>()->target));
            node = node->as<CompoundAssignment>()->value;
            continue;
        case NodeKind::kLogicalAssignment:
            VISIT(visit_target(node->as<LogicalAssignment>()->target));
            node = node->as<LogicalAssignment>()->value;
            continue;
        case NodeKind::kSequenceExpression:
            return visit_list(node->as<SequenceExpression>()->expressions);
        case NodeKind::kYieldExpression:
            return visit_optional(node->as<YieldExpression>()->argument);
        case NodeKind::kAwaitExpression:
            node = node->as<AwaitExpression>()->argument;
            continue;
        case NodeKind::kSpreadElement:
            node = node->as<SpreadElement>()->argument;
            continue;

        case NodeKind::kArrayPattern:
        case NodeKind::kObjectPattern:
            return visit_target(node);

        case NodeKind::kBlockStatement: {
            auto* block = node->as<BlockStatement>();
            return visit_block(block->body, block->scope, ScopeKind::kBlock, false);
        }
        case NodeKind::kExpressionStatement:
            node = node->as<ExpressionStatement>()->expression;
            continue;
        case NodeKind::kVariableDeclaration:
            return visit_variable_declaration(node->as<VariableDeclaration>());
        case NodeKind::kFunctionDeclaration:
            return visit_function_declaration(node->as<FunctionDeclaration>());
        case NodeKind::kClassDeclaration: {
            auto* declaration = node->as<ClassDeclaration>();
            return visit_class(declaration->class_node, declaration);
        }
        case NodeKind::kIfStatement: {
            auto* statement = node->as<IfStatement>();
            VISIT(visit(statement->test));
            VISIT(visit(statement->consequent));
            if (!statement->alternate) return true;
            node = statement->alternate;
            continue;
        }
        case NodeKind::kWhileStatement:
            VISIT(visit(node->as<WhileStatement>()->test));
            node = node->as<WhileStatement>()->body;
            continue;
        case NodeKind::kDoWhileStatement:
            VISIT(visit(node->as<DoWhileStatement>()->body));
            node = node->as<DoWhileStatement>()->test;
            continue;
        case NodeKind::kForStatement:
            return visit_for(node->as<ForStatement>());
        case NodeKind::kForInStatement:
            return visit_for_in_of(node->as<ForInStatement>());
        case NodeKind::kForOfStatement:
            return visit_for_in_of(node->as<ForOfStatement>());
        case NodeKind::kReturnStatement:
            return visit_optional(node->as<ReturnStatement>()->argument);
        case NodeKind::kWithStatement:
            return visit_with(node->as<WithStatement>());
        case NodeKind::kSwitchStatement:
            return visit_switch(node->as<SwitchStatement>());
        case NodeKind::kLabelledStatement:
            node = node->as<LabelledStatement>()->body;
            continue;
        case NodeKind::kThrowStatement:
            node = node->as<ThrowStatement>()->argument;
            continue;
        case NodeKind::kTryStatement:
            return visit_try(node->as<TryStatement>());
        case NodeKind::kExportDeclaration:
            return visit_optional(node->as<ExportDeclaration>()->declaration);
        case NodeKind::kExportDefaultDeclaration:
            return visit_export_default(node->as<ExportDefaultDeclaration>());

        // Visited by the nodes that hold them.
        case NodeKind::kPatternElement:
        case NodeKind::kPatternProperty:
        case NodeKind::kFunctionNode:
        case NodeKind::kClassNode:
        case NodeKind::kClassElement:
        case NodeKind::kSwitchCase:
        case NodeKind::kCatchClause:
        case NodeKind::kVariableDeclarator:
        case NodeKind::kProgram:
            HEDDLE_UNREACHABLE();
        }
        HEDDLE_UNREACHABLE();
    }
}

// An assignment target or pattern.
bool ScopeAnalysis::visit_target(Node* node) {
    switch (node->kind) {
    case NodeKind::kIdentifier: {
        auto* identifier = node->as<Identifier>();
        refer(&identifier->resolution, identifier->name, node->begin, node->end, true);
        return true;
    }
    case NodeKind::kArrayPattern: {
        VISIT(enter_recursion());
        auto* pattern = node->as<ArrayPattern>();
        for (PatternElement* element : pattern->elements) {
            if (!element) continue;
            VISIT(visit_target(element->target));
            VISIT(visit_optional(element->initializer));
        }
        return !pattern->rest || visit_target(pattern->rest);
    }
    case NodeKind::kObjectPattern: {
        VISIT(enter_recursion());
        auto* pattern = node->as<ObjectPattern>();
        for (PatternProperty* property : pattern->properties) {
            if (property->is_computed) VISIT(visit(property->key));
            VISIT(visit_target(property->element->target));
            VISIT(visit_optional(property->element->initializer));
        }
        return !pattern->rest || visit_target(pattern->rest);
    }
    default:
        return visit(node);
    }
}

// Declares the names of a binding target and visits the expressions in it.
bool ScopeAnalysis::visit_binding(Node* node, VariableKind kind, BindingMode mode, uint32_t initialized_at,
                                  uint32_t index, FunctionNode* function) {
    switch (node->kind) {
    case NodeKind::kIdentifier: {
        auto* identifier = node->as<Identifier>();
        const AstString* name = identifier->name;
        Variable* variable = nullptr;
        switch (mode) {
        case BindingMode::kParameter:
            return declare_parameter(function, identifier, index, initialized_at);
        case BindingMode::kCatch:
        case BindingMode::kLexical:
            VISIT(declare_lexical(name, kind, node->begin, node->end, initialized_at, variable));
            identifier->resolution = own_resolution(variable);
            return true;
        case BindingMode::kVar:
            VISIT(declare_var(name, kind, node->begin, node->end, variable));
            // The value goes wherever the name leads: a with or catch may stand between.
            refer(&identifier->resolution, name, node->begin, node->end, true);
            return true;
        }
        HEDDLE_UNREACHABLE();
    }
    case NodeKind::kArrayPattern: {
        VISIT(enter_recursion());
        auto* pattern = node->as<ArrayPattern>();
        for (PatternElement* element : pattern->elements) {
            if (!element) continue;
            VISIT(visit_binding(element->target, kind, mode, initialized_at, Variable::kNone, function));
            VISIT(visit_optional(element->initializer));
        }
        return !pattern->rest ||
               visit_binding(pattern->rest, kind, mode, initialized_at, Variable::kNone, function);
    }
    case NodeKind::kObjectPattern: {
        VISIT(enter_recursion());
        auto* pattern = node->as<ObjectPattern>();
        for (PatternProperty* property : pattern->properties) {
            if (property->is_computed) VISIT(visit(property->key));
            VISIT(visit_binding(property->element->target, kind, mode, initialized_at, Variable::kNone,
                                function));
            VISIT(visit_optional(property->element->initializer));
        }
        return !pattern->rest ||
               visit_binding(pattern->rest, kind, mode, initialized_at, Variable::kNone, function);
    }
    default:
        HEDDLE_UNREACHABLE();
    }
}

// ---- Functions
// ------------------------------------------------------------------------------------------------

bool ScopeAnalysis::visit_parameters(FunctionNode* function) {
    uint32_t index = 0;
    for (PatternElement* parameter : function->parameters) {
        VISIT(visit_binding(parameter->target, VariableKind::kParameter, BindingMode::kParameter,
                            parameter->end, index, function));
        VISIT(visit_optional(parameter->initializer));
        index++;
    }
    if (function->rest_parameter)
        VISIT(visit_binding(function->rest_parameter, VariableKind::kParameter, BindingMode::kParameter,
                            function->rest_parameter->end, index, function));
    return true;
}

// The scopes of 10.2.11 FunctionDeclarationInstantiation.
bool ScopeAnalysis::visit_function(FunctionNode* function, bool binds_own_name) {
    VISIT(enter_recursion());
    function->parent = function_;
    Frame name_frame;
    bool has_name_scope = binds_own_name && function->name &&
                          function->function_kind == FunctionKind::kNormal &&
                          function != program_->dynamic_function;
    if (has_name_scope) {
        open(name_frame, ScopeKind::kFunctionName, function_);
        add_variable(name_frame.scope, function->name, VariableKind::kFunctionName, function->begin);
    }
    FunctionNode* outer = function_;
    function_ = function;
    Frame frame;
    open(frame, ScopeKind::kFunction, function);
    function->scope = frame.scope;
    VISIT(visit_parameters(function));
    Frame body_frame;
    if (function->has_parameter_expressions) open(body_frame, ScopeKind::kFunctionBody, function);
    function->body_scope = frame_->scope;
    for (Statement* statement : function->body)
        VISIT(visit(statement));
    if (function->has_parameter_expressions) VISIT(close(body_frame));
    VISIT(close(frame));
    if (function->has_parameter_expressions && function->arguments_variable) {
        Variable* own = function->body_scope->find(arguments_name_);
        if (own && own->kind == VariableKind::kVar && !own->initial_value_from)
            own->initial_value_from = function->arguments_variable;
    }
    function_ = outer;
    if (has_name_scope) {
        VISIT(close(name_frame));
        if (name_frame.scope->first_variable->is_referenced) function->name_scope = name_frame.scope;
    }
    return true;
}

bool ScopeAnalysis::visit_function_declaration(FunctionDeclaration* declaration) {
    FunctionNode* function = declaration->function;
    const AstString* name = declaration->name ? declaration->name->name : default_export_name_;
    uint32_t begin = declaration->name ? declaration->name->begin : declaration->begin;
    uint32_t end = declaration->name ? declaration->name->end : declaration->begin;
    Frame& frame = *frame_;
    Scope* store = frame.var_store ? frame.var_store : frame.scope;
    // An earlier function of this name in the same scope: the last one counts.
    uint32_t earlier = frame.functions.size();
    if (Variable* existing = store->find(name); existing && existing->kind == VariableKind::kFunction) {
        for (earlier = 0; earlier < frame.functions.size(); earlier++)
            if (frame.functions[earlier]->function->name == name) break;
    }
    Variable* variable = nullptr;
    if (frame.scope->kind == ScopeKind::kModule) {
        VISIT(declare_lexical(name, VariableKind::kFunction, begin, end, 0, variable));
    } else if (is_variable_scope(frame)) {
        VISIT(declare_var(name, VariableKind::kFunction, begin, end, variable));
    } else {
        bool is_plain = !function->is_async && !function->is_generator;
        if (earlier < frame.functions.size()) {
            FunctionNode* other = frame.functions[earlier]->function;
            if (!is_plain || other->is_async || other->is_generator) return redeclared(name, begin, end);
        }
        VISIT(declare_lexical(name, VariableKind::kFunction, begin, end, 0, variable));
        if (is_plain && !frame.scope->is_strict) {
            auto* candidate = arena_.make<HoistingCandidate>();
            *candidate = {frame.candidates, declaration, frame.scope};
            frame.candidates = candidate;
        }
    }
    if (earlier < frame.functions.size()) {
        for (uint32_t i = earlier + 1; i < frame.functions.size(); i++)
            frame.functions[i - 1] = frame.functions[i];
        frame.functions.pop();
    }
    frame.functions.push(arena_, declaration);
    declaration->variable = variable;
    if (declaration->name) {
        if (variable) {
            declaration->name->resolution = own_resolution(variable);
        } else {
            bool is_direct = eval_context_ && eval_context_->is_direct;
            declaration->name->resolution.kind = is_direct ? ReferenceKind::kDynamic : ReferenceKind::kGlobal;
        }
    }
    return visit_function(function, false);
}

// ---- Classes
// --------------------------------------------------------------------------------------------------

// 15.7.1: private names are unique, but for one getter and one setter of the same staticness.
bool ScopeAnalysis::declare_private_names(ClassNode* node) {
    for (ClassElement* element : node->elements) {
        if (!element->key || !element->key->is<PrivateIdentifier>()) continue;
        auto* name = element->key->as<PrivateIdentifier>();
        PrivateNameKind kind = PrivateNameKind::kField;
        switch (element->element_kind) {
        case ClassElementKind::kMethod:
            kind = PrivateNameKind::kMethod;
            break;
        case ClassElementKind::kGetter:
            kind = PrivateNameKind::kGetter;
            break;
        case ClassElementKind::kSetter:
            kind = PrivateNameKind::kSetter;
            break;
        default:
            break;
        }
        Variable* variable = frame_->scope->find(name->name);
        if (variable) {
            bool completes =
                (kind == PrivateNameKind::kGetter && variable->private_kind == PrivateNameKind::kSetter) ||
                (kind == PrivateNameKind::kSetter && variable->private_kind == PrivateNameKind::kGetter);
            if (!completes || variable->is_static != element->is_static)
                return fail(name->begin, name->end,
                            fmt::format("Private name '{}' is declared twice", name->name->short_utf8()));
            variable->private_kind = PrivateNameKind::kAccessor;
        } else {
            variable = add_variable(frame_->scope, name->name, VariableKind::kPrivateName, name->begin);
            variable->private_kind = kind;
            variable->is_static = element->is_static;
        }
        name->resolution = {variable, ReferenceKind::kVariable, false};
        // Instances get their private elements from within other functions.
        variable->is_captured = true;
        variable->is_referenced = true;
    }
    return true;
}

bool ScopeAnalysis::visit_initializer_function(ClassNode* node, FunctionNode* function, bool is_static) {
    function->parent = function_;
    FunctionNode* outer = function_;
    function_ = function;
    Frame frame;
    open(frame, ScopeKind::kFunction, function);
    function->scope = function->body_scope = frame.scope;
    function->uses_this = true;
    for (ClassElement* element : node->elements) {
        if (element->is_static != is_static) continue;
        if (element->element_kind == ClassElementKind::kField) {
            VISIT(visit_optional(element->initializer));
        } else if (element->element_kind == ClassElementKind::kStaticBlock) {
            VISIT(visit_function(element->function, false));
        }
    }
    VISIT(close(frame));
    function_ = outer;
    return true;
}

bool ScopeAnalysis::visit_class_parts(ClassNode* node) {
    VISIT(visit_optional(node->heritage));
    if (node->constructor) VISIT(visit_function(node->constructor, false));
    for (ClassElement* element : node->elements) {
        if (element->is_computed) {
            VISIT(visit(element->key));
            if (element->element_kind == ClassElementKind::kField) {
                element->computed_key =
                    add_variable(frame_->scope, nullptr, VariableKind::kComputedKey, element->begin);
                element->computed_key->is_captured = true;
                element->computed_key->is_referenced = true;
            }
        }
        if (element->function && element->element_kind != ClassElementKind::kStaticBlock)
            VISIT(visit_function(element->function, false));
    }
    if (node->instance_initializer)
        VISIT(visit_initializer_function(node, node->instance_initializer, false));
    if (node->static_initializer) VISIT(visit_initializer_function(node, node->static_initializer, true));
    return true;
}

bool ScopeAnalysis::visit_class(ClassNode* node, ClassDeclaration* declaration) {
    VISIT(enter_recursion());
    if (declaration) {
        const AstString* name = node->name ? node->name->name : default_export_name_;
        uint32_t begin = node->name ? node->name->begin : node->begin;
        uint32_t end = node->name ? node->name->end : node->begin;
        Variable* variable = nullptr;
        VISIT(declare_lexical(name, node->name ? VariableKind::kClass : VariableKind::kDefaultExport, begin,
                              end, node->end, variable));
        if (node->name) node->name->resolution = own_resolution(variable);
        declaration->variable = variable;
    }
    Frame frame;
    open(frame, ScopeKind::kClass, function_);
    frame.scope->is_strict = true;
    if (node->heritage) frame.private_begin = node->heritage->end;
    Variable* inner_name = nullptr;
    if (node->name) {
        inner_name = add_variable(frame.scope, node->name->name, VariableKind::kClassName, node->begin);
        inner_name->initialized_at = node->end;
    }
    VISIT(declare_private_names(node));
    VISIT(visit_class_parts(node));
    VISIT(close(frame));
    if (inner_name && inner_name->is_referenced) node->inner_name = inner_name;
    if (node->inner_name || frame.scope->variable_count > (inner_name ? 1u : 0u)) node->scope = frame.scope;
    return true;
}

// ---- Statements
// -----------------------------------------------------------------------------------------------

bool ScopeAnalysis::visit_variable_declaration(VariableDeclaration* declaration) {
    VariableKind kind = variable_kind(declaration->declaration_kind);
    for (VariableDeclarator* declarator : declaration->declarators) {
        if (kind == VariableKind::kVar) {
            bool assigns = declarator->initializer || declarator->target->is_pattern();
            if (!assigns) {
                // `var x;` declares and does nothing.
                auto* identifier = declarator->target->as<Identifier>();
                Variable* variable = nullptr;
                VISIT(declare_var(identifier->name, kind, identifier->begin, identifier->end, variable));
                refer(&identifier->resolution, identifier->name, identifier->begin, identifier->end, false);
                continue;
            }
            VISIT(visit_binding(declarator->target, kind, BindingMode::kVar, 0, Variable::kNone, nullptr));
        } else {
            VISIT(visit_binding(declarator->target, kind, BindingMode::kLexical, declarator->end,
                                Variable::kNone, nullptr));
        }
        VISIT(visit_optional(declarator->initializer));
    }
    return true;
}

bool ScopeAnalysis::visit_block(NodeList<Statement*> body, Scope*& scope_slot, ScopeKind kind,
                                bool is_catch_body) {
    if (!declares_lexically(body)) return visit_list(body);
    Frame frame;
    open(frame, kind, function_);
    frame.is_catch_body = is_catch_body;
    scope_slot = frame.scope;
    VISIT(visit_list(body));
    return close(frame);
}

bool ScopeAnalysis::visit_switch(SwitchStatement* statement) {
    VISIT(visit(statement->discriminant));
    bool lexical = false;
    for (SwitchCase* item : statement->cases)
        lexical |= declares_lexically(item->body);
    Frame frame;
    if (lexical) {
        open(frame, ScopeKind::kSwitch, function_);
        statement->scope = frame.scope;
    }
    for (SwitchCase* item : statement->cases) {
        VISIT(visit_optional(item->test));
        VISIT(visit_list(item->body));
    }
    return !lexical || close(frame);
}

bool ScopeAnalysis::visit_for(ForStatement* statement) {
    auto* declaration =
        statement->initializer ? statement->initializer->try_as<VariableDeclaration>() : nullptr;
    bool lexical = declaration && declaration->declaration_kind != DeclarationKind::kVar;
    Frame frame;
    if (lexical) {
        open(frame, ScopeKind::kFor, function_);
        statement->scope = frame.scope;
    }
    VISIT(visit_optional(statement->initializer));
    VISIT(visit_optional(statement->test));
    VISIT(visit_optional(statement->update));
    VISIT(visit(statement->body));
    return !lexical || close(frame);
}

// 14.7.5.12 ForIn/OfHeadEvaluation: while the right side is evaluated the names exist, uninitialized.
template<class Loop>
bool ScopeAnalysis::visit_for_in_of(Loop* loop) {
    auto* declaration = loop->left->template try_as<VariableDeclaration>();
    if (!declaration || declaration->declaration_kind == DeclarationKind::kVar) {
        if (declaration) {
            VariableDeclarator* declarator = declaration->declarators[0];
            VISIT(visit_binding(declarator->target, VariableKind::kVar, BindingMode::kVar, 0, Variable::kNone,
                                nullptr));
            VISIT(visit_optional(declarator->initializer));
        } else {
            VISIT(visit_target(loop->left));
        }
        VISIT(visit(loop->right));
        return visit(loop->body);
    }
    VariableDeclarator* declarator = declaration->declarators[0];
    VariableKind kind = variable_kind(declaration->declaration_kind);
    Frame frame;
    open(frame, ScopeKind::kFor, function_);
    loop->scope = frame.scope;
    VISIT(visit_binding(declarator->target, kind, BindingMode::kLexical, declaration->end, Variable::kNone,
                        nullptr));
    // The head scope stands beside the loop scope, not inside it.
    frame_ = frame.outer;
    Frame head;
    open(head, ScopeKind::kForHead, function_);
    for (Variable* each = frame.scope->first_variable; each; each = each->next_in_scope)
        add_variable(head.scope, each->name, each->kind, each->declared_at);
    VISIT(visit(loop->right));
    VISIT(close(head));
    for (Variable* each = head.scope->first_variable; each; each = each->next_in_scope)
        if (each->is_referenced) loop->head_scope = head.scope;
    frame_ = &frame;
    VISIT(visit(loop->body));
    return close(frame);
}

bool ScopeAnalysis::visit_try(TryStatement* statement) {
    VISIT(visit(statement->block));
    if (CatchClause* handler = statement->handler) {
        if (handler->parameter) {
            Frame frame;
            open(frame, ScopeKind::kCatch, function_);
            frame.is_simple_catch = handler->parameter->is<Identifier>();
            handler->scope = frame.scope;
            VISIT(visit_binding(handler->parameter, VariableKind::kCatchParameter, BindingMode::kCatch,
                                handler->parameter->end, Variable::kNone, nullptr));
            VISIT(visit_block(handler->body->body, handler->body->scope, ScopeKind::kBlock, true));
            VISIT(close(frame));
        } else {
            VISIT(visit(handler->body));
        }
    }
    return visit_optional(statement->finalizer);
}

bool ScopeAnalysis::visit_with(WithStatement* statement) {
    VISIT(visit(statement->object));
    Frame frame;
    open(frame, ScopeKind::kWith, function_);
    statement->scope = frame.scope;
    VISIT(visit(statement->body));
    return close(frame);
}

bool ScopeAnalysis::visit_export_default(ExportDefaultDeclaration* node) {
    if (auto* function = node->declaration->try_as<FunctionDeclaration>()) {
        VISIT(visit_function_declaration(function));
        node->variable = function->variable;
        return true;
    }
    if (auto* declaration = node->declaration->try_as<ClassDeclaration>()) {
        VISIT(visit_class(declaration->class_node, declaration));
        node->variable = declaration->variable;
        return true;
    }
    VISIT(declare_lexical(default_export_name_, VariableKind::kDefaultExport, node->begin, node->begin,
                          node->end, node->variable));
    return visit(node->declaration);
}

} // namespace heddle
