// Stores, buffers and views.
#include "api/call.h"
#include "api/store_loan.h"
#include "base/fault.h"
#include "buffers/data_view_object.h"
#include "buffers/typed_array_object.h"
#include "sync/current_thread.h"

using namespace heddle;
using namespace heddle::api;

// heddle_element_type follows the table of the element types.
static_assert(HEDDLE_INT8 == static_cast<int>(ElementType::Int8) && HEDDLE_UINT32 == static_cast<int>(ElementType::Uint32));
static_assert(HEDDLE_FLOAT64 == static_cast<int>(ElementType::Float64) && HEDDLE_BIGUINT64 == static_cast<int>(ElementType::BigUint64));
static_assert(HEDDLE_BYTES == kElementTypeCount);

namespace heddle::api {

void StoreLoan::on_free(void* data, size_t byte_length, void* context) {
    auto* loan = static_cast<StoreLoan*>(context);
    // In the midst of a sweep on an agent's thread the host's code waits for the end of the call.
    sync::ThreadRecord& thread = sync::current_thread();
    AgentState* state = thread.agent && thread.in_request ? AgentState::of(*static_cast<Agent*>(thread.agent)) : nullptr;
    if (state) {
        state->dispose_later(loan);
        return;
    }
    loan->dispose(nullptr);
    delete loan;
}

} // namespace heddle::api

/// Finds the store for a call on any thread. False: `status` says why.
static bool store_of(heddle_runtime* runtime, heddle_store* store, StoreReference& out, heddle_status& status, heddle_error* error) {
    status = check_runtime(runtime, error);
    if (status != HEDDLE_OK) return false;
    sync::MutexLocker locker(runtime->mutex);
    SharedSlot* slot = runtime->find_slot(store, SharedKind::Store);
    if (slot) {
        out = slot->store;
        return true;
    }
    status = report(error, HEDDLE_BAD_HANDLE, "this is no store of this runtime: it was released or used up, or is another runtime's");
    return false;
}

static heddle_status give_store(heddle_runtime& runtime, StoreReference store, heddle_store** out, heddle_error* error) {
    sync::MutexLocker locker(runtime.mutex);
    SharedSlot* slot = runtime.take_slot(SharedKind::Store);
    if (!slot) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for a handle");
    slot->store = std::move(store);
    *out = static_cast<heddle_store*>(heddle_runtime::handle_of(slot));
    return HEDDLE_OK;
}

static bool buffer_of(Call& call, heddle_value handle, BufferObject*& out) {
    Value found;
    if (!call.value(handle, found)) return false;
    if (!found.is<BufferObject>()) {
        call.fail(HEDDLE_WRONG_KIND, fmt::format("expected an ArrayBuffer or a SharedArrayBuffer, got {}", display_string(found)));
        return false;
    }
    out = found.as<BufferObject>();
    return true;
}

static bool array_buffer_of(Call& call, heddle_value handle, ArrayBufferObject*& out) {
    BufferObject* buffer = nullptr;
    if (!buffer_of(call, handle, buffer)) return false;
    if (buffer->is_shared()) {
        call.fail(HEDDLE_WRONG_KIND, "expected an ArrayBuffer; a SharedArrayBuffer cannot be detached");
        return false;
    }
    out = static_cast<ArrayBufferObject*>(buffer);
    return true;
}

