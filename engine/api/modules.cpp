// Modules that the host provides.
#include "api/call.h"
#include "base/fault.h"
#include "api/host_function.h"
#include "api/module_hooks.h"

#include <new>

using namespace heddle;
using namespace heddle::api;

namespace heddle::api {

namespace {

heddle_module_request as_request(const ImportRequest& from) {
    heddle_module_request request = {};
    request.size = sizeof request;
    request.specifier = from.specifier.c_str();
    request.specifier_length = from.specifier.size();
    request.referrer = from.referrer.c_str();
    request.referrer_length = from.referrer.size();
    request.type = from.type.c_str();
    request.type_length = from.type.size();
    return request;
}

} // namespace

Result<std::string> ModuleHooks::resolve(Agent& agent, Realm&, const ImportRequest& from) {
    if (!hooks_.resolve) return from.specifier;
    HostScope scope(state_);
    heddle_value key;
    if (!scope.opened() || !scope.add(Value::undefined(), key)) return agent.out_of_memory();
    heddle_module_request request = as_request(from);
    TRY(callback_outcome(state_, hooks_.resolve(state_.handle, &request, &key, hooks_.data)));
    std::optional<Value> value;
    if (key.owner == state_.owner_bits()) value = state_.handles->find(key.entry, HandleKind::Value);
    if (!value || !value->is_string())
        return agent.throw_type_error(fmt::format("The host resolved module '{}' to no string", shortened(from.specifier)));
    return TRY(value->as_string()->to_utf8(agent));
}

Result<void> ModuleHooks::load(Agent&, uint64_t load, const ImportRequest& from) {
    HostScope scope(state_);
    heddle_module_request request = as_request(from);
    return callback_outcome(state_, hooks_.load(state_.handle, load, &request, hooks_.data));
}

Result<void> ModuleHooks::fill_import_meta(Agent& agent, const std::string& key, Object* meta) {
    String* url = TRY(String::from_utf8(agent, key));
    TRY(meta->define_direct(agent, atoms::url, Value(url)));
    if (!hooks_.fill_meta) return {};
    HostScope scope(state_);
    heddle_value handle;
    if (!scope.opened() || !scope.add(Value(meta), handle)) return agent.out_of_memory();
    return callback_outcome(state_, hooks_.fill_meta(state_.handle, key.c_str(), key.size(), handle, hooks_.data));
}

} // namespace heddle::api

static bool is_loading(Call& call, uint64_t load) {
    if (call.refused()) return false;
    if (ModuleLoader::of(call.agent()).is_loading(load)) return true;
    call.fail(HEDDLE_BAD_HANDLE, fmt::format("there is no load {} of a module: it was answered before, or is another agent's", load));
    return false;
}

static heddle_status completed(Call& call, Result<bool> result) { return result.threw() ? call.thrown() : HEDDLE_OK; }

extern "C" {

heddle_status heddle_module_set_hooks(heddle_agent* agent, const heddle_module_hooks* hooks, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(hooks, "the module hooks")) return call.status();
    heddle_module_hooks read = HEDDLE_MODULE_HOOKS_INIT;
    if (!read_options(hooks, read)) return call.fail(HEDDLE_BAD_ARGUMENT, "the module hooks have no valid size: begin with HEDDLE_MODULE_HOOKS_INIT");
    if (!call.pointer(reinterpret_cast<const void*>(read.load), "the hook 'load'")) return call.status();
    ModuleLoader& loader = ModuleLoader::of(call.agent());
    if (loader.has_modules()) return call.fail(HEDDLE_BUSY, "the agent has modules already: set the hooks before the first one");
    std::unique_ptr<ModuleHooks> made(new_or_null<ModuleHooks>(call.state(), read));
    if (!made) return call.out_of_memory();
    loader.set_host(*made);
    call.state().module_hooks = std::move(made);
    return HEDDLE_OK;
}

heddle_status heddle_module_import(heddle_agent* agent, const char* specifier, size_t length, heddle_value* promise, heddle_error* error) {
    Call call(agent, error);
    std::string_view text;
    if (!call.pointer(promise, "the place for the promise") || !call.pointer(specifier, "the specifier") ||
        !call.text(specifier, length, text))
        return call.status();
    return call.give(ModuleLoader::of(call.agent()).import(call.agent().realm(), text), promise);
}

heddle_status heddle_module_complete_source(heddle_agent* agent, uint64_t load, const char* source, size_t length, heddle_error* error) {
    Call call(agent, error);
    std::string_view text;
    if (!call.text(source, length, text) || !is_loading(call, load)) return call.status();
    ModuleLoader& loader = ModuleLoader::of(call.agent());
    return completed(call, loader.complete_source(load, SourceText::from_utf8(text, loader.key_of(load))));
}

heddle_status heddle_module_complete_json(heddle_agent* agent, uint64_t load, const char* text, size_t length, heddle_error* error) {
    Call call(agent, error);
    std::string_view view;
    if (!call.text(text, length, view) || !is_loading(call, load)) return call.status();
    Fallible<String*> string = String::from_utf8(call.agent(), view);
    if (string.threw()) return call.thrown();
    return completed(call, ModuleLoader::of(call.agent()).complete_json(load, string.release()));
}

heddle_status heddle_module_complete_synthetic(heddle_agent* agent, uint64_t load, heddle_value exports, heddle_error* error) {
    Call call(agent, error);
    Object* object = nullptr;
    if (!call.object(exports, object) || !is_loading(call, load)) return call.status();
    RootVector<Value> entries(call.agent().heap());
    if (enumerable_own_properties(call.agent(), object, PropertyListKind::Key, entries).threw()) return call.thrown();
    std::vector<ConstantString> names;
    RootVector<Value> values(call.agent().heap());
    for (Value name : entries) {
        Result<PropertyKey> key = to_property_key(call.agent(), name);
        if (key.threw()) return call.thrown();
        Result<Value> value = object->get(call.agent(), key.release());
        if (value.threw()) return call.thrown();
        Fallible<FlatView> flat = name.as_string()->flatten(call.agent());
        if (flat.threw()) return call.thrown();
        FlatView view = flat.release();
        ConstantString text;
        size_t growth = names.size() == names.capacity() ? 3 * sizeof(ConstantString) * names.size() : 0;
        if (!memory_is_at_hand(4096 + growth + size_t{view.length()} * 2)) return call.out_of_memory();
        text.is_latin1 = view.is_latin1();
        if (text.is_latin1) text.latin1.assign(reinterpret_cast<const char*>(view.latin1()), view.length());
        else text.utf16.assign(view.utf16(), view.length());
        names.push_back(std::move(text));
        if (!values.push_back(value.release())) return call.out_of_memory();
    }
    // Getters may have answered meanwhile.
    if (!is_loading(call, load)) return call.status();
    return completed(call, ModuleLoader::of(call.agent()).complete_synthetic(load, std::move(names), values.span()));
}

heddle_status heddle_module_complete_error(heddle_agent* agent, uint64_t load, heddle_value exception, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.value(exception, found) || !is_loading(call, load)) return call.status();
    Failed failed = call.agent().throw_value(found);
    (void)failed;
    return completed(call, ModuleLoader::of(call.agent()).complete_thrown(load));
}

} // extern "C"
