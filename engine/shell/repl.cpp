// The loop of a session, and its commands.
#include "shell/repl.h"

#include "interpreter/interpreter.h"
#include "runtime/error.h"
#include "runtime/promise.h"
#include "shell/completion.h"
#include "shell/files.h"
#include "shell/host.h"
#include "shell/inspector.h"
#include "threads/rejections.h"
#include "shell/repl_source.h"
#include "shell/report.h"
#include "sync/blocking_region.h"
#include "threads/event_loop.h"

#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

namespace heddle::shell {

namespace {

constexpr const char* kCommandHelp = R"(.break        give up the lines typed so far (as Ctrl-C does)
.clear        start again in a new realm
.editor       type several lines, evaluate them with Ctrl-D
.exit         leave (as Ctrl-D does)
.help         this text
.load FILE    evaluate a file in this session
.save FILE    write the inputs of this session to a file
Ctrl-C interrupts what runs; TAB completes names; _ is the last value, _error the last error.
)";

/// How long the prompt waits before it looks at the event loop: often while timers may be due.
constexpr int kBusyMilliseconds = 10;
constexpr int kIdleMilliseconds = 200;

std::string history_file() {
    if (const char* named = std::getenv("HEDDLE_HISTORY")) return named;
    const char* home = std::getenv("HOME");
    return home && *home ? std::string(home) + "/.heddle_history" : std::string();
}

class Session {
public:
    Session(Agent& agent, Realm& realm, InterruptWatcher& interrupts, RejectionTracker& rejections)
        : agent_(agent), realm_(agent.heap(), &realm), interrupts_(interrupts), rejections_(rejections),
          last_value_(agent.heap()), last_error_(agent.heap()),
          editor_(
              {.complete = [this](const std::string& line) { return complete_line(agent_, *realm_, line); },
               .wait_for_input =
                   [this](const std::function<void()>& before_output) {
                       return wait_for_input(before_output);
                   },
               .interrupted = [this] { return interrupts_.take_pressed(); }},
              history_file()) {
        options_.colors = HostComponent::of(agent).console.colors_on_output;
    }

    int run();

private:
    bool wait_for_input(const std::function<void()>& before_output);
    /// False: leave.
    bool command(const std::string& line);
    void editor_mode();
    void load(const std::string& file);
    void save(const std::string& file);
    void clear();
    /// False when more lines are needed.
    bool input(const std::string& text);
    void evaluate(const PreparedSource&, SourceTextRef);
    Result<Value> run_code(const PreparedSource&, SourceTextRef);
    Result<Value> awaited(Value promise);
    void forget_names(const PreparedSource&);
    void show_syntax_error(const PreparedSource&, const std::string& text);
    void set_variable(const char* name, Value value, Root<Value>& previous);
    void drain_event_loop();

