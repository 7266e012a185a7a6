// Scopes, variables and names: environments and registers, and reads and writes of whatever a name resolves to.
#include "base/fault.h"
#include "bytecode/function_compiler.h"

namespace heddle {

bool FunctionCompiler::check_stack() {
    if (compilation_.failed()) return false;
    if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < compilation_.stack_limit) {
        fail(CompileErrorKind::kTooMuchRecursion, "the program is nested too deeply to be compiled");
        return false;
    }
    // Maps and short strings are not asked one by one.
    if ((++compilation_.step_count & 0xFF) == 0 && !memory_is_at_hand()) [[unlikely]]
        builder_.note_out_of_memory();
    if (builder_.is_out_of_memory()) {
        fail(CompileErrorKind::kOutOfMemory, "there is no memory for the code of this program");
        return false;
    }
    if (builder_.is_too_large()) {
        fail(CompileErrorKind::kTooLarge,
             "a function is too large: split it, or make fewer variables live at once (65000 at most)");
        return false;
    }
    return true;
}

void FunctionCompiler::fail(CompileErrorKind kind, std::string_view message) {
    if (compilation_.failed()) return;
    compilation_.error = kind;
    compilation_.message = message;
}

uint32_t FunctionCompiler::describe_scope(const Scope* scope) {
    auto key = reinterpret_cast<uint64_t>(scope);
    if (uint32_t found = scope_constants_.find(key); found != CodeBuilder::ConstantTable::kNone) return found;
    auto description = std::make_unique<ScopeDescription>();
    description->kind = scope->kind;
    description->is_strict = scope->is_strict;
    description->is_extensible = scope->is_extensible_by_eval;
    switch (scope->kind) {
    case ScopeKind::kFunction:
    case ScopeKind::kFunctionBody:
    case ScopeKind::kModule: description->is_variable_scope = true; break;
    case ScopeKind::kEval: description->is_variable_scope = scope->is_strict; break;
    default: break;
    }
    description->is_arrow = scope->kind == ScopeKind::kFunction && scope->function && scope->function->is_arrow();
    description->slot_count = scope->slot_count;
    description->is_simple_catch = scope->kind == ScopeKind::kCatch;
    for (const Variable* variable = scope->first_variable; variable; variable = variable->next_in_scope) {
        // B.3.4 counts names that are a catch parameter of their own, not those inside a pattern.
        if (variable->kind != VariableKind::kCatchParameter) description->is_simple_catch = false;
        if (!variable->is_captured) continue;
        ScopeSlot slot;
        slot.slot = variable->slot;
        slot.kind = variable->kind;
        slot.private_kind = variable->private_kind;
        slot.is_static = variable->is_static;
        slot.is_constant = variable->is_constant() || variable->kind == VariableKind::kFunctionName;
        slot.is_strict = scope->is_strict;
        slot.starts_empty = variable->needs_tdz || scope->kind == ScopeKind::kForHead ||
                            (variable->kind == VariableKind::kThis && scope->function &&
                             scope->function->function_kind == FunctionKind::kDerivedConstructor);
        if (slot.starts_empty) builder_.append(description->empty_slots, slot.slot);
        if (!variable->name) continue;
        slot.name = builder_.string_constant(variable->name);
        builder_.append(description->slots, slot);
    }
    Constant constant;
    constant.kind = ConstantKind::kScope;
    constant.scope = std::move(description);
    uint32_t index = builder_.add_constant(std::move(constant));
    if (!scope_constants_.add(key, index)) builder_.note_out_of_memory();
    return index;
}

void FunctionCompiler::allocate_variables(const Scope* scope) {
    bool acc_is_empty = false;
    for (const Variable* variable = scope->first_variable; variable; variable = variable->next_in_scope) {
        if (variable->is_captured || registers_.contains(variable)) continue;
        // These go by name.
        if (scope->kind == ScopeKind::kScript) continue;
        if (scope->kind == ScopeKind::kEval && !scope->is_strict &&
            (variable->kind == VariableKind::kVar || variable->kind == VariableKind::kFunction))
            continue;
        switch (variable->kind) {
        case VariableKind::kThis: registers_[variable] = kThisRegister; continue;
        case VariableKind::kActiveFunction: registers_[variable] = kFunctionRegister; continue;
        case VariableKind::kParameter:
            // A parameter without a dead zone lives where it was passed.
            if (variable->parameter_index < function_->parameters.size() && !variable->needs_tdz) {
                registers_[variable] = kFirstParameterRegister + variable->parameter_index;
                continue;
            }
            break;
        default: break;
        }
        Register target = builder_.allocate();
        registers_[variable] = target;
        if (variable->needs_tdz || scope->kind == ScopeKind::kForHead) {
            if (!acc_is_empty) builder_.emit(Opcode::LoadEmpty);
            acc_is_empty = true;
            builder_.store(target);
        }
    }
}

