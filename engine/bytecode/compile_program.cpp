// Whole functions and programs: prologues (10.2.11 FunctionDeclarationInstantiation), roots, module descriptions.
#include "bytecode/function_compiler.h"

namespace heddle {

CompileResult compile(const ParseResult& parsed, const CompileOptions& options) {
    HEDDLE_CHECK(parsed.ok());
    Compilation compilation{parsed, parsed.program, options.stack_limit, CompileErrorKind::kNone, {}};
    CompileResult result;
    const Program* program = parsed.program;
    if (program->program_kind == ProgramKind::kDynamicFunction) {
        FunctionCompiler compiler(compilation, program->dynamic_function);
        ConstantString name;
        name.latin1 = "anonymous";
        result.code = compiler.compile_function(std::move(name));
    } else {
        FunctionCompiler compiler(compilation, program->function);
        result.code = compiler.compile_program_root();
    }
    if (compilation.failed()) {
        result.code = CodeRef();
        result.error = compilation.error;
        result.message = std::move(compilation.message);
    }
    return result;
}

ConstantString FunctionCompiler::function_name(const FunctionNode* function) {
    return function->name ? builder_.to_constant(function->name) : ConstantString();
}

void FunctionCompiler::setup_traits() {
    CodeTraits& traits = builder_.traits();
    traits.kind = function_->function_kind;
    if (function_->is_async && function_->is_generator) traits.flavor = FunctionFlavor::kAsyncGenerator;
    else if (function_->is_async) traits.flavor = FunctionFlavor::kAsync;
    else if (function_->is_generator) traits.flavor = FunctionFlavor::kGenerator;
    if (is_derived_constructor()) traits.constructor_kind = ConstructorKind::kDerived;
    else if (function_->is_constructor()) traits.constructor_kind = ConstructorKind::kBase;
    traits.is_strict = function_->is_strict;
    traits.has_simple_parameters = function_->has_simple_parameters;
    traits.needs_all_arguments = function_->arguments_variable || function_->rest_parameter;
    traits.is_class_constructor = function_->is_class_constructor();
    traits.contains_direct_eval = function_->contains_direct_eval;
    traits.uses_this = function_->uses_this;
    traits.needs_home_object = function_->needs_home_object();
    const FunctionNode* shown = function_;
    uint32_t begin = shown->begin;
    uint32_t end = shown->end;
    // The text of a class is the text of its constructor.
    if (function_->is_class_constructor()) {
        begin = function_->class_node->begin;
        end = function_->class_node->end;
    }
    builder_.set_source(compilation_.parsed.source, begin, end);
    auto parameter_count = static_cast<uint32_t>(function_->parameters.size());
    builder_.set_lengths(parameter_count, function_->expected_argument_count);
    if (parameter_count > CodeBuilder::kMaxRegisters) fail(CompileErrorKind::kTooLarge, "too many parameters");
    builder_.reset_registers(kFirstParameterRegister);
    builder_.allocate(parameter_count);
}

CodeRef FunctionCompiler::compile_function(ConstantString name) {
    if (!check_stack()) return {};
    builder_.traits().is_anonymous = name.length() == 0;
    builder_.set_name(std::move(name));
    setup_traits();
    emit_prologue();
    if (function_->function_kind == FunctionKind::kFieldInitializer) compile_field_initializer();
    else compile_body();
    if (!builder_.is_unreachable()) {
        builder_.emit(Opcode::LoadUndefined);
        emit_return_instruction();
    }
    if (builder_.is_too_large() || builder_.is_out_of_memory()) check_stack();
    if (compilation_.failed()) return {};
    return builder_.finish();
}

CodeRef FunctionCompiler::compile_inner(const FunctionNode* function, ConstantString name) {
    if (!check_stack()) return {};
    FunctionCompiler inner(compilation_, function);
    return inner.compile_function(std::move(name));
}

void FunctionCompiler::emit_closure(const FunctionNode* function, ConstantString name) {
    CodeRef code = compile_inner(function, std::move(name));
    if (!code) return;
    builder_.emit(Opcode::CreateFunction, builder_.add_code(std::move(code)));
}

static bool has_instance_elements(const ClassNode* node) {
    if (!node) return false;
    if (node->instance_initializer) return true;
    for (const ClassElement* element : node->elements) {
        if (!element->is_static && element->key && element->key->kind == NodeKind::kPrivateIdentifier &&
            element->element_kind != ClassElementKind::kField)
            return true;
    }
    return false;
}

// 10.2.11 FunctionDeclarationInstantiation ( func, argumentsList )
void FunctionCompiler::emit_prologue() {
    const Scope* scope = function_->scope;
    bool is_generator = function_->is_generator;
    if (function_->is_async && !is_generator) builder_.emit(Opcode::StartAsync);
    if (function_->function_kind == FunctionKind::kClassConstructor && has_instance_elements(function_->class_node))
        builder_.emit(Opcode::InitializeInstance, kThisRegister, kFunctionRegister);

    current_scope_ = scope;
    if (scope->needs_environment) builder_.emit(Opcode::PushEnvironment, describe_scope(scope));
    allocate_variables(scope);

    if (const Variable* variable = function_->this_variable; variable && variable->scope == scope) {
        if (!function_->is_strict) builder_.emit(Opcode::CoerceThis);
        if (variable->is_captured && !is_derived_constructor()) {
            builder_.load(kThisRegister);
            initialize_variable(variable);
        }
    }
    if (const Variable* variable = function_->active_function_variable;
        variable && variable->scope == scope && variable->is_captured) {
        builder_.load(kFunctionRegister);
        initialize_variable(variable);
    }
    if (const Variable* variable = function_->new_target_variable; variable && variable->scope == scope) {
        builder_.emit(Opcode::LoadNewTarget);
        initialize_variable(variable);
    }
    bind_parameters();

    const Scope* body = function_->body_scope;
    if (body && body != scope) {
        current_scope_ = body;
        if (body->needs_environment) builder_.emit(Opcode::PushEnvironment, describe_scope(body));
        allocate_variables(body);
        for (const Variable* variable = body->first_variable; variable; variable = variable->next_in_scope) {
            if (!variable->initial_value_from) continue;
            load_variable(variable->initial_value_from, false, variable->name);
            initialize_variable(variable);
        }
    }
    base_scope_ = current_scope_;
    instantiate_functions(current_scope_);
    if (is_generator) builder_.emit(Opcode::InitialYield);
}

void FunctionCompiler::bind_parameters() {
    const Scope* scope = function_->scope;
    bool is_simple = function_->has_simple_parameters;
    if (is_simple) {
        for (const Variable* variable = scope->first_variable; variable; variable = variable->next_in_scope) {
            if (variable->kind != VariableKind::kParameter) continue;
            // The rest parameter stands behind the others; names inside patterns have no place of their own.
            if (variable->parameter_index >= function_->parameters.size()) continue;
            Register passed = kFirstParameterRegister + variable->parameter_index;
            if (variable->is_captured || variable_register(variable) != passed) {
                builder_.load(passed);
                initialize_variable(variable);
            }
        }
    }
    if (const Variable* variable = function_->arguments_variable) {
        if (function_->has_mapped_arguments) {
            auto list = std::make_unique<SlotList>();
            for (size_t i = 0; i < function_->parameters.size(); ++i)
                builder_.append(list->slots, SlotList::kNoSlot);
            for (const Variable* v = scope->first_variable; v; v = v->next_in_scope) {
                if (v->kind == VariableKind::kParameter && v->is_captured && v->parameter_index < list->slots.size())
                    list->slots[v->parameter_index] = v->slot;
            }
            Constant constant;
            constant.kind = ConstantKind::kSlots;
            constant.slots = std::move(list);
            builder_.emit(Opcode::CreateMappedArguments, builder_.add_constant(std::move(constant)));
        } else {
            builder_.emit(Opcode::CreateUnmappedArguments);
        }
        initialize_variable(variable);
    }
    Registers registers(*this);
    Register rest = 0;
    if (function_->rest_parameter) {
        builder_.emit(Opcode::CreateRestArray, function_->parameters.size());
        const auto* identifier = function_->rest_parameter->try_as<Identifier>();
        if (identifier && !function_->has_parameter_expressions) {
            initialize_name(identifier->resolution, identifier->name);
        } else {
            rest = builder_.allocate();
            builder_.store(rest);
        }
    }
    if (is_simple) return;
    in_parameters_ = true;
    for (uint32_t i = 0; i < function_->parameters.size(); ++i) {
        const PatternElement* element = function_->parameters[i];
        Register passed = kFirstParameterRegister + i;
        const auto* identifier = element->target->try_as<Identifier>();
        if (identifier && !element->initializer) {
            const Variable* variable = identifier->resolution.variable;
            if (variable && !variable->is_captured && variable_register(variable) == passed) continue;
        }
        at(element);
        builder_.load(passed);
        if (element->initializer) visit_default_value(element->initializer, element->target);
        bind_target(element->target, BindMode::kInitialize);
    }
    if (rest) {
        builder_.load(rest);
        bind_target(function_->rest_parameter, BindMode::kInitialize);
    }
    in_parameters_ = false;
}

void FunctionCompiler::compile_body() {
    DisposeState dispose;
    bool disposes = base_scope_ && base_scope_->has_using;
    if (disposes) begin_dispose(dispose, base_scope_);
    visit_statements(function_->body);
    if (disposes) end_dispose(dispose);
}

// The synthetic method of 15.7.14 steps 31 to 33 in one: fields (7.3.33 DefineField) and static blocks in order.
void FunctionCompiler::compile_field_initializer() {
    const ClassNode* node = function_->class_node;
    for (const ClassElement* element : node->elements) {
        if (element->is_static != function_->is_static_initializer) continue;
        Registers registers(*this);
        at(element);
        if (element->element_kind == ClassElementKind::kStaticBlock) {
            Register base = builder_.allocate(2);
            emit_closure(element->function, ConstantString());
            builder_.emit(Opcode::SetHomeObject, kThisRegister);
            builder_.store(base);
            builder_.move(base + 1, kThisRegister);
            emit_call(base, 0);
            continue;
        }
        if (element->element_kind != ClassElementKind::kField) continue;
        const AstString* text = nullptr;
        bool is_private = element->key->kind == NodeKind::kPrivateIdentifier;
        bool is_static_key = !is_private && static_key_text(element->key, element->is_computed, text);
        Register key = kNoRegister;
        if (is_private) {
            text = element->key->as<PrivateIdentifier>()->name;
            key = builder_.allocate();
            load_private_name(element->key->as<PrivateIdentifier>());
            builder_.store(key);
        } else if (element->computed_key) {
            key = builder_.allocate();
            load_variable(element->computed_key, false, nullptr);
            builder_.store(key);
        } else if (!is_static_key || is_index_text(text)) {
            key = builder_.allocate();
            visit_property_key(element->key, element->is_computed, key);
        }
        if (!element->initializer) builder_.emit(Opcode::LoadUndefined);
        else if (!is_anonymous_function_definition(element->initializer)) visit(element->initializer);
        else if (text) visit_named(element->initializer, text);
        else visit_named_by_register(element->initializer, key);
        at(element);
        if (is_private) builder_.emit(Opcode::DefinePrivateField, kThisRegister, key, builder_.feedback(FeedbackKind::kDefineNamed));
        else if (key != kNoRegister) builder_.emit(Opcode::DefineIndexed, kThisRegister, key);
        else
            builder_.emit(Opcode::DefineNamed, kThisRegister, builder_.string_constant(text),
                          builder_.feedback(FeedbackKind::kDefineNamed));
        if (compilation_.failed()) return;
    }
}

// 15.7.14 ClassDefinitionEvaluation step 14.a, the default constructor: forwards its arguments without iterating them.
CodeRef FunctionCompiler::compile_default_constructor(const ClassNode* node, ConstantString name) {
    bool is_derived = node->heritage != nullptr;
    CodeTraits& traits = builder_.traits();
    traits.kind = is_derived ? FunctionKind::kDerivedConstructor : FunctionKind::kClassConstructor;
    traits.constructor_kind = is_derived ? ConstructorKind::kDerived : ConstructorKind::kBase;
    traits.is_strict = true;
    traits.is_class_constructor = true;
    traits.is_default_constructor = true;
    traits.needs_all_arguments = is_derived;
    traits.is_anonymous = name.length() == 0;
    builder_.set_name(std::move(name));
    builder_.set_source(compilation_.parsed.source, node->begin, node->end);
    if (is_derived) {
        builder_.emit(Opcode::SuperCallForward);
        builder_.store(kThisRegister);
    }
    if (is_derived || has_instance_elements(node))
        builder_.emit(Opcode::InitializeInstance, kThisRegister, kFunctionRegister);
    builder_.emit(Opcode::LoadUndefined);
    if (is_derived) builder_.emit(Opcode::ReturnDerived, kThisRegister);
    else builder_.emit(Opcode::Return);
    if (builder_.is_out_of_memory()) check_stack();
    if (compilation_.failed()) return {};
    return builder_.finish();
}

// ---- Roots -----------------------------------------------------------------------------------------------------------

uint32_t FunctionCompiler::compile_declarations(bool is_eval, Register& first_flag) {
    const Program* program = compilation_.program;
    auto declarations = std::make_unique<Declarations>();
    for (const AstString* name : program->var_names)
        builder_.append(declarations->var_names, builder_.string_constant(name));
    if (!is_eval) {
        for (const Variable* variable : program->lexical)
            builder_.append(declarations->lexical, {builder_.string_constant(variable->name), variable->is_constant()});
    }
    for (const DeclaredFunction& declared : program->functions) {
        CodeRef code = compile_inner(declared.declaration->function, builder_.to_constant(declared.name));
        if (!code) return 0;
        builder_.append(declarations->functions, {builder_.string_constant(declared.name), builder_.add_code(std::move(code))});
    }
    first_flag = builder_.allocate(static_cast<uint32_t>(program->annex_b_functions.size()) + 1);
    Register flag = first_flag;
    for (const FunctionDeclaration* declaration : program->annex_b_functions) {
        builder_.append(declarations->annex_b, builder_.string_constant(declaration->name->name));
        annex_b_flags_[declaration] = flag++;
    }
    declarations->skips_own_environment = is_eval && current_scope_ && current_scope_->needs_environment;
    Constant constant;
    constant.kind = ConstantKind::kDeclarations;
    constant.declarations = std::move(declarations);
    return builder_.add_constant(std::move(constant));
}

CodeRef FunctionCompiler::compile_program_root() {
    const Program* program = compilation_.program;
    const Scope* scope = function_->scope;
    bool is_module = program->program_kind == ProgramKind::kModule;
    bool is_eval = program->program_kind == ProgramKind::kEval;
    setup_traits();
    CodeTraits& traits = builder_.traits();
    traits.is_strict = program->is_strict;
    traits.flavor = is_module && program->has_top_level_await ? FunctionFlavor::kAsync : FunctionFlavor::kNormal;
    traits.constructor_kind = ConstructorKind::kNone;
    traits.needs_all_arguments = false;
    builder_.set_source(compilation_.parsed.source, 0, compilation_.parsed.source->length());
    if (is_module) fill_module_description();

    current_scope_ = scope;
    base_scope_ = scope;
    if (scope->needs_environment || is_module) builder_.emit(Opcode::PushEnvironment, describe_scope(scope));
    allocate_variables(scope);

    if (is_module) {
        instantiate_functions(scope);
        builder_.emit(Opcode::InitialYield);
    } else if (is_eval && program->is_strict) {
        instantiate_functions(scope);
    } else if (!program->var_names.empty() || !program->functions.empty() || !program->annex_b_functions.empty() ||
               (!is_eval && !program->lexical.empty())) {
        Register flags = 0;
        uint32_t declarations = compile_declarations(is_eval, flags);
        if (compilation_.failed()) return {};
        builder_.emit(is_eval ? Opcode::DeclareEval : Opcode::DeclareGlobals, declarations, flags);
    }
    if (!is_module) {
        completion_ = builder_.allocate();
        builder_.emit(Opcode::LoadUndefined);
        builder_.store(completion_);
    }
    compile_body();
    if (is_module) builder_.emit(Opcode::LoadUndefined);
    else builder_.load(completion_);
    builder_.emit(Opcode::Return);
    if (builder_.is_too_large() || builder_.is_out_of_memory()) check_stack();
    if (compilation_.failed()) return {};
    return builder_.finish();
}

void FunctionCompiler::fill_module_description() {
    const Program* program = compilation_.program;
    size_t entries = program->requests.size() + program->imports.size() + program->local_exports.size() +
                     program->indirect_exports.size() + program->star_exports.size();
    // Lists that grow are there twice for a while, and each entry has two names at most.
    if (entries >= 256 && !memory_is_at_hand(entries * 3 * sizeof(ModuleDescription::Import) + size_t{compilation_.parsed.source->length()} * 4)) {
        builder_.note_out_of_memory();
        return;
    }
    auto module = std::make_unique<ModuleDescription>();
    module->has_top_level_await = program->has_top_level_await;
    for (const ModuleRequest& request : program->requests) {
        ModuleDescription::Request out;
        out.specifier = builder_.to_constant(request.specifier);
        for (const ImportAttribute& attribute : request.attributes)
            out.attributes.push_back({builder_.to_constant(attribute.key), builder_.to_constant(attribute.value)});
        out.phase = request.phase;
        out.offset = request.offset;
        module->requests.push_back(std::move(out));
    }
    for (const ImportEntry& entry : program->imports) {
        ModuleDescription::Import out;
        out.request = entry.request;
        out.name_kind = entry.name_kind;
        if (entry.import_name) out.import_name = builder_.to_constant(entry.import_name);
        out.local_name = builder_.to_constant(entry.local_name);
        out.slot = entry.variable->slot;
        out.offset = entry.offset;
        module->imports.push_back(std::move(out));
    }
    for (const LocalExport& entry : program->local_exports) {
        module->local_exports.push_back({builder_.to_constant(entry.export_name),
                                         builder_.to_constant(entry.local_name), entry.variable->slot, entry.offset});
    }
    for (const IndirectExport& entry : program->indirect_exports) {
        ModuleDescription::IndirectExport out;
        out.export_name = builder_.to_constant(entry.export_name);
        out.request = entry.request;
        out.is_namespace = entry.import_name == nullptr;
        if (entry.import_name) out.import_name = builder_.to_constant(entry.import_name);
        out.offset = entry.offset;
        module->indirect_exports.push_back(std::move(out));
    }
    for (const StarExport& entry : program->star_exports)
        module->star_exports.push_back({entry.request, entry.offset});
    builder_.set_module(std::move(module));
}

} // namespace heddle
