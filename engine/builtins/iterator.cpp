// 27.1.2 The %IteratorPrototype% Object: what every iterator inherits. The helpers that are methods of it too are in
// iterator_helpers.cpp.
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// 27.1.4.1 %Iterator.prototype% [ %Symbol.iterator% ] ( )
Result<Value> iterator_prototype_iterator(Agent&, const Arguments& arguments) { return arguments.this_value(); }

// 27.1.4.2 %Iterator.prototype% [ %Symbol.dispose% ] ( )
Result<Value> iterator_prototype_dispose(Agent& agent, const Arguments& arguments) {
    Value method = TRY(get_method(agent, arguments.this_value(), atoms::return_));
    if (!method.is_undefined()) TRY(call(agent, method, arguments.this_value()));
    return Value::undefined();
}

} // namespace

Fallible<Object*> create_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    realm.set_intrinsic(Intrinsic::IteratorPrototype, prototype);
    const FunctionEntry functions[] = {
        {symbols::iterator, iterator_prototype_iterator, 0},
        {symbols::dispose, iterator_prototype_dispose, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    return prototype;
}

} // namespace heddle
