// The `heddle` program as its users see it: what goes to which stream, and the exit status.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace heddle::shell {
namespace {

struct Finished {
    int status = -1; // exit status; 1000 + signal after a signal
    std::string output;
    std::string errors;
};

class Shell : public testing::Test {
protected:
    Shell() {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  ("heddle-shell-" + std::to_string(getpid()) + "-" +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::create_directories(folder_);
    }
    ~Shell() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& name, std::string_view text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return (folder_ / name).string();
    }
    std::string read(const std::string& name) {
        std::ifstream stream(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }
    Finished run(std::vector<std::string> arguments, std::string_view input = "") {
        std::string in = file(".stdin", input);
        pid_t child = fork();
        if (child == 0) {
            std::vector<char*> words{const_cast<char*>("heddle")};
            for (std::string& each : arguments)
                words.push_back(each.data());
            words.push_back(nullptr);
            if (!freopen(in.c_str(), "rb", stdin) || !freopen((folder_ / ".stdout").c_str(), "wb", stdout) ||
                !freopen((folder_ / ".stderr").c_str(), "wb", stderr))
                _exit(126);
            alarm(60);
            execv(HEDDLE_SHELL, words.data());
            _exit(127);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), read(".stdout"),
                read(".stderr")};
    }

    std::filesystem::path folder_;
};

testing::AssertionResult has(const std::string& text, std::string_view part) {
    if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "no \"" << part << "\" in:\n" << text;
}

TEST_F(Shell, RunsFilesInOneRealm) {
    Finished finished =
        run({file("a.js", "var shared = 1; print('a');"), file("b.js", "print('b', ++shared);")});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "a\nb 2\n");
    EXPECT_EQ(finished.errors, "");
}

TEST_F(Shell, AnUncaughtErrorIsShownWithItsPlace) {
    std::string path = file("bad.js", "function weave(thread) {\n\treturn thread.color;\n}\nweave(null);\n");
    Finished finished = run({path});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.output, "");
    EXPECT_TRUE(has(finished.errors, path + ":2:"));
    EXPECT_TRUE(has(finished.errors, "\treturn thread.color;\n\t"));
    EXPECT_TRUE(has(finished.errors, "^\n"));
    EXPECT_TRUE(has(finished.errors, "TypeError: "));
    EXPECT_TRUE(has(finished.errors, "at weave ("));
    EXPECT_TRUE(has(finished.errors, "bad.js:4:"));
}

TEST_F(Shell, ASyntaxErrorIsShownWithItsPlace) {
    std::string path = file("bad.js", "let x = 1;\nlet y = (;\n");
    Finished finished = run({path});
    EXPECT_EQ(finished.status, 1);
    EXPECT_TRUE(has(finished.errors, path + ":2:10\n"));
    EXPECT_TRUE(has(finished.errors, "let y = (;\n         ^\n"));
    EXPECT_TRUE(has(finished.errors, "SyntaxError: "));
}

TEST_F(Shell, AnythingMayBeThrown) {
    EXPECT_TRUE(has(run({"-e", "throw 'text'"}).errors, "Uncaught 'text'"));
    EXPECT_EQ(run({"-e", "throw undefined"}).status, 1);
    EXPECT_EQ(run({"-e", "throw Symbol('s')"}).status, 1);
    EXPECT_EQ(run({"-e", "throw { toString() { throw 1; } }"}).status, 1);
    EXPECT_EQ(run({"-e", "throw new Proxy({}, { get() { throw 1; } })"}).status, 1);
    EXPECT_EQ(run({"-e", "throw Object.create(null)"}).status, 1);
    EXPECT_TRUE(
        has(run({"-e", "class Snag extends Error { name = 'Snag'; } throw new Snag('in the warp')"}).errors,
            "Snag: in the warp"));
}

TEST_F(Shell, CausesAndPropertiesOfAnErrorAreShown) {
    std::string path =
        file("cause.js", "const inner = new RangeError('thread broke');\n"
                         "throw Object.assign(new Error('loom stopped', { cause: inner }), { code: 7 });\n");
    Finished finished = run({path});
    EXPECT_EQ(finished.status, 1);
    EXPECT_TRUE(has(finished.errors, "cause.js:2:"));
    EXPECT_TRUE(has(finished.errors, "Error: loom stopped\n    at "));
    EXPECT_TRUE(has(finished.errors, "code: 7"));
    EXPECT_TRUE(has(finished.errors, "[cause]: RangeError: thread broke\n"));
    finished = run({"-e", "let a = 1;\n  null.x;"});
    EXPECT_TRUE(has(finished.errors, "-e:2:"));
    EXPECT_TRUE(has(finished.errors, "\n  null.x;\n  "));
    // The caret stands under its character also behind wide ones.
    EXPECT_TRUE(
        has(run({"-e", "/* 日本 */ let = = 1"}).errors, "/* 日本 */ let = = 1\n                 ^\n"));
}

