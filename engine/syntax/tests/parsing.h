// Shared by the parser's tests: parse a text and say briefly what came out.
#pragma once

#include "syntax/parser.h"

#include <string>
#include <string_view>

namespace heddle::test {

inline ParseOptions options() {
    ParseOptions options;
    char here;
    // Far less than the smallest stack on which the tests run.
    options.stack_limit = reinterpret_cast<uintptr_t>(&here) - 4 * 1024 * 1024;
    return options;
}

inline ParseResult script(std::string_view text) {
    return parse_script(SourceText::from_utf8(text, "test.js"), options());
}

inline ParseResult module(std::string_view text) {
    return parse_module(SourceText::from_utf8(text, "test.mjs"), options());
}

inline ParseResult eval(std::string_view text, const EvalContext& context) {
    return parse_eval(SourceText::from_utf8(text, "eval"), context, options());
}

/// "ok", or "line:column message".
inline std::string outcome(const ParseResult& result) {
    if (result.ok()) return "ok";
    return std::to_string(result.error.line) + ":" + std::to_string(result.error.column) + " " +
           result.error.message;
}

/// The n-th statement of the program.
template<class T>
T* statement(const ParseResult& result, size_t index) {
    return result.program->function->body[index]->as<T>();
}

/// The function declared by the n-th statement.
inline FunctionNode* function(const ParseResult& result, size_t index) {
    return statement<FunctionDeclaration>(result, index)->function;
}

inline Variable* variable(Scope* scope, std::string_view name) {
    for (Variable* each = scope->first_variable; each; each = each->next_in_scope)
        if (each->name && each->name->equals(name)) return each;
    return nullptr;
}

} // namespace heddle::test
