// Handlers: moving values, environments, operators and jumps.
#include "interpreter/dispatch.h"

#include "runtime/bigint.h"
#include "runtime/conversions.h"

#include <cmath>
#include <fmt/core.h>

namespace heddle {

HANDLER(LoadUndefined) { acc = Value::undefined(); NEXT(LoadUndefined); }
HANDLER(LoadNull) { acc = Value::null(); NEXT(LoadNull); }
HANDLER(LoadTrue) { acc = Value::boolean(true); NEXT(LoadTrue); }
HANDLER(LoadFalse) { acc = Value::boolean(false); NEXT(LoadFalse); }
HANDLER(LoadEmpty) { acc = Value::empty(); NEXT(LoadEmpty); }
HANDLER(LoadInteger) {
    OPERANDS(LoadInteger);
    acc = Value::int32(i.value);
    NEXT(LoadInteger);
}
HANDLER(LoadConstant) {
    OPERANDS(LoadConstant);
    acc = frame->instance->constant(i.constant);
    NEXT(LoadConstant);
}
HANDLER(LoadRegister) {
    OPERANDS(LoadRegister);
    acc = registers[i.source];
    NEXT(LoadRegister);
}
HANDLER(StoreRegister) {
    OPERANDS(StoreRegister);
    registers[i.target] = acc;
    NEXT(StoreRegister);
}
HANDLER(Move) {
    OPERANDS(Move);
    registers[i.target] = registers[i.source];
    NEXT(Move);
}

Failed throw_uninitialized(Agent& agent, PropertyKey name) {
    if (name.is_atom() && name.as_atom()->flat_view().equals(FlatView("this")))
        return agent.throw_reference_error("Must call super constructor in derived class before accessing 'this' or returning from it");
    return agent.throw_reference_error(fmt::format("Cannot access '{}' before initialization", name.to_display_string()));
}

HANDLER(CheckInitialized) {
    OPERANDS(CheckInitialized);
    if (acc.is_empty()) [[unlikely]] CHECK(Fallible<void>(throw_uninitialized(interpreter->agent(), frame->instance->key(i.name))));
    NEXT(CheckInitialized);
}
HANDLER(CheckThisInitialized) {
    OPERANDS(CheckThisInitialized);
    if (registers[i.source].is_empty()) [[unlikely]]
        CHECK(Fallible<void>(interpreter->agent().throw_reference_error(
            "Must call super constructor in derived class before accessing 'this' or returning from it")));
    NEXT(CheckThisInitialized);
}
HANDLER(CheckThisUninitialized) {
    OPERANDS(CheckThisUninitialized);
    if (!registers[i.source].is_empty()) [[unlikely]]
        CHECK(Fallible<void>(interpreter->agent().throw_reference_error("Super constructor may only be called once")));
    NEXT(CheckThisUninitialized);
}
HANDLER(ThrowConstantAssignment) {
    OPERANDS(ThrowConstantAssignment);
    CHECK(Fallible<void>(interpreter->agent().throw_type_error(
        fmt::format("Assignment to constant variable '{}'", frame->instance->key(i.name).to_display_string()))));
    NEXT(ThrowConstantAssignment);
}
HANDLER(ThrowReferenceError) {
    OPERANDS(ThrowReferenceError);
    CHECK(Fallible<void>(interpreter->agent().throw_reference_error(frame->instance->atom(i.message)->flat_view().to_utf8())));
    NEXT(ThrowReferenceError);
}
HANDLER(ThrowTypeError) {
    OPERANDS(ThrowTypeError);
    CHECK(Fallible<void>(interpreter->agent().throw_type_error(frame->instance->atom(i.message)->flat_view().to_utf8())));
    NEXT(ThrowTypeError);
}

// --- environments -------------------------------------------------------------------------------------------

namespace {

inline Environment* outward(Environment* environment, uint32_t hops) {
    for (; hops != 0; --hops)
        environment = environment->outer();
    return environment;
}

Result<Value> push_environment(Interpreter& interpreter, Frame& frame, const ScopeDescription& scope, Object* object) {
    Environment* environment = TRY(Environment::create(interpreter.agent(), frame.environment, scope, frame.instance));
    if (object) environment->set_object(object);
    frame.environment = environment;
    return Value::undefined();
}

Result<Value> copy_environment(Interpreter& interpreter, Frame& frame) {
    frame.environment = TRY(Environment::copy(interpreter.agent(), frame.environment));
    return Value::undefined();
}

Value environment_value(Environment* environment) { return environment ? Value(environment) : Value::undefined(); }

Environment* environment_of(Value value) { return value.is_undefined() ? nullptr : static_cast<Environment*>(value.as_cell()); }

} // namespace

HANDLER(PushEnvironment) {
    OPERANDS(PushEnvironment);
    CHECK(push_environment(*interpreter, *frame, frame->instance->scope(i.scope), nullptr));
    NEXT(PushEnvironment);
}
HANDLER(PushWith) {
    OPERANDS(PushWith);
    CHECK(push_environment(*interpreter, *frame, frame->instance->scope(i.scope), acc.as_object()));
    NEXT(PushWith);
}
HANDLER(PopEnvironment) {
    frame->environment = frame->environment->outer();
    NEXT(PopEnvironment);
}
HANDLER(SaveEnvironment) {
    OPERANDS(SaveEnvironment);
    registers[i.target] = environment_value(frame->environment);
    NEXT(SaveEnvironment);
}
HANDLER(RestoreEnvironment) {
    OPERANDS(RestoreEnvironment);
    frame->environment = environment_of(registers[i.source]);
    NEXT(RestoreEnvironment);
}
HANDLER(CopyEnvironment) {
    CHECK(copy_environment(*interpreter, *frame));
    NEXT(CopyEnvironment);
}
HANDLER(LoadSlot) {
    OPERANDS(LoadSlot);
    acc = outward(frame->environment, i.hops)->slot(i.slot);
    NEXT(LoadSlot);
}
HANDLER(LoadSlotChecked) {
    OPERANDS(LoadSlotChecked);
    acc = outward(frame->environment, i.hops)->slot(i.slot);
    if (acc.is_empty()) [[unlikely]] CHECK(Fallible<void>(throw_uninitialized(interpreter->agent(), frame->instance->key(i.name))));
    NEXT(LoadSlotChecked);
}
HANDLER(StoreSlot) {
    OPERANDS(StoreSlot);
    outward(frame->environment, i.hops)->set_slot(i.slot, acc);
    NEXT(StoreSlot);
}
HANDLER(StoreSlotChecked) {
    OPERANDS(StoreSlotChecked);
    Environment* environment = outward(frame->environment, i.hops);
    if (environment->slot(i.slot).is_empty()) [[unlikely]]
        CHECK(Fallible<void>(throw_uninitialized(interpreter->agent(), frame->instance->key(i.name))));
    environment->set_slot(i.slot, acc);
    NEXT(StoreSlotChecked);
}
HANDLER(LoadImport) {
    OPERANDS(LoadImport);
    acc = outward(frame->environment, i.hops)->slot(i.slot);
    if (acc.is_cell() && acc.as_cell()->kind() == CellKind::Module) acc = interpreter->module_hooks.read_import_cell(acc.as_cell());
    if (acc.is_empty()) [[unlikely]] CHECK(Fallible<void>(throw_uninitialized(interpreter->agent(), frame->instance->key(i.name))));
    NEXT(LoadImport);
}

// --- arithmetic: int32 and double inline, the rest out of line --------------------------------------------------

#define SLOW_NUMERIC(Name, Op)                                                                               \
    static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_##Name(HANDLER_PARAMETERS) {            \
        OPERANDS(Name);                                                                                      \
        SET_ACC(apply_numeric_operator(interpreter->agent(), NumericOperator::Op, registers[i.left], acc));  \
        NEXT(Name);                                                                                          \
    }
