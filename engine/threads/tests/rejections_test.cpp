// Promises that are rejected while nobody handles them, as the tracker reports them.
#include "sync/current_thread.h"
#include "threads/rejections.h"
#include "threads/tests/script_host.h"

#include <gtest/gtest.h>

namespace heddle::test {
namespace {

class Rejections : public testing::TestWithParam<PrintCase> {
protected:
    static void report(Agent& agent, Value reason) { Printed::of(agent).add("rejected " + shown(agent, reason)); }
};

TEST_P(Rejections, Print) {
    ScriptHost host;
    RejectionTracker tracker(host.agent(), report);
    std::string printed = host.run(GetParam().code);
    EXPECT_EQ(printed, GetParam().printed);
    tracker.report_all();
    EXPECT_EQ(Printed::of(host.agent()).text, printed) << "the loop has reported all";
}

const PrintCase kCases[] = {
    {"InTheOrderOfRejections", "Promise.reject(1); const later = Promise.resolve().then(() => { throw 2; }); Promise.reject(3); print('end');",
     "end; rejected 1; rejected 3; rejected 2"},
    {"HandledInTheSameTurn", "const p = Promise.reject(1); Promise.reject(2); Promise.resolve().then(() => p.catch(e => print('caught', e)));",
     "caught 1; rejected 2"},
    {"AllHandled", "for (let i = 0; i < 3; ++i) Promise.reject(i).catch(e => print(e));", "0; 1; 2"},
    {"HandledTooLate", "const p = Promise.reject(1); setTimeout(() => p.catch(e => print('late', e)), 1);", "rejected 1; late 1"},
    {"OnceEach", "const p = Promise.reject(1); setTimeout(() => Promise.reject(2), 1);", "rejected 1; rejected 2"},
    {"Derived", "Promise.reject(1).then(() => {}).finally(() => {});", "rejected 1"},
    {"AsyncFunctions", "(async () => { await null; throw 'a'; })(); (async () => { throw 'b'; })();", "rejected b; rejected a"},
};
INSTANTIATE_TEST_SUITE_P(Html, Rejections, testing::ValuesIn(kCases), [](const auto& info) { return std::string(info.param.name); });

// What a report rejects is for the next one; what it handles, and has not been reported yet, is reported no more.
TEST(RejectionReports, MayRejectAndHandle) {
    ScriptHost host;
    RejectionTracker tracker(host.agent(), [](Agent& agent, Value reason) {
        Printed::of(agent).add("rejected " + shown(agent, reason));
        std::string call = "during(" + shown(agent, reason) + ")";
        (void)Interpreter::of(agent).evaluate_script(agent.realm(), SourceText::from_utf8(call, "report.js")).threw();
    });
    EXPECT_EQ(host.run("const second = Promise.reject(1).then(() => {}); let third; Promise.resolve().then(() => { third = Promise.reject(3); });"
                       "function during(reason) { if (reason === 1) { Promise.reject(4); third.catch(() => {}); } }"),
              "rejected 1; rejected 4");
}

TEST(RejectionReports, OfManyComeInOrder) {
    ScriptHost host;
    static int reported;
    reported = 0;
    RejectionTracker tracker(host.agent(), [](Agent&, Value reason) { reported += reason == Value::int32(reported); });
    EXPECT_EQ(host.run("for (let i = 0; i < 100000; ++i) Promise.reject(i); print('end');"), "end");
    EXPECT_EQ(reported, 100'000);
}

#ifdef HEDDLE_CHECKED
// Whichever allocation fails: a promise that was rejected is reported.
TEST(RejectionReports, AreNotLostWithoutMemory) {
    ScriptHost host;
    sync::AllocationFaults faults;
    static int reported;
    RejectionTracker tracker(host.agent(), [](Agent&, Value) { ++reported; });
    int failures = 0;
    for (uint64_t nth = 1;; ++nth) {
        ASSERT_LT(nth, 1000u);
        reported = 0;
        faults.fail_at = faults.seen + nth;
        faults.failed = 0;
        sync::current_thread().allocation_faults = &faults;
        std::string made = host.evaluate("{ let made = 0; try { Promise.reject(1); made = 1; } catch {} made }");
        EventLoop::of(host.agent()).run();
        sync::current_thread().allocation_faults = nullptr;
        tracker.report_all();
        if (made != "1" && made != "0") EXPECT_NE(made.find("memory"), std::string::npos) << made;
        EXPECT_EQ(reported, made == "1") << "allocation " << nth;
        if (!faults.failed) break;
        ++failures;
    }
    EXPECT_GT(failures, 3);
}
#endif

} // namespace
} // namespace heddle::test
