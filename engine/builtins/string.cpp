// 22.1 String Objects: the constructor and the methods that go by code units and positions. Those that go by
// patterns, by Unicode data, and those of Annex B are in string_patterns.cpp, string_unicode.cpp and
// string_html.cpp.
#include "builtins/string.h"

#include "builtins/builtin_iterator.h"
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/iterator_steps.h"
#include "runtime/iterator.h"
#include "runtime/primitive_objects.h"

#include <fmt/core.h>

namespace heddle {

Result<String*> this_string(Agent& agent, const Arguments& arguments, const char* method) {
    Value value = arguments.this_value();
    if (value.is_string()) [[likely]]
        return value.as_string();
    TRY(require_object_coercible(agent, value, method));
    return to_string(agent, value);
}

namespace {

// 22.1.1.1 String ( value )
Result<Value> string_constructor(Agent& agent, const Arguments& arguments) {
    String* string = atoms::empty;
    if (arguments.size() > 0) {
        if (!arguments.is_construct() && arguments[0].is_symbol()) {
            // 20.4.3.3.1 SymbolDescriptiveString ( sym )
            StringBuilder builder(agent);
            TRY(builder.append(std::string_view("Symbol(")));
            if (String* description = arguments[0].as_symbol()->description())
                TRY(builder.append(description));
            TRY(builder.append(u')'));
            return Value(TRY(builder.finish()));
        }
        string = TRY(to_string(agent, arguments[0]));
    }
    if (!arguments.is_construct()) return Value(string);
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::StringPrototype));
    return Value(TRY(StringObject::create(agent, shape, string)));
}

// 22.1.2.1 String.fromCharCode ( ...codeUnits )
Result<Value> string_from_char_code(Agent& agent, const Arguments& arguments) {
    if (arguments.size() == 1)
        return Value(TRY(String::from_code_unit(agent, TRY(to_uint16(agent, arguments[0])))));
    StringBuilder builder(agent);
    for (Value argument : arguments.values())
        TRY(builder.append(static_cast<char16_t>(TRY(to_uint16(agent, argument)))));
    return Value(TRY(builder.finish()));
}

// 22.1.2.2 String.fromCodePoint ( ...codePoints )
Result<Value> string_from_code_point(Agent& agent, const Arguments& arguments) {
    StringBuilder builder(agent);
    for (Value argument : arguments.values()) {
        double number = TRY(to_number(agent, argument));
        if (!(number >= 0 && number <= 0x10FFFF) || std::trunc(number) != number) {
            return agent.throw_range_error(
                fmt::format("{} is not a code point: it must be an integer from 0 to 0x10FFFF",
                            display_string(Value::number(number))));
        }
        TRY(builder.append_code_point(static_cast<char32_t>(number)));
    }
    return Value(TRY(builder.finish()));
}

// 22.1.2.4 String.raw ( template, ...substitutions )
Result<Value> string_raw(Agent& agent, const Arguments& arguments) {
    Object* cooked = TRY(to_object(agent, arguments[0]));
    Object* literals = TRY(to_object(agent, TRY(cooked->get(agent, atoms::raw))));
    uint64_t count = TRY(length_of_array_like(agent, literals));
    StringBuilder builder(agent);
    for (uint64_t i = 0; i < count; ++i) {
        if ((i & 0xFFF) == 0) TRY(agent.poll_interrupts());
        Value literal = TRY(literals->get(agent, TRY(PropertyKey::from_integer(agent, i))));
        TRY(builder.append(TRY(to_string(agent, literal))));
        if (i + 1 < count && i + 1 < arguments.size())
            TRY(builder.append(TRY(to_string(agent, arguments[i + 1]))));
    }
    return Value(TRY(builder.finish()));
}

/// `value` as a position: ToIntegerOrInfinity, clamped to 0..length.
Result<uint32_t> to_clamped_position(Agent& agent, Value value, uint32_t length) {
    if (value.is_int32()) [[likely]]
        return value.as_int32() < 0 ? 0 : std::min(static_cast<uint32_t>(value.as_int32()), length);
    double position = TRY(to_integer_or_infinity(agent, value));
    return static_cast<uint32_t>(std::min(std::max(position, 0.0), static_cast<double>(length)));
}

