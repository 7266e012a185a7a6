// heddle-test262: runs test262 on a pool of engine processes and says what passes.
//
// Exit status: 0 all as it should be, 1 failures (with --expectations: surprises), 2 bad usage, 3 no test262 here.
#include "conformance/report.h"
#include "conformance/server.h"
#include "conformance/suite.h"
#include "conformance/variant.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <deque>
#include <fmt/core.h>
#include <fstream>
#include <memory>
#include <poll.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace conformance {
namespace {

struct Options {
    fs::path engine;
    fs::path conformance = "conformance";
    std::vector<std::string> paths;
    std::string paths_from;
    std::vector<std::string> engine_options;
    int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    double timeout_seconds = 10;
    double slow = 1;
    int depth = 2;
    std::string shard;
    std::string json;
    std::string list_failures;
    std::string list_surprises;
    bool expectations = false;
    bool update_expectations = false;
    bool no_skips = false;
};

/// One line on stderr that says how far the run is: redrawn on a terminal, now and then elsewhere.
class Progress {
public:
    explicit Progress(size_t total) : total_(total), on_terminal_(isatty(2)), started_(Clock::now()) {}

    void update(size_t done, int passed, int failed, bool last = false) {
        auto now = Clock::now();
        auto interval = on_terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
        if (!last && now - shown_ < interval) return;
        if (last && !on_terminal_) return;
        shown_ = now;
        double seconds = std::chrono::duration<double>(now - started_).count();
        double left = done == 0 ? 0 : seconds / static_cast<double>(done) * static_cast<double>(total_ - done);
        constexpr size_t kWidth = 30;
        size_t filled = total_ == 0 ? kWidth : done * kWidth / total_;
        std::string bar(filled, '#');
        bar.resize(kWidth, '.');
        fmt::print(stderr, "{}[{}] {}/{} files, {} pass, {} fail, {:.0f} s, {:.0f} s left{}", on_terminal_ ? "\r" : "", bar,
                   done, total_, passed, failed, seconds, left, on_terminal_ && !last ? " \033[K" : "\033[K\n");
        std::fflush(stderr);
    }

private:
    size_t total_;
    bool on_terminal_;
    Clock::time_point started_;
    Clock::time_point shown_ = Clock::now() - std::chrono::hours(1);
};

class Run {
public:
    Run(const Options& options, fs::path suite, std::vector<std::string> files)
        : options_(options), suite_(std::move(suite)), skips_(options.conformance / "skipped.txt") {
        results_.resize(files.size());
        frontmatters_.resize(files.size());
        for (size_t i = 0; i < files.size(); i++) results_[i].path = std::move(files[i]);
        pending_.resize(results_.size());
    }

    void execute() {
        struct Worker {
            std::unique_ptr<Server> server;
            Variant variant;
        };
        std::vector<std::string> command{fs::absolute(options_.engine).string()};
        command.insert(command.end(), options_.engine_options.begin(), options_.engine_options.end());
        std::vector<Worker> workers;
        for (int i = 0; i < options_.jobs; i++) workers.push_back({std::make_unique<Server>(command), {}});

        Progress progress(results_.size());
        std::vector<pollfd> polled;
        for (;;) {
            polled.clear();
            for (Worker& worker : workers) {
                if (!worker.server->busy()) {
                    if (!next_variant(worker.variant)) continue;
                    worker.server->ask(request_for(worker.variant));
                }
                polled.push_back({worker.server->descriptor(), POLLIN, 0});
            }
            if (polled.empty()) break;
            poll(polled.data(), polled.size(), 250);
            for (Worker& worker : workers) {
                if (!worker.server->busy()) continue;
                std::optional<Answer> answer = worker.server->read_answer();
                if (!answer) answer = worker.server->check_overdue();
                if (answer) take(worker.variant, *answer);
            }
            progress.update(done_, passed_, failed_);
        }
        progress.update(done_, passed_, failed_, true);
    }

    const std::vector<FileResult>& results() const { return results_; }
    int sanitizer_reports() const { return sanitizer_reports_; }

private:
    bool next_variant(Variant& variant) {
        while (queue_.empty()) {
            if (next_file_ == results_.size()) return false;
            prepare(next_file_++);
        }
        variant = queue_.front();
        queue_.pop_front();
        return true;
    }

