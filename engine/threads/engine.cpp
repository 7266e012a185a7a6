#include "threads/engine.h"

#include "base/fault.h"
#include "buffers/waiter_lists.h"
#include "clone/structured_clone.h"
#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "regexp/validator.h"
#include "sync/window.h"
#include "threads/abort.h"
#include "threads/cluster.h"
#include "threads/message_port.h"
#include "threads/timers.h"
#include "threads/worker.h"

#include <sys/mman.h>

namespace heddle {

namespace {

/// The globals of HTML and DOM that every agent has.
void add_web_globals(BuiltinLibrary& library) {
#define INTERFACE(Name, create)                               \
    library.set_creator(Intrinsic::Name, create);             \
    library.set_creator(Intrinsic::Name##Prototype, create##_prototype); \
    library.add_intrinsic(atoms::Name, Intrinsic::Name);
    INTERFACE(EventTarget, create_event_target)
    INTERFACE(AbortController, create_abort_controller)
    INTERFACE(AbortSignal, create_abort_signal)
    INTERFACE(Event, create_event)
    INTERFACE(MessageEvent, create_message_event)
    INTERFACE(ErrorEvent, create_error_event)
    INTERFACE(MessageChannel, create_message_channel)
    INTERFACE(MessagePort, create_message_port)
    INTERFACE(BroadcastChannel, create_broadcast_channel)
    INTERFACE(Worker, create_worker)
#undef INTERFACE
    library.add_function(atoms::structuredClone, structured_clone_function, 1, kWebAttributes);
    library.add_function(atoms::queueMicrotask, queue_microtask, 1, kWebAttributes);
    library.add_function(atoms::setTimeout, set_timeout, 1, kWebAttributes);
    library.add_function(atoms::setInterval, set_interval, 1, kWebAttributes);
    library.add_function(atoms::clearTimeout, clear_timer, 0, kWebAttributes);
    library.add_function(atoms::clearInterval, clear_timer, 0, kWebAttributes);
    library.add_function(atoms::receiveMessageOnPort, receive_message_on_port, 1, kWebAttributes);
}

} // namespace

Engine::Engine(const HeapOptions& heap) : runtime_(RuntimeOptions{&library_.table(), heap}) {
    add_web_globals(library_);
    add_web_globals(worker_library_);
    add_worker_globals(worker_library_);
    WaiterLists::install(runtime_);
    auto cluster = std::make_unique<Cluster>(runtime_);
    cluster->set_worker_library(&worker_library_.table());
    runtime_.set_shared(SharedComponent::Threads, std::move(cluster));
    WaiterLists::of(runtime_).set_host(&Cluster::of(runtime_));
}

// The threads find the cluster by way of the Runtime for as long as they run.
Engine::~Engine() {
    Cluster& cluster = Cluster::of(runtime_);
    cluster.shut_down();
    cluster.check_quiescence();
}

// Asked of the system, not of malloc: what malloc hands out and takes back in such a size changes how it serves from then on.
bool engine_memory_is_at_hand() {
    constexpr size_t kBytes = size_t{4} << 20; // also when each item takes a page, as for threads without an arena
    if (!memory_is_at_hand()) return false;
    if (!kAllocatorIsAsked) return true;
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    munmap(memory, kBytes);
    return true;
}

AgentHost::AgentHost(Runtime& runtime, const AgentOptions& options, const IntrinsicTable* library) {
    if (!engine_memory_is_at_hand()) return;
    agent_ = std::make_unique<Agent>(runtime, options);
    if (!make_parts(library ? *library : runtime.intrinsics())) agent_.reset();
}

bool AgentHost::make_parts(const IntrinsicTable& library) {
    Request request(*agent_);
    if (!Interpreter::install(*agent_)) return false;
    Interpreter::of(*agent_).regexp_validator = validate_regexp;
    ModuleLoader::install(*agent_);
    agent_->set_component(Component::EventLoop, std::make_unique<EventLoop>(*agent_));
    agent_->set_component(Component::Messaging, std::make_unique<PortHub>(*agent_));
    Cluster::of(agent_->runtime()).add(*agent_);
    Fallible<Realm*> realm = Realm::create(*agent_, library);
    if (realm.threw()) {
        agent_->take_exception();
        return true;
    }
    realm_ = realm.release();
    realm_root_ = std::make_unique<Root<Realm>>(agent_->heap(), realm_);
    agent_->set_realm(realm_);
    return true;
}

AgentHost::~AgentHost() {
    if (!agent_) return;
    sync::WindowMark window(sync::Window::AgentTeardown);
    Cluster& cluster = Cluster::of(agent_->runtime());
    cluster.end_children(agent_->id());
    cluster.remove(*agent_);
    PortHub::of(*agent_).close();
    EventLoop::of(*agent_).close();
    realm_root_.reset();
    agent_.reset();
}

} // namespace heddle
