// 19.2.1.1 PerformEval and 20.2.1.1.1 CreateDynamicFunction: code that is made from strings at run time.
#include "base/fault.h"
#include "bytecode/compiler.h"
#include "interpreter/interpreter.h"

#include <fmt/core.h>

namespace heddle {

namespace {

/// Appends the private names that the environments around a direct eval declare, each with its #.
Fallible<void> add_visible_private_names(Agent& agent, Environment* environment, std::vector<std::string>& names) {
    for (; environment; environment = environment->outer()) {
        for (const ScopeSlot& slot : environment->scope().slots) {
            if (slot.kind != VariableKind::kPrivateName) continue;
            const ConstantString& name = environment->instance()->code().string(slot.name);
            size_t growth = names.size() == names.capacity() ? 3 * sizeof(std::string) * names.size() : 0;
            if ((growth >= 4096 || name.length() >= 4096) && !memory_is_at_hand(growth + size_t{name.length()} * 12))
                return agent.out_of_memory();
            names.push_back(name.to_utf8());
        }
    }
    return {};
}

} // namespace

// 19.2.1.1 PerformEval ( x, strictCaller, direct ) with direct true
Result<Value> Interpreter::direct_eval(Frame& frame, Value source, const EvalDescription& description) {
    if (!source.is_string()) return source;
    TRY(agent_.check_stack());
    FlatView text = TRY(source.as_string()->flatten(agent_));
    EvalContext context;
    context.is_direct = true;
    context.strict_caller = description.is_strict;
    context.permissions = description.permissions;
    std::vector<std::string> private_names;
    TRY(add_visible_private_names(agent_, frame.environment, private_names));
    context.private_names = private_names;
    SourceTextRef source_text = TRY(source_text_from_string(agent_, text, SourceText::kEvalName));
    CodeRef code = TRY(compile_parsed(parse_eval(source_text, context, parse_options()), source_text));
    CodeInstance* instance = TRY(CodeInstance::create(agent_, code.get()));
    Realm& realm = *frame.realm;
    auto flags = static_cast<uint8_t>(Frame::kEntry | (description.in_parameters ? Frame::kEvalInParameters : 0));
    if (!push_code_frame(instance, realm, frame.environment, flags)) return Threw{};
    return run();
}

// PerformEval with direct false
Result<Value> Interpreter::indirect_eval(Agent& agent, Realm& realm, Value source) {
    if (!source.is_string()) return source;
    TRY(agent_.check_stack());
    FlatView text = TRY(source.as_string()->flatten(agent_));
    SourceTextRef source_text = TRY(source_text_from_string(agent_, text, SourceText::kEvalName));
    RealmScope scope(agent_, &realm);
    CodeRef code = TRY(compile_parsed(parse_eval(source_text, EvalContext{}, parse_options()), source_text));
    return run_script(realm, *code);
}

// 20.2.1.1.1 CreateDynamicFunction ( constructor, newTarget, kind, parameterArgs, bodyArg )
Result<Value> Interpreter::create_dynamic_function(Agent& agent, DynamicFunctionKind kind, const Arguments& arguments) {
    StringBuilder parameters(agent_);
    size_t count = arguments.size();
    for (size_t i = 0; i + 1 < count; ++i) {
        if (i != 0) TRY(parameters.append(","));
        TRY(parameters.append(TRY(to_string(agent_, arguments[i]))));
    }
    String* body = count == 0 ? static_cast<String*>(atoms::empty) : TRY(to_string(agent_, arguments[count - 1]));
    String* parameter_text = TRY(parameters.finish());
    FlatView parameter_view = TRY(parameter_text->flatten(agent_));
    FlatView body_view = TRY(body->flatten(agent_));
    heddle::DynamicFunctionKind syntax_kind = heddle::DynamicFunctionKind::kNormal;
    Intrinsic fallback = Intrinsic::FunctionPrototype;
    switch (kind) {
    case DynamicFunctionKind::Normal: break;
    case DynamicFunctionKind::Generator:
        syntax_kind = heddle::DynamicFunctionKind::kGenerator;
        fallback = Intrinsic::GeneratorFunctionPrototype;
        break;
    case DynamicFunctionKind::Async:
        syntax_kind = heddle::DynamicFunctionKind::kAsync;
        fallback = Intrinsic::AsyncFunctionPrototype;
        break;
    case DynamicFunctionKind::AsyncGenerator:
        syntax_kind = heddle::DynamicFunctionKind::kAsyncGenerator;
        fallback = Intrinsic::AsyncGeneratorFunctionPrototype;
        break;
    }
    SourceTextRef parameter_source = TRY(source_text_from_string(agent_, parameter_view, SourceText::kDynamicFunctionName));
    SourceTextRef body_source = TRY(source_text_from_string(agent_, body_view, SourceText::kDynamicFunctionName));
    ParseResult parsed = parse_dynamic_function(syntax_kind, parameter_source, body_source, parse_options());
    SourceTextRef source = parsed.source ? parsed.source : body_source;
    CodeRef code = TRY(compile_parsed(std::move(parsed), source));
    Value new_target = arguments.is_construct() ? arguments.new_target() : Value(arguments.callee());
    Object* prototype = TRY(get_prototype_from_constructor(agent_, new_target.as_object(), fallback));
    CodeInstance* instance = TRY(CodeInstance::create(agent_, code.get()));
    Realm& realm = agent_.realm();
    Object* intrinsic_prototype = TRY(realm.intrinsic(fallback));
    return Value(TRY(ScriptFunction::create(agent_, realm, instance, nullptr, prototype == intrinsic_prototype ? nullptr : prototype)));
}

} // namespace heddle
