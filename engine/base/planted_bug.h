// Planted bugs: defects on purpose, behind a switch that only checked builds have and only `heddle-hunt --plant NAME`
// turns on. Code asks `if (PLANTED(Name))`; in a release build that is the constant false.
#pragma once

#include <cstdint>

namespace heddle {

enum class PlantedBug : uint8_t {
#define PLANTED_BUG(identifier, name, description) identifier,
#include "base/planted_bugs.def"
#undef PLANTED_BUG
};

inline constexpr int kPlantedBugCount = 0
#define PLANTED_BUG(identifier, name, description) +1
#include "base/planted_bugs.def"
#undef PLANTED_BUG
    ;
static_assert(kPlantedBugCount <= 64, "planted bugs are bits of one word in the thread record");

/// Is the bug switched on for the calling thread? Threads inherit the switches of the thread that started them, so
/// there is no process-wide state. Defined with the thread record in engine/sync.
bool planted_bug_is_on(PlantedBug);

/// The name that --plant takes, and one line about the defect. Static storage.
const char* planted_bug_name(PlantedBug);
const char* planted_bug_description(PlantedBug);

} // namespace heddle

#ifdef HEDDLE_CHECKED
#define PLANTED(identifier) (__builtin_expect(::heddle::planted_bug_is_on(::heddle::PlantedBug::identifier), 0))
#else
#define PLANTED(identifier) (false && ::heddle::PlantedBug::identifier == ::heddle::PlantedBug::identifier)
#endif
