// What the waiter lists ask of whoever runs the agents' event loops, so that Atomics.waitAsync can settle.
#pragma once

#include <cstdint>

namespace heddle {

/// Implemented by the layer of event loops, registered with WaiterLists::set_host before the first agent
/// starts.
///
/// The contract of a loop, on its agent's thread:
///   - sleep no longer than WaiterLists::next_deadline(agent);
///   - when woken, or past the deadline, call WaiterLists::settle_next(agent) as one host task, with the
///   agent's jobs
///     run to the end after each, until it returns false;
///   - stay alive while WaiterLists::pending_async_waits(agent) says that a promise may yet be settled.
class AsyncWaitHost {
public:
    /// A wait of the agent has been notified: its loop must call settle_next. Any thread; no lock of the
    /// engine's buffers is held. An agent that has ended is ignored; one that has not slept yet must not miss
    /// it.
    virtual void wake_agent(uint64_t agent_id) = 0;
    /// The same for every agent, where there was no memory to note which.
    virtual void wake_all_agents() = 0;

protected:
    ~AsyncWaitHost() = default;
};

} // namespace heddle
