// The shell's host objects: print, console, performance, and $262 for test262.
#pragma once

#include "runtime/agent.h"
#include "shell/console.h"
#include "syntax/source_text.h"
#include "threads/engine.h"
#include "threads/event_loop.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace heddle::shell {

class Test262Cluster;

/// State of the host in one agent.
class HostComponent final : public AgentComponent {
public:
    static HostComponent& of(Agent& agent) { return agent.component<HostComponent>(Component::Host); }
    /// Where print goes; called on the agent's thread.
    void (*print)(void* data, std::string_view text) = nullptr;
    void* print_data = nullptr;
    bool uncaught_seen = false;
    /// Uncaught errors are printed as 'Name: message', and nothing else is.
    bool test262_host = false;
    /// When set: called before anything is written, because a prompt stands on the line.
    std::function<void()> before_output;
    ConsoleState console;
    /// Texts that are no files, by the names that stack traces know them under: -e, stdin, lines of the REPL.
    std::map<std::string, SourceTextRef> sources;
    /// Set in test262 mode.
    Test262Cluster* cluster = nullptr;
    uint64_t start_nanoseconds = 0;
};

/// Defines print, console and performance in `realm`.
Fallible<void> install_host_globals(Agent&, Realm&);

} // namespace heddle::shell