    void prepare(size_t index) {
        FileResult& result = results_[index];
        Frontmatter& frontmatter = frontmatters_[index];
        if (!parse_frontmatter(read_file(suite_ / result.path), frontmatter)) {
            result.failures.push_back("-: the file has no frontmatter");
            finish_file(index);
            return;
        }
        if (const std::string* reason = skips_.reason(result.path, frontmatter); reason && !options_.no_skips) {
            result.skip_reason = *reason;
            finish_file(index);
            return;
        }
        for (Mode mode : modes_of(frontmatter)) {
            queue_.push_back({index, mode});
            pending_[index]++;
        }
    }

    Request request_for(const Variant& variant) const {
        const Frontmatter& frontmatter = frontmatters_[variant.file];
        Request request;
        request.mode = variant.mode;
        request.test = (suite_ / results_[variant.file].path).string();
        request.timeout = std::chrono::milliseconds(static_cast<long>(options_.timeout_seconds * options_.slow * 1000));
        if (frontmatter.has_flag("CanBlockIsFalse")) request.flags.push_back("cannot-block");
        if (variant.mode != Mode::Raw) {
            auto include = [&](const std::string& name) {
                std::string file = (suite_ / "harness" / name).string();
                if (std::find(request.includes.begin(), request.includes.end(), file) == request.includes.end())
                    request.includes.push_back(file);
            };
            include("assert.js");
            include("sta.js");
            if (frontmatter.has_flag("async")) include("doneprintHandle.js");
            for (const std::string& name : frontmatter.includes) include(name);
        }
        return request;
    }

    void take(const Variant& variant, const Answer& answer) {
        FileResult& result = results_[variant.file];
        result.variants++;
        sanitizer_reports_ += count_sanitizer_reports(answer.diagnostics);
        std::string problem = judge(frontmatters_[variant.file], answer);
        if (!problem.empty()) result.failures.push_back(fmt::format("{}: {}", mode_name(variant.mode), problem));
        if (--pending_[variant.file] == 0) finish_file(variant.file);
    }

    void finish_file(size_t index) {
        done_++;
        if (results_[index].passed()) passed_++;
        else if (!results_[index].skipped()) failed_++;
    }

