// AgentThread: an agent on a thread of its own, from its creation to the end of its thread. Workers and the agents of
// test262 are made of it, and hosts may make their own.
#pragma once

#include "runtime/runtime.h"
#include "sync/condition_variable.h"
#include "sync/thread.h"
#include "threads/engine.h"

#include <functional>
#include <memory>

namespace heddle {

/// Every method may be called from any thread, in any order, any number of times.
///
///            start            the agent is there        body has returned        agent gone
///   Created ------> Starting -------------------> Running ---------------> Ending ---------> Ended
///
/// The cluster refers to a thread from start until it has been joined; a thread that was never joined is when its parent
/// agent, or else the Runtime, ends.
class AgentThread : public std::enable_shared_from_this<AgentThread> {
public:
    enum class State : uint8_t { Created, Starting, Running, Ending, Ended };
    struct Options {
        AgentOptions agent;
        /// Of the thread's stack, in bytes.
        size_t stack_size = size_t{8} << 20;
        /// The library of the agent's realm; null: the Runtime's.
        const IntrinsicTable* library = nullptr;
        /// The agent whose end ends this one; zero: none.
        uint64_t parent_agent_id = 0;
    };
    /// What the agent does, inside a request; terminated or not, the agent is destroyed afterwards. The host's realm is
    /// null when the memory limit does not hold one.
    using Body = std::move_only_function<void(AgentHost&)>;
    /// Called on the thread once the agent is gone; also when it never came to be: terminated first, or without memory for it.
    using Finish = std::move_only_function<void()>;

    /// Of a few small parts: where memory may be short the caller has asked engine_memory_is_at_hand().
    static std::shared_ptr<AgentThread> create(Runtime& runtime, Options options, Body body, Finish finish = {}) {
        return std::shared_ptr<AgentThread>(new AgentThread(runtime, std::move(options), std::move(body), std::move(finish)));
    }
    AgentThread(const AgentThread&) = delete;

    const Options& options() const { return options_; }
    State state() const;
    /// Zero before the agent is there.
    uint64_t agent_id() const;

    /// False when the system has no thread, when it was started or terminated before, or when the Runtime is ending. `held`:
    /// nothing happens on the thread before release(), which must follow.
    bool start(bool held = false);
    void release();
    /// The event loop ends after the task under way.
    void ask_to_stop();
    /// The agent unwinds, whatever it does; no script can catch it. Before start: it will never start.
    void terminate();
    bool terminate_was_asked() const;
    /// Waits until the agent is gone, or the deadline. Whether it is gone. Outside any request.
    bool wait_until_ended(sync::MonotonicTime deadline = sync::MonotonicTime::never());
    /// Waits until the thread is gone as well. False on the thread itself, and when it never started. Outside any
    /// request.
    bool join();

private:
    AgentThread(Runtime& runtime, Options options, Body body, Finish finish)
        : runtime_(runtime), options_(std::move(options)), body_(std::move(body)), finish_(std::move(finish)) {}
    void run();
    void run_agent();

    Runtime& runtime_;
    const Options options_;
    Body body_;
    Finish finish_;
    mutable sync::Mutex mutex_{sync::Rank::AgentLifetime};
    sync::ConditionVariable changed_;
    State state_ HEDDLE_GUARDED_BY(mutex_) = State::Created;
    uint64_t agent_id_ HEDDLE_GUARDED_BY(mutex_) = 0;
    const void* thread_record_ HEDDLE_GUARDED_BY(mutex_) = nullptr;
    bool terminate_asked_ HEDDLE_GUARDED_BY(mutex_) = false;
    bool held_ HEDDLE_GUARDED_BY(mutex_) = false;
    bool stop_asked_ HEDDLE_GUARDED_BY(mutex_) = false;
    bool thread_is_known_ HEDDLE_GUARDED_BY(mutex_) = false; // start has returned from the system
    bool joining_ HEDDLE_GUARDED_BY(mutex_) = false;
    bool joined_ HEDDLE_GUARDED_BY(mutex_) = false;
    sync::Thread thread_;
};

} // namespace heddle
