// A failure under control, kept as findings/<key>/: report.txt, the shrunk schedule and the one that was
// found, the trace, record.json, repeat.sh, and of a script what shrinking left of it. The key comes from the program and the way it failed.
#pragma once

#include "stress/schedules/replay.h"

#include <filesystem>
#include <set>

namespace stress {

struct KeptFinding {
    std::string key;
    std::filesystem::path place;
    std::string command;
    std::string summary;
    /// Not in the folder before.
    bool is_new = false;
    size_t switches_before = 0;
    size_t switches = 0;
    /// Why the schedule was not shrunk; empty when it was.
    std::string refusal;
    std::string points;
};

class FindingKeeper {
public:
    FindingKeeper(std::filesystem::path folder, uint64_t shrink_runs)
        : folder_(std::move(folder)), shrink_runs_(shrink_runs) {}

    /// Keeps the failure that the runner's last run was. One that the folder has counts up in its record, and
    /// is neither shrunk nor reported again. The runner is left with the program as its body. `expected`: the
    /// output that was expected, for the report.
    KeptFinding keep(Runner&, const Program&, const RunResult&, const Schedule&,
                     const std::string& expected = {});
    uint64_t found() const { return found_; }
    uint64_t found_new() const { return found_new_; }

private:
    std::filesystem::path folder_;
    uint64_t shrink_runs_;
    std::set<std::string> seen_;
    uint64_t found_ = 0;
    uint64_t found_new_ = 0;
};

} // namespace stress
