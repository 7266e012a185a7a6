// Checks that code is well formed: what the interpreter relies on without looking.
#pragma once

#include "bytecode/code.h"

#include <string>

namespace heddle {

/// Empty when `code` (not its inner functions) is sound; else what is wrong, with the pc.
std::string verify(const Code& code);

} // namespace heddle
