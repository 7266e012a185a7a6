// Frames and the ways into bytecode: calls and constructs from C++, scripts, modules' start, resumption.
#include "interpreter/interpreter.h"

#include "base/fault.h"
#include "bytecode/compiler.h"
#include "interpreter/coroutine.h"
#include "interpreter/dispatch.h"
#include "runtime/error.h"

#include <fmt/core.h>
#include <sys/mman.h>

namespace heddle {

// Both stacks are one mapping.
static constexpr size_t kStackBytes = Interpreter::kRegisterCapacity * sizeof(Value) + Interpreter::kFrameCapacity * sizeof(Frame);

Interpreter::Interpreter(Agent& agent) : agent_(agent), dispatch_(&kPlainDispatch) {
    if (allocation_shall_fail()) return;
    void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_ = static_cast<Value*>(memory);
    frames_ = reinterpret_cast<Frame*>(stack_ + kRegisterCapacity);
}

Interpreter::~Interpreter() {
    if (stack_) munmap(stack_, kStackBytes);
}

bool Interpreter::install(Agent& agent) {
    std::unique_ptr<Interpreter> interpreter(new_or_null<Interpreter>(agent));
    if (!interpreter || !interpreter->stack_) return false;
    agent.set_component(Component::Interpreter, std::move(interpreter));
    return true;
}

// --- frames -------------------------------------------------------------------------------------------------

Frame* Interpreter::allocate_frame() {
    if (frame_count_ == kFrameCapacity) return nullptr;
    Frame* frame = &frames_[frame_count_++];
    frame->caller = frame_;
    return frame;
}

void Interpreter::pop_frame() {
    HEDDLE_ASSERT(frame_ == &frames_[frame_count_ - 1]);
    frame_ = frame_->caller;
    --frame_count_;
    agent_.set_realm(frame_ ? frame_->realm : agent_.realm_or_null());
}

Frame* Interpreter::push_call_frame(ScriptFunction* function, Value* base, uint32_t count, Value new_target, uint8_t flags,
                                    uint8_t return_size) {
    CodeInstance* instance = function->instance();
    if (!instance->is_linked()) {
        if (instance->link(agent_).threw()) return nullptr;
    }
    const Code& code = instance->code();
    uint32_t parameters = code.parameter_count();
    Value* registers = base;
    Value* arguments = base + kFirstParameterRegister;
    bool keeps_arguments = code.traits().needs_all_arguments && count > parameters;
    if (keeps_arguments) registers = arguments + count;
    uint32_t register_count = code.register_count();
    Frame* frame = has_room(registers, register_count + 64) ? allocate_frame() : nullptr;
    if (!frame) {
        Failed failed = agent_.throw_stack_overflow();
        (void)failed;
        return nullptr;
    }
    if (keeps_arguments) {
        for (uint32_t i = 0; i < kFirstParameterRegister + parameters; ++i)
            registers[i] = base[i];
    }
    uint32_t given = std::min(count, parameters);
    for (uint32_t i = kFirstParameterRegister + given; i < register_count; ++i)
        registers[i] = Value::undefined();
    frame->registers = registers;
    frame->pc = code.bytes().data();
    frame->instance = instance;
    frame->environment = function->environment();
    frame->realm = function->realm();
    frame->new_target = new_target;
    frame->arguments = arguments;
    frame->argument_count = code.traits().needs_all_arguments ? count : given;
    frame->coroutine = nullptr;
    frame->register_count = register_count;
    frame->flags = flags;
    frame->return_size = return_size;
    frame_ = frame;
    agent_.set_realm(frame->realm);
    return frame;
}

Result<Shape*> Interpreter::initial_shape(Value new_target) {
    ScriptFunction* function = new_target.is<ScriptFunction>() ? new_target.as<ScriptFunction>() : nullptr;
    if (function) {
        if (Shape* shape = function->current_instance_shape()) return shape;
    }
    uint32_t capacity = function ? function->instance()->inline_capacity() : 4;
    Shape* shape = TRY(shape_from_constructor(agent_, new_target, Intrinsic::ObjectPrototype, capacity));
    if (function) function->set_instance_shape(shape);
    return shape;
}

// 10.2.2 [[Construct]] ( argumentsList, newTarget ), up to its body
Result<Frame*> Interpreter::push_construct_frame(ScriptFunction* function, Value* base, uint32_t count, Value new_target, uint8_t flags,
                                                 uint8_t return_size) {
    base[kThisRegister] = Value::empty();
    if (function->code().traits().constructor_kind == ConstructorKind::kBase) {
        Shape* shape = TRY(initial_shape(new_target));
        base[kThisRegister] = Value(TRY(Object::create_with_shape(agent_, shape)));
        flags |= Frame::kConstruct;
    }
    Frame* frame = push_call_frame(function, base, count, new_target, flags, return_size);
    if (!frame) return Threw{};
    return frame;
}

Frame* Interpreter::push_code_frame(CodeInstance* instance, Realm& realm, Environment* environment, uint8_t flags) {
    if (!instance->is_linked() && instance->link(agent_).threw()) return nullptr;
    Value* registers = stack_top();
    uint32_t register_count = instance->code().register_count();
    Frame* frame = has_room(registers, register_count + 64) ? allocate_frame() : nullptr;
    if (!frame) {
        Failed failed = agent_.throw_stack_overflow();
        (void)failed;
        return nullptr;
    }
    for (uint32_t i = 0; i < register_count; ++i)
        registers[i] = Value::undefined();
    *frame = {.caller = frame->caller,
              .registers = registers,
              .pc = instance->code().bytes().data(),
              .instance = instance,
              .environment = environment,
              .realm = &realm,
              .new_target = Value::undefined(),
              .arguments = nullptr,
              .coroutine = nullptr,
              .argument_count = 0,
              .register_count = register_count,
              .flags = flags,
              .return_size = 0};
    frame_ = frame;
    agent_.set_realm(&realm);
    return frame;
}

Result<Value> Interpreter::run() {
    const uint8_t* pc = frame_->pc;
    Value acc = dispatch_->handlers[*pc](pc, frame_->registers, Value::undefined(), frame_, this, dispatch_);
    if (acc.bits() == Value::kThrew) return Threw{};
    return acc;
}

namespace {
/// Restores the realm of the caller, which may be native code without a frame.
class EntryScope {
public:
    explicit EntryScope(Agent& agent) : agent_(agent), realm_(agent.realm_or_null()) {}
    ~EntryScope() { agent_.set_realm(realm_); }

private:
    Agent& agent_;
    Realm* realm_;
};
} // namespace

Frame* Interpreter::enter(Value* base, uint32_t count, ScriptFunction& function, Value new_target, uint8_t flags) {
    return push_call_frame(&function, base, count, new_target, flags);
}

// 10.2.1 [[Call]] ( thisArgument, argumentsList )
Result<Value> Interpreter::call_function(ScriptFunction& function, const Arguments& arguments) {
    TRY(agent_.check_stack());
    // A native loop over callbacks may pass no back edge.
    TRY(agent_.poll_interrupts());
    EntryScope scope(agent_);
    if (function.code().traits().is_class_constructor) {
        RealmScope realm(agent_, function.realm());
        return agent_.throw_type_error(fmt::format("Class constructor {} cannot be invoked without 'new'", function.code().name().short_utf8()));
    }
    Value* base = stack_top();
    if (!has_room(base, arguments.size() + 64)) return agent_.throw_stack_overflow();
    base[kFunctionRegister] = Value(&function);
    base[kThisRegister] = arguments.this_value();
    for (size_t i = 0; i < arguments.size(); ++i)
        base[kFirstParameterRegister + i] = arguments[i];
    if (!enter(base, static_cast<uint32_t>(arguments.size()), function, Value::undefined(), Frame::kEntry)) return Threw{};
    return run();
}

// 10.2.2 [[Construct]] ( argumentsList, newTarget )
Result<Value> Interpreter::construct_function(ScriptFunction& function, const Arguments& arguments) {
    TRY(agent_.check_stack());
    TRY(agent_.poll_interrupts());
    EntryScope scope(agent_);
    Value this_value = Value::empty();
    uint8_t flags = Frame::kEntry;
    if (function.code().traits().constructor_kind == ConstructorKind::kBase) {
        Shape* shape = TRY(initial_shape(arguments.new_target()));
        this_value = Value(TRY(Object::create_with_shape(agent_, shape)));
        flags |= Frame::kConstruct;
    }
    Value* base = stack_top();
    if (!has_room(base, arguments.size() + 64)) return agent_.throw_stack_overflow();
    base[kFunctionRegister] = Value(&function);
    base[kThisRegister] = this_value;
    for (size_t i = 0; i < arguments.size(); ++i)
        base[kFirstParameterRegister + i] = arguments[i];
    if (!enter(base, static_cast<uint32_t>(arguments.size()), function, arguments.new_target(), flags)) return Threw{};
    return run();
}

Result<Value> Interpreter::run_script(Realm& realm, const Code& code) {
    TRY(agent_.check_stack());
    EntryScope scope(agent_);
    RealmScope realm_scope(agent_, &realm);
    CodeInstance* instance = TRY(CodeInstance::create(agent_, &code));
    if (!push_code_frame(instance, realm, nullptr, Frame::kEntry)) return Threw{};
    return run();
}

Result<Value> Interpreter::evaluate_script(Realm& realm, SourceTextRef source) {
    RealmScope realm_scope(agent_, &realm);
    CodeRef code = TRY(compile_script(std::move(source)));
    return run_script(realm, *code);
}

Result<Value> Interpreter::resume(Coroutine& coroutine, ResumeMode mode, Value value) {
    TRY(agent_.check_stack());
    EntryScope scope(agent_);
    HEDDLE_ASSERT(coroutine.state() != Coroutine::State::Running && coroutine.state() != Coroutine::State::Completed);
    Frame* frame = push_code_frame(coroutine.instance_, *coroutine.realm_, coroutine.environment_,
                                   static_cast<uint8_t>(Frame::kEntry | Frame::kResumed));
    if (!frame) return Threw{};
    for (uint32_t i = 0; i < frame->register_count; ++i)
        frame->registers[i] = coroutine.registers_->get(i);
    frame->pc = coroutine.instance_->code().bytes().data() + coroutine.pc_offset_;
    frame->coroutine = &coroutine;
    coroutine.state_ = Coroutine::State::Running;
    // The instruction that suspended says how the value arrives.
    const uint8_t* pc = frame->pc;
    Value acc = value;
    switch (static_cast<Opcode>(*pc)) {
    case Opcode::InitialYield: pc += sizeof(instruction::InitialYield); break;
    case Opcode::Yield:
    case Opcode::YieldDelegate: {
        static_assert(sizeof(instruction::Yield) == sizeof(instruction::YieldDelegate));
        auto& yield = *reinterpret_cast<const instruction::Yield*>(pc);
        frame->registers[yield.mode] = Value::int32(static_cast<int32_t>(mode));
        pc += sizeof(instruction::Yield);
        break;
    }
    case Opcode::Await:
        if (mode == ResumeMode::kThrow) {
            Failed failed = agent_.throw_value(value);
            (void)failed;
            acc = unwind(pc, frame->registers, Value::undefined(), frame, this, dispatch_);
            if (acc.bits() == Value::kThrew) return Threw{};
            return acc;
        }
        pc += sizeof(instruction::Await);
        break;
    default: HEDDLE_UNREACHABLE();
    }
    acc = dispatch_->handlers[*pc](pc, frame->registers, acc, frame, this, dispatch_);
    if (acc.bits() == Value::kThrew) return Threw{};
    return acc;
}

Fallible<Coroutine*> Interpreter::start_module(Realm& realm, const Code& code) {
    TRY(agent_.check_stack());
    EntryScope scope(agent_);
    CodeInstance* instance = TRY(CodeInstance::create(agent_, &code));
    if (!push_code_frame(instance, realm, nullptr, Frame::kEntry)) return Failed{};
    Result<Value> coroutine = run();
    if (coroutine.threw()) return Failed{}; // out of memory: no user code runs before InitialYield
    return static_cast<Coroutine*>(coroutine.release().as_cell());
}

// --- parsing and compiling ----------------------------------------------------------------------------------

ParseOptions Interpreter::parse_options() const {
    ParseOptions options;
    options.stack_limit = agent_.stack_limit();
    options.regexp_validator = regexp_validator;
    options.interrupted = [](const void* agent) { return static_cast<const Agent*>(agent)->termination_requested(); };
    options.interrupted_context = &agent_;
    return options;
}

Failed Interpreter::throw_parse_error(const ParseError& error, const SourceTextRef& source) {
    if (error.kind == ParseErrorKind::kTooMuchRecursion) return agent_.throw_range_error("Maximum call stack size exceeded while parsing: the source is nested too deeply");
    if (error.kind == ParseErrorKind::kOutOfMemory) return agent_.out_of_memory();
    if (error.kind == ParseErrorKind::kInterrupted) return agent_.throw_termination();
    Failed failed = agent_.throw_syntax_error(error.message);
    Value exception = agent_.exception();
    if (exception.is<ErrorObject>()) {
        String* file = TRY(String::from_utf8(agent_, source->name()));
        exception.as<ErrorObject>()->set_position(agent_, file, error.line, error.column);
    }
    return failed;
}

Fallible<CodeRef> Interpreter::compile_parsed(ParseResult parsed, const SourceTextRef& source) {
    if (!parsed.ok()) return throw_parse_error(parsed.error, source);
    CompileOptions options;
    options.stack_limit = agent_.stack_limit();
    CompileResult compiled = compile(parsed, options);
    if (compiled.error == CompileErrorKind::kOutOfMemory) return agent_.out_of_memory();
    if (!compiled.ok()) return agent_.throw_range_error(compiled.message);
    return std::move(compiled.code);
}

Fallible<CodeRef> Interpreter::compile_script(SourceTextRef source) {
    return compile_parsed(parse_script(source, parse_options()), source);
}

Fallible<CodeRef> Interpreter::compile_module(SourceTextRef source) {
    return compile_parsed(parse_module(source, parse_options()), source);
}

Fallible<SourceTextRef> source_text_from_string(Agent& agent, FlatView view, std::string_view name) {
    SourceTextRef text = view.is_latin1() ? SourceText::from_latin1(view.latin1(), view.length(), name)
                                          : SourceText::from_utf16(view.utf16(), view.length(), name);
    if (!text) return agent.out_of_memory();
    return text;
}

// --- Evaluator ----------------------------------------------------------------------------------------------

void Interpreter::visit_roots(Visitor& visitor) {
    for (Frame* frame = frame_; frame; frame = frame->caller) {
        visitor.visit_mutable(static_cast<Cell*>(frame->instance)); // see CodeInstance::writable_cache
        visitor.visit(static_cast<Cell*>(frame->environment));
        visitor.visit(static_cast<Cell*>(frame->realm));
        visitor.visit(static_cast<Cell*>(frame->coroutine));
        visitor.visit(frame->new_target);
        visitor.visit(std::span<const Value>(frame->registers, frame->register_count));
        if (frame->arguments) visitor.visit(std::span<const Value>(frame->arguments, frame->argument_count));
    }
}

SourcePosition Interpreter::position_of(const Frame& frame) const {
    return frame.code().source()->position_of(frame.code().source_offset(frame.pc_offset()));
}

void Interpreter::capture_stack(std::vector<StackFrameInfo>& frames, size_t limit) {
    // An error may be made because there is no memory. What becomes of the frames is a text, by way of some copies.
    constexpr size_t kCopies = 5;
    constexpr size_t kBytesOfFrame = 384;
    size_t depth = 0;
    size_t bytes = 0;
    for (Frame* frame = frame_; frame && depth < limit; frame = frame->caller, ++depth)
        bytes += kBytesOfFrame + std::min(frame->code().source()->name().size(), kLongestShownFile);
    if (depth == 0 || !memory_is_at_hand(bytes * kCopies)) return;
    frames.reserve(depth);
    for (Frame* frame = frame_; frame && frames.size() < limit; frame = frame->caller) {
        SourcePosition position = position_of(*frame);
        std::string file(frame->code().source()->name(), 0, kLongestShownFile);
        frames.push_back({frame->code().name().short_utf8(), std::move(file), position.line, position.column});
    }
}

Fallible<String*> Interpreter::function_source_text(Agent& agent, Function* function) {
    const Code& code = static_cast<ScriptFunction*>(function)->code();
    const SourceText& source = *code.source();
    uint32_t length = code.source_end() - code.source_begin();
    FlatView view = source.is_latin1() ? FlatView(source.latin1() + code.source_begin(), length)
                                       : FlatView(source.utf16() + code.source_begin(), length);
    return String::create(agent, view);
}

// --- Coroutine ----------------------------------------------------------------------------------------------

Fallible<Coroutine*> Coroutine::create(Agent& agent, Object* owner) {
    Coroutine* coroutine = TRY(agent.heap().allocate<Coroutine>(0));
    coroutine->owner_.init(owner);
    return coroutine;
}

Fallible<void> Coroutine::save(Agent& agent, const Frame& frame) {
    if (!registers_) registers_.set(this, TRY(ValueArray::create(agent, frame.register_count, Value::undefined())));
    for (uint32_t i = 0; i < frame.register_count; ++i)
        registers_->set(i, frame.registers[i]);
    instance_.set(this, frame.instance);
    environment_.set(this, frame.environment);
    realm_.set(this, frame.realm);
    pc_offset_ = frame.pc_offset();
    return {};
}

void Coroutine::release_frame() {
    state_ = State::Completed;
    registers_.clear();
    environment_.clear();
    instance_.clear();
}

Result<Value> Coroutine::on_fulfilled(Agent& agent, Value value) {
    return Interpreter::of(agent).resume(*this, ResumeMode::kNext, value);
}

Result<Value> Coroutine::on_rejected(Agent& agent, Value reason) {
    return Interpreter::of(agent).resume(*this, ResumeMode::kThrow, reason);
}

void Coroutine::visit_edges(Visitor& visitor) {
    visitor.visit(owner_);
    visitor.visit(instance_);
    visitor.visit(environment_);
    visitor.visit(registers_);
    visitor.visit(realm_);
}

} // namespace heddle
