// Scopes, declarations and the binding of references; the walk over the tree is in scope_walk.cpp.
#include "syntax/scope_analysis.h"

#include <fmt/format.h>

namespace heddle {

// ---- Scope
// ----------------------------------------------------------------------------------------------------

Variable* Scope::find(const AstString* name) const {
    if (index) {
        uint32_t mask = index_capacity - 1;
        for (uint32_t i = name->hash() & mask; index[i]; i = (i + 1) & mask)
            if (index[i]->name == name) return index[i];
        return nullptr;
    }
    for (Variable* variable = first_variable; variable; variable = variable->next_in_scope)
        if (variable->name == name) return variable;
    return nullptr;
}

namespace {

constexpr uint32_t kIndexThreshold = 8;

void index_insert(Scope* scope, Variable* variable) {
    if (!variable->name) return;
    uint32_t mask = scope->index_capacity - 1;
    uint32_t i = variable->name->hash() & mask;
    while (scope->index[i])
        i = (i + 1) & mask;
    scope->index[i] = variable;
}

bool contains(const ArenaVector<const AstString*>& names, const AstString* name) {
    for (const AstString* other : names)
        if (other == name) return true;
    return false;
}

} // namespace

Variable* ScopeAnalysis::add_variable(Scope* scope, const AstString* name, VariableKind kind, uint32_t at) {
    auto* variable = arena_.make<Variable>();
    variable->name = name;
    variable->scope = scope;
    variable->kind = kind;
    variable->declared_at = at;
    if (scope->last_variable)
        scope->last_variable->next_in_scope = variable;
    else
        scope->first_variable = variable;
    scope->last_variable = variable;
    scope->variable_count++;
    if (scope->variable_count <= kIndexThreshold) return variable;
    if (scope->variable_count * 2 > scope->index_capacity) {
        uint32_t capacity = scope->index_capacity ? scope->index_capacity * 2 : 32;
        auto** index = arena_.make_array<Variable*>(capacity);
        if (!index) return variable; // the arena is exhausted: nobody will look for it
        scope->index_capacity = capacity;
        scope->index = index;
        std::memset(static_cast<void*>(scope->index), 0, sizeof(Variable*) * scope->index_capacity);
        for (Variable* each = scope->first_variable; each; each = each->next_in_scope)
            index_insert(scope, each);
    } else {
        index_insert(scope, variable);
    }
    return variable;
}

// ---- Frames
// ---------------------------------------------------------------------------------------------------

ScopeAnalysis::ScopeAnalysis(const AnalysisInput& input, ParseError& error)
    : program_(input.program), eval_context_(input.eval_context), strings_(*input.strings),
      arena_(*input.arena), stack_limit_(input.stack_limit), error_(error),
      this_name_(strings_.intern("this")), new_target_name_(strings_.intern("new.target")),
      active_function_name_(strings_.intern("%function")), arguments_name_(strings_.intern("arguments")),
      default_export_name_(strings_.intern("*default*")) {}

bool ScopeAnalysis::fail(uint32_t begin, uint32_t end, std::string message) {
    if (failed_) return false;
    failed_ = true;
    error_.kind = ParseErrorKind::kSyntaxError;
    error_.message = std::move(message);
    error_.offset = begin;
    error_.end = end;
    return false;
}

bool ScopeAnalysis::enter_recursion() {
    if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) <= stack_limit_) [[unlikely]] {
        fail(0, 0, "Too much recursion: the source text is nested too deeply");
        error_.kind = ParseErrorKind::kTooMuchRecursion;
        return false;
    }
    if (arena_.is_exhausted()) [[unlikely]] {
        fail(0, 0, "Out of memory: the syntax tree of this source text exceeds its limit");
        error_.kind = ParseErrorKind::kOutOfMemory;
        return false;
    }
    return true;
}

