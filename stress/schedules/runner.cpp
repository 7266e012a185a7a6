// Forking a run, waiting for its end, and naming how it ended.
#include "stress/schedules/runner.h"

#include "stress/hunt/broken_rule.h"
#include "stress/hunt/symbolizer.h"
#include "stress/schedules/sanitizer_log.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/core.h>
#include <new>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stress {

namespace {

std::string first_line_with(const std::string& report, const char* mark) {
    size_t at = report.find(mark);
    if (at == std::string::npos) return {};
    return report.substr(at, report.find('\n', at) - at);
}

// Process ids, addresses and counts differ between runs that fail in the same way.
std::string without_numbers(const std::string& text) {
    std::string result;
    for (size_t i = 0; i < text.size(); i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (digit && result.ends_with('N')) continue;
        result += digit ? 'N' : text[i];
    }
    return result;
}

void name_failure(RunResult& result, const Record& record) {
    if (result.outcome == Outcome::Crash || result.outcome == Outcome::Sanitizer) {
        // The engine's own rules: whatever else ended the process came of the report.
        if (std::optional<BrokenRule> broken = find_broken_rule(result.report)) {
            result.signature = without_numbers(broken->line);
            if (!broken->place.empty()) result.signature += " in " + broken->place;
            result.broken_rule = broken->name;
            return;
        }
    }
    switch (result.outcome) {
    case Outcome::Passed:
    case Outcome::WaitsForHost:
        return;
    case Outcome::Sanitizer:
        result.signature = first_line_with(result.report, "SUMMARY: ");
        if (result.signature.empty()) result.signature = first_line_with(result.report, "runtime error: ");
        if (result.signature.empty()) result.signature = "sanitizer";
        // AddressSanitizer tells where abort() was called; the engine's own check said why.
        if (result.signature.find(": ABRT ") != std::string::npos) {
            std::string own = first_line_with(result.report, "heddle: ");
            if (!own.empty()) result.signature = "crash ABRT: " + own;
        }
        result.signature = without_numbers(result.signature);
        return;
    case Outcome::Crash: {
        // The engine's own checks say why before they abort.
        std::string own = first_line_with(result.report, "heddle: ");
        result.signature = fmt::format("crash {}", sigabbrev_np(result.signal));
        if (!own.empty()) result.signature += ": " + without_numbers(own);
        return;
    }
    case Outcome::FailedCheck: {
        // A program that ends itself has said it on stderr only.
        std::string said = record.message;
        if (said.empty()) said = first_line_with(result.report, "check failed: ").substr(0, 400);
        result.signature = "check: " + without_numbers(said);
        return;
    }
    default:
        result.signature = outcome_name(result.outcome);
        return;
    }
}

} // namespace

