// The whole runner over a small made-up suite and a fake engine: counts, expectations, failures that cost one test.
#include "conformance/suite.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

namespace fs = std::filesystem;

namespace conformance {
namespace {

class Runner : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("heddle-conformance-" + std::to_string(getpid()));
        fs::remove_all(folder_);
        for (const char* name : {"suite/harness", "suite/test/language/a", "suite/test/built-ins/b", "lists"})
            fs::create_directories(folder_ / name);
        write("lists/skipped.txt", "feature Later: not yet\n");
        add("test/language/a/pass.js", "", "completed");
        add("test/language/a/early.js", "negative:\n  phase: parse\n  type: SyntaxError\n", "threw parse SyntaxError");
        add("test/language/a/half.js", "", "strict only");
        add("test/language/a/x_FIXTURE.js", "", "completed");
        add("test/built-ins/b/async.js", "flags: [async, onlyStrict]\n", "done");
        add("test/built-ins/b/dies.js", "flags: [noStrict]\n", "die");
        add("test/built-ins/b/crash.js", "flags: [raw]\n", "crashed");
        add("test/built-ins/b/race.js", "flags: [module]\n", "race");
        add("test/built-ins/b/skip.js", "features: [Later]\n", "crashed");
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
    void add(const std::string& name, const std::string& metadata, const std::string& answer) {
        write("suite/" + name, "/*---\n" + metadata + "---*/\n// ANSWER: " + answer + "\n");
    }

    int run(const std::string& options) {
        std::string command = "TEST262_DIR='" + (folder_ / "suite").string() + "' '" HEDDLE_TEST262 "' --engine '" HEDDLE_SOURCE_DIR
            "/conformance/tests/fake_engine.py' --conformance '" + (folder_ / "lists").string() + "' --jobs 2 --json '" +
            (folder_ / "out.json").string() + "' " + options + " >'" + (folder_ / "out.txt").string() + "' 2>&1";
        int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    nlohmann::json json() { return nlohmann::json::parse(read_file(folder_ / "out.json")); }
    std::string output() { return read_file(folder_ / "out.txt"); }

    fs::path folder_;
};

TEST_F(Runner, CountsInFiles) {
    EXPECT_EQ(run(""), 1) << output();
    nlohmann::json counts = json();
    EXPECT_EQ(counts["files"], 8);
    EXPECT_EQ(counts["pass"], 3);
    EXPECT_EQ(counts["fail"], 4);
    EXPECT_EQ(counts["skip"], 1);
    EXPECT_EQ(counts["variants"], 10);
    EXPECT_EQ(counts["folders"]["test/language/a"]["files"], 3);
    EXPECT_EQ(counts["folders"]["test/built-ins"]["pass"], 1);
    EXPECT_NE(output().find("half.js sloppy: threw at runtime: Test262Error: sloppy"), std::string::npos) << output();
    EXPECT_NE(output().find("1 sanitizer reports"), std::string::npos) << output();
}

TEST_F(Runner, FailsAtRegressionsAndAtUnexpectedPasses) {
    EXPECT_EQ(run("--update-expectations"), 0) << output();
    EXPECT_EQ(run("--expectations"), 0) << output();
    add("test/language/a/pass.js", "", "threw runtime TypeError");
    EXPECT_EQ(run("--expectations"), 1);
    EXPECT_NE(output().find("REGRESSION test/language/a/pass.js"), std::string::npos) << output();
    add("test/language/a/pass.js", "", "completed");
    add("test/language/a/half.js", "", "completed");
    EXPECT_EQ(run("--expectations"), 1);
    EXPECT_NE(output().find("UNEXPECTED PASS test/language/a/half.js"), std::string::npos) << output();
}

TEST_F(Runner, NamesWhatExists) {
    EXPECT_EQ(run("test/language/z"), 2);
    EXPECT_NE(output().find("no 'test/language/z'; in test/language there are: a"), std::string::npos) << output();
    EXPECT_EQ(run("--bogus"), 2);
    EXPECT_EQ(run("--shard 3/2"), 2);
}

TEST_F(Runner, ShardsCoverEveryFileOnce) {
    int files = 0;
    for (const char* shard : {"--shard 1/3", "--shard 2/3", "--shard 3/3"}) {
        run(shard);
        files += json()["files"].get<int>();
    }
    EXPECT_EQ(files, 8);
}

} // namespace
} // namespace conformance
