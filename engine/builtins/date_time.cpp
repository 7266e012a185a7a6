#include "builtins/date_time.h"

#include <cmath>
#include <fmt/core.h>

namespace heddle {

namespace {

constexpr const char* kWeekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Days from 1970-01-01 to the first of the month, proleptic Gregorian (era arithmetic of 400 years).
int64_t days_from_civil(int64_t year, int month, int date) {
    year -= month < 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((month + 10) % 12) + 2) / 5 + date - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

double to_integer(double number) { return std::trunc(number) + 0.0; }

std::string year_text(double year) {
    auto value = static_cast<int64_t>(year);
    return value < 0 ? fmt::format("-{:04}", -value) : fmt::format("{:04}", value);
}

} // namespace

DateFields fields_of(double t) {
    auto milliseconds = static_cast<int64_t>(t);
    int64_t days = milliseconds / 86400000 - (milliseconds % 86400000 < 0);
    int64_t in_day = milliseconds - days * 86400000;
    DateFields fields;
    fields.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
    fields.hours = static_cast<int>(in_day / 3600000);
    fields.minutes = static_cast<int>(in_day / 60000 % 60);
    fields.seconds = static_cast<int>(in_day / 1000 % 60);
    fields.milliseconds = static_cast<int>(in_day % 1000);
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153; // from March
    fields.date = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    fields.month = static_cast<int>(shifted_month < 10 ? shifted_month + 2 : shifted_month - 10);
    fields.year = static_cast<double>(year_of_era + era * 400 + (fields.month < 2));
    return fields;
}

double make_time(double hours, double minutes, double seconds, double milliseconds) {
    if (!std::isfinite(hours) || !std::isfinite(minutes) || !std::isfinite(seconds) || !std::isfinite(milliseconds)) return std::nan("");
    return to_integer(hours) * 3600000 + to_integer(minutes) * 60000 + to_integer(seconds) * 1000 + to_integer(milliseconds);
}

double day_from_fields(double year, double month, double date) {
    if (!std::isfinite(year) || !std::isfinite(month) || !std::isfinite(date)) return std::nan("");
    double y = to_integer(year);
    double m = to_integer(month);
    double whole_year = y + std::floor(m / 12);
    if (std::fabs(whole_year) > 400000) return std::nan("");
    int month_index = static_cast<int>(m - std::floor(m / 12) * 12);
    return static_cast<double>(days_from_civil(static_cast<int64_t>(whole_year), month_index, 1)) + to_integer(date) - 1;
}

double make_date(double day, double time) {
    if (!std::isfinite(day) || !std::isfinite(time)) return std::nan("");
    double t = day * kMillisecondsPerDay + time;
    return std::isfinite(t) ? t : std::nan("");
}

double make_full_year(double year) {
    if (std::isnan(year)) return year;
    double truncated = std::trunc(year);
    return truncated >= 0 && truncated <= 99 ? truncated + 1900 : truncated;
}

double time_clip(double t) {
    if (!std::isfinite(t) || std::fabs(t) > 8.64e15) return std::nan("");
    return std::trunc(t) + 0.0;
}

double to_local_time(Agent& agent, double t) { return t + agent.local_time().offset_at_utc(t); }

double to_utc(Agent& agent, double local) {
    if (!std::isfinite(local)) return std::nan("");
    return local - agent.local_time().offset_at_local(local);
}

std::string date_to_string(Agent& agent, double t, DateText kind) {
    if (std::isnan(t)) return "Invalid Date";
    double offset = agent.local_time().offset_at_utc(t);
    DateFields f = fields_of(t + offset);
    std::string date = fmt::format("{} {} {:02} {}", kWeekdays[f.weekday], kMonths[f.month], f.date, year_text(f.year));
    if (kind == DateText::DateOnly) return date;
    int minutes = static_cast<int>(std::fabs(offset) / 60000);
    std::string time = fmt::format("{:02}:{:02}:{:02} GMT{}{:02}{:02} ({})", f.hours, f.minutes, f.seconds, offset < 0 ? '-' : '+',
                                   minutes / 60, minutes % 60, agent.local_time().zone_name(t));
    return kind == DateText::TimeOnly ? time : date + " " + time;
}

std::string date_to_utc_string(double t) {
    if (std::isnan(t)) return "Invalid Date";
    DateFields f = fields_of(t);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kWeekdays[f.weekday], f.date, kMonths[f.month], year_text(f.year), f.hours,
                       f.minutes, f.seconds);
}

