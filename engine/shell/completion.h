// Names that may stand at the end of a line: globals, and properties after a dot. Never runs user code.
#pragma once

#include "runtime/agent.h"
#include "shell/line_editor.h"

namespace heddle::shell {

Completions complete_line(Agent&, Realm&, const std::string& line_before_cursor);

} // namespace heddle::shell
