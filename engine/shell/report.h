// What the shell says about an exception that nobody caught.
#pragma once

#include "runtime/agent.h"

#include <string>

namespace heddle::shell {

/// The place, the source line with a caret, and the value inspected: message, stack, own properties, chain of
/// causes. Runs no user code. `prefix` goes before the value; without one, values that are no errors are
/// marked as uncaught.
std::string describe_exception(Agent&, Value exception, std::string_view prefix = {});
/// The line and below it a caret under the column (1-based, in code units). Empty when the text is not known.
std::string source_line(Agent&, const std::string& file, uint32_t line, uint32_t column);
/// "Name: message" of an error object or the display of any other value; no user code.
std::string exception_headline(Agent&, Value exception);
/// The name of the object's constructor, as test262 asks for it; empty without one. Runs user code.
std::string constructor_name(Agent&, Object*);
/// What print shows: ToString, or the text of the exception it throws.
std::string to_printable(Agent&, Value);

} // namespace heddle::shell
