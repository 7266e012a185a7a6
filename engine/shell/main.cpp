// heddle: runs scripts and modules, and sessions at the terminal.
#include "bytecode/disassembler.h"
#include "heap/snapshot.h"
#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "runtime/error.h"
#include "shell/files.h"
#include "shell/host.h"
#include "shell/hunt.h"
#include "shell/inspector.h"
#include "shell/options.h"
#include "threads/rejections.h"
#include "shell/repl.h"
#include "shell/report.h"
#include "shell/syntax_tree.h"
#include "shell/test262_body.h"
#include "shell/test262_host.h"
#include "shell/test262_server.h"
#include "sync/clock.h"
#include "threads/cluster.h"

#include <cstdio>
#include <optional>
#include <unistd.h>

namespace heddle::shell {

namespace {

void report(Agent& agent, Value exception, std::string_view prefix = {}) {
    HostComponent& host = HostComponent::of(agent);
    if (host.before_output) host.before_output();
    std::string text;
    if (host.test262_host) {
        std::string name = exception.is_object() ? constructor_name(agent, exception.as_object()) : "Uncaught";
        text = exception_headline(agent, exception);
        if (!text.starts_with(name)) text = name + ": " + text;
        text += '\n';
    } else {
        text = describe_exception(agent, exception, prefix);
    }
    std::fflush(stdout);
    std::fwrite(text.data(), 1, text.size(), stderr);
    host.uncaught_seen = true;
}

void report_rejection(Agent& agent, Value reason) {
    // Tests of test262 reject promises that nobody handles, and succeed.
    if (HostComponent::of(agent).test262_host) return;
    report(agent, reason, "Uncaught (in promise) ");
}

void print_line(void*, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
}

/// False, with a message on stderr, when the file cannot be written or memory is short.
bool write_snapshot(Agent& agent, const std::string& name) {
    std::FILE* file = std::fopen(name.c_str(), "wb");
    if (!file) {
        std::fprintf(stderr, "heddle: cannot write the heap snapshot '%s': no such folder, no permission, or a folder\n", name.c_str());
        return false;
    }
    auto write = [](void* data, std::string_view piece) {
        return std::fwrite(piece.data(), 1, piece.size(), static_cast<std::FILE*>(data)) == piece.size();
    };
    SnapshotOutcome outcome = write_heap_snapshot(agent.heap(), write, file);
    if (std::fclose(file) != 0 && outcome == SnapshotOutcome::Written) outcome = SnapshotOutcome::Refused;
    if (outcome == SnapshotOutcome::Written) return true;
    std::fprintf(stderr, "heddle: the heap snapshot '%s' is incomplete: %s\n", name.c_str(),
                 outcome == SnapshotOutcome::OutOfMemory ? "out of memory" : "the disk is full or the file was closed");
    return false;
}

class Program {
public:
    Program(Agent& agent, Realm& realm, const Options& options)
        : agent_(agent), realm_(realm), options_(options) {}

    /// False after an uncaught exception.
    bool run_all() {
        for (const Input& input : options_.inputs) {
            if (!run_input(input)) return false;
            agent_.run_jobs();
        }
        return true;
    }

private:
    bool run_input(const Input& input) {
        Result<Value> result = run(input);
        if (!result.threw()) {
            Value value = result.release();
            if (input.kind == Input::PrintedCode && !dumps()) {
                InspectOptions options;
                options.colors = HostComponent::of(agent_).console.colors_on_output;
                print_line(nullptr, value.is_string() ? string_text(agent_, value.as_string())
                                                      : inspect(agent_, value, options));
            }
            return true;
        }
        if (!agent_.is_terminating()) report(agent_, agent_.take_exception());
        return false;
    }

    bool dumps() const { return options_.dump_tree || options_.dump_bytecode; }

    Result<Value> run(const Input& input) {
        bool is_module = input.kind == Input::Module;
        if (is_module && !dumps()) return ModuleLoader::of(agent_).run_main(realm_, input.text);
        SourceTextRef source = source_of(input);
        Interpreter& interpreter = Interpreter::of(agent_);
        if (!dumps()) return interpreter.evaluate_script(realm_, std::move(source));
        ParseOptions parse_options = interpreter.parse_options();
        if (options_.dump_tree) {
            ParseResult parsed =
                is_module ? parse_module(source, parse_options) : parse_script(source, parse_options);
            if (!parsed.ok()) return interpreter.throw_parse_error(parsed.error, source);
            std::fputs(dump_tree(*parsed.program, *source).c_str(), stdout);
        }
        if (options_.dump_bytecode) {
            CodeRef code =
                TRY(is_module ? interpreter.compile_module(source) : interpreter.compile_script(source));
            std::fputs(disassemble(*code, true).c_str(), stdout);
        }
        return Value::undefined();
    }

    SourceTextRef source_of(const Input& input) {
        bool is_code = input.kind == Input::Code || input.kind == Input::PrintedCode;
        if (is_code) return remember(input.text, codes_++ == 0 ? "-e" : "-e " + std::to_string(codes_));
        std::optional<std::string> text = read_file(input.text);
        if (!text) {
            std::fprintf(stderr, "heddle: cannot read '%s': no such file, no permission, or a folder\n",
                         input.text.c_str());
            std::exit(2);
        }
        return input.text == "-" ? remember(*text, "stdin") : SourceText::from_utf8(*text, input.text);
    }

