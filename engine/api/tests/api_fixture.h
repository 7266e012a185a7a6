// What the tests of heddle.h share: a runtime with one agent and an open scope, and short forms that fail the test when a
// call fails.
#pragma once

#include "heddle/heddle.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

/// A heddle_error that shows itself in failure messages.
struct TestError {
    heddle_error error = HEDDLE_ERROR_INIT;
    operator heddle_error*() { return &error; }
    std::string text() const { return std::string(heddle_status_name(error.status)) + ": " + error.message; }
};

#define EXPECT_OK(...)                                          \
    do {                                                        \
        TestError error;                                        \
        heddle_status status = __VA_ARGS__;                     \
        EXPECT_EQ(status, HEDDLE_OK) << error.text();           \
    } while (false)
#define ASSERT_OK(...)                                          \
    do {                                                        \
        TestError error;                                        \
        heddle_status status = __VA_ARGS__;                     \
        ASSERT_EQ(status, HEDDLE_OK) << error.text();           \
    } while (false)
/// The call fails with this status, and its message contains the text.
#define EXPECT_FAILS(expected, part, ...)                                                             \
    do {                                                                                              \
        TestError error;                                                                              \
        heddle_status status = __VA_ARGS__;                                                           \
        EXPECT_EQ(status, expected) << error.text();                                                  \
        EXPECT_EQ(error.error.status, status);                                                        \
        EXPECT_NE(std::string_view(error.error.message).find(part), std::string_view::npos) << error.text(); \
    } while (false)

/// A number that is no constant of the enumeration, as C may pass it.
template<class Enumeration>
Enumeration constant(int number) {
    Enumeration out;
    std::memcpy(&out, &number, sizeof out);
    return out;
}

class ApiTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_OK(heddle_runtime_create(nullptr, &runtime, error));
        agent = make_agent();
        ASSERT_OK(heddle_scope_open(agent, &scope, error));
    }
    void TearDown() override {
        if (agent) EXPECT_OK(heddle_agent_destroy(agent, error));
        heddle_runtime_statistics left = HEDDLE_RUNTIME_STATISTICS_INIT;
        EXPECT_OK(heddle_runtime_get_statistics(runtime, &left, error));
        EXPECT_EQ(left.agents, 0u);
        EXPECT_EQ(left.heap_blocks, 0u);
        EXPECT_OK(heddle_runtime_destroy(runtime, error));
    }
    heddle_agent* make_agent(const heddle_agent_options* options = nullptr) {
        heddle_agent* made = nullptr;
        EXPECT_OK(heddle_agent_create(runtime, options, &made, error));
        return made;
    }
    heddle_value run(std::string_view source) { return run_in(agent, source); }
    static heddle_value run_in(heddle_agent* agent, std::string_view source) {
        heddle_value out = {0, 0};
        EXPECT_OK(heddle_evaluate(agent, source.data(), source.size(), "test.js", &out, error));
        return out;
    }
    /// String(value), or what it threw.
    std::string show(heddle_value value) { return show_in(agent, value); }
    static std::string show_in(heddle_agent* agent, heddle_value value) {
        TestError error;
        heddle_value text;
        if (heddle_to_string(agent, value, &text, error) != HEDDLE_OK) return error.text();
        char buffer[512];
        size_t length = 0;
        EXPECT_OK(heddle_get_string_utf8(agent, text, buffer, sizeof buffer, &length, error));
        return std::string(buffer, std::min(length, sizeof buffer));
    }
    std::string run_and_show(std::string_view source) { return show(run(source)); }
    double number(heddle_value value) {
        double out = 0;
        EXPECT_OK(heddle_get_number(agent, value, &out, error));
        return out;
    }
    heddle_value global() {
        heddle_realm realm;
        heddle_value out = {0, 0};
        EXPECT_OK(heddle_realm_current(agent, &realm, error));
        EXPECT_OK(heddle_realm_global(agent, realm, &out, error));
        EXPECT_OK(heddle_realm_release(agent, realm, error));
        return out;
    }
    heddle_value text(std::string_view from) {
        heddle_value out = {0, 0};
        EXPECT_OK(heddle_string_utf8(agent, from.data(), from.size(), &out, error));
        return out;
    }
    heddle_value undefined() {
        heddle_value out = {0, 0};
        EXPECT_OK(heddle_undefined(agent, &out, error));
        return out;
    }
    void define_function(const char* name, heddle_callback callback, void* data = nullptr) {
        heddle_value function;
        ASSERT_OK(heddle_function_create(agent, name, 0, callback, data, nullptr, &function, error));
        ASSERT_OK(heddle_set_named(agent, global(), name, function, error));
    }

    heddle_runtime* runtime = nullptr;
    heddle_agent* agent = nullptr;
    heddle_scope scope = {0, 0};
};
