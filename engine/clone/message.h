// CloneMessage: one serialized value on its way from one agent to another: bytes, and beside them what the bytes
// cannot carry: stores and transferred objects.
#pragma once

#include "buffers/backing_store.h"
#include "clone/wire.h"
#include "runtime/agent.h"

#include <memory>

namespace heddle {

/// An unshared store with the same bytes, length and maximum, and one reference. Null when there is no memory.
BackingStore* copy_store(const BackingStore&);

/// What a transferable platform object (a MessagePort) leaves behind when it is transferred: belongs to the message,
/// is not tied to a thread. Destroyed unreceived, it ends what it stood for (closes the port).
class TransferredObject {
public:
    virtual ~TransferredObject() = default;
    /// HTML "transfer-receiving steps": the object on the other side, in the agent's current realm. Runs once, on the
    /// receiving agent's thread.
    virtual Fallible<Object*> receive(Agent&) = 0;
};

/// A platform object with transfer steps (HTML 2.7.2 Transferable objects).
class TransferableObject : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::MessagePort; }
    /// [[Detached]]
    virtual bool is_detached() const = 0;
    /// HTML "transfer steps": not detached before, detached after. Cannot fail, runs no user code. The caller has seen to memory
    /// for an object of a few words.
    virtual std::unique_ptr<TransferredObject> transfer(Agent&) = 0;

protected:
    TransferableObject(CellKind kind, Shape* shape) : Object(kind, shape) {}
};

/// Movable between threads; used by one at a time. Holds references on its stores; freed with them on any thread.
class CloneMessage {
public:
    CloneMessage() = default;
    CloneMessage(CloneMessage&&) noexcept = default;
    CloneMessage& operator=(CloneMessage&&) noexcept = default;
    ~CloneMessage();

    /// A message from bytes that were kept or received; nothing travels beside them. Nothing when there is no memory.
    static std::optional<CloneMessage> from_bytes(std::span<const uint8_t>);
    /// The same message for one more receiver: copies stores that are neither shared nor immutable. Nothing when
    /// memory is short, or when the message transfers anything.
    std::optional<CloneMessage> copy() const;

    std::span<const uint8_t> bytes() const { return bytes_.span(); }
    /// Bytes that the message holds, stores included: what bounded queues count.
    size_t size() const { return bytes_.size() + store_bytes_; }
    size_t transfer_count() const { return transfers_.size(); }
    /// How many stores travel beside the bytes.
    size_t store_count() const { return stores_.size(); }

private:
    friend class Serializer;
    friend class Deserializer;
    /// One reference on a store, or none any more.
    struct Store {
        BackingStore* store;
        bool immutable;
    };
    /// One entry of the transfer list: an ArrayBuffer's store, or a platform object; each is owned until received.
    struct Transfer {
        BackingStore* store;
        TransferredObject* object;
    };

    GrowableArray<uint8_t> bytes_;
    GrowableArray<Store> stores_;
    GrowableArray<Transfer> transfers_;
    size_t store_bytes_ = 0;
    /// The cluster that shared stores may be used in; null when there are none.
    const Runtime* cluster_ = nullptr;
};

} // namespace heddle
