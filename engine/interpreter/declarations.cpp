// 16.1.7 GlobalDeclarationInstantiation and 19.2.1.3 EvalDeclarationInstantiation.
#include "interpreter/dispatch.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Failed already_declared(Agent& agent, PropertyKey name) {
    return agent.throw_syntax_error(fmt::format("Identifier '{}' has already been declared", name.to_display_string()));
}

Failed cannot_declare(Agent& agent, PropertyKey name) {
    return agent.throw_type_error(fmt::format("Cannot declare global '{}': the global object does not accept it", name.to_display_string()));
}

Object* lexical_names(const Frame& frame) { return frame.realm->global_scope(); }

// 9.1.1.4.15 CanDeclareGlobalVar ( N )
Result<bool> can_declare_global_var(Agent& agent, Object* global, PropertyKey name) {
    if (TRY(global->has_own_property(agent, name))) return true;
    return global->is_extensible(agent);
}

// 9.1.1.4.16 CanDeclareGlobalFunction ( N )
Result<bool> can_declare_global_function(Agent& agent, Object* global, PropertyKey name) {
    auto existing = TRY(global->get_own_property(agent, name));
    if (!existing) return global->is_extensible(agent);
    if (*existing->configurable) return true;
    return existing->is_data_descriptor() && *existing->writable && *existing->enumerable;
}

// 9.1.1.4.17 CreateGlobalVarBinding ( N, D )
Result<void> create_global_var(Agent& agent, Object* global, PropertyKey name, bool deletable) {
    bool present = TRY(global->has_own_property(agent, name));
    bool extensible = TRY(global->is_extensible(agent));
    if (present || !extensible) return {};
    uint8_t attributes = kWritable | kEnumerable | (deletable ? kConfigurable : 0);
    return global->define_property_or_throw(agent, name, PropertyDescriptor::data(Value::undefined(), static_cast<Attributes>(attributes)));
}

// 9.1.1.4.18 CreateGlobalFunctionBinding ( N, V, D )
Result<void> create_global_function(Agent& agent, Object* global, PropertyKey name, Value value, bool deletable) {
    auto existing = TRY(global->get_own_property(agent, name));
    PropertyDescriptor desc;
    desc.value = value;
    if (!existing || *existing->configurable) {
        desc.writable = true;
        desc.enumerable = true;
        desc.configurable = deletable;
    }
    TRY(global->define_property_or_throw(agent, name, desc));
    return global->set_or_throw(agent, name, value);
}

/// The declared functions to instantiate: of several with one name, the last.
Fallible<GrowableArray<const Declarations::Function*>> last_functions(Agent& agent, const Declarations& declarations,
                                                                      CodeInstance* instance) {
    GrowableArray<const Declarations::Function*> functions;
    if (!functions.reserve(declarations.functions.size())) return agent.out_of_memory();
    for (size_t i = 0; i < declarations.functions.size(); ++i) {
        bool later = false;
        for (size_t j = i + 1; j < declarations.functions.size(); ++j)
            later |= instance->key(declarations.functions[j].name) == instance->key(declarations.functions[i].name);
        if (!later) HEDDLE_CHECK(functions.push_back(&declarations.functions[i]));
    }
    return functions;
}

bool declares(const Declarations& declarations, CodeInstance* instance, PropertyKey name) {
    for (const auto& function : declarations.functions) {
        if (instance->key(function.name) == name) return true;
    }
    for (uint32_t each : declarations.var_names) {
        if (instance->key(each) == name) return true;
    }
    return false;
}

Fallible<Value> make_function(Agent& agent, Frame& frame, uint32_t code) {
    return Value(TRY(ScriptFunction::create(agent, *frame.realm, frame.instance->inner(code), frame.environment)));
}

