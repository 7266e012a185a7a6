// The compiler's entry point: a syntax tree with resolved scopes in, Code out.
#pragma once

#include "bytecode/code.h"
#include "syntax/parser.h"

namespace heddle {

struct CompileOptions {
    /// Lowest address the native stack may reach; 0 turns the check off.
    uintptr_t stack_limit = 0;
};

enum class CompileErrorKind : uint8_t {
    kNone,
    kTooMuchRecursion, ///< to be thrown as RangeError
    kTooLarge,         ///< to be thrown as RangeError
    kOutOfMemory,
};

struct CompileResult {
    CodeRef code; ///< null exactly when there is an error
    CompileErrorKind error = CompileErrorKind::kNone;
    std::string message;

    bool ok() const { return static_cast<bool>(code); }
};

/// Compiles a successful parse: the Code of the script, module or eval code, with all inner functions; for
/// ProgramKind::kDynamicFunction the Code of the function itself. Touches no agent: any thread may call it.
CompileResult compile(const ParseResult& parsed, const CompileOptions& options);

} // namespace heddle
