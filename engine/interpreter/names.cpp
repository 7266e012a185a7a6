// Names that are looked up at run time: the global environment record (9.1.1.4), and lookups through environments
// with `with` objects and variables of direct eval (9.1.2.1 GetIdentifierReference).
#include "interpreter/dispatch.h"

#include <fmt/core.h>

namespace heddle {

namespace {

/// The declarative record of the global environment: an object without prototype; empty values are uninitialized,
/// constants are not writable.
Object* lexical_names(const Frame& frame) { return frame.realm->global_scope(); }

Failed not_defined(Agent& agent, PropertyKey name) { return agent.throw_reference_error(fmt::format("{} is not defined", name.to_display_string())); }

Failed constant_assignment(Agent& agent, PropertyKey name) {
    return agent.throw_type_error(fmt::format("Assignment to constant variable '{}'", name.to_display_string()));
}

void cache_lexical(PropertyCache& cache, Object* names, uint32_t slot) {
    if (names->shape()->is_dictionary()) return;
    cache = {};
    cache.shape = names->shape();
    cache.slot = slot;
    cache.kind = PropertyCache::kGlobalLexical;
}

void cache_global(PropertyCache& cache, Object* global, Object* names, uint32_t slot) {
    if (global->shape()->is_dictionary() || names->shape()->is_dictionary()) return;
    cache = {};
    cache.shape = global->shape();
    cache.new_shape = names->shape();
    cache.slot = slot;
    cache.kind = PropertyCache::kGlobalObject;
}

} // namespace

Result<Value> load_global(Interpreter& interpreter, Frame& frame, PropertyCache& cache, PropertyKey name, bool or_undefined) {
    Agent& agent = interpreter.agent();
    Object* names = lexical_names(frame);
    PropertySlot found;
    if (names->lookup_own_named(name, found)) {
        Value value = names->slot_value(found.slot);
        if (value.is_empty()) return throw_uninitialized(agent, name);
        cache_lexical(cache, names, found.slot);
        return value;
    }
    Object* global = frame.realm->global_object();
    if (!TRY(global->has_property(agent, name))) {
        if (or_undefined) return Value::undefined();
        return not_defined(agent, name);
    }
    if (global->lookup_own_named(name, found) && !found.is_accessor()) cache_global(cache, global, names, found.slot);
    return global->get(agent, name);
}

Result<void> store_global(Interpreter& interpreter, Frame& frame, PropertyCache& cache, PropertyKey name, Value value, bool strict) {
    Agent& agent = interpreter.agent();
    Object* names = lexical_names(frame);
    PropertySlot found;
    if (names->lookup_own_named(name, found)) {
        if (names->slot_value(found.slot).is_empty()) return throw_uninitialized(agent, name);
        if (!found.is_writable()) return constant_assignment(agent, name);
        cache_lexical(cache, names, found.slot);
        names->set_slot_value(found.slot, value);
        return {};
    }
    Object* global = frame.realm->global_object();
    if (strict && !TRY(global->has_property(agent, name))) return not_defined(agent, name);
    TRY(set_value(agent, Value(global), name, value, strict));
    if (global->lookup_own_named(name, found) && !found.is_accessor() && found.is_writable()) cache_global(cache, global, names, found.slot);
    return {};
}

Result<bool> has_global(Interpreter& interpreter, Frame& frame, PropertyKey name) {
    PropertySlot found;
    if (lexical_names(frame)->lookup_own_named(name, found)) return true;
    return frame.realm->global_object()->has_property(interpreter.agent(), name);
}

Result<void> initialize_global(Interpreter&, Frame& frame, PropertyKey name, Value value) {
    PropertySlot found;
    bool present = lexical_names(frame)->lookup_own_named(name, found);
    HEDDLE_CHECK(present);
    lexical_names(frame)->set_slot_value(found.slot, value);
    return {};
}

// --- lookups through environments -----------------------------------------------------------------------------

namespace {

/// Where a name was found.
struct Binding {
    enum Kind : uint8_t { kNone, kSlot, kObject, kEvalVariable, kGlobal } kind = kNone;
    Environment* environment = nullptr;
    const ScopeSlot* slot = nullptr;
};

// 9.1.1.2.1 HasBinding of an object environment record, with its @@unscopables
Result<bool> with_object_has(Agent& agent, Object* object, PropertyKey name) {
    if (!TRY(object->has_property(agent, name))) return false;
    Value unscopables = TRY(object->get(agent, symbols::unscopables));
    if (!unscopables.is_object()) return true;
    Value blocked = TRY(unscopables.as_object()->get(agent, name));
    return !to_boolean(blocked);
}

// One environment's answer.
Result<Binding> find_in(Agent& agent, Environment* environment, PropertyKey name) {
    Binding binding;
    binding.environment = environment;
    const ScopeDescription& scope = environment->scope();
    if (scope.kind == ScopeKind::kWith) {
        if (TRY(with_object_has(agent, environment->object(), name))) binding.kind = Binding::kObject;
        return binding;
    }
    if (name.is_atom()) {
        if (const ScopeSlot* slot = environment->find(name.as_atom())) {
            binding.kind = Binding::kSlot;
            binding.slot = slot;
            return binding;
        }
    }
    PropertySlot found;
    bool has_variables = scope.is_extensible && environment->object();
    if (has_variables && environment->object()->lookup_own_named(name, found)) binding.kind = Binding::kEvalVariable;
    return binding;
}

Result<Binding> find_binding(Interpreter& interpreter, Frame& frame, PropertyKey name) {
    Agent& agent = interpreter.agent();
    for (Environment* environment = frame.environment; environment; environment = environment->outer()) {
        Binding binding = TRY(find_in(agent, environment, name));
        if (binding.kind != Binding::kNone) return binding;
    }
    Binding global;
    if (TRY(has_global(interpreter, frame, name))) global.kind = Binding::kGlobal;
    return global;
}

// Import bindings are read through the cell that the linker put into the slot.
Value slot_value(Interpreter& interpreter, const Binding& binding) {
    Value value = binding.environment->slot(binding.slot->slot);
    if (value.is_cell() && value.as_cell()->kind() == CellKind::Module) return interpreter.module_hooks.read_import_cell(value.as_cell());
    return value;
}

Value eval_variable(Environment* environment, PropertyKey name) {
    PropertySlot found;
    bool present = environment->object()->lookup_own_named(name, found);
    HEDDLE_CHECK(present);
    return environment->object()->slot_value(found.slot);
}

Result<Value> load_binding(Interpreter& interpreter, Frame& frame, const Binding& binding, PropertyKey name, bool strict) {
    Agent& agent = interpreter.agent();
    switch (binding.kind) {
    case Binding::kSlot: {
        Value value = slot_value(interpreter, binding);
        if (value.is_empty()) return throw_uninitialized(agent, name);
        return value;
    }
    case Binding::kObject: {
        // 9.1.1.2.6 GetBindingValue ( N, S )
        Object* object = binding.environment->object();
        if (!TRY(object->has_property(agent, name))) {
            if (!strict) return Value::undefined();
            return not_defined(agent, name);
        }
        return object->get(agent, name);
    }
    case Binding::kEvalVariable: return eval_variable(binding.environment, name);
    case Binding::kGlobal: {
        PropertyCache none;
        return load_global(interpreter, frame, none, name, !strict);
    }
    case Binding::kNone: return not_defined(agent, name);
    }
    HEDDLE_UNREACHABLE();
}

Result<void> store_binding(Interpreter& interpreter, Frame& frame, const Binding& binding, PropertyKey name, Value value, bool strict) {
    Agent& agent = interpreter.agent();
    switch (binding.kind) {
    case Binding::kSlot: {
        Environment* environment = binding.environment;
        if (environment->slot(binding.slot->slot).is_empty()) return throw_uninitialized(agent, name);
        if (binding.slot->kind == VariableKind::kFunctionName) {
            // Strictness of the function decides for its own name, and of the code that assigns.
            if (binding.slot->is_strict || strict) return constant_assignment(agent, name);
            return {};
        }
        if (binding.slot->is_constant) return constant_assignment(agent, name);
        environment->set_slot(binding.slot->slot, value);
        return {};
    }
    case Binding::kObject: {
        // 9.1.1.2.5 SetMutableBinding ( N, V, S )
        Object* object = binding.environment->object();
        bool still_exists = TRY(object->has_property(agent, name));
        if (!still_exists && strict) return not_defined(agent, name);
        return set_value(agent, Value(object), name, value, strict);
    }
    case Binding::kEvalVariable: {
        PropertySlot found;
        if (binding.environment->object()->lookup_own_named(name, found)) {
            binding.environment->object()->set_slot_value(found.slot, value);
            return {};
        }
        // Deleted since it was resolved.
        if (strict) return not_defined(agent, name);
        return binding.environment->object()->define_direct(agent, name, value);
    }
    case Binding::kGlobal: {
        PropertyCache none;
        return store_global(interpreter, frame, none, name, value, strict);
    }
    case Binding::kNone: {
        if (strict) return not_defined(agent, name);
        return set_value(agent, Value(frame.realm->global_object()), name, value, false);
    }
    }
    HEDDLE_UNREACHABLE();
}

/// The binding that ResolveDynamic put into a register. An object environment is not asked again.
Result<Binding> binding_from(Interpreter& interpreter, Frame& frame, Value base, PropertyKey name) {
    Binding binding;
    if (base.is_undefined()) return binding;
    if (base.is_null()) {
        binding.kind = Binding::kGlobal;
        return binding;
    }
    binding.environment = static_cast<Environment*>(base.as_cell());
    if (binding.environment->scope().kind == ScopeKind::kWith) {
        binding.kind = Binding::kObject;
        return binding;
    }
    if (name.is_atom()) binding.slot = binding.environment->find(name.as_atom());
    binding.kind = binding.slot ? Binding::kSlot : Binding::kEvalVariable;
    return binding;
}

} // namespace

Result<Value> load_dynamic(Interpreter& interpreter, Frame& frame, PropertyKey name, bool or_undefined, Value* this_value) {
    Binding binding = TRY(find_binding(interpreter, frame, name));
    if (this_value) *this_value = binding.kind == Binding::kObject ? Value(binding.environment->object()) : Value::undefined();
    if (binding.kind == Binding::kNone && or_undefined) return Value::undefined();
    return load_binding(interpreter, frame, binding, name, frame.code().is_strict());
}

Result<Value> resolve_dynamic(Interpreter& interpreter, Frame& frame, PropertyKey name) {
    Binding binding = TRY(find_binding(interpreter, frame, name));
    if (binding.kind == Binding::kNone) return Value::undefined();
    if (binding.kind == Binding::kGlobal) return Value::null();
    return Value(binding.environment);
}

Result<Value> load_resolved(Interpreter& interpreter, Frame& frame, Value base, PropertyKey name, bool strict) {
    Binding binding = TRY(binding_from(interpreter, frame, base, name));
    if (binding.kind == Binding::kEvalVariable) {
        PropertySlot found;
        if (!binding.environment->object() || !binding.environment->object()->lookup_own_named(name, found)) return not_defined(interpreter.agent(), name);
    }
    if (binding.kind == Binding::kGlobal) {
        PropertyCache none;
        return load_global(interpreter, frame, none, name, false);
    }
    return load_binding(interpreter, frame, binding, name, strict);
}

Result<void> store_resolved(Interpreter& interpreter, Frame& frame, Value base, PropertyKey name, Value value, bool strict) {
    Binding binding = TRY(binding_from(interpreter, frame, base, name));
    return store_binding(interpreter, frame, binding, name, value, strict);
}

// 13.5.1.2 delete of an identifier reference
Result<Value> delete_dynamic(Interpreter& interpreter, Frame& frame, PropertyKey name) {
    Agent& agent = interpreter.agent();
    Binding binding = TRY(find_binding(interpreter, frame, name));
    switch (binding.kind) {
    case Binding::kNone: return Value::boolean(true);
    case Binding::kSlot: return Value::boolean(false);
    case Binding::kObject: return Value::boolean(TRY(binding.environment->object()->delete_property(agent, name)));
    case Binding::kEvalVariable:
        if (!binding.environment->object()->remove_direct(agent, name)) return Threw{};
        return Value::boolean(true);
    case Binding::kGlobal: {
        PropertySlot found;
        if (lexical_names(frame)->lookup_own_named(name, found)) return Value::boolean(false);
        return Value::boolean(TRY(frame.realm->global_object()->delete_property(agent, name)));
    }
    }
    HEDDLE_UNREACHABLE();
}

namespace {
Binding find_pseudo(Frame& frame, PropertyKey name) {
    for (Environment* environment = frame.environment; environment; environment = environment->outer()) {
        if (environment->scope().kind == ScopeKind::kWith) continue;
        if (const ScopeSlot* slot = environment->find(name.as_atom())) return {Binding::kSlot, environment, slot};
    }
    return {};
}
} // namespace

Result<Value> load_pseudo(Interpreter& interpreter, Frame& frame, PropertyKey name, bool raw) {
    Binding binding = find_pseudo(frame, name);
    bool is_this = name.as_atom()->flat_view().equals(FlatView("this"));
    if (binding.kind == Binding::kNone) return is_this ? Value(frame.realm->global_this()) : Value::undefined();
    Value value = binding.environment->slot(binding.slot->slot);
    if (value.is_empty() && is_this && !raw) return throw_uninitialized(interpreter.agent(), name);
    return value;
}

Result<void> initialize_pseudo_this(Interpreter& interpreter, Frame& frame, PropertyKey name, Value value) {
    Binding binding = find_pseudo(frame, name);
    HEDDLE_CHECK(binding.kind == Binding::kSlot);
    if (!binding.environment->slot(binding.slot->slot).is_empty())
        return interpreter.agent().throw_reference_error("Super constructor may only be called once");
    binding.environment->set_slot(binding.slot->slot, value);
    return {};
}

} // namespace heddle
