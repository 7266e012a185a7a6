// TaskQueue: the half of an event loop that other threads see: tasks, ports with news, wake-ups and what keeps the loop
// alive. It may outlive its loop; then it is closed and refuses everything.
#pragma once

#include "base/growable_array.h"
#include "base/rules.h"
#include "runtime/agent.h"
#include "sync/mutex.h"
#include "sync/parker.h"

#include <functional>
#include <utility>

namespace heddle {

class TaskQueue;

/// A counted reference to a task queue, or none. Any thread.
class TaskQueueRef {
public:
    TaskQueueRef() = default;
    inline explicit TaskQueueRef(TaskQueue* queue);
    inline TaskQueueRef(const TaskQueueRef& other);
    TaskQueueRef(TaskQueueRef&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
    TaskQueueRef& operator=(TaskQueueRef other) noexcept {
        std::swap(queue_, other.queue_);
        return *this;
    }
    inline ~TaskQueueRef();
    TaskQueue* operator->() const { return queue_; }
    TaskQueue* get() const { return queue_; }
    explicit operator bool() const { return queue_ != nullptr; }

private:
    TaskQueue* queue_ = nullptr;
};

class TaskQueue final {
public:
    /// Runs on the agent's thread, inside a request. Off-heap: cells that it needs are in Roots it owns.
    using Task = std::move_only_function<void(Agent&)>;

    static TaskQueueRef create() { return TaskQueueRef(new TaskQueue); }
    TaskQueue(const TaskQueue&) = delete;

    // --- any thread; may be called with mutexes up to rank Ports held, and inside any request ---------------------
    /// Appends a task and wakes the loop. False when the queue is closed, or there is no memory: `task` is as it was.
    bool post(Task&& task);
    bool is_closed() const;
    /// The port of this number has messages to take.
    void post_port(uint64_t port);
    /// Wakes a sleeping loop so that it looks at its agent's interrupt word.
    void wake();
    /// While the count is above zero the loop waits for tasks even when it has none.
    void keep_alive() { keep_alive_.add_relaxed(1); }
    void release_keep_alive();
    /// The loop ends after the task under way. Sticky.
    void ask_to_stop();
    /// Tasks that wait now.
    size_t task_count() const;

    // --- hosts with a loop of their own ---------------------------------------------------------------------------
    /// Called on any thread, without locks of the engine, when the queue had nothing to tell and now has; again only
    /// after the loop has looked (EventLoop::poll). Must not call into the engine except to post.
    using WakeCallback = void (*)(void* data);
    void set_wake_callback(WakeCallback, void* data);
    /// An eventfd that is readable from the same moment on; made at the first call and closed with the queue. -1 when
    /// the system has no more descriptors.
    int wake_descriptor();

    /// Ports that have said post_port.
    struct PortNews {
        GrowableArray<uint64_t> ports;
        bool some_are_lost = false; // there was no memory for them: every port may have news
        void clear() {
            ports.clear();
            some_are_lost = false;
        }
    };

    // --- the loop, on the agent's thread --------------------------------------------------------------------------
    bool take_task(Task&);
    /// The ports that have said post_port since the last time. `news` is empty before.
    void take_ports(PortNews& news);
    bool is_kept_alive() const { return keep_alive_.load_acquire() != 0; }
    bool stop_is_asked() const { return stop_.load_acquire() != 0; }
    /// True when there is something to look at; forgets wake-ups.
    bool take_news();
    /// Sleeps until something comes or the deadline has passed (TimedOut). Wakes spuriously too. The thread is outside
    /// its request.
    sync::WaitOutcome sleep_until(sync::MonotonicTime deadline) { return parker_.park_until(deadline); }
    /// Something has come since sleep_until last returned. A hint.
    bool was_woken() const { return parker_.has_permit(); }
    /// What comes from now on signals the host again.
    void rearm_host();
    /// A host is told of news: it may bring work that no agent knows of.
    bool has_host() const;
    void close();

private:
    friend class TaskQueueRef;
    TaskQueue() = default;
    ~TaskQueue();
    struct HostSignal {
        WakeCallback callback = nullptr;
        void* data = nullptr;
        int descriptor = -1;
        void send() const;
    };
    /// The object is not freed yet.
    void check_alive([[maybe_unused]] const char* what) const {
#ifdef HEDDLE_CHECKED
        HEDDLE_RULE(QueueAfterEnd, life_ == kAlive, this, "the task queue of an event loop is %s after it was freed", what);
#endif
    }
    /// The loop has not closed it: for what only the loop does.
    void check_open([[maybe_unused]] const char* what) const HEDDLE_REQUIRES(mutex_) {
        HEDDLE_RULE(QueueAfterEnd, !closed_, this, "%s an event loop that has closed", what);
    }
    HostSignal take_host_signal() HEDDLE_REQUIRES(mutex_);
    bool has_news() const HEDDLE_REQUIRES(mutex_) { return first_task_ || !news_.ports.empty() || news_.some_are_lost; }
    void notify(const HostSignal&);

    sync::Counter<uint32_t> references_{0};
    mutable sync::Mutex mutex_{sync::Rank::EventLoop};
    struct Waiting {
        Task task;
        Waiting* next = nullptr;
    };
    // First in, first out.
    Waiting* first_task_ HEDDLE_GUARDED_BY(mutex_) = nullptr;
    Waiting* last_task_ HEDDLE_GUARDED_BY(mutex_) = nullptr;
    size_t task_count_ HEDDLE_GUARDED_BY(mutex_) = 0;
    PortNews news_ HEDDLE_GUARDED_BY(mutex_);
    bool woken_ HEDDLE_GUARDED_BY(mutex_) = false;
    bool closed_ HEDDLE_GUARDED_BY(mutex_) = false;
    bool host_told_ HEDDLE_GUARDED_BY(mutex_) = false;
    HostSignal host_ HEDDLE_GUARDED_BY(mutex_);
    sync::Counter<uint32_t> keep_alive_{0};
    sync::Polled<uint32_t> stop_{0};
    sync::Parker parker_;
#ifdef HEDDLE_CHECKED
    static constexpr uint64_t kAlive = 0x6575657571736b74;
    uint64_t life_ = kAlive;
#endif
};

inline TaskQueueRef::TaskQueueRef(TaskQueue* queue) : queue_(queue) {
    if (queue_) queue_->references_.add_relaxed(1);
}
inline TaskQueueRef::TaskQueueRef(const TaskQueueRef& other) : TaskQueueRef(other.queue_) {}
inline TaskQueueRef::~TaskQueueRef() {
    if (queue_) queue_->check_alive("let go of");
    if (queue_ && queue_->references_.sub_acq_rel(1) == 1) delete queue_;
}

} // namespace heddle
