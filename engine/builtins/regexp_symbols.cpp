// Methods of RegExp.prototype behind String.prototype's: [Symbol.match], matchAll, replace, search and split,
// and RegExp String Iterator objects.
#include "builtins/builtin_iterator.h"
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/regexp_object.h"
#include "builtins/string.h"
#include "runtime/array.h"
#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

/// 22.2.9 RegExp String Iterator Objects
class RegExpStringIterator final : public BuiltinIterator {
public:
    static constexpr Family kFamily = Family::RegExpString;
    /// The next match, or null at the end.
    Result<Value> step(Agent& agent) {
        if (running_)
            return agent.throw_type_error("RegExp String Iterator: next() was called while next() runs");
        if (done_) return Value::null();
        running_ = true;
        Result<Value> match = advance(agent);
        running_ = false;
        // A throw ends the iteration, as it ends a generator.
        if (match.threw()) done_ = true;
        return match;
    }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(regexp_);
        visitor.visit(string_);
    }

private:
    friend class Heap;
    RegExpStringIterator(Shape* shape, Object* regexp, String* string, bool global, bool unicode)
        : BuiltinIterator(shape, kFamily), global_(global), unicode_(unicode) {
        regexp_.init(regexp);
        string_.init(string);
    }
    Result<Value> advance(Agent& agent) {
        Value match = TRY(regexp_exec(agent, regexp_, string_));
        if (match.is_null() || !global_) done_ = true;
        if (done_) return match;
        String* text = TRY(to_string(agent, TRY(match.as_object()->get(agent, PropertyKey::index(0)))));
        if (text->length() == 0) TRY(advance_last_index(agent, regexp_, string_, unicode_));
        return match;
    }
    Member<Object> regexp_;
    Member<String> string_;
    bool global_;
    bool unicode_;
    bool done_ = false;
    bool running_ = false;
};

namespace {

Fallible<Object*> this_object(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is_object()) return arguments.this_value().as_object();
    return agent.throw_type_error(
        fmt::format("RegExp.prototype[Symbol.{}] was called on {}, which is not an object", method,
                    display_string(arguments.this_value())));
}

/// ToString(Get(rx, "flags"))
Result<String*> flags_of(Agent& agent, Object* regexp) {
    return to_string(agent, TRY(regexp->get(agent, atoms::flags)));
}

Fallible<bool> has_flag(Agent& agent, String* flags, char16_t flag) {
    FlatView view = TRY(flags->flatten(agent));
    for (uint32_t i = 0; i < view.length(); ++i) {
        if (view[i] == flag) return true;
    }
    return false;
}

Fallible<bool> is_unicode(Agent& agent, String* flags) {
    return TRY(has_flag(agent, flags, u'u')) || TRY(has_flag(agent, flags, u'v'));
}

Result<String*> matched_text(Agent& agent, Value match) {
    return to_string(agent, TRY(match.as_object()->get(agent, PropertyKey::index(0))));
}

// 22.2.6.8 RegExp.prototype [ %Symbol.match% ] ( string )
Result<Value> regexp_match(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "match"));
    String* string = TRY(to_string(agent, arguments[0]));
    String* flags = TRY(flags_of(agent, regexp));
    if (!TRY(has_flag(agent, flags, u'g'))) return regexp_exec(agent, regexp, string);
    bool unicode = TRY(is_unicode(agent, flags));
    TRY(regexp->set_or_throw(agent, atoms::lastIndex, Value::int32(0)));
    Array* array = nullptr;
    for (;;) {
        TRY(agent.poll_interrupts());
        Value match = TRY(regexp_exec(agent, regexp, string));
        if (match.is_null()) return array ? Value(array) : Value::null();
        String* text = TRY(matched_text(agent, match));
        if (!array) array = TRY(Array::create(agent, 0));
        TRY(array->push_direct(agent, Value(text)));
        if (text->length() == 0) TRY(advance_last_index(agent, regexp, string, unicode));
    }
}

// 22.2.6.9 RegExp.prototype [ %Symbol.matchAll% ] ( string )
Result<Value> regexp_match_all(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "matchAll"));
    String* string = TRY(to_string(agent, arguments[0]));
    Object* constructor = TRY(species_constructor(agent, regexp, TRY(agent.intrinsic(Intrinsic::RegExp))));
    String* flags = TRY(flags_of(agent, regexp));
    Value values[] = {Value(regexp), Value(flags)};
    Object* matcher = TRY(construct(agent, constructor, values));
    uint64_t last_index = TRY(to_length(agent, TRY(regexp->get(agent, atoms::lastIndex))));
    TRY(matcher->set_or_throw(agent, atoms::lastIndex, Value::number(last_index)));
    bool global = TRY(has_flag(agent, flags, u'g'));
    bool unicode = TRY(is_unicode(agent, flags));
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::RegExpStringIteratorPrototype));
    return Value(
        TRY(agent.heap().allocate<RegExpStringIterator>(0, shape, matcher, string, global, unicode)));
}

