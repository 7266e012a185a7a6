// What a run found out: counts by folder, failures, agreement with the expectations; as a table and as JSON.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace conformance {

struct Counts {
    int files = 0;
    int pass = 0;
    int fail = 0;
    int skip = 0;
};

struct FileResult {
    std::string path;
    /// The reason, when skipped.
    std::string skip_reason;
    int variants = 0;
    /// One line for each variant that failed: `mode: what is wrong`.
    std::vector<std::string> failures;

    bool skipped() const { return !skip_reason.empty(); }
    bool passed() const { return !skipped() && failures.empty(); }
};

struct Report {
    Counts total;
    int variants = 0;
    int sanitizer_reports = 0;
    /// Every folder from `test` down, by path.
    std::map<std::string, Counts> folders;
    std::map<std::string, int> skip_reasons;

    explicit Report(const std::vector<FileResult>&);

    /// A line for each folder down to `depth` below test/, with denominators.
    void print(int depth) const;
    /// {files, pass, fail, skip, variants, folders: {path: {files, pass, fail, skip}}}, counted in files.
    void write_json(const std::filesystem::path&) const;
};

/// The files that are known to fail. A file that fails without standing here is a regression, one that passes although
/// it stands here an unexpected pass; both are surprises.
class Expectations {
public:
    explicit Expectations(std::filesystem::path file);

    bool expects_failure(const std::string& path) const { return failing_.contains(path); }
    struct Surprises {
        std::vector<std::string> regressions;
        std::vector<std::string> unexpected_passes;
        size_t count() const { return regressions.size() + unexpected_passes.size(); }
    };
    Surprises compare(const std::vector<FileResult>&) const;
    /// Takes over the results of the files that were run; the others stay as they are.
    void update(const std::vector<FileResult>&);

private:
    std::filesystem::path file_;
    std::set<std::string> failing_;
};

} // namespace conformance
