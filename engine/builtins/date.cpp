// 21.4 Date Objects
#include "builtins/date_object.h"
#include "builtins/date_time.h"
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "sync/clock.h"

#include <cmath>

namespace heddle {

namespace {

double current_time() { return std::floor(static_cast<double>(sync::wall_clock_now()) / 1e6); }

Value latin1_value(Fallible<String*>& text) { return Value(text.release()); }

Result<Value> text_value(Agent& agent, const std::string& text) {
    Fallible<String*> string = String::from_latin1(agent, text);
    if (string.threw()) return Threw{};
    return latin1_value(string);
}

Fallible<DateObject*> this_date(Agent& agent, const Arguments& arguments) {
    if (arguments.this_value().is<DateObject>()) return arguments.this_value().as<DateObject>();
    return agent.throw_type_error("A method of Date was called on " + display_string(arguments.this_value()) + ", which is not a Date");
}

/// Year to milliseconds as the constructor and Date.UTC take them; NaN stays NaN.
Result<double> read_components(Agent& agent, const Arguments& arguments) {
    double components[7] = {std::nan(""), 0, 1, 0, 0, 0, 0};
    for (size_t i = 0; i < 7; ++i) {
        if (i < arguments.size() || i == 0) components[i] = TRY(to_number(agent, arguments[i]));
    }
    double day = day_from_fields(make_full_year(components[0]), components[1], components[2]);
    return make_date(day, make_time(components[3], components[4], components[5], components[6]));
}

/// No format that parse_date knows is anywhere near as long.
constexpr uint32_t kLongestDate = 1000;

double parse_date_string(Agent& agent, FlatView text) {
    return text.length() > kLongestDate ? std::nan("") : parse_date(agent, text.to_utf8());
}

// 21.4.2.1 Date ( ...values )
Result<Value> date_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return text_value(agent, date_to_string(agent, current_time()));
    double t;
    if (arguments.size() == 0) {
        t = current_time();
    } else if (arguments.size() == 1) {
        if (arguments[0].is<DateObject>()) {
            t = arguments[0].as<DateObject>()->value();
        } else {
            Value primitive = TRY(to_primitive(agent, arguments[0]));
            if (primitive.is_string()) {
                t = parse_date_string(agent, TRY(primitive.as_string()->flatten(agent)));
            } else {
                t = time_clip(TRY(to_number(agent, primitive)));
            }
        }
    } else {
        double local = TRY(read_components(agent, arguments));
        t = time_clip(to_utc(agent, local));
    }
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::DatePrototype));
    return Value(TRY(agent.heap().allocate<DateObject>(0, shape, t)));
}

// 21.4.3.1 Date.now ( )
Result<Value> date_now(Agent&, const Arguments&) { return Value::number(current_time()); }

// 21.4.3.2 Date.parse ( string )
Result<Value> date_parse(Agent& agent, const Arguments& arguments) {
    String* string = TRY(to_string(agent, arguments[0]));
    return Value::number(parse_date_string(agent, TRY(string->flatten(agent))));
}

// 21.4.3.4 Date.UTC ( year [ , month [ , date [ , hours [ , minutes [ , seconds [ , ms ] ] ] ] ] ] )
Result<Value> date_utc(Agent& agent, const Arguments& arguments) { return Value::number(time_clip(TRY(read_components(agent, arguments)))); }

// --- getters: 21.4.4.2 to 21.4.4.19 -----------------------------------------------------------------------------

enum class Field : uint8_t { Date, Day, FullYear, Hours, Milliseconds, Minutes, Month, Seconds, Year };

double field_value(const DateFields& f, Field field) {
    switch (field) {
    case Field::Date: return f.date;
    case Field::Day: return f.weekday;
    case Field::FullYear: return f.year;
    case Field::Hours: return f.hours;
    case Field::Milliseconds: return f.milliseconds;
    case Field::Minutes: return f.minutes;
    case Field::Month: return f.month;
    case Field::Seconds: return f.seconds;
    case Field::Year: return f.year - 1900; // B.2.3.1 getYear
    }
    HEDDLE_UNREACHABLE();
}

template<Field field, bool local>
Result<Value> get_field(Agent& agent, const Arguments& arguments) {
    double t = TRY(this_date(agent, arguments))->value();
    if (std::isnan(t)) return Value::number(t);
    return Value::number(field_value(fields_of(local ? to_local_time(agent, t) : t), field));
}

// 21.4.4.10 Date.prototype.getTime ( ), 21.4.4.44 Date.prototype.valueOf ( )
Result<Value> date_get_time(Agent& agent, const Arguments& arguments) { return Value::number(TRY(this_date(agent, arguments))->value()); }

// 21.4.4.11 Date.prototype.getTimezoneOffset ( )
Result<Value> date_get_timezone_offset(Agent& agent, const Arguments& arguments) {
    double t = TRY(this_date(agent, arguments))->value();
    if (std::isnan(t)) return Value::number(t);
    return Value::number((t - to_local_time(agent, t)) / 60000);
}

// --- setters: 21.4.4.20 to 21.4.4.34 ----------------------------------------------------------------------------

