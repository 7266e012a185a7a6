// Lines from a terminal, edited with libedit: history, completion, and something to do while the user thinks.
#pragma once

#include <functional>
#include <string>
#include <vector>

struct editline;
struct history;

namespace heddle::shell {

struct Completions {
    /// What the cursor stands behind and the candidates complete.
    std::string word;
    /// Each begins with `word`.
    std::vector<std::string> candidates;
};

class LineEditor {
public:
    struct Callbacks {
        std::function<Completions(const std::string& line_before_cursor)> complete;
        /// Waits for standard input for a while: true when it has a byte. May run code, which must call
        /// `before_output` before it prints anything.
        std::function<bool(const std::function<void()>& before_output)> wait_for_input;
        /// Whether Ctrl-C came as a signal rather than as a byte.
        std::function<bool()> interrupted;
    };
    /// `history_file` empty: nothing is loaded or saved.
    LineEditor(Callbacks, std::string history_file);
    ~LineEditor();
    LineEditor(const LineEditor&) = delete;

    enum class Outcome { Line, EndOfInput, Interrupted };
    /// `line` comes without its line break; with Interrupted it is what was given up.
    Outcome read(const std::string& prompt, std::string& line);
    void remember(const std::string& line);

private:
    static char* show_prompt(editline*);
    static int read_character(editline*, wchar_t*);
    static unsigned char complete(editline*, int);
    static LineEditor& of(editline*);
    int next_character(wchar_t&);

    Callbacks callbacks_;
    std::string history_file_;
    std::string prompt_;
    std::string pending_bytes_; // read, not yet given to libedit
    bool interrupted_ = false;
    editline* editor_ = nullptr;
    ::history* history_ = nullptr;
};

} // namespace heddle::shell
