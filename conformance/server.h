// One `heddle --test262-server` process and the protocol spoken with it over its stdin and stdout.
//
// The runner asks, one test at a time:
//
//     RUN <timeout in milliseconds> <mode: sloppy | strict | module | raw> <flags: comma-separated, or ->\n
//     INCLUDE <absolute path of a harness file>\n          any number, evaluated first, in this order
//     TEST <absolute path of the test file>\n              runs it
//
// Flags: `cannot-block` makes the main agent's [[CanBlock]] false. The server forks for each test, so a crash or a
// time-out costs one test. In strict mode it puts "use strict" in front of the test file. It answers
//
//     PRINT <bytes>\n<text>                                any number: one call of print
//     RESULT <kind> <phase> <bytes>\n<text>                the last word about this test
//
//     kind         phase                            text
//     completed    -
//     threw        parse, resolution or runtime     error constructor's name, newline, message
//     crashed      -                                signal name, as SIGSEGV
//     exited       -                                exit status of the forked process
//     timed-out    -
//
// The server ends at the end of its input.
#pragma once

#include "conformance/variant.h"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace conformance {

struct Request {
    Mode mode = Mode::Sloppy;
    std::vector<std::string> flags;
    std::vector<std::string> includes;
    std::string test;
    std::chrono::milliseconds timeout{10'000};
};

class Server {
public:
    /// `command`: the engine's path and its options, --test262-server not included.
    explicit Server(std::vector<std::string> command) : command_(std::move(command)) {}
    ~Server() { stop(); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Sends a request, starting the process if there is none. The server must be idle. Throws std::runtime_error when
    /// the program cannot be started.
    void ask(const Request&);
    bool busy() const { return busy_; }
    /// Where answers come from, for poll().
    int descriptor() const { return from_; }
    /// Reads what is there; an answer once it is whole, or once the process has died or overstayed.
    std::optional<Answer> read_answer();
    /// As read_answer, for a server that has said nothing in time: kills it.
    std::optional<Answer> check_overdue();

private:
    void start();
    void stop();
    Answer lost();
    std::string take_diagnostics();

    std::vector<std::string> command_;
    pid_t process_ = -1;
    int to_ = -1;
    int from_ = -1;
    int diagnostics_ = -1;
    bool busy_ = false;
    std::chrono::steady_clock::time_point overdue_at_;
    std::string buffer_;
    std::string printed_;
};

} // namespace conformance
