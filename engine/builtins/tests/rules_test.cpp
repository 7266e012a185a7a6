// Breaks the rule of FinalizationRegistry objects and sees the report.
#include "builtins/tests/running.h"
#include "sync/current_thread.h"

#include <gtest/gtest.h>

#ifdef HEDDLE_CHECKED

namespace heddle {
namespace {

TEST(FinalizationRulesDeathTest, RecordsThatTheCollectorMeetsHalfChangedAreReported) {
    ScriptRunner runner;
    runner.run("globalThis.registry = new FinalizationRegistry(() => {}); globalThis.token = {};"
               "registry.register({}, 1, token);");
    EXPECT_DEATH(
        {
            sync::current_thread().planted_bugs = uint64_t{1} << static_cast<int>(PlantedBug::BuiltinsUnregisterCollects);
            runner.run("registry.unregister(token)");
        },
        "broken rule reentered-finalization: the records of a FinalizationRegistry are walked again");
    EXPECT_EQ(runner.run("registry.unregister(token)"), "true");
}

} // namespace
} // namespace heddle

#endif
