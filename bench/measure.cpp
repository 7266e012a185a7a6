// heddle-measure LIMIT COMMAND...: runs a command and writes to descriptor 3 its nanoseconds, its peak of
// resident memory in KiB and its wait status. A program of its own, because a child's peak begins at that of
// who forked it.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
pid_t child = 0;
long long now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}
} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "heddle-measure: expected a limit in seconds and a command\n");
        return 2;
    }
    long long begin = now();
    child = vfork();
    if (child == 0) {
        close(3);
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0) {
        std::perror("heddle-measure: cannot start a process");
        return 2;
    }
    // An alarm is the limit: the handler does nothing but kill.
    struct sigaction action = {};
    action.sa_handler = [](int) { kill(child, SIGKILL); };
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, nullptr);
    alarm(static_cast<unsigned>(std::atoi(argv[1])));
    int status = 0;
    rusage usage{};
    if (wait4(child, &status, 0, &usage) != child) {
        std::perror("heddle-measure: cannot wait");
        return 2;
    }
    dprintf(3, "%lld %ld %d\n", now() - begin, usage.ru_maxrss, status);
    return 0;
}
