// Handles, realms and values: making them, reading them, converting and comparing them.
#include "api/call.h"
#include "api/host_function.h"
#include "builtins/json.h"
#include "builtins/weak_ref.h"
#include "builtins/weak_table.h"
#include "runtime/bigint.h"

using namespace heddle;
using namespace heddle::api;

template<class Unit, class Source>
static heddle_status make_string(heddle_agent* agent, const Source* units, size_t length, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result")) return call.status();
    if (!units && length != 0) return call.fail(HEDDLE_BAD_ARGUMENT, "the text is NULL");
    if (length > String::kMaxLength)
        return call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("a string has at most {} units, not {}", String::kMaxLength, length));
    FlatView view = length == 0 ? FlatView() : FlatView(reinterpret_cast<const Unit*>(units), static_cast<uint32_t>(length));
    return call.give(String::create(call.agent(), view), out);
}

extern "C" {

// --- handles ----------------------------------------------------------------------------------------------------

heddle_status heddle_scope_open(heddle_agent* agent, heddle_scope* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (!call.pointer(out, "the place for the scope")) return call.status();
    std::optional<uint64_t> scope = call.state().handles->open_scope();
    if (!scope) return call.out_of_memory();
    *out = {call.state().owner_bits(), *scope};
    return HEDDLE_OK;
}

static heddle_status close_scope(Call& call, heddle_scope scope) {
    if (scope.owner != call.state().owner_bits())
        return call.fail(scope.owner == 0 ? HEDDLE_BAD_HANDLE : HEDDLE_FOREIGN_HANDLE, "the scope is none of this agent's");
    switch (call.state().handles->close_scope(scope.entry)) {
    case HandleTable::CloseOutcome::Closed: break;
    case HandleTable::CloseOutcome::Stale: return call.fail(HEDDLE_BAD_HANDLE, "the scope has closed already");
    case HandleTable::CloseOutcome::NotInnermost:
        return call.fail(HEDDLE_BUSY, "the scope is not the innermost one: close those that were opened after it first");
    }
    return HEDDLE_OK;
}

heddle_status heddle_scope_close(heddle_agent* agent, heddle_scope scope, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    return close_scope(call, scope);
}

heddle_status heddle_scope_close_keeping(heddle_agent* agent, heddle_scope scope, heddle_value value, heddle_value* out,
                                         heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value kept;
    if (!call.pointer(out, "the place for the result") || !call.value(value, kept)) return call.status();
    if (call.state().handles->scope_depth() < 2) return call.fail(HEDDLE_NO_SCOPE, "there is no scope around this one to keep the value in");
    if (heddle_status status = close_scope(call, scope); status != HEDDLE_OK) return status;
    return call.give(kept, out);
}

heddle_status heddle_value_persist(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value kept;
    if (!call.pointer(out, "the place for the result") || !call.value(value, kept)) return call.status();
    std::optional<uint64_t> entry = call.state().handles->add_persistent(kept, HandleKind::Value);
    if (!entry) return call.out_of_memory();
    *out = {call.state().owner_bits(), *entry};
    return HEDDLE_OK;
}

static heddle_status release(heddle_agent* agent, uint64_t owner, uint64_t entry, HandleKind kind, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    if (owner != call.state().owner_bits())
        return call.fail(owner == 0 ? HEDDLE_BAD_HANDLE : HEDDLE_FOREIGN_HANDLE, "the handle is none of this agent's");
    if (!call.state().handles->release(entry, kind))
        return call.fail(HEDDLE_BAD_HANDLE, "the handle is not a persistent one, or was released before");
    return HEDDLE_OK;
}

heddle_status heddle_value_release(heddle_agent* agent, heddle_value value, heddle_error* error) {
    return release(agent, value.owner, value.entry, HandleKind::Value, error);
}

heddle_status heddle_weak_create(heddle_agent* agent, heddle_value value, heddle_weak* out, heddle_error* error) {
    Call call(agent, error);
    Value target;
    if (!call.pointer(out, "the place for the handle") || !call.value(value, target)) return call.status();
    if (!can_be_held_weakly(target)) {
        return call.fail(HEDDLE_WRONG_KIND,
                         fmt::format("{} cannot be held weakly: only objects and symbols that are not in the registry can", display_string(target)));
    }
    Fallible<Shape*> shape = call.agent().realm().root_shape(Intrinsic::WeakRefPrototype);
    if (shape.threw()) return call.thrown();
    Fallible<WeakRefObject*> weak = WeakRefObject::create(call.agent(), shape.release(), target);
    if (weak.threw()) return call.thrown();
    return call.give_weak(Value(weak.release()), out);
}

heddle_status heddle_weak_get(heddle_agent* agent, heddle_weak weak, int* alive, heddle_value* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(alive, "the place for the answer") || !call.weak(weak, found)) return call.status();
    Value target = found.as<WeakRefObject>()->target();
    if (heddle_status status = call.give(target, out); status != HEDDLE_OK) return status;
    *alive = !target.is_undefined();
    return HEDDLE_OK;
}

