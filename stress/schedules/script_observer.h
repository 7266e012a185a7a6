// Where in its script a thread is, for traces and reports of controlled runs.
#pragma once

#include "sync/controlled/run.h"

namespace stress {

/// Hooks for Plan::observer that ask the agent's interpreter.
heddle::sync::controlled::Observer script_observer();

} // namespace stress
