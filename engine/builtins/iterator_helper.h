// Iterator Helper objects (ECMA-262 27.1.2.1): what Iterator.prototype.map and its like return. The
// specification writes each as a generator of an abstract closure; here each is a state machine of its own
// kind.
#pragma once

#include "builtins/builtin_iterator.h"
#include "runtime/iterator.h"

namespace heddle {

enum class IteratorHelperKind : uint8_t { Map, Filter, Take, Drop, FlatMap, Concat, Zip };
enum class ZipMode : uint8_t { Shortest, Longest, Strict };

class IteratorHelper final : public BuiltinIterator {
public:
    static constexpr Family kFamily = Family::Helper;
    static Fallible<IteratorHelper*> create(Agent&, IteratorHelperKind, const IteratorRecord& underlying);

    // 27.1.2.1.1 %IteratorHelperPrototype%.next ( ), 27.1.2.1.2 return ( )
    Result<Value> next(Agent&);
    Result<Value> return_(Agent&);

    // What the kinds need besides the underlying iterator; set before the helper is published.
    void set_function(Value function) { function_.set(this, function); }
    void set_limit(double limit) { number_ = limit; }
    /// Concat: method, iterable, method, iterable…
    void set_list(ValueArray* list) { list_.set(this, list); }
    /// Zip: iterator, next method, iterator, …; a value for each; the keys of zipKeyed, or null.
    void set_zip(ValueArray* iterators, ZipMode mode, ValueArray* padding, ValueArray* keys) {
        list_.set(this, iterators);
        padding_.set(this, padding);
        keys_.set(this, keys);
        mode_ = mode;
    }
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    enum class State : uint8_t { SuspendedStart, SuspendedYield, Executing, Completed };
    IteratorHelper(Shape* shape, IteratorHelperKind kind, const IteratorRecord& underlying)
        : BuiltinIterator(shape, kFamily), kind_(kind) {
        iterator_.init(underlying.iterator);
        next_method_.init(underlying.next_method);
    }
    IteratorRecord underlying() const { return {iterator_, next_method_, false}; }
    IteratorRecord inner() const { return {inner_, inner_next_, false}; }
    void set_inner(const IteratorRecord& record) {
        inner_.set(this, record.iterator);
        inner_next_.set(this, record.next_method);
    }
    /// The value of the next step, or nothing at the end.
    Result<std::optional<Value>> step(Agent&);
    Result<std::optional<Value>> step_map(Agent&);
    Result<std::optional<Value>> step_filter(Agent&);
    Result<std::optional<Value>> step_take(Agent&);
    Result<std::optional<Value>> step_drop(Agent&);
    Result<std::optional<Value>> step_flat_map(Agent&);
    Result<std::optional<Value>> step_concat(Agent&);
    Result<std::optional<Value>> step_zip(Agent&);
    /// What a return completion at the yield does.
    Result<void> close(Agent&);
    // 7.4.13 IteratorCloseAll over the zipped iterators that are open
    Result<void> close_zipped(Agent&);
    Threw close_zipped_throwing(Agent&);
    Result<Value> finish_zipped(Agent&, ValueArray* results);

    Member<Object> iterator_; // null for Concat and Zip
    Member<Value> next_method_;
    Member<Value> function_;
    Member<Object> inner_; // FlatMap, Concat: the iterator under way, or null
    Member<Value> inner_next_;
    Member<ValueArray> list_;
    Member<ValueArray> padding_;
    Member<ValueArray> keys_;
    double number_ = 0; // Take, Drop: what remains; else a counter
    IteratorHelperKind kind_;
    State state_ = State::SuspendedStart;
    ZipMode mode_ = ZipMode::Shortest;
};

/// Iterator.zip and Iterator.zipKeyed (27.1.3.2.3, 27.1.3.2.4)
Result<Value> iterator_zip(Agent&, const Arguments&);
Result<Value> iterator_zip_keyed(Agent&, const Arguments&);
/// The helper methods of Iterator.prototype, Iterator.concat.
Fallible<void> define_iterator_helpers(Agent&, Realm&, Object* prototype);
Result<Value> iterator_concat(Agent&, const Arguments&);

} // namespace heddle
