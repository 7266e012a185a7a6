// Scopes and variables of a parsed program, and what each reference resolves to. Filled in by
// scope_analysis.cpp once the whole text has been parsed; immutable for the consumers.
#pragma once

#include "syntax/ast_string.h"

#include <cstdint>
#include <span>

namespace heddle {

struct FunctionNode;
struct FunctionDeclaration;
struct Scope;

/// A list in the arena.
template<class T>
using NodeList = std::span<T>;

enum class ScopeKind : uint8_t {
    kScript, ///< var, function, let, const and class at script level: all of them live in the realm, by name
    kModule, ///< every variable is captured (it lives in the module environment)
    kEval,   ///< lexical names; also var names when strict. Sloppy var names go outward by name
    kFunction,     ///< parameters, `arguments`, this and the like; and the body's names unless there is a
                   ///< kFunctionBody
    kFunctionBody, ///< var and lexical names of a body whose function has parameter expressions
    kFunctionName, ///< the own name of a named function expression
    kBlock,
    kSwitch,
    kCatch,   ///< the catch parameter; the catch body is a kBlock inside
    kFor,     ///< let/const/using of a for, for-in or for-of head; made anew for each iteration
    kForHead, ///< same names, never initialized, while the right side of for-in/of is evaluated
    kClass,   ///< the inner class name, private names, computed keys of fields
    kWith,    ///< an object environment; declares nothing, always needs_environment
};

enum class VariableKind : uint8_t {
    kVar,
    kFunction, ///< function declaration (var-like at function level, let-like in blocks)
    kParameter,
    kLet,
    kConst,
    kUsing,
    kAwaitUsing,
    kClass,        ///< class declaration as seen outside (let-like)
    kClassName,    ///< the name inside the class (const)
    kFunctionName, ///< named function expression: assignment ignored in sloppy code, TypeError in strict code
    kCatchParameter, ///< let-like, initialized on entry
    kImport,         ///< module import binding (const; TDZ of the exporting module)
    kArguments,      ///< the implicit `arguments`
    kThis,           ///< pseudo variable, name "this"; needs TDZ checks in derived constructors only
    kNewTarget,      ///< pseudo variable, name "new.target"
    kActiveFunction, ///< pseudo variable, name "%function": for super (its home object, its prototype)
    kPrivateName,    ///< name with its leading #; holds the private name itself
    kComputedKey,    ///< computed key of a field, evaluated once; nameless, always captured
    kDefaultExport,  ///< name "*default*" of a module
};

enum class PrivateNameKind : uint8_t { kField, kMethod, kGetter, kSetter, kAccessor };

struct Variable {
    static constexpr uint32_t kNone = 0xFFFF'FFFF;

    const AstString* name = nullptr;
    Scope* scope = nullptr;
    VariableKind kind = VariableKind::kVar;
    /// Lives in a slot of its scope's environment: used by an inner function, by name (with, direct eval), or
    /// a module variable, or a parameter of a function with mapped arguments. Otherwise it is a register.
    /// Always false in a kScript scope and for sloppy var names of a kEval scope (both go by name), except
    /// pseudo ones.
    bool is_captured = false;
    /// Assigned somewhere besides its initialization.
    bool is_assigned = false;
    /// Some read or write may come before initialization: the slot must start out as "uninitialized".
    bool needs_tdz = false;
    bool is_referenced = false;
    /// Private names only.
    bool is_static = false;
    PrivateNameKind private_kind = PrivateNameKind::kField;
    /// Index in the environment of `scope`; kNone unless is_captured.
    uint32_t slot = kNone;
    /// Parameters: position in the list, kNone for names inside patterns. Several equal names: the last one
    /// counts.
    uint32_t parameter_index = kNone;
    uint32_t declared_at = 0;
    /// Source offset from which on code of the same function sees it initialized.
    uint32_t initialized_at = 0;
    /// A body variable of a kFunctionBody that starts with the value of the parameter (or `arguments`) of the
    /// same name (10.2.11 step 28); null: starts undefined.
    Variable* initial_value_from = nullptr;
    Variable* next_in_scope = nullptr;

    bool is_lexical() const {
        switch (kind) {
        case VariableKind::kLet:
        case VariableKind::kConst:
        case VariableKind::kUsing:
        case VariableKind::kAwaitUsing:
        case VariableKind::kClass:
        case VariableKind::kClassName:
            return true;
        default:
            return false;
        }
    }
    /// Assigning throws a TypeError.
    bool is_constant() const {
        return kind == VariableKind::kConst || kind == VariableKind::kUsing ||
               kind == VariableKind::kAwaitUsing || kind == VariableKind::kClassName ||
               kind == VariableKind::kImport;
    }
};

enum class ReferenceKind : uint8_t {
    kUnresolved, ///< only before analysis, and in nodes that bind rather than refer
    kVariable,   ///< `variable` is set; register or slot. Hops: walk scopes that need an environment
    kGlobal, ///< the realm: its declarative record, then the global object. For "this": the global this value
    kDynamic, ///< by name at run time through the descriptions of the environments (with, sloppy direct eval)
    kUndefined, ///< `this` at module level; `new.target` where it is always undefined
};

/// What an identifier (or this, new.target, super, #name) refers to.
struct Resolution {
    /// kVariable: the variable. kGlobal and kDynamic: the statically visible candidate, may be null.
    Variable* variable = nullptr;
    ReferenceKind kind = ReferenceKind::kUnresolved;
    /// The variable may be uninitialized here. Always true for kVariable lexical bindings unless proven
    /// otherwise.
    bool needs_tdz_check = false;
};

struct Scope {
    ScopeKind kind = ScopeKind::kBlock;
    bool is_strict = false;
    /// A direct eval call stands in this scope or in any scope inside: all variables are captured, names
    /// retained.
    bool contains_direct_eval = false;
    /// Sloppy direct eval may add var names to this variable scope at run time (kFunction, kFunctionBody,
    /// only the one that is the variable environment; eval in parameter expressions counts for kFunction).
    bool is_extensible_by_eval = false;
    /// At least one variable is captured, or kWith, or extensible: entering makes an environment; it counts
    /// as a hop.
    bool needs_environment = false;
    /// Declares using or await using: leaving disposes (`has_await_using`: by awaiting).
    bool has_using = false;
    bool has_await_using = false;

    Scope* parent = nullptr;
    /// The function whose code creates this scope (for kFunction and kFunctionBody: the function itself; for
    /// kFunctionName and kClass: the function around).
    FunctionNode* function = nullptr;

    Variable* first_variable = nullptr;
    Variable* last_variable = nullptr;
    uint32_t variable_count = 0;
    /// Number of environment slots: captured variables, in order of declaration.
    uint32_t slot_count = 0;

    /// Function declarations to instantiate on entering, in source order; of several with one name only the
    /// last.
    NodeList<FunctionDeclaration*> functions;

    /// Null when not declared in this very scope.
    Variable* find(const AstString* name) const;

    // For the analysis: open-addressing index over the variables, made when there are many.
    Variable** index = nullptr;
    uint32_t index_capacity = 0;
};

/// Number of environments to step outward from code running in `from` to the one of `to`.
/// Precondition: `to` encloses (or is) `from` and needs an environment.
inline uint32_t environment_hops(const Scope* from, const Scope* to) {
    uint32_t hops = 0;
    for (; from != to; from = from->parent) {
        HEDDLE_ASSERT(from != nullptr);
        if (from->needs_environment) hops++;
    }
    return hops;
}

} // namespace heddle
