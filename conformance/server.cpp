// Starting, asking and hearing a test262 server.
#include "conformance/server.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace conformance {

void Server::start() {
    int request[2], answer[2];
    if (pipe2(request, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0)
        throw std::runtime_error(fmt::format("no pipe for a server: {}", std::strerror(errno)));
    diagnostics_ = memfd_create("diagnostics", MFD_CLOEXEC);
    process_ = fork();
    if (process_ < 0) throw std::runtime_error(fmt::format("no process for a server: {}", std::strerror(errno)));
    if (process_ == 0) {
        dup2(request[0], 0);
        dup2(answer[1], 1);
        if (diagnostics_ >= 0) {
            // Appending, so that the runner may empty the file while the server holds it.
            fcntl(diagnostics_, F_SETFL, O_APPEND);
            dup2(diagnostics_, 2);
        }
        std::vector<char*> arguments;
        for (std::string& word : command_) arguments.push_back(word.data());
        std::string mode = "--test262-server";
        arguments.push_back(mode.data());
        arguments.push_back(nullptr);
        execv(arguments[0], arguments.data());
        dprintf(2, "cannot run %s: %s\n", arguments[0], std::strerror(errno));
        _exit(127);
    }
    close(request[0]);
    close(answer[1]);
    to_ = request[1];
    from_ = answer[0];
    fcntl(from_, F_SETFL, O_NONBLOCK);
}

void Server::stop() {
    if (process_ < 0) return;
    close(to_);
    close(from_);
    if (diagnostics_ >= 0) close(diagnostics_);
    if (busy_) kill(process_, SIGKILL);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = to_ = from_ = diagnostics_ = -1;
    busy_ = false;
    buffer_.clear();
    printed_.clear();
}

std::string Server::take_diagnostics() {
    if (diagnostics_ < 0) return {};
    off_t size = lseek(diagnostics_, 0, SEEK_END);
    if (size <= 0) return {};
    std::string text(static_cast<size_t>(std::min<off_t>(size, 1 << 20)), '\0');
    ssize_t got = pread(diagnostics_, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    if (ftruncate(diagnostics_, 0) != 0) text += "";
    return text;
}

void Server::ask(const Request& request) {
    if (process_ < 0) start();
    std::string flags;
    for (const std::string& flag : request.flags) flags += (flags.empty() ? "" : ",") + flag;
    std::string text = fmt::format("RUN {} {} {}\n", request.timeout.count(), mode_name(request.mode),
                                   flags.empty() ? "-" : flags);
    for (const std::string& include : request.includes) text += fmt::format("INCLUDE {}\n", include);
    text += fmt::format("TEST {}\n", request.test);
    busy_ = true;
    // The server kills an overdue test itself; this is for a server that hangs.
    overdue_at_ = std::chrono::steady_clock::now() + 2 * request.timeout + std::chrono::seconds(10);
    for (size_t sent = 0; sent < text.size();) {
        ssize_t written = write(to_, text.data() + sent, text.size() - sent);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) break; // The server is gone; reading its answer says so.
        sent += static_cast<size_t>(written);
    }
}

Answer Server::lost() {
    Answer answer;
    answer.kind = AnswerKind::ServerLost;
    answer.diagnostics = take_diagnostics();
    answer.printed = printed_;
    stop();
    return answer;
}

std::optional<Answer> Server::check_overdue() {
    if (!busy_ || std::chrono::steady_clock::now() < overdue_at_) return std::nullopt;
    return lost();
}

std::optional<Answer> Server::read_answer() {
    char chunk[65536];
    for (;;) {
        ssize_t got = read(from_, chunk, sizeof chunk);
        if (got > 0) {
            buffer_.append(chunk, static_cast<size_t>(got));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) break;
        return lost();
    }
    for (;;) {
        size_t newline = buffer_.find('\n');
        if (newline == std::string::npos) return std::nullopt;
        std::string head = buffer_.substr(0, newline);
        size_t last_space = head.rfind(' ');
        size_t length = 0;
        if (last_space == std::string::npos) return lost();
        auto parsed = std::from_chars(head.data() + last_space + 1, head.data() + head.size(), length);
        if (parsed.ec != std::errc{} || parsed.ptr != head.data() + head.size()) return lost();
        if (buffer_.size() < newline + 1 + length) return std::nullopt;
        std::string text = buffer_.substr(newline + 1, length);
        buffer_.erase(0, newline + 1 + length);
        if (head.starts_with("PRINT ")) {
            printed_ += text + '\n';
            continue;
        }
        if (!head.starts_with("RESULT ")) return lost();
        size_t kind_end = head.find(' ', 7);
        if (kind_end == std::string::npos || kind_end >= last_space) return lost();
        std::string kind = head.substr(7, kind_end - 7);
        Answer answer;
        answer.phase = head.substr(kind_end + 1, last_space - kind_end - 1);
        answer.text = std::move(text);
        answer.printed = std::exchange(printed_, {});
        answer.diagnostics = take_diagnostics();
        if (kind == "completed") answer.kind = AnswerKind::Completed;
        else if (kind == "threw") answer.kind = AnswerKind::Threw;
        else if (kind == "crashed") answer.kind = AnswerKind::Crashed;
        else if (kind == "exited") answer.kind = AnswerKind::Exited;
        else if (kind == "timed-out") answer.kind = AnswerKind::TimedOut;
        else return lost();
        busy_ = false;
        return answer;
    }
}

} // namespace conformance
