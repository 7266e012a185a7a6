// Methods of String.prototype that look for a pattern: match, matchAll, replace, replaceAll, search and
// split. A pattern that is an object brings the behaviour itself, as the method of a well-known symbol.
#include "builtins/string.h"

#include "runtime/array.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// 22.2.3.1 RegExpCreate ( P, F )
Result<Value> regexp_create(Agent& agent, Value pattern, Value flags) {
    if (!agent.realm().table().creators[static_cast<size_t>(Intrinsic::RegExp)]) {
        return agent.throw_type_error(
            "This build has no regular expressions: pass a string to replace() or split() instead");
    }
    Object* constructor = TRY(agent.intrinsic(Intrinsic::RegExp));
    Value values[] = {pattern, flags};
    return Value(TRY(construct(agent, constructor, values)));
}

/// The method that an object pattern has under `symbol`, or undefined.
Result<Value> pattern_method(Agent& agent, Value pattern, PropertyKey symbol) {
    if (!pattern.is_object()) return Value::undefined();
    return get_method(agent, pattern, symbol);
}

/// A regular expression with the flag "g", or something that is no regular expression.
Result<void> require_global(Agent& agent, Value pattern, const char* method) {
    if (!TRY(is_regexp(agent, pattern))) return {};
    Value flags = TRY(pattern.as_object()->get(agent, atoms::flags));
    TRY(require_object_coercible(agent, flags, "The flags of a regular expression"));
    String* text = TRY(to_string(agent, flags));
    if (TRY(text->flatten(agent)).index_of(FlatView("g"), 0) >= 0) return {};
    return agent.throw_type_error(fmt::format("{} needs a regular expression with the flag g", method));
}

/// match, matchAll and search with a pattern that is not an object with that behaviour.
Result<Value> invoke_on_new_regexp(Agent& agent, String* string, Value pattern, Value flags,
                                   PropertyKey symbol) {
    Value regexp = TRY(regexp_create(agent, pattern, flags));
    return invoke(agent, regexp, symbol, {Value(string)});
}

// 22.1.3.13 String.prototype.match ( regexp )
Result<Value> string_match(Agent& agent, const Arguments& arguments) {
    Value self = arguments.this_value();
    TRY(require_object_coercible(agent, self, "String.prototype.match"));
    Value matcher = TRY(pattern_method(agent, arguments[0], symbols::match));
    if (!matcher.is_undefined()) return call(agent, matcher, arguments[0], {self});
    return invoke_on_new_regexp(agent, TRY(to_string(agent, self)), arguments[0], Value::undefined(),
                                symbols::match);
}

// 22.1.3.14 String.prototype.matchAll ( regexp )
Result<Value> string_match_all(Agent& agent, const Arguments& arguments) {
    Value self = arguments.this_value();
    TRY(require_object_coercible(agent, self, "String.prototype.matchAll"));
    if (arguments[0].is_object()) {
        TRY(require_global(agent, arguments[0], "String.prototype.matchAll"));
        Value matcher = TRY(pattern_method(agent, arguments[0], symbols::matchAll));
        if (!matcher.is_undefined()) return call(agent, matcher, arguments[0], {self});
    }
    String* string = TRY(to_string(agent, self));
    Value flags(TRY(String::from_code_unit(agent, u'g')));
    return invoke_on_new_regexp(agent, string, arguments[0], flags, symbols::matchAll);
}

// 22.1.3.21 String.prototype.search ( regexp )
Result<Value> string_search(Agent& agent, const Arguments& arguments) {
    Value self = arguments.this_value();
    TRY(require_object_coercible(agent, self, "String.prototype.search"));
    Value searcher = TRY(pattern_method(agent, arguments[0], symbols::search));
    if (!searcher.is_undefined()) return call(agent, searcher, arguments[0], {self});
    return invoke_on_new_regexp(agent, TRY(to_string(agent, self)), arguments[0], Value::undefined(),
                                symbols::search);
}

