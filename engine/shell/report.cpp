// The place of an error in its source, and the words around it.
#include "shell/report.h"

#include "base/fault.h"
#include "runtime/error.h"
#include "runtime/operations.h"
#include "shell/host.h"
#include "shell/inspector.h"

#include <fmt/core.h>
#include <fstream>

namespace heddle::shell {

namespace {

/// Longer lines are cut around the column.
constexpr size_t kMaxLine = 160;

/// The line as the engine knows it, or as the file says it. Empty when there is neither.
std::string line_of(Agent& agent, const std::string& file, uint32_t line) {
    auto& sources = HostComponent::of(agent).sources;
    std::string text;
    if (auto source = sources.find(file); source != sources.end()) {
        if (!source->second || !memory_is_at_hand(size_t{source->second->length()} * 12)) return {};
        std::string all = source->second->to_utf8(0, source->second->length());
        size_t at = 0;
        for (uint32_t i = 1; i < line && at != std::string::npos; ++i) {
            at = all.find('\n', at);
            if (at != std::string::npos) ++at;
        }
        return at == std::string::npos ? std::string() : all.substr(at, all.find('\n', at) - at);
    }
    std::ifstream stream(file);
    for (uint32_t i = 0; i < line; ++i) {
        if (!std::getline(stream, text)) return {};
    }
    return text;
}

} // namespace

std::string source_line(Agent& agent, const std::string& file, uint32_t line, uint32_t column) {
    std::string text = line_of(agent, file, line);
    if (text.empty()) return {};
    // Columns count code units: the bytes before the caret are found by walking the text.
    std::string caret;
    size_t byte = 0;
    for (uint32_t unit = 1; unit < column && byte < text.size();) {
        auto lead = static_cast<uint8_t>(text[byte]);
        size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::string_view character = std::string_view(text).substr(byte, length);
        caret += character == "\t" ? std::string("\t") : std::string(display_width(character), ' ');
        byte += length;
        unit += length == 4 ? 2 : 1;
    }
    if (text.size() > kMaxLine) {
        size_t from = byte > kMaxLine / 2 ? byte - kMaxLine / 2 : 0;
        while (from > 0 && (static_cast<uint8_t>(text[from]) & 0xC0) == 0x80)
            --from;
        size_t to = std::min(text.size(), from + kMaxLine);
        while (to < text.size() && (static_cast<uint8_t>(text[to]) & 0xC0) == 0x80)
            ++to;
        caret =
            std::string(display_width(std::string_view(text).substr(from, std::min(byte, to) - from)), ' ');
        text = text.substr(from, to - from);
    }
    return fmt::format("{}\n{}^\n", text, caret);
}

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

std::string describe_exception(Agent& agent, Value exception, std::string_view prefix) {
    InspectOptions options;
    options.colors = HostComponent::of(agent).console.colors_on_errors;
    options.depth = 5; // chains of causes
    std::string out;
    if (exception.is<ErrorObject>()) {
        auto* error = exception.as<ErrorObject>();
        if (error->line() != 0 && error->file()) {
            std::string file = string_text(agent, error->file());
            out = fmt::format("{}:{}:{}\n", file, error->line(), error->column()) +
                  source_line(agent, file, error->line(), error->column());
        }
    }
    bool is_error = exception.is_object() && is_error_like(agent, exception.as_object());
    std::string_view words = !prefix.empty() ? prefix : is_error ? "" : "Uncaught ";
    return out + std::string(words) + inspect(agent, exception, options) + "\n";
}

std::string constructor_name(Agent& agent, Object* object) {
    std::string found;
    Result<Value> constructor = object->get(agent, atoms::constructor);
    if (!constructor.threw()) {
        Value value = constructor.release();
        if (value.is_object()) {
            Result<Value> name = value.as_object()->get(agent, atoms::name);
            if (!name.threw()) {
                Value text = name.release();
                if (text.is_string()) found = to_printable(agent, text);
            }
        }
    }
    if (agent.has_exception() && !agent.is_terminating()) agent.take_exception();
    return found;
}

std::string to_printable(Agent& agent, Value value) {
    if (value.is_symbol()) return display_string(value);
    Result<String*> string = to_string(agent, value);
    if (!string.threw()) return string_text(agent, string.release());
    if (agent.is_terminating()) return "<terminated>";
    return "<" + exception_headline(agent, agent.take_exception()) + ">";
}

} // namespace heddle::shell
