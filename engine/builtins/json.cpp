// 25.5 The JSON Object: JSON.parse with source text access, JSON.rawJSON. JSON.stringify is in
// json_stringify.cpp.
#include "builtins/json.h"

#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/array.h"

#include <cmath>
#include <double-conversion/double-conversion.h>
#include <fmt/core.h>

namespace heddle {

// JSON Parse Records as arrays of Values, made only when there is a reviver: the value, then for a primitive
// its source text, for an array a record for each element, for an object a key and a record for each
// property.
//   primitive [value, source]    array [array, record, ...]    object [object, key, record, key, record, ...]

namespace {

class JsonParser {
public:
    JsonParser(Agent& agent, FlatView text, Object* object_prototype, bool with_records)
        : agent_(agent), text_(text), object_prototype_(object_prototype), values_(agent.heap()),
          records_(agent.heap()), with_records_(with_records) {}

    Fallible<Value> parse() {
        Value value = TRY(parse_value());
        skip_white_space();
        if (at_ < text_.length()) return unexpected();
        return value;
    }
    /// The record of the value that parse() returned.
    Value record() const { return record_; }

private:
    int peek() const { return at_ < text_.length() ? text_[at_] : -1; }
    void skip_white_space() {
        while (at_ < text_.length()) {
            char16_t unit = text_[at_];
            if (unit != ' ' && unit != '\n' && unit != '\r' && unit != '\t') return;
            ++at_;
        }
    }

    Failed unexpected() {
        if (at_ >= text_.length()) return agent_.throw_syntax_error("Unexpected end of JSON input");
        uint32_t line = 1;
        uint32_t column = 1;
        for (uint32_t i = 0; i < at_; ++i) {
            ++column;
            if (text_[i] != '\n') continue;
            ++line;
            column = 1;
        }
        return agent_.throw_syntax_error(fmt::format("Unexpected token '{}' in JSON at line {}, column {}",
                                                     text_.substring(at_, at_ + 1).to_utf8(), line, column));
    }

    /// Keeps `[value, source]` for a primitive that began at `start`.
    Fallible<Value> primitive(Value value, uint32_t start) {
        if (!with_records_) return value;
        String* source = TRY(String::create(agent_, text_.substring(start, at_)));
        ValueArray* record = TRY(ValueArray::create(agent_, 2, value));
        record->set(1, Value(source));
        record_ = Value(record);
        return value;
    }

    Fallible<Value> parse_value() {
        skip_white_space();
        uint32_t start = at_;
        int unit = peek();
        if ((++steps_ & 0xFFF) == 0) TRY(agent_.poll_interrupts());
        switch (unit) {
        case '{':
            return parse_object();
        case '[':
            return parse_array();
        case '"':
            return primitive(Value(TRY(parse_string())), start);
        case 't':
            return keyword("true", Value::boolean(true));
        case 'f':
            return keyword("false", Value::boolean(false));
        case 'n':
            return keyword("null", Value::null());
        default:
            if (unit == '-' || (unit >= '0' && unit <= '9')) return primitive(TRY(parse_number()), start);
            return unexpected();
        }
    }

    Fallible<Value> keyword(std::string_view word, Value value) {
        uint32_t start = at_;
        for (char c : word) {
            if (peek() != c) return unexpected();
            ++at_;
        }
        return primitive(value, start);
    }

    Fallible<Value> parse_number() {
        uint32_t start = at_;
        auto digits = [&] {
            uint32_t from = at_;
            while (peek() >= '0' && peek() <= '9')
                ++at_;
            return at_ > from;
        };
        if (peek() == '-') ++at_;
        bool integer = true;
        if (peek() == '0')
            ++at_;
        else if (!digits())
            return unexpected();
        if (peek() == '.') {
            integer = false;
            ++at_;
            if (!digits()) return unexpected();
        }
        if (peek() == 'e' || peek() == 'E') {
            integer = false;
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            if (!digits()) return unexpected();
        }
        FlatView text = text_.substring(start, at_);
        if (integer && text.length() <= 9 && text[0] != '-') {
            int32_t number = 0;
            for (uint32_t i = 0; i < text.length(); ++i)
                number = number * 10 + (text[i] - '0');
            return Value::int32(number);
        }
        return Value::number(string_to_number(text));
    }

