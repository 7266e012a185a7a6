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

Fallible<ErrorObject*> ErrorObject::create(Agent& agent, Shape* shape, ErrorType type, String* message) {
    ErrorObject* error = TRY(agent.heap().allocate<ErrorObject>(0, shape, type));
    if (agent.has_component(Component::Interpreter)) {
        std::vector<StackFrameInfo> frames;
        agent.evaluator().capture_stack(frames, kStackTraceLimit);
        std::string text;
        for (const StackFrameInfo& frame : frames) {
            std::string place = fmt::format("{}:{}:{}", frame.file, frame.line, frame.column);
            text += frame.function_name.empty() ? fmt::format("\n    at {}", place)
                                                : fmt::format("\n    at {} ({})", frame.function_name, place);
        }
        error->stack_text_.set(error, TRY(String::from_utf8(agent, text)));
        if (!frames.empty()) {
            error->file_.set(error, TRY(String::from_utf8(agent, frames.front().file)));
            error->line_ = frames.front().line;
            error->column_ = frames.front().column;
        }
    }
    if (message) TRY(error->define_direct(agent, atoms::message, Value(message), kBuiltinAttributes));
    return error;
}

void ErrorObject::set_position(Agent&, String* file, uint32_t line, uint32_t column) {
    file_.set(this, file);
    line_ = line;
    column_ = column;
}

Fallible<String*> ErrorObject::stack_string(Agent& agent) const {
    StringBuilder builder(agent);
    TRY(builder.append(error_type_name(type())));
    PropertySlot found;
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
