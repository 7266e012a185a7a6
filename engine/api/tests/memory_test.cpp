// Making what a host makes while one allocation after the other fails: an error and nothing left behind, or all is well.
#include "api/tests/api_fixture.h"
#include "sync/current_thread.h"

#include <algorithm>
#include <map>
#include <string>

#ifdef HEDDLE_CHECKED

namespace {

using heddle::sync::AllocationFaults;

/// While it lives the allocations of this thread, and of those that it starts, are counted, and one of them fails.
class Faults {
public:
    Faults() { heddle::sync::current_thread().allocation_faults = &faults_; }
    ~Faults() { heddle::sync::current_thread().allocation_faults = nullptr; }
    Faults(const Faults&) = delete;
    /// The Nth from now on; 0: none.
    void fail(uint64_t nth) {
        faults_.fail_at = nth == 0 ? 0 : faults_.seen + nth;
        faults_.failed = 0;
    }
    bool has_failed() const { return faults_.failed != 0; }

private:
    AllocationFaults faults_;
};

/// `act` with its first, second, ... allocation failing, until it has fewer. How many of them it could not do without.
template<class Act>
int sweep(Faults& faults, Act&& act) {
    int refused = 0;
    for (uint64_t nth = 1; nth < 100000; ++nth) {
        TestError error;
        faults.fail(nth);
        heddle_status status = act(error);
        bool failed = faults.has_failed();
        faults.fail(0);
        if (!failed) {
            EXPECT_EQ(status, HEDDLE_OK) << error.text();
            return refused;
        }
        // Some are done without: caches, stacks of errors.
        EXPECT_TRUE(status == HEDDLE_OK || status == HEDDLE_OUT_OF_MEMORY) << "allocation " << nth << ": " << error.text();
        refused += status != HEDDLE_OK;
    }
    ADD_FAILURE() << "there is no end to it";
    return refused;
}

void expect_nothing_left(heddle_runtime* runtime) {
    heddle_runtime_statistics left = HEDDLE_RUNTIME_STATISTICS_INIT;
    EXPECT_OK(heddle_runtime_get_statistics(runtime, &left, error));
    EXPECT_EQ(left.agents + left.scripts + left.stores + left.messages, 0u);
    EXPECT_EQ(left.heap_blocks + left.threads + left.ports + left.waiters + left.queued_messages + left.queued_tasks + left.backing_stores, 0u);
}

TEST(AllocationFailures, OfRuntimesAreErrors) {
    Faults faults;
    int refused = sweep(faults, [](heddle_error* error) {
        heddle_runtime* runtime = nullptr;
        heddle_status status = heddle_runtime_create(nullptr, &runtime, error);
        EXPECT_EQ(runtime != nullptr, status == HEDDLE_OK);
        if (runtime) EXPECT_OK(heddle_runtime_destroy(runtime, error));
        return status;
    });
    EXPECT_GE(refused, 2);
}

TEST(AllocationFailures, OfAgentsAreErrors) {
    heddle_runtime* runtime = nullptr;
    ASSERT_OK(heddle_runtime_create(nullptr, &runtime, error));
    {
        Faults faults;
        int refused = sweep(faults, [&](heddle_error* error) {
            heddle_agent* agent = nullptr;
            heddle_status status = heddle_agent_create(runtime, nullptr, &agent, error);
            EXPECT_EQ(agent != nullptr, status == HEDDLE_OK);
            if (agent) EXPECT_OK(heddle_agent_destroy(agent, error));
            expect_nothing_left(runtime);
            return status;
        });
        EXPECT_GE(refused, 5);
    }
    ASSERT_OK(heddle_runtime_destroy(runtime, error));
}

TEST(AllocationFailures, OfRealmsAreErrors) {
    heddle_runtime* runtime = nullptr;
    ASSERT_OK(heddle_runtime_create(nullptr, &runtime, error));
    {
        Faults faults;
        heddle_agent* agent = nullptr;
        ASSERT_OK(heddle_agent_create(runtime, nullptr, &agent, error));
        int refused = sweep(faults, [&](heddle_error* error) {
            heddle_realm realm;
            heddle_status status = heddle_realm_create(agent, &realm, error);
            if (status == HEDDLE_OK) EXPECT_OK(heddle_realm_release(agent, realm, error));
            return status;
        });
        EXPECT_GE(refused, 5);
        ASSERT_OK(heddle_agent_destroy(agent, error));
        expect_nothing_left(runtime);
    }
    ASSERT_OK(heddle_runtime_destroy(runtime, error));
}

/// What it posted is told apart: run, or still the caller's.
TEST(AllocationFailures, OfTasksLeaveTheDataToTheCaller) {
    heddle_runtime* runtime = nullptr;
    ASSERT_OK(heddle_runtime_create(nullptr, &runtime, error));
    heddle_agent* agent = nullptr;
    ASSERT_OK(heddle_agent_create(runtime, nullptr, &agent, error));
    static int ran, dropped;
    ran = dropped = 0;
    int posted = 0;
    {
        Faults faults;
        int refused = sweep(faults, [&](heddle_error* error) {
            heddle_status status = heddle_agent_post(agent, [](heddle_agent*, void*) { ++ran; }, [](void*) { ++dropped; }, nullptr, error);
            posted += status == HEDDLE_OK;
            return status;
        });
        EXPECT_EQ(refused, 2);
    }
    EXPECT_OK(heddle_loop_run(agent, error));
    EXPECT_EQ(ran, posted);
    EXPECT_EQ(dropped, 0);
    ASSERT_OK(heddle_agent_destroy(agent, error));
    ASSERT_OK(heddle_runtime_destroy(runtime, error));
}

struct ScriptFailure {
    const char* name;
    const char* act;
};

class AllocationFailuresOf : public testing::TestWithParam<ScriptFailure> {};

// The script catches a RangeError, or the call says that memory is short; the loop goes on to its end, and all is given back.
TEST_P(AllocationFailuresOf, AreRangeErrors) {
    heddle_runtime* runtime = nullptr;
    ASSERT_OK(heddle_runtime_create(nullptr, &runtime, error));
    std::string source = std::string("try { ") + GetParam().act + "; 0 } catch (e) { e instanceof RangeError || typeof e == 'string' ? 1 : String(e) }";
    int range_errors = 0;
    bool is_over = false;
    for (uint64_t nth = 1; !is_over && nth < 5000; nth += nth < 300 ? 1 : 13) {
        Faults faults;
        heddle_agent* agent = nullptr;
        ASSERT_OK(heddle_agent_create(runtime, nullptr, &agent, error));
        heddle_scope scope;
        ASSERT_OK(heddle_scope_open(agent, &scope, error));
        TestError thrown;
        heddle_value out = {0, 0};
        faults.fail(nth);
        heddle_status status = heddle_evaluate(agent, source.data(), source.size(), "test.js", &out, thrown);
        TestError of_loop;
        heddle_status loop_status = heddle_loop_run(agent, of_loop);
        is_over = !faults.has_failed();
        faults.fail(0);
        EXPECT_TRUE(loop_status == HEDDLE_OK || loop_status == HEDDLE_OUT_OF_MEMORY) << nth << ": " << of_loop.text();
        if (status == HEDDLE_OK) {
            double number = -1;
            EXPECT_OK(heddle_get_number(agent, out, &number, error));
            range_errors += number == 1;
        } else {
            EXPECT_EQ(status, HEDDLE_OUT_OF_MEMORY) << nth << ": " << thrown.text();
        }
        EXPECT_OK(heddle_scope_close(agent, scope, error));
        ASSERT_OK(heddle_agent_destroy(agent, error));
        expect_nothing_left(runtime);
    }
    EXPECT_TRUE(is_over);
    EXPECT_GT(range_errors, 0);
    ASSERT_OK(heddle_runtime_destroy(runtime, error));
}

const ScriptFailure kScriptFailures[] = {
    {"Channels", "const { port1, port2 } = new MessageChannel(); port1.unref(); port1.onmessage = () => { port1.close(); }; port2.postMessage([1, 2])"},
    {"Transfers", "const { port1, port2 } = new MessageChannel(); const other = new MessageChannel();"
                  "port1.unref(); port1.onmessage = () => { port1.close(); }; port2.postMessage(other.port1, [other.port1]); port2.close()"},
    {"BroadcastChannels", "const one = new BroadcastChannel('a'), two = new BroadcastChannel('a'); two.onmessage = () => { one.close(); two.close(); };"
                          "one.unref(); two.unref(); one.postMessage(1)"},
    {"Timers", "let n = 0; const id = setInterval(() => { if (++n >= 3) clearInterval(id); }, 1); setTimeout(() => {}, 2); AbortSignal.timeout(5)"},
    {"AsyncWaits", "const cell = new Int32Array(new SharedArrayBuffer(4)); Atomics.waitAsync(cell, 0, 0, 3); Atomics.waitAsync(cell, 0, 0);"
                   "Atomics.notify(cell, 0)"},
    {"Clones", "structuredClone({ a: [1, new Map([[1, 2]])], b: new Uint8Array(9) })"},
    {"Imports", "import('./nowhere.js').catch(() => {})"},
    {"Patterns", "new RegExp('[a-z\\\\u{100}\\\\u{200}\\\\p{L}]|[\\\\q{ab|cd}&&\\\\p{Lu}]', 'vi').test('xÿ')"},
    {"Workers", "const worker = new Worker('postMessage(1)', { eval: true, workerData: [1], resourceLimits: { stack: 1 << 20 } }); worker.onerror = () => {}"},
};
INSTANTIATE_TEST_SUITE_P(Scripts, AllocationFailuresOf, testing::ValuesIn(kScriptFailures), [](const auto& info) { return std::string(info.param.name); });

// A worker that lacks memory on its own thread cannot always send an error. Its parent hears of it all the same.
TEST(AllocationFailures, OfWorkersAreHeardOf) {
    heddle_runtime* runtime = nullptr;
    ASSERT_OK(heddle_runtime_create(nullptr, &runtime, error));
    const std::string source =
        "var heard = ''; try {"
        "const worker = new Worker('postMessage(1)', { eval: true, resourceLimits: { stack: 1 << 20 } });"
        "worker.onmessage = () => { heard = 'message'; }; worker.onmessageerror = () => { heard = 'message error'; };"
        "worker.onerror = e => { heard = e.message.includes('ran out of memory') ? 'untold' : e.error instanceof RangeError ? 'told' : e.message;"
        "    e.preventDefault(); };"
        "} catch (e) { heard = e instanceof RangeError || typeof e == 'string' ? 'thrown' : String(e) }";
    std::map<std::string, int> outcomes;
    bool is_over = false;
    for (uint64_t nth = 1; !is_over && nth < 5000; ++nth) {
        Faults faults;
        heddle_agent* agent = nullptr;
        ASSERT_OK(heddle_agent_create(runtime, nullptr, &agent, error));
        heddle_scope scope;
        ASSERT_OK(heddle_scope_open(agent, &scope, error));
        TestError thrown, of_loop;
        heddle_value out = {0, 0};
        faults.fail(nth);
        heddle_status status = heddle_evaluate(agent, source.data(), source.size(), "test.js", &out, thrown);
        heddle_status loop_status = heddle_loop_run(agent, of_loop);
        is_over = !faults.has_failed();
        faults.fail(0);
        std::string heard = "refused";
        if (status == HEDDLE_OK && loop_status == HEDDLE_OK) {
            ASSERT_OK(heddle_evaluate(agent, "heard", 5, "test.js", &out, error));
            char text[200] = {};
            size_t length = 0;
            ASSERT_OK(heddle_get_string_utf8(agent, out, text, sizeof text, &length, error));
            heard.assign(text, std::min(length, sizeof text));
        }
        ++outcomes[heard];
        EXPECT_NE(heard, "") << "allocation " << nth;
        EXPECT_OK(heddle_scope_close(agent, scope, error));
        ASSERT_OK(heddle_agent_destroy(agent, error));
        expect_nothing_left(runtime);
    }
    EXPECT_TRUE(is_over);
    for (const auto& [heard, count] : outcomes) {
        EXPECT_TRUE(heard == "message" || heard == "untold" || heard == "told" || heard == "thrown" || heard == "refused" || heard == "message error")
            << heard << ' ' << count;
    }
    EXPECT_GT(outcomes["untold"], 0);
    EXPECT_GT(outcomes["message"], 0);
    ASSERT_OK(heddle_runtime_destroy(runtime, error));
}

} // namespace

#endif
