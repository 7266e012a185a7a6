#include "shell/report.h"

#include "runtime/error.h"
#include "runtime/operations.h"

#include <fmt/core.h>
#include <fstream>

namespace heddle::shell {

namespace {

std::string string_text(Agent& agent, String* string) {
    Fallible<FlatView> view = string->flatten(agent);
    if (view.threw()) {
        agent.take_exception();
        return "<out of memory>";
    }
    return view.release().to_utf8();
}

/// An own or inherited data property that is a string; getters are not called.
std::string data_string(Agent& agent, Object* object, PropertyKey key) {
    for (; object; object = object->prototype()) {
        auto desc = object->own_property_direct(key);
        if (!desc) continue;
        if (desc->value && desc->value->is_string()) return string_text(agent, desc->value->as_string());
        return {};
    }
    return {};
}

/// The line with a caret under its column. Empty when the file cannot be read.
std::string source_line(const std::string& file, uint32_t line, uint32_t column) {
    std::ifstream stream(file);
    std::string text;
    for (uint32_t i = 0; i < line; ++i) {
        if (!std::getline(stream, text)) return {};
    }
    std::string caret;
    for (uint32_t i = 0; i + 1 < column && i < text.size(); ++i)
        caret += text[i] == '\t' ? '\t' : ' ';
    return fmt::format("{}\n{}^\n", text, caret);
}

} // namespace

std::string exception_headline(Agent& agent, Value exception) {
    if (!exception.is_object()) {
        if (exception.is_string()) return string_text(agent, exception.as_string());
        return display_string(exception);
    }
    Object* object = exception.as_object();
    std::string name = data_string(agent, object, atoms::name);
    std::string message = data_string(agent, object, atoms::message);
    if (name.empty() && message.empty()) return display_string(exception);
    if (name.empty()) name = "Error";
    return message.empty() ? name : fmt::format("{}: {}", name, message);
}

std::string describe_exception(Agent& agent, Value exception) {
    std::string out;
    if (exception.is<ErrorObject>()) {
        auto* error = exception.as<ErrorObject>();
        if (error->line() != 0 && error->file()) {
            std::string file = string_text(agent, error->file());
            out += fmt::format("{}:{}:{}\n", file, error->line(), error->column());
            out += source_line(file, error->line(), error->column());
        }
        out += exception_headline(agent, exception);
        if (error->stack_text()) out += string_text(agent, error->stack_text());
        return out + "\n";
    }
    return "Uncaught " + exception_headline(agent, exception) + "\n";
}

std::string to_printable(Agent& agent, Value value) {
    if (value.is_symbol()) return display_string(value);
    Result<String*> string = to_string(agent, value);
    if (!string.threw()) return string_text(agent, string.release());
    if (agent.is_terminating()) return "<terminated>";
    return "<" + exception_headline(agent, agent.take_exception()) + ">";
}

} // namespace heddle::shell
