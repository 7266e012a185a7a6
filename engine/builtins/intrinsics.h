// The library of a Runtime: the creator of every intrinsic object, and the names of the global object.
#pragma once

#include "runtime/realm.h"

namespace heddle {

#define INTRINSIC(Name, create) Fallible<Object*> create(Agent&, Realm&);
#include "runtime/intrinsics.def"
#undef INTRINSIC

/// Owns an IntrinsicTable and the global entries that it refers to; outlives the Runtimes made with it.
class BuiltinLibrary {
public:
    BuiltinLibrary();
    BuiltinLibrary(const BuiltinLibrary&) = delete;
    const IntrinsicTable& table() const { return table_; }
    // Upper layers add their own before the first Runtime is made with the library.
    void add_intrinsic(PropertyKey name, Intrinsic);
    void add_function(PropertyKey name, NativeCode, uint32_t length);

private:
    static constexpr size_t kMaxGlobals = 96;
    void add_value(PropertyKey name, Value);
    GlobalEntry globals_[kMaxGlobals];
    size_t count_ = 0;
    IntrinsicTable table_;
};

} // namespace heddle
