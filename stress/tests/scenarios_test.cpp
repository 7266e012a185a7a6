// Each scenario of agents shown to itself: with its planted bug it ends in a finding of the right kind, soon.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

#ifdef HEDDLE_CHECKED

struct Case {
    const char* scenario;
    const char* bug;
    /// As what the bug may show.
    std::vector<std::string> kinds;
};

void PrintTo(const Case& given, std::ostream* out) {
    *out << given.scenario << " with " << given.bug;
}

class PlantedIn : public testing::TestWithParam<Case> {};

std::string read(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

TEST_P(PlantedIn, IsFound) {
    fs::path folder = fs::temp_directory_path() / ("heddle-scenarios-test-" + std::to_string(getpid()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    std::string output = (folder / "out.txt").string();
    std::string command = std::string("'" HEDDLE_HUNT "' --findings '") + (folder / "findings").string() +
                          "' --until-finding --minutes 1 --hang-seconds " +
                          // A lost wake-up ends there after eight seconds.
                          (GetParam().bug == std::string("buffers.wait-compares-unlocked") ? "12" : "6") + " --scenario " +
                          GetParam().scenario + " --plant " + GetParam().bug + " >'" + output + "' 2>&1";
    int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << read(output);
    ASSERT_TRUE(fs::exists(folder / "findings")) << read(output);
    for (const auto& entry : fs::directory_iterator(folder / "findings")) {
        nlohmann::json record = nlohmann::json::parse(read(entry.path() / "record.json"));
        EXPECT_EQ(record["planted"], nlohmann::json::array({GetParam().bug}));
        std::string kind = record["kind"];
        const auto& kinds = GetParam().kinds;
        // A rule of the engine that is named is an assertion that says more.
        bool is_rule = kind.starts_with("rule-") && std::find(kinds.begin(), kinds.end(), "assertion") != kinds.end();
        EXPECT_TRUE(is_rule || std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
            << "the kind is " << kind << "\n"
            << read(entry.path() / "report.txt");
        if (!kind.starts_with("rule-")) continue;
        // The key is made of the rule and of the function that broke it.
        EXPECT_EQ(record["frames"].size(), 1u) << record;
        EXPECT_TRUE(entry.path().filename().string().starts_with(kind + '-')) << entry.path();
        // What is counted at the end of an agent shows when no script runs any more.
        bool at_the_end = kind == "rule-unbalanced";
        EXPECT_EQ(read(entry.path() / "report.txt").find("\n  script:\n") == std::string::npos, at_the_end);
    }
    fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, PlantedIn,
    testing::Values(
        Case{"primitives/interrupted_waits", "sync.interrupted-is-timeout", {"check"}},
        Case{"detach_races/transfer_frees", "buffers.transfer-frees-early", {"check", "assertion", "crash-SEGV", "crash-ABRT", "heap-use-after-free", "data-race"}},
        Case{"detach_races/spec_outcomes", "buffers.with-forgets-tail", {"check"}},
        Case{"detach_races/spec_outcomes", "buffers.constructor-skips-detach", {"check", "assertion", "crash-SEGV"}},
        Case{"detach_races/spec_outcomes", "buffers.short-species", {"check", "assertion"}},
        Case{"detach_races/spec_outcomes", "buffers.slice-stale-length", {"check", "assertion"}},
        Case{"detach_races/grow_against_copies", "buffers.grow-uncommitted", {"crash-SEGV", "crash-BUS", "SEGV", "assertion"}},
        Case{"atomics/timeouts", "buffers.timeout-keeps-waiter", {"check"}},
        Case{"atomics/timeouts", "buffers.timer-by-address", {"check", "hang"}},
        Case{"atomics/late_settlement", "buffers.late-completion", {"check", "assertion"}},
        Case{"atomics/late_settlement", "buffers.settles-under-lock", {"assertion"}},
        Case{"atomics/event_loop", "threads.post-without-wake", {"hang"}},
        Case{"teardown/workers", "threads.worker-not-terminated", {"hang"}},
        Case{"teardown/handlers", "threads.exit-not-told", {"hang"}},
        Case{"teardown/ports", "threads.port-outlives-owner", {"check", "assertion", "hang"}},
        Case{"teardown/ports", "threads.unrooted-port", {"check", "assertion", "hang", "crash-SEGV", "SEGV", "use-after-poison"}},
        Case{"teardown/accepted_messages", "threads.tells-before-queueing", {"hang"}},
        Case{"reentrancy/registries", "runtime.forgets-cleanups", {"check"}},
        Case{"reentrancy/memory_limits", "heap.forgets-external", {"check", "assertion"}},
        Case{"clone/graphs", "clone.shares-by-number", {"check", "assertion", "crash-SEGV"}},
        Case{"clone/graphs", "clone.loses-sharing", {"check"}},
        Case{"clone/hostile_bytes", "clone.trusts-views", {"check", "assertion", "crash-SEGV", "heap-buffer-overflow", "SEGV"}},
        Case{"detach_races/transfer_ring", "buffers.transfer-keeps-source", {"check", "data-race"}},
        Case{"detach_races/grow_against_copies", "buffers.grow-stale-length", {"check", "assertion"}},
        Case{"atomics/exact_totals", "buffers.torn-add", {"check"}},
        Case{"atomics/wait_notify", "buffers.wait-compares-unlocked", {"check"}},
        Case{"teardown/terminate_waiting", "buffers.missed-termination", {"hang"}},
        Case{"reentrancy/coercions", "buffers.set-stale-view", {"rule-stale-view"}},
        Case{"reentrancy/finalizers_and_jobs",
             "runtime.unvisited-result",
             {"check", "assertion", "rule-dead-cell", "crash-SEGV", "SEGV"}}),
    [](const testing::TestParamInfo<Case>& given) {
        std::string name = given.param.bug;
        for (char& c : name) {
            if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
        }
        return name;
    });

// Each allocation in turn would take minutes: some of them, of every scenario.
TEST(OutOfMemory, EndsNoScenarioButByItsError) {
    fs::path folder = fs::temp_directory_path() / ("heddle-oom-test-" + std::to_string(getpid()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    std::string output = (folder / "out.txt").string();
    std::string command = std::string("'" HEDDLE_HUNT "' --findings '") + (folder / "findings").string() +
                          "' --oom --oom-runs 6 --minutes 1.5 >'" + output + "' 2>&1";
    int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << read(output);
    EXPECT_NE(read(output).find(" 0 findings"), std::string::npos) << read(output);
    // A scenario of scripts has allocations to fail.
    EXPECT_NE(read(output).find("detach_races/spec_outcomes"), std::string::npos) << read(output);
    fs::remove_all(folder);
}

#endif

} // namespace