/// As to_clamped_position, where a negative number counts from the end.
Result<uint32_t> to_relative_position(Agent& agent, Value value, uint32_t length) {
    double position = TRY(to_integer_or_infinity(agent, value));
    if (position < 0) position += length;
    return static_cast<uint32_t>(std::min(std::max(position, 0.0), static_cast<double>(length)));
}

/// The code unit at `value` as a position (relative to the end when `relative` and negative), or nothing.
Result<std::optional<uint32_t>> to_index_within(Agent& agent, Value value, uint32_t length, bool relative) {
    double position = TRY(to_integer_or_infinity(agent, value));
    if (relative && position < 0) position += length;
    if (!(position >= 0 && position < length)) return std::optional<uint32_t>();
    return std::optional(static_cast<uint32_t>(position));
}

// 22.1.3.1 String.prototype.at ( index )
Result<Value> string_at(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.at"));
    auto index = TRY(to_index_within(agent, arguments[0], string->length(), true));
    if (!index) return Value::undefined();
    return Value(TRY(String::from_code_unit(agent, TRY(string->at(agent, *index)))));
}

// 22.1.3.2 String.prototype.charAt ( pos )
Result<Value> string_char_at(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.charAt"));
    auto index = TRY(to_index_within(agent, arguments[0], string->length(), false));
    if (!index) return Value(&atoms::empty);
    return Value(TRY(String::from_code_unit(agent, TRY(string->at(agent, *index)))));
}

// 22.1.3.3 String.prototype.charCodeAt ( pos )
Result<Value> string_char_code_at(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.charCodeAt"));
    auto index = TRY(to_index_within(agent, arguments[0], string->length(), false));
    if (!index) return Value::number(__builtin_nan(""));
    return Value::int32(TRY(string->at(agent, *index)));
}

// 22.1.3.4 String.prototype.codePointAt ( pos )
Result<Value> string_code_point_at(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.codePointAt"));
    auto index = TRY(to_index_within(agent, arguments[0], string->length(), false));
    if (!index) return Value::undefined();
    uint32_t width;
    return Value::number(static_cast<uint32_t>(TRY(string->flatten(agent)).code_point_at(*index, width)));
}

// 22.1.3.5 String.prototype.concat ( ...args )
Result<Value> string_concat(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.concat"));
    for (Value argument : arguments.values())
        string = TRY(String::concatenate(agent, string, TRY(to_string(agent, argument))));
    return Value(string);
}

/// ToString(searchString), which must not be a regular expression.
Result<String*> to_search_string(Agent& agent, Value value, const char* method) {
    if (value.is_string()) return value.as_string();
    if (TRY(is_regexp(agent, value))) {
        return agent.throw_type_error(fmt::format("{} searches for a string, not for a regular expression: "
                                                  "use its test() or String.prototype.search",
                                                  method));
    }
    return to_string(agent, value);
}

// 22.1.3.7 String.prototype.endsWith ( searchString [ , endPosition ] )
Result<Value> string_ends_with(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.endsWith"));
    String* search = TRY(to_search_string(agent, arguments[0], "String.prototype.endsWith"));
    uint32_t end = arguments[1].is_undefined()
                       ? string->length()
                       : TRY(to_clamped_position(agent, arguments[1], string->length()));
    if (search->length() > end) return Value::boolean(false);
    FlatView view = TRY(string->flatten(agent));
    return Value::boolean(view.substring(end - search->length(), end).equals(TRY(search->flatten(agent))));
}

} // namespace

Fallible<int64_t> polled_index_of(Agent& agent, FlatView view, FlatView needle, uint32_t from) {
    constexpr uint32_t kPiece = 1 << 18;
    while (view.length() - from > kPiece + needle.length()) {
        // Matches that begin in the piece.
        int64_t found = view.substring(from, from + kPiece + needle.length()).index_of(needle, 0);
        if (found >= 0) return found + from;
        from += kPiece;
        TRY(agent.poll_interrupts());
    }
    return view.index_of(needle, from);
}

