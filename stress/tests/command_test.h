// A test that runs a program of stress/ as its user would, in a folder of its own: what it wrote, and what it found.
#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace stress {

class CommandTest : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / ("heddle-stress-test-" + std::to_string(getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// The exit status, or -1 when a signal ended the program.
    int run_program(const std::string& program, const std::string& words) {
        std::string command = "'" + program + "' " + words + " >'" + (folder_ / "out.txt").string() + "' 2>&1";
        int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    static std::string read(const std::filesystem::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    std::string output() const { return read(folder_ / "out.txt"); }
    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path findings() const { return folder_ / "findings"; }
    std::string findings_option() const { return "--findings '" + findings().string() + "' "; }
    std::filesystem::path only_finding() const {
        std::filesystem::path found;
        int count = 0;
        if (std::filesystem::exists(findings())) {
            for (const auto& entry : std::filesystem::directory_iterator(findings())) {
                found = entry.path();
                count++;
            }
        }
        EXPECT_EQ(count, 1) << output();
        return found;
    }
    static nlohmann::json record(const std::filesystem::path& finding) {
        return nlohmann::json::parse(read(finding / "record.json"));
    }

private:
    std::filesystem::path folder_;
};

} // namespace stress
