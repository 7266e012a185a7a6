// A process in which runs repeat and sanitizers report as hunts expect.
#pragma once

namespace stress {

/// First thing in main(): switches off address randomization and lazy binding, sets the sanitizers' options, and runs the
/// program again where that has not been done; returns in the process in which it has. `arguments` as in main().
void run_again_prepared(char** arguments);

} // namespace stress