heddle_status heddle_weak_release(heddle_agent* agent, heddle_weak weak, heddle_error* error) {
    return release(agent, weak.owner, weak.entry, HandleKind::Weak, error);
}

heddle_status heddle_class_release(heddle_agent* agent, heddle_class host_class, heddle_error* error) {
    return release(agent, host_class.owner, host_class.entry, HandleKind::Class, error);
}

// --- realms -----------------------------------------------------------------------------------------------------

heddle_status heddle_realm_create(heddle_agent* agent, heddle_realm* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the realm")) return call.status();
    Fallible<Realm*> realm = Realm::create(call.agent(), call.agent().runtime().intrinsics());
    if (realm.threw()) return call.thrown();
    return call.give(realm.release(), out);
}

heddle_status heddle_realm_release(heddle_agent* agent, heddle_realm realm, heddle_error* error) {
    return release(agent, realm.owner, realm.entry, HandleKind::Realm, error);
}

heddle_status heddle_realm_current(heddle_agent* agent, heddle_realm* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    return call.give(&call.agent().realm(), out);
}

heddle_status heddle_realm_set_current(heddle_agent* agent, heddle_realm realm, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Realm* found = nullptr;
    if (!call.realm(realm, found)) return call.status();
    call.agent().set_realm(found);
    return HEDDLE_OK;
}

heddle_status heddle_realm_of_function(heddle_agent* agent, heddle_value function, heddle_realm* out, heddle_error* error) {
    Call call(agent, error);
    Object* found = nullptr;
    if (!call.function(function, found)) return call.status();
    Result<Realm*> realm = get_function_realm(call.agent(), found);
    if (realm.threw()) return call.thrown();
    return call.give(realm.release(), out);
}

heddle_status heddle_realm_global(heddle_agent* agent, heddle_realm realm, heddle_value* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Realm* found = nullptr;
    if (!call.realm(realm, found)) return call.status();
    return call.give(Value(found->global_this()), out);
}

heddle_status heddle_realm_equal(heddle_agent* agent, heddle_realm a, heddle_realm b, int* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Realm* first = nullptr;
    Realm* second = nullptr;
    if (!call.pointer(out, "the place for the result") || !call.realm(a, first) || !call.realm(b, second)) return call.status();
    *out = first == second;
    return HEDDLE_OK;
}

// --- making values ----------------------------------------------------------------------------------------------

static heddle_status give_constant(heddle_agent* agent, Value value, heddle_value* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    return call.give(value, out);
}