void FunctionCompiler::instantiate_functions(const Scope* scope) {
    for (const FunctionDeclaration* declaration : scope->functions) {
        at(declaration);
        emit_closure(declaration->function,
                     declaration->name ? builder_.to_constant(declaration->name->name) : constant_text("default"));
        initialize_variable(declaration->variable);
    }
}

void FunctionCompiler::enter_scope(const Scope* scope) {
    if (!scope) return;
    current_scope_ = scope;
    if (scope->needs_environment) builder_.emit(Opcode::PushEnvironment, describe_scope(scope));
    allocate_variables(scope);
    instantiate_functions(scope);
}

void FunctionCompiler::leave_scope(const Scope* scope) {
    if (!scope) return;
    HEDDLE_ASSERT(current_scope_ == scope);
    if (scope->needs_environment) builder_.emit(Opcode::PopEnvironment);
    current_scope_ = scope->parent;
}

Register FunctionCompiler::variable_register(const Variable* variable) {
    HEDDLE_ASSERT(!variable->is_captured);
    auto found = registers_.find(variable);
    if (found != registers_.end()) return found->second;
    // A scope that was never entered would be a defect of the analysis; a register of its own keeps the code sound.
    HEDDLE_ASSERT(false && "variable of a scope that is not entered");
    Register target = builder_.allocate();
    registers_[variable] = target;
    return target;
}

void FunctionCompiler::load_variable(const Variable* variable, bool check, const AstString* name) {
    if (variable->kind == VariableKind::kImport) {
        builder_.emit(Opcode::LoadImport, hops_to(variable), variable->slot, builder_.string_constant(name));
        return;
    }
    if (variable->is_captured) {
        if (check)
            builder_.emit(Opcode::LoadSlotChecked, hops_to(variable), variable->slot, builder_.string_constant(name));
        else builder_.emit(Opcode::LoadSlot, hops_to(variable), variable->slot);
        return;
    }
    builder_.load(variable_register(variable));
    if (check) builder_.emit(Opcode::CheckInitialized, builder_.string_constant(name));
}

void FunctionCompiler::initialize_variable(const Variable* variable) {
    if (variable->is_captured) builder_.emit(Opcode::StoreSlot, hops_to(variable), variable->slot);
    else builder_.store(variable_register(variable));
}

void FunctionCompiler::load_name(const Resolution& resolution, const AstString* name) {
    switch (resolution.kind) {
    case ReferenceKind::kVariable: load_variable(resolution.variable, resolution.needs_tdz_check, name); return;
    case ReferenceKind::kGlobal:
        if (name->equals("undefined")) {
            // The property is neither writable nor configurable, but a script may not declare it lexically either.
            builder_.emit(Opcode::LoadUndefined);
            return;
        }
        builder_.emit(Opcode::LoadGlobal, builder_.string_constant(name), builder_.feedback(FeedbackKind::kLoadGlobal));
        return;
    case ReferenceKind::kDynamic: builder_.emit(Opcode::LoadDynamic, builder_.string_constant(name)); return;
    case ReferenceKind::kUndefined:
    case ReferenceKind::kUnresolved: builder_.emit(Opcode::LoadUndefined); return;
    }
}

void FunctionCompiler::load_typeof_name(const Resolution& resolution, const AstString* name) {
    if (resolution.kind == ReferenceKind::kGlobal)
        builder_.emit(Opcode::LoadGlobalOrUndefined, builder_.string_constant(name),
                      builder_.feedback(FeedbackKind::kLoadGlobal));
    else if (resolution.kind == ReferenceKind::kDynamic)
        builder_.emit(Opcode::LoadDynamicOrUndefined, builder_.string_constant(name));
    else load_name(resolution, name);
}

