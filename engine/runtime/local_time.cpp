#include "runtime/local_time.h"

#include <unicode/ucal.h>

namespace heddle {

LocalTime::LocalTime() {
    UErrorCode status = U_ZERO_ERROR;
    calendar_ = ucal_open(nullptr, -1, "en_US", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status)) calendar_ = nullptr;
}

LocalTime::~LocalTime() {
    if (calendar_) ucal_close(static_cast<UCalendar*>(calendar_));
}

double LocalTime::offset_at_utc(double t) {
    if (!calendar_) return 0;
    auto* calendar = static_cast<UCalendar*>(calendar_);
    UErrorCode status = U_ZERO_ERROR;
    ucal_setMillis(calendar, t, &status);
    double offset = ucal_get(calendar, UCAL_ZONE_OFFSET, &status) + ucal_get(calendar, UCAL_DST_OFFSET, &status);
    return U_FAILURE(status) ? 0 : offset;
}

double LocalTime::offset_at_local(double t) {
    if (!calendar_) return 0;
    auto* calendar = static_cast<UCalendar*>(calendar_);
    UErrorCode status = U_ZERO_ERROR;
    ucal_setMillis(calendar, t, &status);
    int32_t raw = 0;
    int32_t dst = 0;
    ucal_getTimeZoneOffsetFromLocal(calendar, UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER, &raw, &dst, &status);
    return U_FAILURE(status) ? 0 : raw + dst;
}

std::string LocalTime::zone_name(double t) {
    if (!calendar_) return "UTC";
    auto* calendar = static_cast<UCalendar*>(calendar_);
    UErrorCode status = U_ZERO_ERROR;
    ucal_setMillis(calendar, t, &status);
    bool summer = ucal_inDaylightTime(calendar, &status);
    char16_t name[128];
    int32_t length = ucal_getTimeZoneDisplayName(calendar, summer ? UCAL_DST : UCAL_STANDARD, "en_US", name, 128, &status);
    if (U_FAILURE(status)) return "UTC";
    std::string out;
    for (int32_t i = 0; i < length && i < 128; ++i)
        out += name[i] < 128 ? static_cast<char>(name[i]) : '?';
    return out;
}

} // namespace heddle