    const Options& options_;
    fs::path suite_;
    SkipList skips_;
    std::vector<FileResult> results_;
    std::vector<Frontmatter> frontmatters_;
    std::vector<int> pending_;
    std::deque<Variant> queue_;
    size_t next_file_ = 0;
    size_t done_ = 0;
    int passed_ = 0;
    int failed_ = 0;
    int sanitizer_reports_ = 0;
};

void take_shard(const std::string& shard, std::vector<std::string>& files) {
    if (shard.empty()) return;
    unsigned index = 0, count = 0;
    if (std::sscanf(shard.c_str(), "%u/%u", &index, &count) != 2 || index < 1 || index > count)
        throw std::runtime_error(fmt::format("--shard {}: expected I/N with 1 <= I <= N", shard));
    std::vector<std::string> mine;
    for (size_t i = index - 1; i < files.size(); i += count) mine.push_back(files[i]);
    files = std::move(mine);
}

void write_lines(const std::string& file, const std::vector<std::string>& lines) {
    std::ofstream stream(file, std::ios::trunc);
    for (const std::string& line : lines) stream << line << '\n';
    stream.close();
    if (!stream) throw std::runtime_error(fmt::format("cannot write {}", file));
}

int report_on(const Options& options, const Run& run) {
    const std::vector<FileResult>& results = run.results();
    Report report(results);
    report.sanitizer_reports = run.sanitizer_reports();
    report.print(options.depth);
    if (!options.json.empty()) report.write_json(options.json);
    if (!options.list_failures.empty()) {
        std::vector<std::string> lines;
        for (const FileResult& result : results) {
            for (const std::string& failure : result.failures) lines.push_back(result.path + " " + failure);
        }
        write_lines(options.list_failures, lines);
    }

    Expectations expectations(options.conformance / "expectations.txt");
    if (options.update_expectations) {
        expectations.update(results);
        fmt::print("expectations updated for {} files\n", results.size());
        return 0;
    }
    Expectations::Surprises surprises = expectations.compare(results);
    if (!options.list_surprises.empty()) {
        std::vector<std::string> lines = surprises.regressions;
        lines.insert(lines.end(), surprises.unexpected_passes.begin(), surprises.unexpected_passes.end());
        write_lines(options.list_surprises, lines);
    }
    if (!options.expectations) {
        size_t shown = 0;
        for (const FileResult& result : results) {
            for (const std::string& failure : result.failures) {
                if (shown++ < 20) fmt::print("  {} {}\n", result.path, failure);
            }
        }
        if (shown > 20) fmt::print("  ... and {} more; --list-failures FILE writes them all\n", shown - 20);
        return report.total.fail == 0 ? 0 : 1;
    }
    for (const FileResult& result : results) {
        if (result.skipped() || result.passed() || expectations.expects_failure(result.path)) continue;
        for (const std::string& failure : result.failures) fmt::print("REGRESSION {} {}\n", result.path, failure);
    }
    for (const std::string& path : surprises.unexpected_passes) fmt::print("UNEXPECTED PASS {}\n", path);
    fmt::print("{} regressions, {} unexpected passes\n", surprises.regressions.size(), surprises.unexpected_passes.size());
    if (!surprises.unexpected_passes.empty())
        fmt::print("./dev test262 --update-expectations PATH... takes the passes over\n");
    return surprises.count() == 0 ? 0 : 1;
}

int run_program(int argc, char** argv) {
    Options options;
    CLI::App app{"Runs test262 and says what passes, counted in files: a file passes when all its variants pass.",
                 "heddle-test262"};
    app.add_option("PATH", options.paths, "files and folders of the suite, as test/built-ins/Atomics (default: test)");
    app.add_option("--paths-from", options.paths_from, "a file with one 'PATH' or 'PATH every N' a line");
    app.add_option("--engine", options.engine, "the engine's shell program")->required();
    app.add_option("--engine-option", options.engine_options, "an option for the engine; repeatable")->take_all();
    app.add_option("--conformance", options.conformance, "the folder of expectations.txt and skipped.txt");
    app.add_option("--jobs,-j", options.jobs, "tests that run at once")->check(CLI::Range(1, 1024));
    app.add_option("--timeout", options.timeout_seconds, "seconds for each variant")->check(CLI::PositiveNumber);
    app.add_option("--slow", options.slow, "multiplies the timeout, for sanitizer builds")->check(CLI::PositiveNumber);
    app.add_option("--depth", options.depth, "how deep the summary goes below test/")->check(CLI::Range(0, 20));
    app.add_option("--shard", options.shard, "I/N: run the I-th of N parts");
    app.add_option("--json", options.json, "write the counts to this file");
    app.add_option("--list-failures", options.list_failures, "write every failure to this file");
    app.add_option("--list-surprises", options.list_surprises, "write the files that differ from the expectations");
    app.add_flag("--expectations", options.expectations, "fail at regressions and unexpected passes only");
    app.add_flag("--update-expectations", options.update_expectations, "take the results over into expectations.txt");
    app.add_flag("--no-skips", options.no_skips, "also run what skipped.txt names");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        int status = app.exit(error);
        return status == 0 ? 0 : 2;
    }

    std::string searched;
    std::optional<fs::path> suite = find_suite(fs::absolute(options.conformance) / "..", searched);
    if (!suite) {
        fmt::print(stderr, "heddle-test262: no test262 here: {}; set TEST262_DIR to a folder with harness/ and test/ of "
                           "https://github.com/tc39/test262\n", searched);
        return 3;
    }
    std::vector<Selection> selections;
    if (!options.paths_from.empty()) selections = read_selections(options.paths_from);
    for (const std::string& path : options.paths) selections.push_back({path, 1});
    if (selections.empty()) selections.push_back({"test", 1});
    std::vector<std::string> files = list_files(*suite, selections);
    take_shard(options.shard, files);
    if (access(options.engine.c_str(), X_OK) != 0)
        throw std::runtime_error(fmt::format("--engine {}: no such program", options.engine.string()));

    Run run(options, *suite, std::move(files));
    run.execute();
    return report_on(options, run);
}

} // namespace
} // namespace conformance

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return conformance::run_program(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "heddle-test262: {}\n", error.what());
        return 2;
    }
}
