// The inspector and the console against recorded texts, which node printed for the same scripts, and what
// node has no counterpart for.
#include <gtest/gtest.h>

#include "interpreter/interpreter.h"
#include "shell/host.h"
#include "shell/inspector.h"
#include "shell/repl_source.h"
#include "threads/engine.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace heddle::shell {
namespace {

std::string fixture(const std::string& name) {
    std::ifstream stream(std::string(HEDDLE_SOURCE_DIR) + "/engine/shell/tests/fixtures/" + name,
                         std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// What a command writes to stdout.
std::string output_of(const std::string& command) {
    std::string out;
    std::FILE* pipe = popen(command.c_str(), "r");
    char chunk[4096];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, pipe)) > 0;)
        out.append(chunk, got);
    pclose(pipe);
    return out;
}

/// The first line that differs, for a message that fits on a screen.
testing::AssertionResult same_lines(const std::string& expected, const std::string& actual) {
    std::istringstream wanted(expected), got(actual);
    std::string wanted_line, got_line;
    for (int line = 1;; ++line) {
        bool more = static_cast<bool>(std::getline(wanted, wanted_line));
        bool more_got = static_cast<bool>(std::getline(got, got_line));
        if (!more && !more_got) return testing::AssertionSuccess();
        if (more != more_got || wanted_line != got_line)
            return testing::AssertionFailure()
                   << "line " << line << "\n  expected: " << wanted_line << "\n  printed:  " << got_line;
    }
}

std::string run_fixture(const std::string& name, const std::string& redirection) {
    return output_of(std::string(HEDDLE_SHELL) + " " + HEDDLE_SOURCE_DIR + "/engine/shell/tests/fixtures/" +
                     name + " " + redirection);
}

TEST(Recorded, ValuesOfEveryKind) {
    std::string expected = fixture("inspect.txt");
    ASSERT_GT(expected.size(), 10000u);
    EXPECT_TRUE(same_lines(expected, run_fixture("inspect.js", "2>&1")));
}

TEST(Recorded, Console) {
    std::string expected = fixture("console.txt");
    ASSERT_GT(expected.size(), 2000u);
    EXPECT_TRUE(same_lines(expected, run_fixture("console.js", "2>&1")));
}

TEST(Recorded, ConsoleErrors) {
    std::string expected = fixture("console_errors.txt");
    ASSERT_GT(expected.size(), 50u);
    EXPECT_TRUE(same_lines(expected, run_fixture("console_errors.js", "2>&1 >/dev/null")));
}

class Inspect : public testing::Test {
protected:
    Inspect() : host_(engine_.runtime(), named_options()), request_(host_.agent()) {
        auto component = std::make_unique<HostComponent>();
        component->print = [](void*, std::string_view) {};
        agent().set_component(Component::Host, std::move(component));
        bool failed = install_host_globals(agent(), *host_.realm()).threw();
        EXPECT_FALSE(failed);
    }
    static AgentOptions named_options() {
        AgentOptions options;
        options.name = "inspector test";
        return options;
    }
    Agent& agent() { return host_.agent(); }
    std::string text(const std::string& code, const InspectOptions& options = {}) {
        Result<Value> value =
            Interpreter::of(agent()).evaluate_script(*host_.realm(), SourceText::from_utf8(code, "test"));
        if (value.threw()) return "threw " + inspect(agent(), agent().take_exception());
        return inspect(agent(), value.release(), options);
    }

    Engine engine_;
    AgentHost host_;
    Request request_;
};

TEST_F(Inspect, RunsNoUserCode) {
    // Each trap, getter and method would set the flag.
    std::string all =
        "var ran = 0; var note = () => { ++ran; throw 1; };"
        "var handler = new Proxy({}, { get: note });"
        "class K { get a() { return note(); } static get name() { return note(); } get "
        "[Symbol.toStringTag]() { return note(); }"
        "  toString() { return note(); } valueOf() { return note(); } [Symbol.toPrimitive]() { return "
        "note(); } }"
        "var m = new Map([[1, 2]]), s = new Set([3]), d = new Date(0), list = [1];"
        "var e = new Error('m'); Object.defineProperty(e, 'name', { get: note }); Object.defineProperty(e, "
        "'stack', { get: note });"
        "Object.defineProperty(e, 'cause', { get: note }); Object.defineProperty(RegExp.prototype, 'source', "
        "{ get: note });"
        "Object.defineProperty(RegExp.prototype, 'flags', { get: note }); Map.prototype[Symbol.iterator] = "
        "note; Map.prototype.entries = note;"
        "Set.prototype.values = note; Array.prototype[Symbol.iterator] = note; Date.prototype.toISOString = "
        "note; Object.defineProperty(Map.prototype, 'size', { get: note });"
        "Symbol.hasInstance; Object.defineProperty(K, Symbol.hasInstance, { value: note });"
        "[new K, K, e, /a/g, m, s, list, d, new Proxy({ p: 1 }, handler), new Proxy(K, handler),"
        " { __proto__: new Proxy({}, handler) }, new Proxy([1, 2], handler), Object(new Proxy(function () "
        "{}, handler))]";
    std::string shown = text(all);
    EXPECT_NE(shown.find("{ p: 1 }"), std::string::npos) << shown;
    EXPECT_NE(shown.find("/a/g"), std::string::npos) << shown;
    EXPECT_EQ(text("ran"), "0");
}