extern "C" {

heddle_status heddle_store_create(heddle_runtime* runtime, const heddle_store_options* options, heddle_store** out, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    heddle_store_options read = HEDDLE_STORE_OPTIONS_INIT;
    if (!options || !out) return report(error, HEDDLE_BAD_ARGUMENT, "the options of the store, or the place for it, are NULL");
    if (!read_options(options, read))
        return report(error, HEDDLE_BAD_ARGUMENT, "the options of the store have no valid size: begin with HEDDLE_STORE_OPTIONS_INIT");
    if (read.max_byte_length != 0 && read.max_byte_length < read.byte_length)
        return report(error, HEDDLE_BAD_ARGUMENT,
                      fmt::format("the maximum of {} bytes is below the length of {}", read.max_byte_length, read.byte_length));
    BackingStore::Options wanted;
    wanted.byte_length = read.byte_length;
    wanted.max_byte_length = read.max_byte_length;
    wanted.resizable = read.max_byte_length != 0;
    wanted.shared = read.shared != 0;
    StoreReference store = StoreReference::adopt(BackingStore::create(wanted));
    if (!store) return report(error, HEDDLE_OUT_OF_MEMORY, fmt::format("there is no memory for a store of {} bytes", read.byte_length));
    return give_store(*runtime, std::move(store), out, error);
}

heddle_status heddle_store_adopt(heddle_runtime* runtime, void* data, size_t byte_length, int shared, heddle_free free, void* context,
                                 heddle_store** out, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    if (!out) return report(error, HEDDLE_BAD_ARGUMENT, "the place for the store is NULL");
    if (!data) return report(error, HEDDLE_BAD_ARGUMENT, "the memory is NULL: an empty store needs an address too");
    if (byte_length > BackingStore::kMaxByteLength)
        return report(error, HEDDLE_BAD_ARGUMENT, fmt::format("a store has at most {} bytes, not {}", BackingStore::kMaxByteLength, byte_length));
    auto* loan = new_or_null<StoreLoan>(data, byte_length, free, context);
    if (!loan) return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for a store");
    StoreReference store = StoreReference::adopt(BackingStore::adopt(data, byte_length, shared != 0, StoreLoan::on_free, loan));
    if (!store) {
        delete loan;
        return report(error, HEDDLE_OUT_OF_MEMORY, "there is no memory for a store");
    }
    heddle_status status = give_store(*runtime, store, out, error);
    if (status != HEDDLE_OK) loan->forget(); // the host keeps its memory
    return status;
}

heddle_status heddle_store_bytes(heddle_runtime* runtime, heddle_store* store, void** data, size_t* byte_length, heddle_error* error) {
    heddle_status status = HEDDLE_OK;
    StoreReference found;
    if (!store_of(runtime, store, found, status, error)) return status;
    if (data) *data = found->data();
    if (byte_length) *byte_length = found->byte_length();
    return HEDDLE_OK;
}

heddle_status heddle_store_release(heddle_runtime* runtime, heddle_store* store, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    StoreReference released; // goes without the mutex: its memory may be the host's
    {
        sync::MutexLocker locker(runtime->mutex);
        SharedSlot* slot = runtime->find_slot(store, SharedKind::Store);
        if (!slot) return report(error, HEDDLE_BAD_HANDLE, "this is no store of this runtime, or it was released or used up before");
        released = std::move(slot->store);
        runtime->free_slot(slot);
    }
    return HEDDLE_OK;
}

// --- buffers ----------------------------------------------------------------------------------------------------

heddle_status heddle_buffer_create(heddle_agent* agent, heddle_store* store, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result") || !call.pointer(store, "the store")) return call.status();
    if (!call.state().handles->has_scope()) return call.fail(HEDDLE_NO_SCOPE, "the result needs a scope to live in: call heddle_scope_open first");
    heddle_runtime& runtime = call.state().runtime;
    StoreReference taken;
    bool shared = false;
    {
        sync::MutexLocker locker(runtime.mutex);
        SharedSlot* slot = runtime.find_slot(store, SharedKind::Store);
        if (!slot)
            return call.fail(HEDDLE_BAD_HANDLE, "this is no store of this runtime: it was released or used up, or is another runtime's");
        shared = slot->store->is_shared();
        if (shared) {
            taken = slot->store;
        } else {
            taken = std::move(slot->store);
            runtime.free_slot(slot);
        }
    }
    if (shared) return call.give(SharedArrayBufferObject::create(call.agent(), nullptr, std::move(taken)), out);
    return call.give(ArrayBufferObject::create(call.agent(), nullptr, std::move(taken)), out);
}

heddle_status heddle_buffer_share(heddle_agent* agent, heddle_value buffer, heddle_store** out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    BufferObject* found = nullptr;
    if (!call.pointer(out, "the place for the store") || !buffer_of(call, buffer, found)) return call.status();
    if (!found->is_shared()) return call.fail(HEDDLE_WRONG_KIND, "only a SharedArrayBuffer can be shared; heddle_buffer_take moves an ArrayBuffer's bytes");
    return give_store(call.state().runtime, StoreReference::share(found->store()), out, error);
}

static bool detach_key(Call& call, const heddle_value* key, Value& out) {
    out = Value::undefined();
    return !key || call.value(*key, out);
}

heddle_status heddle_buffer_take(heddle_agent* agent, heddle_value buffer, const heddle_value* key, heddle_store** out, heddle_error* error) {
    Call call(agent, error);
    ArrayBufferObject* found = nullptr;
    Value given;
    if (!call.pointer(out, "the place for the store") || !array_buffer_of(call, buffer, found) || !detach_key(call, key, given))
        return call.status();
    if (found->is_detached()) return call.fail(HEDDLE_WRONG_KIND, "the ArrayBuffer is detached");
    if (found->check_detachable(call.agent(), given).threw()) return call.thrown();
    heddle_runtime& runtime = call.state().runtime;
    sync::MutexLocker locker(runtime.mutex);
    SharedSlot* slot = runtime.take_slot(SharedKind::Store);
    if (!slot) return call.out_of_memory();
    slot->store = found->take_store();
    *out = static_cast<heddle_store*>(heddle_runtime::handle_of(slot));
    return HEDDLE_OK;
}

heddle_status heddle_buffer_detach(heddle_agent* agent, heddle_value buffer, const heddle_value* key, heddle_error* error) {
    Call call(agent, error);
    ArrayBufferObject* found = nullptr;
    Value given;
    if (!array_buffer_of(call, buffer, found) || !detach_key(call, key, given)) return call.status();
    return call.done(found->detach(call.agent(), given));
}

heddle_status heddle_buffer_set_detach_key(heddle_agent* agent, heddle_value buffer, heddle_value key, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    ArrayBufferObject* found = nullptr;
    Value given;
    if (!array_buffer_of(call, buffer, found) || !call.value(key, given)) return call.status();
    found->set_detach_key(given);
    return HEDDLE_OK;
}

heddle_status heddle_buffer_get_info(heddle_agent* agent, heddle_value buffer, heddle_buffer_info* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    BufferObject* found = nullptr;
    if (!call.pointer(out, "the place for the information") || !buffer_of(call, buffer, found)) return call.status();
    heddle_buffer_info now = HEDDLE_BUFFER_INFO_INIT;
    now.shared = found->is_shared();
    now.resizable = !found->is_fixed_length();
    now.detached = found->is_detached();
    now.immutable = found->is_immutable();
    now.data = found->store() ? found->store()->data() : nullptr;
    now.byte_length = found->byte_length();
    now.max_byte_length = found->max_byte_length();
    if (!write_information(now, out))
        return call.fail(HEDDLE_BAD_ARGUMENT, "the information has no valid size: begin with HEDDLE_BUFFER_INFO_INIT");
    return HEDDLE_OK;
}

// --- views ------------------------------------------------------------------------------------------------------

heddle_status heddle_view_create(heddle_agent* agent, heddle_element_type type, heddle_value buffer, size_t byte_offset, size_t length,
                                 heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    BufferObject* found = nullptr;
    if (!call.pointer(out, "the place for the result") || !buffer_of(call, buffer, found)) return call.status();
    uint32_t number = number_of(type);
    if (number > HEDDLE_BYTES) return call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("{} is no heddle_element_type", number));
    Intrinsic constructor = type == HEDDLE_BYTES ? Intrinsic::DataView : typed_array_constructor(static_cast<ElementType>(number));
    Fallible<Object*> target = call.agent().intrinsic(constructor);
    if (target.threw()) return call.thrown();
    // The constructors' own checks of offsets, lengths and detached buffers, in their order.
    const Value arguments[] = {Value(found), Value::number(static_cast<uint64_t>(byte_offset)),
                               length == HEDDLE_AUTO_LENGTH ? Value::undefined() : Value::number(static_cast<uint64_t>(length))};
    return call.give(construct(call.agent(), target.release(), arguments), out);
}

