// The grammar and its early errors: what is accepted, what is refused and where.
#include "parsing.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

using test::outcome;

std::string script(std::string_view text) {
    return outcome(test::script(text));
}
std::string module(std::string_view text) {
    return outcome(test::module(text));
}

TEST(Parser, AcceptsWhatDependsOnContext) {
    for (const char* text : {
             "let\nx = 1",
             "var let = 1; let\n(2)",
             "var yield, await, async, of, get, set, static, using",
             "async\nfunction f() {}",
             "async => async",
             "async (x) => x",
             "async () => {}",
             "async(1, ...x)",
             "for (async of => {};;) break",
             "for (let in {}) ;",
             "for (let of of []) ;",
             "for (using of []) ;",
             "label: for (;;) { continue label }",
             "a: b: while (1) continue a",
             "if (1) function f() {}",
             "x: function f() {}",
             "<!-- comment\n--> comment\n",
             "#!hashbang\n1",
             "017 + 08 + '\\7'",
             "({ __proto__: 1, __proto__() {}, ['__proto__']: 2 })",
             "({ __proto__: a, __proto__: b } = {})",
             "a ? b : c ? d : e",
             "a ?? b ?? c",
             "(a ?? b) || c",
             "a?.b?.[c]?.(d).e",
             "a?.5:1",
             "new new A()()",
             "function f() { new.target }",
             "({ get, set, async, static: 1 })",
             "({ get a() {}, set a(x) {}, async b() {}, *c() {}, async *d() {}, get 'e'() {}, set 1(x) {} })",
             "[a, , ...b] = c; [a.b, c[d]] = e; ({ a, b: c = 1, ...d.e } = f)",
             "(a, b) => a",
             "({ a = 1 }) => a",
             "([a, { b }], ...[c]) => a",
             "(a) = 1",
             "f() = 1; f()++; for (f() in x) ;",
             "try {} catch {}",
             "try {} catch (e) { var e }",
             "`a${b}c${`d`}`",
             "f`\\u{`",
             "/[/]/g.test(a)",
             "a = b\n/c/g.d",
             "1_000n; 0xFFn; 0b1_0; .5e-3; 5..x",
             "class A { static {} static async *#a() {} get; set; static; async\nx }",
             "class A extends B { constructor() { super(); super.x } static x = this; #p = 1; m(o) { return "
             "#p in o } }",
             "class A { 'constructor'() {} } class B { get #a() {} set #a(x) {} }",
             "async function* f() { for await (x of y) yield* z }",
             "function* g() { yield\n/re/; yield* a; var x = yield; }",
             "var \\u0061b, \xF0\xA0\xAE\xB7",
             "({ if: 1 }).if",
             "switch (1) { case 1: let a; default: }",
             "{ function f() {} function f() {} }",
             "do ; while (0) 1",
             "{ using a = b; } function f() { using a = b, c = d } async function g() { await using x = y }",
             "import('a'); import('a', b,); import.defer('a'); import.source('a')",
             "a ** -b",
             "(-a) ** b",
             "eval = 1",
         })
        EXPECT_EQ(script(text), "ok") << text;
}

