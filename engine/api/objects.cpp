// Objects and their properties, calls, and what the host makes: functions, classes, instances.
#include "api/call.h"
#include "api/host_function.h"
#include "base/fault.h"
#include "runtime/array.h"

using namespace heddle;
using namespace heddle::api;

extern "C" {

heddle_status heddle_object_create(heddle_agent* agent, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result")) return call.status();
    Fallible<Object*> prototype = call.agent().intrinsic(Intrinsic::ObjectPrototype);
    if (prototype.threw()) return call.thrown();
    return call.give(Object::create(call.agent(), prototype.release()), out);
}

static bool object_or_null(Call& call, heddle_value handle, Object*& out) {
    Value found;
    if (!call.value(handle, found)) return false;
    if (!found.is_object() && !found.is_null()) {
        call.fail(HEDDLE_WRONG_KIND, fmt::format("a prototype is an object or null, not {}", display_string(found)));
        return false;
    }
    out = found.is_null() ? nullptr : found.as_object();
    return true;
}

heddle_status heddle_object_create_with_prototype(heddle_agent* agent, heddle_value prototype, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Object* found = nullptr;
    if (!call.pointer(out, "the place for the result") || !object_or_null(call, prototype, found)) return call.status();
    return call.give(Object::create(call.agent(), found), out);
}

heddle_status heddle_array_create(heddle_agent* agent, const heddle_value* values, size_t count, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result")) return call.status();
    RootVector<Value> found(call.agent().heap());
    if (!call.values(values, count, found)) return call.status();
    return call.give(Array::from_values(call.agent(), found.span()), out);
}

heddle_status heddle_array_length(heddle_agent* agent, heddle_value array, uint64_t* out, heddle_error* error) {
    Call call(agent, error);
    Object* found = nullptr;
    if (!call.pointer(out, "the place for the result") || !call.object(array, found)) return call.status();
    return call.store(length_of_array_like(call.agent(), found), out);
}

// --- properties -------------------------------------------------------------------------------------------------

heddle_status heddle_get(heddle_agent* agent, heddle_value object, heddle_value key, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey name;
    if (!call.pointer(out, "the place for the result") || !call.object(object, target) || !call.key(key, name)) return call.status();
    return call.give(target->get(call.agent(), name), out);
}

heddle_status heddle_set(heddle_agent* agent, heddle_value object, heddle_value key, heddle_value value, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey name;
    Value found;
    if (!call.object(object, target) || !call.key(key, name) || !call.value(value, found)) return call.status();
    return call.done(target->set_or_throw(call.agent(), name, found));
}

heddle_status heddle_has(heddle_agent* agent, heddle_value object, heddle_value key, int* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey name;
    if (!call.pointer(out, "the place for the result") || !call.object(object, target) || !call.key(key, name)) return call.status();
    return call.store(target->has_property(call.agent(), name), out);
}

heddle_status heddle_has_own(heddle_agent* agent, heddle_value object, heddle_value key, int* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey name;
    if (!call.pointer(out, "the place for the result") || !call.object(object, target) || !call.key(key, name)) return call.status();
    return call.store(target->has_own_property(call.agent(), name), out);
}

heddle_status heddle_delete(heddle_agent* agent, heddle_value object, heddle_value key, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey name;
    if (!call.object(object, target) || !call.key(key, name)) return call.status();
    return call.done(target->delete_property_or_throw(call.agent(), name));
}

heddle_status heddle_get_named(heddle_agent* agent, heddle_value object, const char* name, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey key;
    if (!call.pointer(out, "the place for the result") || !call.object(object, target) || !call.name(name, key)) return call.status();
    return call.give(target->get(call.agent(), key), out);
}

heddle_status heddle_set_named(heddle_agent* agent, heddle_value object, const char* name, heddle_value value, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey key;
    Value found;
    if (!call.object(object, target) || !call.value(value, found) || !call.name(name, key)) return call.status();
    return call.done(target->set_or_throw(call.agent(), key, found));
}

static bool index_key(Call& call, uint64_t index, PropertyKey& out) {
    Fallible<PropertyKey> key = PropertyKey::from_integer(call.agent(), index);
    if (key.threw()) {
        call.thrown();
        return false;
    }
    out = key.release();
    return true;
}

heddle_status heddle_get_indexed(heddle_agent* agent, heddle_value object, uint64_t index, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey key;
    if (!call.pointer(out, "the place for the result") || !call.object(object, target) || !index_key(call, index, key)) return call.status();
    return call.give(target->get(call.agent(), key), out);
}

heddle_status heddle_set_indexed(heddle_agent* agent, heddle_value object, uint64_t index, heddle_value value, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey key;
    Value found;
    if (!call.object(object, target) || !call.value(value, found) || !index_key(call, index, key)) return call.status();
    return call.done(target->set_or_throw(call.agent(), key, found));
}

static bool attributes_of(Call& call, uint32_t given, PropertyDescriptor& out) {
    if (given & ~uint32_t{HEDDLE_DEFAULT_ATTRIBUTES}) {
        call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("{} is no combination of heddle_attributes", given));
        return false;
    }
    out.enumerable = (given & HEDDLE_ENUMERABLE) != 0;
    out.configurable = (given & HEDDLE_CONFIGURABLE) != 0;
    return true;
}

