// Entry points of the parser: source text in, syntax tree with resolved scopes out, or the first early error.
#pragma once

#include "syntax/ast.h"
#include "syntax/source_text.h"

#include <memory>
#include <span>
#include <string>

namespace heddle {

/// Checks the pattern and flags of a regular expression literal. Returns false and fills `message` if
/// invalid; `flags` were already checked for letters and repetition.
using RegExpValidator = bool (*)(void* context, const AstString& pattern, const AstString& flags,
                                 std::string& message);

struct ParseOptions {
    /// Lowest address the native stack may reach; 0 turns the check off.
    uintptr_t stack_limit = 0;
    /// Bytes of tree after which the parse fails with `is_out_of_memory`.
    size_t arena_limit = size_t(1) << 30;
    RegExpValidator regexp_validator = nullptr;
    void* regexp_validator_context = nullptr;
    /// Asked every thousand tokens or so: true gives the parse up with kInterrupted. May be null.
    bool (*interrupted)(const void* context) = nullptr;
    const void* interrupted_context = nullptr;
};

enum class ParseErrorKind : uint8_t {
    kSyntaxError,
    kTooMuchRecursion, ///< to be thrown as RangeError
    kOutOfMemory,      ///< to be thrown as RangeError
    kInterrupted,      ///< whoever interrupted knows what is to be thrown
};

struct ParseError {
    ParseErrorKind kind = ParseErrorKind::kSyntaxError;
    /// The text ended too early: a REPL may ask for more lines.
    bool is_incomplete = false;
    std::string message; ///< UTF-8
    uint32_t offset = 0;
    uint32_t end = 0;
    uint32_t line = 1;   ///< one-based
    uint32_t column = 1; ///< one-based, code units

    bool is_recursion_error() const { return kind == ParseErrorKind::kTooMuchRecursion; }
};

/// Owns the tree. `program` is null exactly when there is an error.
struct ParseResult {
    std::unique_ptr<Arena> arena;
    SourceTextRef source; ///< the text that positions refer to (parse_dynamic_function makes its own)
    Program* program = nullptr;
    ParseError error;

    bool ok() const { return program != nullptr; }
};

/// What surrounds eval code (19.2.1.1 PerformEval).
struct EvalContext {
    bool is_direct = false;
    bool strict_caller = false;
    EvalPermissions permissions{};
    /// Private names visible at the call, UTF-8, each with its leading #.
    std::span<const std::string> private_names{};
};

enum class DynamicFunctionKind : uint8_t { kNormal, kGenerator, kAsync, kAsyncGenerator };

/// 16.1.5 ParseScript ( sourceText, realm, hostDefined )
ParseResult parse_script(SourceTextRef source, const ParseOptions& options);
/// 16.2.1.7.1 ParseModule ( sourceText, realm, hostDefined )
ParseResult parse_module(SourceTextRef source, const ParseOptions& options);
/// The parsing steps of 19.2.1.1 PerformEval ( x, strictCaller, direct ). References that leave the eval code
/// are kDynamic for direct and kGlobal for indirect eval.
ParseResult parse_eval(SourceTextRef source, const EvalContext& context, const ParseOptions& options);
/// The parsing steps of 20.2.1.1.1 CreateDynamicFunction: `parameters` and `body` are checked on their own,
/// then the whole text "function anonymous(…\n) {\n…\n}" is.
ParseResult parse_dynamic_function(DynamicFunctionKind kind, SourceTextRef parameters, SourceTextRef body,
                                   const ParseOptions& options);

} // namespace heddle
