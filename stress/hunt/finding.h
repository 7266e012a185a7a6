// A finding: one failure, kept as findings/<key>/ with record.json (machine readable), report.txt and the command that
// repeats it. The key comes from the kind and the innermost frames, so the same failure has the same key.
#pragma once

#include "stress/hunt/batch.h"

#include <filesystem>
#include <string>
#include <vector>

namespace stress {

struct Finding {
    std::string key;
    std::string kind;
    /// One line: the check's message, the sanitizer's summary or the innermost frames.
    std::string summary;
    /// The frames that the key is made from.
    std::vector<std::string> frames;
    std::string scenario;
    std::string command;
};

/// Names the failure of a batch, and the frames in its report. `build` is the preset.
Finding make_finding(const BatchPlan&, BatchOutcome&, const std::string& build);

/// Writes findings/<key>/; a key that is there already is counted up in its record, its first report kept. Whether the key
/// is new.
bool write_finding(const std::filesystem::path& folder, const Finding&, const BatchPlan&, const BatchOutcome&,
                   const std::string& build);

/// The functions on the stacks of a report, innermost first, at most `per_stack` of each of the first `stacks` stacks,
/// without those of sanitizers, the C library and engine/sync.
std::vector<std::string> telling_frames(const std::string& report, int stacks, int per_stack);

} // namespace stress
