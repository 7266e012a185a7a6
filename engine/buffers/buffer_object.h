// ArrayBuffer and SharedArrayBuffer objects: cells that hold one reference on a BackingStore
// (ECMA-262 25.1, 25.2). Their JavaScript face is in builtins/.
#pragma once

#include "buffers/backing_store.h"
#include "runtime/conversions.h"

namespace heddle {

/// What both kinds share. The one descriptor of a buffer is its store pointer: detach and transfer clear it
/// with one write, and the length of a resizable buffer is in the store. Views ask for both at each use.
class BufferObject : public Object {
public:
    static bool is_kind(CellKind kind) {
        return kind == CellKind::ArrayBuffer || kind == CellKind::SharedArrayBuffer;
    }
    static constexpr bool kNeedsFinalizer = true;

    /// Null when detached. Not to be kept across user code: share it (StoreReference) or ask again.
    BackingStore* store() const { return store_; }
    bool is_shared() const { return kind() == CellKind::SharedArrayBuffer; } // 25.2.2.2 IsSharedArrayBuffer
    bool is_detached() const { return store_ == nullptr; }                   // 25.1.3.4 IsDetachedBuffer
    /// 25.1.3.8 IsFixedLengthArrayBuffer, also of detached buffers.
    bool is_fixed_length() const { return !(class_data_ & kResizable); }
    /// IsImmutableBuffer of the immutable ArrayBuffer proposal.
    bool is_immutable() const { return class_data_ & kImmutable; }
    /// 25.1.3.2 ArrayBufferByteLength; 0 when detached.
    size_t byte_length() const { return store_ ? store_->byte_length() : 0; }
    size_t max_byte_length() const { return store_ ? store_->max_byte_length() : 0; }
    size_t byte_length_unordered() const { return store_ ? store_->byte_length_unordered() : 0; }

    void finalize() override;

protected:
    friend class Heap;
    enum : uint32_t { kResizable = 1, kImmutable = 2 };
    BufferObject(CellKind kind, Shape* shape, Heap& heap) : Object(kind, shape), heap_(heap) {}

    /// Counts the store towards the agent's heap, then holds it. RangeError when the limit is reached.
    Fallible<void> attach(Agent&, StoreReference);
    Fallible<void> allocate_store(Agent&, uint64_t byte_length, std::optional<uint64_t> max_byte_length);
    Fallible<void> charge(Agent&, size_t bytes);
    void discharge(size_t bytes);

    BackingStore* store_ = nullptr;
    Heap& heap_;
    size_t charged_ = 0; // bytes of the store counted towards heap_
};

class ArrayBufferObject final : public BufferObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::ArrayBuffer; }

    // 25.1.3.1 AllocateArrayBuffer, with the shape that OrdinaryCreateFromConstructor gave (null:
    // %ArrayBuffer%).
    static Fallible<ArrayBufferObject*> create(Agent&, Shape*, uint64_t byte_length,
                                               std::optional<uint64_t> max_byte_length = {});
    /// Over an unshared store that no other agent uses.
    static Fallible<ArrayBufferObject*> create(Agent&, Shape*, StoreReference, bool immutable = false);

    /// Takes the block of `source`, which is detached by it. Nothing has changed when this throws.
    static Fallible<ArrayBufferObject*> create_by_moving(Agent&, ArrayBufferObject* source,
                                                         bool immutable = false);

    /// Whether DetachArrayBuffer would succeed: a TypeError otherwise (immutable, or the key does not match).
    Fallible<void> check_detachable(Agent&, Value key = Value::undefined()) const;
    // 25.1.3.5 DetachArrayBuffer
    Fallible<void> detach(Agent&, Value key = Value::undefined());
    /// DetachArrayBuffer that keeps the block, for transfer: gives the store to the caller. Not null unless
    /// the buffer was detached before. check_detachable has passed.
    StoreReference take_store();
    /// New length <= maximum. RangeError when memory is short.
    Fallible<void> resize(Agent&, size_t new_length);
    void set_detach_key(Value key) { detach_key_.set(this, key); }
    Value detach_key() const { return detach_key_; }
    void make_immutable() { class_data_ |= kImmutable; }

    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    ArrayBufferObject(Shape* shape, Heap& heap) : BufferObject(CellKind::ArrayBuffer, shape, heap) {}
    Member<Value> detach_key_; // [[ArrayBufferDetachKey]]
};

class SharedArrayBufferObject final : public BufferObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::SharedArrayBuffer; }

    // 25.2.2.1 AllocateSharedArrayBuffer
    static Fallible<SharedArrayBufferObject*> create(Agent&, Shape*, uint64_t byte_length,
                                                     std::optional<uint64_t> max_byte_length = {});
    /// Over a shared store, from this agent or another.
    static Fallible<SharedArrayBufferObject*> create(Agent&, Shape*, StoreReference);
    /// 25.2.2.3 HostGrowSharedArrayBuffer. New length <= maximum.
    Fallible<void> grow(Agent&, size_t new_length);

private:
    friend class Heap;
    SharedArrayBufferObject(Shape* shape, Heap& heap)
        : BufferObject(CellKind::SharedArrayBuffer, shape, heap) {}
};

} // namespace heddle
