// Code: the compiled form of one function, script, module or piece of eval code. Immutable, off the heap, shared by every
// agent of a Runtime; what its constants resolve to in one agent is that agent's business (CodeInstance).
#pragma once

#include "base/growable_array.h"
#include "bytecode/opcode.h"
#include "runtime/string.h"
#include "sync/atomic.h"
#include "syntax/ast.h"
#include "syntax/source_text.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace heddle {

//  The frame that code runs in:
//
//      r[0]                     the active function (undefined in scripts, modules and eval code)
//      r[1]                     this: as passed; Empty in a derived constructor until super() returns. Sloppy code that
//                               uses it starts with CoerceThis. Arrows, scripts, modules, eval code do not use it
//      r[2 .. 2+P)              P = parameter_count(): one for each formal parameter but the rest; missing arguments are
//                               undefined
//      r[2+P .. register_count) locals and temporaries, undefined on entry
//
//  Beside the registers a frame has: the accumulator, the current environment (on entry the function's; for a script
//  none), new.target, the number and the values of the actual arguments (needed only by Create…Arguments,
//  CreateRestArray and SuperCallForward: `needs_all_arguments`), and the pc.
//
//  When an exception leaves an instruction at pc, the innermost handler with start <= pc < end catches it (handlers are
//  sorted so that the first match is the innermost): env = r[handler.environment], acc = the exception, pc = target.
//  Handlers do not see termination.
inline constexpr uint32_t kFunctionRegister = 0;
inline constexpr uint32_t kThisRegister = 1;
inline constexpr uint32_t kFirstParameterRegister = 2;

enum class ResumeMode : uint8_t { kNext, kThrow, kReturn };
/// Types of the completions that finally blocks keep in registers; values above are the compiler's jump indices.
enum class CompletionType : uint8_t { kNormal, kThrow, kReturn, kFirstJump };

/// Text of a constant: Latin-1 when every unit fits, else UTF-16.
struct ConstantString {
    std::string latin1;
    std::u16string utf16; ///< used when not is_latin1
    bool is_latin1 = true;
    uint32_t length() const { return static_cast<uint32_t>(is_latin1 ? latin1.size() : utf16.size()); }
    char16_t at(uint32_t i) const { return is_latin1 ? static_cast<uint8_t>(latin1[i]) : utf16[i]; }
    bool equals(std::string_view text) const { return is_latin1 && latin1 == text; }
    FlatView view() const { return is_latin1 ? FlatView(latin1) : FlatView(utf16.data(), static_cast<uint32_t>(utf16.size())); }
    std::string to_utf8() const { return view().to_utf8(); }
    std::string short_utf8() const { return view().short_utf8(); }
    bool operator==(const ConstantString&) const = default;
};

enum class ConstantKind : uint8_t {
    kString,       ///< resolves to an atom; also all names
    kNumber,
    kBigInt,       ///< string: digits, with 0x, 0o or 0b if not decimal
    kCode,
    kScope,
    kTemplate,
    kRegExp,
    kSlots,
    kDeclarations,
    kEval,
};

struct ScopeSlot {
    uint32_t name = 0; ///< index of a string constant of the same Code
    uint32_t slot = 0;
    VariableKind kind = VariableKind::kVar;
    PrivateNameKind private_kind = PrivateNameKind::kField; ///< kPrivateName only
    bool is_static = false;                                 ///< kPrivateName only
    bool starts_empty = false;
    bool is_constant = false; ///< assignment throws a TypeError; kFunctionName: in strict code, else it is ignored
    bool is_strict = false;   ///< strictness of the scope, for kFunctionName
};

/// What an environment made for a scope looks like. Environments keep a pointer to it (and its Code alive).
struct ScopeDescription {
    ScopeKind kind = ScopeKind::kBlock;
    bool is_strict = false;
    /// Sloppy direct eval may add var names: the environment has room for a table of them.
    bool is_extensible = false;
    /// This is a VariableEnvironment: direct eval inside declares its var names here. (kFunction with a separate
    /// kFunctionBody is one too, for eval in parameter expressions.)
    bool is_variable_scope = false;
    /// Catch clause with a simple parameter: eval's var names may equal its names (B.3.4).
    bool is_simple_catch = false;
    bool is_arrow = false; ///< kFunction scope of an arrow function
    uint32_t slot_count = 0;
    /// The captured variables that have a name, in slot order. Pseudo variables too ("this", "new.target", "%function").
    GrowableArray<ScopeSlot> slots;
    /// Slots (named or not) that start as Empty.
    GrowableArray<uint32_t> empty_slots;
};