TEST(Parser, RefusesWithPosition) {
    struct Case {
        const char* text;
        const char* expected; // a part of the outcome
    };
    for (auto [text, expected] : {
             Case{"a b", "1:3 Unexpected token 'b'"},
             {"var a = ;", "1:9 Unexpected token ';'"},
             {"let a; let a", "1:12 'a' has already been declared"},
             {"let a; { var a }", "1:14 'a'"},
             {"{ var a } let a", "1:15 'a'"},
             {"function f(a) { let a }", "1:21 'a'"},
             {"function f(a = 1) { let a }", "1:25 'a'"},
             {"try {} catch (e) { let e }", "1:24 'e'"},
             {"try {} catch ([e]) { var e }", "1:26 'e'"},
             {"for (let a of b) { var a }", "1:24 'a'"},
             {"'use strict'; with (a) {}", "1:15 'with'"},
             {"'use strict'; 010", "1:15 Numbers"},
             {"function f() { '\\07'; 'use strict' }", "1:17 Octal"},
             {"'use strict'; let eval", "1:19 'eval'"},
             {"function eval() { 'use strict' }", "'eval'"},
             {"(eval) => { 'use strict' }", "1:2 'eval'"},
             {"function f(a = 1) { 'use strict' }", "1:21 'use strict'"},
             {"'use strict'; delete a", "1:22 'delete'"},
             {"(a, a) => 1", "1:5 Duplicate"},
             {"'use strict'; function f(a, a) {}", "1:29 Duplicate"},
             {"1 = 2", "1:1 Invalid target"},
             {"a?.b = 1", "1:1 An optional chain"},
             {"[f()] = a", "1:2 Invalid target"},
             {"({ a: 1 } = b)", "1:7 Invalid target"},
             {"({ a = 1 })", "1:6"},
             {"[...a, b] = c", "1:2 A rest"},
             {"(a, ...b)", "1:9"},
             {"()", "1:3 Unexpected end of input"},
             {"(a)\n=> b", "2:1"},
             {"a => {} ()", "1:9"},
             {"({ __proto__: 1, __proto__: 2 })", "1:18"},
             {"-a ** b", "1:4 A unary"},
             {"a ?? b || c", "1:6"},
             {"new a?.b()", "1:6 An optional chain"},
             {"a?.`b`", "1:4"},
             {"new import('a')", "1:5"},
             {"break", "1:1 'break'"},
             {"continue", "1:1 'continue'"},
             {"a: { continue a }", "1:15"},
             {"while (1) { break b }", "1:19 Undefined label 'b'"},
             {"a: a: ;", "1:4 Label 'a'"},
             {"return", "1:1"},
             {"if (1) let\n[a] = b", "1:8"},
             {"while (1) function f() {}", "1:11"},
             {"if (1) class A {}", "1:8"},
             {"for (let a, b of c) ;", "1:6"},
             {"for (let a = 1 of c) ;", "1:10"},
             {"for (let.x of c) ;", "1:6"},
             {"for (async of a) ;", "1:6"},
             {"for (let x = 1 in a) ;", "1:10"},
             {"const a", "1:8"},
             {"let [a]", "1:8"},
             {"using a = b", "1:1 'using'"},
             {"{ using {a} = b }", "1:9"},
             {"for (using a in b) ;", "1:6"},
             {"class A { constructor() {} constructor() {} }", "1:28"},
             {"class A { get constructor() {} }", "1:15"},
             {"class A { constructor = 1 }", "1:11"},
             {"class A { static prototype() {} }", "1:18"},
             {"class A { #a; #a }", "1:15 Private name '#a'"},
             {"a.#b", "1:3 Private name '#b'"},
             {"class A extends a.#b { #b }", "1:19 Private name"},
             {"class A { #a; m() { delete this.#a } }", "Private"},
             {"class A { constructor() { super() } }", "1:27 'super()'"},
             {"super.x", "1:1 'super'"},
             {"class A { x = arguments }", "1:15 'arguments'"},
             {"class A { static { await } }", "1:20"},
             {"function* g() { function yield() {} }", "1:26 'yield'"},
             {"function* g(a = yield) {}", "1:17 'yield'"},
             {"async function f(a = await 1) {}", "1:22 'await'"},
             {"async (a = await 1) => 1", "1:"},
             {"function* g() { (a = yield) => 1 }", "1:22 'yield'"},
             {"new.target", "1:1 'new.target'"},
             {"import.meta", "1:1 'import.meta'"},
             {"import a from 'b'", "1:1 Import"},
             {"export {}", "1:1 Export"},
             {"({ get a(b) {} })", "1:9 A getter"},
             {"({ set a() {} })", "1:9 A setter"},
             {"v\\u0061r a", "1:1 Keywords"},
             {"'a", "1:1 This string"},
             {"`a", "1:1 This template"},
             {"/a", "1:1 This regular"},
             {"/a/gg", "1:5"},
             {"/* a", "1:1 This comment"},
             {"1_", "1:2"},
             {"0_1", "1:2"},
             {"3in []", "1:2"},
             {"'\\u{110000}'", "1:2"},
             {"`\\01`", "1:2 Octal"},
             {"var a\\u0020b", "1:6"},
             {"@", "1:1 Invalid"},
             {"throw\na", "2:1"},
         })
        EXPECT_NE(script(text).find(expected), std::string::npos) << text << "\n" << script(text);
}

TEST(Parser, ChecksModules) {
    EXPECT_EQ(
        module("import a, * as b from 'x'; import { c as d, 'e' as f, default as g } from 'y' with { type: "
               "'json' };"
               "import defer * as h from 'z'; import source i from 'z'; import source from 'z'; import 'w';"
               "export { a, d as default, f as 'string name' }; export * from 'x'; export * as n from 'x';"
               "export const [k, { l }] = m; await l; export function p() {} export class q {}"),
        "ok");
    EXPECT_EQ(module("export default function () {} export { x as y }; let x"), "ok");
    EXPECT_EQ(module("export { x }"), "1:10 Exported name 'x' is not declared in this module");
    EXPECT_EQ(module("export let a; export { a }"), "1:24 Duplicate export of 'a'");
    EXPECT_NE(module("import { if } from 'a'"), "ok");
    EXPECT_NE(module("import { a } from 'a'; let a"), "ok");
    EXPECT_NE(module("function a() {} function a() {}"), "ok");
    EXPECT_NE(module("{ import 'a' }"), "ok");
    EXPECT_NE(module("import 'a' with { a: '', a: '' }"), "ok");
    EXPECT_NE(module("var await"), "ok");
    EXPECT_NE(module("<!-- a"), "ok");
    EXPECT_NE(module("function f() { await 1 }"), "ok");
    EXPECT_NE(module("export { '\\uD800' as a } from 'b'"), "ok");
}

