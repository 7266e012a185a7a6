// The time zone of the host (ECMA-262 21.4.1.19 to 21.4.1.26), through ICU. One for each agent: ICU calendars are not
// thread-safe.
#pragma once

#include <memory>
#include <string>

namespace heddle {

class LocalTime {
public:
    LocalTime();
    ~LocalTime();
    LocalTime(const LocalTime&) = delete;

    /// 21.4.1.25 LocalTime ( t ) - t in milliseconds, for a finite time value t.
    double offset_at_utc(double t);
    /// LocalTZA of a local time, for 21.4.1.26 UTC ( t ): at a repeated or skipped time, the offset before the change.
    double offset_at_local(double t);
    /// "CET" or "GMT+1" for toString, in English.
    std::string zone_name(double t);

private:
    void* calendar_; // UCalendar, or null: UTC
};

} // namespace heddle