heddle_status heddle_undefined(heddle_agent* agent, heddle_value* out, heddle_error* error) {
    return give_constant(agent, Value::undefined(), out, error);
}
heddle_status heddle_null(heddle_agent* agent, heddle_value* out, heddle_error* error) {
    return give_constant(agent, Value::null(), out, error);
}
heddle_status heddle_boolean(heddle_agent* agent, int boolean, heddle_value* out, heddle_error* error) {
    return give_constant(agent, Value::boolean(boolean != 0), out, error);
}
heddle_status heddle_number(heddle_agent* agent, double number, heddle_value* out, heddle_error* error) {
    return give_constant(agent, Value::number(number), out, error);
}

heddle_status heddle_string_utf8(heddle_agent* agent, const char* text, size_t length, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    std::string_view view;
    if (!call.pointer(out, "the place for the result") || !call.text(text, length, view)) return call.status();
    return call.give(String::from_utf8(call.agent(), view), out);
}

heddle_status heddle_string_latin1(heddle_agent* agent, const uint8_t* units, size_t length, heddle_value* out, heddle_error* error) {
    return make_string<uint8_t>(agent, units, length, out, error);
}
heddle_status heddle_string_utf16(heddle_agent* agent, const uint16_t* units, size_t length, heddle_value* out, heddle_error* error) {
    return make_string<char16_t>(agent, units, length, out, error);
}

heddle_status heddle_bigint_int64(heddle_agent* agent, int64_t number, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result")) return call.status();
    return call.give(BigInt::from_int64(call.agent(), number), out);
}

heddle_status heddle_bigint_uint64(heddle_agent* agent, uint64_t number, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result")) return call.status();
    return call.give(BigInt::from_uint64(call.agent(), number), out);
}

heddle_status heddle_bigint_words(heddle_agent* agent, int negative, const uint64_t* words, size_t count, heddle_value* out,
                                  heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result")) return call.status();
    if (!words && count != 0) return call.fail(HEDDLE_BAD_ARGUMENT, "the words are NULL");
    return call.give(BigInt::from_limbs(call.agent(), {words, count}, negative != 0), out);
}

heddle_status heddle_symbol(heddle_agent* agent, const char* description, size_t length, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    std::string_view view;
    if (!call.pointer(out, "the place for the result")) return call.status();
    String* text = nullptr;
    if (description) {
        if (!call.text(description, length, view)) return call.status();
        Fallible<String*> made = String::from_utf8(call.agent(), view);
        if (made.threw()) return call.thrown();
        text = made.release();
    }
    return call.give(Symbol::create(call.agent(), text), out);
}

heddle_status heddle_symbol_well_known(heddle_agent* agent, heddle_well_known_symbol which, heddle_value* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    if (call.refused()) return call.status();
    Symbol* symbol = nullptr;
    switch (number_of(which)) {
    case HEDDLE_SYMBOL_ASYNC_ITERATOR: symbol = symbols::asyncIterator; break;
    case HEDDLE_SYMBOL_HAS_INSTANCE: symbol = symbols::hasInstance; break;
    case HEDDLE_SYMBOL_ITERATOR: symbol = symbols::iterator; break;
    case HEDDLE_SYMBOL_SPECIES: symbol = symbols::species; break;
    case HEDDLE_SYMBOL_TO_PRIMITIVE: symbol = symbols::toPrimitive; break;
    case HEDDLE_SYMBOL_TO_STRING_TAG: symbol = symbols::toStringTag; break;
    }
    if (!symbol) return call.fail(HEDDLE_BAD_ARGUMENT, fmt::format("{} is no heddle_well_known_symbol", number_of(which)));
    return call.give(Value(symbol), out);
}

// --- reading values ---------------------------------------------------------------------------------------------

