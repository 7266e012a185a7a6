// setTimeout, setInterval, clearTimeout, clearInterval (HTML 8.6) and queueMicrotask (HTML 8.7).
#pragma once

#include "runtime/agent.h"

namespace heddle {

/// Throws RangeError when as many timers wait as an agent may have.
Fallible<void> ensure_room_for_timer(Agent&);

Result<Value> set_timeout(Agent&, const Arguments&);
Result<Value> set_interval(Agent&, const Arguments&);
Result<Value> clear_timer(Agent&, const Arguments&);
Result<Value> queue_microtask(Agent&, const Arguments&);

} // namespace heddle
