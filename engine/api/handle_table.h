// HandleTable: one agent's handles: local ones in a stack that scopes cut back, persistent ones in a list with holes.
// A handle is an index with the number of its making, so a stale one is recognized and never followed.
#pragma once

#include "base/growable_array.h"
#include "heap/root.h"

#include <optional>

namespace heddle::api {

enum class HandleKind : uint8_t { Value, Realm, Class, Weak };

//   bits of an entry:   generation:36 | index:24 | persistent:1 | kind:3
class HandleTable {
public:
    explicit HandleTable(Heap& heap) : locals_(heap), persistents_(heap) {}

    /// Nothing: no scope is open, or there is no memory. has_scope() tells which.
    std::optional<uint64_t> add_local(Value, HandleKind);
    std::optional<uint64_t> add_persistent(Value, HandleKind);
    /// Nothing when the entry is stale or never was. Empty out: of another kind.
    std::optional<Value> find(uint64_t entry, HandleKind) const;
    /// False when it is no persistent handle of this kind.
    bool release(uint64_t entry, HandleKind);

    bool has_scope() const { return !scopes_.empty(); }
    size_t scope_depth() const { return scopes_.size(); }
    std::optional<uint64_t> open_scope();
    enum class CloseOutcome : uint8_t { Closed, Stale, NotInnermost };
    CloseOutcome close_scope(uint64_t scope);
    /// Scopes that a host callback left open.
    void close_scopes_above(size_t depth);

    size_t local_count() const { return locals_.size(); }
    size_t persistent_count() const { return persistents_.size() - free_.size(); }

private:
    static constexpr uint32_t kIndexBits = 24;
    static constexpr uint64_t kMaxEntries = uint64_t{1} << kIndexBits;
    struct Scope {
        uint64_t number;
        size_t base;
    };
    uint64_t next_number() { return ++last_number_ & ((uint64_t{1} << 36) - 1); }
    static uint64_t encode(uint64_t number, uint64_t index, bool persistent, HandleKind kind) {
        return number << 28 | index << 4 | uint64_t{persistent} << 3 | static_cast<uint64_t>(kind);
    }
    RootVector<Value> locals_;
    GrowableArray<uint64_t> local_entries_; // the handle that stands for each
    RootVector<Value> persistents_;
    GrowableArray<uint64_t> persistent_entries_; // 0: free
    GrowableArray<uint32_t> free_;
    GrowableArray<Scope> scopes_;
    uint64_t last_number_ = 0;
};

} // namespace heddle::api