heddle_status heddle_define(heddle_agent* agent, heddle_value object, heddle_value key, heddle_value value, uint32_t attributes,
                            heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey name;
    Value found;
    PropertyDescriptor descriptor;
    if (!call.object(object, target) || !call.key(key, name) || !call.value(value, found) || !attributes_of(call, attributes, descriptor))
        return call.status();
    descriptor.value = found;
    descriptor.writable = (attributes & HEDDLE_WRITABLE) != 0;
    return call.done(target->define_property_or_throw(call.agent(), name, descriptor));
}

heddle_status heddle_define_accessor(heddle_agent* agent, heddle_value object, heddle_value key, heddle_value getter, heddle_value setter,
                                     uint32_t attributes, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    PropertyKey name;
    Value get, set;
    PropertyDescriptor descriptor;
    if (!call.object(object, target) || !call.key(key, name) || !call.value(getter, get) || !call.value(setter, set)) return call.status();
    for (Value each : {get, set}) {
        if (!each.is_undefined() && !is_callable(each))
            return call.fail(HEDDLE_WRONG_KIND, fmt::format("an accessor is a function or undefined, not {}", display_string(each)));
    }
    if (!attributes_of(call, attributes & ~uint32_t{HEDDLE_WRITABLE}, descriptor)) return call.status();
    descriptor.get = get;
    descriptor.set = set;
    return call.done(target->define_property_or_throw(call.agent(), name, descriptor));
}

heddle_status heddle_own_keys(heddle_agent* agent, heddle_value object, heddle_key_filter filter, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    if (!call.pointer(out, "the place for the result") || !call.object(object, target)) return call.status();
    RootVector<Value> keys(call.agent().heap());
    Result<void> result;
    switch (number_of(filter)) {
    case HEDDLE_ENUMERABLE_STRINGS: result = enumerable_own_properties(call.agent(), target, PropertyListKind::Key, keys); break;
    case HEDDLE_ALL_KEYS: result = target->own_property_keys(call.agent(), keys); break;
    default: return call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("{} is no heddle_key_filter", number_of(filter)));
    }
    if (result.threw()) return call.thrown();
    return call.give(Array::from_values(call.agent(), keys.span()), out);
}

heddle_status heddle_get_prototype(heddle_agent* agent, heddle_value object, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    if (!call.pointer(out, "the place for the result") || !call.object(object, target)) return call.status();
    Result<Object*> prototype = target->get_prototype_of(call.agent());
    if (prototype.threw()) return call.thrown();
    Object* found = prototype.release();
    return call.give(found ? Value(found) : Value::null(), out);
}

heddle_status heddle_set_prototype(heddle_agent* agent, heddle_value object, heddle_value prototype, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    Object* found = nullptr;
    if (!call.object(object, target) || !object_or_null(call, prototype, found)) return call.status();
    Result<bool> result = target->set_prototype_of(call.agent(), found);
    if (result.threw()) return call.thrown();
    if (result.release()) return HEDDLE_OK;
    Failed failed = call.agent().throw_type_error("The prototype cannot be set: the object is not extensible, or it would be its own prototype");
    (void)failed;
    return call.thrown();
}

// --- calls ------------------------------------------------------------------------------------------------------

