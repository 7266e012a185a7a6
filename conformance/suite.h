// The suite on this machine: where test262 lies (unpacking it when only the archive is there), which files a run is
// about, and which of them are skipped for which reason.
#pragma once

#include "conformance/frontmatter.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace conformance {

/// Finds test262: TEST262_DIR, else the cache folder, else unpacks the archive named by TEST262_ARCHIVE or lying in
/// ../shared/test262 beside the source tree. Nothing when there is none; `searched` then says where it looked.
std::optional<std::filesystem::path> find_suite(const std::filesystem::path& source_folder, std::string& searched);

/// A path of the suite and which part of its files is meant.
struct Selection {
    std::string path;
    /// Every how-manieth file, in path order; 1 is all.
    int every = 1;
};

/// Reads a list of selections: `PATH` or `PATH every N` a line, # starts a comment.
std::vector<Selection> read_selections(const std::filesystem::path& file);

/// The test files of the selections as paths from the suite's folder, sorted, without fixtures. An unknown path throws
/// std::runtime_error naming what exists beside it.
std::vector<std::string> list_files(const std::filesystem::path& suite, const std::vector<Selection>& selections);

/// What is not run, and why: features and folders from skipped.txt.
class SkipList {
public:
    /// Lines `feature NAME: reason` and `folder PATH: reason`; # starts a comment.
    explicit SkipList(const std::filesystem::path& file);
    /// The reason why the file is skipped, or null.
    const std::string* reason(const std::string& path, const Frontmatter& frontmatter) const;

private:
    std::map<std::string, std::string> features_;
    std::map<std::string, std::string> folders_;
};

std::string read_file(const std::filesystem::path& file);

} // namespace conformance