void ScopeAnalysis::open(Frame& frame, ScopeKind kind, FunctionNode* function) {
    auto* scope = arena_.make<Scope>();
    scope->kind = kind;
    scope->function = function;
    scope->parent = frame_ ? frame_->scope : nullptr;
    scope->is_strict = function->is_strict;
    frame.scope = scope;
    frame.outer = frame_;
    switch (kind) {
    case ScopeKind::kScript:
    case ScopeKind::kModule:
    case ScopeKind::kFunction:
    case ScopeKind::kFunctionBody:
        frame.var_store = scope;
        break;
    case ScopeKind::kEval:
        frame.var_store = scope;
        if (!function->is_strict) {
            frame.var_store = arena_.make<Scope>();
            frame.var_store->kind = ScopeKind::kEval;
        }
        break;
    default:
        break;
    }
    frame_ = &frame;
}

ScopeAnalysis::Frame& ScopeAnalysis::variable_frame() {
    Frame* frame = frame_;
    while (!frame->var_store)
        frame = frame->outer;
    return *frame;
}

// A direct eval call at this place: it may name everything that encloses it.
void ScopeAnalysis::note_direct_eval() {
    if (!function_->is_strict) {
        Scope* scope = variable_frame().scope;
        if (scope->kind == ScopeKind::kFunction || scope->kind == ScopeKind::kFunctionBody)
            scope->is_extensible_by_eval = true;
    }
    for (Frame* frame = frame_; frame && !frame->scope->contains_direct_eval; frame = frame->outer)
        frame->scope->contains_direct_eval = true;
    mark_uses(&FunctionNode::contains_direct_eval);
    mark_uses(&FunctionNode::uses_this);
}

// Sets a flag on this function and, as long as they are arrow functions, on those around.
void ScopeAnalysis::mark_uses(bool FunctionNode::* flag) {
    for (FunctionNode* function = function_; function; function = function->parent) {
        function->*flag = true;
        if (!function->is_arrow()) break;
    }
}

void ScopeAnalysis::refer(Resolution* resolution, const AstString* name, uint32_t begin, uint32_t end,
                          bool is_assignment) {
    auto* reference = arena_.make<Reference>();
    *reference = {frame_->references, resolution, name, function_, begin, end, is_assignment, false, false};
    frame_->references = reference;
}

void ScopeAnalysis::refer_special(Resolution* resolution, const AstString* name, uint32_t begin) {
    refer(resolution, name, begin, begin, false);
    frame_->references->is_special = true;
}

// Whether this access may come before the variable is initialized. Positions decide: within one function,
// code after the initialization runs after it (each scope is made anew whenever it is entered), except in a
// switch, where a case may be jumped over. Function expressions are made where they stand; declarations may
// run from the start.
bool ScopeAnalysis::may_be_uninitialized(const Reference& reference, const Variable& variable) const {
    const Scope* scope = variable.scope;
    switch (variable.kind) {
    case VariableKind::kThis:
        return scope->function->function_kind == FunctionKind::kDerivedConstructor;
    case VariableKind::kImport:
        return true;
    case VariableKind::kLet:
    case VariableKind::kConst:
    case VariableKind::kUsing:
    case VariableKind::kAwaitUsing:
    case VariableKind::kClass:
    case VariableKind::kClassName:
    case VariableKind::kDefaultExport:
    case VariableKind::kCatchParameter:
    case VariableKind::kParameter:
        break;
    default:
        return false;
    }
    if (scope->kind == ScopeKind::kSwitch || scope->kind == ScopeKind::kForHead) return true;
    if (reference.function == scope->function) return reference.begin < variable.initialized_at;
    const FunctionNode* outermost = reference.function;
    while (outermost->parent && outermost->parent != scope->function)
        outermost = outermost->parent;
    if (outermost->is_declaration && variable.kind != VariableKind::kParameter) return true;
    return outermost->begin < variable.initialized_at;
}

void ScopeAnalysis::bind(Reference* reference, Variable* variable) {
    Resolution& resolution = *reference->resolution;
    resolution.variable = variable;
    bool is_dynamic = reference->crossed_dynamic && !reference->is_special;
    resolution.kind = is_dynamic ? ReferenceKind::kDynamic : ReferenceKind::kVariable;
    variable->is_referenced = true;
    if (reference->is_assignment) variable->is_assigned = true;
    if (is_dynamic || reference->function != variable->scope->function) variable->is_captured = true;
    if (may_be_uninitialized(*reference, *variable)) {
        resolution.needs_tdz_check = true;
        variable->needs_tdz = true;
    }
}

