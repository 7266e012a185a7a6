// Names of code addresses, by llvm-symbolizer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stress {

/// A place in a program file or shared library.
struct CodePlace {
    std::string module; // path; empty: nowhere
    uint64_t offset = 0;
};

/// "function file:line" for each place, innermost inlined first; none where it is unknown, for all when there is no
/// symbolizer. One process for all of them.
std::vector<std::vector<std::string>> symbolize(const std::vector<CodePlace>& places);
/// The same for addresses in this process, or in a fork of it.
std::vector<std::vector<std::string>> symbolize(const std::vector<uintptr_t>& addresses);

} // namespace stress
