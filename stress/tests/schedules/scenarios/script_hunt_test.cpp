// The hunt in people's own programs, as its command runs it: what the examples hide is found, kept, shrunk
// and repeated 20 times of 20; what is known counts up; and a program without such bugs has no findings.
#include "stress/tests/command_test.h"

namespace fs = std::filesystem;

namespace {

class ScriptHunt : public stress::CommandTest {
protected:
    int schedules(const std::string& words) { return run_program(HEDDLE_SCHEDULES, words); }
    int hunt(const fs::path& script, const std::string& options) {
        return schedules("hunt-script '" + script.string() + "' " + findings_option() + "--minutes 3 " + options);
    }
    fs::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder() / name) << text;
        return folder() / name;
    }

    // Found, shrunk to at most `switches`, and repeated.
    void expect_found(const fs::path& script, const std::string& options, const std::string& failure,
                      size_t switches, const std::string& said) {
        ASSERT_EQ(hunt(script, "--max-runs 1000 --until-found " + options), 1) << output();
        fs::path finding = only_finding();
        nlohmann::json kept = record(finding);
        EXPECT_EQ(kept["failure"], failure);
        EXPECT_EQ(kept["shrunk"], true) << output();
        EXPECT_LE(kept["switches"], switches) << output();
        EXPECT_EQ(kept["times_seen"], 1);
        EXPECT_NE(read(finding / "report.txt").find(said), std::string::npos) << read(finding / "report.txt");
        EXPECT_GT(read(finding / "trace.txt").size(), 1000u);
        EXPECT_NE(read(finding / "repeat.sh").find("./dev replay "), std::string::npos);
        for (int i = 0; i < 20; i++) {
            ASSERT_EQ(schedules("replay '" + (finding / "schedule").string() + "'"), 0) << i << output();
            ASSERT_EQ(output().find("The trace is not the recorded one"), std::string::npos) << i << output();
        }
        // Known now: counted, and no news.
        EXPECT_EQ(hunt(script, "--max-runs 1000 --until-found " + options), 0) << output();
        EXPECT_EQ(record(only_finding())["times_seen"], 2);
    }
};

const fs::path kExamples = HEDDLE_SOURCE_DIR "/stress/examples";

TEST_F(ScriptHunt, FindsALostUpdate) {
    expect_found(kExamples / "lost_update.js", "", "check: assert: an update was lost: N of N", 2,
                 "lost_update.js:22:1");
}

TEST_F(ScriptHunt, FindsADeadlock) {
    expect_found(kExamples / "deadlock.js", "", "deadlock", 3, "at lock [worker eval]");
}

TEST_F(ScriptHunt, FindsATornInvariant) {
    expect_found(kExamples / "torn_invariant.js", "", "check: assert: the point is torn: x N, y N", 2,
                 "torn_invariant.js:");
}

TEST_F(ScriptHunt, FindsAnOutputThatDiffers) {
    fs::path script = write("first.js", R"(
        const next = new Int32Array(new SharedArrayBuffer(4));
        const places = [];
        for (const name of ['a', 'b']) {
            const worker = new Worker(`
                onmessage = event => { postMessage(Atomics.add(event.data, 0, 1)); console.log('done'); close(); }`, { eval: true });
            worker.onmessage = event => { places.push(name + event.data); if (places.length === 2) print(places.sort().join()); };
            worker.postMessage(next);
        })");
    expect_found(script, "", "check: the output is not that of the undisturbed run", 3,
                 "expected:\na0,b1\ndone\ndone\n");
    EXPECT_EQ(hunt(script, "--max-runs 60 --any-output"), 0) << output();
    EXPECT_NE(output().find("60 controlled runs"), std::string::npos) << output();
}

TEST_F(ScriptHunt, RandomNumbersInTheOutputAreNoFinding) {
    EXPECT_EQ(hunt(write("random.js", "console.log(Math.random())"), "--max-runs 50"), 0) << output();
    EXPECT_NE(output().find("depends on random numbers"), std::string::npos) << output();
}

