// Creating, detaching, transferring and resizing buffers.
#include "buffers/buffer_object.h"

#include "runtime/runtime.h"
#include "sync/window.h"

#include <fmt/core.h>

namespace heddle {

// --- both kinds
// -----------------------------------------------------------------------------------------------

void BufferObject::finalize() {
    if (store_) store_->release();
    store_ = nullptr;
    discharge(charged_);
}

Fallible<void> BufferObject::charge(Agent& agent, size_t bytes) {
    if (!heap_.add_external(bytes)) return agent.out_of_memory();
    charged_ += bytes;
    return {};
}

void BufferObject::discharge(size_t bytes) {
    HEDDLE_ASSERT(bytes <= charged_);
    heap_.remove_external(bytes);
    charged_ -= bytes;
}

Fallible<void> BufferObject::attach(Agent& agent, StoreReference store) {
    HEDDLE_ASSERT(!store_ && store && store->is_shared() == is_shared());
    TRY(charge(agent, store->byte_length()));
    if (store->is_resizable()) class_data_ |= kResizable;
    store_ = store.leak();
    return {};
}

Fallible<void> BufferObject::allocate_store(Agent& agent, uint64_t byte_length,
                                            std::optional<uint64_t> max_byte_length) {
    uint64_t capacity = max_byte_length.value_or(byte_length);
    if (capacity > BackingStore::kMaxByteLength) {
        return agent.throw_range_error(
            fmt::format("Array buffer allocation failed: {} bytes wanted, {} is the most", capacity,
                        BackingStore::kMaxByteLength));
    }
    TRY(charge(agent, byte_length));
    BackingStore* store =
        BackingStore::create({byte_length, capacity, max_byte_length.has_value(), is_shared(), agent.runtime().live_stores()});
    if (!store) {
        discharge(byte_length);
        return agent.throw_range_error(
            fmt::format("Array buffer allocation failed: no memory for {} bytes", capacity));
    }
    if (max_byte_length) class_data_ |= kResizable;
    store_ = store;
    return {};
}

// --- ArrayBuffer
// ----------------------------------------------------------------------------------------------

// 25.1.3.1 AllocateArrayBuffer ( constructor, byteLength [ , maxByteLength ] ), after step 3
Fallible<ArrayBufferObject*> ArrayBufferObject::create(Agent& agent, Shape* shape, uint64_t byte_length,
                                                       std::optional<uint64_t> max_byte_length) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::ArrayBufferPrototype));
    auto* buffer = TRY(agent.heap().allocate<ArrayBufferObject>(0, shape, agent.heap()));
    TRY(buffer->allocate_store(agent, byte_length, max_byte_length));
    return buffer;
}

Fallible<ArrayBufferObject*> ArrayBufferObject::create(Agent& agent, Shape* shape, StoreReference store,
                                                       bool immutable) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::ArrayBufferPrototype));
    auto* buffer = TRY(agent.heap().allocate<ArrayBufferObject>(0, shape, agent.heap()));
    TRY(buffer->attach(agent, std::move(store)));
    if (immutable) buffer->make_immutable();
    return buffer;
}

Fallible<ArrayBufferObject*> ArrayBufferObject::create_by_moving(Agent& agent, ArrayBufferObject* source,
                                                                 bool immutable) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::ArrayBufferPrototype));
    auto* buffer = TRY(agent.heap().allocate<ArrayBufferObject>(0, shape, agent.heap()));
    HEDDLE_ASSERT(&buffer->heap_ == &source->heap_);
    // What is charged moves with the block.
    buffer->charged_ = std::exchange(source->charged_, 0);
    buffer->class_data_ = source->class_data_ | (immutable ? kImmutable : 0);
    buffer->store_ = source->take_store().leak();
    return buffer;
}

Fallible<void> ArrayBufferObject::check_detachable(Agent& agent, Value key) const {
    if (is_immutable())
        return agent.throw_type_error(
            "Cannot detach an immutable ArrayBuffer: transfer a copy (slice) instead");
    if (!same_value(detach_key_, key))
        return agent.throw_type_error(
            "Cannot detach this ArrayBuffer: it is held by its owner, whose key was not given");
    return {};
}

// 25.1.3.5 DetachArrayBuffer ( arrayBuffer [ , key ] )
Fallible<void> ArrayBufferObject::detach(Agent& agent, Value key) {
    TRY(check_detachable(agent, key));
    take_store();
    return {};
}

StoreReference ArrayBufferObject::take_store() {
    sync::WindowMark window(sync::Window::BufferDetach);
    if (PLANTED(BuffersTransferKeepsSource)) return StoreReference::share(store_);
    discharge(charged_);
    return StoreReference::adopt(std::exchange(store_, nullptr));
}

Fallible<void> ArrayBufferObject::resize(Agent& agent, size_t new_length) {
    size_t old_length = store_->byte_length();
    if (new_length > old_length) TRY(charge(agent, new_length - old_length));
    if (!store_->resize(new_length)) {
        discharge(new_length - old_length);
        return agent.throw_range_error(
            fmt::format("Cannot resize the ArrayBuffer: no memory for {} bytes", new_length));
    }
    if (new_length < old_length) discharge(old_length - new_length);
    return {};
}

void ArrayBufferObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(detach_key_);
}

// --- SharedArrayBuffer
// ----------------------------------------------------------------------------------------

// 25.2.2.1 AllocateSharedArrayBuffer ( constructor, byteLength [ , maxByteLength ] ), after step 3
Fallible<SharedArrayBufferObject*> SharedArrayBufferObject::create(Agent& agent, Shape* shape,
                                                                   uint64_t byte_length,
                                                                   std::optional<uint64_t> max_byte_length) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::SharedArrayBufferPrototype));
    auto* buffer = TRY(agent.heap().allocate<SharedArrayBufferObject>(0, shape, agent.heap()));
    TRY(buffer->allocate_store(agent, byte_length, max_byte_length));
    return buffer;
}

Fallible<SharedArrayBufferObject*> SharedArrayBufferObject::create(Agent& agent, Shape* shape,
                                                                   StoreReference store) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::SharedArrayBufferPrototype));
    auto* buffer = TRY(agent.heap().allocate<SharedArrayBufferObject>(0, shape, agent.heap()));
    TRY(buffer->attach(agent, std::move(store)));
    return buffer;
}

// 25.2.2.3 HostGrowSharedArrayBuffer ( buffer, newByteLength )
Fallible<void> SharedArrayBufferObject::grow(Agent& agent, size_t new_length) {
    // Charged before, so that the limit holds; what another agent has grown meanwhile is not charged here.
    size_t before = store_->byte_length();
    size_t more = new_length > before ? new_length - before : 0;
    TRY(charge(agent, more));
    switch (store_->grow(new_length)) {
    case BackingStore::GrowOutcome::Grown:
        return {};
    case BackingStore::GrowOutcome::WouldShrink:
        discharge(more);
        return agent.throw_range_error(fmt::format(
            "Cannot grow the SharedArrayBuffer to {} bytes: it is longer already and cannot shrink",
            new_length));
    case BackingStore::GrowOutcome::OutOfMemory:
        discharge(more);
        return agent.throw_range_error(
            fmt::format("Cannot grow the SharedArrayBuffer: no memory for {} bytes", new_length));
    }
    HEDDLE_UNREACHABLE();
}

} // namespace heddle