/// What stands in for one match at `position`: the result of the function, or the template filled in.
Result<void> append_replacement(Agent& agent, StringBuilder& builder, String* string, String* search,
                                uint32_t position, Value replace) {
    if (is_callable(replace)) {
        Value result = TRY(call(agent, replace, Value::undefined(),
                                {Value(search), Value::number(position), Value(string)}));
        return builder.append(TRY(to_string(agent, result)));
    }
    return append_substitution(agent, builder, search, string, position, {}, Value::undefined(),
                               replace.as_string());
}

Result<Value> replace_in_string(Agent& agent, const Arguments& arguments, const char* method, bool all) {
    Value self = arguments.this_value();
    TRY(require_object_coercible(agent, self, method));
    if (arguments[0].is_object()) {
        if (all) TRY(require_global(agent, arguments[0], method));
        Value replacer = TRY(pattern_method(agent, arguments[0], symbols::replace));
        if (!replacer.is_undefined()) return call(agent, replacer, arguments[0], {self, arguments[1]});
    }
    String* string = TRY(to_string(agent, self));
    String* search = TRY(to_string(agent, arguments[0]));
    Value replace = arguments[1];
    if (!is_callable(replace)) replace = Value(TRY(to_string(agent, replace)));
    FlatView view = TRY(string->flatten(agent));
    FlatView needle = TRY(search->flatten(agent));
    // The positions of all matches are settled before the first replacement is computed; since strings never
    // change, searching as we go gives the same ones.
    uint32_t advance_by = std::max(1u, needle.length());
    int64_t found = TRY(polled_index_of(agent, view, needle, 0));
    if (found < 0) return Value(string);
    uint32_t end_of_last = 0;
    uint32_t matches = 0;
    StringBuilder builder(agent);
    while (found >= 0) {
        if ((++matches & 0xFFF) == 0) TRY(agent.poll_interrupts());
        auto position = static_cast<uint32_t>(found);
        TRY(builder.append(view.substring(end_of_last, position)));
        TRY(append_replacement(agent, builder, string, search, position, replace));
        end_of_last = position + needle.length();
        if (!all || position + advance_by > view.length()) break;
        found = TRY(polled_index_of(agent, view, needle, position + advance_by));
    }
    TRY(builder.append(view.substring(end_of_last, view.length())));
    return Value(TRY(builder.finish()));
}

// 22.1.3.19 String.prototype.replace ( searchValue, replaceValue )
Result<Value> string_replace(Agent& agent, const Arguments& arguments) {
    return replace_in_string(agent, arguments, "String.prototype.replace", false);
}

// 22.1.3.20 String.prototype.replaceAll ( searchValue, replaceValue )
Result<Value> string_replace_all(Agent& agent, const Arguments& arguments) {
    return replace_in_string(agent, arguments, "String.prototype.replaceAll", true);
}

// 22.1.3.23 String.prototype.split ( separator, limit )
Result<Value> string_split(Agent& agent, const Arguments& arguments) {
    Value self = arguments.this_value();
    TRY(require_object_coercible(agent, self, "String.prototype.split"));
    Value splitter = TRY(pattern_method(agent, arguments[0], symbols::split));
    if (!splitter.is_undefined()) return call(agent, splitter, arguments[0], {self, arguments[1]});
    String* string = TRY(to_string(agent, self));
    uint32_t limit = arguments[1].is_undefined() ? 0xFFFF'FFFF : TRY(to_uint32(agent, arguments[1]));
    String* separator = TRY(to_string(agent, arguments[0]));
    Array* array = TRY(Array::create(agent, 0));
    if (limit == 0) return Value(array);
    if (arguments[0].is_undefined()) {
        TRY(array->push_direct(agent, Value(string)));
        return Value(array);
    }
    FlatView view = TRY(string->flatten(agent));
    FlatView needle = TRY(separator->flatten(agent));
    if (needle.empty()) {
        uint32_t count = std::min(view.length(), limit);
        for (uint32_t i = 0; i < count; ++i) {
            if ((i & 0xFFF) == 0) TRY(agent.poll_interrupts());
            TRY(array->push_direct(agent, Value(TRY(String::from_code_unit(agent, view[i])))));
        }
        return Value(array);
    }
    uint32_t from = 0;
    for (int64_t found = TRY(polled_index_of(agent, view, needle, 0)); found >= 0; found = TRY(polled_index_of(agent, view, needle, from))) {
        auto at = static_cast<uint32_t>(found);
        TRY(array->push_direct(agent, Value(TRY(String::substring(agent, string, from, at)))));
        if (array->length() == limit) return Value(array);
        if ((array->length() & 0xFFF) == 0) TRY(agent.poll_interrupts());
        from = at + needle.length();
    }
    TRY(array->push_direct(agent, Value(TRY(String::substring(agent, string, from, view.length())))));
    return Value(array);
}