namespace {

// 22.1.3.8 String.prototype.includes ( searchString [ , position ] )
Result<Value> string_includes(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.includes"));
    String* search = TRY(to_search_string(agent, arguments[0], "String.prototype.includes"));
    uint32_t start = TRY(to_clamped_position(agent, arguments[1], string->length()));
    return Value::boolean(TRY(polled_index_of(agent, TRY(string->flatten(agent)), TRY(search->flatten(agent)), start)) >= 0);
}

// 22.1.3.9 String.prototype.indexOf ( searchString [ , position ] )
Result<Value> string_index_of(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.indexOf"));
    String* search = TRY(to_string(agent, arguments[0]));
    uint32_t start = TRY(to_clamped_position(agent, arguments[1], string->length()));
    return Value::number(TRY(polled_index_of(agent, TRY(string->flatten(agent)), TRY(search->flatten(agent)), start)));
}

// 22.1.3.11 String.prototype.lastIndexOf ( searchString [ , position ] )
Result<Value> string_last_index_of(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.lastIndexOf"));
    String* search = TRY(to_string(agent, arguments[0]));
    double number = TRY(to_number(agent, arguments[1]));
    double position = std::isnan(number) ? HUGE_VAL : truncate_to_integer_or_infinity(number);
    if (search->length() > string->length()) return Value::int32(-1);
    uint32_t last = string->length() - search->length();
    auto start = static_cast<int64_t>(std::min(std::max(position, 0.0), static_cast<double>(last)));
    FlatView view = TRY(string->flatten(agent));
    FlatView needle = TRY(search->flatten(agent));
    for (int64_t at = start; at >= 0; --at) {
        auto from = static_cast<uint32_t>(at);
        if (view.substring(from, from + needle.length()).equals(needle)) return Value::number(at);
    }
    return Value::int32(-1);
}

// 22.1.3.17.1 StringPaddingBuiltinsImpl ( O, maxLength, fillString, placement )
Result<Value> pad(Agent& agent, const Arguments& arguments, const char* method, bool at_start) {
    String* string = TRY(this_string(agent, arguments, method));
    uint64_t length = TRY(to_length(agent, arguments[0]));
    if (length <= string->length()) return Value(string);
    String* filler = arguments[1].is_undefined() ? TRY(String::from_code_unit(agent, u' '))
                                                 : TRY(to_string(agent, arguments[1]));
    if (filler->length() == 0) return Value(string);
    if (length > String::kMaxLength) {
        return agent.throw_range_error(fmt::format(
            "Invalid string length {}: strings hold at most {} code units", length, String::kMaxLength));
    }
    uint64_t fill_length = length - string->length();
    StringBuilder builder(agent);
    if (!at_start) TRY(builder.append(string));
    FlatView fill = TRY(filler->flatten(agent));
    for (uint64_t i = 0; i < fill_length / fill.length(); ++i)
        TRY(builder.append(fill));
    TRY(builder.append(fill.substring(0, static_cast<uint32_t>(fill_length % fill.length()))));
    if (at_start) TRY(builder.append(string));
    return Value(TRY(builder.finish()));
}

// 22.1.3.16 String.prototype.padEnd, 22.1.3.17 String.prototype.padStart ( maxLength [ , fillString ] )
Result<Value> string_pad_end(Agent& agent, const Arguments& arguments) {
    return pad(agent, arguments, "String.prototype.padEnd", false);
}
Result<Value> string_pad_start(Agent& agent, const Arguments& arguments) {
    return pad(agent, arguments, "String.prototype.padStart", true);
}

// 22.1.3.18 String.prototype.repeat ( count )
Result<Value> string_repeat(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.repeat"));
    double count = TRY(to_integer_or_infinity(agent, arguments[0]));
    if (!(count >= 0) || std::isinf(count)) {
        return agent.throw_range_error(
            fmt::format("Invalid count {}: repeat() needs a finite count that is not negative",
                        display_string(Value::number(count))));
    }
    if (string->length() == 0 || count == 0) return Value(&atoms::empty);
    if (count * string->length() > String::kMaxLength) {
        return agent.throw_range_error(
            fmt::format("Invalid string length: {} times {} code units is more than a string holds ({})",
                        display_string(Value::number(count)), string->length(), String::kMaxLength));
    }
    auto times = static_cast<uint32_t>(count);
    FlatView view = TRY(string->flatten(agent));
    StringBuilder builder(agent);
    for (uint32_t i = 0; i < times; ++i) {
        if ((i & 0xFFFF) == 0xFFFF) TRY(agent.poll_interrupts());
        TRY(builder.append(view));
    }
    return Value(TRY(builder.finish()));
}

// 22.1.3.22 String.prototype.slice ( start, end )
Result<Value> string_slice(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.slice"));
    uint32_t length = string->length();
    uint32_t from = TRY(to_relative_position(agent, arguments[0], length));
    uint32_t to =
        arguments[1].is_undefined() ? length : TRY(to_relative_position(agent, arguments[1], length));
    if (from >= to) return Value(&atoms::empty);
    return Value(TRY(String::substring(agent, string, from, to)));
}

// 22.1.3.24 String.prototype.startsWith ( searchString [ , position ] )
Result<Value> string_starts_with(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.startsWith"));
    String* search = TRY(to_search_string(agent, arguments[0], "String.prototype.startsWith"));
    uint32_t start = TRY(to_clamped_position(agent, arguments[1], string->length()));
    if (search->length() > string->length() - start) return Value::boolean(false);
    FlatView view = TRY(string->flatten(agent));
    return Value::boolean(
        view.substring(start, start + search->length()).equals(TRY(search->flatten(agent))));
}

// 22.1.3.25 String.prototype.substring ( start, end )
Result<Value> string_substring(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.substring"));
    uint32_t length = string->length();
    uint32_t start = TRY(to_clamped_position(agent, arguments[0], length));
    uint32_t end =
        arguments[1].is_undefined() ? length : TRY(to_clamped_position(agent, arguments[1], length));
    return Value(TRY(String::substring(agent, string, std::min(start, end), std::max(start, end))));
}

// B.2.2.1 String.prototype.substr ( start, length )
Result<Value> string_substr(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype.substr"));
    uint32_t size = string->length();
    uint32_t start = TRY(to_relative_position(agent, arguments[0], size));
    double length = arguments[1].is_undefined() ? size : TRY(to_integer_or_infinity(agent, arguments[1]));
    length = std::min(std::max(length, 0.0), static_cast<double>(size));
    auto end = static_cast<uint32_t>(std::min(start + length, static_cast<double>(size)));
    return Value(TRY(String::substring(agent, string, start, end)));
}

// 22.1.3.35.1 ThisStringValue ( value )
Fallible<Value> this_string_value(Agent& agent, Value value, const char* method) {
    if (value.is_string()) return value;
    if (value.is<StringObject>()) return Value(value.as<StringObject>()->string());
    return agent.throw_type_error(
        fmt::format("{} was called on {}, which is not a string", method, display_string(value)));
}

// 22.1.3.29 String.prototype.toString ( )
Result<Value> string_to_string(Agent& agent, const Arguments& arguments) {
    return this_string_value(agent, arguments.this_value(), "String.prototype.toString");
}

// 22.1.3.35 String.prototype.valueOf ( )
Result<Value> string_value_of(Agent& agent, const Arguments& arguments) {
    return this_string_value(agent, arguments.this_value(), "String.prototype.valueOf");
}

// 22.1.3.32.1 TrimString ( string, where )
Result<Value> trim(Agent& agent, const Arguments& arguments, const char* method, bool start, bool end) {
    String* string = TRY(this_string(agent, arguments, method));
    FlatView view = TRY(string->flatten(agent));
    auto from = view.length() - trim_white_space(view, true, false).length();
    if (!start) from = 0;
    auto to = end ? std::max(from, trim_white_space(view, false, true).length()) : view.length();
    return Value(TRY(String::substring(agent, string, from, to)));
}

// 22.1.3.32 trim, 22.1.3.33 trimEnd, 22.1.3.34 trimStart ( )
Result<Value> string_trim(Agent& agent, const Arguments& arguments) {
    return trim(agent, arguments, "String.prototype.trim", true, true);
}
Result<Value> string_trim_end(Agent& agent, const Arguments& arguments) {
    return trim(agent, arguments, "String.prototype.trimEnd", false, true);
}
Result<Value> string_trim_start(Agent& agent, const Arguments& arguments) {
    return trim(agent, arguments, "String.prototype.trimStart", true, false);
}

/// What %StringIteratorPrototype%.next walks: 22.1.5 String Iterator Objects.
class StringIterator final : public BuiltinIterator {
public:
    static constexpr Family kFamily = Family::String;
    /// The next code point as a string, or nothing.
    Fallible<String*> step(Agent& agent) {
        String* string = string_;
        if (!string) return static_cast<String*>(nullptr);
        if (position_ >= string->length()) {
            string_.clear();
            return static_cast<String*>(nullptr);
        }
        uint32_t width;
        char32_t point = TRY(string->flatten(agent)).code_point_at(position_, width);
        position_ += width;
        return String::from_code_point(agent, point);
    }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(string_);
    }

private:
    friend class heddle::Heap;
    StringIterator(Shape* shape, String* string) : BuiltinIterator(shape, kFamily) { string_.init(string); }
    Member<String> string_; // null when the iteration is over
    uint32_t position_ = 0;
};

