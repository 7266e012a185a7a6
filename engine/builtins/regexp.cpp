// 22.2.4 The RegExp Constructor and 22.2.6 the prototype, but for its symbol-named methods
// (regexp_symbols.cpp).
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/regexp_object.h"

#include <fmt/core.h>

namespace heddle {

namespace {

// 22.2.4.1 RegExp ( pattern, flags )
Result<Value> regexp_constructor(Agent& agent, const Arguments& arguments) {
    Value pattern = arguments[0];
    Value flags = arguments[1];
    bool pattern_is_regexp = TRY(is_regexp(agent, pattern));
    Value new_target = arguments.new_target();
    if (!arguments.is_construct()) {
        new_target = Value(arguments.callee());
        if (pattern_is_regexp && flags.is_undefined()) {
            Value constructor = TRY(pattern.as_object()->get(agent, atoms::constructor));
            if (constructor == new_target) return pattern;
        }
    }
    Value source = pattern;
    if (pattern.is<RegExpObject>()) {
        source = Value(pattern.as<RegExpObject>()->source());
        if (flags.is_undefined()) flags = Value(pattern.as<RegExpObject>()->flags_text());
    } else if (pattern_is_regexp) {
        source = TRY(pattern.as_object()->get(agent, atoms::source));
        if (flags.is_undefined()) flags = TRY(pattern.as_object()->get(agent, atoms::flags));
    }
    Shape* shape = TRY(shape_from_constructor(agent, new_target, Intrinsic::RegExpPrototype));
    RegExpObject* regexp = TRY(RegExpObject::create(agent, shape));
    TRY(regexp->initialize(agent, source, flags));
    return Value(regexp);
}

Fallible<RegExpObject*> this_regexp(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is<RegExpObject>()) return arguments.this_value().as<RegExpObject>();
    return agent.throw_type_error(
        fmt::format("RegExp.prototype.{} was called on {}, which is not a regular expression", method,
                    display_string(arguments.this_value())));
}

Fallible<Object*> this_object(Agent& agent, const Arguments& arguments, const char* method) {
    if (arguments.this_value().is_object()) return arguments.this_value().as_object();
    return agent.throw_type_error(fmt::format("RegExp.prototype.{} was called on {}, which is not an object",
                                              method, display_string(arguments.this_value())));
}

// 22.2.6.2 RegExp.prototype.exec ( string )
Result<Value> regexp_prototype_exec(Agent& agent, const Arguments& arguments) {
    RegExpObject* regexp = TRY(this_regexp(agent, arguments, "exec"));
    String* string = TRY(to_string(agent, arguments[0]));
    return regexp_builtin_exec(agent, regexp, string);
}

// 22.2.6.16 RegExp.prototype.test ( S )
Result<Value> regexp_test(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "test"));
    String* string = TRY(to_string(agent, arguments[0]));
    return Value::boolean(!TRY(regexp_exec(agent, regexp, string)).is_null());
}

// 22.2.6.17 RegExp.prototype.toString ( )
Result<Value> regexp_to_string(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "toString"));
    StringBuilder builder(agent);
    TRY(builder.append(u'/'));
    TRY(builder.append(TRY(to_string(agent, TRY(regexp->get(agent, atoms::source))))));
    TRY(builder.append(u'/'));
    TRY(builder.append(TRY(to_string(agent, TRY(regexp->get(agent, atoms::flags))))));
    return Value(TRY(builder.finish()));
}

// B.2.4.1 RegExp.prototype.compile ( pattern, flags )
Result<Value> regexp_compile(Agent& agent, const Arguments& arguments) {
    RegExpObject* regexp = TRY(this_regexp(agent, arguments, "compile"));
    Value pattern = arguments[0];
    Value flags = arguments[1];
    if (pattern.is<RegExpObject>()) {
        if (!flags.is_undefined())
            return agent.throw_type_error(
                "RegExp.prototype.compile takes no flags beside a regular expression");
        flags = Value(pattern.as<RegExpObject>()->flags_text());
        pattern = Value(pattern.as<RegExpObject>()->source());
    }
    TRY(regexp->initialize(agent, pattern, flags));
    return Value(regexp);
}

// 22.2.6.4 get RegExp.prototype.flags
Result<Value> regexp_flags(Agent& agent, const Arguments& arguments) {
    Object* regexp = TRY(this_object(agent, arguments, "flags"));
    const struct {
        PropertyKey key;
        char16_t letter;
    } flags[] = {
        {atoms::hasIndices, u'd'},  {atoms::global, u'g'}, {atoms::ignoreCase, u'i'},
        {atoms::multiline, u'm'},   {atoms::dotAll, u's'}, {atoms::unicode, u'u'},
        {atoms::unicodeSets, u'v'}, {atoms::sticky, u'y'},
    };
    StringBuilder builder(agent);
    for (const auto& flag : flags) {
        if (to_boolean(TRY(regexp->get(agent, flag.key)))) TRY(builder.append(flag.letter));
    }
    return Value(TRY(builder.finish()));
}