struct TemplateDescription {
    struct Part {
        bool has_cooked = true; ///< false: undefined
        uint32_t cooked = 0;    ///< indices of string constants
        uint32_t raw = 0;
    };
    GrowableArray<Part> parts;
};

struct RegExpDescription {
    uint32_t pattern = 0; ///< indices of string constants
    uint32_t flags = 0;
};

/// CreateMappedArguments: for each argument position the slot of the environment, or kNoSlot.
struct SlotList {
    static constexpr uint32_t kNoSlot = 0xFFFF'FFFF;
    GrowableArray<uint32_t> slots;
};

/// Input of GlobalDeclarationInstantiation and EvalDeclarationInstantiation. Names are string constant indices.
struct Declarations {
    struct Lexical {
        uint32_t name;
        bool is_constant;
    };
    struct Function {
        uint32_t name;
        uint32_t code; ///< index of a kCode constant
    };
    GrowableArray<Lexical> lexical;     ///< scripts only; eval code keeps them in its own scope
    GrowableArray<Function> functions;  ///< in source order
    GrowableArray<uint32_t> var_names;  ///< without the names of `functions`
    GrowableArray<uint32_t> annex_b;    ///< names of the candidates; a flag register each
    bool skips_own_environment = false;
};

/// A place of direct eval: what parse_eval must know besides the environments' descriptions.
struct EvalDescription {
    EvalPermissions permissions;
    bool is_strict = false;
    /// The call stands in a parameter expression: declaring `arguments` there is an error when the function has that
    /// binding (19.2.1.3 step 3.d.i.2: the enclosing environments' names are checked).
    bool in_parameters = false;
};

enum class FeedbackKind : uint8_t {
    kLoadNamed, kLoadIndexed, kStoreNamed, kStoreIndexed, kDefineNamed, kLoadGlobal, kStoreGlobal, kCall, kTemplate,
};

class Code;

/// Owning reference to a Code.
class CodeRef {
public:
    CodeRef() = default;
    static CodeRef adopt(const Code* code) {
        CodeRef ref;
        ref.code_ = code;
        return ref;
    }
    inline explicit CodeRef(const Code* code);
    inline CodeRef(const CodeRef& other);
    CodeRef(CodeRef&& other) noexcept : code_(std::exchange(other.code_, nullptr)) {}
    CodeRef& operator=(CodeRef other) noexcept {
        std::swap(code_, other.code_);
        return *this;
    }
    inline ~CodeRef();
    const Code* get() const { return code_; }
    const Code* operator->() const { return code_; }
    const Code& operator*() const { return *code_; }
    explicit operator bool() const { return code_ != nullptr; }
    const Code* leak() { return std::exchange(code_, nullptr); }

private:
    const Code* code_ = nullptr;
};

struct Constant {
    ConstantKind kind = ConstantKind::kNumber;
    double number = 0;
    ConstantString string; ///< kString, kBigInt
    CodeRef code;
    // One of these is set for the kinds that need more room.
    std::unique_ptr<ScopeDescription> scope;
    std::unique_ptr<TemplateDescription> template_object;
    std::unique_ptr<RegExpDescription> regexp;
    std::unique_ptr<SlotList> slots;
    std::unique_ptr<Declarations> declarations;
    std::unique_ptr<EvalDescription> eval;
};

struct ExceptionHandler {
    uint32_t start;       ///< first pc covered
    uint32_t end;         ///< first pc not covered
    uint32_t target;
    uint32_t environment; ///< register that holds the environment to restore
};

enum class ConstructorKind : uint8_t { kNone, kBase, kDerived };
enum class FunctionFlavor : uint8_t { kNormal, kGenerator, kAsync, kAsyncGenerator };

/// Facts about the code, known when it is compiled.
struct CodeTraits {
    FunctionKind kind = FunctionKind::kNormal;
    FunctionFlavor flavor = FunctionFlavor::kNormal; ///< modules with top-level await: kAsync
    ConstructorKind constructor_kind = ConstructorKind::kNone;
    bool is_strict = false;
    bool has_simple_parameters = true;
    /// Reads all actual arguments (arguments object, rest array, forwarding); else extra ones may be dropped.
    bool needs_all_arguments = false;
    /// Class constructors: [[Call]] is a TypeError.
    bool is_class_constructor = false;
    bool is_default_constructor = false;
    bool contains_direct_eval = false;
    /// Anonymous function expression: an own "name" that is "" and may be set by SetFunctionName.
    bool is_anonymous = false;
    bool uses_this = false;
    bool needs_home_object = false;
};

