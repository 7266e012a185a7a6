// The metadata at the head of a test262 file: the YAML subset between /*--- and ---*/ that the suite uses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace conformance {

struct Negative {
    /// parse, early (an old name of parse), resolution or runtime; empty: the test is a positive one.
    std::string phase;
    /// The name of the error's constructor.
    std::string type;
};

struct Frontmatter {
    std::vector<std::string> flags;
    std::vector<std::string> includes;
    std::vector<std::string> features;
    Negative negative;

    bool has_flag(std::string_view flag) const;
    bool is_negative() const { return !negative.phase.empty(); }
};

/// Reads the metadata of a test's source. A file without any has none: such files are fixtures or damaged.
bool parse_frontmatter(std::string_view source, Frontmatter& into);

} // namespace conformance
