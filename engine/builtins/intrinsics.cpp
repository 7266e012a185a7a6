// The one table from Intrinsic to creator, and the properties of the global object (ECMA-262 19).
#include "builtins/intrinsics.h"

#include "builtins/array_iterator.h"
#include "builtins/global.h"
#include "builtins/iterator_steps.h"
#include "runtime/atoms.h"

namespace heddle {

GlobalEntry& BuiltinLibrary::add(PropertyKey name, GlobalEntry::Kind kind, Attributes attributes) {
    HEDDLE_CHECK(count_ < kMaxGlobals);
    GlobalEntry& entry = globals_[count_++];
    entry.key = name;
    entry.kind = kind;
    entry.attributes = attributes;
    table_.globals = {globals_, count_};
    return entry;
}

void BuiltinLibrary::add_intrinsic(PropertyKey name, Intrinsic intrinsic) {
    add(name, GlobalEntry::kIntrinsic, kBuiltinAttributes).intrinsic = intrinsic;
}

void BuiltinLibrary::add_function(PropertyKey name, NativeCode code, uint32_t length, Attributes attributes) {
    GlobalEntry& entry = add(name, GlobalEntry::kFunction, attributes);
    entry.code = code;
    entry.length = length;
    table_.globals = {globals_, count_};
}

void BuiltinLibrary::add_value(PropertyKey name, Value value) {
    add(name, GlobalEntry::kValue, kNone).value = value;
}

void BuiltinLibrary::add_accessor(PropertyKey name, NativeCode getter, NativeCode setter, Attributes attributes) {
    GlobalEntry& entry = add(name, GlobalEntry::kAccessor, attributes);
    entry.code = getter;
    entry.setter = setter;
}

BuiltinLibrary::BuiltinLibrary()
    : table_{{
#define INTRINSIC(Name, create) create,
#define UPPER_INTRINSIC(Name) nullptr,
#include "runtime/intrinsics.def"
#undef INTRINSIC
             },
             {},
             {}} {
    // 19.1 Value Properties of the Global Object. The value of globalThis is the realm's.
    add_value(atoms::globalThis, Value::undefined());
    globals_[count_ - 1].attributes = kBuiltinAttributes;
    add_value(atoms::Infinity, Value::number(__builtin_inf()));
    add_value(atoms::NaN, Value::number(__builtin_nan("")));
    add_value(atoms::undefined, Value::undefined());

    // 19.2 Function Properties of the Global Object
    add_intrinsic(atoms::eval, Intrinsic::Eval);
    add_function(atoms::isFinite, global_is_finite, 1);
    add_function(atoms::isNaN, global_is_nan, 1);
    add_intrinsic(atoms::parseFloat, Intrinsic::ParseFloat);
    add_intrinsic(atoms::parseInt, Intrinsic::ParseInt);
    add_function(atoms::decodeURI, global_decode_uri, 1);
    add_function(atoms::decodeURIComponent, global_decode_uri_component, 1);
    add_function(atoms::encodeURI, global_encode_uri, 1);
    add_function(atoms::encodeURIComponent, global_encode_uri_component, 1);
    add_function(atoms::escape, global_escape, 1);     // B.2.1
    add_function(atoms::unescape, global_unescape, 1); // B.2.1

    // 19.3 Constructor Properties of the Global Object, 19.4 Other Properties of the Global Object
#define NAME(name) add_intrinsic(atoms::name, Intrinsic::name);
    NAME(AggregateError)
    NAME(Array)
    NAME(ArrayBuffer)
    NAME(AsyncDisposableStack)
    NAME(BigInt)
    NAME(BigInt64Array)
    NAME(BigUint64Array)
    NAME(Boolean)
    NAME(DataView)
    NAME(Date)
    NAME(DisposableStack)
    NAME(DOMException)
    NAME(Error)
    NAME(EvalError)
    NAME(FinalizationRegistry)
    NAME(Float16Array)
    NAME(Float32Array)
    NAME(Float64Array)
    NAME(Function)
    NAME(Int8Array)
    NAME(Int16Array)
    NAME(Int32Array)
    NAME(Iterator)
    NAME(Map)
    NAME(Number)
    NAME(Object)
    NAME(Promise)
    NAME(Proxy)
    NAME(RangeError)
    NAME(ReferenceError)
    NAME(RegExp)
    NAME(Set)
    NAME(SharedArrayBuffer)
    NAME(String)
    NAME(SuppressedError)
    NAME(Symbol)
    NAME(SyntaxError)
    NAME(TypeError)
    NAME(Uint8Array)
    NAME(Uint8ClampedArray)
    NAME(Uint16Array)
    NAME(Uint32Array)
    NAME(URIError)
    NAME(WeakMap)
    NAME(WeakRef)
    NAME(WeakSet)
    NAME(Atomics)
    NAME(JSON)
    NAME(Math)
    NAME(Reflect)
#undef NAME
    static constexpr IteratorNext kSteps[] = {
        {array_iterator_next, array_iterator_step},   {generator_prototype_next, generator_prototype_step},
        {map_iterator_next, map_iterator_step},       {set_iterator_next, set_iterator_step},
        {string_iterator_next, string_iterator_step},
    };
    table_.iterator_steps = kSteps;
    table_.create_array_values_iterator = [](Agent& agent, Object* array) { return create_array_iterator(agent, array, ArrayIterationKind::Value); };
}

} // namespace heddle
