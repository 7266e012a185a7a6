// heddle.hpp, and heddle.h in C.
#include "heddle/heddle.hpp"

#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>

extern "C" int heddle_use_from_c(void);

TEST(PlainCTest, WorksInC11) { EXPECT_EQ(heddle_use_from_c(), 0); }

class CppTest : public testing::Test {
protected:
    heddle::Runtime runtime = heddle::Runtime::create().value();
    heddle::Agent agent = runtime.create_agent().value();
    heddle::Scope scope{agent};
    std::string run(std::string_view source) { return agent.evaluate(source).value().to_string().value(); }
};

TEST_F(CppTest, LambdasAreFunctions) {
    heddle::Value global = agent.global().value();
    int calls = 0;
    global.set("add", agent.function("add", [](double a, double b) { return a + b; }).value()).value();
    global.set("greet", agent.function("greet", [&calls](std::string name) { ++calls; return "hello " + name; }).value()).value();
    global.set("count", agent.function("count", [](heddle::Arguments& arguments) { return static_cast<double>(arguments.size()); }).value()).value();
    global.set("nothing", agent.function("nothing", [](bool) {}).value()).value();
    EXPECT_EQ(run("[add(1, '2'), add.length, greet('you'), count(1, 2, 3), nothing(1)]"), "3,2,hello you,3,");
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(run("try { add(Symbol()) } catch (e) { e.name }"), "TypeError");
}

TEST_F(CppTest, ExceptionsCrossBothWays) {
    heddle::Value global = agent.global().value();
    global.set("fail", agent.function("fail", []() -> double { throw std::runtime_error("from C++"); }).value()).value();
    EXPECT_EQ(run("try { fail() } catch (e) { String(e) }"), "Error: from C++");
    global.set("through", agent.function("through", [](heddle::Value f) { return f.call().value(); }).value()).value();
    EXPECT_EQ(run("try { through(() => { throw 'mine' }) } catch (e) { e }"), "mine");
    global.set("refuse", agent.function("refuse", [this]() -> heddle::Expected<heddle::Value> {
        return agent.throw_error(HEDDLE_RANGE_ERROR, "refused");
    }).value()).value();
    EXPECT_EQ(run("try { refuse() } catch (e) { String(e) }"), "RangeError: refused");
    heddle::Expected<heddle::Value> result = agent.evaluate("throw new TypeError('bad')");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().status, HEDDLE_EXCEPTION);
    EXPECT_EQ(result.error().message, "TypeError: bad");
    EXPECT_EQ(agent.exception().value().get("message").value().string().value(), "bad");
    EXPECT_THROW(agent.evaluate("null.x").value(), heddle::Exception);
}

TEST_F(CppTest, OwnersReleaseWhatTheyHold) {
    heddle_runtime_statistics now = HEDDLE_RUNTIME_STATISTICS_INIT;
    {
        heddle::Script script = agent.compile(runtime.get(), "40 + 2").value();
        EXPECT_EQ(agent.run(script).value().number().value(), 42);
        heddle::Message unread = agent.serialize(runtime.get(), agent.evaluate("[1]").value()).value();
        heddle::Store store = runtime.create_store(8, true).value();
        ASSERT_EQ(heddle_runtime_get_statistics(runtime.get(), &now, nullptr), HEDDLE_OK);
        EXPECT_EQ(now.scripts + now.messages + now.stores, 3u);
    }
    ASSERT_EQ(heddle_runtime_get_statistics(runtime.get(), &now, nullptr), HEDDLE_OK);
    EXPECT_EQ(now.scripts + now.messages + now.stores, 0u);
    heddle::Persistent kept;
    {
        heddle::Scope inner(agent);
        kept = heddle::Persistent::create(agent.evaluate("({ x: [1, { y: 2 }] })").value()).value();
    }
    EXPECT_EQ(kept->to_json().value(), R"({"x":[1,{"y":2}]})");
    EXPECT_EQ(kept->get("x").value().get(uint64_t{1}).value().get("y").value().number().value(), 2);
}

TEST_F(CppTest, ClassesHoldObjects) {
    struct Counter {
        double n;
        int* alive;
        Counter(double start, int* count) : n(start), alive(count) { ++*alive; }
        ~Counter() { --*alive; }
    };
    int alive = 0;
    heddle::ClassBuilder<Counter> builder(agent, "Counter");
    builder.constructor([&alive](heddle::Arguments& arguments) -> heddle::Expected<std::unique_ptr<Counter>> {
        auto start = arguments[0].to_number();
        if (!start) return start.error();
        return std::make_unique<Counter>(*start, &alive);
    });
    builder.method("add", [](Counter& counter, heddle::Arguments& arguments) { return counter.n += arguments[0].to_number().value(); }, 1);
    builder.getter("n", [](Counter& counter, heddle::Arguments&) { return counter.n; });
    heddle::Class<Counter> counter_class = builder.build().value();
    agent.global().value().set("Counter", counter_class.constructor().value()).value();
    EXPECT_EQ(run("globalThis.c = new Counter(5); c.add(2); [c.n, c instanceof Counter]"), "7,true");
    EXPECT_EQ(run("try { c.add.call({}) } catch (e) { e.message }"), "The method was called on an object of another class");
    EXPECT_EQ(run("try { new Counter({ valueOf() { throw 'no' } }) } catch (e) { e }"), "no");
    EXPECT_EQ(counter_class.object(agent.evaluate("c").value()).value()->n, 7);
    EXPECT_FALSE(counter_class.object(agent.evaluate("({})").value()));
    heddle::Value made = counter_class.instantiate(std::make_unique<Counter>(9, &alive)).value();
    EXPECT_EQ(made.get("n").value().number().value(), 9);
    EXPECT_EQ(alive, 2);
    {
        heddle::Agent gone = std::move(agent);
    }
    EXPECT_EQ(alive, 0);
}

TEST_F(CppTest, TasksArePostedFromOtherThreads) {
    std::thread([&] { agent.post([](heddle::AgentRef running) {
        heddle::Scope inner(running);
        running.evaluate("globalThis.posted = true").value();
    }).value(); }).join();
    agent.run_until_idle().value();
    EXPECT_EQ(run("posted"), "true");
    auto held = std::make_shared<int>(1);
    {
        heddle::Agent other = runtime.create_agent().value();
        other.post([held](heddle::AgentRef) {}).value();
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1); // dropped with the agent
}

TEST_F(CppTest, QueuesHaveLimits) {
    heddle_queue_limits limits = HEDDLE_QUEUE_LIMITS_INIT;
    limits.messages = 2;
    runtime.set_queue_limits(limits).value();
    heddle::Value port = agent.evaluate("globalThis.channel = new MessageChannel(); channel.port1").value();
    EXPECT_EQ(agent.queue_limits(port).value().messages, 2u);
    const char* fill = "(() => { for (let i = 0; ; i++) try { channel.port1.postMessage(i); } catch (e) { return `${e.name} ${i}`; } })()";
    EXPECT_EQ(run(fill), "QuotaExceededError 2");
    limits.messages = 5;
    agent.set_queue_limits(port, limits).value();
    EXPECT_EQ(run(fill), "QuotaExceededError 3"); // two wait already
    EXPECT_FALSE(agent.queue_limits(agent.evaluate("({})").value()));
}
