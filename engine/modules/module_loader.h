// ModuleLoader: one agent's module map. Finds the files that specifiers name (relative paths, absolute paths and file:
// URLs), loads graphs, and answers import() and import.meta.
#pragma once

#include "modules/module.h"

#include <map>

namespace heddle {

class ModuleLoader final : public AgentComponent {
public:
    explicit ModuleLoader(Agent&);
    static ModuleLoader& of(Agent& agent) { return agent.component<ModuleLoader>(Component::Modules); }
    static void install(Agent& agent);

    /// Loads, links and evaluates the module in file `path`. Throws what any of these throws at once; an error that
    /// comes later (top-level await) goes to the agent's uncaught handler.
    Result<Value> run_main(Realm&, const std::string& path);
    /// The same for source text that no file holds; `name` stands for its path: relative specifiers begin there.
    Result<Value> run_main_text(Realm&, const std::string& text, const std::string& name);
    /// The absolute path that `specifier` (a path or a file: URL) names as seen from `referrer` (a file; may be empty).
    static std::string resolve(const std::string& referrer, const std::string& specifier);
    static bool is_file(const std::string& path);
    /// False when `path` is no file that can be read.
    static bool read_file(const std::string& path, std::string& text);
    /// Where the last run_main failed: "parse", "resolution" or "runtime".
    const char* failed_phase() const { return failed_phase_; }

    void visit_roots(Visitor&) override;

private:
    /// 16.2.1.11 HostLoadImportedModule: the record for `specifier` as seen from `referrer` (a file name).
    Fallible<ModuleRecord*> load(Realm&, const std::string& referrer, const std::string& specifier, const std::string& type);
    Fallible<ModuleRecord*> load_file(Realm&, const std::string& path, const std::string& type);
    Result<Value> run_loaded(Realm&, ModuleRecord&);
    /// 16.2.1.6.1.4 LoadRequestedModules ( )
    Fallible<void> load_requested(ModuleRecord&);
    static Result<Value> import_call(Agent&, const Code& referrer, Value specifier, Value options, ImportPhase);
    static Result<Value> import_meta(Agent&, const Code& referrer);
    friend class ImportJob;

    Agent& agent_;
    struct Key {
        Realm* realm;
        std::string path;
        std::string type;
        auto operator<=>(const Key&) const = default;
    };
    std::map<Key, ModuleRecord*> modules_; // visited as roots
    const char* failed_phase_ = "runtime";
};

} // namespace heddle