// The reference leaves the program.
bool ScopeAnalysis::resolve_at_root(Reference* reference) {
    Resolution& resolution = *reference->resolution;
    bool is_direct_eval = eval_context_ && eval_context_->is_direct;
    if (reference->is_special) {
        if (reference->name->length() && reference->name->at(0) == '#') {
            if (is_direct_eval) {
                for (const std::string& visible : eval_context_->private_names) {
                    if (!reference->name->equals_utf8(visible)) continue;
                    resolution.kind = ReferenceKind::kDynamic;
                    return true;
                }
            }
            return fail(reference->begin, reference->end,
                        fmt::format("Private name '{}' is not declared in any class around",
                                    reference->name->short_utf8()));
        }
        if (is_direct_eval)
            resolution.kind = ReferenceKind::kDynamic;
        else if (reference->name == this_name_ && program_->program_kind != ProgramKind::kModule)
            resolution.kind = ReferenceKind::kGlobal;
        else
            resolution.kind = ReferenceKind::kUndefined;
        return true;
    }
    resolution.kind =
        is_direct_eval || reference->crossed_dynamic ? ReferenceKind::kDynamic : ReferenceKind::kGlobal;
    return true;
}

// this, new.target, the function itself and arguments: made where something inside uses them.
void ScopeAnalysis::declare_function_specials(Frame& frame) {
    Scope* scope = frame.scope;
    FunctionNode* function = scope->function;
    if (scope->kind != ScopeKind::kFunction || function->is_arrow()) return;
    bool has_arguments_object = function->function_kind != FunctionKind::kFieldInitializer &&
                                function->function_kind != FunctionKind::kStaticBlock;
    auto need = [&](Variable*& slot, const AstString* name, VariableKind kind) {
        if (!slot) slot = add_variable(scope, name, kind, function->begin);
    };
    auto need_arguments = [&] {
        // 10.2.11 FunctionDeclarationInstantiation, steps 15 to 18
        if (!has_arguments_object || function->arguments_variable) return;
        Variable* existing = scope->find(arguments_name_);
        if (!existing)
            existing = add_variable(scope, arguments_name_, VariableKind::kArguments, function->begin);
        else if (existing->kind != VariableKind::kVar)
            return;
        function->arguments_variable = existing;
        function->uses_arguments = true;
    };
    if (function->contains_direct_eval) {
        need(function->this_variable, this_name_, VariableKind::kThis);
        need(function->new_target_variable, new_target_name_, VariableKind::kNewTarget);
        if (function->function_kind != FunctionKind::kNormal)
            need(function->active_function_variable, active_function_name_, VariableKind::kActiveFunction);
        need_arguments();
    }
    if (Variable* declared = scope->find(arguments_name_); declared && declared->kind == VariableKind::kVar)
        need_arguments();
    for (Reference* reference = frame.references; reference; reference = reference->next) {
        if (reference->is_special) {
            if (reference->name == this_name_)
                need(function->this_variable, this_name_, VariableKind::kThis);
            else if (reference->name == new_target_name_)
                need(function->new_target_variable, new_target_name_, VariableKind::kNewTarget);
            else if (reference->name == active_function_name_)
                need(function->active_function_variable, active_function_name_,
                     VariableKind::kActiveFunction);
        } else if (reference->name == arguments_name_) {
            need_arguments();
        }
    }
    function->uses_new_target = function->new_target_variable != nullptr;
    if (function->arguments_variable && !function->is_strict && function->has_simple_parameters) {
        function->has_mapped_arguments = true;
        for (Variable* each = scope->first_variable; each; each = each->next_in_scope)
            if (each->kind == VariableKind::kParameter) each->is_captured = true;
    }
}