bool is_digit(char16_t unit) {
    return unit >= u'0' && unit <= u'9';
}

} // namespace

// 22.1.3.19.1 GetSubstitution ( matched, str, position, captures, namedCaptures, replacementTemplate )
Result<void> append_substitution(Agent& agent, StringBuilder& builder, String* matched, String* string,
                                 uint32_t position, std::span<const Value> captures, Value named_captures,
                                 String* replacement) {
    FlatView format = TRY(replacement->flatten(agent));
    uint32_t end = format.length();
    uint32_t i = 0;
    while (i < end) {
        int64_t dollar = format.index_of(FlatView("$"), i);
        if (dollar < 0 || static_cast<uint32_t>(dollar) + 1 >= end) break;
        auto at = static_cast<uint32_t>(dollar);
        TRY(builder.append(format.substring(i, at)));
        char16_t next = format[at + 1];
        i = at + 2;
        if (next == u'$') {
            TRY(builder.append(u'$'));
        } else if (next == u'&') {
            TRY(builder.append(matched));
        } else if (next == u'`') {
            TRY(builder.append(TRY(string->flatten(agent)).substring(0, position)));
        } else if (next == u'\'') {
            FlatView view = TRY(string->flatten(agent));
            uint64_t tail =
                std::min<uint64_t>(static_cast<uint64_t>(position) + matched->length(), view.length());
            TRY(builder.append(view.substring(static_cast<uint32_t>(tail), view.length())));
        } else if (is_digit(next)) {
            uint32_t index = next - u'0';
            uint32_t digits = 1;
            if (i < end && is_digit(format[i]) && index * 10 + (format[i] - u'0') <= captures.size()) {
                index = index * 10 + (format[i] - u'0');
                digits = 2;
            }
            i = at + 1 + digits;
            if (index >= 1 && index <= captures.size()) {
                Value capture = captures[index - 1];
                if (!capture.is_undefined()) TRY(builder.append(TRY(to_string(agent, capture))));
            } else {
                TRY(builder.append(format.substring(at, i)));
            }
        } else if (next == u'<' && !named_captures.is_undefined()) {
            int64_t close = format.index_of(FlatView(">"), at);
            if (close < 0) {
                TRY(builder.append(std::string_view("$<")));
                continue;
            }
            String* name = TRY(String::substring(agent, replacement, at + 2, static_cast<uint32_t>(close)));
            i = static_cast<uint32_t>(close) + 1;
            Value capture =
                TRY(named_captures.as_object()->get(agent, TRY(PropertyKey::from_string(agent, name))));
            if (!capture.is_undefined()) TRY(builder.append(TRY(to_string(agent, capture))));
        } else {
            TRY(builder.append(u'$'));
            i = at + 1;
        }
    }
    TRY(builder.append(format.substring(i, end)));
    return {};
}

Fallible<void> define_string_patterns(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {atoms::match, string_match, 1},     {atoms::matchAll, string_match_all, 1},
        {atoms::replace, string_replace, 2}, {atoms::replaceAll, string_replace_all, 2},
        {atoms::search, string_search, 1},   {atoms::split, string_split, 2},
    };
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
