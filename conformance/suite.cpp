// Finding, unpacking and listing test262.
#include "conformance/suite.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace conformance {

namespace {

bool is_suite(const fs::path& folder) { return fs::is_directory(folder / "harness") && fs::is_directory(folder / "test"); }

// Into a folder beside the final one, then renamed: two runs at once see all of the suite or none of it.
bool unpack(const fs::path& archive, const fs::path& target) {
    fs::path partial = target;
    partial += fmt::format(".partial-{}", getpid());
    fs::create_directories(partial);
    fmt::print(stderr, "unpacking {} to {}\n", archive.string(), target.string());
    pid_t child = fork();
    if (child == 0) {
        execlp("tar", "tar", "--extract", "--xz", "--file", archive.c_str(), "--directory", partial.c_str(), nullptr);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    std::error_code error;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && is_suite(partial)) {
        if (fs::exists(target) && !is_suite(target)) fs::remove_all(target, error);
        fs::rename(partial, target, error);
    }
    fs::remove_all(partial, error);
    return is_suite(target);
}

} // namespace

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

std::optional<fs::path> find_suite(const fs::path& source_folder, std::string& searched) {
    if (const char* given = std::getenv("TEST262_DIR")) {
        if (is_suite(given)) return fs::absolute(given);
        searched = fmt::format("TEST262_DIR is {}, which has no folders harness and test", given);
        return std::nullopt;
    }
    fs::path cache;
    if (const char* home = std::getenv("XDG_CACHE_HOME"); home && *home) cache = home;
    else if (const char* user = std::getenv("HOME"); user && *user) cache = fs::path(user) / ".cache";
    else cache = fs::temp_directory_path();
    cache /= "heddle";
    if (is_suite(cache)) return cache;
    fs::path unpacked = cache / "test262";
    if (is_suite(unpacked)) return unpacked;
    fs::path archive = source_folder / ".." / "shared" / "test262" / "test262.tar.xz";
    if (const char* given = std::getenv("TEST262_ARCHIVE")) archive = given;
    if (fs::exists(archive) && unpack(archive, unpacked)) return unpacked;
    searched = fmt::format("looked in {} and for the archive {}", cache.string(), archive.lexically_normal().string());
    return std::nullopt;
}

std::vector<Selection> read_selections(const fs::path& file) {
    std::vector<Selection> selections;
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        Selection selection;
        std::string word;
        if (!(words >> selection.path)) continue;
        if (words >> word && (word != "every" || !(words >> selection.every) || selection.every < 1))
            throw std::runtime_error(fmt::format("{}: '{}' is no 'PATH' or 'PATH every N'", file.string(), line));
        selections.push_back(selection);
    }
    return selections;
}

std::vector<std::string> list_files(const fs::path& suite, const std::vector<Selection>& selections) {
    std::set<std::string> files;
    auto is_test = [](const fs::path& file) {
        return file.extension() == ".js" && file.filename().string().find("_FIXTURE") == std::string::npos;
    };
    for (const Selection& selection : selections) {
        fs::path given(selection.path);
        fs::path target;
        for (const fs::path& candidate : {suite / given, suite / "test" / given, fs::absolute(given)}) {
            if (fs::exists(candidate)) {
                target = candidate.lexically_normal();
                break;
            }
        }
        std::string relative = target.empty() ? ".." : target.lexically_relative(suite).generic_string();
        if (relative.starts_with("..")) {
            fs::path parent = suite / given;
            while (!fs::is_directory(parent) && parent != suite) parent = parent.parent_path();
            if (parent == suite) parent = suite / "test";
            std::string there;
            std::set<std::string> names;
            for (const auto& entry : fs::directory_iterator(parent)) names.insert(entry.path().filename().string());
            for (const std::string& name : names) {
                if (there.size() > 400) {
                    there += " ...";
                    break;
                }
                there += ' ' + name;
            }
            throw std::runtime_error(fmt::format("test262 has no '{}'; in {} there are:{}", selection.path,
                                                 parent.lexically_relative(suite).generic_string(), there));
        }
        if (fs::is_regular_file(target)) {
            files.insert(relative);
            continue;
        }
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(target)) {
            if (entry.is_regular_file() && is_test(entry.path()))
                found.push_back(entry.path().lexically_relative(suite).generic_string());
        }
        std::sort(found.begin(), found.end());
        for (size_t i = 0; i < found.size(); i += static_cast<size_t>(selection.every)) files.insert(found[i]);
    }
    std::erase_if(files, [](const std::string& file) { return !file.starts_with("test/"); });
    return {files.begin(), files.end()};
}

SkipList::SkipList(const fs::path& file) {
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        size_t space = line.find(' ');
        size_t colon = line.find(": ");
        std::string kind = line.substr(0, space);
        if (colon == std::string::npos || (kind != "feature" && kind != "folder"))
            throw std::runtime_error(
                fmt::format("{}: '{}' is neither 'feature NAME: reason' nor 'folder PATH: reason'", file.string(), line));
        std::string name = line.substr(space + 1, colon - space - 1);
        (kind == "feature" ? features_ : folders_)[name] = line.substr(colon + 2);
    }
}

const std::string* SkipList::reason(const std::string& path, const Frontmatter& frontmatter) const {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        auto found = folders_.find(path.substr(0, slash));
        if (found != folders_.end()) return &found->second;
    }
    for (const std::string& feature : frontmatter.features) {
        auto found = features_.find(feature);
        if (found != features_.end()) return &found->second;
    }
    return nullptr;
}

} // namespace conformance
