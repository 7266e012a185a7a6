// Handlers: names, properties, private names, and making objects and functions.
#include "interpreter/dispatch.h"

#include "runtime/array.h"

#include <fmt/core.h>

namespace heddle {

namespace {

/// The property key that a register holds after ToPropertyKey: a String, a Symbol or an index. Runs no user code.
Fallible<PropertyKey> key_of(Agent& agent, Value value) {
    if (value.is_int32() && value.as_int32() >= 0) return PropertyKey::index(static_cast<uint32_t>(value.as_int32()));
    if (value.is_symbol()) return PropertyKey(value.as_symbol());
    if (value.is_string()) return PropertyKey::from_string(agent, value.as_string());
    HEDDLE_ASSERT(value.is_number());
    String* text = TRY(number_to_string(agent, value.as_number()));
    return PropertyKey::from_string(agent, text);
}

inline bool cache_hits(const PropertyCache& cache, Value base) { return base.is_object() && base.as_object()->shape() == cache.shape; }

} // namespace

// --- names --------------------------------------------------------------------------------------------------

static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_LoadGlobal(HANDLER_PARAMETERS) {
    OPERANDS(LoadGlobal);
    SET_ACC(load_global(*interpreter, *frame, frame->instance->writable_cache(i.feedback), frame->instance->key(i.name), false));
    NEXT(LoadGlobal);
}
HANDLER(LoadGlobal) {
    OPERANDS(LoadGlobal);
    const PropertyCache& cache = frame->instance->cache(i.feedback);
    if (cache.kind == PropertyCache::kGlobalObject) {
        Object* global = frame->realm->global_object();
        if (global->shape() == cache.shape && frame->realm->global_scope()->shape() == cache.new_shape) [[likely]] {
            acc = global->slot_value(cache.slot);
            NEXT(LoadGlobal);
        }
    } else if (cache.kind == PropertyCache::kGlobalLexical) {
        Object* scope = frame->realm->global_scope();
        if (scope->shape() == cache.shape) [[likely]] {
            Value value = scope->slot_value(cache.slot);
            if (!value.is_empty()) [[likely]] {
                acc = value;
                NEXT(LoadGlobal);
            }
        }
    }
    HEDDLE_MUSTTAIL return slow_LoadGlobal(HANDLER_ARGUMENTS);
}
HANDLER(LoadGlobalOrUndefined) {
    OPERANDS(LoadGlobalOrUndefined);
    SET_ACC(load_global(*interpreter, *frame, frame->instance->writable_cache(i.feedback), frame->instance->key(i.name), true));
    NEXT(LoadGlobalOrUndefined);
}

#define STORE_GLOBAL(Name, strict)                                                                           \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        const PropertyCache& cache = frame->instance->cache(i.feedback);                                     \
        if (cache.kind == PropertyCache::kGlobalObject) {                                                    \
            Object* global = frame->realm->global_object();                                                  \
            if (global->shape() == cache.shape &&                                                            \
                frame->realm->global_scope()->shape() == cache.new_shape) {            \
                global->set_slot_value(cache.slot, acc);                                                     \
                NEXT(Name);                                                                                  \
            }                                                                                                \
        } else if (cache.kind == PropertyCache::kGlobalLexical) {                                            \
            Object* scope = frame->realm->global_scope();                                \
            if (scope->shape() == cache.shape && !scope->slot_value(cache.slot).is_empty()) {                \
                scope->set_slot_value(cache.slot, acc);                                                      \
                NEXT(Name);                                                                                  \
            }                                                                                                \
        }                                                                                                    \
        CHECK(store_global(*interpreter, *frame, frame->instance->writable_cache(i.feedback), frame->instance->key(i.name), acc, strict)); \
        NEXT(Name);                                                                                          \
    }
STORE_GLOBAL(StoreGlobalSloppy, false)
STORE_GLOBAL(StoreGlobalStrict, true)

namespace {
Result<Value> boolean_value(Result<bool> result) {
    if (result.threw()) return Threw{};
    return Value::boolean(result.release());
}
Result<void> store_global_resolved(Interpreter& interpreter, Frame& frame, PropertyCache& cache, PropertyKey name, Value value, Value resolved) {
    if (!resolved.is_true()) return interpreter.agent().throw_reference_error(fmt::format("{} is not defined", name.to_display_string()));
    return store_global(interpreter, frame, cache, name, value, true);
}
} // namespace

