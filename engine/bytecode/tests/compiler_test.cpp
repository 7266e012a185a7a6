// Compiles programs and looks at the code: what is emitted where the order or the presence of instructions matters, that
// every kind of root is sound, and that hostile input ends in an error.
#include "bytecode/compiler.h"
#include "bytecode/disassembler.h"
#include "bytecode/verifier.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

uintptr_t test_stack_limit() { return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - 512 * 1024; }

ParseOptions parse_options() {
    ParseOptions options;
    options.stack_limit = test_stack_limit();
    return options;
}

SourceTextRef text(std::string_view source) { return SourceText::from_utf8(source, "test.js"); }

/// What is wrong with the code or any inner one; empty when nothing is.
std::string complaints(const Code& code) {
    std::string found = verify(code);
    if (!found.empty()) return found + "\n" + disassemble(code);
    for (const Constant& constant : code.constants()) {
        if (!constant.code) continue;
        found = complaints(*constant.code);
        if (!found.empty()) return found;
    }
    return {};
}

CodeRef compile_or_fail(const ParseResult& parsed) {
    EXPECT_TRUE(parsed.ok()) << parsed.error.message;
    if (!parsed.ok()) return {};
    CompileOptions options;
    options.stack_limit = test_stack_limit();
    CompileResult result = compile(parsed, options);
    EXPECT_TRUE(result.ok()) << result.message;
    if (!result.ok()) return {};
    EXPECT_EQ(complaints(*result.code), "");
    return result.code;
}

CodeRef script(std::string_view source) { return compile_or_fail(parse_script(text(source), parse_options())); }
CodeRef module(std::string_view source) { return compile_or_fail(parse_module(text(source), parse_options())); }
CodeRef eval(std::string_view source, bool strict = false) {
    EvalContext context;
    context.is_direct = true;
    context.strict_caller = strict;
    return compile_or_fail(parse_eval(text(source), context, parse_options()));
}

/// The instructions of the first inner function, or of the program itself.
std::string inner_text(std::string_view source) {
    CodeRef code = script(source);
    for (const Constant& constant : code->constants())
        if (constant.code) return disassemble(*constant.code);
    return {};
}

const Code* first_inner(const Code& code) {
    for (const Constant& constant : code.constants())
        if (constant.code) return constant.code.get();
    return nullptr;
}

/// The names stand in this order (other text may lie between).
testing::AssertionResult in_order(const std::string& haystack, std::initializer_list<const char*> needles) {
    size_t at = 0;
    for (const char* needle : needles) {
        size_t found = haystack.find(needle, at);
        if (found == std::string::npos)
            return testing::AssertionFailure() << "no '" << needle << "' from " << at << " in\n" << haystack;
        at = found + std::string_view(needle).size();
    }
    return testing::AssertionSuccess();
}

size_t count_of(const std::string& haystack, std::string_view needle) {
    size_t count = 0;
    for (size_t at = haystack.find(needle); at != std::string::npos; at = haystack.find(needle, at + 1))
        ++count;
    return count;
}

TEST(Compiler, ParametersStayInTheirRegisters) {
    std::string code = inner_text("function f(a, b) { return a - b; }");
    EXPECT_TRUE(in_order(code, {"LoadRegister r3", "Subtract r2", "Return"}));
    EXPECT_EQ(code.find("StoreRegister"), std::string::npos) << code;
    EXPECT_EQ(code.find("PushEnvironment"), std::string::npos) << code;
}

TEST(Compiler, AnAssignedLeftOperandIsCopiedFirst) {
    // a + (a = 1) must add the old value.
    std::string code = inner_text("function f(a) { return a + (a = 1); }");
    EXPECT_TRUE(in_order(code, {"LoadRegister r2", "StoreRegister r3", "LoadInteger 1", "StoreRegister r2", "Add r3"}));
}

TEST(Compiler, MemberAssignmentEvaluatesTheKeyBeforeTheValueAndConvertsItAfter) {
    std::string code = inner_text("function f(o, k, v) { o()[k()] = v(); }");
    EXPECT_TRUE(in_order(code, {"Call", "Call", "Call", "StoreIndexedSloppy"}));
    EXPECT_EQ(code.find("ToPropertyKey"), std::string::npos);
}

TEST(Compiler, CompoundAssignmentConvertsTheKeyOnce) {
    std::string code = inner_text("function f(o, k) { o[k] += 1; }");
    EXPECT_TRUE(in_order(code, {"ToPropertyKeyOf r2", "LoadIndexed r2", "AddInteger 1", "StoreIndexedSloppy r2"}));
    EXPECT_EQ(count_of(code, "ToPropertyKeyOf"), 1u);
}

