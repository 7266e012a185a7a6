// The iterator objects of the library other than array iterators: one cell kind, told apart by a family
// number that stands for the internal slots that the specification names.
#pragma once

#include "runtime/object.h"

namespace heddle {

class BuiltinIterator : public Object {
public:
    /// Zero is taken by iterators that have no methods of their own to check.
    enum class Family : uint8_t { None, String, RegExpString, Map, Set, Helper, WrapForValid };
    static bool is_kind(CellKind kind) { return kind == CellKind::BuiltinIterator; }
    Family family() const { return static_cast<Family>(class_data_); }

protected:
    BuiltinIterator(Shape* shape, Family family) : Object(CellKind::BuiltinIterator, shape) {
        class_data_ = static_cast<uint32_t>(family);
    }
};

/// `value` as an iterator of class T, or null: T::kFamily says which.
template<class T>
T* builtin_iterator_or_null(Value value) {
    if (!value.is<BuiltinIterator>() || value.as<BuiltinIterator>()->family() != T::kFamily) return nullptr;
    return static_cast<T*>(value.as_object());
}

} // namespace heddle
