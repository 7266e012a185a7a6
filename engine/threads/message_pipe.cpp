#include "threads/message_pipe.h"

#include "base/fault.h"


namespace heddle {

// --- PipeItems ----------------------------------------------------------------------------------------------------

void PipeItems::push_back(PipeItem* item) {
    item->next = nullptr;
    (last_ ? last_->next : first_) = item;
    last_ = item;
    ++count_;
    bytes_ += item->message.size();
}

PipeItem* PipeItems::pop_front() {
    PipeItem* item = first_;
    if (!item) return nullptr;
    first_ = item->next;
    if (!first_) last_ = nullptr;
    --count_;
    bytes_ -= item->message.size();
    item->next = nullptr;
    return item;
}

void PipeItems::append(PipeItems& later) {
    if (later.empty()) return;
    (last_ ? last_->next : first_) = later.first_;
    last_ = later.last_;
    count_ += later.count_;
    bytes_ += later.bytes_;
    later.first_ = later.last_ = nullptr;
    later.count_ = later.bytes_ = 0;
}

// --- MessagePipe --------------------------------------------------------------------------------------------------

class MessagePipe {
public:
    struct Side {
        PipeItems incoming;
        TaskQueueRef receiver; // none: in flight, or not started
        uint64_t port = 0;
        bool told = false; // the receiver knows of what waits
        bool closed = false;
        TaskQueueRef awaits_room; // whoever sends to this side and found it full
    };

    explicit MessagePipe(std::shared_ptr<PipeRegistry> registry) : registry_(std::move(registry)) {
        sync::MutexLocker locker(registry_->mutex_);
        limits_ = registry_->limits_;
        next_ = registry_->first_;
        if (next_) next_->previous_ = this;
        registry_->first_ = this;
    }
    ~MessagePipe() {
#ifdef HEDDLE_CHECKED
        HEDDLE_RULE(Unbalanced, sides_[0].incoming.empty() && sides_[1].incoming.empty(), this,
                    "a message pipe ends with messages that were accepted and neither taken nor dropped");
        *const_cast<volatile uint64_t*>(&life_) = 0;
#endif
        sync::MutexLocker locker(registry_->mutex_);
        (previous_ ? previous_->next_ : registry_->first_) = next_;
        if (next_) next_->previous_ = previous_;
    }
    void release() {
        if (references_.sub_acq_rel(1) == 1) delete this;
    }

    /// Who is to be told that `side` has news; none when it knows.
    TaskQueueRef to_tell(Side& side) HEDDLE_REQUIRES(mutex_) {
        if (side.told || !side.receiver) return {};
        side.told = true;
        return side.receiver;
    }
    bool is_full(const Side& side) const HEDDLE_REQUIRES(mutex_) {
        return !side.closed && (side.incoming.count() >= limits_.messages || side.incoming.bytes() >= limits_.bytes);
    }