    /// Texts that no file holds, for the lines of error messages.
    SourceTextRef remember(const std::string& text, const std::string& name) {
        SourceTextRef source = SourceText::from_utf8(text, name);
        if (source) HostComponent::of(agent_).sources[name] = source;
        return source;
    }

    Agent& agent_;
    Realm& realm_;
    const Options& options_;
    int codes_ = 0;
};

/// The host's part of every agent, the main one and those of workers.
void install_host(Agent& agent, Test262Cluster* cluster) {
    auto component = std::make_unique<HostComponent>();
    component->cluster = cluster;
    component->print = print_line;
    component->start_nanoseconds = static_cast<uint64_t>(sync::now().nanoseconds);
    component->console.colors_on_output = wants_colors(STDOUT_FILENO);
    component->console.colors_on_errors = wants_colors(STDERR_FILENO);
    agent.set_component(Component::Host, std::move(component));
    EventLoop::of(agent).set_before_sleep([] { std::fflush(stdout); });
}

int run_main_agent(Engine& engine, const Options& options) {
    AgentHost host(engine.runtime(), options.agent);
    if (!host.realm()) {
        std::fprintf(stderr, "heddle: %s\n", host.has_agent() ? "the memory limit does not hold an empty realm" : "there is no memory for an agent");
        return 2;
    }
    Agent& agent = host.agent();
    Request request(agent);
    Test262Cluster cluster(engine.runtime());
    install_host(agent, &cluster);
    HostComponent::of(agent).test262_host = options.test262_host;
    Cluster::of(engine.runtime())
        .set_worker_hook(
            [](Agent& worker, Realm& realm, void*) {
                install_host(worker, nullptr);
                // Without memory for the host's globals the script finds out.
                if (install_host_globals(worker, realm).threw() && !worker.is_terminating()) (void)worker.take_exception();
            },
            nullptr);
    agent.set_uncaught_handler([](Agent& a, Value exception, void*) { report(a, exception); }, nullptr);
    RejectionTracker rejections(agent, report_rejection);
    bool ok = true;
    if (install_host_globals(agent, *host.realm()).threw() ||
        (options.define_262 && install_test262(agent, *host.realm(), nullptr).threw())) {
        report(agent, agent.take_exception());
        return 1;
    }
    int status = 0;
    ok = Program(agent, *host.realm(), options).run_all();
    if (options.interactive) {
        if (ok) EventLoop::of(agent).run();
        InterruptWatcher interrupts;
        interrupts.watch(agent);
        status = run_repl(agent, *host.realm(), interrupts, rejections);
    } else {
        if (ok) EventLoop::of(agent).run();
        if (!agent.is_terminating()) rejections.report_all();
        status = ok && !HostComponent::of(agent).uncaught_seen ? 0 : 1;
    }
    std::fflush(stdout);
    if (!options.heap_snapshot.empty() && !write_snapshot(agent, options.heap_snapshot)) status = 1;
    cluster.terminate_all(agent);
    return status;
}

int run(const Options& options) {
    auto no_memory = [] {
        std::fprintf(stderr, "heddle: there is no memory for the engine\n");
        return 2;
    };
    if (!engine_memory_is_at_hand()) return no_memory();
    Engine engine;
    if (!engine.runtime().memory_reserve().keep()) return no_memory();
    sync::install_new_handler();
    int status = run_main_agent(engine, options);
    if (options.leak_check) {
        Cluster& cluster = Cluster::of(engine.runtime());
        // Ports that only lie in each other's queues are nobody's any more.
        cluster.pipes().drop_all();
        LeakCounts counts = cluster.leak_counts();
        std::fflush(stdout);
        std::fprintf(stderr, "heddle: left at the end: %s\n", counts.to_string().c_str());
        if (!counts.all_zero()) status = 3;
    }
    return status;
}

/// INTERPRETING.md: tests with the flag CanBlockIsFalse are for agents that cannot block. Other harnesses than our own
/// leave the flags to the host.
void apply_test_flags(Options& options) {
    for (const Input& input : options.inputs) {
        std::optional<std::string> text = read_file(input.text);
        if (!text) continue;
        size_t begin = text->rfind("/*---"); // behind those of the files it includes
        size_t end = begin == std::string::npos ? begin : text->find("---*/", begin);
        if (end == std::string::npos) continue;
        if (std::string_view(*text).substr(begin, end - begin).find("CanBlockIsFalse") != std::string_view::npos)
            options.agent.can_block = false;
    }
}

} // namespace

int main(int argc, char** argv) {
    // A script that is named so is still run by itself, and as ./hunt.
    if (argc > 2 && std::string_view(argv[1]) == "hunt") become_hunt(argv);
    Options options = parse_options(argc, argv);
    if (options.test262_host) apply_test_flags(options);
    if (options.serve) return serve_test262(run_test262_body, &options.agent);
    if (options.inputs.empty() && !options.interactive) {
        if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !options.dump_tree && !options.dump_bytecode)
            options.interactive = true;
        else
            options.inputs.push_back({Input::Script, "-"});
    }
    return run(options);
}

} // namespace heddle::shell

int main(int argc, char** argv) {
    return heddle::shell::main(argc, argv);
}