heddle_status heddle_value_type(heddle_agent* agent, heddle_value value, heddle_type* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(out, "the place for the type") || !call.value(value, found)) return call.status();
    if (found.is_undefined()) *out = HEDDLE_UNDEFINED;
    else if (found.is_null()) *out = HEDDLE_NULL;
    else if (found.is_boolean()) *out = HEDDLE_BOOLEAN;
    else if (found.is_number()) *out = HEDDLE_NUMBER;
    else if (found.is_bigint()) *out = HEDDLE_BIGINT;
    else if (found.is_string()) *out = HEDDLE_STRING;
    else if (found.is_symbol()) *out = HEDDLE_SYMBOL;
    else *out = is_callable(found) ? HEDDLE_FUNCTION : HEDDLE_OBJECT;
    return HEDDLE_OK;
}

heddle_status heddle_value_kind(heddle_agent* agent, heddle_value value, heddle_object_kind* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(out, "the place for the kind") || !call.value(value, found)) return call.status();
    if (!found.is_object()) {
        *out = HEDDLE_KIND_NONE;
        return HEDDLE_OK;
    }
    switch (found.as_object()->kind()) {
    case CellKind::Array: *out = HEDDLE_KIND_ARRAY; break;
    case CellKind::NativeFunction:
    case CellKind::BoundFunction:
    case CellKind::ScriptFunction:
    case CellKind::HostFunction: *out = HEDDLE_KIND_FUNCTION; break;
    case CellKind::Error:
    case CellKind::DomException: *out = HEDDLE_KIND_ERROR; break;
    case CellKind::Promise: *out = HEDDLE_KIND_PROMISE; break;
    case CellKind::ArrayBuffer: *out = HEDDLE_KIND_ARRAY_BUFFER; break;
    case CellKind::SharedArrayBuffer: *out = HEDDLE_KIND_SHARED_ARRAY_BUFFER; break;
    case CellKind::TypedArray: *out = HEDDLE_KIND_TYPED_ARRAY; break;
    case CellKind::DataView: *out = HEDDLE_KIND_DATA_VIEW; break;
    case CellKind::Map: *out = HEDDLE_KIND_MAP; break;
    case CellKind::Set: *out = HEDDLE_KIND_SET; break;
    case CellKind::Date: *out = HEDDLE_KIND_DATE; break;
    case CellKind::RegExp: *out = HEDDLE_KIND_REGEXP; break;
    case CellKind::Proxy: *out = HEDDLE_KIND_PROXY; break;
    case CellKind::HostObject: *out = HEDDLE_KIND_HOST; break;
    default: *out = HEDDLE_KIND_OBJECT; break;
    }
    return HEDDLE_OK;
}

heddle_status heddle_get_boolean(heddle_agent* agent, heddle_value value, int* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    if (!found.is_boolean()) return call.fail(HEDDLE_WRONG_KIND, fmt::format("expected a boolean, got {}", display_string(found)));
    *out = found.is_true();
    return HEDDLE_OK;
}

heddle_status heddle_get_number(heddle_agent* agent, heddle_value value, double* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    if (!found.is_number()) return call.fail(HEDDLE_WRONG_KIND, fmt::format("expected a number, got {}", display_string(found)));
    *out = found.as_number();
    return HEDDLE_OK;
}

static bool bigint_of(Call& call, heddle_value value, BigInt*& out) {
    Value found;
    if (!call.value(value, found)) return false;
    if (!found.is_bigint()) {
        call.fail(HEDDLE_WRONG_KIND, fmt::format("expected a BigInt, got {}", display_string(found)));
        return false;
    }
    out = found.as_bigint();
    return true;
}

heddle_status heddle_get_int64(heddle_agent* agent, heddle_value bigint, int64_t* out, int* lossless, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    BigInt* found = nullptr;
    if (!call.pointer(out, "the place for the result") || !bigint_of(call, bigint, found)) return call.status();
    *out = found->to_int64();
    auto limbs = found->limbs();
    // The sign survives the wrap exactly when the number fits.
    if (lossless) *lossless = limbs.empty() || (limbs.size() == 1 && found->is_negative() == (*out < 0));
    return HEDDLE_OK;
}

