// Iterator Helper objects: the steps of each kind.
#include "builtins/iterator_helper.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/array.h"

#include <fmt/core.h>

namespace heddle {

Fallible<IteratorHelper*> IteratorHelper::create(Agent& agent, IteratorHelperKind kind,
                                                 const IteratorRecord& underlying) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::IteratorHelperPrototype));
    return agent.heap().allocate<IteratorHelper>(0, shape, kind, underlying);
}

void IteratorHelper::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(iterator_);
    visitor.visit(next_method_);
    visitor.visit(function_);
    visitor.visit(inner_);
    visitor.visit(inner_next_);
    visitor.visit(list_);
    visitor.visit(padding_);
    visitor.visit(keys_);
}

Result<Value> IteratorHelper::next(Agent& agent) {
    if (state_ == State::Executing)
        return agent.throw_type_error("Iterator Helper: next() was called while the helper runs");
    if (state_ == State::Completed)
        return Value(TRY(create_iter_result_object(agent, Value::undefined(), true)));
    TRY(agent.check_stack());
    state_ = State::Executing;
    Result<std::optional<Value>> result = step(agent);
    state_ = State::Completed;
    std::optional<Value> value = TRY(std::move(result));
    if (value) state_ = State::SuspendedYield;
    return Value(TRY(create_iter_result_object(agent, value.value_or(Value::undefined()), !value)));
}

Result<Value> IteratorHelper::return_(Agent& agent) {
    if (state_ == State::Executing)
        return agent.throw_type_error("Iterator Helper: return() was called while the helper runs");
    TRY(agent.check_stack());
    State state = state_;
    // The closing of a helper that has not started counts as no execution.
    state_ = state == State::SuspendedYield ? State::Executing : State::Completed;
    Result<void> closed;
    if (state == State::SuspendedYield ||
        (state == State::SuspendedStart && kind_ != IteratorHelperKind::Concat))
        closed = close(agent);
    state_ = State::Completed;
    TRY(std::move(closed));
    return Value(TRY(create_iter_result_object(agent, Value::undefined(), true)));
}

Result<std::optional<Value>> IteratorHelper::step(Agent& agent) {
    switch (kind_) {
    case IteratorHelperKind::Map:
        return step_map(agent);
    case IteratorHelperKind::Filter:
        return step_filter(agent);
    case IteratorHelperKind::Take:
        return step_take(agent);
    case IteratorHelperKind::Drop:
        return step_drop(agent);
    case IteratorHelperKind::FlatMap:
        return step_flat_map(agent);
    case IteratorHelperKind::Concat:
        return step_concat(agent);
    case IteratorHelperKind::Zip:
        return step_zip(agent);
    }
    __builtin_unreachable();
}

Result<void> IteratorHelper::close(Agent& agent) {
    switch (kind_) {
    case IteratorHelperKind::Zip:
        return close_zipped(agent);
    case IteratorHelperKind::Concat:
        return iterator_close(agent, inner());
    case IteratorHelperKind::FlatMap:
        if (inner_) {
            if (iterator_close(agent, inner()).threw()) return iterator_close_throwing(agent, underlying());
        }
        return iterator_close(agent, underlying());
    default:
        return iterator_close(agent, underlying());
    }
}

// 27.1.4.8 Iterator.prototype.map, step 6
Result<std::optional<Value>> IteratorHelper::step_map(Agent& agent) {
    IteratorRecord iterated = underlying();
    auto value = TRY(iterator_step_value(agent, iterated));
    if (!value) return value;
    Result<Value> mapped =
        heddle::call(agent, function_, Value::undefined(), {*value, Value::number(number_++)});
    if (mapped.threw()) return iterator_close_throwing(agent, iterated);
    return std::optional(mapped.release());
}

// 27.1.4.4 Iterator.prototype.filter, step 6
Result<std::optional<Value>> IteratorHelper::step_filter(Agent& agent) {
    IteratorRecord iterated = underlying();
    for (;;) {
        TRY(agent.poll_interrupts());
        auto value = TRY(iterator_step_value(agent, iterated));
        if (!value) return value;
        Result<Value> selected =
            heddle::call(agent, function_, Value::undefined(), {*value, Value::number(number_++)});
        if (selected.threw()) return iterator_close_throwing(agent, iterated);
        if (to_boolean(selected.release())) return value;
    }
}

