// The rules of INTERPRETING.md: which variants a file has and what counts as passing.
#include "conformance/variant.h"

#include <fmt/core.h>

namespace conformance {

const char* mode_name(Mode mode) {
    switch (mode) {
    case Mode::Sloppy: return "sloppy";
    case Mode::Strict: return "strict";
    case Mode::Module: return "module";
    case Mode::Raw: return "raw";
    }
    return "";
}

std::vector<Mode> modes_of(const Frontmatter& frontmatter) {
    if (frontmatter.has_flag("module")) return {Mode::Module};
    if (frontmatter.has_flag("raw")) return {Mode::Raw};
    if (frontmatter.has_flag("onlyStrict")) return {Mode::Strict};
    if (frontmatter.has_flag("noStrict")) return {Mode::Sloppy};
    return {Mode::Sloppy, Mode::Strict};
}

static std::string first_line(const std::string& text, size_t limit = 300) {
    std::string line = text.substr(0, text.find('\n'));
    if (line.size() > limit) line = line.substr(0, limit) + "...";
    return line;
}

int count_sanitizer_reports(const std::string& diagnostics) {
    int count = 0;
    for (const char* mark : {"WARNING: ThreadSanitizer:", "ERROR: AddressSanitizer:", ": runtime error: ",
                             "ERROR: LeakSanitizer:", "FATAL: ThreadSanitizer:"}) {
        for (size_t at = diagnostics.find(mark); at != std::string::npos; at = diagnostics.find(mark, at + 1)) count++;
    }
    return count;
}

std::string judge(const Frontmatter& frontmatter, const Answer& answer) {
    if (count_sanitizer_reports(answer.diagnostics) != 0) {
        for (const char* mark : {"ThreadSanitizer: ", "AddressSanitizer: ", "runtime error: ", "LeakSanitizer: "}) {
            size_t at = answer.diagnostics.find(mark);
            if (at != std::string::npos) return "sanitizer report: " + first_line(answer.diagnostics.substr(at));
        }
    }
    switch (answer.kind) {
    case AnswerKind::Crashed: {
        std::string why = first_line(answer.diagnostics);
        return why.empty() ? fmt::format("crashed with {}", answer.text)
                           : fmt::format("crashed with {}: {}", answer.text, why);
    }
    case AnswerKind::Exited: return fmt::format("exited with status {}: {}", answer.text, first_line(answer.diagnostics));
    case AnswerKind::TimedOut: return "timed out";
    case AnswerKind::ServerLost: return "the test262 server died: " + first_line(answer.diagnostics);
    case AnswerKind::Completed:
    case AnswerKind::Threw: break;
    }

    size_t newline = answer.text.find('\n');
    std::string name = answer.text.substr(0, newline);
    std::string message = newline == std::string::npos ? "" : answer.text.substr(newline + 1);
    if (frontmatter.is_negative()) {
        const Negative& negative = frontmatter.negative;
        if (answer.kind == AnswerKind::Completed)
            return fmt::format("completed; expected {} at {}", negative.type, negative.phase);
        std::string phase = negative.phase == "early" ? "parse" : negative.phase;
        if (answer.phase != phase)
            return fmt::format("threw {} at {}; expected {} at {}", name, answer.phase, negative.type, phase);
        if (name != negative.type) return fmt::format("threw {}: {}; expected {}", name, first_line(message), negative.type);
        return {};
    }
    if (answer.kind == AnswerKind::Threw)
        return fmt::format("threw at {}: {}: {}", answer.phase, name, first_line(message));
    if (frontmatter.has_flag("async")) {
        size_t failure = answer.printed.find("Test262:AsyncTestFailure:");
        if (failure != std::string::npos) return first_line(answer.printed.substr(failure));
        if (answer.printed.find("Test262:AsyncTestComplete") == std::string::npos) return "async: $DONE was not called";
    }
    return {};
}

} // namespace conformance