TEST_F(Inspect, ColoursEachKind) {
    InspectOptions options;
    options.colors = true;
    EXPECT_EQ(text("[1, 'a', true, null, undefined, Symbol('s'), 2n]", options),
              "[ \x1b[33m1\x1b[39m, \x1b[32m'a'\x1b[39m, \x1b[33mtrue\x1b[39m, \x1b[1mnull\x1b[22m, "
              "\x1b[90mundefined\x1b[39m, \x1b[32mSymbol(s)\x1b[39m, \x1b[33m2n\x1b[39m ]");
    EXPECT_EQ(text("(function f() {})", options), "\x1b[36m[Function: f]\x1b[39m");
    EXPECT_EQ(text("/x/", options), "\x1b[31m/x/\x1b[39m");
    EXPECT_EQ(text("new Date(0)", options), "\x1b[35m1970-01-01T00:00:00.000Z\x1b[39m");
}

TEST_F(Inspect, DepthIsBoundedByTheStack) {
    InspectOptions options;
    options.depth = __builtin_inf();
    std::string shown = text("var o = {}; for (let i = 0; i < 100000; i++) o = { o }; o", options);
    EXPECT_NE(shown.find("[Object]"), std::string::npos);
}

TEST_F(Inspect, SharedPartsDoNotExplode) {
    InspectOptions options;
    options.depth = 60;
    std::string shown = text("var o = {}; for (let i = 0; i < 60; i++) o = { a: o, b: o }; o", options);
    EXPECT_LT(shown.size(), size_t{1} << 28);
    EXPECT_NE(shown.find("[Object]"), std::string::npos);
}

TEST_F(Inspect, WhatNodeOfThatAgeDoesNotKnow) {
    EXPECT_EQ(text("new Float16Array([1.5])"), "Float16Array(1) [ 1.5 ]");
    EXPECT_EQ(text("[1].values()"), "Object [Array Iterator] {}");
    EXPECT_EQ(text("const b = new ArrayBuffer(4); b.transfer(); b"),
              "ArrayBuffer { (detached), byteLength: 0 }");
    std::string suppressed = text("new SuppressedError(1, 2, 'both')");
    EXPECT_NE(suppressed.find("[suppressed]: 2"), std::string::npos) << suppressed;
    std::string asserted = output_of(std::string(HEDDLE_SHELL) + " -e 'console.assert(0, { a: 1 })' 2>&1");
    EXPECT_EQ(asserted, "Assertion failed { a: 1 }\n");
}

TEST_F(Inspect, SurvivesCollectionsAnywhere) {
    std::string out =
        output_of(std::string(HEDDLE_SHELL) +
                  " --gc-stress 7 --verify-heap -e \""
                  "console.log(new Map([[{ a: [1, 'x'.repeat(20)] }, new Set([new Error('e').message])]]), "
                  "Object.create({ constructor: class Q {} }))\" 2>&1");
    EXPECT_EQ(out, "Map(1) { { a: [ 1, 'xxxxxxxxxxxxxxxxxxxx' ] } => Set(1) { 'e' } } {}\n");
}

// --- the sources of a session
// -------------------------------------------------------------------------------------

using State = PreparedSource::State;

TEST(PrepareSource, TellsCompleteFromUnfinished) {
    auto state = [](const char* text) { return prepare_source(text, {}).state; };
    for (const char* text : {"1", "f(1)", "{ a: 1 }", "{}", "{ let x = 1 }", "await 1", "`${1}`",
                             "// comment", "/a/", "if (1) {}", "let await_ = 1"})
        EXPECT_EQ(state(text), State::Complete) << text;
    for (const char* text : {"(", "f(1,", "{ a:", "function f() {", "`abc", "[1, 2", "await f(", "x = {",
                             "/* open", "if (1)", "class A { m() {", "const x = await (", "a ="})
        EXPECT_EQ(state(text), State::Incomplete) << text;
    for (const char* text : {")", "let = 1 +;", "f(1]", "1 1", "'unfinished", "return 1", "for (const x) {}"})
        EXPECT_EQ(state(text), State::Invalid) << text;
}

TEST(PrepareSource, KeepsNamesOfAwaitingInputs) {
    PreparedSource prepared = prepare_source("const { a, b: [c = 1, ...d] } = await f(); let e; var g = 1, "
                                             "h; class K {} function fn() {} for (var i of [1]) {} a + c",
                                             {});
    ASSERT_EQ(prepared.state, State::Complete);
    EXPECT_TRUE(prepared.awaits);
    EXPECT_EQ(prepared.lexical_names, (std::vector<std::string>{"a", "c", "d", "e", "K"}));
    EXPECT_EQ(prepared.variable_names, (std::vector<std::string>{"g", "h", "fn", "i"}));
    EXPECT_FALSE(prepare_source("async () => await 1", {}).awaits) << "the function awaits, not the input";
    EXPECT_FALSE(prepare_source("'await'", {}).awaits);
    EXPECT_TRUE(prepare_source("for await (const x of y) {}", {}).awaits);
    EXPECT_TRUE(prepare_source("{ a: await 1 }", {}).awaits);
}

} // namespace
} // namespace heddle::shell
