// Reading whole files.
#include "shell/files.h"

#include <cstdio>

namespace heddle::shell {

std::optional<std::string> read_file(const std::string& name) {
    // By hand: a stream throws when it reads from a folder.
    std::FILE* file = name == "-" ? stdin : std::fopen(name.c_str(), "rb");
    if (!file) return {};
    std::string text;
    char chunk[65536];
    for (size_t got; (got = std::fread(chunk, 1, sizeof chunk, file)) > 0;)
        text.append(chunk, got);
    bool failed = std::ferror(file) != 0;
    if (file != stdin) std::fclose(file);
    if (failed) return {};
    return text;
}

} // namespace heddle::shell