    Agent& agent_;
    Root<Realm> realm_;
    InterruptWatcher& interrupts_;
    RejectionTracker& rejections_;
    Root<Value> last_value_;
    Root<Value> last_error_;
    InspectOptions options_;
    LineEditor editor_;
    std::string inputs_; // what .save writes
    uint32_t input_number_ = 0;
    bool leaving_offered_ = false;
};

void write_out(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

bool Session::wait_for_input(const std::function<void()>& before_output) {
    EventLoop& loop = EventLoop::of(agent_);
    pollfd input{STDIN_FILENO, POLLIN, 0};
    int ready;
    {
        sync::BlockingRegion region;
        ready = poll(&input, 1, loop.expects_work() ? kBusyMilliseconds : kIdleMilliseconds);
    }
    if (ready > 0) return true;
    // What timers and messages print goes above the prompt.
    HostComponent& host = HostComponent::of(agent_);
    host.before_output = before_output;
    interrupts_.begin_evaluation();
    drain_event_loop();
    interrupts_.end_evaluation();
    host.before_output = nullptr;
    std::fflush(stdout);
    return false;
}

int Session::run() {
    write_out("Heddle. Type .help for more information.\n");
    std::string text;
    for (;;) {
        std::string line;
        LineEditor::Outcome outcome = editor_.read(text.empty() ? "> " : "| ", line);
        if (outcome == LineEditor::Outcome::EndOfInput) {
            write_out("\n");
            return 0;
        }
        if (outcome == LineEditor::Outcome::Interrupted) {
            bool empty = text.empty() && line.empty();
            text.clear();
            if (empty && leaving_offered_) return 0;
            if (empty) write_out("(To exit, press Ctrl+C again or Ctrl+D or type .exit)\n");
            leaving_offered_ = empty;
            continue;
        }
        leaving_offered_ = false;
        editor_.remember(line);
        bool is_command =
            line.starts_with(".") && line.size() > 1 && !(line[1] >= '0' && line[1] <= '9') && line[1] != '.';
        if (is_command && (text.empty() || line == ".break")) {
            if (!command(line)) return 0;
            text.clear();
            continue;
        }
        text += text.empty() ? line : "\n" + line;
        if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
            text.clear();
            continue;
        }
        if (input(text)) text.clear();
    }
}

bool Session::command(const std::string& line) {
    size_t space = line.find(' ');
    std::string name = line.substr(0, space);
    size_t begin = line.find_first_not_of(' ', std::min(space, line.size()));
    std::string argument = begin == std::string::npos ? "" : line.substr(begin);
    while (!argument.empty() && argument.back() == ' ')
        argument.pop_back();
    bool needs_file = name == ".load" || name == ".save";
    if (name == ".exit") return false;
    if (name == ".help") {
        write_out(kCommandHelp);
    } else if (name == ".break") {
        // The caller drops the lines.
    } else if (name == ".clear") {
        clear();
    } else if (name == ".editor") {
        editor_mode();
    } else if (needs_file && argument.empty()) {
        write_out(fmt::format("{0} needs the name of a file: {0} FILE\n", name));
    } else if (name == ".load") {
        load(argument);
    } else if (name == ".save") {
        save(argument);
    } else {
        write_out(fmt::format("There is no command {}; .help lists them\n", name));
    }
    return true;
}

void Session::editor_mode() {
    write_out("// Editor mode: Ctrl-D evaluates, Ctrl-C gives up\n");
    std::string text;
    for (;;) {
        std::string line;
        LineEditor::Outcome outcome = editor_.read("", line);
        if (outcome == LineEditor::Outcome::Interrupted) return write_out("\n");
        if (outcome == LineEditor::Outcome::EndOfInput) break;
        editor_.remember(line);
        text += line + "\n";
    }
    write_out("\n");
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) return;
    if (!input(text)) write_out("Uncaught SyntaxError: the input ends too early\n");
}

void Session::load(const std::string& file) {
    std::optional<std::string> text = read_file(file);
    if (!text)
        return write_out(fmt::format("Cannot read '{}': no such file, no permission, or a folder\n", file));
    if (!input(*text)) write_out(fmt::format("Uncaught SyntaxError: '{}' ends too early\n", file));
}

void Session::save(const std::string& file) {
    std::FILE* stream = std::fopen(file.c_str(), "wb");
    bool written = stream && std::fwrite(inputs_.data(), 1, inputs_.size(), stream) == inputs_.size();
    if (stream) written &= std::fclose(stream) == 0;
    write_out(written ? fmt::format("Session saved to: {}\n", file)
                      : fmt::format("Cannot write '{}': is its folder there, and may you write it?\n", file));
}

void Session::clear() {
    Fallible<Realm*> realm = Realm::create(agent_, agent_.runtime().intrinsics());
    if (!realm.threw()) {
        Realm* fresh = realm.release();
        if (!install_host_globals(agent_, *fresh).threw()) {
            realm_ = fresh;
            agent_.set_realm(fresh);
            last_value_ = Value::undefined();
            last_error_ = Value::undefined();
            return write_out("A new realm\n");
        }
    }
    write_out(describe_exception(agent_, agent_.take_exception(), "Uncaught "));
}

// --- evaluation
// -------------------------------------------------------------------------------------------------

bool Session::input(const std::string& text) {
    PreparedSource prepared = prepare_source(text, Interpreter::of(agent_).parse_options());
    if (prepared.state == PreparedSource::State::Incomplete) return false;
    if (prepared.state == PreparedSource::State::Invalid) {
        show_syntax_error(prepared, text);
        return true;
    }
    std::string name = fmt::format("REPL{}", ++input_number_);
    SourceTextRef source = SourceText::from_utf8(prepared.text, name);
    HostComponent::of(agent_).sources[name] = source;
    inputs_ += text + "\n";
    evaluate(prepared, source);
    return true;
}

void Session::show_syntax_error(const PreparedSource& prepared, const std::string& text) {
    // The line itself, not where the text was wrapped.
    SourceTextRef source = SourceText::from_utf8(text, "REPL");
    HostComponent::of(agent_).sources["REPL"] = source;
    const char* kind = prepared.error.kind == ParseErrorKind::kSyntaxError ? "SyntaxError" : "RangeError";
    write_out(source_line(agent_, "REPL", prepared.error.line, prepared.error.column) +
              fmt::format("\nUncaught {}: {}\n", kind, prepared.error.message));
}