// 22.2.6.4.1 RegExpHasFlag ( R, codeUnit )
template<uint16_t flag>
Result<Value> regexp_has_flag(Agent& agent, const Arguments& arguments) {
    Value self = arguments.this_value();
    if (self.is<RegExpObject>()) return Value::boolean(self.as<RegExpObject>()->flags() & flag);
    if (self.is_object() && self.as_object() == TRY(agent.intrinsic(Intrinsic::RegExpPrototype)))
        return Value::undefined();
    return agent.throw_type_error(
        fmt::format("A flag was asked of {}, which is not a regular expression", display_string(self)));
}

} // namespace

// 22.2.6.13.1 EscapeRegExpPattern ( P, F ): so that between slashes it parses as what it is
Fallible<Value> escape_pattern(Agent& agent, String* source) {
    FlatView view = TRY(source->flatten(agent));
    if (view.empty()) return Value(TRY(String::from_latin1(agent, "(?:)")));
    StringBuilder builder(agent);
    bool in_class = false;
    bool changed = false;
    for (uint32_t i = 0; i < view.length(); ++i) {
        char16_t c = view[i];
        bool escaped = c == u'\\' && i + 1 < view.length();
        if (escaped) c = view[++i];
        const char* line_terminator = c == u'\n'    ? "\\n"
                                      : c == u'\r'  ? "\\r"
                                      : c == 0x2028 ? "\\u2028"
                                      : c == 0x2029 ? "\\u2029"
                                                    : nullptr;
        if (line_terminator) {
            // An escaped one stands for the character itself, and so does its escape.
            TRY(builder.append(std::string_view(line_terminator)));
            changed = true;
            continue;
        }
        if (c == u'/' && !escaped && !in_class) {
            escaped = true;
            changed = true;
        } else if (!escaped && c == u'[') {
            in_class = true;
        } else if (!escaped && c == u']') {
            in_class = false;
        }
        if (escaped) TRY(builder.append(u'\\'));
        TRY(builder.append(c));
    }
    if (!changed) return Value(source);
    return Value(TRY(builder.finish()));
}

namespace {

// 22.2.6.13 get RegExp.prototype.source
Result<Value> regexp_source(Agent& agent, const Arguments& arguments) {
    Value self = arguments.this_value();
    if (self.is<RegExpObject>()) return escape_pattern(agent, self.as<RegExpObject>()->source());
    if (self.is_object() && self.as_object() == TRY(agent.intrinsic(Intrinsic::RegExpPrototype)))
        return Value(TRY(String::from_latin1(agent, "(?:)")));
    return agent.throw_type_error(
        fmt::format("The source was asked of {}, which is not a regular expression", display_string(self)));
}

} // namespace

// 22.2.5 Properties of the RegExp Constructor
Fallible<Object*> create_regexp(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::RegExp, Intrinsic::RegExpPrototype,
                                                 regexp_constructor, 2, atoms::RegExp));
    const FunctionEntry functions[] = {{atoms::escape, regexp_escape, 1}};
    const AccessorEntry accessors[] = {{symbols::species, species_getter}};
    TRY(define_functions(agent, realm, constructor, functions));
    TRY(define_accessors(agent, realm, constructor, accessors));
    return constructor;
}

// 22.2.6 Properties of the RegExp Prototype Object
Fallible<Object*> create_regexp_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::RegExpPrototype, Intrinsic::RegExp));
    const FunctionEntry functions[] = {
        {atoms::compile, regexp_compile, 2},
        {atoms::exec, regexp_prototype_exec, 1},
        {atoms::test, regexp_test, 1},
        {atoms::toString, regexp_to_string, 0},
    };
    const AccessorEntry accessors[] = {
        {atoms::dotAll, regexp_has_flag<kRegExpDotAll>},
        {atoms::flags, regexp_flags},
        {atoms::global, regexp_has_flag<kRegExpGlobal>},
        {atoms::hasIndices, regexp_has_flag<kRegExpHasIndices>},
        {atoms::ignoreCase, regexp_has_flag<kRegExpIgnoreCase>},
        {atoms::multiline, regexp_has_flag<kRegExpMultiline>},
        {atoms::source, regexp_source},
        {atoms::sticky, regexp_has_flag<kRegExpSticky>},
        {atoms::unicode, regexp_has_flag<kRegExpUnicode>},
        {atoms::unicodeSets, regexp_has_flag<kRegExpUnicodeSets>},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_accessors(agent, realm, prototype, accessors));
    TRY(define_regexp_symbols(agent, realm, prototype));
    return prototype;
}

} // namespace heddle