// Var names, functions and Annex B candidates at global level: common to scripts and to eval code there.
Result<void> instantiate_global_vars(Interpreter& interpreter, Frame& frame, const Declarations& declarations, Value* flags, bool deletable,
                                     const GrowableArray<bool>* annex_b_allowed) {
    Agent& agent = interpreter.agent();
    Object* global = frame.realm->global_object();
    Object* names = lexical_names(frame);
    PropertySlot found;
    auto functions = TRY(last_functions(agent, declarations, frame.instance));
    for (size_t i = functions.size(); i-- > 0;) {
        PropertyKey name = frame.instance->key(functions[i]->name);
        if (!TRY(can_declare_global_function(agent, global, name))) return cannot_declare(agent, name);
    }
    for (uint32_t var : declarations.var_names) {
        PropertyKey name = frame.instance->key(var);
        bool is_function = false;
        for (const auto* function : functions)
            is_function |= frame.instance->key(function->name) == name;
        if (!is_function && !TRY(can_declare_global_var(agent, global, name))) return cannot_declare(agent, name);
    }
    for (size_t i = 0; i < declarations.annex_b.size(); ++i) {
        flags[i] = Value::boolean(false);
        PropertyKey name = frame.instance->key(declarations.annex_b[i]);
        if (annex_b_allowed && !(*annex_b_allowed)[i]) continue;
        if (names->lookup_own_named(name, found)) continue;
        bool lexical_here = false;
        for (const auto& lexical : declarations.lexical)
            lexical_here |= frame.instance->key(lexical.name) == name;
        if (lexical_here) continue;
        if (!TRY(can_declare_global_var(agent, global, name))) continue;
        flags[i] = Value::boolean(true);
        if (!declares(declarations, frame.instance, name)) TRY(create_global_var(agent, global, name, deletable));
    }
    for (const auto& lexical : declarations.lexical)
        TRY(names->define_direct(agent, frame.instance->key(lexical.name), Value::empty(), lexical.is_constant ? kEnumerable : kWritable | kEnumerable));
    for (const auto* function : functions) {
        Value closure = TRY(make_function(agent, frame, function->code));
        TRY(create_global_function(agent, global, frame.instance->key(function->name), closure, deletable));
    }
    for (uint32_t var : declarations.var_names)
        TRY(create_global_var(agent, global, frame.instance->key(var), deletable));
    return {};
}

} // namespace

// 16.1.7 GlobalDeclarationInstantiation ( script, env )
Result<void> declare_globals(Interpreter& interpreter, Frame& frame, const Declarations& declarations, Value* flags) {
    Agent& agent = interpreter.agent();
    Object* global = frame.realm->global_object();
    Object* names = lexical_names(frame);
    PropertySlot found;
    for (const auto& lexical : declarations.lexical) {
        PropertyKey name = frame.instance->key(lexical.name);
        if (names->lookup_own_named(name, found)) return already_declared(agent, name);
        // HasRestrictedGlobalProperty, which covers var names of earlier scripts: they are not configurable.
        auto existing = TRY(global->get_own_property(agent, name));
        if (existing && !*existing->configurable) return already_declared(agent, name);
    }
    auto check_var = [&](PropertyKey name) -> Result<void> {
        if (names->lookup_own_named(name, found)) return already_declared(agent, name);
        return {};
    };
    for (const auto& function : declarations.functions)
        TRY(check_var(frame.instance->key(function.name)));
    for (uint32_t var : declarations.var_names)
        TRY(check_var(frame.instance->key(var)));
    return instantiate_global_vars(interpreter, frame, declarations, flags, false, nullptr);
}

