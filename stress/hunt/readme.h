// The table of stress/README.md: for each shape of the catalogue the scenarios that would notice it and by what, or why it
// cannot occur.
#pragma once

#include <filesystem>
#include <string>

namespace stress {

/// What stands between the two marker lines of the file.
std::string catalogue_table();
/// True when the file's table is that; else says what differs on stderr. With `write` puts it there.
bool check_readme(const std::filesystem::path& file, bool write);

} // namespace stress