heddle_status heddle_get_uint64(heddle_agent* agent, heddle_value bigint, uint64_t* out, int* lossless, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    BigInt* found = nullptr;
    if (!call.pointer(out, "the place for the result") || !bigint_of(call, bigint, found)) return call.status();
    *out = found->to_uint64();
    if (lossless) *lossless = found->limbs().size() <= 1 && !found->is_negative();
    return HEDDLE_OK;
}

heddle_status heddle_get_bigint_words(heddle_agent* agent, heddle_value bigint, int* negative, uint64_t* words, size_t capacity,
                                      size_t* count, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    BigInt* found = nullptr;
    if (!call.pointer(count, "the place for the count") || !bigint_of(call, bigint, found)) return call.status();
    if (!words && capacity != 0) return call.fail(HEDDLE_BAD_ARGUMENT, "the place for the words is NULL");
    auto limbs = found->limbs();
    for (size_t i = 0; i < limbs.size() && i < capacity; ++i)
        words[i] = limbs[i];
    *count = limbs.size();
    if (negative) *negative = found->is_negative();
    return HEDDLE_OK;
}

heddle_status heddle_get_string_utf8(heddle_agent* agent, heddle_value string, char* buffer, size_t capacity, size_t* length,
                                     heddle_error* error) {
    Call call(agent, error);
    FlatView view;
    if (!call.string(string, view)) return call.status();
    if (!buffer && capacity != 0) return call.fail(HEDDLE_BAD_ARGUMENT, "the buffer is NULL");
    size_t whole = 0;
    size_t written = 0;
    bool fits = true;
    for (uint32_t i = 0; i < view.length();) {
        uint32_t width = 1;
        char32_t point = view.code_point_at(i, width);
        i += width;
        if (point >= 0xD800 && point <= 0xDFFF) point = 0xFFFD;
        char bytes[4];
        size_t count = 0;
        if (point < 0x80) {
            bytes[count++] = static_cast<char>(point);
        } else {
            if (point < 0x800) {
                bytes[count++] = static_cast<char>(0xC0 | point >> 6);
            } else {
                if (point < 0x10000) {
                    bytes[count++] = static_cast<char>(0xE0 | point >> 12);
                } else {
                    bytes[count++] = static_cast<char>(0xF0 | point >> 18);
                    bytes[count++] = static_cast<char>(0x80 | (point >> 12 & 0x3F));
                }
                bytes[count++] = static_cast<char>(0x80 | (point >> 6 & 0x3F));
            }
            bytes[count++] = static_cast<char>(0x80 | (point & 0x3F));
        }
        whole += count;
        fits = fits && written + count <= capacity;
        if (!fits) continue;
        std::memcpy(buffer + written, bytes, count);
        written += count;
    }
    if (written < capacity) buffer[written] = '\0';
    if (length) *length = whole;
    return HEDDLE_OK;
}

heddle_status heddle_get_string_latin1(heddle_agent* agent, heddle_value string, uint8_t* buffer, size_t capacity, size_t* length,
                                       heddle_error* error) {
    Call call(agent, error);
    FlatView view;
    if (!call.string(string, view)) return call.status();
    if (!buffer && capacity != 0) return call.fail(HEDDLE_BAD_ARGUMENT, "the buffer is NULL");
    for (uint32_t i = 0; !view.is_latin1() && i < view.length(); ++i) {
        if (view[i] > 0xFF)
            return call.fail(HEDDLE_WRONG_KIND, fmt::format("the unit U+{:04X} at {} is not Latin-1: read it as UTF-8 or UTF-16",
                                                            static_cast<uint32_t>(view[i]), i));
    }
    size_t count = std::min<size_t>(view.length(), capacity);
    for (uint32_t i = 0; i < count; ++i)
        buffer[i] = static_cast<uint8_t>(view[i]);
    if (count < capacity) buffer[count] = 0;
    if (length) *length = view.length();
    return HEDDLE_OK;
}