TEST(Parser, FillsTheTablesOfAModule) {
    auto result = test::module(
        "import { a as b } from 'x'; import * as ns from 'x'; export { b, ns };"
        "export * from 'y'; export * as z from 'y'; export default 1; for await (const q of b) ;");
    ASSERT_EQ(outcome(result), "ok");
    Program* program = result.program;
    EXPECT_TRUE(program->has_top_level_await);
    ASSERT_EQ(program->requests.size(), 2u);
    EXPECT_TRUE(program->requests[1].specifier->equals("y"));
    ASSERT_EQ(program->imports.size(), 2u);
    EXPECT_EQ(program->imports[1].name_kind, ImportNameKind::kNamespace);
    ASSERT_EQ(program->indirect_exports.size(), 2u);
    EXPECT_EQ(program->indirect_exports[0].import_name, nullptr);
    EXPECT_TRUE(program->indirect_exports[1].import_name->equals("a"));
    ASSERT_EQ(program->local_exports.size(), 2u);
    EXPECT_EQ(program->local_exports[0].variable->kind, VariableKind::kImport);
    EXPECT_EQ(program->local_exports[1].variable->kind, VariableKind::kDefaultExport);
    EXPECT_EQ(program->star_exports.size(), 1u);
}

TEST(Parser, ChecksEvalAgainstItsContext) {
    EvalContext plain{.is_direct = true};
    EXPECT_NE(outcome(test::eval("new.target", plain)), "ok");
    EXPECT_NE(outcome(test::eval("super.x", plain)), "ok");
    EXPECT_NE(outcome(test::eval("return", plain)), "ok");
    EXPECT_NE(outcome(test::eval("a.#b", plain)), "ok");
    EXPECT_NE(outcome(test::eval("let a; var a", plain)), "ok");
    EXPECT_EQ(outcome(test::eval("arguments; var a; function a() {}", plain)), "ok");
    std::string names[] = {"#b"};
    EvalContext rich{.is_direct = true,
                     .permissions = {.new_target = true,
                                     .super_property = true,
                                     .super_call = true,
                                     .in_class_field_initializer = true},
                     .private_names = names};
    EXPECT_EQ(outcome(test::eval("new.target; super.x; super(); a.#b; () => super.y", rich)), "ok");
    EXPECT_NE(outcome(test::eval("() => arguments", rich)), "ok");
    EvalContext strict{.is_direct = true, .strict_caller = true};
    EXPECT_NE(outcome(test::eval("with (a) {}", strict)), "ok");
    strict.is_direct = false;
    EXPECT_EQ(outcome(test::eval("with (a) {}", strict)), "ok");
}

TEST(Parser, MakesDynamicFunctions) {
    auto make = [](DynamicFunctionKind kind, std::string_view parameters, std::string_view body) {
        return parse_dynamic_function(kind, SourceText::from_utf8(parameters, "p"),
                                      SourceText::from_utf8(body, "b"), test::options());
    };
    auto result = make(DynamicFunctionKind::kAsyncGenerator, "a, b = 1", "yield await a");
    ASSERT_EQ(outcome(result), "ok");
    EXPECT_EQ(result.source->to_utf8(0, result.source->length()),
              "async function* anonymous(a, b = 1\n) {\nyield await a\n}");
    FunctionNode* function = result.program->dynamic_function;
    EXPECT_TRUE(function->name->equals("anonymous"));
    EXPECT_EQ(function->name_scope, nullptr);
    EXPECT_EQ(function->expected_argument_count, 1u);
    EXPECT_EQ(outcome(make(DynamicFunctionKind::kNormal, "", "return new.target")), "ok");
    EXPECT_EQ(outcome(make(DynamicFunctionKind::kNormal, "a //", "")), "ok");
    EXPECT_NE(outcome(make(DynamicFunctionKind::kNormal, "/*", "*/){")), "ok");
    EXPECT_NE(outcome(make(DynamicFunctionKind::kNormal, "a){}, function(", "")), "ok");
    EXPECT_NE(outcome(make(DynamicFunctionKind::kNormal, "", "} function f() {")), "ok");
    EXPECT_NE(outcome(make(DynamicFunctionKind::kNormal, "", "super.x")), "ok");
    EXPECT_NE(outcome(make(DynamicFunctionKind::kNormal, "a, a", "'use strict'")), "ok");
}

