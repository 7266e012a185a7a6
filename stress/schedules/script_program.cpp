// Running a script in the process that is a run, with a host like the shell's that collects what is printed.
#include "stress/schedules/script_program.h"

#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "runtime/conversions.h"
#include "runtime/function.h"
#include "runtime/operations.h"
#include "shell/files.h"
#include "shell/host.h"
#include "shell/report.h"
#include "shell/test262_host.h"
#include "stress/schedules/script_observer.h"
#include "sync/clock.h"
#include "sync/mutex.h"
#include "threads/cluster.h"
#include "threads/rejections.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fmt/core.h>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>

namespace stress {

using namespace heddle;

struct Script::Output {
    size_t size; // 0 also when the run did not come to its end
    char text[64 << 10];
};

namespace {

// One for each run, of which there is one in the process.
struct Host {
    sync::Mutex mutex{sync::Rank::Diagnostics};
    std::vector<std::string> main_lines;  // the main agent's thread only
    std::vector<std::string> other_lines; // guarded by mutex
    shell::Test262Cluster* cluster = nullptr;
};

int64_t positive_hash(const std::string& text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    // Never 0, which says that there is none.
    return static_cast<int64_t>((hash >> 16) | 1);
}

// A path without what separates words in a schedule.
std::string encoded(const std::string& path) {
    std::string text;
    for (char c : path) {
        if (static_cast<unsigned char>(c) <= ' ' || c == '%')
            text += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        else
            text += c;
    }
    return text;
}

std::string decoded(const std::string& text) {
    std::string path;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '%' && i + 2 < text.size()) {
            path += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            path += text[i];
        }
    }
    return path;
}

// One line that a schedule can name the failure by; the report has the rest.
[[noreturn]] void end_as_failed(std::string message) {
    std::replace(message.begin(), message.end(), '\n', ' ');
    if (message.size() > 300) message.resize(300);
    while (message.ends_with(' '))
        message.pop_back();
    std::fflush(nullptr);
    controlled::fail_run(message.c_str());
}

[[noreturn]] void fail_uncaught(Agent& agent, Value exception, const char* what) {
    std::string text = shell::describe_exception(agent, exception);
    std::fwrite(text.data(), 1, text.size(), stderr);
    end_as_failed(fmt::format("{}{}", what, shell::exception_headline(agent, exception)));
}

Result<Value> assert_function(Agent& agent, const heddle::Arguments& arguments) {
    if (to_boolean(arguments[0])) return Value::undefined();
    std::string message =
        arguments[1].is_undefined() ? "no message" : shell::to_printable(agent, arguments[1]);
    if (agent.is_terminating()) return Threw{};
    std::vector<StackFrameInfo> frames;
    agent.evaluator().capture_stack(frames, 24);
    std::string stack;
    for (const StackFrameInfo& frame : frames)
        stack += fmt::format("    at {} ({}:{}:{})\n",
                             frame.function_name.empty() ? "<script>" : frame.function_name, frame.file,
                             frame.line, frame.column);
    std::fprintf(stderr, "assert failed: %s\n%s", message.c_str(), stack.c_str());
    end_as_failed("assert: " + message);
}

Fallible<void> install_globals(Agent& agent, Realm& realm) {
    TRY(shell::install_host_globals(agent, realm));
    RealmScope scope(agent, &realm);
    PropertyKey key = TRY(PropertyKey::from_utf8(agent, "assert"));
    Value function(TRY(NativeFunction::create(agent, realm, assert_function, 2, key)));
    return realm.global_object()->define_direct(agent, key, function, kBuiltinAttributes);
}

void install_host(Agent& agent, Host& host, bool is_main) {
    auto component = std::make_unique<shell::HostComponent>();
    component->cluster = is_main ? host.cluster : nullptr;
    component->print_data = &host;
    component->start_nanoseconds = static_cast<uint64_t>(sync::now().nanoseconds);
    if (is_main) {
        component->print = [](void* data, std::string_view text) {
            static_cast<Host*>(data)->main_lines.emplace_back(text);
        };
    } else {
        component->print = [](void* data, std::string_view text) {
            auto* self = static_cast<Host*>(data);
            sync::MutexLocker locker(self->mutex);
            self->other_lines.emplace_back(text);
        };
    }
    agent.set_component(Component::Host, std::move(component));
}

} // namespace

Script::Script(const ScriptOptions& options) : options_(options) {
    std::error_code error;
    std::filesystem::path whole = std::filesystem::canonical(options.file, error);
    if (error)
        throw std::runtime_error(
            fmt::format("cannot read the script '{}': {}", options.file, error.message()));
    options_.file = whole.string();
    read();
    make_program();
}

Script::Script(const Schedule& schedule) {
    auto number = [&](const char* name) {
        auto found = schedule.arguments.find(name);
        return found == schedule.arguments.end() ? int64_t{0} : found->second;
    };
    options_.file = decoded(schedule.program.substr(std::strlen("script:")));
    options_.module = number("module") != 0;
    options_.define_262 = number("define_262") != 0;
    read();
    if (number("text") != text_hash_)
        program_.changed = fmt::format("{} has changed since it was recorded", options_.file);
    // The schedule's, so that the arguments of its runs stay its own.
    text_hash_ = number("text");
    expected_output_ = number("expected_output");
    make_program();
}

