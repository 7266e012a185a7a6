// Agents and threads: attachment, misuse, termination, interrupts, the event loop, and memory that runs out.
#include "api/tests/api_fixture.h"
#include "sync/current_thread.h"

#include <atomic>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using AgentsTest = ApiTest;

// --- affinity ---------------------------------------------------------------------------------------------------

TEST_F(AgentsTest, AnotherThreadIsRefused) {
    heddle_value value = text("mine");
    std::thread([&] {
        heddle_type type;
        heddle_scope inner;
        EXPECT_FAILS(HEDDLE_WRONG_THREAD, "attached to another thread", heddle_value_type(agent, value, &type, error));
        EXPECT_FAILS(HEDDLE_WRONG_THREAD, "attached to another thread", heddle_scope_open(agent, &inner, error));
        EXPECT_FAILS(HEDDLE_WRONG_THREAD, "another thread", heddle_agent_attach_to_thread(agent, error));
        EXPECT_FAILS(HEDDLE_WRONG_THREAD, "another thread", heddle_agent_detach_from_thread(agent, error));
        EXPECT_FAILS(HEDDLE_WRONG_THREAD, "another thread", heddle_agent_destroy(agent, error));
    }).join();
    EXPECT_EQ(show(value), "mine");
}

TEST_F(AgentsTest, AnIdleAgentMovesWithItsHandles) {
    heddle_value value;
    ASSERT_OK(heddle_value_persist(agent, run("globalThis.n = 0; ({ get n() { return ++n } })"), &value, error));
    ASSERT_OK(heddle_agent_detach_from_thread(agent, error));
    heddle_type type;
    EXPECT_FAILS(HEDDLE_WRONG_THREAD, "attached to no thread", heddle_value_type(agent, value, &type, error));
    for (int i = 0; i < 3; ++i) {
        std::thread([&] {
            ASSERT_OK(heddle_agent_attach_to_thread(agent, error));
            EXPECT_FAILS(HEDDLE_BUSY, "this thread already", heddle_agent_attach_to_thread(agent, error));
            heddle_value n;
            ASSERT_OK(heddle_get_named(agent, value, "n", &n, error));
            run("for (let i = 0; i < 1000; ++i) ({ i })");
            ASSERT_OK(heddle_heap_collect(agent, error));
            ASSERT_OK(heddle_agent_detach_from_thread(agent, error));
        }).join();
    }
    ASSERT_OK(heddle_agent_attach_to_thread(agent, error));
    EXPECT_EQ(run_and_show("n"), "3");
    ASSERT_OK(heddle_value_release(agent, value, error));
}

TEST_F(AgentsTest, CallbacksCannotMoveOrEndTheirAgent) {
    define_function("misuse", [](heddle_agent* agent, const heddle_arguments*, heddle_value*) {
        EXPECT_FAILS(HEDDLE_BUSY, "callback", heddle_agent_detach_from_thread(agent, error));
        EXPECT_FAILS(HEDDLE_BUSY, "callback", heddle_agent_destroy(agent, error));
        EXPECT_FAILS(HEDDLE_BUSY, "callback", heddle_loop_run(agent, error));
        return HEDDLE_OK;
    });
    EXPECT_EQ(run_and_show("misuse()"), "undefined");
}

TEST_F(AgentsTest, DeadAgentsAreRecognized) {
    heddle_agent* other = make_agent();
    heddle_scope inner;
    heddle_value value;
    ASSERT_OK(heddle_scope_open(other, &inner, error));
    ASSERT_OK(heddle_number(other, 1, &value, error));
    ASSERT_OK(heddle_agent_destroy(other, error));
    EXPECT_FAILS(HEDDLE_DEAD_AGENT, "destroyed", heddle_agent_destroy(other, error));
    heddle_agent* in_its_place = make_agent();
    EXPECT_NE(in_its_place, other);
    EXPECT_FAILS(HEDDLE_DEAD_AGENT, "destroyed", heddle_scope_open(other, &inner, error));
    EXPECT_FAILS(HEDDLE_DEAD_AGENT, "destroyed", heddle_agent_terminate(other, error));
    EXPECT_FAILS(HEDDLE_DEAD_AGENT, "destroyed", heddle_agent_post(other, [](heddle_agent*, void*) {}, nullptr, nullptr, error));
    double out = 0;
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "of an agent that was destroyed", heddle_get_number(in_its_place, value, &out, error));
    ASSERT_OK(heddle_agent_destroy(in_its_place, error));
}