TEST(Parser, SaysWhenMoreTextIsNeeded) {
    for (const char* text : {"function f() {", "(1 +", "`abc", "/* x", "if (a)", "[1,"})
        EXPECT_TRUE(test::script(text).error.is_incomplete) << text;
    for (const char* text : {"a b", "(1 + ]", "'abc", "}"})
        EXPECT_FALSE(test::script(text).error.is_incomplete) << text;
}

std::string repeat(std::string_view text, size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (size_t i = 0; i < times; i++)
        out += text;
    return out;
}

TEST(Parser, SurvivesDeepNesting) {
    for (const char* opening : {"(",        "[",
                                "{",        "!",
                                "- ",       "`${",
                                "new ",     "a=>",
                                "(a=",      "function f(){",
                                "x={a:",    "if(a)",
                                "f(...",    "class A extends ",
                                "a?",       "a=",
                                "async(a=", "a**",
                                "try{",     "with(a)",
                                "({a:"}) {
        auto result = test::script(repeat(opening, 100000));
        ASSERT_FALSE(result.ok()) << opening;
        EXPECT_TRUE(result.error.is_recursion_error()) << opening << outcome(result);
    }
}

TEST(Parser, TakesLongChainsWithoutDepth) {
    for (const char* link : {"+a", "&&a", "??a", ",a", ".b", "()", "[0]", "?.b", "+b*c", "``", ";"})
        EXPECT_EQ(script("a" + repeat(link, 100000)), "ok") << link;
}

TEST(Parser, StaysLinearInNestedCovers) {
    EXPECT_EQ(script(repeat("(", 300) + "a" + repeat(")", 300)), "ok");
    EXPECT_EQ(script(repeat("(a=", 150) + "1" + repeat(")=>1", 150)), "ok");
    EXPECT_EQ(script("(" + repeat("{a:", 300) + "b" + repeat("}", 300) + "=1)"), "ok");
}

TEST(Parser, StopsAtItsMemoryLimit) {
    ParseOptions options = test::options();
    options.arena_limit = 64 * 1024;
    auto result = parse_script(SourceText::from_utf8(repeat("a;", 100000), "x"), options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error.kind, ParseErrorKind::kOutOfMemory);
}

TEST(Parser, AsksTheRegExpValidator) {
    ParseOptions options = test::options();
    options.regexp_validator = [](void*, const AstString& pattern, const AstString& flags,
                                  std::string& message) {
        message = "no " + pattern.to_utf8() + " with " + flags.to_utf8();
        return false;
    };
    auto result = parse_script(SourceText::from_utf8("/a(b/iu", "x"), options);
    EXPECT_EQ(outcome(result), "1:1 Invalid regular expression: no a(b with iu");
}

TEST(Parser, KeepsValues) {
    auto number = [](const char* text) {
        auto result = test::script(text);
        return test::statement<ExpressionStatement>(result, 0)->expression->as<NumericLiteral>()->value;
    };
    EXPECT_EQ(number("0x1_0"), 16);
    EXPECT_EQ(number("017"), 15);
    EXPECT_EQ(number("019.5"), 19.5);
    EXPECT_EQ(number("0x20000000000001"), 9007199254740992.0);
    EXPECT_EQ(number("0x20000000000003"), 9007199254740996.0);
    EXPECT_EQ(number("1_0.5e-1_0"), 10.5e-10);
    EXPECT_EQ(number("1e400"), __builtin_inf());
    auto text = test::script("'a\\u{1F600}\\x41\\\n\\0\\'é'");
    EXPECT_EQ(
        test::statement<ExpressionStatement>(text, 0)->expression->as<StringLiteral>()->value->to_utf8(),
        std::string("a\xF0\x9F\x98\x80"
                    "A\0'\xC3\xA9",
                    10));
    auto tagged = test::script("f`\\u${1}\r\n`");
    auto* quasi = test::statement<ExpressionStatement>(tagged, 0)->expression->as<TaggedTemplate>()->quasi;
    EXPECT_EQ(quasi->cooked[0], nullptr);
    EXPECT_EQ(quasi->raw[0]->to_utf8(), "\\u");
    EXPECT_EQ(quasi->raw[1]->to_utf8(), "\n");
}

TEST(Parser, FlattensChains) {
    auto result = test::script("a + b - c * d");
    auto* sum = test::statement<ExpressionStatement>(result, 0)->expression->as<BinaryExpression>();
    ASSERT_EQ(sum->steps.size(), 2u);
    EXPECT_EQ(sum->steps[0].op, BinaryOperator::kAdd);
    EXPECT_EQ(sum->steps[1].op, BinaryOperator::kSubtract);
    EXPECT_EQ(sum->steps[1].op_begin, 6u);
    EXPECT_TRUE(sum->steps[1].right->is<BinaryExpression>());
}

} // namespace
} // namespace heddle
