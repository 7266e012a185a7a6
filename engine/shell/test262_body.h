// How one test262 test is evaluated, in the process that the server forked for it.
#pragma once

#include "shell/test262_server.h"

namespace heddle::shell {

/// `options` is an AgentOptions.
TestOutcome run_test262_body(const TestRequest&, PrintSink&, const void* options);

} // namespace heddle::shell
