#include "clone/message.h"

#include "sync/shared_memory.h"

namespace heddle {

CloneMessage::~CloneMessage() {
    for (Store& entry : stores_)
        if (entry.store) entry.store->release();
    for (Transfer& entry : transfers_) {
        if (entry.store) entry.store->release();
        delete entry.object;
    }
}

std::optional<CloneMessage> CloneMessage::from_bytes(std::span<const uint8_t> bytes) {
    CloneMessage message;
    if (!message.bytes_.reserve(bytes.size())) return {};
    message.bytes_.set_size(bytes.size());
    if (!bytes.empty()) std::memcpy(message.bytes_.data(), bytes.data(), bytes.size());
    return message;
}

std::optional<CloneMessage> CloneMessage::copy() const {
    if (!transfers_.empty()) return {};
    std::optional<CloneMessage> result = from_bytes(bytes());
    if (!result || !result->stores_.reserve(stores_.size())) return {};
    for (const Store& entry : stores_) {
        BackingStore* store = entry.store;
        if (store->is_shared() || entry.immutable) {
            store->retain();
        } else {
            store = copy_store(*entry.store);
            if (!store) return {};
        }
        if (!result->stores_.push_back({store, entry.immutable})) HEDDLE_UNREACHABLE();
    }
    result->store_bytes_ = store_bytes_;
    result->cluster_ = cluster_;
    return result;
}

BackingStore* copy_store(const BackingStore& source) {
    size_t length = source.byte_length();
    BackingStore* copy = BackingStore::create({length, source.max_byte_length(), source.is_resizable(), false, source.live_count()});
    if (copy && length != 0) sync::copy_relaxed(copy->data(), source.data(), length);
    return copy;
}

} // namespace heddle