// 19.2.1.3 EvalDeclarationInstantiation ( body, varEnv, lexEnv, privateEnv, strict ), sloppy code
Result<void> declare_eval(Interpreter& interpreter, Frame& frame, const Declarations& declarations, Value* flags) {
    Agent& agent = interpreter.agent();
    Environment* start = frame.environment;
    if (declarations.skips_own_environment) start = start->outer();
    Environment* variable_environment = start;
    while (variable_environment && !variable_environment->scope().is_variable_scope)
        variable_environment = variable_environment->outer();

    // Step 3: no enclosing lexical declaration up to the variable environment may have one of the names.
    GrowableArray<PropertyKey> var_names;
    if (!var_names.reserve(declarations.functions.size() + declarations.var_names.size())) return agent.out_of_memory();
    for (const auto& function : declarations.functions)
        HEDDLE_CHECK(var_names.push_back(frame.instance->key(function.name)));
    for (uint32_t var : declarations.var_names)
        HEDDLE_CHECK(var_names.push_back(frame.instance->key(var)));
    PropertySlot found;
    auto conflicts = [&](Environment* environment, PropertyKey name) {
        if (environment->scope().kind == ScopeKind::kWith || !name.is_atom()) return false;
        if (environment->scope().is_simple_catch) return false; // B.3.4
        const ScopeSlot* slot = environment->find(name.as_atom());
        if (!slot) return false;
        // Parameter names and `arguments` lie between the eval code and its variable environment (10.2.11 step 20).
        if (environment != variable_environment || (frame.flags & Frame::kEvalInParameters)) return true;
        // In the variable environment itself only lexical names are in the way, and `arguments` of parameter scopes.
        switch (slot->kind) {
        case VariableKind::kLet:
        case VariableKind::kConst:
        case VariableKind::kUsing:
        case VariableKind::kAwaitUsing:
        case VariableKind::kClass: return true;
        default: return false;
        }
    };
    for (PropertyKey name : var_names) {
        if (!variable_environment && lexical_names(frame)->lookup_own_named(name, found)) return already_declared(agent, name);
        for (Environment* environment = start; environment; environment = environment->outer()) {
            if (conflicts(environment, name)) return already_declared(agent, name);
            if (environment == variable_environment) break;
        }
    }
    // B.3.2.3: candidates that an enclosing declaration shadows are left out.
    GrowableArray<bool> allowed;
    if (!allowed.reserve(declarations.annex_b.size())) return agent.out_of_memory();
    for (size_t i = 0; i < declarations.annex_b.size(); ++i) {
        HEDDLE_CHECK(allowed.push_back(true));
        PropertyKey name = frame.instance->key(declarations.annex_b[i]);
        for (Environment* environment = start; environment; environment = environment->outer()) {
            if (conflicts(environment, name)) allowed[i] = false;
            if (environment == variable_environment) break;
        }
    }
    if (!variable_environment) return instantiate_global_vars(interpreter, frame, declarations, flags, true, &allowed);

    auto ensure_table = [&]() -> Fallible<Object*> {
        if (!variable_environment->object()) {
            Shape* shape = TRY(Shape::create_root(agent, nullptr, 0));
            variable_environment->set_object(TRY(Object::create_with_shape(agent, shape)));
        }
        return variable_environment->object();
    };
    auto declare = [&](PropertyKey name, Value value, bool overwrite) -> Fallible<void> {
        if (const ScopeSlot* slot = variable_environment->find(name.as_atom())) {
            if (overwrite) variable_environment->set_slot(slot->slot, value);
            return {};
        }
        Object* table = TRY(ensure_table());
        if (table->lookup_own_named(name, found) && !overwrite) return {};
        return table->define_direct(agent, name, value);
    };
    for (size_t i = 0; i < declarations.annex_b.size(); ++i) {
        flags[i] = Value::boolean(allowed[i]);
        if (allowed[i]) TRY(declare(frame.instance->key(declarations.annex_b[i]), Value::undefined(), false));
    }
    auto functions = TRY(last_functions(agent, declarations, frame.instance));
    for (const auto* function : functions) {
        Value closure = TRY(make_function(agent, frame, function->code));
        TRY(declare(frame.instance->key(function->name), closure, true));
    }
    for (uint32_t var : declarations.var_names)
        TRY(declare(frame.instance->key(var), Value::undefined(), false));
    return {};
}

// B.3.2.3: evaluating the declaration assigns to the var of that name in the variable environment.
Result<void> store_eval_variable(Interpreter& interpreter, Frame& frame, PropertyKey name, Value value) {
    Agent& agent = interpreter.agent();
    for (Environment* environment = frame.environment; environment; environment = environment->outer()) {
        if (!environment->scope().is_variable_scope) continue;
        if (environment->scope().kind == ScopeKind::kEval) continue; // the eval code's own lexical scope
        if (const ScopeSlot* slot = environment->find(name.as_atom())) {
            environment->set_slot(slot->slot, value);
            return {};
        }
        if (!environment->object()) continue;
        return environment->object()->define_direct(agent, name, value);
    }
    return set_value(agent, Value(frame.realm->global_object()), name, value, false);
}

} // namespace heddle
