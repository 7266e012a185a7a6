// Forking a batch, watching it, and saying what became of it.
#include "stress/hunt/batch.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fmt/core.h>
#include <new>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stress {

using SteadyClock = std::chrono::steady_clock;
using namespace heddle;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STRESS_THREAD_SANITIZER 1
#endif
#if __has_feature(address_sanitizer)
#define STRESS_ADDRESS_SANITIZER 1
#endif
#endif

bool sanitizer_reports_crashes() {
#if defined(STRESS_THREAD_SANITIZER) || defined(STRESS_ADDRESS_SANITIZER)
    return true;
#else
    return false;
#endif
}

SharedProgress* make_shared_progress() {
    void* memory = mmap(nullptr, sizeof(SharedProgress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory for the batches");
    return new (memory) SharedProgress{};
}

namespace {

void run_iterations(const BatchPlan& plan, SharedProgress* progress) {
    sync::ThreadRecord& thread = sync::current_thread();
    thread.planted_bugs = plan.planted_bugs;
    thread.windows = &progress->windows;
    auto deadline = SteadyClock::now() + std::chrono::duration<double>(plan.seconds);
    Random seeds(plan.seed);
    do {
        uint64_t seed = seeds.next();
        progress->last = run_iteration(*plan.scenario, plan.once ? plan.seed : seed, plan.faults, plan.sizes);
        __atomic_fetch_add(&progress->iterations, 1, __ATOMIC_RELAXED);
    } while (!plan.once && SteadyClock::now() < deadline);
}

std::string read_all(int file) {
    off_t size = lseek(file, 0, SEEK_END);
    std::string text(static_cast<size_t>(std::clamp<off_t>(size, 0, 4 << 20)), '\0');
    ssize_t got = pread(file, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
}

std::string sanitizer_kind(const std::string& report) {
    for (const char* mark : {"ThreadSanitizer: ", "AddressSanitizer: ", "LeakSanitizer: "}) {
        size_t at = report.find(mark);
        if (at == std::string::npos) continue;
        std::string kind;
        for (char c : report.substr(at + std::strlen(mark), 60)) {
            if (c == '(' || c == '\n' || (c == ' ' && kind.ends_with("on"))) break;
            kind += c == ' ' ? '-' : c;
        }
        while (kind.ends_with('-')) kind.pop_back();
        for (const char* tail : {"-on-unknown", "-on-address", "-on"}) {
            if (kind.ends_with(tail)) kind.resize(kind.size() - std::strlen(tail));
        }
        return kind.empty() ? "sanitizer" : kind;
    }
    if (report.find(": runtime error: ") != std::string::npos) return "undefined-behaviour";
    return {};
}

std::string kind_of(int status, const std::string& report) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 65) return "check";
    // The engine's own checks: broken rules (engine/base/rules.def), assertions, the heap verifier.
    if (report.find("heddle: broken rule ") != std::string::npos) return "rule";
    if (report.starts_with("heddle: ") || report.find("\nheddle: ") != std::string::npos) return "assertion";
    if (std::string kind = sanitizer_kind(report); !kind.empty()) return kind;
    if (WIFSIGNALED(status)) return std::string("crash-") + sigabbrev_np(WTERMSIG(status));
    return fmt::format("exit-{}", WEXITSTATUS(status));
}

} // namespace

// Returns as soon as the process has ended, or after so many milliseconds.
static void wait_for_end(pid_t process, int milliseconds) {
    int file = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
    if (file < 0) {
        usleep(static_cast<useconds_t>(milliseconds) * 1000);
        return;
    }
    pollfd waited{file, POLLIN, 0};
    poll(&waited, 1, milliseconds);
    close(file);
}

BatchOutcome run_batch(const BatchPlan& plan, SharedProgress* progress, void (*tick)(void*), void* tick_argument) {
    for (sync::WindowTable::Entry& entry : progress->windows.entries) entry.inside.store_relaxed(0);
    std::memset(&progress->stacks, 0, sizeof progress->stacks);
    int diagnostics = memfd_create("report", MFD_CLOEXEC);
    if (diagnostics < 0) throw std::runtime_error("no file for a batch's report");
    std::fflush(nullptr);
    pid_t process = fork();
    if (process < 0) throw std::runtime_error(fmt::format("no process for a batch: {}", std::strerror(errno)));
    if (process == 0) {
        dup2(diagnostics, 2);
        dup2(diagnostics, 1);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        install_stack_recorder(&progress->stacks, !sanitizer_reports_crashes());
        run_iterations(plan, progress);
        _exit(0);
    }

    BatchOutcome outcome;
    uint64_t seen = __atomic_load_n(&progress->iterations, __ATOMIC_RELAXED);
    auto moved = SteadyClock::now();
    int status = 0;
    for (;;) {
        pid_t ended = waitpid(process, &status, WNOHANG);
        if (ended == process) break;
        if (ended < 0 && errno != EINTR) throw std::runtime_error("lost a batch's process");
        tick(tick_argument);
        wait_for_end(process, 20);
        uint64_t now_seen = __atomic_load_n(&progress->iterations, __ATOMIC_RELAXED);
        auto now = SteadyClock::now();
        if (now_seen != seen) {
            seen = now_seen;
            moved = now;
        } else if (now - moved > std::chrono::duration<double>(plan.hang_seconds)) {
            outcome.kind = "hang";
            std::string stacks = collect_stacks(process, &progress->stacks);
            kill(process, SIGKILL);
            waitpid(process, &status, 0);
            outcome.report = fmt::format("heddle-hunt: hang: no iteration ended for {:.0f} seconds; the stacks were\n\n{}\n{}",
                                         plan.hang_seconds, stacks, read_all(diagnostics));
            close(diagnostics);
            return outcome;
        }
    }
    outcome.report = read_all(diagnostics);
    close(diagnostics);
    outcome.kind = kind_of(status, outcome.report);
    if (outcome.kind.empty()) outcome.report.clear();
    else if (progress->stacks.used != 0) outcome.report += "\n" + format_stacks(progress->stacks);
    return outcome;
}

void run_batch_here(const BatchPlan& plan, SharedProgress* progress) { run_iterations(plan, progress); }

BatchOutcome outcome_from_outside(int status, bool hung, std::string report) {
    BatchOutcome outcome;
    outcome.report = std::move(report);
    outcome.kind = hung ? "hang" : kind_of(status < 0 ? -status : status << 8, outcome.report);
    return outcome;
}

} // namespace stress
