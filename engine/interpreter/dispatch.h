// The shape of a handler, the dispatch table, and the operations that handlers hand over to.
#pragma once

#include "interpreter/interpreter.h"

namespace heddle {

// clang 19 miscompiles frames with address-taken locals that call preserve_none functions under AddressSanitizer at
// -O1 and above; there the ordinary convention is used.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEDDLE_PRESERVE_NONE
#endif
#endif
#ifndef HEDDLE_PRESERVE_NONE
#define HEDDLE_PRESERVE_NONE __attribute__((preserve_none))
#endif
#define HEDDLE_MUSTTAIL [[clang::musttail]]

struct Dispatch;

#define HANDLER_PARAMETERS                                                                                   \
    const uint8_t *pc, Value *registers, Value acc, Frame *frame, Interpreter *interpreter, const Dispatch *dispatch
#define HANDLER_ARGUMENTS pc, registers, acc, frame, interpreter, dispatch

/// Runs one instruction and tail-calls the next. The final return value of the chain is the result of the entry
/// frame, or the bits Value::kThrew.
using Handler = HEDDLE_PRESERVE_NONE Value (*)(HANDLER_PARAMETERS);

struct Dispatch {
    Handler handlers[256];
};
extern const Dispatch kPlainDispatch;

/// An exception (or termination) is pending at `pc`: finds the handler, leaving frames on the way.
HEDDLE_PRESERVE_NONE Value unwind(HANDLER_PARAMETERS);
/// The running frame ends with acc: continues its caller, or leaves the loop.
HEDDLE_PRESERVE_NONE Value leave_frame(HANDLER_PARAMETERS);

#define OP(Name) HEDDLE_PRESERVE_NONE Value handle_##Name(HANDLER_PARAMETERS);
#define OP1(Name, ...) OP(Name)
#define OP2(Name, ...) OP(Name)
#define OP3(Name, ...) OP(Name)
#define OP4(Name, ...) OP(Name)
#include "bytecode/opcodes.def"

#define HANDLER(Name) HEDDLE_PRESERVE_NONE Value handle_##Name([[maybe_unused]] HANDLER_PARAMETERS)
/// The operands of the instruction at pc.
#define OPERANDS(Name) const auto& i = *reinterpret_cast<const instruction::Name*>(pc)
#define DISPATCH() HEDDLE_MUSTTAIL return dispatch->handlers[*pc](HANDLER_ARGUMENTS)
#define NEXT(Name)                                                                                           \
    do {                                                                                                     \
        pc += sizeof(instruction::Name);                                                                     \
        DISPATCH();                                                                                          \
    } while (false)
#define THROW()                                                                                              \
    do {                                                                                                     \
        HEDDLE_MUSTTAIL return unwind(HANDLER_ARGUMENTS);                                                    \
    } while (false)
/// acc = the value of a Result<Value> expression, or unwinds. For everything that is not a fast path.
#define SET_ACC(...)                                                                                         \
    do {                                                                                                     \
        frame->pc = pc;                                                                                      \
        Result<Value> heddle_result_ = (__VA_ARGS__);                                                        \
        if (heddle_result_.threw()) [[unlikely]] THROW();                                                    \
        acc = heddle_result_.release();                                                                      \
    } while (false)
/// Runs a Result<...> or Fallible<...> expression whose value does not matter.
#define CHECK(...)                                                                                           \
    do {                                                                                                     \
        frame->pc = pc;                                                                                      \
        auto heddle_result_ = (__VA_ARGS__);                                                                 \
        if (heddle_result_.threw()) [[unlikely]] THROW();                                                    \
    } while (false)

// --- operations out of line: named after the instructions or the specification -----------------------------------

// names.cpp
Result<Value> load_global(Interpreter&, Frame&, PropertyCache&, PropertyKey name, bool or_undefined);
Result<void> store_global(Interpreter&, Frame&, PropertyCache&, PropertyKey name, Value, bool strict);
Result<bool> has_global(Interpreter&, Frame&, PropertyKey name);
Result<void> initialize_global(Interpreter&, Frame&, PropertyKey name, Value);
Result<void> declare_globals(Interpreter&, Frame&, const Declarations&, Value* flags);
Result<void> declare_eval(Interpreter&, Frame&, const Declarations&, Value* flags);
Result<void> store_eval_variable(Interpreter&, Frame&, PropertyKey name, Value);
Result<Value> load_dynamic(Interpreter&, Frame&, PropertyKey name, bool or_undefined, Value* this_value);
Result<Value> resolve_dynamic(Interpreter&, Frame&, PropertyKey name);
Result<Value> load_resolved(Interpreter&, Frame&, Value base, PropertyKey name, bool strict);
Result<void> store_resolved(Interpreter&, Frame&, Value base, PropertyKey name, Value, bool strict);
Result<Value> delete_dynamic(Interpreter&, Frame&, PropertyKey name);
Result<Value> load_pseudo(Interpreter&, Frame&, PropertyKey name, bool raw);
Result<void> initialize_pseudo_this(Interpreter&, Frame&, PropertyKey name, Value);
Failed throw_uninitialized(Agent&, PropertyKey name);

// property_access.cpp
Result<Value> load_named(Interpreter&, CodeInstance&, uint32_t feedback, Value object, PropertyKey name);
Result<Value> load_indexed(Interpreter&, Value object, Value key);
Result<void> store_named(Interpreter&, CodeInstance&, uint32_t feedback, Value object, PropertyKey name, Value, bool strict);
Result<void> store_indexed(Interpreter&, Value object, Value key, Value, bool strict);
Result<void> define_named(Interpreter&, PropertyCache&, Value object, PropertyKey name, Value);
Result<Value> delete_property(Interpreter&, Value object, PropertyKey key, bool strict);
Result<Value> delete_indexed(Interpreter&, Value object, Value key, bool strict);
Result<void> append_spread(Interpreter&, Value array, Value iterable);

// class_definition.cpp
Result<void> define_method(Agent&, Value object, Value key, Value closure, bool enumerable);
Result<void> define_accessor(Agent&, Value object, Value key, Value closure, bool enumerable, bool is_getter);
Result<Value> create_class(Interpreter&, Frame&, CodeInstance*, Value heritage, Value& prototype);
Result<void> define_private_method(Agent&, Value object, Value name, Value closure, uint8_t kind);
Result<void> add_instance_private_method(Agent&, Value constructor, Value name, Value closure, uint8_t kind);
/// 7.3.34 InitializeInstanceElements ( O, constructor )
Result<void> initialize_instance(Agent&, Object*, Value constructor);

// arguments_object.cpp
Result<Value> create_mapped_arguments(Interpreter&, Frame&, const SlotList&);
Result<Value> create_unmapped_arguments(Interpreter&, Frame&);

// for_in.cpp
Result<Value> prepare_for_in(Agent&, Value object);
Result<std::optional<Value>> step_for_in(Agent&, Value iterator);

// dispose.cpp
Result<Value> create_dispose_stack(Agent&);
Result<void> add_disposable(Agent&, Value stack, Value value, bool is_async);
void dispose_resources(Agent&, Value stack, Value& type, Value& value);
Result<std::optional<Value>> async_dispose_step(Agent&, Value stack, Value& type, Value& value);
void merge_dispose_error(Agent&, Value& type, Value& value, Value error);

// template_object.cpp
Result<Value> get_template_object(Interpreter&, Frame&, const TemplateDescription&, uint32_t feedback);

} // namespace heddle