    /// The span of a string without escapes, quotes left out; nothing when it needs decoding.
    Fallible<String*> parse_string() {
        uint32_t from = at_ + 1;
        uint32_t end = from;
        while (end < text_.length() && text_[end] != '"' && text_[end] != '\\' && text_[end] >= 0x20)
            ++end;
        if (end < text_.length() && text_[end] == '"') {
            at_ = end + 1;
            return String::create(agent_, text_.substring(from, end));
        }
        StringBuilder builder(agent_);
        TRY(builder.append(text_.substring(from, end)));
        at_ = end;
        for (;;) {
            if ((++steps_ & 0xFFF) == 0) TRY(agent_.poll_interrupts());
            int unit = peek();
            if (unit < 0x20) return unexpected(); // the end, or a control character
            ++at_;
            if (unit == '"') return builder.finish();
            if (unit == '\\') unit = TRY(parse_escape());
            TRY(builder.append(static_cast<char16_t>(unit)));
        }
    }

    Fallible<int> parse_escape() {
        int unit = peek();
        switch (unit) {
        case '"':
        case '\\':
        case '/':
            break;
        case 'b':
            unit = '\b';
            break;
        case 'f':
            unit = '\f';
            break;
        case 'n':
            unit = '\n';
            break;
        case 'r':
            unit = '\r';
            break;
        case 't':
            unit = '\t';
            break;
        case 'u': {
            int code = 0;
            for (int i = 0; i < 4; ++i) {
                ++at_;
                int digit = peek();
                if (digit >= '0' && digit <= '9')
                    digit -= '0';
                else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
                    digit = (digit | 0x20) - 'a' + 10;
                else
                    return unexpected();
                code = code * 16 + digit;
            }
            unit = code;
            break;
        }
        default:
            return unexpected();
        }
        ++at_;
        return unit;
    }

    Fallible<PropertyKey> parse_key() {
        if (peek() != '"') return unexpected();
        uint32_t from = at_ + 1;
        uint32_t end = from;
        while (end < text_.length() && text_[end] != '"' && text_[end] != '\\' && text_[end] >= 0x20)
            ++end;
        String* atom;
        if (end < text_.length() && text_[end] == '"') {
            at_ = end + 1;
            atom = TRY(agent_.atoms().intern(agent_, text_.substring(from, end)));
        } else {
            atom = TRY(agent_.atoms().intern(agent_, TRY(parse_string())));
        }
        return atom->array_index() == String::kNotIndex ? PropertyKey(atom)
                                                        : PropertyKey::index(atom->array_index());
    }

    Fallible<Value> parse_array() {
        TRY(agent_.check_stack());
        ++at_;
        size_t values = values_.size();
        size_t records = records_.size();
        skip_white_space();
        if (peek() == ']') {
            ++at_;
        } else {
            for (;;) {
                Value element = TRY(parse_value());
                if (!values_.push_back(element)) return agent_.out_of_memory();
                if (with_records_ && !records_.push_back(record_)) return agent_.out_of_memory();
                skip_white_space();
                if (peek() != ',' && peek() != ']') return unexpected();
                ++at_;
                if (text_[at_ - 1] == ']') break;
            }
        }
        Value array(TRY(Array::from_values(agent_, values_.span().subspan(values))));
        shrink(values_, values);
        return collect_record(array, records);
    }

