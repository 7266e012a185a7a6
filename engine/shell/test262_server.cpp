// Reading requests, forking a process for each, and passing on what it says, or saying what became of it.
#include "shell/test262_server.h"

#include "sync/clock.h"

#include <cerrno>
#include <cstdio>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace heddle::shell {

namespace {

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) _exit(3); // Nobody listens any more.
        text.remove_prefix(static_cast<size_t>(written));
    }
}

std::string frame(std::string_view head, std::string_view text) {
    return fmt::format("{} {}\n{}", head, text.size(), text);
}

/// The length of the complete frame at the start of `text`; 0 when there is none yet.
size_t complete_frame(std::string_view text) {
    size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return 0;
    size_t space = text.rfind(' ', newline);
    if (space == std::string_view::npos) return 0;
    size_t length = 0;
    for (char digit : text.substr(space + 1, newline - space - 1)) {
        if (digit < '0' || digit > '9') return 0;
        length = length * 10 + static_cast<size_t>(digit - '0');
    }
    return text.size() - newline - 1 >= length ? newline + 1 + length : 0;
}

[[noreturn]] void run_in_child(TestBody body, const void* options, const TestRequest& request, int answers) {
    // A test must not outlive a server that was killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    PrintSink sink(answers);
    TestOutcome outcome = body(request, sink, options);
    if (outcome.threw) {
        write_all(answers, frame(fmt::format("RESULT threw {}", outcome.phase),
                                 outcome.error_name + "\n" + outcome.error_message));
    } else {
        write_all(answers, frame("RESULT completed -", ""));
    }
    _exit(0);
}

/// Waits for the forked process and answers on stdout.
void supervise(pid_t child, int answers, int64_t timeout_milliseconds) {
    sync::MonotonicTime deadline = sync::now().after_nanoseconds(timeout_milliseconds * 1'000'000);
    std::string said;
    bool timed_out = false;
    for (;;) {
        int64_t left = sync::nanoseconds_between(sync::now(), deadline) / 1'000'000;
        if (left <= 0) {
            timed_out = true;
            kill(child, SIGKILL);
            break;
        }
        pollfd polled{answers, POLLIN, 0};
        int ready = poll(&polled, 1, static_cast<int>(left < 1000 ? left + 1 : 1000));
        if (ready <= 0) continue;
        char chunk[16384];
        ssize_t got = read(answers, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        said.append(chunk, static_cast<size_t>(got));
    }
    close(answers);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }

    // Whole frames go on as they are; half a frame is the last word of a process that died in it.
    std::string_view rest = said;
    bool has_result = false;
    size_t passed_on = 0;
    while (size_t length = complete_frame(rest)) {
        has_result = rest.starts_with("RESULT ");
        passed_on += length;
        rest.remove_prefix(length);
        if (has_result) break;
    }
    bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (has_result && clean) return write_all(1, std::string_view(said).substr(0, passed_on));
    std::string_view prints = std::string_view(said).substr(0, has_result ? 0 : passed_on);
    write_all(1, prints);
    if (timed_out) return write_all(1, frame("RESULT timed-out -", ""));
    if (WIFSIGNALED(status))
        return write_all(1, frame("RESULT crashed -", fmt::format("SIG{}", sigabbrev_np(WTERMSIG(status)))));
    write_all(1, frame("RESULT exited -", fmt::format("{}", WEXITSTATUS(status))));
}

/// Reads `RUN <timeout> <mode> <flags>`; false when the line is something else.
bool read_run_line(std::string_view line, int64_t& timeout, TestRequest& request) {
    std::string_view words[4];
    int count = 0;
    while (count < 4) {
        size_t space = line.find(' ');
        words[count++] = line.substr(0, space);
        if (space == std::string_view::npos) break;
        line.remove_prefix(space + 1);
    }
    if (count != 4 || words[0] != "RUN") return false;
    timeout = 0;
    for (char digit : words[1]) {
        if (digit < '0' || digit > '9') return false;
        timeout = timeout * 10 + (digit - '0');
    }
    if (words[2] == "sloppy") request.mode = TestMode::Sloppy;
    else if (words[2] == "strict") request.mode = TestMode::Strict;
    else if (words[2] == "module") request.mode = TestMode::Module;
    else if (words[2] == "raw") request.mode = TestMode::Raw;
    else return false;
    request.can_block = words[3].find("cannot-block") == std::string_view::npos;
    return true;
}

} // namespace

void PrintSink::print(std::string_view text) {
    // One write for one frame: below PIPE_BUF writes of several threads do not mix, above it only the runner's own
    // short messages matter.
    write_all(descriptor_, frame("PRINT", text));
}

int serve_test262(TestBody body, const void* options) {
    signal(SIGPIPE, SIG_IGN);
    TestRequest request;
    int64_t timeout = 0;
    bool running = false;
    char* line = nullptr;
    size_t capacity = 0;
    int status = 0;
    for (;;) {
        ssize_t length = getline(&line, &capacity, stdin);
        if (length <= 0) break;
        std::string_view text(line, static_cast<size_t>(length));
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (text.starts_with("RUN ")) {
            request = {};
            running = read_run_line(text, timeout, request);
        } else if (running && text.starts_with("INCLUDE ")) {
            request.includes.emplace_back(text.substr(8));
            continue;
        } else if (running && text.starts_with("TEST ")) {
            request.test = text.substr(5);
            int answers[2];
            if (pipe(answers) != 0) break;
            std::fflush(nullptr);
            pid_t child = fork();
            if (child == 0) {
                close(answers[0]);
                run_in_child(body, options, request, answers[1]);
            }
            close(answers[1]);
            if (child < 0) {
                close(answers[0]);
                write_all(1, frame("RESULT exited -", "no process for the test"));
            } else {
                supervise(child, answers[0], timeout);
            }
            running = false;
            continue;
        } else {
            running = false;
        }
        if (running) continue;
        std::fprintf(stderr,
                     "heddle: '%.*s' is no request of the test262 protocol; expected RUN, any number of INCLUDE, TEST\n",
                     static_cast<int>(text.size()), text.data());
        status = 2;
        break;
    }
    free(line);
    return status;
}

} // namespace heddle::shell