HANDLER(HasGlobal) {
    OPERANDS(HasGlobal);
    frame->pc = pc;
    Result<Value> found = boolean_value(has_global(*interpreter, *frame, frame->instance->key(i.name)));
    if (found.threw()) THROW();
    registers[i.target] = found.release();
    NEXT(HasGlobal);
}
HANDLER(StoreGlobalResolved) {
    OPERANDS(StoreGlobalResolved);
    CHECK(store_global_resolved(*interpreter, *frame, frame->instance->writable_cache(i.feedback), frame->instance->key(i.name), acc, registers[i.resolved]));
    NEXT(StoreGlobalResolved);
}
HANDLER(InitializeGlobal) {
    OPERANDS(InitializeGlobal);
    CHECK(initialize_global(*interpreter, *frame, frame->instance->key(i.name), acc));
    NEXT(InitializeGlobal);
}
HANDLER(DeclareGlobals) {
    OPERANDS(DeclareGlobals);
    CHECK(declare_globals(*interpreter, *frame, *frame->code().constant(i.declarations).declarations, registers + i.flags));
    NEXT(DeclareGlobals);
}
HANDLER(DeclareEval) {
    OPERANDS(DeclareEval);
    CHECK(declare_eval(*interpreter, *frame, *frame->code().constant(i.declarations).declarations, registers + i.flags));
    NEXT(DeclareEval);
}
HANDLER(StoreEvalVariable) {
    OPERANDS(StoreEvalVariable);
    CHECK(store_eval_variable(*interpreter, *frame, frame->instance->key(i.name), acc));
    NEXT(StoreEvalVariable);
}
HANDLER(LoadDynamic) {
    OPERANDS(LoadDynamic);
    SET_ACC(load_dynamic(*interpreter, *frame, frame->instance->key(i.name), false, nullptr));
    NEXT(LoadDynamic);
}
HANDLER(LoadDynamicOrUndefined) {
    OPERANDS(LoadDynamicOrUndefined);
    SET_ACC(load_dynamic(*interpreter, *frame, frame->instance->key(i.name), true, nullptr));
    NEXT(LoadDynamicOrUndefined);
}
HANDLER(LoadDynamicCallee) {
    OPERANDS(LoadDynamicCallee);
    SET_ACC(load_dynamic(*interpreter, *frame, frame->instance->key(i.name), false, registers + i.this_value));
    NEXT(LoadDynamicCallee);
}
HANDLER(ResolveDynamic) {
    OPERANDS(ResolveDynamic);
    frame->pc = pc;
    Result<Value> base = resolve_dynamic(*interpreter, *frame, frame->instance->key(i.name));
    if (base.threw()) THROW();
    registers[i.target] = base.release();
    NEXT(ResolveDynamic);
}
HANDLER(LoadResolved) {
    OPERANDS(LoadResolved);
    SET_ACC(load_resolved(*interpreter, *frame, registers[i.base], frame->instance->key(i.name), false));
    NEXT(LoadResolved);
}
HANDLER(LoadResolvedStrict) {
    OPERANDS(LoadResolvedStrict);
    SET_ACC(load_resolved(*interpreter, *frame, registers[i.base], frame->instance->key(i.name), true));
    NEXT(LoadResolvedStrict);
}
HANDLER(StoreResolved) {
    OPERANDS(StoreResolved);
    CHECK(store_resolved(*interpreter, *frame, registers[i.base], frame->instance->key(i.name), acc, false));
    NEXT(StoreResolved);
}
HANDLER(StoreResolvedStrict) {
    OPERANDS(StoreResolvedStrict);
    CHECK(store_resolved(*interpreter, *frame, registers[i.base], frame->instance->key(i.name), acc, true));
    NEXT(StoreResolvedStrict);
}
HANDLER(DeleteDynamic) {
    OPERANDS(DeleteDynamic);
    SET_ACC(delete_dynamic(*interpreter, *frame, frame->instance->key(i.name)));
    NEXT(DeleteDynamic);
}
HANDLER(LoadPseudo) {
    OPERANDS(LoadPseudo);
    SET_ACC(load_pseudo(*interpreter, *frame, frame->instance->key(i.name), i.raw));
    NEXT(LoadPseudo);
}
HANDLER(InitializePseudoThis) {
    OPERANDS(InitializePseudoThis);
    CHECK(initialize_pseudo_this(*interpreter, *frame, frame->instance->key(i.name), acc));
    NEXT(InitializePseudoThis);
}
HANDLER(LoadGlobalThis) {
    acc = Value(frame->realm->global_this());
    NEXT(LoadGlobalThis);
}

// --- properties ---------------------------------------------------------------------------------------------

