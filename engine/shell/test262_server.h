// The mode in which the shell serves a test262 runner: it reads requests from stdin, runs each test in a forked process,
// and answers on stdout. The protocol is drawn in conformance/server.h. This is about processes and the protocol; how a
// test is evaluated is the TestBody that the caller gives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::shell {

enum class TestMode : uint8_t { Sloppy, Strict, Module, Raw };

struct TestRequest {
    TestMode mode = TestMode::Sloppy;
    bool can_block = true;
    /// Harness files, evaluated as scripts in the realm before the test; absolute paths.
    std::vector<std::string> includes;
    /// The test file; an absolute path.
    std::string test;
};

struct TestOutcome {
    bool threw = false;
    /// Where it threw: parse, resolution or runtime.
    const char* phase = "-";
    std::string error_name;
    std::string error_message;
};

/// Takes what script passes to print. Lives in the forked process; may be called from any of its threads.
class PrintSink {
public:
    explicit PrintSink(int descriptor) : descriptor_(descriptor) {}
    void print(std::string_view text);

private:
    int descriptor_;
};

/// Runs one test in the forked process and returns what became of it once everything it made is destroyed.
using TestBody = TestOutcome (*)(const TestRequest&, PrintSink&, const void* options);

/// Serves until the end of input. The process must have one thread. Returns the exit status: 0, or 2 with a message on
/// stderr when a request breaks the protocol.
int serve_test262(TestBody body, const void* options);

} // namespace heddle::shell
