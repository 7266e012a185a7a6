// 28.4 The %AbstractModuleSource% constructor: the abstract class of module source objects
#include "builtins/define.h"
#include "builtins/intrinsics.h"

namespace heddle {

namespace {

// 28.4.1.1 %AbstractModuleSource% ( )
Result<Value> abstract_module_source_constructor(Agent& agent, const Arguments&) {
    return agent.throw_type_error("AbstractModuleSource is abstract: it cannot be called or constructed");
}

// 28.4.3.2 get %AbstractModuleSource%.prototype [ %Symbol.toStringTag% ]: no object of this host has a
// [[ModuleSourceClassName]].
Result<Value> module_source_tag(Agent&, const Arguments&) {
    return Value::undefined();
}

} // namespace

Fallible<Object*> create_abstract_module_source(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::AbstractModuleSource,
                                  Intrinsic::AbstractModuleSourcePrototype,
                                  abstract_module_source_constructor, 0, atoms::AbstractModuleSource));
}

Fallible<Object*> create_abstract_module_source_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::AbstractModuleSourcePrototype,
                         Intrinsic::AbstractModuleSource));
    const AccessorEntry accessors[] = {{symbols::toStringTag, module_source_tag}};
    TRY(define_accessors(agent, realm, prototype, accessors));
    return prototype;
}

} // namespace heddle