TEST(Compiler, StrictGlobalsAreResolvedBeforeTheirValue) {
    std::string code = disassemble(*script("'use strict'; x = f();"));
    EXPECT_TRUE(in_order(code, {"HasGlobal", "LoadGlobal \"f\"", "Call", "StoreGlobalResolved"}));
    EXPECT_TRUE(in_order(disassemble(*script("'use strict'; x = 1;")), {"StoreGlobalStrict"}));
    EXPECT_TRUE(in_order(disassemble(*script("x = f();")), {"StoreGlobalSloppy"}));
}

TEST(Compiler, WithResolvesTheNameFirst) {
    std::string code = disassemble(*script("with (o) { x = f(); }"));
    EXPECT_TRUE(in_order(code, {"PushWith", "ResolveDynamic", "LoadDynamicCallee \"f\"", "StoreResolved"}));
}

TEST(Compiler, LoopVariablesAreCopiedOnlyWhenCaptured) {
    EXPECT_EQ(inner_text("function f() { for (let i = 0; i < 9; i++) g(i); }").find("CopyEnvironment"), std::string::npos);
    EXPECT_EQ(count_of(inner_text("function f() { for (let i = 0; i < 9; i++) g(() => i); }"), "CopyEnvironment"), 2u);
}

TEST(Compiler, BreakingOutOfForOfClosesOutsideTheHandler) {
    CodeRef code = script("for (var x of y) { if (x) break; }");
    std::string shown = disassemble(*code);
    size_t at = shown.find("IteratorClose r");
    ASSERT_NE(at, std::string::npos);
    uint32_t pc = 0;
    std::span<const uint8_t> bytes = code->bytes();
    while (static_cast<Opcode>(bytes[pc]) != Opcode::IteratorClose)
        pc += opcode_info(static_cast<Opcode>(bytes[pc])).length;
    EXPECT_EQ(code->find_handler(pc), nullptr) << shown;
}

TEST(Compiler, ReturnThroughFinallyIsCarriedInRegisters) {
    std::string code = inner_text("function f() { try { return g(); } finally { h(); } }");
    EXPECT_TRUE(in_order(code, {"Call", "LoadInteger 2", "Jump", "RestoreEnvironment", "Call", "JumpIfInteger 0",
                                "JumpIfInteger 2", "Rethrow", "Return"}));
    EXPECT_EQ(count_of(code, "LoadGlobal \"h\""), 1u) << "one copy of the finally block";
}

TEST(Compiler, NestedHandlersListTheInnermostFirst) {
    CodeRef code = script("try { try { a(); } catch { b(); } } catch { c(); }");
    std::span<const ExceptionHandler> handlers = code->handlers();
    ASSERT_GE(handlers.size(), 2u);
    EXPECT_GE(handlers[0].start, handlers[1].start);
    EXPECT_LE(handlers[0].end, handlers[1].end);
}

TEST(Compiler, DerivedConstructorsCheckTheirResultOutsideOfHandlers) {
    CodeRef code = script("class A extends B { constructor() { try { return 1; } catch {} } }");
    const Code* constructor = first_inner(*code);
    std::span<const uint8_t> bytes = constructor->bytes();
    size_t seen = 0;
    for (uint32_t pc = 0; pc < bytes.size(); pc += opcode_info(static_cast<Opcode>(bytes[pc])).length) {
        if (static_cast<Opcode>(bytes[pc]) != Opcode::ReturnDerived) continue;
        ++seen;
        EXPECT_EQ(constructor->find_handler(pc), nullptr) << disassemble(*constructor);
    }
    EXPECT_EQ(seen, 2u);
}

TEST(Compiler, DefaultDerivedConstructorsForwardWithoutIterating) {
    CodeRef code = script("class A extends B {}");
    std::string constructor = disassemble(*first_inner(*code));
    EXPECT_TRUE(in_order(constructor, {"SuperCallForward", "StoreRegister r1", "InitializeInstance r1 r0", "ReturnDerived r1"}));
    EXPECT_TRUE(first_inner(*code)->traits().is_default_constructor);
    EXPECT_TRUE(first_inner(*code)->traits().needs_all_arguments);
}

TEST(Compiler, PrivateMethodsComeBeforeFields) {
    CodeRef code = script("class A { #m() {} static s = 1; x = 2; get #a() { return 1; } set #a(v) {} }");
    std::string shown = disassemble(*code);
    EXPECT_TRUE(in_order(shown, {"CreatePrivateName", "CreateClass", "AddInstancePrivateMethod",
                                 "SetInstanceInitializer", "Call"}));
    EXPECT_EQ(count_of(shown, "AddInstancePrivateMethod"), 3u);
}

