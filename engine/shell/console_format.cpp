// Format strings of the console.
#include "builtins/json.h"
#include "runtime/bigint.h"
#include "runtime/error.h"
#include "shell/console.h"

#include <cmath>
#include <cstdlib>
#include <fmt/core.h>
#include <unistd.h>

namespace heddle::shell {

namespace {

/// Whether String(value) of an object gives only what a builtin says: then it is inspected instead.
bool has_builtin_to_string(Agent& agent, Object* object) {
    object = proxy_target(object);
    if (!object) return true;
    for (PropertyKey key : {PropertyKey(atoms::toString), PropertyKey(symbols::toPrimitive)}) {
        for (Object* holder = object; holder; holder = holder->prototype()) {
            if (holder->kind() == CellKind::Proxy) return true;
            std::optional<PropertyDescriptor> found = own_property(agent, holder, key);
            if (!found) continue;
            bool native = found->value && found->value->is_object() &&
                          found->value->as_object()->kind() == CellKind::NativeFunction;
            if (holder == object || !native) return false;
            break;
        }
    }
    return true;
}

std::string number_text(double number) {
    if (number == 0 && std::signbit(number)) return "-0";
    char buffer[32];
    return std::string(buffer, number_to_latin1(number, buffer));
}

Result<std::string> bigint_text(Agent& agent, Value value) {
    return string_text(agent, TRY(value.as_bigint()->to_string(agent))) + "n";
}

Result<std::string> parsed_number(Agent& agent, Value value, Intrinsic parser) {
    if (value.is_symbol()) return std::string("NaN");
    Object* function = TRY(agent.intrinsic(parser));
    Value number = TRY(call(agent, Value(function), Value::undefined(), {value}));
    return number_text(number.as_number());
}

Result<std::string> json_text(Agent& agent, Value value) {
    Result<Value> text = json_stringify(agent, Arguments(nullptr, Value::undefined(), {&value, 1}));
    if (text.threw()) {
        if (agent.is_terminating()) return Threw{};
        Value exception = agent.exception();
        bool circular =
            exception.is<ErrorObject>() &&
            data_string(agent, exception.as_object(), atoms::message).find("circular structure") !=
                std::string::npos;
        if (!circular) return Threw{};
        agent.take_exception();
        return std::string("[Circular]");
    }
    Value json = text.release();
    return json.is_string() ? string_text(agent, json.as_string()) : std::string("undefined");
}

Result<std::string> string_conversion(Agent& agent, Value value, const InspectOptions& options) {
    if (value.is_number()) return number_text(value.as_number());
    if (value.is_bigint()) return bigint_text(agent, value);
    if (value.is_symbol()) return inspect(agent, value);
    bool is_function = value.is_object() && value.as_object()->is_callable();
    if (value.is_object() && !is_function && has_builtin_to_string(agent, value.as_object())) {
        InspectOptions shallow = options;
        shallow.depth = 0;
        shallow.colors = false;
        return inspect(agent, value, shallow);
    }
    return string_text(agent, TRY(to_string(agent, value)));
}

Result<std::string> directive(Agent& agent, char letter, Value value, const InspectOptions& options) {
    switch (letter) {
    case 's':
        return string_conversion(agent, value, options);
    case 'd':
        if (value.is_bigint()) return bigint_text(agent, value);
        if (value.is_symbol()) return std::string("NaN");
        return number_text(TRY(to_number(agent, value)));
    case 'i':
        if (value.is_bigint()) return bigint_text(agent, value);
        return parsed_number(agent, value, Intrinsic::ParseInt);
    case 'f':
        return parsed_number(agent, value, Intrinsic::ParseFloat);
    case 'j':
        return json_text(agent, value);
    case 'O':
        return inspect(agent, value, options);
    case 'o': {
        InspectOptions all = options;
        all.show_hidden = true;
        all.depth = 4;
        return inspect(agent, value, all);
    }
    default:
        return std::string(); // %c: styles have no meaning on a terminal
    }
}

} // namespace

Result<std::string> format_arguments(Agent& agent, std::span<const Value> arguments,
                                     const InspectOptions& options) {
    std::string out;
    size_t next = 0;
    if (!arguments.empty() && arguments[0].is_string()) {
        std::string format = string_text(agent, arguments[0].as_string());
        next = 1;
        for (size_t i = 0; i < format.size(); ++i) {
            char letter = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
            bool is_directive =
                letter != '\0' && std::string_view("sdifjoOc").find(letter) != std::string_view::npos;
            if (letter == '%' && arguments.size() > 1) {
                out += '%';
                ++i;
            } else if (is_directive && next < arguments.size()) {
                out += TRY(directive(agent, letter, arguments[next++], options));
                ++i;
            } else {
                out += format[i];
            }
        }
    }
    for (; next < arguments.size(); ++next) {
        if (next != 0) out += ' ';
        Value value = arguments[next];
        out += value.is_string() ? string_text(agent, value.as_string()) : inspect(agent, value, options);
    }
    return out;
}

std::string format_duration(double milliseconds) {
    double seconds = milliseconds / 1000;
    if (milliseconds < 1000) return number_text(std::round(milliseconds * 1000) / 1000) + "ms";
    if (seconds < 60) return fmt::format("{:.3f}s", seconds);
    auto minutes = static_cast<uint64_t>(seconds / 60);
    double rest = seconds - static_cast<double>(minutes) * 60;
    if (minutes < 60) return fmt::format("{}:{:06.3f} (m:ss.mmm)", minutes, rest);
    return fmt::format("{}:{:02}:{:06.3f} (h:mm:ss.mmm)", minutes / 60, minutes % 60, rest);
}

bool wants_colors(int descriptor) {
    const char* force = std::getenv("FORCE_COLOR");
    if (force) return std::string_view(force) != "0" && std::string_view(force) != "false";
    const char* none = std::getenv("NO_COLOR");
    if (none && *none) return false;
    const char* terminal = std::getenv("TERM");
    return isatty(descriptor) && (!terminal || std::string_view(terminal) != "dumb");
}

} // namespace heddle::shell