    std::shared_ptr<PipeRegistry> registry_;
    MessagePipe* previous_ = nullptr; // guarded by the registry's mutex
    MessagePipe* next_ = nullptr;
    sync::Counter<uint32_t> references_{2};
    sync::Mutex mutex_{sync::Rank::Ports};
    Side sides_[2] HEDDLE_GUARDED_BY(mutex_);
    MessageLimits limits_ HEDDLE_GUARDED_BY(mutex_);
#ifdef HEDDLE_CHECKED
    static constexpr uint64_t kAlive = 0x6567617373656d70;
    uint64_t life_ = kAlive;
#endif
};

// --- PipeEnd ------------------------------------------------------------------------------------------------------

// The end is this thread's: its pipe cannot end meanwhile.
void PipeEnd::check_use([[maybe_unused]] const char* what) const {
#ifdef HEDDLE_CHECKED
    HEDDLE_RULE(PortAfterEnd, pipe_, this, "an end that was closed or given away %s a message pipe", what);
    HEDDLE_RULE(PortAfterEnd, pipe_->life_ == MessagePipe::kAlive, pipe_, "an end %s a message pipe that was freed", what);
#endif
}

bool PipeEnd::peer_is_open() const {
    if (!pipe_) return false;
    sync::MutexLocker locker(pipe_->mutex_);
    return !pipe_->sides_[1 - side_].closed;
}

bool PipeEnd::is_full() const {
    if (!pipe_) return false;
    sync::MutexLocker locker(pipe_->mutex_);
    return pipe_->is_full(pipe_->sides_[1 - side_]);
}

void PipeEnd::wait_for_room(const TaskQueueRef& waker, bool (*interrupted)(const Agent&), const Agent& agent) const {
    check_use("waits for room in");
    for (;;) {
        {
            sync::MutexLocker locker(pipe_->mutex_);
            MessagePipe::Side& peer = pipe_->sides_[1 - side_];
            bool full = pipe_->is_full(peer);
            peer.awaits_room = full ? waker : TaskQueueRef();
            if (!full) return;
        }
        if (interrupted(agent)) return;
        waker->sleep_until(sync::MonotonicTime::never());
    }
}

bool PipeEnd::send(PipeItem* item) const {
    check_use("sends through");
    PipeItems dropped;
    TaskQueueRef told;
    uint64_t port = 0;
    bool full = false;
    if (PLANTED(ThreadsTellsBeforeQueueing)) {
        sync::MutexLocker locker(pipe_->mutex_);
        told = pipe_->to_tell(pipe_->sides_[1 - side_]);
        if (told) told->post_port(pipe_->sides_[1 - side_].port);
        told = {};
    }
    {
        sync::MutexLocker locker(pipe_->mutex_);
        MessagePipe::Side& peer = pipe_->sides_[1 - side_];
        if (peer.closed) {
            dropped.push_back(item);
        } else {
            peer.incoming.push_back(item);
            if (!PLANTED(ThreadsTellsBeforeQueueing)) told = pipe_->to_tell(peer);
            port = peer.port;
            full = pipe_->is_full(peer);
        }
    }
    // Outside the lock, which the receiver takes first thing when it wakes. A port that is gone by then is ignored.
    if (told) told->post_port(port);
    if (!dropped.empty()) pipe_->registry_->drop(dropped);
    return full;
}

void PipeEnd::attach(const TaskQueueRef& queue, uint64_t port) const {
    check_use("is attached to");
    TaskQueueRef told;
    {
        sync::MutexLocker locker(pipe_->mutex_);
        MessagePipe::Side& side = pipe_->sides_[side_];
        side.receiver = queue;
        side.port = port;
        side.told = false;
        if (!side.incoming.empty() || pipe_->sides_[1 - side_].closed) told = pipe_->to_tell(side);
    }
    if (told) told->post_port(port);
}

void PipeEnd::detach(PipeItems& unread) const {
    check_use("is detached from");
    TaskQueueRef former;
    sync::MutexLocker locker(pipe_->mutex_);
    MessagePipe::Side& side = pipe_->sides_[side_];
    former = std::move(side.receiver);
    side.port = 0;
    unread.append(side.incoming);
    side.incoming.swap(unread);
}

bool PipeEnd::take(PipeItems& items) const {
    check_use("takes from");
    TaskQueueRef awaits_room;
    bool nothing_follows;
    {
        sync::MutexLocker locker(pipe_->mutex_);
        MessagePipe::Side& side = pipe_->sides_[side_];
        items.append(side.incoming);
        side.told = false;
        awaits_room = std::move(side.awaits_room);
        nothing_follows = pipe_->sides_[1 - side_].closed;
    }
    if (awaits_room) awaits_room->wake();
    return nothing_follows;
}

size_t PipeEnd::waiting_count() const {
    check_use("counts what waits in");
    sync::MutexLocker locker(pipe_->mutex_);
    return pipe_->sides_[side_].incoming.count();
}

void PipeEnd::set_limits(const MessageLimits& limits) const {
    check_use("limits");
    TaskQueueRef awaits_room[2];
    {
        sync::MutexLocker locker(pipe_->mutex_);
        pipe_->limits_ = limits;
        for (int side = 0; side < 2; ++side)
            awaits_room[side] = std::move(pipe_->sides_[side].awaits_room);
    }
    for (const TaskQueueRef& sender : awaits_room) {
        if (sender) sender->wake();
    }
}

MessageLimits PipeEnd::limits() const {
    check_use("asks for the limits of");
    sync::MutexLocker locker(pipe_->mutex_);
    return pipe_->limits_;
}

bool PipeEnd::peer_is_received_by(const TaskQueueRef& queue) const {
    check_use("asks about the other side of");
    sync::MutexLocker locker(pipe_->mutex_);
    return pipe_->sides_[1 - side_].receiver.get() == queue.get();
}

void PipeEnd::close() {
    MessagePipe* pipe = std::exchange(pipe_, nullptr);
    if (!pipe || PLANTED(ThreadsPortOutlivesOwner)) return;
    PipeItems dropped;
    TaskQueueRef former, told, awaits_room;
    uint64_t port = 0;
    {
        sync::MutexLocker locker(pipe->mutex_);
        MessagePipe::Side& side = pipe->sides_[side_];
        MessagePipe::Side& peer = pipe->sides_[1 - side_];
        HEDDLE_RULE(PortAfterEnd, !side.closed, pipe, "one side of a message pipe is closed twice");
        side.closed = true;
        former = std::move(side.receiver);
        dropped.append(side.incoming);
        awaits_room = std::move(side.awaits_room);
        if (!peer.closed) told = pipe->to_tell(peer);
        port = peer.port;
    }
    if (told) told->post_port(port);
    if (awaits_room) awaits_room->wake();
    std::shared_ptr<PipeRegistry> registry = pipe->registry_;
    pipe->release();
    if (!dropped.empty()) registry->drop(dropped);
}

// --- PipeRegistry -------------------------------------------------------------------------------------------------

PipeRegistry::~PipeRegistry() { HEDDLE_ASSERT(!first_ && dropped_.empty()); }

std::pair<PipeEnd, PipeEnd> PipeRegistry::create_pipe() {
    auto* pipe = new_or_null<MessagePipe>(shared_from_this());
    if (!pipe) return {};
    return {PipeEnd(pipe, 0), PipeEnd(pipe, 1)};
}

void PipeRegistry::set_limits(const MessageLimits& limits) {
    sync::MutexLocker locker(mutex_);
    limits_ = limits;
}

MessageLimits PipeRegistry::limits() const {
    sync::MutexLocker locker(mutex_);
    return limits_;
}

// A message may hold a port, in whose queue messages hold ports, and so on: a chain as long as script likes. Each item
// that is destroyed brings its own back here, to the one thread that is at it.
void PipeRegistry::drop(PipeItems& items) {
    {
        sync::MutexLocker locker(mutex_);
        dropped_.append(items);
        if (dropping_) return;
        dropping_ = true;
    }
    for (;;) {
        PipeItems taken;
        {
            sync::MutexLocker locker(mutex_);
            taken.append(dropped_);
            if (taken.empty()) {
                dropping_ = false;
                return;
            }
        }
        while (PipeItem* item = taken.pop_front())
            delete item;
    }
}

void PipeRegistry::drop_all() {
    PipeItems dropped;
    {
        sync::MutexLocker locker(mutex_);
        for (MessagePipe* pipe = first_; pipe; pipe = pipe->next_) {
            sync::MutexLocker pipe_locker(pipe->mutex_);
            for (MessagePipe::Side& side : pipe->sides_)
                dropped.append(side.incoming);
        }
    }
    drop(dropped);
}

PipeRegistry::Counts PipeRegistry::counts() const {
    Counts counts;
    sync::MutexLocker locker(mutex_);
    counts.messages = dropped_.count();
    for (MessagePipe* pipe = first_; pipe; pipe = pipe->next_) {
        sync::MutexLocker pipe_locker(pipe->mutex_);
        for (MessagePipe::Side& side : pipe->sides_) {
            counts.open_ends += !side.closed;
            counts.messages += side.incoming.count();
        }
    }
    return counts;
}

} // namespace heddle
