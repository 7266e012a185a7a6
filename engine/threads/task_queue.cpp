// Posting to an event loop from any thread, and telling it, or its host, that there is something.
#include "threads/task_queue.h"

#include "base/fault.h"
#include "sync/host_wait.h"

#include <memory>
#include <sys/eventfd.h>
#include <unistd.h>

namespace heddle {

TaskQueue::~TaskQueue() {
#ifdef HEDDLE_CHECKED
    HEDDLE_RULE(Unbalanced, task_count_ == 0, this, "a task queue ends with %zu tasks that were accepted and neither run nor dropped",
                task_count_);
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

bool TaskQueue::post(Task&& task) {
    check_alive("posted to");
    HostSignal host;
    std::unique_ptr<Waiting> waiting(new_or_null<Waiting>()); // made, and freed when refused, without the lock
    if (!waiting) return false;
    {
        sync::MutexLocker locker(mutex_);
        if (closed_) return false;
        waiting->task = std::move(task);
        (last_task_ ? last_task_->next : first_task_) = waiting.get();
        last_task_ = waiting.release();
        ++task_count_;
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
        if (!news_.ports.push_back(port)) news_.some_are_lost = true;
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
    return task_count_;
}

bool TaskQueue::is_closed() const {
    sync::MutexLocker locker(mutex_);
    return closed_;
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
    std::unique_ptr<Waiting> taken; // freed without the lock
    sync::MutexLocker locker(mutex_);
    check_open("a task is taken from");
    if (!first_task_) return false;
    taken.reset(first_task_);
    first_task_ = taken->next;
    if (!first_task_) last_task_ = nullptr;
    --task_count_;
    task = std::move(taken->task);
    return true;
}

void TaskQueue::take_ports(PortNews& news) {
    HEDDLE_ASSERT(news.ports.empty() && !news.some_are_lost);
    sync::MutexLocker locker(mutex_);
    check_open("messages are taken in");
    std::swap(news, news_);
}

bool TaskQueue::take_news() {
    sync::MutexLocker locker(mutex_);
    return std::exchange(woken_, false) || has_news();
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
        if (has_news()) host = take_host_signal();
    }
    host.send();
}

bool TaskQueue::has_host() const {
    sync::MutexLocker locker(mutex_);
    return host_.callback || host_.descriptor >= 0;
}

void TaskQueue::close() {
    Waiting* dropped; // after the lock: what a task owns may post
    {
        sync::MutexLocker locker(mutex_);
        closed_ = true;
        dropped = std::exchange(first_task_, nullptr);
        last_task_ = nullptr;
        task_count_ = 0;
        news_.clear();
        host_.callback = nullptr;
    }
    while (dropped)
        delete std::exchange(dropped, dropped->next);
}

} // namespace heddle
