// Modules in files: cycles, top-level await, import(), JSON, and every way in which loading fails.
#include "threads/tests/script_host.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace heddle::test {
namespace {

class Modules : public testing::Test {
protected:
    Modules() {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  ("heddle-modules-" + std::to_string(getpid()) + "-" +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::create_directories(folder_);
    }
    ~Modules() override { std::filesystem::remove_all(folder_); }

    void file(const std::string& name, std::string_view text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    /// Runs main.mjs with this text. The folder's name is taken out of what is printed.
    std::string run(std::string_view main) {
        file("main.mjs", main);
        std::string printed = host_.run_module((folder_ / "main.mjs").string());
        std::string folder = folder_.string() + "/";
        for (size_t at; (at = printed.find(folder)) != std::string::npos;)
            printed.erase(at, folder.size());
        return printed;
    }

    std::filesystem::path folder_;
    ScriptHost host_;
};

TEST_F(Modules, BindingsAreLive) {
    file("counter.mjs", "export let n = 0; export function up() { n++; } export { n as default };");
    EXPECT_EQ(run("import d, { n, up } from './counter.mjs'; import * as ns from './counter.mjs'; up(); "
                  "up(); print(n, d, ns.n);"
                  "try { n = 1; } catch (e) { print(e.name); } try { ns.n = 1; } catch (e) { print(e.name); "
                  "} print(Object.keys(ns).join());"),
              "2 2 2; TypeError; TypeError; default,n,up");
}

TEST_F(Modules, EachIsEvaluatedOnceInPostOrder) {
    file("a.mjs", "import './c.mjs'; print('a');");
    file("b.mjs", "import './c.mjs'; print('b');");
    file("c.mjs", "print('c');");
    EXPECT_EQ(run("print('main'); import './a.mjs'; import './b.mjs';"), "c; a; b; main");
}

TEST_F(Modules, CyclesSeeFunctionsButNotYetVariables) {
    file("a.mjs", "import { g, x } from './b.mjs'; export function f() { return 'f'; } export const y = 'y'; "
                  "print(g(), x);");
    file("b.mjs", "import { f, y } from './a.mjs'; export function g() { return f() + 'g'; } export const x "
                  "= 'x'; print(f()); try { y; } catch (e) { print(e.name); }");
    EXPECT_EQ(run("import { f } from './a.mjs'; import './main.mjs'; print('main', f());"),
              "f; ReferenceError; fg x; main f");
}

TEST_F(Modules, StarExportsAndAmbiguity) {
    file("a.mjs", "export const x = 1, only_a = 'a';");
    file("b.mjs", "export const x = 2, only_b = 'b';");
    file("both.mjs", "export * from './a.mjs'; export * from './b.mjs'; export * as ns from './a.mjs'; "
                     "export * from './both.mjs';");
    EXPECT_EQ(run("import * as both from './both.mjs'; print(Object.keys(both).join(), both.x, both.ns.x);"),
              "ns,only_a,only_b undefined 1");
    EXPECT_TRUE(ScriptHost().run_module((folder_ / "missing.mjs").string()).starts_with("throws TypeError"));
    file("ambiguous.mjs", "import { x } from './both.mjs';");
    EXPECT_TRUE(
        ScriptHost().run_module((folder_ / "ambiguous.mjs").string()).starts_with("throws SyntaxError"));
}

TEST_F(Modules, TopLevelAwaitHoldsItsParentsAndNobodyElse) {
    file("slow.mjs", "print('slow 1'); await null; await null; print('slow 2'); export const v = await "
                     "Promise.resolve('v');");
    file("quick.mjs", "print('quick');");
    file("parent.mjs", "import { v } from './slow.mjs'; print('parent', v);");
    EXPECT_EQ(run("import './parent.mjs'; import './quick.mjs'; print('main');"),
              "slow 1; quick; slow 2; parent v; main");
}

TEST_F(Modules, TopLevelAwaitInACycle) {
    file("a.mjs", "import './b.mjs'; await null; print('a');");
    file("b.mjs", "import './a.mjs'; await null; print('b');");
    EXPECT_EQ(run("import './a.mjs'; print('main');"), "b; a; main");
}

TEST_F(Modules, ARejectedAwaitIsUncaught) {
    file("bad.mjs", "await null; throw new Error('later');");
    EXPECT_EQ(run("import './bad.mjs'; print('never');"), "uncaught Error: later");
}

TEST_F(Modules, DynamicImport) {
    file("a.mjs", "print('a'); export default 7; export const then_ = 1;");
    EXPECT_EQ(run("const [x, y] = await Promise.all([import('./a.mjs'), import('./' + 'a.mjs')]); print(x "
                  "=== y, x.default);"
                  "for (const s of ['./none.mjs', { toString() { throw 'text'; } }, Symbol()]) await "
                  "import(s).catch(e => print(e.name ?? e));"),
              "a; true 7; TypeError; text; TypeError");
}

TEST_F(Modules, DynamicImportOfAnErrorRejectsEachTimeWithTheSame) {
    file("throws.mjs", "print('once'); throw new Error('no');");
    file("syntax.mjs", "let a; let a;");
    EXPECT_EQ(run("const e = []; for (let i = 0; i < 2; i++) await import('./throws.mjs').catch(x => "
                  "e.push(x)); print(e[0] === e[1], e[0].message);"
                  "await import('./syntax.mjs').catch(e => print(e.name));"),
              "once; true no; SyntaxError");
}

TEST_F(Modules, DynamicImportFromAScript) {
    file("a.mjs", "export const x = 5;");
    EXPECT_EQ(
        host_.run("import('" + (folder_ / "a.mjs").string() + "').then(ns => print(ns.x)); print('sync');"),
        "sync; 5");
}

TEST_F(Modules, JsonAndText) {
    file("data.json", "{\"a\": [1, 2]}");
    file("bad.json", "{");
    file("note.txt", "plain");
    EXPECT_EQ(run("import data from './data.json' with { type: 'json' }; import text from './note.txt' with "
                  "{ type: 'text' }; print(data.a.join(), text);"
                  "await import('./bad.json', { with: { type: 'json' } }).catch(e => print(e.name));"
                  "await import('./data.json', { with: { type: 'css' } }).catch(e => print(e.name));"
                  "const again = await import('./data.json', { with: { type: 'json' } }); "
                  "print(again.default === data);"),
              "1,2 plain; SyntaxError; TypeError; true");
}

TEST_F(Modules, JsonDoesNotGoByTheScriptsOwnParse) {
    file("data.json", "[1]");
    EXPECT_EQ(run("JSON.parse = () => 'fooled'; print((await import('./data.json', { with: { type: 'json' } "
                  "})).default.length);"),
              "1");
    file("more.json", "[1, 2]");
    EXPECT_EQ(host_.run("delete JSON.parse; import('" + (folder_ / "more.json").string() +
                        "', { with: { type: 'json' } }).then(ns => print(ns.default.length));"),
              "2");
}

TEST_F(Modules, ImportMeta) {
    EXPECT_EQ(
        run("print(typeof import.meta, Object.getPrototypeOf(import.meta), import.meta === import.meta);"),
        "object null true");
}

TEST_F(Modules, Failures) {
    EXPECT_EQ(run("import { nothing } from './main.mjs';").substr(0, 18), "throws SyntaxError");
    file("a.mjs", "import './not there.mjs';");
    ScriptHost second;
    EXPECT_NE(second.run_module((folder_ / "a.mjs").string()).find("not there.mjs"), std::string::npos);
    file("b.mjs", "import { b } from './c.mjs'; export { b };");
    file("c.mjs", "import { b } from './b.mjs'; export { b };");
    EXPECT_EQ(second.run_module((folder_ / "b.mjs").string()).substr(0, 18), "throws SyntaxError");
    file("latin.mjs", "print('\xff\xfe'.length);");
    EXPECT_EQ(second.run_module((folder_ / "latin.mjs").string()), "2");
    EXPECT_TRUE(second.run_module(folder_.string()).starts_with("throws TypeError"))
        << "a folder is no module";
}

TEST_F(Modules, ALongChainOfImportsIsNoCrash) {
    for (int i = 0; i < 3000; ++i)
        file("m" + std::to_string(i) + ".mjs",
             i == 2999 ? "export const end = 1;" : "export * from './m" + std::to_string(i + 1) + ".mjs';");
    std::string printed = run("import * as ns from './m0.mjs'; print(ns.end);");
    EXPECT_TRUE(printed == "1" || printed.starts_with("throws RangeError")) << printed;
}

} // namespace
} // namespace heddle::test