namespace {
/// The site's entry for this receiver, if it still holds: the first one or another.
inline const PropertyCache* find_cache(CodeInstance& instance, uint32_t feedback, Value base, uint64_t epoch) {
    const PropertyCache* cache = &instance.cache(feedback);
    if (base.is_object()) {
        const Shape* shape = base.as_object()->shape();
        if (cache->shape != shape) cache = instance.other_cache(feedback, shape);
    } else if (base.is_string()) {
        if (cache->kind != PropertyCache::kString) cache = instance.other_cache(feedback, nullptr);
    } else {
        return nullptr;
    }
    return cache && cache->is_current(epoch) ? cache : nullptr;
}

/// The pair of an accessor that a cache has found.
inline AccessorPair* accessor_of(const PropertyCache& cache, Value base) {
    Object* holder = cache.kind == PropertyCache::kOwnAccessor ? base.as_object() : cache.holder;
    return static_cast<AccessorPair*>(holder->slot_value(cache.slot).as_cell());
}

Result<Value> call_setter(Agent& agent, Value setter, Value base, Value value) { return call(agent, setter, base, {value}); }

inline bool is_accessor_cache(const PropertyCache* cache) {
    return cache && (cache->kind == PropertyCache::kOwnAccessor || cache->kind == PropertyCache::kPrototypeAccessor);
}
} // namespace

// What the cache's first entry does not answer at once: other shapes, strings, getters, absent properties.
static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_LoadNamed(HANDLER_PARAMETERS) {
    OPERANDS(LoadNamed);
    Value base = registers[i.object];
    const PropertyCache* cache = find_cache(*frame->instance, i.feedback, base, interpreter->agent().prototype_epoch());
    if (cache) {
        if (cache->kind == PropertyCache::kAbsent) {
            acc = Value::undefined();
            NEXT(LoadNamed);
        }
        if (is_accessor_cache(cache)) {
            Value getter = accessor_of(*cache, base)->getter();
            interpreter->agent().advance_user_code_epoch();
            if (is_plain_script_function(getter)) [[likely]] {
                frame->pc = pc;
                if (interpreter->agent().interrupt_requested()) [[unlikely]] CHECK(interpreter->agent().poll_interrupts());
                Value* callee_base = registers + frame->register_count;
                callee_base[kFunctionRegister] = getter;
                callee_base[kThisRegister] = base;
                Frame* callee = interpreter->push_call_frame(getter.as<ScriptFunction>(), callee_base, 0, Value::undefined(), 0, sizeof(instruction::LoadNamed));
                if (!callee) [[unlikely]] THROW();
                frame = callee;
                registers = frame->registers;
                pc = frame->pc;
                acc = Value::undefined();
                DISPATCH();
            }
            if (getter.is_undefined()) {
                acc = getter;
                NEXT(LoadNamed);
            }
            SET_ACC(call(interpreter->agent(), getter, base));
            NEXT(LoadNamed);
        }
        Value value = (cache->kind == PropertyCache::kOwn ? base.as_object() : cache->holder)->slot_value(cache->slot);
        if (!value.is_empty()) [[likely]] {
            acc = value;
            NEXT(LoadNamed);
        }
    } else if (base.is_string() && frame->instance->constant(i.name).bits() == PropertyKey(atoms::length).bits()) {
        acc = Value::number(base.as_string()->length());
        NEXT(LoadNamed);
    }
    SET_ACC(load_named(*interpreter, *frame->instance, i.feedback, base, frame->instance->key(i.name)));
    NEXT(LoadNamed);
}
HANDLER(LoadNamed) {
    OPERANDS(LoadNamed);
    const PropertyCache& cache = frame->instance->cache(i.feedback);
    Value base = registers[i.object];
    if (cache_hits(cache, base)) [[likely]] {
        if (cache.kind == PropertyCache::kOwn) {
            Value value = base.as_object()->slot_value(cache.slot);
            if (!value.is_empty()) [[likely]] {
                acc = value;
                NEXT(LoadNamed);
            }
        } else if (cache.kind == PropertyCache::kPrototype && cache.epoch == interpreter->agent().prototype_epoch()) {
            Value value = cache.holder->slot_value(cache.slot);
            if (!value.is_empty()) [[likely]] {
                acc = value;
                NEXT(LoadNamed);
            }
        }
    } else if (base.is_cell() && base.as_cell()->kind() == CellKind::Array &&
               frame->instance->constant(i.name).bits() == PropertyKey(atoms::length).bits()) {
        acc = Value::number(static_cast<Array*>(base.as_object())->length());
        NEXT(LoadNamed);
    }
    HEDDLE_MUSTTAIL return slow_LoadNamed(HANDLER_ARGUMENTS);
}
static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_LoadIndexed(HANDLER_PARAMETERS) {
    OPERANDS(LoadIndexed);
    SET_ACC(load_indexed(*interpreter, registers[i.object], acc));
    NEXT(LoadIndexed);
}
HANDLER(LoadIndexed) {
    OPERANDS(LoadIndexed);
    Value base = registers[i.object];
    if (acc.is_int32() && acc.as_int32() >= 0 && base.is_object()) [[likely]] {
        Object* object = base.as_object();
        if (object->has_ordinary_elements()) [[likely]] {
            Value value = object->dense_element_or_empty(static_cast<uint32_t>(acc.as_int32()));
            if (!value.is_empty()) [[likely]] {
                acc = value;
                NEXT(LoadIndexed);
            }
        }
    }
    HEDDLE_MUSTTAIL return slow_LoadIndexed(HANDLER_ARGUMENTS);
}

