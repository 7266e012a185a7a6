// Interpreter: one agent's register stack and frames, and the ways into bytecode.
#pragma once

#include "interpreter/script_function.h"
#include "runtime/promise.h"
#include "syntax/parser.h"

namespace heddle {

class Coroutine;
class Interpreter;
struct Dispatch;

/// One activation. Registers lie on the register stack; a frame's registers begin where its caller put the callee.
struct Frame {
    enum Flags : uint8_t {
        kEntry = 1,     // called from C++: leaving it leaves the dispatch loop
        kConstruct = 2, // [[Construct]] of a base constructor: see Return
        kResumed = 4,   // runs a coroutine
        kEvalInParameters = 8, // eval code called in a parameter expression
    };
    Frame* caller;
    Value* registers;
    const uint8_t* pc; // the instruction under way, as of the last operation that could throw or call
    CodeInstance* instance;
    Environment* environment;
    Realm* realm;
    Value new_target;
    const Value* arguments;
    Coroutine* coroutine; // set once the code can suspend
    uint32_t argument_count;
    uint32_t register_count;
    uint8_t flags;
    uint8_t return_size; // of the caller's instruction: where it goes on

    const Code& code() const { return instance->code(); }
    uint32_t pc_offset() const { return static_cast<uint32_t>(pc - code().bytes().data()); }
    ScriptFunction* function() const {
        Value f = registers[kFunctionRegister];
        return f.is<ScriptFunction>() ? f.as<ScriptFunction>() : nullptr;
    }
};

class Interpreter final : public Evaluator {
public:
    static constexpr size_t kRegisterCapacity = 1 << 20; // Values: 8 MiB of address space, touched as used
    static constexpr size_t kFrameCapacity = 1 << 15;

    explicit Interpreter(Agent&); // see install
    ~Interpreter() override;
    static Interpreter& of(Agent& agent) { return agent.component<Interpreter>(Component::Interpreter); }
    /// Gives `agent` its interpreter. Once, before any code runs in it. False when there is no memory for its stacks.
    [[nodiscard]] static bool install(Agent& agent);

    Agent& agent() const { return agent_; }
    Frame* frame() const { return frame_; }

    // 16.1.6 ScriptEvaluation: parse errors and early errors are thrown as SyntaxError.
    Result<Value> evaluate_script(Realm&, SourceTextRef);
    /// Runs compiled script code in a realm.
    Result<Value> run_script(Realm&, const Code&);
    /// Parses a script and compiles it; throws SyntaxError or RangeError.
    Fallible<CodeRef> compile_script(SourceTextRef);
    Fallible<CodeRef> compile_module(SourceTextRef);

    /// The frames of a call from C++.
    Result<Value> call_function(ScriptFunction&, const Arguments&);
    Result<Value> construct_function(ScriptFunction&, const Arguments&);
    /// Goes on with a suspended coroutine: see Coroutine.
    Result<Value> resume(Coroutine&, ResumeMode, Value);
    /// Starts module code (no function, no arguments): runs to its InitialYield and returns the coroutine.
    Fallible<Coroutine*> start_module(Realm&, const Code&);

    // 19.2.1.1 PerformEval, direct: in the environment of `frame`.
    Result<Value> direct_eval(Frame& frame, Value source, const EvalDescription&);

    /// 13.3.10 ImportCall and 13.3.12 import.meta, provided by modules/.
    struct ModuleHooks {
        Result<Value> (*import_call)(Agent&, const Code& referrer, Value specifier, Value options, ImportPhase) = nullptr;
        Result<Value> (*import_meta)(Agent&, const Code& referrer) = nullptr;
        /// An import binding's cell: its current value (empty: uninitialized).
        Value (*read_import_cell)(Cell*) = nullptr;
    };
    ModuleHooks module_hooks;
    /// Checks a regular expression literal early; set by regexp/ through the layer that assembles the engine.
    RegExpValidator regexp_validator = nullptr;

    // Evaluator
    void visit_roots(Visitor&) override;
    /// Nothing when there is no memory for it.
    static constexpr size_t kLongestShownFile = 4096; // bytes: paths are no longer
    void capture_stack(std::vector<StackFrameInfo>& frames, size_t limit) override;
    Result<Value> indirect_eval(Agent&, Realm&, Value source) override;
    Result<Value> create_dynamic_function(Agent&, DynamicFunctionKind, const Arguments&) override;
    Fallible<String*> function_source_text(Agent&, Function*) override;

