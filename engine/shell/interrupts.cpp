// Waiting for SIGINT by a descriptor: nothing runs in a signal handler.
#include "shell/interrupts.h"

#include "buffers/waiter_lists.h"
#include "sync/blocking_region.h"
#include "threads/event_loop.h"

#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace heddle::shell {

InterruptWatcher::InterruptWatcher() : mutex_(sync::Rank::Host) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    stop_ = eventfd(0, EFD_CLOEXEC);
}

void InterruptWatcher::watch(Agent& agent) {
    agent_ = &agent;
    // Without a thread the session works, only Ctrl-C does not reach running code.
    (void)thread_.start({.name = "interrupts", .stack_size = 256 * 1024}, [this] { wait_for_signals(); });
}

InterruptWatcher::~InterruptWatcher() {
    uint64_t one = 1;
    (void)!write(stop_, &one, sizeof one);
    if (thread_.joinable()) {
        sync::BlockingRegion region;
        thread_.join();
    }
    close(signals_);
    close(stop_);
}

void InterruptWatcher::wait_for_signals() {
    pollfd waited[2] = {{signals_, POLLIN, 0}, {stop_, POLLIN, 0}};
    for (;;) {
        if (poll(waited, 2, -1) < 0) continue;
        if (waited[1].revents) return;
        signalfd_siginfo info;
        if (read(signals_, &info, sizeof info) != sizeof info) continue;
        pressed_.store_relaxed(1);
        sync::MutexLocker locker(mutex_);
        if (!evaluating_) continue;
        interrupted_ = true;
        agent_->request_interrupt(kInterruptTerminate);
        EventLoop::of(*agent_).wake();
        WaiterLists::of(agent_->runtime()).wake_for_termination(*agent_);
    }
}

void InterruptWatcher::begin_evaluation() {
    sync::MutexLocker locker(mutex_);
    evaluating_ = true;
    interrupted_ = false;
    pressed_.store_relaxed(0);
}

bool InterruptWatcher::end_evaluation() {
    sync::MutexLocker locker(mutex_);
    evaluating_ = false;
    if (!interrupted_) return false;
    interrupted_ = false;
    pressed_.store_relaxed(0);
    // Under the mutex: no further request can come in.
    agent_->clear_termination();
    return true;
}

bool InterruptWatcher::take_pressed() {
    if (pressed_.load_relaxed() == 0) return false;
    pressed_.store_relaxed(0);
    return true;
}

} // namespace heddle::shell
