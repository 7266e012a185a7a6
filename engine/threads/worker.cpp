#include "threads/worker.h"

#include "base/fault.h"
#include "builtins/define.h"
#include "clone/structured_clone.h"
#include "modules/module_loader.h"
#include "runtime/error.h"
#include "runtime/promise.h"
#include "sync/blocking_region.h"
#include "threads/cluster.h"
#include "threads/engine.h"
#include "threads/message_port.h"

#include <new>

namespace heddle {

Result<WorkerObject*> WorkerObject::create(Agent& agent, Shape* shape, WorkerLaunch launch, const AgentOptions& options,
                                           size_t stack_size, Value data, std::span<const Value> transfer) {
    // For its thread's parts here, and then for the agent there.
    if (!engine_memory_is_at_hand()) return agent.out_of_memory();
    WorkerObject* worker = TRY(agent.heap().allocate<WorkerObject>(0, shape, &agent.realm()));
    auto [outer, inner] = PortHub::of(agent).registry().create_pipe();
    std::shared_ptr<WorkerLink> link = std::make_shared<WorkerLink>();
    link->exit_item = new_or_null<PipeItem>();
    if (!outer || !link->exit_item) return agent.out_of_memory();
    link->end = std::move(inner);
    worker->receiver_ = PortReceiver::create(PortHub::of(agent), worker, std::move(outer));
    if (!worker->receiver_) return agent.out_of_memory();

    AgentThread::Options thread_options;
    thread_options.agent = options;
    thread_options.stack_size = stack_size;
    thread_options.library = Cluster::of(agent.runtime()).worker_library();
    thread_options.parent_agent_id = agent.id();
    launch.has_data |= !transfer.empty();
    auto body = [link, launch = std::move(launch), is_given = !transfer.empty()](AgentHost& host) mutable {
        if (is_given) launch.data = std::move(link->data);
        run_worker(host, launch, *link);
    };
    auto finish = [link] {
        PipeItem* item = std::exchange(link->exit_item, nullptr);
        item->kind = PipeItem::Kind::Exit;
        item->status = link->status;
        item->error_untold = link->error_untold;
        if (PLANTED(ThreadsExitNotTold) && link->status != 0) delete item;
        else link->end.send(item);
        link->end.close();
    };
    worker->thread_ = AgentThread::create(agent.runtime(), std::move(thread_options), std::move(body), std::move(finish));
    bool held = !transfer.empty();
    if (!worker->thread_->start(held)) {
        worker->receiver_->close();
        return agent.throw_range_error("The system has no thread for another worker: end some, or raise its limits");
    }
    if (held) {
        Result<CloneMessage> message = structured_serialize(agent, data, transfer);
        if (message.threw()) { // the worker never comes to be
            worker->thread_->terminate();
            worker->thread_->release();
            {
                sync::BlockingRegion region;
                worker->thread_->join();
            }
            worker->receiver_->close();
            return Threw{};
        }
        link->data = message.release();
        worker->thread_->release();
    }
    worker->receiver_->start();
    return worker;
}

void WorkerObject::finalize() {
    // Only a worker that has ended, or whose agent is ending, is collected: the receiver holds on to it till then.
    delete receiver_;
    std::destroy_at(&thread_);
}

void WorkerObject::visit_edges(Visitor& visitor) {
    EventTargetObject::visit_edges(visitor);
    visitor.visit(exit_promise_);
}

Fallible<Object*> WorkerObject::terminate(Agent& agent) {
    terminated_ = true;
    if (!exited_ && thread_) thread_->terminate();
    if (!exit_promise_) {
        Promise* promise = TRY(Promise::create(agent));
        exit_promise_.set(this, promise);
        if (exited_) promise->fulfill(agent, Value::int32(status_));
    }
    return exit_promise_.get();
}

void WorkerObject::receive(Agent& agent, PipeItem* item) {
    switch (item->kind) {
    case PipeItem::Kind::Message:
        // HTML 10.2.4 terminate a worker: what it sent and nobody has seen yet is dropped.
        if (terminated_) {
            delete item;
            return;
        }
        EventTargetObject::receive(agent, item);
        return;
    case PipeItem::Kind::Error: {
        CloneMessage message = std::move(item->message);
        delete item;
        if (!terminated_) receive_error(agent, std::move(message));
        return;
    }
    case PipeItem::Kind::Exit: {
        int32_t status = item->status;
        bool error_untold = item->error_untold && !terminated_;
        delete item;
        if (error_untold) report_untold_error(agent);
        receive_exit(agent, status);
        return;
    }
    }
}

// HTML 8.1.4.6 report an exception, the part of a dedicated worker's parent. The array is that of send_error in
// worker_scope.cpp.
void WorkerObject::receive_error(Agent& agent, CloneMessage message) {
    auto report = [&]() -> Result<void> {
        Object* report = TRY(structured_deserialize(agent, std::move(message))).as_object();
        Value values[5];
        for (uint32_t i = 0; i < 5; ++i)
            values[i] = TRY(report->get(agent, PropertyKey::index(i)));
        EventObject* event = TRY(ErrorEventObject::create(agent, values[0].as_string(), values[1].as_string(),
                                                          static_cast<uint32_t>(values[2].as_number()),
                                                          static_cast<uint32_t>(values[3].as_number()), values[4]));
        if (!TRY(dispatch(agent, event))) return {};
        // Nobody has taken care of it: it is the parent's own.
        agent.report_uncaught(values[4].is_undefined() ? values[0] : values[4]);
        return {};
    };
    if (report().threw() && !agent.is_terminating()) agent.report_uncaught(agent.take_exception());
}

// The worker's own error is lost; this one stands for it.
void WorkerObject::report_untold_error(Agent& agent) {
    (void)agent.throw_range_error("The worker ended because its memory did not hold what it needs: raise resourceLimits.memory, or end others");
    Root<Value> error(agent.heap(), agent.take_exception());
    auto report = [&]() -> Result<void> {
        String* message = TRY(String::from_utf8(agent, "Uncaught RangeError: the worker ran out of memory"));
        EventObject* event = TRY(ErrorEventObject::create(agent, message, atoms::empty, 0, 0, error.get()));
        if (TRY(dispatch(agent, event))) agent.report_uncaught(error.get());
        return {};
    };
    if (report().threw() && !agent.is_terminating()) agent.report_uncaught(agent.take_exception());
}

void WorkerObject::receive_exit(Agent& agent, int32_t status) {
    exited_ = true;
    status_ = status;
    // What follows is the last of the thread's way out.
    {
        sync::BlockingRegion region;
        thread_->join();
    }
    receiver_->close();
    if (exit_promise_) static_cast<Promise*>(exit_promise_.get())->fulfill(agent, Value::int32(status));
    fire(agent, EventObject::create(agent, atoms::close));
}

// --- members ------------------------------------------------------------------------------------------------------

namespace {

Fallible<WorkerObject*> this_worker(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is<WorkerObject>()) return arguments.this_value().as<WorkerObject>();
    return agent.throw_type_error(std::string("Worker.prototype.") + method + " was called on " + display_string(arguments.this_value()) +
                                  ", which is not a Worker");
}

/// The file of the innermost script that runs; empty for code that no file holds.
Fallible<std::string> calling_file(Agent& agent) {
    std::vector<StackFrameInfo> frames;
    agent.evaluator().capture_stack(frames, 1);
    if (frames.empty()) return std::string();
    std::string path = TRY(ModuleLoader::resolve(agent, "", frames[0].file));
    return ModuleLoader::is_file(path) ? path : std::string();
}

/// A positive number of bytes, or 0 when the property is not given.
Result<size_t> limit_of(Agent& agent, Object* limits, String* name, double least) {
    Value value = TRY(limits->get(agent, name));
    if (value.is_undefined()) return size_t{0};
    double bytes = TRY(to_number(agent, value));
    if (!(bytes >= least && bytes <= 9007199254740991.0))
        return agent.throw_range_error("resourceLimits: a limit in bytes must be a number of at least " + std::to_string(static_cast<uint64_t>(least)) +
                                       ", got " + display_string(value));
    return static_cast<size_t>(bytes);
}

struct WorkerOptions {
    WorkerLaunch launch;
    AgentOptions agent;
    size_t stack_size = size_t{8} << 20;
};

Result<void> read_worker_options(Agent& agent, Value value, WorkerOptions& options, Value& data, RootVector<Value>& transfer) {
    if (value.is_undefined() || value.is_null()) return {};
    if (!value.is_object()) return agent.throw_type_error("The options of a Worker must be an object, got " + display_string(value));
    Object* object = value.as_object();
    Value type = TRY(object->get(agent, atoms::type));
    if (!type.is_undefined()) {
        FlatView text = TRY(TRY(to_string(agent, type))->flatten(agent));
        options.launch.is_module = text.equals(FlatView("module"));
        if (!options.launch.is_module && !text.equals(FlatView("classic")))
            return agent.throw_type_error("The type of a Worker must be 'classic' or 'module', got " + display_string(type));
    }
    Value name = TRY(object->get(agent, atoms::name));
    if (!name.is_undefined()) options.launch.name = TRY(TRY(to_string(agent, name))->to_utf8(agent));
    options.launch.is_text = to_boolean(TRY(object->get(agent, atoms::eval)));
    Value limits = TRY(object->get(agent, atoms::resourceLimits));
    if (limits.is_object()) {
        if (size_t memory = TRY(limit_of(agent, limits.as_object(), atoms::memory, 1 << 20))) options.agent.heap.limit_bytes = memory;
        if (size_t stack = TRY(limit_of(agent, limits.as_object(), atoms::stack, 256 << 10))) {
            options.agent.stack_limit_bytes = stack;
            options.stack_size = stack + (size_t{256} << 10);
        }
    }
    data = TRY(object->get(agent, atoms::workerData));
    Value transfer_list = TRY(object->get(agent, atoms::transferList));
    if (!transfer_list.is_undefined()) TRY(read_transfer_list(agent, transfer_list, transfer));
    if (data.is_undefined() || !transfer.empty()) return {};
    options.launch.data = TRY(structured_serialize(agent, data));
    options.launch.has_data = true;
    return {};
}

// HTML 10.2.6.3 new Worker ( scriptURL, options ), with eval, workerData, transferList and resourceLimits as node has them
Result<Value> worker_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("Worker is a constructor: call it with new");
    if (arguments.size() == 0)
        return agent.throw_type_error("Worker needs a script: new Worker('file.js'), or new Worker('source text', { eval: true })");
    WorkerOptions options;
    options.agent.heap = agent.options().heap;
    options.agent.heap.fail_allocation = 0;
    options.launch.specifier = TRY(TRY(to_string(agent, arguments[0]))->to_utf8(agent));
    options.launch.base = TRY(calling_file(agent));
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::WorkerPrototype));
    Value data;
    RootVector<Value> transfer(agent.heap());
    TRY(read_worker_options(agent, arguments[1], options, data, transfer));
    options.agent.name = options.launch.name.empty() ? "worker" : shortened(options.launch.name);
    return Value(TRY(WorkerObject::create(agent, shape, std::move(options.launch), options.agent, options.stack_size, data, transfer.span())));
}

