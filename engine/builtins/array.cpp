// ECMA-262 23.1 Array Objects: the constructor, and the methods that change or copy arrays. Iteration methods are in
// array_iteration.cpp, sorting in array_sort.cpp.
#include "builtins/array.h"

#include "buffers/typed_array_object.h"
#include "builtins/array_iterator.h"
#include "builtins/intrinsics.h"
#include "runtime/iterator.h"
#include "runtime/primitive_objects.h"

#include <cmath>

namespace heddle {

namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

Failed too_long(Agent& agent) { return agent.throw_type_error("Array length would exceed 2^53 - 1"); }

Result<void> poll_step(Agent& agent, uint64_t step) {
    if ((step & 0xFFF) == 0) TRY(agent.poll_interrupts());
    return {};
}

Result<Value> get_index(Agent& agent, Object* object, uint64_t index) {
    if (Value element = dense_element(object, index); !element.is_empty()) return element;
    return object->get(agent, TRY(PropertyKey::from_integer(agent, index)));
}

// --- 23.1.1 The Array Constructor, 23.1.2 its properties --------------------------------------------------------

// 23.1.1.1 Array ( ...values )
Result<Value> array_constructor(Agent& agent, const Arguments& arguments) {
    Value new_target = arguments.is_construct() ? arguments.new_target() : Value(arguments.callee());
    Object* prototype = TRY(get_prototype_from_constructor(agent, new_target.as_object(), Intrinsic::ArrayPrototype));
    if (arguments.size() == 0) return Value(TRY(Array::create(agent, 0, prototype)));
    if (arguments.size() == 1) {
        Value length = arguments[0];
        if (!length.is_number()) {
            Array* array = TRY(Array::create(agent, 0, prototype));
            TRY(array->push_direct(agent, length));
            return Value(array);
        }
        uint32_t integer = double_to_uint32(length.as_number());
        if (integer != length.as_number())
            return agent.throw_range_error("Invalid array length " + display_string(length) + ": expected an integer from 0 to 4294967295");
        return Value(TRY(Array::create(agent, integer, prototype)));
    }
    Array* array = TRY(Array::create(agent, arguments.size(), prototype));
    for (uint32_t i = 0; i < arguments.size(); ++i)
        TRY(array->define_element_direct(agent, i, arguments[i]));
    return Value(array);
}

// IsConstructor(C) ? Construct(C, « length ») : ArrayCreate(length)
Result<Object*> create_from_constructor(Agent& agent, Value constructor, std::optional<uint64_t> length) {
    if (is_constructor(constructor)) {
        if (!length) return construct(agent, constructor.as_object());
        Value arguments[] = {Value::number(*length)};
        return construct(agent, constructor.as_object(), arguments);
    }
    return static_cast<Object*>(TRY(Array::create(agent, length.value_or(0))));
}

// 23.1.2.1 Array.from ( items [ , mapper [ , thisArg ] ] )
Result<Value> array_from(Agent& agent, const Arguments& arguments) {
    Value items = arguments[0];
    Value mapper = arguments[1];
    if (!mapper.is_undefined() && !is_callable(mapper))
        return agent.throw_type_error("The mapper of Array.from must be a function, got " + display_string(mapper));
    bool mapping = !mapper.is_undefined();
    Value method = TRY(get_method(agent, items, symbols::iterator));
    if (!method.is_undefined()) {
        Object* target = TRY(create_from_constructor(agent, arguments.this_value(), {}));
        IteratorRecord record = TRY(get_iterator_from_method(agent, items, method));
        for (uint64_t k = 0;; ++k) {
            TRY(poll_step(agent, k));
            if (static_cast<double>(k) >= kMaxSafeInteger) {
                Failed failed = too_long(agent);
                (void)failed;
                return iterator_close_throwing(agent, record);
            }
            auto next = TRY(iterator_step_value(agent, record));
            if (!next) {
                TRY(target->set_or_throw(agent, atoms::length, Value::number(k)));
                return Value(target);
            }
            Value value = *next;
            if (mapping) {
                Result<Value> mapped = call(agent, mapper, arguments[2], {value, Value::number(k)});
                if (mapped.threw()) return iterator_close_throwing(agent, record);
                value = mapped.release();
            }
            Result<void> defined = create_element(agent, target, k, value);
            if (defined.threw()) return iterator_close_throwing(agent, record);
        }
    }
    Object* source = TRY(to_object(agent, items));
    uint64_t length = TRY(length_of_array_like(agent, source));
    Object* target = TRY(create_from_constructor(agent, arguments.this_value(), length));
    for (uint64_t k = 0; k < length; ++k) {
        TRY(poll_step(agent, k));
        Value value = TRY(get_index(agent, source, k));
        if (mapping) value = TRY(call(agent, mapper, arguments[2], {value, Value::number(k)}));
        TRY(create_element(agent, target, k, value));
    }
    TRY(target->set_or_throw(agent, atoms::length, Value::number(length)));
    return Value(target);
}

// 23.1.2.2 Array.isArray ( arg )
Result<Value> array_is_array(Agent& agent, const Arguments& arguments) { return Value::boolean(TRY(is_array(agent, arguments[0]))); }

// 23.1.2.3 Array.of ( ...items )
Result<Value> array_of(Agent& agent, const Arguments& arguments) {
    uint64_t length = arguments.size();
    Object* target = TRY(create_from_constructor(agent, arguments.this_value(), length));
    for (uint64_t k = 0; k < length; ++k)
        TRY(create_element(agent, target, k, arguments[k]));
    TRY(target->set_or_throw(agent, atoms::length, Value::number(length)));
    return Value(target);
}

// 23.1.2.5 get Array [ @@species ]
Result<Value> array_species(Agent&, const Arguments& arguments) { return arguments.this_value(); }

// --- helpers of the prototype's methods -----------------------------------------------------------------------------

struct Receiver {
    Object* object;
    uint64_t length;
};

Result<Receiver> receiver_of(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    uint64_t length = TRY(length_of_array_like(agent, object));
    return Receiver{object, length};
}

Result<void> set_index(Agent& agent, Object* object, uint64_t index, Value value) {
    if (!dense_element(object, index).is_empty()) {
        object->set_dense_element(static_cast<uint32_t>(index), value);
        return {};
    }
    return object->set_or_throw(agent, TRY(PropertyKey::from_integer(agent, index)), value);
}

Result<void> set_length(Agent& agent, Object* object, uint64_t length) {
    return object->set_or_throw(agent, atoms::length, Value::number(length));
}

/// Moves element `from` to `to`, keeping holes holes.
Result<void> move_index(Agent& agent, Object* object, uint64_t from, uint64_t to) {
    PropertyKey from_key = TRY(PropertyKey::from_integer(agent, from));
    PropertyKey to_key = TRY(PropertyKey::from_integer(agent, to));
    if (TRY(object->has_property(agent, from_key))) {
        Value value = TRY(object->get(agent, from_key));
        return object->set_or_throw(agent, to_key, value);
    }
    return object->delete_property_or_throw(agent, to_key);
}

/// A plain array whose elements can be read and written directly: nobody can observe it.
Array* simple_array(Object* object) {
    if (object->kind() != CellKind::Array) return nullptr;
    auto* array = static_cast<Array*>(object);
    return array->is_simple() && array->extensible_flag() && prototypes_have_no_elements(array) ? array : nullptr;
}

/// An array that a copy may be appended to directly: empty, and no other object than `source`.
Array* empty_target(Object* target, const Object* source) {
    if (target == source || target->kind() != CellKind::Array) return nullptr;
    auto* array = static_cast<Array*>(target);
    return !array->is_sparse() && array->dense_length() == 0 && array->extensible_flag() && array->length_writable() ? array : nullptr;
}

/// Elements [from, from + count) of `source` become the first of `target`, where both are plain arrays; false: they are not.
Result<bool> copy_simple(Agent& agent, Object* target, Object* source, uint64_t from, uint64_t count) {
    Array* plain = simple_array(source);
    Array* empty = plain ? empty_target(target, source) : nullptr;
    if (!empty || from + count > plain->length() || empty->length() > count) return false;
    TRY(empty->set_length_direct(agent, 0));
    TRY(empty->append_direct(agent, plain, static_cast<uint32_t>(from), static_cast<uint32_t>(count)));
    return true;
}

// 23.1.3.1 Array.prototype.at ( index )
Result<Value> array_at(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    double relative = TRY(to_integer_or_infinity(agent, arguments[0]));
    double k = relative >= 0 ? relative : static_cast<double>(self.length) + relative;
    if (k < 0 || k >= static_cast<double>(self.length)) return Value::undefined();
    return get_index(agent, self.object, static_cast<uint64_t>(k));
}

// 23.1.3.2.1 IsConcatSpreadable ( O )
Result<bool> is_concat_spreadable(Agent& agent, Value value) {
    if (!value.is_object()) return false;
    Value spreadable = TRY(value.as_object()->get(agent, symbols::isConcatSpreadable));
    if (!spreadable.is_undefined()) return to_boolean(spreadable);
    return is_array(agent, value);
}

// 23.1.3.2 Array.prototype.concat ( ...items )
Result<Value> array_concat(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    Object* target = TRY(array_species_create(agent, object, 0));
    uint64_t n = 0;
    for (size_t i = 0; i <= arguments.size(); ++i) {
        Value item = i == 0 ? Value(object) : arguments[i - 1];
        if (TRY(is_concat_spreadable(agent, item))) {
            Object* source = item.as_object();
            uint64_t length = TRY(length_of_array_like(agent, source));
            if (static_cast<double>(n) + static_cast<double>(length) > kMaxSafeInteger) return too_long(agent);
            Array* plain = simple_array(source);
            Array* list = plain && target != source ? simple_array(target) : nullptr;
            if (list && list->length() == n && plain->length() == length && n + length < ValueArray::kMaxLength) {
                TRY(list->append_direct(agent, plain, 0, plain->length()));
                n += length;
                continue;
            }
            for (uint64_t k = 0; k < length; ++k, ++n) {
                TRY(poll_step(agent, k));
                PropertyKey key = TRY(PropertyKey::from_integer(agent, k));
                if (!TRY(source->has_property(agent, key))) continue;
                Value value = TRY(source->get(agent, key));
                TRY(create_element(agent, target, n, value));
            }
        } else {
            if (static_cast<double>(n) >= kMaxSafeInteger) return too_long(agent);
            TRY(create_element(agent, target, n, item));
            ++n;
        }
    }
    TRY(set_length(agent, target, n));
    return Value(target);
}

// 23.1.3.4 Array.prototype.copyWithin ( target, start [ , end ] )
Result<Value> array_copy_within(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    uint64_t to = TRY(to_relative_index(agent, arguments[0], self.length));
    uint64_t from = TRY(to_relative_index(agent, arguments[1], self.length));
    uint64_t last = TRY(to_relative_end(agent, arguments[2], self.length));
    uint64_t count = std::min(last > from ? last - from : 0, self.length - to);
    bool backward = from < to && to < from + count;
    for (uint64_t i = 0; i < count; ++i) {
        TRY(poll_step(agent, i));
        uint64_t at = backward ? count - 1 - i : i;
        TRY(move_index(agent, self.object, from + at, to + at));
    }
    return Value(self.object);
}

// 23.1.3.5 Array.prototype.entries ( )
Result<Value> array_entries(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    return Value(TRY(create_array_iterator(agent, object, ArrayIterationKind::KeyAndValue)));
}

// 23.1.3.19 Array.prototype.keys ( )
Result<Value> array_keys(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    return Value(TRY(create_array_iterator(agent, object, ArrayIterationKind::Key)));
}

// 23.1.3.38 Array.prototype.values ( )
Result<Value> array_values(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    return Value(TRY(create_array_iterator(agent, object, ArrayIterationKind::Value)));
}

// 23.1.3.7 Array.prototype.fill ( value [ , start [ , end ] ] )
Result<Value> array_fill(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    uint64_t k = TRY(to_relative_index(agent, arguments[1], self.length));
    uint64_t end = TRY(to_relative_end(agent, arguments[2], self.length));
    for (; k < end; ++k) {
        TRY(poll_step(agent, k));
        TRY(set_index(agent, self.object, k, arguments[0]));
    }
    return Value(self.object);
}

// 23.1.3.13.1 FlattenIntoArray ( target, source, sourceLen, start, depth [ , mapperFunction, thisArg ] )
Result<uint64_t> flatten_into(Agent& agent, Object* target, Object* source, uint64_t length, uint64_t start, double depth, Value mapper, Value this_arg) {
    TRY(agent.check_stack());
    for (uint64_t k = 0; k < length; ++k) {
        TRY(poll_step(agent, k));
        Value element = dense_element(source, k);
        if (element.is_empty()) {
            PropertyKey key = TRY(PropertyKey::from_integer(agent, k));
            if (!TRY(source->has_property(agent, key))) continue;
            element = TRY(source->get(agent, key));
        }
        if (!mapper.is_undefined()) element = TRY(call(agent, mapper, this_arg, {element, Value::number(k), Value(source)}));
        if (depth > 0 && TRY(is_array(agent, element))) {
            uint64_t inner = TRY(length_of_array_like(agent, element.as_object()));
            start = TRY(flatten_into(agent, target, element.as_object(), inner, start, depth - 1, Value::undefined(), Value::undefined()));
        } else {
            if (static_cast<double>(start) >= kMaxSafeInteger) return too_long(agent);
            TRY(create_element(agent, target, start, element));
            ++start;
        }
    }
    return start;
}

// 23.1.3.13 Array.prototype.flat ( [ depth ] )
Result<Value> array_flat(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    double depth = arguments[0].is_undefined() ? 1 : TRY(to_integer_or_infinity(agent, arguments[0]));
    Object* target = TRY(array_species_create(agent, self.object, 0));
    TRY(flatten_into(agent, target, self.object, self.length, 0, depth, Value::undefined(), Value::undefined()));
    return Value(target);
}

// 23.1.3.14 Array.prototype.flatMap ( mapperFunction [ , thisArg ] )
Result<Value> array_flat_map(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    if (!is_callable(arguments[0])) return agent.throw_type_error("The mapper of flatMap must be a function, got " + display_string(arguments[0]));
    Object* target = TRY(array_species_create(agent, self.object, 0));
    TRY(flatten_into(agent, target, self.object, self.length, 0, 1, arguments[0], arguments[1]));
    return Value(target);
}

// 23.1.3.16 Array.prototype.includes ( searchElement [ , fromIndex ] )
Result<Value> array_includes(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    if (self.length == 0) return Value::boolean(false);
    for (uint64_t k = TRY(to_relative_index(agent, arguments[1], self.length)); k < self.length; ++k) {
        TRY(poll_step(agent, k));
        Value element = TRY(get_index(agent, self.object, k));
        if (same_value_zero(element, arguments[0])) return Value::boolean(true);
    }
    return Value::boolean(false);
}

// 23.1.3.17 Array.prototype.indexOf ( searchElement [ , fromIndex ] )
Result<Value> array_index_of(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    if (self.length == 0) return Value::int32(-1);
    for (uint64_t k = TRY(to_relative_index(agent, arguments[1], self.length)); k < self.length; ++k) {
        TRY(poll_step(agent, k));
        Value element = dense_element(self.object, k);
        if (element.is_empty()) {
            PropertyKey key = TRY(PropertyKey::from_integer(agent, k));
            if (!TRY(self.object->has_property(agent, key))) continue;
            element = TRY(self.object->get(agent, key));
        }
        if (is_strictly_equal(element, arguments[0])) return Value::number(k);
    }
    return Value::int32(-1);
}

// 23.1.3.20 Array.prototype.lastIndexOf ( searchElement [ , fromIndex ] )
Result<Value> array_last_index_of(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    if (self.length == 0) return Value::int32(-1);
    double n = arguments.size() > 1 ? TRY(to_integer_or_infinity(agent, arguments[1])) : static_cast<double>(self.length) - 1;
    double k = n >= 0 ? std::min(n, static_cast<double>(self.length) - 1) : static_cast<double>(self.length) + n;
    for (uint64_t step = 0; k >= 0; --k, ++step) {
        TRY(poll_step(agent, step));
        Value element = dense_element(self.object, static_cast<uint64_t>(k));
        if (element.is_empty()) {
            PropertyKey key = TRY(PropertyKey::from_integer(agent, static_cast<uint64_t>(k)));
            if (!TRY(self.object->has_property(agent, key))) continue;
            element = TRY(self.object->get(agent, key));
        }
        if (is_strictly_equal(element, arguments[0])) return Value::number(k);
    }
    return Value::int32(-1);
}

/// Arrays that are being joined by this agent: a cycle yields the empty string, as every engine does.
class JoinGuard {
public:
    JoinGuard(Agent& agent, Object* object) : stack_(agent.joining()) {
        for (Value each : stack_)
            cyclic_ |= each.as_object() == object;
        if (!cyclic_) entered_ = stack_.push_back(Value(object));
    }
    ~JoinGuard() {
        if (entered_) stack_.pop_back();
    }
    bool cyclic() const { return cyclic_; }

private:
    RootVector<Value>& stack_;
    bool cyclic_ = false;
    bool entered_ = false;
};

Result<Value> join_with(Agent& agent, Object* object, uint64_t length, String* separator, bool locale) {
    TRY(agent.check_stack());
    JoinGuard guard(agent, object);
    if (guard.cyclic()) return Value(static_cast<String*>(atoms::empty));
    // The separators alone may be too many: better known before half a gigabyte of them is written. Getters of the
    // elements would run first by the letter, but memory may run out at any point.
    if (separator->length() != 0 && length > String::kMaxLength && !locale)
        return agent.throw_range_error(fmt::format("Invalid string length: {} elements with separators between them are more than a string holds ({})",
                                                   length, String::kMaxLength));
    StringBuilder builder(agent);
    for (uint64_t k = 0; k < length; ++k) {
        TRY(poll_step(agent, k));
        if (k > 0) TRY(builder.append(separator));
        Value element = TRY(get_index(agent, object, k));
        if (element.is_nullish()) continue;
        if (locale) element = TRY(invoke(agent, element, atoms::toLocaleString));
        TRY(builder.append(TRY(to_string(agent, element))));
    }
    return Value(TRY(builder.finish()));
}

// 23.1.3.18 Array.prototype.join ( separator )
Result<Value> array_join(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    String* separator = arguments[0].is_undefined() ? static_cast<String*>(atoms::comma) : TRY(to_string(agent, arguments[0]));
    return join_with(agent, self.object, self.length, separator, false);
}

// 23.1.3.32 Array.prototype.toLocaleString ( )
Result<Value> array_to_locale_string(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    return join_with(agent, self.object, self.length, atoms::comma, true);
}

// 23.1.3.36 Array.prototype.toString ( )
Result<Value> array_to_string(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    Value function = TRY(object->get(agent, atoms::join));
    if (is_callable(function)) return call(agent, function, Value(object));
    return object_prototype_to_string(agent, Value(object));
}

// 23.1.3.22 Array.prototype.pop ( )
Result<Value> array_pop(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    if (self.length == 0) {
        TRY(set_length(agent, self.object, 0));
        return Value::undefined();
    }
    if (Array* array = simple_array(self.object)) {
        uint32_t last = array->length() - 1;
        Value value = array->dense_element_or_empty(last);
        if (!value.is_empty()) {
            TRY(array->set_length_direct(agent, last));
            return value;
        }
    }
    PropertyKey key = TRY(PropertyKey::from_integer(agent, self.length - 1));
    Value element = TRY(self.object->get(agent, key));
    TRY(self.object->delete_property_or_throw(agent, key));
    TRY(set_length(agent, self.object, self.length - 1));
    return element;
}

// 23.1.3.23 Array.prototype.push ( ...items )
Result<Value> array_push(Agent& agent, const Arguments& arguments) {
    if (arguments.this_value().is_object()) {
        if (Array* array = simple_array(arguments.this_value().as_object()); array && array->length() + arguments.size() < 0xFFFF'FFFF) {
            for (size_t i = 0; i < arguments.size(); ++i)
                TRY(array->push_direct(agent, arguments[i]));
            return Value::number(array->length());
        }
    }
    Receiver self = TRY(receiver_of(agent, arguments));
    if (static_cast<double>(self.length) + static_cast<double>(arguments.size()) > kMaxSafeInteger) return too_long(agent);
    for (size_t i = 0; i < arguments.size(); ++i)
        TRY(set_index(agent, self.object, self.length + i, arguments[i]));
    TRY(set_length(agent, self.object, self.length + arguments.size()));
    return Value::number(self.length + arguments.size());
}

// 23.1.3.26 Array.prototype.reverse ( )
Result<Value> array_reverse(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    for (uint64_t lower = 0; lower < self.length / 2; ++lower) {
        TRY(poll_step(agent, lower));
        Value low = dense_element(self.object, lower);
        Value high = dense_element(self.object, self.length - lower - 1);
        if (!low.is_empty() && !high.is_empty()) {
            self.object->set_dense_element(static_cast<uint32_t>(lower), high);
            self.object->set_dense_element(static_cast<uint32_t>(self.length - lower - 1), low);
            continue;
        }
        PropertyKey lower_key = TRY(PropertyKey::from_integer(agent, lower));
        PropertyKey upper_key = TRY(PropertyKey::from_integer(agent, self.length - lower - 1));
        bool lower_exists = TRY(self.object->has_property(agent, lower_key));
        Value lower_value;
        if (lower_exists) lower_value = TRY(self.object->get(agent, lower_key));
        bool upper_exists = TRY(self.object->has_property(agent, upper_key));
        Value upper_value;
        if (upper_exists) upper_value = TRY(self.object->get(agent, upper_key));
        if (upper_exists) TRY(self.object->set_or_throw(agent, lower_key, upper_value));
        else if (lower_exists) TRY(self.object->delete_property_or_throw(agent, lower_key));
        if (lower_exists) TRY(self.object->set_or_throw(agent, upper_key, lower_value));
        else if (upper_exists) TRY(self.object->delete_property_or_throw(agent, upper_key));
    }
    return Value(self.object);
}

// 23.1.3.27 Array.prototype.shift ( )
Result<Value> array_shift(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    if (self.length == 0) {
        TRY(set_length(agent, self.object, 0));
        return Value::undefined();
    }
    if (Array* array = simple_array(self.object)) {
        Value first = array->dense_element_or_empty(0);
        TRY(array->splice_direct(agent, 0, 1, {}));
        return first.is_empty() ? Value::undefined() : first;
    }
    Value first = TRY(get_index(agent, self.object, 0));
    for (uint64_t k = 1; k < self.length; ++k) {
        TRY(poll_step(agent, k));
        TRY(move_index(agent, self.object, k, k - 1));
    }
    TRY(self.object->delete_property_or_throw(agent, TRY(PropertyKey::from_integer(agent, self.length - 1))));
    TRY(set_length(agent, self.object, self.length - 1));
    return first;
}

// 23.1.3.28 Array.prototype.slice ( start, end )
Result<Value> array_slice(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    uint64_t k = TRY(to_relative_index(agent, arguments[0], self.length));
    uint64_t end = TRY(to_relative_end(agent, arguments[1], self.length));
    uint64_t count = end > k ? end - k : 0;
    Object* target = TRY(array_species_create(agent, self.object, count));
    uint64_t n = 0;
    if (TRY(copy_simple(agent, target, self.object, k, count))) {
        n = count;
        k = end;
    }
    for (; k < end; ++k, ++n) {
        TRY(poll_step(agent, k));
        PropertyKey key = TRY(PropertyKey::from_integer(agent, k));
        if (!TRY(self.object->has_property(agent, key))) continue;
        Value value = TRY(self.object->get(agent, key));
        TRY(create_element(agent, target, n, value));
    }
    TRY(set_length(agent, target, n));
    return Value(target);
}

struct SpliceBounds {
    uint64_t start;
    uint64_t skip;
    uint64_t inserted;
};

// Steps 3 to 9 of splice and toSpliced.
Result<SpliceBounds> splice_bounds(Agent& agent, const Arguments& arguments, uint64_t length) {
    uint64_t start = TRY(to_relative_index(agent, arguments[0], length));
    uint64_t inserted = arguments.size() > 2 ? arguments.size() - 2 : 0;
    uint64_t skip = 0;
    if (arguments.size() == 1) {
        skip = length - start;
    } else if (arguments.size() > 1) {
        double count = TRY(to_integer_or_infinity(agent, arguments[1]));
        skip = static_cast<uint64_t>(std::clamp(count, 0.0, static_cast<double>(length - start)));
    }
    return SpliceBounds{start, skip, inserted};
}

// 23.1.3.31 Array.prototype.splice ( start, deleteCount, ...items )
Result<Value> array_splice(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    auto [start, skip, inserted] = TRY(splice_bounds(agent, arguments, self.length));
    if (static_cast<double>(self.length - skip) + static_cast<double>(inserted) > kMaxSafeInteger) return too_long(agent);
    Object* removed = TRY(array_species_create(agent, self.object, skip));
    if (TRY(copy_simple(agent, removed, self.object, start, skip))) {
        TRY(set_length(agent, removed, skip));
        // A copy runs no user code: the array is as simple as it was.
        Array* array = simple_array(self.object);
        if (array && array->length() == self.length) {
            TRY(array->splice_direct(agent, static_cast<uint32_t>(start), static_cast<uint32_t>(skip), arguments.from(2)));
            return Value(removed);
        }
    }
    for (uint64_t k = 0; k < skip; ++k) {
        TRY(poll_step(agent, k));
        PropertyKey from = TRY(PropertyKey::from_integer(agent, start + k));
        if (!TRY(self.object->has_property(agent, from))) continue;
        Value value = TRY(self.object->get(agent, from));
        TRY(create_element(agent, removed, k, value));
    }
    TRY(set_length(agent, removed, skip));
    if (inserted < skip) {
        for (uint64_t k = start; k < self.length - skip; ++k) {
            TRY(poll_step(agent, k));
            TRY(move_index(agent, self.object, k + skip, k + inserted));
        }
        for (uint64_t k = self.length; k > self.length - skip + inserted; --k) {
            TRY(poll_step(agent, k));
            TRY(self.object->delete_property_or_throw(agent, TRY(PropertyKey::from_integer(agent, k - 1))));
        }
    } else if (inserted > skip) {
        for (uint64_t k = self.length - skip; k > start; --k) {
            TRY(poll_step(agent, k));
            TRY(move_index(agent, self.object, k + skip - 1, k + inserted - 1));
        }
    }
    for (uint64_t k = 0; k < inserted; ++k)
        TRY(set_index(agent, self.object, start + k, arguments[k + 2]));
    TRY(set_length(agent, self.object, self.length - skip + inserted));
    return Value(removed);
}

// 23.1.3.33 Array.prototype.toReversed ( )
Result<Value> array_to_reversed(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    Array* result = TRY(Array::create(agent, self.length));
    for (uint64_t k = 0; k < self.length; ++k) {
        TRY(poll_step(agent, k));
        Value value = TRY(get_index(agent, self.object, self.length - k - 1));
        TRY(create_element(agent, result, k, value));
    }
    return Value(result);
}

// 23.1.3.35 Array.prototype.toSpliced ( start, skipCount, ...items )
Result<Value> array_to_spliced(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    auto [start, skip, inserted] = TRY(splice_bounds(agent, arguments, self.length));
    double new_length = static_cast<double>(self.length - skip) + static_cast<double>(inserted);
    if (new_length > kMaxSafeInteger) return too_long(agent);
    Array* result = TRY(Array::create(agent, static_cast<uint64_t>(new_length)));
    for (uint64_t k = 0; k < static_cast<uint64_t>(new_length); ++k) {
        TRY(poll_step(agent, k));
        Value value;
        if (k < start) value = TRY(get_index(agent, self.object, k));
        else if (k < start + inserted) value = arguments[k - start + 2];
        else value = TRY(get_index(agent, self.object, k - inserted + skip));
        TRY(create_element(agent, result, k, value));
    }
    return Value(result);
}

// 23.1.3.37 Array.prototype.unshift ( ...items )
Result<Value> array_unshift(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    uint64_t count = arguments.size();
    if (Array* array = simple_array(self.object); array && array->length() == self.length && self.length + count < ValueArray::kMaxLength) {
        TRY(array->splice_direct(agent, 0, 0, arguments.values()));
        return Value::number(array->length());
    }
    if (count > 0) {
        if (static_cast<double>(self.length) + static_cast<double>(count) > kMaxSafeInteger) return too_long(agent);
        for (uint64_t k = self.length; k > 0; --k) {
            TRY(poll_step(agent, k));
            TRY(move_index(agent, self.object, k - 1, k + count - 1));
        }
        for (uint64_t j = 0; j < count; ++j)
            TRY(set_index(agent, self.object, j, arguments[j]));
    }
    TRY(set_length(agent, self.object, self.length + count));
    return Value::number(self.length + count);
}

// 23.1.3.39 Array.prototype.with ( index, value )
Result<Value> array_with(Agent& agent, const Arguments& arguments) {
    Receiver self = TRY(receiver_of(agent, arguments));
    double relative = TRY(to_integer_or_infinity(agent, arguments[0]));
    double actual = relative >= 0 ? relative : static_cast<double>(self.length) + relative;
    if (actual >= static_cast<double>(self.length) || actual < 0)
        return agent.throw_range_error("Index " + display_string(Value::number(relative)) + " is outside the array of length " + display_string(Value::number(self.length)));
    Array* result = TRY(Array::create(agent, self.length));
    for (uint64_t k = 0; k < self.length; ++k) {
        TRY(poll_step(agent, k));
        Value value = k == static_cast<uint64_t>(actual) ? arguments[1] : TRY(get_index(agent, self.object, k));
        TRY(create_element(agent, result, k, value));
    }
    return Value(result);
}

} // namespace

