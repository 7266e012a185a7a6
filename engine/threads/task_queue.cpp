// Posting to an event loop from any thread, and telling it, or its host, that there is something.
#include "threads/task_queue.h"

#include "sync/host_wait.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace heddle {

TaskQueue::~TaskQueue() {
#ifdef HEDDLE_CHECKED
    HEDDLE_RULE(Unbalanced, tasks_.empty(), this, "a task queue ends with %zu tasks that were accepted and neither run nor dropped",
                tasks_.size());
    *const_cast<volatile uint64_t*>(&life_) = 0;
#endif
    if (host_.descriptor >= 0) ::close(host_.descriptor);
}

void TaskQueue::HostSignal::send() const {
    if (descriptor >= 0) {
        uint64_t one = 1;
        // A full counter is readable already.
        (void)!write(descriptor, &one, sizeof one);
    }
    if (!callback) return;
    sync::announce_host_call();
    callback(data);
}

TaskQueue::HostSignal TaskQueue::take_host_signal() {
    if (host_told_ || (!host_.callback && host_.descriptor < 0)) return {};
    host_told_ = true;
    return host_;
}

void TaskQueue::notify(const HostSignal& host) {
    parker_.unpark();
    host.send();
}

bool TaskQueue::post(Task task) {
    check_alive("posted to");
    HostSignal host;
    {
        sync::MutexLocker locker(mutex_);
        if (closed_) return false;
        tasks_.push_back(std::move(task));
        host = take_host_signal();
    }
    if (!PLANTED(ThreadsPostWithoutWake)) notify(host);
    return true;
}

void TaskQueue::post_port(uint64_t port) {
    check_alive("told of messages");
    HostSignal host;
    {
        sync::MutexLocker locker(mutex_);
        if (closed_) return;
        ports_.push_back(port);
        host = take_host_signal();
    }
    notify(host);
}

void TaskQueue::wake() {
    check_alive("woken");
    HostSignal host;
    {
        sync::MutexLocker locker(mutex_);
        woken_ = true;
        host = take_host_signal();
    }
    notify(host);
}

void TaskQueue::release_keep_alive() {
    check_alive("counted down");
    HEDDLE_RULE(Unbalanced, keep_alive_.load_relaxed() > 0, this, "an event loop is no longer kept alive more often than it was kept alive");
    // The loop may be asleep waiting for exactly this count.
    if (keep_alive_.sub_acq_rel(1) == 1) wake();
}

void TaskQueue::ask_to_stop() {
    stop_.store_release(1);
    wake();
}

size_t TaskQueue::task_count() const {
    sync::MutexLocker locker(mutex_);
    return tasks_.size();
}

void TaskQueue::set_wake_callback(WakeCallback callback, void* data) {
    sync::MutexLocker locker(mutex_);
    host_.callback = callback;
    host_.data = data;
}

int TaskQueue::wake_descriptor() {
    sync::MutexLocker locker(mutex_);
    if (host_.descriptor < 0) {
        host_.descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        host_told_ = false;
    }
    return host_.descriptor;
}

bool TaskQueue::take_task(Task& task) {
    sync::MutexLocker locker(mutex_);
    check_open("a task is taken from");
    if (tasks_.empty()) return false;
    task = std::move(tasks_.front());
    tasks_.pop_front();
    return true;
}

void TaskQueue::take_ports(std::vector<uint64_t>& ports) {
    sync::MutexLocker locker(mutex_);
    check_open("messages are taken in");
    if (ports.empty()) {
        ports.swap(ports_);
        return;
    }
    ports.insert(ports.end(), ports_.begin(), ports_.end());
    ports_.clear();
}

bool TaskQueue::take_news() {
    sync::MutexLocker locker(mutex_);
    return std::exchange(woken_, false) || !tasks_.empty() || !ports_.empty();
}

void TaskQueue::rearm_host() {
    HostSignal host;
    {
        sync::MutexLocker locker(mutex_);
        if (host_.descriptor >= 0 && host_told_) {
            uint64_t count = 0;
            (void)!read(host_.descriptor, &count, sizeof count);
        }
        host_told_ = false;
        // What is left over is news for the next poll.
        if (!tasks_.empty() || !ports_.empty()) host = take_host_signal();
    }
    host.send();
}

bool TaskQueue::has_host() const {
    sync::MutexLocker locker(mutex_);
    return host_.callback || host_.descriptor >= 0;
}

void TaskQueue::close() {
    std::deque<Task> dropped;
    {
        sync::MutexLocker locker(mutex_);
        closed_ = true;
        dropped.swap(tasks_);
        ports_.clear();
        host_.callback = nullptr;
    }
}

} // namespace heddle
