// 23.1.2.1 Array.fromAsync ( items [ , mapper [ , thisArg ] ] ): the specification's async closure, as a continuation
// that goes on at each of its awaits.
#include "builtins/array.h"
#include "runtime/iterator.h"
#include "runtime/promise.h"

namespace heddle {

namespace {

class FromAsync final : public NativeContinuation {
public:
    FromAsync(Promise* promise, Value constructor, Value items, Value mapper, Value this_arg) {
        promise_.init(promise);
        constructor_.init(constructor);
        items_.init(items);
        mapper_.init(mapper);
        this_arg_.init(this_arg);
    }

    /// Runs to the first await. What throws on the way rejects the promise.
    Result<void> start(Agent& agent) { return settle_throw(agent, begin(agent)); }

    Result<Value> on_fulfilled(Agent& agent, Value value) override {
        TRY(settle_throw(agent, resume(agent, value)));
        return Value::undefined();
    }
    Result<Value> on_rejected(Agent& agent, Value reason) override {
        if (state_ == State::Closing) {
            // The await of return()'s result does not matter: the first error wins.
            promise_->reject(agent, pending_error_);
            return Value::undefined();
        }
        Failed failed = agent.throw_value(reason);
        (void)failed;
        // IfAbruptCloseAsyncIterator after the mapper's await; a failed next() closes nothing.
        Result<void> result = state_ == State::Mapped && iterator_ ? close_throwing(agent) : Result<void>(Threw{});
        TRY(settle_throw(agent, std::move(result)));
        return Value::undefined();
    }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(promise_);
        visitor.visit(constructor_);
        visitor.visit(items_);
        visitor.visit(mapper_);
        visitor.visit(this_arg_);
        visitor.visit(iterator_);
        visitor.visit(next_method_);
        visitor.visit(target_);
        visitor.visit(pending_error_);
    }

private:
    enum class State : uint8_t { Next, Element, Mapped, Closing };

    Result<void> settle_throw(Agent& agent, Result<void> result) {
        if (!result.threw()) return {};
        if (agent.is_terminating()) return Threw{};
        promise_->reject(agent, agent.take_exception());
        return {};
    }

    Result<void> await(Agent& agent, Value value, State state) {
        Promise* awaited = TRY(promise_resolve_intrinsic(agent, value));
        state_ = state;
        return perform_promise_then(agent, awaited, this);
    }

    Result<void> begin(Agent& agent) {
        if (!mapper_.get().is_undefined() && !heddle::is_callable(mapper_))
            return agent.throw_type_error("The mapper of Array.fromAsync must be a function, got " + display_string(mapper_));
        Value async_method = TRY(get_method(agent, items_, symbols::asyncIterator));
        Value sync_method = Value::undefined();
        if (async_method.is_undefined()) sync_method = TRY(get_method(agent, items_, symbols::iterator));
        bool constructs = heddle::is_constructor(constructor_);
        if (!async_method.is_undefined() || !sync_method.is_undefined()) {
            Object* target = constructs ? TRY(construct(agent, constructor_.get().as_object())) : static_cast<Object*>(TRY(Array::create(agent, 0)));
            target_.set(this, target);
            IteratorRecord record;
            if (!async_method.is_undefined()) {
                record = TRY(get_iterator_from_method(agent, items_, async_method));
            } else {
                IteratorRecord sync = TRY(get_iterator_from_method(agent, items_, sync_method));
                record = TRY(create_async_from_sync_iterator(agent, sync));
            }
            iterator_.set(this, record.iterator);
            next_method_.set(this, record.next_method);
            return request_next(agent);
        }
        Object* array_like = TRY(to_object(agent, items_));
        items_.set(this, Value(array_like));
        length_ = TRY(length_of_array_like(agent, array_like));
        if (constructs) {
            Value arguments[] = {Value::number(length_)};
            target_.set(this, TRY(construct(agent, constructor_.get().as_object(), arguments)));
        } else {
            target_.set(this, TRY(Array::create(agent, length_)));
        }
        return request_element(agent);
    }

    Result<void> request_next(Agent& agent) {
        Value result = TRY(call(agent, next_method_, Value(iterator_.get())));
        return await(agent, result, State::Next);
    }

    Result<void> request_element(Agent& agent) {
        if (index_ == length_) return finish(agent);
        Value value = TRY(items_.get().as_object()->get(agent, TRY(PropertyKey::from_integer(agent, index_))));
        return await(agent, value, State::Element);
    }

    Result<void> finish(Agent& agent) {
        TRY(target_->set_or_throw(agent, atoms::length, Value::number(index_)));
        return promise_->resolve(agent, Value(target_.get()));
    }

    Result<void> resume(Agent& agent, Value value) {
        switch (state_) {
        case State::Next: {
            if (!value.is_object()) return agent.throw_type_error("Iterator result is not an object: it is " + display_string(value));
            if (TRY(iterator_complete(agent, value.as_object()))) return finish(agent);
            return map_element(agent, TRY(iterator_value(agent, value.as_object())));
        }
        case State::Element: return map_element(agent, value);
        case State::Mapped: return store(agent, value);
        case State::Closing: promise_->reject(agent, pending_error_); return {};
        }
        HEDDLE_UNREACHABLE();
    }

    Result<void> map_element(Agent& agent, Value value) {
        if (mapper_.get().is_undefined()) return store(agent, value);
        Result<Value> mapped = call(agent, mapper_, this_arg_, {value, Value::number(index_)});
        if (!mapped.threw()) {
            Result<void> awaiting = await(agent, mapped.release(), State::Mapped);
            if (!awaiting.threw()) return {};
        }
        return iterator_ ? close_throwing(agent) : Result<void>(Threw{});
    }

    Result<void> store(Agent& agent, Value value) {
        Result<void> defined = target_->create_data_property_or_throw(agent, TRY(PropertyKey::from_integer(agent, index_)), value);
        if (defined.threw()) return iterator_ ? close_throwing(agent) : std::move(defined);
        ++index_;
        return iterator_ ? request_next(agent) : request_element(agent);
    }

    // 7.4.12 AsyncIteratorClose with the exception that is pending.
    Result<void> close_throwing(Agent& agent) {
        if (agent.is_terminating()) return Threw{};
        pending_error_.set(this, agent.take_exception());
        Value iterator(iterator_.get());
        Result<Value> method = get_method(agent, iterator, atoms::return_);
        if (!method.threw()) {
            Value function = method.release();
            if (!function.is_undefined()) {
                Result<Value> result = call(agent, function, iterator);
                if (!result.threw() && !await(agent, result.release(), State::Closing).threw()) return {};
            }
        }
        if (agent.is_terminating()) return Threw{};
        if (agent.has_exception()) agent.take_exception();
        return agent.throw_value(pending_error_);
    }

    Member<Promise> promise_;
    Member<Value> constructor_;
    Member<Value> items_;
    Member<Value> mapper_;
    Member<Value> this_arg_;
    Member<Object> iterator_; // null for array-likes
    Member<Value> next_method_;
    Member<Object> target_;
    Member<Value> pending_error_;
    uint64_t index_ = 0;
    uint64_t length_ = 0;
    State state_ = State::Next;
};

} // namespace

Result<Value> array_from_async(Agent& agent, const Arguments& arguments) {
    Promise* promise = TRY(Promise::create(agent));
    auto* closure = TRY(agent.heap().allocate<FromAsync>(0, promise, arguments.this_value(), arguments[0], arguments[1], arguments[2]));
    TRY(closure->start(agent));
    return Value(promise);
}

} // namespace heddle