heddle_status heddle_call(heddle_agent* agent, heddle_value function, heddle_value this_value, const heddle_value* arguments, size_t count,
                          heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Object* target = nullptr;
    Value receiver;
    if (!call.pointer(out, "the place for the result") || !call.function(function, target) || !call.value(this_value, receiver))
        return call.status();
    RootVector<Value> values(call.agent().heap());
    if (!call.values(arguments, count, values)) return call.status();
    return call.give(heddle::call(call.agent(), Value(target), receiver, values.span()), out);
}

heddle_status heddle_construct(heddle_agent* agent, heddle_value constructor, const heddle_value* arguments, size_t count, heddle_value* out,
                               heddle_error* error) {
    Call call(agent, error);
    Value target;
    if (!call.pointer(out, "the place for the result") || !call.value(constructor, target)) return call.status();
    if (!is_constructor(target)) return call.fail(HEDDLE_WRONG_KIND, fmt::format("expected a constructor, got {}", display_string(target)));
    RootVector<Value> values(call.agent().heap());
    if (!call.values(arguments, count, values)) return call.status();
    return call.give(construct(call.agent(), target.as_object(), values.span()), out);
}

// --- what the host makes ----------------------------------------------------------------------------------------

static Fallible<HostFunction*> make_function(Agent& agent, AgentState& state, heddle_callback callback, HostData* data, HostClass* host_class,
                                             uint32_t length, const char* name, std::string_view prefix = {}) {
    PropertyKey key = PropertyKey(atoms::empty);
    if (name) key = TRY(PropertyKey::from_utf8(agent, name));
    return HostFunction::create(agent, state, agent.realm(), callback, data, host_class, length, key, prefix);
}

heddle_status heddle_function_create(heddle_agent* agent, const char* name, uint32_t length, heddle_callback callback, void* data,
                                     heddle_finalizer finalizer, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result") || !call.pointer(reinterpret_cast<const void*>(callback), "the callback"))
        return call.status();
    if (!call.state().handles->has_scope()) return call.fail(HEDDLE_NO_SCOPE, "the function needs a scope to live in: call heddle_scope_open first");
    std::unique_ptr<HostData> host_data(new_or_null<HostData>(data, finalizer));
    if (!host_data) return call.out_of_memory();
    Fallible<HostFunction*> function = make_function(call.agent(), call.state(), callback, host_data.get(), nullptr, length, name);
    if (function.threw()) return call.thrown();
    (void)host_data.release();
    return call.give(Value(function.release()), out);
}

static Result<void> define_method(Agent& agent, AgentState& state, HostClass* host_class, Object* prototype, const heddle_method& method) {
    Object* target = method.is_static ? host_class->constructor_function() : prototype;
    PropertyKey key = TRY(PropertyKey::from_utf8(agent, method.name));
    auto make = [&](heddle_callback callback, uint32_t length, std::string_view prefix) -> Fallible<Value> {
        HostFunction* function = TRY(make_function(agent, state, callback, nullptr, host_class, length, method.name, prefix));
        function->set_method_data(method.data);
        return Value(function);
    };
    if (method.callback) return target->define_direct(agent, key, TRY(make(method.callback, method.length, {})), kBuiltinAttributes);
    Value getter = method.getter ? TRY(make(method.getter, 0, "get")) : Value::undefined();
    Value setter = method.setter ? TRY(make(method.setter, 1, "set")) : Value::undefined();
    return target->define_direct_accessor(agent, key, getter, setter, kConfigurable);
}

