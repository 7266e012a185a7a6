// The methods of console.
#include "shell/console.h"

#include "runtime/array.h"
#include "shell/host.h"
#include "sync/clock.h"

#include <cstdio>
#include <fmt/core.h>

namespace heddle::shell {

namespace {

constexpr uint32_t kGroupIndentation = 2;
constexpr uint32_t kMaxIndentation = 1000;

enum class Stream : uint8_t { Output, Errors };

ConsoleState& state_of(Agent& agent) {
    return HostComponent::of(agent).console;
}

InspectOptions options_for(Agent& agent, Stream stream) {
    InspectOptions options;
    ConsoleState& state = state_of(agent);
    options.colors = stream == Stream::Output ? state.colors_on_output : state.colors_on_errors;
    return options;
}

Result<Value> write(Agent& agent, Stream stream, std::string text) {
    if (agent.is_terminating()) return Threw{};
    HostComponent& host = HostComponent::of(agent);
    if (uint32_t indentation = host.console.indentation) {
        std::string spaces(indentation, ' ');
        for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
            text.insert(at + 1, spaces);
        text.insert(0, spaces);
    }
    if (host.before_output) host.before_output();
    if (stream == Stream::Output) {
        host.print(host.print_data, text);
    } else {
        text += '\n';
        std::fflush(stdout); // so that both streams stay in order on a terminal
        std::fwrite(text.data(), 1, text.size(), stderr);
    }
    return Value::undefined();
}

Result<Value> write_arguments(Agent& agent, Stream stream, std::span<const Value> values) {
    std::string text = TRY(format_arguments(agent, values, options_for(agent, stream)));
    return write(agent, stream, std::move(text));
}

Result<Value> log(Agent& agent, const Arguments& arguments) {
    return write_arguments(agent, Stream::Output, arguments.values());
}
Result<Value> warn(Agent& agent, const Arguments& arguments) {
    return write_arguments(agent, Stream::Errors, arguments.values());
}

Result<Value> trace(Agent& agent, const Arguments& arguments) {
    std::string text = "Trace";
    std::string message =
        TRY(format_arguments(agent, arguments.values(), options_for(agent, Stream::Errors)));
    if (!message.empty()) text += ": " + message;
    std::vector<StackFrameInfo> frames;
    agent.evaluator().capture_stack(frames, 16);
    for (const StackFrameInfo& frame : frames) {
        std::string place = fmt::format("{}:{}:{}", frame.file, frame.line, frame.column);
        text += frame.function_name.empty() ? fmt::format("\n    at {}", place)
                                            : fmt::format("\n    at {} ({})", frame.function_name, place);
    }
    return write(agent, Stream::Errors, std::move(text));
}

Result<Value> assert_(Agent& agent, const Arguments& arguments) {
    if (to_boolean(arguments[0])) return Value::undefined();
    std::string text = "Assertion failed";
    std::span<const Value> rest = arguments.from(1);
    if (!rest.empty()) {
        std::string message = TRY(format_arguments(agent, rest, options_for(agent, Stream::Errors)));
        text += (rest[0].is_string() ? ": " : " ") + message;
    }
    return write(agent, Stream::Errors, std::move(text));
}

// --- counters and timers
// ------------------------------------------------------------------------------------------

Result<std::string> label_of(Agent& agent, const Arguments& arguments) {
    if (arguments[0].is_undefined()) return std::string("default");
    return string_text(agent, TRY(to_string(agent, arguments[0])));
}

/// What a counter or timer that is not there (or already there) gets: a line on stderr.
Result<Value> warn_of_label(Agent& agent, std::string_view what, const std::string& label,
                            std::string_view method) {
    return write(agent, Stream::Errors,
                 fmt::format("Warning: {} '{}' for console.{}()", what, label, method));
}

Result<Value> count(Agent& agent, const Arguments& arguments) {
    std::string label = TRY(label_of(agent, arguments));
    uint64_t times = ++state_of(agent).counts[label];
    return write(agent, Stream::Output, fmt::format("{}: {}", label, times));
}

Result<Value> count_reset(Agent& agent, const Arguments& arguments) {
    std::string label = TRY(label_of(agent, arguments));
    if (state_of(agent).counts.erase(label) == 0)
        return warn_of_label(agent, "Count for", label, "countReset");
    return Value::undefined();
}

uint64_t now() {
    return static_cast<uint64_t>(sync::now().nanoseconds);
}

Result<Value> time(Agent& agent, const Arguments& arguments) {
    std::string label = TRY(label_of(agent, arguments));
    if (!state_of(agent).timers.try_emplace(label, now()).second)
        return warn_of_label(agent, "Label", label, "time");
    return Value::undefined();
}

Result<Value> show_time(Agent& agent, const Arguments& arguments, bool end) {
    std::string label = TRY(label_of(agent, arguments));
    auto& timers = state_of(agent).timers;
    auto timer = timers.find(label);
    if (timer == timers.end())
        return warn_of_label(agent, "No such label", label, end ? "timeEnd" : "timeLog");
    std::string text = label + ": " + format_duration(static_cast<double>(now() - timer->second) / 1e6);
    if (end) timers.erase(timer);
    std::span<const Value> rest = end ? std::span<const Value>() : arguments.from(1);
    for (Value value : rest)
        text += " " + (value.is_string() ? string_text(agent, value.as_string())
                                         : inspect(agent, value, options_for(agent, Stream::Output)));
    return write(agent, Stream::Output, std::move(text));
}

Result<Value> time_log(Agent& agent, const Arguments& arguments) {
    return show_time(agent, arguments, false);
}
Result<Value> time_end(Agent& agent, const Arguments& arguments) {
    return show_time(agent, arguments, true);
}

// --- groups, objects, tables
// --------------------------------------------------------------------------------------

Result<Value> group(Agent& agent, const Arguments& arguments) {
    if (arguments.size() != 0) TRY(log(agent, arguments));
    uint32_t& indentation = state_of(agent).indentation;
    if (indentation < kMaxIndentation) indentation += kGroupIndentation;
    return Value::undefined();
}

Result<Value> group_end(Agent& agent, const Arguments&) {
    uint32_t& indentation = state_of(agent).indentation;
    if (indentation >= kGroupIndentation) indentation -= kGroupIndentation;
    return Value::undefined();
}

Result<Value> dir(Agent& agent, const Arguments& arguments) {
    InspectOptions options = options_for(agent, Stream::Output);
    if (arguments[1].is_object()) {
        Object* given = arguments[1].as_object();
        PropertyKey depth_key = TRY(PropertyKey::from_utf8(agent, "depth"));
        PropertyKey colors_key = TRY(PropertyKey::from_utf8(agent, "colors"));
        PropertyKey hidden_key = TRY(PropertyKey::from_utf8(agent, "showHidden"));
        Value depth = TRY(given->get(agent, depth_key));
        if (depth.is_null()) options.depth = __builtin_inf();
        if (depth.is_number()) options.depth = depth.as_number();
        Value colors = TRY(given->get(agent, colors_key));
        if (!colors.is_undefined()) options.colors = to_boolean(colors);
        options.show_hidden = to_boolean(TRY(given->get(agent, hidden_key)));
    }
    return write(agent, Stream::Output, inspect(agent, arguments[0], options));
}

Result<Value> table(Agent& agent, const Arguments& arguments) {
    if (!arguments[1].is_undefined() && !arguments[1].is<Array>())
        return agent.throw_type_error("The columns of console.table must be an array of names, got " +
                                      display_string(arguments[1]));
    std::optional<std::string> text =
        tabulate(agent, arguments[0], arguments[1], state_of(agent).colors_on_output);
    if (!text)
        return write_arguments(agent, Stream::Output,
                               arguments.values().first(std::min<size_t>(1, arguments.size())));
    return write(agent, Stream::Output, std::move(*text));
}

} // namespace

Fallible<void> install_console(Agent& agent, Realm& realm) {
    Object* prototype = TRY(realm.intrinsic(Intrinsic::ObjectPrototype));
    // The console namespace has a prototype of its own, which is empty (Console Standard, 1).
    Object* console = TRY(Object::create(agent, TRY(Object::create(agent, prototype, 0)), 24));
    const FunctionEntry functions[] = {
        {atoms::log, log, 0, kDefaultAttributes},
        {atoms::info, log, 0, kDefaultAttributes},
        {atoms::debug, log, 0, kDefaultAttributes},
        {atoms::dirxml, log, 0, kDefaultAttributes},
        {atoms::warn, warn, 0, kDefaultAttributes},
        {atoms::error, warn, 0, kDefaultAttributes},
        {atoms::trace, trace, 0, kDefaultAttributes},
        {atoms::assert_, assert_, 0, kDefaultAttributes},
        {atoms::count, count, 0, kDefaultAttributes},
        {atoms::countReset, count_reset, 0, kDefaultAttributes},
        {atoms::time, time, 0, kDefaultAttributes},
        {atoms::timeLog, time_log, 0, kDefaultAttributes},
        {atoms::timeEnd, time_end, 0, kDefaultAttributes},
        {atoms::group, group, 0, kDefaultAttributes},
        {atoms::groupCollapsed, group, 0, kDefaultAttributes},
        {atoms::groupEnd, group_end, 0, kDefaultAttributes},
        {atoms::dir, dir, 0, kDefaultAttributes},
        {atoms::table, table, 1, kDefaultAttributes},
    };
    TRY(define_functions(agent, realm, console, functions));
    String* tag = TRY(String::from_latin1(agent, "console"));
    TRY(console->define_direct(agent, symbols::toStringTag, Value(tag), kConfigurable));
    return realm.global_object()->define_direct(agent, atoms::console, Value(console), kBuiltinAttributes);
}

} // namespace heddle::shell