Runner::Runner(std::function<void()> body) : body_(std::move(body)) {
    void* memory = mmap(nullptr, sizeof(controlled::RunMemory), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory for controlled runs");
    // The zero pages are a valid record; only the plan has defaults. Its large arrays stay untouched.
    memory_ = static_cast<controlled::RunMemory*>(memory);
    auto defaults = std::make_unique<Plan>();
    std::memcpy(static_cast<void*>(&memory_->plan), defaults.get(), offsetof(Plan, constraints));
    diagnostics_ = memfd_create("report", MFD_CLOEXEC);
    if (diagnostics_ < 0) throw std::runtime_error("no file for the reports of controlled runs");
    // ThreadSanitizer clears two megabytes for its graph of locks at a process's first lock: once here, not in every run.
    pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    fill_own_log();
}

Runner::~Runner() {
    munmap(memory_, sizeof *memory_);
    close(diagnostics_);
}

RunResult Runner::run() {
    runs_++;
    memory_->record.reset();
    if (captures_) {
        if (lseek(diagnostics_, 0, SEEK_CUR) > 0 && ftruncate(diagnostics_, 0) != 0)
            throw std::runtime_error("cannot empty the report of a controlled run");
        lseek(diagnostics_, 0, SEEK_SET);
    }
    std::fflush(nullptr);
    // Not fork(): what it would let go of in the child is held by nobody, for this process has one thread, and
    // ThreadSanitizer's share of that reads four megabytes and starts a thread of its own.
    pid_t process = _Fork();
    if (process < 0)
        throw std::runtime_error(fmt::format("no process for a controlled run: {}", std::strerror(errno)));
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (captures_) {
            dup2(diagnostics_, 1);
            dup2(diagnostics_, 2);
        }
        begin_run_log();
        if (plan().observer.begin) plan().observer.begin();
        controlled::begin_run(memory_);
        body_();
        controlled::end_run();
    }
    RunResult result;
    int status = 0;
    bool hangs = false;
    if (hang_seconds_ > 0) {
        int file = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
        if (file >= 0) {
            pollfd waited{file, POLLIN, 0};
            int ready;
            do
                ready = poll(&waited, 1, static_cast<int>(hang_seconds_ * 1000));
            while (ready < 0 && errno == EINTR);
            hangs = ready == 0;
            close(file);
        }
    }
    if (hangs) kill(process, SIGKILL);
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) throw std::runtime_error("lost the process of a controlled run");
    }
    const Record& record = memory_->record;
    result.outcome = record.outcome;
    if (captures_ && (hangs || !WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        off_t size = std::min<off_t>(lseek(diagnostics_, 0, SEEK_END), 4 << 20);
        result.report.resize(static_cast<size_t>(std::max<off_t>(size, 0)));
        ssize_t got = pread(diagnostics_, result.report.data(), result.report.size(), 0);
        result.report.resize(got > 0 ? static_cast<size_t>(got) : 0);
    }
    if (hangs) {
        result.outcome = Outcome::Hang;
    } else if (WIFSIGNALED(status)) {
        result.signal = WTERMSIG(status);
        if (result.outcome == Outcome::None) result.outcome = Outcome::Crash;
    } else if (result.outcome == Outcome::None) {
        bool own_check = WEXITSTATUS(status) == controlled::kExitFailedCheck;
        result.outcome = own_check ? Outcome::FailedCheck : Outcome::Sanitizer;
    }
    name_failure(result, record);
    return result;
}

void plan_to_repeat(Runner& runner) {
    Plan& plan = runner.plan();
    const Record& record = runner.record();
    plan.strategy = Strategy::Recorded;
    plan.switch_count = std::min<uint32_t>(record.switch_count, controlled::kMaxSwitches);
    plan.choice_count = std::min<uint32_t>(record.choice_count, controlled::kMaxChoices);
    std::copy_n(record.switches, plan.switch_count, plan.switches);
    std::copy_n(record.choices, plan.choice_count, plan.choices);
}

std::string describe_threads(const Record& record) {
    std::vector<uintptr_t> addresses;
    for (uint32_t i = 0; i < record.thread_count; i++) {
        for (uint32_t frame = 0; frame < record.threads[i].frame_count; frame++)
            addresses.push_back(record.threads[i].frames[frame] - 1);
    }
    std::vector<std::vector<std::string>> names = symbolize(addresses);
    std::string text;
    size_t next = 0;
    for (uint32_t i = 0; i < record.thread_count; i++) {
        const controlled::ThreadReport& thread = record.threads[i];
        text += fmt::format("{} '{}': {}{}", controlled::path_text(thread.path), thread.name,
                            thread.blocked ? "waits in " : "", operation_name(thread.operation));
        if (thread.has_object) text += " on " + controlled::object_text(thread.object);
        if (thread.has_holder) text += fmt::format(", held by {}", controlled::path_text(thread.holder));
        if (thread.waits_for_host) text += ", for the host";
        text += fmt::format(" (operation {})\n", thread.step);
        int number = 0;
        for (uint32_t frame = 0; frame < thread.frame_count; frame++, next++) {
            for (const std::string& line : names[next])
                text += fmt::format("    #{} {}\n", number++, line);
        }
        if (thread.script_stack[0]) text += fmt::format("    script:\n{}\n", thread.script_stack);
    }
    return text;
}

} // namespace stress
