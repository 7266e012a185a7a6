// `heddle hunt FILE.js`: hands over to the program that runs scripts under the deterministic scheduler.
#pragma once

namespace heddle::shell {

/// `words`: the command line, with "hunt" as its second word. Becomes heddle-schedules of this build, or of
/// the controlled one beside it, or says that there is none (status 2).
[[noreturn]] void become_hunt(char** words);

} // namespace heddle::shell