// Names that this input declares anew stop being those of earlier inputs.
void Session::forget_names(const PreparedSource& prepared) {
    Object* scope = realm_->global_scope();
    Object* global = realm_->global_object();
    auto forget = [&](const std::string& name, bool from_global) {
        Fallible<PropertyKey> key = PropertyKey::from_utf8(agent_, name);
        if (key.threw()) {
            agent_.take_exception();
            return;
        }
        PropertyKey property = key.release();
        PropertySlot found;
        bool removed = !scope->lookup_own_named(property, found) || scope->remove_direct(agent_, property);
        // A var becomes a let: vars are enumerable, what the library gives for good (undefined, NaN) is not.
        if (removed && from_global && global->lookup_own_named(property, found) && !found.is_configurable() &&
            found.is_enumerable())
            removed = global->remove_direct(agent_, property);
        if (!removed) agent_.take_exception(); // the declaration will say what is wrong
    };
    for (const std::string& name : prepared.lexical_names)
        forget(name, true);
    for (const std::string& name : prepared.variable_names)
        forget(name, false);
}

Result<Value> Session::awaited(Value value) {
    if (!value.is<Promise>()) return value;
    Root<Value> root(agent_.heap(), value);
    auto* promise = value.as<Promise>();
    promise->mark_handled();
    EventLoop& loop = EventLoop::of(agent_);
    agent_.run_jobs();
    while (promise->state() == Promise::State::Pending && loop.turn()) {
    }
    if (agent_.is_terminating() || agent_.poll_interrupts().threw()) return Threw{};
    switch (promise->state()) {
    case Promise::State::Pending:
        return agent_.throw_error(ErrorType::Error,
                                  "The awaited promise cannot settle: nothing is left to run");
    case Promise::State::Rejected:
        return agent_.throw_value(promise->result());
    case Promise::State::Fulfilled:
        break;
    }
    if (!promise->result().is_object()) return Value::undefined();
    return promise->result().as_object()->get(agent_, atoms::value);
}

Result<Value> Session::run_code(const PreparedSource& prepared, SourceTextRef source) {
    RealmScope scope(agent_, realm_);
    Interpreter& interpreter = Interpreter::of(agent_);
    CodeRef code = TRY(interpreter.compile_script(std::move(source)));
    forget_names(prepared);
    Value value = TRY(interpreter.run_script(*realm_, *code));
    return prepared.awaits ? awaited(value) : Result<Value>(value);
}

void Session::drain_event_loop() {
    EventLoop& loop = EventLoop::of(agent_);
    while (!agent_.is_terminating() && loop.run_due()) {
    }
}

void Session::evaluate(const PreparedSource& prepared, SourceTextRef source) {
    interrupts_.begin_evaluation();
    Result<Value> result = run_code(prepared, std::move(source));
    std::string text;
    if (!result.threw()) {
        Value value = result.release();
        set_variable("_", value, last_value_);
        text = inspect(agent_, value, options_) + "\n";
    } else if (!agent_.is_terminating()) {
        Value error = agent_.take_exception();
        set_variable("_error", error, last_error_);
        text = "Uncaught " + inspect(agent_, error, options_) + "\n";
    }
    // Before the value is shown: what its jobs print, as in a script.
    if (!agent_.is_terminating()) drain_event_loop();
    std::fflush(stdout);
    if (interrupts_.end_evaluation()) text = "Uncaught: the evaluation was interrupted by Ctrl-C\n";
    rejections_.report_all();
    write_out(text);
}

// `_` is set as long as the user has not given the name a value.
void Session::set_variable(const char* name, Value value, Root<Value>& previous) {
    RealmScope scope(agent_, realm_);
    Fallible<PropertyKey> key = PropertyKey::from_utf8(agent_, name);
    bool failed = key.threw();
    if (!failed) {
        PropertyKey property = key.release();
        PropertySlot found;
        if (realm_->global_scope()->lookup_own_named(property, found)) return;
        auto present = own_property(agent_, realm_->global_object(), property);
        if (present && !(present->value && *present->value == previous.get())) return;
        previous = value;
        failed = realm_->global_object()->define_direct(agent_, property, value, kBuiltinAttributes).threw();
    }
    if (failed) agent_.take_exception();
}

} // namespace

int run_repl(Agent& agent, Realm& realm, InterruptWatcher& interrupts, RejectionTracker& rejections) {
    return Session(agent, realm, interrupts, rejections).run();
}

} // namespace heddle::shell