TEST(Compiler, NamesOfFunctions) {
    CodeRef code = script("var f = function () {}; ({ get a() {}, set b(v) {}, c: () => 1, 'd e'() {} }); class K { #p() {} }");
    std::vector<std::string> names;
    for (const Constant& constant : code->constants())
        if (constant.code) names.push_back(constant.code->name().to_utf8());
    EXPECT_EQ(names, (std::vector<std::string>{"f", "get a", "set b", "c", "d e", "K", "#p"}));
}

TEST(Compiler, ParenthesizedTargetsNameNothing) {
    EXPECT_EQ(first_inner(*script("(x) = function () {};"))->name().to_utf8(), "");
    EXPECT_EQ(first_inner(*script("x = function () {};"))->name().to_utf8(), "x");
}

TEST(Compiler, ArgumentsObjects) {
    EXPECT_TRUE(in_order(inner_text("function f(a) { return arguments; }"), {"StoreSlot", "CreateMappedArguments"}));
    EXPECT_TRUE(in_order(inner_text("function f(a) { 'use strict'; return arguments; }"), {"CreateUnmappedArguments"}));
    EXPECT_TRUE(in_order(inner_text("function f(a = 1) { return arguments; }"), {"CreateUnmappedArguments", "JumpIfNotUndefined"}));
    EXPECT_EQ(inner_text("function f(a) { return a; }").find("Arguments"), std::string::npos);
}

TEST(Compiler, GeneratorsSuspendAfterTheirParameters) {
    std::string code = inner_text("function* g(a = h()) { yield 1; }");
    EXPECT_TRUE(in_order(code, {"Call", "InitialYield", "LoadInteger 1", "Yield", "ResumeDispatch"}));
    code = inner_text("async function f(a = h()) { await 1; }");
    EXPECT_TRUE(in_order(code, {"StartAsync", "Call", "Await"}));
    code = inner_text("async function* g() { yield 1; return 2; }");
    EXPECT_TRUE(in_order(code, {"InitialYield", "Await", "Yield", "Await", "Return", "LoadInteger 2", "Await", "Return"}));
}

TEST(Compiler, ScriptsDeclareThroughTheirConstant) {
    CodeRef code = script("var a; function f() {} let l; const c = 1; class K {} { function g() {} }");
    const Declarations* declarations = nullptr;
    for (const Constant& constant : code->constants())
        if (constant.declarations) declarations = constant.declarations.get();
    ASSERT_NE(declarations, nullptr);
    ASSERT_EQ(declarations->lexical.size(), 3u);
    EXPECT_FALSE(declarations->lexical[0].is_constant);
    EXPECT_TRUE(declarations->lexical[1].is_constant);
    EXPECT_EQ(declarations->functions.size(), 1u);
    EXPECT_EQ(declarations->var_names.size(), 1u);
    ASSERT_EQ(declarations->annex_b.size(), 1u);
    EXPECT_EQ(code->string(declarations->annex_b[0]).to_utf8(), "g");
    EXPECT_TRUE(in_order(disassemble(*code), {"DeclareGlobals", "JumpIfFalse", "StoreGlobalSloppy \"g\""}));
}

TEST(Compiler, EvalCode) {
    std::string sloppy = disassemble(*eval("var x = 1; function f() {} let l = () => x;"));
    EXPECT_TRUE(in_order(sloppy, {"DeclareEval"}));
    std::string strict = disassemble(*eval("var x = 1; function f() { return x; } f();", true));
    EXPECT_EQ(strict.find("DeclareEval"), std::string::npos) << strict;
    EXPECT_TRUE(in_order(strict, {"CreateFunction function \"f\""}));
    EXPECT_TRUE(in_order(disassemble(*eval("this;")), {"LoadPseudo \"this\""}));
}

TEST(Compiler, ModulesInstantiateTheirFunctionsBeforeTheySuspend) {
    CodeRef code = module("import d, * as n from 'm' with { type: 'json' }; export { d as e }; export function f() {}\n"
                          "export default class {} export * from 'o'; export * as p from 'q'; await f();");
    ASSERT_NE(code->module(), nullptr);
    EXPECT_EQ(code->module()->requests.size(), 3u);
    EXPECT_EQ(code->module()->requests[0].attributes.size(), 1u);
    EXPECT_EQ(code->module()->imports.size(), 2u);
    EXPECT_EQ(code->module()->star_exports.size(), 1u);
    EXPECT_TRUE(code->module()->has_top_level_await);
    EXPECT_EQ(code->traits().flavor, FunctionFlavor::kAsync);
    EXPECT_TRUE(in_order(disassemble(*code), {"PushEnvironment", "CreateFunction function \"f\"", "StoreSlot", "InitialYield",
                                              "CreateClass function \"default\"", "Await", "Return"}));
}