TEST_F(Shell, UnhandledRejectionsAreReported) {
    Finished finished = run(
        {"-e", "Promise.reject(new TypeError('snag')); print('on'); setTimeout(() => print('later'), 1)"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.output, "on\nlater\n");
    EXPECT_TRUE(has(finished.errors, "Uncaught (in promise) TypeError: snag\n    at "));
    finished = run({"-e", "(async () => { await null; throw 5; })()"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.errors, "Uncaught (in promise) 5\n");
    // Handled before the turn ends: nobody's business.
    finished = run(
        {"-e", "const p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => print('caught')))"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "caught\n");
    EXPECT_EQ(finished.errors, "");
    finished = run({"-e", "Promise.reject(1); throw 2"});
    EXPECT_TRUE(has(finished.errors, "Uncaught 2\n"));
    EXPECT_TRUE(has(finished.errors, "Uncaught (in promise) 1\n"));
}

TEST_F(Shell, ErrorsInTimersAreUncaughtAndTheRestRuns) {
    Finished finished =
        run({"-e", "setTimeout(() => { throw new Error('tick'); }, 1); setTimeout(() => print('tock'), 5);"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.output, "tock\n");
    EXPECT_TRUE(has(finished.errors, "Error: tick"));
}

TEST_F(Shell, JobsComeBeforeTimersAndTimersInOrder) {
    Finished finished =
        run({"-e", "setTimeout(print, 20, 'late'); setTimeout(print, 1, 'b'); setTimeout(print, 1, 'c'); "
                   "const i = setInterval(() => { print('i'); clearInterval(i); }, 2);"
                   "Promise.resolve().then(() => print('job')); queueMicrotask(() => print('microtask')); "
                   "print('a'); clearTimeout(setTimeout(print, 1, 'never'));"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "a\njob\nmicrotask\nb\nc\ni\nlate\n");
}

TEST_F(Shell, AMissingFileIsNamed) {
    Finished finished = run({"no such file.js"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_TRUE(has(finished.errors, "'no such file.js'"));
    EXPECT_EQ(run({"-m", "missing.mjs"}).status, 1);
    EXPECT_TRUE(has(run({"-m", "missing.mjs"}).errors, "missing.mjs"));
}

TEST_F(Shell, WrongOptionsAreNamed) {
    Finished finished = run({"--weft"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_TRUE(has(finished.errors, "'--weft'"));
    EXPECT_TRUE(has(finished.errors, "--help"));
    finished = run({"--memory-limit", "much"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_TRUE(has(finished.errors, "--memory-limit"));
    EXPECT_TRUE(has(finished.errors, "'much'"));
    finished = run({"--dump-bytcode"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_TRUE(has(finished.errors, "did you mean --dump-bytecode?"));
    EXPECT_TRUE(has(run({"--trace-gc=3"}).errors, "--trace-gc takes no value"));
    EXPECT_TRUE(has(run({"-x"}).errors, "'-x'"));
    EXPECT_EQ(run({"--gc-stress", "4294967296"}).status, 2);
    EXPECT_EQ(run({"--eval=print(7)"}).output, "7\n");
    EXPECT_EQ(run({"--", "-e"}).status, 2) << "a file of that name";
    EXPECT_EQ(run({"-e"}).status, 2);
    EXPECT_TRUE(has(run({"--gc-stress"}).errors, "--gc-stress"));
}

TEST_F(Shell, HelpListsEveryOption) {
    Finished finished = run({"--help"});
    EXPECT_EQ(finished.status, 0);
    for (const char* option : {"--module", "--eval", "--memory-limit", "--stack-limit", "--gc-stress",
                               "--fail-allocation", "--262", "--print", "--interactive", "--dump-ast",
                               "--dump-bytecode", "--trace-gc", "--version", "HEDDLE_HISTORY"})
        EXPECT_TRUE(has(finished.output, option));
}

TEST_F(Shell, PrintsValuesAndVersion) {
    EXPECT_EQ(run({"-p", "({ a: [1, 'x'] })"}).output, "{ a: [ 1, 'x' ] }\n");
    EXPECT_EQ(run({"-p", "'plain'", "-p", "[-0]"}).output, "plain\n[ -0 ]\n");
    EXPECT_TRUE(run({"--version"}).output.starts_with("heddle 0."));
    setenv("FORCE_COLOR", "1", 1);
    EXPECT_EQ(run({"-p", "[1, 'x']"}).output, "[ \x1b[33m1\x1b[39m, \x1b[32m'x'\x1b[39m ]\n");
    unsetenv("FORCE_COLOR");
}

TEST_F(Shell, DumpsTreesAndBytecode) {
    std::string path = file("dump.js", "let sum = (a, b) => a + b;\nprint(sum(1, 2n)?.x);\n");
    Finished tree = run({"--dump-ast", path});
    EXPECT_EQ(tree.status, 0);
    EXPECT_EQ(tree.output, R"(Program script [1:1-3:1]
  VariableDeclaration let [1:1-1:27]
    VariableDeclarator [1:5-1:26]
      target: Identifier name=sum [1:5-1:8]
      initializer: FunctionExpression [1:11-1:26]
        FunctionNode arrow [1:11-1:26]
          parameter: PatternElement [1:12-1:13]
            target: Identifier name=a [1:12-1:13]
          parameter: PatternElement [1:15-1:16]
            target: Identifier name=b [1:15-1:16]
          body: ReturnStatement [1:21-1:26]
            BinaryExpression [1:21-1:26]
              Identifier name=a [1:21-1:22]
              +: Identifier name=b [1:25-1:26]
  ExpressionStatement [2:1-2:22]
    CallExpression [2:1-2:21]
      callee: Identifier name=print [2:1-2:6]
      argument: OptionalChain [2:7-2:20]
        MemberExpression name=x optional [2:7-2:20]
          object: CallExpression [2:7-2:17]
            callee: Identifier name=sum [2:7-2:10]
            argument: NumericLiteral 1 [2:11-2:12]
            argument: BigIntLiteral 2n [2:14-2:16]
)");
    Finished code = run({"--dump-bytecode", path});
    EXPECT_EQ(code.status, 0);
    EXPECT_TRUE(has(code.output, "Add")) << "of the inner function";
    EXPECT_TRUE(has(code.output, "Call"));
    EXPECT_FALSE(has(code.output, "\n3\n")) << "it ran";
    EXPECT_EQ(run({"--dump-ast", file("broken.js", "let = ;")}).status, 1);
    EXPECT_TRUE(has(run({"--dump-ast", "-m", file("m.mjs", "await 1; export default class {}")}).output,
                    "top-level-await"));
    std::string nested = file("nested.js", std::string(3000, '[') + std::string(3000, ']'));
    EXPECT_TRUE(has(run({"--dump-ast", nested}).output, "nested too deeply"));
}

TEST_F(Shell, ReadsStandardInput) {
    EXPECT_EQ(run({}, "print('from stdin')").output, "from stdin\n");
    EXPECT_EQ(run({"-"}, "print(1)\nprint(2)").output, "1\n2\n");
    EXPECT_EQ(run({}, "").status, 0);
    Finished finished = run({"-"}, "x");
    EXPECT_EQ(finished.status, 1);
    EXPECT_TRUE(has(finished.errors, "ReferenceError"));
}

TEST_F(Shell, EvaluatesCodeAndModules) {
    EXPECT_EQ(run({"-e", "print(1 + 1)", "-e", "print(typeof module)"}).output, "2\nundefined\n");
    file("lib.mjs", "export const v = await Promise.resolve('v');");
    EXPECT_EQ(run({"-m", file("main.mjs", "import { v } from './lib.mjs'; print(v, this);")}).output,
              "v undefined\n");
    Finished finished = run({"-m", file("late.mjs", "await null;\nthrow new Error('late');")});
    EXPECT_EQ(finished.status, 1);
    EXPECT_TRUE(has(finished.errors, "Error: late"));
}

TEST_F(Shell, BytesThatAreNoUtf8DoNoHarm) {
    EXPECT_EQ(run({file("a.js", "print('\xff\xc0\xaf'.length); // \xed\xa0\x80\xf4\x90")}).output, "3\n");
    EXPECT_EQ(run({file("b.js", "\xff\xfe\x00")}).status, 1);
    EXPECT_EQ(run({file("c.js", std::string("print('\0'.length)", 17))}).output, "1\n");
    EXPECT_EQ(run({file("d.js", "\xef\xbb\xbfprint('mark')")}).output, "mark\n");
    EXPECT_EQ(run({file("e.js", "#!/usr/bin/env heddle\nprint('bang')")}).output, "bang\n");
    EXPECT_EQ(run({folder_.string()}).status, 2) << "a folder is no script";
}

TEST_F(Shell, TracesCollectionsAsKeysAndValues) {
    Finished finished = run({"--trace-gc", "-e", "let x; for (let i = 0; i < 300000; i++) x = { i }; print('done')"});
    EXPECT_EQ(finished.output, "done\n");
    EXPECT_TRUE(has(finished.errors, "gc kind=young why=budget before="));
    EXPECT_TRUE(has(finished.errors, " pause_ms="));
    EXPECT_TRUE(has(finished.errors, "gc-total young="));
    finished = run({"--trace-gc", "--gc-stress", "50", "--gc-stress-kind", "alternating", "-e", "[1, 2].map(x => [x])"});
    EXPECT_TRUE(has(finished.errors, "gc kind=young why=stress"));
    EXPECT_TRUE(has(finished.errors, "gc kind=full why=stress"));
    finished = run({"--gc-stress-kind", "old"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_TRUE(has(finished.errors, "'old'"));
}

TEST_F(Shell, WritesAHeapSnapshotAtTheEnd) {
    std::string name = (folder_ / "end.heapsnapshot").string();
    EXPECT_EQ(run({"--heap-snapshot", name, "-e", "var kept = { marker: 'a marked string' }"}).status, 0);
    std::string text = read("end.heapsnapshot");
    EXPECT_TRUE(text.starts_with(R"({"snapshot":{"meta":)"));
    EXPECT_TRUE(text.ends_with("]}\n"));
    EXPECT_TRUE(has(text, "\"a marked string\""));
    Finished finished = run({"--heap-snapshot", (folder_ / "none" / "x").string(), "-e", "1"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_TRUE(has(finished.errors, "none/x"));
}

TEST_F(Shell, WorkersHaveTheHostsGlobalsAndLeaveNothing) {
    std::string worker = file("worker.js", "onmessage = e => { print('worker', typeof console.log, e.data); postMessage(e.data + 1); close(); };");
    std::string main = file("main.js", "const w = new Worker('worker.js'); w.onmessage = e => print('main', e.data); w.postMessage(1);");
    Finished finished = run({"--leak-check", main});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "worker function 1\nmain 2\n");
    EXPECT_TRUE(has(finished.errors, "threads 0, agents 0, stores 0, ports 0, waiters 0, messages 0, tasks 0, blocks 0"));
}

TEST_F(Shell, ErrorsOfWorkersAreTheProgramsOwn) {
    Finished finished = run({"-e", "new Worker('function f() { throw new TypeError(\"in a worker\") } f()', { eval: true }); new Worker('for (;;);', { eval: true }).unref()"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_TRUE(has(finished.errors, "TypeError: in a worker"));
    EXPECT_TRUE(has(finished.errors, "at f "));
}

TEST_F(Shell, LimitsAreErrorsOfTheScript) {
    EXPECT_EQ(run({"--memory-limit", "16", "-e",
                   "const a = []; try { for (;;) a.push({}); } catch (e) { a.length = 0; print(e.name); }"})
                  .output,
              "RangeError\n");
    EXPECT_EQ(run({"--stack-limit", "200", "-e",
                   "try { (function f() { [1].map(f); })(); } catch (e) { print(e.name); }"})
                  .output,
              "RangeError\n");
    for (int n = 1; n <= 60; ++n) {
        Finished finished =
            run({"--fail-allocation", std::to_string(n), "-e", "print([1, 2].map(x => x * 2).join())"});
        EXPECT_LE(finished.status, 2) << n << finished.errors;
    }
    EXPECT_EQ(run({"--gc-stress", "1", "--verify-heap", "-e", "print([1, 2].map(x => x * 2).join())"}).output,
              "2,4\n");
    EXPECT_EQ(run({"--no-block", "-e",
                   "try { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); } catch (e) { "
                   "print(e.name); }"})
                  .output,
              "TypeError\n");
}

} // namespace
} // namespace heddle::shell
