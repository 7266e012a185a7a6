// Messages: structured clone for hosts, and the limits of the queues that they wait in.
#include "api/call.h"
#include "clone/structured_clone.h"
#include "runtime/array.h"
#include "threads/cluster.h"
#include "threads/message_port.h"
#include "threads/port_hub.h"
#include "threads/worker.h"

using namespace heddle;
using namespace heddle::api;

static heddle_status give_message(heddle_runtime& runtime, CloneMessage message, heddle_message** out, heddle_error* error) {
    sync::MutexLocker locker(runtime.mutex);
    SharedSlot* slot = runtime.take_slot(SharedKind::Message);
    if (!slot) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for a handle");
    slot->message.emplace(std::move(message));
    *out = static_cast<heddle_message*>(heddle_runtime::handle_of(slot));
    return HEDDLE_OK;
}

/// Takes the message off its handle, which is used up. Nothing when it is no message.
static std::optional<CloneMessage> take_message(heddle_runtime& runtime, heddle_message* message) {
    sync::MutexLocker locker(runtime.mutex);
    SharedSlot* slot = runtime.find_slot(message, SharedKind::Message);
    if (!slot) return std::nullopt;
    std::optional<CloneMessage> taken(std::move(slot->message));
    slot->message.reset();
    runtime.free_slot(slot);
    return taken;
}

static heddle_status no_message(heddle_error* error) {
    return report(error, HEDDLE_BAD_HANDLE, "this is no message of this runtime: it was read or destroyed, or is another runtime's");
}

/// The limits that the host's stand for. False when they have no valid size.
static bool read_limits(const heddle_queue_limits* given, MessageLimits& out) {
    heddle_queue_limits read = HEDDLE_QUEUE_LIMITS_INIT;
    if (!read_options(given, read)) return false;
    if (read.messages != 0) out.messages = read.messages;
    if (read.bytes != 0) out.bytes = read.bytes;
    out.blocks = read.blocks != 0;
    return true;
}

static heddle_status bad_limits(heddle_error* error) {
    return report(error, HEDDLE_BAD_ARGUMENT, "the limits have no valid size: begin with HEDDLE_QUEUE_LIMITS_INIT");
}

/// What `port` receives with; null when the call has failed.
static PortReceiver* receiver_of(Call& call, heddle_value port) {
    Value found;
    if (!call.value(port, found)) return nullptr;
    bool is_port = found.is<MessagePortObject>();
    if (!is_port && !found.is<WorkerObject>()) {
        call.fail(HEDDLE_WRONG_KIND, fmt::format("{} is no MessagePort and no Worker", display_string(found)));
        return nullptr;
    }
    PortReceiver* receiver = is_port ? found.as<MessagePortObject>()->receiver() : found.as<WorkerObject>()->receiver();
    if (!receiver) call.fail(HEDDLE_WRONG_KIND, "the port is closed, or was transferred: it has no queue any more");
    return receiver;
}

