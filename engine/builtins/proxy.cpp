// 28.2 Proxy Objects: the constructor. Their internal methods are in runtime/proxy.h.
#include "runtime/proxy.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"

namespace heddle {

namespace {

// 28.2.1.1 Proxy ( target, handler )
Result<Value> proxy_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("Proxy is a constructor: call it with new");
    return Value(TRY(Proxy::create(agent, arguments[0], arguments[1])));
}

// The revoker of 28.2.2.1; slot 0 holds the proxy, or null once it has run.
Result<Value> revoke(Agent&, const Arguments& arguments) {
    auto* function = static_cast<NativeFunction*>(arguments.callee());
    Value proxy = function->slot(0);
    if (proxy.is_null()) return Value::undefined();
    function->set_slot(0, Value::null());
    proxy.as<Proxy>()->revoke();
    return Value::undefined();
}

// 28.2.2.1 Proxy.revocable ( target, handler )
Result<Value> proxy_revocable(Agent& agent, const Arguments& arguments) {
    Proxy* proxy = TRY(Proxy::create(agent, arguments[0], arguments[1]));
    NativeFunction* revoker =
        TRY(NativeFunction::create_closure(agent, agent.realm(), revoke, 0, {Value(proxy)}));
    Object* result = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(result->define_direct(agent, atoms::proxy, Value(proxy)));
    TRY(result->define_direct(agent, atoms::revoke, Value(revoker)));
    return Value(result);
}

} // namespace

Fallible<Object*> create_proxy(Agent& agent, Realm& realm) {
    Object* constructor =
        TRY(NativeFunction::create_constructor(agent, realm, proxy_constructor, 2, atoms::Proxy));
    const FunctionEntry functions[] = {{atoms::revocable, proxy_revocable, 2}};
    TRY(define_functions(agent, realm, constructor, functions));
    return constructor;
}

} // namespace heddle
