// Code as text, for tests and for people.
#pragma once

#include "bytecode/code.h"

#include <string>

namespace heddle {

/// One line for each instruction, then the handlers; inner functions follow when `with_inner`.
std::string disassemble(const Code& code, bool with_inner = false);

} // namespace heddle