/// The setters take one field and optionally those after it: hours, minutes, seconds, ms; or year, month, date.
template<Field first, int max_arguments, bool local>
Result<Value> set_fields(Agent& agent, const Arguments& arguments) {
    DateObject* date = TRY(this_date(agent, arguments));
    double t = date->value();
    double values[4] = {};
    int count = std::min<int>(max_arguments, std::max<int>(1, static_cast<int>(arguments.size())));
    for (int i = 0; i < count; ++i)
        values[i] = TRY(to_number(agent, arguments[static_cast<size_t>(i)]));
    if (std::isnan(t)) {
        if (first != Field::FullYear) return Value::number(t);
        t = 0; // setFullYear on an invalid date starts from +0
    } else if (local) {
        t = to_local_time(agent, t);
    }
    DateFields f = fields_of(t);
    double year = f.year, month = f.month, day = f.date, hours = f.hours, minutes = f.minutes, seconds = f.seconds, milliseconds = f.milliseconds;
    double* const by_date[] = {&year, &month, &day};
    double* const by_time[] = {&hours, &minutes, &seconds, &milliseconds};
    constexpr bool is_date = first == Field::FullYear || first == Field::Month || first == Field::Date;
    int from = first == Field::FullYear || first == Field::Hours ? 0 : first == Field::Month || first == Field::Minutes ? 1 : first == Field::Milliseconds ? 3 : 2;
    for (int i = 0; i < count; ++i)
        *(is_date ? by_date[from + i] : by_time[from + i]) = values[i];
    double day_number = is_date ? day_from_fields(year, month, day) : std::floor(t / kMillisecondsPerDay);
    double time = is_date ? t - std::floor(t / kMillisecondsPerDay) * kMillisecondsPerDay : make_time(hours, minutes, seconds, milliseconds);
    double result = make_date(day_number, time);
    date->set_value(time_clip(local ? to_utc(agent, result) : result));
    return Value::number(date->value());
}

// 21.4.4.27 Date.prototype.setTime ( time )
Result<Value> date_set_time(Agent& agent, const Arguments& arguments) {
    DateObject* date = TRY(this_date(agent, arguments));
    double t = TRY(to_number(agent, arguments[0]));
    date->set_value(time_clip(t));
    return Value::number(date->value());
}

// B.2.3.2 Date.prototype.setYear ( year )
Result<Value> date_set_year(Agent& agent, const Arguments& arguments) {
    DateObject* date = TRY(this_date(agent, arguments));
    double t = date->value();
    double year = TRY(to_number(agent, arguments[0]));
    t = std::isnan(t) ? 0 : to_local_time(agent, t);
    DateFields f = fields_of(t);
    double full_year = make_full_year(year);
    double day = day_from_fields(full_year, f.month, f.date);
    date->set_value(time_clip(to_utc(agent, make_date(day, t - std::floor(t / kMillisecondsPerDay) * kMillisecondsPerDay))));
    return Value::number(date->value());
}

// --- texts ------------------------------------------------------------------------------------------------------

template<DateText kind>
Result<Value> date_text(Agent& agent, const Arguments& arguments) {
    return text_value(agent, date_to_string(agent, TRY(this_date(agent, arguments))->value(), kind));
}

// 21.4.4.43 Date.prototype.toUTCString ( )
Result<Value> date_utc_text(Agent& agent, const Arguments& arguments) {
    return text_value(agent, date_to_utc_string(TRY(this_date(agent, arguments))->value()));
}

// 21.4.4.36 Date.prototype.toISOString ( )
Result<Value> date_iso_text(Agent& agent, const Arguments& arguments) {
    double t = TRY(this_date(agent, arguments))->value();
    if (std::isnan(t)) return agent.throw_range_error("Invalid time value: an invalid Date has no ISO text");
    return text_value(agent, date_to_iso_string(t));
}

// 21.4.4.37 Date.prototype.toJSON ( key )
Result<Value> date_to_json(Agent& agent, const Arguments& arguments) {
    Object* object = TRY(to_object(agent, arguments.this_value()));
    Value primitive = TRY(to_primitive(agent, Value(object), PreferredType::Number));
    if (primitive.is_number() && !std::isfinite(primitive.as_number())) return Value::null();
    return invoke(agent, Value(object), atoms::toISOString);
}

// 21.4.4.45 Date.prototype [ %Symbol.toPrimitive% ] ( hint )
Result<Value> date_to_primitive(Agent& agent, const Arguments& arguments) {
    if (!arguments.this_value().is_object())
        return agent.throw_type_error("Date.prototype[Symbol.toPrimitive] was called on " + display_string(arguments.this_value()));
    FlatView hint;
    if (arguments[0].is_string()) hint = TRY(arguments[0].as_string()->flatten(agent));
    bool string_first = hint.equals(std::string_view("string")) || hint.equals(std::string_view("default"));
    if (!string_first && !hint.equals(std::string_view("number")))
        return agent.throw_type_error("Invalid hint " + display_string(arguments[0]) + ": expected \"default\", \"string\" or \"number\"");
    Object* object = arguments.this_value().as_object();
    for (int i = 0; i < 2; ++i) {
        Value method = TRY(object->get(agent, (i == 0) == string_first ? PropertyKey(atoms::toString) : PropertyKey(atoms::valueOf)));
        if (!is_callable(method)) continue;
        Value result = TRY(call(agent, method, Value(object)));
        if (!result.is_object()) return result;
    }
    return agent.throw_type_error("Cannot convert the Date to a primitive value: toString and valueOf return objects or are not functions");
}

} // namespace

