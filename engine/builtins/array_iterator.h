// Array Iterator objects (ECMA-262 23.1.5), of arrays, array-likes and typed arrays.
#pragma once

#include "runtime/operations.h"

namespace heddle {

enum class ArrayIterationKind : uint8_t { Key, Value, KeyAndValue };

class ArrayIterator final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::ArrayIterator; }
    ArrayIterationKind iteration_kind() const { return static_cast<ArrayIterationKind>(class_data_ & 3); }
    /// Null when the iteration is over.
    Object* array() const { return array_; }
    uint64_t index() const { return index_; }
    /// The value of the next step, or nothing when done. TypeError when it is running already.
    Result<std::optional<Value>> step(Agent&);
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    ArrayIterator(Shape* shape, Object* array, ArrayIterationKind kind)
        : Object(CellKind::ArrayIterator, shape) {
        class_data_ = static_cast<uint32_t>(kind);
        array_.init(array);
    }
    Result<std::optional<Value>> advance(Agent&);
    Member<Object> array_;
    uint64_t index_ = 0;
    bool running_ = false;
};

// 23.1.5.1 CreateArrayIterator ( array, kind )
Fallible<Object*> create_array_iterator(Agent&, Object* array, ArrayIterationKind);

} // namespace heddle
