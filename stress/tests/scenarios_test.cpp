// Each scenario of agents shown to itself: with its planted bug it ends in a finding of the right kind, soon.
#include "stress/tests/command_test.h"

#include <algorithm>
#include <cctype>

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

class PlantedIn : public stress::CommandTest, public testing::WithParamInterface<Case> {};

TEST_P(PlantedIn, IsFound) {
    // A lost wake-up ends there after eight seconds.
    const char* hang_seconds = GetParam().bug == std::string("buffers.wait-compares-unlocked") ? "12" : "6";
    int status = run_program(HEDDLE_HUNT, findings_option() + "--until-finding --minutes 1 --hang-seconds " + hang_seconds +
                                              " --scenario " + GetParam().scenario + " --plant " + GetParam().bug);
    EXPECT_EQ(status, 1) << output();
    ASSERT_TRUE(fs::exists(findings())) << output();
    for (const auto& entry : fs::directory_iterator(findings())) {
        nlohmann::json kept = record(entry.path());
        EXPECT_EQ(kept["planted"], nlohmann::json::array({GetParam().bug}));
        std::string kind = kept["kind"];
        const auto& kinds = GetParam().kinds;
        // A rule of the engine that is named is an assertion that says more.
        bool is_rule = kind.starts_with("rule-") && std::find(kinds.begin(), kinds.end(), "assertion") != kinds.end();
        EXPECT_TRUE(is_rule || std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
            << "the kind is " << kind << "\n"
            << read(entry.path() / "report.txt");
        if (!kind.starts_with("rule-")) continue;
        // The key is made of the rule and of the function that broke it.
        EXPECT_EQ(kept["frames"].size(), 1u) << kept;
        EXPECT_TRUE(entry.path().filename().string().starts_with(kind + '-')) << entry.path();
        // What is counted at the end of an agent shows when no script runs any more.
        bool at_the_end = kind == "rule-unbalanced";
        EXPECT_EQ(read(entry.path() / "report.txt").find("\n  script:\n") == std::string::npos, at_the_end);
    }
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
        Case{"atomics/late_settlement", "buffers.settles-under-lock", {"rule-lock-across-script"}},
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

class OutOfMemory : public stress::CommandTest {};

// Each allocation in turn would take minutes: some of them, of every scenario.
TEST_F(OutOfMemory, EndsNoScenarioButByItsError) {
    EXPECT_EQ(run_program(HEDDLE_HUNT, findings_option() + "--oom --oom-runs 6 --minutes 1.5"), 0) << output();
    EXPECT_NE(output().find(" 0 findings"), std::string::npos) << output();
    // A scenario of scripts has allocations to fail, and what did not fail is said.
    size_t line = output().find("detach_races/spec_outcomes");
    ASSERT_NE(line, std::string::npos) << output();
    EXPECT_NE(output().find("1 to 3 failed in turn, and 3 of the ", line), std::string::npos) << output();
    EXPECT_NE(output().find(" allocations failed; in "), std::string::npos) << output();
}

TEST_F(OutOfMemory, EveryAllocationFailsWhereThereIsTime) {
    EXPECT_EQ(run_program(HEDDLE_HUNT, findings_option() + "--oom --scenario clone/hostile_bytes"), 0) << output();
    EXPECT_NE(output().find(" allocations: each failed once ("), std::string::npos) << output();
    EXPECT_NE(output().find("in 1 of 1 scenarios each of them did"), std::string::npos) << output();
}

#endif

} // namespace
