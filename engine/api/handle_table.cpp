#include "api/handle_table.h"

namespace heddle::api {

std::optional<uint64_t> HandleTable::add_local(Value value, HandleKind kind) {
    size_t index = locals_.size();
    if (scopes_.empty() || index >= kMaxEntries) return std::nullopt;
    uint64_t entry = encode(next_number(), index, false, kind);
    if (local_entries_.size() == index) {
        if (!local_entries_.push_back(entry)) return std::nullopt;
    } else {
        local_entries_[index] = entry;
    }
    if (!locals_.push_back(value)) return std::nullopt;
    return entry;
}

std::optional<uint64_t> HandleTable::add_persistent(Value value, HandleKind kind) {
    if (!free_.empty()) {
        uint32_t index = free_.back();
        free_.set_size(free_.size() - 1);
        persistents_[index] = value;
        return persistent_entries_[index] = encode(next_number(), index, true, kind);
    }
    size_t index = persistents_.size();
    // The list of free entries has room for all, so that a release cannot fail.
    if (index >= kMaxEntries || !free_.reserve_more(index + 1 - free_.size()) || !persistent_entries_.reserve_more(1) ||
        !persistents_.push_back(value))
        return std::nullopt;
    uint64_t entry = encode(next_number(), index, true, kind);
    bool stored = persistent_entries_.push_back(entry);
    HEDDLE_CHECK(stored);
    return entry;
}

std::optional<Value> HandleTable::find(uint64_t entry, HandleKind kind) const {
    uint64_t index = entry >> 4 & (kMaxEntries - 1);
    if ((entry & 7) != static_cast<uint64_t>(kind)) return std::nullopt;
    if (entry & 8) {
        if (index >= persistents_.size() || persistent_entries_[index] != entry) return std::nullopt;
        return persistents_[index];
    }
    if (index >= locals_.size() || local_entries_[index] != entry) return std::nullopt;
    return locals_[index];
}

bool HandleTable::release(uint64_t entry, HandleKind kind) {
    if (!(entry & 8) || !find(entry, kind)) return false;
    auto index = static_cast<uint32_t>(entry >> 4 & (kMaxEntries - 1));
    persistents_[index] = Value::undefined();
    persistent_entries_[index] = 0;
    bool stored = free_.push_back(index);
    HEDDLE_CHECK(stored);
    return true;
}

std::optional<uint64_t> HandleTable::open_scope() {
    uint64_t number = next_number();
    uint64_t depth = scopes_.size();
    if (depth >= kMaxEntries || !scopes_.push_back({number, locals_.size()})) return std::nullopt;
    return number << 28 | depth << 4 | 15;
}

HandleTable::CloseOutcome HandleTable::close_scope(uint64_t scope) {
    uint64_t depth = scope >> 4 & (kMaxEntries - 1);
    if ((scope & 15) != 15 || depth >= scopes_.size() || scopes_[depth].number != scope >> 28) return CloseOutcome::Stale;
    if (depth + 1 != scopes_.size()) return CloseOutcome::NotInnermost;
    close_scopes_above(depth);
    return CloseOutcome::Closed;
}

void HandleTable::close_scopes_above(size_t depth) {
    if (depth >= scopes_.size()) return;
    bool cut = locals_.resize(scopes_[depth].base, Value::undefined());
    HEDDLE_CHECK(cut);
    scopes_.set_size(depth);
}

} // namespace heddle::api
