// ModuleLoader: one agent's module map. Asks a ModuleHost for modules, loads their graphs, and answers import() and
// import.meta. What specifiers name and where sources come from is the host's matter.
#pragma once

#include "modules/module.h"

#include <map>
#include <memory>

namespace heddle {

struct GraphLoad;

/// What an import asks for. Once it is resolved the specifier is the key of the module.
struct ImportRequest {
    std::string referrer; // key of the importing module, or name of the importing script; empty: the host itself
    std::string specifier;
    std::string type; // of the import attribute "type"; empty without
};

/// What the host decides about modules. On the agent's thread.
class ModuleHost {
public:
    virtual ~ModuleHost() = default;
    /// The key of the module that the request names: modules are made once for each realm, key and type.
    virtual Result<std::string> resolve(Agent&, Realm&, const ImportRequest&) = 0;
    /// Asks for a module. The host answers once, now or later, with a ModuleLoader::complete function; or throws now.
    virtual Result<void> load(Agent&, uint64_t load, const ImportRequest&) = 0;
    /// 13.3.12.1.1 HostGetImportMetaProperties ( moduleRecord )
    virtual Result<void> fill_import_meta(Agent&, const std::string& key, Object* meta) = 0;
};

/// Modules in files: relative paths, absolute paths and file: URLs; JSON and text by the attribute "type".
class FileModuleHost final : public ModuleHost {
public:
    Result<std::string> resolve(Agent&, Realm&, const ImportRequest&) override;
    Result<void> load(Agent&, uint64_t load, const ImportRequest&) override;
    Result<void> fill_import_meta(Agent&, const std::string& key, Object* meta) override;
};

class ModuleLoader final : public AgentComponent {
public:
    explicit ModuleLoader(Agent&);
    ~ModuleLoader() override;
    static ModuleLoader& of(Agent& agent) { return agent.component<ModuleLoader>(Component::Modules); }
    static void install(Agent& agent);
    /// In place of the host for files. Before the first module; it outlives the loader's work.
    void set_host(ModuleHost& host) { host_ = &host; }
    bool has_modules() const { return !modules_.empty() || !loads_.empty(); }

    /// Loads, links and evaluates the module in file `path`; the host answers at once. Throws what any of these throws
    /// at once; an error that comes later (top-level await) goes to the agent's uncaught handler.
    Result<Value> run_main(Realm&, const std::string& path);
    /// The same for source text that no file holds; `name` stands for its path: relative specifiers begin there.
    Result<Value> run_main_text(Realm&, const std::string& text, const std::string& name);
    /// The absolute path that `specifier` (a path or a file: URL) names as seen from `referrer` (a file; may be empty). Throws
    /// when there is no memory to find out.
    static Fallible<std::string> resolve(Agent&, const std::string& referrer, const std::string& specifier);
    static bool is_file(const std::string& path);
    /// False when `path` is no file that can be read. `text` is empty before.
    static Fallible<bool> read_file(Agent&, const std::string& path, std::string& text);
    /// Where the last run_main failed: "parse", "resolution" or "runtime".
    const char* failed_phase() const { return failed_phase_; }
    /// import(specifier) by the host: the promise of the namespace.
    Result<Value> import(Realm&, std::string_view specifier);

    // --- answers to ModuleHost::load: false when there is no such load (any more) -----------------------------
    bool is_loading(uint64_t load) const { return loads_.contains(load); }
    Result<bool> complete_source(uint64_t load, SourceTextRef);
    Result<bool> complete_json(uint64_t load, String* text);
    Result<bool> complete_synthetic(uint64_t load, std::vector<ConstantString> names, std::span<const Value> values);
    /// The pending exception is what whoever imports the module gets.
    Result<bool> complete_thrown(uint64_t load);
    /// The key that the load was asked for.
    const std::string& key_of(uint64_t load) const { return loads_.find(load)->second.key.path; }

    void visit_roots(Visitor&) override;

private:
    struct Key {
        Realm* realm;
        std::string path;
        std::string type;
        auto operator<=>(const Key&) const = default;
    };
    /// Who waits for a module: a graph, for its root or for request `index` of `referrer`.
    struct Waiter {
        std::shared_ptr<GraphLoad> graph;
        ModuleRecord* referrer = nullptr; // in modules_
        uint32_t index = 0;
    };
    struct Load {
        Key key;
        GrowableArray<Waiter> waiters;
    };
    friend class ImportJob;

    Fallible<std::shared_ptr<GraphLoad>> start_graph(Realm&);
    Result<void> load_graph(const std::shared_ptr<GraphLoad>&, const ImportRequest&);
    Result<void> request(const std::shared_ptr<GraphLoad>&, Realm&, ImportRequest, ModuleRecord* referrer, uint32_t index);
    Result<void> request_all(const std::shared_ptr<GraphLoad>&, ModuleRecord&);
    Result<void> pump(const std::shared_ptr<GraphLoad>&);
    void deliver(const Waiter&, ModuleRecord*);
    Result<bool> finish_load(uint64_t load, Fallible<ModuleRecord*> module);
    Result<Value> run_graph(GraphLoad&);
    Result<void> graph_changed(const std::shared_ptr<GraphLoad>&);
    static Result<Value> import_call(Agent&, const Code& referrer, Value specifier, Value options, ImportPhase);
    static Result<Value> import_meta(Agent&, const Code& referrer);

    Agent& agent_;
    FileModuleHost files_;
    ModuleHost* host_ = &files_;
    std::map<Key, ModuleRecord*> modules_; // visited as roots
    std::map<uint64_t, Load> loads_;       // their realms too
    uint64_t last_load_ = 0;
    const char* failed_phase_ = "runtime";
};

} // namespace heddle
