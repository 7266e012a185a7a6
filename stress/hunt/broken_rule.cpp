// Finding the report, and the names of its frames.
#include "stress/hunt/broken_rule.h"

#include "stress/hunt/symbolizer.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

namespace stress {

namespace {

constexpr const char* kMark = "heddle: broken rule ";

/// A line "    #3 0x55d3 (/path/of/program+0x1a2b)": where it lies in the report, and what it names.
struct FrameLine {
    size_t begin, end;
    std::string module, offset;
};

std::vector<FrameLine> frame_lines(const std::string& report, size_t from) {
    std::vector<FrameLine> frames;
    for (size_t begin = from; begin < report.size();) {
        size_t end = std::min(report.find('\n', begin), report.size());
        std::string line = report.substr(begin, end - begin);
        size_t open = line.find(" ("), plus = line.rfind("+0x");
        if (line.starts_with("    #") && line.ends_with(')') && open != std::string::npos && plus != std::string::npos && plus > open)
            frames.push_back({begin, end, line.substr(open + 2, plus - open - 2), line.substr(plus + 1, line.size() - plus - 2)});
        begin = end + 1;
    }
    return frames;
}

/// Function and place, inlined ones first. The same addresses come again with every run of a program.
using Names = std::vector<std::string>;

std::map<std::string, Names>& known_names() {
    static std::map<std::string, Names> names;
    return names;
}

CodePlace place_of(const FrameLine& frame) {
    // A return address points behind the call.
    return {frame.module, std::strtoull(frame.offset.c_str(), nullptr, 16) - 1};
}

std::string key_of(const FrameLine& frame) { return frame.module + frame.offset; }

void learn_names(const std::vector<FrameLine>& frames) {
    std::vector<std::string> asked;
    std::vector<CodePlace> places;
    for (const FrameLine& frame : frames) {
        if (!known_names().try_emplace(key_of(frame)).second) continue;
        asked.push_back(key_of(frame));
        places.push_back(place_of(frame));
    }
    std::vector<Names> names = symbolize(places);
    for (size_t i = 0; i < asked.size(); i++)
        known_names()[asked[i]] = std::move(names[i]);
}

// What stands between the place that breaks a rule and the report of it.
bool is_part_of_check(const std::string& function) {
    for (const char* prefix : {"heddle::report_broken_rule", "heddle::sync::", "heddle::EntryGuard", "heddle::Cell::check_", "heddle::check_",
                               "heddle::report_", "heddle::RootNode", "heddle::Root<", "heddle::Member<", "heddle::View::", "heddle::Marker::",
                               "heddle::Visitor::", "std::", "__interceptor", "___interceptor", "__sanitizer", "backtrace"}) {
        if (function.find(prefix) == 0 || function.find(std::string(" ") + prefix) != std::string::npos) return true;
    }
    return function.find("::check_") != std::string::npos;
}

} // namespace

std::optional<BrokenRule> find_broken_rule(std::string& report) {
    size_t at = report.find(kMark);
    if (at == std::string::npos) return {};
    BrokenRule broken;
    size_t end = std::min(report.find('\n', at), report.size());
    broken.line = report.substr(at + std::strlen("heddle: "), end - at - std::strlen("heddle: "));
    size_t name = at + std::strlen(kMark);
    broken.name = report.substr(name, std::min(report.find(':', name), end) - name);
    size_t stack = report.find("\n  stack:\n", at);
    if (stack == std::string::npos) return broken;
    std::vector<FrameLine> frames = frame_lines(report, stack + std::strlen("\n  stack:\n"));
    learn_names(frames);
    // The report's own stack ends where another begins.
    for (size_t i = 0; i < frames.size() && broken.place.empty(); i++) {
        if (i != 0 && frames[i].begin != frames[i - 1].end + 1) break;
        const Names& names = known_names()[key_of(frames[i])];
        // The function that was compiled; with little debug information the names of what was inlined into it are bare.
        std::string function = names.empty() ? "" : names.back();
        function.resize(std::min(function.find(" /"), function.size()));
        size_t qualified = function.rfind("(anonymous namespace)");
        size_t parameters = function.find('(', qualified == std::string::npos ? 0 : qualified + 1);
        function.resize(std::min(parameters, function.size()));
        if (!function.empty() && !is_part_of_check(function)) broken.place = function;
    }
    // From behind, so that what is still to be replaced keeps its place.
    for (size_t i = frames.size(); i-- > 0;) {
        const Names& names = known_names()[key_of(frames[i])];
        if (names.empty()) continue;
        std::string number = report.substr(frames[i].begin, report.find(' ', frames[i].begin + 4) - frames[i].begin);
        std::string named;
        for (const std::string& text : names) named += (named.empty() ? "" : "\n") + number + ' ' + text;
        report.replace(frames[i].begin, frames[i].end - frames[i].begin, named);
    }
    return broken;
}

std::string kind_of_broken_rule(const BrokenRule& broken) { return "rule-" + broken.name; }

} // namespace stress
