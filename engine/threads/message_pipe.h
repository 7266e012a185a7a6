// MessagePipe: what lies between two entangled ports (HTML 9.4.3): two queues of messages, off every heap, owned by
// nobody's agent. Its ends belong to ports, to workers, or to messages in which a port is on its way.
//
// Sending takes the pipe's mutex, and wakes the receiver's event loop only when the receiver has not been told yet: a
// receiver takes all that waits at once and is told again from then on.
#pragma once

#include "clone/message.h"
#include "sync/mutex.h"
#include "threads/task_queue.h"

#include <memory>

namespace heddle {

class MessagePipe;
class PipeRegistry;

/// How much may wait in one direction of a pipe before a sender is refused, or waits.
struct MessageLimits {
    uint64_t messages = uint64_t{1} << 22;
    uint64_t bytes = uint64_t{4} << 30;
    /// A full queue blocks postMessage until there is room, instead of throwing QuotaExceededError. For agents that may
    /// block (AgentOptions::can_block); a receiver on the sender's own thread would never make room, so there it throws.
    bool blocks = false;
};

/// One thing that goes through a pipe.
struct PipeItem {
    enum class Kind : uint8_t {
        Message,
        Error, // of a worker: an array, see threads/worker_scope.cpp
        Exit,  // of a worker: nothing follows
    };
    PipeItem* next = nullptr;
    Kind kind = Kind::Message;
    int32_t status = 0;        // of Exit
    bool error_untold = false; // of Exit: an error had no memory to be sent as an item of its own
    CloneMessage message;
};

/// A list of items, first in, first out. Owns them.
class PipeItems {
public:
    PipeItems() = default;
    PipeItems(PipeItems&& other) noexcept { swap(other); }
    PipeItems& operator=(PipeItems&&) = delete;
    ~PipeItems() { HEDDLE_ASSERT(!first_); }
    void swap(PipeItems& other) noexcept {
        std::swap(first_, other.first_);
        std::swap(last_, other.last_);
        std::swap(count_, other.count_);
        std::swap(bytes_, other.bytes_);
    }
    bool empty() const { return !first_; }
    size_t count() const { return count_; }
    size_t bytes() const { return bytes_; }
    void push_back(PipeItem*);
    /// Null when empty.
    PipeItem* pop_front();
    /// What is in `later` goes behind what is here; `later` is empty afterwards.
    void append(PipeItems& later);

private:
    PipeItem* first_ = nullptr;
    PipeItem* last_ = nullptr;
    size_t count_ = 0;
    size_t bytes_ = 0;
};

/// The right to send into and receive from one side of a pipe. Movable between threads, used by one at a time.
/// Destroying it closes the side.
class PipeEnd {
public:
    PipeEnd() = default;
    PipeEnd(PipeEnd&& other) noexcept : pipe_(std::exchange(other.pipe_, nullptr)), side_(other.side_) {}
    PipeEnd& operator=(PipeEnd&& other) noexcept {
        std::swap(pipe_, other.pipe_);
        std::swap(side_, other.side_);
        return *this;
    }
    ~PipeEnd() { close(); }
    explicit operator bool() const { return pipe_ != nullptr; }
    bool is_entangled_with(const PipeEnd& other) const { return pipe_ && pipe_ == other.pipe_ && side_ != other.side_; }

    /// Whether the other side still takes messages.
    bool peer_is_open() const;
    /// Whether what waits at the other side has reached the limits.
    bool is_full() const;
    /// Blocks until it has not, `interrupted` says so, or the other side has closed. The thread is outside its request.
    /// `waker`: the sleeping agent's queue.
    void wait_for_room(const TaskQueueRef& waker, bool (*interrupted)(const Agent&), const Agent&) const;
    /// Takes over the item; dropped when the other side is closed. Whether the queue is full now.
    bool send(PipeItem*) const;

    /// From now on `queue` is told of messages, as the port of this number.
    void attach(const TaskQueueRef& queue, uint64_t port) const;
    /// Nobody is told any more. `unread` goes back to the front of the queue.
    void detach(PipeItems& unread) const;
    /// Appends all that waits; true when the other side has closed, so that nothing follows.
    bool take(PipeItems& items) const;
    /// Messages that wait to be taken here.
    size_t waiting_count() const;
    /// Of both directions, from the next message on. A sender that waits for room looks again.
    void set_limits(const MessageLimits&) const;
    MessageLimits limits() const;
    /// Whether the other side's messages are received by `queue`'s agent.
    bool peer_is_received_by(const TaskQueueRef& queue) const;
    void close();

private:
    friend class PipeRegistry;
    void check_use(const char* what) const;
    PipeEnd(MessagePipe* pipe, uint8_t side) : pipe_(pipe), side_(side) {}
    MessagePipe* pipe_ = nullptr;
    uint8_t side_ = 0;
};

/// The pipes of a cluster. Any thread.
class PipeRegistry : public std::enable_shared_from_this<PipeRegistry> {
public:
    PipeRegistry() = default;
    ~PipeRegistry();
    PipeRegistry(const PipeRegistry&) = delete;

    /// Two ends of a new pipe; both empty when there is no memory.
    std::pair<PipeEnd, PipeEnd> create_pipe();
    /// For pipes made from now on.
    void set_limits(const MessageLimits&);
    MessageLimits limits() const;
    /// Destroys items, those that they hold in turn not by recursion.
    void drop(PipeItems& items);
    /// Drops every message that waits, and with it the ports that only messages hold.
    void drop_all();

    struct Counts {
        size_t open_ends = 0;
        size_t messages = 0;
    };
    Counts counts() const;

private:
    friend class MessagePipe;
    mutable sync::Mutex mutex_{sync::Rank::Pipes};
    MessagePipe* first_ HEDDLE_GUARDED_BY(mutex_) = nullptr;
    MessageLimits limits_ HEDDLE_GUARDED_BY(mutex_);
    PipeItems dropped_ HEDDLE_GUARDED_BY(mutex_);
    bool dropping_ HEDDLE_GUARDED_BY(mutex_) = false;
};

} // namespace heddle