// 22.1.3.36 String.prototype [ %Symbol.iterator% ] ( )
Result<Value> string_iterator(Agent& agent, const Arguments& arguments) {
    String* string = TRY(this_string(agent, arguments, "String.prototype[Symbol.iterator]"));
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::StringIteratorPrototype));
    return Value(TRY(agent.heap().allocate<StringIterator>(0, shape, string)));
}

} // namespace

Result<std::optional<Value>> string_iterator_step(Agent& agent, Value self) {
    auto* iterator = builtin_iterator_or_null<StringIterator>(self);
    if (!iterator)
        return agent.throw_type_error(fmt::format("%StringIteratorPrototype%.next needs a String Iterator, not {}", display_string(self)));
    String* next = TRY(iterator->step(agent));
    return next ? std::optional(Value(next)) : std::optional<Value>();
}

// 22.1.5.1.1 %StringIteratorPrototype%.next ( )
Result<Value> string_iterator_next(Agent& agent, const Arguments& arguments) {
    return iterator_result_of(agent, string_iterator_step(agent, arguments.this_value()));
}

// 22.1.2 Properties of the String Constructor
Fallible<Object*> create_string(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::String, Intrinsic::StringPrototype,
                                                 string_constructor, 1, atoms::String));
    const FunctionEntry functions[] = {
        {atoms::fromCharCode, string_from_char_code, 1},
        {atoms::fromCodePoint, string_from_code_point, 1},
        {atoms::raw, string_raw, 1},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    return constructor;
}