// 27.1.4.11 Iterator.prototype.take, step 10
Result<std::optional<Value>> IteratorHelper::step_take(Agent& agent) {
    IteratorRecord iterated = underlying();
    if (number_ == 0) {
        TRY(iterator_close(agent, iterated));
        return std::optional<Value>();
    }
    --number_; // infinity stays
    return iterator_step_value(agent, iterated);
}

// 27.1.4.2 Iterator.prototype.drop, step 10
Result<std::optional<Value>> IteratorHelper::step_drop(Agent& agent) {
    IteratorRecord iterated = underlying();
    while (number_ > 0) {
        TRY(agent.poll_interrupts());
        --number_;
        Object* result = TRY(iterator_next(agent, iterated));
        if (TRY(iterator_complete(agent, result))) return std::optional<Value>();
    }
    return iterator_step_value(agent, iterated);
}

// 27.1.4.6 Iterator.prototype.flatMap, step 6
Result<std::optional<Value>> IteratorHelper::step_flat_map(Agent& agent) {
    IteratorRecord iterated = underlying();
    for (;;) {
        TRY(agent.poll_interrupts());
        if (!inner_) {
            auto value = TRY(iterator_step_value(agent, iterated));
            if (!value) return value;
            Result<Value> mapped =
                heddle::call(agent, function_, Value::undefined(), {*value, Value::number(number_++)});
            if (mapped.threw()) return iterator_close_throwing(agent, iterated);
            Result<IteratorRecord> record =
                get_iterator_flattenable(agent, mapped.release(), StringHandling::Reject);
            if (record.threw()) return iterator_close_throwing(agent, iterated);
            set_inner(record.release());
        }
        IteratorRecord record = inner();
        Result<std::optional<Value>> stepped = iterator_step_value(agent, record);
        if (stepped.threw()) return iterator_close_throwing(agent, iterated);
        std::optional<Value> value = stepped.release();
        if (value) return value;
        inner_.set(this, nullptr);
    }
}

// 27.1.3.2.1 Iterator.concat, step 3
Result<std::optional<Value>> IteratorHelper::step_concat(Agent& agent) {
    for (;;) {
        if (!inner_) {
            auto at = static_cast<uint32_t>(number_);
            if (at >= list_->length()) return std::optional<Value>();
            number_ += 2;
            Value iterator = TRY(heddle::call(agent, list_->get(at), list_->get(at + 1)));
            if (!iterator.is_object()) {
                return agent.throw_type_error(
                    "The result of a Symbol.iterator method is not an object: it is " +
                    display_string(iterator));
            }
            set_inner(TRY(get_iterator_direct(agent, iterator.as_object())));
        }
        IteratorRecord record = inner();
        std::optional<Value> value = TRY(iterator_step_value(agent, record));
        if (value) return value;
        inner_.set(this, nullptr);
    }
}

Result<void> IteratorHelper::close_zipped(Agent& agent) {
    for (uint32_t i = list_->length(); i > 0; i -= 2) {
        if (!list_->get(i - 2).is_object()) continue;
        IteratorRecord record = {list_->get(i - 2).as_object(), list_->get(i - 1), false};
        list_->set(i - 2, Value::null());
        if (iterator_close(agent, record).threw()) return close_zipped_throwing(agent);
    }
    return {};
}

Threw IteratorHelper::close_zipped_throwing(Agent& agent) {
    for (uint32_t i = list_->length(); i > 0; i -= 2) {
        if (!list_->get(i - 2).is_object()) continue;
        IteratorRecord record = {list_->get(i - 2).as_object(), list_->get(i - 1), false};
        list_->set(i - 2, Value::null());
        (void)iterator_close_throwing(agent, record);
    }
    return {};
}

