#include "modules/module_loader.h"

#include "base/fault.h"
#include "builtins/json.h"
#include "runtime/iterator.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <unordered_set>

namespace heddle {

/// 16.2.1.5.1 GraphLoadingState Records, and what happens once the graph is there.
struct GraphLoad {
    explicit GraphLoad(Agent& agent, Realm& of) : realm(agent.heap(), &of), capability(agent.heap()), error(agent.heap()) {}
    Root<Realm> realm;
    Root<PromiseCapability> capability; // of import(); null for a main module
    Root<Value> error;
    ModuleRecord* root = nullptr;                // in the module map, as all of these
    std::unordered_set<ModuleRecord*> visited;
    GrowableArray<ModuleRecord*> to_visit; // with room for all that is pending
    size_t pending = 0;
    bool failed = false;
    bool pumping = false;
    bool starting = true; // whoever started it looks at it next
    bool is_loaded() const { return pending == 0 && to_visit.empty() && root; }
    void fail(Value reason) {
        if (failed) return;
        failed = true;
        error = reason;
    }
};

ModuleLoader::ModuleLoader(Agent& agent) : agent_(agent) {}
ModuleLoader::~ModuleLoader() = default;

void ModuleLoader::install(Agent& agent) {
    agent.set_component(Component::Modules, std::make_unique<ModuleLoader>(agent));
    Interpreter::of(agent).module_hooks = {import_call, import_meta, ImportCell::read_cell};
}

void ModuleLoader::visit_roots(Visitor& visitor) {
    for (auto& [key, module] : modules_) {
        visitor.visit(static_cast<Cell*>(key.realm));
        visitor.visit(static_cast<Cell*>(module));
    }
    for (auto& [number, load] : loads_)
        visitor.visit(static_cast<Cell*>(load.key.realm));
}

namespace {

/// No system has paths as long: what is cut here names no file either way.
constexpr size_t kLongestPath = 16 << 10;
constexpr size_t kLongestShownPath = 1000;
/// What the ways through the standard library take for a path of that length, and more.
constexpr size_t kBytesForPaths = 512 << 10;

std::string resolve_path(const std::string& referrer, const std::string& specifier) {
    namespace fs = std::filesystem;
    std::string text(specifier, specifier.starts_with("file://") ? 7 : 0, kLongestPath);
    fs::path path(text);
    if (path.is_relative()) path = fs::path(referrer).parent_path() / path;
    std::error_code error;
    fs::path absolute = fs::absolute(path, error);
    return error ? path.lexically_normal().string() : absolute.lexically_normal().string();
}

/// Whether there is memory to make a request of so many bytes of text, with the copies of it that resolving makes.
bool has_room_for_request(size_t bytes) { return memory_is_at_hand((size_t{64} << 10) + bytes * 8); }

std::string attribute_type(const ModuleDescription::Request& request, std::string& unsupported) {
    std::string type;
    for (const auto& attribute : request.attributes) {
        if (attribute.key.equals("type")) type = attribute.value.to_utf8();
        else unsupported = attribute.key.short_utf8();
    }
    return type;
}

} // namespace

// --- modules in files ---------------------------------------------------------------------------------------

Result<std::string> FileModuleHost::resolve(Agent& agent, Realm&, const ImportRequest& request) {
    return TRY(ModuleLoader::resolve(agent, request.referrer, request.specifier));
}

Result<void> FileModuleHost::load(Agent& agent, uint64_t load, const ImportRequest& request) {
    ModuleLoader& loader = ModuleLoader::of(agent);
    if (!request.type.empty() && request.type != "json" && request.type != "text")
        return agent.throw_type_error(fmt::format("Import attribute type '{}' is not supported: use json or text, or leave it out", shortened(request.type)));
    std::string text;
    if (!TRY(ModuleLoader::read_file(agent, request.specifier, text)))
        return agent.throw_type_error(fmt::format("Cannot find module '{}'", shortened(request.specifier, kLongestShownPath)));
    if (request.type.empty()) {
        TRY(loader.complete_source(load, SourceText::from_utf8(text, request.specifier)));
        return {};
    }
    String* string = TRY(String::from_utf8(agent, text));
    if (request.type == "json") {
        TRY(loader.complete_json(load, string));
        return {};
    }
    Value value(string);
    TRY(loader.complete_synthetic(load, {ConstantString{"default", {}, true}}, {&value, 1}));
    return {};
}

Result<void> FileModuleHost::fill_import_meta(Agent& agent, const std::string& key, Object* meta) {
    String* url = TRY(String::from_utf8(agent, "file://" + key));
    return meta->define_direct(agent, atoms::url, Value(url));
}

// --- graphs -------------------------------------------------------------------------------------------------

Fallible<std::shared_ptr<GraphLoad>> ModuleLoader::start_graph(Realm& realm) {
    if (!memory_is_at_hand()) return agent_.out_of_memory();
    return std::make_shared<GraphLoad>(agent_, realm);
}

/// Loads the graph of one module, as far as the host answers at once.
Result<void> ModuleLoader::load_graph(const std::shared_ptr<GraphLoad>& graph, const ImportRequest& root) {
    TRY(request(graph, *graph->realm, root, nullptr, 0));
    TRY(pump(graph));
    graph->starting = false;
    return {};
}

/// 16.2.1.11 HostLoadImportedModule ( referrer, moduleRequest, hostDefined, payload )
Result<void> ModuleLoader::request(const std::shared_ptr<GraphLoad>& graph, Realm& realm, ImportRequest request, ModuleRecord* referrer,
                                   uint32_t index) {
    RealmScope scope(agent_, &realm);
    Waiter waiter{graph, referrer, index};
    ++graph->pending;
    auto no_memory = [&]() -> Result<void> {
        --graph->pending;
        (void)agent_.out_of_memory();
        graph->fail(agent_.take_exception());
        return {};
    };
    // An answer has its place in the list beforehand.
    if (!graph->to_visit.reserve_more(graph->pending)) return no_memory();
    Result<std::string> resolved = host_->resolve(agent_, realm, request);
    if (resolved.threw()) {
        if (agent_.is_terminating()) return Threw{};
        --graph->pending;
        graph->fail(agent_.take_exception());
        return {};
    }
    request.specifier = resolved.release();
    if (!has_room_for_request(request.specifier.size() + request.type.size())) return no_memory();
    Key key{&realm, request.specifier, request.type};
    if (auto known = modules_.find(key); known != modules_.end()) {
        deliver(waiter, known->second);
        return {};
    }
    for (auto& [number, load] : loads_) {
        if (load.key != key) continue;
        if (!load.waiters.push_back(std::move(waiter))) return no_memory();
        return {};
    }
    uint64_t number = ++last_load_;
    Load& load = loads_[number];
    load.key = std::move(key);
    if (!load.waiters.push_back(std::move(waiter))) {
        loads_.erase(number);
        return no_memory();
    }
    if (host_->load(agent_, number, request).threw()) {
        if (agent_.is_terminating()) return Threw{};
        // An answer that failed has told the waiters already.
        if (is_loading(number)) TRY(complete_thrown(number));
        else agent_.take_exception();
    }
    return {};
}

void ModuleLoader::deliver(const Waiter& waiter, ModuleRecord* module) {
    GraphLoad& graph = *waiter.graph;
    if (waiter.referrer) waiter.referrer->set_requested(waiter.index, module);
    else graph.root = module;
    --graph.pending;
    HEDDLE_CHECK(graph.to_visit.push_back(module));
}

// 16.2.1.6.1.1.1 InnerModuleLoading ( state, module ), for one module of the graph
Result<void> ModuleLoader::request_all(const std::shared_ptr<GraphLoad>& graph, ModuleRecord& module) {
    if (module.is_synthetic() || module.status() != ModuleRecord::Status::Unlinked || graph->visited.contains(&module)) return {};
    auto no_memory = [&]() -> Result<void> {
        (void)agent_.out_of_memory();
        graph->fail(agent_.take_exception());
        return {};
    };
    if (!has_room_for_one_more(graph->visited)) return no_memory();
    graph->visited.insert(&module);
    for (uint32_t i = 0; i < module.description().requests.size() && !graph->failed; ++i) {
        if (ModuleRecord* known = module.requested(i)) {
            if (!graph->to_visit.reserve_more(graph->pending + 1)) return no_memory();
            HEDDLE_CHECK(graph->to_visit.push_back(known));
            continue;
        }
        const auto& wanted = module.description().requests[i];
        // A unit is three bytes at most.
        size_t bytes = module.code()->source()->name().size() + size_t{wanted.specifier.length()} * 3;
        for (const auto& attribute : wanted.attributes)
            bytes += (size_t{attribute.key.length()} + attribute.value.length()) * 3;
        if (!has_room_for_request(bytes)) return no_memory();
        std::string unsupported;
        std::string type = attribute_type(wanted, unsupported);
        if (!unsupported.empty()) {
            Failed failed = agent_.throw_syntax_error(fmt::format("Import attribute '{}' is not supported: only 'type' is", unsupported));
            (void)failed;
            graph->fail(agent_.take_exception());
            return {};
        }
        TRY(request(graph, module.realm(), {module.code()->source()->name(), wanted.specifier.to_utf8(), type}, &module, i));
    }
    return {};
}

/// Visits what has come. Answers at once come while it runs: it is a loop and no recursion, however deep the graph.
Result<void> ModuleLoader::pump(const std::shared_ptr<GraphLoad>& graph) {
    if (graph->pumping) return {};
    graph->pumping = true;
    while (!graph->to_visit.empty() && !graph->failed) {
        ModuleRecord* module = graph->to_visit.back();
        graph->to_visit.pop_back();
        TRY(agent_.poll_interrupts());
        TRY(request_all(graph, *module));
    }
    graph->pumping = false;
    return {};
}

Result<bool> ModuleLoader::finish_load(uint64_t number, Fallible<ModuleRecord*> result) {
    auto found = loads_.find(number);
    Load load = std::move(found->second);
    loads_.erase(found);
    if (!result.threw() && !memory_is_at_hand(4096)) result = agent_.out_of_memory(); // for its place in the map
    if (result.threw()) {
        if (agent_.is_terminating()) return Threw{};
        Value reason = agent_.take_exception();
        for (Waiter& waiter : load.waiters) {
            --waiter.graph->pending;
            waiter.graph->fail(reason);
        }
    } else {
        ModuleRecord* module = result.release();
        modules_.emplace(std::move(load.key), module);
        for (Waiter& waiter : load.waiters)
            deliver(waiter, module);
    }
    for (Waiter& waiter : load.waiters)
        TRY(graph_changed(waiter.graph));
    return true;
}

Result<bool> ModuleLoader::complete_source(uint64_t load, SourceTextRef source) {
    auto found = loads_.find(load);
    if (found == loads_.end()) return false;
    Realm* realm = found->second.key.realm;
    RealmScope scope(agent_, realm);
    Fallible<CodeRef> code = Interpreter::of(agent_).compile_module(std::move(source));
    if (code.threw()) return finish_load(load, Failed{});
    CodeRef compiled = code.release();
    return finish_load(load, ModuleRecord::create_source_text(agent_, *realm, compiled.get()));
}

Result<bool> ModuleLoader::complete_json(uint64_t load, String* text) {
    auto found = loads_.find(load);
    if (found == loads_.end()) return false;
    Realm* realm = found->second.key.realm;
    RealmScope scope(agent_, realm);
    // 16.2.1.9.1 ParseJSONModule ( source ), whatever script has made of its JSON object.
    Fallible<Value> value = parse_json(agent_, text);
    if (value.threw()) return finish_load(load, Failed{});
    return finish_load(load, ModuleRecord::create_synthetic(agent_, *realm, value.release()));
}

Result<bool> ModuleLoader::complete_synthetic(uint64_t load, std::vector<ConstantString> names, std::span<const Value> values) {
    auto found = loads_.find(load);
    if (found == loads_.end()) return false;
    return finish_load(load, ModuleRecord::create_synthetic(agent_, *found->second.key.realm, std::move(names), values));
}

Result<bool> ModuleLoader::complete_thrown(uint64_t load) {
    if (is_loading(load)) return finish_load(load, Failed{});
    agent_.take_exception();
    return false;
}

namespace {
Result<Value> reject_import(Agent& agent, PromiseCapability* capability) {
    if (agent.is_terminating()) return Threw{};
    TRY(call(agent, capability->reject(), Value::undefined(), {agent.take_exception()}));
    return capability->promise();
}

/// After evaluation: resolves the promise of import() with the namespace, or rejects it.
class ImportEvaluated final : public NativeContinuation {
public:
    ImportEvaluated(ModuleRecord* module, PromiseCapability* capability) {
        module_.init(module);
        capability_.init(capability);
    }
    Result<Value> on_fulfilled(Agent& agent, Value) override {
        Fallible<ModuleNamespace*> result = module_->module_namespace(agent);
        if (result.threw()) return reject_import(agent, capability_);
        return call(agent, capability_->resolve(), Value::undefined(), {Value(result.release())});
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

/// 13.3.10.3 ContinueDynamicImport ( promiseCapability, moduleCompletion ), from the loaded graph on.
Result<void> link_and_evaluate(Agent& agent, ModuleRecord& module, PromiseCapability* capability) {
    TRY(module.link(agent));
    Promise* promise = TRY(module.evaluate(agent));
    auto* evaluated = TRY(agent.heap().allocate<ImportEvaluated>(0, &module, capability));
    TRY(perform_promise_then(agent, promise, evaluated));
    return {};
}

/// That, in a job: the host has answered last.
class ContinueImportJob final : public Job {
public:
    ContinueImportJob(Realm* realm, ModuleRecord* module, Value error, PromiseCapability* capability) {
        realm_.init(realm);
        module_.init(module);
        error_.init(error);
        capability_.init(capability);
    }
    Result<Value> run(Agent& agent) override {
        RealmScope scope(agent, realm_);
        if (!module_) return call(agent, capability_->reject(), Value::undefined(), {error_.get()});
        if (!link_and_evaluate(agent, *module_, capability_).threw()) return Value::undefined();
        return reject_import(agent, capability_);
    }
    void visit_edges(Visitor& visitor) override {
        Job::visit_edges(visitor);
        visitor.visit(realm_);
        visitor.visit(module_);
        visitor.visit(error_);
        visitor.visit(capability_);
    }

private:
    Member<Realm> realm_;
    Member<ModuleRecord> module_; // null: loading failed
    Member<Value> error_;
    Member<PromiseCapability> capability_;
};
} // namespace

/// After an answer of the host's: goes on with the graph, and with the import once all of it is there.
Result<void> ModuleLoader::graph_changed(const std::shared_ptr<GraphLoad>& graph) {
    TRY(pump(graph));
    if (graph->pumping || graph->starting || !graph->capability.get() || !(graph->failed || graph->is_loaded())) return {};
    ModuleRecord* module = graph->failed ? nullptr : graph->root;
    Job* job = TRY(agent_.heap().allocate<ContinueImportJob>(0, graph->realm, module, graph->error, graph->capability));
    graph->capability = nullptr; // further answers change nothing
    agent_.enqueue_job(job);
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
    std::shared_ptr<GraphLoad> graph = TRY(start_graph(realm));
    failed_phase_ = "parse";
    TRY(load_graph(graph, {"", path, ""}));
    return run_graph(*graph);
}

Result<Value> ModuleLoader::run_main_text(Realm& realm, const std::string& text, const std::string& name) {
    RealmScope scope(agent_, &realm);
    failed_phase_ = "parse";
    CodeRef code = TRY(Interpreter::of(agent_).compile_module(SourceText::from_utf8(text, name)));
    ModuleRecord* module = TRY(ModuleRecord::create_source_text(agent_, realm, code.get()));
    std::shared_ptr<GraphLoad> graph = TRY(start_graph(realm));
    if (!has_room_for_request(name.size()) || !graph->to_visit.push_back(module)) return agent_.out_of_memory();
    modules_.insert_or_assign(Key{&realm, name, ""}, module);
    graph->root = module;
    TRY(pump(graph));
    return run_graph(*graph);
}

Result<Value> ModuleLoader::run_graph(GraphLoad& graph) {
    if (graph.root) failed_phase_ = "resolution";
    if (graph.failed) return agent_.throw_value(graph.error);
    if (!graph.is_loaded()) return agent_.throw_type_error("The main module is not there yet: its host answers later, so import it");
    ModuleRecord* module = graph.root;
    TRY(module->link(agent_));
    failed_phase_ = "runtime";
    Promise* promise = TRY(module->evaluate(agent_));
    if (promise->state() == Promise::State::Rejected) {
        promise->mark_handled();
        return agent_.throw_value(promise->result());
    }
    auto* settled = TRY(agent_.heap().allocate<MainSettled>(0));
    TRY(perform_promise_then(agent_, promise, settled));
    return Value::undefined();
}

Fallible<std::string> ModuleLoader::resolve(Agent& agent, const std::string& referrer, const std::string& specifier) {
    if (!memory_is_at_hand(kBytesForPaths)) return agent.out_of_memory();
    return resolve_path(referrer, specifier);
}

bool ModuleLoader::is_file(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

Fallible<bool> ModuleLoader::read_file(Agent& agent, const std::string& path, std::string& text) {
    if (!memory_is_at_hand(kBytesForPaths)) return agent.out_of_memory();
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return false;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return false;
    // Files may be longer than they say, or grow.
    char part[4096];
    do {
        stream.read(part, sizeof part);
        auto count = static_cast<size_t>(stream.gcount());
        if (text.capacity() - text.size() < count) {
            size_t capacity = std::max<size_t>(text.capacity() * 2, size_t{64} << 10);
            if (!memory_is_at_hand(capacity + 1)) return agent.out_of_memory();
            text.reserve(capacity);
        }
        text.append(part, count);
    } while (stream);
    return true;
}

// --- import() -----------------------------------------------------------------------------------------------

/// The part of import() that asks the host, in a job of its own: loading is a host operation that never completes at once
/// for script.
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
        Job::visit_edges(visitor);
        visitor.visit(realm_);
        visitor.visit(referrer_);
        visitor.visit(specifier_);
        visitor.visit(type_);
        visitor.visit(capability_);
    }

private:
    Result<Value> import(Agent& agent) {
        ModuleLoader& loader = ModuleLoader::of(agent);
        size_t units = size_t{specifier_->length()} + referrer_->length() + (type_ ? type_->length() : 0);
        if (!has_room_for_request(units * 3)) return agent.out_of_memory();
        std::string specifier = TRY(specifier_->to_utf8(agent));
        std::string referrer = TRY(referrer_->to_utf8(agent));
        std::string type = type_ ? TRY(type_->to_utf8(agent)) : std::string();
        std::shared_ptr<GraphLoad> graph = TRY(loader.start_graph(*realm_));
        graph->capability = capability_.get();
        TRY(loader.load_graph(graph, {std::move(referrer), std::move(specifier), std::move(type)}));
        if (graph->failed) {
            graph->capability = nullptr;
            return agent.throw_value(graph->error);
        }
        if (graph->is_loaded()) TRY(link_and_evaluate(agent, *graph->root, capability_));
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
    agent.enqueue_job(job);
    return capability->promise();
}

Result<Value> ModuleLoader::import(Realm& realm, std::string_view specifier) {
    RealmScope scope(agent_, &realm);
    Object* promise_constructor = TRY(agent_.intrinsic(Intrinsic::Promise));
    PromiseCapability* capability = TRY(new_promise_capability(agent_, Value(promise_constructor)));
    String* name = TRY(String::from_utf8(agent_, specifier));
    Job* job = TRY(agent_.heap().allocate<ImportJob>(0, &realm, static_cast<String*>(atoms::empty), name, nullptr, capability));
    agent_.enqueue_job(job);
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
            // The map may change while the host's code runs.
            ModuleRecord* record = module;
            TRY(loader.host_->fill_import_meta(agent, std::string(key.path), meta));
            if (!record->import_meta()) record->set_import_meta(meta);
            return Value(record->import_meta());
        }
        return Value(module->import_meta());
    }
    return agent.throw_syntax_error("import.meta is only available in modules");
}

} // namespace heddle
