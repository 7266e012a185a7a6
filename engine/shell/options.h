// The command line. Read by hand: CLI11, which the other programs use, reports by exceptions, and the shell
// is compiled without them.
#pragma once

#include "runtime/agent.h"

#include <string>
#include <vector>

namespace heddle::shell {

struct Input {
    enum Kind : uint8_t { Script, Module, Code, PrintedCode } kind;
    std::string text;
};

struct Options {
    std::vector<Input> inputs;
    AgentOptions agent;
    bool interactive = false;
    bool define_262 = false;
    bool test262_host = false; // errors in the form that harnesses read
    bool serve = false;
    std::string heap_snapshot; // the file to write at the end; empty: none
    bool dump_tree = false;
    bool dump_bytecode = false;
    bool leak_check = false;
};

/// Leaves the process for --help and --version (status 0), and with a message that names the word and the way
/// out for what it does not understand (status 2).
Options parse_options(int argc, char** argv);

} // namespace heddle::shell