// 6.2.5.6 PutValue ( V, W ) of acc on a name. `resolved` is what visit_reference put aside.
void FunctionCompiler::store_name(const Resolution& resolution, const AstString* name, Register resolved,
                                  bool has_resolved) {
    switch (resolution.kind) {
    case ReferenceKind::kVariable: {
        const Variable* variable = resolution.variable;
        uint32_t name_constant = builder_.string_constant(name);
        if (variable->is_constant() || (variable->kind == VariableKind::kFunctionName && strict_)) {
            if (resolution.needs_tdz_check && variable->kind != VariableKind::kImport) {
                Registers registers(*this);
                Register value = builder_.allocate();
                builder_.store(value);
                load_variable(variable, true, name);
            }
            builder_.emit(Opcode::ThrowConstantAssignment, name_constant);
            return;
        }
        if (variable->kind == VariableKind::kFunctionName) return;
        if (!resolution.needs_tdz_check) {
            initialize_variable(variable);
        } else if (variable->is_captured) {
            builder_.emit(Opcode::StoreSlotChecked, hops_to(variable), variable->slot, name_constant);
        } else {
            Registers registers(*this);
            Register value = builder_.allocate();
            builder_.store(value);
            load_variable(variable, true, name);
            builder_.load(value);
            initialize_variable(variable);
        }
        return;
    }
    case ReferenceKind::kGlobal: {
        uint32_t feedback = builder_.feedback(FeedbackKind::kStoreGlobal);
        if (has_resolved)
            builder_.emit(Opcode::StoreGlobalResolved, resolved, builder_.string_constant(name), feedback);
        else
            builder_.emit(strict_ ? Opcode::StoreGlobalStrict : Opcode::StoreGlobalSloppy,
                          builder_.string_constant(name), feedback);
        return;
    }
    case ReferenceKind::kDynamic: {
        HEDDLE_ASSERT(has_resolved);
        builder_.emit(strict_ ? Opcode::StoreResolvedStrict : Opcode::StoreResolved, resolved,
                      builder_.string_constant(name));
        return;
    }
    case ReferenceKind::kUndefined:
    case ReferenceKind::kUnresolved: return;
    }
}

// InitializeReferencedBinding of acc for let, const, using, class, parameters and catch parameters.
void FunctionCompiler::initialize_name(const Resolution& resolution, const AstString* name) {
    if (resolution.kind == ReferenceKind::kVariable) {
        initialize_variable(resolution.variable);
        return;
    }
    HEDDLE_ASSERT(resolution.kind == ReferenceKind::kGlobal);
    builder_.emit(Opcode::InitializeGlobal, builder_.string_constant(name));
}

// this, new.target and the active function, also from eval code.
void FunctionCompiler::load_pseudo(const Resolution& resolution, std::string_view name, bool raw) {
    switch (resolution.kind) {
    case ReferenceKind::kVariable: {
        const Variable* variable = resolution.variable;
        bool check = resolution.needs_tdz_check && !raw && variable->kind == VariableKind::kThis;
        if (variable->is_captured) {
            if (check)
                builder_.emit(Opcode::LoadSlotChecked, hops_to(variable), variable->slot,
                              builder_.string_constant(name));
            else builder_.emit(Opcode::LoadSlot, hops_to(variable), variable->slot);
            return;
        }
        Register source = variable_register(variable);
        if (check) builder_.emit(Opcode::CheckThisInitialized, source);
        builder_.load(source);
        return;
    }
    case ReferenceKind::kGlobal: builder_.emit(Opcode::LoadGlobalThis); return;
    case ReferenceKind::kDynamic: builder_.emit(Opcode::LoadPseudo, builder_.string_constant(name), raw); return;
    case ReferenceKind::kUndefined:
    case ReferenceKind::kUnresolved: builder_.emit(Opcode::LoadUndefined); return;
    }
}

Register FunctionCompiler::this_register(const Resolution& resolution) {
    if (resolution.kind == ReferenceKind::kVariable && !resolution.variable->is_captured) {
        Register source = variable_register(resolution.variable);
        if (resolution.needs_tdz_check) builder_.emit(Opcode::CheckThisInitialized, source);
        return source;
    }
    load_pseudo(resolution, "this");
    Register target = builder_.allocate();
    builder_.store(target);
    return target;
}

Register FunctionCompiler::function_register(const Resolution& resolution) {
    if (resolution.kind == ReferenceKind::kVariable && !resolution.variable->is_captured)
        return variable_register(resolution.variable);
    load_pseudo(resolution, "%function");
    Register target = builder_.allocate();
    builder_.store(target);
    return target;
}

void FunctionCompiler::load_private_name(const PrivateIdentifier* name) {
    if (name->resolution.kind == ReferenceKind::kVariable) {
        const Variable* variable = name->resolution.variable;
        if (variable->is_captured) builder_.emit(Opcode::LoadSlot, hops_to(variable), variable->slot);
        else builder_.load(variable_register(variable));
        return;
    }
    builder_.emit(Opcode::LoadPseudo, builder_.string_constant(name->name), 0);
}

bool FunctionCompiler::local_register(const Expression* node, Register& out) {
    if (auto* identifier = node->try_as<Identifier>()) {
        const Resolution& resolution = identifier->resolution;
        if (resolution.kind != ReferenceKind::kVariable || resolution.needs_tdz_check) return false;
        if (resolution.variable->is_captured) return false;
        out = variable_register(resolution.variable);
        return true;
    }
    if (auto* expression = node->try_as<ThisExpression>()) {
        const Resolution& resolution = expression->resolution;
        if (resolution.kind != ReferenceKind::kVariable || resolution.needs_tdz_check) return false;
        if (resolution.variable->is_captured) return false;
        out = variable_register(resolution.variable);
        return true;
    }
    return false;
}

} // namespace heddle