extern "C" {

heddle_status heddle_message_serialize(heddle_agent* agent, heddle_value value, const heddle_value* transfer, size_t transfer_count,
                                       heddle_message** out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the message") || !call.value(value, found)) return call.status();
    RootVector<Value> list(call.agent().heap());
    if (!call.values(transfer, transfer_count, list)) return call.status();
    Result<CloneMessage> message = structured_serialize(call.agent(), found, list.span());
    if (message.threw()) return call.thrown();
    return give_message(call.state().runtime, message.release(), out, error);
}

heddle_status heddle_message_deserialize(heddle_agent* agent, heddle_message* message, heddle_value* out, heddle_value* transferred,
                                         heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result") || !call.pointer(message, "the message")) return call.status();
    if (!call.state().handles->has_scope()) return call.fail(HEDDLE_NO_SCOPE, "the result needs a scope to live in: call heddle_scope_open first");
    std::optional<CloneMessage> taken = take_message(call.state().runtime, message);
    if (!taken) return no_message(error);
    RootVector<Value> received(call.agent().heap());
    Result<Value> value = structured_deserialize(call.agent(), std::move(*taken), transferred ? &received : nullptr);
    if (value.threw()) return call.thrown();
    Value result = value.release();
    if (transferred) {
        if (heddle_status status = call.give(Array::from_values(call.agent(), received.span()), transferred); status != HEDDLE_OK) return status;
    }
    return call.give(result, out);
}

heddle_status heddle_message_from_bytes(heddle_runtime* runtime, const void* bytes, size_t length, heddle_message** out, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    if (!out || (!bytes && length != 0)) return report(error, HEDDLE_BAD_ARGUMENT, "the bytes, or the place for the message, are NULL");
    std::optional<CloneMessage> message = CloneMessage::from_bytes({static_cast<const uint8_t*>(bytes), length});
    if (!message) return report(error, HEDDLE_OUT_OF_MEMORY, fmt::format("there is no memory for a message of {} bytes", length));
    return give_message(*runtime, std::move(*message), out, error);
}

heddle_status heddle_message_bytes(heddle_runtime* runtime, heddle_message* message, const void** bytes, size_t* length, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    if (!bytes || !length) return report(error, HEDDLE_BAD_ARGUMENT, "the place for the bytes, or for their length, is NULL");
    sync::MutexLocker locker(runtime->mutex);
    SharedSlot* slot = runtime->find_slot(message, SharedKind::Message);
    if (!slot) return no_message(error);
    const CloneMessage& found = *slot->message;
    if (found.transfer_count() != 0 || found.size() != found.bytes().size())
        return report(error, HEDDLE_REFUSED, "the message is more than its bytes: buffers travel beside them");
    *bytes = found.bytes().data();
    *length = found.bytes().size();
    return HEDDLE_OK;
}

heddle_status heddle_message_copy(heddle_runtime* runtime, heddle_message* message, heddle_message** out, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    if (!out) return report(error, HEDDLE_BAD_ARGUMENT, "the place for the message is NULL");
    std::optional<CloneMessage> copied;
    {
        sync::MutexLocker locker(runtime->mutex);
        SharedSlot* slot = runtime->find_slot(message, SharedKind::Message);
        if (!slot) return no_message(error);
        if (slot->message->transfer_count() != 0)
            return report(error, HEDDLE_REFUSED, "the message transfers something: that has one receiver");
        copied = slot->message->copy();
    }
    if (!copied) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for a copy of the message");
    return give_message(*runtime, std::move(*copied), out, error);
}

heddle_status heddle_message_destroy(heddle_runtime* runtime, heddle_message* message, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    // It goes without the mutex: memory of the host's may go with it.
    return take_message(*runtime, message) ? HEDDLE_OK : no_message(error);
}

heddle_status heddle_runtime_set_queue_limits(heddle_runtime* runtime, const heddle_queue_limits* limits, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    MessageLimits read;
    if (!limits || !read_limits(limits, read)) return bad_limits(error);
    Cluster::of(runtime->engine.runtime()).pipes().set_limits(read);
    return HEDDLE_OK;
}

heddle_status heddle_port_set_queue_limits(heddle_agent* agent, heddle_value port, const heddle_queue_limits* limits, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(limits, "the limits")) return call.status();
    PortReceiver* receiver = receiver_of(call, port);
    if (!receiver) return call.status();
    MessageLimits read;
    if (!read_limits(limits, read)) return bad_limits(error);
    receiver->end().set_limits(read);
    receiver->set_may_be_full(true);
    return HEDDLE_OK;
}

heddle_status heddle_port_get_queue_limits(heddle_agent* agent, heddle_value port, heddle_queue_limits* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(out, "the place for the limits")) return call.status();
    PortReceiver* receiver = receiver_of(call, port);
    if (!receiver) return call.status();
    MessageLimits limits = receiver->end().limits();
    heddle_queue_limits now = HEDDLE_QUEUE_LIMITS_INIT;
    now.blocks = limits.blocks;
    now.messages = limits.messages;
    now.bytes = limits.bytes;
    return write_information(now, out) ? HEDDLE_OK : bad_limits(error);
}

} // extern "C"
