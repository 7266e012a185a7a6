// An agent belongs to the thread that is inside it, and says so when another comes.
#include "runtime/tests/runtime_fixture.h"
#include "sync/blocking_region.h"
#include "sync/thread.h"

namespace heddle {
namespace {

template<class Body>
void on_thread(std::string_view name, Body body) {
    sync::Thread thread;
    ASSERT_TRUE(thread.start({.name = name}, std::move(body)));
    sync::BlockingRegion region;
    thread.join();
}

TEST(AgentThread, OutsideOfARequestNobodyIsInside) {
    IntrinsicTable table{};
    Runtime runtime(RuntimeOptions{&table, {}});
    Agent agent(runtime, {});
    EXPECT_FALSE(agent.is_inside());
    EXPECT_NE(agent.check_thread().find("outside a request"), std::string::npos) << agent.check_thread();
    {
        Request request(agent);
        Request nested(agent);
        EXPECT_EQ(agent.check_thread(), "");
    }
    EXPECT_FALSE(agent.is_inside());
}

TEST(AgentThread, AnotherThreadIsNamedWithTheOwner) {
    IntrinsicTable table{};
    Runtime runtime(RuntimeOptions{&table, {}});
    Agent agent(runtime, {});
    on_thread("owner", [&] {
        Request request(agent);
        std::string message;
        on_thread("intruder", [&] { message = agent.check_thread(); });
        EXPECT_NE(message.find("owner ("), std::string::npos) << message;
        EXPECT_NE(message.find("intruder ("), std::string::npos) << message;
        EXPECT_NE(message.find("one thread at a time"), std::string::npos) << message;
    });
}

TEST(AgentThread, ThreadsMayTakeTurns) {
    IntrinsicTable table{};
    Runtime runtime(RuntimeOptions{&table, {}});
    Agent agent(runtime, {});
    Root<String>* kept = nullptr;
    {
        Request request(agent);
        kept = new Root<String>(agent.heap(), MUST(String::from_latin1(agent, "made by the first")));
    }
    on_thread("second", [&] {
        Request request(agent);
        agent.heap().collect();
        EXPECT_EQ(MUST(kept->get()->flatten(agent)).to_utf8(), "made by the first");
        delete kept;
    });
}

TEST(AgentThreadDeathTest, ARequestFromASecondThreadDies) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    IntrinsicTable table{};
    Runtime runtime(RuntimeOptions{&table, {}});
    Agent agent(runtime, {});
    EXPECT_DEATH(
        {
            Request request(agent);
            on_thread("intruder", [&] { Request second(agent); });
        },
        "belongs to .* and was used by intruder .*one thread at a time");
}

} // namespace
} // namespace heddle
