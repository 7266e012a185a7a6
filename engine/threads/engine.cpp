#include "threads/engine.h"

#include "builtins/intrinsics.h"
#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "threads/event_loop.h"

namespace heddle {

Engine::Engine(const HeapOptions& heap) : intrinsics_(std::make_unique<IntrinsicTable>(make_intrinsic_table())) {
    runtime_ = std::make_unique<Runtime>(RuntimeOptions{intrinsics_.get(), heap});
}

Engine::~Engine() = default;

AgentHost::AgentHost(Runtime& runtime, const AgentOptions& options) : agent_(std::make_unique<Agent>(runtime, options)) {
    Request request(*agent_);
    Interpreter::install(*agent_);
    ModuleLoader::install(*agent_);
    agent_->set_component(Component::EventLoop, std::make_unique<EventLoop>(*agent_));
    Fallible<Realm*> realm = Realm::create(*agent_, runtime.intrinsics());
    if (realm.threw()) {
        agent_->take_exception();
        return;
    }
    realm_ = realm.release();
    realm_root_ = std::make_unique<Root<Realm>>(agent_->heap(), realm_);
    agent_->set_realm(realm_);
}

AgentHost::~AgentHost() {
    EventLoop::of(*agent_).close();
    realm_root_.reset();
}

} // namespace heddle