heddle_status heddle_get_string_utf16(heddle_agent* agent, heddle_value string, uint16_t* buffer, size_t capacity, size_t* length,
                                      heddle_error* error) {
    Call call(agent, error);
    FlatView view;
    if (!call.string(string, view)) return call.status();
    if (!buffer && capacity != 0) return call.fail(HEDDLE_BAD_ARGUMENT, "the buffer is NULL");
    size_t count = std::min<size_t>(view.length(), capacity);
    for (uint32_t i = 0; i < count; ++i)
        buffer[i] = view[i];
    if (count < capacity) buffer[count] = 0;
    if (length) *length = view.length();
    return HEDDLE_OK;
}

// --- conversions and comparisons --------------------------------------------------------------------------------

heddle_status heddle_to_boolean(heddle_agent* agent, heddle_value value, int* out, heddle_error* error) {
    Call call(agent, error, Call::kQuiet);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    *out = to_boolean(found);
    return HEDDLE_OK;
}

heddle_status heddle_to_number(heddle_agent* agent, heddle_value value, double* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    return call.store(to_number(call.agent(), found), out);
}

heddle_status heddle_to_int32(heddle_agent* agent, heddle_value value, int32_t* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    return call.store(to_int32(call.agent(), found), out);
}

heddle_status heddle_to_string(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    return call.give(to_string(call.agent(), found), out);
}

heddle_status heddle_to_object(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    return call.give(to_object(call.agent(), found), out);
}

heddle_status heddle_to_bigint(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    return call.give(to_bigint(call.agent(), found), out);
}

/// Comparisons read ropes, which takes memory to flatten: they are flat before they are compared.
static bool comparable(Call& call, heddle_value a, heddle_value b, Value& first, Value& second) {
    if (!call.value(a, first) || !call.value(b, second)) return false;
    if (!first.is_string() || !second.is_string()) return true;
    if (!first.as_string()->flatten(call.agent()).threw() && !second.as_string()->flatten(call.agent()).threw()) return true;
    call.thrown();
    return false;
}

heddle_status heddle_strictly_equal(heddle_agent* agent, heddle_value a, heddle_value b, int* out, heddle_error* error) {
    Call call(agent, error);
    Value first, second;
    if (!call.pointer(out, "the place for the result") || !comparable(call, a, b, first, second)) return call.status();
    *out = is_strictly_equal(first, second);
    return HEDDLE_OK;
}

heddle_status heddle_same_value(heddle_agent* agent, heddle_value a, heddle_value b, int* out, heddle_error* error) {
    Call call(agent, error);
    Value first, second;
    if (!call.pointer(out, "the place for the result") || !comparable(call, a, b, first, second)) return call.status();
    *out = same_value(first, second);
    return HEDDLE_OK;
}

heddle_status heddle_instance_of(heddle_agent* agent, heddle_value value, heddle_value constructor, int* out, heddle_error* error) {
    Call call(agent, error);
    Value found, target;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found) || !call.value(constructor, target)) return call.status();
    return call.store(instance_of(call.agent(), found, target), out);
}

// --- JSON -------------------------------------------------------------------------------------------------------

heddle_status heddle_json_parse(heddle_agent* agent, const char* text, size_t length, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    std::string_view view;
    if (!call.pointer(out, "the place for the result") || !call.text(text, length, view)) return call.status();
    Fallible<String*> string = String::from_utf8(call.agent(), view);
    if (string.threw()) return call.thrown();
    return call.give(parse_json(call.agent(), string.release()), out);
}

heddle_status heddle_json_stringify(heddle_agent* agent, heddle_value value, uint32_t indent, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    Value found;
    if (!call.pointer(out, "the place for the result") || !call.value(value, found)) return call.status();
    const Value arguments[] = {found, Value::undefined(), Value::number(indent)};
    return call.give(json_stringify(call.agent(), Arguments(nullptr, Value::undefined(), arguments)), out);
}

} // extern "C"
