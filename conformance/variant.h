// One way of running one test file, what the engine answered, and whether that is what the file asks for.
#pragma once

#include "conformance/frontmatter.h"

#include <string>
#include <vector>

namespace conformance {

enum class Mode : unsigned char { Sloppy, Strict, Module, Raw };

struct Variant {
    size_t file = 0;
    Mode mode = Mode::Sloppy;
};

/// `sloppy`, `strict`, `module` or `raw`.
const char* mode_name(Mode);

/// The ways in which a file with this metadata is to be run.
std::vector<Mode> modes_of(const Frontmatter&);

enum class AnswerKind : unsigned char { Completed, Threw, Crashed, Exited, TimedOut, ServerLost };

/// What came back from the engine for one variant.
struct Answer {
    AnswerKind kind = AnswerKind::ServerLost;
    /// Where it threw: parse, resolution or runtime.
    std::string phase;
    /// Threw: the error constructor's name, a newline, the message. Crashed: the signal's name. Exited: the status.
    std::string text;
    /// What print was called with, one call a line.
    std::string printed;
    /// What the engine wrote to stderr; looked at only when something is wrong.
    std::string diagnostics;
};

/// Empty when the answer is the one that the metadata asks for, else one line saying what is wrong.
std::string judge(const Frontmatter&, const Answer&);

/// How many sanitizer reports the diagnostics hold.
int count_sanitizer_reports(const std::string& diagnostics);

} // namespace conformance
