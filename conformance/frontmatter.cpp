// Reading test262 frontmatter: keys at column 0, lists in brackets or as dashed lines, one nested mapping (negative).
#include "conformance/frontmatter.h"

#include <algorithm>

namespace conformance {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.front() == text.back())
        return text.substr(1, text.size() - 2);
    return text;
}

std::string_view without_comment(std::string_view line) {
    size_t hash = line.find(" #");
    return hash == std::string_view::npos ? line : line.substr(0, hash);
}

// Lines end at LF, CRLF or CR: a few tests are about line terminators.
std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    size_t start = 0;
    for (size_t i = 0; i <= text.size(); i++) {
        if (i < text.size() && text[i] != '\n' && text[i] != '\r') continue;
        lines.push_back(text.substr(start, i - start));
        if (i + 1 < text.size() && text[i] == '\r' && text[i + 1] == '\n') i++;
        start = i + 1;
    }
    return lines;
}

void add_items(std::string_view list, std::vector<std::string>& items) {
    while (!list.empty()) {
        size_t comma = list.find(',');
        std::string_view item = trim(list.substr(0, comma));
        if (!item.empty()) items.emplace_back(item);
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
}

} // namespace

bool Frontmatter::has_flag(std::string_view flag) const {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

bool parse_frontmatter(std::string_view source, Frontmatter& into) {
    size_t start = source.find("/*---");
    if (start == std::string_view::npos) return false;
    size_t end = source.find("---*/", start);
    if (end == std::string_view::npos) return false;
    std::vector<std::string_view> lines = split_lines(source.substr(start + 5, end - start - 5));

    std::string_view key;
    bool in_bracket = false;
    auto list_of = [&](std::string_view name) -> std::vector<std::string>* {
        if (name == "flags") return &into.flags;
        if (name == "includes") return &into.includes;
        if (name == "features") return &into.features;
        return nullptr;
    };
    auto add_bracketed = [&](std::string_view text, std::vector<std::string>& items) {
        size_t close = text.find(']');
        in_bracket = close == std::string_view::npos;
        add_items(text.substr(0, close), items);
    };
    for (std::string_view line : lines) {
        if (line.empty()) continue;
        if (in_bracket) {
            add_bracketed(without_comment(line), *list_of(key));
            continue;
        }
        bool at_margin = line.front() != ' ' && line.front() != '\t' && line.front() != '-' && line.front() != '#';
        if (at_margin) {
            size_t colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            key = line.substr(0, colon);
            std::string_view value = trim(without_comment(line.substr(colon + 1)));
            std::vector<std::string>* items = list_of(key);
            if (!items || value.empty()) continue;
            if (value.front() == '[') {
                add_bracketed(value.substr(1), *items);
            } else {
                add_items(value, *items);
            }
            continue;
        }
        std::string_view content = trim(without_comment(line));
        if (std::vector<std::string>* items = list_of(key)) {
            if (!content.empty() && content.front() == '-') add_items(content.substr(1), *items);
            if (!content.empty() && content.front() == '[') add_bracketed(content.substr(1), *items);
        } else if (key == "negative") {
            size_t colon = content.find(':');
            if (colon == std::string_view::npos) continue;
            std::string_view name = trim(content.substr(0, colon));
            std::string value(trim(content.substr(colon + 1)));
            if (name == "phase") into.negative.phase = value;
            if (name == "type") into.negative.type = value;
        }
    }
    return true;
}

} // namespace conformance
