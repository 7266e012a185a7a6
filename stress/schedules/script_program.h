// A user's script as a program that schedules can name: its agents, workers and shared memory under the
// scheduler, with the shell's globals and assert(condition, message).
//
// Findings are an uncaught error or unhandled rejection, a failed assert, whatever the scheduler and the
// engine report, and a final output that is not that of the undisturbed run: what the main agent printed, in
// its order, and then the lines of all others, sorted.
#pragma once

#include "stress/schedules/schedule.h"

#include <memory>

namespace stress {

struct ScriptOptions {
    std::string file;
    bool module = false;
    bool define_262 = false;
};

class Script {
public:
    /// Reads the file. Throws std::runtime_error when that fails.
    explicit Script(const ScriptOptions&);
    /// The script that a schedule was recorded with, as the file is now.
    explicit Script(const Schedule&);
    ~Script();
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    /// True for programs that are scripts, by name.
    static bool is_named_by(const std::string& program_name) { return program_name.starts_with("script:"); }

    const Program& program() const { return program_; }
    /// Further runs fail when they print something else.
    void expect_output(const std::string&);
    /// What the last run printed, when it came to its end.
    std::string last_output() const;

private:
    struct Output;
    void read();
    void make_program();
    void select_lines(const Lines&);
    void run(const Arguments&) const;

    ScriptOptions options_;
    std::string text_; // of the lines in force
    int64_t text_hash_ = 0;
    int64_t expected_output_ = 0; // hash; 0: nothing is expected
    Output* output_ = nullptr;    // shared with the runs
    Program program_;
};

} // namespace stress
