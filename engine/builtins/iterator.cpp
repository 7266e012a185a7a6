// 27.1.3 Iterator Objects: the constructor, its functions and the prototype that every iterator inherits. The
// methods of the prototype are in iterator_methods.cpp.
#include "builtins/builtin_iterator.h"
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/iterator_helper.h"

#include <fmt/core.h>

namespace heddle {

/// 27.1.3.2.2.1 What Iterator.from makes of an iterator that does not inherit from %Iterator.prototype%.
class WrapForValidIterator final : public BuiltinIterator {
public:
    static constexpr Family kFamily = Family::WrapForValid;
    Object* iterator() const { return iterator_; }
    Value next_method() const { return next_method_; }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(iterator_);
        visitor.visit(next_method_);
    }

private:
    friend class Heap;
    WrapForValidIterator(Shape* shape, const IteratorRecord& iterated) : BuiltinIterator(shape, kFamily) {
        iterator_.init(iterated.iterator);
        next_method_.init(iterated.next_method);
    }
    Member<Object> iterator_;
    Member<Value> next_method_;
};

namespace {

// 27.1.3.1.1 Iterator ( )
Result<Value> iterator_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct())
        return agent.throw_type_error("Iterator is a class: call it with new, from a subclass");
    if (arguments.new_target() == Value(arguments.callee())) {
        return agent.throw_type_error("Iterator is abstract: make a subclass of it, or use Iterator.from()");
    }
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::IteratorPrototype));
    return Value(TRY(Object::create_with_shape(agent, shape)));
}

// 27.1.3.2.2 Iterator.from ( O )
Result<Value> iterator_from(Agent& agent, const Arguments& arguments) {
    IteratorRecord record = TRY(get_iterator_flattenable(agent, arguments[0], StringHandling::Iterate));
    Value constructor(TRY(agent.intrinsic(Intrinsic::Iterator)));
    if (TRY(ordinary_has_instance(agent, constructor, Value(record.iterator)))) return Value(record.iterator);
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::WrapForValidIteratorPrototype));
    return Value(TRY(agent.heap().allocate<WrapForValidIterator>(0, shape, record)));
}

Fallible<WrapForValidIterator*> this_wrapper(Agent& agent, const Arguments& arguments, const char* method) {
    auto* wrapper = builtin_iterator_or_null<WrapForValidIterator>(arguments.this_value());
    if (wrapper) return wrapper;
    return agent.throw_type_error(
        fmt::format("%WrapForValidIteratorPrototype%.{} needs an iterator made by Iterator.from, not {}",
                    method, display_string(arguments.this_value())));
}

// 27.1.3.2.2.1.1 %WrapForValidIteratorPrototype%.next ( )
Result<Value> wrap_for_valid_iterator_next(Agent& agent, const Arguments& arguments) {
    WrapForValidIterator* wrapper = TRY(this_wrapper(agent, arguments, "next"));
    return call(agent, wrapper->next_method(), Value(wrapper->iterator()));
}

// 27.1.3.2.2.1.2 %WrapForValidIteratorPrototype%.return ( )
Result<Value> wrap_for_valid_iterator_return(Agent& agent, const Arguments& arguments) {
    WrapForValidIterator* wrapper = TRY(this_wrapper(agent, arguments, "return"));
    Value iterator(wrapper->iterator());
    Value method = TRY(get_method(agent, iterator, atoms::return_));
    if (method.is_undefined()) return Value(TRY(create_iter_result_object(agent, Value::undefined(), true)));
    return call(agent, method, iterator);
}

// 27.1.4.13 Iterator.prototype [ %Symbol.iterator% ] ( )
Result<Value> iterator_prototype_iterator(Agent&, const Arguments& arguments) {
    return arguments.this_value();
}

// 27.1.4.14 Iterator.prototype [ %Symbol.dispose% ] ( )
Result<Value> iterator_prototype_dispose(Agent& agent, const Arguments& arguments) {
    Value method = TRY(get_method(agent, arguments.this_value(), atoms::return_));
    if (!method.is_undefined()) TRY(call(agent, method, arguments.this_value()));
    return Value::undefined();
}

// 7.3.33 SetterThatIgnoresPrototypeProperties ( thisValue, home, p, v )
Result<Value> set_ignoring_prototype(Agent& agent, const Arguments& arguments, PropertyKey key) {
    Value self = arguments.this_value();
    if (!self.is_object())
        return agent.throw_type_error(fmt::format("{} is not an object: its property {} cannot be set",
                                                  display_string(self), key.to_display_string()));
    if (self.as_object() == TRY(agent.intrinsic(Intrinsic::IteratorPrototype))) {
        return agent.throw_type_error(
            fmt::format("The property {} of Iterator.prototype cannot be set: define it on your own object",
                        key.to_display_string()));
    }
    if (TRY(self.as_object()->get_own_property(agent, key)))
        TRY(self.as_object()->set_or_throw(agent, key, arguments[0]));
    else
        TRY(self.as_object()->create_data_property_or_throw(agent, key, arguments[0]));
    return Value::undefined();
}

// 27.1.4.1 Iterator.prototype.constructor
Result<Value> iterator_get_constructor(Agent& agent, const Arguments&) {
    return Value(TRY(agent.intrinsic(Intrinsic::Iterator)));
}
Result<Value> iterator_set_constructor(Agent& agent, const Arguments& arguments) {
    return set_ignoring_prototype(agent, arguments, atoms::constructor);
}

// 27.1.4.15 Iterator.prototype [ %Symbol.toStringTag% ]
Result<Value> iterator_get_to_string_tag(Agent&, const Arguments&) {
    return Value(&atoms::Iterator);
}
Result<Value> iterator_set_to_string_tag(Agent& agent, const Arguments& arguments) {
    return set_ignoring_prototype(agent, arguments, symbols::toStringTag);
}

} // namespace

// 27.1.3.2 Properties of the Iterator Constructor
Fallible<Object*> create_iterator(Agent& agent, Realm& realm) {
    Object* constructor =
        TRY(define_constructor(agent, realm, Intrinsic::Iterator, Intrinsic::IteratorPrototype,
                               iterator_constructor, 0, atoms::Iterator));
    const FunctionEntry functions[] = {
        {atoms::concat, iterator_concat, 0},
        {atoms::from, iterator_from, 1},
        {atoms::zip, iterator_zip, 1},
        {atoms::zipKeyed, iterator_zip_keyed, 1},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    return constructor;
}

// 27.1.4 Properties of the Iterator Prototype Object
Fallible<Object*> create_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    realm.set_intrinsic(Intrinsic::IteratorPrototype, prototype);
    const FunctionEntry functions[] = {
        {symbols::iterator, iterator_prototype_iterator, 0},
        {symbols::dispose, iterator_prototype_dispose, 0},
    };
    const AccessorEntry accessors[] = {
        {atoms::constructor, iterator_get_constructor, iterator_set_constructor},
        {symbols::toStringTag, iterator_get_to_string_tag, iterator_set_to_string_tag},
    };
    TRY(define_iterator_helpers(agent, realm, prototype));
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_accessors(agent, realm, prototype, accessors));
    return prototype;
}

// 27.1.3.2.2.1 The %WrapForValidIteratorPrototype% Object
Fallible<Object*> create_wrap_for_valid_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::IteratorPrototype))));
    realm.set_intrinsic(Intrinsic::WrapForValidIteratorPrototype, prototype);
    const FunctionEntry functions[] = {
        {atoms::next, wrap_for_valid_iterator_next, 0},
        {atoms::return_, wrap_for_valid_iterator_return, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    return prototype;
}

} // namespace heddle
