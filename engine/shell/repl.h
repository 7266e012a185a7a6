// A session: reads inputs from a terminal, evaluates them in one realm that goes on, prints what they give.
#pragma once

#include "runtime/agent.h"
#include "shell/interrupts.h"

namespace heddle {
class RejectionTracker;
}

namespace heddle::shell {


/// Until .exit or the end of input. The caller is inside a request of the agent. Returns the exit status.
int run_repl(Agent&, Realm&, InterruptWatcher&, RejectionTracker&);

} // namespace heddle::shell
