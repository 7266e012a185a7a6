#include "threads/port_hub.h"

#include "base/fault.h"
#include "threads/cluster.h"
#include "threads/event_target.h"

#include <new>

namespace heddle {

// --- PortReceiver -------------------------------------------------------------------------------------------------

PortReceiver* PortReceiver::create(PortHub& hub, EventTargetObject* owner, PipeEnd&& end) {
    return has_room_for_one_more(hub.receivers_) ? new_or_null<PortReceiver>(hub, owner, std::move(end)) : nullptr;
}

PortReceiver::PortReceiver(PortHub& hub, EventTargetObject* owner, PipeEnd end)
    : hub_(&hub), owner_(owner), end_(std::move(end)), id_(++hub.next_id_) {
    hub.check_use("a port is made in");
    hub.receivers_.emplace(id_, this);
}

PortReceiver::~PortReceiver() { close(); }

void PortReceiver::update() {
    if (!hub_) return;
    bool alive = is_open() && started_ && referenced_ && wanted_;
    if (alive == keeps_alive_) return;
    keeps_alive_ = alive;
    EventLoop& loop = EventLoop::of(hub_->agent_);
    if (alive) loop.keep_alive();
    else loop.release_keep_alive();
}

void PortReceiver::start() {
    if (started_ || !is_open()) return;
    hub_->check_use("a port is started in");
    started_ = true;
    update();
    end_.attach(EventLoop::of(hub_->agent_).queue(), id_);
    if (!batch_.empty() || nothing_follows_) hub_->list(*this);
}

void PortReceiver::set_referenced(bool referenced) {
    referenced_ = referenced;
    update();
}

void PortReceiver::set_wanted(bool wanted) {
    wanted_ = wanted;
    update();
}

PipeItem* PortReceiver::take_now() {
    if (!is_open()) return nullptr;
    if (batch_.empty() && !nothing_follows_) {
        nothing_follows_ = end_.take(batch_);
        if (started_) hub_->list(*this);
    }
    return batch_.pop_front();
}

PipeEnd PortReceiver::release_end() {
    PipeEnd end = std::move(end_);
    if (end) end.detach(batch_);
    close();
    return end;
}

void PortReceiver::close() {
    end_.close();
    if (!hub_) return;
    update();
    PortHub& hub = *std::exchange(hub_, nullptr);
    hub.receivers_.erase(id_);
    if (listed_) hub.unlist(*this);
    if (!batch_.empty()) hub.registry().drop(batch_);
}

// --- PortHub ------------------------------------------------------------------------------------------------------

PortHub::~PortHub() { close(); }

PipeRegistry& PortHub::registry() const { return Cluster::of(agent_.runtime()).pipes(); }

void PortHub::close() {
    closed_ = true;
    while (!receivers_.empty())
        receivers_.begin()->second->close();
}

void PortHub::list(PortReceiver& receiver) {
    if (receiver.listed_) return;
    receiver.listed_ = true;
    receiver.previous_ready_ = last_ready_;
    (last_ready_ ? last_ready_->next_ready_ : first_ready_) = &receiver;
    last_ready_ = &receiver;
}

void PortHub::unlist(PortReceiver& receiver) {
    receiver.listed_ = false;
    (receiver.previous_ready_ ? receiver.previous_ready_->next_ready_ : first_ready_) = receiver.next_ready_;
    (receiver.next_ready_ ? receiver.next_ready_->previous_ready_ : last_ready_) = receiver.previous_ready_;
    receiver.previous_ready_ = receiver.next_ready_ = nullptr;
}

void PortHub::check_use([[maybe_unused]] const char* what) const {
#ifdef HEDDLE_CHECKED
    HEDDLE_RULE(PortAfterEnd, !closed_, this, "%s an agent whose ports have been closed", what);
    agent_.check_affinity("a port is used");
#endif
}

bool PortHub::take_news() {
    EventLoop::of(agent_).queue()->take_ports(news_);
    for (uint64_t id : news_.ports) {
        auto found = receivers_.find(id);
        if (found == receivers_.end()) continue;
        found->second->told_ = true;
        list(*found->second);
    }
    // Any of them may have news: those without are found to have nothing to deliver.
    for (auto receiver = receivers_.begin(); news_.some_are_lost && receiver != receivers_.end(); ++receiver) {
        if (!receiver->second->started_) continue;
        receiver->second->told_ = true;
        list(*receiver->second);
    }
    news_.clear();
    return first_ready_ != nullptr;
}

bool PortHub::deliver_next() {
    check_use("a message is delivered in");
    for (;;) {
        if (!first_ready_ && !take_news()) return false;
        PortReceiver& receiver = *first_ready_;
        unlist(receiver);
        if (receiver.batch_.empty() && !receiver.nothing_follows_) {
            receiver.told_ = false;
            receiver.nothing_follows_ = receiver.end_.take(receiver.batch_);
            take_news();
        }
        EventTargetObject* owner = receiver.owner_;
        RealmScope scope(agent_, owner->realm());
        PipeItem* item = receiver.batch_.pop_front();
        if (!item) {
            if (!receiver.nothing_follows_ || !receiver.is_open()) continue;
            owner->other_side_closed(agent_);
            return true;
        }
        // Ports take turns: with the rest of a batch, with news that it has not looked at, or with the closing to come, it is
        // in line again.
        if (!receiver.batch_.empty() || receiver.nothing_follows_ || receiver.told_) list(receiver);
        // The receiver may be gone after this.
        owner->receive(agent_, item);
        return true;
    }
}

size_t PortHub::message_count() const {
    size_t count = 0;
    for (auto& [id, receiver] : receivers_)
        count += receiver->batch_.count();
    return count;
}

void PortHub::visit_roots(Visitor& visitor) {
    for (auto& [id, receiver] : receivers_) {
        if (receiver->started_ && receiver->wanted_ && !PLANTED(ThreadsUnrootedPort))
            visitor.visit(static_cast<Cell*>(receiver->owner_), "message port");
    }
}

} // namespace heddle