// B.3.2: a function of a block becomes a var too, unless a var of that name would be an early error there.
void ScopeAnalysis::settle_candidates(Frame& frame) {
    Scope* scope = frame.scope;
    HoistingCandidate* next = nullptr;
    for (HoistingCandidate* candidate = frame.candidates; candidate; candidate = next) {
        next = candidate->next;
        const AstString* name = candidate->declaration->function->name;
        if (!frame.var_store) {
            if (candidate->own_scope != scope) {
                Variable* existing = scope->find(name);
                if (existing && is_block_lexical(existing, scope) && !frame.is_simple_catch) continue;
            }
            candidate->next = frame.outer->candidates;
            frame.outer->candidates = candidate;
            continue;
        }
        Resolution& target = candidate->declaration->annex_b_target;
        Variable* existing = scope->find(name);
        if (existing && existing->is_lexical()) continue;
        if (scope->kind == ScopeKind::kScript || scope->kind == ScopeKind::kEval) {
            annex_b_functions_.push(arena_, candidate->declaration);
            bool is_direct = eval_context_ && eval_context_->is_direct;
            target.kind = is_direct ? ReferenceKind::kDynamic : ReferenceKind::kGlobal;
            continue;
        }
        // "and parameterNames does not contain F"
        if (existing && existing->kind == VariableKind::kParameter) continue;
        if (scope->kind == ScopeKind::kFunctionBody) {
            Variable* parameter = frame.outer->scope->find(name);
            if (parameter && parameter->kind == VariableKind::kParameter) continue;
        }
        if (!existing)
            existing = add_variable(scope, name, VariableKind::kVar, candidate->declaration->begin);
        existing->is_assigned = true;
        target = {existing, ReferenceKind::kVariable, false};
    }
}

bool ScopeAnalysis::close(Frame& frame) {
    HEDDLE_ASSERT(frame_ == &frame);
    Scope* scope = frame.scope;
    // Candidates arrive in reverse; restore source order so that declarations come out in it.
    HoistingCandidate* ordered = nullptr;
    while (frame.candidates) {
        HoistingCandidate* candidate = frame.candidates;
        frame.candidates = candidate->next;
        candidate->next = ordered;
        ordered = candidate;
    }
    frame.candidates = ordered;
    settle_candidates(frame);
    declare_function_specials(frame);

    if (scope->kind == ScopeKind::kFunctionBody) {
        // 10.2.11 step 28: a var of the body starts with the value of the parameter of that name.
        Scope* parameters = scope->parent;
        for (Variable* each = scope->first_variable; each; each = each->next_in_scope) {
            if (each->kind != VariableKind::kVar && each->kind != VariableKind::kFunction) continue;
            each->initial_value_from = parameters->find(each->name);
            if (!each->initial_value_from && each->kind == VariableKind::kVar &&
                each->name == arguments_name_ && !scope->function->is_arrow()) {
                auto* resolution = arena_.make<Resolution>();
                Frame* inner = frame_;
                frame_ = frame.outer;
                refer(resolution, arguments_name_, each->declared_at, each->declared_at, false);
                frame_ = inner;
            }
        }
    }

    bool is_root = frame.outer == nullptr;
    bool crosses = scope->kind == ScopeKind::kWith || scope->is_extensible_by_eval;
    Reference* next = nullptr;
    for (Reference* reference = frame.references; reference; reference = next) {
        next = reference->next;
        Variable* variable = scope->find(reference->name);
        if (variable && variable->kind == VariableKind::kPrivateName &&
            reference->begin < frame.private_begin)
            variable = nullptr;
        if (variable && scope->kind == ScopeKind::kScript) {
            reference->resolution->variable = variable;
            variable->is_referenced = true;
            if (reference->is_assignment) variable->is_assigned = true;
            variable = nullptr;
        }
        if (variable) {
            bind(reference, variable);
        } else if (is_root) {
            if (!resolve_at_root(reference)) return false;
        } else {
            if (crosses) reference->crossed_dynamic = true;
            reference->next = frame.outer->references;
            frame.outer->references = reference;
        }
    }

    if (scope->contains_direct_eval && scope->kind != ScopeKind::kScript) {
        for (Variable* each = scope->first_variable; each; each = each->next_in_scope) {
            each->is_captured = true;
            each->is_referenced = true;
            each->is_assigned = true;
            FunctionNode* function = scope->function;
            if (each->is_lexical() || each->kind == VariableKind::kCatchParameter ||
                (each->kind == VariableKind::kParameter && function->has_parameter_expressions) ||
                (each->kind == VariableKind::kThis &&
                 function->function_kind == FunctionKind::kDerivedConstructor))
                each->needs_tdz = true;
        }
    }
    if (scope->kind == ScopeKind::kModule) {
        for (Variable* each = scope->first_variable; each; each = each->next_in_scope) {
            each->is_captured = true;
            if (each->is_lexical() || each->kind == VariableKind::kDefaultExport) each->needs_tdz = true;
        }
    }
    if (scope->kind == ScopeKind::kForHead)
        for (Variable* each = scope->first_variable; each; each = each->next_in_scope)
            each->needs_tdz = true;
    for (Variable* each = scope->first_variable; each; each = each->next_in_scope) {
        if (each->kind == VariableKind::kComputedKey) each->is_captured = true;
        if (each->is_captured) each->slot = scope->slot_count++;
    }
    scope->needs_environment =
        scope->slot_count > 0 || scope->kind == ScopeKind::kWith || scope->is_extensible_by_eval;
    scope->functions = {frame.functions.data(), frame.functions.size()};
    frame_ = frame.outer;
    return true;
}

