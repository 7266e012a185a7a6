#include "stress/hunt/readme.h"

#include "stress/scenario.h"

#include <algorithm>
#include <fmt/core.h>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace stress {

namespace {

constexpr const char* kBegin = "<!-- generated: ./dev scenarios --readme writes what follows -->\n";
constexpr const char* kEnd = "<!-- end of what is generated -->\n";

std::string join(const std::vector<std::string>& parts, const char* between) {
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : between) + part;
    return text;
}

} // namespace

std::string catalogue_table() {
    std::string text = "| shape | what went wrong | scenario | notices |\n|---|---|---|---|\n";
    std::vector<ScenarioRow> rows = scenario_rows();
    for (const ShapeRow& shape : shape_rows()) {
        std::vector<std::string> names, notices;
        for (const ScenarioRow& row : rows) {
            if (std::find(row.shapes.begin(), row.shapes.end(), shape.number) == row.shapes.end()) continue;
            names.push_back(fmt::format("`{}`", row.scenario->name));
            if (std::find(notices.begin(), notices.end(), row.notices) == notices.end()) notices.push_back(row.notices);
        }
        if (names.empty())
            text += fmt::format("| {} | {} | none | cannot occur: {} |\n", shape.number, shape.shape, shape.reason);
        else
            text += fmt::format("| {} | {} | {} | {} |\n", shape.number, shape.shape, join(names, " "), join(notices, "; "));
    }
    text += "\n| scenario | what is raced against what | planted bug | must reach |\n|---|---|---|---|\n";
    for (const ScenarioRow& row : rows) {
        const ScenarioInfo& info = *row.scenario;
        std::vector<std::string> windows;
        for (heddle::sync::Window window : info.engine_windows)
            windows.push_back(heddle::sync::window_name(window));
        windows.insert(windows.end(), info.own_windows.begin(), info.own_windows.end());
        windows.insert(windows.end(), info.marks.begin(), info.marks.end());
        text += fmt::format("| `{}` | {} | {} | {} |\n", info.name, info.about,
                            info.planted ? fmt::format("`{}`", heddle::planted_bug_name(*info.planted)) : "none",
                            join(windows, "; "));
    }
    return text;
}

bool check_readme(const std::filesystem::path& file, bool write) {
    std::ostringstream stream;
    stream << std::ifstream(file).rdbuf();
    std::string text = stream.str();
    size_t begin = text.find(kBegin), end = text.find(kEnd);
    if (begin == std::string::npos || end == std::string::npos || end < begin)
        throw std::runtime_error(fmt::format("{} has not the two lines that generated text stands between:\n{}{}", file.string(), kBegin, kEnd));
    begin += std::string(kBegin).size();
    std::string table = catalogue_table();
    bool same = text.substr(begin, end - begin) == table;
    if (same) return true;
    if (write) {
        std::ofstream out(file);
        out << text.substr(0, begin) << table << text.substr(end);
        out.close();
        if (!out) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
        fmt::print("{} is up to date now\n", file.string());
        return true;
    }
    // The first line that differs says what to look at.
    std::istringstream is(text.substr(begin, end - begin)), wanted(table);
    std::string is_line, wanted_line;
    while (is_line == wanted_line) {
        bool more = static_cast<bool>(std::getline(wanted, wanted_line));
        if (!std::getline(is, is_line)) is_line.clear();
        if (!more) break;
    }
    fmt::print(stderr, "{} is out of date: ./dev scenarios --readme writes it anew\n  it says: {}\n  wanted:  {}\n", file.string(),
               is_line, wanted_line);
    return false;
}

} // namespace stress
