// 27.3 GeneratorFunction, 27.4 AsyncGeneratorFunction, 27.5 Generator, 27.6 AsyncGenerator and 27.7
// AsyncFunction Objects. What they do is in interpreter/generator.h.
#include "interpreter/generator.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/iterator_steps.h"

namespace heddle {

namespace {

// 27.3.1.1 GeneratorFunction, 27.4.1.1 AsyncGeneratorFunction, 27.7.1.1 AsyncFunction ( ...parameterArgs,
// bodyArg )
template<Evaluator::DynamicFunctionKind kind>
Result<Value> dynamic_function_constructor(Agent& agent, const Arguments& arguments) {
    return agent.evaluator().create_dynamic_function(agent, kind, arguments);
}

// 27.5.1.3 %GeneratorPrototype%.return, 27.5.1.4 throw
template<ResumeMode mode>
Result<Value> generator_prototype_resume(Agent& agent, const Arguments& arguments) {
    return generator_resume(agent, arguments.this_value(), mode, arguments[0]);
}

// 27.6.1.2 %AsyncGeneratorPrototype%.next, 27.6.1.3 return, 27.6.1.4 throw
template<ResumeMode mode>
Result<Value> async_generator_prototype_resume(Agent& agent, const Arguments& arguments) {
    return async_generator_enqueue(agent, arguments.this_value(), mode, arguments[0]);
}

/// A constructor of functions; a subclass of %Function%.
Fallible<Object*> create_function_constructor(Agent& agent, Realm& realm, Intrinsic constructor,
                                              Intrinsic prototype, NativeCode code, String* name) {
    return TRY(define_constructor(agent, realm, constructor, prototype, code, 1, name,
                                  TRY(realm.intrinsic(Intrinsic::Function))));
}

/// The prototype of the functions of one kind, such as %GeneratorFunction.prototype%.
Fallible<Object*> create_function_kind_prototype(Agent& agent, Realm& realm, Intrinsic prototype_id,
                                                 Intrinsic constructor_id, String* tag) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::FunctionPrototype))));
    TRY(define_prototype(agent, realm, prototype, prototype_id, constructor_id, kConfigurable));
    TRY(define_to_string_tag(agent, prototype, tag));
    return prototype;
}

using Kind = Evaluator::DynamicFunctionKind;

} // namespace

// 27.5.1.2 %GeneratorPrototype%.next
Result<Value> generator_prototype_next(Agent& agent, const Arguments& arguments) {
    return generator_resume(agent, arguments.this_value(), ResumeMode::kNext, arguments[0]);
}

Result<std::optional<Value>> generator_prototype_step(Agent& agent, Value generator) { return generator_step(agent, generator); }

// 27.3.2 Properties of the GeneratorFunction Constructor
Fallible<Object*> create_generator_function(Agent& agent, Realm& realm) {
    return create_function_constructor(
        agent, realm, Intrinsic::GeneratorFunction, Intrinsic::GeneratorFunctionPrototype,
        dynamic_function_constructor<Kind::Generator>, atoms::GeneratorFunction);
}

// 27.3.3 Properties of the GeneratorFunction Prototype Object
Fallible<Object*> create_generator_function_prototype(Agent& agent, Realm& realm) {
    Object* prototype =
        TRY(create_function_kind_prototype(agent, realm, Intrinsic::GeneratorFunctionPrototype,
                                           Intrinsic::GeneratorFunction, atoms::GeneratorFunction));
    Value instances(TRY(realm.intrinsic(Intrinsic::GeneratorPrototype)));
    TRY(prototype->define_direct(agent, atoms::prototype, instances, kConfigurable));
    return prototype;
}

// 27.5.1 The %GeneratorPrototype% Object
Fallible<Object*> create_generator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::IteratorPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::GeneratorPrototype,
                         Intrinsic::GeneratorFunctionPrototype, kConfigurable));
    const FunctionEntry functions[] = {
        {atoms::next, generator_prototype_next, 1},
        {atoms::return_, generator_prototype_resume<ResumeMode::kReturn>, 1},
        {atoms::throw_, generator_prototype_resume<ResumeMode::kThrow>, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::Generator));
    return prototype;
}

// 27.4.2 Properties of the AsyncGeneratorFunction Constructor
Fallible<Object*> create_async_generator_function(Agent& agent, Realm& realm) {
    return create_function_constructor(
        agent, realm, Intrinsic::AsyncGeneratorFunction, Intrinsic::AsyncGeneratorFunctionPrototype,
        dynamic_function_constructor<Kind::AsyncGenerator>, atoms::AsyncGeneratorFunction);
}

// 27.4.3 Properties of the AsyncGeneratorFunction Prototype Object
Fallible<Object*> create_async_generator_function_prototype(Agent& agent, Realm& realm) {
    Object* prototype =
        TRY(create_function_kind_prototype(agent, realm, Intrinsic::AsyncGeneratorFunctionPrototype,
                                           Intrinsic::AsyncGeneratorFunction, atoms::AsyncGeneratorFunction));
    Value instances(TRY(realm.intrinsic(Intrinsic::AsyncGeneratorPrototype)));
    TRY(prototype->define_direct(agent, atoms::prototype, instances, kConfigurable));
    return prototype;
}

// 27.6.1 The %AsyncGeneratorPrototype% Object
Fallible<Object*> create_async_generator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::AsyncIteratorPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::AsyncGeneratorPrototype,
                         Intrinsic::AsyncGeneratorFunctionPrototype, kConfigurable));
    const FunctionEntry functions[] = {
        {atoms::next, async_generator_prototype_resume<ResumeMode::kNext>, 1},
        {atoms::return_, async_generator_prototype_resume<ResumeMode::kReturn>, 1},
        {atoms::throw_, async_generator_prototype_resume<ResumeMode::kThrow>, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::AsyncGenerator));
    return prototype;
}

// 27.7.2 Properties of the AsyncFunction Constructor
Fallible<Object*> create_async_function(Agent& agent, Realm& realm) {
    return create_function_constructor(agent, realm, Intrinsic::AsyncFunction,
                                       Intrinsic::AsyncFunctionPrototype,
                                       dynamic_function_constructor<Kind::Async>, atoms::AsyncFunction);
}

// 27.7.3 Properties of the AsyncFunction Prototype Object
Fallible<Object*> create_async_function_prototype(Agent& agent, Realm& realm) {
    return create_function_kind_prototype(agent, realm, Intrinsic::AsyncFunctionPrototype,
                                          Intrinsic::AsyncFunction, atoms::AsyncFunction);
}

} // namespace heddle