Script::~Script() {
    munmap(output_, sizeof *output_);
}

void Script::read() {
    void* memory = mmap(nullptr, sizeof(Output), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory for the output of a script");
    output_ = static_cast<Output*>(memory);
    std::optional<std::string> text = shell::read_file(options_.file);
    if (!text)
        throw std::runtime_error(fmt::format(
            "cannot read the script '{}': no such file, no permission, or a folder", options_.file));
    text_ = *text;
    text_hash_ = positive_hash(text_);
    std::istringstream lines(text_);
    for (std::string line; std::getline(lines, line);)
        program_.text.push_back(line);
}

void Script::make_program() {
    program_.name = "script:" + encoded(options_.file);
    // Nothing here is to be shrunk: each is as small as it may be.
    program_.parameters.clear();
    auto add = [&](const char* name, int64_t value) { program_.parameters.push_back({name, value, value}); };
    add("module", options_.module);
    add("define_262", options_.define_262);
    add("text", text_hash_);
    add("expected_output", expected_output_);
    program_.body = [this](const Arguments& arguments) { run(arguments); };
    program_.select_lines = [this](const Lines& lines) { select_lines(lines); };
    program_.expect_as_run = [this](Arguments& arguments) {
        if (arguments.at("expected_output") != 0) arguments["expected_output"] = positive_hash(last_output());
    };
    program_.prepare = [](Plan& plan) { plan.observer = script_observer(); };
}

// What is left out stays as a blank line: positions are those of the file.
void Script::select_lines(const Lines& lines) {
    text_.clear();
    for (uint32_t number = 1; number <= program_.text.size(); number++) {
        if (lines.empty() || std::binary_search(lines.begin(), lines.end(), number)) text_ += program_.text[number - 1];
        text_ += '\n';
    }
}

void Script::expect_output(const std::string& output) {
    expected_output_ = positive_hash(output);
    make_program();
}

std::string Script::last_output() const {
    return {output_->text, output_->size};
}

void Script::run(const Arguments& arguments) const {
    output_->size = 0;
    Host shared;
    {
        Engine engine;
        AgentOptions agent_options;
        agent_options.name = "main";
        AgentHost host(engine.runtime(), agent_options);
        if (!host.realm()) end_as_failed("no memory for an empty realm");
        Agent& agent = host.agent();
        Request request(agent);
        shell::Test262Cluster cluster(engine.runtime());
        shared.cluster = &cluster;
        install_host(agent, shared, true);
        Cluster::of(engine.runtime())
            .set_worker_hook(
                [](Agent& worker, Realm& realm, void* data) {
                    install_host(worker, *static_cast<Host*>(data), false);
                    // Without memory for the host's globals the script finds out.
                    if (install_globals(worker, realm).threw() && !worker.is_terminating())
                        (void)worker.take_exception();
                },
                &shared);
        cluster.set_hooks({.install = install_globals, .uncaught = [](Agent& child, Value exception) {
                               fail_uncaught(child, exception, "uncaught: ");
                           }});
        agent.set_uncaught_handler(
            [](Agent& a, Value exception, void*) { fail_uncaught(a, exception, "uncaught: "); }, nullptr);
        RejectionTracker rejections(
            agent, [](Agent& a, Value reason) { fail_uncaught(a, reason, "uncaught in promise: "); });
        Realm& realm = *host.realm();
        if (install_globals(agent, realm).threw() ||
            (options_.define_262 && shell::install_test262(agent, realm, nullptr).threw()))
            fail_uncaught(agent, agent.take_exception(), "cannot begin: ");
        Result<Value> result =
            options_.module
                ? ModuleLoader::of(agent).run_main_text(realm, text_, options_.file)
                : Interpreter::of(agent).evaluate_script(realm, SourceText::from_utf8(text_, options_.file));
        if (result.threw() && !agent.is_terminating())
            fail_uncaught(agent, agent.take_exception(), "uncaught: ");
        agent.run_jobs();
        EventLoop::of(agent).run();
        if (!agent.is_terminating()) rejections.report_all();
        cluster.terminate_all(agent);
    }
    std::sort(shared.other_lines.begin(), shared.other_lines.end());
    std::string output;
    for (const std::string& line : shared.main_lines)
        output += line + '\n';
    for (const std::string& line : shared.other_lines)
        output += line + '\n';
    if (output.size() > sizeof output_->text) output.resize(sizeof output_->text);
    output_->size = output.size();
    std::copy_n(output.data(), output_->size, output_->text);
    int64_t expected = arguments.at("expected_output");
    if (expected == 0 || expected == positive_hash(output)) return;
    std::fprintf(stderr, "printed:\n%s", output.c_str());
    end_as_failed("the output is not that of the undisturbed run");
}

} // namespace stress