static Result<void> fill_class(Agent& agent, AgentState& state, HostClass* host_class, HostClass* parent, const heddle_class_options& options) {
    Object* parent_prototype = parent ? parent->prototype() : TRY(agent.intrinsic(Intrinsic::ObjectPrototype));
    Object* prototype = TRY(Object::create(agent, parent_prototype));
    PropertyKey name = TRY(PropertyKey::from_utf8(agent, options.name));
    HostFunction* function = TRY(HostFunction::create(agent, state, agent.realm(), options.constructor, nullptr, host_class, options.length,
                                                      name, {}, true));
    host_class->set_objects(function, prototype);
    TRY(function->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    TRY(prototype->define_direct(agent, atoms::constructor, Value(function), kBuiltinAttributes));
    TRY(prototype->define_direct(agent, symbols::toStringTag, TRY(name.to_value(agent)), kConfigurable));
    for (size_t i = 0; i < options.method_count; ++i)
        TRY(define_method(agent, state, host_class, prototype, options.methods[i]));
    return {};
}

heddle_status heddle_class_create(heddle_agent* agent, const heddle_class_options* options, heddle_class* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result") || !call.pointer(options, "the options of the class")) return call.status();
    heddle_class_options read = HEDDLE_CLASS_OPTIONS_INIT;
    if (!read_options(options, read))
        return call.fail(HEDDLE_BAD_ARGUMENT, "the options of the class have no valid size: begin with HEDDLE_CLASS_OPTIONS_INIT");
    if (!call.pointer(read.name, "the name of the class")) return call.status();
    if (!read.methods && read.method_count != 0) return call.fail(HEDDLE_BAD_ARGUMENT, "the methods of the class are NULL");
    for (size_t i = 0; i < read.method_count; ++i) {
        const heddle_method& method = read.methods[i];
        if (!method.name) return call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("method {} of the class has no name", i));
        if (!method.callback && !method.getter && !method.setter)
            return call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("'{}' of the class has neither callback nor getter nor setter", method.name));
    }
    HostClass* parent = nullptr;
    if (read.parent.owner != 0) {
        Value found;
        if (!call.host_class(read.parent, found)) return call.status();
        parent = static_cast<HostClass*>(found.as_cell());
    }
    // The finalizer is set last: a class that fails half made does not call it.
    auto* data = new_or_null<HostData>(read.data, nullptr);
    if (!data) return call.out_of_memory();
    Fallible<HostClass*> made = HostClass::create(call.agent(), call.state(), read.constructor, parent, data);
    if (made.threw()) {
        delete data;
        return call.thrown();
    }
    HostClass* host_class = made.release();
    if (fill_class(call.agent(), call.state(), host_class, parent, read).threw()) return call.thrown();
    if (heddle_status status = call.give_class(Value(static_cast<Cell*>(host_class)), out); status != HEDDLE_OK) return status;
    data->set_finalizer(read.finalizer);
    return HEDDLE_OK;
}

heddle_status heddle_class_constructor(heddle_agent* agent, heddle_class host_class, heddle_value* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.host_class(host_class, found)) return call.status();
    return call.give(Value(static_cast<HostClass*>(found.as_cell())->constructor_function()), out);
}

heddle_status heddle_class_instantiate(heddle_agent* agent, heddle_class host_class, void* data, heddle_finalizer finalizer, heddle_value* out,
                                       heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.host_class(host_class, found)) return call.status();
    auto* of = static_cast<HostClass*>(found.as_cell());
    Fallible<HostInstance*> made = HostInstance::create(call.agent(), call.state(), of, of->prototype());
    if (made.threw()) return call.thrown();
    HostInstance* instance = made.release();
    auto* host_data = new_or_null<HostData>(data, finalizer);
    if (!host_data) return call.out_of_memory();
    heddle_status status = call.give(Value(instance), out);
    if (status == HEDDLE_OK) instance->set_data(host_data);
    else delete host_data;
    return status;
}

static bool instance_of_host(Call& call, heddle_value object, HostInstance*& out) {
    Value found;
    if (!call.value(object, found)) return false;
    if (!found.is<HostObject>() || found.as<HostObject>()->is_resolver()) {
        call.fail(HEDDLE_WRONG_KIND, fmt::format("expected an instance of a class of the host's, got {}", display_string(found)));
        return false;
    }
    out = static_cast<HostInstance*>(found.as_object());
    return true;
}

heddle_status heddle_object_set_private(heddle_agent* agent, heddle_value object, void* data, heddle_finalizer finalizer, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    HostInstance* instance = nullptr;
    if (!instance_of_host(call, object, instance)) return call.status();
    auto* host_data = new_or_null<HostData>(data, finalizer);
    if (!host_data) return call.out_of_memory();
    instance->set_data(host_data);
    return HEDDLE_OK;
}

heddle_status heddle_object_get_private(heddle_agent* agent, heddle_value object, heddle_class host_class, void** out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    HostInstance* instance = nullptr;
    Value expected;
    if (!call.pointer(out, "the place for the data") || !call.host_class(host_class, expected) || !instance_of_host(call, object, instance))
        return call.status();
    if (!instance->host_class()->is_or_derives_from(static_cast<HostClass*>(expected.as_cell())))
        return call.fail(HEDDLE_WRONG_KIND, "the object is an instance of another class of the host's");
    *out = instance->data();
    return HEDDLE_OK;
}

} // extern "C"