// ---- Modules ---------------------------------------------------------------------------------------------------
//
//  The Code of a module is run in two steps by one frame. Up to its InitialYield it pushes the module environment and
//  instantiates the function declarations; no user code runs. The linker does this for every module of a graph, takes the
//  environment from the suspended frame, and fills the slots of imports. Resuming the frame evaluates the body, as an
//  async function would when flavor is kAsync. `slot`s below are slots of that environment.

struct ModuleDescription {
    struct Attribute {
        ConstantString key, value;
    };
    struct Request {
        ConstantString specifier;
        std::vector<Attribute> attributes;
        ImportPhase phase = ImportPhase::kEvaluation;
        uint32_t offset = 0;
    };
    struct Import {
        uint32_t request = 0;
        ImportNameKind name_kind = ImportNameKind::kName;
        ConstantString import_name; ///< kName only
        ConstantString local_name;
        uint32_t slot = 0;
        uint32_t offset = 0;
    };
    struct LocalExport {
        ConstantString export_name;
        ConstantString local_name;
        uint32_t slot = 0;
        uint32_t offset = 0;
    };
    struct IndirectExport {
        ConstantString export_name;
        uint32_t request = 0;
        bool is_namespace = false; ///< export * as name
        ConstantString import_name;
        uint32_t offset = 0;
    };
    struct StarExport {
        uint32_t request = 0;
        uint32_t offset = 0;
    };
    std::vector<Request> requests;
    std::vector<Import> imports;
    std::vector<LocalExport> local_exports;
    std::vector<IndirectExport> indirect_exports;
    std::vector<StarExport> star_exports;
    bool has_top_level_await = false;
};

class Code {
public:
    std::span<const uint8_t> bytes() const { return bytes_.span(); }
    std::span<const Constant> constants() const { return constants_.span(); }
    const Constant& constant(uint32_t index) const {
        HEDDLE_ASSERT(index < constants_.size());
        return constants_[index];
    }
    const ConstantString& string(uint32_t index) const {
        HEDDLE_ASSERT(constant(index).kind == ConstantKind::kString);
        return constant(index).string;
    }
    /// The only way to an inner function's code.
    const Code* inner_code(uint32_t index) const {
        HEDDLE_ASSERT(constant(index).kind == ConstantKind::kCode);
        return constant(index).code.get();
    }
    std::span<const ExceptionHandler> handlers() const { return handlers_.span(); }
    /// Null when nothing in this code catches what is thrown at `pc`.
    const ExceptionHandler* find_handler(uint32_t pc) const;
    /// Source offset of the instruction at (or the last one noted before) `pc`.
    uint32_t source_offset(uint32_t pc) const;
    std::span<const FeedbackKind> feedback() const { return feedback_.span(); }

    uint32_t register_count() const { return register_count_; }
    uint32_t parameter_count() const { return parameter_count_; }
    /// The "length" of the function.
    uint32_t length() const { return length_; }
    /// The initial "name", with its get or set prefix.
    const ConstantString& name() const { return name_; }
    const CodeTraits& traits() const { return traits_; }
    bool is_strict() const { return traits_.is_strict; }
    const SourceTextRef& source() const { return source_; }
    /// What Function.prototype.toString shows.
    uint32_t source_begin() const { return source_begin_; }
    uint32_t source_end() const { return source_end_; }
    /// Modules only, else null.
    const ModuleDescription* module() const { return module_.get(); }
    /// Bytes held off the heap, without inner codes and the source.
    size_t size_in_bytes() const;

    void retain() const { count_.add_relaxed(1); }
    void release() const;

private:
    friend class CodeBuilder;
    Code() = default;
    ~Code() = default;

    GrowableArray<uint8_t> bytes_;
    GrowableArray<Constant> constants_;
    GrowableArray<ExceptionHandler> handlers_;
    GrowableArray<FeedbackKind> feedback_;
    /// Pairs (pc delta, offset delta): LEB128 and zigzag LEB128.
    GrowableArray<uint8_t> positions_;
    uint32_t register_count_ = 0;
    uint32_t parameter_count_ = 0;
    uint32_t length_ = 0;
    uint32_t source_begin_ = 0;
    uint32_t source_end_ = 0;
    CodeTraits traits_;
    ConstantString name_;
    SourceTextRef source_;
    std::unique_ptr<ModuleDescription> module_;
    mutable sync::Counter<uint32_t> count_{1};
    Code* next_doomed_ = nullptr; // see release
};

inline CodeRef::CodeRef(const Code* code) : code_(code) {
    if (code_) code_->retain();
}
inline CodeRef::CodeRef(const CodeRef& other) : code_(other.code_) {
    if (code_) code_->retain();
}
inline CodeRef::~CodeRef() {
    if (code_) code_->release();
}

} // namespace heddle