#define STORE_NAMED(Name, strict)                                                                            \
    static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_##Name(HANDLER_PARAMETERS) {            \
        OPERANDS(Name);                                                                                      \
        const PropertyCache* cache = find_cache(*frame->instance, i.feedback, registers[i.object], interpreter->agent().prototype_epoch()); \
        if (cache && cache->kind == PropertyCache::kOwn) {                                                   \
            registers[i.object].as_object()->set_slot_value(cache->slot, acc);                               \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        if (cache && cache->kind == PropertyCache::kAdd) {                                                   \
            CHECK(registers[i.object].as_object()->add_property_with_shape(interpreter->agent(), cache->new_shape, cache->slot, acc)); \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        if (is_accessor_cache(cache)) {                                                                      \
            Value setter = accessor_of(*cache, registers[i.object])->setter();                               \
            if (!setter.is_undefined()) {                                                                    \
                CHECK(call_setter(interpreter->agent(), setter, registers[i.object], acc));                  \
                NEXT(Name);                                                                                  \
            }                                                                                                \
        }                                                                                                    \
        CHECK(store_named(*interpreter, *frame->instance, i.feedback, registers[i.object], frame->instance->key(i.name), acc, strict)); \
        NEXT(Name);                                                                                          \
    }                                                                                                        \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        const PropertyCache& cache = frame->instance->cache(i.feedback);                                     \
        Value base = registers[i.object];                                                                    \
        if (cache_hits(cache, base)) [[likely]] {                                                            \
            if (cache.kind == PropertyCache::kOwn) {                                                         \
                base.as_object()->set_slot_value(cache.slot, acc);                                           \
                NEXT(Name);                                                                                  \
            }                                                                                                \
            if (cache.kind == PropertyCache::kAdd && cache.epoch == interpreter->agent().prototype_epoch()) { \
                if (base.as_object()->add_inline_property(cache.new_shape, cache.slot, acc)) [[likely]] NEXT(Name); \
                CHECK(base.as_object()->add_property_with_shape(interpreter->agent(), cache.new_shape, cache.slot, acc)); \
                NEXT(Name);                                                                                  \
            }                                                                                                \
        }                                                                                                    \
        HEDDLE_MUSTTAIL return slow_##Name(HANDLER_ARGUMENTS);                                               \
    }
STORE_NAMED(StoreNamedSloppy, false)
STORE_NAMED(StoreNamedStrict, true)

#define STORE_INDEXED(Name, strict)                                                                          \
    static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_##Name(HANDLER_PARAMETERS) {            \
        OPERANDS(Name);                                                                                      \
        CHECK(store_indexed(*interpreter, registers[i.object], registers[i.key], acc, strict));              \
        NEXT(Name);                                                                                          \
    }                                                                                                        \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        Value base = registers[i.object];                                                                    \
        Value key = registers[i.key];                                                                        \
        if (key.is_int32() && key.as_int32() >= 0 && base.is_object()) [[likely]] {                          \
            Object* object = base.as_object();                                                               \
            auto index = static_cast<uint32_t>(key.as_int32());                                              \
            if (object->has_ordinary_elements() && !object->dense_element_or_empty(index).is_empty()) [[likely]] { \
                object->set_dense_element(index, acc);                                                       \
                NEXT(Name);                                                                                  \
            }                                                                                                \
        }                                                                                                    \
        HEDDLE_MUSTTAIL return slow_##Name(HANDLER_ARGUMENTS);                                               \
    }
STORE_INDEXED(StoreIndexedSloppy, false)
STORE_INDEXED(StoreIndexedStrict, true)

