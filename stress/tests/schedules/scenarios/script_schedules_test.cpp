// Users' programs under the scheduler: what is found in each example is shrunk, text and all, and repeats.
#include "stress/schedules/explorer.h"
#include "stress/schedules/replay.h"
#include "stress/schedules/script_program.h"

#include <gtest/gtest.h>

#include <fstream>

using namespace stress;

namespace {

struct Example {
    const char* file;
    const char* failure; // how its signature begins
    size_t most_switches;
    const char* left_out; // of the text: nothing that the failure needs
};

class ScriptSchedules : public testing::TestWithParam<Example> {};

} // namespace

TEST_P(ScriptSchedules, AreFoundShrunkAndRepeated) {
    Script script({.file = std::string(HEDDLE_SOURCE_DIR "/stress/examples/") + GetParam().file});
    const Program& program = script.program();
    Arguments arguments = arguments_for(program, {});
    Runner runner([&] { program.body(arguments); });
    program.prepare(runner.plan());
    runner.plan().strategy = Strategy::NonPreemptive;
    ASSERT_FALSE(runner.run().failed()) << "without preemptions it comes to its end";
    Search search(runner, "portfolio", 1);
    while (!search.result().failed() && search.runs() < 200)
        search.step();
    ASSERT_TRUE(search.result().failed());
    ASSERT_TRUE(search.result().signature.starts_with(GetParam().failure)) << search.result().signature;
    Schedule found = record_schedule(runner, search.result(), program, arguments, "portfolio", 1);
    Shrunk shrunk = shrink(runner, program, found);
    ASSERT_EQ(shrunk.refusal, "");
    EXPECT_LE(shrunk.schedule.switches.size(), GetParam().most_switches);
    EXPECT_LT(shrunk.schedule.lines.size(), program.text.size());
    std::string left = text_of(program, shrunk.schedule.lines);
    EXPECT_EQ(left.find(GetParam().left_out), std::string::npos) << left;
    // As a file and back, in place of the whole text.
    Schedule again = read_schedule(write_schedule(shrunk.schedule));
    EXPECT_EQ(again.lines, shrunk.schedule.lines);
    program.select_lines({});
    EXPECT_TRUE(replay(runner, program, again).failed_as_recorded);
    // What is left is no failure of its own.
    again.switches.clear();
    EXPECT_FALSE(replay(runner, program, again).result.failed()) << left;
}

INSTANTIATE_TEST_SUITE_P(Examples, ScriptSchedules,
                         testing::Values(Example{"lost_update.js", "check: assert: an update was lost", 2, "console.log"},
                                         Example{"deadlock.js", "deadlock", 2, "console.log"},
                                         Example{"torn_invariant.js", "check: assert: the point is torn", 2, "console.log"}),
                         [](const auto& info) {
                             std::string name = info.param.file;
                             return name.substr(0, name.find('.'));
                         });

// A script whose output, not an assert, shows the race: with less text another output is the expected one.
TEST(ScriptSchedules, OutputsAreThoseOfTheTextThatIsLeft) {
    std::string file = testing::TempDir() + "heddle_output_race.js";
    std::ofstream(file) << R"(const shared = new Int32Array(new SharedArrayBuffer(8));
console.log("a line that has no part in it");
new Worker(`onmessage = e => {
    Atomics.store(e.data, 0, 1);
    close();
};`, { eval: true }).postMessage(shared);
Atomics.load(shared, 1);
console.log("saw", Atomics.load(shared, 0));
)";
    Script script({.file = file});
    const Program& program = script.program();
    Runner runner([&] { program.body(arguments_for(program, {})); });
    program.prepare(runner.plan());
    runner.plan().strategy = Strategy::NonPreemptive;
    ASSERT_FALSE(runner.run().failed());
    script.expect_output(script.last_output());
    Arguments arguments = arguments_for(program, {});
    runner.set_body([&] { program.body(arguments); });
    Search search(runner, "portfolio", 1);
    while (!search.result().failed() && search.runs() < 200)
        search.step();
    ASSERT_TRUE(search.result().failed());
    Shrunk shrunk = shrink(runner, program, record_schedule(runner, search.result(), program, arguments, "portfolio", 1));
    ASSERT_EQ(shrunk.refusal, "");
    std::string left = text_of(program, shrunk.schedule.lines);
    EXPECT_EQ(left.find("no part"), std::string::npos) << left;
    EXPECT_NE(left.find("saw"), std::string::npos) << left;
    EXPECT_NE(shrunk.schedule.arguments.at("expected_output"), arguments.at("expected_output"));
    std::remove(file.c_str());
}

TEST(ScriptSchedules, LinesOfASchedulesFileAreChecked) {
    std::string head = "heddle schedule 1\nprogram script:x.js\nlines ";
    EXPECT_EQ(read_schedule(head + "1-3,7\n").lines, (Lines{1, 2, 3, 7}));
    for (const char* wrong : {"0", "3-1", "5,5", "x", "1-3,2", "1-99999999999"})
        EXPECT_THROW(read_schedule(head + wrong + "\n"), std::runtime_error) << wrong;
}
