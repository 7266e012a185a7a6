#include "threads/engine.h"

#include "buffers/waiter_lists.h"
#include "clone/structured_clone.h"
#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "regexp/validator.h"
#include "sync/window.h"
#include "threads/cluster.h"

namespace heddle {

Engine::Engine(const HeapOptions& heap) : runtime_(RuntimeOptions{&library_.table(), heap}) {
    library_.add_function(atoms::structuredClone, structured_clone_function, 1);
    WaiterLists::install(runtime_);
    runtime_.set_shared(SharedComponent::Threads, std::make_unique<Cluster>());
    WaiterLists::of(runtime_).set_host(&Cluster::of(runtime_));
}

AgentHost::AgentHost(Runtime& runtime, const AgentOptions& options) : agent_(std::make_unique<Agent>(runtime, options)) {
    Request request(*agent_);
    Interpreter::install(*agent_);
    Interpreter::of(*agent_).regexp_validator = validate_regexp;
    ModuleLoader::install(*agent_);
    agent_->set_component(Component::EventLoop, std::make_unique<EventLoop>(*agent_));
    Cluster::of(runtime).add(*agent_);
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
    sync::WindowMark window(sync::Window::AgentTeardown);
    Cluster::of(agent_->runtime()).remove(*agent_);
    EventLoop::of(*agent_).close();
    realm_root_.reset();
    agent_.reset();
}

} // namespace heddle
