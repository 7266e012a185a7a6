// What tests of schedules must know of their build.
#pragma once

namespace stress {

#if __has_feature(thread_sanitizer)
inline constexpr bool kSeesRaces = true;
#else
inline constexpr bool kSeesRaces = false;
#endif
#if __has_feature(address_sanitizer)
inline constexpr bool kForksAreSlow = true;
#else
inline constexpr bool kForksAreSlow = false;
#endif

} // namespace stress
