#include "modules/module_loader.h"

#include "builtins/json.h"
#include "runtime/iterator.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <iterator>

namespace heddle {

ModuleLoader::ModuleLoader(Agent& agent) : agent_(agent) {}

void ModuleLoader::install(Agent& agent) {
    agent.set_component(Component::Modules, std::make_unique<ModuleLoader>(agent));
    Interpreter::of(agent).module_hooks = {import_call, import_meta, ImportCell::read_cell};
}

void ModuleLoader::visit_roots(Visitor& visitor) {
    for (auto& [key, module] : modules_) {
        visitor.visit(static_cast<Cell*>(key.realm));
        visitor.visit(static_cast<Cell*>(module));
    }
}

namespace {

std::string resolve_path(const std::string& referrer, const std::string& specifier) {
    namespace fs = std::filesystem;
    std::string text = specifier.starts_with("file://") ? specifier.substr(7) : specifier;
    fs::path path(text);
    if (path.is_relative()) path = fs::path(referrer).parent_path() / path;
    std::error_code error;
    fs::path absolute = fs::absolute(path, error);
    return error ? path.lexically_normal().string() : absolute.lexically_normal().string();
}

bool read_text(const std::string& path, std::string& text) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return false;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return false;
    text.assign((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    return true;
}

std::string attribute_type(const ModuleDescription::Request& request, std::string& unsupported) {
    std::string type;
    for (const auto& attribute : request.attributes) {
        if (attribute.key.equals("type")) type = attribute.value.to_utf8();
        else unsupported = attribute.key.to_utf8();
    }
    return type;
}

} // namespace

Fallible<ModuleRecord*> ModuleLoader::load_file(Realm& realm, const std::string& path, const std::string& type) {
    Key key{&realm, path, type};
    if (auto known = modules_.find(key); known != modules_.end()) return known->second;
    if (!type.empty() && type != "json" && type != "text")
        return agent_.throw_type_error(fmt::format("Import attribute type '{}' is not supported: use json or text, or leave it out", type));
    std::string text;
    if (!read_text(path, text)) return agent_.throw_type_error(fmt::format("Cannot find module '{}'", path));
    ModuleRecord* module;
    RealmScope scope(agent_, &realm);
    if (type == "json") {
        // 16.2.1.9.1 ParseJSONModule ( source ), whatever script has made of its JSON object.
        String* source = TRY(String::from_utf8(agent_, text));
        module = TRY(ModuleRecord::create_synthetic(agent_, realm, TRY(parse_json(agent_, source))));
    } else if (type == "text") {
        module = TRY(ModuleRecord::create_synthetic(agent_, realm, Value(TRY(String::from_utf8(agent_, text)))));
    } else {
        CodeRef code = TRY(Interpreter::of(agent_).compile_module(SourceText::from_utf8(text, path)));
        module = TRY(ModuleRecord::create_source_text(agent_, realm, code.get()));
    }
    modules_.emplace(std::move(key), module);
    return module;
}

Fallible<ModuleRecord*> ModuleLoader::load(Realm& realm, const std::string& referrer, const std::string& specifier, const std::string& type) {
    return load_file(realm, resolve_path(referrer, specifier), type);
}

Fallible<void> ModuleLoader::load_requested(ModuleRecord& root) {
    std::vector<ModuleRecord*> pending{&root}; // all of them are in modules_, which keeps them alive
    while (!pending.empty()) {
        ModuleRecord* module = pending.back();
        pending.pop_back();
        if (module->is_loaded()) continue;
        for (uint32_t i = 0; i < module->description().requests.size(); ++i) {
            const auto& request = module->description().requests[i];
            std::string unsupported;
            std::string type = attribute_type(request, unsupported);
            if (!unsupported.empty())
                return agent_.throw_syntax_error(fmt::format("Import attribute '{}' is not supported: only 'type' is", unsupported));
            ModuleRecord* required = TRY(load(module->realm(), module->code()->source()->name(), request.specifier.to_utf8(), type));
            module->set_requested(i, required);
            pending.push_back(required);
        }
        module->set_loaded();
    }
    return {};
}

namespace {
/// Reports the rejection of a main module that comes after its first await.
class MainSettled final : public NativeContinuation {
public:
    Result<Value> on_fulfilled(Agent&, Value) override { return Value::undefined(); }
    Result<Value> on_rejected(Agent& agent, Value reason) override {
        agent.report_uncaught(reason);
        return Value::undefined();
    }
};
} // namespace

Result<Value> ModuleLoader::run_main(Realm& realm, const std::string& path) {
    RealmScope scope(agent_, &realm);
    failed_phase_ = "parse";
    return run_loaded(realm, *TRY(load_file(realm, resolve_path("", path), "")));
}

Result<Value> ModuleLoader::run_main_text(Realm& realm, const std::string& text, const std::string& name) {
    RealmScope scope(agent_, &realm);
    failed_phase_ = "parse";
    CodeRef code = TRY(Interpreter::of(agent_).compile_module(SourceText::from_utf8(text, name)));
    ModuleRecord* module = TRY(ModuleRecord::create_source_text(agent_, realm, code.get()));
    modules_.insert_or_assign(Key{&realm, name, ""}, module);
    return run_loaded(realm, *module);
}

Result<Value> ModuleLoader::run_loaded(Realm& realm, ModuleRecord& module) {
    RealmScope scope(agent_, &realm);
    failed_phase_ = "resolution";
    TRY(load_requested(module));
    TRY(module.link(agent_));
    failed_phase_ = "runtime";
    Promise* promise = TRY(module.evaluate(agent_));
    if (promise->state() == Promise::State::Rejected) {
        promise->mark_handled();
        return agent_.throw_value(promise->result());
    }
    auto* settled = TRY(agent_.heap().allocate<MainSettled>(0));
    TRY(perform_promise_then(agent_, promise, settled));
    return Value::undefined();
}

std::string ModuleLoader::resolve(const std::string& referrer, const std::string& specifier) { return resolve_path(referrer, specifier); }

bool ModuleLoader::is_file(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

bool ModuleLoader::read_file(const std::string& path, std::string& text) { return read_text(path, text); }

// --- import() -----------------------------------------------------------------------------------------------

namespace {

/// After evaluation: resolves the promise of import() with the namespace, or rejects it.
class ImportEvaluated final : public NativeContinuation {
public:
    ImportEvaluated(ModuleRecord* module, PromiseCapability* capability) {
        module_.init(module);
        capability_.init(capability);
    }
    Result<Value> on_fulfilled(Agent& agent, Value) override {
        Value result(TRY(module_->module_namespace(agent)));
        return call(agent, capability_->resolve(), Value::undefined(), {result});
    }
    Result<Value> on_rejected(Agent& agent, Value reason) override { return call(agent, capability_->reject(), Value::undefined(), {reason}); }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(module_);
        visitor.visit(capability_);
    }

private:
    Member<ModuleRecord> module_;
    Member<PromiseCapability> capability_;
};

Result<Value> reject_import(Agent& agent, PromiseCapability* capability) {
    if (agent.is_terminating()) return Threw{};
    TRY(call(agent, capability->reject(), Value::undefined(), {agent.take_exception()}));
    return capability->promise();
}

} // namespace

/// 13.3.10.3 ContinueDynamicImport ( promiseCapability, moduleCompletion ), in a job of its own: loading is a host
/// operation that never completes at once for script.
class ImportJob final : public Job {
public:
    ImportJob(Realm* realm, String* referrer, String* specifier, String* type, PromiseCapability* capability) {
        realm_.init(realm);
        referrer_.init(referrer);
        specifier_.init(specifier);
        type_.init(type);
        capability_.init(capability);
    }
    Result<Value> run(Agent& agent) override {
        RealmScope scope(agent, realm_);
        Result<Value> result = import(agent);
        if (!result.threw()) return result;
        return reject_import(agent, capability_);
    }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(realm_);
        visitor.visit(referrer_);
        visitor.visit(specifier_);
        visitor.visit(type_);
        visitor.visit(capability_);
    }

private:
    Result<Value> import(Agent& agent) {
        ModuleLoader& loader = ModuleLoader::of(agent);
        std::string specifier = TRY(specifier_->flatten(agent)).to_utf8();
        std::string referrer = TRY(referrer_->flatten(agent)).to_utf8();
        std::string type = type_ ? TRY(type_->flatten(agent)).to_utf8() : std::string();
        ModuleRecord* module = TRY(loader.load(*realm_, referrer, specifier, type));
        TRY(loader.load_requested(*module));
        TRY(module->link(agent));
        Promise* promise = TRY(module->evaluate(agent));
        auto* evaluated = TRY(agent.heap().allocate<ImportEvaluated>(0, module, capability_.get()));
        TRY(perform_promise_then(agent, promise, evaluated));
        return Value::undefined();
    }
    Member<Realm> realm_;
    Member<String> referrer_;
    Member<String> specifier_;
    Member<String> type_;
    Member<PromiseCapability> capability_;
};

namespace {

// 13.3.10.2 EvaluateImportCall, the steps that may fail with a rejection. `type` is null without attributes.
Result<void> read_import_options(Agent& agent, Value options, String*& type) {
    if (options.is_undefined()) return {};
    if (!options.is_object()) return agent.throw_type_error("The second argument of import() must be an object, got " + display_string(options));
    Value attributes = TRY(options.as_object()->get(agent, atoms::with));
    if (attributes.is_undefined()) return {};
    if (!attributes.is_object()) return agent.throw_type_error("The 'with' option of import() must be an object, got " + display_string(attributes));
    RootVector<Value> keys(agent.heap());
    TRY(enumerable_own_properties(agent, attributes.as_object(), PropertyListKind::Key, keys));
    bool unsupported = false;
    for (size_t i = 0; i < keys.size(); ++i) {
        PropertyKey key = TRY(to_property_key(agent, keys[i]));
        Value value = TRY(attributes.as_object()->get(agent, key));
        if (!value.is_string()) return agent.throw_type_error("Values of import attributes must be strings, got " + display_string(value));
        if (key == PropertyKey(atoms::type)) type = value.as_string();
        else unsupported = true;
    }
    if (unsupported) return agent.throw_type_error("Only the import attribute 'type' is supported");
    return {};
}

} // namespace

// 13.3.10.1 import ( specifier, options )
Result<Value> ModuleLoader::import_call(Agent& agent, const Code& referrer, Value specifier, Value options, ImportPhase phase) {
    Object* promise_constructor = TRY(agent.intrinsic(Intrinsic::Promise));
    PromiseCapability* capability = TRY(new_promise_capability(agent, Value(promise_constructor)));
    Result<String*> text = to_string(agent, specifier);
    if (text.threw()) return reject_import(agent, capability);
    String* name = text.release();
    String* type = nullptr;
    if (read_import_options(agent, options, type).threw()) return reject_import(agent, capability);
    if (phase == ImportPhase::kSource) {
        Failed failed = agent.throw_syntax_error("Modules have no source phase representation here");
        (void)failed;
        return reject_import(agent, capability);
    }
    String* referrer_name = TRY(String::from_utf8(agent, referrer.source()->name()));
    Job* job = TRY(agent.heap().allocate<ImportJob>(0, &agent.realm(), referrer_name, name, type, capability));
    TRY(agent.enqueue_job(job));
    return capability->promise();
}

// 13.3.12.1 import.meta
Result<Value> ModuleLoader::import_meta(Agent& agent, const Code& referrer) {
    ModuleLoader& loader = of(agent);
    for (auto& [key, module] : loader.modules_) {
        // Functions of a module carry its source.
        if (module->is_synthetic() || module->code()->source().get() != referrer.source().get()) continue;
        if (!module->import_meta()) {
            Object* meta = TRY(Object::create(agent, nullptr));
            String* url = TRY(String::from_utf8(agent, "file://" + key.path));
            TRY(meta->define_direct(agent, atoms::url, Value(url)));
            module->set_import_meta(meta);
        }
        return Value(module->import_meta());
    }
    return agent.throw_syntax_error("import.meta is only available in modules");
}

} // namespace heddle
