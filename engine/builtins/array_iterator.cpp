// Array Iterator objects (ECMA-262 23.1.5).
#include "builtins/array_iterator.h"

#include "buffers/typed_array_object.h"
#include "builtins/intrinsics.h"
#include "builtins/iterator_steps.h"
#include "runtime/array.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

// 23.1.5.1 CreateArrayIterator ( array, kind )
Fallible<Object*> create_array_iterator(Agent& agent, Object* array, ArrayIterationKind kind) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::ArrayIteratorPrototype));
    return TRY(agent.heap().allocate<ArrayIterator>(0, shape, array, kind));
}

void ArrayIterator::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(array_);
}

// The body of the closure of CreateArrayIterator, up to its next yield.
Result<std::optional<Value>> ArrayIterator::advance(Agent& agent) {
    Object* array = array_;
    if (array->kind() == CellKind::Array && index_ < static_cast<Array*>(array)->dense_length() && iteration_kind() == ArrayIterationKind::Value) {
        Value element = array->dense_element_or_empty(static_cast<uint32_t>(index_));
        if (!element.is_empty()) [[likely]] {
            ++index_;
            return std::optional(element);
        }
    }
    uint64_t length;
    if (array->is<TypedArrayObject>())
        length = TRY(revalidate_typed_array(agent, array->as<TypedArrayObject>(), "Array Iterator"));
    else if (array->is<Array>())
        length = array->as<Array>()->length();
    else
        length = TRY(length_of_array_like(agent, array));
    uint64_t index = index_;
    if (index >= length) return std::optional<Value>();
    index_ = index + 1;
    if (iteration_kind() == ArrayIterationKind::Key) return std::optional(Value::number(index));
    Value element;
    if (array->is<Array>() && !array->is_sparse())
        element = array->dense_element_or_empty(static_cast<uint32_t>(index));
    else
        element = Value::empty();
    if (element.is_empty()) element = TRY(array->get(agent, TRY(PropertyKey::from_integer(agent, index))));
    if (iteration_kind() == ArrayIterationKind::Value) return std::optional(element);
    Value pair[] = {Value::number(index), element};
    return std::optional(Value(TRY(Array::from_values(agent, pair))));
}

Result<std::optional<Value>> ArrayIterator::step(Agent& agent) {
    if (running_) return agent.throw_type_error("Array Iterator: next() was called while next() runs");
    if (!array_) return std::optional<Value>();
    running_ = true;
    Result<std::optional<Value>> result = advance(agent);
    running_ = false;
    // A throw ends the iteration, as it ends a generator.
    if (result.threw()) {
        array_.set(this, nullptr);
        return result.propagate();
    }
    std::optional<Value> value = result.release();
    if (!value) array_.set(this, nullptr);
    return value;
}

Result<std::optional<Value>> array_iterator_step(Agent& agent, Value self) {
    if (!self.is<ArrayIterator>())
        return agent.throw_type_error(fmt::format("%ArrayIteratorPrototype%.next needs an Array Iterator, not {}", display_string(self)));
    return self.as<ArrayIterator>()->step(agent);
}

// 23.1.5.2.1 %ArrayIteratorPrototype%.next ( )
Result<Value> array_iterator_next(Agent& agent, const Arguments& arguments) {
    return iterator_result_of(agent, array_iterator_step(agent, arguments.this_value()));
}

Result<Value> iterator_result_of(Agent& agent, Result<std::optional<Value>> step) {
    std::optional<Value> value = TRY(std::move(step));
    return Value(TRY(create_iter_result_object(agent, value.value_or(Value::undefined()), !value)));
}

Fallible<Object*> create_array_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::IteratorPrototype))));
    realm.set_intrinsic(Intrinsic::ArrayIteratorPrototype, prototype);
    const FunctionEntry functions[] = {{atoms::next, array_iterator_next, 0}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(prototype->define_direct(agent, symbols::toStringTag, Value(&atoms::array_iterator), kConfigurable));
    return prototype;
}

} // namespace heddle
