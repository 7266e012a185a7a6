// What the shell says about an exception that nobody caught.
#pragma once

#include "runtime/agent.h"

#include <string>

namespace heddle::shell {

/// "Name: message", the source line with a caret, and the stack. Runs user code only to read "stack"-like data
/// properties, never getters. `sources`: finds the text of a file by the name that the engine knows it under.
std::string describe_exception(Agent&, Value exception);
/// "Name: message" of an error object or the display of any other value; no user code.
std::string exception_headline(Agent&, Value exception);
/// The value as console.log shows a primitive or print an object: ToString, or the text of the exception it throws.
std::string to_printable(Agent&, Value);

} // namespace heddle::shell