TEST(Compiler, DynamicFunctions) {
    CodeRef code = compile_or_fail(parse_dynamic_function(DynamicFunctionKind::kGenerator, text("a, b"), text("yield a + b"), parse_options()));
    EXPECT_EQ(code->name().to_utf8(), "anonymous");
    EXPECT_EQ(code->parameter_count(), 2u);
    EXPECT_EQ(code->traits().flavor, FunctionFlavor::kGenerator);
}

TEST(Compiler, UsingDisposesInAFinallyBlock) {
    EXPECT_TRUE(in_order(inner_text("function f() { using a = g(); h(); }"),
                         {"CreateDisposeStack", "AddDisposable", "DisposeResources", "Rethrow"}));
    EXPECT_TRUE(in_order(inner_text("async function f() { await using a = g(); }"),
                         {"CreateDisposeStack", "AddDisposable", "AsyncDisposeStep", "Await", "Loop", "MergeDisposeError"}));
}

TEST(Compiler, CompletionValues) {
    // The value of a finally block that ends normally does not count: saved before, restored after.
    EXPECT_TRUE(in_order(disassemble(*eval("try { 1 } finally { 2 }")), {"LoadInteger 1", "Move", "LoadInteger 2", "Move", "Return"}));
    // Functions have none.
    EXPECT_EQ(inner_text("function f() { if (x) 1; }").find("StoreRegister"), std::string::npos);
}

TEST(Compiler, ManyArgumentsAreAnArray) {
    std::string source = "f(0";
    for (int i = 1; i < 70'000; ++i)
        source += "," + std::to_string(i);
    EXPECT_TRUE(in_order(disassemble(*script(source + ")")), {"CreateArray", "AppendElement", "CallWithArray"}));
}

TEST(Compiler, LongChainsAndLargeLiterals) {
    std::string sum = "x";
    for (int i = 0; i < 100'000; ++i)
        sum += " + " + std::to_string(i);
    script(sum);
    std::string array = "[";
    for (int i = 0; i < 100'000; ++i)
        array += "'s" + std::to_string(i) + "',";
    CodeRef code = script(array + "]");
    EXPECT_GT(code->constants().size(), 65'536u);
}

TEST(Compiler, DeepNestingIsAnError) {
    // Left-deep chains cost the parser nothing; the compiler's recursion over them must end in its own error.
    std::string chain = "x";
    for (int i = 0; i < 200'000; ++i)
        chain += ".y";
    ParseResult parsed = parse_script(text(chain), parse_options());
    ASSERT_TRUE(parsed.ok()) << parsed.error.message;
    CompileOptions options;
    options.stack_limit = test_stack_limit();
    CompileResult result = compile(parsed, options);
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.error, CompileErrorKind::kTooMuchRecursion);
}

TEST(Compiler, TooManyLiveVariablesIsAnError) {
    std::string source = "function f() {";
    for (int i = 0; i < 70'000; ++i)
        source += "var v" + std::to_string(i) + " = 1;";
    ParseResult parsed = parse_script(text(source + "}"), parse_options());
    ASSERT_TRUE(parsed.ok());
    CompileResult result = compile(parsed, CompileOptions());
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.error, CompileErrorKind::kTooLarge);
}

TEST(Compiler, PositionsLeadBackToTheSource) {
    std::string_view source = "var a;\na.b.c();";
    CodeRef code = script(source);
    std::span<const uint8_t> bytes = code->bytes();
    for (uint32_t pc = 0; pc < bytes.size(); pc += opcode_info(static_cast<Opcode>(bytes[pc])).length) {
        if (static_cast<Opcode>(bytes[pc]) != Opcode::Call) continue;
        EXPECT_EQ(code->source_offset(pc), source.find("c()"));
    }
}

TEST(Code, ReferencesAreCounted) {
    CodeRef inner;
    {
        CodeRef outer = script("function f() { return 1; }");
        inner = CodeRef(first_inner(*outer));
    }
    EXPECT_EQ(inner->name().to_utf8(), "f");
    EXPECT_TRUE(in_order(disassemble(*inner), {"LoadInteger 1", "Return"}));
}

TEST(Code, DeeplyNestedFunctionsAreFreedWithoutRecursion) {
    std::string source;
    for (int i = 0; i < 300; ++i)
        source += "(()=>";
    source += "1";
    for (int i = 0; i < 300; ++i)
        source += ")";
    ParseOptions options;
    ParseResult parsed = parse_script(text(source), options);
    ASSERT_TRUE(parsed.ok());
    EXPECT_TRUE(compile(parsed, CompileOptions()).ok());
}

TEST(Verifier, RegistersOfEveryInstructionAreWithinTheFrame) {
    CodeRef code = script("f(1, 2, 3); new F(...a); [x, ...y] = z; ({ a, ...b } = c); `t${1}`; g`t${2}`; delete a?.b[c];");
    EXPECT_EQ(verify(*code), "");
}

} // namespace
} // namespace heddle