    Fallible<Value> parse_object() {
        TRY(agent_.check_stack());
        ++at_;
        Object* object = TRY(Object::create(agent_, object_prototype_));
        size_t records = records_.size();
        skip_white_space();
        if (peek() == '}') {
            ++at_;
        } else {
            for (;;) {
                skip_white_space();
                PropertyKey key = TRY(parse_key());
                skip_white_space();
                if (peek() != ':') return unexpected();
                ++at_;
                Value value = TRY(parse_value());
                if (with_records_) TRY(keep_entry(object, key, records));
                TRY(object->define_direct(agent_, key, value));
                skip_white_space();
                if (peek() != ',' && peek() != '}') return unexpected();
                ++at_;
                if (text_[at_ - 1] == '}') break;
            }
        }
        return collect_record(Value(object), records);
    }

    /// Appends the record of a property; one of the same name that came before gives way.
    Fallible<void> keep_entry(Object* object, PropertyKey key, size_t first) {
        Value name = TRY(key.to_value(agent_));
        if (object->own_property_direct(key)) {
            for (size_t i = first; i < records_.size(); i += 2) {
                if (!same_value(records_[i], name)) continue;
                records_[i + 1] = record_;
                return {};
            }
        }
        if (!records_.push_back(name) || !records_.push_back(record_)) return agent_.out_of_memory();
        return {};
    }

    Fallible<Value> collect_record(Value value, size_t first) {
        if (!with_records_) return value;
        size_t count = records_.size() - first;
        if (count >= ValueArray::kMaxLength) return agent_.out_of_memory();
        ValueArray* record = TRY(ValueArray::create(agent_, static_cast<uint32_t>(count + 1), value));
        for (size_t i = 0; i < count; ++i)
            record->set(static_cast<uint32_t>(i + 1), records_[first + i]);
        shrink(records_, first);
        record_ = Value(record);
        return value;
    }

    static void shrink(RootVector<Value>& list, size_t size) {
        while (list.size() > size)
            list.pop_back();
    }