TEST_F(AgentsTest, HandlesOfOthersAreForeign) {
    heddle_agent* other = make_agent();
    heddle_value mine = text("mine");
    heddle_type type;
    EXPECT_FAILS(HEDDLE_FOREIGN_HANDLE, "another agent", heddle_value_type(other, mine, &type, error));
    EXPECT_FAILS(HEDDLE_FOREIGN_HANDLE, "none of this agent's", heddle_scope_close(other, scope, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "never set", heddle_value_type(agent, heddle_value{0, 0}, &type, error));
    heddle_realm realm;
    ASSERT_OK(heddle_realm_current(agent, &realm, error));
    EXPECT_FAILS(HEDDLE_FOREIGN_HANDLE, "a realm is of another agent", heddle_realm_set_current(other, realm, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "stale", heddle_value_type(agent, heddle_value{realm.owner, realm.entry}, &type, error));
    ASSERT_OK(heddle_agent_destroy(other, error));

    heddle_runtime* foreign = nullptr;
    heddle_script* script = nullptr;
    heddle_value out;
    ASSERT_OK(heddle_runtime_create(nullptr, &foreign, error));
    ASSERT_OK(heddle_script_compile(agent, "1", 1, nullptr, &script, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "no script of this runtime", heddle_script_release(foreign, script, error));
    heddle_agent* foreign_agent = nullptr;
    ASSERT_OK(heddle_agent_create(foreign, nullptr, &foreign_agent, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "another runtime", heddle_script_run(foreign_agent, script, &out, error));
    EXPECT_FAILS(HEDDLE_FOREIGN_HANDLE, "another agent or runtime", heddle_value_type(foreign_agent, mine, &type, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "no store", heddle_store_release(runtime, reinterpret_cast<heddle_store*>(script), error));
    EXPECT_FAILS(HEDDLE_BUSY, "1 agent", heddle_runtime_destroy(foreign, error));
    ASSERT_OK(heddle_agent_destroy(foreign_agent, error));
    ASSERT_OK(heddle_runtime_destroy(foreign, error));
}

TEST_F(AgentsTest, NullIsRefusedEverywhere) {
    heddle_value value = text("x");
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_runtime_create(nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_runtime_destroy(nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_agent_create(nullptr, nullptr, &agent, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_agent_create(runtime, nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_scope_open(nullptr, &scope, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_scope_open(agent, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_number(agent, 1, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_string_utf8(agent, nullptr, 3, &value, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_string_utf16(agent, nullptr, 3, &value, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_array_create(agent, nullptr, 3, &value, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_function_create(agent, "f", 0, nullptr, nullptr, nullptr, &value, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_get_named(agent, run("({})"), nullptr, &value, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_evaluate(agent, "1", 1, nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_script_run(agent, nullptr, &value, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_agent_interrupt(agent, nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_agent_post(agent, nullptr, nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_heap_snapshot(agent, nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_class_create(agent, nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_store_adopt(runtime, nullptr, 1, 0, nullptr, nullptr, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_message_from_bytes(runtime, nullptr, 1, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "no message", heddle_message_destroy(runtime, nullptr, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "no agent", heddle_scope_open(reinterpret_cast<heddle_agent*>(0x1000), &scope, error));
    // Without a place for the error the status is all there is.
    EXPECT_EQ(heddle_scope_open(nullptr, &scope, nullptr), HEDDLE_BAD_ARGUMENT);
    heddle_error small = HEDDLE_ERROR_INIT;
    small.size = 4;
    EXPECT_EQ(heddle_scope_open(nullptr, &scope, &small), HEDDLE_BAD_ARGUMENT);
    EXPECT_EQ(small.status, HEDDLE_OK);
}

TEST_F(AgentsTest, OptionsOfOtherVersions) {
    heddle_agent_options options = HEDDLE_AGENT_OPTIONS_INIT;
    options.size = 0;
    heddle_agent* made = nullptr;
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "HEDDLE_AGENT_OPTIONS_INIT", heddle_agent_create(runtime, &options, &made, error));
    // A program of an older version knows fewer fields; one of a newer has fields that must not be used.
    options.size = offsetof(heddle_agent_options, memory_limit);
    ASSERT_OK(heddle_agent_create(runtime, &options, &made, error));
    ASSERT_OK(heddle_agent_destroy(made, error));
    struct {
        heddle_agent_options known = HEDDLE_AGENT_OPTIONS_INIT;
        uint64_t unknown = 0;
    } newer;
    newer.known.size = sizeof newer;
    ASSERT_OK(heddle_agent_create(runtime, &newer.known, &made, error));
    ASSERT_OK(heddle_agent_destroy(made, error));
    newer.unknown = 1;
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "size", heddle_agent_create(runtime, &newer.known, &made, error));
}

TEST_F(AgentsTest, WithoutAScopeThereAreNoLocalHandles) {
    heddle_value value;
    ASSERT_OK(heddle_scope_close(agent, scope, error));
    EXPECT_FAILS(HEDDLE_NO_SCOPE, "heddle_scope_open", heddle_number(agent, 1, &value, error));
    ASSERT_OK(heddle_scope_open(agent, &scope, error));
}

TEST_F(AgentsTest, AForkedChildIsRefused) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        heddle_scope inner;
        heddle_runtime_statistics statistics = HEDDLE_RUNTIME_STATISTICS_INIT;
        bool refused = heddle_scope_open(agent, &inner, nullptr) == HEDDLE_AFTER_FORK &&
                       heddle_runtime_get_statistics(runtime, &statistics, nullptr) == HEDDLE_AFTER_FORK;
        _exit(refused ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// --- termination, interrupts, suspension ------------------------------------------------------------------------

TEST_F(AgentsTest, TerminationReachesALoopAndIsCleared) {
    heddle_value out;
    std::thread other([&] {
        usleep(2000);
        EXPECT_OK(heddle_agent_terminate(agent, error));
        EXPECT_OK(heddle_agent_terminate(agent, error));
    });
    EXPECT_FAILS(HEDDLE_TERMINATED, "terminated",
                 heddle_evaluate(agent, "try { for (;;) {} } catch { 1 } finally { globalThis.cleaned = 1 }", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    other.join();
    EXPECT_FAILS(HEDDLE_TERMINATED, "heddle_agent_clear_termination", heddle_evaluate(agent, "1", 1, nullptr, &out, error));
    ASSERT_OK(heddle_agent_clear_termination(agent, error));
    EXPECT_EQ(run_and_show("typeof cleaned"), "undefined");
}

TEST_F(AgentsTest, TerminationPassesThroughCallbacks) {
    define_function("inner", [](heddle_agent* agent, const heddle_arguments*, heddle_value* result) {
        EXPECT_EQ(heddle_agent_terminate(agent, nullptr), HEDDLE_OK);
        EXPECT_FAILS(HEDDLE_TERMINATED, "terminated", heddle_evaluate(agent, "for (;;);", HEDDLE_AUTO_LENGTH, nullptr, result, error));
        EXPECT_FAILS(HEDDLE_BUSY, "unwinding", heddle_agent_clear_termination(agent, error));
        return HEDDLE_OK; // it is terminated whatever the callback says
    });
    heddle_value out;
    EXPECT_FAILS(HEDDLE_TERMINATED, "terminated", heddle_evaluate(agent, "try { inner() } catch {} 1", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    ASSERT_OK(heddle_agent_clear_termination(agent, error));
}

TEST_F(AgentsTest, TerminationEndsAtomicsWait) {
    heddle_value out;
    std::thread other([&] {
        usleep(2000);
        EXPECT_OK(heddle_agent_terminate(agent, error));
    });
    EXPECT_FAILS(HEDDLE_TERMINATED, "terminated",
                 heddle_evaluate(agent, "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    other.join();
    ASSERT_OK(heddle_agent_clear_termination(agent, error));
}

TEST_F(AgentsTest, DeadlinesTerminate) {
    heddle_value out;
    ASSERT_OK(heddle_agent_set_deadline(agent, 5'000'000, error));
    EXPECT_FAILS(HEDDLE_TERMINATED, "terminated", heddle_evaluate(agent, "for (;;);", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    ASSERT_OK(heddle_agent_clear_termination(agent, error));
    ASSERT_OK(heddle_agent_set_deadline(agent, 5'000'000, error));
    ASSERT_OK(heddle_agent_set_deadline(agent, HEDDLE_NO_DEADLINE, error));
    usleep(20000);
    EXPECT_EQ(run_and_show("'on time'"), "on time");
}

TEST_F(AgentsTest, InterruptsRunInTheMidstOfScript) {
    static std::atomic<int> seen;
    static std::thread::id on_thread;
    seen = 0;
    std::thread other([&] {
        usleep(2000);
        for (int i = 0; i < 3; ++i) {
            EXPECT_OK(heddle_agent_interrupt(
                agent,
                [](heddle_agent* running, void* data) {
                    heddle_scope inner;
                    EXPECT_FAILS(HEDDLE_SUSPENDED, "interrupt callback", heddle_scope_open(running, &inner, error));
                    EXPECT_FAILS(HEDDLE_BUSY, "callback", heddle_agent_destroy(running, error));
                    on_thread = std::this_thread::get_id();
                    ++seen;
                    return data ? HEDDLE_TERMINATE : HEDDLE_CONTINUE;
                },
                i == 2 ? &seen : nullptr, error));
        }
    });
    heddle_value out;
    EXPECT_FAILS(HEDDLE_TERMINATED, "terminated", heddle_evaluate(agent, "for (;;);", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    other.join();
    EXPECT_EQ(seen.load(), 3);
    EXPECT_EQ(on_thread, std::this_thread::get_id());
    ASSERT_OK(heddle_agent_clear_termination(agent, error));
}

TEST_F(AgentsTest, SuspendedAgentsAreNotTouched) {
    EXPECT_FAILS(HEDDLE_REFUSED, "no callback runs", heddle_agent_suspend(agent, error));
    define_function("block", [](heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
        EXPECT_OK(heddle_agent_suspend(agent, error));
        EXPECT_FALSE(heddle::sync::current_thread().in_request) << "a collection that stops requests would wait for this thread";
        EXPECT_FAILS(HEDDLE_SUSPENDED, "heddle_agent_resume", heddle_number(agent, 1, result, error));
        EXPECT_FAILS(HEDDLE_SUSPENDED, "heddle_agent_resume", heddle_agent_suspend(agent, error));
        uint64_t id = 0;
        EXPECT_OK(heddle_agent_id(agent, &id, error)); // any thread
        std::thread([agent] { EXPECT_FAILS(HEDDLE_WRONG_THREAD, "resume where", heddle_agent_resume(agent, error)); }).join();
        usleep(1000);
        EXPECT_OK(heddle_agent_resume(agent, error));
        EXPECT_TRUE(heddle::sync::current_thread().in_request);
        EXPECT_FAILS(HEDDLE_REFUSED, "not suspended", heddle_agent_resume(agent, error));
        *result = arguments->values[0];
        return HEDDLE_OK;
    });
    EXPECT_EQ(run_and_show("block('back')"), "back");
    define_function("forget", [](heddle_agent* agent, const heddle_arguments*, heddle_value*) { return heddle_agent_suspend(agent, nullptr); });
    EXPECT_EQ(run_and_show("try { forget() } catch (e) { e.message.includes('heddle_agent_resume is missing') }"), "true");
}

// --- the event loop ---------------------------------------------------------------------------------------------

TEST_F(AgentsTest, PostedTasksRunInOrderOnTheAgentsThread) {
    static std::vector<int> order;
    static std::thread::id on_thread;
    order.clear();
    std::thread([&] {
        for (int i = 1; i <= 3; ++i) {
            EXPECT_OK(heddle_agent_post(
                agent,
                [](heddle_agent* running, void* data) {
                    order.push_back(static_cast<int>(reinterpret_cast<intptr_t>(data)));
                    on_thread = std::this_thread::get_id();
                    heddle_scope inner;
                    EXPECT_OK(heddle_scope_open(running, &inner, error));
                    run_in(running, "globalThis.tasks = (globalThis.tasks ?? 0) + 1; Promise.resolve().then(() => { globalThis.jobs = tasks })");
                    EXPECT_OK(heddle_scope_close(running, inner, error));
                },
                nullptr, reinterpret_cast<void*>(static_cast<intptr_t>(i)), error));
        }
    }).join();
    EXPECT_TRUE(order.empty());
    int ran = 0;
    ASSERT_OK(heddle_loop_run_until_idle(agent, &ran, error));
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(on_thread, std::this_thread::get_id());
    EXPECT_EQ(run_and_show("[tasks, jobs]"), "3,3");
    ASSERT_OK(heddle_loop_run_until_idle(agent, &ran, error));
    EXPECT_EQ(ran, 0);
}

TEST_F(AgentsTest, TasksThatNeverRanAreDropped) {
    static int dropped;
    dropped = 0;
    heddle_agent* other = make_agent();
    for (int i = 0; i < 3; ++i)
        ASSERT_OK(heddle_agent_post(other, [](heddle_agent*, void*) { FAIL(); }, [](void*) { ++dropped; }, nullptr, error));
    ASSERT_OK(heddle_agent_destroy(other, error));
    EXPECT_EQ(dropped, 3);
}

TEST_F(AgentsTest, HostsPollWithTheirOwnLoop) {
    int descriptor = -1;
    ASSERT_OK(heddle_loop_wake_descriptor(agent, &descriptor, error));
    int alive = 1;
    ASSERT_OK(heddle_loop_poll(agent, 0, &alive, error));
    EXPECT_EQ(alive, 0);
    uint64_t wait = 0;
    ASSERT_OK(heddle_loop_next_deadline(agent, &wait, error));
    EXPECT_EQ(wait, HEDDLE_NO_DEADLINE);
    run("globalThis.log = []; setTimeout(() => log.push('timer'), 80)");
    ASSERT_OK(heddle_loop_next_deadline(agent, &wait, error));
    EXPECT_GT(wait, 0u);
    EXPECT_LE(wait, 80'000'000u);
    ASSERT_OK(heddle_loop_poll(agent, 0, &alive, error));
    EXPECT_EQ(alive, 1);
    pollfd waited = {descriptor, POLLIN, 0};
    EXPECT_EQ(poll(&waited, 1, 0), 0);
    std::thread other([&] {
        usleep(1000);
        EXPECT_OK(heddle_agent_post(
            agent,
            [](heddle_agent* running, void*) {
                heddle_scope inner;
                EXPECT_OK(heddle_scope_open(running, &inner, error));
                run_in(running, "log.push('post')");
                EXPECT_OK(heddle_scope_close(running, inner, error));
            },
            nullptr, nullptr, error));
    });
    EXPECT_EQ(poll(&waited, 1, 10'000), 1);
    other.join();
    ASSERT_OK(heddle_loop_poll(agent, 0, &alive, error));
    EXPECT_EQ(poll(&waited, 1, 0), 0); // nothing is left to tell
    EXPECT_EQ(run_and_show("log"), "post");
    ASSERT_OK(heddle_loop_run(agent, error));
    EXPECT_EQ(run_and_show("log"), "post,timer");
}

namespace {
struct Heard {
    std::atomic<int> posted{0};
    std::vector<std::string> uncaught;
    int rejected = 0;
    int handled = 0;
    int exhausted = 0;
};
} // namespace

TEST_F(AgentsTest, HooksHear) {
    Heard heard;
    heddle_agent_hooks hooks = HEDDLE_AGENT_HOOKS_INIT;
    hooks.data = &heard;
    hooks.task_posted = [](void* data) { ++static_cast<Heard*>(data)->posted; };
    hooks.uncaught = [](heddle_agent* agent, heddle_value exception, void* data) {
        static_cast<Heard*>(data)->uncaught.push_back(show_in(agent, exception));
    };
    hooks.promise_rejection = [](heddle_agent* agent, heddle_value promise, heddle_rejection operation, void* data) {
        auto* heard = static_cast<Heard*>(data);
        heddle_promise_state state;
        EXPECT_OK(heddle_promise_get_state(agent, promise, &state, nullptr, error));
        EXPECT_EQ(state, HEDDLE_REJECTED);
        heddle_value out;
        EXPECT_FAILS(HEDDLE_SUSPENDED, "no script", heddle_evaluate(agent, "1", 1, nullptr, &out, error));
        ++(operation == HEDDLE_HANDLED_LATE ? heard->handled : heard->rejected);
    };
    hooks.out_of_memory = [](heddle_agent* agent, void* data) {
        heddle_value out;
        EXPECT_EQ(heddle_number(agent, 1, &out, nullptr), HEDDLE_SUSPENDED);
        ++static_cast<Heard*>(data)->exhausted;
    };
    heddle_agent_options options = HEDDLE_AGENT_OPTIONS_INIT;
    options.hooks = &hooks;
    options.memory_limit = 16 << 20;
    options.name = "listened to";
    heddle_agent* other = make_agent(&options);
    heddle_scope inner;
    ASSERT_OK(heddle_scope_open(other, &inner, error));
    run_in(other, "queueMicrotask(() => { throw new Error('lost') }); globalThis.p = Promise.reject(1)");
    ASSERT_OK(heddle_jobs_run(other, error));
    run_in(other, "p.catch(() => 0)");
    EXPECT_EQ(heard.uncaught, std::vector<std::string>{"Error: lost"});
    EXPECT_EQ(heard.rejected, 1);
    EXPECT_EQ(heard.handled, 1);
    std::thread([&] { EXPECT_OK(heddle_agent_post(other, [](heddle_agent*, void*) {}, nullptr, nullptr, error)); }).join();
    EXPECT_EQ(heard.posted.load(), 1);
    heddle_value out;
    EXPECT_FAILS(HEDDLE_OUT_OF_MEMORY, "RangeError: out of memory",
                 heddle_evaluate(other, "const all = []; for (;;) all.push(new Array(1000).fill(0))", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    EXPECT_GE(heard.exhausted, 1);
    ASSERT_OK(heddle_agent_destroy(other, error));
}

// --- memory that runs out ---------------------------------------------------------------------------------------

namespace {

heddle_status echo(heddle_agent*, const heddle_arguments* arguments, heddle_value* result) {
    if (arguments->count != 0) *result = arguments->values[0];
    return HEDDLE_OK;
}

/// A small scenario that touches most of the API; the first failure ends it.
heddle_status scenario(heddle_agent* agent, heddle_error* error) {
    heddle_value object, string, array, function, out, promise, resolver, global;
    heddle_realm realm;
    heddle_class host_class;
#define STEP(...)                                  \
    if (heddle_status status = __VA_ARGS__) return status
    STEP(heddle_object_create(agent, &object, error));
    STEP(heddle_string_utf8(agent, "a string", HEDDLE_AUTO_LENGTH, &string, error));
    STEP(heddle_set_named(agent, object, "property", string, error));
    STEP(heddle_array_create(agent, &object, 1, &array, error));
    STEP(heddle_json_stringify(agent, array, 1, &out, error));
    STEP(heddle_function_create(agent, "echo", 1, echo, nullptr, nullptr, &function, error));
    STEP(heddle_realm_current(agent, &realm, error));
    STEP(heddle_realm_global(agent, realm, &global, error));
    STEP(heddle_realm_release(agent, realm, error));
    STEP(heddle_set_named(agent, global, "echo", function, error));
    STEP(heddle_promise_create(agent, &promise, &resolver, error));
    STEP(heddle_promise_then(agent, promise, function, function, &out, error));
    STEP(heddle_promise_resolve(agent, resolver, array, error));
    STEP(heddle_jobs_run(agent, error));
    heddle_class_options options = HEDDLE_CLASS_OPTIONS_INIT;
    options.name = "Scenario";
    options.constructor = echo;
    STEP(heddle_class_create(agent, &options, &host_class, error));
    STEP(heddle_class_constructor(agent, host_class, &out, error));
    STEP(heddle_construct(agent, out, nullptr, 0, &out, error));
    STEP(heddle_class_release(agent, host_class, error));
    STEP(heddle_evaluate(agent, "class A { #x = 1n; get x() { return `${this.#x}` } }; echo([new A().x, new Map([[1, 2]]), /a/.exec('a')])",
                         HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    STEP(heddle_to_string(agent, out, &out, error));
#undef STEP
    return HEDDLE_OK;
}

} // namespace

TEST_F(AgentsTest, EveryAllocationMayFail) {
    TestError ignored;
    uint64_t failed = 0;
    // In an agent of its own each time, where no intrinsic has been made yet.
    for (uint64_t nth = 1;; nth += nth < 200 ? 1 : 7) {
        heddle_agent* fresh = make_agent();
        heddle_scope inner;
        ASSERT_OK(heddle_scope_open(fresh, &inner, error));
        ASSERT_OK(heddle_heap_fail_allocation(fresh, nth, error));
        heddle_status status = scenario(fresh, ignored);
        ASSERT_OK(heddle_heap_fail_allocation(fresh, 0, error));
        if (status != HEDDLE_OK) {
            ++failed;
            ASSERT_TRUE(status == HEDDLE_OUT_OF_MEMORY || status == HEDDLE_EXCEPTION) << nth << ": " << ignored.text();
            EXPECT_FALSE(ignored.text().empty());
            // The agent is whole: what failed works now.
            heddle_value out;
            EXPECT_EQ(heddle_evaluate(fresh, "[1, 2].map(x => x + 1).join()", HEDDLE_AUTO_LENGTH, nullptr, &out, ignored), HEDDLE_OK)
                << nth << ": " << ignored.text();
        }
        ASSERT_OK(heddle_agent_destroy(fresh, error));
        if (status == HEDDLE_OK) break;
        ASSERT_LT(nth, 100000u);
    }
    EXPECT_GT(failed, 100u);
}

TEST_F(AgentsTest, ATinyLimitIsAnErrorFromTheStart) {
    heddle_agent_options options = HEDDLE_AGENT_OPTIONS_INIT;
    options.memory_limit = 1024;
    heddle_agent* made = nullptr;
    EXPECT_FAILS(HEDDLE_OUT_OF_MEMORY, "empty realm", heddle_agent_create(runtime, &options, &made, error));
    for (uint64_t nth = 1; nth < 60; ++nth) {
        options = HEDDLE_AGENT_OPTIONS_INIT;
        options.fail_allocation = nth;
        TestError ignored;
        if (heddle_agent_create(runtime, &options, &made, ignored) == HEDDLE_OK) {
            ASSERT_OK(heddle_agent_destroy(made, error));
        } else {
            EXPECT_EQ(ignored.error.status, HEDDLE_OUT_OF_MEMORY);
        }
    }
}
