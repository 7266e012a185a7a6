// ModuleHooks: the module host of an agent whose modules the embedder provides.
#pragma once

#include "api/state.h"

namespace heddle::api {

class ModuleHooks final : public ModuleHost {
public:
    ModuleHooks(AgentState& state, const heddle_module_hooks& hooks) : state_(state), hooks_(hooks) {}
    Result<std::string> resolve(Agent&, Realm&, const ImportRequest&) override;
    Result<void> load(Agent&, uint64_t load, const ImportRequest&) override;
    Result<void> fill_import_meta(Agent&, const std::string& key, Object* meta) override;

private:
    AgentState& state_;
    heddle_module_hooks hooks_;
};

} // namespace heddle::api
