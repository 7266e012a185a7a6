// The schedules of corpus/schedules: those of planted bugs still find them, those of fixed ones pass.
#include "stress/schedules/explorer.h"
#include "stress/schedules/replay.h"
#include "stress/schedules/scenario_programs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace fs = std::filesystem;
using namespace stress;

namespace {

std::vector<fs::path> kept_schedules() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(HEDDLE_SOURCE_DIR "/corpus/schedules")) {
        if (entry.path().extension() != ".md") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

// The schedule itself, then a hundred runs of a search with its seed.
std::string failure_around(Runner& runner, const Program& program, const Schedule& schedule) {
    Replay first = replay(runner, program, schedule);
    if (first.result.failed()) return first.result.signature + '\n' + first.result.report;
    Search search(runner, "portfolio", schedule.strategy_seed);
    while (search.runs() < 100) {
        if (search.step().failed()) return search.result().signature + '\n' + search.result().report;
    }
    return {};
}

TEST(KeptSchedules, PlantedBugsAreFoundAndFixedOnesAreNot) {
    std::vector<Program> programs = scenario_programs();
    int planted = 0;
    for (const fs::path& file : kept_schedules()) {
        SCOPED_TRACE(file.filename().string());
        Schedule schedule = load_schedule(file);
        const Program& program = find_program(programs, schedule.program);
        Runner runner([] {});
        if (file.filename().string().starts_with("planted_")) {
            planted++;
            ASSERT_NE(schedule.failure, "");
            EXPECT_EQ(schedule.arguments["plant"], 1);
            Replay found = replay_and_search(runner, program, schedule, 4000);
            EXPECT_TRUE(found.failed_as_recorded) << found.result.signature;
            // The same without the planted bug is like one that has been fixed.
            schedule.arguments["plant"] = 0;
        }
        EXPECT_EQ(failure_around(runner, program, schedule), "");
    }
    EXPECT_GE(planted, 4);
}

} // namespace