// 22.1.3 Properties of the String Prototype Object
Fallible<Object*> create_string_prototype(Agent& agent, Realm& realm) {
    Shape* shape = TRY(realm.root_shape(Intrinsic::ObjectPrototype));
    Object* prototype = TRY(StringObject::create(agent, shape, atoms::empty));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::StringPrototype, Intrinsic::String));
    const FunctionEntry functions[] = {
        {atoms::at, string_at, 1},
        {atoms::charAt, string_char_at, 1},
        {atoms::charCodeAt, string_char_code_at, 1},
        {atoms::codePointAt, string_code_point_at, 1},
        {atoms::concat, string_concat, 1},
        {atoms::endsWith, string_ends_with, 1},
        {atoms::includes, string_includes, 1},
        {atoms::indexOf, string_index_of, 1},
        {atoms::lastIndexOf, string_last_index_of, 1},
        {atoms::padEnd, string_pad_end, 1},
        {atoms::padStart, string_pad_start, 1},
        {atoms::repeat, string_repeat, 1},
        {atoms::slice, string_slice, 2},
        {atoms::startsWith, string_starts_with, 1},
        {atoms::substr, string_substr, 2},
        {atoms::substring, string_substring, 2},
        {atoms::toString, string_to_string, 0},
        {atoms::trim, string_trim, 0},
        {atoms::trimEnd, string_trim_end, 0},
        {atoms::trimStart, string_trim_start, 0},
        {atoms::valueOf, string_value_of, 0},
        {symbols::iterator, string_iterator, 0},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    // B.2.2.15 trimLeft and B.2.2.16 trimRight are the same function objects as trimStart and trimEnd.
    TRY(prototype->define_direct(agent, atoms::trimLeft,
                                 *prototype->own_property_direct(atoms::trimStart)->value,
                                 kBuiltinAttributes));
    TRY(prototype->define_direct(agent, atoms::trimRight,
                                 *prototype->own_property_direct(atoms::trimEnd)->value, kBuiltinAttributes));
    TRY(define_string_patterns(agent, realm, prototype));
    TRY(define_string_unicode(agent, realm, prototype));
    TRY(define_string_html(agent, realm, prototype));
    return prototype;
}

// 22.1.5.1 The %StringIteratorPrototype% Object
Fallible<Object*> create_string_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::IteratorPrototype))));
    realm.set_intrinsic(Intrinsic::StringIteratorPrototype, prototype);
    const FunctionEntry functions[] = {{atoms::next, string_iterator_next, 0}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::string_iterator));
    return prototype;
}

} // namespace heddle