HANDLER(DeleteNamedSloppy) {
    OPERANDS(DeleteNamedSloppy);
    SET_ACC(delete_property(*interpreter, registers[i.object], frame->instance->key(i.name), false));
    NEXT(DeleteNamedSloppy);
}
HANDLER(DeleteNamedStrict) {
    OPERANDS(DeleteNamedStrict);
    SET_ACC(delete_property(*interpreter, registers[i.object], frame->instance->key(i.name), true));
    NEXT(DeleteNamedStrict);
}
HANDLER(DeleteIndexedSloppy) {
    OPERANDS(DeleteIndexedSloppy);
    SET_ACC(delete_indexed(*interpreter, registers[i.object], acc, false));
    NEXT(DeleteIndexedSloppy);
}
HANDLER(DeleteIndexedStrict) {
    OPERANDS(DeleteIndexedStrict);
    SET_ACC(delete_indexed(*interpreter, registers[i.object], acc, true));
    NEXT(DeleteIndexedStrict);
}
static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_DefineNamed(HANDLER_PARAMETERS) {
    OPERANDS(DefineNamed);
    CHECK(define_named(*interpreter, frame->instance->writable_cache(i.feedback), registers[i.object], frame->instance->key(i.name), acc));
    NEXT(DefineNamed);
}
HANDLER(DefineNamed) {
    OPERANDS(DefineNamed);
    const PropertyCache& cache = frame->instance->cache(i.feedback);
    Value base = registers[i.object];
    if (cache_hits(cache, base)) [[likely]] {
        if (base.as_object()->add_inline_property(cache.new_shape, cache.slot, acc)) [[likely]] NEXT(DefineNamed);
        CHECK(base.as_object()->add_property_with_shape(interpreter->agent(), cache.new_shape, cache.slot, acc));
        NEXT(DefineNamed);
    }
    HEDDLE_MUSTTAIL return slow_DefineNamed(HANDLER_ARGUMENTS);
}

