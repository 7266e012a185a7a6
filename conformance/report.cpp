// Counting and printing results; reading, comparing and writing expectations.
#include "conformance/report.h"

#include "conformance/suite.h"

#include <algorithm>
#include <fmt/core.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace conformance {

namespace {

void add(Counts& counts, const FileResult& result) {
    counts.files++;
    if (result.skipped()) counts.skip++;
    else if (result.passed()) counts.pass++;
    else counts.fail++;
}

void write_text(const std::filesystem::path& file, const std::string& text) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << text;
    stream.close();
    if (!stream) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
}

// Rounded down: 99.96 % is not 100 %.
std::string percent(int part, int whole) {
    if (whole == 0) return "-";
    return fmt::format("{:.1f} %", static_cast<double>(static_cast<long>(part) * 1000 / whole) / 10.0);
}

} // namespace

Report::Report(const std::vector<FileResult>& results) {
    for (const FileResult& result : results) {
        add(total, result);
        variants += result.variants;
        if (result.skipped()) skip_reasons[result.skip_reason]++;
        for (size_t slash = result.path.find('/'); slash != std::string::npos; slash = result.path.find('/', slash + 1))
            add(folders[result.path.substr(0, slash)], result);
    }
}

void Report::print(int depth) const {
    size_t width = 20;
    auto shown = [&](const std::string& path) { return std::count(path.begin(), path.end(), '/') <= depth; };
    for (const auto& [path, counts] : folders) {
        if (shown(path)) width = std::max(width, path.size());
    }
    fmt::print("{:<{}} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "folder", width, "pass", "files", "fail", "skip", "share");
    for (const auto& [path, counts] : folders) {
        if (!shown(path)) continue;
        fmt::print("{:<{}} {:>8} {:>8} {:>8} {:>8} {:>8}\n", path, width, counts.pass, counts.files, counts.fail,
                   counts.skip, percent(counts.pass, counts.files));
    }
    if (!skip_reasons.empty()) {
        fmt::print("\nskipped:\n");
        for (const auto& [reason, count] : skip_reasons) fmt::print("{:>8}  {}\n", count, reason);
    }
    fmt::print("\n{} of {} files pass ({}), {} fail, {} skipped; {} variants run\n", total.pass, total.files,
               percent(total.pass, total.files), total.fail, total.skip, variants);
    if (sanitizer_reports != 0) fmt::print("{} sanitizer reports\n", sanitizer_reports);
}

void Report::write_json(const std::filesystem::path& file) const {
    auto to_json = [](const Counts& counts) {
        nlohmann::ordered_json json;
        json["files"] = counts.files;
        json["pass"] = counts.pass;
        json["fail"] = counts.fail;
        json["skip"] = counts.skip;
        return json;
    };
    nlohmann::ordered_json json = to_json(total);
    json["variants"] = variants;
    json["folders"] = nlohmann::ordered_json::object();
    for (const auto& [path, counts] : folders) json["folders"][path] = to_json(counts);
    write_text(file, json.dump(1) + "\n");
}

Expectations::Expectations(std::filesystem::path file) : file_(std::move(file)) {
    if (!std::filesystem::exists(file_)) return;
    std::istringstream lines(read_file(file_));
    for (std::string line; std::getline(lines, line);) {
        line = line.substr(0, line.find('#'));
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
        if (!line.empty()) failing_.insert(line);
    }
}

Expectations::Surprises Expectations::compare(const std::vector<FileResult>& results) const {
    Surprises surprises;
    for (const FileResult& result : results) {
        if (result.skipped()) continue;
        if (!result.passed() && !failing_.contains(result.path)) surprises.regressions.push_back(result.path);
        if (result.passed() && failing_.contains(result.path)) surprises.unexpected_passes.push_back(result.path);
    }
    return surprises;
}

void Expectations::update(const std::vector<FileResult>& results) {
    for (const FileResult& result : results) {
        if (result.passed() || result.skipped()) failing_.erase(result.path);
        else failing_.insert(result.path);
    }
    std::string text = "# test262 files that are known to fail, one a line. Written by ./dev test262 --update-expectations;\n"
                       "# a run with --expectations fails when a file fails that is not here, or passes that is.\n";
    for (const std::string& path : failing_) text += path + "\n";
    write_text(file_, text);
}

} // namespace conformance
