// Lock ranks: the order in which mutexes may be held together. The table is rank.def.
#pragma once

#include <cstdint>

namespace heddle::sync {

enum class Rank : uint8_t {
#define RANK(name) name,
#include "sync/rank.def"
#undef RANK
};

/// The rank's name as in rank.def. Static storage.
const char* rank_name(Rank);

} // namespace heddle::sync
