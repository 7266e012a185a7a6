// Reading whole files.
#pragma once

#include <optional>
#include <string>

namespace heddle::shell {

/// The bytes of a file, or of standard input for "-". Nothing when it cannot be read.
std::optional<std::string> read_file(const std::string& name);

} // namespace heddle::shell