// ---- Declarations
// ---------------------------------------------------------------------------------------------

bool ScopeAnalysis::redeclared(const AstString* name, uint32_t begin, uint32_t end) {
    return fail(begin, end,
                fmt::format("'{}' has already been declared here: choose another name", name->short_utf8()));
}

// A name that a var or function passing through (or in) this scope must not have.
bool ScopeAnalysis::is_block_lexical(const Variable* variable, const Scope* scope) {
    if (variable->is_lexical() || variable->kind == VariableKind::kImport) return true;
    if (variable->kind == VariableKind::kCatchParameter) return true;
    // Functions of blocks and modules are lexical.
    return variable->kind == VariableKind::kFunction &&
           (scope->kind == ScopeKind::kBlock || scope->kind == ScopeKind::kSwitch ||
            scope->kind == ScopeKind::kModule);
}

bool ScopeAnalysis::declare_lexical(const AstString* name, VariableKind kind, uint32_t begin, uint32_t end,
                                    uint32_t initialized_at, Variable*& out) {
    Frame& frame = *frame_;
    Scope* scope = frame.scope;
    if (Variable* existing = scope->find(name)) {
        // B.3.2.4: sloppy functions of one block may share a name.
        bool both_functions = kind == VariableKind::kFunction && existing->kind == VariableKind::kFunction &&
                              !scope->is_strict &&
                              (scope->kind == ScopeKind::kBlock || scope->kind == ScopeKind::kSwitch);
        if (!both_functions) return redeclared(name, begin, end);
        out = existing;
        return true;
    }
    if (frame.var_store && frame.var_store != scope && frame.var_store->find(name))
        return redeclared(name, begin, end);
    if (contains(frame.vars_passing, name)) return redeclared(name, begin, end);
    if (scope->kind == ScopeKind::kFunctionBody) {
        Variable* parameter = frame.outer->scope->find(name);
        if (parameter && parameter->kind == VariableKind::kParameter) return redeclared(name, begin, end);
    }
    if (frame.is_catch_body && frame.outer->scope->kind == ScopeKind::kCatch &&
        frame.outer->scope->find(name))
        return redeclared(name, begin, end);
    out = add_variable(scope, name, kind, begin);
    out->initialized_at = initialized_at;
    if (kind == VariableKind::kUsing || kind == VariableKind::kAwaitUsing) scope->has_using = true;
    if (kind == VariableKind::kAwaitUsing) scope->has_await_using = true;
    return true;
}

// `out` is null where the name lives outside (sloppy eval).
bool ScopeAnalysis::declare_var(const AstString* name, VariableKind kind, uint32_t begin, uint32_t end,
                                Variable*& out) {
    for (Frame* frame = frame_;; frame = frame->outer) {
        Variable* existing = frame->scope->find(name);
        if (!frame->var_store) {
            if (existing && is_block_lexical(existing, frame->scope)) {
                // B.3.4: a simple catch parameter does not forbid the var.
                if (frame->scope->kind != ScopeKind::kCatch || !frame->is_simple_catch)
                    return redeclared(name, begin, end);
            }
            bool matters =
                frame->scope->kind == ScopeKind::kBlock || frame->scope->kind == ScopeKind::kSwitch;
            if (matters && !contains(frame->vars_passing, name)) frame->vars_passing.push(arena_, name);
            continue;
        }
        if (existing && is_block_lexical(existing, frame->scope)) return redeclared(name, begin, end);
        Scope* store = frame->var_store;
        if (store != frame->scope) existing = store->find(name);
        if (!existing) {
            existing = add_variable(store, name, kind, begin);
        } else if (kind == VariableKind::kFunction && existing->kind == VariableKind::kVar) {
            existing->kind = kind;
        }
        out = store == frame->scope ? existing : nullptr;
        return true;
    }
}