heddle_status heddle_view_get_info(heddle_agent* agent, heddle_value view, heddle_view_info* out, heddle_value* buffer, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(out, "the place for the information") || !call.value(view, found)) return call.status();
    heddle_view_info now = HEDDLE_VIEW_INFO_INIT;
    BufferObject* of = nullptr;
    std::optional<size_t> length;
    size_t element_size = 1;
    if (found.is<TypedArrayObject>()) {
        auto* array = found.as<TypedArrayObject>();
        of = array->buffer();
        length = array->length();
        element_size = array->element_size();
        now.type = static_cast<heddle_element_type>(array->type());
        now.tracks_length = array->tracks_length();
        now.byte_offset = array->byte_offset();
    } else if (found.is<DataViewObject>()) {
        auto* data_view = found.as<DataViewObject>();
        of = data_view->buffer();
        length = data_view->byte_length();
        now.type = HEDDLE_BYTES;
        now.tracks_length = data_view->tracks_length();
        now.byte_offset = data_view->byte_offset();
    } else {
        return call.fail(HEDDLE_WRONG_KIND, fmt::format("expected a typed array or a DataView, got {}", display_string(found)));
    }
    now.out_of_bounds = !length;
    now.length = length.value_or(0);
    now.byte_length = now.length * element_size;
    now.data = length && of->store() ? of->store()->data() + now.byte_offset : nullptr;
    if (buffer) {
        if (heddle_status status = call.give(Value(of), buffer); status != HEDDLE_OK) return status;
    }
    if (!write_information(now, out))
        return call.fail(HEDDLE_BAD_ARGUMENT, "the information has no valid size: begin with HEDDLE_VIEW_INFO_INIT");
    return HEDDLE_OK;
}

} // extern "C"