TEST_F(ScriptHunt, FindsAnErrorThatAnAgentDoesNotCatch) {
    fs::path script = write("agent.js", R"(
        const flag = new Int32Array(new SharedArrayBuffer(8));
        $262.agent.start(`$262.agent.receiveBroadcast(buffer => {
            const flag = new Int32Array(buffer);
            if (Atomics.load(flag, 0) === 1 && Atomics.load(flag, 1) === 0) throw new RangeError('half way');
            $262.agent.leaving();
        })`);
        $262.agent.broadcast(flag.buffer);
        Atomics.store(flag, 0, 1);
        Atomics.store(flag, 1, 1);)");
    expect_found(script, "--262", "check: uncaught: RangeError: half way", 3, "RangeError: half way");
}

TEST_F(ScriptHunt, SaysWhenNoScheduleIsToBlame) {
    EXPECT_EQ(hunt(write("always.js", "assert(1 === 2, 'never')"), "--until-found"), 1) << output();
    EXPECT_NE(output().find("this is no matter of the schedule"), std::string::npos) << output();
    EXPECT_EQ(record(only_finding())["switches"], 0);
}

TEST_F(ScriptHunt, FindsNothingInASoundProgram) {
    fs::path script = write("sound.js", R"(
        const total = new Int32Array(new SharedArrayBuffer(4));
        let ended = 0;
        for (let i = 0; i < 2; i++) {
            const worker = new Worker(`onmessage = event => { Atomics.add(event.data, 0, 1); postMessage(0); close(); }`, { eval: true });
            worker.onmessage = () => { if (++ended === 2) { assert(total[0] === 2, 'lost'); console.log('total', total[0]); } };
            worker.postMessage(total);
        })");
    EXPECT_EQ(hunt(script, "--max-runs 150 --seed 5"), 0) << output();
    EXPECT_FALSE(fs::exists(findings()));
}

TEST_F(ScriptHunt, AChangedScriptIsSearchedAround) {
    fs::path script = write("lost.js", read(kExamples / "lost_update.js"));
    ASSERT_EQ(hunt(script, "--max-runs 1000 --until-found"), 1) << output();
    fs::path finding = only_finding();
    std::string text = read(script);
    write("lost.js", "let unused = 1;\n" + text);
    EXPECT_EQ(schedules("replay '" + (finding / "schedule").string() + "'"), 0) << output();
    EXPECT_NE(output().find("has changed since it was recorded"), std::string::npos) << output();
}

TEST_F(ScriptHunt, NamesWhatIsWrong) {
    fs::path script = write("empty.js", "");
    EXPECT_EQ(hunt(script, "--strategy nothing"), 2);
    EXPECT_NE(output().find("there is no strategy 'nothing'"), std::string::npos) << output();
    EXPECT_EQ(hunt(script, "--shard 3/3"), 2);
    EXPECT_EQ(hunt(script, "--minutes x"), 2);
    EXPECT_EQ(hunt(script, "--bogus"), 2);
    EXPECT_EQ(hunt(folder() / "missing.js", ""), 2);
    EXPECT_NE(output().find("missing.js"), std::string::npos) << output();
}

TEST_F(ScriptHunt, ScenariosAreHuntedByShards) {
    std::string options = findings_option() + "--scenario primitives --minutes 0.5 --max-runs 40 --shard ";
    EXPECT_EQ(schedules("hunt " + options + "0/2"), 0) << output();
    EXPECT_NE(output().find("40 controlled runs"), std::string::npos) << output();
    EXPECT_EQ(schedules("hunt " + options + "1/2"), 0) << output();
    EXPECT_EQ(schedules("hunt --scenario nothing"), 2) << output();
}

TEST_F(ScriptHunt, AScenariosPlantedBugIsKeptInTheSameWay) {
    std::string options = "hunt " + findings_option() +
                          "--scenario primitives/parker_hand_off --minutes 2 --until-found --seed 3 --planted";
    ASSERT_EQ(schedules(options), 1) << output();
    fs::path finding = only_finding();
    EXPECT_EQ(record(finding)["kind"], "deadlock");
    EXPECT_EQ(record(finding)["shrunk"], true) << output();
    EXPECT_EQ(schedules("replay '" + (finding / "schedule").string() + "'"), 0) << output();
    EXPECT_EQ(schedules(options), 0) << output();
    EXPECT_EQ(record(only_finding())["times_seen"], 2);
}

} // namespace