bool ScopeAnalysis::declare_parameter(FunctionNode* function, Identifier* name, uint32_t index,
                                      uint32_t initialized_at) {
    Scope* scope = frame_->scope;
    Variable* variable = scope->find(name->name);
    if (variable) {
        // 15.1.1: UniqueFormalParameters, and duplicates only in sloppy simple lists.
        if (function->is_strict || !function->has_simple_parameters ||
            function->function_kind != FunctionKind::kNormal)
            return fail(name->begin, name->end,
                        fmt::format("Duplicate parameter '{}'", name->name->short_utf8()));
    } else {
        variable = add_variable(scope, name->name, VariableKind::kParameter, name->begin);
    }
    variable->parameter_index = index;
    variable->initialized_at = function->has_parameter_expressions ? initialized_at : 0;
    name->resolution = {variable, ReferenceKind::kVariable, false};
    return true;
}

// ---- Root
// -----------------------------------------------------------------------------------------------------

void ScopeAnalysis::fill_program(Frame& frame) {
    ArenaVector<const AstString*> var_names;
    ArenaVector<DeclaredFunction> functions;
    ArenaVector<Variable*> lexical;
    // Var names of modules and strict eval code are ordinary variables of the root scope.
    bool by_name = frame.scope->kind == ScopeKind::kScript || frame.var_store != frame.scope;
    if (by_name)
        for (Variable* each = frame.var_store->first_variable; each; each = each->next_in_scope)
            if (each->kind == VariableKind::kVar) var_names.push(arena_, each->name);
    for (Variable* each = frame.scope->first_variable; each; each = each->next_in_scope)
        if (each->is_lexical()) lexical.push(arena_, each);
    for (FunctionDeclaration* declaration : frame.functions)
        if (by_name && declaration->name) functions.push(arena_, {declaration->name->name, declaration});
    program_->var_names = {var_names.data(), var_names.size()};
    program_->functions = {functions.data(), functions.size()};
    program_->lexical = {lexical.data(), lexical.size()};
}

bool ScopeAnalysis::fill_module(Frame& frame) {
    for (LocalExport& local : program_->local_exports) {
        local.variable = frame.scope->find(local.local_name);
        if (!local.variable)
            return fail(local.offset, local.offset + local.local_name->length(),
                        fmt::format("Exported name '{}' is not declared in this module",
                                    local.local_name->short_utf8()));
    }
    return true;
}

bool ScopeAnalysis::run() {
    FunctionNode* root = program_->function;
    function_ = root;
    Frame frame;
    ScopeKind kind = ScopeKind::kScript;
    if (root->function_kind == FunctionKind::kModule) kind = ScopeKind::kModule;
    if (root->function_kind == FunctionKind::kEval) kind = ScopeKind::kEval;
    open(frame, kind, root);
    root->scope = root->body_scope = frame.scope;
    for (ImportEntry& entry : program_->imports) {
        uint32_t end = entry.offset + entry.local_name->length();
        if (!declare_lexical(entry.local_name, VariableKind::kImport, entry.offset, end, 0, entry.variable))
            return false;
    }
    for (Statement* statement : root->body)
        if (!visit(statement)) return false;
    if (kind == ScopeKind::kModule && !fill_module(frame)) return false;
    if (!close(frame)) return false;
    fill_program(frame);
    program_->annex_b_functions = {annex_b_functions_.data(), annex_b_functions_.size()};
    return !failed_;
}

bool analyze_scopes(const AnalysisInput& input, ParseError& error) {
    ScopeAnalysis analysis(input, error);
    return analysis.run();
}

} // namespace heddle