Result<Value> worker_post_message(Agent& agent, const Arguments& arguments) {
    WorkerObject* worker = TRY(this_worker(agent, arguments, "postMessage"));
    if (arguments.size() == 0) return agent.throw_type_error("postMessage needs a message");
    TRY(post_message(agent, worker->receiver(), arguments[0], arguments[1]));
    return Value::undefined();
}

Result<Value> worker_terminate(Agent& agent, const Arguments& arguments) {
    WorkerObject* worker = TRY(this_worker(agent, arguments, "terminate"));
    return Value(TRY(worker->terminate(agent)));
}

Result<Value> worker_reference(Agent& agent, const Arguments& arguments, bool referenced) {
    WorkerObject* worker = TRY(this_worker(agent, arguments, referenced ? "ref" : "unref"));
    if (PortReceiver* receiver = worker->receiver()) receiver->set_referenced(referenced);
    return Value::undefined();
}
Result<Value> worker_ref(Agent& agent, const Arguments& arguments) { return worker_reference(agent, arguments, true); }
Result<Value> worker_unref(Agent& agent, const Arguments& arguments) { return worker_reference(agent, arguments, false); }

} // namespace

Fallible<Object*> create_worker(Agent& agent, Realm& realm) {
    Object* parent = TRY(realm.intrinsic(Intrinsic::EventTarget));
    return static_cast<Object*>(
        TRY(define_constructor(agent, realm, Intrinsic::Worker, Intrinsic::WorkerPrototype, worker_constructor, 1, atoms::Worker, parent)));
}

Fallible<Object*> create_worker_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::EventTargetPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::WorkerPrototype, Intrinsic::Worker));
    const AccessorEntry accessors[] = {
        HEDDLE_EVENT_HANDLER(onmessage, message),
        HEDDLE_EVENT_HANDLER(onmessageerror, messageerror),
        HEDDLE_EVENT_HANDLER(onerror, error),
        HEDDLE_EVENT_HANDLER(onclose, close),
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {
        {atoms::postMessage, worker_post_message, 1, kWebAttributes},
        {atoms::terminate, worker_terminate, 0, kWebAttributes},
        {atoms::ref, worker_ref, 0, kWebAttributes},
        {atoms::unref, worker_unref, 0, kWebAttributes},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::Worker));
    return prototype;
}

} // namespace heddle