    // --- for the handlers -----------------------------------------------------------------------------------
    /// Frame for `function` with callee, this and arguments at base[0 .. 2 + count). Null: an exception is pending.
    Frame* push_call_frame(ScriptFunction*, Value* base, uint32_t count, Value new_target, uint8_t flags,
                           uint8_t return_size = 0);
    /// push_call_frame where nothing stands in the way; null: nothing has happened, push_call_frame finds out why.
    Frame* try_push_call_frame(Value callee, Value* base, uint32_t count, uint8_t return_size);
    /// The same for [[Construct]] of a function that is a constructor, with the new this value of a base constructor.
    Result<Frame*> push_construct_frame(ScriptFunction*, Value* base, uint32_t count, Value new_target, uint8_t flags,
                                        uint8_t return_size);
    /// The shape that objects made by `new_target` begin with: 10.1.13 OrdinaryCreateFromConstructor with %Object.prototype%.
    Result<Shape*> initial_shape(Value new_target);
    /// Frame for code without a function or arguments (scripts, modules, eval).
    Frame* push_code_frame(CodeInstance*, Realm&, Environment*, uint8_t flags);
    void pop_frame();
    /// Of a frame that another one called.
    void pop_inner_frame() {
        HEDDLE_ASSERT(frame_ == &frames_[frame_count_ - 1] && frame_->caller);
        frame_ = frame_->caller;
        --frame_count_;
        agent_.set_realm(frame_->realm);
    }
    /// First register above the running frame.
    Value* stack_top() const { return frame_ ? frame_->registers + frame_->register_count : stack_; }
    bool has_room(const Value* from, size_t registers) const { return static_cast<size_t>(stack_ + kRegisterCapacity - from) >= registers; }
    Result<Value> run();
    /// Where the innermost frame's instruction stands in its source.
    SourcePosition position_of(const Frame&) const;
    /// A parse error as the right exception, with its position.
    Failed throw_parse_error(const ParseError&, const SourceTextRef&);
    const Dispatch* dispatch() const { return dispatch_; }
    ParseOptions parse_options() const;

private:
    Fallible<CodeRef> compile_parsed(ParseResult, const SourceTextRef&);
    Frame* allocate_frame();
    Frame* enter(Value* base, uint32_t count, ScriptFunction&, Value new_target, uint8_t flags);

    Agent& agent_;
    const Dispatch* dispatch_;
    // One mapping. Null without memory, and then the interpreter is not installed.
    Value* stack_ = nullptr;
    Frame* frames_ = nullptr;
    size_t frame_count_ = 0;
    Frame* frame_ = nullptr;
};

inline Frame* Interpreter::try_push_call_frame(Value callee, Value* base, uint32_t count, uint8_t return_size) {
    if (!callee.is<ScriptFunction>()) return nullptr;
    auto* function = callee.as<ScriptFunction>();
    CodeInstance* instance = function->instance();
    if (!instance->is_simple_to_call() || frame_count_ == kFrameCapacity || agent_.interrupt_requested()) return nullptr;
    uint32_t register_count = instance->register_count();
    if (!has_room(base, register_count + 64)) return nullptr;
    uint32_t given = std::min(count, instance->parameter_count());
    for (uint32_t i = kFirstParameterRegister + given; i < register_count; ++i)
        base[i] = Value::undefined();
    agent_.advance_user_code_epoch();
    Frame* frame = &frames_[frame_count_++];
    frame->caller = frame_;
    frame->registers = base;
    frame->pc = instance->entry();
    frame->instance = instance;
    frame->environment = function->environment();
    frame->realm = function->realm();
    frame->new_target = Value::undefined();
    frame->arguments = base + kFirstParameterRegister;
    frame->coroutine = nullptr;
    frame->argument_count = given;
    frame->register_count = register_count;
    frame->flags = 0;
    frame->return_size = return_size;
    frame_ = frame;
    agent_.set_realm(frame->realm);
    return frame;
}

/// The source of eval and of dynamic functions, copied; RangeError when there is no memory for it.
Fallible<SourceTextRef> source_text_from_string(Agent&, FlatView, std::string_view name);

} // namespace heddle
