#include "runtime/error.h"

#include <fmt/core.h>

namespace heddle {

namespace {
constexpr size_t kStackTraceLimit = 16;
}

const char* error_type_name(ErrorType type) {
    switch (type) {
    case ErrorType::Error: return "Error";
    case ErrorType::EvalError: return "EvalError";
    case ErrorType::RangeError: return "RangeError";
    case ErrorType::ReferenceError: return "ReferenceError";
    case ErrorType::SyntaxError: return "SyntaxError";
    case ErrorType::TypeError: return "TypeError";
    case ErrorType::URIError: return "URIError";
    case ErrorType::AggregateError: return "AggregateError";
    case ErrorType::SuppressedError: return "SuppressedError";
    }
    HEDDLE_UNREACHABLE();
}

Intrinsic error_prototype(ErrorType type) {
    switch (type) {
    case ErrorType::Error: return Intrinsic::ErrorPrototype;
    case ErrorType::EvalError: return Intrinsic::EvalErrorPrototype;
    case ErrorType::RangeError: return Intrinsic::RangeErrorPrototype;
    case ErrorType::ReferenceError: return Intrinsic::ReferenceErrorPrototype;
    case ErrorType::SyntaxError: return Intrinsic::SyntaxErrorPrototype;
    case ErrorType::TypeError: return Intrinsic::TypeErrorPrototype;
    case ErrorType::URIError: return Intrinsic::URIErrorPrototype;
    case ErrorType::AggregateError: return Intrinsic::AggregateErrorPrototype;
    case ErrorType::SuppressedError: return Intrinsic::SuppressedErrorPrototype;
    }
    HEDDLE_UNREACHABLE();
}

Fallible<void> ErrorObject::capture_stack(Agent& agent) {
    if (!agent.has_component(Component::Interpreter)) return {};
    std::vector<StackFrameInfo> frames;
    agent.evaluator().capture_stack(frames, kStackTraceLimit);
    std::string text;
    for (const StackFrameInfo& frame : frames) {
        std::string place = fmt::format("{}:{}:{}", frame.file, frame.line, frame.column);
        text += frame.function_name.empty() ? fmt::format("\n    at {}", place)
                                            : fmt::format("\n    at {} ({})", frame.function_name, place);
    }
    stack_text_.set(this, TRY(String::from_utf8(agent, text)));
    if (!frames.empty()) {
        file_.set(this, TRY(String::from_utf8(agent, frames.front().file)));
        line_ = frames.front().line;
        column_ = frames.front().column;
    }
    return {};
}

Fallible<ErrorObject*> ErrorObject::create(Agent& agent, Shape* shape, ErrorType type, String* message) {
    ErrorObject* error = TRY(agent.heap().allocate<ErrorObject>(0, shape, type));
    TRY(error->capture_stack(agent));
    if (message) TRY(error->define_direct(agent, atoms::message, Value(message), kBuiltinAttributes));
    return error;
}

Fallible<DomException*> DomException::create(Agent& agent, Shape* shape, String* name, String* message) {
    DomException* exception = TRY(agent.heap().allocate<DomException>(0, shape, name, message));
    TRY(exception->capture_stack(agent));
    return exception;
}

Fallible<DomException*> DomException::create(Agent& agent, std::string_view name_utf8, std::string_view message_utf8) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::DOMExceptionPrototype));
    String* name = TRY(String::from_utf8(agent, name_utf8));
    return create(agent, shape, name, TRY(String::from_utf8(agent, message_utf8)));
}

void DomException::visit_edges(Visitor& visitor) {
    ErrorObject::visit_edges(visitor);
    visitor.visit(name_);
    visitor.visit(message_);
}

Failed throw_dom_exception(Agent& agent, std::string_view name, std::string_view message_utf8) {
    Fallible<DomException*> exception = DomException::create(agent, name, message_utf8);
    if (exception.threw()) return exception.propagate();
    return agent.throw_value(Value(exception.release()));
}

void ErrorObject::set_position(Agent&, String* file, uint32_t line, uint32_t column) {
    file_.set(this, file);
    line_ = line;
    column_ = column;
}

Fallible<String*> ErrorObject::stack_string(Agent& agent) const {
    StringBuilder builder(agent);
    PropertySlot found;
    if (kind() == CellKind::DomException) {
        const auto* exception = as<DomException>();
        TRY(builder.append(exception->name()));
        if (exception->message()->length() != 0) {
            TRY(builder.append(": "));
            TRY(builder.append(exception->message()));
        }
        if (stack_text_) TRY(builder.append(stack_text_));
        return builder.finish();
    }
    TRY(builder.append(error_type_name(type())));
    if (lookup_own_named(atoms::message, found) && !found.is_accessor()) {
        Value message = slot_value(found.slot);
        if (message.is_string() && message.as_string()->length() != 0) {
            TRY(builder.append(": "));
            TRY(builder.append(message.as_string()));
        }
    }
    if (stack_text_) TRY(builder.append(stack_text_));
    return builder.finish();
}

void ErrorObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(file_);
    visitor.visit(stack_text_);
}

Fallible<ErrorObject*> create_error(Agent& agent, ErrorType type, std::string_view message_utf8) {
    Shape* shape = TRY(agent.realm().root_shape(error_prototype(type)));
    String* message = TRY(String::from_utf8(agent, message_utf8));
    return ErrorObject::create(agent, shape, type, message);
}

} // namespace heddle