std::string date_to_iso_string(double t) {
    DateFields f = fields_of(t);
    auto year = static_cast<int64_t>(f.year);
    std::string text = year >= 0 && year <= 9999 ? fmt::format("{:04}", year) : fmt::format("{}{:06}", year < 0 ? '-' : '+', std::abs(year));
    return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", text, f.month + 1, f.date, f.hours, f.minutes, f.seconds, f.milliseconds);
}

// --- parsing ------------------------------------------------------------------------------------------------

namespace {

class DateReader {
public:
    explicit DateReader(std::string_view text) : text_(text) {}
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    /// Exactly `count` digits.
    bool digits(int count, int& out) {
        if (text_.size() - at_ < static_cast<size_t>(count)) return false;
        out = 0;
        for (int i = 0; i < count; ++i) {
            char c = text_[at_ + static_cast<size_t>(i)];
            if (c < '0' || c > '9') return false;
            out = out * 10 + (c - '0');
        }
        at_ += static_cast<size_t>(count);
        return true;
    }
    /// One to nine digits; how many.
    int number(int& out) {
        int count = 0;
        for (out = 0; count < 9 && peek() >= '0' && peek() <= '9'; ++count)
            out = out * 10 + (text_[at_++] - '0');
        return count;
    }
    std::string word() {
        std::string out;
        while ((peek() | 0x20) >= 'a' && (peek() | 0x20) <= 'z')
            out += static_cast<char>(text_[at_++] | 0x20);
        return out;
    }
    void skip() { ++at_; }
    size_t at_ = 0;

private:
    std::string_view text_;
};

// 21.4.1.32 Date Time String Format. Nothing when the text is not of that form.
std::optional<double> parse_iso(Agent& agent, std::string_view text) {
    DateReader in(text);
    int year = 0;
    char sign = in.peek();
    if (sign == '+' || sign == '-') {
        in.skip();
        if (!in.digits(6, year) || (sign == '-' && year == 0)) return {};
        if (sign == '-') year = -year;
    } else if (!in.digits(4, year)) {
        return {};
    }
    int month = 1;
    int date = 1;
    if (in.take('-')) {
        if (!in.digits(2, month)) return {};
        if (in.take('-') && !in.digits(2, date)) return {};
    }
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    double milliseconds = 0;
    bool has_time = false;
    std::optional<int> offset;
    if (in.take('T')) {
        has_time = true;
        if (!in.digits(2, hours) || !in.take(':') || !in.digits(2, minutes)) return {};
        if (in.take(':')) {
            if (!in.digits(2, seconds)) return {};
            if (in.take('.')) {
                double scale = 100;
                int count = 0;
                for (; in.peek() >= '0' && in.peek() <= '9'; ++count, scale /= 10) {
                    if (count < 3) milliseconds += (in.peek() - '0') * scale;
                    in.skip();
                }
                if (count == 0) return {};
            }
        }
        if (in.take('Z')) {
            offset = 0;
        } else if (in.peek() == '+' || in.peek() == '-') {
            int factor = in.peek() == '-' ? -1 : 1;
            in.skip();
            int offset_hours = 0;
            int offset_minutes = 0;
            if (!in.digits(2, offset_hours) || !in.take(':') || !in.digits(2, offset_minutes)) return {};
            if (offset_hours > 23 || offset_minutes > 59) return {};
            offset = factor * (offset_hours * 60 + offset_minutes);
        }
    }
    if (!in.at_end()) return {};
    bool end_of_day = hours == 24 && minutes == 0 && seconds == 0 && milliseconds == 0;
    if (month < 1 || month > 12 || date < 1 || minutes > 59 || seconds > 59 || (hours > 23 && !end_of_day)) return std::nan("");
    double day = day_from_fields(year, month - 1, date);
    if (fields_of(day * kMillisecondsPerDay).month != month - 1) return std::nan("");
    double t = make_date(day, make_time(hours, minutes, seconds, milliseconds));
    if (offset) return time_clip(t - *offset * 60000.0);
    return time_clip(has_time ? to_utc(agent, t) : t);
}

// "Tue Mar 01 2022 10:11:12 GMT+0100 (CET)", "Tue, 01 Mar 2022 10:11:12 GMT", "Mar 1, 2022", "1 March 2022 10:11 PM", "3/1/2022".
double parse_loose(Agent& agent, std::string_view text) {
    DateReader in(text);
    std::optional<int> year, month, date, hours, minutes, seconds, offset;
    int year_sign = 1;
    bool afternoon = false;
    bool morning = false;
    while (!in.at_end()) {
        char c = in.peek();
        if (c == '(') { // a comment
            int depth = 0;
            do {
                if (in.peek() == '(') ++depth;
                if (in.peek() == ')') --depth;
                in.skip();
            } while (!in.at_end() && depth > 0);
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
            std::string word = in.word();
            if (word == "am") morning = true;
            else if (word == "pm") afternoon = true;
            else if (word == "z" || word == "gmt" || word == "utc" || word == "ut") offset = offset.value_or(0);
            else if (word == "t" && date) continue;
            else if (word.size() >= 3) {
                bool known = false;
                for (int i = 0; i < 12; ++i) {
                    std::string name = kMonths[i];
                    name[0] |= 0x20;
                    if (word.substr(0, 3) == name) month = i, known = true;
                }
                for (const char* weekday : kWeekdays) {
                    std::string name = weekday;
                    name[0] |= 0x20;
                    known |= word.substr(0, 3) == name;
                }
                if (!known) return std::nan("");
            } else {
                return std::nan("");
            }
        } else if (c >= '0' && c <= '9') {
            int value = 0;
            int count = in.number(value);
            if (in.peek() == ':' && !hours) {
                hours = value;
                in.skip();
                int part = 0;
                if (in.number(part) == 0) return std::nan("");
                minutes = part;
                if (in.take(':')) {
                    if (in.number(part) == 0) return std::nan("");
                    seconds = part;
                    if (in.take('.')) in.number(part);
                }
            } else if (in.peek() == '/' && !month) {
                month = value - 1;
                in.skip();
                int part = 0;
                if (in.number(part) == 0) return std::nan("");
                date = part;
                if (in.take('/')) {
                    if (in.number(part) == 0) return std::nan("");
                    year = part;
                }
            } else if (count >= 3 || date) {
                if (year) return std::nan("");
                year = value * year_sign;
            } else {
                date = value;
            }
        } else if ((c == '+' || c == '-') && (hours || offset)) {
            in.skip();
            int value = 0;
            int count = in.number(value);
            if (count == 0) return std::nan("");
            if (count <= 2) {
                value *= 100;
                int part = 0;
                if (in.take(':') && in.number(part) > 0) value += part;
            }
            offset = (c == '-' ? -1 : 1) * (value / 100 * 60 + value % 100);
        } else {
            if (c == '-' && date && month && !year) year_sign = -1;
            else if (c != ' ' && c != ',' && c != '-' && c != '.') return std::nan("");
            in.skip();
        }
    }
    if (!year || !month || !date) return std::nan("");
    if (*month < 0 || *month > 11 || *date < 1 || *date > 31) return std::nan("");
    int hour = hours.value_or(0);
    if ((morning || afternoon) && hour > 12) return std::nan("");
    if (afternoon && hour < 12) hour += 12;
    if (morning && hour == 12) hour = 0;
    if (hour > 24 || minutes.value_or(0) > 59 || seconds.value_or(0) > 59) return std::nan("");
    double full_year = *year;
    if (*year >= 0 && *year < 50 && year_sign > 0) full_year = 2000 + *year;
    else if (*year >= 50 && *year < 100) full_year = 1900 + *year;
    // Four-digit years below 100 are written with leading zeros; a plain two-digit number is short for a year.
    double t = make_date(day_from_fields(full_year, *month, *date), make_time(hour, minutes.value_or(0), seconds.value_or(0), 0));
    return time_clip(offset ? t - *offset * 60000.0 : to_utc(agent, t));
}

} // namespace

double parse_date(Agent& agent, std::string_view text) {
    if (auto t = parse_iso(agent, text)) return *t;
    return parse_loose(agent, text);
}

} // namespace heddle
