// The one file that knows libedit.
#include "shell/line_editor.h"

#include "shell/inspect_text.h"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <histedit.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unicode/utf8.h>
#include <unistd.h>

namespace heddle::shell {

namespace {

constexpr int kHistorySize = 1000;
constexpr wchar_t kControlC = 3;
constexpr wchar_t kControlD = 4;
constexpr size_t kMaxListed = 200;

size_t terminal_columns() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

std::string common_prefix(const std::vector<std::string>& words) {
    std::string prefix = words.front();
    for (const std::string& word : words) {
        size_t same = 0;
        while (same < prefix.size() && same < word.size() && prefix[same] == word[same])
            ++same;
        prefix.resize(same);
    }
    return prefix;
}

void list_in_columns(const std::vector<std::string>& words) {
    size_t shown = std::min(words.size(), kMaxListed);
    size_t width = 0;
    for (size_t i = 0; i < shown; ++i)
        width = std::max(width, display_width(words[i]) + 2);
    size_t columns = std::max<size_t>(1, terminal_columns() / width);
    size_t rows = (shown + columns - 1) / columns;
    std::string out = "\n";
    for (size_t row = 0; row < rows; ++row) {
        for (size_t i = row; i < shown; i += rows) {
            out += words[i];
            if (i + rows < shown) out += std::string(width - display_width(words[i]), ' ');
        }
        out += '\n';
    }
    if (shown < words.size()) out += "... and " + std::to_string(words.size() - shown) + " more\n";
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
}

} // namespace

LineEditor::LineEditor(Callbacks callbacks, std::string history_file)
    : callbacks_(std::move(callbacks)), history_file_(std::move(history_file)) {
    // libedit works on wide characters; the terminal speaks UTF-8 whatever the locale says.
    if (!std::setlocale(LC_CTYPE, "C.UTF-8")) std::setlocale(LC_CTYPE, "");
    editor_ = el_init("heddle", stdin, stdout, stderr);
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, kHistorySize);
    history(history_, &event, H_SETUNIQUE, 1);
    if (!history_file_.empty()) history(history_, &event, H_LOAD, history_file_.c_str());
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, show_prompt);
    el_set(editor_, EL_SIGNAL, 0);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_GETCFN, read_character);
    // By its wide name: libedit copies a narrow one and never frees the copy.
    el_wset(editor_, EL_ADDFN, L"heddle-complete", L"complete the name", complete);
    el_set(editor_, EL_BIND, "^I", "heddle-complete", nullptr);
    el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_set(editor_, EL_BIND, "\033[A", "ed-prev-history", nullptr);
    el_set(editor_, EL_BIND, "\033[B", "ed-next-history", nullptr);
    el_set(editor_, EL_BIND, "\033[H", "ed-move-to-beg", nullptr);
    el_set(editor_, EL_BIND, "\033[F", "ed-move-to-end", nullptr);
    el_set(editor_, EL_BIND, "\033[3~", "ed-delete-next-char", nullptr);
    // While a line is edited Ctrl-C is a character like others; while code runs it is a signal.
    el_set(editor_, EL_SETTY, "-d", "-isig", nullptr);
}

LineEditor::~LineEditor() {
    if (!history_file_.empty()) {
        HistEvent event;
        mode_t mask = umask(077); // what was typed is nobody else's business
        history(history_, &event, H_SAVE, history_file_.c_str());
        umask(mask);
    }
    el_end(editor_);
    history_end(history_);
}

LineEditor& LineEditor::of(editline* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<LineEditor*>(data);
}

char* LineEditor::show_prompt(editline* editor) {
    return of(editor).prompt_.data();
}

int LineEditor::read_character(editline* editor, wchar_t* out) {
    return of(editor).next_character(*out);
}

// One character of UTF-8; zero at the end of input.
int LineEditor::next_character(wchar_t& out) {
    bool line_is_gone = false;
    auto before_output = [&line_is_gone] {
        if (line_is_gone) return;
        line_is_gone = true;
        std::fputs("\r\x1b[K", stdout);
        std::fflush(stdout);
    };
    for (;;) {
        if (callbacks_.interrupted()) {
            out = kControlC;
        } else {
            if (pending_bytes_.empty()) {
                if (!callbacks_.wait_for_input(before_output)) {
                    if (line_is_gone) el_set(editor_, EL_REFRESH);
                    line_is_gone = false;
                    continue;
                }
                char bytes[256];
                ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
                if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
                if (got <= 0) return 0;
                pending_bytes_.assign(bytes, static_cast<size_t>(got));
            }
            int32_t used = 0;
            UChar32 c;
            auto size = static_cast<int32_t>(pending_bytes_.size());
            auto lead = static_cast<uint8_t>(pending_bytes_[0]);
            int32_t needed = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
            while (size < needed) {
                char byte;
                if (::read(STDIN_FILENO, &byte, 1) != 1) break;
                pending_bytes_ += byte;
                ++size;
            }
            U8_NEXT_OR_FFFD(reinterpret_cast<const uint8_t*>(pending_bytes_.data()), used, size, c);
            pending_bytes_.erase(0, static_cast<size_t>(used));
            // Ctrl-D typed ahead, while the terminal was not in this mode, arrives as NUL.
            out = c == 0 ? kControlD : static_cast<wchar_t>(c);
        }
        if (out != kControlC) return 1;
        // The line so far is given up: it is submitted, and read() drops it.
        interrupted_ = true;
        std::fputs("^C", stdout);
        out = '\n';
        return 1;
    }
}

unsigned char LineEditor::complete(editline* editor, int) {
    LineEditor& self = of(editor);
    const LineInfo* line = el_line(editor);
    Completions found = self.callbacks_.complete(std::string(line->buffer, line->cursor));
    std::vector<std::string>& words = found.candidates;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    if (words.empty()) return CC_REFRESH_BEEP;
    std::string prefix = common_prefix(words);
    if (prefix.size() > found.word.size()) {
        el_insertstr(editor, prefix.substr(found.word.size()).c_str());
        return CC_REFRESH;
    }
    if (words.size() == 1) return CC_REFRESH;
    list_in_columns(words);
    return CC_REDISPLAY;
}

LineEditor::Outcome LineEditor::read(const std::string& prompt, std::string& line) {
    prompt_ = prompt;
    interrupted_ = false;
    std::fflush(stdout);
    // Before the prompt shows: a key pressed at its sight is a character, not a signal.
    el_set(editor_, EL_PREP_TERM, 1);
    int count = 0;
    const char* text = el_gets(editor_, &count);
    if (!text || count <= 0) return interrupted_ ? Outcome::Interrupted : Outcome::EndOfInput;
    line.assign(text, static_cast<size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.pop_back();
    return interrupted_ ? Outcome::Interrupted : Outcome::Line;
}

void LineEditor::remember(const std::string& line) {
    HistEvent event;
    if (!line.empty()) history(history_, &event, H_ENTER, line.c_str());
}

} // namespace heddle::shell
