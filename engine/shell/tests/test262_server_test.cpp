// The server over pipes, with made-up test bodies: answers, prints, crashes, exits and time-outs.
#include "shell/test262_server.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace heddle::shell {
namespace {

TestOutcome body(const TestRequest& request, PrintSink& sink, const void*) {
    if (request.test == "/prints") sink.print("hello\nthere");
    if (request.test == "/throws") return {true, "parse", "SyntaxError", "unexpected token"};
    if (request.test == "/crashes") {
        sink.print("before");
        // Sanitizers turn signals of their own into exits; this one they leave alone.
        raise(SIGKILL);
    }
    if (request.test == "/exits") _exit(7);
    if (request.test == "/hangs") {
        for (;;) pause();
    }
    if (request.test == "/echo")
        return {true, "runtime", request.mode == TestMode::Strict ? "Strict" : "Other",
                std::to_string(request.includes.size()) + (request.can_block ? " can" : " cannot")};
    return {};
}

struct Served {
    std::string output;
    int status;
};

Served serve(const std::string& input) {
    int to[2], from[2];
    EXPECT_EQ(pipe(to), 0);
    EXPECT_EQ(pipe(from), 0);
    pid_t server = fork();
    if (server == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        close(from[0]);
        _exit(serve_test262(body, nullptr));
    }
    close(to[0]);
    close(from[1]);
    EXPECT_EQ(write(to[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
    close(to[1]);
    Served served{};
    char chunk[4096];
    for (ssize_t got; (got = read(from[0], chunk, sizeof chunk)) > 0;) served.output.append(chunk, static_cast<size_t>(got));
    close(from[0]);
    int status = 0;
    waitpid(server, &status, 0);
    served.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return served;
}

TEST(Test262Server, AnswersEachTest) {
    Served served = serve("RUN 5000 sloppy -\nTEST /prints\nRUN 5000 raw -\nTEST /throws\n");
    EXPECT_EQ(served.output, "PRINT 11\nhello\nthereRESULT completed - 0\nRESULT threw parse 28\nSyntaxError\nunexpected token");
    EXPECT_EQ(served.status, 0);
}

TEST(Test262Server, PassesModeFlagsAndIncludes) {
    EXPECT_EQ(serve("RUN 5000 strict cannot-block\nINCLUDE /a\nINCLUDE /b\nTEST /echo\n").output,
              "RESULT threw runtime 15\nStrict\n2 cannot");
    EXPECT_EQ(serve("RUN 5000 module -\nTEST /echo\n").output, "RESULT threw runtime 11\nOther\n0 can");
}

TEST(Test262Server, ACrashCostsOneTest) {
    EXPECT_EQ(serve("RUN 5000 sloppy -\nTEST /crashes\nRUN 5000 sloppy -\nTEST /exits\nRUN 5000 sloppy -\nTEST /fine\n").output,
              "PRINT 6\nbeforeRESULT crashed - 7\nSIGKILLRESULT exited - 1\n7RESULT completed - 0\n");
}

TEST(Test262Server, AHangIsATimeOut) { EXPECT_EQ(serve("RUN 50 sloppy -\nTEST /hangs\n").output, "RESULT timed-out - 0\n"); }

TEST(Test262Server, RefusesWhatIsNoRequest) {
    EXPECT_EQ(serve("HELLO\n").status, 2);
    EXPECT_EQ(serve("RUN 5000 upside-down -\n").status, 2);
    EXPECT_EQ(serve("TEST /fine\n").status, 2);
}

} // namespace
} // namespace heddle::shell
