// 25.5.4 JSON.stringify
#include "builtins/json.h"
#include "runtime/array.h"
#include "runtime/bigint.h"
#include "runtime/primitive_objects.h"

#include <cmath>

namespace heddle {

namespace {

/// 25.5.4.1 JSON Serialization Record, and the text so far.
class JsonSerializer {
public:
    JsonSerializer(Agent& agent, Value replacer, FlatView gap, const RootVector<Value>* property_list)
        : agent_(agent), builder_(agent), replacer_(replacer), gap_(gap), property_list_(property_list),
          stack_(agent.heap()) {}

    /// Appends the value of `key`; false when it is to be left out (undefined).
    Result<bool> serialize_property(Object* holder, PropertyKey key, Value value);
    Fallible<String*> finish() { return builder_.finish(); }

private:
    Result<void> serialize_object(Object*);
    Result<void> serialize_array(Object*);
    Fallible<void> quote(String*);
    Fallible<void> new_line() {
        if (gap_.empty()) return {};
        TRY(builder_.append(static_cast<char16_t>('\n')));
        for (uint32_t i = 0; i < depth_; ++i)
            TRY(builder_.append(gap_));
        return {};
    }
    Result<void> enter(Object* object) {
        TRY(agent_.check_stack());
        for (Value open : stack_)
            if (open.as_object() == object)
                return agent_.throw_type_error("Cannot convert a circular structure to JSON: " +
                                               display_string(Value(object)) + " holds itself");
        if (!stack_.push_back(Value(object))) return agent_.out_of_memory();
        ++depth_;
        return {};
    }
    void leave() {
        stack_.pop_back();
        --depth_;
    }