#define SLOW_NUMERIC_INTEGER(Name, Op)                                                                       \
    static HEDDLE_PRESERVE_NONE __attribute__((noinline)) Value slow_##Name(HANDLER_PARAMETERS) {            \
        OPERANDS(Name);                                                                                      \
        SET_ACC(apply_numeric_operator(interpreter->agent(), NumericOperator::Op, acc, Value::int32(i.right))); \
        NEXT(Name);                                                                                          \
    }
#define TAIL(function) HEDDLE_MUSTTAIL return function(HANDLER_ARGUMENTS)

#define ARITHMETIC(Name, Op, builtin, symbol)                                                                \
    SLOW_NUMERIC(Name, Op)                                                                                   \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        Value left = registers[i.left];                                                                      \
        if (left.is_int32() && acc.is_int32()) [[likely]] {                                                  \
            int32_t out;                                                                                     \
            if (!builtin(left.as_int32(), acc.as_int32(), &out)) [[likely]] {                                \
                acc = Value::int32(out);                                                                     \
                NEXT(Name);                                                                                  \
            }                                                                                                \
        }                                                                                                    \
        if (left.is_number() && acc.is_number()) {                                                           \
            acc = Value::number(left.as_number() symbol acc.as_number());                                    \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        TAIL(slow_##Name);                                                                                   \
    }
ARITHMETIC(Add, Add, __builtin_sadd_overflow, +)
ARITHMETIC(Subtract, Subtract, __builtin_ssub_overflow, -)

SLOW_NUMERIC(Multiply, Multiply)
HANDLER(Multiply) {
    OPERANDS(Multiply);
    Value left = registers[i.left];
    if (left.is_int32() && acc.is_int32()) {
        int32_t out;
        // Zero may be negative zero: left to the double path.
        if (!__builtin_smul_overflow(left.as_int32(), acc.as_int32(), &out) && out != 0) {
            acc = Value::int32(out);
            NEXT(Multiply);
        }
    }
    if (left.is_number() && acc.is_number()) {
        acc = Value::number(left.as_number() * acc.as_number());
        NEXT(Multiply);
    }
    TAIL(slow_Multiply);
}
SLOW_NUMERIC(Divide, Divide)
HANDLER(Divide) {
    OPERANDS(Divide);
    Value left = registers[i.left];
    if (left.is_number() && acc.is_number()) {
        acc = Value::number(left.as_number() / acc.as_number());
        NEXT(Divide);
    }
    TAIL(slow_Divide);
}
SLOW_NUMERIC(Remainder, Remainder)
HANDLER(Remainder) {
    OPERANDS(Remainder);
    Value left = registers[i.left];
    if (left.is_int32() && acc.is_int32() && left.as_int32() >= 0 && acc.as_int32() > 0) {
        acc = Value::int32(left.as_int32() % acc.as_int32());
        NEXT(Remainder);
    }
    TAIL(slow_Remainder);
}
SLOW_NUMERIC(Exponentiate, Exponentiate)
HANDLER(Exponentiate) { TAIL(slow_Exponentiate); }

namespace {
// 7.1.6 ToInt32 of the numbers whose integral part an int64 holds: nearly all that programs wrap around.
inline bool fits_int64(Value number) {
    double d = number.as_number();
    return d > -9.2e18 && d < 9.2e18;
}
inline int32_t wrapped_int32(Value number) { return static_cast<int32_t>(static_cast<int64_t>(number.as_number())); }
} // namespace

#define BITWISE(Name, Op, expression)                                                                        \
    SLOW_NUMERIC(Name, Op)                                                                                   \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        Value left = registers[i.left];                                                                      \
        if (left.is_int32() && acc.is_int32()) [[likely]] {                                                  \
            int32_t a = left.as_int32();                                                                     \
            int32_t b = acc.as_int32();                                                                      \
            acc = Value::number(expression);                                                                 \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        if (left.is_number() && acc.is_number() && fits_int64(left) && fits_int64(acc)) {                    \
            int32_t a = wrapped_int32(left);                                                                 \
            int32_t b = wrapped_int32(acc);                                                                  \
            acc = Value::number(expression);                                                                 \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        TAIL(slow_##Name);                                                                                   \
    }
BITWISE(ShiftLeft, ShiftLeft, static_cast<int32_t>(static_cast<uint32_t>(a) << (b & 31)))
BITWISE(ShiftRight, ShiftRight, a >> (b & 31))
BITWISE(ShiftRightUnsigned, ShiftRightUnsigned, static_cast<uint32_t>(a) >> (b & 31))
BITWISE(BitAnd, BitAnd, a & b)
BITWISE(BitOr, BitOr, a | b)
BITWISE(BitXor, BitXor, a ^ b)

#define INTEGER_ARITHMETIC(Name, Op, builtin, symbol)                                                        \
    SLOW_NUMERIC_INTEGER(Name, Op)                                                                           \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        int32_t out;                                                                                         \
        if (acc.is_int32() && !builtin(acc.as_int32(), i.right, &out)) [[likely]] {                          \
            acc = Value::int32(out);                                                                         \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        if (acc.is_number()) {                                                                               \
            acc = Value::number(acc.as_number() symbol i.right);                                             \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        TAIL(slow_##Name);                                                                                   \
    }
INTEGER_ARITHMETIC(AddInteger, Add, __builtin_sadd_overflow, +)
INTEGER_ARITHMETIC(SubtractInteger, Subtract, __builtin_ssub_overflow, -)
SLOW_NUMERIC_INTEGER(MultiplyInteger, Multiply)
HANDLER(MultiplyInteger) {
    OPERANDS(MultiplyInteger);
    int32_t out;
    if (acc.is_int32() && !__builtin_smul_overflow(acc.as_int32(), i.right, &out) && out != 0) [[likely]] {
        acc = Value::int32(out);
        NEXT(MultiplyInteger);
    }
    if (acc.is_number()) {
        acc = Value::number(acc.as_number() * i.right);
        NEXT(MultiplyInteger);
    }
    TAIL(slow_MultiplyInteger);
}
#define INTEGER_BITWISE(Name, Op, expression)                                                                \
    SLOW_NUMERIC_INTEGER(Name, Op)                                                                           \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        if (acc.is_int32()) [[likely]] {                                                                     \
            int32_t a = acc.as_int32();                                                                      \
            int32_t b = i.right;                                                                             \
            acc = Value::number(expression);                                                                 \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        if (acc.is_number() && fits_int64(acc)) {                                                            \
            int32_t a = wrapped_int32(acc);                                                                  \
            int32_t b = i.right;                                                                             \
            acc = Value::number(expression);                                                                 \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        TAIL(slow_##Name);                                                                                   \
    }
INTEGER_BITWISE(BitAndInteger, BitAnd, a & b)
INTEGER_BITWISE(BitOrInteger, BitOr, a | b)
INTEGER_BITWISE(ShiftLeftInteger, ShiftLeft, static_cast<int32_t>(static_cast<uint32_t>(a) << (b & 31)))
INTEGER_BITWISE(ShiftRightInteger, ShiftRight, a >> (b & 31))
INTEGER_BITWISE(ShiftRightUnsignedInteger, ShiftRightUnsigned, static_cast<uint32_t>(a) >> (b & 31))

#define UNARY(Name, Op, fast_condition, fast)                                                                \
    HANDLER(Name) {                                                                                          \
        if (fast_condition) [[likely]] {                                                                     \
            acc = fast;                                                                                      \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        SET_ACC(apply_numeric_unary_operator(interpreter->agent(), NumericUnaryOperator::Op, acc));          \
        NEXT(Name);                                                                                          \
    }
UNARY(Increment, Increment, acc.is_int32() && acc.as_int32() != INT32_MAX, Value::int32(acc.as_int32() + 1))
UNARY(Decrement, Decrement, acc.is_int32() && acc.as_int32() != INT32_MIN, Value::int32(acc.as_int32() - 1))
UNARY(Negate, Minus, acc.is_int32() && acc.as_int32() != 0 && acc.as_int32() != INT32_MIN, Value::int32(-acc.as_int32()))
UNARY(BitNot, BitNot, acc.is_int32(), Value::int32(~acc.as_int32()))
UNARY(ToNumber, Plus, acc.is_number(), acc)

HANDLER(Not) {
    acc = Value::boolean(!to_boolean(acc));
    NEXT(Not);
}
HANDLER(TypeOf) {
    acc = Value(type_of(acc));
    NEXT(TypeOf);
}
HANDLER(ToNumeric) {
    if (!acc.is_number()) SET_ACC(to_numeric(interpreter->agent(), acc));
    NEXT(ToNumeric);
}

namespace {

Result<Value> to_string_value(Agent& agent, Value value) { return Value(TRY(to_string(agent, value))); }
Result<Value> to_object_value(Agent& agent, Value value) { return Value(TRY(to_object(agent, value))); }

// The key as a value that later instructions take for a property key without running user code.
Result<Value> to_property_key_value(Agent& agent, Value value) {
    if (value.is_string() || value.is_symbol() || (value.is_int32() && value.as_int32() >= 0)) return value;
    PropertyKey key = TRY(to_property_key(agent, value));
    if (key.is_index()) return Value::number(key.as_index());
    return Value(key.cell());
}

Result<Value> to_property_key_of(Agent& agent, Value object, Value key) {
    if (object.is_nullish())
        return agent.throw_type_error(fmt::format("Cannot use properties of {} (property {})", display_string(object), display_string(key)));
    return to_property_key_value(agent, key);
}

Result<Value> boolean_result(Result<bool> result) {
    if (result.threw()) return Threw{};
    return Value::boolean(result.release());
}

enum class Relation { Less, LessOrEqual, Greater, GreaterOrEqual };

// 13.10 Relational operators by IsLessThan
Result<bool> compare(Agent& agent, Relation relation, Value left, Value right) {
    bool undefined = false;
    bool result = false;
    switch (relation) {
    case Relation::Less: result = TRY(is_less_than(agent, left, right, true, undefined)); return result && !undefined;
    case Relation::Greater: result = TRY(is_less_than(agent, right, left, false, undefined)); return result && !undefined;
    case Relation::LessOrEqual: result = TRY(is_less_than(agent, right, left, false, undefined)); return !result && !undefined;
    case Relation::GreaterOrEqual: result = TRY(is_less_than(agent, left, right, true, undefined)); return !result && !undefined;
    }
    HEDDLE_UNREACHABLE();
}

Result<bool> has_property_in(Agent& agent, Value key, Value object) {
    if (!object.is_object())
        return agent.throw_type_error("Cannot use 'in' to search in " + display_string(object) + ": it is not an object");
    PropertyKey property = TRY(to_property_key(agent, key));
    return object.as_object()->has_property(agent, property);
}

} // namespace

HANDLER(ToString) {
    if (!acc.is_string()) SET_ACC(to_string_value(interpreter->agent(), acc));
    NEXT(ToString);
}
HANDLER(ToPropertyKey) {
    SET_ACC(to_property_key_value(interpreter->agent(), acc));
    NEXT(ToPropertyKey);
}
HANDLER(ToPropertyKeyOf) {
    OPERANDS(ToPropertyKeyOf);
    SET_ACC(to_property_key_of(interpreter->agent(), registers[i.object], acc));
    NEXT(ToPropertyKeyOf);
}
HANDLER(ToObject) {
    SET_ACC(to_object_value(interpreter->agent(), acc));
    NEXT(ToObject);
}
HANDLER(RequireObjectCoercible) {
    if (acc.is_nullish())
        CHECK(Fallible<void>(interpreter->agent().throw_type_error(fmt::format("Cannot destructure {}: it has no properties", display_string(acc)))));
    NEXT(RequireObjectCoercible);
}

// --- comparisons --------------------------------------------------------------------------------------------

#define RELATIONAL(Name, Kind, symbol)                                                                       \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        Value left = registers[i.left];                                                                      \
        if (left.is_int32() && acc.is_int32()) [[likely]] {                                                  \
            acc = Value::boolean(left.as_int32() symbol acc.as_int32());                                     \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        if (left.is_number() && acc.is_number()) {                                                           \
            acc = Value::boolean(left.as_number() symbol acc.as_number());                                   \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        SET_ACC(boolean_result(compare(interpreter->agent(), Relation::Kind, left, acc)));                   \
        NEXT(Name);                                                                                          \
    }
RELATIONAL(Less, Less, <)
RELATIONAL(LessOrEqual, LessOrEqual, <=)
RELATIONAL(Greater, Greater, >)
RELATIONAL(GreaterOrEqual, GreaterOrEqual, >=)

HANDLER(Equal) {
    OPERANDS(Equal);
    SET_ACC(boolean_result(is_loosely_equal(interpreter->agent(), registers[i.left], acc)));
    NEXT(Equal);
}
HANDLER(NotEqual) {
    OPERANDS(NotEqual);
    SET_ACC(boolean_result(is_loosely_equal(interpreter->agent(), registers[i.left], acc)));
    acc = Value::boolean(!acc.is_true());
    NEXT(NotEqual);
}
HANDLER(StrictEqual) {
    OPERANDS(StrictEqual);
    acc = Value::boolean(is_strictly_equal(registers[i.left], acc));
    NEXT(StrictEqual);
}
HANDLER(StrictNotEqual) {
    OPERANDS(StrictNotEqual);
    acc = Value::boolean(!is_strictly_equal(registers[i.left], acc));
    NEXT(StrictNotEqual);
}
HANDLER(InstanceOf) {
    OPERANDS(InstanceOf);
    SET_ACC(boolean_result(instance_of(interpreter->agent(), registers[i.left], acc)));
    NEXT(InstanceOf);
}
HANDLER(In) {
    OPERANDS(In);
    SET_ACC(boolean_result(has_property_in(interpreter->agent(), registers[i.left], acc)));
    NEXT(In);
}

// --- jumps --------------------------------------------------------------------------------------------------

#define JUMP_TO(offset)                                                                                      \
    do {                                                                                                     \
        pc += (offset);                                                                                      \
        DISPATCH();                                                                                          \
    } while (false)
#define JUMP_IF(Name, condition)                                                                             \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        if (condition) JUMP_TO(i.target);                                                                    \
        NEXT(Name);                                                                                          \
    }

HANDLER(Jump) {
    OPERANDS(Jump);
    JUMP_TO(i.target);
}
HANDLER(Loop) {
    OPERANDS(Loop);
    if (interpreter->agent().interrupt_requested()) [[unlikely]] CHECK(interpreter->agent().poll_interrupts());
    JUMP_TO(i.target);
}
JUMP_IF(JumpIfTrue, acc.is_boolean() ? acc.is_true() : to_boolean(acc))
JUMP_IF(JumpIfFalse, acc.is_boolean() ? acc.is_false() : !to_boolean(acc))
JUMP_IF(JumpIfUndefined, acc.is_undefined())
JUMP_IF(JumpIfNotUndefined, !acc.is_undefined())
JUMP_IF(JumpIfNullish, acc.is_nullish())
JUMP_IF(JumpIfNotNullish, !acc.is_nullish())
JUMP_IF(JumpIfInteger, acc == Value::int32(i.value))
JUMP_IF(JumpIfStrictEqual, is_strictly_equal(registers[i.left], acc))
JUMP_IF(JumpIfStrictNotEqual, !is_strictly_equal(registers[i.left], acc))

#define JUMP_EQUAL(Name, wanted)                                                                             \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        frame->pc = pc;                                                                                      \
        Result<bool> equal = is_loosely_equal(interpreter->agent(), registers[i.left], acc);                 \
        if (equal.threw()) [[unlikely]] THROW();                                                             \
        if (equal.release() == wanted) JUMP_TO(i.target);                                                    \
        NEXT(Name);                                                                                          \
    }
JUMP_EQUAL(JumpIfEqual, true)
JUMP_EQUAL(JumpIfNotEqual, false)

#define JUMP_RELATIONAL(Name, Kind, symbol, wanted)                                                          \
    HANDLER(Name) {                                                                                          \
        OPERANDS(Name);                                                                                      \
        Value left = registers[i.left];                                                                      \
        if (left.is_int32() && acc.is_int32()) [[likely]] {                                                  \
            if ((left.as_int32() symbol acc.as_int32()) == wanted) JUMP_TO(i.target);                        \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        if (left.is_number() && acc.is_number()) {                                                           \
            if ((left.as_number() symbol acc.as_number()) == wanted) JUMP_TO(i.target);                      \
            NEXT(Name);                                                                                      \
        }                                                                                                    \
        frame->pc = pc;                                                                                      \
        Result<bool> result = compare(interpreter->agent(), Relation::Kind, left, acc);                      \
        if (result.threw()) [[unlikely]] THROW();                                                            \
        if (result.release() == wanted) JUMP_TO(i.target);                                                   \
        NEXT(Name);                                                                                          \
    }
JUMP_RELATIONAL(JumpIfLess, Less, <, true)
JUMP_RELATIONAL(JumpIfNotLess, Less, <, false)
JUMP_RELATIONAL(JumpIfLessOrEqual, LessOrEqual, <=, true)
JUMP_RELATIONAL(JumpIfNotLessOrEqual, LessOrEqual, <=, false)
JUMP_RELATIONAL(JumpIfGreater, Greater, >, true)
JUMP_RELATIONAL(JumpIfNotGreater, Greater, >, false)
JUMP_RELATIONAL(JumpIfGreaterOrEqual, GreaterOrEqual, >=, true)
JUMP_RELATIONAL(JumpIfNotGreaterOrEqual, GreaterOrEqual, >=, false)

} // namespace heddle
