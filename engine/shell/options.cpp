// One table of options; the help is made from it.
#include "shell/options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>

namespace heddle::shell {

namespace {

/// The words of the command line, read one after the other.
struct Words {
    std::vector<std::string_view> all;
    size_t next = 0;
    std::string_view option;   // the one under way
    std::string_view attached; // what stood behind its '='
    bool has_attached = false;
};

[[noreturn]] void usage_error(const std::string& message) {
    std::fprintf(stderr, "heddle: %s\nheddle --help lists the options\n", message.c_str());
    std::exit(2);
}

std::string value_of(Words& words) {
    if (words.has_attached) return std::string(words.attached);
    if (words.next >= words.all.size()) usage_error(fmt::format("{} needs a value", words.option));
    return std::string(words.all[words.next++]);
}

uint64_t number_of(Words& words, uint64_t largest = UINT64_MAX) {
    std::string text = value_of(words);
    uint64_t out = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size())
        usage_error(fmt::format("{} takes a whole number, got '{}'", words.option, text));
    if (out > largest) usage_error(fmt::format("{} takes at most {}, got '{}'", words.option, largest, text));
    return out;
}

void set_gc_stress_kind(Options& options, Words& words) {
    std::string kind = value_of(words);
    GcStress& stress = options.agent.heap.gc_stress_kind;
    if (kind == "full") stress = GcStress::Full;
    else if (kind == "young") stress = GcStress::Young;
    else if (kind == "alternating") stress = GcStress::Alternating;
    else usage_error(fmt::format("{} is full, young or alternating, got '{}'", words.option, kind));
}

constexpr uint64_t kMaxMebibytes = uint64_t{1} << 40;

void show_help(Options&, Words&);
void show_version(Options&, Words&) {
    std::puts("heddle " HEDDLE_VERSION);
    std::exit(0);
}

struct Option {
    char letter; // '\0': none
    std::string_view name;
    std::string_view value; // what the help calls it; empty: takes none
    std::string_view help;
    void (*apply)(Options&, Words&);
};

constexpr Option kOptions[] = {
    {'e', "eval", "CODE", "run CODE as a script",
     [](Options& o, Words& w) { o.inputs.push_back({Input::Code, value_of(w)}); }},
    {'p', "print", "CODE", "run CODE and print what it gives",
     [](Options& o, Words& w) { o.inputs.push_back({Input::PrintedCode, value_of(w)}); }},
    {'m', "module", "FILE", "run a module",
     [](Options& o, Words& w) { o.inputs.push_back({Input::Module, value_of(w)}); }},
    {'i', "interactive", "", "a session at the terminal after the inputs",
     [](Options& o, Words&) { o.interactive = true; }},
    {0, "dump-ast", "", "print the syntax tree of each input instead of running it",
     [](Options& o, Words&) { o.dump_tree = true; }},
    {0, "dump-bytecode", "", "print the bytecode of each input instead of running it",
     [](Options& o, Words&) { o.dump_bytecode = true; }},
    {0, "memory-limit", "MIB", "heap limit of each agent; allocations beyond it throw RangeError",
     [](Options& o, Words& w) { o.agent.heap.limit_bytes = number_of(w, kMaxMebibytes) * 1024 * 1024; }},
    {0, "stack-limit", "KIB", "native stack that script may use",
     [](Options& o, Words& w) { o.agent.stack_limit_bytes = number_of(w, kMaxMebibytes) * 1024; }},
    {0, "gc-stress", "N", "collect at every Nth allocation",
     [](Options& o, Words& w) { o.agent.heap.gc_stress = static_cast<uint32_t>(number_of(w, UINT32_MAX)); }},
    {0, "gc-stress-kind", "KIND", "full (what it is when left out), young or alternating collections", set_gc_stress_kind},
    {0, "fail-allocation", "N", "fail the Nth allocation",
     [](Options& o, Words& w) { o.agent.heap.fail_allocation = number_of(w); }},
    {0, "verify-heap", "", "check the heap after each collection, and the barriers before young ones",
     [](Options& o, Words&) { o.agent.heap.verify = true; }},
    {0, "trace-gc", "", "print a line of key=value for each collection, and one at the end",
     [](Options& o, Words&) { o.agent.heap.trace = true; }},
    {0, "heap-snapshot", "FILE", "write what the heap holds at the end, for the Memory panel of Chrome DevTools",
     [](Options& o, Words& w) { o.heap_snapshot = value_of(w); }},
    {0, "leak-check", "", "print at the end what is left of threads, agents, stores, ports, messages; status 3 if anything is",
     [](Options& o, Words&) { o.leak_check = true; }},
    {0, "no-block", "", "Atomics.wait throws ([[CanBlock]] is false)",
     [](Options& o, Words&) { o.agent.can_block = false; }},
    {0, "262", "", "define $262", [](Options& o, Words&) { o.define_262 = true; }},
    {0, "test262-host", "", "as test262 harnesses want it: $262, uncaught errors as 'Name: message'",
     [](Options& o, Words&) { o.define_262 = o.test262_host = true; }},
    {0, "test262-server", "", "serve a test262 runner over stdin and stdout",
     [](Options& o, Words&) { o.serve = true; }},
    {0, "version", "", "print the version", show_version},
    {'h', "help", "", "this text", show_help},
};

void show_help(Options&, Words&) {
    std::string text =
        "heddle [OPTIONS] [FILE...]\n"
        "heddle hunt FILE [OPTIONS]\n\n"
        "  FILE...                  run scripts one after the other in one realm; - reads standard input\n"
        "  (nothing)                a session at the terminal; on a pipe, standard input is a script\n"
        "  hunt FILE                run a script under every schedule that time allows, and keep those that fail it\n\n";
    for (const Option& option : kOptions) {
        std::string words = option.letter ? fmt::format("  -{}, --{}", option.letter, option.name)
                                          : fmt::format("      --{}", option.name);
        if (!option.value.empty()) words += fmt::format(" {}", option.value);
        text += fmt::format("{:<26} {}\n", words, option.help);
    }
    text += "\nExit status: 0; 1 after an uncaught exception or an unhandled rejection; 2 for wrong options "
            "or files that\n"
            "cannot be read. NO_COLOR and FORCE_COLOR rule the colours, HEDDLE_HISTORY names the file of a "
            "session's\n"
            "history (empty: none; ~/.heddle_history otherwise).\n";
    std::fputs(text.c_str(), stdout);
    std::exit(0);
}

/// The option's name that is least unlike `name`; empty when none is near.
std::string_view nearest_option(std::string_view name) {
    std::string_view best;
    size_t best_distance = 3;
    for (const Option& option : kOptions) {
        // Levenshtein's distance, row by row.
        std::vector<size_t> row(option.name.size() + 1);
        for (size_t i = 0; i < row.size(); ++i)
            row[i] = i;
        for (size_t i = 0; i < name.size(); ++i) {
            size_t diagonal = row[0];
            row[0] = i + 1;
            for (size_t j = 0; j < option.name.size(); ++j) {
                size_t above = row[j + 1];
                row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (name[i] != option.name[j])});
                diagonal = above;
            }
        }
        if (row.back() >= best_distance) continue;
        best_distance = row.back();
        best = option.name;
    }
    return best;
}

} // namespace