Fallible<Object*> create_array(Agent& agent, Realm& realm) {
    NativeFunction* constructor = TRY(NativeFunction::create_constructor(agent, realm, array_constructor, 1, atoms::Array));
    realm.set_intrinsic(Intrinsic::Array, constructor);
    Object* prototype = TRY(realm.intrinsic(Intrinsic::ArrayPrototype));
    TRY(constructor->define_direct(agent, atoms::prototype, Value(prototype), kNone));
    const FunctionEntry functions[] = {
        {atoms::from, array_from, 1},
        {atoms::fromAsync, array_from_async, 1},
        {atoms::isArray, array_is_array, 1},
        {atoms::of, array_of, 0},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    const AccessorEntry accessors[] = {{symbols::species, array_species}};
    TRY(define_accessors(agent, realm, constructor, accessors));
    return static_cast<Object*>(constructor);
}

// 23.1.3.41 Array.prototype [ @@unscopables ]
static Fallible<Object*> create_unscopables(Agent& agent) {
    Object* list = TRY(Object::create(agent, nullptr, 24));
    const PropertyKey names[] = {atoms::at,       atoms::copyWithin,    atoms::entries,  atoms::fill, atoms::find,     atoms::findIndex,
                                 atoms::findLast, atoms::findLastIndex, atoms::flat,     atoms::flatMap, atoms::includes, atoms::keys,
                                 atoms::toReversed, atoms::toSorted,    atoms::toSpliced, atoms::values};
    for (PropertyKey name : names)
        TRY(list->define_direct(agent, name, Value::boolean(true)));
    return list;
}

Fallible<Object*> create_array_prototype(Agent& agent, Realm& realm) {
    // Itself an Array exotic object, of which root_shape cannot know yet.
    Object* parent = TRY(realm.intrinsic(Intrinsic::ObjectPrototype));
    Array* prototype = TRY(Array::create_prototype(agent, parent));
    realm.set_intrinsic(Intrinsic::ArrayPrototype, prototype);
    TRY(prototype->define_direct(agent, atoms::constructor, Value(TRY(realm.intrinsic(Intrinsic::Array))), kBuiltinAttributes));
    const FunctionEntry functions[] = {
        {atoms::at, array_at, 1},
        {atoms::concat, array_concat, 1},
        {atoms::copyWithin, array_copy_within, 2},
        {atoms::entries, array_entries, 0},
        {atoms::fill, array_fill, 1},
        {atoms::flat, array_flat, 0},
        {atoms::flatMap, array_flat_map, 1},
        {atoms::includes, array_includes, 1},
        {atoms::indexOf, array_index_of, 1},
        {atoms::join, array_join, 1},
        {atoms::keys, array_keys, 0},
        {atoms::lastIndexOf, array_last_index_of, 1},
        {atoms::pop, array_pop, 0},
        {atoms::push, array_push, 1},
        {atoms::reverse, array_reverse, 0},
        {atoms::shift, array_shift, 0},
        {atoms::slice, array_slice, 2},
        {atoms::splice, array_splice, 2},
        {atoms::toLocaleString, array_to_locale_string, 0},
        {atoms::toReversed, array_to_reversed, 0},
        {atoms::toSpliced, array_to_spliced, 2},
        {atoms::toString, array_to_string, 0},
        {atoms::unshift, array_unshift, 1},
        {atoms::with, array_with, 2},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_array_iteration(agent, realm, prototype));
    TRY(define_array_sort(agent, realm, prototype));
    Value values(TRY(realm.intrinsic(Intrinsic::ArrayPrototypeValues)));
    TRY(prototype->define_direct(agent, atoms::values, values, kBuiltinAttributes));
    TRY(prototype->define_direct(agent, symbols::iterator, values, kBuiltinAttributes));
    TRY(prototype->define_direct(agent, symbols::unscopables, Value(TRY(create_unscopables(agent))), kConfigurable));
    return static_cast<Object*>(prototype);
}

// %Array.prototype.values%, which arguments objects use too
Fallible<Object*> create_array_prototype_values(Agent& agent, Realm& realm) {
    return static_cast<Object*>(TRY(NativeFunction::create(agent, realm, array_values, 0, atoms::values)));
}

} // namespace heddle