/// Appends what replaces one match, after the text before it; `next` is the end of what has been appended.
Result<void> append_replacement(Agent& agent, StringBuilder& builder, String* string, Object* match,
                                Value replace, uint32_t& next) {
    uint64_t length = TRY(length_of_array_like(agent, match));
    String* matched = TRY(matched_text(agent, Value(match)));
    double index = TRY(to_integer_or_infinity(agent, TRY(match->get(agent, atoms::index))));
    auto position =
        static_cast<uint32_t>(std::min(std::max(index, 0.0), static_cast<double>(string->length())));
    bool is_function = is_callable(replace);
    // matched, captures…, position, string, groups: as the function gets them.
    RootVector<Value> values(agent.heap());
    if (!values.push_back(Value(matched))) return agent.out_of_memory();
    for (uint64_t n = 1; n < length; ++n) {
        Value capture = TRY(match->get(agent, TRY(PropertyKey::from_integer(agent, n))));
        if (!capture.is_undefined()) capture = Value(TRY(to_string(agent, capture)));
        if (!values.push_back(capture)) return agent.out_of_memory();
    }
    Value groups = TRY(match->get(agent, atoms::groups));
    uint32_t before = builder.length();
    bool in_order = position >= next;
    if (is_function) {
        bool complete = values.push_back(Value::number(position)) && values.push_back(Value(string)) &&
                        (groups.is_undefined() || values.push_back(groups));
        if (!complete) return agent.out_of_memory();
        String* replacement =
            TRY(to_string(agent, TRY(call(agent, replace, Value::undefined(), values.span()))));
        if (!in_order) return {};
        TRY(builder.append(TRY(string->flatten(agent)).substring(next, position)));
        TRY(builder.append(replacement));
    } else {
        if (!groups.is_undefined()) groups = Value(TRY(to_object(agent, groups)));
        if (in_order) TRY(builder.append(TRY(string->flatten(agent)).substring(next, position)));
        TRY(append_substitution(agent, builder, matched, string, position, values.span().subspan(1), groups,
                                replace.as_string()));
        if (!in_order) builder.truncate(before);
    }
    if (in_order)
        next = static_cast<uint32_t>(
            std::min<uint64_t>(uint64_t{position} + matched->length(), string->length()));
    return {};
}

// 22.2.6.11 RegExp.prototype [ %Symbol.replace% ] ( string, replaceValue )
Result<Value> regexp_replace(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "replace"));
    String* string = TRY(to_string(agent, arguments[0]));
    Value replace = arguments[1];
    if (!is_callable(replace)) replace = Value(TRY(to_string(agent, replace)));
    String* flags = TRY(flags_of(agent, regexp));
    bool global = TRY(has_flag(agent, flags, u'g'));
    bool unicode = false;
    if (global) {
        unicode = TRY(is_unicode(agent, flags));
        TRY(regexp->set_or_throw(agent, atoms::lastIndex, Value::int32(0)));
    }
    RootVector<Value> matches(agent.heap());
    for (;;) {
        TRY(agent.poll_interrupts());
        Value match = TRY(regexp_exec(agent, regexp, string));
        if (match.is_null()) break;
        if (!matches.push_back(match)) return agent.out_of_memory();
        if (!global) break;
        String* text = TRY(matched_text(agent, match));
        if (text->length() == 0) TRY(advance_last_index(agent, regexp, string, unicode));
    }
    if (matches.empty()) return Value(string);
    StringBuilder builder(agent);
    uint32_t next = 0;
    for (size_t i = 0; i < matches.size(); ++i)
        TRY(append_replacement(agent, builder, string, matches[i].as_object(), replace, next));
    TRY(builder.append(TRY(string->flatten(agent)).substring(next, string->length())));
    return Value(TRY(builder.finish()));
}

