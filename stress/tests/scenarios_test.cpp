// Each scenario of agents shown to itself: with its planted bug it ends in a finding of the right kind, soon.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
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
                          "' --until-finding --minutes 1 --hang-seconds 12 --scenario " +
                          GetParam().scenario + " --plant " + GetParam().bug + " >'" + output + "' 2>&1";
    int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << read(output);
    ASSERT_TRUE(fs::exists(folder / "findings")) << read(output);
    for (const auto& entry : fs::directory_iterator(folder / "findings")) {
        nlohmann::json record = nlohmann::json::parse(read(entry.path() / "record.json"));
        EXPECT_EQ(record["planted"], nlohmann::json::array({GetParam().bug}));
        std::string kind = record["kind"];
        const auto& kinds = GetParam().kinds;
        EXPECT_NE(std::find(kinds.begin(), kinds.end(), kind), kinds.end())
            << "the kind is " << kind << "\n"
            << read(entry.path() / "report.txt");
    }
    fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, PlantedIn,
    testing::Values(
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

#endif

} // namespace
