// 21.4.1 Overview of Date Objects and Definitions of Abstract Operations: arithmetic on time values, and texts.
#pragma once

#include "runtime/agent.h"

namespace heddle {

inline constexpr double kMillisecondsPerDay = 86400000;

/// The fields of a finite time value.
struct DateFields {
    double year;
    int month;   // 0..11
    int date;    // 1..31
    int weekday; // 0 (Sunday)..6
    int hours;
    int minutes;
    int seconds;
    int milliseconds;
};
DateFields fields_of(double t);
double day_from_fields(double year, double month, double date);                                  // 21.4.1.28 MakeDay
double make_time(double hours, double minutes, double seconds, double milliseconds);             // 21.4.1.27
double make_date(double day, double time);                                                       // 21.4.1.29
double make_full_year(double year);                                                              // 21.4.1.30
double time_clip(double t);                                                                      // 21.4.1.31
double to_local_time(Agent&, double t);                                                          // 21.4.1.25 LocalTime
double to_utc(Agent&, double local);                                                             // 21.4.1.26 UTC

enum class DateText : uint8_t { Full, DateOnly, TimeOnly };
std::string date_to_string(Agent&, double t, DateText = DateText::Full); // 21.4.4.41.4 ToDateString
std::string date_to_utc_string(double t);
std::string date_to_iso_string(double t); // t is finite
/// 21.4.3.2 Date.parse: the format of 21.4.1.32, what toString and toUTCString write, and looser forms of the same.
double parse_date(Agent&, std::string_view);

} // namespace heddle