Options parse_options(int argc, char** argv) {
    Options options;
    options.agent.name = "main";
    Words words;
    words.all.assign(argv + 1, argv + argc);
    bool only_files = false;
    while (words.next < words.all.size()) {
        std::string_view word = words.all[words.next++];
        if (only_files || word == "-" || !word.starts_with("-")) {
            options.inputs.push_back({Input::Script, std::string(word)});
            continue;
        }
        if (word == "--") {
            only_files = true;
            continue;
        }
        bool is_long = word.starts_with("--");
        size_t equals = is_long ? word.find('=') : std::string_view::npos;
        words.option = word.substr(0, equals);
        words.has_attached = equals != std::string_view::npos;
        words.attached = words.has_attached ? word.substr(equals + 1) : std::string_view();
        std::string_view name = words.option.substr(is_long ? 2 : 1);
        const Option* found =
            std::find_if(std::begin(kOptions), std::end(kOptions), [&](const Option& option) {
                return is_long ? option.name == name : name.size() == 1 && option.letter == name[0];
            });
        if (found == std::end(kOptions)) {
            std::string_view near = is_long ? nearest_option(name) : std::string_view();
            usage_error(fmt::format("unknown option '{}'{}", words.option,
                                    near.empty() ? "" : fmt::format("; did you mean --{}?", near)));
        }
        if (words.has_attached && found->value.empty())
            usage_error(fmt::format("{} takes no value", words.option));
        found->apply(options, words);
    }
    return options;
}

} // namespace heddle::shell
