// The Atomics object (ECMA-262 25.4).
#include "builtins/intrinsics.h"

#include "buffers/typed_array_object.h"
#include "buffers/waiter_lists.h"
#include "runtime/operations.h"
#include "sync/thread.h"
#include "sync/window.h"

#include <fmt/core.h>

namespace heddle {

namespace {

enum class Waitable : uint8_t { No, Yes };

/// An element of an integer typed array, found before the operands are coerced.
struct AtomicAccess {
    TypedArrayObject* array = nullptr;
    uint64_t index = 0;
    ElementType type = ElementType::Int8;
    size_t byte_index() const {
        return array->byte_offset() + (index << element_shift(type));
    } // in the buffer
};

// 25.4.3.1 ValidateIntegerTypedArray ( typedArray, waitable [ , accessMode ] )
Fallible<TypedArrayWitness> validate_integer_typed_array(Agent& agent, Value value, Waitable waitable,
                                                         AccessMode mode, const char* who) {
    TypedArrayWitness witness = TRY(validate_typed_array(agent, value, who, mode));
    ElementType type = witness.array->type();
    bool fits = waitable == Waitable::Yes ? type == ElementType::Int32 || type == ElementType::BigInt64
                                          : is_unclamped_integer_type(type) || is_bigint_type(type);
    if (!fits) {
        return agent.throw_type_error(
            fmt::format("{} does not work on a {}: use {}", who, typed_array_name(type),
                        waitable == Waitable::Yes ? "an Int32Array or BigInt64Array"
                                                  : "an array of integers (not Uint8ClampedArray)"));
    }
    return witness;
}

// 25.4.3.2 ValidateAtomicAccess ( taRecord, requestIndex ), 25.4.3.3 ValidateAtomicAccessOnIntegerTypedArray
Result<AtomicAccess> validate_atomic_access(Agent& agent, const Arguments& arguments, const char* who,
                                            AccessMode mode, Waitable waitable = Waitable::No) {
    TypedArrayWitness witness = TRY(validate_integer_typed_array(agent, arguments[0], waitable, mode, who));
    uint64_t index = TRY(to_index(agent, arguments[1]));
    if (index >= witness.length)
        return agent.throw_range_error(
            fmt::format("{}: index {} is outside an array of length {}", who, index, witness.length));
    return AtomicAccess{witness.array, index, witness.array->type()};
}

// 25.4.3.4 RevalidateAtomicAccess ( typedArray, byteIndexInBuffer )
Fallible<void*> revalidate_atomic_access(Agent& agent, const AtomicAccess& access, const char* who) {
    size_t length = TRY(revalidate_typed_array(agent, access.array, who));
    if (access.index >= length)
        return agent.throw_range_error(fmt::format(
            "{}: index {} is now outside the array, whose length is {}", who, access.index, length));
    size_t size = element_size(access.type);
    return static_cast<void*>(access.array->view(agent).bytes(access.index * size, size));
}

/// ToBigInt ( value ), or ToIntegerOrInfinity ( value ) as a Number.
Result<Value> to_atomic_operand(Agent& agent, ElementType type, Value value) {
    if (is_bigint_type(type)) return Value(TRY(to_bigint(agent, value)));
    return Value::number(TRY(to_integer_or_infinity(agent, value)));
}

enum class Operation : uint8_t { Add, And, Exchange, Or, Subtract, Xor };

template<class T>
uint64_t read_modify_write(void* address, Operation operation, uint64_t operand) {
    auto value = static_cast<T>(operand);
    switch (operation) {
    case Operation::Add:
        return sync::fetch_add_seq_cst<T>(address, value);
    case Operation::And:
        return sync::fetch_and_seq_cst<T>(address, value);
    case Operation::Exchange:
        return sync::exchange_seq_cst<T>(address, value);
    case Operation::Or:
        return sync::fetch_or_seq_cst<T>(address, value);
    case Operation::Subtract:
        return sync::fetch_sub_seq_cst<T>(address, value);
    case Operation::Xor:
        return sync::fetch_xor_seq_cst<T>(address, value);
    }
    HEDDLE_UNREACHABLE();
}

// 25.4.3.17 AtomicReadModifyWrite ( typedArray, index, value, op )
Result<Value> atomic_read_modify_write(Agent& agent, const Arguments& arguments, Operation operation,
                                       const char* who) {
    AtomicAccess access = TRY(validate_atomic_access(agent, arguments, who, AccessMode::Write));
    Value operand = TRY(to_atomic_operand(agent, access.type, arguments[2]));
    uint64_t bits = element_bits(access.type, operand);
    void* address = TRY(revalidate_atomic_access(agent, access, who));
    uint64_t before = 0;
    {
        sync::WindowMark window(sync::Window::AtomicsOperation);
        switch (element_size(access.type)) {
        case 1:
            before = read_modify_write<uint8_t>(address, operation, bits);
            break;
        case 2:
            if (PLANTED(BuffersTornAdd) && operation == Operation::Add) {
                before = sync::load_seq_cst<uint16_t>(address);
                sync::announce(sync::Operation::ThreadYield); // where a hunt may hold the thread up
                sync::store_seq_cst(address, static_cast<uint16_t>(before + bits));
                break;
            }
            before = read_modify_write<uint16_t>(address, operation, bits);
            break;
        case 4:
            before = read_modify_write<uint32_t>(address, operation, bits);
            break;
        default:
            before = read_modify_write<uint64_t>(address, operation, bits);
            break;
        }
    }
    return element_value(agent, access.type, before);
}

// 25.4.4 Atomics.add ( typedArray, index, value )
Result<Value> atomics_add(Agent& agent, const Arguments& arguments) {
    return atomic_read_modify_write(agent, arguments, Operation::Add, "Atomics.add");
}

// 25.4.5 Atomics.and ( typedArray, index, value )
Result<Value> atomics_and(Agent& agent, const Arguments& arguments) {
    return atomic_read_modify_write(agent, arguments, Operation::And, "Atomics.and");
}

// 25.4.6 Atomics.compareExchange ( typedArray, index, expectedValue, replacementValue )
Result<Value> atomics_compare_exchange(Agent& agent, const Arguments& arguments) {
    constexpr const char* kWho = "Atomics.compareExchange";
    AtomicAccess access = TRY(validate_atomic_access(agent, arguments, kWho, AccessMode::Write));
    Value expected = TRY(to_atomic_operand(agent, access.type, arguments[2]));
    Value replacement = TRY(to_atomic_operand(agent, access.type, arguments[3]));
    uint64_t expected_bits = element_bits(access.type, expected);
    uint64_t bits = element_bits(access.type, replacement);
    void* address = TRY(revalidate_atomic_access(agent, access, kWho));
    uint64_t before = 0;
    {
        sync::WindowMark window(sync::Window::AtomicsOperation);
        switch (element_size(access.type)) {
        case 1:
            before = sync::compare_exchange_seq_cst(address, static_cast<uint8_t>(expected_bits),
                                                    static_cast<uint8_t>(bits));
            break;
        case 2:
            before = sync::compare_exchange_seq_cst(address, static_cast<uint16_t>(expected_bits),
                                                    static_cast<uint16_t>(bits));
            break;
        case 4:
            before = sync::compare_exchange_seq_cst(address, static_cast<uint32_t>(expected_bits),
                                                    static_cast<uint32_t>(bits));
            break;
        default:
            before = sync::compare_exchange_seq_cst(address, expected_bits, bits);
            break;
        }
    }
    return element_value(agent, access.type, before);
}

// 25.4.7 Atomics.exchange ( typedArray, index, value )
Result<Value> atomics_exchange(Agent& agent, const Arguments& arguments) {
    return atomic_read_modify_write(agent, arguments, Operation::Exchange, "Atomics.exchange");
}

// 25.4.8 Atomics.isLockFree ( size )
Result<Value> atomics_is_lock_free(Agent& agent, const Arguments& arguments) {
    double size = TRY(to_integer_or_infinity(agent, arguments[0]));
    return Value::boolean(size == 1 || size == 2 || size == 4 || size == 8);
}

// 25.4.9 Atomics.load ( typedArray, index )
Result<Value> atomics_load(Agent& agent, const Arguments& arguments) {
    AtomicAccess access = TRY(validate_atomic_access(agent, arguments, "Atomics.load", AccessMode::Read));
    void* address = TRY(revalidate_atomic_access(agent, access, "Atomics.load"));
    uint64_t bits = 0;
    switch (element_size(access.type)) {
    case 1:
        bits = sync::load_seq_cst<uint8_t>(address);
        break;
    case 2:
        bits = sync::load_seq_cst<uint16_t>(address);
        break;
    case 4:
        bits = sync::load_seq_cst<uint32_t>(address);
        break;
    default:
        bits = sync::load_seq_cst<uint64_t>(address);
        break;
    }
    return element_value(agent, access.type, bits);
}

// 25.4.10 Atomics.or ( typedArray, index, value )
Result<Value> atomics_or(Agent& agent, const Arguments& arguments) {
    return atomic_read_modify_write(agent, arguments, Operation::Or, "Atomics.or");
}

// 25.4.11 Atomics.store ( typedArray, index, value )
Result<Value> atomics_store(Agent& agent, const Arguments& arguments) {
    AtomicAccess access = TRY(validate_atomic_access(agent, arguments, "Atomics.store", AccessMode::Write));
    Value operand = TRY(to_atomic_operand(agent, access.type, arguments[2]));
    uint64_t bits = element_bits(access.type, operand);
    void* address = TRY(revalidate_atomic_access(agent, access, "Atomics.store"));
    switch (element_size(access.type)) {
    case 1:
        sync::store_seq_cst(address, static_cast<uint8_t>(bits));
        break;
    case 2:
        sync::store_seq_cst(address, static_cast<uint16_t>(bits));
        break;
    case 4:
        sync::store_seq_cst(address, static_cast<uint32_t>(bits));
        break;
    default:
        sync::store_seq_cst(address, bits);
        break;
    }
    return operand;
}

// 25.4.12 Atomics.sub ( typedArray, index, value )
Result<Value> atomics_sub(Agent& agent, const Arguments& arguments) {
    return atomic_read_modify_write(agent, arguments, Operation::Subtract, "Atomics.sub");
}

// 25.4.16 Atomics.xor ( typedArray, index, value )
Result<Value> atomics_xor(Agent& agent, const Arguments& arguments) {
    return atomic_read_modify_write(agent, arguments, Operation::Xor, "Atomics.xor");
}

enum class WaitMode : uint8_t { Sync, Async };

Value outcome_value(WaiterLists::Outcome outcome) {
    switch (outcome) {
    case WaiterLists::Outcome::Ok:
        return Value(&atoms::ok);
    case WaiterLists::Outcome::NotEqual:
        return Value(&atoms::not_equal);
    case WaiterLists::Outcome::TimedOut:
        return Value(&atoms::timed_out);
    case WaiterLists::Outcome::Waiting:
        break;
    }
    HEDDLE_UNREACHABLE();
}

// 25.4.3.14 DoWait ( mode, typedArray, index, value, timeout )
Result<Value> do_wait(Agent& agent, const Arguments& arguments, WaitMode mode) {
    const char* who = mode == WaitMode::Sync ? "Atomics.wait" : "Atomics.waitAsync";
    TypedArrayWitness witness =
        TRY(validate_integer_typed_array(agent, arguments[0], Waitable::Yes, AccessMode::Read, who));
    TypedArrayObject* array = witness.array;
    if (!array->buffer()->is_shared())
        return agent.throw_type_error(
            fmt::format("{} needs an array over a SharedArrayBuffer: nobody could notify another", who));
    uint64_t index = TRY(to_index(agent, arguments[1]));
    if (index >= witness.length)
        return agent.throw_range_error(
            fmt::format("{}: index {} is outside an array of length {}", who, index, witness.length));
    AtomicAccess access{array, index, array->type()};
    uint64_t expected = 0;
    if (access.type == ElementType::BigInt64)
        expected = TRY(to_bigint(agent, arguments[2]))->to_uint64();
    else
        expected = static_cast<uint32_t>(TRY(to_int32(agent, arguments[2])));
    double timeout = TRY(to_number(agent, arguments[3]));
    if (timeout != timeout) timeout = INFINITY;
    timeout = timeout > 0 ? timeout : 0;
    if (mode == WaitMode::Sync && !agent.can_block())
        return agent.throw_type_error(
            "Atomics.wait cannot be called in this agent, which must not block: use Atomics.waitAsync");
    // A shared block only grows and is never detached: the index is still valid.
    WaiterLists::Condition condition{array->buffer()->store(), access.byte_index(), element_size(access.type),
                                     expected};
    WaiterLists& lists = WaiterLists::of(agent);
    if (mode == WaitMode::Sync) return outcome_value(TRY(lists.wait(agent, condition, timeout)));

    Promise* promise = TRY(Promise::create(agent));
    Object* result = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    WaiterLists::Outcome outcome = TRY(lists.wait_async(agent, condition, timeout, promise));
    bool async = outcome == WaiterLists::Outcome::Waiting;
    TRY(result->create_data_property_or_throw(agent, atoms::async, Value::boolean(async)));
    TRY(result->create_data_property_or_throw(agent, atoms::value,
                                              async ? Value(promise) : outcome_value(outcome)));
    return Value(result);
}

// 25.4.13 Atomics.wait ( typedArray, index, value, timeout )
Result<Value> atomics_wait(Agent& agent, const Arguments& arguments) {
    return do_wait(agent, arguments, WaitMode::Sync);
}

// 25.4.14 Atomics.waitAsync ( typedArray, index, value, timeout )
Result<Value> atomics_wait_async(Agent& agent, const Arguments& arguments) {
    return do_wait(agent, arguments, WaitMode::Async);
}

// 25.4.15 Atomics.notify ( typedArray, index, count )
Result<Value> atomics_notify(Agent& agent, const Arguments& arguments) {
    AtomicAccess access =
        TRY(validate_atomic_access(agent, arguments, "Atomics.notify", AccessMode::Read, Waitable::Yes));
    double count = INFINITY;
    if (!arguments[2].is_undefined()) {
        count = TRY(to_integer_or_infinity(agent, arguments[2]));
        count = count > 0 ? count : 0;
    }
    BufferObject* buffer = access.array->buffer();
    if (!buffer->is_shared()) return Value::int32(0);
    return Value::number(WaiterLists::of(agent).notify(buffer->store(), access.byte_index(), count));
}

// Atomics.pause ( [ N ] )
Result<Value> atomics_pause(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_undefined()) {
        if (!arguments[0].is_number() ||
            arguments[0].as_number() != __builtin_trunc(arguments[0].as_number()) ||
            !std::isfinite(arguments[0].as_number()))
            return agent.throw_type_error(
                fmt::format("Atomics.pause needs an integral Number, not {}", display_string(arguments[0])));
    }
    sync::spin_pause();
    return Value::undefined();
}

} // namespace

Fallible<Object*> create_atomics(Agent& agent, Realm& realm) {
    Object* atomics = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    realm.set_intrinsic(Intrinsic::Atomics, atomics);
    const FunctionEntry functions[] = {
        {atoms::add, atomics_add, 3},
        {atoms::and_, atomics_and, 3},
        {atoms::compareExchange, atomics_compare_exchange, 4},
        {atoms::exchange, atomics_exchange, 3},
        {atoms::isLockFree, atomics_is_lock_free, 1},
        {atoms::load, atomics_load, 2},
        {atoms::notify, atomics_notify, 3},
        {atoms::or_, atomics_or, 3},
        {atoms::pause, atomics_pause, 0},
        {atoms::store, atomics_store, 3},
        {atoms::sub, atomics_sub, 3},
        {atoms::wait, atomics_wait, 4},
        {atoms::waitAsync, atomics_wait_async, 4},
        {atoms::xor_, atomics_xor, 3},
    };
    TRY(define_functions(agent, realm, atomics, functions));
    TRY(atomics->define_direct(agent, symbols::toStringTag, Value(&atoms::Atomics), kConfigurable));
    return atomics;
}

} // namespace heddle
