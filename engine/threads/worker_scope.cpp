// The inside of a worker (HTML 10.2.1): its global object as an event target, its script, and what becomes of errors that
// nobody catches there.
#include "builtins/intrinsics.h"
#include "base/fault.h"
#include "clone/structured_clone.h"
#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "runtime/array.h"
#include "runtime/error.h"
#include "threads/cluster.h"
#include "threads/engine.h"
#include "threads/message_port.h"
#include "threads/rejections.h"
#include "threads/worker.h"

#include <new>

namespace heddle {

namespace {

class WorkerGlobalTarget;

constexpr size_t kLongestShownPath = 1000;

/// What an agent that is a worker knows about itself.
class WorkerScope final : public AgentComponent {
public:
    WorkerScope(WorkerLaunch& worker_launch, WorkerLink& worker_link) : launch(worker_launch), link(worker_link) {}
    static WorkerScope& of(Agent& agent) { return agent.component<WorkerScope>(Component::WorkerScope); }
    void visit_roots(Visitor& visitor) override {
        visitor.visit(data);
        visitor.visit(static_cast<Cell*>(reinterpret_cast<Cell*>(target)), "worker's events");
    }
    WorkerLaunch& launch;
    WorkerLink& link;
    WorkerGlobalTarget* target = nullptr;
    std::unique_ptr<PortReceiver> receiver;
    Value data; // workerData, once it was asked for
    bool has_data = false;
    bool reporting = false;
    std::string script_path; // of the script; where importScripts begins
};

/// Receives for the global object.
class WorkerGlobalTarget final : public EventTargetObject {
public:
    WorkerGlobalTarget(Shape* shape, Realm* realm) : EventTargetObject(CellKind::EventTarget, shape, realm) {}

private:
    // HTML 10.2.4: the worker's message queue is enabled by its script; here, as soon as anybody listens, so that nothing
    // that was sent before is lost.
    Fallible<void> listeners_changed(Agent& agent, String* type) override {
        WorkerScope& scope = WorkerScope::of(agent);
        if (type != atoms::message || !scope.receiver) return {};
        scope.receiver->set_wanted(has_listener(type));
        if (has_listener(type)) scope.receiver->start();
        return {};
    }
    // Nobody will send any more, but script may go on.
    void other_side_closed(Agent& agent) override { WorkerScope::of(agent).receiver->close(); }
};

// --- errors -------------------------------------------------------------------------------------------------------

struct ErrorReport {
    String* message;
    String* file;
    uint32_t line = 0;
    uint32_t column = 0;
};

// HTML 8.1.4.6 extract error information from an exception. Runs no user code.
Fallible<ErrorReport> describe(Agent& agent, Value exception) {
    std::string text;
    ErrorReport report{atoms::empty, atoms::empty};
    if (exception.is<ErrorObject>()) {
        auto* error = exception.as<ErrorObject>();
        text = TRY(TRY(error->stack_string(agent))->to_utf8(agent));
        if (size_t frames = text.find("\n    at "); frames != std::string::npos) text.resize(frames);
        if (error->file()) report.file = error->file();
        report.line = error->line();
        report.column = error->column();
    } else if (exception.is_string()) {
        text = TRY(exception.as_string()->to_utf8(agent));
    } else {
        text = display_string(exception);
    }
    if (!memory_is_at_hand(text.size() * 2 + 64)) return agent.out_of_memory();
    report.message = TRY(String::from_utf8(agent, "Uncaught " + text));
    return report;
}

/// Tells the parent: an array of message, file, line, column and error. An error that cannot be cloned stays behind.
Result<void> send_error(Agent& agent, const ErrorReport& report, Value exception) {
    WorkerScope& scope = WorkerScope::of(agent);
    for (bool with_error : {true, false}) {
        Array* array = TRY(Array::from_values(agent, std::initializer_list<Value>{Value(report.message), Value(report.file),
                                                                                 Value::number(report.line), Value::number(report.column),
                                                                                 with_error ? exception : Value::undefined()}));
        Result<CloneMessage> message = structured_serialize(agent, Value(array));
        if (message.threw()) {
            if (agent.is_terminating() || !with_error) return Threw{};
            (void)agent.take_exception();
            continue;
        }
        auto* item = new_or_null<PipeItem>();
        if (!item) return agent.out_of_memory();
        item->kind = PipeItem::Kind::Error;
        item->message = message.release();
        const PipeEnd& end = scope.receiver->is_open() ? scope.receiver->end() : scope.link.end;
        if (end) end.send(item);
        else delete item;
        break;
    }
    return {};
}

// HTML 8.1.4.6 report an exception: first the worker's own handlers, then the parent.
void report_in_worker(Agent& agent, Value exception, void*) {
    WorkerScope& scope = WorkerScope::of(agent);
    scope.link.status = 1;
    // What was thrown may be that memory has run out.
    OpenReserve reserve(agent.heap());
    auto report = [&]() -> Result<void> {
        RealmScope realm_scope(agent, scope.target->realm());
        Root<Value> kept(agent.heap(), exception);
        ErrorReport description = TRY(describe(agent, exception));
        if (!scope.reporting) {
            scope.reporting = true;
            EventObject* event = TRY(ErrorEventObject::create(agent, description.message, description.file, description.line,
                                                              description.column, exception));
            Result<bool> dispatched = scope.target->dispatch(agent, event);
            scope.reporting = false;
            if (!TRY(std::move(dispatched))) {
                scope.link.status = 0;
                return {};
            }
        }
        return send_error(agent, description, exception);
    };
    // Without memory for the report there is its end, which tells that.
    if (report().threw()) {
        scope.reporting = false;
        if (agent.is_terminating()) return;
        scope.link.error_untold = true;
        (void)agent.take_exception();
    }
}

// --- the script ---------------------------------------------------------------------------------------------------

Result<Value> run_script(Agent& agent, Realm& realm, WorkerScope& scope) {
    WorkerLaunch& launch = scope.launch;
    RealmScope realm_scope(agent, &realm);
    std::string text;
    std::string name = launch.name.empty() ? "[worker eval]" : "[worker " + shortened(launch.name) + "]";
    if (launch.is_text) {
        text.swap(launch.specifier);
        scope.script_path = launch.base;
        // Relative imports of a text begin where its parent is.
        if (launch.is_module && !launch.base.empty()) name = launch.base.substr(0, launch.base.rfind('/') + 1) + name;
    } else {
        name = scope.script_path = TRY(ModuleLoader::resolve(agent, launch.base, launch.specifier));
        if (launch.is_module) return ModuleLoader::of(agent).run_main(realm, name);
        if (!TRY(ModuleLoader::read_file(agent, name, text)))
            return throw_dom_exception(agent, "NetworkError", "Cannot read the worker's script '" + shortened(name, kLongestShownPath) + "': no such file, no permission, or a folder");
    }
    if (launch.is_module) return ModuleLoader::of(agent).run_main_text(realm, text, name);
    return Interpreter::of(agent).evaluate_script(realm, SourceText::from_utf8(text, name));
}

// --- globals ------------------------------------------------------------------------------------------------------

Result<Value> scope_post_message(Agent& agent, const Arguments& arguments) {
    if (arguments.size() == 0) return agent.throw_type_error("postMessage needs a message");
    PortReceiver* receiver = WorkerScope::of(agent).receiver.get();
    TRY(post_message(agent, receiver->is_open() ? receiver : nullptr, arguments[0], arguments[1]));
    return Value::undefined();
}

// HTML 10.2.1.2 close ( ): the task under way goes on, and is the last
Result<Value> scope_close(Agent& agent, const Arguments&) {
    EventLoop::of(agent).queue()->ask_to_stop();
    return Value::undefined();
}

Result<Value> scope_self(Agent& agent, const Arguments&) { return Value(agent.realm().global_this()); }

Result<Value> scope_name(Agent& agent, const Arguments&) { return Value(TRY(String::from_utf8(agent, WorkerScope::of(agent).launch.name))); }

Result<Value> scope_worker_data(Agent& agent, const Arguments&) {
    WorkerScope& scope = WorkerScope::of(agent);
    if (!scope.has_data && scope.launch.has_data) {
        scope.has_data = true;
        RealmScope realm_scope(agent, scope.target->realm());
        scope.data = TRY(structured_deserialize(agent, std::move(scope.launch.data)));
    }
    return scope.data;
}

// HTML 10.3.1 importScripts ( ...urls )
Result<Value> scope_import_scripts(Agent& agent, const Arguments& arguments) {
    WorkerScope& scope = WorkerScope::of(agent);
    if (scope.launch.is_module) return agent.throw_type_error("importScripts is for classic workers: a module worker imports");
    RootVector<Value> names(agent.heap());
    for (Value value : arguments.values()) {
        if (!names.push_back(Value(TRY(to_string(agent, value))))) return agent.out_of_memory();
    }
    for (Value name : names) {
        std::string path = TRY(ModuleLoader::resolve(agent, scope.script_path, TRY(name.as_string()->to_utf8(agent))));
        std::string text;
        if (!TRY(ModuleLoader::read_file(agent, path, text)))
            return throw_dom_exception(agent, "NetworkError", "Cannot read the script '" + shortened(path, kLongestShownPath) + "': no such file, no permission, or a folder");
        TRY(Interpreter::of(agent).evaluate_script(*scope.target->realm(), SourceText::from_utf8(text, path)));
    }
    return Value::undefined();
}

} // namespace

void add_worker_globals(BuiltinLibrary& library) {
    library.add_accessor(atoms::self, scope_self, nullptr, kWebAccessor);
    library.add_accessor(atoms::name, scope_name, nullptr, kWebAccessor);
    library.add_accessor(atoms::workerData, scope_worker_data, nullptr, kWebAccessor);
    library.add_accessor(atoms::onmessage, event_handler_getter<atoms::message>, event_handler_setter<atoms::message>, kWebAccessor);
    library.add_accessor(atoms::onmessageerror, event_handler_getter<atoms::messageerror>, event_handler_setter<atoms::messageerror>, kWebAccessor);
    library.add_accessor(atoms::onerror, event_handler_getter<atoms::error>, event_handler_setter<atoms::error>, kWebAccessor);
    library.add_function(atoms::postMessage, scope_post_message, 1, kWebAttributes);
    library.add_function(atoms::close, scope_close, 0, kWebAttributes);
    library.add_function(atoms::importScripts, scope_import_scripts, 0, kWebAttributes);
    library.add_function(atoms::addEventListener, event_target_add_event_listener, 2, kWebAttributes);
    library.add_function(atoms::removeEventListener, event_target_remove_event_listener, 2, kWebAttributes);
    library.add_function(atoms::dispatchEvent, event_target_dispatch_event, 1, kWebAttributes);
}

// HTML 10.2.4 run a worker
void run_worker(AgentHost& host, WorkerLaunch& launch, WorkerLink& link) {
    Realm* realm = host.realm();
    if (!realm || !memory_is_at_hand()) return; // no memory to say so either: its end tells
    Agent& agent = host.agent();
    auto component = std::make_unique<WorkerScope>(launch, link);
    WorkerScope& scope = *component;
    agent.set_component(Component::WorkerScope, std::move(component));
    {
        RealmScope realm_scope(agent, realm);
        Fallible<Shape*> shape = realm->root_shape(Intrinsic::ObjectPrototype);
        if (shape.threw()) return;
        Fallible<WorkerGlobalTarget*> target = agent.heap().allocate<WorkerGlobalTarget>(0, shape.release(), realm);
        if (target.threw()) return;
        scope.target = target.release();
        scope.target->set_face(realm->global_this());
        realm->set_host_slot(Realm::HostSlot::Events, Value(scope.target));
    }
    scope.receiver.reset(PortReceiver::create(PortHub::of(agent), scope.target, std::move(link.end)));
    if (!scope.receiver) return;
    scope.receiver->set_wanted(false);
    agent.set_uncaught_handler(report_in_worker, nullptr);
    {
        RejectionTracker rejections(agent, [](Agent& a, Value reason) { a.report_uncaught(reason); });
        Cluster::of(agent.runtime()).call_worker_hook(agent, *realm);
        link.status = 0;
        link.error_untold = false;
        Result<Value> result = agent.poll_interrupts().threw() ? Result<Value>(Threw{}) : run_script(agent, *realm, scope);
        if (result.threw() && !agent.is_terminating()) agent.report_uncaught(agent.take_exception());
        // Also when the script has called close.
        if (!agent.is_terminating()) agent.run_jobs();
        EventLoop::of(agent).run();
        if (!agent.is_terminating()) rejections.report_all();
        if (agent.is_terminating()) link.status = 1;
    }
    // The end outlives the agent, to say that it has ended; what was not received is dropped with it.
    link.end = scope.receiver->release_end();
    scope.receiver.reset();
}

} // namespace heddle
