// The library of a Runtime: the creator of every intrinsic object, and the names of the global object.
#pragma once

#include "runtime/realm.h"

namespace heddle {

#define INTRINSIC(Name, create) Fallible<Object*> create(Agent&, Realm&);
#define UPPER_INTRINSIC(Name)
#include "runtime/intrinsics.def"
#undef INTRINSIC

/// Owns an IntrinsicTable and the global entries that it refers to; outlives the Runtimes made with it.
class BuiltinLibrary {
public:
    BuiltinLibrary();
    BuiltinLibrary(const BuiltinLibrary&) = delete;
    const IntrinsicTable& table() const { return table_; }

    // --- for the layers above, before the first realm is made ---------------------------------------------------
    void set_creator(Intrinsic id, IntrinsicCreator creator) { table_.creators[static_cast<size_t>(id)] = creator; }
    void add_intrinsic(PropertyKey name, Intrinsic);
    void add_function(PropertyKey name, NativeCode, uint32_t length, Attributes attributes = kBuiltinAttributes);
    void add_value(PropertyKey name, Value);
    /// `setter` may be null.
    void add_accessor(PropertyKey name, NativeCode getter, NativeCode setter, Attributes attributes);

private:
    static constexpr size_t kMaxGlobals = 160;
    GlobalEntry& add(PropertyKey name, GlobalEntry::Kind, Attributes);
    GlobalEntry globals_[kMaxGlobals];
    size_t count_ = 0;
    IntrinsicTable table_;
};

} // namespace heddle
