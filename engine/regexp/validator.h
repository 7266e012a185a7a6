// The early errors of regular expression literals, as the parser of scripts asks for them.
#pragma once

#include "syntax/parser.h"

namespace heddle {

/// A RegExpValidator; needs no context.
bool validate_regexp(void* context, const AstString& pattern, const AstString& flags, std::string& message);

} // namespace heddle