Fallible<Object*> create_date(Agent& agent, Realm& realm) {
    NativeFunction* constructor =
        TRY(define_constructor(agent, realm, Intrinsic::Date, Intrinsic::DatePrototype, date_constructor, 7, atoms::Date));
    const FunctionEntry functions[] = {{atoms::now, date_now, 0}, {atoms::parse, date_parse, 1}, {atoms::UTC, date_utc, 7}};
    TRY(define_functions(agent, realm, constructor, functions));
    return static_cast<Object*>(constructor);
}

Fallible<Object*> create_date_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype)), 0));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::DatePrototype, Intrinsic::Date));
    const FunctionEntry functions[] = {
        {atoms::getDate, get_field<Field::Date, true>, 0},
        {atoms::getDay, get_field<Field::Day, true>, 0},
        {atoms::getFullYear, get_field<Field::FullYear, true>, 0},
        {atoms::getHours, get_field<Field::Hours, true>, 0},
        {atoms::getMilliseconds, get_field<Field::Milliseconds, true>, 0},
        {atoms::getMinutes, get_field<Field::Minutes, true>, 0},
        {atoms::getMonth, get_field<Field::Month, true>, 0},
        {atoms::getSeconds, get_field<Field::Seconds, true>, 0},
        {atoms::getTime, date_get_time, 0},
        {atoms::getTimezoneOffset, date_get_timezone_offset, 0},
        {atoms::getUTCDate, get_field<Field::Date, false>, 0},
        {atoms::getUTCDay, get_field<Field::Day, false>, 0},
        {atoms::getUTCFullYear, get_field<Field::FullYear, false>, 0},
        {atoms::getUTCHours, get_field<Field::Hours, false>, 0},
        {atoms::getUTCMilliseconds, get_field<Field::Milliseconds, false>, 0},
        {atoms::getUTCMinutes, get_field<Field::Minutes, false>, 0},
        {atoms::getUTCMonth, get_field<Field::Month, false>, 0},
        {atoms::getUTCSeconds, get_field<Field::Seconds, false>, 0},
        {atoms::getYear, get_field<Field::Year, true>, 0},
        {atoms::setDate, set_fields<Field::Date, 1, true>, 1},
        {atoms::setFullYear, set_fields<Field::FullYear, 3, true>, 3},
        {atoms::setHours, set_fields<Field::Hours, 4, true>, 4},
        {atoms::setMilliseconds, set_fields<Field::Milliseconds, 1, true>, 1},
        {atoms::setMinutes, set_fields<Field::Minutes, 3, true>, 3},
        {atoms::setMonth, set_fields<Field::Month, 2, true>, 2},
        {atoms::setSeconds, set_fields<Field::Seconds, 2, true>, 2},
        {atoms::setTime, date_set_time, 1},
        {atoms::setUTCDate, set_fields<Field::Date, 1, false>, 1},
        {atoms::setUTCFullYear, set_fields<Field::FullYear, 3, false>, 3},
        {atoms::setUTCHours, set_fields<Field::Hours, 4, false>, 4},
        {atoms::setUTCMilliseconds, set_fields<Field::Milliseconds, 1, false>, 1},
        {atoms::setUTCMinutes, set_fields<Field::Minutes, 3, false>, 3},
        {atoms::setUTCMonth, set_fields<Field::Month, 2, false>, 2},
        {atoms::setUTCSeconds, set_fields<Field::Seconds, 2, false>, 2},
        {atoms::setYear, date_set_year, 1},
        {atoms::toDateString, date_text<DateText::DateOnly>, 0},
        {atoms::toISOString, date_iso_text, 0},
        {atoms::toJSON, date_to_json, 1},
        {atoms::toLocaleDateString, date_text<DateText::DateOnly>, 0},
        {atoms::toLocaleString, date_text<DateText::Full>, 0},
        {atoms::toLocaleTimeString, date_text<DateText::TimeOnly>, 0},
        {atoms::toString, date_text<DateText::Full>, 0},
        {atoms::toTimeString, date_text<DateText::TimeOnly>, 0},
        {atoms::toUTCString, date_utc_text, 0},
        {atoms::valueOf, date_get_time, 0},
        {symbols::toPrimitive, date_to_primitive, 1, kConfigurable},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    // B.2.3.3: the same function object
    PropertySlot found;
    bool present = prototype->lookup_own_named(atoms::toUTCString, found);
    HEDDLE_CHECK(present);
    TRY(prototype->define_direct(agent, atoms::toGMTString, prototype->slot_value(found.slot), kBuiltinAttributes));
    return prototype;
}

} // namespace heddle
