// The hunt shown to itself: planted bugs become findings with a record and a command, clean runs end with status 0, and
// what does not exist is named with what does.
#include "stress/tests/command_test.h"

namespace fs = std::filesystem;

namespace {

class Hunt : public stress::CommandTest {
protected:
    int run(const std::string& options) {
        return run_program(HEDDLE_HUNT, findings_option() + "--json '" + (folder() / "out.json").string() + "' " + options);
    }
    nlohmann::json json() const { return nlohmann::json::parse(read(folder() / "out.json")); }
};

#ifdef HEDDLE_CHECKED

TEST_F(Hunt, ACleanRunReachesItsWindows) {
    EXPECT_EQ(run("--minutes 0.03 --scenario primitives"), 0) << output();
    ASSERT_EQ(json()["scenarios"].size(), 3u);
    EXPECT_EQ(json()["findings"], 0);
    for (const auto& scenario : json()["scenarios"]) {
        EXPECT_GT(scenario["iterations"], 0) << scenario;
        EXPECT_GT(scenario["windows"], 0) << scenario;
        EXPECT_EQ(scenario["missed"].size(), 0u) << scenario;
    }
}

TEST_F(Hunt, APlantedRaceBecomesAFindingThatItsCommandRepeats) {
    EXPECT_EQ(run("--plant sync.racy-total --until-finding --minutes 1"), 1) << output();
    fs::path place = only_finding();
    nlohmann::json kept = record(place);
    EXPECT_EQ(kept["key"], place.filename().string());
    EXPECT_EQ(kept["scenario"], "primitives/guarded_total");
    EXPECT_EQ(kept["planted"], nlohmann::json::array({"sync.racy-total"}));
    // A ThreadSanitizer build sees the race itself; other builds see the wrong total.
    EXPECT_EQ(kept["kind"], HEDDLE_HUNT_SEES_RACES ? "data-race" : "check") << read(place / "report.txt");
    std::string command = kept["command"];
    std::string options = command.substr(command.find(" --scenario"));
    std::string key = kept["key"];
    // It is known by now: counted, and no news.
    EXPECT_EQ(run(options), 0) << output();
    EXPECT_NE(output().find("KNOWN " + key), std::string::npos) << output();
    EXPECT_EQ(only_finding().filename().string(), key);
    EXPECT_EQ(record(place)["times_seen"], 2);
}

TEST_F(Hunt, AHangBecomesAFindingWithAllStacks) {
    EXPECT_EQ(run("--plant sync.lost-permit --until-finding --minutes 1 --hang-seconds 3"), 1) << output();
    fs::path place = only_finding();
    EXPECT_EQ(record(place)["kind"], "hang");
    std::string report = read(place / "report.txt");
    EXPECT_NE(report.find("ParkerHandOff"), std::string::npos) << report;
    EXPECT_NE(report.find("partner"), std::string::npos) << report;
}

#endif

TEST_F(Hunt, NamesWhatExists) {
    EXPECT_EQ(run("--scenario nothing"), 2);
    EXPECT_NE(output().find("no scenario matches 'nothing'; there are:\n  primitives/guarded_total"), std::string::npos) << output();
    EXPECT_EQ(run("--plant nothing"), 2);
    EXPECT_NE(output().find("no planted bug 'nothing'"), std::string::npos) << output();
    EXPECT_EQ(run("--faults nothing"), 2);
    EXPECT_NE(output().find("no faults 'nothing'; there are: "), std::string::npos) << output();
    EXPECT_EQ(run("--bogus"), 2);
    EXPECT_EQ(run("--seed x"), 2);
    EXPECT_EQ(run("--shard 2/2"), 2);
}

} // namespace
