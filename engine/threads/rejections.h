// Promises that were rejected while nobody handled them: reported once the jobs of a turn of the event loop
// have run.
#pragma once

#include "runtime/promise.h"

namespace heddle {

/// Takes no memory for what it tracks: the promises are linked through themselves.
class RejectionTracker {
public:
    /// Reports go to the agent's uncaught handler by way of `report`. Installs itself; lives as long as the
    /// agent runs code.
    using Report = void (*)(Agent&, Value reason);
    RejectionTracker(Agent&, Report report);
    ~RejectionTracker();
    RejectionTracker(const RejectionTracker&) = delete;
    /// Reports what is still unhandled, in the order of the rejections. The agent's jobs have run.
    void report_all();

private:
    static void track(Agent&, Object* promise, Agent::RejectionOperation, void* data);

    Agent& agent_;
    Report report_;
    Root<Promise> first_;
    Root<Promise> last_;
    bool check_posted_ = false;
};

} // namespace heddle
