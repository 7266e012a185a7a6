#include "threads/agent_thread.h"

#include "threads/cluster.h"
#include "threads/engine.h"

namespace heddle {

AgentThread::State AgentThread::state() const {
    sync::MutexLocker locker(mutex_);
    return state_;
}

uint64_t AgentThread::agent_id() const {
    sync::MutexLocker locker(mutex_);
    return agent_id_;
}

bool AgentThread::terminate_was_asked() const {
    sync::MutexLocker locker(mutex_);
    return terminate_asked_;
}

bool AgentThread::start(bool held) {
    {
        sync::MutexLocker locker(mutex_);
        if (state_ != State::Created || terminate_asked_) return false;
        state_ = State::Starting;
        held_ = held;
    }
    std::shared_ptr<AgentThread> self = shared_from_this();
    Cluster& cluster = Cluster::of(runtime_);
    bool started = cluster.add_thread(self);
    if (started && !thread_.start({.name = options_.agent.name, .stack_size = options_.stack_size}, [this] { run(); })) {
        cluster.remove_thread(this);
        started = false;
    }
    sync::MutexLocker locker(mutex_);
    thread_is_known_ = true;
    if (!started) {
        state_ = State::Ended;
        joined_ = true;
    }
    changed_.notify_all();
    return started;
}

void AgentThread::release() {
    sync::MutexLocker locker(mutex_);
    held_ = false;
    changed_.notify_all();
}

void AgentThread::run() {
    bool wanted;
    {
        sync::MutexLocker locker(mutex_);
        while (held_)
            changed_.wait(mutex_);
        thread_record_ = &sync::current_thread();
        wanted = !terminate_asked_;
    }
    if (wanted) run_agent();
    body_ = nullptr;
    if (finish_) finish_();
    finish_ = nullptr;
    sync::MutexLocker locker(mutex_);
    state_ = State::Ended;
    changed_.notify_all();
}

void AgentThread::run_agent() {
    AgentHost host(runtime_, options_.agent, options_.library);
    if (host.has_agent()) {
        Agent& agent = host.agent();
        {
            sync::MutexLocker locker(mutex_);
            agent_id_ = agent.id();
            state_ = State::Running;
            // From here on both go through the cluster.
            if (terminate_asked_) agent.request_interrupt(kInterruptTerminate);
            if (stop_asked_) EventLoop::of(agent).queue()->ask_to_stop();
        }
        {
            Request request(agent);
            body_(host);
            // The agent goes: what is pending is nobody's any more.
            if (agent.is_terminating()) agent.clear_termination();
            else if (agent.has_exception()) agent.take_exception();
        }
    }
    sync::MutexLocker locker(mutex_);
    state_ = State::Ending;
}

void AgentThread::ask_to_stop() {
    uint64_t agent_id;
    {
        sync::MutexLocker locker(mutex_);
        stop_asked_ = true;
        agent_id = agent_id_;
    }
    if (agent_id != 0) Cluster::of(runtime_).ask_to_stop(agent_id);
}

void AgentThread::terminate() {
    uint64_t agent_id;
    {
        sync::MutexLocker locker(mutex_);
        terminate_asked_ = true;
        agent_id = agent_id_;
    }
    if (agent_id != 0) Cluster::of(runtime_).terminate(agent_id);
}

bool AgentThread::wait_until_ended(sync::MonotonicTime deadline) {
    sync::MutexLocker locker(mutex_);
    while (state_ != State::Ended) {
        if (state_ == State::Created && terminate_asked_) return true;
        if (changed_.wait_until(mutex_, deadline) == sync::WaitOutcome::TimedOut) return state_ == State::Ended;
    }
    return true;
}

bool AgentThread::join() {
    {
        sync::MutexLocker locker(mutex_);
        if (state_ == State::Created) return false;
        if (thread_record_ == &sync::current_thread()) return false;
        while (!thread_is_known_ || (joining_ && !joined_))
            changed_.wait(mutex_);
        if (joined_) return true;
        joining_ = true;
    }
    thread_.join();
    Cluster::of(runtime_).remove_thread(this);
    sync::MutexLocker locker(mutex_);
    joined_ = true;
    changed_.notify_all();
    return true;
}

} // namespace heddle
