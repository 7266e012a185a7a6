// Bytes as source text: parsed as script, module, eval code and function body; what parses is compiled, and
// what is compiled must be sound. Touches no agent.
#include "bytecode/compiler.h"
#include "bytecode/disassembler.h"
#include "bytecode/verifier.h"
#include "syntax/parser.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace heddle {
namespace {

constexpr size_t kMaxBytes = 64 * 1024;
constexpr size_t kStackBytes = 4 * 1024 * 1024; // of the 8 MiB that a main thread has
constexpr size_t kArenaBytes = size_t{64} << 20;

[[noreturn]] void fail(const char* what, const std::string& detail) {
    std::fprintf(stderr, "parser_bytes: %s\n%s\n", what, detail.c_str());
    std::abort();
}

void check_code(const Code& code) {
    std::string found = verify(code);
    if (!found.empty()) fail("the compiler made unsound code", found + "\n" + disassemble(code));
    for (const Constant& constant : code.constants()) {
        if (constant.code) check_code(*constant.code);
    }
}

void check_error(const ParseResult& parsed) {
    const ParseError& error = parsed.error;
    if (error.message.empty()) fail("a parse error says nothing", "");
    if (error.line == 0 || error.column == 0) fail("a parse error has no position", error.message);
    if (parsed.source && (error.offset > parsed.source->length() || error.end > parsed.source->length()))
        fail("a parse error lies outside of the text", error.message);
}

/// Whether the text parsed.
bool check(const ParseResult& parsed, uintptr_t stack_limit, bool show) {
    if (!parsed.ok()) {
        check_error(parsed);
        return false;
    }
    CompileOptions options;
    options.stack_limit = stack_limit;
    CompileResult result = compile(parsed, options);
    if (!result.ok()) {
        if (result.message.empty()) fail("a compile error says nothing", "");
        return true;
    }
    check_code(*result.code);
    if (show && disassemble(*result.code, true).empty()) fail("code has no text", "");
    return true;
}

void run(std::string_view bytes) {
    ParseOptions options;
    options.stack_limit = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - kStackBytes;
    options.arena_limit = kArenaBytes;
    // Now and then, and always the same for the same bytes.
    bool show = bytes.size() % 16 == 0;
    SourceTextRef text = SourceText::from_utf8(bytes, "input.js");
    check(parse_script(text, options), options.stack_limit, show);
    check(parse_module(text, options), options.stack_limit, show);

    EvalContext context;
    context.is_direct = true;
    context.strict_caller = bytes.size() % 2 == 0;
    const std::string private_names[] = {"#a", "#b"};
    context.private_names = private_names;
    check(parse_eval(text, context, options), options.stack_limit, show);

    // The first line is the parameters, the rest the body.
    size_t line = bytes.find('\n');
    std::string_view parameters = line == std::string_view::npos ? std::string_view() : bytes.substr(0, line);
    std::string_view body = line == std::string_view::npos ? bytes : bytes.substr(line + 1);
    auto kind = static_cast<DynamicFunctionKind>(bytes.size() % 4);
    check(parse_dynamic_function(kind, SourceText::from_utf8(parameters, "parameters"),
                                 SourceText::from_utf8(body, "body"), options),
          options.stack_limit, show);
}

} // namespace
} // namespace heddle

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > heddle::kMaxBytes) return -1;
    heddle::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