// 27.1.3.2.5 IteratorZip ( iters, mode, padding, finishResults ), step 3
Result<std::optional<Value>> IteratorHelper::step_zip(Agent& agent) {
    uint32_t count = list_->length() / 2;
    if (count == 0) return std::optional<Value>();
    ValueArray* results = TRY(ValueArray::create(agent, count, Value::undefined()));
    for (uint32_t i = 0; i < count; ++i) {
        if (!list_->get(i * 2).is_object()) {
            results->set(i, padding_->get(i));
            continue;
        }
        IteratorRecord record = {list_->get(i * 2).as_object(), list_->get(i * 2 + 1), false};
        Result<std::optional<Value>> stepped = iterator_step_value(agent, record);
        if (stepped.threw()) {
            list_->set(i * 2, Value::null());
            return close_zipped_throwing(agent);
        }
        std::optional<Value> value = stepped.release();
        if (value) {
            results->set(i, *value);
            continue;
        }
        list_->set(i * 2, Value::null());
        if (mode_ == ZipMode::Shortest) {
            TRY(close_zipped(agent));
            return std::optional<Value>();
        }
        if (mode_ == ZipMode::Longest) {
            bool any_open = false;
            for (uint32_t k = 0; k < count; ++k)
                any_open |= list_->get(k * 2).is_object();
            if (!any_open) return std::optional<Value>();
            results->set(i, padding_->get(i));
            continue;
        }
        constexpr const char* kUneven =
            "The zipped iterators are not of the same length, which the mode strict asks for";
        if (i != 0) {
            (void)agent.throw_type_error(kUneven);
            return close_zipped_throwing(agent);
        }
        for (uint32_t k = 1; k < count; ++k) {
            IteratorRecord other = {list_->get(k * 2).as_object(), list_->get(k * 2 + 1), false};
            Result<Object*> open = iterator_next(agent, other);
            Result<bool> done =
                open.threw() ? Result<bool>(Threw{}) : iterator_complete(agent, open.release());
            if (done.threw()) {
                list_->set(k * 2, Value::null());
                return close_zipped_throwing(agent);
            }
            if (!done.release()) {
                (void)agent.throw_type_error(kUneven);
                return close_zipped_throwing(agent);
            }
            list_->set(k * 2, Value::null());
        }
        return std::optional<Value>();
    }
    return std::optional(TRY(finish_zipped(agent, results)));
}

Result<Value> IteratorHelper::finish_zipped(Agent& agent, ValueArray* results) {
    if (!keys_) {
        Array* array = TRY(Array::create(agent, 0));
        for (uint32_t i = 0; i < results->length(); ++i)
            TRY(array->push_direct(agent, results->get(i)));
        return Value(array);
    }
    Object* object = TRY(Object::create(agent, nullptr));
    for (uint32_t i = 0; i < results->length(); ++i)
        TRY(object->create_data_property_or_throw(agent, TRY(to_property_key(agent, keys_->get(i))),
                                                  results->get(i)));
    return Value(object);
}

namespace {

IteratorHelper* this_helper(const Arguments& arguments) {
    return builtin_iterator_or_null<IteratorHelper>(arguments.this_value());
}

Failed throw_not_helper(Agent& agent, const Arguments& arguments, const char* method) {
    return agent.throw_type_error(fmt::format("%IteratorHelperPrototype%.{} needs an Iterator Helper, not {}",
                                              method, display_string(arguments.this_value())));
}

// 27.1.2.1.1 %IteratorHelperPrototype%.next ( )
Result<Value> iterator_helper_next(Agent& agent, const Arguments& arguments) {
    IteratorHelper* helper = this_helper(arguments);
    if (!helper) return throw_not_helper(agent, arguments, "next");
    return helper->next(agent);
}

// 27.1.2.1.2 %IteratorHelperPrototype%.return ( )
Result<Value> iterator_helper_return(Agent& agent, const Arguments& arguments) {
    IteratorHelper* helper = this_helper(arguments);
    if (!helper) return throw_not_helper(agent, arguments, "return");
    return helper->return_(agent);
}

} // namespace

// 27.1.2.1 The %IteratorHelperPrototype% Object
Fallible<Object*> create_iterator_helper_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::IteratorPrototype))));
    realm.set_intrinsic(Intrinsic::IteratorHelperPrototype, prototype);
    const FunctionEntry functions[] = {
        {atoms::next, iterator_helper_next, 0},
        {atoms::return_, iterator_helper_return, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::iterator_helper));
    return prototype;
}

} // namespace heddle