namespace {

Result<void> define_indexed(Agent& agent, Value object, Value key, Value value) {
    PropertyKey property = TRY(key_of(agent, key));
    return object.as_object()->create_data_property_or_throw(agent, property, value);
}

Result<void> set_literal_prototype(Agent& agent, Value object, Value prototype) {
    if (prototype.is_object()) TRY(object.as_object()->set_prototype_of(agent, prototype.as_object()));
    else if (prototype.is_null()) TRY(object.as_object()->set_prototype_of(agent, nullptr));
    return {};
}

Result<void> copy_properties(Agent& agent, Value target, Value source, const Value* excluded, uint32_t count) {
    // Atoms or symbols, which the registers keep alive.
    GrowableArray<PropertyKey> keys;
    if (!keys.reserve(count)) return agent.out_of_memory();
    for (uint32_t i = 0; i < count; ++i)
        HEDDLE_CHECK(keys.push_back(TRY(key_of(agent, excluded[i]))));
    return copy_data_properties(agent, target.as_object(), source, {keys.data(), keys.size()});
}

Result<Value> load_super_base(Agent& agent, Value function) {
    Object* home = function.as<ScriptFunction>()->home_object();
    HEDDLE_ASSERT(home != nullptr);
    Object* base = TRY(home->get_prototype_of(agent));
    return base ? Value(base) : Value::null();
}

Result<Value> load_super(Agent& agent, Value this_value, Value base, PropertyKey key) {
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot read property '{}' of super: the prototype of the home object is null", key.to_display_string()));
    return base.as_object()->get(agent, key, this_value);
}

Result<Value> load_super_indexed(Agent& agent, Value this_value, Value base, Value key) {
    PropertyKey property = TRY(to_property_key(agent, key));
    return load_super(agent, this_value, base, property);
}

Result<void> store_super(Agent& agent, Value this_value, Value base, PropertyKey key, Value value, bool strict) {
    if (base.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot set property '{}' of super: the prototype of the home object is null", key.to_display_string()));
    if (TRY(base.as_object()->set(agent, key, value, this_value)) || !strict) return {};
    return agent.throw_type_error(fmt::format("Cannot assign to property '{}' of super: it is read-only", key.to_display_string()));
}

Result<void> store_super_indexed(Agent& agent, Value this_value, Value base, Value key, Value value, bool strict) {
    PropertyKey property = TRY(to_property_key(agent, key));
    return store_super(agent, this_value, base, property, value, strict);
}

/// Remembers where an object has a private field, for the sites that read or write it. Private methods are not written.
void cache_private(CodeInstance& instance, uint32_t feedback, Object* object, Symbol* name, bool for_writing) {
    PropertySlot found;
    if (object->shape()->is_dictionary() || !object->lookup_own_named(name, found) || found.is_accessor()) return;
    if (for_writing && !found.is_writable()) return;
    PropertyCache& cache = instance.writable_cache(feedback);
    cache = {};
    cache.shape = object->shape();
    cache.private_name = name;
    cache.slot = found.slot;
    cache.kind = PropertyCache::kPrivate;
}

Result<Value> load_private(Agent& agent, CodeInstance& instance, uint32_t feedback, Value object, Value name) {
    Object* target = TRY(to_object(agent, object));
    cache_private(instance, feedback, target, name.as_symbol(), false);
    return private_get(agent, target, name.as_symbol());
}

Result<void> store_private(Agent& agent, CodeInstance& instance, uint32_t feedback, Value object, Value name, Value value) {
    Object* target = TRY(to_object(agent, object));
    cache_private(instance, feedback, target, name.as_symbol(), true);
    return private_set(agent, target, name.as_symbol(), value);
}

Result<void> define_private_field(Agent& agent, PropertyCache& cache, Object* object, Symbol* name, Value value) {
    Shape* before = object->shape();
    TRY(private_field_add(agent, object, name, value));
    if (before->is_dictionary() || object->shape()->is_dictionary()) return {};
    cache = {};
    cache.shape = before;
    cache.new_shape = object->shape();
    cache.slot = before->slot_count();
    cache.epoch = Value(name).bits();
    cache.kind = PropertyCache::kAdd;
    return {};
}

Result<Value> has_private(Agent& agent, Value object, Value name) {
    if (!object.is_object())
        return agent.throw_type_error(fmt::format("Cannot use 'in' to search for {} in {}: it is not an object", display_string(name), display_string(object)));
    return Value::boolean(private_element_find(object.as_object(), name.as_symbol()));
}

Result<Value> create_private_name(Agent& agent, String* description) { return Value(TRY(Symbol::create_private_name(agent, description))); }

Result<Value> create_plain_object(Agent& agent, Realm& realm) {
    Shape* shape = TRY(realm.root_shape(Intrinsic::ObjectPrototype, 4));
    return Value(TRY(Object::create_with_shape(agent, shape)));
}

Result<Value> create_array(Agent& agent, int32_t capacity) {
    Array* array = TRY(Array::create(agent, 0));
    if (capacity > 0) TRY(array->ensure_dense_capacity(agent, std::min<uint32_t>(static_cast<uint32_t>(capacity), 1024)));
    return Value(array);
}

Result<void> append_hole(Agent& agent, Array* array) {
    // The next element may be far away from the last: length grows alone, and push_direct no longer applies.
    TRY(array->set_length_direct(agent, array->length() + 1));
    return {};
}

Result<void> append_element(Agent& agent, Array* array, Value value) {
    if (array->is_simple()) return array->push_direct(agent, value);
    uint32_t index = array->length();
    TRY(array->define_element_direct(agent, index, value));
    TRY(array->set_length_direct(agent, index + 1));
    return {};
}

Result<Value> create_regexp(Agent& agent, Frame& frame, const RegExpDescription& literal) {
    Object* constructor = TRY(agent.intrinsic(Intrinsic::RegExp));
    Value arguments[] = {frame.instance->constant(literal.pattern), frame.instance->constant(literal.flags)};
    return Value(TRY(construct(agent, constructor, arguments)));
}

Result<Value> create_function(Agent& agent, Frame& frame, uint32_t constant) {
    return Value(TRY(ScriptFunction::create(agent, *frame.realm, frame.instance->inner(constant), frame.environment)));
}

Result<void> set_name(Agent& agent, Value function, Value key, uint8_t prefix) {
    PropertyKey name = TRY(key_of(agent, key));
    return set_function_name(agent, function.as_object(), name, prefix == 1 ? "get" : prefix == 2 ? "set" : "");
}

Result<void> set_initializer(Agent& agent, Value constructor, Value closure) {
    ClassParts* parts = TRY(constructor.as<ScriptFunction>()->ensure_class_parts(agent));
    parts->set_instance_initializer(closure.as_object());
    return {};
}

Result<Value> create_rest(Agent& agent, Frame& frame, int32_t start) {
    auto from = static_cast<uint32_t>(start);
    uint32_t count = frame.argument_count > from ? frame.argument_count - from : 0;
    return Value(TRY(Array::from_values(agent, {frame.arguments + from, count})));
}

Result<void> coerce_this(Agent& agent, Frame& frame) {
    Value this_value = frame.registers[kThisRegister];
    if (this_value.is_object()) return {};
    frame.registers[kThisRegister] = this_value.is_nullish() ? Value(frame.realm->global_this()) : Value(TRY(to_object(agent, this_value)));
    return {};
}

} // namespace

HANDLER(DefineIndexed) {
    OPERANDS(DefineIndexed);
    CHECK(define_indexed(interpreter->agent(), registers[i.object], registers[i.key], acc));
    NEXT(DefineIndexed);
}
HANDLER(DefineMethod) {
    OPERANDS(DefineMethod);
    CHECK(define_method(interpreter->agent(), registers[i.object], registers[i.key], acc, i.enumerable));
    NEXT(DefineMethod);
}
HANDLER(DefineGetter) {
    OPERANDS(DefineGetter);
    CHECK(define_accessor(interpreter->agent(), registers[i.object], registers[i.key], acc, i.enumerable, true));
    NEXT(DefineGetter);
}
HANDLER(DefineSetter) {
    OPERANDS(DefineSetter);
    CHECK(define_accessor(interpreter->agent(), registers[i.object], registers[i.key], acc, i.enumerable, false));
    NEXT(DefineSetter);
}
HANDLER(SetLiteralPrototype) {
    OPERANDS(SetLiteralPrototype);
    CHECK(set_literal_prototype(interpreter->agent(), registers[i.object], acc));
    NEXT(SetLiteralPrototype);
}
HANDLER(CopyDataProperties) {
    OPERANDS(CopyDataProperties);
    CHECK(copy_properties(interpreter->agent(), registers[i.target], acc, registers + i.excluded, i.count));
    NEXT(CopyDataProperties);
}
HANDLER(LoadSuperBase) {
    OPERANDS(LoadSuperBase);
    SET_ACC(load_super_base(interpreter->agent(), registers[i.function]));
    NEXT(LoadSuperBase);
}
HANDLER(LoadSuperNamed) {
    OPERANDS(LoadSuperNamed);
    SET_ACC(load_super(interpreter->agent(), registers[i.this_value], registers[i.base], frame->instance->key(i.name)));
    NEXT(LoadSuperNamed);
}
HANDLER(LoadSuperIndexed) {
    OPERANDS(LoadSuperIndexed);
    SET_ACC(load_super_indexed(interpreter->agent(), registers[i.this_value], registers[i.base], acc));
    NEXT(LoadSuperIndexed);
}
HANDLER(StoreSuperNamed) {
    OPERANDS(StoreSuperNamed);
    CHECK(store_super(interpreter->agent(), registers[i.this_value], registers[i.base], frame->instance->key(i.name), acc, i.strict));
    NEXT(StoreSuperNamed);
}
HANDLER(StoreSuperIndexed) {
    OPERANDS(StoreSuperIndexed);
    CHECK(store_super_indexed(interpreter->agent(), registers[i.this_value], registers[i.base], registers[i.key], acc, i.strict));
    NEXT(StoreSuperIndexed);
}

// --- private names ------------------------------------------------------------------------------------------

HANDLER(CreatePrivateName) {
    OPERANDS(CreatePrivateName);
    SET_ACC(create_private_name(interpreter->agent(), frame->instance->atom(i.description)));
    NEXT(CreatePrivateName);
}
HANDLER(LoadPrivate) {
    OPERANDS(LoadPrivate);
    const PropertyCache& cache = frame->instance->cache(i.feedback);
    if (cache_hits(cache, registers[i.object]) && Value(cache.private_name) == acc) [[likely]] {
        acc = registers[i.object].as_object()->slot_value(cache.slot);
        NEXT(LoadPrivate);
    }
    SET_ACC(load_private(interpreter->agent(), *frame->instance, i.feedback, registers[i.object], acc));
    NEXT(LoadPrivate);
}
HANDLER(StorePrivate) {
    OPERANDS(StorePrivate);
    const PropertyCache& cache = frame->instance->cache(i.feedback);
    if (cache_hits(cache, registers[i.object]) && Value(cache.private_name) == registers[i.name]) [[likely]] {
        registers[i.object].as_object()->set_slot_value(cache.slot, acc);
        NEXT(StorePrivate);
    }
    CHECK(store_private(interpreter->agent(), *frame->instance, i.feedback, registers[i.object], registers[i.name], acc));
    NEXT(StorePrivate);
}
HANDLER(DefinePrivateField) {
    OPERANDS(DefinePrivateField);
    const PropertyCache& cache = frame->instance->cache(i.feedback);
    // The new shape keeps the name alive; the epoch field holds it.
    if (cache_hits(cache, registers[i.object]) && cache.epoch == registers[i.name].bits()) [[likely]] {
        CHECK(registers[i.object].as_object()->add_property_with_shape(interpreter->agent(), cache.new_shape, cache.slot, acc));
        NEXT(DefinePrivateField);
    }
    CHECK(define_private_field(interpreter->agent(), frame->instance->writable_cache(i.feedback), registers[i.object].as_object(), registers[i.name].as_symbol(), acc));
    NEXT(DefinePrivateField);
}
HANDLER(DefinePrivateMethod) {
    OPERANDS(DefinePrivateMethod);
    CHECK(define_private_method(interpreter->agent(), registers[i.object], registers[i.name], acc, i.kind));
    NEXT(DefinePrivateMethod);
}
HANDLER(AddInstancePrivateMethod) {
    OPERANDS(AddInstancePrivateMethod);
    CHECK(add_instance_private_method(interpreter->agent(), registers[i.constructor], registers[i.name], acc, i.kind));
    NEXT(AddInstancePrivateMethod);
}
HANDLER(HasPrivate) {
    OPERANDS(HasPrivate);
    SET_ACC(has_private(interpreter->agent(), acc, registers[i.name]));
    NEXT(HasPrivate);
}

// --- making objects and functions ---------------------------------------------------------------------------

HANDLER(CreateObject) {
    SET_ACC(create_plain_object(interpreter->agent(), *frame->realm));
    NEXT(CreateObject);
}
HANDLER(CreateArray) {
    OPERANDS(CreateArray);
    SET_ACC(create_array(interpreter->agent(), i.capacity));
    NEXT(CreateArray);
}
HANDLER(AppendElement) {
    OPERANDS(AppendElement);
    if (registers[i.array].as<Array>()->try_push(acc)) [[likely]] NEXT(AppendElement);
    CHECK(append_element(interpreter->agent(), registers[i.array].as<Array>(), acc));
    NEXT(AppendElement);
}
HANDLER(AppendHole) {
    OPERANDS(AppendHole);
    CHECK(append_hole(interpreter->agent(), registers[i.array].as<Array>()));
    NEXT(AppendHole);
}
HANDLER(AppendSpread) {
    OPERANDS(AppendSpread);
    CHECK(append_spread(*interpreter, registers[i.array], acc));
    NEXT(AppendSpread);
}
HANDLER(CreateRegExp) {
    OPERANDS(CreateRegExp);
    SET_ACC(create_regexp(interpreter->agent(), *frame, *frame->code().constant(i.literal).regexp));
    NEXT(CreateRegExp);
}
HANDLER(LoadTemplateObject) {
    OPERANDS(LoadTemplateObject);
    SET_ACC(get_template_object(*interpreter, *frame, *frame->code().constant(i.literal).template_object, i.feedback));
    NEXT(LoadTemplateObject);
}
HANDLER(CreateFunction) {
    OPERANDS(CreateFunction);
    SET_ACC(create_function(interpreter->agent(), *frame, i.code));
    NEXT(CreateFunction);
}
HANDLER(SetHomeObject) {
    OPERANDS(SetHomeObject);
    acc.as<ScriptFunction>()->set_home_object(registers[i.object].as_object());
    NEXT(SetHomeObject);
}
HANDLER(SetFunctionName) {
    OPERANDS(SetFunctionName);
    CHECK(set_name(interpreter->agent(), acc, registers[i.key], i.prefix));
    NEXT(SetFunctionName);
}
HANDLER(CreateClass) {
    OPERANDS(CreateClass);
    SET_ACC(create_class(*interpreter, *frame, frame->instance->inner(i.code), registers[i.heritage], registers[i.prototype]));
    NEXT(CreateClass);
}
HANDLER(SetInstanceInitializer) {
    OPERANDS(SetInstanceInitializer);
    CHECK(set_initializer(interpreter->agent(), registers[i.constructor], acc));
    NEXT(SetInstanceInitializer);
}
HANDLER(InitializeInstance) {
    OPERANDS(InitializeInstance);
    CHECK(initialize_instance(interpreter->agent(), registers[i.object].as_object(), registers[i.constructor]));
    NEXT(InitializeInstance);
}
HANDLER(CreateMappedArguments) {
    OPERANDS(CreateMappedArguments);
    SET_ACC(create_mapped_arguments(*interpreter, *frame, *frame->code().constant(i.map).slots));
    NEXT(CreateMappedArguments);
}
HANDLER(CreateUnmappedArguments) {
    SET_ACC(create_unmapped_arguments(*interpreter, *frame));
    NEXT(CreateUnmappedArguments);
}
HANDLER(CreateRestArray) {
    OPERANDS(CreateRestArray);
    SET_ACC(create_rest(interpreter->agent(), *frame, i.start));
    NEXT(CreateRestArray);
}
HANDLER(LoadNewTarget) {
    acc = frame->new_target;
    NEXT(LoadNewTarget);
}
HANDLER(CoerceThis) {
    CHECK(coerce_this(interpreter->agent(), *frame));
    NEXT(CoerceThis);
}

} // namespace heddle