    Agent& agent_;
    FlatView text_;
    Object* object_prototype_;
    RootVector<Value> values_;
    RootVector<Value> records_;
    Value record_; // on the stack with the parser: the conservative scan sees it
    uint32_t at_ = 0;
    uint32_t steps_ = 0;
    bool with_records_;
};

/// The entry record of `key` in an object's record, or null. Starts where the last one was found: mostly the
/// order of the source.
ValueArray* find_entry(ValueArray* record, Value key, uint32_t& hint) {
    uint32_t pairs = (record->length() - 1) / 2;
    for (uint32_t i = 0; i < pairs; ++i) {
        uint32_t at = hint + i < pairs ? hint + i : hint + i - pairs;
        if (!same_value(record->get(1 + at * 2), key)) continue;
        hint = at + 1 < pairs ? at + 1 : 0;
        return static_cast<ValueArray*>(record->get(2 + at * 2).as_cell());
    }
    return nullptr;
}

// 25.5.1.1 InternalizeJSONProperty ( holder, name, reviver, parseRecord )
Result<Value> internalize(Agent& agent, Object* holder, PropertyKey name, Value reviver, ValueArray* record) {
    TRY(agent.check_stack());
    TRY(agent.poll_interrupts());
    Value value = TRY(holder->get(agent, name));
    Object* context = TRY(Object::create(agent, TRY(agent.intrinsic(Intrinsic::ObjectPrototype))));
    if (record && !same_value(record->get(0), value)) record = nullptr;
    if (record && !value.is_object()) TRY(context->define_direct(agent, atoms::source, record->get(1)));
    if (value.is_object()) {
        Object* object = value.as_object();
        auto revive = [&](PropertyKey key, ValueArray* child) -> Result<void> {
            Value revived = TRY(internalize(agent, object, key, reviver, child));
            if (revived.is_undefined())
                TRY(object->delete_property(agent, key));
            else
                TRY(object->create_data_property(agent, key, revived));
            return {};
        };
        if (TRY(is_array(agent, value))) {
            uint64_t length = TRY(length_of_array_like(agent, object));
            for (uint64_t i = 0; i < length; ++i) {
                ValueArray* child =
                    record && i + 1 < record->length()
                        ? static_cast<ValueArray*>(record->get(static_cast<uint32_t>(i + 1)).as_cell())
                        : nullptr;
                TRY(revive(TRY(PropertyKey::from_integer(agent, i)), child));
            }
        } else {
            RootVector<Value> keys(agent.heap());
            TRY(enumerable_own_properties(agent, object, PropertyListKind::Key, keys));
            uint32_t hint = 0;
            for (size_t i = 0; i < keys.size(); ++i) {
                ValueArray* child = record ? find_entry(record, keys[i], hint) : nullptr;
                TRY(revive(TRY(to_property_key(agent, keys[i])), child));
            }
        }
    }
    Value key = TRY(name.to_value(agent));
    return call(agent, reviver, Value(holder), {key, value, Value(context)});
}

// 25.5.1 JSON.parse ( text [ , reviver ] )
Result<Value> json_parse(Agent& agent, const Arguments& arguments) {
    String* text = TRY(to_string(agent, arguments[0]));
    FlatView view = TRY(text->flatten(agent));
    Value reviver = arguments[1];
    bool revives = is_callable(reviver);
    Object* object_prototype = TRY(agent.intrinsic(Intrinsic::ObjectPrototype));
    Value value;
    Value record;
    {
        JsonParser parser(agent, view, object_prototype, revives);
        value = TRY(parser.parse());
        record = parser.record();
    }
    if (!revives) return value;
    Object* root = TRY(Object::create(agent, object_prototype));
    TRY(root->define_direct(agent, atoms::empty, value));
    return internalize(agent, root, atoms::empty, reviver, static_cast<ValueArray*>(record.as_cell()));
}

// 25.5.3 JSON.rawJSON ( text )
Result<Value> json_raw_json(Agent& agent, const Arguments& arguments) {
    String* string = TRY(to_string(agent, arguments[0]));
    FlatView text = TRY(string->flatten(agent));
    if (text.empty())
        return agent.throw_syntax_error("JSON.rawJSON needs the text of a primitive, got an empty string");
    for (char16_t unit : {text[0], text[text.length() - 1]})
        if (unit == '\t' || unit == '\n' || unit == '\r' || unit == ' ')
            return agent.throw_syntax_error("JSON.rawJSON needs text without white space around it");
    if (text[0] == '[' || text[0] == '{')
        return agent.throw_syntax_error(
            "JSON.rawJSON needs the text of a primitive, not of an array or object");
    JsonParser parser(agent, text, nullptr, false);
    TRY(parser.parse());
    RawJson* object = TRY(RawJson::create(agent, string));
    return Value(object);
}

// 25.5.2 JSON.isRawJSON ( O )
Result<Value> json_is_raw_json(Agent&, const Arguments& arguments) {
    return Value::boolean(arguments[0].is<RawJson>());
}

} // namespace

Fallible<RawJson*> RawJson::create(Agent& agent, String* text) {
    Shape* shape = TRY(Shape::create_root(agent, nullptr, 0));
    RawJson* object = TRY(agent.heap().allocate<RawJson>(0, shape, text));
    TRY(object->define_direct(agent, atoms::rawJSON, Value(text), kEnumerable));
    // Ordinary: no user code runs here, so the Result can only carry "out of memory".
    if (object->prevent_extensions(agent).threw()) return Failed{};
    return object;
}

Fallible<Object*> create_json(Agent& agent, Realm& realm) {
    Object* json = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    const FunctionEntry functions[] = {
        {atoms::isRawJSON, json_is_raw_json, 1},
        {atoms::parse, json_parse, 2},
        {atoms::rawJSON, json_raw_json, 1},
        {atoms::stringify, json_stringify, 3},
    };
    TRY(define_functions(agent, realm, json, functions));
    TRY(define_to_string_tag(agent, json, atoms::JSON));
    return json;
}

Fallible<Value> parse_json(Agent& agent, String* text) {
    FlatView view = TRY(text->flatten(agent));
    JsonParser parser(agent, view, TRY(agent.intrinsic(Intrinsic::ObjectPrototype)), false);
    return parser.parse();
}

} // namespace heddle