    Agent& agent_;
    StringBuilder builder_;
    Value replacer_; // callable or undefined
    FlatView gap_;
    const RootVector<Value>* property_list_; // null: every enumerable own string key
    RootVector<Value> stack_;
    uint32_t depth_ = 0;
    uint32_t steps_ = 0;
};

// 25.5.4.3 QuoteJSONString ( value )
Fallible<void> JsonSerializer::quote(String* string) {
    FlatView text = TRY(string->flatten(agent_));
    TRY(builder_.append(static_cast<char16_t>('"')));
    constexpr char kHexDigits[] = "0123456789abcdef";
    uint32_t plain = 0; // start of the run that needs no escape
    uint32_t first = 0; // nothing before it needs an escape
    if (text.is_latin1()) {
        const uint8_t* units = text.latin1();
        while (first < text.length() && units[first] >= 0x20 && units[first] != '"' && units[first] != '\\')
            ++first;
    }
    for (uint32_t i = first; i < text.length(); ++i) {
        if ((i & 0xFFFF) == 0xFFFF) TRY(agent_.poll_interrupts());
        char16_t unit = text[i];
        if (unit >= 0x20 && unit != '"' && unit != '\\' && (unit < 0xD800 || unit > 0xDFFF)) continue;
        if (unit >= 0xD800 && unit <= 0xDBFF && i + 1 < text.length() && text[i + 1] >= 0xDC00 &&
            text[i + 1] <= 0xDFFF) {
            ++i;
            continue;
        }
        TRY(builder_.append(text.substring(plain, i)));
        plain = i + 1;
        char letter = 0;
        switch (unit) {
        case '\b':
            letter = 'b';
            break;
        case '\t':
            letter = 't';
            break;
        case '\n':
            letter = 'n';
            break;
        case '\f':
            letter = 'f';
            break;
        case '\r':
            letter = 'r';
            break;
        case '"':
            letter = '"';
            break;
        case '\\':
            letter = '\\';
            break;
        default:
            break;
        }
        if (letter) {
            char escaped[2] = {'\\', letter};
            TRY(builder_.append(std::string_view(escaped, 2)));
        } else {
            char escaped[6] = {'\\',
                               'u',
                               kHexDigits[unit >> 12],
                               kHexDigits[(unit >> 8) & 15],
                               kHexDigits[(unit >> 4) & 15],
                               kHexDigits[unit & 15]};
            TRY(builder_.append(std::string_view(escaped, 6)));
        }
    }
    TRY(builder_.append(text.substring(plain, text.length())));
    return builder_.append(static_cast<char16_t>('"'));
}

// 25.5.4.2 SerializeJSONProperty ( state, key, holder ), from step 2: `value` is what Get(holder, key) gave.
Result<bool> JsonSerializer::serialize_property(Object* holder, PropertyKey key, Value value) {
    if ((++steps_ & 0xFFF) == 0) TRY(agent_.poll_interrupts());
    if (value.is_object() || value.is_bigint()) {
        Value to_json = TRY(get_value(agent_, value, atoms::toJSON));
        if (is_callable(to_json)) value = TRY(call(agent_, to_json, value, {TRY(key.to_value(agent_))}));
    }
    if (!replacer_.is_undefined())
        value = TRY(call(agent_, replacer_, Value(holder), {TRY(key.to_value(agent_)), value}));
    if (value.is_object()) {
        switch (value.as_object()->kind()) {
        case CellKind::RawJson:
            TRY(builder_.append(value.as<RawJson>()->text()));
            return true;
        case CellKind::NumberObject:
            value = Value::number(TRY(to_number(agent_, value)));
            break;
        case CellKind::StringObject:
            value = Value(TRY(to_string(agent_, value)));
            break;
        case CellKind::BooleanObject:
        case CellKind::BigIntObject:
            value = value.as<PrimitiveObject>()->primitive();
            break;
        default:
            break;
        }
    }
    if (value.is_null()) {
        TRY(builder_.append("null"));
        return true;
    }
    if (value.is_boolean()) {
        TRY(builder_.append(value.is_true() ? "true" : "false"));
        return true;
    }
    if (value.is_string()) {
        TRY(quote(value.as_string()));
        return true;
    }
    if (value.is_number()) {
        double number = value.as_number();
        char buffer[32];
        if (std::isfinite(number))
            TRY(builder_.append(std::string_view(buffer, number_to_latin1(number, buffer))));
        else
            TRY(builder_.append("null"));
        return true;
    }
    if (value.is_bigint())
        return agent_.throw_type_error("Cannot serialize a BigInt to JSON: convert it to a Number or String, "
                                       "or give BigInt.prototype a toJSON method");
    if (!value.is_object() || is_callable(value)) return false;
    if (TRY(is_array(agent_, value)))
        TRY(serialize_array(value.as_object()));
    else
        TRY(serialize_object(value.as_object()));
    return true;
}

// 25.5.4.4 SerializeJSONObject ( state, value )
Result<void> JsonSerializer::serialize_object(Object* object) {
    TRY(enter(object));
    RootVector<Value> own_keys(agent_.heap());
    const RootVector<Value>* keys = property_list_;
    if (!keys) {
        TRY(enumerable_own_properties(agent_, object, PropertyListKind::Key, own_keys));
        keys = &own_keys;
    }
    TRY(builder_.append(static_cast<char16_t>('{')));
    bool any = false;
    for (size_t i = 0; i < keys->size(); ++i) {
        String* name = (*keys)[i].as_string();
        PropertyKey key = TRY(PropertyKey::from_string(agent_, name));
        Value value = TRY(object->get(agent_, key));
        // The name goes first and is taken back when the value is left out.
        uint32_t before = builder_.length();
        if (any) TRY(builder_.append(static_cast<char16_t>(',')));
        TRY(new_line());
        TRY(quote(name));
        TRY(builder_.append(gap_.empty() ? ":" : ": "));
        if (TRY(serialize_property(object, key, value)))
            any = true;
        else
            builder_.truncate(before);
    }
    leave();
    if (any) TRY(new_line());
    return builder_.append(static_cast<char16_t>('}'));
}

// 25.5.4.5 SerializeJSONArray ( state, value )
Result<void> JsonSerializer::serialize_array(Object* object) {
    TRY(enter(object));
    uint64_t length = TRY(length_of_array_like(agent_, object));
    TRY(builder_.append(static_cast<char16_t>('[')));
    for (uint64_t i = 0; i < length; ++i) {
        if (i > 0) TRY(builder_.append(static_cast<char16_t>(',')));
        TRY(new_line());
        PropertyKey key = TRY(PropertyKey::from_integer(agent_, i));
        Value value = TRY(object->get(agent_, key));
        if (!TRY(serialize_property(object, key, value))) TRY(builder_.append("null"));
    }
    leave();
    if (length > 0) TRY(new_line());
    return builder_.append(static_cast<char16_t>(']'));
}

/// Steps 5.b of JSON.stringify: the names that an array as replacer allows, each once.
Result<void> collect_property_list(Agent& agent, Object* replacer, RootVector<Value>& list) {
    uint64_t length = TRY(length_of_array_like(agent, replacer));
    // The names seen, as properties of an object that nobody else has.
    Object* seen = TRY(Object::create(agent, nullptr));
    for (uint64_t i = 0; i < length; ++i) {
        TRY(agent.poll_interrupts());
        Value element = TRY(replacer->get(agent, TRY(PropertyKey::from_integer(agent, i))));
        bool wrapped = element.is_object() && (element.as_object()->kind() == CellKind::NumberObject ||
                                               element.as_object()->kind() == CellKind::StringObject);
        if (!element.is_string() && !element.is_number() && !wrapped) continue;
        String* item = TRY(to_string(agent, element));
        PropertyKey key = TRY(PropertyKey::from_string(agent, item));
        if (seen->own_property_direct(key)) continue;
        TRY(seen->define_direct(agent, key, Value::undefined()));
        if (!list.push_back(Value(item))) return agent.out_of_memory();
    }
    return {};
}

} // namespace

Result<Value> json_stringify(Agent& agent, const Arguments& arguments) {
    Value replacer = Value::undefined();
    RootVector<Value> property_list(agent.heap());
    bool has_property_list = false;
    if (is_callable(arguments[1])) {
        replacer = arguments[1];
    } else if (TRY(is_array(agent, arguments[1]))) {
        has_property_list = true;
        TRY(collect_property_list(agent, arguments[1].as_object(), property_list));
    }
    Value space = arguments[2];
    if (space.is_object() && space.as_object()->kind() == CellKind::NumberObject)
        space = Value::number(TRY(to_number(agent, space)));
    else if (space.is_object() && space.as_object()->kind() == CellKind::StringObject)
        space = Value(TRY(to_string(agent, space)));
    FlatView gap;
    String* gap_string = nullptr;
    constexpr std::string_view kSpaces = "          ";
    if (space.is_number()) {
        double width = std::min(10.0, truncate_to_integer_or_infinity(space.as_number()));
        if (width >= 1) gap = FlatView(kSpaces.substr(0, static_cast<size_t>(width)));
    } else if (space.is_string()) {
        gap_string = space.as_string();
        if (gap_string->length() > 10) gap_string = TRY(String::substring(agent, gap_string, 0, 10));
        gap = TRY(gap_string->flatten(agent));
    }
    Root<String> keep_gap(agent.heap(), gap_string);
    Object* wrapper = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(wrapper->define_direct(agent, atoms::empty, arguments[0]));
    JsonSerializer serializer(agent, replacer, gap, has_property_list ? &property_list : nullptr);
    if (!TRY(serializer.serialize_property(wrapper, atoms::empty, arguments[0]))) return Value::undefined();
    return Value(TRY(serializer.finish()));
}

} // namespace heddle
