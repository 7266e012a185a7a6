// heddle: runs scripts and modules.
#include "heap/snapshot.h"
#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "runtime/error.h"
#include "shell/host.h"
#include "shell/report.h"
#include "shell/test262_body.h"
#include "shell/test262_host.h"
#include "shell/test262_server.h"
#include "sync/clock.h"

#include <charconv>
#include <cstdio>
#include <fmt/core.h>
#include <optional>
#include <unistd.h>

namespace heddle::shell {

namespace {

constexpr const char* kHelp = R"(heddle [OPTIONS] [FILE...]

  FILE...              run scripts one after the other in one realm; - or nothing reads standard input
  -m, --module FILE    run a module
  -e, --eval CODE      run CODE as a script
      --memory-limit MIB   heap limit of each agent; allocations beyond it throw RangeError
      --stack-limit KIB    native stack that script may use
      --gc-stress N        collect at every Nth allocation
      --gc-stress-kind K   full (what it is when left out), young or alternating collections
      --fail-allocation N  fail the Nth allocation
      --verify-heap        check the heap after each collection, and the barriers before young ones
      --trace-gc           print a line of key=value for each collection, and one at the end
      --heap-snapshot FILE write what the heap holds at the end, for the Memory panel of Chrome DevTools
      --no-block           Atomics.wait throws ([[CanBlock]] is false)
      --262                define $262
      --test262-server     serve a test262 runner over stdin and stdout
  -h, --help           this text

Exit status: 0; 1 after an uncaught exception; 2 for wrong options or files that cannot be read.
)";

struct Input {
    enum Kind : uint8_t { Script, Module, Code } kind;
    std::string text;
};

struct Options {
    std::vector<Input> inputs;
    AgentOptions agent;
    std::string heap_snapshot;
    bool define_262 = false;
    bool serve = false;
};

[[noreturn]] void usage_error(const std::string& message) {
    std::fprintf(stderr, "heddle: %s\nheddle --help lists the options\n", message.c_str());
    std::exit(2);
}

Options parse_options(int argc, char** argv) {
    Options options;
    options.agent.name = "main";
    std::vector<std::string_view> words(argv + 1, argv + argc);
    for (size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        auto value = [&]() -> std::string {
            if (i + 1 >= words.size()) usage_error(fmt::format("{} needs a value", word));
            return std::string(words[++i]);
        };
        auto number = [&]() -> uint64_t {
            std::string text = value();
            uint64_t out = 0;
            auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
            if (error != std::errc() || end != text.data() + text.size())
                usage_error(fmt::format("{} takes a whole number, got '{}'", word, text));
            return out;
        };
        if (word == "-h" || word == "--help") {
            std::fputs(kHelp, stdout);
            std::exit(0);
        } else if (word == "-m" || word == "--module") {
            options.inputs.push_back({Input::Module, value()});
        } else if (word == "-e" || word == "--eval") {
            options.inputs.push_back({Input::Code, value()});
        } else if (word == "--memory-limit") {
            options.agent.heap.limit_bytes = number() * 1024 * 1024;
        } else if (word == "--stack-limit") {
            options.agent.stack_limit_bytes = number() * 1024;
        } else if (word == "--gc-stress") {
            options.agent.heap.gc_stress = static_cast<uint32_t>(number());
        } else if (word == "--gc-stress-kind") {
            std::string kind = value();
            if (kind == "full") options.agent.heap.gc_stress_kind = GcStress::Full;
            else if (kind == "young") options.agent.heap.gc_stress_kind = GcStress::Young;
            else if (kind == "alternating") options.agent.heap.gc_stress_kind = GcStress::Alternating;
            else usage_error(fmt::format("--gc-stress-kind is full, young or alternating, got '{}'", kind));
        } else if (word == "--fail-allocation") {
            options.agent.heap.fail_allocation = number();
        } else if (word == "--verify-heap") {
            options.agent.heap.verify = true;
        } else if (word == "--trace-gc") {
            options.agent.heap.trace = true;
        } else if (word == "--heap-snapshot") {
            options.heap_snapshot = value();
        } else if (word == "--no-block") {
            options.agent.can_block = false;
        } else if (word == "--262") {
            options.define_262 = true;
        } else if (word == "--test262-server") {
            options.serve = true;
        } else if (word == "-") {
            options.inputs.push_back({Input::Script, "-"});
        } else if (word.starts_with("-")) {
            usage_error(fmt::format("unknown option '{}'", word));
        } else {
            options.inputs.push_back({Input::Script, std::string(word)});
        }
    }
    if (options.inputs.empty()) options.inputs.push_back({Input::Script, "-"});
    return options;
}

std::optional<std::string> read_input(const std::string& name) {
    // By hand: a stream throws when it reads from a folder.
    std::FILE* file = name == "-" ? stdin : std::fopen(name.c_str(), "rb");
    if (!file) return {};
    std::string text;
    char chunk[65536];
    for (size_t got; (got = std::fread(chunk, 1, sizeof chunk, file)) > 0;)
        text.append(chunk, got);
    bool failed = std::ferror(file) != 0;
    if (file != stdin) std::fclose(file);
    if (failed) return {};
    return text;
}

void report(Agent& agent, Value exception) {
    std::string text = describe_exception(agent, exception);
    std::fwrite(text.data(), 1, text.size(), stderr);
    HostComponent::of(agent).uncaught_seen = true;
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

/// Runs one input. False after an uncaught exception.
bool run_input(Agent& agent, Realm& realm, const Input& input) {
    Interpreter& interpreter = Interpreter::of(agent);
    Result<Value> result = Value::undefined();
    if (input.kind == Input::Module) {
        result = ModuleLoader::of(agent).run_main(realm, input.text);
    } else {
        std::string name = input.kind == Input::Code ? "-e" : input.text == "-" ? "stdin" : input.text;
        std::optional<std::string> text = input.kind == Input::Code ? std::optional(input.text) : read_input(input.text);
        if (!text) {
            std::fprintf(stderr, "heddle: cannot read '%s': no such file, no permission, or a folder\n", input.text.c_str());
            std::exit(2);
        }
        result = interpreter.evaluate_script(realm, SourceText::from_utf8(*text, name));
    }
    if (!result.threw()) return true;
    if (!agent.is_terminating()) report(agent, agent.take_exception());
    return false;
}

int run(const Options& options) {
    Engine engine;
    AgentHost host(engine.runtime(), options.agent);
    if (!host.realm()) {
        std::fprintf(stderr, "heddle: the memory limit does not hold an empty realm\n");
        return 2;
    }
    Agent& agent = host.agent();
    Request request(agent);
    Test262Cluster cluster(engine.runtime());
    auto component = std::make_unique<HostComponent>();
    component->cluster = &cluster;
    component->print = print_line;
    component->start_nanoseconds = static_cast<uint64_t>(sync::now().nanoseconds);
    agent.set_component(Component::Host, std::move(component));
    agent.set_uncaught_handler([](Agent& a, Value exception, void*) { report(a, exception); }, nullptr);
    bool ok = true;
    if (install_host_globals(agent, *host.realm()).threw() ||
        (options.define_262 && install_test262(agent, *host.realm(), nullptr).threw())) {
        report(agent, agent.take_exception());
        return 1;
    }
    for (const Input& input : options.inputs) {
        ok = run_input(agent, *host.realm(), input);
        if (!ok) break;
        agent.run_jobs();
    }
    if (ok) EventLoop::of(agent).run();
    std::fflush(stdout);
    if (!options.heap_snapshot.empty() && !write_snapshot(agent, options.heap_snapshot)) ok = false;
    cluster.terminate_all(agent);
    return ok && !HostComponent::of(agent).uncaught_seen ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    Options options = parse_options(argc, argv);
    if (options.serve) return serve_test262(run_test262_body, &options.agent);
    return run(options);
}

} // namespace heddle::shell

int main(int argc, char** argv) { return heddle::shell::main(argc, argv); }
