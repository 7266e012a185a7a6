// Workers that script starts, as their host sees them.
#include "api/tests/api_fixture.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace {

struct Workplace {
    std::mutex mutex;
    std::vector<heddle_agent*> created;
    std::vector<uint64_t> ended;
    std::vector<std::string> heard;
    std::atomic<int> equipped{0};
    std::atomic<int> finalized{0};
};

heddle_status tell(heddle_agent* agent, const heddle_arguments* arguments, heddle_value*) {
    auto* place = static_cast<Workplace*>(arguments->data);
    char buffer[64];
    if (heddle_status status = heddle_get_string_utf8(agent, arguments->values[0], buffer, sizeof buffer, nullptr, nullptr)) return status;
    std::lock_guard lock(place->mutex);
    place->heard.emplace_back(buffer);
    return HEDDLE_OK;
}

void on_created(heddle_agent* worker, void* data) {
    auto* place = static_cast<Workplace*>(data);
    {
        std::lock_guard lock(place->mutex);
        place->created.push_back(worker);
    }
    // Its parent may end at any moment: then it is terminated while it is being equipped.
    TestError error;
    bool terminated = false;
    auto went_well = [&](heddle_status status) {
        terminated |= status == HEDDLE_TERMINATED;
        EXPECT_TRUE(terminated || status == HEDDLE_OK) << error.text();
        return status == HEDDLE_OK;
    };
    heddle_value function, global;
    heddle_realm realm;
    if (!went_well(heddle_function_create(worker, "tell", 1, tell, place,
                                          [](heddle_agent*, void* of) { ++static_cast<Workplace*>(of)->finalized; }, &function, error)))
        return;
    ++place->equipped;
    if (!went_well(heddle_realm_current(worker, &realm, error))) return;
    if (went_well(heddle_realm_global(worker, realm, &global, error))) went_well(heddle_set_named(worker, global, "tell", function, error));
    EXPECT_OK(heddle_realm_release(worker, realm, error));
    if (terminated) return;
    EXPECT_FAILS(HEDDLE_REFUSED, "worker", heddle_agent_destroy(worker, error));
    EXPECT_FAILS(HEDDLE_BUSY, "callback", heddle_agent_detach_from_thread(worker, error));
    heddle_status loop = heddle_loop_run(worker, error);
    EXPECT_TRUE(loop == HEDDLE_BUSY || loop == HEDDLE_TERMINATED) << loop;
}

class WorkersTest : public ApiTest {
protected:
    void SetUp() override {
        heddle_runtime_options options = HEDDLE_RUNTIME_OPTIONS_INIT;
        options.data = &place;
        options.worker_created = on_created;
        options.worker_ended = [](uint64_t id, void* data) {
            auto* of = static_cast<Workplace*>(data);
            std::lock_guard lock(of->mutex);
            of->ended.push_back(id);
        };
        ASSERT_OK(heddle_runtime_create(&options, &runtime, error));
        agent = make_agent();
        ASSERT_OK(heddle_scope_open(agent, &scope, error));
    }
    Workplace place;
};

} // namespace

TEST_F(WorkersTest, GetFunctionsOfTheHost) {
    run("globalThis.w = new Worker(`tell('started'); onmessage = e => { tell('got ' + e.data); postMessage('answer'); close() }`, { eval: true });"
        "w.postMessage('question'); w.onmessage = e => { globalThis.answer = e.data }");
    ASSERT_OK(heddle_loop_run(agent, error));
    EXPECT_EQ(run_and_show("answer"), "answer");
    EXPECT_EQ(place.heard, (std::vector<std::string>{"started", "got question"}));
    ASSERT_OK(heddle_agent_destroy(agent, error));
    agent = nullptr;
    ASSERT_EQ(place.created.size(), 1u);
    EXPECT_EQ(place.ended.size(), 1u);
    EXPECT_EQ(place.finalized.load(), 1);
    EXPECT_FAILS(HEDDLE_DEAD_AGENT, "destroyed", heddle_agent_terminate(place.created[0], error));
    heddle_runtime_statistics left = HEDDLE_RUNTIME_STATISTICS_INIT;
    ASSERT_OK(heddle_runtime_get_statistics(runtime, &left, error));
    EXPECT_EQ(left.threads + left.ports + left.waiters + left.queued_messages + left.queued_tasks + left.backing_stores, 0u);
}

TEST_F(WorkersTest, AreTerminatedAndPostedToByTheirHandle) {
    run("globalThis.w = new Worker(`tell('started'); onmessage = () => {}`, { eval: true })");
    heddle_agent* worker = nullptr;
    for (int i = 0; i < 5000 && !worker; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::lock_guard lock(place.mutex);
        if (!place.heard.empty()) worker = place.created.at(0);
    }
    ASSERT_NE(worker, nullptr);
    heddle_scope inner;
    EXPECT_FAILS(HEDDLE_WRONG_THREAD, "another thread", heddle_scope_open(worker, &inner, error));
    static std::atomic<bool> ran;
    ran = false;
    ASSERT_OK(heddle_agent_post(
        worker,
        [](heddle_agent* running, void*) {
            heddle_scope open;
            EXPECT_OK(heddle_scope_open(running, &open, error));
            run_in(running, "tell('posted')");
            EXPECT_OK(heddle_scope_close(running, open, error));
            ran = true;
        },
        nullptr, nullptr, error));
    for (int i = 0; i < 5000 && !ran; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(ran);
    ASSERT_OK(heddle_agent_terminate(worker, error));
    ASSERT_OK(heddle_loop_run(agent, error)); // the worker kept it alive
    EXPECT_EQ(place.heard, (std::vector<std::string>{"started", "posted"}));
}

TEST_F(WorkersTest, EndWithTheAgentThatMadeThem) {
    run("for (let i = 0; i < 3; ++i) new Worker(`tell('up'); for (;;);`, { eval: true })");
    ASSERT_OK(heddle_agent_destroy(agent, error));
    agent = nullptr;
    EXPECT_EQ(place.created.size(), place.ended.size());
    EXPECT_EQ(place.finalized.load(), place.equipped.load());
}