// 22.2.6.12 RegExp.prototype [ %Symbol.search% ] ( string )
Result<Value> regexp_search(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "search"));
    String* string = TRY(to_string(agent, arguments[0]));
    Value previous = TRY(regexp->get(agent, atoms::lastIndex));
    if (!same_value(previous, Value::int32(0)))
        TRY(regexp->set_or_throw(agent, atoms::lastIndex, Value::int32(0)));
    Value match = TRY(regexp_exec(agent, regexp, string));
    Value current = TRY(regexp->get(agent, atoms::lastIndex));
    if (!same_value(current, previous)) TRY(regexp->set_or_throw(agent, atoms::lastIndex, previous));
    if (match.is_null()) return Value::int32(-1);
    return match.as_object()->get(agent, atoms::index);
}

// 22.2.6.14 RegExp.prototype [ %Symbol.split% ] ( string, limit )
Result<Value> regexp_split(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "split"));
    String* string = TRY(to_string(agent, arguments[0]));
    Object* constructor = TRY(species_constructor(agent, regexp, TRY(agent.intrinsic(Intrinsic::RegExp))));
    String* flags = TRY(flags_of(agent, regexp));
    bool unicode = TRY(is_unicode(agent, flags));
    if (!TRY(has_flag(agent, flags, u'y')))
        flags = TRY(String::concatenate(agent, flags, TRY(String::from_code_unit(agent, u'y'))));
    Value values[] = {Value(regexp), Value(flags)};
    Object* splitter = TRY(construct(agent, constructor, values));
    Array* array = TRY(Array::create(agent, 0));
    uint32_t limit = arguments[1].is_undefined() ? 0xFFFF'FFFF : TRY(to_uint32(agent, arguments[1]));
    if (limit == 0) return Value(array);
    uint32_t size = string->length();
    if (size == 0) {
        if (TRY(regexp_exec(agent, splitter, string)).is_null())
            TRY(array->push_direct(agent, Value(string)));
        return Value(array);
    }
    uint32_t piece = 0;     // where the piece under way begins
    uint64_t candidate = 0; // where a separator is looked for
    while (candidate < size) {
        TRY(agent.poll_interrupts());
        TRY(splitter->set_or_throw(agent, atoms::lastIndex, Value::number(candidate)));
        Value match = TRY(regexp_exec(agent, splitter, string));
        uint64_t end = piece;
        if (!match.is_null())
            end =
                std::min<uint64_t>(TRY(to_length(agent, TRY(splitter->get(agent, atoms::lastIndex)))), size);
        if (match.is_null() || end == piece) {
            candidate = TRY(advance_string_index(agent, string, candidate, unicode));
            continue;
        }
        TRY(array->push_direct(
            agent, Value(TRY(String::substring(agent, string, piece, static_cast<uint32_t>(candidate))))));
        if (array->length() == limit) return Value(array);
        piece = static_cast<uint32_t>(end);
        uint64_t length = TRY(length_of_array_like(agent, match.as_object()));
        for (uint64_t i = 1; i < length; ++i) {
            TRY(array->push_direct(
                agent, TRY(match.as_object()->get(agent, TRY(PropertyKey::from_integer(agent, i))))));
            if (array->length() == limit) return Value(array);
        }
        candidate = piece;
    }
    TRY(array->push_direct(agent, Value(TRY(String::substring(agent, string, piece, size)))));
    return Value(array);
}

// 22.2.9.2.1 %RegExpStringIteratorPrototype%.next ( )
Result<Value> regexp_string_iterator_next(Agent& agent, const Arguments& arguments) {
    auto* iterator = builtin_iterator_or_null<RegExpStringIterator>(arguments.this_value());
    if (!iterator) {
        return agent.throw_type_error(
            fmt::format("%RegExpStringIteratorPrototype%.next needs a RegExp String Iterator, not {}",
                        display_string(arguments.this_value())));
    }
    Value match = TRY(iterator->step(agent));
    return Value(
        TRY(create_iter_result_object(agent, match.is_null() ? Value::undefined() : match, match.is_null())));
}

} // namespace

Fallible<void> define_regexp_symbols(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {symbols::match, regexp_match, 1},     {symbols::matchAll, regexp_match_all, 1},
        {symbols::replace, regexp_replace, 2}, {symbols::search, regexp_search, 1},
        {symbols::split, regexp_split, 2},
    };
    return define_functions(agent, realm, prototype, functions);
}

// 22.2.9.2 The %RegExpStringIteratorPrototype% Object
Fallible<Object*> create_regexp_string_iterator_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::IteratorPrototype))));
    realm.set_intrinsic(Intrinsic::RegExpStringIteratorPrototype, prototype);
    const FunctionEntry functions[] = {{atoms::next, regexp_string_iterator_next, 0}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::regexp_string_iterator));
    return prototype;
}

} // namespace heddle
